/* page_run.c - report.html of a run, from report.json, latency.csv, timeline.csv and connections.csv of its folder. */
#include "analysis/page.h"

#include "analysis/explain.h"
#include "analysis/format.h"
#include "analysis/page_card.h"
#include "analysis/page_html.h"
#include "analysis/page_run.h"
#include "analysis/result_file.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CONNECTIONS = 2000, CONNECTIONS_BYTES = 2 << 20 /* of HTML */ };

static const double LIMIT_SHARE = 0.9; /* a part in use for more than this is said to be the limit */

/* --- Sections ------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *path)
{
    const char *text = json_string_value(json_find(object, path));

    return text ? text : "";
}

static double number_of(const struct run_page *page, const char *path)
{
    return json_number(page->report, path);
}

/* The part in use most, and how much; of all kinds but one, if that is given. */
static const json_t *busiest_part(const struct run_page *page, const char *but_kind, double *share)
{
    const json_t *found = NULL;
    json_t *part;
    size_t i;

    *share = 0;
    json_array_foreach(json_object_get(page->report, "parts"), i, part)
    {
        double each = json_number(part, "utilisation");

        if (each > *share && (!but_kind || strcmp(text_of(part, "kind"), but_kind))) {
            *share = each;
            found = part;
        }
    }
    return found;
}

/* By how much it limits: what would come next, and how far that is. */
static void add_limit(struct run_page *page, const json_t *part, double share)
{
    double next_share;
    const json_t *next = busiest_part(page, text_of(part, "kind"), &next_share);

    html_format(page->html, "What limited it: %s %s, in use %s of the time.", text_of(part, "kind"),
                text_of(part, "name"), format_share(share).s);
    if (next)
        html_format(page->html, " The next limit, %s %s, was in use %s: without the first, up to %.3g times as much.",
                    text_of(next, "kind"), text_of(next, "name"), format_share(next_share).s, share / next_share);
}

static void add_summary(struct run_page *page)
{
    double share, dropped = number_of(page, "frames.dropped"), offered = number_of(page, "frames.offered");
    const json_t *part = busiest_part(page, NULL, &share);
    GString *html = page->html;
    bool is_verified = json_is_true(json_find(page->report, "payload.verified"));
    double simulated_ns = number_of(page, "simulated_time_ns"), application = number_of(page, "throughput.application_bits_per_s");
    double p99_ns = number_of(page, "latency.receive.p99_ns");
    double from_ns = number_of(page, "measure.from_ns"), to_ns = number_of(page, "measure.to_ns");
    bool is_cut = !strcmp(text_of(page->report, "ended"), "cooldown over") && !(number_of(page, "payload.mismatched_bytes") > 0);

    g_string_append(html, "<p class=\"lead\">");
    if (!isnan(from_ns) && !isnan(to_ns))
        html_format(html, "In the window from %s to %s, of which all figures here are: ", format_time(1000 * from_ns).s,
                    format_time(1000 * to_ns).s);
    html_format(html, "The application got %s", format_rate(application).s);
    if (!isnan(number_of(page, "measure.delivered_bits_per_s.half_width_95")))
        html_format(html, " (frames delivered: %s ± %s with 95 %% confidence)",
                    format_rate(number_of(page, "measure.delivered_bits_per_s.mean")).s,
                    format_rate(number_of(page, "measure.delivered_bits_per_s.half_width_95")).s);
    if (!isnan(p99_ns))
        html_format(html, ", 99 %% of the frames reached the host within %s", format_time(1000 * p99_ns).s);
    html_format(html, ". ");
    if (part && share >= LIMIT_SHARE)
        add_limit(page, part, share);
    else if (part)
        html_format(html, "No part was near its limit: the busiest, %s %s, was in use %s of the time.",
                    text_of(part, "kind"), text_of(part, "name"), format_share(share).s);
    if (dropped > 0)
        html_format(html, " %s of %s frames were dropped.", html_count(dropped).s,
                    html_count(offered).s);
    html_format(html, "%s", is_verified ? " Every byte that the host got is right." : "");
    g_string_append(html, "</p>\n");
    if ((!is_verified && !is_cut) || strcmp(text_of(page->report, "accounting"), "ok")) {
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

static void add_warnings(struct run_page *page)
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
static void add_explanation(struct run_page *page)
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

static void add_throughput(struct run_page *page)
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

static void add_hosts(struct run_page *page)
{
    json_t *each, *hosts = json_object_get(page->report, "hosts");
    size_t i;

    if (!json_array_size(hosts)) /* also of a report that an older polynic wrote */
        return;
    html_heading(page->html, "Host cost");
    html_table_begin(page->html, "host|>cycles a payload byte|>cycles a connection|>cycles of driver and sockets|"
                                 ">cycles of the protocol stack|>clock");
    json_array_foreach(hosts, i, each)
        html_row(page->html, "%s|%s|%s|%s|%s|%s GHz", text_of(each, "name"),
                 format_figure(json_number(each, "cycles_per_byte")).s,
                 format_figure(json_number(each, "cycles_per_connection")).s,
                 html_count(json_number(each, "driver_cycles")).s, html_count(json_number(each, "stack_cycles")).s,
                 format_figure(json_number(each, "clock_hz") / 1e9).s);
    html_table_end(page->html);
}

static void latency_row(struct run_page *page, const char *name, const json_t *latency)
{
    static const char *const keys[] = {"mean_ns", "p50_ns", "p90_ns", "p99_ns", "p99_9_ns", "p99_99_ns", "max_ns"};
    GString *row = g_string_new(name);

    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++)
        g_string_append_printf(row, "|%s", format_time(1000 * json_number(latency, keys[i])).s);
    html_row(page->html, "%s", row->str);
    g_string_free(row, TRUE);
}

static void add_latency(struct run_page *page)
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
    run_page_percentiles(page);
    run_page_stages(page);
}

static void add_portions(struct run_page *page)
{
    json_t *each;
    size_t i;

    html_heading(page->html, "Portions of packet memory, and local memory");
    html_table_begin(page->html, "name|>portion|>receive buffers|>most used|>frames dropped for buffers|>connections at once|"
                                 ">heap of each|>connections that fit");
    json_array_foreach(json_object_get(page->report, "processors"), i, each)
        html_row(page->html, "%s|%s|%s|%s|%s|%s|%s|%s", text_of(each, "name"), html_size(json_number(each, "portion_bytes")).s,
                 html_count(json_number(each, "rx_buffers")).s, html_count(json_number(each, "rx_buffers_used_most")).s,
                 html_count(json_number(each, "rx_dropped_for_buffers")).s,
                 html_count(json_number(each, "connections_most")).s, html_size(json_number(each, "connection_heap_bytes")).s,
                 html_count(json_number(each, "connections_fit")).s);
    html_table_end(page->html);
}

static void add_processors(struct run_page *page)
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
    run_page_load(page);
    add_portions(page);
}

static void add_frames(struct run_page *page)
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
    run_page_drops(page);
}

static void add_connections(struct run_page *page)
{
    GPtrArray *lines = run_page_csv(page, "connections.csv");
    unsigned shown = 0;

    if (!lines)
        return;
    html_heading(page->html, "Connections");
    g_string_append(page->html, "<p>");
    html_format(page->html, "%.0f in the capture: %.0f opened, %.0f finished, %.0f reset, %.0f refused.",
                number_of(page, "connections.in_capture"), number_of(page, "connections.opened"),
                number_of(page, "connections.finished"), number_of(page, "connections.reset"),
                number_of(page, "connections.refused"));
    g_string_append(page->html, " <span class=\"screen\">Click on a heading to sort.</span></p>\n");
    gsize begin = page->html->len;

    html_sortable_begin(page->html, "remote|>port|local|>port|>session|>processor|>received, bytes|>sent, bytes|end|interface|host");
    for (; shown + 1 < lines->len && shown < MAX_CONNECTIONS && page->html->len - begin < CONNECTIONS_BYTES; shown++) {
        char *cells = g_strjoinv("|", g_ptr_array_index(lines, shown + 1));

        html_row(page->html, "%s", cells);
        g_free(cells);
    }
    html_table_end(page->html);
    g_string_append(page->html, "<p class=\"dim\">");
    if (shown + 1 < lines->len)
        html_format(page->html, "The first %u of %u: all are in connections.csv. ", shown, lines->len - 1);
    if (shown > HTML_PRINTED_ROWS)
        html_format(page->html, "Paper has the first %d.", HTML_PRINTED_ROWS);
    g_string_append(page->html, "</p>\n");
    g_ptr_array_unref(lines);
}

bool page_write_run(const char *folder, struct diagnostics *diagnostics)
{
    char *path = g_build_filename(folder, "report.json", NULL), *to = g_build_filename(folder, "report.html", NULL);
    json_error_t error;
    struct run_page page = {.folder = folder, .report = json_load_file(path, 0, &error), .html = g_string_new(NULL)};
    bool written = false;

    page_plots_begin(&page.plots, folder, diagnostics);
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
        add_hosts(&page);
        run_page_timeline(&page);
        add_latency(&page);
        add_processors(&page);
        add_frames(&page);
        add_connections(&page);
        html_end(page.html);
        written = result_file_write(to, page.html->str, page.html->len, diagnostics);
    }
    json_decref(page.report);
    g_string_free(page.html, TRUE);
    page_plots_end(&page.plots);
    g_free(to);
    g_free(path);
    return written;
}
