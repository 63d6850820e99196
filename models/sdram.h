/* sdram.h - a DRAM controller with its devices: channels, ranks, bank groups, banks, rows.
 *
 * Models     for each channel a read queue and a write buffer, a queue a bank, one command a clock, chosen in turn
 *            over the banks' queues (a bank's row hits first: FR-FCFS; or in order: FCFS), refresh of whole
 *            ranks in turn, rows left open or closed by each access. Writes are posted: they leave the buffer when it
 *            is full, or when the queues are empty and more than write_low wait, in one go. A read of an
 *            address that waits to be written gets that data; accesses of one address that wait are
 *            merged. Every other request is a burst of its own, whatever its bytes. Bank rules are
 *            sdram_bank.h's, addresses sdram_map.h's. Data is not held here.
 * Leaves out what sdram_bank.h leaves out; more than one command a clock; a limit of merged reads.
 *
 * Timing     in clocks of its own, driven by its user, who may jump over clocks in which nothing happens. A request
 *            submitted at clock s, nothing else waiting, a read of a row that is open:
 *
 *                clock   s        s+1        s+1+CL     s+1+CL+B
 *                        in the   read       first      done
 *                        queue    command    data
 *
 *            so the latency is CL + B + 1; a closed row adds tRCD, another row tRP + tRCD. One request a clock and
 *            channel goes from the read queue or the write buffer to a bank's queue; its command is
 *            issued in the next clock at the earliest. A row with requests waiting in its bank's queue stays open
 *            for four accesses at least, then the bank's oldest request may close it. While a rank's refresh is due
 *            none of its other commands is issued. This is the schedule of DRAMsim3's controller (Li and others,
 *            IEEE CAL 2020), clock for clock, but for three things: a closed page precharges by the JEDEC rule, a
 *            write that must wait for a read of its address lets reads go on, and what is left in the buffer
 *            can be asked for (sdram_write_back).
 *
 * Errors     a request where there is no room is the user's bug and fails a check. Addresses beyond the end
 *            come round to the start.
 */
#ifndef MODELS_SDRAM_H
#define MODELS_SDRAM_H

#include "models/sdram_config.h"

#include <stdbool.h>

#define SDRAM_NEVER UINT64_MAX

enum sdram_row { SDRAM_ROW_HIT, SDRAM_ROW_CLOSED, SDRAM_ROW_CONFLICT, SDRAM_ROW_NONE /* merged or forwarded */ };

struct sdram_done {
    void *owner; /* as submitted */
    uint64_t address;
    bool is_write;
    enum sdram_row row;
    uint64_t submitted, done; /* clocks; done: the last data is there, in the device or at the controller */
};

/* Told when the last command of a request is issued, or it is merged: done lies ahead, and is known. */
typedef void sdram_tell(void *context, const struct sdram_done *done);

struct sdram_counts {
    uint64_t reads, writes;             /* requests done, merged ones and forwarded ones too */
    uint64_t merged_reads, merged_writes, forwarded_reads;
    uint64_t row_hits, row_closed, row_conflicts; /* of the others */
    uint64_t activations, precharges, refreshes;  /* commands; precharges: not those of closing accesses */
    uint64_t data_clocks;                         /* in which data is on the pins, over all channels */
};

struct sdram;

/* config: finished; copied. context: for tell. */
struct sdram *sdram_new(const struct sdram_config *config, sdram_tell *tell, void *context);
void sdram_free(struct sdram *sdram);

/* Whether the queue of its channel and direction has a place. address: any byte of a burst's. */
bool sdram_has_room(const struct sdram *sdram, uint64_t address, bool is_write);

/* Runs to the clock, and takes a request then. clock: not before one that was run already. */
void sdram_submit(struct sdram *sdram, uint64_t clock, uint64_t address, bool is_write, void *owner);

/* Everything that happens before clock `until`. */
void sdram_run(struct sdram *sdram, uint64_t until);

/* The next clock in which requests that were submitted may make progress; SDRAM_NEVER: all are done, but
 * for writes that stay in a buffer until more come. */
uint64_t sdram_next(const struct sdram *sdram);

/* Runs to the clock; from then on writes don't wait for more of them: at the end of a trace. */
void sdram_write_back(struct sdram *sdram, uint64_t clock);

const struct sdram_config *sdram_config_of(const struct sdram *sdram);
struct sdram_counts *sdram_counts(struct sdram *sdram); /* lives as long as the controller; may be set to 0 */

#endif
