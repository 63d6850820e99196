/* Bursts: where transfers are cut, how many are under way, in what order they finish, edge by edge.
 *
 * The bus has 64 bits, bursts of 256 bytes, and a target that waits 3 cycles: a burst of 256 aligned bytes is done
 * 1 + 3 + 32 = 36 edges after its grant, one of a single beat 5. What is asked at an edge is granted at the next. */
#include "models/burst.h"
#include "tests/models/bus_bed.h"
#include "tests/models/bus_log.h"
#include "tests/suite.h"

#include <string.h>

enum { BASE = 0x1000, TARGET_BYTES = 0x10000 };

static struct sim sim;
static struct bus *bus;
static struct asker *part; /* whose engine it is */
static struct answerer *answerer;
static struct burst_engine engine;
static struct bus_log bus_log;

struct move { /* a transfer, and what became of it */
    struct burst_transfer transfer;
    uint8_t data[4096];
    uint64_t done_ps;
    unsigned done, turn;
    struct move *then; /* submitted by its done() */
};

static void set_up_engine(unsigned outstanding)
{
    struct diagnostics diagnostics;

    sim_init(&sim);
    bus = bus_build(&sim, "500MHz", "64");
    part = asker_new(bus, NULL);
    diagnostics_init(&diagnostics);
    answerer = answerer_new(bus, BASE, TARGET_BYTES, 3, &diagnostics);
    diagnostics_clear(&diagnostics);
    burst_init(&engine, bus, &part->part, NULL, outstanding);
    bus_log_begin(&bus_log, bus);
}

static void move_done(struct burst_transfer *transfer)
{
    struct move *move = transfer->owner;

    move->done_ps = sim_now(&sim);
    move->done++;
    move->turn = ++bus_bed_turns;
    if (move->then)
        burst_submit(&engine, &move->then->transfer);
}

static void prepare(struct move *move, enum bus_op op, uint64_t address, uint32_t bytes)
{
    memset(move, 0, sizeof *move);
    move->transfer = (struct burst_transfer){.op = op,
                                             .address = address,
                                             .data = move->data,
                                             .bytes = bytes,
                                             .done = move_done,
                                             .owner = move};
}

static void submit(struct move *move, enum bus_op op, uint64_t address, uint32_t bytes)
{
    prepare(move, op, address, bytes);
    burst_submit(&engine, &move->transfer);
}

static void run(void)
{
    sim_run(&sim, UINT64_MAX);
}

#define ck_burst(i, address, bytes, asked, granted, done)                                          \
    bus_log_check(&bus_log, i, BUS_READ, address, bytes, asked, granted, done)

/* --- Where it is cut --------------------------------------------------------------------------------- */

START_TEST(an_aligned_transfer_is_cut_into_whole_bursts)
{
    static struct move move;

    /* Two bursts are asked at 0, the third when the first is done:
     *   0 .. 255      granted 1, done 37
     *   256 .. 511    granted 37, done 73
     *   512 .. 767    asked 37, granted 73, done 109 */
    set_up_engine(2);
    submit(&move, BUS_READ, BASE, 768);
    run();
    ck_assert_uint_eq(bus_log.count, 3);
    ck_burst(0, BASE, 256, 0, 1, 37);
    ck_burst(1, BASE + 256, 256, 0, 37, 73);
    ck_burst(2, BASE + 512, 256, 37, 73, 109);
    ck_assert_uint_eq(move.done, 1);
    ck_assert_uint_eq(move.done_ps, 109 * EDGE_PS);
    sim_free(&sim);
}
END_TEST

START_TEST(a_misaligned_transfer_is_cut_at_multiples_of_the_burst)
{
    static struct move move;

    /* From byte 250 of a burst, 300 bytes: 6 + 256 + 38.
     *   250 .. 255: byte 2 of a beat and 6 bytes: 1 beat       granted 1, done 6
     *   256 bytes                                              granted 6, done 42
     *   38 bytes: 5 beats                                      granted 42, done 51 */
    set_up_engine(4);
    submit(&move, BUS_READ, BASE + 250, 300);
    run();
    ck_assert_uint_eq(bus_log.count, 3);
    ck_burst(0, BASE + 250, 6, 0, 1, 6);
    ck_burst(1, BASE + 256, 256, 0, 6, 42);
    ck_burst(2, BASE + 512, 38, 0, 42, 51);
    sim_free(&sim);
}
END_TEST

START_TEST(one_byte_is_one_burst_wherever_it_is)
{
    static struct move first, last;

    set_up_engine(2);
    submit(&first, BUS_READ, BASE, 1);
    submit(&last, BUS_READ, BASE + 255, 1);
    run();
    ck_assert_uint_eq(bus_log.count, 2);
    ck_burst(0, BASE, 1, 0, 1, 6);
    ck_burst(1, BASE + 255, 1, 0, 6, 11);
    sim_free(&sim);
}
END_TEST

START_TEST(a_byte_more_than_a_burst_takes_two)
{
    static struct move whole, more;

    set_up_engine(4);
    submit(&whole, BUS_READ, BASE + 256, 256);
    submit(&more, BUS_READ, BASE + 512, 257);
    run();
    ck_assert_uint_eq(bus_log.count, 3);
    ck_burst(0, BASE + 256, 256, 0, 1, 37);
    ck_burst(1, BASE + 512, 256, 0, 37, 73);
    ck_burst(2, BASE + 768, 1, 0, 73, 78);
    sim_free(&sim);
}
END_TEST

START_TEST(the_bursts_of_a_bus_with_longer_ones_are_longer)
{
    static struct move move;

    set_up_engine(2);
    part_set(&bus->part, "burst", "4096");
    submit(&move, BUS_READ, BASE + 8, 4096);
    run();
    ck_assert_uint_eq(bus_log.count, 2);
    ck_burst(0, BASE + 8, 4088, 0, 1, 1 + 1 + 3 + 511);
    ck_burst(1, BASE + 4096, 8, 0, 516, 521);
    sim_free(&sim);
}
END_TEST

/* --- Data -------------------------------------------------------------------------------------------- */

static uint8_t storage[TARGET_BYTES];

static enum bus_status store_access(void *owner, struct bus_request *request)
{
    uint8_t *at = storage + (request->address - BASE);

    (void)owner;
    if (request->op == BUS_READ)
        memcpy(request->data, at, request->bytes);
    else
        memcpy(at, request->data, request->bytes);
    return BUS_OK;
}

START_TEST(every_byte_goes_to_its_place_in_both_directions)
{
    static struct move write, read;

    set_up_engine(3);
    bus_log.targets[0].original.access = store_access;
    memset(storage, 0xee, sizeof storage);
    prepare(&write, BUS_WRITE, BASE + 201, 1001);
    for (unsigned i = 0; i < 1001; i++)
        write.data[i] = (uint8_t)(i * 7 + (i >> 8));
    prepare(&read, BUS_READ, BASE + 201, 1001);
    burst_submit(&engine, &write.transfer);
    burst_submit(&engine, &read.transfer);
    run();
    ck_assert_mem_eq(storage + 201, write.data, 1001);
    ck_assert_mem_eq(read.data, write.data, 1001);
    ck_assert_uint_eq(storage[200], 0xee);
    ck_assert_uint_eq(storage[1202], 0xee);
    ck_assert_uint_eq(read.data[1001], 0);
    sim_free(&sim);
}
END_TEST

/* --- How many are under way -------------------------------------------------------------------------- */

START_TEST(with_one_outstanding_the_bus_idles_an_edge_between_bursts)
{
    static struct move move;

    /* The second is asked when the first is done, and granted an edge later. */
    set_up_engine(1);
    submit(&move, BUS_READ, BASE, 768);
    run();
    ck_burst(0, BASE, 256, 0, 1, 37);
    ck_burst(1, BASE + 256, 256, 37, 38, 74);
    ck_burst(2, BASE + 512, 256, 74, 75, 111);
    sim_free(&sim);
}
END_TEST

START_TEST(with_two_outstanding_bursts_follow_each_other_at_once)
{
    static struct move first, second;

    /* Across the end of a transfer as well: 16 bytes are 2 beats, done 6 edges after the grant. */
    set_up_engine(2);
    submit(&first, BUS_READ, BASE, 512);
    submit(&second, BUS_READ, BASE + 512, 16);
    run();
    ck_burst(0, BASE, 256, 0, 1, 37);
    ck_burst(1, BASE + 256, 256, 0, 37, 73);
    ck_burst(2, BASE + 512, 16, 37, 73, 79);
    ck_assert_uint_eq(bus->stats.busy_cycles, 79 - 1);
    sim_free(&sim);
}
END_TEST

START_TEST(no_more_than_outstanding_are_asked_at_any_time)
{
    static struct move move;

    /* Bursts of 64 bytes are done 1 + 3 + 8 = 12 edges after their grant. Burst k is granted at 1 + 12 k and asked
     * when burst k - n was done, at 1 + 12 (k - n + 1); the first n at 0. */
    for (unsigned n = 1; n <= BURST_MAX_OUTSTANDING; n++) {
        set_up_engine(n);
        part_set(&bus->part, "burst", "64");
        submit(&move, BUS_READ, BASE, 20 * 64);
        for (unsigned i = 0; i < 20; i++) {
            ck_assert_uint_le(engine.under_way, n);
            sim_run(&sim, (1 + 12 * i) * EDGE_PS + 1);
        }
        run();
        ck_assert_uint_eq(bus_log.count, 20);
        for (unsigned k = 0; k < 20; k++) {
            unsigned idle = n == 1 ? k : 0; /* an edge lost before each but the first */

            ck_burst(k, BASE + 64 * k, 64, k < n ? 0 : 1 + 12 * (k - n + 1) + (n == 1 ? k - 1 : 0),
                     1 + 12 * k + idle, 13 + 12 * k + idle);
        }
        ck_assert_uint_eq(engine.under_way, 0);
        sim_free(&sim);
    }
}
END_TEST

START_TEST(a_transfer_submitted_later_is_asked_at_once_if_there_is_a_place)
{
    static struct move first, second;

    set_up_engine(2);
    submit(&first, BUS_READ, BASE, 256);
    sim_run(&sim, 10 * EDGE_PS);
    submit(&second, BUS_READ, BASE + 256, 8);
    run();
    ck_burst(0, BASE, 256, 0, 1, 37);
    ck_burst(1, BASE + 256, 8, 10, 37, 42);
    sim_free(&sim);
}
END_TEST

/* --- Order ------------------------------------------------------------------------------------------- */

START_TEST(transfers_finish_in_the_order_of_their_submission)
{
    static struct move moves[5];
    static const uint32_t bytes[5] = {700, 1, 256, 300, 8};

    for (unsigned n = 1; n <= 4; n++) {
        set_up_engine(n);
        for (unsigned i = 0; i < 5; i++)
            submit(&moves[i], i % 2 ? BUS_WRITE : BUS_READ, BASE + 0x1000 * i + 100, bytes[i]);
        run();
        for (unsigned i = 0; i < 5; i++) {
            ck_assert_uint_eq(moves[i].done, 1);
            ck_assert_uint_eq(moves[i].turn, i + 1);
        }
        sim_free(&sim);
    }
}
END_TEST

START_TEST(done_may_submit_the_next_even_when_nothing_is_left)
{
    static struct move first, second;

    /* Asked by done() at 6: granted at 7. */
    set_up_engine(2);
    prepare(&second, BUS_READ, BASE + 8, 8);
    prepare(&first, BUS_READ, BASE, 8);
    first.then = &second;
    burst_submit(&engine, &first.transfer);
    run();
    ck_burst(0, BASE, 8, 0, 1, 6);
    ck_burst(1, BASE + 8, 8, 6, 7, 12);
    ck_assert_uint_eq(second.turn, 2);
    sim_free(&sim);
}
END_TEST

START_TEST(what_waits_is_asked_before_what_done_submits)
{
    static struct move first, waiting, late;

    /* When the first is done at 6, the waiting one takes its place; the late one is asked when that is done. */
    set_up_engine(1);
    prepare(&late, BUS_READ, BASE + 16, 8);
    prepare(&first, BUS_READ, BASE, 8);
    first.then = &late;
    burst_submit(&engine, &first.transfer);
    submit(&waiting, BUS_READ, BASE + 8, 8);
    run();
    ck_burst(0, BASE, 8, 0, 1, 6);
    ck_burst(1, BASE + 8, 8, 6, 7, 12);
    ck_burst(2, BASE + 16, 8, 12, 13, 18);
    sim_free(&sim);
}
END_TEST

/* --- Failures ---------------------------------------------------------------------------------------- */

static unsigned failing; /* number of the access that fails, from 1 */
static enum bus_status failing_with;

static enum bus_status fail_access(void *owner, struct bus_request *request)
{
    (void)owner;
    (void)request;
    return ++answerer->accesses >= failing ? failing_with++ : BUS_OK;
}

START_TEST(the_first_failure_is_the_transfers_and_its_later_bursts_still_run)
{
    static struct move bad, good;

    /* The second burst fails without a target, the third with an error. */
    set_up_engine(2);
    bus_log.targets[0].original.access = fail_access;
    failing = 2;
    failing_with = BUS_NO_TARGET;
    submit(&bad, BUS_READ, BASE, 768);
    run();
    ck_assert_int_eq(bad.transfer.status, BUS_NO_TARGET);
    ck_assert_uint_eq(bus_log.count, 3);
    ck_assert_uint_eq(bad.done_ps, 109 * EDGE_PS);
    failing = 100;
    submit(&good, BUS_READ, BASE, 8);
    run();
    ck_assert_int_eq(good.transfer.status, BUS_OK);
    sim_free(&sim);
}
END_TEST

START_TEST(a_transfer_that_runs_off_the_target_fails_with_its_last_burst)
{
    static struct move last, off;

    set_up_engine(2);
    submit(&last, BUS_WRITE, BASE + TARGET_BYTES - 512, 512);
    submit(&off, BUS_WRITE, BASE + TARGET_BYTES - 256, 257);
    run();
    ck_assert_int_eq(last.transfer.status, BUS_OK);
    ck_assert_int_eq(off.transfer.status, BUS_NO_TARGET);
    ck_assert_uint_eq(bus_log.count, 3); /* the byte outside has no target and so no entry */
    sim_free(&sim);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("burst");
    TCase *tcase = tcase_create("burst");

    tcase_add_test(tcase, an_aligned_transfer_is_cut_into_whole_bursts);
    tcase_add_test(tcase, a_misaligned_transfer_is_cut_at_multiples_of_the_burst);
    tcase_add_test(tcase, one_byte_is_one_burst_wherever_it_is);
    tcase_add_test(tcase, a_byte_more_than_a_burst_takes_two);
    tcase_add_test(tcase, the_bursts_of_a_bus_with_longer_ones_are_longer);
    tcase_add_test(tcase, every_byte_goes_to_its_place_in_both_directions);
    tcase_add_test(tcase, with_one_outstanding_the_bus_idles_an_edge_between_bursts);
    tcase_add_test(tcase, with_two_outstanding_bursts_follow_each_other_at_once);
    tcase_add_test(tcase, no_more_than_outstanding_are_asked_at_any_time);
    tcase_add_test(tcase, a_transfer_submitted_later_is_asked_at_once_if_there_is_a_place);
    tcase_add_test(tcase, transfers_finish_in_the_order_of_their_submission);
    tcase_add_test(tcase, done_may_submit_the_next_even_when_nothing_is_left);
    tcase_add_test(tcase, what_waits_is_asked_before_what_done_submits);
    tcase_add_test(tcase, the_first_failure_is_the_transfers_and_its_later_bursts_still_run);
    tcase_add_test(tcase, a_transfer_that_runs_off_the_target_fails_with_its_last_burst);
    suite_add_tcase(s, tcase);
    return s;
}
