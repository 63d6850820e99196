#include "models/port_inside.h"

#include "stacks/hardware.h"
#include "traces/packet.h"

#include <glib.h>
#include <netinet/in.h>
#include <string.h>

/* --- Counters --------------------------------------------------------------------------------------- */

void port_count_frame(struct port_counters *counters, const uint8_t *data, uint32_t bytes, bool good)
{
    static const uint32_t longest[PORT_SIZES - 1] = {64, 127, 255, 511, 1023, 1518};
    static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    unsigned i = 0;

    while (i < PORT_SIZES - 1 && bytes + PORT_FCS_BYTES > longest[i])
        i++;
    counters->sizes[i] += bytes >= PORT_MIN_BYTES;
    if (!good)
        return;
    if (memcmp(data, broadcast, sizeof broadcast) == 0)
        counters->broadcast++;
    else if (data[0] & 1)
        counters->multicast++;
    else
        counters->unicast++;
}

/* --- Transmit --------------------------------------------------------------------------------------- */

void port_begin_send(struct port *port)
{
    uint64_t begin = port_bit_now(port);
    uint32_t bytes = port->pause_wanted ? PORT_MIN_BYTES : port->tx_first->bytes;

    if (begin < port->tx_free_bit)
        begin = port->tx_free_bit;
    if (port->pause_wanted) {
        port->pause_wanted = false;
        port->pause_on_wire = true;
        port->pause_told_quanta = port->pausing ? port->pause_quanta : 0;
    }
    uint64_t last = begin + port_frame_bits(bytes);

    port->tx_begun_bit = begin;
    port->tx_free_bit = last + 8 * PORT_GAP_BYTES;
    event_at_edge(&port->sent_event, &port->bits, last);
}

bool port_list_is_whole(const struct part_list *list, const struct part *engine,
                        struct diagnostics *diagnostics)
{
    const struct sim *sim = engine->sim;
    unsigned count = 0;
    bool whole = true;

    for (unsigned i = 0; i < sim->part_count; i++) {
        if (sim->parts[i]->kind != &port_kind)
            continue;
        whole = whole && count < list->count && list->list[count] == sim->parts[i];
        count++;
    }
    if (whole && count == list->count)
        return true;
    part_error(engine, diagnostics, "ports", "expected all %u ports of the card, in their order (*)",
               count);
    return false;
}

bool port_tx_reserve(struct port *port, uint32_t bytes, void (*room)(void *owner), void *owner)
{
    bytes = MAX(bytes, PORT_MIN_BYTES);
    /* A frame larger than the FIFO passes through it alone. */
    bool is_full = port->tx_reserved_bytes && port->tx_reserved_bytes + bytes > port->tx_fifo_bytes;

    if (is_full || (port->tx_waiters.length && !port->tx_serving)) {
        struct port_waiter *waiter = g_new(struct port_waiter, 1);

        *waiter = (struct port_waiter){room, owner};
        if (port->tx_serving) /* it was the first, and stays it */
            g_queue_push_head(&port->tx_waiters, waiter);
        else
            g_queue_push_tail(&port->tx_waiters, waiter);
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
    if (!frame->l4_checksum || !packet_is_whole(&packet))
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
    if (!event_pending(&port->sent_event))
        port_begin_send(port);
}

/* Until one of them is refused again. */
static void serve_waiters(struct port *port)
{
    unsigned waiting = port->tx_waiters.length;

    while (waiting) {
        struct port_waiter *waiter = g_queue_pop_head(&port->tx_waiters);
        struct port_waiter called = *waiter;

        g_free(waiter);
        waiting--;
        port->tx_serving = true;
        called.room(called.owner);
        port->tx_serving = false;
        if (port->tx_waiters.length > waiting)
            return;
    }
}

/* Its last bit is on the wire. */
static void left_the_wire(struct port *port, struct tx_frame *frame)
{
    uint64_t first_bit_ps = clock_edge_ps(&port->bits, frame->begun_bit + port->latency_bits);
    uint64_t last_bit_ps = clock_edge_ps(&port->bits, frame->last_bit + port->latency_bits);

    for (unsigned i = 0; i < port->listener_count; i++)
        port->listeners[i].sent(port->listeners[i].owner, port, frame, first_bit_ps, last_bit_ps);
    g_free(frame->data);
    g_free(frame);
}

static void left_next(struct port *port)
{
    const struct tx_frame *frame = g_queue_peek_head(&port->tx_in_mac);

    if (frame)
        event_at_edge(&port->tx_left, &port->bits, frame->last_bit + port->latency_bits);
}

static void tx_left_event(void *owner)
{
    struct port *port = owner;
    struct tx_frame *frame = g_queue_pop_head(&port->tx_in_mac);

    left_next(port);
    left_the_wire(port, frame);
}

static void frame_sent(struct port *port)
{
    struct tx_frame *frame = port->tx_first;

    frame->begun_bit = port->tx_begun_bit;
    frame->last_bit = port_bit_now(port);
    port->tx_first = frame->next;
    if (port->tx_first || port->pause_wanted)
        port_begin_send(port);
    port->stats.tx_frames++;
    port->stats.tx_bytes += frame->bytes;
    port->stats.tx_wire_bits += port_frame_bits(frame->bytes) + 8 * PORT_GAP_BYTES;
    port_count_frame(&port->stats.tx, frame->data, frame->bytes, true);
    port->tx_reserved_bytes -= frame->bytes;
    if (port->latency_bits == 0) {
        left_the_wire(port, frame);
    } else {
        g_queue_push_tail(&port->tx_in_mac, frame);
        if (port->tx_in_mac.length == 1)
            left_next(port);
    }
    serve_waiters(port);
}

bool port_is_sending(const struct port *port)
{
    return port->tx_first || port->tx_in_mac.length;
}

static void sent_event(void *owner)
{
    struct port *port = owner;

    if (!port->pause_on_wire) {
        frame_sent(port);
        return;
    }
    port_pause_sent(port);
    if (port->tx_first || port->pause_wanted)
        port_begin_send(port);
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
    port->latency_bits = clock_cycle_at(&port->bits, port->mac_latency_ps + port->phy_latency_ps);
    event_init(&port->sent_event, part, port, "sent", sent_event);
    event_init(&port->tx_left, part, port, "left", tx_left_event);
    port_receive_init(port);
    port_pause_init(port);
}

static void port_settle(struct part *part)
{
    struct port *port = (struct port *)part;

    port_count_pause(port, clock_cycle_at(&port->bits, part_now(part)));
}

static void port_clear(struct part *part)
{
    struct port *port = (struct port *)part;

    port->stats.rx_fifo_max = port->stats.rx_fifo_used;
    port->stats.tx_fifo_max = port->tx_reserved_bytes;
}

static void port_free(struct part *part)
{
    struct port *port = (struct port *)part;

    port_pause_free(port);
    g_queue_clear_full(&port->tx_waiters, g_free);
    for (struct tx_frame *frame; (frame = g_queue_pop_head(&port->tx_in_mac)) != NULL;) {
        g_free(frame->data);
        g_free(frame);
    }
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
static const char *const forwardings[] = {"store", "cut-through", NULL};

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
    {"forwarding", PARAMETER_CHOICE, offsetof(struct port, forwarding), "store", 0, 0, forwardings,
     "Whether a frame goes to the dispatch when all of it has come, or when its headers have."},
    {"cut_through", PARAMETER_SIZE, offsetof(struct port, cut_through_bytes), "64B", 14, 16384, NULL,
     "With forwarding = cut-through, bytes of a frame that have come when it goes to the dispatch."},
    {"mac_latency", PARAMETER_TIME, offsetof(struct port, mac_latency_ps), "0", 0, PS_PER_SECOND / 1000, NULL,
     "Time through the MAC, on receive and on transmit."},
    {"phy_latency", PARAMETER_TIME, offsetof(struct port, phy_latency_ps), "0", 0, PS_PER_SECOND / 1000, NULL,
     "Time through the PHY, on receive and on transmit; with that of the MAC rounded up to whole bits."},
    {"pause_high", PARAMETER_SIZE, offsetof(struct port, pause_high_bytes), "0", 0, 1ull << 30, NULL,
     "With flow control, above so much in the receive FIFO the sender is paused; 0: as late as is safe."},
    {"pause_low", PARAMETER_SIZE, offsetof(struct port, pause_low_bytes), "0", 0, 1ull << 30, NULL,
     "At so much it may go on; 0: half of pause_high."},
    {"pause_time", PARAMETER_COUNT, offsetof(struct port, pause_quanta), "65535", 1, 65535, NULL,
     "Quanta of 512 bit times that a PAUSE frame asks for; repeated after half of it."},
    {"pause_response", PARAMETER_COUNT, offsetof(struct port, response_quanta), "0", 0, 65535, NULL,
     "Quanta after which the sender obeys a PAUSE frame; 0: as many as IEEE 802.3 allows at this speed."},
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

#define COUNTER(name, field, help) {name, STATISTIC_COUNT, offsetof(struct port, stats.field), help}
#define COUNTERS(direction)                                                                                          \
    COUNTER(#direction "_unicast", direction.unicast, "Good frames to one station."),                                \
    COUNTER(#direction "_multicast", direction.multicast, "Good frames to a group, without broadcast."),             \
    COUNTER(#direction "_broadcast", direction.broadcast, "Good frames to everybody."),                              \
    COUNTER(#direction "_64", direction.sizes[0], "Frames of 64 bytes, with FCS."),                                  \
    COUNTER(#direction "_65_127", direction.sizes[1], "Frames of 65 to 127 bytes."),                                 \
    COUNTER(#direction "_128_255", direction.sizes[2], "Frames of 128 to 255 bytes."),                               \
    COUNTER(#direction "_256_511", direction.sizes[3], "Frames of 256 to 511 bytes."),                               \
    COUNTER(#direction "_512_1023", direction.sizes[4], "Frames of 512 to 1,023 bytes."),                            \
    COUNTER(#direction "_1024_1518", direction.sizes[5], "Frames of 1,024 to 1,518 bytes."),                         \
    COUNTER(#direction "_1519_max", direction.sizes[6], "Frames of 1,519 bytes or more.")

static const struct statistic statistics[] = {
    {"rx_frames", STATISTIC_COUNT, offsetof(struct port, stats.rx_frames), "Frames that arrived."},
    {"rx_bytes", STATISTIC_COUNT, offsetof(struct port, stats.rx_bytes),
     "Bytes of these, without FCS."},
    {"rx_wire_bits", STATISTIC_COUNT, offsetof(struct port, stats.rx_wire_bits),
     "Bits of these with preamble, FCS and gap."},
    {"rx_first_ps", STATISTIC_LEVEL, offsetof(struct port, stats.rx_first_ps),
     "When the first bit of the first frame, of its preamble, came."},
    {"rx_last_ps", STATISTIC_LEVEL, offsetof(struct port, stats.rx_last_ps), "When the last bit of the last frame came."},
    {"rx_dropped", STATISTIC_COUNT, offsetof(struct port, stats.rx_dropped),
     "Frames dropped here, for want of room, for their size or for their FCS."},
    {"rx_oversize", STATISTIC_COUNT, offsetof(struct port, stats.rx_oversize),
     "Frames longer than max_frame, with a good FCS."},
    COUNTER("rx_undersize", rx_undersize, "Frames shorter than 64 bytes, with a good FCS."),
    COUNTER("rx_crc_errors", rx_crc_errors, "Frames of 64 bytes to max_frame with a bad FCS."),
    COUNTER("rx_fragments", rx_fragments, "Frames shorter than 64 bytes with a bad FCS: runts."),
    COUNTER("rx_jabber", rx_jabber, "Frames longer than max_frame with a bad FCS."),
    COUNTERS(rx),
    {"rx_paused_ps", STATISTIC_COUNT, offsetof(struct port, stats.rx_paused_ps),
     "Time in which the sender was not allowed to begin a frame."},
    {"rx_checksum_bad", STATISTIC_COUNT, offsetof(struct port, stats.rx_checksum_bad),
     "Frames with a wrong checksum."},
    {"rx_fifo_bytes", STATISTIC_LEVEL, offsetof(struct port, stats.rx_fifo_used),
     "Bytes in the receive FIFO now."},
    {"rx_fifo_max_bytes", STATISTIC_MAXIMUM, offsetof(struct port, stats.rx_fifo_max),
     "The most bytes in the receive FIFO."},
    {"tx_pause", STATISTIC_COUNT, offsetof(struct port, stats.tx_pause),
     "PAUSE frames sent, with a time; not in tx_frames."},
    {"tx_resume", STATISTIC_COUNT, offsetof(struct port, stats.tx_resume),
     "PAUSE frames sent, with time 0."},
    {"tx_frames", STATISTIC_COUNT, offsetof(struct port, stats.tx_frames), "Frames sent."},
    {"tx_bytes", STATISTIC_COUNT, offsetof(struct port, stats.tx_bytes),
     "Bytes of these, without FCS."},
    {"tx_wire_bits", STATISTIC_COUNT, offsetof(struct port, stats.tx_wire_bits),
     "Bits of these with preamble, FCS and gap."},
    {"tx_fifo_max_bytes", STATISTIC_MAXIMUM, offsetof(struct port, stats.tx_fifo_max),
     "The most bytes in the transmit FIFO."},
    COUNTERS(tx),
    {0},
};

const struct part_kind port_kind = {
    .name = "port",
    .help = "An Ethernet port with its FIFOs and checksum hardware.",
    .size = sizeof(struct port),
    .parameters = parameters,
    .statistics = statistics,
    .init = port_init,
    .settle = port_settle,
    .clear = port_clear,
    .utilisation_ppm = port_utilisation,
    .free = port_free,
};
