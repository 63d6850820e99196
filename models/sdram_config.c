#include "models/sdram_config.h"

#include "models/sdram_map.h"

#include <glib.h>
#include <stdarg.h>

const char *const sdram_part_names[] = {"ddr3-1600", "ddr4-2400", "gddr5", NULL};
const char *const sdram_part_titles[] = {"DDR3-1600 4Gb x8", "DDR4-2400 8Gb x8", "GDDR5 8Gb x32", NULL};
const char *const sdram_page_names[] = {"open", "closed", NULL};
const char *const sdram_scheduler_names[] = {"fr-fcfs", "fcfs", NULL};
const char *const sdram_part_word[] = {"part", NULL};

/* Values are those of DRAMsim3's device files of these speed grades. tWTR is also what the standards give: DDR3
 * (JESD79-3) max(4 nCK, 7.5 ns) = 6; DDR4 (JESD79-4) max(2 nCK, 2.5 ns) = 3 and max(4 nCK, 7.5 ns) = 9. tRTRS, a
 * clock for the turn of the data bus, is a choice of these files; tWTR, tPPD and t32AW of GDDR5 are taken from its
 * file alone. Sizes: 64 data bits of eight devices in
 * two ranks (GDDR5: 128 bits of four devices, one rank, its bank groups not enabled), as in these files. */
static const struct sdram_config parts[SDRAM_PARTS] = {
    [SDRAM_DDR3_1600] = {.tck_ps = 1250, .cl = 11, .cwl = 8, .trcdrd = 11, .trcdwr = 11, .trp = 11, .tras = 28,
                         .trfc = 208, .trefi = 6240, .tfaw = 24, .trrd_s = 5, .trrd_l = 5, .tccd_s = 4,
                         .tccd_l = 4, .trtp = 6, .twr = 12, .twtr_s = 6, .twtr_l = 6, .trtrs = 1, .bl = 8,
                         .transfers = 2, .bus_width_bits = 64, .ranks = 2, .bankgroups = 1, .banks = 8,
                         .rows = 65536, .columns = 1024},
    [SDRAM_DDR4_2400] = {.tck_ps = 830, .cl = 17, .cwl = 12, .trcdrd = 17, .trcdwr = 17, .trp = 17, .tras = 39,
                         .trfc = 420, .trefi = 9360, .tfaw = 26, .trrd_s = 4, .trrd_l = 6, .tccd_s = 4,
                         .tccd_l = 6, .trtp = 9, .twr = 18, .twtr_s = 3, .twtr_l = 9, .trtrs = 1, .bl = 8,
                         .transfers = 2, .bus_width_bits = 64, .ranks = 2, .bankgroups = 4, .banks = 4,
                         .rows = 65536, .columns = 1024},
    [SDRAM_GDDR5] = {.tck_ps = 667, .cl = 24, .cwl = 7, .trcdrd = 24, .trcdwr = 20, .trp = 24, .tras = 56,
                     .trfc = 74, .trefi = 3800, .tfaw = 40, .t32aw = 360, .trrd_s = 10, .trrd_l = 10, .tccd_s = 2,
                     .tccd_l = 3, .trtp = 2, .twr = 24, .twtr_s = 10, .twtr_l = 10, .trtrs = 1, .tppd = 5,
                     .bl = 8, .transfers = 4, .bus_width_bits = 128, .ranks = 1, .bankgroups = 1, .banks = 16,
                     .rows = 16384, .columns = 1024},
};

/* The numbers that a part has: where the user gave the word, its value is taken. */
#define NUMBER(key, field) {key, offsetof(struct sdram_config, field)}
static const struct number {
    const char *key;
    size_t offset;
} numbers[] = {
    NUMBER("tck", tck_ps), NUMBER("cl", cl), NUMBER("cwl", cwl), NUMBER("trcdrd", trcdrd),
    NUMBER("trcdwr", trcdwr), NUMBER("trp", trp), NUMBER("tras", tras), NUMBER("trfc", trfc),
    NUMBER("trefi", trefi), NUMBER("tfaw", tfaw), NUMBER("t32aw", t32aw), NUMBER("trrd_s", trrd_s),
    NUMBER("trrd_l", trrd_l), NUMBER("tccd_s", tccd_s), NUMBER("tccd_l", tccd_l), NUMBER("trtp", trtp),
    NUMBER("twr", twr), NUMBER("twtr_s", twtr_s), NUMBER("twtr_l", twtr_l), NUMBER("trtrs", trtrs),
    NUMBER("tppd", tppd), NUMBER("bl", bl), NUMBER("transfers", transfers),
    NUMBER("bus_width", bus_width_bits), NUMBER("ranks", ranks), NUMBER("bankgroups", bankgroups),
    NUMBER("banks", banks), NUMBER("rows", rows), NUMBER("columns", columns),
};
static const char *const powers[] = {"bl", "transfers", "bus_width", "ranks", "bankgroups", "banks",
                                     "rows", "columns"};

static uint64_t *field_of(struct sdram_config *config, size_t offset)
{
    return (uint64_t *)((char *)config + offset);
}

struct teller {
    void (*tell)(void *owner, const char *key, const char *text);
    void *owner;
    bool told;
};

static void __attribute__((format(printf, 3, 4))) wrong(struct teller *teller, const char *key,
                                                        const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    teller->tell(teller->owner, key, text);
    teller->told = true;
    g_free(text);
}

static bool is_power_of_two(uint64_t number)
{
    return number && !(number & (number - 1));
}

static void check_sizes(struct sdram_config *config, struct teller *teller)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(powers); i++)
        for (unsigned n = 0; n < G_N_ELEMENTS(numbers); n++)
            if (!g_strcmp0(powers[i], numbers[n].key) &&
                !is_power_of_two(*field_of(config, numbers[n].offset)))
                wrong(teller, powers[i], "%llu: expected a power of two",
                      (unsigned long long)*field_of(config, numbers[n].offset));
    if (!is_power_of_two(config->channels))
        wrong(teller, "channels", "%llu: expected a power of two", (unsigned long long)config->channels);
    if (config->bus_width_bits % 8)
        wrong(teller, "bus_width", "%llu: expected 8 bits or more", (unsigned long long)config->bus_width_bits);
    if (config->bl < config->transfers)
        wrong(teller, "bl", "%llu: expected a clock's transfers (%llu) or more", (unsigned long long)config->bl,
              (unsigned long long)config->transfers);
    if (config->columns < config->bl)
        wrong(teller, "columns", "%llu: expected a burst (bl = %llu) or more", (unsigned long long)config->columns,
              (unsigned long long)config->bl);
    if (config->bankgroups * config->banks > SDRAM_MAX_BANKS)
        wrong(teller, "banks", "%llu in each of %llu bank groups: expected %d or fewer in all",
              (unsigned long long)config->banks, (unsigned long long)config->bankgroups, SDRAM_MAX_BANKS);
    if (config->write_low >= config->transactions)
        wrong(teller, "write_low", "%llu: expected fewer than the %llu that the write buffer holds (transactions)",
              (unsigned long long)config->write_low, (unsigned long long)config->transactions);
}

/* Between its refreshes a rank must get an access done, or it would never answer. */
static void check_refresh(struct sdram_config *config, struct teller *teller)
{
    uint64_t busy = config->trfc + config->trc + config->trcdrd + config->trcdwr + config->cl + config->cwl +
                    2 * config->burst_clocks + config->twr + config->trtp + config->twtr_l + config->tfaw +
                    config->t32aw + config->bankgroups * config->banks * (1 + config->tppd);

    if (config->trefi && config->trefi < 2 * config->ranks * busy)
        wrong(teller, "trefi", "%llu clocks: expected 0 (no refresh), or %llu or more, so that there is time "
              "between refreshes", (unsigned long long)config->trefi, (unsigned long long)(2 * config->ranks * busy));
}

bool sdram_config_finish(struct sdram_config *config,
                         void (*tell)(void *owner, const char *key, const char *text), void *owner)
{
    struct teller teller = {.tell = tell, .owner = owner};
    const struct sdram_config *part = &parts[config->part];

    if (config->trcd != PARAMETER_WORD) {
        if (config->trcdrd == PARAMETER_WORD)
            config->trcdrd = config->trcd;
        if (config->trcdwr == PARAMETER_WORD)
            config->trcdwr = config->trcd;
    }
    for (unsigned n = 0; n < G_N_ELEMENTS(numbers); n++)
        if (*field_of(config, numbers[n].offset) == PARAMETER_WORD)
            *field_of(config, numbers[n].offset) = *(const uint64_t *)((const char *)part + numbers[n].offset);
    if (config->trc == PARAMETER_WORD)
        config->trc = config->tras + config->trp;
    if (config->channels == PARAMETER_WORD)
        config->channels = 1;
    /* DRAMsim3's controller: eight commands a bank, 32 reads and 32 writes before them. */
    if (config->queue == PARAMETER_WORD)
        config->queue = 8;
    if (config->transactions == PARAMETER_WORD)
        config->transactions = 32;
    if (config->write_low == PARAMETER_WORD)
        config->write_low = config->transactions > 8 ? 8 : config->transactions - 1;
    check_sizes(config, &teller);
    if (teller.told)
        return false;
    config->burst_clocks = config->bl / config->transfers;
    config->access_bytes = config->bus_width_bits / 8 * config->bl;
    config->bank_bytes = config->rows * config->columns * (config->bus_width_bits / 8);
    config->bytes = config->bank_bytes * config->banks * config->bankgroups * config->ranks * config->channels;
    check_refresh(config, &teller);
    struct sdram_map map;
    const char *why = sdram_map_init(&map, config);
    if (why)
        wrong(&teller, "mapping", "%s: %s", config->mapping, why);
    return !teller.told;
}

static void ignore(void *owner, const char *key, const char *text)
{
    (void)owner;
    (void)key;
    (void)text;
}

void sdram_config_preset(struct sdram_config *config, unsigned part)
{
    *config = (struct sdram_config){.part = part};
    for (unsigned n = 0; n < G_N_ELEMENTS(numbers); n++)
        *field_of(config, numbers[n].offset) = PARAMETER_WORD;
    config->trcd = config->trc = config->channels = config->queue = config->transactions = config->write_low =
        PARAMETER_WORD;
    (void)sdram_config_finish(config, ignore, NULL);
}
