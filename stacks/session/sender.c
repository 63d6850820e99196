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
 *
 * With retransmit = host a buffer is free when its frame has left, and fetched again if lwIP wants to send it
 * again (port/kept.c):
 *
 *     read out                 port_fetch_again()      fetched: tcp_output()     read out
 *     TX_WRITTEN -> TX_AT_HOST   ->   TX_FETCHING_AGAIN   ->   TX_WRITTEN   ->   TX_AT_HOST ...
 */
#include "stacks/session/session.h"

#include "stacks/runtime/heap.h"

#include "lwip/priv/tcp_priv.h"

#if LWIP_TCP

enum { SEGMENTS_AHEAD = 4, TIMESTAMP_BYTES = 12 };

struct session *sender_first;
static struct session *last; /* those that want to fetch, in turn */
struct session *sender_again;
static struct session *again_last; /* those that want to fetch again, in turn */

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

    if (port_kept.on)
        *port_kept_source(tx) = (struct tx_source){send->low, send->high};
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

/* --- again ------------------------------------------------------------------------------------ */

void port_fetch_again(struct tx_buffer *tx)
{
    struct session *session = tx->owner;

    if (!session || session->again || tx->state != TX_AT_HOST)
        return; /* one at a time: tcp_output() follows, and asks for the next */
    session->again = tx;
    session->again_next = NULL;
    if (sender_again)
        again_last->again_next = session;
    else
        sender_again = session;
    again_last = session;
}

static void again_forget(struct session *session)
{
    struct session **link = &sender_again, *before = NULL;

    if (!session->again)
        return;
    while (*link != session) {
        before = *link;
        link = &before->again_next;
    }
    *link = session->again_next;
    if (again_last == session)
        again_last = before;
    session->again = NULL;
}

static void fetch_again(void)
{
    while (sender_again) {
        struct session *session = sender_again;
        struct tx_buffer *tx = session->again;

        if (!port_kept_attach(tx)) {
            if (!tx->stays)
                return; /* until a frame has left */
            tx->stays = 0;
            again_forget(session); /* for a probe, which has time */
            continue;
        }
        again_forget(session);
        struct tx_source *source = port_kept_source(tx);
        struct hw_host transfer = {.operation = HW_HOST_READ,
                                   .bytes = tx->bytes,
                                   .host = session->host,
                                   .cookie = hal_address(tx) | COOKIE_TX,
                                   .card_address = tx->address,
                                   .host_low = source->low,
                                   .host_high = source->high};

        tx->state = TX_FETCHING_AGAIN;
        hal_store(HW_FETCHED_AGAIN, tx->bytes);
        session_host_post(&transfer, NULL);
    }
}

static void fetched_again(struct session *session, struct tx_buffer *tx)
{
    tx->state = TX_WRITTEN;
    port_lookup_connection(session->pcb);
    tcp_output(session->pcb);
    if (!tx->reading && !tx->stays)
        port_kept_leave(tx); /* the window doesn't let it: others need the buffer */
}

void sender_run(void)
{
    fetch_again();
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

        if (tcp_write(session->pcb, port_tx_payload(tx), tx->bytes,
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

/* The host may forget what the buffer holds: told once a SEND. */
static void sent(struct session *session, const struct tx_buffer *tx)
{
    session->progress += tx->bytes;
    if (!tx->last)
        return;
    session->sent += session->progress;
    session->progress = 0;
    outbox_add(session);
}

void sender_fetched(struct tx_buffer *tx)
{
    struct session *session = tx->owner;

    if (!session) { /* it ended meanwhile */
        port_tx_disown(tx);
        return;
    }
    if (tx->state == TX_FETCHING_AGAIN) {
        fetched_again(session, tx);
        return;
    }
    tx->state = TX_FETCHED;
    if (!port_kept.on)
        sent(session, tx);
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

/* Free, at once or when its transfer, which is under way, comes to sender_fetched(). */
static void give_up(struct tx_buffer *tx)
{
    if (tx->state == TX_FETCHING || tx->state == TX_FETCHING_AGAIN)
        tx->owner = NULL;
    else
        port_tx_disown(tx);
}

void sender_acked(struct session *session, uint32_t bytes)
{
    session->acked += bytes;
    session->fetched -= bytes;
    while (session->tx && session->acked >= session->tx->bytes) {
        struct tx_buffer *tx = session->tx;

        session->acked -= tx->bytes;
        session->tx = tx->next;
        if (port_kept.on) {
            sent(session, tx);
            if (session->again == tx)
                again_forget(session);
        }
        give_up(tx);
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
    again_forget(session);
    while (session->sends)
        send_done(session);
    while (tx) {
        struct tx_buffer *next = tx->next;

        give_up(tx);
        tx = next;
    }
    session->tx = session->tx_unwritten = NULL;
    session->fetched = 0;
}
#endif
