#include "models/traffic.h"

#include "models/host_dma.h"
#include "models/processor.h"
#include "models/receive_dma.h"
#include "models/transmit_dma.h"

#include <glib.h>

enum { CHECKSUMS_FIX, CHECKSUMS_KEEP };

struct replay *traffic_replay(struct part *part)
{
    return ((struct traffic *)part)->replay;
}

uint64_t traffic_time_ps(struct part *part)
{
    const struct traffic *traffic = (const struct traffic *)part;

    return traffic->started ? part_now(part) - traffic->from_ps : 0;
}

/* --- Frames toward the card
 * ------------------------------------------------------------------------------ */

/* The end can't come before the next frame that is known of, and is looked for soon after. */
static void look_for_end(struct traffic *traffic, uint64_t next_ps)
{
    uint64_t now_ps = part_now(&traffic->part);
    uint64_t look_ps = next_ps == REPLAY_NEVER ? now_ps : MAX(now_ps, traffic->from_ps + next_ps);

    look_ps += TRAFFIC_CHECK_PS;
    if (!event_pending(&traffic->check) || look_ps < traffic->check.time_ps)
        event_at(&traffic->check, look_ps);
}

static void pump(struct traffic *traffic)
{
    uint64_t next_ps = replay_next_ps(traffic->replay);

    if (!traffic->started)
        return;
    if (next_ps == REPLAY_NEVER)
        event_cancel(&traffic->next);
    else
        event_at(&traffic->next, MAX(traffic->from_ps + next_ps, part_now(&traffic->part)));
    look_for_end(traffic, next_ps);
}

static void card_dropped(void *owner, struct frame *frame)
{
    struct traffic *traffic = owner;

    replay_dropped(traffic->replay, traffic_time_ps(&traffic->part), frame->cookie);
    pump(traffic);
}

static void next_event(void *owner)
{
    struct traffic *traffic = owner;
    struct replay_frame ready;

    while (replay_take(traffic->replay, traffic_time_ps(&traffic->part), &ready)) {
        struct frame *frame = frame_new(&traffic->ledger, ready.data, ready.bytes);

        frame->cookie = ready.cookie;
        frame->dropped = card_dropped;
        frame->owner = traffic;
        traffic->stats.captured += ready.kind == REPLAY_CAPTURED;
        traffic->stats.repaired += ready.kind == REPLAY_REPAIR;
        traffic->stats.synthesised += ready.kind == REPLAY_SYNTHESISED;
        traffic->stats.bytes += frame->bytes;
        traffic->last_frame_ps = part_now(&traffic->part);
        port_offer(traffic->port, frame);
        traffic->stats.sender_max = MAX(traffic->stats.sender_max, port_waiting(traffic->port));
    }
    pump(traffic);
}

static void card_sent(void *owner, struct port *port, const struct tx_frame *frame,
                      uint64_t first_bit_ps, uint64_t last_bit_ps)
{
    struct traffic *traffic = owner;

    (void)port;
    (void)first_bit_ps;
    (void)last_bit_ps;
    if (!traffic->started)
        return;
    replay_card_sent(traffic->replay, traffic_time_ps(&traffic->part), frame->data, frame->bytes);
    pump(traffic);
}

/* --- The end
 * -----------------------------------------------------------------------------------------------
 */

static bool card_is_idle(const struct traffic *traffic)
{
    const struct sim *sim = traffic->part.sim;

    for (unsigned i = 0; i < sim->part_count; i++) {
        struct part *part = sim->parts[i];

        if ((part->kind == &processor_kind && !processor_is_idle((struct processor *)part)) ||
            (part->kind == &receive_dma_kind && receive_dma_pending((struct receive_dma *)part)) ||
            (part->kind == &transmit_dma_kind &&
             transmit_dma_pending((struct transmit_dma *)part)) ||
            (part->kind == &host_dma_kind && host_dma_pending((struct host_dma *)part)) ||
            (part->kind == &port_kind && ((struct port *)part)->tx_first))
            return false;
    }
    return true;
}

static void check_event(void *owner)
{
    struct traffic *traffic = owner;
    struct sim *sim = traffic->part.sim;
    uint64_t now_ps = part_now(&traffic->part);
    uint64_t next_ps = replay_next_ps(traffic->replay);
    uint64_t end_ps = MAX(traffic->last_frame_ps, traffic->from_ps) + traffic->linger_ps;

    if (replay_exhausted(traffic->replay) && port_waiting(traffic->port) == 0 &&
        traffic->ledger.in_flight == 0 && host_idle(traffic->host) && card_is_idle(traffic)) {
        sim_stop(sim);
        return;
    }
    /* The time of the next frame is known, or that nothing comes before the card acts. */
    if (next_ps == REPLAY_NEVER && now_ps >= end_ps) {
        traffic->lingered = true;
        sim_stop(sim);
        return;
    }
    sim->ahead_limit_ps = end_ps > now_ps ? end_ps : UINT64_MAX;
    look_for_end(traffic, next_ps);
}

static void begin(void *owner)
{
    struct traffic *traffic = owner;

    traffic->started = true;
    traffic->from_ps = traffic->last_frame_ps = part_now(&traffic->part);
    pump(traffic);
}

/* --- The part
 * ---------------------------------------------------------------------------------------------- */

static void traffic_init(struct part *part, struct diagnostics *diagnostics)
{
    struct traffic *traffic = (struct traffic *)part;

    (void)diagnostics;
    traffic->port = (struct port *)traffic->port_part;
    traffic->host = (struct host *)traffic->host_part;
    ledger_init(&traffic->ledger);
    event_init(&traffic->next, part, traffic, "next", next_event);
    event_init(&traffic->check, part, traffic, "check", check_event);
    event_set_priority(&traffic->check, EVENT_OBSERVER);
}

static void traffic_wire(struct part *part, struct diagnostics *diagnostics)
{
    struct traffic *traffic = (struct traffic *)part;
    struct replay_config config = {.capture = traffic->capture,
                                   .card = traffic->card,
                                   .fix_checksums = traffic->checksums == CHECKSUMS_FIX,
                                   .repair = traffic->repair,
                                   .max_gap_ps = traffic->max_gap_ps,
                                   .refuse_after_ps = traffic->refuse_after_ps,
                                   .limit_frames = traffic->limit_frames,
                                   .mtu_bytes = (uint32_t)traffic->mtu_bytes};

    memcpy(config.card_mac, traffic->port->mac, sizeof config.card_mac);
    traffic->replay = replay_open(&config, diagnostics);
    port_listen(traffic->port, card_sent, traffic);
}

static void traffic_start(struct part *part)
{
    struct traffic *traffic = (struct traffic *)part;

    host_when_ready(traffic->host, begin, traffic);
}

static void traffic_free(struct part *part)
{
    struct traffic *traffic = (struct traffic *)part;

    if (traffic->replay)
        replay_close(traffic->replay);
    ledger_free(&traffic->ledger);
}

static const char *const port_kinds[] = {"port", NULL};
static const char *const host_kinds[] = {"host", NULL};
static const char *const checksum_rules[] = {"fix", "keep", NULL};

static const struct parameter parameters[] = {
    {"capture", PARAMETER_PATH, offsetof(struct traffic, capture), NULL, 1, 4096, NULL,
     "The capture to replay: a pcap or pcapng file, or - for standard input."},
    {"card", PARAMETER_TEXT, offsetof(struct traffic, card), "auto", 1, 65536, NULL,
     "Addresses of the card's side: ADDRESS[/PREFIX] ..., or auto: the servers of the capture."},
    {"port", PARAMETER_PART, offsetof(struct traffic, port_part), "*", 0, 0, port_kinds,
     "The port into which it goes."},
    {"host", PARAMETER_PART, offsetof(struct traffic, host_part), "*", 0, 0, host_kinds,
     "The host that must be ready before it begins."},
    {"checksums", PARAMETER_CHOICE, offsetof(struct traffic, checksums), "fix", 0, 0,
     checksum_rules, "Whether bad checksums of the capture are fixed or kept."},
    {"repair", PARAMETER_FLAG, offsetof(struct traffic, repair), "on", 0, 0, NULL,
     "Whether segments that the card dropped or refused are offered again."},
    {"max_gap", PARAMETER_TIME, offsetof(struct traffic, max_gap_ps), "10s", 0,
     1000000 * PS_PER_SECOND, NULL,
     "Longer pauses of the capture are shortened to this; 0 keeps all."},
    {"refuse_after", PARAMETER_TIME, offsetof(struct traffic, refuse_after_ps), "1s", 1,
     1000000 * PS_PER_SECOND, NULL,
     "A connection whose SYN is unanswered for so long counts as refused."},
    {"linger", PARAMETER_TIME, offsetof(struct traffic, linger_ps), "100ms", 1000000000,
     1000000 * PS_PER_SECOND, NULL,
     "The run ends so long after the last frame if something is still under way."},
    {"limit", PARAMETER_COUNT, offsetof(struct traffic, limit_frames), "0", 0, 0, NULL,
     "Records of the capture to read; 0 is all."},
    {"mtu", PARAMETER_SIZE, offsetof(struct traffic, mtu_bytes), "1500B", 576, 9000, NULL,
     "IP bytes of one frame; merged segments of the capture are split to fit."},
    {0},
};

static const struct statistic statistics[] = {
    {"captured", STATISTIC_COUNT, offsetof(struct traffic, stats.captured),
     "Frames of the capture put on the wire."},
    {"repaired", STATISTIC_COUNT, offsetof(struct traffic, stats.repaired),
     "Frames offered again."},
    {"synthesised", STATISTIC_COUNT, offsetof(struct traffic, stats.synthesised),
     "Frames made by the replay."},
    {"bytes", STATISTIC_COUNT, offsetof(struct traffic, stats.bytes), "Bytes of all these."},
    {"sender_max", STATISTIC_MAXIMUM, offsetof(struct traffic, stats.sender_max),
     "The most frames that waited at the sender for the wire."},
    {0},
};

const struct part_kind traffic_kind = {
    .name = "traffic",
    .help = "The network beyond a port: replays a capture.",
    .size = sizeof(struct traffic),
    .parameters = parameters,
    .statistics = statistics,
    .init = traffic_init,
    .wire = traffic_wire,
    .start = traffic_start,
    .free = traffic_free,
};
