/* command_compare.c - polynic compare: two runs or sweeps side by side, what changed most first. */
#include "sim/command_compare.h"

#include "sim/command.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_HOLDS = 1, EXIT_INPUT = 2 };

static const char help[] =
    "usage: polynic compare A B [option ...]\n"
    "\n"
    "Compares two folders of polynic run --out, or of polynic sweep: what changed in the parameters, and which\n"
    "numbers of report.json did, the largest relative change first. A is the base: +5 % means that B is larger.\n"
    "Of sweeps points with the same values of what is varied are compared; for each number the median change\n"
    "over the points is given, and the largest one with its point.\n"
    "\n"
    "  --only PATTERN        names such as throughput.*, with * and ?; may be given often\n"
    "  --all                 all that changed, not the first 40\n"
    "  --json                print parameters, changes (of a sweep: points with theirs) and the conditions that\n"
    "                        hold as JSON; a change is a share of A, or null from 0\n"
    "  --fail-if CONDITION   exit status 1 if it holds (of a sweep: at any point): 'latency.receive.p99_ns > +5%',\n"
    "                        a change against A, or 'frames.dropped > 0', the value of B; with < <= > >=; * and ?\n"
    "                        in the name; may be given often\n"
    "  --help\n"
    "\n"
    "Exit status: 0; 1 a condition of --fail-if holds; 2 the input is wrong.\n";

enum { OPTION_ONLY = 256, OPTION_ALL, OPTION_JSON, OPTION_FAIL_IF };

static const struct option options[] = {{"only", required_argument, NULL, OPTION_ONLY},
                                        {"all", no_argument, NULL, OPTION_ALL},
                                        {"json", no_argument, NULL, OPTION_JSON},
                                        {"fail-if", required_argument, NULL, OPTION_FAIL_IF},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

static void print_rows(const struct compare *compare, const struct comparison *comparison)
{
    unsigned changed = compare_count_changed(comparison), shown = 0;

    if (changed)
        printf("%-60s %16s %16s %10s\n", "NAME", "A", "B", "CHANGE");
    for (unsigned i = 0; i < changed && (shown < COMPARE_SHOWN || compare->wants_all); i++, shown++) {
        const struct compare_row *row = g_ptr_array_index(comparison->rows, i);
        double change = compare_change(row);

        printf("%-60s", row->name);
        for (unsigned side = 0; side < 2; side++)
            if (isnan(row->values[side]))
                printf(" %16s", "-");
            else
                printf(" %16.12g", row->values[side]);
        if (isinf(change))
            printf(" %10s\n", isnan(row->values[0]) ? "new" : isnan(row->values[1]) ? "gone" : "from 0");
        else
            printf(" %+8.1f %%\n", 100 * change);
    }
    if (shown < changed)
        printf("and %u more: --all shows them\n", changed - shown);
    printf("%u numbers changed, %u are equal\n", changed, comparison->rows->len - changed);
}

static void compare_runs(struct compare *compare, const char *const folders[2])
{
    struct comparison *comparison = comparison_new(compare, folders);

    if (!comparison)
        return;
    compare_sort(comparison);
    compare_scenarios(compare, folders);
    if (compare->wants_json)
        json_object_set_new(compare->root, "changes", compare_rows_json(comparison));
    else
        print_rows(compare, comparison);
    fflush(stdout);
    compare_check_conditions(compare, comparison, NULL);
    comparison_free(comparison);
}

static bool is_sweep(const char *folder)
{
    char *path = g_build_filename(folder, "sweep.json", NULL);
    bool is_there = g_file_test(path, G_FILE_TEST_EXISTS);

    g_free(path);
    return is_there;
}

static int compare_folders(struct compare *compare, const char *const folders[2])
{
    bool are_sweeps[2] = {is_sweep(folders[0]), is_sweep(folders[1])};

    json_object_set_new(compare->root, "a", json_string(folders[0]));
    json_object_set_new(compare->root, "b", json_string(folders[1]));
    if (are_sweeps[0] != are_sweeps[1])
        diagnostic_error(&compare->diagnostics, folders[are_sweeps[1]], 0,
                         "is a sweep, and the other is not: expected two of a kind, or one of its points/ID");
    else if (are_sweeps[0])
        compare_sweeps(compare, folders);
    else
        compare_runs(compare, folders);
    if (!compare->diagnostics.errors)
        compare_end_conditions(compare);
    if (!compare->diagnostics.errors && compare->wants_json) {
        json_dumpf(compare->root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        putchar('\n');
    }
    return compare->diagnostics.errors ? EXIT_INPUT : compare->any_holds ? EXIT_HOLDS : 0;
}

int command_compare(int argc, char **argv)
{
    struct compare compare = {.only = g_ptr_array_new(),
                              .conditions = g_array_new(FALSE, TRUE, sizeof(struct compare_condition)),
                              .root = json_object()};
    int option, status = -1;

    diagnostics_init(&compare.diagnostics);
    optind = 1;
    while (status < 0 && (option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == OPTION_ONLY)
            g_ptr_array_add(compare.only, optarg);
        else if (option == OPTION_ALL)
            compare.wants_all = true;
        else if (option == OPTION_JSON)
            compare.wants_json = true;
        else if (option == OPTION_FAIL_IF)
            compare_parse_condition(&compare, optarg);
        else
            status = option == 'h' ? 0 : EXIT_INPUT;
        if (option == 'h')
            fputs(help, stdout);
    }
    if (status < 0 && optind + 2 != argc)
        diagnostic_error(&compare.diagnostics, NULL, 0,
                         "compare: expected two folders of polynic run --out, or of polynic sweep: see polynic compare "
                         "--help");
    if (status < 0)
        status = compare.diagnostics.errors
                     ? EXIT_INPUT
                     : compare_folders(&compare, (const char *const[]){argv[optind], argv[optind + 1]});
    diagnostics_print(&compare.diagnostics, stderr);
    for (unsigned i = 0; i < compare.conditions->len; i++) {
        g_free(g_array_index(compare.conditions, struct compare_condition, i).text);
        g_free(g_array_index(compare.conditions, struct compare_condition, i).pattern);
    }
    diagnostics_clear(&compare.diagnostics);
    json_decref(compare.root);
    g_array_unref(compare.conditions);
    g_ptr_array_unref(compare.only);
    return status;
}
