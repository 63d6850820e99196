#include "analysis/flatten.h"

#include <glib.h>

struct walk {
    void (*found)(void *owner, const char *name, double number);
    void *owner;
};

static void step(const struct walk *walk, const json_t *value, const char *path)
{
    const char *key;
    size_t i;
    json_t *each;

    if (json_is_number(value)) {
        walk->found(walk->owner, path, json_number_value(value));
    } else if (json_is_boolean(value)) {
        walk->found(walk->owner, path, json_is_true(value));
    } else if (json_is_object(value)) {
        json_object_foreach((json_t *)(size_t)value, key, each)
        {
            char *name = *path ? g_strdup_printf("%s.%s", path, key) : g_strdup(key);

            step(walk, each, name);
            g_free(name);
        }
    } else if (json_is_array(value)) {
        json_array_foreach(value, i, each)
        {
            const char *word = json_string_value(json_object_get(each, "name"));
            char *name = word ? g_strdup_printf("%s.%s", path, word) : g_strdup_printf("%s.%zu", path, i);

            step(walk, each, name);
            g_free(name);
        }
    }
}

void flatten(const json_t *value, void (*found)(void *owner, const char *name, double number), void *owner)
{
    struct walk walk = {.found = found, .owner = owner};

    step(&walk, value, "");
}
