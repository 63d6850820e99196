#include "models/bridge_inside.h"

#include <string.h>

#define NOWHERE (1ull << 63) /* no part's addresses are up there */

/* On one bus an engine's writes could reach registers, which a firmware that goes astray must not. */
static uint64_t direct_address(const struct bridge *bridge, uint64_t host_address)
{
    const struct bus_target *target = bus_target_at(bridge->host_bus, host_address);

    return target && !target->is_registers ? host_address : NOWHERE + host_address % BUS_MAX_BURST_BYTES;
}

uint64_t bridge_window(const struct bridge *bridge, uint64_t host_address)
{
    if (bridge_is_direct(bridge))
        return direct_address(bridge, host_address);
    /* No memory is up there: a burst within the window, which the host bus refuses, so that what
     * was reserved for it is given back. */
    if (host_address >= BRIDGE_WINDOW_BYTES - 2 * BUS_MAX_BURST_BYTES)
        host_address = BRIDGE_WINDOW_BYTES - 2 * BUS_MAX_BURST_BYTES + host_address % BUS_MAX_BURST_BYTES;
    return bridge->window_base + host_address;
}

uint64_t bridge_doorbell_address(const struct bridge *bridge)
{
    return bridge->doorbell_base + BRIDGE_DOORBELL;
}

uint64_t bridge_consumed_address(const struct bridge *bridge, unsigned ring)
{
    return bridge->doorbell_base + BRIDGE_CONSUMED + (uint64_t)BRIDGE_CONSUMED_BYTES * ring;
}

bool bridge_add_ring(struct bridge *bridge, unsigned ring)
{
    if (ring >= BRIDGE_RINGS)
        return false;
    bridge->ring[ring] = true;
    return true;
}

int bridge_next_ring(const struct bridge *bridge, unsigned from)
{
    for (unsigned ring = from; ring < BRIDGE_RINGS; ring++)
        if (bridge->ring[ring])
            return (int)ring;
    return -1;
}

/* --- Room in the FIFO, and the end of writes ------------------------------------------------- */

static bool fits(const struct bridge *bridge, uint32_t bytes)
{
    return bridge->reserved_bytes + bridge->held_bytes + bytes <= bridge->fifo_bytes;
}

bool bridge_room(struct bridge *bridge, uint32_t bytes, void (*room)(void *owner), void *owner)
{
    struct waiter *waiter;

    sim_check(&bridge->part, bytes >= 1 && bytes <= bridge->fifo_bytes);
    if (bridge_is_direct(bridge)) /* who writes waits for the bus itself */
        return true;
    /* Who was refused first goes first. */
    if (fits(bridge, bytes) && (bridge->calling_waiter || g_queue_is_empty(&bridge->waiters))) {
        bridge->reserved_bytes += bytes;
        if (bridge->reserved_bytes + bridge->held_bytes > bridge->stats.fifo_max_bytes)
            bridge->stats.fifo_max_bytes = bridge->reserved_bytes + bridge->held_bytes;
        return true;
    }
    waiter = g_new(struct waiter, 1);
    *waiter = (struct waiter){bytes, room, owner};
    g_queue_push_tail(&bridge->waiters, waiter);
    return false;
}

static void call_waiters(struct bridge *bridge)
{
    const struct waiter *head;

    while ((head = g_queue_peek_head(&bridge->waiters)) && fits(bridge, head->bytes)) {
        struct waiter *waiter = g_queue_pop_head(&bridge->waiters);

        bridge->calling_waiter = true;
        waiter->room(waiter->owner);
        bridge->calling_waiter = false;
        g_free(waiter);
    }
}

void bridge_when_written(struct bridge *bridge, void (*written)(void *owner), void *owner)
{
    struct marker *marker;

    if (bridge->written == bridge->entered) {
        written(owner);
        return;
    }
    marker = g_new(struct marker, 1);
    *marker = (struct marker){bridge->entered, written, owner};
    g_queue_push_tail(&bridge->markers, marker);
}

static void call_markers(struct bridge *bridge)
{
    const struct marker *head;

    while ((head = g_queue_peek_head(&bridge->markers)) && head->after <= bridge->written) {
        struct marker *marker = g_queue_pop_head(&bridge->markers);

        marker->written(marker->owner);
        g_free(marker);
    }
}

/* --- Card to host: posted writes ------------------------------------------------------------- */

static void write_done(struct bus_request *request)
{
    struct outgoing *outgoing = request->owner;
    struct bridge *bridge = outgoing->bridge;

    if (request->status != BUS_OK)
        bridge->stats.lost_writes++;
    bridge->written++;
    bridge->held_bytes -= request->bytes;
    if (bridge->link == BRIDGE_PCIE) {
        bridge->express.posted_bytes -= request->bytes;
        bridge_pcie_send(bridge);
    }
    outgoing->next = bridge->spare;
    bridge->spare = outgoing;
    call_markers(bridge);
    call_waiters(bridge);
}

static struct outgoing *outgoing_new(struct bridge *bridge)
{
    struct outgoing *outgoing = bridge->spare;

    if (outgoing) {
        bridge->spare = outgoing->next;
    } else {
        outgoing = g_malloc(sizeof *outgoing + bridge->host_bus->burst_bytes);
        g_ptr_array_add(bridge->allocated, outgoing);
    }
    outgoing->next = NULL;
    outgoing->bridge = bridge;
    outgoing->read = NULL;
    return outgoing;
}

void bridge_leave(struct bridge *bridge, struct outgoing *outgoing)
{
    if (bridge->first)
        bridge->last->next = outgoing;
    else
        bridge->first = outgoing;
    bridge->last = outgoing;
    if (!event_pending(&bridge->leave))
        event_at(&bridge->leave, bridge->first->due_ps);
}

static void outgoing_enter(struct bridge *bridge, struct outgoing *outgoing)
{
    outgoing->number = bridge->entering++;
    if (bridge->link == BRIDGE_PCIE) {
        bridge_pcie_enter(bridge, outgoing);
        return;
    }
    outgoing->due_ps = part_now(&bridge->part) + bridge->latency_ps;
    bridge_leave(bridge, outgoing);
}

enum bus_status bridge_window_access(void *owner, struct bus_request *request)
{
    struct bridge *bridge = owner;
    uint64_t host_address = request->address - bridge->window_base;
    const uint8_t *data = request->data;
    const uint32_t burst = (uint32_t)bridge->host_bus->burst_bytes;

    if (request->op != BUS_WRITE) {
        bridge->stats.refused++;
        return BUS_ERROR;
    }
    if (bridge->reserved_bytes >= request->bytes) {
        bridge->reserved_bytes -= request->bytes;
    } else if (!fits(bridge, request->bytes)) {
        bridge->stats.refused++;
        return BUS_ERROR;
    }
    bridge->held_bytes += request->bytes;
    if (bridge->held_bytes + bridge->reserved_bytes > bridge->stats.fifo_max_bytes)
        bridge->stats.fifo_max_bytes = bridge->held_bytes + bridge->reserved_bytes;
    bridge->stats.writes++;
    bridge->stats.written_bytes += request->bytes;
    for (uint32_t at = 0; at < request->bytes;) {
        struct outgoing *outgoing = outgoing_new(bridge);
        uint32_t bytes = MIN(burst, request->bytes - at);

        if (bridge->link == BRIDGE_PCIE)
            bytes = pcie_request_bytes(host_address + at, bytes, (uint32_t)bridge->pcie.mps);
        memcpy(outgoing->data, data + at, bytes);
        outgoing->request = (struct bus_request){.op = BUS_WRITE,
                                                 .address = host_address + at,
                                                 .bytes = bytes,
                                                 .data = outgoing->data,
                                                 .done = write_done,
                                                 .owner = outgoing};
        bridge->entered++;
        outgoing_enter(bridge, outgoing);
        at += bytes;
    }
    return BUS_OK;
}

/* --- Reads of host memory -------------------------------------------------------------------- */

static void start_pieces(struct bridge *bridge);

static void piece_written(struct bus_request *request)
{
    struct piece *piece = request->owner;
    struct bridge *bridge = piece->bridge;
    struct bridge_read_request *read = piece->read;

    if (request->status != BUS_OK)
        read->failed = true;
    read->written_bytes += request->bytes;
    piece->next = bridge->free_pieces;
    bridge->free_pieces = piece;
    if (read->written_bytes == read->bytes) {
        bridge->stats.failed_reads += read->failed;
        read->done(read);
    }
    start_pieces(bridge);
}

static void back_event(void *owner)
{
    struct bridge *bridge = owner;

    while (bridge->first_back && bridge->first_back->due_ps <= part_now(&bridge->part)) {
        struct piece *piece = bridge->first_back;

        bridge->first_back = piece->next;
        if (bridge->link == BRIDGE_PCIE)
            bridge_pcie_arrived(bridge, piece);
        piece->request = (struct bus_request){.op = BUS_WRITE,
                                              .address = piece->read->card_address + piece->offset,
                                              .bytes = piece->request.bytes,
                                              .data = piece->data,
                                              .done = piece_written,
                                              .owner = piece};
        bus_ask(&bridge->card, &piece->request);
    }
    if (bridge->first_back)
        event_at(&bridge->back, bridge->first_back->due_ps);
}

void bridge_come_back(struct bridge *bridge, struct piece *piece)
{
    piece->next = NULL;
    if (bridge->first_back)
        bridge->last_back->next = piece;
    else
        bridge->first_back = piece;
    bridge->last_back = piece;
    if (!event_pending(&bridge->back))
        event_at(&bridge->back, bridge->first_back->due_ps);
}

static void piece_read(struct bus_request *request)
{
    struct piece *piece = request->owner;
    struct bridge *bridge = piece->bridge;

    bridge->stats.read_bytes += request->bytes;
    if (request->status != BUS_OK) {
        piece->read->failed = true;
        memset(piece->data, 0xff, request->bytes); /* as a bus that nobody drives */
    }
    if (bridge->link == BRIDGE_PCIE) {
        bridge_pcie_read(bridge, piece);
        return;
    }
    piece->due_ps = part_now(&bridge->part) + bridge->latency_ps;
    bridge_come_back(bridge, piece);
}

/* Of what the host's side was asked for, the next burst: within one completion. */
static uint32_t next_piece(const struct bridge *bridge, struct outgoing *asked)
{
    uint32_t bytes = MIN(bridge->piece_bytes, asked->bytes - asked->asked);

    if (bridge->link != BRIDGE_PCIE)
        return bytes;
    if (!asked->completion_left)
        asked->completion_left =
            pcie_completion_bytes(asked->read->host_address + asked->offset + asked->asked, asked->bytes - asked->asked,
                                  (uint32_t)bridge->pcie.mps, (uint32_t)bridge->rcb);
    return MIN(bytes, asked->completion_left);
}

/* Asks for bursts of the oldest read on the host bus, as many as may be under way. */
static void start_pieces(struct bridge *bridge)
{
    while (bridge->first_read && bridge->free_pieces) {
        struct outgoing *asked = bridge->first_read;
        struct bridge_read_request *read = asked->read;
        struct piece *piece = bridge->free_pieces;
        uint32_t bytes = next_piece(bridge, asked);

        bridge->free_pieces = piece->next;
        piece->read = read;
        piece->offset = asked->offset + asked->asked;
        piece->request = (struct bus_request){.op = BUS_READ,
                                              .address = read->host_address + piece->offset,
                                              .bytes = bytes,
                                              .data = piece->data,
                                              .done = piece_read,
                                              .owner = piece};
        if (bridge->link == BRIDGE_PCIE) {
            if (!asked->completion_sum)
                asked->completion_sum = asked->completion_left;
            asked->completion_left -= bytes;
            piece->completion_bytes = asked->completion_left ? 0 : asked->completion_sum;
            if (!asked->completion_left)
                asked->completion_sum = 0;
        }
        asked->asked += bytes;
        piece->ends_request = asked->asked == asked->bytes;
        if (piece->ends_request) {
            bridge->first_read = asked->next;
            asked->next = bridge->spare;
            bridge->spare = asked;
        }
        bus_ask(&bridge->host, &piece->request);
    }
}

void bridge_read(struct bridge *bridge, struct bridge_read_request *request)
{
    sim_check(&bridge->part, request->bytes >= 1 && request->bytes <= 65536);
    request->written_bytes = 0;
    request->failed = false;
    bridge->stats.reads++;
    for (uint32_t at = 0; at < request->bytes;) {
        struct outgoing *outgoing = outgoing_new(bridge);

        outgoing->read = request;
        outgoing->offset = at;
        outgoing->bytes = request->bytes - at;
        if (bridge->link == BRIDGE_PCIE)
            outgoing->bytes = pcie_request_bytes(request->host_address + at, outgoing->bytes, (uint32_t)bridge->mrrs);
        outgoing->asked = outgoing->completion_left = outgoing->completion_sum = 0;
        at += outgoing->bytes;
        outgoing_enter(bridge, outgoing);
    }
}

/* Writes and the starts of reads leave in one order, and the host bus serves a master's requests in
 * order: so no read passes a write before it. */
static void leave_event(void *owner)
{
    struct bridge *bridge = owner;

    while (bridge->first && bridge->first->due_ps <= part_now(&bridge->part)) {
        struct outgoing *outgoing = bridge->first;

        bridge->first = outgoing->next;
        if (!outgoing->read) {
            bus_ask(&bridge->host, &outgoing->request);
            continue;
        }
        if (bridge->first_read)
            bridge->last_read->next = outgoing;
        else
            bridge->first_read = outgoing;
        bridge->last_read = outgoing;
        outgoing->next = NULL;
        start_pieces(bridge);
    }
    if (bridge->first)
        event_at(&bridge->leave, bridge->first->due_ps);
}

/* --- Who is there ------------------------------------------------------------------------------ */

void bridge_set_dispatch(struct bridge *bridge, void *owner,
                         bool (*accept)(void *owner, const struct hw_message *request,
                                        uint64_t posted_ps))
{
    bridge->dispatch = owner;
    bridge->accept = accept;
}

bool bridge_set_driver(struct bridge *bridge, void *owner, unsigned host,
                       void (*message)(void *owner, unsigned ring, uint32_t sequence))
{
    if (bridge->message)
        return false;
    bridge->driver = owner;
    bridge->host_number = host;
    bridge->message = message;
    return true;
}

unsigned bridge_host(const struct bridge *bridge)
{
    return bridge->host_number;
}

const struct bus *bridge_host_bus(const struct bridge *bridge)
{
    return bridge->host_bus;
}

void bridge_tell_driver(struct bridge *bridge, unsigned ring, uint32_t sequence)
{
    bridge->stats.messages++;
    if (bridge->message)
        bridge->message(bridge->driver, ring, sequence);
}

void bridge_events_init(struct bridge *bridge)
{
    event_init(&bridge->leave, &bridge->part, bridge, "leave", leave_event);
    event_init(&bridge->back, &bridge->part, bridge, "data of a read", back_event);
}
