#include "models/sdram.h"

#include "models/sdram_channel.h"
#include "sim/check.h"

#include <glib.h>

struct sdram {
    struct sdram_config config;
    struct sdram_map map;
    struct sdram_counts counts;
    struct sdram_channel *channels[SDRAM_MAX_CHANNELS];
};

struct sdram *sdram_new(const struct sdram_config *config, sdram_tell *tell, void *context)
{
    struct sdram *sdram = g_new0(struct sdram, 1);

    sdram->config = *config;
    sim_check(NULL, sdram_map_init(&sdram->map, config) == NULL);
    sdram->config.mapping = NULL; /* read, and the caller's */
    for (unsigned i = 0; i < config->channels; i++)
        sdram->channels[i] = sdram_channel_new(&sdram->config, &sdram->map, &sdram->counts, tell, context);
    return sdram;
}

void sdram_free(struct sdram *sdram)
{
    if (!sdram)
        return;
    for (unsigned i = 0; i < sdram->config.channels; i++)
        sdram_channel_free(sdram->channels[i]);
    g_free(sdram);
}

static struct sdram_channel *channel_of(const struct sdram *sdram, uint64_t address)
{
    return sdram->channels[sdram_map_field(&sdram->map, SDRAM_CHANNEL, address)];
}

bool sdram_has_room(const struct sdram *sdram, uint64_t address, bool is_write)
{
    return sdram_channel_has_room(channel_of(sdram, address), is_write);
}

void sdram_submit(struct sdram *sdram, uint64_t clock, uint64_t address, bool is_write, void *owner)
{
    sdram_channel_submit(channel_of(sdram, address), clock, address, is_write, owner);
}

void sdram_run(struct sdram *sdram, uint64_t until)
{
    for (unsigned i = 0; i < sdram->config.channels; i++)
        sdram_channel_run(sdram->channels[i], until);
}

uint64_t sdram_next(const struct sdram *sdram)
{
    uint64_t next = SDRAM_NEVER;

    for (unsigned i = 0; i < sdram->config.channels; i++) {
        uint64_t channel_next = sdram_channel_next(sdram->channels[i]);
        if (channel_next < next)
            next = channel_next;
    }
    return next;
}

void sdram_write_back(struct sdram *sdram, uint64_t clock)
{
    for (unsigned i = 0; i < sdram->config.channels; i++)
        sdram_channel_write_back(sdram->channels[i], clock);
}

const struct sdram_config *sdram_config_of(const struct sdram *sdram)
{
    return &sdram->config;
}

struct sdram_counts *sdram_counts(struct sdram *sdram)
{
    return &sdram->counts;
}
