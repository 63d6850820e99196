/* mock_hardware.c - see mock_hardware.h. */
#include "tests/stacks/mock_hardware.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PORTION = 0x40000000, QUEUE = 4096, RX_RESET = 0, RX_POSTED, RX_QUEUED, RX_STACK };

struct mock mock;

struct posted {
    struct hw_tx tx;
};

static uint8_t *packets, *heap;
static uint32_t packet_bytes, tx_base, local_bytes;

static uint8_t rx_state[QUEUE];
static uint16_t rx_reading[QUEUE]; /* transfers and frames that read it */
static uint16_t tx_reading[QUEUE], tx_filling[QUEUE];

static struct hw_rx rx_queue[QUEUE];
static unsigned rx_in, rx_out;
static struct posted tx_queue[QUEUE];
static unsigned tx_in, tx_read, tx_done;
struct host_posted {
    struct hw_host transfer;
    struct hw_message message;
    bool has_message;
};
static struct host_posted host_queue[QUEUE];
static unsigned host_in, host_finished, host_done;
static struct hw_message requests[QUEUE];
static unsigned request_in, request_out;
static unsigned tx_owed, host_owed; /* completions with a cookie, not taken */
static uint32_t next_sequence, consumed;
static uint32_t random_state;
static uint64_t timer_us;
static unsigned console_at;

static uint32_t buffer_of(uint32_t address, bool *is_tx)
{
    ck_assert_uint_ge(address, PORTION);
    ck_assert_uint_lt(address - PORTION, packet_bytes);
    *is_tx = address >= tx_base;
    return *is_tx ? (address - tx_base) / mock.tx_buffer_bytes
                  : (address - PORTION) / mock.rx_buffer_bytes;
}

static void reading(uint32_t address, uint32_t bytes, int by)
{
    bool is_tx, end_is_tx;
    uint32_t index = buffer_of(address, &is_tx);

    ck_assert_uint_ge(bytes, 1);
    ck_assert_uint_eq(buffer_of(address + bytes - 1, &end_is_tx), index);
    ck_assert_int_eq(is_tx, end_is_tx);
    if (is_tx) {
        ck_assert_uint_eq(tx_filling[index], 0);
        tx_reading[index] = (uint16_t)(tx_reading[index] + by);
    } else {
        ck_assert_int_eq(rx_state[index], RX_STACK);
        rx_reading[index] = (uint16_t)(rx_reading[index] + by);
    }
}

/* --- registers -------------------------------------------------------------------------------- */

static uint32_t pending(void)
{
    uint32_t bits = 0;

    bits |= rx_in != rx_out ? HW_PENDING_RX : 0;
    bits |= tx_read != tx_done ? HW_PENDING_TX_DONE : 0;
    bits |= host_finished != host_done ? HW_PENDING_HOST_DONE : 0;
    bits |= request_in != request_out ? HW_PENDING_REQUEST : 0;
    bits |= timer_us && mock.time_us >= timer_us ? HW_PENDING_TIMER : 0;
    return bits;
}

static void read_out_frame(void);
static void finish_transfer(void);

/* Held or not: a stack that waits for a place, as it does when too much is owed, gets one in
 * time. */
static uint32_t take_tx_done(void)
{
    if (tx_read == tx_done && tx_in - tx_done >= MOCK_QUEUE)
        read_out_frame();
    while (tx_done != tx_read) {
        uint32_t cookie = tx_queue[tx_done++ % QUEUE].tx.cookie;

        if (cookie) {
            tx_owed--;
            return cookie;
        }
    }
    return 0;
}

static uint32_t take_host_done(void)
{
    if (host_finished == host_done && host_in - host_done >= MOCK_QUEUE)
        finish_transfer();
    while (host_done != host_finished) {
        uint32_t cookie = host_queue[host_done++ % QUEUE].transfer.cookie;

        if (cookie) {
            host_owed--;
            return cookie;
        }
    }
    return 0;
}

static uint32_t mock_load(void *self, uint32_t which)
{
    (void)self;
    switch (which) {
    case HW_ID:
        return mock.id;
    case HW_PROCESSORS:
        return mock.processors;
    case HW_PORTS:
        return mock.ports;
    case HW_CLOCK_HZ:
        return 1000000000;
    case HW_LOCAL_BYTES:
        return local_bytes;
    case HW_PORTION_BASE:
        return PORTION;
    case HW_RX_BUFFERS:
        return mock.rx_buffers;
    case HW_RX_BUFFER_BYTES:
        return mock.rx_buffer_bytes;
    case HW_TX_BUFFERS:
        return mock.tx_buffers;
    case HW_TX_BUFFER_BYTES:
        return mock.tx_buffer_bytes;
    case HW_FEATURES:
        return mock.features;
    case HW_MTU:
        return mock.mtu;
    case HW_HOSTS:
        return 1;
    case HW_RING_SLOTS:
        return mock.ring_slots;
    case HW_RING_SLOT_BYTES:
        return mock.ring_slot_bytes;
    case HW_RING_DATA_LOW:
        return MOCK_HOST_BYTES - mock.ring_slots * mock.ring_slot_bytes;
    case HW_RING_DATA_HIGH:
        return MOCK_HOST_HIGH;
    case HW_RANDOM:
        return random_state = random_state * 1664525u + 1013904223u;
    case HW_ADDRESS4:
        return mock.address4;
    case HW_TIME_US:
        return (uint32_t)mock.time_us;
    case HW_TIME_US_HIGH:
        return (uint32_t)(mock.time_us >> 32);
    case HW_TIME_MS:
        return (uint32_t)(mock.time_us / 1000);
    case HW_PENDING:
        return pending();
    case HW_TX_DONE:
        return take_tx_done();
    case HW_HOST_DONE:
        return take_host_done();
    case HW_RING_CONSUMED:
        return consumed;
    default:
        break;
    }
    if (which >= HW_MAC && which < HW_MAC + 8 * HW_MAX_PORTS)
        return which & 4 ? 0x0100u + (which - HW_MAC) / 8 : 0xcccc0002u; /* 02:00:cc:cc:port:01 */
    ck_abort_msg("load of register 0x%x", which);
}

static void give_back(uint32_t value)
{
    bool is_tx;
    uint32_t index = buffer_of(value & ~(uint32_t)HW_FATE_MASK, &is_tx),
             fate = value & HW_FATE_MASK;

    ck_assert_int_eq(is_tx, false);
    ck_assert_uint_lt(fate, HW_FATES);
    if (rx_state[index] == RX_RESET) { /* the stack gives all of them to the hardware at start */
        rx_state[index] = RX_POSTED;
        return;
    }
    ck_assert_int_eq(rx_state[index], RX_STACK);
    ck_assert_uint_eq(rx_reading[index], 0);
    rx_state[index] = RX_POSTED;
    mock.fates[fate]++;
    memset(packets + index * mock.rx_buffer_bytes, 0xdd, mock.rx_buffer_bytes);
}

static void mock_store(void *self, uint32_t which, uint32_t value)
{
    (void)self;
    switch (which) {
    case HW_TIMER_US:
        timer_us = value ? mock.time_us + value : 0;
        break;
    case HW_RX_FREE:
        give_back(value);
        break;
    case HW_CONSOLE:
        if (console_at < sizeof mock.console - 1)
            mock.console[console_at++] = (char)value;
        break;
    case HW_HALT:
        ck_abort_msg("halted: %u %s", value, mock.console);
        break;
    case HW_HEAP_FREE:
        break;
    case HW_HEAP_FAILURES:
        mock.heap_failures++;
        break;
    case HW_SESSIONS_LOST:
        mock.sessions_lost++;
        break;
    case HW_FETCHED_AGAIN:
        mock.fetched_again += value;
        break;
    case HW_WAIT_MASK:
        break;
    default:
        ck_abort_msg("store to register 0x%x", which);
    }
}

static void mock_rx_pop(void *self, struct hw_rx *rx)
{
    (void)self;
    memset(rx, 0xee, sizeof *rx);
    rx->buffer = 0;
    if (rx_in == rx_out)
        return;
    *rx = rx_queue[rx_out++ % QUEUE];
    rx_state[(rx->buffer - PORTION) / mock.rx_buffer_bytes] = RX_STACK;
}

static void mock_tx_post(void *self, const struct hw_tx *tx)
{
    struct mock_frame *frame = &mock.frames[mock.frame_count];
    uint32_t local = 0;

    (void)self;
    ck_assert_uint_lt(mock.frame_count, MOCK_RECORDS);
    ck_assert_uint_ge(tx->segments, 1);
    ck_assert_uint_le(tx->segments, HW_TX_SEGMENTS);
    frame->bytes = malloc(MOCK_FRAME_BYTES);
    frame->length = 0;
    frame->destination = tx->destination;
    frame->flags = tx->flags;
    frame->segments = tx->segments;
    for (unsigned i = 0; i < tx->segments; i++) {
        uint32_t address = tx->segment[i].address, bytes = tx->segment[i].bytes;

        ck_assert_uint_ge(bytes, 1);
        ck_assert_uint_le(frame->length + bytes, 65536u + 32);
        if (address - PORTION < packet_bytes) {
            reading(address, bytes, 1);
            memcpy(frame->bytes + frame->length, packets + (address - PORTION), bytes);
        } else {
            ck_assert_uint_le(address - HW_LOCAL_BASE + bytes, local_bytes);
            memcpy(frame->bytes + frame->length, heap + (address - HW_LOCAL_BASE), bytes);
            local += bytes;
        }
        frame->length += bytes;
    }
    ck_assert_uint_le(local, HW_TX_INLINE_BYTES);
    if (!(tx->destination & HW_TX_TO_PROCESSOR)) {
        ck_assert_uint_lt(tx->destination, mock.ports);
        ck_assert_uint_le(frame->length, mock.mtu + 22);
    }
    frame->bytes = realloc(frame->bytes, frame->length); /* so that the sanitizer sees its end */
    tx_queue[tx_in % QUEUE].tx = *tx;
    tx_owed += tx->cookie != 0;
    ck_assert_uint_le(tx_owed, MOCK_QUEUE); /* the real hardware would wait for ever */
    tx_in++;
    mock.frame_count++;
}

static void mock_host_post(void *self, const struct hw_host *transfer,
                           const struct hw_message *message)
{
    struct host_posted *posted = &host_queue[host_in % QUEUE];
    bool is_tx;

    (void)self;
    ck_assert_uint_lt(host_in - host_done, QUEUE);
    ck_assert_uint_eq(transfer->message_bytes % 16, 0);
    ck_assert_uint_le(transfer->message_bytes, 64);
    memset(posted, 0, sizeof *posted);
    posted->transfer = *transfer;
    if (transfer->operation == HW_HOST_READ) {
        uint32_t index = buffer_of(transfer->card_address, &is_tx);

        ck_assert_int_eq(is_tx, true);
        ck_assert_uint_eq(tx_reading[index], 0); /* a posted frame still reads it */
        ck_assert_uint_le(transfer->bytes, mock.tx_buffer_bytes);
        tx_filling[index]++;
        ck_assert_uint_eq(transfer->message_bytes, 0);
    } else if (transfer->operation == HW_HOST_WRITE) {
        reading(transfer->card_address, transfer->bytes, 1);
    } else {
        ck_assert_uint_eq(transfer->bytes, 0);
    }
    if (transfer->message_bytes) {
        uint32_t slot, data;

        posted->has_message = true;
        memcpy(&posted->message, message, transfer->message_bytes);
        ck_assert_uint_eq(message->sequence, ++next_sequence);
        ck_assert_uint_le(message->sequence - consumed, mock.ring_slots);
        slot = (message->sequence - 1) % mock.ring_slots;
        data = MOCK_HOST_BYTES - (mock.ring_slots - slot) * mock.ring_slot_bytes;
        if (transfer->bytes) {
            ck_assert_uint_eq(transfer->host_low, data);
            ck_assert_uint_eq(transfer->bytes, message->bytes);
            ck_assert_uint_le(transfer->bytes, mock.ring_slot_bytes);
        }
    }
    host_owed += transfer->cookie != 0;
    ck_assert_uint_le(host_owed, MOCK_QUEUE);
    host_in++;
}

static void mock_request_pop(void *self, struct hw_message *message)
{
    (void)self;
    memset(message, 0, sizeof *message);
    if (request_in != request_out)
        *message = requests[request_out++ % QUEUE];
}

static void mock_owner(void *self, enum hw_register which, struct hw_flow *flow)
{
    (void)self;
    mock.flow = *flow;
    switch (which) {
    case HW_CLAIM:
        flow->owner = mock.claims_go_to;
        mock.claimed++;
        return;
    case HW_RELEASE:
        mock.released++;
        return;
    default:
        flow->owner = mock.owner;
        mock.owner_asked++;
    }
}

/* --- the hardware works ----------------------------------------------------------------------- */

uint16_t mock_checksum(const void *bytes, uint32_t length, uint32_t sum)
{
    const uint8_t *byte = bytes;

    for (uint32_t i = 0; i < length; i++)
        sum += i & 1 ? byte[i] : (uint32_t)byte[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static uint32_t l2_of(const uint8_t *frame)
{
    uint32_t at = 12;

    while ((frame[at] == 0x81 && frame[at + 1] == 0) ||
           (frame[at] == 0x88 && frame[at + 1] == 0xa8))
        at += 4;
    return at + 2;
}

/* Where the L4 checksum is, and the sum of the pseudo header; 0: none. */
static uint32_t l4_checksum(const uint8_t *ip, uint32_t *sum, uint32_t *length)
{
    uint32_t header = (ip[0] & 15u) * 4;

    *length = (uint32_t)(ip[2] << 8 | ip[3]) - header;
    *sum = 0;
    if (ip[9] != 1) {
        for (unsigned i = 12; i < 20; i += 2)
            *sum += (uint32_t)ip[i] << 8 | ip[i + 1];
        *sum += ip[9] + *length;
    }
    return header + (ip[9] == 6 ? 16 : ip[9] == 17 ? 6 : ip[9] == 1 ? 2 : 0);
}

static void insert_checksums(struct mock_frame *frame)
{
    uint8_t *ip = frame->bytes + l2_of(frame->bytes);
    uint32_t header = (ip[0] & 15u) * 4, sum, length, at;

    if (frame->flags & HW_TX_IP_CHECKSUM) {
        ip[10] = ip[11] = 0;
        uint16_t checksum = mock_checksum(ip, header, 0);

        ip[10] = (uint8_t)(checksum >> 8);
        ip[11] = (uint8_t)checksum;
    }
    if (frame->flags & HW_TX_L4_CHECKSUM) {
        ck_assert_uint_eq((ip[6] & 0x3f) | ip[7], 0);
        at = l4_checksum(ip, &sum, &length);
        ip[at] = ip[at + 1] = 0;
        uint16_t checksum = mock_checksum(ip + header, length, sum);

        ip[at] = (uint8_t)(checksum >> 8);
        ip[at + 1] = (uint8_t)checksum;
    }
}

/* What the receive hardware says of a frame. */
static uint8_t verdict(const uint8_t *frame, uint32_t length)
{
    uint32_t l2 = length > 14 ? l2_of(frame) : 0, sum, bytes, at;
    const uint8_t *ip = frame + l2;

    if (!(mock.features & HW_FEATURE_RX_CHECKSUM) || length < l2 + 20 || frame[l2 - 2] != 8 ||
        frame[l2 - 1] != 0)
        return 0;
    uint32_t header = (ip[0] & 15u) * 4, total = (uint32_t)ip[2] << 8 | ip[3];

    if (ip[0] >> 4 != 4 || header < 20 || total < header || length < l2 + total)
        return 0;
    if (mock_checksum(ip, header, 0) != 0)
        return HW_RX_IP_BAD;
    if (((ip[6] & 0x3f) | ip[7]) || !(at = l4_checksum(ip, &sum, &bytes)) || at + 2 > total ||
        at == header)
        return HW_RX_IP_GOOD;
    if (ip[9] == 17 && !ip[at] && !ip[at + 1])
        return HW_RX_IP_GOOD | HW_RX_L4_GOOD;
    return HW_RX_IP_GOOD | (mock_checksum(ip + header, bytes, sum) ? HW_RX_L4_BAD : HW_RX_L4_GOOD);
}

uint32_t mock_rx_free(void)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < mock.rx_buffers; i++)
        count += rx_state[i] == RX_POSTED;
    return count;
}

void mock_local(uint8_t *memory, uint32_t bytes)
{
    heap = memory;
    local_bytes = bytes;
}

uint32_t mock_timer_in_us(void)
{
    if (!timer_us)
        return UINT32_MAX;
    return timer_us > mock.time_us ? (uint32_t)(timer_us - mock.time_us) : 0;
}

bool mock_frame(uint8_t port, const void *bytes, uint32_t length, uint8_t flags)
{
    uint32_t room = mock.rx_buffer_bytes, need = (length + HW_RX_OFFSET + room - 1) / room,
             done = 0;

    if (!(flags & (HW_RX_IP_GOOD | HW_RX_IP_BAD | HW_RX_L4_GOOD | HW_RX_L4_BAD)))
        flags |= verdict(bytes, length);
    if (mock_rx_free() < need || rx_in - rx_out + need > QUEUE) {
        mock.rx_no_buffer++;
        return false;
    }
    for (uint32_t i = 0; done < length; i++) {
        if (rx_state[i] != RX_POSTED)
            continue;
        uint32_t offset = done ? 0 : HW_RX_OFFSET,
                 part = length - done < room - offset ? length - done : room - offset;
        struct hw_rx *rx = &rx_queue[rx_in++ % QUEUE];

        rx_state[i] = RX_QUEUED;
        memcpy(packets + i * room + offset, (const uint8_t *)bytes + done, part);
        rx->buffer = PORTION + i * room;
        rx->bytes = (uint16_t)part;
        rx->port = port;
        rx->flags =
            (uint8_t)(flags | (done ? 0 : HW_RX_FIRST) | (done + part == length ? HW_RX_LAST : 0));
        rx->hash = 0;
        rx->time_us = (uint32_t)mock.time_us;
        done += part;
    }
    return true;
}

void mock_request(const struct hw_message *message)
{
    requests[request_in++ % QUEUE] = *message;
}

static void read_out_frame(void)
{
    const struct hw_tx *tx = &tx_queue[tx_read % QUEUE].tx;
    struct mock_frame *frame = &mock.frames[mock.frame_count - (tx_in - tx_read)];
    uint32_t at = 0;

    /* The bytes must still be what they were when the frame was posted. */
    for (unsigned i = 0; i < tx->segments; i++) {
        if (tx->segment[i].address - PORTION < packet_bytes) {
            reading(tx->segment[i].address, tx->segment[i].bytes, -1);
            ck_assert_mem_eq(frame->bytes + at, packets + (tx->segment[i].address - PORTION),
                             tx->segment[i].bytes);
        }
        at += tx->segment[i].bytes;
    }
    insert_checksums(frame);
    tx_read++;
}

static void finish_transfer(void)
{
    struct host_posted *posted = &host_queue[host_finished++ % QUEUE];
    const struct hw_host *t = &posted->transfer;
    bool is_tx;

    if (t->operation != HW_HOST_MESSAGE) {
        uint8_t *card = packets + (t->card_address - PORTION);

        ck_assert_uint_eq(t->host_high, MOCK_HOST_HIGH);
        ck_assert_uint_le((uint64_t)t->host_low + t->bytes, MOCK_HOST_BYTES);
        if (t->operation == HW_HOST_WRITE) {
            memcpy(mock.host + t->host_low, card, t->bytes);
            reading(t->card_address, t->bytes, -1);
        } else {
            tx_filling[buffer_of(t->card_address, &is_tx)]--;
            memcpy(card, mock.host + t->host_low, t->bytes);
        }
    }
    if (posted->has_message) {
        struct mock_message *m = &mock.messages[mock.message_count++];

        ck_assert_uint_le(mock.message_count, MOCK_RECORDS);
        m->message = posted->message;
        if (t->bytes) {
            m->payload = malloc(t->bytes);
            memcpy(m->payload, mock.host + t->host_low, t->bytes);
        }
    }
}

static bool hardware_works(void)
{
    bool worked = false;

    for (; !mock.hold_tx && tx_read != tx_in; worked = true)
        read_out_frame();
    for (; !mock.hold_host && host_finished != host_in; worked = true)
        finish_transfer();
    if (!mock.hold_slots && host_finished == host_in)
        consumed = next_sequence;
    return worked;
}

void mock_run(void)
{
    do {
        stack_run();
    } while (hardware_works());
}

void mock_wait_ms(uint32_t ms)
{
    uint64_t end = mock.time_us + 1000ull * ms;

    mock_run();
    while (mock.time_us < end) {
        uint64_t next = mock.time_us + stack_next_us();

        if (next <= mock.time_us)
            next = mock.time_us + 1;
        mock.time_us = next < end ? next : end;
        mock_run();
    }
}

const struct mock_frame *mock_next_frame(void)
{
    return mock.frame_next < mock.frame_count ? &mock.frames[mock.frame_next++] : NULL;
}

const struct mock_message *mock_next_message(void)
{
    return mock.message_next < mock.message_count ? &mock.messages[mock.message_next++] : NULL;
}

void mock_skip(void)
{
    mock.frame_next = mock.frame_count;
    mock.message_next = mock.message_count;
}

void mock_forget(void)
{
    ck_assert_uint_eq(tx_read, tx_in);
    for (unsigned i = 0; i < mock.frame_count; i++)
        free(mock.frames[i].bytes);
    for (unsigned i = 0; i < mock.message_count; i++)
        free(mock.messages[i].payload);
    memset(mock.messages, 0, sizeof mock.messages[0] * mock.message_count);
    mock.frame_count = mock.frame_next = mock.message_count = mock.message_next = 0;
}

void mock_expect_idle(void)
{
    struct stack_memory memory = stack_memory();

    ck_assert_uint_eq(memory.rx_held, 0);
    ck_assert_uint_eq(mock_rx_free(), mock.rx_buffers);
    ck_assert_uint_eq(memory.tx_free, mock.tx_buffers);
    ck_assert_uint_eq(pending() & ~(uint32_t)HW_PENDING_TIMER, 0);
}

void mock_defaults(void)
{
    memset(&mock, 0, sizeof mock);
    memset(rx_state, RX_RESET, sizeof rx_state);
    mock.processors = 2;
    mock.ports = 2;
    mock.features = HW_FEATURE_RX_CHECKSUM | HW_FEATURE_TX_CHECKSUM;
    if (getenv("LOOKUP_HASH")) /* every test also finds connections so (tests/end_to_end/lookup.sh) */
        mock.features |= HW_FEATURE_LOOKUP_HASH;
    if (getenv("RETRANSMIT_HOST")) /* and keeps nothing that was sent */
        mock.features |= HW_FEATURE_RETRANSMIT_HOST;
    mock.mtu = 1500;
    mock.rx_buffers = 128;
    mock.rx_buffer_bytes = 2048;
    mock.tx_buffers = 64;
    mock.tx_buffer_bytes = 1600;
    mock.ring_slots = 256;
    mock.ring_slot_bytes = 2048;
    mock.heap_bytes = 190 * 1024;
    mock.time_us = 1000;
}

void mock_start(void)
{
    struct stack_hardware hardware = {.load = mock_load,
                                      .store = mock_store,
                                      .rx_pop = mock_rx_pop,
                                      .tx_post = mock_tx_post,
                                      .host_post = mock_host_post,
                                      .request_pop = mock_request_pop,
                                      .owner = mock_owner};
    uint8_t *memory;

    packet_bytes = mock.rx_buffers * mock.rx_buffer_bytes + mock.tx_buffers * mock.tx_buffer_bytes;
    tx_base = PORTION + mock.rx_buffers * mock.rx_buffer_bytes;
    /* One mapping, so that packets lie above the heap, as native.h wants. */
    memory = mmap(NULL, mock.heap_bytes + 65536 + packet_bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    heap = memory;
    local_bytes = mock.heap_bytes;
    packets = memory + ((mock.heap_bytes + 8191) & ~4095u);
    mock.host = calloc(1, MOCK_HOST_BYTES);
    hardware.heap = heap;
    hardware.heap_bytes = mock.heap_bytes;
    hardware.packets = packets;
    hardware.packet_address = PORTION;
    hardware.packet_bytes = packet_bytes;
    stack_start(&hardware);
    mock_run();
}
