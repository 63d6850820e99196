/* test_replay_server.c - the schedule, the ends of connections, the captured server's side, payload, datagrams
 * (DESIGN.md, section 6; replay.h). */
#include "tests/suite.h"

#include "tests/traces/build_frame.h"
#include "tests/traces/replay_rig.h"

#include <glib.h>
#include <stdio.h>

/* --- The schedule ------------------------------------------------------------------------------------ */

static void add_question(int64_t at_us, const char *text)
{
    static struct built frame;

    build_ethernet(&frame, 2, 1, 0x0800);
    build_ipv4(&frame, "10.0.0.1", "10.0.0.2", IPPROTO_UDP, 8 + (unsigned)strlen(text));
    build_udp(&frame, RIG_PORT, RIG_SERVER_PORT, (unsigned)strlen(text));
    build_bytes(&frame, text, (uint32_t)strlen(text));
    rig_add_raw(at_us, frame.data, frame.bytes);
}

START_TEST(frames_enter_at_captured_times)
{
    add_question(1000000, "a");
    add_question(1000070, "b");
    add_question(1000070, "c");
    add_question(1002000, "d");
    rig_open();
    rig_run();
    ck_assert_uint_eq(rig.count, 4);
    ck_assert_uint_eq(rig.frames[0].time_ps, 0);
    ck_assert_uint_eq(rig.frames[1].time_ps, 70 * RIG_US);
    ck_assert_uint_eq(rig.frames[2].time_ps, 70 * RIG_US);
    ck_assert_uint_eq(rig.frames[3].time_ps, 2000 * RIG_US);
}
END_TEST

START_TEST(a_stamp_that_runs_backward_is_no_pause)
{
    add_question(500, "a");
    add_question(200, "b");
    add_question(260, "c");
    rig_open();
    rig_run();
    ck_assert_uint_eq(rig.frames[1].time_ps, 0);
    ck_assert_uint_eq(rig.frames[2].time_ps, 60 * RIG_US);
    ck_assert_uint_eq(rig_counts()->stamps_backward, 1);
}
END_TEST

/* _i: the longest pause in ms, 0: all are kept. */
START_TEST(pauses_are_shortened_to_max_gap)
{
    rig.config.max_gap_ps = (uint64_t)_i * RIG_MS;
    add_question(0, "a");
    add_question(2000, "b");
    add_question(50002000, "c");
    rig_open();
    rig_run();
    ck_assert_uint_eq(rig.frames[1].time_ps, 2 * RIG_MS);
    ck_assert_uint_eq(rig.frames[2].time_ps, _i ? 4 * RIG_MS : 50002 * RIG_MS);
    ck_assert_uint_eq(rig_counts()->gaps_shortened, _i ? 1 : 0);
}
END_TEST

START_TEST(limit_ends_the_capture_early)
{
    rig.config.limit_frames = 2;
    for (int i = 0; i < 5; i++)
        add_question(i, "x");
    rig_open();
    rig_run();
    ck_assert_uint_eq(rig.count, 2);
    ck_assert_uint_eq(rig_counts()->records_read, 2);
    ck_assert(replay_exhausted(rig.replay));
}
END_TEST

START_TEST(the_replay_is_exhausted_when_nothing_is_owed)
{
    rig_handshake(0, 0);
    rig_add_data(0, 1, 10);
    rig_open_by_hand();
    ck_assert(!replay_exhausted(rig.replay));
    rig_take_until(20 * RIG_US);
    ck_assert(!replay_exhausted(rig.replay)); /* the card may have dropped it */
    rig_card_sends(30 * RIG_US, (struct rig_answer){.position = 1, .acknowledged = 11});
    ck_assert(replay_exhausted(rig.replay));
    ck_assert_uint_eq(replay_next_ps(rig.replay), REPLAY_NEVER);
    rig_card_sends(40 * RIG_US, (struct rig_answer){.position = 1, .acknowledged = 11, .bytes = 1});
    ck_assert(!replay_exhausted(rig.replay));
    rig_take_until(300 * RIG_MS);
    ck_assert(replay_exhausted(rig.replay));
}
END_TEST

/* --- Ends ------------------------------------------------------------------------------------------------ */

START_TEST(closing_both_ways_finishes_a_connection)
{
    rig_add_exchange(0, 0, 100, 100);
    rig_open();
    rig_run();
    ck_assert_uint_eq(rig_counts()->connections, 1);
    ck_assert_uint_eq(rig_counts()->connections_finished, 1);
    ck_assert_uint_eq(rig_counts()->connections_reset, 0);
    ck_assert(replay_exhausted(rig.replay));
}
END_TEST

START_TEST(a_reset_by_the_card_is_counted_and_ends_the_client)
{
    rig_handshake(0, 0);
    rig_add_data(0, 1, 10);
    rig_add_data(100, 11, 10);
    rig_open_by_hand();
    rig_take_until(20 * RIG_US);
    unsigned before = rig.count;
    rig_card_sends(
        30 * RIG_US,
        (struct rig_answer){.flags = PACKET_RST | PACKET_ACK, .position = 1, .acknowledged = 11});
    rig_take_until(1000 * RIG_MS);
    ck_assert_uint_eq(rig.count, before);
    ck_assert_uint_eq(rig_counts()->connections_reset, 1);
    ck_assert_uint_eq(rig_counts()->connections_finished, 0);
    ck_assert(replay_exhausted(rig.replay));
}
END_TEST

START_TEST(connections_that_stalled_are_named)
{
    char *text = NULL;
    size_t bytes;
    FILE *stream = open_memstream(&text, &bytes);

    rig_handshake(0, 0);
    rig_add_data(0, 1, 10);
    rig_open_by_hand();
    rig_take_until(20 * RIG_US);
    replay_print_stalled(rig.replay, stream, 10);
    fclose(stream);
    ck_assert_ptr_nonnull(strstr(text, "10.0.0.1 port 40000 -> 10.0.0.2 port 80: "));
    free(text);
}
END_TEST

/* --- The server's side -------------------------------------------------------------------------------------- */

static struct replay_step step_at(uint64_t sent_bytes, uint8_t *data, uint32_t limit)
{
    struct replay_step step;

    replay_step(rig.replay, rig_connection(0), sent_bytes, 100 * RIG_US, &step, data, limit);
    return step;
}

START_TEST(steps_tell_what_the_server_sent_after_how_much)
{
    uint8_t data[700];

    rig_add_exchange(0, 0, 120, 700);
    rig_open_by_hand();
    struct replay_step step = step_at(0, data, sizeof data);
    ck_assert_int_eq(step.kind, REPLAY_STEP_SEND);
    ck_assert_uint_eq(step.after_bytes, 120);
    ck_assert_uint_eq(step.offset, 0);
    ck_assert_uint_eq(step.bytes, 700);
    for (unsigned i = 0; i < 700; i++)
        ck_assert_uint_eq(data[i], rig_byte(true, i));
    step = step_at(300, data, 10);
    ck_assert_uint_eq(step.offset, 300);
    ck_assert_uint_eq(step.bytes, 400);
    ck_assert_uint_eq(data[0], rig_byte(true, 300));
    ck_assert_uint_eq(data[10], rig_byte(true, 10)); /* as it was */
    step = step_at(700, NULL, 0);
    ck_assert_int_eq(step.kind, REPLAY_STEP_CLOSE);
    ck_assert_uint_eq(step.after_bytes, 121);
}
END_TEST

START_TEST(a_later_step_continues_a_send)
{
    rig_handshake(0, 0);
    rig_add_data(0, 1, 10);
    rig_add_response(1, 1, 500, 11);
    rig_add_data(2, 11, 10);
    rig_add_response(3, 501, 500, 21);
    rig_open_by_hand();
    struct replay_step step = step_at(0, NULL, 0);
    ck_assert_uint_eq(step.bytes, 500);
    ck_assert_uint_eq(step.after_bytes, 10);
    replay_step_done(rig.replay, rig_connection(0), 500);
    step = step_at(500, NULL, 0);
    ck_assert_int_eq(step.kind, REPLAY_STEP_SEND);
    ck_assert_uint_eq(step.offset, 500);
    ck_assert_uint_eq(step.after_bytes, 20);
    step = step_at(1000, NULL, 0);
    ck_assert_int_eq(step.kind, REPLAY_STEP_END);
}
END_TEST

START_TEST(a_reset_of_the_server_is_an_abort)
{
    rig_handshake(0, 0);
    rig_add_data(0, 1, 10);
    rig_add((struct rig_segment){.at_us = 20,
                                 .from_server = true,
                                 .flags = PACKET_RST | PACKET_ACK,
                                 .position = 1,
                                 .acknowledged = 11});
    rig_open_by_hand();
    struct replay_step step = step_at(0, NULL, 0);
    ck_assert_int_eq(step.kind, REPLAY_STEP_ABORT);
    ck_assert_uint_eq(step.after_bytes, 10);
}
END_TEST

/* --- Payload ---------------------------------------------------------------------------------------------------- */

START_TEST(all_payload_that_was_taken_is_delivered)
{
    rig_add_exchange(0, 0, 20000, 3000);
    rig_add_exchange(10, 1, 1, 1);
    rig_open();
    rig_run();
    ck_assert_uint_eq(rig_counts()->payload_bytes, 20001);
    ck_assert_uint_eq(rig_counts()->payload_delivered_bytes, 20001);
    ck_assert_uint_eq(rig_counts()->payload_mismatched_bytes, 0);
}
END_TEST

START_TEST(a_flipped_byte_is_one_mismatch)
{
    rig.card.flips_a_byte = true;
    rig_add_exchange(0, 0, 5000, 100);
    rig_open();
    rig_run();
    ck_assert_uint_eq(rig_counts()->payload_delivered_bytes, 5000);
    ck_assert_uint_eq(rig_counts()->payload_mismatched_bytes, 1);
}
END_TEST

START_TEST(bytes_that_were_sent_again_are_expected_once)
{
    rig_handshake(0, 0);
    rig_add_data(0, 1, 500);
    rig_add_data(1, 1, 500);
    rig_add_data(2, 301, 400);
    rig_open();
    rig_run();
    ck_assert_uint_eq(rig_counts()->payload_bytes, 700);
    ck_assert_uint_eq(rig_counts()->payload_delivered_bytes, 700);
}
END_TEST

START_TEST(cut_payload_is_padded_and_not_compared)
{
    rig_handshake(0, 0);
    rig_add((struct rig_segment){
        .at_us = 10, .position = 1, .acknowledged = 1, .bytes = 500, .snap_bytes = 154});
    rig_add_data(1, 501, 100);
    rig_open();
    rig_run();
    ck_assert_uint_eq(rig_counts()->cut_payloads_padded, 1);
    ck_assert_uint_eq(rig_counts()->payload_delivered_bytes, 600);
    ck_assert_uint_eq(rig_counts()->payload_mismatched_bytes, 0);
}
END_TEST

START_TEST(cut_headers_are_skipped)
{
    rig_handshake(0, 0);
    rig_add((struct rig_segment){
        .at_us = 10, .position = 1, .acknowledged = 1, .bytes = 500, .snap_bytes = 40});
    rig_open_by_hand();
    rig_take_until(20 * RIG_US);
    ck_assert_uint_eq(rig.count, 2);
    ck_assert_uint_eq(rig_counts()->cut_headers_skipped, 1);
}
END_TEST

/* --- Datagrams and questions ----------------------------------------------------------------------------------- */

static void add_reply(int64_t at_us, const char *text)
{
    static struct built frame;

    build_ethernet(&frame, 1, 2, 0x0800);
    build_ipv4(&frame, "10.0.0.2", "10.0.0.1", IPPROTO_UDP, 8 + (unsigned)strlen(text));
    build_udp(&frame, RIG_SERVER_PORT, RIG_PORT, (unsigned)strlen(text));
    build_bytes(&frame, text, (uint32_t)strlen(text));
    rig_add_raw(at_us, frame.data, frame.bytes);
}

static void deliver_datagram(const char *text)
{
    struct replay_tuple tuple = rig_tuple(0);

    replay_delivered_datagram(rig.replay, &tuple, (const uint8_t *)text, (uint32_t)strlen(text));
}

static const char *next_answer(void)
{
    static char text[64];
    struct replay_tuple tuple = rig_tuple(0);
    uint32_t bytes = replay_datagram_answer(rig.replay, &tuple, rig.now_ps + 1, (uint8_t *)text,
                                            sizeof text - 1);

    text[bytes] = 0;
    return text;
}

START_TEST(datagrams_are_compared_and_answered_in_pairs)
{
    add_question(0, "first?");
    add_reply(5, "one");
    add_question(10, "second?");
    add_reply(15, "two");
    add_reply(16, "three");
    rig_open();
    rig_run();
    ck_assert_uint_eq(rig.count, 2);
    ck_assert_uint_eq(rig_counts()->payload_bytes, 13);
    ck_assert_str_eq(next_answer(), "");
    deliver_datagram("first?");
    ck_assert_str_eq(next_answer(), "one");
    ck_assert_str_eq(next_answer(), "");
    deliver_datagram("second?");
    ck_assert_str_eq(next_answer(), "two");
    ck_assert_str_eq(next_answer(), "three");
    ck_assert_str_eq(next_answer(), "");
    ck_assert_uint_eq(rig_counts()->payload_delivered_bytes, 13);
    ck_assert_uint_eq(rig_counts()->payload_mismatched_bytes, 0);
}
END_TEST

START_TEST(a_lost_datagrams_answer_is_not_sent)
{
    add_question(0, "first?");
    add_reply(5, "one");
    add_question(10, "second?");
    add_reply(15, "two");
    rig_open();
    rig_run();
    deliver_datagram("second?");
    ck_assert_str_eq(next_answer(), "two");
    ck_assert_str_eq(next_answer(), "");
}
END_TEST

START_TEST(a_wrong_datagram_is_a_mismatch)
{
    add_question(0, "first?");
    rig_open();
    rig_run();
    deliver_datagram("fjrst?");
    ck_assert_uint_gt(rig_counts()->payload_mismatched_bytes, 0);
}
END_TEST

START_TEST(datagrams_in_fragments_are_compared_whole)
{
    static struct built whole, part;
    enum { PAYLOAD = 3000, FIRST = 1480 };

    whole.bytes = 0;
    build_udp(&whole, RIG_PORT, RIG_SERVER_PORT, PAYLOAD);
    for (unsigned i = 0; i < PAYLOAD; i++)
        whole.data[8 + i] = rig_byte(false, i);
    for (unsigned at = 0; at < 8 + PAYLOAD; at += FIRST) {
        unsigned bytes = MIN(FIRST, 8 + PAYLOAD - at);

        build_ethernet(&part, 2, 1, 0x0800);
        build_ipv4(&part, "10.0.0.1", "10.0.0.2", IPPROTO_UDP, bytes);
        packet_put16(part.data + 20, (uint16_t)(at / 8 | (at + bytes < 8 + PAYLOAD ? 0x2000 : 0)));
        build_bytes(&part, whole.data + at, bytes);
        rig_add_raw(at, part.data, part.bytes);
    }
    rig_open();
    rig_run();
    ck_assert_uint_eq(rig.count, 3);
    ck_assert_uint_eq(rig_counts()->payload_bytes, PAYLOAD);
    struct replay_tuple tuple = rig_tuple(0);
    replay_delivered_datagram(rig.replay, &tuple, whole.data + 8, PAYLOAD);
    ck_assert_uint_eq(rig_counts()->payload_delivered_bytes, PAYLOAD);
    ck_assert_uint_eq(rig_counts()->payload_mismatched_bytes, 0);
}
END_TEST

START_TEST(questions_for_a_clients_address_are_answered)
{
    static struct built question;

    add_question(0, "hello");
    rig_open();
    rig_take_until(0);
    build_ethernet(&question, 0xff, 9, 0x0806);
    build_bytes(&question, (const uint8_t[]){0, 1, 8, 0, 6, 4, 0, 1}, 8);
    build_bytes(&question, (const uint8_t[]){2, 0, 0, 0, 0, 9, 10, 0, 0, 2}, 10);
    build_bytes(&question, (const uint8_t[]){0, 0, 0, 0, 0, 0, 10, 0, 0, 1}, 10);
    rig_card_sends_raw(RIG_US, question.data, question.bytes);
    rig_take_until(RIG_US);
    ck_assert_uint_eq(rig.count, 2);
    const struct packet *reply = &rig.frames[1].packet;
    ck_assert_int_eq(rig.frames[1].kind, REPLAY_SYNTHESISED);
    ck_assert_uint_eq(reply->arp_operation, 2);
    ck_assert_mem_eq(reply->source.bytes, ((uint8_t[]){10, 0, 0, 1}), 4);
    ck_assert_mem_eq(reply->destination.bytes, ((uint8_t[]){10, 0, 0, 2}), 4);
    ck_assert_mem_eq(reply->data + 22, ((uint8_t[]){2, 0, 0, 0, 0, 1}), 6);
    question.data[41] = 77; /* nobody of the capture */
    rig_card_sends_raw(2 * RIG_US, question.data, question.bytes);
    rig_take_until(2 * RIG_US);
    ck_assert_uint_eq(rig.count, 2);
}
END_TEST

static TCase *group_of(Suite *all, const char *name)
{
    TCase *group = tcase_create(name);

    suite_add_tcase(all, group);
    tcase_add_checked_fixture(group, rig_set_up, rig_tear_down);
    return group;
}

static void add_rest(Suite *all)
{
    TCase *group = group_of(all, "schedule");

    tcase_add_test(group, frames_enter_at_captured_times);
    tcase_add_test(group, a_stamp_that_runs_backward_is_no_pause);
    tcase_add_loop_test(group, pauses_are_shortened_to_max_gap, 0, 1);
    tcase_add_loop_test(group, pauses_are_shortened_to_max_gap, 2, 3);
    tcase_add_test(group, limit_ends_the_capture_early);
    tcase_add_test(group, the_replay_is_exhausted_when_nothing_is_owed);
    tcase_add_test(group, closing_both_ways_finishes_a_connection);
    tcase_add_test(group, a_reset_by_the_card_is_counted_and_ends_the_client);
    tcase_add_test(group, connections_that_stalled_are_named);
    group = group_of(all, "server");
    tcase_add_test(group, steps_tell_what_the_server_sent_after_how_much);
    tcase_add_test(group, a_later_step_continues_a_send);
    tcase_add_test(group, a_reset_of_the_server_is_an_abort);
    group = group_of(all, "payload");
    tcase_add_test(group, all_payload_that_was_taken_is_delivered);
    tcase_add_test(group, a_flipped_byte_is_one_mismatch);
    tcase_add_test(group, bytes_that_were_sent_again_are_expected_once);
    tcase_add_test(group, cut_payload_is_padded_and_not_compared);
    tcase_add_test(group, cut_headers_are_skipped);
    group = group_of(all, "datagrams");
    tcase_add_test(group, datagrams_are_compared_and_answered_in_pairs);
    tcase_add_test(group, a_lost_datagrams_answer_is_not_sent);
    tcase_add_test(group, a_wrong_datagram_is_a_mismatch);
    tcase_add_test(group, datagrams_in_fragments_are_compared_whole);
    tcase_add_test(group, questions_for_a_clients_address_are_answered);
}

Suite *suite(void)
{
    Suite *all = suite_create("replay server");

    add_rest(all);
    return all;
}
