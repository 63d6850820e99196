/* hal.h - the hardware as inline functions, so that the same stack runs on a simulated processor
 * and natively.
 *
 * On a processor each function is one or two accesses to the registers of hardware.h. Natively it
 * calls what the owner of this copy of the stack put into `hal` (native.h): a test, or a remote
 * system.
 *
 * Addresses   Descriptors name memory by 32-bit card addresses. On a processor those are its
 *             pointers. Natively packet memory and heap are two arrays anywhere in the process, and
 *             hal_address() and hal_pointer() translate. So whatever a descriptor names in local
 *             memory must come from the heap (heap.h), never from a variable; a message or a
 *             descriptor itself may be anywhere. What the host keeps (port/kept.c) has addresses from HAL_KEPT on,
 *             where there is no memory.
 */
#ifndef STACKS_HAL_H
#define STACKS_HAL_H

#include "stacks/hardware.h"

#include <stdbool.h>
#include <stddef.h>

enum { HAL_KEPT_SHIFT = 30 };
#define HAL_KEPT (3u << HAL_KEPT_SHIFT)

#ifdef __riscv

/* Hardware reads and writes descriptors while a register is stored to: memory must be as written by
 * then. */
#define HAL_BARRIER() __asm__ volatile("" ::: "memory")

static inline uint32_t hal_load(uint32_t which)
{
    return *(volatile uint32_t *)(HW_REGISTERS + which);
}

static inline void hal_store(uint32_t which, uint32_t value)
{
    /* Not a volatile store: GCC 12 moves the stores around it out of a loop and repeats the last volatile one. */
    __asm__ volatile("sw %z1, %0"
                     : "=m"(*(volatile uint32_t *)(HW_REGISTERS + which))
                     : "rJ"(value));
}

static inline uint32_t hal_address(const void *pointer)
{
    return (uint32_t)pointer;
}

static inline void *hal_pointer(uint32_t address)
{
    return (void *)address;
}

static inline void hal_hand_over(uint32_t which, const void *descriptor)
{
    HAL_BARRIER();
    hal_store(which, (uint32_t)descriptor);
    HAL_BARRIER();
}

static inline void hal_rx_pop(struct hw_rx *rx)
{
    hal_hand_over(HW_RX_POP, rx);
}

static inline void hal_tx_post(const struct hw_tx *tx)
{
    hal_hand_over(HW_TX_POST, tx);
}

/* message: NULL, or copied before the call returns */
static inline void hal_host_post(struct hw_host *transfer, const struct hw_message *message)
{
    transfer->message = (uint32_t)message;
    hal_hand_over(HW_HOST_POST, transfer);
}

static inline void hal_request_pop(struct hw_message *message)
{
    hal_hand_over(HW_REQUEST_POP, message);
}

/* which: HW_OWNER, HW_CLAIM, HW_RELEASE */
static inline void hal_owner(enum hw_register which, struct hw_flow *flow)
{
    hal_hand_over(which, flow);
}

/* Memory in [pointer, +bytes) became free, or is in use again: for the sanitizers of the native
 * build. */
static inline void hal_poison(void *pointer, size_t bytes)
{
    (void)pointer;
    (void)bytes;
}

static inline void hal_unpoison(void *pointer, size_t bytes)
{
    (void)pointer;
    (void)bytes;
}

#else

#include "stacks/native.h"

#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

extern struct stack_hardware hal; /* defined by native.c, filled in by stack_start() */

static inline uint32_t hal_load(uint32_t which)
{
    return hal.load(hal.self, which);
}

static inline void hal_store(uint32_t which, uint32_t value)
{
    hal.store(hal.self, which, value);
}

static inline uint32_t hal_address(const void *pointer)
{
    const uint8_t *byte = pointer;

    if (byte >= hal.packets && byte < hal.packets + hal.packet_bytes)
        return hal.packet_address + (uint32_t)(byte - hal.packets);
    if (byte >= hal.heap && byte < hal.heap + hal.heap_bytes)
        return HW_LOCAL_BASE + (uint32_t)(byte - hal.heap);
    if ((uintptr_t)pointer >= HAL_KEPT && (uintptr_t)pointer <= UINT32_MAX)
        return (uint32_t)(uintptr_t)pointer;
    abort(); /* our bug: see Addresses */
}

static inline void *hal_pointer(uint32_t address)
{
    if (address - hal.packet_address < hal.packet_bytes)
        return hal.packets + (address - hal.packet_address);
    if (address - HW_LOCAL_BASE < hal.heap_bytes)
        return hal.heap + (address - HW_LOCAL_BASE);
    if (address >= HAL_KEPT)
        return (void *)(uintptr_t)address;
    abort();
}

static inline void hal_rx_pop(struct hw_rx *rx)
{
    hal.rx_pop(hal.self, rx);
}

static inline void hal_tx_post(const struct hw_tx *tx)
{
    hal.tx_post(hal.self, tx);
}

static inline void hal_host_post(struct hw_host *transfer, const struct hw_message *message)
{
    hal.host_post(hal.self, transfer, message);
}

static inline void hal_request_pop(struct hw_message *message)
{
    hal.request_pop(hal.self, message);
}

static inline void hal_owner(enum hw_register which, struct hw_flow *flow)
{
    hal.owner(hal.self, which, flow);
}

static inline void hal_poison(void *pointer, size_t bytes)
{
#if defined(__SANITIZE_ADDRESS__)
    __asan_poison_memory_region(pointer, bytes);
#else
    (void)pointer;
    (void)bytes;
#endif
}

static inline void hal_unpoison(void *pointer, size_t bytes)
{
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(pointer, bytes);
#else
    (void)pointer;
    (void)bytes;
#endif
}

#endif

static inline uint32_t hal_pending(void)
{
    return hal_load(HW_PENDING);
}

static inline uint32_t hal_time_us(void)
{
    return hal_load(HW_TIME_US);
}

static inline uint32_t hal_time_ms(void)
{
    return hal_load(HW_TIME_MS);
}

/* whether a is at or after b, on clocks that wrap */
static inline bool hal_time_reached(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) >= 0;
}

#endif
