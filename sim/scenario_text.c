#include "sim/parameter.h"
#include "sim/scenario.h"
#include "sim/scenario_file.h"

#include <glib.h>
#include <string.h>

static const struct parameter *parameter_of(const struct scenario_section *section, const char *key)
{
    const struct parameter *parameter = NULL;

    for (unsigned i = 0; section->part_kind; i++) {
        parameter = scenario_parameter(section->part_kind, i);
        if (!parameter || scenario_key_is_of(parameter, key))
            break;
    }
    return parameter;
}

char *scenario_normal_value(const struct parameter *parameter, const char *value)
{
    union {
        uint64_t number;
        bool flag;
        unsigned choice;
        char *text;
        uint8_t mac[6];
        struct parameter_bytes bytes;
    } field = {0};
    char *wrong = NULL;

    if (!parameter || parameter->type == PARAMETER_PART || parameter->type == PARAMETER_LINES)
        return g_strdup(value);
    if (parameter->type == PARAMETER_PARTS) {
        GString *names = g_string_new(NULL);
        char **words = g_strsplit_set(value, " \t,", -1);

        for (unsigned i = 0; words[i]; i++)
            if (*words[i])
                g_string_append_printf(names, "%s%s", names->len ? ", " : "", words[i]);
        g_strfreev(words);
        return g_string_free(names, FALSE);
    }
    if (!parameter_parse(parameter, value, &field, &wrong)) {
        g_free(wrong);
        return g_strdup(value);
    }
    char *normal = parameter_print(parameter, &field);

    parameter_release(parameter, &field);
    return normal;
}

static int by_key(const void *a, const void *b)
{
    const struct scenario_entry *const *first = a, *const *second = b;

    return strcmp((*first)->key, (*second)->key);
}

static bool is_neutral(const struct scenario_section *section, const char *key)
{
    const struct parameter *parameter = section->part_kind ? parameter_of(section, key) : NULL;

    return section->part_kind && section->part_kind->neutral_keys &&
           g_strv_contains(section->part_kind->neutral_keys, parameter ? parameter->key : key);
}

/* A section that changes no result at all. */
static bool is_all_neutral(const struct scenario_section *section)
{
    const struct parameter *parameter;

    if (!section->part_kind || !section->part_kind->neutral_keys)
        return false;
    for (unsigned i = 0; (parameter = scenario_parameter(section->part_kind, i)); i++)
        if (!g_strv_contains(section->part_kind->neutral_keys, parameter->key))
            return false;
    return true;
}

char *scenario_text(const struct scenario *scenario)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < scenario->section_count; i++) {
        const struct scenario_section *section = scenario->sections[i];

        if (is_all_neutral(section))
            continue;
        char *label = scenario_section_label(section);
        GPtrArray *entries = g_ptr_array_new();

        for (unsigned k = 0; k < section->entry_count; k++)
            if (!is_neutral(section, section->entries[k].key))
                g_ptr_array_add(entries, &section->entries[k]);
        g_ptr_array_sort(entries, by_key);
        g_string_append_printf(text, "%s[%s]\n", i ? "\n" : "", label);
        for (unsigned k = 0; k < entries->len; k++) {
            const struct scenario_entry *entry = g_ptr_array_index(entries, k);
            char *value = scenario_normal_value(parameter_of(section, entry->key), entry->value);

            g_string_append_printf(text, "%s = %s\n", entry->key, value);
            g_free(value);
        }
        g_ptr_array_unref(entries);
        g_free(label);
    }
    return g_string_free(text, FALSE);
}

char *scenario_hash(const struct scenario *scenario)
{
    char *text = scenario_text(scenario);
    char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);

    g_free(text);
    return hash;
}

static void print_lines(const struct scenario_section *section, const struct parameter *parameter,
                        FILE *stream)
{
    fprintf(stream, "\n# %s\n", parameter->help);
    for (unsigned i = 0; i < section->entry_count; i++) {
        const struct scenario_entry *entry = &section->entries[i];

        if (!scenario_key_is_of(parameter, entry->key))
            continue;
        if (entry->line)
            fprintf(stream, "# %s:%u\n", entry->file, entry->line);
        else
            fprintf(stream, "# %s\n", entry->file);
        fprintf(stream, "%s = %s\n", entry->key, entry->value);
    }
}

/* From the root on, if it is a file: what is printed may be kept elsewhere. */
static char *whole_path(const struct parameter *parameter, const struct scenario_entry *entry)
{
    char *path = scenario_path(parameter, entry);
    char *whole = g_file_test(path, G_FILE_TEST_EXISTS) ? g_canonicalize_filename(path, NULL) : g_strdup(path);

    g_free(path);
    return whole;
}

static void print_key(const struct scenario_section *section, const struct parameter *parameter,
                      FILE *stream)
{
    const struct scenario_entry *entry = scenario_entry(section, parameter->key);
    const char *text = entry ? entry->value : parameter->default_text;
    char *range = parameter_range(parameter);
    char *value = !text ? g_strdup("")
                  : entry && parameter->type == PARAMETER_PATH
                      ? whole_path(parameter, entry)
                      : scenario_normal_value(parameter, text);
    char *place = !entry        ? g_strdup("the default")
                  : entry->line ? g_strdup_printf("%s:%u", entry->file, entry->line)
                                : g_strdup(entry->file);

    /* `count` changes names by being given, a key without default must be: so no line for these. */
    bool absent = !text || (!entry && section->part_kind->countable && !section->numbered &&
                            !strcmp(parameter->key, "count"));

    fprintf(stream, "\n# %s%s%s%s\n# %s\n%s%s =%s%s\n", parameter->help, range ? " [" : "",
            range ? range : "", range ? "]" : "", place, absent ? "# " : "", parameter->key,
            *value ? " " : "", value);
    g_free(place);
    g_free(value);
    g_free(range);
}

void scenario_print_effective(const struct scenario *scenario, FILE *stream)
{
    const struct parameter *parameter;

    if (scenario->title || scenario->description) {
        fprintf(stream, "[scenario]\n");
        if (scenario->title)
            fprintf(stream, "title = %s\n", scenario->title);
        if (scenario->description)
            fprintf(stream, "description = %s\n", scenario->description);
        fprintf(stream, "\n");
    }
    for (unsigned i = 0; i < scenario->section_count; i++) {
        const struct scenario_section *section = scenario->sections[i];
        char *label = scenario_section_label(section);

        if (section->part_kind) {
            fprintf(stream, "%s# %s\n[%s]\n", i ? "\n" : "", section->part_kind->help, label);
            for (unsigned k = 0; (parameter = scenario_parameter(section->part_kind, k)); k++)
                if (parameter->type == PARAMETER_LINES)
                    print_lines(section, parameter, stream);
                else
                    print_key(section, parameter, stream);
        }
        g_free(label);
    }
}
