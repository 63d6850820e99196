/* capture_write.h - writes Ethernet frames to a pcap file with nanosecond stamps.
 *
 * The file appears under its name when it is complete: until the writer is closed its bytes are in
 * PATH.PID.part beside it, so that nobody reads half a capture and a failed run leaves the old one.
 * What is no regular file (a pipe, /dev/null) and "-", standard output, are written to directly.
 */
#ifndef TRACES_CAPTURE_WRITE_H
#define TRACES_CAPTURE_WRITE_H

#include "sim/diagnostic.h"

#include <stdbool.h>
#include <stdint.h>

struct capture_writer;

/* NULL on an error, which is in diagnostics; diagnostics must outlive the writer. */
struct capture_writer *capture_writer_new(const char *path, struct diagnostics *diagnostics);

/* Appends one frame, without FCS. time_ns: since 1970, 0 to 2^32 s, what pcap can hold; another is
 * an error, reported once, and the file is then not kept. bytes <= wire_bytes <=
 * CAPTURE_MAX_FRAME_BYTES. */
void capture_writer_add(struct capture_writer *writer, int64_t time_ns, const uint8_t *data,
                        uint32_t bytes, uint32_t wire_bytes);

/* Completes the file, or removes it if something failed (disk full), which is then in diagnostics;
 * false in that case. Frees the writer. */
bool capture_writer_close(struct capture_writer *writer);

/* Removes what was written and frees the writer. NULL is allowed. */
void capture_writer_abandon(struct capture_writer *writer);

#endif
