/* core_access.c - the accesses that the interpreter does not do by itself: those that cross an
 * aligned word, leave local memory, or touch the watched area. */
#include "models/core_state.h"
#include "sim/check.h"

#include <string.h>

static uint32_t extend(enum core_op op, uint32_t raw)
{
    switch (op) {
    case OP_LB:
        return (uint32_t)(int8_t)raw;
    case OP_LH:
        return (uint32_t)(int16_t)raw;
    case OP_LBU:
        return (uint8_t)raw;
    case OP_LHU:
        return (uint16_t)raw;
    default:
        return raw;
    }
}

static uint8_t size_of(enum core_op op)
{
    switch (op) {
    case OP_LB:
    case OP_LBU:
    case OP_SB:
        return 1;
    case OP_LH:
    case OP_LHU:
    case OP_SH:
        return 2;
    default:
        return 4;
    }
}

static bool is_store(enum core_op op)
{
    return op == OP_SB || op == OP_SH || op == OP_SW;
}

static bool is_local(const struct core *core, const struct core_access *access)
{
    uint32_t offset = access->address - core->base;

    return offset < core->bytes && access->size_bytes <= core->bytes - offset;
}

/* Some of its bytes are local and some are not. */
static bool straddles(const struct core *core, const struct core_access *access)
{
    uint32_t first = access->address - core->base, last = first + access->size_bytes - 1;

    return (first < core->bytes) != (last < core->bytes) ||
           (first < core->bytes && !is_local(core, access));
}

static bool is_watched(const struct core *core, const struct core_access *access)
{
    uint32_t offset = access->address - core->base;

    return access->is_store && offset < core->watch_base + core->watch_bytes &&
           offset + access->size_bytes > core->watch_base;
}

static void retire(struct core *core, const struct core_entry *entry, uint32_t value,
                   uint64_t extra_cycles)
{
    const struct core_access *access = &core->access;
    uint8_t *local = core->memory + (access->address - core->base);

    if (is_local(core, access)) {
        if (access->is_store)
            memcpy(local, &access->value, access->size_bytes);
        else
            memcpy(&value, local, access->size_bytes);
    }
    if (!access->is_store)
        core->x[entry->rd] = extend(entry->op, value);
    if ((access->address & 3) + access->size_bytes > 4)
        extra_cycles += core->timing.crossing;
    core->cycle += entry->cycles + extra_cycles;
    core->retired++;
    core->pc += 2u * entry->halfwords;
}

static enum core_access_result fault(struct core *core)
{
    core_trap(core, core->access.is_store ? CAUSE_STORE : CAUSE_LOAD, core->access.address);
    return ACCESS_LEAVE;
}

static enum core_access_result ask_owner(struct core *core, const struct core_entry *entry)
{
    uint32_t extra_cycles = 0;

    if (core->config.external == NULL)
        return fault(core);
    switch (core->config.external(core->config.owner, &core->access, core->cycle, &extra_cycles)) {
    case CORE_IO_NOW:
        retire(core, entry, core->access.value, extra_cycles);
        return core->recheck ? ACCESS_LEAVE : ACCESS_DONE;
    case CORE_IO_STOP:
        core->state = CORE_AT_ACCESS;
        return ACCESS_STOP;
    default:
        return fault(core);
    }
}

enum core_access_result core_slow_access(struct core *core, const struct core_entry *entry)
{
    struct core_access *access = &core->access;
    uint8_t size = size_of(entry->op);
    uint32_t mask = size == 4 ? UINT32_MAX : (1u << 8 * size) - 1;

    *access = (struct core_access){.address = core->x[entry->rs1] + (uint32_t)entry->imm,
                                   .size_bytes = size,
                                   .is_store = is_store(entry->op),
                                   .pc = core->pc};
    if (access->is_store)
        access->value = core->x[entry->rs2] & mask;
    if (straddles(core, access))
        return fault(core);
    if (!is_local(core, access) || is_watched(core, access))
        return ask_owner(core, entry);
    retire(core, entry, 0, 0);
    return ACCESS_DONE;
}

static struct core_entry *stopped_entry(struct core *core)
{
    struct core_entry *entry = &core->entries[(core->pc - core->base) / 2];

    if (entry->halfwords == 0)
        core_decode(core, entry);
    return entry;
}

void core_complete(struct core *core, uint32_t value, uint64_t extra_cycles)
{
    sim_check(NULL, core->state == CORE_AT_ACCESS);
    core->state = CORE_RUNNING;
    retire(core, stopped_entry(core), value, extra_cycles);
}

void core_complete_fault(struct core *core)
{
    sim_check(NULL, core->state == CORE_AT_ACCESS);
    core->state = CORE_RUNNING;
    fault(core);
}
