/* session.c - sessions, their numbers, and the callbacks of lwIP. */
#include "stacks/session/session.h"

#include "stacks/runtime/heap.h"

#include "lwip/priv/tcp_priv.h"

#if LWIP_TCP
/* A number's 24-bit index is a slot of the table and a generation of the slot. The table grows by
 * chunks. */
enum {
    SLOT_BITS = 14,
    CHUNK_BITS = 6,
    CHUNK = 1 << CHUNK_BITS,
    CHUNKS = 1 << (SLOT_BITS - CHUNK_BITS),
    GENERATIONS = 1 << (24 - SLOT_BITS),
    NO_SLOT = 0xffff,
};

struct slot {
    struct session *session; /* NULL: free */
    uint16_t generation;
    uint16_t next_free;
};

static struct slot *chunks[CHUNKS];
static uint32_t chunk_count;
static uint16_t free_first = NO_SLOT,
                free_last; /* first in, first out: a number rests as long as possible */
uint32_t session_count;

static struct slot *slot_at(uint32_t index)
{
    return &chunks[index >> CHUNK_BITS][index & (CHUNK - 1)];
}

static void slot_give_back(uint16_t index)
{
    slot_at(index)->session = NULL;
    slot_at(index)->next_free = NO_SLOT;
    if (free_first == NO_SLOT)
        free_first = index;
    else
        slot_at(free_last)->next_free = index;
    free_last = index;
}

static bool table_grow(void)
{
    if (chunk_count == CHUNKS)
        return false;
    struct slot *chunk = heap_alloc_zeroed(CHUNK * sizeof *chunk);

    if (!chunk)
        return false;
    chunks[chunk_count] = chunk;
    for (unsigned i = 0; i < CHUNK; i++)
        slot_give_back((uint16_t)(chunk_count * CHUNK + i));
    chunk_count++;
    return true;
}

struct session *session_find(uint32_t number)
{
    uint32_t index = number & ((1 << SLOT_BITS) - 1);

    if (index >= chunk_count * CHUNK)
        return NULL;
    struct session *session = slot_at(index)->session;

    return session && session->number == number ? session : NULL;
}

struct session *session_open(struct tcp_pcb *pcb, uint8_t host)
{
    if (free_first == NO_SLOT && !table_grow())
        return NULL;
    struct session *session = heap_alloc_zeroed(sizeof *session);

    if (!session)
        return NULL;
    uint16_t index = free_first;
    struct slot *slot = slot_at(index);

    free_first = slot->next_free;
    slot->generation =
        (uint16_t)(slot->generation % (GENERATIONS - 1) + 1); /* never 0: nor is a number's index */
    slot->session = session;
    session->pcb = pcb;
    session->host = host;
    session->number = HW_SESSION(port_card.id, (uint32_t)slot->generation << SLOT_BITS | index);
    session_count++;
    return session;
}

void session_free(struct session *session)
{
    port_forget(session);
    slot_give_back((uint16_t)(session->number & ((1 << SLOT_BITS) - 1)));
    heap_free(session);
    session_count--;
}

void session_lost(void)
{
    hal_store(HW_SESSIONS_LOST, 1);
}

/* The connection is over, for lwIP or for us; what was received goes to the host before the
 * terminal message. */
void session_end(struct session *session, uint8_t terminal, uint8_t reason)
{
    struct tcp_pcb *pcb = session->pcb;

    if (pcb) { /* in TIME_WAIT: nobody hears of it any more */
        tcp_arg(pcb, NULL);
        tcp_recv(pcb, NULL);
        tcp_sent(pcb, NULL);
        tcp_err(pcb, NULL);
        tcp_poll(pcb, NULL, 0);
    }
    session->pcb = NULL;
    session->terminal = terminal;
    session->reason = reason;
    session->sent = 0; /* the terminal message says that all is over */
    sender_drop(session);
    outbox_add(session);
}

/* --- callbacks -------------------------------------------------------------------------------- */

static err_t on_received(void *argument, struct tcp_pcb *pcb, struct pbuf *p, err_t error)
{
    struct session *session = argument;

    (void)error;
    if (p) {
        outbox_received(session, p);
        return ERR_OK;
    }
    session->owes |= OWES_REMOTE_CLOSED;
    outbox_add(session);
    if (pcb->state == TIME_WAIT)
        session_end(session, HW_FINISHED, 0);
    return ERR_OK;
}

static err_t on_sent(void *argument, struct tcp_pcb *pcb, u16_t bytes)
{
    (void)pcb;
    sender_acked(argument, bytes);
    return ERR_OK;
}

/* lwIP has freed the pcb already. */
static void on_error(void *argument, err_t error)
{
    struct session *session = argument;

    session->pcb = NULL;
    if (error == ERR_CLSD) /* the last acknowledgement of a connection closed by both */
        session_end(session, HW_FINISHED, 0);
    else if (session->opening)
        session_end(session, HW_REFUSED, 0);
    else
        session_end(session, HW_RESET, (uint8_t)-error);
}

static err_t on_poll(void *argument, struct tcp_pcb *pcb)
{
    (void)pcb;
    sender_wake(argument);
    return ERR_OK;
}

void session_callbacks(struct session *session)
{
    struct tcp_pcb *pcb = session->pcb;

    tcp_arg(pcb, session);
    tcp_recv(pcb, on_received);
    tcp_sent(pcb, on_sent);
    tcp_err(pcb, on_error);
    tcp_poll(pcb, on_poll, 1); /* each 500 ms */
    tcp_nagle_disable(
        pcb); /* a SEND is a whole write of the application's, as a server sends with TCP_NODELAY */
}

void session_opened(struct session *session)
{
    const struct tcp_pcb *pcb = session->pcb;

    session->opening = false;
    ip_addr_copy(session->remote, pcb->remote_ip);
    ip_addr_copy(session->local, pcb->local_ip);
    session->remote_port = pcb->remote_port;
    session->local_port = pcb->local_port;
    session->port = (uint8_t)(pcb->netif_idx ? pcb->netif_idx - 1 : 0);
    session->owes |= OWES_OPENED;
    outbox_add(session);
}

static err_t on_accept(void *argument, struct tcp_pcb *pcb, err_t error)
{
    (void)argument;
    if (error != ERR_OK || !pcb)
        return ERR_MEM; /* lwIP had no memory for it, and counted that */
    int host = request_listener(IP_PROTO_TCP, &pcb->local_ip, pcb->local_port);
    struct session *session = host < 0 ? NULL : session_open(pcb, (uint8_t)host);

    if (!session) {
        session_lost();
        return ERR_MEM; /* lwIP resets it */
    }
    session_callbacks(session);
    session_opened(session);
    return ERR_OK;
}

void port_touched(void *argument)
{
    struct session *session = argument;

    if (!session->pcb)
        return;
    if (session->pcb->state ==
        TIME_WAIT) /* both sides closed at once: lwIP has no callback for it */
        session_end(session, HW_FINISHED, 0);
    else if (session->window_blocked)
        sender_wake(session);
}
#endif

/* --- the host --------------------------------------------------------------------------------- */

/* Cookies that had to be taken while something else was being done: first in, first out. Each names
 * a buffer, so there are never more than buffers. */
static struct {
    uint32_t *cookie;
    uint32_t size, first, count;
} taken;

static uint32_t owed; /* cookies posted and not taken */

void session_host_post(struct hw_host *transfer, const struct hw_message *message)
{
    if (transfer->cookie) {
        while (owed >= PORT_OWED) { /* transfers finish, so this ends */
            uint32_t cookie = hal_load(HW_HOST_DONE);

            if (!cookie)
                continue;
            taken.cookie[(taken.first + taken.count++) % taken.size] = cookie;
            owed--;
        }
        owed++;
    }
    hal_host_post(transfer, message);
}

static void transfer_done(uint32_t cookie)
{
    void *whose = hal_pointer(cookie & ~(uint32_t)COOKIE_KIND);

    switch (cookie & COOKIE_KIND) {
    case COOKIE_RX:
        port_rx_release(whose); /* the session layer's reference was the only one */
        break;
#if LWIP_TCP
    case COOKIE_TX:
        sender_fetched(whose);
        break;
#endif
    default:
        datagram_fetched(whose);
    }
}

void session_host_done(void)
{
    uint32_t cookie;

    for (;;) {
        while (taken.count) { /* they came before what is still in the hardware */
            cookie = taken.cookie[taken.first];
            taken.first = taken.first + 1 == taken.size ? 0 : taken.first + 1;
            taken.count--;
            transfer_done(cookie);
        }
        cookie = hal_load(HW_HOST_DONE);
        if (!cookie)
            break;
        owed--;
        transfer_done(cookie);
    }
}

void session_requests(unsigned requests)
{
    struct hw_message message;

    while (requests--) {
        hal_request_pop(&message);
        if (message.type == HW_NONE)
            break;
        request_serve(&message);
    }
    port_counters_moved();
}

uint32_t session_run(void)
{
    if (taken.count)
        session_host_done();
#if LWIP_TCP
    bool slot = outbox_waiting() && outbox_run();
#else
    bool slot = false;
#endif
    bool arp = datagram_queued() && datagram_run();

#if LWIP_TCP
    if (sender_queued())
        sender_run();
#endif
    if (taken.count)
        session_host_done(); /* nothing else would say that they are there */
    return slot ? SESSION_SLOT_POLL_US : arp ? SESSION_ARP_POLL_US : 0;
}

void session_start(void)
{
    taken.size = port_card.rx_buffers + port_card.tx_buffers;
    taken.cookie = heap_alloc(taken.size * sizeof *taken.cookie);
#if LWIP_TCP
    port_serve_tcp(on_accept);
#endif
    port_serve_udp(datagram_received);
    outbox_start();
}
