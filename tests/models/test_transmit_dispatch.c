/* Which processor gets a request of the host, and when. Card bus 1 GHz; a request taken by the
 * bridge at t is offered 100 ns later. */
#include "models/transmit_dispatch.h"
#include "tests/models/host_side.h"
#include "tests/suite.h"

static struct transmit_dispatch *dispatch;
static struct part *part;
static struct access access_at[64];
static unsigned asked;

static void set_up(void)
{
    side_build();
    part = part_build(&side.sim, &transmit_dispatch_kind, "tx");
    part_wire_to(part, "bus", &side.card_bus->part);
    part_wire_to(part, "bridge", (struct part *)side.bridge);
    dispatch = (struct transmit_dispatch *)part;
    asked = 0;
}

static void wire(unsigned processors)
{
    side_wire();
    for (unsigned i = 0; i < processors; i++)
        ck_assert(bridge_add_ring(side.bridge, i));
}

static void request_of(const struct hw_message *message)
{
    side_ask(&side.host_master, &access_at[asked++], BUS_WRITE,
             bridge_doorbell_address(side.bridge), message, sizeof *message);
}

static void request(enum hw_message_type type, uint32_t session)
{
    request_of(&(struct hw_message){.type = (uint8_t)type, .session = session});
}

static void run(uint64_t to_ps)
{
    sim_run(&side.sim, to_ps);
}

START_TEST(a_session_goes_to_its_owner)
{
    const enum hw_message_type types[] = {HW_SEND, HW_CLOSE, HW_ABORT, HW_CREDIT};

    wire(3);
    for (unsigned i = 0; i < 4; i++)
        request(types[i], HW_SESSION(2, i));
    run(10000 * NS);
    ck_assert_uint_eq(side.write_count, 4);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_uint_eq(side.writes[i].processor, 2);
        ck_assert_uint_eq(side.writes[i].offset, PROCESSOR_MAILBOX_REQUEST);
        ck_assert_uint_eq(side.writes[i].message.type, types[i]);
        ck_assert_uint_eq(side.writes[i].message.session, HW_SESSION(2, i));
    }
}
END_TEST

START_TEST(a_request_leaves_after_its_latency)
{
    part_set(part, "latency", "10");
    wire(1);
    request(HW_CLOSE, 0);
    run(10000 * NS);
    /* Written at 6 ns, offered at 106, asked at 116, granted at 117, five cycles. */
    ck_assert_uint_eq(side.writes[0].at_ps, 122 * NS);
}
END_TEST

START_TEST(requests_are_taken_an_interval_apart)
{
    part_set(part, "interval", "50");
    part_set(part, "latency", "0");
    wire(1);
    for (uint32_t i = 0; i < 3; i++)
        request(HW_CLOSE, i);
    run(10000 * NS);
    ck_assert_uint_eq(side.write_count, 3);
    ck_assert_uint_eq(side.writes[1].at_ps - side.writes[0].at_ps, 50 * NS);
    ck_assert_uint_eq(side.writes[2].at_ps - side.writes[1].at_ps, 50 * NS);
}
END_TEST

START_TEST(a_listen_goes_to_every_processor_once)
{
    wire(4);
    request_of(&(struct hw_message){.type = HW_LISTEN, .argument = 6});
    run(10000 * NS);
    ck_assert_uint_eq(side.write_count, 4);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_uint_eq(side.writes[i].processor, i);
        ck_assert_uint_eq(side.writes[i].message.argument, 6);
    }
}
END_TEST

START_TEST(an_owner_that_is_not_there_is_dropped_and_counted)
{
    wire(2);
    request(HW_SEND, HW_SESSION(2, 1));
    request(HW_SEND, HW_SESSION(255, 1));
    request(HW_SEND, HW_SESSION(1, 1));
    run(10000 * NS);
    ck_assert_uint_eq(side.write_count, 1);
    ck_assert_uint_eq(side.writes[0].processor, 1);
    ck_assert_uint_eq(part_statistic(part, "no_processor"), 2);
}
END_TEST

START_TEST(a_type_that_is_no_request_is_dropped_and_counted)
{
    wire(1);
    request(HW_DATA, 0);
    request(0, 0);
    request(255, 0);
    run(10000 * NS);
    ck_assert_uint_eq(side.write_count, 0);
    ck_assert_uint_eq(part_statistic(part, "unknown_type"), 3);
}
END_TEST

static struct hw_tuple seen;
static uint8_t seen_protocol;

static unsigned owner_is(void *owner, const struct hw_tuple *tuple, uint8_t protocol)
{
    seen = *tuple;
    seen_protocol = protocol;
    return *(unsigned *)owner;
}

START_TEST(a_connect_goes_where_its_answers_will_come)
{
    unsigned owner = 3;
    struct hw_message message = {.type = HW_CONNECT,
                                 .tuple = {.remote = {10, 0, 0, 1},
                                           .local = {10, 0, 0, 2},
                                           .remote_port = 80,
                                           .local_port = 1234,
                                           .ip_version = 4}};

    wire(4);
    transmit_dispatch_set_owner(dispatch, &owner, owner_is);
    request_of(&message);
    run(1000 * NS);
    ck_assert_uint_eq(side.writes[0].processor, 3);
    ck_assert_uint_eq(seen.local_port, 1234);
    ck_assert_uint_eq(seen.remote_port, 80);
    ck_assert_uint_eq(seen_protocol, 6);
}
END_TEST

START_TEST(a_hashed_connect_without_a_port_gets_the_next_ephemeral_one)
{
    unsigned owner = 1;

    part_set((struct part *)dispatch, "opens", "hash");
    wire(2);
    transmit_dispatch_set_owner(dispatch, &owner, owner_is);
    request(HW_CONNECT, 0);
    request(HW_CONNECT, 0);
    run(1000 * NS);
    ck_assert_uint_eq(side.writes[0].message.tuple.local_port, 49152);
    ck_assert_uint_eq(side.writes[1].message.tuple.local_port, 49153);
    ck_assert_uint_eq(seen.local_port, 49153); /* the owner is that of the port chosen */
}
END_TEST

/* Four ports in a row lead to the same processor. */
static unsigned owner_by_port(void *owner, const struct hw_tuple *tuple, uint8_t protocol)
{
    (void)owner;
    (void)protocol;
    return tuple->local_port / 4 % 4;
}

/* Latency 4, interval 1, three cycles a port. Ports from 49152 on: 49152 .. 49155
 * lead to processor 0, 49156 .. 49159 to 1, and so on.
 *
 *     turn of  0   port 49152            1 tried
 *              1        49156 (53 .. 56) 4
 *              2        49160 (57 .. 60) 4
 *              3        49164            4
 *              0        49168            4
 */
START_TEST(connects_go_to_the_processors_in_turn_by_ports_that_come_back_to_them)
{
    const uint16_t ports[] = {49152, 49156, 49160, 49164, 49168};

    part_set((struct part *)dispatch, "port_cycles", "3");
    wire(4);
    transmit_dispatch_set_owner(dispatch, NULL, owner_by_port);
    for (unsigned i = 0; i < 5; i++)
        request(HW_CONNECT, 0);
    run(1000 * NS);
    ck_assert_uint_eq(side.write_count, 5);
    for (unsigned i = 0; i < 5; i++) {
        ck_assert_uint_eq(side.writes[i].processor, i % 4);
        ck_assert_uint_eq(side.writes[i].message.tuple.local_port, ports[i]);
    }
    /* Taken interval + 3 * ports apart once they wait, written latency + 3 * ports after that. */
    for (unsigned i = 2; i < 5; i++)
        ck_assert_uint_eq(side.writes[i].at_ps - side.writes[i - 1].at_ps, (1 + 3 * 4) * NS);
}
END_TEST

START_TEST(without_a_port_for_its_turn_another_processor_opens_the_session)
{
    unsigned owner = 1;

    part_set((struct part *)dispatch, "port_cycles", "0");
    wire(2);
    transmit_dispatch_set_owner(dispatch, &owner, owner_is);
    request(HW_CONNECT, 0);
    run(1000 * NS);
    ck_assert_uint_eq(side.writes[0].processor, 1);
    ck_assert_uint_ge(side.writes[0].message.tuple.local_port, 49152);
}
END_TEST

/* The dispatch reads the header over the host's bus, so that nothing of the request but the address is believed. */
START_TEST(a_packet_goes_by_the_hash_of_its_headers)
{
    static const uint8_t packet[64] = {0x45, 0, 0, 60, 0, 1, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 9, 8, 7, 0x1f, 0x90, 0, 53};
    struct hw_message message = {.type = HW_SEND_PACKET, .argument = 60, .host_low = 0x80001000u, .session = UINT32_MAX};
    unsigned owner = 2;

    wire(3);
    transmit_dispatch_set_owner(dispatch, &owner, owner_is);
    memcpy(memory_at(side.host_memory, 0x80001000u, sizeof packet), packet, sizeof packet);
    request_of(&message);
    request(HW_CLOSE, HW_SESSION(1, 0)); /* what comes behind it stays behind it */
    run(2000 * NS);
    ck_assert_uint_eq(side.write_count, 2);
    ck_assert_uint_eq(side.writes[0].processor, 2);
    ck_assert_uint_eq(side.writes[0].message.type, HW_SEND_PACKET);
    ck_assert_uint_eq(side.writes[1].processor, 1);
    ck_assert_uint_eq(seen_protocol, 17);
    ck_assert_uint_eq(seen.ip_version, 4);
    ck_assert_mem_eq(seen.local, packet + 12, 4);
    ck_assert_mem_eq(seen.remote, packet + 16, 4);
    ck_assert_uint_eq(seen.local_port, 8080);
    ck_assert_uint_eq(seen.remote_port, 53);
    ck_assert_mem_eq(&side.writes[0].message.tuple.remote, packet + 16, 4);
}
END_TEST

START_TEST(what_is_no_packet_is_counted_and_its_memory_comes_back)
{
    struct hw_message message = {.type = HW_SEND_PACKET, .argument = 60, .host_low = 0x80001000u};
    unsigned owner = 2;

    wire(3);
    transmit_dispatch_set_owner(dispatch, &owner, owner_is);
    request_of(&message); /* 64 bytes of 0 */
    run(2000 * NS);
    ck_assert_uint_eq(side.write_count, 1); /* a processor tells the host that it is done with it */
    ck_assert_uint_eq(part_statistic((struct part *)dispatch, "bad_packets"), 1);
}
END_TEST

START_TEST(a_datagram_goes_by_the_owner_of_udp)
{
    unsigned owner = 1;

    wire(2);
    transmit_dispatch_set_owner(dispatch, &owner, owner_is);
    request(HW_SEND_DATAGRAM, UINT32_MAX);
    run(1000 * NS);
    ck_assert_uint_eq(side.writes[0].processor, 1);
    ck_assert_uint_eq(seen_protocol, 17);
}
END_TEST

START_TEST(a_full_mailbox_is_tried_again_and_holds_up_the_others)
{
    part_set(part, "retry", "64");
    part_set(part, "queue", "2");
    wire(2);
    side.mailbox_full[0] = true;
    for (uint32_t i = 0; i < 6; i++)
        request(HW_CLOSE, HW_SESSION(i == 0 ? 0 : 1, i));
    run(2000 * NS);
    ck_assert_uint_eq(side.write_count, 0);
    ck_assert_uint_gt(side.refused, 20); /* every 64 + 6 ns */
    ck_assert_uint_lt(side.refused, 30);
    ck_assert_uint_eq(transmit_dispatch_waiting(part), 2);
    ck_assert_uint_eq(bridge_requests_waiting(side.bridge), 4);
    side.mailbox_full[0] = false;
    run(4000 * NS);
    ck_assert_uint_eq(side.write_count, 6); /* nothing was lost, the order is kept */
    for (uint32_t i = 0; i < 6; i++)
        ck_assert_uint_eq(side.writes[i].message.session & 0xff, i);
    ck_assert_uint_eq(part_statistic(part, "retries"), side.refused);
}
END_TEST

START_TEST(consumed_counts_pass_a_request_that_waits)
{
    uint32_t count = 5;

    wire(2);
    side.mailbox_full[0] = true;
    request(HW_CLOSE, 0);
    side_ask(&side.host_master, &access_at[asked++], BUS_WRITE,
             bridge_consumed_address(side.bridge, 0), &count, sizeof count);
    run(1000 * NS);
    ck_assert_uint_eq(side.write_count, 1);
    ck_assert_uint_eq(side.writes[0].offset, PROCESSOR_MAILBOX_CONSUMED);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("transmit_dispatch");
    TCase *c = tcase_create("transmit_dispatch");

    tcase_add_checked_fixture(c, set_up, side_free);
    tcase_add_test(c, a_session_goes_to_its_owner);
    tcase_add_test(c, a_request_leaves_after_its_latency);
    tcase_add_test(c, requests_are_taken_an_interval_apart);
    tcase_add_test(c, a_listen_goes_to_every_processor_once);
    tcase_add_test(c, an_owner_that_is_not_there_is_dropped_and_counted);
    tcase_add_test(c, a_type_that_is_no_request_is_dropped_and_counted);
    tcase_add_test(c, a_connect_goes_where_its_answers_will_come);
    tcase_add_test(c, a_hashed_connect_without_a_port_gets_the_next_ephemeral_one);
    tcase_add_test(c, connects_go_to_the_processors_in_turn_by_ports_that_come_back_to_them);
    tcase_add_test(c, without_a_port_for_its_turn_another_processor_opens_the_session);
    tcase_add_test(c, a_packet_goes_by_the_hash_of_its_headers);
    tcase_add_test(c, what_is_no_packet_is_counted_and_its_memory_comes_back);
    tcase_add_test(c, a_datagram_goes_by_the_owner_of_udp);
    tcase_add_test(c, a_full_mailbox_is_tried_again_and_holds_up_the_others);
    tcase_add_test(c, consumed_counts_pass_a_request_that_waits);
    suite_add_tcase(s, c);
    return s;
}
