#include "models/sdram_map.h"

#include <string.h>

static unsigned bits_of(uint64_t power_of_two)
{
    return (unsigned)__builtin_ctzll(power_of_two);
}

const char *sdram_map_init(struct sdram_map *map, const struct sdram_config *config)
{
    static const char names[SDRAM_FIELDS][3] = {"ro", "ch", "ra", "ba", "bg", "co"};
    const char *mapping = config->mapping ? config->mapping : "rochrababgco";
    unsigned bits[SDRAM_FIELDS] = {
        [SDRAM_ROW] = bits_of(config->rows),        [SDRAM_CHANNEL] = bits_of(config->channels),
        [SDRAM_RANK] = bits_of(config->ranks),      [SDRAM_BANK] = bits_of(config->banks),
        [SDRAM_GROUP] = bits_of(config->bankgroups), [SDRAM_COLUMN] = bits_of(config->columns / config->bl)};
    unsigned seen = 0, at = bits_of(config->access_bytes);

    if (strlen(mapping) != 2 * SDRAM_FIELDS)
        return "expected ro, ch, ra, ba, bg and co once each, the highest first";
    map->byte_bits = at;
    for (unsigned place = SDRAM_FIELDS; place-- > 0;) {
        unsigned field = 0;
        while (field < SDRAM_FIELDS && memcmp(names[field], mapping + 2 * place, 2))
            field++;
        if (field == SDRAM_FIELDS || (seen & 1u << field))
            return "expected ro, ch, ra, ba, bg and co once each, the highest first";
        seen |= 1u << field;
        map->shift[field] = at;
        map->mask[field] = (uint32_t)((1ull << bits[field]) - 1);
        at += bits[field];
    }
    return NULL;
}
