/* scenario_build.h - what scenario_build() knows while it makes parts. Only for sim/scenario_*.c.
 */
#ifndef SIM_SCENARIO_BUILD_H
#define SIM_SCENARIO_BUILD_H

#include "sim/scenario.h"

#include <glib.h>

/* What a name in a reference stands for: a section's parts, or one numbered part of it. */
struct named {
    struct scenario_section *section;
    struct part *part; /* NULL: all of the section */
};

struct build {
    struct scenario *scenario;
    struct sim *sim;
    struct diagnostics *diagnostics;
    GHashTable *names; /* name -> struct named */
    GHashTable *taken; /* section -> name of it that another part has already */
    GPtrArray *texts;
};

/* The parts (struct part *) that the text of a PART or PARTS names, added to found; section: whose
 * key it is. False: *wrong says why (g_free()), or is NULL if it follows from a mistake that is
 * reported elsewhere. */
bool scenario_resolve(struct build *build, const struct parameter *parameter,
                      const struct scenario_section *section, const char *text, GPtrArray *found,
                      char **wrong);

#endif
