#include "models/receive_dma.h"

#include "models/mailbox.h"
#include "models/port.h"
#include "models/processor.h"

#include <glib.h>
#include <string.h>

/* --- Free buffers ------------------------------------------------------------------------------------ */

static enum bus_status free_written(void *owner, struct bus_request *request)
{
    struct receive_dma *dma = owner;
    uint64_t offset = request->address - dma->window;
    uint32_t address;

    if (request->op != BUS_WRITE || request->bytes != 4 || offset % 4)
        return BUS_ERROR;
    struct free_list *list = &dma->lists[offset / RECEIVE_DMA_WINDOW_STRIDE];
    memcpy(&address, request->data, 4);
    /* The processor checked that it is one of its buffers and gave it up: there is room for each of them. */
    sim_check(&dma->part, list->count < list->capacity);
    list->addresses[(list->first + list->count++) % list->capacity] = address;
    receive_dma_room(dma, list->processor);
    return BUS_OK;
}

static uint32_t take_free(struct free_list *list)
{
    uint32_t address = list->addresses[list->first];

    list->first = (list->first + 1) % list->capacity;
    list->count--;
    processor_rx_lowest(list->processor, list->count);
    return address;
}

uint64_t receive_dma_free_address(const struct receive_dma *dma, unsigned processor)
{
    return dma->window + processor * RECEIVE_DMA_WINDOW_STRIDE;
}

/* --- Jobs -------------------------------------------------------------------------------------------- */

static void data_done(struct burst_transfer *transfer);
static void descriptor_done(struct burst_transfer *transfer);

static const struct frame *original_of(const struct frame *frame)
{
    return frame->is_copy ? frame->sources[0] : frame;
}

static uint64_t later_by(uint64_t cycle, uint64_t cycles)
{
    return cycle > cycles ? cycle - cycles : 0;
}

/* Cut-through: the cycle at which the engine sees all of the frame but so many of its last bytes, FCS included. */
static uint64_t cycle_before_end(const struct receive_dma *dma, const struct frame *frame, uint64_t bytes)
{
    const struct clock *bits = &frame->from_port->bits;
    uint64_t bit = clock_cycle_at(bits, frame->whole_ps) - 8 * bytes;

    return clock_cycle_crossing(&dma->engine.master.bus->clock, bits, clock_edge_ps(bits, bit));
}

static bool end_is_seen(const struct receive_dma *dma, const struct frame *frame)
{
    const struct frame *original = original_of(frame);

    return !original->whole_ps || clock_cycle_at(&dma->engine.master.bus->clock, part_now(&dma->part)) >=
                                      cycle_before_end(dma, original, 0);
}

/* The first cycle at which a frame may begin, as the header draws it. The three terms: its first burst has come; no
 * later burst is overtaken, at a beat a cycle (the grant and two address cycles make good for rounding); nor its FCS,
 * which must be seen before the descriptor is written. */
static uint64_t ready_cycle(const struct receive_dma *dma, const struct frame *frame)
{
    const struct frame *original = original_of(frame);
    const struct bus *bus = dma->engine.master.bus;

    if (!original->whole_ps)
        return 0;
    uint64_t first_bytes = MIN(bus->burst_bytes, frame->bytes), rest_bytes = frame->bytes - first_bytes;
    uint64_t first = cycle_before_end(dma, original, rest_bytes + PORT_FCS_BYTES);
    uint64_t last = later_by(cycle_before_end(dma, original, PORT_FCS_BYTES), rest_bytes / bus->width_bytes);
    uint64_t fcs = later_by(cycle_before_end(dma, original, 0), frame->bytes / bus->width_bytes);

    return MAX(MAX(first, last), fcs);
}

/* The earliest cycle at which one of those that wait is ready. */
static uint64_t earliest_ready(const struct receive_dma *dma)
{
    uint64_t earliest = UINT64_MAX;

    for (const struct frame *frame = dma->waiting.first; frame && earliest; frame = frame->next)
        earliest = MIN(earliest, ready_cycle(dma, frame));
    return earliest;
}

/* The first that is ready: what still comes over a slow wire does not hold up what came over another. */
static struct frame *take_ready(struct receive_dma *dma, uint64_t cycle)
{
    struct frame *before = NULL, *frame = dma->waiting.first;

    while (ready_cycle(dma, frame) > cycle) {
        before = frame;
        frame = frame->next;
        sim_check(&dma->part, frame != NULL);
    }
    if (!before)
        return frame_queue_pop(&dma->waiting);
    before->next = frame->next;
    if (!frame->next)
        dma->waiting.last = before;
    dma->waiting.count--;
    return frame;
}

/* The first frame that is ready begins setup cycles from now, if there is a place. */
static void begin_later(struct receive_dma *dma)
{
    const struct clock *clock = &dma->engine.master.bus->clock;
    uint64_t cycle = clock_cycle_at(clock, part_now(&dma->part)) + dma->setup_cycles;

    if (!dma->waiting.first || dma->beginning || dma->waits_for ||
        dma->under_way >= dma->outstanding)
        return;
    dma->beginning = true;
    dma->begin_cycle = MAX(MAX(cycle, dma->next_cycle), earliest_ready(dma));
    event_at_edge(&dma->begin, clock, dma->begin_cycle);
}

/* One more waits, while the next begin is due: it may be ready before that. */
static void begin_sooner(struct receive_dma *dma, const struct frame *frame)
{
    const struct clock *clock = &dma->engine.master.bus->clock;
    uint64_t cycle = clock_cycle_at(clock, part_now(&dma->part)) + dma->setup_cycles;

    cycle = MAX(MAX(cycle, dma->next_cycle), ready_cycle(dma, frame));
    if (cycle >= dma->begin_cycle)
        return;
    dma->begin_cycle = cycle;
    event_at_edge(&dma->begin, clock, cycle);
}

/* The last DMA that reads a frame out of the port frees its place in the FIFO. */
static void read_out(struct frame *frame)
{
    struct frame *original = frame->is_copy ? frame->sources[0] : frame;

    if (original->from_port && --original->readers == 0) {
        port_rx_read(original->from_port, original);
        original->from_port = NULL;
    }
}

/* Cut-through: its end has shown that it is no good. It has counted at its port. */
static void drop_bad(struct frame *frame)
{
    const struct frame *original = original_of(frame);
    const char *place = original->from_port->part.name, *reason = original->bad;

    read_out(frame);
    frame_dropped(frame, place, reason);
    frame_release(frame);
}

static void drop(struct receive_dma *dma, struct frame *frame, const struct processor *processor,
                 const char *reason)
{
    if (original_of(frame)->bad) {
        drop_bad(frame);
        return;
    }
    dma->stats.dropped++;
    read_out(frame);
    frame_dropped(frame, processor_name(processor), reason);
    frame_release(frame);
}

/* The first that waits, with the list or the queue of its processor exhausted. */
static void drop_or_wait(struct receive_dma *dma, struct frame *frame,
                         const struct processor *processor, const char *reason)
{
    if (dma->drops || processor_is_stopped(processor)) {
        drop(dma, frame, processor, reason);
        return;
    }
    frame_queue_push_front(&dma->waiting, frame);
    dma->waits_for = processor;
    dma->waits_from_ps = part_now(&dma->part);
    dma->stats.stalls++;
}

static void submit(struct receive_job *job, struct burst_transfer *transfer, uint64_t address,
                   void *data, uint32_t bytes, void (*done)(struct burst_transfer *))
{
    *transfer = (struct burst_transfer){.op = BUS_WRITE,
                                        .address = address,
                                        .data = data,
                                        .bytes = bytes,
                                        .done = done,
                                        .owner = job};
    burst_submit(&job->dma->engine, transfer);
}

static void begin_job(struct receive_dma *dma, struct frame *frame, struct free_list *list,
                      unsigned buffers)
{
    struct receive_job *job = dma->spare;
    struct processor *processor = list->processor;
    uint64_t now_ps = part_now(&dma->part);
    uint32_t buffer_bytes = processor_rx_buffer_bytes(processor), at = 0;

    if (job)
        dma->spare = job->next;
    else
        job = g_new(struct receive_job, 1);
    job->dma = dma;
    job->frame = frame;
    job->processor = processor;
    job->buffers = buffers;
    job->done = 0;
    dma->under_way++;
    if (!original_of(frame)->bad) {
        dma->stats.frames++;
        dma->stats.bytes += frame->bytes;
        dma->stats.buffers += buffers;
    }
    frame_stamp(frame, STAGE_DMA_BEGAN, MAX(now_ps, frame->stamps_ps[STAGE_ARRIVED]));
    for (unsigned i = 0; i < buffers; i++) {
        uint32_t offset = i == 0 ? HW_RX_OFFSET : 0;
        uint32_t bytes = MIN(frame->bytes - at, buffer_bytes - offset);
        uint32_t address = take_free(list);

        processor_rx_fill(processor, address, frame, at);
        job->descriptors[i] = (struct hw_rx){
            .buffer = address,
            .bytes = (uint16_t)bytes,
            .port = (uint8_t)frame->port,
            .flags = (uint8_t)(frame->rx_flags | (i == 0 ? HW_RX_FIRST : 0) |
                               (i == buffers - 1 ? HW_RX_LAST : 0)),
            .hash = frame->hash,
            .time_us = (uint32_t)(frame->stamps_ps[STAGE_ARRIVED] / 1000000)};
        submit(job, &job->data[i], address + offset, frame->data + at, bytes, data_done);
        at += bytes;
    }
    if (original_of(frame)->bad)
        return; /* its end is seen before a descriptor could be written: data_done() takes all back */
    for (unsigned i = 0; i < buffers; i++)
        submit(job, &job->descriptor[i],
               PROCESSOR_MAILBOX(processor_number(processor)) + PROCESSOR_MAILBOX_RX,
               (uint8_t *)&job->descriptors[i], sizeof(struct hw_rx), descriptor_done);
}

static void end_job(struct receive_job *job)
{
    struct receive_dma *dma = job->dma;

    job->next = dma->spare;
    dma->spare = job;
    dma->under_way--;
    begin_later(dma);
}

/* Cut-through: a bad frame is in its buffers, and nobody will hear of it. They go back in the order they were taken. */
static void abort_job(struct receive_job *job)
{
    struct receive_dma *dma = job->dma;
    struct free_list *list = &dma->lists[job->frame->to_processor];

    dma->stats.aborted++;
    for (unsigned i = 0; i < job->buffers; i++) {
        processor_rx_empty(job->processor, job->descriptors[i].buffer);
        list->addresses[(list->first + list->count++) % list->capacity] = job->descriptors[i].buffer;
    }
    processor_rx_unreserve(job->processor, job->buffers);
    drop_bad(job->frame);
    receive_dma_room(dma, job->processor);
    end_job(job);
}

static void data_done(struct burst_transfer *transfer)
{
    struct receive_job *job = transfer->owner;

    sim_check(&job->dma->part, transfer->status == BUS_OK); /* buffers are checked when they are given */
    if (transfer != &job->data[job->buffers - 1])
        return;
    if (original_of(job->frame)->bad) {
        abort_job(job);
        return;
    }
    read_out(job->frame);
    g_clear_pointer(&job->frame->data, g_free);
}

static void descriptor_done(struct burst_transfer *transfer)
{
    struct receive_job *job = transfer->owner;
    struct receive_dma *dma = job->dma;

    sim_check(&dma->part, transfer->status == BUS_OK); /* places were reserved */
    if (transfer != &job->descriptor[job->buffers - 1])
        return;
    frame_release(job->frame); /* its buffers hold it now */
    end_job(job);
}

static void begin_event(void *owner)
{
    struct receive_dma *dma = owner;
    const struct clock *clock = &dma->engine.master.bus->clock;

    dma->beginning = false;
    dma->next_cycle = clock_cycle_at(clock, part_now(&dma->part)) + 1;
    struct frame *frame = take_ready(dma, dma->begin_cycle);
    struct free_list *list = &dma->lists[frame->to_processor];
    uint32_t buffer_bytes = processor_rx_buffer_bytes(list->processor);
    unsigned buffers = (frame->bytes + HW_RX_OFFSET + buffer_bytes - 1) / buffer_bytes;

    if (original_of(frame)->bad && end_is_seen(dma, frame))
        drop_bad(frame);
    else if (buffers > list->capacity || buffers > RECEIVE_DMA_MAX_BUFFERS ||
        buffers > processor_rx_places(list->processor))
        drop(dma, frame, list->processor, "no_buffer");
    else if (buffers > list->count)
        drop_or_wait(dma, frame, list->processor, "no_buffer");
    else if (!processor_rx_reserve(list->processor, buffers))
        drop_or_wait(dma, frame, list->processor, "queue_full");
    else
        begin_job(dma, frame, list, buffers);
    begin_later(dma);
}

void receive_dma_room(struct receive_dma *dma, const struct processor *processor)
{
    if (dma->waits_for != processor)
        return;
    dma->waits_for = NULL;
    dma->stats.stalled_ps += part_now(&dma->part) - dma->waits_from_ps;
    begin_later(dma);
}

void receive_dma_frame(struct receive_dma *dma, struct frame *frame, unsigned processor)
{
    frame->to_processor = processor;
    frame_queue_push(&dma->waiting, frame);
    dma->stats.waiting_max = MAX(dma->stats.waiting_max, dma->waiting.count);
    if (dma->beginning)
        begin_sooner(dma, frame);
    else
        begin_later(dma);
}

unsigned receive_dma_pending(const struct receive_dma *dma)
{
    return dma->waiting.count + dma->under_way;
}

/* --- The part ---------------------------------------------------------------------------------------- */

static void receive_dma_init(struct part *part, struct diagnostics *diagnostics)
{
    struct receive_dma *dma = (struct receive_dma *)part;

    (void)diagnostics;
    event_init(&dma->begin, part, dma, "begin", begin_event);
}

static void receive_dma_wire(struct part *part, struct diagnostics *diagnostics)
{
    struct receive_dma *dma = (struct receive_dma *)part;
    struct bus *bus = (struct bus *)dma->bus_part;
    unsigned processors = dma->processor_list.count;

    if (!processor_list_is_whole(&dma->processor_list, part, diagnostics))
        return;
    burst_init(&dma->engine, bus, part, NULL, (unsigned)dma->outstanding);
    dma->lists = g_new0(struct free_list, processors);
    for (unsigned i = 0; i < processors; i++) {
        struct processor *processor = (struct processor *)dma->processor_list.list[i];
        unsigned capacity = processor_rx_buffers(processor);

        dma->lists[i] = (struct free_list){
            processor, g_new0(uint32_t, capacity), capacity, 0, 0};
    }
    dma->target = (struct bus_target){.base = dma->window,
                                      .bytes = MAX(processors, 1) * RECEIVE_DMA_WINDOW_STRIDE,
                                      .is_registers = true,
                                      .part = part,
                                      .owner = dma,
                                      .waits = bus_no_waits,
                                      .access = free_written};
    bus_map(bus, &dma->target, diagnostics);
}

/* Where senders can be paused, waiting loses nothing. All are wired now. */
static void receive_dma_start(struct part *part)
{
    struct receive_dma *dma = (struct receive_dma *)part;

    dma->drops = dma->drop != RECEIVE_DMA_DROP_NO;
    for (unsigned i = 0; i < part->sim->part_count && dma->drop == RECEIVE_DMA_DROP_AUTO; i++)
        if (part->sim->parts[i]->kind == &port_kind)
            dma->drops &= !((struct port *)part->sim->parts[i])->flow_control;
}

static void receive_dma_free(struct part *part)
{
    struct receive_dma *dma = (struct receive_dma *)part;

    for (unsigned i = 0; dma->lists && i < dma->processor_list.count; i++)
        g_free(dma->lists[i].addresses);
    g_free(dma->lists);
    for (struct receive_job *job = dma->spare, *next; job; job = next) {
        next = job->next;
        g_free(job);
    }
}

static const char *const bus_kinds[] = {"bus", NULL};
static const char *const drop_rules[] = {"auto", "yes", "no", NULL};
static const char *const processor_kinds[] = {"processor", NULL};

static const struct parameter parameters[] = {
    {"bus", PARAMETER_PART, offsetof(struct receive_dma, bus_part), "card", 0, 0, bus_kinds,
     "The on-card bus."},
    {"processors", PARAMETER_PARTS, offsetof(struct receive_dma, processor_list), "*", 1, 256,
     processor_kinds, "The processors that it serves."},
    {"outstanding", PARAMETER_COUNT, offsetof(struct receive_dma, outstanding), "4", 1,
     BURST_MAX_OUTSTANDING, NULL, "Bursts, and frames, that may be under way at once."},
    {"setup", PARAMETER_COUNT, offsetof(struct receive_dma, setup_cycles), "4", 0, 10000, NULL,
     "Bus cycles before the first burst of a frame."},
    {"drop", PARAMETER_CHOICE, offsetof(struct receive_dma, drop), "auto", 0, 0, drop_rules,
     "Whether a frame that finds no buffer of its processor is dropped, or waits with all behind it; auto: "
     "waits if a port has flow control."},
    {"window", PARAMETER_ADDRESS, offsetof(struct receive_dma, window), "0x50000000", 0, 1ull << 46,
     NULL, "Address on the bus at which it takes free buffers."},
    {"chip", PARAMETER_TEXT, offsetof(struct receive_dma, chip), "card", 1, 64, NULL,
     "The integrated circuit on which it is."},
    {0},
};

static const struct statistic statistics[] = {
    {"frames", STATISTIC_COUNT, offsetof(struct receive_dma, stats.frames),
     "Frames moved into packet memory."},
    {"bytes", STATISTIC_COUNT, offsetof(struct receive_dma, stats.bytes), "Bytes of these."},
    {"buffers", STATISTIC_COUNT, offsetof(struct receive_dma, stats.buffers), "Buffers filled."},
    {"dropped", STATISTIC_COUNT, offsetof(struct receive_dma, stats.dropped),
     "Frames dropped for want of a buffer or of a place in the queue."},
    {"aborted", STATISTIC_COUNT, offsetof(struct receive_dma, stats.aborted),
     "Frames of ports that cut through which were bad at their end: their buffers were taken back."},
    {"stalls", STATISTIC_COUNT, offsetof(struct receive_dma, stats.stalls),
     "How often a frame waited for a buffer of its processor, with all behind it."},
    {"stalled_ps", STATISTIC_COUNT, offsetof(struct receive_dma, stats.stalled_ps),
     "Time of that waiting."},
    {"waiting_max", STATISTIC_MAXIMUM, offsetof(struct receive_dma, stats.waiting_max),
     "The most frames that waited for the engine."},
    {0},
};

static void receive_dma_settle(struct part *part)
{
    struct receive_dma *dma = (struct receive_dma *)part;

    if (!dma->waits_for)
        return;
    dma->stats.stalled_ps += part_now(part) - dma->waits_from_ps;
    dma->waits_from_ps = part_now(part);
}

static void receive_dma_clear(struct part *part)
{
    struct receive_dma *dma = (struct receive_dma *)part;

    dma->stats.waiting_max = dma->waiting.count;
    for (unsigned i = 0; i < dma->processor_list.count; i++)
        processor_rx_restart(dma->lists[i].processor, dma->lists[i].count);
}

const struct part_kind receive_dma_kind = {
    .name = "receive_dma",
    .help = "The DMA engine that moves frames from the ports into packet memory.",
    .size = sizeof(struct receive_dma),
    .parameters = parameters,
    .statistics = statistics,
    .init = receive_dma_init,
    .wire = receive_dma_wire,
    .start = receive_dma_start,
    .settle = receive_dma_settle,
    .clear = receive_dma_clear,
    .free = receive_dma_free,
};
