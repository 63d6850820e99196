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
    (void)request;
    return ((struct memory *)owner)->wait_cycles;
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
    bus_map(memory->bus, &memory->target, diagnostics);
}

static void memory_free(struct part *part)
{
    struct memory *memory = (struct memory *)part;

    if (memory->storage)
        munmap(memory->storage, memory->bytes);
}

static const char *const bus_kinds[] = {"bus", NULL};

static const struct parameter parameters[] = {
    {"bus", PARAMETER_PART, offsetof(struct memory, bus_part), "*", 0, 0, bus_kinds,
     "The bus on which its controller is."},
    {"base", PARAMETER_ADDRESS, offsetof(struct memory, base), "0x80000000", 0, 1ull << 46, NULL,
     "Address of its first byte on that bus."},
    {"size", PARAMETER_SIZE, offsetof(struct memory, bytes), "64MiB", 4096, 1ull << 40, NULL,
     "Bytes of storage."},
    {"latency", PARAMETER_TIME, offsetof(struct memory, latency_ps), "6ns", 0, 1000000000, NULL,
     "Time of the controller and the memory to the first beat of an access."},
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
    .free = memory_free,
};
