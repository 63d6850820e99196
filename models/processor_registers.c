/* The device registers of a processor: what stacks/hardware.h says of each. */
#include "models/processor.h"

#include "models/port.h"
#include "models/receive_dma.h"
#include "models/transmit_dma.h"
#include "models/host_dma.h"

#include <glib.h>
#include <string.h>

static const char *const fate_names[HW_FATES] = {
    [HW_FATE_CONSUMED] = "consumed", [HW_FATE_CHECKSUM] = "checksum", [HW_FATE_LENGTH] = "length",
    [HW_FATE_MEMORY] = "memory",     [HW_FATE_ROUTE] = "route",       [HW_FATE_PROTOCOL] = "protocol",
    [HW_FATE_OPTION] = "option",     [HW_FATE_ERROR] = "error",       [HW_FATE_STACK] = "stack",
};

/* --- Registers of this core alone ---------------------------------------------------------------------- */

static uint64_t time_us(const struct processor *processor, uint64_t cycle)
{
    return clock_edge_ps(&processor->clock, cycle) / 1000000;
}

static void set_timer(struct processor *processor, uint64_t cycle, uint32_t us)
{
    uint64_t now_ps = clock_edge_ps(&processor->clock, cycle);

    processor->timer_due_ps = us ? now_ps + (uint64_t)us * 1000000 : UINT64_MAX;
    core_set_timer(processor->core, us ? clock_cycle_at(&processor->clock, processor->timer_due_ps)
                                       : UINT64_MAX);
}

static void print_character(struct processor *processor, uint8_t character)
{
    if (processor->console_bytes + 1 >= PROCESSOR_CONSOLE_BYTES)
        return;
    if (!processor->console)
        processor->console = g_malloc0(PROCESSOR_CONSOLE_BYTES);
    processor->console[processor->console_bytes++] = (char)character;
}

static const uint8_t *mac_of_port(const struct processor *processor, unsigned number)
{
    const struct sim *sim = processor->part.sim;

    for (unsigned i = 0; i < sim->part_count; i++)
        if (sim->parts[i]->kind == &port_kind && ((struct port *)sim->parts[i])->number == number)
            return ((struct port *)sim->parts[i])->mac;
    return NULL;
}

static bool read_mac(const struct processor *processor, uint32_t offset, uint32_t *value)
{
    const uint8_t *mac = mac_of_port(processor, (offset - HW_MAC) / 8);

    if (!mac)
        return false;
    *value = offset % 8 == 0 ? (uint32_t)mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 |
                                   (uint32_t)mac[3] << 24
                             : (uint32_t)mac[4] | (uint32_t)mac[5] << 8;
    return true;
}

static bool read_ring(const struct processor *processor, unsigned host, uint32_t which, uint32_t *value)
{
    const struct host_ring *ring = &processor->rings[host];

    switch (which) {
    case HW_RING_SLOTS:
        *value = ring->slots;
        return true;
    case HW_RING_SLOT_BYTES:
        *value = ring->slot_bytes;
        return true;
    case HW_RING_DATA_LOW:
        *value = (uint32_t)ring->data_base;
        return true;
    case HW_RING_DATA_HIGH:
        *value = (uint32_t)(ring->data_base >> 32);
        return true;
    default:
        return false; /* HW_RING_CONSUMED is an interaction */
    }
}

static bool load_now(struct processor *processor, uint32_t offset, uint64_t cycle, uint32_t *value)
{
    if (offset >= HW_MAC && offset < HW_MAC + 8 * HW_MAX_PORTS)
        return read_mac(processor, offset, value);
    if (offset >= HW_RING_SLOTS && offset < HW_RING_SLOTS + HW_RING_STRIDE * HW_MAX_HOSTS)
        return read_ring(processor, (offset - HW_RING_SLOTS) / HW_RING_STRIDE, offset % HW_RING_STRIDE + HW_RING_SLOTS,
                         value);
    switch (offset) {
    case HW_ID:
        *value = processor->number;
        break;
    case HW_PROCESSORS:
        *value = processor->processor_count;
        break;
    case HW_PORTS:
        *value = processor->port_count;
        break;
    case HW_CLOCK_HZ:
        *value = (uint32_t)MIN(processor->hz, UINT32_MAX);
        break;
    case HW_LOCAL_BYTES:
        *value = (uint32_t)processor->local_bytes;
        break;
    case HW_PORTION_BASE:
        *value = processor->portion_base;
        break;
    case HW_RX_BUFFERS:
        *value = (uint32_t)processor->rx_buffers;
        break;
    case HW_RX_BUFFER_BYTES:
        *value = (uint32_t)processor->rx_buffer_bytes;
        break;
    case HW_TX_BUFFERS:
        *value = (uint32_t)processor->tx_buffers;
        break;
    case HW_TX_BUFFER_BYTES:
        *value = (uint32_t)processor->tx_buffer_bytes;
        break;
    case HW_FEATURES:
        *value = processor->features;
        break;
    case HW_MTU:
        *value = (uint32_t)processor->mtu_bytes;
        break;
    case HW_HOSTS:
        *value = processor->host_count;
        break;
    case HW_RANDOM:
        *value = (uint32_t)(random_next(&processor->random) >> 32);
        break;
    case HW_ADDRESS4:
        *value = 0;
        break;
    case HW_TIME_US:
        *value = (uint32_t)time_us(processor, cycle);
        break;
    case HW_TIME_US_HIGH:
        *value = (uint32_t)(time_us(processor, cycle) >> 32);
        break;
    case HW_TIME_MS:
        *value = (uint32_t)(time_us(processor, cycle) / 1000);
        break;
    default:
        return false;
    }
    return true;
}

static bool store_now(struct processor *processor, uint32_t offset, uint64_t cycle, uint32_t value)
{
    switch (offset) {
    case HW_TIMER_US:
        set_timer(processor, cycle, value);
        break;
    case HW_WAIT_MASK:
        processor->wait_mask = value & HW_PENDING_ALL;
        break;
    case HW_CONSOLE:
        print_character(processor, (uint8_t)value);
        break;
    case HW_HEAP_FREE:
        processor->stats.heap_free = value;
        processor->stats.heap_lowest_bytes = MIN(processor->stats.heap_lowest_bytes, value);
        break;
    case HW_HEAP_FAILURES:
        processor->stats.heap_failures++;
        break;
    case HW_SESSIONS_LOST:
        processor->stats.sessions_lost++;
        break;
    case HW_FETCHED_AGAIN:
        processor->stats.refetched_bytes += value;
        break;
    default:
        return false;
    }
    return true;
}

bool processor_register_now(struct processor *processor, const struct core_access *access,
                            uint64_t cycle, uint32_t *value)
{
    uint32_t offset = access->address - HW_REGISTERS;

    if (access->size_bytes != 4 || access->address % 4)
        return false;
    return access->is_store ? store_now(processor, offset, cycle, access->value)
                            : load_now(processor, offset, cycle, value);
}

/* --- Registers that are interactions -------------------------------------------------------------------- */

uint32_t processor_pending(const struct processor *processor, uint64_t now_ps)
{
    return (processor->rx_ready.count ? HW_PENDING_RX : 0u) |
           (processor->tx_done.count ? HW_PENDING_TX_DONE : 0u) |
           (processor->host_done.count ? HW_PENDING_HOST_DONE : 0u) |
           (processor->requests.count ? HW_PENDING_REQUEST : 0u) |
           (now_ps >= processor->timer_due_ps ? HW_PENDING_TIMER : 0u);
}

static uint8_t *local_at(struct processor *processor, uint32_t address, uint32_t bytes)
{
    uint32_t offset = address - HW_LOCAL_BASE;

    return bytes <= processor->local_bytes && offset <= processor->local_bytes - bytes
               ? core_memory(processor->core) + offset
               : NULL;
}

/* Copies a descriptor out of local memory; false: it is not all there, and the processor is stopped. */
static bool read_local(struct processor *processor, uint32_t address, void *data, uint32_t bytes,
                       const char *what)
{
    const uint8_t *at = local_at(processor, address, bytes);

    if (at && address % 4 == 0) {
        memcpy(data, at, bytes);
        return true;
    }
    processor_stop(processor, "%s at 0x%08x: not an aligned place of %u bytes in local memory", what,
                   address, bytes);
    return false;
}

static bool write_local(struct processor *processor, uint32_t address, const void *data,
                        uint32_t bytes, const char *what)
{
    uint8_t *at = local_at(processor, address, bytes);

    if (at && address % 4 == 0) {
        memcpy(at, data, bytes);
        return true;
    }
    processor_stop(processor, "%s at 0x%08x: not an aligned place of %u bytes in local memory", what,
                   address, bytes);
    return false;
}

static void pop_rx(struct processor *processor, uint32_t address, uint32_t *words)
{
    struct hw_rx entry = {0};

    if (processor->rx_ready.count) {
        entry = *(struct hw_rx *)queue_at(&processor->rx_ready, 0);
        queue_pop(&processor->rx_ready);
        receive_dma_room((struct receive_dma *)processor->receive_dma_part, processor);
        struct rx_buffer *buffer = &processor->rx[processor_rx_index(processor, entry.buffer)];

        buffer->of_hardware = false;
        if (entry.flags & HW_RX_LAST)
            frame_stamp(buffer->frame, STAGE_TAKEN, part_now(&processor->part));
    }
    *words = sizeof entry / 4;
    write_local(processor, address, &entry, sizeof entry, "HW_RX_POP");
}

static void pop_request(struct processor *processor, uint32_t address, uint32_t *words)
{
    struct hw_message message = {0};

    if (processor->requests.count) {
        message = *(struct hw_message *)queue_at(&processor->requests, 0);
        queue_pop(&processor->requests);
    }
    *words = sizeof message / 4;
    write_local(processor, address, &message, sizeof message, "HW_REQUEST_POP");
}

static uint32_t pop_cookie(struct queue *queue, uint32_t *owed)
{
    uint32_t cookie = 0;

    if (queue->count) {
        memcpy(&cookie, queue_at(queue, 0), 4);
        queue_pop(queue);
        --*owed;
    }
    return cookie;
}

static void free_written(struct bus_request *request)
{
    struct processor *processor = request->owner;

    sim_check(&processor->part, request->status == BUS_OK);
    processor->free_first = (processor->free_first + 1) % PROCESSOR_FREE_WRITES;
    processor->free_count--;
    processor_room(processor);
}

/* The buffer's frame is settled as the firmware says; its address travels to the receive DMA. */
static bool free_rx(struct processor *processor, uint32_t value)
{
    uint32_t address = value & ~(uint32_t)HW_FATE_MASK, fate = value & HW_FATE_MASK;
    int index = processor_rx_index(processor, address);

    if (index < 0 ||
        address != processor->portion_base + (uint32_t)index * (uint32_t)processor->rx_buffer_bytes) {
        processor_stop(processor, "HW_RX_FREE of 0x%08x, which is not one of its receive buffers",
                       address);
        return true;
    }
    if (processor->rx[index].of_hardware) {
        processor_stop(processor, "HW_RX_FREE of buffer 0x%08x, which the hardware owns already",
                       address);
        return true;
    }
    if (fate >= HW_FATES) {
        processor_stop(processor, "HW_RX_FREE of 0x%08x with the unknown fate %u", address, fate);
        return true;
    }
    if (processor->free_count == PROCESSOR_FREE_WRITES)
        return false;
    struct rx_buffer *buffer = &processor->rx[index];
    struct frame *frame = buffer->frame;

    buffer->of_hardware = true;
    if (frame) {
        processor->stats.fates[fate]++;
        if (fate != HW_FATE_CONSUMED)
            frame_dropped(frame, processor->part.name, fate_names[fate]);
        buffer->frame = NULL;
        frame_release(frame);
    }
    unsigned slot = (processor->free_first + processor->free_count++) % PROCESSOR_FREE_WRITES;

    processor->free_addresses[slot] = address;
    processor->free_requests[slot] = (struct bus_request){
        .op = BUS_WRITE,
        .address = receive_dma_free_address((struct receive_dma *)processor->receive_dma_part,
                                            processor->number),
        .bytes = 4,
        .data = &processor->free_addresses[slot],
        .done = free_written,
        .owner = processor};
    bus_ask(&processor->free_master, &processor->free_requests[slot]);
    return true;
}

/* --- Posting -------------------------------------------------------------------------------------------- */

static bool check_destination(struct processor *processor, const struct hw_tx *descriptor)
{
    unsigned place = descriptor->destination & ~(unsigned)HW_TX_TO_PROCESSOR;
    bool to_processor = descriptor->destination & HW_TX_TO_PROCESSOR;

    if (place < (to_processor ? processor->processor_count : processor->port_count))
        return true;
    processor_stop(processor, "HW_TX_POST to %s %u, which is not there",
                   to_processor ? "processor" : "port", place);
    return false;
}

/* A hardware-owned receive buffer, or anything outside the portion, is no place to read from or write to. */
static bool check_packet(struct processor *processor, uint32_t address, uint64_t bytes,
                         const char *what)
{
    processor->stats.portion_checks++;
    if (!processor_in_portion(processor, address, bytes)) {
        processor_stop(processor, "%s: 0x%08x, %llu bytes, is outside its portion of packet memory",
                       what, address, (unsigned long long)bytes);
        return false;
    }
    for (uint64_t at = address; at < address + bytes; at += processor->rx_buffer_bytes) {
        int index = processor_rx_index(processor, (uint32_t)at);

        if (index < 0)
            break;
        if (processor->rx[index].of_hardware) {
            processor_stop(processor, "%s: buffer at 0x%08x, which the hardware owns", what,
                           (uint32_t)at);
            return false;
        }
    }
    return true;
}

/* Copies the descriptor and its inline bytes; false: the processor was stopped. */
static bool take_tx(struct processor *processor, uint32_t address, struct posted_descriptor *posted,
                    bool *has_cookie)
{
    struct hw_tx descriptor;
    uint32_t inline_bytes = 0, total = 0;

    if (!read_local(processor, address, &descriptor, 8, "HW_TX_POST"))
        return false;
    if (descriptor.segments == 0 || descriptor.segments > HW_TX_SEGMENTS) {
        processor_stop(processor, "HW_TX_POST of %u segments: expected 1 to %d", descriptor.segments,
                       HW_TX_SEGMENTS);
        return false;
    }
    uint32_t head = 8 + 8u * descriptor.segments;
    if (!read_local(processor, address, &descriptor, head, "HW_TX_POST") ||
        !check_destination(processor, &descriptor))
        return false;
    memcpy(posted->data, &descriptor, head);
    for (unsigned i = 0; i < descriptor.segments; i++) {
        const struct hw_segment *segment = &descriptor.segment[i];

        if (segment->bytes == 0 || segment->bytes > 65536 || (total += segment->bytes) > 65550) {
            processor_stop(processor, "HW_TX_POST of a segment of %u bytes", segment->bytes);
            return false;
        }
        if (!processor_is_local(segment->address)) {
            if (!check_packet(processor, segment->address, segment->bytes, "HW_TX_POST"))
                return false;
            continue;
        }
        if (inline_bytes + segment->bytes > HW_TX_INLINE_BYTES) {
            processor_stop(processor, "HW_TX_POST of %u bytes of local memory: expected at most %d",
                           inline_bytes + segment->bytes, HW_TX_INLINE_BYTES);
            return false;
        }
        const uint8_t *at = local_at(processor, segment->address, segment->bytes);

        if (!at) {
            processor_stop(processor, "HW_TX_POST: 0x%08x, %u bytes, is not in local memory",
                           segment->address, segment->bytes);
            return false;
        }
        memcpy(posted->data + head + inline_bytes, at, segment->bytes);
        inline_bytes += segment->bytes;
    }
    posted->bytes = head + inline_bytes;
    *has_cookie = descriptor.cookie != 0;
    return true;
}

/* Only this core could take a completion, so waiting for one would be for ever. */
static bool completions_are_full(struct processor *processor, const char *what, uint32_t owed,
                                 const struct queue *done)
{
    if (owed < done->capacity)
        return false;
    processor_stop(processor, "%s with a cookie while %u completions were not taken, as many as its queue holds",
                   what, owed);
    return true;
}

static bool post_tx(struct processor *processor, uint32_t address, uint32_t *words)
{
    bool has_cookie;

    if (processor->tx_posted.count == processor->tx_posted.capacity)
        return false;
    struct posted_descriptor *posted = queue_at(&processor->tx_posted, processor->tx_posted.count);
    if (!take_tx(processor, address, posted, &has_cookie))
        return true;
    if (has_cookie && completions_are_full(processor, "HW_TX_POST", processor->tx_owed, &processor->tx_done))
        return true;
    queue_push(&processor->tx_posted);
    processor->tx_owed += has_cookie;
    *words = (posted->bytes + 3) / 4;
    transmit_dma_ring((struct transmit_dma *)processor->transmit_dma_part, processor);
    return true;
}

static bool take_host(struct processor *processor, uint32_t address, struct posted_descriptor *posted,
                      bool *has_cookie)
{
    struct hw_host descriptor;

    if (!read_local(processor, address, &descriptor, sizeof descriptor, "HW_HOST_POST"))
        return false;
    if (descriptor.operation > HW_HOST_READ || descriptor.message_bytes > 64 ||
        descriptor.message_bytes % 16 ||
        (descriptor.message_bytes && descriptor.operation == HW_HOST_READ) ||
        (!descriptor.message_bytes && descriptor.operation == HW_HOST_MESSAGE)) {
        processor_stop(processor, "HW_HOST_POST of operation %u with a message of %u bytes",
                       descriptor.operation, descriptor.message_bytes);
        return false;
    }
    if (descriptor.host >= processor->host_count || !processor->hosts[descriptor.host]) {
        processor_stop(processor, "HW_HOST_POST for host %u, which it does not serve", descriptor.host);
        return false;
    }
    if (descriptor.operation != HW_HOST_MESSAGE) {
        if (descriptor.bytes == 0 || descriptor.bytes > 65536) {
            processor_stop(processor, "HW_HOST_POST of %u bytes: expected 1 to 65536",
                           descriptor.bytes);
            return false;
        }
        if (!check_packet(processor, descriptor.card_address, descriptor.bytes, "HW_HOST_POST"))
            return false;
    }
    memcpy(posted->data, &descriptor, sizeof descriptor);
    posted->bytes = (uint32_t)sizeof descriptor + descriptor.message_bytes;
    *has_cookie = descriptor.cookie != 0;
    return descriptor.message_bytes == 0 ||
           read_local(processor, descriptor.message, posted->data + sizeof descriptor,
                      descriptor.message_bytes, "HW_HOST_POST, its message");
}

static bool post_host(struct processor *processor, uint32_t address, uint32_t *words)
{
    bool has_cookie;

    if (processor->host_posted.count == processor->host_posted.capacity)
        return false;
    struct posted_descriptor *posted = queue_at(&processor->host_posted, processor->host_posted.count);
    if (!take_host(processor, address, posted, &has_cookie))
        return true;
    if (has_cookie && completions_are_full(processor, "HW_HOST_POST", processor->host_owed, &processor->host_done))
        return true;
    const struct hw_host *descriptor = (const struct hw_host *)posted->data;
    struct frame *frame = descriptor->operation == HW_HOST_WRITE
                              ? processor_frame_at(processor, descriptor->card_address)
                              : NULL;

    if (frame)
        frame_stamp(frame, STAGE_ORDERED, part_now(&processor->part));
    if (descriptor->message_bytes && ((const struct hw_message *)(descriptor + 1))->type == HW_READY)
        processor->stats.heap_ready_bytes = processor->stats.heap_free;
    queue_push(&processor->host_posted);
    processor->host_owed += has_cookie;
    *words = (posted->bytes + 3) / 4;
    host_dma_ring((struct host_dma *)processor->host_dma_part, processor);
    return true;
}

static const char *owner_register_name(uint32_t which)
{
    return which == HW_OWNER ? "HW_OWNER" : which == HW_CLAIM ? "HW_CLAIM" : "HW_RELEASE";
}

/* HW_OWNER, HW_CLAIM and HW_RELEASE. */
static void ask_for_owner(struct processor *processor, uint32_t which, uint32_t address, uint32_t *words)
{
    struct dispatch *dispatch = (struct dispatch *)processor->dispatch_part;
    struct hw_flow flow;

    if (!read_local(processor, address, &flow, sizeof flow, owner_register_name(which)))
        return;
    *words = sizeof flow / 4;
    if (which == HW_OWNER)
        flow.owner = dispatch_flow_owner(dispatch, &flow, processor->number, &flow.hash);
    else if (which == HW_CLAIM)
        flow.owner = dispatch_claim(dispatch, &flow, processor->number);
    else
        dispatch_release(dispatch, &flow, processor->number);
    write_local(processor, address, &flow, sizeof flow, owner_register_name(which));
}

static bool is_ring_consumed(const struct processor *processor, uint32_t offset)
{
    return offset >= HW_RING_CONSUMED && (offset - HW_RING_CONSUMED) % HW_RING_STRIDE == 0 &&
           (offset - HW_RING_CONSUMED) / HW_RING_STRIDE < processor->host_count;
}

bool processor_register(struct processor *processor, const struct core_access *access,
                        uint32_t *value, uint32_t *words)
{
    uint32_t offset = access->address - HW_REGISTERS;

    *value = *words = 0;
    if (access->is_store) {
        switch (offset) {
        case HW_RX_POP:
            pop_rx(processor, access->value, words);
            return true;
        case HW_RX_FREE:
            return free_rx(processor, access->value);
        case HW_TX_POST:
            return post_tx(processor, access->value, words);
        case HW_HOST_POST:
            return post_host(processor, access->value, words);
        case HW_REQUEST_POP:
            pop_request(processor, access->value, words);
            return true;
        case HW_OWNER:
        case HW_CLAIM:
        case HW_RELEASE:
            ask_for_owner(processor, offset, access->value, words);
            return true;
        case HW_HALT:
            processor_stop(processor, "the firmware halted it with code %u (HW_HALT)",
                           access->value);
            return true;
        }
        processor_stop(processor, "store to 0x%08x: no such register", access->address);
        return true;
    }
    if (is_ring_consumed(processor, offset)) {
        *value = processor->ring_consumed[(offset - HW_RING_CONSUMED) / HW_RING_STRIDE];
        return true;
    }
    switch (offset) {
    case HW_PENDING:
        *value = processor_pending(processor, part_now(&processor->part));
        return true;
    case HW_TX_DONE:
        *value = pop_cookie(&processor->tx_done, &processor->tx_owed);
        return true;
    case HW_HOST_DONE:
        *value = pop_cookie(&processor->host_done, &processor->host_owed);
        return true;
    }
    processor_stop(processor, "load from 0x%08x: no such register", access->address);
    return true;
}
