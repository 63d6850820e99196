#include "models/frame.h"

#include <glib.h>
#include <string.h>

enum { MIN_FRAME_BYTES = 60 };

void ledger_init(struct ledger *ledger)
{
    *ledger = (struct ledger){0};
}

void ledger_free(struct ledger *ledger)
{
    g_free(ledger->drops);
    ledger_init(ledger);
}

bool ledger_check(const struct ledger *ledger)
{
    uint64_t by_reason = 0;

    for (unsigned i = 0; i < ledger->drop_count; i++)
        by_reason += ledger->drops[i].frames;
    return by_reason == ledger->dropped && ledger->offered == ledger->delivered + ledger->consumed +
                                                                  ledger->dropped +
                                                                  ledger->in_flight;
}

static struct frame *new_frame(struct ledger *ledger, const uint8_t *data, uint32_t bytes)
{
    struct frame *frame = g_new0(struct frame, 1);

    frame->ledger = ledger;
    frame->references = 1;
    frame->bytes = bytes;
    if (data)
        frame->data = g_memdup2(data, bytes);
    return frame;
}

static struct frame *offer(struct ledger *ledger, const uint8_t *data, uint32_t bytes, uint32_t padded_bytes)
{
    struct frame *frame = new_frame(ledger, NULL, padded_bytes);

    frame->data = g_malloc0(frame->bytes);
    memcpy(frame->data, data, bytes);
    ledger->offered++;
    ledger->offered_bytes += frame->bytes;
    ledger->in_flight++;
    return frame;
}

struct frame *frame_new(struct ledger *ledger, const uint8_t *data, uint32_t bytes)
{
    return offer(ledger, data, bytes, MAX(bytes, MIN_FRAME_BYTES));
}

struct frame *frame_new_unpadded(struct ledger *ledger, const uint8_t *data, uint32_t bytes)
{
    return offer(ledger, data, bytes, bytes);
}

struct frame *frame_from(struct frame *const *sources, unsigned count, const uint8_t *data,
                         uint32_t bytes)
{
    struct frame *frame = new_frame(count ? sources[0]->ledger : NULL, data, bytes);

    frame->sources = g_memdup2(sources, count * sizeof *sources);
    frame->source_count = count;
    for (unsigned i = 0; i < count; i++)
        frame_hold(sources[i]);
    if (count) {
        frame->port = sources[0]->port;
        frame->hash = sources[0]->hash;
        memcpy(frame->stamps_ps, sources[0]->stamps_ps, sizeof frame->stamps_ps);
    }
    return frame;
}

void frame_hold(struct frame *frame)
{
    frame->references++;
}

void frame_delivered(struct frame *frame, uint64_t now_ps)
{
    frame->any_delivered = true;
    frame_stamp(frame, STAGE_TOLD, now_ps);
}

void frame_consumed(struct frame *frame)
{
    frame->any_consumed = true;
}

void frame_dropped(struct frame *frame, const char *place, const char *reason)
{
    if (frame->reason)
        return; /* the first reason counts */
    frame->place = place;
    frame->reason = reason;
}

static void count_drop(struct ledger *ledger, const struct frame *frame)
{
    struct ledger_drop *drop = ledger->drops;
    struct ledger_drop *end = drop + ledger->drop_count;

    ledger->dropped++;
    while (drop < end && (strcmp(drop->place, frame->place) || strcmp(drop->reason, frame->reason)))
        drop++;
    if (drop == end) {
        ledger->drops = g_renew(struct ledger_drop, ledger->drops, ledger->drop_count + 1);
        drop = &ledger->drops[ledger->drop_count++];
        *drop = (struct ledger_drop){frame->place, frame->reason, 0};
    }
    drop->frames++;
}

/* What became of a frame made of others becomes of these. */
static void settle_sources(struct frame *frame)
{
    for (unsigned i = 0; i < frame->source_count; i++) {
        struct frame *source = frame->sources[i];
        /* A copy went through a DMA of its own; what was handed on had been in packet memory before. */
        enum frame_stage from = frame->is_copy ? STAGE_DMA_BEGAN : STAGE_TAKEN;

        switch (frame->fate) {
        case FRAME_DELIVERED:
            source->any_delivered = true;
            if (source->stamps_ps[STAGE_TOLD] > frame->stamps_ps[STAGE_TOLD])
                break; /* another of several copies was told of later: its stamps stay */
            memcpy(source->stamps_ps + from, frame->stamps_ps + from,
                   (FRAME_STAGES - from) * sizeof *frame->stamps_ps);
            break;
        case FRAME_DROPPED:
            frame_dropped(source, frame->place, frame->reason);
            break;
        default:
            frame_consumed(source);
            break;
        }
        frame_release(source);
    }
}

void frame_release(struct frame *frame)
{
    struct ledger *ledger = frame->ledger;

    sim_check(NULL, frame->references > 0);
    if (--frame->references)
        return;
    frame->fate = frame->any_delivered  ? FRAME_DELIVERED
                  : frame->any_consumed ? FRAME_CONSUMED
                  : frame->reason       ? FRAME_DROPPED
                                        : FRAME_CONSUMED;
    if (frame->source_count) {
        settle_sources(frame);
    } else if (ledger) {
        ledger->in_flight--;
        if (frame->fate == FRAME_DELIVERED) {
            ledger->delivered++;
            ledger->last_delivered_ps =
                MAX(ledger->last_delivered_ps, frame->stamps_ps[STAGE_TOLD]);
        } else if (frame->fate == FRAME_CONSUMED) {
            ledger->consumed++;
        } else {
            count_drop(ledger, frame);
            if (frame->dropped)
                frame->dropped(frame->owner, frame);
        }
        if (ledger->settled)
            ledger->settled(ledger->observer, frame);
    }
    g_free(frame->sources);
    g_free(frame->data);
    g_free(frame);
}
