/* core_trap.c - entering and leaving a handler, and stopping where there is none. */
#include "models/core_state.h"

enum { MACHINE_TIMER = 7 };

static const char *cause_text(uint32_t cause)
{
    switch (cause) {
    case CAUSE_FETCH:
        return "instruction access fault";
    case CAUSE_ILLEGAL:
        return "illegal instruction";
    case CAUSE_BREAKPOINT:
        return "breakpoint";
    case CAUSE_LOAD:
        return "load access fault";
    case CAUSE_STORE:
        return "store access fault";
    case CAUSE_ECALL:
        return "environment call";
    default:
        return "timer interrupt";
    }
}

uint8_t core_redirect_cycles(const struct core *core, uint32_t pc)
{
    uint32_t offset = pc - core->base;

    if (offset >= core->bytes || !(offset & 2) || (core->memory[offset] & 3) != 3)
        return 0;
    return core->timing.unaligned;
}

static void stop(struct core *core, uint32_t cause, uint32_t tval)
{
    core->state = CORE_STOPPED;
    core->stop = cause == CAUSE_BREAKPOINT && core->mtvec == 0 ? CORE_EBREAK : CORE_FAULT;
    core->fault = (struct core_fault){.cause = cause,
                                      .pc = core->pc,
                                      .tval = tval,
                                      .in_handler = core->in_handler,
                                      .text = cause_text(cause)};
}

static void enter(struct core *core, uint32_t cause, uint32_t tval, uint32_t target)
{
    core->mepc = core->pc;
    core->mcause = cause;
    core->mtval = tval;
    core->status_mpie = core->status_mie;
    core->status_mie = false;
    core->in_handler = true;
    core->pc = target;
    core->cycle += (uint64_t)core->timing.trap + core_redirect_cycles(core, target);
}

void core_trap(struct core *core, uint32_t cause, uint32_t tval)
{
    bool deliberate = cause == CAUSE_ECALL || cause == CAUSE_BREAKPOINT;

    if (core->mtvec == 0 || (core->in_handler && !deliberate))
        stop(core, cause, tval);
    else
        enter(core, cause, tval, core->mtvec & ~3u);
}

void core_interrupt(struct core *core)
{
    uint32_t cause = 1u << 31 | MACHINE_TIMER;
    uint32_t vector = core->mtvec & 1 ? 4 * MACHINE_TIMER : 0;

    if (core->mtvec == 0)
        stop(core, cause, 0);
    else
        enter(core, cause, 0, (core->mtvec & ~3u) + vector);
}

void core_return_from_trap(struct core *core)
{
    core->status_mie = core->status_mpie;
    core->status_mpie = true;
    core->in_handler = false;
    core->pc = core->mepc;
    core->retired++;
    core->cycle += (uint64_t)core->timing.mret + core_redirect_cycles(core, core->pc);
}
