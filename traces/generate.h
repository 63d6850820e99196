/* generate.h - traffic without a capture: frames of both sides, in the order of their times, as a tap at
 * the card's port would have captured them; the replay takes them as it takes a capture's.
 *
 * UDP        each frame of a client carries one datagram, to port 7 of the card. Its client is one of
 *            `flows`, evenly at random; its size one of `sizes`. Times: constant, or Poisson arrivals. The
 *            captured server answers each, if asked, GENERATE_SERVER_PS later, with as many bytes.
 *
 * TCP        each connection is a client of its own: handshake, `requests` times a request and its
 *            response, FIN both ways, to port 80. Connections begin at constant intervals, or as Poisson
 *            arrivals.
 *
 *                client   SYN .. ACK, request ....... ACK of every 2nd segment .. (think) request ..  FIN .. ACK
 *                server     SYN-ACK ..  response ...... the next round ....                          FIN
 *
 *            The server reacts after GENERATE_SERVER_PS, the client after round_trip_ps; a response begins
 *            with ten segments (RFC 6928) and each round trip has twice as many, up to 40; segments follow
 *            each other by GENERATE_SEGMENT_PS. Loss and windows are the card's to show: nothing is lost here.
 *
 * Addresses  of the clients 10.N.0.1 on, by `number` N (2 .. 255) of the source; the card's 10.0.0.N. IPv6:
 *            fd00:0:0:N::1 on and fd00::N. Sources with different numbers have no address in common. Ports
 *            from 1024 on, decided by the address.
 *
 * Every number comes from the seed by integers alone: the frames are the same on every machine. Payload is
 * a pattern of the connection or datagram and the offset, so that bytes at a wrong place are seen. Memory:
 * as many connections as are open.
 */
#ifndef TRACES_GENERATE_H
#define TRACES_GENERATE_H

#include "traces/capture.h"

#include <stdbool.h>
#include <stdint.h>

#define GENERATE_SERVER_PS  10000000ull /* 10 us */
#define GENERATE_SEGMENT_PS 1000000ull  /* 1 us */

enum {
    GENERATE_MAX_SIZES = 16,
    GENERATE_MAX_FLOWS = 1 << 24,
    GENERATE_LEAST_NUMBER = 2,
    GENERATE_MAX_NUMBER = 255,
    GENERATE_MIN_SIZE = 64,
    GENERATE_MAX_SIZE = 9022,
};

struct generate_size { /* of a frame on the wire with FCS, as RFC 2544 counts, and its part of all frames */
    uint32_t bytes, weight;
};

struct generate_config {
    bool is_tcp, is_ipv6, is_poisson;
    unsigned number; /* of the source: GENERATE_LEAST_NUMBER .. GENERATE_MAX_NUMBER */
    uint64_t seed;
    uint64_t mean_gap_ps; /* of UDP frames, or of TCP connections' beginnings; 0: all at once */
    /* UDP */
    uint64_t flows; /* 1 .. GENERATE_MAX_FLOWS */
    struct generate_size sizes[GENERATE_MAX_SIZES];
    unsigned size_count; /* 1 .. */
    bool answers;
    /* TCP */
    uint64_t connections; /* 0: for ever */
    uint64_t requests, request_bytes, response_bytes, think_ps, round_trip_ps;
    uint32_t mtu_bytes; /* IP bytes of one frame */
};

struct generator;

/* Reads "imix", "rfc2544" or sizes with weights, "64:7,594:4,1518"; weights are 1 .. 1000000, 1 if not given.
 * False: *wrong says why (g_free() it). imix is 7, 4 and 1 parts of 64, 594 and 1518 bytes (the simple mix of
 * test equipment: IP sizes of 40, 576 and 1500 bytes; RFC 6985 calls such a mix an IMIX genome); rfc2544 the
 * sizes of RFC 2544 section 9.1 for Ethernet, in equal parts. */
bool generate_parse_sizes(struct generate_config *config, const char *text, char **wrong);

/* What can't be generated with these settings together; NULL: nothing. g_free() it. */
char *generate_check(const struct generate_config *config);

/* Of the frames without FCS, in 1/1000 bits: sum of weight * bits / sum of weights. UDP. */
uint64_t generate_mean_millibits(const struct generate_config *config);

/* The card's addresses, as traffic.NAME.card would have them. g_free() it. */
char *generate_card(const struct generate_config *config);

/* Payload: bytes [offset, offset + bytes) of a stream, by what it belongs to. */
void generate_pattern(uint8_t *at, uint64_t pattern, uint64_t offset, uint32_t bytes);

struct generator *generator_new(const struct generate_config *config); /* checked; copied */
void generator_free(struct generator *generator);

/* CAPTURE_END after the last connection's last frame. Times begin at 0. */
enum capture_status generator_next(struct generator *generator, struct capture_frame *frame);

#endif
