/* page_sweep_plots.c - curves along a sweep's axis. */
#include "analysis/page_sweep.h"

#include "analysis/format.h"
#include "analysis/page_html.h"

#include <math.h>
#include <string.h>

enum { MOST_MARKS = 12 };

/* What a key of the traffic asks for; NULL: it is not the load. */
static const char *load_of(const char *key)
{
    static const char *const ends[][2] = {{".multiplier", "times the captured rate"},
                                          {".mbps", "Mbit/s"},
                                          {".pps", "frames/s"},
                                          {".copies", "copies of the capture side by side"}};

    for (unsigned i = 0; g_str_has_prefix(key, "traffic.") && i < G_N_ELEMENTS(ends); i++)
        if (g_str_has_suffix(key, ends[i][0]))
            return ends[i][1];
    return NULL;
}

static void add_plot(struct sweep_page *page, struct plot *plot, const struct sweep_axis *axis, const char *name,
                     const char *caption)
{
    const char *key = sweep_key(page, axis->key), *unit = load_of(key);

    if (!axis->is_numeric || axis->values->len <= MOST_MARKS) { /* with units, if they have any */
        plot->x_marks = axis->places;
        plot->x_mark_count = axis->values->len;
        plot->x_mark_labels = (const char *const *)axis->values->pdata;
    } else if (*axis->unit) {
        unit = axis->unit;
    }
    char *label = g_strdup_printf("%s%s%s", key, unit ? ", " : "", unit ? unit : "");

    plot->x_label = label;
    page_plots_add(&page->plots, page->html, plot, name, caption);
    g_free(label);
}

/* A figure of each series, scaled. */
static unsigned curves(const GArray *all, enum sweep_figure figure, double scale, struct plot_series *to)
{
    unsigned count = MIN(all->len, SWEEP_MAX_SERIES);

    for (unsigned s = 0; s < count; s++) {
        const struct sweep_series *series = &g_array_index(all, struct sweep_series, s);
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

/* --- Throughput and its knee ------------------------------------------------------------------------ */

/* The highest point, if the rate falls to less than nine tenths of it behind; else -1. */
static int peak_of(const struct sweep_series *series, unsigned highest)
{
    const double *y = series->y[SWEEP_APPLICATION];

    return y[series->points - 1] < 0.9 * y[highest] ? (int)highest : -1;
}

/* The point of a series where the rate is farthest above the straight line from its first to its highest point: beyond
 * it more brings less (Satopaa et al., "Finding a kneedle in a haystack", 2011, without smoothing). If none is a tenth
 * of the way above it, the peak, if there is one; else -1. */
static int knee_of(const struct sweep_series *series)
{
    const double *x = series->x, *y = series->y[SWEEP_APPLICATION];
    double farthest = 0.1;
    unsigned last = 0;
    int knee = -1;

    for (unsigned i = 1; i < series->points; i++)
        if (y[i] > y[last])
            last = i;
    if (series->points < 4)
        return -1;
    for (unsigned i = 1; i < last && x[last] > x[0] && y[last] > y[0]; i++) {
        double distance = (y[i] - y[0]) / (y[last] - y[0]) - (x[i] - x[0]) / (x[last] - x[0]);

        if (distance > farthest) {
            farthest = distance;
            knee = (int)i;
        }
    }
    return knee < 0 ? peak_of(series, last) : knee;
}

/* Also as circles: a series of them behind the others. */
static unsigned find_knees(struct sweep_page *page, const struct sweep_axis *axis, const GArray *all, double *x,
                           double *y)
{
    unsigned found = 0;

    for (unsigned s = 0; s < MIN(all->len, SWEEP_MAX_SERIES) && axis->is_numeric; s++) {
        const struct sweep_series *series = &g_array_index(all, struct sweep_series, s);
        int knee = knee_of(series);

        if (knee < 0)
            continue;
        g_string_append(page->html, found ? "; " : "<p>The knee, beyond which more brings less: ");
        html_format(page->html, "%s%s%s = %g%s (%s)", all->len > 1 ? series->name : "", all->len > 1 ? ": " : "",
                    sweep_key(page, axis->key), series->x[knee], axis->unit,
                    format_rate(series->y[SWEEP_APPLICATION][knee]).s);
        x[found] = series->x[knee];
        y[found++] = 1e-6 * series->y[SWEEP_APPLICATION][knee];
    }
    if (found)
        g_string_append(page->html, ".</p>\n");
    else if (axis->is_numeric && axis->values->len >= 4)
        g_string_append(page->html,
                        "<p>No knee was found: the rate grows evenly along this axis, or not at all.</p>\n");
    return found;
}

void sweep_page_throughput(struct sweep_page *page, const struct sweep_axis *axis, const GArray *all)
{
    struct plot_series rates[SWEEP_MAX_SERIES + 1], lost[SWEEP_MAX_SERIES];
    double knee_x[SWEEP_MAX_SERIES], knee_y[SWEEP_MAX_SERIES];
    unsigned count = curves(all, SWEEP_APPLICATION, 1e-6, rates);
    char *legend = sweep_series_legend(page, axis, all);

    html_heading(page->html, "Throughput");
    unsigned knees = find_knees(page, axis, all, knee_x, knee_y);

    rates[count] = (struct plot_series){.name = "knee", .x = knee_x, .y = knee_y, .points = knees, .is_mark = true};
    curves(all, SWEEP_LOST, 100, lost);
    struct plot_panel panels[] = {
        {.y_label = "application, Mbit/s",
         .legend = legend,
         .series = rates,
         .count = count + (knees > 0),
         .from_zero = true},
        {.y_label = "frames dropped, %", .legend = legend, .series = lost, .count = count, .from_zero = true}};
    struct plot plot = {.title = "Throughput", .panels = panels, .panel_count = 2};

    add_plot(page, &plot, axis, "throughput",
             "What the application got, and the share of the offered frames that was dropped.");
    free_curves(rates, count);
    free_curves(lost, count);
    g_free(legend);
}

/* --- Latency ----------------------------------------------------------------------------------------- */

static const struct {
    enum sweep_figure figure;
    const char *name, *label;
} percentiles[] = {{SWEEP_P50, "50 %", "50 %, \xc2\xb5s"},
                   {SWEEP_P99, "99 %", "99 %, \xc2\xb5s"},
                   {SWEEP_P9999, "99.99 %", "99.99 %, \xc2\xb5s"}};

/* One series: its percentiles in one panel. */
static void draw_one_latency(struct sweep_page *page, const struct sweep_axis *axis, const GArray *all,
                             const char *title, const char *caption)
{
    struct plot_series list[3];

    for (unsigned p = 0; p < 3; p++) {
        curves(all, percentiles[p].figure, 1e-3, &list[p]);
        list[p].name = percentiles[p].name;
    }
    struct plot_panel panel = {
        .y_label = "latency, \xc2\xb5s", .legend = "of the frames", .series = list, .count = 3, .is_log = true};
    struct plot plot = {.title = title, .panels = &panel, .panel_count = 1};

    add_plot(page, &plot, axis, "latency", caption);
    free_curves(list, 3);
}

static void draw_latencies(struct sweep_page *page, const struct sweep_axis *axis, const GArray *all, const char *title,
                           const char *caption)
{
    struct plot_series lists[3][SWEEP_MAX_SERIES];
    struct plot_panel panels[3];
    char *legend = sweep_series_legend(page, axis, all);
    unsigned count = 0;

    for (unsigned p = 0; p < 3; p++) {
        count = curves(all, percentiles[p].figure, 1e-3, lists[p]);
        panels[p] = (struct plot_panel){
            .y_label = percentiles[p].label, .legend = legend, .series = lists[p], .count = count, .is_log = true};
    }
    struct plot plot = {.title = title, .panels = panels, .panel_count = 3};

    add_plot(page, &plot, axis, "latency", caption);
    for (unsigned p = 0; p < 3; p++)
        free_curves(lists[p], count);
    g_free(legend);
}

void sweep_page_latency(struct sweep_page *page, const struct sweep_axis *axis, const GArray *all)
{
    bool is_load = load_of(sweep_key(page, axis->key)) != NULL;
    const char *caption = "The latency within which so many of the frames that were delivered reached the host.";
    const char *title = is_load ? "Latency from wire to host against the offered load" : "Latency from wire to host";

    html_heading(page->html, "Latency");
    if (all->len == 1)
        draw_one_latency(page, axis, all, title, caption);
    else
        draw_latencies(page, axis, all, title, caption);
}

/* --- Speed-up ---------------------------------------------------------------------------------------- */

struct speed_up {
    struct plot_series up[2 * SWEEP_MAX_SERIES + 1], efficiency[SWEEP_MAX_SERIES];
    unsigned up_count, count;
    double least; /* processors of the first points */
};

/* Rate over that of the least processors, which counts as their number; the bound of the imbalance; and the first over
 * the number of processors. */
static void add_speed_up(struct speed_up *to, const struct sweep_series *series, bool is_alone)
{
    double *y[3], least = series->points ? series->x[0] : 0;

    if (series->points < 2 || !(least >= 1) || !(series->y[SWEEP_APPLICATION][0] > 0) || to->count == SWEEP_MAX_SERIES)
        return;
    for (unsigned k = 0; k < 3; k++)
        y[k] = g_new(double, series->points);
    for (unsigned i = 0; i < series->points; i++) {
        y[0][i] = least * series->y[SWEEP_APPLICATION][i] / series->y[SWEEP_APPLICATION][0];
        y[1][i] = series->x[i] / series->y[SWEEP_IMBALANCE][i];
        y[2][i] = y[0][i] / series->x[i];
    }
    to->least = to->count ? MIN(to->least, least) : least;
    to->up[to->up_count++] =
        (struct plot_series){.name = series->name, .x = series->x, .y = y[0], .points = series->points};
    to->up[to->up_count++] = (struct plot_series){
        .name = is_alone ? "bound" : NULL, .x = series->x, .y = y[1], .points = series->points, .is_bound = true};
    to->efficiency[to->count++] =
        (struct plot_series){.name = series->name, .x = series->x, .y = y[2], .points = series->points};
}

static void draw_speed_up(struct sweep_page *page, const struct sweep_axis *axis, const GArray *all,
                          struct speed_up *found)
{
    char *legend = sweep_series_legend(page, axis, all);
    char *caption = g_strdup_printf("The application's rate over that of %g processor%s. Ideal: as many times as there "
                                    "are processors. Dotted, in the "
                                    "same colour, the bound: what the imbalance of the frames among the processors "
                                    "allows if a frame costs the same on each. Efficiency is the "
                                    "speed-up over the number of processors.",
                                    found->least, found->least > 1 ? "s, which counts as that many" : "");

    found->up[found->up_count++] = (struct plot_series){
        .name = "ideal", .x = axis->places, .y = axis->places, .points = axis->values->len, .is_reference = true};
    struct plot_panel panels[] = {
        {.y_label = "speed-up", .legend = legend, .series = found->up, .count = found->up_count, .from_zero = true},
        {.y_label = "efficiency",
         .legend = legend,
         .series = found->efficiency,
         .count = found->count,
         .from_zero = true}};
    struct plot plot = {.title = "Speed-up", .panels = panels, .panel_count = 2};

    html_heading(page->html, "Speed-up");
    add_plot(page, &plot, axis, "speed-up", caption);
    g_free(caption);
    g_free(legend);
}

void sweep_page_speed_up(struct sweep_page *page, const struct sweep_axis *axis, const GArray *all)
{
    const char *key = sweep_key(page, axis->key);
    struct speed_up found = {0};

    if (!g_str_has_prefix(key, "processor.") || !g_str_has_suffix(key, ".count") || !axis->is_numeric)
        return;
    for (unsigned s = 0; s < all->len; s++)
        add_speed_up(&found, &g_array_index(all, struct sweep_series, s), all->len == 1);
    if (!found.count)
        return;
    draw_speed_up(page, axis, all, &found);
    for (unsigned i = 0; i + 1 < found.up_count; i += 2) {
        g_free((double *)(size_t)found.up[i].y);
        g_free((double *)(size_t)found.up[i + 1].y);
    }
    free_curves(found.efficiency, found.count);
}
