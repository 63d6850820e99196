/* page_sweep.h - the parts of a sweep's page. Belongs to page_sweep.c. */
#ifndef ANALYSIS_PAGE_SWEEP_H
#define ANALYSIS_PAGE_SWEEP_H

#include "analysis/page_plots.h"

enum { SWEEP_MAX_SERIES = 14 };

/* What is taken of a point's report. */
enum sweep_figure {
    SWEEP_APPLICATION, /* bits/s */
    SWEEP_DELIVERED,   /* bits/s, to host memory */
    SWEEP_OFFERED,     /* bits/s */
    SWEEP_LOST,        /* share of the frames */
    SWEEP_P50,         /* receive latency, ns */
    SWEEP_P99,
    SWEEP_P9999,
    SWEEP_IMBALANCE, /* of the frames, highest over mean */
    SWEEP_BUSIEST,   /* share of the time */
    SWEEP_FIGURES,
};

struct sweep_point {
    char **values;                 /* by the sweep's keys; "" where there is none */
    double figures[SWEEP_FIGURES]; /* NAN: the report has none */
    double half_widths[SWEEP_FIGURES]; /* of the 95 % confidence intervals, if it stands for several; NAN: none */
    unsigned repeats;                  /* runs that it stands for; 0: one */
    char *busiest;                 /* the part's name; NULL: none */
};

struct sweep_axis { /* a varied key */
    unsigned key;
    GPtrArray *values; /* of char *, borrowed of the points: numbers ascend, others in order of first appearance */
    double *places;    /* of the values: numbers, or 0, 1, ... */
    bool is_numeric;   /* all are numbers with the same unit behind them */
    char *unit;        /* of numbers; may be "" */
};

struct sweep_series { /* all other keys have these values */
    char *name;
    double *x, *y[SWEEP_FIGURES]; /* points each, x ascending */
    unsigned points;
};

struct sweep_page {
    const char *folder;
    char *scenario;
    GPtrArray *keys;   /* of char * */
    GPtrArray *points; /* of struct sweep_point */
    unsigned all;      /* points of the sweep, done or not */
    bool repeats;      /* with several seeds: the points stand for all of them */
    GString *html;
    struct page_plots plots;
};

static inline const struct sweep_point *sweep_point_at(const struct sweep_page *page, unsigned i)
{
    return g_ptr_array_index(page->points, i);
}

static inline const char *sweep_key(const struct sweep_page *page, unsigned key)
{
    return g_ptr_array_index(page->keys, key);
}

/* --- page_sweep_axis.c ------------------------------------------------------------------------------ */

void sweep_axis_fill(const struct sweep_page *page, struct sweep_axis *axis, unsigned key);
void sweep_axis_done(struct sweep_axis *axis);

/* For x: the first key with numbers and more than one value, else the first with more than one, else the first. */
void sweep_axis_choose(const struct sweep_page *page, struct sweep_axis *axis);

/* Where a value is on the axis, among its values; their number if it is not. */
unsigned sweep_axis_index(const struct sweep_axis *axis, const char *value);

/* A series (struct sweep_series) for each combination of the other keys' values. */
GArray *sweep_series_new(const struct sweep_page *page, const struct sweep_axis *axis);
void sweep_series_free(GArray *all);

/* What the series' names are values of: "pp.rx_buffers, rx.hash"; NULL: there is one series. The caller frees it. */
char *sweep_series_legend(const struct sweep_page *page, const struct sweep_axis *axis, const GArray *all);

/* --- page_sweep_repeats.c --------------------------------------------------------------------------- */

/* Points that differ by sim.seed alone become one, if other keys are varied too. */
void sweep_page_merge_repeats(struct sweep_page *page);

/* --- page_sweep_plots.c ----------------------------------------------------------------------------- */

void sweep_page_speed_up(struct sweep_page *page, const struct sweep_axis *axis, const GArray *all);
void sweep_page_throughput(struct sweep_page *page, const struct sweep_axis *axis, const GArray *all);
void sweep_page_latency(struct sweep_page *page, const struct sweep_axis *axis, const GArray *all);

/* --- page_sweep_map.c ------------------------------------------------------------------------------- */

/* Of two keys or more with several values each: a map over the first two. */
void sweep_page_map(struct sweep_page *page);

/* Hash functions beside each other, if several were swept. */
void sweep_page_hashes(struct sweep_page *page);

#endif
