/* capture.h - frames of a capture file, one after the other, as libpcap reads them.
 *
 * Reads pcap (micro- and nanoseconds, either byte order, old minor versions) and pcapng, from a
 * file or standard input ("-"). The file is streamed: memory does not grow with it.
 *
 * Errors: whatever a file holds is the user's input. What can't be read at all is an error of
 * capture_open(); what ends a readable file early (a record cut short, an absurd length) is a
 * warning, found at capture_next(), which then returns CAPTURE_END: frames read before it count. A
 * file of which not even the first record can be read is an error; one that holds no records at all
 * is not: the first capture_next() returns CAPTURE_END and capture_was_cut() is false.
 *
 * Link types other than Ethernet are converted: see capture_link.h.
 */
#ifndef TRACES_CAPTURE_H
#define TRACES_CAPTURE_H

#include "sim/diagnostic.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CAPTURE_MAX_FRAME_BYTES = 262144, /* libpcap's largest snap length */
};

struct capture_frame {
    uint64_t number;         /* 1 for the first record of the file, as tshark counts */
    int64_t time_ns;         /* as stamped: since 1970, may run backward */
    uint32_t captured_bytes; /* bytes at data */
    uint32_t wire_bytes;     /* length on the wire without FCS; never below captured_bytes */
    const uint8_t *data;     /* an Ethernet frame (synthetic MAC addresses where the capture is raw
                                IP); valid until the next capture_next() */
};

enum capture_status { CAPTURE_FRAME, CAPTURE_END };

struct capture;

/* NULL on an error, which is then in diagnostics with what was expected and what to do.
 * diagnostics must outlive the capture: warnings found while reading go there too, once each. */
struct capture *capture_open(const char *path, struct diagnostics *diagnostics);
void capture_close(struct capture *capture);

enum capture_status capture_next(struct capture *capture, struct capture_frame *frame);

/* Facts about the file: "pcap, nanoseconds", link type name, snap length in bytes. */
const char *capture_format(const struct capture *capture);
const char *capture_link_type(const struct capture *capture);
uint32_t capture_snap_bytes(const struct capture *capture);
bool capture_was_cut(const struct capture *capture); /* ended early; after CAPTURE_END */


/* How much of the file has been read, for a progress display; negative: not known. */
int capture_read_per_1000(const struct capture *capture);

#endif
