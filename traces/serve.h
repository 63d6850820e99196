/* serve.h - remote servers that answer the connections which the card opens (replay_open() with config.serve).
 *
 * Each of `servers` addresses accepts TCP connections at SERVE_PORT. Of a connection it takes `requests` times
 * request_bytes and answers each with response_bytes; then the card closes, and it closes too. It has a small TCP of
 * its own: handshake with MSS, window scale and SACK permitted (it sends no blocks), acknowledgement of every second
 * segment and of every one with PSH or out of order, slow start from ten segments (RFC 6928) to SERVE_WINDOW_SEGMENTS
 * within the card's window, and after SERVE_RTO_PS without progress everything again from the first byte that was not
 * acknowledged. What comes out of order it drops. Segments of no connection are reset (RFC 9293 3.10.7.1).
 *
 *     card      SYN .. ACK, request ........... ACKs .. FIN .. ACK
 *     server        SYN-ACK .... response ...........      ACK, FIN
 *               reaction: round_trip_ps after the last bit of what it reacts to left the card's port
 *
 * Addresses     of the servers 10.N.0.1 on, by `number` N; the card's is 10.0.0.N. IPv6: fd00::N:1 on, fd00::N, in one
 *               subnet: the stack asks for neighbours of its own only. MAC addresses are 02:N:0:0 and the last two bytes
 *               of the address.
 * Payload       a pattern of the connection and the offset in each direction; both sides compare what they get.
 * Memory        as many connections as are open. A connection that never finishes its handshake is forgotten when the
 *               next with its addresses and ports begins.
 */
#ifndef TRACES_SERVE_H
#define TRACES_SERVE_H

#include "traces/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVE_RTO_PS 200000000000ull /* 200 ms, Linux's least */

enum {
    SERVE_PORT = 80,
    SERVE_MAX_SERVERS = 65534,
    SERVE_WINDOW_SEGMENTS = 256,
    SERVE_TRIES = 15, /* Linux's tcp_retries2 */
};

struct serve_config {
    unsigned number; /* of the source: 2 .. 255 */
    bool is_ipv6;
    uint64_t servers;     /* 1 .. SERVE_MAX_SERVERS */
    uint64_t connections; /* that the card's application will open, 1 or more */
    uint64_t requests, request_bytes, response_bytes; /* 1 or more each */
    uint64_t round_trip_ps;
    uint32_t mtu_bytes; /* IP bytes of one frame */
};

struct replay_counts;
struct replay_frame;
struct replay_tuple;
struct serve;

/* The address of a server, 0 .. servers - 1, and of the card. */
void serve_server_address(const struct serve_config *config, uint64_t server, struct packet_address *address);
void serve_card_address(const struct serve_config *config, struct packet_address *address);

/* Bytes [offset, offset + bytes) of a connection's stream to the server (to_server), or from it. */
void serve_pattern(const struct replay_tuple *tuple, bool to_server, uint64_t offset, uint8_t *data, uint32_t bytes);

/* --- For replay.c; as the functions of replay.h with those names -------------------------------- */
struct serve *serve_new(const struct serve_config *config, struct replay_counts *counts);
void serve_free(struct serve *serve);
uint64_t serve_next_ps(const struct serve *serve);
bool serve_take(struct serve *serve, uint64_t now_ps, struct replay_frame *frame);
void serve_card_sent(struct serve *serve, uint64_t now_ps, const uint8_t *data, uint32_t bytes);
bool serve_exhausted(const struct serve *serve);
uint64_t serve_connections_open(const struct serve *serve);
int serve_done_per_1000(const struct serve *serve);
uint64_t serve_connection(const struct serve *serve, const struct replay_tuple *tuple);
void serve_delivered(struct serve *serve, uint64_t connection, uint64_t offset, const uint8_t *data, uint32_t bytes);
/* The card's application could not open one of the connections. */
void serve_refused(struct serve *serve);

#endif
