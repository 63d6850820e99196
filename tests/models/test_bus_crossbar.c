/* A pipelined bus and a crossbar, edge by edge as bus.h draws them, and with random requests. Edge n is at 2000 n ps; what
 * is asked at time 0 is granted at edge 1; a word is one beat. */
#include "tests/models/bus_bed.h"
#include "tests/suite.h"

enum { BASE = 0x1000, SIZE = 0x1000, NOWHERE = 0x9000, MASTERS = 4, TARGETS = 3, RANDOM = 400 };

static struct sim sim;
static struct diagnostics diagnostics;
static struct bus *bus;
static struct answerer *targets[TARGETS];
static struct asker *askers[MASTERS];
static struct ask asks[RANDOM];

static void build(const char *topology, const char *pipelined)
{
    struct part *part;

    sim_init(&sim);
    diagnostics_init(&diagnostics);
    memset(asks, 0, sizeof asks);
    bus_bed_turns = 0;
    part = part_build(&sim, &bus_kind, "card");
    part_set(part, "clock", "500MHz");
    part_set(part, "width", "64bit");
    part_set(part, "topology", topology);
    part_set(part, "pipelined", pipelined);
    parts_wire(&sim);
    bus = (struct bus *)part;
    for (unsigned i = 0; i < TARGETS; i++)
        targets[i] = answerer_new(bus, BASE + SIZE * (uint64_t)i, SIZE, 0, &diagnostics);
    for (unsigned i = 0; i < MASTERS; i++)
        askers[i] = asker_new(bus, NULL);
}

static void tear_down(void)
{
    diagnostics_clear(&diagnostics);
    sim_free(&sim);
}

static void ask(unsigned i, unsigned master, unsigned target, uint32_t bytes, uint64_t edge)
{
    ask_at(askers[master], &asks[i], edge * EDGE_PS, BUS_READ, BASE + SIZE * (uint64_t)target, bytes);
}

static void edges(unsigned i, uint64_t granted, uint64_t done)
{
    ck_assert_uint_eq(asks[i].done, 1);
    ck_assert_msg(asks[i].request.granted_ps == granted * EDGE_PS && asks[i].done_ps == done * EDGE_PS,
                  "request %u: granted at %g, done at %g; expected %u and %u", i,
                  (double)asks[i].request.granted_ps / EDGE_PS, (double)asks[i].done_ps / EDGE_PS, (unsigned)granted,
                  (unsigned)done);
}

static void run(void)
{
    sim_run(&sim, UINT64_MAX);
}

/* --- Pipelined --------------------------------------------------------------------------------------- */

START_TEST(the_next_address_overlaps_the_last_beat)
{
    build("shared", "yes");
    ask(0, 0, 0, 8, 0);
    ask(1, 1, 1, 32, 0);
    ask(2, 2, 0, 8, 0);
    ask(3, 1, 0, 8, 0);
    run();
    edges(0, 1, 3);
    edges(1, 2, 7); /* four beats from edge 3 */
    edges(2, 6, 8);
    edges(3, 7, 9); /* of the same master as the one before the last */
}
END_TEST

START_TEST(waits_begin_when_the_data_before_is_over)
{
    build("shared", "yes");
    targets[0]->waits = 2;
    ask(0, 0, 0, 8, 0);
    ask(1, 1, 0, 8, 0);
    run();
    edges(0, 1, 5);
    edges(1, 4, 8);
    ck_assert_uint_eq(bus->stats.busy_cycles, 7);
    ck_assert_uint_eq(bus->stats.wait_ps, 5 * EDGE_PS);
}
END_TEST

/* Ready at the edge of the last beat (2): overlaps. At the edge at which it is done (3): too late. */
START_TEST(who_is_ready_after_the_last_beat_has_an_address_cycle_of_its_own)
{
    build("shared", "yes");
    ask(0, 0, 0, 8, 0);
    ask(1, 1, 0, 8, 1 + (unsigned)_i);
    run();
    edges(0, 1, 3);
    edges(1, _i ? 3 : 2, _i ? 5 : 4);
}
END_TEST

START_TEST(an_idle_bus_is_as_before)
{
    build("shared", "yes");
    ask(0, 0, 0, 8, 0);
    ask(1, 1, 0, 8, 10);
    run();
    edges(0, 1, 3);
    edges(1, 11, 13);
}
END_TEST

/* --- Crossbar ---------------------------------------------------------------------------------------- */

START_TEST(different_targets_work_at_the_same_time)
{
    build("crossbar", "no");
    ask(0, 0, 0, 8, 0);
    ask(1, 1, 1, 32, 0);
    ask_at(askers[2], &asks[2], 0, BUS_READ, NOWHERE, 8);
    run();
    edges(0, 1, 3);
    edges(1, 1, 6);
    edges(2, 1, 3);
    ck_assert_int_eq(asks[2].request.status, BUS_NO_TARGET);
    ck_assert_uint_eq(bus->stats.busy_cycles, 2 + 5 + 2);
}
END_TEST

START_TEST(one_target_serves_one_after_the_other_in_turn)
{
    build("crossbar", "no");
    ask(0, 2, 0, 8, 0);
    ask(1, 0, 0, 8, 0);
    ask(2, 1, 0, 8, 0);
    run();
    edges(1, 1, 3);
    edges(2, 3, 5);
    edges(0, 5, 7);
}
END_TEST

START_TEST(a_master_is_on_one_path_at_a_time_and_in_order)
{
    build("crossbar", "no");
    ask(0, 0, 0, 32, 0);
    ask(1, 0, 1, 8, 0); /* its target is free, but the master isn't */
    ask(2, 1, 0, 8, 0);
    run();
    edges(0, 1, 6);
    edges(1, 6, 8);
    edges(2, 6, 8);
}
END_TEST

/* At edge 3 masters 0 and 2 end, on different paths; 0 goes on to the path that 2 leaves, where 1 waits: after 2 it is
 * 0's turn before 1's, whichever ended first. */
START_TEST(who_becomes_free_at_an_edge_takes_part_in_it)
{
    build("crossbar", "no");
    ask(_i ? 0 : 3, 0, 0, 8, 0);
    ask(1, 0, 1, 8, 0);
    ask(_i ? 3 : 0, 2, 1, 8, 0);
    ask(2, 1, 1, 8, 1);
    run();
    edges(0, 1, 3);
    edges(3, 1, 3);
    edges(1, 3, 5);
    edges(2, 5, 7);
}
END_TEST

START_TEST(priority_holds_on_each_path)
{
    build("crossbar", "no");
    bus->arbitration = 1;
    for (unsigned i = 0; i < MASTERS; i++)
        askers[i]->master.rank = MASTERS - i;
    ask(0, 0, 0, 8, 0);
    ask(1, 1, 0, 8, 0);
    ask(2, 2, 1, 8, 0);
    run();
    edges(1, 1, 3);
    edges(0, 3, 5);
    edges(2, 1, 3);
}
END_TEST

START_TEST(a_crossbar_may_be_pipelined)
{
    build("crossbar", "yes");
    ask(0, 0, 0, 8, 0);
    ask(1, 1, 0, 8, 0);
    ask(2, 0, 0, 8, 0); /* its master is on the path until edge 3, and has its address cycle then */
    ask(3, 2, 1, 8, 0);
    run();
    edges(0, 1, 3);
    edges(1, 2, 4);
    edges(2, 3, 5);
    edges(3, 1, 3);
}
END_TEST

/* --- At random --------------------------------------------------------------------------------------- */

static uint32_t random_number(uint32_t *state, uint32_t below)
{
    *state = *state * 1664525 + 1013904223;
    return (*state >> 8) % below;
}

static void ask_at_random(uint32_t seed, unsigned target_count)
{
    uint32_t state = seed;

    for (unsigned i = 0; i < TARGETS; i++)
        targets[i]->waits = random_number(&state, 4);
    for (unsigned i = 0; i < RANDOM; i++)
        ask_at(askers[random_number(&state, MASTERS)], &asks[i], random_number(&state, RANDOM * 1500 * target_count),
               random_number(&state, 2) ? BUS_READ : BUS_WRITE,
               BASE + SIZE * (uint64_t)random_number(&state, target_count) + 8 * random_number(&state, 100),
               1 + random_number(&state, 64));
    run();
    for (unsigned i = 0; i < RANDOM; i++)
        ck_assert_uint_eq(asks[i].done, 1);
}

static bool overlap(const struct ask *a, const struct ask *b)
{
    return a->request.granted_ps < b->done_ps && b->request.granted_ps < a->done_ps;
}

START_TEST(no_two_transactions_of_a_target_or_of_a_master_overlap)
{
    bool any = false;

    build("crossbar", "no");
    ask_at_random(7 + (uint32_t)_i, TARGETS);
    for (unsigned i = 0; i < RANDOM; i++)
        for (unsigned k = 0; k < i; k++) {
            if (!overlap(&asks[i], &asks[k]))
                continue;
            any = true;
            ck_assert_ptr_ne(asks[i].asker, asks[k].asker);
            ck_assert_ptr_ne(asks[i].request.path, asks[k].request.path);
        }
    ck_assert(any);
}
END_TEST

START_TEST(with_one_target_a_crossbar_is_a_shared_bus)
{
    static uint64_t granted[RANDOM], done[RANDOM];

    build("shared", "no");
    ask_at_random(11 + (uint32_t)_i, 1);
    for (unsigned i = 0; i < RANDOM; i++) {
        granted[i] = asks[i].request.granted_ps;
        done[i] = asks[i].done_ps;
    }
    tear_down();
    build("crossbar", "no");
    ask_at_random(11 + (uint32_t)_i, 1);
    for (unsigned i = 0; i < RANDOM; i++) {
        ck_assert_uint_eq(asks[i].request.granted_ps, granted[i]);
        ck_assert_uint_eq(asks[i].done_ps, done[i]);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bus, pipelined and crossbar");
    TCase *t = tcase_create("edges");

    tcase_add_checked_fixture(t, NULL, tear_down);
    tcase_add_test(t, the_next_address_overlaps_the_last_beat);
    tcase_add_test(t, waits_begin_when_the_data_before_is_over);
    tcase_add_loop_test(t, who_is_ready_after_the_last_beat_has_an_address_cycle_of_its_own, 0, 2);
    tcase_add_test(t, an_idle_bus_is_as_before);
    tcase_add_test(t, different_targets_work_at_the_same_time);
    tcase_add_test(t, one_target_serves_one_after_the_other_in_turn);
    tcase_add_test(t, a_master_is_on_one_path_at_a_time_and_in_order);
    tcase_add_loop_test(t, who_becomes_free_at_an_edge_takes_part_in_it, 0, 2);
    tcase_add_test(t, priority_holds_on_each_path);
    tcase_add_test(t, a_crossbar_may_be_pipelined);
    tcase_add_loop_test(t, no_two_transactions_of_a_target_or_of_a_master_overlap, 0, 5);
    tcase_add_loop_test(t, with_one_target_a_crossbar_is_a_shared_bus, 0, 5);
    suite_add_tcase(s, t);
    return s;
}
