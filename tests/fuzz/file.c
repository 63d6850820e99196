#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int file = -1;
static char path[32];

const char *fuzz_file(const uint8_t *data, size_t bytes)
{
    file = memfd_create("capture", 0);
    fuzz_check(file >= 0);
    for (size_t at = 0; at < bytes;) {
        ssize_t written = write(file, data + at, bytes - at);

        fuzz_check(written > 0);
        at += (size_t)written;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    return path;
}

void fuzz_file_close(void)
{
    close(file);
    file = -1;
}

void fuzz_failed(const char *condition, const char *source, int line)
{
    fprintf(stderr, "%s:%d: not so: %s\n", source, line, condition);
    abort();
}
