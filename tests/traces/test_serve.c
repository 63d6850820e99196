/* traces/serve.h: remote servers that answer what a card opens, frame by frame and at their times. */
#include "tests/suite.h"
#include "tests/traces/build_frame.h"
#include "traces/replay.h"

#include <glib.h>
#include <string.h>

enum { RTT_PS = 20000000, REQUEST = 100, RESPONSE = 5000, CARD_ISN = 7000 };

static struct replay *replay;
static struct diagnostics diagnostics;
static struct serve_config config;
static uint64_t now_ps;
static struct replay_frame frame;
static struct packet packet;
static uint32_t server_isn;
static const struct replay_tuple tuple = {.remote = {{10, 2, 0, 1}}, .local = {{10, 0, 0, 2}}, .remote_port = SERVE_PORT,
                                          .local_port = 50000};

static void set_up(void)
{
    struct replay_config all = {.capture = "servers", .serve = &config, .card_mac = {2, 0, 0, 0, 0, 9}};

    config = (struct serve_config){.number = 2, .servers = 3, .connections = 1, .requests = 1, .request_bytes = REQUEST,
                                   .response_bytes = RESPONSE, .round_trip_ps = RTT_PS, .mtu_bytes = 1500};
    diagnostics_init(&diagnostics);
    replay = replay_open(&all, &diagnostics);
    ck_assert_ptr_nonnull(replay);
    now_ps = 1000;
}

static void tear_down(void)
{
    replay_close(replay);
    diagnostics_clear(&diagnostics);
}

/* The card sends a segment with that many bytes of its stream. */
static void card_sends(uint8_t flags, uint32_t sequence, uint32_t acknowledgement, uint32_t bytes, bool is_right)
{
    struct built built;
    struct packet parsed;

    build_ethernet(&built, 9, 8, PACKET_ETHER_IPV4);
    build_ipv4(&built, "10.0.0.2", "10.2.0.1", IPPROTO_TCP, 20 + bytes);
    build_16(&built, 50000);
    build_16(&built, SERVE_PORT);
    build_32(&built, sequence);
    build_32(&built, acknowledgement);
    build_16(&built, 0x5000 | flags);
    build_16(&built, 0xffff);
    build_32(&built, 0);
    serve_pattern(&tuple, true, sequence - CARD_ISN - 1, built.data + built.bytes, bytes);
    if (!is_right)
        built.data[built.bytes] ^= 1;
    built.bytes += bytes;
    packet_parse(&parsed, built.data, built.bytes, built.bytes);
    packet_fix_checksums(&parsed, built.data);
    replay_card_sent(replay, now_ps, built.data, built.bytes);
}

/* The next frame comes at that time and not before; it is a right one. */
static void ck_frame(uint64_t at_ps, uint8_t flags, uint32_t sequence, uint32_t acknowledgement, uint32_t bytes)
{
    ck_assert_uint_eq(replay_next_ps(replay), at_ps);
    ck_assert(at_ps == now_ps || !replay_take(replay, at_ps - 1, &frame));
    ck_assert(replay_take(replay, at_ps, &frame));
    now_ps = at_ps;
    packet_parse(&packet, frame.data, frame.bytes, frame.bytes);
    ck_assert(!packet.malformed && packet_checksums_good(&packet));
    ck_assert_uint_eq(packet.tcp_flags, flags);
    if (flags & PACKET_SYN)
        server_isn = packet.sequence;
    else
        ck_assert_uint_eq(packet.sequence - server_isn, sequence);
    ck_assert_uint_eq(packet.acknowledgement - CARD_ISN, acknowledgement);
    ck_assert_uint_eq(packet.payload_bytes, bytes);
}

static void open_connection(void)
{
    card_sends(PACKET_SYN, CARD_ISN, 0, 0, true);
    ck_frame(1000 + RTT_PS, PACKET_SYN | PACKET_ACK, 0, 1, 0);
    card_sends(PACKET_ACK, CARD_ISN + 1, server_isn + 1, 0, true);
    ck_assert_uint_eq(replay_counts(replay)->connections_opened, 1);
}

START_TEST(a_connection_is_served_from_its_syn_to_its_end)
{
    uint64_t from_ps;

    open_connection();
    from_ps = now_ps;
    card_sends(PACKET_ACK | PACKET_PSH, CARD_ISN + 1, server_isn + 1, REQUEST, true);
    /* A SYN without options says nothing of the MSS: 536 (RFC 9293). 5000 = 9 * 536 + 176, within the first ten. */
    for (unsigned i = 0; i < 9; i++)
        ck_frame(from_ps + RTT_PS, PACKET_ACK, 1 + 536 * i, 1 + REQUEST, 536);
    ck_frame(from_ps + RTT_PS, PACKET_ACK | PACKET_PSH, 1 + 9 * 536, 1 + REQUEST, 176);
    ck_assert_uint_eq(replay_counts(replay)->payload_bytes, RESPONSE);

    uint8_t expected[RESPONSE];
    uint64_t number = replay_connection(replay, &tuple);

    serve_pattern(&tuple, false, 0, expected, RESPONSE);
    replay_delivered(replay, number, 0, expected, RESPONSE);
    ck_assert_uint_eq(replay_counts(replay)->payload_delivered_bytes, RESPONSE);
    ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, 0);

    from_ps = now_ps;
    card_sends(PACKET_ACK | PACKET_FIN, CARD_ISN + 1 + REQUEST, server_isn + 1 + RESPONSE, 0, true);
    ck_frame(from_ps + RTT_PS, PACKET_ACK | PACKET_FIN, 1 + RESPONSE, 2 + REQUEST, 0);
    ck_assert(!replay_exhausted(replay));
    card_sends(PACKET_ACK, CARD_ISN + 2 + REQUEST, server_isn + 2 + RESPONSE, 0, true);
    ck_assert_uint_eq(replay_counts(replay)->connections_finished, 1);
    ck_assert_uint_eq(replay_connections_open(replay), 0);
    ck_assert(replay_exhausted(replay));
    ck_assert_uint_eq(replay_next_ps(replay), REPLAY_NEVER);
}
END_TEST

START_TEST(what_is_not_acknowledged_is_sent_again_after_the_timeout)
{
    open_connection();
    uint64_t from_ps = now_ps;

    card_sends(PACKET_ACK | PACKET_PSH, CARD_ISN + 1, server_isn + 1, REQUEST, true);
    for (unsigned i = 0; i < 10; i++)
        ck_assert(replay_take(replay, from_ps + RTT_PS, &frame));
    now_ps = from_ps + RTT_PS;
    card_sends(PACKET_ACK, CARD_ISN + 1 + REQUEST, server_isn + 1 + 536, 0, true); /* the second was lost */
    uint64_t progress_ps = now_ps, timer_ps = 1000 + SERVE_RTO_PS;

    /* The timer that began with the SYN-ACK finds progress, and looks again later. */
    ck_assert_uint_eq(replay_next_ps(replay), timer_ps);
    ck_assert(!replay_take(replay, timer_ps, &frame));
    ck_assert_uint_eq(replay_next_ps(replay), timer_ps + SERVE_RTO_PS);
    ck_assert_uint_ge(timer_ps + SERVE_RTO_PS, progress_ps + SERVE_RTO_PS);
    ck_assert(!replay_take(replay, timer_ps + SERVE_RTO_PS, &frame));
    ck_frame(timer_ps + SERVE_RTO_PS + RTT_PS, PACKET_ACK, 1 + 536, 1 + REQUEST, 536);
    ck_assert_int_eq(frame.kind, REPLAY_REPAIR);
    ck_assert_uint_eq(replay_counts(replay)->payload_bytes, RESPONSE);
}
END_TEST

START_TEST(what_comes_out_of_order_is_asked_for_again)
{
    open_connection();
    uint64_t from_ps = now_ps;

    card_sends(PACKET_ACK | PACKET_PSH, CARD_ISN + 1 + 50, server_isn + 1, 50, true);
    ck_frame(from_ps + RTT_PS, PACKET_ACK, 1, 1, 0);
    ck_assert_uint_eq(replay_counts(replay)->server_bytes_sent, 0);
}
END_TEST

START_TEST(wrong_bytes_are_counted_in_both_directions)
{
    uint8_t wrong[10] = {0};

    open_connection();
    card_sends(PACKET_ACK | PACKET_PSH, CARD_ISN + 1, server_isn + 1, REQUEST, false);
    ck_assert_uint_eq(replay_counts(replay)->server_mismatched_bytes, 1);
    replay_delivered(replay, replay_connection(replay, &tuple), RESPONSE - 5, wrong, sizeof wrong);
    ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, sizeof wrong); /* five of them nobody sent */
}
END_TEST

START_TEST(segments_of_no_connection_are_reset)
{
    uint64_t from_ps = now_ps;

    card_sends(PACKET_ACK, CARD_ISN + 1, 4711, 0, true);
    ck_assert(replay_take(replay, from_ps + RTT_PS, &frame));
    packet_parse(&packet, frame.data, frame.bytes, frame.bytes);
    ck_assert_uint_eq(packet.tcp_flags, PACKET_RST);
    ck_assert_uint_eq(packet.sequence, 4711);
    ck_assert(!replay_exhausted(replay));
}
END_TEST

START_TEST(a_connection_that_the_card_resets_is_over)
{
    open_connection();
    card_sends(PACKET_RST | PACKET_ACK, CARD_ISN + 1, server_isn + 1, 0, true);
    ck_assert_uint_eq(replay_counts(replay)->connections_reset, 1);
    ck_assert(replay_exhausted(replay));
}
END_TEST

START_TEST(a_refused_connection_is_one_less)
{
    replay_refused(replay);
    ck_assert_uint_eq(replay_counts(replay)->connections_refused, 1);
    ck_assert(replay_exhausted(replay));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("traces/serve");
    TCase *c = tcase_create("serve");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, a_connection_is_served_from_its_syn_to_its_end);
    tcase_add_test(c, what_is_not_acknowledged_is_sent_again_after_the_timeout);
    tcase_add_test(c, what_comes_out_of_order_is_asked_for_again);
    tcase_add_test(c, wrong_bytes_are_counted_in_both_directions);
    tcase_add_test(c, segments_of_no_connection_are_reset);
    tcase_add_test(c, a_connection_that_the_card_resets_is_over);
    tcase_add_test(c, a_refused_connection_is_one_less);
    suite_add_tcase(s, c);
    return s;
}
