/* copy.c - copies and sums between all alignments, as a protocol stack does. */
#include "region.h"

#ifndef ROUNDS
#define ROUNDS 1
#endif

REGION_WORDS;
static uint8_t from[2048], to[2048];

static __attribute__((noinline)) void copy(void *target, const void *source, unsigned bytes)
{
    uint32_t *t = target;
    const uint32_t *s = source; /* misaligned on purpose: the core performs it */

    for (; bytes >= 4; bytes -= 4) {
        uint32_t word;

        __builtin_memcpy(&word, __builtin_assume_aligned(s++, 4), 4);
        __builtin_memcpy(__builtin_assume_aligned(t++, 4), &word, 4);
    }
}

static __attribute__((noinline)) uint32_t checksum(const uint8_t *bytes, unsigned count)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i + 1 < count; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

int main(void)
{
    int wrong = 0;

    for (unsigned i = 0; i < sizeof from; i++)
        from[i] = (uint8_t)(i * 7 + (i >> 3));
    region_begin();
    for (unsigned round = 0; round < ROUNDS; round++)
        for (unsigned a = 0; a < 4; a++)
            for (unsigned b = 0; b < 4; b++) {
                copy(to + a, from + b, 1460);
                wrong |= checksum(to + a, 1460) != checksum(from + b, 1460);
            }
    region_end();
    return wrong ? 3 : 0;
}
