/* processor.h - a processor of the card: a core, its local memory, and its device block of queues.
 *
 * Models     the device block of stacks/hardware.h around a core (core.h): registers, descriptor queues, the
 *            portion of packet memory with the owner of each buffer, waiting, the local timer.
 *            With threads = K each K processors of a section are the hardware threads of one core (core_turn.h): they
 *            have everything of their own, but execute in turn.
 * Leaves out caches.
 *
 * Timing     in cycles of the core; an access is issued at edge c; local memory would answer at c + 1:
 *
 *                register            answers at c + 1 + register_cycles, and w later with a descriptor of
 *                                    w words; what it does, it does at edge c
 *                post to full queue  at the edge at which a place is free, then as above
 *                packet memory       asked of the bus at edge c, answers at the first edge of the core (sync_cycles
 *                                    later in another domain) at or after the bus finished it
 *                wfi                 goes on at c + 1 if a source is pending at edge c, else wake_cycles after
 *                                    the first edge after a source becomes so
 *
 *            With a store buffer a store to packet memory answers at c + 1 while fewer than store_buffer are under way,
 *            else when one is done; they and the loads behind them go over the bus in order. A register of the device
 *            block is accessed when all of them are done: what is handed over is in memory.
 *
 *            The device block is in the clock domain of the core's registers: what hardware writes into the
 *            mailbox is pending when that write on the bus is done.
 *
 *            Between two such interactions the core runs ahead of the calendar; each is put into the
 *            calendar at its own time. Registers that concern this core alone (identity, time, timer, console)
 *            are no interactions.
 *
 * Errors     what the firmware does wrong (a trap without handler, an address outside, a buffer that the hardware
 *            owns, a bad descriptor) stops this processor; the report names it with pc and symbol.
 */
#ifndef MODELS_PROCESSOR_H
#define MODELS_PROCESSOR_H

#include "models/burst.h"
#include "models/core.h"
#include "models/core_turn.h"
#include "models/dispatch.h"
#include "models/elf.h"
#include "models/frame.h"
#include "models/host.h"
#include "models/mailbox.h"
#include "models/memory.h"
#include "stacks/hardware.h"

enum {
    PROCESSOR_MAX_QUEUE = 4096,
    PROCESSOR_FREE_WRITES = 8, /* buffers on their way to the receive DMA */
    PROCESSOR_MAX_STORES = 64,
    PROCESSOR_TX_BYTES = sizeof(struct hw_tx) + HW_TX_INLINE_BYTES,
    PROCESSOR_HOST_BYTES = sizeof(struct hw_host) + sizeof(struct hw_message),
    PROCESSOR_CONSOLE_BYTES = 65536, /* kept of what it prints */
};

/* A queue of entries of one size; a ring. */
struct queue {
    uint8_t *entries;
    uint32_t entry_bytes, capacity, first, count, most;
};

/* An entry of the transmit and host queues: the descriptor as hardware will fetch it. */
struct posted_descriptor {
    uint32_t bytes;
    uint8_t data[];
};

struct rx_buffer {
    struct frame *frame; /* a reference; NULL: no frame in it */
    uint32_t payload_from; /* offset in the buffer; UINT32_MAX: no payload in it */
    bool of_hardware;
};

enum processor_state {
    PROCESSOR_RESET,
    PROCESSOR_AHEAD,    /* the limit of a stretch: goes on at its time */
    PROCESSOR_ACCESS,   /* an access that takes effect at its time */
    PROCESSOR_BUS,      /* waits for packet memory */
    PROCESSOR_POST,     /* waits for a place in a queue */
    PROCESSOR_TURN,     /* will be able to go on, or is, and waits for the core: other threads have it */
    PROCESSOR_WFI,      /* wfi that takes effect at its time */
    PROCESSOR_SLEEPS,   /* waits for a source */
    PROCESSOR_WAKES,    /* goes on at its time */
    PROCESSOR_FAULT,    /* stops at its time */
    PROCESSOR_STOPPED,
};

struct processor {
    struct part part;
    /* parameters */
    char *firmware, *speaks_text;
    unsigned lookup, retransmit;
    unsigned preset;
    uint64_t hz, sync_cycles, local_bytes;
    struct part *bus_part, *memory_part, *dispatch_part, *receive_dma_part, *transmit_dma_part,
        *host_dma_part;
    struct part_list host_list;
    uint64_t rx_buffers, rx_buffer_bytes, tx_buffers, tx_buffer_bytes;
    uint64_t rx_queue, tx_queue, host_queue, request_queue;
    uint64_t ring_slots, ring_slot_bytes;
    uint64_t register_cycles, wake_cycles, mtu_bytes, threads, switch_cycles, store_buffer;
    char *chip;
    /* state */
    unsigned number; /* of the processor on the card */
    unsigned processor_count, port_count;
    uint32_t features; /* HW_FEATURE_* */
    uint32_t not_spoken; /* HW_SPEAKS_* that its stack does not speak */
    struct clock clock;
    struct core *core;
    struct elf *elf;
    struct core_turn own_turn, *turn; /* of the first thread of the core; NULL: it has the core alone */
    enum { PROCESSOR_BEGINS, PROCESSOR_IS_ANSWERED, PROCESSOR_IS_WOKEN } goes_on; /* when it gets the core */
    unsigned index_on_core;
    uint32_t answer;
    uint64_t ready_cycle;
    enum processor_state state;
    struct event step, timer;
    struct core_access access;      /* under way */
    uint64_t access_cycle;          /* when it was issued */
    uint64_t stall_counted_cycles; /* of the access under way, in the statistics already */
    uint32_t bus_data;
    struct bus_request bus_request;
    struct store { /* under way, in the store buffer */
        struct bus_request request;
        uint32_t data;
    } stores[PROCESSOR_MAX_STORES];
    unsigned store_first, store_count;
    struct bus_master master, free_master;
    struct bus_target mailbox;
    struct bus_request free_requests[PROCESSOR_FREE_WRITES];
    uint32_t free_addresses[PROCESSOR_FREE_WRITES];
    unsigned free_first, free_count;
    uint32_t portion_base;
    uint64_t portion_bytes;
    struct rx_buffer *rx;
    uint64_t *tx_requested_ps; /* of each transmit buffer: when the host asked for what is in it */
    struct queue rx_ready, requests, tx_posted, tx_done, host_posted, host_done;
    uint32_t rx_reserved;      /* descriptors on their way */
    uint32_t tx_owed, host_owed; /* completions that will come or were not taken */
    uint32_t wait_mask;
    uint64_t timer_due_ps;     /* UINT64_MAX: off */
    uint64_t random;
    struct host *hosts[HW_MAX_HOSTS]; /* by their numbers; NULL: not served */
    unsigned host_count;              /* of the card */
    struct host_ring rings[HW_MAX_HOSTS];
    uint32_t ring_consumed[HW_MAX_HOSTS];
    uint64_t asleep_from_ps;
    char *console;             /* owned, ends with 0 */
    uint32_t console_bytes;
    char *stopped;             /* why it stopped; owned; NULL: it runs */
    uint64_t instructions_from; /* when statistics were cleared */
    struct {
        uint64_t frames, copies, forwarded, instructions, asleep_ps, stall_cycles;
        uint64_t packet_reads, packet_writes, payload_reads, register_accesses, local_bytes_used;
        uint64_t rx_lowest_free, rx_queue_max, requests_max, post_waits;
        uint64_t fates[HW_FATES];
        uint64_t heap_free, heap_lowest_bytes, heap_failures, sessions_lost, refetched_bytes, wakes;
        uint64_t running_cycles, core_wait_cycles;
        uint64_t heap_ready_bytes, portion_checks, store_waits;
    } stats;
};

extern const struct part_kind processor_kind;

unsigned processor_number(const struct processor *processor);
const char *processor_name(const struct processor *processor);

/* Whether its stack speaks one of these (HW_SPEAKS_*). From its init() on. */
bool processor_speaks(const struct processor *processor, uint32_t protocols);

/* Buffers of frames in its receive queue, or on their way there. */
uint32_t processor_rx_queued(const struct processor *processor);
bool processor_is_local(uint32_t address); /* an address in local memory, of any size */
/* An engine on the card's bus finds a processor by its number: its list must name all of them in their order. Reports
 * another list and returns false. In wire(). */
bool processor_list_is_whole(const struct part_list *list, const struct part *engine,
                             struct diagnostics *diagnostics);
bool processor_is_idle(const struct processor *processor); /* asleep with nothing pending but the timer */

/* --- For the receive DMA --- */
uint32_t processor_rx_buffer_bytes(const struct processor *processor);
unsigned processor_rx_buffers(const struct processor *processor);
unsigned processor_rx_places(const struct processor *processor); /* of the receive queue, in all */
bool processor_is_stopped(const struct processor *processor);
/* Reserves places in the receive queue. False: it is too full. */
bool processor_rx_reserve(struct processor *processor, unsigned descriptors);
/* A buffer is about to be filled with (a part of) that frame, from that offset on; takes a reference of its own. */
void processor_rx_fill(struct processor *processor, uint32_t address, struct frame *frame, uint32_t frame_offset);
/* Of a frame that was bad at its end: the places are free again, the buffer is empty and still the hardware's. */
void processor_rx_unreserve(struct processor *processor, unsigned descriptors);
void processor_rx_empty(struct processor *processor, uint32_t address);
void processor_rx_lowest(struct processor *processor, unsigned free_buffers); /* for the statistics */
void processor_rx_restart(struct processor *processor, unsigned free_buffers); /* they were cleared */

/* --- For the transmit and host DMA --- */
uint32_t processor_tx_front(const struct processor *processor);   /* bytes of the oldest descriptor */
unsigned processor_tx_count(const struct processor *processor);
void processor_tx_taken(struct processor *processor);             /* it has been fetched */
uint32_t processor_host_front(const struct processor *processor);
unsigned processor_host_count(const struct processor *processor);
void processor_host_taken(struct processor *processor);
/* The frame in the receive buffer at that address, NULL: none. */
struct frame *processor_frame_at(const struct processor *processor, uint32_t address);
/* Transmit buffers carry the time at which the host asked for their bytes; taken once. */
void processor_set_requested(struct processor *processor, uint32_t address, unsigned host, uint64_t host_address);
uint64_t processor_take_requested(struct processor *processor, uint32_t address);
/* host: one that it serves, as in the descriptors that it posted. */
struct bridge *processor_bridge(const struct processor *processor, unsigned host);
uint64_t processor_message_address(const struct processor *processor, unsigned host, uint32_t sequence);
void processor_expect(struct processor *processor, unsigned host, uint32_t sequence, struct frame *frame);

/* --- Within the processor's own files (processor.c, processor_part.c, processor_registers.c, processor_queues.c) --- */

static inline uint64_t processor_cycle(const struct processor *processor)
{
    return clock_cycle_at(&processor->clock, part_now(&processor->part));
}

/* Its core's accesses outside local memory, asked while it runs ahead. */
enum core_io processor_external(void *owner, struct core_access *access, uint64_t cycle, uint32_t *extra_cycles);
void processor_step(void *owner);      /* its next interaction is due */
void processor_timer_due(void *owner); /* ... or the timer for which it sleeps */
void processor_granted(void *owner, uint64_t start_cycle); /* the core of its thread: core_turn.h */

/* A register access that is an interaction takes effect now. False: it waits for a place in a queue. *value:
 * answer of a load; *words: of the descriptor moved. */
bool processor_register(struct processor *processor, const struct core_access *access,
                        uint32_t *value, uint32_t *words);
/* A register that concerns this core alone; false: it is not one of those. */
bool processor_register_now(struct processor *processor, const struct core_access *access,
                            uint64_t cycle, uint32_t *value);
uint32_t processor_pending(const struct processor *processor, uint64_t now_ps); /* HW_PENDING_* */
void processor_source_changed(struct processor *processor); /* a source may have become pending */
void processor_room(struct processor *processor); /* a place in a queue became free */
/* The firmware did wrong: stops the processor now. */
void processor_stop(struct processor *processor, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void processor_queues_init(struct processor *processor);
void processor_queues_free(struct processor *processor);
enum bus_status processor_mailbox_access(void *owner, struct bus_request *request);
bool processor_in_portion(const struct processor *processor, uint32_t address, uint64_t bytes);
/* A load from there reads payload: of a received frame, or of what a transmit buffer holds for the wire. */
bool processor_is_payload(const struct processor *processor, uint32_t address, uint32_t bytes);
/* The receive buffer that holds address, -1: none. */
int processor_rx_index(const struct processor *processor, uint32_t address);

static inline void *queue_at(const struct queue *queue, uint32_t place)
{
    return queue->entries + (size_t)((queue->first + place) % queue->capacity) * queue->entry_bytes;
}

static inline void *queue_push(struct queue *queue)
{
    void *entry = queue_at(queue, queue->count++);

    if (queue->count > queue->most)
        queue->most = queue->count;
    return entry;
}

static inline void queue_pop(struct queue *queue)
{
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
}

#endif
