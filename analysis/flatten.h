/* flatten.h - a report.json as a list of named numbers: throughput.offered_bits_per_s, parts.pp0.statistics.frames. */
#ifndef ANALYSIS_FLATTEN_H
#define ANALYSIS_FLATTEN_H

#include <jansson.h>

/* Calls found for each number and flag (1, 0) below value, in the order of the file. An entry of an array goes by its
 * "name" if it has one, else by its place. */
void flatten(const json_t *value, void (*found)(void *owner, const char *name, double number), void *owner);

#endif
