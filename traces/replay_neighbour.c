/* replay_neighbour.c - answers for every captured client when the card asks for its MAC address. */
#include "traces/replay_internal.h"

#include <netinet/in.h>
#include <string.h>

enum {
    ARP_BYTES = 28,
    ADVERTISEMENT_BYTES = 32, /* with the target's address as an option */
    LINK_MAX_BYTES = 30,      /* Ethernet with four tags */
    MAX_CLIENTS = 65536,      /* whose addresses are known: the oldest go */
    SOLICITATION = 135,
    ADVERTISEMENT = 136,
};

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

/* Ethernet header and tags of an answer. */
static struct item *answer_to(const struct packet *packet, const uint8_t *mac, uint32_t bytes)
{
    struct item *item = item_new(packet->network_offset + bytes, REPLAY_SYNTHESISED);

    item->bytes = item->wire_bytes;
    memcpy(item->data, packet->data, packet->network_offset);
    memcpy(item->data, packet->data + 6, 6);
    memcpy(item->data + 6, mac, 6);
    return item;
}

static void answer_arp(struct replay *replay, const struct packet *packet)
{
    const uint8_t *asked = packet->data + packet->network_offset;
    const uint8_t *mac = g_hash_table_lookup(replay->macs, &packet->destination);

    if (!mac || packet->arp_operation != 1 || !packet->has_addresses)
        return;
    struct item *item = answer_to(packet, mac, ARP_BYTES);
    uint8_t *arp = item->data + packet->network_offset;

    memcpy(arp, asked, 8);
    packet_put16(arp + 6, 2);
    memcpy(arp + 8, mac, 6);
    memcpy(arp + 14, asked + 24, 4);
    memcpy(arp + 18, asked + 8, 10);
    replay_emit(replay, item);
}

/* RFC 4861. A question from the unspecified address looks for a duplicate; there is none. */
static void answer_solicitation(struct replay *replay, const struct packet *packet)
{
    struct packet_address target;
    struct packet answer;

    memcpy(target.bytes, packet->data + packet->transport_offset + 8, sizeof target.bytes);
    const uint8_t *mac = g_hash_table_lookup(replay->macs, &target);
    if (!mac || is_unspecified(&packet->source))
        return;
    struct item *item = answer_to(packet, mac, 40 + ADVERTISEMENT_BYTES);
    uint8_t *network = item->data + packet->network_offset, *message = network + 40;

    network[0] = 0x60;
    packet_put16(network + 4, ADVERTISEMENT_BYTES);
    network[6] = IPPROTO_ICMPV6;
    network[7] = 255;
    memcpy(network + 8, target.bytes, 16);
    memcpy(network + 24, packet->source.bytes, 16);
    message[0] = ADVERTISEMENT;
    message[4] = 0x60; /* solicited, override */
    memcpy(message + 8, target.bytes, 16);
    message[24] = 2; /* target link-layer address */
    message[25] = 1;
    memcpy(message + 26, mac, 6);
    packet_parse(&answer, item->data, item->wire_bytes, item->wire_bytes);
    packet_fix_checksums(&answer, item->data);
    replay_emit(replay, item);
}

void neighbour_card_sent(struct replay *replay, const struct packet *packet)
{
    if (packet->network_offset == 0 || packet->network_offset > LINK_MAX_BYTES)
        return;
    if (packet->network == PACKET_ARP &&
        packet->network_offset + (uint32_t)ARP_BYTES <= packet->bytes)
        answer_arp(replay, packet);
    else if (packet->network == PACKET_IPV6 && packet->protocol == IPPROTO_ICMPV6 &&
             packet->transport_offset && packet->transport_offset + 24u <= packet->bytes &&
             packet->data[packet->transport_offset] == SOLICITATION)
        answer_solicitation(replay, packet);
}
