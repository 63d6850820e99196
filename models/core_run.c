/* core_run.c - running: two interpreters made from one body. The fast one looks at the limit at
 * taken control flow and once a stretch of straight code; the careful one before every instruction.
 * Near the limit (or the timer's interrupt) the careful one takes over, so that runs split exactly.
 */
#include "models/core_state.h"
#include "sim/check.h"

#include <string.h>

/* The offset in memory of what the entry decodes. */
static inline uint32_t entry_offset(const struct core_entry *entries,
                                    const struct core_entry *entry)
{
    return (uint32_t)((size_t)((const char *)entry - (const char *)entries) / (sizeof *entry / 2));
}

/* Whether straight-line code leaves a stretch by this instruction: each stretch has one such. */
static bool ends_stretch(const struct core_entry *entries, const struct core_entry *entry)
{
    uint32_t within = entry_offset(entries, entry) % CORE_STRETCH_BYTES;

    return within + 2u * entry->halfwords >= CORE_STRETCH_BYTES;
}

static inline uint32_t rotate(uint32_t offset, unsigned size)
{
    return size == 4 ? offset >> 2 | offset << 30 : size == 2 ? offset >> 1 | offset << 31 : offset;
}

static inline unsigned divide_cycles(const struct core_timing *timing, uint32_t divisor,
                                     unsigned op)
{
    bool is_negative = (op == OP_DIV || op == OP_REM) && divisor >> 31;

    if (divisor == 0)
        return timing->divide_by_zero;
    if (!timing->divide_leading_zeros)
        return timing->divide;
    if (is_negative) /* leading ones but the sign */
        return timing->divide +
               (divisor == UINT32_MAX ? 31 : (unsigned)__builtin_clz(~divisor) - 1);
    return timing->divide + (unsigned)__builtin_clz(divisor);
}

static bool branch_is_taken(unsigned op, uint32_t a, uint32_t b)
{
    switch (op) {
#define INSTRUCTION(name, text, format, mask, match, group, meaning) WHEN_##group(name, meaning)
#define A                                                            a
#define B                                                            b
#define WHEN_BRANCH(name, meaning)                                                                 \
    case OP_##name:                                                                                \
        return meaning;
#define WHEN_INTEGER(name, meaning)
#define WHEN_MUL(name, meaning)
#define WHEN_MULH(name, meaning)
#define WHEN_DIV(name, meaning)
#define WHEN_LOAD(name, meaning)
#define WHEN_STORE(name, meaning)
#define WHEN_JAL(name, meaning)
#define WHEN_JALR(name, meaning)
#define WHEN_FENCE(name, meaning)
#define WHEN_FENCE_I(name, meaning)
#define WHEN_ECALL(name, meaning)
#define WHEN_EBREAK(name, meaning)
#define WHEN_MRET(name, meaning)
#define WHEN_WFI(name, meaning)
#define WHEN_CSR(name, meaning)
#include "models/core_instruction.def"
#undef INSTRUCTION
#undef A
#undef B
    default:
        return false;
    }
}

/* GNU C's computed goto is arithmetic on label addresses, which -Wpedantic alone would refuse. */
#define EXECUTE  execute_fast
#define LOOK     (void)0
#define DISPATCH goto *(&&undecoded + entry->handler)
#include "models/core_execute.h"

#define EXECUTE execute_carefully
#define LOOK                                                                                       \
    if (cycle >= until)                                                                            \
    goto leave
#define DISPATCH                                                                                   \
    do {                                                                                           \
        if (entry->halfwords == 0)                                                                 \
            core_decode(core, entry);                                                              \
        goto *(&&undecoded + labels[entry->op][entry->halfwords - 1]);                             \
    } while (0)
#include "models/core_execute.h"

static uint64_t next_interrupt(const struct core *core)
{
    return core->status_mie && core->mie_mtie ? core->timer : UINT64_MAX;
}

enum core_stop core_run(struct core *core, uint64_t limit_cycle)
{
    for (;;) {
        uint64_t until = next_interrupt(core);

        core->recheck = false;
        if (core->state == CORE_AT_ACCESS)
            return CORE_ACCESS;
        if (core->state == CORE_AT_WFI)
            return CORE_WFI;
        if (core->state == CORE_STOPPED)
            return core->stop;
        if (core->cycle >= limit_cycle)
            return CORE_LIMIT;
        if (core->cycle >= until) {
            core_interrupt(core);
            continue;
        }
        if (core->pc - core->base >= core->bytes) {
            core_trap(core, CAUSE_FETCH, core->pc);
            continue;
        }
        if (until > limit_cycle)
            until = limit_cycle;
        if (until - core->cycle > core->slack_cycles)
            execute_fast(core, until - core->slack_cycles);
        else
            execute_carefully(core, until);
    }
}

void core_wake(struct core *core, uint64_t extra_cycles)
{
    sim_check(NULL, core->state == CORE_AT_WFI);
    core->state = CORE_RUNNING;
    core->pc += 4;
    core->cycle += core->timing.wfi + extra_cycles;
    core->retired++;
}
