/* lwipopts.h - how lwIP is configured: once, for every image and for the native build. What depends
 * on the card (windows, limits) is decided at start-up from its registers (port.c). */
#ifndef STACKS_PORT_LWIPOPTS_H
#define STACKS_PORT_LWIPOPTS_H

#include <stdint.h>

/* --- surroundings ----------------------------------------------------------------------------- */
#define NO_SYS                  1 /* tasks are cooperative and switch outside lwIP only */
#define SYS_LIGHTWEIGHT_PROT    0
#define LWIP_NETCONN            0
#define LWIP_SOCKET             0
#define LWIP_TIMERS             1
#define LWIP_TIMERS_CUSTOM      1 /* lwIP's own stop for good when they find no memory */
#define LWIP_SKIP_PACKING_CHECK 1
#define LWIP_HOOK_FILENAME      "stacks/port/hooks.h"

/* --- memory: all from our heap, so that local memory bounds the connections, and no constant -- */
#define MEM_LIBC_MALLOC               1
#define MEMP_MEM_MALLOC               1
#define MEM_ALIGNMENT                 __SIZEOF_POINTER__
#define mem_clib_malloc               heap_alloc
#define mem_clib_free                 heap_free
#define mem_clib_calloc(count, bytes) heap_alloc_zeroed((count) * (bytes))
#define LWIP_SUPPORT_CUSTOM_PBUF      1 /* frames stay in packet memory */
#define PBUF_LINK_HLEN                14
#define PBUF_LINK_ENCAPSULATION_HLEN  8 /* two VLAN tags */
#define ETH_PAD_SIZE                  0 /* the port handles the Ethernet header */

/* --- protocols -------------------------------------------------------------------------------- */
#define LWIP_IPV4 1 /* PORT_NO_IPV4: compiled, but nothing leads to it, so the linker leaves it out */
#ifdef PORT_IPV6
#define LWIP_IPV6 1
#else
#define LWIP_IPV6 0
#endif
/* The card is quiet: addresses are those of the frames at hand, so none is announced, asked for or configured. */
#define LWIP_IPV6_MLD                       0
#define LWIP_IPV6_AUTOCONFIG                0
#define LWIP_IPV6_SEND_ROUTER_SOLICIT       0
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS       0
#define LWIP_IPV6_REASS                     1
#define LWIP_IPV6_FRAG                      1
#define LWIP_ND6_QUEUEING                   0
#define LWIP_ND6_NUM_NEIGHBORS              16 /* for peers never heard of only, see peer.h */
#define LWIP_ND6_NUM_DESTINATIONS           16
#define LWIP_ND6_NUM_PREFIXES               1
#define LWIP_ND6_NUM_ROUTERS                1
#define LWIP_ARP                            1
#define LWIP_ICMP                           1
#define LWIP_UDP                            1
#ifdef PORT_NO_TCP
#define LWIP_TCP 0
#else
#define LWIP_TCP 1
#endif
#define LWIP_RAW                            0
#define LWIP_DHCP                           0
#define LWIP_DNS                            0
#define LWIP_IGMP                           0
#define LWIP_SINGLE_NETIF                   0
#define ARP_TABLE_SIZE                      16 /* for peers never heard of only, see peer.h */
#define ARP_QUEUEING                        0
#define ETHARP_TRUST_IP_MAC                 0
#define IP_FORWARD                          0
#define IP_OPTIONS_ALLOWED                  1
#define IP_REASSEMBLY                       1
#define IP_FRAG                             1
#define IP_REASS_MAX_PBUFS                  port_reassembly_pbufs
#define IP_REASS_FREE_OLDEST                1
#define LWIP_BROADCAST_PING                 1
#define LWIP_MULTICAST_PING                 0
#define LWIP_ICMP_ECHO_CHECK_INPUT_PBUF_LEN 1

/* --- TCP -------------------------------------------------------------------------------------- */
#define LWIP_CALLBACK_API   1
#define TCP_LISTEN_BACKLOG  0
#define TCP_QUEUE_OOSEQ     1
#define LWIP_TCP_TIMESTAMPS 1
#define LWIP_TCP_SACK_OUT                                                                          \
    1 /* 24 bytes a connection; after a loss the sender repeats the gap only */
#define LWIP_TCP_MAX_SACK_NUM          3 /* as many as fit beside timestamps */
#define LWIP_TCP_KEEPALIVE             0
#define LWIP_WND_SCALE                 LWIP_TCP
#define TCP_RCV_SCALE                  3
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1 /* they want constants */

/* The largest segment of a jumbo frame; what is used follows from HW_MTU. */
#define TCP_MSS 8960

/* Decided at start-up. Written as a difference because lwIP's preprocessor checks take a name for
 * 0. */
#define PORT_WINDOW_MAX            262144
#define TCP_WND                    (PORT_WINDOW_MAX - port_window_cut)
#define TCP_SND_BUF                (PORT_WINDOW_MAX - port_send_cut)
#define TCP_WND_UPDATE_THRESHOLD   (TCP_WND / 4)
#define TCP_SND_QUEUELEN           1024 /* pbufs; transmit buffers run out before */
#define TCP_SNDLOWAT               1
#define TCP_OVERSIZE               0 /* payload is never copied into a segment */
#define TCP_OOSEQ_PBUFS_LIMIT(pcb) port_ooseq_pbufs

/* TIME_WAIT lasts 2 * MSL = 4 s. RFC 793's four minutes would fill local memory with closed
 * connections (some 200 bytes each) and every SYN walks past all of them; the networks modelled
 * here keep no segment for seconds. When memory runs short, older ones go sooner
 * (port_make_room()). */
#define TCP_MSL 2000

/* What port/owner.c keeps beside a pcb. */
#define LWIP_TCP_PCB_NUM_EXT_ARGS 2

/* --- checksums: hardware's, or software's for the frames that hardware could not judge -------- */
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1
#define LWIP_CHKSUM_ALGORITHM        3

/* --- counters: they tell what became of a frame, see receive.c -------------------------------- */
#define LWIP_STATS       1
#define LWIP_STATS_LARGE 0
#define MEM_STATS        0
#define MEMP_STATS       0
#define SYS_STATS        0

/* --- hooks ------------------------------------------------------------------------------------ */
#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, header, optlen, opt1len, opt2, p)                          \
    port_hook_segment(pcb, header, p)
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) port_random()
#define LWIP_HOOK_IP4_ROUTE_SRC(src, dest)                              port_hook_route(src, dest)
#define LWIP_HOOK_IP6_ROUTE(src, dest)                                  port_hook_route6(src, dest)

extern uint32_t port_window_cut, port_send_cut;
extern uint16_t port_ooseq_pbufs;      /* out of order, of one connection */
extern uint16_t port_reassembly_pbufs; /* of all datagrams being reassembled */

#endif
