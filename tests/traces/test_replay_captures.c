/* Captures of the shared folder, whole and with flipped bytes, through the replay into the ideal
 * card: every byte arrives, every connection ends, the account of frames closes. */
#include "tests/suite.h"
#include "tests/traces/replay_bench.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CAPTURES "../shared/captures/"
#define HOURS_PS (10 * 3600 * SECOND)

static struct replay *open_capture(const char *path, bool is_wanted)
{
    static struct diagnostics diagnostics;
    struct replay_config config = bench_config();

    config.capture = path;
    config.card = "auto";
    config.max_gap_ps = SECOND;
    struct replay *replay = replay_open(&config, &diagnostics);
    if (is_wanted)
        ck_assert_msg(replay != NULL, "%s: %s", path, diagnostics.list[0].text);
    diagnostics_clear(&diagnostics);
    return replay;
}

static void check_account(const char *name, const struct replay_counts *counts)
{
    ck_assert_msg(counts->toward_card ==
                      counts->frames_captured - counts->pieces_added +
                          counts->acknowledgements_merged + counts->frames_left_out +
                          counts->frames_after_reset + counts->cut_headers_skipped,
                  "%s: the account of frames does not close", name);
}

static const char *const own[] = {"web-64", "bulk-up", "bulk-down", "lossy",
                                  "ipv6",   "short",   "clients-256"};

static void run_own(const char *name, const struct card_options *options, bool loses)
{
    char *path = g_strdup_printf(CAPTURES "own/own-dev-%s.pcap", name);
    struct card_figures figures;

    if (access(path, R_OK)) {
        printf("skipped: no capture %s\n", path);
        g_free(path);
        return;
    }
    struct replay *replay = open_capture(path, true);
    card_run(replay, options, &figures, HOURS_PS);
    const struct replay_counts *counts = replay_counts(replay);

    printf("%-12s frames %llu, repaired %llu, made %llu, merged %llu, left out %llu, payload %llu, "
           "server %llu, repeated by the card %llu\n",
           name, (unsigned long long)counts->frames_captured,
           (unsigned long long)counts->frames_repaired,
           (unsigned long long)counts->frames_synthesised,
           (unsigned long long)counts->acknowledgements_merged,
           (unsigned long long)counts->frames_left_out, (unsigned long long)counts->payload_bytes,
           (unsigned long long)counts->server_bytes_sent,
           (unsigned long long)figures.repeated_by_card);
    replay_print_stalled(replay, stdout, 5);
    check_account(name, counts);
    ck_assert(replay_exhausted(replay));
    ck_assert_uint_gt(counts->connections, 0);
    ck_assert_uint_eq(counts->connections_opened, counts->connections);
    ck_assert_uint_eq(counts->connections_finished, counts->connections);
    ck_assert_uint_eq(counts->connections_reset, 0);
    ck_assert_uint_gt(counts->payload_bytes, 0);
    ck_assert_uint_eq(counts->payload_delivered_bytes, counts->payload_bytes);
    ck_assert_uint_eq(counts->payload_mismatched_bytes, 0);
    ck_assert_uint_gt(counts->server_bytes_sent, 0);
    ck_assert_uint_eq(counts->server_mismatched_bytes, 0);
    ck_assert_uint_eq(counts->server_bytes_sent, figures.bytes_out);
    ck_assert_uint_eq(counts->holes_padded, 0);
    if (!loses) {
        ck_assert_uint_eq(figures.duplicate_acknowledgements, 0);
        ck_assert_uint_eq(figures.repeated_by_card, 0);
    }
    replay_close(replay);
    g_free(path);
}

START_TEST(own_captures_arrive_whole)
{
    struct card_options options = card_ideal();

    run_own(own[_i], &options, false);
}
END_TEST

START_TEST(own_captures_arrive_at_a_card_that_drops)
{
    struct card_options options = card_ideal();

    options.drop_every = 17;
    run_own(own[_i], &options, true);
}
END_TEST

START_TEST(own_captures_arrive_at_a_card_with_a_small_window)
{
    struct card_options options = card_ideal();

    options.window_bytes = 4000;
    options.read_every_ps = MS;
    options.scale = -1;
    options.stamps = false;
    options.mss = 700;
    run_own(own[_i], &options, true);
}
END_TEST

/* TCP payload bytes each way without retransmissions, as tshark counts them. */
START_TEST(figures_are_those_of_the_capture)
{
    struct card_options options = card_ideal();
    struct card_figures figures;

    if (access(CAPTURES "own", R_OK))
        return;
    struct replay *replay = open_capture(CAPTURES "own/own-dev-bulk-up.pcap", true);
    card_run(replay, &options, &figures, HOURS_PS);
    ck_assert_uint_eq(replay_counts(replay)->toward_card, 5059);
    ck_assert_uint_eq(replay_counts(replay)->payload_bytes, 6865851);
    ck_assert_uint_eq(replay_counts(replay)->server_bytes_sent, 700);
    replay_close(replay);
}
END_TEST

static void run_any(const char *path, bool is_wanted)
{
    struct card_options options = card_ideal();
    struct card_figures figures;

    options.keeps_everything = true;
    struct replay *replay = open_capture(path, is_wanted);
    if (!replay)
        return;
    card_run(replay, &options, &figures, HOURS_PS);
    const struct replay_counts *counts = replay_counts(replay);
    check_account(path, counts);
    ck_assert_msg(replay_exhausted(replay), "%s: not exhausted", path);
    ck_assert_uint_eq(counts->payload_mismatched_bytes, 0);
    ck_assert_uint_eq(counts->server_mismatched_bytes, 0);
    if (is_wanted) {
        printf("%-40s connections %llu, opened %llu, finished %llu; payload %llu of %llu; odd %llu\n",
               strrchr(path, '/') + 1, (unsigned long long)counts->connections,
               (unsigned long long)counts->connections_opened,
               (unsigned long long)counts->connections_finished,
               (unsigned long long)counts->payload_delivered_bytes,
               (unsigned long long)counts->payload_bytes, (unsigned long long)figures.malformed);
        replay_print_stalled(replay, stdout, 5);
    }
    replay_close(replay);
}

static void for_each(const char *folder, void (*run)(const char *path))
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    if (!dir) {
        printf("skipped: no captures in %s\n", folder);
        return;
    }
    while ((name = g_dir_read_name(dir))) {
        char *path = g_strdup_printf("%s/%s", folder, name);

        if (strstr(name, ".pcap"))
            run(path);
        g_free(path);
    }
    g_dir_close(dir);
}

static void run_public(const char *path)
{
    run_any(path, !strstr(path, "/bad-") && !strstr(path, "/19-"));
}

START_TEST(public_captures_are_survived)
{
    for_each(CAPTURES "public", run_public);
}
END_TEST

/* Flips bytes of the copy of a capture and replays it: nothing may fail but the capture. */
static void run_flipped(const char *path)
{
    char *data, *copy = g_strdup_printf("/tmp/replay-flip-%d.pcap", (int)getpid());
    gsize bytes;
    uint32_t random = 12345;

    if (!g_file_get_contents(path, &data, &bytes, NULL))
        return;
    if (bytes <= 24 || bytes > 800000) {
        g_free(data);
        g_free(copy);
        return;
    }
    for (unsigned round = 0; round < 12; round++) {
        char *flipped = g_memdup2(data, bytes);

        for (unsigned i = 0; i < 1 + bytes / (round % 2 ? 150 : 5000); i++) {
            random = random * 1664525 + 1013904223;
            flipped[24 + random % (bytes - 24)] ^= (char)(1 << (random >> 29));
        }
        ck_assert(g_file_set_contents(copy, flipped, (gssize)bytes, NULL));
        struct card_options options = card_ideal();
        struct card_figures figures;
        struct replay *replay = open_capture(copy, false);
        options.keeps_everything = true;
        options.drop_every = round % 3 ? 0 : 13;
        if (replay) {
            card_run(replay, &options, &figures, HOURS_PS);
            check_account(path, replay_counts(replay));
            replay_close(replay);
        }
        g_free(flipped);
    }
    unlink(copy);
    g_free(copy);
    g_free(data);
}

START_TEST(flipped_captures_are_survived)
{
    for_each(CAPTURES "public", run_flipped);
    for_each("traces/samples", run_flipped);
}
END_TEST

static void run_sample(const char *path)
{
    run_any(path, true);
}

START_TEST(samples_arrive)
{
    for_each("traces/samples", run_sample);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("replay of captures");
    TCase *cases = tcase_create("captures");

    tcase_set_timeout(cases, 600);
    tcase_add_test(cases, samples_arrive);
    tcase_add_loop_test(cases, own_captures_arrive_whole, 0, G_N_ELEMENTS(own));
    tcase_add_loop_test(cases, own_captures_arrive_at_a_card_that_drops, 0, G_N_ELEMENTS(own));
    tcase_add_loop_test(cases, own_captures_arrive_at_a_card_with_a_small_window, 0,
                        G_N_ELEMENTS(own));
    tcase_add_test(cases, figures_are_those_of_the_capture);
    tcase_add_test(cases, public_captures_are_survived);
    tcase_add_test(cases, flipped_captures_are_survived);
    suite_add_tcase(all, cases);
    return all;
}
