/* test_tcp.c - TCP sessions between a remote system and the host, through the native stack on mock
 * hardware. */
#include "tests/stacks/client.h"
#include "tests/suite.h"

#include <stdlib.h>
#include <string.h>

static void start(void)
{
    mock_start();
    ck_assert_uint_eq(expect_message(NULL, HW_READY)->message.sequence, 1);
    listen_on(0, 6);
}

static void set_up(void)
{
    mock_defaults();
}

START_TEST(a_handshake_opens_a_session)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    ck_assert_uint_eq(HW_SESSION_OWNER(client.session), 0);
    expect_no_frame();
    expect_no_message();
    ck_assert_uint_eq(mock.fates[HW_FATE_CONSUMED], 2);
    mock_expect_idle();
}
END_TEST

START_TEST(data_arrives_in_order_with_its_offset)
{
    struct client client = client_new(1);
    uint8_t data[3000];
    struct segment segment;

    start();
    client_open(&client);
    fill(data, sizeof data, 7);
    client_send(&client, ACK, data, 1460);
    client_send(&client, ACK | PSH, data + 1460, 1460);
    const struct mock_message *first = expect_message(&client, HW_DATA);
    const struct mock_message *second = expect_message(&client, HW_DATA);

    ck_assert_uint_eq(first->message.argument, 0);
    ck_assert_uint_eq(first->message.bytes, 1460);
    ck_assert_mem_eq(first->payload, data, 1460);
    ck_assert_uint_eq(second->message.argument, 1460);
    ck_assert_mem_eq(second->payload, data + 1460, 1460);
    segment = client_expect(&client); /* every second segment is acknowledged at once */
    ck_assert_uint_eq(segment.flags, ACK);
    ck_assert_uint_eq(segment.acknowledgement, client.next);
    expect_no_frame();
    mock_expect_idle();
}
END_TEST

START_TEST(a_single_segment_is_acknowledged_within_half_a_second)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    client_send(&client, ACK | PSH, "abc", 3);
    expect_no_frame();
    mock_wait_ms(500);
    ck_assert_uint_eq(client_expect(&client).acknowledgement, client.next);
}
END_TEST

START_TEST(segments_out_of_order_are_put_in_order)
{
    struct client client = client_new(1);
    uint8_t data[4380];
    struct segment segment;

    start();
    client_open(&client);
    fill(data, sizeof data, 3);
    client_send_at(&client, client.next + 2920, ACK, data + 2920, 1460);
    segment = client_expect(&client);
    ck_assert_uint_eq(segment.acknowledgement, client.next);
    ck_assert_uint_eq(segment.sack_blocks, 1);
    client_send_at(&client, client.next + 1460, ACK, data + 1460, 1460);
    client_expect(&client);
    expect_no_message();
    ck_assert_uint_eq(stack_memory().rx_held, 2);
    client_send_at(&client, client.next, ACK, data, 1460);
    for (uint32_t i = 0; i < 3; i++) {
        const struct mock_message *message = expect_message(&client, HW_DATA);

        ck_assert_uint_eq(message->message.argument, 1460 * i);
        ck_assert_mem_eq(message->payload, data + 1460 * i, 1460);
    }
    mock_wait_ms(500);
    ck_assert_uint_eq(client_expect(&client).acknowledgement, client.next + 4380);
    mock_expect_idle();
    ck_assert_uint_eq(mock.fates[HW_FATE_CONSUMED], 5);
}
END_TEST

START_TEST(overlapping_segments_deliver_each_byte_once)
{
    struct client client = client_new(1);
    uint8_t data[2000], got[2000];
    uint32_t bytes = 0;
    const struct mock_message *message;

    start();
    client_open(&client);
    fill(data, sizeof data, 9);
    client_send_at(&client, client.next, ACK, data, 1000);
    client_send_at(&client, client.next + 500, ACK, data + 500, 1000);
    client_send_at(&client, client.next + 1200, ACK, data + 1200, 800);
    client_send_at(&client, client.next, ACK, data, 1000); /* an old one */
    while ((message = mock_next_message()) != NULL) {
        ck_assert_uint_eq(message->message.type, HW_DATA);
        ck_assert_uint_eq(message->message.argument, bytes);
        memcpy(got + bytes, message->payload, message->message.bytes);
        bytes += message->message.bytes;
    }
    ck_assert_uint_eq(bytes, 2000);
    ck_assert_mem_eq(got, data, 2000);
    mock_expect_idle();
}
END_TEST

START_TEST(a_send_is_fetched_and_told)
{
    struct client client = client_new(1);
    struct segment segment;
    uint32_t bytes = 0;

    start();
    client_open(&client);
    fill(mock.host, 10000, 5);
    send_for(&client, 0, 10000);
    for (unsigned round = 0; round < 20 && bytes < 10000; round++) {
        while (mock.frame_next < mock.frame_count) {
            segment = client_expect(&client);
            ck_assert_mem_eq(segment.data, mock.host + bytes, segment.length);
            bytes += segment.length;
            ck_assert_int_eq((segment.flags & PSH) != 0, bytes == 10000);
        }
        client_send(&client, ACK, NULL, 0);
    }
    ck_assert_uint_eq(bytes, 10000);
    ck_assert_uint_eq(expect_message(&client, HW_SENT)->message.argument, 10000);
    expect_no_message();
    mock_expect_idle();
}
END_TEST

START_TEST(sends_of_many_sizes_arrive_as_one_stream)
{
    struct client client = client_new(1);
    uint32_t total = 0, bytes = 0, sent = 0;
    const struct mock_message *message;

    start();
    client.timestamps = client.window_scale = true;
    client_open(&client);
    fill(mock.host, 200000, 1);
    for (uint32_t i = 1; i < 40; i++) {
        send_for(&client, total, i * 97);
        total += i * 97;
    }
    for (unsigned round = 0; round < 400 && bytes < total; round++) {
        while (mock.frame_next < mock.frame_count) {
            struct segment segment = client_expect(&client);

            ck_assert(segment.has_timestamp);
            ck_assert_uint_le(segment.length, 1448);
            ck_assert_mem_eq(segment.data, mock.host + bytes, segment.length);
            bytes += segment.length;
        }
        client_send(&client, ACK, NULL, 0);
    }
    ck_assert_uint_eq(bytes, total);
    while ((message = mock_next_message()) != NULL) {
        ck_assert_uint_eq(message->message.type, HW_SENT);
        sent += message->message.argument;
    }
    ck_assert_uint_eq(sent, total);
    mock_expect_idle();
}
END_TEST

START_TEST(a_lost_segment_is_sent_again)
{
    struct client client = client_new(1);
    struct segment segment;

    start();
    client_open(&client);
    fill(mock.host, 1000, 2);
    send_for(&client, 0, 1000);
    segment = client_expect(&client);
    ck_assert_uint_eq(segment.length, 1000);
    client.acked -= 1000; /* as if it had not come */
    mock_wait_ms(4000);
    segment = client_expect(&client);
    ck_assert_uint_eq(segment.length, 1000);
    ck_assert_mem_eq(segment.data, mock.host, 1000);
    client_send(&client, ACK, NULL, 0);
    mock_expect_idle();
}
END_TEST

START_TEST(an_acknowledgement_before_the_frame_is_read_out_keeps_the_buffer)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    fill(mock.host, 4000, 2);
    send_for(&client, 0, 1000);
    client_expect(&client);
    mock.hold_tx =
        true; /* the retransmission waits in the hardware, while the first copy is acknowledged */
    mock_wait_ms(4000);
    ck_assert_uint_eq(mock.frame_count, mock.frame_next + 1);
    client_send(&client, ACK, NULL, 0);
    ck_assert_uint_eq(stack_memory().tx_free, mock.tx_buffers - 1);
    send_for(&client, 1000, 3000); /* the mock fails if this is fetched into that buffer */
    mock.hold_tx = false;
    mock_run();
    mock.frame_next = mock.frame_count - 1;
    while (mock.frame_next < mock.frame_count) {
        client_expect(&client);
        client_send(&client, ACK, NULL, 0);
    }
    mock_expect_idle();
}
END_TEST

START_TEST(the_remote_closes_first)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    client_send(&client, ACK | FIN, "bye", 3);
    expect_message(&client, HW_DATA);
    expect_message(&client, HW_REMOTE_CLOSED);
    expect_no_message();
    ck_assert_uint_eq(client_expect(&client).acknowledgement, client.next);
    send_for(&client, 0, 100); /* the host may still send */
    ck_assert_uint_eq(client_expect(&client).length, 100);
    expect_sent_before_acknowledged(&client, 100);
    ask(HW_CLOSE, client.session, 0);
    ck_assert_uint_eq(client_expect(&client).flags & FIN, FIN);
    expect_no_message();
    client_send(&client, ACK, NULL, 0);
    expect_message(&client, HW_FINISHED);
    expect_no_message();
    ck_assert_uint_eq(stack_memory().sessions, 0);
    mock_expect_idle();
}
END_TEST

START_TEST(the_host_closes_first)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    send_for(&client, 0, 5000);
    ask(HW_CLOSE, client.session, 0); /* before all was sent */
    for (unsigned round = 0; round < 10 && mock.frame_next < mock.frame_count; round++) {
        while (mock.frame_next < mock.frame_count)
            client_expect(&client);
        client_send(&client, ACK, NULL, 0);
    }
    expect_message(&client, HW_SENT);
    client_send(&client, ACK, "late", 4); /* the other direction is open still */
    expect_message(&client, HW_DATA);
    expect_no_message();
    client_send(&client, ACK | FIN, NULL, 0);
    expect_message(&client, HW_REMOTE_CLOSED);
    expect_message(&client, HW_FINISHED);
    ck_assert_uint_eq(client_expect(&client).acknowledgement, client.next);
    expect_no_message();
    ck_assert_uint_eq(stack_memory().sessions, 0);
    mock_expect_idle();
}
END_TEST

START_TEST(both_close_at_once)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    ask(HW_CLOSE, client.session, 0);
    ck_assert_uint_eq(client_expect(&client).flags, FIN | ACK);
    client.acked--; /* our FIN left before theirs came */
    client_send(&client, ACK | FIN, NULL, 0);
    expect_message(&client, HW_REMOTE_CLOSED);
    expect_no_message();
    client.acked++;
    client_send(&client, ACK, NULL, 0);
    expect_message(&client, HW_FINISHED);
    expect_no_message();
    mock_expect_idle();
}
END_TEST

/* lwIP cuts the segment after a while, and copies what doesn't fit. */
START_TEST(a_window_smaller_than_a_segment_is_filled)
{
    struct client client = client_new(1);
    uint8_t got[3000];
    uint32_t bytes = 0;

    start();
    client_open(&client);
    client_send(&client, ACK, "x", 1);
    client.window = 300;
    client_send(&client, ACK, "y", 1);
    mock_skip();
    fill(mock.host, 3000, 5);
    send_for(&client, 0, 3000);
    for (unsigned round = 0; round < 40 && bytes < 3000; round++) {
        mock_wait_ms(2000);
        while (mock.frame_next < mock.frame_count) {
            struct segment segment = client_expect(&client);

            ck_assert_uint_le(bytes + segment.length, 3000);
            memcpy(got + bytes, segment.data, segment.length);
            bytes += segment.length;
        }
        client_send(&client, ACK, NULL, 0);
    }
    ck_assert_uint_eq(bytes, 3000);
    ck_assert_mem_eq(got, mock.host, 3000);
    mock_expect_idle();
}
END_TEST

START_TEST(a_reset_ends_a_session_once)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    send_for(&client, 0, 3000);
    client_send(&client, RST | ACK, NULL, 0);
    expect_sent_before_acknowledged(&client, 3000);
    expect_message(&client, HW_RESET);
    ask(HW_CREDIT, client.session, 10); /* the host did not know yet */
    ask(HW_SEND, client.session, 10);
    ask(HW_ABORT, client.session, 0);
    expect_no_message();
    ck_assert_uint_eq(stack_memory().sessions, 0);
    mock_expect_idle();
}
END_TEST

START_TEST(the_host_aborts)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    ask(HW_ABORT, client.session, 0);
    ck_assert_uint_eq(client_expect(&client).flags & RST, RST);
    expect_message(&client, HW_RESET);
    mock_expect_idle();
}
END_TEST

START_TEST(an_abort_while_bytes_are_fetched_frees_their_buffers)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    mock.hold_host = true;
    send_for(&client, 0, 3000);
    ck_assert_uint_lt(stack_memory().tx_free, mock.tx_buffers);
    ask(HW_ABORT, client.session, 0);
    mock.hold_host = false;
    mock_run();
    expect_message(&client, HW_RESET);
    mock_expect_idle();
}
END_TEST

START_TEST(a_port_nobody_listens_on_is_reset)
{
    struct client client = client_new(1);

    mock.processors = 1;
    mock_start();
    expect_message(NULL, HW_READY);
    listen_on(80, 6);
    client.server_port = 81;
    client_send(&client, SYN, NULL, 0);
    client.acked = 0;
    ck_assert_uint_eq(client_expect(&client).flags, RST | ACK);
    ck_assert_uint_eq(mock.fates[HW_FATE_STACK], 1);
    client = client_new(2);
    client_open(&client);
    client = client_new(3);
    client.server = 0x08080808; /* every address is the card's */
    client_open(&client);
}
END_TEST

START_TEST(a_card_with_an_address_leaves_others_alone)
{
    struct client client = client_new(1);

    mock.address4 = 0x0100000a; /* 10.0.0.1 as on the wire */
    start();
    client.server = 0x0a000002;
    client_send(&client, SYN, NULL, 0);
    expect_no_frame();
    ck_assert_uint_eq(mock.fates[HW_FATE_ROUTE], 1);
    client = client_new(2);
    client_open(&client);
}
END_TEST

START_TEST(the_window_follows_the_credit)
{
    struct client client = client_new(1);
    static uint8_t data[1460];
    struct segment segment;
    uint32_t window = UINT32_MAX, sent = 0;

    start();
    client.window_scale = true;
    client_open(&client);
    for (unsigned i = 0; i < 200; i++) {
        client_send(&client, ACK, data, sizeof data);
        sent += 1460;
        while (mock.frame_next < mock.frame_count) {
            segment = client_expect(&client);
            window = segment.window;
        }
        if (window < 2 * 1460)
            break;
    }
    ck_assert_uint_lt(window, 2 * 1460);
    ck_assert_uint_le(sent, 64 * 1460); /* half of the receive buffers */
    ck_assert_uint_ge(sent, 60 * 1448);
    mock_expect_idle(); /* all of it is with the host */
    ask(HW_CREDIT, client.session, sent);
    while (mock.frame_next < mock.frame_count) /* the window opens at once */
        segment = client_expect(&client);
    ck_assert_uint_ge(segment.window, 60 * 1448);
}
END_TEST

START_TEST(a_segment_beyond_the_window_is_dropped_by_name)
{
    struct client client = client_new(1);
    static uint8_t data[1000];

    start();
    client_open(&client);
    client_send_at(&client, client.next + 0x10000000, ACK, data, 1000);
    ck_assert_uint_eq(client_expect(&client).acknowledgement, client.next);
    ck_assert_uint_eq(mock.fates[HW_FATE_STACK], 1);
    mock_expect_idle();
}
END_TEST

START_TEST(without_slots_data_waits_in_order)
{
    struct client a = client_new(1), b = client_new(2);
    uint8_t data[200];

    mock.ring_slots = 4;
    start();
    client_open(&a);
    client_open(&b);
    mock.hold_slots = true;
    fill(data, sizeof data, 1);
    for (unsigned i = 0; i < 8; i++) {
        client_send(&a, ACK, data + 10 * i, 10);
        client_send(&b, ACK, data + 100 + 10 * i, 10);
    }
    client_send(&a, ACK | FIN, NULL, 0);
    ck_assert_uint_eq(stack_memory().rx_held, 12);
    unsigned offset_a = 0, offset_b = 0, closed = 0;

    mock.hold_slots = false;
    mock_wait_ms(10);
    for (const struct mock_message *m; (m = mock_next_message()) != NULL;) {
        if (m->message.type == HW_REMOTE_CLOSED) {
            ck_assert_uint_eq(offset_a, 80);
            closed++;
            continue;
        }
        bool of_a = m->message.session == a.session;
        unsigned *offset = of_a ? &offset_a : &offset_b;

        ck_assert_uint_eq(m->message.type, HW_DATA);
        ck_assert_uint_eq(m->message.argument, *offset);
        ck_assert_mem_eq(m->payload, data + (of_a ? 0 : 100) + *offset, 10);
        *offset += 10;
    }
    ck_assert_uint_eq(offset_a, 80);
    ck_assert_uint_eq(offset_b, 80);
    ck_assert_uint_eq(closed, 1);
    mock_expect_idle();
}
END_TEST

START_TEST(a_payload_larger_than_a_slot_takes_several)
{
    struct client client = client_new(1);
    uint8_t data[1460];

    mock.ring_slot_bytes = 512;
    start();
    client_open(&client);
    fill(data, sizeof data, 4);
    client_send(&client, ACK, data, sizeof data);
    for (uint32_t at = 0; at < sizeof data; at += 512) {
        const struct mock_message *message = expect_message(&client, HW_DATA);

        ck_assert_uint_eq(message->message.argument, at);
        ck_assert_mem_eq(message->payload, data + at, message->message.bytes);
    }
    expect_no_message();
    mock_expect_idle();
}
END_TEST

START_TEST(a_frame_may_take_several_buffers)
{
    struct client client = client_new(1);
    uint8_t data[1460];
    uint32_t at = 0;

    mock.rx_buffer_bytes = 256;
    mock.rx_buffers = 256;
    start();
    client_open(&client);
    fill(data, sizeof data, 4);
    client_send(&client, ACK, data, sizeof data);
    for (const struct mock_message *m; (m = mock_next_message()) != NULL; at += m->message.bytes) {
        ck_assert_uint_eq(m->message.argument, at);
        ck_assert_mem_eq(m->payload, data + at, m->message.bytes);
    }
    ck_assert_uint_eq(at, sizeof data);
    mock_expect_idle();
}
END_TEST

START_TEST(many_senders_share_few_transmit_buffers)
{
    enum { CLIENTS = 12, BYTES = 20000 };
    struct client clients[CLIENTS];
    uint32_t bytes[CLIENTS] = {0}, done = 0;

    mock.tx_buffers = 4;
    start();
    fill(mock.host, BYTES, 8);
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = client_new(i);
        client_open(&clients[i]);
    }
    for (unsigned i = 0; i < CLIENTS; i++)
        send_for(&clients[i], 0, BYTES);
    for (unsigned round = 0; round < 2000 && done < CLIENTS; round++) {
        bool sent[CLIENTS] = {false};

        mock_wait_ms(1);
        while (mock.frame_next < mock.frame_count) {
            const struct mock_frame *frame = &mock.frames[mock.frame_next];
            unsigned i = get32(frame->bytes + 30) - 0xc0a80001u;
            struct segment segment = client_expect(&clients[i]);

            if (segment.length)
                ck_assert_mem_eq(segment.data, mock.host + bytes[i], segment.length);
            bytes[i] += segment.length;
            done += segment.length && bytes[i] == BYTES;
            sent[i] = true;
        }
        for (unsigned i = 0; i < CLIENTS; i++)
            if (sent[i])
                client_send(&clients[i], ACK, NULL, 0);
    }
    ck_assert_uint_eq(done, CLIENTS);
    mock_expect_idle();
}
END_TEST

START_TEST(peers_that_close_their_window_do_not_stop_others)
{
    enum { STALLED = 20 };
    struct client client, stalled[STALLED];
    uint32_t bytes = 0;

    mock.tx_buffers = 8;
    start();
    for (unsigned i = 0; i < STALLED; i++) {
        stalled[i] = client_new(10 + i);
        client_open(&stalled[i]);
        client_send(&stalled[i], ACK, "x", 1);
        stalled[i].window = 0; /* believed only in a segment with new bytes */
        client_send(&stalled[i], ACK, "y", 1);
        mock_skip();
        send_for(&stalled[i], 0, 3000);
        expect_no_frame();
    }
    client = client_new(1);
    client_open(&client);
    mock_skip();
    fill(mock.host, 30000, 8);
    send_for(&client, 0, 30000);
    for (unsigned round = 0; round < 100 && bytes < 30000; round++) {
        while (mock.frame_next < mock.frame_count)
            bytes += client_expect(&client).length;
        client_send(&client, ACK, NULL, 0);
    }
    ck_assert_uint_eq(bytes, 30000);
    for (unsigned i = 0; i < STALLED; i++) { /* and go on when it opens */
        mock_skip();
        stalled[i].window = 65535;
        client_send(&stalled[i], ACK, NULL, 0);
        for (bytes = 0; bytes < 3000; client_send(&stalled[i], ACK, NULL, 0)) {
            ck_assert_uint_lt(mock.frame_next, mock.frame_count);
            while (mock.frame_next < mock.frame_count)
                bytes += client_expect(&stalled[i]).length;
        }
    }
    mock_expect_idle();
}
END_TEST

START_TEST(connect_opens_a_session)
{
    struct hw_message message = {
        .type = HW_CONNECT,
        .argument = 4711,
        .tuple = {.remote_port = 5000, .local_port = 40000, .ip_version = 4}};
    struct client client = client_new(1);
    uint8_t arp[42] = {0};

    start();
    client.port = 5000;
    client.server_port = 40000;
    put32(message.tuple.remote, client.address);
    put32(message.tuple.local, client.server);
    mock_request(&message);
    mock_run();
    const struct mock_frame *frame = mock_next_frame(); /* never heard of: ARP asks */

    ck_assert_ptr_nonnull(frame);
    ck_assert_uint_eq(get16(frame->bytes + 12), 0x0806);
    ck_assert_uint_eq(get32(frame->bytes + 38), client.address);
    memcpy(arp, frame->bytes + 6, 6);
    memcpy(arp + 6, client.mac, 6);
    memcpy(arp + 12, frame->bytes + 12, 10);
    arp[21] = 2;
    memcpy(arp + 22, client.mac, 6);
    put32(arp + 28, client.address);
    memcpy(arp + 32, frame->bytes + 6, 6);
    put32(arp + 38, get32(frame->bytes + 28));
    mock_frame(0, arp, 42, 0);
    mock_run();
    struct segment segment = client_expect(&client);

    ck_assert_uint_eq(segment.flags, SYN);
    client_send(&client, SYN | ACK, NULL, 0);
    ck_assert_uint_eq(client_expect(&client).flags, ACK);
    const struct mock_message *opened = mock_next_message();

    ck_assert_ptr_nonnull(opened);
    ck_assert_uint_eq(opened->message.type, HW_OPENED);
    ck_assert_uint_eq(opened->message.argument, 4711);
    client.session = opened->message.session;
    client_send(&client, ACK, "x", 1);
    expect_message(&client, HW_DATA);
    mock_expect_idle();
}
END_TEST

START_TEST(a_refused_connect_says_so)
{
    struct hw_message message = {
        .type = HW_CONNECT,
        .argument = 99,
        .tuple = {.remote_port = 5000, .local_port = 40000, .ip_version = 4}};
    struct client client = client_new(1);

    start();
    client_open(&client); /* so that its address is known */
    client.port = 5000;
    client.server_port = 40000;
    put32(message.tuple.remote, client.address);
    put32(message.tuple.local, client.server);
    mock_request(&message);
    mock_run();
    ck_assert_uint_eq(client_expect(&client).flags, SYN);
    client_send(&client, RST | ACK, NULL, 0);
    ck_assert_uint_eq(expect_message(NULL, HW_REFUSED)->message.argument, 99);
    expect_no_message();
    mock_expect_idle();
}
END_TEST

START_TEST(tags_are_answered_with)
{
    start();
    for (unsigned tags = 1; tags <= 2; tags++) {
        struct client client = client_new(tags);

        client.tags = tags;
        client.tag[0] = tags == 2 ? 0x88a80123u : 0x81000045u;
        client.tag[1] = 0x81006007u;
        client_open(&client);
        client_send(&client, ACK, "abcd", 4);
        ck_assert_mem_eq(expect_message(&client, HW_DATA)->payload, "abcd", 4);
        send_for(&client, 0, 100);
        ck_assert_uint_eq(client_expect(&client).length, 100);
        client.mac[5]++; /* the peer moves to another card and another network */
        client.tag[tags - 1] += 1;
        client_send(&client, ACK, NULL, 0);
        expect_message(&client, HW_SENT);
        send_for(&client, 0, 100);
        client_expect(&client);
        client_send(&client, ACK, NULL, 0);
        mock_skip();
    }
    mock_expect_idle();
}
END_TEST

START_TEST(replies_leave_by_the_port_of_the_session)
{
    struct client a = client_new(1), b = client_new(1);

    b.ethernet_port = 1; /* the same remote address behind both ports */
    b.mac[0] = 6;
    start();
    client_open(&a);
    client_open(&b);
    send_for(&a, 0, 10);
    client_expect(&a);
    send_for(&b, 0, 10);
    client_expect(&b);
    ck_assert_uint_ne(a.session, b.session);
}
END_TEST

START_TEST(without_checksums_in_hardware_software_does_them)
{
    struct client client = client_new(1);
    uint8_t data[1001];

    mock.features = 0;
    start();
    client_open(&client);
    fill(data, sizeof data, 1);
    client_send(&client, ACK, data, sizeof data);
    ck_assert_mem_eq(expect_message(&client, HW_DATA)->payload, data, sizeof data);
    fill(mock.host, 1001, 2);
    send_for(&client, 0, 1001);
    struct segment segment = client_expect(&client); /* which checks the checksum */

    ck_assert_mem_eq(segment.data, mock.host, 1001);
    client_send(&client, ACK, NULL, 0);
    mock_expect_idle();
}
END_TEST

START_TEST(bad_checksums_are_dropped_by_name)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    client.rx_flags = HW_RX_IP_GOOD | HW_RX_L4_BAD;
    client_send(&client, ACK, "abc", 3);
    expect_no_message();
    ck_assert_uint_eq(mock.fates[HW_FATE_CHECKSUM], 1);
    mock_expect_idle();
}
END_TEST

START_TEST(a_stray_goes_to_its_owner)
{
    struct client client = client_new(1);

    mock.owner = 1;
    start();
    client.acked = 77;
    client_send(&client, ACK, "abc", 3);
    const struct mock_frame *frame = mock_next_frame();

    ck_assert_ptr_nonnull(frame);
    ck_assert_uint_eq(frame->destination, HW_TX_TO_PROCESSOR | 1);
    ck_assert_uint_eq(get16(frame->bytes + 34), client.port);
    ck_assert_uint_eq(get32(frame->bytes + 38), client.next - 3);
    ck_assert_mem_eq(frame->bytes + 54, "abc", 3);
    ck_assert_uint_eq(mock.flow.source_port, client.port);
    ck_assert_uint_eq(get32(mock.flow.source), client.address);
    expect_no_frame();
    client.rx_flags = HW_RX_FORWARDED; /* it is not sent round in circles */
    client_send(&client, ACK, "abc", 3);
    ck_assert_uint_eq(client_expect(&client).flags & RST, RST);
    mock_expect_idle();
}
END_TEST

START_TEST(a_stray_reset_goes_to_its_owner)
{
    struct client client = client_new(1);

    mock.owner = 1;
    start();
    client.acked = 77;
    client_send(&client, RST | ACK, NULL, 0);
    const struct mock_frame *frame = mock_next_frame();

    ck_assert_ptr_nonnull(frame);
    ck_assert_uint_eq(frame->destination, HW_TX_TO_PROCESSOR | 1);
    ck_assert_uint_eq(frame->bytes[14 + 20 + 13], RST | ACK);
    expect_no_frame();
    mock.owner = 0; /* of nobody: it is used up here */
    client_send(&client, RST | ACK, NULL, 0);
    expect_no_frame();
    mock_expect_idle();
}
END_TEST

START_TEST(a_stray_checked_by_software_leaves_as_it_came)
{
    struct client client = client_new(1);

    mock.owner = 1;
    mock.features = 0;
    start();
    client.acked = 0x12345678;
    client_send(&client, ACK, "abc", 3);
    const struct mock_frame *frame = mock_next_frame();

    ck_assert_ptr_nonnull(frame);
    ck_assert_uint_eq(frame->destination, HW_TX_TO_PROCESSOR | 1);
    ck_assert_uint_eq(get32(frame->bytes + 42), 0x12345678);
    ck_assert_uint_eq(get16(frame->bytes + 34), client.port);
    mock_expect_idle();
}
END_TEST

START_TEST(a_new_syn_replaces_a_connection_in_time_wait)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    ask(HW_CLOSE, client.session, 0);
    client_expect(&client);
    client_send(&client, ACK | FIN, NULL, 0);
    client_expect(&client);
    mock_skip();
    client.next += 100000;
    client_open(&client);
    mock_expect_idle();
}
END_TEST

static void one_connection(unsigned number)
{
    struct client client = client_new(number);

    client_open(&client);
    client_send(&client, ACK | PSH, "GET", 3);
    expect_message(&client, HW_DATA);
    ask(HW_CREDIT, client.session, 3);
    send_for(&client, 0, 2000);
    ask(HW_CLOSE, client.session, 0);
    while (mock.frame_next < mock.frame_count)
        client_expect(&client);
    client_send(&client, ACK, NULL, 0);
    while (mock.frame_next < mock.frame_count)
        client_expect(&client);
    client_send(&client, ACK | FIN, NULL, 0);
    expect_message(&client, HW_SENT);
    expect_message(&client, HW_REMOTE_CLOSED);
    expect_message(&client, HW_FINISHED);
    mock_skip();
}

START_TEST(a_thousand_short_connections_leave_nothing)
{
    uint32_t before;

    start();
    one_connection(0);
    mock_wait_ms(10000);
    before = stack_memory().free_bytes;
    for (unsigned i = 1; i <= 1000; i++) {
        one_connection(i % 50000);
        mock_forget();
    }
    mock_wait_ms(10000);
    ck_assert_uint_eq(stack_memory().free_bytes, before);
    ck_assert_uint_eq(stack_memory().failures, 0);
    ck_assert_uint_eq(mock.sessions_lost, 0);
    mock_expect_idle();
}
END_TEST

START_TEST(full_memory_refuses_new_connections_and_keeps_old_ones)
{
    enum { MANY = 3000 };
    struct client *clients = calloc(MANY, sizeof *clients);
    unsigned open = 0;

    mock.heap_bytes = 96 * 1024;
    start();
    for (; open < MANY; open++) {
        uint32_t refused = mock.fates[HW_FATE_MEMORY];

        clients[open] = client_new(open);
        client_send(&clients[open], SYN, NULL, 0);
        if (mock.fates[HW_FATE_MEMORY] != refused)
            break;
        client_expect(&clients[open]);
        client_send(&clients[open], ACK, NULL, 0);
        clients[open].session = expect_message(NULL, HW_OPENED)->message.session;
    }
    ck_assert_uint_lt(open, MANY);
    ck_assert_uint_gt(open, 100);
    expect_no_frame();
    for (unsigned i = 0; i < open; i++) {
        client_send(&clients[i], ACK, "abc", 3);
        expect_message(&clients[i], HW_DATA);
        send_for(&clients[i], 0, 100);
        ck_assert_uint_eq(client_expect(&clients[i]).length, 100);
        client_send(&clients[i], ACK, NULL, 0);
        expect_message(&clients[i], HW_SENT);
    }
    ck_assert_uint_eq(mock.sessions_lost, 0);
    for (unsigned i = 0; i < open; i++)
        client_send(&clients[i], RST | ACK, NULL, 0);
    mock_skip();
    ck_assert_uint_eq(stack_memory().sessions, 0);
    one_connection(MANY + 1);
    mock_expect_idle();
    free(clients);
}
END_TEST

START_TEST(time_wait_gives_way_when_memory_is_short)
{
    mock.heap_bytes = 80 * 1024;
    start();
    for (unsigned i = 0; i < 1000; i++) { /* all within the 4 s of TIME_WAIT */
        one_connection(i);
        mock_forget();
    }
    ck_assert_uint_eq(mock.sessions_lost, 0);
    ck_assert_uint_eq(stack_memory().failures, 0);
    mock_expect_idle();
}
END_TEST

/* Each timer again near the wrap of the clocks. */
static const uint64_t starts_us[] = {1000, (1ull << 32) - 1500000, 4294967296000ull - 1500000};

START_TEST(timers_run_across_the_wrap_of_the_clock)
{
    struct client client = client_new(1);

    mock.time_us = starts_us[_i];
    start();
    client_open(&client);
    client_send(&client, ACK, "a", 1);
    mock_wait_ms(300);
    ck_assert_uint_eq(client_expect(&client).acknowledgement, client.next);
    expect_message(&client, HW_DATA);
    send_for(&client, 0, 10);
    ck_assert_uint_eq(client_expect(&client).length, 10);
    client.acked -= 10;
    mock_wait_ms(4000);
    ck_assert_uint_eq(client_expect(&client).length, 10); /* retransmitted */
    mock_skip();
    client_send(&client, ACK, NULL, 0);
    ask(HW_CLOSE, client.session, 0);
    client_expect(&client);
    client_send(&client, FIN | ACK, NULL, 0);
    uint32_t in_time_wait = stack_memory().free_bytes;

    mock_wait_ms(3000);
    ck_assert_uint_eq(stack_memory().free_bytes, in_time_wait);
    mock_wait_ms(2000);
    ck_assert_uint_gt(stack_memory().free_bytes, in_time_wait);
    mock_expect_idle();
}
END_TEST

/* --- Who owns a connection ---------------------------------------------------------------------- */

/* Of the client, as its frames come in; with as much as the hardware may look at. */
static void expect_flow(const struct client *client)
{
    struct hw_flow expected = {.source_port = client->port,
                               .destination_port = client->server_port,
                               .ip_version = 4,
                               .protocol = 6};

    put32(expected.source, client->address);
    put32(expected.destination, client->server);
    ck_assert_mem_eq(&mock.flow, &expected, offsetof(struct hw_flow, reserved));
}

static void expect_claims(unsigned claimed, unsigned released)
{
    ck_assert_uint_eq(mock.claimed, claimed);
    ck_assert_uint_eq(mock.released, released);
}

/* As it is on the wire; returns its length. */
static uint32_t syn_frame(const struct client *client, uint8_t *frame)
{
    uint8_t tcp[24] = {0};
    uint32_t sum = (client->address >> 16) + (client->address & 0xffff) + (client->server >> 16) +
                   (client->server & 0xffff) + 6 + sizeof tcp;

    put16(tcp, client->port);
    put16(tcp + 2, client->server_port);
    put32(tcp + 4, client->next);
    put32(tcp + 8, 0x12345678); /* without meaning, but of the frame */
    tcp[12] = 0x60;
    tcp[13] = SYN;
    put16(tcp + 14, 4321);
    put32(tcp + 20, 0x020405b4u); /* MSS 1460 */
    put16(tcp + 16, mock_checksum(tcp, sizeof tcp, sum));
    return frame_ip(client, frame, 6, tcp, sizeof tcp);
}

/* The card closes first, the client answers: TIME_WAIT. */
static void close_into_time_wait(struct client *client)
{
    ask(HW_CLOSE, client->session, 0);
    client_expect(client);
    client_send(client, ACK | FIN, NULL, 0);
    client_expect(client);
    mock_skip();
}

START_TEST(a_syn_claims_its_connection)
{
    struct client client = client_new(1);

    start();
    client_send(&client, SYN, NULL, 0);
    expect_claims(1, 0);
    expect_flow(&client);
    ck_assert_uint_eq(client_expect(&client).flags, SYN | ACK);
}
END_TEST

START_TEST(a_processor_of_another_number_claims_for_itself)
{
    struct client client = client_new(1);

    mock.id = mock.claims_go_to = 1;
    start();
    client_open(&client);
    ck_assert_uint_eq(HW_SESSION_OWNER(client.session), 1);
    expect_claims(1, 0);
}
END_TEST

START_TEST(a_connection_is_claimed_once)
{
    struct client client = client_new(1);

    start();
    client_send(&client, SYN, NULL, 0);
    client_expect(&client);
    client_send_at(&client, client.next - 1, SYN, NULL, 0); /* again, as if the answer had been lost */
    mock_skip();
    client_send(&client, ACK, "abc", 3);
    mock_wait_ms(1000);
    expect_claims(1, 0);
}
END_TEST

START_TEST(what_opens_no_connection_claims_nothing)
{
    struct client client = client_new(1);

    mock_start();
    expect_message(NULL, HW_READY);
    listen_on(80, 6);
    client_send(&client, ACK, "abc", 3);
    client_send(&client, RST, NULL, 0);
    client.server_port = 81;
    client_send(&client, SYN, NULL, 0);
    expect_claims(0, 0);
}
END_TEST

START_TEST(a_reset_by_the_client_releases_the_connection)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    memset(&mock.flow, 0, sizeof mock.flow);
    client_send(&client, RST | ACK, NULL, 0);
    expect_claims(1, 1);
    expect_flow(&client);
    mock_wait_ms(10000);
    expect_claims(1, 1);
}
END_TEST

START_TEST(an_abort_by_the_host_releases_the_connection)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    memset(&mock.flow, 0, sizeof mock.flow);
    ask(HW_ABORT, client.session, 0);
    expect_claims(1, 1);
    expect_flow(&client);
}
END_TEST

START_TEST(a_connection_is_released_after_time_wait)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    memset(&mock.flow, 0, sizeof mock.flow);
    close_into_time_wait(&client);
    mock_wait_ms(3000);
    expect_claims(1, 0);
    mock_wait_ms(2000);
    expect_claims(1, 1);
    expect_flow(&client);
    mock_wait_ms(10000);
    expect_claims(1, 1);
}
END_TEST

START_TEST(a_connection_that_the_client_closed_is_released_with_its_last_acknowledgement)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    memset(&mock.flow, 0, sizeof mock.flow);
    client_send(&client, ACK | FIN, NULL, 0);
    client_expect(&client);
    ask(HW_CLOSE, client.session, 0);
    client_expect(&client);
    expect_claims(1, 0);
    client_send(&client, ACK, NULL, 0);
    expect_claims(1, 1);
    expect_flow(&client);
}
END_TEST

START_TEST(a_connection_that_never_opens_is_released)
{
    struct client client = client_new(1);

    start();
    client_send(&client, SYN, NULL, 0);
    memset(&mock.flow, 0, sizeof mock.flow);
    mock_wait_ms(120000);
    expect_claims(1, 1);
    expect_flow(&client);
}
END_TEST

START_TEST(a_new_syn_in_time_wait_releases_the_old_connection_and_claims_the_new_one)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    close_into_time_wait(&client);
    client.next += 100000;
    client_open(&client);
    expect_claims(2, 1);
    expect_flow(&client);
}
END_TEST

START_TEST(each_of_many_connections_is_claimed_and_released_once)
{
    start();
    for (unsigned i = 0; i < 50; i++) {
        struct client client = client_new(i);

        client_open(&client);
        if (i % 2)
            client_send(&client, RST | ACK, NULL, 0);
        else
            close_into_time_wait(&client);
        mock_skip();
    }
    mock_wait_ms(10000);
    expect_claims(50, 50);
    ck_assert_uint_eq(mock.owner_asked, 0);
}
END_TEST

/* As the receive buffers hold it: read in local memory, or where it lies, or behind a tag. */
static const struct {
    uint32_t features;
    unsigned tags;
} forwards[] = {{HW_FEATURE_RX_CHECKSUM, 0}, {0, 0}, {HW_FEATURE_RX_CHECKSUM, 1}, {0, 2}};

START_TEST(a_syn_of_a_session_that_another_owns_goes_there_unchanged)
{
    struct client client = client_new(1);
    uint8_t bytes[100];

    mock.features = forwards[_i].features;
    client.tags = forwards[_i].tags;
    client.tag[0] = 0x81000045u;
    client.tag[1] = 0x81006007u;
    start();
    mock.claims_go_to = 1;
    ck_assert(mock_frame(0, bytes, syn_frame(&client, bytes), 0));
    mock_run();
    const struct mock_frame *frame = mock_next_frame();

    ck_assert_ptr_nonnull(frame);
    ck_assert_uint_eq(frame->destination, HW_TX_TO_PROCESSOR | 1);
    ck_assert_uint_eq(frame->length, 58 + 4 * client.tags); /* all but its padding */
    ck_assert_mem_eq(frame->bytes, bytes, frame->length);
    expect_claims(1, 0);
    expect_flow(&client);
    expect_no_frame();
}
END_TEST

START_TEST(a_syn_of_a_session_that_another_owns_leaves_nothing)
{
    struct client client = client_new(1), other = client_new(2);

    start();
    client_open(&other); /* so that what is taken once has been */
    client_send(&other, RST | ACK, NULL, 0);
    mock_skip();
    mock.released = 0;
    uint32_t before = stack_memory().free_bytes;

    mock.claims_go_to = 1;
    client_send(&client, SYN, NULL, 0);
    ck_assert_uint_eq(mock_next_frame()->destination, HW_TX_TO_PROCESSOR | 1);
    ck_assert_uint_eq(stack_memory().free_bytes, before);
    mock_wait_ms(30000);
    expect_no_frame(); /* no SYN|ACK, no RST */
    expect_no_message();
    ck_assert_uint_eq(stack_memory().sessions, 0);
    ck_assert_uint_eq(mock.released, 0); /* it was never ours */
    mock_expect_idle();
}
END_TEST

START_TEST(a_forwarded_syn_is_no_drop)
{
    struct client client = client_new(1);

    start();
    mock.claims_go_to = 1;
    client_send(&client, SYN, NULL, 0);
    ck_assert_uint_eq(mock.fates[HW_FATE_CONSUMED], 1);
    for (unsigned fate = HW_FATE_CONSUMED + 1; fate < HW_FATES; fate++)
        ck_assert_uint_eq(mock.fates[fate], 0);
}
END_TEST

START_TEST(a_syn_that_was_forwarded_is_not_sent_round)
{
    struct client client = client_new(1);

    start();
    mock.claims_go_to = 1;
    client.rx_flags = HW_RX_FORWARDED;
    client_send(&client, SYN, NULL, 0);
    mock_wait_ms(30000);
    expect_no_frame();
    expect_no_message();
    expect_claims(1, 0);
    mock_expect_idle();
}
END_TEST

START_TEST(a_syn_that_was_forwarded_to_its_owner_opens_the_session)
{
    struct client client = client_new(1);

    start();
    client.rx_flags = HW_RX_FORWARDED;
    client_open(&client);
    expect_claims(1, 0);
}
END_TEST

START_TEST(a_session_opens_here_once_its_owner_has_released_it)
{
    struct client client = client_new(1);

    start();
    mock.claims_go_to = 1;
    client_send(&client, SYN, NULL, 0);
    mock_skip();
    mock.claims_go_to = 0;
    client.next--; /* the same SYN again */
    client_open(&client);
    expect_claims(2, 0);
}
END_TEST

START_TEST(a_card_of_one_processor_claims_nothing)
{
    struct client client = client_new(1);

    mock.processors = 1;
    mock.claims_go_to = 1; /* which nobody asks */
    start();
    client_open(&client);
    client_send(&client, RST | ACK, NULL, 0);
    client = client_new(2);
    mock_skip();
    client_open(&client);
    close_into_time_wait(&client);
    mock_wait_ms(10000);
    expect_claims(0, 0);
    ck_assert_uint_eq(mock.owner_asked, 0);
}
END_TEST

/* The client answers ARP at once, having opened a session before. */
static void connect_to(const struct client *client)
{
    struct hw_message message = {
        .type = HW_CONNECT,
        .argument = 99,
        .tuple = {.remote_port = client->port, .local_port = client->server_port, .ip_version = 4}};

    put32(message.tuple.remote, client->address);
    put32(message.tuple.local, client->server);
    mock_request(&message);
    mock_run();
}

START_TEST(a_connect_claims_its_connection_and_a_refusal_releases_it)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    client.port = 5000;
    client.server_port = 40000;
    connect_to(&client);
    ck_assert_uint_eq(client_expect(&client).flags, SYN);
    expect_claims(2, 0);
    expect_flow(&client);
    memset(&mock.flow, 0, sizeof mock.flow);
    client_send(&client, RST | ACK, NULL, 0);
    expect_claims(2, 1);
    expect_flow(&client);
}
END_TEST

START_TEST(a_connect_of_a_session_that_another_owns_is_refused)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    client.port = 5000;
    client.server_port = 40000;
    mock.claims_go_to = 1;
    connect_to(&client);
    ck_assert_uint_eq(expect_message(NULL, HW_REFUSED)->message.argument, 99);
    mock_wait_ms(10000);
    expect_no_frame();
    expect_claims(2, 0);
    ck_assert_uint_eq(stack_memory().sessions, 1);
}
END_TEST

START_TEST(a_connect_of_a_session_that_is_open_here_does_not_release_it)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    connect_to(&client);
    expect_message(NULL, HW_REFUSED);
    expect_claims(1, 0);
    client_send(&client, ACK, "abc", 3);
    expect_message(&client, HW_DATA);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("stacks/tcp");
    TCase *t = tcase_create("tcp");

    tcase_add_checked_fixture(t, set_up, NULL);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, a_handshake_opens_a_session);
    tcase_add_test(t, data_arrives_in_order_with_its_offset);
    tcase_add_test(t, a_single_segment_is_acknowledged_within_half_a_second);
    tcase_add_test(t, segments_out_of_order_are_put_in_order);
    tcase_add_test(t, overlapping_segments_deliver_each_byte_once);
    tcase_add_test(t, a_send_is_fetched_and_told);
    tcase_add_test(t, sends_of_many_sizes_arrive_as_one_stream);
    tcase_add_test(t, a_lost_segment_is_sent_again);
    tcase_add_test(t, an_acknowledgement_before_the_frame_is_read_out_keeps_the_buffer);
    tcase_add_test(t, the_remote_closes_first);
    tcase_add_test(t, the_host_closes_first);
    tcase_add_test(t, both_close_at_once);
    tcase_add_test(t, a_window_smaller_than_a_segment_is_filled);
    tcase_add_test(t, a_reset_ends_a_session_once);
    tcase_add_test(t, the_host_aborts);
    tcase_add_test(t, an_abort_while_bytes_are_fetched_frees_their_buffers);
    tcase_add_test(t, a_port_nobody_listens_on_is_reset);
    tcase_add_test(t, a_card_with_an_address_leaves_others_alone);
    tcase_add_test(t, the_window_follows_the_credit);
    tcase_add_test(t, a_segment_beyond_the_window_is_dropped_by_name);
    tcase_add_test(t, without_slots_data_waits_in_order);
    tcase_add_test(t, a_payload_larger_than_a_slot_takes_several);
    tcase_add_test(t, a_frame_may_take_several_buffers);
    tcase_add_test(t, many_senders_share_few_transmit_buffers);
    tcase_add_test(t, peers_that_close_their_window_do_not_stop_others);
    tcase_add_test(t, connect_opens_a_session);
    tcase_add_test(t, a_refused_connect_says_so);
    tcase_add_test(t, tags_are_answered_with);
    tcase_add_test(t, replies_leave_by_the_port_of_the_session);
    tcase_add_test(t, without_checksums_in_hardware_software_does_them);
    tcase_add_test(t, bad_checksums_are_dropped_by_name);
    tcase_add_test(t, a_stray_goes_to_its_owner);
    tcase_add_test(t, a_stray_reset_goes_to_its_owner);
    tcase_add_test(t, a_stray_checked_by_software_leaves_as_it_came);
    tcase_add_test(t, a_new_syn_replaces_a_connection_in_time_wait);
    tcase_add_test(t, a_thousand_short_connections_leave_nothing);
    tcase_add_test(t, full_memory_refuses_new_connections_and_keeps_old_ones);
    tcase_add_test(t, time_wait_gives_way_when_memory_is_short);
    tcase_add_loop_test(t, timers_run_across_the_wrap_of_the_clock, 0, 3);
    suite_add_tcase(s, t);

    TCase *owners = tcase_create("owners");

    tcase_add_checked_fixture(owners, set_up, NULL);
    tcase_set_timeout(owners, 60);
    tcase_add_test(owners, a_syn_claims_its_connection);
    tcase_add_test(owners, a_processor_of_another_number_claims_for_itself);
    tcase_add_test(owners, a_connection_is_claimed_once);
    tcase_add_test(owners, what_opens_no_connection_claims_nothing);
    tcase_add_test(owners, a_reset_by_the_client_releases_the_connection);
    tcase_add_test(owners, an_abort_by_the_host_releases_the_connection);
    tcase_add_test(owners, a_connection_is_released_after_time_wait);
    tcase_add_test(owners, a_connection_that_the_client_closed_is_released_with_its_last_acknowledgement);
    tcase_add_test(owners, a_connection_that_never_opens_is_released);
    tcase_add_test(owners, a_new_syn_in_time_wait_releases_the_old_connection_and_claims_the_new_one);
    tcase_add_test(owners, each_of_many_connections_is_claimed_and_released_once);
    tcase_add_loop_test(owners, a_syn_of_a_session_that_another_owns_goes_there_unchanged, 0, (int)(sizeof forwards / sizeof *forwards));
    tcase_add_test(owners, a_syn_of_a_session_that_another_owns_leaves_nothing);
    tcase_add_test(owners, a_forwarded_syn_is_no_drop);
    tcase_add_test(owners, a_syn_that_was_forwarded_is_not_sent_round);
    tcase_add_test(owners, a_syn_that_was_forwarded_to_its_owner_opens_the_session);
    tcase_add_test(owners, a_session_opens_here_once_its_owner_has_released_it);
    tcase_add_test(owners, a_card_of_one_processor_claims_nothing);
    tcase_add_test(owners, a_connect_claims_its_connection_and_a_refusal_releases_it);
    tcase_add_test(owners, a_connect_of_a_session_that_another_owns_is_refused);
    tcase_add_test(owners, a_connect_of_a_session_that_is_open_here_does_not_release_it);
    suite_add_tcase(s, owners);
    return s;
}
