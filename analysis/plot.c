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

/* In gnuplot's single quotes: nothing is special but the quote itself, and the end of the line, which ends the command;
 * what is no printable character becomes a blank. */
static void print_quoted(GString *script, const char *text)
{
    g_string_append_c(script, '\'');
    for (; *text; text++)
        g_string_append_printf(script, "%s%c", *text == '\'' ? "'" : "", (unsigned char)*text < ' ' ? ' ' : *text);
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
    g_string_append_printf(script, "\n%s logscale y\nset yrange [%s:*]\nset xlabel ", panel->is_log ? "set" : "unset",
                           panel->from_zero ? "0" : "*");
    print_quoted(script, p + 1 == plot->panel_count ? plot->x_label : "");
    g_string_append(script, "\nplot ");
    for (unsigned i = 0; i < panel->count; i++) {
        const struct plot_series *series = &panel->series[i];

        g_string_append_printf(script, "%s$data%u_%u using 1:2 ", i ? ", " : "", p, i);
        if (series->is_reference) {
            g_string_append(script, "with lines lw 1.5 dt 3 lc rgb '#888888' title ");
        } else {
            dash = colour / G_N_ELEMENTS(colours) % 2 ? "dt 2 " : "";
            if (panel->has_lines)
                g_string_append_printf(script, "with lines lw 1.4 %slc rgb '%s' title ", dash,
                                       colours[colour % G_N_ELEMENTS(colours)]);
            else
                g_string_append_printf(script, "with linespoints lw 1.8 ps 0.7 pt %u %slc rgb '%s' title ",
                                       4 + colour % 10, dash, colours[colour % G_N_ELEMENTS(colours)]);
            colour++;
        }
        print_quoted(script, series->name);
    }
    g_string_append_c(script, '\n');
}

static void print_marks(GString *script, const struct plot *plot)
{
    if (!plot->x_mark_count)
        return;
    g_string_append(script, "set xtics (");
    for (unsigned i = 0; i < plot->x_mark_count; i++) {
        g_string_append(script, i ? ", " : "");
        if (plot->x_mark_labels) {
            print_quoted(script, plot->x_mark_labels[i]);
            g_string_append_c(script, ' ');
        }
        g_string_append_printf(script, "%g", plot->x_marks[i]);
    }
    g_string_append(script, ")\n");
}

/* base: the picture's path without its end. */
static char *script_of(const struct plot *plot, const char *base)
{
    GString *script = g_string_new("# gnuplot -e \"format='pdf'\" FILE makes a PDF of this; png and svg likewise.\n"
                                   "if (!exists('format')) format = 'svg'\nset encoding utf8\n");
    unsigned height = PANEL_HEIGHT * plot->panel_count + 60;

    print_data(script, plot);
    g_string_append_printf(
        script,
        "if (format eq 'svg') set terminal svg noenhanced size %d,%u font 'sans,12' background '#ffffff'\n"
        "if (format eq 'png') set terminal pngcairo noenhanced size %d,%u font 'sans,12'\n"
        "if (format eq 'pdf') set terminal pdfcairo noenhanced size %.1f,%.1f font 'sans,10'\n"
        "if (!exists('file')) file = ",
        WIDTH, height, WIDTH, height, WIDTH / 110.0, height / 110.0);
    print_quoted(script, base);
    g_string_append(script, ".'.'.format\nset output file\nset grid lc rgb '#dddddd'\nset border 3\n"
                            "set tics nomirror\nset key outside right top\nset lmargin 12\nset rmargin 28\n");
    print_marks(script, plot);
    g_string_append_printf(script, "set multiplot layout %u,1 title ", plot->panel_count);
    print_quoted(script, plot->title);
    g_string_append_c(script, '\n');
    for (unsigned p = 0; p < plot->panel_count; p++)
        print_panel(script, plot, p);
    g_string_append(script, "unset multiplot\nunset output\n");
    return g_string_free(script, FALSE);
}

/* Draws the script into a file; what gnuplot says goes to *said. False: it could not, or error. */
static bool run_gnuplot(const char *script, const char *format, const char *file, char **said, GError **error)
{
    char *settings = g_strdup_printf("format='%s'; file='%s'", format, file);
    const char *arguments[] = {"gnuplot", "-e", settings, script, NULL};
    int status = 0;
    bool fine = !strchr(file, '\'') &&
                g_spawn_sync(NULL, (char **)(size_t)arguments, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
                             NULL, NULL, NULL, said, &status, error) &&
                g_spawn_check_wait_status(status, NULL);

    g_free(settings);
    return fine;
}

static bool draw(const char *script, const char *format, const char *file, struct diagnostics *diagnostics)
{
    char *said = NULL;
    GError *error = NULL;
    bool fine = run_gnuplot(script, format, file, &said, &error);

    if (!fine)
        diagnostic_error(diagnostics, NULL, 0, "no plot: %s",
                         error ? error->message : said && *said ? g_strstrip(said) : "gnuplot failed, or ' in a name");
    g_clear_error(&error);
    g_free(said);
    return fine;
}

bool plot_write(const struct plot *plot, const char *path, struct diagnostics *diagnostics)
{
    bool is_png = g_str_has_suffix(path, ".png"), written;

    if (!is_png && !g_str_has_suffix(path, ".svg")) {
        diagnostic_error(diagnostics, path, 0, "cannot plot: expected a name that ends in .svg or .png");
        return false;
    }
    char *temporary = result_file_temporary(path), *script_path = g_strconcat(temporary, ".gp", NULL);
    char *script = script_of(plot, "plot");

    written = result_file_write(script_path, script, strlen(script), diagnostics) &&
              draw(script_path, is_png ? "png" : "svg", temporary, diagnostics);
    if (written && rename(temporary, path) != 0) {
        result_file_error(diagnostics, path, "write", errno);
        written = false;
    }
    unlink(temporary);
    unlink(script_path);
    g_free(script);
    g_free(script_path);
    g_free(temporary);
    return written;
}

char *plot_keep(const struct plot *plot, const char *folder, const char *name, struct diagnostics *diagnostics)
{
    char *file = g_strdup_printf("%s.gp", name), *picture = g_strdup_printf("%s.svg", name);
    char *script_path = g_build_filename(folder, file, NULL), *picture_path = g_build_filename(folder, picture, NULL);
    char *temporary = result_file_temporary(picture_path), *script = script_of(plot, name), *text = NULL;

    if (result_file_write(script_path, script, strlen(script), diagnostics) &&
        draw(script_path, "svg", temporary, diagnostics)) {
        if (rename(temporary, picture_path) != 0)
            result_file_error(diagnostics, picture_path, "write", errno);
        else
            g_file_get_contents(picture_path, &text, NULL, NULL);
    }
    unlink(temporary);
    g_free(script);
    g_free(temporary);
    g_free(picture_path);
    g_free(script_path);
    g_free(picture);
    g_free(file);
    return text;
}
