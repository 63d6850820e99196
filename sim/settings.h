/* settings.h - the section [sim] of a scenario: how the simulation itself is run. None of it but the seed and
 * the time limit changes a result. */
#ifndef SIM_SETTINGS_H
#define SIM_SETTINGS_H

#include "sim/sim.h"

enum settings_window { WINDOW_AUTO, WINDOW_SMALLEST };

struct settings {
    struct part part;
    uint64_t seed, time_limit_ps;
    bool run_ahead;
    unsigned window;
    struct event limit;
};

extern const struct part_kind settings_kind;

/* Between scenario_build() and sim_wire(): other parts may ask for the seed from their init on. */
void settings_apply(struct sim *sim);

#endif
