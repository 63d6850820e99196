/* The reader, the schedule, and the interface that the replay's owner pulls. */
#include "traces/replay_internal.h"

#include "sim/check.h"

#include <netinet/in.h>
#include <string.h>

/* --- Frames made ready --------------------------------------------------------------------------------- */

struct item *replay_new_item(struct replay *replay, uint64_t time_ps, const uint8_t *data,
                             uint32_t bytes, uint32_t wire_bytes, enum replay_kind kind)
{
    struct item *item = g_malloc0(sizeof *item + wire_bytes);

    item->time_ps = time_ps;
    item->sequence = replay->sequence++;
    item->bytes = bytes;
    item->wire_bytes = wire_bytes;
    item->kind = kind;
    memcpy(item->data, data, bytes);
    return item;
}

static int item_order(gconstpointer a, gconstpointer b, gpointer unused)
{
    const struct item *first = a, *second = b;

    (void)unused;
    if (first->time_ps != second->time_ps)
        return first->time_ps < second->time_ps ? -1 : 1;
    return first->sequence < second->sequence ? -1 : first->sequence > second->sequence;
}

void replay_emit(struct replay *replay, struct item *item)
{
    item->ready = true;
    item->sequence = replay->sequence++;
    g_sequence_insert_sorted(replay->ready, item, item_order, NULL);
}

static int due_order(gconstpointer a, gconstpointer b, gpointer unused)
{
    const struct due *first = a, *second = b;

    (void)unused;
    if (first->time_ps != second->time_ps)
        return first->time_ps < second->time_ps ? -1 : 1;
    return first->sequence < second->sequence ? -1 : first->sequence > second->sequence;
}

void replay_due_at(struct replay *replay, struct connection *connection, enum due_kind kind,
                   uint64_t time_ps)
{
    struct due *due = &connection->due[kind];

    if (due->place)
        g_sequence_remove(due->place);
    due->place = NULL;
    due->time_ps = time_ps;
    due->connection = connection;
    due->kind = kind;
    due->sequence = replay->sequence++;
    if (time_ps != UINT64_MAX)
        due->place = g_sequence_insert_sorted(replay->agenda, due, due_order, NULL);
}

/* --- Reading -------------------------------------------------------------------------------------------- */

struct record { /* of the frames from which the card's side is learned */
    int64_t time_ns;
    uint32_t captured_bytes, wire_bytes;
    uint8_t data[];
};

static bool read_record(struct replay *replay, struct capture_frame *frame)
{
    if (replay->config.limit_frames && replay->counts.records_read >= replay->config.limit_frames)
        return false;
    if (capture_next(replay->capture, frame) != CAPTURE_FRAME)
        return false;
    replay->counts.records_read++;
    return true;
}

static void advance_clock(struct replay *replay, int64_t time_ns)
{
    int64_t pause_ns = replay->any_record ? time_ns - replay->last_ns : 0;

    replay->any_record = true;
    replay->last_ns = time_ns;
    if (pause_ns < 0) {
        replay->counts.stamps_backward++;
        return;
    }
    uint64_t pause_ps = (uint64_t)pause_ns > UINT64_MAX / 4000 ? UINT64_MAX / 4
                                                               : (uint64_t)pause_ns * 1000;
    if (replay->config.max_gap_ps && pause_ps > replay->config.max_gap_ps) {
        pause_ps = replay->config.max_gap_ps;
        replay->counts.gaps_shortened++;
    }
    replay->clock_ps += pause_ps;
}

/* The client's MAC address is what the replay answers with when the card asks for it. */
static void learn_mac(struct replay *replay, const struct packet *packet)
{
    if (!packet->has_addresses || packet->bytes < 14)
        return;
    if (g_hash_table_contains(replay->macs, &packet->source))
        return;
    struct packet_address *address = g_memdup2(&packet->source, sizeof packet->source);
    g_hash_table_insert(replay->macs, address, g_memdup2(packet->data + 6, 6));
}

static void schedule_record(struct replay *replay, const struct capture_frame *frame)
{
    struct packet packet;
    struct connection *connection = NULL;

    advance_clock(replay, frame->time_ns);
    packet_parse(&packet, frame->data, frame->captured_bytes, frame->wire_bytes);
    enum direction direction = card_side_direction(replay->side, &packet);
    if (direction == NEITHER) {
        replay->counts.other_direction++;
        return;
    }
    bool to_card = direction == TO_CARD;
    bool is_tcp = packet.protocol == IPPROTO_TCP && packet.transport_offset && !packet.is_fragment;

    replay->counts.toward_card += to_card;
    replay->counts.from_card_side += !to_card;
    if (packet.cut) {
        replay->counts.cut_headers_skipped++;
        return;
    }
    if (is_tcp && packet.tcp_header_bytes >= 20)
        connection = connection_read(replay, &packet, to_card);
    else
        datagram_read(replay, &packet, to_card);
    if (!to_card)
        return;
    learn_mac(replay, &packet);
    replay->counts.cut_payloads_padded += frame->captured_bytes < frame->wire_bytes;
    struct item *item = replay_new_item(replay, replay->clock_ps, frame->data,
                                        frame->captured_bytes, frame->wire_bytes, REPLAY_CAPTURED);
    item->connection = connection;
    item->unicast = frame->captured_bytes >= 14 && !(frame->data[0] & 1);
    if (connection)
        connection->items++;
    g_queue_push_tail(&replay->schedule, item);
}

static void read_ahead(struct replay *replay)
{
    struct capture_frame frame;

    replay->reading_ps = replay->now_ps;
    while (!replay->at_end && replay->schedule.length < REPLAY_AHEAD_RECORDS) {
        struct record *record = g_queue_pop_head(&replay->learned);

        if (record) {
            frame = (struct capture_frame){.time_ns = record->time_ns,
                                           .captured_bytes = record->captured_bytes,
                                           .wire_bytes = record->wire_bytes,
                                           .data = record->data};
            schedule_record(replay, &frame);
            g_free(record);
        } else if (read_record(replay, &frame)) {
            schedule_record(replay, &frame);
        } else {
            replay->at_end = true;
            replay->end_visible_ps = replay->now_ps;
        }
    }
}

static void learn_side(struct replay *replay)
{
    struct capture_frame frame;
    bool more = true;

    while (more && read_record(replay, &frame)) {
        struct record *record = g_malloc(sizeof *record + frame.captured_bytes);
        struct packet packet;

        record->time_ns = frame.time_ns;
        record->captured_bytes = frame.captured_bytes;
        record->wire_bytes = frame.wire_bytes;
        memcpy(record->data, frame.data, frame.captured_bytes);
        g_queue_push_tail(&replay->learned, record);
        packet_parse(&packet, frame.data, frame.captured_bytes, frame.wire_bytes);
        more = card_side_learn(replay->side, &packet);
    }
    if (!card_side_decide(replay->side) && replay->learned.length)
        diagnostic_warning(replay->diagnostics, replay->config.capture, 0,
                           "no frame shows which side is the card's: nothing to replay; give the "
                           "card's addresses by traffic.NAME.card=ADDRESS[/PREFIX]");
}

static void clear_replay(struct replay *replay);

struct replay *replay_open(const struct replay_config *config, struct diagnostics *diagnostics)
{
    struct card_side *side = card_side_new(config->card, diagnostics);
    struct capture *capture = capture_open(config->capture, diagnostics);

    if (!side || !capture) {
        card_side_free(side);
        if (capture)
            capture_close(capture);
        return NULL;
    }
    struct replay *replay = g_new0(struct replay, 1);

    replay->config = *config;
    replay->config.capture = g_strdup(config->capture);
    replay->diagnostics = diagnostics;
    replay->capture = capture;
    replay->side = side;
    g_queue_init(&replay->learned);
    g_queue_init(&replay->schedule);
    replay->ready = g_sequence_new(g_free);
    replay->agenda = g_sequence_new(NULL);
    replay->reading = g_hash_table_new(flow_key_hash, flow_key_equal);
    replay->running = g_hash_table_new(flow_key_hash, flow_key_equal);
    replay->by_number = g_hash_table_new(g_int64_hash, g_int64_equal);
    datagrams_init(replay);
    learn_side(replay);
    if (replay->learned.length == 0 && !capture_was_cut(capture)) {
        diagnostic_error(diagnostics, config->capture, 0, "the capture holds no frames");
        clear_replay(replay);
        return NULL;
    }
    read_ahead(replay);
    return replay;
}

static void clear_replay(struct replay *replay)
{
    for (struct connection *connection = replay->first, *next; connection; connection = next) {
        next = connection->next;
        connection_free(connection);
    }
    g_queue_clear_full(&replay->learned, g_free);
    g_queue_clear_full(&replay->schedule, g_free);
    g_sequence_free(replay->ready);
    g_sequence_free(replay->agenda);
    g_hash_table_destroy(replay->reading);
    g_hash_table_destroy(replay->running);
    g_hash_table_destroy(replay->by_number);
    datagrams_free(replay);
    card_side_free(replay->side);
    capture_close(replay->capture);
    g_free((char *)replay->config.capture);
    g_free(replay->frame);
    g_free(replay);
}

void replay_close(struct replay *replay)
{
    clear_replay(replay);
}

/* --- Pulling ---------------------------------------------------------------------------------------------- */

static void *first_of(GSequence *sequence)
{
    GSequenceIter *first = g_sequence_get_begin_iter(sequence);

    return g_sequence_iter_is_end(first) ? NULL : g_sequence_get(first);
}

static const struct item *next_scheduled(const struct replay *replay)
{
    return replay->held < REPLAY_MAX_WAITING ? g_queue_peek_head((GQueue *)&replay->schedule) : NULL;
}

uint64_t replay_next_ps(const struct replay *replay)
{
    const struct item *ready = first_of(replay->ready), *scheduled = next_scheduled(replay);
    const struct due *due = first_of(replay->agenda);
    uint64_t next_ps = REPLAY_NEVER;

    if (ready)
        next_ps = ready->time_ps;
    if (scheduled)
        next_ps = MIN(next_ps, scheduled->time_ps);
    if (due)
        next_ps = MIN(next_ps, due->time_ps);
    return next_ps;
}

static void hand_out(struct replay *replay, struct item *item, struct replay_frame *frame)
{
    if (item->unicast)
        memcpy(item->data, replay->config.card_mac, 6);
    replay->counts.frames_captured += item->kind == REPLAY_CAPTURED;
    replay->counts.frames_repaired += item->kind == REPLAY_REPAIR;
    replay->counts.frames_synthesised += item->kind == REPLAY_SYNTHESISED;
    g_free(replay->frame);
    replay->frame = (uint8_t *)item;
    *frame = (struct replay_frame){item->data, item->wire_bytes, item->kind, ++replay->cookies};
}

/* What is no TCP segment goes out as it is. */
static void take_other(struct replay *replay, struct item *item)
{
    struct packet packet;

    packet_parse(&packet, item->data, item->wire_bytes, item->wire_bytes);
    if (replay->config.fix_checksums && !packet_checksums_good(&packet)) {
        packet_fix_checksums(&packet, item->data);
        replay->counts.checksums_fixed++;
    }
    datagram_take(replay, &packet);
    item->time_ps = replay->now_ps;
    replay_emit(replay, item);
}

bool replay_take(struct replay *replay, uint64_t now_ps, struct replay_frame *frame)
{
    replay->now_ps = now_ps;
    for (;;) {
        struct due *due = first_of(replay->agenda);
        struct item *ready = first_of(replay->ready);
        const struct item *scheduled = next_scheduled(replay);
        uint64_t ready_ps = ready ? ready->time_ps : REPLAY_NEVER;
        uint64_t scheduled_ps = scheduled ? scheduled->time_ps : REPLAY_NEVER;

        if (due && due->time_ps <= now_ps && due->time_ps <= ready_ps &&
            due->time_ps <= scheduled_ps) {
            replay_due_at(replay, due->connection, due->kind, UINT64_MAX);
            connection_due(replay, due->connection, due->kind);
        } else if (ready && ready_ps <= now_ps && ready_ps <= scheduled_ps) {
            GSequenceIter *first = g_sequence_get_begin_iter(replay->ready);
            struct item *copy = g_memdup2(ready, sizeof *ready + ready->wire_bytes);

            g_sequence_remove(first);
            hand_out(replay, copy, frame);
            return true;
        } else if (scheduled && scheduled_ps <= now_ps) {
            struct item *item = g_queue_pop_head(&replay->schedule);

            if (item->connection)
                connection_take(replay, item);
            else
                take_other(replay, item);
            read_ahead(replay);
        } else {
            return false;
        }
    }
}

void replay_card_sent(struct replay *replay, uint64_t now_ps, const uint8_t *data, uint32_t bytes)
{
    struct packet packet;

    replay->now_ps = now_ps;
    packet_parse(&packet, data, bytes, bytes);
    if (packet.protocol == IPPROTO_TCP && packet.transport_offset && packet.tcp_header_bytes >= 20)
        connection_card_sent(replay, &packet);
    else
        datagram_card_sent(replay, &packet);
}

void replay_dropped(struct replay *replay, uint64_t now_ps, uint64_t cookie)
{
    /* The card's acknowledgements, or their absence, tell the client's TCP: see replay_repair.c. */
    replay->now_ps = now_ps;
    (void)cookie;
}

bool replay_exhausted(const struct replay *replay)
{
    if (!replay->at_end || replay->schedule.length || replay->held ||
        g_sequence_get_length(replay->ready) || g_sequence_get_length(replay->agenda))
        return false;
    return true;
}

const struct replay_counts *replay_counts(const struct replay *replay)
{
    return &replay->counts;
}

void replay_print_stalled(const struct replay *replay, FILE *stream, unsigned limit)
{
    unsigned stalled = 0;

    for (const struct connection *connection = replay->first; connection;
         connection = connection->next) {
        char client[INET6_ADDRSTRLEN], card[INET6_ADDRSTRLEN];

        if (connection->counted_finished || connection->state == CONNECTION_REFUSED ||
            connection->state == CONNECTION_NEW)
            continue;
        if (stalled++ >= limit)
            continue;
        card_side_address_text(connection->network, &connection->key.address[connection->client],
                               client, sizeof client);
        card_side_address_text(connection->network, &connection->key.address[!connection->client],
                               card, sizeof card);
        fprintf(stream, "%s port %u -> %s port %u: %s\n", client,
                connection->key.port[connection->client], card,
                connection->key.port[!connection->client],
                connection->state == CONNECTION_RESET     ? "reset by the card"
                : connection->state == CONNECTION_OPENING ? "not answered"
                : connection->card_acked < connection->sent
                    ? "the card has not acknowledged all that the client sent"
                    : "the card has not sent all that the captured server sent");
    }
    if (stalled > limit)
        fprintf(stream, "and %u more\n", stalled - limit);
}
