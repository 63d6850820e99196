/* page_sweep_repeats.c - points that differ by their seed alone become one: the mean of each figure, and how sure it is. */
#include "analysis/batches.h"
#include "analysis/page_sweep.h"

#include <math.h>
#include <string.h>

static int seed_key(const struct sweep_page *page)
{
    for (unsigned k = 0; k < page->keys->len; k++)
        if (!strcmp(sweep_key(page, k), "sim.seed"))
            return (int)k;
    return -1;
}

static void drop_value(char **values, unsigned key, unsigned keys)
{
    g_free(values[key]);
    memmove(values + key, values + key + 1, (keys - key) * sizeof *values); /* the NULL behind them too */
}

/* Mean of the figure over the points, and the half width of its 95 % confidence interval: Student's t, the runs are
 * independent. */
static void estimate(const GPtrArray *points, unsigned figure, double *mean, double *half_width)
{
    double sum = 0, squares = 0;
    unsigned count = points->len;

    for (unsigned i = 0; i < count; i++)
        sum += ((const struct sweep_point *)g_ptr_array_index(points, i))->figures[figure];
    *mean = sum / count;
    for (unsigned i = 0; i < count; i++) {
        double off = ((const struct sweep_point *)g_ptr_array_index(points, i))->figures[figure] - *mean;

        squares += off * off;
    }
    *half_width = count > 1 ? batches_student_t(count - 1) * sqrt(squares / (count - 1) / count) : NAN;
}

/* The points of one group; the first stands for all. */
static void merge(const GPtrArray *points)
{
    struct sweep_point *first = g_ptr_array_index(points, 0);
    double means[SWEEP_FIGURES];

    for (unsigned figure = 0; figure < SWEEP_FIGURES; figure++)
        estimate(points, figure, &means[figure], &first->half_widths[figure]);
    memcpy(first->figures, means, sizeof means);
    first->repeats = points->len;
}

void sweep_page_merge_repeats(struct sweep_page *page)
{
    int key = seed_key(page);
    GHashTable *groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    GPtrArray *order = g_ptr_array_new();

    if (key < 0 || page->keys->len < 2)
        page->repeats = false;
    else
        page->repeats = true;
    for (unsigned i = 0; page->repeats && i < page->points->len; i++) {
        struct sweep_point *point = g_ptr_array_index(page->points, i);

        drop_value(point->values, (unsigned)key, page->keys->len);
        char *name = g_strjoinv("\n", point->values);
        GPtrArray *group = g_hash_table_lookup(groups, name);

        if (!group) {
            group = g_ptr_array_new();
            g_hash_table_insert(groups, g_strdup(name), group);
            g_ptr_array_add(order, group);
        }
        g_ptr_array_add(group, point);
        g_free(name);
    }
    for (unsigned i = 0; i < order->len; i++) {
        const GPtrArray *group = g_ptr_array_index(order, i);

        merge(group);
        for (unsigned k = 1; k < group->len; k++)
            g_ptr_array_remove(page->points, g_ptr_array_index(group, k)); /* frees it */
    }
    if (page->repeats)
        g_ptr_array_remove_index(page->keys, (unsigned)key);
    g_ptr_array_unref(order);
    g_hash_table_destroy(groups);
}
