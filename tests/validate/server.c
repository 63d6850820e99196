/* server.c - the server of a queue, as a firmware against the hardware header alone: it takes one frame after the
 * other, and each takes the time that SERVICE says, whatever else it does within that time (the payload's way to the
 * host, and the buffer's back to the hardware). So what frames wait in its queue is what queueing theory says of
 * such a server.
 *
 *     pop           pop + service                 the next pop: a few cycles later, the same number each time
 *     |             |                             |
 *     draw, order the transfer, take its completion, give the buffer back, spin until the service is over
 *
 * SERVICE is CONSTANT, EXPONENTIAL, or TWO_POINT: half the mean or three halves of it, evenly at random.
 */
#include "stacks/hardware.h"

#define CONSTANT    0
#define EXPONENTIAL 1
#define TWO_POINT   2

/* The mean. Long enough that the few cycles of a wake-up, and of the work that goes on within it, don't show. */
#define SERVICE_CYCLES 20000u

HW_SPEAKS(HW_SPEAKS_UDP4);

__asm__(".section .text.start\n"
        ".globl _start\n"
        "_start: la sp, stack_top\n"
        "        j main\n"
        ".section .text\n");

char stack[1024] __attribute__((aligned(16)));
__asm__(".globl stack_top\n.set stack_top, stack + 1024\n");

#define REGISTER(which) (*(volatile uint32_t *)(HW_REGISTERS + (which)))

static struct hw_rx rx;
static struct hw_message message, request;
static uint32_t slots, slot_bytes, slot_base, slot_base_high, consumed;

static uint32_t cycles(void)
{
    uint32_t now;

    __asm__ volatile(".option push\n.option arch, +zicsr\ncsrr %0, mcycle\n.option pop" : "=r"(now));
    return now;
}

static void hand(enum hw_register which, const volatile void *descriptor)
{
    __asm__ volatile("" ::: "memory");
    REGISTER(which) = (uint32_t)descriptor;
    __asm__ volatile("" ::: "memory");
}

/* -ln(share / 2^32) in units of 2^-16, by the bits of the binary logarithm: each squaring of a number from 1 to 2 shows
 * the next. */
static uint32_t minus_ln_q16(uint32_t share)
{
    const uint32_t ln_2_q32 = 0xb17217f8;
    uint32_t zeros = 0, fraction = 0;

    for (; !(share >> 31); share <<= 1)
        zeros++;
    for (unsigned bit = 0; bit < 16; bit++) {
        uint64_t square = (uint64_t)share * share; /* share is in units of 2^-31 */

        fraction <<= 1;
        if (square >> 63) {
            fraction |= 1;
            share = (uint32_t)(square >> 32);
        } else {
            share = (uint32_t)(square >> 31);
        }
    }
    return (uint32_t)((uint64_t)(((zeros + 1) << 16) - fraction) * ln_2_q32 >> 32);
}

static uint32_t service_cycles(void)
{
    switch (SERVICE) {
    case EXPONENTIAL:
        return (uint32_t)((uint64_t)minus_ln_q16(REGISTER(HW_RANDOM) | 1) * SERVICE_CYCLES >> 16);
    case TWO_POINT:
        return REGISTER(HW_RANDOM) & 0x10000 ? SERVICE_CYCLES / 2 : SERVICE_CYCLES / 2 * 3;
    default:
        return SERVICE_CYCLES;
    }
}

/* Divisions are the cheapest way to let time pass: the simulator has one instruction to execute in 37 cycles. */
static void spin_until(uint32_t end)
{
    while ((int32_t)(end - cycles()) > 400)
        for (unsigned i = 0; i < 8; i++)
            __asm__ volatile("divu zero, %0, %0" ::"r"(3));
    while ((int32_t)(end - cycles()) > 0)
        ;
}

static void post(uint32_t message_bytes, uint32_t from, uint32_t bytes, uint32_t cookie)
{
    uint32_t offset = (message.sequence++ & (slots - 1)) * slot_bytes; /* messages are numbered from 1 */
    struct hw_host host = {.cookie = cookie,
                           .operation = bytes ? HW_HOST_WRITE : HW_HOST_MESSAGE,
                           .message_bytes = (uint8_t)message_bytes,
                           .card_address = from,
                           .bytes = bytes,
                           .host_low = slot_base + offset,
                           .host_high = slot_base_high + (slot_base + offset < offset),
                           .message = (uint32_t)&message};

    message.bytes = (uint16_t)bytes;
    while (message.sequence - consumed > slots) /* the driver frees them, so this ends */
        consumed = REGISTER(HW_RING_CONSUMED);
    hand(HW_HOST_POST, &host);
}

/* Ethernet, IPv4 without options and UDP before the payload: the traffic is of our own making. */
static void serve(void)
{
    enum { HEADER_BYTES = 14 + 20 + 8 };
    uint32_t end = cycles() + service_cycles(), buffer, bytes;
    const volatile uint16_t *ip = (const volatile uint16_t *)(rx.buffer + HW_RX_OFFSET + 14);

    message.type = HW_DATAGRAM;
    for (unsigned i = 0; i < 2; i++) {
        ((uint16_t *)message.tuple.remote)[i] = ip[6 + i];
        ((uint16_t *)message.tuple.local)[i] = ip[8 + i];
    }
    message.tuple.remote_port = (uint16_t)(ip[10] << 8 | ip[10] >> 8);
    message.tuple.local_port = (uint16_t)(ip[11] << 8 | ip[11] >> 8);
    message.tuple.ip_version = 4;
    bytes = (uint16_t)(ip[12] << 8 | ip[12] >> 8) - 8u; /* of UDP's length its header */
    post(sizeof message, rx.buffer + HW_RX_OFFSET + HEADER_BYTES, bytes, rx.buffer);
    do
        buffer = REGISTER(HW_HOST_DONE);
    while (!buffer);
    REGISTER(HW_RX_FREE) = buffer | HW_FATE_CONSUMED;
    spin_until(end);
}

void main(void);

void main(void)
{
    uint32_t buffers = REGISTER(HW_RX_BUFFERS), bytes = REGISTER(HW_RX_BUFFER_BYTES), base = REGISTER(HW_PORTION_BASE);

    slots = REGISTER(HW_RING_SLOTS);
    slot_bytes = REGISTER(HW_RING_SLOT_BYTES);
    slot_base = REGISTER(HW_RING_DATA_LOW);
    slot_base_high = REGISTER(HW_RING_DATA_HIGH);
    message.session = HW_SESSION(REGISTER(HW_ID), 0);
    for (uint32_t i = 0; i < buffers; i++)
        REGISTER(HW_RX_FREE) = base + i * bytes;
    message.type = HW_READY;
    post(16, 0, 0, 0);
    for (;;) {
        uint32_t pending = REGISTER(HW_PENDING);

        if (pending & HW_PENDING_RX) {
            hand(HW_RX_POP, &rx);
            serve();
        } else if (pending & HW_PENDING_REQUEST) {
            hand(HW_REQUEST_POP, &request); /* listeners: it takes every datagram */
        } else {
            __asm__ volatile("wfi");
        }
    }
}
