/* page_sweep.c - report.html of a sweep, from sweep.json and the report.json of each point that is done. */
#include "analysis/page.h"

#include "analysis/format.h"
#include "analysis/page_html.h"
#include "analysis/plot.h"
#include "analysis/result_file.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SERIES = 14, MAX_ROWS = 1000 };

/* What is taken of a point's report. */
enum figure {
    APPLICATION,
    OFFERED,
    LOST, /* share of the frames */
    P50,
    P99,
    P9999,
    IMBALANCE, /* of the frames, highest over mean */
    BUSIEST,   /* share of the time */
    FIGURES,
};

struct point {
    char **values; /* by the sweep's keys; "" where there is none */
    double figures[FIGURES];
    char *busiest; /* the part's name */
};

struct axis { /* the varied key along x */
    unsigned key;
    GPtrArray *values; /* of char *, in order of first appearance */
    double *places;    /* of the values: numbers, or 0, 1, ... */
    bool is_numeric;
};

struct series { /* all other keys have these values */
    char *name;
    double *x, *y[FIGURES];
    unsigned points;
};

struct page {
    const char *folder;
    char *plots, *scenario;
    GPtrArray *keys;   /* of char * */
    GPtrArray *points; /* of struct point */
    unsigned all;      /* points of the sweep, done or not */
    GString *html;
    struct diagnostics *diagnostics;
    bool has_pictures;
};

/* --- Reading ----------------------------------------------------------------------------------------- */

static void free_point(void *pointer)
{
    struct point *point = pointer;

    g_strfreev(point->values);
    g_free(point->busiest);
    g_free(point);
}

static void find_busiest(struct point *point, const json_t *report)
{
    json_t *part;
    size_t i;

    json_array_foreach(json_object_get(report, "parts"), i, part)
    {
        double share = json_number(part, "utilisation");
        const char *name = json_string_value(json_object_get(part, "name"));

        if (!(share > point->figures[BUSIEST]) || !name)
            continue;
        point->figures[BUSIEST] = share;
        g_free(point->busiest);
        point->busiest = g_strdup(name);
    }
}

static void take_point(struct page *page, const json_t *entry)
{
    static const char *const paths[FIGURES] = {"throughput.application_bits_per_s",
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
        struct point *point = g_new0(struct point, 1);

        point->values = g_new0(char *, page->keys->len + 1);
        for (unsigned k = 0; k < page->keys->len; k++) {
            const char *value = json_string_value(json_array_get(values, k));

            point->values[k] = g_strdup(value ? value : "");
        }
        for (unsigned i = 0; i < FIGURES && paths[i]; i++)
            point->figures[i] = json_number(report, paths[i]);
        point->figures[LOST] /= json_number(report, "frames.offered");
        find_busiest(point, report);
        g_ptr_array_add(page->points, point);
    }
    json_decref(report);
    g_free(path);
}

static bool read_sweep(struct page *page)
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
        diagnostic_error(page->diagnostics, path, 0, "no sweep can be read here%s%s", root ? "" : ": ",
                         root ? "" : error.text);
    }
    json_decref(root);
    g_free(path);
    return scenario != NULL;
}

static const struct point *point_at(const struct page *page, unsigned i)
{
    return g_ptr_array_index(page->points, i);
}

/* --- The axis, and the series along it ---------------------------------------------------------------- */

/* Its number, if all that stands behind it is the unit; units is set by the first. */
static bool number_of_value(const char *text, char **unit, double *number)
{
    char *end;

    *number = g_ascii_strtod(text, &end);
    if (end == text || !isfinite(*number))
        return false;
    if (!*unit)
        *unit = g_strdup(end);
    return !strcmp(*unit, end);
}

static unsigned place_of(const GPtrArray *values, const char *value)
{
    unsigned i = 0;

    while (i < values->len && strcmp(g_ptr_array_index(values, i), value))
        i++;
    return i;
}

static void fill_axis(const struct page *page, struct axis *axis, unsigned key)
{
    char *unit = NULL;

    *axis = (struct axis){.key = key, .values = g_ptr_array_new(), .is_numeric = true};
    for (unsigned i = 0; i < page->points->len; i++)
        if (place_of(axis->values, point_at(page, i)->values[key]) == axis->values->len)
            g_ptr_array_add(axis->values, point_at(page, i)->values[key]);
    axis->places = g_new0(double, axis->values->len + 1);
    for (unsigned i = 0; i < axis->values->len; i++)
        axis->is_numeric &= number_of_value(g_ptr_array_index(axis->values, i), &unit, &axis->places[i]);
    for (unsigned i = 0; i < axis->values->len && !axis->is_numeric; i++)
        axis->places[i] = i;
    g_free(unit);
}

static void clear_axis(struct axis *axis)
{
    g_ptr_array_unref(axis->values);
    g_free(axis->places);
}

/* The first key with numbers and more than one value, else the first with more than one, else the first. */
static void choose_axis(const struct page *page, struct axis *axis)
{
    unsigned chosen = 0;
    bool has_several = false;

    for (unsigned k = 0; k < page->keys->len; k++) {
        fill_axis(page, axis, k);
        bool is_numeric = axis->is_numeric && axis->values->len > 1;

        if ((axis->values->len > 1 && !has_several) || is_numeric)
            chosen = k;
        has_several |= axis->values->len > 1;
        clear_axis(axis);
        if (is_numeric)
            break;
    }
    fill_axis(page, axis, chosen);
}

static char *name_of_series(const struct page *page, const struct axis *axis, const struct point *point)
{
    GString *name = g_string_new(NULL);

    for (unsigned k = 0; k < page->keys->len; k++)
        if (k != axis->key)
            g_string_append_printf(name, "%s%s", name->len ? ", " : "", point->values[k]);
    if (!name->len)
        g_string_append(name, "application");
    return g_string_free(name, FALSE);
}

static void sort_series(struct series *series)
{
    for (unsigned i = 1; i < series->points; i++)
        for (unsigned k = i; k && series->x[k] < series->x[k - 1]; k--) {
            double x = series->x[k];

            series->x[k] = series->x[k - 1];
            series->x[k - 1] = x;
            for (unsigned f = 0; f < FIGURES; f++) {
                double y = series->y[f][k];

                series->y[f][k] = series->y[f][k - 1];
                series->y[f][k - 1] = y;
            }
        }
}

static GArray *make_series(const struct page *page, const struct axis *axis)
{
    GArray *all = g_array_new(FALSE, TRUE, sizeof(struct series));

    for (unsigned i = 0; i < page->points->len; i++) {
        const struct point *point = point_at(page, i);
        char *name = name_of_series(page, axis, point);
        unsigned s = 0;

        while (s < all->len && strcmp(g_array_index(all, struct series, s).name, name))
            s++;
        if (s == all->len) {
            struct series series = {.name = g_strdup(name), .x = g_new(double, page->points->len)};

            for (unsigned f = 0; f < FIGURES; f++)
                series.y[f] = g_new(double, page->points->len);
            g_array_append_val(all, series);
        }
        struct series *series = &g_array_index(all, struct series, s);

        series->x[series->points] = axis->places[place_of(axis->values, point->values[axis->key])];
        for (unsigned f = 0; f < FIGURES; f++)
            series->y[f][series->points] = point->figures[f];
        series->points++;
        g_free(name);
    }
    for (unsigned s = 0; s < all->len; s++)
        sort_series(&g_array_index(all, struct series, s));
    return all;
}

static void free_series(GArray *all)
{
    for (unsigned s = 0; s < all->len; s++) {
        struct series *series = &g_array_index(all, struct series, s);

        g_free(series->name);
        g_free(series->x);
        for (unsigned f = 0; f < FIGURES; f++)
            g_free(series->y[f]);
    }
    g_array_unref(all);
}

/* --- Plots -------------------------------------------------------------------------------------------- */

static void add_plot(struct page *page, struct plot *plot, const struct axis *axis, const char *name,
                     const char *caption)
{
    struct diagnostics said;

    if (!page->has_pictures)
        return;
    plot->x_label = g_ptr_array_index(page->keys, axis->key);
    if (!axis->is_numeric || axis->values->len <= 12) {
        plot->x_marks = axis->places;
        plot->x_mark_count = axis->values->len;
        plot->x_mark_labels = (const char *const *)axis->values->pdata;
    }
    diagnostics_init(&said);
    char *svg = plot_keep(plot, page->plots, name, &said);

    if (!svg) {
        page->has_pictures = false;
        diagnostic_warning(page->diagnostics, page->folder, 0, "report.html has no plots: %s",
                           said.count ? said.list[0].text : "gnuplot wrote none");
    }
    html_picture(page->html, svg, caption);
    g_free(svg);
    diagnostics_clear(&said);
}

/* A figure of each series; values: of each series its own list, or NULL for the figure. */
static unsigned curves(const GArray *all, enum figure figure, double scale, struct plot_series *to)
{
    unsigned count = MIN(all->len, MAX_SERIES);

    for (unsigned s = 0; s < count; s++) {
        const struct series *series = &g_array_index(all, struct series, s);
        double *y = g_new(double, series->points + 1);

        for (unsigned i = 0; i < series->points; i++)
            y[i] = scale * series->y[figure][i];
        to[s] = (struct plot_series){.name = series->name, .x = series->x, .y = y, .points = series->points};
    }
    return count;
}

static void free_curves(struct plot_series *list, unsigned count)
{
    for (unsigned s = 0; s < count; s++)
        g_free((double *)(size_t)list[s].y);
}

/* The point of a series where the rate is farthest above the straight line from its first to its last point: beyond it
 * more brings less (Satopaa et al., "Finding a kneedle in a haystack", 2011, without smoothing). -1: there is none, or it
 * is less than a tenth of the way above. */
static int knee_of(const struct series *series)
{
    const double *x = series->x, *y = series->y[APPLICATION];
    unsigned last = series->points - 1;
    double farthest = 0.1;
    int knee = -1;

    if (series->points < 4 || !(x[last] > x[0]) || !(y[last] > y[0]))
        return -1;
    for (unsigned i = 1; i < last; i++) {
        double distance = (y[i] - y[0]) / (y[last] - y[0]) - (x[i] - x[0]) / (x[last] - x[0]);

        if (distance > farthest) {
            farthest = distance;
            knee = (int)i;
        }
    }
    return knee;
}

static void add_knees(struct page *page, const struct axis *axis, const GArray *all)
{
    bool any = false;

    for (unsigned s = 0; s < all->len && axis->is_numeric; s++) {
        const struct series *series = &g_array_index(all, struct series, s);
        int knee = knee_of(series);

        if (knee < 0)
            continue;
        g_string_append(page->html, any ? "; " : "<p>The knee, beyond which more brings less: ");
        html_format(page->html, "%s%s%s = %g (%s)", all->len > 1 ? series->name : "", all->len > 1 ? ": " : "",
                    (char *)g_ptr_array_index(page->keys, axis->key), series->x[knee],
                    format_rate(series->y[APPLICATION][knee]).s);
        any = true;
    }
    if (any)
        g_string_append(page->html, ".</p>\n");
}

static void add_throughput(struct page *page, const struct axis *axis, const GArray *all)
{
    struct plot_series rates[MAX_SERIES], lost[MAX_SERIES];
    unsigned count = curves(all, APPLICATION, 1e-6, rates);

    curves(all, LOST, 100, lost);
    struct plot_panel panels[] = {
        {.y_label = "application, Mbit/s", .series = rates, .count = count, .from_zero = true},
        {.y_label = "frames dropped, %", .series = lost, .count = count, .from_zero = true}};
    struct plot plot = {.title = "Throughput", .panels = panels, .panel_count = 2};

    html_heading(page->html, "Throughput");
    add_plot(page, &plot, axis, "throughput", "What the application got, and the share of the offered frames that was dropped.");
    add_knees(page, axis, all);
    free_curves(rates, count);
    free_curves(lost, count);
}

static void add_latency(struct page *page, const struct axis *axis, const GArray *all)
{
    static const struct {
        enum figure figure;
        const char *label;
    } shown[] = {{P50, "50 %, us"}, {P99, "99 %, us"}, {P9999, "99.99 %, us"}};
    struct plot_series lists[3][MAX_SERIES];
    struct plot_panel panels[3];
    unsigned count = 0;

    for (unsigned p = 0; p < 3; p++) {
        count = curves(all, shown[p].figure, 1e-3, lists[p]);
        panels[p] = (struct plot_panel){.y_label = shown[p].label, .series = lists[p], .count = count, .is_log = true};
    }
    struct plot plot = {.title = "Latency from wire to host", .panels = panels, .panel_count = 3};

    html_heading(page->html, "Latency");
    add_plot(page, &plot, axis, "latency", "The latency within which so many of the frames that were delivered reached the host.");
    for (unsigned p = 0; p < 3; p++)
        free_curves(lists[p], count);
}

/* Of each series with a point for one processor: rate over that one's, and over the number. */
static void add_speed_up(struct page *page, const struct axis *axis, const GArray *all)
{
    struct plot_series up[3 * MAX_SERIES + 1], efficiency[MAX_SERIES];
    unsigned up_count = 0, count = 0;
    const char *key = g_ptr_array_index(page->keys, axis->key);

    if (!g_str_has_prefix(key, "processor.") || !g_str_has_suffix(key, ".count"))
        return;
    for (unsigned s = 0; s < all->len && count < MAX_SERIES; s++) {
        const struct series *series = &g_array_index(all, struct series, s);
        double *y[3];

        if (series->points < 2 || series->x[0] != 1 || !(series->y[APPLICATION][0] > 0))
            continue;
        for (unsigned k = 0; k < 3; k++)
            y[k] = g_new(double, series->points);
        for (unsigned i = 0; i < series->points; i++) {
            y[0][i] = series->y[APPLICATION][i] / series->y[APPLICATION][0];
            y[1][i] = series->x[i] / series->y[IMBALANCE][i];
            y[2][i] = y[0][i] / series->x[i];
        }
        up[up_count++] = (struct plot_series){.name = series->name, .x = series->x, .y = y[0], .points = series->points};
        up[up_count++] = (struct plot_series){.name = g_strdup_printf("%s: bound", series->name),
                                              .x = series->x,
                                              .y = y[1],
                                              .points = series->points,
                                              .is_reference = true};
        efficiency[count++] =
            (struct plot_series){.name = series->name, .x = series->x, .y = y[2], .points = series->points};
    }
    if (!count)
        return;
    up[up_count++] = (struct plot_series){
        .name = "ideal", .x = efficiency[0].x, .y = efficiency[0].x, .points = efficiency[0].points, .is_reference = true};
    struct plot_panel panels[] = {
        {.y_label = "speed-up", .series = up, .count = up_count, .from_zero = true},
        {.y_label = "efficiency", .series = efficiency, .count = count, .from_zero = true}};
    struct plot plot = {.title = "Speed-up", .panels = panels, .panel_count = 2};

    html_heading(page->html, "Speed-up");
    add_plot(page, &plot, axis, "speed-up",
             "The application's rate over that of one processor; the bound is what the imbalance of the frames among the "
             "processors allows if a frame costs the same on each; efficiency is the speed-up over the number of processors.");
    for (unsigned i = 0; i + 1 < up_count; i += 2) {
        g_free((double *)(size_t)up[i].y);
        g_free((double *)(size_t)up[i + 1].y);
        g_free((char *)(size_t)up[i + 1].name);
    }
    free_curves(efficiency, count);
}

/* --- Tables -------------------------------------------------------------------------------------------- */

/* Of exactly two keys: one down, one across, each cell coloured by the rate. */
static void add_map(struct page *page)
{
    struct axis down, across;
    double most = 0;

    if (page->keys->len != 2)
        return;
    fill_axis(page, &down, 0);
    fill_axis(page, &across, 1);
    for (unsigned i = 0; i < page->points->len; i++)
        most = MAX(most, point_at(page, i)->figures[APPLICATION]);
    if (down.values->len > 1 && across.values->len > 1 && most > 0) {
        html_heading(page->html, "Map");
        g_string_append(page->html, "<table><thead><tr><th>");
        html_format(page->html, "%s \\ %s", (char *)g_ptr_array_index(page->keys, 0),
                    (char *)g_ptr_array_index(page->keys, 1));
        g_string_append(page->html, "</th>");
        for (unsigned c = 0; c < across.values->len; c++) {
            g_string_append(page->html, "<th class=\"n\">");
            html_text(page->html, g_ptr_array_index(across.values, c));
            g_string_append(page->html, "</th>");
        }
        g_string_append(page->html, "</tr></thead><tbody>\n");
        for (unsigned r = 0; r < down.values->len; r++) {
            g_string_append(page->html, "<tr><td>");
            html_text(page->html, g_ptr_array_index(down.values, r));
            g_string_append(page->html, "</td>");
            for (unsigned c = 0; c < across.values->len; c++) {
                const struct point *found = NULL;

                for (unsigned i = 0; i < page->points->len; i++)
                    if (!strcmp(point_at(page, i)->values[0], g_ptr_array_index(down.values, r)) &&
                        !strcmp(point_at(page, i)->values[1], g_ptr_array_index(across.values, c)))
                        found = point_at(page, i);
                double part = found ? CLAMP(found->figures[APPLICATION] / most, 0, 1) : 0;

                g_string_append_printf(page->html, "<td class=\"n\" style=\"color:#000;background:#%02x%02x%02x\">",
                                       255 - (int)(169 * part), 255 - (int)(75 * part), 255 - (int)(22 * part));
                html_text(page->html, found ? format_rate(found->figures[APPLICATION]).s : "-");
                g_string_append(page->html, "</td>");
            }
            g_string_append(page->html, "</tr>\n");
        }
        g_string_append(page->html, "</tbody></table><p class=\"dim\">What the application got.</p>\n");
    }
    clear_axis(&down);
    clear_axis(&across);
}

static void add_points(struct page *page)
{
    char *keys = g_strjoinv("|", (char **)page->keys->pdata);
    char *headings =
        g_strdup_printf("%s|>application|>offered|>dropped|>50 %%|>99 %%|>99.99 %%|>imbalance|busiest|>in use", keys);

    html_heading(page->html, "Points");
    html_table_begin(page->html, headings);
    for (unsigned i = 0; i < page->points->len && i < MAX_ROWS; i++) {
        const struct point *point = point_at(page, i);
        char *values = g_strjoinv("|", point->values);

        html_row(page->html, "%s|%s|%s|%s|%s|%s|%s|%s|%s|%s", values, format_rate(point->figures[APPLICATION]).s,
                 format_rate(point->figures[OFFERED]).s, format_share(point->figures[LOST]).s,
                 format_time(1000 * point->figures[P50]).s, format_time(1000 * point->figures[P99]).s,
                 format_time(1000 * point->figures[P9999]).s, format_figure(point->figures[IMBALANCE]).s,
                 point->busiest ? point->busiest : "-", format_share(point->figures[BUSIEST]).s);
        g_free(values);
    }
    html_table_end(page->html);
    if (page->points->len > MAX_ROWS)
        html_format(page->html, "The first %d; all are in table.csv.", MAX_ROWS);
    g_free(headings);
    g_free(keys);
}

static void add_summary(struct page *page)
{
    const struct point *best = NULL;

    for (unsigned i = 0; i < page->points->len; i++)
        if (!best || point_at(page, i)->figures[APPLICATION] > best->figures[APPLICATION])
            best = point_at(page, i);
    g_string_append(page->html, "<p class=\"lead\">");
    html_format(page->html, "%u of %u points are done.", page->points->len, page->all);
    if (best) {
        html_format(page->html, " The application got most, %s, with", format_rate(best->figures[APPLICATION]).s);
        for (unsigned k = 0; k < page->keys->len; k++)
            html_format(page->html, "%s %s = %s", k ? "," : "", (char *)g_ptr_array_index(page->keys, k),
                        best->values[k]);
        html_format(page->html, "; the busiest part was then %s, in use %s of the time.",
                    best->busiest ? best->busiest : "-", format_share(best->figures[BUSIEST]).s);
    }
    g_string_append(page->html, "</p>\n");
}

static void fill_page(struct page *page)
{
    struct axis axis;
    char *title = g_strdup_printf("Sweep of %s", page->scenario);

    html_begin(page->html, title);
    g_string_append(page->html, "<h1>");
    html_text(page->html, title);
    g_string_append(page->html, "</h1>\n");
    add_summary(page);
    if (page->points->len && page->keys->len) {
        choose_axis(page, &axis);
        GArray *all = make_series(page, &axis);

        if (all->len > MAX_SERIES)
            html_format(page->html, "The plots show the first %d of %u series.", MAX_SERIES, all->len);
        add_speed_up(page, &axis, all);
        add_throughput(page, &axis, all);
        add_latency(page, &axis, all);
        free_series(all);
        clear_axis(&axis);
        add_map(page);
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
    struct page page = {.folder = folder,
                        .plots = g_build_filename(folder, "plots", NULL),
                        .keys = g_ptr_array_new_with_free_func(g_free),
                        .points = g_ptr_array_new_with_free_func(free_point),
                        .html = g_string_new(NULL),
                        .diagnostics = diagnostics};
    bool written = false;

    if (read_sweep(&page)) {
        page.has_pictures = g_mkdir_with_parents(page.plots, 0777) == 0;
        fill_page(&page);
        written = result_file_write(to, page.html->str, page.html->len, diagnostics);
    }
    g_string_free(page.html, TRUE);
    g_ptr_array_unref(page.points);
    g_ptr_array_unref(page.keys);
    g_free(page.scenario);
    g_free(page.plots);
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
