/* command_run_measure.h - what a run measures, and when: all of it, or the window that [measure] asks for. */
#ifndef SIM_COMMAND_RUN_MEASURE_H
#define SIM_COMMAND_RUN_MEASURE_H

#include "analysis/batches.h"
#include "models/frame.h"
#include "sim/measure.h"

#include <glib.h>

struct run;

enum measure_phase {
    MEASURE_WAITS,  /* for the first frame */
    MEASURE_WARMS_UP,
    MEASURE_MEASURES,
    MEASURE_COOLS_DOWN,
};

struct measured_before { /* of a traffic, when the window began */
    const struct ledger *ledger;
    uint64_t offered, offered_bytes, delivered, consumed, dropped, in_flight, forwarded;
    struct ledger_drop *drops; /* owned */
    unsigned drop_count;
    uint64_t payload_delivered_bytes;
};

struct run_window {
    const struct measure *asked; /* NULL: no [measure], all is measured */
    enum measure_phase phase;
    bool is_full;  /* the duration was over before the run */
    bool is_ending; /* the phase's last frame has come; its end is an event */
    uint64_t from_ps, to_ps; /* to_ps: when it ended */
    uint64_t since_frames, since_connections; /* at the beginning of the phase */
    struct event edge;
    GArray *before; /* of struct measured_before */
    uint64_t sent, sent_bytes, delivered_bytes; /* before it began */
    struct batches batches;
};

void run_window_begin(struct run *run);
bool run_window_is_open(const struct run *run); /* what happens now is measured */
void run_window_end(struct run *run);           /* at the end of the run, if it is open still */
void run_window_free(struct run *run);

/* What the traffic's ledger said when the window began; zeros without one. */
const struct measured_before *run_window_before(const struct run *run, const struct ledger *ledger);

#endif
