#include "sim/parameter.h"
#include "sim/scenario.h"
#include "sim/scenario_file.h"

#include <glib.h>
#include <string.h>

/* What a name in a reference stands for: a section's parts, or one numbered part of it. */
struct named {
    struct scenario_section *section;
    struct part *part; /* NULL: all of the section */
};

struct build {
    struct scenario *scenario;
    struct sim *sim;
    struct diagnostics *diagnostics;
    GHashTable *names;    /* name -> struct named */
    GHashTable *taken;    /* section -> name of it that another part has already */
    GPtrArray *texts;
};

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

/* "file:line: port eth0: speed = 10: wrong"; entry NULL: the default, at the section's place. Frees wrong. */
static void value_error(struct build *build, const struct scenario_section *section,
                        const struct parameter *parameter, const struct scenario_entry *entry,
                        char *wrong)
{
    if (!entry) {
        section_error(build, section, "%s: %s", parameter->key, wrong);
    } else if (entry->line == 0) {
        entry_error(build, section, entry, "%s", wrong);
    } else {
        bool comment = strstr(entry->value, " #") && parameter->type != PARAMETER_TEXT;
        char *start = g_utf8_strlen(entry->value, -1) > 60
                          ? g_utf8_substring(entry->value, 0, 57)
                          : NULL;

        entry_error(build, section, entry, "%s = %s%s: %s%s", entry->key,
                    start ? start : entry->value, start ? "..." : "", wrong,
                    comment ? " (a comment must stand on a line of its own)" : "");
        g_free(start);
    }
    g_free(wrong);
}

/* ---- parts and names ---- */

static const struct parameter *find_parameter(const struct part_kind *kind, const char *key)
{
    const struct parameter *parameter;

    for (unsigned i = 0; (parameter = scenario_parameter(kind, i)); i++)
        if (!strcmp(parameter->key, key))
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
    if (g_hash_table_contains(build->names, name)) {
        if (!g_hash_table_contains(build->taken, section))
            g_hash_table_insert(build->taken, section, g_strdup(name));
        return;
    }
    struct named *named = g_new(struct named, 1);

    *named = (struct named){section, part};
    g_hash_table_insert(build->names, g_strdup(name), named);
}

/* Parts and their names, so that references can be resolved in one pass; what is wrong is said in that pass. */
static void make_parts(struct build *build, struct scenario_section *section)
{
    const struct part_kind *kind = section->part_kind;
    const struct scenario_entry *entry = kind && kind->countable ? scenario_entry(section, "count") : NULL;
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

/* ---- references ---- */

static bool of_kinds(const struct scenario_section *section, const char *const *kinds)
{
    for (; *kinds; kinds++)
        if (!strcmp(section->kind, *kinds))
            return true;
    return false;
}

static void add_parts(GPtrArray *found, const struct named *named)
{
    if (named->part)
        g_ptr_array_add(found, named->part);
    for (unsigned i = 0; !named->part && i < named->section->part_count; i++)
        g_ptr_array_add(found, named->section->parts[i]);
}

/* "card, host"; with the numbered ones as "pp0 .. pp3" */
static char *candidates(struct build *build, const struct parameter *parameter,
                        const struct scenario_section *but)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < build->scenario->section_count; i++) {
        const struct scenario_section *section = build->scenario->sections[i];

        if (section == but || !of_kinds(section, parameter->choices) || !section->part_count)
            continue;
        g_string_append_printf(text, "%s%s", text->len ? ", " : "", section->parts[0]->name);
        if (section->part_count > 1)
            g_string_append_printf(text, " .. %s", section->parts[section->part_count - 1]->name);
    }
    return g_string_free(text, FALSE);
}

/* Names that a reference could have meant: of the right kinds if right, else of any. NULL: none is near. */
static const char *nearest_name(struct build *build, const struct parameter *parameter,
                                const char *word, bool right)
{
    GPtrArray *names = g_ptr_array_new();

    for (unsigned i = 0; i < build->scenario->section_count; i++) {
        const struct scenario_section *section = build->scenario->sections[i];

        if (!section->name || of_kinds(section, parameter->choices) != right)
            continue;
        g_ptr_array_add(names, section->name);
        for (unsigned p = 0; section->numbered && p < section->part_count; p++)
            g_ptr_array_add(names, section->parts[p]->name);
    }
    g_ptr_array_add(names, NULL);
    const char *nearest = diagnostic_nearest(word, (const char *const *)names->pdata);

    g_ptr_array_unref(names);
    return nearest;
}

static char *unknown_name(struct build *build, const struct parameter *parameter, const char *word,
                          bool only)
{
    const char *nearest = nearest_name(build, parameter, word, true);
    char *all = candidates(build, parameter, NULL);
    char *which = only ? g_strdup("no part of that name")
                       : g_strdup_printf("no part of the name '%s'", word);
    char *kinds = g_strjoinv(" or ", (char **)(size_t)parameter->choices);
    char *wrong;

    if (!nearest)
        nearest = nearest_name(build, parameter, word, false);
    if (nearest)
        wrong = g_strdup_printf("%s (did you mean '%s'?)", which, nearest);
    else if (*all)
        wrong = g_strdup_printf("%s (%s: %s)", which, kinds, all);
    else
        wrong = g_strdup_printf("%s, and no %s at all", which, kinds);
    g_free(kinds);
    g_free(which);
    g_free(all);
    return wrong;
}

/* Whether a part of this name could be missing for a mistake that is reported elsewhere. */
static bool may_be_missing(struct build *build, const char *word)
{
    for (unsigned i = 0; i < build->scenario->section_count; i++) {
        const struct scenario_section *section = build->scenario->sections[i];

        if (section->count_wrong && section->name && g_str_has_prefix(word, section->name))
            return true;
    }
    return build->scenario->incomplete;
}

/* One word of a reference. False: *wrong says why, or is NULL if the mistake is reported elsewhere. */
static bool resolve_word(struct build *build, const struct parameter *parameter, const char *word,
                         bool only, GPtrArray *found, char **wrong)
{
    const struct named *named = g_hash_table_lookup(build->names, word);

    if (!named) {
        if (!may_be_missing(build, word))
            *wrong = unknown_name(build, parameter, word, only);
        return false;
    }
    if (!named->section->part_kind || !named->section->part_count)
        return false;
    if (!of_kinds(named->section, parameter->choices)) {
        char *expected = parameter_type_name(parameter);

        *wrong = g_strdup_printf("%s%s%s is %s %s, expected the %s", only ? "" : "'",
                                 only ? "this" : word, only ? "" : "'",
                                 strchr("aeiou", named->section->kind[0]) ? "an" : "a",
                                 named->section->kind, expected);
        g_free(expected);
        return false;
    }
    add_parts(found, named);
    return true;
}

/* All of the kinds, in the scenario's order. A part is not wired to itself by default. */
static bool resolve_all(struct build *build, const struct parameter *parameter,
                        const struct scenario_section *section, bool one, GPtrArray *found,
                        char **wrong)
{
    bool unsure = build->scenario->incomplete;

    for (unsigned i = 0; i < build->scenario->section_count; i++) {
        struct scenario_section *other = build->scenario->sections[i];

        unsure = unsure || !other->part_kind; /* a kind misspelt: perhaps this one */
        if (of_kinds(other, parameter->choices) && !(one && other == section))
            add_parts(found, &(struct named){other, NULL});
    }
    if (!one || found->len == 1)
        return true;
    char *kinds = g_strjoinv(" or ", (char **)(size_t)parameter->choices);

    if (found->len > 1) {
        char *all = candidates(build, parameter, section);

        *wrong = g_strdup_printf("say which %s: %s", kinds, all);
        g_free(all);
    } else if (!unsure) {
        *wrong = g_strdup_printf("there is no %s: add a section [%s NAME]", kinds,
                                 parameter->choices[0]);
    }
    g_free(kinds);
    return false;
}

static bool resolve_list(struct build *build, const struct parameter *parameter, const char *text,
                         GPtrArray *found, char **wrong)
{
    char **words = g_strsplit_set(text, " \t,", -1);
    bool fine = true;

    for (unsigned i = 0; words[i] && fine; i++)
        if (*words[i])
            fine = resolve_word(build, parameter, words[i], false, found, wrong);
    g_strfreev(words);
    GHashTable *seen = g_hash_table_new(NULL, NULL);

    for (unsigned i = 0; i < found->len && fine; i++)
        if (!g_hash_table_add(seen, g_ptr_array_index(found, i))) {
            const struct part *part = g_ptr_array_index(found, i);

            *wrong = g_strdup_printf("'%s' is named twice", part->name);
            fine = false;
        }
    g_hash_table_destroy(seen);
    return fine;
}

static bool resolve(struct build *build, const struct parameter *parameter,
                    const struct scenario_section *section, const char *text, GPtrArray *found,
                    char **wrong)
{
    bool one = parameter->type == PARAMETER_PART;

    if (!strcmp(text, "*")) {
        if (!resolve_all(build, parameter, section, one, found, wrong))
            return false;
    } else if (one && *text) {
        if (!resolve_word(build, parameter, text, true, found, wrong))
            return false;
        if (found->len > 1) {
            const struct part *first = g_ptr_array_index(found, 0);
            const struct part *last = g_ptr_array_index(found, found->len - 1);

            *wrong = g_strdup_printf("these are %u parts: say which of %s .. %s", found->len,
                                     first->name, last->name);
            return false;
        }
    } else if (one) {
        if (!parameter->default_text || *parameter->default_text) {
            char *expected = parameter_type_name(parameter);

            *wrong = g_strdup_printf("no value: expected the %s", expected);
            g_free(expected);
            return false;
        }
    } else if (!resolve_list(build, parameter, text, found, wrong)) {
        return false;
    }
    return one || parameter_in_range(parameter, found->len, wrong);
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

    if (!resolve(build, parameter, section, entry ? entry->value : parameter->default_text, found,
                 &wrong)) {
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
    /* An optional text or byte string that is not given has no length to be wrong. */
    bool unset = !entry && !*text;
    struct parameter unbounded = *parameter;

    unbounded.min = unset ? 0 : parameter->min;
    unbounded.max = unset ? 0 : parameter->max;
    if (!parameter_parse(&unbounded, text, first, &wrong)) {
        value_error(build, section, parameter, entry, wrong);
        return;
    }
    if (parameter->type == PARAMETER_PATH && entry) {
        g_free(*(char **)first);
        *(char **)first = scenario_path(entry);
    }
    if (parameter->type == PARAMETER_TEXT || parameter->type == PARAMETER_PATH)
        g_ptr_array_add(build->texts, *(char **)first);
    if (parameter->type == PARAMETER_BYTES)
        g_ptr_array_add(build->texts, ((struct parameter_bytes *)first)->bytes);
    for (unsigned i = 1; i < section->part_count; i++)
        memcpy(field_of(parameter, section->parts[i]), first,
               parameter_field_bytes(parameter->type));
}

static void unknown_key(struct build *build, const struct scenario_section *section,
                        const struct scenario_entry *entry)
{
    const struct part_kind *kind = section->part_kind;
    GPtrArray *keys = g_ptr_array_new();

    if (!strcmp(entry->key, "remove")) {
        entry_error(build, section, entry, "remove = %s: expected yes", entry->value);
    } else if (!strcmp(entry->key, "count")) {
        entry_error(build, section, entry, "unknown key 'count': a section of this kind makes one part");
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
            entry_error(build, section, entry,
                        "unknown key '%s' (see 'polynic describe %s')", entry->key, kind->name);
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
        section_error(build, section,
                      "'%s' is no name: a name is a letter, then up to 62 letters, digits, '_' or '-'",
                      section->name);
    } else if (taken) {
        const struct named *named = g_hash_table_lookup(build->names, taken);
        char *other = scenario_section_label(named->section);
        char *place = named->section->line ? g_strdup_printf(" (%s:%u)", named->section->file,
                                                             named->section->line)
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
        } else if (section->part_count) {
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
        if (parameter->default_text) {
            set_field(build, section, parameter, NULL);
        } else if (!build->scenario->incomplete) {
            char *expected = parameter_expected(parameter);

            section_error(build, section, "the key '%s' is missing: expected %s%s", parameter->key,
                          parameter->type == PARAMETER_PART ? "the " : "", expected);
            g_free(expected);
        }
    }
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
    return diagnostics->errors == 0;
}
