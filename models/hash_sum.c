/* hash_sum.c - the ones' complement sum of the 16-bit words (RFC 1071, 1), not complemented; an odd byte at the end is
 * the most significant one of its word. */
#include "models/hash.h"

uint32_t hash_sum(const uint8_t *input, unsigned bytes)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < bytes; i++)
        sum += i % 2 ? input[i] : (uint32_t)input[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}
