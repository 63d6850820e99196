/* receive_inside.h - what receive.c and receive6.c share: the frame in input. */
#ifndef STACKS_PORT_RECEIVE_INSIDE_H
#define STACKS_PORT_RECEIVE_INSIDE_H

#include "stacks/port/port.h"

enum {
    PORT_HEADER_WORDS = (LWIP_IPV6 ? 10 : 5) + 15,
    PORT_GOOD = HW_RX_IP_GOOD | HW_RX_L4_GOOD,
    PORT_CHECK_L4 = NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP |
                    NETIF_CHECKSUM_CHECK_ICMP | NETIF_CHECKSUM_CHECK_ICMP6,
    NOBODY = 0xffff,
};

struct port_input {
    bool active;
    bool copied;        /* its header is in port_header */
    bool again;         /* it must be given to lwIP once more, from packet memory */
    bool outside;       /* a segment outside its connection's window */
    bool is_reset;      /* TCP, with RST */
    uint8_t ip_version; /* 4 (ARP too), 6 */
    uint8_t port;       /* where it came in */
    uint16_t forward_to; /* the processor that owns it, else NOBODY */
    uint16_t ip_bytes;   /* in place: from the IP header to the TCP header */
    struct rx_buffer *buffers;
    volatile uint32_t *ip;                /* its IP header in packet memory */
    const uint32_t *source, *destination; /* words, as in the frame; in port_header */
    uint32_t ports;
    void *touched; /* tcp_arg() of the connection that it belongs to */
};

extern struct port_input port_input;
extern uint32_t
    port_header[PORT_HEADER_WORDS]; /* copied; of a frame in place, up to its addresses */

/* Lets the one listener and the one UDP pcb match this frame, if the host wants it. False: it asks
 * for a connection, and there is no memory for one more. Its sender will ask again. */
bool port_wanted(uint32_t protocol, uint32_t ports, uint32_t tcp_flags, const struct netif *netif);
void port_drop_for_memory(struct pbuf *p);

/* Gives the frame to lwIP, p at its IP header in packet memory or copied. */
void port_input_to_lwip(struct rx_buffer *rx, struct pbuf *p, struct netif *netif,
                        uint32_t protocol);

#if LWIP_IPV6
/* receive6.c */
void port_input_ip6(struct rx_buffer *rx, volatile uint32_t *frame, uint32_t word2, uint32_t word3,
                    struct netif *netif);
#endif

#endif
