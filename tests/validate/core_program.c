/* core_program.c - see core_program.h.
 *
 * Registers: x2, x8, x9 point to data, x18 to the table, x3 holds 0, x4 counts rounds, x5 holds addresses of
 * code, x31 is the trap handler's. All others are random. Jumps go forward, by a few instructions. */
#include "tests/validate/core_program.h"

#include "sim/random.h"
#include "tests/models/encode.h"

#include <stdbool.h>
#include <string.h>

enum { INSTRUCTIONS = 400, ROUNDS = 2, MOST_AHEAD = 5 };

struct program {
    uint8_t *memory;
    uint32_t at; /* where the next instruction goes */
    uint32_t slots;
    uint64_t dice;
    /* jumps whose targets are instructions to come: `left` 0 is the next */
    struct jump {
        enum { NOTHING, BRANCH, JAL_SHORT, ADDRESS, TABLE, SHORT_BRANCH, SHORT_JUMP } kind;
        uint32_t at, bits;
        unsigned left;
    } jumps[2 * MOST_AHEAD + 8];
};

static unsigned dice(struct program *program, unsigned below)
{
    return (unsigned)random_below(&program->dice, below);
}

static void put_half(struct program *program, uint32_t bits)
{
    uint16_t half = (uint16_t)bits;

    memcpy(program->memory + (program->at - PROGRAM_BASE), &half, sizeof half);
    program->at += 2;
}

static void put_word(struct program *program, uint32_t bits)
{
    put_half(program, bits);
    put_half(program, bits >> 16);
}

static void write_word(struct program *program, uint32_t address, uint32_t bits)
{
    memcpy(program->memory + (address - PROGRAM_BASE), &bits, sizeof bits);
}

static unsigned any_register(struct program *program) /* one that may be written */
{
    static const uint8_t registers[] = {0, 1, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30};

    return registers[dice(program, sizeof registers)];
}

static unsigned pointer(struct program *program)
{
    static const uint8_t registers[] = {2, 8, 9};

    return registers[dice(program, 3)];
}

/* --- Jumps --------------------------------------------------------------------------------------------- */

static uint32_t short_branch_bits(uint32_t i)
{
    return (i >> 8 & 1) << 12 | (i >> 3 & 3) << 10 | (i >> 6 & 3) << 5 | (i >> 1 & 3) << 3 | (i >> 5 & 1) << 2;
}

static uint32_t short_jump_bits(uint32_t i)
{
    return (i >> 11 & 1) << 12 | (i >> 4 & 1) << 11 | (i >> 8 & 3) << 9 | (i >> 10 & 1) << 8 | (i >> 6 & 1) << 7 |
           (i >> 7 & 1) << 6 | (i >> 1 & 7) << 3 | (i >> 5 & 1) << 2;
}

static void resolve(struct program *program, struct jump *jump)
{
    uint32_t distance = program->at - jump->at;

    switch (jump->kind) {
    case BRANCH:
        write_word(program, jump->at, jump->bits | encode_b(0, 0, 0, (int)distance));
        break;
    case JAL_SHORT:
        write_word(program, jump->at, jump->bits | encode_j(0, (int)distance));
        break;
    case ADDRESS: /* the immediate of what adds to an auipc 4 bytes before */
        write_word(program, jump->at, jump->bits | (distance + 4) << 20);
        break;
    case TABLE:
        write_word(program, jump->at, program->at);
        break;
    case SHORT_BRANCH:
    case SHORT_JUMP: {
        uint32_t bits = jump->kind == SHORT_JUMP ? short_jump_bits(distance) : short_branch_bits(distance);
        uint16_t half = (uint16_t)(jump->bits | bits);

        memcpy(program->memory + (jump->at - PROGRAM_BASE), &half, sizeof half);
        break;
    }
    case NOTHING:
        break;
    }
    jump->kind = NOTHING;
}

/* An instruction begins here: the jumps that go to it are known. */
static void mark(struct program *program, bool at_once)
{
    for (unsigned i = 0; i < sizeof program->jumps / sizeof program->jumps[0]; i++)
        if (program->jumps[i].kind != NOTHING && (at_once || program->jumps[i].left-- == 0))
            resolve(program, &program->jumps[i]);
}

static void jump_from(struct program *program, unsigned kind, uint32_t at, uint32_t bits)
{
    for (unsigned i = 0; i < sizeof program->jumps / sizeof program->jumps[0]; i++)
        if (program->jumps[i].kind == NOTHING) {
            program->jumps[i] = (struct jump){.kind = kind, .at = at, .bits = bits, .left = dice(program, MOST_AHEAD)};
            return;
        }
}

static void put_jump(struct program *program)
{
    static const uint8_t conditions[] = {0, 1, 4, 5, 6, 7};
    uint32_t at = program->at;
    unsigned kind = dice(program, 8), a = any_register(program), b = any_register(program);
    unsigned coin = dice(program, 2), other_coin = dice(program, 2), condition = conditions[dice(program, 6)];

    switch (kind) {
    case 0:
    case 1:
        put_word(program, 0);
        jump_from(program, BRANCH, at, encode_b(condition, a, b, 0));
        break;
    case 2:
        put_word(program, 0);
        jump_from(program, JAL_SHORT, at, JAL(coin, 0));
        break;
    case 3:
        put_word(program, AUIPC(5, 0));
        put_word(program, 0);
        jump_from(program, ADDRESS, at + 4, JALR(coin, 5, 0));
        break;
    case 4: /* by a register just loaded; four bytes or two */
        put_word(program, LW(5, 18, (int)program->slots));
        if (coin)
            put_word(program, JALR(1, 5, 0));
        else
            put_half(program, 0x8002 | 5 << 7 | other_coin << 12); /* c.jr, c.jalr */
        jump_from(program, TABLE, PROGRAM_TABLE + program->slots, 0);
        program->slots += 4;
        break;
    case 5:
        put_half(program, 0);
        jump_from(program, SHORT_JUMP, at, coin ? 0xa001 : 0x2001); /* c.j, c.jal */
        break;
    case 6:
        put_half(program, 0);
        /* of x8, which is not 0, or x14, which may be */
        jump_from(program, SHORT_BRANCH, at, (coin ? 0xc001 : 0xe001) | other_coin * 6 << 7);
        break;
    default: /* mret */
        put_word(program, AUIPC(5, 0));
        put_word(program, 0);
        jump_from(program, ADDRESS, at + 4, ADDI(5, 5, 0));
        put_word(program, CSRRW(0, MEPC, 5));
        put_word(program, MRET);
        break;
    }
}

/* --- All others ------------------------------------------------------------------------------------------ */

static void put_access(struct program *program)
{
    static const uint8_t loads[] = {0, 1, 2, 4, 5};
    unsigned kind = dice(program, 8), load = loads[dice(program, 5)], store = dice(program, 3);
    unsigned rd = any_register(program), base = pointer(program), small = dice(program, 8), coin = dice(program, 2);
    int offset = (int)dice(program, 2048);

    switch (kind) {
    case 0:
    case 1:
    case 2:
        put_word(program, encode_i(load, 0x03, rd, base, offset));
        break;
    case 3:
    case 4:
        put_word(program, encode_s(store, base, rd, offset));
        break;
    case 5: /* c.lw to x10 .. x15; x9 is 1 modulo 4, x8 is 0 */
        put_half(program, 0x4000 | coin << 7 | (2 + small % 6) << 2);
        break;
    case 6: /* c.lwsp, or c.sw of x8 .. x15 */
        put_half(program, store ? 0x4002 | (10 + small % 6) << 7 | load << 4 : 0xc000 | coin << 7 | small << 2);
        break;
    default: /* c.swsp */
        put_half(program, 0xc002 | rd << 2 | small << 9);
        break;
    }
}

static void put_csr(struct program *program)
{
    static const uint16_t written[] = {MSTATUS, MIE, MTVEC, MSCRATCH, MEPC, MCAUSE, MTVAL};
    static const uint16_t read[] = {MSTATUS, MIE, MTVEC, MSCRATCH, MEPC, MCAUSE, MTVAL, MIP, MCYCLE,
                                    MINSTRET, 0x301, 0xf14};
    int csr = written[dice(program, 7)], csr_read = read[dice(program, 12)];
    unsigned kind = dice(program, 5), rd = any_register(program), a = any_register(program);
    unsigned value = 1 + dice(program, 31);

    if (csr == MTVEC) { /* it must stay, so nothing is set or cleared in it: by a register that holds 0 */
        kind = kind % 2 ? 1 : 3;
        a = 3;
    }
    switch (kind) {
    case 0:
        put_word(program, CSRRW(rd, csr, a));
        break;
    case 1:
        put_word(program, CSRRC(rd, csr, a));
        break;
    case 2:
        put_word(program, CSRRSI(rd, csr, value));
        break;
    case 3:
        put_word(program, CSRRS(rd, csr, a));
        break;
    default:
        put_word(program, value % 2 ? CSRRS(rd, csr_read, 0) : CSRRSI(rd, csr_read, 0));
        break;
    }
}

/* The handler goes on 4 bytes further. */
static void put_trap(struct program *program)
{
    switch (dice(program, 4)) {
    case 0:
        put_word(program, ECALL);
        break;
    case 1:
        put_word(program, EBREAK);
        break;
    case 2:
        put_word(program, 0xffffffff);
        break;
    default:
        put_half(program, 0x9002); /* c.ebreak */
        put_half(program, C_NOP);
        break;
    }
}

static void put_compressed(struct program *program)
{
    unsigned kind = dice(program, 5), rd = 10 + dice(program, 6), other = 10 + dice(program, 6);
    unsigned value = dice(program, 31), function = dice(program, 12);

    switch (kind) {
    case 0:
        put_half(program, 0x0001 | rd << 7 | (1 + value) << 2); /* c.addi */
        break;
    case 1:
        put_half(program, 0x4001 | rd << 7 | value << 2); /* c.li */
        break;
    case 2:
        put_half(program, 0x8002 | rd << 7 | other << 2 | (function & 1) << 12); /* c.mv, c.add */
        break;
    case 3:
        put_half(program, 0x8c01 | (rd - 8) << 7 | (other - 8) << 2 | (function & 3) << 5); /* c.sub, .. c.and */
        break;
    default:
        put_half(program, 0x8001 | (rd - 8) << 7 | (1 + value) << 2 | function % 3 << 10); /* c.srli, c.srai, c.andi */
        break;
    }
}

static void put_arithmetic(struct program *program)
{
    static const uint8_t immediate_functions[] = {0, 2, 3, 4, 6, 7};
    unsigned kind = dice(program, 8), rd = any_register(program), a = any_register(program), b = any_register(program);
    unsigned function = dice(program, 8), coin = dice(program, 2), value = dice(program, 1 << 20);

    switch (kind) {
    case 0:
        put_word(program, encode_r(1, function % 4, 0x33, rd, a, b)); /* multiplications */
        break;
    case 1: /* divisions, one in three by 0 */
        put_word(program, encode_r(1, 4 + function % 4, 0x33, rd, a, value % 3 ? b : 3));
        break;
    case 2:
        put_word(program, coin ? LUI(rd, value) : AUIPC(rd, value));
        break;
    case 3:
        put_word(program, coin ? FENCE : FENCE_I);
        break;
    case 4:
    case 5:
        put_word(program, encode_i(immediate_functions[value % 6], 0x13, rd, a, (int)(value >> 8)));
        break;
    default:
        put_word(program, encode_r(0, function, 0x33, rd, a, b));
        break;
    }
}

/* --- The whole --------------------------------------------------------------------------------------------- */

static void put_address(struct program *program, unsigned rd, uint32_t address)
{
    put_word(program, LUI(rd, (address + 0x800) >> 12));
    put_word(program, ADDI(rd, rd, (int)(address & 0xfff)));
}

static void put_start(struct program *program)
{
    uint32_t handler = PROGRAM_BASE + 4;

    put_word(program, JAL(0, 20)); /* over the handler */
    program->at = handler;
    put_word(program, CSRRS(31, MEPC, 0));
    put_word(program, ADDI(31, 31, 4));
    put_word(program, CSRRW(0, MEPC, 31));
    put_word(program, MRET);
    put_address(program, 31, handler);
    put_word(program, CSRRW(0, MTVEC, 31));
    put_address(program, 2, PROGRAM_DATA + 2);
    put_address(program, 8, PROGRAM_DATA);
    put_address(program, 9, PROGRAM_DATA + 1);
    put_address(program, 18, PROGRAM_TABLE);
    put_word(program, ADDI(4, 0, ROUNDS));
    for (unsigned i = 10; i < 16; i++)
        put_address(program, i, (uint32_t)random_next(&program->dice));
}

static void put_any(struct program *program)
{
    switch (dice(program, 16)) {
    case 0:
    case 1:
    case 2:
        put_jump(program);
        break;
    case 3:
    case 4:
    case 5:
    case 6:
        put_access(program);
        break;
    case 7:
        put_csr(program);
        break;
    case 8:
        put_trap(program);
        break;
    case 9:
    case 10:
    case 11:
        put_compressed(program);
        break;
    default:
        put_arithmetic(program);
        break;
    }
}

void core_program_write(uint8_t *memory, uint64_t seed)
{
    struct program program = {.memory = memory, .at = PROGRAM_BASE, .dice = seed};
    uint32_t first;

    put_start(&program);
    first = program.at;
    for (unsigned i = 0; i < INSTRUCTIONS; i++) {
        mark(&program, false);
        put_any(&program);
    }
    mark(&program, true);
    put_word(&program, ADDI(4, 4, -1));
    put_word(&program, BEQ(4, 0, 8));
    put_word(&program, JAL(0, (int)(first - program.at)));
    put_word(&program, WFI);
}
