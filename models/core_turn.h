/* core_turn.h - several hardware threads take turns on one core.
 *
 * Models     a thread has the core from its grant until its next interaction: an access outside local memory that is not
 *            answered at once, or wfi. It then gives the core up and is ready again when the answer is there, or it is woken;
 *            an answer never takes the core from another thread. Of those that are ready the one that comes next in turn
 *            after the one that had the core is granted; switch_cycles pass if it is another.
 * Leaves out fine-grained interleaving (a thread each cycle), priorities.
 *
 * Timing     in cycles of the core; a thread gives the core up at the edge r of its interaction; at equal times all that
 *            becomes ready is seen first:
 *
 *                r, or when the first is ready if later     the next begins
 *                grant at g                                 g + switch_cycles (0 if it had the core before)
 */
#ifndef MODELS_CORE_TURN_H
#define MODELS_CORE_TURN_H

#include "models/turn.h"
#include "sim/clock.h"
#include "sim/event.h"

enum { CORE_TURN_MAX = 8 };

struct core_turn {
    struct part *part;
    const struct clock *clock;
    uint64_t switch_cycles;
    unsigned count;
    struct core_thread {
        struct core_turn *turn;
        unsigned number;
        struct event ready;
        void *owner;
    } threads[CORE_TURN_MAX];
    void (*granted)(void *owner, uint64_t start_cycle); /* in the calendar at the grant, which is at most switch_cycles
                                                            before the start */
    struct turn asking;
    int running; /* -1: none */
    unsigned last;
    uint64_t start_cycle; /* of the one that runs */
    struct event grant;
    uint64_t switches;
};

/* part: whose calendar events these are. Threads 0 .. count - 1 (at most CORE_TURN_MAX) with their owners. */
void core_turn_init(struct core_turn *turn, struct part *part, const struct clock *clock, unsigned count,
                    uint64_t switch_cycles, void (*granted)(void *owner, uint64_t start_cycle));
void core_turn_add(struct core_turn *turn, unsigned thread, void *owner);

/* The thread can go on from that cycle, now or later. */
void core_turn_ready(struct core_turn *turn, unsigned thread, uint64_t cycle);

/* The thread that runs gives the core up now. Returns the cycles for which it had it. */
uint64_t core_turn_release(struct core_turn *turn, unsigned thread);

/* Cycles up to now for which the thread has had the core, not told before; 0 if it doesn't have it. */
uint64_t core_turn_settle(struct core_turn *turn, unsigned thread);

#endif
