#include "sim/diagnostic.h"

#include <glib.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void diagnostics_init(struct diagnostics *diagnostics)
{
    *diagnostics = (struct diagnostics){0};
}

void diagnostics_clear(struct diagnostics *diagnostics)
{
    for (unsigned i = 0; i < diagnostics->count; i++)
        g_free(diagnostics->list[i].text);
    g_free(diagnostics->list);
    diagnostics_init(diagnostics);
}

static void add(struct diagnostics *diagnostics, bool is_error, const char *file, unsigned line,
                const char *format, va_list arguments)
{
    char *message = g_strdup_vprintf(format, arguments);
    char *text = file == NULL ? g_strdup(message)
                 : line == 0  ? g_strdup_printf("%s: %s", file, message)
                              : g_strdup_printf("%s:%u: %s", file, line, message);

    g_free(message);
    if (diagnostics->count == diagnostics->capacity) {
        diagnostics->capacity = diagnostics->capacity ? 2 * diagnostics->capacity : 8;
        diagnostics->list =
            g_renew(struct diagnostic, diagnostics->list, diagnostics->capacity);
    }
    diagnostics->list[diagnostics->count++] = (struct diagnostic){is_error, text};
    diagnostics->errors += is_error;
}

void diagnostic_error(struct diagnostics *diagnostics, const char *file, unsigned line,
                      const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(diagnostics, true, file, line, format, arguments);
    va_end(arguments);
}

void diagnostic_warning(struct diagnostics *diagnostics, const char *file, unsigned line,
                        const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(diagnostics, false, file, line, format, arguments);
    va_end(arguments);
}

void diagnostics_print_from(const struct diagnostics *diagnostics, unsigned first, FILE *stream)
{
    for (unsigned i = first; i < diagnostics->count; i++)
        fprintf(stream, "polynic: %s%s\n", diagnostics->list[i].is_error ? "" : "warning: ",
                diagnostics->list[i].text);
}

unsigned diagnostics_print(const struct diagnostics *diagnostics, FILE *stream)
{
    diagnostics_print_from(diagnostics, 0, stream);
    return diagnostics->errors;
}

/* Levenshtein distance with swapped neighbours counted once; words longer than 63 are not compared. */
static unsigned edit_distance(const char *a, const char *b)
{
    unsigned row[3][64];
    size_t n = strlen(a), m = strlen(b);

    if (n > 63 || m > 63)
        return UINT_MAX;
    for (size_t j = 0; j <= m; j++)
        row[0][j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned *now = row[i % 3], *before = row[(i + 2) % 3], *earlier = row[(i + 1) % 3];

        now[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned best = before[j - 1] + (a[i - 1] != b[j - 1]);

            best = MIN(best, before[j] + 1);
            best = MIN(best, now[j - 1] + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = MIN(best, earlier[j - 2] + 1);
            now[j] = best;
        }
    }
    return row[n % 3][m];
}

const char *diagnostic_nearest(const char *word, const char *const *candidates)
{
    const char *nearest = NULL;
    unsigned nearest_distance = (unsigned)strlen(word) / 3 + 2;

    for (; *candidates; candidates++) {
        unsigned distance = edit_distance(word, *candidates);

        if (distance < nearest_distance) {
            nearest_distance = distance;
            nearest = *candidates;
        }
    }
    return nearest;
}
