/* chip.h - an integrated circuit: what it costs to leave or enter it.
 *
 * Models     the pins of a chip. Every part names its chip (`chip = NAME`); a transaction on a bus whose master or target is
 *            on another chip than the bus crosses from chip to chip: its command (CHIP_COMMAND_BYTES) and its data go
 *            through the pins of both, at pins * pin_rate, and each chip that it leaves or enters adds its latency. The
 *            pins of a chip are one resource: one transaction at a time, in the order of their grants, whatever the bus. A
 *            chip named by parts that has no section [chip NAME] costs nothing.
 * Leaves out crossings that are no bus transaction: port to dispatch, dispatch to receive DMA; queues at the pins (who
 *            crosses holds its bus), pins for each direction, power.
 *
 * Timing     granted at time g; L: sum of the latencies, of each chip as often as it is crossed, twice for a read (its
 *            data comes back); X: time of command and data at the slowest pins (a chip that is crossed twice, by master
 *            and target, needs its pins twice); f: when the pins of all chips involved are free:
 *
 *                pins      max(g, f) [command, data: X]
 *                bus       g address, beats: B
 *                end       max(g, f) + max(X, B) + L, rounded up to an edge; the target's waits come on top
 *
 *            Without crossing, or without a section for any of the chips, no cycle is added.
 */
#ifndef MODELS_CHIP_H
#define MODELS_CHIP_H

#include "sim/clock.h"
#include "sim/sim.h"

enum { CHIP_COMMAND_BYTES = 8, CHIP_MOST = 3 };

extern const struct part_kind chip_kind;
struct chip;

/* The name that a part gives as its chip; "card" if its kind has no such key. */
const char *chip_name_of(const struct part *part);

/* The chip of that part, NULL if the scenario has no section for it. In init() or later. */
struct chip *chip_of(const struct part *part);

/* The way of a transaction: which chips it crosses, and how often. */
struct chip_way {
    struct chip *chips[CHIP_MOST];
    unsigned crossings[CHIP_MOST];
    unsigned count; /* 0: it costs nothing */
};

/* From the master's chip to the bus's, and on to the target's (target NULL: none answers). */
struct chip_way chip_way(const struct part *master, const struct part *bus, const struct part *target);

/* The cycles by which a transaction granted at that cycle takes longer than address and beats; occupies the pins. */
uint64_t chip_cross(const struct chip_way *way, const struct clock *clock, uint64_t cycle, bool is_read, uint32_t bytes,
                    uint64_t beats);

#endif
