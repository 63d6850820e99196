/* command_run.h - what a run collects on its way, and its results. Belongs to command_run.c. */
#ifndef SIM_COMMAND_RUN_H
#define SIM_COMMAND_RUN_H

#include "analysis/histogram.h"
#include "analysis/report.h"
#include "analysis/results.h"
#include "models/frame.h"
#include "models/host.h"
#include "models/processor.h"
#include "models/traffic.h"
#include "sim/command_run_measure.h"
#include "sim/scenario.h"
#include "sim/sim.h"
#include "traces/capture_write.h"

#include <glib.h>
#include <time.h>

struct timeline;

struct run {
    struct sim *sim;
    struct scenario *scenario;
    struct diagnostics *diagnostics;
    struct histogram receive, stages[RESULTS_STAGES], transmit;
    struct timeline *timeline;     /* told of each frame that is delivered; NULL: none */
    struct capture_writer *writer; /* of --tx-pcap; NULL: none */
    struct timespec began;
    uint64_t delivered_bytes, sent, sent_bytes, first_sent_ps, last_sent_ps;
    bool any_sent;
    struct results results;
    GPtrArray *texts;      /* owned strings of results */
    GString *connections;  /* lines of connections.csv */
    uint64_t *sessions;    /* opened, a processor */
    uint64_t *open, *open_most; /* now, at once; a processor */
    struct run_window window;
    uint64_t instructions_before; /* the window */
};

/* Before the first event: observes ledger and ports. False: an error is in diagnostics. */
bool run_begin(struct run *run, const char *scenario_name, const char *tx_pcap);

/* What is measured ends now: fills results with it. */
void run_collect(struct run *run);
/* What the hosts paid; in command_run_hosts.c. Once all parts are settled. */
void run_add_hosts(struct run *run);
void run_add_masters(struct run *run); /* command_run_buses.c */
uint64_t run_instructions(const struct run *run); /* since statistics were cleared */

/* After the last: checks the account and fills results. */
void run_end(struct run *run);

/* connections.csv: a line a session that the host saw. */
void run_write_connections(const struct run *run, const char *directory,
                           struct diagnostics *diagnostics);
/* dispatch.csv, in command_run_dispatch.c */
void run_write_dispatch(const struct run *run, const char *directory, struct diagnostics *diagnostics);

/* The account holds, no byte differs, no processor stopped. */
bool run_is_good(const struct run *run);
void run_free(struct run *run);

#endif
