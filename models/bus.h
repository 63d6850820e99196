/* bus.h - a bus: masters ask, one is granted, one target answers.
 *
 * Models     arbitration over one queue a master, one address cycle, the target's wait cycles, one cycle a data
 *            beat. Of the masters whose first request is ready:
 *              round-robin  the next in turn after the one granted last
 *              priority     the one that `order` names first; those of the same place, and those that it
 *                           doesn't name (last), in turn
 *              weighted     the one granted last, until it has had `weight.NAME` grants (default 1) one after
 *                           the other; then the next in turn
 *            On the card it is the on-card bus, on a host the host bus.
 *            pipelined = yes: the address cycle of a request overlaps the last data beat of the one before (as on AHB).
 *            topology = crossbar: each target, and what no target covers, has a path of its own with an arbitration of
 *            its own; paths work at the same time. A master uses one path at a time, and its requests are done in
 *            the order of asking.
 * Leaves out byte lanes, parity, retries, masters with several requests under way on a crossbar.
 *
 * Timing     a request of len bytes at addr, bus w bytes wide, granted at edge g, target asks for t waits;
 *            beats = ceil((addr mod w + len) / w):
 *
 *                edge   g         g+1 .. g+t       ..  g+1+t+beats
 *                       address   target waits         done() runs, next grant
 *
 *            pipelined, the next of any master, ready at g+t+beats or before and chosen at that edge:
 *
 *                edge   g+t+beats       g+1+t+beats .. +t2      ..  g+1+t+beats+t2+beats2
 *                       its address     its target waits        done() runs
 *
 *            t is larger by what chip.h says if master or target is on another chip than the bus.
 *            A request is seen at the first bus edge at or after it is made (sync_cycles later if its
 *            master is in another clock domain), and granted at the edge after that at the earliest.
 *            A free bus grants at that edge the master that the arbitration chooses among those that are ready.
 *
 * Errors     a request that no target covers from its first to its last byte completes with BUS_NO_TARGET after
 *            address and data cycles, as the hardware would; a target may refuse with BUS_ERROR. Overlapping
 *            targets are the scenario's mistake, reported by bus_map().
 */
#ifndef MODELS_BUS_H
#define MODELS_BUS_H

#include "models/chip.h"
#include "sim/sim.h"

enum { BUS_MAX_MASTERS = 1024, BUS_MAX_BURST_BYTES = 4096 };

enum bus_op { BUS_READ, BUS_WRITE };
enum bus_status { BUS_OK, BUS_NO_TARGET, BUS_ERROR };

struct bus_request { /* belongs to the master; lent to the bus until done() */
    enum bus_op op;
    uint64_t address;       /* first byte, on this bus */
    uint32_t bytes;         /* 1 .. BUS_MAX_BURST_BYTES, within one target */
    void *data;             /* bytes to write, or place for the bytes read; moved when done() is due */
    enum bus_status status; /* set before done() */
    void (*done)(struct bus_request *request);
    void *owner;            /* for done() */
    /* the bus's own */
    struct bus_request *next;
    uint64_t asked_ps, ready_cycle;
    uint64_t granted_ps; /* the edge of its address cycle, for bus_target.waits */
    struct bus_path *path;
};

struct bus_target { /* belongs to the target's part */
    uint64_t base, bytes;
    bool is_registers; /* accesses are commands: no place for data that an engine moves */
    struct part *part;
    void *owner;
    /* Wait cycles of the bus for this request, told when it is granted. */
    uint32_t (*waits)(void *owner, const struct bus_request *request);
    /* Moves the data, when the last beat is over. */
    enum bus_status (*access)(void *owner, struct bus_request *request);
    unsigned number; /* on its bus, in the order of mapping */
};

struct bus_master { /* belongs to the master's part */
    struct bus *bus;
    struct part *part;
    const struct clock *clock; /* of the master; NULL: the bus's own */
    unsigned number;           /* its turn */
    unsigned rank;             /* with priority: its place in the order, 0 first */
    uint64_t weight;           /* with weighted */
    struct bus_request *first, *last;
    bool busy;                 /* crossbar: a request of it is granted */
    uint64_t free_cycle;       /* crossbar: when the last one was done */
    struct {
        uint64_t requests, bytes, beats, wait_ps, held_cycles; /* wait: from asking to grant; held: on its path */
    } stats;
};

struct bus_path { /* the bus's own: one, or with a crossbar one for each target and one for none */
    struct bus *bus;
    struct event grant, finish;
    struct bus_request *granted; /* NULL: it is free */
    struct bus_master *master;   /* of granted */
    struct bus_target *target;
    uint64_t finish_cycle, counted_cycle; /* busy cycles of granted are counted up to the latter */
    uint64_t done_cycle;                  /* when the one before was done */
    unsigned last_granted;
    uint64_t grants_in_turn;               /* of the one granted last, one after the other */
    uint64_t asking[BUS_MAX_MASTERS / 64]; /* a bit a master with requests */
    uint64_t busy_cycles;                  /* since cleared */
};

struct bus {
    struct part part;
    /* parameters */
    uint64_t hz, sync_cycles, width_bits, burst_bytes;
    unsigned arbitration, topology;
    bool pipelined;
    char *order;
    struct parameter_lines weight_lines;
    char *chip;
    /* state */
    struct clock clock;
    uint32_t width_bytes;
    struct bus_master *masters[BUS_MAX_MASTERS];
    unsigned master_count;
    struct bus_target **targets; /* in the order of their addresses */
    struct chip_way **ways; /* by master's and target's number: which chips are crossed; NULL: none at all */
    unsigned target_count;
    struct bus_path *paths; /* from the first request on */
    unsigned path_count;
    struct {
        uint64_t requests, read_bytes, written_bytes, busy_cycles, wait_ps, wait_max_ps, no_target;
    } stats;
};

extern const struct part_kind bus_kind;

/* In wire(): adds a master. The structure is the caller's and must live as long as the bus. */
void bus_attach(struct bus *bus, struct bus_master *master, struct part *part,
                const struct clock *clock);

/* In wire(): adds a target; one that overlaps another is reported and left out. */
void bus_map(struct bus *bus, struct bus_target *target, struct diagnostics *diagnostics);

/* The target that covers the address; NULL: none. */
const struct bus_target *bus_target_at(const struct bus *bus, uint64_t address);

/* For targets that answer at once: bus_target.waits. */
uint32_t bus_no_waits(void *owner, const struct bus_request *request);

/* A master asks; it may have several requests waiting, which are granted in order. */
void bus_ask(struct bus_master *master, struct bus_request *request);

#endif
