/* What each instruction costs in each preset: the expectations are the published tables, edge by
 * edge. */
#include "tests/models/core_rig.h"

enum { SMALL, MAXPERF, CV32E40P, IDEAL, PRESETS };
static const char *const presets[PRESETS] = {"ibex-small", "ibex-maxperf", "cv32e40p", "ideal"};

/* One instruction at RIG_BASE, x6 = a, x7 = b, nops (4 bytes, aligned) around. */
static void cost(const char *what, uint32_t bits, uint32_t a, uint32_t b, unsigned small,
                 unsigned maxperf, unsigned cv32e40p, unsigned ideal)
{
    const unsigned expected[PRESETS] = {small, maxperf, cv32e40p, ideal};

    for (unsigned p = 0; p < PRESETS; p++) {
        struct rig rig;

        rig_init(&rig, presets[p]);
        for (unsigned i = 0; i < 64; i++)
            put(&rig, NOP);
        rig.at = RIG_BASE + 128;
        put(&rig, bits);
        core_set_register(rig.core, 6, a);
        core_set_register(rig.core, 7, b);
        for (unsigned i = 0; i < 32; i++)
            ck_assert_uint_eq(step(&rig), 1); /* the nops */
        uint64_t cycles = step(&rig);

        ck_assert_msg(cycles == expected[p], "%s in %s: %u cycles, not %u", what, presets[p],
                      (unsigned)cycles, expected[p]);
        rig_free(&rig);
    }
}

START_TEST(integer_takes_one)
{
    for (unsigned f3 = 0; f3 < 8; f3++) {
        cost("register", encode_r(0, f3, 0x33, 5, 6, 7), 3, 4, 1, 1, 1, 1);
        cost("immediate", encode_i(f3, 0x13, 5, 6, 4), 3, 4, 1, 1, 1, 1);
    }
    cost("sub", SUB(5, 6, 7), 3, 4, 1, 1, 1, 1);
    cost("lui", LUI(5, 3), 0, 0, 1, 1, 1, 1);
    cost("auipc", AUIPC(5, 3), 0, 0, 1, 1, 1, 1);
    cost("fence", FENCE, 0, 0, 1, 1, 1, 1);
}
END_TEST

START_TEST(multiplication)
{
    cost("mul", MUL(5, 6, 7), 3, 4, 3, 1, 1, 1);
    cost("mulh", MULH(5, 6, 7), 3, 4, 4, 2, 5, 1);
    cost("mulhsu", MULHSU(5, 6, 7), 3, 4, 4, 2, 5, 1);
    cost("mulhu", MULHU(5, 6, 7), 3, 4, 4, 2, 5, 1);
}
END_TEST

/* CV32E40P: 3 and the divisor's leading zeros, 35 at 0; negative: the leading ones but the sign. */
START_TEST(division)
{
    for (unsigned f3 = 4; f3 < 8; f3++) {
        uint32_t divide = encode_r(1, f3, 0x33, 5, 6, 7);
        bool is_signed = f3 % 2 == 0;

        cost("by 0", divide, 9, 0, 2, 2, 35, 1);
        cost("0 by 0", divide, 0, 0, 2, 2, 35, 1);
        cost("by 1", divide, 9, 1, 37, 37, 34, 1);
        cost("by 3", divide, 9, 3, 37, 37, 33, 1);
        cost("0 by 3", divide, 0, 3, 37, 37, 33, 1);
        cost("by 2^30", divide, 9, 1u << 30, 37, 37, 4, 1);
        cost("by 2^31", divide, 9, 1u << 31, 37, 37, 3, 1);
        cost("overflow", divide, 1u << 31, UINT32_MAX, 37, 37, is_signed ? 34 : 3, 1);
        cost("by -4", divide, 9, 0u - 4, 37, 37, is_signed ? 32 : 3, 1);
    }
    cost("divisor is the result", DIV(7, 6, 7), 9, 0, 2, 2, 35, 1);
}
END_TEST

START_TEST(loads_and_stores_and_crossings)
{
    static const unsigned sizes[] = {1, 2, 4, 0, 1, 2};

    for (unsigned f3 = 0; f3 < 6; f3++)
        for (uint32_t shift = 0; shift < 4; shift++) {
            unsigned more = shift + sizes[f3] > 4;

            if (f3 == 3)
                continue;
            cost("load", encode_i(f3, 0x03, 5, 6, 0), RIG_DATA + shift, 0, 2 + more, 1 + more,
                 1 + more, 1);
            if (f3 < 3)
                cost("store", encode_s(f3, 6, 7, 0), RIG_DATA + shift, 0, 2 + more, 1 + more,
                     1 + more, 1);
        }
}
END_TEST

START_TEST(control_flow_to_aligned_targets)
{
    cost("not taken", BEQ(6, 7, 64), 1, 2, 1, 1, 1, 1);
    cost("taken", BEQ(6, 7, 64), 2, 2, 3, 2, 3, 1);
    cost("taken to the next", BEQ(6, 7, 4), 2, 2, 3, 2, 3, 1);
    cost("taken back", BNE(6, 7, -64), 1, 2, 3, 2, 3, 1);
    cost("jal", JAL(1, 64), 0, 0, 2, 2, 2, 1);
    cost("jalr", JALR(1, 6, 0), RIG_BASE + 8, 0, 2, 2, 2, 1);
    cost("fence.i", FENCE_I, 0, 0, 2, 2, 2, 1);
}
END_TEST

/* The bits of c.j's distance. */
static uint32_t bit_jump(uint32_t i)
{
    return (i >> 11 & 1) << 12 | (i >> 4 & 1) << 11 | (i >> 8 & 3) << 9 | (i >> 10 & 1) << 8 |
           (i >> 6 & 1) << 7 | (i >> 7 & 1) << 6 | (i >> 1 & 7) << 3 | (i >> 5 & 1) << 2;
}

/* bits goes at `from`, `target` at `to`, 2 modulo 4; its step takes `aligned` cycles, and one more
 * (not in ideal) if the target has four bytes. */
static void redirect(const char *what, uint32_t from, uint32_t bits,
                     const unsigned aligned[PRESETS])
{
    const uint32_t to = RIG_BASE + 0x42;

    for (unsigned p = 0; p < PRESETS; p++)
        for (unsigned wide = 0; wide < 2; wide++)
            for (unsigned warm = 0; warm < 2; warm++) {
                struct rig rig;
                unsigned expected = aligned[p] + (wide && p != IDEAL);

                rig_init(&rig, presets[p]);
                put(&rig, JAL(0, (int)(from - RIG_BASE)));
                rig.at = to;
                if (wide)
                    put(&rig, JAL(0, (int)(from - to)));
                else
                    put2(&rig, 0xa001 | (bit_jump(from - to)));
                rig.at = from;
                if ((bits & 3) != 3)
                    put2(&rig, bits);
                else
                    put(&rig, bits);
                core_set_register(rig.core, 6, to);
                core_set_register(rig.core, 7, to);
                step(&rig);
                for (unsigned i = 0; i < 2 * warm; i++)
                    step(&rig);
                uint64_t cycles = step(&rig);

                ck_assert_uint_eq(core_pc(rig.core), to);
                ck_assert_msg(cycles == expected, "%s in %s to a %s target: %u cycles, not %u",
                              what, presets[p], wide ? "wide" : "compressed", (unsigned)cycles,
                              expected);
                rig_free(&rig);
            }
}

START_TEST(redirects_to_wide_unaligned_targets_cost_one_more)
{
    const unsigned taken[] = {3, 2, 3, 1}, jump[] = {2, 2, 2, 1};

    redirect("beq", RIG_BASE + 0x20, BEQ(6, 7, 0x22), taken);
    redirect("backward beq", RIG_BASE + 0x80, BEQ(6, 7, -0x3e), taken);
    redirect("jal", RIG_BASE + 0x20, JAL(0, 0x22), jump);
    redirect("jalr", RIG_BASE + 0x20, JALR(0, 6, 0), jump);
    redirect("c.jr", RIG_BASE + 0x20, 0x8302, jump);
    redirect("c.j", RIG_BASE + 0x20, 0xa000 | bit_jump(0x22) | 1, jump);
    redirect("branch to the next", RIG_BASE + 0x3e, BEQ(6, 7, 4), taken);
}
END_TEST

START_TEST(fence_i_trap_and_mret_are_redirects)
{
    const unsigned traps[] = {3, 3, 3, 1}, fences[] = {2, 2, 2, 1};

    for (unsigned p = 0; p < PRESETS; p++)
        for (unsigned wide = 0; wide < 2; wide++) {
            struct rig rig;
            unsigned more = wide && p != IDEAL;

            /* fence.i at 0x02, what follows it at 0x06 */
            rig_init(&rig, presets[p]);
            put2(&rig, C_NOP);
            put(&rig, FENCE_I);
            if (wide)
                put(&rig, NOP);
            else
                put2(&rig, C_NOP);
            step(&rig);
            ck_assert_uint_eq(step(&rig), fences[p] + more);
            rig_free(&rig);

            /* mret to 0x42 */
            rig_init(&rig, presets[p]);
            core_set_register(rig.core, 5, RIG_BASE + 0x42);
            put(&rig, CSRRW(0, MEPC, 5));
            put(&rig, MRET);
            rig.at = RIG_BASE + 0x42;
            if (wide)
                put(&rig, NOP);
            else
                put2(&rig, C_NOP);
            step(&rig);
            ck_assert_uint_eq(step(&rig), traps[p] + more);
            ck_assert_uint_eq(core_pc(rig.core), RIG_BASE + 0x42);
            rig_free(&rig);
        }
    for (unsigned p = 0; p < PRESETS; p++)
        for (unsigned kind = 0; kind < 3; kind++) { /* mtvec is a multiple of 4: never unaligned */
            const uint32_t causes[] = {ECALL, EBREAK, 0xffffffff};
            struct rig rig;

            rig_init(&rig, presets[p]);
            core_set_register(rig.core, 5, RIG_BASE + 0x40);
            put(&rig, CSRRW(0, MTVEC, 5));
            put(&rig, causes[kind]);
            step(&rig);
            ck_assert_uint_eq(step(&rig), traps[p]);
            ck_assert_uint_eq(core_pc(rig.core), RIG_BASE + 0x40);
            rig_free(&rig);
        }
}
END_TEST

/* Ibex: writes cost 3 but to mscratch and mepc, reads 1. CV32E40P: a listed few cost 4 either way.
 */
START_TEST(csr_accesses)
{
    cost("read mcycle", CSRRS(5, MCYCLE, 0), 0, 0, 1, 1, 4, 1);
    cost("read mhartid", CSRRS(5, 0xf14, 0), 0, 0, 1, 1, 1, 1);
    cost("read mscratch", CSRRS(5, MSCRATCH, 0), 0, 0, 1, 1, 1, 1);
    cost("read mepc", CSRRC(5, MEPC, 0), 0, 0, 1, 1, 4, 1);
    cost("read mip by immediate", CSRRSI(5, MIP, 0), 0, 0, 1, 1, 1, 1);
    cost("write mscratch", CSRRW(5, MSCRATCH, 6), 0, 0, 1, 1, 1, 1);
    cost("write mepc", CSRRW(5, MEPC, 6), 0, 0, 1, 1, 4, 1);
    cost("write mtvec", CSRRW(5, MTVEC, 6), 0, 0, 3, 3, 4, 1);
    cost("write mtvec from x0", CSRRW(5, MTVEC, 0), 0, 0, 3, 3, 4, 1);
    cost("write 0 by immediate", CSRRWI(5, MTVAL, 0), 0, 0, 3, 3, 1, 1);
    cost("set with 0 in a register", CSRRS(5, MIE, 6), 0, 0, 3, 3, 1, 1);
    cost("clear mstatus", CSRRC(5, MSTATUS, 6), 8, 0, 3, 3, 4, 1);
    cost("set mstatus", CSRRSI(5, MSTATUS, 1), 0, 0, 3, 3, 4, 1);
    cost("write mcause", CSRRW(0, MCAUSE, 6), 0, 0, 3, 3, 4, 1);
}
END_TEST

/* The load and what follows, together; x6 is an address, x7 a number. */
static void after_load(const char *what, uint32_t load, uint32_t next, unsigned small,
                       unsigned maxperf, unsigned cv32e40p)
{
    const unsigned expected[PRESETS] = {small, maxperf, cv32e40p, 2};

    for (unsigned p = 0; p < PRESETS; p++) {
        struct rig rig;

        rig_init(&rig, presets[p]);
        if ((load & 3) == 3)
            put(&rig, load);
        else
            put2(&rig, load);
        if ((next & 3) == 3)
            put(&rig, next);
        else
            put2(&rig, next);
        core_set_register(rig.core, 6, RIG_DATA);
        core_set_register(rig.core, 8, RIG_DATA);
        uint64_t cycles = step(&rig) + step(&rig);

        ck_assert_uint_eq(core_retired(rig.core), 2);
        ck_assert_msg(cycles == expected[p], "%s in %s: %u cycles, not %u", what, presets[p],
                      (unsigned)cycles, expected[p]);
        rig_free(&rig);
    }
}

START_TEST(an_instruction_that_reads_what_was_just_loaded_waits)
{
    after_load("first operand", LW(5, 6, 0), ADD(9, 5, 7), 3, 3, 3);
    after_load("second operand", LBU(5, 6, 0), ADD(9, 7, 5), 3, 3, 3);
    after_load("both", LH(5, 6, 0), ADD(9, 5, 5), 3, 3, 3);
    after_load("neither", LW(5, 6, 0), ADD(5, 7, 7), 3, 2, 2);
    after_load("x0", LW(0, 6, 0), ADD(9, 0, 0), 3, 2, 2);
    after_load("immediate", LW(5, 6, 0), ADDI(9, 5, 1), 3, 3, 3);
    after_load("lui has no operand", LW(5, 6, 0), LUI(9, 5 << 3), 3, 2, 2);
    after_load("shift amount is none", LW(5, 6, 0), encode_i(1, 0x13, 9, 7, 5), 3, 2, 2);
    after_load("an immediate like it", LW(5, 6, 0), ADDI(9, 7, 5), 3, 2, 2);
    after_load("stored", LW(5, 6, 0), SW(5, 6, 8), 4, 3, 3);
    after_load("store base", LW(6, 6, 0), SW(5, 6, 8), 4, 3, 3);
    after_load("branch, not taken", LW(5, 6, 0), BNE(0, 5, 8), 3, 3, 3);
    after_load("csr operand", LW(5, 6, 0), CSRRW(0, MSCRATCH, 5), 3, 3, 3);
    after_load("csr immediate", LW(5, 6, 0), CSRRWI(0, MSCRATCH, 5), 3, 2, 2);
    after_load("compressed user", LW(9, 6, 0), 0x9526, 3, 3, 3);       /* c.add a0, s1 */
    after_load("compressed load", 0x4004, ADD(5, 9, 9), 3, 3, 3);      /* c.lw s1, 0(s0) */
    after_load("compressed move of another", 0x4004, 0x852a, 3, 2, 2); /* c.mv a0, a0 */
}
END_TEST

START_TEST(one_instruction_between_hides_the_load)
{
    for (unsigned p = 0; p < PRESETS; p++) {
        const unsigned expected[] = {4, 3, 3, 3};
        struct rig rig;

        rig_init(&rig, presets[p]);
        put(&rig, LW(5, 6, 0));
        put(&rig, NOP);
        put(&rig, ADD(9, 5, 5));
        core_set_register(rig.core, 6, RIG_DATA);
        ck_assert_uint_eq(step(&rig) + step(&rig) + step(&rig), expected[p]);
        rig_free(&rig);
    }
}
END_TEST

START_TEST(jalr_waits_for_its_base_in_the_cv32e40p)
{
    for (unsigned p = 0; p < PRESETS; p++) {
        const unsigned after_add[] = {3, 3, 4, 2}, other[] = {3, 3, 3, 2};

        for (unsigned same = 0; same < 2; same++) {
            struct rig rig;

            rig_init(&rig, presets[p]);
            core_set_register(rig.core, 6, RIG_BASE + 0x40);
            put(&rig, ADDI(same ? 6 : 5, 6, 0));
            put(&rig, JALR(0, 6, 0));
            ck_assert_uint_eq(step(&rig) + step(&rig), same ? after_add[p] : other[p]);
            rig_free(&rig);
        }
    }
}
END_TEST

START_TEST(compressed_instructions_cost_what_their_expansions_cost)
{
    static const uint16_t compressed[] = {0x4501 /* c.li */,  0x050d /* c.addi */,
                                          0x8d09 /* c.sub */, 0x4010 /* c.lw */,
                                          0xc010 /* c.sw */,  0x8089 /* c.srli */};
    const unsigned expected[][PRESETS] = {{1, 1, 1, 1}, {1, 1, 1, 1}, {1, 1, 1, 1},
                                          {2, 1, 1, 1}, {2, 1, 1, 1}, {1, 1, 1, 1}};

    for (unsigned p = 0; p < PRESETS; p++)
        for (unsigned i = 0; i < 6; i++) {
            struct rig rig;

            rig_init(&rig, presets[p]);
            core_set_register(rig.core, 8, RIG_DATA);
            put2(&rig, compressed[i]);
            put2(&rig, C_NOP);
            ck_assert_uint_eq(step(&rig), expected[i][p]);
            rig_free(&rig);
        }
}
END_TEST

/* An answer k cycles later than local memory costs k more, and a stall of the user comes on top. */
START_TEST(outside_accesses_add_their_delay)
{
    const unsigned load[] = {2, 2, 2, 1}, store[] = {2, 1, 1, 1}, crossing[] = {3, 3, 3, 1};

    for (unsigned p = 0; p < PRESETS; p++)
        for (unsigned way = 0; way < 2; way++) {
            struct rig rig;

            rig_init(&rig, presets[p]);
            rig.answer = way ? CORE_IO_STOP : CORE_IO_NOW;
            rig.extra_cycles = way ? 0 : 23;
            rig.value = 0x80;
            put(&rig, LB(5, 0, 0));
            put(&rig, ADD(6, 5, 5));
            put(&rig, SW(5, 0, 4));
            put(&rig, LW(5, 0, 7));
            put(&rig, ADD(6, 5, 5));
            uint64_t at[4], cycle = 0;

            for (unsigned i = 0; i < 5; i++) {
                if (core_run(rig.core, core_cycle(rig.core) + 1) == CORE_ACCESS) {
                    ck_assert_uint_eq(core_cycle(rig.core), rig.last_cycle);
                    core_complete(rig.core, 0x80, 23);
                }
                if (i < 4)
                    at[i] = core_cycle(rig.core);
            }
            cycle += load[p] + 23;
            ck_assert_uint_eq(at[0], cycle);
            ck_assert_uint_eq(at[1], cycle += 1);
            ck_assert_uint_eq(at[2], cycle += store[p] + 23);
            ck_assert_uint_eq(at[3], cycle + crossing[p] + 23);
            ck_assert_uint_eq(reg(&rig, 6), 0x100);
            rig_free(&rig);
        }
}
END_TEST

START_TEST(presets_are_listed)
{
    for (unsigned p = 0; p < PRESETS; p++)
        ck_assert_str_eq(core_timing_at(p)->name, presets[p]);
    ck_assert_ptr_null(core_timing_at(PRESETS));
    ck_assert_ptr_null(core_timing("ibex"));
}
END_TEST

Suite *suite(void)
{
    Suite *suite = suite_create("core timing");
    TCase *tests = tcase_create("timing");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, integer_takes_one);
    tcase_add_test(tests, multiplication);
    tcase_add_test(tests, division);
    tcase_add_test(tests, loads_and_stores_and_crossings);
    tcase_add_test(tests, control_flow_to_aligned_targets);
    tcase_add_test(tests, redirects_to_wide_unaligned_targets_cost_one_more);
    tcase_add_test(tests, fence_i_trap_and_mret_are_redirects);
    tcase_add_test(tests, csr_accesses);
    tcase_add_test(tests, an_instruction_that_reads_what_was_just_loaded_waits);
    tcase_add_test(tests, one_instruction_between_hides_the_load);
    tcase_add_test(tests, jalr_waits_for_its_base_in_the_cv32e40p);
    tcase_add_test(tests, compressed_instructions_cost_what_their_expansions_cost);
    tcase_add_test(tests, outside_accesses_add_their_delay);
    tcase_add_test(tests, presets_are_listed);
    suite_add_tcase(suite, tests);
    return suite;
}
