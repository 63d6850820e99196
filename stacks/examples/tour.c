/* tour.c - a tour of the runtime kernel, on the console: start-up, memory allocation, tasks, the scheduler, the timer
 * interrupt, a trap. Takes no traffic. Every processor tells its own, and no processor knows of another: the program has
 * globals, and each has its own copy of them.
 *
 *     ticks    wakes every 100 us by the timer interrupt, five times, and raises an event
 *     worker   waits for that event, allocates, and counts
 *     idle     sleeps in wfi
 */
#include "stacks/hal.h"
#include "stacks/runtime/console.h"
#include "stacks/runtime/heap.h"
#include "stacks/runtime/kernel.h"
#include "stacks/runtime/task.h"

enum { EVENT_TICK = 1 << 8, TICKS = 5, TICK_US = 100, BLOCK_BYTES = 1000 };

static struct task ticks, worker, idle;
static uint32_t ticks_stack[256] __attribute__((aligned(16)));
static uint32_t worker_stack[256] __attribute__((aligned(16)));
static uint32_t idle_stack[96] __attribute__((aligned(16)));
static uint32_t counted; /* by the worker */

static void tell(const char *what, uint32_t value)
{
    console_print(task_name());
    console_print(": ");
    console_print(what);
    console_print(" ");
    console_decimal(value);
    console_print("\n");
}

static void ticks_task(void)
{
    uint32_t next_us = hal_time_us();

    for (unsigned i = 1; i <= TICKS; i++) {
        next_us += TICK_US;
        task_wait_until(0, next_us);
        tell("tick", i);
        task_raise(EVENT_TICK);
    }
    for (;;)
        task_wait(EVENT_TICK << 1); /* never raised */
}

static void worker_task(void)
{
    for (;;) {
        task_wait(EVENT_TICK);
        size_t free_before = heap_statistics.free_bytes;
        void *block = heap_alloc(BLOCK_BYTES);

        counted++;
        tell("bytes allocated", (uint32_t)(free_before - heap_statistics.free_bytes));
        if (counted < TICKS) {
            heap_free(block);
            continue;
        }
        tell("ticks counted", counted);
        /* An illegal instruction: the trap handler says where, and stops this processor. */
        __asm__ volatile("unimp");
    }
}

static void idle_task(void)
{
    for (;;)
        task_idle();
}

int main(void)
{
    console_print("start of processor ");
    console_decimal(hal_load(HW_ID));
    console_print(" of ");
    console_decimal(hal_load(HW_PROCESSORS));
    console_print("\n");
    task_add(&ticks, "ticks", ticks_task, ticks_stack, sizeof ticks_stack);
    task_add(&worker, "worker", worker_task, worker_stack, sizeof worker_stack);
    task_start(&idle, idle_task, idle_stack, sizeof idle_stack);
    return 0;
}
