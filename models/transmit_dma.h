/* transmit_dma.h - the transmit DMA engine: gathers headers and payload of a frame into a port.
 *
 * Models     serves the processors' transmit queues in turn. For a frame: fetches the descriptor with its inline
 *            bytes (the headers, of local memory) from the processor's mailbox, reads the other segments
 *            from packet memory in bursts, hands the frame to the port, and writes the cookie of the
 *            completion to the mailbox. A descriptor for a processor goes to the receive DMA instead.
 * Leaves out a transmit queue a port: a port whose FIFO is full holds up the frames behind.
 *
 * Timing     in cycles of the bus. A descriptor is fetched setup cycles after it was posted, or after the one
 *            before it was fetched and has room in its port's FIFO, or after one of the `outstanding` frames
 *            under way has finished. Its segments are asked for when the fetch is done and the port's FIFO
 *            has room. Frames finish in order:
 *
 *                post    + setup       fetch done          last segment read
 *                        fetch asked   segments asked      cookie asked, frame in the port's FIFO
 *
 * Errors     none of its own: descriptors are checked when they are posted (processor.h).
 */
#ifndef MODELS_TRANSMIT_DMA_H
#define MODELS_TRANSMIT_DMA_H

#include "models/burst.h"
#include "models/frame.h"
#include "models/turn.h"
#include "stacks/hardware.h"

struct processor;
struct transmit_job;

struct transmit_dma {
    struct part part;
    /* parameters */
    struct part *bus_part, *receive_dma_part;
    struct part_list processor_list, port_list;
    uint64_t outstanding, setup_cycles;
    char *chip;
    /* state */
    struct burst_engine engine;
    struct turn turn; /* of the processors with descriptors */
    bool fetching;          /* a fetch is asked, due, or waits for the port's room */
    struct event begin;
    struct transmit_job *first, *last, *spare; /* under way, in order */
    unsigned under_way;
    struct {
        uint64_t frames, bytes, segments, inline_bytes, forwarded, port_full;
    } stats;
};

extern const struct part_kind transmit_dma_kind;

/* A processor has posted a descriptor. */
void transmit_dma_ring(struct transmit_dma *dma, struct processor *processor);

unsigned transmit_dma_pending(const struct transmit_dma *dma);

#endif
