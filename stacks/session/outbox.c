/* outbox.c - messages to the host. */
#include "stacks/session/session.h"

#include "stacks/port/address.h"

#include "lwip/priv/tcp_priv.h"

#include <string.h>

/* Of each host: the ring in its memory, and the sessions that have something to tell, in turn. Messages are numbered
 * from 1. */
static struct outbox {
    uint32_t slots, slot_bytes;
    uint32_t low, high; /* host address of slot 0's payload */
    uint32_t next;      /* number of the next message */
    uint32_t consumed;  /* slots freed, as last read */
    struct session *first, *last;
} outboxes[HW_MAX_HOSTS];

static uint8_t hosts;
#if LWIP_TCP
uint32_t outbox_sessions;
#endif

void outbox_start(void)
{
    hosts = (uint8_t)hal_load(HW_HOSTS);
    for (uint8_t host = 0; host < hosts; host++) {
        struct outbox *outbox = &outboxes[host];
        uint32_t offset = host * (uint32_t)HW_RING_STRIDE;
        struct hw_message ready = {.type = HW_READY};

        outbox->slots = hal_load(HW_RING_SLOTS + offset);
        outbox->slot_bytes = hal_load(HW_RING_SLOT_BYTES + offset);
        outbox->low = hal_load(HW_RING_DATA_LOW + offset);
        outbox->high = hal_load(HW_RING_DATA_HIGH + offset);
        outbox->next = 1;
        if (outbox->slots)
            outbox_post(host, &ready, 16, 0, 0, 0);
    }
}

/* Message n has a slot when n - consumed <= slots. Asks the hardware only when what it said before
 * is used up. */
bool outbox_has(uint8_t host, uint32_t slots)
{
    struct outbox *outbox = &outboxes[host];

    if (outbox->next - 1 - outbox->consumed + slots > outbox->slots)
        outbox->consumed = hal_load(HW_RING_CONSUMED + host * (uint32_t)HW_RING_STRIDE);
    return outbox->next - 1 - outbox->consumed + slots <= outbox->slots;
}

uint32_t outbox_slot_bytes(uint8_t host)
{
    return outboxes[host].slot_bytes;
}

void outbox_post(uint8_t host, struct hw_message *message, unsigned message_bytes, uint32_t address,
                 uint32_t bytes, uint32_t cookie)
{
    struct outbox *outbox = &outboxes[host];
    struct hw_host transfer;
    uint32_t offset = ((outbox->next - 1) & (outbox->slots - 1)) * outbox->slot_bytes;

    message->sequence = outbox->next++;
    message->bytes = (uint16_t)bytes;
    transfer.cookie = cookie;
    transfer.operation = bytes ? HW_HOST_WRITE : HW_HOST_MESSAGE;
    transfer.message_bytes = (uint8_t)message_bytes;
    transfer.host = host;
    transfer.reserved = 0;
    transfer.card_address = address;
    transfer.bytes = bytes;
    transfer.host_low = outbox->low + offset;
    transfer.host_high = outbox->high + (transfer.host_low < offset);
    session_host_post(&transfer, message);
}

#if LWIP_TCP
void outbox_add(struct session *session)
{
    if (session->in_outbox)
        return;
    struct outbox *outbox = &outboxes[session->host];

    session->in_outbox = true;
    session->outbox_next = NULL;
    if (outbox->first)
        outbox->last->outbox_next = session;
    else
        outbox->first = session;
    outbox->last = session;
    outbox_sessions++;
}

static void post_plain(struct session *session, uint8_t type, uint32_t argument)
{
    struct hw_message message = {.type = type, .session = session->number, .argument = argument};

    outbox_post(session->host, &message, 16, 0, 0, 0);
}

static void post_opened(struct session *session)
{
    struct hw_message message = {
        .type = HW_OPENED, .session = session->number, .argument = session->argument};

    address_to_tuple(message.tuple.remote, &session->remote);
    message.tuple.ip_version = address_to_tuple(message.tuple.local, &session->local);
    message.tuple.remote_port = session->remote_port;
    message.tuple.local_port = session->local_port;
    message.tuple.port = session->port;
    outbox_post(session->host, &message, sizeof message, 0, 0, 0);
}

/* Posts as much of one pbuf as there are slots; true when all of it is posted. The buffer is
 * released when its last transfer is done. */
static bool post_data(struct session *session, struct pbuf *p)
{
    static struct hw_message message = {
        .type = HW_DATA}; /* not cleared anew: 16 bytes of it are sent */

    message.session = session->number;
    while (outbox_has(session->host, 1)) {
        uint32_t slot_bytes = outbox_slot_bytes(session->host);
        uint32_t bytes = p->len < slot_bytes ? p->len : slot_bytes;
        bool all = bytes == p->len;

        message.argument = session->offset;
        outbox_post(session->host, &message, 16, hal_address(p->payload), bytes,
                    all ? hal_address(p) | COOKIE_RX : 0);
        session->offset += bytes;
        if (all)
            return true;
        p->payload = (uint8_t *)p->payload + bytes;
        p->len = (uint16_t)(p->len - bytes);
    }
    return false;
}

static struct pbuf *pbuf_cut_first(struct pbuf *p)
{
    struct pbuf *rest = p->next;

    p->next = NULL;
    return rest;
}

void outbox_received(struct session *session, struct pbuf *p)
{
    while (p) {
        struct pbuf *rest = pbuf_cut_first(p);

        if (!p->len) {
            pbuf_free(p); /* held headers only */
        } else if (session->in_outbox || !post_data(session, p)) {
            if (session->held)
                session->held_last->next = p;
            else
                session->held = p;
            session->held_last = p;
            outbox_add(session);
        }
        p = rest;
    }
}

/* Everything that one session has to tell, in its order; false when the slots were used up before
 * the end. */
static bool session_tell(struct session *session)
{
    if (session->terminal == HW_REFUSED)
        goto terminal;
    if (session->owes & OWES_OPENED) {
        if (!outbox_has(session->host, 1))
            return false;
        post_opened(session);
        session->owes &= (uint8_t)~OWES_OPENED;
    }
    while (session->held) {
        struct pbuf *p = session->held, *rest = p->next;

        if (!outbox_has(session->host, 1))
            return false;
        p->next = NULL;
        if (!post_data(session, p)) {
            p->next = rest;
            return false;
        }
        session->held = rest;
    }
    if (session->owes & OWES_REMOTE_CLOSED) {
        if (!outbox_has(session->host, 1))
            return false;
        post_plain(session, HW_REMOTE_CLOSED, 0);
        session->owes &= (uint8_t)~OWES_REMOTE_CLOSED;
    }
    if (session->sent) {
        if (!outbox_has(session->host, 1))
            return false;
        post_plain(session, HW_SENT, session->sent);
        session->sent = 0;
    }
terminal:
    if (session->terminal) {
        if (!outbox_has(session->host, 1))
            return false;
        post_plain(session, session->terminal,
                   session->terminal == HW_REFUSED ? session->argument : session->reason);
    }
    return true;
}

/* A session that could not tell all stays the first, so slots go round in order of arrival. */
bool outbox_run_host(uint8_t host)
{
    struct outbox *outbox = &outboxes[host];

    while (outbox->first) {
        struct session *session = outbox->first;

        if (!session_tell(session))
            return true;
        outbox->first = session->outbox_next;
        session->in_outbox = false;
        outbox_sessions--;
        if (session->terminal)
            session_free(session);
    }
    return false;
}

bool outbox_run(void)
{
    bool waits = false;

    for (uint8_t host = 0; host < hosts; host++)
        waits |= outbox_run_host(host);
    return waits;
}
#endif
