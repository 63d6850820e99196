/* Flow control by PAUSE frames, edge by edge (IEEE 802.3 annex 31B). Bits of 100 ps; a frame of 500 bytes takes 4,096 and
 * the gap 96; a PAUSE frame 576. The response is 2 quanta, 1,024 bits. */
#include "models/dispatch.h"
#include "models/port.h"
#include "tests/suite.h"

#include <glib.h>
#include <string.h>

#define BIT 100ull

static struct sim sim;
static struct port *port;
static struct dispatch *dispatch;
static struct ledger ledger;
static struct diagnostics diagnostics;
static uint64_t arrived_ps[64];
static unsigned arrived_count;
static uint64_t latency_ps; /* of MAC and PHY, each way */

static void arrived(void *owner, struct frame *frame, uint64_t first_bit_ps)
{
    (void)owner;
    (void)frame;
    arrived_ps[arrived_count++ % 64] = first_bit_ps;
}

/* Before a dispatch that holds every frame: the test reads them out of the FIFO. */
static void set_up(uint64_t rx_fifo, uint64_t max_frame, uint64_t pause_quanta)
{
    sim_init(&sim);
    ledger_init(&ledger);
    diagnostics_init(&diagnostics);
    dispatch = (struct dispatch *)sim_add_part(&sim, &dispatch_kind, "rx");
    clock_init(&dispatch->clock, 1000000, 0);
    dispatch->latency_cycles = 100000000;
    dispatch->interval_cycles = 1;
    event_init(&dispatch->out, &dispatch->part, dispatch, "out", NULL);
    port = (struct port *)sim_add_part(&sim, &port_kind, "eth0");
    port->speed_bits_per_s = 10000000000;
    port->rx_fifo_bytes = rx_fifo;
    port->tx_fifo_bytes = 1 << 30;
    port->max_frame_bytes = max_frame;
    port->pause_quanta = pause_quanta;
    port->response_quanta = 2;
    port->mac_latency_ps = latency_ps;
    port->dispatch_part = &dispatch->part;
    port_kind.init(&port->part, NULL);
    port_set_flow_control(port, &diagnostics);
    arrived_count = 0;
    port_set_sender(port, arrived, NULL);
}

static void offer(unsigned frames, uint32_t bytes)
{
    uint8_t data[16384] = {0};

    while (frames--)
        port_offer(port, frame_new(&ledger, data, bytes));
}

static void read_out(unsigned frames)
{
    const struct frame *frame = dispatch->entered.first;

    while (frames--) {
        port_rx_read(port, frame);
        frame = frame->next;
    }
}

/* A frame of 1,000 bytes, two of them with what is around them, 2,048, 84 of the PAUSE frame and 128 of the response may
 * come above pause_high: 3,260 of 5,000. The fourth frame passes 1,740 at bit 16,672. */
START_TEST(sender_stops_after_the_response_and_goes_on_after_the_next)
{
    set_up(5000, 1000, 40);
    ck_assert_uint_eq(diagnostics.errors, 0);
    ck_assert_uint_eq(port->pause_high_bytes, 1740);
    ck_assert_uint_eq(port->pause_low_bytes, 870);
    offer(8, 500);
    sim_run(&sim, 17248 * BIT); /* its last bit is at 16,672 + 576 */
    ck_assert_uint_eq(port->stats.tx_pause, 0);
    sim_run(&sim, 17248 * BIT + 1);
    ck_assert_uint_eq(port->stats.tx_pause, 1);
    sim_run(&sim, 18272 * BIT);
    ck_assert(!port_is_paused(port));
    sim_run(&sim, 18272 * BIT + 1); /* obeyed */
    ck_assert(port_is_paused(port));
    /* The fifth began at 16,768. It is told again at 17,248 + 10,240, and would be 10,240 after that one's last bit. */
    sim_run(&sim, 28064 * BIT);
    ck_assert_uint_eq(port->stats.tx_pause, 1);
    sim_run(&sim, 30000 * BIT);
    ck_assert_uint_eq(arrived_count, 5);
    ck_assert_uint_eq(port->stats.tx_pause, 2);
    ck_assert_uint_eq(port->stats.rx_fifo_used, 2500);
    read_out(3); /* 1,000: not low yet */
    ck_assert(port->pausing);
    read_out(1);
    ck_assert(!port->pausing);
    sim_run(&sim, 35000 * BIT); /* PAUSE 0 from 30,000 to 30,576, obeyed at 31,600 */
    port_kind.settle(&port->part);
    ck_assert_uint_eq(port->stats.rx_paused_ps, (31600 - 18272) * BIT);
    ck_assert_uint_eq(port->stats.tx_resume, 1);
    sim_run(&sim, 45000 * BIT);
    ck_assert_uint_eq(arrived_ps[4], 16768 * BIT);
    ck_assert_uint_eq(arrived_ps[5], 31600 * BIT);
    ck_assert_uint_eq(arrived_ps[6], (31600 + 4192) * BIT);
    ck_assert_uint_eq(ledger.dropped, 0);
}
END_TEST

/* As above with L = 50 bits: 2 L are 13 bytes less below the mark. The 4th frame passes it at 16,672 + 50, the PAUSE
 * frame is 576 long and takes 50 to the sender. */
START_TEST(pause_is_heard_the_latency_later)
{
    latency_ps = 50 * BIT;
    set_up(5000, 1000, 40);
    latency_ps = 0;
    offer(10, 500);
    sim_run(&sim, (16672 + 50) * BIT);
    ck_assert(!port->pausing);
    sim_run(&sim, (16672 + 50) * BIT + 1);
    ck_assert(port->pausing);
    sim_run(&sim, (16672 + 50 + 576 + 50 + 1024) * BIT);
    ck_assert(!port_is_paused(port));
    sim_run(&sim, (16672 + 50 + 576 + 50 + 1024) * BIT + 1);
    ck_assert(port_is_paused(port));
}
END_TEST

START_TEST(pause_that_is_not_repeated_ends_by_itself)
{
    set_up(5000, 1000, 40);
    offer(6, 500);
    sim_run(&sim, 17248 * BIT + 1);
    event_cancel(&port->pause_again);
    sim_run(&sim, 45000 * BIT);
    ck_assert_uint_eq(arrived_ps[5], (17248 + 20480) * BIT); /* counted from its last bit */
    port_kind.settle(&port->part);
    ck_assert_uint_eq(port->stats.rx_paused_ps, (17248 + 20480 - 18272) * BIT);
}
END_TEST

/* Before the next is obeyed: half of its time, a frame of 1,024 bytes on the wire that the port is sending, 72 of the PAUSE
 * frame, 2 quanta of response: 20 quanta, rounded up. */
START_TEST(pause_is_repeated_before_it_is_over)
{
    set_up(5000, 1000, 39);
    ck_assert_uint_eq(diagnostics.errors, 1);
    set_up(5000, 1000, 40);
    ck_assert_uint_eq(diagnostics.errors, 0);
}
END_TEST

static struct tx_frame *frame_to_send(uint32_t bytes)
{
    struct tx_frame *frame = g_new0(struct tx_frame, 1);

    frame->data = g_malloc0(bytes);
    frame->bytes = bytes;
    return frame;
}

static uint64_t sent_first_ps[4];
static unsigned sent_count;

static void sent(void *owner, struct port *from, const struct tx_frame *frame, uint64_t first_bit_ps,
                 uint64_t last_bit_ps)
{
    (void)owner;
    (void)from;
    (void)frame;
    (void)last_bit_ps;
    sent_first_ps[sent_count++ % 4] = first_bit_ps;
}

START_TEST(pause_waits_for_the_frame_being_sent_and_goes_before_the_next)
{
    set_up(5000, 1000, 10);
    sent_count = 0;
    port_listen(port, sent, NULL);
    offer(8, 500);
    sim_run(&sim, 16000 * BIT);
    for (unsigned i = 0; i < 2; i++) { /* 1,012 x 8 bits from 16,000 on, to 24,096 */
        ck_assert(port_tx_reserve(port, 1000, NULL, NULL));
        port_send(port, frame_to_send(1000));
    }
    sim_run(&sim, (24192 + 576) * BIT); /* the gap, and the PAUSE frame */
    ck_assert_uint_eq(port->stats.tx_pause, 0);
    sim_run(&sim, (24192 + 576) * BIT + 1);
    ck_assert_uint_eq(port->stats.tx_pause, 1);
    ck_assert_uint_eq(sent_count, 1);
    sim_run(&sim, 60000 * BIT);
    ck_assert_uint_eq(sent_first_ps[1], (24192 + 576 + 96) * BIT);
    ck_assert_uint_eq(port->stats.tx_frames, 2);
}
END_TEST

START_TEST(pause_that_is_over_before_it_is_sent_is_not_sent)
{
    set_up(5000, 1000, 10);
    offer(4, 500);
    sim_run(&sim, 16000 * BIT);
    ck_assert(port_tx_reserve(port, 1000, NULL, NULL));
    port_send(port, frame_to_send(1000));
    sim_run(&sim, 17000 * BIT);
    ck_assert(port->pausing);
    read_out(3);
    sim_run(&sim, 100000 * BIT);
    ck_assert_uint_eq(port->stats.tx_pause + port->stats.tx_resume, 0);
}
END_TEST

/* Whatever the sizes, with the transmit side busy with the longest frames: the room above pause_high is enough. Six sizes
 * each without latency, with one of 10,000 bits (2 L are 2,500 bytes), and with that and cut-through. */
START_TEST(nothing_is_dropped_with_the_least_fifo_and_a_busy_transmitter)
{
    static const uint32_t sizes[] = {60, 61, 100, 500, 999, 1000};

    latency_ps = _i >= 6 ? 10000 * BIT : 0;
    set_up(3260 + 1000 + (_i >= 6 ? 2500 : 0), 1000, 65535);
    latency_ps = 0;
    if (_i >= 12) {
        port->forwarding = PORT_CUT_THROUGH;
        port->cut_through_bytes = 64;
    }
    ck_assert_uint_eq(diagnostics.errors, 0);
    for (unsigned i = 0; i < 300; i++) {
        ck_assert(port_tx_reserve(port, 1000, NULL, NULL));
        port_send(port, frame_to_send(1000));
    }
    offer(400, sizes[_i % 6]);
    for (unsigned step = 0; step < 20000 && port_waiting(port); step++) {
        sim_run(&sim, (step + 1) * 1000 * BIT);
        while (step % 50 == 0 && dispatch->entered.first) {
            struct frame *frame = frame_queue_pop(&dispatch->entered);

            port_rx_read(port, frame);
            frame_release(frame);
        }
    }
    ck_assert_uint_eq(ledger.dropped, 0);
    ck_assert_uint_eq(port_waiting(port), 0);
    ck_assert_uint_ge(port->stats.tx_pause, 2);
    ck_assert_uint_le(port->stats.rx_fifo_max, port->rx_fifo_bytes);
}
END_TEST

START_TEST(fifo_without_room_above_the_mark_is_an_error)
{
    set_up(3260 + 999, 1000, 10);
    ck_assert_uint_eq(diagnostics.errors, 1);
    ck_assert_ptr_nonnull(strstr(diagnostics.list[0].text, "4260 bytes or more"));
    diagnostics_clear(&diagnostics);
}
END_TEST

/* IEEE 802.3 annex 31B.3.7. */
START_TEST(response_is_what_the_standard_allows)
{
    static const uint64_t rows[][2] = {{1, 2}, {10, 60}, {25, 80}, {40, 118}, {100, 394}};

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        set_up(1 << 20, 1000, 10);
        port->speed_bits_per_s = rows[i][0] * 1000000000;
        port->response_quanta = port->pause_high_bytes = port->pause_low_bytes = 0;
        port_set_flow_control(port, &diagnostics);
        ck_assert_uint_eq(port->response_quanta, rows[i][1]);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("port: flow control");
    TCase *cases = tcase_create("pause");

    tcase_add_test(cases, sender_stops_after_the_response_and_goes_on_after_the_next);
    tcase_add_test(cases, pause_is_heard_the_latency_later);
    tcase_add_test(cases, pause_that_is_not_repeated_ends_by_itself);
    tcase_add_test(cases, pause_is_repeated_before_it_is_over);
    tcase_add_test(cases, pause_waits_for_the_frame_being_sent_and_goes_before_the_next);
    tcase_add_test(cases, pause_that_is_over_before_it_is_sent_is_not_sent);
    tcase_add_loop_test(cases, nothing_is_dropped_with_the_least_fifo_and_a_busy_transmitter, 0, 18);
    tcase_add_test(cases, fifo_without_room_above_the_mark_is_an_error);
    tcase_add_test(cases, response_is_what_the_standard_allows);
    suite_add_tcase(all, cases);
    return all;
}
