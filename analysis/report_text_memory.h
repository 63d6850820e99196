/* report_text_memory.h - what the report on the terminal says of memories with rows. */
#ifndef ANALYSIS_REPORT_TEXT_MEMORY_H
#define ANALYSIS_REPORT_TEXT_MEMORY_H

#include "analysis/results.h"

/* A sentence on the rows of a DRAM and the use of its pins; NULL: the part is none, or was not used.
 * To be freed with g_free(). */
char *report_memory_sentence(const struct results_part *part);

#endif
