/* port.h - lwIP on the card's hardware: interfaces, received frames, transmitted frames, time.
 *
 * Receive    A frame stays in packet memory, wrapped in a pbuf that belongs to its buffer's record.
 *            When lwIP and the session layer are done with it, the buffer goes back to the hardware
 *            with the frame's fate. See receive.c.
 * Transmit   Headers come from local memory, payload from transmit buffers, joined by the hardware.
 *            See transmit.c.
 * Sessions   The port calls the session layer where lwIP offers no callback: port_listener_of() and
 *            port_touched() are supplied by session/.
 */
#ifndef STACKS_PORT_PORT_H
#define STACKS_PORT_PORT_H

#include "stacks/hal.h"

#include "lwip/netif.h"
#include "lwip/pbuf.h"
#include "lwip/tcp.h"
#include "lwip/udp.h"

struct tcp_pcb; /* in an image without TCP as well */

/* One receive buffer: the record through which lwIP holds it. */
struct rx_buffer {
    struct pbuf_custom custom; /* first: lwIP's pbuf is this record */
    uint32_t address;          /* of the buffer */
    struct rx_buffer *next;    /* of the same frame, or in the list of idle records */
    uint8_t l2_bytes;          /* of the Ethernet header, in a frame's first buffer */
    uint8_t flags;             /* HW_RX_* */
    uint8_t in_input;          /* its frame is being processed: its release waits for the fate */
    uint8_t released;          /* while in_input */
};

/* One transmit buffer. Free when nobody owns it and no posted frame reads it. */
struct tx_buffer {
    struct tx_buffer *next; /* free list; in use: the owner's list */
    void *owner;            /* session or datagram that waits for its bytes; NULL: gone */
    uint32_t address;       /* card address of the buffer */
    uint16_t bytes;         /* in it */
    uint16_t reading;       /* posted frames that read it */
    uint8_t owned;
    uint8_t state; /* enum tx_state, the owner's */
    uint8_t last;  /* it ends a SEND */
    uint8_t stays; /* retransmit = host: in packet memory until it is acknowledged */
};

/* The last two with retransmit = host only: not in packet memory, and on the way there again. */
enum tx_state { TX_FETCHING, TX_FETCHED, TX_WRITTEN, TX_AT_HOST, TX_FETCHING_AGAIN };

/* Completions that a queue may owe this processor: a post that makes it owe more than the queue has places is a fault, as
 * nobody else could take one. So the stack takes some before it owes so many; no queue is shorter. */
enum { PORT_OWED = 16 };

/* What the registers said at start-up. */
struct port_card {
    uint32_t id, processors, ports, features, mtu;
    uint32_t rx_buffers, rx_buffer_bytes, tx_buffers, tx_buffer_bytes;
    uint32_t portion, tx_base, portion_end; /* card addresses */
    uint32_t address4;                      /* the card's own, 0: any; network order */
};

extern struct port_card port_card;
extern struct netif *port_netifs; /* one a port */
extern uint32_t port_rx_held;     /* receive buffers that the stack holds */
extern uint32_t port_tx_free;     /* transmit buffers that nobody uses */

/* --- start and time (port.c) ------------------------------------------------------------------ */
void port_start(void);

/* Runs the protocol timers that are due; returns HW_TIME_MS of the next. */
uint32_t port_timers(void);

/* Called by tcp_timer_needed(): the next timer may now be earlier. Supplied by the main program. */
void port_timers_changed(void);

/* TIME_WAIT connections go, oldest first, until the heap has room for another connection. False: it
 * has none, and taking one more would cost an existing one its memory. */
bool port_make_room(void);

/* One listener accepts for every port, and one UDP pcb receives for every port: receive.c sets
 * their local port to that of the frame in input. Started with what to call. */
#if LWIP_TCP
extern struct tcp_pcb_listen *port_listener;
void port_serve_tcp(tcp_accept_fn accept);
#endif
extern struct udp_pcb *port_udp;
void port_serve_udp(udp_recv_fn received);

#if LWIP_TCP
/* --- how a connection is found (lookup.c); nothing without HW_FEATURE_LOOKUP_HASH ------------------ */

void port_lookup_start(void);

/* Before lwIP looks for the connection of a segment (words as in the frame, ports in host order), or may create it. */
void port_lookup_segment(uint8_t ip_version, const uint32_t *source, const uint32_t *destination, uint16_t source_port,
                         uint16_t destination_port);

/* Before lwIP changes the state of a connection: its addresses and ports are set. */
void port_lookup_connection(const struct tcp_pcb *pcb);

/* From here on lwIP's lists hold all connections; nested calls are counted. */
void port_lookup_join(void);
void port_lookup_part(void);
#endif

/* --- who owns a connection (owner.c) ------------------------------------------------------------ */

/* Claims each connection that opens from this listener, or with this pcb, until lwIP frees it. Before tcp_listen(). */
void port_watch_connections(struct tcp_pcb *pcb);

/* Addresses and ports of the pcb are set. Returns the processor that owns it: this one, unless another did before. */
uint32_t port_claim(struct tcp_pcb *pcb);

/* The frame in input is of a connection that another processor owns: it is handed over after input, unless it has been
 * handed over already. */
void port_input_is_of(uint32_t owner);

/* --- receive (receive.c) ---------------------------------------------------------------------- */

void port_receive_start(void);

/* Takes at most frames from the receive queue and gives them to lwIP; returns how many there
 * were. */
unsigned port_receive(unsigned frames);

/* lwIP's counters, or the heap's failures, may have moved outside of port_receive(): after timers
 * and requests. */
void port_counters_moved(void);

/* Gives the buffer back; the pbuf of its record must have no other reference. */
void port_rx_release(struct rx_buffer *rx);

/* Fate of the frames whose buffers are released outside input: consumed, unless somebody throws
 * them away. */
void port_discarding(bool discarding);

/* The Ethernet port of an interface. */
static inline uint8_t port_of(const struct netif *netif)
{
    return netif->num;
}

/* The owner frees what it gave to tcp_arg(): port_touched() must not be called with it any more. */
void port_forget(const void *argument);

/* In lwIP's callback for a datagram: the payload of p is where the frame lies, not in the copied
 * header. */
void port_payload_in_packet(struct pbuf *p);

/* While a frame is in input, how to answer its sender; else NULL. */
struct peer;
const struct peer *port_answering(void);

/* A reset is about to answer the frame in input, which found no connection here. True: another
 * processor owns its session; the frame goes there, and the reset must not be sent. */
bool port_stray(void);
extern bool port_may_stray; /* port_stray() is worth asking */

/* --- transmit (transmit.c) -------------------------------------------------------------------- */
void port_transmit_start(void);
struct tx_buffer *port_tx_take(void *owner); /* NULL: none free */
void port_tx_disown(struct tx_buffer *tx);   /* by its owner: free as soon as no frame reads it */
void port_tx_done(void);                     /* completions that are there */
struct tx_buffer *port_tx_at(uint32_t index);
uint32_t port_tx_index(const struct tx_buffer *tx);

/* --- retransmit = host (kept.c): more transmit records than buffers ------------------------------ */
#define PORT_SELDOM __attribute__((noinline, cold)) /* not for what runs each frame by default */

struct port_kept {
    bool on;
    uint8_t shift;    /* of a record's addresses: HAL_KEPT + (record << shift) */
    uint16_t *holder; /* of each buffer: the record that has it */
};
extern struct port_kept port_kept;
uint32_t port_kept_records(void); /* how many a processor has; before port_kept_start() too */
void port_kept_start(void);
extern uint32_t port_kept_spare; /* free buffers besides port_tx_free, for what is fetched again */

/* A record leaves the free ones, or comes back to them. False: no buffer. */
PORT_SELDOM bool port_kept_take(struct tx_buffer *tx);
PORT_SELDOM void port_kept_give_back(struct tx_buffer *tx);

/* What the record holds is the host's at low, high: told when it is fetched, asked when it is fetched again. */
struct tx_source {
    uint32_t low, high;
};
PORT_SELDOM struct tx_source *port_kept_source(const struct tx_buffer *tx);

/* Where lwIP finds the bytes of a record. */
void *port_tx_payload(const struct tx_buffer *tx);

/* A buffer for a record that is at the host; false: none now. And without its buffer again. */
PORT_SELDOM bool port_kept_attach(struct tx_buffer *tx);
PORT_SELDOM void port_kept_leave(struct tx_buffer *tx);

/* Before lwIP's timers: what they read themselves (zero window probes) is in packet memory, or they wait. */
PORT_SELDOM void port_kept_before_timers(void);
err_t port_output(struct netif *netif, struct pbuf *p, const ip4_addr_t *destination);
#if LWIP_IPV6
err_t port_output6(struct netif *netif, struct pbuf *p, const ip6_addr_t *destination);
#endif
err_t port_link_output(struct netif *netif, struct pbuf *p);

/* Hands a whole frame, from its Ethernet header on, to another processor. */
err_t port_forward(uint32_t processor, struct pbuf *p);

/* ARP told where this peer is (network order): what waits for it goes. */
void port_peer_answered(uint32_t address);

/* Whether a packet to this address could be sent now; if not, asks for the address. */
bool port_reachable(struct netif *netif, const ip_addr_t *destination);

#if LWIP_IPV6
/* The interface has this address from now on; before it had that of the frame that came last. receive6.c */
void port_take_address6(struct netif *netif, const uint32_t *address);
#endif

/* An address of the interface, of the version that *address has. */
void port_any_address(ip_addr_t *address, struct netif *netif);

/* --- supplied by the session layer ------------------------------------------------------------ */
/* The host that listens there; -1: none. destination: network order. */
int port_listener_of(uint8_t protocol, uint8_t ip_version, const uint32_t *destination, uint16_t local_port);

/* lwIP wants to send what this record holds, and it is TX_AT_HOST: it is fetched, then tcp_output() runs. */
PORT_SELDOM void port_fetch_again(struct tx_buffer *tx);

/* After a segment of a connection was processed; argument: the pcb's tcp_arg(), not NULL. */
void port_touched(void *argument);

#endif
