/* fuzz_card.c - a card that does what no card should: it answers too late, twice or nobody, acknowledges what was
 * never sent, closes its window, resets, sends frames of the capture back, asks for what is long gone. What it does
 * comes from the input: a round takes some frames and does one thing. In the end it falls silent, and the replay
 * must come to rest by itself.
 *
 *     byte  0 ..  6   the configuration (fuzz_config.c)
 *           7 .. 11   the card: initial number, window, maximum segment size, scale, options
 *          12 .. 75   what it does, round and round: 32 times a deed and its parameter
 *          76 ..      the capture
 *
 * What the fuzzer knows is checked: times, sizes, numbers of frames; and for as long as the card told and sent
 * nothing but the truth, that no byte differs from the capture. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_replay.h"
#include "traces/capture.h"

#include <glib.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PEERS = 16,
    DEEDS_AT = 12,
    DEED_BYTES = 64,
    ROUNDS = 512,
    LINK_BYTES = 30,         /* Ethernet with four tags */
    SILENT_FRAMES = 4000000, /* after which a replay that nobody answers runs for ever */
};

struct peer { /* a client that the card has heard of */
    struct replay_tuple tuple;
    uint8_t link[LINK_BYTES];
    uint32_t link_bytes;
    uint64_t number;            /* of its connection; 0: UDP */
    uint32_t next, isn, sent;   /* next: expected of the client; sent: next to send */
    uint64_t delivered, served; /* offsets */
    uint32_t last_at, last_bytes;
    bool is_open; /* the client took the answer to its SYN: it had not given up */
};

struct hostile {
    struct replay *replay;
    const uint8_t *choice, *capture;
    size_t capture_bytes;
    uint64_t now_ps, cookie, mtu_bytes;
    struct peer peers[PEERS];
    unsigned peer_count;
    bool is_true; /* the card has told and sent nothing but what it got and was given */
    uint8_t got[CAPTURE_MAX_FRAME_BYTES];
    uint8_t out[70000];
};

/* --- What comes ---------------------------------------------------------------------------------- */

static struct peer *peer_of(struct hostile *card, const struct packet *packet)
{
    struct replay_tuple tuple = {.is_ipv6 = packet->network == PACKET_IPV6,
                                 .remote = packet->source,
                                 .local = packet->destination,
                                 .remote_port = packet->source_port,
                                 .local_port = packet->destination_port};
    struct peer *peer;

    for (unsigned i = 0; i < MIN(card->peer_count, PEERS); i++) {
        const struct replay_tuple *known = &card->peers[i].tuple;

        if (known->is_ipv6 == tuple.is_ipv6 && known->remote_port == tuple.remote_port &&
            known->local_port == tuple.local_port &&
            memcmp(&known->remote, &tuple.remote, sizeof tuple.remote) == 0 &&
            memcmp(&known->local, &tuple.local, sizeof tuple.local) == 0)
            return &card->peers[i];
    }
    peer = &card->peers[card->peer_count++ % PEERS];
    *peer = (struct peer){.tuple = tuple};
    peer->link_bytes = MIN(packet->network_offset, LINK_BYTES);
    memcpy(peer->link, packet->data, peer->link_bytes);
    return peer;
}

static void got_segment(struct hostile *card, const struct packet *packet)
{
    struct peer *peer = peer_of(card, packet);
    uint64_t number = replay_connection(card->replay, &peer->tuple);

    if ((packet->tcp_flags & (PACKET_SYN | PACKET_ACK)) == PACKET_SYN && number &&
        number != peer->number) {
        static const uint32_t isns[] = {0, 7, 0x7ffffff0, 0xfffffff0};

        peer->number = number;
        peer->next = packet->sequence + 1;
        peer->isn = isns[card->choice[7] & 3];
        peer->sent = peer->isn + 1;
        peer->delivered = peer->served = 0;
        peer->last_bytes = 0;
        peer->is_open = false;
        return;
    }
    peer->is_open &= !(packet->tcp_flags & PACKET_RST);
    if (!peer->is_open || packet->sequence != peer->next || (packet->tcp_flags & PACKET_SYN))
        return;
    replay_delivered(card->replay, peer->number, peer->delivered,
                     packet->data + packet->payload_offset, packet->payload_bytes);
    peer->delivered += packet->payload_bytes;
    peer->next += packet->payload_bytes + !!(packet->tcp_flags & PACKET_FIN);
}

static void got(struct hostile *card, const struct replay_frame *frame)
{
    struct packet packet;

    memcpy(card->got, frame->data, frame->bytes);
    packet_parse(&packet, card->got, frame->bytes, frame->bytes);
    if (!packet.payload_offset || packet.is_fragment || packet.malformed ||
        !packet_checksums_good(&packet))
        return;
    if (packet.protocol == IPPROTO_TCP) {
        got_segment(card, &packet);
    } else if (packet.protocol == IPPROTO_UDP) {
        struct peer *peer = peer_of(card, &packet);

        replay_delivered_datagram(card->replay, &peer->tuple, packet.data + packet.payload_offset,
                                  packet.payload_bytes);
    }
}

static void check_frame(struct hostile *card, const struct replay_frame *frame)
{
    static const uint8_t mac[6] = {2, 9, 9, 9, 9, 9}; /* of bench_config() */
    struct packet packet;

    fuzz_check(frame->bytes >= 14 && frame->bytes <= CAPTURE_MAX_FRAME_BYTES);
    packet_parse(&packet, frame->data, frame->bytes, frame->bytes);
    /* Who asks for a neighbour is answered, by whatever address it asks. */
    bool is_neighbour = frame->kind == REPLAY_SYNTHESISED && packet.protocol != IPPROTO_TCP;
    fuzz_check(is_neighbour || (frame->data[0] & 1) || memcmp(frame->data, mac, 6) == 0);
    fuzz_check(frame->cookie == ++card->cookie);
    if (frame->kind != REPLAY_CAPTURED && !(packet.tcp_flags & PACKET_SYN))
        fuzz_check(frame->bytes <= LINK_BYTES + card->mtu_bytes);
    fuzz_check(frame->captured_ps <= UINT64_MAX / 4);
}

/* FUZZ_TRACE=1 in the environment shows what happened, for whoever looks into a find. */
static void trace(const struct hostile *card, const char *what, unsigned a, unsigned b)
{
    static int wanted = -1;

    if (wanted < 0)
        wanted = getenv("FUZZ_TRACE") != NULL;
    if (wanted)
        fprintf(stderr, "%14.3f us  %-8s %u %u\n", (double)card->now_ps / 1e6, what, a, b);
}

/* At most so many frames that are ready. */
static unsigned take(struct hostile *card, unsigned limit)
{
    struct replay_frame frame;
    unsigned taken = 0;

    while (taken < limit && replay_take(card->replay, card->now_ps, &frame)) {
        trace(card, "frame", frame.kind, frame.bytes);
        check_frame(card, &frame);
        got(card, &frame);
        taken++;
    }
    if (taken < limit)
        fuzz_check(replay_next_ps(card->replay) > card->now_ps);
    return taken;
}

/* --- What the card sends --------------------------------------------------------------------------- */

struct answer {
    uint32_t sequence, acknowledgement;
    uint8_t flags;
    uint16_t window;
    const uint8_t *options, *payload;
    uint32_t option_bytes, payload_bytes;
};

static void send_answer(struct hostile *card, const struct peer *peer, const struct answer *answer)
{
    uint8_t *ip = card->out + peer->link_bytes, *tcp = ip + (peer->tuple.is_ipv6 ? 40 : 20);
    uint32_t tcp_bytes = 20 + answer->option_bytes + answer->payload_bytes;
    struct packet packet;

    memset(card->out, 0, peer->link_bytes + 80);
    memcpy(card->out, peer->link, peer->link_bytes);
    if (peer->tuple.is_ipv6) {
        ip[0] = 0x60;
        packet_put16(ip + 4, (uint16_t)tcp_bytes);
        ip[6] = IPPROTO_TCP;
        memcpy(ip + 8, peer->tuple.local.bytes, 16);
        memcpy(ip + 24, peer->tuple.remote.bytes, 16);
    } else {
        ip[0] = 0x45;
        packet_put16(ip + 2, (uint16_t)(20 + tcp_bytes));
        ip[9] = IPPROTO_TCP;
        memcpy(ip + 12, peer->tuple.local.bytes, 4);
        memcpy(ip + 16, peer->tuple.remote.bytes, 4);
    }
    packet_put16(tcp, peer->tuple.local_port);
    packet_put16(tcp + 2, peer->tuple.remote_port);
    packet_put32(tcp + 4, answer->sequence);
    packet_put32(tcp + 8, answer->acknowledgement);
    tcp[12] = (uint8_t)((20 + answer->option_bytes) / 4 << 4);
    tcp[13] = answer->flags;
    packet_put16(tcp + 14, answer->window);
    if (answer->option_bytes)
        memcpy(tcp + 20, answer->options, answer->option_bytes);
    if (answer->payload_bytes)
        memmove(tcp + 20 + answer->option_bytes, answer->payload, answer->payload_bytes);
    uint32_t bytes = (uint32_t)(tcp - card->out) + tcp_bytes;
    packet_parse(&packet, card->out, bytes, bytes);
    packet_fix_checksums(&packet, card->out);
    replay_card_sent(card->replay, card->now_ps, card->out, bytes);
}

static uint16_t window_of(const struct hostile *card, uint8_t parameter)
{
    static const uint16_t windows[] = {0, 1, 100, 536, 1460, 4000, 30000, 65535};

    return windows[(card->choice[8] + (parameter >> 5)) & 7];
}

static void send_flags(struct hostile *card, struct peer *peer, uint8_t flags, uint32_t sequence,
                       uint32_t acknowledgement, uint8_t parameter)
{
    send_answer(card, peer,
                &(struct answer){.sequence = sequence,
                                 .acknowledgement = acknowledgement,
                                 .flags = flags,
                                 .window = window_of(card, parameter)});
}

static void accept_peer(struct hostile *card, struct peer *peer, uint8_t parameter)
{
    static const uint16_t sizes[] = {0, 1, 12, 13, 88, 536, 1460, 65535};
    uint8_t options[24] = {2, 4, 0, 0, 1, 3, 3, card->choice[10], 1, 1, 4, 2, 1, 1, 8, 10, 0, 0, 0, 9};
    uint8_t wanted = card->choice[11];
    uint64_t opened = replay_counts(card->replay)->connections_opened;

    packet_put16(options + 2, sizes[card->choice[9] & 7]);
    if (!(wanted & 1))
        memset(options, 1, 4);
    if (!(wanted & 2))
        memset(options + 4, 1, 4);
    if (!(wanted & 4))
        memset(options + 8, 1, 4);
    if (!(wanted & 8))
        memset(options + 12, 1, 12);
    send_answer(card, peer,
                &(struct answer){.sequence = peer->isn,
                                 .acknowledgement = peer->next,
                                 .flags = PACKET_SYN | PACKET_ACK,
                                 .window = window_of(card, parameter),
                                 .options = options,
                                 .option_bytes = sizeof options});
    peer->is_open |= replay_counts(card->replay)->connections_opened > opened;
}

/* What the captured server does next; a byte of it differs if flip. */
static void serve(struct hostile *card, struct peer *peer, uint8_t parameter, bool flip)
{
    static const uint32_t limits[] = {0, 1, 100, 536, 1460, 8000, 60000, 65000};
    uint8_t payload[65000];
    uint32_t limit = limits[parameter & 7];
    struct replay_step step;

    replay_step(card->replay, peer->number, peer->served, card->now_ps, &step, payload, limit);
    fuzz_check(step.kind != REPLAY_STEP_SEND || step.offset >= peer->served);
    if (step.kind == REPLAY_STEP_CLOSE) {
        send_flags(card, peer, PACKET_FIN | PACKET_ACK, peer->sent++, peer->next, parameter);
    } else if (step.kind == REPLAY_STEP_ABORT) {
        send_flags(card, peer, PACKET_RST | PACKET_ACK, peer->sent, peer->next, parameter);
    } else if (step.kind == REPLAY_STEP_SEND && MIN(step.bytes, limit) > 0) {
        struct answer answer = {.sequence = peer->sent,
                                .acknowledgement = peer->next,
                                .flags = PACKET_ACK | PACKET_PSH,
                                .window = window_of(card, parameter),
                                .payload = payload,
                                .payload_bytes = MIN(step.bytes, limit)};

        payload[answer.payload_bytes / 2] ^= flip;
        peer->served = step.offset + answer.payload_bytes;
        replay_step_done(card->replay, peer->number, peer->served);
        peer->last_at = peer->sent;
        peer->last_bytes = answer.payload_bytes;
        peer->sent += answer.payload_bytes;
        send_answer(card, peer, &answer);
    }
}

/* Bytes of the capture at any place: a frame of its server, or none at all. */
static void send_garbage(struct hostile *card, uint8_t parameter)
{
    size_t at = parameter * (size_t)16 % (card->capture_bytes + 1);

    card->is_true = false;
    replay_card_sent(card->replay, card->now_ps, card->capture + at,
                     (uint32_t)MIN(card->capture_bytes - at, 1600));
}

static void send_beyond(struct hostile *card, struct peer *peer, uint8_t parameter)
{
    struct answer answer = {.sequence = peer->sent + (uint32_t)parameter * parameter * 16,
                            .acknowledgement = peer->next,
                            .flags = PACKET_ACK,
                            .window = window_of(card, parameter),
                            .payload = card->capture,
                            .payload_bytes = (uint32_t)MIN(card->capture_bytes, parameter)};

    card->is_true = false;
    send_answer(card, peer, &answer);
}

static void ask_for_neighbour(struct hostile *card, const struct peer *peer)
{
    uint8_t *frame = card->out;

    memset(frame, 0, 86);
    memset(frame, 0xff, 6);
    if (peer->tuple.is_ipv6) {
        packet_put16(frame + 12, PACKET_ETHER_IPV6);
        memcpy(frame + 14, (const uint8_t[]){0x60, 0, 0, 0, 0, 32, IPPROTO_ICMPV6, 255}, 8);
        memcpy(frame + 22, peer->tuple.local.bytes, 16);
        memcpy(frame + 38, "\xff\2", 2);
        frame[54] = 135;
        memcpy(frame + 62, peer->tuple.remote.bytes, 16);
        replay_card_sent(card->replay, card->now_ps, frame, 86);
    } else {
        packet_put16(frame + 12, PACKET_ETHER_ARP);
        memcpy(frame + 14, (const uint8_t[]){0, 1, 8, 0, 6, 4, 0, 1}, 8);
        memcpy(frame + 28, peer->tuple.local.bytes, 4);
        memcpy(frame + 38, peer->tuple.remote.bytes, 4);
        replay_card_sent(card->replay, card->now_ps, frame, 42);
    }
}

/* What the application on the host asks and tells: of connections that are gone or never were, and of bytes that
 * nobody sent. */
static void ask_in_vain(struct hostile *card, const struct peer *peer, uint8_t parameter)
{
    uint64_t number = parameter & 1 ? parameter : peer->number;
    uint64_t offset = (uint64_t)parameter << (parameter % 40);
    struct replay_step step;

    replay_step(card->replay, number, peer->served, card->now_ps, &step, NULL, 0);
    fuzz_check(number != 0 || step.kind == REPLAY_STEP_END);
    if (parameter & 2) {
        card->is_true = false;
        replay_delivered(card->replay, number, offset, card->capture,
                         (uint32_t)MIN(card->capture_bytes, parameter));
        replay_delivered_datagram(card->replay, &peer->tuple, card->capture,
                                  (uint32_t)MIN(card->capture_bytes, parameter));
    }
}

static void print_all(struct hostile *card)
{
    char *text = NULL;
    size_t text_bytes;
    FILE *stream = open_memstream(&text, &text_bytes);
    int done = replay_done_per_1000(card->replay);

    fuzz_check(done <= 1000);
    replay_print_stalled(card->replay, stream, 3);
    fclose(stream);
    fuzz_check(text_bytes < 4096);
    free(text);
}

enum deed {
    DO_NOTHING,
    WAIT,
    ACCEPT,
    ACKNOWLEDGE,
    ACKNOWLEDGE_LESS,
    ACKNOWLEDGE_MORE,
    SERVE,
    SERVE_WRONG,
    SERVE_AGAIN,
    SEND_BEYOND,
    CLOSE,
    RESET,
    RESET_ANY,
    DROP,
    SEND_GARBAGE,
    ASK_NEIGHBOUR,
    ANSWER_DATAGRAM,
    ASK_IN_VAIN,
    PRINT,
    DEEDS
};

static void do_to_peer(struct hostile *card, struct peer *peer, enum deed deed, uint8_t parameter)
{
    switch (deed) {
    case ACCEPT:
        accept_peer(card, peer, parameter);
        break;
    case ACKNOWLEDGE:
        send_flags(card, peer, PACKET_ACK, peer->sent, peer->next, parameter);
        break;
    case ACKNOWLEDGE_LESS:
        send_flags(card, peer, PACKET_ACK, peer->sent, peer->next - parameter, parameter);
        break;
    case ACKNOWLEDGE_MORE:
        send_flags(card, peer, PACKET_ACK, peer->sent, peer->next + parameter * 1000u, parameter);
        break;
    case SERVE:
        if (peer->is_open)
            serve(card, peer, parameter, false);
        break;
    case SERVE_WRONG:
        card->is_true = false;
        serve(card, peer, parameter, true);
        break;
    case SERVE_AGAIN:
        card->is_true = false; /* other bytes under known numbers */
        send_answer(card, peer,
                    &(struct answer){.sequence = peer->last_at,
                                     .acknowledgement = peer->next,
                                     .flags = PACKET_ACK,
                                     .window = window_of(card, parameter),
                                     .payload = card->got,
                                     .payload_bytes = MIN(peer->last_bytes, 1460)});
        break;
    case SEND_BEYOND:
        send_beyond(card, peer, parameter);
        break;
    case CLOSE:
        send_flags(card, peer, PACKET_FIN | PACKET_ACK, peer->sent++, peer->next, parameter);
        break;
    case RESET:
        send_flags(card, peer, PACKET_RST | PACKET_ACK, peer->sent, peer->next, parameter);
        break;
    case RESET_ANY:
        send_flags(card, peer, PACKET_RST | (parameter & PACKET_ACK), parameter * 77777777u,
                   parameter * 99999u, parameter);
        break;
    case ASK_NEIGHBOUR:
        ask_for_neighbour(card, peer);
        break;
    case ANSWER_DATAGRAM:
        fuzz_check(replay_datagram_answer(card->replay, &peer->tuple, card->now_ps, card->out,
                                          parameter * 16u) <= parameter * 16u);
        break;
    case ASK_IN_VAIN:
        ask_in_vain(card, peer, parameter);
        break;
    default:
        break;
    }
}

static void do_one(struct hostile *card, uint8_t which, uint8_t parameter)
{
    enum deed deed = which % DEEDS;
    unsigned peers = MIN(card->peer_count, PEERS);

    trace(card, "deed", deed, parameter);
    if (deed == WAIT) /* far beyond what is due, too */
        card->now_ps += fuzz_waits_ps[parameter % FUZZ_WAITS];
    else if (deed == DROP && card->cookie)
        replay_dropped(card->replay, card->now_ps, card->cookie - parameter % card->cookie);
    else if (deed == SEND_GARBAGE)
        send_garbage(card, parameter);
    else if (deed == PRINT)
        print_all(card);
    else if (peers) /* the one heard of last, or another */
        do_to_peer(card, &card->peers[(card->peer_count - 1 - which / DEEDS) % peers], deed,
                   parameter);
}

/* --- The run --------------------------------------------------------------------------------------- */

static void misbehave(struct hostile *card)
{
    for (unsigned round = 0; round < ROUNDS && !replay_exhausted(card->replay); round++) {
        const uint8_t *deed = card->choice + DEEDS_AT + 2 * round % DEED_BYTES;
        uint64_t next_ps = replay_next_ps(card->replay);

        if (next_ps != REPLAY_NEVER && next_ps > card->now_ps)
            card->now_ps = next_ps;
        take(card, 1 + (deed[1] & 7));
        do_one(card, deed[0], deed[1]);
    }
}

/* Nobody answers any more. */
static void fall_silent(struct hostile *card)
{
    uint64_t next_ps, frames = 0;

    while ((next_ps = replay_next_ps(card->replay)) != REPLAY_NEVER) {
        card->now_ps = MAX(card->now_ps, next_ps);
        frames += take(card, UINT32_MAX);
        fuzz_check(++frames < SILENT_FRAMES);
    }
    fuzz_check(replay_exhausted(card->replay));
}

int fuzz_card(const uint8_t *data, size_t bytes)
{
    struct diagnostics diagnostics;

    if (bytes < FUZZ_CARD_BYTES)
        return 0;
    struct replay_config config = fuzz_config(data);
    struct hostile *card = g_new0(struct hostile, 1);

    diagnostics_init(&diagnostics);
    card->choice = data;
    card->capture = data + FUZZ_CARD_BYTES;
    card->capture_bytes = bytes - FUZZ_CARD_BYTES;
    card->mtu_bytes = config.mtu_bytes;
    card->is_true = true;
    config.capture = fuzz_file(card->capture, card->capture_bytes);
    card->replay = replay_open(&config, &diagnostics);
    fuzz_check(card->replay || diagnostics.errors);
    if (card->replay) {
        misbehave(card);
        fuzz_check_counts(card->replay);
        fall_silent(card);
        fuzz_check_counts(card->replay);
        const struct replay_counts *counts = replay_counts(card->replay);
        /* A SYN of the card's side, too, on one pair of ports: what follows is not told apart. */
        if (card->is_true && counts->connections_of_card == 0) {
            fuzz_check(counts->payload_mismatched_bytes == 0);
            fuzz_check(counts->server_mismatched_bytes == 0);
            fuzz_check(counts->payload_delivered_bytes <= counts->payload_bytes);
        }
        print_all(card);
        replay_close(card->replay);
    }
    diagnostics_clear(&diagnostics);
    fuzz_file_close();
    g_free(card);
    return 0;
}
