/* The receive dispatch's pipeline, edge by edge: entry, interval, latency, frames of two ports.
 *
 * The dispatch has 500 MHz, edge n is at 2000 n ps. What arrives from a port's clock domain enters 2 edges after the
 * first edge at or after its arrival, and leaves `latency` edges later. */
#include "models/bus.h"
#include "models/dispatch.h"
#include "tests/models/encode.h"
#include "tests/models/program_image.h"
#include "models/port.h"
#include "models/processor.h"
#include "models/receive_dma.h"
#include "tests/models/build_part.h"
#include "tests/suite.h"

#include <glib.h>

#define EDGE_PS 2000ull

static struct sim sim;
static struct ledger ledger;
static struct dispatch *dispatch;
static struct receive_dma *dma;
static struct port *ports[2];
static unsigned offered;
static struct part *processors[2];

/* A card as far as the receive DMA, which takes frames and never begins one. Its queue shows what has left. */
static char program_path[64]; /* with hash = program */
static struct parameter_lines changes;

static void set_up_speeds(const char *latency, const char *interval, const char *speed0,
                          const char *speed1)
{
    struct diagnostics diagnostics;

    sim_init(&sim);
    ledger_init(&ledger);
    offered = 0;
    for (unsigned i = 0; i < 2; i++) {
        ports[i] = (struct port *)part_build(&sim, &port_kind, i ? "eth1" : "eth0");
        part_set(&ports[i]->part, "speed", i ? speed1 : speed0);
    }
    dispatch = (struct dispatch *)part_build(&sim, &dispatch_kind, "rx");
    dispatch->key_text = (char *)(size_t)"microsoft";
    dispatch->spread = (char *)(size_t)"default";
    dispatch->change_lines = changes;
    if (program_path[0]) {
        dispatch->function = HASH_PROGRAM;
        dispatch->program_name = program_path;
    }
    part_set(&dispatch->part, "latency", latency);
    part_set(&dispatch->part, "interval", interval);
    for (unsigned i = 0; i < 2; i++) {
        processors[i] = sim_add_part(&sim, &processor_kind, i ? "pp1" : "pp0");
        ((struct processor *)processors[i])->number = i;
    }
    dispatch->processor_list = (struct part_list){processors, 2};
    dma = (struct receive_dma *)sim_add_part(&sim, &receive_dma_kind, "rxdma");
    struct bus *bus = (struct bus *)part_build(&sim, &bus_kind, "card");
    diagnostics_init(&diagnostics);
    bus_kind.init(&bus->part, &diagnostics);
    dispatch_kind.init(&dispatch->part, &diagnostics);
    dispatch_kind.wire(&dispatch->part, &diagnostics);
    for (unsigned i = 0; i < 2; i++) {
        ports[i]->dispatch_part = &dispatch->part;
        port_kind.init(&ports[i]->part, &diagnostics);
    }
    ck_assert_uint_eq(diagnostics.errors, 0);
    diagnostics_clear(&diagnostics);
    dispatch->dma_part = &dma->part;
    dma->engine.master.bus = bus;
    dma->beginning = true; /* for good */
}

static void set_up_card(const char *latency, const char *interval)
{
    set_up_speeds(latency, interval, "10Gbit/s", "10Gbit/s");
}

static void tear_down(void)
{
    struct frame *frame;

    for (unsigned i = 0; i < 2; i++)
        while ((frame = frame_queue_pop(&ports[i]->wire)))
            frame_release(frame);
    while ((frame = frame_queue_pop(&dispatch->entered)))
        frame_release(frame);
    while ((frame = frame_queue_pop(&dma->waiting)))
        frame_release(frame);
    sim_free(&sim);
    ledger_free(&ledger);
}

/* No IP, so to the default processor; its number is its cookie. */
static struct frame *frame_of(uint32_t bytes)
{
    uint8_t *data = g_malloc0(bytes);
    struct frame *frame;

    data[12] = 0x88;
    data[13] = 0xcc;
    frame = frame_new(&ledger, data, bytes);
    frame->cookie = offered++;
    g_free(data);
    return frame;
}

/* A frame of the port arrives at that time. */
static void arrive(unsigned port, uint64_t time_ps)
{
    sim_run(&sim, time_ps);
    dispatch_frame(dispatch, ports[port], frame_of(60));
}

/* The next frame to leave is this one, at that edge. */
static void ck_leaves(uint64_t cookie, uint64_t edge)
{
    unsigned before = dma->waiting.count;

    sim_run(&sim, edge * EDGE_PS);
    ck_assert_uint_eq(dma->waiting.count, before);
    sim_run(&sim, edge * EDGE_PS + 1);
    ck_assert_uint_eq(dma->waiting.count, before + 1);
    ck_assert_uint_eq(dma->waiting.last->cookie, cookie);
}

START_TEST(a_frame_leaves_latency_after_it_entered)
{
    set_up_card("8", "1");
    arrive(0, 10 * EDGE_PS);
    ck_leaves(0, 10 + 2 + 8);
    ck_assert_ptr_eq(dma->waiting.first->from_port, ports[0]);
    ck_assert_uint_eq(dma->waiting.first->readers, 1);
    tear_down();
}
END_TEST

START_TEST(what_arrives_between_edges_enters_from_the_next)
{
    set_up_card("8", "1");
    arrive(0, 10 * EDGE_PS + 1);
    ck_leaves(0, 11 + 2 + 8);
    arrive(0, 30 * EDGE_PS - 1);
    ck_leaves(1, 30 + 2 + 8);
    tear_down();
}
END_TEST

START_TEST(without_latency_a_frame_leaves_as_it_enters)
{
    set_up_card("0", "1");
    arrive(0, 10 * EDGE_PS);
    ck_leaves(0, 12);
    tear_down();
}
END_TEST

START_TEST(frames_enter_an_interval_apart_and_overlap_in_the_pipeline)
{
    /* Three at once enter at 12, 17, 22; one that arrives at 21 would enter at 23 and does at 27; one that arrives
     * at 30, at 32, when the pipeline is free. */
    set_up_card("8", "5");
    for (unsigned i = 0; i < 3; i++)
        arrive(0, 10 * EDGE_PS);
    ck_leaves(0, 20);
    arrive(0, 21 * EDGE_PS);
    ck_leaves(1, 25);
    ck_leaves(2, 30);
    arrive(0, 30 * EDGE_PS + 1);
    ck_leaves(3, 35);
    ck_leaves(4, 31 + 2 + 8);
    tear_down();
}
END_TEST

START_TEST(an_interval_longer_than_the_latency_spaces_the_exits)
{
    set_up_card("2", "10");
    for (unsigned i = 0; i < 3; i++)
        arrive(0, 10 * EDGE_PS);
    ck_leaves(0, 14);
    ck_leaves(1, 24);
    ck_leaves(2, 34);
    tear_down();
}
END_TEST

START_TEST(frames_of_two_ports_leave_in_the_order_of_their_arrival)
{
    set_up_card("8", "3");
    arrive(1, 10 * EDGE_PS);
    arrive(0, 10 * EDGE_PS + 1);
    arrive(1, 10 * EDGE_PS + 2);
    ck_leaves(0, 20);
    ck_assert_ptr_eq(dma->waiting.last->from_port, ports[1]);
    ck_leaves(1, 23);
    ck_assert_ptr_eq(dma->waiting.last->from_port, ports[0]);
    ck_leaves(2, 26);
    tear_down();
}
END_TEST

START_TEST(a_port_of_the_dispatchs_own_frequency_needs_no_synchroniser_and_overtakes_nobody)
{
    /* 500 Mbit/s and 500 MHz are one domain. From the other port at edge 5: enters at 7. From this one at edge 6: could
     * enter at 6, but arrived later, and enters at 8. Alone, it enters at its edge. */
    set_up_speeds("8", "1", "10Gbit/s", "500Mbit/s");
    arrive(0, 5 * EDGE_PS);
    arrive(1, 6 * EDGE_PS);
    ck_leaves(0, 15);
    ck_leaves(1, 16);
    arrive(1, 30 * EDGE_PS);
    ck_leaves(2, 38);
    tear_down();
}
END_TEST

START_TEST(a_frame_enters_with_its_last_bit_however_long_it_was_on_the_wire)
{
    /* Both offered at 0. 1514 bytes at 10 Gbit/s: 12208 bits, 1220.8 ns, edge 610.4: enters at 613. 60 bytes at 1
     * Gbit/s: 576 ns, edge 288: enters at 290, first. */
    set_up_speeds("8", "1", "10Gbit/s", "1Gbit/s");
    port_offer(ports[0], frame_of(1514));
    port_offer(ports[1], frame_of(60));
    ck_leaves(1, 298);
    ck_leaves(0, 621);
    ck_assert_uint_eq(dispatch->stats.frames, 2);
    tear_down();
}
END_TEST

START_TEST(line_rate_of_both_ports_passes_at_an_interval_of_the_frame_time)
{
    /* Two ports of 10 Gbit/s bring a frame of 60 bytes each every 67.2 ns, 33.6 edges. At an interval of 16 a pair
     * takes 32 and no frame waits for the pair before; at 17 it takes 34, and they queue. Frame k of a port arrives at
     * 67.2 k + 57.6 ns. */
    set_up_card("8", "16");
    for (unsigned i = 0; i < 200; i++)
        port_offer(ports[i % 2], frame_of(60));
    for (unsigned k = 0; k < 100; k++) {
        uint64_t arrived_ps = 67200 * k + 57600;
        uint64_t edge = (arrived_ps + EDGE_PS - 1) / EDGE_PS + 2;

        ck_leaves(2 * k, edge + 8);
        ck_leaves(2 * k + 1, edge + 16 + 8);
    }
    tear_down();
    /* The first enters at edge 29 + 2, and the pipeline is never empty again. */
    set_up_card("8", "17");
    for (unsigned i = 0; i < 200; i++)
        port_offer(ports[i % 2], frame_of(60));
    for (unsigned k = 0; k < 200; k++)
        ck_leaves(k, 31 + 17 * k + 8);
    tear_down();
}
END_TEST

/* Two dispatches may serve a port each with processors of its own: what a dispatch names is a processor of its list by
 * the number that this has on the card. */
START_TEST(a_dispatch_for_some_of_the_processors_picks_these)
{
    struct diagnostics diagnostics;

    set_up_card("8", "1");
    dispatch->processor_list = (struct part_list){processors + 1, 1};
    diagnostics_init(&diagnostics);
    char *wrong;

    ck_assert(indirection_set(&dispatch->tables[0], 128, "default", 1, &wrong));
    dispatch_kind.wire(&dispatch->part, &diagnostics);
    arrive(0, 10 * EDGE_PS);
    ck_leaves(0, 20);
    ck_assert_uint_eq(dma->waiting.last->to_processor, 1);
    for (unsigned i = 0; i < dispatch->table_entries; i++)
        ck_assert_uint_eq(dispatch_number(dispatch, dispatch->tables[0].place[i]), 1);
    struct frame *broadcast = frame_of(60);
    broadcast->data[0] = 0xff;
    dispatch_frame(dispatch, ports[0], broadcast);
    sim_run(&sim, 40 * EDGE_PS);
    ck_assert_uint_eq(dma->waiting.count, 2);
    ck_assert(dma->waiting.last->is_copy);
    ck_assert_uint_eq(dma->waiting.last->to_processor, 1);
    tear_down();
}
END_TEST

/* A segment: 12 bytes are hashed. */
static struct frame *segment_of(void)
{
    struct frame *frame = frame_of(60);

    frame->data[12] = 0x08;
    frame->data[13] = 0x00;
    frame->data[14] = 0x45;
    frame->data[17] = 40;
    frame->data[23] = 6;
    frame->data[46] = 0x50;
    return frame;
}

/* The program of test_hash_program.c: its result comes 8 cycles after a frame of 12 bytes of input was given, it asks for
 * the next one 14 cycles after.
 *
 *     edge    12        13       26        28        40       42        48
 *             A in               B in      A out     C in     B out     C out
 */
START_TEST(a_program_delays_the_frame_by_its_result_and_the_next_one_until_it_asks_again)
{
    const uint32_t code[] = {LUI(5, 0x20000), LW(6, 5, 0), ADDI(7, 0, 42), SW(7, 5, 8), NOP, NOP, encode_j(0, -20)};

    program_image(program_path, code, 7);
    set_up_card("8", "1");
    unlink(program_path);
    program_path[0] = 0;
    sim_run(&sim, 10 * EDGE_PS);
    dispatch_frame(dispatch, ports[0], segment_of());
    sim_run(&sim, 11 * EDGE_PS);
    dispatch_frame(dispatch, ports[0], segment_of());
    dispatch_frame(dispatch, ports[0], frame_of(60)); /* no IP: not the program's, but it does not overtake */
    dispatch_frame(dispatch, ports[0], frame_of(60));
    ck_leaves(0, 12 + 8 + 8);
    ck_assert_uint_eq(dma->waiting.last->hash, 42);
    ck_assert_uint_eq(dma->waiting.last->to_processor, 42 % 128 % 2);
    ck_leaves(1, 26 + 8 + 8);
    ck_leaves(2, 40 + 8);
    ck_leaves(3, 41 + 8);
    ck_assert_uint_eq(dispatch->stats.busy_cycles, 14 + 14 + 1 + 1);
    ck_assert_uint_eq(dispatch->stats.program_cycles, 28);
    tear_down();
}
END_TEST

START_TEST(a_discarded_frame_gives_its_place_in_the_port_back)
{
    set_up_card("8", "1");
    dispatch->fields.sets[HASH_TCP4] = HASH_FIELD_DISCARD;
    sim_run(&sim, 10 * EDGE_PS);
    struct frame *frame = segment_of();

    ports[0]->stats.rx_fifo_used = frame->bytes;
    dispatch_frame(dispatch, ports[0], frame);
    sim_run(&sim, 30 * EDGE_PS);
    ck_assert_uint_eq(dma->waiting.count, 0);
    ck_assert_uint_eq(ports[0]->stats.rx_fifo_used, 0);
    ck_assert_uint_eq(ledger.dropped, 1);
    ck_assert_str_eq(ledger.drops[0].place, "rx");
    ck_assert_str_eq(ledger.drops[0].reason, "discarded");
    tear_down();
}
END_TEST

/* 100 ns are edge 50: what leaves there goes by the new table, what left before by the old one. */
START_TEST(a_table_is_rewritten_at_its_time)
{
    static struct parameter_line line = {.key = "at.1", .word = "1", .text = "100ns set table list 1"};

    changes = (struct parameter_lines){&line, 1};
    set_up_card("8", "1");
    changes.count = 0;
    dispatch_kind.start(&dispatch->part);
    sim_run(&sim, 39 * EDGE_PS);
    dispatch_frame(dispatch, ports[0], segment_of());
    ck_leaves(0, 39 + 2 + 8);
    unsigned before = dma->waiting.last->to_processor;

    ck_assert_uint_eq(before, dispatch->tables[0].place[dma->waiting.last->hash % 128]);
    for (unsigned i = 0; i < 4; i++) {
        struct frame *frame = segment_of();

        frame->data[29] = (uint8_t)i; /* of four addresses; two at least had another processor */
        dispatch_frame(dispatch, ports[0], frame);
        sim_run(&sim, (70 + 20 * i) * EDGE_PS);
        ck_assert_uint_eq(dma->waiting.last->to_processor, 1);
        ck_assert_uint_eq(dma->waiting.count, 2 + i);
    }
    tear_down();
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("dispatch pipeline");
    TCase *tcase = tcase_create("pipeline");

    tcase_add_test(tcase, a_frame_leaves_latency_after_it_entered);
    tcase_add_test(tcase, what_arrives_between_edges_enters_from_the_next);
    tcase_add_test(tcase, without_latency_a_frame_leaves_as_it_enters);
    tcase_add_test(tcase, frames_enter_an_interval_apart_and_overlap_in_the_pipeline);
    tcase_add_test(tcase, an_interval_longer_than_the_latency_spaces_the_exits);
    tcase_add_test(tcase, frames_of_two_ports_leave_in_the_order_of_their_arrival);
    tcase_add_test(tcase, a_port_of_the_dispatchs_own_frequency_needs_no_synchroniser_and_overtakes_nobody);
    tcase_add_test(tcase, a_frame_enters_with_its_last_bit_however_long_it_was_on_the_wire);
    tcase_add_test(tcase, line_rate_of_both_ports_passes_at_an_interval_of_the_frame_time);
    tcase_add_test(tcase, a_dispatch_for_some_of_the_processors_picks_these);
    tcase_add_test(tcase, a_program_delays_the_frame_by_its_result_and_the_next_one_until_it_asks_again);
    tcase_add_test(tcase, a_discarded_frame_gives_its_place_in_the_port_back);
    tcase_add_test(tcase, a_table_is_rewritten_at_its_time);
    suite_add_tcase(s, tcase);
    return s;
}
