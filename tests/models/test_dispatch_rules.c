/* Rules ahead of the hash: what a line of text says, and which frames it is about. */
#include "models/dispatch_rules.h"
#include "models/processor.h"
#include "tests/suite.h"
#include "traces/packet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static struct sim sim;
static struct part *parts[12];
static struct part_list processors;
static struct dispatch_rule rule;
static char *wrong;
static uint8_t frame[64];

/* pp0 .. pp9, slow0, slow1 */
static void set_up(void)
{
    sim_init(&sim);
    for (unsigned i = 0; i < 12; i++) {
        char *name = g_strdup_printf(i < 10 ? "pp%u" : "slow%u", i % 10);

        parts[i] = sim_add_part(&sim, &processor_kind, name);
        g_free(name);
    }
    processors = (struct part_list){parts, 12};
    memset(&rule, 0, sizeof rule);
    memset(frame, 0, sizeof frame);
    frame[0] = 2;
    wrong = NULL;
}

static void tear_down(void)
{
    dispatch_rule_free(&rule);
    g_free(wrong);
    sim_free(&sim);
}

static bool parse(const char *text)
{
    return dispatch_rule_parse(&rule, text, &processors, &wrong);
}

static void expect_places(unsigned count, const uint16_t *places)
{
    ck_assert_ptr_null(wrong);
    ck_assert_int_eq(rule.target, TARGET_PROCESSORS);
    ck_assert_uint_eq(rule.count, count);
    for (unsigned i = 0; i < count; i++)
        ck_assert_uint_eq(rule.places[i], places[i]);
}

#define EXPECT_PLACES(...)                                                                                             \
    expect_places(sizeof((uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t), (const uint16_t[]){__VA_ARGS__})

static void ipv4(uint32_t at, uint8_t protocol, const char *source, const char *destination)
{
    packet_put16(frame + at - 2, 0x0800);
    frame[at] = 0x45;
    packet_put16(frame + at + 2, 40);
    frame[at + 8] = 64;
    frame[at + 9] = protocol;
    inet_pton(AF_INET, source, frame + at + 12);
    inet_pton(AF_INET, destination, frame + at + 16);
}

static void ports(uint32_t at, uint16_t source, uint16_t destination)
{
    packet_put16(frame + at, source);
    packet_put16(frame + at + 2, destination);
}

static bool matches(void)
{
    return filter_matches(rule.filter, frame, sizeof frame, sizeof frame);
}

/* --- Targets ------------------------------------------------------------------------------------- */

START_TEST(a_processor_is_named)
{
    ck_assert(parse("tcp port 80 -> pp3"));
    EXPECT_PLACES(3);
}
END_TEST

START_TEST(several_processors_are_named_in_the_order_of_the_rule)
{
    ck_assert(parse("tcp port 80 -> slow1,pp0 pp4"));
    EXPECT_PLACES(11, 0, 4);
}
END_TEST

START_TEST(a_pattern_names_all_that_match_in_the_order_of_the_dispatch)
{
    ck_assert(parse("udp -> pp*"));
    EXPECT_PLACES(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
}
END_TEST

START_TEST(a_question_mark_stands_for_one_character)
{
    ck_assert(parse("udp -> slow?"));
    EXPECT_PLACES(10, 11);
}
END_TEST

START_TEST(all_processors_may_be_named_several_times)
{
    ck_assert(parse("udp -> * * pp1"));
    EXPECT_PLACES(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1);
}
END_TEST

START_TEST(drop_discards)
{
    ck_assert(parse("udp -> drop"));
    ck_assert_int_eq(rule.target, TARGET_DROP);
    ck_assert_uint_eq(rule.count, 0);
}
END_TEST

START_TEST(default_is_as_without_rules)
{
    ck_assert(parse("net 10.0.0.0/8 -> default"));
    ck_assert_int_eq(rule.target, TARGET_DEFAULT);
}
END_TEST

START_TEST(a_context_has_a_number)
{
    ck_assert(parse("vlan 7 -> context 1"));
    ck_assert_int_eq(rule.target, TARGET_CONTEXT);
    ck_assert_uint_eq(rule.context, 1);
}
END_TEST

START_TEST(the_last_context_is_64)
{
    ck_assert(parse("vlan 7 -> context 64"));
    ck_assert_uint_eq(rule.context, 64);
}
END_TEST

START_TEST(blanks_around_the_arrow_do_not_matter)
{
    ck_assert(parse("udp->drop"));
    ck_assert_int_eq(rule.target, TARGET_DROP);
    dispatch_rule_free(&rule);
    ck_assert(parse("  udp \t ->  pp1 , pp2  "));
    EXPECT_PLACES(1, 2);
}
END_TEST

/* --- Errors -------------------------------------------------------------------------------------- */

static const struct {
    const char *text, *why;
} errors[] = {
    {"tcp port 80", "expected FILTER -> TARGET, as in 'tcp port 80 -> pp0,pp1' or 'udp -> drop'"},
    {"", "expected FILTER -> TARGET, as in 'tcp port 80 -> pp0,pp1' or 'udp -> drop'"},
    {"udp - > drop", "expected FILTER -> TARGET, as in 'tcp port 80 -> pp0,pp1' or 'udp -> drop'"},
    {"-> drop", "no filter before '->'"},
    {"  -> pp0", "no filter before '->'"},
    {"->", "no filter before '->'"},
    {"udp ->", "nothing behind '->': expected processors, drop, default or context N"},
    {"udp -> , ,", "nothing behind '->': expected processors, drop, default or context N"},
    {"udp -> pp10", "'pp10' is no processor of this dispatch, nor drop, default or context N"},
    {"udp -> pp1,fast*", "'fast*' is no processor of this dispatch, nor drop, default or context N"},
    {"udp -> pp?0", "'pp?0' is no processor of this dispatch, nor drop, default or context N"},
    {"udp -> PP1", "'PP1' is no processor of this dispatch, nor drop, default or context N"},
    {"udp -> pp1 drop", "'drop' is no processor of this dispatch, nor drop, default or context N"},
    {"udp -> context", "'context' is no processor of this dispatch, nor drop, default or context N"},
    {"udp -> context one", "'context one': expected context N, N up to 64"},
    {"udp -> context 1 2", "'context 1 2': expected context N, N up to 64"},
    {"udp -> context 65", "'context 65': expected context N, N up to 64"},
    {"udp -> context -1", "'context -1': expected context N, N up to 64"},
    {"udp -> context 4294967297", "'context 4294967297': expected context N, N up to 64"},
    {"udp -> context -4294967295", "'context -4294967295': expected context N, N up to 64"},
};

START_TEST(an_error_says_what_is_wrong)
{
    ck_assert_msg(!parse(errors[_i].text), "%s", errors[_i].text);
    ck_assert_str_eq(wrong, errors[_i].why);
}
END_TEST

static const char *const bad_filters[] = {"tcp prot 80", "port 70000", "host", "tcp and (udp", "ether host 1:2"};

START_TEST(a_bad_filter_gives_the_text_of_libpcap)
{
    char *text = g_strconcat(bad_filters[_i], " -> drop", NULL), *expected = NULL;

    ck_assert_ptr_null(filter_new(bad_filters[_i], &expected));
    ck_assert(!parse(text));
    ck_assert_ptr_null(rule.filter);
    ck_assert_str_eq(wrong, expected);
    ck_assert_uint_gt(strlen(wrong), 5);
    g_free(expected);
    g_free(text);
}
END_TEST

START_TEST(a_bad_filter_is_told_before_a_bad_target)
{
    ck_assert(!parse("tcp prot 80 -> nobody"));
    ck_assert_ptr_null(strstr(wrong, "nobody"));
}
END_TEST

/* --- Frames -------------------------------------------------------------------------------------- */

START_TEST(a_filter_by_port_matches_both_directions_of_tcp_alone)
{
    ck_assert(parse("tcp port 80 -> drop"));
    ipv4(14, IPPROTO_TCP, "10.0.0.2", "10.0.0.1");
    ports(34, 20000, 80);
    ck_assert(matches());
    ports(34, 80, 20000);
    ck_assert(matches());
    ports(34, 20000, 81);
    ck_assert(!matches());
    ports(34, 20000, 80);
    frame[23] = IPPROTO_UDP;
    ck_assert(!matches());
}
END_TEST

START_TEST(a_filter_by_port_does_not_match_a_later_fragment)
{
    ck_assert(parse("udp port 53 -> drop"));
    ipv4(14, IPPROTO_UDP, "10.0.0.2", "10.0.0.1");
    ports(34, 20000, 53);
    packet_put16(frame + 20, 0x2000); /* the first */
    ck_assert(matches());
    packet_put16(frame + 20, 185);
    ck_assert(!matches());
}
END_TEST

START_TEST(a_filter_by_network_matches_source_and_destination)
{
    ck_assert(parse("net 10.0.0.0/8 -> default"));
    ipv4(14, IPPROTO_TCP, "10.255.0.2", "192.0.2.1");
    ck_assert(matches());
    ipv4(14, IPPROTO_TCP, "192.0.2.1", "10.0.0.2");
    ck_assert(matches());
    ipv4(14, IPPROTO_TCP, "192.0.2.1", "11.0.0.2");
    ck_assert(!matches());
}
END_TEST

START_TEST(a_filter_by_vlan_matches_its_tag_alone)
{
    ck_assert(parse("vlan 7 -> context 1"));
    ipv4(18, IPPROTO_TCP, "10.0.0.2", "10.0.0.1");
    packet_put16(frame + 12, 0x8100);
    packet_put16(frame + 14, 7);
    ck_assert(matches());
    packet_put16(frame + 14, 0xe007); /* with a priority */
    ck_assert(matches());
    packet_put16(frame + 14, 8);
    ck_assert(!matches());
    memset(frame + 12, 0, sizeof frame - 12);
    ipv4(14, IPPROTO_TCP, "10.0.0.2", "10.0.0.1");
    ck_assert(!matches());
}
END_TEST

START_TEST(a_filter_may_look_at_flags_with_signs_that_an_arrow_has)
{
    ck_assert(parse("tcp[13] & 2 != 0 and tcp[14:2] - 1 > 99 -> pp1"));
    EXPECT_PLACES(1);
    ipv4(14, IPPROTO_TCP, "10.0.0.2", "10.0.0.1");
    frame[47] = PACKET_SYN;
    packet_put16(frame + 48, 101);
    ck_assert(matches());
    packet_put16(frame + 48, 100);
    ck_assert(!matches());
}
END_TEST

START_TEST(a_filter_for_ipv6_matches_no_ipv4)
{
    ck_assert(parse("ip6 -> pp1"));
    ipv4(14, IPPROTO_TCP, "10.0.0.2", "10.0.0.1");
    ck_assert(!matches());
    packet_put16(frame + 12, 0x86dd);
    ck_assert(matches());
}
END_TEST

START_TEST(a_filter_for_arp_matches_arp)
{
    ck_assert(parse("arp -> pp0"));
    packet_put16(frame + 12, 0x0806);
    ck_assert(matches());
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("dispatch_rules");
    TCase *targets = tcase_create("targets"), *mistakes = tcase_create("errors"), *frames = tcase_create("frames");

    tcase_add_checked_fixture(targets, set_up, tear_down);
    tcase_add_test(targets, a_processor_is_named);
    tcase_add_test(targets, several_processors_are_named_in_the_order_of_the_rule);
    tcase_add_test(targets, a_pattern_names_all_that_match_in_the_order_of_the_dispatch);
    tcase_add_test(targets, a_question_mark_stands_for_one_character);
    tcase_add_test(targets, all_processors_may_be_named_several_times);
    tcase_add_test(targets, drop_discards);
    tcase_add_test(targets, default_is_as_without_rules);
    tcase_add_test(targets, a_context_has_a_number);
    tcase_add_test(targets, the_last_context_is_64);
    tcase_add_test(targets, blanks_around_the_arrow_do_not_matter);
    suite_add_tcase(s, targets);

    tcase_add_checked_fixture(mistakes, set_up, tear_down);
    tcase_add_loop_test(mistakes, an_error_says_what_is_wrong, 0, (int)(sizeof errors / sizeof *errors));
    tcase_add_loop_test(mistakes, a_bad_filter_gives_the_text_of_libpcap, 0,
                        (int)(sizeof bad_filters / sizeof *bad_filters));
    tcase_add_test(mistakes, a_bad_filter_is_told_before_a_bad_target);
    suite_add_tcase(s, mistakes);

    tcase_add_checked_fixture(frames, set_up, tear_down);
    tcase_add_test(frames, a_filter_by_port_matches_both_directions_of_tcp_alone);
    tcase_add_test(frames, a_filter_by_port_does_not_match_a_later_fragment);
    tcase_add_test(frames, a_filter_by_network_matches_source_and_destination);
    tcase_add_test(frames, a_filter_by_vlan_matches_its_tag_alone);
    tcase_add_test(frames, a_filter_may_look_at_flags_with_signs_that_an_arrow_has);
    tcase_add_test(frames, a_filter_for_ipv6_matches_no_ipv4);
    tcase_add_test(frames, a_filter_for_arp_matches_arp);
    suite_add_tcase(s, frames);
    return s;
}
