#include "tests/fuzz/fuzz.h"
#include "tests/traces/replay_bench.h"

/* Bounds of one input, so that it ends soon: what matters is what happens, not how often. */
enum { MAX_PASSES = 3, MAX_COPIES = 3, END_S = 1000 };

static const uint64_t waits_ps[] = {1,        US,     10 * US,      MS,
                                    200 * MS, SECOND, 100 * SECOND, 1000 * SECOND};
static const uint16_t windows[] = {0, 1, 100, 536, 1460, 4000, 30000, 65535};

static struct replay_config config_of(const uint8_t *choice)
{
    static const uint64_t millionths[] = {1, 1000000, 7777777, 1000000000000};
    struct replay_config config = bench_config();

    config.card = choice[0] & 1   ? "auto"
                  : choice[0] & 2 ? "0.0.0.0/1 ::/1"
                                  : "10.0.0.2 fd00::2 10.0.0.9";
    config.fix_checksums = choice[0] & 4;
    config.repair = choice[0] & 8;
    config.max_gap_ps = choice[0] & 16 ? SECOND : 10000 * SECOND;
    config.refuse_after_ps = waits_ps[choice[1] & 7];
    config.mtu_bytes = choice[1] & 8 ? 576 : choice[1] & 16 ? 9000 : 1500;
    config.rate = (enum replay_rate)(choice[2] & 3);
    config.rate_millionths = millionths[choice[2] >> 2 & 3];
    config.max_open = choice[2] >> 4 & 3;
    config.passes = 1 + choice[3] % MAX_PASSES;
    config.copies = 1 + choice[4] % MAX_COPIES;
    config.limit_frames = choice[5] & 1 ? choice[5] : 0;
    config.duration_ps = choice[6] & 1 ? waits_ps[choice[6] >> 1 & 7] : 0;
    return config;
}

static struct card_options card_of(const uint8_t *choice)
{
    struct card_options options = card_ideal();

    options.isn = choice[7] & 1 ? 0xfffffff0 : 7;
    options.scale = choice[7] & 2 ? -1 : choice[7] >> 2 & 15;
    options.stamps = choice[8] & 1;
    options.sack = choice[8] & 2;
    options.mss = choice[8] & 4 ? 0 : choice[8] & 8 ? 88 : 1460;
    options.window_bytes = windows[choice[9] & 7];
    options.delay_ps = waits_ps[choice[10] & 3];
    options.drop_every = choice[11] & 1 ? 2 + choice[11] / 8 : 0;
    options.refuse_every = choice[12] & 1 ? 1 + choice[12] / 8 : 0;
    options.read_every_ps = choice[13] & 1 ? waits_ps[3 + (choice[13] >> 1 & 1)] : 0;
    options.loses_answers = choice[14] & 1;
    options.keeps_everything = true;
    return options;
}

static void check_account(const struct replay *replay)
{
    const struct replay_counts *counts = replay_counts(replay);
    uint64_t settled = counts->frames_captured - counts->pieces_added +
                       counts->acknowledgements_merged + counts->frames_left_out +
                       counts->frames_after_reset + counts->frames_after_duration +
                       counts->cut_headers_skipped;

    fuzz_check(counts->toward_card >= settled);
    if (replay_exhausted(replay))
        fuzz_check(counts->toward_card == settled);
    fuzz_check(counts->connections_opened + counts->connections_refused <= counts->connections);
    fuzz_check(counts->connections_finished <= counts->connections_opened);
}

int fuzz_replay(const uint8_t *data, size_t bytes)
{
    struct diagnostics diagnostics;

    if (bytes < FUZZ_REPLAY_BYTES)
        return 0;
    struct replay_config config = config_of(data);
    struct card_options options = card_of(data);
    struct card_figures figures;

    diagnostics_init(&diagnostics);
    config.capture = fuzz_file(data + FUZZ_REPLAY_BYTES, bytes - FUZZ_REPLAY_BYTES);
    struct replay *replay = replay_open(&config, &diagnostics);
    fuzz_check(replay || diagnostics.errors);
    if (replay) {
        card_run(replay, &options, &figures, END_S * SECOND);
        check_account(replay);
        replay_close(replay);
    }
    diagnostics_clear(&diagnostics);
    fuzz_file_close();
    return 0;
}
