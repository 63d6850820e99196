/* The wire's timing (RFC 2544 and RFC 5180 rates), FIFOs and checksum hardware of a port. */
#include "models/dispatch.h"
#include "models/port.h"
#include "stacks/hardware.h"
#include "tests/suite.h"
#include "traces/packet.h"

#include <glib.h>
#include <string.h>

static struct sim sim;
static struct port *port;
static struct dispatch *dispatch;
static struct ledger ledger;

/* A port before a dispatch that holds every frame for longer than a test lasts. */
static void set_up_port(uint64_t speed_bits_per_s)
{
    sim_init(&sim);
    ledger_init(&ledger);
    dispatch = (struct dispatch *)sim_add_part(&sim, &dispatch_kind, "rx");
    clock_init(&dispatch->clock, 1000000, 0);
    dispatch->latency_cycles = 100000000;
    dispatch->interval_cycles = 1;
    event_init(&dispatch->out, &dispatch->part, dispatch, "out", NULL);
    port = (struct port *)sim_add_part(&sim, &port_kind, "eth0");
    port->speed_bits_per_s = speed_bits_per_s;
    port->rx_fifo_bytes = port->tx_fifo_bytes = 1 << 30;
    port->max_frame_bytes = 9018;
    port->dispatch_part = &dispatch->part;
    port_kind.init(&port->part, NULL);
}

static void offer(uint32_t bytes)
{
    uint8_t data[16384] = {0};

    port_offer(port, frame_new(&ledger, data, bytes));
}

struct rate {
    uint64_t gbit_per_s, frame_bytes, frames_per_s;
};

static const struct rate rates[] = {
    {10, 64, 14880952},   {25, 64, 37202380},   {100, 64, 148809523}, {10, 128, 8445945},
    {25, 128, 21114864},  {100, 128, 84459459}, {10, 256, 4528985},   {25, 256, 11322463},
    {100, 256, 45289855}, {10, 512, 2349624},   {25, 512, 5874060},   {100, 512, 23496240},
    {10, 1024, 1197318},  {25, 1024, 2993295},  {100, 1024, 11973180}, {10, 1280, 961538},
    {25, 1280, 2403846},  {100, 1280, 9615384}, {10, 1518, 812743},   {25, 1518, 2031859},
    {100, 1518, 8127438},
};

/* Frame sizes of RFC 2544 hold the FCS; frame n ends n frame times after 0, less the gap. */
START_TEST(frames_arrive_at_line_rate_to_the_picosecond)
{
    const struct rate *rate = &rates[_i];
    uint64_t bits = 8 * (rate->frame_bytes + 20), speed = rate->gbit_per_s * 1000000000;

    set_up_port(speed);
    for (unsigned i = 0; i < 10000; i++)
        offer((uint32_t)rate->frame_bytes - 4);
    sim_run(&sim, 100000000000);
    uint64_t expected_ps =
        (uint64_t)((unsigned __int128)(10000 * bits - 96) * PS_PER_SECOND / speed);
    ck_assert_uint_eq(port->stats.rx_frames, 10000);
    ck_assert_uint_eq(ledger.last_offered_ps, expected_ps);
    ck_assert_uint_eq(speed / bits, rate->frames_per_s);
}
END_TEST

START_TEST(a_frame_below_60_bytes_is_padded_on_the_wire)
{
    set_up_port(10000000000);
    offer(42);
    sim_run(&sim, 1000000000);
    ck_assert_uint_eq(ledger.last_offered_ps, (8 + 60 + 4) * 8 * 100);
    ck_assert_uint_eq(port->stats.rx_bytes, 60);
}
END_TEST

START_TEST(a_frame_offered_between_bit_times_begins_at_the_next)
{
    set_up_port(10000000000);
    sim_run(&sim, 1050);
    offer(60);
    sim_run(&sim, 1000000000);
    ck_assert_uint_eq(ledger.first_offered_ps, 1100);
    ck_assert_uint_eq(ledger.last_offered_ps, 1100 + 72 * 8 * 100);
}
END_TEST

START_TEST(the_fifo_takes_frames_to_its_last_byte_and_drops_the_next)
{
    set_up_port(10000000000);
    port->rx_fifo_bytes = 3 * 100;
    for (unsigned i = 0; i < 4; i++)
        offer(100);
    sim_run(&sim, 1000000000);
    ck_assert_uint_eq(port->stats.rx_fifo_used, 300);
    ck_assert_uint_eq(ledger.dropped, 1);
    ck_assert_str_eq(ledger.drops[0].reason, "fifo_full");
    ck_assert_str_eq(ledger.drops[0].place, "eth0");
    ck_assert(ledger_check(&ledger));
}
END_TEST

START_TEST(a_frame_of_9018_bytes_passes_and_one_byte_more_is_oversize)
{
    set_up_port(10000000000);
    offer(9018);
    offer(9019);
    sim_run(&sim, 1000000000);
    ck_assert_uint_eq(port->stats.rx_fifo_used, 9018);
    ck_assert_uint_eq(port->stats.rx_oversize, 1);
    ck_assert_str_eq(ledger.drops[0].reason, "oversize");
}
END_TEST

/* --- Transmit --------------------------------------------------------------------------------------- */

static uint64_t first_bits_ps[8], last_bits_ps[8];
static unsigned sent_count;
static uint8_t sent_data[8][256];

static void sent(void *owner, struct port *from, const struct tx_frame *frame, uint64_t first_bit_ps,
                 uint64_t last_bit_ps)
{
    (void)owner;
    (void)from;
    first_bits_ps[sent_count] = first_bit_ps;
    last_bits_ps[sent_count] = last_bit_ps;
    memcpy(sent_data[sent_count++], frame->data, MIN(frame->bytes, 256u));
}

static struct tx_frame *frame_to_send(const uint8_t *data, uint32_t bytes)
{
    struct tx_frame *frame = g_new0(struct tx_frame, 1);

    frame->data = g_malloc0(bytes);
    if (data)
        memcpy(frame->data, data, bytes);
    frame->bytes = bytes;
    return frame;
}

static void no_room(void *owner)
{
    ++*(unsigned *)owner;
}

START_TEST(frames_are_sent_back_to_back_with_the_gap_between)
{
    set_up_port(10000000000);
    sent_count = 0;
    port_listen(port, sent, NULL);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert(port_tx_reserve(port, 100, no_room, NULL));
        port_send(port, frame_to_send(NULL, 100));
    }
    sim_run(&sim, 1000000000);
    ck_assert_uint_eq(sent_count, 2);
    ck_assert_uint_eq(first_bits_ps[0], 0);
    ck_assert_uint_eq(last_bits_ps[0], 112 * 800);
    ck_assert_uint_eq(first_bits_ps[1], 124 * 800);
    ck_assert_uint_eq(last_bits_ps[1], 124 * 800 + 112 * 800);
    ck_assert_uint_eq(port->tx_reserved_bytes, 0);
}
END_TEST

START_TEST(who_finds_the_transmit_fifo_full_is_called_when_a_frame_has_left)
{
    unsigned calls = 0;

    set_up_port(10000000000);
    port->tx_fifo_bytes = 250;
    ck_assert(port_tx_reserve(port, 100, no_room, &calls));
    port_send(port, frame_to_send(NULL, 100));
    ck_assert(port_tx_reserve(port, 150, no_room, &calls)); /* to the last byte */
    ck_assert(!port_tx_reserve(port, 60, no_room, &calls));
    sim_run(&sim, 112 * 800);
    ck_assert_uint_eq(calls, 0);
    sim_run(&sim, 112 * 800 + 1);
    ck_assert_uint_eq(calls, 1);
    ck_assert(port_tx_reserve(port, 60, no_room, &calls));
}
END_TEST

static char called[8];
static unsigned called_count;

static void take_room(void *owner)
{
    called[called_count++] = *(const char *)owner;
    port_tx_reserve(port, 150, take_room, owner);
}

START_TEST(who_was_refused_first_is_called_first_and_nobody_is_forgotten)
{
    set_up_port(10000000000);
    port->tx_fifo_bytes = 250;
    called_count = 0;
    for (unsigned i = 0; i < 2; i++) {
        ck_assert(port_tx_reserve(port, 100, no_room, NULL));
        port_send(port, frame_to_send(NULL, 100));
    }
    ck_assert(!port_tx_reserve(port, 150, take_room, "a"));
    ck_assert(!port_tx_reserve(port, 150, take_room, "b"));
    ck_assert(!port_tx_reserve(port, 50, take_room, "c")); /* would fit, but others wait */
    sim_run(&sim, 112 * 800 + 1); /* 100 are left: the first gets 150, the second is refused again */
    ck_assert_uint_eq(called_count, 2);
    ck_assert_mem_eq(called, "ab", 2);
    sim_run(&sim, 1000000000);
    ck_assert_mem_eq(called, "abb", 3); /* still before the third */
    ck_assert_uint_eq(port->tx_waiters.length, 2);
}
END_TEST

/* 10.0.0.1:1000 -> 10.0.0.2:80, SYN, checksums 0. */
static const uint8_t segment[54] = {
    2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0,
    10, 0, 0, 1, 10, 0, 0, 2, 3, 0xe8, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0x20, 0, 0, 0, 0, 0};

START_TEST(checksums_are_inserted_on_the_way_out_and_verified_on_the_way_in)
{
    set_up_port(10000000000);
    port->tx_checksum = true;
    sent_count = 0;
    port_listen(port, sent, NULL);
    struct tx_frame *frame = frame_to_send(segment, sizeof segment);
    frame->ip_checksum = frame->l4_checksum = true;
    ck_assert(port_tx_reserve(port, frame->bytes, no_room, NULL));
    port_send(port, frame);
    sim_run(&sim, 1000000000);

    /* By hand: 4500+0028+0001+4006+0a00+0001+0a00+0002 = 9932, complement 66cd. TCP: pseudo header
     * 0a00+0001+0a00+0002+0006+0014, header 03e8+0050+0001+5002+2000 = 8858, complement 77a7. */
    ck_assert_uint_eq(packet_get16(sent_data[0] + 24), 0x66cd);
    ck_assert_uint_eq(packet_get16(sent_data[0] + 50), 0x77a7);
    ck_assert_uint_eq(port_checksum_flags(sent_data[0], 60), HW_RX_IP_GOOD | HW_RX_L4_GOOD);
    sent_data[0][40]++;
    ck_assert_uint_eq(port_checksum_flags(sent_data[0], 60), HW_RX_IP_GOOD | HW_RX_L4_BAD);
    sent_data[0][22]++;
    ck_assert_uint_eq(port_checksum_flags(sent_data[0], 60), HW_RX_IP_BAD | HW_RX_L4_BAD);
}
END_TEST

/* UDP over IPv6, 4 bytes of payload. */
static const uint8_t datagram6[66] = {
    2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 12, 17, 64, 0xfd, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 1, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 53, 0, 53, 0, 12, 0, 0, 1, 2, 3, 4};

START_TEST(whatever_a_header_says_its_frame_is_judged)
{
    static const uint8_t values[] = {0, 1, 4, 6, 17, 43, 44, 51, 58, 59, 60, 0x45, 0x4f, 0x7f, 0x80, 0xff};
    static const struct {
        const uint8_t *data;
        uint32_t bytes;
    } frames[] = {{segment, sizeof segment}, {datagram6, sizeof datagram6}};
    uint8_t data[128];

    for (unsigned f = 0; f < G_N_ELEMENTS(frames); f++)
        for (uint32_t i = 12; i < frames[f].bytes; i++)
            for (uint32_t j = i; j < MIN(i + 12, frames[f].bytes); j++)
                for (unsigned v = 0; v < G_N_ELEMENTS(values); v++)
                    for (uint32_t cut = 0; cut < 12; cut += 4) {
                        memcpy(data, frames[f].data, frames[f].bytes);
                        data[i] = values[v];
                        data[j] = values[(v * 7 + i) % G_N_ELEMENTS(values)];
                        uint8_t flags = port_checksum_flags(data, frames[f].bytes - cut);

                        ck_assert((flags & (HW_RX_L4_GOOD | HW_RX_L4_BAD)) !=
                                  (HW_RX_L4_GOOD | HW_RX_L4_BAD));
                    }
}
END_TEST

START_TEST(a_fragment_is_judged_by_its_ip_header_alone)
{
    uint8_t data[60];

    memcpy(data, segment, sizeof segment);
    data[20] = 0x20; /* more fragments */
    packet_put16(data + 24, 0);
    packet_put16(data + 24, packet_checksum_finish(packet_checksum_add(0, data + 14, 20)));
    ck_assert_uint_eq(port_checksum_flags(data, 54), HW_RX_IP_GOOD);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("port");
    TCase *wire = tcase_create("wire");
    TCase *transmit = tcase_create("transmit");

    tcase_add_loop_test(wire, frames_arrive_at_line_rate_to_the_picosecond, 0,
                        G_N_ELEMENTS(rates));
    tcase_add_test(wire, a_frame_below_60_bytes_is_padded_on_the_wire);
    tcase_add_test(wire, a_frame_offered_between_bit_times_begins_at_the_next);
    tcase_add_test(wire, the_fifo_takes_frames_to_its_last_byte_and_drops_the_next);
    tcase_add_test(wire, a_frame_of_9018_bytes_passes_and_one_byte_more_is_oversize);
    suite_add_tcase(s, wire);
    tcase_add_test(transmit, frames_are_sent_back_to_back_with_the_gap_between);
    tcase_add_test(transmit, who_finds_the_transmit_fifo_full_is_called_when_a_frame_has_left);
    tcase_add_test(transmit, who_was_refused_first_is_called_first_and_nobody_is_forgotten);
    tcase_add_test(transmit, checksums_are_inserted_on_the_way_out_and_verified_on_the_way_in);
    tcase_add_test(transmit, a_fragment_is_judged_by_its_ip_header_alone);
    tcase_add_test(transmit, whatever_a_header_says_its_frame_is_judged);
    suite_add_tcase(s, transmit);
    return s;
}
