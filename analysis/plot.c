#include "analysis/plot.h"

#include "analysis/result_file.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 900, PANEL_HEIGHT = 380 };

/* Readable beside each other, for people who don't see all colours too (Okabe and Ito, 2008), then again with dashes. */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"};

/* In gnuplot's single quotes: nothing is special but the quote itself. */
static void print_quoted(GString *script, const char *text)
{
    g_string_append_c(script, '\'');
    for (; *text; text++)
        g_string_append_printf(script, "%s%c", *text == '\'' ? "'" : "", *text);
    g_string_append_c(script, '\'');
}

static void print_data(GString *script, const struct plot *plot)
{
    for (unsigned p = 0; p < plot->panel_count; p++)
        for (unsigned i = 0; i < plot->panels[p].count; i++) {
            const struct plot_series *series = &plot->panels[p].series[i];

            g_string_append_printf(script, "$data%u_%u << END\n", p, i);
            for (unsigned k = 0; k < series->points; k++)
                g_string_append_printf(script, "%.17g %.17g\n", series->x[k], series->y[k]);
            g_string_append(script, "END\n");
        }
}

static void print_panel(GString *script, const struct plot *plot, unsigned p)
{
    const struct plot_panel *panel = &plot->panels[p];
    const char *dash = "";
    unsigned colour = 0;

    g_string_append(script, "set ylabel ");
    print_quoted(script, panel->y_label);
    g_string_append_printf(script, "\nset yrange [%s:*]\nset xlabel ", panel->from_zero ? "0" : "*");
    print_quoted(script, p + 1 == plot->panel_count ? plot->x_label : "");
    g_string_append(script, "\nplot ");
    for (unsigned i = 0; i < panel->count; i++) {
        const struct plot_series *series = &panel->series[i];

        g_string_append_printf(script, "%s$data%u_%u using 1:2 ", i ? ", " : "", p, i);
        if (series->is_reference) {
            g_string_append(script, "with lines lw 1.5 dt 3 lc rgb '#888888' title ");
        } else {
            dash = colour / G_N_ELEMENTS(colours) % 2 ? "dt 2 " : "";
            g_string_append_printf(script, "with linespoints lw 1.8 ps 0.7 pt %u %slc rgb '%s' title ", 4 + colour % 10,
                                   dash, colours[colour % G_N_ELEMENTS(colours)]);
            colour++;
        }
        print_quoted(script, series->name);
    }
    g_string_append_c(script, '\n');
}

static char *script_of(const struct plot *plot, const char *path, bool is_png)
{
    GString *script = g_string_new("set encoding utf8\n");

    print_data(script, plot);
    g_string_append_printf(script, "set terminal %s noenhanced size %d,%u font 'sans,12'\nset output ",
                           is_png ? "pngcairo" : "svg background '#ffffff'", WIDTH,
                           PANEL_HEIGHT * plot->panel_count + 60);
    print_quoted(script, path);
    g_string_append(script, "\nset grid lc rgb '#dddddd'\nset border 3\nset tics nomirror\nset key outside right top\n"
                            "set lmargin 10\nset rmargin 28\nset xtics (");
    for (unsigned i = 0; i < plot->x_mark_count; i++)
        g_string_append_printf(script, "%s%g", i ? ", " : "", plot->x_marks[i]);
    g_string_append_printf(script, ")\nset multiplot layout %u,1 title ", plot->panel_count);
    print_quoted(script, plot->title);
    g_string_append_c(script, '\n');
    for (unsigned p = 0; p < plot->panel_count; p++)
        print_panel(script, plot, p);
    g_string_append(script, "unset multiplot\nunset output\n");
    return g_string_free(script, FALSE);
}

/* The script goes by a file of its own; what gnuplot says goes to *said. */
static bool run_gnuplot(const char *script, char **said, struct diagnostics *diagnostics)
{
    char *name = NULL;
    GError *error = NULL;
    int file = g_file_open_tmp("polynic-plot-XXXXXX", &name, &error), status = 0;
    bool fine = false;

    if (file >= 0) {
        close(file);
        const char *arguments[] = {"gnuplot", name, NULL};

        fine = g_file_set_contents(name, script, -1, &error) &&
               g_spawn_sync(NULL, (char **)(size_t)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, said, &status,
                            &error) &&
               g_spawn_check_wait_status(status, NULL);
        unlink(name);
    }
    if (error)
        diagnostic_error(diagnostics, NULL, 0, "no plot: %s (the Debian package gnuplot-nox has gnuplot)",
                         error->message);
    g_clear_error(&error);
    g_free(name);
    return fine;
}

bool plot_write(const struct plot *plot, const char *path, struct diagnostics *diagnostics)
{
    bool is_png = g_str_has_suffix(path, ".png"), written = false;
    char *temporary = result_file_temporary(path), *said = NULL;

    if (!is_png && !g_str_has_suffix(path, ".svg")) {
        diagnostic_error(diagnostics, path, 0, "cannot plot: expected a name that ends in .svg or .png");
        g_free(temporary);
        return false;
    }
    char *script = script_of(plot, temporary, is_png);
    unsigned errors = diagnostics->errors;

    if (!run_gnuplot(script, &said, diagnostics)) {
        if (diagnostics->errors == errors)
            diagnostic_error(diagnostics, path, 0, "gnuplot could not plot: %s", said ? g_strstrip(said) : "");
    } else if (rename(temporary, path) != 0) {
        result_file_error(diagnostics, path, "write", errno);
    } else {
        written = true;
    }
    unlink(temporary);
    g_free(script);
    g_free(said);
    g_free(temporary);
    return written;
}
