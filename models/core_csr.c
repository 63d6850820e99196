/* core_csr.c - the control and status registers. What is not here is an illegal instruction. */
#include "models/core_state.h"

enum {
    CSR_MSTATUS = 0x300,
    CSR_MISA = 0x301,
    CSR_MIE = 0x304,
    CSR_MTVEC = 0x305,
    CSR_MSTATUSH = 0x310,
    CSR_MCOUNTINHIBIT = 0x320,
    CSR_MHPMEVENT3 = 0x323,
    CSR_MHPMEVENT31 = 0x33f,
    CSR_MSCRATCH = 0x340,
    CSR_MEPC = 0x341,
    CSR_MCAUSE = 0x342,
    CSR_MTVAL = 0x343,
    CSR_MIP = 0x344,
    CSR_TSELECT = 0x7a0,
    CSR_TDATA3 = 0x7a3,
    CSR_DCSR = 0x7b0,
    CSR_DSCRATCH1 = 0x7b3,
    CSR_MCYCLE = 0xb00,
    CSR_MINSTRET = 0xb02,
    CSR_MHPMCOUNTER3 = 0xb03,
    CSR_MHPMCOUNTER31 = 0xb1f,
    CSR_MCYCLEH = 0xb80,
    CSR_MINSTRETH = 0xb82,
    CSR_MHPMCOUNTER3H = 0xb83,
    CSR_MHPMCOUNTER31H = 0xb9f,
    CSR_CYCLE = 0xc00,
    CSR_TIME = 0xc01,
    CSR_INSTRET = 0xc02,
    CSR_CYCLEH = 0xc80,
    CSR_TIMEH = 0xc81,
    CSR_INSTRETH = 0xc82,
    CSR_MVENDORID = 0xf11,
    CSR_MARCHID = 0xf12,
    CSR_MIMPID = 0xf13,
    CSR_MHARTID = 0xf14,
    CSR_MCONFIGPTR = 0xf15,
};

enum {
    STATUS_MIE = 1 << 3,
    STATUS_MPIE = 1 << 7,
    STATUS_MPP = 3 << 11, /* always machine mode */
    MTI = 1 << 7,
    INHIBIT_CYCLE = 1 << 0,
    INHIBIT_INSTRET = 1 << 2,
    MISA_RV32IMC = 1 << 30 | 1 << ('I' - 'A') | 1 << ('M' - 'A') | 1 << ('C' - 'A'),
};

static uint64_t mcycle(const struct core *core)
{
    return core->mcycle_stopped ? core->mcycle : core->cycle - core->mcycle;
}

static uint64_t minstret(const struct core *core)
{
    return core->minstret_stopped ? core->minstret : core->retired - core->minstret;
}

static bool within(unsigned number, unsigned first, unsigned last)
{
    return number >= first && number <= last;
}

/* There, but wired to 0: event counters, and triggers of which there are none. */
static bool is_zero(unsigned number)
{
    return within(number, CSR_MHPMEVENT3, CSR_MHPMEVENT31) ||
           within(number, CSR_MHPMCOUNTER3, CSR_MHPMCOUNTER31) ||
           within(number, CSR_MHPMCOUNTER3H, CSR_MHPMCOUNTER31H) ||
           within(number, CSR_TSELECT, CSR_TDATA3) || number == CSR_MSTATUSH ||
           within(number, CSR_MVENDORID, CSR_MIMPID) || number == CSR_MCONFIGPTR;
}

static bool csr_read(const struct core *core, unsigned number, uint32_t *value)
{
    switch (number) {
    case CSR_MSTATUS:
        *value = STATUS_MPP | (core->status_mie ? STATUS_MIE : 0) |
                 (core->status_mpie ? STATUS_MPIE : 0);
        return true;
    case CSR_MISA:
        *value = MISA_RV32IMC;
        return true;
    case CSR_MIE:
        *value = core->mie_mtie ? MTI : 0;
        return true;
    case CSR_MIP:
        *value = core->cycle >= core->timer ? MTI : 0;
        return true;
    case CSR_MTVEC:
        *value = core->mtvec;
        return true;
    case CSR_MCOUNTINHIBIT:
        *value = (core->mcycle_stopped ? INHIBIT_CYCLE : 0) |
                 (core->minstret_stopped ? INHIBIT_INSTRET : 0);
        return true;
    case CSR_MSCRATCH:
        *value = core->mscratch;
        return true;
    case CSR_MEPC:
        *value = core->mepc;
        return true;
    case CSR_MCAUSE:
        *value = core->mcause;
        return true;
    case CSR_MTVAL:
        *value = core->mtval;
        return true;
    case CSR_MHARTID:
        *value = core->config.hart_id;
        return true;
    case CSR_MCYCLE:
    case CSR_CYCLE:
        *value = (uint32_t)mcycle(core);
        return true;
    case CSR_MCYCLEH:
    case CSR_CYCLEH:
        *value = (uint32_t)(mcycle(core) >> 32);
        return true;
    case CSR_TIME:
        *value = (uint32_t)core->cycle;
        return true;
    case CSR_TIMEH:
        *value = (uint32_t)(core->cycle >> 32);
        return true;
    case CSR_MINSTRET:
    case CSR_INSTRET:
        *value = (uint32_t)minstret(core);
        return true;
    case CSR_MINSTRETH:
    case CSR_INSTRETH:
        *value = (uint32_t)(minstret(core) >> 32);
        return true;
    default:
        *value = 0;
        return is_zero(number);
    }
}

/* A write to mcycle is there after the writing instruction's first cycle: */
static void write_mcycle(struct core *core, uint64_t value)
{
    core->mcycle = core->mcycle_stopped ? value : core->cycle + 1 - value;
}

/* The writing instruction itself is not counted by minstret; the caller retires it afterwards. */
static void write_minstret(struct core *core, uint64_t value)
{
    core->minstret = core->minstret_stopped ? value : core->retired + 1 - value;
}

static void write_inhibit(struct core *core, uint32_t value)
{
    bool stop_cycle = value & INHIBIT_CYCLE, stop_instret = value & INHIBIT_INSTRET;

    if (stop_cycle != core->mcycle_stopped) /* offset to value and back are the same subtraction */
        core->mcycle = core->cycle + 1 - core->mcycle;
    if (stop_instret != core->minstret_stopped)
        core->minstret = core->retired + 1 - core->minstret;
    core->mcycle_stopped = stop_cycle;
    core->minstret_stopped = stop_instret;
}

static uint64_t with_low(uint64_t value, uint32_t low)
{
    return (value & 0xffffffff00000000) | low;
}

static uint64_t with_high(uint64_t value, uint32_t high)
{
    return (value & 0xffffffff) | (uint64_t)high << 32;
}

static void csr_write(struct core *core, unsigned number, uint32_t value)
{
    switch (number) {
    case CSR_MSTATUS:
        core->status_mie = value & STATUS_MIE;
        core->status_mpie = value & STATUS_MPIE;
        core->recheck = true;
        break;
    case CSR_MIE:
        core->mie_mtie = value & MTI;
        core->recheck = true;
        break;
    case CSR_MTVEC:
        core->mtvec = value & ~2u;
        core->in_handler = false; /* who sets a handler is ready for the next trap */
        break;
    case CSR_MCOUNTINHIBIT:
        write_inhibit(core, value);
        break;
    case CSR_MSCRATCH:
        core->mscratch = value;
        break;
    case CSR_MEPC:
        core->mepc = value & ~1u;
        break;
    case CSR_MCAUSE:
        core->mcause = value;
        break;
    case CSR_MTVAL:
        core->mtval = value;
        break;
    case CSR_MCYCLE: /* Ibex writes one half and holds the other: no carry in this cycle */
        write_mcycle(core, with_low(mcycle(core), value));
        break;
    case CSR_MCYCLEH:
        write_mcycle(core, with_high(mcycle(core), value));
        break;
    case CSR_MINSTRET:
        write_minstret(core, with_low(minstret(core), value));
        break;
    case CSR_MINSTRETH:
        write_minstret(core, with_high(minstret(core), value));
        break;
    default: /* misa, mip and the zeros ignore it */
        break;
    }
}

/* The CSRs whose access takes longer in the CV32E40P. */
static bool is_listed(unsigned number)
{
    return number == CSR_MSTATUS || number == CSR_MEPC || number == CSR_MTVEC ||
           number == CSR_MCAUSE || number == CSR_MCOUNTINHIBIT ||
           within(number, CSR_MHPMEVENT3, CSR_MHPMEVENT31) ||
           within(number, CSR_MCYCLE, CSR_MHPMCOUNTER31) ||
           within(number, CSR_MCYCLEH, CSR_MHPMCOUNTER31H) ||
           within(number, CSR_DCSR, CSR_DSCRATCH1);
}

static unsigned csr_cycles(const struct core_timing *timing, unsigned number, bool writes)
{
    bool slow =
        timing->csr_write_few ? is_listed(number) : number != CSR_MSCRATCH && number != CSR_MEPC;

    return slow && (writes || timing->csr_read_slow) ? timing->csr_write : timing->csr_read;
}

bool core_execute_csr(struct core *core, const struct core_entry *entry)
{
    unsigned number = (unsigned)entry->imm;
    bool immediate = entry->op >= OP_CSRRWI;
    bool replaces = entry->op == OP_CSRRW || entry->op == OP_CSRRWI;
    bool clears = entry->op == OP_CSRRC || entry->op == OP_CSRRCI;
    uint32_t operand = immediate ? entry->rs1 : core->x[entry->rs1];
    bool writes = replaces || entry->rs1 != 0;
    bool read_only = number >> 10 == 3;
    uint32_t value;

    if (!csr_read(core, number, &value) || (writes && read_only))
        return false;
    if (writes)
        csr_write(core, number, replaces ? operand : clears ? value & ~operand : value | operand);
    core->x[entry->rd] = value;
    core->cycle += csr_cycles(&core->timing, number, writes) + entry->cycles;
    core->retired++;
    return true;
}
