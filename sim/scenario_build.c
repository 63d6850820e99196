#include "sim/scenario_build.h"

#include "sim/parameter.h"
#include "sim/scenario_file.h"

#include <stdlib.h>
#include <string.h>

/* ---- errors ---- */

/* "file:line: port eth0: text" */
static void section_error(struct build *build, const struct scenario_section *section,
                          const char *format, ...) __attribute__((format(printf, 3, 4)));

static void section_error(struct build *build, const struct scenario_section *section,
                          const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    char *label = scenario_section_label(section);

    va_end(arguments);
    diagnostic_error(build->diagnostics, section->file, section->line, "%s: %s", label, text);
    g_free(label);
    g_free(text);
}

/* "file:line: port eth0: text"; an override names itself, which says the same. */
static void entry_error(struct build *build, const struct scenario_section *section,
                        const struct scenario_entry *entry, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void entry_error(struct build *build, const struct scenario_section *section,
                        const struct scenario_entry *entry, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    char *label = scenario_section_label(section);

    va_end(arguments);
    if (entry->line)
        diagnostic_error(build->diagnostics, entry->file, entry->line, "%s: %s", label, text);
    else
        diagnostic_error(build->diagnostics, entry->file, 0, "%s", text);
    g_free(label);
    g_free(text);
}

/* "file:line: port eth0: speed = 10: wrong"; entry NULL: the default, at the section's place. Frees
 * wrong. */
static void value_error(struct build *build, const struct scenario_section *section,
                        const struct parameter *parameter, const struct scenario_entry *entry,
                        char *wrong)
{
    if (!entry && strcmp(parameter->default_text, "*")) {
        section_error(build, section, "%s = %s (the default): %s", parameter->key,
                      parameter->default_text, wrong);
    } else if (!entry) {
        section_error(build, section, "%s: %s", parameter->key, wrong);
    } else if (entry->line == 0) {
        entry_error(build, section, entry, "%s", wrong);
    } else {
        bool comment = strstr(entry->value, " #") != NULL;
        char *start =
            g_utf8_strlen(entry->value, -1) > 60 ? g_utf8_substring(entry->value, 0, 57) : NULL;

        entry_error(build, section, entry, "%s = %s%s: %s", entry->key,
                    start ? start : entry->value, start ? "..." : "",
                    comment ? "a comment must stand on a line of its own" : wrong);
        g_free(start);
    }
    g_free(wrong);
}

/* ---- parts and names ---- */

static const struct parameter *find_parameter(const struct part_kind *kind, const char *key)
{
    const struct parameter *parameter;

    for (unsigned i = 0; (parameter = scenario_parameter(kind, i)); i++)
        if (scenario_key_is_of(parameter, key))
            return parameter;
    return NULL;
}

static const struct parameter *count_of(const struct part_kind *kind)
{
    const struct parameter *parameter = NULL;

    for (unsigned i = 0; scenario_parameter(kind, i); i++)
        parameter = scenario_parameter(kind, i);
    return kind->countable ? parameter : NULL;
}

static bool name_fine(const char *name)
{
    return g_ascii_isalpha(name[0]) && scenario_word(name, "-") && strlen(name) <= 63;
}

static void take_name(struct build *build, struct scenario_section *section, struct part *part,
                      const char *name)
{
    if (section->part_kind && section->part_kind->is_label)
        return;
    if (g_hash_table_contains(build->names, name)) {
        if (!g_hash_table_contains(build->taken, section))
            g_hash_table_insert(build->taken, section, g_strdup(name));
        return;
    }
    struct named *named = g_new(struct named, 1);

    *named = (struct named){section, part};
    g_hash_table_insert(build->names, g_strdup(name), named);
}

/* Parts and their names, so that references can be resolved in one pass; what is wrong is said in
 * that pass. */
static void make_parts(struct build *build, struct scenario_section *section)
{
    const struct part_kind *kind = section->part_kind;
    const struct scenario_entry *entry =
        kind && kind->countable ? scenario_entry(section, "count") : NULL;
    uint64_t count = 1;
    char *wrong = NULL;

    if (!kind) {
        if (section->name)
            take_name(build, section, NULL, section->name);
        return;
    }
    section->numbered = entry != NULL;
    if (entry && !parameter_parse(count_of(kind), entry->value, &count, &wrong))
        section->count_wrong = true;
    g_free(wrong);
    if (build->sim->part_count + count > SCENARIO_MAX_PARTS)
        return;
    const char *group = section->name ? section->name : kind->name;

    take_name(build, section, NULL, group);
    section->parts = g_new(struct part *, count);
    for (unsigned i = 0; i < count; i++) {
        char *name = entry ? g_strdup_printf("%s%u", group, i) : g_strdup(group);
        struct part *part = sim_add_part(build->sim, kind, name);

        g_free(part->group);
        part->group = g_strdup(group);
        part->index = i;
        part->section = section;
        section->parts[section->part_count++] = part;
        if (entry)
            take_name(build, section, part, name);
        g_free(name);
    }
}

/* ---- fields ---- */

static void *field_of(const struct parameter *parameter, struct part *part)
{
    return (char *)part + parameter->offset;
}

static void set_references(struct build *build, struct scenario_section *section,
                           const struct parameter *parameter, const struct scenario_entry *entry)
{
    GPtrArray *found = g_ptr_array_new();
    char *wrong = NULL;

    if (!scenario_resolve(build, parameter, section, entry ? entry->value : parameter->default_text,
                          found, &wrong)) {
        if (wrong)
            value_error(build, section, parameter, entry, wrong);
        g_ptr_array_unref(found);
        return;
    }
    for (unsigned i = 0; i < section->part_count; i++) {
        void *field = field_of(parameter, section->parts[i]);

        if (parameter->type == PARAMETER_PART) {
            *(struct part **)field = found->len ? g_ptr_array_index(found, 0) : NULL;
        } else {
            struct part_list *list = field;

            list->count = found->len;
            list->list = g_new(struct part *, MAX(found->len, 1));
            if (found->len)
                memcpy(list->list, found->pdata, found->len * sizeof(*list->list));
            g_ptr_array_add(build->texts, list->list);
        }
    }
    g_ptr_array_unref(found);
}

/* A value that is in the section, or the default, goes into the field of each of its parts. */
static void set_field(struct build *build, struct scenario_section *section,
                      const struct parameter *parameter, const struct scenario_entry *entry)
{
    const char *text = entry ? entry->value : parameter->default_text;
    void *first = field_of(parameter, section->parts[0]);
    char *wrong = NULL;

    if (parameter->type == PARAMETER_PART || parameter->type == PARAMETER_PARTS) {
        set_references(build, section, parameter, entry);
        return;
    }
    /* An optional text or byte string that is left out has no length to be wrong. */
    bool unset = !*text && parameter->default_text && !*parameter->default_text;
    struct parameter unbounded = *parameter;

    unbounded.min = unset ? 0 : parameter->min;
    unbounded.max = unset ? 0 : parameter->max;
    if (!parameter_parse(&unbounded, text, first, &wrong)) {
        value_error(build, section, parameter, entry, wrong);
        return;
    }
    if (entry && entry->line && strstr(text, " #"))
        diagnostic_warning(build->diagnostics, entry->file, entry->line,
                           "%s = %s: '#' is part of the value: a comment must stand on a line of "
                           "its own",
                           entry->key, text);
    if (parameter->type == PARAMETER_PATH && entry) {
        g_free(*(char **)first);
        *(char **)first = scenario_path(parameter, entry);
    }
    if (parameter->type == PARAMETER_TEXT || parameter->type == PARAMETER_PATH)
        g_ptr_array_add(build->texts, *(char **)first);
    if (parameter->type == PARAMETER_BYTES)
        g_ptr_array_add(build->texts, ((struct parameter_bytes *)first)->bytes);
    for (unsigned i = 1; i < section->part_count; i++)
        memcpy(field_of(parameter, section->parts[i]), first,
               parameter_field_bytes(parameter->type));
}

/* Numbers by their size, then words. */
static int by_word(const void *a, const void *b)
{
    const struct parameter_line *first = a, *second = b;
    bool is_number[2] = {g_ascii_isdigit(first->word[0]), g_ascii_isdigit(second->word[0])};
    uint64_t numbers[2] = {g_ascii_strtoull(first->word, NULL, 10),
                           g_ascii_strtoull(second->word, NULL, 10)};

    if (is_number[0] != is_number[1])
        return is_number[0] ? -1 : 1;
    if (is_number[0] && numbers[0] != numbers[1])
        return numbers[0] < numbers[1] ? -1 : 1;
    return strcmp(first->word, second->word);
}

/* All KEY.WORD of the section; without any, the list is empty. */
static void set_lines(struct build *build, struct scenario_section *section,
                      const struct parameter *parameter)
{
    GArray *lines = g_array_new(FALSE, TRUE, sizeof(struct parameter_line));
    struct parameter_lines *field = field_of(parameter, section->parts[0]);

    for (unsigned i = 0; i < section->entry_count; i++) {
        const struct scenario_entry *entry = &section->entries[i];
        char *wrong = NULL;

        if (!scenario_key_is_of(parameter, entry->key))
            continue;
        if (!parameter_in_range(parameter, strlen(entry->value), &wrong))
            value_error(build, section, parameter, entry, wrong);
        struct parameter_line line = {.key = entry->key,
                                      .word = entry->key + strlen(parameter->key) + 1,
                                      .text = entry->value};

        g_array_append_val(lines, line);
    }
    if (lines->len)
        qsort(lines->data, lines->len, sizeof(struct parameter_line), by_word);
    field->count = lines->len;
    field->lines = (struct parameter_line *)(void *)g_array_free(lines, FALSE);
    g_ptr_array_add(build->texts, field->lines);
    for (unsigned i = 1; i < section->part_count; i++)
        *(struct parameter_lines *)field_of(parameter, section->parts[i]) = *field;
}

static void unknown_key(struct build *build, const struct scenario_section *section,
                        const struct scenario_entry *entry)
{
    const struct part_kind *kind = section->part_kind;
    GPtrArray *keys = g_ptr_array_new();

    for (unsigned i = 0; scenario_parameter(kind, i); i++)
        if (scenario_parameter(kind, i)->type == PARAMETER_LINES && !strcmp(scenario_parameter(kind, i)->key, entry->key)) {
            entry_error(build, section, entry, "%s: there may be several: expected %s.1 = ..., %s.2 = ... or other words",
                        entry->key, entry->key, entry->key);
            g_ptr_array_unref(keys);
            return;
        }
    if (!strcmp(entry->key, "remove")) {
        entry_error(build, section, entry, "remove = %s: expected yes", entry->value);
    } else if (!strcmp(entry->key, "count")) {
        entry_error(build, section, entry,
                    "unknown key 'count': a section of this kind makes one part");
    } else {
        for (unsigned i = 0; scenario_parameter(kind, i); i++)
            g_ptr_array_add(keys, (char *)(size_t)scenario_parameter(kind, i)->key);
        g_ptr_array_add(keys, NULL);
        char *lower = g_ascii_strdown(entry->key, -1);
        const char *nearest = diagnostic_nearest(lower, (const char *const *)keys->pdata);

        if (nearest)
            entry_error(build, section, entry, "unknown key '%s' (did you mean '%s'?)", entry->key,
                        nearest);
        else
            entry_error(build, section, entry, "unknown key '%s' (see 'polynic describe %s')",
                        entry->key, kind->name);
        g_free(lower);
    }
    g_ptr_array_unref(keys);
}

static void unknown_kind(struct build *build, const struct scenario_section *section)
{
    GPtrArray *kinds = g_ptr_array_new();

    for (unsigned i = 0; build->scenario->kinds[i]; i++)
        g_ptr_array_add(kinds, (char *)(size_t)build->scenario->kinds[i]->name);
    g_ptr_array_add(kinds, NULL);
    char *lower = g_ascii_strdown(section->kind, -1);
    const char *nearest = diagnostic_nearest(lower, (const char *const *)kinds->pdata);
    char *label = scenario_section_label(section);

    if (nearest)
        diagnostic_error(build->diagnostics, section->file, section->line,
                         "[%s]: unknown kind '%s' (did you mean '%s'?)", label, section->kind,
                         nearest);
    else
        diagnostic_error(build->diagnostics, section->file, section->line,
                         "[%s]: unknown kind '%s' (see 'polynic describe')", label, section->kind);
    g_free(label);
    g_free(lower);
    g_ptr_array_unref(kinds);
}

static void check_name(struct build *build, const struct scenario_section *section)
{
    const struct part_kind *kind = section->part_kind;
    const char *taken = g_hash_table_lookup(build->taken, section);

    if (kind->single && section->name) {
        section_error(build, section, "this kind has no name: expected [%s]", kind->name);
    } else if (!kind->single && !section->name) {
        section_error(build, section, "a section without a name: expected [%s NAME]", kind->name);
    } else if (section->name && !name_fine(section->name)) {
        section_error(
            build, section,
            "'%s' is no name: a name is a letter, then up to 62 letters, digits, '_' or '-'",
            section->name);
    } else if (taken) {
        const struct named *named = g_hash_table_lookup(build->names, taken);
        char *other = scenario_section_label(named->section);
        char *place = named->section->line
                          ? g_strdup_printf(" (%s:%u)", named->section->file, named->section->line)
                          : g_strdup("");

        section_error(build, section, "the name '%s' is taken by [%s]%s", taken, other, place);
        g_free(place);
        g_free(other);
    }
}

static void check_section(struct build *build, struct scenario_section *section)
{
    const struct part_kind *kind = section->part_kind;
    const struct parameter *parameter;

    if (!kind) {
        unknown_kind(build, section);
        return;
    }
    check_name(build, section);
    for (unsigned i = 0; i < section->entry_count; i++) {
        const struct scenario_entry *entry = &section->entries[i];

        parameter = find_parameter(kind, entry->key);
        if (!parameter) {
            unknown_key(build, section, entry);
        } else if (kind->countable && parameter == count_of(kind)) {
            uint64_t count;
            char *wrong;

            if (!parameter_parse(parameter, entry->value, &count, &wrong))
                value_error(build, section, parameter, entry, wrong);
        } else if (section->part_count && parameter->type != PARAMETER_LINES) {
            set_field(build, section, parameter, entry);
        }
    }
    if (!section->part_count)
        section_error(build, section, "too many parts: a scenario has at most %d",
                      SCENARIO_MAX_PARTS);
    for (unsigned i = 0; section->part_count && (parameter = scenario_parameter(kind, i)); i++) {
        if (scenario_entry(section, parameter->key) ||
            (kind->countable && parameter == count_of(kind)))
            continue;
        if (parameter->type == PARAMETER_LINES) {
            set_lines(build, section, parameter);
        } else if (parameter->default_text) {
            set_field(build, section, parameter, NULL);
        } else if (!build->scenario->incomplete) {
            char *expected = parameter_expected(parameter);

            section_error(build, section, "the key '%s' is missing: expected %s%s", parameter->key,
                          parameter->type == PARAMETER_PART ? "the " : "", expected);
            g_free(expected);
        }
    }
}

/* ---- the order of the errors ---- */

/* The line in "file:line: text" and the length of file; 0: none. */
static unsigned long place_of(const char *text, size_t *file_length)
{
    for (const char *colon = strchr(text, ':'); colon; colon = strchr(colon + 1, ':')) {
        char *end;
        unsigned long line = g_ascii_isdigit(colon[1]) ? strtoul(colon + 1, &end, 10) : 0;

        if (line && end[0] == ':' && end[1] == ' ') {
            *file_length = (size_t)(colon - text);
            return line;
        }
    }
    return 0;
}

/* As somebody reads who goes through the file: the file itself by its lines, its bases, the rest.
 */
static int by_place(const void *a, const void *b, void *path)
{
    const struct diagnostic *both[2] = {a, b};
    unsigned long line[2];
    size_t length[2] = {0};
    int rank[2];

    for (unsigned i = 0; i < 2; i++) {
        const char *text = both[i]->text;

        line[i] = g_str_has_prefix(text, "--set") ? 0 : place_of(text, &length[i]);
        rank[i] = !line[i]                                                       ? 2
                  : length[i] == strlen(path) && !strncmp(text, path, length[i]) ? 0
                                                                                 : 1;
    }
    if (rank[0] != rank[1])
        return rank[0] - rank[1];
    if (rank[0] == 2)
        return 0;
    int order = strncmp(both[0]->text, both[1]->text, MIN(length[0], length[1]));

    if (order == 0 && length[0] != length[1])
        order = length[0] < length[1] ? -1 : 1;
    return order ? order : (line[0] > line[1]) - (line[0] < line[1]);
}

bool scenario_build(struct scenario *scenario, struct sim *sim, struct diagnostics *diagnostics)
{
    struct build build = {
        .scenario = scenario,
        .sim = sim,
        .diagnostics = diagnostics,
        .names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .taken = g_hash_table_new_full(NULL, NULL, NULL, g_free),
        .texts = scenario->texts,
    };

    for (unsigned i = 0; i < scenario->section_count; i++)
        make_parts(&build, scenario->sections[i]);
    for (unsigned i = 0; i < scenario->section_count; i++) {
        check_section(&build, scenario->sections[i]);
        if (diagnostics->errors >= SCENARIO_MAX_ERRORS && i + 1 < scenario->section_count) {
            diagnostic_error(diagnostics, NULL, 0, "%d errors or more: the rest is not looked for",
                             SCENARIO_MAX_ERRORS);
            break;
        }
    }
    g_hash_table_destroy(build.taken);
    g_hash_table_destroy(build.names);
    if (diagnostics->count > 1) /* merge sort: equals keep their order */
        g_qsort_with_data(diagnostics->list, (int)diagnostics->count, sizeof(*diagnostics->list),
                          by_place, scenario->path);
    return diagnostics->errors == 0;
}
