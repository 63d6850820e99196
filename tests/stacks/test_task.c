/* test_task.c - the scheduler on its own: its platform is ucontext, its hardware a few
 * variables. */
#include "stacks/hal.h"
#include "stacks/runtime/task.h"
#include "tests/suite.h"

#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { STACK = 64 * 1024, MAX_TASKS = 8 };

static ucontext_t contexts[MAX_TASKS + 2], outside;
static unsigned context_count;
static uint32_t pending, now_us, timer_in;
static bool interrupts = true;
static unsigned hardware_waits;
static char order[64];
static const char *overflowed;

static uint32_t load(void *self, uint32_t which)
{
    (void)self;
    return which == HW_PENDING ? pending : which == HW_TIME_US ? now_us : 0;
}

static void store(void *self, uint32_t which, uint32_t value)
{
    (void)self;
    if (which == HW_TIMER_US)
        timer_in = value;
}

void *task_frame(void *stack, size_t bytes, void (*entry)(void))
{
    ucontext_t *context = &contexts[context_count++];

    (void)stack;
    (void)bytes;
    getcontext(context);
    context->uc_stack.ss_sp =
        calloc(1, STACK); /* the sanitizer needs more than the stack under test has */
    context->uc_stack.ss_size = STACK;
    makecontext(context, entry, 0);
    return context;
}

void task_switch(struct task *from, struct task *to)
{
    if (!from->stack_pointer)
        from->stack_pointer = &contexts[MAX_TASKS + 1];
    swapcontext(from->stack_pointer, to->stack_pointer);
}

void task_interrupts_off(void)
{
    interrupts = false;
}

static void time_passes(uint32_t us)
{
    now_us += us;
    if (timer_in && us >= timer_in) {
        timer_in = 0;
        task_timer_interrupt();
    } else if (timer_in) {
        timer_in -= us;
    }
}

void task_interrupts_on(void)
{
    interrupts = true;
}

void task_wait_for_hardware(void)
{
    ck_assert(!interrupts);
    hardware_waits++;
    if (timer_in)
        time_passes(timer_in); /* taken when interrupts come on again; here at once */
    else
        setcontext(&outside); /* nothing will ever come */
}

void task_overflowed(const char *name)
{
    overflowed = name;
    setcontext(&outside);
    abort();
}

static struct task a, b, c, idle;
static uint32_t stack_a[64], stack_b[64], stack_c[64], stack_idle[64];

static void idle_loop(void)
{
    for (;;)
        task_idle();
}

static void run(void)
{
    static volatile bool back;

    hal.load = load;
    hal.store = store;
    getcontext(&outside);
    if (back)
        return;
    back = true;
    task_start(&idle, idle_loop, stack_idle, sizeof stack_idle);
}

static void note(char what)
{
    size_t at = strlen(order);

    ck_assert_uint_lt(at, sizeof order - 1);
    order[at] = what;
}

static void taker(char name, uint32_t event)
{
    for (;;) {
        uint32_t events = task_wait(event);

        if (events & event) {
            note(name);
            pending &= ~event;
        }
    }
}

static void take_a(void)
{
    taker('a', 1);
}

static void take_b(void)
{
    taker('b', 2);
}

static void take_c(void)
{
    taker('c', 4 | 1 << 9);
}

START_TEST(each_task_gets_its_events_in_turn)
{
    pending = 7;
    task_add(&a, "a", take_a, stack_a, sizeof stack_a);
    task_add(&b, "b", take_b, stack_b, sizeof stack_b);
    task_add(&c, "c", take_c, stack_c, sizeof stack_c);
    run();
    ck_assert_str_eq(order, "abc");
    ck_assert_uint_eq(hardware_waits, 1);
}
END_TEST

static void greedy(void)
{
    for (unsigned i = 0; i < 3; i++) {
        task_wait(1); /* its event lasts */
        note('g');
    }
    pending = 0;
    task_wait(1 << 20);
}

START_TEST(a_busy_task_lets_others_have_their_turn)
{
    pending = 3;
    task_add(&a, "a", greedy, stack_a, sizeof stack_a);
    task_add(&b, "b", take_b, stack_b, sizeof stack_b);
    run();
    ck_assert_str_eq(order, "gbgg");
}
END_TEST

static void raiser(void)
{
    note('r');
    task_raise(1 << 9);
    task_wait(1 << 20);
}

START_TEST(a_raised_event_is_taken_once)
{
    task_add(&a, "a", raiser, stack_a, sizeof stack_a);
    task_add(&c, "c", take_c, stack_c, sizeof stack_c);
    run();
    ck_assert_str_eq(order, "rc");
}
END_TEST

static void sleeper(void)
{
    for (unsigned i = 0; i < 3; i++) {
        uint32_t until = now_us + 100;

        ck_assert_uint_eq(task_wait_until(1 << 20, until) & TASK_EVENT_TIME, TASK_EVENT_TIME);
        ck_assert_uint_eq(now_us, until);
        note('s');
    }
    task_wait(1 << 20);
}

static void late_sleeper(void)
{
    uint32_t until = now_us + 250;

    task_wait_until(1 << 20, until);
    ck_assert_uint_eq(now_us, until);
    note('l');
    task_wait(1 << 20);
}

static const uint32_t starts[] = {0, 0xffffff60u, 0x7ffffff0u};

START_TEST(sleepers_wake_in_order_of_time_across_the_wrap)
{
    now_us = starts[_i];
    task_add(&a, "a", late_sleeper, stack_a, sizeof stack_a);
    task_add(&b, "b", sleeper, stack_b, sizeof stack_b);
    run();
    ck_assert_str_eq(order, "ssls");
}
END_TEST

static void impatient(void)
{
    pending = 2;
    uint32_t events = task_wait_until(2, now_us + 1000);

    ck_assert_uint_eq(events, 2);
    pending = 0;
    note('i');
    time_passes(2000); /* the time limit of a wait that is over wakes nobody */
    ck_assert_uint_eq(task_wait_until(1 << 20, now_us + 5) & TASK_EVENT_TIME, TASK_EVENT_TIME);
    note('t');
    task_wait(1 << 20);
}

START_TEST(an_event_ends_a_wait_before_its_time)
{
    task_add(&a, "a", impatient, stack_a, sizeof stack_a);
    run();
    ck_assert_str_eq(order, "it");
}
END_TEST

static void past(void)
{
    now_us = 5000;
    ck_assert(task_wait_until(1 << 20, 4000) &
              TASK_EVENT_TIME); /* a time that has passed comes at once */
    note('p');
    task_wait(1 << 20);
}

START_TEST(a_time_that_has_passed_comes_at_once)
{
    task_add(&a, "a", past, stack_a, sizeof stack_a);
    run();
    ck_assert_str_eq(order, "p");
}
END_TEST

static void deep(void)
{
    stack_a[0] = 0; /* as an overflow would */
    task_wait(1 << 20);
}

START_TEST(an_overflow_is_found_at_the_next_switch)
{
    task_add(&a, "a", deep, stack_a, sizeof stack_a);
    run();
    ck_assert_str_eq(overflowed, "a");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("stacks/task");
    TCase *t = tcase_create("task");

    tcase_add_test(t, each_task_gets_its_events_in_turn);
    tcase_add_test(t, a_busy_task_lets_others_have_their_turn);
    tcase_add_test(t, a_raised_event_is_taken_once);
    tcase_add_loop_test(t, sleepers_wake_in_order_of_time_across_the_wrap, 0, 3);
    tcase_add_test(t, an_event_ends_a_wait_before_its_time);
    tcase_add_test(t, a_time_that_has_passed_comes_at_once);
    tcase_add_test(t, an_overflow_is_found_at_the_next_switch);
    suite_add_tcase(s, t);
    return s;
}
