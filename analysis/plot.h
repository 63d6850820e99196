/* plot.h - curves as a picture, drawn by gnuplot: .svg or .png by the file's name. */
#ifndef ANALYSIS_PLOT_H
#define ANALYSIS_PLOT_H

#include "sim/diagnostic.h"

#include <stdbool.h>

struct plot_series {
    const char *name;
    const double *x, *y; /* points each */
    unsigned points;
    bool is_reference; /* a dashed grey line without marks */
};

struct plot_panel { /* one above another, with one legend */
    const char *y_label;
    const struct plot_series *series;
    unsigned count;
    bool from_zero; /* the y axis begins at 0 */
};

struct plot {
    const char *title, *x_label;
    const struct plot_panel *panels;
    unsigned panel_count;
    const double *x_marks; /* where the x axis has marks */
    unsigned x_mark_count;
};

/* False: diagnostics say why. */
bool plot_write(const struct plot *plot, const char *path, struct diagnostics *diagnostics);

#endif
