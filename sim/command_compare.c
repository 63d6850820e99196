/* command_compare.c - polynic compare: two runs side by side, what changed most first. */
#include "sim/command.h"

#include "analysis/flatten.h"
#include "sim/diagnostic.h"

#include <getopt.h>
#include <glib.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_HOLDS = 1, EXIT_INPUT = 2, SHOWN = 40 };

static const char help[] =
    "usage: polynic compare A B [option ...]\n"
    "\n"
    "Compares two folders of polynic run --out: which numbers of report.json changed, the largest relative\n"
    "change first. A is the base: +5 % means that B is larger.\n"
    "\n"
    "  --only PATTERN        names such as throughput.*, with * and ?; may be given often\n"
    "  --all                 all that changed, not the first 40\n"
    "  --fail-if CONDITION   exit status 1 if it holds: 'latency.receive.p99_ns > +5%', a change against A, or\n"
    "                        'frames.dropped > 0', the value of B; with < <= > >=; * and ? in the name; may be\n"
    "                        given often\n"
    "  --help\n"
    "\n"
    "Exit status: 0; 1 a condition of --fail-if holds; 2 the input is wrong.\n";

enum { OPTION_ONLY = 256, OPTION_ALL, OPTION_FAIL_IF };

static const struct option options[] = {{"only", required_argument, NULL, OPTION_ONLY},
                                        {"all", no_argument, NULL, OPTION_ALL},
                                        {"fail-if", required_argument, NULL, OPTION_FAIL_IF},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

struct row {
    char *name;
    double values[2]; /* of A and B; NAN: there is none */
};

struct condition {
    char *text, *pattern;
    bool is_less, or_equal, is_relative;
    double bound; /* relative: a share */
    bool any;     /* some name matched */
};

struct comparison {
    GPtrArray *rows;   /* of struct row */
    GHashTable *names; /* name: struct row */
    GPtrArray *only;   /* of char * */
    GArray *conditions;
    unsigned side; /* that is being read */
    bool wants_all;
    struct diagnostics diagnostics;
};

static void free_row(void *pointer)
{
    struct row *row = pointer;

    g_free(row->name);
    g_free(row);
}

/* B against A, a share; infinite where A is 0. */
static double change_of(const struct row *row)
{
    if (isnan(row->values[0]) || isnan(row->values[1]))
        return INFINITY;
    if (row->values[0] == row->values[1])
        return 0;
    return (row->values[1] - row->values[0]) / fabs(row->values[0]);
}

static int by_change(const void *a, const void *b)
{
    const struct row *const *first = a, *const *second = b;
    double changes[2] = {fabs(change_of(*first)), fabs(change_of(*second))};

    if (changes[0] != changes[1])
        return changes[0] < changes[1] ? 1 : -1;
    return strcmp((*first)->name, (*second)->name);
}

static void take_number(void *owner, const char *name, double number)
{
    struct comparison *comparison = owner;
    struct row *row = g_hash_table_lookup(comparison->names, name);
    bool is_wanted = comparison->only->len == 0;

    for (unsigned i = 0; i < comparison->only->len; i++)
        is_wanted |= g_pattern_match_simple(g_ptr_array_index(comparison->only, i), name);
    for (unsigned i = 0; i < comparison->conditions->len; i++)
        is_wanted |= g_pattern_match_simple(g_array_index(comparison->conditions, struct condition, i).pattern, name);
    if (!is_wanted)
        return;
    if (!row) {
        row = g_new0(struct row, 1);
        row->name = g_strdup(name);
        row->values[0] = row->values[1] = NAN;
        g_ptr_array_add(comparison->rows, row);
        g_hash_table_insert(comparison->names, row->name, row);
    }
    row->values[comparison->side] = number;
}

static json_t *read_report(struct comparison *comparison, const char *folder)
{
    char *path = g_build_filename(folder, "report.json", NULL);
    json_error_t error;
    json_t *report = json_load_file(path, 0, &error);

    if (!json_is_object(report))
        diagnostic_error(&comparison->diagnostics, path, 0,
                         "no report can be read here%s%s: expected a folder of polynic run --out", report ? "" : ": ",
                         report ? "" : error.text);
    else
        flatten(report, take_number, comparison);
    g_free(path);
    return report;
}

/* "NAME > +5%", "NAME <= 100" */
static void parse_condition(struct comparison *comparison, const char *text)
{
    struct condition condition = {.text = g_strdup(text)};
    const char *sign = strpbrk(text, "<>");
    char *end = NULL;

    if (sign) {
        condition.pattern = g_strstrip(g_strndup(text, (gsize)(sign - text)));
        condition.is_less = *sign == '<';
        condition.or_equal = sign[1] == '=';
        const char *number = sign + 1 + condition.or_equal;

        condition.bound = g_ascii_strtod(number, &end);
        condition.is_relative = end != number && *end == '%';
        condition.bound /= condition.is_relative ? 100 : 1;
        end += condition.is_relative;
        if (end == number || *g_strchug(end) || !*condition.pattern || !isfinite(condition.bound))
            end = NULL;
    }
    if (!end)
        diagnostic_error(&comparison->diagnostics, NULL, 0,
                         "--fail-if %s: expected NAME, one of < <= > >=, and a number or a change in per cent: "
                         "'latency.receive.p99_ns > +5%%', 'frames.dropped > 0'",
                         text);
    g_array_append_val(comparison->conditions, condition);
}

static bool holds(const struct condition *condition, const struct row *row)
{
    double value = condition->is_relative ? change_of(row) : row->values[1];

    if (condition->or_equal && value == condition->bound)
        return true;
    return condition->is_less ? value < condition->bound : value > condition->bound;
}

static bool check_conditions(struct comparison *comparison)
{
    bool any = false;

    for (unsigned i = 0; i < comparison->conditions->len; i++) {
        struct condition *condition = &g_array_index(comparison->conditions, struct condition, i);

        for (unsigned r = 0; r < comparison->rows->len; r++) {
            const struct row *row = g_ptr_array_index(comparison->rows, r);

            if (!g_pattern_match_simple(condition->pattern, row->name))
                continue;
            condition->any = true;
            if (holds(condition, row)) {
                fprintf(stderr, "polynic: %s holds: %s is %.9g, was %.9g\n", condition->text, row->name, row->values[1],
                        row->values[0]);
                any = true;
            }
        }
        if (!condition->any)
            diagnostic_error(&comparison->diagnostics, NULL, 0, "--fail-if %s: no number of the reports has this name",
                             condition->text);
    }
    return any;
}

static void print_rows(struct comparison *comparison)
{
    unsigned changed = 0, shown = 0;

    g_ptr_array_sort(comparison->rows, by_change);
    for (unsigned i = 0; i < comparison->rows->len; i++)
        changed += change_of(g_ptr_array_index(comparison->rows, i)) != 0;
    if (changed)
        printf("%-60s %16s %16s %10s\n", "NAME", "A", "B", "CHANGE");
    for (unsigned i = 0; i < changed && (shown < SHOWN || comparison->wants_all); i++, shown++) {
        const struct row *row = g_ptr_array_index(comparison->rows, i);
        double change = change_of(row);

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

/* What was simulated, as far as it differs. */
static void print_scenarios(const json_t *a, const json_t *b)
{
    static const char *const keys[] = {"name", "hash", "program_version", "description"};

    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *first = json_string_value(json_object_get(json_object_get(a, "scenario"), keys[i]));
        const char *second = json_string_value(json_object_get(json_object_get(b, "scenario"), keys[i]));

        if (g_strcmp0(first, second))
            printf("scenario.%s: %s -> %s\n", keys[i], first ? first : "-", second ? second : "-");
    }
}

static int compare(struct comparison *comparison, char **folders)
{
    json_t *reports[2];
    bool any = false;

    for (comparison->side = 0; comparison->side < 2; comparison->side++)
        reports[comparison->side] = read_report(comparison, folders[comparison->side]);
    if (!comparison->diagnostics.errors) {
        print_scenarios(reports[0], reports[1]);
        print_rows(comparison);
        fflush(stdout);
        any = check_conditions(comparison);
    }
    json_decref(reports[0]);
    json_decref(reports[1]);
    return comparison->diagnostics.errors ? EXIT_INPUT : any ? EXIT_HOLDS : 0;
}

int command_compare(int argc, char **argv)
{
    struct comparison comparison = {.rows = g_ptr_array_new_with_free_func(free_row),
                                    .names = g_hash_table_new(g_str_hash, g_str_equal),
                                    .only = g_ptr_array_new(),
                                    .conditions = g_array_new(FALSE, TRUE, sizeof(struct condition))};
    int option, status = -1;

    diagnostics_init(&comparison.diagnostics);
    optind = 1;
    while (status < 0 && (option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == OPTION_ONLY)
            g_ptr_array_add(comparison.only, optarg);
        else if (option == OPTION_ALL)
            comparison.wants_all = true;
        else if (option == OPTION_FAIL_IF)
            parse_condition(&comparison, optarg);
        else
            status = option == 'h' ? 0 : EXIT_INPUT;
        if (option == 'h')
            fputs(help, stdout);
    }
    if (status < 0 && optind + 2 != argc)
        diagnostic_error(&comparison.diagnostics, NULL, 0,
                         "compare: expected two folders of polynic run --out: see polynic compare --help");
    if (status < 0)
        status = comparison.diagnostics.errors ? EXIT_INPUT : compare(&comparison, argv + optind);
    diagnostics_print(&comparison.diagnostics, stderr);
    for (unsigned i = 0; i < comparison.conditions->len; i++) {
        g_free(g_array_index(comparison.conditions, struct condition, i).text);
        g_free(g_array_index(comparison.conditions, struct condition, i).pattern);
    }
    diagnostics_clear(&comparison.diagnostics);
    g_array_unref(comparison.conditions);
    g_ptr_array_unref(comparison.only);
    g_hash_table_destroy(comparison.names);
    g_ptr_array_unref(comparison.rows);
    return status;
}
