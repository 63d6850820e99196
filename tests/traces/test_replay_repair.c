/* What a client's TCP would send again: traces/replay_repair.c; and holes of the capture. */
#include "tests/suite.h"
#include "tests/traces/replay_bench.h"

#include <string.h>

/* Client ISN 0xfffffff0: its numbers wrap within the first 16 bytes. The card's ISN is 7. */
#define ISN 0xfffffff0u
#define FROM_CLIENT(at_us, position, ...)                                                          \
    {                                                                                              \
        .us = (at_us), .flags = P | A, .sequence = ISN + (position), .acknowledgement = 9,         \
        __VA_ARGS__                                                                                \
    }
#define ACKED(position) .flags = A, .sequence = 8, .acknowledgement = ISN + (position)

static struct replay *open_segments(const struct segment *segments, unsigned count, bool repair,
                                    uint16_t card_window)
{
    struct trace *trace = TRACE(
        {.us = 0, .flags = S, .sequence = ISN},
        {.us = 1, .from_card = true, .flags = S | A, .sequence = 8, .acknowledgement = ISN + 1});
    struct replay_config config = bench_config();
    struct got got;

    config.repair = repair;
    trace_segments(trace, segments, count);
    struct replay *replay = trace_replay(trace, &config);
    take(replay, 0, 0, &got);
    CARD(replay, US, .flags = S | A, .sequence = 7, .acknowledgement = ISN + 1,
         .window = card_window, .mss = 100);
    return replay;
}

static const struct segment three[] = {
    FROM_CLIENT(10, 1, .payload_bytes = 100),
    FROM_CLIENT(11, 101, .payload_bytes = 100),
    FROM_CLIENT(12, 201, .payload_bytes = 100),
};

static struct replay *open_three(bool repair)
{
    struct replay *replay = open_segments(three, 3, repair, 5000);
    struct got got;

    for (unsigned i = 0; i < 3; i++)
        take(replay, US, SECOND, &got);
    return replay;
}

static void expect_repair(const struct got *got, uint32_t position, uint32_t bytes)
{
    ck_assert_int_eq(got->frame.kind, REPLAY_REPAIR);
    ck_assert_uint_eq(got->packet.sequence, ISN + position);
    ck_assert_uint_eq(got->packet.payload_bytes, bytes);
    ck_assert_uint_eq(got->data[got->packet.payload_offset],
                      (uint8_t)(ISN + 1 + (position - 1) / 100 * 100 + (position - 1) % 100));
    ck_assert(packet_checksums_good(&got->packet));
}

START_TEST(silence_repeats_the_first_after_200_ms_doubling)
{
    struct replay *replay = open_three(true);
    struct got got;

    ck_assert_uint_eq(take(replay, 12 * US, SECOND, &got), 10 * US + 200 * MS);
    expect_repair(&got, 1, 100);
    ck_assert_uint_eq(take(replay, 12 * US, SECOND, &got), 10 * US + 600 * MS);
    CARD(replay, 700 * MS, ACKED(101)); /* the others follow, two for one */
    take(replay, 700 * MS, 700 * MS, &got);
    expect_repair(&got, 101, 100);
    take(replay, 700 * MS, 700 * MS, &got);
    expect_repair(&got, 201, 100);
    CARD(replay, 701 * MS, ACKED(301));
    ck_assert_uint_eq(replay_next_ps(replay), REPLAY_NEVER);
    ck_assert(replay_exhausted(replay));
    ck_assert_uint_eq(replay_counts(replay)->frames_repaired, 4);
    ck_assert_uint_eq(replay_counts(replay)->payload_bytes, 300);
    replay_close(replay);
}
END_TEST

START_TEST(gives_up_after_15_tries)
{
    struct replay *replay = open_three(true);
    struct replay_frame frame;
    unsigned repaired = 0;

    while (replay_next_ps(replay) != REPLAY_NEVER)
        repaired += replay_take(replay, replay_next_ps(replay), &frame);
    ck_assert_uint_eq(repaired, 15);
    ck_assert(replay_exhausted(replay));
    replay_close(replay);
}
END_TEST

START_TEST(repair_can_be_off)
{
    struct replay *replay = open_three(false);

    for (unsigned i = 0; i < 5; i++)
        CARD(replay, 20 * US, ACKED(1));
    take_none(replay, 1000 * SECOND);
    ck_assert(replay_exhausted(replay));
    replay_close(replay);
}
END_TEST

START_TEST(three_duplicates_repeat_the_missing_ones_only)
{
    struct replay *replay = open_three(true);
    struct got got;

    CARD(replay, 20 * US, ACKED(1));
    CARD(replay, 21 * US, ACKED(1));
    take_none(replay, 21 * US);
    CARD(replay, 22 * US, ACKED(1));
    take(replay, 22 * US, 22 * US, &got);
    expect_repair(&got, 1, 100);
    CARD(replay, 23 * US, ACKED(1));
    take_none(replay, 23 * US);
    CARD(replay, 24 * US, ACKED(201)); /* a partial one: the third is missing too */
    take(replay, 24 * US, 24 * US, &got);
    expect_repair(&got, 201, 100);
    CARD(replay, 25 * US, ACKED(301));
    take_none(replay, SECOND);
    replay_close(replay);
}
END_TEST

static void expect_captured(const struct got *got, uint32_t position)
{
    ck_assert_int_eq(got->frame.kind, REPLAY_CAPTURED);
    ck_assert_uint_eq(got->packet.sequence, ISN + position);
    ck_assert_uint_eq(got->packet.payload_bytes, 100);
}

START_TEST(segment_beyond_the_window_waits_until_it_opens)
{
    struct replay *replay = open_segments(three, 3, true, 150);
    struct got got;

    ck_assert_uint_eq(take(replay, US, SECOND, &got), 10 * US);
    expect_captured(&got, 1);
    take_none(replay, 20 * US);
    CARD(replay, 20 * US, ACKED(101), .window = 100);
    take(replay, 20 * US, 20 * US, &got);
    expect_captured(&got, 101);
    take_none(replay, 30 * US);
    CARD(replay, 30 * US, ACKED(101), .window = 200); /* opens, while the second is under way */
    take(replay, 30 * US, 30 * US, &got);
    expect_captured(&got, 201);
    CARD(replay, 31 * US, ACKED(301), .window = 200);
    take_none(replay, SECOND);
    ck_assert_uint_eq(replay_counts(replay)->frames_window_waited, 2);
    ck_assert_uint_eq(replay_counts(replay)->frames_repaired, 0);
    replay_close(replay);
}
END_TEST

START_TEST(window_smaller_than_a_segment_gets_the_rest_when_it_opens)
{
    struct replay *replay = open_segments(three, 1, true, 50);
    struct got got;

    ck_assert_uint_eq(take(replay, US, SECOND, &got), 10 * US); /* nothing else is under way */
    CARD(replay, 20 * US, ACKED(51), .window = WINDOW_0);
    take_none(replay, 100 * MS);
    CARD(replay, 100 * MS, ACKED(51), .window = 20);
    take(replay, 100 * MS, 100 * MS, &got);
    expect_repair(&got, 51, 20); /* no further than the edge */
    CARD(replay, 103 * MS, ACKED(71), .window = 1000);
    take(replay, 103 * MS, 103 * MS, &got);
    expect_repair(&got, 71, 30);
    CARD(replay, 104 * MS, ACKED(101), .window = 1000);
    take_none(replay, SECOND);
    replay_close(replay);
}
END_TEST

START_TEST(window_that_stays_closed_is_probed)
{
    struct replay *replay = open_segments(three, 2, true, WINDOW_0);
    struct got got;

    ck_assert_uint_eq(take(replay, US, SECOND, &got),
                      10 * US); /* the handshake's end does not wait */
    ck_assert_int_eq(got.frame.kind, REPLAY_SYNTHESISED);
    ck_assert_uint_eq(got.packet.payload_bytes, 0);
    ck_assert_uint_eq(take(replay, US, SECOND, &got), 10 * US + 200 * MS);
    expect_captured(&got, 1);
    CARD(replay, 210 * MS, ACKED(1), .window = 1000); /* it could not take it */
    take(replay, 210 * MS, 210 * MS, &got);
    expect_repair(&got, 1, 100);
    take(replay, 210 * MS, 210 * MS, &got);
    expect_captured(&got, 101);
    CARD(replay, 211 * MS, ACKED(201), .window = 1000);
    take_none(replay, SECOND);
    replay_close(replay);
}
END_TEST

/* The captured network lost the first; its retransmission comes after what waits for the window. */
START_TEST(retransmission_overtakes_what_waits)
{
    const struct segment segments[] = {FROM_CLIENT(10, 101, .payload_bytes = 100),
                                       FROM_CLIENT(11, 201, .payload_bytes = 100),
                                       FROM_CLIENT(12, 1, .payload_bytes = 100)};
    struct replay *replay = open_segments(segments, 3, true, 200);
    struct got got;

    ck_assert_uint_eq(take(replay, US, SECOND, &got), 10 * US);
    expect_captured(&got, 101);
    ck_assert_uint_eq(take(replay, US, SECOND, &got), 12 * US);
    expect_captured(&got, 1);
    CARD(replay, 20 * US, ACKED(201), .window = 200);
    take(replay, 20 * US, 20 * US, &got);
    expect_captured(&got, 201);
    CARD(replay, 21 * US, ACKED(301), .window = 200);
    take_none(replay, SECOND);
    replay_close(replay);
}
END_TEST

START_TEST(acknowledgement_overtakes_what_waits)
{
    const struct segment segments[] = {
        FROM_CLIENT(10, 1, .payload_bytes = 100),
        FROM_CLIENT(11, 101, .payload_bytes = 100),
        {.us = 12,
         .from_card = true,
         .flags = A,
         .sequence = 9,
         .acknowledgement = ISN + 201,
         .payload_bytes = 30},
        {.us = 13, .flags = A, .sequence = ISN + 201, .acknowledgement = 39}};
    struct replay *replay = open_segments(segments, 4, true, 100);
    struct got got;

    take(replay, US, SECOND, &got);
    CARD(replay, 11 * US, .flags = A, .sequence = 8, .acknowledgement = ISN + 1,
         .payload_bytes = 30, .window = 100);
    ck_assert_uint_eq(take(replay, 11 * US, SECOND, &got), 13 * US);
    ck_assert_uint_eq(got.packet.payload_bytes, 0);
    ck_assert_uint_eq(got.packet.acknowledgement, 38);
    ck_assert_uint_eq(got.packet.sequence, ISN + 101); /* the second has not been sent */
    ck_assert(packet_checksums_good(&got.packet));
    replay_close(replay);
}
END_TEST

START_TEST(fin_is_repeated)
{
    const struct segment segments[] = {
        FROM_CLIENT(10, 1, .payload_bytes = 60),
        {.us = 11, .flags = F | A, .sequence = ISN + 61, .acknowledgement = 9}};
    struct replay *replay = open_segments(segments, 2, true, 5000);
    struct got got;

    take(replay, US, SECOND, &got);
    take(replay, US, SECOND, &got);
    CARD(replay, 20 * US, ACKED(61));
    ck_assert_uint_eq(take(replay, 20 * US, SECOND, &got), 20 * US + 200 * MS);
    ck_assert_uint_eq(got.packet.tcp_flags & (F | A), F | A);
    ck_assert_uint_eq(got.packet.sequence, ISN + 61);
    ck_assert_uint_eq(got.packet.payload_bytes, 0);
    CARD(replay, 300 * MS, ACKED(62));
    take_none(replay, SECOND);
    replay_close(replay);
}
END_TEST

/* The captured network lost the first; its retransmission comes later, as captured. */
START_TEST(what_the_capture_brings_later_is_not_repaired)
{
    const struct segment segments[] = {FROM_CLIENT(10, 101, .payload_bytes = 100),
                                       FROM_CLIENT(11, 201, .payload_bytes = 100),
                                       FROM_CLIENT(900000, 1, .payload_bytes = 100)};
    struct replay *replay = open_segments(segments, 3, true, 5000);
    struct got got;

    take(replay, US, SECOND, &got);
    take(replay, US, SECOND, &got);
    for (unsigned i = 0; i < 5; i++)
        CARD(replay, 20 * US, ACKED(1));
    ck_assert_uint_eq(take(replay, 20 * US, SECOND, &got), 900 * MS);
    ck_assert_int_eq(got.frame.kind, REPLAY_CAPTURED);
    CARD(replay, 901 * MS, ACKED(301));
    ck_assert_uint_eq(replay_counts(replay)->frames_repaired, 0);
    ck_assert_uint_eq(replay_counts(replay)->payload_bytes, 300);
    replay_close(replay);
}
END_TEST

/* So duplicate acknowledgements for it begin no recovery that a later one would go on with. */
START_TEST(duplicates_for_what_is_to_come_begin_nothing)
{
    const struct segment segments[] = {FROM_CLIENT(10, 101, .payload_bytes = 100),
                                       FROM_CLIENT(11, 201, .payload_bytes = 100),
                                       FROM_CLIENT(100, 1, .payload_bytes = 100)};
    struct replay *replay = open_segments(segments, 3, true, 5000);
    struct got got;

    take(replay, US, SECOND, &got);
    take(replay, US, SECOND, &got);
    for (unsigned i = 0; i < 4; i++)
        CARD(replay, 20 * US, ACKED(1));
    take(replay, 20 * US, SECOND, &got);
    CARD(replay, 101 * US, ACKED(201)); /* the third is still on its way through the card */
    take_none(replay, 100 * MS);
    CARD(replay, 100 * MS, ACKED(301));
    ck_assert_uint_eq(replay_counts(replay)->frames_repaired, 0);
    replay_close(replay);
}
END_TEST

START_TEST(hole_of_the_capture_is_padded_when_the_server_acknowledged_it)
{
    const struct segment segments[] = {
        FROM_CLIENT(10, 1, .payload_bytes = 10),
        FROM_CLIENT(11, 161, .payload_bytes = 10),
        {.us = 20, .from_card = true, .flags = A, .sequence = 9, .acknowledgement = ISN + 171}};
    struct replay *replay = open_segments(segments, 3, true, 5000);
    uint8_t got_bytes[170];
    struct got got;

    take(replay, US, SECOND, &got);
    take(replay, US, SECOND, &got);
    CARD(replay, 12 * US, ACKED(11));
    ck_assert_uint_eq(take(replay, 12 * US, SECOND, &got), 20 * US);
    ck_assert_int_eq(got.frame.kind, REPLAY_SYNTHESISED);
    ck_assert_uint_eq(got.packet.sequence, ISN + 11);
    ck_assert_uint_eq(got.packet.payload_bytes, 100); /* the card's MSS */
    take(replay, 12 * US, 20 * US, &got);
    ck_assert_uint_eq(got.packet.sequence, ISN + 111);
    ck_assert_uint_eq(got.packet.payload_bytes, 50);
    CARD(replay, 21 * US, ACKED(171));
    for (unsigned i = 0; i < 170; i++)
        got_bytes[i] = (uint8_t)(ISN + 1 + i);
    memset(got_bytes + 10, 0xee, 150); /* not compared */
    replay_delivered(replay, 1, 0, got_bytes, 170);
    ck_assert_uint_eq(replay_counts(replay)->holes_padded, 1);
    ck_assert_uint_eq(replay_counts(replay)->payload_bytes, 170);
    ck_assert_uint_eq(replay_counts(replay)->payload_delivered_bytes, 170);
    ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, 0);
    ck_assert_uint_eq(replay_counts(replay)->connections_finished, 1);
    replay_close(replay);
}
END_TEST

/* What a few wrong bits of a number claim does not go out at once. */
/* Each of these is no more than a capture may lose, all of them are more than this one can have lost. */
START_TEST(holes_are_not_believed_beyond_a_share_of_the_capture)
{
    enum { EACH = 3 << 20 };
    struct segment segments[4];
    struct got got;

    for (unsigned i = 0; i < 4; i++)
        segments[i] = (struct segment){
            .us = 20 + i, .from_card = true, .flags = A, .sequence = 8, .acknowledgement = ISN + 1 + (i + 1) * EACH};
    struct replay *replay = open_segments(segments, 4, true, 64000);
    uint64_t card_acked = 1, now_ps = 20 * US;
    while (now_ps < SECOND && replay_counts(replay)->payload_bytes < 2 * EACH && !replay_exhausted(replay)) {
        take(replay, now_ps, 10 * SECOND, &got);
        card_acked = got.packet.sequence - ISN + got.packet.payload_bytes;
        CARD(replay, now_ps += US, ACKED((uint32_t)card_acked), .window = 64000);
    }
    ck_assert_uint_eq(replay_counts(replay)->holes_padded, 1);
    ck_assert_uint_eq(replay_counts(replay)->payload_bytes, EACH);
    replay_close(replay);
}
END_TEST

START_TEST(hole_larger_than_the_window_is_padded_as_it_opens)
{
    const struct segment segments[] = {
        {.us = 20, .from_card = true, .flags = A, .sequence = 8, .acknowledgement = ISN + 1001}};
    struct replay *replay = open_segments(segments, 1, true, 250);
    struct got got;

    for (unsigned position = 1; position <= 201; position += 100) {
        ck_assert_uint_eq(take(replay, US, SECOND, &got), 20 * US);
        ck_assert_uint_eq(got.packet.sequence, ISN + position);
        ck_assert_uint_eq(got.packet.payload_bytes, position < 201 ? 100 : 50);
    }
    take_none(replay, 100 * MS);
    CARD(replay, 100 * MS, ACKED(251), .window = 100);
    take(replay, 100 * MS, 100 * MS, &got);
    ck_assert_uint_eq(got.packet.sequence, ISN + 251);
    ck_assert_uint_eq(got.packet.payload_bytes, 100);
    CARD(replay, 101 * MS, ACKED(351), .window = 5000);
    for (unsigned position = 351; position < 1001; position += 100) {
        take(replay, 101 * MS, 101 * MS, &got);
        ck_assert_uint_eq(got.packet.sequence, ISN + position);
    }
    CARD(replay, 102 * MS, ACKED(1001), .window = 5000);
    ck_assert_uint_eq(replay_counts(replay)->holes_padded, 1);
    ck_assert_uint_eq(replay_counts(replay)->payload_bytes, 1000);
    ck_assert(replay_exhausted(replay));
    replay_close(replay);
}
END_TEST

/* It has taken a window, and dies: after the last try, or where none is made, nothing waits for it. */
START_TEST(what_waits_for_a_card_that_is_silent_goes_out_in_the_end)
{
    const struct segment hole[] = {
        {.us = 20, .from_card = true, .flags = A, .sequence = 8, .acknowledgement = ISN + 1001}};
    bool is_hole = _i & 1, is_repaired = _i & 2;
    struct replay *replay = is_hole ? open_segments(hole, 1, is_repaired, 250)
                                    : open_segments(three, 3, is_repaired, 250);
    struct got got;
    unsigned frames = 0;

    while (replay_next_ps(replay) != REPLAY_NEVER) {
        take(replay, US, 10000 * SECOND, &got);
        ck_assert_uint_lt(++frames, 100);
    }
    ck_assert(replay_exhausted(replay));
    ck_assert_uint_eq(replay_counts(replay)->frames_captured, is_hole ? 1 : 4);
    replay_close(replay);
}
END_TEST

/* Two queues of a capturing host write the acknowledgement before what it acknowledges. */
START_TEST(late_record_is_no_hole)
{
    const struct segment segments[] = {
        {.us = 10, .from_card = true, .flags = A, .sequence = 9, .acknowledgement = ISN + 11},
        FROM_CLIENT(10, 1, .payload_bytes = 10)};
    struct replay *replay = open_segments(segments, 2, true, 5000);
    struct got got;

    take(replay, US, SECOND, &got);
    ck_assert_int_eq(got.frame.kind, REPLAY_CAPTURED);
    ck_assert_uint_eq(replay_counts(replay)->holes_padded, 0);
    replay_close(replay);
}
END_TEST

START_TEST(wrong_bytes_are_found)
{
    struct replay *replay = open_three(true);
    uint8_t bytes[301];

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(ISN + 1 + i);
    bytes[7] ^= 1;
    bytes[250] ^= 1;
    replay_delivered(replay, 1, 0, bytes, 200);
    ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, 1);
    replay_delivered(replay, 1, 0, bytes, 100); /* twice counts once */
    ck_assert_uint_eq(replay_counts(replay)->payload_delivered_bytes, 200);
    ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, 2);
    replay_delivered(replay, 1, 200, bytes + 200, 101); /* one more than any client sent */
    ck_assert_uint_eq(replay_counts(replay)->payload_delivered_bytes, 300);
    ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, 4);
    replay_close(replay);
}
END_TEST

/* A card that drops every k-th frame gets every byte; 1000 segments from each of 20 clients. */
START_TEST(lossy_card_gets_everything)
{
    static const unsigned every[] = {2, 3, 5, 13, 100};
    struct trace *trace = trace_new();
    struct card_options options = card_ideal();
    struct card_figures figures;

    for (uint16_t client = 1; client <= 20; client++)
        trace_segment(trace, &(struct segment){.us = client,
                                               .port = client,
                                               .flags = S,
                                               .sequence = client,
                                               .scale = 8,
                                               .mss = 1460});
    for (unsigned i = 0; i < 1000; i++)
        for (uint16_t client = 1; client <= 20; client++)
            trace_segment(trace, &(struct segment){.us = 1000 + 20 * i,
                                                   .port = client,
                                                   .flags = P | A,
                                                   .sequence = client + 1 + 333 * i,
                                                   .acknowledgement = 1,
                                                   .payload_bytes = 333});
    struct replay_config config = bench_config();
    config.refuse_after_ps = 100 * SECOND; /* SYNs are dropped too */
    struct replay *replay = trace_replay(trace, &config);
    options.drop_every = every[_i];
    options.stamps = false;
    card_run(replay, &options, &figures, 10000 * SECOND);
    ck_assert_uint_eq(replay_counts(replay)->frames_dropped, figures.dropped);
    ck_assert_uint_gt(figures.dropped, 0);
    ck_assert_uint_gt(replay_counts(replay)->frames_repaired, 0);
    ck_assert_uint_eq(replay_counts(replay)->connections_finished, 20);
    ck_assert_uint_eq(replay_counts(replay)->payload_bytes, 20 * 333000);
    ck_assert_uint_eq(replay_counts(replay)->payload_delivered_bytes, 20 * 333000);
    ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, 0);
    replay_close(replay);
}
END_TEST

START_TEST(data_in_a_syn_is_sent_again_if_the_card_did_not_take_it)
{
    struct trace *trace = TRACE(
        {.us = 0, .flags = S, .sequence = ISN, .text = "early"},
        {.us = 1, .from_card = true, .flags = S | A, .sequence = 8, .acknowledgement = ISN + 6},
        {.us = 2, .flags = P | A, .sequence = ISN + 6, .acknowledgement = 9, .text = "!"});
    struct replay *replay = trace_replay(trace, NULL);
    struct got got;

    take(replay, 0, 0, &got);
    ck_assert_uint_eq(got.packet.payload_bytes, 5);
    CARD(replay, US, .flags = S | A, .sequence = 7, .acknowledgement = ISN + 1);
    take(replay, US, US, &got);
    ck_assert_int_eq(got.frame.kind, REPLAY_REPAIR);
    ck_assert_mem_eq(got.data + got.packet.payload_offset, "early", 5);
    take(replay, US, 2 * US, &got);
    ck_assert_uint_eq(replay_counts(replay)->payload_bytes, 6);
    replay_close(replay);
}
END_TEST

/* A capture of merged segments may have a SYN with much data; the card's segment size is 536 without an option. */
START_TEST(much_data_in_a_syn_is_sent_again_in_segments_as_it_is_acknowledged)
{
    struct trace *trace = TRACE(
        {.us = 0, .flags = S, .sequence = ISN, .payload_bytes = 2000},
        {.us = 1, .from_card = true, .flags = S | A, .sequence = 8, .acknowledgement = ISN + 2001},
        {.us = 2, .flags = P | A, .sequence = ISN + 2001, .acknowledgement = 9, .text = "!"});
    struct replay *replay = trace_replay(trace, NULL);
    struct got got;
    uint32_t sent = 0;

    take(replay, 0, 0, &got);
    ck_assert_uint_eq(got.packet.payload_bytes, 2000);
    CARD(replay, US, .flags = S | A, .sequence = 7, .acknowledgement = ISN + 1);
    for (unsigned i = 0; sent < 2000 && i < 10; i++) {
        while (replay_next_ps(replay) <= US) {
            take(replay, US, US, &got);
            if (got.frame.kind != REPLAY_REPAIR)
                continue;
            ck_assert_uint_le(got.packet.payload_bytes, 536);
            ck_assert_uint_eq(got.packet.sequence, ISN + 1 + sent);
            sent += got.packet.payload_bytes;
        }
        CARD(replay, US, .flags = A, .sequence = 8, .acknowledgement = ISN + 1 + sent);
    }
    ck_assert_uint_eq(sent, 2000);
    replay_close(replay);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("replay: repair");
    TCase *cases = tcase_create("repair");

    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, silence_repeats_the_first_after_200_ms_doubling);
    tcase_add_test(cases, gives_up_after_15_tries);
    tcase_add_test(cases, repair_can_be_off);
    tcase_add_test(cases, three_duplicates_repeat_the_missing_ones_only);
    tcase_add_test(cases, segment_beyond_the_window_waits_until_it_opens);
    tcase_add_test(cases, window_smaller_than_a_segment_gets_the_rest_when_it_opens);
    tcase_add_test(cases, window_that_stays_closed_is_probed);
    tcase_add_test(cases, retransmission_overtakes_what_waits);
    tcase_add_test(cases, acknowledgement_overtakes_what_waits);
    tcase_add_test(cases, fin_is_repeated);
    tcase_add_test(cases, what_the_capture_brings_later_is_not_repaired);
    tcase_add_test(cases, duplicates_for_what_is_to_come_begin_nothing);
    tcase_add_test(cases, hole_of_the_capture_is_padded_when_the_server_acknowledged_it);
    tcase_add_test(cases, late_record_is_no_hole);
    tcase_add_test(cases, hole_larger_than_the_window_is_padded_as_it_opens);
    tcase_add_test(cases, holes_are_not_believed_beyond_a_share_of_the_capture);
    tcase_add_loop_test(cases, what_waits_for_a_card_that_is_silent_goes_out_in_the_end, 0, 4);
    tcase_add_test(cases, wrong_bytes_are_found);
    tcase_add_loop_test(cases, lossy_card_gets_everything, 0, 5);
    tcase_add_test(cases, data_in_a_syn_is_sent_again_if_the_card_did_not_take_it);
    tcase_add_test(cases, much_data_in_a_syn_is_sent_again_in_segments_as_it_is_acknowledged);
    suite_add_tcase(all, cases);
    return all;
}
