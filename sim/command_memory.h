/* command_memory.h - what `polynic memory` found out, for its printing. */
#ifndef SIM_COMMAND_MEMORY_H
#define SIM_COMMAND_MEMORY_H

#include "analysis/histogram.h"
#include "models/sdram.h"

struct memory_run {
    const struct sdram_config *config;
    const char *trace; /* its path */
    struct sdram_counts counts;
    uint64_t submitted_reads, submitted_writes;
    uint64_t delayed, delay_clocks;  /* requests that found their queue full; over all of them */
    uint64_t first_clock, end_clock; /* first request submitted; the last data over */
    struct histogram reads, writes;  /* latencies in clocks; writes: of those that were not merged */
};

void memory_run_print(const struct memory_run *run);
void memory_run_print_json(const struct memory_run *run);

#endif
