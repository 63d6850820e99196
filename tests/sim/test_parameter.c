/* Values as people write them: every unit, exact decimals, both ends of a range, the way back. */
#include "tests/suite.h"

#include "sim/parameter.h"

#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>

static struct parameter number(enum parameter_type type, uint64_t min, uint64_t max)
{
    return (struct parameter){.key = "key", .type = type, .min = min, .max = max};
}

static void assert_value(enum parameter_type type, const char *text, uint64_t expected)
{
    struct parameter parameter = number(type, 0, 0);
    uint64_t value = 12345;
    char *wrong = NULL;
    bool fine = parameter_parse(&parameter, text, &value, &wrong);

    ck_assert_msg(fine, "'%s': %s", text, wrong);
    ck_assert_msg(value == expected, "'%s' is %" PRIu64 ", expected %" PRIu64, text, value,
                  expected);
}

static void assert_wrong_of(const struct parameter *parameter, const char *text,
                            const char *expected)
{
    uint64_t field[4] = {42, 42, 42, 42};
    char *wrong = NULL;

    ck_assert_msg(!parameter_parse(parameter, text, field, &wrong), "'%s' was taken", text);
    ck_assert_str_eq(wrong, expected);
    ck_assert_msg(field[0] == 42 && field[1] == 42, "'%s' has changed the field", text);
    g_free(wrong);
}

static void assert_wrong(enum parameter_type type, const char *text, const char *expected)
{
    struct parameter parameter = number(type, 0, 0);

    assert_wrong_of(&parameter, text, expected);
}

START_TEST(every_unit_has_its_factor)
{
    assert_value(PARAMETER_COUNT, "7", 7);
    assert_value(PARAMETER_COUNT, "7k", 7000);
    assert_value(PARAMETER_COUNT, "7M", 7000000);
    assert_value(PARAMETER_COUNT, "7G", 7000000000);
    assert_value(PARAMETER_COUNT, "0x1F", 31);
    assert_value(PARAMETER_SIZE, "64", 64);
    assert_value(PARAMETER_SIZE, "64B", 64);
    assert_value(PARAMETER_SIZE, "9kB", 9000);
    assert_value(PARAMETER_SIZE, "64KiB", 65536);
    assert_value(PARAMETER_SIZE, "4MB", 4000000);
    assert_value(PARAMETER_SIZE, "4MiB", 4194304);
    assert_value(PARAMETER_SIZE, "1GB", 1000000000);
    assert_value(PARAMETER_SIZE, "1GiB", 1073741824);
    assert_value(PARAMETER_SIZE, "1TB", 1000000000000);
    assert_value(PARAMETER_SIZE, "1TiB", 1099511627776);
    assert_value(PARAMETER_TIME, "0", 0);
    assert_value(PARAMETER_TIME, "7ps", 7);
    assert_value(PARAMETER_TIME, "12ns", 12000);
    assert_value(PARAMETER_TIME, "3us", 3000000);
    assert_value(PARAMETER_TIME, "10ms", 10000000000);
    assert_value(PARAMETER_TIME, "1s", 1000000000000);
    assert_value(PARAMETER_FREQUENCY, "5Hz", 5);
    assert_value(PARAMETER_FREQUENCY, "32kHz", 32000);
    assert_value(PARAMETER_FREQUENCY, "800MHz", 800000000);
    assert_value(PARAMETER_FREQUENCY, "3GHz", 3000000000);
    assert_value(PARAMETER_FREQUENCY, "1THz", 1000000000000);
    assert_value(PARAMETER_RATE, "9bit/s", 9);
    assert_value(PARAMETER_RATE, "9kbit/s", 9000);
    assert_value(PARAMETER_RATE, "100Mbit/s", 100000000);
    assert_value(PARAMETER_RATE, "10Gbit/s", 10000000000);
    assert_value(PARAMETER_RATE, "1Tbit/s", 1000000000000);
    assert_value(PARAMETER_DECIMAL, "2.5", 2500000);
    assert_value(PARAMETER_DECIMAL, "0.000001", 1);
    assert_value(PARAMETER_DECIMAL, "1.25M", 1250000000000);
    assert_value(PARAMETER_BITS, "128", 128);
    assert_value(PARAMETER_BITS, "128bit", 128);
    assert_value(PARAMETER_ADDRESS, "4096", 4096);
    assert_value(PARAMETER_ADDRESS, "0xffffffffffffffff", UINT64_MAX);
    assert_value(PARAMETER_ADDRESS, "0x0000000000000000000010", 16);
}
END_TEST

START_TEST(decimals_are_exact)
{
    assert_value(PARAMETER_RATE, "2.5Gbit/s", 2500000000);
    assert_value(PARAMETER_FREQUENCY, "1.25GHz", 1250000000);
    assert_value(PARAMETER_TIME, "0.5ns", 500);
    assert_value(PARAMETER_TIME, "0.001ns", 1);
    assert_value(PARAMETER_TIME, "0.000000000001s", 1);
    assert_value(PARAMETER_TIME, "3.141592653589s", 3141592653589);
    assert_value(PARAMETER_TIME, "1.000000000000000000000000000000s", 1000000000000);
    assert_value(PARAMETER_SIZE, "1.5KiB", 1536);
}
END_TEST

START_TEST(what_is_finer_than_the_base_unit_is_an_error)
{
    assert_wrong(PARAMETER_TIME, "0.0001ns", "finer than 1 ps");
    assert_wrong(PARAMETER_TIME, "1.5ps", "finer than 1 ps");
    assert_wrong(PARAMETER_TIME, "1.0000000000000000000000000000001s", "finer than 1 ps");
    assert_wrong(PARAMETER_SIZE, "0.5B", "finer than 1 byte");
    assert_wrong(PARAMETER_SIZE, "0.3KiB", "finer than 1 byte");
    assert_wrong(PARAMETER_RATE, "0.1bit/s", "finer than 1 bit/s");
    assert_wrong(PARAMETER_FREQUENCY, "0.1Hz", "finer than 1 Hz");
    assert_wrong(PARAMETER_DECIMAL, "0.0000005", "finer than 1 millionth");
    assert_wrong(PARAMETER_DECIMAL, "1Mbit/s",
                 "unknown unit 'Mbit/s': expected a number such as 2.5 (units: k, M, G)");
    assert_wrong(PARAMETER_BITS, "0.5", "finer than 1 bit");
    assert_wrong(PARAMETER_COUNT, "1.5", "not a whole number");
}
END_TEST

START_TEST(blanks_around_and_before_the_unit_do_not_matter)
{
    assert_value(PARAMETER_RATE, "  10 Gbit/s ", 10000000000);
    assert_value(PARAMETER_TIME, "3.5\tus", 3500000);
}
END_TEST

START_TEST(overflow_is_detected)
{
    assert_value(PARAMETER_COUNT, "18446744073709551615", UINT64_MAX);
    assert_wrong(PARAMETER_COUNT, "18446744073709551616", "too large: 2^64 or more");
    assert_wrong(PARAMETER_COUNT, "99999999999999999999999999999999999999999",
                 "too large: 2^64 or more");
    assert_value(PARAMETER_COUNT, "18446744073G", 18446744073000000000u);
    assert_wrong(PARAMETER_COUNT, "18446744074G", "too large: 2^64 or more");
    assert_value(PARAMETER_TIME, "18446744.073709551615s", UINT64_MAX);
    assert_wrong(PARAMETER_TIME, "18446744.073709551616s", "too large: 2^64 ps or more");
    assert_wrong(PARAMETER_SIZE, "16777216TiB", "too large: 2^64 bytes or more");
    assert_wrong(PARAMETER_ADDRESS, "0x10000000000000000", "too large: 2^64 or more");
}
END_TEST

START_TEST(a_missing_unit_is_said_with_an_example)
{
    assert_wrong(PARAMETER_RATE, "10",
                 "the unit is missing: expected a rate such as 10Gbit/s (units: bit/s, kbit/s, "
                 "Mbit/s, Gbit/s, Tbit/s)");
    assert_wrong(PARAMETER_TIME, "0.5",
                 "the unit is missing: expected a time such as 3.5us (units: ps, ns, us, ms, s)");
    assert_wrong(PARAMETER_FREQUENCY, "800",
                 "the unit is missing: expected a frequency such as 1.25GHz (units: Hz, kHz, MHz, "
                 "GHz, THz)");
}
END_TEST

START_TEST(the_example_is_the_default)
{
    struct parameter parameter = number(PARAMETER_TIME, 0, 0);

    parameter.default_text = "100ms";
    assert_wrong_of(
        &parameter, "7",
        "the unit is missing: expected a time such as 100ms (units: ps, ns, us, ms, s)");
}
END_TEST

START_TEST(a_wrong_unit_is_said_with_the_right_one)
{
    assert_wrong(PARAMETER_RATE, "10Gbps", "unknown unit 'Gbps' (did you mean 'Gbit/s'?)");
    assert_wrong(PARAMETER_RATE, "10Gb/s", "unknown unit 'Gb/s' (did you mean 'Gbit/s'?)");
    assert_wrong(PARAMETER_RATE, "10gbit/s", "unknown unit 'gbit/s' (did you mean 'Gbit/s'?)");
    assert_wrong(PARAMETER_RATE, "10G", "unknown unit 'G' (did you mean 'Gbit/s'?)");
    assert_wrong(PARAMETER_FREQUENCY, "1ghz", "unknown unit 'ghz' (did you mean 'GHz'?)");
    assert_wrong(PARAMETER_SIZE, "64KB", "unknown unit 'KB' (did you mean 'kB'?)");
    assert_wrong(PARAMETER_TIME, "3parsec",
                 "unknown unit 'parsec': expected a time such as 3.5us (units: ps, ns, us, ms, s)");
    assert_wrong(PARAMETER_COUNT, "4x",
                 "unknown unit 'x': expected a number such as 4 (units: k, M, G)");
}
END_TEST

START_TEST(what_is_no_number_is_said)
{
    assert_wrong(PARAMETER_COUNT, "", "no value: expected a number such as 4");
    assert_wrong(PARAMETER_COUNT, "four",
                 "not a number: expected a number such as 4 (units: k, M, G)");
    assert_wrong(PARAMETER_COUNT, "-4", "negative: expected a number such as 4");
    assert_wrong(PARAMETER_COUNT, "4.",
                 "not a number: expected a number such as 4 (units: k, M, G)");
    assert_wrong(PARAMETER_COUNT, "4.5.6", "not a number: expected a number such as 4");
    assert_wrong(PARAMETER_COUNT, "1,000", "not a number: expected a number such as 4");
    assert_wrong(PARAMETER_COUNT, "0x", "not a number: expected a number such as 4");
    assert_wrong(PARAMETER_ADDRESS, "0x12g",
                 "not a number: expected an address such as 0x80000000");
    assert_wrong(PARAMETER_ADDRESS, "12k", "not a number: expected an address such as 0x80000000");
}
END_TEST

START_TEST(both_ends_of_a_range_are_allowed_and_no_more)
{
    struct parameter parameter = number(PARAMETER_RATE, 10000000, 1000000000000);
    uint64_t value;
    char *wrong;

    ck_assert(parameter_parse(&parameter, "10Mbit/s", &value, &wrong));
    ck_assert(parameter_parse(&parameter, "1Tbit/s", &value, &wrong));
    assert_wrong_of(&parameter, "9999999bit/s", "out of range: allowed 10Mbit/s .. 1Tbit/s");
    assert_wrong_of(&parameter, "1000000000001bit/s", "out of range: allowed 10Mbit/s .. 1Tbit/s");
    assert_wrong_of(&parameter, "99999999999Tbit/s", "out of range: allowed 10Mbit/s .. 1Tbit/s");
}
END_TEST

START_TEST(ranges_are_written_as_values_are)
{
    static const struct {
        enum parameter_type type;
        uint64_t min, max;
        const char *expected;
    } ranges[] = {
        {PARAMETER_COUNT, 1, 256, "1 .. 256"},
        {PARAMETER_COUNT, 1, UINT64_MAX, "at least 1"},
        {PARAMETER_COUNT, 3, 3, "3"},
        {PARAMETER_SIZE, 2048, 1ull << 30, "2KiB .. 1GiB"},
        {PARAMETER_TIME, 0, 1000000000, "0 .. 1ms"},
        {PARAMETER_FREQUENCY, 1000000, 100000000000, "1MHz .. 100GHz"},
        {PARAMETER_BITS, 8, 1024, "8bit .. 1024bit"},
        {PARAMETER_ADDRESS, 0, 1ull << 46, "0x0 .. 0x400000000000"},
        {PARAMETER_TEXT, 1, 64, "1 .. 64 bytes"},
        {PARAMETER_PARTS, 1, 2, "1 .. 2 parts"},
        {PARAMETER_PARTS, 0, 1, "0 .. 1 part"},
        {PARAMETER_COUNT, 0, 0, NULL},
        {PARAMETER_COUNT, 0, UINT64_MAX, NULL},
        {PARAMETER_FLAG, 0, 0, NULL},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(ranges); i++) {
        struct parameter parameter = number(ranges[i].type, ranges[i].min, ranges[i].max);
        char *range = parameter_range(&parameter);

        ck_assert_pstr_eq(range, ranges[i].expected);
        g_free(range);
    }
}
END_TEST

START_TEST(numbers_are_printed_in_the_unit_that_people_would_choose)
{
    static const struct {
        enum parameter_type type;
        uint64_t value;
        const char *expected;
    } prints[] = {
        {PARAMETER_RATE, 10000000000, "10Gbit/s"},
        {PARAMETER_RATE, 2500000000, "2.5Gbit/s"},
        {PARAMETER_RATE, 1234567, "1234.567kbit/s"},
        {PARAMETER_RATE, 0, "0"},
        {PARAMETER_FREQUENCY, 1250000000, "1.25GHz"},
        {PARAMETER_FREQUENCY, 1, "1Hz"},
        {PARAMETER_TIME, 500, "500ps"},
        {PARAMETER_TIME, 3500000, "3.5us"},
        {PARAMETER_TIME, 1001, "1.001ns"},
        {PARAMETER_TIME, 0, "0"},
        {PARAMETER_SIZE, 262144, "256KiB"},
        {PARAMETER_SIZE, 9000, "9kB"},
        {PARAMETER_SIZE, 9018, "9018B"},
        {PARAMETER_SIZE, 1536, "1536B"},
        {PARAMETER_DECIMAL, 2500000, "2.5"},
        {PARAMETER_DECIMAL, 10000000, "10"},
        {PARAMETER_DECIMAL, 1, "0.000001"},
        {PARAMETER_BITS, 128, "128bit"},
        {PARAMETER_COUNT, 65536, "65536"},
        {PARAMETER_COUNT, 1000000, "1M"},
        {PARAMETER_COUNT, 1000001, "1000001"},
        {PARAMETER_ADDRESS, 4096, "0x1000"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(prints); i++) {
        struct parameter parameter = number(prints[i].type, 0, 0);
        char *text = parameter_print(&parameter, &prints[i].value);

        ck_assert_str_eq(text, prints[i].expected);
        g_free(text);
    }
}
END_TEST

START_TEST(what_is_printed_is_read_back)
{
    uint64_t state = 1;

    for (enum parameter_type type = PARAMETER_COUNT; type <= PARAMETER_ADDRESS; type++)
        for (unsigned i = 0; i < 3000; i++) {
            struct parameter parameter = number(type, 0, 0);
            uint64_t value, again = 0;
            char *wrong = NULL;

            state = state * 6364136223846793005u + 1442695040888963407u;
            value = state >> (state >> 58); /* all magnitudes */
            if (i % 3 == 0)
                value -= value % 1000;
            if (i == 0)
                value = UINT64_MAX;
            char *text = parameter_print(&parameter, &value);

            ck_assert_msg(parameter_parse(&parameter, text, &again, &wrong), "'%s': %s", text,
                          wrong);
            ck_assert_msg(value == again, "%" PRIu64 " is printed as '%s'", value, text);
            g_free(text);
        }
}
END_TEST

START_TEST(flags_have_several_words)
{
    static const char *const words[] = {"yes",   "no", "on", "off", "true",
                                        "false", "1",  "0",  "Yes", "NO"};
    struct parameter parameter = number(PARAMETER_FLAG, 0, 0);
    bool flag;
    char *wrong;

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        flag = i % 2;
        ck_assert(parameter_parse(&parameter, words[i], &flag, &wrong));
        ck_assert_msg(flag == (i % 2 == 0), "%s", words[i]);
        char *text = parameter_print(&parameter, &flag);

        ck_assert_str_eq(text, i % 2 == 0 ? "yes" : "no");
        g_free(text);
    }
    assert_wrong(PARAMETER_FLAG, "maybe", "expected yes or no");
    assert_wrong(PARAMETER_FLAG, "", "expected yes or no");
}
END_TEST

START_TEST(choices_are_words_of_a_list)
{
    static const char *const words[] = {"toeplitz", "crc32", "xor", NULL};
    struct parameter parameter = {.key = "hash", .type = PARAMETER_CHOICE, .choices = words};
    unsigned choice = 9;
    char *wrong;

    ck_assert(parameter_parse(&parameter, "xor", &choice, &wrong));
    ck_assert_uint_eq(choice, 2);
    char *text = parameter_print(&parameter, &choice);

    ck_assert_str_eq(text, "xor");
    g_free(text);
    assert_wrong_of(&parameter, "toplitz",
                    "expected one of toeplitz, crc32, xor (did you mean 'toeplitz'?)");
    assert_wrong_of(&parameter, "XOR",
                    "expected one of toeplitz, crc32, xor (did you mean 'xor'?)");
    assert_wrong_of(&parameter, "elephant", "expected one of toeplitz, crc32, xor");
}
END_TEST

START_TEST(mac_addresses_have_six_bytes)
{
    struct parameter parameter = number(PARAMETER_MAC, 0, 0);
    uint8_t mac[6];
    char *wrong;

    ck_assert(parameter_parse(&parameter, "02:00:5E:10:00:fF", mac, &wrong));
    char *text = parameter_print(&parameter, mac);

    ck_assert_str_eq(text, "02:00:5e:10:00:ff");
    g_free(text);
    static const char *const bad[] = {"",
                                      "02:00:5e:10:00",
                                      "02:00:5e:10:00:ff:01",
                                      "2:0:5e:10:0:ff",
                                      "02-00-5e-10-00-ff",
                                      "02:00:5e:10:00:fg"};

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_wrong(PARAMETER_MAC, bad[i],
                     "not a MAC address: expected a MAC address such as 02:00:00:00:00:01");
}
END_TEST

START_TEST(bytes_are_pairs_of_digits)
{
    struct parameter parameter = number(PARAMETER_BYTES, 2, 3);
    struct parameter_bytes bytes = {0};
    char *wrong;

    ck_assert(parameter_parse(&parameter, " 6d:5A 56 ", &bytes, &wrong));
    ck_assert_uint_eq(bytes.count, 3);
    ck_assert_uint_eq(bytes.bytes[1], 0x5a);
    char *text = parameter_print(&parameter, &bytes);

    ck_assert_str_eq(text, "6d 5a 56");
    g_free(text);
    parameter_release(&parameter, &bytes);
    ck_assert_ptr_null(bytes.bytes);
    assert_wrong_of(&parameter, "6d", "1 byte: allowed 2 .. 3 bytes");
    assert_wrong_of(&parameter, "6d5a56da", "4 bytes: allowed 2 .. 3 bytes");
    assert_wrong_of(&parameter, "6d5", "3 digits: a byte has two");
    assert_wrong_of(&parameter, "6", "1 digit: a byte has two");
    assert_wrong_of(&parameter, "6dzz",
                    "not hexadecimal: expected hexadecimal digits such as 6d 5a 56 da");
}
END_TEST

START_TEST(texts_have_a_length)
{
    struct parameter parameter = number(PARAMETER_TEXT, 1, 4);
    char *field = NULL, *wrong;

    ck_assert(parameter_parse(&parameter, " a b ", &field, &wrong));
    ck_assert_str_eq(field, "a b");
    parameter_release(&parameter, &field);
    assert_wrong_of(&parameter, "", "0 bytes: allowed 1 .. 4 bytes");
    assert_wrong_of(&parameter, "12345", "5 bytes: allowed 1 .. 4 bytes");
}
END_TEST

Suite *suite(void)
{
    Suite *suite = suite_create("parameter");
    TCase *numbers = tcase_create("numbers"), *others = tcase_create("others");

    tcase_add_test(numbers, every_unit_has_its_factor);
    tcase_add_test(numbers, decimals_are_exact);
    tcase_add_test(numbers, what_is_finer_than_the_base_unit_is_an_error);
    tcase_add_test(numbers, blanks_around_and_before_the_unit_do_not_matter);
    tcase_add_test(numbers, overflow_is_detected);
    tcase_add_test(numbers, a_missing_unit_is_said_with_an_example);
    tcase_add_test(numbers, the_example_is_the_default);
    tcase_add_test(numbers, a_wrong_unit_is_said_with_the_right_one);
    tcase_add_test(numbers, what_is_no_number_is_said);
    tcase_add_test(numbers, both_ends_of_a_range_are_allowed_and_no_more);
    tcase_add_test(numbers, ranges_are_written_as_values_are);
    tcase_add_test(numbers, numbers_are_printed_in_the_unit_that_people_would_choose);
    tcase_add_test(numbers, what_is_printed_is_read_back);
    tcase_add_test(others, flags_have_several_words);
    tcase_add_test(others, choices_are_words_of_a_list);
    tcase_add_test(others, mac_addresses_have_six_bytes);
    tcase_add_test(others, bytes_are_pairs_of_digits);
    tcase_add_test(others, texts_have_a_length);
    suite_add_tcase(suite, numbers);
    suite_add_tcase(suite, others);
    return suite;
}
