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

/* --- Receive ---------------------------------------------------------------------------------------- */

/* The first frame of the sender goes on the wire when this is free, and nobody asked for a pause. */
static void begin_receive(struct port *port)
{
    struct frame *frame = port->wire.first;
    uint64_t begin = clock_cycle_at(&port->bits, part_now(&port->part));

    begin = MAX(MAX(begin, port->rx_free_bit), port->paused_until_bit);
    port->rx_begun_bit = begin;
    event_at_edge(&port->received, &port->bits, begin + frame_bits(frame->bytes));
}

void port_offer(struct port *port, struct frame *frame)
{
    frame->port = port->number;
    frame_queue_push(&port->wire, frame);
    if (port->wire.count == 1)
        begin_receive(port);
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
    return port->wire.count;
}

bool port_is_receiving(const struct port *port)
{
    bool has_begun = port->rx_begun_bit <= clock_cycle_at(&port->bits, part_now(&port->part));

    return port->wire.first && (has_begun || !port_is_paused(port));
}

/* --- Flow control ------------------------------------------------------------------------------------- */

static void begin_send(struct port *port);

static void send_pause(struct port *port)
{
    port->pause_wanted = true;
    if (!event_pending(&port->sent_event))
        begin_send(port);
}

static void ask_for_pause(struct port *port)
{
    if (port->pausing)
        return;
    port->pausing = true;
    send_pause(port);
}

static void end_pause(struct port *port)
{
    port->pausing = false;
    event_cancel(&port->pause_again);
    if (port->pause_wanted && port->pause_told_quanta == 0)
        port->pause_wanted = false; /* nobody heard of it */
    else
        send_pause(port);
}

static void pause_again_event(void *owner)
{
    send_pause(owner);
}

static void obey_next(struct port *port)
{
    const struct port_heard *heard = g_queue_peek_head(&port->heard);

    if (heard)
        event_at_edge(&port->pause_obeyed, &port->bits,
                      heard->bit + port->response_quanta * PORT_QUANTUM_BITS);
}

/* Its last bit is at the sender. */
static void pause_sent(struct port *port)
{
    struct port_heard *heard = g_new(struct port_heard, 1);

    *heard = (struct port_heard){clock_cycle_at(&port->bits, part_now(&port->part)),
                                 port->pause_told_quanta};
    port->pause_on_wire = false;
    port->stats.tx_pause += heard->quanta > 0;
    port->stats.tx_resume += heard->quanta == 0;
    port->stats.tx_wire_bits += frame_bits(PORT_MIN_BYTES) + 8 * PORT_GAP_BYTES;
    if (heard->quanta && port->pausing)
        event_at_edge(&port->pause_again, &port->bits,
                      heard->bit + MAX(heard->quanta * PORT_QUANTUM_BITS / 2, 1));
    g_queue_push_tail(&port->heard, heard);
    if (!event_pending(&port->pause_obeyed))
        obey_next(port);
}

static void count_pause(struct port *port, uint64_t bit)
{
    uint64_t end = MIN(bit, port->paused_until_bit);

    if (end > port->pause_counted_bit)
        port->stats.rx_paused_ps += clock_edge_ps(&port->bits, end) -
                                    clock_edge_ps(&port->bits, port->pause_counted_bit);
    port->pause_counted_bit = bit;
}

/* The sender obeys. A frame that has begun is not stopped. */
static void pause_obeyed_event(void *owner)
{
    struct port *port = owner;
    struct port_heard *heard = g_queue_pop_head(&port->heard);
    uint64_t bit = clock_cycle_at(&port->bits, part_now(&port->part));

    count_pause(port, bit);
    port->paused_until_bit = MAX(heard->bit + heard->quanta * PORT_QUANTUM_BITS, bit);
    g_free(heard);
    obey_next(port);
    if (port->wire.first && port->rx_begun_bit > bit)
        begin_receive(port);
}

bool port_is_paused(const struct port *port)
{
    return port->paused_until_bit > clock_cycle_at(&port->bits, part_now(&port->part));
}

/* The longest response that annex 31B.3.7 allows, in quanta. */
static uint64_t response_quanta(uint64_t bits_per_s)
{
    static const struct {
        uint64_t bits_per_s, quanta;
    } table[] = {{100000000, 1},      {1000000000, 2},    {10000000000, 60},
                 {25000000000, 80},   {40000000000, 118}, {100000000000, 394},
                 {200000000000, 720}, {400000000000, 905}};
    unsigned i = 0;

    while (i < G_N_ELEMENTS(table) - 1 && bits_per_s > table[i].bits_per_s)
        i++;
    return table[i].quanta;
}

/* PAUSE is repeated after half of its time, and the sender must obey the next before the first is over: the port may
 * have to end a frame before, the PAUSE frame takes its time, and the sender its response. */
static void check_pause_time(const struct port *port, uint64_t longest_bytes, struct diagnostics *diagnostics)
{
    uint64_t bits = 8 * longest_bytes + frame_bits(PORT_MIN_BYTES);
    uint64_t quanta = 2 * (port->response_quanta + (bits + PORT_QUANTUM_BITS - 1) / PORT_QUANTUM_BITS);

    if (port->pause_quanta >= quanta)
        return;
    if (quanta > UINT16_MAX)
        part_error(&port->part, diagnostics, "pause_response",
                   "too long: with %llu quanta a PAUSE would be over before the sender obeys the next",
                   (unsigned long long)port->response_quanta);
    else
        part_error(&port->part, diagnostics, "pause_time",
                   "too short: a PAUSE would be over before the sender obeys the next; give %llu or more",
                   (unsigned long long)quanta);
}

void port_set_flow_control(struct port *port, struct diagnostics *diagnostics)
{
    uint64_t longest = PORT_PREAMBLE_BYTES + port->max_frame_bytes + PORT_FCS_BYTES + PORT_GAP_BYTES;

    if (port->response_quanta == 0)
        port->response_quanta = response_quanta(port->speed_bits_per_s);
    /* The frame that passes the mark, and what comes after; on the wire, so a little more than in the FIFO. */
    uint64_t after_bytes = port->max_frame_bytes + 2 * longest + PORT_PREAMBLE_BYTES + PORT_MIN_BYTES + PORT_FCS_BYTES +
                           PORT_GAP_BYTES + port->response_quanta * (PORT_QUANTUM_BITS / 8);

    if (port->rx_fifo_bytes < after_bytes + port->max_frame_bytes) {
        part_error(&port->part, diagnostics, "rx_fifo",
                   "too small for flow control: %llu bytes may come above pause_high, so give "
                   "%llu bytes or more, a smaller max_frame, or flow_control=off for its traffic",
                   (unsigned long long)after_bytes,
                   (unsigned long long)(after_bytes + port->max_frame_bytes));
        return;
    }
    if (port->pause_high_bytes == 0)
        port->pause_high_bytes = port->rx_fifo_bytes - after_bytes;
    else if (port->pause_high_bytes > port->rx_fifo_bytes - after_bytes)
        part_error(&port->part, diagnostics, "pause_high",
                   "too high: %llu bytes may come above it, so %llu bytes at most",
                   (unsigned long long)after_bytes,
                   (unsigned long long)(port->rx_fifo_bytes - after_bytes));
    if (port->pause_low_bytes == 0)
        port->pause_low_bytes = port->pause_high_bytes / 2;
    else if (port->pause_low_bytes > port->pause_high_bytes)
        part_error(&port->part, diagnostics, "pause_low", "above pause_high, %llu bytes",
                   (unsigned long long)port->pause_high_bytes);
    check_pause_time(port, longest, diagnostics);
    port->flow_control = true;
}

/* --- Frames that arrive ------------------------------------------------------------------------------- */

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
    struct ledger *ledger = frame->ledger;
    uint64_t now_ps = part_now(&port->part);
    uint64_t first_bit_ps = clock_edge_ps(&port->bits, port->rx_begun_bit);

    port->rx_free_bit = port->rx_begun_bit + frame_bits(frame->bytes) + 8 * PORT_GAP_BYTES;
    if (!ledger->any_offered) {
        ledger->any_offered = true;
        ledger->first_offered_ps = first_bit_ps;
    }
    if (port->wire.first)
        begin_receive(port);
    if (port->sender.arrived)
        port->sender.arrived(port->sender.owner, frame, first_bit_ps);
    frame_stamp(frame, STAGE_ARRIVED, now_ps);
    ledger->last_offered_ps = now_ps;
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
    if (port->flow_control && port->stats.rx_fifo_used > port->pause_high_bytes)
        ask_for_pause(port);
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
    if (port->pausing && port->stats.rx_fifo_used <= port->pause_low_bytes)
        end_pause(port);
}

/* --- Transmit --------------------------------------------------------------------------------------- */

/* A PAUSE frame goes first. */
static void begin_send(struct port *port)
{
    uint64_t begin = clock_cycle_at(&port->bits, part_now(&port->part));
    uint32_t bytes = port->pause_wanted ? PORT_MIN_BYTES : port->tx_first->bytes;

    if (begin < port->tx_free_bit)
        begin = port->tx_free_bit;
    if (port->pause_wanted) {
        port->pause_wanted = false;
        port->pause_on_wire = true;
        port->pause_told_quanta = port->pausing ? port->pause_quanta : 0;
    }
    uint64_t last = begin + frame_bits(bytes);

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
        begin_send(port);
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

static void frame_sent(struct port *port, uint64_t first_bit_ps)
{
    struct tx_frame *frame = port->tx_first;
    uint64_t now_ps = part_now(&port->part);

    port->tx_first = frame->next;
    if (port->tx_first || port->pause_wanted)
        begin_send(port);
    port->stats.tx_frames++;
    port->stats.tx_bytes += frame->bytes;
    port->stats.tx_wire_bits += frame_bits(frame->bytes) + 8 * PORT_GAP_BYTES;
    port->tx_reserved_bytes -= frame->bytes;
    for (unsigned i = 0; i < port->listener_count; i++)
        port->listeners[i].sent(port->listeners[i].owner, port, frame, first_bit_ps, now_ps);
    g_free(frame->data);
    g_free(frame);
    serve_waiters(port);
}

static void sent_event(void *owner)
{
    struct port *port = owner;

    if (!port->pause_on_wire) {
        frame_sent(port, clock_edge_ps(&port->bits, port->tx_begun_bit));
        return;
    }
    pause_sent(port);
    if (port->tx_first || port->pause_wanted)
        begin_send(port);
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
    event_init(&port->pause_again, part, port, "pause_again", pause_again_event);
    event_init(&port->pause_obeyed, part, port, "pause_obeyed", pause_obeyed_event);
}

static void port_settle(struct part *part)
{
    struct port *port = (struct port *)part;

    count_pause(port, clock_cycle_at(&port->bits, part_now(part)));
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

    g_queue_clear_full(&port->heard, g_free);
    g_queue_clear_full(&port->tx_waiters, g_free);
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
