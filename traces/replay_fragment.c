/* replay_fragment.c - datagrams in fragments, put together to know what the host should get.
 *
 * Named by addresses, protocol and identification (RFC 791). At most MAX_PARTIAL are under way; when
 * another begins the oldest is given up, and is then not expected. Overlaps: what came first stays.
 * The frames themselves go to the card as captured. */
#include "traces/replay_internal.h"

#include <string.h>

enum { MAX_PARTIAL = 1024, DATAGRAM_MAX_BYTES = 65535 };

struct partial {
    struct flow_key key; /* ports 0 */
    uint32_t id;
    unsigned sender;
    struct stream stream; /* of the IP payload */
    uint32_t have, total; /* bytes; total 0: not known */
    GList *place;         /* in replay->parts_order */
};

static guint partial_hash(gconstpointer data)
{
    const struct partial *partial = data;

    return flow_key_hash(&partial->key) ^ partial->id;
}

static gboolean partial_equal(gconstpointer a, gconstpointer b)
{
    const struct partial *first = a, *second = b;

    return first->id == second->id && first->sender == second->sender &&
           flow_key_equal(&first->key, &second->key);
}

static void free_partial(gpointer data)
{
    struct partial *partial = data;

    stream_free(&partial->stream);
    g_free(partial);
}

void fragments_init(struct replay *replay)
{
    replay->parts = g_hash_table_new_full(partial_hash, partial_equal, free_partial, NULL);
}

void fragments_free(struct replay *replay)
{
    g_queue_clear(&replay->parts_order);
    g_hash_table_destroy(replay->parts);
}

static void forget(struct replay *replay, struct partial *partial)
{
    g_queue_delete_link(&replay->parts_order, partial->place);
    g_hash_table_remove(replay->parts, partial);
}

static struct partial *partial_of(struct replay *replay, const struct packet *packet)
{
    struct packet addresses = *packet;
    struct partial name = {.id = packet->fragment_id};

    addresses.source_port = addresses.destination_port = 0;
    name.sender = flow_key_of(&name.key, &addresses);
    struct partial *partial = g_hash_table_lookup(replay->parts, &name);
    if (partial)
        return partial;
    if (replay->parts_order.length >= MAX_PARTIAL)
        forget(replay, replay->parts_order.head->data);
    partial = g_memdup2(&name, sizeof name);
    g_hash_table_add(replay->parts, partial);
    g_queue_push_tail(&replay->parts_order, partial);
    partial->place = replay->parts_order.tail;
    return partial;
}

uint8_t *fragment_learn(struct replay *replay, const struct packet *packet, uint32_t *bytes,
                        uint32_t *known)
{
    uint32_t at = packet->fragment_offset;
    uint32_t from =
        at == 0 && packet->transport_offset ? packet->transport_offset : packet->payload_offset;
    uint32_t end = packet->network_offset + packet->datagram_bytes;
    uint8_t *datagram;

    if (from == 0 || end <= from || at + (end - from) > DATAGRAM_MAX_BYTES)
        return NULL;
    struct partial *partial = partial_of(replay, packet);
    uint32_t captured = MIN(end, packet->bytes) - MIN(from, packet->bytes);

    stream_put(&partial->stream, at, packet->data + MIN(from, packet->bytes), captured);
    stream_put(&partial->stream, at + captured, NULL, end - from - captured);
    partial->have += stream_mark(&partial->stream, at, end - from, STREAM_TAKEN);
    if (!packet->more_fragments)
        partial->total = at + (end - from);
    if (!partial->total || partial->have < partial->total)
        return NULL;
    *bytes = partial->total;
    *known = (uint32_t)stream_find(&partial->stream, 0, partial->total, STREAM_KNOWN, false);
    datagram = g_malloc(partial->total);
    stream_get(&partial->stream, 0, datagram, partial->total);
    forget(replay, partial);
    return datagram;
}
