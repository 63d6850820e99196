/* command_compare_rows.c - the numbers of two reports, and conditions about them. */
#include "sim/command_compare.h"

#include "analysis/flatten.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Numbers ------------------------------------------------------------------------------------- */

struct reading {
    const struct compare *compare;
    struct comparison *comparison;
    unsigned side;
};

static void free_row(void *pointer)
{
    struct compare_row *row = pointer;

    g_free(row->name);
    g_free(row);
}

double compare_change(const struct compare_row *row)
{
    if (isnan(row->values[0]) || isnan(row->values[1]))
        return INFINITY;
    if (row->values[0] == row->values[1])
        return 0;
    return (row->values[1] - row->values[0]) / fabs(row->values[0]);
}

static int by_change(const void *a, const void *b)
{
    const struct compare_row *const *first = a, *const *second = b;
    double changes[2] = {fabs(compare_change(*first)), fabs(compare_change(*second))};

    if (changes[0] != changes[1])
        return changes[0] < changes[1] ? 1 : -1;
    return strcmp((*first)->name, (*second)->name);
}

static bool is_wanted(const struct compare *compare, const char *name)
{
    bool is_wanted = compare->only->len == 0;

    for (unsigned i = 0; i < compare->only->len; i++)
        is_wanted |= g_pattern_match_simple(g_ptr_array_index(compare->only, i), name);
    for (unsigned i = 0; i < compare->conditions->len; i++)
        is_wanted |= g_pattern_match_simple(g_array_index(compare->conditions, struct compare_condition, i).pattern, name);
    return is_wanted;
}

static void take_number(void *owner, const char *name, double number)
{
    const struct reading *reading = owner;
    struct comparison *comparison = reading->comparison;
    struct compare_row *row = g_hash_table_lookup(comparison->names, name);

    if (!is_wanted(reading->compare, name))
        return;
    if (!row) {
        row = g_new0(struct compare_row, 1);
        row->name = g_strdup(name);
        row->values[0] = row->values[1] = NAN;
        g_ptr_array_add(comparison->rows, row);
        g_hash_table_insert(comparison->names, row->name, row);
    }
    row->values[reading->side] = number;
}

static void read_report(struct compare *compare, struct comparison *comparison, const char *folder, unsigned side)
{
    char *path = g_build_filename(folder, "report.json", NULL);
    struct reading reading = {compare, comparison, side};
    json_error_t error;
    json_t *report = json_load_file(path, 0, &error);

    if (!json_is_object(report))
        diagnostic_error(&compare->diagnostics, path, 0,
                         "no report can be read here%s%s: expected a folder of polynic run --out, or of polynic sweep",
                         report ? "" : ": ", report ? "" : error.text);
    else
        flatten(report, take_number, &reading);
    json_decref(report);
    g_free(path);
}

struct comparison *comparison_new(struct compare *compare, const char *const folders[2])
{
    struct comparison *comparison = g_new(struct comparison, 1);
    unsigned errors = compare->diagnostics.errors;

    *comparison = (struct comparison){.rows = g_ptr_array_new_with_free_func(free_row),
                                      .names = g_hash_table_new(g_str_hash, g_str_equal)};
    for (unsigned side = 0; side < 2; side++)
        read_report(compare, comparison, folders[side], side);
    if (compare->diagnostics.errors == errors)
        return comparison;
    comparison_free(comparison);
    return NULL;
}

void comparison_free(struct comparison *comparison)
{
    if (!comparison)
        return;
    g_hash_table_destroy(comparison->names);
    g_ptr_array_unref(comparison->rows);
    g_free(comparison);
}

void compare_sort(struct comparison *comparison)
{
    g_ptr_array_sort(comparison->rows, by_change);
}

unsigned compare_count_changed(const struct comparison *comparison)
{
    unsigned changed = 0;

    for (unsigned i = 0; i < comparison->rows->len; i++)
        changed += compare_change(g_ptr_array_index(comparison->rows, i)) != 0;
    return changed;
}

static json_t *finite_json(double number)
{
    return isfinite(number) ? json_real(number) : json_null();
}

json_t *compare_rows_json(const struct comparison *comparison)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < comparison->rows->len; i++) {
        const struct compare_row *row = g_ptr_array_index(comparison->rows, i);

        if (compare_change(row) != 0)
            json_array_append_new(list, json_pack("{ss so so so}", "name", row->name, "a", finite_json(row->values[0]), "b",
                                                  finite_json(row->values[1]), "change", finite_json(compare_change(row))));
    }
    return list;
}

/* --- Conditions ---------------------------------------------------------------------------------- */

void compare_parse_condition(struct compare *compare, const char *text)
{
    struct compare_condition condition = {.text = g_strdup(text)};
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
        diagnostic_error(&compare->diagnostics, NULL, 0,
                         "--fail-if %s: expected NAME, one of < <= > >=, and a number or a change in per cent: "
                         "'latency.receive.p99_ns > +5%%', 'frames.dropped > 0'",
                         text);
    if (!condition.pattern)
        condition.pattern = g_strdup("");
    g_array_append_val(compare->conditions, condition);
}

static bool holds(const struct compare_condition *condition, const struct compare_row *row)
{
    double value = condition->is_relative ? compare_change(row) : row->values[1];

    if (condition->or_equal && value == condition->bound)
        return true;
    return condition->is_less ? value < condition->bound : value > condition->bound;
}

static void tell(struct compare *compare, const struct compare_condition *condition, const struct compare_row *row,
                 const char *point)
{
    compare->any_holds = true;
    fprintf(stderr, "polynic: %s holds%s%s: %s is %.9g, was %.9g\n", condition->text, point ? " at " : "",
            point ? point : "", row->name, row->values[1], row->values[0]);
    if (!compare->wants_json)
        return;
    if (!json_object_get(compare->root, "holds"))
        json_object_set_new(compare->root, "holds", json_array());
    json_array_append_new(json_object_get(compare->root, "holds"),
                          json_pack("{ss ss ss? so so}", "condition", condition->text, "name", row->name, "point", point,
                                    "a", finite_json(row->values[0]), "b", finite_json(row->values[1])));
}

void compare_check_conditions(struct compare *compare, const struct comparison *comparison, const char *point)
{
    for (unsigned i = 0; i < compare->conditions->len; i++) {
        struct compare_condition *condition = &g_array_index(compare->conditions, struct compare_condition, i);

        for (unsigned r = 0; r < comparison->rows->len; r++) {
            const struct compare_row *row = g_ptr_array_index(comparison->rows, r);

            if (!g_pattern_match_simple(condition->pattern, row->name))
                continue;
            condition->any = true;
            if (holds(condition, row))
                tell(compare, condition, row, point);
        }
    }
}

void compare_end_conditions(struct compare *compare)
{
    for (unsigned i = 0; i < compare->conditions->len; i++) {
        const struct compare_condition *condition = &g_array_index(compare->conditions, struct compare_condition, i);

        if (!condition->any)
            diagnostic_error(&compare->diagnostics, NULL, 0, "--fail-if %s: no number of the reports has this name",
                             condition->text);
    }
}
