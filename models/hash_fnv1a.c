/* hash_fnv1a.c - FNV-1a of 32 bits: for each byte an exclusive or, then a multiplication by the prime. */
#include "models/hash.h"

uint32_t hash_fnv1a(const uint8_t *input, unsigned bytes)
{
    uint32_t hash = 0x811c9dc5; /* the offset basis */

    for (unsigned i = 0; i < bytes; i++)
        hash = (hash ^ input[i]) * 0x01000193;
    return hash;
}
