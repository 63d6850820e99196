/* command_hash_results.c - `polynic hash`: the comparison as a table, as JSON, as CSV and as a plot. */
#include "sim/command_hash.h"

#include "analysis/result_file.h"
#include "analysis/plot.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* "toeplitz sdfn microsoft 128", without what is the same for all. */
static char *short_label(const struct hash_comparison *comparison, unsigned i)
{
    const struct hash_label *label = &comparison->labels[i];
    bool fields_differ = false, keys_differ = false, tables_differ = false;

    for (unsigned k = 0; k < comparison->choice_count; k++) {
        const struct hash_label *other = &comparison->labels[k];

        fields_differ |= strcmp(label->fields, other->fields) != 0;
        keys_differ |= label->key && other->key && strcmp(label->key, other->key) != 0;
        tables_differ |= label->table != other->table;
    }
    GString *text = g_string_new(label->function);

    if (fields_differ)
        g_string_append_printf(text, " %s", label->fields);
    if (keys_differ)
        g_string_append_printf(text, " %.12s", label->key);
    if (tables_differ)
        g_string_append_printf(text, " %u", label->table);
    return g_string_free(text, FALSE);
}

static void print_share(FILE *stream, double share)
{
    if (share < 0)
        fprintf(stream, "  %6s", "-");
    else
        fprintf(stream, "  %5.1f%%", 100 * share);
}

void hash_print(const struct hash_comparison *comparison, FILE *stream)
{
    const struct spread_totals *totals = spread_totals(comparison->spread);
    size_t width = strlen("FUNCTION");

    fprintf(stream, "%s: %llu frames toward the card in %llu sessions, %llu bytes; %llu frames for every processor, "
                    "%llu others\n",
            comparison->capture, (unsigned long long)totals->frames, (unsigned long long)totals->sessions,
            (unsigned long long)totals->bytes, (unsigned long long)totals->everyones,
            (unsigned long long)totals->other);
    fprintf(stream, "Card: %s\n\n", comparison->card);
    for (unsigned i = 0; i < comparison->choice_count; i++) {
        char *label = short_label(comparison, i);

        width = MAX(width, strlen(label));
        g_free(label);
    }
    fprintf(stream, "%*s      |       sessions       |     frames      |      bytes      | speed-up | strays  both\n",
            (int)width, "");
    fprintf(stream, "%-*s    N |   min    max  x mean |  x mean    Jain |  x mean    Jain |  at most |         ways\n",
            (int)width, "FUNCTION");
    for (unsigned i = 0; i < comparison->choice_count; i++) {
        char *label = short_label(comparison, i);

        for (unsigned n = 0; n < comparison->count_count; n++) {
            struct spread_figures figures = spread_figures(comparison->spread, i, n);

            fprintf(stream, "%-*s  %3u | %5llu  %5llu  %6.3f | %7.3f  %6.4f | %7.3f  %6.4f | %8.3f |", (int)width,
                    n ? "" : label, comparison->counts[n], (unsigned long long)figures.sessions_min,
                    (unsigned long long)figures.sessions_max, figures.most_sessions, figures.most_frames,
                    figures.jain_frames, figures.most_bytes, figures.jain_bytes, figures.bound);
            print_share(stream, figures.strays);
            print_share(stream, figures.both_directions);
            fputc('\n', stream);
        }
        g_free(label);
    }
    fprintf(stream, "\nx mean: of the processor that gets most, over the mean; Jain: 1 is even. Speed-up at most: all "
                    "frames over\nthose of the processor that gets most. Strays: frames that reach another processor "
                    "than their session's.\nBoth ways: sessions whose two directions go to one processor.\n");
}

static json_t *json_of(const struct hash_comparison *comparison, unsigned i, unsigned n)
{
    const struct hash_label *label = &comparison->labels[i];
    struct spread_figures figures = spread_figures(comparison->spread, i, n);
    struct spread_load loads[SPREAD_MAX_PROCESSORS];
    json_t *row = json_object(), *each = json_array();

    spread_loads(comparison->spread, i, n, loads);
    json_object_set_new(row, "function", json_string(label->function));
    json_object_set_new(row, "fields", json_string(label->fields));
    json_object_set_new(row, "key", label->key ? json_string(label->key) : json_null());
    json_object_set_new(row, "table", json_integer(label->table));
    json_object_set_new(row, "processors", json_integer(comparison->counts[n]));
    json_object_set_new(row, "sessions_min", json_integer((json_int_t)figures.sessions_min));
    json_object_set_new(row, "sessions_max", json_integer((json_int_t)figures.sessions_max));
    json_object_set_new(row, "sessions_most_over_mean", json_real(figures.most_sessions));
    json_object_set_new(row, "sessions_jain", json_real(figures.jain_sessions));
    json_object_set_new(row, "frames_most_over_mean", json_real(figures.most_frames));
    json_object_set_new(row, "frames_jain", json_real(figures.jain_frames));
    json_object_set_new(row, "bytes_most_over_mean", json_real(figures.most_bytes));
    json_object_set_new(row, "bytes_jain", json_real(figures.jain_bytes));
    json_object_set_new(row, "speed_up_bound", json_real(figures.bound));
    json_object_set_new(row, "speed_up_bound_by_bytes", json_real(figures.bound_bytes));
    json_object_set_new(row, "strays_share", json_real(figures.strays));
    json_object_set_new(row, "both_directions_share",
                        figures.both_directions < 0 ? json_null() : json_real(figures.both_directions));
    for (unsigned p = 0; p < comparison->counts[n]; p++)
        json_array_append_new(each, json_pack("{sIsIsI}", "frames", (json_int_t)loads[p].frames, "bytes",
                                              (json_int_t)loads[p].bytes, "sessions", (json_int_t)loads[p].sessions));
    json_object_set_new(row, "loads", each);
    return row;
}

void hash_print_json(const struct hash_comparison *comparison, FILE *stream)
{
    const struct spread_totals *totals = spread_totals(comparison->spread);
    json_t *root = json_pack("{ss ss sI sI sI sI sI}", "capture", comparison->capture, "card", comparison->card, "frames",
                             (json_int_t)totals->frames, "bytes", (json_int_t)totals->bytes, "sessions",
                             (json_int_t)totals->sessions, "frames_for_every_processor",
                             (json_int_t)totals->everyones, "frames_not_toward_the_card", (json_int_t)totals->other);
    json_t *rows = json_array();

    for (unsigned i = 0; i < comparison->choice_count; i++)
        for (unsigned n = 0; n < comparison->count_count; n++)
            json_array_append_new(rows, json_of(comparison, i, n));
    json_object_set_new(root, "choices", rows);
    json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    fputc('\n', stream);
    json_decref(root);
}

void hash_write_csv(const struct hash_comparison *comparison, const char *path, struct diagnostics *diagnostics)
{
    GString *text = g_string_new("function,fields,key,table,processors,sessions_min,sessions_max,sessions_most_over_mean,"
                                 "sessions_jain,frames_most_over_mean,frames_jain,bytes_most_over_mean,bytes_jain,"
                                 "speed_up_bound,speed_up_bound_by_bytes,strays_share,both_directions_share\n");

    if (!path) {
        g_string_free(text, TRUE);
        return;
    }
    for (unsigned i = 0; i < comparison->choice_count; i++)
        for (unsigned n = 0; n < comparison->count_count; n++) {
            const struct hash_label *label = &comparison->labels[i];
            struct spread_figures figures = spread_figures(comparison->spread, i, n);

            g_string_append_printf(text, "%s,%s,%s,%u,%u,%llu,%llu,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,",
                                   label->function, label->fields, label->key ? label->key : "", label->table,
                                   comparison->counts[n], (unsigned long long)figures.sessions_min,
                                   (unsigned long long)figures.sessions_max, figures.most_sessions,
                                   figures.jain_sessions, figures.most_frames, figures.jain_frames,
                                   figures.most_bytes, figures.jain_bytes, figures.bound, figures.bound_bytes,
                                   figures.strays);
            if (figures.both_directions >= 0)
                g_string_append_printf(text, "%.9g", figures.both_directions);
            g_string_append_c(text, '\n');
        }
    result_file_write(path, text->str, text->len, diagnostics);
    g_string_free(text, TRUE);
}

void hash_write_plot(const struct hash_comparison *comparison, const char *path, struct diagnostics *diagnostics)
{
    unsigned choices = comparison->choice_count, counts = comparison->count_count;
    double *x = g_new(double, counts), *y[3];
    struct plot_series *series[3];
    char *title = g_strdup_printf("How hash functions spread %s", comparison->capture);

    for (unsigned n = 0; n < counts; n++)
        x[n] = comparison->counts[n];
    for (unsigned p = 0; p < 3; p++) {
        y[p] = g_new(double, (gsize)counts * choices);
        series[p] = g_new0(struct plot_series, choices + 1);
    }
    for (unsigned i = 0; i < choices; i++) {
        char *label = short_label(comparison, i);

        for (unsigned n = 0; n < counts; n++) {
            struct spread_figures figures = spread_figures(comparison->spread, i, n);

            y[0][i * counts + n] = figures.bound;
            y[1][i * counts + n] = figures.jain_frames;
            y[2][i * counts + n] = figures.most_sessions;
        }
        for (unsigned p = 0; p < 3; p++)
            series[p][i] = (struct plot_series){.name = label, .x = x, .y = y[p] + (gsize)i * counts, .points = counts};
    }
    series[0][choices] = (struct plot_series){.name = "even", .x = x, .y = x, .points = counts, .is_reference = true};
    const struct plot_panel panels[] = {
        {.y_label = "speed-up at most", .series = series[0], .count = choices + 1, .from_zero = true},
        {.y_label = "Jain's index of the frames", .series = series[1], .count = choices},
        {.y_label = "sessions, most / mean", .series = series[2], .count = choices}};
    const struct plot plot = {.title = title,
                              .x_label = "processors",
                              .panels = panels,
                              .panel_count = 3,
                              .x_marks = x,
                              .x_mark_count = counts};

    if (path)
        plot_write(&plot, path, diagnostics);
    for (unsigned i = 0; i < choices; i++)
        g_free((char *)(size_t)series[0][i].name);
    for (unsigned p = 0; p < 3; p++) {
        g_free(y[p]);
        g_free(series[p]);
    }
    g_free(title);
    g_free(x);
}
