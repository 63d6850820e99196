/* What a client's TCP would send again: segments that the card dropped, or that lay outside its window.
 *
 *     everything acknowledged --segment taken [repair_arm]--> timer runs
 *     timer [repair_due], or three duplicate acknowledgements, or a window that opens over what lay outside it
 *         [repair_acknowledged] --> recovering: segments from the first unacknowledged one on, one for each
 *         acknowledgement that advances, up to what had been sent
 *
 * The timer is Linux's: 200 ms at least, doubled at each try. */
#include "traces/replay_internal.h"

static uint32_t segment_bytes(const struct replay *replay, const struct connection *connection)
{
    uint32_t headers = (connection->network == PACKET_IPV6 ? 60u : 40u) +
                       (connection->card_timestamps ? 12u : 0);
    uint32_t bytes = replay->config.mtu_bytes > headers ? replay->config.mtu_bytes - headers : 1;

    return MIN(bytes, connection->card_mss - (connection->card_timestamps ? 12u : 0));
}

bool repair_pending(const struct connection *connection)
{
    return connection->card_acked < connection->sent;
}

/* Sends one segment from position on; returns the position after it. */
static uint64_t send_one(struct replay *replay, struct connection *connection, uint64_t position)
{
    uint64_t data_end = connection->fin_sent_at ? connection->fin_sent_at : connection->sent;
    uint64_t end = MIN(position + segment_bytes(replay, connection), data_end);
    bool with_fin = connection->fin_sent_at && end >= connection->fin_sent_at;
    uint64_t present = position ? stream_present_end(&connection->stream, position - 1) + 1 : end;

    end = MIN(end, MAX(present, position));
    if (end == position && !with_fin)
        return position;
    connection_send_segment(replay, connection, position, (uint32_t)(end - position),
                            (uint8_t)(PACKET_PSH | (with_fin ? PACKET_FIN : 0)), REPLAY_REPAIR,
                            replay->now_ps);
    return end + with_fin;
}

static void begin_recovery(struct replay *replay, struct connection *connection)
{
    connection->recover = connection->sent;
    connection->repaired_to = send_one(replay, connection, connection->card_acked);
    connection->outside = connection->sent > connection->card_edge;
}

void repair_arm(struct replay *replay, struct connection *connection)
{
    if (!replay->config.repair || connection->due[DUE_REPAIR].time_ps != UINT64_MAX ||
        !repair_pending(connection))
        return;
    replay_due_at(replay, connection, DUE_REPAIR, replay->now_ps + connection->rto_ps);
}

void repair_due(struct replay *replay, struct connection *connection)
{
    if (connection->state != CONNECTION_OPEN || !repair_pending(connection))
        return;
    if (++connection->tries > REPLAY_MAX_TRIES)
        return;
    connection->rto_ps *= 2;
    begin_recovery(replay, connection);
    repair_arm(replay, connection);
}

void repair_acknowledged(struct replay *replay, struct connection *connection, uint64_t acked,
                         uint64_t edge, bool is_pure)
{
    bool opened = edge > connection->card_edge;

    if (acked > connection->sent || acked < connection->card_acked)
        return;
    connection->card_edge = MAX(connection->card_edge, edge);
    if (acked > connection->card_acked) {
        connection->card_acked = acked;
        connection->duplicate_acks = connection->tries = 0;
        connection->rto_ps = REPLAY_FIRST_RTO_PS;
        stream_release(&connection->stream, MIN(acked - 1, connection->delivered));
        replay_due_at(replay, connection, DUE_REPAIR, UINT64_MAX);
        repair_arm(replay, connection);
        if (!replay->config.repair)
            return;
        if (connection->recover && acked < connection->recover) {
            /* Goes on from there; two segments for one that arrived, as slow start does. */
            connection->repaired_to = MAX(connection->repaired_to, acked);
            for (unsigned i = 0; i < 2 && connection->repaired_to < connection->recover &&
                                 connection->repaired_to < connection->card_edge;
                 i++)
                connection->repaired_to = send_one(replay, connection, connection->repaired_to);
        } else {
            connection->recover = 0;
        }
    } else if (is_pure && repair_pending(connection) && !opened) {
        if (++connection->duplicate_acks == 3 && replay->config.repair && !connection->recover)
            begin_recovery(replay, connection);
    }
    if (opened && connection->outside && replay->config.repair && !connection->recover &&
        repair_pending(connection) && connection->card_acked < connection->card_edge)
        begin_recovery(replay, connection);
}
