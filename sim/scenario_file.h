/* scenario_file.h - one file of a scenario: GLib's key file with an index of the text beside it.
 *
 * GLib reads the values, but it stops at the first line that it can't read and tells neither lines
 * nor duplicates. So the text is scanned first: each line that GLib could not read, or that says
 * something twice, is reported and blanked; what is left is GLib's. Only for sim/scenario*.c. */
#ifndef SIM_SCENARIO_FILE_H
#define SIM_SCENARIO_FILE_H

#include "sim/scenario.h"

#include <glib.h>

enum {
    SCENARIO_FILE_MAX_BYTES = 4 * 1024 * 1024,
    SCENARIO_FILE_MAX_ERRORS = 20, /* of lines; the rest is counted */
    SCENARIO_MAX_SECTIONS = 4096,  /* sections and keys are searched in a row: this bounds it */
    SCENARIO_MAX_KEYS = 1000,      /* of a section */
};

/* The sections of a file (struct scenario_section *), in order, owned by the caller; path is kept
 * as their file. NULL: it could not be read, or is no key file. What is wrong with the file as a
 * whole is reported as "PATH: ...". */
GPtrArray *scenario_file_read(const char *path, struct diagnostics *diagnostics);

struct scenario_section *scenario_section_new(const char *kind, const char *name, const char *file,
                                              unsigned line);
void scenario_section_free(void *section);
/* key and value are copied; an entry of this key is replaced where it stands. */
void scenario_section_set(struct scenario_section *section, const char *key, const char *value,
                          const char *file, unsigned line);

/* "port eth0", "sim". g_free(). */
char *scenario_section_label(const struct scenario_section *section);

/* NULL, or what is wrong with a text from outside: "not UTF-8 (byte 0xff at column 7)". g_free().
 */
char *scenario_text_wrong(const char *text, size_t length);

/* A value in the one way that parameter_print() writes it; what can't be read stays as it is.
 * parameter may be NULL. g_free(). */
char *scenario_normal_value(const struct parameter *parameter, const char *value);

bool scenario_word(const char *text,
                   const char *also); /* letters, digits, '_' and what also holds */

#endif
