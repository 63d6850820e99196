/* plot_draw.c - gnuplot at work: files under temporary names, renamed when they are whole. */
#include "analysis/plot.h"

#include "analysis/result_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Runs a script of the folder there. settings: a gnuplot command before it, or NULL. What a user's own settings would
 * change (~/.gnuplot) does not count. */
static bool run_gnuplot(const char *folder, const char *script, const char *settings, struct diagnostics *diagnostics)
{
    const char *arguments[] = {"gnuplot", "--default-settings", "-e", settings ? settings : "", script, NULL};
    char *said = NULL;
    GError *error = NULL;
    int status = 0;
    bool fine = g_spawn_sync(folder, (char **)(size_t)arguments, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
                             NULL, NULL, NULL, &said, &status, &error) &&
                g_spawn_check_wait_status(status, NULL);

    if (!fine)
        diagnostic_error(diagnostics, NULL, 0, "no plot: %s",
                         error                       ? error->message
                         : said && *g_strstrip(said) ? said
                                                     : "gnuplot failed");
    g_clear_error(&error);
    g_free(said);
    return fine;
}

static bool rename_to(const char *from, const char *to, struct diagnostics *diagnostics)
{
    if (rename(from, to) == 0)
        return true;
    result_file_error(diagnostics, to, "write", errno);
    unlink(from);
    return false;
}

bool plot_write(const struct plot *plot, const char *path, struct diagnostics *diagnostics)
{
    const char *format = g_str_has_suffix(path, ".png") ? "png" : g_str_has_suffix(path, ".svg") ? "svg" : NULL;
    bool written;

    if (!format) {
        diagnostic_error(diagnostics, path, 0, "cannot plot: expected a name that ends in .svg or .png");
        return false;
    }
    char *temporary = result_file_temporary(path), *folder = g_path_get_dirname(temporary);
    char *stem = g_path_get_basename(temporary), *data_name = g_strconcat(stem, ".dat", NULL);
    char *script_path = g_strconcat(temporary, ".gp", NULL), *data_path = g_strconcat(temporary, ".dat", NULL);
    char *script_name = g_path_get_basename(script_path), *settings = g_strdup_printf("formats='%s'", format);
    char *picture = g_strconcat(temporary, ".", format, NULL);
    GString *script = plot_script(plot, stem, data_name), *data = plot_data(plot);

    written = result_file_write(data_path, data->str, data->len, diagnostics) &&
              result_file_write(script_path, script->str, script->len, diagnostics) &&
              run_gnuplot(folder, script_name, settings, diagnostics);
    if (written && access(picture, F_OK) != 0) {
        diagnostic_error(diagnostics, path, 0, "no plot: this gnuplot draws no %s (Debian's gnuplot-nox does)", format);
        written = false;
    }
    written = written && rename_to(picture, path, diagnostics);
    unlink(picture);
    unlink(script_path);
    unlink(data_path);
    g_string_free(data, TRUE);
    g_string_free(script, TRUE);
    for (unsigned i = 0; i < 9; i++)
        g_free(
            (char *[]){temporary, folder, stem, data_name, script_path, data_path, script_name, settings, picture}[i]);
    return written;
}

/* cairo notes the time in a PDF; a result has none. The place of what follows must not move: blanks. */
static void clear_date(const char *path)
{
    static const char date[] = "/CreationDate (";
    char *text = NULL, *found, *end;
    gsize bytes;

    if (!g_file_get_contents(path, &text, &bytes, NULL))
        return;
    found = memmem(text, bytes, date, sizeof date - 1);
    end = found ? memchr(found, ')', bytes - (gsize)(found - text)) : NULL;
    if (end) {
        FILE *file = fopen(path, "r+");

        memset(found, ' ', (size_t)(end + 1 - found));
        if (file && fseek(file, found - text, SEEK_SET) == 0)
            fwrite(found, 1, (size_t)(end + 1 - found), file);
        if (file)
            fclose(file);
    }
    g_free(text);
}

/* FOLDER/STEM.FORMAT, just drawn, becomes FOLDER/NAME.FORMAT. False: it was not drawn. */
static bool take_picture(const char *folder, const char *stem, const char *name, const char *format,
                         struct diagnostics *diagnostics)
{
    char *from = g_strdup_printf("%s/%s.%s", folder, stem, format),
         *to = g_strdup_printf("%s/%s.%s", folder, name, format);
    bool is_there = access(from, F_OK) == 0;

    if (!strcmp(format, "pdf"))
        clear_date(from);
    if (is_there)
        rename_to(from, to, diagnostics);
    g_free(from);
    g_free(to);
    return is_there;
}

char *plot_keep(const struct plot *plot, const char *folder, const char *name, bool *is_svg_only,
                struct diagnostics *diagnostics)
{
    char *script_name = g_strdup_printf("%s.gp", name), *data_name = g_strdup_printf("%s.dat", name);
    char *script_path = g_build_filename(folder, script_name, NULL),
         *data_path = g_build_filename(folder, data_name, NULL);
    char *svg_path = g_strdup_printf("%s/%s.svg", folder, name), *text = NULL;
    char *stem = g_strdup_printf(".%s.%ld", name, (long)getpid()), *settings = g_strdup_printf("stem='%s'", stem);
    GString *script = plot_script(plot, name, data_name), *data = plot_data(plot);
    bool drawn = result_file_write(data_path, data->str, data->len, diagnostics) &&
                 result_file_write(script_path, script->str, script->len, diagnostics) &&
                 run_gnuplot(folder, script_name, settings, diagnostics);
    bool has_svg = take_picture(folder, stem, name, "svg", diagnostics);
    bool has_pdf = take_picture(folder, stem, name, "pdf", diagnostics);
    bool has_png = take_picture(folder, stem, name, "png", diagnostics);

    *is_svg_only = !has_pdf || !has_png;
    if (drawn && has_svg)
        g_file_get_contents(svg_path, &text, NULL, NULL);
    g_string_free(data, TRUE);
    g_string_free(script, TRUE);
    for (unsigned i = 0; i < 7; i++)
        g_free((char *[]){script_name, data_name, script_path, data_path, svg_path, stem, settings}[i]);
    return text;
}
