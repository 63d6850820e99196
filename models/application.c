#include "models/application.h"

#include "models/application_opens.h"
#include "models/host.h"
#include "models/traffic.h"
#include "sim/outside.h"
#include "traces/replay.h"

#include <glib.h>
#include <netinet/in.h>
#include <string.h>

enum { PROTOCOLS = 2, PUSH_BYTES = 65536, MAX_ANSWER = 65536 };

enum message_type { /* between the actor and its half in the calendar; values[0]: the session's id
                     */
                    MESSAGE_LISTEN, /* values[0]: protocol, values[1]: where, in its list */
                    MESSAGE_STEP,   /* values[1]: enum replay_step_kind. Due, or to be done */
                    MESSAGE_ANSWER, /* data: struct answer. Due, or to be done */
};

struct answer { /* a datagram to be sent */
    struct hw_tuple tuple;
    uint8_t data[];
};

struct application {
    struct part part;
    /* parameters */
    struct part *host_part;
    struct part_list traffic_list;
    unsigned behaviour;
    char *listen;
    uint64_t latency_ps, think_ps, retry_ps;
    /* state */
    struct listens listens;
    struct host *host;
    struct part *traffic[HW_MAX_PORTS]; /* by the port into which it goes; NULL: none */
    struct outside_actor *actor;
    struct application_opens *opens[HW_MAX_PORTS]; /* of each traffic of the list; NULL: of mode = serve it is not */
    GHashTable *connections; /* by session id */
    GQueue unknown; /* connections whose next step has not been read from the capture yet */
    struct event retry;
    uint64_t under_way; /* messages to and from the actor */
    uint8_t *buffer;
    struct {
        uint64_t steps, sends, closes, aborts, not_captured, answers, unknown, actor_messages;
    } stats;
};

struct connection {
    struct application *application;
    struct host_session *session;
    uint64_t id;
    struct part *traffic; /* of its port; NULL: there is none */
    uint64_t captured; /* number of the replay's connection; 0: not of the capture */
    uint64_t sent_bytes;
    uint64_t called_ps;      /* when the actor decided to send */
    struct replay_step step; /* the next one */
    bool step_known;         /* step is right for sent_bytes */
    bool posted;             /* a step is with the actor */
    bool sending;            /* a send goes on as there is room */
    GList *unknown;          /* its place there; NULL: none */
    GByteArray *echo;        /* received, not sent back */
    const struct serve_config *serve; /* it is a client of these; NULL: it is not */
};

static void advance(struct connection *connection);

/* What comes by a port is of the traffic that goes into it: clients of two ports may have the same addresses. */
static struct part *traffic_by(const struct application *application, const struct hw_tuple *tuple)
{
    return tuple->port < HW_MAX_PORTS ? application->traffic[tuple->port] : NULL;
}

static struct replay_tuple replay_tuple_of(const struct hw_tuple *tuple)
{
    struct replay_tuple result = {.is_ipv6 = tuple->ip_version == 6,
                                  .remote_port = tuple->remote_port,
                                  .local_port = tuple->local_port};
    size_t bytes = result.is_ipv6 ? 16 : 4;

    memcpy(result.remote.bytes, tuple->remote, bytes);
    memcpy(result.local.bytes, tuple->local, bytes);
    return result;
}

/* --- The actor ------------------------------------------------------------------------------- */

/* It has standing orders; what it is told is due it does after having thought about it. */
static void run(struct outside_actor *actor, void *owner)
{
    const struct application *application = owner;
    const uint64_t protocols[PROTOCOLS] = {IPPROTO_TCP, IPPROTO_UDP};
    struct outside_message message = {.type = MESSAGE_LISTEN};

    for (unsigned i = 0; i < PROTOCOLS * application->listens.count; i++) {
        message.values[0] = protocols[i % PROTOCOLS];
        message.values[1] = i / PROTOCOLS;
        outside_send(actor, &message);
    }
    while (outside_receive(actor, &message)) {
        if (application->think_ps) {
            uint64_t until_ps = outside_now_ps(actor) + application->think_ps;

            /* Messages that come meanwhile wait until it is done with this one. */
            outside_sleep(actor, until_ps);
        }
        outside_send(actor, &message);
    }
}

static void post(struct application *application, const struct outside_message *message)
{
    application->under_way++;
    application->stats.actor_messages++;
    outside_post(application->actor, message);
}

/* --- What a connection does next ------------------------------------------------------------- */

static void post_step(struct connection *connection, enum replay_step_kind kind)
{
    struct outside_message message = {.type = MESSAGE_STEP, .values = {connection->id, kind}};

    connection->posted = true;
    post(connection->application, &message);
}

/* The captured server's clock: bytes of the client, its FIN counts as one more. */
static uint64_t received(const struct connection *connection)
{
    return connection->session->received_bytes + connection->session->remote_closed;
}

static void find_step(struct connection *connection)
{
    if (connection->step_known)
        return;
    replay_step(traffic_replay(connection->traffic), connection->captured, connection->sent_bytes,
                traffic_time_ps(connection->traffic), &connection->step, NULL, 0);
    connection->step_known = connection->step.kind != REPLAY_STEP_UNKNOWN;
}

static void wait_for_capture(struct connection *connection)
{
    struct application *application = connection->application;

    if (connection->unknown)
        return;
    application->stats.unknown++;
    g_queue_push_tail(&application->unknown, connection);
    connection->unknown = application->unknown.tail;
    if (!event_pending(&application->retry))
        event_in(&application->retry, application->retry_ps);
}

static void stop_waiting(struct connection *connection)
{
    if (connection->unknown)
        g_queue_delete_link(&connection->application->unknown, connection->unknown);
    connection->unknown = NULL;
}

/* Asks again for all of them; with many, more seldom: each is asked for once in so many
 * microseconds. */
static void retry_event(void *owner)
{
    struct application *application = owner;
    GQueue unknown = application->unknown;
    uint64_t spread_ps;
    struct connection *connection;

    g_queue_init(&application->unknown);
    for (const GList *at = unknown.head; at; at = at->next)
        ((struct connection *)at->data)->unknown = NULL;
    while ((connection = g_queue_pop_head(&unknown)))
        advance(connection);
    spread_ps = (uint64_t)application->unknown.length * 1000000;
    if (application->unknown.length)
        event_in(&application->retry, MAX(application->retry_ps, spread_ps));
}

static void advance_captured(struct connection *connection)
{
    const struct replay_step *step = &connection->step;

    find_step(connection);
    switch (step->kind) {
    case REPLAY_STEP_UNKNOWN:
        wait_for_capture(connection);
        return;
    case REPLAY_STEP_END: /* the capture was cut: close when the client has */
        stop_waiting(connection);
        if (connection->session->remote_closed)
            post_step(connection, REPLAY_STEP_CLOSE);
        return;
    default:
        stop_waiting(connection);
        if (received(connection) < step->after_bytes)
            return;
        if (step->kind != REPLAY_STEP_SEND ||
            host_send_room(connection->application->host, connection->session) > 0)
            post_step(connection, step->kind);
        else
            host_want_memory(connection->application->host, connection->session);
        return;
    }
}

/* Bytes that a client has sent when all requests that are due are: one more than it has responses. */
static uint64_t request_bytes_due(const struct connection *connection)
{
    const struct serve_config *serve = connection->serve;
    uint64_t responses = connection->session->received_bytes / serve->response_bytes;

    return MIN(responses + 1, serve->requests) * serve->request_bytes;
}

static void advance_client(struct connection *connection)
{
    const struct serve_config *serve = connection->serve;

    if (connection->sent_bytes < request_bytes_due(connection))
        post_step(connection, REPLAY_STEP_SEND);
    else if (connection->session->received_bytes >= serve->requests * serve->response_bytes ||
             connection->session->remote_closed)
        post_step(connection, REPLAY_STEP_CLOSE);
}

static void advance(struct connection *connection)
{
    const struct host_session *session = connection->session;

    if (connection->posted || connection->sending || session->closed || session->aborted ||
        session->ended)
        return;
    if (connection->captured && !connection->serve)
        advance_captured(connection);
    else if (connection->serve)
        advance_client(connection);
    else if (connection->echo && connection->echo->len)
        post_step(connection, REPLAY_STEP_SEND);
    else if (session->remote_closed)
        post_step(connection, REPLAY_STEP_CLOSE);
}

/* Bytes of the present step, at most as many; 0: it is no send that is due. */
static uint32_t next_bytes(struct connection *connection, uint32_t limit)
{
    struct application *application = connection->application;

    if (connection->serve) {
        struct replay_tuple tuple = replay_tuple_of(&connection->session->tuple);

        limit = (uint32_t)MIN(limit, request_bytes_due(connection) - connection->sent_bytes);
        serve_pattern(&tuple, true, connection->sent_bytes, application->buffer, limit);
        return limit;
    }
    if (connection->echo) {
        limit = MIN(limit, connection->echo->len);
        memcpy(application->buffer, connection->echo->data, limit);
        return limit;
    }
    find_step(connection);
    if (connection->step.kind != REPLAY_STEP_SEND ||
        received(connection) < connection->step.after_bytes)
        return 0;
    limit = MIN(limit, connection->step.bytes);
    replay_step(traffic_replay(connection->traffic), connection->captured, connection->sent_bytes,
                traffic_time_ps(connection->traffic), &connection->step, application->buffer, limit);
    return limit;
}

static void bytes_sent(struct connection *connection, uint32_t bytes)
{
    struct application *application = connection->application;

    connection->sent_bytes += bytes;
    connection->step_known = false;
    if (connection->echo) {
        g_byte_array_remove_range(connection->echo, 0, bytes);
        host_read_until(application->host, connection->session,
                        connection->sent_bytes + APPLICATION_ECHO_BYTES);
    } else if (!connection->serve) {
        replay_step_done(traffic_replay(connection->traffic), connection->captured, connection->sent_bytes);
    }
}

/* Sends what is due, as much as there is room for; goes on when there is more. */
static void push(struct connection *connection)
{
    struct application *application = connection->application;
    struct host_session *session = connection->session;

    connection->sending = true; /* what the host calls meanwhile must not begin another */
    for (;;) {
        uint64_t room = MAX(host_send_room(application->host, session), 1);
        uint32_t bytes = next_bytes(connection, (uint32_t)MIN(room, PUSH_BYTES));
        uint64_t accepted;

        if (bytes == 0)
            break;
        accepted = host_send(application->host, session, application->buffer, bytes,
                             connection->called_ps);
        if (accepted == 0)
            return;
        bytes_sent(connection, (uint32_t)accepted);
    }
    connection->sending = false;
    advance(connection);
}

static void perform(struct connection *connection, enum replay_step_kind kind, uint64_t called_ps)
{
    struct application *application = connection->application;

    connection->posted = false;
    application->stats.steps++;
    switch (kind) {
    case REPLAY_STEP_SEND:
        application->stats.sends++;
        connection->called_ps = called_ps;
        push(connection);
        break;
    case REPLAY_STEP_ABORT:
        application->stats.aborts++;
        host_abort(application->host, connection->session);
        break;
    default:
        application->stats.closes++;
        host_close(application->host, connection->session);
        break;
    }
}

/* A message of the actor: the call reaches the host. */
static void arrived(void *owner, struct outside_message *message)
{
    struct application *application = owner;
    uint64_t called_ps = message->time_ps - application->latency_ps;
    struct connection *connection;
    const struct answer *answer;

    switch (message->type) {
    case MESSAGE_LISTEN:
        host_listen(application->host, (uint8_t)message->values[0],
                    &application->listens.list[message->values[1]]);
        return;
    case MESSAGE_STEP:
        application->under_way--;
        connection = g_hash_table_lookup(application->connections, &message->values[0]);
        if (connection) /* else the session has ended meanwhile */
            perform(connection, (enum replay_step_kind)message->values[1], called_ps);
        return;
    default:
        application->under_way--;
        answer = message->data;
        host_send_datagram(application->host, &answer->tuple, answer->data,
                           message->bytes - (uint32_t)sizeof *answer, called_ps);
        g_free(message->data);
        return;
    }
}

/* --- What the host tells --------------------------------------------------------------------- */

static void opened(void *owner, struct host_session *session)
{
    struct application *application = owner;
    struct connection *connection = g_new0(struct connection, 1);
    struct replay_tuple tuple = replay_tuple_of(&session->tuple);

    connection->application = application;
    connection->session = session;
    connection->id = session->id;
    connection->traffic = traffic_by(application, &session->tuple);
    session->application = connection;
    g_hash_table_insert(application->connections, &connection->id, connection);
    if (application->behaviour == APPLICATION_ECHO) {
        connection->echo = g_byte_array_new();
        host_read_until(application->host, session, APPLICATION_ECHO_BYTES);
    } else if (session->argument && session->argument <= application->traffic_list.count &&
               application->opens[session->argument - 1]) { /* it has opened it */
        connection->traffic = application->traffic_list.list[session->argument - 1];
        connection->serve = replay_serve(traffic_replay(connection->traffic));
        connection->captured = replay_connection(traffic_replay(connection->traffic), &tuple);
    } else if (application->behaviour == APPLICATION_CAPTURED) {
        if (connection->traffic && !replay_serve(traffic_replay(connection->traffic)))
            connection->captured = replay_connection(traffic_replay(connection->traffic), &tuple);
        application->stats.not_captured += connection->captured == 0;
    }
    advance(connection);
}

static void changed(void *owner, struct host_session *session)
{
    struct connection *connection = session->application;

    (void)owner;
    if (connection->sending)
        push(connection);
    else
        advance(connection);
}

static void connection_free(void *data)
{
    struct connection *connection = data;

    stop_waiting(connection);
    if (connection->echo)
        g_byte_array_free(connection->echo, TRUE);
    g_free(connection);
}

static void ended(void *owner, struct host_session *session, bool reset)
{
    struct application *application = owner;

    (void)reset;
    g_hash_table_remove(application->connections, &session->id);
    session->application = NULL;
}

static void payload(void *owner, struct host_session *session, uint64_t offset, const uint8_t *data,
                    uint32_t bytes)
{
    struct connection *connection = session->application;

    (void)owner;
    if (connection->captured)
        replay_delivered(traffic_replay(connection->traffic), connection->captured, offset, data, bytes);
    if (connection->echo)
        g_byte_array_append(connection->echo, data, bytes);
}

static void post_answer(struct application *application, const struct hw_tuple *tuple,
                        const uint8_t *data, uint32_t bytes)
{
    struct outside_message message = {.type = MESSAGE_ANSWER};
    struct answer *answer = g_malloc(sizeof *answer + bytes);

    answer->tuple = *tuple;
    memcpy(answer->data, data, bytes);
    message.data = answer;
    message.bytes = (uint32_t)sizeof *answer + bytes;
    application->stats.answers++;
    post(application, &message);
}

static void datagram(void *owner, const struct hw_tuple *tuple, const uint8_t *data, uint32_t bytes)
{
    struct application *application = owner;
    struct replay_tuple captured = replay_tuple_of(tuple);
    struct part *traffic = traffic_by(application, tuple);
    uint32_t answer_bytes;

    if (application->behaviour == APPLICATION_ECHO && bytes)
        post_answer(application, tuple, data, bytes);
    if (application->behaviour != APPLICATION_CAPTURED || !traffic)
        return;
    struct replay *replay = traffic_replay(traffic);

    replay_delivered_datagram(replay, &captured, data, bytes);
    while ((answer_bytes = replay_datagram_answer(replay, &captured, traffic_time_ps(traffic),
                                                  application->buffer, MAX_ANSWER)))
        post_answer(application, tuple, application->buffer, answer_bytes);
}

static void refused(void *owner, uint32_t argument)
{
    struct application *application = owner;

    if (argument && argument <= application->traffic_list.count && application->opens[argument - 1])
        replay_refused(traffic_replay(application->traffic_list.list[argument - 1]));
}

static bool idle(const void *owner)
{
    return ((const struct application *)owner)->under_way == 0;
}

static const struct host_events events = {
    .opened = opened, .changed = changed, .ended = ended, .datagram = datagram, .refused = refused, .idle = idle};

/* --- The part -------------------------------------------------------------------------------- */

static void read_listens(struct application *application, struct diagnostics *diagnostics)
{
    char *wrong;

    if (listen_parse(application->listen, &application->listens, &wrong))
        return;
    part_error(&application->part, diagnostics, "listen",
               "'%s': expected ADDRESS, ADDRESS:PORT, [IPV6]:PORT, *:PORT or *, at most %d of them", wrong, LISTEN_MAX);
    g_free(wrong);
    application->listens.count = 0;
}

/* A frame is of one host: two applications on two hosts can't listen at the same place. */
static void check_listens(const struct application *application, struct diagnostics *diagnostics)
{
    const struct sim *sim = application->part.sim;

    for (unsigned i = 0; i < application->part.number; i++) {
        const struct application *other = (const struct application *)sim->parts[i];

        if (sim->parts[i]->kind != &application_kind)
            continue;
        for (unsigned k = 0; k < application->listens.count; k++)
            for (unsigned m = 0; m < other->listens.count; m++)
                if (listen_is_same(&application->listens.list[k], &other->listens.list[m])) {
                    part_error(&application->part, diagnostics, "listen",
                               "%s on host %s listens at the same addresses and ports: give each application addresses "
                               "or ports of its own, listen = ADDRESS[:PORT] ...",
                               other->part.name, other->host_part->name);
                    return;
                }
    }
}

/* Servers wait for one application that connects. */
static void claim_servers(struct application *application, struct diagnostics *diagnostics)
{
    bool any = false;

    if (application->behaviour != APPLICATION_CONNECT)
        return;
    for (unsigned i = 0; i < application->traffic_list.count; i++) {
        struct traffic *traffic = (struct traffic *)application->traffic_list.list[i];

        if (traffic->mode != TRAFFIC_SERVE)
            continue;
        any = true;
        if (traffic->is_opened)
            part_error(&application->part, diagnostics, "traffic",
                       "another application opens the connections to %s: name other traffic", traffic->part.name);
        traffic->is_opened = true;
    }
    if (!any)
        part_error(&application->part, diagnostics, "behaviour",
                   "connect needs traffic with mode = serve, whose servers accept the connections");
}

static void application_init(struct part *part, struct diagnostics *diagnostics)
{
    struct application *application = (struct application *)part;

    application->host = (struct host *)application->host_part;
    application->connections =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, connection_free);
    read_listens(application, diagnostics);
    application->buffer = g_malloc(MAX(PUSH_BYTES, MAX_ANSWER));
    g_queue_init(&application->unknown);
    claim_servers(application, diagnostics);
    if (application->behaviour == APPLICATION_CAPTURED && !application->traffic_list.count)
        part_error(part, diagnostics, "traffic",
                   "behaviour = captured needs the traffic whose capture it answers");
}

static void application_wire(struct part *part, struct diagnostics *diagnostics)
{
    struct application *application = (struct application *)part;

    event_init(&application->retry, part, application, "ask the capture again", retry_event);
    for (unsigned i = 0; i < application->traffic_list.count; i++) {
        struct part *traffic = application->traffic_list.list[i];

        application->traffic[traffic_port(traffic)] = traffic;
    }
    check_listens(application, diagnostics);
    if (!host_set_application(application->host, &events, application, PROTOCOLS * application->listens.count)) {
        part_error(part, diagnostics, "host", "%s has an application already",
                   application->host_part->name);
        return;
    }
    host_set_payload_sink(application->host, payload, application);
    for (unsigned i = 0; application->behaviour == APPLICATION_CONNECT && i < application->traffic_list.count; i++) {
        struct part *traffic = application->traffic_list.list[i];

        if (((struct traffic *)traffic)->mode == TRAFFIC_SERVE)
            application->opens[i] = application_opens_new(part, application->host, application->host_part->name, traffic,
                                                          i, application->latency_ps);
    }
    application->actor = outside_add_actor(part->sim, part->name, application->host_part->name,
                                           application->latency_ps, run, arrived, application);
}

static void application_start(struct part *part)
{
    struct application *application = (struct application *)part;

    for (unsigned i = 0; i < HW_MAX_PORTS; i++)
        if (application->opens[i])
            application_opens_start(application->opens[i]);
}

static void application_free(struct part *part)
{
    struct application *application = (struct application *)part;

    if (application->connections)
        g_hash_table_destroy(application->connections);
    g_queue_clear(&application->unknown);
    for (unsigned i = 0; i < HW_MAX_PORTS; i++)
        application_opens_free(application->opens[i]);
    g_free(application->buffer);
}

static const char *const host_kinds[] = {"host", NULL};
static const char *const traffic_kinds[] = {"traffic", NULL};
static const char *const behaviours[] = {"captured", "sink", "echo", "connect", NULL};

#define FIELD(field) offsetof(struct application, field)

static const struct parameter parameters[] = {
    {"host", PARAMETER_PART, FIELD(host_part), "*", 0, 0, host_kinds, "The host on which it runs."},
    {"traffic", PARAMETER_PARTS, FIELD(traffic_list), "*", 0, HW_MAX_PORTS, traffic_kinds,
     "The traffic whose captured servers it is, each for what comes by its port."},
    {"behaviour", PARAMETER_CHOICE, FIELD(behaviour), "captured", 0, 0, behaviours,
     "What it does: as the captured server did, read everything, send everything back, or open connections to "
     "the servers of its traffic (mode = serve)."},
    {"listen", PARAMETER_TEXT, FIELD(listen), "*", 1, 4096, NULL,
     "Where it listens: ADDRESS, ADDRESS:PORT, [IPV6]:PORT, *:PORT, or * for every address and port. With several "
     "hosts this decides whose a session is."},
    {"latency", PARAMETER_TIME, FIELD(latency_ps), "100ns", OUTSIDE_MIN_LATENCY_PS, PS_PER_SECOND,
     NULL, "Time between the application and the driver, each way."},
    {"think", PARAMETER_TIME, FIELD(think_ps), "0", 0, 1000 * PS_PER_SECOND, NULL,
     "Time that it takes to decide; one decision at a time."},
    {"retry", PARAMETER_TIME, FIELD(retry_ps), "100us", 1000, PS_PER_SECOND, NULL,
     "Time until the capture's reader is asked again for a step that it has not read yet; at least "
     "1 us for "
     "each connection that waits so."},
    {0},
};

#define COUNT(field, help)                                                                         \
    {                                                                                              \
#field, STATISTIC_COUNT, offsetof(struct application, stats.field), help                   \
    }

static const struct statistic statistics[] = {
    COUNT(steps, "Calls that the application made."),
    COUNT(sends, "Sends of these."),
    COUNT(closes, "Closes of these."),
    COUNT(aborts, "Aborts of these."),
    COUNT(answers, "Datagrams that it answered with."),
    COUNT(not_captured, "Sessions that are not of the capture; they were sunk."),
    COUNT(unknown, "Times that a step was not read from the capture yet."),
    COUNT(actor_messages, "Times that the actor was told of something."),
    {0},
};

const struct part_kind application_kind = {
    .name = "application",
    .help = "An application on a host: a server, or a client of remote servers.",
    .size = sizeof(struct application),
    .parameters = parameters,
    .statistics = statistics,
    .init = application_init,
    .wire = application_wire,
    .start = application_start,
    .free = application_free,
};
