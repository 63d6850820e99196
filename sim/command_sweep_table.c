/* command_sweep_table.c - a sweep as one table: a row a point, a column for each number of its report. */
#include "sim/command_sweep.h"

#include "analysis/flatten.h"
#include "analysis/result_file.h"
#include "analysis/table.h"

#include <jansson.h>
#include <string.h>

static void add_number(void *table, const char *name, double number)
{
    table_set_number(table, name, number);
}

static void add_point(struct table *table, const struct sweep_plan *plan, const struct sweep_point *point,
                      const char *folder, unsigned number)
{
    char *status = sweep_point_status(folder, point->id);
    char *path = g_build_filename(folder, "points", point->id, "report.json", NULL);
    json_t *report = json_load_file(path, 0, NULL);
    const json_t *scenario = json_object_get(report, "scenario");

    table_begin_row(table);
    table_set_number(table, "number", number);
    table_set_text(table, "point", point->id);
    table_set_text(table, "status", status ? status : "not run");
    for (unsigned i = 0; i < plan->keys->len; i++)
        table_set_text(table, g_ptr_array_index(plan->keys, i),
                       sweep_point_value(point, i) ? sweep_point_value(point, i) : "");
    table_set_text(table, "scenario.hash", json_string_value(json_object_get(scenario, "hash")));
    table_set_text(table, "scenario.program_version",
                   json_string_value(json_object_get(scenario, "program_version")));
    table_set_text(table, "ended", json_string_value(json_object_get(report, "ended")));
    if (report)
        flatten(report, add_number, table);
    json_decref(report);
    g_free(path);
    g_free(status);
}

bool sweep_write_tables(const struct sweep_plan *plan, const char *folder, struct diagnostics *diagnostics)
{
    struct table *table = table_new();
    char *csv = g_build_filename(folder, "table.csv", NULL), *sqlite = g_build_filename(folder, "table.sqlite", NULL);

    for (unsigned i = 0; i < plan->points->len; i++)
        add_point(table, plan, g_ptr_array_index(plan->points, i), folder, i + 1);
    bool written = table_write_csv(table, csv, diagnostics);

    written &= table_write_sqlite(table, sqlite, 3 + plan->keys->len + 3, diagnostics);
    table_free(table);
    g_free(csv);
    g_free(sqlite);
    return written;
}
