/* memory_controller.h - what stands between a bus and a memory's cells: static RAM or DRAM behind a bus interface.
 *
 * Models     the interface cuts a burst of the bus into accesses of the memory (a word of the SRAM, a burst of the
 *            DRAM) and hands over one a clock of the memory. A read holds the bus until its data can stream
 *            without a gap. A write is posted: the bus goes on when the interface has the data, and the
 *            next burst waits until all of it is handed over. sram: pipelined, an access begins in every
 *            clock and has its data access_cycles later. sdram: sdram.h.
 * Leaves out bursts that the bus takes out of order while another waits (the bus holds one at a time);
 *            read-modify-write of partial DRAM bursts (data masks).
 *
 * Timing     a read granted at bus edge g, S = synchronisation into the memory's clock and back:
 *
 *                bus      g        g+1                                   g+1+t          g+1+t+beats
 *                         address  t waits                               data           done
 *                memory              S, then access 0, 1, 2 ... ready, S
 *
 *            t is the least for which each access is ready by the bus edge at which its first beat begins. A write
 *            is handed over from its last beat on, S later; t is 0 unless the interface still holds one.
 *            The bus holds one burst, so nothing else can reach the memory before a read is done: the memory
 *            is run ahead to its end when it is granted, exactly.
 *
 * Errors     none of its own; values that don't go together are told by memory_controller_init().
 */
#ifndef MODELS_MEMORY_CONTROLLER_H
#define MODELS_MEMORY_CONTROLLER_H

#include "models/bus.h"
#include "models/sdram.h"

enum memory_kind_of_controller { MEMORY_IDEAL, MEMORY_SRAM, MEMORY_SDRAM };

struct memory_controller {
    /* parameters */
    unsigned kind;
    struct sdram_config config;
    uint64_t hz, access_cycles, width_bits, sync_cycles; /* hz, access_cycles, width_bits: of static RAM */
    /* state */
    const struct bus *bus;
    struct clock clock;
    struct sdram *sdram;     /* MEMORY_SDRAM */
    uint64_t access_bytes;
    uint64_t next_clock;     /* at which the interface can hand over another access */
    struct {                 /* the read that is under way */
        uint64_t offset, first_byte; /* in the memory; within the bus's width */
        uint64_t data_cycle;         /* of the bus: its first beat without waits */
        uint64_t waits, missing;     /* missing: accesses that have no time yet */
    } read;
    struct {
        uint64_t row_hits, row_closed, row_conflicts, refreshes, data_cycles, wait_cycles;
    } stats;
};

/* part: for errors. bytes: of the memory. False: told. To be called once, for SRAM and SDRAM. */
bool memory_controller_init(struct memory_controller *controller, const struct part *part, const struct bus *bus,
                            uint64_t bytes, struct diagnostics *diagnostics);
void memory_controller_free(struct memory_controller *controller);

/* A burst is granted now; offset: of its first byte in the memory. Its wait cycles on the bus. */
uint32_t memory_controller_waits(struct memory_controller *controller, const struct bus_request *request,
                                 uint64_t offset, uint64_t now_ps);

/* The last beat of a written burst is over now. */
void memory_controller_written(struct memory_controller *controller, uint64_t offset, uint64_t bytes,
                               uint64_t now_ps);

void memory_controller_settle(struct memory_controller *controller, uint64_t now_ps);
uint32_t memory_controller_utilisation_ppm(const struct memory_controller *controller, uint64_t elapsed_ps);

#endif
