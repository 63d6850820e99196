/* A memory with static RAM or DRAM answers its bus as memory_controller.h draws it. The bus has 500 MHz and 64 bits:
 * edge n is at 2 n ns; a request made at 0 is granted at edge 1, its address is over at edge 2. */
#include "models/memory.h"
#include "tests/models/bus_bed.h"
#include "tests/suite.h"

static struct sim sim;
static struct bus *bus;
static struct memory *memory;
static struct asker *asker;
static struct ask asks[16];

static void build(const char *controller)
{
    sim_init(&sim);
    memset(asks, 0, sizeof asks);
    struct part *part = part_build(&sim, &memory_kind, "packet");
    part_set(part, "controller", controller);
    part_set(part, "size", "64KiB");
    memory = (struct memory *)part;
}

static void start(void)
{
    struct part *bus_part = part_build(&sim, &bus_kind, "card");

    part_set(bus_part, "width", "64bit");
    part_wire_to(&memory->part, "bus", bus_part);
    parts_wire(&sim);
    bus = (struct bus *)bus_part;
    asker = asker_new(bus, NULL);
    sim_start(&sim);
}

static void tear_down(void)
{
    sim_free(&sim);
}

static uint64_t done_edge(unsigned number)
{
    ck_assert_uint_eq(asks[number].done, 1);
    ck_assert_int_eq(asks[number].request.status, BUS_OK);
    ck_assert_uint_eq(asks[number].done_ps % EDGE_PS, 0);
    return asks[number].done_ps / EDGE_PS;
}

static void ask_one(unsigned number, uint64_t time_ps, enum bus_op op, uint64_t offset, uint32_t bytes)
{
    ask_at(asker, &asks[number], time_ps, op, 0x80000000 + offset, bytes);
}

static void run(void)
{
    sim_run(&sim, UINT64_MAX);
}

/* One clock for both: no synchronisation. The first word is there access_cycles after edge 2, then one a cycle. */
START_TEST(static_ram_of_the_bus_clock_and_width_waits_for_its_first_word_only)
{
    build("sram");
    part_set(&memory->part, "access_cycles", "3");
    start();
    ask_one(0, 0, BUS_READ, 0, 8);
    ask_one(1, 100 * EDGE_PS, BUS_READ, 0, 64);
    run();
    ck_assert_uint_eq(done_edge(0), 2 + 3 + 1);
    ck_assert_uint_eq(done_edge(1), 102 + 3 + 8);
    ck_assert_uint_eq(part_statistic(&memory->part, "data_cycles"), 1 + 8);
    ck_assert_uint_eq(part_statistic(&memory->part, "wait_cycles"), 3 + 3);
}
END_TEST

/* 32 bits at 500 MHz give half of the bus's rate: the last beat's second word is ready at 2 + 15 + 2, and a beat
 * whose data is late has no gap before it, so the whole read waits. */
START_TEST(narrow_static_ram_delays_the_read_until_it_can_stream)
{
    build("sram");
    part_set(&memory->part, "width", "32bit");
    start();
    ask_one(0, 0, BUS_READ, 0, 64);
    run();
    ck_assert_uint_eq(done_edge(0), 2 + 15 + 2 + 1);
}
END_TEST

/* Of a 250 MHz memory, edges at 4 ns: seen at 4 ns + 2 of its cycles = 12 ns, data at 20 ns, back on the bus 2 of
 * its cycles later: edge 12; then the beat. */
START_TEST(crossing_into_another_clock_and_back_costs_its_cycles)
{
    build("sram");
    part_set(&memory->part, "clock", "250MHz");
    start();
    ask_one(0, 0, BUS_READ, 0, 8);
    run();
    ck_assert_uint_eq(done_edge(0), 12 + 1);
}
END_TEST

/* A posted write does not wait, the one behind it does until the first is handed over: 32 words from edge 10 on,
 * the bus has 8 beats. */
START_TEST(a_write_waits_for_the_interface_to_be_free)
{
    build("sram");
    part_set(&memory->part, "width", "16bit");
    start();
    ask_one(0, 0, BUS_WRITE, 0, 64);
    ask_one(1, 0, BUS_WRITE, 64, 64);
    run();
    ck_assert_uint_eq(done_edge(0), 2 + 8);
    ck_assert_uint_eq(done_edge(1), 10 + 32 + 8);
}
END_TEST

/* DDR3-1600 has edges each 1.25 ns. Seen at 4 ns, the next edge is 5 ns (4) and 2 more cycles: 6. A closed row is
 * read by clock 6 + 27 = 33, 41.25 ns: bus edge 21 and 2 more. A hit 11 clocks less. */
START_TEST(dram_answers_after_the_latency_of_its_row)
{
    build("sdram");
    start();
    ask_one(0, 0, BUS_READ, 0, 64);
    ask_one(1, 100 * EDGE_PS, BUS_READ, 64, 64); /* 204 ns: clock 164 + 2 + 16 = 182, 227.5 ns: edge 114 + 2 */
    run();
    ck_assert_uint_eq(done_edge(0), 23 + 8);
    ck_assert_uint_eq(done_edge(1), 116 + 8);
    sim_settle(&sim);
    ck_assert_uint_eq(part_statistic(&memory->part, "row_hits"), 1);
    ck_assert_uint_eq(part_statistic(&memory->part, "row_closed"), 1);
    ck_assert_uint_eq(part_statistic(&memory->part, "row_conflicts"), 0);
    ck_assert_uint_eq(part_statistic(&memory->part, "data_cycles"), 8);
}
END_TEST

/* 17 bytes from 62 on touch two bursts of 64 bytes: both must be there. */
START_TEST(a_read_that_crosses_bursts_takes_each_of_them)
{
    build("sdram");
    start();
    ask_one(0, 0, BUS_READ, 62, 17);
    run();
    sim_settle(&sim);
    ck_assert_uint_eq(part_statistic(&memory->part, "row_hits") + part_statistic(&memory->part, "row_closed"), 2);
}
END_TEST

START_TEST(overridden_values_reach_the_dram)
{
    build("sdram");
    part_set(&memory->part, "part", "ddr4-2400");
    part_set(&memory->part, "tck", "1250ps");
    part_set(&memory->part, "cl", "11");
    part_set(&memory->part, "trcd", "11");
    start();
    ask_one(0, 0, BUS_READ, 0, 64);
    run();
    ck_assert_uint_eq(done_edge(0), 23 + 8); /* as DDR3-1600 */
}
END_TEST

static const char *const kinds[] = {"ideal", "sram", "sdram"};

START_TEST(what_was_written_is_read_whatever_the_controller)
{
    build(kinds[_i]);
    start();
    for (unsigned i = 0; i < 1000; i++)
        asks[0].data[i] = (uint8_t)(i * 7 + 1);
    ask_one(0, 0, BUS_WRITE, 0x123, 1000);
    ask_one(1, 0, BUS_READ, 0x122, 1002);
    run();
    ck_assert_mem_eq(asks[1].data + 1, asks[0].data, 1000);
    ck_assert_uint_eq(asks[1].data[0], 0);
    ck_assert_uint_eq(asks[1].data[1001], 0);
}
END_TEST

/* 16 bursts of 4096 bytes: more than all queues hold, so the bus is held back to what the DRAM takes. */
START_TEST(writes_are_held_back_when_the_queues_are_full)
{
    build("sdram");
    part_set(&memory->part, "tck", "50ns");
    start();
    for (unsigned i = 0; i < 16; i++)
        ask_one(i, 0, BUS_WRITE, i * 4096, 4096);
    run();
    /* 1024 bursts of 4 clocks of 50 ns, but for what the queues hold and the interface has. */
    uint64_t least_ps = (1024ull - 32 - 2 * 64 - 8 * 8) * 4 * 50000;
    ck_assert_uint_gt(asks[15].done_ps, least_ps);
}
END_TEST

START_TEST(refreshes_of_an_idle_memory_are_counted_and_clearing_starts_anew)
{
    build("sdram");
    start();
    ask_one(0, 0, BUS_READ, 0, 64);
    ask_one(1, 1000000000, BUS_READ, 0, 64); /* 1 ms: 800,000 clocks, a refresh each 3120 */
    run();
    sim_settle(&sim);
    ck_assert_uint_eq(part_statistic(&memory->part, "refreshes"), 256);
    sim_clear_statistics(&sim);
    ck_assert_uint_eq(part_statistic(&memory->part, "refreshes"), 0);
    ck_assert_uint_eq(part_statistic(&memory->part, "row_closed"), 0);
}
END_TEST

struct bad {
    const char *key, *text;
};
static const struct bad bads[] = {{"rows", "1000"}, {"trefi", "300"}, {"banks", "3"}, {"size", "16GiB"}};

START_TEST(wrong_values_are_errors_of_the_scenario)
{
    struct diagnostics diagnostics;

    build("sdram");
    part_set(&memory->part, bads[_i].key, bads[_i].text);
    struct part *bus_part = part_build(&sim, &bus_kind, "card");
    part_wire_to(&memory->part, "bus", bus_part);
    diagnostics_init(&diagnostics);
    ck_assert(!sim_wire(&sim, &diagnostics));
    ck_assert_uint_ge(diagnostics.errors, 1);
    ck_assert_ptr_nonnull(strstr(diagnostics.list[0].text, "memory packet"));
    diagnostics_clear(&diagnostics);
}
END_TEST

Suite *suite(void)
{
    Suite *suite = suite_create("memory controller");
    TCase *tests = tcase_create("memory controller");

    tcase_add_checked_fixture(tests, NULL, tear_down);
    tcase_add_test(tests, static_ram_of_the_bus_clock_and_width_waits_for_its_first_word_only);
    tcase_add_test(tests, narrow_static_ram_delays_the_read_until_it_can_stream);
    tcase_add_test(tests, crossing_into_another_clock_and_back_costs_its_cycles);
    tcase_add_test(tests, a_write_waits_for_the_interface_to_be_free);
    tcase_add_test(tests, dram_answers_after_the_latency_of_its_row);
    tcase_add_test(tests, a_read_that_crosses_bursts_takes_each_of_them);
    tcase_add_test(tests, overridden_values_reach_the_dram);
    tcase_add_loop_test(tests, what_was_written_is_read_whatever_the_controller, 0, 3);
    tcase_add_test(tests, writes_are_held_back_when_the_queues_are_full);
    tcase_add_test(tests, refreshes_of_an_idle_memory_are_counted_and_clearing_starts_anew);
    tcase_add_loop_test(tests, wrong_values_are_errors_of_the_scenario, 0, sizeof bads / sizeof *bads);
    suite_add_tcase(suite, tests);
    return suite;
}
