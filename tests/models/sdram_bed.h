/* sdram_bed.h - a DRAM controller for tests, driven by requests at clocks of the test's choice. */
#ifndef TESTS_MODELS_SDRAM_BED_H
#define TESTS_MODELS_SDRAM_BED_H

#include "models/sdram.h"

#include <check.h>
#include <string.h>

struct sdram_bed {
    struct sdram_config config;
    struct sdram *sdram;
    uint64_t clock, first, last_data; /* of the last request; of the first; end of the last data */
    uint64_t read_clocks, reads;      /* latencies of reads, summed */
    struct sdram_done done[64];       /* the first ones, in the order of their being told */
    unsigned done_count;
};

static inline void bed_told(void *context, const struct sdram_done *done)
{
    struct sdram_bed *bed = context;

    if (bed->done_count < 64)
        bed->done[bed->done_count++] = *done;
    if (!done->is_write) {
        bed->read_clocks += done->done - done->submitted;
        bed->reads++;
    }
    if (done->done > bed->last_data)
        bed->last_data = done->done;
}

static inline void bed_wrong(void *owner, const char *key, const char *text)
{
    (void)owner;
    ck_abort_msg("%s: %s", key, text);
}

/* To be called after the test has changed bed->config. */
static inline void bed_start(struct sdram_bed *bed)
{
    ck_assert(sdram_config_finish(&bed->config, bed_wrong, NULL));
    bed->sdram = sdram_new(&bed->config, bed_told, bed);
}

static inline void bed_init(struct sdram_bed *bed, unsigned part)
{
    memset(bed, 0, sizeof *bed);
    sdram_config_preset(&bed->config, part);
}

/* At that clock, or as soon as the one before is in and there is room. Returns the clock. */
static inline uint64_t bed_request(struct sdram_bed *bed, uint64_t clock, uint64_t address, bool is_write)
{
    if (bed->first && clock <= bed->clock)
        clock = bed->clock + 1;
    sdram_run(bed->sdram, clock);
    while (!sdram_has_room(bed->sdram, address, is_write)) {
        uint64_t next = sdram_next(bed->sdram);

        ck_assert_uint_ne(next, SDRAM_NEVER);
        clock = (next > clock ? next : clock) + 1;
        sdram_run(bed->sdram, clock);
    }
    sdram_submit(bed->sdram, clock, address, is_write, NULL);
    bed->clock = clock;
    if (!bed->first)
        bed->first = clock;
    return clock;
}

static inline void bed_finish(struct sdram_bed *bed)
{
    for (uint64_t next; (next = sdram_next(bed->sdram)) != SDRAM_NEVER;)
        sdram_run(bed->sdram, next + 1);
}

#endif
