/* The captured server's side: what it sent, and after how many bytes of the client. */
#include "traces/replay_internal.h"

#include "sim/check.h"

static struct script_entry *last_entry(struct connection *connection)
{
    return connection->script->len
               ? &g_array_index(connection->script, struct script_entry, connection->script->len - 1)
               : NULL;
}

static void append(struct replay *replay, struct connection *connection, enum replay_step_kind kind,
                   uint64_t offset, uint64_t end, uint64_t after_bytes)
{
    struct script_entry *last = last_entry(connection);

    if (kind == REPLAY_STEP_SEND && last && last->kind == kind && last->after_bytes == after_bytes &&
        last->visible_ps == replay->reading_ps && last->end == offset) {
        last->end = end;
        return;
    }
    struct script_entry entry = {kind, offset, end, after_bytes, replay->reading_ps};

    g_array_append_val(connection->script, entry);
}

/* Segments sent again add nothing; a gap that the capture has is filled by what comes later, or is padding. */
void script_read(struct replay *replay, struct connection *connection, const struct packet *packet)
{
    uint64_t position =
        connection_position(packet->sequence, connection->server_isn, connection->server_read);
    uint64_t end = position + packet->payload_bytes;
    uint64_t received = connection_position(packet->acknowledgement, connection->client_isn,
                                            connection->client_read);
    uint64_t after_bytes = received ? received - 1 : 0;

    if (packet->tcp_flags & PACKET_RST) {
        if (!connection->server_rst)
            append(replay, connection, REPLAY_STEP_ABORT, connection->server_read - 1,
                   connection->server_read - 1,
                   (packet->tcp_flags & PACKET_ACK) ? after_bytes : connection->client_read - 1);
        connection->server_rst = true;
        return;
    }
    if (packet->tcp_flags & PACKET_SYN)
        return;
    if (packet->payload_bytes && position > 0 &&
        end < connection->server_read + STREAM_MAX_SPAN_BYTES) {
        uint32_t known = MIN(packet->payload_captured, packet->payload_bytes);

        stream_put(&connection->server, position - 1, packet->data + packet->payload_offset, known);
        if (end > connection->server_read && !connection->server_fin)
            append(replay, connection, REPLAY_STEP_SEND, connection->server_read - 1, end - 1,
                   after_bytes);
        connection->server_read = MAX(connection->server_read, end);
    }
    if ((packet->tcp_flags & PACKET_FIN) && !connection->server_fin) {
        connection->server_fin = true;
        connection->server_fin_at = connection->server_read;
        append(replay, connection, REPLAY_STEP_CLOSE, connection->server_read - 1,
               connection->server_read - 1, after_bytes);
        connection->server_read++;
    }
}

void script_free(struct connection *connection)
{
    stream_free(&connection->server);
    g_array_free(connection->script, true);
}

uint64_t replay_connection(const struct replay *replay, const struct replay_tuple *tuple)
{
    struct packet packet = {.network = tuple->is_ipv6 ? PACKET_IPV6 : PACKET_IPV4,
                            .protocol = 6,
                            .has_addresses = true,
                            .source = tuple->remote,
                            .destination = tuple->local,
                            .source_port = tuple->remote_port,
                            .destination_port = tuple->local_port,
                            .transport_offset = 1};
    struct flow_key key;

    flow_key_of(&key, &packet);
    const struct connection *connection = g_hash_table_lookup(replay->running, &key);
    return connection ? connection->number : 0;
}

static struct connection *by_number(const struct replay *replay, uint64_t number)
{
    return g_hash_table_lookup(replay->by_number, &number);
}

void replay_step(const struct replay *replay, uint64_t number, uint64_t sent_bytes, uint64_t now_ps,
                 struct replay_step *step, uint8_t *data, uint32_t limit)
{
    const struct connection *connection = by_number(replay, number);

    *step = (struct replay_step){.kind = REPLAY_STEP_END};
    if (!connection)
        return;
    for (unsigned i = connection->script_first; i < connection->script->len; i++) {
        const struct script_entry *entry =
            &g_array_index(connection->script, struct script_entry, i);

        if (entry->visible_ps && entry->visible_ps >= now_ps)
            break;
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
    if (!replay->at_end || replay->end_visible_ps >= now_ps)
        step->kind = REPLAY_STEP_UNKNOWN;
    if (replay->at_end && replay->end_visible_ps == 0)
        step->kind = REPLAY_STEP_END;
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
    stream_release(&connection->server, sent_bytes);
}

void replay_delivered(struct replay *replay, uint64_t number, uint64_t offset, const uint8_t *data,
                      uint32_t bytes)
{
    struct connection *connection = by_number(replay, number);

    if (!connection)
        return;
    uint32_t fresh = stream_mark(&connection->stream, offset, bytes, STREAM_DELIVERED);

    replay->counts.payload_delivered_bytes += fresh;
    /* Bytes that no client sent can't be right either. */
    replay->counts.payload_mismatched_bytes +=
        stream_differences(&connection->stream, offset, data, bytes);
    if (offset + bytes > connection->stream.end)
        replay->counts.payload_mismatched_bytes += bytes;
    connection->delivered = MAX(connection->delivered, offset + bytes);
    stream_release(&connection->stream,
                   MIN(connection->card_acked ? connection->card_acked - 1 : 0,
                       connection->delivered));
}
