/* port_receive.c - from the sender over the wire into the receive FIFO, and on to the dispatch. */
#include "models/dispatch.h"
#include "models/port_inside.h"
#include "stacks/hardware.h"
#include "traces/packet.h"

#include <glib.h>
#include <netinet/in.h>

uint8_t port_checksum_flags(const uint8_t *data, uint32_t bytes)
{
    struct packet packet;
    uint8_t flags = 0;

    packet_parse(&packet, data, bytes, bytes);
    if (packet.network == PACKET_IPV4 && packet.network_offset) {
        uint32_t header_bytes = (data[packet.network_offset] & 15u) * 4;

        if (packet.network_offset + header_bytes > bytes || header_bytes < 20)
            return HW_RX_IP_BAD;
        flags = packet_checksum_finish(
                    packet_checksum_add(0, data + packet.network_offset, header_bytes))
                    ? HW_RX_IP_BAD
                    : HW_RX_IP_GOOD;
    } else if (packet.network == PACKET_IPV6) {
        flags = HW_RX_IP_GOOD; /* it has none */
    }
    if (!flags || !packet_is_whole(&packet))
        return flags;
    if (packet.protocol == IPPROTO_TCP || packet.protocol == IPPROTO_UDP ||
        packet.protocol == IPPROTO_ICMP || packet.protocol == IPPROTO_ICMPV6) {
        uint32_t place = packet.transport_offset + (packet.protocol == IPPROTO_TCP   ? 16u
                                                    : packet.protocol == IPPROTO_UDP ? 6u
                                                                                     : 2u);
        if (place + 2 > bytes)
            return flags;
        uint16_t found = packet_get16(data + place);

        if (packet.protocol == IPPROTO_UDP && found == 0 && packet.network == PACKET_IPV4)
            return flags | HW_RX_L4_GOOD; /* the sender made none */
        flags |= found == packet_transport_checksum(&packet) ? HW_RX_L4_GOOD : HW_RX_L4_BAD;
    }
    return flags;
}

/* --- The wire ---------------------------------------------------------------------------------------- */

/* It goes to the dispatch before its end. */
static bool is_cut_through(const struct port *port, const struct frame *frame)
{
    return port->forwarding == PORT_CUT_THROUGH && frame->bytes + PORT_FCS_BYTES > port->cut_through_bytes;
}

void port_begin_receive(struct port *port)
{
    struct frame *frame = port->wire.first;
    uint64_t begin = port_bit_now(port);

    begin = MAX(MAX(begin, port->rx_free_bit), port->paused_until_bit);
    port->rx_begun_bit = begin;
    event_at_edge(&port->received, &port->bits, begin + port_frame_bits(frame->bytes));
    if (is_cut_through(port, frame))
        event_at_edge(&port->headers, &port->bits, begin + 8 * (PORT_PREAMBLE_BYTES + port->cut_through_bytes));
}

void port_offer(struct port *port, struct frame *frame)
{
    frame->port = port->number;
    frame_queue_push(&port->wire, frame);
    if (port->wire.count == 1 && !port->arriving)
        port_begin_receive(port);
}

bool port_set_sender(struct port *port,
                     void (*arrived)(void *owner, struct frame *frame, uint64_t first_bit_ps),
                     void *owner)
{
    if (port->sender.arrived)
        return false;
    port->sender = (struct port_sender){arrived, owner};
    return true;
}

unsigned port_waiting(const struct port *port)
{
    return port->wire.count + (port->arriving != NULL);
}

bool port_is_receiving(const struct port *port)
{
    bool has_begun = port->rx_begun_bit <= port_bit_now(port);

    return port->arriving || (port->wire.first && (has_begun || !port_is_paused(port)));
}

/* --- Frames that arrive ------------------------------------------------------------------------------- */

/* Why a frame is no good; NULL: it is. */
static const char *fault_of(const struct port *port, const struct frame *frame)
{
    if (frame->bytes < PORT_MIN_BYTES)
        return frame->fcs_is_bad ? "runt" : "undersize";
    if (frame->fcs_is_bad)
        return "bad_fcs";
    return frame->bytes > port->max_frame_bytes ? "oversize" : NULL;
}

static void count_fault(struct port *port, const struct frame *frame)
{
    bool is_short = frame->bytes < PORT_MIN_BYTES, is_long = frame->bytes > port->max_frame_bytes;

    port->stats.rx_dropped++;
    port->stats.rx_undersize += is_short && !frame->fcs_is_bad;
    port->stats.rx_fragments += is_short && frame->fcs_is_bad;
    port->stats.rx_oversize += is_long && !frame->fcs_is_bad;
    port->stats.rx_jabber += is_long && frame->fcs_is_bad;
    port->stats.rx_crc_errors += frame->fcs_is_bad && !is_short && !is_long;
}

static void drop(struct port *port, struct frame *frame, const char *reason)
{
    frame_dropped(frame, port->part.name, reason);
    frame_release(frame);
}

/* All of it has come through MAC and PHY, or, in cut-through, its headers. */
static void take(struct port *port, struct frame *frame)
{
    const char *fault = fault_of(port, frame);

    if (fault && !frame->whole_ps) {
        drop(port, frame, fault);
        return;
    }
    if (port->stats.rx_fifo_used + frame->bytes > port->rx_fifo_bytes) {
        port->stats.rx_dropped += fault == NULL; /* else it is counted at its end */
        drop(port, frame, "fifo_full");
        return;
    }
    frame->bad = fault;
    port->stats.rx_fifo_used += frame->bytes;
    port->stats.rx_fifo_max = MAX(port->stats.rx_fifo_max, port->stats.rx_fifo_used);
    if (port->flow_control && port->stats.rx_fifo_used > port->pause_high_bytes)
        port_ask_for_pause(port);
    if (port->rx_checksum) {
        frame->rx_flags = port_checksum_flags(frame->data, frame->bytes);
        port->stats.rx_checksum_bad += !fault && (frame->rx_flags & (HW_RX_IP_BAD | HW_RX_L4_BAD)) != 0;
    }
    dispatch_frame((struct dispatch *)port->dispatch_part, port, frame);
}

static void taken_event(void *owner)
{
    struct port *port = owner;
    struct frame *frame = frame_queue_pop(&port->in_mac);

    if (port->in_mac.first)
        event_at_edge(&port->taken, &port->bits, port->in_mac.first->cycle);
    take(port, frame);
}

static void through_mac(struct port *port, struct frame *frame)
{
    if (port->latency_bits == 0) {
        take(port, frame);
        return;
    }
    frame->cycle = port_bit_now(port) + port->latency_bits;
    frame_queue_push(&port->in_mac, frame);
    if (port->in_mac.count == 1)
        event_at_edge(&port->taken, &port->bits, frame->cycle);
}

/* Cut-through: the rest of it is still to come. When that will be, and what it will be, is known here, so that nobody
 * depends on which of two events of the same time comes first. */
static void headers_event(void *owner)
{
    struct port *port = owner;
    struct frame *frame = frame_queue_pop(&port->wire);
    uint64_t last_bit = port->rx_begun_bit + port_frame_bits(frame->bytes);

    port->arriving = frame;
    frame_hold(frame);
    frame->whole_ps = clock_edge_ps(&port->bits, last_bit + port->latency_bits);
    frame_stamp(frame, STAGE_ARRIVED, clock_edge_ps(&port->bits, last_bit));
    through_mac(port, frame);
}

static void count_arrived(struct port *port, const struct frame *frame, uint64_t first_bit_ps, uint64_t last_bit_ps)
{
    const char *fault = fault_of(port, frame);

    if (!port->stats.rx_frames++)
        port->stats.rx_first_ps = first_bit_ps;
    port->stats.rx_last_ps = last_bit_ps;
    port->stats.rx_bytes += frame->bytes;
    port->stats.rx_wire_bits += port_frame_bits(frame->bytes) + 8 * PORT_GAP_BYTES;
    if (fault)
        count_fault(port, frame);
    port_count_frame(&port->stats.rx, frame->data, frame->bytes, !fault);
}

static void received_event(void *owner)
{
    struct port *port = owner;
    bool is_cut = port->arriving != NULL;
    struct frame *frame = is_cut ? port->arriving : frame_queue_pop(&port->wire);
    struct ledger *ledger = frame->ledger;
    uint64_t now_ps = part_now(&port->part);
    uint64_t first_bit_ps = clock_edge_ps(&port->bits, port->rx_begun_bit);

    port->arriving = NULL;
    port->rx_free_bit = port->rx_begun_bit + port_frame_bits(frame->bytes) + 8 * PORT_GAP_BYTES;
    if (!ledger->any_offered) {
        ledger->any_offered = true;
        ledger->first_offered_ps = first_bit_ps;
    }
    if (port->wire.first)
        port_begin_receive(port);
    if (port->sender.arrived)
        port->sender.arrived(port->sender.owner, frame, first_bit_ps);
    frame_stamp(frame, STAGE_ARRIVED, now_ps);
    ledger->last_offered_ps = now_ps;
    count_arrived(port, frame, first_bit_ps, now_ps);
    if (is_cut)
        frame_release(frame);
    else
        through_mac(port, frame);
}

void port_rx_read(struct port *port, const struct frame *frame)
{
    sim_check(&port->part, port->stats.rx_fifo_used >= frame->bytes);
    port->stats.rx_fifo_used -= frame->bytes;
    if (port->pausing && port->stats.rx_fifo_used <= port->pause_low_bytes)
        port_end_pause(port);
}


void port_receive_init(struct port *port)
{
    event_init(&port->received, &port->part, port, "received", received_event);
    event_init(&port->headers, &port->part, port, "headers", headers_event);
    event_init(&port->taken, &port->part, port, "taken", taken_event);
}
