/* retransmit = host: what was sent is with the host until it is acknowledged, and is fetched again to be sent again. */
#include "tests/stacks/client.h"
#include "tests/suite.h"

static void set_up(void)
{
    mock_defaults();
    mock.features |= HW_FEATURE_RETRANSMIT_HOST;
}

static void start(void)
{
    mock.processors = 1;
    mock_start();
    expect_message(NULL, HW_READY);
    listen_on(80, 6);
}

static struct client opened(void)
{
    struct client client = client_new(1);

    start();
    client_open(&client);
    return client;
}

static uint32_t buffers_used(void)
{
    return mock.tx_buffers - stack_memory().tx_free;
}

START_TEST(what_was_sent_needs_no_buffer_and_is_told_when_it_is_acknowledged)
{
    struct client client = opened();

    send_for(&client, 0, 1000);
    send_for(&client, 1000, 500);
    ck_assert_uint_eq(client_expect(&client).length, 1000);
    ck_assert_uint_eq(buffers_used(), 0);
    expect_no_message();
    client_send(&client, ACK, NULL, 0);
    ck_assert_uint_eq(expect_message(&client, HW_SENT)->message.argument, 1000);
    ck_assert_uint_eq(client_expect(&client).length, 500);
    expect_no_message();
    client_send(&client, ACK, NULL, 0);
    ck_assert_uint_eq(expect_message(&client, HW_SENT)->message.argument, 500);
    ck_assert_uint_eq(mock.fetched_again, 0);
    mock_expect_idle();
}
END_TEST

START_TEST(a_frame_that_waits_to_leave_keeps_its_buffer)
{
    struct client client = opened();

    mock.hold_tx = true;
    send_for(&client, 0, 1000);
    ck_assert_uint_eq(buffers_used(), 1);
    mock.hold_tx = false;
    mock_run();
    ck_assert_uint_eq(buffers_used(), 0);
}
END_TEST

START_TEST(a_lost_segment_is_fetched_again)
{
    struct client client = opened();
    struct segment segment;

    fill(mock.host, 1000, 2);
    send_for(&client, 0, 1000);
    client_expect(&client);
    client.acked -= 1000; /* as if it had not come */
    mock_wait_ms(4000);
    segment = client_expect(&client);
    ck_assert_uint_eq(segment.length, 1000);
    ck_assert_mem_eq(segment.data, mock.host, 1000);
    ck_assert_uint_eq(mock.fetched_again % 1000, 0);
    ck_assert_uint_ge(mock.fetched_again, 1000);
    ck_assert_uint_eq(buffers_used(), 0);
    client_send(&client, ACK, NULL, 0);
    ck_assert_uint_eq(expect_message(&client, HW_SENT)->message.argument, 1000);
    mock_expect_idle();
}
END_TEST

/* Of ten segments the first is lost: three acknowledgements of what is before it, and it comes again. */
START_TEST(a_fast_retransmission_is_fetched_again)
{
    struct client client = opened();
    uint32_t before = client.acked, after;
    struct segment segment;

    fill(mock.host, 20000, 3);
    send_for(&client, 0, 2000);
    client_expect(&client);
    client_send(&client, ACK, NULL, 0); /* the window opens a little */
    client_expect(&client);
    client_send(&client, ACK, NULL, 0);
    mock_skip();
    before = client.acked;
    send_for(&client, 2000, 12000);
    while (mock.frame_next < mock.frame_count)
        client_expect(&client);
    after = client.acked;
    ck_assert_uint_gt(after, before + 2800);
    client.acked = before;
    for (unsigned i = 0; i < 3; i++)
        client_send(&client, ACK, NULL, 0);
    segment = client_expect(&client);
    ck_assert_uint_eq(segment.sequence, before);
    ck_assert_mem_eq(segment.data, mock.host + 2000, segment.length);
    ck_assert_uint_eq(mock.fetched_again, segment.length);
    client.acked = after;
    while (client.acked - before < 12000) {
        client_send(&client, ACK, NULL, 0);
        ck_assert_uint_lt(mock.frame_next, mock.frame_count);
        while (mock.frame_next < mock.frame_count)
            client_expect(&client);
    }
    client_send(&client, ACK, NULL, 0);
    mock_expect_idle();
}
END_TEST

static void lose_one_and_hold_its_fetch(struct client *client)
{
    send_for(client, 0, 1000);
    client_expect(client);
    mock.hold_host = true;
    client->acked -= 1000;
    mock_wait_ms(4000);
    expect_no_frame();
    ck_assert_uint_eq(mock.fetched_again, 1000); /* once, though lwIP asks again */
    ck_assert_uint_eq(buffers_used(), 1);
}

START_TEST(an_acknowledgement_while_it_is_fetched_again_frees_it_later)
{
    struct client client = opened();

    lose_one_and_hold_its_fetch(&client);
    client.acked += 1000;
    client_send(&client, ACK, NULL, 0);
    ck_assert_uint_eq(buffers_used(), 1);
    mock.hold_host = false;
    mock_run();
    expect_message(&client, HW_SENT);
    expect_no_frame();
    mock_expect_idle();
}
END_TEST

START_TEST(a_session_that_ends_while_it_is_fetched_again_leaves_nothing)
{
    struct client client = opened();

    lose_one_and_hold_its_fetch(&client);
    client_send(&client, RST | ACK, NULL, 0);
    mock.hold_host = false;
    mock_run();
    expect_message(&client, HW_RESET);
    expect_no_message();
    mock_expect_idle();
}
END_TEST

START_TEST(more_is_under_way_than_packet_memory_holds)
{
    enum { ALL = 200000 };
    struct client client;
    uint32_t bytes = 0, most = 0;

    mock.tx_buffers = 8;
    client = opened();
    fill(mock.host, ALL, 8);
    send_for(&client, 0, ALL);
    for (unsigned round = 0; round < 300 && bytes < ALL; round++) {
        uint32_t flight = 0;

        while (mock.frame_next < mock.frame_count) {
            struct segment segment = client_expect(&client);

            ck_assert_mem_eq(segment.data, mock.host + bytes, segment.length);
            bytes += segment.length;
            flight += segment.length;
        }
        most = flight > most ? flight : most;
        client_send(&client, ACK, NULL, 0);
    }
    ck_assert_uint_eq(bytes, ALL);
    ck_assert_uint_gt(most, 8 * mock.tx_buffer_bytes);
    ck_assert_uint_eq(expect_message(&client, HW_SENT)->message.argument, ALL);
    mock_expect_idle();
}
END_TEST

/* Twenty sessions whose data were lost, on a card with three buffers: each comes through. */
START_TEST(few_buffers_suffice_for_many_that_come_back)
{
    enum { MANY = 20 };
    struct client client[MANY];
    bool arrived[MANY] = {false};
    unsigned all = 0;

    mock.tx_buffers = 3; /* records for 24 pieces */
    start();
    fill(mock.host, 1000 * MANY, 9);
    for (unsigned i = 0; i < MANY; i++) {
        client[i] = client_new(i + 1);
        client_open(&client[i]);
        send_for(&client[i], 1000 * i, 1000);
        client_expect(&client[i]);
        client[i].acked -= 1000;
    }
    ck_assert_uint_eq(buffers_used(), 0);
    mock_wait_ms(4000);
    while (mock.frame_next < mock.frame_count) {
        const struct mock_frame *frame = &mock.frames[mock.frame_next];
        unsigned i = get16(frame->bytes + 14 + 20 + 2) - client[0].port;
        struct segment segment;

        ck_assert_uint_lt(i, MANY);
        client[i].acked = arrived[i] ? client[i].acked - 1000 : client[i].acked;
        segment = client_expect(&client[i]);
        ck_assert_mem_eq(segment.data, mock.host + 1000 * i, 1000);
        all += !arrived[i];
        arrived[i] = true;
    }
    ck_assert_uint_eq(all, MANY);
    for (unsigned i = 0; i < MANY; i++)
        client_send(&client[i], ACK, NULL, 0);
    mock_expect_idle();
}
END_TEST

/* Its two segments are lost, then the window closes: the probe is the first byte, read by lwIP itself. */
START_TEST(a_probe_of_a_closed_window_has_the_right_byte)
{
    struct client client = opened();
    struct segment segment;
    bool probed = false;

    fill(mock.host, 1400, 7);
    send_for(&client, 0, 700);
    client_expect(&client);
    client.acked -= 700;
    client_send(&client, ACK, "x", 1);
    client.window = 0;
    client_send(&client, ACK, "y", 1);
    mock_skip();
    for (unsigned i = 0; i < 60 && !probed; i++) {
        mock_wait_ms(1000);
        while (mock.frame_next < mock.frame_count) {
            segment = client_expect(&client);
            if (segment.length != 1)
                continue;
            ck_assert_uint_eq(segment.data[0], mock.host[0]);
            probed = true;
            client.acked--; /* the window is closed: it is not taken */
        }
    }
    ck_assert(probed);
    client.window = 65535;
    client_send(&client, ACK, NULL, 0);
    mock_wait_ms(3000);
    segment = client_expect(&client);
    ck_assert_uint_eq(segment.length, 700);
    ck_assert_mem_eq(segment.data, mock.host, 700);
    client_send(&client, ACK, NULL, 0);
    mock_expect_idle();
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("stacks/kept");
    TCase *t = tcase_create("retransmit = host");

    tcase_add_checked_fixture(t, set_up, NULL);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, what_was_sent_needs_no_buffer_and_is_told_when_it_is_acknowledged);
    tcase_add_test(t, a_frame_that_waits_to_leave_keeps_its_buffer);
    tcase_add_test(t, a_lost_segment_is_fetched_again);
    tcase_add_test(t, a_fast_retransmission_is_fetched_again);
    tcase_add_test(t, an_acknowledgement_while_it_is_fetched_again_frees_it_later);
    tcase_add_test(t, a_session_that_ends_while_it_is_fetched_again_leaves_nothing);
    tcase_add_test(t, more_is_under_way_than_packet_memory_holds);
    tcase_add_test(t, few_buffers_suffice_for_many_that_come_back);
    tcase_add_test(t, a_probe_of_a_closed_window_has_the_right_byte);
    suite_add_tcase(s, t);
    return s;
}
