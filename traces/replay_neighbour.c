/* replay_neighbour.c - answers for every captured client when the card asks for its MAC address. */
#include "traces/neighbour.h"
#include "traces/replay_internal.h"

#include <string.h>

enum { MAX_CLIENTS = 65536 }; /* whose addresses are known: the oldest go */

static bool is_unspecified(const struct packet_address *address)
{
    static const struct packet_address unspecified;

    return memcmp(address, &unspecified, sizeof unspecified) == 0;
}

/* The first MAC address that an address was seen with. */
void neighbour_learn(struct replay *replay, const struct packet *packet)
{
    if (!packet->has_addresses || packet->bytes < 14 || is_unspecified(&packet->source) ||
        g_hash_table_contains(replay->macs, &packet->source))
        return;
    struct packet_address *client = g_memdup2(&packet->source, sizeof packet->source);
    g_hash_table_insert(replay->macs, client, g_memdup2(packet->data + 6, 6));
    g_queue_push_tail(&replay->macs_order, client);
    if (replay->macs_order.length > MAX_CLIENTS)
        g_hash_table_remove(replay->macs, g_queue_pop_head(&replay->macs_order));
}

void neighbour_card_sent(struct replay *replay, const struct packet *packet)
{
    uint8_t answer[NEIGHBOUR_ANSWER_BYTES];
    struct packet_address target;

    if (!neighbour_asked(packet, &target))
        return;
    const uint8_t *mac = g_hash_table_lookup(replay->macs, &target);
    if (!mac)
        return;
    uint32_t bytes = neighbour_answer(packet, &target, mac, answer);
    struct item *item = item_new(bytes, REPLAY_SYNTHESISED);

    item->bytes = item->wire_bytes;
    memcpy(item->data, answer, bytes);
    replay_emit(replay, item);
}
