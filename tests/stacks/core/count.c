/* count.c - what a frame costs: instructions and accesses of the image for the events of a
 * connection. */
#include "tests/stacks/client.h"
#include "tests/stacks/core/core_stack.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 200 };

static struct core_stack_counts before;

static void begin(void)
{
    before = core_stack_counts();
}

static void end(const char *what, unsigned events)
{
    struct core_stack_counts now = core_stack_counts();
    double n = events;

    printf("%-44s %8.1f %8.1f %6.1f %6.1f %6.1f %6.1f\n", what,
           (double)(now.instructions - before.instructions) / n,
           (double)(now.cycles - before.cycles) / n,
           (double)(now.packet_loads - before.packet_loads) / n,
           (double)(now.packet_stores - before.packet_stores) / n,
           (double)(now.register_loads - before.register_loads) / n,
           (double)(now.register_stores - before.register_stores) / n);
    fflush(stdout);
}

START_TEST(events_of_one_connection)
{
    struct client client = client_new(1);
    static uint8_t data[1460];

    mock_defaults();
    mock_start();
    listen_on(0, 6);
    listen_on(0, 17);
    mock_skip();
    printf("\n%-44s %8s %8s %6s %6s %6s %6s\n", "event", "instr", "cycles", "pkt ld", "pkt st",
           "reg ld", "reg st");
    client.timestamps = getenv("TIMESTAMPS") != NULL;
    client.window_scale = true;
    begin();
    client_open(&client);
    end("SYN and final ACK of a handshake", 1);
    begin();
    for (unsigned i = 0; i < ROUNDS; i++) {
        client_send(&client, ACK, data, 1460 - 12u * client.timestamps);
        if (i % 40 == 39)
            ask(HW_CREDIT, client.session, 40 * (1460 - 12u * client.timestamps));
        mock_skip();
    }
    end("data segment received, one at a time", ROUNDS);
    mock_forget();
    begin();
    client.patient = true;
    for (unsigned i = 0; i < ROUNDS; i++) {
        client_send(&client, ACK, data, 1460 - 12u * client.timestamps);
        if (i % 8 == 7)
            mock_run();
        if (i % 40 == 39)
            ask(HW_CREDIT, client.session, 40 * (1460 - 12u * client.timestamps));
        mock_skip();
    }
    client.patient = false;
    end("data segment received, eight at a time", ROUNDS);
    mock_forget();
    begin();
    for (unsigned i = 0; i < ROUNDS; i++) {
        client_send(&client, ACK, NULL, 0);
    }
    end("pure ACK without news", ROUNDS);
    mock_forget();
    send_for(&client, 0, 4 * 1460);
    while (mock.frame_next < mock.frame_count)
        client_expect(&client);
    client_send(&client, ACK, NULL, 0);
    while (mock.frame_next < mock.frame_count)
        client_expect(&client);
    client_send(&client, ACK, NULL, 0);
    mock_forget();
    begin();
    for (unsigned i = 0; i < ROUNDS; i++) {
        send_for(&client, 0, 1000);
        client_expect(&client);
        client_send(&client, ACK, NULL, 0);
        mock_skip();
    }
    end("SEND of 1000 bytes, segment sent, its ACK", ROUNDS);
    mock_forget();
    send_for(&client, 0, 1448 * ROUNDS);
    begin();
    unsigned segments = 0;

    for (unsigned i = 0; i < 3 * ROUNDS && segments < ROUNDS; i++) {
        if (mock.frame_next == mock.frame_count)
            break;
        segments += client_expect(&client).length != 0;
        client_send(&client, ACK, NULL, 0);
    }
    end("ACK, and one new segment of a long SEND", segments);

    static uint8_t udp[1400], frame[1600];

    put16(udp, 1000);
    put16(udp + 2, 2000);
    put16(udp + 4, sizeof udp);
    mock_forget();
    begin();
    for (unsigned i = 0; i < ROUNDS; i++) {
        mock_frame(0, frame, frame_ip(&client, frame, 17, udp, sizeof udp), 0);
        mock_run();
    }
    end("UDP datagram received", ROUNDS);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("stacks/count");
    TCase *t = tcase_create("count");

    tcase_add_test(t, events_of_one_connection);
    suite_add_tcase(s, t);
    return s;
}
