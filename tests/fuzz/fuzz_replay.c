#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_replay.h"
#include "tests/traces/replay_bench.h"

/* Bounds of one input, so that it ends soon: what matters is what happens, not how often. */
enum { END_S = 1000, MOST_FRAMES = 20000 };

static const uint16_t windows[] = {0, 1, 100, 536, 1460, 4000, 30000, 65535};

static struct card_options card_of(const uint8_t *choice)
{
    struct card_options options = card_ideal();

    options.isn = choice[7] & 1 ? 0xfffffff0 : 7;
    options.scale = choice[7] & 2 ? -1 : choice[7] >> 2 & 15;
    options.stamps = choice[8] & 1;
    options.sack = choice[8] & 2;
    options.mss = choice[8] & 4 ? 0 : choice[8] & 8 ? 88 : 1460;
    options.window_bytes = windows[choice[9] & 7];
    options.delay_ps = fuzz_waits_ps[choice[10] & 3];
    options.drop_every = choice[11] & 1 ? 2 + choice[11] / 8 : 0;
    options.refuse_every = choice[12] & 1 ? 1 + choice[12] / 8 : 0;
    options.read_every_ps = choice[13] & 1 ? fuzz_waits_ps[3 + (choice[13] >> 1 & 1)] : 0;
    options.loses_answers = choice[14] & 1;
    options.keeps_everything = true;
    options.most_frames = MOST_FRAMES;
    return options;
}

int fuzz_replay(const uint8_t *data, size_t bytes)
{
    struct diagnostics diagnostics;

    if (bytes < FUZZ_REPLAY_BYTES)
        return 0;
    struct replay_config config = fuzz_config(data);
    struct card_options options = card_of(data);
    struct card_figures figures;

    diagnostics_init(&diagnostics);
    config.capture = fuzz_file(data + FUZZ_REPLAY_BYTES, bytes - FUZZ_REPLAY_BYTES);
    struct replay *replay = replay_open(&config, &diagnostics);
    fuzz_check(replay || diagnostics.errors);
    if (replay) {
        card_run(replay, &options, &figures, END_S * SECOND);
        fuzz_check_counts(replay);
        replay_close(replay);
    }
    diagnostics_clear(&diagnostics);
    fuzz_file_close();
    return 0;
}
