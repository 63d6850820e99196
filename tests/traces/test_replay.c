/* test_replay.c - handshake and translation (DESIGN.md, section 6). */
#include "tests/suite.h"

#include "tests/traces/replay_rig.h"

#include <glib.h>

/* --- Handshake ------------------------------------------------------------------------------------- */

START_TEST(frames_wait_for_the_cards_answer_and_leave_in_order)
{
    rig_handshake(0, 0);
    for (unsigned i = 0; i < 5; i++)
        rig_add_data(i, 1 + 100 * i, 100);
    rig_open();
    rig_take_until(900 * RIG_US);
    ck_assert_uint_eq(rig.count, 1);
    ck_assert_uint_eq(rig_counts()->frames_waited, 6);
    ck_assert(!replay_exhausted(rig.replay));
    rig_card_accepts(900 * RIG_US, 0);
    rig_take_until(900 * RIG_US);
    ck_assert_uint_eq(rig.count, 7);
    ck_assert_uint_eq(rig.frames[1].packet.payload_bytes, 0);
    for (unsigned i = 0; i < 5; i++) {
        ck_assert_uint_eq(rig.frames[2 + i].position, 1 + 100 * i);
        ck_assert_uint_eq(rig.frames[2 + i].acknowledged, 1);
        ck_assert_uint_eq(rig.frames[2 + i].time_ps, 900 * RIG_US);
    }
    ck_assert_uint_eq(rig_counts()->connections_opened, 1);
}
END_TEST

START_TEST(other_connections_overtake_one_that_waits)
{
    rig_add_exchange(0, 0, 10, 10);
    rig_add_exchange(1000, 1, 10, 10);
    rig_open();
    rig_take_until(1001 * RIG_US);
    ck_assert_uint_eq(rig.count, 2);
    rig_card_accepts(1001 * RIG_US, 1);
    rig_take_until(1010 * RIG_US);
    ck_assert_uint_eq(rig.count, 4);
    ck_assert_uint_eq(rig.frames[3].packet.source_port, RIG_PORT + 1);
    ck_assert_uint_eq(rig.frames[3].packet.payload_bytes, 10);
}
END_TEST

START_TEST(an_unanswered_connection_is_refused_and_its_frames_leave_as_they_are)
{
    rig.card.silent = true;
    rig_handshake(0, 0);
    rig_add_data(0, 1, 100);
    rig_open();
    rig_take_until(1000 * RIG_MS - 1);
    ck_assert_uint_eq(rig_counts()->connections_refused, 0);
    rig_run();
    ck_assert_uint_eq(rig_counts()->connections_refused, 1);
    ck_assert_uint_eq(rig_counts()->connections_opened, 0);
    const struct rig_frame *last = &rig.frames[rig.count - 1];
    ck_assert_uint_eq(last->time_ps, 1000 * RIG_MS);
    ck_assert_uint_eq(last->packet.payload_bytes, 100);
    ck_assert_uint_eq(last->packet.acknowledgement, rig.server_isn + 1);
    ck_assert(replay_exhausted(rig.replay));
}
END_TEST

START_TEST(a_reset_answers_a_syn_with_a_refusal)
{
    rig.card.refuses = true;
    rig_add_exchange(0, 0, 10, 10);
    rig_open();
    rig_run();
    ck_assert_uint_eq(rig_counts()->connections_refused, 1);
    ck_assert_uint_eq(rig_counts()->connections_reset, 0);
    ck_assert(replay_exhausted(rig.replay));
}
END_TEST

START_TEST(a_syn_with_a_bad_checksum_is_made_good)
{
    rig_add((struct rig_segment){.flags = PACKET_SYN, .mss = 1460, .bad_checksum = true});
    rig_syn_ack(1, 0);
    rig_open();
    rig_take_until(0);
    ck_assert(packet_checksums_good(&rig.frames[0].packet));
    ck_assert_uint_eq(rig_counts()->checksums_fixed, 1);
}
END_TEST

START_TEST(a_bad_checksum_that_is_kept_stays_wrong)
{
    rig.config.fix_checksums = false;
    rig_handshake(0, 0);
    rig_add((struct rig_segment){
        .at_us = 10, .position = 1, .acknowledged = 1, .bytes = 100, .bad_checksum = true});
    rig_add_data(1, 101, 100);
    rig_open_by_hand();
    rig_take_until(20 * RIG_US);
    ck_assert_uint_eq(rig.count, 4);
    ck_assert(packet_checksums_good(&rig.frames[1].packet));
    ck_assert(!packet_checksums_good(&rig.frames[2].packet));
    ck_assert(packet_checksums_good(&rig.frames[3].packet));
    ck_assert_uint_eq(rig_counts()->checksums_fixed, 0);
}
END_TEST

START_TEST(midstream_connections_are_opened_by_a_handshake_of_the_replay)
{
    rig_add_data(0, 501, 100);
    rig_add_response(1, 701, 50, 601);
    rig_open();
    rig_take_until(0);
    ck_assert_uint_eq(rig.count, 1);
    ck_assert_int_eq(rig.frames[0].kind, REPLAY_SYNTHESISED);
    ck_assert_uint_eq(rig.frames[0].packet.tcp_flags, PACKET_SYN);
    ck_assert_uint_eq(rig.frames[0].position, 500);
    ck_assert(packet_checksums_good(&rig.frames[0].packet));
    ck_assert_uint_eq(rig_counts()->connections_midstream, 1);
    /* The card rig_counts from that SYN; the rig's positions from the client's ISN. */
    rig_card_sends(RIG_US, (struct rig_answer){
                               .flags = PACKET_SYN | PACKET_ACK, .acknowledged = 501, .mss = 1460});
    rig_take_until(RIG_US);
    ck_assert_uint_eq(rig.count, 3);
    ck_assert_int_eq(rig.frames[1].kind, REPLAY_SYNTHESISED);
    ck_assert_uint_eq(rig.frames[1].packet.tcp_flags, PACKET_ACK);
    ck_assert_uint_eq(rig.frames[2].position, 501);
    ck_assert_uint_eq(rig.frames[2].acknowledged, 1);
    ck_assert_uint_eq(rig.frames[2].packet.payload_bytes, 100);
}
END_TEST

START_TEST(midstream_time_stamps_are_offered)
{
    rig_add(
        (struct rig_segment){.position = 501, .acknowledged = 1, .bytes = 10, .timestamp = 4711});
    rig_open();
    rig_take_until(0);
    ck_assert_uint_ne(rig.frames[0].options.timestamp_offset, 0);
    ck_assert_uint_eq(rig.frames[0].options.timestamp, 4711);
}
END_TEST

START_TEST(a_tuple_used_again_is_a_second_connection)
{
    rig_add_exchange(0, 0, 100, 3000);
    rig.client_isn = 70000;
    rig_add_exchange(5000, 0, 200, 500);
    rig.client_isn = 1000;
    rig_open();
    rig.card.stop_ps = 4999 * RIG_US;
    rig_run();
    uint64_t first = rig_connection(0);
    ck_assert_uint_eq(rig_counts()->connections_finished, 1);
    rig.client_isn = 70000;
    rig.card.stop_ps = UINT64_MAX;
    rig_run();
    ck_assert_uint_ne(rig_connection(0), first);
    ck_assert_uint_eq(rig_counts()->connections, 2);
    ck_assert_uint_eq(rig_counts()->connections_finished, 2);
    ck_assert_uint_eq(rig_counts()->payload_delivered_bytes, 300);
    ck_assert_uint_eq(rig_counts()->payload_mismatched_bytes, 0);
}
END_TEST

/* --- Translation ------------------------------------------------------------------------------------ */

/* _i: the card's ISN lies so far before its wrap. */
START_TEST(acknowledgements_are_translated_across_the_wrap)
{
    rig.card.isn = 0u - (uint32_t)_i;
    rig.server_isn = 0u - 20000u;
    rig.client_isn = 0u - 700u;
    rig_add_exchange(0, 0, 2000, 60000);
    rig_open();
    rig_run();
    ck_assert_uint_eq(rig.card_sent[0], 60002);
    ck_assert_uint_eq(rig.card_acked[0], 60002);
    ck_assert_uint_eq(rig_counts()->payload_delivered_bytes, 2000);
    ck_assert_uint_eq(rig_counts()->payload_mismatched_bytes, 0);
    ck_assert_uint_eq(rig_counts()->connections_finished, 1);
}
END_TEST

START_TEST(an_acknowledgement_ahead_of_the_card_is_cut_and_paid_when_covered)
{
    rig_handshake(0, 0);
    rig_add_data(0, 1, 10);
    rig_add_response(1, 1, 600, 11);
    rig_add((struct rig_segment){.at_us = 20, .position = 11, .acknowledged = 601, .bytes = 5});
    rig_open_by_hand();
    rig_take_until(30 * RIG_US);
    ck_assert_uint_eq(rig.frames[rig.count - 1].acknowledged, 1);
    ck_assert_uint_eq(rig.frames[rig.count - 1].packet.payload_bytes, 5);
    ck_assert_uint_eq(rig_counts()->acknowledgements_owed, 1);
    unsigned before = rig.count;
    rig_card_sends(40 * RIG_US,
                   (struct rig_answer){.position = 1, .acknowledged = 16, .bytes = 600});
    rig_take_until(40 * RIG_US);
    ck_assert_uint_eq(rig.count, before + 1);
    ck_assert_int_eq(rig.frames[before].kind, REPLAY_SYNTHESISED);
    ck_assert_uint_eq(rig.frames[before].acknowledged, 601);
    ck_assert_uint_eq(rig.frames[before].position, 16);
}
END_TEST

START_TEST(what_is_owed_is_paid_once_for_two_segments)
{
    rig_handshake(0, 0);
    rig_add_response(0, 1, 5000, 1);
    rig_add_ack(1, 5001, 2000);
    rig_open_by_hand();
    rig_take_until(30 * RIG_US);
    unsigned before = rig.count;
    for (unsigned i = 0; i < 5; i++) {
        rig_card_sends(
            (40 + i) * RIG_US,
            (struct rig_answer){.position = 1 + 1000 * i, .acknowledged = 1, .bytes = 1000});
        rig_take_until((40 + i) * RIG_US);
        /* After the 2nd, the 4th, and the 5th, which covers it all. */
        ck_assert_uint_eq(rig.count - before, (i + 1) / 2 + (i == 4));
    }
    ck_assert_uint_eq(rig.frames[before].acknowledged, 2001);
    ck_assert_uint_eq(rig.frames[before + 1].acknowledged, 4001);
    ck_assert_uint_eq(rig.frames[before + 2].acknowledged, 5001);
}
END_TEST

START_TEST(pure_acknowledgements_that_repeat_are_left_out)
{
    rig_handshake(0, 0);
    for (unsigned i = 0; i < 3; i++)
        rig_add_ack(i, 1, 1000);
    rig_add_data(10, 1, 10);
    rig_open_by_hand();
    rig_take_until(30 * RIG_US);
    /* SYN, the handshake's ACK, data. */
    ck_assert_uint_eq(rig.count, 3);
    ck_assert_uint_eq(rig_counts()->acknowledgements_merged, 3);
}
END_TEST

START_TEST(what_the_card_sent_is_acknowledged_at_last)
{
    rig_handshake(0, 0);
    rig_open_by_hand();
    rig_take_until(30 * RIG_US);
    unsigned before = rig.count;
    rig_card_sends(40 * RIG_US,
                   (struct rig_answer){.position = 1, .acknowledged = 1, .bytes = 100});
    rig_take_until(40 * RIG_US + 200 * RIG_MS - 1);
    ck_assert_uint_eq(rig.count, before);
    rig_take_until(40 * RIG_US + 200 * RIG_MS);
    ck_assert_uint_eq(rig.count, before + 1);
    ck_assert_uint_eq(rig.frames[before].acknowledged, 101);
}
END_TEST

static uint32_t edge_of(const struct rig_frame *frame, unsigned scale)
{
    return frame->acknowledged + ((uint32_t)frame->packet.window << scale);
}

/* _i: the card's scale, -1: none. The captured window of 1000 is scaled by 7. */
START_TEST(the_window_keeps_its_bytes_and_its_edge_never_moves_back)
{
    unsigned scale = _i < 0 ? 0 : 7;

    rig.card.scale = (int8_t)_i;
    rig_handshake(0, 0);
    rig_add_response(0, 1, 10000, 1);
    rig_add_ack(1, 10001, 1000); /* edge 138,001 of the capture, 128,001 of the card */
    rig_add_data(2, 1, 10);
    rig_add((struct rig_segment){
        .at_us = 20, .position = 11, .acknowledged = 10001, .bytes = 10, .window = 20});
    rig_open_by_hand();
    ck_assert_uint_eq(edge_of(&rig.frames[0], 0), 1000 - rig.card.isn);
    rig_take_until(40 * RIG_US);
    uint32_t edge = 1;
    for (unsigned i = 1; i < rig.count; i++) {
        ck_assert_uint_ge(edge_of(&rig.frames[i], scale), edge);
        edge = edge_of(&rig.frames[i], scale);
    }
    /* 128,000 bytes, or what 16 bits hold. */
    ck_assert_uint_ge(edge, _i < 0 ? 65536 : 128001);
    ck_assert_uint_lt(edge, _i < 0 ? 65537 : 128001 + 128);
}
END_TEST

START_TEST(the_echo_of_time_stamps_is_the_cards)
{
    rig_add((struct rig_segment){.flags = PACKET_SYN, .mss = 1460, .timestamp = 100});
    rig_add((struct rig_segment){.at_us = 1,
                                 .from_server = true,
                                 .acknowledged = 1,
                                 .flags = PACKET_SYN | PACKET_ACK,
                                 .timestamp = 999});
    rig_add((struct rig_segment){
        .at_us = 2, .position = 1, .acknowledged = 1, .bytes = 10, .timestamp = 101});
    rig_open();
    rig_take_until(0);
    rig_card_sends(RIG_US, (struct rig_answer){.flags = PACKET_SYN | PACKET_ACK,
                                               .acknowledged = 1,
                                               .mss = 1460,
                                               .timestamp = 31337});
    rig_take_until(2 * RIG_US);
    ck_assert_uint_eq(rig.count, 2);
    ck_assert_uint_eq(rig.frames[1].options.timestamp, 101);
    ck_assert_uint_eq(rig.frames[1].options.timestamp_echo, 31337);
    ck_assert(packet_checksums_good(&rig.frames[1].packet));
}
END_TEST

START_TEST(time_stamps_become_nops_for_a_card_without)
{
    rig_add((struct rig_segment){.flags = PACKET_SYN, .mss = 1460, .timestamp = 100});
    rig_add((struct rig_segment){
        .at_us = 2, .position = 1, .acknowledged = 1, .bytes = 10, .timestamp = 101});
    rig_open();
    rig_take_until(0);
    rig_card_accepts(RIG_US, 0);
    rig_take_until(2 * RIG_US);
    const struct packet *packet = &rig.frames[1].packet;
    ck_assert_uint_eq(packet->tcp_header_bytes, 32);
    for (unsigned i = 20; i < 32; i++)
        ck_assert_uint_eq(packet->data[packet->transport_offset + i], 1);
    ck_assert(packet_checksums_good(packet));
}
END_TEST

START_TEST(sack_blocks_are_removed)
{
    rig_handshake(0, 0);
    rig_add((struct rig_segment){.at_us = 10,
                                 .position = 1,
                                 .acknowledged = 1,
                                 .bytes = 10,
                                 .sack_from = 501,
                                 .sack_to = 901});
    rig_open_by_hand();
    rig_take_until(20 * RIG_US);
    const struct packet *packet = &rig.frames[2].packet;
    ck_assert_uint_eq(rig.frames[2].options.sack_offset, 0);
    for (unsigned i = 20; i < 32; i++)
        ck_assert_uint_eq(packet->data[packet->transport_offset + i], 1);
    ck_assert(packet_checksums_good(packet));
}
END_TEST

static void expect_pieces(uint32_t piece)
{
    uint32_t position = 1;

    for (unsigned i = 2; i < rig.count; i++) {
        const struct packet *packet = &rig.frames[i].packet;

        ck_assert_uint_eq(rig.frames[i].position, position);
        ck_assert_uint_eq(packet->payload_bytes, MIN(piece, 5001 - position));
        for (uint32_t j = 0; j < packet->payload_bytes; j++)
            ck_assert_uint_eq(packet->data[packet->payload_offset + j],
                              rig_byte(false, position - 1 + j));
        ck_assert(packet_checksums_good(packet));
        position += packet->payload_bytes;
        ck_assert_uint_eq(!!(packet->tcp_flags & PACKET_FIN), position == 5001);
    }
    ck_assert_uint_eq(position, 5001);
    ck_assert_uint_eq(rig_counts()->segments_split, 1);
}

static void add_merged(void)
{
    rig_handshake(0, 0);
    rig_add((struct rig_segment){.at_us = 10,
                                 .position = 1,
                                 .acknowledged = 1,
                                 .flags = PACKET_ACK | PACKET_PSH | PACKET_FIN,
                                 .bytes = 5000});
}

START_TEST(merged_segments_are_split_at_the_cards_segment_size)
{
    rig.card.mss = 536;
    add_merged();
    rig_open_by_hand();
    rig_take_until(20 * RIG_US);
    expect_pieces(536);
}
END_TEST

START_TEST(merged_segments_are_split_at_the_mtu)
{
    rig.card.mss = 8960;
    add_merged();
    rig_open_by_hand();
    rig_take_until(20 * RIG_US);
    expect_pieces(1460);
}
END_TEST

START_TEST(frames_are_addressed_to_the_card)
{
    rig_handshake(0, 0);
    rig_open_by_hand();
    rig_take_until(20 * RIG_US);
    for (unsigned i = 0; i < rig.count; i++)
        ck_assert_mem_eq(rig.frames[i].packet.data, rig.config.card_mac, 6);
}
END_TEST

static TCase *group_of(Suite *all, const char *name)
{
    TCase *group = tcase_create(name);

    suite_add_tcase(all, group);
    tcase_add_checked_fixture(group, rig_set_up, rig_tear_down);
    return group;
}

static void add_handshake(Suite *all)
{
    TCase *group = group_of(all, "handshake");

    tcase_add_test(group, frames_wait_for_the_cards_answer_and_leave_in_order);
    tcase_add_test(group, other_connections_overtake_one_that_waits);
    tcase_add_test(group, an_unanswered_connection_is_refused_and_its_frames_leave_as_they_are);
    tcase_add_test(group, a_reset_answers_a_syn_with_a_refusal);
    tcase_add_test(group, a_syn_with_a_bad_checksum_is_made_good);
    tcase_add_test(group, a_bad_checksum_that_is_kept_stays_wrong);
    tcase_add_test(group, midstream_connections_are_opened_by_a_handshake_of_the_replay);
    tcase_add_test(group, midstream_time_stamps_are_offered);
    tcase_add_test(group, a_tuple_used_again_is_a_second_connection);
}

static void add_translation(Suite *all)
{
    TCase *group = group_of(all, "translation");

    tcase_add_loop_test(group, acknowledgements_are_translated_across_the_wrap, 0, 3);
    tcase_add_loop_test(group, acknowledgements_are_translated_across_the_wrap, 59999, 60003);
    tcase_add_test(group, an_acknowledgement_ahead_of_the_card_is_cut_and_paid_when_covered);
    tcase_add_test(group, what_is_owed_is_paid_once_for_two_segments);
    tcase_add_test(group, pure_acknowledgements_that_repeat_are_left_out);
    tcase_add_test(group, what_the_card_sent_is_acknowledged_at_last);
    tcase_add_loop_test(group, the_window_keeps_its_bytes_and_its_edge_never_moves_back, -1, 4);
    tcase_add_test(group, the_echo_of_time_stamps_is_the_cards);
    tcase_add_test(group, time_stamps_become_nops_for_a_card_without);
    tcase_add_test(group, sack_blocks_are_removed);
    tcase_add_test(group, merged_segments_are_split_at_the_cards_segment_size);
    tcase_add_test(group, merged_segments_are_split_at_the_mtu);
    tcase_add_test(group, frames_are_addressed_to_the_card);
}

Suite *suite(void)
{
    Suite *all = suite_create("replay");

    add_handshake(all);
    add_translation(all);
    return all;
}
