/* generate_tcp.c - the generator's connections. Each is a state with the time of its next frame:
 *
 *     SYN -> SYN_ACK -> ACK -> DATA of the client -> ... -> FIN -> FIN of the server -> LAST_ACK
 *
 *     DATA: a round of segments -> ACKS of the other side -> the next round, or what follows [end_of_transfer]
 *
 * The acknowledgements of a request's last round are in its response. */
#include "traces/generate_inside.h"

#include "sim/random.h"

enum {
    FIRST_ROUND = 10, /* segments; RFC 6928 */
    LAST_ROUND = 40,  /* of 1,460 bytes: less than the window */
    SYN_WINDOW = 64240,
    WINDOW = 502, /* scaled by 2^7: 64,256 bytes */
};

enum phase { SYN, SYN_ACK, ACK, DATA, ACKS, CLIENT_FIN, SERVER_FIN, LAST_ACK, OVER };

struct generate_connection {
    uint64_t number, time_ps; /* of the next frame */
    enum phase phase;
    struct generate_flow flow;
    uint32_t isn[2];
    uint64_t sent[2], acked[2]; /* bytes of each side's stream; acked by the other side */
    uint64_t requests_left;
    /* the transfer */
    bool of_server;
    uint64_t left;                     /* bytes */
    unsigned round, in_round, ack_count; /* segments that it may have, has; acknowledgements to come */
};

void generate_connection_free(gpointer connection)
{
    g_free(connection);
}

static gint time_order(gconstpointer a, gconstpointer b, gpointer unused)
{
    const struct generate_connection *first = a, *second = b;

    (void)unused;
    if (first->time_ps != second->time_ps)
        return first->time_ps < second->time_ps ? -1 : 1;
    return first->number < second->number ? -1 : first->number > second->number;
}

/* --- Transfers ------------------------------------------------------------------------------- */

static void begin_transfer(struct generate_connection *connection, bool of_server, uint64_t bytes)
{
    connection->phase = DATA;
    connection->of_server = of_server;
    connection->left = bytes;
    connection->round = FIRST_ROUND;
    connection->in_round = 0;
}

static void begin_request(const struct generate_config *config, struct generate_connection *connection,
                          uint64_t pause_ps)
{
    connection->time_ps += GENERATE_SEGMENT_PS + pause_ps;
    if (connection->requests_left == 0) {
        connection->phase = CLIENT_FIN;
        return;
    }
    connection->requests_left--;
    begin_transfer(connection, false, config->request_bytes);
}

static void end_of_transfer(const struct generate_config *config, struct generate_connection *connection)
{
    if (!connection->of_server && config->response_bytes) {
        connection->time_ps += GENERATE_SERVER_PS;
        begin_transfer(connection, true, config->response_bytes);
    } else {
        begin_request(config, connection, connection->requests_left ? config->think_ps : 0);
    }
}

static uint32_t largest_segment(const struct generate_config *config)
{
    return config->mtu_bytes - (config->is_ipv6 ? 60 : 40);
}

static void end_of_round(const struct generate_config *config, struct generate_connection *connection)
{
    if (!connection->of_server && connection->left == 0 && config->response_bytes) {
        end_of_transfer(config, connection);
        return;
    }
    connection->phase = ACKS;
    connection->ack_count = (connection->in_round + 1) / 2;
    connection->time_ps += connection->of_server ? config->round_trip_ps : GENERATE_SERVER_PS;
}

static void send_data(const struct generate_config *config, struct generate_connection *connection,
                      struct generate_segment *segment)
{
    bool of_server = connection->of_server;
    uint32_t bytes = (uint32_t)MIN(connection->left, largest_segment(config));

    segment->from_server = of_server;
    segment->offset = connection->sent[of_server];
    segment->bytes = bytes;
    connection->left -= bytes;
    connection->sent[of_server] += bytes;
    connection->acked[!of_server] = connection->sent[!of_server];
    connection->in_round++;
    segment->flags |= connection->left == 0 ? PACKET_PSH : 0;
    if (connection->left == 0 || connection->in_round == connection->round)
        end_of_round(config, connection);
    else
        connection->time_ps += GENERATE_SEGMENT_PS;
}

static void send_acknowledgement(const struct generate_config *config, struct generate_connection *connection,
                                 struct generate_segment *segment)
{
    bool of_server = connection->of_server;
    uint64_t two = 2ull * largest_segment(config);

    segment->from_server = !of_server;
    connection->ack_count--;
    connection->acked[of_server] =
        connection->ack_count ? connection->acked[of_server] + two : connection->sent[of_server];
    if (connection->ack_count) {
        connection->time_ps += 2 * GENERATE_SEGMENT_PS;
        return;
    }
    if (connection->left == 0) {
        end_of_transfer(config, connection);
        return;
    }
    connection->time_ps += of_server ? GENERATE_SERVER_PS : config->round_trip_ps;
    connection->phase = DATA;
    connection->round = MIN(2 * connection->round, LAST_ROUND);
    connection->in_round = 0;
}

/* --- Segments -------------------------------------------------------------------------------- */

static void go_on(struct generate_connection *connection, enum phase phase, uint64_t pause_ps)
{
    connection->phase = phase;
    connection->time_ps += pause_ps;
}

/* Numbers behind the SYN and the FIN of both sides, as far as they have been sent. */
static void number(const struct generate_connection *connection, enum phase phase, struct generate_segment *segment)
{
    bool from = segment->from_server;
    uint64_t position = 1 + (segment->bytes ? segment->offset : connection->sent[from]);
    uint64_t acked = 1 + (phase == DATA || phase == ACKS ? connection->acked[!from] : connection->sent[!from]);

    if (phase == SYN || phase == SYN_ACK)
        position = 0;
    position += phase == LAST_ACK;
    acked += phase == SERVER_FIN || phase == LAST_ACK;
    segment->sequence = connection->isn[from] + (uint32_t)position;
    segment->acknowledgement = segment->flags & PACKET_ACK ? connection->isn[!from] + (uint32_t)acked : 0;
}

static void send_next(const struct generate_config *config, struct generate_connection *connection,
                      struct generate_segment *segment)
{
    enum phase phase = connection->phase;

    *segment = (struct generate_segment){.flags = PACKET_ACK, .window = WINDOW};
    switch (phase) {
    case SYN:
        segment->flags = PACKET_SYN;
        go_on(connection, SYN_ACK, GENERATE_SERVER_PS);
        break;
    case SYN_ACK:
        segment->flags |= PACKET_SYN;
        segment->from_server = true;
        go_on(connection, ACK, config->round_trip_ps);
        break;
    case ACK:
        begin_request(config, connection, 0);
        break;
    case DATA:
        send_data(config, connection, segment);
        break;
    case ACKS:
        send_acknowledgement(config, connection, segment);
        break;
    case CLIENT_FIN:
        segment->flags |= PACKET_FIN;
        go_on(connection, SERVER_FIN, GENERATE_SERVER_PS);
        break;
    case SERVER_FIN:
        segment->flags |= PACKET_FIN;
        segment->from_server = true;
        go_on(connection, LAST_ACK, config->round_trip_ps);
        break;
    case LAST_ACK:
        connection->phase = OVER;
        break;
    case OVER:
        break;
    }
    if (segment->flags & PACKET_SYN) {
        segment->window = SYN_WINDOW;
        segment->mss = (uint16_t)largest_segment(config);
    }
    number(connection, phase, segment);
}

/* --- All of them ----------------------------------------------------------------------------- */

static void begin_connection(struct generator *generator)
{
    const struct generate_config *config = &generator->config;
    struct generate_connection *connection = g_new0(struct generate_connection, 1);
    uint32_t client = (uint32_t)(generator->begun % GENERATE_MAX_FLOWS);

    connection->number = generator->begun++;
    connection->time_ps = generator->time_ps;
    connection->requests_left = config->requests;
    connection->flow = (struct generate_flow){.is_tcp = true,
                                              .is_ipv6 = config->is_ipv6,
                                              .number = config->number,
                                              .client = client,
                                              .port = generate_client_port(client),
                                              .pattern = 2 * connection->number};
    connection->isn[0] = (uint32_t)random_next(&generator->random_flows);
    connection->isn[1] = (uint32_t)random_next(&generator->random_flows);
    generator->time_ps += generate_gap_ps(generator);
    g_sequence_insert_sorted(generator->open, connection, time_order, NULL);
}

static bool begins_next(const struct generator *generator)
{
    GSequenceIter *first = g_sequence_get_begin_iter(generator->open);
    const struct generate_connection *connection =
        g_sequence_iter_is_end(first) ? NULL : g_sequence_get(first);

    if (generator->config.connections && generator->begun == generator->config.connections)
        return false;
    return !connection || generator->time_ps <= connection->time_ps;
}

bool generate_tcp_next(struct generator *generator, uint64_t *time_ps, uint32_t *bytes)
{
    struct generate_segment segment;

    if (begins_next(generator))
        begin_connection(generator);
    GSequenceIter *first = g_sequence_get_begin_iter(generator->open);
    if (g_sequence_iter_is_end(first))
        return false;
    struct generate_connection *connection = g_sequence_get(first);
    *time_ps = connection->time_ps;
    send_next(&generator->config, connection, &segment);
    *bytes = generate_frame(generator->data, &connection->flow, &segment);
    if (connection->phase == OVER)
        g_sequence_remove(first);
    else
        g_sequence_sort_changed(first, time_order, NULL);
    return true;
}
