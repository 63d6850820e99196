/* batches.h - confidence in the mean of a simulation's output, whose samples depend on their neighbours: batch means.
 *
 * The time measured is cut into BATCHES_COUNT equal parts; the means of these are nearly independent and nearly normal if the
 * parts are long against the correlation (Law and Kelton, Simulation Modeling and Analysis, chapter 9; Jain, The Art of
 * Computer Systems Performance Analysis, section 25.5). Of m batch means with standard deviation s the 95 per cent confidence
 * interval of their mean is +- t * s / sqrt(m), with Student's t for m - 1 degrees of freedom.
 *
 * Samples come in the order of time; nothing is known of the end before it comes. So they are gathered in bins, of which
 * two neighbours become one when there are too many:
 *
 *     bin      0 .. interval .. 2 interval .. ...       at most BATCHES_BINS, at least half as many in the end
 *     batch    as many whole bins as fit BATCHES_COUNT times; what is left at the end, under 1/16 of the time, is left out
 */
#ifndef ANALYSIS_BATCHES_H
#define ANALYSIS_BATCHES_H

#include <stdbool.h>
#include <stdint.h>

enum { BATCHES_COUNT = 20, BATCHES_BINS = 640 };

struct batch_bin {
    uint64_t frames, bytes;  /* delivered, as on the wire without FCS */
    unsigned __int128 latency_ps; /* their sum */
};

struct batches {
    uint64_t interval_ps; /* of a bin */
    struct batch_bin bins[BATCHES_BINS];
};

struct batches_estimate { /* NAN: fewer than BATCHES_COUNT batches with frames in them */
    double mean, half_width; /* of the 95 per cent confidence interval */
    double lag_1;            /* correlation of neighbouring batches: above 0.3 or so the batches are too short */
    bool is_stationary;      /* the means of both halves differ by no more than their intervals; false if NAN */
};

void batches_init(struct batches *batches);

/* at_ps: since the time measured began. */
void batches_add(struct batches *batches, uint64_t at_ps, uint32_t bytes, uint64_t latency_ps);

/* Bits a second on the wire with FCS, and picoseconds; span_ps: how long was measured. */
struct batches_estimate batches_delivered(const struct batches *batches, uint64_t span_ps);
struct batches_estimate batches_latency(const struct batches *batches, uint64_t span_ps);

/* Student's t, two-sided 95 per cent; degrees 1 .. (from a table up to 30, then 1.96 and a little). */
double batches_student_t(unsigned degrees);

#endif
