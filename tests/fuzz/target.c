/* A libFuzzer program of one of the functions of fuzz.h: -DFUZZ_TARGET=fuzz_replay. */
#include "sim/check.h"
#include "tests/fuzz/fuzz.h"

#ifndef FUZZ_TARGET
#define FUZZ_TARGET fuzz_capture
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    return FUZZ_TARGET(data, bytes);
}

/* What the simulator would report with the part's name. */
void check_failed(const struct part *part, const char *file, int line, const char *condition)
{
    (void)part;
    fuzz_failed(condition, file, line);
}
