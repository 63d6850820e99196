/* scenario.h - scenario files: what a user wants to be simulated.
 *
 * A scenario is a GLib key file with a section for each part (sim/part.h), in the order of which
 * parts are numbered; [scenario] describes the file itself:
 *
 *     [scenario]
 *     title = Eight processors
 *     base = two.ini                what two.ini says holds, but for what stands here
 *
 *     [processor pp]
 *     count = 8                     overrides one key of the base's section
 *
 *     [port eth1]
 *     remove = yes                  takes the base's section away
 *
 *     --set processor.pp.count=16   overrides both; --set sim.seed=3 for a kind without names
 *
 * A section that is new to a base comes after the base's sections. Paths are relative to the file
 * in which they stand (in --set: to the present folder). Names of parts are unique over all
 * kinds. A section without `count` makes one part of its name; with it, even 1, parts with a
 * number: pp0, pp1, ... The kind "sim" has a part always, at the front if its section is absent.
 *
 * Errors     all that can be found are found and reported at once, by their lines, each with its
 *            file and line or with the --set that made it. GLib's key files know neither lines nor
 *            duplicates: scenario_file.h keeps them.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "sim/sim.h"

#include <stdio.h>

struct scenario_entry { /* one key and its value, and where they stand */
    char *key, *value;
    const char *file; /* "two.ini"; for --set: "--set port.eth0.speed=1Gbit/s" */
    unsigned line;    /* 0: from --set */
};

struct scenario_section {
    char *kind;
    char *name; /* NULL: none */
    const char *file;
    unsigned line;                  /* 0: made by --set or by default */
    bool count_wrong;               /* reported; it has one part for the time being */
    struct scenario_entry *entries; /* in the order of their first appearance */
    unsigned entry_count;
    const struct part_kind *part_kind; /* NULL: there is no such kind */
    struct part **parts;               /* made by scenario_build(); the sim owns the parts */
    unsigned part_count;
    bool numbered; /* `count` is given: the parts have numbers */
};

struct scenario {
    char *path;                           /* as given */
    const struct part_kind *const *kinds; /* ends with NULL */
    char *title, *description;            /* NULL: none */
    struct scenario_section **sections;   /* in order */
    unsigned section_count;
    bool incomplete; /* a base could not be read: what is missing may be there */
    void *texts;     /* a pool of what parts and places point to */
};

enum { SCENARIO_MAX_COUNT = 256, SCENARIO_MAX_PARTS = 65536, SCENARIO_MAX_ERRORS = 100 };

/* Reads a file with its bases and applies the overrides. sets: the arguments of each --set, ends
 * with NULL, may be NULL. kinds ends with NULL and is kept. NULL: the file could not be read, or is
 * no scenario at all. Else the scenario, even if there were errors, so that scenario_build() finds
 * more of them. */
struct scenario *scenario_load(const char *path, const char *const *sets,
                               const struct part_kind *const *kinds,
                               struct diagnostics *diagnostics);

/* Makes the parts, fills their fields and resolves their references; then call sim_wire(). False:
 * there were errors, here or in scenario_load() with the same diagnostics; the sim is to be freed
 * then. Once a scenario. Sorts what is in diagnostics by file and line. */
bool scenario_build(struct scenario *scenario, struct sim *sim, struct diagnostics *diagnostics);

/* After the sim is freed: its parts use the scenario's texts and lists. NULL is allowed. */
void scenario_free(struct scenario *scenario);

/* What is simulated, normalised: the sections in order, their keys sorted, values as they are
 * printed, without title, defaults, comments, keys that change no result, and without the place of
 * any file. g_free(). */
char *scenario_text(const struct scenario *scenario);
/* SHA-256 of it in hexadecimal. g_free(). */
char *scenario_hash(const struct scenario *scenario);

/* A scenario without base that says the same, every key with its value, defaults included, with its
 * help and where it was given. Loads again as the same from the present folder. */
void scenario_print_effective(const struct scenario *scenario, FILE *stream);

/* Whether a scenario's key is this parameter's: the same, or KEY.WORD of one that has several lines. */
bool scenario_key_is_of(const struct parameter *parameter, const char *key);

/* The keys of a kind: its table, with `count` at the end where it is countable; i = 0, 1 ... until
 * NULL. */
const struct parameter *scenario_parameter(const struct part_kind *kind, unsigned i);
const struct part_kind *scenario_kind(const struct part_kind *const *kinds, const char *name);
const struct scenario_entry *scenario_entry(const struct scenario_section *section,
                                            const char *key);

/* The value of a PARAMETER_PATH: relative to the file of the entry; "", "-" and what is the default
 * stay as they are. g_free(). */
char *scenario_path(const struct parameter *parameter, const struct scenario_entry *entry);

#endif
