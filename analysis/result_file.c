#include "analysis/result_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <unistd.h>

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

void result_file_error(struct diagnostics *diagnostics, const char *path, const char *verb,
                         int error)
{
    diagnostic_error(diagnostics, path, 0, "cannot %s: %s; %s", verb, g_strerror(error),
                     advice(error));
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

char *result_file_temporary(const char *path)
{
    char *directory = g_path_get_dirname(path), *name = g_path_get_basename(path);
    char *temporary = g_strdup_printf("%s/.%s.%ld", directory, name, (long)getpid());

    g_free(name);
    g_free(directory);
    return temporary;
}

bool result_file_write(const char *path, const char *text, size_t bytes, struct diagnostics *diagnostics)
{
    char *temporary = result_file_temporary(path);
    bool written = write_bytes(temporary, text, bytes) && rename(temporary, path) == 0;

    if (!written) {
        result_file_error(diagnostics, path, "write", errno);
        unlink(temporary);
    }
    g_free(temporary);
    return written;
}
