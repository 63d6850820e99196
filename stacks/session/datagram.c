/* datagram.c - UDP between the network and the host: no session, and nothing is kept for a host
 * that has no slots. */
#include "stacks/session/session.h"

#include "stacks/port/address.h"
#include "stacks/runtime/heap.h"

#include "lwip/ip.h"
#include "lwip/prot/udp.h"
#include "lwip/stats.h"

#include <string.h>

/* --- to the host ------------------------------------------------------------------------------ */

static uint32_t slots_for(uint8_t host, uint32_t bytes)
{
    return (bytes + outbox_slot_bytes(host) - 1) / outbox_slot_bytes(host);
}

static void drop(struct pbuf *p)
{
    UDP_STATS_INC(udp.memerr);
    UDP_STATS_INC(udp.drop);
    pbuf_free(p);
}

/* All slots of a datagram follow each other. What connections have to tell goes first; they may only not have had the
 * time to. */
static bool has_slots(uint8_t host, const struct pbuf *p)
{
    uint32_t slots = 0;

#if LWIP_TCP
    if (outbox_waiting() && outbox_run_host(host))
        return false;
#endif
    if (p->tot_len <= p->len && p->len <= outbox_slot_bytes(host))
        return outbox_has(host, 1);
    for (; p; p = p->next)
        slots += slots_for(host, p->len);
    return outbox_has(host, slots);
}

static void post_pbuf(uint8_t host, struct hw_message *message, struct pbuf *p, bool last)
{
    uint32_t left = p->len, address = hal_address(p->payload);

    while (left) {
        uint32_t bytes = left < outbox_slot_bytes(host) ? left : outbox_slot_bytes(host);

        left -= bytes;
        message->flags = left || !last ? HW_MORE : 0;
        outbox_post(host, message, sizeof *message, address, bytes,
                    left ? 0 : hal_address(p) | COOKIE_RX);
        address += bytes;
    }
}

void datagram_received(void *argument, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *source,
                       u16_t port)
{
    const struct udp_hdr *udp = (const struct udp_hdr *)((const uint8_t *)p->payload - UDP_HLEN);
    uint16_t bytes = port_swap16(udp->len);
    struct hw_message message = {.type = HW_DATAGRAM};

    (void)argument;
    if (bytes < UDP_HLEN || bytes - UDP_HLEN > p->tot_len) {
        UDP_STATS_INC(udp.lenerr);
        UDP_STATS_INC(udp.drop);
        pbuf_free(p);
        return;
    }
    port_payload_in_packet(p);
    if (bytes - UDP_HLEN < p->tot_len)
        pbuf_realloc(p, (uint16_t)(bytes - UDP_HLEN));

    int listener = request_listener(IP_PROTO_UDP, ip_current_dest_addr(), pcb->local_port);
    uint8_t host = (uint8_t)listener;

    if (listener < 0 || !has_slots(host, p))
        return drop(p);

    message.session = HW_SESSION(port_card.id, 0);
    address_to_tuple(message.tuple.remote, source);
    message.tuple.ip_version = address_to_tuple(message.tuple.local, ip_current_dest_addr());
    message.tuple.remote_port = port;
    message.tuple.local_port = pcb->local_port;
    message.tuple.port = port_of(ip_current_input_netif());
    if (!p->tot_len) {
        outbox_post(host, &message, sizeof message, 0, 0, 0);
        pbuf_free(p);
        return;
    }
    while (p) {
        struct pbuf *rest = p->next;
        bool last = p->len == p->tot_len;

        p->next = NULL;
        if (p->len)
            post_pbuf(host, &message, p, last);
        else
            pbuf_free(p);
        p = last ? NULL : rest;
        if (last && rest)
            pbuf_free(rest); /* empty */
    }
}

/* --- from the host ---------------------------------------------------------------------------- */

enum { ARP_PATIENCE_MS = 1000, ARP_ASK_MS = 200 };

struct datagram {
    struct datagram *next;
    struct hw_tuple tuple;
    uint32_t low, high, bytes;
    uint32_t number; /* the driver's, of this request */
    bool is_packet;  /* the host has made its headers */
    struct tx_buffer *tx, *tx_last;
    uint32_t fetching;           /* transfers under way */
    uint32_t since_ms, asked_ms; /* first tried; last asked by ARP */
    bool asked;
};

struct datagram *datagram_first;
static struct datagram *last; /* not fetched yet */

static struct datagram *over_first, *over_last; /* sent or given up: the host is to be told */

/* The host may use the memory of a datagram again once it is told. A host without slots doesn't hold up another. */
static bool tell_over(void)
{
    struct datagram **at = &over_first, *before = NULL;

    while (*at) {
        struct datagram *datagram = *at;
        uint8_t host = datagram->tuple.host;
        struct hw_message message = {
            .type = HW_SENT, .session = datagram->number, .argument = datagram->bytes};

        if (outbox_has(host, 1)) {
            outbox_post(host, &message, 16, 0, 0, 0);
            *at = datagram->next;
            heap_free(datagram);
        } else {
            before = datagram;
            at = &datagram->next;
        }
    }
    over_last = before;
    return !over_first;
}

static void over(struct datagram *datagram)
{
    datagram->next = NULL;
    if (over_first)
        over_last->next = datagram;
    else
        over_first = datagram;
    over_last = datagram;
    tell_over();
}

static void queue(struct datagram *datagram)
{
    datagram->next = NULL;
    if (datagram_first)
        last->next = datagram;
    else
        datagram_first = datagram;
    last = datagram;
}

static uint32_t header_bytes(const struct datagram *datagram)
{
    return datagram->tuple.ip_version == 6 ? 40 : 20;
}

void datagram_send(const struct hw_message *message)
{
    struct datagram *datagram;

    datagram = heap_alloc_zeroed(sizeof *datagram);
    if (!datagram)
        return; /* counted by the heap; its memory stays the host's loss */
    datagram->number = message->session;
    datagram->is_packet = message->type == HW_SEND_PACKET;
    datagram->bytes = message->argument;
    datagram->tuple = message->tuple;
    if (message->argument > 0xffff - UDP_HLEN - IP_HLEN || message->argument <= (datagram->is_packet ? header_bytes(datagram) : 0)) {
        over(datagram); /* no such datagram exists */
        return;
    }
    datagram->low = message->host_low;
    datagram->high = message->host_high;
    datagram->since_ms = hal_time_ms();
    queue(datagram);
}

static struct netif *netif_for(const struct datagram *datagram)
{
    uint8_t port = datagram->tuple.port;

    return &port_netifs[port < port_card.ports ? port : 0];
}

/* All buffers at once: two datagrams with half of theirs each would wait for each other. */
static void fetch(struct datagram *datagram, uint32_t buffers)
{
    uint32_t left = datagram->bytes;

    datagram->fetching = buffers;
    while (buffers--) {
        struct tx_buffer *tx = port_tx_take(datagram);
        struct hw_host transfer = {.operation = HW_HOST_READ, .host = datagram->tuple.host};

        tx->bytes = (uint16_t)(left < port_card.tx_buffer_bytes ? left : port_card.tx_buffer_bytes);
        left -= tx->bytes;
        if (datagram->tx)
            datagram->tx_last->next = tx;
        else
            datagram->tx = tx;
        datagram->tx_last = tx;
        transfer.cookie = hal_address(tx) | COOKIE_DATAGRAM;
        transfer.card_address = tx->address;
        transfer.bytes = tx->bytes;
        transfer.host_low = datagram->low;
        transfer.host_high = datagram->high;
        session_host_post(&transfer, NULL);
        datagram->low += tx->bytes;
        datagram->high += datagram->low < tx->bytes;
    }
}

static uint32_t buffers_for(const struct datagram *datagram)
{
    return (datagram->bytes + port_card.tx_buffer_bytes - 1) / port_card.tx_buffer_bytes;
}

bool datagram_waiting(void)
{
    return datagram_first && buffers_for(datagram_first) > port_tx_free && !datagram_first->asked;
}

/* Whether the peer's address is known; asks for it now and then. */
static bool reachable(struct datagram *datagram)
{
    uint32_t now = hal_time_ms();
    struct netif *netif = netif_for(datagram);
    ip_addr_t remote;

    if (datagram->asked && now - datagram->asked_ms < ARP_ASK_MS)
        return false;
    address_from_tuple(&remote, datagram->tuple.remote, datagram->tuple.ip_version,
                       netif_get_index(netif));
    if (port_reachable(netif, &remote))
        return true;
    datagram->asked = true;
    datagram->asked_ms = now;
    return false;
}

bool datagram_run(void)
{
    struct datagram *stop = NULL; /* first that waits for ARP: once round */

    while (datagram_first && datagram_first != stop) {
        struct datagram *datagram = datagram_first;
        uint32_t buffers = buffers_for(datagram);

        if (reachable(datagram)) {
            datagram->asked = false;
            if (buffers > port_tx_free && buffers <= port_card.tx_buffers)
                break;
            datagram_first = datagram->next;
            if (buffers <= port_card.tx_buffers)
                fetch(datagram, buffers);
            else
                over(datagram); /* larger than this card can ever send */
            continue;
        }
        datagram_first = datagram->next;
        if (hal_time_ms() - datagram->since_ms >= ARP_PATIENCE_MS) {
            over(datagram); /* nobody there */
            continue;
        }
        queue(datagram);
        if (!stop)
            stop = datagram;
    }
    return !tell_over() || (stop != NULL && datagram_first);
}

static struct pbuf *payload_of(const struct datagram *datagram)
{
    struct pbuf *all = NULL;

    for (struct tx_buffer *tx = datagram->tx; tx; tx = tx->next) {
        struct pbuf *p = pbuf_alloc(PBUF_RAW, tx->bytes, PBUF_ROM);

        if (!p) {
            if (all)
                pbuf_free(all);
            return NULL;
        }
        p->payload = hal_pointer(tx->address);
        if (all)
            pbuf_cat(all, p);
        else
            all = p;
    }
    return all;
}

/* As the host has built it: its header is copied, so that the link's fits before it; the rest stays where it is. */
static void transmit_packet(struct datagram *datagram)
{
    struct netif *netif = netif_for(datagram);
    uint32_t bytes = header_bytes(datagram);
    struct pbuf *head = pbuf_alloc(PBUF_LINK, (uint16_t)bytes, PBUF_RAM), *p = head ? payload_of(datagram) : NULL;
    ip_addr_t remote;

    if (!p) {
        if (head)
            pbuf_free(head);
        return; /* counted by the heap */
    }
    const volatile uint32_t *from = (const volatile uint32_t *)p->payload;
    uint32_t *to = head->payload;

    for (uint32_t i = 0; i < bytes / 4; i++)
        to[i] = from[i];
    pbuf_remove_header(p, bytes);
    pbuf_cat(head, p);
    address_from_tuple(&remote, datagram->tuple.remote, datagram->tuple.ip_version, netif_get_index(netif));
#if LWIP_IPV6
    if (datagram->tuple.ip_version == 6)
        netif->output_ip6(netif, head, ip_2_ip6(&remote));
    else
#endif
        netif->output(netif, head, ip_2_ip4(&remote));
    pbuf_free(head);
}

static void transmit(struct datagram *datagram)
{
    struct netif *netif = netif_for(datagram);
    struct pbuf *p = payload_of(datagram);
    uint16_t listening = port_udp->local_port, flags = netif->chksum_flags;
    ip_addr_t remote, local;

    if (!p)
        return; /* counted by the heap */
    address_from_tuple(&remote, datagram->tuple.remote, datagram->tuple.ip_version,
                       netif_get_index(netif));
    address_from_tuple(&local, datagram->tuple.local, datagram->tuple.ip_version,
                       netif_get_index(netif));
    if (ip_addr_isany(&local))
        port_any_address(&local, netif);
    port_udp->local_port = datagram->tuple.local_port ? datagram->tuple.local_port : 49152;
    if (datagram->bytes + UDP_HLEN + (IP_IS_V6_VAL(remote) ? 40u : IP_HLEN) > netif->mtu)
        netif->chksum_flags |=
            NETIF_CHECKSUM_GEN_UDP; /* the hardware sees one fragment at a time */
    udp_sendto_if_src(port_udp, p, &remote, datagram->tuple.remote_port, netif, &local);
    netif->chksum_flags = flags;
    port_udp->local_port = listening;
    pbuf_free(p);
}

void datagram_fetched(struct tx_buffer *tx)
{
    struct datagram *datagram = tx->owner;

    if (--datagram->fetching)
        return;
    if (datagram->is_packet)
        transmit_packet(datagram);
    else
        transmit(datagram);
    while ((tx = datagram->tx) != NULL) {
        datagram->tx = tx->next;
        port_tx_disown(tx);
    }
    over(datagram);
}
