#include "analysis/report.h"

#include "analysis/result_file.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>

static const struct {
    const char *name;
    void (*write)(const struct results *results, FILE *stream);
} files[] = {
    {"report.json", report_json},    {"processors.csv", report_processors_csv},
    {"parts.csv", report_parts_csv}, {"latency.csv", report_latency_csv},
    {"drops.csv", report_drops_csv}, {"speed.json", report_speed_json},
};

/* The contents of a file, made in memory first so that an error of the disk is met where it
 * happens. */
static char *render(const struct results *results, unsigned file, size_t *bytes)
{
    char *text = NULL;
    FILE *stream = open_memstream(&text, bytes);

    if (stream)
        files[file].write(results, stream);
    if (!stream || ferror(stream) || fclose(stream) != 0)
        g_error("out of memory for %s", files[file].name); /* as glib does, it does not return */
    return text;
}

static bool write_file(const struct results *results, const char *directory, unsigned file,
                       struct diagnostics *diagnostics)
{
    size_t bytes = 0;
    char *path = g_build_filename(directory, files[file].name, NULL);
    char *text = render(results, file, &bytes);
    bool written = result_file_write(path, text, bytes, diagnostics);

    free(text);
    g_free(path);
    return written;
}

bool report_write(const struct results *results, const char *directory,
                  struct diagnostics *diagnostics)
{
    bool written = true;

    if (g_mkdir_with_parents(directory, 0777) != 0) {
        result_file_error(diagnostics, directory, "make the folder", errno);
        return false;
    }
    if (!g_file_test(directory, G_FILE_TEST_IS_DIR)) {
        result_file_error(diagnostics, directory, "make the folder", ENOTDIR);
        return false;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(files); i++)
        written &= write_file(results, directory, i, diagnostics);
    return written;
}
