/* replay_duration.c - the end of the duration: from then on no captured frame goes to the card.
 *
 *     schedule, held     left out and counted
 *     ready              captured frames too, though their connections took them for sent: these are set back to what
 *                        was on the wire, the last frame first
 *     agenda             goes on: what was on the wire is repaired, what the card sends acknowledged
 *
 * A connection of which a frame was left out is cut: its end is not awaited. */
#include "traces/replay_internal.h"

#include <netinet/in.h>

static void leave_out(struct item *item, uint64_t *left_out)
{
    *left_out += item->wire_bytes > 0;
    g_free(item);
}

static void empty_schedule(struct replay *replay, uint64_t *left_out)
{
    struct item *item;

    while ((item = g_queue_pop_head(&replay->schedule)) != NULL) {
        if (item->connection) {
            item->connection->items--;
            item->connection->cut = true;
        }
        leave_out(item, left_out);
    }
}

static void empty_held(struct replay *replay, struct connection *connection, uint64_t *left_out)
{
    struct item *item;

    while ((item = g_queue_pop_head(&connection->held)) != NULL) {
        replay->held--;
        replay->held_bytes -= item->wire_bytes;
        connection->cut = true;
        leave_out(item, left_out);
    }
    replay_due_at(replay, connection, DUE_PROBE, REPLAY_NEVER);
}

/* Its bytes were not on the wire. The FIN takes a number, like a byte. */
static void set_back(struct connection *connection, const struct packet *packet, uint32_t new_bytes)
{
    uint32_t has_fin = (packet->tcp_flags & PACKET_FIN) != 0;
    int64_t position = connection_position(packet->sequence, connection->client_isn, connection->sent);
    uint64_t end = (uint64_t)MAX(position + packet->payload_bytes, 1);

    connection->cut = true;
    if (new_bytes)
        stream_clear(&connection->stream, end - 1 - new_bytes, new_bytes, STREAM_TAKEN);
    if (has_fin && connection->fin_sent_at == end)
        connection->fin_sent_at = 0;
    if (end + has_fin != connection->sent || new_bytes + has_fin == 0)
        return;
    connection->sent = MAX(end - new_bytes, connection->card_acked);
    connection->recover = MIN(connection->recover, connection->sent);
    connection->repaired_to = MIN(connection->repaired_to, connection->sent);
}

static void take_back(struct replay *replay, struct item *item, uint64_t *left_out)
{
    struct packet packet;
    struct flow_key key;

    packet_parse(&packet, item->data, item->wire_bytes, item->wire_bytes);
    if (packet.protocol == IPPROTO_TCP && packet.payload_offset && !packet.is_fragment) {
        unsigned client = connection_client_of(&key, &packet, true);
        struct connection *connection = g_hash_table_lookup(replay->running, &key);

        if (connection && connection->client == client && connection->state == CONNECTION_OPEN)
            set_back(connection, &packet, item->new_bytes);
    }
    leave_out(item, left_out);
}

static void empty_ready(struct replay *replay, uint64_t *left_out)
{
    for (GList *place = replay->ready.tail, *before; place; place = before) {
        struct item *item = place->data;

        before = place->prev;
        if (item->kind != REPLAY_CAPTURED)
            continue;
        g_queue_delete_link(&replay->ready, place);
        take_back(replay, item, left_out);
    }
}

void duration_end(struct replay *replay, uint64_t *left_out)
{
    struct connection *next;

    replay->is_over = true;
    empty_schedule(replay, left_out);
    for (struct connection *each = replay->first; each; each = each->next)
        empty_held(replay, each, left_out);
    empty_ready(replay, left_out);
    reader_all_read(replay);
    for (struct connection *each = replay->first; each; each = next) {
        next = each->next;
        replay->counts.connections_cut += each->cut;
        if (each->cut)
            connection_not_open(replay, each); /* its end is not awaited */
        connection_check_end(replay, each); /* may free one that closed earlier, not this one */
    }
}
