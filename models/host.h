/* host.h - a host processing system: its processor, the card's driver, and the door to its applications.
 *
 * Models     the driver's rings in host memory, doorbells, moderated interrupts or polling; the host
 *            processor reads messages and payload over the host bus and copies payload to socket buffers.
 *            Applications are outside (SimGrid actors): they are woken only when what they asked for holds.
 * Leaves out the host's caches, its instruction stream, the cost of system calls (given as cycles).
 */
#ifndef MODELS_HOST_H
#define MODELS_HOST_H

#include "models/bridge.h"
#include "models/frame.h"
#include "models/memory.h"

struct host;
extern const struct part_kind host_kind;

/* Set-up of a processor's ring, called in wire() by the processor; the host lays out slots (message and
 * payload) in its memory. The addresses are on the host bus. */
struct host_ring {
    unsigned ring;          /* the processor's number */
    uint32_t slots;         /* power of two */
    uint32_t slot_bytes;    /* payload */
    uint64_t message_base;  /* 64 bytes a slot */
    uint64_t data_base;     /* slot_bytes a slot */
};
bool host_add_ring(struct host *host, unsigned ring, struct host_ring *layout,
                   struct diagnostics *diagnostics);

/* The host DMA engine says which frame a message carries payload of, when it posts the message's write; the
 * host stamps it (STAGE_TOLD), marks it delivered and releases the reference when the driver has read it. */
void host_expect(struct host *host, unsigned ring, uint32_t sequence, struct frame *frame);

/* When the application asked for the bytes at that host address to be sent; 0: not known. */
uint64_t host_requested_ps(const struct host *host, uint64_t host_address);

#endif
