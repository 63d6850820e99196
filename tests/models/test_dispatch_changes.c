/* Tables, contexts and rules as a scenario gives them, and tables rewritten while the simulation runs. */
#include "models/dispatch.h"
#include "models/processor.h"
#include "tests/models/build_part.h"
#include "tests/suite.h"

#include <glib.h>

enum { MAX_LINES = 4 };

#define MS 1000000000ull

static struct sim sim;
static struct dispatch *dispatch;
static struct part *processors[4];
static struct diagnostics diagnostics;
static struct parameter_line changes[MAX_LINES], contexts[MAX_LINES], rules[MAX_LINES];

static void set_up(void)
{
    sim_init(&sim);
    diagnostics_init(&diagnostics);
    dispatch = (struct dispatch *)part_build(&sim, &dispatch_kind, "rx");
    dispatch->key_text = (char *)(size_t)"microsoft";
    dispatch->spread = (char *)(size_t)"default";
    part_set(&dispatch->part, "table", "4");
    for (unsigned i = 0; i < 4; i++) {
        char name[8];

        g_snprintf(name, sizeof name, "pp%u", i);
        processors[i] = sim_add_part(&sim, &processor_kind, name);
        ((struct processor *)processors[i])->number = i;
    }
    dispatch->processor_list = (struct part_list){processors, 4};
    dispatch->change_lines.lines = changes;
    dispatch->context_lines.lines = contexts;
    dispatch->rule_lines.lines = rules;
}

static void tear_down(void)
{
    diagnostics_clear(&diagnostics);
    sim_free(&sim);
}

static void add_line(struct parameter_lines *lines, const char *key, const char *text)
{
    ck_assert_uint_lt(lines->count, MAX_LINES);
    lines->lines[lines->count++] = (struct parameter_line){key, strchr(key, '.') + 1, text};
}

static void init(void)
{
    dispatch_kind.init(&dispatch->part, &diagnostics);
}

static void start(void)
{
    init();
    ck_assert_msg(diagnostics.errors == 0, "%s", diagnostics.count ? diagnostics.list[0].text : "");
    dispatch_kind.wire(&dispatch->part, &diagnostics);
    dispatch_kind.start(&dispatch->part);
}

/* The one error ends with this. */
static void expect_error(const char *why)
{
    init();
    ck_assert_uint_eq(diagnostics.errors, 1);
    ck_assert_msg(g_str_has_suffix(diagnostics.list[0].text, why), "%s", diagnostics.list[0].text);
}

static void expect_table(unsigned table, unsigned p0, unsigned p1, unsigned p2, unsigned p3)
{
    const unsigned places[] = {p0, p1, p2, p3};

    ck_assert_uint_eq(dispatch->tables[table].entries, 4);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(dispatch->tables[table].place[i], places[i]);
}

START_TEST(the_table_is_rewritten_at_its_time)
{
    add_line(&dispatch->change_lines, "at.1", "2ms set table equal 2");
    start();
    sim_run(&sim, 2 * MS);
    expect_table(0, 0, 1, 2, 3);
    sim_run(&sim, 2 * MS + 1);
    expect_table(0, 0, 1, 0, 1);
}
END_TEST

START_TEST(a_context_is_rewritten_and_no_other_table)
{
    add_line(&dispatch->context_lines, "context.1", "equal 2");
    add_line(&dispatch->context_lines, "context.64", "equal 2");
    add_line(&dispatch->change_lines, "at.1", "2ms set context  64 list 3 2 1 0");
    start();
    sim_run(&sim, 3 * MS);
    expect_table(0, 0, 1, 2, 3);
    expect_table(1, 0, 1, 0, 1);
    expect_table(64, 3, 2, 1, 0);
}
END_TEST

START_TEST(a_table_may_be_rewritten_several_times)
{
    add_line(&dispatch->change_lines, "at.1", "3 ms set table list 3");
    add_line(&dispatch->change_lines, "at.2", "1 ms set table list 1");
    start();
    sim_run(&sim, 2 * MS);
    expect_table(0, 1, 1, 1, 1);
    sim_run(&sim, 4 * MS);
    expect_table(0, 3, 3, 3, 3);
}
END_TEST

START_TEST(a_rewritten_table_keeps_the_counts_of_its_entries)
{
    add_line(&dispatch->change_lines, "at.1", "2ms set table equal 2");
    start();
    dispatch->tables[0].frames[3] = 5;
    sim_run(&sim, 3 * MS);
    ck_assert_uint_eq(dispatch->tables[0].frames[3], 5);
}
END_TEST

static const struct {
    const char *text, *why;
} wrong_changes[] = {
    {"2ms", "expected TIME set table SPREAD, or TIME set context N SPREAD: 2ms set table equal 2"},
    {"set table equal 2", "expected TIME set table SPREAD, or TIME set context N SPREAD: 2ms set table equal 2"},
    {"2ms set tables equal 2", "expected 'table' or 'context N' after 'set'"},
    {"2ms set context equal 2", "expected 'table' or 'context N' after 'set'"},
    {"2ms set context -1 equal 2", "expected 'table' or 'context N' after 'set'"},
    {"2ms set context 2 equal 2", "there is no context.2"},
    {"2ms set context 65 equal 2", "there is no context.65"},
    {"2ms set context 4294967297 equal 2", "there is no context.4294967297"},
    {"2ms set table equal 5", "expected 'equal N' or 'equal N start K' with N + K at most 4"},
    {"2ms set context 1 list 4", "'4': expected a number up to 3"},
};

START_TEST(a_wrong_change_is_told)
{
    add_line(&dispatch->context_lines, "context.1", "equal 2");
    add_line(&dispatch->change_lines, "at.1", wrong_changes[_i].text);
    expect_error(wrong_changes[_i].why);
}
END_TEST

START_TEST(a_change_at_no_time_is_told)
{
    add_line(&dispatch->change_lines, "at.1", "soon set table equal 2");
    init();
    ck_assert_uint_eq(diagnostics.errors, 1);
}
END_TEST

START_TEST(a_wrong_table_is_told)
{
    dispatch->spread = (char *)(size_t)"equal 5";
    expect_error("expected 'equal N' or 'equal N start K' with N + K at most 4");
}
END_TEST

START_TEST(contexts_have_numbers_from_1_to_64)
{
    add_line(&dispatch->context_lines, "context.0", "equal 2");
    add_line(&dispatch->context_lines, "context.65", "equal 2");
    add_line(&dispatch->context_lines, "context.one", "equal 2");
    init();
    ck_assert_uint_eq(diagnostics.errors, 3);
    for (unsigned i = 0; i < 3; i++)
        ck_assert(g_str_has_suffix(diagnostics.list[i].text, "expected context.1 .. context.64"));
}
END_TEST

START_TEST(a_rule_to_a_context_that_is_not_there_is_told)
{
    add_line(&dispatch->context_lines, "context.1", "equal 2");
    add_line(&dispatch->rule_lines, "rule.1", "tcp -> context 1");
    add_line(&dispatch->rule_lines, "rule.2", "udp -> context 2");
    expect_error("udp -> context 2: there is no context.2");
}
END_TEST

START_TEST(every_wrong_rule_is_told)
{
    add_line(&dispatch->rule_lines, "rule.1", "tcp -> pp9");
    add_line(&dispatch->rule_lines, "rule.2", "tcp -> pp1");
    add_line(&dispatch->rule_lines, "rule.3", "tcp");
    init();
    ck_assert_uint_eq(diagnostics.errors, 2);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("dispatch changes");
    TCase *tcase = tcase_create("tables");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_table_is_rewritten_at_its_time);
    tcase_add_test(tcase, a_context_is_rewritten_and_no_other_table);
    tcase_add_test(tcase, a_table_may_be_rewritten_several_times);
    tcase_add_test(tcase, a_rewritten_table_keeps_the_counts_of_its_entries);
    tcase_add_loop_test(tcase, a_wrong_change_is_told, 0, (int)(sizeof wrong_changes / sizeof *wrong_changes));
    tcase_add_test(tcase, a_change_at_no_time_is_told);
    tcase_add_test(tcase, a_wrong_table_is_told);
    tcase_add_test(tcase, contexts_have_numbers_from_1_to_64);
    tcase_add_test(tcase, a_rule_to_a_context_that_is_not_there_is_told);
    tcase_add_test(tcase, every_wrong_rule_is_told);
    suite_add_tcase(s, tcase);
    return s;
}
