/* port.h - an Ethernet port: wire, PHY and MAC, receive and transmit FIFO, checksum hardware, flow control, counters.
 *
 * Models     full duplex at any speed; preamble and start delimiter (8 bytes), FCS (4), the gap (12) between
 *            frames; the latency of PHY and MAC; store and forward, or on receive cut-through to the dispatch; FIFOs
 *            counted in bytes; frames that came damaged, too short or too long; IPv4, TCP, UDP and ICMP
 *            checksums verified on the way in and inserted on the way out; flow control by 802.3x PAUSE frames
 *            toward the sender, which obeys them as IEEE 802.3 annex 31B asks.
 * Leaves out collisions, auto-negotiation, PAUSE frames of the sender, priority flow control. Which bits of a damaged
 *            frame are wrong: its FCS is. Cut-through on transmit. In cut-through the dispatch sees the whole frame,
 *            whatever has come of it.
 *
 * Timing     bit n of a wire of R bit/s is at floor(n * 10^12 / R) ps. A frame of b bytes (without FCS,
 *            padded to 60 by an orderly sender) offered at t begins at the first bit time at or after t when the
 *            wire is free. L is phy_latency + mac_latency, rounded up to whole bits:
 *
 *                begin      begin + 64     begin + 64 + 8(b+4)     + 96                 arrived + L
 *                preamble   frame and FCS  last bit: "arrived"     the wire is free     in the FIFO, at the dispatch
 *
 *            A frame in the FIFO takes b bytes of it, or is dropped if there is no room for them; it leaves the
 *            FIFO when the receive DMA has read it. With forwarding = cut-through a frame that is longer than c =
 *            cut_through bytes is at the dispatch as soon as these have come, and must have room for all of it in the
 *            FIFO then; the DMA takes its bytes as they come (receive_dma.h):
 *
 *                begin + 64   begin + 64 + 8c + L            begin + 64 + 8x + L            begin + 64 + 8(b+4) + L
 *                frame        room taken, at the dispatch    x bytes of it in the FIFO      its FCS is known
 *
 *            A frame to send begins when all of it is in the transmit FIFO and the MAC is free, and leaves the FIFO
 *            with its last bit:
 *
 *                begin        begin + L           begin + 64 + 8(b+4)           + 96           + L
 *                to the MAC   first bit on wire   last bit out of the FIFO      MAC is free    last bit on wire: "sent"
 *
 * Flow control (annex 31B; off, or on by port_set_flow_control()). A PAUSE frame has 60 bytes and FCS and
 *            goes ahead of frames that wait to be sent. Its time counts in quanta of 512 bit times from its
 *            last bit at the sender. No frame begins later than `response` quanta after that last bit; what
 *            has begun ends. At high water: more than pause_high in the FIFO. At low water: pause_low or less.
 *
 *                card     high water .. PAUSE pause_time ... again each pause_time / 2 .. low water, PAUSE 0
 *                sender   frame, frame, [response] |-- silent -----------------------------[response]| frame
 *
 *            What still comes above the mark: the frame that passed it; what arrives while the port ends a frame that
 *            it is sending, during the PAUSE frame, the response and L on both ways; a frame that the sender has
 *            just begun.
 *            Above pause_high there must be room for that; then no frame is ever dropped for a full FIFO.
 *
 * Counters   as `ethtool -S` of common drivers names them, and RFC 2819 defines them. Sizes are with FCS:
 *
 *                            below 64            64 .. max_frame + 4     longer
 *                FCS good    rx_undersize        rx_unicast, _multicast, rx_oversize
 *                                                _broadcast
 *                FCS bad     rx_fragments        rx_crc_errors           rx_jabber
 *
 *            The histogram rx_64 .. rx_1519_max counts good and bad. PAUSE frames are not in it.
 *
 * Errors     dropped are frames with a bad FCS ("bad_fcs", or "runt" below 64 bytes), below 64 bytes ("undersize"),
 *            above max_frame ("oversize"), and when the FIFO is full ("fifo_full"). In cut-through a frame that turns out bad
 *            has gone through the dispatch, and is dropped by the same name by the DMA. With flow
 *            control, a FIFO too small for it, or a pause_time too short to be repeated in time, is an error of the
 *            scenario.
 */
#ifndef MODELS_PORT_H
#define MODELS_PORT_H

#include "models/frame.h"

#include <glib.h>

enum {
    PORT_PREAMBLE_BYTES = 8,
    PORT_FCS_BYTES = 4,
    PORT_GAP_BYTES = 12,
    PORT_MIN_BYTES = 60,
    PORT_QUANTUM_BITS = 512, /* of PAUSE times */
};

struct tx_frame { /* a frame on its way out */
    struct tx_frame *next;
    uint8_t *data; /* owned by the frame */
    uint32_t bytes;
    uint64_t begun_bit, last_bit; /* out of the FIFO */
    unsigned processor;
    bool ip_checksum, l4_checksum; /* to be inserted */
    uint64_t requested_ps;         /* when the host asked for its first payload byte; 0: not from the host */
};

struct port_waiter { /* for room in the transmit FIFO */
    void (*room)(void *owner);
    void *owner;
};

struct port_heard { /* a PAUSE frame at the sender */
    uint64_t bit, quanta;
};

enum port_forwarding { PORT_STORE, PORT_CUT_THROUGH };
enum { PORT_SIZES = 7 }; /* of the histogram: 64, 65 .. 127, 128 .. 255, ... 512 .. 1023, .. 1518, longer */

struct port_counters { /* of one direction */
    uint64_t sizes[PORT_SIZES];
    uint64_t unicast, multicast, broadcast; /* good ones */
};

struct port {
    struct part part;
    /* parameters */
    unsigned forwarding;
    uint64_t cut_through_bytes, mac_latency_ps, phy_latency_ps;
    uint64_t speed_bits_per_s, rx_fifo_bytes, tx_fifo_bytes, max_frame_bytes;
    bool rx_checksum, tx_checksum;
    uint8_t mac[6];
    uint64_t pause_high_bytes, pause_low_bytes, pause_quanta, response_quanta;
    struct part *dispatch_part;
    char *chip;
    /* state */
    unsigned number; /* of the port on the card */
    struct clock bits;
    uint64_t latency_bits;   /* of PHY and MAC, one way */
    struct frame_queue wire; /* at the sender; the first is on the wire */
    struct frame *arriving;  /* cut-through: it is on the wire, and no more in that queue; held */
    struct frame_queue in_mac; /* on their way from the wire to the FIFO; frame->cycle: the bit when they are there */
    struct event headers, taken;
    uint64_t rx_free_bit, tx_free_bit;
    uint64_t rx_begun_bit;          /* of the first of the wire */
    struct event received, sent_event;
    struct port_sender {            /* who offers frames; NULL: nobody asked */
        void (*arrived)(void *owner, struct frame *frame, uint64_t first_bit_ps);
        void *owner;
    } sender;
    /* flow control: the card's side */
    bool flow_control;
    bool pausing;                   /* from high water to low water */
    bool pause_wanted;              /* a PAUSE frame waits to be sent */
    bool pause_on_wire;             /* is being sent */
    uint64_t pause_told_quanta;     /* what the last one says that was begun */
    struct event pause_again;
    /* flow control: the sender's side */
    GQueue heard;                   /* of struct port_heard: PAUSE frames not yet obeyed */
    struct event pause_obeyed;      /* the response to the first of these is due */
    uint64_t paused_until_bit;      /* no frame begins before */
    uint64_t pause_counted_bit;     /* the statistics know of pauses before */
    struct tx_frame *tx_first, *tx_last;
    GQueue tx_in_mac; /* of struct tx_frame: on their way from the FIFO to the wire */
    struct event tx_left;
    uint64_t tx_begun_bit;
    uint64_t tx_reserved_bytes; /* in the transmit FIFO, or promised by port_tx_reserve() */
    GQueue tx_waiters;          /* of struct port_waiter, who was refused first is first */
    bool tx_serving;            /* the first of them is being called */
    struct {
        uint64_t rx_frames, rx_bytes, rx_fifo_used, rx_fifo_max, rx_dropped, rx_oversize, rx_wire_bits;
        uint64_t tx_pause, tx_resume, rx_paused_ps, rx_first_ps, rx_last_ps;
        uint64_t rx_checksum_bad, tx_frames, tx_bytes, tx_wire_bits, tx_fifo_max;
        uint64_t rx_crc_errors, rx_undersize, rx_fragments, rx_jabber;
        struct port_counters rx, tx;
    } stats;
    /* Told of each frame sent, with its last bit; set by the network that is plugged in, and by whoever
     * observes. */
    struct port_listener {
        void (*sent)(void *owner, struct port *port, const struct tx_frame *frame,
                     uint64_t first_bit_ps, uint64_t last_bit_ps);
        void *owner;
    } listeners[4];
    unsigned listener_count;
};

extern const struct part_kind port_kind;

/* Puts a frame on the wire toward the card, behind those that wait there. Takes the caller's reference. */
void port_offer(struct port *port, struct frame *frame);

/* Tells the sender of each frame that has arrived, before what becomes of it: there is room for another. False:
 * it has a sender already. */
bool port_set_sender(struct port *port,
                     void (*arrived)(void *owner, struct frame *frame, uint64_t first_bit_ps),
                     void *owner);

/* Flow control by PAUSE frames. In wire(); a FIFO that is too small, or a PAUSE too short, is reported. */
void port_set_flow_control(struct port *port, struct diagnostics *diagnostics);
bool port_is_paused(const struct port *port); /* the sender may not begin a frame now */

bool port_is_sending(const struct port *port); /* a frame is in the transmit FIFO, or has not left the wire */

/* Frames that wait on the sender's side, the one on the wire included. */
unsigned port_waiting(const struct port *port);
bool port_is_receiving(const struct port *port); /* one is on the wire, or begins without an act of the card */

/* The receive DMA has read so many bytes out of the receive FIFO. */
void port_rx_read(struct port *port, const struct frame *frame);

/* An engine finds a port by its number: its list must name all of them in their order. Reports another list and
 * returns false. In wire(). */
bool port_list_is_whole(const struct part_list *list, const struct part *engine,
                        struct diagnostics *diagnostics);

/* Reserves room in the transmit FIFO. False: full, or others wait; then room(owner) is called once a frame has left, who
 * was refused first before the others. */
bool port_tx_reserve(struct port *port, uint32_t bytes, void (*room)(void *owner), void *owner);

/* Hands over a frame for which room was reserved; the port owns it from here. */
void port_send(struct port *port, struct tx_frame *frame);

void port_listen(struct port *port,
                 void (*sent)(void *owner, struct port *port, const struct tx_frame *frame,
                              uint64_t first_bit_ps, uint64_t last_bit_ps),
                 void *owner);

/* HW_RX_* checksum flags of a frame, as the checksum hardware finds them. */
uint8_t port_checksum_flags(const uint8_t *data, uint32_t bytes);

#endif
