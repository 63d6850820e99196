#include "models/host_internal.h"

#include <stdarg.h>
#include <string.h>

static void driver_next(struct host *host);

/* --- The processor: one piece of work at a time ---------------------------------------------- */

uint64_t host_copy_cycles(const struct host *host, uint64_t bytes)
{
    return (bytes + host->copy_bytes - 1) / host->copy_bytes;
}

static void step_event(void *owner)
{
    struct host *host = owner;

    host->then(host);
}

void host_charge(struct host *host, uint64_t cycles, void (*then)(struct host *host))
{
    host->counts.work_cycles += cycles;
    host->then = then;
    event_at_edge(&host->step, &host->clock, host_cycle(host) + cycles);
}

/* What came over the bus is seen by the processor after the synchroniser. */
static void access_seen(struct host *host)
{
    host->after_access(host);
}

static void access_done(struct bus_request *request)
{
    struct host *host = request->owner;

    sim_check(&host->part, request->status == BUS_OK); /* only to its own memory and the doorbell */
    if (--host->requests_under_way)
        return;
    host->then = access_seen;
    event_at_edge(&host->step, &host->clock,
                  clock_cycle_crossing(&host->clock, &host->bus->clock, part_now(&host->part)));
}

void host_access(struct host *host, enum bus_op op, uint64_t address, void *data, uint32_t bytes,
                 void (*then)(struct host *host))
{
    uint32_t burst = (uint32_t)host->bus->burst_bytes;
    unsigned count = (bytes + burst - 1) / burst;

    host->requests = g_renew(struct bus_request, host->requests, MAX(count, 1));
    host->requests_under_way = count;
    host->after_access = then;
    for (unsigned i = 0; i < count; i++)
        host->requests[i] = (struct bus_request){.op = op,
                                                 .address = address + (uint64_t)i * burst,
                                                 .bytes = MIN(burst, bytes - i * burst),
                                                 .data = (uint8_t *)data + (size_t)i * burst,
                                                 .done = access_done,
                                                 .owner = host};
    for (unsigned i = 0; i < count; i++)
        bus_ask(&host->master, &host->requests[i]);
}

/* --- Requests to the doorbell ---------------------------------------------------------------- */

static void request_taken(void *owner)
{
    struct host *host = owner;

    host->waits_for_room = false;
    host_check_ready(host);
    if (!host->is_ready && bridge_requests_waiting(host->bridge)) /* of several, the last decides */
        bridge_when_request_taken(host->bridge, request_taken, host);
    host_next(host);
}

void host_add_request(struct host *host, struct host_session *session,
                      const struct hw_message *message)
{
    struct request *request = g_new(struct request, 1);

    *request = (struct request){.session = session, .message = *message};
    if (session)
        host_session_hold(session);
    if (host->first_request)
        host->last_request->next = request;
    else
        host->first_request = request;
    host->last_request = request;
    host->requests_queued++;
}

static void request_free(struct host *host)
{
    struct request *request = host->first_request;

    host->first_request = request->next;
    host->requests_queued--;
    if (request->session)
        host_session_release(request->session);
    g_free(request);
}

static void work_done(struct host *host)
{
    host->busy = false;
    host->counts.busy_cycles += host_cycle(host) - host->busy_from_cycle;
    host_next(host);
}

static void request_written(struct host *host)
{
    const struct request *request = host->first_request;

    host->counts.requests++;
    if (request->message.type == HW_SEND && request->session)
        request->session->requested_bytes += request->message.argument;
    request_free(host);
    if (!host->is_ready) {
        bridge_when_request_taken(host->bridge, request_taken, host);
        host_check_ready(host); /* it may have been taken already */
    }
    work_done(host);
}

/* Drops requests of sessions that have ended: the card may have given their numbers to others. */
static bool any_request(struct host *host)
{
    while (host->first_request && host->first_request->session &&
           host->first_request->session->ended)
        request_free(host);
    return host->first_request != NULL;
}

/* --- Calls of the application ---------------------------------------------------------------- */

void host_append_call(struct host *host, struct call *call)
{
    call->next = NULL;
    if (call->session)
        host_session_hold(call->session);
    if (host->first_call)
        host->last_call->next = call;
    else
        host->first_call = call;
    host->last_call = call;
    host->counts.calls++;
    host_next(host);
}

void host_add_call(struct host *host, struct host_session *session,
                   const struct hw_message *message)
{
    struct call *call = g_new0(struct call, 1);

    call->session = session;
    call->message = *message;
    host_append_call(host, call);
}

static void call_free(struct call *call)
{
    if (call->session)
        host_session_release(call->session);
    g_free(call->data);
    g_free(call);
}

static void call_done(struct host *host)
{
    struct call *call = host->first_call;

    host->first_call = call->next;
    if (!call->session || !call->session->ended)
        host_add_request(host, call->session, &call->message);
    call_free(call);
    work_done(host);
}

static void call_copied(struct host *host)
{
    struct call *call = host->first_call;

    /* The blocks of a session that has ended may be another's by now. */
    if (call->data && !(call->session && call->session->ended))
        host_access(host, BUS_WRITE, host_block_address(host, call->block), call->data, call->bytes,
                    call_done);
    else
        call_done(host);
}

/* --- Which work comes next ------------------------------------------------------------------- */

static void message_handled(struct host *host)
{
    host->driver_left--;
    driver_next(host);
}

/* The driver goes on while there are messages, or until its batch is over and calls wait. */
static void driver_next(struct host *host)
{
    if (!host_any_told(host)) {
        host->driver_active = false;
        work_done(host);
    } else if (host->driver_left == 0 && (host->first_call || any_request(host))) {
        host->calls_left = host->batch;
        work_done(host);
    } else {
        if (host->driver_left == 0)
            host->driver_left = host->batch;
        host_handle_next(host, message_handled);
    }
}

static void notify_event(void *owner)
{
    struct host *host = owner;

    host->driver_active = true;
    host->driver_entered = false;
    if (host->notification == NOTIFY_INTERRUPT) {
        host->last_interrupt_ps = part_now(&host->part);
        host->counts.interrupts++;
    } else {
        host->counts.polls++;
    }
    host_next(host);
}

static void begin_work(struct host *host)
{
    host->busy = true;
    host->busy_from_cycle = host_cycle(host);
}

static void begin_driver(struct host *host)
{
    uint64_t cycles = 0;

    begin_work(host);
    if (!host->driver_entered)
        cycles =
            host->notification == NOTIFY_INTERRUPT ? host->interrupt_cycles : host->poll_cycles;
    host->driver_entered = true;
    host->driver_left = host->batch;
    host_charge(host, cycles, driver_next);
}

static void begin_call(struct host *host)
{
    const struct call *call = host->first_call;
    uint64_t cycles = call->is_continued ? 0 : host->syscall_cycles;

    if (call->message.type == HW_SEND_PACKET)
        cycles += host->packet_cycles;
    begin_work(host);
    host_charge(host, cycles + host_copy_cycles(host, call->bytes), call_copied);
}

static void begin_request(struct host *host)
{
    begin_work(host);
    host_access(host, BUS_WRITE, bridge_doorbell_address(host->bridge),
                &host->first_request->message, sizeof host->first_request->message,
                request_written);
}

void host_next(struct host *host)
{
    if (host->busy)
        return;
    if (any_request(host)) {
        if (bridge_request_room(host->bridge) > 0) {
            begin_request(host);
            return;
        }
        if (!host->waits_for_room) {
            host->counts.request_waits++;
            host->waits_for_room = true;
            bridge_when_request_taken(host->bridge, request_taken, host);
        }
    }
    if (host->first_call && (!host->driver_active || host->calls_left > 0)) {
        host->calls_left -= host->calls_left > 0;
        begin_call(host);
    } else if (host->driver_active) {
        host->calls_left = 0;
        begin_driver(host);
    }
}

/* --- Ready, idle, faults --------------------------------------------------------------------- */

static void settled_event(void *owner)
{
    struct host *host = owner;
    struct ready_waiter *waiter;

    host->is_ready = true;
    while ((waiter = g_queue_pop_head(&host->ready_waiters))) {
        waiter->ready(waiter->owner);
        g_free(waiter);
    }
}

/* Listens go to the card once all rings are ready; the host is ready when they were taken and have
 * settled. */
void host_check_ready(struct host *host)
{
    if (host->is_ready || host->settling || host->rings_ready < host->ring_count)
        return;
    while (!g_queue_is_empty(&host->listens)) {
        struct hw_message *message = g_queue_pop_head(&host->listens);

        host->listens_made++;
        host_add_call(host, NULL, message);
        g_free(message);
    }
    if (host->listens_made < host->listens_expected || host->first_call || host->first_request ||
        bridge_requests_waiting(host->bridge))
        return;
    host->settling = true;
    event_in(&host->settled, host->settle_ps);
}

void host_listen(struct host *host, uint8_t protocol, const struct listen *at)
{
    struct hw_message *message = g_new0(struct hw_message, 1);

    message->type = HW_LISTEN;
    message->argument = protocol;
    message->tuple.ip_version = at->ip_version;
    message->tuple.local_port = at->port;
    memcpy(message->tuple.local, at->address, sizeof message->tuple.local);
    g_queue_push_tail(&host->listens, message);
    host_check_ready(host);
}

void host_when_ready(struct host *host, void (*ready)(void *owner), void *owner)
{
    struct ready_waiter *waiter;

    if (host->is_ready) {
        ready(owner);
        return;
    }
    waiter = g_new(struct ready_waiter, 1);
    *waiter = (struct ready_waiter){ready, owner};
    g_queue_push_tail(&host->ready_waiters, waiter);
    host_check_ready(host);
}

bool host_idle(const struct host *host)
{
    return !host->busy && !host->driver_active && !event_pending(&host->notify) &&
           !host_any_told(host) && !host->first_call && !host->first_request &&
           bridge_requests_waiting(host->bridge) == 0 && host->sends_unfinished == 0 &&
           host->unread_sessions == 0 && host->connects_unanswered == 0 &&
           (!host->events || !host->events->idle || host->events->idle(host->application));
}

const struct clock *host_clock(const struct host *host)
{
    return &host->clock;
}

const struct bus *host_bus(const struct host *host)
{
    return host->bus;
}

const struct host_counts *host_counts(const struct host *host)
{
    return &host->counts;
}

const char *host_fault(const struct host *host, unsigned index)
{
    return index < HOST_FAULT_TEXTS ? host->faults[index] : NULL;
}

void host_card_fault(struct host *host, const struct ring *ring, const char *format, ...)
{
    unsigned place = 0;
    va_list arguments;
    char *text;

    host->counts.faults++;
    while (place < HOST_FAULT_TEXTS && host->faults[place]) /* the count may have been cleared since */
        place++;
    if (place == HOST_FAULT_TEXTS)
        return;
    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    host->faults[place] =
        ring ? g_strdup_printf("%llu ps: processor %u: %s",
                               (unsigned long long)part_now(&host->part), ring->layout.ring, text)
             : g_strdup_printf("%llu ps: %s", (unsigned long long)part_now(&host->part), text);
    g_free(text);
}

unsigned host_number(const struct host *host)
{
    return host->number;
}

struct bridge *host_bridge(const struct host *host)
{
    return host->bridge;
}

bool host_set_application(struct host *host, const struct host_events *events, void *owner,
                          unsigned listens)
{
    if (host->events)
        return false;
    host->events = events;
    host->application = owner;
    host->listens_expected = listens;
    return true;
}

void host_set_payload_sink(struct host *host,
                           void (*sink)(void *owner, struct host_session *session, uint64_t offset,
                                        const uint8_t *data, uint32_t bytes),
                           void *owner)
{
    host->sink = sink;
    host->sink_owner = owner;
}

/* --- The part -------------------------------------------------------------------------------- */

static void host_init(struct part *part, struct diagnostics *diagnostics)
{
    struct host *host = (struct host *)part;

    for (unsigned i = 0; i < part->number; i++)
        host->number += part->sim->parts[i]->kind == part->kind;
    if (host->number == HW_MAX_HOSTS) {
        host->number = 0;
        part_error(part, diagnostics, NULL, "expected %d hosts at most", HW_MAX_HOSTS);
    }
    host->bus = (struct bus *)host->bus_part;
    host->memory = (struct memory *)host->memory_part;
    host->bridge = (struct bridge *)host->bridge_part;
    host->layout_end = host->memory->base;
    host->last_interrupt_ps = UINT64_MAX;
    host->payload = g_malloc(65536);
    clock_init(&host->clock, host->hz, host->sync_cycles);
    g_queue_init(&host->listens);
    g_queue_init(&host->ready_waiters);
    host_sessions_init(host);
    if (host->memory->bus_part != host->bus_part)
        part_error(part, diagnostics, "memory", "%s is on another bus: expected one on %s",
                   host->memory_part->name, host->bus_part->name);
}

static void host_wire(struct part *part, struct diagnostics *diagnostics)
{
    struct host *host = (struct host *)part;

    event_init(&host->step, part, host, "work", step_event);
    event_init(&host->notify, part, host, "notification", notify_event);
    event_init(&host->settled, part, host, "ready", settled_event);
    event_set_priority(&host->step, EVENT_CORE);
    event_set_priority(&host->notify, EVENT_CORE);
    bus_attach(host->bus, &host->master, part, &host->clock);
    if (!bridge_set_driver(host->bridge, host, host->number, host_told))
        part_error(part, diagnostics, "bridge", "%s has a host already: expected an interface of its own for each host",
                   host->bridge_part->name);
    else if (bridge_host_bus(host->bridge) != host->bus)
        part_error(part, diagnostics, "bridge", "%s is not on %s: expected the interface of this host's bus",
                   host->bridge_part->name, host->bus_part->name);
}

static void host_start(struct part *part)
{
    struct host *host = (struct host *)part;

    host_blocks_init(host);
    host_rings_start(host);
    host_check_ready(host);
}

static void host_settle(struct part *part)
{
    struct host *host = (struct host *)part;
    uint64_t cycle = host_cycle(host);

    if (!host->busy || cycle < host->busy_from_cycle)
        return;
    host->counts.busy_cycles += cycle - host->busy_from_cycle;
    host->busy_from_cycle = cycle;
}

static uint32_t host_utilisation(struct part *part, uint64_t elapsed_ps)
{
    const struct host *host = (const struct host *)part;
    uint64_t cycles = clock_cycle_at(&host->clock, elapsed_ps);

    return cycles ? (uint32_t)((unsigned __int128)host->counts.busy_cycles * 1000000 / cycles) : 0;
}

static void host_free(struct part *part)
{
    struct host *host = (struct host *)part;

    while (host->first_call) {
        struct call *call = host->first_call;

        host->first_call = call->next;
        call_free(call);
    }
    while (host->first_request)
        request_free(host);
    for (struct host_session *session; (session = g_queue_pop_head(&host->memory_waiters));)
        host_session_release(session);
    host_sessions_free(host);
    host_rings_free(host);
    g_queue_clear_full(&host->listens, g_free);
    g_queue_clear_full(&host->ready_waiters, g_free);
    for (unsigned i = 0; i < HOST_FAULT_TEXTS; i++)
        g_free(host->faults[i]);
    g_free(host->requests);
    g_free(host->payload);
}

static const char *const bus_kinds[] = {"bus", NULL};
static const char *const memory_kinds[] = {"memory", NULL};
static const char *const bridge_kinds[] = {"bridge", NULL};
static const char *const transmit_rules[] = {"sessions", "packets", NULL};
static const char *const notifications[] = {"interrupt", "poll", NULL};

#define FIELD(field) offsetof(struct host, field)

static const struct parameter parameters[] = {
    {"bus", PARAMETER_PART, FIELD(bus_part), NULL, 0, 0, bus_kinds, "The host's bus."},
    {"memory", PARAMETER_PART, FIELD(memory_part), NULL, 0, 0, memory_kinds,
     "The host's memory: rings first, the rest for what applications send."},
    {"bridge", PARAMETER_PART, FIELD(bridge_part), "*", 0, 0, bridge_kinds,
     "The card's host bus interface."},
    {"clock", PARAMETER_FREQUENCY, FIELD(hz), "3GHz", 1000000, 100000000000, NULL,
     "Clock of the host processor."},
    {"sync_cycles", PARAMETER_COUNT, FIELD(sync_cycles), "2", 0, 16, NULL,
     "Cycles until the processor sees what its bus finished."},
    {"notification", PARAMETER_CHOICE, FIELD(notification), "interrupt", 0, 0, notifications,
     "How the driver learns of messages."},
    {"interrupt_latency", PARAMETER_TIME, FIELD(interrupt_latency_ps), "1us", 0, PS_PER_SECOND,
     NULL, "Time from a message in host memory to the interrupt."},
    {"moderation", PARAMETER_TIME, FIELD(moderation_ps), "10us", 0, PS_PER_SECOND, NULL,
     "The least time between interrupts."},
    {"poll_interval", PARAMETER_TIME, FIELD(poll_interval_ps), "50ns", 1, PS_PER_SECOND, NULL,
     "Time between looks at the rings when polling."},
    {"interrupt_cycles", PARAMETER_COUNT, FIELD(interrupt_cycles), "3000", 0, 100000000, NULL,
     "Cycles of an interrupt until the driver looks at the rings."},
    {"poll_cycles", PARAMETER_COUNT, FIELD(poll_cycles), "50", 0, 100000000, NULL,
     "Cycles of a poll that finds something, until the message is read."},
    {"message_cycles", PARAMETER_COUNT, FIELD(message_cycles), "300", 0, 100000000, NULL,
     "Cycles of the driver and the socket layer for a message."},
    {"syscall_cycles", PARAMETER_COUNT, FIELD(syscall_cycles), "1000", 0, 100000000, NULL,
     "Cycles of a call of the application: send, receive, close."},
    {"copy_bytes", PARAMETER_COUNT, FIELD(copy_bytes), "8", 1, 4096, NULL,
     "Bytes that the processor copies in one cycle."},
    {"tx", PARAMETER_CHOICE, FIELD(tx), "sessions", 0, 0, transmit_rules,
     "How datagrams are handed to the card: as requests of a session, whose headers its stack makes; or as whole IP "
     "packets that the host has built, which the transmit dispatch assigns by their headers."},
    {"packet_cycles", PARAMETER_COUNT, FIELD(packet_cycles), "400", 0, 100000000, NULL,
     "With tx = packets: cycles of the host's own stack for a packet."},
    {"mtu", PARAMETER_SIZE, FIELD(mtu_bytes), "1500B", 576, 9000, NULL,
     "With tx = packets: larger ones are left to the card."},
    {"batch", PARAMETER_COUNT, FIELD(batch), "64", 1, 65536, NULL,
     "Messages that the driver takes before calls of applications have their turn, and the "
     "reverse."},
    {"credit", PARAMETER_SIZE, FIELD(credit_bytes), "8KiB", 1, 1 << 30, NULL,
     "Bytes that an application has read before the card is told; at most half of the card's "
     "window."},
    {"credit_delay", PARAMETER_TIME, FIELD(credit_delay_ps), "1ms", 0, PS_PER_SECOND, NULL,
     "After this time the card is told of fewer bytes, too; 0: never."},
    {"send", PARAMETER_SIZE, FIELD(send_bytes), "16KiB", 64, 65536, NULL,
     "The largest piece of one SEND."},
    {"send_buffer", PARAMETER_SIZE, FIELD(send_buffer_bytes), "256KiB", 64, 1 << 30, NULL,
     "Bytes of a session that may wait to be fetched by the card."},
    {"settle", PARAMETER_TIME, FIELD(settle_ps), "100us", 0, PS_PER_SECOND, NULL,
     "Time after the last LISTEN went to the card until traffic may begin."},
    {0},
};

#define COUNT(field, help)                                                                         \
    {                                                                                              \
#field, STATISTIC_COUNT, offsetof(struct host, counts.field), help                         \
    }
#define MAXIMUM(field, help)                                                                       \
    {                                                                                              \
#field, STATISTIC_MAXIMUM, offsetof(struct host, counts.field), help                       \
    }

static const struct statistic statistics[] = {
    COUNT(messages, "Messages of the card that the driver read."),
    COUNT(interrupts, "Interrupts taken."),
    COUNT(polls, "Polls that found messages when the driver was not at work."),
    COUNT(consumed_writes, "Consumed counts written to the card."),
    COUNT(payload_bytes, "Payload read from host memory: streams and datagrams."),
    COUNT(datagrams, "Datagrams received."),
    COUNT(calls, "Calls of applications, a send once for each piece."),
    COUNT(requests, "Requests written into the doorbell."),
    COUNT(request_waits, "Times that requests waited because the doorbell's FIFO was full."),
    COUNT(credits, "Requests of these that gave credit."),
    COUNT(sent_bytes, "Bytes of sessions that the card fetched from host memory."),
    COUNT(datagrams_sent, "Datagrams sent."),
    COUNT(datagrams_sent_bytes, "Bytes of these."),
    COUNT(packets_sent, "Of these, built by the host as whole packets."),
    COUNT(datagrams_refused, "Datagrams that found no memory, or were too long."),
    COUNT(memory_waits, "Sends that waited for host memory."),
    COUNT(connects, "Sessions that applications asked to open."),
    COUNT(connects_refused, "Sessions of these that the card could not open."),
    COUNT(sessions_opened, "Sessions opened."),
    COUNT(sessions_finished, "Sessions that ended in order."),
    COUNT(sessions_reset, "Sessions that were reset or timed out."),
    {"sessions", STATISTIC_LEVEL, offsetof(struct host, counts.sessions), "Sessions open now."},
    MAXIMUM(sessions_max, "The most sessions open at once."),
    MAXIMUM(session_max_bytes, "The most bytes that one session received."),
    COUNT(busy_cycles, "Cycles in which the processor worked or waited for its bus."),
    COUNT(work_cycles, "Cycles of these that were charged as work."),
    COUNT(faults, "Card faults: messages that break the rules of stacks/hardware.h."),
    {0},
};

static void host_clear(struct part *part)
{
    struct host *host = (struct host *)part;
    GHashTableIter sessions;
    gpointer session;

    host->counts.sessions_max = host->counts.sessions;
    g_hash_table_iter_init(&sessions, host->sessions);
    while (g_hash_table_iter_next(&sessions, NULL, &session))
        host->counts.session_max_bytes =
            MAX(host->counts.session_max_bytes, ((const struct host_session *)session)->received_bytes);
}

const struct part_kind host_kind = {
    .name = "host",
    .help = "A host processing system: its processor, the card's driver, the sockets.",
    .size = sizeof(struct host),
    .parameters = parameters,
    .statistics = statistics,
    .init = host_init,
    .wire = host_wire,
    .start = host_start,
    .settle = host_settle,
    .clear = host_clear,
    .utilisation_ppm = host_utilisation,
    .free = host_free,
};
