#include "models/host_internal.h"

#include <string.h>

enum { MESSAGE_BYTES = sizeof(struct hw_message), DEFAULT_SLOTS = 1024, DEFAULT_SLOT_BYTES = 2048 };

static uint32_t slot_of(const struct ring *ring, uint32_t sequence)
{
    return (sequence - 1) % ring->layout.slots; /* a power of two: right across the wrap of 2^32 */
}

static uint64_t message_address(const struct ring *ring, uint32_t slot)
{
    return ring->layout.message_base + (uint64_t)slot * MESSAGE_BYTES;
}

/* --- Set-up ---------------------------------------------------------------------------------- */

static uint64_t align(uint64_t address)
{
    return (address + MESSAGE_BYTES - 1) / MESSAGE_BYTES * MESSAGE_BYTES;
}

bool host_add_ring(struct host *host, unsigned number, struct host_ring *layout,
                   struct diagnostics *diagnostics)
{
    struct ring *ring;
    uint64_t end;

    if (layout->slots == 0)
        layout->slots = DEFAULT_SLOTS;
    if (layout->slot_bytes == 0)
        layout->slot_bytes = DEFAULT_SLOT_BYTES;
    if (layout->slots & (layout->slots - 1)) {
        part_error(&host->part, diagnostics, NULL,
                   "ring of processor %u: %u slots: expected a power of two", number,
                   layout->slots);
        return false;
    }
    if (!bridge_add_ring(host->bridge, number) || host->rings[number]) {
        part_error(&host->part, diagnostics, NULL, "processor %u: expected one of 0 .. %d, once",
                   number, BRIDGE_RINGS - 1);
        return false;
    }
    layout->ring = number;
    layout->message_base = align(host->layout_end);
    layout->data_base = layout->message_base + (uint64_t)layout->slots * MESSAGE_BYTES;
    end = layout->data_base + (uint64_t)layout->slots * layout->slot_bytes;
    if (!memory_at(host->memory, layout->message_base, end - layout->message_base)) {
        part_error(
            &host->part, diagnostics, "memory",
            "%s has no room for the ring of processor %u (%llu bytes after %llu): make it larger",
            host->memory_part->name, number, (unsigned long long)(end - layout->message_base),
            (unsigned long long)(layout->message_base - host->memory->base));
        return false;
    }
    host->layout_end = end;
    ring = host->rings[number] = g_new0(struct ring, 1);
    ring->host = host;
    ring->layout = *layout;
    ring->told = g_new(uint32_t, layout->slots);
    ring->expected = g_new0(struct expected *, layout->slots);
    ring->next = 1;
    ring->datagram = g_byte_array_new();
    host->ring_count++;
    return true;
}

void host_rings_start(struct host *host)
{
    for (unsigned i = 0; i < BRIDGE_RINGS; i++) {
        const struct ring *ring = host->rings[i];

        if (ring)
            memset(memory_at(host->memory, ring->layout.message_base,
                             (uint64_t)ring->layout.slots * MESSAGE_BYTES),
                   0, (size_t)ring->layout.slots * MESSAGE_BYTES);
    }
}

/* Ends the references of a slot's frames that have that sequence (if is_all, of all others too). */
static void release_frames(struct ring *ring, uint32_t slot, uint32_t sequence, bool delivered,
                           bool is_all)
{
    struct expected **at = &ring->expected[slot];

    while (*at) {
        struct expected *expected = *at;

        if (!is_all && expected->sequence != sequence) {
            at = &expected->next;
            continue;
        }
        *at = expected->next;
        if (delivered && expected->sequence == sequence)
            frame_delivered(expected->frame, part_now(&ring->host->part));
        else
            frame_dropped(expected->frame, "host", "message overwritten");
        frame_release(expected->frame);
        g_free(expected);
    }
}

void host_rings_free(struct host *host)
{
    for (unsigned i = 0; i < BRIDGE_RINGS; i++) {
        struct ring *ring = host->rings[i];

        if (!ring)
            continue;
        /* Frames that are still expected are in flight: the ledger may be gone by now, they are
         * only freed. */
        for (uint32_t slot = 0; slot < ring->layout.slots; slot++)
            for (struct expected *expected = ring->expected[slot], *next; expected;
                 expected = next) {
                next = expected->next;
                g_free(expected);
            }
        g_free(ring->told);
        g_free(ring->expected);
        g_byte_array_free(ring->datagram, TRUE);
        g_free(ring);
    }
}

/* --- From the card --------------------------------------------------------------------------- */

void host_expect(struct host *host, unsigned number, uint32_t sequence, struct frame *frame)
{
    struct ring *ring = number < BRIDGE_RINGS ? host->rings[number] : NULL;
    struct expected **at, *expected;

    sim_check(&host->part, ring != NULL);
    at = &ring->expected[slot_of(ring, sequence)];
    while (*at && (*at)->sequence != sequence)
        at = &(*at)->next;
    if (*at == NULL && ring->expected[slot_of(ring, sequence)]) {
        /* The firmware wrote over a slot that the driver has not read. */
        release_frames(ring, slot_of(ring, sequence), sequence, false, true);
        at = &ring->expected[slot_of(ring, sequence)];
    }
    while (*at)
        at = &(*at)->next;
    expected = *at = g_new(struct expected, 1);
    *expected = (struct expected){.frame = frame, .sequence = sequence};
}

static void notify(struct host *host)
{
    uint64_t now_ps = part_now(&host->part);
    uint64_t at_ps;

    if (host->driver_active || event_pending(&host->notify))
        return;
    if (host->notification == NOTIFY_POLL) {
        at_ps =
            (now_ps + host->poll_interval_ps - 1) / host->poll_interval_ps * host->poll_interval_ps;
    } else {
        at_ps = now_ps + host->interrupt_latency_ps;
        if (host->last_interrupt_ps != UINT64_MAX)
            at_ps = MAX(at_ps, host->last_interrupt_ps + host->moderation_ps);
    }
    event_at(&host->notify, at_ps);
}

void host_told(void *owner, unsigned number, uint32_t sequence)
{
    struct host *host = owner;
    struct ring *ring = number < BRIDGE_RINGS ? host->rings[number] : NULL;

    if (!ring) {
        host_card_fault(host, NULL, "message %u in ring %u, which is not there", sequence, number);
        return;
    }
    if (ring->told_count == ring->layout.slots) {
        host_card_fault(host, ring, "message %u overwrites one that was not read", sequence);
        release_frames(ring, slot_of(ring, sequence), sequence, false, false);
        return;
    }
    ring->told[(ring->told_first + ring->told_count++) % ring->layout.slots] = sequence;
    host->told_rings[number / 64] |= 1ull << number % 64;
    notify(host);
}

bool host_any_told(const struct host *host)
{
    for (unsigned i = 0; i < BRIDGE_RINGS / 64; i++)
        if (host->told_rings[i])
            return true;
    return false;
}

/* The ring with messages that comes next in turn. */
static struct ring *next_ring(const struct host *host)
{
    for (unsigned i = 1; i <= BRIDGE_RINGS; i++) {
        unsigned number = (host->last_ring + i) % BRIDGE_RINGS;

        if (host->told_rings[number / 64] >> number % 64 & 1)
            return host->rings[number];
        if (number % 64 == 0 && host->told_rings[number / 64] == 0)
            i += 63;
    }
    return NULL;
}

/* --- One message ----------------------------------------------------------------------------- */

static void write_consumed(struct ring *ring);

static void consumed_done(struct bus_request *request)
{
    struct ring *ring = request->owner;

    sim_check(&ring->host->part, request->status == BUS_OK);
    ring->consumed_asked = false;
    if (ring->written != ring->consumed &&
        (ring->told_count == 0 || ring->consumed - ring->written >= ring->layout.slots / 4))
        write_consumed(ring);
}

static void write_consumed(struct ring *ring)
{
    struct host *host = ring->host;

    if (ring->consumed_asked)
        return; /* looked at again when that write is done */
    ring->consumed_asked = true;
    ring->written = ring->consumed_data = ring->consumed;
    ring->consumed_request =
        (struct bus_request){.op = BUS_WRITE,
                             .address = bridge_consumed_address(host->bridge, ring->layout.ring),
                             .bytes = sizeof ring->consumed_data,
                             .data = &ring->consumed_data,
                             .done = consumed_done,
                             .owner = ring};
    host->counts.consumed_writes++;
    bus_ask(&host->master, &ring->consumed_request);
}

static void take_datagram(struct host *host, struct ring *ring)
{
    GByteArray *datagram = ring->datagram;

    if (datagram->len + host->payload_bytes > HOST_MAX_DATAGRAM) {
        host_card_fault(host, ring, "message %u: a datagram of more than %d bytes",
                        host->message.sequence, HOST_MAX_DATAGRAM);
        g_byte_array_set_size(datagram, 0);
        return;
    }
    g_byte_array_append(datagram, host->payload, host->payload_bytes);
    if (host->message.flags & HW_MORE)
        return;
    host->counts.datagrams++;
    if (host->events && host->events->datagram)
        host->events->datagram(host->application, &host->message.tuple, datagram->data,
                               datagram->len);
    g_byte_array_set_size(datagram, 0);
}

static void take_ready(struct host *host, struct ring *ring)
{
    if (ring->ready) {
        host_card_fault(host, ring, "message %u: READY for the second time",
                        host->message.sequence);
        return;
    }
    ring->ready = true;
    host->rings_ready++;
    host_check_ready(host);
}

static void take_sent(struct host *host, struct ring *ring)
{
    const struct hw_message *message = &host->message;
    struct host_session *session = host_session(host, message->session);

    if (session ? !host_session_fetched(host, session, message->argument)
                : !host_datagram_fetched(host, message->session))
        host_card_fault(host, ring,
                        "message %u: SENT of %u bytes of session 0x%x, which has no such SEND",
                        message->sequence, message->argument, message->session);
}

static void take_data(struct host *host, struct ring *ring, struct host_session *session)
{
    const struct hw_message *message = &host->message;

    if (host->payload_bytes == 0)
        host_card_fault(host, ring, "message %u: DATA without bytes", message->sequence);
    else if (message->argument != (uint32_t)session->received_bytes)
        host_card_fault(host, ring, "message %u: DATA of session 0x%x at offset %u, expected %u",
                        message->sequence, message->session, message->argument,
                        (uint32_t)session->received_bytes);
    else if (session->remote_closed)
        host_card_fault(host, ring, "message %u: DATA of session 0x%x after REMOTE_CLOSED",
                        message->sequence, message->session);
    else
        host_session_data(host, session, host->payload, host->payload_bytes);
}

/* Messages of a session that is open. */
static void take_session_message(struct host *host, struct ring *ring)
{
    const struct hw_message *message = &host->message;
    struct host_session *session = host_session(host, message->session);

    if (HW_SESSION_OWNER(message->session) != ring->layout.ring) {
        host_card_fault(host, ring, "message %u: session 0x%x belongs to another processor",
                        message->sequence, message->session);
        return;
    }
    if (message->type == HW_OPENED) {
        if (session)
            host_card_fault(host, ring, "message %u: session 0x%x opened twice", message->sequence,
                            message->session);
        else if (message->argument && !host->connects_unanswered)
            host_card_fault(host, ring, "message %u: session 0x%x opened for a CONNECT that nobody made",
                            message->sequence, message->session);
        else
            host_session_open(host, message);
        return;
    }
    if (!session) {
        host_card_fault(host, ring, "message %u of type %u: session 0x%x is not open",
                        message->sequence, message->type, message->session);
        return;
    }
    switch (message->type) {
    case HW_DATA:
        take_data(host, ring, session);
        break;
    case HW_REMOTE_CLOSED:
        if (session->remote_closed)
            host_card_fault(host, ring, "message %u: session 0x%x closed by the remote twice",
                            message->sequence, message->session);
        else
            host_session_remote_closed(host, session);
        break;
    default: /* HW_FINISHED, HW_RESET */
        host_session_end(host, session, message->type == HW_RESET);
        break;
    }
}

static void take_message(struct host *host, struct ring *ring)
{
    switch (host->message.type) {
    case HW_READY:
        take_ready(host, ring);
        break;
    case HW_OPENED:
    case HW_DATA:
    case HW_REMOTE_CLOSED:
    case HW_FINISHED:
    case HW_RESET:
        take_session_message(host, ring);
        break;
    case HW_SENT:
        take_sent(host, ring);
        break;
    case HW_REFUSED:
        if (host->connects_unanswered)
            host_connect_refused(host, host->message.argument);
        else
            host_card_fault(host, ring, "message %u: REFUSED, and nobody asked to connect", host->message.sequence);
        break;
    case HW_DATAGRAM:
        take_datagram(host, ring);
        break;
    default:
        host_card_fault(host, ring, "message %u: unexpected type %u", host->message.sequence,
                        host->message.type);
        break;
    }
}

/* The message and its payload were copied: its slot is free. */
static void message_taken(struct host *host)
{
    struct ring *ring = host->ring;

    if (host->message_good) {
        host->counts.payload_bytes += host->payload_bytes;
        take_message(host, ring);
    }
    if (ring->told_count == 0 || ring->consumed - ring->written >= ring->layout.slots / 4)
        write_consumed(ring);
    host->handled(host);
}

static void payload_read(struct host *host)
{
    host_charge(host, host_copy_cycles(host, host->payload_bytes), message_taken);
}

static void message_decoded(struct host *host)
{
    const struct ring *ring = host->ring;
    uint64_t address = ring->layout.data_base +
                       (uint64_t)slot_of(ring, host->message.sequence) * ring->layout.slot_bytes;

    if (host->payload_bytes)
        host_access(host, BUS_READ, address, host->payload, host->payload_bytes, payload_read);
    else
        message_taken(host);
}

static void message_read(struct host *host)
{
    struct ring *ring = host->ring;
    struct hw_message *message = &host->message;
    uint32_t told = ring->told[ring->told_first];
    bool has_payload = message->type == HW_DATA || message->type == HW_DATAGRAM;

    ring->told_first = (ring->told_first + 1) % ring->layout.slots;
    if (--ring->told_count == 0)
        host->told_rings[ring->layout.ring / 64] &= ~(1ull << ring->layout.ring % 64);
    host->counts.messages++;
    release_frames(ring, slot_of(ring, told), told, message->sequence == told, false);
    host->message_good = message->sequence == told;
    if (!host->message_good)
        host_card_fault(host, ring, "slot of message %u holds message %u", told, message->sequence);
    else if (told != ring->next)
        host_card_fault(host, ring, "message %u came, expected %u", told, ring->next);
    ring->next = told + 1;
    ring->consumed = told;
    host->payload_bytes = 0;
    if (host->message_good && has_payload) {
        if (message->bytes > ring->layout.slot_bytes) {
            host_card_fault(host, ring, "message %u: %u bytes in a slot of %u", told,
                            message->bytes, ring->layout.slot_bytes);
            host->message_good = false;
        } else {
            host->payload_bytes = message->bytes;
        }
    }
    host_charge(host, host->message_cycles, message_decoded);
}

void host_handle_next(struct host *host, void (*handled)(struct host *host))
{
    struct ring *ring = next_ring(host);

    host->ring = ring;
    host->last_ring = ring->layout.ring;
    host->handled = handled;
    host_access(host, BUS_READ, message_address(ring, slot_of(ring, ring->told[ring->told_first])),
                &host->message, MESSAGE_BYTES, message_read);
}
