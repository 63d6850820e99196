/* The captured server's side: traces/replay_script.c. And the reader's clock: traces/replay_read.c. */
#include "tests/suite.h"
#include "tests/traces/replay_bench.h"

#include <string.h>

#define SERVER(at_us, position, received, ...)                                                     \
    {                                                                                              \
        .us = (at_us), .from_card = true, .flags = A, .sequence = 8 + (position),                  \
        .acknowledgement = 99 + 1 + (received), __VA_ARGS__                                        \
    }
#define CLIENT(at_us, position, acked, ...)                                                        \
    {                                                                                              \
        .us = (at_us), .flags = A, .sequence = 99 + (position), .acknowledgement = 9 + (acked),    \
        __VA_ARGS__                                                                                \
    }
#define SYNS                                                                                       \
    {.us = 0, .flags = S, .sequence = 99},                                                         \
    {                                                                                              \
        .us = 1, .from_card = true, .flags = S | A, .sequence = 8, .acknowledgement = 100          \
    }

static void expect(const struct replay *replay, uint64_t sent, enum replay_step_kind kind,
                   uint64_t after, const char *text)
{
    struct replay_step step;
    uint8_t data[4096];

    replay_step(replay, 1, sent, 0, &step, data, sizeof data);
    ck_assert_int_eq(step.kind, kind);
    if (kind == REPLAY_STEP_SEND || kind == REPLAY_STEP_CLOSE || kind == REPLAY_STEP_ABORT)
        ck_assert_uint_eq(step.after_bytes, after);
    if (kind == REPLAY_STEP_SEND) {
        ck_assert_uint_eq(step.offset, sent);
        ck_assert_uint_eq(step.bytes, strlen(text));
        ck_assert_mem_eq(data, text, strlen(text));
    }
}

START_TEST(steps_follow_what_the_server_had_received)
{
    struct replay *replay = trace_replay(
        TRACE(SYNS, CLIENT(2, 1, 0, .text = "get"), SERVER(3, 1, 3, .text = "he"),
              SERVER(4, 3, 3, .text = "llo"), CLIENT(5, 4, 5, .text = "more"),
              SERVER(6, 6, 3, .text = "!"), /* had not got it yet: the number says so */
              SERVER(7, 7, 7, .text = "bye"),
              {.us = 8, .flags = F | A, .sequence = 107, .acknowledgement = 17},
              {.us = 9, .from_card = true, .flags = F | A, .sequence = 18, .acknowledgement = 108}),
        NULL);

    expect(replay, 0, REPLAY_STEP_SEND, 3, "hello!");
    expect(replay, 2, REPLAY_STEP_SEND, 3, "llo!");
    expect(replay, 6, REPLAY_STEP_SEND, 7, "bye");
    expect(replay, 9, REPLAY_STEP_CLOSE, 8, NULL); /* the client's FIN counts */
    replay_step_done(replay, 1, 6);
    expect(replay, 6, REPLAY_STEP_SEND, 7, "bye");
    expect(replay, 9, REPLAY_STEP_CLOSE, 8, NULL);
    replay_close(replay);
}
END_TEST

START_TEST(retransmissions_and_reordering_change_nothing)
{
    struct replay *replay = trace_replay(
        TRACE(SYNS, CLIENT(2, 1, 0, .text = "get"), SERVER(3, 3, 3, .text = "cd"),
              SERVER(4, 5, 3, .text = "ef"), SERVER(5, 1, 3, .text = "ab"),
              SERVER(6, 1, 3, .text = "ab"), SERVER(7, 5, 3, .text = "efgh"),
              {.us = 8, .from_card = true, .flags = R | A, .sequence = 17, .acknowledgement = 103}),
        NULL);

    expect(replay, 0, REPLAY_STEP_SEND, 3, "abcdefgh");
    expect(replay, 8, REPLAY_STEP_ABORT, 3, NULL);
    replay_close(replay);
}
END_TEST

/* What was sent again after more had been received keeps its place in the order. */
START_TEST(later_steps_never_wait_for_less)
{
    struct replay *replay =
        trace_replay(TRACE(SYNS, CLIENT(2, 1, 0, .text = "get"), SERVER(3, 3, 3, .text = "cd"),
                           CLIENT(4, 4, 0, .text = "xy"), SERVER(5, 1, 5, .text = "ab"),
                           SERVER(6, 5, 5, .text = "ef")),
                     NULL);

    expect(replay, 0, REPLAY_STEP_SEND, 5, "abcdef");
    replay_close(replay);
}
END_TEST

START_TEST(bytes_that_only_the_client_saw_are_padding)
{
    struct replay *replay =
        trace_replay(TRACE(SYNS, CLIENT(2, 1, 0, .text = "get"), SERVER(3, 1, 3, .text = "ab"),
                           SERVER(4, 6, 3, .text = "fg"), CLIENT(9, 4, 9, .text = "x")),
                     NULL);
    struct got got;
    struct replay_step step;
    uint8_t data[16];

    expect(replay, 0, REPLAY_STEP_SEND, 3, "ab");
    expect(replay, 2, REPLAY_STEP_UNKNOWN, 0, NULL); /* the gap may yet be filled */
    take(replay, 0, 0, &got);
    CARD(replay, US, .flags = S | A, .sequence = 8, .acknowledgement = 100);
    take(replay, US, 2 * US, &got);
    take(replay, US, 9 * US, &got);
    replay_step(replay, 1, 2, 9 * US, &step, data, sizeof data);
    ck_assert_int_eq(step.kind, REPLAY_STEP_UNKNOWN); /* strictly after */
    replay_step(replay, 1, 2, 9 * US + 1, &step, data, sizeof data);
    ck_assert_int_eq(step.kind, REPLAY_STEP_SEND);
    ck_assert_uint_eq(step.bytes, 7);
    ck_assert_mem_eq(data, "\0\0\0fg\0\0", 7);
    ck_assert_uint_eq(step.after_bytes, 3);
    replay_close(replay);
}
END_TEST

/* The answer is more than 16,384 records behind the question. */
START_TEST(what_is_not_read_is_unknown)
{
    struct trace *trace = TRACE(SYNS, CLIENT(2, 1, 0, .text = "get"));
    struct got got;
    struct replay_step step;

    for (unsigned i = 0; i < 16385; i++)
        trace_segment(trace, &(struct segment){.us = 3 + i, .flags = R, .port = 9, .sequence = i});
    trace_segment(trace, &(struct segment)SERVER(20000, 1, 3, .text = "late"));
    struct replay *replay = trace_replay(trace, NULL);
    take(replay, 0, 0, &got);
    CARD(replay, US, .flags = S | A, .sequence = 8, .acknowledgement = 100);
    take(replay, US, 2 * US, &got);
    replay_step(replay, 1, 0, 3 * US - 1, &step, NULL, 0);
    ck_assert_int_eq(step.kind, REPLAY_STEP_UNKNOWN);
    uint64_t now_ps = 2 * US;
    while (step.kind == REPLAY_STEP_UNKNOWN) {
        now_ps = take(replay, now_ps, SECOND, &got);
        replay_step(replay, 1, 0, now_ps, &step, NULL, 0);
        ck_assert_int_eq(step.kind, REPLAY_STEP_UNKNOWN); /* strictly after the take */
        replay_step(replay, 1, 0, now_ps + 1, &step, NULL, 0);
    }
    /* It is record 16,389, read when record 4 is taken and record 5 is the next. */
    ck_assert_uint_eq(now_ps, 3 * US);
    ck_assert_int_eq(step.kind, REPLAY_STEP_SEND);
    replay_close(replay);
}
END_TEST

START_TEST(what_the_card_sends_is_compared)
{
    struct replay *replay =
        trace_replay(TRACE(SYNS, CLIENT(2, 1, 0, .text = "get"), SERVER(3, 1, 3, .text = "hello"),
                           CLIENT(5, 4, 5, .text = "x")),
                     NULL);
    struct got got;

    take(replay, 0, 0, &got);
    CARD(replay, US, .flags = S | A, .sequence = 70, .acknowledgement = 100);
    take(replay, US, 2 * US, &got);
    replay_step_done(replay, 1, 5);
    CARD(replay, 3 * US, .flags = A, .sequence = 71, .acknowledgement = 103, .text = "hel");
    CARD(replay, 3 * US, .flags = A, .sequence = 71, .acknowledgement = 103, .text = "help!");
    ck_assert_uint_eq(replay_counts(replay)->server_bytes_sent, 5);
    ck_assert_uint_eq(replay_counts(replay)->server_mismatched_bytes, 2);
    replay_close(replay);
}
END_TEST

START_TEST(end_is_known_when_both_sides_have_ended)
{
    struct trace *trace =
        TRACE(SYNS, CLIENT(2, 1, 0, .text = "q"), {.us = 3, .flags = R, .sequence = 101});
    struct got got;

    for (unsigned i = 0; i < 40000; i++)
        trace_segment(trace, &(struct segment){.us = 9, .flags = R, .port = 9, .sequence = i});
    struct replay *replay = trace_replay(trace, NULL);
    take(replay, 0, 0, &got);
    expect(replay, 0, REPLAY_STEP_END, 0, NULL); /* though the capture goes on */
    replay_close(replay);
}
END_TEST

/* --- The clock ------------------------------------------------------------------------------- */

static void expect_times(struct replay *replay, const uint64_t *times_us, unsigned count)
{
    struct got got;

    for (unsigned i = 0; i < count; i++)
        ck_assert_uint_eq(take(replay, 0, 1000 * SECOND, &got), times_us[i] * US);
    ck_assert(replay_exhausted(replay));
    replay_close(replay);
}

#define STRAY(at_us)                                                                               \
    {                                                                                              \
        .us = (at_us), .flags = R, .sequence = 1                                                   \
    }

START_TEST(first_frame_is_at_0_and_pauses_are_kept)
{
    expect_times(trace_replay(TRACE(STRAY(5000), STRAY(5000), STRAY(5010)), NULL),
                 (uint64_t[]){0, 0, 10}, 3);
}
END_TEST

START_TEST(stamps_that_run_backward_are_no_pause)
{
    struct replay *replay = trace_replay(TRACE(STRAY(100), STRAY(110), STRAY(40), STRAY(45)), NULL);

    ck_assert_uint_eq(replay_counts(replay)->stamps_backward, 1);
    expect_times(replay, (uint64_t[]){0, 10, 10, 15}, 4);
}
END_TEST

START_TEST(long_pauses_are_cut)
{
    struct replay_config config = bench_config();

    config.max_gap_ps = 1000 * US;
    struct replay *replay =
        trace_replay(TRACE(STRAY(0), STRAY(1000), STRAY(2001),
                           {.us = 2500, .from_card = true, .flags = R}, STRAY(3400)),
                     &config);
    ck_assert_uint_eq(replay_counts(replay)->gaps_shortened, 1);
    expect_times(replay, (uint64_t[]){0, 1000, 2000, 3399}, 4);
}
END_TEST

START_TEST(limit_counts_captured_frames_toward_the_card)
{
    struct replay_config config = bench_config();

    config.limit_frames = 2;
    struct replay *replay = trace_replay(
        TRACE(STRAY(0), {.us = 1, .from_card = true, .flags = R}, STRAY(2), STRAY(3)), &config);
    ck_assert_uint_eq(replay_counts(replay)->toward_card, 2);
    expect_times(replay, (uint64_t[]){0, 2}, 2);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("replay: script and clock");
    TCase *cases = tcase_create("script");

    tcase_add_test(cases, steps_follow_what_the_server_had_received);
    tcase_add_test(cases, retransmissions_and_reordering_change_nothing);
    tcase_add_test(cases, later_steps_never_wait_for_less);
    tcase_add_test(cases, bytes_that_only_the_client_saw_are_padding);
    tcase_add_test(cases, what_is_not_read_is_unknown);
    tcase_add_test(cases, what_the_card_sends_is_compared);
    tcase_add_test(cases, end_is_known_when_both_sides_have_ended);
    tcase_add_test(cases, first_frame_is_at_0_and_pauses_are_kept);
    tcase_add_test(cases, stamps_that_run_backward_are_no_pause);
    tcase_add_test(cases, long_pauses_are_cut);
    tcase_add_test(cases, limit_counts_captured_frames_toward_the_card);
    suite_add_tcase(all, cases);
    return all;
}
