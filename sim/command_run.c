/* command_run.c - polynic run: a scenario from its file to its report. */
#include "sim/command.h"
#include "sim/command_capture.h"
#include "sim/command_run.h"
#include "sim/command_run_timeline.h"

#include "analysis/page.h"
#include "analysis/result_file.h"
#include "models/traffic.h"
#include "sim/kinds.h"
#include "sim/outside.h"
#include "sim/progress.h"
#include "sim/scenario.h"
#include "sim/settings.h"

#include <getopt.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: polynic run SCENARIO [option ...]\n"
    "\n"
    "Simulates a scenario, prints a report, and writes it to a folder.\n"
    "\n"
    "  --capture FILE                 replay this capture ('-': standard input) in place of the\n"
    "                                 scenario's\n"
    "  --set SECTION.NAME.KEY=VALUE   override a key of the scenario; may be given often\n"
    "                                 (--set processor.pp.count=8, --set sim.seed=3)\n"
    "  --out DIR                      write report.json, speed.json, CSV tables and a page with plots,\n"
    "                                 report.html, there\n"
    "  --no-page                      no report.html\n"
    "  --tx-pcap FILE                 write the frames that the card sent, as a capture\n"
    "  --console                      print what the firmware wrote to its consoles\n"
    "  --quiet                        no report on the terminal, no progress\n"
    "  --help\n"
    "\n"
    "Exit status: 0 done; 1 the run shows something wrong (the account of frames, bytes that differ,\n"
    "a processor that stopped); 2 the input is wrong.\n"
    "An interrupt (Ctrl-C) ends the simulation there and reports what is known.\n"
    "\n"
    "See also: polynic describe, polynic check SCENARIO, polynic trace info CAPTURE\n";

enum { OPTION_CAPTURE = 256, OPTION_SET, OPTION_OUT, OPTION_TX_PCAP, OPTION_CONSOLE, OPTION_NO_PAGE };

static const struct option options[] = {{"capture", required_argument, NULL, OPTION_CAPTURE},
                                        {"set", required_argument, NULL, OPTION_SET},
                                        {"out", required_argument, NULL, OPTION_OUT},
                                        {"tx-pcap", required_argument, NULL, OPTION_TX_PCAP},
                                        {"no-page", no_argument, NULL, OPTION_NO_PAGE},
                                        {"console", no_argument, NULL, OPTION_CONSOLE},
                                        {"quiet", no_argument, NULL, 'q'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

struct arguments {
    const char *scenario, *out, *tx_pcap;
    GPtrArray *sets; /* of char *, ends with NULL */
    const char *capture;
    bool console, quiet, no_page;
};

/* 0: go on; else the exit status plus 1. */
static int parse_arguments(int argc, char **argv, struct arguments *arguments)
{
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "hqo:", options, NULL)) != -1) {
        switch (option) {
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
        case OPTION_TX_PCAP:
            arguments->tx_pcap = optarg;
            break;
        case OPTION_NO_PAGE:
            arguments->no_page = true;
            break;
        case OPTION_CONSOLE:
            arguments->console = true;
            break;
        case 'q':
            arguments->quiet = true;
            break;
        case 'h':
            fputs(help, stdout);
            return 1;
        default:
            fprintf(stderr, "polynic: see polynic run --help\n");
            return 3;
        }
    }
    if (optind + 1 != argc) {
        fprintf(stderr, "polynic: run: expected one scenario file: see polynic run --help\n");
        return 3;
    }
    arguments->scenario = argv[optind];
    return 0;
}

static void print_consoles(const struct sim *sim, FILE *stream)
{
    for (unsigned i = 0; i < sim->part_count; i++) {
        const struct processor *processor = (const struct processor *)sim->parts[i];

        if (sim->parts[i]->kind != &processor_kind || !processor->console)
            continue;
        char **lines = g_strsplit(processor->console, "\n", -1);
        for (char **line = lines; *line; line++)
            if (**line)
                fprintf(stream, "%s: %s\n", sim->parts[i]->name, *line);
        g_strfreev(lines);
    }
}

static int replay_progress(void *owner)
{
    struct part *traffic = sim_find_part(owner, "traffic", NULL);

    return traffic ? replay_done_per_1000(traffic_replay(traffic)) : -1;
}

/* As it was run, with all that has a default: what polynic compare reads, and what runs the same again. */
static void write_scenario(const struct scenario *scenario, const char *directory, struct diagnostics *diagnostics)
{
    char *path = g_build_filename(directory, "scenario.ini", NULL), *text = NULL;
    size_t bytes;
    FILE *stream = open_memstream(&text, &bytes);

    scenario_print_effective(scenario, stream);
    fclose(stream);
    result_file_write(path, text, bytes, diagnostics);
    free(text);
    g_free(path);
}

/* The scenario is sound: simulate and report. */
static int run(const struct arguments *arguments, struct scenario *scenario, struct sim *sim,
               struct diagnostics *diagnostics)
{
    const struct settings *settings = (const struct settings *)sim_find_part(sim, "sim", NULL);
    struct run run = {.sim = sim, .scenario = scenario, .diagnostics = diagnostics};
    char *name = g_path_get_basename(arguments->scenario);
    struct timeline timeline = {0};
    unsigned shown;
    bool good;

    run.timeline = &timeline;
    if (!run_begin(&run, name, arguments->tx_pcap)) {
        diagnostics_print(diagnostics, stderr);
        run_free(&run);
        g_free(name);
        return 2;
    }
    shown = diagnostics->count;
    diagnostics_print(diagnostics, stderr); /* warnings so far */
    progress_set_source(replay_progress, sim);
    progress_begin(sim, arguments->quiet);
    sim_start(sim);
    if (arguments->out)
        timeline_begin(&timeline, &run);
    outside_run(sim,
                &(struct outside_options){.smallest_window = settings &&
                                                             settings->window == WINDOW_SMALLEST,
                                          .progress = progress_tick,
                                          .progress_ms = 100},
                diagnostics);
    progress_end();
    run_end(&run);
    if (arguments->out)
        report_write(&run.results, arguments->out, diagnostics);
    if (arguments->out)
        run_write_connections(&run, arguments->out, diagnostics);
    if (arguments->out)
        run_write_dispatch(&run, arguments->out, diagnostics);
    if (arguments->out)
        write_scenario(scenario, arguments->out, diagnostics);
    if (arguments->out)
        timeline_write(&timeline, arguments->out, diagnostics);
    timeline_free(&timeline);
    if (arguments->out && !arguments->no_page)
        page_write_run(arguments->out, diagnostics);
    diagnostics_print_from(diagnostics, shown, stderr);
    if (!arguments->quiet)
        report_print(&run.results, stdout, report_colour_wanted(stdout));
    if (!arguments->quiet && arguments->out)
        printf("\nWritten to %s/: report.html, report.json, speed.json and CSV tables\n", arguments->out);
    if (arguments->console)
        print_consoles(sim, stdout);
    good = run_is_good(&run);
    run_free(&run);
    g_free(name);
    return diagnostics->errors ? 2 : good ? 0 : 1;
}

int command_run(int argc, char **argv)
{
    struct arguments arguments = {.sets = g_ptr_array_new_with_free_func(g_free)};
    struct diagnostics diagnostics;
    struct scenario *scenario;
    struct sim sim;
    int status = parse_arguments(argc, argv, &arguments);

    if (status) {
        g_ptr_array_free(arguments.sets, true);
        return status - 1;
    }
    diagnostics_init(&diagnostics);
    command_set_capture(arguments.scenario, arguments.capture, arguments.sets, &diagnostics);
    g_ptr_array_add(arguments.sets, NULL);
    sim_init(&sim);
    scenario = scenario_load(arguments.scenario, (const char *const *)arguments.sets->pdata,
                             part_kinds, &diagnostics);
    if (!scenario || !scenario_build(scenario, &sim, &diagnostics)) {
        diagnostics_print(&diagnostics, stderr);
        status = 2;
    } else {
        settings_apply(&sim);
        if (!sim_wire(&sim, &diagnostics)) {
            diagnostics_print(&diagnostics, stderr);
            status = 2;
        } else {
            status = run(&arguments, scenario, &sim, &diagnostics);
        }
    }
    sim_free(&sim);
    scenario_free(scenario);
    diagnostics_clear(&diagnostics);
    g_ptr_array_free(arguments.sets, true);
    return status;
}
