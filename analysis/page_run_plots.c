/* page_run_plots.c - the plots of a run's page. */
#include "analysis/page_run.h"

#include "analysis/page_html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_QUEUES = 8, TIMELINE_POINTS = 200, MAX_PATHS = 16, MAX_BARS = 256 };

/* --- CSV files of the folder ----------------------------------------------------------------------- */

GPtrArray *run_page_csv(const struct run_page *page, const char *name)
{
    char *path = g_build_filename(page->folder, name, NULL), *text = NULL;
    GPtrArray *lines = NULL;

    if (g_file_get_contents(path, &text, NULL, NULL)) {
        char **split = g_strsplit(text, "\n", -1);

        lines = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))g_strfreev);
        for (char **line = split; *line; line++)
            if (**line)
                g_ptr_array_add(lines, g_strsplit(*line, ",", -1));
        g_strfreev(split);
        g_free(text);
    }
    g_free(path);
    return lines;
}

static char **row_of(const GPtrArray *lines, unsigned i)
{
    return g_ptr_array_index(lines, i);
}

/* Values of a column, below its heading; NAN for a cell that is missing or empty. */
static double *column_of(const GPtrArray *lines, unsigned column, double scale)
{
    double *values = g_new(double, lines->len + 1);

    for (unsigned i = 1; i < lines->len; i++) {
        const char *cell = g_strv_length(row_of(lines, i)) > column ? row_of(lines, i)[column] : "";

        values[i - 1] = *cell ? scale * g_ascii_strtod(cell, NULL) : NAN;
    }
    return values;
}

/* --- Over time ------------------------------------------------------------------------------------- */

/* So that a page shows a course and not noise: `every` neighbours become one, rates as their mean, levels as the
 * largest. Returns how many points are left. */
static unsigned thin_out(double *values, unsigned points, unsigned every, bool is_level)
{
    unsigned count = 0;

    for (unsigned i = 0; i < points; count++) {
        unsigned of_one = MIN(every, points - i);
        double sum = 0, largest = 0;

        for (unsigned k = 0; k < of_one; k++, i++) {
            sum += values[i];
            largest = MAX(largest, values[i]);
        }
        values[count] = is_level ? largest : sum / of_one;
    }
    return count;
}

enum { RATES, LATENCIES, FRAMES, FIFOS, TIME_PANELS };

static const struct column_kind {
    const char *end; /* of the heading */
    int panel;
    double scale;        /* to Mbit/s, us, frames, KiB */
    const char *instead; /* of that end, in the legend */
} column_kinds[] = {{"_bits_per_s", RATES, 1e-6, ""},
                    {"_ns", LATENCIES, 1e-3, ""},
                    {".rx_queue_buffers", FRAMES, 1, " queue"},
                    {"frames_in_flight", FRAMES, 1, "under way in all"},
                    {".rx_fifo_bytes", FIFOS, 1.0 / 1024, ""}};

static const struct column_kind *kind_of_column(const char *heading)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(column_kinds); i++)
        if (g_str_has_suffix(heading, column_kinds[i].end))
            return &column_kinds[i];
    return NULL;
}

static char *name_of_column(const char *heading, const struct column_kind *kind)
{
    if (!strcmp(heading, "receive_p50_ns"))
        return g_strdup("median");
    if (!strcmp(heading, "receive_p99_ns"))
        return g_strdup("99 %");
    if (!strcmp(heading, "receive_max_ns"))
        return g_strdup("largest");
    return g_strdup_printf("%.*s%s", (int)(strlen(heading) - strlen(kind->end)), heading, kind->instead);
}

static double largest_of(const struct plot_series *series)
{
    double largest = 0;

    for (unsigned i = 0; i < series->points; i++)
        largest = MAX(largest, series->y[i]);
    return largest;
}

/* The fullest first; equal ones stay in order. */
static void sort_by_largest(GArray *list)
{
    struct plot_series *series = (struct plot_series *)(void *)list->data;

    for (unsigned i = 1; i < list->len; i++)
        for (unsigned k = i; k && largest_of(&series[k]) > largest_of(&series[k - 1]); k--) {
            struct plot_series other = series[k];

            series[k] = series[k - 1];
            series[k - 1] = other;
        }
}

static void free_list(GArray *list)
{
    for (unsigned i = 0; i < list->len; i++) {
        g_free((char *)(size_t)g_array_index(list, struct plot_series, i).name);
        g_free((double *)(size_t)g_array_index(list, struct plot_series, i).y);
    }
    g_array_unref(list);
}

/* The largest below, so that the median is seen where both are the same. */
static void turn_round(GArray *list)
{
    for (unsigned i = 0, k = list->len; i + 1 < k--; i++) {
        struct plot_series first = g_array_index(list, struct plot_series, i);

        g_array_index(list, struct plot_series, i) = g_array_index(list, struct plot_series, k);
        g_array_index(list, struct plot_series, k) = first;
    }
}

/* Of latencies all intervals are shown: a percentile of several is not made from theirs. */
static void take_column(GArray **lists, const GPtrArray *lines, unsigned column, const double *x, const double *thin_x)
{
    const char *heading = row_of(lines, 0)[column];
    const struct column_kind *kind = kind_of_column(heading);
    unsigned points = lines->len - 1, every = (points + TIMELINE_POINTS - 1) / TIMELINE_POINTS;

    if (!kind)
        return;
    double *values = column_of(lines, column, kind->scale);
    bool is_latency = kind->panel == LATENCIES;
    struct plot_series series = {.name = name_of_column(heading, kind), .x = is_latency ? x : thin_x, .y = values};

    series.points = is_latency ? points : thin_out(values, points, every, kind->panel != RATES);
    g_array_append_val(lists[kind->panel], series);
}

static void draw_timeline(struct run_page *page, GArray **lists, double end_ms)
{
    static const char *const labels[] = {"Mbit/s", "latency, \xc2\xb5s", "frames", "port FIFO, KiB"};
    struct plot_panel panels[TIME_PANELS];
    unsigned hidden = 0;

    for (unsigned p = 0; p < TIME_PANELS; p++) {
        const unsigned limit = p == RATES || p == LATENCIES ? 3 : MAX_QUEUES;

        if (p >= FRAMES && lists[p]->len > limit) {
            sort_by_largest(lists[p]);
            hidden += lists[p]->len - limit;
        }
        panels[p] = (struct plot_panel){.y_label = labels[p],
                                        .series = (const struct plot_series *)(const void *)lists[p]->data,
                                        .count = MIN(lists[p]->len, limit),
                                        .kind = p == LATENCIES ? PLOT_DOTS : PLOT_COURSES,
                                        .from_zero = p != LATENCIES,
                                        .is_log = p == LATENCIES};
    }
    struct plot plot = {.title = "Throughput, latency and queues over time",
                        .x_label = "simulated time, ms",
                        .panels = panels,
                        .panel_count = TIME_PANELS,
                        .x_end = end_ms};
    char *caption = g_strdup_printf("Rates of the frames on the wire (offered, sent) and of those delivered to the "
                                    "host. Latency from wire to host of the "
                                    "frames delivered in each interval. Frames under way and in the processors' "
                                    "receive queues, bytes in the ports' FIFOs: "
                                    "the largest since the sample before.%s",
                                    hidden ? " Of the queues, the fullest; all are in timeline.csv." : "");

    html_heading(page->html, "Over time");
    page_plots_add(&page->plots, page->html, &plot, "timeline", caption);
    g_free(caption);
}

void run_page_timeline(struct run_page *page)
{
    GPtrArray *lines = run_page_csv(page, "timeline.csv");
    GArray *lists[TIME_PANELS];

    if (!lines || lines->len < 3) {
        g_clear_pointer(&lines, g_ptr_array_unref);
        return;
    }
    unsigned points = lines->len - 1, every = (points + TIMELINE_POINTS - 1) / TIMELINE_POINTS;
    double *x = column_of(lines, 0, 1e-6), *thin_x = column_of(lines, 0, 1e-6), end_ms = x[points - 1];

    thin_out(thin_x, points, every, true);
    for (unsigned p = 0; p < TIME_PANELS; p++)
        lists[p] = g_array_new(FALSE, TRUE, sizeof(struct plot_series));
    for (unsigned i = 1; i < g_strv_length(row_of(lines, 0)); i++)
        take_column(lists, lines, i, x, thin_x);
    turn_round(lists[LATENCIES]);
    draw_timeline(page, lists, isfinite(end_ms) ? end_ms : 0);
    for (unsigned p = 0; p < TIME_PANELS; p++)
        free_list(lists[p]);
    g_free(x);
    g_free(thin_x);
    g_ptr_array_unref(lines);
}

/* --- Latency --------------------------------------------------------------------------------------- */

/* 90 per cent at 1, 99 at 2, ...: what is rare has room. */
static double place_of_percentile(double percentile)
{
    return percentile >= 100 ? 4.3 : -log10(1 - percentile / 100);
}

/* The lines from *i on that are of one path and stage; *i is behind them then. */
static struct plot_series next_path(const GPtrArray *lines, unsigned *i)
{
    char **first = row_of(lines, *i);
    bool is_total = g_strv_length(first) > 1 && !strcmp(first[1], "total");
    double *x = g_new(double, lines->len), *y = g_new(double, lines->len);
    unsigned points = 0, begin = *i;

    for (; *i < lines->len && g_strv_length(row_of(lines, *i)) == 4 && !strcmp(row_of(lines, *i)[0], first[0]) &&
           !strcmp(row_of(lines, *i)[1], first[1]);
         ++*i) {
        x[points] = place_of_percentile(g_ascii_strtod(row_of(lines, *i)[2], NULL));
        y[points] = g_ascii_strtod(row_of(lines, *i)[3], NULL) / 1000;
        points += y[points] > 0;
    }
    *i += *i == begin; /* a line of something else */
    return (struct plot_series){
        .name = points ? g_strdup_printf("%s%s%s", first[0], is_total ? "" : ": ", is_total ? "" : first[1]) : NULL,
        .x = x,
        .y = y,
        .points = points};
}

void run_page_percentiles(struct run_page *page)
{
    static const double marks[] = {0, 0.30103, 1, 2, 3, 4, 4.3};
    static const char *const labels[] = {"0", "50", "90", "99", "99.9", "99.99", "max"};
    GPtrArray *lines = run_page_csv(page, "latency.csv");
    struct plot_series series[MAX_PATHS];
    unsigned count = 0;

    for (unsigned i = 1; lines && i < lines->len && count < MAX_PATHS;) {
        series[count] = next_path(lines, &i);
        if (series[count].points) {
            count++;
        } else {
            g_free((double *)(size_t)series[count].x);
            g_free((double *)(size_t)series[count].y);
        }
    }
    struct plot_panel panel = {
        .y_label = "latency, \xc2\xb5s", .series = series, .count = count, .is_log = true, .kind = PLOT_COURSES};
    struct plot plot = {.title = "Latency by percentile",
                        .x_label = "percentile of the frames",
                        .panels = &panel,
                        .panel_count = 1,
                        .x_marks = marks,
                        .x_mark_labels = labels,
                        .x_mark_count = G_N_ELEMENTS(marks)};

    page_plots_add(
        &page->plots, page->html, &plot, "latency",
        "Receive: from the last bit on the wire to the data in host memory with the host told, and its stages. "
        "Transmit: from the host's request to the first bit on the wire.");
    for (unsigned k = 0; k < count; k++) {
        g_free((char *)(size_t)series[k].name);
        g_free((double *)(size_t)series[k].x);
        g_free((double *)(size_t)series[k].y);
    }
    if (lines)
        g_ptr_array_unref(lines);
}

/* --- Bars ------------------------------------------------------------------------------------------ */

struct bars {
    unsigned count;
    char *labels[MAX_BARS]; /* owned */
    double x[MAX_BARS], y[4][MAX_BARS];
};

static struct bars *bars_new(void)
{
    return g_new0(struct bars, 1);
}

static void bars_free(struct bars *bars)
{
    for (unsigned i = 0; i < bars->count; i++)
        g_free(bars->labels[i]);
    g_free(bars);
}

/* label is the bars' then. */
static void bars_add(struct bars *bars, char *label, double y0, double y1, double y2)
{
    unsigned i = bars->count++;

    bars->labels[i] = label;
    bars->x[i] = i;
    bars->y[0][i] = y0;
    bars->y[1][i] = y1;
    bars->y[2][i] = y2;
}

static struct plot_series bars_series(const struct bars *bars, const char *name, unsigned y)
{
    return (struct plot_series){.name = name, .x = bars->x, .y = bars->y[y], .points = bars->count};
}

static void draw_bars(struct run_page *page, const struct bars *bars, const struct plot_panel *panels,
                      unsigned panel_count, const char *title, const char *x_label, const char *name,
                      const char *caption)
{
    struct plot plot = {.title = title,
                        .x_label = x_label,
                        .panels = panels,
                        .panel_count = panel_count,
                        .x_marks = bars->x,
                        .x_mark_labels = (const char *const *)bars->labels,
                        .x_mark_count = bars->count};

    page_plots_add(&page->plots, page->html, &plot, name, caption);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "?";
}

void run_page_stages(struct run_page *page)
{
    struct bars *bars = bars_new();
    const char *stage;
    json_t *each;

    json_object_foreach((json_t *)(size_t)json_find(page->report, "latency.receive.stages"), stage, each)
    {
        if (bars->count < MAX_BARS)
            bars_add(bars, g_strdup(stage), json_number(each, "mean_ns") / 1000, json_number(each, "p99_ns") / 1000, 0);
    }
    struct plot_series series[] = {bars_series(bars, "mean", 0), bars_series(bars, "99 %", 1)};
    struct plot_panel panel = {
        .y_label = "latency, \xc2\xb5s", .series = series, .count = 2, .kind = PLOT_BARS, .from_zero = true};

    draw_bars(page, bars, &panel, 1, "Where the receive latency goes", "stage, from wire to host", "stages",
              "The means of the stages add up to the mean of the whole; their percentiles don't.");
    bars_free(bars);
}

void run_page_load(struct run_page *page)
{
    struct bars *bars = bars_new();
    double sum = 0, mean_x[2] = {-0.6};
    json_t *each;
    size_t i;

    json_array_foreach(json_object_get(page->report, "processors"), i, each)
    {
        double frames = json_number(each, "frames");

        if (bars->count == MAX_BARS)
            break;
        bars_add(bars, g_strdup(text_of(each, "name")), 100 * json_number(each, "busy_share"),
                 100 * json_number(each, "stall_share"), frames);
        sum += isnan(frames) ? 0 : frames;
    }
    double mean_y[2] = {sum / MAX(bars->count, 1), sum / MAX(bars->count, 1)};

    mean_x[1] = bars->count - 0.4;
    struct plot_series shares[] = {bars_series(bars, "busy", 0), bars_series(bars, "of it stalled", 1)};
    struct plot_series frames[] = {bars_series(bars, "frames", 2),
                                   {.name = "mean", .x = mean_x, .y = mean_y, .points = 2, .is_reference = true}};
    struct plot_panel panels[] = {
        {.y_label = "share of cycles, %", .series = shares, .count = 2, .kind = PLOT_BARS, .from_zero = true},
        {.y_label = "frames", .series = frames, .count = 2, .kind = PLOT_BARS, .from_zero = true}};

    draw_bars(
        page, bars, panels, 2, "Load of the processors", "processor", "processors",
        "Busy: not waiting for work. Stalled: waiting for an answer from outside the local memory. Frames: taken from "
        "the receive queue.");
    bars_free(bars);
}

void run_page_drops(struct run_page *page)
{
    struct bars *bars = bars_new();
    json_t *each;
    size_t i;

    json_array_foreach(json_object_get(page->report, "drops"), i, each)
    {
        if (bars->count < 32)
            bars_add(bars, g_strdup_printf("%s: %s", text_of(each, "place"), text_of(each, "reason")),
                     json_number(each, "frames"), 0, 0);
    }
    struct plot_series series = bars_series(bars, "frames", 0);
    struct plot_panel panel = {
        .y_label = "frames dropped", .series = &series, .count = 1, .kind = PLOT_BARS, .from_zero = true};

    draw_bars(page, bars, &panel, 1, "Dropped frames by place and reason", "place: reason", "drops",
              "Frames that hardware or a stack discarded.");
    bars_free(bars);
}
