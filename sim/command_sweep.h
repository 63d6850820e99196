/* command_sweep.h - what the files of `polynic sweep` share. Only for sim/command_sweep*.c.
 *
 * A sweep is a list of points: a scenario with overrides each. Its folder holds
 *
 *     sweep.json            the scenario, what is set for all points, and the points, in order
 *     points/ID/            a point that ended: what `polynic run --out` writes, log.txt, and point.json (how it ended)
 *     points/.ID.PID/       one under way; gone after an interrupt
 *     table.csv, table.sqlite
 *     means.csv             with --repeat: means over the seeds
 *
 * ID is taken from the scenario with the point's overrides and the program's version: so a point that was run is known
 * again, whatever else is in the sweep. */
#ifndef SIM_COMMAND_SWEEP_H
#define SIM_COMMAND_SWEEP_H

#include "sim/diagnostic.h"
#include "sim/process.h"
#include "sim/ranks.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { SWEEP_MAX_POINTS = 100000, SWEEP_MAX_VALUES = 10000 };

struct sweep_axis { /* a key that is varied */
    char *key;      /* "processor.pp.count" */
    char **values;  /* ends with NULL */
};

struct sweep_point {
    char *id;
    GPtrArray *values; /* of char *, by the keys of the plan; NULL, or beyond the end: it has none */
};

struct sweep_plan {
    char *scenario;  /* path */
    GPtrArray *sets; /* of char *: "KEY=VALUE", for all points */
    GPtrArray *search; /* of char *: options of polynic find-max, which is then run for a point instead of polynic run */
    bool is_search;
    GPtrArray *keys; /* of char *: what is varied */
    GPtrArray *points; /* of struct sweep_point *, in order */
};

/* --- command_sweep_values.c */

/* "processor.pp.count=1,2,4", "...=1..16", "...=1..64*2", "...=10..100+10", "port.eth0.speed=1Gbit/s..8Gbit/s*2"; values
 * with commas in them are separated by ';'. False: an error is in the diagnostics. */
bool sweep_axis_parse(struct sweep_axis *axis, const char *text, struct diagnostics *diagnostics);
void sweep_axis_clear(struct sweep_axis *axis);

/* --- command_sweep_plan.c */

void sweep_plan_init(struct sweep_plan *plan, const char *scenario);
void sweep_plan_free(struct sweep_plan *plan);

/* Adds the grid of the axes (the last varies fastest), each with every row of a CSV file of points if path is given:
 * its first line names keys. Points that are there already are not added again. Every point is checked as `polynic
 * check` does; all errors are in the diagnostics. */
bool sweep_plan_add(struct sweep_plan *plan, const struct sweep_axis *axes, unsigned count, const char *path,
                    struct diagnostics *diagnostics);

/* What [sweep] of the scenario asks for: axes are appended to the array of struct sweep_axis. */
void sweep_plan_section(const struct sweep_plan *plan, GArray *axes, struct diagnostics *diagnostics);

/* The point's value of a key of the plan, or NULL. */
const char *sweep_point_value(const struct sweep_point *point, unsigned key);

/* The overrides of a point, for --set. Ends with NULL; g_strfreev(). */
char **sweep_point_sets(const struct sweep_plan *plan, const struct sweep_point *point);

/* sweep.json. Reading: false, with an error, if it is none. */
bool sweep_plan_write(const struct sweep_plan *plan, const char *folder, struct diagnostics *diagnostics);
bool sweep_plan_read(struct sweep_plan *plan, const char *folder, struct diagnostics *diagnostics);

/* --- command_sweep_run.c */

struct sweep_limits {
    unsigned jobs;             /* points at a time, on each rank */
    const struct ranks *ranks; /* NULL: there is this process alone */
    double seconds;        /* for a point; 0: any */
    uint64_t memory_bytes; /* of a point's address space; 0: any */
    bool is_quiet, retries_failed;
};

struct sweep_counts {
    unsigned done, failed, known; /* known: of those two, from an earlier sweep */
    bool interrupted;
};

struct sweep_counts sweep_run(const struct sweep_plan *plan, const char *folder, const struct sweep_limits *limits,
                              struct diagnostics *diagnostics);

/* How a point of the folder ended: "done", "wrong" (bytes differ, or the account does not add up), "failed", "timeout",
 * "memory", "crashed"; NULL: not yet. g_free(). */
char *sweep_point_status(const char *folder, const char *id);

/* --- command_sweep_ranks.c: rank 0 gives points to the others, which work until they are stopped. */

struct sweep_rank_end { /* of a point that another rank ran */
    unsigned slot;      /* as given; may be any number */
    enum process_end how;
    int status; /* as process_look() tells it */
    double seconds;
};

/* arguments as for process_start(); its files go to the folder, or come back with the end. */
bool sweep_ranks_give(const struct ranks *ranks, int to, unsigned slot, const char *folder, char *const *arguments,
                      const struct sweep_limits *limits);
/* False: none has ended. folder_of: where the files go, if they were sent; NULL: nowhere. */
bool sweep_ranks_take(const struct ranks *ranks, struct sweep_rank_end *end,
                      char *(*folder_of)(void *owner, unsigned slot), void *owner);
void sweep_ranks_stop(const struct ranks *ranks);
void sweep_ranks_work(const struct ranks *ranks);

/* --- command_sweep_table.c: table.csv and table.sqlite, from the points that ended. */
bool sweep_write_tables(const struct sweep_plan *plan, const char *folder, struct diagnostics *diagnostics);

/* --- command_sweep_lists.c: warns when more processors also had shorter lists of connections. */
void sweep_warn_of_lists(const struct sweep_plan *plan, const char *folder, struct diagnostics *diagnostics);

/* --- command_sweep_means.c: means.csv, if sim.seed is varied; else nothing. */
bool sweep_write_means(const struct sweep_plan *plan, const char *folder, struct diagnostics *diagnostics);

#endif
