/* command_hash.h - what the files of `polynic hash` share. Only for sim/command_hash*.c. */
#ifndef SIM_COMMAND_HASH_H
#define SIM_COMMAND_HASH_H

#include "models/hash_spread.h"
#include "sim/diagnostic.h"

#include <glib.h>
#include <stdio.h>

struct hash_label { /* of a choice */
    char *function, *fields, *key; /* key: NULL where none is used */
    unsigned table;
};

struct hash_comparison {
    const char *capture;
    char *card; /* as card_side_describe() has it */
    struct spread_choice *choices;
    struct hash_label *labels;
    unsigned choice_count;
    unsigned counts[SPREAD_MAX_COUNTS], count_count;
    uint64_t seed;
    struct spread *spread;
};

/* command_hash_results.c. Paths may be NULL: then nothing is written. */
void hash_print(const struct hash_comparison *comparison, FILE *stream);
void hash_print_json(const struct hash_comparison *comparison, FILE *stream);
void hash_write_csv(const struct hash_comparison *comparison, const char *path, struct diagnostics *diagnostics);
void hash_write_plot(const struct hash_comparison *comparison, const char *path, struct diagnostics *diagnostics);

/* command_hash_vector.c: polynic hash --vector FUNCTION KEY SOURCE DESTINATION. Returns the exit status. */
int command_hash_vector(int argc, char **argv);

#endif
