/* replay_learn.c - what the capture tells of each connection, as the reader passes its segments.
 *
 * Everything here is ahead of simulated time, and nothing of it acts: it is looked at when the
 * connection's frames are taken, or strictly later by the application. */
#include "traces/replay_internal.h"

#include <string.h>

int64_t connection_position(uint32_t number, uint32_t isn, uint64_t near)
{
    uint32_t distance = number - isn - (uint32_t)near;

    return (int64_t)near + (int32_t)distance;
}

unsigned connection_client_of(struct flow_key *key, const struct packet *packet, bool to_card)
{
    unsigned sender = flow_key_of(key, packet);

    return to_card ? sender : !sender;
}

/* --- Connections ----------------------------------------------------------------------------- */

void connection_all_read(struct replay *replay, struct connection *connection)
{
    if (connection->all_read)
        return;
    connection->all_read = true;
    replay->open_in_capture -= !connection->of_card;
    connection->all_read_ps = replay->visible_ps;
    connection_check_end(replay, connection);
}

static struct connection *new_connection(struct replay *replay, const struct flow_key *key,
                                         unsigned client, const struct packet *packet)
{
    struct connection *connection = g_new0(struct connection, 1);
    struct connection *before = g_hash_table_lookup(replay->reading, key);

    connection->number = ++replay->last_number;
    connection->record = replay->scheduled;
    connection->key = *key;
    connection->client = client;
    connection->network = (uint8_t)packet->network;
    connection->client_scale = connection->server_scale = connection->card_scale = -1;
    connection->client_read = connection->server_read = 1;
    connection->client_acked = connection->server_acked = 1;
    connection->rto_ps = REPLAY_FIRST_RTO_PS;
    connection->script = g_array_new(false, false, sizeof(struct script_entry));
    connection->early = g_array_new(false, false, sizeof(struct script_entry));
    for (unsigned i = 0; i < DUE_KINDS; i++)
        connection->due[i] =
            (struct due){.time_ps = REPLAY_NEVER, .connection = connection, .kind = i};
    connection->previous = replay->last;
    if (replay->last)
        replay->last->next = connection;
    else
        replay->first = connection;
    replay->last = connection;
    g_hash_table_replace(replay->reading, &connection->key, connection);
    g_hash_table_insert(replay->by_number, &connection->number, connection);
    if (before) { /* the same addresses and ports begin anew */
        before->replaced = true;
        connection_all_read(replay, before);
    }
    return connection;
}

static void forget(GHashTable *table, struct connection *connection)
{
    if (g_hash_table_lookup(table, &connection->key) == connection)
        g_hash_table_remove(table, &connection->key);
}

/* The capture may hold one direction only. Should its client come later, it begins there. */
void connections_forget_unanswered(struct replay *replay)
{
    struct connection *next;

    if (replay->scheduled < replay->forgot_record + REPLAY_AHEAD_RECORDS &&
        replay->read_bytes < replay->forgot_bytes + REPLAY_AHEAD_BYTES)
        return;
    for (struct connection *each = replay->first; each; each = next) {
        next = each->next;
        if (each->state != CONNECTION_NEW || each->items || each->closed || each->record > replay->forgot_record)
            continue;
        replay->counts.connections--;
        replay->counts.connections_midstream -= each->midstream;
        replay->open_in_capture -= !each->of_card && !each->all_read;
        connection_free(replay, each);
    }
    replay->forgot_record = replay->scheduled;
    replay->forgot_bytes = replay->read_bytes;
}

void connection_free(struct replay *replay, struct connection *connection)
{
    connection_not_open(replay, connection);
    forget(replay->reading, connection);
    forget(replay->running, connection);
    g_hash_table_remove(replay->by_number, &connection->number);
    *(connection->previous ? &connection->previous->next : &replay->first) = connection->next;
    *(connection->next ? &connection->next->previous : &replay->last) = connection->previous;
    for (unsigned i = 0; i < DUE_KINDS; i++)
        replay_due_at(replay, connection, i, REPLAY_NEVER);
    stream_free(&connection->stream);
    script_free(replay, connection);
    g_queue_clear_full(&connection->held, g_free);
    g_free(connection->syn);
    g_free(connection);
}

static struct connection *begin(struct replay *replay, const struct flow_key *key, unsigned client,
                                const struct packet *packet,
                                const struct packet_tcp_options *options)
{
    struct connection *connection = new_connection(replay, key, client, packet);

    replay->counts.connections++;
    replay->open_in_capture++;
    connection->client_isn = packet->sequence;
    connection->client_scale = options->window_scale;
    connection->client_timestamps = options->timestamp_offset != 0;
    connection->client_sack = options->sack_permitted;
    return connection;
}

/* The card's side opened it, or the other side did with the SYN that answers it. */
static void begin_of_card(struct replay *replay, const struct flow_key *key, unsigned client,
                          const struct packet *packet)
{
    struct connection *connection = new_connection(replay, key, client, packet);

    connection->of_card = true;
    replay->counts.connections_of_card++;
    connection_close(replay, connection);
}

/* Its handshake lies before the capture: the first byte that is seen is the first there is. */
static struct connection *begin_midstream(struct replay *replay, const struct flow_key *key,
                                          unsigned client, const struct packet *packet,
                                          const struct packet_tcp_options *options, bool to_card)
{
    struct connection *connection = new_connection(replay, key, client, packet);

    replay->counts.connections++;
    replay->open_in_capture++;
    replay->counts.connections_midstream++;
    connection->midstream = true;
    connection->client_isn = (to_card ? packet->sequence : packet->acknowledgement) - 1;
    connection->server_isn = (to_card ? packet->acknowledgement : packet->sequence) - 1;
    connection->server_isn_known = connection->server_syn_read = true;
    connection->client_timestamps = options->timestamp_offset != 0;
    connection->client_sack = true;
    return connection;
}

/* --- The client's segments ------------------------------------------------------------------- */

bool connection_is_ended_by(const struct connection *connection, const struct packet *packet)
{
    int64_t position =
        connection_position(packet->sequence, connection->client_isn, connection->client_read);

    return (packet->tcp_flags & PACKET_RST) && position >= 1 &&
           position <= (int64_t)connection->client_read;
}

/* What is further away than any window is no part of the stream. */
static bool is_near(int64_t position, uint64_t read)
{
    return position <= (int64_t)read + STREAM_MAX_SPAN_BYTES &&
           position >= (int64_t)read - STREAM_MAX_SPAN_BYTES;
}

static void learn_payload(struct connection *connection, const struct packet *packet,
                          int64_t position)
{
    const uint8_t *payload = packet->data + packet->payload_offset;
    uint32_t known = MIN(packet->payload_captured, packet->payload_bytes);
    uint32_t bytes = packet->payload_bytes;

    if (position < 1) { /* begins before what the capture began with */
        uint32_t skip = (uint32_t)MIN(1 - position, (int64_t)bytes);

        payload += MIN(skip, known);
        known -= MIN(skip, known);
        bytes -= skip;
        position = 1;
    }
    stream_put(&connection->stream, (uint64_t)position - 1, payload, known);
    stream_put(&connection->stream, (uint64_t)position - 1 + known, NULL, bytes - known);
}

static void learn_from_client(struct replay *replay, struct connection *connection,
                              const struct packet *packet, const struct packet_tcp_options *options)
{
    bool is_syn = (packet->tcp_flags & PACKET_SYN) != 0;
    int64_t position =
        connection_position(packet->sequence, connection->client_isn, connection->client_read) +
        is_syn;
    int64_t end = position + packet->payload_bytes;

    if (!connection->link_bytes && packet->network_offset <= sizeof connection->link) {
        connection->link_bytes = packet->network_offset;
        memcpy(connection->link, packet->data, packet->network_offset);
    }
    if (connection->first_timestamp == 0)
        connection->first_timestamp = options->timestamp;
    connection->last_window = packet->window;
    if ((packet->tcp_flags & (PACKET_ACK | PACKET_RST)) == PACKET_ACK) {
        if (!connection->server_isn_known) { /* the capture lacks its SYN-ACK */
            connection->server_isn = packet->acknowledgement - 1;
            connection->server_isn_known = true;
        }
        if (connection->server_syn_ps && !connection->round_trip_ps)
            connection->round_trip_ps = replay->clock_ps - connection->server_syn_ps;
        int64_t acked = connection_position(packet->acknowledgement, connection->server_isn,
                                            connection->server_acked);
        if (acked > (int64_t)connection->server_acked && is_near(acked, connection->server_read))
            connection->server_acked = (uint64_t)acked;
    }
    if (packet->tcp_flags & PACKET_RST) {
        connection->client_rst |= connection_is_ended_by(connection, packet);
        return;
    }
    if (!is_near(position, connection->client_read) || end < 1)
        return;
    if (packet->payload_bytes)
        learn_payload(connection, packet, position);
    if ((packet->tcp_flags & PACKET_FIN) && !connection->client_fin_at)
        connection->client_fin_at = (uint64_t)end++;
    connection->client_read = MAX(connection->client_read, (uint64_t)end);
}

/* --- The server's segments --------------------------------------------------------------------- */

bool connection_may_miss(struct connection *connection, bool of_server, uint64_t bytes)
{
    uint64_t most = REPLAY_MAX_HOLE_BYTES + REPLAY_HOLES_A_BYTE * connection->captured[of_server];

    if (bytes > most - connection->missing[of_server])
        return false;
    connection->missing[of_server] += bytes;
    return true;
}

static uint64_t bytes_missing(const struct stream *stream, uint64_t from, uint64_t end)
{
    uint64_t missing = 0;

    for (uint64_t at = MAX(from, stream->released); at < end;) {
        uint64_t hole = stream_find(stream, at, end, STREAM_PRESENT, false);

        at = stream_find(stream, hole, end, STREAM_PRESENT, true);
        missing += at - hole;
    }
    return missing;
}

/* What the captured server acknowledged, and the capture does not hold, the capture lost. Whether
 * it only comes a little later in the file shows when this place of the schedule is reached. */
static void learn_acknowledgement(struct replay *replay, struct connection *connection,
                                  const struct packet *packet)
{
    if (!(packet->tcp_flags & PACKET_ACK) || (packet->tcp_flags & PACKET_RST))
        return;
    int64_t acked = connection_position(packet->acknowledgement, connection->client_isn,
                                        connection->client_acked);
    if (acked <= (int64_t)connection->client_acked || !is_near(acked, connection->client_read))
        return;
    uint64_t end = (uint64_t)acked - 1;
    if (connection->client_fin_at)
        end = MIN(end, connection->client_fin_at - 1);
    uint64_t missing = bytes_missing(&connection->stream, connection->holes_from, end);
    if (!connection_may_miss(connection, false, missing))
        return;
    connection->client_acked = (uint64_t)acked;
    if (missing) {
        reader_schedule_hole(replay, connection, connection->holes_from, end);
        connection->client_read = MAX(connection->client_read, end + 1);
    }
    connection->holes_from = MAX(connection->holes_from, end);
}

/* Before the server's SYN-ACK: an answer to the SYN, not what an older connection left behind. */
static bool answers_syn(const struct connection *connection, const struct packet *packet)
{
    int64_t acked = connection_position(packet->acknowledgement, connection->client_isn, 1);

    return (packet->tcp_flags & PACKET_ACK) && acked >= 1 &&
           acked <= (int64_t)connection->client_read;
}

static void learn_from_server(struct replay *replay, struct connection *connection,
                              const struct packet *packet, const struct packet_tcp_options *options)
{
    if (!connection->server_syn_read && !answers_syn(connection, packet))
        return;
    if ((packet->tcp_flags & (PACKET_SYN | PACKET_ACK)) == (PACKET_SYN | PACKET_ACK) &&
        !connection->server_syn_read) {
        connection->server_syn_read = connection->server_isn_known = true;
        connection->server_isn = packet->sequence;
        connection->server_scale = options->window_scale;
        connection->server_timestamps = options->timestamp_offset != 0;
        connection->server_syn_ps = replay->clock_ps;
    } else if (!connection->server_isn_known && !(packet->tcp_flags & (PACKET_SYN | PACKET_RST))) {
        connection->server_isn = packet->sequence - 1;
        connection->server_isn_known = true;
    }
    learn_acknowledgement(replay, connection, packet);
    script_learn(replay, connection, packet);
    if (!connection->midstream)
        return;
    uint32_t segment = packet->payload_bytes + packet->tcp_header_bytes - 20;
    uint64_t flight =
        connection->server_read - MIN(connection->server_read, connection->server_acked);
    connection->largest_server_segment =
        (uint16_t)MIN(MAX(connection->largest_server_segment, segment), UINT16_MAX);
    while (connection->last_window && connection->guessed_scale < 14 &&
           flight > (uint64_t)connection->last_window << connection->guessed_scale)
        connection->guessed_scale++;
}

struct connection *connection_learn(struct replay *replay, const struct packet *packet,
                                    bool to_card)
{
    struct flow_key key;
    unsigned client = connection_client_of(&key, packet, to_card);
    struct connection *connection = g_hash_table_lookup(replay->reading, &key);
    struct packet_tcp_options options;
    uint8_t flags = packet->tcp_flags & (PACKET_SYN | PACKET_ACK | PACKET_RST);

    packet_tcp_options(packet, &options);
    if (flags == PACKET_SYN && to_card) {
        /* The same number again is the same SYN, but after the end. */
        if (!connection || connection->of_card || connection->client_isn != packet->sequence ||
            connection->client_rst || (connection->client_fin_at && connection->server_fin_at))
            connection = begin(replay, &key, client, packet, &options);
    } else if (flags == PACKET_SYN || (flags == (PACKET_SYN | PACKET_ACK) && to_card)) {
        if (!connection || (flags == PACKET_SYN && !connection->of_card))
            begin_of_card(replay, &key, client, packet);
        return NULL;
    } else if (!connection) {
        /* An end without a beginning asks for nothing. */
        if (flags != PACKET_ACK || ((packet->tcp_flags & PACKET_FIN) && !packet->payload_bytes))
            return NULL;
        connection = begin_midstream(replay, &key, client, packet, &options, to_card);
    }
    if (connection->of_card || connection->client != client)
        return NULL;
    connection->captured[!to_card] += packet->bytes;
    if (to_card)
        learn_from_client(replay, connection, packet, &options);
    else
        learn_from_server(replay, connection, packet, &options);
    if ((connection->client_fin_at && connection->server_fin_at) || connection->client_rst ||
        connection->server_rst)
        connection_all_read(replay, connection);
    return connection;
}
