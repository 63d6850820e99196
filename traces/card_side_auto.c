/* card_side_auto.c - finds the side that serves.
 *
 * The conversations among the first frames are edges of a graph whose nodes are addresses; each
 * edge points from client to server and weighs as much as its kind says. Sought is the set S of
 * addresses with the greatest sum of weights of the edges that enter it (a maximal directed cut).
 * An edge whose direction is a guess (peers of a game, a capture without handshakes) counts almost
 * as much if it leaves S: better the wrong way round than left out.
 *
 * The set is found from a first guess, those that serve more than they ask, by moving single
 * addresses as long as that adds to the sum, or makes the set smaller at the same sum; so that it
 * ends. Addresses are visited in the order of their first frame: the same frames give the same set.
 */
#include "traces/card_side_inside.h"
#include "traces/flow_key.h"

#include <netinet/in.h>
#include <string.h>

enum {
    MAX_ROUNDS = 64, /* a handful is usual; what remains after so many is left as it is */
    RIGHT_WAY = 4,   /* what an edge's weight counts for if it enters the set */
    OTHER_WAY = 3,   /* ... if it leaves it and its direction is a guess */
    RESERVED_PORTS = 1024,
    ICMP_ECHO_REPLY = 0,
    ICMP_ECHO = 8,
    ICMPV6_ECHO = 128,
    ICMPV6_ECHO_REPLY = 129,
};

/* Handshakes overrule what is guessed from ports, and traffic overrules what only probes for it. */
static const unsigned role_weights[ROLE_SOURCES] = {
    [ROLE_SYN] = 64, [ROLE_MIDSTREAM] = 32, [ROLE_DATAGRAM] = 8, [ROLE_ECHO] = 2, [ROLE_ARP] = 1,
};

struct node {
    struct host_key host;
    bool is_server;
    uint64_t serves, asks; /* weights of its edges */
    GArray *edges;         /* indices into the learner's edges */
};

struct edge {
    struct flow_key key;
    unsigned node[2];     /* of the key's addresses */
    unsigned endpoint[2]; /* of the key's addresses and ports */
    uint8_t first;        /* who sent the first frame */
    int8_t client;        /* by SYN, SYN-ACK, echo or ARP; -1: not seen */
    bool is_guess;        /* client was told from ports, peers or order */
    enum role_source source;
};

struct endpoint { /* address and port: how many it talks to */
    unsigned peers;
};

struct endpoint_key { /* no padding */
    struct host_key host;
    uint8_t protocol;
    uint16_t port;
};

struct card_learner {
    GArray *nodes, *edges, *endpoints; /* of the structs above, in the order of their finding */
    GHashTable *node_of_host, *edge_of_flow, *endpoint_of_key; /* owned keys -> index */
};

static guint endpoint_hash(gconstpointer key)
{
    return flow_hash_bytes(key, sizeof(struct endpoint_key));
}

static gboolean endpoint_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct endpoint_key)) == 0;
}

struct card_learner *card_learner_new(void)
{
    struct card_learner *learner = g_new0(struct card_learner, 1);
    learner->nodes = g_array_new(FALSE, TRUE, sizeof(struct node));
    learner->edges = g_array_new(FALSE, TRUE, sizeof(struct edge));
    learner->endpoints = g_array_new(FALSE, TRUE, sizeof(struct endpoint));
    learner->node_of_host = g_hash_table_new_full(host_key_hash, host_key_equal, g_free, NULL);
    learner->edge_of_flow = g_hash_table_new_full(flow_key_hash, flow_key_equal, g_free, NULL);
    learner->endpoint_of_key = g_hash_table_new_full(endpoint_hash, endpoint_equal, g_free, NULL);
    return learner;
}

void card_learner_free(struct card_learner *learner)
{
    if (learner == NULL)
        return;
    for (unsigned i = 0; i < learner->nodes->len; i++)
        g_array_free(g_array_index(learner->nodes, struct node, i).edges, TRUE);
    g_array_free(learner->nodes, TRUE);
    g_array_free(learner->edges, TRUE);
    g_array_free(learner->endpoints, TRUE);
    g_hash_table_destroy(learner->node_of_host);
    g_hash_table_destroy(learner->edge_of_flow);
    g_hash_table_destroy(learner->endpoint_of_key);
    g_free(learner);
}

/* The number under which key is known in table; a new key gets the next free one, *is_new. */
static unsigned index_of(GHashTable *table, const void *key, size_t key_bytes, bool *is_new)
{
    gpointer value;
    *is_new = !g_hash_table_lookup_extended(table, key, NULL, &value);
    if (!*is_new)
        return GPOINTER_TO_UINT(value);
    unsigned index = g_hash_table_size(table);
    g_hash_table_insert(table, g_memdup2(key, key_bytes), GUINT_TO_POINTER(index));
    return index;
}

static unsigned find_node(struct card_learner *learner, const struct host_key *host)
{
    bool is_new;
    unsigned index = index_of(learner->node_of_host, host, sizeof *host, &is_new);
    if (is_new) {
        struct node node = {.host = *host};
        node.edges = g_array_new(FALSE, FALSE, sizeof(unsigned));
        g_array_append_val(learner->nodes, node);
    }
    return index;
}

static unsigned find_endpoint(struct card_learner *learner, const struct host_key *host,
                              uint8_t protocol, uint16_t port)
{
    struct endpoint_key key;
    bool is_new;
    memset(&key, 0, sizeof key);
    key.host = *host;
    key.protocol = protocol;
    key.port = port;
    unsigned index = index_of(learner->endpoint_of_key, &key, sizeof key, &is_new);
    if (is_new)
        g_array_append_vals(learner->endpoints, &(struct endpoint){0}, 1);
    return index;
}

static struct edge *find_edge(struct card_learner *learner, const struct flow_key *key,
                              unsigned sender, enum role_source source)
{
    bool is_new;
    unsigned index = index_of(learner->edge_of_flow, key, sizeof *key, &is_new);
    if (is_new) {
        struct edge edge = {.key = *key, .first = (uint8_t)sender, .client = -1, .source = source};
        for (unsigned i = 0; i < 2; i++) {
            struct host_key host;
            host_key_set(&host, key->network, &key->address[i]);
            edge.node[i] = find_node(learner, &host);
            edge.endpoint[i] = find_endpoint(learner, &host, key->protocol, key->port[i]);
            g_array_index(learner->endpoints, struct endpoint, edge.endpoint[i]).peers++;
            g_array_append_val(g_array_index(learner->nodes, struct node, edge.node[i]).edges,
                               index);
        }
        g_array_append_val(learner->edges, edge);
    }
    return &g_array_index(learner->edges, struct edge, index);
}

/* Whether the packet belongs to a conversation that shows roles, and which kind of one; -1: no. */
static int role_source_of(const struct packet *packet)
{
    if (packet->network == PACKET_ARP)
        return ROLE_ARP;
    if (packet->fragment_offset > 0)
        return -1;
    if (packet->protocol == IPPROTO_TCP && packet->source_port != 0)
        return ROLE_MIDSTREAM;
    if (packet->protocol == IPPROTO_UDP && packet->source_port != 0)
        return ROLE_DATAGRAM;
    if (packet->transport_offset == 0)
        return -1;
    uint8_t type = packet->data[packet->transport_offset];
    if (packet->protocol == IPPROTO_ICMP && (type == ICMP_ECHO || type == ICMP_ECHO_REPLY))
        return ROLE_ECHO;
    if (packet->protocol == IPPROTO_ICMPV6 && (type == ICMPV6_ECHO || type == ICMPV6_ECHO_REPLY))
        return ROLE_ECHO;
    return -1;
}

void card_learner_add(struct card_learner *learner, const struct packet *packet)
{
    struct flow_key key;
    int source = role_source_of(packet);
    if (source < 0 || ((packet->data[0] & 1) != 0 && packet->network != PACKET_ARP) ||
        address_is_group_or_none(packet->network, &packet->source) ||
        address_is_group_or_none(packet->network, &packet->destination) ||
        memcmp(&packet->source, &packet->destination, sizeof packet->source) == 0)
        return;
    unsigned sender = flow_key_of(&key, packet);
    struct edge *edge = find_edge(learner, &key, sender, (enum role_source)source);
    if (edge->client >= 0)
        return;
    uint8_t flags = packet->tcp_flags & (PACKET_SYN | PACKET_ACK);
    if (source == ROLE_MIDSTREAM && (flags & PACKET_SYN) != 0) {
        edge->source = ROLE_SYN;
        edge->client = (int8_t)(flags == PACKET_SYN ? sender : 1 - sender);
    } else if (source == ROLE_ECHO) {
        uint8_t type = packet->data[packet->transport_offset];
        bool is_request = type == ICMP_ECHO || type == ICMPV6_ECHO;
        edge->client = (int8_t)(is_request ? sender : 1 - sender);
    } else if (source == ROLE_ARP) {
        edge->client = (int8_t)(packet->arp_operation == 1 ? sender : 1 - sender);
    }
}

/* Which end of an edge asks, for want of a handshake. *is_guess: it is not a well-known port that
 * says so. */
static unsigned find_client(const struct card_learner *learner, const struct edge *edge,
                            bool *is_guess)
{
    const uint16_t *port = edge->key.port;
    uint64_t peers[2];
    for (unsigned i = 0; i < 2; i++)
        peers[i] = g_array_index(learner->endpoints, struct endpoint, edge->endpoint[i]).peers;
    *is_guess = (port[0] < CARD_SIDE_SERVICE_PORTS) == (port[1] < CARD_SIDE_SERVICE_PORTS);
    if (!*is_guess)
        return port[0] < CARD_SIDE_SERVICE_PORTS ? 1 : 0;
    if (peers[0] >= 2 * peers[1] || peers[1] >= 2 * peers[0])
        return peers[0] > peers[1] ? 1 : 0;
    if ((port[0] < RESERVED_PORTS) != (port[1] < RESERVED_PORTS))
        return port[0] < RESERVED_PORTS ? 1 : 0;
    if (port[0] != port[1])
        return port[0] < port[1] ? 1 : 0;
    return edge->first;
}

static struct node *node_at(const struct card_learner *learner, unsigned index)
{
    return &g_array_index(learner->nodes, struct node, index);
}

static uint64_t value(const struct edge *edge, bool right_way)
{
    uint64_t weight = role_weights[edge->source];
    if (right_way)
        return RIGHT_WAY * weight;
    return edge->is_guess ? OTHER_WAY * weight : 0;
}

/* Puts a node on the side where it adds more; true if it had to move. A node that adds nothing is
 * left outside: the card's side is no larger than what it serves. */
static bool move_node(struct card_learner *learner, unsigned index)
{
    struct node *node = node_at(learner, index);
    uint64_t inside = 0, outside = 0;
    for (unsigned i = 0; i < node->edges->len; i++) {
        const struct edge *edge =
            &g_array_index(learner->edges, struct edge, g_array_index(node->edges, unsigned, i));
        unsigned client = (unsigned)edge->client;
        bool asks = edge->node[client] == index;
        const struct node *other = node_at(learner, edge->node[asks ? 1 - client : client]);
        if (other->is_server)
            outside += value(edge, asks);
        else
            inside += value(edge, !asks);
    }
    bool is_server = inside > outside;
    bool moves = is_server != node->is_server;
    node->is_server = is_server;
    return moves;
}

void card_learner_decide(struct card_learner *learner, struct card_side *side)
{
    for (unsigned i = 0; i < learner->edges->len; i++) {
        struct edge *edge = &g_array_index(learner->edges, struct edge, i);
        if (edge->client < 0)
            edge->client = (int8_t)find_client(learner, edge, &edge->is_guess);
        node_at(learner, edge->node[edge->client])->asks += role_weights[edge->source];
        node_at(learner, edge->node[1 - edge->client])->serves += role_weights[edge->source];
    }
    for (unsigned i = 0; i < learner->nodes->len; i++)
        node_at(learner, i)->is_server = node_at(learner, i)->serves > node_at(learner, i)->asks;
    bool moved = true;
    for (unsigned round = 0; moved && round < MAX_ROUNDS; round++) {
        moved = false;
        for (unsigned i = 0; i < learner->nodes->len; i++)
            moved |= move_node(learner, i);
    }
    for (unsigned i = 0; i < learner->edges->len; i++) {
        const struct edge *edge = &g_array_index(learner->edges, struct edge, i);
        bool client_inside = node_at(learner, edge->node[edge->client])->is_server;
        bool server_inside = node_at(learner, edge->node[1 - edge->client])->is_server;
        side->seen[edge->source]++;
        if (client_inside != server_inside && (server_inside || edge->is_guess))
            side->served[edge->source]++;
    }
    for (unsigned i = 0; i < learner->nodes->len; i++) {
        const struct node *node = node_at(learner, i);
        card_side_add_host(side, &node->host, node->is_server ? HOST_INSIDE : HOST_OUTSIDE);
    }
}
