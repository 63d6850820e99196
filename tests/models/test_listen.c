/* Where applications listen, as text. */
#include "models/listen.h"

#include "tests/suite.h"

#include <check.h>
#include <glib.h>
#include <string.h>

static struct listens listens;
static char *wrong;

static void ck_wrong(const char *text, const char *piece)
{
    ck_assert(!listen_parse(text, &listens, &wrong));
    ck_assert_str_eq(wrong, piece);
    g_free(wrong);
}

START_TEST(everything_is_a_star)
{
    ck_assert(listen_parse(" * ", &listens, &wrong));
    ck_assert_uint_eq(listens.count, 1);
    ck_assert_uint_eq(listens.list[0].ip_version, 0);
    ck_assert_uint_eq(listens.list[0].port, 0);
}
END_TEST

START_TEST(addresses_and_ports_are_read_in_every_form)
{
    ck_assert(listen_parse("10.0.0.2, 10.0.0.3:80 *:443\t2001:db8::1 [2001:db8::2]:8080 [::1]", &listens, &wrong));
    ck_assert_uint_eq(listens.count, 6);
    ck_assert_uint_eq(listens.list[0].ip_version, 4);
    ck_assert_uint_eq(listens.list[0].address[3], 2);
    ck_assert_uint_eq(listens.list[0].port, 0);
    ck_assert_uint_eq(listens.list[1].port, 80);
    ck_assert_uint_eq(listens.list[2].ip_version, 0);
    ck_assert_uint_eq(listens.list[2].port, 443);
    ck_assert_uint_eq(listens.list[3].ip_version, 6);
    ck_assert_uint_eq(listens.list[3].port, 0);
    ck_assert_uint_eq(listens.list[4].port, 8080);
    ck_assert_uint_eq(listens.list[4].address[15], 2);
    ck_assert_uint_eq(listens.list[5].port, 0);
}
END_TEST

START_TEST(what_is_no_place_is_named)
{
    ck_wrong("10.0.0.256", "10.0.0.256");
    ck_wrong("10.0.0.2 10.0.0.3:0", "10.0.0.3:0");
    ck_wrong("10.0.0.3:65536", "10.0.0.3:65536");
    ck_wrong("10.0.0.3:", "10.0.0.3:");
    ck_wrong("[10.0.0.3]:80", "[10.0.0.3]:80");
    ck_wrong("[::1", "[::1");
    ck_wrong("[::1]80", "[::1]80");
    ck_wrong("host:80", "host:80");
    ck_wrong("", "");
}
END_TEST

START_TEST(more_than_fit_are_refused)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 1; i <= LISTEN_MAX; i++)
        g_string_append_printf(text, "*:%u ", i);
    ck_assert(listen_parse(text->str, &listens, &wrong));
    g_string_append(text, "*:9999");
    ck_wrong(text->str, "*:9999");
    g_string_free(text, TRUE);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("listen");
    TCase *c = tcase_create("listen");

    tcase_add_test(c, everything_is_a_star);
    tcase_add_test(c, addresses_and_ports_are_read_in_every_form);
    tcase_add_test(c, what_is_no_place_is_named);
    tcase_add_test(c, more_than_fit_are_refused);
    suite_add_tcase(s, c);
    return s;
}
