/* memory.h - a memory with its controller, on a bus.
 *
 * Models     storage, and one of three controllers: ideal, which answers every access after a fixed latency; static
 *            RAM and DRAM (memory_controller.h). Packet memory on the card, host memory on a host bus. Storage
 *            that is never touched costs nothing.
 * Leaves out errors of cells.
 *
 * Timing     ideal: wait cycles of the bus = ceil(latency / bus period); then a beat a cycle. The others:
 *            memory_controller.h. Data is stored when a write's last beat is over, whatever the controller.
 *
 * Errors     a request that runs off the end has no target on the bus.
 */
#ifndef MODELS_MEMORY_H
#define MODELS_MEMORY_H

#include "models/memory_controller.h"

struct memory {
    struct part part;
    /* parameters */
    struct part *bus_part;
    uint64_t base, bytes, latency_ps;
    char *chip;
    struct memory_controller controller;
    /* state */
    struct bus *bus;
    struct bus_target target;
    uint32_t wait_cycles;
    uint8_t *storage;
    uint64_t reserved_bytes; /* from the start: portions given out */
    bool full;               /* a portion was asked for and there was no room */
    struct {
        uint64_t reads, writes, read_bytes, written_bytes;
    } stats;
};

extern const struct part_kind memory_kind;

/* Direct access, without time: for set-up, and for hardware that checks what it moved. NULL: outside. */
uint8_t *memory_at(struct memory *memory, uint64_t address, uint64_t bytes);

/* In wire(): gives out the next so many bytes, aligned to 64. Returns their address on the bus, 0: no room
 * (a memory at address 0 leaves its first 64 bytes out). */
uint64_t memory_reserve(struct memory *memory, uint64_t bytes);

#endif
