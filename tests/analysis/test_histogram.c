#include "analysis/histogram.h"
#include "tests/suite.h"

#include <stdlib.h>

static struct histogram histogram;

static void setup(void)
{
    histogram_init(&histogram);
}

static void teardown(void)
{
    histogram_free(&histogram);
}

/* Our own, so that the samples are the same on every machine (splitmix64). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* All magnitudes are as likely. */
static uint64_t random_sample(uint64_t *state)
{
    uint64_t value = next_random(state);

    return value >> (next_random(state) % 64);
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

START_TEST(without_samples_all_is_zero)
{
    ck_assert_uint_eq(histogram.count, 0);
    ck_assert_uint_eq(histogram.min, 0);
    ck_assert_uint_eq(histogram.max, 0);
    ck_assert(histogram.sum == 0);
    ck_assert_uint_eq(histogram_percentile(&histogram, 0), 0);
    ck_assert_uint_eq(histogram_percentile(&histogram, 5000), 0);
    ck_assert_uint_eq(histogram_percentile(&histogram, 10000), 0);
}
END_TEST

START_TEST(one_sample_is_every_percentile)
{
    static const uint64_t samples[] = {0, 1, 2047, 2048, 123456789, UINT64_MAX};
    uint64_t sample = samples[_i];

    histogram_add(&histogram, sample);
    ck_assert_uint_eq(histogram.count, 1);
    ck_assert_uint_eq(histogram.min, sample);
    ck_assert_uint_eq(histogram.max, sample);
    for (unsigned p = 0; p <= 10000; p += 100)
        ck_assert_uint_eq(histogram_percentile(&histogram, p), sample);
}
END_TEST

/* Between two others, so that neither end is exact by being an end. */
static uint64_t reported(uint64_t value)
{
    histogram_clear(&histogram);
    histogram_add(&histogram, 0);
    histogram_add(&histogram, value);
    histogram_add(&histogram, UINT64_MAX);
    return histogram_percentile(&histogram, 5000);
}

START_TEST(small_values_are_exact)
{
    for (uint64_t value = 0; value < 2048; value++)
        ck_assert_uint_eq(reported(value), value);
}
END_TEST

START_TEST(a_value_is_rounded_up_to_the_end_of_its_bucket)
{
    /* From 2^m on, m >= 10, buckets are 2^(m-10) wide and begin at multiples of that. */
    ck_assert_uint_eq(reported(2048), 2049);
    ck_assert_uint_eq(reported(2049), 2049);
    ck_assert_uint_eq(reported(4095), 4095);
    ck_assert_uint_eq(reported(4096), 4099);
    ck_assert_uint_eq(reported(4099), 4099);
    ck_assert_uint_eq(reported(4100), 4103);
    ck_assert_uint_eq(reported(UINT64_C(1) << 32), (UINT64_C(1) << 32) + (UINT64_C(1) << 22) - 1);
    ck_assert_uint_eq(reported((UINT64_C(1) << 32) - 1), (UINT64_C(1) << 32) - 1);
    ck_assert_uint_eq(reported(UINT64_C(1) << 63), (UINT64_C(1) << 63) + (UINT64_C(1) << 53) - 1);
    ck_assert_uint_eq(reported(UINT64_MAX - 1), UINT64_MAX);
}
END_TEST

START_TEST(the_error_is_below_one_in_1024)
{
    uint64_t state = 7;

    for (unsigned i = 0; i < 20000; i++) {
        uint64_t value = random_sample(&state), got = reported(value);
        ck_assert_uint_ge(got, value);
        ck_assert_uint_le(got - value, value / 1024);
    }
}
END_TEST

START_TEST(never_above_the_largest_sample)
{
    histogram_add(&histogram, 1);
    histogram_add(&histogram, 4096);
    histogram_add(&histogram, 4097); /* the bucket ends at 4099 */
    ck_assert_uint_eq(histogram_percentile(&histogram, 5000), 4097);
    ck_assert_uint_eq(histogram_percentile(&histogram, 10000), 4097);
}
END_TEST

START_TEST(the_rank_is_rounded_up)
{
    for (uint64_t value = 1; value <= 1000; value++)
        histogram_add(&histogram, value);
    ck_assert_uint_eq(histogram_percentile(&histogram, 0), 1);
    ck_assert_uint_eq(histogram_percentile(&histogram, 1), 1);  /* rank 0.1 */
    ck_assert_uint_eq(histogram_percentile(&histogram, 10), 1); /* rank 1 */
    ck_assert_uint_eq(histogram_percentile(&histogram, 11), 2); /* rank 1.1 */
    ck_assert_uint_eq(histogram_percentile(&histogram, 5000), 500);
    ck_assert_uint_eq(histogram_percentile(&histogram, 5001), 501);
    ck_assert_uint_eq(histogram_percentile(&histogram, 9990), 999);
    ck_assert_uint_eq(histogram_percentile(&histogram, 9991), 1000);
    ck_assert_uint_eq(histogram_percentile(&histogram, 9999), 1000);
}
END_TEST

START_TEST(agrees_with_a_sorted_array)
{
    static uint64_t samples[5000];
    unsigned count = (unsigned)_i;
    uint64_t state = count;
    unsigned __int128 sum = 0;

    for (unsigned i = 0; i < count; i++) {
        samples[i] = random_sample(&state);
        sum += samples[i];
        histogram_add(&histogram, samples[i]);
    }
    qsort(samples, count, sizeof *samples, ascending);
    ck_assert_uint_eq(histogram.count, count);
    ck_assert_uint_eq(histogram.min, samples[0]);
    ck_assert_uint_eq(histogram.max, samples[count - 1]);
    ck_assert(histogram.sum == sum);
    for (unsigned p = 1; p <= 10000; p += 1 + p % 13) {
        uint64_t rank = ((uint64_t)count * p + 9999) / 10000;
        uint64_t exact = samples[rank - 1], got = histogram_percentile(&histogram, p);
        ck_assert_uint_ge(got, exact);
        ck_assert_uint_le(got - exact, exact / 1024);
    }
}
END_TEST

START_TEST(the_sum_does_not_wrap)
{
    for (unsigned i = 0; i < 3; i++)
        histogram_add(&histogram, UINT64_MAX);
    ck_assert(histogram.sum == 3 * (unsigned __int128)UINT64_MAX);
}
END_TEST

static void assert_same(const struct histogram *a, const struct histogram *b)
{
    ck_assert_uint_eq(a->count, b->count);
    ck_assert_uint_eq(a->min, b->min);
    ck_assert_uint_eq(a->max, b->max);
    ck_assert(a->sum == b->sum);
    for (unsigned p = 0; p <= 10000; p++)
        ck_assert_uint_eq(histogram_percentile(a, p), histogram_percentile(b, p));
}

START_TEST(a_merge_is_the_union)
{
    struct histogram both, other;
    uint64_t state = 3;

    histogram_init(&both);
    histogram_init(&other);
    for (unsigned i = 0; i < 3000; i++) {
        uint64_t value = random_sample(&state);
        histogram_add(i % 3 ? &histogram : &other, value);
        histogram_add(&both, value);
    }
    histogram_merge(&histogram, &other);
    assert_same(&histogram, &both);
    ck_assert_uint_eq(other.count, 1000);
    histogram_free(&both);
    histogram_free(&other);
}
END_TEST

START_TEST(merging_nothing_changes_nothing)
{
    struct histogram empty;

    histogram_init(&empty);
    histogram_add(&histogram, 7);
    histogram_merge(&histogram, &empty);
    ck_assert_uint_eq(histogram.min, 7);
    ck_assert_uint_eq(histogram.count, 1);
    histogram_merge(&empty, &histogram); /* 0 is not the smallest of none */
    ck_assert_uint_eq(empty.min, 7);
    ck_assert_uint_eq(empty.max, 7);
    histogram_free(&empty);
}
END_TEST

START_TEST(merging_with_itself_doubles)
{
    histogram_add(&histogram, 5);
    histogram_add(&histogram, 9);
    histogram_merge(&histogram, &histogram);
    ck_assert_uint_eq(histogram.count, 4);
    ck_assert(histogram.sum == 28);
    ck_assert_uint_eq(histogram_percentile(&histogram, 5000), 5);
    ck_assert_uint_eq(histogram_percentile(&histogram, 5001), 9);
}
END_TEST

START_TEST(cleared_it_is_as_new)
{
    struct histogram fresh;

    histogram_init(&fresh);
    histogram_add(&histogram, 3);
    histogram_add(&histogram, UINT64_MAX);
    histogram_clear(&histogram);
    ck_assert_uint_eq(histogram.count, 0);
    ck_assert_uint_eq(histogram.max, 0);
    histogram_add(&histogram, 50);
    histogram_add(&fresh, 50);
    assert_same(&histogram, &fresh);
    histogram_free(&fresh);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("histogram");
    TCase *tests = tcase_create("histogram");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, without_samples_all_is_zero);
    tcase_add_loop_test(tests, one_sample_is_every_percentile, 0, 6);
    tcase_add_test(tests, small_values_are_exact);
    tcase_add_test(tests, a_value_is_rounded_up_to_the_end_of_its_bucket);
    tcase_add_test(tests, the_error_is_below_one_in_1024);
    tcase_add_test(tests, never_above_the_largest_sample);
    tcase_add_test(tests, the_rank_is_rounded_up);
    for (int count = 1; count <= 5000; count = count * 3 + 1)
        tcase_add_loop_test(tests, agrees_with_a_sorted_array, count, count + 1);
    tcase_add_test(tests, the_sum_does_not_wrap);
    tcase_add_test(tests, a_merge_is_the_union);
    tcase_add_test(tests, merging_nothing_changes_nothing);
    tcase_add_test(tests, merging_with_itself_doubles);
    tcase_add_test(tests, cleared_it_is_as_new);
    suite_add_tcase(all, tests);
    return all;
}
