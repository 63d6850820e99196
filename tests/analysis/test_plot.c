#include "analysis/plot.h"
#include "tests/suite.h"

#include <math.h>
#include <string.h>

static const double x[] = {0, 1, 2};

static unsigned times_in(const char *text, const char *word)
{
    unsigned count = 0;

    while ((text = strstr(text, word)) != NULL) {
        count++;
        text += strlen(word);
    }
    return count;
}

static struct plot plot_of(const struct plot_panel *panels, unsigned count)
{
    return (struct plot){.title = "title", .x_label = "time, ms", .panels = panels, .panel_count = count};
}

START_TEST(each_series_is_a_block_of_data_that_the_script_reads)
{
    const double y[] = {5, 6.5, 7};
    const struct plot_series series[] = {{.name = "first", .x = x, .y = y, .points = 3},
                                         {.name = "second", .x = x, .y = y, .points = 2}};
    const struct plot_panel panels[] = {{.y_label = "Mbit/s", .series = series, .count = 2},
                                        {.y_label = "frames", .series = series, .count = 1}};
    const struct plot plot = plot_of(panels, 2);
    GString *script = plot_script(&plot, "stem", "stem.dat"), *data = plot_data(&plot);

    ck_assert_str_eq(data->str, "# x: time, ms\n# y: Mbit/s\n# series: first\n0 5\n1 6.5\n2 7\n\n\n"
                                "# x: time, ms\n# y: Mbit/s\n# series: second\n0 5\n1 6.5\n\n\n"
                                "# x: time, ms\n# y: frames\n# series: first\n0 5\n1 6.5\n2 7\n");
    for (unsigned block = 0; block < 3; block++) {
        char *word = g_strdup_printf("data index %u using", block);

        ck_assert_uint_eq(times_in(script->str, word), 1);
        g_free(word);
    }
    ck_assert_uint_eq(times_in(script->str, "data = 'stem.dat'"), 1);
    g_string_free(script, TRUE);
    g_string_free(data, TRUE);
}
END_TEST

START_TEST(what_cannot_be_drawn_is_left_out)
{
    const double none[] = {NAN, INFINITY, 0}, some[] = {NAN, -3, 4};
    const struct plot_series series[] = {{.name = "none", .x = x, .y = none, .points = 3},
                                         {.name = "some", .x = x, .y = some, .points = 3}};
    const struct plot_panel panels[] = {{.y_label = "not drawn", .series = series, .count = 1, .is_log = true},
                                        {.y_label = "drawn", .series = series + 1, .count = 1, .is_log = true}};
    struct plot plot = plot_of(panels, 2);
    GString *script = plot_script(&plot, "stem", "stem.dat"), *data = plot_data(&plot);

    ck_assert_str_eq(data->str, "# x: time, ms\n# y: drawn\n# series: some\n0 NaN\n1 NaN\n2 4\n");
    ck_assert_uint_eq(times_in(script->str, "not drawn"), 0);
    ck_assert_uint_eq(times_in(script->str, "layout 1,1"), 1);
    ck_assert_uint_eq(times_in(script->str, "data index 0 using"), 1);
    ck_assert(plot_has_points(&plot));
    plot.panel_count = 1;
    ck_assert(!plot_has_points(&plot));
    g_string_free(script, TRUE);
    g_string_free(data, TRUE);
}
END_TEST

START_TEST(names_end_no_text_and_no_line)
{
    const char *const labels[] = {"a\"b\\\nc"};
    const struct plot_series series = {.name = "it's\n`x`", .x = x, .y = x, .points = 1};
    const struct plot_panel panel = {
        .y_label = "y\nz", .series = &series, .count = 1, .legend = "l'", .kind = PLOT_BARS};
    struct plot plot = plot_of(&panel, 1);

    plot.x_marks = x;
    plot.x_mark_labels = labels;
    plot.x_mark_count = 1;
    GString *script = plot_script(&plot, "stem", "stem.dat"), *data = plot_data(&plot);

    ck_assert_uint_eq(times_in(script->str, "title 'it''s `x`'\n"), 1);
    ck_assert_uint_eq(times_in(script->str, "set ylabel 'y z'\n"), 1);
    ck_assert_uint_eq(times_in(script->str, "title 'l'''\n"), 1);
    ck_assert_str_eq(data->str, "# x: time, ms\n# y: y z\n# series: it's `x`\n0 0 \"a b  c\"\n");
    g_string_free(script, TRUE);
    g_string_free(data, TRUE);
}
END_TEST

/* Letters on a cell: light on the dark lower half of the colours, dark on the upper. */
START_TEST(cells_of_a_map_bear_their_value_in_letters_that_can_be_read)
{
    const double row[] = {0, 0, 1}, z[] = {10, 1000, 100}, column[] = {0, 1, 0};
    const char *const columns[] = {"1", "2"}, *const rows[] = {"xor", "sum"};
    const struct plot_series series = {.name = "cells", .x = column, .y = row, .z = z, .points = 3};
    struct plot_panel panel = {.y_label = "us", .series = &series, .count = 1, .kind = PLOT_MAP};
    struct plot plot = plot_of(&panel, 1);

    plot.x_mark_labels = columns;
    plot.x_mark_count = 2;
    plot.rows_label = "hash";
    plot.row_labels = rows;
    plot.row_count = 2;
    GString *data = plot_data(&plot);
    const char *text = strstr(data->str, "\n0 0 ");

    ck_assert_ptr_nonnull(text);
    ck_assert_str_eq(text, "\n0 0 10 \"10.00\" 0 \"1\" \"xor\"\n1 0 1000 \"1,000\" 1 \"2\" \"xor\"\n"
                           "0 1 100 \"100.0\" 0 \"1\" \"sum\"\n");
    g_string_free(data, TRUE);
    panel.is_log = true; /* 100 is in the middle of 10 to 1,000 now */
    GString *script = plot_script(&plot, "stem", "stem.dat");

    ck_assert_uint_eq(times_in(script->str, "set cbrange [10:1000]"), 1);
    ck_assert_uint_eq(times_in(script->str, "set logscale cb"), 1);
    g_string_free(script, TRUE);
}
END_TEST

START_TEST(a_map_of_equal_values_has_a_range_of_colours)
{
    const double z[] = {0, 0, 0};
    const struct plot_series series = {.name = "cells", .x = x, .y = x, .z = z, .points = 3};
    const struct plot_panel panel = {
        .y_label = "%", .series = &series, .count = 1, .kind = PLOT_MAP, .from_zero = true};
    struct plot plot = plot_of(&panel, 1);

    plot.rows_label = "";
    GString *script = plot_script(&plot, "stem", "stem.dat");

    ck_assert_uint_eq(times_in(script->str, "set cbrange [0:1]"), 1);
    g_string_free(script, TRUE);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("plot");
    TCase *tests = tcase_create("plot");

    tcase_add_test(tests, each_series_is_a_block_of_data_that_the_script_reads);
    tcase_add_test(tests, what_cannot_be_drawn_is_left_out);
    tcase_add_test(tests, names_end_no_text_and_no_line);
    tcase_add_test(tests, cells_of_a_map_bear_their_value_in_letters_that_can_be_read);
    tcase_add_test(tests, a_map_of_equal_values_has_a_range_of_colours);
    suite_add_tcase(all, tests);
    return all;
}
