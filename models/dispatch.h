/* dispatch.h - the receive dispatch: hashes the header of each frame and picks a processor.
 *
 * Models     a pipeline between the ports and the receive DMA: header fields, hash function, indirection table;
 *            the rules by which one address is served by N stacks:
 *              TCP, UDP over IPv4 and IPv6     hash of addresses and ports
 *              other IP, fragments             hash of addresses (fragments = first: the first fragment, which
 *                                              has the ports, by these)
 *              ICMP errors                     hash of the header that they quote, seen from the other side
 *              ARP, neighbour discovery, broadcast, multicast   a copy to every processor
 *              anything else                   default_processor
 * Leaves out the parser's own limits (it sees the whole frame).
 *
 * Timing     frames enter in the order of their arrival, one every interval cycles, at the first edge at or after
 *            it (2 edges later from a port whose bit clock is not of the same frequency); each leaves latency
 *            cycles later to the receive DMA:
 *
 *                edge   n          n + interval     n + latency
 *                       frame in   next frame in    frame out, DMA may begin
 *
 * Errors     none: every frame goes somewhere.
 */
#ifndef MODELS_DISPATCH_H
#define MODELS_DISPATCH_H

#include "models/frame.h"
#include "models/hash.h"
#include "stacks/hardware.h"

struct port;
struct packet;

enum { DISPATCH_MAX_ENTRIES = 4096 };

struct dispatch {
    struct part part;
    /* parameters */
    uint64_t hz, latency_cycles, interval_cycles, table_entries, default_processor;
    unsigned hash, fragments;
    struct parameter_bytes key;
    struct part_list processor_list;
    struct part *dma_part;
    char *chip;
    /* state */
    struct clock clock;
    struct toeplitz toeplitz;
    uint16_t table[DISPATCH_MAX_ENTRIES]; /* number of the processor of each hash value modulo table_entries */
    unsigned default_number;    /* of the processor */
    struct frame_queue entered; /* not yet out */
    uint64_t next_cycle;        /* the earliest for the next frame to enter */
    struct event out;
    struct {
        uint64_t frames, hashed_ports, hashed_addresses, hashed_quoted, copied, unhashed;
    } stats;
};

extern const struct part_kind dispatch_kind;

/* A port hands over a frame that is in its receive FIFO, with the reference. */
void dispatch_frame(struct dispatch *dispatch, struct port *port, struct frame *frame);

enum { DISPATCH_EVERY = -1 }; /* every processor gets a copy */

/* The processor for a frame, or DISPATCH_EVERY; hash is set to 0 where none is made. */
int dispatch_choose(struct dispatch *dispatch, const struct packet *packet, uint32_t *hash);

/* The processor to which frames of this flow (as it comes in) go. ip_version 4 or 6. */
unsigned dispatch_flow_owner(const struct dispatch *dispatch, const struct hw_flow *flow,
                             uint32_t *hash);
unsigned dispatch_owner(struct part *dispatch, const struct hw_tuple *tuple, uint8_t protocol);

#endif
