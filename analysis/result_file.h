/* result_file.h - writing results: whole files, under a name of their own first, so that a reader never sees half a file and a
 * run that fails leaves the former one. */
#ifndef ANALYSIS_RESULT_FILE_H
#define ANALYSIS_RESULT_FILE_H

#include "sim/diagnostic.h"

#include <stdbool.h>
#include <stddef.h>

/* False: diagnostics say why, and what to do. */
bool result_file_write(const char *path, const char *text, size_t bytes, struct diagnostics *diagnostics);

/* "PATH: cannot VERB: why; what to do", of an errno. */
void result_file_error(struct diagnostics *diagnostics, const char *path, const char *verb, int error);

/* The name beside path under which it is written first. g_free(). */
char *result_file_temporary(const char *path);

#endif
