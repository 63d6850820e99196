/* receive.c - from the receive queue into lwIP, and a buffer's way back with the fate of its frame.
 *
 * Header copy   A load from packet memory crosses the card's bus, ten cycles or more, and lwIP
 *               loads header fields some 24 times and stores 5 of them back swapped. So the IP and
 *               TCP (or UDP) header of a plain frame is copied into local memory, 10 to 20 words,
 *               and lwIP gets a pbuf that points there. As soon as the header has been stepped
 *               over, port_hook_segment() (for UDP the receive callback) lets the pbuf point to the
 *               payload in packet memory. What lwIP would keep together with its header - a segment
 *               out of order, a fragment - must stay in packet memory: such a segment, once
 *               recognised, is given to lwIP a second time as it lies in its buffer.
 * Checksums     Frames that the hardware found bad are dropped here. What it could not judge is
 *               checked by lwIP, for which the interface's flags are set during that input.
 * Fate          lwIP frees a pbuf before anybody knows why. While a frame is in input, the release
 *               of its buffers waits; afterwards lwIP's drop counters tell.
 */
#include "stacks/port/hooks.h"
#include "stacks/port/peer.h"
#include "stacks/port/port.h"
#include "stacks/port/receive_inside.h"
#include "stacks/runtime/heap.h"

#include "lwip/etharp.h"
#include "lwip/inet_chksum.h"
#include "lwip/ip4.h"
#include "lwip/ip6.h"
#include "lwip/ip4_frag.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/ip4.h"
#include "lwip/prot/tcp.h"
#include "lwip/stats.h"

#include <string.h>

#ifdef PORT_NO_IPV4
enum { SPEAKS_IP4 = 0 };
#else
enum { SPEAKS_IP4 = 1 };
#endif

enum {
    TYPE_IP = 0x0008,
    TYPE_ARP = 0x0608,
    TYPE_IP6 = 0xdd86,
    TYPE_VLAN = 0x0081,
    TYPE_QINQ = 0xa888, /* as loaded from memory */
    FRAGMENT = 0xff3f,  /* MF or an offset, as loaded */
    BAD = HW_RX_IP_BAD | HW_RX_L4_BAD,
};

static struct rx_buffer *idle;                   /* records without a buffer */
static struct rx_buffer *partial, *partial_last; /* frame whose last buffer has not come yet */
static uint32_t partial_bytes;
static uint8_t discard_fate = HW_FATE_CONSUMED;
uint32_t port_rx_held;
bool port_may_stray;

struct port_input port_input;
uint32_t port_header[PORT_HEADER_WORDS];

static uint32_t drops_seen; /* drops() before the frame in input */

/* --- records and their way back --------------------------------------------------------------- */

static void rx_give_back(struct rx_buffer *rx, uint32_t fate)
{
    hal_store(HW_RX_FREE, rx->address | fate);
    rx->next = idle;
    idle = rx;
    port_rx_held--;
}

void port_rx_release(struct rx_buffer *rx)
{
    if (rx->in_input)
        rx->released = 1;
    else
        rx_give_back(rx, discard_fate);
}

static void rx_freed_by_lwip(struct pbuf *p)
{
    port_rx_release((struct rx_buffer *)p);
}

void port_discarding(bool discarding)
{
    discard_fate = discarding ? HW_FATE_STACK : HW_FATE_CONSUMED;
}

void port_forget(const void *argument)
{
    if (port_input.touched == argument)
        port_input.touched = NULL;
}

const struct peer *port_answering(void)
{
    return port_input.active && port_input.ip_version == 4
               ? peer_find(port_input.source[0], port_input.port)
               : NULL;
}

static void frame_drop(struct rx_buffer *rx, uint32_t fate)
{
    while (rx) {
        struct rx_buffer *next = rx->next;

        rx_give_back(rx, fate);
        fate = HW_FATE_CONSUMED; /* told once */
        rx = next;
    }
}

static void touched(void *argument)
{
#if LWIP_TCP
    port_touched(argument);
#else
    (void)argument;
#endif
}

/* --- fate ------------------------------------------------------------------------------------- */

/* Grows whenever lwIP threw a frame away, or had no memory for what it asked. */
static uint32_t drops(void)
{
    return (uint32_t)lwip_stats.etharp.drop + lwip_stats.ip.drop + lwip_stats.ip_frag.drop +
           lwip_stats.icmp.drop + lwip_stats.icmp.lenerr + lwip_stats.icmp.chkerr +
           lwip_stats.udp.drop +
#if LWIP_TCP
           lwip_stats.tcp.drop + lwip_stats.tcp.memerr +
#endif
#if LWIP_IPV6
           lwip_stats.ip6.drop + lwip_stats.icmp6.drop + lwip_stats.ip6_frag.drop +
           lwip_stats.nd6.drop +
#endif
           heap_statistics.failures;
}

static uint32_t fate_by_counters(void)
{
    static uint32_t failures_seen;
    const struct stats_proto *const counters[] = {
#if LWIP_IPV6
        &lwip_stats.ip6,
        &lwip_stats.icmp6,
        &lwip_stats.ip6_frag,
        &lwip_stats.nd6,
#endif
        &lwip_stats.etharp,
        &lwip_stats.ip,
        &lwip_stats.ip_frag,
        &lwip_stats.icmp,
        &lwip_stats.udp,
#if LWIP_TCP
        &lwip_stats.tcp,
#endif
    }; /* the last are transports */
    static struct stats_proto seen[LWIP_ARRAYSIZE(counters)];
    uint32_t fate = HW_FATE_ERROR;

    for (unsigned i = 0; i < LWIP_ARRAYSIZE(counters); i++) {
        const struct stats_proto *now = counters[i], *was = &seen[i];
        bool transport = i + 1 + LWIP_TCP >= LWIP_ARRAYSIZE(counters);

        if (now->chkerr != was->chkerr)
            fate = HW_FATE_CHECKSUM;
        else if (now->lenerr != was->lenerr)
            fate = HW_FATE_LENGTH;
        else if (now->memerr != was->memerr)
            fate = HW_FATE_MEMORY;
        else if (now->rterr != was->rterr)
            fate = HW_FATE_ROUTE;
        else if (now->proterr != was->proterr) /* TCP and UDP count missing receivers here */
            fate = transport ? HW_FATE_STACK : HW_FATE_PROTOCOL;
        else if (now->opterr != was->opterr)
            fate = HW_FATE_OPTION;
        else if (now->err != was->err)
            fate = HW_FATE_ERROR;
        else if (now->drop != was->drop)
            fate = transport ? HW_FATE_STACK : HW_FATE_ROUTE;
        seen[i] = *now;
    }
    if (heap_statistics.failures != failures_seen)
        fate = HW_FATE_MEMORY;
    failures_seen = heap_statistics.failures;
    return fate;
}

/* lwIP has returned: buffers that it freed go back with the frame's fate, others when they are
 * freed. */
static void input_end(void)
{
    struct rx_buffer *rx = port_input.buffers, *next;
    uint32_t fate = HW_FATE_CONSUMED;
    bool kept = false;

    port_input.active = false;
    for (struct rx_buffer *each = rx; each; each = each->next)
        kept |= !each->released;
    if (!kept) { /* else it was not dropped, whatever will become of it */
        uint32_t now = drops();

        if (now != drops_seen) {
            fate = fate_by_counters();
            drops_seen = now;
        } else if (port_input.outside) {
            fate = HW_FATE_STACK;
        }
    }
    for (; rx; rx = next) {
        next = rx->next;
        rx->in_input = 0;
        if (rx->released) {
            rx_give_back(rx, fate);
            fate = HW_FATE_CONSUMED;
        }
    }
    if (port_input.touched)
        touched(port_input.touched);
}

/* Counters that moved outside of input are not the next frame's fault. */
void port_counters_moved(void)
{
    uint32_t now = drops();

    if (now != drops_seen) {
        fate_by_counters();
        drops_seen = now;
    }
}

/* --- hooks of lwIP ---------------------------------------------------------------------------- */

/* Steps from the copied header to the payload in packet memory. */
void port_payload_in_packet(struct pbuf *p)
{
    if (port_input.active && port_input.copied)
        p->payload =
            (uint8_t *)(uintptr_t)port_input.ip + ((uint8_t *)p->payload - (uint8_t *)port_header);
}

#if LWIP_TCP
/* RFC 1122, 4.2.2.13: a SYN beyond the last connection's sequence numbers opens a new one of the
 * same addresses and ports. lwIP would refuse it until TIME_WAIT is over. */
static err_t segment_for_time_wait(struct tcp_pcb *pcb, const struct tcp_hdr *tcp, struct pbuf *p)
{
    if (!(TCPH_FLAGS(tcp) & TCP_SYN) || (TCPH_FLAGS(tcp) & (TCP_ACK | TCP_RST)) ||
        !port_input.copied || !TCP_SEQ_GT(tcp->seqno, pcb->rcv_nxt))
        return ERR_OK;
    pbuf_ref(p);
    port_input.again = true;
    tcp_abort(pcb); /* in this state it sends nothing */
    return ERR_ABRT;
}

err_t port_hook_segment(struct tcp_pcb *pcb, struct tcp_hdr *tcp, struct pbuf *p)
{
    port_may_stray = false;
    if (!port_input.active || pcb->state == LISTEN) /* not active: data refused before */
        return ERR_OK;
    if (pcb->state == TIME_WAIT)
        return segment_for_time_wait(pcb, tcp, p);
    port_input.touched = pcb->callback_arg;
    if (tcp->seqno == pcb->rcv_nxt) {
        if (p->tot_len) {
            port_payload_in_packet(p);
            port_input.outside = pcb->rcv_wnd == 0;
        }
        return ERR_OK;
    }
    if (!p->tot_len && !(TCPH_FLAGS(tcp) & TCP_FIN))
        return ERR_OK; /* nothing in it that lwIP could keep */
    if (port_input.copied) {
        pbuf_ref(p);
        port_input.again = true;
        return ERR_ABRT;
    }
    port_input.outside = TCP_SEQ_GEQ(tcp->seqno, pcb->rcv_nxt + pcb->rcv_wnd);
    return ERR_OK;
}
#endif

bool port_stray(void)
{
    struct hw_flow flow = {.ip_version = port_input.ip_version, .protocol = IP_PROTO_TCP};
    size_t address_bytes = port_input.ip_version == 6 ? 16 : 4;

    if (!port_input.active)
        return false;
    memcpy(flow.source, port_input.source, address_bytes);
    memcpy(flow.destination, port_input.destination, address_bytes);
    flow.source_port = port_swap16((uint16_t)port_input.ports);
    flow.destination_port = port_swap16((uint16_t)(port_input.ports >> 16));
    hal_owner(HW_OWNER, &flow);
    if (flow.owner == port_card.id)
        return false;
    port_input_is_of(flow.owner);
    return true;
}

void port_input_is_of(uint32_t owner)
{
    if (port_input.active && !(port_input.buffers->flags & HW_RX_FORWARDED))
        port_input.forward_to = (uint16_t)owner;
}

/* --- IP --------------------------------------------------------------------------------------- */

static bool is_unicast(uint32_t address)
{
    return address && address != 0xffffffffu && (address & 0xf0) != 0xe0;
}

static bool listened_at(uint8_t protocol, uint16_t local_port)
{
    return port_listener_of(protocol, port_input.ip_version, port_input.destination, local_port) >= 0;
}

/* Lets the one listener and the one UDP pcb match this frame, if the host wants it. False: it asks
 * for a connection, and there is no memory for one more. Its sender will ask again. */
bool port_wanted(uint32_t protocol, uint32_t ports, uint32_t tcp_flags, const struct netif *netif)
{
    uint16_t local = port_swap16((uint16_t)(ports >> 16));

    port_input.is_reset = protocol == IP_PROTO_TCP && (tcp_flags & TCP_RST);
#if LWIP_TCP
    if (protocol == IP_PROTO_TCP) {
        port_listener->local_port = 0;
        if ((tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN &&
            listened_at(IP_PROTO_TCP, local)) {
            if (!port_make_room())
                return false;
            port_listener->local_port = local;
            port_listener->netif_idx = netif_get_index(netif);
        }
        port_lookup_segment(port_input.ip_version, port_input.source, port_input.destination,
                            port_swap16((uint16_t)ports), local);
    }
#else
    (void)netif;
#endif
    if (protocol == IP_PROTO_UDP)
        port_udp->local_port = listened_at(IP_PROTO_UDP, local) ? local : !local;
    return true;
}

void port_drop_for_memory(struct pbuf *p)
{
#if LWIP_TCP
    TCP_STATS_INC(tcp.memerr);
    TCP_STATS_INC(tcp.drop);
#endif
    pbuf_free(p);
}

static void forward_stray(struct rx_buffer *rx)
{
    struct pbuf *p = &rx->custom.pbuf;

    if (!port_input.copied) {
        struct tcp_hdr *tcp = (struct tcp_hdr *)((uint8_t *)(uintptr_t)port_input.ip + port_input.ip_bytes);

        tcp->src = port_swap16(tcp->src); /* as they were before lwIP read them */
        tcp->dest = port_swap16(tcp->dest);
        tcp->seqno = port_swap32(tcp->seqno);
        tcp->ackno = port_swap32(tcp->ackno);
        tcp->wnd = port_swap16(tcp->wnd);
    }
    /* lwIP has freed it, but the buffers are still ours: begin their records anew, as a whole frame. */
    uint32_t ip_bytes = port_input.ip_version == 6
                            ? 40u + port_swap16((uint16_t)port_input.ip[1])
                            : port_swap16((uint16_t)(port_input.ip[0] >> 16));
    uint32_t left = rx->l2_bytes + ip_bytes, offset = HW_RX_OFFSET;

    for (struct rx_buffer *each = rx; each; each = each->next, offset = 0) {
        struct pbuf *q = &each->custom.pbuf;
        uint32_t room = port_card.rx_buffer_bytes - offset;

        each->released = 0;
        q->ref = 1;
        q->next = each->next ? &each->next->custom.pbuf : NULL;
        q->payload = (uint8_t *)hal_pointer(each->address) + offset;
        q->tot_len = (uint16_t)left;
        q->len = (uint16_t)(left < room ? left : room);
        left -= q->len;
    }
    if (port_forward(port_input.forward_to, p) != ERR_OK)
        LINK_STATS_INC(link.drop);
    port_counters_moved(); /* that there was no connection is no drop */
    pbuf_free(p);
}

static void ip_input_by_version(struct pbuf *p, struct netif *netif)
{
#if LWIP_IPV6
    if (port_input.ip_version == 6) {
        ip6_input(p, netif);
        return;
    }
#endif
    ip4_input(p, netif);
}

void port_input_to_lwip(struct rx_buffer *rx, struct pbuf *p, struct netif *netif,
                        uint32_t protocol)
{
    uint16_t bytes = p->tot_len;

    port_input.forward_to = NOBODY;
    port_may_stray =
        protocol == IP_PROTO_TCP && port_card.processors > 1 && !(rx->flags & HW_RX_FORWARDED);
    ip_input_by_version(p, netif);
    if (port_input.again) {
        port_input.again = port_input.copied = false;
        p->payload = (void *)(uintptr_t)port_input.ip;
        p->len = p->tot_len = bytes;
        p->type_internal = (uint8_t)PBUF_POOL;
        ip_input_by_version(p, netif);
    }
    /* lwIP answers nothing to a reset of no connection, so nothing has asked whose it is. */
    if (port_may_stray && port_input.is_reset)
        port_stray();
    port_may_stray = false;
    if (port_input.forward_to != NOBODY)
        forward_stray(rx);
}

/* Frames that are checked by software, or whose header is not plain: everything stays in packet
 * memory. */
static void input_in_place(struct rx_buffer *rx, struct pbuf *p, struct netif *netif)
{
    volatile uint32_t *ip = port_input.ip;
    uint32_t bytes = 4 * (ip[0] & 15), protocol = ip[2] >> 8 & 0xff, ports = 0, tcp_flags = 0;

    if (p->len >= bytes + 8 && (protocol == IP_PROTO_TCP || protocol == IP_PROTO_UDP)) {
        ports = ip[bytes / 4];
        if (protocol == IP_PROTO_TCP && p->len >= bytes + TCP_HLEN)
            tcp_flags = ip[bytes / 4 + 3] >> 8 & 0xff;
    }
    port_input.ports = ports;
    port_input.ip_bytes = (uint16_t)bytes;
    if (!port_wanted(protocol, ports, tcp_flags, netif))
        return port_drop_for_memory(p);

    uint16_t hardware_does = netif->chksum_flags;

    if (!(rx->flags & HW_RX_IP_GOOD))
        netif->chksum_flags |= NETIF_CHECKSUM_CHECK_IP;
    if (!(rx->flags & HW_RX_L4_GOOD))
        netif->chksum_flags |= PORT_CHECK_L4;
    port_input_to_lwip(rx, p, netif, protocol);
    netif->chksum_flags = hardware_does;
}

/* A whole datagram belongs to the processor that owns its session, which the dispatch of its
 * fragments could not know. */
static bool datagram_is_elsewhere(struct pbuf *p)
{
    const uint32_t *ip = p->payload;
    struct hw_flow flow = {.ip_version = 4, .protocol = (uint8_t)(ip[2] >> 8)};
    bool has_ports = flow.protocol == IP_PROTO_TCP || flow.protocol == IP_PROTO_UDP;

    if (port_card.processors == 1 ||
        (((struct rx_buffer *)p)->flags & (HW_RX_FORWARDED | HW_RX_COPY)))
        return false;
    if (has_ports && p->len < IP_HLEN + 4)
        return false; /* lwIP will refuse it */
    memcpy(flow.source, &ip[3], 4);
    memcpy(flow.destination, &ip[4], 4);
    if (has_ports) {
        flow.source_port = port_swap16((uint16_t)ip[5]);
        flow.destination_port = port_swap16((uint16_t)(ip[5] >> 16));
    }
    hal_owner(HW_OWNER, &flow);
    if (flow.owner == port_card.id)
        return false;

    uint8_t l2_bytes = ((struct rx_buffer *)p)->l2_bytes;

    p->payload = (uint8_t *)p->payload - l2_bytes;
    p->len = (uint16_t)(p->len + l2_bytes);
    p->tot_len = (uint16_t)(p->tot_len + l2_bytes);
    if (port_forward(flow.owner, p) != ERR_OK)
        IPFRAG_STATS_INC(ip_frag.drop);
    pbuf_free(p);
    return true;
}

static void input_fragment(struct rx_buffer *rx, struct pbuf *p, struct netif *netif)
{
    uint32_t word0 = port_input.ip[0];
    uint16_t bytes = port_swap16((uint16_t)(word0 >> 16));

    if ((word0 & 0xff) != 0x45 || bytes <= IP_HLEN || bytes > p->tot_len) {
        IP_STATS_INC(ip.lenerr);
        IP_STATS_INC(ip.drop);
        pbuf_free(p);
        return;
    }
    if (!(rx->flags & HW_RX_IP_GOOD) && inet_chksum(p->payload, IP_HLEN) != 0) {
        IP_STATS_INC(ip.chkerr);
        IP_STATS_INC(ip.drop);
        pbuf_free(p);
        return;
    }
    pbuf_realloc(p, bytes); /* without the padding of a short frame */
    p = ip4_reass(p);
    if (!p || datagram_is_elsewhere(p))
        return;

    struct rx_buffer *head = (struct rx_buffer *)p;
    uint8_t flags = head->flags;

    port_input.ip = p->payload;
    head->flags =
        HW_RX_IP_GOOD | (flags & (HW_RX_COPY | HW_RX_FORWARDED)); /* lwIP has made its header */
    input_in_place(head, p, netif);
}

static void input_ip4(struct rx_buffer *rx, volatile uint32_t *frame, uint32_t word2,
                      uint32_t word3, struct netif *netif)
{
    struct pbuf *p = &rx->custom.pbuf;
    volatile uint32_t *ip = frame + (rx->l2_bytes + HW_RX_OFFSET) / 4u;
    bool plain;

    port_header[0] = ip[0];
    port_header[1] = ip[1];
    port_header[2] = ip[2];
    port_header[3] = ip[3];
    port_header[4] = ip[4];
    port_input.ip = ip;
    port_input.ip_version = 4;
    port_input.ip_bytes = 4 * (port_header[0] & 15);
    port_input.source = &port_header[3];
    port_input.destination = &port_header[4];
    if (rx->flags & HW_RX_COPY)
        return (void)pbuf_free(p); /* another processor answers */
    if (!peer_known(port_header[3], port_of(netif), word2, word3, rx->l2_bytes))
        peer_learn(port_header[3], port_of(netif), frame, word2, word3, rx->l2_bytes);
    if (!port_card.address4 && is_unicast(port_header[4]))
        ip4_addr_set_u32(ip_2_ip4(&netif->ip_addr),
                         port_header[4]); /* the card has every address */

    if ((port_header[1] >> 16 & FRAGMENT) != 0)
        return input_fragment(rx, p, netif);

    uint32_t protocol = port_header[2] >> 8 & 0xff, words = 0;

    plain = (rx->flags & PORT_GOOD) == PORT_GOOD && !rx->next && (port_header[0] & 0xff) == 0x45;
    if (plain && protocol == IP_PROTO_TCP && p->len >= IP_HLEN + TCP_HLEN) {
        port_header[5] = ip[5];
        port_header[6] = ip[6];
        port_header[7] = ip[7];
        port_header[8] = ip[8];
        port_header[9] = ip[9];
        words = 5 + (port_header[8] >> 4 & 15);
        for (uint32_t i = 10; i < words && 4 * i < p->len; i++)
            port_header[i] = ip[i];
    } else if (plain && protocol == IP_PROTO_UDP && p->len >= IP_HLEN + 8) {
        port_header[5] = ip[5];
        port_header[6] = ip[6];
        words = 7;
    }
    if (words < 7 || 4 * words > p->len) {
        input_in_place(rx, p, netif);
        return;
    }
    port_input.copied = true;
    port_input.ports = port_header[5];
    p->payload = port_header;
    p->type_internal =
        (uint8_t)PBUF_REF; /* whose payload lwIP never takes for a part of the record */
    if (!port_wanted(protocol, port_header[5], port_header[8] >> 8, netif))
        return port_drop_for_memory(p);
    port_input_to_lwip(rx, p, netif, protocol);
}

/* --- ARP -------------------------------------------------------------------------------------- */

static void input_arp(struct rx_buffer *rx, volatile uint32_t *frame, uint32_t word2,
                      uint32_t word3, struct netif *netif)
{
    volatile uint32_t *arp = frame + (rx->l2_bytes + HW_RX_OFFSET) / 4u;
    struct pbuf *p = &rx->custom.pbuf;
    uint32_t sender = arp[3] >> 16 | arp[4] << 16, target = arp[6];
    bool request = (arp[1] >> 16 & 0xffff) == 0x0100;

    port_header[0] = sender;
    port_input.ip_version = 4;
    port_input.source = port_header;
    peer_learn(sender, port_of(netif), frame, word2, word3, rx->l2_bytes);
    port_peer_answered(sender);
    if (request && (rx->flags & HW_RX_COPY)) {
        pbuf_free(p); /* processor 0 answers for all */
        return;
    }
    if (request && !port_card.address4 && sender && sender != target && is_unicast(target))
        ip4_addr_set_u32(ip_2_ip4(&netif->ip_addr), target);
    etharp_input(p, netif);
}

/* --- frames ----------------------------------------------------------------------------------- */

static void frame_input(struct rx_buffer *rx, uint32_t bytes, uint8_t port)
{
    struct pbuf *p = &rx->custom.pbuf;
    volatile uint32_t *frame = hal_pointer(rx->address);

    if (rx->flags & BAD)
        return frame_drop(rx, HW_FATE_CHECKSUM);
    if (p->len < 14 + IP_HLEN || bytes > 0xffff + 14u || port >= port_card.ports)
        return frame_drop(rx, HW_FATE_LENGTH);

    uint32_t word2 = frame[2], word3 = frame[3], type = word3 >> 16, l2_bytes = 14;

    while ((type == TYPE_VLAN || type == TYPE_QINQ) && l2_bytes < 22) {
        l2_bytes += 4;
        type = frame[(l2_bytes - 2) / 4] >> 16;
    }
    if (!(SPEAKS_IP4 && (type == TYPE_IP || type == TYPE_ARP)) && !(LWIP_IPV6 && type == TYPE_IP6))
        return frame_drop(rx, HW_FATE_PROTOCOL);
    if (p->len < l2_bytes + (type == TYPE_IP    ? IP_HLEN
                             : type == TYPE_IP6 ? 40u
                                                : 28u) ||
        bytes - l2_bytes > 0xffff)
        return frame_drop(rx, HW_FATE_LENGTH);

    rx->l2_bytes = (uint8_t)l2_bytes;
    p->payload = (uint8_t *)p->payload + l2_bytes;
    p->len = (uint16_t)(p->len - l2_bytes);
    p->tot_len = (uint16_t)(bytes - l2_bytes);
    p->if_idx = (uint8_t)(port + 1);

    port_input.active = true;
    port_input.copied = port_input.outside = port_input.again = false;
    port_input.touched = NULL;
    port_input.port = port;
    port_input.buffers = rx;
    for (struct rx_buffer *each = rx; each; each = each->next) {
        each->in_input = 1;
        each->released = 0;
    }
    if (SPEAKS_IP4 && type == TYPE_IP)
        input_ip4(rx, frame, word2, word3, &port_netifs[port]);
#if LWIP_IPV6
    else if (type == TYPE_IP6)
        port_input_ip6(rx, frame, word2, word3, &port_netifs[port]);
#endif
    else if (SPEAKS_IP4)
        input_arp(rx, frame, word2, word3, &port_netifs[port]);
    input_end();
}

static struct rx_buffer *rx_record(const struct hw_rx *rx)
{
    struct rx_buffer *record = idle;
    struct pbuf *p = &record->custom.pbuf;
    uint32_t offset = rx->flags & HW_RX_FIRST ? HW_RX_OFFSET : 0;

    idle = record->next;
    port_rx_held++;
    record->address = rx->buffer;
    record->next = NULL;
    record->flags = rx->flags;
    p->next = NULL;
    p->payload = (uint8_t *)hal_pointer(rx->buffer) + offset;
    p->tot_len = p->len = rx->bytes;
    p->type_internal = (uint8_t)PBUF_POOL; /* may grow to the front: an echo is answered in place */
    p->flags = PBUF_FLAG_IS_CUSTOM;
    p->ref = 1;
    return record;
}

/* Puts the buffers of a long frame together; true when it is complete in partial. */
static bool frame_gather(struct rx_buffer *record)
{
    if (record->flags & HW_RX_FIRST) {
        if (partial)
            frame_drop(partial, HW_FATE_ERROR);
        partial = partial_last = record;
        partial_bytes = record->custom.pbuf.len;
    } else if (!partial) {
        frame_drop(record, HW_FATE_ERROR);
        return false;
    } else {
        uint16_t bytes = record->custom.pbuf.len;

        partial_last->next = record;
        partial_last->custom.pbuf.next = &record->custom.pbuf;
        partial_last = record;
        partial_bytes += bytes;
        partial->flags |=
            (uint8_t)(record->flags &
                      ~HW_RX_FIRST); /* the verdict on checksums may come at the end */
    }
    return (record->flags & HW_RX_LAST) != 0;
}

/* Total lengths from the front, which lwIP expects in every pbuf of a chain. */
static void frame_lengths(void)
{
    uint32_t left = partial_bytes;

    for (struct pbuf *p = &partial->custom.pbuf; p; p = p->next) {
        p->tot_len = (uint16_t)left;
        left -= p->len;
    }
}

unsigned port_receive(unsigned frames)
{
    unsigned count = 0;
    struct hw_rx rx;

    while (count < frames) {
        hal_rx_pop(&rx);
        if (!rx.buffer)
            break;
        struct rx_buffer *record = rx_record(&rx);

        if ((rx.flags & (HW_RX_FIRST | HW_RX_LAST)) == (HW_RX_FIRST | HW_RX_LAST) && !partial) {
            count++;
            frame_input(record, rx.bytes, rx.port);
        } else if (frame_gather(record)) {
            struct rx_buffer *whole = partial;

            count++;
            frame_lengths();
            partial = NULL;
            frame_input(whole, partial_bytes, rx.port);
        }
    }
#if LWIP_TCP
    if (port_rx_held > port_card.rx_buffers / 4 * 3) {
        port_lookup_join();
        pbuf_free_ooseq(); /* of one connection: it must not keep out what is in order */
        port_lookup_part();
    }
#endif
    return count;
}

void port_receive_start(void)
{
    struct rx_buffer *records = heap_alloc_zeroed(port_card.rx_buffers * sizeof *records);

    for (uint32_t i = 0; records && i < port_card.rx_buffers; i++) {
        records[i].custom.custom_free_function = rx_freed_by_lwip;
        records[i].next = idle;
        idle = &records[i];
        /* At reset all buffers are the processor's. */
        hal_store(HW_RX_FREE, port_card.portion + i * port_card.rx_buffer_bytes);
    }
}
