/* command_find_max.c - polynic find-max: the highest load that a card takes without loss, by bisection (RFC 2544, 26.1,
 * the throughput test; with another bound of loss, or one of latency, on request). */
#include "sim/command.h"

#include "analysis/page.h"
#include "analysis/page_html.h"
#include "analysis/result_file.h"
#include "sim/command_capture.h"
#include "sim/folder.h"
#include "sim/parameter.h"
#include "sim/process.h"

#include <errno.h>
#include <getopt.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_NONE = 1, EXIT_INPUT = 2, EXIT_INTERRUPTED = 130, LOOK_MS = 5, MAX_RUNS = 60 };

static const double REACHED = 0.99; /* of the rate asked for: else the sender was held up, and the load was less */

static const char help[] =
    "usage: polynic find-max SCENARIO --out DIR [option ...]\n"
    "\n"
    "Finds the highest load that the card takes without loss: runs the scenario at one load after another,\n"
    "halving the range, as the throughput test of RFC 2544 does. DIR gets the results of the best run and\n"
    "search.csv, a line for each run.\n"
    "\n"
    "  --key SECTION.NAME.KEY  what the load is (default: mbps of the only [traffic]; pps or multiplier, say)\n"
    "  --from N, --to N        the range (default 1 to 100000)\n"
    "  --loss SHARE            frames that may be dropped: 0.001 is one in a thousand (default 0)\n"
    "  --latency P=TIME        the most latency from wire to host: p99=100us, also p50, p90, p99_9, p99_99, max\n"
    "  --resolution SHARE      ends when the range is so narrow (default 0.01)\n"
    "  --capture FILE, --set SECTION.NAME.KEY=VALUE, --quiet   as in polynic run\n"
    "  --help\n"
    "\n"
    "Exit status: 0 found; 1 even the lowest load is too much; 2 the input is wrong.\n";

enum { OPTION_KEY = 256, OPTION_FROM, OPTION_TO, OPTION_LOSS, OPTION_LATENCY, OPTION_RESOLUTION, OPTION_CAPTURE, OPTION_SET, OPTION_OUT };

static const struct option options[] = {{"key", required_argument, NULL, OPTION_KEY},
                                        {"from", required_argument, NULL, OPTION_FROM},
                                        {"to", required_argument, NULL, OPTION_TO},
                                        {"loss", required_argument, NULL, OPTION_LOSS},
                                        {"latency", required_argument, NULL, OPTION_LATENCY},
                                        {"resolution", required_argument, NULL, OPTION_RESOLUTION},
                                        {"capture", required_argument, NULL, OPTION_CAPTURE},
                                        {"set", required_argument, NULL, OPTION_SET},
                                        {"out", required_argument, NULL, OPTION_OUT},
                                        {"quiet", no_argument, NULL, 'q'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

struct search {
    const char *scenario, *key, *capture, *out;
    GPtrArray *sets;
    double from, to, loss, resolution;
    char *percentile; /* "p99_ns"; NULL: no bound */
    double latency_ns;
    bool is_quiet;
    char *program, *trial, *best; /* folders of a run */
    GString *log;                 /* search.csv */
    unsigned runs;
    double best_load; /* NAN: none yet */
    struct diagnostics diagnostics;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* --- Arguments ----------------------------------------------------------------------------------- */

static double take_number(struct search *search, const char *option, const char *text, double least)
{
    char *end;
    double number = g_ascii_strtod(text, &end);

    if (end == text || *end || !isfinite(number) || number < least)
        diagnostic_error(&search->diagnostics, NULL, 0, "%s %s: expected a number, at least %g", option, text, least);
    return number;
}

static void take_latency(struct search *search, const char *text)
{
    static const char *const names[] = {"p50", "p90", "p99", "p99_9", "p99_99", "max", NULL};
    static const struct parameter time = {.key = "--latency", .type = PARAMETER_TIME};
    const char *equals = strchr(text, '=');
    char *name = g_strndup(text, equals ? (gsize)(equals - text) : strlen(text)), *wrong = NULL;
    uint64_t ps = 0;

    if (!equals || !g_strv_contains(names, name))
        diagnostic_error(&search->diagnostics, NULL, 0,
                         "--latency %s: expected p50, p90, p99, p99_9, p99_99 or max, and a time: p99=100us", text);
    else if (!parameter_parse(&time, equals + 1, &ps, &wrong))
        diagnostic_error(&search->diagnostics, NULL, 0, "--latency %s: %s", text, wrong);
    search->latency_ns = (double)ps / 1000;
    g_free(search->percentile);
    search->percentile = g_strdup_printf("%s_ns", name);
    g_free(wrong);
    g_free(name);
}

static void take_option(struct search *search, int option)
{
    switch (option) {
    case OPTION_KEY:
        search->key = optarg;
        break;
    case OPTION_FROM:
        search->from = take_number(search, "--from", optarg, 1e-6);
        break;
    case OPTION_TO:
        search->to = take_number(search, "--to", optarg, 1e-6);
        break;
    case OPTION_LOSS:
        search->loss = take_number(search, "--loss", optarg, 0);
        break;
    case OPTION_RESOLUTION:
        search->resolution = take_number(search, "--resolution", optarg, 1e-6);
        break;
    case OPTION_LATENCY:
        take_latency(search, optarg);
        break;
    case OPTION_CAPTURE:
        search->capture = optarg;
        break;
    case OPTION_SET:
        g_ptr_array_add(search->sets, g_strdup(optarg));
        break;
    case OPTION_OUT:
    case 'o':
        search->out = optarg;
        break;
    case 'q':
        search->is_quiet = true;
        break;
    }
}

/* --- Runs ---------------------------------------------------------------------------------------- */

/* A key without sections is one of the only [traffic]. */
static char *load_set(struct search *search, double load)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    GPtrArray *sets = g_ptr_array_new_with_free_func(g_free);
    char *set = NULL;

    g_ascii_formatd(number, sizeof number, "%.6f", load);
    if (search->key) {
        set = g_strdup_printf("%s=%s", search->key, number);
    } else {
        command_set_capture(search->scenario, "x", sets, &search->diagnostics); /* traffic.NAME.capture=x */
        if (sets->len) {
            char *text = g_ptr_array_index(sets, 0);

            *strrchr(text, '.') = 0;
            set = g_strdup_printf("%s.mbps=%s", text, number);
        }
    }
    g_ptr_array_unref(sets);
    return set;
}

static bool run_once(struct search *search, double load, int *status)
{
    GPtrArray *arguments = g_ptr_array_new();
    char *set = load_set(search, load), *log = g_build_filename(search->trial, "log.txt", NULL);
    struct process process;
    bool fine = set && g_mkdir_with_parents(search->trial, 0777) == 0;

    g_ptr_array_add(arguments, search->program);
    g_ptr_array_add(arguments, "run");
    g_ptr_array_add(arguments, (char *)(size_t)search->scenario);
    g_ptr_array_add(arguments, "--quiet");
    g_ptr_array_add(arguments, "--no-page");
    g_ptr_array_add(arguments, "--out");
    g_ptr_array_add(arguments, search->trial);
    for (unsigned i = 0; i < search->sets->len; i++) {
        g_ptr_array_add(arguments, "--set");
        g_ptr_array_add(arguments, g_ptr_array_index(search->sets, i));
    }
    g_ptr_array_add(arguments, "--set");
    g_ptr_array_add(arguments, set);
    g_ptr_array_add(arguments, NULL);
    fine = fine && process_start(&process, (char *const *)arguments->pdata, log, 0, 0);
    while (fine && process_look(&process, status) == PROCESS_RUNS) {
        if (interrupted)
            process_kill(&process);
        if (interrupted)
            break;
        nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000}, NULL);
    }
    if (fine && !interrupted && *status == EXIT_INPUT) {
        char *text = NULL;

        g_file_get_contents(log, &text, NULL, NULL);
        fputs(text ? text : "", stderr); /* what polynic run says */
        g_free(text);
        fine = false;
    }
    g_ptr_array_unref(arguments);
    g_free(log);
    g_free(set);
    return fine && !interrupted;
}

/* Whether the card took the load; why not. */
static bool takes_it(const struct search *search, int status, const json_t *report, const char **why)
{
    double dropped = json_number(report, "frames.dropped") / json_number(report, "frames.offered");
    const json_t *rate = json_array_get(json_object_get(report, "rates"), 0);
    double asked = json_number(rate, "asked"), reached = NAN;
    const char *kind = json_string_value(json_object_get(rate, "kind"));

    if (kind) {
        char *name = g_strdup_printf("reached_%s", kind);

        reached = json_number(rate, name);
        g_free(name);
    }
    *why = "";
    /* A cooldown leaves what is under way unfinished. */
    bool is_cut = !g_strcmp0(json_string_value(json_object_get(report, "ended")), "cooldown over");

    if (status != 0 || (!is_cut && !json_is_true(json_find(report, "payload.verified"))))
        *why = "something went wrong";
    else if (!(dropped <= search->loss))
        *why = "frames were dropped";
    else if (!is_cut && json_number(report, "connections.finished") < json_number(report, "connections.in_capture"))
        *why = "connections did not reach their end";
    else if (reached < REACHED * asked)
        *why = "the rate was not reached";
    else if (search->percentile) {
        char *path = g_strdup_printf("latency.receive.%s", search->percentile);

        if (!(json_number(report, path) <= search->latency_ns))
            *why = "the latency is above its bound";
        g_free(path);
    }
    return !**why;
}

/* False: no use in going on. */
static bool try_load(struct search *search, double load, bool *passed)
{
    char *path = g_build_filename(search->trial, "report.json", NULL);
    const char *why = "";
    int status = 0;

    *passed = false;
    search->runs++;
    if (!run_once(search, load, &status)) {
        g_free(path);
        return false;
    }
    json_t *report = json_load_file(path, 0, NULL);

    *passed = takes_it(search, status, report, &why);
    g_string_append_printf(search->log, "%.6f,%s,%s,%.0f,%.0f,%.0f\n", load, *passed ? "yes" : "no", why,
                           json_number(report, "frames.offered"), json_number(report, "frames.dropped"),
                           json_number(report, "latency.receive.p99_ns"));
    if (!search->is_quiet && isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%u runs, %.6g: %s", search->runs, load, *passed ? "taken" : why);
    json_decref(report);
    g_free(path);
    if (*passed) {
        search->best_load = load;
        folder_remove(search->best);
        g_rename(search->trial, search->best);
    }
    return true;
}

/* The ends first, then the geometric middle: rates span decades. */
static bool bisect(struct search *search)
{
    double low = search->from, high = search->to;
    bool passed;

    if (!try_load(search, low, &passed))
        return false;
    if (!passed)
        return true;
    if (!try_load(search, high, &passed))
        return false;
    if (passed)
        return true;
    while (high / low > 1 + search->resolution && search->runs < MAX_RUNS) {
        double middle = sqrt(low * high);

        if (!try_load(search, middle, &passed))
            return false;
        if (passed)
            low = middle;
        else
            high = middle;
    }
    return true;
}

/* The best run's files become those of the folder. */
static void keep_best(struct search *search)
{
    GDir *folder = g_dir_open(search->best, 0, NULL);
    char *log = g_build_filename(search->out, "search.csv", NULL);
    const char *name;

    while (folder && (name = g_dir_read_name(folder))) {
        char *from = g_build_filename(search->best, name, NULL), *to = g_build_filename(search->out, name, NULL);

        if (g_rename(from, to) != 0)
            result_file_error(&search->diagnostics, to, "write", errno);
        g_free(from);
        g_free(to);
    }
    if (folder)
        g_dir_close(folder);
    result_file_write(log, search->log->str, search->log->len, &search->diagnostics);
    folder_remove(search->best);
    folder_remove(search->trial);
    g_free(log);
}

static int find(struct search *search)
{
    char *pid = g_strdup_printf(".trial.%ld", (long)getpid()), *pid_best = g_strdup_printf(".best.%ld", (long)getpid());
    bool went_on;

    search->trial = g_build_filename(search->out, pid, NULL);
    search->best = g_build_filename(search->out, pid_best, NULL);
    g_free(pid);
    g_free(pid_best);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    went_on = bisect(search);
    if (!search->is_quiet && isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    keep_best(search);
    if (interrupted)
        return EXIT_INTERRUPTED;
    if (!went_on || search->diagnostics.errors)
        return EXIT_INPUT;
    if (isnan(search->best_load)) {
        printf("Even %g is too much: see %s/search.csv\n", search->from, search->out);
        return EXIT_NONE;
    }
    if (!search->is_quiet)
        page_write_run(search->out, &search->diagnostics);
    printf("%.6g is taken%s, after %u runs; results in %s\n", search->best_load,
           search->best_load >= search->to ? ", the end of the range" : "", search->runs, search->out);
    return 0;
}

int command_find_max(int argc, char **argv)
{
    struct search search = {.sets = g_ptr_array_new_with_free_func(g_free),
                            .from = 1,
                            .to = 100000,
                            .resolution = 0.01,
                            .best_load = NAN,
                            .program = g_file_read_link("/proc/self/exe", NULL),
                            .log = g_string_new("load,taken,why,offered,dropped,p99_ns\n")};
    int option, status = -1;

    diagnostics_init(&search.diagnostics);
    optind = 1;
    while ((option = getopt_long(argc, argv, "hqo:", options, NULL)) != -1 && status < 0) {
        if (option == 'h')
            fputs(help, stdout);
        if (option == '?')
            fprintf(stderr, "polynic: see polynic find-max --help\n");
        if (option == 'h' || option == '?')
            status = option == 'h' ? 0 : EXIT_INPUT;
        else
            take_option(&search, option);
    }
    if (status < 0) {
        search.scenario = optind < argc ? argv[optind] : NULL;
        if (!search.scenario || optind + 1 < argc || !search.out)
            diagnostic_error(&search.diagnostics, NULL, 0, "find-max: expected one scenario file and --out DIR");
        if (search.from >= search.to)
            diagnostic_error(&search.diagnostics, NULL, 0, "--from %g --to %g: expected a range upward", search.from,
                             search.to);
        if (search.scenario)
            command_set_capture(search.scenario, search.capture, search.sets, &search.diagnostics);
        status = search.diagnostics.errors ? EXIT_INPUT : find(&search);
    }
    diagnostics_print(&search.diagnostics, stderr);
    diagnostics_clear(&search.diagnostics);
    g_ptr_array_unref(search.sets);
    g_string_free(search.log, TRUE);
    g_free(search.percentile);
    g_free(search.program);
    g_free(search.trial);
    g_free(search.best);
    return status;
}
