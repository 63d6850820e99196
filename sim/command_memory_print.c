/* command_memory_print.c - the figures of `polynic memory`, for people and for programs. */
#include "sim/command_memory.h"

#include "analysis/format.h"

#include <jansson.h>
#include <math.h>

static const struct {
    const char *name;
    unsigned per_10000;
} percentiles[] = {{"p50", 5000}, {"p90", 9000}, {"p99", 9900}, {"p99_9", 9990}, {"max", 10000}};
enum { PERCENTILES = sizeof percentiles / sizeof *percentiles };

struct figures {
    double clock_ns, elapsed_s, bytes, bytes_per_s, peak_bytes_per_s, peak_share;
};

/* Bytes are those on the data pins: merged and forwarded requests move none. */
static struct figures figures_of(const struct memory_run *run)
{
    const struct sdram_config *config = run->config;
    const struct sdram_counts *counts = &run->counts;
    double clock_s = (double)config->tck_ps / 1e12;
    struct figures figures = {
        .clock_ns = (double)config->tck_ps / 1000,
        .elapsed_s = (double)(run->end_clock - run->first_clock) * clock_s,
        .bytes = (double)(counts->row_hits + counts->row_closed + counts->row_conflicts) *
                 (double)config->access_bytes,
        .peak_bytes_per_s = (double)(config->channels * config->access_bytes) /
                            ((double)config->burst_clocks * clock_s),
    };

    figures.bytes_per_s = figures.bytes / figures.elapsed_s;
    figures.peak_share = figures.bytes_per_s / figures.peak_bytes_per_s;
    return figures;
}

static double mean_clocks(const struct histogram *histogram)
{
    return histogram->count ? (double)histogram->sum / (double)histogram->count : NAN;
}

static void print_latency(const char *name, const struct histogram *histogram, double clock_ns)
{
    double mean = mean_clocks(histogram);

    if (!histogram->count)
        return;
    printf("  latency of %-6s  mean %s cycles (%s ns)\n", name, format_fixed(mean, 2).s,
           format_fixed(mean * clock_ns, 2).s);
    for (unsigned i = 0; i < PERCENTILES; i++) {
        static const char *const titles[PERCENTILES] = {"50 %", "90 %", "99 %", "99.9 %", "max"};
        uint64_t clocks = histogram_percentile(histogram, percentiles[i].per_10000);
        printf("  %17s  %-6s %8s cycles  %10s ns\n", "", titles[i], format_count(clocks).s,
               format_fixed((double)clocks * clock_ns, 2).s);
    }
}

static void print_share(const char *name, uint64_t count, uint64_t all)
{
    printf("  %-17s  %s (%s)\n", name, format_count(count).s,
           format_share(all ? (double)count / (double)all : 0).s);
}

void memory_run_print(const struct memory_run *run)
{
    const struct sdram_config *config = run->config;
    const struct sdram_counts *counts = &run->counts;
    struct figures figures = figures_of(run);
    uint64_t bursts = counts->row_hits + counts->row_closed + counts->row_conflicts;

    printf("%s on %s: %llu channel%s of %llu bits, %llu rank%s of %llu banks, a clock of %s ns\n\n", run->trace,
           sdram_part_titles[config->part], (unsigned long long)config->channels, config->channels > 1 ? "s" : "",
           (unsigned long long)config->bus_width_bits, (unsigned long long)config->ranks,
           config->ranks > 1 ? "s" : "", (unsigned long long)(config->bankgroups * config->banks),
           format_fixed(figures.clock_ns, 3).s);
    printf("  %-17s  %s reads, ", "requests", format_count(run->submitted_reads).s);
    printf("%s writes\n", format_count(run->submitted_writes).s);
    printf("  %-17s  %s cycles (%s)\n", "time", format_count(run->end_clock - run->first_clock).s,
           format_time(figures.elapsed_s * 1e12).s);
    printf("  %-17s  %s GB/s, %s %% of %s GB/s (bursts of %llu bytes)\n", "bandwidth",
           format_fixed(figures.bytes_per_s / 1e9, 3).s, format_fixed(100 * figures.peak_share, 2).s,
           format_fixed(figures.peak_bytes_per_s / 1e9, 3).s, (unsigned long long)config->access_bytes);
    print_latency("reads", &run->reads, figures.clock_ns);
    print_latency("writes", &run->writes, figures.clock_ns);
    print_share("row hits", counts->row_hits, bursts);
    print_share("row closed", counts->row_closed, bursts);
    print_share("row conflicts", counts->row_conflicts, bursts);
    printf("  %-17s  %s activations, ", "commands", format_count(counts->activations).s);
    printf("%s precharges, ", format_count(counts->precharges).s);
    printf("%s refreshes\n", format_count(counts->refreshes).s);
    if (counts->forwarded_reads + counts->merged_reads + counts->merged_writes) {
        printf("  %-17s  %s reads from the write buffer, ", "without a burst", format_count(counts->forwarded_reads).s);
        printf("%s reads and ", format_count(counts->merged_reads).s);
        printf("%s writes merged\n", format_count(counts->merged_writes).s);
    }
    if (run->delayed) {
        printf("  %-17s  %s requests found their queue full, ", "waited", format_count(run->delayed).s);
        printf("%s cycles in all\n", format_count(run->delay_clocks).s);
    }
}

static void set_count(json_t *object, const char *name, uint64_t count)
{
    json_object_set_new(object, name, json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count));
}

static void set_real(json_t *object, const char *name, double value)
{
    json_object_set_new(object, name, isfinite(value) ? json_real(value) : json_null());
}

/* A mean is null where there is no request of the kind. */
static json_t *json_latency(const struct histogram *histogram, double clock_ns)
{
    json_t *object = json_object();

    set_count(object, "count", histogram->count);
    set_real(object, "mean_cycles", mean_clocks(histogram));
    set_real(object, "mean_ns", mean_clocks(histogram) * clock_ns);
    set_count(object, "min_cycles", histogram->min);
    for (unsigned i = 0; i < PERCENTILES; i++) {
        char name[32];
        uint64_t clocks = histogram_percentile(histogram, percentiles[i].per_10000);
        snprintf(name, sizeof name, "%s_cycles", percentiles[i].name);
        set_count(object, name, clocks);
        snprintf(name, sizeof name, "%s_ns", percentiles[i].name);
        set_real(object, name, (double)clocks * clock_ns);
    }
    return object;
}

void memory_run_print_json(const struct memory_run *run)
{
    const struct sdram_counts *counts = &run->counts;
    struct figures figures = figures_of(run);
    json_t *root = json_object();

    json_object_set_new(root, "trace", json_string(run->trace));
    json_object_set_new(root, "part", json_string(sdram_part_names[run->config->part]));
    set_count(root, "clock_ps", run->config->tck_ps);
    set_count(root, "reads", run->submitted_reads);
    set_count(root, "writes", run->submitted_writes);
    set_count(root, "elapsed_cycles", run->end_clock - run->first_clock);
    set_count(root, "access_bytes", run->config->access_bytes);
    set_real(root, "bytes_per_s", figures.bytes_per_s);
    set_real(root, "peak_bytes_per_s", figures.peak_bytes_per_s);
    set_real(root, "peak_share", figures.peak_share);
    json_object_set_new(root, "read_latency", json_latency(&run->reads, figures.clock_ns));
    json_object_set_new(root, "write_latency", json_latency(&run->writes, figures.clock_ns));
    set_count(root, "row_hits", counts->row_hits);
    set_count(root, "row_closed", counts->row_closed);
    set_count(root, "row_conflicts", counts->row_conflicts);
    set_count(root, "activations", counts->activations);
    set_count(root, "precharges", counts->precharges);
    set_count(root, "refreshes", counts->refreshes);
    set_count(root, "data_cycles", counts->data_clocks);
    set_count(root, "forwarded_reads", counts->forwarded_reads);
    set_count(root, "merged_reads", counts->merged_reads);
    set_count(root, "merged_writes", counts->merged_writes);
    set_count(root, "delayed_requests", run->delayed);
    set_count(root, "delay_cycles", run->delay_clocks);
    json_dumpf(root, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(root);
}
