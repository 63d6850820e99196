/* port_ends.c - frames back to back through the port model, in both directions: when has the last bit of the last
 * one come, and when has it gone? Prints both in ps. Arguments: bits a second, bytes of each frame with FCS, frames. */
#include "models/dispatch.h"
#include "models/port.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { FCS_BYTES = 4 };

static struct sim sim;
static struct ledger ledger;
static uint64_t last_sent_ps;
static unsigned sent_count;

/* A port before a dispatch that holds every frame for longer than this lasts. */
static struct port *port_at(uint64_t bits_per_s)
{
    sim_init(&sim);
    ledger_init(&ledger);
    struct dispatch *dispatch = (struct dispatch *)sim_add_part(&sim, &dispatch_kind, "rx");
    struct port *port = (struct port *)sim_add_part(&sim, &port_kind, "eth0");

    clock_init(&dispatch->clock, 1000000, 0);
    dispatch->latency_cycles = 100000000;
    dispatch->interval_cycles = 1;
    event_init(&dispatch->out, &dispatch->part, dispatch, "out", NULL);
    port->speed_bits_per_s = bits_per_s;
    port->rx_fifo_bytes = port->tx_fifo_bytes = 1 << 30;
    port->max_frame_bytes = 9018;
    port->forwarding = PORT_STORE;
    port->cut_through_bytes = 64;
    port->dispatch_part = &dispatch->part;
    port_kind.init(&port->part, NULL);
    return port;
}

static void sent(void *owner, struct port *port, const struct tx_frame *frame, uint64_t first_bit_ps,
                 uint64_t last_bit_ps)
{
    (void)owner, (void)port, (void)frame, (void)first_bit_ps;
    last_sent_ps = last_bit_ps;
    sent_count++;
}

static void send(struct port *port, uint32_t bytes)
{
    struct tx_frame *frame = g_new0(struct tx_frame, 1);

    frame->data = g_malloc0(bytes);
    frame->bytes = bytes;
    if (!port_tx_reserve(port, bytes, NULL, NULL))
        exit(1);
    port_send(port, frame);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: port_ends BITS_PER_S FRAME_BYTES FRAMES\n");
        return 2;
    }
    struct port *port = port_at(strtoull(argv[1], NULL, 10));
    uint32_t bytes = (uint32_t)strtoul(argv[2], NULL, 10) - FCS_BYTES;
    unsigned frames = (unsigned)strtoul(argv[3], NULL, 10);
    uint8_t data[9018] = {2};
    struct frame *last = NULL;

    port_listen(port, sent, NULL);
    for (unsigned i = 0; i < frames; i++) {
        last = frame_new_unpadded(&ledger, data, bytes);
        port_offer(port, last);
        send(port, bytes);
    }
    sim_run(&sim, 1000000000000); /* a second: long enough for them all */
    if (!last || port->stats.rx_frames != frames || sent_count != frames)
        return 1;
    printf("%" PRIu64 " %" PRIu64 "\n", last->stamps_ps[STAGE_ARRIVED], last_sent_ps);
    return 0;
}
