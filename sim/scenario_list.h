/* scenario_list.h - the scenarios in a folder, with what they are for.
 *
 * A scenario is a file that ends in .ini, reads as a key file, and has a section [scenario] or one of a kind of parts.
 * Its own text is read, not its bases. What it is for: the description of [scenario], else the first sentence of the
 * comment at its start. Links to folders are not followed, folders deeper than 8 are left out.
 */
#ifndef SIM_SCENARIO_LIST_H
#define SIM_SCENARIO_LIST_H

#include "sim/part.h"

#include <glib.h>

struct scenario_listed {
    char *path;          /* in the folder: "cards/dpu.ini" */
    char *title;         /* NULL: none; all texts are UTF-8 of one line */
    char *purpose;       /* NULL: none */
    char *base;          /* as given in it; NULL: none */
};

/* In the order of their paths; of struct scenario_listed *, freed with the array. *others: files that end in .ini and
 * are no scenarios. NULL: the folder can't be read, and *error (g_free()) tells why. */
GPtrArray *scenario_list(const char *folder, const struct part_kind *const *kinds, unsigned *others, char **error);

#endif
