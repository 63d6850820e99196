/* report.h - the report of a run: on the terminal and as files.
 *
 * All functions take results that results_finish() has finished. What they print depends on these
 * only: not on the locale, the time of day, the host or the folder.
 */
#ifndef ANALYSIS_REPORT_H
#define ANALYSIS_REPORT_H

#include "analysis/results.h"
#include "sim/diagnostic.h"

#include <stdbool.h>
#include <stdio.h>

/* The report that a person reads in a minute, UTF-8, at most 80 columns. */
void report_print(const struct results *results, FILE *stream, bool colour);

/* Whether colour is wanted there: a terminal that is not "dumb", and NO_COLOR is not set (or
 * empty). */
bool report_colour_wanted(FILE *stream);

/* Writes report.json, processors.csv, parts.csv, latency.csv, drops.csv and speed.json into a
 * folder, which is made with its parents. Each file appears whole or not at all (a former one is
 * replaced). False: at least one could not be written; diagnostics has an error for each. */
bool report_write(const struct results *results, const char *directory,
                  struct diagnostics *diagnostics);

/* The files' contents. An error of the stream is left for the caller to find (ferror()). */
void report_json(const struct results *results, FILE *stream);
void report_speed_json(const struct results *results, FILE *stream);
void report_processors_csv(const struct results *results, FILE *stream);
void report_parts_csv(const struct results *results, FILE *stream);
void report_latency_csv(const struct results *results, FILE *stream);
void report_drops_csv(const struct results *results, FILE *stream);

#endif
