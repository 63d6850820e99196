#include "analysis/histogram.h"

#include <assert.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>

enum {
    BITS = HISTOGRAM_OCTAVE_BITS,
    BUCKETS = 1 << BITS, /* of one octave */
};

/* Octave 0 holds the values 0 .. BUCKETS-1, octave n >= 1 those of BITS + n significant bits. */
static unsigned octave_of(uint64_t value)
{
    return value < BUCKETS ? 0 : 64 - BITS - (unsigned)__builtin_clzll(value);
}

/* Buckets of octave n >= 1 are 2^(n-1) wide: what is left of the value without its lowest n-1 bits
 * has the leading one at bit BITS and the bucket below it. */
static unsigned bucket_of(uint64_t value, unsigned octave)
{
    return (unsigned)(octave ? value >> (octave - 1) : value) & (BUCKETS - 1);
}

static uint64_t last_of_bucket(unsigned octave, unsigned bucket)
{
    if (octave == 0)
        return bucket;

    uint64_t width = UINT64_C(1) << (octave - 1);
    return ((BUCKETS + (uint64_t)bucket) << (octave - 1)) + (width - 1);
}

void histogram_init(struct histogram *histogram)
{
    *histogram = (struct histogram){0};
}

void histogram_clear(struct histogram *histogram)
{
    for (unsigned i = 0; i < HISTOGRAM_OCTAVES; i++)
        if (histogram->octaves[i])
            memset(histogram->octaves[i], 0, BUCKETS * sizeof(uint64_t));
    histogram->count = histogram->min = histogram->max = 0;
    histogram->sum = 0;
}

void histogram_free(struct histogram *histogram)
{
    for (unsigned i = 0; i < HISTOGRAM_OCTAVES; i++)
        g_free(histogram->octaves[i]);
    histogram_init(histogram);
}

static void widen(struct histogram *histogram, uint64_t min, uint64_t max)
{
    bool empty = histogram->count == 0;

    if (empty || min < histogram->min)
        histogram->min = min;
    if (empty || max > histogram->max)
        histogram->max = max;
}

static uint64_t *octave_buckets(struct histogram *histogram, unsigned octave)
{
    if (!histogram->octaves[octave])
        histogram->octaves[octave] = g_new0(uint64_t, BUCKETS);
    return histogram->octaves[octave];
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    unsigned octave = octave_of(value);

    octave_buckets(histogram, octave)[bucket_of(value, octave)]++;
    widen(histogram, value, value);
    histogram->count++;
    histogram->sum += value;
}

void histogram_merge(struct histogram *histogram, const struct histogram *other)
{
    if (other->count == 0)
        return;
    for (unsigned i = 0; i < HISTOGRAM_OCTAVES; i++) {
        if (!other->octaves[i])
            continue;
        uint64_t *buckets = octave_buckets(histogram, i);
        for (unsigned j = 0; j < BUCKETS; j++)
            buckets[j] += other->octaves[i][j];
    }
    widen(histogram, other->min, other->max);
    histogram->count += other->count;
    histogram->sum += other->sum;
}

uint64_t histogram_percentile(const struct histogram *histogram, unsigned per_10000)
{
    assert(per_10000 <= 10000);
    if (histogram->count == 0)
        return 0;

    unsigned __int128 product = (unsigned __int128)histogram->count * per_10000;
    uint64_t rank = (uint64_t)((product + 9999) / 10000);
    uint64_t passed = 0;

    if (rank <= 1)
        return histogram->min;
    for (unsigned i = 0; i < HISTOGRAM_OCTAVES; i++) {
        if (!histogram->octaves[i])
            continue;
        for (unsigned j = 0; j < BUCKETS; j++) {
            passed += histogram->octaves[i][j];
            if (passed >= rank)
                return MIN(last_of_bucket(i, j), histogram->max);
        }
    }
    assert(!"a histogram's buckets hold all of its samples");
    return histogram->max;
}
