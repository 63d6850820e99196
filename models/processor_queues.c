/* The queues of a processor, as hardware sees them: mailbox, buffers, descriptors. */
#include "models/processor.h"

#include "models/receive_dma.h"

#include <glib.h>
#include <string.h>

static struct queue new_queue(uint64_t capacity, uint32_t entry_bytes)
{
    return (struct queue){.entries = g_malloc0(capacity * entry_bytes),
                          .entry_bytes = entry_bytes,
                          .capacity = (uint32_t)capacity};
}

void processor_queues_init(struct processor *processor)
{
    processor->rx_ready = new_queue(processor->rx_queue, sizeof(struct hw_rx));
    processor->requests = new_queue(processor->request_queue, sizeof(struct hw_message));
    processor->tx_posted = new_queue(processor->tx_queue, sizeof(struct posted_descriptor) + PROCESSOR_TX_BYTES);
    processor->tx_done = new_queue(processor->tx_queue, 4);
    processor->host_posted =
        new_queue(processor->host_queue, sizeof(struct posted_descriptor) + PROCESSOR_HOST_BYTES);
    processor->host_done = new_queue(processor->host_queue, 4);
    processor->rx = g_new0(struct rx_buffer, processor->rx_buffers);
    processor->tx_requested_ps = g_new0(uint64_t, processor->tx_buffers);
}

void processor_queues_free(struct processor *processor)
{
    struct queue *const queues[] = {&processor->rx_ready,    &processor->requests,
                                    &processor->tx_posted,   &processor->tx_done,
                                    &processor->host_posted, &processor->host_done};

    for (unsigned i = 0; i < G_N_ELEMENTS(queues); i++)
        g_clear_pointer(&queues[i]->entries, g_free);
    g_clear_pointer(&processor->rx, g_free);
    g_clear_pointer(&processor->tx_requested_ps, g_free);
}

/* --- Mailbox ------------------------------------------------------------------------------------------ */

static enum bus_status write_rx(struct processor *processor, const struct bus_request *request)
{
    struct hw_rx *entry;

    if (request->bytes != sizeof *entry)
        return BUS_ERROR;
    sim_check(&processor->part, processor->rx_reserved > 0);
    processor->rx_reserved--;
    entry = queue_push(&processor->rx_ready);
    memcpy(entry, request->data, sizeof *entry);
    int index = processor_rx_index(processor, entry->buffer);
    if (entry->flags & HW_RX_LAST)
        frame_stamp(processor->rx[index].frame, STAGE_QUEUED, part_now(&processor->part));
    processor->stats.frames += (entry->flags & HW_RX_LAST) != 0;
    processor->stats.copies += (entry->flags & (HW_RX_LAST | HW_RX_COPY)) == (HW_RX_LAST | HW_RX_COPY);
    processor->stats.forwarded +=
        (entry->flags & (HW_RX_LAST | HW_RX_FORWARDED)) == (HW_RX_LAST | HW_RX_FORWARDED);
    return BUS_OK;
}

static enum bus_status write_queue(struct queue *queue, const struct bus_request *request)
{
    if (request->bytes != queue->entry_bytes || queue->count == queue->capacity)
        return BUS_ERROR;
    memcpy(queue_push(queue), request->data, queue->entry_bytes);
    return BUS_OK;
}

/* Serves the descriptor that is being fetched, from the offset asked for. */
static enum bus_status read_posted(const struct queue *queue, uint64_t offset,
                                   struct bus_request *request)
{
    const struct posted_descriptor *posted = queue_at(queue, 0);

    if (queue->count == 0 || offset + request->bytes > posted->bytes)
        return BUS_ERROR;
    memcpy(request->data, posted->data + offset, request->bytes);
    return BUS_OK;
}

static enum bus_status write_consumed(struct processor *processor, uint64_t offset, const struct bus_request *request)
{
    if (request->bytes != 4 || offset % 4 || offset / 4 >= processor->host_count)
        return BUS_ERROR;
    memcpy(&processor->ring_consumed[offset / 4], request->data, 4);
    return BUS_OK;
}

enum bus_status processor_mailbox_access(void *owner, struct bus_request *request)
{
    struct processor *processor = owner;
    uint64_t offset = request->address - processor->mailbox.base;
    uint64_t page = offset & ~0xfffull;
    enum bus_status status = BUS_ERROR;

    if (request->op == BUS_READ) {
        if (page == PROCESSOR_MAILBOX_TX)
            return read_posted(&processor->tx_posted, offset - page, request);
        if (page == PROCESSOR_MAILBOX_HOST)
            return read_posted(&processor->host_posted, offset - page, request);
        return BUS_ERROR;
    }
    switch (offset) {
    case PROCESSOR_MAILBOX_RX:
        status = write_rx(processor, request);
        break;
    case PROCESSOR_MAILBOX_REQUEST:
        status = write_queue(&processor->requests, request);
        break;
    case PROCESSOR_MAILBOX_TX_DONE:
        status = write_queue(&processor->tx_done, request);
        break;
    case PROCESSOR_MAILBOX_HOST_DONE:
        status = write_queue(&processor->host_done, request);
        break;
    default:
        if (page == PROCESSOR_MAILBOX_CONSUMED)
            status = write_consumed(processor, offset - page, request);
    }
    if (status == BUS_OK)
        processor_source_changed(processor);
    return status;
}

/* --- Buffers ------------------------------------------------------------------------------------------- */

bool processor_in_portion(const struct processor *processor, uint32_t address, uint64_t bytes)
{
    uint64_t offset = (uint64_t)address - processor->portion_base;

    return address >= processor->portion_base && bytes <= processor->portion_bytes &&
           offset <= processor->portion_bytes - bytes;
}

int processor_rx_index(const struct processor *processor, uint32_t address)
{
    uint64_t index = ((uint64_t)address - processor->portion_base) / processor->rx_buffer_bytes;

    return address >= processor->portion_base && index < processor->rx_buffers ? (int)index : -1;
}

uint32_t processor_rx_buffer_bytes(const struct processor *processor)
{
    return (uint32_t)processor->rx_buffer_bytes;
}

unsigned processor_rx_buffers(const struct processor *processor)
{
    return (unsigned)processor->rx_buffers;
}

unsigned processor_rx_places(const struct processor *processor)
{
    return (unsigned)processor->rx_queue;
}

bool processor_rx_reserve(struct processor *processor, unsigned descriptors)
{
    if (processor->rx_ready.count + processor->rx_reserved + descriptors >
        processor->rx_ready.capacity)
        return false;
    processor->rx_reserved += descriptors;
    return true;
}

/* In a buffer that holds the frame from that offset on. */
static uint32_t payload_in_buffer(const struct frame *frame, uint32_t frame_offset)
{
    if (!frame->payload_offset)
        return UINT32_MAX;
    if (frame_offset == 0)
        return HW_RX_OFFSET + frame->payload_offset;
    return frame->payload_offset > frame_offset ? frame->payload_offset - frame_offset : 0;
}

void processor_rx_fill(struct processor *processor, uint32_t address, struct frame *frame, uint32_t frame_offset)
{
    int index = processor_rx_index(processor, address);

    /* No frame is ever at an address outside the processor's portion. */
    sim_check(&processor->part, index >= 0 && processor->rx[index].of_hardware &&
                                    processor->rx[index].frame == NULL);
    processor->stats.portion_checks++;
    processor->rx[index].frame = frame;
    processor->rx[index].payload_from = payload_in_buffer(frame, frame_offset);
    frame_hold(frame);
}

void processor_rx_restart(struct processor *processor, unsigned free_buffers)
{
    processor->stats.rx_lowest_free = free_buffers;
}

void processor_rx_unreserve(struct processor *processor, unsigned descriptors)
{
    sim_check(&processor->part, processor->rx_reserved >= descriptors);
    processor->rx_reserved -= descriptors;
}

void processor_rx_empty(struct processor *processor, uint32_t address)
{
    int index = processor_rx_index(processor, address);
    struct frame *frame = processor->rx[index].frame;

    sim_check(&processor->part, processor->rx[index].of_hardware && frame);
    processor->rx[index].frame = NULL;
    frame_release(frame);
}

void processor_rx_lowest(struct processor *processor, unsigned free_buffers)
{
    if (free_buffers < processor->stats.rx_lowest_free)
        processor->stats.rx_lowest_free = free_buffers;
}

struct frame *processor_frame_at(const struct processor *processor, uint32_t address)
{
    int index = processor_rx_index(processor, address);

    return index < 0 ? NULL : processor->rx[index].frame;
}

static int tx_index(const struct processor *processor, uint32_t address)
{
    uint64_t start = processor->portion_base + processor->rx_buffers * processor->rx_buffer_bytes;
    uint64_t index = (address - start) / processor->tx_buffer_bytes;

    return address >= start && index < processor->tx_buffers ? (int)index : -1;
}

bool processor_is_payload(const struct processor *processor, uint32_t address, uint32_t bytes)
{
    int index = processor_rx_index(processor, address);

    if (index < 0)
        return tx_index(processor, address) >= 0;
    const struct rx_buffer *buffer = &processor->rx[index];
    uint32_t offset = (address - processor->portion_base) % (uint32_t)processor->rx_buffer_bytes;

    return buffer->frame && buffer->payload_from != UINT32_MAX && offset + bytes > buffer->payload_from;
}

void processor_set_requested(struct processor *processor, uint32_t address, unsigned host, uint64_t host_address)
{
    int index = tx_index(processor, address);

    if (index >= 0)
        processor->tx_requested_ps[index] = host_requested_ps(processor->hosts[host], host_address);
}

uint64_t processor_take_requested(struct processor *processor, uint32_t address)
{
    int index = tx_index(processor, address);
    uint64_t requested_ps = index < 0 ? 0 : processor->tx_requested_ps[index];

    if (requested_ps)
        processor->tx_requested_ps[index] = 0;
    return requested_ps;
}

/* --- Descriptors ---------------------------------------------------------------------------------------- */

uint32_t processor_tx_front(const struct processor *processor)
{
    return ((const struct posted_descriptor *)queue_at(&processor->tx_posted, 0))->bytes;
}

unsigned processor_tx_count(const struct processor *processor)
{
    return processor->tx_posted.count;
}

void processor_tx_taken(struct processor *processor)
{
    queue_pop(&processor->tx_posted);
    processor_room(processor);
}

uint32_t processor_host_front(const struct processor *processor)
{
    return ((const struct posted_descriptor *)queue_at(&processor->host_posted, 0))->bytes;
}

unsigned processor_host_count(const struct processor *processor)
{
    return processor->host_posted.count;
}

void processor_host_taken(struct processor *processor)
{
    queue_pop(&processor->host_posted);
    processor_room(processor);
}

struct bridge *processor_bridge(const struct processor *processor, unsigned host)
{
    return host_bridge(processor->hosts[host]);
}

uint64_t processor_message_address(const struct processor *processor, unsigned host, uint32_t sequence)
{
    const struct host_ring *ring = &processor->rings[host];

    return ring->message_base + (uint64_t)((sequence - 1) % ring->slots) * sizeof(struct hw_message);
}

void processor_expect(struct processor *processor, unsigned host, uint32_t sequence, struct frame *frame)
{
    host_expect(processor->hosts[host], processor->number, sequence, frame);
}
