/* trace_info.h - what is in a capture, gathered frame by frame.
 *
 * Memory is bounded by the number of conversations and the first CARD_SIDE_LEARN_FRAMES frames, not
 * by the capture; no frame costs more than a look into a hash table and the sum of its bytes.
 */
#ifndef TRACES_TRACE_INFO_H
#define TRACES_TRACE_INFO_H

#include "traces/capture.h"
#include "traces/card_side.h"

#include <stddef.h>
#include <stdio.h>

enum {
    TRACE_MTU_BYTES = 1500,       /* IP bytes of a frame; larger ones were merged after the wire */
    TRACE_LONG_GAP_S = 10,        /* pauses that a replay shortens unless told otherwise */
    TRACE_SIZE_CLASSES = 7,       /* <= 64, 128, 256, 512, 1024, 1518 bytes, above */
    TRACE_LEAST_FRAME_BYTES = 60, /* without FCS: shorter frames are padded on the wire */
    TRACE_LINE_OVERHEAD_BYTES = 24, /* FCS 4, preamble 8, gap 12 */
};

struct trace_flow_counts { /* one direction */
    uint64_t frames;
    uint64_t frame_bytes;   /* as wire_bytes below */
    uint64_t payload_bytes; /* TCP and UDP, by the headers; repeated bytes are counted again */
};

struct trace_counts {
    uint64_t frames;
    uint64_t captured_bytes; /* that the file holds of them */
    uint64_t wire_bytes;     /* of the frames without FCS, as they were before a cut */
    uint64_t line_bytes;     /* with padding, FCS, preamble and gap: what fills an Ethernet line */
    uint64_t duration_ns;    /* from the earliest to the latest stamp */
    uint64_t stamps_equal, stamps_backward; /* against the frame before */
    uint64_t largest_gap_ns;                /* between a frame and the one before */
    uint64_t long_gaps;                     /* longer than TRACE_LONG_GAP_S */
    uint64_t sizes[TRACE_SIZE_CLASSES];     /* frames by wire_bytes */
    uint64_t ipv4, ipv6, arp, other_network;
    uint64_t vlan_tagged, vlan_stacked;       /* with one tag or more; with two or more */
    uint64_t tcp, udp, icmp, other_transport; /* of IP frames; fragments by their protocol */
    uint64_t fragments;
    uint64_t malformed;        /* a header contradicts itself or the frame */
    uint64_t cut_frames;       /* captured in part */
    uint64_t cut_headers;      /* ... so little that headers are missing */
    uint64_t bad_checksums;    /* IPv4 header or transport; of what can be judged */
    uint64_t merged_segments;  /* TCP, above the MTU */
    uint64_t oversized_others; /* above the MTU, not TCP */
    uint64_t connections;      /* TCP; a reused port pair counts again */
    uint64_t connections_syn, connections_midstream;
    uint64_t connections_answered; /* with a SYN-ACK */
    uint64_t connections_closed;   /* FIN from both ends */
    uint64_t connections_reset;    /* with an RST */
    uint64_t most_open;            /* connections at once, first frame to second FIN or RST */
    uint64_t udp_conversations;    /* pairs of address and port */
    struct trace_flow_counts direction[3]; /* by enum direction */
};

/* The figures as a table, from which the JSON is made. */
struct trace_figure {
    const char *name; /* with its unit */
    size_t offset;    /* of a uint64_t in struct trace_counts */
};
extern const struct trace_figure trace_figures[]; /* ends with name NULL */

struct trace_info;

/* side is lent, fresh from card_side_new(): the gatherer lets it learn and decide. */
struct trace_info *trace_info_new(struct card_side *side);
void trace_info_free(struct trace_info *info); /* NULL is allowed */

void trace_info_add(struct trace_info *info, const struct capture_frame *frame);

/* After the last frame. The counts are complete from then on. */
void trace_info_finish(struct trace_info *info);

const struct trace_counts *trace_info_counts(const struct trace_info *info);
int64_t trace_info_first_ns(const struct trace_info *info); /* earliest stamp */

/* count in bytes, frames, ... per second, times 1000; 0 if duration_ns is 0. Saturates. */
uint64_t trace_rate_milli(uint64_t count, uint64_t duration_ns);

/* What a person reads in a minute. path: the name to show. */
void trace_info_print(const struct trace_info *info, const char *path,
                      const struct capture *capture, const struct card_side *side, FILE *stream);

#endif
