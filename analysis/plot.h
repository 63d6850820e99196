/* plot.h - curves, bars and maps as pictures, drawn by gnuplot.
 *
 * What cannot be drawn (NAN, infinite; on a logarithmic axis 0 and below) is left out, and a panel without anything
 * left is not drawn. Colours are those of Okabe and Ito (2008) for curves and bars, which people who don't see all
 * colours can tell apart and which differ in print too, and cividis (Nunez, Anderton and Renslow, 2018) for maps. */
#ifndef ANALYSIS_PLOT_H
#define ANALYSIS_PLOT_H

#include "sim/diagnostic.h"

#include <glib.h>
#include <stdbool.h>

enum plot_kind {
    PLOT_CURVES,  /* lines with a mark at each point */
    PLOT_COURSES, /* of many points: lines with a mark here and there */
    PLOT_DOTS,    /* of many points with gaps: a dot each; the last series lies on top */
    PLOT_BARS,    /* at x = 0, 1, ..., the series beside each other */
    PLOT_MAP,     /* one series: cells at x, y = 0, 1, ... coloured by z */
};

struct plot_series {
    const char *name;        /* in the legend; NULL: not there */
    const double *x, *y, *z; /* points each; z of maps only, else NULL */
    unsigned points;
    bool is_reference; /* a dotted grey line without marks */
    bool is_bound;     /* a dotted line in the colour of the series before it */
    bool is_mark;      /* circles around points of other series */
};

struct plot_panel {      /* one above another, each with a legend beside it */
    const char *y_label; /* of a map: what the colours say */
    const char *legend;  /* above the names of the series; NULL: nothing */
    const struct plot_series *series;
    unsigned count;
    enum plot_kind kind;
    bool from_zero; /* the y axis begins at 0 */
    bool is_log;    /* the y axis, of a map the colours, logarithmic */
};

struct plot {
    const char *title, *x_label;
    const struct plot_panel *panels;
    unsigned panel_count;
    const double *x_marks;            /* where the x axis has marks; none: gnuplot chooses */
    const char *const *x_mark_labels; /* of them; NULL: the numbers */
    unsigned x_mark_count;
    const char *rows_label;        /* of maps: of the y axis */
    const char *const *row_labels; /* of y = 0, 1, ... */
    unsigned row_count;
    bool is_first_row_above; /* as a list is read; else as numbers grow */
    double x_end;            /* the x axis goes from 0 to here, so that panels agree; 0: gnuplot chooses */
};

/* There is something to draw. */
bool plot_has_points(const struct plot *plot);

/* A gnuplot script, which draws STEM.svg, STEM.pdf and STEM.png (or what its variable `formats` says) from the file
 * `data`, in the folder where gnuplot runs. The caller frees it (g_string_free). */
GString *plot_script(const struct plot *plot, const char *stem, const char *data);

/* The data of all panels, a block for each series, as the script reads them: two empty lines between blocks, a comment
 * before each. */
GString *plot_data(const struct plot *plot);

/* A picture: .svg or .png by the path's end. False: diagnostics say why. */
bool plot_write(const struct plot *plot, const char *path, struct diagnostics *diagnostics);

/* FOLDER/NAME.gp, a gnuplot script, FOLDER/NAME.dat, its data, and what it draws: NAME.svg, NAME.pdf, NAME.png. For
 * people who want to restyle it: change the script, and in FOLDER gnuplot NAME.gp remakes all three. A gnuplot without
 * cairo draws the SVG only: *is_svg_only. The same plot gives the same bytes. Returns the SVG (g_free()), or NULL:
 * diagnostics say why. */
char *plot_keep(const struct plot *plot, const char *folder, const char *name, bool *is_svg_only,
                struct diagnostics *diagnostics);

#endif
