#include "sim/part.h"
#include "sim/scenario.h"

#include <glib.h>
#include <string.h>

/* "port eth0: speed: text" */
static char *message_of(const struct part *part, const char *key, const char *text)
{
    bool named = !part->kind->single;

    return g_strdup_printf("%s%s%s%s%s: %s", part->kind->name, named ? " " : "",
                           named ? part->name : "", key ? ": " : "", key ? key : "", text);
}

/* Whether the first part of the section has had this error: the parts of one section mostly share a
 * mistake, and one message is enough. */
static bool first_has_it(const struct part *part, const struct diagnostics *diagnostics,
                         const char *file, unsigned line, const char *key, const char *text)
{
    if (!part->section || part->index == 0)
        return false;
    char *message = message_of(part->section->parts[0], key, text);
    char *full = line   ? g_strdup_printf("%s:%u: %s", file, line, message)
                 : file ? g_strdup_printf("%s: %s", file, message)
                        : g_strdup(message);
    bool found = false;

    for (unsigned i = 0; i < diagnostics->count && !found; i++)
        found = !strcmp(diagnostics->list[i].text, full);
    g_free(full);
    g_free(message);
    return found;
}

void part_error(const struct part *part, struct diagnostics *diagnostics, const char *key,
                const char *format, ...)
{
    const struct scenario_section *section = part->section;
    const struct scenario_entry *entry = section && key ? scenario_entry(section, key) : NULL;
    const char *file = entry ? entry->file : section ? section->file : NULL;
    unsigned line = entry ? entry->line : section ? section->line : 0;
    va_list arguments;

    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    char *message = message_of(part, key, text);

    va_end(arguments);
    if (!first_has_it(part, diagnostics, file, line, key, text))
        diagnostic_error(diagnostics, file, line, "%s", message);
    g_free(message);
    g_free(text);
}
