/* models/chip.h: transactions from chip to chip, edge by edge. A bus of 500 MHz and 8 bytes a beat on the chip `card`: edge n
 * is at 2 n ns, and what is asked for at 0 is granted at edge 1. Chips, unless a test says otherwise:
 *
 *     card   latency 3 ns, pins without limit
 *     cpu    latency 5 ns, 16 pins of 500 Mbit/s: a byte in a nanosecond
 *     ram    latency 1 ns, 32 pins of 500 Mbit/s: two bytes in a nanosecond
 */
#include "models/chip.h"

#include "tests/models/bus_bed.h"
#include "tests/suite.h"

enum { NS = 1000 };

struct chipped {
    union {
        struct asker asker;
        struct answerer answerer;
    };
    char *chip;
};

static const struct parameter chip_parameters[] = {
    {"chip", PARAMETER_TEXT, offsetof(struct chipped, chip), "card", 1, 64, NULL, ""}, {0}};
static const struct part_kind chipped_kind = {
    .name = "chipped", .size = sizeof(struct chipped), .parameters = chip_parameters};

static struct sim sim;
static struct diagnostics diagnostics;
static struct bus *bus, *other_bus;
static struct part *card, *cpu, *ram;
static struct asker *near_master, *far_master;
static struct answerer *near_target, *far_target;
static struct ask asks[4];

static uint32_t target_waits(void *owner, const struct bus_request *request)
{
    (void)request;
    return ((struct answerer *)owner)->waits;
}

static enum bus_status target_access(void *owner, struct bus_request *request)
{
    (void)request;
    ((struct answerer *)owner)->accesses++;
    return BUS_OK;
}

static struct asker *master_on(struct bus *on, char *chip)
{
    struct chipped *part = (struct chipped *)sim_add_part(&sim, &chipped_kind, "master");

    part->chip = chip;
    bus_attach(on, &part->asker.master, &part->asker.part, NULL);
    return &part->asker;
}

static struct answerer *target_on(struct bus *on, char *chip, uint64_t base)
{
    struct chipped *part = (struct chipped *)sim_add_part(&sim, &chipped_kind, "target");

    part->chip = chip;
    part->answerer.target = (struct bus_target){.base = base,
                                                .bytes = 0x10000,
                                                .part = &part->answerer.part,
                                                .owner = &part->answerer,
                                                .waits = target_waits,
                                                .access = target_access};
    bus_map(on, &part->answerer.target, &diagnostics);
    return &part->answerer;
}

static struct part *chip_new(const char *name, const char *latency, const char *pins)
{
    struct part *chip = part_build(&sim, &chip_kind, name);

    part_set(chip, "latency", latency);
    part_set(chip, "pins", pins);
    part_set(chip, "pin_rate", "500Mbit/s");
    return chip;
}

static struct bus *bus_new(const char *name)
{
    struct part *part = part_build(&sim, &bus_kind, name);

    part_set(part, "width", "64bit");
    part->kind->init(part, &diagnostics);
    part->kind->wire(part, &diagnostics);
    return (struct bus *)part;
}

static void set_up(void)
{
    sim_init(&sim);
    diagnostics_init(&diagnostics);
    card = chip_new("card", "3ns", "0");
    cpu = chip_new("cpu", "5ns", "16");
    ram = chip_new("ram", "1ns", "32");
    bus = bus_new("card");
    other_bus = bus_new("other");
    near_master = master_on(bus, "card");
    far_master = master_on(bus, "cpu");
    near_target = target_on(bus, "card", 0);
    far_target = target_on(bus, "ram", 0x10000);
}

static void tear_down(void)
{
    sim_free(&sim);
    diagnostics_clear(&diagnostics);
}

static void run(void)
{
    sim_start(&sim);
    sim_run(&sim, 1000 * NS);
}

START_TEST(on_one_chip_nothing_is_added)
{
    ask_at(near_master, &asks[0], 0, BUS_WRITE, 0, 8);
    run();
    ck_assert_uint_eq(asks[0].done_ps, 6 * NS); /* edge 1, address, one beat */
    ck_assert_uint_eq(part_statistic(card, "transactions"), 0);
}
END_TEST

/*     edge   1     2 .. 9           10 .. 12    13
 *     ns     2     ..          18   .. 26       26
 *            [command 8, data 8   ] [5 + 3 ns]  done: the edge at the end
 */
START_TEST(a_write_takes_the_pins_and_one_latency_of_each_chip)
{
    ask_at(far_master, &asks[0], 0, BUS_WRITE, 0, 8);
    run();
    ck_assert_uint_eq(asks[0].done_ps, 26 * NS);
    ck_assert_uint_eq(part_statistic(cpu, "busy_ps"), 16 * NS);
    ck_assert_uint_eq(part_statistic(cpu, "bytes"), 8);
    ck_assert_uint_eq(part_statistic(card, "busy_ps"), 0);
    ck_assert_uint_eq(part_statistic(card, "transactions"), 1);
    ck_assert_uint_eq(part_statistic(ram, "transactions"), 0);
}
END_TEST

START_TEST(a_read_takes_the_latency_twice)
{
    ask_at(far_master, &asks[0], 0, BUS_READ, 0, 8);
    run();
    ck_assert_uint_eq(asks[0].done_ps, (2 + 16 + 16) * NS);
}
END_TEST

START_TEST(the_targets_waits_come_on_top)
{
    near_target->waits = 3;
    ask_at(far_master, &asks[0], 0, BUS_WRITE, 0, 8);
    run();
    ck_assert_uint_eq(asks[0].done_ps, (26 + 3 * 2) * NS);
}
END_TEST

/* 64 bytes: 72 ns at the pins, and 18 ns of address and beats meanwhile. */
START_TEST(a_burst_goes_at_the_pace_of_the_pins)
{
    ask_at(far_master, &asks[0], 0, BUS_WRITE, 0, 64);
    run();
    ck_assert_uint_eq(asks[0].done_ps, (2 + 72 + 8) * NS);
}
END_TEST

START_TEST(pins_that_are_faster_than_the_bus_leave_the_latency)
{
    part_set(cpu, "pins", "0");
    ask_at(far_master, &asks[0], 0, BUS_WRITE, 0, 64);
    run();
    ck_assert_uint_eq(asks[0].done_ps, (2 + 18 + 8) * NS);
}
END_TEST

/* cpu - card - ram: L = 5 + 2 * 3 + 1 = 12 ns each way; ram's pins carry 16 bytes in 8 ns, cpu's in 16. */
START_TEST(a_transaction_across_three_chips_crosses_the_middle_one_twice)
{
    ask_at(far_master, &asks[0], 0, BUS_READ, 0x10000, 8);
    run();
    ck_assert_uint_eq(asks[0].done_ps, (2 + 16 + 24) * NS);
    ck_assert_uint_eq(part_statistic(card, "bytes"), 16);
    ck_assert_uint_eq(part_statistic(ram, "busy_ps"), 8 * NS);
}
END_TEST

START_TEST(pins_that_are_crossed_twice_are_needed_twice)
{
    part_set(card, "pins", "16"); /* 2 * 16 bytes at a byte a nanosecond */
    ask_at(far_master, &asks[0], 0, BUS_WRITE, 0x10000, 8);
    run();
    ck_assert_uint_eq(asks[0].done_ps, (2 + 32 + 12) * NS);
}
END_TEST

/* Two buses, on each a master of the same chip: both are granted at edge 1, the second waits for the pins.
 *
 *     bus     2 [pins 16][8] 26
 *     other   2 . wait . 18 [pins 16][8] 42
 */
START_TEST(the_pins_of_a_chip_are_shared_by_its_buses)
{
    struct asker *second = master_on(other_bus, "cpu");

    target_on(other_bus, "card", 0);
    ask_at(far_master, &asks[0], 0, BUS_WRITE, 0, 8);
    ask_at(second, &asks[1], 0, BUS_WRITE, 0, 8);
    run();
    ck_assert_uint_eq(asks[0].done_ps, 26 * NS);
    ck_assert_uint_eq(asks[1].done_ps, 42 * NS);
    ck_assert_uint_eq(part_statistic(cpu, "wait_ps"), 16 * NS);
}
END_TEST

START_TEST(a_chip_without_a_section_costs_nothing)
{
    struct asker *elsewhere = master_on(bus, "board");

    ask_at(elsewhere, &asks[0], 0, BUS_WRITE, 0, 8);
    run();
    ck_assert_uint_eq(asks[0].done_ps, (2 + 4 + 3) / 2 * 2 * NS + 2 * NS); /* card's 3 ns, to the next edge */
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("chip");
    TCase *c = tcase_create("chip");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, on_one_chip_nothing_is_added);
    tcase_add_test(c, a_write_takes_the_pins_and_one_latency_of_each_chip);
    tcase_add_test(c, a_read_takes_the_latency_twice);
    tcase_add_test(c, the_targets_waits_come_on_top);
    tcase_add_test(c, a_burst_goes_at_the_pace_of_the_pins);
    tcase_add_test(c, pins_that_are_faster_than_the_bus_leave_the_latency);
    tcase_add_test(c, a_transaction_across_three_chips_crosses_the_middle_one_twice);
    tcase_add_test(c, pins_that_are_crossed_twice_are_needed_twice);
    tcase_add_test(c, the_pins_of_a_chip_are_shared_by_its_buses);
    tcase_add_test(c, a_chip_without_a_section_costs_nothing);
    suite_add_tcase(s, c);
    return s;
}
