#include "analysis/format.h"
#include "analysis/report.h"
#include "tests/analysis/sample.h"
#include "tests/suite.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>

static struct sample sample;

static void setup(void)
{
    sample_init(&sample);
}

static void teardown(void)
{
    sample_free(&sample);
}

/* The caller frees it. */
static char *printed(const struct results *results, bool colour)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);

    report_print(results, stream, colour);
    fclose(stream);
    return text;
}

static void assert_narrow(const char *text)
{
    char **lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++) {
        ck_assert_msg(g_utf8_strlen(*line, -1) <= 80, "wide: %s", *line);
        ck_assert_msg(!g_str_has_suffix(*line, " "), "blank at the end: %s|", *line);
        ck_assert_msg(!strstr(*line, "nan") && !strstr(*line, "inf"), "not a number: %s", *line);
    }
    g_strfreev(lines);
}

/* Line by line, because Check cannot show texts of this size. */
static void assert_lines(const char *text, const char *expected)
{
    char **lines = g_strsplit(text, "\n", -1), **wanted = g_strsplit(expected, "\n", -1);

    for (unsigned i = 0; lines[i] && wanted[i]; i++)
        ck_assert_str_eq(lines[i], wanted[i]);
    ck_assert_uint_eq(g_strv_length(lines), g_strv_length(wanted));
    g_strfreev(lines);
    g_strfreev(wanted);
}

START_TEST(the_report_of_a_small_run)
{
    /* Written by hand. The stages without samples have none of their figures. */
    static const char expected[] =
        "polynic 1.2.3: small\n"
        "replay of ten.pcap, 2 processors\n"
        "Run          12.50 µs simulated, ended by: traffic exhausted, seed 42, scenario\n"
        "             hash abc123\n"
        "Payload      all 36 bytes reached the host, none differs\n"
        "Connections  3 in the capture (1 begun before it): 2 opened, 2 finished,\n"
        "             0 reset, 1 refused\n"
        "Throughput   offered 1.024 Gbit/s (on the wire 1.344 Gbit/s), delivered\n"
        "             384.0 Mbit/s, application 36.00 Mbit/s, sent 128.0 Mbit/s\n"
        "Latency      wire to host: half within 300 ps, 99 % within 600 ps, 99.99 %\n"
        "             within 600 ps, all within 600 ps\n"
        "Host cost    server: 8.000 cycles a payload byte, - a connection, at 2.500 GHz;\n"
        "             25.0 % of them in the protocol stack\n"
        "\n"
        "Most utilised parts\n"
        "  bus            bus         [#######################.]  95.0 %\n"
        "  pp0            processor   [###################.....]  80.0 %  most of 2\n"
        "  eth0           port        [######..................]  25.0 %\n"
        "  bus is the likely limit.\n"
        "\n"
        "Processors\n"
        "                    frames  sessions    busy stalled cycles/fr  instr/fr     IPC\n"
        "  pp0                    4         2  80.0 %  20.0 %     2,000     250.0  0.1250\n"
        "  pp1                    0         0   0.0 %   0.0 %         -         -       -\n"
        "  Imbalance (highest / mean): frames 2.000, sessions 2.000, busy 2.000\n"
        "\n"
        "Portions of packet memory, and local memory\n"
        "                   buffers      used dropped    open   portion heap each     fit\n"
        "  pp0                  256        12       0       4 1.000 MiB 1.875 KiB       5\n"
        "  pp1                    0         0       0       0       0 B         -       -\n"
        "\n"
        "Latency\n"
        "                   mean      p50      p90      p99    p99.9   p99.99      max\n"
        "  receive        350 ps   300 ps   600 ps   600 ps   600 ps   600 ps   600 ps\n"
        "    port       2.000 µs 2.000 µs 2.000 µs 2.000 µs 2.000 µs 2.000 µs 2.000 µs\n"
        "    dma1              -        -        -        -        -        -        -\n"
        "    queue             -        -        -        -        -        -        -\n"
        "    stack             -        -        -        -        -        -        -\n"
        "    dma2              -        -        -        -        -        -        -\n"
        "    host              -        -        -        -        -        -        -\n"
        "  transmit     6.174 µs 1.500 ns 12.35 µs 12.35 µs 12.35 µs 12.35 µs 12.35 µs\n"
        "  of 6 frames received and 2 transmitted\n"
        "\n"
        "Dropped frames\n"
        "  eth0          FIFO \"full\", late                                    1    10.0 %\n"
        "\n"
        "Frames\n"
        "    offered                  10   100.0 %\n"
        "  = delivered                 6    60.0 %\n"
        "  + consumed                  2    20.0 %\n"
        "  + dropped                   1    10.0 %\n"
        "  + in flight                 1    10.0 %\n"
        "  Of those offered, 1 are repairs and 2 were synthesised.\n"
        "\n"
        "Warnings\n"
        "- pp1 lost 1 sessions; its heap refused 3 allocations and had 512 B left at its\n"
        "  lowest\n"
        "- cards.ini:17: port eth0: slow\n";
    char *text = printed(&sample.results, false);

    assert_lines(text, expected);
    assert_narrow(text);
    free(text);
}
END_TEST

START_TEST(an_empty_run_prints_dashes)
{
    struct results empty = {0};

    results_finish(&empty);
    char *text = printed(&empty, false);
    assert_narrow(text);
    ck_assert_ptr_nonnull(strstr(text, "Payload      none was expected, none came\n"));
    ck_assert_ptr_nonnull(strstr(text, "offered - (on the wire -), delivered -, application -"));
    ck_assert_ptr_nonnull(strstr(text, "Latency      -\n"));
    ck_assert_ptr_null(strstr(text, "Processors"));
    ck_assert_ptr_null(strstr(text, "Dropped frames"));
    ck_assert_ptr_null(strstr(text, "Warnings"));
    free(text);
}
END_TEST

START_TEST(many_processors_are_summarised)
{
    enum { COUNT = 256 };
    static struct results_processor processors[COUNT];
    static char names[COUNT][8];

    for (unsigned i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "pp%u", i);
        processors[i] = (struct results_processor){
            .name = names[i], .frames = i + 1, .cycles = 1000, .busy_cycles = 500, .fault = "trap"};
    }
    sample.results.processors = processors;
    sample.results.processor_count = COUNT;
    results_finish(&sample.results);
    char *text = printed(&sample.results, false);
    assert_narrow(text);
    ck_assert_ptr_nonnull(strstr(text, "\n  pp3  "));
    ck_assert_ptr_null(strstr(text, "\n  pp4  "));
    ck_assert_ptr_nonnull(strstr(text, "  ... and 252 more, in processors.csv. Of all 256:\n"));
    /* 1 .. 256: mean 128.5, highest / mean = 1.992 */
    ck_assert_ptr_nonnull(strstr(text, "  lowest                 1 "));
    ck_assert_ptr_nonnull(strstr(text, "  mean               128.5 "));
    ck_assert_ptr_nonnull(strstr(text, "  highest              256 "));
    ck_assert_ptr_nonnull(strstr(text, "frames 1.992, sessions -, busy 1.000\n"));
    ck_assert_ptr_nonnull(strstr(text, "- pp4 stopped: trap\n- and 251 more processors"));
    free(text);
}
END_TEST

START_TEST(what_is_missing_or_differs_is_said)
{
    sample.results.payload = (struct results_payload){
        .expected_bytes = 1234567, .delivered_bytes = 1234000, .mismatched_bytes = 5};
    results_finish(&sample.results);
    char *text = printed(&sample.results, false);
    ck_assert_ptr_nonnull(strstr(text,
                                 "Payload      1,234,000 of 1,234,567 bytes reached the host: "
                                 "567 are missing,\n             5 differ\n"));
    free(text);
}
END_TEST

START_TEST(a_broken_account_is_said_first)
{
    sample.results.frames.consumed = 3;
    results_finish(&sample.results);
    char *text = printed(&sample.results, false);
    ck_assert_ptr_nonnull(strstr(text, "ACCOUNTING   broken, do not use these figures: 10 frames "
                                       "came in, 11 are\n             accounted for\n"));
    ck_assert(strstr(text, "ACCOUNTING") < strstr(text, "Payload"));
    free(text);
}
END_TEST

START_TEST(colour_only_adds_codes)
{
    char *plain = printed(&sample.results, false), *coloured = printed(&sample.results, true);
    GRegex *codes = g_regex_new("\x1b\\[[0-9;]*m", 0, 0, NULL);
    char *stripped = g_regex_replace_literal(codes, coloured, -1, 0, "", 0, NULL);

    ck_assert_ptr_null(strchr(plain, '\x1b'));
    ck_assert_ptr_nonnull(strstr(coloured, "\x1b[32mall 36 bytes")); /* good is green */
    ck_assert_str_eq(plain, stripped);
    g_free(stripped);
    g_regex_unref(codes);
    free(plain);
    free(coloured);
}
END_TEST

START_TEST(names_cannot_move_the_cursor)
{
    const char *warnings[] = {"a\x1b[2Jb \xff"};
    struct results_drop drops[] = {{"e\x1b", "r\a\xfe", 1}};

    sample.results.warnings = warnings;
    sample.results.drops = drops;
    char *text = printed(&sample.results, false);
    ck_assert_ptr_null(strchr(text, '\x1b'));
    ck_assert_ptr_null(strchr(text, '\a'));
    ck_assert(g_utf8_validate(text, -1, NULL));
    free(text);
}
END_TEST

START_TEST(a_file_is_not_coloured)
{
    FILE *stream = tmpfile();

    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    ck_assert(!report_colour_wanted(stream));
    fclose(stream);
}
END_TEST

START_TEST(figures_have_four_digits)
{
    ck_assert_str_eq(format_time(0).s, "0 ps");
    ck_assert_str_eq(format_time(999).s, "999 ps");
    ck_assert_str_eq(format_time(1000).s, "1.000 ns");
    ck_assert_str_eq(format_time(9999.6).s, "10.00 ns");
    ck_assert_str_eq(format_time(999949).s, "999.9 ns");
    ck_assert_str_eq(format_time(999951).s, "1.000 µs");
    ck_assert_str_eq(format_time(12.5e12).s, "12.50 s");
    ck_assert_str_eq(format_time(99999e12).s, "99999 s");
    ck_assert_str_eq(format_time(NAN).s, "-");
    ck_assert_str_eq(format_rate(0).s, "0 bit/s");
    ck_assert_str_eq(format_rate(999.96).s, "1.000 kbit/s");
    ck_assert_str_eq(format_rate(400e9).s, "400.0 Gbit/s");
    ck_assert_str_eq(format_size(1023).s, "1023 B");
    ck_assert_str_eq(format_size(1536).s, "1.500 KiB");
    ck_assert_str_eq(format_size(UINT64_C(1) << 20).s, "1.000 MiB");
    ck_assert_str_eq(format_figure(0.125).s, "0.1250");
    ck_assert_str_eq(format_figure(99.996).s, "100.0");
    ck_assert_str_eq(format_figure(999.96).s, "1,000");
    ck_assert_str_eq(format_figure(NAN).s, "-");
}
END_TEST

START_TEST(shares_are_0_or_100_only_if_they_are)
{
    ck_assert_str_eq(format_share(0).s, "0.0 %");
    ck_assert_str_eq(format_share(0.00001).s, "<0.1 %");
    ck_assert_str_eq(format_share(0.0005).s, "0.1 %");
    ck_assert_str_eq(format_share(0.5).s, "50.0 %");
    ck_assert_str_eq(format_share(0.9999).s, ">99.9 %");
    ck_assert_str_eq(format_share(1).s, "100.0 %");
    ck_assert_str_eq(format_share(NAN).s, "-");
}
END_TEST

START_TEST(counts_are_grouped)
{
    ck_assert_str_eq(format_count(0).s, "0");
    ck_assert_str_eq(format_count(999).s, "999");
    ck_assert_str_eq(format_count(1000).s, "1,000");
    ck_assert_str_eq(format_count(UINT64_MAX).s, "18,446,744,073,709,551,615");
    ck_assert_str_eq(format_short_count(999999999).s, "999,999,999");
    ck_assert_str_eq(format_short_count(1234000000).s, "1.234e9");
    ck_assert_str_eq(format_short_count(UINT64_C(9999600000)).s, "1.000e10");
    ck_assert_str_eq(format_ns(UINT64_MAX).s, "18446744073709551.615");
    ck_assert_str_eq(format_ns(5).s, "0.005");
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("report_text");
    TCase *tests = tcase_create("report_text");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_report_of_a_small_run);
    tcase_add_test(tests, an_empty_run_prints_dashes);
    tcase_add_test(tests, many_processors_are_summarised);
    tcase_add_test(tests, what_is_missing_or_differs_is_said);
    tcase_add_test(tests, a_broken_account_is_said_first);
    tcase_add_test(tests, colour_only_adds_codes);
    tcase_add_test(tests, names_cannot_move_the_cursor);
    tcase_add_test(tests, a_file_is_not_coloured);
    tcase_add_test(tests, figures_have_four_digits);
    tcase_add_test(tests, shares_are_0_or_100_only_if_they_are);
    tcase_add_test(tests, counts_are_grouped);
    suite_add_tcase(all, tests);
    return all;
}
