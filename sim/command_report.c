/* command_report.c - polynic report: the results of runs as pages. */
#include "sim/command.h"

#include "analysis/page.h"
#include "sim/diagnostic.h"

#include <stdio.h>
#include <string.h>

enum { EXIT_INPUT = 2 };

static const char help[] = "usage: polynic report DIR ...\n"
                           "\n"
                           "Writes DIR/report.html for each folder of polynic run or polynic sweep --out: one file that opens\n"
                           "without a server or a network, and prints. The plots are in DIR/plots too, as SVG, PDF and PNG,\n"
                           "each with its data (FILE.dat) and its gnuplot script: change it, and gnuplot FILE.gp there\n"
                           "makes all three again.\n";

int command_report(int argc, char **argv)
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
            diagnostic_error(&diagnostics, NULL, 0, "report: unknown option '%s': see polynic report --help", argv[i]);
        else if (page_write(argv[i], &diagnostics))
            printf("%s/report.html\n", argv[i]);
    }
    bool failed = diagnostics_print(&diagnostics, stderr) > 0;

    diagnostics_clear(&diagnostics);
    return failed ? EXIT_INPUT : 0;
}
