/* Rows of the masters of buses: who stands together, what is left out, sums and means. */
#include "analysis/report_text_bus.h"
#include "tests/suite.h"

#include <glib.h>

START_TEST(masters_of_a_group_are_one_row_of_each_bus)
{
    struct results_master masters[] = {
        {.bus = "card", .name = "dma", .requests = 4, .beats = 16, .wait_ps = 8000, .share = 0.25},
        {.bus = "card", .name = "pp0", .group = "pp", .requests = 1, .beats = 1, .wait_ps = 1000, .share = 0.125},
        {.bus = "card", .name = "pp1", .group = "pp", .requests = 3, .beats = 5, .wait_ps = 2000, .share = 0.125},
        {.bus = "card", .name = "idle"},
        {.bus = "host", .name = "pp0", .group = "pp", .requests = 2, .beats = 2, .wait_ps = 0, .share = 0.5},
    };
    struct results results = {.masters = masters, .master_count = G_N_ELEMENTS(masters)};
    struct report_master *rows;

    ck_assert_uint_eq(report_masters(&results, &rows), 3);
    ck_assert_str_eq(rows[0].name, "dma");
    ck_assert_double_eq(rows[0].mean_wait_ps, 2000);
    ck_assert_str_eq(rows[1].name, "pp");
    ck_assert_uint_eq(rows[1].masters, 2);
    ck_assert_uint_eq(rows[1].requests, 4);
    ck_assert_uint_eq(rows[1].beats, 6);
    ck_assert_double_eq(rows[1].mean_wait_ps, 750);
    ck_assert_double_eq(rows[1].share, 0.25);
    ck_assert_str_eq(rows[2].bus, "host");
    g_free(rows);
}
END_TEST

START_TEST(without_masters_there_are_no_rows)
{
    struct results results = {0};
    struct report_master *rows;

    ck_assert_uint_eq(report_masters(&results, &rows), 0);
    g_free(rows);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("report of buses");
    TCase *t = tcase_create("rows");

    tcase_add_test(t, masters_of_a_group_are_one_row_of_each_bus);
    tcase_add_test(t, without_masters_there_are_no_rows);
    suite_add_tcase(s, t);
    return s;
}
