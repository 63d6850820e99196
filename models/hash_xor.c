/* hash_xor.c - the exclusive or of the 16-bit words, most significant byte first; an odd byte at the end is the most
 * significant one of its word. */
#include "models/hash.h"

uint32_t hash_xor(const uint8_t *input, unsigned bytes)
{
    uint32_t hash = 0;

    for (unsigned i = 0; i < bytes; i++)
        hash ^= i % 2 ? input[i] : (uint32_t)input[i] << 8;
    return hash;
}
