/* MAC and PHY latency, cut-through, damaged frames and counters of a port, bit by bit. Bits of 100 ps. */
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

/* A port of 10 Gbit/s before a dispatch that holds every frame for longer than a test lasts. */
static void set_up(enum port_forwarding forwarding, uint64_t mac_latency_ps, uint64_t phy_latency_ps)
{
    sim_init(&sim);
    ledger_init(&ledger);
    dispatch = (struct dispatch *)sim_add_part(&sim, &dispatch_kind, "rx");
    clock_init(&dispatch->clock, 1000000, 0);
    dispatch->latency_cycles = 100000000;
    dispatch->interval_cycles = 1;
    event_init(&dispatch->out, &dispatch->part, dispatch, "out", NULL);
    port = (struct port *)sim_add_part(&sim, &port_kind, "eth0");
    port->speed_bits_per_s = 10000000000;
    port->rx_fifo_bytes = port->tx_fifo_bytes = 1 << 30;
    port->max_frame_bytes = 9018;
    port->forwarding = forwarding;
    port->cut_through_bytes = 64;
    port->mac_latency_ps = mac_latency_ps;
    port->phy_latency_ps = phy_latency_ps;
    port->dispatch_part = &dispatch->part;
    port_kind.init(&port->part, NULL);
}

static struct frame *offer_as(uint32_t bytes, bool fcs_is_bad, uint8_t first)
{
    uint8_t data[16384] = {0};

    memset(data, first, 6);
    struct frame *frame = frame_new_unpadded(&ledger, data, bytes);

    frame->fcs_is_bad = fcs_is_bad;
    port_offer(port, frame);
    return frame;
}

static struct frame *offer(uint32_t bytes)
{
    return offer_as(bytes, false, 2);
}

/* The dispatch gets its frame number `count` at that bit, not before. */
static void ck_at_dispatch(unsigned count, uint64_t bit)
{
    sim_run(&sim, bit * BIT);
    ck_assert_uint_eq(dispatch->entered.count, count - 1);
    sim_run(&sim, bit * BIT + 1);
    ck_assert_uint_eq(dispatch->entered.count, count);
}

static void run_to_bit(uint64_t bit)
{
    sim_run(&sim, bit * BIT + 1);
}

/* --- Latency ---------------------------------------------------------------------------------------- */

/* 33 ns and 17.05 ns are 500.5 bits: 501. A frame of 60 bytes takes 576 bits, and the gap 96. */
START_TEST(a_frame_comes_to_the_dispatch_the_latency_after_it_has_arrived)
{
    set_up(PORT_STORE, 33000, 17050);
    struct frame *frame = offer(60);
    offer(60);
    run_to_bit(576);
    ck_assert_uint_eq(port->stats.rx_frames, 1); /* arrived */
    ck_assert_uint_eq(port->stats.rx_fifo_used, 0);
    ck_at_dispatch(1, 576 + 501);
    ck_assert_uint_eq(port->stats.rx_fifo_used, 60);
    ck_assert_uint_eq(frame->stamps_ps[STAGE_ARRIVED], 576 * BIT);
    ck_at_dispatch(2, 672 + 576 + 501); /* the wire doesn't wait for it */
}
END_TEST

START_TEST(without_latency_a_frame_is_at_the_dispatch_when_it_has_arrived)
{
    set_up(PORT_STORE, 0, 0);
    struct frame *frame = offer(1000);
    ck_at_dispatch(1, 64 + 8 * 1004);
    ck_assert_uint_eq(frame->whole_ps, 0);
}
END_TEST

static uint64_t first_bits_ps[4], last_bits_ps[4];
static unsigned sent_count;

static void sent(void *owner, struct port *from, const struct tx_frame *frame, uint64_t first_bit_ps,
                 uint64_t last_bit_ps)
{
    (void)owner;
    (void)frame;
    first_bits_ps[sent_count] = first_bit_ps;
    last_bits_ps[sent_count++] = last_bit_ps;
    ck_assert_uint_eq(part_now(&from->part), last_bit_ps);
}

static void send(uint32_t bytes, uint8_t first)
{
    struct tx_frame *frame = g_new0(struct tx_frame, 1);

    frame->data = g_malloc0(bytes);
    memset(frame->data, first, 6);
    frame->bytes = bytes;
    ck_assert(port_tx_reserve(port, bytes, NULL, NULL));
    port_send(port, frame);
}

START_TEST(a_frame_is_on_the_wire_the_latency_after_it_left_the_fifo)
{
    set_up(PORT_STORE, 33000, 17050);
    sent_count = 0;
    port_listen(port, sent, NULL);
    send(100, 2);
    send(100, 2);
    run_to_bit(896);
    ck_assert_uint_eq(port->tx_reserved_bytes, 100); /* the first has left the FIFO */
    ck_assert_uint_eq(port->stats.tx_frames, 1);
    ck_assert_uint_eq(sent_count, 0);
    run_to_bit(992 + 896 + 500);
    ck_assert_uint_eq(sent_count, 1);
    ck_assert(port_is_sending(port));
    run_to_bit(992 + 896 + 501);
    ck_assert_uint_eq(sent_count, 2);
    ck_assert(!port_is_sending(port));
    ck_assert_uint_eq(first_bits_ps[0], 501 * BIT);
    ck_assert_uint_eq(last_bits_ps[0], (896 + 501) * BIT);
    ck_assert_uint_eq(first_bits_ps[1], (992 + 501) * BIT);
    ck_assert_uint_eq(last_bits_ps[1], (992 + 896 + 501) * BIT);
}
END_TEST

/* --- Cut-through -------------------------------------------------------------------------------------- */

START_TEST(cut_through_a_frame_is_at_the_dispatch_when_its_headers_have_come)
{
    set_up(PORT_CUT_THROUGH, 0, 0);
    struct frame *frame = offer(1000);
    ck_at_dispatch(1, 64 + 8 * 64);
    ck_assert_uint_eq(port->stats.rx_fifo_used, 1000);
    ck_assert_uint_eq(frame->whole_ps, (64 + 8 * 1004) * BIT);
    ck_assert_uint_eq(frame->stamps_ps[STAGE_ARRIVED], (64 + 8 * 1004) * BIT);
    ck_assert_uint_eq(port->stats.rx_frames, 0);
    ck_assert_uint_eq(port_waiting(port), 1); /* it is on the wire still */
    ck_assert(port_is_receiving(port));
    run_to_bit(64 + 8 * 1004);
    ck_assert_uint_eq(port->stats.rx_frames, 1);
    ck_assert_uint_eq(port_waiting(port), 0);
}
END_TEST

START_TEST(cut_through_is_for_frames_longer_than_what_it_waits_for)
{
    set_up(PORT_CUT_THROUGH, 0, 0);
    struct frame *same = offer(60), *longer = offer(61);
    ck_at_dispatch(1, 576);
    ck_assert_uint_eq(same->whole_ps, 0);
    ck_at_dispatch(2, 672 + 576);
    ck_assert_uint_eq(longer->whole_ps, (672 + 584) * BIT);
}
END_TEST

/* Frames of 100 bytes end at 896: before their headers are through a latency of 501 bits. */
START_TEST(cut_through_latency_longer_than_a_frame_keeps_frames_apart)
{
    set_up(PORT_CUT_THROUGH, 50100, 0);
    struct frame *first = offer(100), *second = offer(100);
    run_to_bit(896);
    ck_assert_uint_eq(port->stats.rx_frames, 1);
    ck_at_dispatch(1, 576 + 501);
    ck_at_dispatch(2, 992 + 576 + 501);
    ck_assert_uint_eq(first->whole_ps, (896 + 501) * BIT);
    ck_assert_uint_eq(second->whole_ps, (992 + 896 + 501) * BIT);
    ck_assert_uint_eq(port->stats.rx_fifo_used, 200);
}
END_TEST

START_TEST(cut_through_a_frame_that_the_dispatch_discards_still_ends_on_the_wire)
{
    set_up(PORT_CUT_THROUGH, 0, 0);
    offer(1000);
    offer(60);
    run_to_bit(600);
    struct frame *frame = frame_queue_pop(&dispatch->entered);
    port_rx_read(port, frame);
    frame_dropped(frame, "rx", "discarded");
    frame_release(frame);
    run_to_bit(8095);
    ck_assert_uint_eq(ledger.in_flight, 2);
    run_to_bit(8096);
    ck_assert_uint_eq(ledger.dropped, 1);
    ck_assert_uint_eq(port->stats.rx_frames, 1);
    ck_at_dispatch(1, 8096 + 96 + 576);
    ck_assert(ledger_check(&ledger));
}
END_TEST

START_TEST(cut_through_a_frame_offered_meanwhile_follows_after_the_gap)
{
    set_up(PORT_CUT_THROUGH, 0, 0);
    offer(1000);
    run_to_bit(700);
    offer(60);
    ck_at_dispatch(2, 8096 + 96 + 576);
}
END_TEST

START_TEST(cut_through_room_for_all_of_a_frame_must_be_there_at_its_headers)
{
    set_up(PORT_CUT_THROUGH, 0, 0);
    port->rx_fifo_bytes = 1999;
    offer(1000);
    offer(1000);
    run_to_bit(8096 + 96 + 576);
    ck_assert_uint_eq(port->stats.rx_fifo_used, 1000);
    ck_assert_uint_eq(port->stats.rx_dropped, 1);
    run_to_bit(20000);
    ck_assert_uint_eq(ledger.dropped, 1);
    ck_assert_str_eq(ledger.drops[0].reason, "fifo_full");
    ck_assert_uint_eq(port->stats.rx_frames, 2);
}
END_TEST

START_TEST(cut_through_a_bad_frame_passes_and_is_counted_at_its_end)
{
    set_up(PORT_CUT_THROUGH, 0, 0);
    struct frame *frame = offer_as(1000, true, 2);
    ck_at_dispatch(1, 576);
    ck_assert_str_eq(frame->bad, "bad_fcs");
    ck_assert_uint_eq(port->stats.rx_crc_errors, 0);
    run_to_bit(8096);
    ck_assert_uint_eq(port->stats.rx_crc_errors, 1);
    ck_assert_uint_eq(port->stats.rx_dropped, 1);
    ck_assert_uint_eq(ledger.in_flight, 1); /* the DMA drops it */
}
END_TEST

/* --- What is no good ---------------------------------------------------------------------------------- */

static const struct bad {
    uint32_t bytes;
    bool fcs_is_bad;
    const char *reason; /* NULL: it is taken */
    unsigned undersize, fragments, oversize, jabber, crc_errors;
} bad[] = {
    {59, false, "undersize", 1, 0, 0, 0, 0}, {60, false, NULL, 0, 0, 0, 0, 0},
    {9018, false, NULL, 0, 0, 0, 0, 0},      {9019, false, "oversize", 0, 0, 1, 0, 0},
    {59, true, "runt", 0, 1, 0, 0, 0},       {4, true, "runt", 0, 1, 0, 0, 0},
    {60, true, "bad_fcs", 0, 0, 0, 0, 1},    {9018, true, "bad_fcs", 0, 0, 0, 0, 1},
    {9019, true, "bad_fcs", 0, 0, 0, 1, 0},
};

START_TEST(what_is_no_good_is_dropped_by_name_and_counted)
{
    const struct bad *row = &bad[_i];

    set_up(PORT_STORE, 0, 0);
    offer_as(row->bytes, row->fcs_is_bad, 2);
    run_to_bit(100000);
    ck_assert_uint_eq(port->stats.rx_frames, 1);
    ck_assert_uint_eq(port->stats.rx_bytes, row->bytes);
    ck_assert_uint_eq(port->stats.rx_dropped, row->reason != NULL);
    ck_assert_uint_eq(port->stats.rx_undersize, row->undersize);
    ck_assert_uint_eq(port->stats.rx_fragments, row->fragments);
    ck_assert_uint_eq(port->stats.rx_oversize, row->oversize);
    ck_assert_uint_eq(port->stats.rx_jabber, row->jabber);
    ck_assert_uint_eq(port->stats.rx_crc_errors, row->crc_errors);
    ck_assert_uint_eq(port->stats.rx.unicast, row->reason == NULL);
    ck_assert_uint_eq(dispatch->entered.count, row->reason == NULL);
    ck_assert_uint_eq(ledger.drop_count, row->reason != NULL);
    if (row->reason) {
        ck_assert_str_eq(ledger.drops[0].reason, row->reason);
        ck_assert_str_eq(ledger.drops[0].place, "eth0");
    }
    ck_assert(ledger_check(&ledger));
}
END_TEST

/* --- Counters ------------------------------------------------------------------------------------------- */

/* Bytes without FCS, and the place in the histogram; 7: in none. */
static const unsigned sizes[][2] = {{59, 7},   {60, 0},   {61, 1},   {123, 1},  {124, 2},  {251, 2},  {252, 3},
                                    {507, 3},  {508, 4},  {1019, 4}, {1020, 5}, {1514, 5}, {1515, 6}, {9018, 6}};

START_TEST(sizes_are_counted_with_fcs_in_both_directions)
{
    unsigned bytes = sizes[_i][0], place = sizes[_i][1];

    set_up(PORT_STORE, 0, 0);
    offer(bytes);
    send(bytes, 2);
    run_to_bit(100000);
    for (unsigned i = 0; i < PORT_SIZES; i++) {
        ck_assert_uint_eq(port->stats.rx.sizes[i], i == place);
        ck_assert_uint_eq(port->stats.tx.sizes[i], i == (bytes < 60 ? 0 : place)); /* the port pads */
    }
}
END_TEST

START_TEST(a_damaged_frame_is_in_the_histogram_and_goes_to_nobody)
{
    set_up(PORT_STORE, 0, 0);
    offer_as(100, true, 0xff);
    run_to_bit(100000);
    ck_assert_uint_eq(port->stats.rx.sizes[1], 1);
    ck_assert_uint_eq(port->stats.rx.broadcast, 0);
}
END_TEST

START_TEST(whom_frames_are_for_is_counted_in_both_directions)
{
    static const uint8_t first[] = {0x02, 0x33, 0x33, 0xff, 0xff, 0xff}; /* 6 times: a unicast, a group, everybody */

    set_up(PORT_STORE, 0, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(first); i++) {
        offer_as(60, false, first[i]);
        send(60, first[i]);
    }
    run_to_bit(100000);
    const struct port_counters *both[] = {&port->stats.rx, &port->stats.tx};

    for (unsigned i = 0; i < 2; i++) {
        ck_assert_uint_eq(both[i]->unicast, 1);
        ck_assert_uint_eq(both[i]->multicast, 2);
        ck_assert_uint_eq(both[i]->broadcast, 3);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("port: wire, MAC and PHY");
    TCase *latency = tcase_create("latency"), *cut = tcase_create("cut-through"), *counters = tcase_create("counters");

    tcase_add_test(latency, a_frame_comes_to_the_dispatch_the_latency_after_it_has_arrived);
    tcase_add_test(latency, without_latency_a_frame_is_at_the_dispatch_when_it_has_arrived);
    tcase_add_test(latency, a_frame_is_on_the_wire_the_latency_after_it_left_the_fifo);
    suite_add_tcase(s, latency);
    tcase_add_test(cut, cut_through_a_frame_is_at_the_dispatch_when_its_headers_have_come);
    tcase_add_test(cut, cut_through_is_for_frames_longer_than_what_it_waits_for);
    tcase_add_test(cut, cut_through_latency_longer_than_a_frame_keeps_frames_apart);
    tcase_add_test(cut, cut_through_a_frame_that_the_dispatch_discards_still_ends_on_the_wire);
    tcase_add_test(cut, cut_through_a_frame_offered_meanwhile_follows_after_the_gap);
    tcase_add_test(cut, cut_through_room_for_all_of_a_frame_must_be_there_at_its_headers);
    tcase_add_test(cut, cut_through_a_bad_frame_passes_and_is_counted_at_its_end);
    suite_add_tcase(s, cut);
    tcase_add_loop_test(counters, what_is_no_good_is_dropped_by_name_and_counted, 0, G_N_ELEMENTS(bad));
    tcase_add_loop_test(counters, sizes_are_counted_with_fcs_in_both_directions, 0, G_N_ELEMENTS(sizes));
    tcase_add_test(counters, a_damaged_frame_is_in_the_histogram_and_goes_to_nobody);
    tcase_add_test(counters, whom_frames_are_for_is_counted_in_both_directions);
    suite_add_tcase(s, counters);
    return s;
}
