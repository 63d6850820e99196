#include "sim/clock.h"

#include "sim/check.h"

#include <stddef.h>

static uint64_t greatest_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

void clock_init(struct clock *clock, uint64_t hz, uint64_t sync_cycles)
{
    sim_check(NULL, hz >= 1 && hz <= PS_PER_SECOND);
    uint64_t divisor = greatest_divisor(PS_PER_SECOND, hz);

    *clock = (struct clock){hz, sync_cycles, PS_PER_SECOND / divisor, hz / divisor};
}

void clock_init_period(struct clock *clock, uint64_t period_ps, uint64_t sync_cycles)
{
    sim_check(NULL, period_ps >= 1 && period_ps <= PS_PER_SECOND);
    *clock = (struct clock){PS_PER_SECOND / period_ps, sync_cycles, period_ps, 1};
}

/* The products pass 64 bits after some hours of simulated time; a 128-bit division is only then worth it. */
uint64_t clock_edge_exact(const struct clock *clock, uint64_t cycle)
{
    uint64_t product;

    if (!__builtin_mul_overflow(cycle, clock->numerator, &product))
        return product / clock->denominator;
    return (uint64_t)((unsigned __int128)cycle * clock->numerator / clock->denominator);
}

uint64_t clock_cycle_exact(const struct clock *clock, uint64_t time_ps)
{
    uint64_t product;

    if (!__builtin_mul_overflow(time_ps, clock->denominator, &product) &&
        product <= UINT64_MAX - clock->numerator)
        return (product + clock->numerator - 1) / clock->numerator;
    return (uint64_t)(((unsigned __int128)time_ps * clock->denominator + clock->numerator - 1) /
                      clock->numerator);
}
