/* One address, N stacks: which processor gets which frame. */
#include "models/dispatch.h"
#include "models/processor.h"
#include "tests/suite.h"
#include "traces/packet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static struct sim sim;
static struct dispatch *dispatch;
static uint8_t frame[200];
static uint32_t frame_bytes;
static struct part *processors[128];

static const uint8_t suite_key[40] = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

/* 128 entries that name 128 processors: the choice is the hash modulo 128. */
static void set_up(void)
{
    sim_init(&sim);
    dispatch = (struct dispatch *)sim_add_part(&sim, &dispatch_kind, "rx");
    dispatch->table_entries = 128;
    dispatch->default_number = 7;
    dispatch->processor_list = (struct part_list){processors, 128};
    dispatch->tables[0].entries = 128;
    for (unsigned i = 0; i < 128; i++) {
        processors[i] = sim_add_part(&sim, &processor_kind, "pp");
        ((struct processor *)processors[i])->number = i;
        dispatch->tables[0].place[i] = (uint16_t)i;
    }
    owners_init(&dispatch->owners, 0, true);
    hash_fields_init(&dispatch->fields);
    hash_init(&dispatch->hash, HASH_TOEPLITZ, suite_key, sizeof suite_key);
}

static void tear_down(void)
{
    owners_free(&dispatch->owners);
    sim_free(&sim);
}

static void ethernet(uint16_t type, bool multicast)
{
    memset(frame, 0, sizeof frame);
    frame[0] = multicast ? 0x01 : 0x02;
    packet_put16(frame + 12, type);
    frame_bytes = 60;
}

/* Writes an IPv4 header at `at`; its payload begins 20 bytes on. */
static void ipv4(uint32_t at, const char *source, const char *destination, uint8_t protocol,
                 uint16_t fragment, uint16_t payload_bytes)
{
    frame[at] = 0x45;
    packet_put16(frame + at + 2, (uint16_t)(20 + payload_bytes));
    packet_put16(frame + at + 6, fragment);
    frame[at + 8] = 64;
    frame[at + 9] = protocol;
    inet_pton(AF_INET, source, frame + at + 12);
    inet_pton(AF_INET, destination, frame + at + 16);
}

static void tcp(uint32_t at, uint16_t source_port, uint16_t destination_port)
{
    packet_put16(frame + at, source_port);
    packet_put16(frame + at + 2, destination_port);
    frame[at + 12] = 0x50;
}

static int choose(uint32_t *hash)
{
    struct packet packet;

    packet_parse(&packet, frame, frame_bytes, frame_bytes);
    struct dispatch_choice choice = dispatch_choose(dispatch, &packet);

    *hash = choice.hash;
    return choice.processor;
}

START_TEST(a_segment_goes_by_the_hash_of_addresses_and_ports)
{
    uint32_t hash;

    ethernet(0x0800, false);
    ipv4(14, "66.9.149.187", "161.142.100.80", IPPROTO_TCP, 0, 20);
    tcp(34, 2794, 1766);
    ck_assert_int_eq(choose(&hash), 0x51ccc178 % 128);
    ck_assert_uint_eq(hash, 0x51ccc178);
}
END_TEST

START_TEST(a_vlan_tag_changes_nothing)
{
    uint32_t hash;

    ethernet(0x8100, false);
    packet_put16(frame + 14, 5);
    packet_put16(frame + 16, 0x0800);
    ipv4(18, "66.9.149.187", "161.142.100.80", IPPROTO_TCP, 0, 20);
    tcp(38, 2794, 1766);
    choose(&hash);
    ck_assert_uint_eq(hash, 0x51ccc178);
}
END_TEST

START_TEST(fragments_go_by_addresses_the_first_as_well)
{
    uint32_t hash;

    ethernet(0x0800, false);
    ipv4(14, "66.9.149.187", "161.142.100.80", IPPROTO_UDP, 0x2000, 20);
    packet_put16(frame + 34, 2794);
    packet_put16(frame + 36, 1766);
    choose(&hash);
    ck_assert_uint_eq(hash, 0x323e8fc2);
    packet_put16(frame + 20, 185); /* the last fragment */
    choose(&hash);
    ck_assert_uint_eq(hash, 0x323e8fc2);
}
END_TEST

START_TEST(with_fragments_first_the_first_one_goes_by_its_ports)
{
    uint32_t hash;

    dispatch->fields.first_has_ports = true;
    ethernet(0x0800, false);
    ipv4(14, "66.9.149.187", "161.142.100.80", IPPROTO_UDP, 0x2000, 26);
    packet_put16(frame + 34, 2794);
    packet_put16(frame + 36, 1766);
    packet_put16(frame + 38, 26);
    choose(&hash);
    ck_assert_uint_eq(hash, 0x51ccc178);
    packet_put16(frame + 20, 0x2000 | 100);
    choose(&hash);
    ck_assert_uint_eq(hash, 0x323e8fc2);
}
END_TEST

/* The card sent 161.142.100.80:1766 -> 66.9.149.187:2794; a router far away complains. */
START_TEST(an_icmp_error_follows_the_session_whose_header_it_quotes)
{
    uint32_t hash;

    ethernet(0x0800, false);
    ipv4(14, "192.0.2.1", "161.142.100.80", IPPROTO_ICMP, 0, 36);
    frame[34] = 3;
    frame[35] = 1;
    ipv4(42, "161.142.100.80", "66.9.149.187", IPPROTO_TCP, 0, 1000);
    packet_put16(frame + 62, 1766);
    packet_put16(frame + 64, 2794);
    frame_bytes = 70; /* the quote ends after eight bytes of TCP */
    choose(&hash);
    ck_assert_uint_eq(hash, 0x51ccc178);
    ck_assert_uint_eq(dispatch->stats.hashed_quoted, 1);
}
END_TEST

START_TEST(an_echo_request_goes_by_addresses)
{
    uint32_t hash;

    ethernet(0x0800, false);
    ipv4(14, "66.9.149.187", "161.142.100.80", IPPROTO_ICMP, 0, 16);
    frame[34] = 8;
    choose(&hash);
    ck_assert_uint_eq(hash, 0x323e8fc2);
}
END_TEST

START_TEST(arp_and_multicast_are_copied_to_every_processor)
{
    uint32_t hash;

    ethernet(0x0806, false);
    ck_assert_int_eq(choose(&hash), DISPATCH_EVERY);
    ethernet(0x0800, true);
    ipv4(14, "10.0.0.1", "224.0.0.1", IPPROTO_UDP, 0, 20);
    ck_assert_int_eq(choose(&hash), DISPATCH_EVERY);
    ck_assert_uint_eq(dispatch->stats.copied, 2);
}
END_TEST

START_TEST(what_is_no_ip_goes_to_the_default_processor)
{
    uint32_t hash;

    ethernet(0x88cc, false);
    ck_assert_int_eq(choose(&hash), 7);
    ethernet(0x0800, false); /* says IPv4, holds zeros */
    ck_assert_int_eq(choose(&hash), 7);
    frame_bytes = 14;
    ck_assert_int_eq(choose(&hash), 7);
    ck_assert_uint_eq(dispatch->stats.unhashed, 3);
}
END_TEST

START_TEST(both_dispatches_agree_about_the_owner_of_a_session)
{
    struct hw_tuple tuple = {.remote_port = 2794, .local_port = 1766, .ip_version = 4};
    uint32_t hash;

    inet_pton(AF_INET, "66.9.149.187", tuple.remote);
    inet_pton(AF_INET, "161.142.100.80", tuple.local);
    ethernet(0x0800, false);
    ipv4(14, "66.9.149.187", "161.142.100.80", IPPROTO_TCP, 0, 20);
    tcp(34, 2794, 1766);
    ck_assert_int_eq((int)dispatch_owner(&dispatch->part, &tuple, IPPROTO_TCP), choose(&hash));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("dispatch");
    TCase *tcase = tcase_create("choice");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_segment_goes_by_the_hash_of_addresses_and_ports);
    tcase_add_test(tcase, a_vlan_tag_changes_nothing);
    tcase_add_test(tcase, fragments_go_by_addresses_the_first_as_well);
    tcase_add_test(tcase, with_fragments_first_the_first_one_goes_by_its_ports);
    tcase_add_test(tcase, an_icmp_error_follows_the_session_whose_header_it_quotes);
    tcase_add_test(tcase, an_echo_request_goes_by_addresses);
    tcase_add_test(tcase, arp_and_multicast_are_copied_to_every_processor);
    tcase_add_test(tcase, what_is_no_ip_goes_to_the_default_processor);
    tcase_add_test(tcase, both_dispatches_agree_about_the_owner_of_a_session);
    suite_add_tcase(s, tcase);
    return s;
}
