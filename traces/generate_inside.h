/* generate_inside.h - what the generator's own files share: generate.c (sources, sizes, UDP),
 * generate_tcp.c (connections), generate_frame.c (frames). */
#ifndef TRACES_GENERATE_INSIDE_H
#define TRACES_GENERATE_INSIDE_H

#include "traces/generate.h"
#include "traces/packet.h"

#include <glib.h>

enum {
    GENERATE_UDP_PORT = 7,
    GENERATE_TCP_PORT = 80,
    GENERATE_ADDRESSES = 65534, /* of clients: those beyond share them, and differ by ports */
};

struct generate_flow {
    bool is_ipv6, is_tcp;
    unsigned number;       /* of the source */
    uint32_t client;       /* from 0: decides its address and MAC address */
    uint16_t port;         /* the client's */
    uint64_t pattern;      /* of the payload */
    uint16_t id[2];        /* of IPv4 datagrams of client and server, the last used */
};

struct generate_segment {
    bool from_server;
    uint32_t sequence, acknowledgement; /* TCP */
    uint8_t flags;
    uint16_t window;
    uint16_t mss;    /* option, with window scale and SACK permitted; 0: none */
    uint64_t offset; /* of the payload in its stream */
    uint32_t bytes;  /* of payload */
};

struct generator {
    struct generate_config config;
    uint64_t random_times, random_flows, random_sizes; /* states */
    uint64_t frames, time_ps;                          /* UDP: of the next frame; TCP: of the next connection */
    uint64_t total_weight;
    uint8_t *data; /* of the frame given last */
    /* UDP */
    GQueue answers; /* of struct generate_answer, in order of time */
    /* TCP */
    GSequence *open; /* of struct generate_connection, by the time of the next frame */
    uint64_t begun;  /* connections */
};

/* Writes a frame without FCS, padded to 60 bytes if a client sends it; returns its length. */
uint32_t generate_frame(uint8_t *data, struct generate_flow *flow, const struct generate_segment *segment);

/* The address decides it, and it is another for each client of the same address. */
uint16_t generate_client_port(uint32_t client);

uint64_t generate_gap_ps(struct generator *generator); /* to the next arrival */

/* False: the last connection has ended. */
bool generate_tcp_next(struct generator *generator, uint64_t *time_ps, uint32_t *bytes);
void generate_connection_free(gpointer connection);

#endif
