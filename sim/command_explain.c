/* command_explain.c - polynic explain: what limited a run, in words. */
#include "sim/command.h"

#include "analysis/explain.h"
#include "sim/diagnostic.h"

#include <stdio.h>
#include <string.h>

enum { EXIT_INPUT = 2 };

static const char help[] = "usage: polynic explain DIR ...\n"
                           "\n"
                           "Tells of each folder of polynic run --out what limited the run: how much each part was in use, what\n"
                           "the next limit would be if this one were doubled, where frames wait (Little's law), what was dropped,\n"
                           "and what the processors' memory costs.\n";

int command_explain(int argc, char **argv)
{
    struct diagnostics diagnostics;

    if (argc < 2) {
        fputs(help, stderr);
        return EXIT_INPUT;
    }
    diagnostics_init(&diagnostics);
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            fputs(help, stdout);
            return 0;
        }
        if (argv[i][0] == '-')
            diagnostic_error(&diagnostics, NULL, 0, "explain: unknown option '%s': see polynic explain --help", argv[i]);
        else
            explain_run(argv[i], stdout, &diagnostics);
    }
    fflush(stdout);
    bool failed = diagnostics_print(&diagnostics, stderr) > 0;

    diagnostics_clear(&diagnostics);
    return failed ? EXIT_INPUT : 0;
}
