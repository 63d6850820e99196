/* report_text_bus.h - the masters of the buses as the report on the terminal shows them: a row for each, or for all that
 * one section of the scenario made. */
#ifndef ANALYSIS_REPORT_TEXT_BUS_H
#define ANALYSIS_REPORT_TEXT_BUS_H

#include "analysis/results.h"

struct report_master { /* names belong to the results */
    const char *bus, *name;
    unsigned masters; /* that it stands for */
    uint64_t requests, beats;
    double mean_wait_ps, share; /* of all of them together */
};

/* Rows of all buses in the results' order, without masters that asked for nothing; *rows is to be freed with g_free(). */
unsigned report_masters(const struct results *results, struct report_master **rows);

#endif
