/* sdram_map.h - which channel, rank, bank, row and column an address is in.
 *
 * An address is cut into fields in the order of a text of six pairs of letters, highest first, as DRAMsim3's
 * configurations have it; below them lie the bytes of one burst:
 *
 *     rochrababgco      | row | channel | rank | bank | bank group | column (bursts) | byte of the burst |
 *
 * Bits above the fields are left out: an address beyond the memory's end comes round to its start.
 */
#ifndef MODELS_SDRAM_MAP_H
#define MODELS_SDRAM_MAP_H

#include "models/sdram_config.h"

enum sdram_field { SDRAM_ROW, SDRAM_CHANNEL, SDRAM_RANK, SDRAM_BANK, SDRAM_GROUP, SDRAM_COLUMN, SDRAM_FIELDS };

struct sdram_map {
    unsigned byte_bits;
    unsigned shift[SDRAM_FIELDS];
    uint32_t mask[SDRAM_FIELDS];
};

/* NULL, or what is wrong with config->mapping. Sizes are powers of two. */
const char *sdram_map_init(struct sdram_map *map, const struct sdram_config *config);

static inline uint32_t sdram_map_field(const struct sdram_map *map, enum sdram_field field, uint64_t address)
{
    return (uint32_t)(address >> map->shift[field]) & map->mask[field];
}

#endif
