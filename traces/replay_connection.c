/* replay_connection.c - the states of a connection.
 *
 *                    first frame taken            SYN-ACK of the card
 *     NEW ----------[begin_opening]----> OPENING --[card_answered]--> OPEN
 *                                           |                          |
 *         refuse_after [connection_due],    |                          +--RST of the card
 *         RST of the card [card_reset]      |                          |  [card_reset]--> RESET
 *                                           v                          |
 *                                        REFUSED                       +--RST of the client taken
 *                                                                      |  [take_open]--> ABORTED
 *     any --SYN of the next connection of the same                     |
 *           addresses and ports taken [begin_opening]--> REPLACED      +--both ends reached:
 *                                                                         finished, still OPEN
 *                                                                         [connection_check_end]
 *
 *     OPENING   later frames wait, in order; the SYN is offered again as repair
 *     OPEN      frames are translated (replay_translate.c), what the card sends is acknowledged; what lies
 *               beyond the card's window waits, in order [hold_for_window, release_for_window]
 *     REFUSED   frames go out as they are
 *     RESET     the client would stop: frames are left out and counted
 *     ABORTED   frames are translated; what the card still sends is answered with RST
 *     REPLACED  nothing more is sent
 *
 * Acknowledgements. What the captured client acknowledged and the card has not sent is owed: a pure
 * acknowledgement follows when two segments have been sent or the debt is covered [pay_owed]. What
 * no captured segment acknowledges within 200 ms (twice the captured round trip if that is longer,
 * 1 s at most) after it was sent is acknowledged then [connection_due], as every client's TCP
 * would; and at once what the card sends a second time, ahead of a gap, or outside the window. */
#include "traces/replay_internal.h"

#include <string.h>

static bool is_open(const struct connection *connection)
{
    return connection->state == CONNECTION_OPEN;
}

/* --- The end --------------------------------------------------------------------------------- */

static void stop_times(struct replay *replay, struct connection *connection)
{
    for (unsigned i = 0; i < DUE_KINDS; i++)
        replay_due_at(replay, connection, i, REPLAY_NEVER);
}

/* What is delivered and acknowledged is not asked for again; nor what was acknowledged so long ago
 * that no host can still be reading it (a host that does not tell what it got). */
void connection_release_stream(struct connection *connection)
{
    uint64_t acked = connection->card_acked ? connection->card_acked - 1 : 0;

    stream_release(&connection->stream, MIN(acked, connection->delivered));
    if (acked > REPLAY_UNREAD_BYTES)
        stream_release(&connection->stream, acked - REPLAY_UNREAD_BYTES);
}

static bool is_at_end(const struct connection *connection)
{
    bool client_done = connection->client_fin_at
                           ? connection->card_acked > connection->client_fin_at
                           : connection->card_acked >= connection->client_read;
    bool card_closed = connection->card_fin_at && connection->told_ack > connection->card_fin_at;
    bool server_done = connection->server_fin_at || connection->server_rst
                           ? card_closed
                           : connection->told_ack >= connection->server_read;

    return connection->state == CONNECTION_ABORTED || (client_done && server_done);
}

static bool is_all_delivered(const struct connection *connection)
{
    return connection->delivered >= connection->stream.end || connection->state != CONNECTION_OPEN;
}

/* Closed connections stay for a while, as in TIME_WAIT, to answer what the card repeats. */
void connection_close(struct replay *replay, struct connection *connection)
{
    if (connection->closed)
        return;
    connection->closed = true;
    script_release(replay, connection);
    if (connection->state == CONNECTION_REFUSED)
        stream_free(&connection->stream); /* the host never got, or will get, any of it */
    g_queue_push_tail(&replay->closed, connection);
    if (replay->closed.length <= REPLAY_KEEP_CLOSED)
        return;
    struct connection *oldest = g_queue_pop_head(&replay->closed);
    if (oldest->items || oldest->held.length || !is_all_delivered(oldest))
        g_queue_push_tail(&replay->closed, oldest);
    else
        connection_free(replay, oldest);
}

void connection_not_open(struct replay *replay, struct connection *connection)
{
    replay->open -= connection->is_open;
    if (connection->is_open)
        replay->open_changed_ps = replay->now_ps;
    connection->is_open = false;
    if (connection->state > CONNECTION_OPEN)
        script_release(replay, connection);
}

void connection_check_end(struct replay *replay, struct connection *connection)
{
    if (connection->items || connection->held.length || !connection->all_read)
        return;
    if ((is_open(connection) || connection->state == CONNECTION_ABORTED) && !connection->finished) {
        if (!is_at_end(connection))
            return;
        connection->finished = true;
        replay->counts.connections_finished++;
        connection_not_open(replay, connection);
    }
    if (connection->state != CONNECTION_OPENING)
        connection_close(replay, connection);
}

/* --- Taking ---------------------------------------------------------------------------------- */

static uint64_t acknowledge_after_ps(const struct connection *connection)
{
    return CLAMP(2 * connection->round_trip_ps, REPLAY_DELAYED_ACK_PS, REPLAY_LONGEST_ACK_PS);
}

/* To be called after told_ack or card_sent has changed. */
static void watch_acknowledgement(struct replay *replay, struct connection *connection,
                                  bool has_advanced)
{
    bool is_due = connection->due[DUE_ACK].time_ps != REPLAY_NEVER;

    if (connection->told_ack >= connection->card_sent || !is_open(connection))
        replay_due_at(replay, connection, DUE_ACK, REPLAY_NEVER);
    else if (!is_due || has_advanced)
        replay_due_at(replay, connection, DUE_ACK,
                      replay->now_ps + acknowledge_after_ps(connection));
}

static void release_held(struct replay *replay, struct connection *connection);
static void pay_owed(struct replay *replay, struct connection *connection);
static void watch_window(struct replay *replay, struct connection *connection);

static void begin_opening(struct replay *replay, struct connection *connection)
{
    struct connection *before = g_hash_table_lookup(replay->running, &connection->key);

    if (before && before != connection) {
        if (before->state == CONNECTION_OPEN || before->state == CONNECTION_OPENING)
            before->state = CONNECTION_REPLACED;
        connection_not_open(replay, before);
        stop_times(replay, before);
        release_held(replay, before);
    }
    g_hash_table_replace(replay->running, &connection->key, connection);
    connection->state = CONNECTION_OPENING;
    connection->is_open = true;
    replay->open++;
    replay->open_changed_ps = replay->now_ps;
    replay_due_at(replay, connection, DUE_REFUSE, replay->now_ps + replay->config.refuse_after_ps);
    if (connection->midstream)
        segment_send_syn(replay, connection);
    if (replay->config.repair)
        replay_due_at(replay, connection, DUE_SYN, replay->now_ps + connection->rto_ps);
}

static void take_syn(struct replay *replay, struct connection *connection, struct item *item,
                     const struct packet *packet)
{
    struct packet_tcp_options options;

    packet_tcp_options(packet, &options);
    if (options.timestamp_offset && connection->server_syn_read &&
        !connection->server_timestamps) { /* its segments have none, so it must not offer them */
        translate_blank(item->data, packet, options.timestamp_offset, 10);
        connection->client_timestamps = false;
    }
    connection->client_timestamp = options.timestamp;
    connection->syn_window = packet->window;
    connection->syn_bytes = packet->payload_bytes;
    translate_as_it_is(replay, item, packet);
    if (!connection->syn) { /* without what the capture has behind the datagram */
        connection->syn = item_new(MIN(item->wire_bytes, packet->network_offset + packet->datagram_bytes),
                                   REPLAY_REPAIR);
        memcpy(connection->syn->data, item->data, connection->syn->wire_bytes);
    }
}

static void hold(struct replay *replay, struct connection *connection, struct item *item)
{
    pace_pay(replay, item);
    replay->held++;
    replay->held_bytes += item->wire_bytes;
    g_queue_push_tail(&connection->held, item);
}

/* Client bytes that the captured server acknowledged. What the reader has still not seen, so many
 * records later, the capture lost: padding takes its place, at this time. As much of it as the card's
 * window holds, and at least a segment, so that a wrong number in a capture does not become 64 MB at once.
 * Returns whether there is more. */
static bool take_hole(struct replay *replay, struct connection *connection, struct item *item)
{
    struct stream *stream = &connection->stream;
    uint64_t end = item->hole_end, at = MAX(item->hole_from, stream->released);
    uint32_t largest =
        segment_payload_bytes(replay, connection, connection->card_timestamps ? 12 : 0);

    if (connection->client_fin_at)
        end = MIN(end, connection->client_fin_at - 1);
    if (at < end && end - at == 1 && !connection->client_fin_at && connection->server_fin_at &&
        end + 1 == connection->client_read &&
        stream_find(stream, at, end, STREAM_PRESENT, true) == end) {
        /* One number at the end of a connection that ends: the client's FIN. */
        replay->counts.holes_padded++;
        connection->client_fin_at = connection->fin_sent_at = end;
        connection->sent = MAX(connection->sent, end + 1);
        segment_send(replay, connection, end, 0, PACKET_FIN, REPLAY_SYNTHESISED);
        return false;
    }
    at = stream_find(stream, at, end, STREAM_PRESENT, false);
    uint64_t fits_end = MAX(connection->card_edge - MIN(connection->card_edge, 1), at + largest);
    for (; at < end; at = stream_find(stream, at, end, STREAM_PRESENT, false)) {
        bool goes_on = item->is_begun && at == item->hole_from;

        if (at >= fits_end) {
            item->hole_from = at;
            item->is_begun = goes_on;
            return true;
        }
        uint64_t hole_end = stream_find(stream, at, MIN(end, fits_end), STREAM_PRESENT, true);

        replay->counts.holes_padded += !goes_on;
        item->is_begun = true;
        item->hole_from = hole_end;
        stream_put(stream, at, NULL, (uint32_t)(hole_end - at));
        replay->counts.payload_bytes +=
            stream_mark(stream, at, (uint32_t)(hole_end - at), STREAM_TAKEN);
        connection->sent = MAX(connection->sent, hole_end + 1);
        connection->outside |= hole_end + 1 > connection->card_edge;
        for (uint32_t bytes; at < hole_end; at += bytes) {
            bytes = (uint32_t)MIN(hole_end - at, largest);
            segment_send(replay, connection, at + 1, bytes, PACKET_PSH, REPLAY_SYNTHESISED);
        }
    }
    return false;
}

static void take_open(struct replay *replay, struct connection *connection, struct item *item,
                      const struct packet *packet)
{
    uint64_t told_ack = connection->told_ack;

    if (!item->wire_bytes && take_hole(replay, connection, item)) {
        replay->held++;
        g_queue_push_head(&connection->held, item);
        watch_window(replay, connection);
    } else if (!item->wire_bytes) {
        g_free(item);
    } else {
        uint8_t flags = packet->tcp_flags;

        translate_take(replay, connection, item, packet);
        if (flags & PACKET_RST) {
            connection->state = CONNECTION_ABORTED;
            connection_not_open(replay, connection);
            stop_times(replay, connection);
        }
    }
    if (is_open(connection))
        repair_arm(replay, connection);
    watch_acknowledgement(replay, connection, connection->told_ack > told_ack);
}

/* What the captured client had a reason to send, and this one has not. A repeated SYN: its answer was
 * lost, or late. RST with a number that is not of this stream: an older connection of the captured
 * server had answered. Both sides have closed, here: a FIN that had to be repeated; a card that has
 * forgotten the connection would answer with RST. */
static bool is_without_reason(const struct connection *connection, const struct packet *packet)
{
    bool is_closed = connection->fin_sent_at && connection->card_acked > connection->fin_sent_at &&
                     connection->card_fin_at && connection->told_ack > connection->card_fin_at;

    if (packet->tcp_flags & PACKET_RST)
        return !connection_is_ended_by(connection, packet);
    return (packet->tcp_flags & PACKET_SYN) || is_closed;
}

/* --- The card's window ----------------------------------------------------------------------- */

/* Position after its payload, or the first segment of a hole; 0: it has none, or none of the stream. */
static uint64_t payload_end(const struct connection *connection, const struct item *item,
                            const struct packet *packet)
{
    uint64_t end = MIN(item->hole_end, item->hole_from + connection->card_mss) + 1;

    if (item->wire_bytes) {
        int64_t position =
            connection_position(packet->sequence, connection->client_isn, connection->sent);

        if (packet->payload_bytes == 0 || position + packet->payload_bytes <= 0 ||
            (packet->tcp_flags & PACKET_RST))
            return 0;
        end = (uint64_t)(position + packet->payload_bytes);
    }
    return end <= connection->client_read ? end : 0;
}

/* A segment that ends beyond the window waits; but with nothing under way, not if half of the widest window is open:
 * more may never be (RFC 9293 3.8.6.2.1, the sender's side of avoiding silly windows). */
static bool is_beyond_window(const struct connection *connection, const struct item *item,
                             const struct packet *packet)
{
    uint64_t open = connection->card_edge - MIN(connection->card_acked, connection->card_edge);

    return payload_end(connection, item, packet) > connection->card_edge &&
           (repair_pending(connection) || open == 0 || 2 * open < connection->widest_window);
}

/* What overtakes segments that wait: acknowledgements, and what was lost before them. */
static bool fills_gap(const struct connection *connection, const struct item *item,
                      const struct packet *packet)
{
    uint64_t end = payload_end(connection, item, packet);

    return end && end <= connection->card_edge;
}

static bool is_pure_acknowledgement(const struct item *item, const struct packet *packet)
{
    return item->wire_bytes && packet->payload_bytes == 0 &&
           (packet->tcp_flags & (PACKET_SYN | PACKET_FIN | PACKET_RST | PACKET_ACK)) == PACKET_ACK;
}

static void hold_for_window(struct replay *replay, struct connection *connection, struct item *item,
                            const struct packet *packet)
{
    replay->counts.frames_window_waited += item->wire_bytes > 0;
    hold(replay, connection, item);
    if (item->wire_bytes)
        translate_owe(connection, packet); /* its acknowledgement does not wait */
    pay_owed(replay, connection);
    watch_window(replay, connection);
}

static void take_reasonable(struct replay *replay, struct connection *connection, struct item *item,
                            const struct packet *packet)
{
    if (item->wire_bytes && is_without_reason(connection, packet)) {
        replay->counts.frames_left_out++;
        g_free(item);
    } else {
        take_open(replay, connection, item, packet);
    }
}

/* Nothing is under way that could open it: probe it now and then (RFC 9293 3.8.6.1). Or what is under way lies
 * behind bytes that never come: a capture with a wrong number in it. Or nothing is repaired, or not any more. */
static void watch_window(struct replay *replay, struct connection *connection)
{
    bool is_stuck = is_open(connection) && connection->held.length &&
                    (!repair_pending(connection) || !repair_can_begin(connection) ||
                     !replay->config.repair || connection->tries >= REPLAY_MAX_TRIES);

    if (!is_stuck)
        replay_due_at(replay, connection, DUE_PROBE, REPLAY_NEVER);
    else if (connection->due[DUE_PROBE].time_ps == REPLAY_NEVER)
        replay_due_at(replay, connection, DUE_PROBE, replay->now_ps + connection->rto_ps);
}

static void take_held(struct replay *replay, struct connection *connection, GList *place)
{
    struct item *item = place->data;
    struct packet packet = {0};

    g_queue_delete_link(&connection->held, place);
    replay->held--;
    replay->held_bytes -= item->wire_bytes;
    if (item->wire_bytes)
        packet_parse(&packet, item->data, item->wire_bytes, item->wire_bytes);
    take_reasonable(replay, connection, item, &packet);
}

/* What the card lacks was lost in the captured network, and its retransmission waits behind others. */
static void take_retransmission(struct replay *replay, struct connection *connection)
{
    for (GList *place = connection->held.head; place; place = place->next) {
        const struct item *item = place->data;
        struct packet packet = {0};

        if (item->wire_bytes)
            packet_parse(&packet, item->data, item->wire_bytes, item->wire_bytes);
        if (fills_gap(connection, item, &packet)) {
            take_held(replay, connection, place);
            return;
        }
    }
}

/* What fits now; at_least: so many whether they fit or not. */
static void release_for_window(struct replay *replay, struct connection *connection,
                               unsigned at_least)
{
    struct item *item;

    while (is_open(connection) && (item = g_queue_peek_head(&connection->held)) != NULL) {
        struct packet packet = {0};

        if (item->wire_bytes)
            packet_parse(&packet, item->data, item->wire_bytes, item->wire_bytes);
        if (is_beyond_window(connection, item, &packet) && at_least == 0)
            break;
        at_least -= at_least > 0;
        take_held(replay, connection, connection->held.head);
    }
    if (is_open(connection) && repair_pending(connection) && !repair_can_begin(connection))
        take_retransmission(replay, connection);
    watch_window(replay, connection);
}

/* The card takes nothing any more: what waits goes out, but for the rest of a hole. */
static void give_up_window(struct replay *replay, struct connection *connection)
{
    for (unsigned left = connection->held.length; left && is_open(connection); left--) {
        struct item *item = g_queue_peek_head(&connection->held);

        take_held(replay, connection, connection->held.head);
        if (connection->held.head && connection->held.head->data == item) {
            g_free(g_queue_pop_head(&connection->held));
            replay->held--;
        }
    }
    watch_window(replay, connection);
}

static void take_in_state(struct replay *replay, struct connection *connection, struct item *item,
                          const struct packet *packet)
{
    bool is_hole = !item->wire_bytes;

    switch (connection->state) {
    case CONNECTION_NEW:
        begin_opening(replay, connection);
        /* fall through */
    case CONNECTION_OPENING:
        if (!is_hole && (packet->tcp_flags & (PACKET_SYN | PACKET_ACK | PACKET_RST)) == PACKET_SYN)
            take_syn(replay, connection, item, packet);
        else {
            replay->counts.frames_waited += !is_hole;
            hold(replay, connection, item);
        }
        break;
    case CONNECTION_OPEN:
        if (connection->held.length && is_pure_acknowledgement(item, packet)) {
            struct packet sooner = *packet;

            translate_overtake(connection, item, &sooner);
            take_reasonable(replay, connection, item, &sooner);
        } else if (connection->held.length ? !fills_gap(connection, item, packet)
                                           : is_beyond_window(connection, item, packet)) {
            hold_for_window(replay, connection, item, packet);
        } else {
            take_reasonable(replay, connection, item, packet);
        }
        break;
    case CONNECTION_ABORTED:
        if (is_hole)
            g_free(item);
        else
            take_reasonable(replay, connection, item, packet);
        break;
    case CONNECTION_REFUSED:
        if (is_hole)
            g_free(item);
        else
            translate_as_it_is(replay, item, packet);
        break;
    case CONNECTION_RESET:
    case CONNECTION_REPLACED:
        replay->counts.frames_after_reset += !is_hole;
        g_free(item);
        break;
    }
}

/* Captured segments in the order of their times. */
void connection_take(struct replay *replay, struct item *item)
{
    struct connection *connection = item->connection;
    struct packet packet = {0};

    item->connection = NULL;
    connection->items--;
    if (item->wire_bytes) {
        translate_judge(replay, item, &packet);
        item->unicast = true;
    }
    take_in_state(replay, connection, item, &packet);
    connection_check_end(replay, connection);
}

/* They go out now, later than captured, in order. */
static void release_held(struct replay *replay, struct connection *connection)
{
    struct item *item;

    release_for_window(replay, connection, 0);
    while (!is_open(connection) && (item = g_queue_pop_head(&connection->held)) != NULL) {
        struct packet packet = {0};

        replay->held--;
        replay->held_bytes -= item->wire_bytes;
        if (item->wire_bytes)
            packet_parse(&packet, item->data, item->wire_bytes, item->wire_bytes);
        take_in_state(replay, connection, item, &packet);
    }
    connection_check_end(replay, connection);
}

static void refuse(struct replay *replay, struct connection *connection)
{
    connection->state = CONNECTION_REFUSED;
    connection_not_open(replay, connection);
    replay->counts.connections_refused++;
    stop_times(replay, connection);
    release_held(replay, connection);
}

/* --- What the card sends --------------------------------------------------------------------- */

/* Data in a SYN (RFC 7413): what the card did not take is sent again. */
static void take_syn_payload(struct replay *replay, struct connection *connection)
{
    uint32_t bytes = connection->syn_bytes;

    if (!bytes || bytes >= connection->client_read)
        return;
    replay->counts.payload_bytes += stream_mark(&connection->stream, 0, bytes, STREAM_TAKEN);
    connection->sent = MAX(connection->sent, bytes + 1u);
    if (connection->card_acked <= bytes && replay->config.repair)
        repair_begin(replay, connection, false);
    repair_arm(replay, connection);
}

static void card_answered(struct replay *replay, struct connection *connection,
                          const struct packet *packet, uint64_t acked)
{
    struct packet_tcp_options options;
    uint32_t default_mss = connection->network == PACKET_IPV6 ? 1220 : 536; /* RFC 9293 3.7.1 */

    packet_tcp_options(packet, &options);
    connection->state = CONNECTION_OPEN;
    connection->card_isn = packet->sequence;
    connection->card_scale = options.window_scale;
    connection->card_timestamps = connection->client_timestamps && options.timestamp_offset != 0;
    connection->card_sack = connection->client_sack && options.sack_permitted;
    connection->card_timestamp = options.timestamp;
    connection->card_mss = (uint16_t)MAX(options.mss ? options.mss : default_mss, REPLAY_LEAST_MSS);
    connection->card_sent = 1;
    connection->card_acked = acked;
    connection->card_edge = acked + packet->window; /* the window of a SYN is never scaled */
    connection->widest_window = packet->window;
    connection->sent = acked;
    connection->rto_ps = REPLAY_FIRST_RTO_PS;
    connection->window_bytes = connection->syn_window;
    connection->told_edge = 1 + connection->window_bytes;
    replay->counts.connections_opened++;
    stop_times(replay, connection);
    g_free(connection->syn);
    connection->syn = NULL;
    if (connection->midstream)
        segment_send_ack(replay, connection);
    take_syn_payload(replay, connection);
    release_held(replay, connection);
    watch_acknowledgement(replay, connection, false);
}

static void card_reset(struct replay *replay, struct connection *connection)
{
    if (connection->state == CONNECTION_OPENING) {
        refuse(replay, connection);
        return;
    }
    if (!is_open(connection) || connection->finished)
        return;
    connection->state = CONNECTION_RESET;
    connection_not_open(replay, connection);
    stop_times(replay, connection);
    if (connection->server_rst) {
        connection->finished = true;
        replay->counts.connections_finished++;
    } else {
        replay->counts.connections_reset++;
    }
    release_held(replay, connection);
}

/* The answer to a SYN. What acknowledges something else belongs to an earlier connection of these
 * addresses and ports that the card still has: RST, as RFC 9293 3.10.7.3 asks. */
static void card_sent_opening(struct replay *replay, struct connection *connection,
                              const struct packet *packet)
{
    int64_t acked = connection_position(packet->acknowledgement, connection->client_isn, 1);
    bool is_valid =
        (packet->tcp_flags & PACKET_ACK) && acked >= 1 && acked <= (int64_t)connection->client_read;

    if (packet->tcp_flags & PACKET_RST) {
        if (is_valid)
            card_reset(replay, connection);
    } else if ((packet->tcp_flags & PACKET_ACK) && !is_valid) {
        segment_send_reset(replay, connection, packet->acknowledgement);
    } else if ((packet->tcp_flags & (PACKET_SYN | PACKET_ACK)) == (PACKET_SYN | PACKET_ACK)) {
        card_answered(replay, connection, packet, (uint64_t)acked);
    }
}

/* Ahead of a gap: kept until the gap is filled. */
static void keep_ahead(struct connection *connection, uint64_t from, uint64_t end)
{
    for (unsigned i = 0; i < connection->ahead_count; i++) {
        struct range *range = &connection->ahead[i];

        if (from <= range->end && end >= range->from) {
            range->from = MIN(range->from, from);
            range->end = MAX(range->end, end);
            return;
        }
    }
    if (connection->ahead_count < REPLAY_CARD_GAPS)
        connection->ahead[connection->ahead_count++] = (struct range){from, end};
}

static void take_ahead(struct connection *connection)
{
    for (unsigned i = 0; i < connection->ahead_count;) {
        const struct range *range = &connection->ahead[i];

        if (range->from > connection->card_sent) {
            i++;
            continue;
        }
        connection->card_sent = MAX(connection->card_sent, range->end);
        connection->ahead[i] = connection->ahead[--connection->ahead_count];
        i = 0;
    }
}

/* Owed acknowledgements are paid as the card sends. */
static void pay_owed(struct replay *replay, struct connection *connection)
{
    uint64_t told_ack = connection->told_ack;

    if (told_ack < connection->card_sent && connection->owed_ack > told_ack &&
        (connection->segments_since_ack >= 2 || connection->card_sent >= connection->owed_ack))
        segment_send_ack(replay, connection);
    watch_acknowledgement(replay, connection, connection->told_ack > told_ack);
}

static void acknowledge_now(struct replay *replay, struct connection *connection)
{
    connection->owed_ack = MAX(connection->owed_ack, connection->card_sent);
    segment_send_ack(replay, connection);
}

/* Sequence numbers of the card. Returns whether they must be answered at once. */
static bool card_sent_bytes(struct replay *replay, struct connection *connection,
                            const struct packet *packet, int64_t position)
{
    int64_t sent = (int64_t)connection->card_sent;
    bool has_fin = (packet->tcp_flags & PACKET_FIN) != 0;
    int64_t end = position + packet->payload_bytes + has_fin;

    if (end == position)
        return position < sent; /* a keep-alive, or what crossed with later ones */
    if (end <= sent || position >= (int64_t)connection->told_edge + has_fin)
        return true; /* known, or not within the window */
    if (has_fin)
        connection->card_fin_at = (uint64_t)end - 1;
    if (position > sent) {
        keep_ahead(connection, (uint64_t)position, (uint64_t)end);
        return true;
    }
    uint32_t known = (uint32_t)(sent - position);
    connection->card_sent = (uint64_t)end;
    take_ahead(connection);
    connection->segments_since_ack++;
    if (packet->payload_bytes > known)
        script_compare(replay, connection, (uint64_t)sent - 1,
                       packet->data + packet->payload_offset + known,
                       packet->payload_bytes - known);
    return false;
}

static void card_sent_open(struct replay *replay, struct connection *connection,
                           const struct packet *packet)
{
    struct packet_tcp_options options;
    bool is_syn = (packet->tcp_flags & PACKET_SYN) != 0;
    int64_t position =
        connection_position(packet->sequence, connection->card_isn, connection->card_sent);
    bool is_pure = packet->payload_bytes == 0 && !(packet->tcp_flags & PACKET_FIN);

    packet_tcp_options(packet, &options);
    if (options.timestamp_offset && position <= (int64_t)connection->told_ack &&
        (int32_t)(options.timestamp - connection->card_timestamp) >= 0)
        connection->card_timestamp = options.timestamp;
    bool is_answered_now = is_syn ? true : card_sent_bytes(replay, connection, packet, position);

    if ((packet->tcp_flags & PACKET_ACK) && !is_syn) {
        int64_t acked = connection_position(packet->acknowledgement, connection->client_isn,
                                            connection->card_acked);
        unsigned scale = connection->client_scale >= 0 && connection->card_scale >= 0
                             ? (unsigned)MIN(connection->card_scale, 14)
                             : 0;

        if (acked >= 0)
            repair_acknowledged(replay, connection, (uint64_t)acked,
                                (uint64_t)acked + ((uint64_t)packet->window << scale), is_pure);
    }
    if (is_answered_now)
        acknowledge_now(replay, connection);
    pay_owed(replay, connection);
    release_held(replay, connection);
}

void connection_card_sent(struct replay *replay, const struct packet *packet)
{
    struct flow_key key;
    unsigned client = connection_client_of(&key, packet, false);
    struct connection *connection = g_hash_table_lookup(replay->running, &key);

    if (!connection || connection->client != client)
        return;
    switch (connection->state) {
    case CONNECTION_OPENING:
        card_sent_opening(replay, connection, packet);
        break;
    case CONNECTION_OPEN:
        if (packet->tcp_flags & PACKET_RST)
            card_reset(replay, connection);
        else
            card_sent_open(replay, connection, packet);
        break;
    case CONNECTION_ABORTED: /* the card may not have got the RST */
        if (!(packet->tcp_flags & PACKET_RST) && (packet->tcp_flags & PACKET_ACK))
            segment_send_reset(replay, connection, packet->acknowledgement);
        break;
    case CONNECTION_NEW:
    case CONNECTION_REFUSED:
    case CONNECTION_RESET:
    case CONNECTION_REPLACED:
        break;
    }
}

/* --- Times ----------------------------------------------------------------------------------- */

static void syn_due(struct replay *replay, struct connection *connection)
{
    if (connection->syn) {
        struct item *again = item_new(connection->syn->wire_bytes, REPLAY_REPAIR);

        memcpy(again->data, connection->syn->data, again->wire_bytes);
        again->unicast = true;
        replay_emit(replay, again);
    }
    connection->rto_ps = MIN(2 * connection->rto_ps, REPLAY_LAST_RTO_PS);
    replay_due_at(replay, connection, DUE_SYN, replay->now_ps + connection->rto_ps);
}

void connection_due(struct replay *replay, struct connection *connection, enum due_kind kind)
{
    switch (kind) {
    case DUE_REFUSE:
        refuse(replay, connection);
        break;
    case DUE_SYN:
        syn_due(replay, connection);
        break;
    case DUE_ACK:
        acknowledge_now(replay, connection);
        watch_acknowledgement(replay, connection, false);
        connection_check_end(replay, connection);
        break;
    case DUE_REPAIR:
        repair_due(replay, connection);
        watch_window(replay, connection);
        break;
    case DUE_PROBE:
        connection->rto_ps = MIN(2 * connection->rto_ps, REPLAY_LAST_RTO_PS);
        if (++connection->tries < REPLAY_PROBES)
            release_for_window(replay, connection, 1);
        else
            give_up_window(replay, connection);
        release_held(replay, connection);
        break;
    case DUE_KINDS:
        break;
    }
}
