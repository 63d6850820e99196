#include "models/transmit_dma.h"

#include "models/mailbox.h"
#include "models/port.h"
#include "models/processor.h"
#include "models/receive_dma.h"

#include <glib.h>
#include <string.h>

struct transmit_job {
    struct transmit_job *next;
    struct transmit_dma *dma;
    struct processor *processor;
    struct hw_tx descriptor;
    uint8_t fetched[sizeof(struct hw_tx) + HW_TX_INLINE_BYTES];
    struct burst_transfer fetch, cookie, segments[HW_TX_SEGMENTS];
    uint8_t *data;
    uint32_t bytes;
    unsigned pending; /* segments not yet read */
    bool gathered;    /* finish() has run or may run as soon as it is the first */
};

static void begin_next(struct transmit_dma *dma);

static void free_job(struct transmit_job *job)
{
    job->next = job->dma->spare;
    job->dma->spare = job;
}

static void cookie_done(struct burst_transfer *transfer)
{
    free_job(transfer->owner);
}

/* The frames whose buffers hold the segments; each once, in order. */
static unsigned sources_of(const struct transmit_job *job, struct frame **sources)
{
    unsigned count = 0;

    for (unsigned i = 0; i < job->descriptor.segments; i++) {
        struct frame *frame =
            processor_frame_at(job->processor, job->descriptor.segment[i].address);
        unsigned k = 0;

        while (k < count && sources[k] != frame)
            k++;
        if (frame && k == count)
            sources[count++] = frame;
    }
    return count;
}

static void forward(struct transmit_job *job)
{
    struct transmit_dma *dma = job->dma;
    struct frame *sources[HW_TX_SEGMENTS] = {NULL};
    unsigned count = sources_of(job, sources);
    struct frame *frame = frame_from(sources, count, job->data, job->bytes);

    g_free(job->data);
    frame->rx_flags = HW_RX_FORWARDED;
    if (count)
        frame->ledger->forwarded++;
    dma->stats.forwarded++;
    receive_dma_frame((struct receive_dma *)dma->receive_dma_part, frame,
                      job->descriptor.destination & ~(unsigned)HW_TX_TO_PROCESSOR);
}

static void send(struct transmit_job *job)
{
    struct transmit_dma *dma = job->dma;
    struct tx_frame *frame = g_new0(struct tx_frame, 1);

    frame->data = job->data;
    frame->bytes = job->bytes;
    frame->processor = processor_number(job->processor);
    frame->ip_checksum = job->descriptor.flags & HW_TX_IP_CHECKSUM;
    frame->l4_checksum = job->descriptor.flags & HW_TX_L4_CHECKSUM;
    for (unsigned i = 0; i < job->descriptor.segments; i++) {
        uint64_t requested_ps =
            processor_take_requested(job->processor, job->descriptor.segment[i].address);

        if (requested_ps && (!frame->requested_ps || requested_ps < frame->requested_ps))
            frame->requested_ps = requested_ps;
    }
    port_send((struct port *)dma->port_list.list[job->descriptor.destination], frame);
}

/* Frames leave in the order of their descriptors. */
static void finish_gathered(struct transmit_dma *dma)
{
    while (dma->first && dma->first->gathered && dma->first->pending == 0) {
        struct transmit_job *job = dma->first;

        dma->first = job->next;
        dma->under_way--;
        dma->stats.frames++;
        dma->stats.bytes += job->bytes;
        if (job->descriptor.destination & HW_TX_TO_PROCESSOR)
            forward(job);
        else
            send(job);
        if (job->descriptor.cookie == 0) {
            free_job(job);
            continue;
        }
        job->cookie = (struct burst_transfer){
            .op = BUS_WRITE,
            .address =
                PROCESSOR_MAILBOX(processor_number(job->processor)) + PROCESSOR_MAILBOX_TX_DONE,
            .data = (uint8_t *)&job->descriptor.cookie,
            .bytes = 4,
            .done = cookie_done,
            .owner = job};
        burst_submit(&dma->engine, &job->cookie);
    }
    begin_next(dma);
}

static void segment_done(struct burst_transfer *transfer)
{
    struct transmit_job *job = transfer->owner;

    sim_check(&job->dma->part, transfer->status == BUS_OK); /* checked when it was posted */
    job->pending--;
    finish_gathered(job->dma);
}

/* The descriptor is here: reserve the port's room, then gather. Called again when room comes. */
static void gather(void *owner)
{
    struct transmit_job *job = owner;
    struct transmit_dma *dma = job->dma;
    const struct hw_tx *descriptor = &job->descriptor;
    const uint8_t *inline_bytes = job->fetched + 8 + 8 * descriptor->segments;
    uint32_t at = 0;

    if (!(descriptor->destination & HW_TX_TO_PROCESSOR)) {
        struct port *port = (struct port *)dma->port_list.list[descriptor->destination];

        if (!port_tx_reserve(port, job->bytes, gather, job)) {
            dma->stats.port_full++;
            return;
        }
    }
    job->data = g_malloc(job->bytes);
    job->pending = 0;
    for (unsigned i = 0; i < descriptor->segments; i++)
        job->pending += !processor_is_local(descriptor->segment[i].address);
    job->gathered = true;
    for (unsigned i = 0; i < descriptor->segments; i++) {
        const struct hw_segment *segment = &descriptor->segment[i];

        dma->stats.segments++;
        if (processor_is_local(segment->address)) {
            memcpy(job->data + at, inline_bytes, segment->bytes);
            inline_bytes += segment->bytes;
            dma->stats.inline_bytes += segment->bytes;
        } else {
            job->segments[i] = (struct burst_transfer){.op = BUS_READ,
                                                       .address = segment->address,
                                                       .data = job->data + at,
                                                       .bytes = segment->bytes,
                                                       .done = segment_done,
                                                       .owner = job};
            burst_submit(&dma->engine, &job->segments[i]);
        }
        at += segment->bytes;
    }
    dma->fetching = false;
    finish_gathered(dma);
}

static void fetch_done(struct burst_transfer *transfer)
{
    struct transmit_job *job = transfer->owner;
    struct hw_tx *descriptor = &job->descriptor;

    sim_check(&job->dma->part, transfer->status == BUS_OK);
    memcpy(descriptor, job->fetched, 8);
    memcpy(descriptor->segment, job->fetched + 8, 8 * descriptor->segments);
    job->bytes = 0;
    for (unsigned i = 0; i < descriptor->segments; i++)
        job->bytes += descriptor->segment[i].bytes;
    processor_tx_taken(job->processor);
    gather(job);
}

static void begin_event(void *owner)
{
    struct transmit_dma *dma = owner;
    int number = turn_next(&dma->turn);
    struct processor *processor = (struct processor *)dma->processor_list.list[number];
    struct transmit_job *job = dma->spare;

    if (job)
        dma->spare = job->next;
    else
        job = g_new(struct transmit_job, 1);
    turn_served(&dma->turn, (unsigned)number);
    job->dma = dma;
    job->processor = processor;
    job->next = NULL;
    job->gathered = false;
    job->pending = 0;
    if (dma->first)
        dma->last->next = job;
    else
        dma->first = job;
    dma->last = job;
    dma->under_way++;
    uint32_t bytes = processor_tx_front(processor);
    sim_check(&dma->part, bytes >= 8 && bytes <= sizeof job->fetched);
    job->fetch = (struct burst_transfer){
        .op = BUS_READ,
        .address = PROCESSOR_MAILBOX((unsigned)number) + PROCESSOR_MAILBOX_TX,
        .data = job->fetched,
        .bytes = bytes,
        .done = fetch_done,
        .owner = job};
    burst_submit(&dma->engine, &job->fetch);
    if (processor_tx_count(processor) == 1)
        turn_leave(&dma->turn, (unsigned)number);
}

static void begin_next(struct transmit_dma *dma)
{
    const struct clock *clock = &dma->engine.master.bus->clock;

    if (dma->fetching || dma->under_way >= dma->outstanding || turn_next(&dma->turn) < 0)
        return;
    dma->fetching = true;
    event_at_edge(&dma->begin, clock,
                  clock_cycle_at(clock, part_now(&dma->part)) + dma->setup_cycles);
}

void transmit_dma_ring(struct transmit_dma *dma, struct processor *processor)
{
    unsigned number = processor_number(processor);

    turn_ask(&dma->turn, number);
    begin_next(dma);
}

unsigned transmit_dma_pending(const struct transmit_dma *dma)
{
    return dma->under_way + dma->fetching;
}

/* --- The part ---------------------------------------------------------------------------------------- */

static void transmit_dma_init(struct part *part, struct diagnostics *diagnostics)
{
    struct transmit_dma *dma = (struct transmit_dma *)part;

    (void)diagnostics;
    event_init(&dma->begin, part, dma, "begin", begin_event);
    turn_init(&dma->turn, dma->processor_list.count);
}

static void transmit_dma_wire(struct part *part, struct diagnostics *diagnostics)
{
    struct transmit_dma *dma = (struct transmit_dma *)part;

    if (!processor_list_is_whole(&dma->processor_list, part, diagnostics) ||
        !port_list_is_whole(&dma->port_list, part, diagnostics))
        return;
    burst_init(&dma->engine, (struct bus *)dma->bus_part, part, NULL, (unsigned)dma->outstanding);
}

static void transmit_dma_free(struct part *part)
{
    struct transmit_dma *dma = (struct transmit_dma *)part;

    for (struct transmit_job *job = dma->spare, *next; job; job = next) {
        next = job->next;
        g_free(job);
    }
}

static const char *const bus_kinds[] = {"bus", NULL};
static const char *const processor_kinds[] = {"processor", NULL};
static const char *const port_kinds[] = {"port", NULL};
static const char *const receive_dma_kinds[] = {"receive_dma", NULL};

static const struct parameter parameters[] = {
    {"bus", PARAMETER_PART, offsetof(struct transmit_dma, bus_part), "card", 0, 0, bus_kinds,
     "The on-card bus."},
    {"processors", PARAMETER_PARTS, offsetof(struct transmit_dma, processor_list), "*", 1, 256,
     processor_kinds, "The processors that it serves."},
    {"ports", PARAMETER_PARTS, offsetof(struct transmit_dma, port_list), "*", 1, HW_MAX_PORTS,
     port_kinds, "The ports, in the order of their numbers."},
    {"receive_dma", PARAMETER_PART, offsetof(struct transmit_dma, receive_dma_part), "*", 0, 0,
     receive_dma_kinds, "Where datagrams go that one processor hands to another."},
    {"outstanding", PARAMETER_COUNT, offsetof(struct transmit_dma, outstanding), "4", 1,
     BURST_MAX_OUTSTANDING, NULL, "Bursts, and frames, that may be under way at once."},
    {"setup", PARAMETER_COUNT, offsetof(struct transmit_dma, setup_cycles), "4", 0, 10000, NULL,
     "Bus cycles before the fetch of a descriptor."},
    {"chip", PARAMETER_TEXT, offsetof(struct transmit_dma, chip), "card", 1, 64, NULL,
     "The integrated circuit on which it is."},
    {0},
};

static const struct statistic statistics[] = {
    {"frames", STATISTIC_COUNT, offsetof(struct transmit_dma, stats.frames), "Frames gathered."},
    {"bytes", STATISTIC_COUNT, offsetof(struct transmit_dma, stats.bytes), "Bytes of these."},
    {"segments", STATISTIC_COUNT, offsetof(struct transmit_dma, stats.segments),
     "Segments of their descriptors."},
    {"inline_bytes", STATISTIC_COUNT, offsetof(struct transmit_dma, stats.inline_bytes),
     "Bytes that came with the descriptors."},
    {"forwarded", STATISTIC_COUNT, offsetof(struct transmit_dma, stats.forwarded),
     "Frames handed to another processor."},
    {"port_full", STATISTIC_COUNT, offsetof(struct transmit_dma, stats.port_full),
     "Times that a frame waited for room in a port."},
    {0},
};

const struct part_kind transmit_dma_kind = {
    .name = "transmit_dma",
    .help = "The DMA engine that gathers frames from the processors' descriptors into the ports.",
    .size = sizeof(struct transmit_dma),
    .parameters = parameters,
    .statistics = statistics,
    .init = transmit_dma_init,
    .wire = transmit_dma_wire,
    .free = transmit_dma_free,
};
