/* sdram_config.h - what a DRAM device and its controller are like: presets by part name, and their checks.
 *
 * All values are in clocks of the device's command clock (CK) unless their names say otherwise; names are
 * those of the JEDEC standards (JESD79-3 for DDR3, JESD79-4 for DDR4, JESD212 for GDDR5), in lower case. A
 * value that the user leaves alone is PARAMETER_WORD until sdram_config_finish() puts the part's own there.
 */
#ifndef MODELS_SDRAM_CONFIG_H
#define MODELS_SDRAM_CONFIG_H

#include "sim/part.h"

enum { SDRAM_DDR3_1600, SDRAM_DDR4_2400, SDRAM_GDDR5, SDRAM_PARTS };
enum { SDRAM_OPEN_PAGE, SDRAM_CLOSED_PAGE };
enum { SDRAM_FR_FCFS, SDRAM_FCFS };
enum { SDRAM_MAX_CHANNELS = 16, SDRAM_MAX_RANKS = 8, SDRAM_MAX_BANKS = 64 /* of a rank */ };

extern const char *const sdram_part_names[]; /* by enum; ends with NULL */
extern const char *const sdram_part_titles[];
extern const char *const sdram_page_names[];
extern const char *const sdram_scheduler_names[];
extern const char *const sdram_part_word[]; /* "part": as the part has it */

struct sdram_config {
    unsigned part, page, scheduler;
    uint64_t tck_ps;
    uint64_t cl, cwl, trcd, trcdrd, trcdwr, trp, tras, trc; /* trcd: of both, where they are not given */
    uint64_t trfc, trefi; /* trefi 0: no refresh */
    uint64_t tfaw, t32aw, trrd_s, trrd_l, tccd_s, tccd_l, trtp, twr, twtr_s, twtr_l, trtrs, tppd;
    uint64_t bl;              /* transfers of a burst */
    uint64_t transfers;       /* on a data pin in a clock: 2 (DDR), 4 (GDDR5) */
    uint64_t bus_width_bits;  /* of a channel: the devices of a rank side by side */
    uint64_t channels, ranks, bankgroups, banks; /* banks: of a group */
    uint64_t rows, columns;   /* of a bank; a column is a transfer of the bus's width */
    uint64_t queue;           /* commands that a bank's queue holds */
    uint64_t transactions;    /* that the read queue holds, and the write buffer, of a channel */
    uint64_t write_low;       /* an idle controller writes back if more than these wait */
    char *mapping;            /* "rochrababgco"; NULL: that */
    /* derived */
    uint64_t burst_clocks, access_bytes; /* of one burst */
    uint64_t bank_bytes, bytes;          /* of one bank; in all */
};

/* The rows of a parameter table for a structure of this type that holds a struct sdram_config as `member`. */
#define SDRAM_CLOCKS(type, member, key, most, help) \
    {#key, PARAMETER_COUNT, offsetof(type, member.key), "part", 0, most, sdram_part_word, help}
#define SDRAM_SIZE(type, member, key, field, most, help) \
    {key, PARAMETER_COUNT, offsetof(type, member.field), "part", 1, most, sdram_part_word, help}
#define SDRAM_PARAMETERS(type, member) \
    {"tck", PARAMETER_TIME, offsetof(type, member.tck_ps), "part", 100, 1000000, sdram_part_word, \
     "DRAM: period of its command clock."}, \
    SDRAM_CLOCKS(type, member, cl, 255, "DRAM: clocks from a read command to its first data."), \
    SDRAM_CLOCKS(type, member, cwl, 255, "DRAM: clocks from a write command to its first data."), \
    SDRAM_CLOCKS(type, member, trcd, 255, "DRAM: clocks from activating a row to a read or write."), \
    SDRAM_CLOCKS(type, member, trcdrd, 255, "DRAM: trcd of reads, where it differs."), \
    SDRAM_CLOCKS(type, member, trcdwr, 255, "DRAM: trcd of writes, where it differs."), \
    SDRAM_CLOCKS(type, member, trp, 255, "DRAM: clocks from precharging a bank to activating a row of it."), \
    SDRAM_CLOCKS(type, member, tras, 255, "DRAM: clocks that a row is open at least."), \
    SDRAM_CLOCKS(type, member, trc, 1023, \
                 "DRAM: clocks between activations of one bank; part: tras + trp."), \
    SDRAM_CLOCKS(type, member, trfc, 4095, "DRAM: clocks that a refresh takes."), \
    SDRAM_CLOCKS(type, member, trefi, 1000000, "DRAM: clocks between refreshes of a rank; 0: none."), \
    SDRAM_CLOCKS(type, member, tfaw, 1023, "DRAM: clocks in which a rank takes four activations at most."), \
    SDRAM_CLOCKS(type, member, t32aw, 4095, "DRAM: clocks in which it takes 32 at most; 0: any."), \
    SDRAM_CLOCKS(type, member, trrd_s, 255, "DRAM: clocks between activations in two bank groups."), \
    SDRAM_CLOCKS(type, member, trrd_l, 255, "DRAM: clocks between activations in one bank group."), \
    SDRAM_CLOCKS(type, member, tccd_s, 255, "DRAM: clocks between reads, or writes, in two bank groups."), \
    SDRAM_CLOCKS(type, member, tccd_l, 255, "DRAM: clocks between reads, or writes, in one bank group."), \
    SDRAM_CLOCKS(type, member, trtp, 255, "DRAM: clocks from a read to a precharge."), \
    SDRAM_CLOCKS(type, member, twr, 255, "DRAM: clocks from the end of written data to a precharge."), \
    SDRAM_CLOCKS(type, member, twtr_s, 255, \
                 "DRAM: clocks from the end of written data to a read in another bank group."), \
    SDRAM_CLOCKS(type, member, twtr_l, 255, \
                 "DRAM: clocks from the end of written data to a read in its bank group."), \
    SDRAM_CLOCKS(type, member, trtrs, 255, \
                 "DRAM: clocks in which nobody drives the data bus when its driver changes."), \
    SDRAM_CLOCKS(type, member, tppd, 255, "DRAM: clocks between precharges of a rank."), \
    SDRAM_SIZE(type, member, "bl", bl, 64, "DRAM: transfers of a burst."), \
    SDRAM_SIZE(type, member, "transfers", transfers, 16, "DRAM: transfers of a data pin in a clock."), \
    SDRAM_SIZE(type, member, "bus_width", bus_width_bits, 1024, "DRAM: data bits of a channel."), \
    SDRAM_SIZE(type, member, "channels", channels, SDRAM_MAX_CHANNELS, \
               "DRAM: channels, each with a controller and data pins of its own."), \
    SDRAM_SIZE(type, member, "ranks", ranks, SDRAM_MAX_RANKS, "DRAM: ranks of a channel."), \
    SDRAM_SIZE(type, member, "bankgroups", bankgroups, 16, "DRAM: bank groups of a rank."), \
    SDRAM_SIZE(type, member, "banks", banks, 16, "DRAM: banks of a bank group."), \
    SDRAM_SIZE(type, member, "rows", rows, 1048576, "DRAM: rows of a bank."), \
    SDRAM_SIZE(type, member, "columns", columns, 65536, "DRAM: columns of a row, each as wide as the channel."), \
    SDRAM_SIZE(type, member, "queue", queue, 1024, "DRAM: commands that the controller holds for each bank."), \
    SDRAM_SIZE(type, member, "transactions", transactions, 4096, \
               "DRAM: reads, and writes, that wait before these queues."), \
    SDRAM_CLOCKS(type, member, write_low, 4096, \
                 "DRAM: a controller with empty queues writes back if more than these wait."), \
    {"page", PARAMETER_CHOICE, offsetof(type, member.page), "open", 0, 0, sdram_page_names, \
     "DRAM: rows stay open, or are closed by each access."}, \
    {"scheduler", PARAMETER_CHOICE, offsetof(type, member.scheduler), "fr-fcfs", 0, 0, sdram_scheduler_names, \
     "DRAM: a bank's queue is served row hits first, or in order."}, \
    {"mapping", PARAMETER_TEXT, offsetof(type, member.mapping), "rochrababgco", 12, 12, NULL, \
     "DRAM: how an address is cut, from the top: ro(w), ch(annel), ra(nk), ba(nk), bg (bank group), co(lumn)."}

/* Puts in what the part has where the user gave nothing, and derives the rest. False: values that do not
 * go together; every one is told to `tell` with its key. */
bool sdram_config_finish(struct sdram_config *config,
                         void (*tell)(void *owner, const char *key, const char *text), void *owner);

/* The part with nothing overridden, finished: for tests, and for programs that set fields by hand before
 * finishing again. */
void sdram_config_preset(struct sdram_config *config, unsigned part);

#endif
