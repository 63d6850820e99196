#include "models/port.h"

#include "models/dispatch.h"
#include "stacks/hardware.h"
#include "traces/packet.h"

#include <glib.h>
#include <netinet/in.h>

static uint64_t frame_bits(uint64_t bytes)
{
    return 8 * (PORT_PREAMBLE_BYTES + bytes + PORT_FCS_BYTES);
}

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
    if (!flags || packet.is_fragment || !packet.transport_offset ||
        packet.payload_bytes != packet.payload_captured)
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

/* --- Receive ---------------------------------------------------------------------------------------- */

static void begin_receive(struct port *port)
{
    struct frame *frame = port->wire.first;
    uint64_t begin = clock_cycle_at(&port->bits, part_now(&port->part));

    if (begin < port->rx_free_bit)
        begin = port->rx_free_bit;
    uint64_t last = begin + frame_bits(frame->bytes);
    struct ledger *ledger = frame->ledger;

    if (!ledger->any_offered) {
        ledger->any_offered = true;
        ledger->first_offered_ps = clock_edge_ps(&port->bits, begin);
    }
    port->rx_free_bit = last + 8 * PORT_GAP_BYTES;
    event_at_edge(&port->received, &port->bits, last);
}

void port_offer(struct port *port, struct frame *frame)
{
    frame->port = port->number;
    frame_queue_push(&port->wire, frame);
    if (port->wire.count == 1)
        begin_receive(port);
}

unsigned port_waiting(const struct port *port)
{
    return port->wire.count;
}

static void drop(struct port *port, struct frame *frame, const char *reason)
{
    port->stats.rx_dropped++;
    frame_dropped(frame, port->part.name, reason);
    frame_release(frame);
}

static void received_event(void *owner)
{
    struct port *port = owner;
    struct frame *frame = frame_queue_pop(&port->wire);
    uint64_t now_ps = part_now(&port->part);

    if (port->wire.first)
        begin_receive(port);
    frame_stamp(frame, STAGE_ARRIVED, now_ps);
    frame->ledger->last_offered_ps = now_ps;
    port->stats.rx_frames++;
    port->stats.rx_bytes += frame->bytes;
    port->stats.rx_wire_bits += frame_bits(frame->bytes) + 8 * PORT_GAP_BYTES;
    if (frame->bytes > port->max_frame_bytes) {
        port->stats.rx_oversize++;
        drop(port, frame, "oversize");
        return;
    }
    if (port->stats.rx_fifo_used + frame->bytes > port->rx_fifo_bytes) {
        drop(port, frame, "fifo_full");
        return;
    }
    port->stats.rx_fifo_used += frame->bytes;
    port->stats.rx_fifo_max = MAX(port->stats.rx_fifo_max, port->stats.rx_fifo_used);
    if (port->rx_checksum) {
        frame->rx_flags = port_checksum_flags(frame->data, frame->bytes);
        port->stats.rx_checksum_bad += (frame->rx_flags & (HW_RX_IP_BAD | HW_RX_L4_BAD)) != 0;
    }
    dispatch_frame((struct dispatch *)port->dispatch_part, port, frame);
}

void port_rx_read(struct port *port, const struct frame *frame)
{
    sim_check(&port->part, port->stats.rx_fifo_used >= frame->bytes);
    port->stats.rx_fifo_used -= frame->bytes;
}

/* --- Transmit --------------------------------------------------------------------------------------- */

static void begin_send(struct port *port)
{
    uint64_t begin = clock_cycle_at(&port->bits, part_now(&port->part));

    if (begin < port->tx_free_bit)
        begin = port->tx_free_bit;
    uint64_t last = begin + frame_bits(port->tx_first->bytes);

    port->tx_begun_bit = begin;
    port->tx_free_bit = last + 8 * PORT_GAP_BYTES;
    event_at_edge(&port->sent_event, &port->bits, last);
}

bool port_tx_reserve(struct port *port, uint32_t bytes, void (*room)(void *owner), void *owner)
{
    bytes = MAX(bytes, PORT_MIN_BYTES);
    /* A frame larger than the FIFO passes through it alone. */
    if (port->tx_reserved_bytes && port->tx_reserved_bytes + bytes > port->tx_fifo_bytes) {
        port->tx_room = room;
        port->tx_room_owner = owner;
        return false;
    }
    port->tx_reserved_bytes += bytes;
    port->stats.tx_fifo_max = MAX(port->stats.tx_fifo_max, port->tx_reserved_bytes);
    return true;
}

static void insert_checksums(const struct tx_frame *frame)
{
    struct packet packet;

    packet_parse(&packet, frame->data, frame->bytes, frame->bytes);
    if (frame->ip_checksum && packet.network == PACKET_IPV4 && packet.network_offset) {
        uint8_t *header = frame->data + packet.network_offset;
        uint32_t header_bytes = (header[0] & 15u) * 4;

        if (header_bytes >= 20 && packet.network_offset + header_bytes <= frame->bytes) {
            packet_put16(header + 10, 0);
            packet_put16(header + 10,
                         packet_checksum_finish(packet_checksum_add(0, header, header_bytes)));
        }
    }
    if (!frame->l4_checksum || !packet.transport_offset || packet.is_fragment)
        return;
    uint32_t place = packet.transport_offset + (packet.protocol == IPPROTO_TCP   ? 16u
                                                : packet.protocol == IPPROTO_UDP ? 6u
                                                                                 : 2u);
    if ((packet.protocol == IPPROTO_TCP || packet.protocol == IPPROTO_UDP ||
         packet.protocol == IPPROTO_ICMP || packet.protocol == IPPROTO_ICMPV6) &&
        place + 2 <= frame->bytes)
        packet_put16(frame->data + place, packet_transport_checksum(&packet));
}

void port_send(struct port *port, struct tx_frame *frame)
{
    if (frame->bytes < PORT_MIN_BYTES) {
        frame->data = g_realloc(frame->data, PORT_MIN_BYTES);
        memset(frame->data + frame->bytes, 0, PORT_MIN_BYTES - frame->bytes);
        frame->bytes = PORT_MIN_BYTES;
    }
    if (port->tx_checksum && (frame->ip_checksum || frame->l4_checksum))
        insert_checksums(frame);
    frame->next = NULL;
    if (port->tx_first) {
        port->tx_last->next = frame;
        port->tx_last = frame;
        return;
    }
    port->tx_first = port->tx_last = frame;
    begin_send(port);
}

static void sent_event(void *owner)
{
    struct port *port = owner;
    struct tx_frame *frame = port->tx_first;
    uint64_t first_bit_ps = clock_edge_ps(&port->bits, port->tx_begun_bit);
    uint64_t now_ps = part_now(&port->part);

    port->tx_first = frame->next;
    if (port->tx_first)
        begin_send(port);
    port->stats.tx_frames++;
    port->stats.tx_bytes += frame->bytes;
    port->stats.tx_wire_bits += frame_bits(frame->bytes) + 8 * PORT_GAP_BYTES;
    port->tx_reserved_bytes -= frame->bytes;
    for (unsigned i = 0; i < port->listener_count; i++)
        port->listeners[i].sent(port->listeners[i].owner, port, frame, first_bit_ps, now_ps);
    g_free(frame->data);
    g_free(frame);
    if (port->tx_room) {
        void (*room)(void *) = port->tx_room;

        port->tx_room = NULL;
        room(port->tx_room_owner);
    }
}

void port_listen(struct port *port,
                 void (*sent)(void *owner, struct port *port, const struct tx_frame *frame,
                              uint64_t first_bit_ps, uint64_t last_bit_ps),
                 void *owner)
{
    sim_check(&port->part, port->listener_count < G_N_ELEMENTS(port->listeners));
    port->listeners[port->listener_count++] = (struct port_listener){sent, owner};
}

/* --- The part --------------------------------------------------------------------------------------- */

static void port_init(struct part *part, struct diagnostics *diagnostics)
{
    struct port *port = (struct port *)part;

    for (unsigned i = 0; i < part->number; i++)
        port->number += part->sim->parts[i]->kind == part->kind;
    if (port->number >= HW_MAX_PORTS)
        part_error(part, diagnostics, NULL, "more than %d ports: a card has at most so many",
                   HW_MAX_PORTS);
    if (port->mac[0] & 1)
        part_error(part, diagnostics, "mac", "this is a multicast address");
    if (!port->mac[5])
        port->mac[5] = (uint8_t)(port->number + 1);
    clock_init(&port->bits, port->speed_bits_per_s, 0);
    event_init(&port->received, part, port, "received", received_event);
    event_init(&port->sent_event, part, port, "sent", sent_event);
}

static void port_free(struct part *part)
{
    struct port *port = (struct port *)part;

    for (struct tx_frame *frame = port->tx_first, *next; frame; frame = next) {
        next = frame->next;
        g_free(frame->data);
        g_free(frame);
    }
}

/* The busier direction counts. */
static uint32_t port_utilisation(struct part *part, uint64_t elapsed_ps)
{
    const struct port *port = (const struct port *)part;
    uint64_t bits = clock_cycle_at(&port->bits, elapsed_ps);
    uint64_t used = MAX(port->stats.rx_wire_bits, port->stats.tx_wire_bits);

    return bits ? (uint32_t)((unsigned __int128)used * 1000000 / bits) : 0;
}

static const char *const dispatch_kinds[] = {"dispatch", NULL};

static const struct parameter parameters[] = {
    {"speed", PARAMETER_RATE, offsetof(struct port, speed_bits_per_s), "10Gbit/s", 10000000,
     1000000000000, NULL, "Bits a second on the wire, in each direction."},
    {"mac", PARAMETER_MAC, offsetof(struct port, mac), "02:00:5e:00:00:00", 0, 0, NULL,
     "MAC address; the last byte 00 becomes the number of the port, counted from 1."},
    {"rx_fifo", PARAMETER_SIZE, offsetof(struct port, rx_fifo_bytes), "256KiB", 2048, 1ull << 30, NULL,
     "Receive FIFO: frames that have arrived and not been read by the receive DMA."},
    {"tx_fifo", PARAMETER_SIZE, offsetof(struct port, tx_fifo_bytes), "64KiB", 2048, 1ull << 30, NULL,
     "Transmit FIFO: frames that are complete and wait for the wire."},
    {"max_frame", PARAMETER_SIZE, offsetof(struct port, max_frame_bytes), "9018B", 64, 16384, NULL,
     "Longest frame without FCS that is taken; longer ones are dropped as oversize."},
    {"rx_checksum", PARAMETER_FLAG, offsetof(struct port, rx_checksum), "yes", 0, 0, NULL,
     "Whether the port verifies IPv4, TCP, UDP and ICMP checksums."},
    {"tx_checksum", PARAMETER_FLAG, offsetof(struct port, tx_checksum), "yes", 0, 0, NULL,
     "Whether the port inserts these checksums into frames that are sent."},
    {"dispatch", PARAMETER_PART, offsetof(struct port, dispatch_part), "*", 0, 0, dispatch_kinds,
     "The receive dispatch behind it."},
    {"chip", PARAMETER_TEXT, offsetof(struct port, chip), "card", 1, 64, NULL,
     "The integrated circuit on which it is."},
    {0},
};

static const struct statistic statistics[] = {
    {"rx_frames", STATISTIC_COUNT, offsetof(struct port, stats.rx_frames), "Frames that arrived."},
    {"rx_bytes", STATISTIC_COUNT, offsetof(struct port, stats.rx_bytes),
     "Bytes of these, without FCS."},
    {"rx_wire_bits", STATISTIC_COUNT, offsetof(struct port, stats.rx_wire_bits),
     "Bits of these with preamble, FCS and gap."},
    {"rx_dropped", STATISTIC_COUNT, offsetof(struct port, stats.rx_dropped),
     "Frames dropped here, for want of room or for their size."},
    {"rx_oversize", STATISTIC_COUNT, offsetof(struct port, stats.rx_oversize),
     "Frames longer than max_frame."},
    {"rx_checksum_bad", STATISTIC_COUNT, offsetof(struct port, stats.rx_checksum_bad),
     "Frames with a wrong checksum."},
    {"rx_fifo_bytes", STATISTIC_LEVEL, offsetof(struct port, stats.rx_fifo_used),
     "Bytes in the receive FIFO now."},
    {"rx_fifo_max_bytes", STATISTIC_MAXIMUM, offsetof(struct port, stats.rx_fifo_max),
     "The most bytes in the receive FIFO."},
    {"tx_frames", STATISTIC_COUNT, offsetof(struct port, stats.tx_frames), "Frames sent."},
    {"tx_bytes", STATISTIC_COUNT, offsetof(struct port, stats.tx_bytes),
     "Bytes of these, without FCS."},
    {"tx_wire_bits", STATISTIC_COUNT, offsetof(struct port, stats.tx_wire_bits),
     "Bits of these with preamble, FCS and gap."},
    {"tx_fifo_max_bytes", STATISTIC_MAXIMUM, offsetof(struct port, stats.tx_fifo_max),
     "The most bytes in the transmit FIFO."},
    {0},
};

const struct part_kind port_kind = {
    .name = "port",
    .help = "An Ethernet port with its FIFOs and checksum hardware.",
    .size = sizeof(struct port),
    .parameters = parameters,
    .statistics = statistics,
    .init = port_init,
    .utilisation_ppm = port_utilisation,
    .free = port_free,
};
