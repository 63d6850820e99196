/* port_inside.h - what the files of the port share: port.c (the part, transmit), port_receive.c, port_pause.c (flow
 * control). */
#ifndef MODELS_PORT_INSIDE_H
#define MODELS_PORT_INSIDE_H

#include "models/port.h"

/* On the wire, without the gap. */
static inline uint64_t port_frame_bits(uint64_t bytes)
{
    return 8 * (PORT_PREAMBLE_BYTES + bytes + PORT_FCS_BYTES);
}

static inline uint64_t port_bit_now(const struct port *port)
{
    return clock_cycle_at(&port->bits, part_now(&port->part));
}

/* --- port.c: transmit ---------------------------------------------------------------------------------- */

/* A PAUSE frame goes first. */
void port_begin_send(struct port *port);
void port_count_frame(struct port_counters *counters, const uint8_t *data, uint32_t bytes, bool good);

/* --- port_receive.c ------------------------------------------------------------------------------------ */

void port_receive_init(struct port *port);
/* The first frame of the sender goes on the wire when this is free, and nobody asked for a pause. */
void port_begin_receive(struct port *port);

/* --- port_pause.c -------------------------------------------------------------------------------------- */

void port_pause_init(struct port *port);
void port_ask_for_pause(struct port *port);
void port_end_pause(struct port *port);
/* The last bit of a PAUSE frame has left the FIFO. */
void port_pause_sent(struct port *port);
/* The statistics know of pauses up to that bit. */
void port_count_pause(struct port *port, uint64_t bit);
void port_pause_free(struct port *port);

#endif
