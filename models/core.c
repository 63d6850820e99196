/* core.c - making a core, and what its owner may ask of it. */
#include "models/core_state.h"
#include "sim/check.h"

#include <glib.h>
#include <string.h>
#include <sys/mman.h>

/* Pages that cost nothing until touched, zeros then; and one behind them that nobody may touch, so
 * that a bug of ours is a crash instead of a wrong number. */
static void *map(size_t bytes)
{
    size_t rounded = (bytes + CORE_PAGE_BYTES - 1) & ~(size_t)(CORE_PAGE_BYTES - 1);
    uint8_t *area = mmap(NULL, rounded + CORE_PAGE_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (area == MAP_FAILED)
        return NULL;
    mprotect(area + rounded, CORE_PAGE_BYTES, PROT_NONE);
    return area;
}

static void unmap(void *area, size_t bytes)
{
    size_t rounded = (bytes + CORE_PAGE_BYTES - 1) & ~(size_t)(CORE_PAGE_BYTES - 1);

    if (area != NULL)
        munmap(area, rounded + CORE_PAGE_BYTES);
}

/* A stretch begun just below the limit ends below limit + slack: it has at most one instruction a
 * halfword, and the costliest kinds (division, an external access, a CSR) look for themselves. */
static uint32_t slack(const struct core_timing *timing)
{
    unsigned most = timing->integer;
    const unsigned costs[] = {timing->load + timing->load_use, timing->store, timing->mul,
                              timing->mulh, timing->branch};

    for (unsigned i = 0; i < G_N_ELEMENTS(costs); i++)
        most = MAX(most, costs[i]);
    return (CORE_STRETCH_BYTES / 2 + 2) * (most + timing->jalr_use);
}

struct core *core_new(const struct core_config *config)
{
    uint64_t end = (uint64_t)config->memory_base + config->memory_bytes;

    sim_check(NULL, config->memory_base % CORE_PAGE_BYTES == 0);
    sim_check(NULL, config->memory_bytes % CORE_PAGE_BYTES == 0 && config->memory_bytes > 0);
    sim_check(NULL, config->memory_bytes <= CORE_MAX_BYTES && end <= (uint64_t)1 << 32);
    sim_check(NULL, config->reset_pc % 2 == 0);

    struct core *core = g_new0(struct core, 1);
    size_t pages = config->memory_bytes / CORE_PAGE_BYTES;

    core->config = *config;
    core->timing = *config->timing;
    core->base = config->memory_base;
    core->bytes = config->memory_bytes;
    core->store_bytes = core->bytes;
    core->slack_cycles = slack(&core->timing);
    core->pc = config->reset_pc;
    core->timer = UINT64_MAX;
    core->page_decoded = g_new0(uint8_t, pages);
    core->decoded_pages = g_new0(uint32_t, pages);
    core->entries_mapped_bytes = ((size_t)core->bytes / 2 + 1) * sizeof *core->entries;
    core->memory = map(core->bytes);
    core->entries = map(core->entries_mapped_bytes);
    if (core->memory == NULL || core->entries == NULL) {
        core_free(core);
        return NULL;
    }
    return core;
}

void core_free(struct core *core)
{
    if (core == NULL)
        return;
    unmap(core->memory, core->bytes);
    unmap(core->entries, core->entries_mapped_bytes);
    g_free(core->page_decoded);
    g_free(core->decoded_pages);
    g_free(core);
}

void core_flush_code(struct core *core)
{
    const uint32_t entries_a_page = CORE_PAGE_BYTES / 2;

    for (uint32_t i = 0; i < core->decoded_page_count; i++) {
        uint32_t page = core->decoded_pages[i];

        memset(core->entries + (size_t)page * entries_a_page, 0,
               entries_a_page * sizeof *core->entries);
        core->page_decoded[page] = 0;
    }
    core->decoded_page_count = 0;
}

/* Stores take the fast path on one side of the watched area only: the larger. */
void core_watch(struct core *core, uint32_t address, uint32_t bytes)
{
    uint32_t first = (address - core->base) & ~3u;
    uint32_t end = (address - core->base + bytes + 3) & ~3u;

    core->watch_base = address - core->base;
    core->watch_bytes = bytes;
    core->store_base = 0;
    core->store_bytes = core->bytes;
    if (bytes == 0)
        return;
    sim_check(NULL,
              address - core->base < core->bytes && bytes <= core->bytes - (address - core->base));
    if (first > core->bytes - end) {
        core->store_bytes = first;
    } else {
        core->store_base = end;
        core->store_bytes = core->bytes - end;
    }
}

const struct core_access *core_access(const struct core *core)
{
    return &core->access;
}

void core_set_timer(struct core *core, uint64_t cycle)
{
    core->timer = cycle;
    core->recheck = true;
}

uint64_t core_timer_wakes(const struct core *core)
{
    return core->mie_mtie ? core->timer : UINT64_MAX;
}

void core_delay(struct core *core, uint64_t cycles)
{
    core->cycle += cycles;
}

uint64_t core_cycle(const struct core *core)
{
    return core->cycle;
}

uint64_t core_retired(const struct core *core)
{
    return core->retired;
}

uint32_t core_pc(const struct core *core)
{
    return core->pc;
}

uint32_t core_register(const struct core *core, unsigned number)
{
    sim_check(NULL, number < 32);
    return core->x[number];
}

void core_set_register(struct core *core, unsigned number, uint32_t value)
{
    sim_check(NULL, number < 32);
    if (number != 0)
        core->x[number] = value;
}

uint8_t *core_memory(struct core *core)
{
    return core->memory;
}

const struct core_fault *core_fault(const struct core *core)
{
    return &core->fault;
}
