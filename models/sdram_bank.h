/* sdram_bank.h - what the banks of a channel allow: the earliest legal clock of each command.
 *
 * Models     row state of every bank and the rules between commands at four levels: bank (tRCD, tRP, tRAS, tRC,
 *            tRTP, tWR), bank group (tRRD_L, tCCD_L, tWTR_L), rank (tRRD_S, tCCD_S, tWTR_S, tFAW, t32AW, tPPD,
 *            tRFC) and channel (the data bus between ranks, tRTRS). Legality only: what to issue is the
 *            controller's choice.
 * Leaves out power-down, self-refresh, refresh of single banks, ODT, calibration.
 *
 * Timing     of one bank, B = burst clocks, R a read command, W a write, A activate, P precharge:
 *
 *                A --tRCD--> R --CL--> data B                 R --tRTP--> P --tRP--> A
 *                A ------tRAS------------------------> P      W --CWL + B + tWR--> P
 *                A ------tRC----------------------------------------------> A
 *                R --CL + B - CWL + tRTRS--> W                W --CWL + B + tWTR--> R
 *
 * Errors     none: an illegal command is the controller's bug and fails a check.
 */
#ifndef MODELS_SDRAM_BANK_H
#define MODELS_SDRAM_BANK_H

#include "models/sdram_config.h"

#include <stdbool.h>

enum sdram_command { SDRAM_ACTIVATE, SDRAM_PRECHARGE, SDRAM_READ, SDRAM_WRITE, SDRAM_REFRESH, SDRAM_COMMANDS };
enum { SDRAM_NO_ROW = -1, SDRAM_MAX_GROUPS = 16, SDRAM_WINDOW = 32 };

struct sdram_bank {
    int64_t open_row;              /* SDRAM_NO_ROW: closed */
    unsigned accesses;             /* of the open row since it was opened */
    uint64_t from[SDRAM_COMMANDS]; /* earliest clocks by the bank's own rules */
};

struct sdram_rank {
    uint64_t from[SDRAM_COMMANDS];                         /* of any bank of the rank */
    uint64_t group_from[SDRAM_MAX_GROUPS][SDRAM_COMMANDS]; /* of any bank of a group */
    uint64_t activated[SDRAM_WINDOW];                      /* clocks of the last activations, a ring */
    uint64_t activations;                                  /* so far */
    struct sdram_bank banks[SDRAM_MAX_BANKS];              /* group * banks of a group + bank */
};

struct sdram_banks {
    const struct sdram_config *config; /* the controller's */
    struct sdram_rank ranks[SDRAM_MAX_RANKS];
};

void sdram_banks_init(struct sdram_banks *banks, const struct sdram_config *config);

/* The earliest clock for the command, given the commands so far; bank: within the rank. SDRAM_REFRESH is of a whole
 * rank (bank is not looked at), and every bank must be closed. */
uint64_t sdram_banks_earliest(const struct sdram_banks *banks, enum sdram_command command, unsigned rank,
                              unsigned bank);

/* The command is issued at this clock. row: for SDRAM_ACTIVATE. close: a read or write that closes its row itself
 * (auto precharge). */
void sdram_banks_issue(struct sdram_banks *banks, enum sdram_command command, unsigned rank, unsigned bank,
                       uint64_t clock, uint32_t row, bool close);

#endif
