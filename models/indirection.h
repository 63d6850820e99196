/* indirection.h - the indirection table between a hash and a processor, set with ethtool's words:
 *
 *     default                 the processors in turn
 *     equal N [start K]       N processors in turn, from the K-th on (0)
 *     weight W0 W1 ...        shares of the table: entry i goes to the first processor j for which
 *                             i < entries * (W0 + ... + Wj) / (all weights), rounded down, as ethtool divides it
 *     list P0 P1 ...          each entry's processor; a shorter list is repeated
 *
 * Processors are places in the dispatch's list of processors, from 0.
 */
#ifndef MODELS_INDIRECTION_H
#define MODELS_INDIRECTION_H

#include <stdbool.h>
#include <stdint.h>

enum { INDIRECTION_MAX_ENTRIES = 4096 };

struct indirection {
    unsigned entries;
    uint16_t place[INDIRECTION_MAX_ENTRIES];
    uint64_t turn; /* of round-robin through the entries */
    uint64_t frames[INDIRECTION_MAX_ENTRIES]; /* that went by each entry */
};

/* Keeps the counts. False: *wrong says why (g_free()), nothing is changed. processors: of the list, 1 or more. */
bool indirection_set(struct indirection *table, unsigned entries, const char *text, unsigned processors, char **wrong);

#endif
