/* sim/random.h against the mathematics: every value is checked with the C library's. */
#include "tests/suite.h"
#include "sim/random.h"

#include <math.h>
#include <stdint.h>

START_TEST(minus_ln_is_right_to_two_units)
{
    uint64_t state = 7;

    for (unsigned i = 0; i < 100000; i++) {
        uint64_t share = random_next(&state) >> i % 64;

        if (share == 0)
            continue;
        double exact = (64 * M_LN2 - log((double)share)) * 4294967296.0;
        /* The double has 53 bits: of a share near 2^64 it keeps 2^-53 of it. */
        ck_assert_double_le(fabs((double)random_minus_ln_q32(share) - exact), 3 + exact * 1e-15 + 1e-6);
    }
    ck_assert_uint_eq(random_minus_ln_q32(1), (uint64_t)(64 * M_LN2 * 4294967296.0));
    ck_assert_uint_le(random_minus_ln_q32(UINT64_MAX), 1);
}
END_TEST

/* Of an exponential distribution mean and standard deviation are the same, and a share e^-k is above k means. */
START_TEST(exponential_has_its_moments)
{
    enum { DRAWS = 1000000, MEAN = 1000000 };
    uint64_t state = (uint64_t)_i;
    double sum = 0, squares = 0;
    unsigned above[4] = {0};

    for (unsigned i = 0; i < DRAWS; i++) {
        double value = (double)random_exponential(&state, MEAN) / MEAN;

        sum += value;
        squares += value * value;
        for (unsigned k = 1; k < 4; k++)
            above[k] += value > k;
    }
    ck_assert_double_eq_tol(sum / DRAWS, 1, 4e-3); /* four standard errors */
    ck_assert_double_eq_tol(squares / DRAWS, 2, 4 * sqrt(20.0 / DRAWS));
    for (unsigned k = 1; k < 4; k++)
        ck_assert_double_eq_tol((double)above[k] / DRAWS, exp(-(double)k), 2e-3);
}
END_TEST

START_TEST(below_is_even_to_the_last)
{
    uint64_t state = 3;
    unsigned count[7] = {0};

    for (unsigned i = 0; i < 700000; i++) {
        uint64_t value = random_below(&state, 7);

        ck_assert_uint_lt(value, 7);
        count[value]++;
    }
    for (unsigned i = 0; i < 7; i++)
        ck_assert_double_eq_tol(count[i], 100000, 4 * sqrt(100000.0 * 6 / 7));
    ck_assert_uint_eq(random_below(&state, 1), 0);
    for (unsigned i = 0; i < 1000; i++)
        ck_assert_uint_lt(random_below(&state, UINT64_MAX), UINT64_MAX);
}
END_TEST

/* The sequence of the paper's reference: seed 1234567. */
START_TEST(sequence_is_that_of_splitmix64)
{
    static const uint64_t expected[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                        4593380528125082431u, 16408922859458223821u};
    uint64_t state = 1234567;

    for (unsigned i = 0; i < 5; i++)
        ck_assert_uint_eq(random_next(&state), expected[i]);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("random");
    TCase *cases = tcase_create("variates");

    tcase_add_test(cases, minus_ln_is_right_to_two_units);
    tcase_add_loop_test(cases, exponential_has_its_moments, 1, 6);
    tcase_add_test(cases, below_is_even_to_the_last);
    tcase_add_test(cases, sequence_is_that_of_splitmix64);
    suite_add_tcase(all, cases);
    return all;
}
