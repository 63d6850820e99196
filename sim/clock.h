/* clock.h - clock domains: the one place where cycles and picoseconds meet.
 *
 * Edge n of a clock of f Hz is at floor(n * 10^12 / f) ps, computed from n: no frequency drifts.
 *
 *     edge   0         1         2         3          clock_edge_ps(n)
 *            |---------|---------|---------|----
 *     time   ....t.....                               clock_cycle_at(t) = 1, clock_cycle_after(t) = 1
 *            t                                        clock_cycle_at(t) = 0, clock_cycle_after(t) = 1
 *
 * Two clocks of one frequency are one domain. A signal that enters another domain is seen there
 * sync_cycles edges later than the first edge at or after it (the synchroniser's flip-flops).
 */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include <stdint.h>

#define PS_PER_SECOND 1000000000000ull

struct clock {
    uint64_t hz;
    uint64_t sync_cycles;            /* default 2 */
    uint64_t numerator, denominator; /* period in ps, in lowest terms */
};

/* hz 1 .. 10^12. */
void clock_init(struct clock *clock, uint64_t hz, uint64_t sync_cycles);

/* Of a part whose data sheet gives a period: 1 .. 10^12 ps. hz is rounded down. */
void clock_init_period(struct clock *clock, uint64_t period_ps, uint64_t sync_cycles);

/* Slow paths of the two below, for periods that are no whole picoseconds. */
uint64_t clock_edge_exact(const struct clock *clock, uint64_t cycle);
uint64_t clock_cycle_exact(const struct clock *clock, uint64_t time_ps);

/* Of a cycle whose edge lies within 64 bits of time: nothing checks it. */
static inline uint64_t clock_edge_ps(const struct clock *clock, uint64_t cycle)
{
    return clock->denominator == 1 ? cycle * clock->numerator : clock_edge_exact(clock, cycle);
}

/* The first edge at or after time_ps, as a cycle count. */
static inline uint64_t clock_cycle_at(const struct clock *clock, uint64_t time_ps)
{
    return clock->denominator == 1
               ? time_ps / clock->numerator + (time_ps % clock->numerator != 0)
               : clock_cycle_exact(clock, time_ps);
}

/* The first edge after time_ps, which is below UINT64_MAX. */
static inline uint64_t clock_cycle_after(const struct clock *clock, uint64_t time_ps)
{
    return clock_cycle_at(clock, time_ps + 1);
}

/* The edge of `to` at which something that left the domain of `from` at time_ps can be used. */
static inline uint64_t clock_cycle_crossing(const struct clock *to, const struct clock *from,
                                            uint64_t time_ps)
{
    return clock_cycle_at(to, time_ps) + (to->hz == from->hz ? 0 : to->sync_cycles);
}

#endif
