/* test_ip.c - ARP, ICMP, fragments and UDP through the native stack on mock hardware. */
#include "tests/stacks/client.h"
#include "tests/suite.h"

#include <string.h>

static void set_up(void)
{
    mock_defaults();
}

static void start(void)
{
    mock_start();
    expect_message(NULL, HW_READY);
    listen_on(0, 6);
    listen_on(0, 17);
}

static void give(const struct client *client, const uint8_t *frame, uint32_t length, uint8_t flags)
{
    ck_assert(mock_frame(client->ethernet_port, frame, length, flags));
    mock_run();
}

/* --- ARP -------------------------------------------------------------------------------------- */

static uint32_t arp_request(const struct client *client, uint8_t *frame, uint32_t target)
{
    uint32_t at = 12;

    memset(frame, 0xff, 6);
    memcpy(frame + 6, client->mac, 6);
    for (unsigned i = 0; i < client->tags; i++, at += 4)
        put32(frame + at, client->tag[i]);
    put16(frame + at, 0x0806);
    uint8_t *arp = frame + at + 2;

    memcpy(arp, "\0\1\x08\0\6\4\0\1", 8);
    memcpy(arp + 8, client->mac, 6);
    put32(arp + 14, client->address);
    memset(arp + 18, 0, 6);
    put32(arp + 24, target);
    memset(arp + 28, 0, 18);
    return at + 2 + 46;
}

START_TEST(arp_is_answered_with_the_tags_of_the_question)
{
    uint8_t frame[128];

    start();
    for (unsigned tags = 0; tags <= 2; tags++) {
        struct client client = client_new(3 + tags);

        client.tags = tags;
        client.tag[0] = tags == 2 ? 0x88a80005u : 0x81002007u;
        client.tag[1] = 0x81000009u;
        give(&client, frame, arp_request(&client, frame, 0x0a0000fe), 0);
        const struct mock_frame *answer = mock_next_frame();

        ck_assert_ptr_nonnull(answer);
        uint32_t l2 = 14 + 4 * tags;

        ck_assert_mem_eq(answer->bytes, client.mac, 6);
        ck_assert_mem_eq(answer->bytes + 12, frame + 12, l2 - 12);
        ck_assert_uint_eq(answer->bytes[l2 + 7], 2);
        ck_assert_uint_eq(get32(answer->bytes + l2 + 14), 0x0a0000fe);
        ck_assert_mem_eq(answer->bytes + l2 + 8, answer->bytes + 6, 6);
        expect_no_frame();
    }
    mock_expect_idle();
}
END_TEST

START_TEST(who_gets_a_copy_leaves_arp_and_broadcasts_to_another)
{
    struct client client = client_new(3);
    uint8_t frame[128], udp[20] = {0};

    mock.id = 1;
    start();
    give(&client, frame, arp_request(&client, frame, SERVER), HW_RX_COPY);
    client.server = 0xffffffff;
    put16(udp + 2, 53);
    put16(udp + 4, sizeof udp);
    give(&client, frame, frame_ip(&client, frame, 17, udp, sizeof udp), HW_RX_COPY);
    expect_no_frame();
    expect_no_message();
    ck_assert_uint_eq(mock.fates[HW_FATE_CONSUMED], 2);
    mock_expect_idle();
}
END_TEST

START_TEST(a_card_with_an_address_answers_for_that_one_only)
{
    struct client client = client_new(3);
    uint8_t frame[128];

    mock.address4 = 0x0100000a;
    start();
    give(&client, frame, arp_request(&client, frame, 0x0a000002), 0);
    expect_no_frame();
    give(&client, frame, arp_request(&client, frame, SERVER), 0);
    ck_assert_ptr_nonnull(mock_next_frame());
    mock_expect_idle();
}
END_TEST

/* --- ICMP ------------------------------------------------------------------------------------- */

static uint32_t echo(uint8_t *icmp, uint32_t bytes)
{
    fill(icmp, 8 + bytes, 77);
    icmp[0] = 8;
    icmp[1] = icmp[2] = icmp[3] = 0;
    put16(icmp + 2, mock_checksum(icmp, 8 + bytes, 0));
    return 8 + bytes;
}

START_TEST(an_echo_is_answered)
{
    struct client client = client_new(3);
    uint8_t frame[1600], icmp[1480];
    uint32_t sizes[] = {0, 1, 56, 1472};

    mock.features = _i ? 0 : mock.features;
    start();
    for (unsigned i = 0; i < 4; i++) {
        uint32_t length = echo(icmp, sizes[i]);

        give(&client, frame, frame_ip(&client, frame, 1, icmp, length), 0);
        const struct mock_frame *answer = mock_next_frame();

        ck_assert_ptr_nonnull(answer);
        ck_assert_uint_eq(answer->length, 34 + length);
        ck_assert_mem_eq(answer->bytes, client.mac, 6);
        ck_assert_uint_eq(get32(answer->bytes + 26), SERVER);
        ck_assert_uint_eq(get32(answer->bytes + 30), client.address);
        ck_assert_uint_eq(mock_checksum(answer->bytes + 14, 20, 0), 0);
        ck_assert_uint_eq(mock_checksum(answer->bytes + 34, length, 0), 0);
        ck_assert_uint_eq(answer->bytes[34], 0);
        ck_assert_mem_eq(answer->bytes + 38, icmp + 4, length - 4);
    }
    mock_expect_idle();
}
END_TEST

/* --- fragments -------------------------------------------------------------------------------- */

/* Sends an IP packet in fragments of at most piece bytes (a multiple of 8), in the order first,
 * last, ... */
static void give_fragments(const struct client *client, uint8_t protocol, const uint8_t *payload,
                           uint32_t length, uint32_t piece, uint16_t id)
{
    static uint8_t frame[MOCK_FRAME_BYTES];
    uint32_t count = (length + piece - 1) / piece;

    for (uint32_t turn = 0; turn < count; turn++) {
        uint32_t i = turn % 2 ? count - 1 - turn / 2 : turn / 2, at = i * piece;
        uint32_t part = length - at < piece ? length - at : piece;
        uint32_t total = frame_ip(client, frame, protocol, payload + at, part);
        uint8_t *ip = frame + 14 + 4 * client->tags;

        put16(ip + 4, id);
        put16(ip + 6, at / 8 | (at + part < length ? 0x2000 : 0));
        put16(ip + 10, 0);
        put16(ip + 10, mock_checksum(ip, 20, 0));
        give(client, frame, total, 0);
    }
}

static uint32_t pseudo(const struct client *client, uint32_t protocol, uint32_t length)
{
    return (client->address >> 16) + (client->address & 0xffff) + (client->server >> 16) +
           (client->server & 0xffff) + protocol + length;
}

static uint32_t udp_of(const struct client *client, uint8_t *udp, uint32_t bytes)
{
    put16(udp, client->port);
    put16(udp + 2, client->server_port);
    put16(udp + 4, 8 + bytes);
    put16(udp + 6, 0);
    fill(udp + 8, bytes, bytes);
    put16(udp + 6, mock_checksum(udp, 8 + bytes, pseudo(client, 17, 8 + bytes)));
    return 8 + bytes;
}

/* The next messages must be one datagram with these bytes. */
static void expect_datagram(const struct client *client, const uint8_t *bytes, uint32_t length)
{
    uint32_t at = 0;
    bool more;

    do {
        const struct mock_message *m = expect_message(NULL, HW_DATAGRAM);

        ck_assert_uint_eq(get32(m->message.tuple.remote), client->address);
        ck_assert_uint_eq(get32(m->message.tuple.local), client->server);
        ck_assert_uint_eq(m->message.tuple.remote_port, client->port);
        ck_assert_uint_eq(m->message.tuple.local_port, client->server_port);
        ck_assert_uint_le(at + m->message.bytes, length);
        if (m->message.bytes)
            ck_assert_mem_eq(m->payload, bytes + at, m->message.bytes);
        at += m->message.bytes;
        more = m->message.flags & HW_MORE;
        ck_assert(more || at == length);
    } while (more);
}

START_TEST(fragments_in_any_order_make_a_datagram)
{
    struct client client = client_new(3);
    static uint8_t udp[40000];
    uint32_t sizes[] = {1500, 4000, 30000}; /* at most a quarter of the receive buffers */

    mock.features = _i ? 0 : mock.features;
    start();
    for (unsigned i = 0; i < 3; i++) {
        uint32_t length = udp_of(&client, udp, sizes[i]);

        give_fragments(&client, 17, udp, length, 1480, (uint16_t)i);
        expect_datagram(&client, udp + 8, sizes[i]);
    }
    expect_no_message();
    mock_expect_idle();
}
END_TEST

START_TEST(a_fragmented_echo_is_answered_in_fragments)
{
    struct client client = client_new(3);
    uint8_t icmp[4000], got[4000];
    uint32_t length, bytes = 0;
    const struct mock_frame *answer;

    start();
    length = echo(icmp, sizeof icmp - 8);
    give_fragments(&client, 1, icmp, length, 1480, 9);
    while ((answer = mock_next_frame()) != NULL) {
        const uint8_t *ip = answer->bytes + 14;
        uint32_t part = get16(ip + 2) - 20, at = (get16(ip + 6) & 0x1fff) * 8;

        ck_assert_uint_eq(mock_checksum(ip, 20, 0), 0);
        memcpy(got + at, ip + 20, part);
        bytes += part;
    }
    ck_assert_uint_eq(bytes, length);
    ck_assert_uint_eq(mock_checksum(got, length, 0), 0);
    ck_assert_mem_eq(got + 4, icmp + 4, length - 4);
    mock_expect_idle();
}
END_TEST

START_TEST(a_damaged_datagram_of_fragments_is_dropped_by_name)
{
    struct client client = client_new(3);
    static uint8_t udp[4000];
    uint32_t length;

    start();
    length = udp_of(&client, udp, 3000);
    udp[2000] ^= 1;
    give_fragments(&client, 17, udp, length, 1480, 1);
    expect_no_message();
    ck_assert_uint_eq(mock.fates[HW_FATE_CHECKSUM], 1);
    mock_expect_idle();
}
END_TEST

START_TEST(fragments_of_which_one_is_missing_time_out)
{
    struct client client = client_new(3);
    static uint8_t udp[4000], frame[2000];
    uint32_t total;

    start();
    udp_of(&client, udp, 3000);
    total = frame_ip(&client, frame, 17, udp, 1480);
    put16(frame + 20, 0x2000);
    put16(frame + 24, 0);
    put16(frame + 24, mock_checksum(frame + 14, 20, 0));
    give(&client, frame, total, 0);
    ck_assert_uint_eq(stack_memory().rx_held, 1);
    mock_wait_ms(17000);
    ck_assert_uint_ge(mock.fates[HW_FATE_STACK], 1);
    mock_expect_idle();
}
END_TEST

START_TEST(a_reassembled_datagram_goes_to_its_owner)
{
    struct client client = client_new(3);
    static uint8_t udp[40000], frame[MOCK_FRAME_BYTES];
    uint32_t length;

    client.tags = (unsigned)_i;
    client.tag[0] = 0x81000005u;
    mock.owner = 1;
    start();
    length = udp_of(&client, udp, 20000);
    give_fragments(&client, 17, udp, length, 1480, 1);
    expect_no_message();
    const struct mock_frame *forwarded = mock_next_frame();
    uint32_t l2 = 14 + 4 * client.tags;

    ck_assert_ptr_nonnull(forwarded);
    ck_assert_uint_eq(forwarded->destination, HW_TX_TO_PROCESSOR | 1);
    ck_assert_uint_eq(forwarded->length, l2 + 20 + length);
    ck_assert_mem_eq(forwarded->bytes + 6, client.mac, 6);
    ck_assert_uint_eq(get16(forwarded->bytes + l2 + 2), 20 + length);
    ck_assert_uint_eq(get16(forwarded->bytes + l2 + 6), 0);
    ck_assert_mem_eq(forwarded->bytes + l2 + 20, udp, length);
    ck_assert_uint_eq(mock.flow.destination_port, client.server_port);
    mock_expect_idle();

    /* and there, as it comes out of the other processor's queue */
    memcpy(frame, forwarded->bytes, forwarded->length);
    give(&client, frame, forwarded->length, HW_RX_FORWARDED);
    expect_datagram(&client, udp + 8, 20000);
    ck_assert_uint_eq(mock.owner_asked, 1);
    mock_expect_idle();
}
END_TEST

START_TEST(tcp_in_fragments_reaches_its_session)
{
    struct client client = client_new(3);
    uint8_t tcp[20 + 3000];

    start();
    client_open(&client);
    memset(tcp, 0, 20);
    put16(tcp, client.port);
    put16(tcp + 2, client.server_port);
    put32(tcp + 4, client.next);
    put32(tcp + 8, client.acked);
    tcp[12] = 0x50;
    tcp[13] = ACK;
    put16(tcp + 14, 65535);
    fill(tcp + 20, 3000, 1);
    put16(tcp + 16, mock_checksum(tcp, sizeof tcp, pseudo(&client, 6, sizeof tcp)));
    give_fragments(&client, 6, tcp, sizeof tcp, 1480, 5);
    uint32_t at = 0;

    for (const struct mock_message *m; (m = mock_next_message()) != NULL; at += m->message.bytes) {
        ck_assert_uint_eq(m->message.argument, at);
        ck_assert_mem_eq(m->payload, tcp + 20 + at, m->message.bytes);
    }
    ck_assert_uint_eq(at, 3000);
    mock_expect_idle();
}
END_TEST

/* --- UDP -------------------------------------------------------------------------------------- */

START_TEST(a_datagram_reaches_the_host)
{
    struct client client = client_new(3);
    uint8_t frame[1600], udp[1480];
    uint32_t sizes[] = {0, 1, 18, 1472};

    mock.features = _i ? 0 : mock.features;
    start();
    for (unsigned i = 0; i < 4; i++) {
        uint32_t length = udp_of(&client, udp, sizes[i]);

        give(&client, frame, frame_ip(&client, frame, 17, udp, length), 0);
        expect_datagram(&client, udp + 8, sizes[i]);
    }
    expect_no_frame();
    mock_expect_idle();
}
END_TEST

START_TEST(a_port_nobody_listens_on_is_unreachable)
{
    struct client client = client_new(3);
    uint8_t frame[1600], udp[100];
    uint32_t length = udp_of(&client, udp, 40);

    mock_start();
    expect_message(NULL, HW_READY);
    listen_on(53, 17);
    give(&client, frame, frame_ip(&client, frame, 17, udp, length), 0);
    const struct mock_frame *answer = mock_next_frame();

    ck_assert_ptr_nonnull(answer);
    ck_assert_uint_eq(answer->bytes[34], 3);
    ck_assert_uint_eq(answer->bytes[35], 3);
    ck_assert_mem_eq(answer->bytes + 42, frame + 14, 28); /* quotes header and ports */
    ck_assert_uint_eq(mock_checksum(answer->bytes + 34, answer->length - 34, 0), 0);
    ck_assert_uint_eq(mock.fates[HW_FATE_STACK], 1);
    expect_no_message();
    client.server_port = 53;
    length = udp_of(&client, udp, 40);
    give(&client, frame, frame_ip(&client, frame, 17, udp, length), 0);
    expect_datagram(&client, udp + 8, 40);
    mock_expect_idle();
}
END_TEST

START_TEST(datagrams_without_slots_are_dropped_by_name)
{
    struct client client = client_new(3);
    uint8_t frame[1600], udp[100];
    uint32_t length = udp_of(&client, udp, 40);

    mock.ring_slots = 4;
    start();
    mock.hold_slots = true;
    for (unsigned i = 0; i < 10; i++)
        give(&client, frame, frame_ip(&client, frame, 17, udp, length), 0);
    ck_assert_uint_eq(mock.fates[HW_FATE_MEMORY], 6);
    mock_expect_idle();
}
END_TEST

enum { DATAGRAM_NUMBER = 1000000 }; /* less its offset: the driver's number of a datagram */

/* The host is told that the memory of that datagram is free again. */
static void expect_told(uint32_t offset, uint32_t bytes)
{
    const struct mock_message *told = mock_next_message();

    ck_assert_ptr_nonnull(told);
    ck_assert_uint_eq(told->message.type, HW_SENT);
    ck_assert_uint_eq(told->message.session, DATAGRAM_NUMBER - offset);
    ck_assert_uint_eq(told->message.argument, bytes);
}

static void send_datagram(const struct client *client, uint32_t offset, uint32_t bytes)
{
    struct hw_message message = {.type = HW_SEND_DATAGRAM,
                                 .argument = bytes,
                                 .session = DATAGRAM_NUMBER - offset,
                                 .host_low = offset,
                                 .host_high = MOCK_HOST_HIGH,
                                 .tuple = {.remote_port = client->port,
                                           .local_port = client->server_port,
                                           .ip_version = 4,
                                           .port = client->ethernet_port}};

    put32(message.tuple.remote, client->address);
    put32(message.tuple.local, client->server);
    mock_request(&message);
    mock_run();
}

/* Puts the fragments that the card sent together and compares the datagram with host memory. */
static void expect_sent(const struct client *client, uint32_t offset, uint32_t bytes)
{
    static uint8_t udp[65536];
    uint32_t got = 0;

    while (got < bytes + 8) {
        const struct mock_frame *frame = mock_next_frame();

        ck_assert_ptr_nonnull(frame);
        const uint8_t *ip = frame->bytes + 14;
        uint32_t part = get16(ip + 2) - 20;

        ck_assert_mem_eq(frame->bytes, client->mac, 6);
        ck_assert_uint_eq(mock_checksum(ip, 20, 0), 0);
        ck_assert_uint_le(frame->length, 14 + mock.mtu);
        memcpy(udp + (get16(ip + 6) & 0x1fff) * 8, ip + 20, part);
        got += part;
    }
    ck_assert_uint_eq(get16(udp), client->server_port);
    ck_assert_uint_eq(get16(udp + 2), client->port);
    ck_assert_uint_eq(get16(udp + 4), 8 + bytes);
    ck_assert_uint_eq(mock_checksum(udp, 8 + bytes, pseudo(client, 17, 8 + bytes)), 0);
    ck_assert_mem_eq(udp + 8, mock.host + offset, bytes);
    expect_told(offset, bytes);
}

START_TEST(datagrams_of_the_host_are_sent_whole_or_in_fragments)
{
    struct client client = client_new(3);
    uint32_t sizes[] = {1, 100, 1472, 1473, 4000, 60000, 65507};
    uint8_t frame[128];

    mock.features = _i ? 0 : mock.features;
    start();
    fill(mock.host, 200000, 6);
    give(&client, frame, arp_request(&client, frame, SERVER), 0); /* it is known now */
    mock_skip();
    for (unsigned i = 0; i < 7; i++) {
        send_datagram(&client, 1000 * i, sizes[i]);
        expect_sent(&client, 1000 * i, sizes[i]);
    }
    expect_no_frame();
    mock_expect_idle();
}
END_TEST

/* The table of peers is bounded. Data is not kept for a peer that must be asked for, but it goes at once when the answer
 * is there, and not only when the retransmission timer is due. */
START_TEST(data_for_a_forgotten_peer_goes_when_arp_is_answered)
{
    struct client client = client_new(1);
    uint8_t frame[128];

    start();
    fill(mock.host, 1000, 6);
    client_open(&client);
    for (unsigned i = 2; i < 3000; i++) {
        struct client other = client_new(i);

        give(&other, frame, arp_request(&other, frame, 0x0a0000fe), 0);
    }
    mock_skip();
    send_for(&client, 0, 100);
    const struct mock_frame *question = mock_next_frame();

    ck_assert_ptr_nonnull(question);
    ck_assert_uint_eq(get16(question->bytes + 12), 0x0806);
    expect_no_frame();
    give(&client, frame, arp_request(&client, frame, SERVER), 0);
    const struct mock_frame *sent = mock_next_frame();

    while (sent && get16(sent->bytes + 12) == 0x0806) /* it is answered, too */
        sent = mock_next_frame();
    ck_assert_ptr_nonnull(sent);
    ck_assert_mem_eq(sent->bytes, client.mac, 6);
    ck_assert_uint_eq(get16(sent->bytes + 16), 40 + 100);
    ck_assert_mem_eq(sent->bytes + 54, mock.host, 100);
}
END_TEST

START_TEST(a_datagram_waits_for_arp)
{
    struct client client = client_new(3), nobody = client_new(4);
    uint8_t frame[128];

    start();
    fill(mock.host, 1000, 6);
    send_datagram(&nobody, 0, 10);
    send_datagram(&client, 0, 100);
    mock_wait_ms(50);
    mock_skip();
    give(&client, frame, arp_request(&client, frame, SERVER), 0);
    mock_skip();
    mock_wait_ms(300);
    while (mock.frame_next < mock.frame_count && mock.frames[mock.frame_next].bytes[13] == 6)
        mock_next_frame(); /* still asking for the other */
    expect_sent(&client, 0, 100);
    uint32_t with_one_waiting = stack_memory().free_bytes;

    mock_wait_ms(8000); /* and gives up; lwIP's ARP asks for some seconds on */
    ck_assert_uint_gt(stack_memory().free_bytes, with_one_waiting);
    mock_skip();
    mock_wait_ms(2000);
    expect_no_frame();
    mock_expect_idle();
}
END_TEST

START_TEST(frames_that_are_nothing_are_dropped_by_name)
{
    struct client client = client_new(3);
    uint8_t frame[128] = {0};
    uint32_t length;

    start();
    memset(frame, 2, 12);
    put16(frame + 12, 0x88cc);
    give(&client, frame, 60, 0);
    ck_assert_uint_eq(mock.fates[HW_FATE_PROTOCOL], 1);
    give(&client, frame, 20, 0);
    ck_assert_uint_eq(mock.fates[HW_FATE_LENGTH], 1);
    length = frame_ip(&client, frame, 89, "ospf", 4); /* a protocol that the stack lacks */
    give(&client, frame, length, 0);
    ck_assert_uint_eq(mock.fates[HW_FATE_PROTOCOL], 2);
    mock_skip();
    length = frame_ip(&client, frame, 6, "short", 5);
    put16(frame + 16, 1000);
    put16(frame + 24, 0);
    put16(frame + 24, mock_checksum(frame + 14, 20, 0));
    give(&client, frame, length, 0);
    ck_assert_uint_eq(mock.fates[HW_FATE_LENGTH], 2);
    mock_expect_idle();
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("stacks/ip");
    TCase *t = tcase_create("ip");

    tcase_add_checked_fixture(t, set_up, NULL);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, arp_is_answered_with_the_tags_of_the_question);
    tcase_add_test(t, who_gets_a_copy_leaves_arp_and_broadcasts_to_another);
    tcase_add_test(t, a_card_with_an_address_answers_for_that_one_only);
    tcase_add_loop_test(t, an_echo_is_answered, 0, 2);
    tcase_add_loop_test(t, fragments_in_any_order_make_a_datagram, 0, 2);
    tcase_add_test(t, a_fragmented_echo_is_answered_in_fragments);
    tcase_add_test(t, a_damaged_datagram_of_fragments_is_dropped_by_name);
    tcase_add_test(t, fragments_of_which_one_is_missing_time_out);
    tcase_add_loop_test(t, a_reassembled_datagram_goes_to_its_owner, 0, 2);
    tcase_add_test(t, tcp_in_fragments_reaches_its_session);
    tcase_add_loop_test(t, a_datagram_reaches_the_host, 0, 2);
    tcase_add_test(t, a_port_nobody_listens_on_is_unreachable);
    tcase_add_test(t, datagrams_without_slots_are_dropped_by_name);
    tcase_add_loop_test(t, datagrams_of_the_host_are_sent_whole_or_in_fragments, 0, 2);
    tcase_add_test(t, data_for_a_forgotten_peer_goes_when_arp_is_answered);
    tcase_add_test(t, a_datagram_waits_for_arp);
    tcase_add_test(t, frames_that_are_nothing_are_dropped_by_name);
    suite_add_tcase(s, t);
    return s;
}
