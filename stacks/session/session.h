/* session.h - the session layer: sockets for the host, over the messages of hardware.h.
 *
 * A session is one TCP connection that the host knows. It has a number from OPENED (CONNECT: from
 * the request) until its one terminal message, FINISHED, RESET or REFUSED. What the host still
 * sends to a number after that is ignored: a number comes back with another generation.
 *
 * outbox.c     to the host: lwIP's callbacks become messages, in order for each session. Payload
 *              goes by DMA from the receive buffer to the slot of its message. With no slot free,
 *              pbufs wait at their session, bounded by the window, which only HW_CREDIT opens.
 * requests.c   from the host: requests become calls of lwIP.
 * sender.c     SENDs are fetched in pieces into transmit buffers, in turn among sessions, given to
 *              tcp_write() without a copy, and their buffers are free when acknowledged.
 * datagram.c   UDP, both ways, without sessions.
 *
 *     state of a session          ends by
 *     opening    tcp_connect()    on_connected, or on_error: REFUSED
 *     open       accept/connected
 *     closing    HW_CLOSE came    tcp_shutdown() once all SENDs are written
 *     ended      terminal message decided: no pcb, no callbacks; freed when the message is out
 */
#ifndef STACKS_SESSION_SESSION_H
#define STACKS_SESSION_SESSION_H

#include "stacks/port/port.h"

struct send {
    struct send *next;
    uint32_t low, high;   /* host address of the next byte to fetch */
    uint32_t left, bytes; /* to fetch; all */
};

struct session {
    struct tcp_pcb *pcb; /* NULL: ended */
    uint32_t number;     /* HW_SESSION(...) */

    /* to the host */
    struct session *outbox_next;
    struct pbuf *held, *held_last; /* received, no slot yet */
    uint32_t offset;               /* in the stream, of the next DATA */
    uint32_t sent;                 /* bytes to tell with SENT */
    uint32_t argument;             /* of the CONNECT, or 0 */
    ip_addr_t remote, local;       /* for OPENED, which may be told when the pcb has gone */
    uint16_t remote_port, local_port;
    uint8_t port;
    uint8_t host;     /* whose it is */
    uint8_t owes;     /* enum owed */
    uint8_t terminal; /* HW_FINISHED, HW_RESET, HW_REFUSED, or HW_NONE */
    uint8_t reason;   /* of a HW_RESET */
    bool in_outbox;
    bool opening; /* CONNECT has not been answered */

    /* from the host */
    bool closing; /* HW_CLOSE came */
    bool shut;    /* tcp_shutdown() was called */
    bool in_sender;
    bool window_blocked; /* wants to fetch, and the peer or the send buffer doesn't let it */
    struct session *sender_next;
    struct send *sends, *sends_last;
    struct send first_send;         /* so that one SEND at a time needs no memory */
    struct tx_buffer *tx, *tx_last; /* oldest unacknowledged .. newest */
    struct tx_buffer *tx_unwritten; /* first not given to tcp_write() */
    struct tx_buffer *again;        /* to be fetched again; NULL: none */
    struct session *again_next;
    uint32_t fetched;               /* bytes in tx */
    uint32_t acked;                 /* of the oldest buffer */
    uint32_t progress;              /* bytes fetched (retransmit = host: acknowledged) of the SEND that comes next */
};

enum owed { OWES_OPENED = 1, OWES_REMOTE_CLOSED = 2 };

/* HW_HOST_DONE's cookie is an address, which is a multiple of 4, and in its low bits whose it
 * is. */
enum { COOKIE_RX = 0, COOKIE_TX = 1, COOKIE_DATAGRAM = 2, COOKIE_KIND = 3 };

/* --- session.c -------------------------------------------------------------------------------- */
void session_start(void);                          /* after port_start(); posts HW_READY */
struct session *session_find(uint32_t number);     /* NULL: none such any more */
struct session *session_open(struct tcp_pcb *pcb, uint8_t host); /* NULL: no memory */
void session_callbacks(struct session *session);   /* before tcp_connect() */
void session_opened(struct session *session);      /* established: callbacks, OPENED */
void session_end(struct session *session, uint8_t terminal, uint8_t reason);
void session_free(struct session *session); /* its terminal message is out */
void session_lost(void);                    /* counts: given up for want of memory */
extern uint32_t session_count;

/* Posts a transfer, see hal_host_post(); if too many completions are owed, takes some first. */
void session_host_post(struct hw_host *transfer, const struct hw_message *message);

/* Completed transfers of the host DMA engine, and requests of the host, at most so many. */
void session_host_done(void);
void session_requests(unsigned requests);

/* Sends what the outbox and the senders have, as far as slots and buffers go. Returns after how
 * many microseconds to ask again because something waits for what no event announces - a slot, ARP;
 * 0: nothing does. */
uint32_t session_run(void);

enum { SESSION_SLOT_POLL_US = 50, SESSION_ARP_POLL_US = 1000 };

/* --- outbox.c --------------------------------------------------------------------------------- */
void outbox_start(void); /* reads where the rings are, and posts HW_READY to each host */
void outbox_received(struct session *session, struct pbuf *p); /* takes p */
void outbox_add(struct session *session);                      /* it has something to tell */
bool outbox_run(void); /* true: something waits for a slot */
bool outbox_run_host(uint8_t host);
extern uint32_t outbox_sessions; /* that have something to tell */
static inline bool outbox_waiting(void)
{
    return outbox_sessions != 0;
}
uint32_t outbox_slot_bytes(uint8_t host);
bool outbox_has(uint8_t host, uint32_t slots); /* so many slots are free */
/* Posts one message with its payload, if any, at address; the caller has made sure of a slot. */
void outbox_post(uint8_t host, struct hw_message *message, unsigned message_bytes, uint32_t address,
                 uint32_t bytes, uint32_t cookie);

/* --- sender.c --------------------------------------------------------------------------------- */
void sender_add(struct session *session, struct send *send);
void sender_wake(struct session *session); /* something may let it go on */
void sender_fetched(struct tx_buffer *tx); /* its transfer is done */
void sender_acked(struct session *session, uint32_t bytes);
void sender_close(struct session *session); /* after what is queued */
void sender_drop(struct session *session);  /* forgets all its SENDs and buffers */
void sender_run(void);
extern struct session *sender_first, *sender_again;
static inline bool sender_queued(void)
{
    return sender_first || sender_again;
}

/* --- requests.c ------------------------------------------------------------------------------- */
int request_listener(uint8_t protocol, const ip_addr_t *local, uint16_t local_port); /* the host; -1: none */
void request_serve(const struct hw_message *message);

/* --- datagram.c ------------------------------------------------------------------------------- */
void datagram_received(void *argument, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *source,
                       u16_t port);
void datagram_send(const struct hw_message *message);
void datagram_fetched(struct tx_buffer *tx);
struct datagram;
extern struct datagram *datagram_first;
static inline bool datagram_queued(void)
{
    return datagram_first != NULL;
}
bool datagram_run(void);     /* true: some wait for ARP */
bool datagram_waiting(void); /* for transmit buffers: nobody else takes any */

#endif
