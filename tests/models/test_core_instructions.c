/* What each instruction computes, against the host's own arithmetic in 64 bits. */
#include "tests/models/core_rig.h"

#include <stdio.h>

static const uint32_t edges[] = {
    0, 1, 2, 31, 32, 0x7ff, 0xfffff800, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff, 0xaaaaaaaa};
enum { EDGES = sizeof edges / sizeof edges[0], OPERANDS = EDGES + 20 };

static uint32_t operand(unsigned i)
{
    uint32_t random = (i + 1) * 2654435761u;

    return i < EDGES ? edges[i] : random ^ random >> 15;
}

static int64_t s(uint32_t value)
{
    return (int32_t)value;
}

static uint32_t floor_shift(uint32_t a, unsigned by)
{
    return (uint32_t)(((uint64_t)s(a)) >> by);
}

/* The 10 + 8 register-register operations by (funct7, funct3). */
static uint32_t expected(unsigned f7, unsigned f3, uint32_t a, uint32_t b)
{
    if (f7 == 1) {
        switch (f3) {
        case 0:
            return (uint32_t)((uint64_t)a * b);
        case 1:
            return (uint32_t)((uint64_t)(s(a) * s(b)) >> 32);
        case 2:
            return (uint32_t)((uint64_t)(s(a) * (int64_t)b) >> 32);
        case 3:
            return (uint32_t)((uint64_t)a * b >> 32);
        case 4:
            return b == 0 ? UINT32_MAX : (uint32_t)(s(a) / s(b));
        case 5:
            return b == 0 ? UINT32_MAX : a / b;
        case 6:
            return b == 0 ? a : (uint32_t)(s(a) % s(b));
        default:
            return b == 0 ? a : a % b;
        }
    }
    switch (f3) {
    case 0:
        return f7 ? a + ~b + 1 : a + b;
    case 1:
        return (uint32_t)((uint64_t)a << (b & 31));
    case 2:
        return s(a) < s(b);
    case 3:
        return (uint64_t)a < (uint64_t)b;
    case 4:
        return (a | b) & ~(a & b);
    case 5:
        return f7 ? floor_shift(a, b & 31) : a >> (b & 31);
    case 6:
        return ~(~a & ~b);
    default:
        return ~(~a | ~b);
    }
}

static void check_one(uint32_t bits, uint32_t a, uint32_t b, unsigned rd, uint32_t expectation)
{
    struct rig rig;

    rig_init(&rig, "ideal");
    core_set_register(rig.core, 6, a);
    core_set_register(rig.core, 7, b);
    put(&rig, bits);
    step(&rig);
    ck_assert_msg(reg(&rig, rd) == (rd == 0 ? 0 : expectation), "%08x of %08x, %08x: %08x not %08x",
                  bits, a, b, reg(&rig, rd), expectation);
    ck_assert_uint_eq(reg(&rig, 0), 0);
    ck_assert_uint_eq(core_pc(rig.core), RIG_BASE + 4);
    ck_assert_uint_eq(core_retired(rig.core), 1);
    rig_free(&rig);
}

START_TEST(register_operations_compute)
{
    static const unsigned f7s[] = {0, 32, 1};

    for (unsigned k = 0; k < 3; k++)
        for (unsigned f3 = 0; f3 < 8; f3++) {
            if (f7s[k] == 32 && f3 != 0 && f3 != 5)
                continue;
            for (unsigned i = 0; i < OPERANDS; i++)
                for (unsigned j = 0; j < OPERANDS; j++)
                    check_one(encode_r(f7s[k], f3, 0x33, 5, 6, 7), operand(i), operand(j), 5,
                              expected(f7s[k], f3, operand(i), operand(j)));
            check_one(encode_r(f7s[k], f3, 0x33, 0, 6, 7), 9, 3, 0, 0); /* x0 stays 0 */
            check_one(encode_r(f7s[k], f3, 0x33, 7, 6, 7), 9, 3, 7, expected(f7s[k], f3, 9, 3));
            check_one(encode_r(f7s[k], f3, 0x33, 6, 6, 7), 9, 3, 6, expected(f7s[k], f3, 9, 3));
        }
}
END_TEST

START_TEST(immediate_operations_compute)
{
    static const int immediates[] = {0, 1, -1, 2047, -2048, 0x555};

    for (unsigned f3 = 0; f3 < 8; f3++)
        for (unsigned i = 0; i < OPERANDS; i++) {
            if (f3 == 1 || f3 == 5) {
                for (unsigned by = 0; by < 32; by++) {
                    check_one(encode_i(f3, 0x13, 5, 6, (int)by), operand(i), 0, 5,
                              expected(0, f3, operand(i), by));
                    if (f3 == 5)
                        check_one(encode_i(f3, 0x13, 5, 6, (int)by | 1024), operand(i), 0, 5,
                                  expected(32, f3, operand(i), by));
                }
                continue;
            }
            for (unsigned j = 0; j < 6; j++)
                check_one(encode_i(f3, 0x13, 5, 6, immediates[j]), operand(i), 0, 5,
                          expected(0, f3, operand(i), (uint32_t)immediates[j]));
        }
    for (unsigned i = 0; i < OPERANDS; i++) {
        check_one(LUI(5, operand(i) >> 12), 0, 0, 5, operand(i) & ~0xfffu);
        check_one(AUIPC(5, operand(i) >> 12), 0, 0, 5, (operand(i) & ~0xfffu) + RIG_BASE);
    }
}
END_TEST

START_TEST(branches_decide_and_go_both_ways)
{
    for (unsigned f3 = 0; f3 < 8; f3++) {
        if (f3 == 2 || f3 == 3)
            continue;
        for (unsigned i = 0; i < OPERANDS; i++)
            for (unsigned j = 0; j < OPERANDS; j++) {
                uint32_t a = operand(i), b = i % 3 ? operand(j) : operand(i);
                bool less = f3 & 2 ? (uint64_t)a < b : s(a) < s(b);
                bool taken = (f3 < 4 ? a == b : less) != (f3 & 1);
                int distances[] = {-4096, 4094, 8, -2, 4};

                for (unsigned k = 0; k < 5; k++) {
                    struct rig rig;

                    rig_init(&rig, "ideal");
                    put(&rig, JAL(0, 0x2000));
                    rig.at = RIG_BASE + 0x2000;
                    put(&rig, encode_b(f3, 6, 7, distances[k]));
                    core_set_register(rig.core, 6, a);
                    core_set_register(rig.core, 7, b);
                    core_run(rig.core, 2);
                    ck_assert_uint_eq(core_pc(rig.core),
                                      RIG_BASE + 0x2000u + (taken ? (uint32_t)distances[k] : 4));
                    rig_free(&rig);
                    if (i > 3)
                        break; /* distances do not depend on operands */
                }
            }
    }
}
END_TEST

START_TEST(jumps_link_and_clear_the_lowest_bit)
{
    struct rig rig;

    rig_init(&rig, "ideal");
    put(&rig, JAL(1, 0x1000));
    core_set_register(rig.core, 5, RIG_BASE + 0x101);
    step(&rig);
    ck_assert_uint_eq(core_pc(rig.core), RIG_BASE + 0x1000);
    ck_assert_uint_eq(reg(&rig, 1), RIG_BASE + 4);
    rig.at = RIG_BASE + 0x1000;
    put(&rig, JALR(5, 5, -16)); /* base and link the same register */
    step(&rig);
    ck_assert_uint_eq(core_pc(rig.core), RIG_BASE + 0xf0);
    ck_assert_uint_eq(reg(&rig, 5), RIG_BASE + 0x1004);
    rig.at = RIG_BASE + 0xf0;
    put(&rig, JAL(0, -0xf0));
    step(&rig);
    ck_assert_uint_eq(core_pc(rig.core), RIG_BASE);
    ck_assert_uint_eq(reg(&rig, 0), 0);
    rig_free(&rig);
}
END_TEST

START_TEST(loads_and_stores_of_all_sizes_at_all_alignments)
{
    static const uint8_t pattern[8] = {0x81, 0x72, 0xf3, 0x64, 0xe5, 0x56, 0xd7, 0x48};
    static const unsigned sizes[] = {1, 2, 4, 0, 1, 2};

    for (unsigned f3 = 0; f3 < 6; f3++)
        for (unsigned shift = 0; shift < 4; shift++)
            for (unsigned page = 0; page < 2; page++) {
                uint32_t place = RIG_DATA - RIG_BASE + (page ? 4094 : 0), size = sizes[f3];
                uint64_t raw = 0;
                struct rig rig;

                if (f3 == 3)
                    continue;
                rig_init(&rig, "ideal");
                uint8_t *memory = core_memory(rig.core) + place;

                memcpy(memory, pattern, 8);
                core_set_register(rig.core, 6, RIG_BASE + place + 2047 + shift);
                put(&rig, encode_i(f3, 0x03, 5, 6, -2047));
                core_set_register(rig.core, 7, 0xdeadbeef);
                step(&rig);
                for (unsigned i = 0; i < size; i++)
                    raw |= (uint64_t)pattern[shift + i] << (8 * i);
                if (f3 < 2 && (raw >> (8 * size - 1)))
                    raw |= ~0ull << (8 * size);
                ck_assert_uint_eq(reg(&rig, 5), (uint32_t)raw);
                if (f3 < 3) {
                    put(&rig, encode_s(f3, 6, 7, -2047));
                    step(&rig);
                    for (unsigned i = 0; i < 8; i++) {
                        bool written = i >= shift && i < shift + size;

                        ck_assert_uint_eq(memory[i], written
                                                         ? 0xdeadbeefu >> (8 * (i - shift)) & 0xff
                                                         : pattern[i]);
                    }
                }
                ck_assert_uint_eq(rig.accesses, 0);
                rig_free(&rig);
            }
}
END_TEST

START_TEST(csrs_read_write_set_and_clear)
{
    struct rig rig;

    rig_init(&rig, "ibex-small");
    core_set_register(rig.core, 6, 0xf0f0);
    core_set_register(rig.core, 7, 0x00ff);
    put(&rig, CSRRW(5, MSCRATCH, 6));
    put(&rig, CSRRS(8, MSCRATCH, 7));
    put(&rig, CSRRC(9, MSCRATCH, 7));
    put(&rig, CSRRWI(10, MSCRATCH, 31));
    put(&rig, CSRRSI(11, MSCRATCH, 0));
    put(&rig, CSRRW(6, MSCRATCH, 6)); /* swaps */
    put(&rig, CSRRS(12, 0xf14, 0));
    put(&rig, CSRRS(13, 0x301, 0));
    for (unsigned i = 0; i < 8; i++)
        step(&rig);
    ck_assert_uint_eq(reg(&rig, 5), 0);
    ck_assert_uint_eq(reg(&rig, 8), 0xf0f0);
    ck_assert_uint_eq(reg(&rig, 9), 0xf0ff);
    ck_assert_uint_eq(reg(&rig, 10), 0xf000);
    ck_assert_uint_eq(reg(&rig, 11), 31);
    ck_assert_uint_eq(reg(&rig, 6), 31);
    ck_assert_uint_eq(reg(&rig, 12), 7);
    ck_assert_uint_eq(reg(&rig, 13), 0x40001104);
    rig_free(&rig);
}
END_TEST

/* mcycle: written in the first of the write's three cycles; minstret: read back as written. */
START_TEST(counters_count_what_came_before)
{
    struct rig rig;

    rig_init(&rig, "ibex-small");
    put(&rig, NOP);
    put(&rig, LW(5, 0, 0));
    rig.answer = CORE_IO_NOW;
    rig.extra_cycles = 10;
    put(&rig, CSRRS(5, MCYCLE, 0));   /* 1 + 2 + 10 */
    put(&rig, CSRRS(6, MINSTRET, 0)); /* 3 */
    put(&rig, CSRRWI(0, MINSTRET, 9));
    put(&rig, CSRRS(7, MINSTRET, 0));
    put(&rig, CSRRWI(0, MCYCLE, 5));
    put(&rig, CSRRS(8, MCYCLE, 0));
    put(&rig, CSRRWI(0, 0x320, 5)); /* mcountinhibit */
    put(&rig, NOP);
    put(&rig, CSRRS(9, MCYCLE, 0));
    put(&rig, CSRRS(10, MINSTRET, 0));
    put(&rig, CSRRWI(0, 0x320, 0));
    put(&rig, CSRRS(11, MCYCLE, 0));
    put(&rig, CSRRS(12, MINSTRET, 0));
    for (unsigned i = 0; i < 15; i++)
        step(&rig);
    ck_assert_uint_eq(reg(&rig, 5), 13);
    ck_assert_uint_eq(reg(&rig, 6), 3);
    ck_assert_uint_eq(reg(&rig, 7), 9);
    ck_assert_uint_eq(reg(&rig, 8), 7);
    ck_assert_uint_eq(reg(&rig, 9), 9); /* 7, one for the read, one for the write's first cycle */
    ck_assert_uint_eq(reg(&rig, 10), 13);
    ck_assert_uint_eq(reg(&rig, 11), 11);
    ck_assert_uint_eq(reg(&rig, 12), 14);
    ck_assert_uint_eq(core_retired(rig.core), 15);
    rig_free(&rig);
}
END_TEST

static void check_same(uint32_t compressed, uint32_t full)
{
    char short_text[64], full_text[64];

    ck_assert_uint_eq(core_disassemble(compressed, 0x1000, short_text, sizeof short_text), 2);
    ck_assert_uint_eq(core_disassemble(full, 0x1000, full_text, sizeof full_text), 4);
    ck_assert_msg(!strcmp(short_text, full_text), "%04x is %s, not %s", compressed, short_text,
                  full_text);
}

static void check_none(uint32_t compressed)
{
    char text[64];

    core_disassemble(compressed, 0, text, sizeof text);
    ck_assert_msg(text[0] == '.', "%04x should be none: %s", compressed, text);
}

static unsigned bit(unsigned value, unsigned from, unsigned to)
{
    return (value >> from & 1) << to;
}

START_TEST(compressed_loads_stores_and_stack_adjustments)
{
    for (unsigned imm = 0; imm < 1024; imm += 4)
        for (unsigned r = 0; r < 8; r++) {
            unsigned q = r ^ 5;

            if (imm < 128) {
                unsigned field =
                    (imm >> 3 & 7) << 10 | bit(imm, 2, 6) | bit(imm, 6, 5) | q << 7 | r << 2;

                check_same(0x4000 | field, LW(8 + r, 8 + q, (int)imm));
                check_same(0xc000 | field, SW(8 + r, 8 + q, (int)imm));
            }
            unsigned field = (imm >> 4 & 3) << 11 | (imm >> 6 & 15) << 7 | bit(imm, 2, 6) |
                             bit(imm, 3, 5) | r << 2;

            if (imm == 0)
                check_none(field);
            else
                check_same(field, ADDI(8 + r, 2, (int)imm));
        }
    for (unsigned r = 0; r < 32; r++)
        for (unsigned imm = 0; imm < 256; imm += 4) {
            unsigned load = bit(imm, 5, 12) | (imm >> 2 & 7) << 4 | (imm >> 6 & 3) << 2;
            unsigned store = (imm >> 2 & 15) << 9 | (imm >> 6 & 3) << 7;

            if (r == 0)
                check_none(0x4002 | load);
            else
                check_same(0x4002 | r << 7 | load, LW(r, 2, (int)imm));
            check_same(0xc002 | r << 2 | store, SW(r, 2, (int)imm));
        }
    for (int imm = -512; imm < 512; imm += 16) {
        unsigned i = (unsigned)imm;
        unsigned field =
            bit(i, 9, 12) | bit(i, 4, 6) | bit(i, 6, 5) | (i >> 7 & 3) << 3 | bit(i, 5, 2);

        if (imm == 0)
            check_none(0x6101);
        else
            check_same(0x6101 | field, ADDI(2, 2, imm));
    }
}
END_TEST

START_TEST(compressed_arithmetic)
{
    for (int imm = -32; imm < 32; imm++)
        for (unsigned r = 0; r < 32; r++) {
            unsigned field = bit((unsigned)imm, 5, 12) | ((unsigned)imm & 31) << 2;

            check_same(0x0001 | r << 7 | field, ADDI(r, r, imm)); /* hints among them */
            check_same(0x4001 | r << 7 | field, ADDI(r, 0, imm));
            if (imm == 0)
                check_none(0x6001 | r << 7);
            else if (r != 2)
                check_same(0x6001 | r << 7 | field, LUI(r, imm));
            if (imm < 0) {
                check_none(0x0002 | r << 7 | field); /* shift amounts of 32 and more */
            } else {
                check_same(0x0002 | r << 7 | field, encode_i(1, 0x13, r, r, imm));
            }
            if (r < 8) {
                check_same(0x8801 | r << 7 | field, encode_i(7, 0x13, 8 + r, 8 + r, imm));
                if (imm < 0) {
                    check_none(0x8001 | r << 7 | field);
                    check_none(0x8401 | r << 7 | field);
                } else {
                    check_same(0x8001 | r << 7 | field, encode_i(5, 0x13, 8 + r, 8 + r, imm));
                    check_same(0x8401 | r << 7 | field,
                               encode_i(5, 0x13, 8 + r, 8 + r, imm | 1024));
                }
            }
        }
    for (unsigned a = 0; a < 8; a++)
        for (unsigned b = 0; b < 8; b++) {
            unsigned r = a << 7 | b << 2;

            check_same(0x8c01 | r, SUB(8 + a, 8 + a, 8 + b));
            check_same(0x8c21 | r, encode_r(0, 4, 0x33, 8 + a, 8 + a, 8 + b));
            check_same(0x8c41 | r, encode_r(0, 6, 0x33, 8 + a, 8 + a, 8 + b));
            check_same(0x8c61 | r, encode_r(0, 7, 0x33, 8 + a, 8 + a, 8 + b));
            for (unsigned k = 0; k < 4; k++)
                check_none(0x9c01 | r | k << 5);
        }
    for (unsigned a = 0; a < 32; a++)
        for (unsigned b = 1; b < 32; b++) {
            check_same(0x8002 | a << 7 | b << 2, ADD(a, 0, b));
            check_same(0x9002 | a << 7 | b << 2, ADD(a, a, b));
        }
}
END_TEST

START_TEST(compressed_control_flow)
{
    for (int imm = -2048; imm < 2048; imm += 2) {
        unsigned i = (unsigned)imm;
        unsigned jump = bit(i, 11, 12) | bit(i, 4, 11) | (i >> 8 & 3) << 9 | bit(i, 10, 8) |
                        bit(i, 6, 7) | bit(i, 7, 6) | (i >> 1 & 7) << 3 | bit(i, 5, 2);
        unsigned branch = bit(i, 8, 12) | (i >> 3 & 3) << 10 | (i >> 6 & 3) << 5 |
                          (i >> 1 & 3) << 3 | bit(i, 5, 2);

        check_same(0x2001 | jump, JAL(1, imm));
        check_same(0xa001 | jump, JAL(0, imm));
        for (unsigned r = 0; r < 8 && imm >= -256 && imm < 256; r++) {
            check_same(0xc001 | branch | r << 7, BEQ(8 + r, 0, imm));
            check_same(0xe001 | branch | r << 7, BNE(8 + r, 0, imm));
        }
    }
    for (unsigned r = 1; r < 32; r++) {
        check_same(0x8002 | r << 7, JALR(0, r, 0));
        check_same(0x9002 | r << 7, JALR(1, r, 0));
    }
    check_none(0x8002);
    check_same(0x9002, EBREAK);
    check_none(0x0000);
    for (unsigned rest = 0; rest < 2048; rest++) { /* floating point and reserved quadrants */
        static const unsigned none[] = {0x2000, 0x6000, 0x8000, 0xa000, 0xe000,
                                        0x2002, 0x6002, 0xa002, 0xe002};

        for (unsigned k = 0; k < 9; k++)
            check_none(none[k] | rest << 2);
    }
}
END_TEST

START_TEST(compressed_jumps_link_two_bytes_on)
{
    struct rig rig;

    rig_init(&rig, "ideal");
    core_set_register(rig.core, 5, RIG_BASE + 0x40);
    put2(&rig, C_NOP);
    put2(&rig, 0x9282); /* c.jalr t0 */
    core_run(rig.core, 2);
    ck_assert_uint_eq(core_pc(rig.core), RIG_BASE + 0x40);
    ck_assert_uint_eq(reg(&rig, 1), RIG_BASE + 4);
    rig_free(&rig);
}
END_TEST

Suite *suite(void)
{
    Suite *suite = suite_create("core instructions");
    TCase *tests = tcase_create("instructions");

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, register_operations_compute);
    tcase_add_test(tests, immediate_operations_compute);
    tcase_add_test(tests, branches_decide_and_go_both_ways);
    tcase_add_test(tests, jumps_link_and_clear_the_lowest_bit);
    tcase_add_test(tests, loads_and_stores_of_all_sizes_at_all_alignments);
    tcase_add_test(tests, csrs_read_write_set_and_clear);
    tcase_add_test(tests, counters_count_what_came_before);
    tcase_add_test(tests, compressed_loads_stores_and_stack_adjustments);
    tcase_add_test(tests, compressed_arithmetic);
    tcase_add_test(tests, compressed_control_flow);
    tcase_add_test(tests, compressed_jumps_link_two_bytes_on);
    suite_add_tcase(suite, tests);
    return suite;
}
