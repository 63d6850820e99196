#include "sim/check.h"
#include <stdio.h>
#include <stdlib.h>
void check_failed(const struct part *part, const char *file, int line, const char *condition)
{
    (void)part;
    fprintf(stderr, "polynic: %s:%d: %s\n", file, line, condition);
    abort();
}
