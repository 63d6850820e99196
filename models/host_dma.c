#include "models/host_dma.h"

#include "models/host.h"
#include "models/mailbox.h"
#include "models/processor.h"

#include <glib.h>
#include <string.h>

enum host_phase {
    PHASE_FETCH,   /* descriptor */
    PHASE_READ,    /* of packet memory, or by the interface of host memory */
    PHASE_READY,   /* to be written to the host, in turn */
    PHASE_DATA,    /* chunks are written */
    PHASE_MESSAGE, /* the message is written */
    PHASE_DONE,    /* completes when those before it have */
};

struct host_job {
    struct host_job *next;
    struct host_dma *dma;
    struct processor *processor;
    enum host_phase phase;
    struct hw_host descriptor;
    struct hw_message message;
    uint8_t fetched[sizeof(struct hw_host) + sizeof(struct hw_message)];
    struct burst_transfer fetch, read, write, cookie;
    struct bridge_read_request host_read;
    struct frame *frame;   /* whose payload it moves; a reference until the host is told */
    struct frame *stamped; /* the same; a reference until its data is in the host */
    uint8_t *data;
    uint32_t written, chunk;
    unsigned holders; /* the engine, and marks in the interface's queue */
};

static void begin_next(struct host_dma *dma);
static void write_next(struct host_dma *dma, unsigned host);
static void write_chunk(void *owner);

static struct bridge *bridge_of(const struct host_job *job)
{
    return processor_bridge(job->processor, job->descriptor.host);
}

static void release_job(struct host_job *job)
{
    if (--job->holders)
        return;
    g_free(job->data);
    job->data = NULL;
    job->next = job->dma->spare;
    job->dma->spare = job;
}

static void cookie_done(struct burst_transfer *transfer)
{
    release_job(transfer->owner);
}

/* Completions are told in the order of posting. */
static void complete(struct host_dma *dma)
{
    while (dma->first && dma->first->phase == PHASE_DONE) {
        struct host_job *job = dma->first;

        dma->first = job->next;
        dma->under_way--;
        if (job->descriptor.cookie == 0) {
            release_job(job);
            continue;
        }
        job->cookie = (struct burst_transfer){
            .op = BUS_WRITE,
            .address =
                PROCESSOR_MAILBOX(processor_number(job->processor)) + PROCESSOR_MAILBOX_HOST_DONE,
            .data = (uint8_t *)&job->descriptor.cookie,
            .bytes = 4,
            .done = cookie_done,
            .owner = job};
        burst_submit(&dma->engine, &job->cookie);
    }
    begin_next(dma);
}

/* --- To the host ------------------------------------------------------------------------------------- */

static void message_written(void *owner)
{
    struct host_job *job = owner;

    bridge_tell_driver(bridge_of(job), processor_number(job->processor), job->message.sequence);
    release_job(job);
}

static void message_entered(struct burst_transfer *transfer)
{
    struct host_job *job = transfer->owner;
    struct host_dma *dma = job->dma;

    dma->stats.failed += transfer->status != BUS_OK;
    job->holders++;
    bridge_when_written(bridge_of(job), message_written, job);
    job->phase = PHASE_DONE;
    dma->writing[job->descriptor.host] = NULL;
    write_next(dma, job->descriptor.host);
    complete(dma);
}

static void submit_write(struct host_job *job, uint64_t host_address, uint8_t *data, uint32_t bytes,
                         void (*done)(struct burst_transfer *))
{
    job->write = (struct burst_transfer){.op = BUS_WRITE,
                                         .address = bridge_window(bridge_of(job), host_address),
                                         .data = data,
                                         .bytes = bytes,
                                         .done = done,
                                         .owner = job};
    burst_submit(&job->dma->engine, &job->write);
}

/* The message goes out when the interface has room; called again when it has. */
static void write_message(void *owner)
{
    struct host_job *job = owner;
    struct host_dma *dma = job->dma;
    uint32_t bytes = job->descriptor.message_bytes;

    if (bytes == 0) { /* nobody is told of it: the data does not count as delivered */
        if (job->frame)
            frame_release(job->frame);
        job->frame = NULL;
        job->phase = PHASE_DONE;
        dma->writing[job->descriptor.host] = NULL;
        write_next(dma, job->descriptor.host);
        complete(dma);
        return;
    }
    job->phase = PHASE_MESSAGE;
    if (!bridge_room(bridge_of(job), bytes, write_message, job)) {
        dma->stats.room_waits++;
        return;
    }
    dma->stats.messages++;
    if (job->frame) {
        processor_expect(job->processor, job->descriptor.host, job->message.sequence, job->frame);
        job->frame = NULL;
    }
    submit_write(job, processor_message_address(job->processor, job->descriptor.host, job->message.sequence),
                 (uint8_t *)&job->message, bytes, message_entered);
}

static void data_in_host(void *owner)
{
    struct host_job *job = owner;

    if (job->stamped) {
        frame_stamp(job->stamped, STAGE_IN_HOST, part_now(&job->dma->part));
        frame_release(job->stamped);
        job->stamped = NULL;
    }
    release_job(job);
}

static void chunk_entered(struct burst_transfer *transfer)
{
    struct host_job *job = transfer->owner;

    job->dma->stats.failed += transfer->status != BUS_OK;
    job->written += job->chunk;
    if (job->written < job->descriptor.bytes) {
        write_chunk(job);
        return;
    }
    job->dma->stats.writes++;
    job->dma->stats.written_bytes += job->descriptor.bytes;
    job->holders++;
    bridge_when_written(bridge_of(job), data_in_host, job);
    write_message(job);
}

/* One chunk enters the interface when it has room; called again when it has. */
static void write_chunk(void *owner)
{
    struct host_job *job = owner;
    struct host_dma *dma = job->dma;
    uint64_t host_address =
        (uint64_t)job->descriptor.host_high << 32 | job->descriptor.host_low;
    uint64_t burst_bytes = dma->engine.master.bus->burst_bytes;
    uint64_t at = host_address + job->written;

    job->chunk = (uint32_t)MIN(burst_bytes - at % burst_bytes, job->descriptor.bytes - job->written);
    if (!bridge_room(bridge_of(job), job->chunk, write_chunk, job)) {
        dma->stats.room_waits++;
        return;
    }
    submit_write(job, at, job->data + job->written, job->chunk, chunk_entered);
}

static bool is_passed(const struct host_job *job, unsigned host)
{
    return job->phase == PHASE_DONE || (job->phase != PHASE_FETCH && job->descriptor.host != host) ||
           (job->phase == PHASE_READ && job->descriptor.operation == HW_HOST_READ);
}

/* The next job in order that writes to that host, if its data is here. */
static void write_next(struct host_dma *dma, unsigned host)
{
    struct host_job *job = dma->first;

    if (dma->writing[host])
        return;
    while (job && is_passed(job, host))
        job = job->next;
    if (!job || job->phase != PHASE_READY)
        return;
    dma->writing[host] = job;
    if (job->descriptor.operation == HW_HOST_WRITE) {
        job->phase = PHASE_DATA;
        write_chunk(job);
    } else {
        write_message(job);
    }
}

/* --- Fetch and read ---------------------------------------------------------------------------------- */

static void packet_read(struct burst_transfer *transfer)
{
    struct host_job *job = transfer->owner;

    sim_check(&job->dma->part, transfer->status == BUS_OK); /* checked when it was posted */
    job->phase = PHASE_READY;
    write_next(job->dma, job->descriptor.host);
}

static void host_read_done(struct bridge_read_request *request)
{
    struct host_job *job = request->owner;
    struct host_dma *dma = job->dma;

    dma->stats.failed += request->failed;
    dma->stats.reads++;
    dma->stats.read_bytes += job->descriptor.bytes;
    job->phase = PHASE_DONE;
    complete(dma);
}

static void begin_read(struct host_job *job)
{
    const struct hw_host *descriptor = &job->descriptor;

    job->phase = PHASE_READ;
    if (descriptor->operation == HW_HOST_WRITE) {
        job->frame = processor_frame_at(job->processor, descriptor->card_address);
        if (job->frame) {
            frame_hold(job->frame); /* until the host is told */
            frame_hold(job->frame); /* until the data is in the host */
        }
        job->stamped = job->frame;
        job->data = g_malloc(descriptor->bytes);
        job->read = (struct burst_transfer){.op = BUS_READ,
                                            .address = descriptor->card_address,
                                            .data = job->data,
                                            .bytes = descriptor->bytes,
                                            .done = packet_read,
                                            .owner = job};
        burst_submit(&job->dma->engine, &job->read);
    } else if (descriptor->operation == HW_HOST_READ) {
        uint64_t host_address = (uint64_t)descriptor->host_high << 32 | descriptor->host_low;

        processor_set_requested(job->processor, descriptor->card_address, descriptor->host, host_address);
        job->host_read = (struct bridge_read_request){.host_address = host_address,
                                                      .card_address = descriptor->card_address,
                                                      .bytes = descriptor->bytes,
                                                      .done = host_read_done,
                                                      .owner = job};
        bridge_read(bridge_of(job), &job->host_read);
    } else {
        job->phase = PHASE_READY;
        write_next(job->dma, job->descriptor.host);
    }
}

static void fetch_done(struct burst_transfer *transfer)
{
    struct host_job *job = transfer->owner;
    struct host_dma *dma = job->dma;

    sim_check(&dma->part, transfer->status == BUS_OK);
    memcpy(&job->descriptor, job->fetched, sizeof job->descriptor);
    memset(&job->message, 0, sizeof job->message);
    memcpy(&job->message, job->fetched + sizeof job->descriptor, job->descriptor.message_bytes);
    processor_host_taken(job->processor);
    dma->fetching = false;
    begin_read(job);
    begin_next(dma);
}

static void begin_event(void *owner)
{
    struct host_dma *dma = owner;
    int number = turn_next(&dma->turn);
    struct processor *processor = (struct processor *)dma->processor_list.list[number];
    struct host_job *job = dma->spare;

    if (job)
        dma->spare = job->next;
    else
        job = g_new0(struct host_job, 1);
    turn_served(&dma->turn, (unsigned)number);
    job->next = NULL;
    job->dma = dma;
    job->processor = processor;
    job->phase = PHASE_FETCH;
    job->frame = job->stamped = NULL;
    job->data = NULL;
    job->written = 0;
    job->holders = 1;
    if (dma->first)
        dma->last->next = job;
    else
        dma->first = job;
    dma->last = job;
    dma->under_way++;
    uint32_t bytes = processor_host_front(processor);
    sim_check(&dma->part, bytes >= sizeof job->descriptor && bytes <= sizeof job->fetched);
    job->fetch = (struct burst_transfer){
        .op = BUS_READ,
        .address = PROCESSOR_MAILBOX((unsigned)number) + PROCESSOR_MAILBOX_HOST,
        .data = job->fetched,
        .bytes = bytes,
        .done = fetch_done,
        .owner = job};
    burst_submit(&dma->engine, &job->fetch);
    if (processor_host_count(processor) == 1)
        turn_leave(&dma->turn, (unsigned)number);
}

static void begin_next(struct host_dma *dma)
{
    const struct clock *clock = &dma->engine.master.bus->clock;

    if (dma->fetching || dma->under_way >= dma->jobs || turn_next(&dma->turn) < 0)
        return;
    dma->fetching = true;
    event_at_edge(&dma->begin, clock,
                  clock_cycle_at(clock, part_now(&dma->part)) + dma->setup_cycles);
}

void host_dma_ring(struct host_dma *dma, struct processor *processor)
{
    unsigned number = processor_number(processor);

    turn_ask(&dma->turn, number);
    begin_next(dma);
}

unsigned host_dma_pending(const struct host_dma *dma)
{
    return dma->under_way + dma->fetching;
}

/* --- The part ---------------------------------------------------------------------------------------- */

static void host_dma_init(struct part *part, struct diagnostics *diagnostics)
{
    struct host_dma *dma = (struct host_dma *)part;

    (void)diagnostics;
    event_init(&dma->begin, part, dma, "begin", begin_event);
    turn_init(&dma->turn, dma->processor_list.count);
}

static bool reaches(const struct host_dma *dma, const struct bridge *bridge)
{
    for (unsigned i = 0; i < dma->bridge_list.count; i++)
        if ((const struct bridge *)dma->bridge_list.list[i] == bridge)
            return true;
    return false;
}

/* Of every host that a processor serves, the interface must be one of this engine's. */
static void check_bridges(const struct host_dma *dma, struct diagnostics *diagnostics)
{
    for (unsigned i = 0; i < dma->processor_list.count; i++) {
        const struct processor *processor = (const struct processor *)dma->processor_list.list[i];

        for (unsigned k = 0; k < processor->host_list.count; k++) {
            const struct part *host = processor->host_list.list[k];

            if (reaches(dma, host_bridge((const struct host *)host)))
                continue;
            part_error(&dma->part, diagnostics, "bridge",
                       "the interface of host %s, which %s serves, is not among them: expected those of all hosts (*)",
                       host->name, processor->part.name);
            return;
        }
    }
}

static void host_dma_wire(struct part *part, struct diagnostics *diagnostics)
{
    struct host_dma *dma = (struct host_dma *)part;

    if (!processor_list_is_whole(&dma->processor_list, part, diagnostics))
        return;
    check_bridges(dma, diagnostics);
    burst_init(&dma->engine, (struct bus *)dma->bus_part, part, NULL, (unsigned)dma->outstanding);
}

static void host_dma_free(struct part *part)
{
    struct host_dma *dma = (struct host_dma *)part;

    for (struct host_job *job = dma->spare, *next; job; job = next) {
        next = job->next;
        g_free(job);
    }
}

static const char *const bus_kinds[] = {"bus", NULL};
static const char *const processor_kinds[] = {"processor", NULL};
static const char *const bridge_kinds[] = {"bridge", NULL};

static const struct parameter parameters[] = {
    {"bus", PARAMETER_PART, offsetof(struct host_dma, bus_part), "card", 0, 0, bus_kinds,
     "The on-card bus."},
    {"bridge", PARAMETER_PARTS, offsetof(struct host_dma, bridge_list), "*", 1, HW_MAX_HOSTS, bridge_kinds,
     "The host bus interfaces, one for each host."},
    {"processors", PARAMETER_PARTS, offsetof(struct host_dma, processor_list), "*", 1, 256,
     processor_kinds, "The processors that it serves."},
    {"outstanding", PARAMETER_COUNT, offsetof(struct host_dma, outstanding), "4", 1,
     BURST_MAX_OUTSTANDING, NULL, "Bursts that may be under way at once."},
    {"jobs", PARAMETER_COUNT, offsetof(struct host_dma, jobs), "8", 1, 64, NULL,
     "Descriptors that may be under way at once."},
    {"setup", PARAMETER_COUNT, offsetof(struct host_dma, setup_cycles), "4", 0, 10000, NULL,
     "Bus cycles before the fetch of a descriptor."},
    {"chip", PARAMETER_TEXT, offsetof(struct host_dma, chip), "card", 1, 64, NULL,
     "The integrated circuit on which it is."},
    {0},
};

static const struct statistic statistics[] = {
    {"writes", STATISTIC_COUNT, offsetof(struct host_dma, stats.writes),
     "Transfers from packet memory to host memory."},
    {"written_bytes", STATISTIC_COUNT, offsetof(struct host_dma, stats.written_bytes),
     "Bytes of these."},
    {"reads", STATISTIC_COUNT, offsetof(struct host_dma, stats.reads),
     "Transfers from host memory to packet memory."},
    {"read_bytes", STATISTIC_COUNT, offsetof(struct host_dma, stats.read_bytes), "Bytes of these."},
    {"messages", STATISTIC_COUNT, offsetof(struct host_dma, stats.messages),
     "Messages written to the host's rings."},
    {"room_waits", STATISTIC_COUNT, offsetof(struct host_dma, stats.room_waits),
     "Times that a write waited for room in the host bus interface."},
    {"failed", STATISTIC_COUNT, offsetof(struct host_dma, stats.failed),
     "Reads of host addresses without memory; writes to them are lost_writes of the bridge."},
    {0},
};

const struct part_kind host_dma_kind = {
    .name = "host_dma",
    .help = "The DMA engine between packet memory and host memory.",
    .size = sizeof(struct host_dma),
    .parameters = parameters,
    .statistics = statistics,
    .init = host_dma_init,
    .wire = host_dma_wire,
    .free = host_dma_free,
};
