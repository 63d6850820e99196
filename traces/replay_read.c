/* replay_read.c - the reader: records of the capture in the order of the file become items of the
 * schedule, at times that never run backward.
 *
 *     file --[reader_learn_side]--> learned --+
 *     file -----------------------------------+--[schedule_record]--> schedule (toward the card)
 *      ^                                      |        a copy       --> script (the server's side)
 *      +--------------[end_of_pass]-----------+
 *
 * It reads when the replay is opened and when a frame is taken, never else, so that what is known
 * depends on simulated time alone. */
#include "traces/replay_internal.h"

#include <netinet/in.h>
#include <string.h>

enum { ETHERNET_BYTES = 14 };

struct record { /* of the frames from which the card's side is learned */
    int64_t time_ns;
    uint32_t captured_bytes, wire_bytes;
    uint8_t data[];
};

/* The frame's data is valid until the next call, or is the record's own. */
static bool read_record(struct replay *replay, struct capture_frame *frame)
{
    return source_next(replay->source, frame) == CAPTURE_FRAME;
}

void reader_learn_side(struct replay *replay)
{
    struct capture_frame frame;
    uint64_t bytes = 0;
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
        bytes += frame.captured_bytes;
        more = card_side_learn(replay->side, &packet) && bytes < REPLAY_LEARN_BYTES;
    }
    if (!card_side_decide(replay->side) && replay->learned.length)
        diagnostic_warning(replay->diagnostics, replay->config.capture, 0,
                           "no frame shows which side is the card's: nothing to replay; give the "
                           "card's addresses by traffic.NAME.card=ADDRESS[/PREFIX]");
}

/* Each pause is counted from the record before, whatever its stamp: a clock that was set back is
 * passed over, one that jitters adds a little. */
static void advance_clock(struct replay *replay, int64_t time_ns)
{
    bool is_backward = replay->any_record && time_ns < replay->last_ns;
    uint64_t pause_ns =
        replay->any_record && !is_backward ? (uint64_t)time_ns - (uint64_t)replay->last_ns : 0;

    replay->any_record = true;
    replay->last_ns = time_ns;
    replay->counts.stamps_backward += is_backward;
    /* 2^62 ps are 53 days; a stamp that was flipped must not run the clock over its end. */
    uint64_t pause_ps = MIN(pause_ns, (UINT64_MAX / 4 - replay->clock_ps) / 1000) * 1000;
    if (replay->config.max_gap_ps && pause_ps > replay->config.max_gap_ps) {
        pause_ps = replay->config.max_gap_ps;
        replay->counts.gaps_shortened++;
    }
    replay->clock_ps = MIN(replay->clock_ps + pause_ps, UINT64_MAX / 4);
}

static void push(struct replay *replay, struct item *item, struct connection *connection)
{
    item->time_ps = pace_scaled_ps(replay, replay->clock_ps);
    item->captured_ps = replay->clock_ps;
    item->record = replay->scheduled;
    item->read_bytes = replay->read_bytes;
    item->connection = connection;
    if (connection)
        connection->items++;
    replay->items_of_pass += connection || item->wire_bytes;
    g_queue_push_tail(&replay->schedule, item);
}

void reader_schedule_hole(struct replay *replay, struct connection *connection, uint64_t from,
                          uint64_t end)
{
    struct item *item = item_new(0, REPLAY_SYNTHESISED);

    item->hole_from = from;
    item->hole_end = end;
    push(replay, item, connection);
}

/* A frame between the card and others, of either direction. */
static void schedule_frame(struct replay *replay, const struct capture_frame *frame, bool to_card)
{
    struct packet packet;
    struct connection *connection = NULL;
    uint32_t new_bytes = 0;

    packet_parse(&packet, frame->data, frame->captured_bytes, frame->wire_bytes);
    replay->counts.toward_card += to_card;
    replay->counts.from_card_side += !to_card;
    if (packet.cut || frame->wire_bytes < ETHERNET_BYTES ||
        frame->wire_bytes > CAPTURE_MAX_FRAME_BYTES) {
        replay->counts.cut_headers_skipped += to_card;
        return;
    }
    /* A frame whose headers contradict it goes out as it is, like the rest: no stack takes its payload. */
    if (packet.protocol == IPPROTO_TCP && packet.payload_offset && !packet.is_fragment && !packet.malformed &&
        !packet.source_routed && packet.tcp_header_bytes >= 20)
        connection = connection_learn(replay, &packet, to_card);
    else
        new_bytes = datagram_learn(replay, &packet, to_card);
    if (!to_card)
        return;
    neighbour_learn(replay, &packet);
    replay->counts.cut_payloads_padded += frame->captured_bytes < frame->wire_bytes;
    struct item *item = item_new(frame->wire_bytes, REPLAY_CAPTURED);
    memcpy(item->data, frame->data, frame->captured_bytes);
    item->bytes = frame->captured_bytes;
    item->new_bytes = new_bytes;
    item->begins = connection && connection->items == 0 && connection->state == CONNECTION_NEW;
    item->open_then = replay->open_in_capture - (item->begins && replay->open_in_capture);
    item->unicast = frame->captured_bytes >= ETHERNET_BYTES && !(frame->data[0] & 1);
    push(replay, item, connection);
}

static bool limit_reached(const struct replay *replay)
{
    return replay->config.limit_frames && replay->counts.toward_card >= replay->config.limit_frames;
}

/* The next record; its copies are to be scheduled. Its data stays until the next one is read. */
static bool next_record(struct replay *replay)
{
    struct capture_frame *frame = &replay->record;

    g_free(replay->learned_record);
    replay->learned_record = g_queue_pop_head(&replay->learned);
    if (replay->learned_record) {
        const struct record *record = replay->learned_record;

        *frame = (struct capture_frame){.time_ns = record->time_ns,
                                        .captured_bytes = record->captured_bytes,
                                        .wire_bytes = record->wire_bytes,
                                        .data = record->data};
    } else if (!read_record(replay, frame)) {
        return false;
    }
    replay->copies_left = replay->config.copies;
    replay->counts.records_read++;
    advance_clock(replay, frame->time_ns);
    return true;
}

static void schedule_copy(struct replay *replay)
{
    uint64_t copies = replay->config.copies, copy = copies - replay->copies_left--;
    uint64_t n = (replay->passes_begun - 1) * copies + copy;
    struct capture_frame frame = replay->record;
    struct packet packet;

    packet_parse(&packet, frame.data, frame.captured_bytes, frame.wire_bytes);
    enum direction direction = card_side_direction(replay->side, &packet);
    replay->scheduled++;
    replay->read_bytes += frame.wire_bytes;
    if (direction == NEITHER) {
        replay->counts.other_direction++;
        return;
    }
    if (n) {
        memcpy(replay->copy, frame.data, frame.captured_bytes);
        frame.data = packet.data = replay->copy;
        copies_rewrite(&packet, replay->copy, direction == TO_CARD, n);
    }
    schedule_frame(replay, &frame, direction == TO_CARD);
}

/* --- Passes ---------------------------------------------------------------------------------- */

void reader_all_read(struct replay *replay)
{
    replay->at_end = true;
    for (struct connection *connection = replay->first; connection; connection = connection->next)
        connection_all_read(replay,
                            connection); /* may free one that closed earlier, not this one */
}

/* What the first pass had to say of the file is known; what is new is said. */
static bool begin_again(struct replay *replay)
{
    source_close(replay->source);
    diagnostics_clear(&replay->later_diagnostics);
    replay->source = source_open(replay->config.capture, replay->config.generate, &replay->later_diagnostics);
    replay->any_record = false;
    replay->items_of_last_pass = replay->items_of_pass;
    replay->items_of_pass = 0;
    if (!replay->source)
        diagnostic_warning(replay->diagnostics, replay->config.capture, 0,
                           "can't be read again: the replay ends with pass %llu",
                           (unsigned long long)replay->passes_begun);
    return replay->source != NULL;
}

static void end_of_pass(struct replay *replay)
{
    bool is_last = replay->passes_begun >= replay->config.passes;

    reader_all_read(replay);
    if (!is_last && replay->items_of_pass && begin_again(replay)) {
        replay->at_end = false;
        replay->passes_begun++;
    }
}

/* Of the first that waits in the schedule, else of where the reader began to go on. */
static bool is_far_ahead(const struct replay *replay, uint64_t record, uint64_t read_bytes)
{
    const struct item *head = replay->schedule.head ? replay->schedule.head->data : NULL;

    if (head) {
        record = head->record;
        read_bytes = head->read_bytes;
    }
    return replay->scheduled >= record + REPLAY_AHEAD_RECORDS || replay->read_bytes >= read_bytes + REPLAY_AHEAD_BYTES;
}

void reader_go_on(struct replay *replay)
{
    uint64_t record = replay->scheduled, read_bytes = replay->read_bytes;

    while (!replay->at_end) {
        if (is_far_ahead(replay, record, read_bytes)) {
            if (!replay->schedule.length) /* nothing goes to the card here: goes on when this time has come */
                push(replay, item_new(0, REPLAY_SYNTHESISED), NULL);
            return;
        }
        connections_forget_unanswered(replay);
        if (limit_reached(replay))
            reader_all_read(replay);
        else if (replay->copies_left)
            schedule_copy(replay);
        else if (!next_record(replay))
            end_of_pass(replay);
    }
}
