/* When captured frames are due, passes and copies, limit and duration: traces/replay_pace.c,
 * replay_read.c, replay_copies.c. */
#include "tests/suite.h"
#include "tests/traces/build_frame.h"
#include "tests/traces/replay_bench.h"
#include "traces/replay_internal.h"

#include <string.h>

/* A frame that belongs to no connection, and enters as it is: 54 bytes. */
#define STRAY(at_us)                                                                               \
    {                                                                                              \
        .us = (at_us), .flags = R, .sequence = 1                                                   \
    }
#define STRAY_BITS (54 * 8)

static struct replay *open_strays(unsigned count, const struct replay_config *config)
{
    struct trace *trace = trace_new();

    for (unsigned i = 0; i < count; i++)
        trace_segment(trace, &(const struct segment)STRAY(100 * i));
    return trace_replay(trace, config);
}

static void expect_times(struct replay *replay, unsigned count, uint64_t (*due_ps)(unsigned i))
{
    struct got got;

    for (unsigned i = 0; i < count; i++)
        ck_assert_uint_eq(take(replay, 0, 1000 * SECOND, &got), due_ps(i));
    ck_assert(replay_exhausted(replay));
    replay_close(replay);
}

static uint64_t third(unsigned i)
{
    return i * 100 * US / 3; /* floor, of the whole: nothing adds up */
}

START_TEST(multiplier_divides_the_captured_times)
{
    struct replay_config config = bench_config();

    config.rate_millionths = 3000000;
    expect_times(open_strays(50, &config), 50, third);
}
END_TEST

static uint64_t slower(unsigned i)
{
    return i * 100 * US * 4;
}

START_TEST(multiplier_may_be_a_fraction)
{
    struct replay_config config = bench_config();

    config.rate_millionths = 250000;
    expect_times(open_strays(10, &config), 10, slower);
}
END_TEST

static uint64_t at_7_pps(unsigned i)
{
    return (uint64_t)i * SECOND / 7;
}

START_TEST(pps_spaces_frames_evenly_to_the_last)
{
    struct replay_config config = bench_config();

    config.rate = REPLAY_PPS;
    config.rate_millionths = 7000000;
    expect_times(open_strays(1000, &config), 1000, at_7_pps);
}
END_TEST

static uint64_t at_3_mbps(unsigned i)
{
    return (uint64_t)i * STRAY_BITS * US / 3;
}

START_TEST(mbps_pays_for_the_bits_before)
{
    struct replay_config config = bench_config();

    config.rate = REPLAY_MBPS;
    config.rate_millionths = 3000000;
    expect_times(open_strays(1000, &config), 1000, at_3_mbps);
}
END_TEST

START_TEST(late_frames_are_made_up_for)
{
    struct replay_config config = bench_config();
    struct replay_frame frame;

    config.rate = REPLAY_PPS;
    config.rate_millionths = 1000000ull * 1000000; /* one each us */
    struct replay *replay = open_strays(10, &config);

    ck_assert(replay_take(replay, 4 * US, &frame));
    for (unsigned i = 1; i <= 4; i++)
        ck_assert(replay_take(replay, 4 * US, &frame));
    ck_assert(!replay_take(replay, 4 * US, &frame));
    ck_assert_uint_eq(replay_next_ps(replay), 5 * US);
    replay_close(replay);
}
END_TEST

static uint64_t at_once(unsigned i)
{
    (void)i;
    return 0;
}

START_TEST(topspeed_is_ready_at_once)
{
    struct replay_config config = bench_config();

    config.rate = REPLAY_TOPSPEED;
    expect_times(open_strays(100, &config), 100, at_once);
}
END_TEST

START_TEST(acknowledgement_is_not_starved_by_topspeed)
{
    struct replay_config config = bench_config();
    struct trace *trace =
        TRACE({.us = 0, .flags = S, .sequence = 99},
              {.us = 1, .from_card = true, .flags = S | A, .sequence = 8, .acknowledgement = 100},
              {.us = 2,
               .from_card = true,
               .flags = A,
               .sequence = 9,
               .acknowledgement = 100,
               .payload_bytes = 10},
              {.us = 3, .flags = A, .sequence = 100, .acknowledgement = 19},
              {.us = 4, .flags = R, .port = 9}, {.us = 5, .flags = R, .port = 9});
    struct got got;

    config.rate = REPLAY_TOPSPEED;
    struct replay *replay = trace_replay(trace, &config);
    take(replay, 0, 0, &got); /* SYN */
    CARD(replay, US, .flags = S | A, .sequence = 7, .acknowledgement = 100);
    CARD(replay, 2 * US, .flags = A, .sequence = 8, .acknowledgement = 100, .payload_bytes = 10);
    take(replay, 2 * US, 2 * US, &got);
    ck_assert_uint_eq(got.packet.acknowledgement, 18);
    take(replay, 2 * US, 2 * US, &got);
    ck_assert_uint_eq(got.packet.tcp_flags, R);
    replay_close(replay);
}
END_TEST

/* --- Connections at once --------------------------------------------------------------------- */

#define EXCHANGE(at_us, client_port)                                                               \
    {.us = (at_us), .flags = S, .sequence = 99, .port = (client_port)},                            \
        {.us = (at_us) + 1,                                                                        \
         .from_card = true,                                                                        \
         .flags = S | A,                                                                           \
         .sequence = 8,                                                                            \
         .acknowledgement = 100,                                                                   \
         .port = (client_port)},                                                                   \
        {.us = (at_us) + 2,                                                                        \
         .flags = F | A,                                                                           \
         .sequence = 100,                                                                          \
         .acknowledgement = 9,                                                                     \
         .port = (client_port)},                                                                   \
        {.us = (at_us) + 3,                                                                        \
         .from_card = true,                                                                        \
         .flags = F | A,                                                                           \
         .sequence = 9,                                                                            \
         .acknowledgement = 101,                                                                   \
         .port = (client_port)},                                                                   \
    {                                                                                              \
        .us = (at_us) + 4, .flags = A, .sequence = 101, .acknowledgement = 10,                     \
        .port = (client_port)                                                                      \
    }

START_TEST(topspeed_opens_no_more_connections_than_asked)
{
    struct replay_config config = bench_config();
    struct replay_frame frame;
    struct got got;

    config.rate = REPLAY_TOPSPEED;
    config.max_open = 2;
    struct replay *replay =
        trace_replay(TRACE(EXCHANGE(0, 1), EXCHANGE(10, 2), EXCHANGE(20, 3)), &config);
    take(replay, 0, 0, &got);
    take(replay, 0, 0, &got);
    ck_assert_uint_eq(got.packet.source_port, 2);
    ck_assert(!replay_take(replay, US, &frame));
    ck_assert_uint_eq(replay_next_ps(replay), 200 * MS); /* nothing is for ever */
    CARD(replay, 2 * US, .flags = S | A, .sequence = 7, .acknowledgement = 100, .port = 1);
    take(replay, 2 * US, 2 * US, &got); /* FIN */
    CARD(replay, 3 * US, .flags = F | A, .sequence = 8, .acknowledgement = 101, .port = 1);
    take(replay, 3 * US, 3 * US, &got); /* the last acknowledgement */
    take(replay, 3 * US, 3 * US, &got);
    ck_assert_uint_eq(got.packet.source_port, 3);
    ck_assert_uint_eq(got.packet.tcp_flags, S);
    replay_close(replay);
}
END_TEST

START_TEST(topspeed_opens_as_many_as_the_capture_had)
{
    struct replay_config config = bench_config();
    struct got got;

    config.rate = REPLAY_TOPSPEED;
    config.max_open = 1;
    struct replay *replay = trace_replay(TRACE({.us = 0, .flags = S, .sequence = 9, .port = 1},
                                               {.us = 1, .flags = S, .sequence = 9, .port = 2},
                                               {.us = 2, .flags = S, .sequence = 9, .port = 3}),
                                         &config);
    for (unsigned i = 0; i < 3; i++)
        take(replay, 0, 0, &got);
    replay_close(replay);
}
END_TEST

/* --- Ends ------------------------------------------------------------------------------------ */

START_TEST(duration_leaves_out_the_rest)
{
    struct replay_config config = bench_config();
    struct replay_frame frame;
    struct got got;

    config.duration_ps = 500 * US;
    struct replay *replay = open_strays(20, &config);
    for (unsigned i = 0; i < 5; i++)
        ck_assert_uint_eq(take(replay, 0, SECOND, &got), 100 * i * US);
    ck_assert(!replay_exhausted(replay));
    ck_assert_uint_eq(replay_next_ps(replay), 500 * US);
    ck_assert(!replay_take(replay, 500 * US, &frame));
    ck_assert(replay_exhausted(replay));
    ck_assert_uint_eq(replay_counts(replay)->frames_after_duration, 15);
    replay_close(replay);
}
END_TEST

START_TEST(duration_ends_topspeed_too)
{
    struct replay_config config = bench_config();
    struct replay_frame frame;

    config.rate = REPLAY_TOPSPEED;
    config.passes = REPLAY_FOREVER;
    config.duration_ps = 10 * US;
    struct replay *replay = open_strays(3, &config);
    for (unsigned i = 0; i < 10; i++)
        ck_assert(replay_take(replay, i * US, &frame));
    ck_assert(!replay_take(replay, 10 * US, &frame));
    ck_assert(replay_exhausted(replay));
    replay_close(replay);
}
END_TEST

/* A handshake, and then eight segments of 1,000 bytes, of which the card's window holds two. */
static struct replay *open_upload(const struct replay_config *config)
{
    struct trace *trace = TRACE({.us = 0, .flags = S, .sequence = 99},
                                {.us = 1, .from_card = true, .flags = S | A, .sequence = 8, .acknowledgement = 100},
                                {.us = 2, .flags = A, .sequence = 100, .acknowledgement = 9});
    struct got got;

    for (unsigned i = 0; i < 8; i++)
        trace_segment(trace, &(const struct segment){.us = 10 + i,
                                                     .flags = A | (i == 7 ? F : 0),
                                                     .sequence = 100 + 1000 * i,
                                                     .acknowledgement = 9,
                                                     .payload_bytes = 1000});
    struct replay *replay = trace_replay(trace, config);
    take(replay, 0, 0, &got);
    CARD(replay, 20 * US, .flags = S | A, .sequence = 7, .acknowledgement = 100, .window = 2000, .mss = 1460);
    return replay;
}

START_TEST(duration_leaves_out_what_waits_for_the_window)
{
    struct replay_config config = bench_config();
    struct replay_frame frame;
    struct got got;

    config.rate = REPLAY_TOPSPEED;
    config.duration_ps = 100 * US;
    struct replay *replay = open_upload(&config);
    const struct replay_counts *counts = replay_counts(replay);
    for (unsigned i = 0; i < 3; i++) /* the handshake's acknowledgement is the first */
        ck_assert_uint_eq(take(replay, 20 * US, 20 * US, &got), 20 * US);
    ck_assert(!replay_take(replay, 20 * US, &frame));
    ck_assert_uint_eq(replay_next_ps(replay), 100 * US);
    take_none(replay, 100 * US);
    CARD(replay, 101 * US, .flags = A, .sequence = 8, .acknowledgement = 2100, .window = 60000);
    take_none(replay, 10 * SECOND);
    ck_assert(replay_exhausted(replay));
    ck_assert_uint_eq(counts->frames_after_duration, 6);
    ck_assert_uint_eq(counts->toward_card, counts->frames_captured + counts->acknowledgements_merged + 6);
    ck_assert_uint_eq(counts->payload_bytes, 2000);
    ck_assert_uint_eq(counts->connections_cut, 1);
    replay_close(replay);
}
END_TEST

/* The window is open, the frames are ready; but the wire was not free for them. What was sent is repaired. */
START_TEST(duration_takes_back_what_is_ready)
{
    struct replay_config config = bench_config();
    struct replay_frame frame;
    struct got got;

    config.rate = REPLAY_TOPSPEED;
    config.duration_ps = 100 * US;
    struct replay *replay = open_upload(&config);
    const struct replay_counts *counts = replay_counts(replay);
    for (unsigned i = 0; i < 3; i++)
        take(replay, 20 * US, 20 * US, &got);
    CARD(replay, 30 * US, .flags = A, .sequence = 8, .acknowledgement = 2100, .window = 60000);
    take(replay, 30 * US, 30 * US, &got);
    ck_assert_uint_eq(got.packet.sequence, 2100);
    ck_assert(!replay_take(replay, 100 * US, &frame));
    ck_assert_uint_eq(counts->frames_after_duration, 5);
    ck_assert_uint_eq(counts->payload_bytes, 3000);
    take(replay, 100 * US, SECOND, &got); /* nobody has acknowledged the third */
    ck_assert_int_eq(got.frame.kind, REPLAY_REPAIR);
    ck_assert_uint_eq(got.packet.sequence, 2100);
    ck_assert_uint_eq(got.packet.payload_bytes, 1000);
    ck_assert(!(got.packet.tcp_flags & F));
    CARD(replay, SECOND, .flags = A, .sequence = 8, .acknowledgement = 3100, .window = 60000);
    take_none(replay, 10 * SECOND);
    ck_assert(replay_exhausted(replay));
    replay_close(replay);
}
END_TEST

/* A card that takes one byte a segment would make a frame of each byte; no client's TCP believes it. */
START_TEST(tiny_segment_size_of_the_card_is_not_believed)
{
    struct replay_config config = bench_config();
    struct replay_frame frame;
    uint64_t frames = 0;

    struct replay *replay =
        trace_replay(TRACE({.us = 0, .flags = S, .sequence = 99},
                           {.us = 1, .from_card = true, .flags = S | A, .sequence = 8, .acknowledgement = 100},
                           {.us = 2, .flags = A, .sequence = 100, .acknowledgement = 9, .payload_bytes = 1000}),
                     &config);
    ck_assert(replay_take(replay, 0, &frame));
    CARD(replay, 20 * US, .flags = S | A, .sequence = 7, .acknowledgement = 100, .window = 60000, .mss = 1);
    while (replay_take(replay, 20 * US, &frame))
        frames++;
    ck_assert_uint_eq(frames, (1000 + 47) / 48);
    replay_close(replay);
}
END_TEST

START_TEST(limit_counts_over_passes_and_copies)
{
    struct replay_config config = bench_config();
    struct got got;

    config.passes = REPLAY_FOREVER;
    config.copies = 2;
    config.limit_frames = 11;
    struct replay *replay = open_strays(3, &config);
    for (unsigned i = 0; i < 11; i++)
        take(replay, 0, SECOND, &got);
    ck_assert(replay_exhausted(replay));
    replay_close(replay);
}
END_TEST

START_TEST(passes_that_offer_nothing_end)
{
    struct replay_config config = bench_config();

    config.passes = REPLAY_FOREVER;
    struct replay *replay =
        trace_replay(TRACE({.us = 0, .from_card = true, .flags = R, .sequence = 1}), &config);
    ck_assert(replay_exhausted(replay));
    replay_close(replay);
}
END_TEST

static void card_sends_to_nobody(struct replay *replay, uint64_t now_ps, const struct segment *segment)
{
    uint8_t frame[100];
    uint32_t bytes = segment_build(segment, frame);

    memset(frame + 30, 0, 4);
    replay_card_sent(replay, now_ps, frame, bytes);
}

/* 0.0.0.0 is the same client in all passes, and the card has reset its only connection. */
START_TEST(passes_that_are_left_out_end)
{
    struct replay_config config = bench_config();
    struct trace *trace = trace_new();
    struct replay_frame taken;
    uint8_t frame[100];
    struct got got;
    uint32_t bytes = segment_build(
        &(const struct segment){.flags = A, .sequence = 100, .acknowledgement = 9, .payload_bytes = 10}, frame);

    memset(frame + 26, 0, 4);
    trace_frame(trace, 0, frame, bytes, bytes);
    config.passes = REPLAY_FOREVER;
    config.duration_ps = 10 * SECOND;
    struct replay *replay = trace_replay(trace, &config);
    take(replay, 0, 0, &got);
    ck_assert_uint_eq(got.packet.tcp_flags, S);
    card_sends_to_nobody(
        replay, US,
        &(const struct segment){.from_card = true, .flags = S | A, .sequence = 7, .acknowledgement = 100});
    card_sends_to_nobody(replay, US, &(const struct segment){.from_card = true, .flags = R, .sequence = 8});
    while (replay_take(replay, US, &taken))
        ck_assert_uint_lt(replay_counts(replay)->frames_captured, 2);
    take_none(replay, SECOND);
    ck_assert(replay_exhausted(replay));
    ck_assert_uint_eq(replay_counts(replay)->frames_after_duration, 0);
    ck_assert_uint_gt(replay_counts(replay)->frames_after_reset, 0);
    replay_close(replay);
}
END_TEST

/* Copies are not read ahead all at once: they would fill the memory. */
START_TEST(copies_are_read_ahead_in_part)
{
    struct replay_config config = bench_config();
    struct trace *trace = trace_new();

    trace_segment(trace, &(const struct segment){.flags = A, .sequence = 1, .payload_bytes = 60000});
    config.copies = 4000;
    struct replay *replay = trace_replay(trace, &config);
    ck_assert_uint_le(replay_counts(replay)->toward_card, REPLAY_AHEAD_BYTES / 60000 + 2);
    ck_assert_uint_gt(replay_counts(replay)->toward_card, 100);
    replay_close(replay);
}
END_TEST

/* The capture holds one direction only: it is read as its time comes, and not kept. */
START_TEST(one_sided_capture_is_read_as_time_passes)
{
    struct replay_config config = bench_config();
    struct trace *trace = trace_new();
    struct replay_frame frame;

    for (unsigned i = 0; i < 3000; i++)
        trace_segment(trace, &(const struct segment){.us = 1000 * i,
                                                     .from_card = true,
                                                     .flags = A,
                                                     .sequence = 100 + 60000 * i,
                                                     .acknowledgement = 9,
                                                     .payload_bytes = 60000});
    struct replay *replay = trace_replay(trace, &config);
    uint64_t most = 0, records = replay_counts(replay)->records_read;
    ck_assert_uint_le(records, REPLAY_AHEAD_BYTES / 60000 + 2);
    ck_assert(!replay_take(replay, 100 * MS, &frame));
    ck_assert_uint_eq(replay_counts(replay)->records_read, records);
    while (!replay_exhausted(replay)) {
        ck_assert(!replay_take(replay, replay_next_ps(replay), &frame));
        most = MAX(most, replay->server_bytes);
    }
    ck_assert_uint_eq(replay_counts(replay)->records_read, 3000);
    ck_assert_uint_gt(most, 0);
    ck_assert_uint_le(most, 3 * REPLAY_AHEAD_BYTES);
    replay_close(replay);
}
END_TEST

/* --- Passes and copies ----------------------------------------------------------------------- */

START_TEST(each_copy_has_its_client)
{
    struct replay_config config = bench_config();
    struct got got;

    config.passes = 3;
    config.copies = 2;
    struct replay *replay = open_strays(2, &config);
    for (unsigned pass = 0; pass < 3; pass++)
        for (unsigned record = 0; record < 2; record++)
            for (unsigned copy = 0; copy < 2; copy++) {
                /* A pass begins where the one before ended. */
                ck_assert_uint_eq(take(replay, 0, SECOND, &got), (pass + record) * 100 * US);
                ck_assert_uint_eq(packet_get32(got.packet.source.bytes),
                                  0x0a000001 + ((2 * pass + copy) << 16));
                ck_assert_uint_eq(packet_get32(got.packet.destination.bytes), 0x0a000002);
                ck_assert(packet_checksums_good(&got.packet));
            }
    ck_assert(replay_exhausted(replay));
    ck_assert_uint_eq(replay_counts(replay)->stamps_backward, 0);
    replay_close(replay);
}
END_TEST

START_TEST(connections_of_all_copies_are_served)
{
    struct replay_config config = bench_config();
    struct card_options options = card_ideal();
    struct card_figures figures;

    config.passes = 40;
    config.copies = 5;
    config.rate = REPLAY_TOPSPEED;
    struct replay *replay = trace_replay(TRACE(EXCHANGE(0, 1), EXCHANGE(10, 2)), &config);
    card_run(replay, &options, &figures, 1000 * SECOND);
    const struct replay_counts *counts = replay_counts(replay);
    ck_assert_uint_eq(counts->connections, 400);
    ck_assert_uint_eq(counts->connections_finished, 400);
    ck_assert_uint_eq(counts->connections_reset, 0);
    ck_assert_uint_eq(counts->frames_repaired, 0);
    replay_close(replay);
}
END_TEST

static void expect_step(bool is_ipv6, const char *before, uint64_t n, const char *after)
{
    struct packet_address address = {0}, expected = {0};
    int family = is_ipv6 ? AF_INET6 : AF_INET;

    ck_assert_int_eq(inet_pton(family, before, address.bytes), 1);
    ck_assert_int_eq(inet_pton(family, after, expected.bytes), 1);
    copies_address(is_ipv6 ? PACKET_IPV6 : PACKET_IPV4, &address, n);
    ck_assert_mem_eq(address.bytes, expected.bytes, 16);
}

START_TEST(addresses_are_stepped_within_what_hosts_may_have)
{
    expect_step(false, "10.9.0.17", 0, "10.9.0.17");
    expect_step(false, "10.9.0.17", 1, "10.10.0.17");
    expect_step(false, "10.255.3.4", 1, "11.0.3.4");
    expect_step(false, "126.255.3.4", 1, "128.0.3.4"); /* over 127 */
    expect_step(false, "223.255.3.4", 1, "1.0.3.4");
    expect_step(false, "10.9.0.17", 56832, "10.9.0.17");
    expect_step(false, "10.9.0.17", 56833, "10.10.0.17");
    expect_step(false, "0.0.0.0", 7, "0.0.0.0");
    expect_step(false, "255.255.255.255", 7, "255.255.255.255");
    expect_step(false, "224.0.0.251", 7, "224.0.0.251");
    expect_step(false, "127.0.0.53", 2, "127.2.0.53");
    expect_step(false, "127.0.0.1", 256, "128.0.0.1");
    expect_step(false, "127.0.0.1", 57088, "127.0.0.1");
    expect_step(true, "::1", 1, "0:0:0:1::1");
    expect_step(true, "fd00:1::1", 1, "fd00:1:0:1::1");
    expect_step(true, "2001:db8:ffff:ffff::5", 1, "2001:db8::5");
    expect_step(true, "fe80::1:2", 3, "fe80::0:3:1:2");
    expect_step(true, "::", 3, "::");
    expect_step(true, "ff02::1", 3, "ff02::1");
}
END_TEST

/* The quote of an error that a client sends: the card's packet to it. */
START_TEST(quotes_of_errors_name_the_same_client)
{
    static const uint8_t frame[] = {2,    0,    0,    0,    0, 2,  2,    0,   0,  0,
                                    0,    1,    8,    0, /* Ethernet */
                                    0x45, 0,    0,    56,   0, 1,  0,    0,   64, 1,
                                    0x66, 0xc2, 10,   0,    0, 1,  10,   0,   0,  2, /* IP */
                                    3,    3,    0,    0,    0, 0,  0,    0,          /* ICMP */
                                    0x45, 0,    0,    36,   0, 9,  0,    0,   64, 17,
                                    0x66, 0xbe, 10,   0,    0, 2,  10,   0,   0,  1, /* quote */
                                    0,    53,   0x9c, 0x40, 0, 16, 0x12, 0x34};
    struct built built = {.bytes = sizeof frame};
    struct packet packet;

    memcpy(built.data, frame, sizeof frame);
    packet_parse(&packet, built.data, built.bytes, built.bytes);
    packet_fix_checksums(&packet, built.data);
    copies_rewrite(&packet, built.data, true, 5);
    packet_parse(&packet, built.data, built.bytes, built.bytes);
    ck_assert(packet_checksums_good(&packet));
    ck_assert_uint_eq(packet_get32(packet.source.bytes), 0x0a050001);
    ck_assert_uint_eq(packet_get32(packet.destination.bytes), 0x0a000002);
    ck_assert_uint_eq(packet_get32(built.data + 14 + 20 + 8 + 12), 0x0a000002);
    ck_assert_uint_eq(packet_get32(built.data + 14 + 20 + 8 + 16), 0x0a050001);
    ck_assert_uint_eq(packet_checksum_finish(packet_checksum_add(0, built.data + 14 + 20 + 8, 20)),
                      0);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("replay: rates, passes, copies");
    TCase *cases = tcase_create("rates");

    tcase_add_test(cases, multiplier_divides_the_captured_times);
    tcase_add_test(cases, multiplier_may_be_a_fraction);
    tcase_add_test(cases, pps_spaces_frames_evenly_to_the_last);
    tcase_add_test(cases, mbps_pays_for_the_bits_before);
    tcase_add_test(cases, late_frames_are_made_up_for);
    tcase_add_test(cases, topspeed_is_ready_at_once);
    tcase_add_test(cases, acknowledgement_is_not_starved_by_topspeed);
    tcase_add_test(cases, topspeed_opens_no_more_connections_than_asked);
    tcase_add_test(cases, topspeed_opens_as_many_as_the_capture_had);
    suite_add_tcase(all, cases);
    cases = tcase_create("ends");
    tcase_add_test(cases, duration_leaves_out_the_rest);
    tcase_add_test(cases, duration_ends_topspeed_too);
    tcase_add_test(cases, duration_leaves_out_what_waits_for_the_window);
    tcase_add_test(cases, duration_takes_back_what_is_ready);
    tcase_add_test(cases, tiny_segment_size_of_the_card_is_not_believed);
    tcase_add_test(cases, limit_counts_over_passes_and_copies);
    tcase_add_test(cases, passes_that_offer_nothing_end);
    tcase_add_test(cases, passes_that_are_left_out_end);
    tcase_add_test(cases, copies_are_read_ahead_in_part);
    tcase_add_test(cases, one_sided_capture_is_read_as_time_passes);
    suite_add_tcase(all, cases);
    cases = tcase_create("copies");
    tcase_add_test(cases, each_copy_has_its_client);
    tcase_add_test(cases, connections_of_all_copies_are_served);
    tcase_add_test(cases, addresses_are_stepped_within_what_hosts_may_have);
    tcase_add_test(cases, quotes_of_errors_name_the_same_client);
    suite_add_tcase(all, cases);
    return all;
}
