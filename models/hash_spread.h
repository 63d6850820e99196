/* hash_spread.h - how hash functions would spread the frames of a capture over processors, without simulating.
 *
 * Any number of choices (function, fields, key, table) are judged at once, each for several numbers of processors, on
 * the frames toward the card. The table holds the processors in turn. As in models/dispatch.h, round-robin and random
 * choose for each frame, least-loaded for each new session: the processor with the fewest that are open (a FIN from both
 * sides or an RST ends one), in turn among equals; a session belongs to the processor that got its first frame.
 *
 * Memory grows with the sessions (pairs of addresses and ports of TCP and UDP), not with the frames.
 *
 *     Jain's index       (sum x)^2 / (n * sum x^2): 1 all alike, 1/n one has all (Jain, Chiu, Hawe 1984)
 *     bound on speed-up  all frames / frames of the processor that gets most: what n processors can do at best of what
 *                        one does, if a frame costs the same everywhere and nothing else is the limit
 */
#ifndef MODELS_HASH_SPREAD_H
#define MODELS_HASH_SPREAD_H

#include "models/hash.h"
#include "models/hash_fields.h"
#include "models/hash_program.h"
#include "traces/card_side.h"

enum { SPREAD_MAX_CHOICES = 64, SPREAD_MAX_COUNTS = 64, SPREAD_MAX_PROCESSORS = 256 };

struct spread_choice {
    struct hash hash;
    struct hash_fields fields;
    unsigned table_entries; /* 1 .. INDIRECTION_MAX_ENTRIES */
    struct hash_program *program; /* of HASH_PROGRAM, lent */
};

struct spread_load {
    uint64_t frames, bytes, sessions; /* of one processor */
};

struct spread_figures {
    double jain_frames, jain_bytes, jain_sessions;
    double most_frames, most_bytes, most_sessions; /* of one processor / mean of all; 0 if there are none */
    uint64_t sessions_max, sessions_min;
    double bound, bound_bytes; /* on speed-up */
    double strays;             /* share of the frames that reach another processor than their session's */
    double both_directions;    /* share of the sessions seen in both directions whose answers would hash to the same
                                  processor; negative: no hash, or no such session */
};

struct spread_totals {
    uint64_t frames, bytes, sessions; /* toward the card, and hashed or sent to the default processor, the first */
    uint64_t everyones, other;        /* frames: to all processors; not toward the card */
    uint64_t program_cycles;
};

struct spread;

/* choices and counts (of processors, 1 .. SPREAD_MAX_PROCESSORS each) are lent. */
struct spread *spread_new(struct spread_choice *choices, unsigned choice_count, const unsigned *counts,
                          unsigned count_count, uint64_t seed);
void spread_free(struct spread *spread); /* NULL is allowed */

void spread_add(struct spread *spread, const struct packet *packet, uint32_t wire_bytes, enum direction direction);

const struct spread_totals *spread_totals(const struct spread *spread);
/* For a choice and a number of processors, by their places in what spread_new() got. */
struct spread_figures spread_figures(const struct spread *spread, unsigned choice, unsigned count);
/* Loads of each processor: loads[counts[count]]. */
void spread_loads(const struct spread *spread, unsigned choice, unsigned count, struct spread_load *loads);

#endif
