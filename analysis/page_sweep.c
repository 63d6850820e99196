/* page_sweep.c - report.html of a sweep, from sweep.json and the report.json of each point that is done. */
#include "analysis/page.h"

#include "analysis/format.h"
#include "analysis/page_html.h"
#include "analysis/page_sweep.h"
#include "analysis/result_file.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ROWS = 1000 };

/* --- Reading ----------------------------------------------------------------------------------------- */

static void free_point(void *pointer)
{
    struct sweep_point *point = pointer;

    g_strfreev(point->values);
    g_free(point->busiest);
    g_free(point);
}

static void find_busiest(struct sweep_point *point, const json_t *report)
{
    json_t *part;
    size_t i;

    json_array_foreach(json_object_get(report, "parts"), i, part)
    {
        double share = json_number(part, "utilisation");
        const char *name = json_string_value(json_object_get(part, "name"));

        if (!(share > point->figures[SWEEP_BUSIEST]) || !name)
            continue;
        point->figures[SWEEP_BUSIEST] = share;
        g_free(point->busiest);
        point->busiest = g_strdup(name);
    }
}

static void take_point(struct sweep_page *page, const json_t *entry)
{
    static const char *const paths[SWEEP_FIGURES] = {"throughput.application_bits_per_s",
                                               "throughput.delivered_bits_per_s",
                                               "throughput.offered_bits_per_s",
                                               "frames.dropped",
                                               "latency.receive.p50_ns",
                                               "latency.receive.p99_ns",
                                               "latency.receive.p99_99_ns",
                                               "processor_spread.frames.imbalance",
                                               NULL};
    const char *id = json_string_value(json_object_get(entry, "id"));
    const json_t *values = json_object_get(entry, "values");
    char *path = id && !strchr(id, '/') ? g_build_filename(page->folder, "points", id, "report.json", NULL) : NULL;
    json_t *report = path ? json_load_file(path, 0, NULL) : NULL;

    page->all++;
    if (json_is_object(report)) {
        struct sweep_point *point = g_new0(struct sweep_point, 1);

        point->values = g_new0(char *, page->keys->len + 1);
        for (unsigned k = 0; k < page->keys->len; k++) {
            const char *value = json_string_value(json_array_get(values, k));

            point->values[k] = g_strdup(value ? value : "");
        }
        for (unsigned i = 0; i < SWEEP_FIGURES && paths[i]; i++)
            point->figures[i] = json_number(report, paths[i]);
        point->figures[SWEEP_LOST] /= json_number(report, "frames.offered");
        find_busiest(point, report);
        g_ptr_array_add(page->points, point);
    }
    json_decref(report);
    g_free(path);
}

static bool read_sweep(struct sweep_page *page)
{
    char *path = g_build_filename(page->folder, "sweep.json", NULL);
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error), *each;
    const char *scenario = json_string_value(json_object_get(root, "scenario"));
    size_t i;

    if (scenario) {
        page->scenario = g_path_get_basename(scenario);
        json_array_foreach(json_object_get(root, "keys"), i, each) if (json_is_string(each))
            g_ptr_array_add(page->keys, g_strdup(json_string_value(each)));
        json_array_foreach(json_object_get(root, "points"), i, each) take_point(page, each);
    } else {
        diagnostic_error(page->plots.diagnostics, path, 0, "no sweep can be read here%s%s", root ? "" : ": ",
                         root ? "" : error.text);
    }
    json_decref(root);
    g_free(path);
    return scenario != NULL;
}

/* --- Sections ------------------------------------------------------------------------------------------ */

static void add_points(struct sweep_page *page)
{
    char *keys = g_strjoinv("|", (char **)page->keys->pdata);
    char *headings =
        g_strdup_printf("%s|>application|>offered|>dropped|>50 %%|>99 %%|>99.99 %%|>imbalance|busiest|>in use", keys);

    html_heading(page->html, "Points");
    html_table_begin(page->html, headings);
    for (unsigned i = 0; i < page->points->len && i < MAX_ROWS; i++) {
        const struct sweep_point *point = sweep_point_at(page, i);
        char *values = g_strjoinv("|", point->values);

        const char *sure = point->repeats > 1 ? format_rate(point->half_widths[SWEEP_APPLICATION]).s : "";

        html_row(page->html, "%s|%s%s%s|%s|%s|%s|%s|%s|%s|%s|%s", values, format_rate(point->figures[SWEEP_APPLICATION]).s,
                 *sure ? " ± " : "", sure,
                 format_rate(point->figures[SWEEP_OFFERED]).s, format_share(point->figures[SWEEP_LOST]).s,
                 format_time(1000 * point->figures[SWEEP_P50]).s, format_time(1000 * point->figures[SWEEP_P99]).s,
                 format_time(1000 * point->figures[SWEEP_P9999]).s, format_figure(point->figures[SWEEP_IMBALANCE]).s,
                 point->busiest ? point->busiest : "-", format_share(point->figures[SWEEP_BUSIEST]).s);
        g_free(values);
    }
    html_table_end(page->html);
    if (page->points->len > MAX_ROWS)
        html_format(page->html, "The first %d; all are in table.csv.", MAX_ROWS);
    g_free(headings);
    g_free(keys);
}

static void add_summary(struct sweep_page *page)
{
    const struct sweep_point *best = NULL;

    for (unsigned i = 0; i < page->points->len; i++)
        if (!best || sweep_point_at(page, i)->figures[SWEEP_APPLICATION] > best->figures[SWEEP_APPLICATION])
            best = sweep_point_at(page, i);
    g_string_append(page->html, "<p class=\"lead\">");
    html_format(page->html, "%u of %u points are done.", page->points->len, page->all);
    if (best) {
        html_format(page->html, " The application got most, %s, with", format_rate(best->figures[SWEEP_APPLICATION]).s);
        for (unsigned k = 0; k < page->keys->len; k++)
            html_format(page->html, "%s %s = %s", k ? "," : "", sweep_key(page, k),
                        best->values[k]);
        html_format(page->html, "; the busiest part was then %s, in use %s of the time.",
                    best->busiest ? best->busiest : "-", format_share(best->figures[SWEEP_BUSIEST]).s);
    }
    g_string_append(page->html, "</p>\n");
}

static void add_plots(struct sweep_page *page)
{
    struct sweep_axis axis;

    sweep_axis_choose(page, &axis);
    GArray *all = sweep_series_new(page, &axis);

    if (all->len > SWEEP_MAX_SERIES)
        html_format(page->html, "The plots show the first %d of %u series.", SWEEP_MAX_SERIES, all->len);
    sweep_page_speed_up(page, &axis, all);
    sweep_page_throughput(page, &axis, all);
    sweep_page_latency(page, &axis, all);
    sweep_series_free(all);
    sweep_axis_done(&axis);
    sweep_page_hashes(page);
    sweep_page_map(page);
}

static void fill_page(struct sweep_page *page)
{
    char *title = g_strdup_printf("Sweep of %s", page->scenario);

    html_begin(page->html, title);
    g_string_append(page->html, "<h1>");
    html_text(page->html, title);
    g_string_append(page->html, "</h1>\n");
    add_summary(page);
    sweep_page_merge_repeats(page);
    if (page->repeats)
        g_string_append(page->html, "<p>Each point was run with several seeds: the plots show means; means.csv has the "
                                    "confidence intervals of all statistics.</p>\n");
    if (page->points->len && page->keys->len) {
        add_plots(page);
        g_ptr_array_add(page->keys, NULL); /* as a list that ends */
        g_ptr_array_set_size(page->keys, (int)page->keys->len - 1);
        add_points(page);
    }
    html_end(page->html);
    g_free(title);
}

bool page_write_sweep(const char *folder, struct diagnostics *diagnostics)
{
    char *to = g_build_filename(folder, "report.html", NULL);
    struct sweep_page page = {.folder = folder,
                              .keys = g_ptr_array_new_with_free_func(g_free),
                              .points = g_ptr_array_new_with_free_func(free_point),
                              .html = g_string_new(NULL)};
    bool written = false;

    page_plots_begin(&page.plots, folder, diagnostics);
    if (read_sweep(&page)) {
        fill_page(&page);
        written = result_file_write(to, page.html->str, page.html->len, diagnostics);
    }
    g_string_free(page.html, TRUE);
    g_ptr_array_unref(page.points);
    g_ptr_array_unref(page.keys);
    g_free(page.scenario);
    page_plots_end(&page.plots);
    g_free(to);
    return written;
}

bool page_write(const char *folder, struct diagnostics *diagnostics)
{
    char *sweep = g_build_filename(folder, "sweep.json", NULL);
    bool is_sweep = g_file_test(sweep, G_FILE_TEST_EXISTS);

    g_free(sweep);
    return is_sweep ? page_write_sweep(folder, diagnostics) : page_write_run(folder, diagnostics);
}
