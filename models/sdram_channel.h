/* sdram_channel.h - one channel of a DRAM controller: its queues and its choice of commands. sdram.h has the
 * contract; the functions here are those of one channel. */
#ifndef MODELS_SDRAM_CHANNEL_H
#define MODELS_SDRAM_CHANNEL_H

#include "models/sdram.h"
#include "models/sdram_bank.h"
#include "models/sdram_map.h"

struct sdram_channel;

/* All that is given must live as long as the channel. */
struct sdram_channel *sdram_channel_new(const struct sdram_config *config, const struct sdram_map *map,
                                        struct sdram_counts *counts, sdram_tell *tell, void *context);
void sdram_channel_free(struct sdram_channel *channel);
bool sdram_channel_has_room(const struct sdram_channel *channel, bool is_write);
void sdram_channel_submit(struct sdram_channel *channel, uint64_t clock, uint64_t address, bool is_write,
                          void *owner);
void sdram_channel_run(struct sdram_channel *channel, uint64_t until);
uint64_t sdram_channel_next(const struct sdram_channel *channel);
void sdram_channel_write_back(struct sdram_channel *channel, uint64_t clock);

#endif
