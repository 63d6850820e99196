/* core_decode.c - from bits to entries: expands compressed instructions, finds the operation, folds
 * the costs that the program text alone decides into the entry. */
#include "models/core_state.h"

static const struct core_instruction instructions[OP_COUNT] = {
#define INSTRUCTION(name, text, format, mask, match, group, meaning)                               \
    [OP_##name] = {mask, match, FORMAT_##format, GROUP_##group, text},
#include "models/core_instruction.def"
#undef INSTRUCTION
};

/* Bits high..low of word, moved to start at bit `to`. */
static uint32_t move(uint32_t word, unsigned high, unsigned low, unsigned to)
{
    return ((word >> low) & ((2u << (high - low)) - 1)) << to;
}

static uint32_t sign_extend(uint32_t value, unsigned bits)
{
    return (uint32_t)((int32_t)(value << (32 - bits)) >> (32 - bits));
}

/*   31          25 24    20 19    15 14  12 11     7 6      0
 *  R  | funct7    |  rs2   |  rs1   | f3  |  rd     | opcode |
 *  I  | imm 11:0           |  rs1   | f3  |  rd     | opcode |
 *  S  | imm 11:5  |  rs2   |  rs1   | f3  | imm 4:0 | opcode |
 *  B  | 12, 10:5  |  rs2   |  rs1   | f3  | 4:1, 11 | opcode |
 *  U  | imm 31:12                         |  rd     | opcode |
 *  J  | imm 20, 10:1, 11, 19:12           |  rd     | opcode |
 */
uint32_t core_immediate(uint32_t w, enum core_format format)
{
    switch (format) {
    case FORMAT_I:
        return sign_extend(w >> 20, 12);
    case FORMAT_SHIFT:
        return move(w, 24, 20, 0);
    case FORMAT_S:
        return sign_extend(move(w, 31, 25, 5) | move(w, 11, 7, 0), 12);
    case FORMAT_B:
        return sign_extend(
            move(w, 31, 31, 12) | move(w, 7, 7, 11) | move(w, 30, 25, 5) | move(w, 11, 8, 1), 13);
    case FORMAT_U:
        return w & 0xfffff000;
    case FORMAT_J:
        return sign_extend(move(w, 31, 31, 20) | move(w, 19, 12, 12) | move(w, 20, 20, 11) |
                               move(w, 30, 21, 1),
                           21);
    case FORMAT_CSR:
    case FORMAT_CSRI:
        return w >> 20;
    default:
        return 0;
    }
}

static uint32_t encode_i(uint32_t match, uint32_t rd, uint32_t rs1, uint32_t imm)
{
    return match | rd << 7 | rs1 << 15 | imm << 20;
}

static uint32_t encode_s(uint32_t match, uint32_t rs1, uint32_t rs2, uint32_t imm)
{
    return match | move(imm, 4, 0, 7) | rs1 << 15 | rs2 << 20 | move(imm, 11, 5, 25);
}

static uint32_t encode_b(uint32_t match, uint32_t rs1, uint32_t imm)
{
    return match | move(imm, 11, 11, 7) | move(imm, 4, 1, 8) | rs1 << 15 | move(imm, 10, 5, 25) |
           move(imm, 12, 12, 31);
}

static uint32_t encode_j(uint32_t rd, uint32_t imm)
{
    return 0x6f | rd << 7 | move(imm, 19, 12, 12) | move(imm, 11, 11, 20) | move(imm, 10, 1, 21) |
           move(imm, 20, 20, 31);
}

static uint32_t encode_r(uint32_t match, uint32_t rd, uint32_t rs1, uint32_t rs2)
{
    return match | rd << 7 | rs1 << 15 | rs2 << 20;
}

/*   15   13 12 11    10 9     7 6  5 4     2 1  0
 *  | f3    | nzuimm 5:4, 9:6, 2, 3 |  rd'   | 00 |  c.addi4spn
 *  | f3    | uimm 5:3 | rs1'  | 2,6 |  rd'  | 00 |  c.lw, c.sw
 */
static uint32_t expand_0(uint32_t c)
{
    uint32_t rd = 8 + move(c, 4, 2, 0), rs1 = 8 + move(c, 9, 7, 0);
    uint32_t word_offset = move(c, 12, 10, 3) | move(c, 6, 6, 2) | move(c, 5, 5, 6);
    uint32_t stack = move(c, 12, 11, 4) | move(c, 10, 7, 6) | move(c, 6, 6, 2) | move(c, 5, 5, 3);

    switch (c >> 13) {
    case 0:
        return stack ? encode_i(0x13, rd, 2, stack) : 0;
    case 2:
        return encode_i(0x2003, rd, rs1, word_offset);
    case 6:
        return encode_s(0x2023, rs1, rd, word_offset);
    default:
        return 0;
    }
}

/* c.srli, c.srai, c.andi, c.sub, c.xor, c.or, c.and */
static uint32_t expand_arithmetic(uint32_t c)
{
    static const uint32_t pairs[4] = {0x40000033, 0x4033, 0x6033, 0x7033};
    uint32_t rd = 8 + move(c, 9, 7, 0), rs2 = 8 + move(c, 4, 2, 0), shift = move(c, 6, 2, 0);
    uint32_t bit_12 = c >> 12 & 1;

    switch (move(c, 11, 10, 0)) {
    case 0:
        return bit_12 ? 0 : encode_i(0x5013, rd, rd, shift);
    case 1:
        return bit_12 ? 0 : encode_i(0x40005013, rd, rd, shift);
    case 2:
        return encode_i(0x7013, rd, rd, sign_extend(shift | bit_12 << 5, 6));
    default:
        return bit_12 ? 0 : encode_r(pairs[move(c, 6, 5, 0)], rd, rd, rs2);
    }
}

static uint32_t expand_1(uint32_t c)
{
    uint32_t rd = move(c, 11, 7, 0), rs1 = 8 + move(c, 9, 7, 0);
    uint32_t imm = sign_extend(move(c, 12, 12, 5) | move(c, 6, 2, 0), 6);
    uint32_t stack = sign_extend(move(c, 12, 12, 9) | move(c, 6, 6, 4) | move(c, 5, 5, 6) |
                                     move(c, 4, 3, 7) | move(c, 2, 2, 5),
                                 10);
    uint32_t jump = sign_extend(move(c, 12, 12, 11) | move(c, 11, 11, 4) | move(c, 10, 9, 8) |
                                    move(c, 8, 8, 10) | move(c, 7, 7, 6) | move(c, 6, 6, 7) |
                                    move(c, 5, 3, 1) | move(c, 2, 2, 5),
                                12);
    uint32_t branch = sign_extend(move(c, 12, 12, 8) | move(c, 11, 10, 3) | move(c, 6, 5, 6) |
                                      move(c, 4, 3, 1) | move(c, 2, 2, 5),
                                  9);

    switch (c >> 13) {
    case 0:
        return encode_i(0x13, rd, rd, imm);
    case 1:
        return encode_j(1, jump);
    case 2:
        return encode_i(0x13, rd, 0, imm);
    case 3:
        if (imm == 0)
            return 0;
        return rd == 2 ? (stack ? encode_i(0x13, 2, 2, stack) : 0) : (0x37 | rd << 7 | imm << 12);
    case 4:
        return expand_arithmetic(c);
    case 5:
        return encode_j(0, jump);
    case 6:
        return encode_b(0x63, rs1, branch);
    default:
        return encode_b(0x1063, rs1, branch);
    }
}

static uint32_t expand_2(uint32_t c)
{
    uint32_t rd = move(c, 11, 7, 0), rs2 = move(c, 6, 2, 0);
    uint32_t bit_12 = c >> 12 & 1;
    uint32_t load = move(c, 12, 12, 5) | move(c, 6, 4, 2) | move(c, 3, 2, 6);
    uint32_t store = move(c, 12, 9, 2) | move(c, 8, 7, 6);

    switch (c >> 13) {
    case 0:
        return bit_12 ? 0 : encode_i(0x1013, rd, rd, rs2);
    case 2:
        return rd ? encode_i(0x2003, rd, 2, load) : 0;
    case 4:
        if (rs2 != 0)
            return encode_r(0x33, rd, bit_12 ? rd : 0, rs2);
        if (rd != 0)
            return encode_i(0x67, bit_12, rd, 0);
        return bit_12 ? 0x00100073 : 0;
    case 6:
        return encode_s(0x2023, 2, rs2, store);
    default:
        return 0;
    }
}

uint32_t core_expand(uint16_t compressed)
{
    switch (compressed & 3) {
    case 0:
        return expand_0(compressed);
    case 1:
        return expand_1(compressed);
    case 2:
        return expand_2(compressed);
    default:
        return 0;
    }
}

const struct core_instruction *core_instruction(enum core_op op)
{
    return &instructions[op];
}

enum core_op core_find_op(uint32_t bits)
{
    for (enum core_op op = OP_UNDECODED + 1; op < OP_FAR_JUMP; op++)
        if ((bits & instructions[op].mask) == instructions[op].match)
            return op;
    return OP_ILLEGAL;
}

uint32_t core_code_at(const struct core *core, uint32_t offset)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < 4 && i < core->bytes - offset; i++)
        bits |= (uint32_t)core->memory[offset + i] << (8 * i);
    return bits;
}

static bool is_compressed(uint32_t bits)
{
    return (bits & 3) != 3;
}

/* The instruction at offset in its 32-bit form; 0, which is illegal, if there is none. */
static uint32_t expanded_at(const struct core *core, uint32_t offset)
{
    uint32_t bits = offset < core->bytes ? core_code_at(core, offset) : 0;

    if (is_compressed(bits))
        return core_expand((uint16_t)bits);
    return core->bytes - offset < 4 ? 0 : bits;
}

/* The stall that the instruction at offset suffers if rd has just been written. */
static unsigned hazard(const struct core *core, uint32_t offset, uint32_t rd, bool by_load)
{
    uint32_t bits = expanded_at(core, offset);
    enum core_op op = core_find_op(bits);
    enum core_format format = instructions[op].format;
    bool none = op == OP_ILLEGAL || format == FORMAT_U || format == FORMAT_J ||
                format == FORMAT_CSRI || format == FORMAT_NONE;
    bool two = format == FORMAT_R || format == FORMAT_S || format == FORMAT_B;
    bool first = move(bits, 19, 15, 0) == rd;
    unsigned cycles = 0;

    if (rd == 0 || none)
        return 0;
    if (by_load && (first || (two && move(bits, 24, 20, 0) == rd)))
        cycles += core->timing.load_use;
    if (op == OP_JALR && first)
        cycles += core->timing.jalr_use;
    return cycles;
}

static bool is_unaligned_target(const struct core *core, uint32_t offset)
{
    return (offset & 2) && (core->memory[offset] & 3) == 3;
}

static void decode_target(struct core *core, struct core_entry *entry, uint32_t offset,
                          uint32_t distance, unsigned base_cycles)
{
    uint32_t target = offset + distance;

    entry->cycles_taken = (uint8_t)base_cycles;
    if (target >= core->bytes) {
        if (entry->op == OP_JAL) {
            entry->op = OP_FAR_JUMP;
        } else {
            entry->rd = entry->op;
            entry->op = OP_FAR_BRANCH;
        }
        entry->imm = (int32_t)distance;
        return;
    }
    if (is_unaligned_target(core, target))
        entry->cycles_taken = (uint8_t)(base_cycles + core->timing.unaligned);
    entry->imm = (int32_t)distance / 2;
}

static void decode_costs(struct core *core, struct core_entry *entry, uint32_t offset, uint32_t rd,
                         enum core_group group)
{
    const struct core_timing *timing = &core->timing;
    unsigned base = 0;

    switch (group) {
    case GROUP_INTEGER:
    case GROUP_FENCE:
        base = timing->integer;
        break;
    case GROUP_MUL:
        base = timing->mul;
        break;
    case GROUP_MULH:
        base = timing->mulh;
        break;
    case GROUP_LOAD:
        base = timing->load;
        break;
    case GROUP_STORE:
        entry->cycles = timing->store;
        return;
    case GROUP_BRANCH:
        entry->cycles = timing->branch;
        return;
    case GROUP_DIV: /* its own cost comes from the operands, */
    case GROUP_CSR: /* or from the register; here only what follows */
        break;
    default:
        return;
    }
    entry->cycles =
        (uint8_t)(base + hazard(core, offset + 2u * entry->halfwords, rd, group == GROUP_LOAD));
}

void core_decode(struct core *core, struct core_entry *entry)
{
    uint32_t offset = (uint32_t)(entry - core->entries) * 2;
    uint32_t bits = offset < core->bytes ? core_code_at(core, offset) : 0;
    uint32_t page = offset / CORE_PAGE_BYTES;

    if (offset < core->bytes && !core->page_decoded[page]) {
        core->page_decoded[page] = 1;
        core->decoded_pages[core->decoded_page_count++] = page;
    }
    *entry = (struct core_entry){.op = OP_NO_CODE, .halfwords = 1};
    if (offset >= core->bytes)
        return;
    entry->halfwords = is_compressed(bits) ? 1 : 2;
    if (is_unaligned_target(core, offset))
        entry->redirect = core->timing.unaligned;
    if (core->bytes - offset < 2u * entry->halfwords)
        return;

    uint32_t full = expanded_at(core, offset);
    enum core_op op = core_find_op(full);
    const struct core_instruction *instruction = &instructions[op];
    uint32_t rd = move(full, 11, 7, 0);

    entry->op = (uint8_t)op;
    if (op == OP_ILLEGAL) {
        entry->imm = (int32_t)(is_compressed(bits) ? bits & 0xffff : bits);
        return;
    }
    entry->rd = (uint8_t)(rd == 0 ? CORE_SINK : rd);
    entry->rs1 = (uint8_t)move(full, 19, 15, 0);
    entry->rs2 = (uint8_t)move(full, 24, 20, 0);
    entry->imm = (int32_t)core_immediate(full, instruction->format);
    if (op == OP_AUIPC)
        entry->imm = (int32_t)((uint32_t)entry->imm + core->base + offset);
    decode_costs(core, entry, offset, rd, instruction->group);
    if (instruction->group == GROUP_JAL)
        decode_target(core, entry, offset, (uint32_t)entry->imm, core->timing.jump);
    else if (instruction->group == GROUP_BRANCH)
        decode_target(core, entry, offset, (uint32_t)entry->imm, core->timing.branch_taken);
}
