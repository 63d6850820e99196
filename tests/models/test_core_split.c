/* A run is the same however it is cut, and no bit pattern harms the simulator. */
#include "tests/models/core_rig.h"

#include <stdlib.h>

struct outcome {
    uint32_t x[32], pc;
    uint64_t cycle, retired;
    enum core_stop stop;
    uint64_t hash;  /* of memory, */
    uint64_t stops; /* of every access and wfi: kind, cycle, address, value */
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15;
    return hash ^ hash >> 29;
}

static uint64_t random_next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return mix(*state, 1);
}

/* Legal instructions mostly: random registers, memory near x8 and x9 (and sometimes outside), short
 * jumps. */
static uint32_t random_instruction(uint64_t *random)
{
    uint64_t r = random_next(random);
    unsigned rd = r & 31, a = r >> 5 & 31, b = r >> 10 & 31, f3 = r >> 15 & 7;
    int imm = (int)(r >> 20 & 0xfff) - 2048, near = (int)(r >> 34 & 0x3f) * 2 - 40;
    unsigned base = 8 + (r >> 40 & 1);

    if (rd == 8 || rd == 9)
        rd = 10;
    switch (r >> 41 & 31) {
    case 0 ... 3:
        return encode_r((r >> 60 & 1) && (f3 == 0 || f3 == 5) ? 32 : 0, f3, 0x33, rd, a, b);
    case 4 ... 6:
        return encode_r(1, f3, 0x33, rd, a, b);
    case 7 ... 11:
        return f3 == 1 || f3 == 5 ? encode_i(f3, 0x13, rd, a, imm & 31)
                                  : encode_i(f3, 0x13, rd, a, imm);
    case 12 ... 15:
        return encode_i(f3 == 3 || f3 > 5 ? 2 : f3, 0x03, rd, base, imm);
    case 16 ... 18:
        return encode_s(f3 % 3, base, a, imm);
    case 19 ... 23:
        return encode_b(f3 == 2 || f3 == 3 ? 1 : f3, a, b, near);
    case 24:
        return JAL(rd, near);
    case 25:
        return AUIPC(rd, 0);
    case 26:
        return CSRRS(rd, r >> 60 & 1 ? MCYCLE : MINSTRET, 0);
    case 27:
        return CSRRW(rd, r >> 60 & 1 ? MSCRATCH : MSTATUS, a);
    case 28:
        return r >> 60 & 1 ? WFI : encode_i(2, 0x03, rd, 0, imm); /* outside */
    case 29:
        return r >> 60 & 1 ? FENCE_I : MRET;
    case 30:
        return JALR(rd, 8, imm);
    default:
        return (uint32_t)(r >> 32) | 3;
    }
}

static void random_program(struct rig *rig, uint64_t seed)
{
    uint64_t random = seed;

    core_set_register(rig->core, 8, RIG_BASE + 0x800);
    core_set_register(rig->core, 9, RIG_DATA);
    for (unsigned i = 1; i < 32; i++)
        if (i != 8 && i != 9)
            core_set_register(rig->core, i, (uint32_t)random_next(&random));
    core_set_register(rig->core, 5, RIG_BASE + 0x200);
    core_set_register(rig->core, 7, 0x80);
    put(rig, CSRRW(0, MTVEC, 5));
    put(rig, CSRRW(0, MIE, 7));
    put(rig, CSRRSI(0, MSTATUS, 8));
    while (rig->at < RIG_BASE + 0x1000) {
        uint64_t kind = random_next(&random);

        if (kind % 4 == 0)
            put2(rig, (uint32_t)(kind >> 8) & 0xfffc ? (uint32_t)(kind >> 8) & ~2u : C_NOP);
        else
            put(rig, random_instruction(&random));
    }
}

/* Runs to `end` in steps; answers accesses by their address alone; wakes after 5. */
static void run_in_steps(struct rig *rig, uint64_t step_cycles, uint64_t end,
                         struct outcome *outcome)
{
    uint64_t limit = 0;

    *outcome = (struct outcome){.stop = CORE_LIMIT};
    for (;;) {
        const struct core_access *access = core_access(rig->core);
        enum core_stop stop = core_run(rig->core, limit);

        if (stop == CORE_LIMIT) {
            ck_assert_uint_ge(core_cycle(rig->core), limit);
            if (limit >= end)
                break;
            limit = step_cycles > end - limit ? end : limit + step_cycles;
            continue;
        }
        outcome->stops = mix(outcome->stops, core_cycle(rig->core) * 8 + stop);
        if (stop == CORE_ACCESS) {
            outcome->stops = mix(outcome->stops, access->address + ((uint64_t)access->value << 32));
            core_complete(rig->core, access->address * 17, access->address % 50);
        } else if (stop == CORE_WFI) {
            core_set_timer(rig->core, core_cycle(rig->core) + 300);
            core_wake(rig->core, 5);
        } else {
            outcome->stop = stop;
            break;
        }
    }
    for (unsigned i = 0; i < 32; i++)
        outcome->x[i] = reg(rig, i);
    outcome->pc = core_pc(rig->core);
    outcome->cycle = core_cycle(rig->core);
    outcome->retired = core_retired(rig->core);
    for (unsigned i = 0; i < RIG_BYTES; i++)
        outcome->hash = mix(outcome->hash, core_memory(rig->core)[i]);
}

START_TEST(random_programs_are_the_same_in_any_steps)
{
    static const uint64_t steps[] = {UINT64_MAX, 1, 37, 200, 1500};
    static const char *const presets[] = {"ibex-small", "ibex-maxperf", "cv32e40p", "ideal"};
    uint64_t total = 0;

    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct outcome whole, cut;

        for (unsigned i = 0; i < 5; i++) {
            struct rig rig;

            rig_init(&rig, presets[seed % 4]);
            rig.answer = CORE_IO_STOP;
            random_program(&rig, seed);
            core_set_timer(rig.core, 50 + seed % 1000);
            run_in_steps(&rig, steps[i], 20000, i == 0 ? &whole : &cut);
            rig_free(&rig);
            if (i == 0)
                total += whole.retired;
            else
                ck_assert_msg(!memcmp(&whole, &cut, sizeof whole),
                              "seed %u, steps %u: cycle %u, %u; retired %u, %u; pc %x, %x",
                              (unsigned)seed, (unsigned)steps[i], (unsigned)whole.cycle,
                              (unsigned)cut.cycle, (unsigned)whole.retired, (unsigned)cut.retired,
                              whole.pc, cut.pc);
        }
    }
    ck_assert_uint_gt(total, 400 * 200); /* the programs do something */
}
END_TEST

/* Sorts and divides 2 KiB of data, a real loop nest with calls. */
static void loop_program(struct rig *rig)
{
    put_li(rig, 6, RIG_DATA);
    put_li(rig, 7, 400);
    put(rig, MUL(10, 7, 7)); /* 0x10 */
    put(rig, SW(10, 6, 0));
    put(rig, LW(11, 6, 0));
    put(rig, ADD(12, 12, 11));
    put(rig, REMU(13, 12, 7));
    put(rig, SH(13, 6, 3));
    put(rig, LH(14, 6, 3));
    put(rig, JAL(1, 16));     /* to 0x3c */
    put(rig, ADDI(7, 7, -1)); /* 0x30 */
    put(rig, BNE(7, 0, -36));
    put(rig, EBREAK);
    for (unsigned i = 0; i < 120; i++)
        put2(rig, 0x0785); /* c.addi a5, 1: a straight stretch */
    put(rig, JALR(0, 1, 0));
}

START_TEST(every_limit_stops_at_the_first_boundary_at_or_after_it)
{
    struct rig whole, cut;

    rig_init(&whole, "ibex-maxperf");
    rig_init(&cut, "ibex-maxperf");
    loop_program(&whole);
    loop_program(&cut);
    for (uint64_t limit = 0; limit < 60000; limit++) {
        enum core_stop fine = core_run(cut.core, limit);

        if (limit % 1000 == 999) {
            ck_assert_int_eq(core_run(whole.core, limit), fine);
            ck_assert_uint_eq(core_cycle(whole.core), core_cycle(cut.core));
            ck_assert_uint_eq(core_retired(whole.core), core_retired(cut.core));
            ck_assert_uint_eq(core_pc(whole.core), core_pc(cut.core));
        }
    }
    ck_assert_int_eq(core_run(whole.core, UINT64_MAX), CORE_EBREAK);
    ck_assert_uint_eq(reg(&whole, 15), 400 * 120);
    rig_free(&whole);
    rig_free(&cut);
}
END_TEST

START_TEST(every_compressed_pattern_runs)
{
    for (unsigned handled = 0; handled < 2; handled++)
        for (unsigned bits = 0; bits < 0x10000; bits++) {
            struct rig rig;
            char text[64];

            if ((bits & 3) == 3)
                continue;
            if (bits % 256 == 0 || (bits & 3) != 0)
                core_disassemble(bits, 0, text, sizeof text);
            rig_init(&rig, "cv32e40p");
            rig.answer = CORE_IO_NOW;
            for (unsigned i = 1; i < 32; i++)
                core_set_register(rig.core, i, RIG_DATA + bits * i);
            if (handled) {
                core_set_register(rig.core, 5, RIG_BASE + 0x40);
                put(&rig, CSRRW(0, MTVEC, 5));
            }
            put2(&rig, bits);
            core_run(rig.core, 40);
            ck_assert_uint_eq(reg(&rig, 0), 0);
            rig_free(&rig);
        }
}
END_TEST

START_TEST(random_patterns_run)
{
    uint64_t random = 12345;
    struct rig rig;

    rig_init(&rig, "ibex-small");
    rig.answer = CORE_IO_NOW;
    core_set_register(rig.core, 5, RIG_BASE);
    rig.at = RIG_BASE;
    put(&rig, CSRRW(0, MTVEC, 5));
    core_run(rig.core, 3);
    for (unsigned i = 0; i < 60; i++) {
        struct core *core = core_new(&(struct core_config){.timing = core_timing("ibex-maxperf"),
                                                           .memory_base = RIG_BASE,
                                                           .memory_bytes = RIG_BYTES,
                                                           .reset_pc = RIG_BASE,
                                                           .external = i % 2 ? rig_external : NULL,
                                                           .owner = &rig});
        uint32_t *memory = (uint32_t *)(void *)core_memory(core);

        for (unsigned w = 0; w < RIG_BYTES / 4; w++)
            memory[w] = (uint32_t)random_next(&random) | (i % 3 ? 3 : 0);
        memory[0] = CSRRW(0, MTVEC, 5);
        core_set_register(core, 5, RIG_BASE + 4);
        for (unsigned at = 4; at < RIG_BYTES; at += 2) { /* begin at every halfword */
            core_set_register(core, 1, RIG_BASE + at);
            memory[0] = at == 4 ? memory[0] : JALR(0, 1, 0);
            core_run(core, core_cycle(core) + 3);
        }
        core_free(core);
    }
    /* and one by one, from a fresh core's point of view */
    for (unsigned i = 0; i < 200000; i++) {
        char text[64];
        uint32_t bits = (uint32_t)random_next(&random) | 3;

        rig.at = core_pc(rig.core) - RIG_BASE < RIG_BYTES - 8 ? core_pc(rig.core) : RIG_BASE + 64;
        put(&rig, bits);
        core_disassemble(bits, rig.at, text, sizeof text);
        core_flush_code(rig.core);
        enum core_stop stop = core_run(rig.core, core_cycle(rig.core) + 1);

        if (stop == CORE_WFI)
            core_wake(rig.core, 0);
        if (stop == CORE_FAULT || stop == CORE_EBREAK) {
            rig_free(&rig);
            rig_init(&rig, "ibex-small");
            rig.answer = CORE_IO_NOW;
        }
    }
    rig_free(&rig);
}
END_TEST

START_TEST(cores_share_nothing)
{
    struct rig a, b, alone;

    rig_init(&a, "ibex-small");
    rig_init(&b, "ideal");
    rig_init(&alone, "ibex-small");
    loop_program(&a);
    loop_program(&b);
    loop_program(&alone);
    core_run(alone.core, 30000);
    for (uint64_t limit = 0; limit <= 30000; limit += 500) {
        core_run(a.core, limit);
        core_run(b.core, limit);
    }
    ck_assert_uint_eq(core_cycle(a.core), core_cycle(alone.core));
    ck_assert_uint_eq(core_retired(a.core), core_retired(alone.core));
    ck_assert_uint_gt(core_retired(b.core), core_retired(a.core));
    rig_free(&a);
    rig_free(&b);
    rig_free(&alone);
}
END_TEST

Suite *suite(void)
{
    Suite *suite = suite_create("core split");
    TCase *tests = tcase_create("split");

    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, random_programs_are_the_same_in_any_steps);
    tcase_add_test(tests, every_limit_stops_at_the_first_boundary_at_or_after_it);
    tcase_add_test(tests, every_compressed_pattern_runs);
    tcase_add_test(tests, random_patterns_run);
    tcase_add_test(tests, cores_share_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
