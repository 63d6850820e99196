#include "models/transmit_dispatch.h"

#include "models/dispatch.h"
#include "models/mailbox.h"
#include "traces/packet.h"

#include <glib.h>
#include <netinet/in.h>
#include <string.h>

enum { FIRST_EPHEMERAL = 49152, LAST_EPHEMERAL = 65535, EPHEMERALS = LAST_EPHEMERAL - FIRST_EPHEMERAL + 1 };
enum { OPENS_IN_TURN, OPENS_HASHED };

/* Where the headers of packets come to on the card's bus; of each dispatch a stretch of its own. */
#define HEADERS_BASE   0x48000000ull
#define HEADERS_STRIDE 0x400000ull

enum { HEADER_BYTES = 64 };

struct entry {
    struct transmit_dispatch *dispatch;
    struct bridge_read_request read;
    uint8_t header[HEADER_BYTES];
    bool reading; /* the header of a packet: its processor is not known yet */
    struct hw_message message;
    uint64_t due_ps;
    unsigned processor;
    bool everyone; /* LISTEN: goes on to the next processor */
};

struct transmit_dispatch {
    struct part part;
    /* parameters */
    struct part *bus_part, *bridge_part, *receive_part;
    uint64_t hz, latency_cycles, interval_cycles, queue, retry_cycles, port_cycles;
    unsigned opens;
    char *chip;
    /* state */
    struct bus *bus;
    struct bridge *bridge;
    struct clock clock;
    struct bus_master master;
    struct bus_target headers;
    struct bus_request request;
    struct event send, ready; /* the oldest is due; the next may be accepted */
    struct entry *entries;    /* a ring */
    uint64_t head, tail;
    uint64_t next_cycle; /* the earliest edge of the next acceptance */
    bool refused, asked;
    uint16_t next_port;
    unsigned next_processor;
    void *owner;
    unsigned (*find)(void *owner, const struct hw_tuple *tuple, uint8_t protocol);
    struct {
        uint64_t requests, written, retries, retry_ps, no_processor, unknown_type, waiting_max;
        uint64_t connects, ports_tried, ports_in_use, not_in_turn, packets, bad_packets;
    } stats;
};

static uint64_t now_cycle(const struct transmit_dispatch *dispatch)
{
    return clock_cycle_at(&dispatch->clock, part_now(&dispatch->part));
}

uint64_t transmit_dispatch_waiting(const struct part *part)
{
    const struct transmit_dispatch *dispatch = (const struct transmit_dispatch *)part;

    return dispatch->tail - dispatch->head;
}

void transmit_dispatch_set_owner(struct transmit_dispatch *dispatch, void *owner,
                                 unsigned (*find)(void *owner, const struct hw_tuple *tuple,
                                                  uint8_t protocol))
{
    dispatch->owner = owner;
    dispatch->find = find;
}

static unsigned receive_owner(void *owner, const struct hw_tuple *tuple, uint8_t protocol)
{
    return dispatch_owner(owner, tuple, protocol);
}

static bool exists(const struct transmit_dispatch *dispatch, unsigned processor)
{
    return bridge_next_ring(dispatch->bridge, processor) == (int)processor;
}

static unsigned next_in_turn(struct transmit_dispatch *dispatch)
{
    int processor = bridge_next_ring(dispatch->bridge, dispatch->next_processor);

    if (processor < 0)
        processor = bridge_next_ring(dispatch->bridge, 0);
    if (processor < 0)
        return BRIDGE_RINGS; /* there is none */
    dispatch->next_processor = (unsigned)processor + 1;
    return (unsigned)processor;
}

/* The processor that will get the frames that come back. */
static unsigned owner_of(struct transmit_dispatch *dispatch, const struct hw_tuple *tuple,
                         uint8_t protocol)
{
    if (dispatch->find)
        return dispatch->find(dispatch->owner, tuple, protocol);
    return next_in_turn(dispatch);
}

static bool is_in_use(const struct transmit_dispatch *dispatch, const struct hw_tuple *tuple)
{
    return dispatch->receive_part && dispatch_is_claimed(dispatch->receive_part, tuple, IPPROTO_TCP);
}

static uint16_t next_port(struct transmit_dispatch *dispatch)
{
    uint16_t port = dispatch->next_port;

    dispatch->next_port = port == LAST_EPHEMERAL ? FIRST_EPHEMERAL : (uint16_t)(port + 1);
    return port;
}

/* Of those in turn the next whose stack can open such a session. */
static unsigned next_that_speaks(struct transmit_dispatch *dispatch, unsigned ip_version)
{
    unsigned processor = next_in_turn(dispatch);

    for (unsigned i = 0; i < BRIDGE_RINGS && dispatch->receive_part; i++) {
        if (dispatch_speaks_tcp(dispatch->receive_part, processor, ip_version))
            break;
        processor = next_in_turn(dispatch);
    }
    return processor;
}

/* A free source port; with opens = turn one whose frames come back to the processor whose turn it is. Returns the
 * processor, and how many ports were tried. If there is none, the last one tried: its processor refuses. */
static unsigned choose_port(struct transmit_dispatch *dispatch, struct hw_tuple *tuple, uint64_t *tries)
{
    bool any_processor = dispatch->opens == OPENS_HASHED || !dispatch->find;
    unsigned wanted = any_processor ? 0 : next_that_speaks(dispatch, tuple->ip_version), processor = 0;
    uint16_t free_port = 0;

    for (*tries = 1; *tries <= EPHEMERALS; ++*tries) {
        tuple->local_port = next_port(dispatch);
        if (is_in_use(dispatch, tuple)) {
            dispatch->stats.ports_in_use++;
            continue;
        }
        free_port = tuple->local_port;
        processor = owner_of(dispatch, tuple, IPPROTO_TCP);
        if (any_processor || processor == wanted)
            return processor;
    }
    *tries = EPHEMERALS;
    dispatch->stats.not_in_turn++;
    if (free_port)
        tuple->local_port = free_port;
    return owner_of(dispatch, tuple, IPPROTO_TCP);
}

/* Fills in where the entry goes, and the cycles that finding it takes. False: nowhere, counted. */
static bool assign(struct transmit_dispatch *dispatch, struct entry *entry, uint64_t *cycles)
{
    struct hw_message *message = &entry->message;
    uint64_t tries = 0;

    message->tuple.host = (uint8_t)bridge_host(dispatch->bridge);
    entry->everyone = false;
    switch (message->type) {
    case HW_LISTEN:
        entry->everyone = true;
        entry->processor = (unsigned)MAX(bridge_next_ring(dispatch->bridge, 0), 0);
        break;
    case HW_CONNECT:
        dispatch->stats.connects++;
        if (message->tuple.local_port == 0)
            entry->processor = choose_port(dispatch, &message->tuple, &tries);
        else
            entry->processor = owner_of(dispatch, &message->tuple, IPPROTO_TCP);
        dispatch->stats.ports_tried += tries;
        *cycles = tries * dispatch->port_cycles;
        break;
    case HW_SEND_DATAGRAM:
        entry->processor = owner_of(dispatch, &message->tuple, IPPROTO_UDP);
        break;
    case HW_SEND_PACKET: /* begin_header() finds out */
        if (message->argument == 0) {
            dispatch->stats.unknown_type++;
            return false;
        }
        return true;
    case HW_SEND:
    case HW_CLOSE:
    case HW_ABORT:
    case HW_CREDIT:
        entry->processor = HW_SESSION_OWNER(message->session);
        break;
    default:
        dispatch->stats.unknown_type++;
        return false;
    }
    if (!exists(dispatch, entry->processor)) {
        dispatch->stats.no_processor++;
        return false;
    }
    return true;
}

static struct entry *entry_at(struct transmit_dispatch *dispatch, uint64_t number)
{
    return &dispatch->entries[number % dispatch->queue];
}

static void schedule(struct transmit_dispatch *dispatch)
{
    if (dispatch->head == dispatch->tail || dispatch->asked || event_pending(&dispatch->send) ||
        entry_at(dispatch, dispatch->head)->reading)
        return;
    event_at(&dispatch->send,
             MAX(entry_at(dispatch, dispatch->head)->due_ps, part_now(&dispatch->part)));
}

/* --- Packets that the host has built -------------------------------------------------------------- */

/* The flow of the packet, as its answers' remote and local side. False: it is no IP packet. */
static bool read_header(struct entry *entry, uint8_t *protocol)
{
    const uint8_t *ip = entry->header, *ports;
    struct hw_tuple *tuple = &entry->message.tuple;
    bool is6 = ip[0] >> 4 == 6;

    if (!is6 && (ip[0] >> 4 != 4 || (ip[0] & 15) < 5))
        return false;
    memset(tuple->remote, 0, sizeof tuple->remote);
    memset(tuple->local, 0, sizeof tuple->local);
    tuple->ip_version = is6 ? 6 : 4;
    *protocol = is6 ? ip[6] : ip[9];
    memcpy(tuple->local, ip + (is6 ? 8 : 12), is6 ? 16 : 4);
    memcpy(tuple->remote, ip + (is6 ? 24 : 16), is6 ? 16 : 4);
    ports = ip + (is6 ? 40 : 4 * (ip[0] & 15));
    bool has_ports = (*protocol == IPPROTO_TCP || *protocol == IPPROTO_UDP) && (is6 || ((ip[6] & 0x3f) | ip[7]) == 0) &&
                     ports + 4 <= ip + HEADER_BYTES;

    tuple->local_port = has_ports ? packet_get16(ports) : 0;
    tuple->remote_port = has_ports ? packet_get16(ports + 2) : 0;
    return true;
}

static void header_read(struct bridge_read_request *read)
{
    struct entry *entry = read->owner;
    struct transmit_dispatch *dispatch = entry->dispatch;
    uint8_t protocol;

    entry->reading = false;
    entry->processor = BRIDGE_RINGS;
    if (!read->failed && read_header(entry, &protocol))
        entry->processor = owner_of(dispatch, &entry->message.tuple, protocol);
    if (!exists(dispatch, entry->processor)) { /* written to nobody, and counted there */
        entry->processor = (unsigned)MAX(bridge_next_ring(dispatch->bridge, 0), 0);
        dispatch->stats.bad_packets++;
    }
    entry->due_ps = clock_edge_ps(&dispatch->clock, now_cycle(dispatch) + dispatch->latency_cycles);
    schedule(dispatch);
}

static void begin_header(struct transmit_dispatch *dispatch, struct entry *entry)
{
    entry->dispatch = dispatch;
    entry->reading = true;
    entry->read = (struct bridge_read_request){
        .host_address = (uint64_t)entry->message.host_high << 32 | entry->message.host_low,
        .card_address = dispatch->headers.base + (uint64_t)(entry - dispatch->entries) * HEADER_BYTES,
        .bytes = MIN(entry->message.argument, HEADER_BYTES),
        .done = header_read,
        .owner = entry};
    memset(entry->header, 0, sizeof entry->header);
    dispatch->stats.packets++;
    bridge_read(dispatch->bridge, &entry->read);
}

static enum bus_status header_access(void *owner, struct bus_request *request)
{
    struct transmit_dispatch *dispatch = owner;
    uint64_t offset = request->address - dispatch->headers.base, at = offset % HEADER_BYTES;

    if (request->op != BUS_WRITE || at + request->bytes > HEADER_BYTES)
        return BUS_ERROR;
    memcpy(dispatch->entries[offset / HEADER_BYTES].header + at, request->data, request->bytes);
    return BUS_OK;
}

static bool accept_request(void *owner, const struct hw_message *request, uint64_t posted_ps)
{
    struct transmit_dispatch *dispatch = owner;
    uint64_t cycle = now_cycle(dispatch);
    struct entry *entry = entry_at(dispatch, dispatch->tail);
    uint64_t port_cycles = 0;

    (void)posted_ps;
    if (dispatch->tail - dispatch->head == dispatch->queue) {
        dispatch->refused = true; /* asked again when the oldest is written */
        return false;
    }
    if (cycle < dispatch->next_cycle) {
        dispatch->refused = true;
        event_at_edge(&dispatch->ready, &dispatch->clock, dispatch->next_cycle);
        return false;
    }
    dispatch->stats.requests++;
    entry->message = *request;
    bool is_assigned = assign(dispatch, entry, &port_cycles);

    dispatch->next_cycle = cycle + dispatch->interval_cycles + port_cycles;
    if (!is_assigned)
        return true;
    entry->due_ps = clock_edge_ps(&dispatch->clock, cycle + dispatch->latency_cycles + port_cycles);
    dispatch->tail++;
    entry->reading = false;
    if (request->type == HW_SEND_PACKET)
        begin_header(dispatch, entry);
    if (dispatch->tail - dispatch->head > dispatch->stats.waiting_max)
        dispatch->stats.waiting_max = dispatch->tail - dispatch->head;
    schedule(dispatch);
    return true;
}

static void ready_event(void *owner)
{
    struct transmit_dispatch *dispatch = owner;

    if (!dispatch->refused)
        return;
    dispatch->refused = false;
    bridge_request_ready(dispatch->bridge);
}

static void written(struct bus_request *request)
{
    struct transmit_dispatch *dispatch = request->owner;
    struct entry *entry = entry_at(dispatch, dispatch->head);
    int next;

    dispatch->asked = false;
    if (request->status == BUS_ERROR) { /* the mailbox is full */
        uint64_t at_ps =
            clock_edge_ps(&dispatch->clock, now_cycle(dispatch) + dispatch->retry_cycles);

        dispatch->stats.retries++;
        dispatch->stats.retry_ps += at_ps - part_now(&dispatch->part);
        event_at(&dispatch->send, at_ps);
        return;
    }
    if (request->status == BUS_OK)
        dispatch->stats.written++;
    else
        dispatch->stats.no_processor++;
    next = entry->everyone ? bridge_next_ring(dispatch->bridge, entry->processor + 1) : -1;
    if (next >= 0)
        entry->processor = (unsigned)next;
    else
        dispatch->head++;
    schedule(dispatch);
    if (dispatch->refused && !event_pending(&dispatch->ready))
        ready_event(dispatch);
}

static void send_event(void *owner)
{
    struct transmit_dispatch *dispatch = owner;
    struct entry *entry = entry_at(dispatch, dispatch->head);

    dispatch->asked = true;
    dispatch->request = (struct bus_request){.op = BUS_WRITE,
                                             .address = PROCESSOR_MAILBOX(entry->processor) +
                                                        PROCESSOR_MAILBOX_REQUEST,
                                             .bytes = sizeof entry->message,
                                             .data = &entry->message,
                                             .done = written,
                                             .owner = dispatch};
    bus_ask(&dispatch->master, &dispatch->request);
}

static void dispatch_init(struct part *part, struct diagnostics *diagnostics)
{
    struct transmit_dispatch *dispatch = (struct transmit_dispatch *)part;

    (void)diagnostics;
    dispatch->bus = (struct bus *)dispatch->bus_part;
    dispatch->bridge = (struct bridge *)dispatch->bridge_part;
    dispatch->entries = g_new0(struct entry, dispatch->queue);
    dispatch->next_port = FIRST_EPHEMERAL;
}

static void dispatch_wire(struct part *part, struct diagnostics *diagnostics)
{
    struct transmit_dispatch *dispatch = (struct transmit_dispatch *)part;
    uint64_t number = 0;

    clock_init(&dispatch->clock, dispatch->hz ? dispatch->hz : dispatch->bus->hz,
               dispatch->bus->sync_cycles);
    bus_attach(dispatch->bus, &dispatch->master, part, &dispatch->clock);
    event_init(&dispatch->send, part, dispatch, "write request", send_event);
    event_init(&dispatch->ready, part, dispatch, "next request", ready_event);
    bridge_set_dispatch(dispatch->bridge, dispatch, accept_request);
    for (unsigned i = 0; i < part->number; i++)
        number += part->sim->parts[i]->kind == part->kind;
    dispatch->headers = (struct bus_target){.base = HEADERS_BASE + number % HW_MAX_HOSTS * HEADERS_STRIDE,
                                            .bytes = dispatch->queue * HEADER_BYTES,
                                            .is_registers = true,
                                            .part = part,
                                            .owner = dispatch,
                                            .waits = bus_no_waits,
                                            .access = header_access};
    bus_map(dispatch->bus, &dispatch->headers, diagnostics);
    if (dispatch->receive_part && !dispatch->find)
        transmit_dispatch_set_owner(dispatch, dispatch->receive_part, receive_owner);
}

static void dispatch_free(struct part *part)
{
    g_free(((struct transmit_dispatch *)part)->entries);
}

static const char *const bus_kinds[] = {"bus", NULL};
static const char *const bridge_kinds[] = {"bridge", NULL};
static const char *const dispatch_kinds[] = {"dispatch", NULL};

static const char *const open_rules[] = {"turn", "hash", NULL};

static const struct parameter parameters[] = {
    {"bus", PARAMETER_PART, offsetof(struct transmit_dispatch, bus_part), "card", 0, 0, bus_kinds,
     "The on-card bus, over which it writes into the processors' mailboxes."},
    {"bridge", PARAMETER_PART, offsetof(struct transmit_dispatch, bridge_part), "*", 0, 0,
     bridge_kinds, "The host bus interface whose requests it takes."},
    {"receive_dispatch", PARAMETER_PART, offsetof(struct transmit_dispatch, receive_part), "*", 0, 0,
     dispatch_kinds,
     "Whose hash tells which processor gets the frames that come back; none: processors in turn."},
    {"clock", PARAMETER_FREQUENCY, offsetof(struct transmit_dispatch, hz), "0Hz", 0, 100000000000,
     NULL, "Its clock; 0: the bus's."},
    {"latency", PARAMETER_COUNT, offsetof(struct transmit_dispatch, latency_cycles), "4", 0, 65536,
     NULL, "Cycles from taking a request to asking for its write."},
    {"interval", PARAMETER_COUNT, offsetof(struct transmit_dispatch, interval_cycles), "1", 1,
     65536, NULL, "Cycles from taking a request to taking the next."},
    {"queue", PARAMETER_COUNT, offsetof(struct transmit_dispatch, queue), "8", 1, 65536, NULL,
     "Requests that it holds."},
    {"retry", PARAMETER_COUNT, offsetof(struct transmit_dispatch, retry_cycles), "64", 1, 1000000,
     NULL, "Cycles until a request that a full mailbox refused is tried again."},
    {"opens", PARAMETER_CHOICE, offsetof(struct transmit_dispatch, opens), "turn", 0, 0, open_rules,
     "Which processor opens a session for the host: each in turn, by a source port whose frames come back to it; or "
     "the one to which the hash gives the next port."},
    {"port_cycles", PARAMETER_COUNT, offsetof(struct transmit_dispatch, port_cycles), "1", 0, 1000, NULL,
     "Cycles for each source port that is tried."},
    {"chip", PARAMETER_TEXT, offsetof(struct transmit_dispatch, chip), "card", 1, 64, NULL,
     "The integrated circuit on which it is."},
    {0},
};

#define COUNT(field, help)                                                                         \
    {                                                                                              \
#field, STATISTIC_COUNT, offsetof(struct transmit_dispatch, stats.field), help             \
    }

static const struct statistic statistics[] = {
    COUNT(requests, "Requests taken from the bridge."),
    COUNT(written, "Requests written into mailboxes; a LISTEN counts once a processor."),
    COUNT(retries, "Writes that a full mailbox refused, each tried again."),
    COUNT(retry_ps, "Time waited between such tries."),
    COUNT(no_processor, "Requests dropped: their processor is not there."),
    COUNT(unknown_type, "Requests dropped: of no known type."),
    COUNT(packets, "Packets that the host has built: assigned by the hash of their headers."),
    COUNT(bad_packets, "Of these, no IP packets, or of no processor: given to the first."),
    COUNT(connects, "Requests to open a session."),
    COUNT(ports_tried, "Source ports tried for them."),
    COUNT(ports_in_use, "Ports of these that a connection to the same remote still had."),
    COUNT(not_in_turn, "Sessions that another processor than that in turn had to open: no port led to it."),
    {"waiting_max", STATISTIC_MAXIMUM, offsetof(struct transmit_dispatch, stats.waiting_max),
     "The most requests held."},
    {0},
};

static void dispatch_clear(struct part *part)
{
    struct transmit_dispatch *dispatch = (struct transmit_dispatch *)part;

    dispatch->stats.waiting_max = dispatch->tail - dispatch->head;
}

const struct part_kind transmit_dispatch_kind = {
    .name = "transmit_dispatch",
    .help = "Assigns the host's requests to the processors.",
    .size = sizeof(struct transmit_dispatch),
    .parameters = parameters,
    .statistics = statistics,
    .init = dispatch_init,
    .wire = dispatch_wire,
    .clear = dispatch_clear,
    .free = dispatch_free,
};
