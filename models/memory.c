#include "models/memory.h"

#include <string.h>
#include <sys/mman.h>

uint8_t *memory_at(struct memory *memory, uint64_t address, uint64_t bytes)
{
    if (address < memory->base || bytes > memory->bytes ||
        address - memory->base > memory->bytes - bytes)
        return NULL;
    return memory->storage + (address - memory->base);
}

uint64_t memory_reserve(struct memory *memory, uint64_t bytes)
{
    uint64_t place = (memory->reserved_bytes + 63) / 64 * 64;

    if (memory->base + place == 0)
        place = 64; /* address 0 is the answer for no room */
    if (bytes > memory->bytes || place > memory->bytes - bytes)
        return 0;
    memory->reserved_bytes = place + bytes;
    return memory->base + place;
}

static uint32_t waits(void *owner, const struct bus_request *request)
{
    struct memory *memory = owner;

    if (memory->controller.kind == MEMORY_IDEAL) {
        memory->controller.stats.wait_cycles += memory->wait_cycles;
        return memory->wait_cycles;
    }
    return memory_controller_waits(&memory->controller, request, request->address - memory->base,
                                   request->granted_ps);
}

static enum bus_status access_storage(void *owner, struct bus_request *request)
{
    struct memory *memory = owner;
    uint8_t *at = memory_at(memory, request->address, request->bytes);

    if (!at)
        return BUS_ERROR;
    if (request->op == BUS_READ) {
        memory->stats.reads++;
        memory->stats.read_bytes += request->bytes;
        memcpy(request->data, at, request->bytes);
    } else {
        memory->stats.writes++;
        memory->stats.written_bytes += request->bytes;
        memcpy(at, request->data, request->bytes);
        if (memory->controller.kind != MEMORY_IDEAL)
            memory_controller_written(&memory->controller, request->address - memory->base, request->bytes,
                                      part_now(&memory->part));
    }
    return BUS_OK;
}

/* Pages come from the system when they are first touched, so that a large memory costs what is used of it. */
static void memory_init(struct part *part, struct diagnostics *diagnostics)
{
    struct memory *memory = (struct memory *)part;
    void *storage = mmap(NULL, memory->bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (storage == MAP_FAILED) {
        part_error(part, diagnostics, "size", "this machine has no room for a memory of %llu bytes",
                   (unsigned long long)memory->bytes);
        return;
    }
    memory->storage = storage;
    memory->bus = (struct bus *)memory->bus_part;
    memory->target = (struct bus_target){.base = memory->base,
                                         .bytes = memory->bytes,
                                         .part = part,
                                         .owner = memory,
                                         .waits = waits,
                                         .access = access_storage};
}

static void memory_wire(struct part *part, struct diagnostics *diagnostics)
{
    struct memory *memory = (struct memory *)part;

    memory->wait_cycles = (uint32_t)clock_cycle_at(&memory->bus->clock, memory->latency_ps);
    if (memory->controller.kind != MEMORY_IDEAL &&
        !memory_controller_init(&memory->controller, part, memory->bus, memory->bytes, diagnostics))
        return;
    bus_map(memory->bus, &memory->target, diagnostics);
}

static void memory_settle(struct part *part)
{
    memory_controller_settle(&((struct memory *)part)->controller, part_now(part));
}

static uint32_t memory_utilisation(struct part *part, uint64_t elapsed_ps)
{
    const struct memory *memory = (const struct memory *)part;

    return memory->controller.kind == MEMORY_IDEAL
               ? PART_NO_UTILISATION
               : memory_controller_utilisation_ppm(&memory->controller, elapsed_ps);
}

static void memory_free(struct part *part)
{
    struct memory *memory = (struct memory *)part;

    memory_controller_free(&memory->controller);
    if (memory->storage)
        munmap(memory->storage, memory->bytes);
}

static const char *const bus_kinds[] = {"bus", NULL};
static const char *const controllers[] = {"ideal", "sram", "sdram", NULL};

static const struct parameter parameters[] = {
    {"bus", PARAMETER_PART, offsetof(struct memory, bus_part), "*", 0, 0, bus_kinds,
     "The bus on which its controller is."},
    {"base", PARAMETER_ADDRESS, offsetof(struct memory, base), "0x80000000", 0, 1ull << 46, NULL,
     "Address of its first byte on that bus."},
    {"size", PARAMETER_SIZE, offsetof(struct memory, bytes), "64MiB", 4096, 1ull << 40, NULL,
     "Bytes of storage."},
    {"latency", PARAMETER_TIME, offsetof(struct memory, latency_ps), "6ns", 0, 1000000000, NULL,
     "Ideal: time of the controller and the memory to the first beat of an access."},
    {"controller", PARAMETER_CHOICE, offsetof(struct memory, controller.kind), "ideal", 0, 0, controllers,
     "What answers: a fixed latency, pipelined static RAM, or a DRAM controller with its devices."},
    {"sync_cycles", PARAMETER_COUNT, offsetof(struct memory, controller.sync_cycles), "2", 0, 16, NULL,
     "SRAM and DRAM: cycles of its clock that a request from the bus's takes to be seen."},
    {"clock", PARAMETER_FREQUENCY, offsetof(struct memory, controller.hz), "500MHz", 1000000, 100000000000, NULL,
     "SRAM: its clock; an access begins in each cycle."},
    {"access_cycles", PARAMETER_COUNT, offsetof(struct memory, controller.access_cycles), "2", 1, 1000, NULL,
     "SRAM: cycles from the begin of a read to its data."},
    {"width", PARAMETER_BITS, offsetof(struct memory, controller.width_bits), "64bit", 8, 4096, NULL,
     "SRAM: bits of an access; a power of two."},
    {"part", PARAMETER_CHOICE, offsetof(struct memory, controller.config.part), "ddr3-1600", 0, 0,
     sdram_part_names, "DRAM: what the keys below have where they are not given."},
    SDRAM_PARAMETERS(struct memory, controller.config),
    {"chip", PARAMETER_TEXT, offsetof(struct memory, chip), "card", 1, 64, NULL,
     "The integrated circuit on which it is."},
    {0},
};

static const struct statistic statistics[] = {
    {"reads", STATISTIC_COUNT, offsetof(struct memory, stats.reads), "Read accesses."},
    {"writes", STATISTIC_COUNT, offsetof(struct memory, stats.writes), "Write accesses."},
    {"read_bytes", STATISTIC_COUNT, offsetof(struct memory, stats.read_bytes), "Bytes read."},
    {"written_bytes", STATISTIC_COUNT, offsetof(struct memory, stats.written_bytes),
     "Bytes written."},
    {"wait_cycles", STATISTIC_COUNT, offsetof(struct memory, controller.stats.wait_cycles),
     "Cycles in which its bus waited for it."},
    {"data_cycles", STATISTIC_COUNT, offsetof(struct memory, controller.stats.data_cycles),
     "SRAM: accesses; DRAM: cycles of its clock with data on the pins, over all channels."},
    {"row_hits", STATISTIC_COUNT, offsetof(struct memory, controller.stats.row_hits),
     "DRAM: bursts whose row was open."},
    {"row_closed", STATISTIC_COUNT, offsetof(struct memory, controller.stats.row_closed),
     "DRAM: bursts whose bank had no open row."},
    {"row_conflicts", STATISTIC_COUNT, offsetof(struct memory, controller.stats.row_conflicts),
     "DRAM: bursts for which another row had to be closed."},
    {"refreshes", STATISTIC_COUNT, offsetof(struct memory, controller.stats.refreshes),
     "DRAM: refreshes of a rank."},
    {0},
};

const struct part_kind memory_kind = {
    .name = "memory",
    .help = "A memory with its controller on a bus: packet memory, or a host's memory.",
    .size = sizeof(struct memory),
    .parameters = parameters,
    .statistics = statistics,
    .init = memory_init,
    .wire = memory_wire,
    .settle = memory_settle,
    .utilisation_ppm = memory_utilisation,
    .free = memory_free,
};
