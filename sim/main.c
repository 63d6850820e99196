#include "sim/command.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "exec") == 0)
        return command_exec(argc - 1, argv + 1);
    fprintf(stderr, "polynic: see polynic exec --help\n");
    return 2;
}
