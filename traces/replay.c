/* replay.c - the interface that the replay's owner pulls.
 *
 *     schedule   captured frames at their pace, as read         [replay_take takes the first]
 *     agenda     times of connections: refusals, late acknowledgements, repair
 *     ready      frames that go out as they are: made from the other two, or in answer to the card
 *
 * Of what is due, the agenda comes first, then what is ready, then the schedule. */
#include "traces/replay_internal.h"

#include "sim/check.h"

#include <netinet/in.h>
#include <string.h>

/* --- Frames and times ------------------------------------------------------------------------ */

struct item *item_new(uint32_t wire_bytes, enum replay_kind kind)
{
    struct item *item = g_malloc0(sizeof *item + wire_bytes);

    item->wire_bytes = wire_bytes;
    item->kind = kind;
    return item;
}

void replay_emit(struct replay *replay, struct item *item)
{
    item->time_ps = replay->now_ps;
    pace_pay(replay, item);
    g_queue_push_tail(&replay->ready, item);
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
    if (time_ps == REPLAY_NEVER)
        return;
    due->sequence = replay->sequence++;
    due->place = g_sequence_insert_sorted(replay->agenda, due, due_order, NULL);
}

/* --- Opening --------------------------------------------------------------------------------- */

static void set_config(struct replay *replay, const struct replay_config *config)
{
    replay->config = *config;
    replay->config.capture = g_strdup(config->capture);
    replay->config.card = NULL; /* not asked again */
    if (config->generate) {
        replay->generate = *config->generate;
        replay->config.generate = &replay->generate;
    }
    if (replay->config.mtu_bytes == 0)
        replay->config.mtu_bytes = 1500;
    if (replay->config.passes == 0)
        replay->config.passes = 1;
    if (replay->config.copies == 0)
        replay->config.copies = 1;
}

static struct replay *replay_new(const struct replay_config *config, struct diagnostics *diagnostics)
{
    struct replay *replay = g_new0(struct replay, 1);

    set_config(replay, config);
    replay->diagnostics = diagnostics;
    replay->passes_begun = 1;
    diagnostics_init(&replay->later_diagnostics);
    replay->copy = g_malloc(CAPTURE_MAX_FRAME_BYTES);
    replay->agenda = g_sequence_new(NULL);
    replay->reading = g_hash_table_new(flow_key_hash, flow_key_equal);
    replay->running = g_hash_table_new(flow_key_hash, flow_key_equal);
    replay->by_number = g_hash_table_new(g_int64_hash, g_int64_equal);
    datagrams_init(replay);
    fragments_init(replay);
    if (config->serve) {
        replay->serve_config = *config->serve;
        replay->serve = serve_new(&replay->serve_config, &replay->counts);
    }
    return replay;
}

struct replay *replay_open(const struct replay_config *config, struct diagnostics *diagnostics)
{
    if (config->serve)
        return replay_new(config, diagnostics);
    struct card_side *side = card_side_new(config->card, diagnostics);
    struct source *source = source_open(config->capture, config->generate, diagnostics);

    if (!side || !source) {
        card_side_free(side);
        source_close(source);
        return NULL;
    }
    struct replay *replay = replay_new(config, diagnostics);

    replay->source = source;
    replay->side = side;
    reader_learn_side(replay);
    if (replay->learned.length == 0 && !source_was_cut(source)) {
        diagnostic_error(diagnostics, config->capture, 0, "the capture holds no frames");
        replay_close(replay);
        return NULL;
    }
    reader_go_on(replay);
    return replay;
}

const struct serve_config *replay_serve(const struct replay *replay)
{
    return replay->serve ? &replay->serve_config : NULL;
}

void replay_refused(struct replay *replay)
{
    serve_refused(replay->serve);
}

void replay_close(struct replay *replay)
{
    if (replay->serve)
        serve_free(replay->serve);
    while (replay->first)
        connection_free(replay, replay->first);
    g_queue_clear(&replay->closed);
    g_queue_clear_full(&replay->learned, g_free);
    g_free(replay->learned_record);
    g_queue_clear_full(&replay->schedule, g_free);
    g_queue_clear_full(&replay->ready, g_free);
    g_sequence_free(replay->agenda);
    g_hash_table_destroy(replay->reading);
    g_hash_table_destroy(replay->running);
    g_hash_table_destroy(replay->by_number);
    datagrams_free(replay);
    fragments_free(replay);
    card_side_free(replay->side);
    source_close(replay->source);
    diagnostics_clear(&replay->later_diagnostics);
    g_free(replay->copy);
    g_free((char *)replay->config.capture);
    g_free(replay->taken);
    g_free(replay);
}

/* --- Pulling --------------------------------------------------------------------------------- */

static const struct due *first_due(const struct replay *replay)
{
    GSequenceIter *first = g_sequence_get_begin_iter(replay->agenda);

    return g_sequence_iter_is_end(first) ? NULL : g_sequence_get(first);
}

/* When so many frames wait for handshakes and windows, the rest waits too. */
static const struct item *first_scheduled(const struct replay *replay)
{
    const GList *head = replay->schedule.head;

    return head && replay->held < REPLAY_MAX_WAITING &&
                   replay->held_bytes < REPLAY_MAX_WAITING_BYTES
               ? head->data
               : NULL;
}

static const struct item *first_ready(const struct replay *replay)
{
    return replay->ready.head ? replay->ready.head->data : NULL;
}

static uint64_t scheduled_ps(const struct replay *replay)
{
    const struct item *scheduled = first_scheduled(replay);

    return scheduled ? pace_due_ps(replay, scheduled) : REPLAY_NEVER;
}

/* When what is captured and has not been handed out is left out. */
static uint64_t end_of_duration_ps(const struct replay *replay)
{
    bool is_any_left = replay->schedule.length || replay->held || replay->ready.length;

    return replay->config.duration_ps && !replay->is_over && is_any_left ? replay->config.duration_ps : REPLAY_NEVER;
}

uint64_t replay_next_ps(const struct replay *replay)
{
    if (replay->serve)
        return serve_next_ps(replay->serve);
    const struct item *ready = first_ready(replay);
    const struct due *due = first_due(replay);
    uint64_t next_ps = MIN(scheduled_ps(replay), ready ? ready->time_ps : REPLAY_NEVER);

    if (due)
        next_ps = MIN(next_ps, due->time_ps);
    return MIN(next_ps, end_of_duration_ps(replay));
}

static void set_now(struct replay *replay, uint64_t now_ps)
{
    sim_check(NULL, now_ps >= replay->now_ps);
    replay->idle_items = now_ps == replay->now_ps ? replay->idle_items : 0;
    replay->now_ps = now_ps;
    replay->visible_ps = now_ps + 1;
    if (replay->config.duration_ps && now_ps >= replay->config.duration_ps && !replay->is_over) {
        duration_end(replay, &replay->counts.frames_after_duration);
    }
}

static void hand_out(struct replay *replay, struct item *item, struct replay_frame *frame)
{
    if (item->unicast)
        memcpy(item->data, replay->config.card_mac, 6);
    replay->counts.frames_captured += item->kind == REPLAY_CAPTURED;
    replay->counts.frames_repaired += item->kind == REPLAY_REPAIR;
    replay->counts.frames_synthesised += item->kind == REPLAY_SYNTHESISED;
    replay->counts.payload_bytes += item->new_bytes;
    g_free(replay->taken);
    replay->taken = item;
    *frame = (struct replay_frame){item->data, item->wire_bytes, item->kind, item->captured_ps,
                                   ++replay->cookies};
}

static void take_item(struct replay *replay, struct item *item)
{
    struct packet packet;

    if (item->connection) {
        connection_take(replay, item);
    } else if (item->wire_bytes) { /* goes out as it is */
        translate_judge(replay, item, &packet);
        translate_as_it_is(replay, item, &packet);
    } else { /* the reader's own, for the time */
        g_free(item);
    }
}

/* A whole pass was left out, frame by frame, and no time has passed: so would be the next, for ever. */
static void end_idle_passes(struct replay *replay)
{
    diagnostic_warning(replay->diagnostics, replay->config.capture, 0,
                       "pass %llu offered nothing to the card: the replay ends with it",
                       (unsigned long long)replay->passes_begun);
    duration_end(replay, &replay->counts.frames_left_out);
}

static void take_scheduled(struct replay *replay)
{
    struct item *item = g_queue_pop_head(&replay->schedule);
    uint64_t held = replay->held;

    pace_taken(replay, item);
    take_item(replay, item);
    replay->idle_items++;
    if (replay->ready.length || replay->held != held)
        replay->idle_items = 0;
    if (replay->passes_begun > 1 && replay->idle_items > 2 * replay->items_of_last_pass)
        end_idle_passes(replay);
    reader_go_on(replay);
}

bool replay_take(struct replay *replay, uint64_t now_ps, struct replay_frame *frame)
{
    set_now(replay, now_ps);
    if (replay->serve) {
        bool any = serve_take(replay->serve, now_ps, frame);

        frame->cookie = replay->cookies += any;
        return any;
    }
    for (;;) {
        const struct due *due = first_due(replay);

        if (due && due->time_ps <= now_ps) {
            struct connection *connection = due->connection;
            enum due_kind kind = due->kind;

            replay_due_at(replay, connection, kind, REPLAY_NEVER);
            connection_due(replay, connection, kind);
        } else if (first_ready(replay)) {
            hand_out(replay, g_queue_pop_head(&replay->ready), frame);
            return true;
        } else if (scheduled_ps(replay) <= now_ps) {
            take_scheduled(replay);
        } else {
            return false;
        }
    }
}

void replay_card_sent(struct replay *replay, uint64_t now_ps, const uint8_t *data, uint32_t bytes)
{
    struct packet packet;

    set_now(replay, now_ps);
    if (replay->serve) {
        serve_card_sent(replay->serve, now_ps, data, bytes);
        return;
    }
    packet_parse(&packet, data, bytes, bytes);
    if (packet.protocol == IPPROTO_TCP && packet.payload_offset && !packet.is_fragment &&
        packet.tcp_header_bytes >= 20)
        connection_card_sent(replay, &packet);
    else
        neighbour_card_sent(replay, &packet);
}

/* A client sees no drop: the card's acknowledgements, or their absence, tell it (replay_repair.c).
 * So the time of a repair does not depend on what the simulator knows. */
void replay_dropped(struct replay *replay, uint64_t now_ps, uint64_t cookie)
{
    set_now(replay, now_ps);
    sim_check(NULL, cookie >= 1 && cookie <= replay->cookies);
    replay->counts.frames_dropped++;
}

bool replay_exhausted(const struct replay *replay)
{
    if (replay->serve)
        return serve_exhausted(replay->serve);
    return replay->at_end && !replay->schedule.length && !replay->held && !replay->ready.length &&
           g_sequence_get_length(replay->agenda) == 0;
}

uint64_t replay_connections_open(const struct replay *replay)
{
    return replay->serve ? serve_connections_open(replay->serve) : replay->open;
}

/* Whichever end is nearer: of the passes, of the limit, of the duration. */
int replay_done_per_1000(const struct replay *replay)
{
    const struct replay_config *config = &replay->config;
    uint64_t toward = replay->counts.toward_card;
    uint64_t taken = toward - MIN(replay->schedule.length, toward), done = 0;
    int read = replay->source ? source_read_per_1000(replay->source) : -1;
    if (replay->serve)
        return serve_done_per_1000(replay->serve);
    bool is_known = read >= 0 && toward && config->passes != REPLAY_FOREVER;

    if (is_known)
        done =
            ((replay->passes_begun - 1) * 1000 + (uint64_t)read) * taken / toward / config->passes;
    if (config->limit_frames)
        done = MAX(done, 1000 * taken / config->limit_frames);
    if (config->duration_ps)
        done = MAX(done, (uint64_t)(1000.0 * (double)replay->now_ps / (double)config->duration_ps));
    is_known |= config->limit_frames || config->duration_ps;
    return is_known ? (int)MIN(done, 1000) : -1;
}

const struct replay_counts *replay_counts(const struct replay *replay)
{
    return &replay->counts;
}

/* --- What did not end ------------------------------------------------------------------------ */

static const char *what_is_missing(const struct connection *connection)
{
    if (connection->state == CONNECTION_RESET)
        return "reset by the card";
    if (connection->state == CONNECTION_REPLACED)
        return "its client began another from the same port";
    if (connection->card_acked < connection->sent)
        return "the card has not acknowledged all that the client sent";
    if (connection->card_sent < connection->server_read)
        return "the card has not sent all that the captured server sent";
    return "it was not closed as in the capture";
}

void replay_print_stalled(const struct replay *replay, FILE *stream, unsigned limit)
{
    unsigned stalled = 0;

    for (const struct connection *connection = replay->first; connection;
         connection = connection->next) {
        char client[INET6_ADDRSTRLEN], card[INET6_ADDRSTRLEN];
        unsigned at = connection->client;

        if (connection->finished || connection->of_card || connection->cut ||
            connection->state == CONNECTION_NEW || connection->state == CONNECTION_REFUSED ||
            connection->state == CONNECTION_OPENING)
            continue;
        if (stalled++ >= limit)
            continue;
        card_side_address_text(connection->network, &connection->key.address[at], client,
                               sizeof client);
        card_side_address_text(connection->network, &connection->key.address[!at], card,
                               sizeof card);
        fprintf(stream, "%s port %u -> %s port %u: %s\n", client, connection->key.port[at], card,
                connection->key.port[!at], what_is_missing(connection));
    }
    if (stalled > limit)
        fprintf(stream, "and %u more\n", stalled - limit);
}
