/* page_run.c - report.html of a run, from report.json, latency.csv, timeline.csv and connections.csv of its folder. */
#include "analysis/page.h"

#include "analysis/explain.h"
#include "analysis/format.h"
#include "analysis/page_card.h"
#include "analysis/page_html.h"
#include "analysis/plot.h"
#include "analysis/result_file.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CONNECTIONS = 200, MAX_QUEUES = 16, TIMELINE_POINTS = 200 };

static const double LIMIT_SHARE = 0.9; /* a part in use for more than this is said to be the limit */

struct page {
    const char *folder;
    char *plots; /* its folder */
    json_t *report;
    GString *html;
    struct diagnostics *diagnostics;
    bool has_pictures;
};

/* --- CSV files of the folder ----------------------------------------------------------------------- */

/* Lines of cells, the headings first; our own files have no quotes. NULL: it can't be read. */
static GPtrArray *read_csv(const struct page *page, const char *name)
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

/* Values of a column, below its heading; a cell that is missing is 0. */
static double *column_of(const GPtrArray *lines, unsigned column, double scale)
{
    double *values = g_new0(double, lines->len + 1);

    for (unsigned i = 1; i < lines->len; i++)
        if (g_strv_length(row_of(lines, i)) > column)
            values[i - 1] = scale * g_ascii_strtod(row_of(lines, i)[column], NULL);
    return values;
}

/* --- Pictures -------------------------------------------------------------------------------------- */

static void add_plot(struct page *page, const struct plot *plot, const char *name, const char *caption)
{
    struct diagnostics said;

    if (!page->has_pictures)
        return;
    diagnostics_init(&said);
    char *svg = plot_keep(plot, page->plots, name, &said);

    if (!svg) { /* once is enough */
        page->has_pictures = false;
        diagnostic_warning(page->diagnostics, page->folder, 0, "report.html has no plots: %s",
                           said.count ? said.list[0].text : "gnuplot wrote none");
    }
    html_picture(page->html, svg, caption);
    g_free(svg);
    diagnostics_clear(&said);
}

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

static void add_timeline(struct page *page)
{
    GPtrArray *lines = read_csv(page, "timeline.csv");

    if (!lines || lines->len < 3) {
        g_clear_pointer(&lines, g_ptr_array_unref);
        return;
    }
    unsigned width = g_strv_length(row_of(lines, 0)), points = lines->len - 1;
    unsigned every = (points + TIMELINE_POINTS - 1) / TIMELINE_POINTS;
    double **columns = g_new0(double *, width + 1);
    struct plot_series *rates = g_new0(struct plot_series, width), *levels = g_new0(struct plot_series, width);
    unsigned rate_count = 0, level_count = 0;

    for (unsigned i = 0; i < width; i++) {
        const char *name = row_of(lines, 0)[i];
        bool is_rate = g_str_has_suffix(name, "_bits_per_s"), is_bytes = g_str_has_suffix(name, "_bytes");

        columns[i] = column_of(lines, i, i == 0 || is_rate ? 1e-6 : is_bytes ? 1.0 / 1024 : 1); /* ms, Mbit/s, KiB */
        unsigned left = thin_out(columns[i], points, every, i > 0 && !is_rate);
        struct plot_series series = {.name = name, .x = columns[0], .y = columns[i], .points = left};

        if (i && is_rate)
            rates[rate_count++] = series;
        else if (i && level_count < MAX_QUEUES)
            levels[level_count++] = series;
    }
    struct plot_panel panels[] = {
        {.y_label = "Mbit/s", .series = rates, .count = rate_count, .from_zero = true, .has_lines = true},
        {.y_label = "frames, buffers, KiB", .series = levels, .count = level_count, .from_zero = true, .has_lines = true}};
    struct plot plot = {.title = "Throughput and queues over time",
                        .x_label = "simulated time, ms",
                        .panels = panels,
                        .panel_count = 2};

    html_heading(page->html, "Over time");
    add_plot(page, &plot, "timeline",
             "Rates of the frames on the wire (offered, sent) and of those delivered to the host; frames under way, and the "
             "queues: the largest since the sample before.");
    for (unsigned i = 0; i < width; i++)
        g_free(columns[i]);
    g_free(columns);
    g_free(rates);
    g_free(levels);
    g_ptr_array_unref(lines);
}

/* 90 per cent at 1, 99 at 2, ...: what is rare has room. */
static double place_of_percentile(double percentile)
{
    return percentile >= 100 ? 4.3 : -log10(1 - percentile / 100);
}

static void add_latency_plot(struct page *page)
{
    static const double marks[] = {0, 0.30103, 1, 2, 3, 4, 4.3};
    static const char *const labels[] = {"0", "50", "90", "99", "99.9", "99.99", "max"};
    GPtrArray *lines = read_csv(page, "latency.csv");
    struct plot_series series[16];
    unsigned count = 0;

    for (unsigned i = 1; lines && i < lines->len;) {
        char **first = row_of(lines, i);
        unsigned points = 0;
        double *x = g_new(double, lines->len), *y = g_new(double, lines->len);

        for (; i < lines->len && !strcmp(row_of(lines, i)[0], first[0]) && g_strv_length(row_of(lines, i)) == 4 &&
               !strcmp(row_of(lines, i)[1], first[1]);
             i++) {
            x[points] = place_of_percentile(g_ascii_strtod(row_of(lines, i)[2], NULL));
            y[points] = g_ascii_strtod(row_of(lines, i)[3], NULL) / 1000;
            points += y[points] > 0;
        }
        if (!points || count == G_N_ELEMENTS(series)) {
            i += !points;
            g_free(x);
            g_free(y);
            continue;
        }
        series[count++] = (struct plot_series){
            .name = g_strdup_printf("%s%s%s", first[0], strcmp(first[1], "total") ? ": " : "",
                                    strcmp(first[1], "total") ? first[1] : ""),
            .x = x,
            .y = y,
            .points = points};
    }
    struct plot_panel panel = {.y_label = "latency, us", .series = series, .count = count, .is_log = true, .has_lines = true};
    struct plot plot = {.title = "Latency by percentile",
                        .x_label = "percentile of the frames",
                        .panels = &panel,
                        .panel_count = 1,
                        .x_marks = marks,
                        .x_mark_labels = labels,
                        .x_mark_count = 7};

    if (count)
        add_plot(page, &plot, "latency",
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

/* --- Sections ------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *path)
{
    const char *text = json_string_value(json_find(object, path));

    return text ? text : "";
}

static double number_of(const struct page *page, const char *path)
{
    return json_number(page->report, path);
}

/* The part in use most, and how much. */
static const json_t *busiest_part(const struct page *page, double *share)
{
    const json_t *found = NULL;
    json_t *part;
    size_t i;

    *share = 0;
    json_array_foreach(json_object_get(page->report, "parts"), i, part)
    {
        double each = json_number(part, "utilisation");

        if (each > *share) {
            *share = each;
            found = part;
        }
    }
    return found;
}

static void add_summary(struct page *page)
{
    double share, dropped = number_of(page, "frames.dropped"), offered = number_of(page, "frames.offered");
    const json_t *part = busiest_part(page, &share);
    GString *html = page->html;
    bool is_verified = json_is_true(json_find(page->report, "payload.verified"));
    double simulated_ns = number_of(page, "simulated_time_ns"), application = number_of(page, "throughput.application_bits_per_s");
    double p99_ns = number_of(page, "latency.receive.p99_ns");

    g_string_append(html, "<p class=\"lead\">");
    html_format(html, "The application got %s", format_rate(application).s);
    if (!isnan(p99_ns))
        html_format(html, ", 99 %% of the frames reached the host within %s", format_time(1000 * p99_ns).s);
    html_format(html, ". ");
    if (part && share >= LIMIT_SHARE)
        html_format(html, "What limited it: %s %s, in use %s of the time.", text_of(part, "kind"), text_of(part, "name"),
                    format_share(share).s);
    else if (part)
        html_format(html, "No part was near its limit: the busiest, %s %s, was in use %s of the time.",
                    text_of(part, "kind"), text_of(part, "name"), format_share(share).s);
    if (dropped > 0)
        html_format(html, " %s of %s frames were dropped.", html_count(dropped).s,
                    html_count(offered).s);
    html_format(html, "%s", is_verified ? " Every byte that the host got is right." : "");
    g_string_append(html, "</p>\n");
    if (!is_verified || strcmp(text_of(page->report, "accounting"), "ok")) {
        g_string_append(html, "<p class=\"bad\">");
        html_format(html, "Something is wrong: payload %s, account of frames %s.",
                    is_verified ? "verified" : "not as in the capture", text_of(page->report, "accounting"));
        g_string_append(html, "</p>\n");
    }
    g_string_append(html, "<p class=\"dim\">");
    html_format(html, "%s; %s simulated, ended by: %s; seed %.0f; polynic %s; scenario hash %s",
                text_of(page->report, "scenario.description"), format_time(1000 * simulated_ns).s,
                text_of(page->report, "ended"), number_of(page, "scenario.seed"),
                text_of(page->report, "scenario.program_version"), text_of(page->report, "scenario.hash"));
    g_string_append(html, "</p>\n");
}

static void add_warnings(struct page *page)
{
    json_t *warning;
    size_t i;

    json_array_foreach(json_object_get(page->report, "warnings"), i, warning)
    {
        g_string_append(page->html, "<p class=\"bad\">");
        html_text(page->html, json_is_string(warning) ? json_string_value(warning) : "");
        g_string_append(page->html, "</p>\n");
    }
}

/* What polynic explain says. */
static void add_explanation(struct page *page)
{
    char *text = NULL;
    size_t bytes;
    FILE *stream = open_memstream(&text, &bytes);

    explain_report(page->report, stream);
    fclose(stream);
    html_heading(page->html, "What limited it");
    g_string_append(page->html, "<pre>");
    html_text(page->html, text);
    g_string_append(page->html, "</pre>\n");
    free(text);
}

static void add_throughput(struct page *page)
{
    static const char *const rows[][2] = {{"offered_bits_per_s", "offered"},
                                          {"wire_bits_per_s", "offered, with padding, FCS, preamble and gap"},
                                          {"delivered_bits_per_s", "delivered to host memory"},
                                          {"application_bits_per_s", "to the application"},
                                          {"sent_bits_per_s", "sent"}};

    html_heading(page->html, "Throughput");
    html_table_begin(page->html, "what|>rate");
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *path = g_strdup_printf("throughput.%s", rows[i][0]);

        html_row(page->html, "%s|%s", rows[i][1], format_rate(number_of(page, path)).s);
        g_free(path);
    }
    html_table_end(page->html);
}

static void latency_row(struct page *page, const char *name, const json_t *latency)
{
    static const char *const keys[] = {"mean_ns", "p50_ns", "p90_ns", "p99_ns", "p99_9_ns", "p99_99_ns", "max_ns"};
    GString *row = g_string_new(name);

    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++)
        g_string_append_printf(row, "|%s", format_time(1000 * json_number(latency, keys[i])).s);
    html_row(page->html, "%s", row->str);
    g_string_free(row, TRUE);
}

static void add_latency(struct page *page)
{
    const json_t *receive = json_find(page->report, "latency.receive");
    const char *stage;
    json_t *each;

    html_heading(page->html, "Latency");
    html_table_begin(page->html, "|>mean|>50 %|>90 %|>99 %|>99.9 %|>99.99 %|>max");
    latency_row(page, "receive", receive);
    json_object_foreach((json_t *)(size_t)json_object_get(receive, "stages"), stage, each)
    {
        char *name = g_strdup_printf("\xe2\x80\xa6 %s", stage);

        latency_row(page, name, each);
        g_free(name);
    }
    latency_row(page, "transmit", json_find(page->report, "latency.transmit"));
    html_table_end(page->html);
    add_latency_plot(page);
}

static void add_processors(struct page *page)
{
    json_t *each;
    size_t i;

    html_heading(page->html, "Processors");
    html_table_begin(page->html, "name|>frames|>sessions|>busy|>stalled|>cycles a frame|>instructions a frame|>IPC|>local memory");
    json_array_foreach(json_object_get(page->report, "processors"), i, each)
        html_row(page->html, "%s|%s|%s|%s|%s|%s|%s|%s|%s", text_of(each, "name"),
                 html_count(json_number(each, "frames")).s, html_count(json_number(each, "sessions")).s,
                 format_share(json_number(each, "busy_share")).s, format_share(json_number(each, "stall_share")).s,
                 format_figure(json_number(each, "cycles_per_frame")).s,
                 format_figure(json_number(each, "instructions_per_frame")).s,
                 format_figure(json_number(each, "instructions_per_cycle")).s,
                 html_size(json_number(each, "local_memory_bytes")).s);
    html_table_end(page->html);
    g_string_append(page->html, "<p class=\"dim\">");
    html_format(page->html, "Imbalance (highest over mean): frames %s, sessions %s, busy %s.",
                format_figure(number_of(page, "processor_spread.frames.imbalance")).s,
                format_figure(number_of(page, "processor_spread.sessions.imbalance")).s,
                format_figure(number_of(page, "processor_spread.busy_share.imbalance")).s);
    g_string_append(page->html, "</p>\n");
}

static void add_frames(struct page *page)
{
    static const char *const names[] = {"offered", "delivered", "consumed", "dropped", "in_flight", "repaired",
                                        "synthesised", "forwarded"};
    double offered = number_of(page, "frames.offered");
    json_t *drop;
    size_t i;

    html_heading(page->html, "Frames");
    html_table_begin(page->html, "what|>frames|>share");
    for (unsigned k = 0; k < G_N_ELEMENTS(names); k++) {
        char *path = g_strdup_printf("frames.%s", names[k]);
        double frames = number_of(page, path);

        html_row(page->html, "%s|%s|%s", names[k], html_count(frames).s, format_share(frames / offered).s);
        g_free(path);
    }
    html_table_end(page->html);
    if (!json_array_size(json_object_get(page->report, "drops")))
        return;
    html_heading(page->html, "Dropped frames");
    html_table_begin(page->html, "where|why|>frames|>share");
    json_array_foreach(json_object_get(page->report, "drops"), i, drop)
        html_row(page->html, "%s|%s|%s|%s", text_of(drop, "place"), text_of(drop, "reason"),
                 html_count(json_number(drop, "frames")).s,
                 format_share(json_number(drop, "frames") / offered).s);
    html_table_end(page->html);
}

static void add_connections(struct page *page)
{
    GPtrArray *lines = read_csv(page, "connections.csv");

    if (!lines)
        return;
    html_heading(page->html, "Connections");
    g_string_append(page->html, "<p>");
    html_format(page->html, "%.0f in the capture: %.0f opened, %.0f finished, %.0f reset, %.0f refused.",
                number_of(page, "connections.in_capture"), number_of(page, "connections.opened"),
                number_of(page, "connections.finished"), number_of(page, "connections.reset"),
                number_of(page, "connections.refused"));
    if (lines->len - 1 > MAX_CONNECTIONS)
        html_format(page->html, " The first %d; all are in connections.csv.", MAX_CONNECTIONS);
    g_string_append(page->html, "</p>\n");
    html_table_begin(page->html, "remote|>port|local|>port|>session|>processor|>received|>sent|end|interface");
    for (unsigned i = 1; i < lines->len && i <= MAX_CONNECTIONS; i++) {
        char *cells = g_strjoinv("|", row_of(lines, i));

        html_row(page->html, "%s", cells);
        g_free(cells);
    }
    html_table_end(page->html);
    g_ptr_array_unref(lines);
}

bool page_write_run(const char *folder, struct diagnostics *diagnostics)
{
    char *path = g_build_filename(folder, "report.json", NULL), *to = g_build_filename(folder, "report.html", NULL);
    json_error_t error;
    struct page page = {.folder = folder,
                        .plots = g_build_filename(folder, "plots", NULL),
                        .report = json_load_file(path, 0, &error),
                        .html = g_string_new(NULL),
                        .diagnostics = diagnostics};
    bool written = false;

    page.has_pictures = g_mkdir_with_parents(page.plots, 0777) == 0;
    if (!json_is_object(page.report)) {
        diagnostic_error(diagnostics, path, 0, "no report can be read here%s%s: expected a folder of polynic run --out",
                         page.report ? "" : ": ", page.report ? "" : error.text);
    } else {
        const char *name = text_of(page.report, "scenario.name");

        html_begin(page.html, name);
        g_string_append(page.html, "<h1>");
        html_text(page.html, name);
        g_string_append(page.html, "</h1>\n");
        add_summary(&page);
        add_warnings(&page);
        page_card(page.html, json_object_get(page.report, "parts"));
        add_explanation(&page);
        add_throughput(&page);
        add_timeline(&page);
        add_latency(&page);
        add_processors(&page);
        add_frames(&page);
        add_connections(&page);
        html_end(page.html);
        written = result_file_write(to, page.html->str, page.html->len, diagnostics);
    }
    json_decref(page.report);
    g_string_free(page.html, TRUE);
    g_free(page.plots);
    g_free(to);
    g_free(path);
    return written;
}
