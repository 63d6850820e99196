/* plot.h - curves as a picture, drawn by gnuplot. */
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

struct plot_panel { /* one above another, each with a legend beside it */
    const char *y_label;
    const struct plot_series *series;
    unsigned count;
    bool from_zero; /* the y axis begins at 0 */
    bool is_log;    /* the y axis is logarithmic */
    bool has_lines; /* lines without marks: many points */
};

struct plot {
    const char *title, *x_label;
    const struct plot_panel *panels;
    unsigned panel_count;
    const double *x_marks; /* where the x axis has marks; none: gnuplot chooses */
    const char *const *x_mark_labels; /* of them; NULL: the numbers */
    unsigned x_mark_count;
};

/* A picture: .svg or .png by the path's end. False: diagnostics say why. */
bool plot_write(const struct plot *plot, const char *path, struct diagnostics *diagnostics);

/* FOLDER/NAME.gp, a gnuplot script with the data in it, and FOLDER/NAME.svg. For people who want to restyle it:
 *     gnuplot -e "format='pdf'" NAME.gp        or png, svg
 * Returns the picture (g_free()), or NULL: diagnostics say why. */
char *plot_keep(const struct plot *plot, const char *folder, const char *name, struct diagnostics *diagnostics);

#endif
