#include "models/host_internal.h"

#include <string.h>

enum { NO_BLOCK = UINT32_MAX };

/* --- Host memory for sends: blocks of send_bytes after the rings, the one freed last is used first --- */

uint64_t host_block_address(const struct host *host, uint32_t block)
{
    return host->block_base + (uint64_t)block * host->send_bytes;
}

/* After all rings have been laid out. */
void host_blocks_init(struct host *host)
{
    uint64_t end = host->memory->base + host->memory->bytes;

    host->block_base = (host->layout_end + 63) / 64 * 64;
    host->blocks = host->block_base < end ? (end - host->block_base) / host->send_bytes : 0;
    if (host->blocks > 1u << 23)
        host->blocks = 1u << 23;
    host->free_blocks = g_new(uint32_t, host->blocks + 1);
    host->block_requested_ps = g_new0(uint64_t, host->blocks + 1);
    host->block_owner = g_new0(struct host_session *, host->blocks + 1);
}

static uint64_t blocks_available(const struct host *host)
{
    return host->free_count + (host->blocks - host->blocks_used);
}

static uint32_t block_take(struct host *host, struct host_session *owner, uint64_t requested_ps)
{
    uint32_t block;

    if (host->free_count)
        block = host->free_blocks[--host->free_count];
    else if (host->blocks_used < host->blocks)
        block = (uint32_t)host->blocks_used++;
    else
        return NO_BLOCK;
    host->block_requested_ps[block] = requested_ps;
    host->block_owner[block] = owner;
    host->sends_unfinished++;
    return block;
}

static void block_give(struct host *host, uint32_t block)
{
    struct host_session *session;

    host->block_requested_ps[block] = 0;
    host->block_owner[block] = NULL;
    host->free_blocks[host->free_count++] = block;
    host->sends_unfinished--;
    for (bool told = false; !told && (session = g_queue_pop_head(&host->memory_waiters));) {
        session->wants_memory = false;
        told = !session->ended && !session->closed && !session->aborted;
        if (told && host->events && host->events->changed)
            host->events->changed(host->application, session);
        host_session_release(session);
    }
}

uint64_t host_requested_ps(const struct host *host, uint64_t host_address)
{
    uint64_t block;

    if (host_address < host->block_base)
        return 0;
    block = (host_address - host->block_base) / host->send_bytes;
    return block < host->blocks ? host->block_requested_ps[block] : 0;
}

/* --- The table ------------------------------------------------------------------------------- */

void host_sessions_init(struct host *host)
{
    host->sessions = g_hash_table_new(g_direct_hash, g_direct_equal);
    g_queue_init(&host->memory_waiters);
}

static gboolean free_session(void *key, void *value, void *data)
{
    struct host_session *session = value;

    (void)key;
    (void)data;
    for (struct host_send *send = session->first_send, *next; send; send = next) {
        next = send->next;
        g_free(send);
    }
    g_free(session);
    return TRUE;
}

void host_sessions_free(struct host *host)
{
    if (!host->sessions)
        return;
    /* Sessions that ended but are still held are held by calls and requests that are gone with the
     * run. */
    g_hash_table_foreach_remove(host->sessions, free_session, NULL);
    g_hash_table_destroy(host->sessions);
    g_queue_clear(&host->memory_waiters);
    g_free(host->free_blocks);
    g_free(host->block_requested_ps);
    g_free(host->block_owner);
}

struct host_session *host_session(struct host *host, uint32_t number)
{
    return g_hash_table_lookup(host->sessions, GUINT_TO_POINTER(number));
}

void host_session_hold(struct host_session *session)
{
    session->references++;
}

void host_session_release(struct host_session *session)
{
    if (--session->references == 0)
        free_session(NULL, session, NULL);
}

/* --- Reading: the stream of the remote, and credit for it ------------------------------------ */

const struct part *host_session_part(const struct host_session *session)
{
    return session->credit_due.part;
}

static struct host *host_of(const struct host_session *session)
{
    return (struct host *)session->credit_due.part;
}

static void send_credit(struct host *host, struct host_session *session)
{
    struct hw_message message = {.type = HW_CREDIT,
                                 .session = session->number,
                                 .argument = (uint32_t)session->uncredited_bytes};

    event_cancel(&session->credit_due);
    session->uncredited_bytes = 0;
    host->counts.credits++;
    host_add_call(host, session, &message);
}

static void credit_event(void *owner)
{
    struct host_session *session = owner;

    send_credit(host_of(session), session);
}

/* The application reads what it may. Credit goes back in pieces of credit_bytes; the rest of it
 * when credit_delay has passed, so that a card with a small window never waits for ever. */
static void read_stream(struct host *host, struct host_session *session)
{
    uint64_t until = MIN(session->received_bytes, session->read_limit);
    bool was_unread = session->read_bytes < session->received_bytes;

    if (until > session->read_bytes) {
        session->uncredited_bytes += until - session->read_bytes;
        session->read_bytes = until;
    }
    host->unread_sessions -= was_unread && session->read_bytes == session->received_bytes;
    if (session->remote_closed || session->ended) {
        event_cancel(&session->credit_due); /* no more will come: the window doesn't matter */
        return;
    }
    if (session->uncredited_bytes >= host->credit_bytes)
        send_credit(host, session);
    if (session->uncredited_bytes && host->credit_delay_ps && !event_pending(&session->credit_due))
        event_in(&session->credit_due, host->credit_delay_ps);
}

void host_read_until(struct host *host, struct host_session *session, uint64_t offset)
{
    if (session->ended)
        return;
    session->read_limit = offset;
    read_stream(host, session);
}

/* --- What the card says of a session --------------------------------------------------------- */

static void tell_changed(struct host *host, struct host_session *session)
{
    if (host->events && host->events->changed)
        host->events->changed(host->application, session);
}

void host_session_open(struct host *host, const struct hw_message *message)
{
    struct host_session *session = g_new0(struct host_session, 1);

    session->id = ++host->last_id;
    session->number = message->session;
    session->tuple = message->tuple;
    session->argument = message->argument;
    host->connects_unanswered -= message->argument != 0;
    session->read_limit = UINT64_MAX;
    session->references = 1; /* the table's */
    event_init(&session->credit_due, &host->part, session, "credit", credit_event);
    g_hash_table_insert(host->sessions, GUINT_TO_POINTER(session->number), session);
    host->counts.sessions_opened++;
    if (++host->counts.sessions > host->counts.sessions_max)
        host->counts.sessions_max = host->counts.sessions;
    if (host->observe_opened)
        host->observe_opened(host->observer, session);
    if (host->events && host->events->opened)
        host->events->opened(host->application, session);
}

void host_session_data(struct host *host, struct host_session *session, const uint8_t *data,
                       uint32_t bytes)
{
    uint64_t offset = session->received_bytes;

    host->unread_sessions += session->read_bytes == offset;
    session->received_bytes += bytes;
    if (session->received_bytes > host->counts.session_max_bytes)
        host->counts.session_max_bytes = session->received_bytes;
    if (host->sink)
        host->sink(host->sink_owner, session, offset, data, bytes);
    read_stream(host, session);
    tell_changed(host, session);
}

void host_session_remote_closed(struct host *host, struct host_session *session)
{
    session->remote_closed = true;
    event_cancel(&session->credit_due);
    tell_changed(host, session);
}

static void give_sends(struct host *host, struct host_session *session, uint64_t up_to)
{
    while (session->first_send && session->first_send->end <= up_to) {
        struct host_send *send = session->first_send;

        session->first_send = send->next;
        host->counts.sent_bytes += send->bytes;
        block_give(host, send->block);
        g_free(send);
    }
}

bool host_session_fetched(struct host *host, struct host_session *session, uint64_t bytes)
{
    if (bytes > session->requested_bytes - session->fetched_bytes)
        return false;
    session->fetched_bytes += bytes;
    give_sends(host, session, session->fetched_bytes);
    tell_changed(host, session);
    return true;
}

void host_session_end(struct host *host, struct host_session *session, bool reset)
{
    session->ended = true;
    event_cancel(&session->credit_due);
    host->unread_sessions -= session->read_bytes < session->received_bytes;
    host->counts.sessions--;
    if (reset)
        host->counts.sessions_reset++;
    else
        host->counts.sessions_finished++;
    g_hash_table_remove(host->sessions, GUINT_TO_POINTER(session->number));
    if (host->observe_ended)
        host->observe_ended(host->observer, session, reset);
    if (host->events && host->events->ended)
        host->events->ended(host->application, session, reset);
    while (session->first_send) { /* what the card never fetched */
        struct host_send *send = session->first_send;

        session->first_send = send->next;
        block_give(host, send->block);
        g_free(send);
    }
    host_session_release(session);
}

/* --- The application's calls ----------------------------------------------------------------- */

void host_want_memory(struct host *host, struct host_session *session)
{
    if (session->ended || session->wants_memory || blocks_available(host))
        return;
    session->wants_memory = true;
    host_session_hold(session);
    host->counts.memory_waits++;
    g_queue_push_tail(&host->memory_waiters, session);
}

uint64_t host_send_room(const struct host *host, const struct host_session *session)
{
    uint64_t unfetched = session->queued_bytes - session->fetched_bytes;
    uint64_t memory = blocks_available(host) * host->send_bytes;

    if (session->closed || session->aborted || session->ended ||
        unfetched >= host->send_buffer_bytes)
        return 0;
    return MIN(host->send_buffer_bytes - unfetched, memory);
}

static void add_send(struct host *host, struct host_session *session, const uint8_t *data,
                     uint32_t bytes, uint64_t requested_ps, bool is_continued)
{
    struct host_send *send = g_new0(struct host_send, 1);
    struct call *call = g_new0(struct call, 1);
    uint64_t address;

    send->block = block_take(host, session, requested_ps);
    sim_check(&host->part, send->block != NO_BLOCK);
    session->queued_bytes += bytes;
    send->bytes = bytes;
    send->end = session->queued_bytes;
    if (session->first_send)
        session->last_send->next = send;
    else
        session->first_send = send;
    session->last_send = send;
    address = host_block_address(host, send->block);
    call->session = session;
    call->message = (struct hw_message){.type = HW_SEND,
                                        .session = session->number,
                                        .argument = bytes,
                                        .host_low = (uint32_t)address,
                                        .host_high = (uint32_t)(address >> 32)};
    call->data = g_memdup2(data, bytes);
    call->bytes = bytes;
    call->block = send->block;
    call->is_continued = is_continued;
    host_append_call(host, call);
}

uint64_t host_send(struct host *host, struct host_session *session, const uint8_t *data,
                   uint64_t bytes, uint64_t requested_ps)
{
    uint64_t accepted = MIN(bytes, host_send_room(host, session));

    for (uint64_t at = 0; at < accepted;) {
        uint32_t piece = (uint32_t)MIN(host->send_bytes, accepted - at);

        add_send(host, session, data + at, piece, requested_ps, at > 0);
        at += piece;
    }
    if (accepted < bytes)
        host_want_memory(host, session);
    return accepted;
}

void host_connect(struct host *host, const struct hw_tuple *tuple, uint32_t argument)
{
    struct hw_message message = {.type = HW_CONNECT, .argument = argument, .tuple = *tuple};

    sim_check(&host->part, argument != 0);
    host->connects_unanswered++;
    host->counts.connects++;
    host_add_call(host, NULL, &message);
}

void host_connect_refused(struct host *host, uint32_t argument)
{
    host->connects_unanswered--;
    host->counts.connects_refused++;
    if (host->events && host->events->refused)
        host->events->refused(host->application, argument);
}

static void end_direction(struct host *host, struct host_session *session,
                          enum hw_message_type type)
{
    struct hw_message message = {.type = (uint8_t)type, .session = session->number};

    host_add_call(host, session, &message);
}

void host_close(struct host *host, struct host_session *session)
{
    if (session->closed || session->aborted || session->ended)
        return;
    session->closed = true;
    end_direction(host, session, HW_CLOSE);
}

void host_abort(struct host *host, struct host_session *session)
{
    if (session->aborted || session->ended)
        return;
    session->aborted = true;
    end_direction(host, session, HW_ABORT);
}

/* Datagrams are numbered by their blocks, downwards from the highest session number: no stack has
 * so many sessions that it gets there. */
bool host_send_datagram(struct host *host, const struct hw_tuple *tuple, const uint8_t *data,
                        uint32_t bytes, uint64_t requested_ps)
{
    bool is_packet = host->tx == TX_PACKETS && host_packet_headers(tuple) + bytes <= host->mtu_bytes &&
                     host_packet_headers(tuple) + bytes <= host->send_bytes;
    uint32_t block =
        bytes && bytes <= host->send_bytes ? block_take(host, NULL, requested_ps) : NO_BLOCK;
    struct call *call;
    uint64_t address;

    if (block == NO_BLOCK) {
        host->counts.datagrams_refused++;
        return false;
    }
    /* A request at time 0 is a request too. */
    if (requested_ps == 0)
        host->block_requested_ps[block] = 1;
    host->counts.datagrams_sent++;
    host->counts.datagrams_sent_bytes += bytes;
    host->counts.packets_sent += is_packet;
    address = host_block_address(host, block);
    call = g_new0(struct call, 1);
    call->data = is_packet ? host_packet(tuple, data, &bytes, (uint16_t)host->counts.packets_sent) : g_memdup2(data, bytes);
    call->message = (struct hw_message){.type = is_packet ? HW_SEND_PACKET : HW_SEND_DATAGRAM,
                                        .session = UINT32_MAX - block,
                                        .argument = bytes,
                                        .host_low = (uint32_t)address,
                                        .host_high = (uint32_t)(address >> 32),
                                        .tuple = *tuple};
    call->bytes = bytes;
    call->block = block;
    host_append_call(host, call);
    return true;
}

bool host_datagram_fetched(struct host *host, uint32_t number)
{
    uint32_t block = UINT32_MAX - number;

    if (block >= host->blocks_used || host->block_owner[block] ||
        host->block_requested_ps[block] == 0)
        return false;
    block_give(host, block);
    return true;
}

/* --- For the report -------------------------------------------------------------------------- */

void host_observe(struct host *host,
                  void (*opened)(void *owner, const struct host_session *session),
                  void (*ended)(void *owner, const struct host_session *session, bool reset),
                  void *owner)
{
    host->observe_opened = opened;
    host->observe_ended = ended;
    host->observer = owner;
}

static int by_id(const void *a, const void *b)
{
    const struct host_session *first = a, *second = b;

    return (first->id > second->id) - (first->id < second->id);
}

void host_open_sessions(struct host *host)
{
    GList *sessions = g_list_sort(g_hash_table_get_values(host->sessions), by_id);

    for (GList *each = sessions; each && host->observe_ended; each = each->next)
        host->observe_ended(host->observer, each->data, false);
    g_list_free(sessions);
}
