/* transmit.c - from lwIP's pbuf chains to transmit descriptors, and the life of a transmit buffer.
 *
 * A pbuf in local memory is a header: the hardware copies it while the descriptor is posted. A pbuf
 * in packet memory is payload, read when the frame leaves, so its buffer must stay as it is until
 * the completion:
 *
 *     transmit buffer   counts the posted frames that read it; lwIP may meanwhile free or reuse
 *                       its pbufs. One buffer in a frame, the usual case, is named by the cookie
 *                       itself.
 *     receive buffer    (an echo answered in place, a forwarded frame) the pbuf is referenced.
 *     several           a struct hold, in the heap, lists them.
 *
 * With retransmit = host the payload's address names a record of kept.c, which has a buffer or not:
 * not sent then, and fetched again.
 */
#include "stacks/port/hooks.h"
#include "stacks/port/peer.h"
#include "stacks/port/port.h"
#include "stacks/runtime/heap.h"

#include "lwip/etharp.h"
#include "lwip/ethip6.h"
#include "lwip/ip.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/ip4.h"
#include "lwip/prot/tcp.h"
#include "lwip/stats.h"

#include <string.h>

/* What a posted frame holds besides its cookie: cookie is the hold's address, or index << 1 | 1. */
struct hold {
    struct pbuf *p; /* referenced, or NULL */
    uint32_t count;
    uint16_t index[]; /* of transmit buffers */
};

static struct tx_buffer *records, *tx_free;
static uint32_t index_reciprocal; /* 2^32 / (tx_buffer_bytes / 64), rounded up */
static uint16_t checksum_flags;
static uint32_t owed; /* cookies posted and not taken */
uint32_t port_tx_free;

/* --- transmit buffers ------------------------------------------------------------------------- */

uint32_t port_tx_index(const struct tx_buffer *tx)
{
    return (uint32_t)(tx - records);
}

struct tx_buffer *port_tx_at(uint32_t index)
{
    return &records[index];
}

/* Buffers are a multiple of 64 bytes, and seldom a power of two: a multiplication costs less than a
 * division, and is exact while there are fewer than 2^16 units of 64 in a buffer and 2^16
 * buffers. */
static uint32_t index_of(uint32_t address)
{
    return (uint32_t)((uint64_t)((address - port_card.tx_base) >> 6) * index_reciprocal >> 32);
}

static uint32_t record_of(uint32_t address)
{
    uint32_t index = index_of(address);

    return port_kept.holder ? port_kept.holder[index] : index;
}

struct tx_buffer *port_tx_take(void *owner)
{
    struct tx_buffer *tx = tx_free;

    if (!tx || (port_kept.on && !port_kept_take(tx)))
        return NULL;
    tx_free = tx->next;
    if (!port_kept.on)
        port_tx_free--;
    tx->next = NULL;
    tx->owner = owner;
    tx->owned = 1;
    return tx;
}

static void tx_give_back(struct tx_buffer *tx)
{
    tx->next = tx_free;
    tx_free = tx;
    if (port_kept.on)
        port_kept_give_back(tx);
    else
        port_tx_free++;
}

void port_tx_disown(struct tx_buffer *tx)
{
    tx->owned = 0;
    tx->owner = NULL;
    if (!tx->reading)
        tx_give_back(tx);
}

static void tx_read_out(uint32_t index)
{
    struct tx_buffer *tx = &records[index];

    if (--tx->reading)
        return;
    if (!tx->owned)
        tx_give_back(tx);
    else if (port_kept.on && tx->state == TX_WRITTEN && !tx->stays)
        port_kept_leave(tx);
}

void port_tx_done(void)
{
    uint32_t cookie;

    while ((cookie = hal_load(HW_TX_DONE)) != 0) {
        owed--;
        if (cookie & 1) {
            tx_read_out(cookie >> 1);
            continue;
        }
        struct hold *hold = hal_pointer(cookie);

        for (uint32_t i = 0; i < hold->count; i++)
            tx_read_out(hold->index[i]);
        if (hold->p)
            pbuf_free(hold->p);
        heap_free(hold);
    }
}

/* --- descriptors ------------------------------------------------------------------------------ */

static bool hold_all(struct hw_tx *tx, struct pbuf *p, bool reference, uint32_t count)
{
    struct hold *hold = heap_alloc(sizeof *hold + count * sizeof hold->index[0]);

    if (!hold)
        return false;
    hold->p = reference ? p : NULL;
    hold->count = 0;
    for (unsigned i = 0; i < tx->segments; i++) {
        uint32_t address = tx->segment[i].address;

        if (address >= port_card.tx_base && address < port_card.portion_end) {
            uint32_t index = record_of(address);

            records[index].reading++;
            hold->index[hold->count++] = (uint16_t)index;
        }
    }
    if (reference)
        pbuf_ref(p);
    tx->cookie = hal_address(hold);
    return true;
}

enum { MUST_COPY = 1 }; /* of post(): no error of lwIP's, they are negative */

static int post(uint16_t destination, struct pbuf *p, uint16_t flags)
{
    static struct hw_tx tx;
    unsigned segments = 0;
    uint32_t in_tx = 0, in_rx = 0, last = 0, local = 0;

    for (struct pbuf *q = p; q; q = q->next) {
        if (!q->len)
            continue;
        if (segments == HW_TX_SEGMENTS)
            goto unfit;
        uint32_t address = hal_address(q->payload);

#if LWIP_TCP
        if (address >= HAL_KEPT) {
            struct tx_buffer *kept = &records[(address - HAL_KEPT) >> port_kept.shift];

            if (kept->state != TX_WRITTEN) {
                port_fetch_again(kept);
                return ERR_BUF; /* to lwIP: not sent */
            }
            address = kept->address + (address & ((1u << port_kept.shift) - 1));
        }
#endif
        tx.segment[segments].address = address;
        tx.segment[segments++].bytes = q->len;
        if (address - port_card.portion >= port_card.portion_end - port_card.portion) {
            local += q->len;
        } else if (address >= port_card.tx_base) {
            in_tx++;
            last = address;
        } else {
            in_rx++;
        }
    }
    if (local > HW_TX_INLINE_BYTES)
        return MUST_COPY;
    if (!segments)
        goto unfit;
    tx.destination = destination;
    tx.segments = (uint8_t)segments;
    tx.flags = (uint8_t)flags;
    if (in_rx || in_tx > 1) {
        if (!hold_all(&tx, p, in_rx != 0, in_tx))
            return ERR_MEM;
    } else if (in_tx) {
        uint32_t index = record_of(last);

        records[index].reading++;
        tx.cookie = index << 1 | 1;
    } else {
        tx.cookie = 0; /* everything is copied by now: nothing to wait for */
    }
    if (tx.cookie) {
        while (owed >= PORT_OWED) /* frames leave, so this ends; nothing in it calls lwIP */
            port_tx_done();
        owed++;
    }
    hal_tx_post(&tx);
    return ERR_OK;

unfit: /* no path of lwIP's makes such a chain of what this port gives it */
    LINK_STATS_INC(link.lenerr);
    return ERR_BUF;
}

/* lwIP cut a segment to a small window and copied what is left of it into local memory (tcp_split_unsent_seg()), which is
 * more than the hardware takes from there: the stack copies it on. */
static __attribute__((noinline, cold)) err_t transmit_copied(uint16_t destination, struct pbuf *p, uint16_t flags)
{
    enum { HEADERS = 126 }; /* all of them; what follows is at a multiple of 4, as port_output()'s IP header is */
    struct pbuf headers = *p, rest = *p;
    struct tx_buffer *tx;

    if (p->len <= HEADERS || (uint32_t)p->len - HEADERS > port_card.tx_buffer_bytes) {
        LINK_STATS_INC(link.lenerr);
        return ERR_BUF;
    }
    tx = port_tx_take(NULL);
    if (!tx)
        return ERR_BUF; /* not sent */
    headers.len = HEADERS;
    headers.next = &rest;
    rest.payload = hal_pointer(tx->address);
    rest.len = (u16_t)(p->len - HEADERS);
    memcpy(rest.payload, (uint8_t *)p->payload + HEADERS, rest.len);
    err_t result = (err_t)post(destination, &headers, flags);

    port_tx_disown(tx);
    return result;
}

static err_t transmit(uint16_t destination, struct pbuf *p, uint16_t flags)
{
    int result = post(destination, p, flags);

    return result == MUST_COPY ? transmit_copied(destination, p, flags) : (err_t)result;
}

/* --- to the network --------------------------------------------------------------------------- */

/* Puts the peer's Ethernet header before the IP header, which is at a multiple of 4. */
static bool link_header(struct pbuf *p, const struct peer *peer)
{
    uint32_t *ip = p->payload;
    unsigned words = (peer->l2_bytes + 2u) / 4;

    if (pbuf_add_header(p, peer->l2_bytes) != 0)
        return false;
    ip -= words;
    for (unsigned i = 1; i < words; i++)
        ip[i] = peer->header[i];
    ((uint16_t *)ip)[1] = (uint16_t)(peer->header[0] >> 16);
    return true;
}

/* ICMP's checksum is software's; a fragment's lies over several frames. */
static uint16_t flags_for(uint8_t protocol, uint32_t fragment)
{
    if (protocol == IP_PROTO_ICMP || (fragment & PP_HTONS(IP_MF | IP_OFFMASK)))
        return checksum_flags & HW_TX_IP_CHECKSUM;
    return checksum_flags;
}

/* ICMPv6's checksum is software's; behind extension headers so is TCP's and UDP's. */
static inline uint16_t flags6_for(uint8_t next)
{
    return next == IP_PROTO_TCP || next == IP_PROTO_UDP ? checksum_flags : 0;
}

static bool data_waits; /* some connection has data for a peer that is asked for */

#if LWIP_TCP
void port_peer_answered(uint32_t address)
{
    bool others_wait = false;

    if (!data_waits)
        return;
    port_lookup_join();
    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next) {
        if (!pcb->unsent || !(pcb->flags & TF_NAGLEMEMERR) || !IP_IS_V4_VAL(pcb->remote_ip))
            continue;
        if (ip4_addr_get_u32(ip_2_ip4(&pcb->remote_ip)) == address)
            tcp_output(pcb);
        else
            others_wait = true;
    }
    data_waits = others_wait;
    port_lookup_part();
}
#else
void port_peer_answered(uint32_t address)
{
    (void)address;
}
#endif

err_t port_output(struct netif *netif, struct pbuf *p, const ip4_addr_t *destination)
{
    const uint32_t *ip = p->payload;
    uint8_t protocol = (uint8_t)(ip[2] >> 8);

    if (port_may_stray && protocol == IP_PROTO_TCP &&
        (TCPH_FLAGS((const struct tcp_hdr *)(ip + 5)) & TCP_RST) && port_stray())
        return ERR_OK;
    uint16_t flags = flags_for(protocol, ip[1] >> 16);
    const struct peer *peer = peer_find(ip4_addr_get_u32(destination), port_of(netif));

    if (!peer) {
        if (ip4_addr_isbroadcast(destination, netif) || ip4_addr_ismulticast(destination))
            return etharp_output(netif, p, destination);
        /* lwIP keeps the packet until ARP is answered - but not payload whose owner may be gone by
         * then: that stays with its connection, as not sent. */
        if (!p->next)
            return etharp_query(netif, destination, p);
        data_waits = true;
        etharp_query(netif, destination, NULL);
        return ERR_RTE;
    }
    if (!link_header(p, peer))
        return ERR_BUF;
    return transmit(port_of(netif), p, flags);
}

#if LWIP_IPV6
err_t port_output6(struct netif *netif, struct pbuf *p, const ip6_addr_t *destination)
{
    const uint32_t *ip = p->payload;
    uint8_t next = (uint8_t)(ip[1] >> 16);

    if (port_may_stray && next == IP6_NEXTH_TCP &&
        (TCPH_FLAGS((const struct tcp_hdr *)(ip + 10)) & TCP_RST) && port_stray())
        return ERR_OK;
    const struct peer *peer = peer_find6(destination->addr, port_of(netif));

    if (!peer) /* a group, or neighbour discovery */
        return ethip6_output(netif, p, destination);
    if (!link_header(p, peer))
        return ERR_BUF;
    return transmit(port_of(netif), p, flags6_for(next));
}
#endif

/* From lwIP's ARP: a frame with a plain Ethernet header. An ARP answer goes back with the tags of
 * the question. */
err_t port_link_output(struct netif *netif, struct pbuf *p)
{
    struct eth_hdr *ethernet = p->payload;
    const struct peer *peer = port_answering();

    if (ethernet->type == PP_HTONS(ETHTYPE_ARP) && peer && peer->l2_bytes > 14) {
        uint32_t tags = peer->l2_bytes - 14u;
        uint16_t *to;

        if (pbuf_add_header(p, tags) != 0)
            return ERR_BUF;
        memmove(p->payload, ethernet, 12);
        to = (uint16_t *)p->payload + 6;
        to[0] = (uint16_t)(peer->header[3] >> 16);
        to[1] = (uint16_t)peer->header[4];
        if (tags == 8) {
            to[2] = (uint16_t)(peer->header[4] >> 16);
            to[3] = (uint16_t)peer->header[5];
        }
        return transmit(port_of(netif), p, 0);
    }
    uint16_t flags = 0;

    if (ethernet->type == PP_HTONS(ETHTYPE_IP)) { /* it waited for ARP */
        const struct ip_hdr *ip =
            (const struct ip_hdr *)((const uint8_t *)p->payload + SIZEOF_ETH_HDR);

        flags = flags_for(IPH_PROTO(ip), IPH_OFFSET(ip));
    } else if (ethernet->type == PP_HTONS(ETHTYPE_IPV6)) {
        flags = flags6_for(((const uint8_t *)p->payload)[SIZEOF_ETH_HDR + 6]);
    }
    return transmit(port_of(netif), p, flags);
}

err_t port_forward(uint32_t processor, struct pbuf *p)
{
    return transmit((uint16_t)(HW_TX_TO_PROCESSOR | processor), p, 0);
}

bool port_reachable(struct netif *netif, const ip_addr_t *address)
{
    const ip4_addr_t *destination = ip_2_ip4(address);

    if (IP_IS_V6(address)) /* neighbour discovery keeps it until there is an answer */
        return true;
    if (peer_find(ip4_addr_get_u32(destination), port_of(netif)) ||
        ip4_addr_isbroadcast(destination, netif) || ip4_addr_ismulticast(destination))
        return true;
    etharp_query(netif, destination, NULL);
    return false;
}

struct netif *port_hook_route(const ip4_addr_t *source, const ip4_addr_t *destination)
{
    (void)source;
    if (ip_data.current_input_netif)
        return ip_data.current_input_netif;
    if (port_card.ports > 1 && destination) {
        const struct peer *peer = peer_find_anywhere(ip4_addr_get_u32(destination));

        if (peer)
            return &port_netifs[peer->port];
    }
    return &port_netifs[0];
}

#if LWIP_IPV6
struct netif *port_hook_route6(const ip6_addr_t *source, const ip6_addr_t *destination)
{
    (void)source;
    (void)destination;
    return ip_data.current_input_netif ? ip_data.current_input_netif : &port_netifs[0];
}
#endif

void port_any_address(ip_addr_t *address, struct netif *netif)
{
#if LWIP_IPV6
    if (IP_IS_V6(address)) {
        ip_addr_copy(*address, netif->ip6_addr[1]);
        return;
    }
#endif
    ip_addr_copy(*address, netif->ip_addr);
}

void port_transmit_start(void)
{
    uint32_t units = port_card.tx_buffer_bytes / 64;

    uint32_t count = port_kept.on ? port_kept_records() : port_card.tx_buffers;

    records = heap_alloc_zeroed(count * sizeof *records);
    for (uint32_t i = 0; records && i < count; i++) {
        if (!port_kept.on)
            records[i].address = port_card.tx_base + i * port_card.tx_buffer_bytes;
        tx_give_back(&records[i]);
    }
    if (units)
        index_reciprocal = units == 1 ? UINT32_MAX : UINT32_MAX / units + 1;
    if (port_card.features & HW_FEATURE_TX_CHECKSUM)
        checksum_flags = HW_TX_IP_CHECKSUM | HW_TX_L4_CHECKSUM;
}
