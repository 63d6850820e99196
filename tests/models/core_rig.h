/* core_rig.h - a core with 64 KiB at 0x10000, a program put there halfword by halfword. */
#ifndef TESTS_MODELS_CORE_RIG_H
#define TESTS_MODELS_CORE_RIG_H

#include "models/core.h"
#include "tests/models/encode.h"
#include "tests/suite.h"

#include <string.h>

enum { RIG_BASE = 0x10000, RIG_BYTES = 0x10000, RIG_DATA = RIG_BASE + 0x8000 };

struct rig {
    struct core *core;
    uint32_t at; /* where the next instruction goes */
    enum core_io answer;
    uint32_t value, extra_cycles;
    unsigned accesses;
    struct core_access last;
    uint64_t last_cycle;
};

static inline enum core_io rig_external(void *owner, struct core_access *access, uint64_t cycle,
                                        uint32_t *extra_cycles)
{
    struct rig *rig = owner;

    rig->accesses++;
    rig->last = *access;
    rig->last_cycle = cycle;
    *extra_cycles = rig->extra_cycles;
    if (!access->is_store)
        access->value = rig->value;
    return rig->answer;
}

static inline void rig_init_bare(struct rig *rig, const char *preset, bool external)
{
    *rig = (struct rig){.at = RIG_BASE};
    rig->core = core_new(&(struct core_config){.timing = core_timing(preset),
                                               .memory_base = RIG_BASE,
                                               .memory_bytes = RIG_BYTES,
                                               .reset_pc = RIG_BASE,
                                               .hart_id = 7,
                                               .external = external ? rig_external : NULL,
                                               .owner = rig});
    ck_assert_ptr_nonnull(rig->core);
}

static inline void rig_init(struct rig *rig, const char *preset)
{
    rig_init_bare(rig, preset, true);
}

static inline void rig_free(struct rig *rig)
{
    core_free(rig->core);
}

static inline void put2(struct rig *rig, uint32_t bits)
{
    uint16_t half = (uint16_t)bits;

    memcpy(core_memory(rig->core) + (rig->at - RIG_BASE), &half, 2);
    rig->at += 2;
}

static inline void put(struct rig *rig, uint32_t bits)
{
    put2(rig, bits);
    put2(rig, bits >> 16);
}

static inline void put_li(struct rig *rig, unsigned rd, uint32_t value)
{
    put(rig, LUI(rd, (value + 0x800) >> 12));
    put(rig, ADDI(rd, rd, (int)(value & 0xfff)));
}

static inline uint32_t reg(const struct rig *rig, unsigned number)
{
    return core_register(rig->core, number);
}

/* The cycles of the next instruction (or trap). */
static inline uint64_t step(struct rig *rig)
{
    uint64_t before = core_cycle(rig->core);

    core_run(rig->core, before + 1);
    return core_cycle(rig->core) - before;
}

#endif
