/* core_disassemble.c - instructions as text, from the same list as everything else. */
#include "models/core_state.h"

#include <stdio.h>

const char *const core_register_name[32] = {
    "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
    "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
    "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
};

struct shown {
    const char *text;
    const char *rd, *rs1, *rs2;
    unsigned rs1_number;
    int32_t imm;
    uint32_t pc;
};

static int show_plain(const struct shown *s, char *text, unsigned size)
{
    return snprintf(text, size, "%s", s->text);
}

static int show_registers(const struct shown *s, char *text, unsigned size)
{
    return snprintf(text, size, "%s %s, %s, %s", s->text, s->rd, s->rs1, s->rs2);
}

static int show_immediate(const struct shown *s, char *text, unsigned size)
{
    return snprintf(text, size, "%s %s, %s, %d", s->text, s->rd, s->rs1, s->imm);
}

static int show_load(const struct shown *s, char *text, unsigned size)
{
    return snprintf(text, size, "%s %s, %d(%s)", s->text, s->rd, s->imm, s->rs1);
}

static int show_store(const struct shown *s, char *text, unsigned size)
{
    return snprintf(text, size, "%s %s, %d(%s)", s->text, s->rs2, s->imm, s->rs1);
}

static int show_branch(const struct shown *s, char *text, unsigned size)
{
    return snprintf(text, size, "%s %s, %s, 0x%x", s->text, s->rs1, s->rs2,
                    s->pc + (uint32_t)s->imm);
}

static int show_jump(const struct shown *s, char *text, unsigned size)
{
    return snprintf(text, size, "%s %s, 0x%x", s->text, s->rd, s->pc + (uint32_t)s->imm);
}

static int show_upper(const struct shown *s, char *text, unsigned size)
{
    return snprintf(text, size, "%s %s, 0x%x", s->text, s->rd, (uint32_t)s->imm >> 12);
}

static int show_csr(const struct shown *s, char *text, unsigned size)
{
    return snprintf(text, size, "%s %s, 0x%x, %s", s->text, s->rd, (uint32_t)s->imm, s->rs1);
}

static int show_csr_immediate(const struct shown *s, char *text, unsigned size)
{
    return snprintf(text, size, "%s %s, 0x%x, %u", s->text, s->rd, (uint32_t)s->imm, s->rs1_number);
}

unsigned core_disassemble(uint32_t bits, uint32_t pc, char *text, unsigned size)
{
    static int (*const shows[])(const struct shown *, char *, unsigned) = {
        [FORMAT_R] = show_registers,
        [FORMAT_I] = show_immediate,
        [FORMAT_SHIFT] = show_immediate,
        [FORMAT_S] = show_store,
        [FORMAT_B] = show_branch,
        [FORMAT_U] = show_upper,
        [FORMAT_J] = show_jump,
        [FORMAT_CSR] = show_csr,
        [FORMAT_CSRI] = show_csr_immediate,
        [FORMAT_NONE] = show_plain,
    };
    unsigned length = (bits & 3) == 3 ? 4 : 2;
    uint32_t full = length == 4 ? bits : core_expand((uint16_t)bits);
    enum core_op op = core_find_op(full);
    const struct core_instruction *instruction = core_instruction(op);

    if (op == OP_ILLEGAL) {
        if (length == 4)
            snprintf(text, size, ".4byte 0x%08x", bits);
        else
            snprintf(text, size, ".2byte 0x%04x", bits & 0xffff);
        return length;
    }

    struct shown shown = {
        .text = instruction->text,
        .rd = core_register_name[full >> 7 & 31],
        .rs1 = core_register_name[full >> 15 & 31],
        .rs2 = core_register_name[full >> 20 & 31],
        .rs1_number = full >> 15 & 31,
        .imm = (int32_t)core_immediate(full, instruction->format),
        .pc = pc,
    };
    bool is_load = instruction->group == GROUP_LOAD || instruction->group == GROUP_JALR;

    (is_load ? show_load : shows[instruction->format])(&shown, text, size);
    return length;
}
