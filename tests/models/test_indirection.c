/* The table between a hash and a processor, set with ethtool's words. */
#include "models/indirection.h"
#include "tests/suite.h"

#include <glib.h>
#include <string.h>

static struct indirection table;
static char *wrong;

static void set_up(void)
{
    memset(&table, 0, sizeof table);
    wrong = NULL;
}

static bool set(unsigned entries, const char *text, unsigned processors)
{
    g_free(wrong);
    return indirection_set(&table, entries, text, processors, &wrong);
}

#define EXPECT(...)                                                                                                    \
    do {                                                                                                               \
        const uint16_t expected[] = {__VA_ARGS__};                                                                     \
                                                                                                                       \
        ck_assert_ptr_null(wrong);                                                                                     \
        ck_assert_uint_eq(table.entries, sizeof expected / sizeof *expected);                                          \
        for (unsigned entry = 0; entry < table.entries; entry++)                                                       \
            ck_assert_uint_eq(table.place[entry], expected[entry]);                                                    \
    } while (0)

/* From the entry on, this many name the place; the entry behind them. */
static unsigned expect_run(unsigned entry, unsigned count, unsigned place)
{
    for (unsigned i = entry; i < entry + count; i++)
        ck_assert_msg(table.place[i] == place, "entry %u: %u, expected %u", i, table.place[i], place);
    return entry + count;
}

START_TEST(default_takes_the_processors_in_turn)
{
    ck_assert(set(8, "default", 3));
    EXPECT(0, 1, 2, 0, 1, 2, 0, 1);
}
END_TEST

/* As the Linux kernel's RSS self test has it: three queues differ by 33 per cent in 8 entries, by 16 in 16. */
START_TEST(three_processors_differ_as_the_size_of_the_table_says)
{
    static const struct {
        unsigned entries, percent;
    } cases[] = {{8, 33}, {16, 16}};

    for (unsigned i = 0; i < 2; i++) {
        unsigned shares[3] = {0};

        ck_assert(set(cases[i].entries, "equal 3", 4));
        for (unsigned entry = 0; entry < table.entries; entry++)
            shares[table.place[entry]]++;
        ck_assert_uint_eq(shares[0], shares[0] > shares[1] ? shares[0] : shares[1]);
        ck_assert_uint_eq((shares[0] - shares[2]) * 100 / shares[0], cases[i].percent);
    }
}
END_TEST

START_TEST(nothing_said_is_default)
{
    ck_assert(set(4, "", 2));
    EXPECT(0, 1, 0, 1);
}
END_TEST

START_TEST(a_table_shorter_than_the_list_leaves_processors_out)
{
    ck_assert(set(3, "default", 256));
    EXPECT(0, 1, 2);
}
END_TEST

START_TEST(equal_takes_the_first_processors_in_turn)
{
    ck_assert(set(8, "equal 3", 4));
    EXPECT(0, 1, 2, 0, 1, 2, 0, 1);
}
END_TEST

START_TEST(equal_may_take_all_processors)
{
    ck_assert(set(4, "equal 4", 4));
    EXPECT(0, 1, 2, 3);
}
END_TEST

START_TEST(equal_starts_where_it_is_told)
{
    ck_assert(set(6, "equal 2 start 2", 4));
    EXPECT(2, 3, 2, 3, 2, 3);
}
END_TEST

START_TEST(equal_1_sends_all_to_one)
{
    ck_assert(set(4, "equal 1 start 3", 4));
    EXPECT(3, 3, 3, 3);
}
END_TEST

START_TEST(weights_divide_the_table)
{
    ck_assert(set(8, "weight 6 2", 2));
    EXPECT(0, 0, 0, 0, 0, 0, 1, 1);
}
END_TEST

START_TEST(weights_are_shares_and_not_counts)
{
    ck_assert(set(8, "weight 3 1", 4));
    EXPECT(0, 0, 0, 0, 0, 0, 1, 1);
}
END_TEST

START_TEST(weight_0_gets_no_entry)
{
    ck_assert(set(4, "weight 0 1", 2));
    EXPECT(1, 1, 1, 1);
    ck_assert(set(4, "weight 1 0 1 0", 4));
    EXPECT(0, 0, 2, 2);
}
END_TEST

/* ethtool: i goes on to the next while i >= entries * partial / sum, which is rounded down: 128 / 6 is 21, 128 * 3 / 6
 * is 64. */
START_TEST(weights_that_do_not_divide_the_table_are_rounded_as_ethtool_does)
{
    ck_assert(set(128, "weight 1 2 3", 3));
    ck_assert_uint_eq(table.entries, 128);
    ck_assert_uint_eq(expect_run(expect_run(expect_run(0, 21, 0), 43, 1), 64, 2), 128);
}
END_TEST

/* 4 / 3 is 1, 8 / 3 is 2. */
START_TEST(the_last_weight_gets_what_rounding_leaves)
{
    ck_assert(set(4, "weight 1 1 1", 3));
    EXPECT(0, 1, 2, 2);
}
END_TEST

START_TEST(weights_may_add_up_to_all_entries)
{
    ck_assert(set(4, "weight 1 2 1", 3));
    EXPECT(0, 1, 1, 2);
}
END_TEST

START_TEST(a_list_names_each_entry)
{
    ck_assert(set(4, "list 3 1 0 3", 4));
    EXPECT(3, 1, 0, 3);
}
END_TEST

START_TEST(a_short_list_is_repeated)
{
    ck_assert(set(8, "list 2 0 1", 3));
    EXPECT(2, 0, 1, 2, 0, 1, 2, 0);
}
END_TEST

START_TEST(blanks_commas_and_tabs_separate_however_many)
{
    ck_assert(set(4, "  list\t1,0 , ,\t 2 ", 3));
    EXPECT(1, 0, 2, 1);
    ck_assert(set(4, "equal  2,start   1", 3));
    EXPECT(1, 2, 1, 2);
    ck_assert(set(2, " , default ,", 3));
    EXPECT(0, 1);
}
END_TEST

START_TEST(the_largest_table_can_be_set)
{
    GString *text = g_string_new("list");

    for (unsigned i = 0; i < 4096; i++)
        g_string_append_printf(text, " %u", i % 256);
    ck_assert(set(4096, text->str, 256));
    ck_assert_uint_eq(table.entries, 4096);
    ck_assert_uint_eq(table.place[255], 255);
    ck_assert_uint_eq(table.place[256], 0);
    ck_assert_uint_eq(table.place[4095], 255);
    g_string_append(text, " 0");
    ck_assert(!set(4096, text->str, 256));
    ck_assert_str_eq(wrong, "more than 4096 numbers");
    g_string_free(text, TRUE);
}
END_TEST

START_TEST(a_table_set_anew_keeps_its_counts)
{
    ck_assert(set(4, "default", 2));
    table.frames[1] = 77;
    ck_assert(set(4, "equal 1", 2));
    EXPECT(0, 0, 0, 0);
    ck_assert_uint_eq(table.frames[1], 77);
}
END_TEST

/* Of a table of 8 entries and 4 processors. */
static const struct {
    const char *text, *why;
} errors[] = {
    {"equal", "expected 'equal N' or 'equal N start K' with N + K at most 4"},
    {"equal 0", "expected 'equal N' or 'equal N start K' with N + K at most 4"},
    {"equal 5", "expected 'equal N' or 'equal N start K' with N + K at most 4"},
    {"equal two", "expected 'equal N' or 'equal N start K' with N + K at most 4"},
    {"equal -1", "expected 'equal N' or 'equal N start K' with N + K at most 4"},
    {"equal 2x", "expected 'equal N' or 'equal N start K' with N + K at most 4"},
    {"equal 2 start", "expected 'equal N' or 'equal N start K' with N + K at most 4"},
    {"equal 2 from 1", "expected 'equal N' or 'equal N start K' with N + K at most 4"},
    {"equal 2 start 3", "expected 'equal N' or 'equal N start K' with N + K at most 4"},
    {"equal 2 start 1 1", "expected 'equal N' or 'equal N start K' with N + K at most 4"},
    {"equal 2 start 18446744073709551615", "expected 'equal N' or 'equal N start K' with N + K at most 4"},
    {"weight", "expected at most 4 weights whose sum is 1 to 8, the entries of the table"},
    {"weight 0 0", "expected at most 4 weights whose sum is 1 to 8, the entries of the table"},
    {"weight 5 4", "expected at most 4 weights whose sum is 1 to 8, the entries of the table"},
    {"weight 1 1 1 1 1", "expected at most 4 weights whose sum is 1 to 8, the entries of the table"},
    {"weight 1 -1", "'-1': expected a number up to 1000000"},
    {"weight 1 1.5", "'1.5': expected a number up to 1000000"},
    {"weight 1000001", "'1000001': expected a number up to 1000000"},
    {"list", "expected 1 to 8 processors, one for each entry"},
    {"list 0 1 2 3 0 1 2 3 0", "expected 1 to 8 processors, one for each entry"},
    {"list 4", "'4': expected a number up to 3"},
    {"list 0 pp1", "'pp1': expected a number up to 3"},
    {"list 18446744073709551616", "'18446744073709551616': expected a number up to 3"},
    {"default 2", "'default': expected default, equal N, weight W0 W1 ... or list P0 P1 ..."},
    {"2", "'2': expected default, equal N, weight W0 W1 ... or list P0 P1 ..."},
    {"Equal 2", "'Equal': expected default, equal N, weight W0 W1 ... or list P0 P1 ..."},
};

START_TEST(an_error_says_why_and_leaves_the_table_as_it_was)
{
    ck_assert(set(4, "list 3 1 0 2", 4));
    table.frames[2] = 5;
    ck_assert_msg(!set(8, errors[_i].text, 4), "%s", errors[_i].text);
    ck_assert_str_eq(wrong, errors[_i].why);
    g_clear_pointer(&wrong, g_free);
    EXPECT(3, 1, 0, 2);
    ck_assert_uint_eq(table.frames[2], 5);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("indirection");
    TCase *tcase = tcase_create("table");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, default_takes_the_processors_in_turn);
    tcase_add_test(tcase, three_processors_differ_as_the_size_of_the_table_says);
    tcase_add_test(tcase, nothing_said_is_default);
    tcase_add_test(tcase, a_table_shorter_than_the_list_leaves_processors_out);
    tcase_add_test(tcase, equal_takes_the_first_processors_in_turn);
    tcase_add_test(tcase, equal_may_take_all_processors);
    tcase_add_test(tcase, equal_starts_where_it_is_told);
    tcase_add_test(tcase, equal_1_sends_all_to_one);
    tcase_add_test(tcase, weights_divide_the_table);
    tcase_add_test(tcase, weights_are_shares_and_not_counts);
    tcase_add_test(tcase, weight_0_gets_no_entry);
    tcase_add_test(tcase, weights_that_do_not_divide_the_table_are_rounded_as_ethtool_does);
    tcase_add_test(tcase, the_last_weight_gets_what_rounding_leaves);
    tcase_add_test(tcase, weights_may_add_up_to_all_entries);
    tcase_add_test(tcase, a_list_names_each_entry);
    tcase_add_test(tcase, a_short_list_is_repeated);
    tcase_add_test(tcase, blanks_commas_and_tabs_separate_however_many);
    tcase_add_test(tcase, the_largest_table_can_be_set);
    tcase_add_test(tcase, a_table_set_anew_keeps_its_counts);
    tcase_add_loop_test(tcase, an_error_says_why_and_leaves_the_table_as_it_was, 0,
                        (int)(sizeof errors / sizeof *errors));
    suite_add_tcase(s, tcase);
    return s;
}
