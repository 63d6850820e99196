/* page_sweep_axis.c - the values of a key as an axis, and the curves along it. */
#include "analysis/page_sweep.h"

#include <math.h>
#include <string.h>

/* Its number, if all that stands behind it is the unit; unit is set by the first. */
static bool number_of_value(const char *text, char **unit, double *number)
{
    char *end;

    *number = g_ascii_strtod(text, &end);
    if (end == text || !isfinite(*number))
        return false;
    if (!*unit)
        *unit = g_strdup(end);
    return !strcmp(*unit, end);
}

unsigned sweep_axis_index(const struct sweep_axis *axis, const char *value)
{
    unsigned i = 0;

    while (i < axis->values->len && strcmp(g_ptr_array_index(axis->values, i), value))
        i++;
    return i;
}

static void sort_numbers(struct sweep_axis *axis)
{
    for (unsigned i = 1; i < axis->values->len; i++)
        for (unsigned k = i; k && axis->places[k] < axis->places[k - 1]; k--) {
            double place = axis->places[k];
            void *value = axis->values->pdata[k];

            axis->places[k] = axis->places[k - 1];
            axis->places[k - 1] = place;
            axis->values->pdata[k] = axis->values->pdata[k - 1];
            axis->values->pdata[k - 1] = value;
        }
}

void sweep_axis_fill(const struct sweep_page *page, struct sweep_axis *axis, unsigned key)
{
    *axis = (struct sweep_axis){.key = key, .values = g_ptr_array_new(), .is_numeric = true};
    for (unsigned i = 0; i < page->points->len; i++)
        if (sweep_axis_index(axis, sweep_point_at(page, i)->values[key]) == axis->values->len)
            g_ptr_array_add(axis->values, sweep_point_at(page, i)->values[key]);
    axis->places = g_new0(double, axis->values->len + 1);
    for (unsigned i = 0; i < axis->values->len; i++)
        axis->is_numeric &= number_of_value(g_ptr_array_index(axis->values, i), &axis->unit, &axis->places[i]);
    for (unsigned i = 0; i < axis->values->len && !axis->is_numeric; i++)
        axis->places[i] = i;
    if (axis->is_numeric)
        sort_numbers(axis);
}

void sweep_axis_done(struct sweep_axis *axis)
{
    g_ptr_array_unref(axis->values);
    g_free(axis->places);
    g_free(axis->unit);
}

void sweep_axis_choose(const struct sweep_page *page, struct sweep_axis *axis)
{
    unsigned chosen = 0;
    bool has_several = false;

    for (unsigned k = 0; k < page->keys->len; k++) {
        sweep_axis_fill(page, axis, k);
        bool is_numeric = axis->is_numeric && axis->values->len > 1;

        if ((axis->values->len > 1 && !has_several) || is_numeric)
            chosen = k;
        has_several |= axis->values->len > 1;
        sweep_axis_done(axis);
        if (is_numeric)
            break;
    }
    sweep_axis_fill(page, axis, chosen);
}

static char *name_of_series(const struct sweep_page *page, const struct sweep_axis *axis,
                            const struct sweep_point *point)
{
    GString *name = g_string_new(NULL);

    for (unsigned k = 0; k < page->keys->len; k++)
        if (k != axis->key)
            g_string_append_printf(name, "%s%s", name->len ? ", " : "", point->values[k]);
    if (!name->len)
        g_string_append(name, "application");
    return g_string_free(name, FALSE);
}

char *sweep_series_legend(const struct sweep_page *page, const struct sweep_axis *axis, const GArray *all)
{
    GString *legend = g_string_new(NULL);

    for (unsigned k = 0; k < page->keys->len; k++) {
        const char *key = sweep_key(page, k), *dot = strchr(key, '.');

        if (k != axis->key)
            g_string_append_printf(legend, "%s%s", legend->len ? ", " : "", dot ? dot + 1 : key);
    }
    return g_string_free(legend, all->len < 2);
}

static void sort_series(struct sweep_series *series)
{
    for (unsigned i = 1; i < series->points; i++)
        for (unsigned k = i; k && series->x[k] < series->x[k - 1]; k--) {
            double x = series->x[k];

            series->x[k] = series->x[k - 1];
            series->x[k - 1] = x;
            for (unsigned f = 0; f < SWEEP_FIGURES; f++) {
                double y = series->y[f][k];

                series->y[f][k] = series->y[f][k - 1];
                series->y[f][k - 1] = y;
            }
        }
}

static struct sweep_series *series_named(GArray *all, const char *name, unsigned most_points)
{
    unsigned s = 0;

    while (s < all->len && strcmp(g_array_index(all, struct sweep_series, s).name, name))
        s++;
    if (s == all->len) {
        struct sweep_series series = {.name = g_strdup(name), .x = g_new(double, most_points)};

        for (unsigned f = 0; f < SWEEP_FIGURES; f++)
            series.y[f] = g_new(double, most_points);
        g_array_append_val(all, series);
    }
    return &g_array_index(all, struct sweep_series, s);
}

GArray *sweep_series_new(const struct sweep_page *page, const struct sweep_axis *axis)
{
    GArray *all = g_array_new(FALSE, TRUE, sizeof(struct sweep_series));

    for (unsigned i = 0; i < page->points->len; i++) {
        const struct sweep_point *point = sweep_point_at(page, i);
        char *name = name_of_series(page, axis, point);
        struct sweep_series *series = series_named(all, name, page->points->len);

        series->x[series->points] = axis->places[sweep_axis_index(axis, point->values[axis->key])];
        for (unsigned f = 0; f < SWEEP_FIGURES; f++)
            series->y[f][series->points] = point->figures[f];
        series->points++;
        g_free(name);
    }
    for (unsigned s = 0; s < all->len; s++)
        sort_series(&g_array_index(all, struct sweep_series, s));
    return all;
}

void sweep_series_free(GArray *all)
{
    for (unsigned s = 0; s < all->len; s++) {
        struct sweep_series *series = &g_array_index(all, struct sweep_series, s);

        g_free(series->name);
        g_free(series->x);
        for (unsigned f = 0; f < SWEEP_FIGURES; f++)
            g_free(series->y[f]);
    }
    g_array_unref(all);
}
