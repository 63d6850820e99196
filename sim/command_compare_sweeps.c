/* command_compare_sweeps.c - two sweeps: points with the same values of what is varied, beside each other. */
#include "sim/command_compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct change { /* of a statistic, at a point */
    const char *name;  /* of the summary's */
    double share;
    const char *point; /* of the sweep's */
};

struct sweep {
    GPtrArray *points; /* of char *: "a=1, b=2", keys sorted */
    GPtrArray *ids;    /* of char *: of the same */
};

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *name_of_point(const json_t *keys, const json_t *values)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

    for (size_t k = 0; k < json_array_size(keys); k++) {
        const char *key = json_string_value(json_array_get(keys, k)), *value = json_string_value(json_array_get(values, k));

        if (key && value && *value)
            g_ptr_array_add(words, g_strdup_printf("%s=%s", key, value));
    }
    g_ptr_array_sort(words, by_text);
    g_ptr_array_add(words, NULL);
    char *name = g_strjoinv(", ", (char **)words->pdata);
    g_ptr_array_unref(words);
    return name;
}

static void read_sweep(struct compare *compare, struct sweep *sweep, const char *folder)
{
    char *path = g_build_filename(folder, "sweep.json", NULL);
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error), *point;
    size_t i;

    *sweep = (struct sweep){g_ptr_array_new_with_free_func(g_free), g_ptr_array_new_with_free_func(g_free)};
    if (!json_is_array(json_object_get(root, "points")))
        diagnostic_error(&compare->diagnostics, path, 0, "no sweep can be read here%s%s", root ? "" : ": ",
                         root ? "" : error.text);
    json_array_foreach(json_object_get(root, "points"), i, point)
    {
        const char *id = json_string_value(json_object_get(point, "id"));

        if (!id || strchr(id, '/'))
            continue;
        g_ptr_array_add(sweep->points, name_of_point(json_object_get(root, "keys"), json_object_get(point, "values")));
        g_ptr_array_add(sweep->ids, g_strdup(id));
    }
    json_decref(root);
    g_free(path);
}

static const char *id_of(const struct sweep *sweep, const char *point)
{
    for (unsigned i = 0; i < sweep->points->len; i++)
        if (!strcmp(g_ptr_array_index(sweep->points, i), point))
            return g_ptr_array_index(sweep->ids, i);
    return NULL;
}

/* NULL: it has not ended with a report. */
static char *folder_of(const char *folder, const char *id)
{
    char *path = g_build_filename(folder, "points", id, NULL), *report = g_build_filename(path, "report.json", NULL);

    if (!g_file_test(report, G_FILE_TEST_EXISTS))
        g_clear_pointer(&path, g_free);
    g_free(report);
    return path;
}

/* --- The summary ----------------------------------------------------------------------------------- */

static void remember(GPtrArray *names, GHashTable *changes, const struct comparison *comparison, const char *point)
{
    for (unsigned i = 0; i < comparison->rows->len; i++) {
        const struct compare_row *row = g_ptr_array_index(comparison->rows, i);
        GArray *list = g_hash_table_lookup(changes, row->name);

        if (!list) {
            char *name = g_strdup(row->name);

            list = g_array_new(FALSE, FALSE, sizeof(struct change));
            g_hash_table_insert(changes, name, list);
            g_ptr_array_add(names, name);
        }
        struct change change = {NULL, compare_change(row), point};
        g_array_append_val(list, change);
    }
}

static gint by_share(gconstpointer a, gconstpointer b)
{
    const struct change *first = a, *second = b;

    return first->share < second->share ? -1 : first->share > second->share;
}

static double median_of(GArray *list)
{
    g_array_sort(list, by_share);
    const struct change *changes = (const struct change *)(const void *)list->data;

    return list->len % 2 ? changes[list->len / 2].share
                         : (changes[list->len / 2 - 1].share + changes[list->len / 2].share) / 2;
}

static const struct change *largest_of(const GArray *list)
{
    const struct change *first = &g_array_index(list, struct change, 0), *last = first + list->len - 1; /* sorted */

    return fabs(first->share) > fabs(last->share) ? first : last;
}

struct summary {
    const char *name;
    double median;
    const struct change *largest;
};

static int by_largest(const void *a, const void *b)
{
    const struct summary *first = a, *second = b;
    double shares[2] = {fabs(first->largest->share), fabs(second->largest->share)};

    if (shares[0] != shares[1])
        return shares[0] < shares[1] ? 1 : -1;
    return strcmp(first->name, second->name);
}

static void print_share(double share)
{
    if (isinf(share) || isnan(share))
        printf(" %10s", "from 0");
    else
        printf(" %+8.1f %%", 100 * share);
}

static void print_summary(struct compare *compare, const GPtrArray *names, GHashTable *changes)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct summary));

    for (unsigned i = 0; i < names->len; i++) {
        GArray *list = g_hash_table_lookup(changes, g_ptr_array_index(names, i));
        struct summary summary = {.name = g_ptr_array_index(names, i), .median = median_of(list)};

        summary.largest = largest_of(list);
        if (summary.largest->share != 0)
            g_array_append_val(all, summary);
    }
    g_array_sort(all, by_largest);
    if (all->len && !compare->wants_json)
        printf("%-50s %10s %10s  %s\n", "NAME", "MEDIAN", "LARGEST", "AT");
    for (unsigned i = 0; i < all->len && !compare->wants_json && (i < COMPARE_SHOWN || compare->wants_all); i++) {
        const struct summary *summary = &g_array_index(all, struct summary, i);

        printf("%-50s", summary->name);
        print_share(summary->median);
        print_share(summary->largest->share);
        printf("  %s\n", summary->largest->point);
    }
    if (all->len > COMPARE_SHOWN && !compare->wants_all && !compare->wants_json)
        printf("and %u more: --all shows them\n", all->len - COMPARE_SHOWN);
    if (!compare->wants_json)
        printf("%u numbers changed at some point, %u are equal at all\n", all->len, names->len - all->len);
    g_array_unref(all);
}

/* --- All points -------------------------------------------------------------------------------------- */

static void tell_alone(struct compare *compare, const struct sweep *sweep, const struct sweep *other, const char *which)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < sweep->points->len; i++) {
        const char *point = g_ptr_array_index(sweep->points, i);

        if (id_of(other, point))
            continue;
        json_array_append_new(list, json_string(point));
        if (!compare->wants_json)
            printf("only in %s: %s\n", which, point);
    }
    json_object_set_new(compare->root, *which == 'A' ? "only_in_a" : "only_in_b", list);
}

static void compare_point(struct compare *compare, const char *point, char *const folders[2], GPtrArray *names,
                          GHashTable *changes)
{
    struct comparison *comparison = comparison_new(compare, (const char *const *)folders);

    if (!comparison)
        return;
    compare_sort(comparison);
    remember(names, changes, comparison, point);
    compare_check_conditions(compare, comparison, point);
    if (compare->wants_json)
        json_array_append_new(json_object_get(compare->root, "points"),
                              json_pack("{ss so}", "point", point, "changes", compare_rows_json(comparison)));
    comparison_free(comparison);
}

static void compare_points(struct compare *compare, const struct sweep sweeps[2], const char *const folders[2])
{
    GPtrArray *names = g_ptr_array_new();
    GHashTable *changes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    bool is_first = true;

    for (unsigned i = 0; i < sweeps[0].points->len; i++) {
        const char *point = g_ptr_array_index(sweeps[0].points, i), *id = id_of(&sweeps[1], point);

        if (!id)
            continue;
        char *paths[2] = {folder_of(folders[0], g_ptr_array_index(sweeps[0].ids, i)), folder_of(folders[1], id)};

        if (paths[0] && paths[1] && is_first) {
            compare_scenarios(compare, (const char *const *)paths); /* the same at every point */
            is_first = false;
        }
        if (paths[0] && paths[1])
            compare_point(compare, point, paths, names, changes);
        else
            fprintf(stderr, "polynic: not compared, for want of a report: %s\n", point);
        g_free(paths[0]);
        g_free(paths[1]);
    }
    if (names->len)
        print_summary(compare, names, changes);
    else
        diagnostic_error(&compare->diagnostics, folders[1], 0, "no point of this sweep is in the other one");
    g_hash_table_destroy(changes);
    g_ptr_array_unref(names);
}

void compare_sweeps(struct compare *compare, const char *const folders[2])
{
    struct sweep sweeps[2];

    json_object_set_new(compare->root, "points", json_array());
    for (unsigned side = 0; side < 2; side++)
        read_sweep(compare, &sweeps[side], folders[side]);
    if (!compare->diagnostics.errors) {
        tell_alone(compare, &sweeps[0], &sweeps[1], "A");
        tell_alone(compare, &sweeps[1], &sweeps[0], "B");
        compare_points(compare, sweeps, folders);
    }
    for (unsigned side = 0; side < 2; side++) {
        g_ptr_array_unref(sweeps[side].points);
        g_ptr_array_unref(sweeps[side].ids);
    }
}
