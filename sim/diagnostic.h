/* diagnostic.h - what is wrong with the user's input, collected so that all of it is shown at once.
 *
 * A diagnostic names the file, the line (0: none), what is wrong, what was expected and what to do:
 *
 *     cards.ini:17: port eth0: unknown key 'sped' (did you mean 'speed'?)
 *
 * Errors end the program with status 2 once all are collected; warnings are shown and go into the
 * report. This is for input only: a fault of the simulated machine is modelled and counted, a fault
 * of our own code is an assertion (sim_check() in sim/check.h).
 */
#ifndef SIM_DIAGNOSTIC_H
#define SIM_DIAGNOSTIC_H

#include <stdbool.h>
#include <stdio.h>

struct diagnostic {
    bool is_error;
    char *text; /* "file:line: message", without a newline */
};

struct diagnostics {
    struct diagnostic *list; /* in the order of their finding */
    unsigned count;
    unsigned errors; /* how many of them are errors */
    unsigned capacity;
};

void diagnostics_init(struct diagnostics *diagnostics);
void diagnostics_clear(struct diagnostics *diagnostics); /* frees the texts */

/* file may be NULL (no place to name), line 0 (the whole file). */
void diagnostic_error(struct diagnostics *diagnostics, const char *file, unsigned line,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));
void diagnostic_warning(struct diagnostics *diagnostics, const char *file, unsigned line,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Prints each as "polynic: TEXT" or "polynic: warning: TEXT". Returns the number of errors. */
unsigned diagnostics_print(const struct diagnostics *diagnostics, FILE *stream);

/* Prints those from number `first` on. */
void diagnostics_print_from(const struct diagnostics *diagnostics, unsigned first, FILE *stream);

/* The candidate nearest to word by edit distance, or NULL if none is near. candidates ends with NULL. */
const char *diagnostic_nearest(const char *word, const char *const *candidates);

#endif
