/* hash_program.h - a user's hash program, on a small core inside the dispatch (stacks/hash_unit.h is what it sees).
 *
 * Models     one core with local memory of its own, in the dispatch's clock; it waits in a load of HASH_NEXT and is
 *            given one frame after another. Nothing outside can see it or change it between, so it is run at once, and
 *            its cycles are told.
 *
 * Timing     relative to the load of HASH_NEXT, which has issued and waits:
 *
 *                e                  e + result             e + busy
 *                frame given        HASH_RESULT issues     HASH_NEXT issues again
 *
 * Errors     a program that stops, faults or sleeps, or gives no result within HASH_PROGRAM_CYCLES, is stopped for good;
 *            one that asks for the next frame without a result has made none for this one.
 */
#ifndef MODELS_HASH_PROGRAM_H
#define MODELS_HASH_PROGRAM_H

#include "models/core.h"
#include "models/hash.h"
#include "stacks/hash_unit.h"

struct diagnostics;
struct hash_program;

enum { HASH_PROGRAM_CYCLES = 10000000 }; /* for one frame, or to the first HASH_NEXT */

struct hash_program_config {
    const char *path; /* of the ELF */
    const struct core_timing *timing;
    uint32_t memory_bytes; /* 4 KiB .. 16 MiB, a multiple of 4 KiB */
    uint8_t key[HASH_MAX_KEY_BYTES];
    unsigned key_bytes;
};

struct hash_program_given {
    const uint8_t *data; /* the frame */
    uint32_t bytes;
    uint8_t vlan_tags, network_offset, transport_offset, protocol;
    bool is_fragment;
    const uint8_t *input;
    unsigned input_bytes; /* 1 .. HASH_MAX_INPUT_BYTES */
};

struct hash_program_run {
    bool has_result;
    uint32_t hash;
    uint64_t result_cycles, busy_cycles;
};

/* Runs it to its first HASH_NEXT. NULL after an error, which is in the diagnostics. */
struct hash_program *hash_program_new(const struct hash_program_config *config, struct diagnostics *diagnostics);
void hash_program_free(struct hash_program *program); /* NULL is allowed */

uint64_t hash_program_boot_cycles(const struct hash_program *program); /* to the first HASH_NEXT */

/* One frame. A program that has stopped has no result, and takes no time. */
struct hash_program_run hash_program_hash(struct hash_program *program, const struct hash_program_given *frame);

/* Why it stopped; NULL: it runs. */
const char *hash_program_stopped(const struct hash_program *program);

#endif
