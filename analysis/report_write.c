#include "analysis/report.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    void (*write)(const struct results *results, FILE *stream);
} files[] = {
    {"report.json", report_json},    {"processors.csv", report_processors_csv},
    {"parts.csv", report_parts_csv}, {"latency.csv", report_latency_csv},
    {"drops.csv", report_drops_csv}, {"speed.json", report_speed_json},
};

static const char *advice(int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
        return "choose a folder that you may write to";
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return "make room there, or choose a folder elsewhere";
    case ENOTDIR:
    case EEXIST:
        return "a file stands where the folder should be: choose another name";
    case EISDIR:
        return "a folder stands where the file should be: remove it or choose another folder";
    default:
        return "choose another folder";
    }
}

static void report_error(struct diagnostics *diagnostics, const char *path, const char *verb,
                         int error)
{
    diagnostic_error(diagnostics, path, 0, "cannot %s: %s; %s", verb, g_strerror(error),
                     advice(error));
}

/* All of the contents are on their way to the disk, or errno says why not. */
static bool finish_stream(FILE *stream)
{
    bool written = fflush(stream) == 0 && !ferror(stream);
    int error = errno;

    /* Some file systems learn only here that there is no room. */
    if (fclose(stream) != 0 && written) {
        written = false;
        error = errno;
    }
    errno = error;
    return written;
}

/* Under a name of its own first: a reader never sees half a file, and a run that fails leaves the
 * former. */
static bool write_file(const struct results *results, const char *directory, unsigned file,
                       struct diagnostics *diagnostics)
{
    char *path = g_build_filename(directory, files[file].name, NULL);
    char *temporary = g_strdup_printf("%s/.%s.%ld", directory, files[file].name, (long)getpid());
    FILE *stream = fopen(temporary, "w");
    bool written = stream != NULL;

    if (stream) {
        errno = 0;
        files[file].write(results, stream);
        /* A write inside may have failed long ago: its errno is kept by nobody, but a full disk
         * stays full. */
        written = finish_stream(stream) && g_rename(temporary, path) == 0;
    }
    if (!written)
        report_error(diagnostics, path, "write", errno);
    if (!written && stream) {
        g_unlink(temporary);
    }
    g_free(temporary);
    g_free(path);
    return written;
}

bool report_write(const struct results *results, const char *directory,
                  struct diagnostics *diagnostics)
{
    bool written = true;

    if (g_mkdir_with_parents(directory, 0777) != 0) {
        report_error(diagnostics, directory, "make the folder", errno);
        return false;
    }
    if (!g_file_test(directory, G_FILE_TEST_IS_DIR)) {
        report_error(diagnostics, directory, "make the folder", ENOTDIR);
        return false;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(files); i++)
        written &= write_file(results, directory, i, diagnostics);
    return written;
}
