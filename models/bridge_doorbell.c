/* bridge_doorbell.c - from the host to the card: requests of the doorbell, and consumed counts. */
#include "models/bridge_inside.h"
#include "models/mailbox.h"

#include <string.h>

uint64_t bridge_requests_waiting(const struct bridge *bridge)
{
    return bridge->request_tail - bridge->request_head;
}

uint64_t bridge_request_room(const struct bridge *bridge)
{
    return bridge->request_count - bridge_requests_waiting(bridge);
}

void bridge_when_request_taken(struct bridge *bridge, void (*taken)(void *owner), void *owner)
{
    bridge->taken = taken;
    bridge->taken_owner = owner;
}

uint64_t bridge_down_ps(struct bridge *bridge, uint32_t bytes)
{
    uint64_t now_ps = part_now(&bridge->part);

    if (bridge->link == BRIDGE_PCIE)
        now_ps = pcie_send(&bridge->express.down, now_ps, PCIE_REQUEST_BYTES + bytes);
    return now_ps + bridge->latency_ps;
}

static struct doorbell_request *request_at(struct bridge *bridge, uint64_t number)
{
    return &bridge->requests[number % bridge->request_count];
}

/* Offers the requests that are due to the dispatch until it refuses one. */
static void offer_requests(void *owner)
{
    struct bridge *bridge = owner;

    while (bridge->request_head != bridge->request_tail && !bridge->dispatch_waits) {
        const struct doorbell_request *request = request_at(bridge, bridge->request_head);
        void (*taken)(void *owner) = bridge->taken;

        if (request->due_ps > part_now(&bridge->part)) {
            event_at(&bridge->request_due, request->due_ps);
            return;
        }
        if (!bridge->accept ||
            !bridge->accept(bridge->dispatch, &request->message, request->posted_ps)) {
            bridge->dispatch_waits = true;
            return;
        }
        bridge->request_head++;
        bridge->taken = NULL;
        if (taken)
            taken(bridge->taken_owner);
    }
}

void bridge_request_ready(struct bridge *bridge)
{
    bridge->dispatch_waits = false;
    offer_requests(bridge);
}

static void consumed_done(struct bus_request *request)
{
    struct consumed *consumed = request->owner;
    struct bridge *bridge = consumed->bridge;

    if (request->status != BUS_OK)
        bridge->stats.consumed_lost++;
    consumed->next = bridge->spare_consumed;
    bridge->spare_consumed = consumed;
}

static void consumed_event(void *owner)
{
    struct bridge *bridge = owner;

    while (bridge->first_consumed && bridge->first_consumed->due_ps <= part_now(&bridge->part)) {
        struct consumed *consumed = bridge->first_consumed;

        bridge->first_consumed = consumed->next;
        bus_ask(&bridge->card, &consumed->request);
    }
    if (bridge->first_consumed)
        event_at(&bridge->consumed_due, bridge->first_consumed->due_ps);
}

static void take_consumed(struct bridge *bridge, unsigned ring, uint32_t count)
{
    struct consumed *consumed = bridge->spare_consumed;

    if (consumed) {
        bridge->spare_consumed = consumed->next;
    } else {
        consumed = g_new(struct consumed, 1);
        g_ptr_array_add(bridge->allocated, consumed);
    }
    *consumed = (struct consumed){
        .bridge = bridge, .due_ps = bridge_down_ps(bridge, BRIDGE_CONSUMED_BYTES), .count = count};
    consumed->request =
        (struct bus_request){.op = BUS_WRITE,
                             .address = PROCESSOR_MAILBOX(ring) + PROCESSOR_MAILBOX_CONSUMED +
                                        BRIDGE_CONSUMED_BYTES * bridge->host_number,
                             .bytes = BRIDGE_CONSUMED_BYTES,
                             .data = &consumed->count,
                             .done = consumed_done,
                             .owner = consumed};
    bridge->stats.consumed++;
    if (bridge->first_consumed)
        bridge->last_consumed->next = consumed;
    else
        bridge->first_consumed = consumed;
    bridge->last_consumed = consumed;
    if (!event_pending(&bridge->consumed_due))
        event_at(&bridge->consumed_due, bridge->first_consumed->due_ps);
}

enum bus_status bridge_doorbell_access(void *owner, struct bus_request *request)
{
    struct bridge *bridge = owner;
    uint64_t offset = request->address - bridge->doorbell_base;
    struct doorbell_request *entry;
    uint32_t count;

    if (request->op == BUS_WRITE && offset == BRIDGE_DOORBELL && request->bytes == BRIDGE_REQUEST_BYTES &&
        bridge_request_room(bridge) > 0) {
        entry = request_at(bridge, bridge->request_tail++);
        memcpy(&entry->message, request->data, BRIDGE_REQUEST_BYTES);
        entry->posted_ps = part_now(&bridge->part);
        entry->due_ps = bridge_down_ps(bridge, BRIDGE_REQUEST_BYTES);
        bridge->stats.requests++;
        if (bridge_requests_waiting(bridge) > bridge->stats.requests_max)
            bridge->stats.requests_max = bridge_requests_waiting(bridge);
        if (!bridge->dispatch_waits && !event_pending(&bridge->request_due))
            event_at(&bridge->request_due, entry->due_ps);
        return BUS_OK;
    }
    if (request->op == BUS_WRITE && offset >= BRIDGE_CONSUMED &&
        offset < BRIDGE_CONSUMED + BRIDGE_CONSUMED_BYTES * BRIDGE_RINGS && offset % BRIDGE_CONSUMED_BYTES == 0 &&
        request->bytes == BRIDGE_CONSUMED_BYTES) {
        memcpy(&count, request->data, sizeof count);
        take_consumed(bridge, (unsigned)(offset - BRIDGE_CONSUMED) / BRIDGE_CONSUMED_BYTES, count);
        return BUS_OK;
    }
    bridge->stats.refused++;
    return BUS_ERROR;
}

void bridge_doorbell_init(struct bridge *bridge)
{
    event_init(&bridge->request_due, &bridge->part, bridge, "request", offer_requests);
    event_init(&bridge->consumed_due, &bridge->part, bridge, "consumed count", consumed_event);
}
