/* A processor in a whole card: the time of each kind of interaction, buffers and their owners, faults. Programs
 * are C against the hardware header; expectations come from processor.h and bus.h.
 *
 * Bus and core have one clock of 500 MHz (2 ns) and the core is ibex-small: csrr 1 cycle, a load or store 2. */
#include "tests/models/card_bed.h"
#include "tests/suite.h"

#include <glib.h>
#include <string.h>

static struct card_bed bed;

static void run_program(const char *source, const char *keys, uint64_t until_ps)
{
    card_bed_init(&bed, card_bed_compile(source), keys);
    sim_run(&bed.sim, until_ps);
}

#define MS 1000000000ull

/* Between two reads of mcycle lie the first read (1) and the access. */
#define MEASURE(access) "uint32_t took; void run(void) { uint32_t from = cycles(); " access \
                        "; took = cycles() - from - 1; }\n"

START_TEST(a_register_answers_two_cycles_after_local_memory)
{
    run_program(MEASURE("(void)REGISTER(HW_PENDING)"), "", MS);
    /* lui (1) for the address may come before or after the first csrr: it is volatile-free, so measure both
     * kinds with a pointer that is ready. */
    uint32_t took = card_bed_word(&bed, 0, "took");
    ck_assert_uint_ge(took, 4);
    ck_assert_uint_le(took, 5);
    card_bed_free(&bed);
}
END_TEST

static const char access_program[] =
    "uint32_t took;\n"
    "uint32_t place[16];\n"
    "static uint32_t timed(volatile uint32_t *address, uint32_t value, int store)\n"
    "{\n"
    "    uint32_t from, to;\n"
    "    if (store)\n"
    "        __asm__ volatile(\".option push\\n.option arch, +zicsr\\n.balign 4\\ncsrr %0, mcycle\\n\"\n"
    "            \"sw %3, 0(%2)\\ncsrr %1, mcycle\\n.option pop\" : \"=&r\"(from), \"=&r\"(to)\n"
    "            : \"r\"(address), \"r\"(value) : \"memory\");\n"
    "    else\n"
    "        __asm__ volatile(\".option push\\n.option arch, +zicsr\\n.balign 4\\ncsrr %0, mcycle\\n\"\n"
    "            \"lw %3, 0(%2)\\ncsrr %1, mcycle\\n.option pop\" : \"=&r\"(from), \"=&r\"(to)\n"
    "            : \"r\"(address), \"r\"(value) : \"memory\");\n"
    "    return to - from - 1;\n"
    "}\n";

static uint32_t time_of(const char *expression, const char *keys)
{
    char source[4096];

    g_snprintf(source, sizeof source, "%svoid run(void) { took = %s; }\n", access_program, expression);
    run_program(source, keys, MS);
    uint32_t took = card_bed_word(&bed, 0, "took");
    card_bed_free(&bed);
    return took;
}

START_TEST(interactions_take_the_cycles_of_the_header)
{
    /* local memory: a load 2 */
    ck_assert_uint_eq(time_of("timed(place, 0, 0)", ""), 2);
    /* a register: + register_cycles */
    ck_assert_uint_eq(time_of("timed(&REGISTER(HW_PENDING), 0, 0)", ""), 2 + 2);
    ck_assert_uint_eq(time_of("timed(&REGISTER(HW_TIME_US), 0, 0)", ""), 2 + 2);
    ck_assert_uint_eq(
        time_of("timed(&REGISTER(HW_PENDING), 0, 0)", "processor.pp.register_cycles=7"), 2 + 7);
    /* a pop of a descriptor of 4 words, and a request of 16 */
    ck_assert_uint_eq(time_of("timed(&REGISTER(HW_RX_POP), (uint32_t)place, 1)", ""), 2 + 2 + 4);
    ck_assert_uint_eq(time_of("timed(&REGISTER(HW_REQUEST_POP), (uint32_t)place, 1)", ""),
                      2 + 2 + 16);
}
END_TEST

START_TEST(packet_memory_takes_what_the_bus_takes)
{
    /* Issued at c: granted at c + 1; address 1, wait states 6 ns / 2 ns = 3, data 1: done at c + 6. Local memory
     * would answer at c + 1: 5 later. */
    ck_assert_uint_eq(time_of("timed((uint32_t *)REGISTER(HW_PORTION_BASE), 0, 0)", ""), 2 + 5);
    ck_assert_uint_eq(time_of("timed((uint32_t *)REGISTER(HW_PORTION_BASE), 0, 1)", ""), 2 + 5);
    /* Without wait states 3 less. */
    ck_assert_uint_eq(time_of("timed((uint32_t *)REGISTER(HW_PORTION_BASE), 0, 0)",
                              "memory.packet.latency=0"),
                      2 + 2);
    /* An 8-bit bus: four beats instead of one. */
    ck_assert_uint_eq(time_of("timed((uint32_t *)REGISTER(HW_PORTION_BASE), 0, 0)",
                              "bus.card.width=8bit"),
                      2 + 5 + 3);
}
END_TEST

/* Two instructions one after the other, at a portion (0) and at the registers (1); what both took. */
static uint32_t time_of_two(const char *first, const char *second, const char *keys)
{
    char source[4096];

    g_snprintf(source, sizeof source,
               "uint32_t took;\n"
               "void run(void)\n"
               "{\n"
               "    uint32_t from, to, value;\n"
               "    volatile uint32_t *portion = (uint32_t *)REGISTER(HW_PORTION_BASE);\n"
               "    volatile uint32_t *pending = &REGISTER(HW_PENDING);\n"
               "    __asm__ volatile(\".option push\\n.option arch, +zicsr\\n.balign 4\\ncsrr %%0, mcycle\\n\"\n"
               "        \"%s\\n%s\\ncsrr %%1, mcycle\\n.option pop\" : \"=&r\"(from), \"=&r\"(to), \"=&r\"(value)\n"
               "        : \"r\"(portion), \"r\"(pending) : \"memory\");\n"
               "    took = to - from - 1;\n"
               "}\n",
               first, second);
    run_program(source, keys, MS);
    uint32_t took = card_bed_word(&bed, 0, "took");
    card_bed_free(&bed);
    return took;
}

/* A store of 2 cycles, issued at c: granted at c + 1, done at c + 6 (as above). What follows is issued at c + 2. */
START_TEST(a_store_buffer_lets_the_core_go_on)
{
    const char *store = "sw x0, 0(%3)", *load = "lw %2, 0(%3)", *look = "lw %2, 0(%4)", *keys = "processor.pp.store_buffer=1";

    ck_assert_uint_eq(time_of("timed((uint32_t *)REGISTER(HW_PORTION_BASE), 0, 1)", keys), 2);
    /* Without it each waits. */
    ck_assert_uint_eq(time_of_two(store, store, ""), 7 + 7);
    /* The second store of two waits for the only place until c + 6, 4 cycles. */
    ck_assert_uint_eq(time_of_two(store, store, keys), 2 + 2 + 4);
    ck_assert_uint_eq(time_of_two(store, store, "processor.pp.store_buffer=2"), 2 + 2);
    /* A load goes over the bus behind the store: granted at c + 6, done at c + 11; local memory would answer at c + 3. */
    ck_assert_uint_eq(time_of_two(store, load, keys), 2 + 2 + 8);
    /* A register, which would answer 2 later than local memory, is accessed at c + 6 instead of c + 2. */
    ck_assert_uint_eq(time_of_two(store, look, keys), 2 + 2 + 2 + 4);
}
END_TEST

START_TEST(another_clock_domain_costs_synchronisation_both_ways)
{
    /* Core 1 GHz, bus 500 MHz. Issued at core cycle c = 2k or 2k + 1; seen by the bus 2 of its cycles after its
     * next edge, granted 1 later, done 5 later: 8 bus cycles = 16 core cycles from that edge; then 2 core
     * cycles to be seen. Local memory would answer at c + 1. */
    uint32_t took = time_of("timed((uint32_t *)REGISTER(HW_PORTION_BASE), 0, 0)",
                            "processor.pp.clock=1GHz");

    ck_assert_msg(took == 2 + 16 + 2 - 1 || took == 2 + 16 + 2 - 1 + 1, "%u cycles", took);
}
END_TEST

/* --- Buffers and frames ------------------------------------------------------------------------------------ */

static unsigned sent_frames;
static uint8_t sent_data[2048];
static uint64_t sent_at_ps;

static void sent(void *owner, struct port *port, const struct tx_frame *frame, uint64_t first_bit_ps,
                 uint64_t last_bit_ps)
{
    (void)owner;
    (void)port;
    (void)first_bit_ps;
    sent_at_ps = last_bit_ps;
    memcpy(sent_data, frame->data, MIN(frame->bytes, sizeof sent_data));
    sent_frames++;
}

static void reflect(const char *keys)
{
    card_bed_init(&bed, "reflect", keys);
    sent_frames = 0;
    port_listen(bed.port, sent, NULL);
    sim_run(&bed.sim, MS);
}

START_TEST(a_frame_comes_in_by_the_first_dma_and_goes_out_by_the_third)
{
    reflect("");
    card_bed_offer(&bed, 53, 1000);
    sim_run(&bed.sim, 2 * MS);
    ck_assert_uint_eq(sent_frames, 1);
    ck_assert_uint_eq(sent_data[0], 2);
    ck_assert_uint_eq(sent_data[5], 9); /* was the source */
    ck_assert_uint_eq(sent_data[11], 1);
    for (unsigned i = 0; i < 1000; i++)
        ck_assert_uint_eq(sent_data[42 + i], (uint8_t)i);
    ck_assert_uint_eq(bed.ledger.consumed, 1);
    ck_assert(ledger_check(&bed.ledger));
    card_bed_free(&bed);
}
END_TEST

START_TEST(the_account_holds_when_frames_come_faster_than_they_go)
{
    reflect("processor.pp.rx_buffers=4 processor.pp.clock=50MHz");
    for (unsigned i = 0; i < 200; i++)
        card_bed_offer(&bed, (uint16_t)i, 18);
    sim_run(&bed.sim, 20 * MS);
    ck_assert_uint_eq(bed.ledger.offered, 200);
    ck_assert_uint_gt(bed.ledger.dropped, 0);
    ck_assert_uint_eq(bed.ledger.in_flight, 0);
    ck_assert_uint_eq(bed.ledger.dropped + bed.ledger.consumed, 200);
    ck_assert_uint_eq(sent_frames, bed.ledger.consumed);
    ck_assert_str_eq(bed.ledger.drops[0].place, "pp0");
    ck_assert_str_eq(bed.ledger.drops[0].reason, "no_buffer");
    ck_assert(ledger_check(&bed.ledger));
    card_bed_free(&bed);
}
END_TEST

START_TEST(a_full_receive_queue_drops_by_name)
{
    reflect("processor.pp.rx_queue=1 processor.pp.clock=10MHz");
    for (unsigned i = 0; i < 20; i++)
        card_bed_offer(&bed, (uint16_t)i, 18);
    sim_run(&bed.sim, 20 * MS);
    ck_assert_str_eq(bed.ledger.drops[0].reason, "queue_full");
    ck_assert(ledger_check(&bed.ledger));
    card_bed_free(&bed);
}
END_TEST

START_TEST(a_frame_longer_than_a_buffer_takes_several)
{
    reflect("processor.pp.rx_buffer=256B");
    card_bed_offer(&bed, 53, 1000); /* 1042 + 2 bytes: 5 buffers */
    sim_run(&bed.sim, 2 * MS);
    ck_assert_uint_eq(bed.processors[0]->stats.frames, 1);
    ck_assert_uint_eq(sent_frames, 5); /* reflect knows nothing of chains: it sends each buffer */
    ck_assert_uint_eq(bed.ledger.in_flight, 0);
    ck_assert(ledger_check(&bed.ledger));
    card_bed_free(&bed);
}
END_TEST

START_TEST(each_processor_gets_its_flows_and_a_copy_of_each_broadcast)
{
    reflect("processor.pp.count=4");
    for (unsigned i = 0; i < 64; i++)
        card_bed_offer(&bed, (uint16_t)i, 18);
    uint8_t arp[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 8, 6};
    port_offer(bed.port, frame_new(&bed.ledger, arp, sizeof arp));
    sim_run(&bed.sim, 10 * MS);
    unsigned frames = 0;
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_uint_gt(bed.processors[i]->stats.frames, 5);
        ck_assert_uint_eq(bed.processors[i]->stats.copies, i > 0);
        frames += (unsigned)bed.processors[i]->stats.frames;
    }
    ck_assert_uint_eq(frames, 64 + 4);
    ck_assert_uint_eq(bed.ledger.offered, 65);
    ck_assert_uint_eq(bed.ledger.copies, 4);
    ck_assert_uint_eq(bed.ledger.consumed, 65);
    ck_assert(ledger_check(&bed.ledger));
    card_bed_free(&bed);
}
END_TEST

/* Two runs of the same card agree in every stamp whether cores run ahead or not. */
START_TEST(running_ahead_changes_nothing)
{
    uint64_t at_ps[2], instructions[2], asleep_ps[2], stall[2];

    for (unsigned i = 0; i < 2; i++) {
        reflect(i ? "sim.run_ahead=no processor.pp.count=3" : "processor.pp.count=3");
        for (unsigned k = 0; k < 100; k++)
            card_bed_offer(&bed, (uint16_t)k, 18 + k * 7);
        sim_run(&bed.sim, 20 * MS);
        sim_settle(&bed.sim);
        ck_assert_uint_eq(sent_frames, 100);
        at_ps[i] = sent_at_ps;
        instructions[i] = bed.processors[1]->stats.instructions;
        asleep_ps[i] = bed.processors[1]->stats.asleep_ps;
        stall[i] = bed.processors[1]->stats.stall_cycles;
        card_bed_free(&bed);
    }
    ck_assert_uint_eq(at_ps[0], at_ps[1]);
    ck_assert_uint_eq(instructions[0], instructions[1]);
    ck_assert_uint_eq(asleep_ps[0], asleep_ps[1]);
    ck_assert_uint_eq(stall[0], stall[1]);
}
END_TEST

/* --- Faults: the processor stops, the simulator and its neighbours go on -------------------------------------- */

static void check_stops(const char *statement, const char *text)
{
    char source[1024];

    g_snprintf(source, sizeof source,
               "struct hw_tx tx; struct hw_host host; void run(void) { %s; BARRIER(); }\n", statement);
    run_program(source, "processor.pp.count=2", MS);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_msg(bed.processors[i]->stopped != NULL, "%s: goes on", statement);
        ck_assert_msg(strstr(bed.processors[i]->stopped, text) != NULL, "%s: '%s'", statement,
                      bed.processors[i]->stopped);
    }
    card_bed_free(&bed);
}

START_TEST(a_firmware_that_does_wrong_is_stopped_and_named)
{
    check_stops("*(volatile int *)0 = 1", "access fault");
    check_stops("REGISTER(0x7fc) = 1", "no such register");
    check_stops("(void)*(volatile uint8_t *)(HW_REGISTERS + HW_PENDING)", "access fault");
    check_stops("REGISTER(HW_HALT) = 77", "code 77");
    check_stops("REGISTER(HW_RX_FREE) = 0x12345640", "not one of its receive buffers");
    check_stops("uint32_t b = REGISTER(HW_PORTION_BASE); REGISTER(HW_RX_FREE) = b; "
                "REGISTER(HW_RX_FREE) = b",
                "owns already");
    check_stops("uint32_t b = REGISTER(HW_PORTION_BASE); REGISTER(HW_RX_FREE) = b; "
                "*(volatile int *)(b + 8) = 1",
                "hardware owns");
    check_stops("*(volatile int *)(REGISTER(HW_PORTION_BASE) - 4) = 1", "");
    check_stops("REGISTER(HW_RX_FREE) = REGISTER(HW_PORTION_BASE) + 63", "unknown fate");
    check_stops("REGISTER(HW_RX_POP) = 0x10000002", "not an aligned place");
    check_stops("REGISTER(HW_RX_POP) = 0x80000000", "not an aligned place");
    check_stops("REGISTER(HW_TX_POST) = (uint32_t)&tx", "0 segments");
    check_stops("tx.segments = 1; tx.destination = 9; tx.segment[0].bytes = 1; BARRIER(); "
                "REGISTER(HW_TX_POST) = (uint32_t)&tx",
                "port 9, which is not there");
    check_stops("tx.segments = 1; tx.segment[0].address = 0x80000000 - 1; tx.segment[0].bytes = 2; "
                "BARRIER(); REGISTER(HW_TX_POST) = (uint32_t)&tx",
                "outside its portion");
    check_stops("tx.segments = 1; tx.segment[0].address = (uint32_t)&tx; tx.segment[0].bytes = 257; "
                "BARRIER(); REGISTER(HW_TX_POST) = (uint32_t)&tx",
                "at most 256");
    check_stops("host.operation = 3; BARRIER(); REGISTER(HW_HOST_POST) = (uint32_t)&host",
                "operation 3");
    check_stops("host.operation = 1; host.bytes = 65537; BARRIER(); "
                "REGISTER(HW_HOST_POST) = (uint32_t)&host",
                "65537 bytes");
}
END_TEST

START_TEST(a_firmware_that_never_rests_does_not_hang_the_simulator)
{
    run_program("void run(void) { for (;;) BARRIER(); }\n", "", MS);
    sim_settle(&bed.sim);
    ck_assert_uint_eq(bed.processors[0]->stats.asleep_ps, 0);
    ck_assert_uint_gt(bed.processors[0]->stats.instructions, 100000);
    card_bed_free(&bed);
}
END_TEST

START_TEST(the_timer_ends_a_wait_at_its_time)
{
    run_program("uint32_t from, to, pending; void run(void) { REGISTER(HW_TIMER_US) = 100; "
                "from = cycles(); __asm__ volatile(\"wfi\"); to = cycles(); "
                "pending = REGISTER(HW_PENDING); }\n",
                "", MS);
    /* 100 us of 2 ns are 50,000 cycles; set some cycles before `from`, woken within ten after. */
    uint32_t slept = card_bed_word(&bed, 0, "to") - card_bed_word(&bed, 0, "from");
    ck_assert_uint_ge(slept, 49990);
    ck_assert_uint_le(slept, 50010);
    ck_assert_uint_eq(card_bed_word(&bed, 0, "pending"), HW_PENDING_TIMER);
    card_bed_free(&bed);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("processor");
    TCase *timing = tcase_create("timing");
    TCase *frames = tcase_create("frames");
    TCase *faults = tcase_create("faults");

    tcase_set_timeout(timing, 120);
    tcase_set_timeout(frames, 120);
    tcase_set_timeout(faults, 120);
    tcase_add_test(timing, a_register_answers_two_cycles_after_local_memory);
    tcase_add_test(timing, interactions_take_the_cycles_of_the_header);
    tcase_add_test(timing, packet_memory_takes_what_the_bus_takes);
    tcase_add_test(timing, a_store_buffer_lets_the_core_go_on);
    tcase_add_test(timing, another_clock_domain_costs_synchronisation_both_ways);
    tcase_add_test(timing, the_timer_ends_a_wait_at_its_time);
    suite_add_tcase(s, timing);
    tcase_add_test(frames, a_frame_comes_in_by_the_first_dma_and_goes_out_by_the_third);
    tcase_add_test(frames, the_account_holds_when_frames_come_faster_than_they_go);
    tcase_add_test(frames, a_full_receive_queue_drops_by_name);
    tcase_add_test(frames, a_frame_longer_than_a_buffer_takes_several);
    tcase_add_test(frames, each_processor_gets_its_flows_and_a_copy_of_each_broadcast);
    tcase_add_test(frames, running_ahead_changes_nothing);
    suite_add_tcase(s, frames);
    tcase_add_test(faults, a_firmware_that_does_wrong_is_stopped_and_named);
    tcase_add_test(faults, a_firmware_that_never_rests_does_not_hang_the_simulator);
    suite_add_tcase(s, faults);
    return s;
}
