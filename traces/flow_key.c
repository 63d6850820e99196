#include "traces/flow_key.h"

#include <assert.h>
#include <netinet/in.h>
#include <string.h>

static_assert(sizeof(struct flow_key) == 38, "padding would be hashed");

unsigned flow_key_of(struct flow_key *key, const struct packet *packet)
{
    int order = memcmp(&packet->source, &packet->destination, sizeof packet->source);
    if (order == 0)
        order = packet->source_port - packet->destination_port;
    unsigned sender = order <= 0 ? 0 : 1;
    memset(key, 0, sizeof *key);
    key->address[sender] = packet->source;
    key->address[1 - sender] = packet->destination;
    key->port[sender] = packet->source_port;
    key->port[1 - sender] = packet->destination_port;
    key->network = packet->network == PACKET_IPV6 ? PACKET_IPV6 : PACKET_IPV4;
    key->protocol = packet->network == PACKET_ARP ? 0 : packet->protocol;
    return sender;
}

uint32_t flow_hash_bytes(const void *bytes, size_t count)
{
    const uint8_t *at = bytes;
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15) ^ count;
    while (count > 0) {
        uint64_t word = 0;
        size_t step = count < sizeof word ? count : sizeof word;
        memcpy(&word, at, step);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
        at += step;
        count -= step;
    }
    return (uint32_t)hash;
}

guint flow_key_hash(gconstpointer key)
{
    return flow_hash_bytes(key, sizeof(struct flow_key));
}

gboolean flow_key_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct flow_key)) == 0;
}
