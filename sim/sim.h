/* sim.h - one simulation: its calendar, its parts, its life. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "sim/check.h"
#include "sim/clock.h"
#include "sim/event.h"
#include "sim/part.h"
#include "sim/random.h"

struct outside;

struct sim {
    struct calendar calendar;
    struct part **parts; /* in the scenario's order; the kernel owns them */
    unsigned part_count;
    uint64_t seed;
    bool run_ahead; /* cores execute to their next interaction at once */
    /* No core runs past this time before the calendar gets there: the next sample, or the end if it is
     * known. */
    uint64_t ahead_limit_ps;
    uint64_t time_limit_ps;      /* of the scenario; UINT64_MAX: none. ahead_limit_ps is never later */
    uint64_t look_ps;       /* statistics are looked at then: before, cores go no further; UINT64_MAX: never */
    uint64_t most_ahead_ps; /* of a core; UINT64_MAX: any */
    uint64_t statistics_from_ps; /* when statistics were cleared last */
    bool stop;                   /* set by sim_stop(), for good */
    const char *stop_reason;
    struct outside *outside;     /* the world outside the card (sim/outside.h); NULL: none */
};

void sim_init(struct sim *sim);
void sim_free(struct sim *sim); /* its parts too */

/* A new part of kind->size bytes, all 0, with its name (copied); number in the order of the calls. */
struct part *sim_add_part(struct sim *sim, const struct part_kind *kind, const char *name);
struct part *sim_find_part(const struct sim *sim, const char *kind, const char *name); /* NULL: none */

/* init and wire of all parts. Errors are in diagnostics; false if there are any. */
bool sim_wire(struct sim *sim, struct diagnostics *diagnostics);
void sim_start(struct sim *sim);

/* Runs all events before limit_ps, or until sim_stop(). */
void sim_run(struct sim *sim, uint64_t limit_ps);
void sim_stop(struct sim *sim, const char *reason); /* reason: a constant text; the first stays */

/* Ends the warm-up: counts start again from now; nothing else changes. */
void sim_clear_statistics(struct sim *sim);
void sim_settle(struct sim *sim); /* statistics are right as of now */

static inline uint64_t sim_now(const struct sim *sim)
{
    return sim->calendar.now_ps;
}
static inline uint64_t part_now(const struct part *part)
{
    return part->sim->calendar.now_ps;
}

/* At the cycle of a clock. */
static inline void event_at_edge(struct event *event, const struct clock *clock, uint64_t cycle)
{
    event_at(event, clock_edge_ps(clock, cycle));
}

#endif
