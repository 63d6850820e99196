#include "sim/scenario.h"

#include "sim/parameter.h"
#include "sim/scenario_file.h"

#include <glib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- what the tables say ---- */

/* Of every countable kind; its field is struct scenario_section's, not a part's. */
static const struct parameter count_parameter = {
    "count",
    PARAMETER_COUNT,
    0,
    "1",
    1,
    SCENARIO_MAX_COUNT,
    NULL,
    "Parts that this section makes; given, even as 1, their names have numbers: NAME0, NAME1, ..."};

const struct parameter *scenario_parameter(const struct part_kind *kind, unsigned i)
{
    unsigned own = 0;

    for (; kind->parameters && kind->parameters[own].key; own++)
        if (own == i)
            return &kind->parameters[i];
    return kind->countable && i == own ? &count_parameter : NULL;
}

bool scenario_key_is_of(const struct parameter *parameter, const char *key)
{
    size_t length = strlen(parameter->key);

    if (parameter->type != PARAMETER_LINES)
        return !strcmp(parameter->key, key);
    return !strncmp(parameter->key, key, length) && key[length] == '.' && key[length + 1];
}

const struct part_kind *scenario_kind(const struct part_kind *const *kinds, const char *name)
{
    for (; *kinds; kinds++)
        if (!strcmp((*kinds)->name, name))
            return *kinds;
    return NULL;
}

/* ---- files and their bases ---- */

struct loading { /* a file that is being read, and the one whose base it is */
    const char *path;
    struct stat identity;
    const struct loading *derived;
};

struct load {
    struct scenario *scenario;
    struct diagnostics *diagnostics;
    GPtrArray *texts;
    GPtrArray *sections;
};

static const char *keep(struct load *load, char *text)
{
    g_ptr_array_add(load->texts, text);
    return text;
}

static char *beside(const char *file, const char *path)
{
    if (g_path_is_absolute(path))
        return g_strdup(path);
    char *folder = g_path_get_dirname(file);
    char *joined = !strcmp(folder, ".") && strncmp(file, "./", 2)
                       ? g_strdup(path)
                       : g_build_filename(folder, path, NULL);

    g_free(folder);
    return joined;
}

char *scenario_path(const struct parameter *parameter, const struct scenario_entry *entry)
{
    if (entry->line == 0 || !*entry->value || !strcmp(entry->value, "-") ||
        g_strcmp0(entry->value, parameter->default_text) == 0)
        return g_strdup(entry->value);
    return beside(entry->file, entry->value);
}

static struct scenario_section *find_in(GPtrArray *sections, const char *kind, const char *name)
{
    for (unsigned i = 0; i < sections->len; i++) {
        struct scenario_section *section = g_ptr_array_index(sections, i);

        if (!strcmp(section->kind, kind) && g_strcmp0(section->name, name) == 0)
            return section;
    }
    return NULL;
}

/* The section of that kind, or of any, whose label is nearest. NULL: none. g_free(). */
static char *nearest_section(GPtrArray *sections, const char *label)
{
    GPtrArray *labels = g_ptr_array_new_with_free_func(g_free);

    for (unsigned i = 0; i < sections->len; i++)
        g_ptr_array_add(labels, scenario_section_label(g_ptr_array_index(sections, i)));
    g_ptr_array_add(labels, NULL);
    char *nearest = g_strdup(diagnostic_nearest(label, (const char *const *)labels->pdata));

    g_ptr_array_unref(labels);
    return nearest;
}

static void remove_section(struct load *load, const struct scenario_section *section)
{
    const struct scenario_entry *entry = scenario_entry(section, "remove");
    struct scenario_section *base = find_in(load->sections, section->kind, section->name);
    char *label = scenario_section_label(section);

    if (!base && load->scenario->incomplete) {
        ; /* the error is the base's */
    } else if (!base) {
        char *nearest = nearest_section(load->sections, label);

        diagnostic_error(load->diagnostics, entry->file, entry->line,
                         "%s: remove: no base has this section%s%s%s", label,
                         nearest ? " (did you mean '" : "", nearest ? nearest : "",
                         nearest ? "'?)" : "");
        g_free(nearest);
    } else {
        if (section->entry_count > 1)
            diagnostic_error(load->diagnostics, entry->file, entry->line,
                             "%s: remove = yes takes the section away: other keys have no use "
                             "beside it",
                             label);
        g_ptr_array_remove(load->sections, base);
    }
    g_free(label);
}

static bool removes(const struct scenario_section *section)
{
    const struct scenario_entry *entry = scenario_entry(section, "remove");

    return entry && !g_ascii_strcasecmp(entry->value, "yes");
}

/* What a file says on top of what its bases have said. Takes the section. */
static void merge_section(struct load *load, struct scenario_section *section)
{
    struct scenario_section *base = find_in(load->sections, section->kind, section->name);

    if (removes(section)) {
        remove_section(load, section);
    } else if (!base) {
        if (load->sections->len < SCENARIO_MAX_SECTIONS) {
            g_ptr_array_add(load->sections, section);
            return;
        }
        diagnostic_error(load->diagnostics, section->file, section->line, "more than %d sections",
                         SCENARIO_MAX_SECTIONS);
    } else {
        for (unsigned i = 0; i < section->entry_count; i++)
            scenario_section_set(base, section->entries[i].key, section->entries[i].value,
                                 section->entries[i].file, section->entries[i].line);
    }
    scenario_section_free(section);
}

static bool load_file(struct load *load, const char *path, const struct scenario_entry *base_entry,
                      const struct loading *derived);

static void load_base(struct load *load, const struct scenario_entry *entry,
                      const struct loading *derived)
{
    const char *path = keep(load, beside(entry->file, entry->value));
    struct stat identity;

    if (!*entry->value) {
        diagnostic_error(load->diagnostics, entry->file, entry->line,
                         "scenario: base: no value: expected the name of a scenario file");
        return;
    }
    if (stat(path, &identity) == 0)
        for (const struct loading *up = derived; up; up = up->derived)
            if (up->identity.st_ino == identity.st_ino && up->identity.st_dev == identity.st_dev) {
                GString *chain = g_string_new(path);

                load->scenario->incomplete = true;
                for (const struct loading *file = derived; file != up; file = file->derived)
                    g_string_prepend(g_string_prepend(chain, " -> "), file->path);
                g_string_prepend(g_string_prepend(chain, " -> "), up->path);
                diagnostic_error(load->diagnostics, entry->file, entry->line,
                                 "scenario: base = %s: a loop: %s", entry->value, chain->str);
                g_string_free(chain, TRUE);
                return;
            }
    load->scenario->incomplete |= !load_file(load, path, entry, derived);
}

static void take_scenario_section(struct load *load, const struct scenario_section *section)
{
    static const char *const keys[] = {"base", "title", "description", NULL};

    for (unsigned i = 0; i < section->entry_count; i++) {
        const struct scenario_entry *entry = &section->entries[i];
        const char *nearest = diagnostic_nearest(entry->key, keys);

        if (!strcmp(entry->key, "title")) {
            g_free(load->scenario->title);
            load->scenario->title = g_strdup(entry->value);
        } else if (!strcmp(entry->key, "description")) {
            g_free(load->scenario->description);
            load->scenario->description = g_strdup(entry->value);
        } else if (strcmp(entry->key, "base")) {
            diagnostic_error(load->diagnostics, entry->file, entry->line,
                             "scenario: unknown key '%s'%s%s%s", entry->key,
                             nearest ? " (did you mean '"
                                     : ": base, title and description are known",
                             nearest ? nearest : "", nearest ? "'?)" : "");
        }
    }
}

/* base_entry: where the base is named; NULL: the file of the command line. False: could not be
 * read. */
static bool load_file(struct load *load, const char *path, const struct scenario_entry *base_entry,
                      const struct loading *derived)
{
    struct loading loading = {.path = path, .derived = derived};

    if (stat(path, &loading.identity) != 0)
        loading.identity = (struct stat){0};
    if (base_entry && loading.identity.st_ino == 0) {
        diagnostic_error(load->diagnostics, base_entry->file, base_entry->line,
                         "scenario: base = %s: there is no file %s", base_entry->value, path);
        return false;
    }
    GPtrArray *sections = scenario_file_read(path, load->diagnostics);

    if (!sections)
        return false;
    struct scenario_section *own = find_in(sections, "scenario", NULL);
    const struct scenario_entry *base = own ? scenario_entry(own, "base") : NULL;

    if (base)
        load_base(load, base, &loading);
    if (own)
        take_scenario_section(load, own);
    for (unsigned i = 0; i < sections->len; i++) {
        struct scenario_section *section = g_ptr_array_index(sections, i);

        if (section != own)
            merge_section(load, section);
        else
            scenario_section_free(section);
    }
    g_ptr_array_set_free_func(sections, NULL); /* merged: they have owners */
    g_ptr_array_unref(sections);
    return true;
}

/* ---- overrides ---- */

static void set_error(struct load *load, const char *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void set_error(struct load *load, const char *place, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);

    va_end(arguments);
    diagnostic_error(load->diagnostics, place, 0, "%s", text);
    g_free(text);
}

/* No section of this kind and name. */
static void set_unknown_section(struct load *load, const char *place, const char *kind,
                                const char *name)
{
    const struct part_kind *part_kind = scenario_kind(load->scenario->kinds, kind);
    GString *names = g_string_new(NULL);

    for (unsigned i = 0; part_kind && i < load->sections->len; i++) {
        const struct scenario_section *section = g_ptr_array_index(load->sections, i);

        if (!strcmp(section->kind, kind) && section->name)
            g_string_append_printf(names, "%s%s", names->len ? ", " : "", section->name);
    }
    if (part_kind && part_kind->single) {
        set_error(load, place, "%s has no name: expected %s.KEY=VALUE", kind, kind);
    } else if (part_kind && !name) {
        set_error(load, place, "say which %s: expected %s.NAME.KEY=VALUE%s%s%s", kind, kind,
                  names->len ? " (names: " : "", names->str, names->len ? ")" : "");
    } else {
        char *label = name ? g_strdup_printf("%s %s", kind, name) : g_strdup(kind);
        char *nearest = nearest_section(load->sections, label);

        if (nearest && strchr(nearest, ' '))
            *strchr(nearest, ' ') = '.';
        set_error(load, place, "no section [%s]%s%s%s", label, nearest ? " (did you mean '" : "",
                  nearest ? nearest : "", nearest ? "'?)" : "");
        g_free(nearest);
        g_free(label);
    }
    g_string_free(names, TRUE);
}

static void apply_section_set(struct load *load, const char *place, char **words, const char *value)
{
    const char *kind = words[0], *name = words[2] ? words[1] : NULL;
    const char *key = words[2] ? words[2] : words[1];
    const struct part_kind *part_kind = scenario_kind(load->scenario->kinds, kind);
    struct scenario_section *section = find_in(load->sections, kind, name);

    if (!section && part_kind && part_kind->single && !name) {
        section = scenario_section_new(kind, NULL, place, 0);
        g_ptr_array_add(load->sections, section);
    }
    if (section)
        scenario_section_set(section, key, value, place, 0);
    else if (!load->scenario->incomplete)
        set_unknown_section(load, place, kind, name);
}

static void apply_set(struct load *load, const char *argument)
{
    char *wrong = scenario_text_wrong(argument, strlen(argument));

    if (wrong) {
        set_error(load, "--set", "%s", wrong);
        g_free(wrong);
        return;
    }
    const char *place = keep(load, g_strconcat("--set ", argument, NULL));
    const char *equals = strchr(argument, '=');
    char *path = g_strstrip(g_strndup(argument, equals ? (size_t)(equals - argument) : 0));
    char *value = g_strstrip(g_strdup(equals ? equals + 1 : ""));
    char **words = g_strsplit(path, ".", 3); /* a key may have a point in it: rule.1 */
    unsigned count = g_strv_length(words);
    bool fine = equals && (count == 2 || count == 3);

    for (unsigned i = 0; i < count; i++)
        fine = fine && *words[i];
    if (!fine)
        set_error(load, place,
                  "expected KIND.NAME.KEY=VALUE, or KIND.KEY=VALUE for a kind without "
                  "names");
    else if (strcmp(words[0], "scenario") || count != 2)
        apply_section_set(load, place, words, value);
    else if (!strcmp(words[1], "base"))
        set_error(load, place, "the base cannot be set: it is read before");
    else {
        struct scenario_section *own = scenario_section_new("scenario", NULL, place, 0);

        scenario_section_set(own, words[1], value, place, 0);
        take_scenario_section(load, own);
        scenario_section_free(own);
    }
    g_strfreev(words);
    g_free(value);
    g_free(path);
}

/* ---- the whole ---- */

/* The kernel's own section is there in any case, so that who runs a simulation need not ask. */
static void add_sim_section(struct load *load)
{
    const struct part_kind *kind = scenario_kind(load->scenario->kinds, "sim");

    if (kind && kind->single && !find_in(load->sections, "sim", NULL))
        g_ptr_array_insert(load->sections, 0, scenario_section_new("sim", NULL, NULL, 0));
}

struct scenario *scenario_load(const char *path, const char *const *sets,
                               const struct part_kind *const *kinds,
                               struct diagnostics *diagnostics)
{
    struct scenario *scenario = g_new0(struct scenario, 1);
    struct load load = {
        .scenario = scenario,
        .diagnostics = diagnostics,
        .texts = g_ptr_array_new_with_free_func(g_free),
        .sections = g_ptr_array_new_with_free_func(scenario_section_free),
    };

    scenario->path = g_strdup(path);
    scenario->kinds = kinds;
    scenario->texts = load.texts;
    if (!load_file(&load, keep(&load, g_strdup(path)), NULL, NULL)) {
        g_ptr_array_unref(load.sections);
        scenario_free(scenario);
        return NULL;
    }
    add_sim_section(&load);
    for (unsigned i = 0; sets && sets[i]; i++)
        apply_set(&load, sets[i]);
    for (unsigned i = 0; i < load.sections->len; i++) {
        struct scenario_section *section = g_ptr_array_index(load.sections, i);

        section->part_kind = scenario_kind(kinds, section->kind);
    }
    g_ptr_array_set_free_func(load.sections, NULL);
    scenario->section_count = load.sections->len;
    scenario->sections = (struct scenario_section **)g_ptr_array_free(load.sections, FALSE);
    return scenario;
}

void scenario_free(struct scenario *scenario)
{
    if (!scenario)
        return;
    for (unsigned i = 0; i < scenario->section_count; i++)
        scenario_section_free(scenario->sections[i]);
    g_free(scenario->sections);
    g_free(scenario->path);
    g_free(scenario->title);
    g_free(scenario->description);
    g_ptr_array_unref(scenario->texts);
    g_free(scenario);
}
