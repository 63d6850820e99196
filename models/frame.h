/* frame.h - frames under way, their time stamps, and the account of every frame.
 *
 * A frame is born when it is offered to a port and is settled once: delivered, consumed or dropped under a named
 * reason. The simulator follows it by the buffers that hold it: it is settled when the last buffer was given
 * back and the host was told of the last transfer out of it.
 *
 *     offered = delivered + consumed + dropped + in flight             (checked by ledger_check())
 *
 * Copies for every processor (broadcast) and datagrams that one processor hands to another are frames with
 * sources: they are not offered, and what becomes of them becomes of their sources.
 *
 * Time stamps (ps), in their order; 0 is "not yet":
 *
 *     arrived     last bit on the wire            } port      waiting in the port, dispatch
 *     dma_began   first burst asked, but not      } dma1      first DMA
 *                 before arrived (cut-through)
 *     queued      descriptor in the processor's   } queue     waiting for the processor
 *     taken       popped by the stack             } stack     the stack's work
 *     ordered     last host transfer posted       } dma2      second DMA
 *     in_host     data in host memory             } host      message, driver
 *     told        the driver has read the message
 */
#ifndef MODELS_FRAME_H
#define MODELS_FRAME_H

#include "sim/sim.h"

enum frame_fate {
    FRAME_UNDER_WAY,
    FRAME_DELIVERED,
    FRAME_CONSUMED,
    FRAME_DROPPED,
};

enum frame_stage {
    STAGE_ARRIVED,
    STAGE_DMA_BEGAN,
    STAGE_QUEUED,
    STAGE_TAKEN,
    STAGE_ORDERED,
    STAGE_IN_HOST,
    STAGE_TOLD,
    FRAME_STAGES,
};

struct frame {
    struct ledger *ledger;
    uint64_t cookie;    /* of who offered it */
    uint32_t captured_bytes; /* length in the capture; 0: it is none of its frames */
    uint64_t captured_ps;    /* its time there */
    uint32_t bytes;     /* without FCS, as on the wire */
    uint8_t *data;      /* owned; NULL once it is in packet memory */
    unsigned port;      /* number of the port */
    unsigned references; /* buffers, transfers, copies that hold it */
    enum frame_fate fate;
    bool any_delivered, any_consumed;
    const char *reason, *place; /* of the drop; constant strings */
    uint32_t hash;
    uint32_t payload_offset; /* of TCP's or UDP's payload, told by the dispatch; 0: there is none, or not known */
    uint64_t stamps_ps[FRAME_STAGES];
    uint8_t rx_flags;   /* HW_RX_* of the port's checksum hardware */
    bool is_copy;       /* one of several copies of its only source */
    unsigned readers;   /* DMA jobs that still read it out of the port */
    struct port *from_port; /* whose receive FIFO holds it; NULL: none */
    uint64_t cycle;     /* of the dispatch, when it leaves there; before, a bit of the port's */
    uint64_t whole_ps;  /* cut-through: when all of it is in the port's FIFO; 0: it is there already */
    const char *bad;    /* cut-through: why it will have to be dropped at its end; NULL: it is good */
    bool fcs_is_bad;    /* it was damaged on the wire */
    unsigned to_processor; /* chosen by the dispatch */
    int chosen; /* in the dispatch: the same, or what models/dispatch.h has for none and all */
    struct frame *next; /* in the one queue in which it is */
    struct frame **sources; /* owned list; each is referenced */
    unsigned source_count;
    void (*dropped)(void *owner, struct frame *frame); /* tells who offered it; may be NULL */
    void *owner;
};

struct ledger_drop {
    const char *place, *reason;
    uint64_t frames;
};

/* The account of one simulation. */
struct ledger {
    uint64_t offered, offered_bytes, delivered, consumed, dropped, in_flight, copies, forwarded;
    bool any_offered;
    uint64_t first_offered_ps;  /* first bit of the first frame on the wire */
    uint64_t last_offered_ps;   /* last bit of the last one */
    uint64_t last_delivered_ps; /* host told of the last one delivered */
    struct ledger_drop *drops; /* in the order of first use */
    unsigned drop_count;
    /* Called when a frame is settled (not for copies); set by who wants to know. */
    void (*settled)(void *observer, const struct frame *frame);
    void *observer;
};

void ledger_init(struct ledger *ledger);
void ledger_free(struct ledger *ledger);
bool ledger_check(const struct ledger *ledger); /* offered = delivered + consumed + dropped + in flight */

/* A frame that is offered; data is copied and padded to 60 bytes. One reference, the caller's. */
struct frame *frame_new(struct ledger *ledger, const uint8_t *data, uint32_t bytes);

/* The same without padding: what a disorderly sender, or a collision, makes of it. 1 byte or more. */
struct frame *frame_new_unpadded(struct ledger *ledger, const uint8_t *data, uint32_t bytes);

/* A frame made of others on the card; each source gets a reference. data may be NULL. */
struct frame *frame_from(struct frame *const *sources, unsigned count, const uint8_t *data,
                         uint32_t bytes);

void frame_hold(struct frame *frame);

/* Ends a reference. With the last one the frame is settled and freed. */
void frame_release(struct frame *frame);

/* What a reference to it learnt, before its release. The strongest wins: delivered, consumed, dropped. */
void frame_delivered(struct frame *frame, uint64_t now_ps);
void frame_consumed(struct frame *frame);
void frame_dropped(struct frame *frame, const char *place, const char *reason);

/* Frames waiting in order. */
struct frame_queue {
    struct frame *first, *last;
    unsigned count;
};

static inline void frame_queue_push(struct frame_queue *queue, struct frame *frame)
{
    frame->next = NULL;
    if (queue->first)
        queue->last->next = frame;
    else
        queue->first = frame;
    queue->last = frame;
    queue->count++;
}

static inline void frame_queue_push_front(struct frame_queue *queue, struct frame *frame)
{
    frame->next = queue->first;
    if (!queue->first)
        queue->last = frame;
    queue->first = frame;
    queue->count++;
}

static inline struct frame *frame_queue_pop(struct frame_queue *queue)
{
    struct frame *frame = queue->first;

    if (frame) {
        queue->first = frame->next;
        queue->count--;
    }
    return frame;
}

static inline void frame_stamp(struct frame *frame, enum frame_stage stage, uint64_t now_ps)
{
    frame->stamps_ps[stage] = now_ps;
}

#endif
