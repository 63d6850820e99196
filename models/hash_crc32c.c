/* hash_crc32c.c - polynomial 0x1edc6f41, bits reflected, all ones before and after (RFC 3720, 12.1). A byte a step, by
 * table. */
#include "models/hash.h"

enum { REFLECTED = 0x82f63b78 };

static uint32_t table[256];

/* Before main(): the same words whoever asks first. */
__attribute__((constructor)) static void fill_table(void)
{
    for (uint32_t value = 0; value < 256; value++) {
        uint32_t crc = value;

        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? (uint32_t)REFLECTED : 0);
        table[value] = crc;
    }
}

uint32_t hash_crc32c(const uint8_t *input, unsigned bytes)
{
    uint32_t crc = 0xffffffff;

    for (unsigned i = 0; i < bytes; i++)
        crc = crc >> 8 ^ table[(crc ^ input[i]) & 0xff];
    return ~crc;
}
