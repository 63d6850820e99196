/* What the report says of memories: shares of a DRAM's bursts, and nothing of a memory without rows. */
#include "analysis/report_text_memory.h"
#include "tests/suite.h"

#include <glib.h>

static struct results_value values[] = {
    {"reads", 5, NULL}, {"row_hits", 900, NULL}, {"row_closed", 75, NULL}, {"row_conflicts", 25, NULL},
    {"refreshes", 1234, NULL}};
static struct results_part part;

static void set_up(void)
{
    values[1].value = 900;
    part = (struct results_part){.name = "packet", .kind = "memory", .has_utilisation = true, .utilisation = 0.25,
                                 .statistics = values, .statistic_count = 5};
}

START_TEST(a_dram_tells_the_shares_of_its_bursts)
{
    char *text = report_memory_sentence(&part);

    ck_assert_str_eq(text, "Memory packet: 90.0 % of its bursts hit an open row, 7.5 % found the bank closed, "
                           "2.5 % another row; 25.0 % of its bandwidth used, 1,234 refreshes.");
    g_free(text);
}
END_TEST

START_TEST(a_memory_without_rows_and_other_parts_tell_nothing)
{
    part.statistic_count = 1;
    ck_assert_ptr_null(report_memory_sentence(&part));
    part.statistic_count = 5;
    part.kind = "bus";
    ck_assert_ptr_null(report_memory_sentence(&part));
}
END_TEST

Suite *suite(void)
{
    Suite *suite = suite_create("report_text_memory");
    TCase *tests = tcase_create("sentences");

    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, a_dram_tells_the_shares_of_its_bursts);
    tcase_add_test(tests, a_memory_without_rows_and_other_parts_tell_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
