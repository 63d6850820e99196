/* A memory answers after its latency in whole cycles of its bus, and keeps what was written. */
#include "models/memory.h"
#include "tests/models/bus_bed.h"
#include "tests/suite.h"

static struct sim sim;
static struct bus *bus;
static struct memory *memory;
static struct asker *asker;
static struct ask asks[8];

static void set_up_memory(const char *clock, const char *latency, const char *base,
                          const char *bytes)
{
    struct part *part;

    sim_init(&sim);
    memset(asks, 0, sizeof asks);
    part = part_build(&sim, &memory_kind, "packet"); /* a memory may stand before its bus */
    memory = (struct memory *)part;
    part_set(part, "latency", latency);
    part_set(part, "base", base);
    part_set(part, "size", bytes);
    struct part *bus_part = part_build(&sim, &bus_kind, "card");
    part_set(bus_part, "clock", clock);
    part_set(bus_part, "width", "64bit");
    part_wire_to(part, "bus", bus_part);
    parts_wire(&sim);
    bus = (struct bus *)bus_part;
    asker = asker_new(bus, NULL);
}

static void set_up(void)
{
    set_up_memory("500MHz", "6ns", "0x80000000", "64KiB");
}

static void tear_down(void)
{
    sim_free(&sim);
}

static void fill(uint8_t *bytes, unsigned count, unsigned from)
{
    for (unsigned i = 0; i < count; i++)
        bytes[i] = (uint8_t)(from + i * 7);
}

struct latency {
    const char *clock, *latency;
    uint64_t waits;
};
static const struct latency latencies[] = {
    {"500MHz", "0ns", 0},      {"500MHz", "1ps", 1},       {"500MHz", "1999ps", 1},
    {"500MHz", "2ns", 1},      {"500MHz", "2001ps", 2},    {"500MHz", "6ns", 3},
    {"500MHz", "6001ps", 4},   {"166MHz", "6024ps", 1}, /* a period of 6024.096 ps */
    {"166MHz", "6025ps", 2},   {"166MHz", "12048ps", 2},   {"166MHz", "12049ps", 3},
    {"1MHz", "6ns", 1},        {"500MHz", "1ms", 500000},
};

START_TEST(waits_are_the_latency_in_whole_cycles)
{
    const struct latency *latency = &latencies[_i];

    tear_down();
    set_up_memory(latency->clock, latency->latency, "0x80000000", "64KiB");
    ask_at(asker, &asks[0], 0, BUS_READ, 0x80000000, 8);
    sim_run(&sim, UINT64_MAX);
    ck_assert_uint_eq(asks[0].done_ps, (uint64_t)((unsigned __int128)(1 + 1 + latency->waits + 1) *
                                                  PS_PER_SECOND / bus->hz));
}
END_TEST

START_TEST(what_was_written_is_read)
{
    fill(asks[0].data, 1000, 1);
    ask_at(asker, &asks[0], 0, BUS_WRITE, 0x80000123, 1000);
    ask_at(asker, &asks[1], 0, BUS_READ, 0x80000122, 1002);
    sim_run(&sim, UINT64_MAX);
    ck_assert_int_eq(asks[1].request.status, BUS_OK);
    ck_assert_mem_eq(asks[1].data + 1, asks[0].data, 1000);
    ck_assert_uint_eq(asks[1].data[0], 0);
    ck_assert_uint_eq(asks[1].data[1001], 0);
}
END_TEST

START_TEST(memory_that_was_never_written_is_zero)
{
    memset(asks[0].data, 0xff, sizeof asks[0].data);
    ask_at(asker, &asks[0], 0, BUS_READ, 0x8000f000, 4096);
    sim_run(&sim, UINT64_MAX);
    for (unsigned i = 0; i < 4096; i++)
        ck_assert_uint_eq(asks[0].data[i], 0);
}
END_TEST

/* Asked at 0, seen at edge 0, granted at 1: address, 3 waits, a beat, so done at edge 6. */
START_TEST(a_write_arrives_when_its_last_beat_is_over)
{
    fill(asks[0].data, 8, 1);
    ask_at(asker, &asks[0], 0, BUS_WRITE, 0x80000000, 8);
    sim_run(&sim, 6 * EDGE_PS);
    ck_assert_uint_eq(memory->storage[0], 0);
    sim_run(&sim, 6 * EDGE_PS + 1);
    ck_assert_mem_eq(memory->storage, asks[0].data, 8);
    ck_assert_uint_eq(asks[0].done, 1);
}
END_TEST

START_TEST(bursts_reach_the_last_byte_and_not_beyond)
{
    fill(asks[0].data, 16, 1);
    ask_at(asker, &asks[0], 0, BUS_WRITE, 0x8000fff0, 16);
    ask_at(asker, &asks[1], 0, BUS_READ, 0x8000fff0, 16);
    ask_at(asker, &asks[2], 0, BUS_WRITE, 0x8000fff1, 16);
    ask_at(asker, &asks[3], 0, BUS_READ, 0x80010000, 1);
    ask_at(asker, &asks[4], 0, BUS_READ, 0x7fffffff, 1);
    sim_run(&sim, UINT64_MAX);
    ck_assert_int_eq(asks[0].request.status, BUS_OK);
    ck_assert_int_eq(asks[1].request.status, BUS_OK);
    ck_assert_mem_eq(asks[1].data, asks[0].data, 16);
    for (unsigned i = 2; i < 5; i++)
        ck_assert_int_eq(asks[i].request.status, BUS_NO_TARGET);
    ck_assert_mem_eq(memory->storage + 0xfff0, asks[0].data, 16); /* nothing of the third came */
}
END_TEST

START_TEST(accesses_and_bytes_are_counted)
{
    ask_at(asker, &asks[0], 0, BUS_WRITE, 0x80000000, 100);
    ask_at(asker, &asks[1], 0, BUS_WRITE, 0x80000000, 1);
    ask_at(asker, &asks[2], 0, BUS_READ, 0x80000000, 7);
    ask_at(asker, &asks[3], 0, BUS_READ, 0x90000000, 7); /* not here */
    sim_run(&sim, UINT64_MAX);
    ck_assert_uint_eq(part_statistic(&memory->part, "writes"), 2);
    ck_assert_uint_eq(part_statistic(&memory->part, "written_bytes"), 101);
    ck_assert_uint_eq(part_statistic(&memory->part, "reads"), 1);
    ck_assert_uint_eq(part_statistic(&memory->part, "read_bytes"), 7);
}
END_TEST

START_TEST(direct_access_ends_where_the_memory_ends)
{
    ck_assert_ptr_eq(memory_at(memory, 0x80000000, 1), memory->storage);
    ck_assert_ptr_eq(memory_at(memory, 0x80000000, 65536), memory->storage);
    ck_assert_ptr_eq(memory_at(memory, 0x8000ffff, 1), memory->storage + 65535);
    ck_assert_ptr_null(memory_at(memory, 0x8000ffff, 2));
    ck_assert_ptr_null(memory_at(memory, 0x80000000, 65537));
    ck_assert_ptr_null(memory_at(memory, 0x80010000, 1));
    ck_assert_ptr_null(memory_at(memory, 0x7fffffff, 1));
    ck_assert_ptr_null(memory_at(memory, 0x7fffffff, 2));
    ck_assert_ptr_null(memory_at(memory, 0x80000001, UINT64_MAX));
    ck_assert_ptr_null(memory_at(memory, UINT64_MAX, UINT64_MAX));
}
END_TEST

START_TEST(portions_follow_each_other_on_64_bytes_until_there_is_no_room)
{
    ck_assert_uint_eq(memory_reserve(memory, 1), 0x80000000);
    ck_assert_uint_eq(memory_reserve(memory, 64), 0x80000040);
    ck_assert_uint_eq(memory_reserve(memory, 65), 0x80000080);
    ck_assert_uint_eq(memory_reserve(memory, 65536 - 0x100 + 1), 0);
    ck_assert_uint_eq(memory_reserve(memory, UINT64_MAX), 0);
    ck_assert_uint_eq(memory_reserve(memory, 65536 - 0x100), 0x80000100);
    ck_assert_uint_eq(memory_reserve(memory, 1), 0);
}
END_TEST

/* A host's memory begins at 0, which is also what "no room" is. */
START_TEST(a_portion_at_address_0_is_not_mistaken_for_no_room)
{
    tear_down();
    set_up_memory("500MHz", "6ns", "0", "64KiB");
    uint64_t first = memory_reserve(memory, 64), second = memory_reserve(memory, 64);

    ck_assert_uint_ne(first, 0);
    ck_assert_uint_eq(second, first + 64);
    ck_assert_ptr_nonnull(memory_at(memory, first, 64));
}
END_TEST

START_TEST(a_large_memory_costs_what_is_used_of_it)
{
    tear_down();
    set_up_memory("500MHz", "6ns", "0x100000000", "16GiB");
    fill(asks[0].data, 8, 1);
    ask_at(asker, &asks[0], 0, BUS_WRITE, 0x4fffffff8, 8);
    ask_at(asker, &asks[1], 0, BUS_READ, 0x4fffffff8, 8);
    sim_run(&sim, UINT64_MAX);
    ck_assert_mem_eq(asks[1].data, asks[0].data, 8);
}
END_TEST

START_TEST(overlapping_memories_are_reported)
{
    struct diagnostics diagnostics;
    struct part *second = part_build(&sim, &memory_kind, "second");

    part_set(second, "base", "0x8000ffff");
    part_wire_to(second, "bus", &bus->part);
    diagnostics_init(&diagnostics);
    memory_kind.init(second, &diagnostics);
    memory_kind.wire(second, &diagnostics);
    ck_assert_uint_eq(diagnostics.errors, 1);
    ck_assert_ptr_nonnull(strstr(diagnostics.list[0].text, "memory second"));
    ck_assert_ptr_nonnull(strstr(diagnostics.list[0].text, "memory packet"));
    diagnostics_clear(&diagnostics);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("memory");
    TCase *bus_side = tcase_create("bus side"), *direct = tcase_create("direct");

    tcase_add_checked_fixture(bus_side, set_up, tear_down);
    tcase_add_loop_test(bus_side, waits_are_the_latency_in_whole_cycles, 0,
                        (int)(sizeof latencies / sizeof *latencies));
    tcase_add_test(bus_side, what_was_written_is_read);
    tcase_add_test(bus_side, memory_that_was_never_written_is_zero);
    tcase_add_test(bus_side, a_write_arrives_when_its_last_beat_is_over);
    tcase_add_test(bus_side, bursts_reach_the_last_byte_and_not_beyond);
    tcase_add_test(bus_side, accesses_and_bytes_are_counted);
    tcase_add_test(bus_side, a_large_memory_costs_what_is_used_of_it);
    tcase_add_test(bus_side, overlapping_memories_are_reported);
    suite_add_tcase(all, bus_side);
    tcase_add_checked_fixture(direct, set_up, tear_down);
    tcase_add_test(direct, direct_access_ends_where_the_memory_ends);
    tcase_add_test(direct, portions_follow_each_other_on_64_bytes_until_there_is_no_room);
    tcase_add_test(direct, a_portion_at_address_0_is_not_mistaken_for_no_room);
    suite_add_tcase(all, direct);
    return all;
}
