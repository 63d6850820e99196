/* page_sweep_map.c - a sweep over two keys as maps, and hash functions beside each other. */
#include "analysis/page_sweep.h"

#include "analysis/page_html.h"

#include <math.h>
#include <string.h>

enum { MAPS = 3, LOG_RATIO = 30 /* highest over lowest: colours are logarithmic from here */ };

static const struct {
    enum sweep_figure figure;
    double scale;
    const char *label;
    bool from_zero, may_be_log;
} maps[MAPS] = {{SWEEP_DELIVERED, 1e-6, "delivered, Mbit/s", true, true},
                {SWEEP_P99, 1e-3, "99 % latency, \xc2\xb5s", false, true},
                {SWEEP_LOST, 100, "frames dropped, %", true, false}};

/* --- Which points -------------------------------------------------------------------------------------- */

/* The keys with more than one value, in the sweep's order; returns how many. */
static unsigned varied_keys(const struct sweep_page *page, unsigned *keys, unsigned most)
{
    unsigned count = 0;

    for (unsigned k = 0; k < page->keys->len; k++) {
        struct sweep_axis axis;

        sweep_axis_fill(page, &axis, k);
        if (axis.values->len > 1 && count++ < most)
            keys[count - 1] = k;
        sweep_axis_done(&axis);
    }
    return count;
}

/* All other keys have the values that they have in the first point. */
static bool is_on_map(const struct sweep_page *page, const struct sweep_point *point, unsigned x_key, unsigned y_key)
{
    for (unsigned k = 0; k < page->keys->len; k++)
        if (k != x_key && k != y_key && strcmp(point->values[k], sweep_point_at(page, 0)->values[k]))
            return false;
    return true;
}

static char *fixed_values(const struct sweep_page *page, unsigned x_key, unsigned y_key)
{
    GString *text = g_string_new(NULL);

    for (unsigned k = 0; k < page->keys->len; k++)
        if (k != x_key && k != y_key)
            g_string_append_printf(text, "%s%s = %s", text->len ? ", " : "", sweep_key(page, k),
                                   sweep_point_at(page, 0)->values[k]);
    return g_string_free(text, FALSE);
}

/* --- Maps ---------------------------------------------------------------------------------------------- */

struct cells {
    double *x, *y, *z[MAPS];
    unsigned count;
};

static void take_cells(const struct sweep_page *page, const struct sweep_axis *across, const struct sweep_axis *up,
                       struct cells *cells)
{
    *cells = (struct cells){.x = g_new(double, page->points->len), .y = g_new(double, page->points->len)};
    for (unsigned m = 0; m < MAPS; m++)
        cells->z[m] = g_new(double, page->points->len);
    for (unsigned i = 0; i < page->points->len; i++) {
        const struct sweep_point *point = sweep_point_at(page, i);

        if (!is_on_map(page, point, across->key, up->key))
            continue;
        cells->x[cells->count] = sweep_axis_index(across, point->values[across->key]);
        cells->y[cells->count] = sweep_axis_index(up, point->values[up->key]);
        for (unsigned m = 0; m < MAPS; m++)
            cells->z[m][cells->count] = maps[m].scale * point->figures[maps[m].figure];
        cells->count++;
    }
}

static void free_cells(struct cells *cells)
{
    g_free(cells->x);
    g_free(cells->y);
    for (unsigned m = 0; m < MAPS; m++)
        g_free(cells->z[m]);
}

/* Of values that differ by orders of magnitude: else most of them would have the same colour. */
static bool spans_magnitudes(const double *z, unsigned count)
{
    double low = INFINITY, high = 0;

    for (unsigned i = 0; i < count; i++)
        if (isfinite(z[i])) {
            low = MIN(low, z[i]);
            high = MAX(high, z[i]);
        }
    return low > 0 && high > LOG_RATIO * low;
}

static bool all_zero(const double *z, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (z[i] > 0)
            return false;
    return true;
}

static void draw_maps(struct sweep_page *page, const struct sweep_axis *across, const struct sweep_axis *up,
                      const struct cells *cells, const char *caption)
{
    struct plot_series series[MAPS];
    struct plot_panel panels[MAPS];
    unsigned count = 0;

    for (unsigned m = 0; m < MAPS; m++) {
        if (maps[m].figure == SWEEP_LOST && all_zero(cells->z[m], cells->count))
            continue; /* the caption says so */
        series[count] = (struct plot_series){
            .name = maps[m].label, .x = cells->x, .y = cells->y, .z = cells->z[m], .points = cells->count};
        panels[count] =
            (struct plot_panel){.y_label = maps[m].label,
                                .series = &series[count],
                                .count = 1,
                                .kind = PLOT_MAP,
                                .from_zero = maps[m].from_zero,
                                .is_log = maps[m].may_be_log && spans_magnitudes(cells->z[m], cells->count)};
        count++;
    }
    struct plot plot = {.title = "Throughput, latency and loss over two parameters",
                        .x_label = sweep_key(page, across->key),
                        .panels = panels,
                        .panel_count = count,
                        .x_mark_labels = (const char *const *)across->values->pdata,
                        .x_mark_count = across->values->len,
                        .rows_label = sweep_key(page, up->key),
                        .row_labels = (const char *const *)up->values->pdata,
                        .row_count = up->values->len,
                        .is_first_row_above = !up->is_numeric};

    page_plots_add(&page->plots, page->html, &plot, "map", caption);
}

void sweep_page_map(struct sweep_page *page)
{
    struct sweep_axis across, up;
    struct cells cells;
    unsigned keys[2], varied = varied_keys(page, keys, 2);

    if (varied < 2)
        return;
    sweep_axis_fill(page, &across, keys[0]);
    sweep_axis_fill(page, &up, keys[1]);
    take_cells(page, &across, &up, &cells);
    char *fixed = varied > 2 ? fixed_values(page, keys[0], keys[1]) : g_strdup("");
    char *caption =
        g_strdup_printf("Frames delivered to host memory, the latency within which 99 %% of them reached the host, and "
                        "frames dropped. %s%s%s%s",
                        all_zero(cells.z[2], cells.count) ? "No point dropped a frame. " : "",
                        varied > 2 ? "More than two parameters vary: this is the map of the first two, with " : "",
                        fixed, varied > 2 ? "." : "");

    html_heading(page->html, "Map");
    draw_maps(page, &across, &up, &cells, caption);
    g_free(caption);
    g_free(fixed);
    free_cells(&cells);
    sweep_axis_done(&across);
    sweep_axis_done(&up);
}

/* --- Hash functions --------------------------------------------------------------------------------- */

static const struct {
    enum sweep_figure figure;
    double scale;
    const char *label;
} compared[] = {{SWEEP_APPLICATION, 1e-6, "application, Mbit/s"},
                {SWEEP_IMBALANCE, 1, "frames, highest / mean"},
                {SWEEP_P99, 1e-3, "99 % latency, \xc2\xb5s"}};

static void draw_hashes(struct sweep_page *page, const struct sweep_axis *hashes, const GArray *all)
{
    struct plot_series lists[G_N_ELEMENTS(compared)][SWEEP_MAX_SERIES];
    struct plot_panel panels[G_N_ELEMENTS(compared)];
    unsigned count = MIN(all->len, SWEEP_MAX_SERIES);
    char *legend = sweep_series_legend(page, hashes, all);

    for (unsigned p = 0; p < G_N_ELEMENTS(compared); p++) {
        for (unsigned s = 0; s < count; s++) {
            const struct sweep_series *series = &g_array_index(all, struct sweep_series, s);
            double *y = g_new(double, series->points);

            for (unsigned i = 0; i < series->points; i++)
                y[i] = compared[p].scale * series->y[compared[p].figure][i];
            lists[p][s] = (struct plot_series){.name = series->name, .x = series->x, .y = y, .points = series->points};
        }
        panels[p] = (struct plot_panel){.y_label = compared[p].label,
                                        .legend = legend,
                                        .series = lists[p],
                                        .count = count,
                                        .kind = PLOT_BARS,
                                        .from_zero = true};
    }
    struct plot plot = {.title = "Hash functions compared",
                        .x_label = sweep_key(page, hashes->key),
                        .panels = panels,
                        .panel_count = G_N_ELEMENTS(compared),
                        .x_marks = hashes->places,
                        .x_mark_labels = (const char *const *)hashes->values->pdata,
                        .x_mark_count = hashes->values->len};

    html_heading(page->html, "Hash functions");
    page_plots_add(
        &page->plots, page->html, &plot, "hashes",
        "What the application got; the frames of the processor that got most over the mean, 1 is even; and the "
        "latency within which 99 % of the frames reached the host.");
    for (unsigned p = 0; p < G_N_ELEMENTS(compared); p++)
        for (unsigned s = 0; s < count; s++)
            g_free((double *)(size_t)lists[p][s].y);
    g_free(legend);
}

void sweep_page_hashes(struct sweep_page *page)
{
    for (unsigned k = 0; k < page->keys->len; k++) {
        const char *key = sweep_key(page, k);
        struct sweep_axis axis;

        if (!g_str_has_prefix(key, "dispatch.") || !g_str_has_suffix(key, ".hash"))
            continue;
        sweep_axis_fill(page, &axis, k);
        bool is_found = axis.values->len > 1 && !axis.is_numeric;

        if (is_found) {
            GArray *all = sweep_series_new(page, &axis);

            draw_hashes(page, &axis, all);
            sweep_series_free(all);
        }
        sweep_axis_done(&axis);
        if (is_found)
            return;
    }
}
