/* test_card_side.c - which side is the card's, given and found. */
#include "tests/suite.h"

#include "tests/traces/build_frame.h"
#include "traces/card_side.h"

#include <glib.h>
#include <stdio.h>

static struct diagnostics diagnostics;
static struct card_side *side;
static struct built frame;
static struct packet packet;

static void set_up(void)
{
    diagnostics_init(&diagnostics);
    side = NULL;
}

static void tear_down(void)
{
    card_side_free(side);
    diagnostics_clear(&diagnostics);
}

static void segment(const char *from, unsigned from_port, const char *to, unsigned to_port,
                    uint8_t flags)
{
    build_segment(&frame, from, from_port, to, to_port, flags);
    build_parse(&packet, &frame);
}

static void datagram(const char *from, unsigned from_port, const char *to, unsigned to_port)
{
    segment(from, from_port, to, to_port, 0);
    frame.data[23] = IPPROTO_UDP;
    packet_put16(frame.data + 38, 20);
    build_parse(&packet, &frame);
}

static void arp(uint8_t to_mac, uint8_t from, uint8_t to, uint8_t operation)
{
    build_ethernet(&frame, to_mac, from, 0x0806);
    build_bytes(&frame, (const uint8_t[]){0, 1, 8, 0, 6, 4, 0, operation}, 8);
    build_bytes(&frame, (const uint8_t[]){2, 0, 0, 0, 0, from, 10, 0, 0, from}, 10);
    build_bytes(&frame, (const uint8_t[]){0, 0, 0, 0, 0, 0, 10, 0, 0, to}, 10);
    build_parse(&packet, &frame);
}

static enum direction direction(void)
{
    return card_side_direction(side, &packet);
}

static void expect_spec(const char *spec)
{
    char *found = card_side_spec(side);
    ck_assert_str_eq(found, spec);
    g_free(found);
}

START_TEST(every_bad_word_of_a_spec_is_reported)
{
    static const struct {
        const char *spec;
        unsigned errors;
        const char *words;
    } specs[] = {
        {"10.0.0", 1, "card: '10.0.0' is not an address"},
        {"", 1, "names no address"},
        {" , ", 1, "names no address"},
        {"10.0.0.2/33", 1, "0 to 32"},
        {"fd00::1/129", 1, "0 to 128"},
        {"10.0.0.2/", 1, "0 to 32"},
        {"10.0.0.2/-1", 1, "0 to 32"},
        {"10.0.0.2/ 8", 2, "0 to 32"},
        {"10.0.0.2/8x", 1, "0 to 32"},
        {"10.0.0.2/99999999999999999999", 1, "0 to 32"},
        {"auto 10.0.0.2", 1, "'auto' stands alone"},
        {"fd00::g, 1.2.3.4.5 10.0.0.1", 2, "'fd00::g' is not an address"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(specs); i++) {
        ck_assert_ptr_null(card_side_new(specs[i].spec, &diagnostics));
        ck_assert_msg(diagnostics.errors == specs[i].errors, "'%s': %u errors", specs[i].spec,
                      diagnostics.errors);
        ck_assert_msg(strstr(diagnostics.list[0].text, specs[i].words) != NULL, "%s",
                      diagnostics.list[0].text);
        diagnostics_clear(&diagnostics);
        diagnostics_init(&diagnostics);
    }
}
END_TEST

START_TEST(a_prefix_holds_its_first_and_last_address)
{
    side = card_side_new("10.0.0.64/27,fd00:1::/64 192.168.7.1", &diagnostics);
    ck_assert_ptr_nonnull(side);
    ck_assert(!card_side_is_auto(side));
    ck_assert(card_side_decide(side));
    static const struct {
        const char *to;
        enum direction direction;
    } addresses[] = {{"10.0.0.63", NEITHER}, {"10.0.0.64", TO_CARD},   {"10.0.0.95", TO_CARD},
                     {"10.0.0.96", NEITHER}, {"192.168.7.1", TO_CARD}, {"192.168.7.2", NEITHER}};
    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        segment("172.16.0.1", 1, addresses[i].to, 2, PACKET_ACK);
        ck_assert_int_eq(direction(), addresses[i].direction);
    }
    segment("10.0.0.64", 1, "172.16.0.1", 2, PACKET_ACK);
    ck_assert_int_eq(direction(), FROM_CARD);
    segment("10.0.0.64", 1, "10.0.0.65", 2, PACKET_ACK); /* between two of the card's */
    ck_assert_int_eq(direction(), NEITHER);
    build_ethernet(&frame, 2, 1, 0x86dd);
    build_ipv6(&frame, "fd00:2::1", "fd00:1::ffff:ffff:ffff:ffff", IPPROTO_NONE, 0);
    build_parse(&packet, &frame);
    ck_assert_int_eq(direction(), TO_CARD);
    expect_spec("10.0.0.64/27 fd00:1::/64 192.168.7.1");
}
END_TEST

START_TEST(a_prefix_of_0_bits_holds_its_family)
{
    side = card_side_new("0.0.0.0/0", &diagnostics);
    segment("1.2.3.4", 1, "200.3.4.5", 2, PACKET_ACK);
    ck_assert_int_eq(direction(), NEITHER); /* both are the card's */
    build_ethernet(&frame, 2, 1, 0x86dd);
    build_ipv6(&frame, "::1", "::2", IPPROTO_NONE, 0);
    build_parse(&packet, &frame);
    ck_assert_int_eq(direction(), NEITHER);
}
END_TEST

START_TEST(broadcasts_of_others_enter_and_those_of_the_card_do_not)
{
    side = card_side_new("10.0.0.2", &diagnostics);
    datagram("10.0.0.1", 5, "255.255.255.255", 6);
    ck_assert_int_eq(direction(), TO_CARD);
    datagram("10.0.0.2", 5, "255.255.255.255", 6);
    ck_assert_int_eq(direction(), FROM_CARD);
    datagram("10.0.0.1", 5, "224.0.0.251", 6);
    ck_assert_int_eq(direction(), TO_CARD);
    datagram("0.0.0.0", 68, "255.255.255.255", 67);
    ck_assert_int_eq(direction(), TO_CARD);
    datagram("10.0.0.1", 5, "10.0.0.255", 6);
    memset(frame.data, 0xff, 6); /* directed to the subnet: the MAC address tells */
    ck_assert_int_eq(direction(), TO_CARD);
    datagram("10.0.0.1", 5, "10.0.0.3", 6);
    ck_assert_int_eq(direction(), NEITHER);
}
END_TEST

START_TEST(arp_goes_by_sender_and_target)
{
    side = card_side_new("10.0.0.2", &diagnostics);
    arp(0xff, 1, 2, 1);
    ck_assert_int_eq(direction(), TO_CARD);
    arp(1, 2, 1, 2);
    ck_assert_int_eq(direction(), FROM_CARD);
    arp(0xff, 2, 2, 1); /* the card announces itself */
    ck_assert_int_eq(direction(), FROM_CARD);
    arp(0xff, 1, 3, 1); /* a broadcast, which reaches all */
    ck_assert_int_eq(direction(), TO_CARD);
    arp(3, 1, 3, 2);
    ck_assert_int_eq(direction(), NEITHER);
}
END_TEST

START_TEST(frames_without_addresses_go_by_mac)
{
    side = card_side_new("10.0.0.2", &diagnostics);
    segment("10.0.0.1", 1, "10.0.0.2", 80, PACKET_ACK);
    card_side_learn(side, &packet);
    card_side_decide(side);
    build_ethernet(&frame, 2, 1, 0x8847);
    build_parse(&packet, &frame);
    ck_assert_int_eq(direction(), TO_CARD);
    build_ethernet(&frame, 1, 2, 0x8847);
    build_parse(&packet, &frame);
    ck_assert_int_eq(direction(), FROM_CARD);
    build_ethernet(&frame, 3, 1, 0x8847);
    build_parse(&packet, &frame);
    ck_assert_int_eq(direction(), NEITHER);
    build_ethernet(&frame, 0xff, 1, 0x88cc);
    build_parse(&packet, &frame);
    ck_assert_int_eq(direction(), TO_CARD);
    build_ethernet(&frame, 0xff, 2, 0x88cc);
    build_parse(&packet, &frame);
    ck_assert_int_eq(direction(), FROM_CARD);
    for (uint32_t bytes = 0; bytes < 14; bytes++) {
        packet_parse(&packet, frame.data, bytes, 60);
        ck_assert_int_eq(direction(), bytes < 12 ? NEITHER : FROM_CARD);
    }
}
END_TEST

START_TEST(the_server_of_handshakes_is_found)
{
    side = card_side_new("auto", &diagnostics);
    ck_assert(card_side_is_auto(side));
    for (unsigned i = 0; i < 20; i++) { /* ports that mislead on purpose */
        segment("10.0.0.1", 80, "10.0.0.2", 40000 + i, PACKET_SYN);
        card_side_learn(side, &packet);
        segment("10.0.0.2", 40000 + i, "10.0.0.1", 80, PACKET_SYN | PACKET_ACK);
        card_side_learn(side, &packet);
    }
    datagram("10.0.0.2", 5000, "10.0.0.53", 53); /* its own look-up */
    card_side_learn(side, &packet);
    ck_assert(card_side_decide(side));
    expect_spec("10.0.0.2");
    ck_assert_int_eq(direction(), FROM_CARD);
    datagram("10.0.0.53", 53, "10.0.0.2", 5000);
    ck_assert_int_eq(direction(), TO_CARD);
    char *text = card_side_describe(side);
    ck_assert_str_eq(text, "10.0.0.2: serves 20 of 20 TCP connections that open, 0 of 1 UDP "
                           "conversations in the first 41 frames");
    g_free(text);
}
END_TEST

START_TEST(a_capture_at_a_client_gives_all_its_servers)
{
    side = card_side_new("auto", &diagnostics);
    for (unsigned i = 0; i < 5; i++) {
        char address[20];
        snprintf(address, sizeof address, "192.0.2.%u", 10 + i);
        segment("10.0.0.1", 40000 + i, address, 443, PACKET_SYN);
        card_side_learn(side, &packet);
    }
    segment("10.9.9.9", 50000, "10.0.0.1", 22, PACKET_SYN); /* somebody comes in: left out */
    card_side_learn(side, &packet);
    ck_assert(card_side_decide(side));
    expect_spec("192.0.2.10 192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14");
    ck_assert_int_eq(direction(), NEITHER);
    char *text = card_side_describe(side);
    ck_assert_str_eq(text, "192.0.2.10, 192.0.2.11, 192.0.2.12 and 2 more: they serve 5 of 6 TCP "
                           "connections that open in the first 6 frames");
    g_free(text);
}
END_TEST

START_TEST(servers_seen_later_join_the_side)
{
    side = card_side_new("auto", &diagnostics);
    segment("10.0.0.1", 40000, "192.0.2.10", 443, PACKET_SYN);
    card_side_learn(side, &packet);
    card_side_decide(side);
    segment("10.0.0.1", 40001, "192.0.2.11", 8443, PACKET_SYN);
    ck_assert_int_eq(direction(), TO_CARD);
    segment("192.0.2.11", 8443, "10.0.0.1", 40001, PACKET_SYN | PACKET_ACK);
    ck_assert_int_eq(direction(), FROM_CARD);
    datagram("10.0.0.1", 40001, "192.0.2.53", 53);
    ck_assert_int_eq(direction(), TO_CARD);
    segment("192.0.2.99", 40001, "10.0.0.1", 22, PACKET_SYN); /* the client is none */
    ck_assert_int_eq(direction(), NEITHER);
    segment("192.0.2.98", 40001, "10.0.0.1", 40002, PACKET_ACK); /* nobody can tell */
    ck_assert_int_eq(direction(), NEITHER);
    expect_spec("192.0.2.10 192.0.2.11 192.0.2.53");
}
END_TEST

START_TEST(a_given_side_does_not_grow)
{
    side = card_side_new("192.0.2.10", &diagnostics);
    segment("10.0.0.1", 40001, "192.0.2.11", 443, PACKET_SYN);
    card_side_learn(side, &packet);
    card_side_decide(side);
    ck_assert_int_eq(direction(), NEITHER);
    expect_spec("192.0.2.10");
}
END_TEST

START_TEST(without_handshakes_ports_and_peers_tell)
{
    static const struct {
        unsigned first, second; /* ports; the first sends first */
        bool second_serves;
    } ports[] = {{40000, 443, true},   {443, 40000, false}, {700, 2049, false},
                 {50000, 40000, true}, {123, 123, true},    {53, 511, true}};
    for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
        side = card_side_new("auto", &diagnostics);
        segment("10.0.0.1", ports[i].first, "10.0.0.2", ports[i].second, PACKET_ACK);
        card_side_learn(side, &packet);
        ck_assert(card_side_decide(side));
        if (ports[i].first == 53)
            expect_spec("10.0.0.1"); /* the lower of two service ports */
        else
            expect_spec(ports[i].second_serves ? "10.0.0.2" : "10.0.0.1");
        card_side_free(side);
    }
    /* One endpoint with many peers serves, though its port is the higher. */
    side = card_side_new("auto", &diagnostics);
    for (unsigned i = 0; i < 4; i++) {
        segment("10.0.0.1", 20000 + i, "10.0.0.2", 50000, PACKET_ACK);
        card_side_learn(side, &packet);
    }
    card_side_decide(side);
    expect_spec("10.0.0.2");
}
END_TEST

START_TEST(nobody_serves_in_a_loopback_capture)
{
    side = card_side_new("auto", &diagnostics);
    segment("127.0.0.1", 40000, "127.0.0.1", 445, PACKET_SYN);
    card_side_learn(side, &packet);
    ck_assert(!card_side_decide(side));
    ck_assert_int_eq(direction(), NEITHER);
    char *text = card_side_describe(side);
    ck_assert_ptr_nonnull(strstr(text, "loopback"));
    g_free(text);
}
END_TEST

START_TEST(learning_ends_after_so_many_frames)
{
    side = card_side_new("auto", &diagnostics);
    segment("10.0.0.1", 40000, "10.0.0.2", 80, PACKET_SYN);
    for (unsigned i = 1; i < CARD_SIDE_LEARN_FRAMES; i++)
        ck_assert(card_side_learn(side, &packet));
    ck_assert(!card_side_learn(side, &packet));
    segment("10.0.0.1", 40000, "10.0.0.3", 80, PACKET_SYN);
    ck_assert(!card_side_learn(side, &packet));
    card_side_decide(side);
    expect_spec("10.0.0.2");
}
END_TEST

Suite *suite(void)
{
    Suite *sides = suite_create("card_side");
    TCase *given = tcase_create("given");
    tcase_add_checked_fixture(given, set_up, tear_down);
    tcase_add_test(given, every_bad_word_of_a_spec_is_reported);
    tcase_add_test(given, a_prefix_holds_its_first_and_last_address);
    tcase_add_test(given, a_prefix_of_0_bits_holds_its_family);
    tcase_add_test(given, broadcasts_of_others_enter_and_those_of_the_card_do_not);
    tcase_add_test(given, arp_goes_by_sender_and_target);
    tcase_add_test(given, frames_without_addresses_go_by_mac);
    tcase_add_test(given, a_given_side_does_not_grow);
    suite_add_tcase(sides, given);

    TCase *found = tcase_create("found");
    tcase_add_checked_fixture(found, set_up, tear_down);
    tcase_add_test(found, the_server_of_handshakes_is_found);
    tcase_add_test(found, a_capture_at_a_client_gives_all_its_servers);
    tcase_add_test(found, servers_seen_later_join_the_side);
    tcase_add_test(found, without_handshakes_ports_and_peers_tell);
    tcase_add_test(found, nobody_serves_in_a_loopback_capture);
    tcase_add_test(found, learning_ends_after_so_many_frames);
    suite_add_tcase(sides, found);
    return sides;
}
