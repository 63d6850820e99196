#include "sim/scenario_build.h"

#include "sim/parameter.h"

#include <string.h>

static bool of_kinds(const struct scenario_section *section, const char *const *kinds)
{
    if (!section->name && section->part_kind && !section->part_kind->single)
        return false; /* its name is missing, and that is reported: nothing is wired to it */
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

/* Names that a reference could have meant: of the right kinds if right, else of any. NULL: none is
 * near. */
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
    char *which =
        only ? g_strdup("no part of that name") : g_strdup_printf("no part of the name '%s'", word);
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

/* One word of a reference. False: *wrong says why, or is NULL if the mistake is reported elsewhere.
 */
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

bool scenario_resolve(struct build *build, const struct parameter *parameter,
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
