/* fuzz_replay.h - what the fuzzers of the replay share: the configuration, and what must hold at the end. */
#ifndef TESTS_FUZZ_FUZZ_REPLAY_H
#define TESTS_FUZZ_FUZZ_REPLAY_H

#include "traces/replay.h"

/* The first bytes of an input. One more setting takes the next byte, and FUZZ_CONFIG_BYTES counts it; inputs
 * that were found before keep their meaning, because what is left of FUZZ_REPLAY_BYTES comes from the end. */
enum { FUZZ_CONFIG_BYTES = 7 };
struct replay_config fuzz_config(const uint8_t *choice);

#define FUZZ_WAITS 8 /* from a picosecond to a thousand seconds */
extern const uint64_t fuzz_waits_ps[FUZZ_WAITS];

/* The account of frames in replay.h, and what else holds of the counts at any time. */
void fuzz_check_counts(const struct replay *replay);

#endif
