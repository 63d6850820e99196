/* main.c - the command line: polynic COMMAND ... */
#include "sim/command.h"
#include "sim/diagnostic.h"

#include <stdio.h>
#include <string.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
};

static const struct command commands[] = {
    {"run", command_run, "simulate a scenario and report"},
    {"sweep", command_sweep, "run a scenario with parameters varied, and put all results into one table"},
    {"find-max", command_find_max, "find the highest load that a card takes without loss"},
    {"report", command_report, "write the results of a run as a page with plots"},
    {"explain", command_explain, "tell in words what limited a run"},
    {"compare", command_compare, "show what changed between two runs"},
    {"check", command_check, "validate a scenario and draw its wiring"},
    {"describe", command_describe, "list the kinds of parts, their keys and statistics"},
    {"list", command_list, "list the scenarios and presets that are there, with what they are for"},
    {"trace", command_trace, "tell what is in a capture, or write one of made traffic"},
    {"hash", command_hash, "show how hash functions spread a capture over processors"},
    {"memory", command_memory, "play a trace of accesses to a memory controller alone"},
    {"exec", command_exec, "run a bare-metal RV32 program on one core alone"},
    {NULL, NULL, NULL},
};

static void print_help(FILE *stream)
{
    fprintf(stream, "usage: polynic COMMAND ...\n\n"
                    "A cycle-level simulator of network cards with a protocol stack on each of their\n"
                    "processors.\n\n");
    for (const struct command *command = commands; command->name; command++)
        fprintf(stream, "  %-10s %s\n", command->name, command->help);
    fprintf(stream, "\n'polynic COMMAND --help' tells more of each.\n");
}

int main(int argc, char **argv)
{
    const char *names[sizeof commands / sizeof *commands] = {NULL};

    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        print_help(stdout);
        return 0;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("polynic %s\n", POLYNIC_VERSION);
        return 0;
    }
    for (unsigned i = 0; commands[i].name; i++) {
        if (!strcmp(argv[1], commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
        names[i] = commands[i].name;
    }
    const char *nearest = diagnostic_nearest(argv[1], names);
    fprintf(stderr, "polynic: '%s' is not a command%s%s%s: see polynic --help\n", argv[1],
            nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
    return 2;
}
