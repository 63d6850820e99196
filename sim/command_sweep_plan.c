/* command_sweep_plan.c - the points of a sweep, checked, and sweep.json. */
#include "sim/command_sweep.h"

#include "analysis/result_file.h"
#include "sim/command.h"
#include "sim/kinds.h"
#include "sim/scenario.h"
#include "sim/settings.h"
#include "sim/sweep_section.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ERRORS = 20 };

static void free_point(void *pointer)
{
    struct sweep_point *point = pointer;

    g_ptr_array_unref(point->values);
    g_free(point->id);
    g_free(point);
}

void sweep_plan_init(struct sweep_plan *plan, const char *scenario)
{
    plan->scenario = g_strdup(scenario);
    plan->sets = g_ptr_array_new_with_free_func(g_free);
    plan->search = g_ptr_array_new_with_free_func(g_free);
    plan->is_search = false;
    plan->keys = g_ptr_array_new_with_free_func(g_free);
    plan->points = g_ptr_array_new_with_free_func(free_point);
}

void sweep_plan_free(struct sweep_plan *plan)
{
    g_free(plan->scenario);
    g_ptr_array_unref(plan->sets);
    g_ptr_array_unref(plan->search);
    g_ptr_array_unref(plan->keys);
    g_ptr_array_unref(plan->points);
}

/* --- Points -------------------------------------------------------------------------------------- */

static unsigned place_of_key(struct sweep_plan *plan, const char *key)
{
    for (unsigned i = 0; i < plan->keys->len; i++)
        if (!strcmp(g_ptr_array_index(plan->keys, i), key))
            return i;
    g_ptr_array_add(plan->keys, g_strdup(key));
    return plan->keys->len - 1;
}

static struct sweep_point *new_point(void)
{
    struct sweep_point *point = g_new0(struct sweep_point, 1);

    point->values = g_ptr_array_new_with_free_func(g_free);
    return point;
}

/* value is taken. */
static void set_value(struct sweep_point *point, unsigned key, char *value)
{
    if (point->values->len <= key)
        g_ptr_array_set_size(point->values, (int)key + 1);
    g_free(g_ptr_array_index(point->values, key));
    g_ptr_array_index(point->values, key) = value;
}

const char *sweep_point_value(const struct sweep_point *point, unsigned key)
{
    return key < point->values->len ? g_ptr_array_index(point->values, key) : NULL;
}

char **sweep_point_sets(const struct sweep_plan *plan, const struct sweep_point *point)
{
    GPtrArray *sets = g_ptr_array_new();

    for (unsigned i = 0; i < plan->sets->len; i++)
        g_ptr_array_add(sets, g_strdup(g_ptr_array_index(plan->sets, i)));
    for (unsigned i = 0; i < plan->keys->len; i++)
        if (sweep_point_value(point, i))
            g_ptr_array_add(sets, g_strdup_printf("%s=%s", (char *)g_ptr_array_index(plan->keys, i),
                                                  sweep_point_value(point, i)));
    g_ptr_array_add(sets, NULL);
    return (char **)g_ptr_array_free(sets, FALSE);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The scenario as it would be simulated, the overrides as given (which say where files are), and the program. */
static char *id_of(const struct sweep_plan *plan, const struct scenario *scenario, char **sets)
{
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
    char *text = scenario_text(scenario), *id;
    guint count = g_strv_length(sets);

    qsort(sets, count, sizeof *sets, by_text);
    g_checksum_update(checksum, (const guchar *)text, -1);
    for (char **set = sets; *set; set++)
        g_checksum_update(checksum, (const guchar *)*set, (gssize)strlen(*set) + 1);
    if (plan->is_search)
        g_checksum_update(checksum, (const guchar *)"find-max", -1);
    for (unsigned i = 0; i < plan->search->len; i++)
        g_checksum_update(checksum, g_ptr_array_index(plan->search, i), -1);
    g_checksum_update(checksum, (const guchar *)POLYNIC_VERSION, -1);
    id = g_strndup(g_checksum_get_string(checksum), 12);
    g_checksum_free(checksum);
    g_free(text);
    return id;
}

/* As `polynic check` would: what is wrong with one point is said as of that point. */
static bool check_point(const struct sweep_plan *plan, struct sweep_point *point, struct diagnostics *diagnostics)
{
    char **sets = sweep_point_sets(plan, point);
    struct diagnostics found;
    struct sim sim;
    bool fine;

    diagnostics_init(&found);
    sim_init(&sim);
    struct scenario *scenario = scenario_load(plan->scenario, (const char *const *)sets, part_kinds, &found);

    fine = scenario && scenario_build(scenario, &sim, &found);
    if (fine) {
        settings_apply(&sim);
        fine = sim_wire(&sim, &found);
    }
    for (unsigned i = 0; i < found.count && diagnostics->errors < MAX_ERRORS; i++) {
        bool is_known = false;

        for (unsigned k = 0; k < diagnostics->count; k++)
            is_known |= !strcmp(diagnostics->list[k].text, found.list[i].text);
        if (!is_known && found.list[i].is_error)
            diagnostic_error(diagnostics, NULL, 0, "%s", found.list[i].text);
    }
    if (fine)
        point->id = id_of(plan, scenario, sets);
    sim_free(&sim);
    scenario_free(scenario);
    diagnostics_clear(&found);
    g_strfreev(sets);
    return fine;
}

static bool is_there(const struct sweep_plan *plan, const char *id)
{
    for (unsigned i = 0; i < plan->points->len; i++)
        if (!strcmp(((struct sweep_point *)g_ptr_array_index(plan->points, i))->id, id))
            return true;
    return false;
}

/* point is taken. */
static bool add_point(struct sweep_plan *plan, struct sweep_point *point, struct diagnostics *diagnostics)
{
    bool fine = check_point(plan, point, diagnostics);

    if (fine && plan->points->len == SWEEP_MAX_POINTS) {
        diagnostic_error(diagnostics, NULL, 0, "more than %d points", SWEEP_MAX_POINTS);
        fine = false;
    }
    if (!fine || is_there(plan, point->id))
        free_point(point);
    else
        g_ptr_array_add(plan->points, point);
    return fine;
}

/* The grid, for one row of the file of points or for none. */
static bool add_grid(struct sweep_plan *plan, const struct sweep_axis *axes, unsigned count, char **row_keys, char **row,
                     struct diagnostics *diagnostics)
{
    unsigned *at = g_new0(unsigned, count + 1);
    bool fine = true, is_over = false;

    while (!is_over && diagnostics->errors < MAX_ERRORS) {
        struct sweep_point *point = new_point();

        for (unsigned i = 0; row_keys && row_keys[i]; i++)
            set_value(point, place_of_key(plan, row_keys[i]), g_strdup(row[i]));
        for (unsigned i = 0; i < count; i++)
            set_value(point, place_of_key(plan, axes[i].key), g_strdup(axes[i].values[at[i]]));
        fine &= add_point(plan, point, diagnostics);
        is_over = true;
        for (unsigned i = count; i-- && is_over;) {
            is_over = !axes[i].values[++at[i]];
            if (is_over)
                at[i] = 0;
        }
    }
    g_free(at);
    return fine;
}

/* A line of a CSV file; a field in double quotes may hold commas. Ends with NULL; g_strfreev(). */
static char **split_line(const char *line)
{
    GPtrArray *fields = g_ptr_array_new();

    for (bool is_last = false; !is_last;) {
        GString *field = g_string_new(NULL);
        bool is_quoted = *line == '"';

        for (line += is_quoted; *line && (is_quoted || *line != ','); line++) {
            if (is_quoted && *line == '"' && line[1] != '"') {
                is_quoted = false;
                continue;
            }
            line += is_quoted && *line == '"';
            g_string_append_c(field, *line);
        }
        is_last = !*line;
        line += !is_last;
        g_ptr_array_add(fields, g_strstrip(g_string_free(field, FALSE)));
    }
    g_ptr_array_add(fields, NULL);
    return (char **)g_ptr_array_free(fields, FALSE);
}

static bool add_rows(struct sweep_plan *plan, const struct sweep_axis *axes, unsigned count, const char *path,
                     struct diagnostics *diagnostics)
{
    char *text = NULL, **keys = NULL;
    GError *error = NULL;
    bool fine = true;

    if (!g_file_get_contents(path, &text, NULL, &error)) {
        diagnostic_error(diagnostics, path, 0, "%s", error->message);
        g_error_free(error);
        return false;
    }
    char **lines = g_strsplit(text, "\n", -1);

    for (unsigned i = 0; lines[i] && diagnostics->errors < MAX_ERRORS; i++) {
        if (!*g_strchomp(lines[i]) || *lines[i] == '#')
            continue;
        char **fields = split_line(lines[i]);

        if (!keys) {
            keys = fields;
            for (char **key = keys; *key; key++)
                place_of_key(plan, *key);
            continue;
        }
        if (g_strv_length(fields) != g_strv_length(keys)) {
            diagnostic_error(diagnostics, path, i + 1, "%u fields: expected %u, as in the first line",
                             g_strv_length(fields), g_strv_length(keys));
            fine = false;
        } else {
            fine &= add_grid(plan, axes, count, keys, fields, diagnostics);
        }
        g_strfreev(fields);
    }
    if (!keys) {
        diagnostic_error(diagnostics, path, 0, "no points: expected a line of keys, then a line for each point");
        fine = false;
    }
    g_strfreev(keys);
    g_strfreev(lines);
    g_free(text);
    return fine;
}

bool sweep_plan_add(struct sweep_plan *plan, const struct sweep_axis *axes, unsigned count, const char *path,
                    struct diagnostics *diagnostics)
{
    for (unsigned i = 0; i < count; i++)
        place_of_key(plan, axes[i].key);
    return path ? add_rows(plan, axes, count, path, diagnostics)
                : add_grid(plan, axes, count, NULL, NULL, diagnostics);
}

void sweep_plan_section(const struct sweep_plan *plan, GArray *axes, struct diagnostics *diagnostics)
{
    struct diagnostics others; /* they are said of the points */
    struct sim sim;

    diagnostics_init(&others);
    sim_init(&sim);
    struct scenario *scenario = scenario_load(plan->scenario, NULL, part_kinds, &others);

    if (scenario && scenario_build(scenario, &sim, &others)) {
        const struct sweep_section *section = (const struct sweep_section *)sim_find_part(&sim, "sweep", NULL);

        for (unsigned i = 0; section && i < section->vary.count; i++) {
            struct sweep_axis axis;

            if (sweep_axis_parse(&axis, section->vary.lines[i].text, diagnostics))
                g_array_append_val(axes, axis);
        }
    }
    sim_free(&sim);
    scenario_free(scenario);
    diagnostics_clear(&others);
}

/* --- sweep.json ---------------------------------------------------------------------------------- */

static json_t *texts_of(const GPtrArray *texts)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < texts->len; i++)
        json_array_append_new(array, json_string(g_ptr_array_index(texts, i)));
    return array;
}

bool sweep_plan_write(const struct sweep_plan *plan, const char *folder, struct diagnostics *diagnostics)
{
    json_t *root = json_pack("{ss ss so so sb so}", "version", POLYNIC_VERSION, "scenario", plan->scenario, "sets",
                             texts_of(plan->sets), "keys", texts_of(plan->keys), "find_max", plan->is_search,
                             "search", texts_of(plan->search));
    json_t *points = json_array();
    char *path = g_build_filename(folder, "sweep.json", NULL);

    for (unsigned i = 0; i < plan->points->len; i++) {
        const struct sweep_point *point = g_ptr_array_index(plan->points, i);
        json_t *values = json_array();

        for (unsigned k = 0; k < plan->keys->len; k++)
            json_array_append_new(values, sweep_point_value(point, k) ? json_string(sweep_point_value(point, k)) : json_null());
        json_array_append_new(points, json_pack("{ss so}", "id", point->id, "values", values));
    }
    json_object_set_new(root, "points", points);
    char *text = json_dumps(root, JSON_INDENT(2));
    bool written = result_file_write(path, text, strlen(text), diagnostics);

    free(text);
    g_free(path);
    json_decref(root);
    return written;
}

static void take_texts(const json_t *array, GPtrArray *texts)
{
    size_t i;
    json_t *text;

    json_array_foreach(array, i, text) if (json_is_string(text))
        g_ptr_array_add(texts, g_strdup(json_string_value(text)));
}

static bool is_id(const char *id)
{
    return id && strlen(id) == 12 && strspn(id, "0123456789abcdef") == 12;
}

static bool take_points(struct sweep_plan *plan, const json_t *points)
{
    size_t i;
    json_t *each;

    json_array_foreach(points, i, each)
    {
        const char *id = json_string_value(json_object_get(each, "id"));
        const json_t *values = json_object_get(each, "values");

        if (!is_id(id) || json_array_size(values) != plan->keys->len)
            return false;
        struct sweep_point *point = new_point();

        point->id = g_strdup(id);
        for (unsigned k = 0; k < plan->keys->len; k++)
            set_value(point, k, g_strdup(json_string_value(json_array_get(values, k))));
        g_ptr_array_add(plan->points, point);
    }
    return true;
}

bool sweep_plan_read(struct sweep_plan *plan, const char *folder, struct diagnostics *diagnostics)
{
    char *path = g_build_filename(folder, "sweep.json", NULL);
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    const char *scenario = json_string_value(json_object_get(root, "scenario"));
    bool fine = root && scenario;

    if (fine) {
        g_free(plan->scenario);
        plan->scenario = g_strdup(scenario);
        plan->is_search = json_is_true(json_object_get(root, "find_max"));
        take_texts(json_object_get(root, "search"), plan->search);
        take_texts(json_object_get(root, "sets"), plan->sets);
        take_texts(json_object_get(root, "keys"), plan->keys);
        fine = take_points(plan, json_object_get(root, "points"));
    }
    if (!fine)
        diagnostic_error(diagnostics, path, 0, "no sweep can be read here%s%s", root ? "" : ": ",
                         root ? "" : error.text);
    json_decref(root);
    g_free(path);
    return fine;
}
