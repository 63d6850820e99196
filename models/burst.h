/* burst.h - what all DMA engines are made of: transfers cut into bursts, in order, some of them under way.
 *
 * Models     a transfer of any length is cut at multiples of the bus's burst length; up to `outstanding`
 *            bursts are asked for at once; bursts and transfers finish in the order of their submission.
 * Leaves out what the engine does before and after (its own descriptor handling).
 *
 * Timing     a transfer submitted at time t asks for its first burst at t, if fewer than `outstanding` are
 *            under way; else when one finishes. No engine cycles between bursts: with 2 or more outstanding
 *            the bus sees the next burst waiting.
 *
 * Errors     the status of the first burst that failed is the transfer's; its later bursts still run.
 */
#ifndef MODELS_BURST_H
#define MODELS_BURST_H

#include "models/bus.h"

enum { BURST_MAX_OUTSTANDING = 16 };

struct burst_transfer { /* belongs to who submits it; lent until done() */
    enum bus_op op;
    uint64_t address;
    uint8_t *data;  /* bytes to write, or place for the bytes read */
    uint32_t bytes; /* 1 or more */
    void (*done)(struct burst_transfer *transfer);
    void *owner;
    enum bus_status status;
    /* the engine's own */
    struct burst_transfer *next;
    uint32_t asked, finished; /* bytes */
};

struct burst_engine {
    struct bus_master master;
    unsigned outstanding, under_way, first_slot;
    struct bus_request requests[BURST_MAX_OUTSTANDING]; /* a ring: under_way of them from first_slot */
    struct burst_transfer *first, *last; /* submitted and not finished */
    struct burst_transfer *asking;       /* the one of them that has bursts to ask for; NULL: none */
};

/* In wire(): the engine becomes a master of the bus. outstanding: 1 .. BURST_MAX_OUTSTANDING. */
void burst_init(struct burst_engine *engine, struct bus *bus, struct part *part,
                const struct clock *clock, unsigned outstanding);
void burst_submit(struct burst_engine *engine, struct burst_transfer *transfer);

#endif
