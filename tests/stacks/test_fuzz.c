/* test_fuzz.c - frames, requests and faults of every kind into the stack: it must neither break a
 * rule of the hardware (mock_hardware.c watches) nor one of the sanitizers, and must be as it was
 * when all is over.
 *
 * FUZZ_ROUNDS sets how many seeds (default 20). */
#include "tests/stacks/client.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 3000, CLIENTS = 12 };

static uint32_t state;

static uint32_t any(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

static struct client clients[CLIENTS];

static void random_segment(void)
{
    static uint8_t data[1460];
    struct client *client = &clients[any(CLIENTS)];
    static const uint8_t flags[] = {ACK,       ACK, ACK,       ACK | PSH, SYN, SYN | ACK,
                                    FIN | ACK, RST, RST | ACK, 0,         0x3f};
    int32_t offset = any(3) ? 0 : (int32_t)any(6000) - 3000;
    uint32_t length = any(3) ? any(1460) : 0;

    if (mock_rx_free() < 20)
        return;
    client->window = (uint16_t)(any(4) ? 65535 : any(3000));
    if (!any(20))
        client->next += any(UINT32_MAX);
    client_send_at(client, client->next + (uint32_t)offset, flags[any(sizeof flags)], data, length);
    if (!offset)
        client->next += length;
}

/* A sensible frame with a few bytes changed, sometimes with checksums that the hardware calls good
 * all the same. */
static void damaged_frame(void)
{
    static uint8_t frame[2000], payload[1480];
    struct client *client = &clients[any(CLIENTS)];
    static const uint8_t protocols[] = {1, 6, 17, 6, 17, 2};
    uint32_t length;

    for (unsigned i = 0; i < 64; i++)
        payload[i] = (uint8_t)any(256);
    put16(payload, client->port);
    put16(payload + 2, client->server_port);
    payload[12] = (uint8_t)(any(2) ? 0x50 : any(256));
    length = frame_ip(client, frame, protocols[any(6)], payload, any(1480));
    if (any(2))
        put16(frame + 20, any(65536)); /* fragments */
    if (any(2))
        put16(frame + 18, any(4));
    for (uint32_t i = any(6); i; i--)
        frame[any(any(2) ? 60 : length)] = (uint8_t)any(256);
    if (!any(4))
        length = 1 + any(length);
    mock_frame((uint8_t)any(2), frame, length,
               any(2)   ? HW_RX_IP_GOOD | HW_RX_L4_GOOD
               : any(2) ? 0
                        : (uint8_t)(any(256) & ~3u));
    if (any(2))
        mock_run();
}

static void random_request(void)
{
    struct hw_message message = {0};
    static const uint8_t types[] = {HW_SEND,          HW_SEND,   HW_SEND,   HW_CLOSE,
                                    HW_ABORT,         HW_CREDIT, HW_CREDIT, HW_CONNECT,
                                    HW_SEND_DATAGRAM, HW_LISTEN, 77};

    message.type = types[any(sizeof types)];
    message.session = any(20) ? (any(1000) + 1) << 14 | any(20) : any(UINT32_MAX);
    if (mock.message_count) /* a session that exists or existed */
        message.session =
            any(20) ? mock.messages[any(mock.message_count)].message.session : message.session;
    message.argument = any(20000);
    if (message.type == HW_LISTEN)
        message.argument = any(2) ? 6 : 17;
    message.host_low = any(100000);
    message.host_high = MOCK_HOST_HIGH;
    put32(message.tuple.remote, clients[any(CLIENTS)].address);
    put32(message.tuple.local, SERVER);
    message.tuple.remote_port = (uint16_t)any(65536);
    message.tuple.local_port = (uint16_t)any(65536);
    message.tuple.port = (uint8_t)any(3);
    mock_request(&message);
    if (any(2))
        mock_run();
}

START_TEST(nothing_that_comes_in_breaks_the_stack)
{
    state = (uint32_t)_i * 7919 + 1;
    mock_defaults();
    mock.id = any(2);
    mock.features = any(4) ? mock.features : 0;
    mock.address4 = any(2) ? 0x0100000a : 0;
    mock.heap_bytes = 60 * 1024 + any(100) * 1024;
    mock.rx_buffer_bytes = any(3) ? 2048 : 64 * (2 + any(20));
    mock.rx_buffers = 256;
    mock.tx_buffers = 4 + any(60);
    mock.ring_slots = 4u << any(7);
    mock.ring_slot_bytes = 256u << any(4);
    mock.time_us = any(2) ? 1000 : (1ull << 32) - 2000000;
    mock_start();
    listen_on(0, 6);
    if (any(2))
        listen_on(0, 17);
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = client_new(i);
        clients[i].ethernet_port = (uint8_t)any(2);
        clients[i].tags = any(4) ? 0 : any(3);
        clients[i].tag[0] = clients[i].tag[1] = 0x81000003;
        clients[i].timestamps = any(2);
        clients[i].window_scale = any(2);
        client_send(&clients[i], SYN, NULL, 0);
        clients[i].acked =
            mock.frame_count ? get32(mock.frames[mock.frame_count - 1].bytes + 38) + 1 : 0;
        client_send(&clients[i], ACK, NULL, 0);
    }
    for (unsigned step = 0; step < STEPS; step++) {
        mock.owner = (uint8_t)any(2);
        switch (any(12)) {
        case 0:
            mock.hold_tx = !any(3);
            break;
        case 1:
            mock.hold_host = !any(3);
            break;
        case 2:
            mock.hold_slots = !any(3);
            break;
        case 3:
            mock_wait_ms(any(20) ? any(20) : any(2000));
            break;
        case 4:
        case 5:
        case 6:
            random_segment();
            break;
        case 7:
        case 8:
            random_request();
            break;
        default:
            damaged_frame();
        }
        if (mock.frame_count > MOCK_RECORDS / 2 || mock.message_count > MOCK_RECORDS / 2) {
            mock.hold_tx = mock.hold_host = mock.hold_slots = false;
            mock_run();
            mock_forget();
        }
    }
    mock.hold_tx = mock.hold_host = mock.hold_slots = false;
    mock_wait_ms(100);
    /* All sessions end when their peers do. */
    for (unsigned i = 0; i < mock.message_count; i++)
        ask(HW_ABORT, mock.messages[i].message.session, 0);
    mock_forget();
    for (uint32_t i = 1; i < 2048 && stack_memory().sessions; i++)
        for (uint32_t slot = 0; slot < 64; slot++)
            if (stack_memory().sessions)
                ask(HW_ABORT, HW_SESSION(mock.id, i << 14 | slot), 0);
    mock_forget();
    mock_wait_ms(60000); /* half-open connections and fragments time out */
    ck_assert_uint_eq(stack_memory().sessions, 0);
    mock_expect_idle();
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("stacks/fuzz");
    TCase *t = tcase_create("fuzz");
    int rounds = getenv("FUZZ_ROUNDS") ? atoi(getenv("FUZZ_ROUNDS")) : 20;

    tcase_set_timeout(t, 300);
    tcase_add_loop_test(t, nothing_that_comes_in_breaks_the_stack, 0, rounds);
    suite_add_tcase(s, t);
    return s;
}
