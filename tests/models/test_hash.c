/* Each function against the vectors that its authors published: Toeplitz against Microsoft's RSS verification suite
 * ("Verifying the RSS hash calculation"), the others against those that models/hash.h names; and Toeplitz' keys. */
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

/* --- CRC-32C: RFC 3720, B.4, whose digests are on the wire least significant byte first ------------------- */

START_TEST(crc32c_of_32_zeros)
{
    uint8_t input[32] = {0};

    ck_assert_uint_eq(hash_crc32c(input, 32), 0x8a9136aa);
}
END_TEST

START_TEST(crc32c_of_32_ones)
{
    uint8_t input[32];

    memset(input, 0xff, sizeof input);
    ck_assert_uint_eq(hash_crc32c(input, 32), 0x62a8ab43);
}
END_TEST

START_TEST(crc32c_of_bytes_that_rise)
{
    uint8_t input[32];

    for (unsigned i = 0; i < 32; i++)
        input[i] = (uint8_t)i;
    ck_assert_uint_eq(hash_crc32c(input, 32), 0x46dd794e);
}
END_TEST

START_TEST(crc32c_of_bytes_that_fall)
{
    uint8_t input[32];

    for (unsigned i = 0; i < 32; i++)
        input[i] = (uint8_t)(31 - i);
    ck_assert_uint_eq(hash_crc32c(input, 32), 0x113fdb5c);
}
END_TEST

/* The read command of the same appendix: 48 bytes. */
START_TEST(crc32c_of_an_iscsi_read_command)
{
    static const uint8_t command[48] = {
        0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18,
        0x28, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};

    ck_assert_uint_eq(hash_crc32c(command, 48), 0xd9963a56);
}
END_TEST

START_TEST(crc32c_of_the_nine_digits)
{
    ck_assert_uint_eq(hash_crc32c((const uint8_t *)"123456789", 9), 0xe3069283);
}
END_TEST

START_TEST(crc32c_of_nothing_is_0)
{
    ck_assert_uint_eq(hash_crc32c((const uint8_t *)"", 0), 0);
}
END_TEST

/* --- Jenkins: driver5() of lookup3.c ---------------------------------------------------------------- */

START_TEST(jenkins_of_nothing_is_where_it_begins)
{
    ck_assert_uint_eq(hash_jenkins((const uint8_t *)"", 0, 0), 0xdeadbeef);
    ck_assert_uint_eq(hash_jenkins((const uint8_t *)"", 0, 0xdeadbeef), 0xbd5b7dde);
}
END_TEST

START_TEST(jenkins_of_four_score_and_seven_years_ago)
{
    const uint8_t *text = (const uint8_t *)"Four score and seven years ago";

    ck_assert_uint_eq(hash_jenkins(text, 30, 0), 0x17770551);
    ck_assert_uint_eq(hash_jenkins(text, 30, 1), 0xcd628161);
}
END_TEST

static uint32_t turn_left(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

/* hashlittle() with each step of its two mixtures written out: another way to the same number. */
static uint32_t hashlittle(const uint8_t *input, unsigned bytes, uint32_t initial)
{
    uint32_t a = 0xdeadbeef + bytes + initial, b = a, c = a;

    if (!bytes)
        return c;
    for (;;) {
        uint8_t block[12] = {0};

        memcpy(block, input, bytes < 12 ? bytes : 12);
        a += (uint32_t)block[0] | (uint32_t)block[1] << 8 | (uint32_t)block[2] << 16 | (uint32_t)block[3] << 24;
        b += (uint32_t)block[4] | (uint32_t)block[5] << 8 | (uint32_t)block[6] << 16 | (uint32_t)block[7] << 24;
        c += (uint32_t)block[8] | (uint32_t)block[9] << 8 | (uint32_t)block[10] << 16 | (uint32_t)block[11] << 24;
        if (bytes <= 12)
            break;
        a -= c, a ^= turn_left(c, 4), c += b;
        b -= a, b ^= turn_left(a, 6), a += c;
        c -= b, c ^= turn_left(b, 8), b += a;
        a -= c, a ^= turn_left(c, 16), c += b;
        b -= a, b ^= turn_left(a, 19), a += c;
        c -= b, c ^= turn_left(b, 4), b += a;
        input += 12, bytes -= 12;
    }
    c ^= b, c -= turn_left(b, 14);
    a ^= c, a -= turn_left(c, 11);
    b ^= a, b -= turn_left(a, 25);
    c ^= b, c -= turn_left(b, 16);
    a ^= c, a -= turn_left(c, 4);
    b ^= a, b -= turn_left(a, 14);
    c ^= b, c -= turn_left(b, 24);
    return c;
}

/* With 12, 24, 36, ... among them, where the last block is a whole one. */
START_TEST(jenkins_of_every_length_agrees_with_the_definition)
{
    uint8_t input[HASH_MAX_INPUT_BYTES];

    for (unsigned i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)(0xf1 - 7 * i);
    ck_assert_uint_eq(hash_jenkins(input, (unsigned)_i, 0), hashlittle(input, (unsigned)_i, 0));
    ck_assert_uint_eq(hash_jenkins(input, (unsigned)_i, 0x89abcdef), hashlittle(input, (unsigned)_i, 0x89abcdef));
}
END_TEST

/* --- FNV-1a: the vectors of its authors -------------------------------------------------------------- */

START_TEST(fnv1a_of_nothing_is_the_offset_basis)
{
    ck_assert_uint_eq(hash_fnv1a((const uint8_t *)"", 0), 0x811c9dc5);
}
END_TEST

START_TEST(fnv1a_of_a_letter)
{
    ck_assert_uint_eq(hash_fnv1a((const uint8_t *)"a", 1), 0xe40c292c);
}
END_TEST

START_TEST(fnv1a_of_foobar)
{
    ck_assert_uint_eq(hash_fnv1a((const uint8_t *)"foobar", 6), 0xbf9cf968);
}
END_TEST

/* --- Ones' complement sum ---------------------------------------------------------------------------- */

START_TEST(the_sum_is_that_of_the_example_in_rfc_1071)
{
    static const uint8_t example[8] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

    ck_assert_uint_eq(hash_sum(example, 8), 0xddf2);
}
END_TEST

START_TEST(the_odd_byte_of_a_sum_is_the_upper_one_of_its_word)
{
    static const uint8_t input[3] = {0x12, 0x34, 0x56};

    ck_assert_uint_eq(hash_sum(input, 3), 0x1234 + 0x5600);
    ck_assert_uint_eq(hash_sum(input, 1), 0x1200);
}
END_TEST

START_TEST(a_carry_out_of_the_odd_byte_comes_back)
{
    static const uint8_t input[3] = {0xff, 0xff, 0x02}; /* ffff + 0200 = 1 01ff */

    ck_assert_uint_eq(hash_sum(input, 3), 0x0200);
}
END_TEST

START_TEST(a_carry_that_makes_a_carry_comes_back_too)
{
    /* 8000 + 8000 + fffe + 0001 + ffff = 2 fffe; fffe + 2 = 1 0000; 0 + 1 */
    static const uint8_t input[10] = {0x80, 0x00, 0x80, 0x00, 0xff, 0xfe, 0x00, 0x01, 0xff, 0xff};

    ck_assert_uint_eq(hash_sum(input, 10), 0x0001);
}
END_TEST

START_TEST(the_sum_of_nothing_is_0)
{
    ck_assert_uint_eq(hash_sum((const uint8_t *)"", 0), 0);
}
END_TEST

/* --- Exclusive or ------------------------------------------------------------------------------------ */

START_TEST(xor_is_that_of_the_words)
{
    static const uint8_t input[6] = {0x12, 0x34, 0xff, 0x00, 0x00, 0x0f}; /* 1234 ^ ff00 ^ 000f */

    ck_assert_uint_eq(hash_xor(input, 2), 0x1234);
    ck_assert_uint_eq(hash_xor(input, 4), 0xed34);
    ck_assert_uint_eq(hash_xor(input, 6), 0xed3b);
}
END_TEST

START_TEST(the_odd_byte_of_a_xor_is_the_upper_one_of_its_word)
{
    static const uint8_t input[3] = {0x12, 0x34, 0x56}; /* 1234 ^ 5600 */

    ck_assert_uint_eq(hash_xor(input, 3), 0x4434);
    ck_assert_uint_eq(hash_xor(input, 1), 0x1200);
}
END_TEST

START_TEST(xor_of_nothing_is_0)
{
    ck_assert_uint_eq(hash_xor((const uint8_t *)"", 0), 0);
}
END_TEST

/* --- The table --------------------------------------------------------------------------------------- */

START_TEST(a_row_has_its_name_its_help_and_its_times)
{
    ck_assert_str_eq(hash_names[_i], hash_kinds[_i].name);
    ck_assert_uint_gt(strlen(hash_kinds[_i].help), 0);
    ck_assert_uint_ge(hash_kinds[_i].latency, 1);
    ck_assert_uint_ge(hash_kinds[_i].interval, 1);
}
END_TEST

START_TEST(names_end_with_null)
{
    ck_assert_ptr_null(hash_names[HASH_FUNCTIONS]);
}
END_TEST

/* 66.9.149.187:2794 -> 161.142.100.80:1766, the first of the suite. */
static const uint8_t first_input[12] = {66, 9, 149, 187, 161, 142, 100, 80, 0x0a, 0xea, 0x06, 0xe6};

static uint32_t hash_by(enum hash_function function, const uint8_t *input, unsigned bytes)
{
    static struct hash hash;

    hash_init(&hash, function, suite_key, sizeof suite_key);
    return hash_of(&hash, input, bytes);
}

START_TEST(a_function_without_a_value_of_its_own_is_toeplitz)
{
    static const enum hash_function functions[] = {HASH_TOEPLITZ,     HASH_SYMMETRIC_XOR, HASH_SYMMETRIC_OR_XOR,
                                                   HASH_ROUND_ROBIN,  HASH_RANDOM,        HASH_LEAST_LOADED,
                                                   HASH_PROGRAM};

    for (unsigned i = 0; i < sizeof functions / sizeof *functions; i++)
        ck_assert_uint_eq(hash_by(functions[i], first_input, 12), 0x51ccc178);
}
END_TEST

START_TEST(a_chosen_function_is_what_its_file_says)
{
    const uint8_t *digits = (const uint8_t *)"123456789", *foobar = (const uint8_t *)"foobar";
    static const uint8_t example[8] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

    ck_assert_uint_eq(hash_by(HASH_CRC32C, digits, 9), 0xe3069283);
    ck_assert_uint_eq(hash_by(HASH_FNV1A, foobar, 6), 0xbf9cf968);
    ck_assert_uint_eq(hash_by(HASH_SUM, example, 8), 0xddf2);
    ck_assert_uint_eq(hash_by(HASH_XOR, example, 8), 0xf000); /* 0001 ^ f203 = f202, f4f5 ^ f6f7 = 0202 */
}
END_TEST

START_TEST(chosen_jenkins_begins_with_0)
{
    ck_assert_uint_eq(hash_by(HASH_JENKINS, (const uint8_t *)"Four score and seven years ago", 30), 0x17770551);
}
END_TEST

START_TEST(each_row_agrees_with_its_function_at_every_length)
{
    static struct toeplitz toeplitz;
    uint8_t input[HASH_MAX_INPUT_BYTES];

    for (unsigned i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)(37 * i + 11);
    toeplitz_init(&toeplitz, suite_key, sizeof suite_key);
    for (unsigned bytes = 0; bytes <= sizeof input; bytes++) {
        uint32_t value = hash_by((enum hash_function)_i, input, bytes);

        if (_i == HASH_CRC32C)
            ck_assert_uint_eq(value, hash_crc32c(input, bytes));
        else if (_i == HASH_XOR)
            ck_assert_uint_eq(value, hash_xor(input, bytes));
        else if (_i == HASH_JENKINS)
            ck_assert_uint_eq(value, hash_jenkins(input, bytes, 0));
        else if (_i == HASH_FNV1A)
            ck_assert_uint_eq(value, hash_fnv1a(input, bytes));
        else if (_i == HASH_SUM)
            ck_assert_uint_eq(value, hash_sum(input, bytes));
        else
            ck_assert_uint_eq(value, toeplitz_hash(&toeplitz, input, bytes));
    }
}
END_TEST

START_TEST(only_the_two_symmetric_functions_rearrange_their_input)
{
    for (unsigned i = 0; i < HASH_FUNCTIONS; i++) {
        enum hash_symmetry symmetry = HASH_AS_IT_IS;

        if (!strcmp(hash_names[i], "symmetric-xor"))
            symmetry = HASH_XOR_TWICE;
        if (!strcmp(hash_names[i], "symmetric-or-xor"))
            symmetry = HASH_OR_XOR;
        ck_assert_int_eq((int)hash_kinds[i].symmetry, (int)symmetry);
    }
}
END_TEST

START_TEST(the_functions_of_the_header_alone_are_not_per_frame)
{
    for (unsigned i = 0; i < HASH_FUNCTIONS; i++)
        ck_assert_int_eq(hash_kinds[i].is_per_frame, i >= HASH_ROUND_ROBIN);
}
END_TEST

/* --- The key ----------------------------------------------------------------------------------------- */

static uint8_t key[HASH_MAX_KEY_BYTES];

static unsigned parse(const char *text)
{
    char *wrong = NULL;
    unsigned bytes;

    memset(key, 0xee, sizeof key);
    bytes = hash_key_parse(text, 1, key, &wrong);
    ck_assert_ptr_null(wrong);
    return bytes;
}

START_TEST(the_key_named_microsoft_is_that_of_the_suite)
{
    ck_assert_uint_eq(parse("microsoft"), 40);
    ck_assert_mem_eq(key, suite_key, 40);
}
END_TEST

START_TEST(the_key_named_symmetric_is_6d5a_20_times)
{
    ck_assert_uint_eq(parse("symmetric"), 40);
    for (unsigned i = 0; i < 40; i += 2) {
        ck_assert_uint_eq(key[i], 0x6d);
        ck_assert_uint_eq(key[i + 1], 0x5a);
    }
}
END_TEST

START_TEST(with_the_symmetric_key_both_directions_hash_alike)
{
    static struct toeplitz toeplitz;
    static const uint8_t there[12] = {10, 1, 2, 3, 192, 168, 7, 9, 0x12, 0x34, 0x00, 0x50};
    static const uint8_t back[12] = {192, 168, 7, 9, 10, 1, 2, 3, 0x00, 0x50, 0x12, 0x34};

    toeplitz_init(&toeplitz, key, parse("symmetric"));
    ck_assert_uint_eq(toeplitz_hash(&toeplitz, there, 8), toeplitz_hash(&toeplitz, back, 8));
    ck_assert_uint_eq(toeplitz_hash(&toeplitz, there, 12), toeplitz_hash(&toeplitz, back, 12));
}
END_TEST

START_TEST(with_the_symmetric_key_both_directions_of_ipv6_hash_alike)
{
    static struct toeplitz toeplitz;
    uint8_t there[36], back[36];

    for (unsigned i = 0; i < 16; i++) {
        there[i] = back[16 + i] = (uint8_t)(3 * i + 1);
        there[16 + i] = back[i] = (uint8_t)(0xfe - 5 * i);
    }
    memcpy(there + 32, (const uint8_t[]){0xc0, 0x01, 0x01, 0xbb}, 4);
    memcpy(back + 32, (const uint8_t[]){0x01, 0xbb, 0xc0, 0x01}, 4);
    toeplitz_init(&toeplitz, key, parse("symmetric"));
    ck_assert_uint_eq(toeplitz_hash(&toeplitz, there, 36), toeplitz_hash(&toeplitz, back, 36));
}
END_TEST

START_TEST(with_microsofts_key_the_directions_hash_apart)
{
    static struct toeplitz toeplitz;
    static const uint8_t back[12] = {161, 142, 100, 80, 66, 9, 149, 187, 0x06, 0xe6, 0x0a, 0xea};

    toeplitz_init(&toeplitz, key, parse("microsoft"));
    ck_assert_uint_eq(toeplitz_hash(&toeplitz, first_input, 12), 0x51ccc178);
    ck_assert_uint_ne(toeplitz_hash(&toeplitz, back, 12), 0x51ccc178);
}
END_TEST

START_TEST(a_random_key_depends_on_the_seed_only)
{
    uint8_t first[HASH_MAX_KEY_BYTES], again[HASH_MAX_KEY_BYTES], other[HASH_MAX_KEY_BYTES];
    char *wrong = NULL;

    memset(first, 0x00, sizeof first);
    memset(again, 0xff, sizeof again);
    ck_assert_uint_eq(hash_key_parse("random", 42, first, &wrong), HASH_MAX_KEY_BYTES);
    ck_assert_uint_eq(hash_key_parse("random", 43, other, &wrong), HASH_MAX_KEY_BYTES);
    ck_assert_uint_eq(hash_key_parse("random", 42, again, &wrong), HASH_MAX_KEY_BYTES);
    ck_assert_mem_eq(first, again, sizeof first);
    ck_assert_mem_ne(first, other, sizeof first);
    ck_assert_ptr_null(wrong);
}
END_TEST

/* splitmix64 (Steele et al. 2014) from 0 begins e220a8397b1dcdaf 6e789e6aa1b965f4: its authors' own numbers. */
START_TEST(a_random_key_is_splitmix64_least_significant_byte_first)
{
    static const uint8_t expected[16] = {0xaf, 0xcd, 0x1d, 0x7b, 0x39, 0xa8, 0x20, 0xe2,
                                         0xf4, 0x65, 0xb9, 0xa1, 0x6a, 0x9e, 0x78, 0x6e};
    char *wrong = NULL;

    ck_assert_uint_eq(hash_key_parse("random", 0, key, &wrong), HASH_MAX_KEY_BYTES);
    ck_assert_mem_eq(key, expected, 16);
}
END_TEST

START_TEST(digits_are_bytes_in_either_case)
{
    ck_assert_uint_eq(parse("00ffaBCd"), 4);
    ck_assert_mem_eq(key, ((const uint8_t[]){0x00, 0xff, 0xab, 0xcd}), 4);
}
END_TEST

START_TEST(blanks_and_colons_between_digits_are_passed_over)
{
    ck_assert_uint_eq(parse(" 6d:5a 56\tda:\n2 5 "), 5);
    ck_assert_mem_eq(key, ((const uint8_t[]){0x6d, 0x5a, 0x56, 0xda, 0x25}), 5);
}
END_TEST

START_TEST(one_byte_is_a_key)
{
    ck_assert_uint_eq(parse("a5"), 1);
    ck_assert_uint_eq(key[0], 0xa5);
}
END_TEST

START_TEST(fifty_two_bytes_are_a_key)
{
    char text[2 * HASH_MAX_KEY_BYTES + 1] = {0};

    for (unsigned i = 0; i < HASH_MAX_KEY_BYTES; i++)
        g_snprintf(text + 2 * i, 3, "%02x", 3 * i);
    ck_assert_uint_eq(parse(text), HASH_MAX_KEY_BYTES);
    for (unsigned i = 0; i < HASH_MAX_KEY_BYTES; i++)
        ck_assert_uint_eq(key[i], 3 * i);
}
END_TEST

static void refuses(const char *text, const char *expected)
{
    char *wrong = NULL;

    ck_assert_uint_eq(hash_key_parse(text, 1, key, &wrong), 0);
    ck_assert_str_eq(wrong, expected);
    g_free(wrong);
}

START_TEST(a_key_without_digits_is_an_error)
{
    refuses("", "0 hexadecimal digits: expected two a byte, 1 to 52 bytes");
    refuses(" : ", "0 hexadecimal digits: expected two a byte, 1 to 52 bytes");
}
END_TEST

START_TEST(an_odd_digit_is_an_error)
{
    refuses("6d5", "3 hexadecimal digits: expected two a byte, 1 to 52 bytes");
}
END_TEST

START_TEST(fifty_three_bytes_are_an_error)
{
    char text[2 * 53 + 1] = {0};

    memset(text, '7', 2 * 53);
    refuses(text, "106 hexadecimal digits: expected two a byte, 1 to 52 bytes");
}
END_TEST

START_TEST(what_is_no_digit_is_an_error_that_quotes_it)
{
    refuses("6d5x", "'x': expected hexadecimal digits, microsoft, symmetric or random");
    refuses("0x6d", "'x': expected hexadecimal digits, microsoft, symmetric or random");
    refuses("6d,5a", "',': expected hexadecimal digits, microsoft, symmetric or random");
}
END_TEST

START_TEST(a_name_in_capitals_is_no_name)
{
    refuses("Microsoft", "'M': expected hexadecimal digits, microsoft, symmetric or random");
}
END_TEST

static TCase *toeplitz_tests(void)
{
    TCase *tcase = tcase_create("toeplitz");

    tcase_add_loop_test(tcase, hashes_are_those_of_the_verification_suite, 0, sizeof vectors / sizeof *vectors);
    tcase_add_test(tcase, random_keys_and_inputs_agree_with_the_definition);
    tcase_add_test(tcase, the_repeated_6d5a_key_sends_both_directions_to_one_value);
    return tcase;
}

static TCase *function_tests(void)
{
    TCase *tcase = tcase_create("functions");

    tcase_add_test(tcase, crc32c_of_32_zeros);
    tcase_add_test(tcase, crc32c_of_32_ones);
    tcase_add_test(tcase, crc32c_of_bytes_that_rise);
    tcase_add_test(tcase, crc32c_of_bytes_that_fall);
    tcase_add_test(tcase, crc32c_of_an_iscsi_read_command);
    tcase_add_test(tcase, crc32c_of_the_nine_digits);
    tcase_add_test(tcase, crc32c_of_nothing_is_0);
    tcase_add_test(tcase, jenkins_of_nothing_is_where_it_begins);
    tcase_add_test(tcase, jenkins_of_four_score_and_seven_years_ago);
    tcase_add_loop_test(tcase, jenkins_of_every_length_agrees_with_the_definition, 0, HASH_MAX_INPUT_BYTES + 1);
    tcase_add_test(tcase, fnv1a_of_nothing_is_the_offset_basis);
    tcase_add_test(tcase, fnv1a_of_a_letter);
    tcase_add_test(tcase, fnv1a_of_foobar);
    tcase_add_test(tcase, the_sum_is_that_of_the_example_in_rfc_1071);
    tcase_add_test(tcase, the_odd_byte_of_a_sum_is_the_upper_one_of_its_word);
    tcase_add_test(tcase, a_carry_out_of_the_odd_byte_comes_back);
    tcase_add_test(tcase, a_carry_that_makes_a_carry_comes_back_too);
    tcase_add_test(tcase, the_sum_of_nothing_is_0);
    tcase_add_test(tcase, xor_is_that_of_the_words);
    tcase_add_test(tcase, the_odd_byte_of_a_xor_is_the_upper_one_of_its_word);
    tcase_add_test(tcase, xor_of_nothing_is_0);
    return tcase;
}

static TCase *table_tests(void)
{
    TCase *tcase = tcase_create("table");

    tcase_add_loop_test(tcase, a_row_has_its_name_its_help_and_its_times, 0, HASH_FUNCTIONS);
    tcase_add_test(tcase, names_end_with_null);
    tcase_add_test(tcase, a_function_without_a_value_of_its_own_is_toeplitz);
    tcase_add_test(tcase, a_chosen_function_is_what_its_file_says);
    tcase_add_test(tcase, chosen_jenkins_begins_with_0);
    tcase_add_loop_test(tcase, each_row_agrees_with_its_function_at_every_length, 0, HASH_FUNCTIONS);
    tcase_add_test(tcase, only_the_two_symmetric_functions_rearrange_their_input);
    tcase_add_test(tcase, the_functions_of_the_header_alone_are_not_per_frame);
    return tcase;
}

static TCase *key_tests(void)
{
    TCase *tcase = tcase_create("key");

    tcase_add_test(tcase, the_key_named_microsoft_is_that_of_the_suite);
    tcase_add_test(tcase, the_key_named_symmetric_is_6d5a_20_times);
    tcase_add_test(tcase, with_the_symmetric_key_both_directions_hash_alike);
    tcase_add_test(tcase, with_the_symmetric_key_both_directions_of_ipv6_hash_alike);
    tcase_add_test(tcase, with_microsofts_key_the_directions_hash_apart);
    tcase_add_test(tcase, a_random_key_depends_on_the_seed_only);
    tcase_add_test(tcase, a_random_key_is_splitmix64_least_significant_byte_first);
    tcase_add_test(tcase, digits_are_bytes_in_either_case);
    tcase_add_test(tcase, blanks_and_colons_between_digits_are_passed_over);
    tcase_add_test(tcase, one_byte_is_a_key);
    tcase_add_test(tcase, fifty_two_bytes_are_a_key);
    tcase_add_test(tcase, a_key_without_digits_is_an_error);
    tcase_add_test(tcase, an_odd_digit_is_an_error);
    tcase_add_test(tcase, fifty_three_bytes_are_an_error);
    tcase_add_test(tcase, what_is_no_digit_is_an_error_that_quotes_it);
    tcase_add_test(tcase, a_name_in_capitals_is_no_name);
    return tcase;
}

Suite *suite(void)
{
    Suite *s = suite_create("hash");

    suite_add_tcase(s, toeplitz_tests());
    suite_add_tcase(s, function_tests());
    suite_add_tcase(s, table_tests());
    suite_add_tcase(s, key_tests());
    return s;
}
