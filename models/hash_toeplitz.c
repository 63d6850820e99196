#include "models/hash.h"

#include "sim/check.h"

#include <stddef.h>

/* 32 bits of the key from bit `first` on, the leftmost bit of byte 0 being bit 0. */
static uint32_t key_window(const uint8_t *key, unsigned first)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < 5; i++)
        bits = bits << 8 | (first / 8 + i < HASH_MAX_KEY_BYTES ? key[first / 8 + i] : 0);
    return (uint32_t)(bits >> (8 - first % 8));
}

void toeplitz_init(struct toeplitz *toeplitz, const uint8_t *key, unsigned key_bytes)
{
    uint8_t padded[HASH_MAX_KEY_BYTES] = {0};

    sim_check(NULL, key_bytes <= HASH_MAX_KEY_BYTES);
    for (unsigned i = 0; i < key_bytes; i++)
        padded[i] = key[i];
    for (unsigned byte = 0; byte < HASH_MAX_INPUT_BYTES; byte++)
        for (unsigned value = 0; value < 256; value++) {
            uint32_t hash = 0;

            for (unsigned bit = 0; bit < 8; bit++)
                if (value & 0x80u >> bit)
                    hash ^= key_window(padded, byte * 8 + bit);
            toeplitz->table[byte][value] = hash;
        }
}

uint32_t toeplitz_hash(const struct toeplitz *toeplitz, const uint8_t *input, unsigned bytes)
{
    uint32_t hash = 0;

    for (unsigned i = 0; i < bytes; i++)
        hash ^= toeplitz->table[i][input[i]];
    return hash;
}
