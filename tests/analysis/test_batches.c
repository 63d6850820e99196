/* analysis/batches.h: estimates against numbers worked out by hand, and their promise against many repetitions. */
#include "tests/suite.h"
#include "analysis/batches.h"

#include <math.h>

static struct batches batches;

/* Twenty batches of 32 bins of 1 us: the rate in batch i is that of frames[i] of 996 bytes, 1,000 with FCS. */
static void fill(const unsigned *frames, uint64_t latency_ps)
{
    batches_init(&batches);
    for (unsigned i = 0; i < BATCHES_COUNT; i++)
        for (unsigned k = 0; k < frames[i]; k++)
            batches_add(&batches, i * 32000000ull + k * 1000, 996, latency_ps + i % 2);
}

enum { SPAN_US = 640 };

START_TEST(estimate_is_that_of_the_textbook)
{
    unsigned frames[BATCHES_COUNT];

    for (unsigned i = 0; i < BATCHES_COUNT; i++)
        frames[i] = i % 2 ? 6 : 4;
    fill(frames, 500);
    struct batches_estimate rate = batches_delivered(&batches, SPAN_US * 1000000ull);
    /* Mean 5 frames in 32 us; standard deviation sqrt(20 / 19); t(19) = 2.093. */
    ck_assert_double_eq_tol(rate.mean, 5 * 8000 / 32e-6, 1);
    ck_assert_double_eq_tol(rate.half_width, 2.093 * sqrt(20.0 / 19) / sqrt(20) * 8000 / 32e-6, 1000);
    ck_assert_double_eq_tol(rate.lag_1, -0.95, 1e-9);
    ck_assert(rate.is_stationary);
    struct batches_estimate latency = batches_latency(&batches, SPAN_US * 1000000ull);
    ck_assert_double_eq_tol(latency.mean, 500.5, 1e-9);
}
END_TEST

START_TEST(trend_is_not_stationary)
{
    unsigned frames[BATCHES_COUNT];

    for (unsigned i = 0; i < BATCHES_COUNT; i++)
        frames[i] = 10 + i;
    fill(frames, 500);
    ck_assert(!batches_delivered(&batches, SPAN_US * 1000000ull).is_stationary);
    ck_assert(batches_delivered(&batches, SPAN_US * 1000000ull).lag_1 > 0.5);
}
END_TEST

START_TEST(too_little_gives_no_estimate)
{
    unsigned frames[BATCHES_COUNT];

    for (unsigned i = 0; i < BATCHES_COUNT; i++)
        frames[i] = i != 7;
    fill(frames, 500);
    ck_assert(isnan(batches_delivered(&batches, SPAN_US * 1000000ull).mean)); /* a batch without a frame */
    ck_assert(isnan(batches_latency(&batches, 19 * 1000000ull).mean));      /* fewer bins than batches */
    ck_assert(isnan(batches_latency(&batches, UINT64_MAX).mean));
}
END_TEST

/* However long it goes on, bins are halved and nothing is lost. */
START_TEST(bins_hold_all_samples)
{
    uint64_t frames = 0, bytes = 0;
    unsigned __int128 latency = 0;

    batches_init(&batches);
    for (uint64_t at = 0; at < 3000000; at++)
        batches_add(&batches, at * at * 1000, (uint32_t)(at % 1500), at);
    for (unsigned i = 0; i < BATCHES_BINS; i++) {
        frames += batches.bins[i].frames;
        bytes += batches.bins[i].bytes;
        latency += batches.bins[i].latency_ps;
    }
    ck_assert_uint_eq(frames, 3000000);
    ck_assert_uint_eq(bytes, 2000 * (1499ull * 1500 / 2));
    ck_assert_uint_eq((uint64_t)latency, 2999999ull * 3000000 / 2);
    ck_assert_uint_ge(batches.interval_ps * BATCHES_BINS, 2999999ull * 2999999 * 1000);
    ck_assert_uint_lt(batches.interval_ps * BATCHES_BINS / 2, 2999999ull * 2999999 * 1000);
}
END_TEST

/* Of 1,000 intervals of independent samples 95 in 100 hold the true mean: 950, standard deviation 6.9. */
START_TEST(interval_holds_the_mean_as_often_as_it_says)
{
    uint64_t random = 5;
    unsigned held = 0;

    for (unsigned run = 0; run < 1000; run++) {
        batches_init(&batches);
        for (unsigned i = 0; i < 2000; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            batches_add(&batches, i * 640000000ull / 2000, 60, 1000 + (random >> 33) % 1001);
        }
        struct batches_estimate estimate = batches_latency(&batches, SPAN_US * 1000000ull);
        held += fabs(estimate.mean - 1500) <= estimate.half_width;
    }
    ck_assert_uint_ge(held, 950 - 28);
    ck_assert_uint_le(held, 950 + 28);
}
END_TEST

START_TEST(students_t_is_that_of_the_tables)
{
    ck_assert_double_eq_tol(batches_student_t(1), 12.706, 1e-9);
    ck_assert_double_eq_tol(batches_student_t(19), 2.093, 1e-9);
    ck_assert_double_eq_tol(batches_student_t(40), 2.021, 1e-3);
    ck_assert_double_eq_tol(batches_student_t(60), 2.000, 1e-3);
    ck_assert_double_eq_tol(batches_student_t(100000), 1.960, 1e-3);
    ck_assert(isinf(batches_student_t(0)));
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("batch means");
    TCase *cases = tcase_create("estimates");

    tcase_add_test(cases, estimate_is_that_of_the_textbook);
    tcase_add_test(cases, trend_is_not_stationary);
    tcase_add_test(cases, too_little_gives_no_estimate);
    tcase_add_test(cases, bins_hold_all_samples);
    tcase_add_test(cases, interval_holds_the_mean_as_often_as_it_says);
    tcase_add_test(cases, students_t_is_that_of_the_tables);
    suite_add_tcase(all, cases);
    return all;
}
