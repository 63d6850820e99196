/* port_pause.c - flow control: when the card asks its sender to pause, and when the sender obeys. */
#include "models/port_inside.h"

#include <glib.h>

static void send_pause(struct port *port)
{
    port->pause_wanted = true;
    if (!event_pending(&port->sent_event))
        port_begin_send(port);
}

void port_ask_for_pause(struct port *port)
{
    if (port->pausing)
        return;
    port->pausing = true;
    send_pause(port);
}

void port_end_pause(struct port *port)
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

/* Its last bit will be at the sender when it has gone through MAC and PHY. */
void port_pause_sent(struct port *port)
{
    struct port_heard *heard = g_new(struct port_heard, 1);

    *heard = (struct port_heard){port_bit_now(port) + port->latency_bits, port->pause_told_quanta};
    port->pause_on_wire = false;
    port->stats.tx_pause += heard->quanta > 0;
    port->stats.tx_resume += heard->quanta == 0;
    port->stats.tx_wire_bits += port_frame_bits(PORT_MIN_BYTES) + 8 * PORT_GAP_BYTES;
    if (heard->quanta && port->pausing)
        event_at_edge(&port->pause_again, &port->bits,
                      heard->bit + MAX(heard->quanta * PORT_QUANTUM_BITS / 2, 1));
    g_queue_push_tail(&port->heard, heard);
    if (!event_pending(&port->pause_obeyed))
        obey_next(port);
}

void port_count_pause(struct port *port, uint64_t bit)
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
    uint64_t bit = port_bit_now(port);

    port_count_pause(port, bit);
    port->paused_until_bit = MAX(heard->bit + heard->quanta * PORT_QUANTUM_BITS, bit);
    g_free(heard);
    obey_next(port);
    if (port->wire.first && port->rx_begun_bit > bit)
        port_begin_receive(port);
}

bool port_is_paused(const struct port *port)
{
    return port->paused_until_bit > port_bit_now(port);
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
    uint64_t bits = 8 * longest_bytes + port_frame_bits(PORT_MIN_BYTES) + port->latency_bits;
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
    /* The frame that passes the mark, and what comes after; on the wire, so a little more than in the FIFO. What passes
     * the mark has come through MAC and PHY, and the PAUSE frame goes through them. */
    uint64_t after_bytes = port->max_frame_bytes + 2 * longest + PORT_PREAMBLE_BYTES + PORT_MIN_BYTES + PORT_FCS_BYTES +
                           PORT_GAP_BYTES + port->response_quanta * (PORT_QUANTUM_BITS / 8) +
                           (2 * port->latency_bits + 7) / 8;

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

void port_pause_init(struct port *port)
{
    event_init(&port->pause_again, &port->part, port, "pause_again", pause_again_event);
    event_init(&port->pause_obeyed, &port->part, port, "pause_obeyed", pause_obeyed_event);
}

void port_pause_free(struct port *port)
{
    g_queue_clear_full(&port->heard, g_free);
}
