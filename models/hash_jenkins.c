/* hash_jenkins.c - Bob Jenkins' lookup3, hashlittle: three words take in 12 bytes at a time and are mixed; the last 1 to
 * 12 bytes are stirred in by another sequence of steps. Each step is a difference, a rotation and a sum. */
#include "models/hash.h"

static uint32_t rotate(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

/* Word `i` of the bytes that are left, least significant byte first; what is not there is 0. */
static uint32_t word(const uint8_t *input, unsigned bytes, unsigned i)
{
    uint32_t value = 0;

    for (unsigned k = 4 * i; k < 4 * i + 4 && k < bytes; k++)
        value |= (uint32_t)input[k] << 8 * (k % 4);
    return value;
}

/* After each step the words change places: what was b is c next, and so on. */
static void mix(uint32_t words[3])
{
    static const unsigned rotations[6] = {4, 6, 8, 16, 19, 4};

    for (unsigned step = 0; step < 6; step++) {
        uint32_t *a = &words[step % 3], *b = &words[(step + 1) % 3], *c = &words[(step + 2) % 3];

        *a = (*a - *c) ^ rotate(*c, rotations[step]);
        *c += *b;
    }
}

static void stir_last(uint32_t words[3])
{
    static const unsigned rotations[7] = {14, 11, 25, 16, 4, 14, 24};

    for (unsigned step = 0; step < 7; step++) {
        uint32_t *to = &words[(step + 2) % 3], *from = &words[(step + 1) % 3];

        *to = (*to ^ *from) - rotate(*from, rotations[step]);
    }
}

uint32_t hash_jenkins(const uint8_t *input, unsigned bytes, uint32_t initial)
{
    uint32_t words[3];

    words[0] = words[1] = words[2] = 0xdeadbeef + bytes + initial;
    for (; bytes > 12; bytes -= 12, input += 12) {
        for (unsigned i = 0; i < 3; i++)
            words[i] += word(input, bytes, i);
        mix(words);
    }
    if (bytes == 0)
        return words[2];
    for (unsigned i = 0; i < 3; i++)
        words[i] += word(input, bytes, i);
    stir_last(words);
    return words[2];
}
