#include "analysis/coarse_histogram.h"
#include "tests/suite.h"

#include <string.h>

static struct coarse_histogram a, b, all;

static void setup(void)
{
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    memset(&all, 0, sizeof all);
}

START_TEST(without_samples_all_percentiles_are_0)
{
    ck_assert_uint_eq(coarse_histogram_percentile(&a, 1), 0);
    ck_assert_uint_eq(coarse_histogram_percentile(&a, 100), 0);
}
END_TEST

START_TEST(a_percentile_is_the_sample_of_its_rank_rounded_up_by_less_than_a_32nd)
{
    for (uint64_t value = 1; value <= 100; value++)
        coarse_histogram_add(&a, value * 1000000);
    for (unsigned percent = 1; percent <= 100; percent++) {
        uint64_t exact = percent * UINT64_C(1000000), found = coarse_histogram_percentile(&a, percent);

        ck_assert_msg(found >= exact && found - exact < exact / 32 + 1, "%u %%: %llu", percent,
                      (unsigned long long)found);
    }
    ck_assert_uint_eq(coarse_histogram_percentile(&a, 100), 100000000);
}
END_TEST

START_TEST(values_below_64_have_buckets_of_their_own)
{
    for (uint64_t value = 0; value < 64; value++) {
        setup();
        coarse_histogram_add(&a, value);
        coarse_histogram_add(&a, 1000);
        ck_assert_uint_eq(coarse_histogram_percentile(&a, 50), value);
    }
}
END_TEST

START_TEST(the_largest_number_has_a_bucket)
{
    coarse_histogram_add(&a, UINT64_MAX);
    coarse_histogram_add(&a, 0);
    ck_assert_uint_eq(coarse_histogram_percentile(&a, 50), 0);
    ck_assert_uint_eq(coarse_histogram_percentile(&a, 51), UINT64_MAX);
    ck_assert_uint_eq(a.max, UINT64_MAX);
}
END_TEST

/* However intervals were joined: the same bytes. */
START_TEST(merging_is_as_if_all_had_been_added_to_one)
{
    uint64_t value = 1;

    for (unsigned i = 0; i < 5000; i++) {
        value = value * 6364136223846793005u + 1442695040888963407u;
        coarse_histogram_add(i % 3 ? &a : &b, value >> (value % 60));
        coarse_histogram_add(&all, value >> (value % 60));
    }
    coarse_histogram_merge(&a, &b);
    ck_assert_mem_eq(&a, &all, sizeof a);
    coarse_histogram_merge(&a, &(struct coarse_histogram){0});
    ck_assert_mem_eq(&a, &all, sizeof a);
}
END_TEST

START_TEST(a_full_bucket_stays_full)
{
    coarse_histogram_add(&a, 7);
    a.buckets[7] = UINT32_MAX;
    a.count = UINT32_MAX;
    coarse_histogram_add(&a, 7);
    coarse_histogram_merge(&a, &a);
    ck_assert_uint_eq(a.buckets[7], UINT32_MAX);
    ck_assert_uint_eq(coarse_histogram_percentile(&a, 100), 7);
}
END_TEST

Suite *suite(void)
{
    Suite *made = suite_create("coarse_histogram");
    TCase *tests = tcase_create("coarse_histogram");

    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, without_samples_all_percentiles_are_0);
    tcase_add_test(tests, a_percentile_is_the_sample_of_its_rank_rounded_up_by_less_than_a_32nd);
    tcase_add_test(tests, values_below_64_have_buckets_of_their_own);
    tcase_add_test(tests, the_largest_number_has_a_bucket);
    tcase_add_test(tests, merging_is_as_if_all_had_been_added_to_one);
    tcase_add_test(tests, a_full_bucket_stays_full);
    suite_add_tcase(made, tests);
    return made;
}
