#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_replay.h"
#include "tests/traces/replay_bench.h"

/* Bounds of one input, so that it ends soon: what matters is what happens, not how often. */
enum { MAX_PASSES = 3, MAX_COPIES = 3 };

const uint64_t fuzz_waits_ps[FUZZ_WAITS] = {1,        US,     10 * US,      MS,
                                            200 * MS, SECOND, 100 * SECOND, 1000 * SECOND};

struct replay_config fuzz_config(const uint8_t *choice)
{
    static const uint64_t millionths[] = {1, 1000000, 7777777, 1000000000000};
    struct replay_config config = bench_config();

    config.card = choice[0] & 1   ? "auto"
                  : choice[0] & 2 ? "0.0.0.0/1 ::/1"
                                  : "10.0.0.2 fd00::2 10.0.0.9";
    config.fix_checksums = choice[0] & 4;
    config.repair = choice[0] & 8;
    config.max_gap_ps = choice[0] & 32 ? 0 : choice[0] & 16 ? SECOND : 10000 * SECOND;
    config.refuse_after_ps = fuzz_waits_ps[choice[1] & 7];
    config.mtu_bytes = choice[1] & 8 ? 576 : choice[1] & 16 ? 9000 : 1500;
    config.rate = (enum replay_rate)(choice[2] & 3);
    config.rate_millionths = millionths[choice[2] >> 2 & 3];
    config.max_open = choice[2] >> 4 & 3;
    config.passes = 1 + choice[3] % MAX_PASSES;
    config.copies = 1 + choice[4] % MAX_COPIES;
    config.limit_frames = choice[5] & 1 ? choice[5] : 0;
    config.duration_ps = choice[6] & 1 ? fuzz_waits_ps[choice[6] >> 1 & 7] : 0;
    return config;
}

void fuzz_check_counts(const struct replay *replay)
{
    const struct replay_counts *counts = replay_counts(replay);
    /* The pieces of a segment count from when it is split, before they are taken. */
    uint64_t expected = counts->toward_card + counts->pieces_added;
    uint64_t settled = counts->frames_captured + counts->acknowledgements_merged +
                       counts->frames_left_out + counts->frames_after_reset +
                       counts->frames_after_duration + counts->cut_headers_skipped;

    fuzz_check(expected >= settled);
    if (replay_exhausted(replay))
        fuzz_check(expected == settled);
    fuzz_check(counts->connections_midstream <= counts->connections);
    fuzz_check(counts->connections_opened + counts->connections_refused <= counts->connections);
    fuzz_check(counts->connections_finished <= counts->connections_opened);
    fuzz_check(counts->connections_reset <= counts->connections_opened);
    fuzz_check(counts->server_mismatched_bytes <= counts->server_bytes_sent);
}
