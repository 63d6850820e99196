/* task.c - see task.h. */
#include "stacks/runtime/task.h"

#include "stacks/hal.h"

enum { STACK_MARK = 0x57ac4e2d };

/* The idle task is not in the ring; its `next` is the ring's first. */
static struct task *first, *last, *idle, *current;
static uint32_t raised;
static uint32_t seen; /* the events by which the running task was chosen */

static void task_prepare(struct task *task, const char *name, void (*entry)(void), void *stack,
                         size_t bytes)
{
    task->name = name;
    task->wants = 0;
    task->sleeping = 0;
    task->awake = 1; /* so that it starts */
    task->stack = stack;
    task->stack[0] = STACK_MARK;
    task->stack_pointer = task_frame(stack, bytes, entry);
}

void task_add(struct task *task, const char *name, void (*entry)(void), void *stack, size_t bytes)
{
    task_prepare(task, name, entry, stack, bytes);
    if (!first)
        first = task;
    else
        last->next = task;
    last = task;
    task->next = first;
}

void task_start(struct task *idle_task, void (*entry)(void), void *stack, size_t bytes)
{
    static struct task boot; /* saved into, and never continued */

    task_prepare(idle_task, "idle", entry, stack, bytes);
    idle = idle_task;
    idle->next = first;
    current = first;
    task_switch(&boot, current);
}

const char *task_name(void)
{
    return current ? current->name : "start-up";
}

void task_raise(uint32_t events)
{
    raised |= events;
}

/* Runs the next ready task in turn, which may be this one, or the idle task. Returns when this one
 * is chosen again. One load of HW_PENDING. */
static inline void task_yield(void)
{
    struct task *from = current, *to = from->next, *start = to;
    uint32_t pending = hal_pending() | raised;

    while (!(to->wants & pending) && !to->awake) {
        to = to->next;
        if (to == start) {
            to = idle;
            break;
        }
    }
    seen = pending;
    if (to == from)
        return;
    if (from->stack[0] != STACK_MARK)
        task_overflowed(from->name);
    current = to;
    task_switch(from, to);
}

static inline uint32_t task_events(struct task *task)
{
    uint32_t events = task->wants & seen;

    raised &= ~events;
    if (task->awake) {
        task->awake = 0;
        events |= TASK_EVENT_TIME;
    }
    return events;
}

uint32_t task_wait(uint32_t events)
{
    struct task *task = current;

    task->awake = 0; /* it is since the start */
    task->wants = events;
    task_yield();
    return task_events(task);
}

/* Sets the timer for the sleeper whose time comes first; one whose time has passed is due at
 * once. */
static void timer_set(void)
{
    uint32_t now = hal_time_us(), soonest = 0;
    struct task *task = first;

    do {
        if (task->sleeping) {
            uint32_t in = hal_time_reached(now, task->wake_us) ? 1 : task->wake_us - now;

            if (!soonest || in < soonest)
                soonest = in;
        }
        task = task->next;
    } while (task != first);
    hal_store(HW_TIMER_US, soonest);
}

void task_timer_interrupt(void)
{
    uint32_t now = hal_time_us();
    struct task *task = first;

    do {
        if (task->sleeping && hal_time_reached(now, task->wake_us)) {
            task->sleeping = 0;
            task->awake = 1;
        }
        task = task->next;
    } while (task != first);
    timer_set();
}

uint32_t task_wait_until(uint32_t events, uint32_t until_us)
{
    struct task *task = current;

    task_interrupts_off();
    task->awake = 0;
    task->wake_us = until_us;
    task->sleeping = 1;
    timer_set();
    task_interrupts_on();

    task->wants = events;
    task_yield();
    task->sleeping = 0; /* before awake is read: the interrupt sets awake of sleepers only */
    return task_events(task);
}

void task_idle(void)
{
    bool ready = false;

    /* With interrupts on, one between this look and the wait would be slept through. */
    task_interrupts_off();
    uint32_t pending = hal_pending() | raised;
    struct task *task = first;

    do {
        ready |= (task->wants & pending) || task->awake;
        task = task->next;
    } while (task != first);
    if (!ready)
        task_wait_for_hardware();
    task_interrupts_on();
    task_yield();
}
