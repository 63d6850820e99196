/* udp_receiver.c - a whole firmware in one file, against stacks/hardware.h alone: no lwIP, no kernel, no library. It takes
 * UDP datagrams over IPv4 to the host, without copying a byte itself, and answers ARP. The example of stacks/FIRMWARE.md.
 *
 * Leaves out fragments, datagrams in several buffers, IP options, sending (a datagram of the host's is given back unsent).
 */
#include "stacks/hardware.h"

HW_SPEAKS(HW_SPEAKS_UDP4); /* the dispatch gives it nothing else (but what goes with IPv4: ARP, ICMP) */

/* --- Start: the image is loaded whole, and local memory is 0 before --------------------------------- */

__asm__(".section .text.start\n"
        ".globl _start\n"
        "_start: la sp, stack_top\n"
        "        j main\n"
        ".section .text\n");

char stack[2048] __attribute__((aligned(16)));
__asm__(".globl stack_top\n.set stack_top, stack + 2048\n");

/* --- Registers and memory ----------------------------------------------------------------------------- */

#define REGISTER(which) (*(volatile uint32_t *)(HW_REGISTERS + (which)))

/* A descriptor's address, once what was written into it is in memory. */
static uint32_t local(const volatile void *pointer)
{
    __asm__ volatile("" ::: "memory");
    return (uint32_t)pointer;
}

/* A hand-over: the hardware has read or written the descriptor when the store is done. */
static void hand(enum hw_register which, const volatile void *descriptor)
{
    REGISTER(which) = local(descriptor);
    __asm__ volatile("" ::: "memory");
}

static uint16_t swap16(uint16_t value)
{
    return (uint16_t)(value << 8 | value >> 8);
}

/* --- To the host ---------------------------------------------------------------------------------------- */

static uint32_t sequence = 1, consumed; /* of the next message; slots that the driver has freed */
static uint32_t slots, slot_bytes, slot_base, slot_base_high;

static int has_slot(void)
{
    if (sequence - consumed > slots)
        consumed = REGISTER(HW_RING_CONSUMED);
    return sequence - consumed <= slots;
}

/* The message goes to the next slot, after `bytes` from packet memory; then the cookie comes back. */
static void post(struct hw_message *message, unsigned message_bytes, uint32_t from, uint32_t bytes, uint32_t cookie)
{
    uint32_t offset = ((sequence - 1) & (slots - 1)) * slot_bytes;
    struct hw_host host = {.cookie = cookie,
                           .operation = bytes ? HW_HOST_WRITE : HW_HOST_MESSAGE,
                           .message_bytes = (uint8_t)message_bytes,
                           .card_address = from,
                           .bytes = bytes,
                           .host_low = slot_base + offset,
                           .host_high = slot_base_high + (slot_base + offset < offset),
                           .message = local(message)};

    message->sequence = sequence++;
    message->bytes = (uint16_t)bytes;
    hand(HW_HOST_POST, &host);
}

/* A queue holds 16 completions at least, and nobody but us can take one: no more are owed. */
enum { MOST_OWED = 16 };
static uint32_t owed;

static void take_completion(void)
{
    uint32_t buffer = REGISTER(HW_HOST_DONE);

    if (!buffer)
        return;
    owed--;
    REGISTER(HW_RX_FREE) = buffer | HW_FATE_CONSUMED;
}

/* Datagrams that the host wants to send: this firmware doesn't, and says that their memory is free. */
static void serve_request(void)
{
    static struct hw_message request;
    static struct hw_message sent;

    hand(HW_REQUEST_POP, &request);
    if (request.type != HW_SEND_DATAGRAM || !has_slot())
        return;
    sent.type = HW_SENT;
    sent.session = request.session;
    sent.argument = request.argument;
    post(&sent, 16, 0, 0, 0);
}

/* --- Frames ----------------------------------------------------------------------------------------------- */

enum { ETHERNET_BYTES = 14, IP_BYTES = 20, UDP_BYTES = 8, ARP_FRAME_BYTES = 42 };

static struct hw_rx rx;

static void give_back(enum hw_fate fate)
{
    REGISTER(HW_RX_FREE) = rx.buffer | fate;
}

/* Who asks for an address is told ours: the card has every address that it is asked for. */
static void answer_arp(const volatile uint16_t *frame)
{
    static uint16_t answer[ARP_FRAME_BYTES / 2];
    static struct hw_tx tx;
    uint32_t low = REGISTER(HW_MAC + 8 * rx.port), high = REGISTER(HW_MAC + 8 * rx.port + 4);
    uint16_t mac[3] = {(uint16_t)low, (uint16_t)(low >> 16), (uint16_t)high};

    for (unsigned i = 0; i < ARP_FRAME_BYTES / 2; i++)
        answer[i] = frame[i];
    answer[10] = swap16(2); /* reply */
    for (unsigned i = 0; i < 3; i++) {
        answer[i] = answer[16 + i] = frame[11 + i]; /* to the sender */
        answer[3 + i] = answer[11 + i] = mac[i];
    }
    for (unsigned i = 0; i < 2; i++) {
        answer[14 + i] = frame[19 + i];
        answer[19 + i] = frame[14 + i];
    }
    tx.destination = rx.port;
    tx.segments = 1;
    tx.segment[0].address = local(answer); /* copied at the store */
    tx.segment[0].bytes = sizeof answer;
    hand(HW_TX_POST, &tx);
}

/* Its payload goes to the host by DMA; the buffer is free when that is done. */
static void receive_datagram(const volatile uint16_t *ip)
{
    static struct hw_message message;
    const volatile uint16_t *udp = ip + IP_BYTES / 2;
    uint32_t bytes = swap16(udp[2]);

    if (bytes < UDP_BYTES || ETHERNET_BYTES + IP_BYTES + bytes > rx.bytes)
        return give_back(HW_FATE_LENGTH);
    if (!has_slot() || bytes - UDP_BYTES > slot_bytes)
        return give_back(HW_FATE_MEMORY);
    if (bytes == UDP_BYTES) /* nothing to move, and no cookie to come back for it */
        return give_back(HW_FATE_CONSUMED);
    while (owed == MOST_OWED)
        take_completion(); /* transfers end, so this does */
    owed++;
    message.type = HW_DATAGRAM;
    message.session = HW_SESSION(REGISTER(HW_ID), 0);
    for (unsigned i = 0; i < 2; i++) {
        ((uint16_t *)message.tuple.remote)[i] = ip[6 + i];
        ((uint16_t *)message.tuple.local)[i] = ip[8 + i];
    }
    message.tuple.remote_port = swap16(udp[0]);
    message.tuple.local_port = swap16(udp[1]);
    message.tuple.ip_version = 4;
    message.tuple.port = rx.port;
    post(&message, sizeof message, rx.buffer + HW_RX_OFFSET + ETHERNET_BYTES + IP_BYTES + UDP_BYTES, bytes - UDP_BYTES,
         rx.buffer);
}

static void receive(void)
{
    const volatile uint16_t *frame;

    hand(HW_RX_POP, &rx);
    if (!rx.buffer)
        return;
    frame = (const volatile uint16_t *)(rx.buffer + HW_RX_OFFSET);
    if ((rx.flags & (HW_RX_FIRST | HW_RX_LAST)) != (HW_RX_FIRST | HW_RX_LAST))
        return give_back(HW_FATE_PROTOCOL);
    if (rx.flags & (HW_RX_IP_BAD | HW_RX_L4_BAD))
        return give_back(HW_FATE_CHECKSUM);
    switch (swap16(frame[6])) {
    case 0x0806: /* ARP; of its copies one processor answers */
        if (rx.bytes >= ARP_FRAME_BYTES && frame[10] == swap16(1) && !(rx.flags & HW_RX_COPY))
            answer_arp(frame);
        return give_back(HW_FATE_CONSUMED);
    case 0x0800:
        if (rx.bytes >= ETHERNET_BYTES + IP_BYTES + UDP_BYTES && (frame[7] & 0xff) == 0x45 && /* no options */
            (frame[10] & 0xff3f) == 0 &&                                                      /* no fragment */
            frame[11] >> 8 == 17)
            return receive_datagram(frame + ETHERNET_BYTES / 2);
        return give_back(HW_FATE_PROTOCOL);
    default:
        return give_back(HW_FATE_PROTOCOL);
    }
}

void main(void);

void main(void)
{
    uint32_t buffers = REGISTER(HW_RX_BUFFERS), bytes = REGISTER(HW_RX_BUFFER_BYTES), base = REGISTER(HW_PORTION_BASE);
    static struct hw_message ready;

    slots = REGISTER(HW_RING_SLOTS); /* of the first host */
    slot_bytes = REGISTER(HW_RING_SLOT_BYTES);
    slot_base = REGISTER(HW_RING_DATA_LOW);
    slot_base_high = REGISTER(HW_RING_DATA_HIGH);
    for (uint32_t i = 0; i < buffers; i++)
        REGISTER(HW_RX_FREE) = base + i * bytes;
    ready.type = HW_READY;
    post(&ready, 16, 0, 0, 0); /* traffic begins when all processors have said so */
    for (;;) {
        uint32_t pending = REGISTER(HW_PENDING);

        if (pending & HW_PENDING_HOST_DONE)
            take_completion();
        if (pending & HW_PENDING_REQUEST)
            serve_request();
        if (pending & HW_PENDING_RX)
            receive();
        if (!pending)
            __asm__ volatile("wfi");
    }
}
