/* core.h - one RV32IMC hart, machine mode, in order, with the exact time of every instruction.
 *
 * Models     RV32IM, C, Zicsr, Zifencei, Zicntr; machine mode; traps; the core-local timer
 * interrupt; local memory that answers in the next cycle; the pipeline costs of a preset. Leaves
 * out other modes, PMP, debug, atomics, floating point; caches and wait states of local memory
 *            (what lies outside local memory is answered by the owner, with its own delay).
 *
 * Timing     `cycle` counts the cycles of all instructions before the next one. An instruction that
 *            issues at edge c and costs n is followed at c + n:
 *
 *                cycle   c            c+n              c+n+m+k
 *                        add (n)      lw (m), outside  next
 *                                     |                |
 *                                     CORE_ACCESS      core_complete(core, value, k)
 *
 *            An access outside local memory stops the run before it retires, at its issue edge; the
 *            answer that comes k cycles later than local memory would have costs m + k. An
 * interrupt is taken at the first boundary at or after the timer's cycle and costs what a trap
 * costs. A stall between a load and its user counts as the load's. A run is the same however it is
 * cut: core_run(a), core_run(b) is core_run(b). A write to mcycle takes effect after the writing
 * instruction's first cycle (as in Ibex), a write to minstret is what the next instruction reads.
 *
 * Errors     of the program are traps. mtvec 0, its reset value, means "no handler": a trap then
 * stops the core (CORE_FAULT; CORE_EBREAK for ebreak), as does a fault inside the handler: any
 *            exception but ecall and ebreak between a trap and the next mret or write to mtvec.
 *            An access partly inside local memory is an access fault; so is fetching outside it.
 *            Stored code takes effect at fence.i (or when it is first executed, if it never was).
 */
#ifndef MODELS_CORE_H
#define MODELS_CORE_H

#include <stdbool.h>
#include <stdint.h>

struct core; /* any number of them; they share nothing */

/* What instructions cost, in cycles until the next can start. "unaligned" is added when a redirect
 * (taken branch, jump, fence.i, trap, mret) goes to a 4-byte instruction at an address of 2
 * modulo 4. */
struct core_timing {
    const char *name;
    const char *description;
    uint8_t integer; /* also fence, lui, auipc */
    uint8_t load, store;
    uint8_t crossing; /* added to an access that crosses an aligned word */
    uint8_t load_use; /* added to a load whose next instruction reads the loaded register */
    uint8_t mul, mulh;
    uint8_t divide;            /* the least */
    uint8_t divide_by_zero;    /* with divisor 0 */
    bool divide_leading_zeros; /* added: the divisor's leading zeros, or leading ones but one */
    uint8_t branch, branch_taken;
    uint8_t jump;
    uint8_t jalr_use; /* added to jalr when the instruction before it writes its base register */
    uint8_t unaligned;
    uint8_t fence_i;
    uint8_t csr_read;
    uint8_t csr_write;  /* write, set, clear: of the CSRs that flush the pipeline, */
    bool csr_write_few; /* which are a listed few (CV32E40P), or all but mscratch, mepc (Ibex), */
    bool csr_read_slow; /* and are reads of these as slow? */
    uint8_t trap, mret;
    uint8_t wfi;
};

/* "ibex-small", "ibex-maxperf", "cv32e40p", "ideal". NULL if there is no such preset. */
const struct core_timing *core_timing(const char *preset);
/* The presets in order; NULL after the last. */
const struct core_timing *core_timing_at(unsigned index);

struct core_access {
    uint32_t address;   /* byte address, may be misaligned */
    uint8_t size_bytes; /* 1, 2, 4 */
    bool is_store;
    uint32_t value; /* a store's data, in the low bits; the answer of a CORE_IO_NOW load */
    uint32_t pc;
};

enum core_io {
    CORE_IO_NOW,   /* answered at once: value and *extra_cycles are set */
    CORE_IO_STOP,  /* stop the run here with CORE_ACCESS */
    CORE_IO_FAULT, /* nothing there: access fault */
};

enum core_stop {
    CORE_LIMIT,  /* core_cycle() >= the limit, and the instruction before began below it */
    CORE_ACCESS, /* core_access() waits for core_complete() */
    CORE_WFI,    /* a wfi waits for core_wake(), whether or not a source is pending */
    CORE_EBREAK, /* ebreak without a handler: stopped for good */
    CORE_FAULT,  /* stopped for good: core_fault() says why */
};

struct core_config {
    const struct core_timing *timing;
    uint32_t memory_base;  /* byte address, a multiple of 4096 */
    uint32_t memory_bytes; /* a multiple of 4096, 4096 .. 1 GiB; may end at 2^32, not beyond */
    uint32_t reset_pc;     /* even; outside memory is an access fault at the first fetch */
    uint32_t hart_id;
    /* Every access outside local memory, at its issue cycle, while the core runs ahead. NULL: all
     * fault. May call core_set_timer() of this core; nothing else of it that changes it.
     * extra_cycles is 0 on entry: cycles later than local memory would have answered. */
    enum core_io (*external)(void *owner, struct core_access *access, uint64_t cycle,
                             uint32_t *extra_cycles);
    void *owner;
};

/* All registers are 0, local memory too. NULL if the machine has no memory for it. */
struct core *core_new(const struct core_config *config);
void core_free(struct core *core);

/* Executes while core_cycle() < limit_cycle. After CORE_ACCESS or CORE_WFI answer before running
 * again (it returns the same stop otherwise); after CORE_EBREAK and CORE_FAULT it returns just
 * that. */
enum core_stop core_run(struct core *core, uint64_t limit_cycle);

const struct core_access *core_access(const struct core *core); /* valid at CORE_ACCESS */
/* value: a load's raw data in the low bits (the core extends the sign), ignored for stores. */
void core_complete(struct core *core, uint32_t value, uint64_t extra_cycles);
void core_complete_fault(
    struct core *core); /* the access found nothing: access fault at its issue */
/* Before its first run: it begins so many cycles later. */
void core_delay(struct core *core, uint64_t cycles);
/* The wfi retires, extra_cycles after it could have. */
void core_wake(struct core *core, uint64_t extra_cycles);

/* mip.MTIP is 1 from that cycle on; UINT64_MAX: never. Takes effect at the next boundary. */
void core_set_timer(struct core *core, uint64_t cycle);
/* When the timer would end a wfi: its cycle if mie.MTIE is set, UINT64_MAX if it never will. */
uint64_t core_timer_wakes(const struct core *core);

uint64_t core_cycle(const struct core *core);   /* cycles of all instructions before the next */
uint64_t core_retired(const struct core *core); /* instructions, whatever is written to minstret */
uint32_t core_pc(const struct core *core);      /* the next instruction's, or the stopped one's */
uint32_t core_register(const struct core *core, unsigned number); /* 0 .. 31 */
void core_set_register(struct core *core, unsigned number, uint32_t value);

/* Local memory, memory_bytes long. Code written here after it ran needs core_flush_code(). */
uint8_t *core_memory(struct core *core);
void core_flush_code(struct core *core);

/* Stores that touch [address, address + bytes) of local memory are performed, but first shown to
 * external() as if they lay outside; no other store or load gets slower in simulated time. One area
 * a core; bytes 0 takes it away. For the end-of-program word of `polynic exec`. */
void core_watch(struct core *core, uint32_t address, uint32_t bytes);

struct core_fault {
    uint32_t cause; /* as mcause */
    uint32_t pc;    /* of the instruction that faulted */
    uint32_t tval;  /* as mtval: the address, the instruction's bits, or 0 */
    bool in_handler;
    const char *text; /* "load access fault" */
};
const struct core_fault *core_fault(const struct core *core); /* valid at CORE_FAULT, CORE_EBREAK */

/* Writes the instruction at pc as the assembler would read it ("lw a0, 8(sp)"); at most size bytes.
 * Returns its length, 2 or 4; what is no instruction of this core is shown as .2byte or .4byte. */
unsigned core_disassemble(uint32_t bits, uint32_t pc, char *text, unsigned size);
extern const char *const core_register_name[32]; /* "zero", "ra", ... */

#endif
