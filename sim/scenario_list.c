#include "sim/scenario_list.h"

#include "sim/scenario_file.h"

#include <stdio.h>
#include <string.h>

enum { MAX_DEPTH = 8, MAX_COMMENT_BYTES = 4096 };

struct search {
    const char *folder;
    const struct part_kind *const *kinds;
    GPtrArray *found;
    unsigned others;
};

static void listed_free(void *owner)
{
    struct scenario_listed *listed = owner;

    g_free(listed->path);
    g_free(listed->title);
    g_free(listed->purpose);
    g_free(listed->base);
    g_free(listed);
}

/* What comes from a file is shown on a terminal: UTF-8, without control characters. */
static char *clean(const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);

    for (char *c = valid; *c; c++)
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    return g_strstrip(valid);
}

/* The first sentence of the comment at the start. NULL: none. */
static char *first_comment(const char *path)
{
    char bytes[MAX_COMMENT_BYTES];
    FILE *file = fopen(path, "r");
    GString *text = g_string_new(NULL);

    while (file && fgets(bytes, sizeof bytes, file) && bytes[0] == '#' && text->len < MAX_COMMENT_BYTES) {
        const char *words = g_strstrip(bytes + 1);

        if (!*words)
            break;
        g_string_append_printf(text, "%s%s", text->len ? " " : "", words);
    }
    if (file)
        fclose(file);
    char *end = strstr(text->str, ". "), *question = strstr(text->str, "? ");

    if (question && (!end || question < end))
        end = question;
    if (end)
        end[1] = '\0';
    char *sentence = *text->str ? clean(text->str) : NULL;

    g_string_free(text, TRUE);
    return sentence;
}

static char *value_of(const struct scenario_section *section, const char *key)
{
    const struct scenario_entry *entry = section ? scenario_entry(section, key) : NULL;

    return entry && *entry->value ? clean(entry->value) : NULL;
}

/* False: it is no scenario. */
static bool add_file(struct search *search, const char *relative, const char *path)
{
    struct diagnostics ignored; /* polynic check tells of them */
    const struct scenario_section *about = NULL;
    bool is_scenario = false;

    diagnostics_init(&ignored);
    GPtrArray *sections = scenario_file_read(path, &ignored);
    diagnostics_clear(&ignored);
    if (!sections)
        return false;
    for (unsigned i = 0; i < sections->len; i++) {
        const struct scenario_section *section = g_ptr_array_index(sections, i);

        if (!strcmp(section->kind, "scenario") && !section->name)
            about = section;
        is_scenario |= about || scenario_kind(search->kinds, section->kind);
    }
    if (is_scenario) {
        struct scenario_listed *listed = g_new0(struct scenario_listed, 1);

        listed->path = g_strdup(relative);
        listed->title = value_of(about, "title");
        listed->purpose = value_of(about, "description");
        listed->base = value_of(about, "base");
        if (!listed->purpose)
            listed->purpose = first_comment(path);
        g_ptr_array_add(search->found, listed);
    }
    g_ptr_array_unref(sections);
    return is_scenario;
}

/* relative: "" or "cards". */
static void search_folder(struct search *search, const char *relative, unsigned depth)
{
    char *folder = g_build_filename(search->folder, relative, NULL);
    GDir *directory = g_dir_open(folder, 0, NULL);

    for (const char *name; directory && (name = g_dir_read_name(directory));) {
        char *inside = *relative ? g_build_filename(relative, name, NULL) : g_strdup(name);
        char *path = g_build_filename(folder, name, NULL);

        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            if (depth < MAX_DEPTH && *name != '.' && !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
                search_folder(search, inside, depth + 1);
        } else if (g_str_has_suffix(name, ".ini") && g_utf8_validate(name, -1, NULL) &&
                   g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
            search->others += !add_file(search, inside, path);
        }
        g_free(path);
        g_free(inside);
    }
    if (directory)
        g_dir_close(directory);
    g_free(folder);
}

static int by_path(const void *a, const void *b)
{
    return strcmp((*(const struct scenario_listed *const *)a)->path, (*(const struct scenario_listed *const *)b)->path);
}

GPtrArray *scenario_list(const char *folder, const struct part_kind *const *kinds, unsigned *others, char **error)
{
    struct search search = {.folder = folder, .kinds = kinds};
    GError *problem = NULL;
    GDir *directory = g_dir_open(folder, 0, &problem);

    if (!directory) {
        *error = g_strdup(problem->message);
        g_error_free(problem);
        return NULL;
    }
    g_dir_close(directory);
    search.found = g_ptr_array_new_with_free_func(listed_free);
    search_folder(&search, "", 0);
    g_ptr_array_sort(search.found, by_path);
    *others = search.others;
    return search.found;
}
