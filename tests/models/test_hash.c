/* Hash functions against what defines them: Toeplitz against Microsoft's RSS verification suite ("Verifying the RSS hash
 * calculation"). */
#include "models/hash.h"
#include "tests/suite.h"

#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

static const uint8_t suite_key[40] = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

struct vector {
    const char *source;
    uint16_t source_port;
    const char *destination;
    uint16_t destination_port;
    uint32_t addresses, with_ports;
};

static const struct vector vectors[] = {
    {"66.9.149.187", 2794, "161.142.100.80", 1766, 0x323e8fc2, 0x51ccc178},
    {"199.92.111.2", 14230, "65.69.140.83", 4739, 0xd718262a, 0xc626b0ea},
    {"24.19.198.95", 12898, "12.22.207.184", 38024, 0xd2d0a5de, 0x5c2b394a},
    {"38.27.205.30", 48228, "209.142.163.6", 2217, 0x82989176, 0xafc7327f},
    {"153.39.163.191", 44251, "202.188.127.2", 1303, 0x5d1809c5, 0x10e828a2},
    {"3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766, 0x2cc18cd5, 0x40207d3d},
    {"3ffe:501:8::260:97ff:fe40:efab", 14230, "ff02::1", 4739, 0x0f0c461c, 0xdde51bbf},
    {"3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, "fe80::200:f8ff:fe21:67cf", 38024, 0x4b61e985,
     0x02d1feef},
};

static unsigned input_of(const struct vector *vector, uint8_t *input)
{
    int family = strchr(vector->source, ':') ? AF_INET6 : AF_INET;
    unsigned address = family == AF_INET6 ? 16 : 4;
    uint16_t ports[2] = {htons(vector->source_port), htons(vector->destination_port)};

    ck_assert_int_eq(inet_pton(family, vector->source, input), 1);
    ck_assert_int_eq(inet_pton(family, vector->destination, input + address), 1);
    memcpy(input + 2 * address, ports, 4);
    return 2 * address;
}

START_TEST(hashes_are_those_of_the_verification_suite)
{
    static struct toeplitz toeplitz;
    uint8_t input[HASH_MAX_INPUT_BYTES];
    unsigned bytes = input_of(&vectors[_i], input);

    toeplitz_init(&toeplitz, suite_key, sizeof suite_key);
    ck_assert_uint_eq(toeplitz_hash(&toeplitz, input, bytes), vectors[_i].addresses);
    ck_assert_uint_eq(toeplitz_hash(&toeplitz, input, bytes + 4), vectors[_i].with_ports);
}
END_TEST

/* The definition, bit by bit: another way to the same number. */
static uint32_t by_bits(const uint8_t *key, unsigned key_bytes, const uint8_t *input, unsigned bytes)
{
    uint32_t hash = 0;

    for (unsigned bit = 0; bit < bytes * 8; bit++) {
        if (!(input[bit / 8] >> (7 - bit % 8) & 1))
            continue;
        for (unsigned k = 0; k < 32; k++) {
            unsigned place = bit + k;

            if (place / 8 < key_bytes && key[place / 8] >> (7 - place % 8) & 1)
                hash ^= 0x80000000u >> k;
        }
    }
    return hash;
}

START_TEST(random_keys_and_inputs_agree_with_the_definition)
{
    static struct toeplitz toeplitz;
    uint32_t state = 12345;

    for (unsigned round = 0; round < 200; round++) {
        uint8_t key[HASH_MAX_KEY_BYTES], input[HASH_MAX_INPUT_BYTES];
        unsigned key_bytes = 40 + round % 13, bytes = round % (HASH_MAX_INPUT_BYTES + 1);

        for (unsigned i = 0; i < sizeof key; i++)
            key[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
        for (unsigned i = 0; i < sizeof input; i++)
            input[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
        toeplitz_init(&toeplitz, key, key_bytes);
        ck_assert_uint_eq(toeplitz_hash(&toeplitz, input, bytes),
                          by_bits(key, key_bytes, input, bytes));
    }
}
END_TEST

START_TEST(the_repeated_6d5a_key_sends_both_directions_to_one_value)
{
    static struct toeplitz toeplitz;
    uint8_t key[40], there[12] = {10, 1, 2, 3, 192, 168, 7, 9, 0x12, 0x34, 0x00, 0x50};
    uint8_t back[12] = {192, 168, 7, 9, 10, 1, 2, 3, 0x00, 0x50, 0x12, 0x34};

    for (unsigned i = 0; i < sizeof key; i += 2)
        key[i] = 0x6d, key[i + 1] = 0x5a;
    toeplitz_init(&toeplitz, key, sizeof key);
    ck_assert_uint_eq(toeplitz_hash(&toeplitz, there, 12), toeplitz_hash(&toeplitz, back, 12));
    there[11]++;
    ck_assert_uint_ne(toeplitz_hash(&toeplitz, there, 12), toeplitz_hash(&toeplitz, back, 12));
}
END_TEST

/* --- The other functions, each against what defines it --- */

static uint32_t of_text(uint32_t (*function)(const uint8_t *, unsigned), const char *text)
{
    return function((const uint8_t *)text, (unsigned)strlen(text));
}

START_TEST(crc32c_is_that_of_rfc_3720)
{
    uint8_t bytes[32];

    memset(bytes, 0, 32);
    ck_assert_uint_eq(hash_crc32c(bytes, 32), 0x8a9136aa);
    memset(bytes, 0xff, 32);
    ck_assert_uint_eq(hash_crc32c(bytes, 32), 0x62a8ab43);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (uint8_t)i;
    ck_assert_uint_eq(hash_crc32c(bytes, 32), 0x46dd794e);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(31 - i);
    ck_assert_uint_eq(hash_crc32c(bytes, 32), 0x113fdb5c);
    ck_assert_uint_eq(of_text(hash_crc32c, "123456789"), 0xe3069283);
}
END_TEST

START_TEST(jenkins_is_lookup3)
{
    const uint8_t *text = (const uint8_t *)"Four score and seven years ago";

    ck_assert_uint_eq(hash_jenkins(text, 0, 0), 0xdeadbeef);
    ck_assert_uint_eq(hash_jenkins(text, 0, 0xdeadbeef), 0xbd5b7dde);
    ck_assert_uint_eq(hash_jenkins(text, 30, 0), 0x17770551);
    ck_assert_uint_eq(hash_jenkins(text, 30, 1), 0xcd628161);
}
END_TEST

START_TEST(fnv1a_has_its_published_values)
{
    ck_assert_uint_eq(of_text(hash_fnv1a, ""), 0x811c9dc5);
    ck_assert_uint_eq(of_text(hash_fnv1a, "a"), 0xe40c292c);
    ck_assert_uint_eq(of_text(hash_fnv1a, "foobar"), 0xbf9cf968);
}
END_TEST

START_TEST(sum_is_that_of_rfc_1071)
{
    const uint8_t example[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

    ck_assert_uint_eq(hash_sum(example, 8), 0xddf2);
    ck_assert_uint_eq(hash_sum(example, 3), 0x0001 + 0xf200); /* an odd byte is the upper one */
    ck_assert_uint_eq(hash_sum((const uint8_t[]){0xff, 0xff, 0x00, 0x01}, 4), 1); /* the carry comes in below */
}
END_TEST

START_TEST(xor_is_over_words_of_16_bits)
{
    const uint8_t bytes[] = {0x12, 0x34, 0x0f, 0xf0, 0xaa};

    ck_assert_uint_eq(hash_xor(bytes, 4), 0x1234 ^ 0x0ff0);
    ck_assert_uint_eq(hash_xor(bytes, 5), 0x1234 ^ 0x0ff0 ^ 0xaa00);
    ck_assert_uint_eq(hash_xor(bytes, 0), 0);
}
END_TEST

START_TEST(each_function_is_the_one_of_its_name)
{
    static struct hash hash;
    const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    const struct {
        const char *name;
        uint32_t expected;
    } cases[] = {{"crc32c", hash_crc32c(bytes, 12)}, {"xor", hash_xor(bytes, 12)},
                 {"jenkins", hash_jenkins(bytes, 12, 0)}, {"fnv1a", hash_fnv1a(bytes, 12)},
                 {"sum", hash_sum(bytes, 12)}};

    for (unsigned i = 0; i < HASH_FUNCTIONS; i++)
        ck_assert_str_eq(hash_names[i], hash_kinds[i].name);
    ck_assert_ptr_null(hash_names[HASH_FUNCTIONS]);
    for (unsigned i = 0; i < HASH_FUNCTIONS; i++) {
        uint32_t expected;

        hash_init(&hash, i, suite_key, sizeof suite_key);
        expected = toeplitz_hash(&hash.toeplitz, bytes, 12);
        for (unsigned k = 0; k < sizeof cases / sizeof *cases; k++)
            if (!strcmp(cases[k].name, hash_names[i]))
                expected = cases[k].expected;
        ck_assert_uint_eq(hash_of(&hash, bytes, 12), expected);
    }
}
END_TEST

START_TEST(a_key_is_a_name_or_digits)
{
    uint8_t key[HASH_MAX_KEY_BYTES], other[HASH_MAX_KEY_BYTES];
    char *wrong = NULL, long_key[2 * HASH_MAX_KEY_BYTES + 3];

    ck_assert_uint_eq(hash_key_parse("microsoft", 1, key, &wrong), 40);
    ck_assert_mem_eq(key, suite_key, 40);
    ck_assert_uint_eq(hash_key_parse("symmetric", 1, key, &wrong), 40);
    ck_assert_uint_eq(key[38], 0x6d);
    ck_assert_uint_eq(key[39], 0x5a);
    ck_assert_uint_eq(hash_key_parse("6D:5a 01", 1, key, &wrong), 3);
    ck_assert_mem_eq(key, ((uint8_t[]){0x6d, 0x5a, 0x01}), 3);
    ck_assert_uint_eq(hash_key_parse("random", 1, key, &wrong), HASH_MAX_KEY_BYTES);
    ck_assert_uint_eq(hash_key_parse("random", 1, other, &wrong), HASH_MAX_KEY_BYTES);
    ck_assert_mem_eq(key, other, sizeof key);
    hash_key_parse("random", 2, other, &wrong);
    ck_assert_mem_ne(key, other, sizeof key);
    memset(long_key, 'a', sizeof long_key - 1);
    long_key[sizeof long_key - 1] = 0;
    const char *const bad[] = {"", "6d5", "xy", "microsoft ", long_key};

    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        wrong = NULL;
        ck_assert_uint_eq(hash_key_parse(bad[i], 1, key, &wrong), 0);
        ck_assert_ptr_nonnull(wrong);
        g_free(wrong);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("hash");
    TCase *tcase = tcase_create("toeplitz");

    tcase_add_loop_test(tcase, hashes_are_those_of_the_verification_suite, 0,
                        sizeof vectors / sizeof *vectors);
    tcase_add_test(tcase, random_keys_and_inputs_agree_with_the_definition);
    tcase_add_test(tcase, the_repeated_6d5a_key_sends_both_directions_to_one_value);
    tcase_add_test(tcase, crc32c_is_that_of_rfc_3720);
    tcase_add_test(tcase, jenkins_is_lookup3);
    tcase_add_test(tcase, fnv1a_has_its_published_values);
    tcase_add_test(tcase, sum_is_that_of_rfc_1071);
    tcase_add_test(tcase, xor_is_over_words_of_16_bits);
    tcase_add_test(tcase, each_function_is_the_one_of_its_name);
    tcase_add_test(tcase, a_key_is_a_name_or_digits);
    suite_add_tcase(s, tcase);
    return s;
}
