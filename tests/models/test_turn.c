/* Round robin. */
#include "models/turn.h"
#include "tests/suite.h"

START_TEST(nobody_asks)
{
    struct turn turn;

    turn_init(&turn, 1 + (unsigned)_i * 85);
    ck_assert_int_eq(turn_next(&turn), -1);
}
END_TEST

START_TEST(the_first_turn_is_of_number_0)
{
    struct turn turn;

    turn_init(&turn, 256);
    turn_ask(&turn, 255);
    turn_ask(&turn, 0);
    ck_assert_int_eq(turn_next(&turn), 0);
}
END_TEST

START_TEST(all_that_ask_are_served_in_a_ring)
{
    static const int order[] = {0, 63, 64, 129, 0, 63};
    struct turn turn;

    turn_init(&turn, 130);
    for (unsigned i = 0; i < 4; i++)
        turn_ask(&turn, (unsigned)order[i]);
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_int_eq(turn_next(&turn), order[i]);
        turn_served(&turn, (unsigned)order[i]);
    }
    turn_leave(&turn, 64);
    ck_assert_int_eq(turn_next(&turn), 129);
}
END_TEST

START_TEST(one_alone_is_always_next)
{
    struct turn turn;

    turn_init(&turn, 100);
    turn_ask(&turn, 70);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(turn_next(&turn), 70);
        turn_served(&turn, 70);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("turn");
    TCase *tcase = tcase_create("round robin");

    tcase_add_loop_test(tcase, nobody_asks, 0, 4);
    tcase_add_test(tcase, the_first_turn_is_of_number_0);
    tcase_add_test(tcase, all_that_ask_are_served_in_a_ring);
    tcase_add_test(tcase, one_alone_is_always_next);
    suite_add_tcase(s, tcase);
    return s;
}
