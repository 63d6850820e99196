#include "models/bridge.h"

#include "models/mailbox.h"

#include <glib.h>
#include <string.h>

enum { REQUEST_BYTES = sizeof(struct hw_message), CONSUMED_BYTES = 4 };

#define WINDOW_BYTES (1ull << 47)
#define NOWHERE      (1ull << 63) /* no part's addresses are up there */

/* What goes from the card to the host bus, in order: a piece of a posted write, or the start of a
 * read. */
struct outgoing {
    struct outgoing *next;
    struct bridge *bridge;
    uint64_t due_ps;
    struct bridge_read_request *read; /* NULL: a write */
    struct bus_request request;
    uint8_t data[]; /* burst of the host bus */
};

/* A burst of a read: from the host bus to the card's. */
struct piece {
    struct piece *next;
    struct bridge *bridge;
    struct bridge_read_request *read;
    uint64_t due_ps; /* when it may be asked for on the card's bus */
    struct bus_request request;
    uint32_t offset;
    uint8_t *data;
};

struct waiter { /* for room in the FIFO */
    uint32_t bytes;
    void (*room)(void *owner);
    void *owner;
};

struct marker {     /* for the end of writes */
    uint64_t after; /* so many writes have entered */
    void (*written)(void *owner);
    void *owner;
};

struct doorbell_request {
    struct hw_message message;
    uint64_t posted_ps;
};

struct consumed { /* a ring's consumed count on its way to its processor */
    struct consumed *next;
    struct bridge *bridge;
    struct bus_request request;
    uint64_t due_ps;
    uint32_t count;
};

struct bridge {
    struct part part;
    /* parameters */
    struct part *card_part, *host_part;
    uint64_t latency_ps, fifo_bytes, request_count, reads, window_base, doorbell_base;
    char *chip;
    /* state */
    struct bus *card_bus, *host_bus;
    struct bus_target window, doorbell;
    struct bus_master card, host;
    uint32_t piece_bytes;
    uint64_t reserved_bytes, held_bytes; /* of the FIFO */
    uint64_t entered, written;           /* pieces of writes so far */
    struct outgoing *first, *last, *spare;
    struct event leave; /* of the first outgoing */
    struct bridge_read_request *first_read, *last_read;
    struct piece *pieces, *free_pieces, *first_back, *last_back;
    uint8_t *piece_data;
    struct event back; /* of the first piece on its way back */
    GQueue waiters, markers;
    GPtrArray *allocated; /* every outgoing and consumed, wherever it is */
    bool calling_waiter;
    struct doorbell_request *requests; /* a ring */
    uint64_t request_head, request_tail;
    struct event request_due;
    bool dispatch_waits;
    struct consumed *first_consumed, *last_consumed, *spare_consumed;
    struct event consumed_due;
    bool ring[BRIDGE_RINGS];
    /* who is there */
    void *dispatch, *driver, *taken_owner;
    unsigned host_number;
    bool (*accept)(void *owner, const struct hw_message *request, uint64_t posted_ps);
    void (*message)(void *owner, unsigned ring, uint32_t sequence);
    void (*taken)(void *owner);
    struct {
        uint64_t writes, written_bytes, lost_writes, fifo_max_bytes, refused, reads, read_bytes,
            failed_reads, requests, requests_max, consumed, consumed_lost, messages;
    } stats;
};

static bool is_direct(const struct bridge *bridge)
{
    return bridge->card_bus == bridge->host_bus;
}

/* On one bus an engine's writes could reach registers, which a firmware that goes astray must not. */
static uint64_t direct_address(const struct bridge *bridge, uint64_t host_address)
{
    const struct bus_target *target = bus_target_at(bridge->host_bus, host_address);

    return target && !target->is_registers ? host_address : NOWHERE + host_address % BUS_MAX_BURST_BYTES;
}

uint64_t bridge_window(const struct bridge *bridge, uint64_t host_address)
{
    if (is_direct(bridge))
        return direct_address(bridge, host_address);
    /* No memory is up there: a burst within the window, which the host bus refuses, so that what
     * was reserved for it is given back. */
    if (host_address >= WINDOW_BYTES - 2 * BUS_MAX_BURST_BYTES)
        host_address = WINDOW_BYTES - 2 * BUS_MAX_BURST_BYTES + host_address % BUS_MAX_BURST_BYTES;
    return bridge->window_base + host_address;
}

uint64_t bridge_doorbell_address(const struct bridge *bridge)
{
    return bridge->doorbell_base + BRIDGE_DOORBELL;
}

uint64_t bridge_consumed_address(const struct bridge *bridge, unsigned ring)
{
    return bridge->doorbell_base + BRIDGE_CONSUMED + (uint64_t)CONSUMED_BYTES * ring;
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
    if (is_direct(bridge)) /* who writes waits for the bus itself */
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
    outgoing->due_ps = part_now(&bridge->part) + bridge->latency_ps;
    outgoing->read = NULL;
    return outgoing;
}

static void outgoing_enter(struct bridge *bridge, struct outgoing *outgoing)
{
    if (bridge->first)
        bridge->last->next = outgoing;
    else
        bridge->first = outgoing;
    bridge->last = outgoing;
    if (!event_pending(&bridge->leave))
        event_at(&bridge->leave, bridge->first->due_ps);
}

static enum bus_status window_access(void *owner, struct bus_request *request)
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

static void piece_read(struct bus_request *request)
{
    struct piece *piece = request->owner;
    struct bridge *bridge = piece->bridge;

    bridge->stats.read_bytes += request->bytes;
    if (request->status != BUS_OK) {
        piece->read->failed = true;
        memset(piece->data, 0xff, request->bytes); /* as a bus that nobody drives */
    }
    piece->due_ps = part_now(&bridge->part) + bridge->latency_ps;
    piece->next = NULL;
    if (bridge->first_back)
        bridge->last_back->next = piece;
    else
        bridge->first_back = piece;
    bridge->last_back = piece;
    if (!event_pending(&bridge->back))
        event_at(&bridge->back, bridge->first_back->due_ps);
}

/* Asks for bursts of the oldest read on the host bus, as many as may be under way. */
static void start_pieces(struct bridge *bridge)
{
    while (bridge->first_read && bridge->free_pieces) {
        struct bridge_read_request *read = bridge->first_read;
        struct piece *piece = bridge->free_pieces;
        uint32_t bytes = MIN(bridge->piece_bytes, read->bytes - read->read_bytes);

        bridge->free_pieces = piece->next;
        piece->read = read;
        piece->offset = read->read_bytes;
        piece->request = (struct bus_request){.op = BUS_READ,
                                              .address = read->host_address + read->read_bytes,
                                              .bytes = bytes,
                                              .data = piece->data,
                                              .done = piece_read,
                                              .owner = piece};
        read->read_bytes += bytes;
        if (read->read_bytes == read->bytes)
            bridge->first_read = read->next;
        bus_ask(&bridge->host, &piece->request);
    }
}

void bridge_read(struct bridge *bridge, struct bridge_read_request *request)
{
    struct outgoing *outgoing = outgoing_new(bridge);

    sim_check(&bridge->part, request->bytes >= 1 && request->bytes <= 65536);
    request->read_bytes = request->written_bytes = 0;
    request->failed = false;
    request->next = NULL;
    bridge->stats.reads++;
    outgoing->read = request;
    outgoing_enter(bridge, outgoing);
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
            bridge->last_read->next = outgoing->read;
        else
            bridge->first_read = outgoing->read;
        bridge->last_read = outgoing->read;
        outgoing->next = bridge->spare;
        bridge->spare = outgoing;
        start_pieces(bridge);
    }
    if (bridge->first)
        event_at(&bridge->leave, bridge->first->due_ps);
}

/* --- Host to card: requests and consumed counts ---------------------------------------------- */

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

        if (request->posted_ps + bridge->latency_ps > part_now(&bridge->part)) {
            event_at(&bridge->request_due, request->posted_ps + bridge->latency_ps);
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
        .bridge = bridge, .due_ps = part_now(&bridge->part) + bridge->latency_ps, .count = count};
    consumed->request =
        (struct bus_request){.op = BUS_WRITE,
                             .address = PROCESSOR_MAILBOX(ring) + PROCESSOR_MAILBOX_CONSUMED +
                                        CONSUMED_BYTES * bridge->host_number,
                             .bytes = CONSUMED_BYTES,
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

static enum bus_status doorbell_access(void *owner, struct bus_request *request)
{
    struct bridge *bridge = owner;
    uint64_t offset = request->address - bridge->doorbell_base;
    struct doorbell_request *entry;
    uint32_t count;

    if (request->op == BUS_WRITE && offset == BRIDGE_DOORBELL && request->bytes == REQUEST_BYTES &&
        bridge_request_room(bridge) > 0) {
        entry = request_at(bridge, bridge->request_tail++);
        memcpy(&entry->message, request->data, REQUEST_BYTES);
        entry->posted_ps = part_now(&bridge->part);
        bridge->stats.requests++;
        if (bridge_requests_waiting(bridge) > bridge->stats.requests_max)
            bridge->stats.requests_max = bridge_requests_waiting(bridge);
        if (!bridge->dispatch_waits && !event_pending(&bridge->request_due))
            event_in(&bridge->request_due, bridge->latency_ps);
        return BUS_OK;
    }
    if (request->op == BUS_WRITE && offset >= BRIDGE_CONSUMED &&
        offset < BRIDGE_CONSUMED + CONSUMED_BYTES * BRIDGE_RINGS && offset % CONSUMED_BYTES == 0 &&
        request->bytes == CONSUMED_BYTES) {
        memcpy(&count, request->data, sizeof count);
        take_consumed(bridge, (unsigned)(offset - BRIDGE_CONSUMED) / CONSUMED_BYTES, count);
        return BUS_OK;
    }
    bridge->stats.refused++;
    return BUS_ERROR;
}

/* --- Wiring ---------------------------------------------------------------------------------- */

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

static void bridge_init(struct part *part, struct diagnostics *diagnostics)
{
    struct bridge *bridge = (struct bridge *)part;

    bridge->card_bus = (struct bus *)bridge->card_part;
    bridge->host_bus = (struct bus *)bridge->host_part;
    if (bridge->fifo_bytes < bridge->card_bus->burst_bytes)
        part_error(part, diagnostics, "fifo",
                   "%llu bytes hold no burst of bus %s (%llu bytes): expected at least that",
                   (unsigned long long)bridge->fifo_bytes, bridge->card_bus->part.name,
                   (unsigned long long)bridge->card_bus->burst_bytes);
    bridge->piece_bytes =
        (uint32_t)MIN(bridge->card_bus->burst_bytes, bridge->host_bus->burst_bytes);
    bridge->requests = g_new0(struct doorbell_request, bridge->request_count);
    bridge->pieces = g_new0(struct piece, bridge->reads);
    bridge->piece_data = g_malloc(bridge->reads * bridge->piece_bytes);
    for (uint64_t i = bridge->reads; i-- > 0;) {
        bridge->pieces[i] = (struct piece){.next = bridge->free_pieces,
                                           .bridge = bridge,
                                           .data = bridge->piece_data + i * bridge->piece_bytes};
        bridge->free_pieces = &bridge->pieces[i];
    }
    bridge->allocated = g_ptr_array_new_with_free_func(g_free);
    g_queue_init(&bridge->waiters);
    g_queue_init(&bridge->markers);
}

static void bridge_wire(struct part *part, struct diagnostics *diagnostics)
{
    struct bridge *bridge = (struct bridge *)part;

    event_init(&bridge->leave, part, bridge, "leave", leave_event);
    event_init(&bridge->back, part, bridge, "data of a read", back_event);
    event_init(&bridge->request_due, part, bridge, "request", offer_requests);
    event_init(&bridge->consumed_due, part, bridge, "consumed count", consumed_event);
    bus_attach(bridge->card_bus, &bridge->card, part, NULL);
    bus_attach(bridge->host_bus, &bridge->host, part, NULL);
    bridge->window = (struct bus_target){.base = bridge->window_base,
                                         .bytes = WINDOW_BYTES,
                                         .part = part,
                                         .owner = bridge,
                                         .waits = bus_no_waits,
                                         .access = window_access};
    if (!is_direct(bridge))
        bus_map(bridge->card_bus, &bridge->window, diagnostics);
    bridge->doorbell = (struct bus_target){.base = bridge->doorbell_base,
                                           .bytes = BRIDGE_DOORBELL_BYTES,
                                           .is_registers = true,
                                           .part = part,
                                           .owner = bridge,
                                           .waits = bus_no_waits,
                                           .access = doorbell_access};
    bus_map(bridge->host_bus, &bridge->doorbell, diagnostics);
}

static void bridge_free(struct part *part)
{
    struct bridge *bridge = (struct bridge *)part;

    if (bridge->allocated)
        g_ptr_array_free(bridge->allocated, TRUE);
    g_queue_clear_full(&bridge->waiters, g_free);
    g_queue_clear_full(&bridge->markers, g_free);
    g_free(bridge->requests);
    g_free(bridge->pieces);
    g_free(bridge->piece_data);
}

static const char *const bus_kinds[] = {"bus", NULL};

static const struct parameter parameters[] = {
    {"card_bus", PARAMETER_PART, offsetof(struct bridge, card_part), NULL, 0, 0, bus_kinds,
     "The on-card bus."},
    {"host_bus", PARAMETER_PART, offsetof(struct bridge, host_part), NULL, 0, 0, bus_kinds,
     "The host's bus; the same as card_bus: the stack runs on the host's side, and nothing is bridged."},
    {"latency", PARAMETER_TIME, offsetof(struct bridge, latency_ps), "100ns", 0, 1000000000, NULL,
     "Time through the bridge, either way, from the end on one bus to the asking on the other."},
    {"fifo", PARAMETER_SIZE, offsetof(struct bridge, fifo_bytes), "8KiB", 64, 1 << 30, NULL,
     "Posted writes that it holds; at least one burst of the card's bus."},
    {"requests", PARAMETER_COUNT, offsetof(struct bridge, request_count), "64", 1, 65536, NULL,
     "Requests of the host that it holds until the transmit dispatch takes them."},
    {"reads", PARAMETER_COUNT, offsetof(struct bridge, reads), "4", 1, 1024, NULL,
     "Bursts of reads of host memory that are under way at once."},
    {"window", PARAMETER_ADDRESS, offsetof(struct bridge, window_base), "0x800000000000", 0,
     1ull << 62, NULL, "Where host address 0 is seen on the card's bus; 2^47 bytes."},
    {"doorbell", PARAMETER_ADDRESS, offsetof(struct bridge, doorbell_base), "0xf0000000", 0,
     1ull << 46, NULL, "Address of its registers on the host's bus; 8 KiB."},
    {"chip", PARAMETER_TEXT, offsetof(struct bridge, chip), "card", 1, 64, NULL,
     "The integrated circuit on which it is."},
    {0},
};

#define COUNT(field, help)                                                                         \
    {                                                                                              \
#field, STATISTIC_COUNT, offsetof(struct bridge, stats.field), help                        \
    }
#define MAXIMUM(field, help)                                                                       \
    {                                                                                              \
#field, STATISTIC_MAXIMUM, offsetof(struct bridge, stats.field), help                      \
    }

static const struct statistic statistics[] = {
    COUNT(writes, "Posted writes that entered from the card's bus."),
    COUNT(written_bytes, "Bytes of them."),
    COUNT(lost_writes, "Pieces of them that the host bus refused: no such host memory."),
    MAXIMUM(fifo_max_bytes, "The most that was reserved or held in the FIFO."),
    COUNT(refused, "Accesses refused: FIFO full, wrong size, a read."),
    COUNT(reads, "Reads of host memory asked for."),
    COUNT(read_bytes, "Bytes of them."),
    COUNT(failed_reads, "Reads that one of the buses refused."),
    COUNT(requests, "Requests that the host wrote into the doorbell."),
    MAXIMUM(requests_max, "The most requests that waited for the transmit dispatch."),
    COUNT(consumed, "Consumed counts that the host wrote."),
    COUNT(consumed_lost, "Consumed counts for processors that are not there."),
    COUNT(messages, "Messages of the card of which the driver was told."),
    {0},
};

static void bridge_clear(struct part *part)
{
    struct bridge *bridge = (struct bridge *)part;

    bridge->stats.fifo_max_bytes = bridge->held_bytes + bridge->reserved_bytes;
    bridge->stats.requests_max = bridge_requests_waiting(bridge);
}

const struct part_kind bridge_kind = {
    .name = "bridge",
    .help = "The host bus interface: joins the on-card bus and a host's bus.",
    .size = sizeof(struct bridge),
    .parameters = parameters,
    .statistics = statistics,
    .init = bridge_init,
    .wire = bridge_wire,
    .clear = bridge_clear,
    .free = bridge_free,
};
