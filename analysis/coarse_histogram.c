#include "analysis/coarse_histogram.h"

#include <glib.h>

enum { BITS = COARSE_OCTAVE_BITS, IN_OCTAVE = 1 << BITS };

/* Octave 0 holds 0 .. IN_OCTAVE-1, octave n >= 1 the values of BITS + n significant bits in buckets 2^(n-1) wide. */
static unsigned bucket_of(uint64_t value)
{
    unsigned octave = value < IN_OCTAVE ? 0 : 64 - BITS - (unsigned)__builtin_clzll(value);
    uint64_t shifted = octave ? value >> (octave - 1) : value;

    return octave * IN_OCTAVE + (unsigned)(shifted & (IN_OCTAVE - 1));
}

static uint64_t last_of_bucket(unsigned bucket)
{
    unsigned octave = bucket / IN_OCTAVE;
    uint64_t place = bucket % IN_OCTAVE;

    return octave ? ((IN_OCTAVE + place) << (octave - 1)) + ((UINT64_C(1) << (octave - 1)) - 1) : place;
}

static void add_to(uint32_t *bucket, uint32_t samples)
{
    *bucket = samples > UINT32_MAX - *bucket ? UINT32_MAX : *bucket + samples;
}

void coarse_histogram_add(struct coarse_histogram *histogram, uint64_t value)
{
    add_to(&histogram->buckets[bucket_of(value)], 1);
    histogram->count++;
    histogram->max = MAX(histogram->max, value);
}

void coarse_histogram_merge(struct coarse_histogram *histogram, const struct coarse_histogram *other)
{
    if (!other->count)
        return;
    for (unsigned i = 0; i < COARSE_BUCKETS; i++)
        add_to(&histogram->buckets[i], other->buckets[i]);
    histogram->count += other->count;
    histogram->max = MAX(histogram->max, other->max);
}

uint64_t coarse_histogram_percentile(const struct coarse_histogram *histogram, unsigned per_100)
{
    uint64_t rank = (uint64_t)(((unsigned __int128)histogram->count * per_100 + 99) / 100), passed = 0;

    for (unsigned i = 0; histogram->count && i < COARSE_BUCKETS; i++) {
        passed += histogram->buckets[i];
        if (passed >= rank)
            return MIN(last_of_bucket(i), histogram->max);
    }
    return histogram->max; /* buckets that were full */
}
