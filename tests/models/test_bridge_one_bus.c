/* The interface of a plain card, where both sides are one bus of 1 GHz with 16 bytes a beat: what an engine writes is in
 * host memory when the bus is done with it, a read is a copy on that bus, and registers are out of reach. */
#include "tests/models/host_side.h"
#include "tests/suite.h"

#define HOST      0x80001000ull
#define BUFFER    0x80002000ull
#define REGISTERS 0x50000000ull

static struct access write_access;
static struct bus_target registers;
static unsigned register_accesses, calls;
static uint64_t read_done_ps;

static enum bus_status access_registers(void *owner, struct bus_request *request)
{
    (void)owner;
    (void)request;
    register_accesses++;
    return BUS_OK;
}

static void set_up(void)
{
    struct diagnostics diagnostics;

    side_build();
    part_wire_to((struct part *)side.bridge, "card_bus", &side.host_bus->part);
    side_wire();
    registers = (struct bus_target){.base = REGISTERS,
                                    .bytes = 4096,
                                    .is_registers = true,
                                    .part = side.helper,
                                    .waits = side_no_waits,
                                    .access = access_registers};
    diagnostics_init(&diagnostics);
    bus_map(side.host_bus, &registers, &diagnostics);
    ck_assert_uint_eq(diagnostics.errors, 0);
    register_accesses = calls = 0;
    read_done_ps = 0;
}

static void called(void *owner)
{
    (void)owner;
    calls++;
}

static void write_window(uint64_t host_address, uint8_t value)
{
    uint8_t data[64];

    memset(data, value, sizeof data);
    side_ask(&side.host_master, &write_access, BUS_WRITE, bridge_window(side.bridge, host_address), data, sizeof data);
    sim_run(&side.sim, sim_now(&side.sim) + 1000 * NS);
}

START_TEST(a_write_is_in_host_memory_when_the_bus_is_done)
{
    write_window(HOST, 7);
    /* Granted at 1 ns, an address cycle and four beats. */
    ck_assert_uint_eq(write_access.done_ps, 6 * NS);
    ck_assert_int_eq(write_access.request.status, BUS_OK);
    ck_assert_uint_eq(*memory_at(side.host_memory, HOST + 63, 1), 7);
    ck_assert_uint_eq(part_statistic(&side.host_bus->part, "requests"), 1);
    bridge_when_written(side.bridge, called, NULL);
    ck_assert_uint_eq(calls, 1);
}
END_TEST

START_TEST(there_is_room_without_end)
{
    for (unsigned i = 0; i < 1000; i++)
        ck_assert(bridge_room(side.bridge, 256, called, NULL));
    ck_assert_uint_eq(calls, 0);
}
END_TEST

START_TEST(a_write_to_registers_goes_nowhere)
{
    write_window(REGISTERS, 1);
    ck_assert_int_eq(write_access.request.status, BUS_NO_TARGET);
    write_window(REGISTERS + 4096 - 32, 1); /* begins in them */
    ck_assert_int_eq(write_access.request.status, BUS_NO_TARGET);
    write_window(REGISTERS - 32, 1); /* ends in them */
    ck_assert_int_eq(write_access.request.status, BUS_NO_TARGET);
    write_window(bridge_doorbell_address(side.bridge), 1);
    ck_assert_int_eq(write_access.request.status, BUS_NO_TARGET);
    write_window(UINT64_MAX - 100, 1);
    ck_assert_int_eq(write_access.request.status, BUS_NO_TARGET);
    ck_assert_uint_eq(register_accesses, 0);
    ck_assert_uint_eq(part_statistic((struct part *)side.bridge, "requests"), 0);
}
END_TEST

static void read_done(struct bridge_read_request *request)
{
    (void)request;
    read_done_ps = sim_now(&side.sim);
}

START_TEST(a_read_is_a_copy_on_the_bus)
{
    struct bridge_read_request read = {.host_address = HOST, .card_address = BUFFER, .bytes = 300, .done = read_done};

    memset(memory_at(side.host_memory, HOST, 300), 0x5a, 300);
    bridge_read(side.bridge, &read);
    sim_run(&side.sim, 2000 * NS);
    ck_assert_uint_ne(read_done_ps, 0);
    ck_assert(!read.failed);
    ck_assert_uint_eq(*memory_at(side.host_memory, BUFFER + 299, 1), 0x5a);
    ck_assert_uint_eq(*memory_at(side.host_memory, BUFFER + 300, 1), 0);
    ck_assert_uint_eq(part_statistic(&side.host_bus->part, "read_bytes"), 300);
    ck_assert_uint_eq(part_statistic(&side.host_bus->part, "written_bytes"), 300);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bridge, one bus");
    TCase *c = tcase_create("one bus");

    tcase_add_checked_fixture(c, set_up, side_free);
    tcase_add_test(c, a_write_is_in_host_memory_when_the_bus_is_done);
    tcase_add_test(c, there_is_room_without_end);
    tcase_add_test(c, a_write_to_registers_goes_nowhere);
    tcase_add_test(c, a_read_is_a_copy_on_the_bus);
    suite_add_tcase(s, c);
    return s;
}
