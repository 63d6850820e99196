/* The host bus interface, edge by edge: both buses run at 1 GHz with 16 bytes a beat, memories have
 * no latency, so a write of 64 bytes asked at t is granted at t + 1 ns and done at t + 1 + 1 + 4
 * ns. */
#include "tests/models/host_side.h"
#include "tests/suite.h"

#define HOST 0x80001000ull
#define CARD 0x80000000ull

static struct access access_at[64];
static uint64_t called_ps;
static unsigned calls;

static void set_up(void)
{
    side_build();
    called_ps = 0;
    calls = 0;
}

static void called(void *owner)
{
    (void)owner;
    called_ps = sim_now(&side.sim);
    calls++;
}

static void run(uint64_t to_ps)
{
    sim_run(&side.sim, to_ps);
}

static void write_window(unsigned i, uint64_t host_address, uint32_t bytes, uint8_t value)
{
    uint8_t data[BUS_MAX_BURST_BYTES];

    memset(data, value, sizeof data);
    side_ask(&side.card_master, &access_at[i], BUS_WRITE, bridge_window(side.bridge, host_address),
             data, bytes);
}

static uint8_t host_byte(uint64_t address)
{
    return *memory_at(side.host_memory, address, 1);
}

START_TEST(a_posted_write_is_done_on_the_card_and_follows_after_the_latency)
{
    side_wire();
    ck_assert(bridge_room(side.bridge, 64, called, NULL));
    write_window(0, HOST, 64, 7);
    run(1); /* asked at 0, granted at 1 ns, done at 6 ns */
    run(7 * NS);
    ck_assert_uint_eq(access_at[0].done_ps, 6 * NS);
    bridge_when_written(side.bridge, called, NULL);
    ck_assert_uint_eq(calls, 0);
    /* Asked on the host bus at 106 ns, granted at 107, done 5 cycles later. */
    run(112 * NS);
    ck_assert_uint_eq(host_byte(HOST), 0);
    run(112 * NS + 1);
    ck_assert_uint_eq(host_byte(HOST), 7);
    ck_assert_uint_eq(host_byte(HOST + 63), 7);
    ck_assert_uint_eq(called_ps, 112 * NS);
}
END_TEST

START_TEST(when_all_is_written_the_mark_is_told_at_once)
{
    side_wire();
    bridge_when_written(side.bridge, called, NULL);
    ck_assert_uint_eq(calls, 1);
}
END_TEST

START_TEST(a_burst_is_split_where_the_host_bus_takes_shorter_ones)
{
    part_set(&side.host_bus->part, "burst", "64B");
    side_wire();
    ck_assert(bridge_room(side.bridge, 160, called, NULL));
    write_window(0, HOST, 160, 9);
    run(1000 * NS);
    ck_assert_uint_eq(side.host_bus->stats.requests, 3);
    ck_assert_uint_eq(side.host_bus->stats.written_bytes, 160);
    ck_assert_uint_eq(host_byte(HOST + 159), 9);
    ck_assert_uint_eq(host_byte(HOST + 160), 0);
}
END_TEST

START_TEST(writes_arrive_in_the_order_in_which_they_entered)
{
    side_wire();
    ck_assert(bridge_room(side.bridge, 256, called, NULL));
    for (unsigned i = 0; i < 4; i++)
        write_window(i, HOST, 64, (uint8_t)(i + 1));
    run(1000 * NS);
    ck_assert_uint_eq(host_byte(HOST), 4);
}
END_TEST

START_TEST(the_fifo_takes_its_last_byte_and_not_one_more)
{
    part_set((struct part *)side.bridge, "fifo", "256B");
    side_wire();
    ck_assert(bridge_room(side.bridge, 192, called, NULL));
    ck_assert(bridge_room(side.bridge, 64, called, NULL));
    ck_assert(!bridge_room(side.bridge, 1, called, NULL));
    write_window(0, HOST, 192, 1);
    write_window(1, HOST, 64, 1);
    write_window(2, HOST, 1, 2); /* not reserved: no room */
    run(40 * NS);
    ck_assert_uint_eq(access_at[1].request.status, BUS_OK);
    ck_assert_uint_eq(access_at[2].request.status, BUS_ERROR);
    ck_assert_uint_eq(part_statistic((struct part *)side.bridge, "refused"), 1);
    ck_assert_uint_eq(calls, 0);
    /* Room comes when the first is in host memory: it entered at 1 + 1 + 12 ns, was asked at 114,
     * granted at 115 and done 13 cycles later. */
    run(1000 * NS);
    ck_assert_uint_eq(calls, 1);
    ck_assert_uint_eq(called_ps, 128 * NS);
}
END_TEST

static unsigned order[4], ordered;

static void first_room(void *owner)
{
    order[ordered++] = GPOINTER_TO_UINT(owner);
    ck_assert(bridge_room(side.bridge, GPOINTER_TO_UINT(owner), called, NULL));
}

START_TEST(who_was_refused_first_gets_room_first)
{
    ordered = 0;
    part_set((struct part *)side.bridge, "fifo", "256B");
    side_wire();
    ck_assert(bridge_room(side.bridge, 192, called, NULL));
    ck_assert(!bridge_room(side.bridge, 128, first_room, GUINT_TO_POINTER(128)));
    /* 64 would fit, but the other came first. */
    ck_assert(!bridge_room(side.bridge, 64, first_room, GUINT_TO_POINTER(64)));
    write_window(0, HOST, 192, 1);
    run(1000 * NS);
    ck_assert_uint_eq(ordered, 2);
    ck_assert_uint_eq(order[0], 128);
    ck_assert_uint_eq(order[1], 64);
}
END_TEST

START_TEST(a_host_address_without_memory_is_counted_and_its_room_comes_back)
{
    const uint64_t wrong[] = {0x1000, 1ull << 46, 1ull << 47, UINT64_MAX - 255};

    side_wire();
    for (unsigned i = 0; i < 4; i++) {
        ck_assert(bridge_room(side.bridge, 256, called, NULL));
        write_window(i, wrong[i], 256, 1);
    }
    run(10000 * NS);
    ck_assert_uint_eq(part_statistic((struct part *)side.bridge, "lost_writes"), 4);
    ck_assert(bridge_room(side.bridge, 8192, called, NULL));
}
END_TEST

START_TEST(the_window_can_not_be_read)
{
    side_wire();
    side_ask(&side.card_master, &access_at[0], BUS_READ, bridge_window(side.bridge, HOST), NULL, 4);
    run(1000 * NS);
    ck_assert_uint_eq(access_at[0].request.status, BUS_ERROR);
}
END_TEST

static uint64_t read_done_ps;

static void read_done(struct bridge_read_request *request)
{
    (void)request;
    read_done_ps = sim_now(&side.sim);
}

START_TEST(a_read_takes_the_latency_both_ways)
{
    struct bridge_read_request read = {
        .host_address = HOST, .card_address = CARD + 4, .bytes = 64, .done = read_done};

    side_wire();
    memset(memory_at(side.host_memory, HOST, 64), 0x5a, 64);
    bridge_read(side.bridge, &read);
    run(2000 * NS);
    /* Asked at 100 ns, granted 101, done 106; asked on the card's bus at 206, granted 207; 68 bytes
     * from the beat's start are 5 beats: done 213. */
    ck_assert_uint_eq(read_done_ps, 213 * NS);
    ck_assert(!read.failed);
    ck_assert_uint_eq(*memory_at(side.card_memory, CARD + 3, 1), 0);
    ck_assert_uint_eq(*memory_at(side.card_memory, CARD + 4, 1), 0x5a);
    ck_assert_uint_eq(*memory_at(side.card_memory, CARD + 67, 1), 0x5a);
    ck_assert_uint_eq(*memory_at(side.card_memory, CARD + 68, 1), 0);
}
END_TEST

START_TEST(only_so_many_bursts_of_reads_are_under_way)
{
    struct bridge_read_request read = {
        .host_address = HOST, .card_address = CARD, .bytes = 3 * 256, .done = read_done};

    part_set((struct part *)side.bridge, "reads", "2");
    side_wire();
    bridge_read(side.bridge, &read);
    /* 256 bytes: granted 101, done 118; the second is ready at 101 already: granted 118, done 135.
     * The third waits for a place: the first is on the card at 218 + 1 + 17 = 236; then asked,
     * granted 237. */
    run(237 * NS);
    ck_assert_uint_eq(side.host_bus->stats.requests, 2);
    run(237 * NS + 1);
    ck_assert_uint_eq(side.host_bus->stats.requests, 3);
    run(2000 * NS);
    ck_assert_uint_eq(read_done_ps, (237 + 17 + 100 + 1 + 17) * NS);
}
END_TEST

START_TEST(a_read_sees_the_writes_before_it)
{
    struct bridge_read_request read = {
        .host_address = HOST, .card_address = CARD, .bytes = 64, .done = read_done};

    side_wire();
    ck_assert(bridge_room(side.bridge, 64, called, NULL));
    write_window(0, HOST, 64, 0x77);
    run(6 * NS + 1); /* the write has entered just now */
    bridge_read(side.bridge, &read);
    run(2000 * NS);
    ck_assert_uint_eq(*memory_at(side.card_memory, CARD + 63, 1), 0x77);
}
END_TEST

START_TEST(a_read_of_no_memory_fails_and_ends)
{
    struct bridge_read_request read = {
        .host_address = 0x10, .card_address = CARD, .bytes = 65536, .done = read_done};

    side_wire();
    read_done_ps = 0;
    bridge_read(side.bridge, &read);
    run(1000000 * NS);
    ck_assert_uint_ne(read_done_ps, 0);
    ck_assert(read.failed);
    ck_assert_uint_eq(part_statistic((struct part *)side.bridge, "failed_reads"), 1);
}
END_TEST

/* --- From the host --------------------------------------------------------------------------- */

static struct hw_message taken[64];
static uint64_t taken_ps[64], taken_posted_ps[64];
static unsigned taken_count;
static bool takes;

static bool take(void *owner, const struct hw_message *request, uint64_t posted_ps)
{
    (void)owner;
    if (!takes)
        return false;
    taken[taken_count] = *request;
    taken_posted_ps[taken_count] = posted_ps;
    taken_ps[taken_count++] = sim_now(&side.sim);
    return true;
}

static void ring_doorbell(unsigned i, uint32_t session)
{
    struct hw_message message = {.type = HW_CLOSE, .session = session};

    side_ask(&side.host_master, &access_at[i], BUS_WRITE, bridge_doorbell_address(side.bridge),
             &message, sizeof message);
}

START_TEST(a_request_is_at_the_dispatch_after_the_latency)
{
    taken_count = 0;
    takes = true;
    side_wire();
    bridge_set_dispatch(side.bridge, NULL, take);
    ring_doorbell(0, 5);
    run(1000 * NS);
    ck_assert_uint_eq(taken_count, 1);
    ck_assert_uint_eq(taken[0].session, 5);
    ck_assert_uint_eq(taken_posted_ps[0], 6 * NS);
    ck_assert_uint_eq(taken_ps[0], 106 * NS);
}
END_TEST

START_TEST(a_full_fifo_of_requests_refuses_and_keeps_the_order)
{
    taken_count = 0;
    takes = false;
    part_set((struct part *)side.bridge, "requests", "2");
    side_wire();
    bridge_set_dispatch(side.bridge, NULL, take);
    ck_assert_uint_eq(bridge_request_room(side.bridge), 2);
    for (unsigned i = 0; i < 3; i++)
        ring_doorbell(i, i + 1);
    run(1000 * NS);
    ck_assert_uint_eq(bridge_request_room(side.bridge), 0);
    ck_assert_uint_eq(access_at[1].request.status, BUS_OK);
    ck_assert_uint_eq(access_at[2].request.status, BUS_ERROR);
    bridge_when_request_taken(side.bridge, called, NULL);
    takes = true;
    bridge_request_ready(side.bridge);
    ck_assert_uint_eq(taken_count, 2);
    ck_assert_uint_eq(taken[0].session, 1);
    ck_assert_uint_eq(taken[1].session, 2);
    ck_assert_uint_eq(calls, 1);
    ck_assert_uint_eq(bridge_request_room(side.bridge), 2);
}
END_TEST

START_TEST(a_consumed_count_goes_to_its_processor)
{
    uint32_t count = 77;

    side_wire();
    side_ask(&side.host_master, &access_at[0], BUS_WRITE, bridge_consumed_address(side.bridge, 2),
             &count, sizeof count);
    run(1000 * NS);
    ck_assert_uint_eq(access_at[0].done_ps, 3 * NS); /* granted 1, one beat */
    ck_assert_uint_eq(side.write_count, 1);
    ck_assert_uint_eq(side.writes[0].processor, 2);
    ck_assert_uint_eq(side.writes[0].offset, PROCESSOR_MAILBOX_CONSUMED);
    ck_assert_uint_eq(side.writes[0].value, 77);
    ck_assert_uint_eq(side.writes[0].at_ps, (3 + 100 + 1 + 2) * NS);
}
END_TEST

START_TEST(a_consumed_count_for_no_processor_is_counted)
{
    uint32_t count = 1;

    side_wire();
    side_ask(&side.host_master, &access_at[0], BUS_WRITE, bridge_consumed_address(side.bridge, 255),
             &count, sizeof count);
    run(1000 * NS);
    ck_assert_uint_eq(part_statistic((struct part *)side.bridge, "consumed_lost"), 1);
}
END_TEST

START_TEST(other_accesses_of_the_registers_are_refused)
{
    const struct {
        enum bus_op op;
        uint64_t offset;
        uint32_t bytes;
    } wrong[] = {{BUS_WRITE, 0, 60},
                 {BUS_WRITE, 4, 64},
                 {BUS_READ, 0, 64},
                 {BUS_WRITE, BRIDGE_CONSUMED + 2, 4},
                 {BUS_WRITE, BRIDGE_CONSUMED, 8},
                 {BUS_WRITE, BRIDGE_CONSUMED + 4 * BRIDGE_RINGS, 4}};
    uint8_t data[64] = {0};

    side_wire();
    for (unsigned i = 0; i < 6; i++)
        side_ask(&side.host_master, &access_at[i], wrong[i].op,
                 bridge_doorbell_address(side.bridge) + wrong[i].offset, data, wrong[i].bytes);
    run(1000 * NS);
    for (unsigned i = 0; i < 6; i++)
        ck_assert_uint_eq(access_at[i].request.status, BUS_ERROR);
    ck_assert_uint_eq(part_statistic((struct part *)side.bridge, "refused"), 6);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bridge");
    TCase *c = tcase_create("bridge");

    tcase_add_checked_fixture(c, set_up, side_free);
    tcase_add_test(c, a_posted_write_is_done_on_the_card_and_follows_after_the_latency);
    tcase_add_test(c, when_all_is_written_the_mark_is_told_at_once);
    tcase_add_test(c, a_burst_is_split_where_the_host_bus_takes_shorter_ones);
    tcase_add_test(c, writes_arrive_in_the_order_in_which_they_entered);
    tcase_add_test(c, the_fifo_takes_its_last_byte_and_not_one_more);
    tcase_add_test(c, who_was_refused_first_gets_room_first);
    tcase_add_test(c, a_host_address_without_memory_is_counted_and_its_room_comes_back);
    tcase_add_test(c, the_window_can_not_be_read);
    tcase_add_test(c, a_read_takes_the_latency_both_ways);
    tcase_add_test(c, only_so_many_bursts_of_reads_are_under_way);
    tcase_add_test(c, a_read_sees_the_writes_before_it);
    tcase_add_test(c, a_read_of_no_memory_fails_and_ends);
    tcase_add_test(c, a_request_is_at_the_dispatch_after_the_latency);
    tcase_add_test(c, a_full_fifo_of_requests_refuses_and_keeps_the_order);
    tcase_add_test(c, a_consumed_count_goes_to_its_processor);
    tcase_add_test(c, a_consumed_count_for_no_processor_is_counted);
    tcase_add_test(c, other_accesses_of_the_registers_are_refused);
    suite_add_tcase(s, c);
    return s;
}
