/* sender.c - what the host sends: SENDs are fetched in pieces into transmit buffers and given to
 * lwIP in place.
 *
 *     HW_SEND      fetch        fetched            tcp_write       acknowledged
 *     sends  ->  TX_FETCHING -> TX_FETCHED  ->  TX_WRITTEN  ->  free (when no frame reads it)
 *
 * A piece is a segment, so that a segment is one buffer. Sessions take buffers in turn. How many
 * one may hold follows from what its peer takes: its window and a few segments ahead, so that
 * buffers aren't spent on data that cannot leave. A peer with a closed window gets one, for the
 * probes, and none while less than half are free.
 */
#include "stacks/session/session.h"

#include "stacks/runtime/heap.h"

#include "lwip/priv/tcp_priv.h"

#if LWIP_TCP

enum { SEGMENTS_AHEAD = 4, TIMESTAMP_BYTES = 12 };

struct session *sender_first;
static struct session *last; /* those that want to fetch, in turn */

static void sender_queue(struct session *session)
{
    if (session->in_sender)
        return;
    session->in_sender = true;
    session->sender_next = NULL;
    if (sender_first)
        last->sender_next = session;
    else
        sender_first = session;
    last = session;
}

static void sender_unqueue(struct session *session)
{
    struct session **link = &sender_first, *before = NULL;

    if (!session->in_sender)
        return;
    while (*link != session) {
        before = *link;
        link = &before->sender_next;
    }
    *link = session->sender_next;
    if (last == session)
        last = before;
    session->in_sender = false;
}

void sender_add(struct session *session, struct send *send)
{
    send->next = NULL;
    if (session->sends)
        session->sends_last->next = send;
    else
        session->sends = send;
    session->sends_last = send;
    sender_queue(session);
}

static void send_done(struct session *session)
{
    struct send *send = session->sends;

    session->sends = send->next;
    if (send != &session->first_send)
        heap_free(send);
    else
        send->bytes = 0; /* may be used again */
}

/* --- fetch ------------------------------------------------------------------------------------ */

static uint32_t piece_of(const struct session *session)
{
    const struct tcp_pcb *pcb = session->pcb;
    uint32_t segment = pcb->mss;

    if ((pcb->flags & TF_TIMESTAMP) && segment > TIMESTAMP_BYTES)
        segment -= TIMESTAMP_BYTES;
    if (segment > port_card.tx_buffer_bytes)
        segment = port_card.tx_buffer_bytes;
    return session->sends->left < segment ? session->sends->left : segment;
}

static bool may_fetch(const struct session *session, uint32_t piece)
{
    const struct tcp_pcb *pcb = session->pcb;
    uint32_t open = pcb->snd_wnd < pcb->cwnd ? pcb->snd_wnd : pcb->cwnd;
    uint32_t limit = open + SEGMENTS_AHEAD * (uint32_t)pcb->mss;

    if (pcb->state != ESTABLISHED && pcb->state != CLOSE_WAIT)
        return false; /* not yet */
    if (!pcb->snd_wnd)
        return !session->fetched && port_tx_free > port_card.tx_buffers / 2;
    if (limit > TCP_SND_BUF)
        limit = TCP_SND_BUF;
    return !session->fetched || session->fetched + piece <= limit;
}

static void fetch(struct session *session, uint32_t piece)
{
    struct send *send = session->sends;
    struct tx_buffer *tx = port_tx_take(session);
    struct hw_host transfer = {.operation = HW_HOST_READ, .bytes = piece, .host = session->host};

    tx->state = TX_FETCHING;
    tx->bytes = (uint16_t)piece;
    tx->last = piece == send->left;
    if (session->tx)
        session->tx_last->next = tx;
    else
        session->tx = tx;
    session->tx_last = tx;
    if (!session->tx_unwritten)
        session->tx_unwritten = tx;
    session->fetched += piece;

    transfer.cookie = hal_address(tx) | COOKIE_TX;
    transfer.card_address = tx->address;
    transfer.host_low = send->low;
    transfer.host_high = send->high;
    session_host_post(&transfer, NULL);

    send->low += piece;
    send->high += send->low < piece;
    send->left -= piece;
    if (!send->left)
        send_done(session);
}

void sender_run(void)
{
    while (sender_first && port_tx_free && !datagram_waiting()) {
        struct session *session = sender_first;

        sender_first = session->sender_next;
        session->in_sender = false;
        if (!session->sends)
            continue;
        uint32_t piece = piece_of(session);

        if (!may_fetch(session, piece)) {
            session->window_blocked = true; /* until something moves: sender_wake() */
            continue;
        }
        fetch(session, piece);
        if (session->sends)
            sender_queue(session);
    }
}

/* --- write, close ----------------------------------------------------------------------------- */

static void close_if_done(struct session *session)
{
    if (session->closing && !session->shut && !session->sends && !session->tx_unwritten &&
        !session->opening) {
        port_lookup_connection(session->pcb);
        session->shut = tcp_shutdown(session->pcb, 0, 1) == ERR_OK;
    }
}

/* Gives lwIP what was fetched, in order; what it has no memory for waits for the next wake. */
static void write_fetched(struct session *session)
{
    struct tx_buffer *tx;
    bool wrote = false;

    while ((tx = session->tx_unwritten) != NULL && tx->state == TX_FETCHED) {
        bool more = !tx->last;

        if (tcp_write(session->pcb, hal_pointer(tx->address), tx->bytes,
                      more ? TCP_WRITE_FLAG_MORE : 0) != ERR_OK)
            break;
        tx->state = TX_WRITTEN;
        session->tx_unwritten = tx->next;
        wrote = true;
    }
    if (wrote)
        tcp_output(session->pcb);
    close_if_done(session);
}

void sender_fetched(struct tx_buffer *tx)
{
    struct session *session = tx->owner;

    if (!session) { /* it ended meanwhile */
        port_tx_disown(tx);
        return;
    }
    tx->state = TX_FETCHED;
    session->progress += tx->bytes;
    if (tx->last) {
        session->sent += session->progress;
        session->progress = 0;
        outbox_add(session);
    }
    write_fetched(session);
}

void sender_wake(struct session *session)
{
    if (!session->pcb)
        return;
    session->window_blocked = false;
    if (session->tx_unwritten || session->closing)
        write_fetched(session);
    if (session->sends)
        sender_queue(session);
}

void sender_acked(struct session *session, uint32_t bytes)
{
    session->acked += bytes;
    session->fetched -= bytes;
    while (session->tx && session->acked >= session->tx->bytes) {
        struct tx_buffer *tx = session->tx;

        session->acked -= tx->bytes;
        session->tx = tx->next;
        port_tx_disown(tx);
    }
    if (session->window_blocked || session->tx_unwritten)
        sender_wake(session);
}

void sender_close(struct session *session)
{
    session->closing = true;
    close_if_done(session);
}

void sender_drop(struct session *session)
{
    struct tx_buffer *tx = session->tx;

    sender_unqueue(session);
    while (session->sends)
        send_done(session);
    while (tx) {
        struct tx_buffer *next = tx->next;

        if (tx->state == TX_FETCHING)
            tx->owner = NULL; /* the transfer is under way: sender_fetched() frees it */
        else
            port_tx_disown(tx);
        tx = next;
    }
    session->tx = session->tx_unwritten = NULL;
    session->fetched = 0;
}
#endif
