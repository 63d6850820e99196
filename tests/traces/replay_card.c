/* replay_card.c - the ideal card of replay_bench.h: a TCP that answers at once, keeps what comes out of
 * order, sends again after 400 ms, and judges what it gets. */
#include "tests/traces/replay_bench.h"

#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define RTO_PS  (400 * MS)
#define POLL_PS MS

struct sent_range {
    uint32_t from, end;
};

struct session {
    struct replay_tuple tuple;
    uint16_t network;
    uint8_t link[32];
    uint32_t link_bytes;
    uint8_t client_mac[6];
    uint64_t number;                             /* of the replay's connection */
    uint32_t isn, client_isn, next, sent, acked; /* next: expected; sent: next to send */
    uint32_t mss, client_window, unread;
    int client_scale, scale;
    bool stamps, sack, is_open, got_fin, sent_fin, is_dead, saw_ack;
    uint32_t stamp_echo, first_stamp;
    uint64_t unacked_since_ps, repeats;
    uint8_t
        *late; /* what came out of order, by offset from the client's ISN + 1; a byte and a flag */
    uint8_t *late_flags;
    uint32_t late_bytes;
    bool late_fin;
    uint32_t late_fin_at;
};

struct card {
    struct replay *replay;
    const struct card_options *options;
    struct card_figures *figures;
    uint64_t now_ps, syns;
    GQueue out;      /* of struct out: to be sent */
    GQueue sessions; /* in the order of opening */
    GHashTable *by_tuple;
    uint8_t *buffer;
};

struct out {
    uint64_t at_ps;
    uint32_t bytes;
    uint8_t data[];
};

struct card_options card_ideal(void)
{
    return (struct card_options){.isn = 0xfffffff0u, /* wraps at once */
                                 .scale = 2,
                                 .stamps = true,
                                 .sack = false,
                                 .mss = 1460,
                                 .window_bytes = 262144,
                                 .delay_ps = 5 * US};
}

static guint tuple_hash(gconstpointer key)
{
    const struct replay_tuple *tuple = key;

    return tuple->remote_port * 31u + tuple->remote.bytes[3] + tuple->local.bytes[3] * 7u;
}

static gboolean tuple_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct replay_tuple)) == 0;
}

static void set_tuple(struct replay_tuple *tuple, const struct packet *packet)
{
    memset(tuple, 0, sizeof *tuple);
    tuple->is_ipv6 = packet->network == PACKET_IPV6;
    tuple->remote = packet->source;
    tuple->local = packet->destination;
    tuple->remote_port = packet->source_port;
    tuple->local_port = packet->destination_port;
}

#define JUDGE(card, condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            ck_assert_msg((card)->options->keeps_everything, "not so: " #condition);               \
            (card)->figures->malformed++;                                                          \
        }                                                                                          \
    } while (0)

static uint32_t stamp_now(const struct card *card)
{
    return (uint32_t)(card->now_ps / MS) + 7;
}

/* --- Sending --------------------------------------------------------------------------------- */

static void send_segment(struct card *card, struct session *session, uint32_t sequence,
                         uint8_t flags, const uint8_t *payload, uint32_t bytes)
{
    uint8_t options[40] = {0};
    uint32_t option_bytes = 0, network = session->tuple.is_ipv6 ? 40 : 20;

    if (flags & S) {
        if (card->options->mss) {
            memcpy(options, (const uint8_t[]){2, 4, 0, 0}, 4);
            packet_put16(options + 2, card->options->mss);
            option_bytes = 4;
        }
        if (session->scale >= 0) {
            memcpy(options + option_bytes, (const uint8_t[]){1, 3, 3, (uint8_t)session->scale}, 4);
            option_bytes += 4;
        }
        if (session->sack) {
            memcpy(options + option_bytes, (const uint8_t[]){1, 1, 4, 2}, 4);
            option_bytes += 4;
        }
    }
    if (session->stamps && !(flags & R)) {
        memcpy(options + option_bytes, (const uint8_t[]){1, 1, 8, 10}, 4);
        packet_put32(options + option_bytes + 4, stamp_now(card));
        packet_put32(options + option_bytes + 8, session->stamp_echo);
        option_bytes += 12;
    }
    uint32_t tcp_bytes = 20 + option_bytes + bytes;
    uint32_t total = session->link_bytes + network + tcp_bytes;
    struct out *out = g_malloc0(sizeof *out + total);
    uint8_t *ip = out->data + session->link_bytes, *tcp = ip + network;
    uint32_t window =
        card->options->window_bytes - MIN(session->unread, card->options->window_bytes);
    struct packet packet;

    out->at_ps = card->now_ps + card->options->delay_ps;
    out->bytes = total;
    memcpy(out->data, session->link, session->link_bytes);
    memcpy(out->data, session->client_mac, 6);
    if (session->tuple.is_ipv6) {
        ip[0] = 0x60;
        packet_put16(ip + 4, (uint16_t)tcp_bytes);
        ip[6] = IPPROTO_TCP;
        ip[7] = 64;
        memcpy(ip + 8, session->tuple.local.bytes, 16);
        memcpy(ip + 24, session->tuple.remote.bytes, 16);
    } else {
        ip[0] = 0x45;
        packet_put16(ip + 2, (uint16_t)(20 + tcp_bytes));
        ip[8] = 64;
        ip[9] = IPPROTO_TCP;
        memcpy(ip + 12, session->tuple.local.bytes, 4);
        memcpy(ip + 16, session->tuple.remote.bytes, 4);
    }
    packet_put16(tcp, session->tuple.local_port);
    packet_put16(tcp + 2, session->tuple.remote_port);
    packet_put32(tcp + 4, sequence);
    packet_put32(tcp + 8, session->next);
    tcp[12] = (uint8_t)((20 + option_bytes) / 4 << 4);
    tcp[13] = flags;
    if (!(flags & S) && session->scale >= 0 && session->client_scale >= 0)
        window >>= session->scale;
    packet_put16(tcp + 14, (uint16_t)MIN(window, 65535u));
    memcpy(tcp + 20, options, option_bytes);
    if (bytes)
        memcpy(tcp + 20 + option_bytes, payload, bytes);
    packet_parse(&packet, out->data, total, total);
    packet_fix_checksums(&packet, out->data);
    g_queue_push_tail(&card->out, out);
    card->figures->segments++;
}

static void acknowledge(struct card *card, struct session *session)
{
    send_segment(card, session, session->sent, A, NULL, 0);
}

static uint32_t flight_room(const struct session *session)
{
    uint32_t flight = session->sent - session->acked;

    return session->client_window > flight ? session->client_window - flight : 0;
}

static uint64_t bytes_received(const struct session *session)
{
    return session->next - session->client_isn - 1;
}

static uint64_t bytes_sent(const struct session *session)
{
    return session->sent - session->isn - 1 - session->sent_fin;
}

/* Does what the captured server did, as far as it is known and the window allows. */
static void serve(struct card *card, struct session *session)
{
    if (!session->is_open || session->is_dead || session->sent_fin || !session->number ||
        card->options->loses_answers)
        return;
    for (;;) {
        struct replay_step step;
        uint32_t room = MIN(flight_room(session), session->mss);

        replay_step(card->replay, session->number, bytes_sent(session), card->now_ps, &step,
                    card->buffer, room);
        if (step.kind == REPLAY_STEP_UNKNOWN || step.kind == REPLAY_STEP_END ||
            step.after_bytes > bytes_received(session))
            return;
        if (step.kind == REPLAY_STEP_ABORT) {
            send_segment(card, session, session->sent, R | A, NULL, 0);
            session->is_dead = true;
            card->figures->resets_sent++;
            return;
        }
        if (session->sent == session->acked)
            session->unacked_since_ps = card->now_ps;
        if (step.kind == REPLAY_STEP_CLOSE) {
            send_segment(card, session, session->sent++, F | A, NULL, 0);
            session->sent_fin = true;
            return;
        }
        uint32_t bytes = MIN(step.bytes, room);
        if (bytes == 0)
            return;
        ck_assert_uint_eq(step.offset, bytes_sent(session));
        send_segment(card, session, session->sent, A, card->buffer, bytes);
        session->sent += bytes;
        card->figures->bytes_out += bytes;
        replay_step_done(card->replay, session->number, bytes_sent(session));
    }
}

/* The first unacknowledged byte again, or FIN: what a client that lost nothing never asks for. */
static void repeat(struct card *card, struct session *session)
{
    if (session->is_dead || session->sent == session->acked ||
        card->now_ps < session->unacked_since_ps + RTO_PS || session->repeats > 20)
        return;
    session->repeats++;
    session->unacked_since_ps = card->now_ps;
    card->figures->repeated_by_card++;
    if (session->acked == session->isn)
        send_segment(card, session, session->isn, S | A, NULL, 0);
    else
        send_segment(card, session, session->acked, A | (session->sent_fin ? F : 0), NULL, 0);
}

/* --- Receiving ------------------------------------------------------------------------------- */

static void store(struct session *session, uint32_t sequence, const uint8_t *data, uint32_t bytes)
{
    uint32_t offset = sequence - session->client_isn - 1;

    if (offset + bytes > session->late_bytes) {
        uint32_t grown = MAX(2 * session->late_bytes, offset + bytes);

        session->late = g_realloc(session->late, grown);
        session->late_flags = g_realloc(session->late_flags, grown);
        memset(session->late_flags + session->late_bytes, 0, grown - session->late_bytes);
        session->late_bytes = grown;
    }
    memcpy(session->late + offset, data, bytes);
    memset(session->late_flags + offset, 1, bytes);
}

static void deliver(struct card *card, struct session *session)
{
    uint32_t from = (uint32_t)bytes_received(session), end = from;

    while (end < session->late_bytes && session->late_flags[end])
        end++;
    if (end > from) {
        session->next += end - from;
        session->unread += card->options->read_every_ps ? end - from : 0;
        card->figures->bytes_in += end - from;
        if (session->number)
            replay_delivered(card->replay, session->number, from, session->late + from, end - from);
    }
    if (session->late_fin && session->next == session->late_fin_at) {
        session->next++;
        session->late_fin = false;
        session->got_fin = true;
    }
}

static void judge_acknowledgement(struct card *card, struct session *session,
                                  const struct packet *packet, uint64_t *edge)
{
    unsigned scale =
        session->scale >= 0 && session->client_scale >= 0 ? (unsigned)session->client_scale : 0;
    uint32_t advance = packet->acknowledgement - session->acked;

    JUDGE(card, advance <= session->sent - session->acked); /* nothing that was not sent */
    if (advance > session->sent - session->acked)
        return;
    uint32_t window = (uint32_t)packet->window << scale;
    bool is_pure = packet->payload_bytes == 0 && !(packet->tcp_flags & (S | F | R));
    bool is_repeat = advance == 0 && session->saw_ack && is_pure &&
                     session->sent != session->acked && window == session->client_window;

    card->figures->duplicate_acknowledgements += is_repeat;
    /* The right edge never moves back. */
    JUDGE(card, !session->saw_ack || (int32_t)(advance + window - session->client_window) >= 0);
    session->saw_ack = true;
    session->client_window = window;
    if (advance) {
        session->acked = packet->acknowledgement;
        session->unacked_since_ps = card->now_ps;
    }
    (void)edge;
}

static struct session *open_session(struct card *card, const struct packet *packet,
                                    const struct packet_tcp_options *options)
{
    struct session *session = g_new0(struct session, 1);
    struct session *before;

    set_tuple(&session->tuple, packet);
    before = g_hash_table_lookup(card->by_tuple, &session->tuple);
    if (before)
        before->is_dead = true;
    session->link_bytes = packet->network_offset;
    memcpy(session->link, packet->data, packet->network_offset);
    memcpy(session->link + 6, packet->data, 6);
    memcpy(session->client_mac, packet->data + 6, 6);
    session->isn = card->options->isn + (uint32_t)card->figures->opened * 64007;
    session->sent = session->acked = session->isn;
    session->client_isn = packet->sequence;
    session->next = packet->sequence + 1;
    session->client_scale = options->window_scale;
    session->scale = options->window_scale >= 0 ? card->options->scale : -1;
    session->stamps = options->timestamp_offset && card->options->stamps;
    session->sack = options->sack_permitted && card->options->sack;
    session->stamp_echo = options->timestamp;
    session->first_stamp = stamp_now(card);
    session->client_window = packet->window;
    session->mss = MIN(options->mss ? options->mss : 536u, 1460u) - (session->stamps ? 12 : 0);
    session->number = replay_connection(card->replay, &session->tuple);
    ck_assert_msg(session->number || card->options->keeps_everything, "opened by nobody");
    g_hash_table_replace(card->by_tuple, &session->tuple, session);
    g_queue_push_tail(&card->sessions, session);
    card->figures->opened++;
    session->unacked_since_ps = card->now_ps;
    send_segment(card, session, session->sent++, S | A, NULL, 0);
    return session;
}

static void judge_options(struct card *card, const struct session *session,
                          const struct packet *packet, const struct packet_tcp_options *options)
{
    uint32_t option_bytes = packet->tcp_header_bytes - 20u;

    if (packet->tcp_flags & R)
        return;
    JUDGE(card, !options->timestamp_offset || session->stamps);
    JUDGE(card, options->timestamp_offset || !session->stamps);
    JUDGE(card, !options->sack_offset || session->sack);
    if (options->timestamp_offset) /* an echo of what was sent */
        JUDGE(card, options->timestamp_echo >= session->first_stamp &&
                        options->timestamp_echo <= stamp_now(card));
    JUDGE(card,
          packet->payload_bytes + option_bytes <= (card->options->mss ? card->options->mss : 536u));
}

static void receive_tcp(struct card *card, const struct packet *packet)
{
    struct packet_tcp_options options;
    struct replay_tuple tuple;
    uint8_t flags = packet->tcp_flags & (S | A | R);

    packet_tcp_options(packet, &options);
    set_tuple(&tuple, packet);
    struct session *session = g_hash_table_lookup(card->by_tuple, &tuple);
    if (flags == S) {
        if (session && session->client_isn == packet->sequence &&
            !(session->got_fin && session->sent_fin && session->acked == session->sent))
            return;
        card->syns++;
        if (!card->options->refuse_every || card->syns % card->options->refuse_every)
            open_session(card, packet, &options);
        return;
    }
    if (!session || session->is_dead)
        return;
    if (packet->tcp_flags & R) {
        card->figures->resets_got++;
        session->is_dead = true;
        return;
    }
    judge_options(card, session, packet, &options);
    if (packet->tcp_flags & A) {
        uint64_t edge = 0;

        judge_acknowledgement(card, session, packet, &edge);
    }
    if (session->acked != session->isn)
        session->is_open = true;
    uint32_t from = packet->sequence, end = from + packet->payload_bytes;
    const uint8_t *payload = packet->data + packet->payload_offset;
    if ((int32_t)(from - session->next) < 0) {
        uint32_t known = MIN(session->next - from, packet->payload_bytes);

        from += known;
        payload += known;
    }
    uint32_t room = card->options->window_bytes - MIN(session->unread, card->options->window_bytes);
    uint32_t edge = session->next + MIN(room, 65535u << MAX(session->scale, 0));
    bool is_within = (int32_t)(end - edge) <= 0;
    if ((int32_t)(end - from) > 0 && is_within)
        store(session, from, payload, end - from);
    if ((packet->tcp_flags & F) && !session->got_fin && is_within) {
        session->late_fin = true;
        session->late_fin_at = end;
    }
    if (options.timestamp_offset && (int32_t)(packet->sequence - session->next) <= 0)
        session->stamp_echo = options.timestamp;
    bool has_length = packet->payload_bytes || (packet->tcp_flags & F) ||
                      (int32_t)(packet->sequence - session->next) < 0;
    deliver(card, session);
    if (has_length)
        acknowledge(card, session);
    serve(card, session);
}

static void receive(struct card *card, const struct replay_frame *frame)
{
    struct packet packet;

    card->figures->frames++;
    packet_parse(&packet, frame->data, frame->bytes, frame->bytes);
    if (card->options->drop_every && card->figures->frames % card->options->drop_every == 0) {
        card->figures->dropped++;
        replay_dropped(card->replay, card->now_ps, frame->cookie);
        return;
    }
    if (!(frame->data[0] & 1))
        JUDGE(card, memcmp(frame->data, bench_config().card_mac, 6) == 0);
    JUDGE(card, packet_checksums_good(&packet));
    if (packet.protocol == IPPROTO_TCP && packet.payload_offset && !packet.is_fragment &&
        !packet.malformed) {
        receive_tcp(card, &packet);
    } else if (packet.protocol == IPPROTO_UDP && packet.payload_offset && !packet.is_fragment &&
               !packet.malformed) {
        struct replay_tuple tuple;
        uint32_t bytes;

        set_tuple(&tuple, &packet);
        replay_delivered_datagram(card->replay, &tuple, packet.data + packet.payload_offset,
                                  packet.payload_bytes);
        card->figures->datagrams++;
        while ((bytes = replay_datagram_answer(card->replay, &tuple, card->now_ps, card->buffer,
                                               MAX_FRAME_BYTES)))
            card->figures->answers++;
    }
}

/* --- The run --------------------------------------------------------------------------------- */

static void poll_sessions(struct card *card)
{
    bool reads = card->options->read_every_ps != 0;

    for (GList *each = card->sessions.head; each; each = each->next) {
        struct session *session = each->data;

        if (session->is_dead ||
            (session->got_fin && session->sent_fin && session->acked == session->sent))
            continue;
        if (reads && session->unread) {
            session->unread = 0;
            acknowledge(card, session);
        }
        repeat(card, session);
        serve(card, session);
    }
}

static bool is_at_rest(const struct card *card)
{
    return replay_exhausted(card->replay) && !card->out.head;
}

uint64_t card_run(struct replay *replay, const struct card_options *options,
                  struct card_figures *figures, uint64_t until_ps)
{
    struct card card = {.replay = replay, .options = options, .figures = figures};
    uint64_t poll_every_ps = options->read_every_ps ? options->read_every_ps : POLL_PS;
    uint64_t poll_ps = poll_every_ps, rested_ps = 0;
    struct replay_frame frame;

    *figures = (struct card_figures){0};
    card.by_tuple = g_hash_table_new(tuple_hash, tuple_equal);
    card.buffer = g_malloc(MAX_FRAME_BYTES);
    while (card.now_ps < until_ps &&
           (!options->most_frames || figures->frames < options->most_frames)) {
        struct out *out = g_queue_peek_head(&card.out);
        uint64_t frame_ps = replay_next_ps(replay), out_ps = out ? out->at_ps : REPLAY_NEVER;

        if (frame_ps != REPLAY_NEVER)
            frame_ps = MAX(frame_ps, card.now_ps);
        /* Nothing for a long time: polls with it. */
        if (MIN(frame_ps, out_ps) > poll_ps && MIN(frame_ps, out_ps) != REPLAY_NEVER &&
            MIN(frame_ps, out_ps) > poll_ps + 1000 * poll_every_ps)
            poll_ps = MIN(frame_ps, out_ps) - 1000 * poll_every_ps;
        card.now_ps = MIN(MIN(frame_ps, out_ps), poll_ps);
        if (out && out_ps == card.now_ps) {
            g_queue_pop_head(&card.out);
            replay_card_sent(replay, card.now_ps, out->data, out->bytes);
            g_free(out);
        } else if (frame_ps == card.now_ps) {
            if (replay_take(replay, card.now_ps, &frame))
                receive(&card, &frame);
        } else {
            poll_sessions(&card);
            poll_ps += poll_every_ps;
            rested_ps = is_at_rest(&card) ? rested_ps + poll_every_ps : 0;
            if (rested_ps > 2 * SECOND)
                break;
        }
    }
    for (struct session *session; (session = g_queue_pop_head(&card.sessions)) != NULL;) {
        g_free(session->late);
        g_free(session->late_flags);
        g_free(session);
    }
    g_queue_clear_full(&card.out, g_free);
    g_hash_table_destroy(card.by_tuple);
    g_free(card.buffer);
    return card.now_ps;
}
