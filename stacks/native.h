/* native.h - the stack of the firmware as a library of this machine: the one header that a test or
 * a remote system needs.
 *
 * Its state is in globals, as lwIP's is: one stack a loaded copy. Load build/libstack-native.so
 * once more (a copy of the file, or dlmopen) for another. It never blocks, starts no thread and
 * uses no clock of its own.
 *
 * The owner supplies the hardware of hardware.h as functions. Registers that ask for a descriptor
 * have a function each; all others go through load and store. The owner calls stack_run() whenever
 * something is pending, and at the time that stack_next_us() promised.
 */
#ifndef STACKS_NATIVE_H
#define STACKS_NATIVE_H

#include "stacks/hardware.h"

#include <stdbool.h>

struct stack_hardware {
    void *self;                                   /* passed to every function */
    uint32_t (*load)(void *self, uint32_t which); /* which: enum hw_register, + offset */
    void (*store)(void *self, uint32_t which, uint32_t value); /* not for the queues below */
    void (*rx_pop)(void *self, struct hw_rx *rx);
    /* the descriptor is lent; its inline segments are at heap + (address - HW_LOCAL_BASE) */
    void (*tx_post)(void *self, const struct hw_tx *tx);
    void (*host_post)(void *self, const struct hw_host *transfer, const struct hw_message *message);
    void (*request_pop)(void *self, struct hw_message *message); /* type HW_NONE: there is none */
    void (*owner)(void *self, enum hw_register which, struct hw_flow *flow); /* HW_OWNER, HW_CLAIM, HW_RELEASE */

    /* This stack's portion of packet memory, aligned to 64; above heap in the process's memory,
     * because lwIP compares a buffer's address with its record's. */
    uint8_t *packets;
    uint32_t packet_address, packet_bytes; /* card address (not in local memory), size */
    uint8_t *heap;                         /* aligned to 16 */
    uint32_t heap_bytes;
};

/* Starts the stack: it posts HW_READY. The table is copied, what it points to is lent for good.
 * Once. */
void stack_start(const struct stack_hardware *hardware);

/* Does all the work that is pending, until HW_PENDING is 0 or only the timer's, and no timer is
 * due. */
void stack_run(void);

/* When, in microseconds of HW_TIME_US from now on, stack_run() must be called at the latest. */
uint32_t stack_next_us(void);

/* Heap now free, lowest ever, allocations failed: for tests. */
struct stack_memory {
    uint32_t free_bytes, lowest_bytes, failures;
    uint32_t rx_held;  /* receive buffers that the stack holds */
    uint32_t tx_free;  /* transmit buffers that nobody uses */
    uint32_t sessions; /* open */
};
struct stack_memory stack_memory(void);

#endif
