#include "analysis/report.h"
#include "tests/analysis/sample.h"
#include "tests/suite.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static struct sample sample;
static struct diagnostics diagnostics;
static char *folder; /* a temporary one */

static void setup(void)
{
    sample_init(&sample);
    diagnostics_init(&diagnostics);
    folder = g_dir_make_tmp("polynic-report-XXXXXX", NULL);
    ck_assert_ptr_nonnull(folder);
}

static void remove_tree(const char *path)
{
    GDir *directory = g_dir_open(path, 0, NULL);

    for (const char *name; directory && (name = g_dir_read_name(directory));) {
        char *inside = g_build_filename(path, name, NULL);
        remove_tree(inside);
        g_free(inside);
    }
    if (directory)
        g_dir_close(directory);
    g_remove(path);
}

static void teardown(void)
{
    remove_tree(folder);
    g_free(folder);
    diagnostics_clear(&diagnostics);
    sample_free(&sample);
}

/* The caller frees it. */
static char *made(void (*write)(const struct results *results, FILE *stream))
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);

    write(&sample.results, stream);
    fclose(stream);
    return text;
}

/* The caller frees it; NULL: not there. */
static char *contents(const char *file)
{
    char *path = g_build_filename(folder, file, NULL), *text = NULL;

    g_file_get_contents(path, &text, NULL, NULL);
    g_free(path);
    return text;
}

static json_t *parsed(const char *text)
{
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    ck_assert_msg(root != NULL, "line %d: %s", error.line, error.text);
    return root;
}

static json_t *report(void)
{
    char *text = made(report_json);
    json_t *root = parsed(text);

    free(text);
    return root;
}

/* "frames.offered", "parts.1.statistics": borrowed from root. */
static json_t *at(json_t *root, const char *path)
{
    char **names = g_strsplit(path, ".", -1);

    for (char **name = names; *name; name++) {
        root = json_is_array(root) ? json_array_get(root, (size_t)atoi(*name))
                                   : json_object_get(root, *name);
        ck_assert_msg(root != NULL, "no %s in %s", *name, path);
    }
    g_strfreev(names);
    return root;
}

static void assert_integer(json_t *root, const char *path, json_int_t expected)
{
    ck_assert_msg(json_is_integer(at(root, path)), "%s is no integer", path);
    ck_assert_msg(json_integer_value(at(root, path)) == expected, "%s is %lld, not %lld", path,
                  (long long)json_integer_value(at(root, path)), (long long)expected);
}

static void assert_real(json_t *root, const char *path, double expected)
{
    ck_assert_msg(json_is_real(at(root, path)), "%s is no real", path);
    ck_assert_msg(json_real_value(at(root, path)) == expected, "%s is %.17g, not %.17g", path,
                  json_real_value(at(root, path)), expected);
}

static void assert_text(json_t *root, const char *path, const char *expected)
{
    ck_assert_msg(json_is_string(at(root, path)), "%s is no text", path);
    ck_assert_str_eq(json_string_value(at(root, path)), expected);
}

static void assert_null(json_t *root, const char *path)
{
    ck_assert_msg(json_is_null(at(root, path)), "%s is not null", path);
}

/* --- JSON ------------------------------------------------------------------------------------- */

START_TEST(json_holds_the_run_and_its_accounts)
{
    json_t *root = report();

    assert_integer(root, "report_version", 1);
    assert_text(root, "scenario.name", "small");
    assert_text(root, "scenario.hash", "abc123");
    assert_integer(root, "scenario.seed", 42);
    assert_text(root, "scenario.program_version", "1.2.3");
    assert_text(root, "accounting", "ok");
    assert_text(root, "ended", "traffic exhausted");
    assert_real(root, "simulated_time_ns", 12500.001);
    assert_null(root, "measured_window_ns");
    assert_integer(root, "frames.offered", 10);
    assert_integer(root, "frames.delivered", 6);
    assert_integer(root, "frames.consumed", 2);
    assert_integer(root, "frames.dropped", 1);
    assert_integer(root, "frames.in_flight", 1);
    assert_integer(root, "frames.in_flight_before", 0);
    assert_integer(root, "frames.repaired", 1);
    assert_integer(root, "frames.synthesised", 2);
    assert_integer(root, "payload.expected_bytes", 36);
    assert_integer(root, "payload.delivered_bytes", 36);
    assert_integer(root, "payload.mismatched_bytes", 0);
    ck_assert(json_is_true(at(root, "payload.verified")));
    assert_integer(root, "connections.in_capture", 3);
    assert_integer(root, "connections.midstream", 1);
    assert_integer(root, "connections.opened", 2);
    assert_integer(root, "connections.finished", 2);
    assert_integer(root, "connections.reset", 0);
    assert_integer(root, "connections.refused", 1);
    assert_integer(root, "traffic.records_read", 12);
    assert_integer(root, "traffic.segments_split", 0);
    assert_text(root, "warnings.0", "cards.ini:17: port eth0: slow");
    assert_text(root, "drops.0.place", "eth0");
    assert_text(root, "drops.0.reason", "FIFO \"full\", late");
    assert_integer(root, "drops.0.frames", 1);
    json_decref(root);
}
END_TEST

START_TEST(json_holds_rates_and_latencies)
{
    json_t *root = report();

    assert_integer(root, "throughput.offered_bits_per_s", 1024000000);
    assert_integer(root, "throughput.wire_bits_per_s", 1344000000);
    assert_integer(root, "throughput.delivered_bits_per_s", 384000000);
    assert_integer(root, "throughput.application_bits_per_s", 36000000);
    assert_integer(root, "throughput.sent_bits_per_s", 128000000);
    assert_integer(root, "latency.receive.count", 6);
    assert_real(root, "latency.receive.mean_ns", 0.35);
    assert_real(root, "latency.receive.min_ns", 0.1);
    assert_real(root, "latency.receive.p50_ns", 0.3);
    assert_real(root, "latency.receive.p90_ns", 0.6);
    assert_real(root, "latency.receive.p99_ns", 0.6);
    assert_real(root, "latency.receive.p99_9_ns", 0.6);
    assert_real(root, "latency.receive.p99_99_ns", 0.6);
    assert_real(root, "latency.receive.max_ns", 0.6);
    assert_real(root, "latency.receive.stages.port.p50_ns", 2000);
    assert_integer(root, "latency.receive.stages.host.count", 0);
    assert_null(root, "latency.receive.stages.host.p50_ns");
    assert_null(root, "latency.receive.stages.host.mean_ns");
    assert_real(root, "latency.transmit.p50_ns", 1.5);
    assert_real(root, "latency.transmit.max_ns", 12345.678);
    assert_real(root, "latency.transmit.mean_ns", 6173.589);
    json_decref(root);
}
END_TEST

START_TEST(each_percentile_is_its_own)
{
    histogram_clear(&sample.receive);
    for (uint64_t i = 1; i <= 10000; i++)
        histogram_add(&sample.receive, i / 5);
    results_finish(&sample.results);
    json_t *root = report();

    assert_real(root, "latency.receive.min_ns", 0);
    assert_real(root, "latency.receive.p50_ns", 1);
    assert_real(root, "latency.receive.p90_ns", 1.8);
    assert_real(root, "latency.receive.p99_ns", 1.98);
    assert_real(root, "latency.receive.p99_9_ns", 1.998);
    assert_real(root, "latency.receive.p99_99_ns", 1.999);
    assert_real(root, "latency.receive.max_ns", 2);
    json_decref(root);
}
END_TEST

START_TEST(json_holds_processors_and_parts)
{
    json_t *root = report();

    ck_assert_uint_eq(json_array_size(at(root, "processors")), 2);
    assert_text(root, "processors.0.name", "pp0");
    assert_integer(root, "processors.0.frames", 4);
    assert_integer(root, "processors.0.sessions", 2);
    assert_integer(root, "processors.1.sessions_lost", 1);
    assert_real(root, "processors.0.busy_share", 0.8);
    assert_real(root, "processors.0.stall_share", 0.2);
    assert_real(root, "processors.0.cycles_per_frame", 2000);
    assert_real(root, "processors.0.instructions_per_frame", 250);
    assert_real(root, "processors.0.instructions_per_cycle", 0.125);
    assert_integer(root, "processors.0.instructions", 1000);
    assert_integer(root, "processors.0.cycles", 10000);
    assert_integer(root, "processors.0.local_memory_bytes", 262144);
    assert_integer(root, "processors.0.local_memory_used_bytes", 131072);
    assert_integer(root, "processors.0.heap_lowest_free_bytes", 2560);
    assert_integer(root, "processors.0.portion_checks", 99);
    assert_integer(root, "processors.0.rx_buffers_used_most", 12);
    assert_integer(root, "processors.0.connection_heap_bytes", (10240 - 2560) / 4);
    assert_integer(root, "processors.0.connections_fit", 10240 / 1920);
    assert_integer(root, "processors.1.heap_failures", 3);
    assert_null(root, "processors.1.cycles_per_frame");
    assert_null(root, "processors.0.fault");
    assert_real(root, "processor_spread.frames.mean", 2);
    assert_real(root, "processor_spread.frames.imbalance", 2);
    assert_real(root, "processor_spread.cycles_per_frame.min", 2000);
    assert_text(root, "parts.1.name", "bus");
    assert_text(root, "parts.1.kind", "bus");
    assert_real(root, "parts.1.utilisation", 0.95);
    assert_integer(root, "parts.1.statistics.requests", 7);
    assert_integer(root, "parts.1.statistics.wait_ps", 9007199254740993); /* no double holds it */
    ck_assert_uint_eq(json_object_size(at(root, "parts.0.statistics")), 0);
    json_decref(root);
}
END_TEST

/* 300 + 100 cycles for 50 bytes and no connection. */
START_TEST(json_holds_what_a_host_paid)
{
    json_t *root = report();

    ck_assert_uint_eq(json_array_size(at(root, "hosts")), 1);
    assert_text(root, "hosts.0.name", "server");
    assert_integer(root, "hosts.0.clock_hz", 2500000000);
    assert_integer(root, "hosts.0.cycles", 400);
    assert_integer(root, "hosts.0.driver_cycles", 300);
    assert_integer(root, "hosts.0.stack_cycles", 100);
    assert_integer(root, "hosts.0.payload_bytes", 50);
    assert_integer(root, "hosts.0.connections", 0);
    assert_real(root, "hosts.0.cycles_per_byte", 8);
    assert_null(root, "hosts.0.cycles_per_connection");
    json_decref(root);
}
END_TEST

START_TEST(json_of_an_empty_run_has_nulls)
{
    sample.results = (struct results){0};
    results_finish(&sample.results);
    json_t *root = report();

    assert_null(root, "scenario.name");
    assert_null(root, "throughput.offered_bits_per_s");
    assert_null(root, "throughput.delivered_bits_per_s");
    assert_null(root, "throughput.sent_bits_per_s");
    assert_null(root, "latency.receive.p50_ns");
    assert_null(root, "processor_spread.frames.mean");
    assert_text(root, "accounting", "ok");
    ck_assert_uint_eq(json_array_size(at(root, "processors")), 0);
    json_decref(root);
}
END_TEST

START_TEST(json_keeps_numbers_and_names_that_do_not_fit)
{
    sample.results.seed = UINT64_MAX;
    sample.statistics[0].value = UINT64_MAX; /* a counter that went below 0 */
    sample.drops[0].reason = "bad \xff byte\n";
    json_t *root = report();

    assert_text(root, "scenario.seed", "18446744073709551615");
    ck_assert(json_real_value(at(root, "parts.1.statistics.requests")) > 1.8e19);
    assert_text(root, "drops.0.reason", "bad \xef\xbf\xbd byte\n");
    json_decref(root);
}
END_TEST

static void assert_documented(const char *documentation, const char *path, json_t *value)
{
    const char *name;
    json_t *inside;
    char *quoted = g_strdup_printf("`%s`", path);

    /* Paths, stages and spreads are documented once, with the figures that each of them has. */
    bool shared = g_str_has_prefix(path, "latency.") || g_str_has_prefix(path, "processor_spread.");
    if (shared && !json_is_object(value)) {
        g_free(quoted);
        quoted = g_strdup_printf("`%s`", strrchr(path, '.') + 1);
    }
    bool branch = json_is_object(value) && json_object_size(value) &&
                  !g_str_has_suffix(path, "statistics") && !g_str_equal(path, "traffic");
    if (json_is_array(value)) {
        char *element = g_strconcat(path, "[]", NULL);
        if (json_array_size(value))
            assert_documented(documentation, element, json_array_get(value, 0));
        g_free(element);
    } else if (branch) {
        json_object_foreach(value, name, inside)
        {
            char *deeper = *path ? g_strconcat(path, ".", name, NULL) : g_strdup(name);
            assert_documented(documentation, deeper, inside);
            g_free(deeper);
        }
    } else {
        ck_assert_msg(strstr(documentation, quoted) != NULL, "REPORT.md lacks %s", quoted);
    }
    g_free(quoted);
}

START_TEST(every_name_is_documented)
{
    char *documentation = NULL, *speed = made(report_speed_json);
    json_t *root = report(), *speed_root = parsed(speed);

    ck_assert(g_file_get_contents("analysis/REPORT.md", &documentation, NULL, NULL));
    assert_documented(documentation, "", root);
    assert_documented(documentation, "", speed_root);
    json_decref(root);
    json_decref(speed_root);
    g_free(documentation);
    free(speed);
}
END_TEST

START_TEST(speed_is_kept_apart)
{
    char *before = made(report_json), *speed = made(report_speed_json);
    json_t *root = parsed(speed);

    assert_real(root, "wall_s", 0.5);
    assert_integer(root, "frames_per_s", 20);
    assert_integer(root, "instructions_per_s", 2000);
    assert_integer(root, "events_per_s", 500);
    assert_integer(root, "events", 250);
    assert_integer(root, "instructions", 1000);
    assert_integer(root, "peak_memory_bytes", 4096);
    sample.results.speed = (struct results_speed){.wall_ns = 0, .events = 3};
    results_finish(&sample.results);
    char *after = made(report_json), *none = made(report_speed_json);
    ck_assert_str_eq(before, after);
    ck_assert_ptr_nonnull(strstr(none, "\"events_per_s\": null"));
    json_decref(root);
    free(before);
    free(after);
    free(speed);
    free(none);
}
END_TEST

/* --- Accounts --------------------------------------------------------------------------------- */

START_TEST(a_window_replaces_the_times)
{
    sample.results.window_ps = 2000000;
    sample.results.frames.in_flight_before = 3;
    sample.results.frames.in_flight = 4;
    sample.results.payload.expected_bytes = 0; /* offered before the window */
    results_finish(&sample.results);
    ck_assert_str_eq(sample.results.accounting, "ok");
    ck_assert_double_eq(sample.results.offered_bits_per_s, 2560e6);
    ck_assert_double_eq(sample.results.delivered_bits_per_s, 1536e6);
    ck_assert_double_eq(sample.results.sent_bits_per_s, 512e6);
}
END_TEST

START_TEST(broken_accounts_are_named)
{
    struct results *r = &sample.results;

    r->frames.dropped = 2;
    results_finish(r);
    ck_assert(!results_accounted(r));
    ck_assert_str_eq(r->accounting,
                     "10 frames came in, 11 are accounted for; 2 frames were dropped,"
                     " 1 of them under a reason");
    r->frames.dropped = 1;
    r->payload.mismatched_bytes = 37;
    results_finish(r);
    ck_assert_str_eq(r->accounting, "37 payload bytes mismatched of 36 delivered");
    r->payload.mismatched_bytes = 36;
    r->payload.expected_bytes = 35;
    results_finish(r);
    ck_assert_str_eq(r->accounting, "36 payload bytes delivered of 35 expected");
    r->payload = (struct results_payload){0};
    sample.processors[1].busy_cycles = 10001;
    sample.parts[0].utilisation_ppm = 1000001;
    results_finish(r);
    ck_assert_str_eq(r->accounting, "pp1: 10000 cycles, of these 10001 busy, of these 0 stalled; "
                                    "eth0: utilisation 1000001 ppm");
    sample.processors[1].busy_cycles = 0;
    sample.parts[0].utilisation_ppm = 1000000;
    r->broken = "a buffer is in two places";
    results_finish(r);
    ck_assert_str_eq(r->accounting, "a buffer is in two places");
    r->broken = NULL;
    results_finish(r);
    ck_assert(results_accounted(r));
}
END_TEST

START_TEST(many_breaches_do_not_overflow)
{
    static struct results_processor processors[256];

    for (unsigned i = 0; i < 256; i++)
        processors[i] = (struct results_processor){.name = "pp", .busy_cycles = 1};
    sample.results.processors = processors;
    sample.results.processor_count = 256;
    results_finish(&sample.results);
    ck_assert_uint_lt(strlen(sample.results.accounting), sizeof sample.results.accounting);
    ck_assert(!results_accounted(&sample.results));
}
END_TEST

START_TEST(payload_is_verified_only_if_all_came_and_none_differs)
{
    struct results *r = &sample.results;

    ck_assert(results_verified(r));
    r->payload.delivered_bytes = 35;
    ck_assert(!results_verified(r));
    r->payload.delivered_bytes = 36;
    r->payload.mismatched_bytes = 1;
    ck_assert(!results_verified(r));
}
END_TEST

/* --- CSV -------------------------------------------------------------------------------------- */

static void assert_made(void (*write)(const struct results *results, FILE *stream),
                        const char *expected)
{
    char *text = made(write);

    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(csv_quotes_what_needs_it)
{
    assert_made(report_drops_csv, "place,reason,frames\n"
                                  "eth0,\"FIFO \"\"full\"\", late\",1\n");
    sample.drops[0].place = "two\nlines";
    sample.drops[0].reason = " blank";
    assert_made(report_drops_csv, "place,reason,frames\n"
                                  "\"two\nlines\",\" blank\",1\n");
}
END_TEST

START_TEST(csv_of_parts)
{
    assert_made(report_parts_csv,
                "part,kind,statistic,value,help\n"
                "eth0,port,utilisation,0.250000,Share of the measured time in which it was in use\n"
                "bus,bus,utilisation,0.950000,Share of the measured time in which it was in use\n"
                "bus,bus,requests,7,Requests granted\n"
                "bus,bus,wait_ps,9007199254740993,\"Time waited, \"\"sum\"\" of all\"\n"
                "pp0,processor,utilisation,0.800000,Share of the measured time in which it was in "
                "use\n"
                "pp1,processor,utilisation,0.000000,Share of the measured time in which it was in "
                "use\n");
}
END_TEST

START_TEST(csv_of_processors)
{
    sample.processors[1].fault = "trap, at 0x80";
    char *text = made(report_processors_csv);
    char **lines = g_strsplit(text, "\n", -1);
    ck_assert_str_eq(lines[1], "pp0,4,2,0,0.800000,0.200000,2000.000,250.000,0.125000,1000,10000,"
                               "8000,2000,262144,131072,2560,0,1048576,256,12,0,4,1920,5,");
    ck_assert_str_eq(lines[2],
                     "pp1,0,0,1,0.000000,0.000000,,,,0,10000,0,0,0,0,512,3,0,0,0,0,0,0,0,\"trap, at 0x80\"");
    ck_assert_ptr_null(lines[4]);
    /* As many columns as names. */
    char **names = g_strsplit(lines[0], ",", -1), **fields = g_strsplit(lines[1], ",", -1);
    ck_assert_uint_eq(g_strv_length(names), g_strv_length(fields));
    g_strfreev(names);
    g_strfreev(fields);
    g_strfreev(lines);
    free(text);
}
END_TEST

START_TEST(csv_of_latencies_is_a_curve)
{
    char *text = made(report_latency_csv);

    ck_assert(g_str_has_prefix(text, "path,stage,percentile,latency_ns\nreceive,total,0,0.100\n"));
    ck_assert_ptr_nonnull(strstr(text, "\nreceive,total,50,0.300\nreceive,total,51,0.400\n"));
    ck_assert_ptr_nonnull(strstr(text, "\nreceive,total,99,0.600\nreceive,total,99.1,0.600\n"));
    ck_assert_ptr_nonnull(strstr(text, "\nreceive,total,99.9,0.600\nreceive,total,99.91,0.600\n"));
    ck_assert_ptr_nonnull(strstr(text, "\nreceive,total,100,0.600\nreceive,port,0,2000.000\n"));
    ck_assert_ptr_null(strstr(text, "receive,host"));
    ck_assert(g_str_has_suffix(text, "\ntransmit,total,100,12345.678\n"));
    free(text);
}
END_TEST

/* --- Files ------------------------------------------------------------------------------------ */

static const char *const files[] = {"report.json", "processors.csv", "parts.csv",
                                    "latency.csv", "drops.csv",      "speed.json"};

static unsigned files_in(const char *path)
{
    GDir *directory = g_dir_open(path, 0, NULL);
    unsigned count = 0;

    while (directory && g_dir_read_name(directory))
        count++;
    if (directory)
        g_dir_close(directory);
    return count;
}

START_TEST(the_same_results_give_the_same_bytes)
{
    char *first[G_N_ELEMENTS(files)];
    char *deep = g_build_filename(folder, "runs", "7", NULL);

    /* A folder is made with its parents, another folder changes nothing, a second run replaces. */
    ck_assert(report_write(&sample.results, deep, &diagnostics));
    ck_assert(report_write(&sample.results, deep, &diagnostics));
    ck_assert_uint_eq(files_in(deep), G_N_ELEMENTS(files)); /* no temporary one is left */
    ck_assert(report_write(&sample.results, folder, &diagnostics));
    for (unsigned i = 0; i < G_N_ELEMENTS(files); i++) {
        char *inside = g_build_filename("runs", "7", files[i], NULL);
        first[i] = contents(inside);
        char *second = contents(files[i]);
        ck_assert_ptr_nonnull(first[i]);
        ck_assert_str_eq(first[i], second);
        ck_assert_ptr_null(strstr(second, folder));
        g_free(second);
        g_free(first[i]);
        g_free(inside);
    }
    ck_assert_uint_eq(diagnostics.count, 0);
    g_free(deep);
}
END_TEST

/* Tells something only where such a locale is installed. */
START_TEST(a_comma_for_a_point_changes_nothing)
{
    void (*const writers[])(const struct results *results, FILE *stream) = {
        report_json, report_speed_json, report_processors_csv, report_latency_csv};

    for (unsigned i = 0; i < G_N_ELEMENTS(writers); i++) {
        setlocale(LC_ALL, "C");
        char *expected = made(writers[i]);
        if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8"))
            setlocale(LC_ALL, "");
        assert_made(writers[i], expected);
        free(expected);
    }
    setlocale(LC_ALL, "C");
}
END_TEST

static void assert_one_error(const char *text)
{
    ck_assert_uint_ge(diagnostics.errors, 1);
    ck_assert_msg(strstr(diagnostics.list[0].text, text) != NULL, "%s lacks: %s",
                  diagnostics.list[0].text, text);
}

START_TEST(a_file_in_place_of_the_folder_is_an_error)
{
    char *file = g_build_filename(folder, "file", NULL);
    char *below = g_build_filename(folder, "file", "below", NULL);

    ck_assert(g_file_set_contents(file, "mine", -1, NULL));
    ck_assert(!report_write(&sample.results, file, &diagnostics));
    assert_one_error("/file: cannot make the folder: ");
    assert_one_error("a file stands where the folder should be: choose another name");
    diagnostics_clear(&diagnostics);
    ck_assert(!report_write(&sample.results, below, &diagnostics));
    assert_one_error("/file/below: cannot make the folder: Not a directory; a file stands");
    char *kept = contents("file");
    ck_assert_str_eq(kept, "mine");
    g_free(kept);
    g_free(below);
    g_free(file);
}
END_TEST

START_TEST(no_permission_is_an_error)
{
    if (geteuid() == 0 && setresuid(65534, 65534, 0) != 0) /* as nobody: root may write anywhere */
        return;
    ck_assert(!report_write(&sample.results, "/", &diagnostics));
    assert_one_error("/report.json: cannot write: Permission denied; choose a folder that you may "
                     "write to");
    ck_assert_uint_eq(diagnostics.errors, G_N_ELEMENTS(files)); /* one for each file */
    diagnostics_clear(&diagnostics);
    ck_assert(!report_write(&sample.results, "/polynic-test/deep", &diagnostics));
    assert_one_error("/polynic-test/deep: cannot make the folder: Permission denied;");
    ck_assert_uint_eq(diagnostics.errors, 1);
    if (getuid() == 65534)
        (void)!setresuid(0, 0, 0);
}
END_TEST

/* A limit on the size of files is met in the middle of a write, as the end of a disk is. */
START_TEST(no_room_is_an_error_and_keeps_the_former_file)
{
    struct rlimit limit = {16, RLIM_INFINITY};

    ck_assert(report_write(&sample.results, folder, &diagnostics));
    char *former = contents("report.json");
    sample.results.seed = 43;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    bool written = report_write(&sample.results, folder, &diagnostics);
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    ck_assert(!written);
    assert_one_error("/report.json: cannot write: File too large; make room there");
    char *now = contents("report.json");
    ck_assert_str_eq(former, now);
    ck_assert_uint_eq(files_in(folder), G_N_ELEMENTS(files));
    g_free(now);
    g_free(former);
}
END_TEST

START_TEST(one_file_that_cannot_be_written_leaves_the_others)
{
    char *path = g_build_filename(folder, "parts.csv", "x", NULL);

    g_mkdir_with_parents(path, 0777);
    ck_assert(!report_write(&sample.results, folder, &diagnostics));
    ck_assert_uint_eq(diagnostics.errors, 1);
    assert_one_error("/parts.csv: cannot write: Is a directory; a folder stands where");
    ck_assert_uint_eq(files_in(folder), G_N_ELEMENTS(files));
    g_free(path);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("report");
    TCase *tests = tcase_create("report");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, json_holds_the_run_and_its_accounts);
    tcase_add_test(tests, json_holds_rates_and_latencies);
    tcase_add_test(tests, each_percentile_is_its_own);
    tcase_add_test(tests, json_holds_processors_and_parts);
    tcase_add_test(tests, json_holds_what_a_host_paid);
    tcase_add_test(tests, json_of_an_empty_run_has_nulls);
    tcase_add_test(tests, json_keeps_numbers_and_names_that_do_not_fit);
    tcase_add_test(tests, every_name_is_documented);
    tcase_add_test(tests, speed_is_kept_apart);
    tcase_add_test(tests, a_window_replaces_the_times);
    tcase_add_test(tests, broken_accounts_are_named);
    tcase_add_test(tests, many_breaches_do_not_overflow);
    tcase_add_test(tests, payload_is_verified_only_if_all_came_and_none_differs);
    tcase_add_test(tests, csv_quotes_what_needs_it);
    tcase_add_test(tests, csv_of_parts);
    tcase_add_test(tests, csv_of_processors);
    tcase_add_test(tests, csv_of_latencies_is_a_curve);
    tcase_add_test(tests, the_same_results_give_the_same_bytes);
    tcase_add_test(tests, a_comma_for_a_point_changes_nothing);
    tcase_add_test(tests, a_file_in_place_of_the_folder_is_an_error);
    tcase_add_test(tests, no_permission_is_an_error);
    tcase_add_test(tests, no_room_is_an_error_and_keeps_the_former_file);
    tcase_add_test(tests, one_file_that_cannot_be_written_leaves_the_others);
    suite_add_tcase(all, tests);
    return all;
}
