/* progress.h - a line about a run that takes longer than a few seconds, on a terminal only; and Ctrl-C. */
#ifndef SIM_PROGRESS_H
#define SIM_PROGRESS_H

#include "sim/sim.h"

/* Catches SIGINT and SIGTERM until progress_end(): the first ends the simulation, the second the program. */
void progress_begin(struct sim *sim, bool quiet);

/* Called now and then by who runs the calendar; owner is not used. */
void progress_tick(void *owner);

/* What share of the work is done, 0 .. 1000; negative: not known. Set by who knows. */
void progress_set_source(int (*done_per_1000)(void *owner), void *owner);

void progress_end(void); /* wipes the line */
bool progress_interrupted(void);

#endif
