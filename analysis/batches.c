#include "analysis/batches.h"

#include <math.h>
#include <string.h>

enum { FIRST_INTERVAL_PS = 1000000, FCS_BYTES = 4 }; /* 1 us */

void batches_init(struct batches *batches)
{
    memset(batches, 0, sizeof *batches);
    batches->interval_ps = FIRST_INTERVAL_PS;
}

static void halve(struct batches *batches)
{
    for (unsigned i = 0; i < BATCHES_BINS / 2; i++) {
        const struct batch_bin *first = &batches->bins[2 * i], *second = first + 1;

        batches->bins[i] = (struct batch_bin){first->frames + second->frames, first->bytes + second->bytes,
                                              first->latency_ps + second->latency_ps};
    }
    memset(batches->bins + BATCHES_BINS / 2, 0, sizeof batches->bins / 2);
    batches->interval_ps *= 2;
}

void batches_add(struct batches *batches, uint64_t at_ps, uint32_t bytes, uint64_t latency_ps)
{
    while (at_ps / batches->interval_ps >= BATCHES_BINS)
        halve(batches);
    struct batch_bin *bin = &batches->bins[at_ps / batches->interval_ps];
    bin->frames++;
    bin->bytes += bytes;
    bin->latency_ps += latency_ps;
}

double batches_student_t(unsigned degrees)
{
    /* NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, column 0.975. */
    static const double table[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                                   2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                                   2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};

    if (degrees == 0)
        return INFINITY;
    /* Beyond, the first terms of its expansion in 1 / degrees; right to 0.001. */
    return degrees <= 30 ? table[degrees - 1] : 1.95996 + 2.3723 / degrees + 2.8225 / ((double)degrees * degrees);
}

/* --- Estimates ----------------------------------------------------------------------------------- */

static double mean_of(const double *values, unsigned count)
{
    double sum = 0;

    for (unsigned i = 0; i < count; i++)
        sum += values[i];
    return sum / count;
}

static double half_width_of(const double *values, unsigned count)
{
    double mean = mean_of(values, count), squares = 0;

    for (unsigned i = 0; i < count; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return batches_student_t(count - 1) * sqrt(squares / (count - 1) / count);
}

static double lag_1_of(const double *values, unsigned count)
{
    double mean = mean_of(values, count), squares = 0, products = 0;

    for (unsigned i = 0; i < count; i++) {
        squares += (values[i] - mean) * (values[i] - mean);
        if (i > 0)
            products += (values[i] - mean) * (values[i - 1] - mean);
    }
    return squares > 0 ? products / squares : 0;
}

static struct batches_estimate estimate(const double *values)
{
    enum { HALF = BATCHES_COUNT / 2 };
    double difference = fabs(mean_of(values, HALF) - mean_of(values + HALF, HALF));
    double widths = half_width_of(values, HALF) + half_width_of(values + HALF, HALF);

    return (struct batches_estimate){.mean = mean_of(values, BATCHES_COUNT),
                                     .half_width = half_width_of(values, BATCHES_COUNT),
                                     .lag_1 = lag_1_of(values, BATCHES_COUNT),
                                     .is_stationary = difference <= widths};
}

static struct batch_bin batch(const struct batches *batches, unsigned number, uint64_t bins)
{
    struct batch_bin sum = {0};

    for (uint64_t i = number * bins; i < (number + 1) * bins; i++) {
        sum.frames += batches->bins[i].frames;
        sum.bytes += batches->bins[i].bytes;
        sum.latency_ps += batches->bins[i].latency_ps;
    }
    return sum;
}

static struct batches_estimate estimate_of(const struct batches *batches, uint64_t span_ps,
                                           double (*value)(const struct batch_bin *batch, double seconds))
{
    struct batches_estimate none = {.mean = NAN, .half_width = NAN, .lag_1 = NAN};
    uint64_t whole = span_ps / batches->interval_ps, bins = whole / BATCHES_COUNT;
    double seconds = (double)bins * (double)batches->interval_ps / 1e12, values[BATCHES_COUNT];

    if (bins == 0 || bins > BATCHES_BINS / BATCHES_COUNT)
        return none; /* too short; or it goes on for long after the last frame: then the last batches would be empty */
    for (unsigned i = 0; i < BATCHES_COUNT; i++) {
        struct batch_bin sum = batch(batches, i, bins);

        if (sum.frames == 0)
            return none;
        values[i] = value(&sum, seconds);
    }
    return estimate(values);
}

static double delivered(const struct batch_bin *batch, double seconds)
{
    return 8 * ((double)batch->bytes + FCS_BYTES * (double)batch->frames) / seconds;
}

static double latency(const struct batch_bin *batch, double seconds)
{
    (void)seconds;
    return (double)batch->latency_ps / (double)batch->frames;
}

struct batches_estimate batches_delivered(const struct batches *batches, uint64_t span_ps)
{
    return estimate_of(batches, span_ps, delivered);
}

struct batches_estimate batches_latency(const struct batches *batches, uint64_t span_ps)
{
    return estimate_of(batches, span_ps, latency);
}
