/* Captured segments made valid for the card: traces/replay_translate.c, rule by rule. */
#include "tests/suite.h"
#include "tests/traces/replay_bench.h"

#include <string.h>

struct offer { /* of the capture's handshake and the card's */
    struct segment syn, server, card;
};

/* Client ISN 99, captured server's ISN 8, the card's 0xffffff00: its numbers wrap at once. */
#define CARD_ISN 0xffffff00u
#define AT(position) (CARD_ISN + (uint32_t)(position))

/* SYN at 0, the card's SYN-ACK at 1 us; further segments from 10 us on. The server's options in the
 * capture are `server`, the card's `card`. */
static struct replay *open_with(const struct offer *offer, const struct segment *segments,
                                unsigned count, const struct replay_config *config)
{
    struct segment syn = offer->syn, server = offer->server, card = offer->card;
    struct trace *trace = trace_new();
    struct got got;

    syn.flags = S;
    syn.sequence = 99;
    server.flags = card.flags = S | A;
    server.us = 1;
    server.from_card = true;
    server.sequence = 8;
    server.acknowledgement = card.acknowledgement = 100;
    server.is_ipv6 = card.is_ipv6 = syn.is_ipv6;
    card.sequence = CARD_ISN;
    trace_segment(trace, &syn);
    trace_segment(trace, &server);
    trace_segments(trace, segments, count);
    struct replay *replay = trace_replay(trace, config);
    take(replay, 0, 0, &got);
    card_sends(replay, US, &card);
    return replay;
}

#define OPEN(offer, ...)                                                                           \
    open_with(&offer, (const struct segment[]){__VA_ARGS__},                                       \
              sizeof((const struct segment[]){__VA_ARGS__}) / sizeof(struct segment), NULL)

static const struct offer plain = {.card = {.mss = 1460}};

START_TEST(acknowledgement_is_cut_and_the_rest_paid_when_sent)
{
    struct replay *replay =
        OPEN(plain, {.us = 9, .from_card = true, .flags = A, .sequence = 9, .acknowledgement = 100,
                     .payload_bytes = 400},
             {.us = 10, .flags = A, .sequence = 100, .acknowledgement = 9 + 400},
             {.us = 90000, .flags = P | A, .sequence = 100, .acknowledgement = 409, .text = "x"});
    struct got got;

    take(replay, US, 10 * US, &got); /* acknowledges the SYN */
    ck_assert_uint_eq(got.packet.acknowledgement, AT(1));
    ck_assert_uint_eq(replay_counts(replay)->acknowledgements_owed, 1);
    CARD(replay, 20 * US, .flags = A, .sequence = AT(1), .acknowledgement = 100, .payload_bytes = 100);
    take_none(replay, 20 * US); /* one segment, 300 bytes still owed */
    CARD(replay, 21 * US, .flags = A, .sequence = AT(101), .acknowledgement = 100,
         .payload_bytes = 100);
    take(replay, 21 * US, 21 * US, &got); /* two segments */
    ck_assert_int_eq(got.frame.kind, REPLAY_SYNTHESISED);
    ck_assert_uint_eq(got.packet.acknowledgement, AT(201));
    ck_assert_uint_eq(got.packet.sequence, 100);
    CARD(replay, 22 * US, .flags = A, .sequence = AT(201), .acknowledgement = 100,
         .payload_bytes = 200);
    take(replay, 22 * US, 22 * US, &got); /* the debt is covered: at once */
    ck_assert_uint_eq(got.packet.acknowledgement, AT(401));
    take(replay, 23 * US, SECOND, &got);
    ck_assert_uint_eq(got.packet.payload_bytes, 1);
    ck_assert_uint_eq(got.packet.acknowledgement, AT(401));
    replay_close(replay);
}
END_TEST

START_TEST(acknowledgements_that_repeat_are_merged)
{
    struct replay *replay =
        OPEN(plain,
             {.us = 9, .from_card = true, .flags = A, .sequence = 9, .acknowledgement = 100,
              .payload_bytes = 400},
             {.us = 10, .flags = A, .sequence = 100, .acknowledgement = 109},
             {.us = 11, .flags = A, .sequence = 100, .acknowledgement = 209},
             {.us = 12, .flags = A, .sequence = 100, .acknowledgement = 209, .window = 2000},
             {.us = 13, .flags = A, .sequence = 100, .acknowledgement = 209, .window = 2000,
              .sack = {309, 409}});
    struct got got;

    take(replay, US, 10 * US, &got);
    ck_assert_uint_eq(take(replay, 10 * US, 20 * US, &got), 12 * US); /* opens the window */
    ck_assert_uint_eq(got.packet.window, 2000);
    ck_assert_uint_eq(got.packet.acknowledgement, AT(1));
    take_none(replay, 20 * US);
    ck_assert_uint_eq(replay_counts(replay)->acknowledgements_merged, 2);
    ck_assert_uint_eq(replay_counts(replay)->acknowledgements_owed, 4);
    replay_close(replay);
}
END_TEST

START_TEST(keep_alive_is_no_repeat)
{
    struct replay *replay = OPEN(plain, {.us = 10, .flags = A, .sequence = 100, .acknowledgement = 9},
                                 {.us = 20, .flags = A, .sequence = 99, .acknowledgement = 9});
    struct got got;

    take(replay, US, 10 * US, &got);
    take(replay, US, 20 * US, &got);
    ck_assert_uint_eq(got.packet.sequence, 99);
    replay_close(replay);
}
END_TEST

/* What no captured frame acknowledges is acknowledged after 200 ms; what is repeated, at once. */
START_TEST(late_and_repeated_data_is_acknowledged)
{
    struct replay *replay = OPEN(plain, {.us = 10, .flags = A, .sequence = 100, .acknowledgement = 9});
    struct got got;

    take(replay, US, 10 * US, &got);
    CARD(replay, 20 * US, .flags = A, .sequence = AT(1), .acknowledgement = 100, .payload_bytes = 90);
    CARD(replay, 30 * US, .flags = A, .sequence = AT(91), .acknowledgement = 100, .payload_bytes = 9);
    ck_assert_uint_eq(take(replay, 30 * US, SECOND, &got), 20 * US + 200 * MS);
    ck_assert_uint_eq(got.packet.acknowledgement, AT(100));
    CARD(replay, 300 * MS, .flags = A, .sequence = AT(1), .acknowledgement = 100, .payload_bytes = 90);
    ck_assert_uint_eq(take(replay, 300 * MS, SECOND, &got), 300 * MS);
    ck_assert_uint_eq(got.packet.acknowledgement, AT(100));
    /* Ahead of a gap: repeats the last; the gap filled: all of it. */
    CARD(replay, 301 * MS, .flags = A, .sequence = AT(150), .acknowledgement = 100,
         .payload_bytes = 50);
    take(replay, 301 * MS, 301 * MS, &got);
    ck_assert_uint_eq(got.packet.acknowledgement, AT(100));
    CARD(replay, 302 * MS, .flags = A, .sequence = AT(100), .acknowledgement = 100,
         .payload_bytes = 50);
    ck_assert_uint_eq(take(replay, 302 * MS, SECOND, &got), 502 * MS);
    ck_assert_uint_eq(got.packet.acknowledgement, AT(200));
    ck_assert(replay_exhausted(replay));
    replay_close(replay);
}
END_TEST

/* A server 300 ms away: its clients acknowledge after 300 ms, and so may these. */
START_TEST(far_clients_have_longer)
{
    struct trace *trace =
        TRACE({.us = 0, .flags = S, .sequence = 99},
              {.us = 1, .from_card = true, .flags = S | A, .sequence = 8, .acknowledgement = 100},
              {.us = 300001, .flags = A, .sequence = 100, .acknowledgement = 9});
    struct replay *replay = trace_replay(trace, NULL);
    struct got got;

    take(replay, 0, 0, &got);
    CARD(replay, US, .flags = S | A, .sequence = 5, .acknowledgement = 100);
    ck_assert_uint_eq(take(replay, US, SECOND, &got), 300001 * US);
    CARD(replay, SECOND, .flags = A, .sequence = 6, .acknowledgement = 100, .payload_bytes = 1);
    ck_assert_uint_eq(take(replay, SECOND, 2 * SECOND, &got), SECOND + 600 * MS);
    replay_close(replay);
}
END_TEST

/* The client offers a scale of 7; the captured server and the card agree or not. */
static uint16_t window_of(int server_scale, int card_scale, uint16_t field)
{
    struct offer offer = {.syn = {.scale = 8},
                          .server = {.scale = server_scale},
                          .card = {.scale = card_scale, .mss = 1460}};
    struct segment segment = {
        .us = 10, .flags = P | A, .sequence = 100, .acknowledgement = 9, .window = field, .text = "x"};
    struct replay *replay = open_with(&offer, &segment, 1, NULL);
    struct got got;

    take(replay, US, 10 * US, &got);
    ck_assert(packet_checksums_good(&got.packet));
    replay_close(replay);
    return got.packet.window;
}

START_TEST(window_is_in_the_scale_of_the_card)
{
    ck_assert_uint_eq(window_of(8, 3, 500), 500);     /* both: as it is */
    ck_assert_uint_eq(window_of(8, 0, 500), 64000);   /* only the server: 500 * 128 bytes */
    ck_assert_uint_eq(window_of(8, 0, 600), 65535);   /* saturates */
    ck_assert_uint_eq(window_of(0, 3, 64000), 500);   /* only the card */
    ck_assert_uint_eq(window_of(0, 3, 64001), 501);   /* rounded up: the edge must not move back */
    ck_assert_uint_eq(window_of(0, 0, 64001), 64001); /* none */
}
END_TEST

START_TEST(right_edge_never_moves_back)
{
    struct replay *replay =
        OPEN(plain, {.us = 10, .flags = A, .sequence = 100, .acknowledgement = 9, .window = 3000},
             {.us = 11, .flags = P | A, .sequence = 100, .acknowledgement = 9, .window = 10,
              .text = "x"});
    struct got got;

    take(replay, US, 10 * US, &got);
    take(replay, US, 11 * US, &got);
    ck_assert_uint_eq(got.packet.window, 3000);
    replay_close(replay);
}
END_TEST

static const struct offer stamped = {.syn = {.has_stamp = true, .stamp = 1000},
                                     .server = {.has_stamp = true, .stamp = 5, .echo = 1000},
                                     .card = {.has_stamp = true, .stamp = 40, .mss = 1460}};

/* RFC 7323: the stamp of the segment that the acknowledgement before expected next. */
START_TEST(echo_is_the_recent_stamp_of_the_card)
{
    struct replay *replay =
        OPEN(stamped,
             {.us = 10, .flags = A, .sequence = 100, .acknowledgement = 9, .has_stamp = true,
              .stamp = 1001, .echo = 5},
             {.us = 20, .from_card = true, .flags = A, .sequence = 9, .acknowledgement = 100,
              .payload_bytes = 200, .has_stamp = true, .stamp = 6, .echo = 1001},
             {.us = 40, .flags = A, .sequence = 100, .acknowledgement = 209, .has_stamp = true,
              .stamp = 1002, .echo = 6});
    struct got got;

    take(replay, US, 10 * US, &got);
    ck_assert_uint_eq(got.options.timestamp, 1001);
    ck_assert_uint_eq(got.options.timestamp_echo, 40);
    ck_assert(packet_checksums_good(&got.packet));
    CARD(replay, 20 * US, .flags = A, .sequence = AT(1), .acknowledgement = 100,
         .payload_bytes = 100, .has_stamp = true, .stamp = 50, .echo = 1001);
    CARD(replay, 21 * US, .flags = A, .sequence = AT(101), .acknowledgement = 100,
         .payload_bytes = 100, .has_stamp = true, .stamp = 60, .echo = 1001);
    take(replay, 21 * US, 40 * US, &got);
    ck_assert_uint_eq(got.packet.acknowledgement, AT(201));
    ck_assert_uint_eq(got.options.timestamp_echo, 50);
    replay_close(replay);
}
END_TEST

START_TEST(stamps_become_nops_where_the_card_declined)
{
    struct offer offer = stamped;
    struct segment segment = {.us = 10, .flags = P | A, .sequence = 100, .acknowledgement = 9,
                              .has_stamp = true, .stamp = 1001, .echo = 5, .text = "x"};
    struct got got;

    offer.card.has_stamp = false;
    struct replay *replay = open_with(&offer, &segment, 1, NULL);
    take(replay, US, 10 * US, &got);
    ck_assert_uint_eq(got.options.timestamp_offset, 0);
    ck_assert_mem_eq(got.data + got.packet.transport_offset + 20, "\1\1\1\1\1\1\1\1\1\1", 10);
    ck_assert(packet_checksums_good(&got.packet));
    replay_close(replay);
}
END_TEST

/* RFC 7323 wants stamps in all segments once agreed: so a client whose segments have none must not
 * offer them. */
START_TEST(stamps_are_not_offered_if_none_follow)
{
    struct replay *replay = trace_replay(
        TRACE({.us = 0, .flags = S, .sequence = 99, .has_stamp = true, .stamp = 9, .mss = 1400},
              {.us = 1, .from_card = true, .flags = S | A, .sequence = 8, .acknowledgement = 100}),
        NULL);
    struct got got;

    take(replay, 0, 0, &got);
    ck_assert_uint_eq(got.options.timestamp_offset, 0);
    ck_assert_uint_eq(got.options.mss, 1400);
    ck_assert(packet_checksums_good(&got.packet));
    replay_close(replay);
}
END_TEST

/* Sack at an odd offset: behind a scale option's three bytes there is a NOP, so it is put by hand. */
static const struct offer sacking = {.syn = {.sack_permitted = true},
                                     .server = {.sack_permitted = true},
                                     .card = {.sack_permitted = true, .mss = 1460}};

static struct got sack_of(const struct offer *offer, const uint32_t *sack)
{
    struct segment segments[] = {
        {.us = 9, .from_card = true, .flags = A, .sequence = 9, .acknowledgement = 100,
         .payload_bytes = 1000},
        {.us = 9, .from_card = true, .flags = A, .sequence = 1009, .acknowledgement = 100,
         .payload_bytes = 1000},
        {.us = 10, .flags = P | A, .sequence = 100, .acknowledgement = 109, .text = "x",
         .sack = {sack[0], sack[1], sack[2], sack[3]}}};
    struct replay *replay = open_with(offer, segments, 3, NULL);
    struct got got;

    CARD(replay, 2 * US, .flags = A, .sequence = AT(1), .acknowledgement = 100,
         .payload_bytes = 500);
    take(replay, 2 * US, 10 * US, &got);
    ck_assert_uint_eq(got.packet.acknowledgement, AT(101));
    ck_assert(packet_checksums_good(&got.packet));
    replay_close(replay);
    return got;
}

START_TEST(sack_is_shifted_clipped_or_removed)
{
    struct got got = sack_of(&sacking, (uint32_t[]){209, 309, 409, 1200});
    const uint8_t *blocks = got.data + got.options.sack_offset + 2;

    ck_assert_uint_eq(got.options.sack_blocks, 2);
    ck_assert_uint_eq(packet_get32(blocks), AT(201));
    ck_assert_uint_eq(packet_get32(blocks + 4), AT(301));
    ck_assert_uint_eq(packet_get32(blocks + 8), AT(401));
    ck_assert_uint_eq(packet_get32(blocks + 12), AT(501)); /* no further than what was sent */

    got = sack_of(&sacking, (uint32_t[]){600, 700, 209, 309}); /* the first was not sent at all */
    blocks = got.data + got.options.sack_offset + 2;
    ck_assert_uint_eq(got.options.sack_blocks, 1);
    ck_assert_uint_eq(packet_get32(blocks), AT(201));
    ck_assert_mem_eq(blocks + 8, "\1\1\1\1\1\1\1\1", 8);

    got = sack_of(&sacking, (uint32_t[]){50, 60, 600, 700}); /* a duplicate that there was not */
    ck_assert_uint_eq(got.options.sack_offset, 0);

    struct offer declined = sacking;
    declined.card.sack_permitted = false;
    got = sack_of(&declined, (uint32_t[]){209, 309, 0, 0});
    ck_assert_uint_eq(got.options.sack_offset, 0);
    ck_assert_uint_eq(got.packet.tcp_header_bytes, 32); /* NOPs in its place */
}
END_TEST

START_TEST(bad_checksums_are_fixed_or_stay_bad)
{
    struct segment segment = {.us = 10, .flags = P | A, .sequence = 100, .acknowledgement = 9,
                              .text = "x", .bad_checksum = true};
    struct replay_config config = bench_config();
    struct got got;

    struct replay *replay = open_with(&plain, &segment, 1, &config);
    take(replay, US, 10 * US, &got);
    ck_assert(packet_checksums_good(&got.packet));
    ck_assert_uint_eq(replay_counts(replay)->checksums_fixed, 1);
    replay_close(replay);
    config.fix_checksums = false;
    replay = open_with(&plain, &segment, 1, &config);
    take(replay, US, 10 * US, &got);
    ck_assert_uint_eq(got.packet.acknowledgement, AT(1));
    ck_assert(!packet_checksums_good(&got.packet));
    replay_close(replay);
    segment.bad_checksum = false;
    replay = open_with(&plain, &segment, 1, &config);
    take(replay, US, 10 * US, &got);
    ck_assert(packet_checksums_good(&got.packet)); /* updated with what changed */
    replay_close(replay);
}
END_TEST

/* Frames of 2500 bytes of payload at an MSS of 1000, an MTU of 1500, and both. */
static void split(bool is_ipv6, uint16_t mss, uint32_t mtu, bool stamps, const uint32_t *lengths)
{
    struct offer offer = {.syn = {.is_ipv6 = is_ipv6, .has_stamp = stamps, .stamp = 1},
                          .server = {.has_stamp = stamps},
                          .card = {.mss = mss, .has_stamp = stamps, .is_ipv6 = is_ipv6}};
    struct segment segment = {.us = 10, .flags = F | P | A, .sequence = 100, .acknowledgement = 9,
                              .payload_bytes = 2500, .is_ipv6 = is_ipv6, .has_stamp = stamps,
                              .stamp = 2};
    struct replay_config config = bench_config();
    uint32_t at = 0;
    struct got got;

    config.mtu_bytes = mtu;
    struct replay *replay = open_with(&offer, &segment, 1, &config);
    for (unsigned i = 0; lengths[i]; at += lengths[i++]) {
        take(replay, US, 10 * US, &got);
        ck_assert_uint_eq(got.packet.payload_bytes, lengths[i]);
        ck_assert_uint_eq(got.packet.sequence, 100 + at);
        ck_assert_uint_eq(got.packet.tcp_flags, lengths[i + 1] ? A : F | P | A);
        ck_assert(packet_checksums_good(&got.packet) && !got.packet.malformed);
        ck_assert_uint_eq(got.data[got.packet.payload_offset], (uint8_t)(100 + at));
        ck_assert_uint_eq(got.frame.bytes, got.packet.payload_offset + lengths[i]);
    }
    ck_assert_uint_eq(at, 2500);
    take_none(replay, 100 * US);
    ck_assert_uint_eq(replay_counts(replay)->segments_split, lengths[1] ? 1 : 0);
    ck_assert_uint_eq(replay_counts(replay)->payload_bytes, 2500);
    replay_close(replay);
}

START_TEST(long_segments_are_cut)
{
    split(false, 1000, 1500, false, (uint32_t[]){1000, 1000, 500, 0});
    split(false, 1000, 1500, true, (uint32_t[]){988, 988, 524, 0});
    split(false, 5000, 1500, false, (uint32_t[]){1460, 1040, 0});
    split(false, 5000, 9000, false, (uint32_t[]){2500, 0});
    split(false, 2500, 9000, false, (uint32_t[]){2500, 0});
    split(false, 2499, 9000, false, (uint32_t[]){2499, 1, 0});
    split(true, 5000, 1500, false, (uint32_t[]){1440, 1060, 0});
    split(false, 0, 1500, false, (uint32_t[]){536, 536, 536, 536, 356, 0});
    split(true, 0, 1500, false, (uint32_t[]){1220, 1220, 60, 0});
}
END_TEST

/* Captured are 14 + 20 + 20 + 2 bytes: the rest is 0 and not compared. */
START_TEST(cut_payload_is_padded)
{
    struct replay *replay = OPEN(plain, {.us = 10, .flags = P | A, .sequence = 100,
                                         .acknowledgement = 9, .text = "abcdef", .cut = 56},
                                 {.us = 11, .flags = P | A, .sequence = 106,
                                  .acknowledgement = 9, .text = "gh", .cut = 50});
    struct got got;

    take(replay, US, 10 * US, &got);
    ck_assert_uint_eq(got.frame.bytes, 60);
    ck_assert_mem_eq(got.data + got.packet.payload_offset, "ab\0\0\0\0", 6);
    ck_assert(packet_checksums_good(&got.packet));
    replay_delivered(replay, 1, 0, (const uint8_t *)"ab1234", 6);
    ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, 0);
    take_none(replay, 100 * US);
    ck_assert_uint_eq(replay_counts(replay)->cut_payloads_padded, 1);
    ck_assert_uint_eq(replay_counts(replay)->cut_headers_skipped, 1);
    replay_close(replay);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("replay: translation");
    TCase *cases = tcase_create("translation");

    tcase_add_test(cases, acknowledgement_is_cut_and_the_rest_paid_when_sent);
    tcase_add_test(cases, acknowledgements_that_repeat_are_merged);
    tcase_add_test(cases, keep_alive_is_no_repeat);
    tcase_add_test(cases, late_and_repeated_data_is_acknowledged);
    tcase_add_test(cases, far_clients_have_longer);
    tcase_add_test(cases, window_is_in_the_scale_of_the_card);
    tcase_add_test(cases, right_edge_never_moves_back);
    tcase_add_test(cases, echo_is_the_recent_stamp_of_the_card);
    tcase_add_test(cases, stamps_become_nops_where_the_card_declined);
    tcase_add_test(cases, stamps_are_not_offered_if_none_follow);
    tcase_add_test(cases, sack_is_shifted_clipped_or_removed);
    tcase_add_test(cases, bad_checksums_are_fixed_or_stay_bad);
    tcase_add_test(cases, long_segments_are_cut);
    tcase_add_test(cases, cut_payload_is_padded);
    suite_add_tcase(all, cases);
    return all;
}
