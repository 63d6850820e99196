#include "models/hash.h"

#include "sim/check.h"

#include <stddef.h>

const struct hash_kind hash_kinds[HASH_FUNCTIONS] = {
    [HASH_TOEPLITZ] = {"toeplitz", "Toeplitz, as receive-side scaling has it", HASH_AS_IT_IS, true, false, 8, 1},
    [HASH_SYMMETRIC_XOR] = {"symmetric-xor", "Toeplitz of source ^ destination, twice", HASH_XOR_TWICE, true, false,
                            8, 1},
    [HASH_SYMMETRIC_OR_XOR] = {"symmetric-or-xor", "Toeplitz of source | destination, source ^ destination",
                               HASH_OR_XOR, true, false, 8, 1},
    [HASH_CRC32C] = {"crc32c", "CRC-32C", HASH_AS_IT_IS, false, false, 8, 1},
    [HASH_XOR] = {"xor", "exclusive or of the 16-bit words", HASH_AS_IT_IS, false, false, 7, 1},
    /* 18 steps for each 12 bytes, 14 at the end: three of them a cycle, pipelined */
    [HASH_JENKINS] = {"jenkins", "Jenkins' lookup3", HASH_AS_IT_IS, false, false, 24, 1},
    /* a byte a cycle, each waiting for the one before: the multiplier is used again */
    [HASH_FNV1A] = {"fnv1a", "FNV-1a, 32 bits", HASH_AS_IT_IS, false, false, 44, 36},
    [HASH_SUM] = {"sum", "ones' complement sum of the 16-bit words", HASH_AS_IT_IS, false, false, 8, 1},
    [HASH_ROUND_ROBIN] = {"round-robin", "each frame to the next processor", HASH_AS_IT_IS, true, true, 6, 1},
    [HASH_RANDOM] = {"random", "each frame to any processor", HASH_AS_IT_IS, true, true, 6, 1},
    [HASH_LEAST_LOADED] = {"least-loaded", "each new session to the processor with the least to do", HASH_AS_IT_IS,
                           true, true, 8, 1},
    [HASH_PROGRAM] = {"program", "an ELF that runs in the dispatch", HASH_AS_IT_IS, true, true, 8, 1},
};

const char *const hash_names[HASH_FUNCTIONS + 1] = {
    "toeplitz", "symmetric-xor", "symmetric-or-xor", "crc32c", "xor",          "jenkins", "fnv1a",
    "sum",      "round-robin",   "random",           "least-loaded", "program", NULL};

void hash_init(struct hash *hash, enum hash_function function, const uint8_t *key, unsigned key_bytes)
{
    sim_check(NULL, function < HASH_FUNCTIONS);
    hash->function = function;
    toeplitz_init(&hash->toeplitz, key, key_bytes);
}

uint32_t hash_of(const struct hash *hash, const uint8_t *input, unsigned bytes)
{
    switch (hash->function) {
    case HASH_CRC32C:
        return hash_crc32c(input, bytes);
    case HASH_XOR:
        return hash_xor(input, bytes);
    case HASH_JENKINS:
        return hash_jenkins(input, bytes, 0);
    case HASH_FNV1A:
        return hash_fnv1a(input, bytes);
    case HASH_SUM:
        return hash_sum(input, bytes);
    default:
        return toeplitz_hash(&hash->toeplitz, input, bytes);
    }
}
