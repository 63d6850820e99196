#include "sim/command_run_timeline.h"

#include "analysis/format.h"
#include "analysis/result_file.h"
#include "models/port.h"
#include "models/traffic.h"
#include "sim/command_run.h"

#include <string.h>

enum { FIRST_INTERVAL_PS = 1000000 };

enum column_kind { COLUMN_OFFERED, COLUMN_DELIVERED, COLUMN_SENT, COLUMN_IN_FLIGHT, COLUMN_FIFO, COLUMN_QUEUE };

struct timeline_column {
    enum column_kind kind;
    const struct part *part; /* of a port or processor */
};

static bool is_level(enum column_kind kind)
{
    return kind >= COLUMN_IN_FLIGHT;
}

static uint64_t of_all_traffic(const struct run *run, size_t offset)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < run->sim->part_count; i++)
        if (run->sim->parts[i]->kind == &traffic_kind)
            sum += *(const uint64_t *)((const char *)&((const struct traffic *)run->sim->parts[i])->ledger + offset);
    return sum;
}

static uint64_t now_of(const struct run *run, const struct timeline_column *column)
{
    switch (column->kind) {
    case COLUMN_OFFERED:
        return of_all_traffic(run, offsetof(struct ledger, offered_bytes));
    case COLUMN_DELIVERED:
        return run->delivered_bytes;
    case COLUMN_SENT:
        return run->sent_bytes;
    case COLUMN_IN_FLIGHT:
        return of_all_traffic(run, offsetof(struct ledger, in_flight));
    case COLUMN_FIFO:
        return ((const struct port *)column->part)->stats.rx_fifo_used;
    case COLUMN_QUEUE:
        return processor_rx_queued((const struct processor *)column->part);
    }
    return 0;
}

/* Two neighbours become the second of them, with the larger of their levels. */
static void halve(struct timeline *timeline)
{
    unsigned width = timeline->columns->len;

    for (unsigned i = 0; i < timeline->count / 2; i++) {
        const uint64_t *first = timeline->values + (gsize)(2 * i) * width, *second = first + width;
        uint64_t *to = timeline->values + (gsize)i * width;

        for (unsigned k = 0; k < width; k++)
            to[k] = is_level(g_array_index(timeline->columns, struct timeline_column, k).kind) ? MAX(first[k], second[k])
                                                                                              : second[k];
        timeline->times_ps[i] = timeline->times_ps[2 * i + 1];
        timeline->latencies[i] = timeline->latencies[2 * i];
        coarse_histogram_merge(&timeline->latencies[i], &timeline->latencies[2 * i + 1]);
    }
    timeline->count /= 2;
    memset(timeline->latencies + timeline->count, 0,
           (TIMELINE_SAMPLES - timeline->count) * sizeof *timeline->latencies);
    timeline->interval_ps *= 2;
}

static void take_sample(struct timeline *timeline)
{
    unsigned width = timeline->columns->len;
    uint64_t *row = timeline->values + (gsize)timeline->count * width;

    for (unsigned k = 0; k < width; k++)
        row[k] = now_of(timeline->run, &g_array_index(timeline->columns, struct timeline_column, k));
    timeline->times_ps[timeline->count++] = sim_now(timeline->run->sim);
}

static void sample_event(void *owner)
{
    struct timeline *timeline = owner;

    take_sample(timeline);
    if (timeline->count == TIMELINE_SAMPLES)
        halve(timeline);
    event_at(&timeline->event, sim_now(timeline->run->sim) + timeline->interval_ps);
}

void timeline_begin(struct timeline *timeline, const struct run *run)
{
    struct sim *sim = run->sim;

    *timeline = (struct timeline){.run = run, .interval_ps = FIRST_INTERVAL_PS};
    timeline->columns = g_array_new(FALSE, FALSE, sizeof(struct timeline_column));
    for (enum column_kind kind = COLUMN_OFFERED; kind <= COLUMN_IN_FLIGHT; kind++)
        g_array_append_val(timeline->columns, ((struct timeline_column){.kind = kind}));
    for (unsigned i = 0; i < sim->part_count; i++) {
        struct timeline_column column = {.kind = sim->parts[i]->kind == &port_kind ? COLUMN_FIFO : COLUMN_QUEUE,
                                         .part = sim->parts[i]};

        if (sim->parts[i]->kind == &port_kind || sim->parts[i]->kind == &processor_kind)
            g_array_append_val(timeline->columns, column);
    }
    timeline->values = g_new(uint64_t, (gsize)TIMELINE_SAMPLES * timeline->columns->len);
    timeline->times_ps = g_new(uint64_t, TIMELINE_SAMPLES);
    timeline->latencies = g_new0(struct coarse_histogram, TIMELINE_SAMPLES);
    event_init(&timeline->event, sim_find_part(sim, "sim", NULL), timeline, "timeline", sample_event);
    event_set_priority(&timeline->event, EVENT_OBSERVER);
    event_at(&timeline->event, timeline->interval_ps);
}

void timeline_delivered(struct timeline *timeline, uint64_t latency_ps)
{
    if (timeline && timeline->latencies)
        coarse_histogram_add(&timeline->latencies[timeline->count], latency_ps);
}

/* What came since the last sample becomes one; at the last's own time it belongs to that. */
static void take_last_sample(struct timeline *timeline)
{
    if (!timeline->count || timeline->times_ps[timeline->count - 1] < sim_now(timeline->run->sim))
        take_sample(timeline);
    else
        coarse_histogram_merge(&timeline->latencies[timeline->count - 1], &timeline->latencies[timeline->count]);
}

static void append_header(GString *text, const struct timeline *timeline)
{
    static const char *const names[] = {"offered_bits_per_s", "delivered_bits_per_s", "sent_bits_per_s",
                                        "frames_in_flight"};

    g_string_append(text, "time_ns");
    for (unsigned k = 0; k < timeline->columns->len; k++) {
        const struct timeline_column *column = &g_array_index(timeline->columns, struct timeline_column, k);

        if (!column->part)
            g_string_append_printf(text, ",%s", names[column->kind]);
        else
            g_string_append_printf(text, ",%s.%s", column->part->name,
                                   column->kind == COLUMN_FIFO ? "rx_fifo_bytes" : "rx_queue_buffers");
    }
    g_string_append(text, ",receive_p50_ns,receive_p99_ns,receive_max_ns\n");
}

static void append_latencies(GString *text, const struct coarse_histogram *latencies)
{
    if (!latencies->count)
        g_string_append(text, ",,,\n");
    else
        g_string_append_printf(text, ",%s,%s,%s\n", format_ns(coarse_histogram_percentile(latencies, 50)).s,
                               format_ns(coarse_histogram_percentile(latencies, 99)).s, format_ns(latencies->max).s);
}

void timeline_write(struct timeline *timeline, const char *directory, struct diagnostics *diagnostics)
{
    char *path = g_build_filename(directory, "timeline.csv", NULL);
    GString *text = g_string_new(NULL);
    unsigned width = timeline->columns->len;

    take_last_sample(timeline);
    append_header(text, timeline);
    for (unsigned i = 0; i < timeline->count; i++) {
        const uint64_t *row = timeline->values + (gsize)i * width, *before = i ? row - width : NULL;
        uint64_t ps = timeline->times_ps[i] - (i ? timeline->times_ps[i - 1] : 0);

        g_string_append_printf(text, "%llu.%03u", (unsigned long long)(timeline->times_ps[i] / 1000),
                               (unsigned)(timeline->times_ps[i] % 1000));
        for (unsigned k = 0; k < width; k++) {
            uint64_t value = row[k];

            if (!is_level(g_array_index(timeline->columns, struct timeline_column, k).kind))
                value = (uint64_t)((unsigned __int128)(row[k] - (before ? before[k] : 0)) * 8 * PS_PER_SECOND / MAX(ps, 1));
            g_string_append_printf(text, ",%llu", (unsigned long long)value);
        }
        append_latencies(text, &timeline->latencies[i]);
    }
    result_file_write(path, text->str, text->len, diagnostics);
    g_string_free(text, TRUE);
    g_free(path);
}

void timeline_free(struct timeline *timeline)
{
    if (timeline->columns)
        g_array_unref(timeline->columns);
    g_free(timeline->values);
    g_free(timeline->times_ps);
    g_free(timeline->latencies);
}
