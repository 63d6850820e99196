/* explain.h - the bottleneck analysis of a run, in words, from its report.json.
 *
 * Parts of one kind and group (the processors pp0 .. pp3) are taken together: their capacity is used by the mean, the limit
 * is reached by the busiest.
 *
 *     the next limit     with the limiting part twice as fast its share of the time halves at the same load; the load may
 *                        then grow until the next part reaches 1: by the share of the limit over that of the next, at most
 *                        by 2
 *     Little's law       (Little 1961) mean number in a place = rate through it * mean time in it, for each stage of the
 *                        latency: frames that were delivered, over the measured time
 *     memory             what N processors cost: N times the local memory of one, in bits
 */
#ifndef ANALYSIS_EXPLAIN_H
#define ANALYSIS_EXPLAIN_H

#include "sim/diagnostic.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* folder: of polynic run --out. False: diagnostics say why. */
bool explain_run(const char *folder, FILE *stream, struct diagnostics *diagnostics);

/* The same of a report.json that has been read. */
void explain_report(const json_t *report, FILE *stream);

#endif
