/* core_rules.c - random programs on the cores whose cycles rules of their own foretell: an independent reading of
 * each instruction's bits and operands, before it is executed, with the table of what it costs. Prints the
 * instructions executed, and those whose cycles, or whose reading of mcycle or minstret, are not as foretold.
 * Arguments: a preset, programs. */
#include "models/core.h"
#include "tests/validate/core_program.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* lowRISC Ibex, by its RTL: what differs between its configurations. */
struct rules {
    const char *preset;
    unsigned access, mul, mulh, taken, load_use;
};

static const struct rules rules[] = {
    {"ibex-small", 2, 3, 4, 3, 0},
    {"ibex-maxperf", 1, 1, 2, 2, 1},
};

enum kind { PLAIN, LOAD, STORE, MULTIPLY, DIVIDE, BRANCH, JUMP, FENCE_CODE, CSR, TRAP, RETURN, WAIT };

/* What a rule needs to know of an instruction. */
struct instruction {
    enum kind kind;
    unsigned bytes, function; /* function: funct3 */
    unsigned rd, a, b;        /* registers read; 0: none */
    uint32_t offset;          /* of an access, sign-extended; of a CSR instruction: its register or immediate */
    unsigned csr;
};

static struct instruction read_wide(uint32_t w)
{
    struct instruction i = {.bytes = 4, .function = w >> 12 & 7, .rd = w >> 7 & 31};
    unsigned a = w >> 15 & 31, b = w >> 20 & 31;
    int32_t upper = (int32_t)w >> 20;

    switch (w & 0x7f) {
    case 0x03:
        i.kind = LOAD;
        i.a = a;
        i.offset = (uint32_t)upper;
        return i;
    case 0x23:
        i.kind = STORE;
        i.a = a;
        i.b = b;
        i.offset = ((uint32_t)upper & ~31u) | i.rd;
        i.rd = 0;
        return i;
    case 0x33:
        i.kind = w >> 25 != 1 ? PLAIN : i.function < 4 ? MULTIPLY : DIVIDE;
        i.a = a;
        i.b = b;
        return i;
    case 0x13:
        i.a = a;
        return i;
    case 0x63:
        i.kind = BRANCH;
        i.a = a;
        i.b = b;
        return i;
    case 0x6f:
        i.kind = JUMP;
        return i;
    case 0x67:
        i.kind = JUMP;
        i.a = a;
        return i;
    case 0x0f:
        i.kind = i.function == 1 ? FENCE_CODE : PLAIN;
        return i;
    case 0x73:
        i.kind = w == 0x30200073 ? RETURN : w == 0x10500073 ? WAIT : i.function == 0 ? TRAP : CSR;
        i.csr = w >> 20;
        i.a = i.kind == CSR && i.function < 4 ? a : 0;
        i.offset = a;
        return i;
    case 0x37:
    case 0x17:
        return i;
    default:
        i.kind = TRAP;
        return i;
    }
}

static struct instruction read_compressed(uint32_t w)
{
    struct instruction i = {.bytes = 2};
    unsigned rd = w >> 7 & 31, second = w >> 2 & 31, short_a = 8 + (w >> 7 & 7), short_b = 8 + (w >> 2 & 7);

    switch ((w & 3) << 3 | w >> 13) {
    case 2: /* c.lw */
        i.kind = LOAD;
        i.function = 2;
        i.rd = short_b;
        i.a = short_a;
        return i;
    case 6: /* c.sw */
        i.kind = STORE;
        i.function = 2;
        i.b = short_b;
        i.a = short_a;
        return i;
    case 8: /* c.addi */
        i.rd = i.a = rd;
        return i;
    case 9:
    case 13: /* c.jal, c.j */
        i.kind = JUMP;
        return i;
    case 10: /* c.li */
        i.rd = rd;
        return i;
    case 12: /* shifts, c.andi; c.sub to c.and */
        i.rd = i.a = short_a;
        i.b = (w >> 10 & 3) == 3 ? short_b : 0;
        return i;
    case 14:
    case 15: /* c.beqz, c.bnez */
        i.kind = BRANCH;
        i.function = w >> 13 & 1;
        i.a = short_a;
        return i;
    case 18: /* c.lwsp */
        i.kind = LOAD;
        i.function = 2;
        i.rd = rd;
        i.a = 2;
        i.offset = (w >> 4 & 7) << 2;
        return i;
    case 20:
        if (second) { /* c.mv, c.add */
            i.rd = rd;
            i.a = w >> 12 & 1 ? rd : 0;
            i.b = second;
        } else { /* c.jr, c.jalr, c.ebreak */
            i.kind = rd ? JUMP : TRAP;
            i.a = rd;
        }
        return i;
    case 22: /* c.swsp */
        i.kind = STORE;
        i.function = 2;
        i.b = second;
        i.a = 2;
        i.offset = (w >> 9 & 15) << 2;
        return i;
    default:
        fprintf(stderr, "core_rules: 0x%04x is not in these programs\n", w);
        exit(1);
    }
}

static uint32_t word_at(const uint8_t *memory, uint32_t address)
{
    uint32_t word;

    memcpy(&word, memory + (address - PROGRAM_BASE), sizeof word);
    return word;
}

static struct instruction instruction_at(struct core *core, uint32_t address)
{
    uint32_t word = word_at(core_memory(core), address);

    return (word & 3) == 3 ? read_wide(word) : read_compressed(word & 0xffff);
}

static bool is_taken(const struct instruction *i, uint32_t a, uint32_t b)
{
    switch (i->function) {
    case 0:
        return a == b;
    case 1:
        return a != b;
    case 4:
        return (int32_t)a < (int32_t)b;
    case 5:
        return (int32_t)a >= (int32_t)b;
    case 6:
        return a < b;
    default:
        return a >= b;
    }
}

/* Read by csrrs and csrrc of x0, by csrrsi and csrrci of 0; the immediate, or register, is in offset. */
static bool is_csr_written(const struct instruction *i)
{
    return (i->function & 3) == 1 || i->offset != 0;
}

/* Without what a redirect to an instruction at 2 modulo 4 costs; *redirects says whether it is one. */
static unsigned cost(const struct rules *rule, struct core *core, const struct instruction *i, bool *redirects)
{
    enum { MSCRATCH = 0x340, MEPC = 0x341 };
    uint32_t a = core_register(core, i->a), b = core_register(core, i->b);
    unsigned bytes = 1u << (i->function & 3);

    *redirects = i->kind == JUMP || i->kind == FENCE_CODE || i->kind == TRAP || i->kind == RETURN;
    switch (i->kind) {
    case LOAD: {
        struct instruction next = instruction_at(core, core_pc(core) + i->bytes);
        bool is_used = i->rd != 0 && (next.a == i->rd || next.b == i->rd);

        return rule->access + ((a + i->offset) % 4 + bytes > 4) + (is_used ? rule->load_use : 0);
    }
    case STORE:
        return rule->access + ((a + i->offset) % 4 + bytes > 4);
    case MULTIPLY:
        return i->function == 0 ? rule->mul : rule->mulh;
    case DIVIDE:
        return b == 0 ? 2 : 37;
    case BRANCH:
        *redirects = is_taken(i, a, b);
        return *redirects ? rule->taken : 1;
    case JUMP:
    case FENCE_CODE:
        return 2;
    case CSR:
        return is_csr_written(i) && i->csr != MSCRATCH && i->csr != MEPC ? 3 : 1;
    case TRAP:
    case RETURN:
        return 3;
    default:
        return 1;
    }
}

static bool is_counter_right(const struct core *core, const struct instruction *i, uint64_t cycles, uint64_t retired)
{
    enum { MCYCLE = 0xb00, MINSTRET = 0xb02 };

    if (i->kind != CSR || i->rd == 0 || (i->csr != MCYCLE && i->csr != MINSTRET))
        return true;
    return core_register(core, i->rd) == (uint32_t)(i->csr == MCYCLE ? cycles : retired);
}

static struct core *core_for(const char *preset, uint64_t seed)
{
    struct core *core = core_new(&(struct core_config){.timing = core_timing(preset),
                                                       .memory_base = PROGRAM_BASE,
                                                       .memory_bytes = PROGRAM_BYTES,
                                                       .reset_pc = PROGRAM_BASE});

    if (!core)
        exit(1);
    core_program_write(core_memory(core), seed);
    return core;
}

static void complain(const struct rules *rule, uint64_t seed, struct core *core, uint32_t pc, uint64_t took,
                     uint64_t expected)
{
    char text[64];

    core_disassemble(word_at(core_memory(core), pc), pc, text, sizeof text);
    fprintf(stderr, "%s, program %" PRIu64 ": %08" PRIx32 " %s: ", rule->preset, seed, pc, text);
    fprintf(stderr, "%" PRIu64 " cycles, not %" PRIu64 ", or a counter is wrong\n", took, expected);
}

/* Instruction by instruction; returns the deviations. */
static uint64_t run_program(const struct rules *rule, uint64_t seed, uint64_t *executed)
{
    struct core *core = core_for(rule->preset, seed), *whole = core_for(rule->preset, seed);
    struct instruction i;
    uint64_t cycles = 0, retired = 0, deviations = 0;

    while ((i = instruction_at(core, core_pc(core))).kind != WAIT) {
        uint32_t pc = core_pc(core);
        uint64_t before = core_cycle(core);
        bool redirects;
        unsigned expected = cost(rule, core, &i, &redirects);

        core_run(core, before + 1);
        if (redirects && core_pc(core) % 4 == 2 && (word_at(core_memory(core), core_pc(core)) & 3) == 3)
            expected++;
        if (core_cycle(core) - before != expected || !is_counter_right(core, &i, cycles, retired)) {
            if (deviations++ == 0)
                complain(rule, seed, core, pc, core_cycle(core) - before, expected);
        }
        cycles += expected;
        retired += i.kind != TRAP;
        ++*executed;
    }
    core_run(whole, UINT64_MAX); /* and at once, to the wfi */
    if (core_cycle(whole) != cycles || core_retired(whole) != retired || core_pc(whole) != core_pc(core))
        deviations++;
    core_free(core);
    core_free(whole);
    return deviations;
}

int main(int argc, char **argv)
{
    uint64_t executed = 0, deviations = 0, programs = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;

    for (unsigned i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (argc == 3 && strcmp(rules[i].preset, argv[1]) == 0) {
            for (uint64_t seed = 1; seed <= programs; seed++)
                deviations += run_program(&rules[i], seed, &executed);
            printf("%" PRIu64 " %" PRIu64 "\n", executed, deviations);
            return 0;
        }
    fprintf(stderr, "usage: core_rules ibex-small|ibex-maxperf PROGRAMS\n");
    return 2;
}
