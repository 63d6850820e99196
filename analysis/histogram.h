/* histogram.h - how often each latency occurred, in little memory, with a known error.
 *
 * Values are unsigned 64-bit integers (picoseconds). Each octave [2^m, 2^(m+1)) is cut into 1,024
 * buckets of equal width, so a value below 2,048 has a bucket of its own and every other shares one
 * with values that differ from it by less than 1/1024 of it:
 *
 *     value    0 .. 2047   2048 .. 4095   4096 .. 8191   ...   2^63 .. 2^64-1
 *     width        1             2              4        ...        2^53
 *
 * The number of samples, their sum, the smallest and the largest are exact. The result depends on
 * the samples only, not on their order, nor on how they were spread over histograms that were
 * merged.
 *
 * An octave's buckets (8 KiB) are allocated when its first sample comes: latencies from 1 us to
 * 10 ms take 112 KiB, all of the range 440 KiB. When memory ends the program does (glib's
 * allocator).
 */
#ifndef ANALYSIS_HISTOGRAM_H
#define ANALYSIS_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_OCTAVE_BITS 10 /* 2^10 buckets an octave */
#define HISTOGRAM_OCTAVES     (64 - HISTOGRAM_OCTAVE_BITS + 1)

struct histogram {
    uint64_t count;
    uint64_t min, max;                    /* of the samples; 0 when there are none */
    unsigned __int128 sum;                /* of the samples, exact */
    uint64_t *octaves[HISTOGRAM_OCTAVES]; /* owned; NULL: all buckets of it are 0 */
};

void histogram_init(struct histogram *histogram);
void histogram_clear(struct histogram *histogram); /* forgets the samples, keeps the memory */
void histogram_free(struct histogram *histogram);  /* what it holds; then it is as after init */

void histogram_add(struct histogram *histogram, uint64_t value);

/* Adds all samples of other, which stays as it is; the two may be the same. */
void histogram_merge(struct histogram *histogram, const struct histogram *other);

/* The sample of the rank ceil(count * per_10000 / 10000), rounded up to the end of its bucket (by
 * less than 1/1024 of it) but never above the largest sample. The smallest sample (also for 0) and
 * the largest are exact. 9,999 is the percentile 99.99; per_10000 is 0 .. 10,000. 0 without
 * samples. */
uint64_t histogram_percentile(const struct histogram *histogram, unsigned per_10000);

#endif
