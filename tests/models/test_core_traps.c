/* Traps, the timer's interrupt, wfi, accesses outside, and the ways to stop. */
#include "tests/models/core_rig.h"

enum { HANDLER = RIG_BASE + 0x400 };

/* mtvec = HANDLER + mode in one step, x5 is used; ibex-small: 3 cycles */
static void install_handler(struct rig *rig, unsigned mode)
{
    core_set_register(rig->core, 5, HANDLER + mode);
    put(rig, CSRRW(0, MTVEC, 5));
    step(rig);
}

static uint32_t csr(struct rig *rig, int number)
{
    uint32_t at = core_pc(rig->core), value;
    uint8_t saved[4], *code = core_memory(rig->core) + (at - RIG_BASE);
    uint32_t read = CSRRS(31, number, 0);

    memcpy(saved, code, 4);
    memcpy(code, &read, 4);
    core_flush_code(rig->core);
    step(rig);
    value = reg(rig, 31);
    memcpy(code, saved, 4);
    core_flush_code(rig->core);
    return value;
}

static void check_trap(uint32_t bits, unsigned length, uint32_t cause, uint32_t tval)
{
    struct rig rig;

    rig_init_bare(&rig, "ibex-small", false);
    install_handler(&rig, 1); /* vectored: exceptions go to the base all the same */
    core_set_register(rig.core, 6, RIG_BASE + RIG_BYTES);
    core_set_register(rig.core, 7, 0x1234);
    if (length == 2)
        put2(&rig, bits);
    else
        put(&rig, bits);
    uint64_t retired = core_retired(rig.core);

    ck_assert_uint_eq(step(&rig), 3);
    ck_assert_uint_eq(core_pc(rig.core), HANDLER);
    ck_assert_uint_eq(core_retired(rig.core), retired);
    ck_assert_uint_eq(reg(&rig, 7), 0x1234);
    ck_assert_uint_eq(csr(&rig, MEPC), RIG_BASE + 4);
    ck_assert_uint_eq(csr(&rig, MCAUSE), cause);
    ck_assert_uint_eq(csr(&rig, MTVAL), tval);
    rig_free(&rig);
}

START_TEST(exceptions_reach_the_handler)
{
    check_trap(ECALL, 4, 11, 0);
    check_trap(EBREAK, 4, 3, 0);
    check_trap(0x9002, 2, 3, 0);
    check_trap(0x00000000, 2, 2, 0);
    check_trap(0xffffffff, 4, 2, 0xffffffff);
    check_trap(0x9c41, 2, 2, 0x9c41);                         /* reserved */
    check_trap(0x00052507 | 0 << 12, 4, 2, 0x00052507);       /* flw */
    check_trap(0x1000252f, 4, 2, 0x1000252f);                 /* lr.w */
    check_trap(0x02001013, 4, 2, 0x02001013);                 /* slli by 32 */
    check_trap(CSRRS(7, 0x180, 0), 4, 2, CSRRS(7, 0x180, 0)); /* satp */
    check_trap(CSRRW(7, 0xc00, 6), 4, 2, CSRRW(7, 0xc00, 6)); /* cycle is read-only */
    check_trap(CSRRSI(7, 0xf14, 1), 4, 2, CSRRSI(7, 0xf14, 1));
    check_trap(0x10200073, 4, 2, 0x10200073); /* sret */
    check_trap(LW(7, 6, 0), 4, 5, RIG_BASE + RIG_BYTES);
    check_trap(LW(7, 6, -3), 4, 5, RIG_BASE + RIG_BYTES - 3);
    check_trap(LH(7, 6, -1), 4, 5, RIG_BASE + RIG_BYTES - 1);
    check_trap(LB(7, 0, -1), 4, 5, 0xffffffff);
    check_trap(LW(7, 0, -2), 4, 5, 0xfffffffe);
    check_trap(SW(7, 6, 0), 4, 7, RIG_BASE + RIG_BYTES);
    check_trap(SH(7, 6, -1), 4, 7, RIG_BASE + RIG_BYTES - 1);
}
END_TEST

START_TEST(the_last_bytes_of_memory_are_memory)
{
    struct rig rig;

    rig_init_bare(&rig, "ideal", false);
    core_set_register(rig.core, 6, RIG_BASE + RIG_BYTES);
    core_set_register(rig.core, 7, 0x89abcdef);
    put(&rig, SW(7, 6, -4));
    put(&rig, LW(8, 6, -4));
    put(&rig, LH(9, 6, -2));
    put(&rig, LBU(10, 6, -1));
    ck_assert_int_eq(core_run(rig.core, 4), CORE_LIMIT);
    ck_assert_uint_eq(reg(&rig, 8), 0x89abcdef);
    ck_assert_uint_eq(reg(&rig, 9), 0xffff89ab);
    ck_assert_uint_eq(reg(&rig, 10), 0x89);
    rig_free(&rig);
}
END_TEST

START_TEST(fetching_outside_memory_faults_at_the_target)
{
    static const struct {
        uint32_t target, tval;
    } cases[] = {{RIG_BASE + RIG_BYTES, RIG_BASE + RIG_BYTES},
                 {RIG_BASE - 2, RIG_BASE - 2},
                 {0, 0},
                 {0xfffffffe, 0xfffffffe}};

    for (unsigned i = 0; i < 4; i++) {
        struct rig rig;

        rig_init(&rig, "ibex-small");
        install_handler(&rig, 0);
        core_set_register(rig.core, 6, cases[i].target);
        put(&rig, JALR(1, 6, 0));
        ck_assert_uint_eq(step(&rig), 2);
        ck_assert_uint_eq(core_pc(rig.core), cases[i].target);
        ck_assert_uint_eq(step(&rig), 3);
        ck_assert_uint_eq(core_pc(rig.core), HANDLER);
        ck_assert_uint_eq(csr(&rig, MEPC), cases[i].target);
        ck_assert_uint_eq(csr(&rig, MCAUSE), 1);
        ck_assert_uint_eq(csr(&rig, MTVAL), cases[i].tval);
        ck_assert_uint_eq(reg(&rig, 1), RIG_BASE + 8);
        rig_free(&rig);
    }
}
END_TEST

START_TEST(direct_jumps_and_branches_may_leave_memory)
{
    for (unsigned taken = 0; taken < 2; taken++) {
        struct rig rig;

        rig_init(&rig, "ibex-small");
        core_set_register(rig.core, 6, taken);
        put(&rig, BNE(6, 0, -8));
        put(&rig, JAL(1, -16));
        ck_assert_uint_eq(step(&rig), taken ? 3 : 1);
        ck_assert_uint_eq(core_pc(rig.core), taken ? RIG_BASE - 8 : RIG_BASE + 4);
        if (!taken) {
            ck_assert_uint_eq(step(&rig), 2);
            ck_assert_uint_eq(core_pc(rig.core), RIG_BASE - 12);
            ck_assert_uint_eq(reg(&rig, 1), RIG_BASE + 8);
        }
        ck_assert_int_eq(core_run(rig.core, 100), CORE_FAULT);
        ck_assert_uint_eq(core_fault(rig.core)->cause, 1);
        rig_free(&rig);
    }
}
END_TEST

START_TEST(code_that_runs_off_the_end_faults_there)
{
    for (unsigned half = 0; half < 2; half++) {
        struct rig rig;

        rig_init(&rig, "ideal");
        put_li(&rig, 6, RIG_BASE + RIG_BYTES - 2);
        put(&rig, JALR(0, 6, 0));
        rig.at = RIG_BASE + RIG_BYTES - 2;
        put2(&rig, half ? 0x0003 : C_NOP); /* lb, its second half beyond */
        ck_assert_int_eq(core_run(rig.core, 100), CORE_FAULT);
        ck_assert_uint_eq(core_fault(rig.core)->cause, 1);
        ck_assert_uint_eq(core_fault(rig.core)->pc, RIG_BASE + RIG_BYTES - (half ? 2 : 0));
        ck_assert_uint_eq(core_fault(rig.core)->tval, RIG_BASE + RIG_BYTES);
        ck_assert_uint_eq(core_retired(rig.core), half ? 3 : 4);
        rig_free(&rig);
    }
}
END_TEST

START_TEST(without_a_handler_the_core_stops_for_good)
{
    struct rig rig;

    rig_init(&rig, "ibex-small");
    put(&rig, NOP);
    put2(&rig, 0);
    ck_assert_int_eq(core_run(rig.core, 100), CORE_FAULT);
    ck_assert_int_eq(core_run(rig.core, 1000), CORE_FAULT);
    ck_assert_uint_eq(core_cycle(rig.core), 1);
    ck_assert_uint_eq(core_fault(rig.core)->cause, 2);
    ck_assert_uint_eq(core_fault(rig.core)->pc, RIG_BASE + 4);
    ck_assert(!core_fault(rig.core)->in_handler);
    ck_assert_str_eq(core_fault(rig.core)->text, "illegal instruction");
    rig_free(&rig);
    rig_init(&rig, "ibex-small");
    put(&rig, EBREAK);
    ck_assert_int_eq(core_run(rig.core, 100), CORE_EBREAK);
    ck_assert_uint_eq(core_pc(rig.core), RIG_BASE);
    rig_free(&rig);
}
END_TEST

START_TEST(a_fault_inside_the_handler_stops)
{
    struct rig rig;

    rig_init(&rig, "ibex-small");
    install_handler(&rig, 0);
    put(&rig, ECALL);
    rig.at = HANDLER;
    put(&rig, ECALL); /* deliberate: nests */
    step(&rig);
    ck_assert_int_eq(core_run(rig.core, core_cycle(rig.core) + 7), CORE_LIMIT);
    rig.at = HANDLER;
    put2(&rig, 0);
    core_flush_code(rig.core);
    ck_assert_int_eq(core_run(rig.core, 1000), CORE_FAULT);
    ck_assert(core_fault(rig.core)->in_handler);
    rig_free(&rig);
}
END_TEST

START_TEST(after_mret_or_a_new_mtvec_faults_trap_again)
{
    for (unsigned way = 0; way < 2; way++) {
        struct rig rig;

        rig_init(&rig, "ibex-small");
        install_handler(&rig, 0);
        put2(&rig, 0);
        rig.at = HANDLER;
        core_set_register(rig.core, 5, HANDLER);
        put(&rig, way ? CSRRW(0, MTVEC, 5) : MRET);
        put2(&rig, 0);
        ck_assert_int_eq(core_run(rig.core, 1000), CORE_LIMIT);
        rig_free(&rig);
    }
}
END_TEST

START_TEST(mret_restores_the_enable)
{
    struct rig rig;

    rig_init(&rig, "ideal");
    install_handler(&rig, 0);
    put(&rig, CSRRSI(0, MSTATUS, 8));
    put(&rig, ECALL);
    put(&rig, NOP);
    rig.at = HANDLER;
    core_set_register(rig.core, 6, RIG_BASE + 12);
    put(&rig, CSRRS(10, MSTATUS, 0));
    put(&rig, CSRRW(0, MEPC, 6));
    put(&rig, MRET);
    rig.at = RIG_BASE + 12;
    put(&rig, CSRRS(11, MSTATUS, 0));
    for (unsigned i = 0; i < 6; i++)
        step(&rig);
    ck_assert_uint_eq(reg(&rig, 10), 0x1880);
    ck_assert_uint_eq(reg(&rig, 11), 0x1888);
    rig_free(&rig);
}
END_TEST

/* MIE and mie.MTIE on, then nops of one cycle each; the handler counts in x10 and disarms by
 * itself. */
static void timer_program(struct rig *rig, const char *preset, unsigned mode)
{
    rig_init(rig, preset);
    install_handler(rig, mode);
    core_set_register(rig->core, 7, 0x80);
    put(rig, CSRRW(0, MIE, 7));
    put(rig, CSRRSI(0, MSTATUS, 8));
    step(rig);
    step(rig);
    for (unsigned i = 0; i < 200; i++)
        put2(rig, C_NOP);
}

START_TEST(the_timer_interrupts_at_the_first_boundary_at_its_cycle)
{
    for (unsigned mode = 0; mode < 2; mode++)
        for (uint64_t delay = 0; delay < 150; delay++) {
            struct rig rig;

            timer_program(&rig, "ibex-small", mode);
            uint64_t now = core_cycle(rig.core);
            uint32_t pc = core_pc(rig.core);

            core_set_timer(rig.core, now + delay);
            ck_assert_int_eq(core_run(rig.core, now + delay + 1), CORE_LIMIT);
            ck_assert_uint_eq(core_pc(rig.core), HANDLER + 28 * mode);
            ck_assert_uint_eq(core_cycle(rig.core), now + delay + 3);
            ck_assert_uint_eq(csr(&rig, MEPC), pc + 2 * delay);
            ck_assert_uint_eq(csr(&rig, MCAUSE), 0x80000007);
            ck_assert_uint_eq(csr(&rig, MIP), 0x80);
            rig_free(&rig);
        }
}
END_TEST

START_TEST(a_long_instruction_delays_the_interrupt_to_its_end)
{
    for (unsigned cycle = 1; cycle <= 38; cycle++) {
        struct rig rig;

        timer_program(&rig, "ibex-small", 0);
        rig.at = core_pc(rig.core);
        put(&rig, DIV(9, 7, 7));
        uint64_t now = core_cycle(rig.core);

        core_set_timer(rig.core, now + cycle);
        core_run(rig.core, now + 39);
        ck_assert_uint_eq(csr(&rig, MEPC), RIG_BASE + 12 + (cycle <= 37 ? 4 : 6));
        rig_free(&rig);
    }
}
END_TEST

START_TEST(a_masked_timer_does_not_interrupt_until_unmasked)
{
    struct rig rig;

    rig_init(&rig, "ibex-small");
    install_handler(&rig, 0);
    core_set_timer(rig.core, 0);
    core_set_register(rig.core, 7, 0x80);
    put(&rig, CSRRSI(0, MSTATUS, 8));
    put(&rig, NOP);
    put(&rig, CSRRW(0, MIE, 7));
    put(&rig, NOP);
    step(&rig);
    step(&rig);
    ck_assert_uint_eq(core_pc(rig.core), RIG_BASE + 12);
    ck_assert_uint_eq(core_timer_wakes(rig.core), UINT64_MAX);
    step(&rig);
    ck_assert_uint_eq(core_pc(rig.core), RIG_BASE + 16);
    ck_assert_uint_eq(core_timer_wakes(rig.core), 0);
    ck_assert_uint_eq(step(&rig), 3);
    ck_assert_uint_eq(core_pc(rig.core), HANDLER);
    rig_free(&rig);
}
END_TEST

START_TEST(enabling_a_pending_interrupt_takes_it_before_the_next_instruction)
{
    for (unsigned last = 0; last < 2; last++) { /* mie.MTIE or mstatus.MIE */
        struct rig rig;

        rig_init(&rig, "ibex-small");
        install_handler(&rig, 0);
        core_set_register(rig.core, 7, 0x80);
        put(&rig, last ? CSRRW(0, MIE, 7) : CSRRSI(0, MSTATUS, 8));
        put(&rig, last ? CSRRSI(0, MSTATUS, 8) : CSRRW(0, MIE, 7));
        for (unsigned i = 0; i < 400; i++)
            put2(&rig, 0x0785); /* c.addi a5, 1 */
        rig.at = HANDLER;
        put(&rig, CSRRS(12, MEPC, 0));
        put(&rig, EBREAK); /* nests, the handler again: x12 becomes its own address */
        core_set_timer(rig.core, 0);
        core_run(rig.core, 3 + 3 + 3 + 3 + 1);
        ck_assert_uint_eq(core_cycle(rig.core), 13);
        ck_assert_uint_eq(reg(&rig, 12), RIG_BASE + 12);
        core_run(rig.core, 100000);
        ck_assert_uint_eq(reg(&rig, 15), 0);
        rig_free(&rig);

        rig_init(&rig, "ibex-small"); /* and far from any limit */
        install_handler(&rig, 0);
        core_set_register(rig.core, 7, 0x80);
        put(&rig, last ? CSRRW(0, MIE, 7) : CSRRSI(0, MSTATUS, 8));
        put(&rig, last ? CSRRSI(0, MSTATUS, 8) : CSRRW(0, MIE, 7));
        for (unsigned i = 0; i < 400; i++)
            put2(&rig, 0x0785);
        core_set_timer(rig.core, 0);
        ck_assert_int_eq(core_run(rig.core, 100000), CORE_FAULT); /* the handler is empty */
        ck_assert_uint_eq(reg(&rig, 15), 0);
        rig_free(&rig);
    }
}
END_TEST

static enum core_io arm_timer(void *owner, struct core_access *access, uint64_t cycle,
                              uint32_t *extra_cycles)
{
    struct rig *rig = owner;

    (void)extra_cycles;
    core_set_timer(rig->core, cycle + access->value);
    return CORE_IO_NOW;
}

START_TEST(a_store_that_arms_the_timer_counts_at_once)
{
    for (unsigned delay = 1; delay < 300; delay += 7) {
        struct rig rig = {.at = RIG_BASE};

        rig.core = core_new(&(struct core_config){.timing = core_timing("ideal"),
                                                  .memory_base = RIG_BASE,
                                                  .memory_bytes = RIG_BYTES,
                                                  .reset_pc = RIG_BASE,
                                                  .external = arm_timer,
                                                  .owner = &rig});
        install_handler(&rig, 0);
        core_set_register(rig.core, 7, 0x80);
        core_set_register(rig.core, 8, delay);
        put(&rig, CSRRW(0, MIE, 7));
        put(&rig, CSRRSI(0, MSTATUS, 8));
        put(&rig, SW(8, 0, 0)); /* issues at cycle 3 */
        for (unsigned i = 0; i < 400; i++)
            put2(&rig, C_NOP);
        rig.at = HANDLER + 0x100;
        core_run(rig.core, 3 + delay + 1);
        ck_assert_uint_eq(core_pc(rig.core), HANDLER);
        ck_assert_uint_eq(core_cycle(rig.core), 3 + delay + 1);
        ck_assert_uint_eq(csr(&rig, MEPC), RIG_BASE + 16 + 2 * (delay - 1));
        rig_free(&rig);
    }
}
END_TEST

START_TEST(wfi_waits_for_its_owner)
{
    struct rig rig;

    rig_init(&rig, "ibex-small");
    put(&rig, NOP);
    put(&rig, WFI);
    put(&rig, NOP);
    ck_assert_int_eq(core_run(rig.core, 1000), CORE_WFI);
    ck_assert_int_eq(core_run(rig.core, 2000), CORE_WFI);
    ck_assert_uint_eq(core_cycle(rig.core), 1);
    ck_assert_uint_eq(core_retired(rig.core), 1);
    core_wake(rig.core, 40);
    ck_assert_uint_eq(core_cycle(rig.core), 42);
    ck_assert_uint_eq(core_retired(rig.core), 2);
    ck_assert_uint_eq(step(&rig), 1);
    ck_assert_uint_eq(core_pc(rig.core), RIG_BASE + 12);
    rig_free(&rig);
}
END_TEST

START_TEST(an_access_outside_stops_before_it_retires)
{
    struct rig rig;

    rig_init(&rig, "ibex-small");
    rig.answer = CORE_IO_STOP;
    core_set_register(rig.core, 6, 0x40000000);
    core_set_register(rig.core, 7, 0x89abcdef);
    put(&rig, NOP);
    put(&rig, LHU(5, 6, 2));
    put(&rig, SB(7, 6, -1));
    ck_assert_int_eq(core_run(rig.core, 1000), CORE_ACCESS);
    ck_assert_int_eq(core_run(rig.core, 1000), CORE_ACCESS);
    ck_assert_uint_eq(rig.accesses, 1);
    ck_assert_uint_eq(core_cycle(rig.core), 1);
    ck_assert_uint_eq(core_retired(rig.core), 1);
    ck_assert_uint_eq(core_access(rig.core)->address, 0x40000002);
    ck_assert_uint_eq(core_access(rig.core)->size_bytes, 2);
    ck_assert(!core_access(rig.core)->is_store);
    ck_assert_uint_eq(core_access(rig.core)->pc, RIG_BASE + 4);
    core_complete(rig.core, 0xfff1, 5);
    ck_assert_uint_eq(core_cycle(rig.core), 8);
    ck_assert_uint_eq(reg(&rig, 5), 0xfff1);
    ck_assert_int_eq(core_run(rig.core, 1000), CORE_ACCESS);
    ck_assert_uint_eq(core_access(rig.core)->address, 0x3fffffff);
    ck_assert_uint_eq(core_access(rig.core)->value, 0xef);
    ck_assert(core_access(rig.core)->is_store);
    core_complete_fault(rig.core);
    ck_assert_int_eq(core_run(rig.core, 1000), CORE_FAULT);
    ck_assert_uint_eq(core_fault(rig.core)->cause, 7);
    ck_assert_uint_eq(core_fault(rig.core)->tval, 0x3fffffff);
    ck_assert_uint_eq(core_fault(rig.core)->pc, RIG_BASE + 8);
    rig_free(&rig);
}
END_TEST

START_TEST(watched_stores_are_shown_and_performed)
{
    static const uint32_t places[] = {RIG_DATA, RIG_BASE + 0x1000, RIG_BASE + RIG_BYTES - 4};

    for (unsigned i = 0; i < 3; i++)
        for (int from = -8; from < 8; from++) {
            struct rig rig;
            bool touches = from > -4 && from < 4;
            uint32_t place = places[i] + (uint32_t)from, word;

            if (place > RIG_BASE + RIG_BYTES - 4)
                continue;
            rig_init(&rig, "ibex-small");
            core_watch(rig.core, places[i], 4);
            core_set_register(rig.core, 6, place);
            core_set_register(rig.core, 7, 0x01020304);
            put(&rig, SW(7, 6, 0));
            put(&rig, LW(8, 6, 0));
            ck_assert_uint_eq(step(&rig), from % 4 ? 3 : 2);
            ck_assert_uint_eq(rig.accesses, touches);
            memcpy(&word, core_memory(rig.core) + (place - RIG_BASE), 4);
            ck_assert_uint_eq(word, 0x01020304);
            step(&rig);
            ck_assert_uint_eq(rig.accesses, touches);
            ck_assert_uint_eq(reg(&rig, 8), 0x01020304);
            rig_free(&rig);
        }
}
END_TEST

START_TEST(stored_code_takes_effect_at_fence_i)
{
    for (unsigned fence = 0; fence < 2; fence++) {
        struct rig rig;

        rig_init(&rig, "ideal");
        put(&rig, ADDI(5, 5, 1)); /* at 0x10000, replaced by + 16 after the first pass */
        put(&rig, SW(7, 6, 0));
        put(&rig, fence ? FENCE_I : NOP);
        put(&rig, JAL(0, -12));
        core_set_register(rig.core, 6, RIG_BASE);
        core_set_register(rig.core, 7, ADDI(5, 5, 16));
        core_run(rig.core, 9);
        ck_assert_uint_eq(reg(&rig, 5), fence ? 33 : 3);
        rig_free(&rig);
    }
}
END_TEST

START_TEST(code_stored_before_it_first_runs_needs_no_fence)
{
    struct rig rig;

    rig_init(&rig, "ibex-maxperf");
    put(&rig, SW(7, 6, 16));
    put(&rig, JALR(0, 6, 16));
    rig.at = RIG_BASE + 16;
    put2(&rig, 0);
    core_set_register(rig.core, 6, RIG_BASE);
    core_set_register(rig.core, 7, ADDI(5, 5, 16));
    for (unsigned i = 0; i < 3; i++)
        step(&rig);
    ck_assert_uint_eq(reg(&rig, 5), 16);
    rig_free(&rig);
}
END_TEST

START_TEST(memory_may_end_at_the_end_of_the_address_space)
{
    const uint32_t base = 0xfffff000;
    struct core *core = core_new(&(struct core_config){.timing = core_timing("ideal"),
                                                       .memory_base = base,
                                                       .memory_bytes = 4096,
                                                       .reset_pc = base + 4092});
    uint32_t load = LW(5, 0, -4);

    memcpy(core_memory(core) + 4092, &load, 4);
    ck_assert_int_eq(core_run(core, 10), CORE_FAULT);
    ck_assert_uint_eq(core_register(core, 5), load);
    ck_assert_uint_eq(core_fault(core)->cause, 1);
    ck_assert_uint_eq(core_fault(core)->pc, 0);
    ck_assert_uint_eq(core_retired(core), 1);
    core_free(core);
}
END_TEST

Suite *suite(void)
{
    Suite *suite = suite_create("core traps");
    TCase *tests = tcase_create("traps");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, exceptions_reach_the_handler);
    tcase_add_test(tests, the_last_bytes_of_memory_are_memory);
    tcase_add_test(tests, fetching_outside_memory_faults_at_the_target);
    tcase_add_test(tests, direct_jumps_and_branches_may_leave_memory);
    tcase_add_test(tests, code_that_runs_off_the_end_faults_there);
    tcase_add_test(tests, without_a_handler_the_core_stops_for_good);
    tcase_add_test(tests, a_fault_inside_the_handler_stops);
    tcase_add_test(tests, after_mret_or_a_new_mtvec_faults_trap_again);
    tcase_add_test(tests, mret_restores_the_enable);
    tcase_add_test(tests, the_timer_interrupts_at_the_first_boundary_at_its_cycle);
    tcase_add_test(tests, a_long_instruction_delays_the_interrupt_to_its_end);
    tcase_add_test(tests, a_masked_timer_does_not_interrupt_until_unmasked);
    tcase_add_test(tests, enabling_a_pending_interrupt_takes_it_before_the_next_instruction);
    tcase_add_test(tests, a_store_that_arms_the_timer_counts_at_once);
    tcase_add_test(tests, wfi_waits_for_its_owner);
    tcase_add_test(tests, an_access_outside_stops_before_it_retires);
    tcase_add_test(tests, watched_stores_are_shown_and_performed);
    tcase_add_test(tests, stored_code_takes_effect_at_fence_i);
    tcase_add_test(tests, code_stored_before_it_first_runs_needs_no_fence);
    tcase_add_test(tests, memory_may_end_at_the_end_of_the_address_space);
    suite_add_tcase(suite, tests);
    return suite;
}
