/* Edge n of f Hz is at floor(n * 10^12 / f) ps, for every n, f and hour of the day. */
#include "sim/clock.h"
#include "sim/sim.h"
#include "tests/suite.h"

#include <signal.h>

typedef unsigned __int128 wide;

/* Periods that are whole picoseconds and that are not; the slowest and the fastest. */
static const uint64_t frequencies_hz[] = {
    1, 3, 7, 1000000, 166000000, 333333333, 500000000, 644531250, 999999999, 1250000000,
    3000000000, 100000000000, 333333333333, 999999999999, 1000000000000};
enum { FREQUENCIES = sizeof frequencies_hz / sizeof *frequencies_hz };

static struct clock timed;

static uint64_t edge_of(uint64_t hz, uint64_t cycle)
{
    return (uint64_t)((wide)cycle * PS_PER_SECOND / hz);
}

/* The first n with edge_of(n) >= time: by bisection, not by the formula of the module. */
static uint64_t cycle_of(uint64_t hz, uint64_t time_ps)
{
    wide low = 0, high = (wide)time_ps * hz / PS_PER_SECOND + 2;

    while (low < high) {
        wide middle = (low + high) / 2;

        if (middle * PS_PER_SECOND / hz >= time_ps)
            high = middle;
        else
            low = middle + 1;
    }
    return (uint64_t)low;
}

START_TEST(edges_of_166_mhz_are_where_they_are)
{
    clock_init(&timed, 166000000, 2);
    ck_assert_uint_eq(clock_edge_ps(&timed, 0), 0);
    ck_assert_uint_eq(clock_edge_ps(&timed, 1), 6024); /* 6024.096 */
    ck_assert_uint_eq(clock_edge_ps(&timed, 10), 60240);
    ck_assert_uint_eq(clock_edge_ps(&timed, 11), 66265);
    ck_assert_uint_eq(clock_edge_ps(&timed, 83), 500000);
}
END_TEST

START_TEST(edges_of_333333333_hz_are_where_they_are)
{
    clock_init(&timed, 333333333, 2);
    ck_assert_uint_eq(clock_edge_ps(&timed, 1), 3000);
    ck_assert_uint_eq(clock_edge_ps(&timed, 333333332), 999999996999); /* 3000.000003 before */
    ck_assert_uint_eq(clock_edge_ps(&timed, 333333333), PS_PER_SECOND);
}
END_TEST

/* 830 ps is no whole number of Hz: its edges are exact all the same, an hour on. */
START_TEST(a_clock_of_a_given_period_never_drifts)
{
    struct clock clock;
    uint64_t hour = 3600 * PS_PER_SECOND / 830;

    clock_init_period(&clock, 830, 2);
    ck_assert_uint_eq(clock_edge_ps(&clock, hour), hour * 830);
    ck_assert_uint_eq(clock_cycle_at(&clock, hour * 830), hour);
    ck_assert_uint_eq(clock_cycle_at(&clock, hour * 830 + 1), hour + 1);
    ck_assert_uint_eq(clock.hz, 1204819277);
}
END_TEST

START_TEST(a_cycle_may_last_a_second_or_a_picosecond)
{
    clock_init(&timed, 1, 2);
    ck_assert_uint_eq(clock_edge_ps(&timed, 18446744), 18446744000000000000u);
    ck_assert_uint_eq(clock_cycle_at(&timed, 1), 1);
    ck_assert_uint_eq(clock_cycle_at(&timed, PS_PER_SECOND), 1);
    ck_assert_uint_eq(clock_cycle_at(&timed, PS_PER_SECOND + 1), 2);
    clock_init(&timed, PS_PER_SECOND, 2);
    ck_assert_uint_eq(clock_edge_ps(&timed, UINT64_MAX), UINT64_MAX);
    ck_assert_uint_eq(clock_cycle_at(&timed, UINT64_MAX), UINT64_MAX);
    ck_assert_uint_eq(clock_cycle_after(&timed, 41), 42);
}
END_TEST

START_TEST(cycles_change_at_their_edges_and_nowhere_else)
{
    clock_init(&timed, frequencies_hz[_i], 2);
    for (uint64_t cycle = 1; cycle < 2000; cycle++) {
        uint64_t edge_ps = clock_edge_ps(&timed, cycle);
        uint64_t before_ps = clock_edge_ps(&timed, cycle - 1);

        ck_assert_uint_lt(before_ps, edge_ps);
        ck_assert_uint_eq(clock_cycle_at(&timed, before_ps + 1), cycle);
        ck_assert_uint_eq(clock_cycle_at(&timed, edge_ps - 1),
                          edge_ps - 1 == before_ps ? cycle - 1 : cycle);
        ck_assert_uint_eq(clock_cycle_at(&timed, edge_ps), cycle);
        ck_assert_uint_eq(clock_cycle_after(&timed, before_ps), cycle);
        ck_assert_uint_eq(clock_cycle_after(&timed, edge_ps - 1), cycle);
        ck_assert_uint_eq(clock_cycle_after(&timed, edge_ps), cycle + 1);
    }
}
END_TEST

START_TEST(no_frequency_drifts)
{
    uint64_t hz = frequencies_hz[_i];

    clock_init(&timed, hz, 2);
    for (uint64_t seconds = 1; seconds < 18000000; seconds = seconds * 3 + 7) {
        ck_assert_uint_eq(clock_edge_ps(&timed, seconds * hz), seconds * PS_PER_SECOND);
        ck_assert_uint_eq(clock_cycle_at(&timed, seconds * PS_PER_SECOND), seconds * hz);
        ck_assert_uint_eq(clock_cycle_after(&timed, seconds * PS_PER_SECOND), seconds * hz + 1);
    }
}
END_TEST

/* Times of all magnitudes, so that the products pass 64 bits in many of them. */
START_TEST(edges_and_cycles_agree_with_128_bits)
{
    uint64_t random = 17 + (uint64_t)_i;

    for (unsigned round = 0; round < 100000; round++) {
        uint64_t hz = _i < FREQUENCIES ? frequencies_hz[_i]
                                       : 1 + random_next(&random) % PS_PER_SECOND;
        uint64_t time_ps = random_next(&random) >> random_next(&random) % 64;

        clock_init(&timed, hz, 2);
        uint64_t cycle = cycle_of(hz, time_ps);

        if (clock_cycle_at(&timed, time_ps) != cycle)
            ck_abort_msg("%llu Hz, %llu ps: cycle %llu, not %llu", (unsigned long long)hz,
                         (unsigned long long)time_ps,
                         (unsigned long long)clock_cycle_at(&timed, time_ps),
                         (unsigned long long)cycle);
        if (cycle && clock_edge_ps(&timed, cycle - 1) != edge_of(hz, cycle - 1))
            ck_abort_msg("%llu Hz, cycle %llu", (unsigned long long)hz,
                         (unsigned long long)cycle - 1);
        if (cycle && clock_edge_ps(&timed, cycle - 1) >= time_ps)
            ck_abort_msg("%llu Hz: an edge before cycle %llu", (unsigned long long)hz,
                         (unsigned long long)cycle);
    }
}
END_TEST

START_TEST(the_end_of_time_has_cycles_too)
{
    uint64_t hz = frequencies_hz[_i];

    clock_init(&timed, hz, 2);
    for (uint64_t back = 1; back < 1ull << 41; back *= 2) {
        ck_assert_uint_eq(clock_cycle_at(&timed, UINT64_MAX - back), cycle_of(hz, UINT64_MAX - back));
        ck_assert_uint_eq(clock_cycle_after(&timed, UINT64_MAX - back),
                          cycle_of(hz, UINT64_MAX - back + 1));
    }
    ck_assert_uint_eq(clock_cycle_at(&timed, UINT64_MAX), cycle_of(hz, UINT64_MAX));
}
END_TEST

START_TEST(another_domain_sees_a_signal_sync_cycles_later)
{
    struct clock bus, core;

    clock_init(&bus, 500000000, 3); /* edges at 0, 2000, 4000, ... */
    clock_init(&core, 800000000, 2);
    ck_assert_uint_eq(clock_cycle_crossing(&bus, &core, 0), 3);
    ck_assert_uint_eq(clock_cycle_crossing(&bus, &core, 3999), 2 + 3);
    ck_assert_uint_eq(clock_cycle_crossing(&bus, &core, 4000), 2 + 3);
    ck_assert_uint_eq(clock_cycle_crossing(&bus, &core, 4001), 3 + 3);
}
END_TEST

START_TEST(clocks_of_one_frequency_are_one_domain)
{
    struct clock bus, core;

    clock_init(&bus, 500000000, 3);
    clock_init(&core, 500000000, 2);
    ck_assert_uint_eq(clock_cycle_crossing(&bus, &core, 4000), 2);
    ck_assert_uint_eq(clock_cycle_crossing(&bus, &core, 4001), 3);
}
END_TEST

START_TEST(no_clock_stands_still)
{
    clock_init(&timed, 0, 2);
}
END_TEST

START_TEST(no_clock_is_faster_than_time)
{
    clock_init(&timed, PS_PER_SECOND + 1, 2);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("clock");
    TCase *edges = tcase_create("edges"), *domains = tcase_create("domains");

    tcase_set_timeout(edges, 60);
    tcase_add_test(edges, edges_of_166_mhz_are_where_they_are);
    tcase_add_test(edges, edges_of_333333333_hz_are_where_they_are);
    tcase_add_test(edges, a_clock_of_a_given_period_never_drifts);
    tcase_add_test(edges, a_cycle_may_last_a_second_or_a_picosecond);
    tcase_add_loop_test(edges, cycles_change_at_their_edges_and_nowhere_else, 0, FREQUENCIES);
    tcase_add_loop_test(edges, no_frequency_drifts, 0, FREQUENCIES);
    tcase_add_loop_test(edges, edges_and_cycles_agree_with_128_bits, 0, FREQUENCIES + 1);
    tcase_add_loop_test(edges, the_end_of_time_has_cycles_too, 0, FREQUENCIES);
    tcase_add_test_raise_signal(edges, no_clock_stands_still, SIGABRT);
    tcase_add_test_raise_signal(edges, no_clock_is_faster_than_time, SIGABRT);
    suite_add_tcase(all, edges);
    tcase_add_test(domains, another_domain_sees_a_signal_sync_cycles_later);
    tcase_add_test(domains, clocks_of_one_frequency_are_one_domain);
    suite_add_tcase(all, domains);
    return all;
}
