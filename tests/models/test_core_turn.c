/* models/core_turn.h: threads that take turns on a core, edge by edge. The core has 1 GHz: edge n is at n ns. A thread of
 * these tests follows a list: runs for so many cycles, then waits for so many until it can go on. */
#include "models/core_turn.h"
#include "sim/sim.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

enum { NS = 1000, THREADS = 3, STEPS = 8 };

struct step {
    uint64_t run_cycles, wait_cycles; /* 0 and 0: the end, it never comes back */
};

static struct sim sim;
static struct clock clock_1ghz;
static struct core_turn turn;

static struct thread {
    struct part part; /* of its event */
    unsigned number, step;
    struct step steps[STEPS];
    struct event release;
    uint64_t starts[STEPS];
    uint64_t running;
} *threads[THREADS];

static const struct part_kind thread_kind = {.name = "thread", .size = sizeof(struct thread)};

static void granted(void *owner, uint64_t start_cycle)
{
    struct thread *thread = owner;

    thread->starts[thread->step] = start_cycle;
    event_at_edge(&thread->release, &clock_1ghz, start_cycle + thread->steps[thread->step].run_cycles);
}

static void release_event(void *owner)
{
    struct thread *thread = owner;
    const struct step *step = &thread->steps[thread->step];
    uint64_t cycle = part_now(&thread->part) / NS;

    thread->running += core_turn_release(&turn, thread->number);
    thread->step++;
    if (thread->steps[thread->step].run_cycles)
        core_turn_ready(&turn, thread->number, cycle + step->wait_cycles);
}

static void set_up(void)
{
    sim_init(&sim);
    clock_init(&clock_1ghz, 1000000000, 2);
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i] = (struct thread *)sim_add_part(&sim, &thread_kind, "thread");
        threads[i]->number = i;
        event_init(&threads[i]->release, &threads[i]->part, threads[i], "release", release_event);
        event_set_priority(&threads[i]->release, EVENT_CORE);
    }
}

static void tear_down(void)
{
    sim_free(&sim);
}

static void start(unsigned count, uint64_t switch_cycles)
{
    core_turn_init(&turn, &threads[0]->part, &clock_1ghz, count, switch_cycles, granted);
    for (unsigned i = 0; i < count; i++) {
        core_turn_add(&turn, i, threads[i]);
        core_turn_ready(&turn, i, 0);
    }
    sim_start(&sim);
    sim_run(&sim, 1000 * NS);
}

static void ck_starts(unsigned number, unsigned count, const uint64_t *expected)
{
    for (unsigned i = 0; i < count; i++)
        ck_assert_msg(threads[number]->starts[i] == expected[i], "thread %u, its start %u: at %llu, expected %llu", number,
                      i, (unsigned long long)threads[number]->starts[i], (unsigned long long)expected[i]);
    ck_assert_uint_eq(threads[number]->step, count);
}

#define STEPS_OF(thread, ...) memcpy(threads[thread]->steps, (struct step[]){__VA_ARGS__}, sizeof(struct step[]){__VA_ARGS__})
#define CK_STARTS(thread, ...)                                                                                         \
    ck_starts(thread, sizeof(uint64_t[]){__VA_ARGS__} / sizeof(uint64_t), (uint64_t[]){__VA_ARGS__})

/* A slow bus, 10 cycles an answer, and runs of 4: two threads fill each other's waits in part.
 *
 *     edge   0   4 5   9    14 15  19 20  24   29 30  34
 *     0      [RRR]          .  s[RRR]          .  s[RRR]
 *     1          s[RRR]              .s[RRR]              . answer, s switch
 */
START_TEST(two_threads_on_a_slow_bus)
{
    STEPS_OF(0, {4, 10}, {4, 10}, {4, 0});
    STEPS_OF(1, {4, 10}, {4, 0});
    start(2, 1);
    /* 0: 0..4, answer at 14. 1: granted at 4, begins at 5, gives up at 9, answer at 19. Thread 0 is granted at 14, and the
     * core is switched: 15..19. Thread 1, ready at 19, is granted then and begins at 20, to 24. Thread 0 is ready at 29
     * and begins at 30. */
    CK_STARTS(0, 0, 15, 30);
    CK_STARTS(1, 5, 20);
    ck_assert_uint_eq(turn.switches, 4);
    ck_assert_uint_eq(threads[0]->running, 12);
    ck_assert_uint_eq(threads[1]->running, 8);
}
END_TEST

START_TEST(an_answer_does_not_take_the_core_from_another)
{
    STEPS_OF(0, {2, 3}, {2, 0});
    STEPS_OF(1, {50, 0});
    start(2, 0);
    CK_STARTS(0, 0, 52); /* ready at 5, and thread 1 has the core from 2 to 52 */
    CK_STARTS(1, 2);
}
END_TEST

START_TEST(those_that_are_ready_take_turns)
{
    for (unsigned i = 0; i < THREADS; i++)
        STEPS_OF(i, {5, 1}, {5, 1}, {5, 0});
    start(3, 0);
    CK_STARTS(0, 0, 15, 30);
    CK_STARTS(1, 5, 20, 35);
    CK_STARTS(2, 10, 25, 40);
}
END_TEST

START_TEST(a_thread_alone_goes_on_without_a_switch)
{
    STEPS_OF(0, {5, 7}, {5, 7}, {5, 0});
    start(1, 9);
    CK_STARTS(0, 0, 12, 24);
    ck_assert_uint_eq(turn.switches, 0);
}
END_TEST

/* At edge 10 threads 2 and 1 become ready, in this order of their events; thread 0 had the core last, so thread 1 is next. */
START_TEST(who_becomes_ready_at_that_edge_takes_part)
{
    STEPS_OF(0, {2, 4}, {1, 0});
    STEPS_OF(1, {1, 1}, {1, 5}, {1, 0});
    STEPS_OF(2, {1, 6}, {1, 0});
    start(3, 0);
    CK_STARTS(0, 0, 6);
    CK_STARTS(1, 2, 4, 10);
    CK_STARTS(2, 3, 11);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("core_turn");
    TCase *c = tcase_create("core_turn");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, two_threads_on_a_slow_bus);
    tcase_add_test(c, an_answer_does_not_take_the_core_from_another);
    tcase_add_test(c, those_that_are_ready_take_turns);
    tcase_add_test(c, a_thread_alone_goes_on_without_a_switch);
    tcase_add_test(c, who_becomes_ready_at_that_edge_takes_part);
    suite_add_tcase(s, c);
    return s;
}
