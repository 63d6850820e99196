#include "analysis/report.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
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

/* False: errno says why. */
static bool write_bytes(const char *path, const char *text, size_t bytes)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (file < 0)
        return false;
    while (bytes) {
        ssize_t written = write(file, text, bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            int error = errno;
            close(file);
            errno = error;
            return false;
        }
        text += written;
        bytes -= (size_t)written;
    }
    return close(file) == 0; /* some file systems learn only here that there is no room */
}

/* Under a name of its own first: a reader never sees half a file, and a run that fails leaves the
 * former one. */
static bool write_file(const struct results *results, const char *directory, unsigned file,
                       struct diagnostics *diagnostics)
{
    size_t bytes = 0;
    char *path = g_build_filename(directory, files[file].name, NULL);
    char *temporary = g_strdup_printf("%s/.%s.%ld", directory, files[file].name, (long)getpid());
    char *text = render(results, file, &bytes);
    bool written = write_bytes(temporary, text, bytes) && rename(temporary, path) == 0;

    if (!written) {
        report_error(diagnostics, path, "write", errno);
        unlink(temporary);
    }
    free(text);
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
