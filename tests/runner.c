/* runner.c - main() of every Check suite: runs the suite that the file defines, prints what failed.
 *
 * CK_RUN_CASE=name runs one case, CK_FORK=no keeps it in this process for a debugger. */
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>

int main(void)
{
    SRunner *runner = srunner_create(suite());

    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    int ran = srunner_ntests_run(runner);
    srunner_free(runner);
    return failed == 0 && ran > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
