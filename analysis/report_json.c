#include "analysis/report.h"

#include <glib.h>
#include <jansson.h>
#include <math.h>

enum {
    REPORT_VERSION = 1, /* goes up when a name goes or changes its meaning, not when one comes */
    /* Every real is rounded to some decimals; 15 significant digits print what was rounded, no
       more. */
    DUMP_FLAGS = JSON_INDENT(2) | JSON_REAL_PRECISION(15),
    SHARE_DECIMALS = 6,
    FIGURE_DECIMALS = 3,
};

/* --- Values ----------------------------------------------------------------------------------- */

/* jansson's integers are signed. A counter beyond them has wrapped or is a bug: shown as the real
 * that it is near, not as a negative number. */
static json_t *count(uint64_t value)
{
    return value <= INT64_MAX ? json_integer((json_int_t)value) : json_real((double)value);
}

static json_t *real(double value, int decimals)
{
    double scale = pow(10, decimals);

    return isnan(value) ? json_null() : json_real(round(value * scale) / scale);
}

static json_t *share(double value)
{
    return real(value, SHARE_DECIMALS);
}

static json_t *figure(double value)
{
    return real(value, FIGURE_DECIMALS);
}

static json_t *whole(double value)
{
    return isnan(value) ? json_null() : count((uint64_t)round(value));
}

static json_t *ns(uint64_t ps)
{
    return json_real((double)ps / 1000);
}

/* A name from a capture or a scenario may hold anything; JSON holds UTF-8. */
static json_t *text(const char *value)
{
    if (!value)
        return json_null();

    char *valid = g_utf8_make_valid(value, -1);
    json_t *string = json_string(valid);
    g_free(valid);
    return string;
}

/* Seeds are used again, so all digits count. */
static json_t *seed(uint64_t value)
{
    return value <= INT64_MAX ? count(value) : json_sprintf("%llu", (unsigned long long)value);
}

static void put(json_t *object, const char *name, json_t *value)
{
    json_object_set_new(object, name, value);
}

/* --- Sections --------------------------------------------------------------------------------- */

static json_t *scenario(const struct results *results)
{
    json_t *object = json_object();

    put(object, "name", text(results->scenario_name));
    put(object, "hash", text(results->scenario_hash));
    put(object, "seed", seed(results->seed));
    put(object, "program_version", text(results->program_version));
    put(object, "description", text(results->description));
    return object;
}

static json_t *frames(const struct results_frames *f)
{
    json_t *object = json_object();

    put(object, "offered", count(f->offered));
    put(object, "delivered", count(f->delivered));
    put(object, "consumed", count(f->consumed));
    put(object, "dropped", count(f->dropped));
    put(object, "in_flight", count(f->in_flight));
    put(object, "in_flight_before", count(f->in_flight_before));
    put(object, "repaired", count(f->repaired));
    put(object, "synthesised", count(f->synthesised));
    put(object, "forwarded", count(f->forwarded));
    put(object, "offered_bytes", count(f->offered_bytes));
    put(object, "delivered_bytes", count(f->delivered_bytes));
    put(object, "sent", count(f->sent));
    put(object, "sent_bytes", count(f->sent_bytes));
    return object;
}

static json_t *payload(const struct results *results)
{
    json_t *object = json_object();

    put(object, "expected_bytes", count(results->payload.expected_bytes));
    put(object, "delivered_bytes", count(results->payload.delivered_bytes));
    put(object, "mismatched_bytes", count(results->payload.mismatched_bytes));
    put(object, "verified", json_boolean(results_verified(results)));
    return object;
}

static json_t *connections(const struct results_connections *c)
{
    json_t *object = json_object();

    put(object, "in_capture", count(c->in_capture));
    put(object, "midstream", count(c->midstream));
    put(object, "opened", count(c->opened));
    put(object, "finished", count(c->finished));
    put(object, "reset", count(c->reset));
    put(object, "refused", count(c->refused));
    return object;
}

static json_t *throughput(const struct results *results)
{
    json_t *object = json_object();

    put(object, "offered_bits_per_s", whole(results->offered_bits_per_s));
    put(object, "wire_bits_per_s", whole(results->wire_bits_per_s));
    put(object, "delivered_bits_per_s", whole(results->delivered_bits_per_s));
    put(object, "application_bits_per_s", whole(results->application_bits_per_s));
    put(object, "sent_bits_per_s", whole(results->sent_bits_per_s));
    return object;
}

static json_t *latency(const struct results_latency *latency)
{
    json_t *object = json_object();
    const struct {
        const char *name;
        uint64_t ps;
    } list[] = {
        {"min_ns", latency->min_ps},     {"p50_ns", latency->p50_ps},
        {"p90_ns", latency->p90_ps},     {"p99_ns", latency->p99_ps},
        {"p99_9_ns", latency->p99_9_ps}, {"p99_99_ns", latency->p99_99_ps},
        {"max_ns", latency->max_ps},
    };

    put(object, "count", count(latency->count));
    put(object, "mean_ns", figure(latency->mean_ps / 1000));
    for (unsigned i = 0; i < G_N_ELEMENTS(list); i++)
        put(object, list[i].name, latency->count ? ns(list[i].ps) : json_null());
    return object;
}

static json_t *latencies(const struct results *results)
{
    json_t *object = json_object(), *receive = latency(&results->receive_latency);
    json_t *stages = json_object();

    for (unsigned i = 0; i < RESULTS_STAGES; i++)
        put(stages, results_stage_names[i], latency(&results->stage_latency[i]));
    put(receive, "stages", stages);
    put(object, "receive", receive);
    put(object, "transmit", latency(&results->transmit_latency));
    return object;
}

static json_t *drops(const struct results *results)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < results->drop_count; i++) {
        json_t *object = json_object();
        put(object, "place", text(results->drops[i].place));
        put(object, "reason", text(results->drops[i].reason));
        put(object, "frames", count(results->drops[i].frames));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *processor(const struct results_processor *p)
{
    json_t *object = json_object();

    put(object, "name", text(p->name));
    put(object, "frames", count(p->frames));
    put(object, "sessions", count(p->sessions));
    put(object, "sessions_lost", count(p->sessions_lost));
    put(object, "busy_share", share(p->busy_share));
    put(object, "stall_share", share(p->stall_share));
    put(object, "cycles_per_frame", figure(p->cycles_per_frame));
    put(object, "instructions_per_frame", figure(p->instructions_per_frame));
    put(object, "instructions_per_cycle", share(p->instructions_per_cycle));
    put(object, "instructions", count(p->instructions));
    put(object, "cycles", count(p->cycles));
    put(object, "busy_cycles", count(p->busy_cycles));
    put(object, "stall_cycles", count(p->stall_cycles));
    put(object, "local_memory_bytes", count(p->local_memory_bytes));
    put(object, "local_memory_used_bytes", count(p->local_memory_used_bytes));
    put(object, "heap_lowest_free_bytes", count(p->heap_lowest_free_bytes));
    put(object, "heap_failures", count(p->heap_failures));
    put(object, "portion_bytes", count(p->portion_bytes));
    put(object, "portion_checks", count(p->portion_checks));
    put(object, "rx_buffers", count(p->rx_buffers));
    put(object, "rx_buffers_used_most", count(p->rx_buffers_used));
    put(object, "rx_dropped_for_buffers", count(p->rx_dropped));
    put(object, "connections_most", count(p->connections_most));
    put(object, "connection_heap_bytes", count(p->connection_bytes));
    put(object, "connections_fit", count(p->connections_fit));
    put(object, "lookup", text(p->lookup));
    put(object, "fault", text(p->fault));
    return object;
}

static json_t *processors(const struct results *results)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < results->processor_count; i++)
        json_array_append_new(list, processor(&results->processors[i]));
    return list;
}

static json_t *spread(const struct results_spread *spread, int decimals)
{
    json_t *object = json_object();

    put(object, "min", real(spread->min, decimals));
    put(object, "mean", real(spread->mean, decimals));
    put(object, "max", real(spread->max, decimals));
    put(object, "imbalance", real(spread->imbalance, FIGURE_DECIMALS));
    return object;
}

static json_t *processor_spread(const struct results *results)
{
    json_t *object = json_object();

    put(object, "frames", spread(&results->spread.frames, FIGURE_DECIMALS));
    put(object, "sessions", spread(&results->spread.sessions, FIGURE_DECIMALS));
    put(object, "busy_share", spread(&results->spread.busy_share, SHARE_DECIMALS));
    put(object, "stall_share", spread(&results->spread.stall_share, SHARE_DECIMALS));
    put(object, "cycles_per_frame", spread(&results->spread.cycles_per_frame, FIGURE_DECIMALS));
    put(object, "instructions_per_frame",
        spread(&results->spread.instructions_per_frame, FIGURE_DECIMALS));
    put(object, "instructions_per_cycle",
        spread(&results->spread.instructions_per_cycle, SHARE_DECIMALS));
    return object;
}

static json_t *hosts(const struct results *results)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < results->host_count; i++) {
        const struct results_host *host = &results->hosts[i];
        json_t *object = json_object();

        put(object, "name", text(host->name));
        put(object, "clock_hz", count(host->clock_hz));
        put(object, "cycles", count(host->cycles));
        put(object, "driver_cycles", count(host->driver_cycles));
        put(object, "stack_cycles", count(host->stack_cycles));
        put(object, "payload_bytes", count(host->payload_bytes));
        put(object, "connections", count(host->connections));
        put(object, "cycles_per_byte", figure(host->cycles_per_byte));
        put(object, "cycles_per_connection", figure(host->cycles_per_connection));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *values(const struct results_value *list, unsigned value_count)
{
    json_t *object = json_object();

    for (unsigned i = 0; i < value_count; i++)
        put(object, list[i].name, count(list[i].value));
    return object;
}

static json_t *parts(const struct results *results)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < results->part_count; i++) {
        const struct results_part *part = &results->parts[i];
        json_t *object = json_object();
        put(object, "name", text(part->name));
        put(object, "kind", text(part->kind));
        put(object, "group", text(part->group));
        put(object, "utilisation", share(part->utilisation));
        put(object, "statistics", values(part->statistics, part->statistic_count));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *masters(const struct results *results)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < results->master_count; i++) {
        const struct results_master *master = &results->masters[i];
        json_t *object = json_object();
        double mean_ns = master->requests ? (double)master->wait_ps / 1000 / (double)master->requests : NAN;
        put(object, "bus", text(master->bus));
        put(object, "name", text(master->name));
        put(object, "group", text(master->group));
        put(object, "requests", count(master->requests));
        put(object, "bytes", count(master->bytes));
        put(object, "beats", count(master->beats));
        put(object, "mean_wait_ns", real(mean_ns, 3));
        put(object, "share", share(master->share));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *warnings(const struct results *results)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < results->warning_count; i++)
        json_array_append_new(list, text(results->warnings[i]));
    return list;
}

static json_t *rates(const struct results *results)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < results->rate_count; i++) {
        const struct results_rate *rate = &results->rates[i];
        json_t *object = json_object();

        put(object, "traffic", text(rate->traffic));
        put(object, "kind", text(rate->kind));
        put(object, "asked", share(rate->asked));
        put(object, "reached_multiplier", share(rate->multiplier));
        put(object, "reached_mbps", share(rate->mbps));
        put(object, "reached_pps", share(rate->pps));
        put(object, "frames", count(rate->frames));
        put(object, "bits", count(rate->bits));
        put(object, "span_ns", ns(rate->span_ps));
        put(object, "captured_span_ns", ns(rate->captured_span_ps));
        put(object, "flow_control", json_boolean(rate->flow_control));
        json_array_append_new(list, object);
    }
    return list;
}

/* NULL: nothing was estimated. */
static json_t *estimate(const struct batches_estimate *estimate, double unit)
{
    json_t *object = json_object();

    put(object, "mean", figure(estimate->mean / unit));
    put(object, "half_width_95", figure(estimate->half_width / unit));
    put(object, "lag_1_correlation", share(estimate->lag_1));
    put(object, "is_stationary", isnan(estimate->mean) ? json_null() : json_boolean(estimate->is_stationary));
    return object;
}

static json_t *measure(const struct results *results)
{
    const struct results_measure *m = &results->measure;
    json_t *object = json_object();

    put(object, "warmup", text(m->warmup));
    put(object, "duration", text(m->duration));
    put(object, "cooldown", text(m->cooldown));
    put(object, "from_ns", ns(m->from_ps));
    put(object, "to_ns", ns(m->to_ps));
    put(object, "is_full", json_boolean(m->is_full));
    put(object, "batches", json_integer(BATCHES_COUNT));
    put(object, "delivered_bits_per_s", estimate(&m->delivered_bits_per_s, 1));
    put(object, "receive_ns", estimate(&m->receive_ps, 1000));
    return object;
}

/* --- Files ------------------------------------------------------------------------------------ */

static void dump(json_t *root, FILE *stream)
{
    json_dumpf(root, stream, DUMP_FLAGS);
    fputc('\n', stream);
    json_decref(root);
}

void report_json(const struct results *results, FILE *stream)
{
    json_t *root = json_object();

    put(root, "report_version", json_integer(REPORT_VERSION));
    put(root, "scenario", scenario(results));
    put(root, "accounting", text(results->accounting));
    put(root, "ended", text(results->ended));
    put(root, "simulated_time_ns", ns(results->simulated_ps));
    put(root, "measured_window_ns", results->window_ps ? ns(results->window_ps) : json_null());
    if (results->window_ps)
        put(root, "measure", measure(results));
    put(root, "frames", frames(&results->frames));
    put(root, "payload", payload(results));
    put(root, "connections", connections(&results->connections));
    put(root, "throughput", throughput(results));
    put(root, "rates", rates(results));
    put(root, "latency", latencies(results));
    put(root, "drops", drops(results));
    put(root, "processors", processors(results));
    put(root, "processor_spread", processor_spread(results));
    put(root, "hosts", hosts(results));
    put(root, "parts", parts(results));
    put(root, "masters", masters(results));
    put(root, "traffic", values(results->traffic, results->traffic_count));
    put(root, "warnings", warnings(results));
    dump(root, stream);
}

void report_speed_json(const struct results *results, FILE *stream)
{
    const struct results_speed *speed = &results->speed;
    json_t *root = json_object();

    put(root, "wall_s", share((double)speed->wall_ns / 1e9));
    put(root, "frames", count(speed->frames));
    put(root, "instructions", count(speed->instructions));
    put(root, "events", count(speed->events));
    put(root, "frames_per_s", whole(speed->frames_per_s));
    put(root, "instructions_per_s", whole(speed->instructions_per_s));
    put(root, "events_per_s", whole(speed->events_per_s));
    put(root, "peak_memory_bytes", count(speed->peak_memory_bytes));
    dump(root, stream);
}
