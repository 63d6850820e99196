/* receive_dma.h - the receive DMA engine: the first DMA, from a port's FIFO into packet memory.
 *
 * Models     for each frame: takes as many of the processor's free buffers as it needs, writes the frame into
 *            them in bursts, then a descriptor for each buffer into the processor's receive queue. Free
 *            buffers come from the processors by writes to the engine's window on the bus, and are held in
 *            the engine, a list a processor.
 * Leaves out scatter lists in memory (the free lists are on chip).
 *
 * Timing     in cycles of the bus. Frames are begun in order, setup cycles apart at least (1 if setup is 0),
 *            and at most `outstanding` frames are under way; so are bursts. A frame that finds no place among
 *            these begins setup cycles after one is free. Descriptors follow the data in order, and are asked
 *            for as soon as a burst may be:
 *
 *                t      t + setup         data bursts ...    descriptor bursts      the processor sees it
 *                       1st burst asked   (bus.h)            (16 bytes a buffer)    when its write is done
 *
 *            A frame of a port that cuts through (port.h) comes here before its end. It begins so late that it is never
 *            ahead of the wire, whatever the bus does: with B the bytes of a burst, w those of a beat, b its own, and
 *            seen(x) the cycle at which byte x has been in the port's FIFO for sync_cycles of the bus, at the latest of
 *
 *                seen(B)                   its first burst (all of it, if b is below B)
 *                seen(b) - (b - B) / w     its last burst, should every cycle before carry a beat
 *                seen(FCS) - b / w         its descriptor, which must not be written before the FCS is known
 *
 *            and setup cycles after it came at the earliest. What is behind it and ready before begins before. So the
 *            transfer ends little after the frame, and the engine never waits for a wire:
 *
 *                frame on the wire  [......................................b|FCS]
 *                bursts                              [..B..][.....][.....][.....] descriptor
 *
 * Errors     a frame that a port which cuts through finds bad at its end is dropped by the port's name: without a
 *            buffer if it has not begun, else its data is written, no descriptor is, and its buffers go back to the
 *            free list.
 *            No free buffer, or no place in the processor's receive queue: the frame is dropped, named
 *            "no_buffer" or "queue_full" at that processor; with drop = no it waits, and what came after it,
 *            until the processor gives one back, so that the port's FIFO fills and its flow control acts. Real
 *            cards have this choice (SRRCTL.DROP_EN of Intel's 82599).
 *            What a processor could never take is dropped always: a frame larger than all its buffers or places, and
 *            what finds none at a processor that has stopped. Each address is checked against the processor's
 *            portion. A processor that gives back an address which is not one of its receive buffers, or one that
 *            the hardware owns already, has a firmware fault.
 */
#ifndef MODELS_RECEIVE_DMA_H
#define MODELS_RECEIVE_DMA_H

#include "models/burst.h"
#include "models/frame.h"
#include "stacks/hardware.h"

struct processor;

enum {
    RECEIVE_DMA_MAX_BUFFERS = 64, /* of one frame */
    RECEIVE_DMA_WINDOW_STRIDE = 4, /* bytes of the window a processor */
};

enum receive_dma_drop { RECEIVE_DMA_DROP_AUTO, RECEIVE_DMA_DROP_YES, RECEIVE_DMA_DROP_NO };

struct free_list { /* of one processor; a ring */
    struct processor *processor;
    uint32_t *addresses;
    unsigned capacity, first, count;
};

struct receive_job {
    struct receive_job *next;
    struct receive_dma *dma;
    struct frame *frame;
    struct processor *processor;
    unsigned buffers;
    struct hw_rx descriptors[RECEIVE_DMA_MAX_BUFFERS];
    struct burst_transfer data[RECEIVE_DMA_MAX_BUFFERS], descriptor[RECEIVE_DMA_MAX_BUFFERS];
    unsigned done;
};

struct receive_dma {
    struct part part;
    /* parameters */
    struct part *bus_part;
    unsigned drop; /* enum receive_dma_drop */
    uint64_t outstanding, setup_cycles, window;
    struct part_list processor_list;
    char *chip;
    /* state */
    struct burst_engine engine;
    struct bus_target target;
    struct free_list *lists; /* one a processor */
    struct frame_queue waiting;
    bool beginning;      /* the begin event is pending */
    uint64_t next_cycle; /* of the bus: the earliest for the next frame to begin */
    uint64_t begin_cycle; /* when it begins, while beginning */
    struct event begin;
    bool drops; /* what finds no buffer; else it waits */
    const struct processor *waits_for; /* the first frame waits for a buffer or place of it; NULL: none */
    uint64_t waits_from_ps;
    unsigned under_way;  /* jobs */
    struct receive_job *spare;
    struct {
        uint64_t frames, bytes, buffers, dropped, waiting_max, stalls, stalled_ps, aborted;
    } stats;
};

extern const struct part_kind receive_dma_kind;

/* The dispatch (or the transmit DMA, for a datagram that is forwarded) hands over a frame, with the
 * reference. frame->data stays the frame's. */
void receive_dma_frame(struct receive_dma *dma, struct frame *frame, unsigned processor);

/* A processor has taken a descriptor from its receive queue: there is a place. */
void receive_dma_room(struct receive_dma *dma, const struct processor *processor);

/* Frames that wait or are under way. */
unsigned receive_dma_pending(const struct receive_dma *dma);

/* Where a processor writes the addresses of its free buffers, 4 bytes each. */
uint64_t receive_dma_free_address(const struct receive_dma *dma, unsigned processor);

#endif
