/* sweep_section.h - the section [sweep] of a scenario: what `polynic sweep` varies if it is not told otherwise. It changes
 * no result of a single run. */
#ifndef SIM_SWEEP_SECTION_H
#define SIM_SWEEP_SECTION_H

#include "sim/sim.h"

struct sweep_section {
    struct part part;
    struct parameter_lines vary;
};

extern const struct part_kind sweep_section_kind;

#endif
