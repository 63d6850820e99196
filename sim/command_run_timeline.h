/* command_run_timeline.h - what happened when: rates, latencies, frames under way and queues over time, for plots.
 *
 * Looked at every `interval`, which begins at 1 us and doubles whenever TIMELINE_SAMPLES are full: two neighbours become
 * one then. So a run of any length has 512 to 1024 samples, and the number of looks grows with its logarithm. A count is
 * as at the sample's time; of a level (queue, frames under way) a sample has the largest that was seen since the one
 * before. Of the receive latencies a sample has all frames that were delivered since the one before, as a histogram:
 * two neighbours' are merged exactly, so that a percentile is the same however often intervals were joined. Histograms
 * take 8 MiB in all, whatever the run. Looking changes nothing in the simulation. */
#ifndef SIM_COMMAND_RUN_TIMELINE_H
#define SIM_COMMAND_RUN_TIMELINE_H

#include "analysis/coarse_histogram.h"
#include "sim/sim.h"

#include <glib.h>

enum { TIMELINE_SAMPLES = 1024 };

struct run;

struct timeline {
    const struct run *run;
    struct event event;
    GArray *columns;      /* of struct timeline_column */
    uint64_t *values;     /* TIMELINE_SAMPLES rows of a value for each column */
    uint64_t *times_ps;
    struct coarse_histogram *latencies; /* TIMELINE_SAMPLES; that of the sample to come is the one behind the last */
    unsigned count;
    uint64_t interval_ps;
};

/* Before the first event, if a timeline is wanted. */
void timeline_begin(struct timeline *timeline, const struct run *run);

/* A frame was delivered now, so long after its last bit on the wire. timeline NULL or never begun: nothing. */
void timeline_delivered(struct timeline *timeline, uint64_t latency_ps);

/* timeline.csv: a line a sample; what counts as rate over the time since the sample before, and the latencies of the
 * frames delivered since then: nothing where there were none. */
void timeline_write(struct timeline *timeline, const char *directory, struct diagnostics *diagnostics);
void timeline_free(struct timeline *timeline); /* of one that never began, too */

#endif
