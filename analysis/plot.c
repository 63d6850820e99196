/* plot.c - what gnuplot is told: the script and the data. */
#include "analysis/plot.h"

#include "analysis/format.h"

#include <math.h>
#include <string.h>

enum {
    WIDTH = 900,
    PANEL_HEIGHT = 270,
    ROW_HEIGHT = 22,       /* of a map */
    LEGEND_HEIGHT = 20,    /* of a name */
    TURNED_HEIGHT = 70,    /* of labels that don't fit side by side */
    LARGEST_HEIGHT = 1000, /* of a panel */
    X_MARKS = 20,          /* with labels on the axis, at most */
    Y_MARKS = 40,          /* likewise, of a map */
    LABELLED_CELLS = 16,   /* in a row, at most: more have no room for their numbers */
    LABELLED_ROWS = 40,    /* likewise */
    FEW_LETTERS = 90,      /* of all labels of the x axis: they stand side by side */
};

static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"};

/* In gnuplot's single quotes: nothing is special but the quote itself, and the end of the line, which ends the command;
 * what is no printable character becomes a blank. */
static void print_quoted(GString *script, const char *text)
{
    g_string_append_c(script, '\'');
    for (; *text; text++)
        g_string_append_printf(script, "%s%c", *text == '\'' ? "'" : "", (unsigned char)*text < ' ' ? ' ' : *text);
    g_string_append_c(script, '\'');
}

/* --- What there is to draw ------------------------------------------------------------------------- */

static bool can_draw(const struct plot_panel *panel, const struct plot_series *series, unsigned i)
{
    double value = panel->kind == PLOT_MAP ? series->z[i] : series->y[i];

    return isfinite(series->x[i]) && isfinite(value) && (!panel->is_log || value > 0);
}

static bool has_points(const struct plot_panel *panel)
{
    for (unsigned s = 0; s < panel->count; s++)
        for (unsigned i = 0; i < panel->series[s].points; i++)
            if (can_draw(panel, &panel->series[s], i))
                return true;
    return false;
}

static unsigned drawn_panels(const struct plot *plot)
{
    unsigned count = 0;

    for (unsigned p = 0; p < plot->panel_count; p++)
        count += has_points(&plot->panels[p]);
    return count;
}

bool plot_has_points(const struct plot *plot)
{
    return drawn_panels(plot) > 0;
}

/* --- Data ------------------------------------------------------------------------------------------ */

struct range {
    double low, high;
};

static struct range colours_of(const struct plot_panel *panel)
{
    struct range range = {INFINITY, -INFINITY};
    const struct plot_series *cells = &panel->series[0];

    for (unsigned i = 0; i < cells->points; i++)
        if (can_draw(panel, cells, i)) {
            range.low = MIN(range.low, cells->z[i]);
            range.high = MAX(range.high, cells->z[i]);
        }
    if (panel->from_zero && !panel->is_log)
        range.low = MIN(range.low, 0);
    if (!(range.high > range.low)) /* all are the same */
        range.high = range.low + (range.low != 0 ? fabs(range.low) / 2 : 1);
    return range;
}

/* From 0, dark, to 1, light. */
static double lightness(const struct plot_panel *panel, const struct range *range, double value)
{
    return panel->is_log ? log(value / range->low) / log(range->high / range->low)
                         : (value - range->low) / (range->high - range->low);
}

static void print_text_cell(GString *data, const char *text)
{
    g_string_append(data, " \"");
    for (; *text; text++)
        g_string_append_c(data, *text == '"' || *text == '\\' || (unsigned char)*text < ' ' ? ' ' : *text);
    g_string_append_c(data, '"');
}

static const char *label_at(const char *const *labels, unsigned count, double place)
{
    return labels && place >= 0 && place < count ? labels[(unsigned)place] : "";
}

static void print_cells(GString *data, const struct plot *plot, const struct plot_panel *panel)
{
    const struct plot_series *cells = &panel->series[0];
    struct range range = colours_of(panel);

    g_string_append(data, "# column, row, value, its text, 1: dark letters on it; names of column and row\n");
    for (unsigned i = 0; i < cells->points; i++) {
        if (!can_draw(panel, cells, i))
            continue;
        g_string_append_printf(data, "%.9g %.9g %.9g \"%s\" %d", cells->x[i], cells->y[i], cells->z[i],
                               format_figure(cells->z[i]).s, lightness(panel, &range, cells->z[i]) > 0.5);
        print_text_cell(data, label_at(plot->x_mark_labels, plot->x_mark_count, cells->x[i]));
        print_text_cell(data, label_at(plot->row_labels, plot->row_count, cells->y[i]));
        g_string_append_c(data, '\n');
    }
}

static void print_points(GString *data, const struct plot *plot, const struct plot_panel *panel,
                         const struct plot_series *series)
{
    for (unsigned i = 0; i < series->points; i++) {
        g_string_append_printf(data, "%.9g ", series->x[i]);
        g_string_append_printf(data, can_draw(panel, series, i) ? "%.9g" : "NaN", series->y[i]);
        if (panel->kind == PLOT_BARS && !series->is_reference)
            print_text_cell(data, label_at(plot->x_mark_labels, plot->x_mark_count, series->x[i]));
        g_string_append_c(data, '\n');
    }
    if (!series->points) /* a block without lines would be none */
        g_string_append(data, "NaN NaN\n");
}

static void print_comment(GString *data, const char *what, const char *text)
{
    g_string_append_printf(data, "# %s: ", what);
    for (; *text; text++)
        g_string_append_c(data, (unsigned char)*text < ' ' ? ' ' : *text);
    g_string_append_c(data, '\n');
}

GString *plot_data(const struct plot *plot)
{
    GString *data = g_string_new(NULL);

    for (unsigned p = 0; p < plot->panel_count; p++) {
        const struct plot_panel *panel = &plot->panels[p];

        for (unsigned s = 0; has_points(panel) && s < panel->count; s++) {
            g_string_append(data, data->len ? "\n\n" : "");
            print_comment(data, "x", plot->x_label);
            print_comment(data, panel->kind == PLOT_MAP ? "value" : "y", panel->y_label);
            print_comment(data, "series", panel->series[s].name ? panel->series[s].name : "bound of the one before");
            if (panel->kind == PLOT_MAP)
                print_cells(data, plot, panel);
            else
                print_points(data, plot, panel, &panel->series[s]);
        }
    }
    return data;
}

/* --- Script ---------------------------------------------------------------------------------------- */

static size_t letters(const char *text)
{
    return (size_t)g_utf8_strlen(text, -1);
}

static void print_marks(GString *script, const char *axis, const double *places, const char *const *labels,
                        unsigned count)
{
    unsigned most = *axis == 'x' ? X_MARKS : Y_MARKS, every = (count + most - 1) / most;

    g_string_append_printf(script, "    set %stics (", axis);
    for (unsigned i = 0; i < count; i += every) {
        g_string_append(script, i ? ", " : "");
        if (labels) {
            print_quoted(script, labels[i]);
            g_string_append_c(script, ' ');
        }
        g_string_append_printf(script, "%g", places ? places[i] : i);
    }
    g_string_append(script, ")\n");
}

static size_t letters_of_marks(const struct plot *plot)
{
    size_t all = 0;

    for (unsigned i = 0; plot->x_mark_labels && i < plot->x_mark_count; i++)
        all += 2 + letters(plot->x_mark_labels[i]);
    return all;
}

static void print_x_axis(GString *script, const struct plot *plot)
{
    if (plot->x_mark_count)
        print_marks(script, "x", plot->x_marks, plot->x_mark_labels, plot->x_mark_count);
    if (letters_of_marks(plot) > FEW_LETTERS)
        g_string_append(script, "    set xtics rotate by -35\n");
    if (plot->x_end > 0)
        g_string_append_printf(script, "    set xrange [0:%.9g]\n", plot->x_end);
}

static void print_style(GString *script, const struct plot_panel *panel, unsigned s, unsigned drawn)
{
    const struct plot_series *series = &panel->series[s];
    const char *colour = colours[drawn % G_N_ELEMENTS(colours)];
    const char *dash = drawn / G_N_ELEMENTS(colours) % 2 ? "dt 2 " : "";
    unsigned mark = 4 + drawn % 10;

    if (series->is_bound)
        g_string_append_printf(script, "with lines lw 1.6 dt 3 lc rgb '%s'",
                               colours[(drawn ? drawn - 1 : 0) % G_N_ELEMENTS(colours)]);
    else if (series->is_reference)
        g_string_append(script, "with lines lw 1.5 dt 3 lc rgb '#888888'");
    else if (series->is_mark)
        g_string_append(script, "with points pt 6 ps 2.2 lw 2 lc rgb '#888888'");
    else if (panel->kind == PLOT_BARS)
        g_string_append_printf(script, "with boxes lc rgb '%s' fs solid 1 noborder", colour);
    else if (panel->kind == PLOT_DOTS)
        g_string_append_printf(script, "with points ps 0.35 pt 7 lc rgb '%s'", colour);
    else if (panel->kind == PLOT_COURSES)
        g_string_append_printf(script, "with linespoints lw 1.4 ps 0.6 pt %u pn 12 %slc rgb '%s'", mark, dash, colour);
    else
        g_string_append_printf(script, "with linespoints lw 1.8 ps 0.7 pt %u %slc rgb '%s'", mark, dash, colour);
}

static unsigned count_bars(const struct plot_panel *panel)
{
    unsigned count = 0;

    for (unsigned s = 0; s < panel->count; s++)
        count += !panel->series[s].is_reference;
    return MAX(count, 1);
}

static void print_series(GString *script, const struct plot_panel *panel, unsigned first_block)
{
    double width = 0.8 / count_bars(panel);

    for (unsigned s = 0, drawn = 0; s < panel->count; s++) {
        const struct plot_series *series = &panel->series[s];
        bool is_bar = panel->kind == PLOT_BARS && !series->is_reference;

        g_string_append_printf(script, "%s data index %u using ", s ? ", \\\n        " : "    plot", first_block + s);
        if (is_bar)
            g_string_append_printf(script, "($1 + (%.4g)):2:(%.4g) ", (drawn + 0.5) * width - 0.4, width);
        else
            g_string_append(script, "1:2 ");
        print_style(script, panel, s, drawn);
        drawn += !series->is_reference && !series->is_mark && !series->is_bound;
        g_string_append(script, series->name ? " title " : " notitle");
        if (series->name)
            print_quoted(script, series->name);
    }
    g_string_append_c(script, '\n');
}

static void print_axes(GString *script, const struct plot *plot, const struct plot_panel *panel)
{
    g_string_append(script, "    set ylabel ");
    print_quoted(script, panel->y_label);
    g_string_append_printf(script, "\n    %s logscale y\n    set yrange [%s:*]\n", panel->is_log ? "set" : "unset",
                           panel->from_zero && !panel->is_log ? "0" : "*");
    if (panel->kind == PLOT_BARS && plot->x_mark_count)
        g_string_append_printf(script, "    set xrange [-0.6:%g]\n", plot->x_mark_count - 0.4);
    if (panel->count == 1 && !panel->legend) {
        g_string_append(script, "    set key off\n");
    } else {
        g_string_append(script, "    set key on at graph 1.02,1 left top Left reverse title ");
        print_quoted(script, panel->legend ? panel->legend : "");
        g_string_append_c(script, '\n');
    }
}

static void print_map(GString *script, const struct plot *plot, const struct plot_panel *panel, unsigned block)
{
    struct range range = colours_of(panel);
    bool has_labels = plot->x_mark_count <= LABELLED_CELLS && plot->row_count <= LABELLED_ROWS;

    g_string_append(script, "    set palette defined (0 '#00204d', 1 '#00336f', 2 '#39486b', 3 '#575c6d', 4 '#707173', "
                            "5 '#8a8779', 6 '#a69d75', 7 '#c4b56c', 8 '#e4cf5b', 9 '#ffea46')\n"
                            "    set key off\n    set grid noxtics noytics\n    set ylabel ");
    print_quoted(script, plot->rows_label);
    g_string_append(script, "\n    set cblabel ");
    print_quoted(script, panel->y_label);
    g_string_append_printf(script,
                           " offset 2,0\n    %s logscale cb\n    set cbrange [%.9g:%.9g]\n    set xrange [-0.5:%g]\n"
                           "    set yrange [-0.5:%g] %s\n",
                           panel->is_log ? "set" : "unset", range.low, range.high, plot->x_mark_count - 0.5,
                           plot->row_count - 0.5, plot->is_first_row_above ? "reverse" : "noreverse");
    print_marks(script, "y", NULL, plot->row_labels, plot->row_count);
    g_string_append_printf(script,
                           "    plot data index %u using 1:2:($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5):3 "
                           "with boxxyerror fs solid 1 noborder lc palette",
                           block);
    if (has_labels)
        g_string_append_printf(
            script,
            ", \\\n         data index %u using ($5 == 1 ? $1 : NaN):2:4 with labels font ',10' tc rgb '#010101'"
            ", \\\n         data index %u using ($5 == 1 ? NaN : $1):2:4 with labels font ',10' tc rgb '#fefefe'",
            block, block);
    g_string_append_c(script, '\n');
}

static void print_panels(GString *script, const struct plot *plot)
{
    unsigned block = 0, left = drawn_panels(plot);

    for (unsigned p = 0; p < plot->panel_count; p++) {
        const struct plot_panel *panel = &plot->panels[p];

        if (!has_points(panel))
            continue;
        g_string_append(script, "    set xlabel ");
        print_quoted(script, --left ? "" : plot->x_label);
        g_string_append_c(script, '\n');
        if (panel->kind == PLOT_MAP) {
            print_map(script, plot, panel, block);
        } else {
            print_axes(script, plot, panel);
            print_series(script, panel, block);
        }
        block += panel->count;
    }
}

/* So that the panels' axes stand below each other. */
static void print_margins(GString *script, const struct plot *plot)
{
    size_t left = 8, right = 0;
    bool is_map = false;

    for (unsigned p = 0; p < plot->panel_count; p++) {
        const struct plot_panel *panel = &plot->panels[p];

        is_map |= panel->kind == PLOT_MAP;
        if (panel->legend)
            right = MAX(right, letters(panel->legend));
        for (unsigned s = 0; panel->count > 1 && s < panel->count; s++)
            if (panel->series[s].name)
                right = MAX(right, letters(panel->series[s].name) + 7);
    }
    for (unsigned i = 0; i < plot->row_count; i++)
        left = MAX(left, letters(plot->row_labels[i]));
    g_string_append_printf(script, "    set lmargin %zu\n    set rmargin %zu\n", MIN(left, 40) + 4,
                           is_map ? 16 : MIN(right, 40) + 3);
}

static unsigned height_of(const struct plot *plot)
{
    unsigned panel = PANEL_HEIGHT;

    for (unsigned p = 0; p < plot->panel_count; p++)
        panel = MAX(panel, MIN(90 + LEGEND_HEIGHT * plot->panels[p].count, LARGEST_HEIGHT));
    if (letters_of_marks(plot) > FEW_LETTERS)
        panel += TURNED_HEIGHT;
    if (plot->row_count)
        panel = MIN(MAX(PANEL_HEIGHT, 90 + ROW_HEIGHT * plot->row_count), LARGEST_HEIGHT);
    return panel * MAX(drawn_panels(plot), 1) + 50;
}

GString *plot_script(const struct plot *plot, const char *stem, const char *data)
{
    GString *script = g_string_new(NULL);
    unsigned height = height_of(plot);

    g_string_append_printf(script, "# In this folder: gnuplot %s.gp draws %s.svg, .pdf and .png from %s.\n", stem, stem,
                           data);
    g_string_append(script, "if (!exists('stem')) stem = ");
    print_quoted(script, stem);
    g_string_append(script, "\nif (!exists('formats')) formats = 'svg pdf png'\ndata = ");
    print_quoted(script, data);
    g_string_append_printf(
        script,
        "\nset encoding utf8\n"
        "do for [format in formats] {\n"
        "    terminal = format eq 'svg' ? 'svg' : format.'cairo'\n"
        "    if (strstrt(GPVAL_TERMINALS.' ', ' '.terminal.' ') == 0) {\n"
        "        print 'no '.stem.'.'.format.': this gnuplot has no terminal '.terminal\n"
        "        continue\n"
        "    }\n"
        "    if (format eq 'svg') { set terminal svg noenhanced size %d,%u font 'sans,12' background '#ffffff' }\n"
        "    if (format eq 'png') { set terminal pngcairo noenhanced size %d,%u font 'sans,12' }\n"
        "    if (format eq 'pdf') { set terminal pdfcairo noenhanced size %.1f,%.1f font 'sans,10' }\n"
        "    set output stem.'.'.format\n"
        "    set grid lt 1 lw 0.5 lc rgb '#dddddd'\n    set border 3\n    set tics nomirror\n",
        WIDTH, height, WIDTH, height, WIDTH / 110.0, height / 110.0);
    print_margins(script, plot);
    print_x_axis(script, plot);
    g_string_append_printf(script, "    set multiplot layout %u,1 title ", MAX(drawn_panels(plot), 1));
    print_quoted(script, plot->title);
    g_string_append_c(script, '\n');
    print_panels(script, plot);
    g_string_append(script, "    unset multiplot\n    unset output\n}\n");
    return script;
}
