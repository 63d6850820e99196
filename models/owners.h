/* owners.h - who owns which session: a directory for the processors, and the dispatch's exact-match table.
 *
 *     directory      every session that a processor claimed, until it releases it. Answers HW_OWNER and HW_CLAIM
 *                    (stacks/hardware.h); of any size, so that no session is ever lost.
 *     match table    the same sessions, `capacity` at most, that the dispatch looks up before it hashes, as the
 *                    perfect filters of Flow Director (Intel 82599 datasheet, 7.1.2.7). A session comes in when it is
 *                    claimed, and again when a processor that got one of its frames asks for its owner. When the
 *                    table is full the one least recently used goes, or, without eviction, the new one stays out.
 *
 * A flow is as it comes in: source is the remote side. It does not name the Ethernet port: sessions of two ports that
 * have the same addresses and port numbers are two sessions of one owner, who has claimed both, and is the owner until
 * it has released both. All calls are O(1).
 */
#ifndef MODELS_OWNERS_H
#define MODELS_OWNERS_H

#include "stacks/hardware.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    OWNERS_MAX = 1 << 20,    /* sessions; a claim beyond them is granted and not remembered */
    OWNERS_PROCESSORS = 256,
    OWNERS_NOBODY = -1,
};

struct owned;

struct owners {
    GHashTable *directory; /* struct owned, by its flow */
    struct owned *newest, *oldest; /* of the match table, by use */
    uint64_t capacity;     /* of the match table; 0: there is none */
    bool evicts;
    uint32_t sessions[OWNERS_PROCESSORS]; /* of each processor */
    uint32_t most_sessions[OWNERS_PROCESSORS]; /* ... at once, TIME_WAIT included */
    struct {
        uint64_t claims, conflicts, forgotten, hits, misses, inserted, evicted, refused, in_table, in_table_max, open;
    } stats;
};

void owners_init(struct owners *owners, uint64_t capacity, bool evicts);
void owners_free(struct owners *owners);

/* The owner: whoever claimed it first, else processor, which has it from now on. */
unsigned owners_claim(struct owners *owners, const struct hw_flow *flow, unsigned processor);
/* Takes one claim of that processor back, the last of them with the session; anything else is ignored. */
void owners_release(struct owners *owners, const struct hw_flow *flow, unsigned processor);

/* It is in the directory; nothing is moved. */
bool owners_has(const struct owners *owners, const struct hw_flow *flow);

/* In the directory, or OWNERS_NOBODY. With it the session comes back into the match table. */
int owners_find(struct owners *owners, const struct hw_flow *flow);
/* In the match table, or OWNERS_NOBODY: counted as a hit or a miss. */
int owners_match(struct owners *owners, const struct hw_flow *flow);

#endif
