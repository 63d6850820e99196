/* suite.h - what a test file defines: one Check suite, run by runner.c. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>

Suite *suite(void); /* one call; the runner owns the result */

#endif
