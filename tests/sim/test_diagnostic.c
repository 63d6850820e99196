/* What is wrong with the input is collected, in order, and shown at once. */
#include "sim/diagnostic.h"
#include "tests/suite.h"

#include <stdlib.h>
#include <string.h>

static struct diagnostics diagnostics;

static void set_up(void)
{
    diagnostics_init(&diagnostics);
}

static void tear_down(void)
{
    diagnostics_clear(&diagnostics);
}

static void text_is(unsigned i, bool is_error, const char *text)
{
    ck_assert_uint_lt(i, diagnostics.count);
    ck_assert_str_eq(diagnostics.list[i].text, text);
    ck_assert_int_eq(diagnostics.list[i].is_error, is_error);
}

START_TEST(diagnostics_keep_the_order_of_their_finding)
{
    diagnostic_error(&diagnostics, "cards.ini", 17, "unknown key '%s'", "sped");
    diagnostic_warning(&diagnostics, "cards.ini", 3, "port %s is not wired", "eth1");
    diagnostic_error(&diagnostics, "cards.ini", 2, "a second [sim]");
    ck_assert_uint_eq(diagnostics.count, 3);
    ck_assert_uint_eq(diagnostics.errors, 2);
    text_is(0, true, "cards.ini:17: unknown key 'sped'");
    text_is(1, false, "cards.ini:3: port eth1 is not wired");
    text_is(2, true, "cards.ini:2: a second [sim]");
}
END_TEST

START_TEST(a_place_is_named_as_far_as_it_is_known)
{
    diagnostic_error(&diagnostics, "cards.ini", 0, "is empty");
    diagnostic_error(&diagnostics, NULL, 0, "no scenario");
    diagnostic_error(&diagnostics, NULL, 7, "no scenario");
    text_is(0, true, "cards.ini: is empty");
    text_is(1, true, "no scenario");
    text_is(2, true, "no scenario");
}
END_TEST

START_TEST(percent_signs_of_the_input_are_text)
{
    diagnostic_error(&diagnostics, "100%s.ini", 1, "unknown key '%s'", "%n%d");
    text_is(0, true, "100%s.ini:1: unknown key '%n%d'");
}
END_TEST

START_TEST(a_thousand_diagnostics_are_kept)
{
    for (unsigned i = 0; i < 1000; i++)
        (i % 3 ? diagnostic_error : diagnostic_warning)(&diagnostics, "f", i + 1, "number %u", i);
    ck_assert_uint_eq(diagnostics.count, 1000);
    ck_assert_uint_eq(diagnostics.errors, 666);
    text_is(0, false, "f:1: number 0");
    text_is(999, false, "f:1000: number 999");
    text_is(998, true, "f:999: number 998");
}
END_TEST

START_TEST(a_cleared_collection_is_empty_and_can_be_used_again)
{
    diagnostic_error(&diagnostics, "f", 1, "one");
    diagnostics_clear(&diagnostics);
    ck_assert_uint_eq(diagnostics.count, 0);
    ck_assert_uint_eq(diagnostics.errors, 0);
    diagnostic_warning(&diagnostics, "f", 2, "two");
    text_is(0, false, "f:2: two");
    ck_assert_uint_eq(diagnostics.errors, 0);
}
END_TEST

START_TEST(all_are_printed_and_errors_counted)
{
    char *printed = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&printed, &bytes);

    diagnostic_error(&diagnostics, "f", 1, "one");
    diagnostic_warning(&diagnostics, "f", 2, "two");
    diagnostic_error(&diagnostics, NULL, 0, "three");
    ck_assert_uint_eq(diagnostics_print(&diagnostics, stream), 2);
    fclose(stream);
    ck_assert_str_eq(printed, "polynic: f:1: one\npolynic: warning: f:2: two\npolynic: three\n");
    free(printed);
}
END_TEST

static const char *const keys[] = {"speed", "rx_fifo", "tx_fifo", "latency", "base", NULL};

START_TEST(the_nearest_word_is_suggested)
{
    ck_assert_str_eq(diagnostic_nearest("speed", keys), "speed");
    ck_assert_str_eq(diagnostic_nearest("sped", keys), "speed");
    ck_assert_str_eq(diagnostic_nearest("psede", keys), "speed");
    ck_assert_str_eq(diagnostic_nearest("latnecy", keys), "latency"); /* a swap counts once */
    ck_assert_str_eq(diagnostic_nearest("tx_fif", keys), "tx_fifo");
    ck_assert_str_eq(diagnostic_nearest("bases", keys), "base");
}
END_TEST

START_TEST(of_equally_near_words_the_first_is_suggested)
{
    static const char *const words[] = {"rx_fifo", "tx_fifo", NULL};

    ck_assert_str_eq(diagnostic_nearest("x_fifo", words), "rx_fifo");
}
END_TEST

START_TEST(a_word_that_is_near_none_gets_no_suggestion)
{
    static const char *const none[] = {NULL};

    ck_assert_ptr_null(diagnostic_nearest("checksum", keys));
    ck_assert_ptr_null(diagnostic_nearest("speed", none));
    ck_assert_ptr_null(diagnostic_nearest("zz", keys));
}
END_TEST

START_TEST(words_of_any_length_are_compared_without_harm)
{
    static const unsigned lengths[] = {0, 1, 62, 63, 64, 65, 190, 5000};
    static char word[5001];
    const char *const candidates[] = {word, NULL};

    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        memset(word, 'x', sizeof word);
        word[lengths[i]] = '\0';
        ck_assert_ptr_null(diagnostic_nearest(word, keys));
        if (lengths[i] > 8)
            ck_assert_ptr_null(diagnostic_nearest("speed", candidates));
    }
    memset(word, 'x', 63);
    word[63] = '\0';
    ck_assert_ptr_eq(diagnostic_nearest(word, candidates), word);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("diagnostic");
    TCase *collection = tcase_create("collection"), *nearest = tcase_create("nearest");

    tcase_add_checked_fixture(collection, set_up, tear_down);
    tcase_add_test(collection, diagnostics_keep_the_order_of_their_finding);
    tcase_add_test(collection, a_place_is_named_as_far_as_it_is_known);
    tcase_add_test(collection, percent_signs_of_the_input_are_text);
    tcase_add_test(collection, a_thousand_diagnostics_are_kept);
    tcase_add_test(collection, a_cleared_collection_is_empty_and_can_be_used_again);
    tcase_add_test(collection, all_are_printed_and_errors_counted);
    suite_add_tcase(all, collection);
    tcase_add_test(nearest, the_nearest_word_is_suggested);
    tcase_add_test(nearest, of_equally_near_words_the_first_is_suggested);
    tcase_add_test(nearest, a_word_that_is_near_none_gets_no_suggestion);
    tcase_add_test(nearest, words_of_any_length_are_compared_without_harm);
    suite_add_tcase(all, nearest);
    return all;
}
