/* command_compare_scenarios.c - the parameters of two runs, from the scenario.ini that each leaves in its folder. */
#include "sim/command_compare.h"

#include <stdio.h>
#include <string.h>

/* SECTION.NAME.KEY -> value, in a list of the names as they come. */
struct keys {
    GHashTable *values;
    GPtrArray *names; /* keys of values */
};

static void add_key(struct keys *keys, const char *section, const char *line)
{
    const char *equals = strchr(line, '=');
    char *key = equals ? g_strstrip(g_strndup(line, (gsize)(equals - line))) : NULL;
    char *name = key ? g_strdup_printf("%s.%s", section, key) : NULL;

    if (name && !g_hash_table_contains(keys->values, name)) {
        g_hash_table_insert(keys->values, name, g_strstrip(g_strdup(equals + 1)));
        g_ptr_array_add(keys->names, name);
        name = NULL;
    }
    g_free(name);
    g_free(key);
}

static void read_keys(struct keys *keys, const char *folder)
{
    char *path = g_build_filename(folder, "scenario.ini", NULL), *text = NULL, *section = g_strdup("");

    *keys = (struct keys){g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free), g_ptr_array_new()};
    if (g_file_get_contents(path, &text, NULL, NULL)) {
        char **lines = g_strsplit(text, "\n", -1);

        for (char **line = lines; *line; line++) {
            if (**line == '[' && strchr(*line, ']')) {
                g_free(section);
                section = g_strndup(*line + 1, (gsize)(strchr(*line, ']') - *line - 1));
                g_strdelimit(section, " ", '.');
            } else if (**line != '#' && **line) {
                add_key(keys, section, *line);
            }
        }
        g_strfreev(lines);
    }
    g_free(section);
    g_free(text);
    g_free(path);
}

static void tell(struct compare *compare, json_t *list, const char *name, const char *a, const char *b)
{
    if (!g_strcmp0(a, b) || g_str_has_prefix(name, "scenario."))
        return;
    if (compare->wants_json)
        json_array_append_new(list, json_pack("{ss ss? ss?}", "name", name, "a", a, "b", b));
    else
        printf("%s: %s -> %s\n", name, a ? a : "-", b ? b : "-");
}

void compare_scenarios(struct compare *compare, const char *const folders[2])
{
    json_t *list = json_array();
    struct keys keys[2];

    for (unsigned side = 0; side < 2; side++)
        read_keys(&keys[side], folders[side]);
    for (unsigned i = 0; i < keys[0].names->len; i++) {
        const char *name = g_ptr_array_index(keys[0].names, i);

        tell(compare, list, name, g_hash_table_lookup(keys[0].values, name), g_hash_table_lookup(keys[1].values, name));
    }
    for (unsigned i = 0; i < keys[1].names->len; i++) {
        const char *name = g_ptr_array_index(keys[1].names, i);

        if (!g_hash_table_contains(keys[0].values, name))
            tell(compare, list, name, NULL, g_hash_table_lookup(keys[1].values, name));
    }
    for (unsigned side = 0; side < 2; side++) {
        g_ptr_array_unref(keys[side].names);
        g_hash_table_destroy(keys[side].values);
    }
    json_object_set_new(compare->root, "parameters", list);
}
