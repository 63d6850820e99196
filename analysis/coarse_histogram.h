/* coarse_histogram.h - the latencies of one interval of a timeline: a fixed 8 KiB, so that a thousand of them can be
 * kept.
 *
 * As histogram.h, with 32 buckets an octave instead of 1,024: a percentile is rounded up by less than 1/32 of it. The
 * number of samples and the largest are exact, and merging two is exact too: the result is as if all samples had been
 * added to one. A bucket holds up to 2^32-1 samples and stays there. All zero is empty. */
#ifndef ANALYSIS_COARSE_HISTOGRAM_H
#define ANALYSIS_COARSE_HISTOGRAM_H

#include <stdint.h>

#define COARSE_OCTAVE_BITS 5 /* 2^5 buckets an octave */
#define COARSE_BUCKETS     ((64 - COARSE_OCTAVE_BITS + 1) << COARSE_OCTAVE_BITS)

struct coarse_histogram {
    uint64_t count, max; /* of the samples */
    uint32_t buckets[COARSE_BUCKETS];
};

void coarse_histogram_add(struct coarse_histogram *histogram, uint64_t value);
void coarse_histogram_merge(struct coarse_histogram *histogram, const struct coarse_histogram *other);

/* The sample of the rank ceil(count * per_100 / 100), rounded up to the end of its bucket but never above the largest
 * sample; per_100 is 1 .. 100. 0 without samples. */
uint64_t coarse_histogram_percentile(const struct coarse_histogram *histogram, unsigned per_100);

#endif
