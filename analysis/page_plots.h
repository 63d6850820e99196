/* page_plots.h - the plots of a page: drawn, kept in FOLDER/plots, and put into the page. */
#ifndef ANALYSIS_PAGE_PLOTS_H
#define ANALYSIS_PAGE_PLOTS_H

#include "analysis/plot.h"

struct page_plots {
    const char *of; /* the page's folder, for messages */
    char *folder;
    struct diagnostics *diagnostics;
    bool works;       /* no plot has failed yet; after the first, none is tried */
    bool is_svg_only; /* that was said */
};

void page_plots_begin(struct page_plots *plots, const char *folder, struct diagnostics *diagnostics);

/* FOLDER/plots/NAME.*, and the picture in the page. Nothing, if the plot has no points. What fails is a warning. */
void page_plots_add(struct page_plots *plots, GString *html, const struct plot *plot, const char *name,
                    const char *caption);
void page_plots_end(struct page_plots *plots);

#endif
