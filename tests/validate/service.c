/* service.c - a processor that serves datagrams one after the other, each for a time of its own: the server of a queue.
 *
 * A datagram is popped, its payload ordered to the host, and the processor sleeps until its service time is over. MEAN_US is
 * that time; with EXPONENTIAL it is exponentially distributed around that: -ln(u) = k ln 2 + -ln(v), k geometric by the
 * leading zeros of u, v in (1/2, 1] of the table that LOG_TABLE names (1024 values of -ln(v) in 2^-16, made by validate.sh).
 * Against stacks/hardware.h alone.
 */
#include "stacks/hardware.h"

#ifdef EXPONENTIAL
static const uint32_t log_of[1024] = {
#include LOG_TABLE
};
#endif

HW_SPEAKS(HW_SPEAKS_UDP4);

__asm__(".section .text.start\n"
        ".globl _start\n"
        "_start: la sp, stack_top\n"
        "        j main\n"
        ".section .text\n");

char stack[1024] __attribute__((aligned(16)));
__asm__(".globl stack_top\n.set stack_top, stack + 1024\n");

#define REGISTER(which) (*(volatile uint32_t *)(HW_REGISTERS + (which)))

enum { PAYLOAD_AT = HW_RX_OFFSET + 14 + 20 + 8, HEADERS = 14 + 20 + 8 };

static void hand(enum hw_register which, const volatile void *descriptor)
{
    __asm__ volatile("" ::: "memory");
    REGISTER(which) = (uint32_t)descriptor;
    __asm__ volatile("" ::: "memory");
}

static uint32_t sequence = 1, slots, slot_bytes, slot_base, slot_base_high;

static void post(struct hw_message *message, uint32_t message_bytes, uint32_t from, uint32_t bytes, uint32_t cookie)
{
    uint32_t offset = ((sequence - 1) & (slots - 1)) * slot_bytes;
    struct hw_host host = {.cookie = cookie,
                           .operation = bytes ? HW_HOST_WRITE : HW_HOST_MESSAGE,
                           .message_bytes = (uint8_t)message_bytes,
                           .card_address = from,
                           .bytes = bytes,
                           .host_low = slot_base + offset,
                           .host_high = slot_base_high + (slot_base + offset < offset),
                           .message = (uint32_t)message};

    while (sequence - REGISTER(HW_RING_CONSUMED) > slots)
        ;
    message->sequence = sequence++;
    message->bytes = (uint16_t)bytes;
    hand(HW_HOST_POST, &host);
}

static uint16_t swap16(uint16_t value)
{
    return (uint16_t)(value << 8 | value >> 8);
}

#ifndef ERLANG
#define ERLANG 1 /* so many exponential phases */
#endif

static uint32_t phase_us(void)
{
#ifdef EXPONENTIAL
    static uint64_t state = EXPONENTIAL * 0x9e3779b97f4a7c15ull;
    uint64_t value;
    uint32_t zeros = 0, u;

    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    value = state * 0x2545f4914f6cdd1dull; /* xorshift64*, Vigna 2016 */
    u = (uint32_t)(value >> 32);
    while (zeros < 31 && !(u >> (31 - zeros) & 1))
        zeros++;
    return (uint32_t)(((uint64_t)(zeros * 45426u + log_of[(uint32_t)value >> 22]) * (MEAN_US / ERLANG) + 32768) >> 16); /* 45426: ln 2 */
#else
    return MEAN_US;
#endif
}

static uint32_t service_us(void)
{
    uint32_t time = 0;

    for (unsigned i = 0; i < ERLANG; i++)
        time += phase_us();
    return time;
}

static void serve(void)
{
    static struct hw_rx rx;
    static struct hw_message message;
    uint32_t time = service_us();

    hand(HW_RX_POP, &rx);
    if (!rx.buffer)
        return;
    const volatile uint16_t *ip = (const volatile uint16_t *)(rx.buffer + HW_RX_OFFSET + 14);

    message.type = HW_DATAGRAM;
    message.session = HW_SESSION(REGISTER(HW_ID), 0);
    for (unsigned i = 0; i < 2; i++) {
        ((uint16_t *)message.tuple.remote)[i] = ip[6 + i];
        ((uint16_t *)message.tuple.local)[i] = ip[8 + i];
    }
    message.tuple.remote_port = swap16(ip[10]);
    message.tuple.local_port = swap16(ip[11]);
    message.tuple.ip_version = 4;
    message.tuple.port = rx.port;
    post(&message, sizeof message, rx.buffer + PAYLOAD_AT, swap16(ip[12]) - 8u, rx.buffer);
    if (time) {
        REGISTER(HW_TIMER_US) = time;
        REGISTER(HW_WAIT_MASK) = HW_PENDING_TIMER;
        __asm__ volatile("wfi");
        REGISTER(HW_TIMER_US) = 0;
    }
    while (!(time = REGISTER(HW_HOST_DONE)))
        ;
    REGISTER(HW_RX_FREE) = time | HW_FATE_CONSUMED;
    REGISTER(HW_WAIT_MASK) = HW_PENDING_RX;
}

void main(void);

void main(void)
{
    uint32_t buffers = REGISTER(HW_RX_BUFFERS), bytes = REGISTER(HW_RX_BUFFER_BYTES), base = REGISTER(HW_PORTION_BASE);
    static struct hw_message ready;

    slots = REGISTER(HW_RING_SLOTS);
    slot_bytes = REGISTER(HW_RING_SLOT_BYTES);
    slot_base = REGISTER(HW_RING_DATA_LOW);
    slot_base_high = REGISTER(HW_RING_DATA_HIGH);
    for (uint32_t i = 0; i < buffers; i++)
        REGISTER(HW_RX_FREE) = base + i * bytes;
    ready.type = HW_READY;
    post(&ready, 16, 0, 0, 0);
    REGISTER(HW_WAIT_MASK) = HW_PENDING_RX;
    for (;;) {
        if (REGISTER(HW_PENDING) & HW_PENDING_RX)
            serve();
        else
            __asm__ volatile("wfi");
    }
}
