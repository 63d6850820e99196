/* task.h - tasks with stacks of their own, and the scheduler that switches among them.
 *
 * Tasks are cooperative: one runs until it waits, so the protocol stack needs no locks. A task
 * waits for events, with or without a time limit; the next in turn whose events have come runs.
 * Waiting costs one load of HW_PENDING, and a switch saves and restores the 13 registers that a C
 * function must keep. With nobody ready the idle task waits for the hardware.
 *
 * Events 0 .. 7 are the bits of HW_PENDING: they last as long as their cause. Events 8 .. 31 are
 * raised by task_raise() and taken by the wait that returns them.
 *
 * The timer interrupt does not switch: it marks the tasks whose time has come and sets the timer
 * for the next.
 */
#ifndef STACKS_RUNTIME_TASK_H
#define STACKS_RUNTIME_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task {
    void *stack_pointer; /* of a task that isn't running; switch.S knows that it is first */
    struct task *next;   /* in turn */
    uint32_t wants;      /* events; 0 for one that sleeps or is idle */
    uint32_t wake_us;    /* if sleeping */
    volatile uint8_t sleeping, awake; /* the interrupt turns sleeping into awake */
    uint32_t *stack;                  /* its lowest word holds a mark that an overflow destroys */
    const char *name;
};

enum {
    TASK_EVENT_HARDWARE = 0xff, /* the bits of HW_PENDING */
    TASK_EVENT_TIME = 1u << 31, /* the time limit of the wait has passed */
};

/* Adds a task that starts at entry, which must not return, with stack[bytes], aligned to 16. Turns
 * are taken in the order of adding. Before task_start(). */
void task_add(struct task *task, const char *name, void (*entry)(void), void *stack, size_t bytes);

/* Runs the first task; does not return. The idle task is the one to run when no other is ready: its
 * entry calls task_idle() for ever. */
void task_start(struct task *idle_task, void (*entry)(void), void *stack, size_t bytes);

/* Waits until one of the events has come; returns which. */
uint32_t task_wait(uint32_t events);

/* The same, but at most until HW_TIME_US reaches until_us, less than 2^31 ahead. */
uint32_t task_wait_until(uint32_t events, uint32_t until_us);

/* Raises events of 8 .. 30. Not in interrupts. */
void task_raise(uint32_t events);

/* For the idle task: gives way if anybody is ready, else waits for the hardware once. */
void task_idle(void);

/* The timer interrupt, with interrupts off. */
void task_timer_interrupt(void);

/* The name of the running task, for reports. */
const char *task_name(void);

/* --- what a platform supplies: switch.S and trap.c, or a test --------------------------------- */

/* Makes a first frame on a stack so that switching to it enters entry; returns its stack
 * pointer. */
void *task_frame(void *stack, size_t bytes, void (*entry)(void));

/* Saves the running task's registers and stack pointer in from, continues to. */
void task_switch(struct task *from, struct task *to);

void task_interrupts_off(void);
void task_interrupts_on(void);
void task_wait_for_hardware(void);      /* with interrupts off: returns when anything is pending */
void task_overflowed(const char *name); /* does not return */

#endif
