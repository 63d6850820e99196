/* hooks.h - the functions of the port that lwIP calls; included by lwIP's sources. */
#ifndef STACKS_PORT_HOOKS_H
#define STACKS_PORT_HOOKS_H

#include "lwip/err.h"
#include "lwip/ip4_addr.h"
#include "lwip/ip6_addr.h"

struct netif;
struct pbuf;
struct tcp_hdr;
struct tcp_pcb;

/* receive.c: a segment has found its connection (or the listener); other than ERR_OK: don't process
 * it */
err_t port_hook_segment(struct tcp_pcb *pcb, struct tcp_hdr *header, struct pbuf *p);

/* transmit.c: the interface for a packet that is bound to none */
struct netif *port_hook_route(const ip4_addr_t *source, const ip4_addr_t *destination);
#if LWIP_IPV6
struct netif *port_hook_route6(const ip6_addr_t *source, const ip6_addr_t *destination);
#endif

#endif
