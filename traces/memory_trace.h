/* memory_trace.h - reads a trace of memory accesses in DRAMsim3's format, a line each:
 *
 *     0x12345680 READ 100        # hexadecimal address, READ or WRITE, cycle in which it comes
 *
 * 0x may be left out; empty lines and what follows a # are skipped. The trace is streamed. Lines that are
 * wrong are errors with their number, all up to a bound, and left out.
 */
#ifndef TRACES_MEMORY_TRACE_H
#define TRACES_MEMORY_TRACE_H

#include "sim/diagnostic.h"

#include <stdint.h>

#define MEMORY_TRACE_MAX_CYCLE (1ull << 60)

struct memory_access {
    uint64_t address, cycle; /* cycle: 0 .. MEMORY_TRACE_MAX_CYCLE */
    bool is_write;
};

struct memory_trace;

/* path "-": standard input. NULL: it can't be opened, which is an error in diagnostics. */
struct memory_trace *memory_trace_open(const char *path, struct diagnostics *diagnostics);

/* False: the end, or too many errors. */
bool memory_trace_next(struct memory_trace *trace, struct memory_access *access);

void memory_trace_close(struct memory_trace *trace); /* NULL: nothing */

#endif
