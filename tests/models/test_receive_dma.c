/* The first DMA: when a frame is begun and where it lies, descriptors, drops, copies, free buffers.
 *
 * A write of packet memory is done 1 + 3 + beats after its grant, of a descriptor 1 + 1; see dma_bed.h. setup is 4
 * cycles unless a test says otherwise. */
#include "models/port.h"
#include "tests/models/dma_bed.h"

#define FRAME_FLAGS (HW_RX_FIRST | HW_RX_LAST)

static void ck_data(unsigned i, uint32_t address, uint32_t bytes, uint64_t asked, uint64_t granted,
                    uint64_t done)
{
    ck_card(i, BUS_WRITE, address, bytes, asked, granted, done);
}

static void ck_descriptor(unsigned i, unsigned processor, uint64_t asked, uint64_t granted,
                          uint64_t done)
{
    ck_card(i, BUS_WRITE, MAILBOX(processor), 16, asked, granted, done);
}

static const uint8_t *packet(uint32_t address)
{
    return memory_at(packet_memory, address, 1);
}

/* --- One frame ---------------------------------------------------------------------------------------- */

START_TEST(a_frame_is_asked_for_after_setup_and_its_descriptor_follows_it)
{
    /* 60 bytes at offset 2: 62 bytes in 4 beats, so 8 cycles from the grant at 5; the descriptor is asked with the
     * data, and granted when that is done. */
    dma_bed_init(GIVE(8), "");
    struct frame *frame = receive(0, 60);
    frame->hash = 0x12345678;
    frame->port = 3;
    frame->rx_flags = HW_RX_IP_GOOD | HW_RX_L4_BAD;
    run_to(15);
    ck_assert_uint_eq(bed.processors[0]->rx_ready.count, 0);
    check_pattern(packet(PACKET_BASE + 2), 0, 60); /* the data is there before its descriptor */
    ck_assert_uint_eq(*packet(PACKET_BASE + 1), 0);
    ck_assert_uint_eq(*packet(PACKET_BASE + 62), 0);
    run_through(15);
    ck_data(0, PACKET_BASE + 2, 60, 4, 5, 13);
    ck_descriptor(1, 0, 4, 13, 15);
    const struct hw_rx *rx = received(0, 0);
    ck_assert_uint_eq(rx->buffer, PACKET_BASE);
    ck_assert_uint_eq(rx->bytes, 60);
    ck_assert_uint_eq(rx->port, 3);
    ck_assert_uint_eq(rx->flags, FRAME_FLAGS | HW_RX_IP_GOOD | HW_RX_L4_BAD);
    ck_assert_uint_eq(rx->hash, 0x12345678);
    ck_assert_uint_eq(rx->time_us, 100); /* edge 0 */
    ck_assert_uint_eq(edge_of(frame->stamps_ps[STAGE_DMA_BEGAN]), 4);
    ck_assert_uint_eq(edge_of(frame->stamps_ps[STAGE_QUEUED]), 15);
    ck_assert_ptr_null(frame->data); /* it is in packet memory only */
    ck_assert_uint_eq(receive_dma_pending(receive_dma), 0);
    dma_bed_free();
}
END_TEST

START_TEST(setup_is_counted_from_the_first_edge_after_a_frame_came)
{
    /* Handed over 1 ps after edge 0: at edge 1; with 10 cycles of setup asked at 11. */
    dma_bed_init(GIVE(8), "receive_dma.rxdma.setup=10");
    run_through(0);
    receive(0, 60);
    run_to(40);
    ck_data(0, PACKET_BASE + 2, 60, 11, 12, 20);
    dma_bed_free();
}
END_TEST

START_TEST(without_setup_a_frame_is_asked_for_at_once)
{
    dma_bed_init(GIVE(8), "receive_dma.rxdma.setup=0");
    receive(0, 60);
    run_to(40);
    ck_data(0, PACKET_BASE + 2, 60, 0, 1, 9);
    dma_bed_free();
}
END_TEST

START_TEST(a_long_frame_goes_in_bursts_that_follow_each_other)
{
    /* 1000 bytes at offset 2: 254 (16 beats, 20 cycles), 256 (20), 256 (20), 234 (15 beats, 19). Four are asked at
     * 4; the descriptor's burst is the fifth, asked when the first is done. */
    dma_bed_init(GIVE(8), "");
    receive(0, 1000);
    run_to(200);
    ck_assert_uint_eq(card_log.count, 5);
    ck_data(0, PACKET_BASE + 2, 254, 4, 5, 25);
    ck_data(1, PACKET_BASE + 256, 256, 4, 25, 45);
    ck_data(2, PACKET_BASE + 512, 256, 4, 45, 65);
    ck_data(3, PACKET_BASE + 768, 234, 4, 65, 84);
    ck_descriptor(4, 0, 25, 84, 86);
    check_pattern(packet(PACKET_BASE + 2), 0, 1000);
    ck_assert_uint_eq(*packet(PACKET_BASE + 1002), 0);
    dma_bed_free();
}
END_TEST

/* --- Cut-through -------------------------------------------------------------------------------------- */

/* As a port that cuts through hands it over, now; its FCS is in the FIFO at whole_ps after edge 0. */
static struct frame *receive_early(uint32_t bytes, uint64_t whole_ps)
{
    struct port *port = (struct port *)dma_bed_part("port", "eth0");
    uint8_t *data = g_malloc(bytes);

    for (uint32_t i = 0; i < bytes; i++)
        data[i] = pattern(i);
    struct frame *frame = frame_new(&bed.ledger, data, bytes);

    g_free(data);
    frame->from_port = port;
    frame->readers = 1;
    frame->whole_ps = dma_bed_from_ps + whole_ps;
    frame_stamp(frame, STAGE_ARRIVED, frame->whole_ps);
    port->stats.rx_fifo_used += bytes;
    receive_dma_frame(receive_dma, frame, 0);
    return frame;
}

/* Bits of 100 ps. The FCS at 58,100 is seen at edge 30 + 2, less 3 beats of data: 29. Byte 60 at 54,900: at 28 + 2. */
START_TEST(a_short_frame_begins_when_its_last_byte_is_seen)
{
    dma_bed_init(GIVE(8), "");
    receive_early(60, 58001);
    run_to(100);
    ck_data(0, PACKET_BASE + 2, 60, 30, 31, 39);
    ck_descriptor(1, 0, 30, 39, 41);
    dma_bed_free();
}
END_TEST

START_TEST(a_frame_that_has_come_is_not_held_up)
{
    dma_bed_init(GIVE(8), "");
    receive_early(60, 2 * EDGE_PS); /* byte 60 is seen at 1 + 2, the FCS at 2 + 2 */
    run_to(100);
    ck_data(0, PACKET_BASE + 2, 60, 4, 5, 13);
    dma_bed_free();
}
END_TEST

/* FCS at edge 1000. Byte 256 at 1,401,600, seen at 701 + 2; byte 1000 at 1,996,800, seen at 999 + 2, less 744 / 16
 * beats: 955; FCS seen at 1002, less 62: 940. */
START_TEST(a_long_frame_begins_as_late_as_its_last_burst_needs)
{
    dma_bed_init(GIVE(8), "");
    struct frame *frame = receive_early(1000, 1000 * EDGE_PS);
    run_to(1200);
    ck_assert_uint_eq(edge_of(frame->stamps_ps[STAGE_DMA_BEGAN]), 1000); /* no stage takes less than no time */
    ck_data(0, PACKET_BASE + 2, 254, 955, 956, 976);
    ck_data(3, PACKET_BASE + 768, 234, 955, 1016, 1035);
    ck_descriptor(4, 0, 976, 1035, 1037);
    check_pattern(packet(PACKET_BASE + 2), 0, 1000);
    dma_bed_free();
}
END_TEST

/* Bits of 10 ps: byte 256 is 748 * 8 of them before the end, at 1,940,160, seen at 971 + 2; byte 1000 at 1,999,680,
 * seen at 1002, less 46. */
START_TEST(a_frame_of_a_fast_wire_begins_when_its_first_burst_is_seen)
{
    dma_bed_init(GIVE(8), "port.eth0.speed=100Gbit/s");
    receive_early(1000, 1000 * EDGE_PS);
    run_to(1200);
    ck_data(0, PACKET_BASE + 2, 254, 973, 974, 994);
    dma_bed_free();
}
END_TEST

START_TEST(what_is_ready_before_begins_before)
{
    dma_bed_init(GIVE(8), "");
    receive_early(1000, 1000 * EDGE_PS);
    run_to(10);
    receive(0, 70);
    receive(0, 71);
    run_to(1200);
    ck_data(0, PACKET_BASE + 2, 70, 14, 15, 24);
    ck_data(2, PACKET_BASE + RX_BUFFER_BYTES + 2, 71, 18, 26, 35);
    ck_data(4, PACKET_BASE + 2 * RX_BUFFER_BYTES + 2, 254, 955, 956, 976);
    ck_assert_uint_eq(received(0, 2)->bytes, 1000);
    dma_bed_free();
}
END_TEST

START_TEST(buffers_of_a_frame_that_is_bad_at_its_end_are_taken_back)
{
    /* 3,000 bytes in two buffers: two of four. All bursts run, no descriptor is written. */
    dma_bed_init(GIVE(4), "");
    struct frame *frame = receive_early(3000, 3000 * EDGE_PS);
    struct port *port = frame->from_port;

    frame->bad = "bad_fcs";
    run_to(3002); /* its FCS is seen, and it has begun */
    ck_assert_uint_gt(card_log.count, 0);
    ck_assert_uint_eq(port->stats.rx_fifo_used, 3000);
    ck_assert_uint_eq(bed.ledger.dropped, 0);
    run_to(3300);
    ck_assert_uint_eq(port->stats.rx_fifo_used, 0);
    ck_drop(0, "eth0", "bad_fcs", 1);
    ck_assert_uint_eq(receive_dma->stats.aborted, 1);
    ck_assert_uint_eq(receive_dma->stats.frames, 0);
    ck_assert_uint_eq(receive_dma->stats.dropped, 0); /* it is the port's */
    ck_assert_uint_eq(receive_dma_pending(receive_dma), 0);
    ck_assert_uint_eq(bed.processors[0]->rx_ready.count, 0);
    ck_assert_uint_eq(bed.processors[0]->rx_reserved, 0);
    ck_assert_uint_eq(receive_dma->lists[0].count, 4);
    for (unsigned i = 0; i < 4; i++)
        receive(0, 60); /* all four can be used again: first the two that were not */
    run_to(3500);
    ck_assert_uint_eq(received(0, 0)->buffer, PACKET_BASE + 2 * RX_BUFFER_BYTES);
    ck_assert_uint_eq(received(0, 2)->buffer, PACKET_BASE);
    ck_assert_uint_eq(received(0, 3)->buffer, PACKET_BASE + RX_BUFFER_BYTES);
    dma_bed_free();
}
END_TEST

START_TEST(a_frame_that_has_ended_badly_takes_no_buffer)
{
    dma_bed_init(GIVE(4), "");
    run_to(10);
    struct frame *frame = receive_early(60, 8 * EDGE_PS); /* seen at 10, would begin at 14 */
    struct port *port = frame->from_port;

    frame->bad = "bad_fcs";
    run_to(100);
    ck_assert_uint_eq(card_log.count, 0);
    ck_assert_uint_eq(port->stats.rx_fifo_used, 0);
    ck_drop(0, "eth0", "bad_fcs", 1);
    ck_assert_uint_eq(receive_dma->stats.aborted, 0);
    dma_bed_free();
}
END_TEST

START_TEST(a_bad_frame_without_a_buffer_is_dropped_as_bad)
{
    dma_bed_init(GIVE(0), "");
    struct frame *frame = receive_early(60, 100 * EDGE_PS);

    frame->bad = "bad_fcs";
    run_to(200);
    ck_drop(0, "eth0", "bad_fcs", 1);
    ck_assert_uint_eq(receive_dma->stats.dropped, 0);
    dma_bed_free();
}
END_TEST

/* --- Several frames ------------------------------------------------------------------------------------- */

START_TEST(frames_are_begun_setup_apart_and_arrive_in_order)
{
    /* Begun at 4, 8, 12, each with a burst of data and one of its descriptor. At 12 four bursts are under way: the
     * third frame's are asked as these finish, at 13 and 15. */
    dma_bed_init(GIVE(8), "");
    for (unsigned i = 0; i < 3; i++)
        receive(0, 60 + i);
    run_to(100);
    ck_assert_uint_eq(card_log.count, 6);
    ck_data(0, PACKET_BASE + 2, 60, 4, 5, 13);
    ck_descriptor(1, 0, 4, 13, 15);
    ck_data(2, PACKET_BASE + 2 + RX_BUFFER_BYTES, 61, 8, 15, 23);
    ck_descriptor(3, 0, 8, 23, 25);
    ck_data(4, PACKET_BASE + 2 + 2 * RX_BUFFER_BYTES, 62, 13, 25, 33);
    ck_descriptor(5, 0, 15, 33, 35);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(received(0, i)->bytes, 60 + i);
        check_pattern(packet(received(0, i)->buffer + 2), 0, 60 + i);
    }
    ck_assert_uint_eq(receive_dma->stats.waiting_max, 3);
    dma_bed_free();
}
END_TEST

START_TEST(without_setup_frames_are_begun_an_edge_apart)
{
    dma_bed_init(GIVE(8), "receive_dma.rxdma.setup=0 receive_dma.rxdma.outstanding=16");
    for (unsigned i = 0; i < 3; i++)
        receive(0, 60);
    run_to(100);
    ck_data(0, PACKET_BASE + 2, 60, 0, 1, 9);
    ck_data(2, PACKET_BASE + 2 + RX_BUFFER_BYTES, 60, 1, 11, 19);
    ck_data(4, PACKET_BASE + 2 + 2 * RX_BUFFER_BYTES, 60, 2, 21, 29);
    dma_bed_free();
}
END_TEST

/* Hands over a second frame at the edge of the first, when the engine has begun that one. */
static struct event late;

static void late_event(void *owner)
{
    (void)owner;
    receive(0, 60);
}

START_TEST(two_frames_never_begin_at_one_edge)
{
    dma_bed_init(GIVE(8), "receive_dma.rxdma.setup=0 receive_dma.rxdma.outstanding=16");
    event_init(&late, &bed.processors[0]->part, NULL, "late", late_event);
    event_at(&late, dma_bed_from_ps); /* after the engine's: part numbers */
    receive(0, 60);
    run_to(100);
    ck_data(0, PACKET_BASE + 2, 60, 0, 1, 9);
    ck_data(2, PACKET_BASE + 2 + RX_BUFFER_BYTES, 60, 1, 11, 19);
    dma_bed_free();
}
END_TEST

START_TEST(with_one_outstanding_a_frame_waits_for_the_end_of_the_one_before)
{
    /* Data asked 4, granted 5, done 13; descriptor asked 13, granted 14, done 16. The second frame begins setup
     * cycles after that, at 20: 21, 29; 30, 32. */
    dma_bed_init(GIVE(8), "receive_dma.rxdma.outstanding=1");
    receive(0, 60);
    receive(0, 60);
    run_to(100);
    ck_data(0, PACKET_BASE + 2, 60, 4, 5, 13);
    ck_descriptor(1, 0, 13, 14, 16);
    ck_data(2, PACKET_BASE + 2 + RX_BUFFER_BYTES, 60, 20, 21, 29);
    ck_descriptor(3, 0, 29, 30, 32);
    dma_bed_free();
    /* Also when the place is free before setup has passed since the first began, at 20: done 32, begun 52. */
    dma_bed_init(GIVE(8), "receive_dma.rxdma.outstanding=1 receive_dma.rxdma.setup=20");
    receive(0, 60);
    receive(0, 60);
    run_to(100);
    ck_descriptor(1, 0, 29, 30, 32);
    ck_data(2, PACKET_BASE + 2 + RX_BUFFER_BYTES, 60, 52, 53, 61);
    dma_bed_free();
}
END_TEST

START_TEST(frames_of_several_processors_keep_one_order)
{
    /* Portions are 512 receive and transmit buffers of 2 KiB apart. Processor 1's frame is long and comes first; the
     * short one of processor 0 is queued after it. */
    dma_bed_init(GIVE(8), "processor.pp.count=2");
    receive(1, 1000);
    receive(0, 60);
    run_to(200);
    ck_data(0, PACKET_BASE + 512 * RX_BUFFER_BYTES + 2, 254, 4, 5, 25);
    ck_descriptor(4, 1, 25, 84, 86);
    ck_data(5, PACKET_BASE + 2, 60, 45, 86, 94);
    ck_descriptor(6, 0, 65, 94, 96);
    dma_bed_free();
}
END_TEST

/* --- Buffers of several sizes ---------------------------------------------------------------------------- */

START_TEST(a_frame_that_ends_at_a_buffers_last_byte_takes_no_other)
{
    /* 254 bytes from offset 2 fill 256; 510 fill two. */
    dma_bed_init(GIVE(8), "processor.pp.rx_buffer=256B");
    receive(0, 254);
    receive(0, 510);
    run_to(200);
    ck_assert_uint_eq(bed.processors[0]->rx_ready.count, 3);
    ck_assert_uint_eq(received(0, 0)->flags, FRAME_FLAGS);
    ck_assert_uint_eq(received(0, 0)->bytes, 254);
    ck_assert_uint_eq(received(0, 1)->flags, HW_RX_FIRST);
    ck_assert_uint_eq(received(0, 1)->bytes, 254);
    ck_assert_uint_eq(received(0, 2)->flags, HW_RX_LAST);
    ck_assert_uint_eq(received(0, 2)->bytes, 256);
    ck_assert_uint_eq(receive_dma->stats.buffers, 3);
    dma_bed_free();
}
END_TEST

START_TEST(a_byte_more_takes_another_buffer_from_its_start)
{
    /* 254 bytes: 16 beats, done 5 + 20; one byte: 1 beat, 25 + 5; then the descriptors of both. */
    dma_bed_init(GIVE(8), "processor.pp.rx_buffer=256B");
    struct frame *frame = receive(0, 255);
    run_to(32);
    ck_assert_uint_eq(frame->stamps_ps[STAGE_QUEUED], 0); /* not with its first buffer */
    run_to(100);
    ck_data(0, PACKET_BASE + 2, 254, 4, 5, 25);
    ck_data(1, PACKET_BASE + 256, 1, 4, 25, 30);
    ck_descriptor(2, 0, 4, 30, 32);
    ck_descriptor(3, 0, 4, 32, 34);
    ck_assert_uint_eq(received(0, 0)->flags, HW_RX_FIRST);
    ck_assert_uint_eq(received(0, 1)->flags, HW_RX_LAST);
    ck_assert_uint_eq(received(0, 1)->buffer, PACKET_BASE + 256);
    ck_assert_uint_eq(received(0, 1)->bytes, 1);
    check_pattern(packet(PACKET_BASE + 2), 0, 254);
    check_pattern(packet(PACKET_BASE + 256), 254, 1);
    ck_assert_uint_eq(edge_of(frame->stamps_ps[STAGE_QUEUED]), 34);
    ck_assert_uint_eq(bed.processors[0]->stats.frames, 1);
    dma_bed_free();
}
END_TEST

START_TEST(a_frame_takes_sixty_four_buffers_at_most)
{
    /* 64 of 256 bytes hold 64 * 256 - 2. */
    dma_bed_init(GIVE(129), "processor.pp.rx_buffer=256B");
    receive(0, 64 * 256 - 2);
    receive(0, 64 * 256 - 1);
    run_to(5000);
    ck_assert_uint_eq(bed.processors[0]->rx_ready.count, 64);
    check_pattern(packet(PACKET_BASE + 2), 0, 64 * 256 - 2);
    ck_drop(0, "pp0", "no_buffer", 1);
    dma_bed_free();
}
END_TEST

/* --- Drops ------------------------------------------------------------------------------------------------- */

START_TEST(without_enough_free_buffers_a_frame_is_dropped_by_name)
{
    /* Of three buffers the first frame takes two; the second needs two and is dropped when it is begun, at 8; the
     * third needs one and has it, begun at 12. */
    dma_bed_init(GIVE(3), "processor.pp.rx_buffer=256B");
    receive(0, 300);
    receive(0, 300);
    receive(0, 60);
    run_to(8);
    ck_assert_uint_eq(bed.ledger.dropped, 0);
    run_through(8);
    ck_drop(0, "pp0", "no_buffer", 1);
    run_to(100);
    ck_assert_uint_eq(bed.processors[0]->rx_ready.count, 3);
    ck_assert_uint_eq(received(0, 2)->buffer, PACKET_BASE + 512);
    ck_assert_uint_eq(receive_dma->stats.dropped, 1);
    ck_assert_uint_eq(receive_dma->stats.frames, 2);
    ck_assert_uint_eq(bed.processors[0]->stats.rx_lowest_free, 0);
    dma_bed_free();
}
END_TEST

START_TEST(a_drop_at_one_processor_leaves_the_buffers_of_another_alone)
{
    dma_bed_init(GIVE(REGISTER(HW_ID)), "processor.pp.count=2");
    receive(0, 60);
    receive(1, 60);
    receive(1, 60);
    run_to(100);
    ck_drop(0, "pp0", "no_buffer", 1);
    ck_drop(1, "pp1", "no_buffer", 1);
    ck_assert_uint_eq(bed.processors[1]->rx_ready.count, 1);
    dma_bed_free();
}
END_TEST

START_TEST(without_places_in_the_queue_for_all_its_buffers_a_frame_is_dropped_by_name)
{
    /* Places are reserved when a frame is begun: of three, the first frame takes two before any descriptor came. */
    dma_bed_init(GIVE(8), "processor.pp.rx_buffer=256B processor.pp.rx_queue=3");
    receive(0, 300);
    receive(0, 300);
    receive(0, 60);
    receive(0, 60);
    run_to(200);
    ck_drop(0, "pp0", "queue_full", 2);
    ck_assert_uint_eq(bed.processors[0]->rx_ready.count, 3);
    ck_assert_uint_eq(received(0, 2)->buffer, PACKET_BASE + 512); /* the dropped one took no buffer */
    dma_bed_free();
}
END_TEST

/* Gives a buffer each 200 us. */
#define GIVE_SLOWLY                                                                                \
    "void run(void) { for (uint32_t i = 0; i < 4; i++) {"                                          \
    " REGISTER(HW_RX_FREE) = REGISTER(HW_PORTION_BASE) + i * REGISTER(HW_RX_BUFFER_BYTES);"        \
    " uint32_t from = REGISTER(HW_TIME_US); while (REGISTER(HW_TIME_US) - from < 200) { } } }\n"

START_TEST(without_drop_a_frame_waits_for_a_buffer_and_all_wait_behind_it)
{
    /* Edge 0 is at 100 us, 50,000 edges before the second buffer. */
    dma_bed_init(GIVE_SLOWLY, "receive_dma.rxdma.drop=no processor.pp.count=2");
    receive(0, 60);
    receive(0, 60);
    receive(1, 60);
    run_to(40000);
    ck_assert_uint_eq(bed.processors[0]->rx_ready.count, 1);
    ck_assert_uint_eq(bed.processors[1]->rx_ready.count, 0); /* though it has a buffer */
    ck_assert_uint_eq(receive_dma_pending(receive_dma), 2);
    run_to(60000);
    ck_assert_uint_eq(bed.processors[0]->rx_ready.count, 2);
    ck_assert_uint_eq(bed.processors[1]->rx_ready.count, 1);
    ck_assert_uint_eq(bed.ledger.dropped, 0);
    ck_assert_uint_eq(receive_dma->stats.stalls, 1);
    ck_assert_uint_ge(receive_dma->stats.stalled_ps, 99000000);
    ck_assert_uint_le(receive_dma->stats.stalled_ps, 102000000);
    run_to(400000);
    dma_bed_free();
}
END_TEST

START_TEST(without_drop_what_can_never_be_taken_is_dropped)
{
    dma_bed_init(GIVE(8), "receive_dma.rxdma.drop=no processor.pp.rx_buffer=256B processor.pp.rx_queue=1");
    receive(0, 300);
    receive(0, 60);
    run_to(200);
    ck_drop(0, "pp0", "no_buffer", 1);
    ck_assert_uint_eq(bed.processors[0]->rx_ready.count, 1);
    dma_bed_free();
}
END_TEST

START_TEST(the_fewest_free_buffers_are_reported)
{
    dma_bed_init(GIVE(5), "");
    for (unsigned i = 0; i < 3; i++)
        receive(0, 60);
    run_to(100);
    ck_assert_uint_eq(part_statistic(&bed.processors[0]->part, "rx_lowest_free"), 2);
    dma_bed_free();
}
END_TEST

/* --- The port's FIFO, and copies --------------------------------------------------------------------------- */

START_TEST(a_place_in_the_fifo_is_free_when_the_last_byte_was_read)
{
    /* 60 bytes on a wire of 10 Gbit/s: 576 bits, 57.6 ns, so at the dispatch at edge 29, seen 2 later, out 8 later,
     * at 39; begun at 43, granted 44, done 52. */
    dma_bed_init(GIVE(8), "");
    card_bed_offer(&bed, 53, 18);
    sim_run(&bed.sim, dma_bed_from_ps + 57600);
    ck_assert_uint_eq(bed.port->stats.rx_fifo_used, 0);
    sim_run(&bed.sim, dma_bed_from_ps + 57601);
    ck_assert_uint_eq(bed.port->stats.rx_fifo_used, 60);
    run_to(52);
    ck_assert_uint_eq(bed.port->stats.rx_fifo_used, 60);
    run_through(52);
    ck_assert_uint_eq(bed.port->stats.rx_fifo_used, 0);
    ck_data(0, PACKET_BASE + 2, 60, 43, 44, 52);
    dma_bed_free();
}
END_TEST

START_TEST(a_frame_in_several_buffers_leaves_the_fifo_with_the_last)
{
    /* 300 bytes: 2496 bits, 249.6 ns, edge 125, out at 135, begun at 139: 254 bytes granted 140, done 160; 46 bytes
     * in 3 beats, done 167. */
    dma_bed_init(GIVE(8), "processor.pp.rx_buffer=256B");
    card_bed_offer(&bed, 53, 258);
    run_to(167);
    ck_assert_uint_eq(bed.port->stats.rx_fifo_used, 300);
    run_through(167);
    ck_assert_uint_eq(bed.port->stats.rx_fifo_used, 0);
    ck_data(1, PACKET_BASE + 256, 46, 139, 160, 167);
    dma_bed_free();
}
END_TEST

START_TEST(a_dropped_frame_leaves_the_fifo_when_it_is_dropped)
{
    dma_bed_init(GIVE(0), "");
    card_bed_offer(&bed, 53, 18);
    run_to(43);
    ck_assert_uint_eq(bed.port->stats.rx_fifo_used, 60);
    run_through(43);
    ck_assert_uint_eq(bed.port->stats.rx_fifo_used, 0);
    ck_drop(0, "pp0", "no_buffer", 1);
    dma_bed_free();
}
END_TEST

static void offer_broadcast(void)
{
    uint8_t arp[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 8, 6};

    port_offer(bed.port, frame_new(&bed.ledger, arp, sizeof arp));
}

START_TEST(a_broadcast_is_read_once_for_each_processor)
{
    /* Out of the dispatch at 39; begun at 43 and 47: granted 44, done 52; descriptor 54; granted 54, done 62; 64. */
    dma_bed_init(GIVE(8), "processor.pp.count=2");
    offer_broadcast();
    run_to(62);
    ck_assert_uint_eq(bed.port->stats.rx_fifo_used, 60);
    run_through(62);
    ck_assert_uint_eq(bed.port->stats.rx_fifo_used, 0);
    run_to(100);
    ck_data(0, PACKET_BASE + 2, 60, 43, 44, 52);
    ck_descriptor(1, 0, 43, 52, 54);
    ck_data(2, PACKET_BASE + 512 * RX_BUFFER_BYTES + 2, 60, 47, 54, 62);
    ck_descriptor(3, 1, 47, 62, 64);
    for (unsigned i = 0; i < 2; i++)
        ck_assert_uint_eq(received(i, 0)->flags, FRAME_FLAGS | (i ? HW_RX_COPY : 0));
    ck_assert_uint_eq(bed.ledger.offered, 1);
    ck_assert_uint_eq(bed.ledger.copies, 2);
    ck_assert_uint_eq(bed.ledger.in_flight, 1);
    dma_bed_free();
}
END_TEST

START_TEST(a_copy_that_is_dropped_holds_no_place_in_the_fifo)
{
    /* Processor 1 has no buffer: its copy goes at 47, the other is read by 52. */
    dma_bed_init(GIVE(1 - REGISTER(HW_ID)), "processor.pp.count=2");
    offer_broadcast();
    run_to(52);
    ck_assert_uint_eq(bed.port->stats.rx_fifo_used, 60);
    run_through(52);
    ck_assert_uint_eq(bed.port->stats.rx_fifo_used, 0);
    ck_assert_uint_eq(bed.ledger.dropped, 0); /* it lives on at processor 0 */
    ck_assert_uint_eq(bed.ledger.in_flight, 1);
    dma_bed_free();
}
END_TEST

START_TEST(a_broadcast_that_nobody_has_room_for_is_one_drop)
{
    dma_bed_init(GIVE(0), "processor.pp.count=3");
    offer_broadcast();
    run_to(100);
    ck_assert_uint_eq(bed.ledger.dropped, 1);
    ck_drop(0, "pp0", "no_buffer", 1);
    ck_assert_uint_eq(receive_dma->stats.dropped, 3);
    dma_bed_free();
}
END_TEST

/* --- Free buffers ------------------------------------------------------------------------------------------ */

START_TEST(buffers_are_filled_in_the_order_in_which_they_were_given)
{
    static const unsigned order[3] = {2, 0, 1};

    dma_bed_init("void run(void) { uint32_t base = REGISTER(HW_PORTION_BASE);"
                 " REGISTER(HW_RX_FREE) = base + 4096; REGISTER(HW_RX_FREE) = base;"
                 " REGISTER(HW_RX_FREE) = base + 2048; }\n",
                 "");
    for (unsigned i = 0; i < 3; i++)
        receive(0, 60);
    run_to(100);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(received(0, i)->buffer, PACKET_BASE + order[i] * RX_BUFFER_BYTES);
    dma_bed_free();
}
END_TEST

START_TEST(free_lists_ring_around)
{
    /* Three buffers serve eight frames, each given back before the next frame comes. */
    dma_bed_init("struct hw_rx rx; void run(void) { uint32_t base = REGISTER(HW_PORTION_BASE);"
                 " for (int i = 0; i < 3; i++) REGISTER(HW_RX_FREE) = base + i * 2048u;"
                 " for (;;) { __asm__ volatile(\"wfi\"); REGISTER(HW_RX_POP) = (uint32_t)&rx; BARRIER();"
                 " REGISTER(HW_RX_FREE) = rx.buffer; } }\n",
                 "processor.pp.rx_buffers=3");
    for (unsigned i = 0; i < 8; i++) {
        unsigned entry;

        run_to(200 * i);
        receive(0, 60);
        entry = card_log.count;
        run_to(200 * i + 199);
        ck_data(entry, PACKET_BASE + i % 3 * RX_BUFFER_BYTES + 2, 60, 200 * i + 4, 200 * i + 5,
                200 * i + 13);
    }
    ck_assert_uint_eq(bed.ledger.consumed, 8);
    ck_assert_uint_eq(bed.processors[0]->stats.rx_lowest_free, 2);
    dma_bed_free();
}
END_TEST

/* --- Wiring ------------------------------------------------------------------------------------------------ */

START_TEST(an_engine_for_other_than_all_processors_in_their_order_is_refused)
{
    static const struct part_kind *const kinds[] = {&receive_dma_kind, &transmit_dma_kind,
                                                    &host_dma_kind};

    for (unsigned k = 0; k < G_N_ELEMENTS(kinds); k++) {
        struct diagnostics diagnostics;
        struct sim sim;

        sim_init(&sim);
        struct part *engine = sim_add_part(&sim, kinds[k], "engine");
        struct part *first = sim_add_part(&sim, &processor_kind, "pp0");
        struct part *second = sim_add_part(&sim, &processor_kind, "pp1");
        struct part *lists[][3] = {{second}, {first}, {second, first}, {first, second, first}};
        static const unsigned counts[] = {1, 1, 2, 3};

        for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++) {
            *(struct part_list *)((char *)engine + part_parameter(engine, "processors")->offset) =
                (struct part_list){lists[i], counts[i]};
            diagnostics_init(&diagnostics);
            kinds[k]->wire(engine, &diagnostics);
            ck_assert_uint_eq(diagnostics.errors, 1);
            diagnostics_clear(&diagnostics);
        }
        sim_free(&sim);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("receive_dma");
    TCase *timing = tcase_create("timing");
    TCase *buffers = tcase_create("buffers");
    TCase *fifo = tcase_create("fifo");

    tcase_set_timeout(timing, 120);
    tcase_set_timeout(buffers, 120);
    tcase_set_timeout(fifo, 120);
    tcase_add_test(timing, a_frame_is_asked_for_after_setup_and_its_descriptor_follows_it);
    tcase_add_test(timing, setup_is_counted_from_the_first_edge_after_a_frame_came);
    tcase_add_test(timing, without_setup_a_frame_is_asked_for_at_once);
    tcase_add_test(timing, a_long_frame_goes_in_bursts_that_follow_each_other);
    tcase_add_test(timing, a_short_frame_begins_when_its_last_byte_is_seen);
    tcase_add_test(timing, a_frame_that_has_come_is_not_held_up);
    tcase_add_test(timing, a_long_frame_begins_as_late_as_its_last_burst_needs);
    tcase_add_test(timing, a_frame_of_a_fast_wire_begins_when_its_first_burst_is_seen);
    tcase_add_test(timing, what_is_ready_before_begins_before);
    tcase_add_test(timing, buffers_of_a_frame_that_is_bad_at_its_end_are_taken_back);
    tcase_add_test(timing, a_frame_that_has_ended_badly_takes_no_buffer);
    tcase_add_test(timing, a_bad_frame_without_a_buffer_is_dropped_as_bad);
    tcase_add_test(timing, frames_are_begun_setup_apart_and_arrive_in_order);
    tcase_add_test(timing, without_setup_frames_are_begun_an_edge_apart);
    tcase_add_test(timing, two_frames_never_begin_at_one_edge);
    tcase_add_test(timing, with_one_outstanding_a_frame_waits_for_the_end_of_the_one_before);
    tcase_add_test(timing, frames_of_several_processors_keep_one_order);
    suite_add_tcase(s, timing);
    tcase_add_test(buffers, a_frame_that_ends_at_a_buffers_last_byte_takes_no_other);
    tcase_add_test(buffers, a_byte_more_takes_another_buffer_from_its_start);
    tcase_add_test(buffers, a_frame_takes_sixty_four_buffers_at_most);
    tcase_add_test(buffers, without_enough_free_buffers_a_frame_is_dropped_by_name);
    tcase_add_test(buffers, a_drop_at_one_processor_leaves_the_buffers_of_another_alone);
    tcase_add_test(buffers, without_places_in_the_queue_for_all_its_buffers_a_frame_is_dropped_by_name);
    tcase_add_test(buffers, without_drop_a_frame_waits_for_a_buffer_and_all_wait_behind_it);
    tcase_add_test(buffers, without_drop_what_can_never_be_taken_is_dropped);
    tcase_add_test(buffers, the_fewest_free_buffers_are_reported);
    tcase_add_test(buffers, buffers_are_filled_in_the_order_in_which_they_were_given);
    tcase_add_test(buffers, free_lists_ring_around);
    suite_add_tcase(s, buffers);
    tcase_add_test(fifo, a_place_in_the_fifo_is_free_when_the_last_byte_was_read);
    tcase_add_test(fifo, a_frame_in_several_buffers_leaves_the_fifo_with_the_last);
    tcase_add_test(fifo, a_dropped_frame_leaves_the_fifo_when_it_is_dropped);
    tcase_add_test(fifo, a_broadcast_is_read_once_for_each_processor);
    tcase_add_test(fifo, a_copy_that_is_dropped_holds_no_place_in_the_fifo);
    tcase_add_test(fifo, a_broadcast_that_nobody_has_room_for_is_one_drop);
    tcase_add_test(fifo, an_engine_for_other_than_all_processors_in_their_order_is_refused);
    suite_add_tcase(s, fifo);
    return s;
}
