/* command_check.c - polynic check: says all that is wrong with a scenario, or draws it. */
#include "sim/command.h"

#include "sim/kinds.h"
#include "sim/scenario.h"
#include "sim/settings.h"
#include "sim/wiring.h"

#include <errno.h>
#include <getopt.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: polynic check SCENARIO [option ...]\n"
    "\n"
    "Says all that is wrong with a scenario, each mistake with file and line; or, if nothing is,\n"
    "draws its wiring: each part with what differs from the defaults, and what it is wired to.\n"
    "\n"
    "  --set SECTION.NAME.KEY=VALUE   override a key of the scenario; may be given often\n"
    "                                 (--set processor.pp.count=8, --set sim.seed=3)\n"
    "  --effective                    print the scenario that its bases and overrides result in\n"
    "                                 instead of the picture: every key, with its meaning and\n"
    "                                 where it was given\n"
    "  --dot FILE                     draw the wiring for Graphviz as well: dot -Tsvg FILE\n"
    "                                 ('-': on standard output, instead of the picture)\n"
    "  --quiet                        no picture\n"
    "  --help\n"
    "\n"
    "Exit status: 0 the scenario is sound; 2 it is not.\n"
    "\n"
    "See also: polynic describe, polynic run SCENARIO\n";

enum long_option { OPTION_SET = 256, OPTION_EFFECTIVE, OPTION_DOT };

static const struct option options[] = {{"set", required_argument, NULL, OPTION_SET},
                                        {"effective", no_argument, NULL, OPTION_EFFECTIVE},
                                        {"dot", required_argument, NULL, OPTION_DOT},
                                        {"quiet", no_argument, NULL, 'q'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

struct arguments {
    const char *scenario, *dot;
    GPtrArray *sets; /* of const char *, ends with NULL */
    bool effective, quiet;
};

/* 0: go on; else the exit status plus 1. */
static int parse_arguments(int argc, char **argv, struct arguments *arguments)
{
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "hq", options, NULL)) != -1) {
        switch (option) {
        case OPTION_SET:
            g_ptr_array_add(arguments->sets, optarg);
            break;
        case OPTION_EFFECTIVE:
            arguments->effective = true;
            break;
        case OPTION_DOT:
            arguments->dot = optarg;
            break;
        case 'q':
            arguments->quiet = true;
            break;
        case 'h':
            fputs(help, stdout);
            return 1;
        default:
            fprintf(stderr, "polynic: see polynic check --help\n");
            return 3;
        }
    }
    if (optind + 1 != argc) {
        fprintf(stderr, "polynic: check: expected one scenario file: see polynic check --help\n");
        return 3;
    }
    if (arguments->effective && arguments->dot && !strcmp(arguments->dot, "-")) {
        fprintf(stderr, "polynic: check: --effective and --dot - both want standard output\n");
        return 3;
    }
    arguments->scenario = argv[optind];
    g_ptr_array_add(arguments->sets, NULL);
    return 0;
}

static void write_dot(const struct scenario *scenario, const char *path,
                      struct diagnostics *diagnostics)
{
    FILE *file = fopen(path, "w");

    if (file)
        wiring_print_dot(scenario, file);
    if (!file || ferror(file) || fclose(file) != 0)
        diagnostic_error(diagnostics, path, 0, "cannot be written: %s", strerror(errno));
}

/* The scenario is sound. What is to be read by a program has standard output for itself. */
static void print(const struct arguments *arguments, const struct scenario *scenario,
                  const struct sim *sim, struct diagnostics *diagnostics)
{
    bool dot_out = arguments->dot && !strcmp(arguments->dot, "-");
    FILE *words = dot_out || arguments->effective ? stderr : stdout;

    if (arguments->dot && !dot_out)
        write_dot(scenario, arguments->dot, diagnostics);
    if (diagnostics->errors)
        return;
    if (dot_out)
        wiring_print_dot(scenario, stdout);
    else if (arguments->effective)
        scenario_print_effective(scenario, stdout);
    else if (!arguments->quiet)
        wiring_print(scenario, stdout);
    fflush(stdout);
    fprintf(words, "%s%s: OK: %u sections, %u part%s\n",
            words == stdout && !arguments->quiet ? "\n" : "", arguments->scenario,
            scenario->section_count, sim->part_count, sim->part_count == 1 ? "" : "s");
}

int command_check(int argc, char **argv)
{
    struct arguments arguments = {.sets = g_ptr_array_new()};
    struct scenario *scenario = NULL;
    struct diagnostics diagnostics;
    struct sim sim;
    int status = parse_arguments(argc, argv, &arguments);

    if (status) {
        g_ptr_array_unref(arguments.sets);
        return status - 1;
    }
    diagnostics_init(&diagnostics);
    sim_init(&sim);
    scenario = scenario_load(arguments.scenario, (const char *const *)arguments.sets->pdata,
                             part_kinds, &diagnostics);
    if (scenario && scenario_build(scenario, &sim, &diagnostics)) {
        settings_apply(&sim);
        if (sim_wire(&sim, &diagnostics))
            print(&arguments, scenario, &sim, &diagnostics);
    }
    unsigned errors = diagnostics_print(&diagnostics, stderr);

    if (errors)
        fprintf(stderr, "polynic: %s: %u error%s\n", arguments.scenario, errors,
                errors == 1 ? "" : "s");
    sim_free(&sim);
    scenario_free(scenario);
    diagnostics_clear(&diagnostics);
    g_ptr_array_unref(arguments.sets);
    return errors ? 2 : 0;
}
