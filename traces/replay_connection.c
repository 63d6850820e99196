/* TCP connections of a replay: what makes a captured client's segments valid for a card that is alive.
 *
 *     NEW --SYN taken [connection_take]--> OPENING --SYN-ACK of the card [card_answered]--> OPEN
 *     OPENING --refuse_after [connection_due]--> REFUSED       OPEN --RST of the card--> RESET
 *
 * A segment's acknowledgement is cut to what the card has sent; the rest is owed and follows as pure
 * acknowledgements as the card sends (pay_owed). A pure acknowledgement that would only repeat the last is left
 * out: to the card it would mean a loss that there was not. SACK blocks of the capture describe losses of the
 * captured server's segments, of which none happens here: they are removed. */
#include "traces/replay_internal.h"

#include <netinet/in.h>
#include <string.h>

uint64_t connection_position(uint32_t number, uint32_t isn, uint64_t near)
{
    uint32_t distance = number - isn - (uint32_t)near;
    int64_t position = (int64_t)near + (int32_t)distance;

    return position < 0 ? 0 : (uint64_t)position;
}

static unsigned flow_of(struct flow_key *key, const struct packet *packet, bool to_card)
{
    unsigned sender = flow_key_of(key, packet);

    return to_card ? sender : !sender;
}

/* --- Reading ---------------------------------------------------------------------------------------------- */

static void learn_link(struct connection *connection, const struct packet *packet)
{
    if (connection->link_bytes || packet->network_offset > sizeof connection->link)
        return;
    connection->link_bytes = packet->network_offset;
    memcpy(connection->link, packet->data, packet->network_offset);
}

static struct connection *new_connection(struct replay *replay, const struct flow_key *key,
                                         unsigned client, const struct packet *packet)
{
    struct connection *connection = g_new0(struct connection, 1);

    connection->number = ++replay->last_number;
    connection->key = *key;
    connection->client = client;
    connection->network = (uint8_t)packet->network;
    connection->client_scale = connection->server_scale = connection->card_scale = -1;
    connection->rto_ps = REPLAY_FIRST_RTO_PS;
    connection->script = g_array_new(false, false, sizeof(struct script_entry));
    connection->stream.released = connection->server.released = 0;
    g_queue_init(&connection->held);
    for (unsigned i = 0; i < DUE_KINDS; i++)
        connection->due[i].time_ps = UINT64_MAX;
    if (replay->last)
        replay->last->next = connection;
    else
        replay->first = connection;
    replay->last = connection;
    g_hash_table_replace(replay->reading, &connection->key, connection);
    g_hash_table_insert(replay->by_number, &connection->number, connection);
    replay->counts.connections++;
    return connection;
}

static void read_client(struct replay *replay, struct connection *connection,
                        const struct packet *packet)
{
    uint64_t position =
        connection_position(packet->sequence, connection->client_isn, connection->client_read);
    uint64_t end = position + packet->payload_bytes;

    (void)replay;
    learn_link(connection, packet);
    if (packet->tcp_flags & PACKET_SYN)
        return;
    if (packet->payload_bytes && position > 0) {
        uint32_t known = MIN(packet->payload_captured, packet->payload_bytes);

        stream_put(&connection->stream, position - 1, packet->data + packet->payload_offset, known);
        stream_put(&connection->stream, position - 1 + known, NULL, packet->payload_bytes - known);
    }
    if (packet->tcp_flags & PACKET_FIN) {
        connection->client_fin = true;
        connection->client_fin_at = end++;
    }
    connection->client_rst |= (packet->tcp_flags & PACKET_RST) != 0;
    connection->client_read = MAX(connection->client_read, end);
}

/* What the captured server acknowledged and the capture does not hold was lost to the capture alone: padding. */
static void read_acknowledgement(struct replay *replay, struct connection *connection,
                                 const struct packet *packet)
{
    if (!(packet->tcp_flags & PACKET_ACK))
        return;
    uint64_t acked = connection_position(packet->acknowledgement, connection->client_isn,
                                         MAX(connection->client_acked, connection->client_read));
    if (acked <= connection->client_acked || acked > connection->client_read + (1 << 30))
        return;
    uint64_t end = acked - (connection->client_fin_at && acked > connection->client_fin_at);
    uint64_t from = connection->client_acked ? connection->client_acked - 1 : 0;

    connection->client_acked = acked;
    if (end < 1)
        return;
    for (uint64_t at = stream_present_end(&connection->stream, from); at < end - 1;
         at = stream_present_end(&connection->stream, at)) {
        stream_put(&connection->stream, at, NULL, (uint32_t)MIN(end - 1 - at, 1 << 20));
        replay->counts.cut_payloads_padded++;
        if (stream_present_end(&connection->stream, at) == at)
            break;
    }
}

static struct connection *begin_midstream(struct replay *replay, const struct flow_key *key,
                                          unsigned client, const struct packet *packet, bool to_card)
{
    struct connection *connection = new_connection(replay, key, client, packet);

    connection->midstream = true;
    replay->counts.connections_midstream++;
    connection->client_isn =
        to_card ? packet->sequence - 1 : packet->acknowledgement - 1;
    connection->server_isn = to_card ? packet->acknowledgement - 1 : packet->sequence - 1;
    connection->server_isn_known = !to_card || (packet->tcp_flags & PACKET_ACK);
    connection->client_read = connection->server_read = connection->client_acked = 1;
    connection->client_scale = 0;
    return connection;
}

struct connection *connection_read(struct replay *replay, const struct packet *packet, bool to_card)
{
    struct flow_key key;
    unsigned client = flow_of(&key, packet, to_card);
    struct connection *connection = g_hash_table_lookup(replay->reading, &key);
    struct packet_tcp_options options;
    uint8_t syn = packet->tcp_flags & (PACKET_SYN | PACKET_ACK);

    packet_tcp_options(packet, &options);
    if (to_card && syn == PACKET_SYN &&
        (!connection || connection->client_isn != packet->sequence)) {
        connection = new_connection(replay, &key, client, packet);
        connection->client_isn = packet->sequence;
        connection->client_read = connection->client_acked = 1;
        connection->client_scale = options.window_scale;
        connection->client_timestamps = options.timestamp_offset != 0;
        connection->client_sack = options.sack_permitted;
        connection->client_mss = options.mss;
    } else if (!connection) {
        /* An end without a beginning asks for nothing, and neither does a connection of the card's. */
        if ((packet->tcp_flags & (PACKET_RST | PACKET_SYN)) ||
            ((packet->tcp_flags & PACKET_FIN) && !packet->payload_bytes) ||
            !(packet->tcp_flags & PACKET_ACK))
            return NULL;
        connection = begin_midstream(replay, &key, client, packet, to_card);
        connection->client_timestamps = options.timestamp_offset != 0;
    }
    if (to_card) {
        if (connection->midstream && connection->first_timestamp == 0)
            connection->first_timestamp = options.timestamp;
        read_client(replay, connection, packet);
        return connection;
    }
    if (syn == (PACKET_SYN | PACKET_ACK) && !connection->server_isn_known) {
        connection->server_isn = packet->sequence;
        connection->server_isn_known = true;
        connection->server_read = 1;
        connection->server_scale = options.window_scale;
        connection->server_timestamps = options.timestamp_offset != 0;
    }
    read_acknowledgement(replay, connection, packet);
    if (connection->server_isn_known)
        script_read(replay, connection, packet);
    return connection;
}

void connection_free(struct connection *connection)
{
    stream_free(&connection->stream);
    script_free(connection);
    g_queue_clear_full(&connection->held, g_free);
    g_free(connection->syn);
    g_free(connection);
}

/* --- Segments made by the replay ------------------------------------------------------------------------------ */

/* Bytes of window that the captured segment offers. */
static uint64_t captured_window(const struct connection *connection, uint16_t field)
{
    bool was_scaled = connection->client_scale >= 0 && connection->server_scale >= 0;

    return (uint64_t)field << (was_scaled ? MIN(connection->client_scale, 14) : 0);
}

/* The field for a window that reaches to edge: rounded up, so that the edge never moves back. Midstream the
 * scale is not known: the field stands for itself. */
static uint16_t window_field(const struct connection *connection, uint64_t ack, uint64_t edge)
{
    bool is_scaled = connection->client_scale > 0 && connection->card_scale >= 0;
    unsigned scale = is_scaled ? MIN((unsigned)connection->client_scale, 14) : 0;
    uint64_t window = edge > ack ? edge - ack : 0;

    return (uint16_t)MIN((window + (1u << scale) - 1) >> scale, 65535);
}

/* Builds Ethernet, IP and TCP headers in frame; returns the offset of the TCP header. */
static uint32_t build_headers(const struct connection *connection, uint8_t *frame,
                              uint32_t tcp_bytes)
{
    uint32_t at = connection->link_bytes;
    const struct packet_address *client = &connection->key.address[connection->client];
    const struct packet_address *card = &connection->key.address[!connection->client];

    memcpy(frame, connection->link, at);
    if (connection->network == PACKET_IPV6) {
        frame[at] = 0x60;
        packet_put16(frame + at + 4, (uint16_t)tcp_bytes);
        frame[at + 6] = IPPROTO_TCP;
        frame[at + 7] = 64;
        memcpy(frame + at + 8, client->bytes, 16);
        memcpy(frame + at + 24, card->bytes, 16);
        at += 40;
    } else {
        frame[at] = 0x45;
        packet_put16(frame + at + 2, (uint16_t)(20 + tcp_bytes));
        packet_put16(frame + at + 6, 0x4000);
        frame[at + 8] = 64;
        frame[at + 9] = IPPROTO_TCP;
        memcpy(frame + at + 12, client->bytes, 4);
        memcpy(frame + at + 16, card->bytes, 4);
        at += 20;
    }
    packet_put16(frame + at, connection->key.port[connection->client]);
    packet_put16(frame + at + 2, connection->key.port[!connection->client]);
    return at;
}

static uint32_t put_timestamps(uint8_t *options, uint32_t value, uint32_t echo)
{
    options[0] = options[1] = 1;
    options[2] = 8;
    options[3] = 10;
    packet_put32(options + 4, value);
    packet_put32(options + 8, echo);
    return 12;
}

static void fix_and_emit(struct replay *replay, struct item *item)
{
    struct packet packet;

    packet_parse(&packet, item->data, item->wire_bytes, item->wire_bytes);
    packet_fix_checksums(&packet, item->data);
    item->unicast = true;
    replay_emit(replay, item);
}

static void build_and_emit(struct replay *replay, struct connection *connection, uint64_t position,
                           uint64_t ack, uint8_t flags, const uint8_t *options,
                           uint32_t option_bytes, uint32_t payload_bytes, enum replay_kind kind,
                           uint64_t time_ps)
{
    uint32_t network_bytes = connection->network == PACKET_IPV6 ? 40 : 20;
    uint32_t tcp_bytes = 20 + option_bytes + payload_bytes;
    struct item *item = g_malloc0(sizeof *item + connection->link_bytes + network_bytes + tcp_bytes);

    item->time_ps = time_ps;
    item->kind = kind;
    item->wire_bytes = item->bytes = connection->link_bytes + network_bytes + tcp_bytes;
    uint32_t tcp = build_headers(connection, item->data, tcp_bytes);
    packet_put32(item->data + tcp + 4, connection->client_isn + (uint32_t)position);
    if (flags & PACKET_ACK)
        packet_put32(item->data + tcp + 8, connection->card_isn + (uint32_t)ack);
    item->data[tcp + 12] = (uint8_t)((20 + option_bytes) / 4 << 4);
    item->data[tcp + 13] = flags;
    packet_put16(item->data + tcp + 14, flags & PACKET_SYN
                                            ? 65535
                                            : window_field(connection, ack, connection->told_edge));
    if (option_bytes)
        memcpy(item->data + tcp + 20, options, option_bytes);
    if (payload_bytes)
        stream_get(&connection->stream, position - 1, item->data + tcp + 20 + option_bytes,
                   payload_bytes);
    fix_and_emit(replay, item);
}

void connection_send_segment(struct replay *replay, struct connection *connection, uint64_t position,
                             uint32_t bytes, uint8_t flags, enum replay_kind kind, uint64_t time_ps)
{
    uint8_t options[12];
    uint32_t option_bytes = 0;
    uint64_t ack = MAX(connection->told_ack, MIN(connection->owed_ack, connection->card_sent));

    if (connection->card_timestamps)
        option_bytes = put_timestamps(options, connection->client_timestamp,
                                      connection->card_timestamp);
    connection->told_ack = ack;
    connection->told_edge = MAX(connection->told_edge, ack + connection->window_bytes);
    connection->segments_since_ack = 0;
    if (bytes) /* a repair may be the first to bring what the capture has only later */
        replay->counts.payload_bytes +=
            stream_mark(&connection->stream, position - 1, bytes, STREAM_TAKEN);
    build_and_emit(replay, connection, position, ack, flags | PACKET_ACK, options, option_bytes,
                   bytes, kind, time_ps);
}

void connection_send_ack(struct replay *replay, struct connection *connection, uint64_t time_ps)
{
    connection_send_segment(replay, connection, MAX(connection->sent, 1), 0, 0, REPLAY_SYNTHESISED,
                            time_ps);
}

/* The handshake of a connection that was there before the capture: offers what its segments show. */
static void send_syn(struct replay *replay, struct connection *connection)
{
    uint8_t options[24] = {2, 4, 5, 180, 1, 3, 3, 0, 4, 2, 1, 1};
    uint32_t option_bytes = 12;

    if (connection->client_timestamps) {
        option_bytes += put_timestamps(options + 12, connection->first_timestamp, 0);
        connection->client_timestamp = connection->first_timestamp;
    }
    build_and_emit(replay, connection, 0, 0, PACKET_SYN, options, option_bytes, 0,
                   REPLAY_SYNTHESISED, replay->now_ps);
}

/* --- Translation -------------------------------------------------------------------------------------------- */

static void translate_options(const struct replay *replay, struct connection *connection,
                              const struct packet *packet, uint8_t *data)
{
    struct packet_tcp_options options;

    (void)replay;
    packet_tcp_options(packet, &options);
    if (options.sack_offset)
        memset(data + options.sack_offset, 1, data[options.sack_offset + 1]);
    if (!options.timestamp_offset)
        return;
    connection->client_timestamp = options.timestamp;
    if (connection->card_timestamps)
        packet_put32(data + options.timestamp_offset + 6, connection->card_timestamp);
    else
        memset(data + options.timestamp_offset, 1, 10);
}

/* The captured acknowledgement as a position of the card's stream. */
static uint64_t acknowledged(const struct connection *connection, const struct packet *packet)
{
    if (!(packet->tcp_flags & PACKET_ACK))
        return 0;
    return connection_position(packet->acknowledgement, connection->server_isn,
                               connection->told_ack);
}

static void count_taken(struct replay *replay, struct connection *connection, uint64_t position,
                        uint32_t bytes)
{
    if (bytes && position > 0)
        replay->counts.payload_bytes +=
            stream_mark(&connection->stream, position - 1, bytes, STREAM_TAKEN);
    connection->sent = MAX(connection->sent, position + bytes);
}

/* Cuts a segment into pieces that the card's maximum segment size and the MTU allow; the last keeps FIN and PSH. */
static void split_and_emit(struct replay *replay, const struct packet *packet, struct item *item,
                           uint32_t piece)
{
    uint32_t head = packet->payload_offset, left = packet->payload_bytes, at = 0;

    if (left <= piece) {
        fix_and_emit(replay, item);
        return;
    }
    replay->counts.segments_split++;
    while (left) {
        uint32_t bytes = MIN(left, piece);
        struct item *part = g_malloc0(sizeof *part + head + bytes);
        uint8_t *network = part->data + packet->network_offset;
        uint32_t datagram = head + bytes - packet->network_offset;

        *part = *item;
        part->wire_bytes = part->bytes = head + bytes;
        memcpy(part->data, item->data, head);
        memcpy(part->data + head, item->data + head + at, bytes);
        if (packet->network == PACKET_IPV4)
            packet_put16(network + 2, (uint16_t)datagram);
        else
            packet_put16(network + 4, (uint16_t)(datagram - 40));
        packet_put32(part->data + packet->transport_offset + 4, packet->sequence + at);
        if (left > bytes)
            part->data[packet->transport_offset + 13] &= (uint8_t) ~(PACKET_FIN | PACKET_PSH);
        at += bytes;
        left -= bytes;
        fix_and_emit(replay, part);
    }
    g_free(item);
}

static uint32_t largest_piece(const struct replay *replay, const struct connection *connection,
                              const struct packet *packet)
{
    uint32_t headers = packet->payload_offset - packet->network_offset;
    uint32_t piece = replay->config.mtu_bytes > headers ? replay->config.mtu_bytes - headers : 1;

    if (connection->card_mss)
        piece = MIN(piece, connection->card_mss - MIN(connection->card_mss - 1u,
                                                      packet->tcp_header_bytes - 20u));
    return piece;
}

static void take_open(struct replay *replay, struct connection *connection, struct item *item,
                      const struct packet *packet)
{
    uint8_t *tcp = item->data + packet->transport_offset;
    uint64_t position =
        connection_position(packet->sequence, connection->client_isn, connection->sent);
    uint64_t wanted = acknowledged(connection, packet);
    uint64_t ack = MAX(MIN(wanted, connection->card_sent), connection->told_ack);
    uint64_t edge;
    bool is_pure = packet->payload_bytes == 0 &&
                   !(packet->tcp_flags & (PACKET_FIN | PACKET_SYN | PACKET_RST));

    connection->window_bytes = captured_window(connection, packet->window);
    edge = MAX(ack + connection->window_bytes, connection->told_edge);
    if (wanted > ack) {
        replay->counts.acknowledgements_owed++;
        connection->owed_ack = MAX(connection->owed_ack, wanted);
    }
    if (packet->tcp_flags & PACKET_SYN) { /* the answer was lost to the capture, not to this client */
        replay->counts.acknowledgements_merged++;
        g_free(item);
        return;
    }
    if (is_pure && ack == connection->told_ack && edge == connection->told_edge) {
        replay->counts.acknowledgements_merged++;
        g_free(item);
        return;
    }
    if (packet->tcp_flags & PACKET_ACK)
        packet_put32(tcp + 8, connection->card_isn + (uint32_t)ack);
    packet_put16(tcp + 14, window_field(connection, ack, edge));
    translate_options(replay, connection, packet, item->data);
    connection->told_ack = ack;
    connection->told_edge = edge;
    connection->segments_since_ack = 0;
    count_taken(replay, connection, position, packet->payload_bytes);
    if (packet->tcp_flags & PACKET_FIN) {
        connection->fin_sent_at = position + packet->payload_bytes;
        connection->sent = MAX(connection->sent, connection->fin_sent_at + 1);
    }
    if (position + packet->payload_bytes > connection->card_edge)
        connection->outside = true;
    repair_arm(replay, connection);
    split_and_emit(replay, packet, item, largest_piece(replay, connection, packet));
}

/* What the card has sent is acknowledged by a captured segment, or at last by the delayed acknowledgement. */
static void watch_acknowledgement(struct replay *replay, struct connection *connection)
{
    bool armed = connection->due[DUE_ACK].time_ps != UINT64_MAX;

    if (connection->told_ack >= connection->card_sent)
        replay_due_at(replay, connection, DUE_ACK, UINT64_MAX);
    else if (!armed)
        replay_due_at(replay, connection, DUE_ACK, replay->now_ps + REPLAY_DELAYED_ACK_PS);
}

static void finish_check(struct replay *replay, struct connection *connection)
{
    bool client_done = connection->client_fin_at
                           ? connection->card_acked > connection->client_fin_at
                           : connection->card_acked >= connection->client_read;
    bool server_done = connection->server_fin_at
                           ? connection->card_fin_at && connection->told_ack > connection->card_fin_at
                           : connection->told_ack >= connection->server_read;

    if (connection->counted_finished || connection->state != CONNECTION_OPEN || connection->items)
        return;
    if ((client_done && server_done) || (connection->client_rst && connection->items == 0)) {
        connection->counted_finished = true;
        replay->counts.connections_finished++;
    }
}

/* --- Taking --------------------------------------------------------------------------------------------------- */

static void begin_opening(struct replay *replay, struct connection *connection)
{
    connection->state = CONNECTION_OPENING;
    g_hash_table_replace(replay->running, &connection->key, connection);
    replay_due_at(replay, connection, DUE_REFUSE, replay->now_ps + replay->config.refuse_after_ps);
}

/* Captured segments in the order of their times; those of a connection that opens wait. */
void connection_take(struct replay *replay, struct item *item)
{
    struct connection *connection = item->connection;
    struct packet packet;

    packet_parse(&packet, item->data, item->bytes, item->wire_bytes);
    bool cut = item->bytes < item->wire_bytes;
    if (replay->config.fix_checksums && !cut && !packet_checksums_good(&packet))
        replay->counts.checksums_fixed++;
    packet_parse(&packet, item->data, item->wire_bytes, item->wire_bytes);
    connection->items--;
    item->time_ps = replay->now_ps;
    item->connection = NULL;
    if (connection->state == CONNECTION_NEW) {
        begin_opening(replay, connection);
        if (connection->midstream)
            send_syn(replay, connection);
    }
    if (connection->state == CONNECTION_OPENING) {
        if ((packet.tcp_flags & (PACKET_SYN | PACKET_ACK)) == PACKET_SYN) {
            struct packet_tcp_options options;

            packet_tcp_options(&packet, &options);
            connection->client_timestamp = options.timestamp;
            connection->syn_window = packet.window;
            item->unicast = true;
            if (!connection->syn)
                connection->syn = g_memdup2(item, sizeof *item + item->wire_bytes);
            replay_emit(replay, item);
            return;
        }
        connection->items++;
        replay->held++;
        replay->counts.frames_waited++;
        g_queue_push_tail(&connection->held, item);
        return;
    }
    if (connection->state == CONNECTION_RESET) {
        g_free(item);
        return;
    }
    if (connection->state == CONNECTION_REFUSED) {
        item->unicast = true;
        replay_emit(replay, item);
        return;
    }
    take_open(replay, connection, item, &packet);
    watch_acknowledgement(replay, connection);
    finish_check(replay, connection);
}

static void release_held(struct replay *replay, struct connection *connection)
{
    struct item *item;

    while ((item = g_queue_pop_head(&connection->held)) != NULL) {
        replay->held--;
        item->connection = connection;
        connection_take(replay, item);
    }
}

/* --- What the card sends --------------------------------------------------------------------------------------- */

static void card_answered(struct replay *replay, struct connection *connection,
                          const struct packet *packet)
{
    struct packet_tcp_options options;

    packet_tcp_options(packet, &options);
    connection->state = CONNECTION_OPEN;
    connection->card_isn = packet->sequence;
    connection->card_scale = options.window_scale;
    connection->card_timestamps = options.timestamp_offset != 0;
    connection->card_timestamp = options.timestamp;
    connection->card_mss = options.mss ? options.mss : 536;
    connection->card_sent = connection->card_acked = 1;
    connection->card_edge = 1 + packet->window; /* the window of a SYN is never scaled */
    connection->sent = 1;
    connection->window_bytes = connection->midstream ? 65535u : connection->syn_window;
    connection->told_edge = 1 + connection->window_bytes;
    replay->counts.connections_opened++;
    replay_due_at(replay, connection, DUE_REFUSE, UINT64_MAX);
    if (connection->midstream)
        connection_send_ack(replay, connection, replay->now_ps);
    release_held(replay, connection);
    watch_acknowledgement(replay, connection); /* the client's own is still to come, or never */
}

/* Owed acknowledgements are paid as the card sends: one for two segments, or when the debt is covered. */
static void pay_owed(struct replay *replay, struct connection *connection)
{
    if (connection->told_ack < connection->card_sent && connection->owed_ack > connection->told_ack &&
        (connection->segments_since_ack >= 2 || connection->card_sent >= connection->owed_ack)) {
        connection_send_ack(replay, connection, replay->now_ps);
        finish_check(replay, connection);
    }
    watch_acknowledgement(replay, connection);
}

void connection_card_sent(struct replay *replay, const struct packet *packet)
{
    struct flow_key key;
    unsigned client = flow_of(&key, packet, false);
    struct connection *connection = g_hash_table_lookup(replay->running, &key);
    struct packet_tcp_options options;

    if (!connection || connection->client != client)
        return;
    if (packet->tcp_flags & PACKET_RST) {
        if (connection->state == CONNECTION_OPENING) {
            connection->state = CONNECTION_REFUSED;
            replay->counts.connections_refused++;
            release_held(replay, connection);
        } else if (connection->state == CONNECTION_OPEN && !connection->counted_finished) {
            connection->state = CONNECTION_RESET;
            replay->counts.connections_reset += !connection->server_rst;
            if (connection->server_rst) {
                connection->counted_finished = true;
                replay->counts.connections_finished++;
            }
        }
        for (unsigned i = 0; i < DUE_KINDS; i++)
            replay_due_at(replay, connection, i, UINT64_MAX);
        return;
    }
    if (connection->state == CONNECTION_OPENING) {
        if ((packet->tcp_flags & (PACKET_SYN | PACKET_ACK)) == (PACKET_SYN | PACKET_ACK))
            card_answered(replay, connection, packet);
        return;
    }
    if (connection->state != CONNECTION_OPEN)
        return;
    packet_tcp_options(packet, &options);
    if (packet->tcp_flags & PACKET_SYN) { /* again: its acknowledgement is late */
        connection_send_ack(replay, connection, replay->now_ps);
        return;
    }
    uint64_t position =
        connection_position(packet->sequence, connection->card_isn, connection->card_sent);
    uint64_t end = position + packet->payload_bytes + ((packet->tcp_flags & PACKET_FIN) != 0);
    bool again = end > position && end <= connection->told_ack;

    if (options.timestamp_offset && position <= connection->told_ack)
        connection->card_timestamp = options.timestamp;
    if (packet->tcp_flags & PACKET_FIN)
        connection->card_fin_at = position + packet->payload_bytes;
    if (position <= connection->card_sent && end > connection->card_sent) {
        connection->card_sent = end;
        connection->segments_since_ack++;
    }
    if (packet->tcp_flags & PACKET_ACK) {
        uint64_t acked = connection_position(packet->acknowledgement, connection->client_isn,
                                             connection->card_acked);
        unsigned scale = connection->client_scale >= 0 && connection->card_scale >= 0
                             ? MIN((unsigned)connection->card_scale, 14)
                             : 0;

        repair_acknowledged(replay, connection, acked,
                            acked + ((uint64_t)packet->window << scale), end == position);
    }
    if (again)
        connection_send_ack(replay, connection, replay->now_ps);
    pay_owed(replay, connection);
    finish_check(replay, connection);
}

/* --- Times ------------------------------------------------------------------------------------------------------ */

void connection_due(struct replay *replay, struct connection *connection, enum due_kind kind)
{
    switch (kind) {
    case DUE_REFUSE:
        connection->state = CONNECTION_REFUSED;
        replay->counts.connections_refused++;
        release_held(replay, connection);
        break;
    case DUE_ACK: /* no captured segment came that acknowledges it */
        if (connection->items) {
            replay_due_at(replay, connection, DUE_ACK, replay->now_ps + REPLAY_DELAYED_ACK_PS);
            break;
        }
        connection->owed_ack = MAX(connection->owed_ack, connection->card_sent);
        connection_send_ack(replay, connection, replay->now_ps);
        watch_acknowledgement(replay, connection);
        finish_check(replay, connection);
        break;
    case DUE_REPAIR:
        repair_due(replay, connection);
        break;
    case DUE_KINDS:
        break;
    }
}
