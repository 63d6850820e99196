/* What is no TCP: datagrams of UDP, whole or in fragments, and the questions of ARP and neighbour discovery. */
#include "traces/replay_internal.h"

#include <netinet/in.h>
#include <string.h>

enum { MAX_PARTIAL = 256, DATAGRAM_MAX_BYTES = 65536 };

struct datagram { /* payload of one */
    uint64_t visible_ps;
    uint64_t request; /* answers: after how many requests of the client */
    uint32_t bytes;
    bool known;       /* all of it was captured */
    uint8_t data[];
};

struct datagram_flow {
    struct flow_key key;
    unsigned client;
    uint64_t requests_read;   /* of the client, in the capture */
    uint64_t requests_got;    /* delivered to the host */
    GQueue expected, answers; /* of struct datagram */
};

struct partial { /* a datagram in fragments */
    struct flow_key key; /* ports 0 */
    uint32_t id;
    unsigned sender;
};

struct partial_state {
    struct partial name;
    uint8_t *data;
    uint8_t *there; /* a byte a byte */
    uint32_t have, total; /* bytes of the IP payload; total 0: not known */
    bool to_card;
};

static guint partial_hash(gconstpointer name)
{
    return flow_hash_bytes(name, sizeof(struct flow_key)) ^ ((const struct partial *)name)->id;
}

static gboolean partial_equal(gconstpointer a, gconstpointer b)
{
    const struct partial *first = a, *second = b;

    return first->id == second->id && first->sender == second->sender &&
           flow_key_equal(&first->key, &second->key);
}

static void free_partial(gpointer data)
{
    struct partial_state *state = data;

    g_free(state->data);
    g_free(state->there);
    g_free(state);
}

static void free_flow(gpointer data)
{
    struct datagram_flow *flow = data;

    g_queue_clear_full(&flow->expected, g_free);
    g_queue_clear_full(&flow->answers, g_free);
    g_free(flow);
}

static guint address_hash(gconstpointer address)
{
    return flow_hash_bytes(address, sizeof(struct packet_address));
}

static gboolean address_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct packet_address)) == 0;
}

void datagrams_init(struct replay *replay)
{
    replay->macs = g_hash_table_new_full(address_hash, address_equal, g_free, g_free);
    replay->datagrams = g_hash_table_new_full(flow_key_hash, flow_key_equal, NULL, free_flow);
    replay->parts = g_hash_table_new_full(partial_hash, partial_equal, NULL, free_partial);
}

void datagrams_free(struct replay *replay)
{
    g_hash_table_destroy(replay->macs);
    g_hash_table_destroy(replay->datagrams);
    g_hash_table_destroy(replay->parts);
}

/* --- Flows ------------------------------------------------------------------------------------------------- */

static struct datagram_flow *flow_of(struct replay *replay, const struct packet *packet, bool to_card)
{
    struct flow_key key;
    unsigned sender = flow_key_of(&key, packet);
    struct datagram_flow *flow = g_hash_table_lookup(replay->datagrams, &key);

    if (flow)
        return flow;
    flow = g_new0(struct datagram_flow, 1);
    flow->key = key;
    flow->client = to_card ? sender : !sender;
    g_queue_init(&flow->expected);
    g_queue_init(&flow->answers);
    g_hash_table_insert(replay->datagrams, &flow->key, flow);
    return flow;
}

static void add_datagram(struct replay *replay, const struct packet *packet, bool to_card,
                         const uint8_t *payload, uint32_t bytes, uint32_t known)
{
    struct datagram_flow *flow = flow_of(replay, packet, to_card);
    struct datagram *datagram = g_malloc0(sizeof *datagram + bytes);

    datagram->visible_ps = replay->reading_ps;
    datagram->bytes = bytes;
    datagram->known = known >= bytes;
    memcpy(datagram->data, payload, MIN(known, bytes));
    if (to_card) {
        flow->requests_read++;
        g_queue_push_tail(&flow->expected, datagram);
    } else {
        datagram->request = flow->requests_read;
        g_queue_push_tail(&flow->answers, datagram);
    }
}

/* --- Fragments ----------------------------------------------------------------------------------------------- */

/* Adds a fragment; returns the datagram when it is whole (then taken out of the table; free_partial() it). */
static struct partial_state *add_fragment(struct replay *replay, const struct packet *packet,
                                          bool to_card)
{
    struct partial name;
    struct packet addresses = *packet;
    uint32_t from = packet->transport_offset && packet->fragment_offset == 0
                        ? packet->transport_offset
                        : packet->payload_offset;
    uint32_t end = packet->network_offset + packet->datagram_bytes;
    uint32_t bytes = end > from ? MIN(end, packet->bytes) - from : 0;

    memset(&name, 0, sizeof name);
    addresses.source_port = addresses.destination_port = 0;
    name.sender = flow_key_of(&name.key, &addresses);
    name.id = packet->fragment_id;
    if (packet->fragment_offset + bytes > DATAGRAM_MAX_BYTES || from == 0 || bytes == 0)
        return NULL;
    struct partial_state *state = g_hash_table_lookup(replay->parts, &name);
    if (!state) {
        if (g_hash_table_size(replay->parts) >= MAX_PARTIAL)
            return NULL; /* not compared */
        state = g_new0(struct partial_state, 1);
        state->name = name;
        state->data = g_malloc0(DATAGRAM_MAX_BYTES);
        state->there = g_malloc0(DATAGRAM_MAX_BYTES);
        state->to_card = to_card;
        g_hash_table_insert(replay->parts, &state->name, state);
    }
    for (uint32_t i = 0; i < bytes; i++) {
        state->have += !state->there[packet->fragment_offset + i];
        state->there[packet->fragment_offset + i] = 1;
        state->data[packet->fragment_offset + i] = packet->data[from + i];
    }
    if (!packet->more_fragments)
        state->total = packet->fragment_offset + bytes;
    if (!state->total || state->have < state->total)
        return NULL;
    g_hash_table_steal(replay->parts, &state->name);
    return state;
}

static void read_fragment(struct replay *replay, const struct packet *packet, bool to_card)
{
    struct partial_state *state = add_fragment(replay, packet, to_card);

    if (!state)
        return;
    if (state->total >= 8) {
        struct packet whole = *packet;
        uint32_t bytes = packet_get16(state->data + 4);

        whole.source_port = packet_get16(state->data);
        whole.destination_port = packet_get16(state->data + 2);
        if (bytes >= 8 && bytes <= state->total)
            add_datagram(replay, &whole, to_card, state->data + 8, bytes - 8, bytes - 8);
    }
    free_partial(state);
}

/* --- Reading and taking ----------------------------------------------------------------------------------------- */

void datagram_read(struct replay *replay, const struct packet *packet, bool to_card)
{
    if (packet->protocol != IPPROTO_UDP || !packet->has_addresses ||
        (packet->bytes && (packet->data[0] & 1)))
        return;
    if (packet->is_fragment)
        read_fragment(replay, packet, to_card);
    else if (packet->transport_offset && packet->payload_offset)
        add_datagram(replay, packet, to_card, packet->data + packet->payload_offset,
                     packet->payload_bytes, packet->payload_captured);
}

/* Payload counts as expected when it goes on the wire: of fragments, each its own share without the UDP header. */
void datagram_take(struct replay *replay, const struct packet *packet)
{
    if (packet->protocol != IPPROTO_UDP || !packet->has_addresses || (packet->data[0] & 1))
        return;
    if (packet->is_fragment || packet->transport_offset)
        replay->counts.payload_bytes += packet->payload_bytes;
}

static struct datagram_flow *flow_of_tuple(const struct replay *replay,
                                           const struct replay_tuple *tuple)
{
    struct packet packet = {.network = tuple->is_ipv6 ? PACKET_IPV6 : PACKET_IPV4,
                            .protocol = IPPROTO_UDP,
                            .has_addresses = true,
                            .source = tuple->remote,
                            .destination = tuple->local,
                            .source_port = tuple->remote_port,
                            .destination_port = tuple->local_port,
                            .transport_offset = 1};
    struct flow_key key;

    flow_key_of(&key, &packet);
    return g_hash_table_lookup(replay->datagrams, &key);
}

/* Datagrams may be lost: those before the one that matches are passed over. */
void replay_delivered_datagram(struct replay *replay, const struct replay_tuple *tuple,
                               const uint8_t *data, uint32_t bytes)
{
    struct datagram_flow *flow = flow_of_tuple(replay, tuple);
    unsigned passed = 0;

    replay->counts.payload_delivered_bytes += bytes;
    for (GList *each = flow ? flow->expected.head : NULL; each; each = each->next, passed++) {
        const struct datagram *datagram = each->data;

        if (datagram->bytes != bytes ||
            (datagram->known && memcmp(datagram->data, data, bytes) != 0))
            continue;
        for (; passed; passed--) {
            g_free(g_queue_pop_head(&flow->expected));
            flow->requests_got++;
        }
        g_free(g_queue_pop_head(&flow->expected));
        flow->requests_got++;
        return;
    }
    replay->counts.payload_mismatched_bytes += bytes;
}

uint32_t replay_datagram_answer(struct replay *replay, const struct replay_tuple *tuple,
                                uint64_t now_ps, uint8_t *data, uint32_t limit)
{
    struct datagram_flow *flow = flow_of_tuple(replay, tuple);
    const struct datagram *answer = flow ? g_queue_peek_head(&flow->answers) : NULL;

    if (!answer || answer->request > flow->requests_got ||
        (answer->visible_ps && answer->visible_ps >= now_ps))
        return 0;
    uint32_t bytes = answer->bytes;

    memcpy(data, answer->data, MIN(bytes, limit));
    g_free(g_queue_pop_head(&flow->answers));
    return MIN(bytes, limit);
}

/* --- ARP and neighbour discovery ------------------------------------------------------------------------------- */

static void answer_arp(struct replay *replay, const struct packet *packet)
{
    const uint8_t *mac = g_hash_table_lookup(replay->macs, &packet->destination);
    const uint8_t *asked = packet->data + packet->network_offset;
    uint8_t reply[64] = {0};

    if (packet->arp_operation != 1 || !mac || packet->network_offset + 28u > packet->bytes ||
        packet->network_offset > 30)
        return;
    uint8_t *arp = reply + packet->network_offset;
    memcpy(reply, packet->data, packet->network_offset);
    memcpy(reply, packet->data + 6, 6);
    memcpy(reply + 6, mac, 6);
    memcpy(arp, asked, 8);
    arp[7] = 2;
    memcpy(arp + 8, mac, 6);
    memcpy(arp + 14, asked + 24, 4);
    memcpy(arp + 18, asked + 8, 10);
    replay_emit(replay, replay_new_item(replay, replay->now_ps, reply, packet->network_offset + 28,
                                        packet->network_offset + 28, REPLAY_SYNTHESISED));
}

/* RFC 4861: a solicitation for a client's address is answered with an advertisement. */
static void answer_solicitation(struct replay *replay, const struct packet *packet)
{
    const uint8_t *asked = packet->data + packet->transport_offset;
    struct packet_address target;
    uint8_t reply[128] = {0};
    uint32_t at = packet->network_offset;
    struct packet parsed;

    if (at > 30 || packet->transport_offset + 24u > packet->bytes)
        return;
    memcpy(target.bytes, asked + 8, 16);
    const uint8_t *mac = g_hash_table_lookup(replay->macs, &target);
    if (!mac)
        return;
    memcpy(reply, packet->data, at);
    memcpy(reply, packet->data + 6, 6);
    memcpy(reply + 6, mac, 6);
    reply[at] = 0x60;
    packet_put16(reply + at + 4, 32);
    reply[at + 6] = IPPROTO_ICMPV6;
    reply[at + 7] = 255;
    memcpy(reply + at + 8, target.bytes, 16);
    memcpy(reply + at + 24, packet->source.bytes, 16);
    reply[at + 40] = 136;
    reply[at + 44] = 0x60; /* solicited, override */
    memcpy(reply + at + 48, target.bytes, 16);
    reply[at + 64] = 2;
    reply[at + 65] = 1;
    memcpy(reply + at + 66, mac, 6);
    packet_parse(&parsed, reply, at + 72, at + 72);
    packet_fix_checksums(&parsed, reply);
    replay_emit(replay, replay_new_item(replay, replay->now_ps, reply, at + 72, at + 72,
                                        REPLAY_SYNTHESISED));
}

void datagram_card_sent(struct replay *replay, const struct packet *packet)
{
    if (packet->network == PACKET_ARP && packet->network_offset)
        answer_arp(replay, packet);
    else if (packet->network == PACKET_IPV6 && packet->protocol == IPPROTO_ICMPV6 &&
             packet->transport_offset && packet->transport_offset < packet->bytes &&
             packet->data[packet->transport_offset] == 135)
        answer_solicitation(replay, packet);
}
