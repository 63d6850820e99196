/* States of a replayed connection: traces/replay_connection.c, edge by edge. */
#include "tests/suite.h"
#include "tests/traces/replay_bench.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define SYN_ACK(isn, client_isn)                                                                   \
    .flags = S | A, .sequence = (isn), .acknowledgement = (client_isn) + 1, .window = 5000,        \
    .mss = 1460

static const struct segment hello[] = {
    {.us = 0, .flags = S, .sequence = 99},
    {.us = 10, .from_card = true, .flags = S | A, .sequence = 499, .acknowledgement = 100},
    {.us = 20, .flags = A, .sequence = 100, .acknowledgement = 500},
    {.us = 30, .flags = P | A, .sequence = 100, .acknowledgement = 500, .text = "hello"},
};

static struct replay *open_hello(void)
{
    return trace_replay(trace_of(hello, G_N_ELEMENTS(hello)), NULL);
}

START_TEST(frames_wait_for_the_answer_of_the_card)
{
    struct replay *replay = open_hello();
    struct got got;

    ck_assert_uint_eq(take(replay, 0, 0, &got), 0);
    ck_assert_uint_eq(got.packet.tcp_flags, S);
    ck_assert_int_eq(got.frame.kind, REPLAY_CAPTURED);
    ck_assert_mem_eq(got.data, ((uint8_t[]){2, 9, 9, 9, 9, 9}), 6);
    take_none(replay, 100 * US);
    ck_assert_uint_eq(replay_counts(replay)->frames_waited, 2);
    CARD(replay, 100 * US, SYN_ACK(7000, 99));
    ck_assert_uint_eq(take(replay, 100 * US, SECOND, &got), 100 * US);
    ck_assert_uint_eq(got.packet.tcp_flags, A);
    ck_assert_uint_eq(got.packet.sequence, 100);
    ck_assert_uint_eq(got.packet.acknowledgement, 7001);
    ck_assert_uint_eq(take(replay, 100 * US, SECOND, &got), 100 * US);
    ck_assert_uint_eq(got.packet.payload_bytes, 5);
    ck_assert(packet_checksums_good(&got.packet));
    ck_assert_uint_eq(replay_counts(replay)->connections_opened, 1);
    replay_close(replay);
}
END_TEST

START_TEST(after_an_early_answer_frames_keep_their_times)
{
    struct replay *replay = open_hello();
    struct got got;

    take(replay, 0, 0, &got);
    CARD(replay, 5 * US, SYN_ACK(0xffffffff, 99));
    ck_assert_uint_eq(take(replay, 5 * US, SECOND, &got), 20 * US);
    ck_assert_uint_eq(got.packet.acknowledgement, 0); /* wrapped */
    ck_assert_uint_eq(take(replay, 20 * US, SECOND, &got), 30 * US);
    ck_assert_uint_eq(replay_counts(replay)->frames_waited, 0);
    replay_close(replay);
}
END_TEST

START_TEST(others_overtake)
{
    struct replay *replay =
        trace_replay(TRACE({.us = 0, .flags = S, .sequence = 99},
                           {.us = 1, .flags = S, .sequence = 9, .port = 2},
                           {.us = 2, .flags = A, .sequence = 100, .acknowledgement = 1},
                           {.us = 3, .flags = A, .sequence = 10, .acknowledgement = 1, .port = 2}),
                     NULL);
    struct got got;

    take(replay, 0, 0, &got);
    take(replay, 0, US, &got);
    CARD(replay, US, SYN_ACK(50, 9), .port = 2);
    ck_assert_uint_eq(take(replay, US, SECOND / 10, &got), 3 * US);
    ck_assert_uint_eq(got.packet.source_port, 2);
    replay_close(replay);
}
END_TEST

START_TEST(silence_is_a_refusal)
{
    struct replay_config config = bench_config();
    struct got got;

    config.repair = false;
    struct replay *replay = trace_replay(trace_of(hello, G_N_ELEMENTS(hello)), &config);
    take(replay, 0, 0, &got);
    take_none(replay, SECOND - 1);
    ck_assert_uint_eq(replay_counts(replay)->connections_refused, 0);
    ck_assert_uint_eq(take(replay, SECOND, SECOND, &got), SECOND);
    ck_assert_uint_eq(got.packet.acknowledgement, 500); /* as it is */
    ck_assert_mem_eq(got.data, ((uint8_t[]){2, 9, 9, 9, 9, 9}), 6);
    take(replay, SECOND, SECOND, &got);
    ck_assert_uint_eq(replay_counts(replay)->connections_refused, 1);
    ck_assert_uint_eq(replay_counts(replay)->payload_bytes, 0);
    ck_assert(replay_exhausted(replay));
    replay_close(replay);
}
END_TEST

START_TEST(reset_is_a_refusal)
{
    struct replay *replay = open_hello();
    struct got got;

    take(replay, 0, 0, &got);
    CARD(replay, 2 * US, .flags = R | A, .acknowledgement = 1234567); /* not of this SYN */
    ck_assert_uint_eq(replay_counts(replay)->connections_refused, 0);
    CARD(replay, 3 * US, .flags = R | A, .acknowledgement = 100);
    ck_assert_uint_eq(replay_counts(replay)->connections_refused, 1);
    ck_assert_uint_eq(take(replay, 3 * US, SECOND, &got), 20 * US);
    replay_close(replay);
}
END_TEST

START_TEST(syn_is_offered_again)
{
    struct replay *replay = open_hello();
    struct got got;

    take(replay, 0, 0, &got);
    ck_assert_uint_eq(take(replay, 0, SECOND, &got), 200 * MS);
    ck_assert_int_eq(got.frame.kind, REPLAY_REPAIR);
    ck_assert_uint_eq(got.packet.tcp_flags, S);
    ck_assert_uint_eq(got.packet.sequence, 99);
    ck_assert_mem_eq(got.data, ((uint8_t[]){2, 9, 9, 9, 9, 9}), 6);
    ck_assert_uint_eq(take(replay, 200 * MS, SECOND, &got), 600 * MS);
    CARD(replay, 601 * MS, SYN_ACK(7, 99));
    take(replay, 601 * MS, 601 * MS, &got);
    ck_assert_uint_eq(got.packet.tcp_flags, A);
    replay_close(replay);
}
END_TEST

START_TEST(captured_syns_repeat_only_until_answered)
{
    struct replay *replay = trace_replay(
        TRACE({.us = 0, .flags = S, .sequence = 99}, {.us = 10, .flags = S, .sequence = 99},
              {.us = 20, .flags = S, .sequence = 99},
              {.us = 30, .flags = A, .sequence = 100, .acknowledgement = 1}),
        NULL);
    struct got got;

    take(replay, 0, 0, &got);
    ck_assert_uint_eq(take(replay, 0, SECOND, &got), 10 * US);
    ck_assert_int_eq(got.frame.kind, REPLAY_CAPTURED);
    CARD(replay, 11 * US, SYN_ACK(7, 99));
    ck_assert_uint_eq(take(replay, 11 * US, SECOND, &got), 30 * US);
    ck_assert_uint_eq(replay_counts(replay)->frames_left_out, 1);
    ck_assert_uint_eq(replay_counts(replay)->connections, 1);
    replay_close(replay);
}
END_TEST

/* RFC 9293 3.10.7.3: an acknowledgement that can't be of this SYN is answered with RST. */
START_TEST(answer_of_an_old_connection_is_reset)
{
    struct replay *replay = open_hello();
    struct got got;

    take(replay, 0, 0, &got);
    CARD(replay, US, .flags = A, .sequence = 5, .acknowledgement = 777777);
    take(replay, US, US, &got);
    ck_assert_uint_eq(got.packet.tcp_flags, R);
    ck_assert_uint_eq(got.packet.sequence, 777777);
    ck_assert_int_eq(got.frame.kind, REPLAY_SYNTHESISED);
    ck_assert(packet_checksums_good(&got.packet));
    CARD(replay, 2 * US, SYN_ACK(7, 99));
    ck_assert_uint_eq(replay_counts(replay)->connections_opened, 1);
    replay_close(replay);
}
END_TEST

START_TEST(captured_reset_of_an_old_connection_is_left_out)
{
    struct replay *replay = trace_replay(
        TRACE({.us = 0, .flags = S, .sequence = 99},
              {.us = 1, .from_card = true, .flags = A, .sequence = 1, .acknowledgement = 900000000},
              {.us = 2, .flags = R, .sequence = 900000000}, {.us = 30, .flags = S, .sequence = 99},
              {.us = 31, .from_card = true, .flags = S | A, .sequence = 8, .acknowledgement = 100},
              {.us = 32, .flags = P | A, .sequence = 100, .acknowledgement = 9, .text = "x"}),
        NULL);
    struct got got;

    take(replay, 0, 0, &got);
    CARD(replay, US, SYN_ACK(500, 99));
    ck_assert_uint_eq(take(replay, US, SECOND, &got), 32 * US);
    ck_assert_uint_eq(got.packet.acknowledgement, 501);
    ck_assert_uint_eq(replay_counts(replay)->frames_left_out, 2);
    replay_close(replay);
}
END_TEST

START_TEST(used_again_tuple_is_another_connection)
{
    struct replay *replay = trace_replay(
        TRACE(
            {.us = 0, .flags = S, .sequence = 99},
            {.us = 1, .from_card = true, .flags = S | A, .sequence = 8, .acknowledgement = 100},
            {.us = 2, .flags = A, .sequence = 100, .acknowledgement = 9},
            {.us = 50, .flags = S, .sequence = 5000},
            {.us = 51, .from_card = true, .flags = S | A, .sequence = 70, .acknowledgement = 5001},
            {.us = 52, .flags = P | A, .sequence = 5001, .acknowledgement = 71, .text = "second"}),
        NULL);
    struct replay_tuple tuple = {.remote = {{10, 0, 0, 1}},
                                 .local = {{10, 0, 0, 2}},
                                 .remote_port = CLIENT_PORT,
                                 .local_port = SERVER_PORT};
    struct got got;

    ck_assert_uint_eq(replay_connection(replay, &tuple), 0);
    take(replay, 0, 0, &got);
    uint64_t first = replay_connection(replay, &tuple);
    CARD(replay, US, SYN_ACK(500, 99));
    take(replay, US, SECOND, &got);
    ck_assert_uint_eq(take(replay, 2 * US, SECOND, &got), 50 * US);
    uint64_t second = replay_connection(replay, &tuple);
    ck_assert_uint_ne(first, 0);
    ck_assert_uint_ne(second, first);
    CARD(replay, 51 * US, SYN_ACK(900, 5000));
    take(replay, 51 * US, SECOND, &got);
    ck_assert_uint_eq(got.packet.acknowledgement, 901);
    replay_delivered(replay, second, 0, (const uint8_t *)"second", 6);
    ck_assert_uint_eq(replay_counts(replay)->payload_delivered_bytes, 6);
    ck_assert_uint_eq(replay_counts(replay)->payload_mismatched_bytes, 0);
    replay_close(replay);
}
END_TEST

/* As in a capture that was joined to itself. */
START_TEST(same_numbers_after_the_end_are_another_connection)
{
    struct trace *trace = trace_new();
    struct card_options options = card_ideal();
    struct card_figures figures;

    for (unsigned i = 0; i < 3; i++)
        trace_segments(
            trace,
            (const struct segment[]){
                {.us = 100 * i, .flags = S, .sequence = 99},
                {.us = 100 * i + 9,
                 .from_card = true,
                 .flags = S | A,
                 .sequence = 8,
                 .acknowledgement = 100},
                {.us = 100 * i + 19,
                 .flags = F | A,
                 .sequence = 100,
                 .acknowledgement = 9,
                 .text = "q"},
                {.us = 100 * i + 29,
                 .from_card = true,
                 .flags = F | A,
                 .sequence = 9,
                 .acknowledgement = 102},
                {.us = 100 * i + 69, .flags = A, .sequence = 102, .acknowledgement = 10}},
            5);
    struct replay *replay = trace_replay(trace, NULL);
    options.stamps = false;
    card_run(replay, &options, &figures, 10 * SECOND);
    ck_assert_uint_eq(replay_counts(replay)->connections, 3);
    ck_assert_uint_eq(replay_counts(replay)->connections_finished, 3);
    ck_assert_uint_eq(replay_counts(replay)->payload_delivered_bytes, 3);
    replay_close(replay);
}
END_TEST

/* Seen are 100 bytes of window field 10 and a flight of the server of 3000 bytes: scale 9 or more. */
START_TEST(midstream_is_opened_with_what_follows)
{
    struct replay *replay = trace_replay(TRACE({.us = 0,
                                                .flags = P | A,
                                                .sequence = 1000,
                                                .acknowledgement = 2000,
                                                .window = 10,
                                                .text = "get",
                                                .has_stamp = true,
                                                .stamp = 77,
                                                .echo = 5},
                                               {.us = 5,
                                                .from_card = true,
                                                .flags = A,
                                                .sequence = 2000,
                                                .acknowledgement = 1003,
                                                .payload_bytes = 1400,
                                                .has_stamp = true,
                                                .stamp = 6,
                                                .echo = 77},
                                               {.us = 6,
                                                .from_card = true,
                                                .flags = A,
                                                .sequence = 3400,
                                                .acknowledgement = 1003,
                                                .payload_bytes = 1400,
                                                .has_stamp = true,
                                                .stamp = 6,
                                                .echo = 77},
                                               {.us = 9,
                                                .flags = A,
                                                .sequence = 1003,
                                                .acknowledgement = 4800,
                                                .window = 10,
                                                .has_stamp = true,
                                                .stamp = 78,
                                                .echo = 6}),
                                         NULL);
    struct got got;

    take(replay, 0, 0, &got);
    ck_assert_int_eq(got.frame.kind, REPLAY_SYNTHESISED);
    ck_assert_uint_eq(got.packet.tcp_flags, S);
    ck_assert_uint_eq(got.packet.sequence, 999);
    ck_assert_uint_eq(got.options.mss, 1412);
    ck_assert_int_eq(got.options.window_scale, 9); /* 10 << 9 >= 2800 > 10 << 8 */
    ck_assert(got.options.timestamp_offset && got.options.sack_permitted);
    ck_assert_uint_eq(got.options.timestamp, 77);
    CARD(replay, US, SYN_ACK(0, 999), .scale = 3, .has_stamp = true, .stamp = 31, .echo = 77);
    take(replay, US, US, &got);
    ck_assert_int_eq(got.frame.kind, REPLAY_SYNTHESISED);
    ck_assert_uint_eq(got.packet.acknowledgement, 1);
    ck_assert_uint_eq(got.packet.sequence, 1000);
    take(replay, US, US, &got);
    ck_assert_int_eq(got.frame.kind, REPLAY_CAPTURED);
    ck_assert_uint_eq(got.packet.payload_bytes, 3);
    ck_assert_uint_eq(got.packet.acknowledgement, 1);
    ck_assert_uint_eq(got.options.timestamp_echo, 31);
    ck_assert_uint_eq(replay_counts(replay)->connections_midstream, 1);
    struct replay_step step;
    uint8_t data[1400];
    replay_step(replay, 1, 0, 2 * US, &step, data, sizeof data);
    ck_assert_int_eq(step.kind, REPLAY_STEP_SEND);
    ck_assert_uint_eq(step.after_bytes, 3);
    ck_assert_uint_eq(step.offset, 0);
    replay_close(replay);
}
END_TEST

START_TEST(stray_ends_open_nothing)
{
    struct replay *replay =
        trace_replay(TRACE({.us = 0, .flags = F | A, .sequence = 5, .acknowledgement = 6},
                           {.us = 1, .flags = R, .sequence = 5, .port = 2}),
                     NULL);
    struct got got;

    take(replay, 0, 0, &got);
    ck_assert_uint_eq(got.packet.tcp_flags, F | A);
    take(replay, 0, US, &got);
    ck_assert_uint_eq(replay_counts(replay)->connections, 0);
    replay_close(replay);
}
END_TEST

START_TEST(connections_of_the_card_pass_as_they_are)
{
    struct replay *replay = trace_replay(
        TRACE({.us = 0, .from_card = true, .flags = S, .sequence = 5},
              {.us = 1, .flags = S | A, .sequence = 6, .acknowledgement = 6},
              {.us = 2, .flags = P | A, .sequence = 7, .acknowledgement = 6, .text = "data"}),
        NULL);
    struct got got;

    take(replay, 0, US, &got);
    ck_assert_uint_eq(got.packet.tcp_flags, S | A);
    take(replay, 0, 2 * US, &got);
    ck_assert_uint_eq(got.packet.acknowledgement, 6);
    ck_assert_uint_eq(replay_counts(replay)->connections, 0);
    ck_assert_uint_eq(replay_counts(replay)->connections_of_card, 1);
    replay_close(replay);
}
END_TEST

START_TEST(client_of_a_card_that_resets_stops)
{
    struct replay *replay = open_hello();
    struct got got;

    take(replay, 0, 0, &got);
    CARD(replay, 5 * US, SYN_ACK(7, 99));
    take(replay, 5 * US, SECOND, &got);
    CARD(replay, 25 * US, .flags = R | A, .sequence = 8, .acknowledgement = 100);
    take_none(replay, SECOND);
    ck_assert_uint_eq(replay_counts(replay)->connections_reset, 1);
    ck_assert_uint_eq(replay_counts(replay)->frames_after_reset, 1);
    ck_assert(replay_exhausted(replay));
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    replay_print_stalled(replay, stream, 5);
    fclose(stream);
    ck_assert_str_eq(text, "10.0.0.1 port 40000 -> 10.0.0.2 port 80: reset by the card\n");
    free(text);
    replay_close(replay);
}
END_TEST

START_TEST(card_that_missed_the_clients_reset_gets_another)
{
    struct replay *replay = trace_replay(
        TRACE({.us = 0, .flags = S, .sequence = 99}, {.us = 20, .flags = R, .sequence = 100}),
        NULL);
    struct got got;

    take(replay, 0, 0, &got);
    CARD(replay, 5 * US, SYN_ACK(7, 99));
    ck_assert_uint_eq(take(replay, 5 * US, SECOND, &got), 20 * US);
    ck_assert_uint_eq(got.packet.tcp_flags, R);
    ck_assert_uint_eq(replay_counts(replay)->connections_finished, 1);
    CARD(replay, 30 * US, .flags = A, .sequence = 8, .acknowledgement = 100);
    take(replay, 30 * US, 30 * US, &got);
    ck_assert_uint_eq(got.packet.tcp_flags, R);
    ck_assert_uint_eq(got.packet.sequence, 100);
    replay_close(replay);
}
END_TEST

/* FIN of both: finished only when each is acknowledged, here. */
START_TEST(finished_when_both_ends_are_acknowledged)
{
    struct replay *replay = trace_replay(
        TRACE({.us = 0, .flags = S, .sequence = 99},
              {.us = 1, .from_card = true, .flags = S | A, .sequence = 8, .acknowledgement = 100},
              {.us = 2, .flags = F | A, .sequence = 100, .acknowledgement = 9},
              {.us = 3, .from_card = true, .flags = F | A, .sequence = 9, .acknowledgement = 101},
              {.us = 4, .flags = A, .sequence = 101, .acknowledgement = 10},
              {.us = 500, .flags = F | A, .sequence = 100, .acknowledgement = 9}),
        NULL);
    struct got got;

    take(replay, 0, 0, &got);
    CARD(replay, US, SYN_ACK(70, 99));
    take(replay, US, SECOND, &got);
    ck_assert_uint_eq(got.packet.tcp_flags, F | A);
    CARD(replay, 3 * US, .flags = A, .sequence = 71, .acknowledgement = 101);
    take_none(replay, 100 * US); /* what it acknowledges has not been sent: owed */
    ck_assert_uint_eq(replay_counts(replay)->acknowledgements_owed, 1);
    ck_assert_uint_eq(replay_counts(replay)->acknowledgements_merged, 1);
    CARD(replay, 200 * US, .flags = F | A, .sequence = 71, .acknowledgement = 101);
    take(replay, 200 * US, 200 * US, &got);
    ck_assert_int_eq(got.frame.kind, REPLAY_SYNTHESISED);
    ck_assert_uint_eq(got.packet.acknowledgement, 72);
    ck_assert_uint_eq(replay_counts(replay)->connections_finished, 0); /* a frame is to come */
    take_none(replay, SECOND); /* FIN again: there is no reason for it here */
    ck_assert_uint_eq(replay_counts(replay)->connections_finished, 1);
    ck_assert_uint_eq(replay_counts(replay)->frames_left_out, 1);
    ck_assert(replay_exhausted(replay));
    replay_close(replay);
}
END_TEST

START_TEST(waiting_frames_stop_the_offering_at_65536)
{
    struct trace *trace = TRACE({.us = 0, .flags = S, .sequence = 99});
    struct replay_config config = bench_config();
    struct got got;

    for (unsigned i = 0; i < 65537; i++)
        trace_segment(trace, &(struct segment){.us = 1, .flags = A, .sequence = 100 + i});
    trace_segment(trace, &(struct segment){.us = 2, .flags = S, .sequence = 9, .port = 2});
    config.repair = false;
    struct replay *replay = trace_replay(trace, &config);
    take(replay, 0, 0, &got);
    take_none(replay, SECOND - 1);
    ck_assert_uint_eq(replay_counts(replay)->frames_waited, 65536);
    CARD(replay, SECOND - 1, SYN_ACK(70, 99));
    do
        take(replay, SECOND - 1, SECOND, &got);
    while (got.packet.tcp_flags != S);
    ck_assert_uint_eq(got.packet.source_port, 2);
    replay_close(replay);
}
END_TEST

/* 40,000 connections that end: what is kept of them is bounded. */
START_TEST(closed_connections_are_forgotten)
{
    struct trace *trace = trace_new();
    struct card_options options = card_ideal();
    struct card_figures figures;

    for (unsigned i = 0; i < 40000; i++) {
        uint16_t port = (uint16_t)(1024 + i);

        trace_segments(
            trace,
            (const struct segment[]){{.us = 20 * i, .port = port, .flags = S, .sequence = 99},
                                     {.us = 20 * i,
                                      .port = port,
                                      .from_card = true,
                                      .flags = S | A,
                                      .sequence = 8,
                                      .acknowledgement = 100},
                                     {.us = 20 * i,
                                      .port = port,
                                      .flags = F | A,
                                      .sequence = 100,
                                      .acknowledgement = 9,
                                      .text = "q"},
                                     {.us = 20 * i + 9,
                                      .port = port,
                                      .from_card = true,
                                      .flags = F | A,
                                      .sequence = 9,
                                      .acknowledgement = 102},
                                     {.us = 20 * i + 9,
                                      .port = port,
                                      .flags = A,
                                      .sequence = 102,
                                      .acknowledgement = 10}},
            5);
    }
    struct replay *replay = trace_replay(trace, NULL);
    options.stamps = false;
    card_run(replay, &options, &figures, 100 * SECOND);
    ck_assert_uint_eq(replay_counts(replay)->connections_finished, 40000);
    ck_assert_uint_eq(replay_counts(replay)->payload_delivered_bytes, 40000);
    struct replay_step step;
    replay_step(replay, 1, 0, 100 * SECOND, &step, NULL, 0);
    ck_assert_int_eq(step.kind, REPLAY_STEP_END); /* forgotten */
    replay_close(replay);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("replay: connections");
    TCase *cases = tcase_create("connections");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, frames_wait_for_the_answer_of_the_card);
    tcase_add_test(cases, after_an_early_answer_frames_keep_their_times);
    tcase_add_test(cases, others_overtake);
    tcase_add_test(cases, silence_is_a_refusal);
    tcase_add_test(cases, reset_is_a_refusal);
    tcase_add_test(cases, syn_is_offered_again);
    tcase_add_test(cases, captured_syns_repeat_only_until_answered);
    tcase_add_test(cases, answer_of_an_old_connection_is_reset);
    tcase_add_test(cases, captured_reset_of_an_old_connection_is_left_out);
    tcase_add_test(cases, used_again_tuple_is_another_connection);
    tcase_add_test(cases, same_numbers_after_the_end_are_another_connection);
    tcase_add_test(cases, midstream_is_opened_with_what_follows);
    tcase_add_test(cases, stray_ends_open_nothing);
    tcase_add_test(cases, connections_of_the_card_pass_as_they_are);
    tcase_add_test(cases, client_of_a_card_that_resets_stops);
    tcase_add_test(cases, card_that_missed_the_clients_reset_gets_another);
    tcase_add_test(cases, finished_when_both_ends_are_acknowledged);
    tcase_add_test(cases, waiting_frames_stop_the_offering_at_65536);
    tcase_add_test(cases, closed_connections_are_forgotten);
    suite_add_tcase(all, cases);
    return all;
}
