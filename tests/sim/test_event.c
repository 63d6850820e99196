/* Events run in the order of (time, priority, part number, sequence), wherever in the wheels they lie. */
#include "sim/sim.h"
#include "tests/suite.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS = 7, MARKS = 26, LEVEL_0_BITS = CALENDAR_SLOT_BITS };

static const struct part_kind stub_kind = {.name = "stub", .size = sizeof(struct part)};
static struct sim sim;
static struct part *parts[PARTS];

/* An event named by a letter; what has run is a word. */
struct mark {
    struct event event;
    char letter;
    void (*then)(void);
};
static struct mark marks[MARKS];
static struct event *const a = &marks[0].event, *const b = &marks[1].event,
                           *const c = &marks[2].event, *const d = &marks[3].event,
                           *const e = &marks[4].event;
static char ran[64];

static void note(void *owner)
{
    struct mark *mark = owner;
    size_t length = strlen(ran);

    ck_assert_uint_eq(sim_now(&sim), mark->event.time_ps);
    ck_assert(!event_pending(&mark->event));
    ck_assert_uint_lt(length, sizeof ran - 1);
    ran[length] = mark->letter;
    ran[length + 1] = '\0';
    if (mark->then)
        mark->then();
}

static void set_up(void)
{
    sim_init(&sim);
    for (unsigned i = 0; i < PARTS; i++)
        parts[i] = sim_add_part(&sim, &stub_kind, "stub");
    for (unsigned i = 0; i < MARKS; i++) {
        marks[i] = (struct mark){.letter = (char)('a' + i)};
        event_init(&marks[i].event, parts[0], &marks[i], "mark", note);
    }
    ran[0] = '\0';
}

static void tear_down(void)
{
    sim_free(&sim);
}

static void of_part(struct event *event, unsigned part)
{
    event_init(event, parts[part], event->owner, "mark", note);
}

/* All levels begin at a base of 0 and, after a run to such a time, elsewhere too. */
static const uint64_t starts_ps[] = {
    0, 1, 511, 512, 32767, 32768, 2097151, 1ull << 33, (1ull << 45) - 1, 1ull << 62, 1ull << 63,
    UINT64_MAX - (1ull << 40), UINT64_MAX - 100000};
enum { STARTS = sizeof starts_ps / sizeof *starts_ps };

START_TEST(events_run_in_the_order_of_their_times)
{
    event_at(c, 3000000);
    event_at(a, 10);
    event_at(d, 900000000000);
    event_at(b, 600);
    sim_run(&sim, UINT64_MAX);
    ck_assert_str_eq(ran, "abcd");
    ck_assert_uint_eq(sim_now(&sim), 900000000000);
    ck_assert_uint_eq(sim.calendar.executed, 4);
    ck_assert_uint_eq(sim.calendar.pending, 0);
}
END_TEST

START_TEST(equal_times_go_by_priority_then_part_then_sequence)
{
    for (unsigned far = 0; far < 2; far++) { /* in the present slot, and sorted when it becomes so */
        uint64_t at_ps = far ? sim_now(&sim) + 5000000 : 100;

        of_part(a, 5); /* hardware of a late part comes before a core of the first */
        of_part(b, 0);
        event_set_priority(b, EVENT_CORE);
        of_part(c, 0);
        event_set_priority(c, EVENT_CORE);
        of_part(d, 3);
        event_set_priority(d, EVENT_CORE);
        of_part(e, 0);
        event_set_priority(e, EVENT_OBSERVER);
        event_at(e, at_ps);
        event_at(d, at_ps);
        event_at(b, at_ps);
        event_at(c, at_ps);
        event_at(a, at_ps);
        sim_run(&sim, UINT64_MAX);
    }
    ck_assert_str_eq(ran, "abcdeabcde");
}
END_TEST

START_TEST(an_earlier_time_beats_any_priority)
{
    event_set_priority(a, EVENT_OBSERVER);
    of_part(a, 6);
    event_at(b, 101);
    event_at(a, 100);
    sim_run(&sim, UINT64_MAX);
    ck_assert_str_eq(ran, "ab");
}
END_TEST

START_TEST(a_pending_event_is_moved_and_runs_once)
{
    event_at(a, 100);
    event_at(b, 200);
    event_at(a, 300); /* later */
    ck_assert_uint_eq(sim.calendar.pending, 2);
    event_at(c, 1ull << 40);
    event_at(c, 150); /* earlier, across the levels */
    sim_run(&sim, UINT64_MAX);
    ck_assert_str_eq(ran, "cba");
    ck_assert_uint_eq(sim.calendar.pending, 0);
}
END_TEST

START_TEST(an_event_moved_to_its_own_time_goes_behind_its_equals)
{
    event_at(a, 1000);
    event_at(b, 1000);
    event_at(a, 1000);
    sim_run(&sim, UINT64_MAX);
    ck_assert_str_eq(ran, "ba");
}
END_TEST

START_TEST(cancelling_one_of_equal_times_removes_only_that_one)
{
    for (unsigned i = 0; i < 3; i++) {
        static const char *const left[] = {"bc", "ac", "ab"};

        for (unsigned k = 0; k < 3; k++)
            event_at(&marks[k].event, sim_now(&sim) + 4242);
        event_cancel(&marks[i].event);
        ck_assert(!event_pending(&marks[i].event));
        ck_assert_uint_eq(sim.calendar.pending, 2);
        sim_run(&sim, UINT64_MAX);
        ck_assert_str_eq(ran, left[i]);
        ran[0] = '\0';
    }
}
END_TEST

START_TEST(cancelling_what_is_not_pending_does_nothing)
{
    event_cancel(a);
    event_at(a, 5);
    sim_run(&sim, UINT64_MAX);
    event_cancel(a);
    event_at(b, 10);
    event_cancel(b);
    event_cancel(b);
    ck_assert_uint_eq(sim.calendar.pending, 0);
    sim_run(&sim, UINT64_MAX);
    ck_assert_str_eq(ran, "a");
}
END_TEST

START_TEST(a_cancelled_event_can_be_scheduled_again)
{
    event_at(a, 1ull << 50);
    event_cancel(a);
    ck_assert_uint_eq(calendar_next_ps(&sim.calendar), UINT64_MAX);
    event_at(a, 7);
    sim_run(&sim, UINT64_MAX);
    ck_assert_str_eq(ran, "a");
}
END_TEST

static void schedule_c_now(void)
{
    event_at(c, sim_now(&sim));
}

START_TEST(an_event_scheduled_for_now_runs_now_in_its_place)
{
    event_at(a, 100);
    marks[0].then = schedule_c_now;
    event_at(b, 100);
    of_part(d, 1);
    event_at(d, 100); /* of a later part: still behind */
    event_at(e, 101);
    sim_run(&sim, UINT64_MAX);
    ck_assert_str_eq(ran, "abcde");
}
END_TEST

static void repeat_a(void)
{
    if (strlen(ran) < 5)
        event_at(a, sim_now(&sim));
}

START_TEST(an_event_can_schedule_itself_again)
{
    marks[0].then = repeat_a;
    event_at(a, 77);
    sim_run(&sim, 78);
    ck_assert_str_eq(ran, "aaaaa");
    ck_assert_uint_eq(sim_now(&sim), 78);
}
END_TEST

static void cancel_b_move_c(void)
{
    event_cancel(b);
    event_at(c, sim_now(&sim) + 1000);
}

START_TEST(an_event_can_cancel_and_move_its_equals)
{
    marks[0].then = cancel_b_move_c;
    for (unsigned i = 0; i < 4; i++)
        event_at(&marks[i].event, 70000);
    sim_run(&sim, UINT64_MAX);
    ck_assert_str_eq(ran, "adc");
    ck_assert_uint_eq(sim_now(&sim), 71000);
}
END_TEST

START_TEST(the_limit_itself_is_not_run)
{
    event_at(a, 999);
    event_at(b, 1000);
    sim_run(&sim, 1000);
    ck_assert_str_eq(ran, "a");
    ck_assert_uint_eq(sim_now(&sim), 1000);
    sim_run(&sim, 1000);
    ck_assert_str_eq(ran, "a");
    sim_run(&sim, 1001);
    ck_assert_str_eq(ran, "ab");
}
END_TEST

START_TEST(time_between_a_limit_and_the_next_event_can_be_used)
{
    static const uint64_t gaps_ps[] = {2, 511, 512, 513, 40000, 5000000, 1ull << 35};

    for (unsigned i = 0; i < sizeof gaps_ps / sizeof *gaps_ps; i++) {
        uint64_t from_ps = sim_now(&sim), limit_ps = from_ps + gaps_ps[i] / 2;

        ran[0] = '\0';
        event_at(b, from_ps + gaps_ps[i]);
        sim_run(&sim, limit_ps);
        ck_assert_str_eq(ran, "");
        ck_assert_uint_eq(sim_now(&sim), limit_ps);
        event_at(a, limit_ps);
        ck_assert_uint_eq(calendar_next_ps(&sim.calendar), limit_ps);
        sim_run(&sim, from_ps + gaps_ps[i] + 1);
        ck_assert_str_eq(ran, "ab");
    }
}
END_TEST

START_TEST(a_stopped_run_stands_at_its_last_event)
{
    marks[0].then = NULL;
    event_at(a, 10);
    event_at(b, 20);
    sim_run(&sim, 15);
    sim_stop(&sim, "test");
    sim_run(&sim, 100);
    ck_assert_str_eq(ran, "a");
    ck_assert_uint_eq(sim_now(&sim), 15);
}
END_TEST

/* Around every boundary of slots and turns, from several starts. */
START_TEST(boundaries_of_slots_and_levels_keep_order)
{
    uint64_t start_ps = starts_ps[_i];

    if (start_ps)
        sim_run(&sim, start_ps);
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t step = 1ull << bit, now_ps = sim_now(&sim);
        uint64_t boundary_ps = (now_ps / step + 1) * step;

        if (boundary_ps <= now_ps || boundary_ps > UINT64_MAX - 3)
            break;
        ran[0] = '\0';
        event_at(d, boundary_ps + 2);
        event_at(b, boundary_ps);
        event_at(c, boundary_ps + 1);
        event_at(a, boundary_ps - 1);
        ck_assert_uint_eq(calendar_next_ps(&sim.calendar), boundary_ps - 1);
        sim_run(&sim, boundary_ps);
        ck_assert_str_eq(ran, "a");
        ck_assert_uint_eq(calendar_next_ps(&sim.calendar), boundary_ps);
        sim_run(&sim, boundary_ps + 3);
        ck_assert_str_eq(ran, "abcd");
    }
}
END_TEST

static uint64_t power_ps;

static void note_power(void *owner)
{
    power_ps = ((struct event *)owner)->time_ps;
}

START_TEST(events_of_all_levels_run_in_order)
{
    struct event powers[64];

    for (unsigned i = 64; i-- > 0;) { /* the latest first */
        event_init(&powers[i], parts[i % PARTS], &powers[i], "power", note_power);
        event_at(&powers[i], 1ull << i);
    }
    for (unsigned i = 0; i < 64; i++) {
        ck_assert_uint_eq(calendar_next_ps(&sim.calendar), 1ull << i);
        ck_assert(calendar_step(&sim.calendar, UINT64_MAX));
        ck_assert_uint_eq(power_ps, 1ull << i);
        ck_assert_uint_eq(sim_now(&sim), 1ull << i);
    }
    ck_assert(!calendar_step(&sim.calendar, UINT64_MAX));
}
END_TEST

START_TEST(the_last_picosecond_but_one_can_be_used)
{
    event_at(b, UINT64_MAX - 1);
    event_at(a, UINT64_MAX - 2);
    sim_run(&sim, UINT64_MAX);
    ck_assert_str_eq(ran, "ab");
    ck_assert_uint_eq(sim_now(&sim), UINT64_MAX - 1);
}
END_TEST

START_TEST(never_is_no_time_for_an_event)
{
    event_at(a, UINT64_MAX);
}
END_TEST

START_TEST(the_past_is_refused)
{
    sim_run(&sim, 1000);
    event_at(a, 999);
}
END_TEST

START_TEST(a_delay_that_passes_the_end_of_time_is_refused)
{
    sim_run(&sim, 1000);
    event_in(a, UINT64_MAX - 500);
}
END_TEST

START_TEST(the_priority_of_a_pending_event_stays)
{
    event_at(a, 10);
    event_set_priority(a, EVENT_CORE);
}
END_TEST

START_TEST(the_next_time_is_known_without_running)
{
    ck_assert_uint_eq(calendar_next_ps(&sim.calendar), UINT64_MAX);
    event_at(a, 1ull << 40);
    event_at(b, (1ull << 40) - 1);
    ck_assert_uint_eq(calendar_next_ps(&sim.calendar), (1ull << 40) - 1);
    event_at(c, 12345);
    event_at(d, 12346);
    ck_assert_uint_eq(calendar_next_ps(&sim.calendar), 12345);
    event_cancel(c);
    ck_assert_uint_eq(calendar_next_ps(&sim.calendar), 12346);
    event_cancel(d);
    event_cancel(b);
    ck_assert_uint_eq(calendar_next_ps(&sim.calendar), 1ull << 40);
    ck_assert_uint_eq(sim_now(&sim), 0);
    ck_assert_uint_eq(sim.calendar.executed, 0);
}
END_TEST

/* --- Many events ---------------------------------------------------------------------------------------- */

enum { MANY = 100000 };

static struct event *many;
static unsigned many_ran;
static uint64_t last_ps, last_order;

static void note_many(void *owner)
{
    const struct event *event = owner;

    if (event->time_ps < last_ps || (event->time_ps == last_ps && event->order < last_order))
        ck_abort_msg("event %u at %llu ps after %llu ps", many_ran,
                     (unsigned long long)event->time_ps, (unsigned long long)last_ps);
    last_ps = event->time_ps;
    last_order = event->order;
    many_ran++;
}

static void run_many(void)
{
    many_ran = 0;
    last_ps = last_order = 0;
    ck_assert_uint_eq(sim.calendar.pending, MANY);
    sim_run(&sim, UINT64_MAX);
    ck_assert_uint_eq(many_ran, MANY);
    ck_assert_uint_eq(sim.calendar.pending, 0);
}

START_TEST(a_hundred_thousand_pending_events_run_in_order)
{
    uint64_t random = 1;

    many = calloc(MANY, sizeof *many);
    for (unsigned i = 0; i < MANY; i++) {
        event_init(&many[i], parts[i % PARTS], &many[i], "many", note_many);
        event_at(&many[i], random_next(&random) >> (_i ? random_next(&random) % 64 : 20));
    }
    run_many();
    free(many);
}
END_TEST

/* Parts that come last ask first: the worst case of an insertion into order. A quadratic calendar meets the
 * time limit of the test. */
START_TEST(a_hundred_thousand_events_of_one_time_run_in_the_order_of_their_parts)
{
    struct part *owners = calloc(MANY, sizeof *owners);

    many = calloc(MANY, sizeof *many);
    for (unsigned i = 0; i < MANY; i++) {
        owners[i] = (struct part){.kind = &stub_kind, .number = i, .sim = &sim};
        event_init(&many[i], &owners[i], &many[i], "many", note_many);
    }
    for (unsigned i = MANY; i-- > 0;)
        event_at(&many[i], starts_ps[_i]);
    run_many();
    free(many);
    free(owners);
}
END_TEST

/* --- Against a sorted array ------------------------------------------------------------------------------- */

enum { EVENTS = 300, OPERATIONS = 3000000 };

struct key {
    uint64_t time_ps, order, sequence;
    unsigned event;
};

static struct event events[EVENTS];
static struct key reference[EVENTS];
static unsigned reference_count;
static uint64_t reference_sequence, random_state, horizon_bits;

static bool key_before(const struct key *x, const struct key *y)
{
    return x->time_ps != y->time_ps ? x->time_ps < y->time_ps
           : x->order != y->order   ? x->order < y->order
                                    : x->sequence < y->sequence;
}

static void reference_remove(unsigned event)
{
    for (unsigned i = 0; i < reference_count; i++) {
        if (reference[i].event == event) {
            memmove(&reference[i], &reference[i + 1],
                    (--reference_count - i) * sizeof *reference);
            return;
        }
    }
}

static void reference_insert(unsigned event, uint64_t time_ps)
{
    struct key key = {time_ps, event % 4 * 1000 + event % PARTS, reference_sequence++, event};
    unsigned place = 0;

    reference_remove(event);
    while (place < reference_count && key_before(&reference[place], &key))
        place++;
    memmove(&reference[place + 1], &reference[place],
            (reference_count++ - place) * sizeof *reference);
    reference[place] = key;
}

/* Mostly near, often equal, now and then as far as time goes; never past its end. */
static void schedule_one(void)
{
    unsigned event = (unsigned)(random_next(&random_state) % EVENTS);
    uint64_t delay_ps = random_next(&random_state) >> (64 - 1 - random_next(&random_state) % horizon_bits);
    uint64_t now_ps = sim_now(&sim);

    if (random_next(&random_state) % 3 == 0)
        delay_ps = delay_ps / 1000 * 1000;
    if (delay_ps >= UINT64_MAX - now_ps)
        delay_ps = UINT64_MAX - now_ps - 1;
    reference_insert(event, now_ps + delay_ps);
    event_at(&events[event], now_ps + delay_ps);
}

static void cancel_one(void)
{
    unsigned event = (unsigned)(random_next(&random_state) % EVENTS);

    reference_remove(event);
    event_cancel(&events[event]);
}

static void check_first(void *owner)
{
    struct event *event = owner;

    if (!reference_count || event != &events[reference[0].event] ||
        sim_now(&sim) != reference[0].time_ps) /* each assertion writes to a file: too slow here */
        ck_abort_msg("event %u ran at %llu ps", (unsigned)(event - events),
                     (unsigned long long)sim_now(&sim));
    reference_remove(reference[0].event);
    if (random_next(&random_state) % 2)
        schedule_one();
    if (random_next(&random_state) % 8 == 0)
        cancel_one();
}

START_TEST(random_operations_agree_with_a_sorted_array)
{
    uint64_t start_ps = starts_ps[_i];

    random_state = 0x706f6c79 + (uint64_t)_i;
    for (unsigned i = 0; i < EVENTS; i++) {
        event_init(&events[i], parts[i % PARTS], &events[i], "random", check_first);
        event_set_priority(&events[i], (enum event_priority)(i % 4));
    }
    if (start_ps)
        sim_run(&sim, start_ps);
    for (unsigned i = 0; i < OPERATIONS / STARTS; i++) {
        if (i % 4096 == 0)
            horizon_bits = 2 + random_next(&random_state) % (i % 8192 ? 46 : 30);
        unsigned choice = (unsigned)(random_next(&random_state) % 100);

        if (choice < 50) {
            schedule_one();
        } else if (choice < 60) {
            cancel_one();
        } else if (choice < 70 && reference_count) {
            /* To just before, at or after a pending event, or in between. */
            uint64_t limit_ps =
                reference[random_next(&random_state) % (reference_count < 9 ? reference_count : 9)]
                    .time_ps;

            limit_ps -= random_next(&random_state) % 3;
            if (limit_ps < sim_now(&sim) || sim_now(&sim) >= UINT64_MAX - 1000)
                continue;
            sim_run(&sim, limit_ps);
            if (sim_now(&sim) != limit_ps ||
                (reference_count && reference[0].time_ps < limit_ps))
                ck_abort_msg("run to %llu ps", (unsigned long long)limit_ps);
        } else {
            bool any = reference_count > 0;

            if (calendar_step(&sim.calendar, UINT64_MAX) != any)
                ck_abort_msg("%u events, %s step", reference_count, any ? "no" : "a");
        }
        uint64_t next_ps = reference_count ? reference[0].time_ps : UINT64_MAX;

        if (sim.calendar.pending != reference_count || calendar_next_ps(&sim.calendar) != next_ps)
            ck_abort_msg("%u events, next at %llu ps", reference_count, (unsigned long long)next_ps);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("event");
    TCase *order = tcase_create("order"), *limits = tcase_create("limits");
    TCase *wheels = tcase_create("wheels"), *large = tcase_create("large");
    TCase *mistakes = tcase_create("mistakes");

    tcase_add_checked_fixture(order, set_up, tear_down);
    tcase_add_test(order, events_run_in_the_order_of_their_times);
    tcase_add_test(order, equal_times_go_by_priority_then_part_then_sequence);
    tcase_add_test(order, an_earlier_time_beats_any_priority);
    tcase_add_test(order, a_pending_event_is_moved_and_runs_once);
    tcase_add_test(order, an_event_moved_to_its_own_time_goes_behind_its_equals);
    tcase_add_test(order, cancelling_one_of_equal_times_removes_only_that_one);
    tcase_add_test(order, cancelling_what_is_not_pending_does_nothing);
    tcase_add_test(order, a_cancelled_event_can_be_scheduled_again);
    tcase_add_test(order, an_event_scheduled_for_now_runs_now_in_its_place);
    tcase_add_test(order, an_event_can_schedule_itself_again);
    tcase_add_test(order, an_event_can_cancel_and_move_its_equals);
    suite_add_tcase(all, order);
    tcase_add_checked_fixture(limits, set_up, tear_down);
    tcase_add_test(limits, the_limit_itself_is_not_run);
    tcase_add_test(limits, time_between_a_limit_and_the_next_event_can_be_used);
    tcase_add_test(limits, a_stopped_run_stands_at_its_last_event);
    tcase_add_test(limits, the_next_time_is_known_without_running);
    suite_add_tcase(all, limits);
    tcase_add_checked_fixture(wheels, set_up, tear_down);
    tcase_add_loop_test(wheels, boundaries_of_slots_and_levels_keep_order, 0, STARTS);
    tcase_add_test(wheels, events_of_all_levels_run_in_order);
    tcase_add_test(wheels, the_last_picosecond_but_one_can_be_used);
    suite_add_tcase(all, wheels);
    tcase_add_checked_fixture(large, set_up, tear_down);
    tcase_set_timeout(large, 60);
    tcase_add_loop_test(large, a_hundred_thousand_pending_events_run_in_order, 0, 2);
    tcase_add_loop_test(large, a_hundred_thousand_events_of_one_time_run_in_the_order_of_their_parts,
                        3, STARTS);
    tcase_add_loop_test(large, random_operations_agree_with_a_sorted_array, 0, STARTS);
    suite_add_tcase(all, large);
    tcase_add_checked_fixture(mistakes, set_up, tear_down);
    tcase_add_test_raise_signal(mistakes, never_is_no_time_for_an_event, SIGABRT);
    tcase_add_test_raise_signal(mistakes, the_past_is_refused, SIGABRT);
    tcase_add_test_raise_signal(mistakes, a_delay_that_passes_the_end_of_time_is_refused, SIGABRT);
    tcase_add_test_raise_signal(mistakes, the_priority_of_a_pending_event_stays, SIGABRT);
    suite_add_tcase(all, mistakes);
    return all;
}
