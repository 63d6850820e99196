/* command_sweep.c - polynic sweep: a scenario with parameters varied, all points run, one table. */
#include "sim/command_sweep.h"

#include "analysis/page.h"
#include "sim/command.h"
#include "sim/command_capture.h"
#include "sim/parameter.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_WRONG = 1, EXIT_INPUT = 2, EXIT_INTERRUPTED = 130 };

static const char help[] =
    "usage: polynic sweep SCENARIO --vary KEY=VALUES ... --out DIR [option ...]\n"
    "       polynic sweep --resume DIR [option ...]\n"
    "\n"
    "Runs a scenario once for every combination of values, several at a time, and puts all results into\n"
    "one table: DIR/table.csv and DIR/table.sqlite, and a page with plots, DIR/report.html, beside a folder for each point. A point that is in DIR\n"
    "already is not run again: so more can be added, and an interrupted sweep goes on where it was.\n"
    "\n"
    "  --vary SECTION.NAME.KEY=VALUES  values: 1,2,4,8  1..16  1..64*2  10..100+10  1Gbit/s..8Gbit/s*2, or\n"
    "                                  words: toeplitz,xor; separated by ';' where a comma is in one.\n"
    "                                  Given often, all combinations are run; the last varies fastest.\n"
    "                                  Without any: what [sweep] of the scenario says\n"
    "  --points FILE                   a CSV file whose first line names keys and whose other lines are\n"
    "                                  points; each is combined with what is varied\n"
    "  --repeat N                      each point with the seeds 1 to N (for generated traffic, random hashes): means.csv\n"
    "                                  has the mean of each statistic with its 95 % confidence interval\n"
    "  --find-max                      for each point the highest load without loss, as polynic find-max finds\n"
    "                                  it, with its options --key, --from, --to, --loss, --latency, --resolution\n"
    "  --capture FILE                  replay this capture in place of the scenario's\n"
    "  --set SECTION.NAME.KEY=VALUE    override a key for all points\n"
    "  --out DIR                       the sweep's folder\n"
    "  --resume DIR                    go on with the sweep of that folder\n"
    "  --jobs N                        points at a time (default: as many as there are processors; under mpirun or srun\n"
    "                                  on each rank, default 1)\n"
    "  --timeout SECONDS               for a point; one that takes longer has failed (default 3600; 0: any)\n"
    "  --memory SIZE                   for a point; 4GiB, say (default: any)\n"
    "  --retry                         run points again that have failed\n"
    "  --dry-run                       list the points, run none\n"
    "  --quiet                         no progress, no summary\n"
    "  --help\n"
    "\n"
    "Under mpirun (Open MPI) or srun all ranks take points, on this and other machines, and rank 0 writes the\n"
    "table; the scenario and the captures must be there under the same path: mpirun -n 64 polynic sweep ...\n"
    "\n"
    "Exit status: 0 all points are done; 1 some have failed; 2 the input is wrong; 130 interrupted.\n";

enum {
    OPTION_VARY = 256,
    OPTION_POINTS,
    OPTION_REPEAT,
    OPTION_CAPTURE,
    OPTION_SET,
    OPTION_OUT,
    OPTION_RESUME,
    OPTION_JOBS,
    OPTION_TIMEOUT,
    OPTION_MEMORY,
    OPTION_RETRY,
    OPTION_DRY_RUN,
    OPTION_FIND_MAX,
    OPTION_SEARCH, /* and those behind it, in the order of search_options */
};

/* Of polynic find-max, handed on. */
static const char *const search_options[] = {"--key", "--from", "--to", "--loss", "--latency", "--resolution"};

static const struct option options[] = {{"vary", required_argument, NULL, OPTION_VARY},
                                        {"points", required_argument, NULL, OPTION_POINTS},
                                        {"repeat", required_argument, NULL, OPTION_REPEAT},
                                        {"capture", required_argument, NULL, OPTION_CAPTURE},
                                        {"set", required_argument, NULL, OPTION_SET},
                                        {"out", required_argument, NULL, OPTION_OUT},
                                        {"resume", required_argument, NULL, OPTION_RESUME},
                                        {"jobs", required_argument, NULL, OPTION_JOBS},
                                        {"timeout", required_argument, NULL, OPTION_TIMEOUT},
                                        {"memory", required_argument, NULL, OPTION_MEMORY},
                                        {"retry", no_argument, NULL, OPTION_RETRY},
                                        {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
                                        {"find-max", no_argument, NULL, OPTION_FIND_MAX},
                                        {"key", required_argument, NULL, OPTION_SEARCH},
                                        {"from", required_argument, NULL, OPTION_SEARCH + 1},
                                        {"to", required_argument, NULL, OPTION_SEARCH + 2},
                                        {"loss", required_argument, NULL, OPTION_SEARCH + 3},
                                        {"latency", required_argument, NULL, OPTION_SEARCH + 4},
                                        {"resolution", required_argument, NULL, OPTION_SEARCH + 5},
                                        {"quiet", no_argument, NULL, 'q'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

struct arguments {
    const char *scenario, *points, *out, *resume, *capture;
    GPtrArray *sets; /* of char * */
    GPtrArray *search; /* of char *: options of find-max */
    GArray *axes;    /* of struct sweep_axis */
    struct sweep_limits limits;
    uint64_t repeat; /* 0: not */
    bool is_dry, finds_max;
};

static void take_number(const char *option, const char *text, enum parameter_type type, uint64_t min, uint64_t *number,
                        struct diagnostics *diagnostics)
{
    const struct parameter parameter = {.key = option, .type = type, .min = min};
    char *wrong = NULL;

    if (!parameter_parse(&parameter, text, number, &wrong))
        diagnostic_error(diagnostics, NULL, 0, "%s %s: %s", option, text, wrong);
    g_free(wrong);
}

static void take_option(struct arguments *arguments, int option, struct diagnostics *diagnostics)
{
    struct sweep_axis axis;
    uint64_t number = 0;

    switch (option) {
    case OPTION_VARY:
        if (sweep_axis_parse(&axis, optarg, diagnostics))
            g_array_append_val(arguments->axes, axis);
        break;
    case OPTION_POINTS:
        arguments->points = optarg;
        break;
    case OPTION_REPEAT:
        take_number("--repeat", optarg, PARAMETER_COUNT, 2, &arguments->repeat, diagnostics);
        break;
    case OPTION_CAPTURE:
        arguments->capture = optarg;
        break;
    case OPTION_SET:
        g_ptr_array_add(arguments->sets, g_strdup(optarg));
        break;
    case OPTION_OUT:
    case 'o':
        arguments->out = optarg;
        break;
    case OPTION_RESUME:
        arguments->resume = optarg;
        break;
    case OPTION_JOBS:
    case 'j':
        take_number("--jobs", optarg, PARAMETER_COUNT, 1, &number, diagnostics);
        arguments->limits.jobs = (unsigned)MIN(number, 4096);
        break;
    case OPTION_TIMEOUT:
        take_number("--timeout", optarg, PARAMETER_DECIMAL, 0, &number, diagnostics);
        arguments->limits.seconds = (double)number / 1e6;
        break;
    case OPTION_MEMORY:
        take_number("--memory", optarg, PARAMETER_SIZE, 0, &arguments->limits.memory_bytes, diagnostics);
        break;
    case OPTION_RETRY:
        arguments->limits.retries_failed = true;
        break;
    case OPTION_FIND_MAX:
        arguments->finds_max = true;
        break;
    case OPTION_DRY_RUN:
        arguments->is_dry = true;
        break;
    case 'q':
        arguments->limits.is_quiet = true;
        break;
    default:
        if (option >= OPTION_SEARCH) {
            g_ptr_array_add(arguments->search, g_strdup(search_options[option - OPTION_SEARCH]));
            g_ptr_array_add(arguments->search, g_strdup(optarg));
        }
    }
}

/* 0: go on; else the exit status plus 1. */
static int parse_arguments(int argc, char **argv, struct arguments *arguments, struct diagnostics *diagnostics)
{
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "hqj:o:", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return 1;
        }
        if (option == '?') {
            fprintf(stderr, "polynic: see polynic sweep --help\n");
            return EXIT_INPUT + 1;
        }
        take_option(arguments, option, diagnostics);
    }
    if (optind < argc)
        arguments->scenario = argv[optind++];
    if (optind < argc)
        diagnostic_error(diagnostics, NULL, 0, "sweep: one scenario at a time: '%s' comes after '%s'", argv[optind],
                         arguments->scenario);
    if (arguments->search->len && !arguments->finds_max)
        diagnostic_error(diagnostics, NULL, 0, "%s: only with --find-max", (char *)g_ptr_array_index(arguments->search, 0));
    if (arguments->resume && (arguments->scenario || arguments->out || arguments->axes->len || arguments->points ||
                              arguments->capture || arguments->sets->len || arguments->repeat || arguments->finds_max))
        diagnostic_error(diagnostics, NULL, 0,
                         "--resume goes on with what the folder says: without a scenario, --vary, --points, --repeat, --capture, "
                         "--set and --out");
    else if (!arguments->resume && !arguments->scenario)
        diagnostic_error(diagnostics, NULL, 0, "sweep: expected a scenario file, or --resume DIR: see polynic sweep --help");
    else if (!arguments->resume && !arguments->out && !arguments->is_dry)
        diagnostic_error(diagnostics, NULL, 0, "sweep: expected --out DIR, the folder of the sweep");
    return 0;
}

static bool is_same(const GPtrArray *a, const GPtrArray *b)
{
    bool same = a->len == b->len;

    for (unsigned i = 0; same && i < a->len; i++)
        same = !strcmp(g_ptr_array_index(a, i), g_ptr_array_index(b, i));
    return same;
}

/* As an absolute path: the sweep may go on from elsewhere. */
static void set_capture(struct arguments *arguments, struct diagnostics *diagnostics)
{
    char *path = arguments->capture ? g_canonicalize_filename(arguments->capture, NULL) : NULL;

    if (path && arguments->scenario)
        command_set_capture(arguments->scenario, path, arguments->sets, diagnostics);
    g_free(path);
}

/* As the last key, which varies fastest. */
static void add_seeds(const struct arguments *arguments, struct diagnostics *diagnostics)
{
    char *text = g_strdup_printf("sim.seed=1..%llu", (unsigned long long)arguments->repeat);
    struct sweep_axis axis;

    if (sweep_axis_parse(&axis, text, diagnostics))
        g_array_append_val(arguments->axes, axis);
    g_free(text);
}

/* The plan of the folder, if it has one, with the points asked for now. */
static bool make_plan(struct sweep_plan *plan, const struct arguments *arguments, struct diagnostics *diagnostics)
{
    const char *folder = arguments->resume ? arguments->resume : arguments->out;
    char *before = folder ? g_build_filename(folder, "sweep.json", NULL) : NULL;
    bool is_there = before && g_file_test(before, G_FILE_TEST_EXISTS);

    g_free(before);
    if ((arguments->resume || is_there) && !sweep_plan_read(plan, folder, diagnostics))
        return false;
    if (arguments->resume)
        return true;
    char *path = g_canonicalize_filename(arguments->scenario, NULL);

    if (is_there && strcmp(path, plan->scenario))
        diagnostic_error(diagnostics, folder, 0, "this is a sweep of %s: choose another folder", plan->scenario);
    if (is_there && (!is_same(plan->sets, arguments->sets) || !is_same(plan->search, arguments->search) ||
                     plan->is_search != arguments->finds_max))
        diagnostic_error(diagnostics, folder, 0,
                         "this is a sweep with other values of --set, --capture or --find-max: choose another folder");
    g_free(plan->scenario);
    plan->scenario = path;
    plan->is_search = arguments->finds_max;
    g_ptr_array_set_size(plan->search, 0);
    for (unsigned i = 0; i < arguments->search->len; i++)
        g_ptr_array_add(plan->search, g_strdup(g_ptr_array_index(arguments->search, i)));
    g_ptr_array_set_size(plan->sets, 0);
    for (unsigned i = 0; i < arguments->sets->len; i++)
        g_ptr_array_add(plan->sets, g_strdup(g_ptr_array_index(arguments->sets, i)));
    if (!arguments->axes->len && !arguments->points)
        sweep_plan_section(plan, arguments->axes, diagnostics);
    if (arguments->repeat)
        add_seeds(arguments, diagnostics);
    if (diagnostics->errors)
        return false;
    if (!arguments->axes->len && !arguments->points) {
        diagnostic_error(diagnostics, arguments->scenario, 0,
                         "nothing is varied: expected --vary SECTION.NAME.KEY=VALUES, --points FILE, or vary.1 = ... in "
                         "a section [sweep]");
        return false;
    }
    return sweep_plan_add(plan, (const struct sweep_axis *)(const void *)arguments->axes->data, arguments->axes->len,
                          arguments->points, diagnostics);
}

static void list_points(const struct sweep_plan *plan, FILE *stream)
{
    for (unsigned i = 0; i < plan->points->len; i++) {
        const struct sweep_point *point = g_ptr_array_index(plan->points, i);

        fprintf(stream, "%s", point->id);
        for (unsigned k = 0; k < plan->keys->len; k++)
            if (sweep_point_value(point, k))
                fprintf(stream, "  %s=%s", (char *)g_ptr_array_index(plan->keys, k), sweep_point_value(point, k));
        fputc('\n', stream);
    }
}

/* What has failed, with the log of each. */
static void list_failed(const struct sweep_plan *plan, const char *folder)
{
    for (unsigned i = 0, shown = 0; i < plan->points->len && shown < 20; i++) {
        const struct sweep_point *point = g_ptr_array_index(plan->points, i);
        char *status = sweep_point_status(folder, point->id);

        if (status && strcmp(status, "done")) {
            fprintf(stderr, "polynic: point %s %s: see %s/points/%s/log.txt\n", point->id, status, folder, point->id);
            shown++;
        }
        g_free(status);
    }
}

static int sweep(const struct sweep_plan *plan, const struct arguments *arguments, struct diagnostics *diagnostics)
{
    const char *folder = arguments->resume ? arguments->resume : arguments->out;
    char *points = g_build_filename(folder, "points", NULL);

    if (g_mkdir_with_parents(points, 0777) != 0)
        diagnostic_error(diagnostics, points, 0, "cannot make the folder: choose another one");
    g_free(points);
    if (diagnostics->errors || !sweep_plan_write(plan, folder, diagnostics))
        return EXIT_INPUT;
    struct sweep_counts counts = sweep_run(plan, folder, &arguments->limits, diagnostics);

    sweep_write_tables(plan, folder, diagnostics);
    sweep_write_means(plan, folder, diagnostics);
    sweep_warn_of_lists(plan, folder, diagnostics);
    page_write_sweep(folder, diagnostics);
    if (!arguments->limits.is_quiet)
        printf("%u points: %u done, %u failed%s%s; %s/report.html, table.csv and table.sqlite\n", plan->points->len, counts.done,
               counts.failed, counts.known ? ", some of them earlier" : "", counts.interrupted ? ", interrupted" : "",
               folder);
    list_failed(plan, folder);
    if (counts.interrupted) {
        fprintf(stderr, "polynic: interrupted: go on with polynic sweep --resume %s\n", folder);
        return EXIT_INTERRUPTED;
    }
    return diagnostics->errors ? EXIT_INPUT : counts.failed ? EXIT_WRONG : 0;
}

static int sweep_all(int argc, char **argv, const struct ranks *ranks)
{
    struct arguments arguments = {
        .sets = g_ptr_array_new_with_free_func(g_free),
        .search = g_ptr_array_new_with_free_func(g_free),
        .axes = g_array_new(FALSE, TRUE, sizeof(struct sweep_axis)),
        .limits = {.jobs = ranks ? 1 : (unsigned)MAX(sysconf(_SC_NPROCESSORS_ONLN), 1), .ranks = ranks, .seconds = 3600}};
    struct diagnostics diagnostics;
    struct sweep_plan plan;

    diagnostics_init(&diagnostics);
    sweep_plan_init(&plan, "");
    int status = parse_arguments(argc, argv, &arguments, &diagnostics) - 1;

    if (status < 0) {
        set_capture(&arguments, &diagnostics);
        if (diagnostics.errors || !make_plan(&plan, &arguments, &diagnostics) || diagnostics.errors)
            status = EXIT_INPUT;
        else if (arguments.is_dry)
            list_points(&plan, stdout);
        else
            status = sweep(&plan, &arguments, &diagnostics);
    }
    diagnostics_print(&diagnostics, stderr);
    for (unsigned i = 0; i < arguments.axes->len; i++)
        sweep_axis_clear(&g_array_index(arguments.axes, struct sweep_axis, i));
    g_array_unref(arguments.axes);
    g_ptr_array_unref(arguments.sets);
    g_ptr_array_unref(arguments.search);
    sweep_plan_free(&plan);
    diagnostics_clear(&diagnostics);
    return MAX(status, 0);
}

int command_sweep(int argc, char **argv)
{
    struct diagnostics diagnostics;
    int status = EXIT_INPUT;

    diagnostics_init(&diagnostics);
    const struct ranks *ranks = ranks_open(&diagnostics);

    if (ranks && ranks->rank > 0) {
        sweep_ranks_work(ranks);
        status = 0;
    } else if (!diagnostics.errors) {
        status = sweep_all(argc, argv, ranks);
    }
    if (ranks && ranks->rank == 0)
        sweep_ranks_stop(ranks);
    if (ranks)
        ranks->end();
    diagnostics_print(&diagnostics, stderr);
    diagnostics_clear(&diagnostics);
    return status;
}
