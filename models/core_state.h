/* core_state.h - the inside of a core, shared by the core_*.c files only.
 *
 * Code is pre-decoded, one entry a halfword of local memory, so that entry and address map to each
 * other:
 *
 *     memory    | c.li | lw . . . . | add ....  |          entries[count]: the fetch beyond the end
 *     entries   [  0  ][  1  ][  2  ][  3  ][  4  ] ...
 *                       ^ filled when first executed; [2] stays empty unless something jumps there
 *
 * An entry of zeros is one not decoded yet: a fresh mapping needs no initialisation, and costs no
 * host memory until code runs there.
 */
#ifndef MODELS_CORE_STATE_H
#define MODELS_CORE_STATE_H

#include "models/core.h"

#include <stddef.h>

enum core_op {
    OP_UNDECODED, /* must be 0 */
#define INSTRUCTION(name, text, format, mask, match, group, meaning) OP_##name,
#include "models/core_instruction.def"
#undef INSTRUCTION
    OP_FAR_JUMP,   /* jal out of local memory; imm is in bytes */
    OP_FAR_BRANCH, /* leaves local memory if taken; imm is in bytes, rd the OP_BEQ .. OP_BGEU */
    OP_ILLEGAL,    /* imm holds the bits */
    OP_NO_CODE,    /* the fetch, or its second half, leaves local memory */
    OP_COUNT
};

enum {
    CORE_SINK = 32,           /* where x0 is written */
    CORE_PAGE_BYTES = 4096,   /* decoded entries are dropped by the page */
    CORE_STRETCH_BYTES = 128, /* a straight line is checked against the limit once in this many */
    CORE_MAX_BYTES = 1 << 30,
};

struct core_entry {
    int32_t handler; /* of the interpreter: label, relative to that of OP_UNDECODED */
    int32_t imm;     /* branch, jal: the target, in entries from here */
    uint8_t rd;      /* CORE_SINK for x0 */
    uint8_t rs1, rs2;
    uint8_t cycles;       /* branch: not taken */
    uint8_t cycles_taken; /* with the unaligned target's */
    uint8_t op;           /* enum core_op */
    uint8_t halfwords;    /* 1, 2 */
    uint8_t redirect;     /* added when a redirect comes here */
};

enum core_state {
    CORE_RUNNING,
    CORE_AT_ACCESS,
    CORE_AT_WFI,
    CORE_STOPPED, /* for good */
};

struct core {
    uint32_t x[33];
    uint32_t pc;
    uint64_t cycle, retired;
    struct core_entry *entries;
    uint8_t *memory;
    uint32_t base, bytes;
    uint32_t store_base, store_bytes; /* where stores need not look at the watched area; offsets */
    uint32_t watch_base, watch_bytes; /* offset; bytes 0: none */
    uint32_t slack_cycles; /* more than any straight stretch between two looks at the limit takes */
    bool recheck;          /* the timer or an enable has changed: compute the next interrupt anew */
    enum core_state state;
    enum core_stop stop; /* why, in CORE_STOPPED */
    struct core_timing timing;
    struct core_config config;
    struct core_access access;
    struct core_fault fault;

    uint32_t mtvec, mscratch, mepc, mcause, mtval;
    bool mie_mtie, status_mie, status_mpie;
    bool in_handler;
    uint64_t timer; /* mip.MTIP from this cycle on */
    /* counter = now - offset, or the value at which mcountinhibit froze it */
    uint64_t mcycle, minstret; /* offsets, or frozen values */
    bool mcycle_stopped, minstret_stopped;

    uint8_t *page_decoded; /* a flag a page */
    uint32_t *decoded_pages, decoded_page_count;
    size_t entries_mapped_bytes;
};

enum core_cause {
    CAUSE_FETCH = 1,
    CAUSE_ILLEGAL = 2,
    CAUSE_BREAKPOINT = 3,
    CAUSE_LOAD = 5,
    CAUSE_STORE = 7,
    CAUSE_ECALL = 11,
};

enum core_format {
    FORMAT_R,
    FORMAT_I,
    FORMAT_SHIFT,
    FORMAT_S,
    FORMAT_B,
    FORMAT_U,
    FORMAT_J,
    FORMAT_CSR,
    FORMAT_CSRI,
    FORMAT_NONE,
};

enum core_group {
    GROUP_INTEGER,
    GROUP_MUL,
    GROUP_MULH,
    GROUP_DIV,
    GROUP_LOAD,
    GROUP_STORE,
    GROUP_BRANCH,
    GROUP_JAL,
    GROUP_JALR,
    GROUP_FENCE,
    GROUP_FENCE_I,
    GROUP_ECALL,
    GROUP_EBREAK,
    GROUP_MRET,
    GROUP_WFI,
    GROUP_CSR,
};

/* A row of the list. */
struct core_instruction {
    uint32_t mask, match;
    enum core_format format;
    enum core_group group;
    const char *text;
};

/* core_decode.c */
const struct core_instruction *core_instruction(enum core_op op); /* OP_LUI .. OP_CSRRCI */
uint32_t core_immediate(uint32_t bits, enum core_format format);
uint32_t core_expand(uint16_t compressed); /* its 32-bit form; 0 if it is none */
enum core_op core_find_op(uint32_t bits);  /* OP_ILLEGAL if there is none */
uint32_t core_code_at(const struct core *core, uint32_t offset); /* 32 bits; zeros beyond the end */
/* Fills all of the entry but its handler. */
void core_decode(struct core *core, struct core_entry *entry);

/* core_csr.c: false if it is illegal. Retires the instruction otherwise. */
bool core_execute_csr(struct core *core, const struct core_entry *entry);

/* core_trap.c: at core->pc and core->cycle. */
void core_trap(struct core *core, uint32_t cause, uint32_t tval);
void core_interrupt(struct core *core);
void core_return_from_trap(struct core *core);
/* Cycles that a redirect to pc costs more. */
uint8_t core_redirect_cycles(const struct core *core, uint32_t pc);

/* core_access.c: an access that the fast path leaves: misaligned, outside, watched. */
enum core_access_result {
    ACCESS_DONE,  /* retired */
    ACCESS_LEAVE, /* retired or trapped; look at the interrupts again */
    ACCESS_STOP,  /* CORE_ACCESS */
};
enum core_access_result core_slow_access(struct core *core, const struct core_entry *entry);

#endif
