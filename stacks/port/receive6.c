/* receive6.c - IPv6 frames on their way to lwIP; see receive.c.
 *
 * Addresses      The card has every address: the destination of the frame at hand, or the target of a
 *                solicitation, becomes the interface's before lwIP sees the frame.
 * Plain frames   (TCP or UDP right behind the IPv6 header) have their headers copied, as with IPv4. Whatever
 *                has extension headers stays in packet memory.
 * Fragments      are reassembled by lwIP, on the processor to which the dispatch sends a pair of addresses; the
 *                datagram is told to the host from there. */
#include "stacks/port/peer.h"
#include "stacks/port/receive_inside.h"

#if LWIP_IPV6

#include "lwip/ip6.h"
#include "lwip/prot/icmp6.h"
#include "lwip/prot/ip6.h"
#include "lwip/prot/tcp.h"
#include "lwip/udp.h"

enum { IP6_WORDS = 10, OWN = 1 /* slot of the interface's addresses; 0 is for a link-local one */ };

void port_take_address6(struct netif *netif, const uint32_t *address)
{
    ip6_addr_t *own = ip_2_ip6(&netif->ip6_addr[OWN]);

    for (unsigned i = 0; i < 4; i++)
        own->addr[i] = address[i];
    ip6_addr_clear_zone(own);
    if (ip6_addr_has_scope(own, IP6_UNICAST))
        ip6_addr_set_zone(own, netif_get_index(netif));
    netif->ip6_addr_state[OWN] = IP6_ADDR_PREFERRED;
}

static bool is_group(uint32_t word0)
{
    return (word0 & 0xff) == 0xff;
}

/* Steps over options and routing headers, as far as they lie in the first buffer: *words is then where *next begins. */
static void skip_extensions(const struct pbuf *p, uint32_t *next, uint32_t *words)
{
    volatile uint32_t *ip = port_input.ip;

    while ((*next == IP6_NEXTH_HOPBYHOP || *next == IP6_NEXTH_ROUTING || *next == IP6_NEXTH_DESTOPTS) &&
           4 * *words + 8 <= p->len) {
        uint32_t word = ip[*words];

        *next = word & 0xff;
        *words += 2 + 2 * (word >> 8 & 0xff);
    }
}

/* In place, with checksums that hardware has not judged left to software. */
static void input_in_place(struct rx_buffer *rx, struct pbuf *p, struct netif *netif)
{
    volatile uint32_t *ip = port_input.ip;
    uint32_t next = ip[1] >> 16 & 0xff, words = IP6_WORDS, ports = 0, tcp_flags = 0;

    skip_extensions(p, &next, &words);
    port_input.ip_bytes = (uint16_t)(4 * words);
    if (p->len >= 4 * words + 8 && (next == IP6_NEXTH_TCP || next == IP6_NEXTH_UDP)) {
        ports = ip[words];
        if (next == IP6_NEXTH_TCP && p->len >= 4 * words + 20)
            tcp_flags = ip[words + 3] >> 8 & 0xff;
    } else if (words == IP6_WORDS && next == IP6_NEXTH_FRAGMENT && p->len >= 52 &&
               (ip[IP6_WORDS] & 0xff) == IP6_NEXTH_UDP) {
        /* Of a datagram that this fragment may complete: its first one had the ports. */
        static uint32_t first_ports;

        next = IP6_NEXTH_UDP;
        if ((ip[IP6_WORDS] >> 16 & 0xf8ff) == 0) /* offset 0, as it lies in memory */
            first_ports = ip[IP6_WORDS + 2];
        ports = first_ports;
    }
    port_input.ports = ports;
    if (!port_wanted(next, ports, tcp_flags, netif))
        return port_drop_for_memory(p);

    uint16_t hardware_does = netif->chksum_flags;

    if (!(rx->flags & HW_RX_L4_GOOD))
        netif->chksum_flags |= PORT_CHECK_L4;
#if LWIP_TCP
    /* Of a fragment lwIP alone finds out whose the datagram is. */
    if (next != IP6_NEXTH_TCP)
        port_lookup_join();
    port_input_to_lwip(rx, p, netif, next);
    if (next != IP6_NEXTH_TCP)
        port_lookup_part();
#else
    port_input_to_lwip(rx, p, netif, next);
#endif
    netif->chksum_flags = hardware_does;
}

/* Who asks for an address of the card is answered by processor 0; lwIP must think the address its own. */
static bool takes_target(struct pbuf *p)
{
    volatile uint32_t *ip = port_input.ip;
    uint32_t target[4];

    if ((ip[1] >> 16 & 0xff) != IP6_NEXTH_ICMP6 || p->len < 64 ||
        (ip[IP6_WORDS] & 0xff) != ICMP6_TYPE_NS)
        return false;
    for (unsigned i = 0; i < 4; i++)
        target[i] = ip[IP6_WORDS + 2 + i];
    if (is_group(target[0]))
        return false;
    port_take_address6(&port_netifs[port_input.port], target);
    return true;
}

void port_input_ip6(struct rx_buffer *rx, volatile uint32_t *frame, uint32_t word2, uint32_t word3,
                    struct netif *netif)
{
    struct pbuf *p = &rx->custom.pbuf;
    volatile uint32_t *ip = frame + (rx->l2_bytes + HW_RX_OFFSET) / 4u;
    uint32_t words = 0;

    for (unsigned i = 0; i < IP6_WORDS; i++)
        port_header[i] = ip[i];
    port_input.ip = ip;
    port_input.ip_version = 6;
    port_input.ip_bytes = 4 * IP6_WORDS;
    port_input.source = &port_header[2];
    port_input.destination = &port_header[6];
    if (port_header[2] | port_header[3] | port_header[4] | port_header[5])
        peer_learn6(port_input.source, port_of(netif), frame, word2, word3, rx->l2_bytes);
    if (rx->flags & HW_RX_COPY)
        return (void)pbuf_free(p); /* another processor answers */
    if (!takes_target(p) && !is_group(port_header[6]))
        port_take_address6(netif, port_input.destination);

    uint32_t next = port_header[1] >> 16 & 0xff;
    bool plain = (rx->flags & PORT_GOOD) == PORT_GOOD && !rx->next;

    if (plain && next == IP6_NEXTH_TCP && p->len >= 60) {
        for (uint32_t i = IP6_WORDS; i < IP6_WORDS + 5; i++)
            port_header[i] = ip[i];
        words = IP6_WORDS + (port_header[IP6_WORDS + 3] >> 4 & 15);
        for (uint32_t i = IP6_WORDS + 5; i < words && 4 * i < p->len; i++)
            port_header[i] = ip[i];
    } else if (plain && next == IP6_NEXTH_UDP && p->len >= 48) {
        words = IP6_WORDS + 2;
        port_header[IP6_WORDS] = ip[IP6_WORDS];
        port_header[IP6_WORDS + 1] = ip[IP6_WORDS + 1];
    }
    if (words < IP6_WORDS + 2 || 4 * words > p->len) {
        input_in_place(rx, p, netif);
        return;
    }
    port_input.copied = true;
    port_input.ports = port_header[IP6_WORDS];
    p->payload = port_header;
    p->type_internal = (uint8_t)PBUF_REF;
    if (!port_wanted(next, port_header[IP6_WORDS], port_header[IP6_WORDS + 3] >> 8, netif))
        return port_drop_for_memory(p);
    port_input_to_lwip(rx, p, netif, next);
}

#endif
