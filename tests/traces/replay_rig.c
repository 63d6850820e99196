#include "tests/traces/replay_rig.h"

#include "traces/capture_write.h"

#include <arpa/inet.h>
#include <check.h>
#include <glib.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

enum { FRAME_BYTES = 66000 };

struct built_frame {
    uint8_t data[FRAME_BYTES];
    uint32_t bytes;
};

struct card_client { /* the card's half of a connection */
    uint8_t *got;    /* a byte a byte of the client's stream, by position */
    uint32_t fin_at, delivered, step_sent;
    uint32_t isn, edge;
    int client_scale;
    bool is_open, closed, was_dropped;
};

struct rig rig;

static struct {
    struct diagnostics diagnostics;
    char *path;
    struct capture_writer *writer;
    GQueue answers; /* of struct pending, in order of time */
    struct card_client clients[RIG_CLIENTS];
    unsigned offered; /* that drop_every counts */
} own;

struct pending {
    uint64_t time_ps;
    struct rig_answer answer;
};

uint8_t rig_byte(bool from_server, uint64_t offset)
{
    return (uint8_t)(offset * 7 + offset / 251 + (from_server ? 31 : 3));
}

void rig_set_up(void)
{
    memset(&rig, 0, sizeof rig);
    memset(&own, 0, sizeof own);
    rig.config = (struct replay_config){.card = "10.0.0.2",
                                        .card_mac = {2, 0xca, 0, 0, 0, 1},
                                        .fix_checksums = true,
                                        .repair = true,
                                        .max_gap_ps = 10000 * RIG_MS,
                                        .refuse_after_ps = 1000 * RIG_MS,
                                        .mtu_bytes = 1500};
    rig.client_isn = 1000;
    rig.server_isn = 900000;
    rig.card.isn = 5000;
    rig.card.delay_ps = 10 * RIG_US;
    rig.card.mss = 1460;
    rig.card.window_bytes = 60000;
    rig.card.scale = -1;
    rig.card.stop_ps = UINT64_MAX;
    diagnostics_init(&own.diagnostics);
    g_queue_init(&own.answers);
    own.path = g_strdup_printf("/tmp/polynic-replay-%d.pcap", (int)getpid());
    own.writer = capture_writer_new(own.path, &own.diagnostics);
    ck_assert_ptr_nonnull(own.writer);
}

void rig_tear_down(void)
{
    if (rig.replay)
        replay_close(rig.replay);
    else
        capture_writer_abandon(own.writer);
    for (unsigned i = 0; i < rig.count; i++)
        g_free((uint8_t *)rig.frames[i].packet.data);
    for (unsigned i = 0; i < RIG_CLIENTS; i++)
        g_free(own.clients[i].got);
    g_queue_clear_full(&own.answers, g_free);
    diagnostics_clear(&own.diagnostics);
    unlink(own.path);
    g_free(own.path);
}

/* --- The capture --------------------------------------------------------------------------------- */

static uint32_t put_option(uint8_t *options, uint32_t at, const uint8_t *bytes, uint32_t count)
{
    memcpy(options + at, bytes, count);
    return at + count;
}

static uint32_t put_options(uint8_t *options, const struct rig_segment *segment)
{
    uint32_t at = 0;

    if (segment->mss)
        at = put_option(options, at,
                        (uint8_t[]){2, 4, (uint8_t)(segment->mss >> 8), (uint8_t)segment->mss}, 4);
    if (segment->scale)
        at =
            put_option(options, at,
                       (uint8_t[]){1, 3, 3, (uint8_t)(segment->scale < 0 ? 0 : segment->scale)}, 4);
    if (segment->sack_permitted)
        at = put_option(options, at, (uint8_t[]){1, 1, 4, 2}, 4);
    if (segment->timestamp) {
        at = put_option(options, at, (uint8_t[]){1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 77}, 12);
        packet_put32(options + at - 8, segment->timestamp);
    }
    if (segment->sack_to) {
        at = put_option(options, at, (uint8_t[]){1, 1, 5, 10, 0, 0, 0, 0, 0, 0, 0, 0}, 12);
        packet_put32(options + at - 8, rig.server_isn + segment->sack_from);
        packet_put32(options + at - 4, rig.server_isn + segment->sack_to);
    }
    return at;
}

static void build_segment_frame(struct built_frame *frame, const struct rig_segment *segment,
                                uint32_t sequence, uint32_t acknowledgement)
{
    static const uint8_t client[] = {10, 0, 0, 1}, server[] = {10, 0, 0, 2};
    uint8_t *ip = frame->data + 14, *tcp = ip + 20;
    uint8_t flags = segment->flags ? segment->flags : PACKET_ACK;
    unsigned port = RIG_PORT + segment->client;
    struct packet packet;

    memset(frame->data, 0, 54);
    memcpy(frame->data, segment->from_server ? "\2\0\0\0\0\1" : "\2\0\0\0\0\2", 6);
    memcpy(frame->data + 6, segment->from_server ? "\2\0\0\0\0\2" : "\2\0\0\0\0\1", 6);
    packet_put16(frame->data + 12, PACKET_ETHER_IPV4);
    uint32_t header_bytes = 20 + put_options(tcp + 20, segment);
    ip[0] = 0x45;
    packet_put16(ip + 2, (uint16_t)(20 + header_bytes + segment->bytes));
    ip[8] = 64;
    ip[9] = IPPROTO_TCP;
    memcpy(ip + 12, segment->from_server ? server : client, 4);
    memcpy(ip + 16, segment->from_server ? client : server, 4);
    packet_put16(tcp, (uint16_t)(segment->from_server ? RIG_SERVER_PORT : port));
    packet_put16(tcp + 2, (uint16_t)(segment->from_server ? port : RIG_SERVER_PORT));
    packet_put32(tcp + 4, sequence);
    packet_put32(tcp + 8, flags & PACKET_ACK ? acknowledgement : 0);
    tcp[12] = (uint8_t)(header_bytes / 4 << 4);
    tcp[13] = flags;
    packet_put16(tcp + 14, segment->window ? segment->window : 1000);
    for (uint32_t i = 0; i < segment->bytes; i++)
        tcp[header_bytes + i] = rig_byte(segment->from_server, segment->position - 1 + i);
    frame->bytes = 34 + header_bytes + segment->bytes;
    packet_parse(&packet, frame->data, frame->bytes, frame->bytes);
    packet_fix_checksums(&packet, frame->data);
    if (segment->bad_checksum)
        packet_put16(tcp + 16, (uint16_t)(packet_get16(tcp + 16) + 1));
}

void rig_add(struct rig_segment segment)
{
    struct built_frame frame;
    uint32_t own_isn = segment.from_server ? rig.server_isn : rig.client_isn;
    uint32_t peer_isn = segment.from_server ? rig.client_isn : rig.server_isn;

    build_segment_frame(&frame, &segment, own_isn + segment.position,
                        peer_isn + segment.acknowledged);
    capture_writer_add(own.writer, segment.at_us * 1000, frame.data,
                       segment.snap_bytes ? MIN(segment.snap_bytes, frame.bytes) : frame.bytes,
                       frame.bytes);
}

void rig_add_raw(int64_t at_us, const uint8_t *data, uint32_t bytes)
{
    capture_writer_add(own.writer, at_us * 1000, data, bytes, bytes);
}

void rig_syn(int64_t at_us, unsigned client)
{
    rig_add((struct rig_segment){.at_us = at_us,
                                 .client = client,
                                 .flags = PACKET_SYN,
                                 .mss = 1460,
                                 .scale = 7,
                                 .sack_permitted = true});
}

void rig_syn_ack(int64_t at_us, unsigned client)
{
    rig_add((struct rig_segment){.at_us = at_us,
                                 .client = client,
                                 .from_server = true,
                                 .acknowledged = 1,
                                 .flags = PACKET_SYN | PACKET_ACK,
                                 .mss = 1460,
                                 .scale = 7,
                                 .sack_permitted = true});
}

void rig_handshake(int64_t at_us, unsigned client)
{
    rig_syn(at_us, client);
    rig_syn_ack(at_us + 1, client);
    rig_add((struct rig_segment){
        .at_us = at_us + 2, .client = client, .position = 1, .acknowledged = 1});
}

void rig_open(void)
{
    ck_assert(capture_writer_close(own.writer));
    rig.config.capture = own.path;
    rig.replay = replay_open(&rig.config, &own.diagnostics);
    ck_assert_ptr_nonnull(rig.replay);
    ck_assert_uint_eq(own.diagnostics.count, 0);
}

/* --- Frames ---------------------------------------------------------------------------------------- */

static struct rig_frame *take(uint64_t now_ps)
{
    struct replay_frame taken;

    if (!replay_take(rig.replay, now_ps, &taken))
        return NULL;
    ck_assert_uint_lt(rig.count, 4096);
    struct rig_frame *frame = &rig.frames[rig.count++];
    uint8_t *data = g_memdup2(taken.data, taken.bytes);

    frame->time_ps = rig.now_ps = now_ps;
    frame->cookie = taken.cookie;
    frame->kind = taken.kind;
    packet_parse(&frame->packet, data, taken.bytes, taken.bytes);
    packet_tcp_options(&frame->packet, &frame->options);
    frame->position = frame->packet.sequence - rig.client_isn;
    frame->acknowledged = frame->packet.acknowledgement - rig.card.isn;
    return frame;
}

void rig_take_until(uint64_t now_ps)
{
    while (replay_next_ps(rig.replay) <= now_ps) {
        rig.now_ps = MAX(rig.now_ps, replay_next_ps(rig.replay));
        while (take(rig.now_ps))
            continue;
    }
    rig.now_ps = now_ps;
}

void rig_card_sends_raw(uint64_t now_ps, const uint8_t *data, uint32_t bytes)
{
    rig.now_ps = now_ps;
    replay_card_sent(rig.replay, now_ps, data, bytes);
}

void rig_card_sends(uint64_t now_ps, struct rig_answer answer)
{
    struct built_frame frame;
    struct rig_segment segment = {.from_server = true,
                                  .client = answer.client,
                                  .position = answer.position,
                                  .flags = answer.flags,
                                  .window = (uint16_t)(answer.window ? answer.window : 10000),
                                  .bytes = answer.bytes,
                                  .mss = answer.mss,
                                  .scale = answer.scale,
                                  .timestamp = answer.timestamp};

    build_segment_frame(&frame, &segment, rig.card.isn + answer.position,
                        rig.client_isn + answer.acknowledged);
    rig_card_sends_raw(now_ps, frame.data, frame.bytes);
}

static uint32_t card_timestamp(uint64_t now_ps)
{
    return 500000 + (uint32_t)(now_ps / RIG_MS);
}

static struct rig_answer syn_ack(uint64_t now_ps, unsigned client)
{
    return (struct rig_answer){.client = client,
                               .flags = PACKET_SYN | PACKET_ACK,
                               .acknowledged = 1,
                               .window = MIN(rig.card.window_bytes, 65535),
                               .mss = rig.card.mss,
                               .scale = (int8_t)(rig.card.scale == 0    ? -1
                                                 : rig.card.scale == -1 ? 0
                                                                        : rig.card.scale),
                               .timestamp = rig.card.timestamps ? card_timestamp(now_ps) : 0};
}

void rig_card_accepts(uint64_t now_ps, unsigned client)
{
    rig_card_sends(now_ps, syn_ack(now_ps, client));
}

struct replay_tuple rig_tuple(unsigned client)
{
    return (struct replay_tuple){.remote.bytes = {10, 0, 0, 1},
                                 .local.bytes = {10, 0, 0, 2},
                                 .remote_port = (uint16_t)(RIG_PORT + client),
                                 .local_port = RIG_SERVER_PORT};
}

uint64_t rig_connection(unsigned client)
{
    struct replay_tuple tuple = rig_tuple(client);

    return replay_connection(rig.replay, &tuple);
}

unsigned rig_frames_of(enum replay_kind kind)
{
    unsigned count = 0;

    for (unsigned i = 0; i < rig.count; i++)
        count += rig.frames[i].kind == kind;
    return count;
}

const struct rig_frame *rig_frame_of(enum replay_kind kind, unsigned number)
{
    for (unsigned i = 0; i < rig.count; i++)
        if (rig.frames[i].kind == kind && number-- == 0)
            return &rig.frames[i];
    ck_abort_msg("no such frame");
}

/* --- What many tests do ---------------------------------------------------------------------------- */

const struct replay_counts *rig_counts(void)
{
    return replay_counts(rig.replay);
}

/* One request of the client, one answer of the server, FIN both ways. */
void rig_add_exchange(int64_t at_us, unsigned client, uint32_t request, uint32_t response)
{
    rig_handshake(at_us, client);
    rig_add((struct rig_segment){.at_us = at_us + 10,
                                 .client = client,
                                 .position = 1,
                                 .acknowledged = 1,
                                 .flags = PACKET_ACK | PACKET_PSH,
                                 .bytes = request});
    for (uint32_t done = 0, bytes; done < response; done += bytes) {
        bytes = MIN(response - done, 1460);
        rig_add((struct rig_segment){.at_us = at_us + 20,
                                     .client = client,
                                     .from_server = true,
                                     .position = 1 + done,
                                     .acknowledged = 1 + request,
                                     .bytes = bytes});
    }
    rig_add((struct rig_segment){.at_us = at_us + 30,
                                 .client = client,
                                 .position = 1 + request,
                                 .acknowledged = 1 + response});
    rig_add((struct rig_segment){.at_us = at_us + 40,
                                 .client = client,
                                 .flags = PACKET_ACK | PACKET_FIN,
                                 .position = 1 + request,
                                 .acknowledged = 1 + response});
    rig_add((struct rig_segment){.at_us = at_us + 50,
                                 .client = client,
                                 .from_server = true,
                                 .flags = PACKET_ACK | PACKET_FIN,
                                 .position = 1 + response,
                                 .acknowledged = 2 + request});
    rig_add((struct rig_segment){.at_us = at_us + 60,
                                 .client = client,
                                 .position = 2 + request,
                                 .acknowledged = 2 + response});
}

/* The client's n-th segment since the handshake, a microsecond after the one before. */
void rig_add_data(unsigned number, uint32_t position, uint32_t bytes)
{
    rig_add((struct rig_segment){
        .at_us = 10 + number, .position = position, .acknowledged = 1, .bytes = bytes});
}

void rig_add_ack(unsigned number, uint32_t acknowledged, uint16_t window)
{
    rig_add((struct rig_segment){
        .at_us = 10 + number, .position = 1, .acknowledged = acknowledged, .window = window});
}

void rig_add_response(unsigned number, uint32_t position, uint32_t bytes, uint32_t after)
{
    rig_add((struct rig_segment){.at_us = 10 + number,
                                 .from_server = true,
                                 .position = position,
                                 .acknowledged = after,
                                 .bytes = bytes});
}

/* Takes the SYN and lets the card accept at 5 us. */
void rig_open_by_hand(void)
{
    rig_open();
    rig_take_until(5 * RIG_US);
    ck_assert_uint_eq(rig.count, 1);
    rig_card_accepts(5 * RIG_US, 0);
    rig_take_until(5 * RIG_US);
}

/* --- The model of the card --------------------------------------------------------------------------- */

static void answer_later(struct rig_answer answer)
{
    struct pending *pending = g_new(struct pending, 1);

    answer.timestamp = rig.card.timestamps ? card_timestamp(rig.now_ps) : 0;
    *pending = (struct pending){rig.now_ps + rig.card.delay_ps, answer};
    g_queue_push_tail(&own.answers, pending);
}

static uint32_t window_field(void)
{
    uint32_t window = rig.card.window_bytes >> MAX(rig.card.scale, 0);

    return MAX(MIN(window, 65535), 1);
}

static void acknowledge(unsigned client)
{
    answer_later((struct rig_answer){.client = client,
                                     .position = rig.card_sent[client],
                                     .acknowledged = rig.card_received[client],
                                     .window = window_field()});
}

/* Sends what the captured server sent, after as many bytes as it had got, within the client's window. */
static void serve(unsigned client)
{
    struct card_client *half = &own.clients[client];
    struct replay_step step;

    for (;;) {
        uint32_t got = rig.card_received[client] - 1;

        replay_step(rig.replay, rig_connection(client), half->step_sent, rig.now_ps, &step, NULL,
                    0);
        if (half->closed || got < step.after_bytes ||
            (step.kind != REPLAY_STEP_SEND && step.kind != REPLAY_STEP_CLOSE))
            return;
        uint32_t room = half->edge > rig.card_sent[client] ? half->edge - rig.card_sent[client] : 0;
        uint32_t bytes = MIN(MIN(step.bytes, 1000), room);
        struct rig_answer answer = {.client = client,
                                    .position = rig.card_sent[client],
                                    .acknowledged = rig.card_received[client],
                                    .bytes = step.kind == REPLAY_STEP_SEND ? bytes : 0,
                                    .flags = PACKET_ACK |
                                             (step.kind == REPLAY_STEP_CLOSE ? PACKET_FIN : 0),
                                    .window = window_field()};

        if (room == 0)
            return;
        answer_later(answer);
        half->closed = step.kind == REPLAY_STEP_CLOSE;
        half->step_sent += answer.bytes;
        rig.card_sent[client] += answer.bytes + half->closed;
        replay_step_done(rig.replay, rig_connection(client), half->step_sent);
    }
}

static void judge(const struct rig_frame *frame, struct card_client *half, unsigned client)
{
    const struct packet *packet = &frame->packet;
    uint32_t window = (uint32_t)packet->window << (rig.card.scale >= 0 ? half->client_scale : 0);

    ck_assert_msg(packet_checksums_good(packet), "frame %u has a bad checksum", rig.count - 1);
    ck_assert_uint_eq(frame->options.timestamp_offset != 0 && frame->options.timestamp_echo > 77,
                      rig.card.timestamps);
    ck_assert_uint_eq(frame->options.sack_offset, 0);
    ck_assert_uint_le(packet->payload_bytes + packet->tcp_header_bytes - 20, rig.card.mss);
    ck_assert_uint_le(packet->datagram_bytes, rig.config.mtu_bytes);
    if (packet->tcp_flags & PACKET_ACK) {
        ck_assert_uint_le(frame->acknowledged, rig.card_sent[client]);
        rig.card_acked[client] = MAX(rig.card_acked[client], frame->acknowledged);
        ck_assert_uint_ge(frame->acknowledged + window, half->edge);
        half->edge = frame->acknowledged + window;
    }
}

static void deliver(unsigned client, uint32_t from, uint32_t to)
{
    uint32_t bytes = to - from;
    uint8_t *data = g_malloc(bytes + 1);

    for (uint32_t i = 0; i < bytes; i++)
        data[i] = own.clients[client].got[from + i];
    if (rig.card.flips_a_byte)
        data[bytes / 2] ^= 1;
    rig.card.flips_a_byte = false;
    replay_delivered(rig.replay, rig_connection(client), from - 1, data, bytes);
    g_free(data);
}

/* got[] has the byte, got[RIG_STREAM_BYTES + position] whether it is there. */
static void receive_data(const struct rig_frame *frame, struct card_client *half, unsigned client)
{
    const struct packet *packet = &frame->packet;
    uint32_t *received = &rig.card_received[client], before = *received;
    bool fin = packet->tcp_flags & PACKET_FIN;

    ck_assert_uint_lt(frame->position + packet->payload_bytes, RIG_STREAM_BYTES);
    for (uint32_t i = 0; i < packet->payload_bytes; i++) {
        half->got[frame->position + i] = packet->data[packet->payload_offset + i];
        half->got[RIG_STREAM_BYTES + frame->position + i] = 1;
    }
    if (fin)
        half->fin_at = frame->position + packet->payload_bytes;
    while (half->got[RIG_STREAM_BYTES + *received])
        ++*received;
    if (*received > before)
        deliver(client, before, *received);
    if (half->fin_at && *received == half->fin_at)
        ++*received;
    if (packet->payload_bytes || fin)
        acknowledge(client);
}

static void receive_syn(const struct rig_frame *frame, struct card_client *half, unsigned client)
{
    if (rig.card.silent)
        return;
    if (rig.card.refuses) {
        answer_later((struct rig_answer){
            .client = client, .flags = PACKET_RST | PACKET_ACK, .acknowledged = 1});
        return;
    }
    half->is_open = true;
    g_free(half->got);
    half->got = g_malloc0(2 * RIG_STREAM_BYTES);
    half->client_scale = MAX(frame->options.window_scale, 0);
    half->fin_at = half->step_sent = half->edge = 0;
    half->closed = false;
    rig.card_received[client] = rig.card_sent[client] = 1;
    struct rig_answer answer = syn_ack(rig.now_ps, client);
    answer_later(answer);
}

static void receive(const struct rig_frame *frame)
{
    const struct packet *packet = &frame->packet;
    unsigned client = packet->source_port - RIG_PORT;
    bool counts = packet->payload_bytes || packet->tcp_flags & (PACKET_SYN | PACKET_FIN);

    if (packet->protocol != IPPROTO_TCP || packet->source_port < RIG_PORT || client >= RIG_CLIENTS)
        return;
    struct card_client *half = &own.clients[client];
    if (rig.card.drop_every && counts && ++own.offered % rig.card.drop_every == 0) {
        if (rig.card.tells_drops)
            replay_dropped(rig.replay, rig.now_ps, frame->cookie);
        return;
    }
    if (packet->tcp_flags & PACKET_SYN) {
        receive_syn(frame, half, client);
    } else if (half->is_open) {
        judge(frame, half, client);
        receive_data(frame, half, client);
        serve(client);
    }
}

void rig_run(void)
{
    for (;;) {
        const struct pending *answer = g_queue_peek_head(&own.answers);
        uint64_t next_ps = replay_next_ps(rig.replay);

        if (MIN(answer ? answer->time_ps : REPLAY_NEVER, next_ps) > rig.card.stop_ps ||
            (!answer && next_ps == REPLAY_NEVER))
            break;
        if (answer && answer->time_ps <= next_ps) {
            rig.now_ps = MAX(rig.now_ps, answer->time_ps);
            rig_card_sends(rig.now_ps, answer->answer);
            if (answer->answer.flags & PACKET_SYN)
                own.clients[answer->answer.client].edge = 0;
            g_free(g_queue_pop_head(&own.answers));
        } else {
            rig.now_ps = MAX(rig.now_ps, next_ps);
            const struct rig_frame *frame = take(rig.now_ps);

            if (frame)
                receive(frame);
        }
    }
}
