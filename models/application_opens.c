#include "models/application_opens.h"

#include "models/traffic.h"
#include "sim/outside.h"
#include "sim/random.h"
#include "traces/replay.h"

#include <glib.h>
#include <string.h>

enum message_type {
    MESSAGE_BEGIN,   /* to the actor */
    MESSAGE_CONNECT, /* to the card: the next one */
};

struct application_opens {
    struct host *host;
    struct part *traffic;
    unsigned index;
    struct outside_actor *actor;
    uint64_t random;
    uint64_t opened;
};

static void run(struct outside_actor *actor, void *owner)
{
    struct application_opens *opens = owner;
    const struct traffic *traffic = (const struct traffic *)opens->traffic;
    uint64_t gap_ps = traffic_opens_gap_ps(opens->traffic);
    struct outside_message message;

    if (!outside_receive(actor, &message)) /* BEGIN */
        return;
    uint64_t next_ps = outside_now_ps(actor);

    message = (struct outside_message){.type = MESSAGE_CONNECT};
    for (uint64_t i = 0; i < traffic->generate.connections; i++) {
        if (!outside_sleep(actor, next_ps))
            return;
        outside_send(actor, &message);
        next_ps += traffic->generate.arrivals == TRAFFIC_POISSON ? random_exponential(&opens->random, gap_ps) : gap_ps;
    }
    while (outside_receive(actor, &message))
        ; /* nothing more to do */
}

static void arrived(void *owner, struct outside_message *message)
{
    struct application_opens *opens = owner;
    const struct traffic *traffic = (const struct traffic *)opens->traffic;
    const struct serve_config *config = replay_serve(traffic->replay);
    struct packet_address server, card;
    struct hw_tuple tuple = {.remote_port = SERVE_PORT,
                             .ip_version = config->is_ipv6 ? 6 : 4,
                             .port = (uint8_t)traffic_port(opens->traffic)};

    (void)message;
    serve_server_address(config, opens->opened++ % config->servers, &server);
    serve_card_address(config, &card);
    memcpy(tuple.remote, server.bytes, sizeof tuple.remote);
    memcpy(tuple.local, card.bytes, sizeof tuple.local);
    host_connect(opens->host, &tuple, opens->index + 1);
}

static void host_is_ready(void *owner)
{
    const struct application_opens *opens = owner;
    struct outside_message message = {.type = MESSAGE_BEGIN};

    outside_post(opens->actor, &message);
}

struct application_opens *application_opens_new(struct part *application, struct host *host, const char *host_name,
                                                struct part *traffic, unsigned index, uint64_t latency_ps)
{
    struct application_opens *opens = g_new0(struct application_opens, 1);
    char *name = g_strdup_printf("%s opens to %s", application->name, traffic->name);

    opens->host = host;
    opens->traffic = traffic;
    opens->index = index;
    opens->random = application->sim->seed ^ ((uint64_t)application->number << 32 | traffic->number);
    opens->actor = outside_add_actor(application->sim, name, host_name, latency_ps, run, arrived, opens);
    g_free(name);
    return opens;
}

void application_opens_start(struct application_opens *opens)
{
    host_when_ready(opens->host, host_is_ready, opens);
}

void application_opens_free(struct application_opens *opens)
{
    g_free(opens);
}
