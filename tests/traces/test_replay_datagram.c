/* UDP, fragments, ARP and neighbour discovery: traces/replay_datagram.c, replay_fragment.c,
 * replay_neighbour.c. */
#include "tests/suite.h"
#include "tests/traces/build_frame.h"
#include "tests/traces/replay_bench.h"

#include <string.h>

static struct replay_tuple tuple(uint16_t port)
{
    return (struct replay_tuple){
        .remote = {{10, 0, 0, 1}}, .local = {{10, 0, 0, 2}}, .remote_port = port, .local_port = 53};
}

static void udp(struct trace *trace, uint64_t us, bool from_card, uint16_t port, const char *text)
{
    struct built frame;
    struct packet packet;
    uint32_t bytes = (uint32_t)strlen(text);

    build_ethernet(&frame, from_card ? 1 : 2, from_card ? 2 : 1, 0x0800);
    build_ipv4(&frame, from_card ? "10.0.0.2" : "10.0.0.1", from_card ? "10.0.0.1" : "10.0.0.2",
               IPPROTO_UDP, 8 + bytes);
    build_udp(&frame, from_card ? 53 : port, from_card ? port : 53, bytes);
    build_bytes(&frame, text, bytes);
    build_parse(&packet, &frame);
    packet_fix_checksums(&packet, frame.data);
    trace_frame(trace, us, frame.data, frame.bytes, frame.bytes);
}

static void deliver(struct replay *replay, uint16_t port, const char *text)
{
    struct replay_tuple to = tuple(port);

    replay_delivered_datagram(replay, &to, (const uint8_t *)text, (uint32_t)strlen(text));
}

static void expect_answer(struct replay *replay, uint16_t port, const char *text)
{
    struct replay_tuple to = tuple(port);
    uint8_t data[100];
    uint32_t bytes = replay_datagram_answer(replay, &to, SECOND, data, sizeof data);

    ck_assert_uint_eq(bytes, text ? strlen(text) : 0);
    if (text)
        ck_assert_mem_eq(data, text, bytes);
}

START_TEST(answers_belong_to_the_request_before_them)
{
    struct trace *trace = trace_new();
    struct got got;

    udp(trace, 0, true, 7, "before");
    udp(trace, 1, false, 7, "one");
    udp(trace, 2, true, 7, "1a");
    udp(trace, 3, true, 7, "1b");
    udp(trace, 4, false, 8, "other");
    udp(trace, 5, false, 7, "two");
    udp(trace, 6, true, 7, "2");
    struct replay *replay = trace_replay(trace, NULL);
    for (unsigned i = 0; i < 3; i++)
        take(replay, 0, SECOND, &got);
    ck_assert_uint_eq(replay_counts(replay)->payload_bytes, 11);
    expect_answer(replay, 7, NULL);
    deliver(replay, 7, "one");
    expect_answer(replay, 7, "before");
    expect_answer(replay, 7, "1a");
    expect_answer(replay, 7, "1b");
    expect_answer(replay, 7, NULL);
    deliver(replay, 8, "other");
    expect_answer(replay, 8, NULL);
    deliver(replay, 7, "two");
    expect_answer(replay, 7, "2");
    expect_answer(replay, 7, NULL);
    ck_assert_uint_eq(replay_counts(replay)->payload_delivered_bytes, 11);
    ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, 0);
    replay_close(replay);
}
END_TEST

START_TEST(lost_requests_get_no_answer_and_late_ones_theirs)
{
    struct trace *trace = trace_new();

    udp(trace, 1, false, 7, "one");
    udp(trace, 2, true, 7, "1");
    udp(trace, 3, false, 7, "two");
    udp(trace, 4, true, 7, "2");
    udp(trace, 5, false, 7, "three");
    udp(trace, 6, true, 7, "3");
    struct replay *replay = trace_replay(trace, NULL);
    deliver(replay, 7, "three");
    expect_answer(replay, 7, "3");
    expect_answer(replay, 7, NULL);
    deliver(replay, 7, "one"); /* overtaken */
    expect_answer(replay, 7, "1");
    expect_answer(replay, 7, NULL);
    ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, 0);
    deliver(replay, 7, "none");
    deliver(replay, 9, "none");
    ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, 8);
    replay_close(replay);
}
END_TEST

START_TEST(many_lost_requests_do_not_hide_the_next)
{
    struct trace *trace = trace_new();
    char text[16];

    for (unsigned i = 0; i < 6000; i++) {
        snprintf(text, sizeof text, "number %04u", i);
        udp(trace, i, false, 7, text);
    }
    struct replay *replay = trace_replay(trace, NULL);
    deliver(replay, 7, "number 0000");
    for (unsigned i = 5900; i < 6000; i++) {
        snprintf(text, sizeof text, "number %04u", i);
        deliver(replay, 7, text);
    }
    ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, 0);
    ck_assert_uint_eq(replay_counts(replay)->payload_delivered_bytes, 1111);
    deliver(replay, 7, "number 1899"); /* 4100 later ones had come: given up */
    ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, 11);
    replay_close(replay);
}
END_TEST

/* A datagram of 3000 bytes in fragments, in the order given; 0 leaves one out. */
static struct replay *fragments(const unsigned *order, unsigned count, uint8_t *payload)
{
    struct trace *trace = trace_new();
    uint8_t datagram[3008] = {0};

    packet_put16(datagram, 7);
    packet_put16(datagram + 2, 53);
    packet_put16(datagram + 4, sizeof datagram);
    for (unsigned i = 0; i < 3000; i++)
        payload[i] = datagram[8 + i] = (uint8_t)(i * 7 + i / 256);
    for (unsigned i = 0; i < count; i++) {
        unsigned from = order[i] * 1480, bytes = MIN((unsigned)sizeof datagram - from, 1480u);
        struct built frame;

        build_ethernet(&frame, 2, 1, 0x0800);
        build_ipv4(&frame, "10.0.0.1", "10.0.0.2", IPPROTO_UDP, bytes);
        packet_put16(frame.data + 14 + 6,
                     (uint16_t)(from / 8 | (from + bytes < sizeof datagram ? 0x2000 : 0)));
        build_bytes(&frame, datagram + from, bytes);
        trace_frame(trace, i, frame.data, frame.bytes, frame.bytes);
    }
    return trace_replay(trace, NULL);
}

START_TEST(fragments_are_expected_when_whole)
{
    static const unsigned orders[][4] = {{0, 1, 2, 2}, {2, 1, 0, 0}, {1, 1, 2, 0}};
    uint8_t payload[3000];
    struct replay_tuple to = tuple(7);
    struct got got;

    for (unsigned i = 0; i < 3; i++) {
        struct replay *replay = fragments(orders[i], 4, payload);

        take(replay, 0, SECOND, &got);
        take(replay, 0, SECOND, &got);
        ck_assert_uint_eq(replay_counts(replay)->payload_bytes, 0);
        take(replay, 0, SECOND, &got);
        take(replay, 0, SECOND, &got);
        ck_assert_uint_eq(replay_counts(replay)->payload_bytes, 3000);
        replay_delivered_datagram(replay, &to, payload, 3000);
        ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, 0);
        replay_close(replay);
    }
}
END_TEST

START_TEST(fragments_that_miss_one_are_not_expected)
{
    uint8_t payload[3000];
    struct got got;
    struct replay *replay = fragments((const unsigned[]){0, 2}, 2, payload);

    take(replay, 0, SECOND, &got);
    take(replay, 0, SECOND, &got);
    ck_assert_uint_eq(replay_counts(replay)->payload_bytes, 0);
    replay_close(replay);
}
END_TEST

START_TEST(groups_are_not_expected)
{
    struct trace *trace = trace_new();
    struct built frame;
    struct got got;
    struct replay_tuple to = {
        .remote = {{10, 0, 0, 1}}, .local = {{10, 0, 0, 255}}, .remote_port = 7, .local_port = 53};

    build_ethernet(&frame, 0xff, 1, 0x0800);
    build_ipv4(&frame, "10.0.0.1", "10.0.0.255", IPPROTO_UDP, 9);
    build_udp(&frame, 7, 53, 1);
    build_fill(&frame, 'x', 1);
    trace_frame(trace, 0, frame.data, frame.bytes, frame.bytes);
    struct replay *replay = trace_replay(trace, NULL);
    take(replay, 0, 0, &got);
    ck_assert_uint_eq(got.data[0], 0xff); /* not the card's MAC address */
    ck_assert_uint_eq(replay_counts(replay)->payload_bytes, 0);
    replay_delivered_datagram(replay, &to, (const uint8_t *)"x", 1);
    replay_delivered_datagram(replay, &to, (const uint8_t *)"x", 1); /* two processors */
    ck_assert_uint_eq(replay_counts(replay)->payload_delivered_bytes, 0);
    ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, 0);
    replay_close(replay);
}
END_TEST

START_TEST(arp_is_answered_for_captured_clients)
{
    struct trace *trace = trace_new();
    struct built ask;
    struct got got;

    udp(trace, 0, false, 7, "x");
    struct replay *replay = trace_replay(trace, NULL);
    take(replay, 0, 0, &got);
    for (unsigned i = 1; i <= 3; i += 2) { /* 10.0.0.1 is captured, 10.0.0.3 is not */
        build_ethernet(&ask, 0xff, 2, 0x8100);
        build_16(&ask, 5);
        build_16(&ask, 0x0806);
        build_bytes(&ask, (const uint8_t[]){0, 1, 8, 0, 6, 4, 0, 1}, 8);
        build_bytes(&ask, (const uint8_t[]){2, 0, 0, 0, 0, 2, 10, 0, 0, 2}, 10);
        build_bytes(&ask, (const uint8_t[]){0, 0, 0, 0, 0, 0, 10, 0, 0, (uint8_t)i}, 10);
        replay_card_sent(replay, i * US, ask.data, ask.bytes);
    }
    take(replay, 3 * US, 3 * US, &got);
    ck_assert_int_eq(got.frame.kind, REPLAY_SYNTHESISED);
    ck_assert_uint_eq(got.packet.arp_operation, 2);
    ck_assert_uint_eq(got.packet.vlan, 5);
    ck_assert_mem_eq(got.data, ((uint8_t[]){2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}), 12);
    ck_assert_mem_eq(got.data + 18 + 8, ((uint8_t[]){2, 0, 0, 0, 0, 1, 10, 0, 0, 1}), 10);
    ck_assert_mem_eq(got.data + 18 + 18, ((uint8_t[]){2, 0, 0, 0, 0, 2, 10, 0, 0, 2}), 10);
    take_none(replay, SECOND);
    replay_close(replay);
}
END_TEST

START_TEST(solicitations_are_answered)
{
    struct trace *trace = TRACE({.us = 0, .flags = S, .is_ipv6 = true});
    struct built ask;
    struct packet packet;
    struct got got;
    struct replay_config config = bench_config();

    config.repair = false;
    struct replay *replay = trace_replay(trace, &config);
    take(replay, 0, 0, &got);
    build_ethernet(&ask, 0x33, 2, 0x86dd);
    build_ipv6(&ask, "fd00::2", "ff02::1:ff00:1", IPPROTO_ICMPV6, 24);
    build_bytes(&ask, (const uint8_t[24]){135, [8] = 0xfd, [23] = 1}, 24);
    build_parse(&packet, &ask);
    packet_fix_checksums(&packet, ask.data);
    replay_card_sent(replay, US, ask.data, ask.bytes);
    take(replay, US, US, &got);
    ck_assert_uint_eq(got.data[got.packet.transport_offset], 136);
    ck_assert(packet_checksums_good(&got.packet));
    ck_assert_mem_eq(got.data, ((uint8_t[]){2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}), 12);
    ck_assert_mem_eq(got.data + got.packet.transport_offset + 26, ((uint8_t[]){2, 0, 0, 0, 0, 1}),
                     6);
    ck_assert_uint_eq(got.data[14 + 7], 255); /* hop limit */
    replay_close(replay);
}
END_TEST

START_TEST(other_frames_pass_as_they_are)
{
    struct trace *trace = trace_new();
    struct built lldp;
    struct got got;

    udp(trace, 0, false, 7, "x");
    build_ethernet(&lldp, 0xff, 1, 0x88cc);
    build_fill(&lldp, 9, 50);
    memcpy(lldp.data, (const uint8_t[]){1, 0x80, 0xc2, 0, 0, 14}, 6);
    trace_frame(trace, 1, lldp.data, lldp.bytes, lldp.bytes);
    struct replay *replay = trace_replay(trace, NULL);
    take(replay, 0, 0, &got);
    take(replay, 0, US, &got);
    ck_assert_mem_eq(got.data, lldp.data, lldp.bytes);
    ck_assert_uint_eq(got.frame.bytes, lldp.bytes);
    replay_close(replay);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("replay: datagrams and neighbours");
    TCase *cases = tcase_create("datagrams");

    tcase_add_test(cases, answers_belong_to_the_request_before_them);
    tcase_add_test(cases, lost_requests_get_no_answer_and_late_ones_theirs);
    tcase_add_test(cases, many_lost_requests_do_not_hide_the_next);
    tcase_add_test(cases, fragments_are_expected_when_whole);
    tcase_add_test(cases, fragments_that_miss_one_are_not_expected);
    tcase_add_test(cases, groups_are_not_expected);
    tcase_add_test(cases, arp_is_answered_for_captured_clients);
    tcase_add_test(cases, solicitations_are_answered);
    tcase_add_test(cases, other_frames_pass_as_they_are);
    suite_add_tcase(all, cases);
    return all;
}
