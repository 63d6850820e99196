/* replay_repair.c - what a client's TCP would send again: segments that the card dropped, or that lay
 * outside its window.
 *
 *     everything acknowledged --segment taken [repair_arm]--> timer runs
 *     timer [repair_due], or a window that opens over what lay outside it [repair_acknowledged]
 *         --> recovering: from the first unacknowledged byte on, two segments for each
 *         acknowledgement, as slow start does, up to what had been sent
 *     three duplicate acknowledgements [repair_acknowledged]
 *         --> recovering by holes: the first unacknowledged segment, and the next one at each
 *         acknowledgement that advances but not far enough (RFC 6582)
 *     all acknowledged that had been sent --> recovered
 *
 * Only what was on the wire is sent again: what the card lacks because the capture brings it later
 * (the captured network lost or reordered it) is the capture's to bring. The timer is Linux's least,
 * 200 ms, doubled at each try up to 120 s, 15 tries. */
#include "traces/replay_internal.h"

bool repair_pending(const struct connection *connection)
{
    return connection->card_acked < connection->sent;
}

/* Sends one segment from position on; returns the position after it. */
static uint64_t send_one(struct replay *replay, struct connection *connection, uint64_t position)
{
    uint32_t largest =
        segment_payload_bytes(replay, connection, connection->card_timestamps ? 12 : 0);
    uint64_t end = position + largest;
    bool with_fin;

    if (connection->card_edge > position)
        end = MIN(end, connection->card_edge);
    if (position < 1)
        return position;
    end = stream_find(&connection->stream, position - 1, end - 1, STREAM_TAKEN, false) + 1;
    with_fin = connection->fin_sent_at && end == connection->fin_sent_at;
    if (end == position && !with_fin)
        return position;
    segment_send(replay, connection, position, (uint32_t)(end - position),
                 (uint8_t)(PACKET_PSH | (with_fin ? PACKET_FIN : 0)), REPLAY_REPAIR);
    return end + with_fin;
}

/* Whether what the card lacks first was on the wire. */
bool repair_can_begin(const struct connection *connection)
{
    uint64_t position = connection->card_acked;

    if (position == connection->fin_sent_at)
        return position > 0;
    return position > 0 &&
           stream_find(&connection->stream, position - 1, position, STREAM_TAKEN, true) < position;
}

void repair_begin(struct replay *replay, struct connection *connection, bool by_holes)
{
    if (!repair_can_begin(connection))
        return;
    connection->by_holes = by_holes;
    connection->recover = connection->sent;
    connection->repaired_to = send_one(replay, connection, connection->card_acked);
    connection->outside = connection->sent > connection->card_edge;
}

/* It advanced, but there is more to be repaired. */
static void go_on(struct replay *replay, struct connection *connection)
{
    if (connection->by_holes) {
        send_one(replay, connection, connection->card_acked);
        return;
    }
    connection->repaired_to = MAX(connection->repaired_to, connection->card_acked);
    for (unsigned i = 0; i < 2 && connection->repaired_to < connection->recover &&
                         connection->repaired_to < connection->card_edge;
         i++)
        connection->repaired_to = send_one(replay, connection, connection->repaired_to);
}

void repair_arm(struct replay *replay, struct connection *connection)
{
    if (!replay->config.repair || connection->due[DUE_REPAIR].time_ps != REPLAY_NEVER ||
        !repair_pending(connection) || connection->tries >= REPLAY_MAX_TRIES)
        return;
    replay_due_at(replay, connection, DUE_REPAIR, replay->now_ps + connection->rto_ps);
}

void repair_due(struct replay *replay, struct connection *connection)
{
    if (!repair_pending(connection) || !repair_can_begin(connection))
        return; /* armed again when the capture brings it */
    connection->tries++;
    connection->rto_ps = MIN(2 * connection->rto_ps, REPLAY_LAST_RTO_PS);
    repair_begin(replay, connection, false);
    repair_arm(replay, connection);
}

static void advance(struct replay *replay, struct connection *connection, uint64_t acked)
{
    connection->card_acked = acked;
    connection->duplicate_acks = connection->tries = 0;
    connection->rto_ps = REPLAY_FIRST_RTO_PS;
    connection_release_stream(connection);
    replay_due_at(replay, connection, DUE_REPAIR, REPLAY_NEVER);
    repair_arm(replay, connection);
    if (acked >= connection->recover)
        connection->recover = 0;
    else if (replay->config.repair)
        go_on(replay, connection);
}

void repair_acknowledged(struct replay *replay, struct connection *connection, uint64_t acked,
                         uint64_t edge, bool is_pure)
{
    bool opened = edge > connection->card_edge, was_closed;

    if (acked > connection->sent || acked < connection->card_acked)
        return;
    was_closed = connection->card_acked >= connection->card_edge;
    connection->card_edge = MAX(connection->card_edge, edge);
    connection->widest_window = MAX(connection->widest_window, edge - MIN(edge, acked));
    if (acked > connection->card_acked)
        advance(replay, connection, acked);
    else if (is_pure && repair_pending(connection) && !opened && !was_closed &&
             ++connection->duplicate_acks == 3 && replay->config.repair && !connection->recover)
        repair_begin(replay, connection, true);
    if (opened && connection->outside && replay->config.repair &&
        (!connection->recover || was_closed) && repair_pending(connection) &&
        connection->card_acked < connection->card_edge)
        repair_begin(replay, connection, false);
}
