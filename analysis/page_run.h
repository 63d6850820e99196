/* page_run.h - the parts of a run's page. Belongs to page_run.c. */
#ifndef ANALYSIS_PAGE_RUN_H
#define ANALYSIS_PAGE_RUN_H

#include "analysis/page_plots.h"

#include <jansson.h>

struct run_page {
    const char *folder;
    json_t *report;
    GString *html;
    struct page_plots plots;
};

/* A CSV file of the folder: lines of cells (char **), the headings first; our own files have no quotes. NULL: it can't
 * be read. To be freed with g_ptr_array_unref(). */
GPtrArray *run_page_csv(const struct run_page *page, const char *name);

/* What the page shows of timeline.csv and latency.csv, and of the report as bars. */
void run_page_timeline(struct run_page *page);
void run_page_percentiles(struct run_page *page);
void run_page_stages(struct run_page *page);
void run_page_load(struct run_page *page);
void run_page_drops(struct run_page *page);

#endif
