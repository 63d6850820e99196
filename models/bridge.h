/* bridge.h - the host bus interface: joins the on-card bus and a host bus.
 *
 * Models     card to host: a write into the window on the card's bus enters a FIFO of fifo_bytes and is done
 *            on the card's side; the bridge then writes it on the host bus in order (posted), in pieces of
 *            at most the host bus's burst. A read of host memory is asked by bridge_read(): the bridge reads
 *            on the host bus and itself writes the data to its card address, so that the card's bus is free
 *            meanwhile; `reads` bursts are under way at once, each from its asking on the host bus to the
 *            end of its write on the card's. Reads do not pass writes that came before them.
 *            host to card: a write of a request (64 bytes) into the doorbell register on the host bus enters
 *            a FIFO of requests and goes to the transmit dispatch. Consumed counts (4 bytes) go on to the
 *            processors' mailboxes, in order; their room is not limited.
 *            With card_bus = host_bus there is one bus (a plain card, whose stack runs on the host's side,
 *            scenarios/cards/plain.ini): the window is host memory itself, without FIFO and posting, and a read
 *            is a copy from one place of the bus to another. Doorbell and consumed counts are as ever.
 *            link = pcie: between the bridge and the host bus is a PCI Express link (pcie.h) with its root complex. Writes
 *            are cut to mps, reads of host memory to mrrs, neither crosses 4 KiB; a read request takes one of `tags` until
 *            its last completion is on the card's side; writes that are under way, until the host bus has them, have
 *            `credits` bytes. Completions have up to mps bytes and end at multiples of rcb. A read passes no write
 *            that came before it; a write passes reads that wait for a tag; completions and what the host writes
 *            come in one order.
 * Leaves out credits for headers, relaxed ordering, MSI writes (how the driver learns of a message costs no wires), reads
 *            of registers (the driver reads none);
 *            how the driver learns that the doorbell's FIFO has room (it knows).
 *
 * Timing     what enters at time t is asked for on the other bus at t + latency_ps, so that it is granted
 *            there one edge after the first edge at or after that:
 *
 *                card bus   write done t
 *                host bus                t + latency   asked,   edge + 1   granted ... done
 *                card bus   (reads: data)                          done + latency   asked ...
 *
 *            A doorbell or consumed count that was written at t is at the dispatch, or asked for on the card's
 *            bus, at t + latency_ps.
 *
 *            With link = pcie, up and down the two directions of the link, pcie.h says how long a TLP takes:
 *
 *                card bus   write done, or read asked
 *                up         credits or tag, then the TLP       last byte + latency:
 *                host bus                                      asked ... done
 *                root complex (reads: data of a completion)    done + root_latency
 *                down                                          the completion   last byte + latency:
 *                card bus                                                       asked ...
 *
 * Errors     a write that finds the FIFO full is BUS_ERROR: who writes asks bridge_room() before. So is a
 *            request that finds its FIFO full, a write of another size, a read of the window or the doorbell.
 *            With one bus, a write to registers goes nowhere: BUS_NO_TARGET.
 *            A posted write that the host bus refuses is counted and lost, as the hardware would.
 */
#ifndef MODELS_BRIDGE_H
#define MODELS_BRIDGE_H

#include "models/bus.h"
#include "stacks/hardware.h"

struct bridge;
extern const struct part_kind bridge_kind;

enum {
    BRIDGE_RINGS = 256, /* processors of one card, at most */

    BRIDGE_DOORBELL = 0x0,      /* offset of the request register from the doorbell's base */
    BRIDGE_CONSUMED = 0x1000,   /* + 4 * ring */
    BRIDGE_DOORBELL_BYTES = 0x2000,
};

/* In wire(): the card has a processor of that number (a ring). Told by the host when a ring is added; so the
 * transmit dispatch knows which processors there are. False: no such number (256 or more). */
bool bridge_add_ring(struct bridge *bridge, unsigned ring);

/* The lowest ring at or above `from`; -1: none. */
int bridge_next_ring(const struct bridge *bridge, unsigned from);

/* Card's bus address at which a host address is seen, for writes by the host DMA engine. */
uint64_t bridge_window(const struct bridge *bridge, uint64_t host_address);

/* Reserves room for a posted write of so many bytes. False: full; then room(owner) is called once when it may
 * have become free; who was refused first is called first, and may reserve within the call. bytes: at most
 * the card bus's burst. */
bool bridge_room(struct bridge *bridge, uint32_t bytes, void (*room)(void *owner), void *owner);

/* Orders written(owner) when all posted writes that have entered before are in host memory; within the call
 * if there are none. */
void bridge_when_written(struct bridge *bridge, void (*written)(void *owner), void *owner);

struct bridge_read_request { /* belongs to the caller until done() */
    uint64_t host_address;
    uint64_t card_address;
    uint32_t bytes; /* 1 .. 65536 */
    void (*done)(struct bridge_read_request *request); /* the data is at card_address */
    void *owner;
    uint32_t written_bytes; /* the bridge's */
    bool failed;            /* no such memory on either side */
};
void bridge_read(struct bridge *bridge, struct bridge_read_request *request);

/* In wire(): who takes the host's requests (the transmit dispatch). accept() returns false if it can't take
 * one now; it calls bridge_request_ready() when it can again. posted_ps: when the request was written. */
void bridge_set_dispatch(struct bridge *bridge, void *owner,
                         bool (*accept)(void *owner, const struct hw_message *request,
                                        uint64_t posted_ps));
void bridge_request_ready(struct bridge *bridge); /* the dispatch can take one again */

/* In wire(): who is told when a message of the card is in host memory (the driver), and which of the card's hosts it
 * is. ring: the processor's number, sequence: of the message. False: the bridge has a driver already. */
bool bridge_set_driver(struct bridge *bridge, void *owner, unsigned host,
                       void (*message)(void *owner, unsigned ring, uint32_t sequence));
unsigned bridge_host(const struct bridge *bridge);
const struct bus *bridge_host_bus(const struct bridge *bridge);
void bridge_tell_driver(struct bridge *bridge, unsigned ring, uint32_t sequence);

uint64_t bridge_doorbell_address(const struct bridge *bridge); /* on the host bus: for a struct hw_message */
uint64_t bridge_consumed_address(const struct bridge *bridge, unsigned ring); /* on the host bus: 4 bytes,
                                          the ring's consumed count; goes on to that processor */
uint64_t bridge_request_room(const struct bridge *bridge); /* requests that the FIFO can take now */
uint64_t bridge_requests_waiting(const struct bridge *bridge); /* requests that the dispatch has not taken */

/* Orders taken(owner), once, when the dispatch takes the next request out of the FIFO. One caller. */
void bridge_when_request_taken(struct bridge *bridge, void (*taken)(void *owner), void *owner);

#endif
