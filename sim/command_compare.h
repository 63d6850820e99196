/* command_compare.h - what the files of `polynic compare` share. Only for sim/command_compare*.c. */
#ifndef SIM_COMMAND_COMPARE_H
#define SIM_COMMAND_COMPARE_H

#include "sim/diagnostic.h"

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

enum { COMPARE_SHOWN = 40 };

struct compare_row { /* a number of the two reports */
    char *name;
    double values[2]; /* of A and B; NAN: there is none */
};

struct compare_condition { /* of --fail-if */
    char *text, *pattern;
    bool is_less, or_equal, is_relative;
    double bound; /* relative: a share */
    bool any;     /* some name matched */
};

struct comparison { /* of two runs, or of two points of sweeps */
    GPtrArray *rows;   /* of struct compare_row */
    GHashTable *names; /* name: struct compare_row */
};

struct compare {
    GPtrArray *only;   /* of char *: patterns of names */
    GArray *conditions; /* of struct compare_condition */
    bool wants_all, wants_json, any_holds;
    json_t *root; /* what --json prints */
    struct diagnostics diagnostics;
};

/* --- command_compare_rows.c */

/* Reads DIR/report.json of both. NULL: reported. */
struct comparison *comparison_new(struct compare *compare, const char *const folders[2]);
void comparison_free(struct comparison *comparison); /* NULL is allowed */

/* B against A, a share; infinite where A is 0, or one has none. */
double compare_change(const struct compare_row *row);

void compare_sort(struct comparison *comparison); /* the largest change first */
unsigned compare_count_changed(const struct comparison *comparison);

/* [{"name", "a", "b", "change"}, ...] of what changed; change is null where it is infinite. */
json_t *compare_rows_json(const struct comparison *comparison);

/* "NAME > +5%", "NAME <= 100"; what is none is an error. */
void compare_parse_condition(struct compare *compare, const char *text);
/* Tells each that holds, with the point (NULL: there is none). */
void compare_check_conditions(struct compare *compare, const struct comparison *comparison, const char *point);
/* Conditions whose name nowhere was are errors. */
void compare_end_conditions(struct compare *compare);

/* --- command_compare_scenarios.c */

/* What differs in the two texts or files scenario.ini of the folders: printed, or put into the JSON. */
void compare_scenarios(struct compare *compare, const char *const folders[2]);

/* --- command_compare_sweeps.c */

void compare_sweeps(struct compare *compare, const char *const folders[2]);

#endif
