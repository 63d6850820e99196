/* command_sweep_means.c - means.csv of a sweep that repeats its points with several seeds: of each statistic the mean over the
 * seeds and its 95 % confidence interval. */
#include "sim/command_sweep.h"

#include "analysis/batches.h"
#include "analysis/flatten.h"
#include "analysis/table.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

struct group { /* points that differ by the seed alone */
    const struct sweep_point *first;
    GPtrArray *names;      /* of statistics, as they came; the keys of the next */
    GHashTable *statistics; /* name -> GArray of double */
};

static void free_group(gpointer data)
{
    struct group *group = data;

    g_ptr_array_unref(group->names);
    g_hash_table_destroy(group->statistics);
    g_free(group);
}

static void add_number(void *owner, const char *name, double number)
{
    struct group *group = owner;
    GArray *values = g_hash_table_lookup(group->statistics, name);

    if (!values) {
        char *key = g_strdup(name);

        values = g_array_new(FALSE, FALSE, sizeof(double));
        g_hash_table_insert(group->statistics, key, values);
        g_ptr_array_add(group->names, key);
    }
    g_array_append_val(values, number);
}

static char *name_of(const struct sweep_plan *plan, const struct sweep_point *point, unsigned seed)
{
    GString *name = g_string_new(NULL);

    for (unsigned k = 0; k < plan->keys->len; k++)
        if (k != seed)
            g_string_append_printf(name, "%s\n", sweep_point_value(point, k) ? sweep_point_value(point, k) : "");
    return g_string_free(name, FALSE);
}

static void add_point(GHashTable *groups, GPtrArray *order, const struct sweep_plan *plan,
                      const struct sweep_point *point, unsigned seed, const char *folder)
{
    char *name = name_of(plan, point, seed), *status = sweep_point_status(folder, point->id);
    char *path = g_build_filename(folder, "points", point->id, "report.json", NULL);
    json_t *report = g_strcmp0(status, "done") ? NULL : json_load_file(path, 0, NULL);
    struct group *group = g_hash_table_lookup(groups, name);

    if (report && !group) {
        group = g_new0(struct group, 1);
        group->first = point;
        group->names = g_ptr_array_new();
        group->statistics = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
        g_hash_table_insert(groups, g_strdup(name), group);
        g_ptr_array_add(order, group);
    }
    if (report)
        flatten(report, add_number, group);
    json_decref(report);
    g_free(path);
    g_free(status);
    g_free(name);
}

static void add_statistic(struct table *table, const GArray *values)
{
    double sum = 0, squares = 0, least = INFINITY, most = -INFINITY;

    for (unsigned i = 0; i < values->len; i++) {
        double value = g_array_index(values, double, i);

        sum += value;
        least = fmin(least, value);
        most = fmax(most, value);
    }
    double mean = sum / values->len;
    for (unsigned i = 0; i < values->len; i++)
        squares += (g_array_index(values, double, i) - mean) * (g_array_index(values, double, i) - mean);
    table_set_number(table, "count", values->len);
    table_set_number(table, "mean", mean);
    if (values->len > 1)
        table_set_number(table, "half_width_95",
                         batches_student_t(values->len - 1) * sqrt(squares / (values->len - 1) / values->len));
    table_set_number(table, "least", least);
    table_set_number(table, "most", most);
}

static void add_group(struct table *table, const struct sweep_plan *plan, const struct group *group, unsigned seed)
{
    for (unsigned i = 0; i < group->names->len; i++) {
        const char *name = g_ptr_array_index(group->names, i);

        if (!strcmp(name, "scenario.seed"))
            continue;
        table_begin_row(table);
        for (unsigned k = 0; k < plan->keys->len; k++)
            if (k != seed)
                table_set_text(table, g_ptr_array_index(plan->keys, k),
                               sweep_point_value(group->first, k) ? sweep_point_value(group->first, k) : "");
        table_set_text(table, "statistic", name);
        add_statistic(table, g_hash_table_lookup(group->statistics, name));
    }
}

bool sweep_write_means(const struct sweep_plan *plan, const char *folder, struct diagnostics *diagnostics)
{
    unsigned seed = 0;

    while (seed < plan->keys->len && strcmp(g_ptr_array_index(plan->keys, seed), "sim.seed"))
        seed++;
    if (seed == plan->keys->len)
        return true;
    GHashTable *groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_group);
    GPtrArray *order = g_ptr_array_new();
    struct table *table = table_new();
    char *path = g_build_filename(folder, "means.csv", NULL);

    for (unsigned i = 0; i < plan->points->len; i++)
        add_point(groups, order, plan, g_ptr_array_index(plan->points, i), seed, folder);
    for (unsigned i = 0; i < order->len; i++)
        add_group(table, plan, g_ptr_array_index(order, i), seed);
    bool written = table_write_csv(table, path, diagnostics);
    g_free(path);
    table_free(table);
    g_ptr_array_unref(order);
    g_hash_table_destroy(groups);
    return written;
}
