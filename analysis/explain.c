#include "analysis/explain.h"

#include "analysis/format.h"
#include "analysis/page_html.h"

#include <glib.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double LIMIT_SHARE = 0.9; /* in use for more than this: it limits */

struct group { /* of parts that share a kind and a group's name; else a part alone */
    const char *kind, *name;
    unsigned count;
    double most, sum; /* utilisation */
    const char *busiest;
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static void add_part(GArray *groups, const json_t *part, double utilisation)
{
    const char *kind = text_of(part, "kind"), *name = text_of(part, "group");
    unsigned i = 0;

    if (!*name)
        name = text_of(part, "name");
    while (i < groups->len && (strcmp(g_array_index(groups, struct group, i).kind, kind) ||
                               strcmp(g_array_index(groups, struct group, i).name, name)))
        i++;
    if (i == groups->len) {
        struct group group = {.kind = kind, .name = name, .most = -1};

        g_array_append_val(groups, group);
    }
    struct group *group = &g_array_index(groups, struct group, i);

    group->count++;
    group->sum += utilisation;
    if (utilisation > group->most) {
        group->most = utilisation;
        group->busiest = text_of(part, "name");
    }
}

static int by_most(const void *a, const void *b)
{
    double first = ((const struct group *)a)->most, second = ((const struct group *)b)->most;

    return (first < second) - (first > second);
}

static GArray *groups_of(const json_t *report)
{
    GArray *groups = g_array_new(FALSE, TRUE, sizeof(struct group));
    json_t *part;
    size_t i;

    json_array_foreach(json_object_get(report, "parts"), i, part)
    {
        double utilisation = json_number(part, "utilisation");

        if (!isnan(utilisation))
            add_part(groups, part, utilisation);
    }
    if (groups->len)
        qsort(groups->data, groups->len, sizeof(struct group), by_most);
    return groups;
}

static void print_shares(const GArray *groups, FILE *stream)
{
    fprintf(stream, "In use\n");
    for (unsigned i = 0; i < groups->len; i++) {
        const struct group *group = &g_array_index(groups, struct group, i);
        double mean = group->sum / group->count;

        fprintf(stream, "  %-20s %-10s %8s", group->name, group->kind, format_share(group->most).s);
        if (group->count > 1)
            fprintf(stream, "  %s; %u of them, %s in the mean%s", group->busiest, group->count, format_share(mean).s,
                    group->most > 1.2 * mean ? ": uneven" : "");
        fputc('\n', stream);
    }
}

static void print_limit(const GArray *groups, const json_t *report, FILE *stream)
{
    const struct group *first = (const struct group *)(const void *)groups->data;
    double rate = json_number(report, "throughput.application_bits_per_s");

    if (groups->len == 0)
        return;
    fprintf(stream, "\nThe limit\n");
    if (first->most < LIMIT_SHARE) {
        fprintf(stream,
                "  None of the parts: the busiest, %s, is in use %s of the time. The load, the latency of one thing after\n"
                "  another, or the clients' windows decide the rate. About %.1f times the load would fill %s.\n",
                first->busiest, format_share(first->most).s, first->most > 0 ? 1 / first->most : 0, first->busiest);
        return;
    }
    fprintf(stream, "  %s %s: in use %s of the time at %s to the application.\n", first->kind, first->busiest,
            format_share(first->most).s, format_rate(rate).s);
    if (first->count > 1 && first->most > 1.2 * first->sum / first->count)
        fprintf(stream,
                "  Its neighbours are idle meanwhile: spread evenly, the same %u would carry %.2f times as much (other\n"
                "  hash functions, fields or tables: polynic hash shows what they would do).\n",
                first->count, first->most * first->count / first->sum);
    if (groups->len > 1) {
        const struct group *next = &g_array_index(groups, struct group, 1);
        double grows = next->most > 0 ? MIN(2, first->most / next->most) : 2;

        fprintf(stream, "  Twice as much of it (%s) would allow %.2f times the rate, %s;\n",
                first->count > 1 ? "as many again, or as fast again" : "as fast again", grows,
                format_rate(rate * grows).s);
        if (grows < 2)
            fprintf(stream, "  then %s %s is the next limit.\n", next->kind, next->busiest);
        else
            fprintf(stream, "  it would still be the limit: %s %s, the next, is in use %s of the time.\n", next->kind,
                    next->busiest, format_share(next->most).s);
    }
}

static void print_queues(const json_t *report, FILE *stream)
{
    const json_t *receive = json_find(report, "latency.receive");
    double count = json_number(receive, "count"), ns = json_number(report, "measured_window_ns");
    const char *stage;
    json_t *each;

    if (isnan(ns))
        ns = json_number(report, "simulated_time_ns");
    double per_ns = count / ns;

    if (!(per_ns > 0))
        return;
    fprintf(stream, "\nWhere delivered frames are, in the mean (Little's law: rate x time), at %s frames/s\n",
            format_figure(1e9 * per_ns).s);
    json_object_foreach((json_t *)(size_t)json_object_get(receive, "stages"), stage, each)
    {
        double mean_ns = json_number(each, "mean_ns");

        fprintf(stream, "  %-8s %10s each, %8s frames at a time, %s of the latency\n", stage,
                format_time(1000 * mean_ns).s, format_figure(per_ns * mean_ns).s,
                format_share(mean_ns / json_number(receive, "mean_ns")).s);
    }
}

static void print_drops(const json_t *report, FILE *stream)
{
    double before = json_number(report, "frames.in_flight_before");
    double offered = json_number(report, "frames.offered") + (isnan(before) ? 0 : before);
    double forwarded = json_number(report, "frames.forwarded");
    json_t *drop;
    size_t i;

    if (json_array_size(json_object_get(report, "drops")))
        fprintf(stream, "\nDropped\n");
    json_array_foreach(json_object_get(report, "drops"), i, drop)
        fprintf(stream, "  %s at %s: %s of the frames offered\n", text_of(drop, "reason"), text_of(drop, "place"),
                format_share(json_number(drop, "frames") / offered).s);
    if (forwarded > 0)
        fprintf(stream, "\n  %s of the frames came to a processor that does not own their session, and were handed over.\n",
                format_share(forwarded / offered).s);
}

static void print_memory(const json_t *report, FILE *stream)
{
    double all = 0, used = 0;
    json_t *each;
    size_t i;

    json_array_foreach(json_object_get(report, "processors"), i, each)
    {
        double bytes = json_number(each, "local_memory_bytes"), of_it = json_number(each, "local_memory_used_bytes");
        double lowest = json_number(each, "heap_lowest_free_bytes");

        if (isnan(bytes))
            continue;
        all += bytes;
        used += isnan(lowest) ? of_it : bytes - lowest;
    }
    if (all > 0)
        fprintf(stream,
                "\nMemory\n  %zu processors have %s of local memory, %.3g Mbit; at most %s of it was used, %s a processor.\n",
                json_array_size(json_object_get(report, "processors")), html_size(all).s, 8 * all / 1e6, html_size(used).s,
                html_size(used / (double)json_array_size(json_object_get(report, "processors"))).s);
}

static void print_window(const json_t *report, FILE *stream)
{
    double from_ns = json_number(report, "measure.from_ns"), to_ns = json_number(report, "measure.to_ns");

    if (!isnan(from_ns) && !isnan(to_ns))
        fprintf(stream, "Of the window from %s to %s:\n\n", format_time(1000 * from_ns).s, format_time(1000 * to_ns).s);
}

void explain_report(const json_t *report, FILE *stream)
{
    GArray *groups = groups_of(report);

    print_window(report, stream);
    print_shares(groups, stream);
    print_limit(groups, report, stream);
    print_queues(report, stream);
    print_drops(report, stream);
    print_memory(report, stream);
    g_array_unref(groups);
}

bool explain_run(const char *folder, FILE *stream, struct diagnostics *diagnostics)
{
    char *path = g_build_filename(folder, "report.json", NULL);
    json_error_t error;
    json_t *report = json_load_file(path, 0, &error);
    bool is_report = json_is_object(report);

    if (is_report) {
        fprintf(stream, "%s: %s\n\n", folder, text_of(json_object_get(report, "scenario"), "description"));
        explain_report(report, stream);
    } else {
        diagnostic_error(diagnostics, path, 0, "no report can be read here%s%s: expected a folder of polynic run --out",
                         report ? "" : ": ", report ? "" : error.text);
    }
    json_decref(report);
    g_free(path);
    return is_report;
}
