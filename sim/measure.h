/* measure.h - the section [measure] of a scenario: which part of a run its figures are of.
 *
 *     first frame offered        warm-up over              duration over        cooldown over
 *     |---------- warmup ---------|-------- duration -------|----- cooldown -----|
 *                                  statistics begin anew     and are taken        the run ends
 *
 * Each is a time ("5ms"), a number of frames offered ("10k frames") or of connections that the card opened
 * ("500 connections"). Without a duration the window lasts to the end of the run, without a cooldown the run goes
 * on to its own end. What ends by a count ends MEASURE_NOTICE_PS after the frame or SYN-ACK that completes it, and a
 * warm-up that is not given as long after the first frame: cores that run ahead must know in time, so a time is not
 * shorter either. */
#ifndef SIM_MEASURE_H
#define SIM_MEASURE_H

#include "sim/sim.h"

#define MEASURE_NOTICE_PS 10000000ull /* 10 us */

enum measure_unit { MEASURE_NONE, MEASURE_TIME, MEASURE_FRAMES, MEASURE_CONNECTIONS };

struct measure_extent {
    enum measure_unit unit; /* NONE: not given; of the warm-up: there is none */
    uint64_t count;         /* ps, frames or connections */
};

struct measure {
    struct part part;
    char *warmup_text, *duration_text, *cooldown_text;
    struct measure_extent warmup, duration, cooldown;
};

extern const struct part_kind measure_kind;

/* "" is NONE, and "0" of any unit. False: *wrong says why; g_free() it. */
bool measure_parse(struct measure_extent *extent, const char *text, char **wrong);

#endif
