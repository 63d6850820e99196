#include "models/traffic.h"

#include "models/host_dma.h"
#include "models/processor.h"
#include "models/receive_dma.h"
#include "models/traffic_generate.h"
#include "models/transmit_dma.h"
#include "sim/random.h"

#include <glib.h>
#include <sys/stat.h>

enum { CHECKSUMS_FIX, CHECKSUMS_KEEP };
enum { MOST_DAMAGED_MILLIONTHS = 500000 }; /* of what is repaired half is damaged again: it must end */

struct replay *traffic_replay(struct part *part)
{
    return ((struct traffic *)part)->replay;
}

unsigned traffic_port(const struct part *part)
{
    return ((const struct traffic *)part)->port->number;
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
    if (next_ps == REPLAY_NEVER || port_waiting(traffic->port) >= TRAFFIC_AT_SENDER)
        event_cancel(&traffic->next); /* goes on when the card sends, or a frame has arrived */
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

/* What the wire makes of a frame. */
static struct frame *on_the_wire(struct traffic *traffic, const struct replay_frame *ready)
{
    enum { MILLION = 1000000, LEAST_RUNT = 8 }; /* with FCS */
    uint64_t luck = MILLION;
    struct frame *frame;

    if (traffic->fcs_errors_millionths || traffic->runts_millionths)
        luck = random_below(&traffic->random, MILLION);
    bool is_runt = luck < traffic->runts_millionths;
    bool is_damaged = luck < traffic->runts_millionths + traffic->fcs_errors_millionths;

    if (is_runt) {
        uint64_t bytes = LEAST_RUNT - PORT_FCS_BYTES +
                         random_below(&traffic->random, PORT_MIN_BYTES + PORT_FCS_BYTES - LEAST_RUNT);

        frame = frame_new_unpadded(&traffic->ledger, ready->data, (uint32_t)MIN(bytes, ready->bytes));
    } else if (traffic->pad) {
        frame = frame_new(&traffic->ledger, ready->data, ready->bytes);
    } else {
        frame = frame_new_unpadded(&traffic->ledger, ready->data, ready->bytes);
    }
    frame->fcs_is_bad = is_damaged;
    traffic->stats.damaged += is_damaged;
    return frame;
}

static void next_event(void *owner)
{
    struct traffic *traffic = owner;
    struct replay_frame ready;

    while (port_waiting(traffic->port) < TRAFFIC_AT_SENDER &&
           replay_take(traffic->replay, traffic_time_ps(&traffic->part), &ready)) {
        struct frame *frame = on_the_wire(traffic, &ready);

        if (ready.kind == REPLAY_CAPTURED) {
            frame->captured_bytes = ready.bytes;
            frame->captured_ps = ready.captured_ps;
        }
        frame->cookie = ready.cookie;
        frame->dropped = card_dropped;
        frame->owner = traffic;
        traffic->stats.captured += ready.kind == REPLAY_CAPTURED;
        traffic->stats.repaired += ready.kind == REPLAY_REPAIR;
        traffic->stats.synthesised += ready.kind == REPLAY_SYNTHESISED;
        traffic->stats.bytes += frame->bytes;
        port_offer(traffic->port, frame);
    }
    pump(traffic);
}

static void frame_arrived(void *owner, struct frame *frame, uint64_t first_bit_ps)
{
    struct traffic *traffic = owner;
    struct traffic_reached *reached = &traffic->reached;

    if (frame->captured_bytes) {
        if (!reached->any) {
            reached->first_bit_ps = first_bit_ps;
            reached->first_captured_ps = frame->captured_ps;
        }
        reached->frames += reached->any;
        reached->bits += reached->last_bits;
        reached->last_bits = 8ull * frame->captured_bytes;
        reached->last_bit_ps = first_bit_ps;
        reached->last_captured_ps = frame->captured_ps;
        reached->any = true;
    }
    traffic->last_frame_ps = part_now(&traffic->part);
    pump(traffic);
    if (traffic->progressed)
        traffic->progressed(traffic->observer);
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
    if (traffic->progressed)
        traffic->progressed(traffic->observer);
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
            (part->kind == &host_kind && !host_idle((struct host *)part)) ||
            (part->kind == &port_kind && port_is_sending((struct port *)part)))
            return false;
    }
    return true;
}

/* Nothing comes before the card acts: because the replay waits for it, or because it has paused the sender. */
static bool awaits_card(const struct traffic *traffic)
{
    if (port_waiting(traffic->port))
        return !port_is_receiving(traffic->port);
    return replay_next_ps(traffic->replay) == REPLAY_NEVER;
}

/* Of all traffic: the end is everybody's. */
struct rest {
    bool at_rest, waiting;
    uint64_t open; /* connections */
    uint64_t end_ps;
};

static struct rest look_at_all(const struct sim *sim)
{
    struct rest rest = {.at_rest = true, .waiting = true};

    for (unsigned i = 0; i < sim->part_count; i++) {
        const struct traffic *traffic = (const struct traffic *)sim->parts[i];

        if (sim->parts[i]->kind != &traffic_kind)
            continue;
        rest.at_rest &= traffic->started && replay_exhausted(traffic->replay) &&
                        port_waiting(traffic->port) == 0 && traffic->ledger.in_flight == 0;
        rest.waiting &= traffic->started && awaits_card(traffic);
        rest.open += replay_connections_open(traffic->replay);
        rest.end_ps = MAX(rest.end_ps, traffic->last_frame_ps + traffic->linger_ps);
    }
    return rest;
}

static void check_event(void *owner)
{
    struct traffic *traffic = owner;
    struct sim *sim = traffic->part.sim;
    uint64_t now_ps = part_now(&traffic->part);
    struct rest rest = look_at_all(sim);
    bool is_over = rest.at_rest && card_is_idle(traffic);

    if (is_over && rest.open == 0) {
        sim_stop(sim, "traffic exhausted, everything at rest");
        return;
    }
    if (rest.waiting && now_ps >= rest.end_ps) {
        sim_stop(sim, TRAFFIC_LINGERED);
        return;
    }
    sim->ahead_limit_ps = MIN(sim->time_limit_ps, rest.end_ps > now_ps ? rest.end_ps : UINT64_MAX);
    look_for_end(traffic, replay_next_ps(traffic->replay));
    if (rest.end_ps > now_ps && (is_over || rest.end_ps < traffic->check.time_ps))
        event_at(&traffic->check, rest.end_ps); /* the cores go no further; a frame of the card's brings it forward */
}

/* Nothing begins before all processors listen; one that stops, or never does, must not run for ever. */
static void ready_event(void *owner)
{
    struct traffic *traffic = owner;
    struct sim *sim = traffic->part.sim;
    bool any_stopped = false;

    for (unsigned i = 0; i < sim->part_count; i++)
        any_stopped |= sim->parts[i]->kind == &processor_kind &&
                       processor_is_stopped((struct processor *)sim->parts[i]);
    if (any_stopped || part_now(&traffic->part) >= TRAFFIC_READY_PS)
        sim_stop(sim, "the processors never became ready");
    else
        event_at(&traffic->ready, part_now(&traffic->part) + TRAFFIC_READY_CHECK_PS);
}

static void begin(void *owner)
{
    struct traffic *traffic = owner;

    traffic->started = true;
    event_cancel(&traffic->ready);
    traffic->from_ps = traffic->last_frame_ps = part_now(&traffic->part);
    pump(traffic);
}

static void host_ready(void *owner)
{
    struct traffic *traffic = owner;

    if (++traffic->hosts_ready == traffic->host_list.count)
        begin(traffic);
}

/* --- The part
 * ---------------------------------------------------------------------------------------------- */

enum replay_rate traffic_rate(const struct traffic *traffic, uint64_t *millionths)
{
    *millionths = traffic->mbps_millionths;
    if (*millionths)
        return REPLAY_MBPS;
    *millionths = traffic->pps_millionths;
    if (*millionths)
        return REPLAY_PPS;
    if (traffic->topspeed)
        return REPLAY_TOPSPEED;
    *millionths = traffic->multiplier_millionths ? traffic->multiplier_millionths : 1000000;
    return REPLAY_MULTIPLIER;
}

/* A pipe can't. What is not there is said when it is opened. */
static bool can_be_read_again(const char *path)
{
    struct stat status;

    return strcmp(path, "-") != 0 && (stat(path, &status) != 0 || S_ISREG(status.st_mode));
}

static void check_rate(const struct traffic *traffic, struct diagnostics *diagnostics)
{
    const struct {
        const char *key;
        bool given;
    } rates[] = {{"multiplier", traffic->multiplier_millionths != 0},
                 {"mbps", traffic->mbps_millionths != 0},
                 {"pps", traffic->pps_millionths != 0},
                 {"topspeed", traffic->topspeed}};
    const char *first = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(rates); i++) {
        if (first && rates[i].given)
            part_error(&traffic->part, diagnostics, rates[i].key,
                       "%s is given too: expected one of multiplier, mbps, pps and topspeed", first);
        else if (rates[i].given)
            first = rates[i].key;
    }
    if (traffic->mode != TRAFFIC_REPLAY)
        return; /* traffic_generate.c has the rest */
    if (!*traffic->capture)
        part_error(&traffic->part, diagnostics, "capture",
                   "needed by mode = replay: the name of a pcap or pcapng file, or - for standard input");
    if (traffic->loop == 0 && !traffic->duration_ps && !traffic->limit_frames)
        part_error(&traffic->part, diagnostics, "loop",
                   "0 loops for ever: give a duration or a limit too");
    if (traffic->loop != 1 && !can_be_read_again(traffic->capture))
        part_error(&traffic->part, diagnostics, "loop",
                   "%s can't be read again: write it to a file, or use copies",
                   strcmp(traffic->capture, "-") == 0 ? "standard input" : "the capture is no file, and");
}

/* Several traffics have clients of their own, and wires of their own. */
static unsigned number_of(const struct traffic *traffic)
{
    unsigned number = GENERATE_LEAST_NUMBER;

    for (unsigned i = 0; traffic->part.sim->parts[i] != &traffic->part; i++)
        number += traffic->part.sim->parts[i]->kind == &traffic_kind;
    return number;
}

static void check_damage(const struct traffic *traffic, struct diagnostics *diagnostics)
{
    if (traffic->fcs_errors_millionths + traffic->runts_millionths > MOST_DAMAGED_MILLIONTHS)
        part_error(&traffic->part, diagnostics, "runts",
                   "with fcs_errors more than half of all frames would be damaged: expected 0.5 at most together");
}

static void traffic_init(struct part *part, struct diagnostics *diagnostics)
{
    struct traffic *traffic = (struct traffic *)part;

    check_rate(traffic, diagnostics);
    check_damage(traffic, diagnostics);
    traffic->random = part->sim->seed ^ (uint64_t)number_of(traffic) << 32;
    traffic->port = (struct port *)traffic->port_part;
    ledger_init(&traffic->ledger);
    event_init(&traffic->next, part, traffic, "next", next_event);
    event_init(&traffic->check, part, traffic, "check", check_event);
    event_set_priority(&traffic->check, EVENT_OBSERVER);
    event_init(&traffic->ready, part, traffic, "ready", ready_event);
    event_set_priority(&traffic->ready, EVENT_OBSERVER);
}

/* The capture, or the generator's frames. False: reported. */
static bool open_replay(struct traffic *traffic, struct replay_config *config, struct diagnostics *diagnostics)
{
    struct generate_config generate;
    struct serve_config serve;
    char *card = NULL, *name = NULL;

    if (traffic->mode == TRAFFIC_GENERATE) {
        if (!traffic_generate_config(traffic, number_of(traffic), traffic->part.sim->seed, &generate, diagnostics))
            return false;
        config->generate = &generate;
        config->max_gap_ps = 0;
        config->capture = name = g_strdup_printf("traffic %s", traffic->part.name);
        config->card = card = generate_card(&generate);
        if (generate.is_poisson && !generate.is_tcp) { /* its times are the generator's */
            config->rate = REPLAY_MULTIPLIER;
            config->rate_millionths = 1000000;
        }
    } else if (traffic->mode == TRAFFIC_SERVE) {
        if (!traffic_serve_config(traffic, number_of(traffic), &serve, diagnostics))
            return false;
        config->serve = &serve;
        config->capture = name = g_strdup_printf("traffic %s", traffic->part.name);
    } else if (!*traffic->capture) {
        return false;
    }
    traffic->replay = replay_open(config, diagnostics);
    g_free(card);
    g_free(name);
    return traffic->replay != NULL;
}

static void traffic_wire(struct part *part, struct diagnostics *diagnostics)
{
    struct traffic *traffic = (struct traffic *)part;

    if (traffic->mode != TRAFFIC_REPLAY)
        traffic_check_stacks(traffic, diagnostics);
    if (traffic->mode == TRAFFIC_SERVE && !traffic->is_opened)
        part_error(part, diagnostics, "mode",
                   "nobody connects to these servers: give an application behaviour = connect, and this traffic");
    struct replay_config config = {.capture = traffic->capture,
                                   .card = traffic->card,
                                   .fix_checksums = traffic->checksums == CHECKSUMS_FIX,
                                   .repair = traffic->repair,
                                   .max_gap_ps = traffic->max_gap_ps,
                                   .refuse_after_ps = traffic->refuse_after_ps,
                                   .max_open = traffic->max_open,
                                   .passes = traffic->loop ? traffic->loop : REPLAY_FOREVER,
                                   .copies = traffic->copies,
                                   .limit_frames = traffic->limit_frames,
                                   .duration_ps = traffic->duration_ps,
                                   .mtu_bytes = (uint32_t)traffic->mtu_bytes};

    bool flow_control = traffic->flow_control == TRAFFIC_FLOW_AUTO
                            ? traffic->topspeed
                            : traffic->flow_control == TRAFFIC_FLOW_ON;

    config.rate = traffic_rate(traffic, &config.rate_millionths);
    memcpy(config.card_mac, traffic->port->mac, sizeof config.card_mac);
    if (flow_control)
        port_set_flow_control(traffic->port, diagnostics);
    open_replay(traffic, &config, diagnostics);
    if (!port_set_sender(traffic->port, frame_arrived, traffic))
        part_error(part, diagnostics, "port", "%s has other traffic already: one sender a port",
                   traffic->port->part.name);
    port_listen(traffic->port, card_sent, traffic);
}

static void traffic_start(struct part *part)
{
    struct traffic *traffic = (struct traffic *)part;

    event_at(&traffic->ready, TRAFFIC_READY_CHECK_PS);
    for (unsigned i = 0; i < traffic->host_list.count; i++)
        host_when_ready((struct host *)traffic->host_list.list[i], host_ready, traffic);
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
static const char *const flow_rules[] = {"auto", "on", "off", NULL};
static const char *const checksum_rules[] = {"fix", "keep", NULL};
static const char *const modes[] = {"replay", "generate", "serve", NULL};
static const char *const protocols[] = {"udp", "tcp", NULL};
static const char *const networks[] = {"ipv4", "ipv6", NULL};
static const char *const arrival_rules[] = {"constant", "poisson", NULL};

static const struct parameter parameters[] = {
    {"mode", PARAMETER_CHOICE, offsetof(struct traffic, mode), "replay", 0, 0, modes,
     "Whether a capture is replayed, frames are made, or servers answer what the card opens (behaviour = connect of "
     "an application); keys from protocol on are for the latter two."},
    {"capture", PARAMETER_PATH, offsetof(struct traffic, capture), "", 1, 4096, NULL,
     "The capture to replay: a pcap or pcapng file, or - for standard input."},
    {"card", PARAMETER_TEXT, offsetof(struct traffic, card), "auto", 1, 65536, NULL,
     "Addresses of the card's side: ADDRESS[/PREFIX] ..., or auto: the servers of the capture."},
    {"port", PARAMETER_PART, offsetof(struct traffic, port_part), "*", 0, 0, port_kinds,
     "The port into which it goes."},
    {"host", PARAMETER_PARTS, offsetof(struct traffic, host_list), "*", 1, HW_MAX_HOSTS, host_kinds,
     "The hosts that must be ready before it begins."},
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
    {"linger", PARAMETER_TIME, offsetof(struct traffic, linger_ps), "4s", 1000000000,
     1000000 * PS_PER_SECOND, NULL,
     "The run ends so long after the last frame if something is still under way. The firmware's "
     "TCP repeats its first segments after 3 s (lwIP)."},
    {"multiplier", PARAMETER_DECIMAL, offsetof(struct traffic, multiplier_millionths), "0", 0,
     1000000000000000, NULL, "How much faster than captured; 0 is as captured, unless another rate is given."},
    {"mbps", PARAMETER_DECIMAL, offsetof(struct traffic, mbps_millionths), "0", 0, 1000000000000000,
     NULL, "Rate in Mbit/s of the captured frames, without padding, FCS, preamble and gap; 0 is not given."},
    {"pps", PARAMETER_DECIMAL, offsetof(struct traffic, pps_millionths), "0", 0, 1000000000000000000,
     NULL, "Rate in captured frames a second; 0 is not given."},
    {"topspeed", PARAMETER_FLAG, offsetof(struct traffic, topspeed), "no", 0, 0, NULL,
     "As fast as wire and card take the frames."},
    {"max_open", PARAMETER_COUNT, offsetof(struct traffic, max_open), "256", 0, 0, NULL,
     "With topspeed, a SYN waits while so many connections are open and fewer were at this place of the "
     "capture; 0: it never waits."},
    {"loop", PARAMETER_COUNT, offsetof(struct traffic, loop), "1", 0, 1000000000000, NULL,
     "Passes through the capture, each with new clients; 0 is until the limit or the duration."},
    {"copies", PARAMETER_COUNT, offsetof(struct traffic, copies), "1", 1, 16384, NULL,
     "Copies of the capture that are played at once, each with clients of its own."},
    {"limit", PARAMETER_COUNT, offsetof(struct traffic, limit_frames), "0", 0, 0, NULL,
     "Captured frames toward the card to replay, over all passes and copies; 0 is all."},
    {"duration", PARAMETER_TIME, offsetof(struct traffic, duration_ps), "0", 0,
     1000000 * PS_PER_SECOND, NULL,
     "Time after which no captured frame begins; 0 is no end."},
    {"flow_control", PARAMETER_CHOICE, offsetof(struct traffic, flow_control), "auto", 0, 0,
     flow_rules, "Whether the port pauses the sender (802.3x) before its FIFO is full; auto: with topspeed."},
    {"fcs_errors", PARAMETER_DECIMAL, offsetof(struct traffic, fcs_errors_millionths), "0", 0, MOST_DAMAGED_MILLIONTHS,
     NULL, "Share of the frames that come with a bad FCS: 0.01 is one in a hundred, the seed decides which."},
    {"runts", PARAMETER_DECIMAL, offsetof(struct traffic, runts_millionths), "0", 0, MOST_DAMAGED_MILLIONTHS, NULL,
     "Share of the frames of which fewer than 64 bytes come, with a bad FCS."},
    {"pad", PARAMETER_FLAG, offsetof(struct traffic, pad), "yes", 0, 0, NULL,
     "Whether the sender pads frames to the 64 bytes (with FCS) that Ethernet asks for; the port drops shorter ones."},
    {"mtu", PARAMETER_SIZE, offsetof(struct traffic, mtu_bytes), "1500B", 576, 9000, NULL,
     "IP bytes of one frame; merged segments of the capture are split to fit."},
    {"protocol", PARAMETER_CHOICE, offsetof(struct traffic, generate.protocol), "udp", 0, 0, protocols,
     "Datagrams to the card, at the rate that pps, mbps or topspeed gives; or connections of requests and responses."},
    {"network", PARAMETER_CHOICE, offsetof(struct traffic, generate.network), "ipv4", 0, 0, networks,
     "The network protocol of generated frames."},
    {"arrivals", PARAMETER_CHOICE, offsetof(struct traffic, generate.arrivals), "constant", 0, 0, arrival_rules,
     "Intervals of datagrams, or of the beginnings of connections: all the same, or exponentially distributed."},
    {"sizes", PARAMETER_TEXT, offsetof(struct traffic, generate.sizes), "64", 1, 400, NULL,
     "Of datagrams: frame sizes with FCS, with weights if they are not 1 (64:7,594:4,1518), or imix, or rfc2544."},
    {"flows", PARAMETER_COUNT, offsetof(struct traffic, generate.flows), "256", 1, GENERATE_MAX_FLOWS, NULL,
     "Of datagrams: clients; each is from any of them."},
    {"answers", PARAMETER_FLAG, offsetof(struct traffic, generate.answers), "no", 0, 0, NULL,
     "Of datagrams: whether the application answers each with one of the same size."},
    {"connections", PARAMETER_COUNT, offsetof(struct traffic, generate.connections), "0", 0, 1000000000000, NULL,
     "Connections in all; 0 is until the limit or the duration."},
    {"servers", PARAMETER_COUNT, offsetof(struct traffic, generate.servers), "64", 1, SERVE_MAX_SERVERS, NULL,
     "Of mode = serve: remote systems that accept connections, each at an address of its own, port 80."},
    {"cps", PARAMETER_DECIMAL, offsetof(struct traffic, generate.cps_millionths), "1000", 1000, 1000000000000000, NULL,
     "Connections that begin each second."},
    {"requests", PARAMETER_COUNT, offsetof(struct traffic, generate.requests), "1", 0, 1000000, NULL,
     "Requests of each connection."},
    {"request", PARAMETER_SIZE, offsetof(struct traffic, generate.request_bytes), "100B", 1, 1ull << 30, NULL,
     "Bytes of a request."},
    {"response", PARAMETER_SIZE, offsetof(struct traffic, generate.response_bytes), "10kB", 0, 1ull << 30, NULL,
     "Bytes of a response; 0: none."},
    {"think", PARAMETER_TIME, offsetof(struct traffic, generate.think_ps), "0", 0, 1000 * PS_PER_SECOND, NULL,
     "Pause between a response and the next request."},
    {"rtt", PARAMETER_TIME, offsetof(struct traffic, generate.round_trip_ps), "100us", 0, 10 * PS_PER_SECOND, NULL,
     "Round-trip time of connections, between the port and a client, which decides when the client's frames come."},
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
    {"damaged", STATISTIC_COUNT, offsetof(struct traffic, stats.damaged),
     "Of all these, frames that the wire damaged."},
    {0},
};

const struct part_kind traffic_kind = {
    .name = "traffic",
    .help = "The network beyond a port: replays a capture, or makes traffic.",
    .size = sizeof(struct traffic),
    .parameters = parameters,
    .statistics = statistics,
    .init = traffic_init,
    .wire = traffic_wire,
    .start = traffic_start,
    .free = traffic_free,
};
