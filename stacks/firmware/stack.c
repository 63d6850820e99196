/* stack.c - firmware: TCP, UDP and ICMP for the sessions of one processor. Built four times:
 *
 *     tcp4      TCP and UDP over IPv4
 *     tcp6      TCP and UDP over IPv6     -DPORT_IPV6 -DPORT_NO_IPV4
 *     dual      all of these              -DPORT_IPV6
 *     udp       UDP over IPv4 and IPv6    -DPORT_IPV6 -DPORT_NO_TCP
 *
 *     network   receive queue and transmit completions
 *     host      completed transfers, requests
 *     timers    the protocols' timers; sleeps until the next is due
 *     idle      waits for the hardware
 */
#include "stacks/port/port.h"
#include "stacks/runtime/console.h"
#include "stacks/runtime/heap.h"
#include "stacks/runtime/kernel.h"
#include "stacks/runtime/task.h"
#include "stacks/session/session.h"

#if defined(__riscv) && defined(PORT_NO_TCP)
HW_SPEAKS(HW_SPEAKS_UDP4 | HW_SPEAKS_UDP6);
#elif defined(__riscv) && defined(PORT_NO_IPV4)
HW_SPEAKS(HW_SPEAKS_IP6);
#elif defined(__riscv) && defined(PORT_IPV6)
HW_SPEAKS(HW_SPEAKS_ALL);
#elif defined(__riscv)
HW_SPEAKS(HW_SPEAKS_IP4);
#endif

enum {
    /* Frames and requests that one task takes before it looks whether another is ready: enough that
     * switching is cheap a frame, few enough that transfers to the host don't wait for long. */
    BATCH = 8,

    EVENT_TIMERS = 1 << 8, /* the next protocol timer has become earlier */
    EVENT_POLL = 1 << 9,   /* the session layer wants to be asked again */

    HALT_NO_MEMORY = 0x103,
};

static struct task network, host, timers, idle;
/* Two and a half times what the tests and the fuzzer ever used, interrupts included. */
static uint32_t network_stack[384] __attribute__((aligned(16)));
static uint32_t host_stack[384] __attribute__((aligned(16)));
static uint32_t timers_stack[320] __attribute__((aligned(16)));
static uint32_t idle_stack[96] __attribute__((aligned(16)));

void port_timers_changed(void)
{
    task_raise(EVENT_TIMERS);
}

static void run_sessions(void)
{
    if (session_run())
        task_raise(EVENT_POLL);
}

static void network_task(void)
{
    for (;;) {
        uint32_t events = task_wait(HW_PENDING_RX | HW_PENDING_TX_DONE);

        if (events & HW_PENDING_TX_DONE)
            port_tx_done();
        if (events & HW_PENDING_RX)
            port_receive(BATCH);
        run_sessions();
    }
}

static void host_task(void)
{
    const uint32_t all = HW_PENDING_HOST_DONE | HW_PENDING_REQUEST | EVENT_POLL;
    uint32_t again_us = 0;

    for (;;) {
        uint32_t events =
            again_us ? task_wait_until(all, hal_time_us() + again_us) : task_wait(all);

        if (events & HW_PENDING_HOST_DONE)
            session_host_done();
        if (events & HW_PENDING_REQUEST)
            session_requests(BATCH);
        again_us = session_run();
    }
}

static void timers_task(void)
{
    for (;;) {
        uint32_t in_ms = port_timers() - hal_time_ms();

        run_sessions();
        if ((int32_t)in_ms < 0)
            in_ms = 0;
        task_wait_until(EVENT_TIMERS, hal_time_us() + 1000 * in_ms);
    }
}

static void idle_task(void)
{
    for (;;)
        task_idle();
}

int main(void)
{
    port_start();
    session_start();
    if (heap_statistics.failures) {
        console_print("local memory is too small for the buffers' records\n");
        kernel_halt(HALT_NO_MEMORY);
    }
    task_add(&network, "network", network_task, network_stack, sizeof network_stack);
    task_add(&host, "host", host_task, host_stack, sizeof host_stack);
    task_add(&timers, "timers", timers_task, timers_stack, sizeof timers_stack);
    task_start(&idle, idle_task, idle_stack, sizeof idle_stack);
    return 0;
}
