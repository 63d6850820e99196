#include "traces/neighbour.h"

#include <netinet/in.h>
#include <string.h>

enum {
    ARP_BYTES = 28,
    ADVERTISEMENT_BYTES = 32, /* with the target's address as an option */
    LINK_MAX_BYTES = 30,      /* Ethernet with four tags */
    SOLICITATION = 135,
    ADVERTISEMENT = 136,
};

static bool is_unspecified(const struct packet_address *address)
{
    static const struct packet_address unspecified;

    return memcmp(address, &unspecified, sizeof unspecified) == 0;
}

bool neighbour_asked(const struct packet *packet, struct packet_address *target)
{
    if (packet->network_offset == 0 || packet->network_offset > LINK_MAX_BYTES)
        return false;
    if (packet->network == PACKET_ARP) {
        *target = packet->destination;
        return packet->network_offset + (uint32_t)ARP_BYTES <= packet->bytes && packet->arp_operation == 1 &&
               packet->has_addresses;
    }
    if (packet->network != PACKET_IPV6 || packet->protocol != IPPROTO_ICMPV6 || !packet->transport_offset ||
        packet->transport_offset + 24u > packet->bytes || packet->data[packet->transport_offset] != SOLICITATION)
        return false;
    memcpy(target->bytes, packet->data + packet->transport_offset + 8, sizeof target->bytes);
    /* RFC 4861. A question from the unspecified address looks for a duplicate; there is none. */
    return !is_unspecified(&packet->source);
}

static uint32_t answer_arp(const struct packet *packet, const uint8_t *mac, uint8_t *arp)
{
    const uint8_t *asked = packet->data + packet->network_offset;

    memcpy(arp, asked, 8);
    packet_put16(arp + 6, 2);
    memcpy(arp + 8, mac, 6);
    memcpy(arp + 14, asked + 24, 4);
    memcpy(arp + 18, asked + 8, 10);
    return ARP_BYTES;
}

static uint32_t answer_solicitation(const struct packet *packet, const struct packet_address *target,
                                    const uint8_t *mac, uint8_t *network)
{
    uint8_t *message = network + 40;

    memset(network, 0, 40 + ADVERTISEMENT_BYTES);
    network[0] = 0x60;
    packet_put16(network + 4, ADVERTISEMENT_BYTES);
    network[6] = IPPROTO_ICMPV6;
    network[7] = 255;
    memcpy(network + 8, target->bytes, 16);
    memcpy(network + 24, packet->source.bytes, 16);
    message[0] = ADVERTISEMENT;
    message[4] = 0x60; /* solicited, override */
    memcpy(message + 8, target->bytes, 16);
    message[24] = 2; /* target link-layer address */
    message[25] = 1;
    memcpy(message + 26, mac, 6);
    return 40 + ADVERTISEMENT_BYTES;
}

uint32_t neighbour_answer(const struct packet *packet, const struct packet_address *target, const uint8_t *mac,
                          uint8_t data[NEIGHBOUR_ANSWER_BYTES])
{
    uint32_t bytes = packet->network_offset;
    struct packet answer;

    memcpy(data, packet->data, packet->network_offset); /* with its tags */
    memcpy(data, packet->data + 6, 6);
    memcpy(data + 6, mac, 6);
    if (packet->network == PACKET_ARP)
        return bytes + answer_arp(packet, mac, data + bytes);
    bytes += answer_solicitation(packet, target, mac, data + bytes);
    packet_parse(&answer, data, bytes, bytes);
    packet_fix_checksums(&answer, data);
    return bytes;
}
