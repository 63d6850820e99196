#include "sim/scenario_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct scan {
    const char *path;
    struct diagnostics *diagnostics;
    unsigned line, errors;
    GString *clean;                   /* the text without the lines that were reported */
    GPtrArray *sections;              /* found so far */
    GHashTable *index;                /* label of a section -> it */
    GHashTable *keys;                 /* of the present section: key -> its line */
    struct scenario_section *section; /* NULL: none yet, or one that is passed over */
    bool passing_over;                /* what follows a header that was reported */
};

struct scenario_section *scenario_section_new(const char *kind, const char *name, const char *file,
                                              unsigned line)
{
    struct scenario_section *section = g_new0(struct scenario_section, 1);

    section->kind = g_strdup(kind);
    section->name = g_strdup(name);
    section->file = file;
    section->line = line;
    return section;
}

void scenario_section_free(void *pointer)
{
    struct scenario_section *section = pointer;

    for (unsigned i = 0; i < section->entry_count; i++) {
        g_free(section->entries[i].key);
        g_free(section->entries[i].value);
    }
    g_free(section->entries);
    g_free(section->parts);
    g_free(section->kind);
    g_free(section->name);
    g_free(section);
}

const struct scenario_entry *scenario_entry(const struct scenario_section *section, const char *key)
{
    for (unsigned i = 0; i < section->entry_count; i++)
        if (!strcmp(section->entries[i].key, key))
            return &section->entries[i];
    return NULL;
}

static void append_entry(struct scenario_section *section, const char *key, const char *value,
                         const char *file, unsigned line)
{
    if ((section->entry_count & (section->entry_count - 1)) == 0) /* full at powers of two */
        section->entries =
            g_renew(struct scenario_entry, section->entries, MAX(2 * section->entry_count, 1));
    section->entries[section->entry_count++] =
        (struct scenario_entry){g_strdup(key), g_strdup(value), file, line};
}

void scenario_section_set(struct scenario_section *section, const char *key, const char *value,
                          const char *file, unsigned line)
{
    for (unsigned i = 0; i < section->entry_count; i++) {
        struct scenario_entry *entry = &section->entries[i];

        if (!strcmp(entry->key, key)) {
            g_free(entry->value);
            entry->value = g_strdup(value);
            entry->file = file;
            entry->line = line;
            return;
        }
    }
    append_entry(section, key, value, file, line);
}

char *scenario_section_label(const struct scenario_section *section)
{
    return section->name ? g_strdup_printf("%s %s", section->kind, section->name)
                         : g_strdup(section->kind);
}

bool scenario_word(const char *text, const char *also)
{
    if (!*text)
        return false;
    for (; *text; text++)
        if (!g_ascii_isalnum(*text) && *text != '_' && !strchr(also, *text))
            return false;
    return true;
}

char *scenario_text_wrong(const char *text, size_t length)
{
    const char *end;

    if (!g_utf8_validate(text, (gssize)length, &end))
        return g_strdup_printf("not UTF-8 text (byte 0x%02x in column %zu)", (unsigned char)*end,
                               (size_t)(end - text) + 1);
    for (size_t i = 0; i < length; i++)
        if ((g_ascii_iscntrl(text[i]) && text[i] != '\t') || text[i] == 0x7f)
            return g_strdup_printf("a control character (0x%02x in column %zu)",
                                   (unsigned char)text[i], i + 1);
    return NULL;
}

static void line_error(struct scan *scan, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void line_error(struct scan *scan, const char *format, ...)
{
    va_list arguments;

    if (scan->errors++ >= SCENARIO_FILE_MAX_ERRORS)
        return;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);

    va_end(arguments);
    diagnostic_error(scan->diagnostics, scan->path, scan->line, "%s", text);
    g_free(text);
}

/* A line as it can stand in a message. */
static char *excerpt(const char *line)
{
    glong characters = g_utf8_strlen(line, -1);

    if (characters <= 40)
        return g_strdup(line);
    char *start = g_utf8_substring(line, 0, 37);
    char *text = g_strconcat(start, "...", NULL);

    g_free(start);
    return text;
}

/* [kind name] */
static void scan_header(struct scan *scan, char *line)
{
    char *end = strchr(line, ']');

    scan->section = NULL;
    scan->passing_over = true;
    g_hash_table_remove_all(scan->keys);
    if (!end) {
        line_error(scan, "the section's name is not closed: expected [KIND NAME]");
        return;
    }
    if (end[1]) {
        char *rest = g_strstrip(g_strdup(end + 1));
        char *shown = excerpt(rest);

        line_error(scan, "'%s' after the section's name%s", shown,
                   rest[0] == '#' ? " (a comment must stand on a line of its own)" : "");
        g_free(shown);
        g_free(rest);
        return;
    }
    *end = '\0';
    char *name = line + 1 + strspn(line + 1, " \t");

    g_strchomp(name);
    char *kind = g_strndup(name, strcspn(name, " \t"));

    name += strlen(kind);
    name += strspn(name, " \t");
    struct scenario_section *section =
        scenario_section_new(kind, *name ? name : NULL, scan->path, scan->line);
    char *label = scenario_section_label(section);
    const struct scenario_section *earlier = g_hash_table_lookup(scan->index, label);

    g_free(kind);
    if (earlier) {
        line_error(scan, "%s: this section stands in line %u already", label, earlier->line);
    } else if (!*section->kind) {
        line_error(scan, "a section without a kind: expected [KIND NAME]");
    } else if (strpbrk(line + 1, "[")) {
        line_error(scan, "'[' in the section's name: expected [KIND NAME]");
    } else if (scan->sections->len == SCENARIO_MAX_SECTIONS) {
        line_error(scan, "more than %d sections", SCENARIO_MAX_SECTIONS);
    } else {
        g_hash_table_insert(scan->index, label, section);
        g_ptr_array_add(scan->sections, section);
        scan->section = section;
        scan->passing_over = false;
        g_string_append_printf(scan->clean, "[%s]\n", label);
        return;
    }
    g_free(label);
    scenario_section_free(section);
}

static void scan_key(struct scan *scan, const char *line)
{
    const char *equals = strchr(line, '=');
    char *key = g_strchomp(g_strndup(line, (size_t)(equals - line)));

    if (!scan->section) {
        line_error(scan, "'%s' stands before the first section", key);
    } else if (!scenario_word(key, "-.")) {
        char *shown = excerpt(key);

        if (*key)
            line_error(scan, "'%s' is no key: a key is a word of letters, digits and '_'", shown);
        else
            line_error(scan, "no key before '=': expected KEY = VALUE");
        g_free(shown);
    } else if (g_hash_table_contains(scan->keys, key)) {
        char *label = scenario_section_label(scan->section);

        line_error(scan, "%s: key '%s' stands in line %u already", label, key,
                   GPOINTER_TO_UINT(g_hash_table_lookup(scan->keys, key)));
        g_free(label);
    } else if (scan->section->entry_count == SCENARIO_MAX_KEYS) {
        line_error(scan, "more than %d keys in a section", SCENARIO_MAX_KEYS);
    } else {
        g_string_append_printf(scan->clean, "%s=%s\n", key, equals + 1);
        append_entry(scan->section, key, "", scan->path, scan->line);
        g_hash_table_insert(scan->keys, key, GUINT_TO_POINTER(scan->line));
        return; /* the key is the table's now */
    }
    g_free(key);
}

static void scan_line(struct scan *scan, char *line)
{
    g_strstrip(line);
    if (*line == '\0' || *line == '#')
        return;
    char *wrong = scenario_text_wrong(line, strlen(line));

    if (wrong) {
        line_error(scan, "%s", wrong);
        g_free(wrong);
    } else if (*line == '[') {
        scan_header(scan, line);
    } else if (scan->passing_over) {
        return;
    } else if (strchr(line, '=')) {
        scan_key(scan, line);
    } else {
        char *shown = excerpt(line);

        line_error(scan, "'%s' is neither [KIND NAME] nor KEY = VALUE%s", shown,
                   *line == ';' || !strncmp(line, "//", 2) ? " (comments begin with '#')" : "");
        g_free(shown);
    }
}

/* The whole of a file, with a 0 at its end; NULL: reported. */
static GString *read_bytes(const char *path, struct diagnostics *diagnostics)
{
    FILE *file = fopen(path, "rb");
    GString *bytes = g_string_new(NULL);
    char block[16384];
    size_t got;

    errno = file ? 0 : errno;
    while (file && bytes->len <= SCENARIO_FILE_MAX_BYTES &&
           (got = fread(block, 1, sizeof(block), file)) > 0)
        g_string_append_len(bytes, block, (gssize)got);
    bool failed = !file || ferror(file);

    if (failed)
        diagnostic_error(diagnostics, path, 0, "cannot be read: %s", strerror(errno));
    else if (bytes->len > SCENARIO_FILE_MAX_BYTES)
        diagnostic_error(diagnostics, path, 0, "more than %d MiB: this is no scenario",
                         SCENARIO_FILE_MAX_BYTES / 1024 / 1024);
    else if (bytes->len == 0)
        diagnostic_error(diagnostics, path, 0, "the file is empty");
    if (file)
        fclose(file);
    if (!failed && bytes->len > 0 && bytes->len <= SCENARIO_FILE_MAX_BYTES)
        return bytes;
    g_string_free(bytes, TRUE);
    return NULL;
}

/* The values, as GLib reads what is left of the text. */
static void take_values(struct scan *scan)
{
    GKeyFile *key_file = g_key_file_new();
    GError *error = NULL;

    if (!g_key_file_load_from_data(key_file, scan->clean->str, scan->clean->len, G_KEY_FILE_NONE,
                                   &error)) {
        diagnostic_error(scan->diagnostics, scan->path, 0, "%s", error->message);
        g_error_free(error);
    }
    for (unsigned i = 0; i < scan->sections->len; i++) {
        struct scenario_section *section = g_ptr_array_index(scan->sections, i);
        char *label = scenario_section_label(section);

        for (unsigned k = 0; k < section->entry_count; k++) {
            struct scenario_entry *entry = &section->entries[k];
            /* As written: no escapes, a backslash is a backslash. */
            char *value = g_key_file_get_value(key_file, label, entry->key, NULL);

            if (value) {
                g_free(entry->value);
                entry->value = value;
            }
        }
        g_free(label);
    }
    g_key_file_free(key_file);
}

/* False: this is no key file; one message says so, for one a line would say nothing. */
static bool scan_lines(struct scan *scan, char *text, size_t length)
{
    const char *nul = memchr(text, '\0', length);

    if (nul) {
        scan->line = 1;
        for (const char *c = text; c < nul; c++)
            scan->line += *c == '\n';
        line_error(scan, "a NUL byte: this is no text file");
        return false;
    }
    if (g_str_has_prefix(text, "\xef\xbb\xbf")) /* byte order mark of some editors */
        memset(text, ' ', 3);
    char *header = text + strspn(text, " \t\r\n");

    while (header && *header != '[') {
        header = strchr(header, '\n');
        if (header)
            header += strspn(header, " \t\r\n");
    }
    if (!header || !*header) {
        scan->line = 0;
        line_error(scan, "no section: a scenario has sections such as [port eth0], and in them "
                         "lines KEY = VALUE");
        return false;
    }
    for (char *line = text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        scan->line++;
        scan_line(scan, line);
    }
    if (scan->errors > SCENARIO_FILE_MAX_ERRORS)
        diagnostic_error(scan->diagnostics, scan->path, 0, "%u more lines are wrong",
                         scan->errors - SCENARIO_FILE_MAX_ERRORS);
    return true;
}

GPtrArray *scenario_file_read(const char *path, struct diagnostics *diagnostics)
{
    GString *text = read_bytes(path, diagnostics);

    if (!text)
        return NULL;
    struct scan scan = {
        .path = path,
        .diagnostics = diagnostics,
        .clean = g_string_new("[-]\n"), /* GLib gives keys of the first group meanings of its own */
        .sections = g_ptr_array_new_with_free_func(scenario_section_free),
        .index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    bool fine = scan_lines(&scan, text->str, text->len);

    if (fine)
        take_values(&scan);
    g_hash_table_destroy(scan.keys);
    g_hash_table_destroy(scan.index);
    g_string_free(scan.clean, TRUE);
    g_string_free(text, TRUE);
    if (fine)
        return scan.sections;
    g_ptr_array_unref(scan.sections);
    return NULL;
}
