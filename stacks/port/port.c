/* port.c - start of the port, its timers, and what to do when memory runs short. */
#include "stacks/port/port.h"

#include "stacks/port/peer.h"
#include "stacks/runtime/console.h"
#include "stacks/runtime/heap.h"

#include "lwip/init.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/ethernet.h"
#include "lwip/sys.h"
#include "lwip/timeouts.h"
#include "lwip/etharp.h"
#include "lwip/ip4_frag.h"
#include "lwip/ip6_frag.h"
#include "lwip/nd6.h"

struct port_card port_card;
struct netif *port_netifs;
#if LWIP_TCP
struct tcp_pcb_listen *port_listener;
#endif
struct udp_pcb *port_udp;

uint32_t port_window_cut, port_send_cut;
uint16_t port_ooseq_pbufs, port_reassembly_pbufs;

/* Of the heap, for the connections that exist: an eighth for what they send, and one that is half open becomes a session
 * with all that it needs until its end. */
static uint32_t reserve_bytes, plenty_bytes;
enum {
    HALF_OPEN_BYTES =
        280, /* session, its slot, segments and pbufs of its first answer and of its FIN */
};

u32_t sys_now(void)
{
    return hal_time_ms();
}

uint32_t port_random(void)
{
    return hal_load(HW_RANDOM);
}

void port_assertion(const char *message, const char *file, int line)
{
    console_print(file);
    console_print(":");
    console_decimal((uint32_t)line);
    console_print(": ");
    console_print(message);
    console_print("\n");
    for (;;)
        hal_store(HW_HALT, 0xa55);
}

/* --- timers ----------------------------------------------------------------------------------- */

/* Instead of lwIP's timeouts.c. TCP's runs while there are connections. */
static const struct {
    void (*handler)(void);
    uint32_t interval_ms;
} timer[] = {
#if LWIP_TCP
    {tcp_tmr, TCP_TMR_INTERVAL}, /* the first */
#endif
#ifndef PORT_NO_IPV4
    {ip_reass_tmr, IP_TMR_INTERVAL},
    {etharp_tmr, ARP_TMR_INTERVAL},
#endif
#if LWIP_IPV6
    {nd6_tmr, ND6_TMR_INTERVAL},    {ip6_reass_tmr, IP6_REASS_TMR_INTERVAL},
#endif
};
enum { TIMERS = LWIP_ARRAYSIZE(timer) };
static uint32_t due_ms[TIMERS];

#if LWIP_TCP
static bool tcp_timer_runs;

void tcp_timer_needed(void)
{
    if (tcp_timer_runs || !(tcp_active_pcbs || tcp_tw_pcbs))
        return;
    tcp_timer_runs = true;
    due_ms[0] = sys_now() + TCP_TMR_INTERVAL;
    port_timers_changed();
}

static bool timer_runs(unsigned i)
{
    return i > 0 || tcp_timer_runs;
}

static void run_timer(unsigned i)
{
    if (i > 0) {
        timer[i].handler();
        return;
    }
    port_lookup_join();
    if (port_kept.on)
        port_kept_before_timers();
    tcp_tmr();
    tcp_timer_runs = tcp_active_pcbs || tcp_tw_pcbs;
    port_lookup_part();
}
#else
static bool timer_runs(unsigned i)
{
    (void)i;
    return true;
}

static void run_timer(unsigned i)
{
    timer[i].handler();
}
#endif

void sys_timeouts_init(void)
{
    for (unsigned i = LWIP_TCP; i < TIMERS; i++)
        due_ms[i] = sys_now() + timer[i].interval_ms;
}

uint32_t port_timers(void)
{
    uint32_t now = sys_now(), next = now + 1000;

    port_discarding(true); /* what times out was received, and is thrown away */
    for (unsigned i = 0; i < TIMERS; i++) {
        if (!timer_runs(i) || !hal_time_reached(now, due_ms[i]))
            continue;
        run_timer(i);
        due_ms[i] += timer[i].interval_ms;
        if (hal_time_reached(now, due_ms[i])) /* far behind: skip what was missed */
            due_ms[i] = now + timer[i].interval_ms;
    }
    port_discarding(false);
    port_counters_moved();
    for (unsigned i = 0; i < TIMERS; i++)
        if (timer_runs(i) && !hal_time_reached(due_ms[i], next))
            next = due_ms[i];
    return next;
}

/* --- memory ----------------------------------------------------------------------------------- */

#if LWIP_TCP
static uint32_t owed_to_connections(void)
{
    uint32_t bytes = reserve_bytes;

    for (const struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
        if (pcb->state == SYN_RCVD)
            bytes += HALF_OPEN_BYTES;
    return bytes;
}

bool port_make_room(void)
{
    if (heap_statistics.free_bytes >= plenty_bytes)
        return true; /* the walk is for when it matters */
    port_lookup_join();
    uint32_t needed = owed_to_connections();

    while (heap_statistics.free_bytes < needed && tcp_tw_pcbs) {
        struct tcp_pcb *oldest = tcp_tw_pcbs;

        while (oldest->next) /* the newest is first */
            oldest = oldest->next;
        tcp_abort(oldest); /* in TIME_WAIT it sends nothing */
    }
    port_lookup_part();
    return heap_statistics.free_bytes >= needed;
}
#endif

/* --- start ------------------------------------------------------------------------------------ */

static uint32_t at_most(uint32_t value, uint32_t most)
{
    return value < most ? value : most;
}

static uint32_t at_least(uint32_t value, uint32_t least)
{
    return value > least ? value : least;
}

static void read_card(void)
{
    port_card.id = hal_load(HW_ID);
    port_card.processors = hal_load(HW_PROCESSORS);
    port_card.ports = at_most(hal_load(HW_PORTS), HW_MAX_PORTS);
    port_card.features = hal_load(HW_FEATURES);
    port_card.mtu = hal_load(HW_MTU);
    port_card.portion = hal_load(HW_PORTION_BASE);
    port_card.rx_buffers = hal_load(HW_RX_BUFFERS);
    port_card.rx_buffer_bytes = hal_load(HW_RX_BUFFER_BYTES);
    port_card.tx_buffers = hal_load(HW_TX_BUFFERS);
    port_card.tx_buffer_bytes = hal_load(HW_TX_BUFFER_BYTES);
    port_card.tx_base = port_card.portion + port_card.rx_buffers * port_card.rx_buffer_bytes;
    port_card.portion_end = port_card.tx_base + port_card.tx_buffers * port_card.tx_buffer_bytes;
    port_card.address4 = hal_load(HW_ADDRESS4);
}

/* One sender that fills its window must not take more than half of the receive buffers; its
 * segments are full when it does so in earnest. One receiver that doesn't read must not hold more
 * than a quarter of the transmit buffers. */
static void choose_limits(void)
{
    uint32_t segment = port_card.mtu > 52 ? port_card.mtu - 52 : 1; /* timestamps are usual */
    uint32_t buffers_each =
        (segment + 54 + port_card.rx_buffer_bytes - 1) / port_card.rx_buffer_bytes;
    uint32_t window = port_card.rx_buffers / buffers_each / 2 * segment;
    uint32_t records = port_kept.on ? port_kept_records() : port_card.tx_buffers;
    uint32_t send = records / 4 * at_most(segment, port_card.tx_buffer_bytes);

    window = at_least(at_most(window, PORT_WINDOW_MAX), 2 * segment);
    send = at_least(at_most(send, PORT_WINDOW_MAX), 2 * segment);
    port_window_cut = PORT_WINDOW_MAX - window;
    port_send_cut = PORT_WINDOW_MAX - send;
    port_ooseq_pbufs = (uint16_t)at_least(port_card.rx_buffers / 8, 2);
    port_reassembly_pbufs =
        (uint16_t)at_least(at_most(port_card.rx_buffers / 4, HW_TX_SEGMENTS), 2);
}

static err_t netif_start(struct netif *netif)
{
    uint32_t port = netif->num, low = hal_load(HW_MAC + 8 * port),
             high = hal_load(HW_MAC + 8 * port + 4);

    netif->name[0] = 'e';
    netif->name[1] = 't';
    netif->output = port_output;
#if LWIP_IPV6
    netif->output_ip6 = port_output6;
#endif
    netif->linkoutput = port_link_output;
    netif->mtu = (u16_t)at_most(port_card.mtu, 0xffff);
    netif->hwaddr_len = ETH_HWADDR_LEN;
    for (unsigned i = 0; i < 4; i++)
        netif->hwaddr[i] = (uint8_t)(low >> 8 * i);
    netif->hwaddr[4] = (uint8_t)high;
    netif->hwaddr[5] = (uint8_t)(high >> 8);
    /* Without NETIF_FLAG_ETHARP lwIP announces no address: N stacks would announce the same one. */
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_LINK_UP;
    netif->chksum_flags =
        NETIF_CHECKSUM_GEN_ICMP |
        NETIF_CHECKSUM_GEN_ICMP6; /* an echo's is changed by what the echo changes */
    if (!(port_card.features & HW_FEATURE_TX_CHECKSUM))
        netif->chksum_flags |=
            NETIF_CHECKSUM_GEN_IP | NETIF_CHECKSUM_GEN_TCP | NETIF_CHECKSUM_GEN_UDP;
    return ERR_OK;
}

static err_t netif_no_input(struct pbuf *p, struct netif *netif)
{
    (void)netif;
    pbuf_free(p);
    return ERR_OK;
}

void port_start(void)
{
    uint32_t heap_bytes = (uint32_t)heap_statistics.free_bytes;
    ip4_addr_t address, mask, gateway;

    read_card();
    port_kept_start();
    choose_limits();
    lwip_init();
    port_receive_start();
    port_transmit_start();
    peer_start(heap_bytes);

    /* A card that has every address takes that of the frame at hand (receive.c); lwIP wants one
     * till then. Nobody is on the interface's own subnet: every destination is looked up for
     * itself. */
    ip4_addr_set_u32(&address, port_card.address4 ? port_card.address4
                                                  : PP_HTONL(0xc6120001)); /* 198.18.0.1 */
    ip4_addr_set_u32(&mask, 0xffffffffu);
    ip4_addr_set_zero(&gateway);
    port_netifs = heap_alloc_zeroed(port_card.ports * sizeof *port_netifs);
    for (uint32_t port = 0; port_netifs && port < port_card.ports; port++) {
        struct netif *netif = &port_netifs[port];

        netif->num = (u8_t)port; /* for netif_start */
        netif_add(netif, &address, &mask, &gateway, NULL, netif_start, netif_no_input);
        netif_set_up(netif);
    }
    if (port_netifs)
        netif_set_default(&port_netifs[0]);
    uint32_t free_bytes = (uint32_t)heap_statistics.free_bytes;

    reserve_bytes = at_least(free_bytes / 8, 4096);
    plenty_bytes = free_bytes / 4 * 3;
}

#if LWIP_TCP
void port_serve_tcp(tcp_accept_fn accept)
{
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);

    port_watch_connections(pcb);
    tcp_bind(pcb, IP_ANY_TYPE, 0);
    pcb = tcp_listen(pcb);
    tcp_accept(pcb, accept);
    port_listener = (struct tcp_pcb_listen *)pcb;
    port_listener->local_port = 0;
    port_lookup_start();
}
#endif

void port_serve_udp(udp_recv_fn received)
{
    port_udp = udp_new_ip_type(IPADDR_TYPE_ANY);
    udp_bind(port_udp, IP_ANY_TYPE, 1);
    udp_recv(port_udp, received, NULL);
}
