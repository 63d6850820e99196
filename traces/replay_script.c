/* replay_script.c - the captured server's side: what it sent, and after how many bytes of the client;
 * and the streams of both sides, compared with what the host got and what the card sent.
 *
 *     segment read [script_learn] --in order--> script --[replay_step]--> application
 *                                 --beyond a gap--> early --gap filled--> script
 *     gap that the client acknowledged [script_pad] --zeros, not stored--> script
 *
 * A byte never changes once a step shows it. */
#include "traces/replay_internal.h"

#include <netinet/in.h>
#include <string.h>

/* --- Memory ---------------------------------------------------------------------------------- */

/* To be called when the stream has changed. */
static void count_server(struct replay *replay, struct connection *connection)
{
    uint64_t kept = connection->server.end - MIN(connection->server.released, connection->server.end);

    if (kept < connection->server_kept)
        replay->server_released_ps = replay->now_ps;
    replay->server_bytes += kept - connection->server_kept;
    connection->server_kept = kept;
}

void script_release(struct replay *replay, struct connection *connection)
{
    stream_free(&connection->server);
    count_server(replay, connection);
}

void script_free(struct replay *replay, struct connection *connection)
{
    script_release(replay, connection);
    g_array_free(connection->script, true);
    g_array_free(connection->early, true);
}

/* --- Reading --------------------------------------------------------------------------------- */

static bool is_still_sending(const struct connection *connection)
{
    return connection->state <= CONNECTION_OPEN && !connection->closed;
}

static void keep_bytes(struct replay *replay, struct connection *connection, uint64_t offset, const uint8_t *data,
                       uint32_t bytes)
{
    uint64_t end = connection->server.released + STREAM_MAX_SPAN_BYTES;

    if (!is_still_sending(connection))
        return;
    if (offset + bytes > end)
        replay->counts.server_bytes_not_kept += MIN(offset + bytes - end, bytes);
    stream_put(&connection->server, offset, data, bytes);
    count_server(replay, connection);
}

static void append(struct replay *replay, struct connection *connection,
                   const struct script_entry *entry)
{
    GArray *script = connection->script;
    struct script_entry *last =
        script->len ? &g_array_index(script, struct script_entry, script->len - 1) : NULL;
    struct script_entry fresh = *entry;

    fresh.visible_ps = replay->visible_ps;
    if (last)
        fresh.after_bytes = MAX(fresh.after_bytes, last->after_bytes);
    if (last && last->kind == REPLAY_STEP_SEND && fresh.kind == REPLAY_STEP_SEND &&
        last->after_bytes == fresh.after_bytes && last->visible_ps == fresh.visible_ps &&
        last->end == fresh.offset)
        last->end = fresh.end;
    else
        g_array_append_val(script, fresh);
}

static void keep_early(struct connection *connection, const struct script_entry *entry)
{
    GArray *early = connection->early;
    unsigned place = early->len;

    /* A gap is padded before the reader is as many records ahead: what comes then, from far ahead,
     * fills no step by itself, and its bytes are in the stream. */
    if (place >= REPLAY_AHEAD_RECORDS && entry->kind == REPLAY_STEP_SEND)
        return;
    while (place && g_array_index(early, struct script_entry, place - 1).offset > entry->offset)
        place--;
    g_array_insert_val(early, place, *entry);
}

/* Moves to the script what now follows without a gap. */
static void take_early(struct replay *replay, struct connection *connection)
{
    unsigned taken = 0;

    for (; taken < connection->early->len; taken++) {
        struct script_entry *entry = &g_array_index(connection->early, struct script_entry, taken);
        uint64_t read = connection->server_read - 1;

        if (entry->offset > read)
            break;
        if (entry->kind == REPLAY_STEP_CLOSE) {
            append(replay, connection, entry);
            connection->server_read++;
        } else if (entry->kind == REPLAY_STEP_SEND && entry->end > read) {
            entry->offset = read;
            append(replay, connection, entry);
            connection->server_read = entry->end + 1;
        }
    }
    if (taken)
        g_array_remove_range(connection->early, 0, taken);
}

static uint64_t bytes_received(const struct connection *connection, const struct packet *packet)
{
    int64_t received = connection_position(packet->acknowledgement, connection->client_isn,
                                           connection->client_read);

    if (!(packet->tcp_flags & PACKET_ACK) || received > (int64_t)connection->client_read)
        received = (int64_t)connection->client_read;
    return received > 1 ? (uint64_t)received - 1 : 0;
}

void script_learn(struct replay *replay, struct connection *connection, const struct packet *packet)
{
    struct script_entry entry = {.after_bytes = bytes_received(connection, packet)};
    int64_t position =
        connection_position(packet->sequence, connection->server_isn, connection->server_read);
    int64_t end = position + packet->payload_bytes;
    bool is_over = connection->server_rst || (connection->server_fin_at &&
                                              connection->server_read > connection->server_fin_at);

    if (packet->tcp_flags & PACKET_RST) {
        entry.kind = REPLAY_STEP_ABORT;
        entry.offset = entry.end = connection->server_read - 1;
        if (!is_over)
            append(replay, connection, &entry);
        connection->server_rst = true;
        return;
    }
    if ((packet->tcp_flags & PACKET_SYN) || is_over || position < 1 ||
        end > (int64_t)connection->server_read + STREAM_MAX_SPAN_BYTES)
        return;
    if (packet->payload_bytes && end > (int64_t)connection->server_read) {
        uint32_t captured = MIN(packet->payload_captured, packet->payload_bytes);
        /* What a step has shown stays, padding too. */
        uint32_t shown = position < (int64_t)connection->server_read
                             ? (uint32_t)((int64_t)connection->server_read - position)
                             : 0;

        entry.kind = REPLAY_STEP_SEND;
        entry.offset = (uint64_t)position - 1;
        entry.end = (uint64_t)end - 1;
        if (captured > shown)
            keep_bytes(replay, connection, entry.offset + shown, packet->data + packet->payload_offset + shown,
                       captured - shown);
        keep_early(connection, &entry);
    }
    if ((packet->tcp_flags & PACKET_FIN) && !connection->server_fin_at) {
        connection->server_fin_at = (uint64_t)end;
        entry.kind = REPLAY_STEP_CLOSE;
        entry.offset = entry.end = (uint64_t)end - 1;
        keep_early(connection, &entry);
    }
    take_early(replay, connection);
}

void script_pad(struct replay *replay, struct connection *connection, uint64_t acked,
                uint64_t after_bytes)
{
    uint64_t read = connection->server_read - 1, end = acked - 1;
    struct script_entry entry = {REPLAY_STEP_SEND, read, end, after_bytes, 0};

    if (connection->server_fin_at)
        entry.end = MIN(entry.end, connection->server_fin_at - 1);
    if (connection->server_rst || entry.end <= read || !connection_may_miss(connection, true, entry.end - read))
        return;
    replay->counts.holes_padded++;
    if (end == read + 1 && !connection->server_fin_at && connection->client_fin_at) {
        /* One number at the end of a connection that ends: the server's FIN. */
        connection->server_fin_at = connection->server_read;
        entry.kind = REPLAY_STEP_CLOSE;
    }
    keep_early(connection, &entry);
    take_early(replay, connection);
}

/* --- Asking ---------------------------------------------------------------------------------- */

static void tuple_packet(struct packet *packet, const struct replay_tuple *tuple)
{
    *packet = (struct packet){.network = tuple->is_ipv6 ? PACKET_IPV6 : PACKET_IPV4,
                              .protocol = IPPROTO_TCP,
                              .has_addresses = true,
                              .source = tuple->remote,
                              .destination = tuple->local,
                              .source_port = tuple->remote_port,
                              .destination_port = tuple->local_port,
                              .transport_offset = 1};
}

uint64_t replay_connection(const struct replay *replay, const struct replay_tuple *tuple)
{
    if (replay->serve)
        return serve_connection(replay->serve, tuple);
    struct packet packet;
    struct flow_key key;

    tuple_packet(&packet, tuple);
    unsigned client = flow_key_of(&key, &packet);
    const struct connection *connection = g_hash_table_lookup(replay->running, &key);
    return connection && connection->client == client ? connection->number : 0;
}

static struct connection *by_number(const struct replay *replay, uint64_t number)
{
    return g_hash_table_lookup(replay->by_number, &number);
}

void replay_step(const struct replay *replay, uint64_t number, uint64_t sent_bytes, uint64_t now_ps,
                 struct replay_step *step, uint8_t *data, uint32_t limit)
{
    const struct connection *connection = by_number(replay, number);

    *step = (struct replay_step){.kind = connection ? REPLAY_STEP_UNKNOWN : REPLAY_STEP_END};
    if (!connection)
        return;
    for (unsigned i = connection->script_first; i < connection->script->len; i++) {
        const struct script_entry *entry =
            &g_array_index(connection->script, struct script_entry, i);

        if (entry->visible_ps > now_ps)
            return;
        if (entry->kind == REPLAY_STEP_SEND && entry->end <= sent_bytes)
            continue;
        step->kind = entry->kind;
        step->after_bytes = entry->after_bytes;
        step->offset = MAX(entry->offset, sent_bytes);
        if (entry->kind == REPLAY_STEP_SEND) {
            step->bytes = (uint32_t)MIN(entry->end - step->offset, UINT32_MAX);
            if (data)
                stream_get(&connection->server, step->offset, data, MIN(step->bytes, limit));
        }
        return;
    }
    /* Bytes that the capture lost become steps when the client's acknowledgement of them is taken. */
    bool is_to_be_padded =
        connection->items &&
        (connection->early->len || connection->server_acked > connection->server_read);
    if (connection->all_read && connection->all_read_ps <= now_ps && !is_to_be_padded)
        step->kind = REPLAY_STEP_END;
}

/* What the application has handed on is kept until the card has sent it, to be compared. */
static void release_server(struct replay *replay, struct connection *connection)
{
    uint64_t sent = connection->card_sent ? connection->card_sent - 1 : 0;

    stream_release(&connection->server, MIN(connection->handed, sent));
    count_server(replay, connection);
}

void replay_step_done(struct replay *replay, uint64_t number, uint64_t sent_bytes)
{
    struct connection *connection = by_number(replay, number);

    if (!connection)
        return;
    while (connection->script_first < connection->script->len) {
        const struct script_entry *entry =
            &g_array_index(connection->script, struct script_entry, connection->script_first);

        if (entry->kind != REPLAY_STEP_SEND || entry->end > sent_bytes)
            break;
        connection->script_first++;
    }
    if (connection->script_first > 64 && 2 * connection->script_first > connection->script->len) {
        g_array_remove_range(connection->script, 0, connection->script_first);
        connection->script_first = 0;
    }
    connection->handed = MAX(connection->handed, sent_bytes);
    release_server(replay, connection);
}

void script_compare(struct replay *replay, struct connection *connection, uint64_t offset,
                    const uint8_t *data, uint32_t bytes)
{
    if (offset + bytes <= connection->handed) { /* else it was not asked for here */
        replay->counts.server_bytes_sent += bytes;
        replay->counts.server_mismatched_bytes +=
            stream_differences(&connection->server, offset, data, bytes);
    }
    release_server(replay, connection);
}

/* --- What the host got ----------------------------------------------------------------------- */

static uint32_t bytes_not_taken(const struct stream *stream, uint64_t offset, uint64_t end)
{
    uint32_t missing = 0;

    for (offset = MAX(offset, stream->released); offset < end;) {
        uint64_t from = stream_find(stream, offset, end, STREAM_TAKEN, false);

        offset = stream_find(stream, from, end, STREAM_TAKEN, true);
        missing += (uint32_t)(offset - from);
    }
    return missing;
}

void replay_delivered(struct replay *replay, uint64_t number, uint64_t offset, const uint8_t *data,
                      uint32_t bytes)
{
    struct connection *connection;

    if (replay->serve) {
        serve_delivered(replay->serve, number, offset, data, bytes);
        return;
    }
    connection = by_number(replay, number);
    if (!connection)
        return;
    replay->counts.payload_mismatched_bytes +=
        stream_differences(&connection->stream, offset, data, bytes) +
        bytes_not_taken(&connection->stream, offset, offset + bytes); /* can't be right either */
    replay->counts.payload_delivered_bytes +=
        stream_mark(&connection->stream, offset, bytes, STREAM_DELIVERED);
    connection->delivered = MAX(connection->delivered, offset + bytes);
    connection_release_stream(connection);
}
