/* requests.c - what the host asks for. */
#include "stacks/session/session.h"

#include "stacks/port/address.h"
#include "stacks/runtime/heap.h"

#include "lwip/priv/tcp_priv.h"

#include <string.h>

/* Where a host listens. The list is in the order of precedence: with an address, with a port only, with neither. */
struct listen {
    struct listen *next;
    uint8_t protocol;
    uint8_t host;
    uint8_t ip_version; /* 0: every address */
    uint16_t port;      /* 0: every port */
    uint32_t address[4];
};

static struct listen *listens;

static bool has_address(const struct listen *listen, uint8_t ip_version, const uint32_t *address)
{
    if (listen->ip_version != ip_version)
        return false;
    for (unsigned i = 0; i < (ip_version == 6 ? 4 : 1); i++)
        if (listen->address[i] != address[i])
            return false;
    return true;
}

int port_listener_of(uint8_t protocol, uint8_t ip_version, const uint32_t *destination, uint16_t local_port)
{
    for (const struct listen *listen = listens; listen; listen = listen->next)
        if (listen->protocol == protocol && (!listen->port || listen->port == local_port) &&
            (!listen->ip_version || has_address(listen, ip_version, destination)))
            return listen->host;
    return -1;
}

int request_listener(uint8_t protocol, const ip_addr_t *local, uint16_t local_port)
{
    uint32_t address[4];
    uint8_t ip_version = address_to_tuple((uint8_t *)address, local);

    return port_listener_of(protocol, ip_version, address, local_port);
}

static unsigned precedence(const struct listen *listen)
{
    return (listen->ip_version ? 2u : 0u) + (listen->port ? 1u : 0u);
}

static void listen_on(const struct hw_message *message)
{
    struct listen *listen = heap_alloc_zeroed(sizeof *listen), **at = &listens;

    if (!listen)
        return; /* counted by the heap; peers will be refused */
    listen->protocol = (uint8_t)message->argument;
    listen->host = message->tuple.host;
    listen->ip_version = message->tuple.ip_version;
    listen->port = message->tuple.local_port;
    memcpy(listen->address, message->tuple.local, sizeof listen->address);
    while (*at && precedence(*at) >= precedence(listen)) {
        const struct listen *other = *at;

        if (other->protocol == listen->protocol && other->port == listen->port &&
            other->ip_version == listen->ip_version &&
            (!listen->ip_version || has_address(other, listen->ip_version, listen->address))) {
            heap_free(listen); /* who came first has it */
            return;
        }
        at = &(*at)->next;
    }
    listen->next = *at;
    *at = listen;
}

#if LWIP_TCP
/* --- connect ---------------------------------------------------------------------------------- */

static void refuse(const struct hw_message *message)
{
    struct session *session = session_open(NULL, message->tuple.host);

    if (!session) {
        session_lost();
        return;
    }
    session->argument = message->argument;
    session_end(session, HW_REFUSED, 0);
}

static err_t on_connected(void *argument, struct tcp_pcb *pcb, err_t error)
{
    struct session *session = argument;

    (void)pcb;
    (void)error;
    session_opened(session);
    sender_wake(session); /* SENDs may have come before */
    return ERR_OK;
}

static bool tuple_in_use(const struct tcp_pcb *pcb, const ip_addr_t *remote, uint16_t remote_port)
{
    const struct tcp_pcb *lists[] = {tcp_active_pcbs, tcp_tw_pcbs};

    for (unsigned i = 0; i < LWIP_ARRAYSIZE(lists); i++)
        for (const struct tcp_pcb *each = lists[i]; each; each = each->next)
            if (each->local_port == pcb->local_port && each->remote_port == remote_port &&
                ip_addr_cmp(&each->local_ip, &pcb->local_ip) &&
                ip_addr_cmp(&each->remote_ip, remote))
                return true;
    return false;
}

/* The dispatch has chosen the local port, so that answers come to this processor. It is put into
 * the pcb directly: tcp_bind() would refuse a port that another connection uses, though with
 * another peer. */
static void connect_to(const struct hw_message *message)
{
    const struct hw_tuple *tuple = &message->tuple;
    uint8_t port = tuple->port < port_card.ports ? tuple->port : 0;
    struct tcp_pcb *pcb = port_make_room() ? tcp_new() : NULL;
    struct session *session = pcb ? session_open(pcb, message->tuple.host) : NULL;
    ip_addr_t remote;

    if (!session) {
        if (pcb)
            tcp_close(pcb);
        refuse(message);
        return;
    }
    address_from_tuple(&remote, tuple->remote, tuple->ip_version, (uint8_t)(port + 1));
    address_from_tuple(&pcb->local_ip, tuple->local, tuple->ip_version, (uint8_t)(port + 1));
    if (ip_addr_isany(&pcb->local_ip))
        port_any_address(&pcb->local_ip, &port_netifs[port]);
#if LWIP_IPV6
    if (tuple->ip_version == 6) /* neighbour discovery asks in its name */
        port_take_address6(&port_netifs[port], ip_2_ip6(&pcb->local_ip)->addr);
#endif
    pcb->local_port = tuple->local_port;
    pcb->netif_idx = netif_get_index(&port_netifs[port]);
    session->argument = message->argument;
    session->opening = true;
    session_callbacks(session);
    port_watch_connections(pcb);
    ip_addr_copy(pcb->remote_ip, remote); /* as tcp_connect() will */
    pcb->remote_port = tuple->remote_port;
    port_lookup_connection(pcb);
    if (!tuple_in_use(pcb, &remote, tuple->remote_port) && port_claim(pcb) == port_card.id &&
        tcp_connect(pcb, &remote, tuple->remote_port, on_connected) == ERR_OK)
        return;
    session_end(session, HW_REFUSED, 0);
    pcb->local_port = 0; /* it is in no list */
    tcp_close(pcb);
}

/* --- sessions --------------------------------------------------------------------------------- */

static void abort_session(struct session *session)
{
    port_discarding(true);
    while (session->held) {
        struct pbuf *p = session->held;

        session->held = p->next;
        p->next = NULL;
        pbuf_free(p);
    }
    if (session->pcb) {
        port_lookup_connection(session->pcb);
        tcp_abort(session->pcb); /* on_error() ends it */
    }
    port_discarding(false);
}

static void send_for(struct session *session, const struct hw_message *message)
{
    struct send *send = &session->first_send;

    if (!message->argument || session->closing || !session->pcb)
        return;
    if (send->bytes)
        send = heap_alloc(sizeof *send);
    if (!send) { /* the host cannot be told to try again, and bytes must not be missing */
        session_lost();
        abort_session(session);
        return;
    }
    send->low = message->host_low;
    send->high = message->host_high;
    send->left = send->bytes = message->argument;
    sender_add(session, send);
}

static void credit(struct session *session, uint32_t bytes)
{
    while (bytes && session->pcb) {
        uint16_t part = bytes > 0xffff ? 0xffff : (uint16_t)bytes;

        tcp_recved(session->pcb, part);
        bytes -= part;
    }
}
#endif

void request_serve(const struct hw_message *message)
{
    switch (message->type) {
    case HW_LISTEN:
        listen_on(message);
        return;
    case HW_SEND_DATAGRAM:
    case HW_SEND_PACKET:
        datagram_send(message);
        return;
#if LWIP_TCP
    case HW_CONNECT:
        connect_to(message);
        return;
#endif
    default:
        break;
    }
#if LWIP_TCP
    struct session *session = session_find(message->session);
    if (!session || session->terminal || session->host != message->tuple.host)
        return; /* it ended before the host could know */
    switch (message->type) {
    case HW_SEND:
        send_for(session, message);
        break;
    case HW_CLOSE:
        sender_close(session);
        break;
    case HW_ABORT:
        abort_session(session);
        break;
    case HW_CREDIT:
        credit(session, message->argument);
        break;
    default:
        break;
    }
#endif
}
