/* dma_bed.h - a whole card for tests of its DMA engines. At edge 0 its processors have done what their program
 * does at the start and sleep, the bus is idle and its requests are recorded from then on. Frames and descriptors
 * are handed to the engines by the test, at edges of its choice.
 *
 * Bus and cores have 500 MHz: edge n is 2000 n ps after dma_bed_from_ps. The bus has 16 bytes and bursts of 256;
 * packet memory waits 3 cycles, mailboxes and the host bus interface none. */
#ifndef TESTS_MODELS_DMA_BED_H
#define TESTS_MODELS_DMA_BED_H

#include "models/bus.h"
#include "models/host_dma.h"
#include "models/memory.h"
#include "models/receive_dma.h"
#include "models/transmit_dma.h"
#include "tests/models/bus_log.h"
#include "tests/models/build_part.h"
#include "tests/models/card_bed.h"
#include "tests/suite.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#define EDGE_PS 2000ull
#define PACKET_BASE 0x80000000u /* of processor 0's portion: its first receive buffer */
#define RX_BUFFER_BYTES 2048u   /* by default */
#define TX_BASE (PACKET_BASE + 256 * RX_BUFFER_BYTES) /* processor 0's first transmit buffer, by default */
#define MAILBOX(processor) (0x40000000ull + (processor) * 0x10000ull)

static struct card_bed bed;
static struct bus_log card_log, host_log;
static struct memory *packet_memory, *host_memory;
static struct receive_dma *receive_dma;
static struct transmit_dma *transmit_dma;
static struct host_dma *host_dma;
static uint64_t dma_bed_from_ps;

/* A program that gives the hardware its first so many receive buffers, then sleeps. */
#define GIVE(count)                                                                                \
    "void run(void) { for (uint32_t i = 0; i < (" #count "); i++)"                                \
    " REGISTER(HW_RX_FREE) = REGISTER(HW_PORTION_BASE) + i * REGISTER(HW_RX_BUFFER_BYTES); }\n"

static inline struct part *dma_bed_part(const char *kind, const char *name)
{
    struct part *part = sim_find_part(&bed.sim, kind, name);

    ck_assert_ptr_nonnull(part);
    return part;
}

/* source: of the program of every processor. keys: as card_bed_init() has them. */
static inline void dma_bed_init(const char *source, const char *keys)
{
    const char *image = card_bed_compile(source);

    card_bed_init(&bed, image, keys);
    g_unlink(image);
    packet_memory = (struct memory *)dma_bed_part("memory", "packet");
    host_memory = (struct memory *)dma_bed_part("memory", "hostmem");
    receive_dma = (struct receive_dma *)dma_bed_part("receive_dma", "rxdma");
    transmit_dma = (struct transmit_dma *)dma_bed_part("transmit_dma", "txdma");
    host_dma = (struct host_dma *)dma_bed_part("host_dma", "hostdma");
    dma_bed_from_ps = 100000000;
    sim_run(&bed.sim, dma_bed_from_ps);
    bus_log_begin(&card_log, (struct bus *)dma_bed_part("bus", "card"));
    bus_log_begin(&host_log, (struct bus *)dma_bed_part("bus", "pci"));
}

/* Lets what is under way end, and ends the references of frames that the programs keep in their buffers. */
static inline void dma_bed_free(void)
{
    sim_run(&bed.sim, sim_now(&bed.sim) + 100000000);
    ck_assert(ledger_check(&bed.ledger));
    for (unsigned i = 0; i < bed.processor_count; i++) {
        struct processor *processor = bed.processors[i];

        ck_assert_msg(!processor->stopped, "processor %u stopped: %s", i, processor->stopped);
        for (uint64_t k = 0; k < processor->rx_buffers; k++)
            if (processor->rx[k].frame)
                frame_release(processor->rx[k].frame);
    }
    ck_assert_uint_eq(bed.ledger.in_flight, 0);
    card_bed_free(&bed);
}

/* Up to the edge; what is due there has not happened yet. */
static inline void run_to(uint64_t edge)
{
    sim_run(&bed.sim, dma_bed_from_ps + edge * EDGE_PS);
}

/* What is due at the edge has happened, but for what it made due at once. */
static inline void run_through(uint64_t edge)
{
    sim_run(&bed.sim, dma_bed_from_ps + edge * EDGE_PS + 1);
}

static inline uint64_t edge_of(uint64_t time_ps)
{
    return bus_log_edge(&card_log, time_ps);
}

/* Byte i of what is moved. */
static inline uint8_t pattern(uint32_t i)
{
    return (uint8_t)(i * 7 + (i >> 8) + 1);
}

static inline void check_pattern(const uint8_t *at, uint32_t first, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        ck_assert_msg(at[i] == pattern(first + i), "byte %u is 0x%02x", first + i, at[i]);
}

/* Offered, and handed to the receive DMA now as the dispatch does. The frame lives on in the card. */
static inline struct frame *receive(unsigned processor, uint32_t bytes)
{
    uint8_t *data = g_malloc(bytes);
    struct frame *frame;

    for (uint32_t i = 0; i < bytes; i++)
        data[i] = pattern(i);
    frame = frame_new(&bed.ledger, data, bytes);
    g_free(data);
    frame_stamp(frame, STAGE_ARRIVED, sim_now(&bed.sim));
    receive_dma_frame(receive_dma, frame, processor);
    return frame;
}

/* Descriptor number i in a processor's receive queue, from the oldest. */
static inline const struct hw_rx *received(unsigned processor, unsigned i)
{
    ck_assert_uint_lt(i, bed.processors[processor]->rx_ready.count);
    return queue_at(&bed.processors[processor]->rx_ready, i);
}

#define ck_card(i, op, address, bytes, asked, granted, done)                                       \
    bus_log_check(&card_log, i, op, address, bytes, asked, granted, done)

static inline void ck_drop(unsigned i, const char *place, const char *reason, uint64_t frames)
{
    ck_assert_uint_lt(i, bed.ledger.drop_count);
    ck_assert_str_eq(bed.ledger.drops[i].place, place);
    ck_assert_str_eq(bed.ledger.drops[i].reason, reason);
    ck_assert_uint_eq(bed.ledger.drops[i].frames, frames);
}

#endif
