/* bridge.h - the host bus interface: joins the on-card bus and a host bus.
 *
 * Models     card to host: a write into the window on the card's bus enters a FIFO of fifo_bytes and is done
 *            on the card's side; the bridge then writes it on the host bus in order (posted). A read of host
 *            memory is asked by bridge_read(): the bridge reads on the host bus and itself writes the data
 *            to its card address, so that the card's bus is free meanwhile. Reads do not pass writes that
 *            came before them.
 *            host to card: a write of a request (64 bytes) into the doorbell register on the host bus enters
 *            a FIFO of requests and goes to the transmit dispatch.
 * Leaves out transaction ordering rules of PCI Express, credits, tags (the PCI Express link is its own kind).
 *
 * Timing     what enters at time t can be on the other bus latency_ps later, at that bus's next edge.
 *
 * Errors     a write that finds the FIFO full is BUS_ERROR: who writes asks bridge_room() before.
 */
#ifndef MODELS_BRIDGE_H
#define MODELS_BRIDGE_H

#include "models/bus.h"
#include "stacks/hardware.h"

struct bridge;
extern const struct part_kind bridge_kind;

/* Card's bus address at which a host address is seen, for writes by the host DMA engine. */
uint64_t bridge_window(const struct bridge *bridge, uint64_t host_address);

/* Reserves room for a posted write of so many bytes. False: full; then room(owner) is called once when it may
 * have become free. */
bool bridge_room(struct bridge *bridge, uint32_t bytes, void (*room)(void *owner), void *owner);

/* Orders written(owner) when all posted writes that have entered before are in host memory. */
void bridge_when_written(struct bridge *bridge, void (*written)(void *owner), void *owner);

struct bridge_read_request { /* belongs to the caller until done() */
    uint64_t host_address;
    uint64_t card_address;
    uint32_t bytes; /* 1 .. 65536 */
    void (*done)(struct bridge_read_request *request); /* the data is at card_address */
    void *owner;
    struct bridge_read_request *next; /* the bridge's */
    uint32_t read_bytes, written_bytes;
    bool failed; /* no such memory on either side */
};
void bridge_read(struct bridge *bridge, struct bridge_read_request *request);

/* In wire(): who takes the host's requests (the transmit dispatch). accept() returns false if it can't take
 * one now; it calls bridge_request_taken() when it can again. */
void bridge_set_dispatch(struct bridge *bridge, void *owner,
                         bool (*accept)(void *owner, const struct hw_message *request,
                                        uint64_t posted_ps));
void bridge_request_ready(struct bridge *bridge); /* the dispatch can take one again */

/* In wire(): who is told when a message of the card is in host memory (the driver). ring: the processor's
 * number, sequence: of the message. */
void bridge_set_driver(struct bridge *bridge, void *owner,
                       void (*message)(void *owner, unsigned ring, uint32_t sequence));
void bridge_tell_driver(struct bridge *bridge, unsigned ring, uint32_t sequence);

struct bus *bridge_host_bus(const struct bridge *bridge);
uint64_t bridge_doorbell_address(const struct bridge *bridge); /* on the host bus: for a struct hw_message */
uint64_t bridge_consumed_address(const struct bridge *bridge, unsigned ring); /* on the host bus: 4 bytes,
                                          the ring's consumed count; goes on to that processor */
uint64_t bridge_request_room(const struct bridge *bridge); /* requests that the FIFO can take now */

#endif
