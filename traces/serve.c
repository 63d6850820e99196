#include "traces/serve.h"

#include "traces/flow_key.h"
#include "traces/generate.h"
#include "traces/neighbour.h"
#include "traces/replay.h"

#include <glib.h>
#include <netinet/in.h>
#include <string.h>

enum { FRAME_HEADER_BYTES = 14 + 40 + 32, WINDOW_SCALE = 7, INITIAL_SEGMENTS = 10, LEAST_MSS = 48 };

struct item { /* a frame toward the card */
    uint64_t due_ps;
    enum replay_kind kind;
    uint32_t bytes, new_bytes;
    uint8_t data[];
};

struct timer {
    uint64_t due_ps, number;
};

/* Positions count from the initial sequence number: SYN is at 0, the first byte at 1, FIN after the last byte. */
struct connection {
    struct flow_key key;
    struct replay_tuple tuple;
    uint64_t number;
    uint8_t card_mac[6];
    bool open, fin_received, fin_sent, timed;
    uint32_t initial, card_initial; /* sequence numbers */
    uint64_t received;              /* bytes of the requests, in order */
    uint64_t acknowledged, next, highest; /* positions: all before is acknowledged, sent last, ever sent */
    uint64_t card_window, congestion_window;
    uint32_t mss;
    unsigned card_scale, unacknowledged_segments, tries;
    uint64_t progress_ps;
    uint16_t id;
};

struct serve {
    struct serve_config config;
    struct replay_counts *counts;
    GHashTable *by_key, *by_number; /* struct connection; by_key owns */
    GQueue items, timers;           /* in order of time */
    struct item *taken;
    uint64_t now_ps, last_number, ended; /* connections that will not come back */
};

/* --- Addresses and payload -------------------------------------------------------------------- */

void serve_server_address(const struct serve_config *config, uint64_t server, struct packet_address *address)
{
    uint32_t host = (uint32_t)server + 1;

    memset(address, 0, sizeof *address);
    if (!config->is_ipv6) {
        packet_put32(address->bytes, 10u << 24 | config->number << 16 | host);
        return;
    }
    address->bytes[0] = 0xfd;
    packet_put32(address->bytes + 12, config->number << 16 | host);
}

void serve_card_address(const struct serve_config *config, struct packet_address *address)
{
    memset(address, 0, sizeof *address);
    if (!config->is_ipv6) {
        packet_put32(address->bytes, 10u << 24 | config->number);
        return;
    }
    address->bytes[0] = 0xfd;
    packet_put32(address->bytes + 12, config->number);
}

static bool is_server(const struct serve *serve, const struct packet_address *address)
{
    const uint8_t *last = address->bytes + (serve->config.is_ipv6 ? 14 : 2);
    uint64_t host = packet_get16(last);
    struct packet_address expected;

    if (host < 1 || host > serve->config.servers)
        return false;
    serve_server_address(&serve->config, host - 1, &expected);
    return memcmp(&expected, address, sizeof expected) == 0;
}

static void server_mac(const struct serve *serve, const struct packet_address *address, uint8_t mac[6])
{
    memset(mac, 0, 6);
    mac[0] = 2;
    mac[1] = (uint8_t)serve->config.number;
    memcpy(mac + 4, address->bytes + (serve->config.is_ipv6 ? 14 : 2), 2);
}

static void key_of(struct flow_key *key, const struct replay_tuple *tuple)
{
    struct packet packet = {.network = tuple->is_ipv6 ? PACKET_IPV6 : PACKET_IPV4,
                            .protocol = IPPROTO_TCP,
                            .source = tuple->remote,
                            .destination = tuple->local,
                            .source_port = tuple->remote_port,
                            .destination_port = tuple->local_port};

    flow_key_of(key, &packet);
}

void serve_pattern(const struct replay_tuple *tuple, bool to_server, uint64_t offset, uint8_t *data, uint32_t bytes)
{
    struct flow_key key;

    key_of(&key, tuple);
    generate_pattern(data, 2 * (uint64_t)flow_key_hash(&key) + to_server, offset, bytes);
}

/* How many of these bytes are not as they should be. */
static uint64_t count_wrong(const struct connection *connection, bool to_server, uint64_t offset, const uint8_t *data,
                            uint32_t bytes)
{
    uint8_t *expected;
    uint64_t wrong = 0;

    if (bytes == 0)
        return 0;
    expected = g_malloc(bytes);
    serve_pattern(&connection->tuple, to_server, offset, expected, bytes);
    for (uint32_t i = 0; memcmp(expected, data, bytes) != 0 && i < bytes; i++)
        wrong += expected[i] != data[i];
    g_free(expected);
    return wrong;
}

/* --- Frames ----------------------------------------------------------------------------------- */

static struct item *item_new(struct serve *serve, enum replay_kind kind, uint32_t bytes)
{
    struct item *item = g_malloc0(sizeof *item + MAX(bytes, 60));

    item->due_ps = serve->now_ps + serve->config.round_trip_ps;
    item->kind = kind;
    item->bytes = bytes;
    g_queue_push_tail(&serve->items, item);
    return item;
}

static uint32_t put_ip(uint8_t *at, struct connection *connection, uint32_t bytes)
{
    const struct replay_tuple *tuple = &connection->tuple;

    if (tuple->is_ipv6) {
        at[0] = 0x60;
        packet_put16(at + 4, (uint16_t)bytes);
        at[6] = IPPROTO_TCP;
        at[7] = 64;
        memcpy(at + 8, tuple->remote.bytes, 16);
        memcpy(at + 24, tuple->local.bytes, 16);
        return 40;
    }
    at[0] = 0x45;
    packet_put16(at + 2, (uint16_t)(20 + bytes));
    packet_put16(at + 4, ++connection->id);
    packet_put16(at + 6, 0x4000); /* do not fragment */
    at[8] = 64;
    at[9] = IPPROTO_TCP;
    memcpy(at + 12, tuple->remote.bytes, 4);
    memcpy(at + 16, tuple->local.bytes, 4);
    return 20;
}

static void put_syn_options(uint8_t *at, uint32_t mss)
{
    static const uint8_t options[12] = {2, 4, 0, 0, 1, 3, 3, WINDOW_SCALE, 1, 1, 4, 2};

    memcpy(at, options, sizeof options);
    packet_put16(at + 2, (uint16_t)mss);
}

static uint32_t own_mss(const struct serve *serve)
{
    return serve->config.mtu_bytes - (serve->config.is_ipv6 ? 60 : 40);
}

static uint32_t acknowledgement_of(const struct connection *connection)
{
    return connection->card_initial + 1 + (uint32_t)connection->received + connection->fin_received;
}

/* A segment from that position; a SYN has its options. */
static struct item *send_segment(struct serve *serve, struct connection *connection, uint8_t flags, uint64_t position,
                                 uint32_t bytes)
{
    bool is_syn = flags & PACKET_SYN, is_again = position < connection->highest && (bytes || flags & (PACKET_SYN | PACKET_FIN));
    uint32_t tcp_bytes = is_syn ? 32 : 20, ip_bytes = connection->tuple.is_ipv6 ? 40 : 20;
    struct item *item = item_new(serve, is_again ? REPLAY_REPAIR : REPLAY_CAPTURED, 14 + ip_bytes + tcp_bytes + bytes);
    uint8_t *tcp = item->data + 14 + ip_bytes;
    struct packet packet;

    memcpy(item->data, connection->card_mac, 6);
    server_mac(serve, &connection->tuple.remote, item->data + 6);
    packet_put16(item->data + 12, connection->tuple.is_ipv6 ? PACKET_ETHER_IPV6 : PACKET_ETHER_IPV4);
    put_ip(item->data + 14, connection, tcp_bytes + bytes);
    packet_put16(tcp, connection->tuple.remote_port);
    packet_put16(tcp + 2, connection->tuple.local_port);
    packet_put32(tcp + 4, connection->initial + (uint32_t)position);
    packet_put32(tcp + 8, flags & PACKET_ACK ? acknowledgement_of(connection) : 0);
    tcp[12] = (uint8_t)(tcp_bytes / 4 << 4);
    tcp[13] = flags;
    packet_put16(tcp + 14, is_syn ? 0xffff : (uint16_t)MIN((SERVE_WINDOW_SEGMENTS * own_mss(serve)) >> WINDOW_SCALE, 0xffff));
    if (is_syn)
        put_syn_options(tcp + 20, own_mss(serve));
    if (bytes)
        serve_pattern(&connection->tuple, false, position - 1, tcp + tcp_bytes, bytes);
    item->new_bytes = (uint32_t)(MAX(position + bytes, connection->highest) - MAX(position, connection->highest));
    if (!bytes)
        item->new_bytes = 0;
    packet_parse(&packet, item->data, item->bytes, item->bytes);
    packet_fix_checksums(&packet, item->data);
    connection->unacknowledged_segments = 0;
    return item;
}

static void start_timer(struct serve *serve, struct connection *connection)
{
    struct timer *timer;

    if (connection->timed)
        return;
    connection->timed = true;
    timer = g_new(struct timer, 1);
    *timer = (struct timer){serve->now_ps + SERVE_RTO_PS, connection->number};
    g_queue_push_tail(&serve->timers, timer);
}

/* --- The life of a connection ----------------------------------------------------------------- */

static struct connection *connection_new(struct serve *serve, const struct flow_key *key, const struct packet *packet)
{
    struct connection *connection = g_new0(struct connection, 1);
    struct packet_tcp_options options;

    packet_tcp_options(packet, &options);
    connection->key = *key;
    connection->tuple.is_ipv6 = packet->network == PACKET_IPV6;
    connection->tuple.remote = packet->destination;
    connection->tuple.local = packet->source;
    connection->tuple.remote_port = packet->destination_port;
    connection->tuple.local_port = packet->source_port;
    connection->number = ++serve->last_number;
    memcpy(connection->card_mac, packet->data + 6, 6);
    connection->initial = flow_hash_bytes(&connection->number, sizeof connection->number) ^ flow_key_hash(key);
    connection->card_initial = packet->sequence;
    connection->mss = options.mss ? MAX(options.mss, LEAST_MSS) : 536; /* RFC 9293 3.7.1 */
    connection->mss = MIN(connection->mss, own_mss(serve));
    connection->card_scale = options.window_scale >= 0 ? (unsigned)MIN(options.window_scale, 14) : 0;
    connection->card_window = packet->window;
    connection->congestion_window = INITIAL_SEGMENTS * connection->mss;
    connection->progress_ps = serve->now_ps;
    g_hash_table_insert(serve->by_key, &connection->key, connection);
    g_hash_table_insert(serve->by_number, &connection->number, connection);
    return connection;
}

static void connection_remove(struct serve *serve, struct connection *connection)
{
    serve->ended++;
    g_hash_table_remove(serve->by_number, &connection->number);
    g_hash_table_remove(serve->by_key, &connection->key);
}

static void connection_lost(struct serve *serve, struct connection *connection)
{
    serve->counts->connections_reset++;
    connection_remove(serve, connection);
}

/* So many bytes of responses are due for the requests that have come. */
static uint64_t due_bytes(const struct serve *serve, const struct connection *connection)
{
    return MIN(connection->received / serve->config.request_bytes, serve->config.requests) * serve->config.response_bytes;
}

/* Sends what is due and fits into the windows, then FIN if it is time. True: the acknowledgement went with it. */
static bool fill(struct serve *serve, struct connection *connection)
{
    uint64_t due = 1 + due_bytes(serve, connection), window = MIN(connection->card_window, connection->congestion_window);
    bool sent = false;

    if (!connection->open)
        return false;
    while (connection->next < due && connection->next - connection->acknowledged < window) {
        uint64_t room = window - (connection->next - connection->acknowledged);
        uint32_t bytes = (uint32_t)MIN(MIN(connection->mss, due - connection->next), room);
        bool is_last = connection->next + bytes == due;

        if (bytes < connection->mss && !is_last && connection->next > connection->acknowledged)
            break; /* silly window avoidance, RFC 9293 3.8.6.2.1 */
        send_segment(serve, connection, (uint8_t)(PACKET_ACK | (is_last ? PACKET_PSH : 0)), connection->next, bytes);
        connection->next += bytes;
        connection->highest = MAX(connection->highest, connection->next);
        sent = true;
    }
    if (connection->fin_received && connection->next == due) {
        send_segment(serve, connection, PACKET_ACK | PACKET_FIN, due, 0);
        connection->fin_sent = true;
        connection->next = due + 1;
        connection->highest = MAX(connection->highest, connection->next);
        sent = true;
    }
    if (connection->next > connection->acknowledged || (connection->card_window == 0 && connection->next < due))
        start_timer(serve, connection);
    return sent;
}

static void begin(struct serve *serve, const struct flow_key *key, const struct packet *packet)
{
    struct connection *connection = g_hash_table_lookup(serve->by_key, key);

    if (connection && connection->card_initial != packet->sequence) { /* its client begins anew */
        connection_lost(serve, connection);
        connection = NULL;
    }
    if (!connection)
        connection = connection_new(serve, key, packet);
    if (connection->open)
        return;
    send_segment(serve, connection, PACKET_SYN | PACKET_ACK, 0, 0);
    connection->next = connection->highest = 1;
    start_timer(serve, connection);
}

/* True: it is over. */
static bool take_acknowledgement(struct serve *serve, struct connection *connection, const struct packet *packet)
{
    uint64_t position = connection->acknowledged +
                        (uint32_t)(packet->acknowledgement - (connection->initial + (uint32_t)connection->acknowledged));

    if (position > connection->highest)
        return false; /* of what was not sent */
    if (!connection->open && position >= 1) {
        connection->open = true;
        serve->counts->connections_opened++;
    }
    connection->card_window = (uint64_t)packet->window << connection->card_scale;
    if (position <= connection->acknowledged)
        return false;
    connection->congestion_window = MIN(connection->congestion_window + (position - connection->acknowledged),
                                        (uint64_t)SERVE_WINDOW_SEGMENTS * connection->mss);
    connection->acknowledged = position;
    connection->next = MAX(connection->next, position);
    connection->progress_ps = serve->now_ps;
    connection->tries = 0;
    return connection->fin_sent && position == connection->highest;
}

/* True: it is to be acknowledged at once. */
static bool take_payload(struct serve *serve, struct connection *connection, const struct packet *packet)
{
    uint32_t expected = connection->card_initial + 1 + (uint32_t)connection->received;
    bool is_whole = packet->payload_captured == packet->payload_bytes;

    if (packet->payload_bytes == 0 && !(packet->tcp_flags & PACKET_FIN))
        return false;
    if (packet->sequence != expected || !is_whole || connection->fin_received)
        return true; /* repeated, or out of order: what is expected is said again */
    serve->counts->server_bytes_sent += packet->payload_bytes;
    serve->counts->server_mismatched_bytes += count_wrong(
        connection, true, connection->received, packet->data + packet->payload_offset, packet->payload_bytes);
    connection->received += packet->payload_bytes;
    connection->fin_received = packet->tcp_flags & PACKET_FIN;
    connection->progress_ps = serve->now_ps;
    return connection->fin_received || packet->tcp_flags & PACKET_PSH || ++connection->unacknowledged_segments >= 2;
}

/* RFC 9293 3.10.7.1 */
static void reset_stray(struct serve *serve, const struct packet *packet)
{
    struct connection stray = {.tuple = {.is_ipv6 = packet->network == PACKET_IPV6,
                                         .remote = packet->destination,
                                         .local = packet->source,
                                         .remote_port = packet->destination_port,
                                         .local_port = packet->source_port}};
    bool has_ack = packet->tcp_flags & PACKET_ACK;

    memcpy(stray.card_mac, packet->data + 6, 6);
    stray.initial = has_ack ? packet->acknowledgement : 0;
    stray.card_initial = packet->sequence - 1;
    stray.received = packet->payload_bytes + !!(packet->tcp_flags & PACKET_SYN) + !!(packet->tcp_flags & PACKET_FIN);
    send_segment(serve, &stray, has_ack ? PACKET_RST : PACKET_RST | PACKET_ACK, 0, 0);
}

static void take_segment(struct serve *serve, const struct packet *packet)
{
    struct connection *connection;
    struct flow_key key;

    flow_key_of(&key, packet);
    if ((packet->tcp_flags & (PACKET_SYN | PACKET_ACK | PACKET_RST)) == PACKET_SYN &&
        packet->destination_port == SERVE_PORT) {
        begin(serve, &key, packet);
        return;
    }
    connection = g_hash_table_lookup(serve->by_key, &key);
    if (packet->tcp_flags & PACKET_RST) {
        if (connection)
            connection_lost(serve, connection);
        return;
    }
    if (!connection) {
        reset_stray(serve, packet);
        return;
    }
    if (packet->tcp_flags & PACKET_ACK && take_acknowledgement(serve, connection, packet)) {
        serve->counts->connections_finished +=
            connection->received == serve->config.requests * serve->config.request_bytes;
        connection_remove(serve, connection);
        return;
    }
    bool at_once = connection->open && take_payload(serve, connection, packet);

    if (!fill(serve, connection) && at_once)
        send_segment(serve, connection, PACKET_ACK, connection->next, 0);
}

static void retransmit(struct serve *serve, struct connection *connection)
{
    if (++connection->tries > SERVE_TRIES) {
        connection_lost(serve, connection);
        return;
    }
    connection->progress_ps = serve->now_ps;
    if (!connection->open) {
        send_segment(serve, connection, PACKET_SYN | PACKET_ACK, 0, 0);
    } else {
        connection->next = connection->acknowledged;
        connection->congestion_window = connection->mss;
        connection->card_window = MAX(connection->card_window, 1); /* a closed window is probed */
        fill(serve, connection);
    }
    start_timer(serve, connection);
}

static void timer_due(struct serve *serve)
{
    struct timer *timer = g_queue_pop_head(&serve->timers);
    struct connection *connection = g_hash_table_lookup(serve->by_number, &timer->number);

    g_free(timer);
    if (!connection)
        return;
    connection->timed = false;
    bool is_waiting = connection->next > connection->acknowledged || connection->card_window == 0;

    if (is_waiting && serve->now_ps >= connection->progress_ps + SERVE_RTO_PS)
        retransmit(serve, connection);
    else if (is_waiting)
        start_timer(serve, connection);
}

/* --- The interface ---------------------------------------------------------------------------- */

struct serve *serve_new(const struct serve_config *config, struct replay_counts *counts)
{
    struct serve *serve = g_new0(struct serve, 1);

    serve->config = *config;
    serve->counts = counts;
    counts->connections = config->connections;
    serve->by_key = g_hash_table_new_full(flow_key_hash, flow_key_equal, NULL, g_free);
    serve->by_number = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_queue_init(&serve->items);
    g_queue_init(&serve->timers);
    return serve;
}

void serve_free(struct serve *serve)
{
    g_queue_clear_full(&serve->items, g_free);
    g_queue_clear_full(&serve->timers, g_free);
    g_hash_table_destroy(serve->by_number);
    g_hash_table_destroy(serve->by_key);
    g_free(serve->taken);
    g_free(serve);
}

bool serve_exhausted(const struct serve *serve)
{
    return serve->ended >= serve->config.connections && serve->items.length == 0;
}

uint64_t serve_next_ps(const struct serve *serve)
{
    const struct item *item = g_queue_peek_head((GQueue *)&serve->items);
    const struct timer *timer = g_queue_peek_head((GQueue *)&serve->timers);

    if (serve_exhausted(serve))
        return REPLAY_NEVER; /* timers of what has ended */
    return MIN(item ? item->due_ps : REPLAY_NEVER, timer ? timer->due_ps : REPLAY_NEVER);
}

bool serve_take(struct serve *serve, uint64_t now_ps, struct replay_frame *frame)
{
    const struct timer *timer;
    struct item *item;

    serve->now_ps = now_ps;
    while ((timer = g_queue_peek_head(&serve->timers)) && timer->due_ps <= now_ps)
        timer_due(serve);
    item = g_queue_peek_head(&serve->items);
    if (!item || item->due_ps > now_ps)
        return false;
    g_queue_pop_head(&serve->items);
    g_free(serve->taken);
    serve->taken = item;
    serve->counts->frames_captured += item->kind == REPLAY_CAPTURED;
    serve->counts->frames_repaired += item->kind == REPLAY_REPAIR;
    serve->counts->frames_synthesised += item->kind == REPLAY_SYNTHESISED;
    serve->counts->payload_bytes += item->new_bytes;
    *frame = (struct replay_frame){item->data, item->bytes, item->kind, item->due_ps, 0};
    return true;
}

static void answer_neighbour(struct serve *serve, const struct packet *packet)
{
    uint8_t answer[NEIGHBOUR_ANSWER_BYTES], mac[6];
    struct packet_address target;
    struct item *item;

    if (!neighbour_asked(packet, &target) || !is_server(serve, &target))
        return;
    server_mac(serve, &target, mac);
    uint32_t bytes = neighbour_answer(packet, &target, mac, answer);

    item = item_new(serve, REPLAY_SYNTHESISED, bytes);
    memcpy(item->data, answer, bytes);
}

void serve_card_sent(struct serve *serve, uint64_t now_ps, const uint8_t *data, uint32_t bytes)
{
    struct packet packet;

    serve->now_ps = now_ps;
    packet_parse(&packet, data, bytes, bytes);
    if (packet.protocol == IPPROTO_TCP && packet.payload_offset && !packet.is_fragment &&
        packet.tcp_header_bytes >= 20 && (packet.network == PACKET_IPV6) == serve->config.is_ipv6) {
        if (is_server(serve, &packet.destination))
            take_segment(serve, &packet);
    } else {
        answer_neighbour(serve, &packet);
    }
}

uint64_t serve_connections_open(const struct serve *serve)
{
    return serve->config.connections - MIN(serve->ended, serve->config.connections);
}

int serve_done_per_1000(const struct serve *serve)
{
    return (int)(MIN(serve->ended, serve->config.connections) * 1000 / serve->config.connections);
}

uint64_t serve_connection(const struct serve *serve, const struct replay_tuple *tuple)
{
    const struct connection *connection;
    struct flow_key key;

    key_of(&key, tuple);
    connection = g_hash_table_lookup(serve->by_key, &key);
    return connection ? connection->number : 0;
}

void serve_delivered(struct serve *serve, uint64_t number, uint64_t offset, const uint8_t *data, uint32_t bytes)
{
    const struct connection *connection = g_hash_table_lookup(serve->by_number, &number);
    uint64_t sent = connection ? MAX(connection->highest, 1) - 1 : 0;

    if (!connection || offset + bytes > sent)
        serve->counts->payload_mismatched_bytes += bytes; /* nobody sent them */
    else
        serve->counts->payload_mismatched_bytes += count_wrong(connection, false, offset, data, bytes);
    serve->counts->payload_delivered_bytes += bytes;
}

void serve_refused(struct serve *serve)
{
    serve->counts->connections_refused++;
    serve->ended++;
}
