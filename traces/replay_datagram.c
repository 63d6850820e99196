/* replay_datagram.c - UDP: the clients' datagrams that the host should get, and the captured
 * server's answers.
 *
 * A flow is named by the addresses and ports of both sides. Its requests are counted; an answer of
 * the captured server belongs to the request that came last before it in the capture, or, if none
 * had come, to the first. What the host got is looked for among the expected datagrams in order;
 * some may have been lost in the card, or overtaken (fragments take another way than whole
 * datagrams), so what is REORDER_DATAGRAMS older than the newest is given up.
 *
 * Datagrams to groups go to every processor or to none: they are neither expected nor compared. */
#include "traces/replay_internal.h"

#include <netinet/in.h>
#include <string.h>

enum {
    REORDER_DATAGRAMS = 4096,
    UNREAD_DATAGRAMS = 2 * REPLAY_AHEAD_RECORDS, /* read so many before: taken long ago */
    MAX_FLOWS = 65536, /* more than the reader is ahead in records: the oldest has been taken */
    UDP_HEADER_BYTES = 8,
};

struct datagram { /* payload of one */
    uint64_t request;
    uint64_t visible_ps;
    uint32_t bytes, known; /* known: so many from the first on were captured */
    uint8_t data[]; /* the known ones; what a cut capture lacks is 0 */
};

struct datagram_flow {
    struct flow_key key;
    unsigned client;
    bool is_group;
    GList *place;             /* in replay->datagram_flows */
    uint64_t requests_read;   /* of the client, in the capture */
    uint64_t requests_got;    /* the newest that reached the host */
    uint64_t last_request;    /* that reached the host; it is answered next */
    GQueue expected, answers; /* of struct datagram */
};

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
}

void datagrams_free(struct replay *replay)
{
    g_queue_clear(&replay->datagram_flows);
    g_queue_clear(&replay->macs_order);
    g_hash_table_destroy(replay->macs);
    g_hash_table_destroy(replay->datagrams);
}

/* --- Reading --------------------------------------------------------------------------------- */

static bool is_group(const struct packet *packet)
{
    const uint8_t *to = packet->destination.bytes;

    return (packet->data[0] & 1) || (packet->network == PACKET_IPV4 ? to[0] >= 224 : to[0] == 0xff);
}

static struct datagram_flow *flow_of(struct replay *replay, const struct packet *packet,
                                     bool to_card)
{
    struct flow_key key;
    unsigned sender = flow_key_of(&key, packet);
    struct datagram_flow *flow = g_hash_table_lookup(replay->datagrams, &key);

    if (flow) {
        g_queue_unlink(&replay->datagram_flows, flow->place);
        g_queue_push_tail_link(&replay->datagram_flows, flow->place);
        return flow;
    }
    if (replay->datagram_flows.length >= MAX_FLOWS) {
        struct datagram_flow *oldest = g_queue_pop_head(&replay->datagram_flows);

        g_hash_table_remove(replay->datagrams, &oldest->key);
    }
    flow = g_new0(struct datagram_flow, 1);
    flow->key = key;
    flow->client = to_card ? sender : !sender;
    flow->is_group = to_card && is_group(packet);
    g_hash_table_insert(replay->datagrams, &flow->key, flow);
    g_queue_push_tail(&replay->datagram_flows, flow);
    flow->place = replay->datagram_flows.tail;
    return flow;
}

static void give_up(GQueue *queue, uint64_t newest)
{
    const struct datagram *oldest;

    while ((oldest = g_queue_peek_head(queue)) && oldest->request + REORDER_DATAGRAMS < newest)
        g_free(g_queue_pop_head(queue));
}

static uint32_t add_datagram(struct replay *replay, const struct packet *packet, bool to_card,
                             const uint8_t *payload, uint32_t bytes, uint32_t known)
{
    struct datagram_flow *flow = flow_of(replay, packet, to_card);

    if (flow->is_group)
        return 0;
    known = MIN(known, bytes);
    struct datagram *datagram = g_malloc0(sizeof *datagram + known);

    datagram->visible_ps = replay->visible_ps;
    datagram->bytes = bytes;
    datagram->known = known;
    memcpy(datagram->data, payload, datagram->known);
    flow->requests_read += to_card;
    datagram->request = MAX(flow->requests_read, 1);
    g_queue_push_tail(to_card ? &flow->expected : &flow->answers, datagram);
    /* A host that gets none of them, or does not tell. */
    if (flow->requests_read > UNREAD_DATAGRAMS) {
        give_up(&flow->expected, flow->requests_read - UNREAD_DATAGRAMS);
        give_up(&flow->answers, flow->requests_read - UNREAD_DATAGRAMS);
    }
    return to_card ? bytes : 0;
}

static uint32_t learn_fragment(struct replay *replay, const struct packet *packet, bool to_card)
{
    uint32_t bytes, known, expected = 0;
    uint8_t *datagram = fragment_learn(replay, packet, &bytes, &known);

    if (!datagram)
        return 0;
    if (bytes >= UDP_HEADER_BYTES && known >= UDP_HEADER_BYTES) {
        struct packet whole = *packet;
        uint32_t length = packet_get16(datagram + 4);

        whole.source_port = packet_get16(datagram);
        whole.destination_port = packet_get16(datagram + 2);
        if (length >= UDP_HEADER_BYTES && length <= bytes)
            expected = add_datagram(replay, &whole, to_card, datagram + UDP_HEADER_BYTES,
                                    length - UDP_HEADER_BYTES, known - UDP_HEADER_BYTES);
    }
    g_free(datagram);
    return expected;
}

uint32_t datagram_learn(struct replay *replay, const struct packet *packet, bool to_card)
{
    if (packet->protocol != IPPROTO_UDP || !packet->has_addresses || packet->malformed)
        return 0;
    if (packet->is_fragment)
        return learn_fragment(replay, packet, to_card);
    if (!packet->transport_offset || !packet->payload_offset)
        return 0;
    return add_datagram(replay, packet, to_card, packet->data + packet->payload_offset,
                        packet->payload_bytes, packet->payload_captured);
}

/* --- What the host got ----------------------------------------------------------------------- */

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

void replay_delivered_datagram(struct replay *replay, const struct replay_tuple *tuple,
                               const uint8_t *data, uint32_t bytes)
{
    struct datagram_flow *flow = flow_of_tuple(replay, tuple);

    if (flow && flow->is_group)
        return;
    replay->counts.payload_delivered_bytes += bytes;
    for (GList *each = flow ? flow->expected.head : NULL; each; each = each->next) {
        struct datagram *datagram = each->data;

        if (datagram->bytes != bytes || memcmp(datagram->data, data, datagram->known) != 0)
            continue;
        flow->last_request = datagram->request;
        flow->requests_got = MAX(flow->requests_got, datagram->request);
        g_free(datagram);
        g_queue_delete_link(&flow->expected, each);
        give_up(&flow->expected, flow->requests_got);
        give_up(&flow->answers, flow->requests_got);
        return;
    }
    replay->counts.payload_mismatched_bytes += bytes;
}

uint32_t replay_datagram_answer(struct replay *replay, const struct replay_tuple *tuple,
                                uint64_t now_ps, uint8_t *data, uint32_t limit)
{
    struct datagram_flow *flow = flow_of_tuple(replay, tuple);

    for (GList *each = flow ? flow->answers.head : NULL; each; each = each->next) {
        struct datagram *answer = each->data;
        uint32_t bytes = MIN(answer->bytes, limit);

        if (answer->request > flow->last_request || answer->visible_ps > now_ps)
            break;
        if (answer->request != flow->last_request)
            continue;
        memcpy(data, answer->data, MIN(bytes, answer->known));
        memset(data + MIN(bytes, answer->known), 0, bytes - MIN(bytes, answer->known));
        g_free(answer);
        g_queue_delete_link(&flow->answers, each);
        return bytes;
    }
    return 0;
}
