#include "analysis/results.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PS_PER_S 1e12
#define NS_PER_S 1e9

const char *const results_stage_names[RESULTS_STAGES] = {"port",  "dma1", "queue",
                                                         "stack", "dma2", "host"};

static double ratio(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : NAN;
}

/* --- Throughput ------------------------------------------------------------------------------- */

static double bits_per_s(uint64_t bytes, uint64_t span_ps)
{
    return span_ps ? 8 * (double)bytes * PS_PER_S / (double)span_ps : NAN;
}

static uint64_t span(uint64_t first_ps, uint64_t last_ps)
{
    return last_ps > first_ps ? last_ps - first_ps : 0;
}

static void finish_throughput(struct results *results)
{
    const struct results_frames *frames = &results->frames;
    uint64_t window = results->window_ps;
    uint64_t offered_ps = window ? window : span(frames->first_offered_ps, frames->last_offered_ps);
    uint64_t delivered_ps =
        window ? window : span(frames->first_offered_ps, frames->last_delivered_ps);
    uint64_t sent_ps = window ? window : span(frames->first_sent_ps, frames->last_sent_ps);
    uint64_t offered_bytes = frames->offered_bytes + RESULTS_FCS_BYTES * frames->offered;
    uint64_t wire_bytes = offered_bytes + RESULTS_PREAMBLE_AND_GAP_BYTES * frames->offered;

    results->offered_bits_per_s = bits_per_s(offered_bytes, offered_ps);
    results->wire_bits_per_s = bits_per_s(wire_bytes, offered_ps);
    results->delivered_bits_per_s =
        bits_per_s(frames->delivered_bytes + RESULTS_FCS_BYTES * frames->delivered, delivered_ps);
    results->application_bits_per_s = bits_per_s(frames->payload_bytes, delivered_ps);
    results->sent_bits_per_s =
        bits_per_s(frames->sent_bytes + RESULTS_FCS_BYTES * frames->sent, sent_ps);
}

/* --- Latency ---------------------------------------------------------------------------------- */

static struct results_latency latency(const struct histogram *histogram)
{
    if (!histogram || histogram->count == 0)
        return (struct results_latency){.mean_ps = NAN};
    return (struct results_latency){
        .count = histogram->count,
        .min_ps = histogram->min,
        .p50_ps = histogram_percentile(histogram, 5000),
        .p90_ps = histogram_percentile(histogram, 9000),
        .p99_ps = histogram_percentile(histogram, 9900),
        .p99_9_ps = histogram_percentile(histogram, 9990),
        .p99_99_ps = histogram_percentile(histogram, 9999),
        .max_ps = histogram->max,
        .mean_ps = (double)histogram->sum / (double)histogram->count,
    };
}

/* --- Processors ------------------------------------------------------------------------------- */

static void spread_begin(struct results_spread *spread)
{
    *spread = (struct results_spread){NAN, NAN, NAN, NAN};
}

/* The mean holds the sum until spread_end(), which knows how many there are. */
static void spread_add(struct results_spread *spread, double value, unsigned *count)
{
    if (isnan(value))
        return;
    spread->min = *count ? fmin(spread->min, value) : value;
    spread->max = *count ? fmax(spread->max, value) : value;
    spread->mean = *count ? spread->mean + value : value;
    (*count)++;
}

static void spread_end(struct results_spread *spread, unsigned count)
{
    if (count == 0)
        return;
    spread->mean /= count;
    spread->imbalance = spread->mean > 0 ? spread->max / spread->mean : NAN;
}

#define SPREAD(results, into, figure)                                                              \
    do {                                                                                           \
        unsigned count_ = 0;                                                                       \
        spread_begin(&(results)->spread.into);                                                     \
        for (unsigned i_ = 0; i_ < (results)->processor_count; i_++)                               \
            spread_add(&(results)->spread.into, (double)(results)->processors[i_].figure,          \
                       &count_);                                                                   \
        spread_end(&(results)->spread.into, count_);                                               \
    } while (0)

/* How full its portion got, and how many connections have room: the heap that the stack left free is shared by those that
 * were open when the heap was fullest. */
static void derive_portions(const struct results *results, struct results_processor *p)
{
    for (unsigned i = 0; i < results->drop_count; i++)
        if (strcmp(results->drops[i].place, p->name) == 0 && strcmp(results->drops[i].reason, "no_buffer") == 0)
            p->rx_dropped += results->drops[i].frames;
    if (p->connections_most == 0 || p->heap_ready_bytes <= p->heap_lowest_free_bytes)
        return;
    p->connection_bytes = (p->heap_ready_bytes - p->heap_lowest_free_bytes) / p->connections_most;
    if (p->connection_bytes)
        p->connections_fit = p->heap_ready_bytes / p->connection_bytes;
}

static void finish_processors(struct results *results)
{
    for (unsigned i = 0; i < results->processor_count; i++) {
        struct results_processor *p = &results->processors[i];
        p->busy_share = ratio(p->busy_cycles, p->cycles);
        p->stall_share = ratio(p->stall_cycles, p->cycles);
        p->cycles_per_frame = ratio(p->busy_cycles, p->frames);
        p->instructions_per_frame = ratio(p->instructions, p->frames);
        p->instructions_per_cycle = ratio(p->instructions, p->busy_cycles);
        derive_portions(results, p);
    }
    SPREAD(results, frames, frames);
    SPREAD(results, sessions, sessions);
    SPREAD(results, busy_share, busy_share);
    SPREAD(results, stall_share, stall_share);
    SPREAD(results, cycles_per_frame, cycles_per_frame);
    SPREAD(results, instructions_per_frame, instructions_per_frame);
    SPREAD(results, instructions_per_cycle, instructions_per_cycle);
}

static void finish_hosts(struct results *results)
{
    for (unsigned i = 0; i < results->host_count; i++) {
        struct results_host *host = &results->hosts[i];

        host->cycles = host->driver_cycles + host->stack_cycles;
        host->cycles_per_byte = ratio(host->cycles, host->payload_bytes);
        host->cycles_per_connection = ratio(host->cycles, host->connections);
    }
}

/* --- Accounts --------------------------------------------------------------------------------- */

/* Adds a sentence; what has no more room is cut, the first is what counts. */
static void breach(struct results *results, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void breach(struct results *results, const char *format, ...)
{
    size_t used = strlen(results->accounting);
    va_list arguments;

    if (used && used + 2 < sizeof results->accounting) {
        strcpy(results->accounting + used, "; ");
        used += 2;
    }
    va_start(arguments, format);
    vsnprintf(results->accounting + used, sizeof results->accounting - used, format, arguments);
    va_end(arguments);
}

static void check_frames(struct results *results)
{
    const struct results_frames *f = &results->frames;
    uint64_t in = f->offered + f->in_flight_before;
    uint64_t out = f->delivered + f->consumed + f->dropped + f->in_flight;
    uint64_t by_reason = 0;

    if (in != out)
        breach(results, "%" PRIu64 " frames came in, %" PRIu64 " are accounted for", in, out);
    for (unsigned i = 0; i < results->drop_count; i++)
        by_reason += results->drops[i].frames;
    if (by_reason != f->dropped)
        breach(results, "%" PRIu64 " frames were dropped, %" PRIu64 " of them under a reason",
               f->dropped, by_reason);
}

static void check_payload(struct results *results)
{
    const struct results_payload *p = &results->payload;

    if (p->mismatched_bytes > p->delivered_bytes)
        breach(results, "%" PRIu64 " payload bytes mismatched of %" PRIu64 " delivered",
               p->mismatched_bytes, p->delivered_bytes);
    /* What a window delivers may have been offered before it. */
    if (!results->window_ps && p->delivered_bytes > p->expected_bytes)
        breach(results, "%" PRIu64 " payload bytes delivered of %" PRIu64 " expected",
               p->delivered_bytes, p->expected_bytes);
}

static void check_parts(struct results *results)
{
    for (unsigned i = 0; i < results->processor_count; i++) {
        const struct results_processor *p = &results->processors[i];
        if (p->busy_cycles > p->cycles || p->stall_cycles > p->busy_cycles)
            breach(results,
                   "%s: %" PRIu64 " cycles, of these %" PRIu64 " busy, of these %" PRIu64
                   " stalled",
                   p->name, p->cycles, p->busy_cycles, p->stall_cycles);
    }
    for (unsigned i = 0; i < results->part_count; i++)
        if (results->parts[i].utilisation > 1)
            breach(results, "%s: utilisation %" PRIu32 " ppm", results->parts[i].name,
                   results->parts[i].utilisation_ppm);
}

static void finish_rates(struct results *results)
{
    for (unsigned i = 0; i < results->rate_count; i++) {
        struct results_rate *rate = &results->rates[i];
        double us = (double)rate->span_ps / 1e6;
        bool known = rate->span_ps > 0 && rate->frames > 0;

        rate->multiplier = known ? (double)rate->captured_span_ps / (double)rate->span_ps : NAN;
        rate->mbps = known ? (double)rate->bits / us : NAN;
        rate->pps = known ? (double)rate->frames / us * 1e6 : NAN;
    }
}

static void finish_measure(struct results *results)
{
    struct results_measure *measure = &results->measure;

    if (!measure->batches)
        return;
    measure->delivered_bits_per_s = batches_delivered(measure->batches, results->window_ps);
    measure->receive_ps = batches_latency(measure->batches, results->window_ps);
}

void results_finish(struct results *results)
{
    struct results_speed *speed = &results->speed;
    double wall_s = (double)speed->wall_ns / NS_PER_S;

    finish_throughput(results);
    finish_measure(results);
    finish_rates(results);
    results->receive_latency = latency(results->receive);
    for (unsigned i = 0; i < RESULTS_STAGES; i++)
        results->stage_latency[i] = latency(results->receive_stages[i]);
    results->transmit_latency = latency(results->transmit);
    finish_processors(results);
    finish_hosts(results);
    for (unsigned i = 0; i < results->part_count; i++) {
        struct results_part *part = &results->parts[i];
        part->utilisation = part->has_utilisation ? part->utilisation_ppm / 1e6 : NAN;
    }
    speed->frames_per_s = wall_s > 0 ? (double)speed->frames / wall_s : NAN;
    speed->instructions_per_s = wall_s > 0 ? (double)speed->instructions / wall_s : NAN;
    speed->events_per_s = wall_s > 0 ? (double)speed->events / wall_s : NAN;

    results->accounting[0] = '\0';
    if (results->broken)
        breach(results, "%s", results->broken);
    check_frames(results);
    check_payload(results);
    check_parts(results);
    if (results->accounting[0] == '\0')
        strcpy(results->accounting, "ok");
}

bool results_accounted(const struct results *results)
{
    return strcmp(results->accounting, "ok") == 0;
}

bool results_verified(const struct results *results)
{
    return results->payload.delivered_bytes == results->payload.expected_bytes &&
           results->payload.mismatched_bytes == 0;
}
