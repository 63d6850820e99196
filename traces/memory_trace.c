#include "traces/memory_trace.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 200, MAX_ERRORS = 20 };

struct memory_trace {
    FILE *file;
    const char *name;
    unsigned line, errors;
    struct diagnostics *diagnostics;
    char text[LINE_BYTES + 1];
};

struct memory_trace *memory_trace_open(const char *path, struct diagnostics *diagnostics)
{
    bool is_standard = !strcmp(path, "-");
    FILE *file = is_standard ? stdin : fopen(path, "r");

    if (!file) {
        diagnostic_error(diagnostics, path, 0, "can't be opened: %s", g_strerror(errno));
        return NULL;
    }
    struct memory_trace *trace = g_new0(struct memory_trace, 1);
    *trace = (struct memory_trace){.file = file, .name = is_standard ? "standard input" : path,
                                   .diagnostics = diagnostics};
    return trace;
}

void memory_trace_close(struct memory_trace *trace)
{
    if (!trace)
        return;
    if (trace->file != stdin)
        fclose(trace->file);
    g_free(trace);
}

static void wrong(struct memory_trace *trace, const char *text, const char *word)
{
    if (word) {
        char *printable = g_strescape(word, NULL);
        diagnostic_error(trace->diagnostics, trace->name, trace->line, "'%s': %s", printable, text);
        g_free(printable);
    } else {
        diagnostic_error(trace->diagnostics, trace->name, trace->line, "%s", text);
    }
    if (++trace->errors == MAX_ERRORS)
        diagnostic_error(trace->diagnostics, trace->name, trace->line,
                         "%d lines are wrong: the rest is not looked at", MAX_ERRORS);
}

/* The next line, without its end and comment, in trace->text. *length: as it stands in the file, so far as it
 * fits. False: there is none. */
static bool read_line(struct memory_trace *trace, size_t *length)
{
    int c = getc(trace->file);
    bool in_comment = false;

    if (c == EOF)
        return false;
    trace->line++;
    *length = 0;
    for (; c != EOF && c != '\n'; c = getc(trace->file)) {
        in_comment |= c == '#';
        if (in_comment)
            continue;
        if (*length < LINE_BYTES)
            trace->text[*length] = c ? (char)c : '?'; /* a zero would hide what follows */
        ++*length;
    }
    trace->text[*length < LINE_BYTES ? *length : LINE_BYTES] = '\0';
    return true;
}

static bool parse_access(struct memory_trace *trace, struct memory_access *access)
{
    char *words[4] = {NULL}, *rest = NULL, *end;
    unsigned count = 0;

    for (char *word = strtok_r(trace->text, " \t\r\v\f", &rest); word && count < 4;
         word = strtok_r(NULL, " \t\r\v\f", &rest))
        words[count++] = word;
    if (count != 3) {
        wrong(trace, "expected an address, READ or WRITE, and a cycle: 0x12345680 READ 100", NULL);
        return false;
    }
    errno = 0;
    access->address = g_ascii_strtoull(words[0], &end, 16);
    if (!g_ascii_isxdigit(*words[0]) || *end || errno) {
        wrong(trace, "expected a hexadecimal address of 64 bits at most", words[0]);
        return false;
    }
    access->is_write = !g_ascii_strcasecmp(words[1], "WRITE");
    if (!access->is_write && g_ascii_strcasecmp(words[1], "READ")) {
        wrong(trace, "expected READ or WRITE", words[1]);
        return false;
    }
    access->cycle = g_ascii_strtoull(words[2], &end, 10);
    if (!g_ascii_isdigit(*words[2]) || *end || errno || access->cycle > MEMORY_TRACE_MAX_CYCLE) {
        wrong(trace, "expected a cycle, 0 .. 2^60", words[2]);
        return false;
    }
    return true;
}

bool memory_trace_next(struct memory_trace *trace, struct memory_access *access)
{
    size_t length;

    while (trace->errors < MAX_ERRORS && read_line(trace, &length)) {
        if (length > LINE_BYTES) {
            wrong(trace, "a line of more than 200 characters: expected an address, READ or WRITE, and a cycle",
                  NULL);
            continue;
        }
        if (trace->text[strspn(trace->text, " \t\r\v\f")] && parse_access(trace, access))
            return true;
    }
    if (ferror(trace->file) && trace->errors < MAX_ERRORS) {
        diagnostic_error(trace->diagnostics, trace->name, 0, "can't be read: %s", g_strerror(errno));
        trace->errors = MAX_ERRORS;
    }
    return false;
}
