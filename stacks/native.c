/* native.c - see native.h. What the tasks of a firmware do, as a function that returns. */
#include "stacks/native.h"

#include "stacks/hal.h"
#include "stacks/port/port.h"
#include "stacks/runtime/heap.h"
#include "stacks/session/session.h"

struct stack_hardware hal;

static uint32_t timers_next_ms;
static uint32_t again_us;
static bool timers_changed;

void port_timers_changed(void)
{
    timers_changed = true;
}

void stack_start(const struct stack_hardware *hardware)
{
    hal = *hardware;
    heap_init(hal.heap, hal.heap_bytes);
    port_start();
    session_start();
    timers_next_ms = port_timers();
}

static bool work(void)
{
    uint32_t pending = hal_pending();
    bool worked = (pending & ~(uint32_t)HW_PENDING_TIMER) != 0;

    if (pending & HW_PENDING_TX_DONE)
        port_tx_done();
    if (pending & HW_PENDING_RX)
        port_receive(8);
    if (pending & HW_PENDING_HOST_DONE)
        session_host_done();
    if (pending & HW_PENDING_REQUEST)
        session_requests(8);
    if (timers_changed || hal_time_reached(hal_time_ms(), timers_next_ms)) {
        timers_changed = false;
        timers_next_ms = port_timers();
    }
    again_us = session_run();
    return worked;
}

void stack_run(void)
{
    while (work())
        continue;
}

uint32_t stack_next_us(void)
{
    uint32_t now = hal_time_ms(), timers_us;

    timers_us = hal_time_reached(now, timers_next_ms) ? 0 : 1000 * (timers_next_ms - now);
    return again_us && again_us < timers_us ? again_us : timers_us;
}

struct stack_memory stack_memory(void)
{
    return (struct stack_memory){
        .free_bytes = (uint32_t)heap_statistics.free_bytes,
        .lowest_bytes = (uint32_t)heap_statistics.lowest_bytes,
        .failures = heap_statistics.failures,
        .rx_held = port_rx_held,
        .tx_free = port_tx_free + port_kept_spare,
        .sessions = session_count,
    };
}
