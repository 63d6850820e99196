/* core_stack.h - counts of a firmware image that runs on a core (core_stack.c). */
#ifndef TESTS_STACKS_CORE_CORE_STACK_H
#define TESTS_STACKS_CORE_CORE_STACK_H

#include <stdint.h>

struct core_stack_counts {
    uint64_t instructions, cycles;
    uint64_t register_loads, register_stores, packet_loads, packet_stores;
};

/* Since stack_start(). */
struct core_stack_counts core_stack_counts(void);

#endif
