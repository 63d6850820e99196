#include "models/hash.h"

#include "sim/random.h"

#include <glib.h>
#include <string.h>

static const uint8_t microsoft[40] = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

static unsigned parse_digits(const char *text, uint8_t *key, char **wrong)
{
    unsigned digits = 0;

    memset(key, 0, HASH_MAX_KEY_BYTES);
    for (; *text; text++) {
        if (g_ascii_isspace(*text) || *text == ':')
            continue;
        if (!g_ascii_isxdigit(*text)) {
            *wrong = g_strdup_printf("'%c': expected hexadecimal digits, microsoft, symmetric or random", *text);
            return 0;
        }
        if (digits < 2 * HASH_MAX_KEY_BYTES)
            key[digits / 2] = (uint8_t)(key[digits / 2] << 4 | g_ascii_xdigit_value(*text));
        digits++;
    }
    if (digits == 0 || digits % 2 || digits > 2 * HASH_MAX_KEY_BYTES) {
        *wrong = g_strdup_printf("%u hexadecimal digits: expected two a byte, 1 to %d bytes", digits,
                                 HASH_MAX_KEY_BYTES);
        return 0;
    }
    return digits / 2;
}

unsigned hash_key_parse(const char *text, uint64_t seed, uint8_t key[HASH_MAX_KEY_BYTES], char **wrong)
{
    if (!strcmp(text, "microsoft")) {
        memcpy(key, microsoft, sizeof microsoft);
        return sizeof microsoft;
    }
    if (!strcmp(text, "symmetric")) {
        for (unsigned i = 0; i < 40; i++)
            key[i] = i % 2 ? 0x5a : 0x6d;
        return 40;
    }
    if (!strcmp(text, "random")) {
        uint64_t state = seed, bits = 0;

        for (unsigned i = 0; i < HASH_MAX_KEY_BYTES; i++, bits >>= 8) {
            if (i % 8 == 0)
                bits = random_next(&state);
            key[i] = (uint8_t)bits;
        }
        return HASH_MAX_KEY_BYTES;
    }
    return parse_digits(text, key, wrong);
}
