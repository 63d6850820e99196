/* page.h - report.html: a run, or a sweep, as a page for people; made from the files in its folder.
 *
 * Pictures are drawn by gnuplot and kept in FOLDER/plots as SVG, PDF and PNG, each with its script and data
 * (analysis/plot.h). Without gnuplot the page has no pictures, and a warning says so. */
#ifndef ANALYSIS_PAGE_H
#define ANALYSIS_PAGE_H

#include "sim/diagnostic.h"

#include <stdbool.h>

/* A folder of polynic run --out. False: diagnostics say why. */
bool page_write_run(const char *folder, struct diagnostics *diagnostics);

/* A folder of polynic sweep --out, with the points that are done. */
bool page_write_sweep(const char *folder, struct diagnostics *diagnostics);

/* Whichever it is. */
bool page_write(const char *folder, struct diagnostics *diagnostics);

#endif
