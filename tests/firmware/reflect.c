/* reflect.c - a program written against the hardware header alone: it sends every frame back where it came
 * from, with the MAC addresses exchanged, out of the buffer in which it arrived. Sent, the buffer is free again. */
#include "stacks/hardware.h"

__asm__(".section .text.start\n"
        ".globl _start\n"
        "_start: la sp, stack_top\n"
        "        la t0, trap\n"
        "        j main\n"
        ".section .text\n");

/* The image is loaded whole and local memory is 0 before: no data to copy or clear. */
char stack[2048] __attribute__((aligned(16)));
__asm__(".globl stack_top\n.set stack_top, stack + 2048\n");

#define REGISTER(which) (*(volatile uint32_t *)(HW_REGISTERS + (which)))

static struct hw_rx rx;
static struct hw_tx tx;
static struct hw_host host;
static struct hw_message message;

static uint32_t local(const volatile void *pointer)
{
    __asm__ volatile("" ::: "memory");
    return (uint32_t)pointer;
}

static void say_ready(void)
{
    message.type = HW_READY;
    message.sequence = 1;
    host.operation = HW_HOST_MESSAGE;
    host.message_bytes = 16;
    host.message = local(&message);
    REGISTER(HW_HOST_POST) = local(&host);
}

/* The frame begins 2 bytes into the buffer, so its first 16 bytes are 2 to 17. */
static void exchange_addresses(uint32_t buffer)
{
    volatile uint16_t *mac = (volatile uint16_t *)(buffer + HW_RX_OFFSET);

    for (unsigned i = 0; i < 3; i++) {
        uint16_t destination = mac[i];

        mac[i] = mac[i + 3];
        mac[i + 3] = destination;
    }
}

static void reflect(void)
{
    REGISTER(HW_RX_POP) = local(&rx);
    __asm__ volatile("" ::: "memory");
    if (!rx.buffer)
        return;
    exchange_addresses(rx.buffer);
    tx.cookie = rx.buffer;
    tx.destination = rx.port;
    tx.segments = 1;
    tx.segment[0].address = rx.buffer + HW_RX_OFFSET;
    tx.segment[0].bytes = rx.bytes;
    REGISTER(HW_TX_POST) = local(&tx);
}

void main(void);
void trap(void);

void trap(void)
{
    REGISTER(HW_HALT) = 1;
}

void main(void)
{
    uint32_t buffers = REGISTER(HW_RX_BUFFERS), bytes = REGISTER(HW_RX_BUFFER_BYTES);
    uint32_t base = REGISTER(HW_PORTION_BASE);

    for (uint32_t i = 0; i < buffers; i++)
        REGISTER(HW_RX_FREE) = base + i * bytes;
    say_ready();
    for (;;) {
        uint32_t pending = REGISTER(HW_PENDING);

        if (pending & HW_PENDING_REQUEST)
            REGISTER(HW_REQUEST_POP) = local(&message);
        if (pending & HW_PENDING_TX_DONE)
            REGISTER(HW_RX_FREE) = REGISTER(HW_TX_DONE);
        if (pending & HW_PENDING_RX)
            reflect();
        if (!pending)
            __asm__ volatile("wfi");
    }
}
