/* replay_copies.c - the addresses of the clients of each copy.
 *
 * Like tcpreplay's --unique-ip, each copy steps the addresses; but only those of the clients (the
 * card's stay), and by 2^16, so that the clients of one copy are not those of the next:
 *
 *     IPv4   10.9.0.17 is 10.10.0.17 in copy 1, 10.11.0.17 in copy 2, ... The step wraps within
 *            1.0.0.0 .. 223.255.255.255 without 127.0.0.0/8: copy 56,832 has the addresses of copy 0.
 *            A loopback address steps with 127.0.0.0/8: copy 57,088 has those of copy 0
 *     IPv6   32 bits are counted up: the second four bytes, which name the site and its subnet; of
 *            a link-local address the third four, which name the interface. ::1 becomes 0:0:0:1::1
 *
 * Clients whose distance in one capture is a multiple of 2^16 meet in different copies; if their
 * ports are the same too, the later connection replaces the earlier one, as a client's would.
 *
 * Rewritten are the IP header, ARP, the target of a neighbour advertisement, and the header that an
 * ICMP error quotes. Checksums are updated (RFC 1624): a bad one stays bad. Addresses elsewhere (in
 * tunnels, in payload) stay. Group, broadcast and unspecified addresses are nobody's and stay. */
#include "traces/replay_internal.h"

#include <netinet/in.h>
#include <string.h>

#define STEP      (UINT64_C(1) << 16)
#define BLOCK     (UINT64_C(1) << 24)
#define BLOCKS    UINT64_C(222) /* first byte 1 .. 223 but 127 */

static void step_ipv4(uint8_t *address, uint64_t n)
{
    uint64_t first = address[0];
    bool is_loopback = first == 127;
    uint64_t addresses = (BLOCKS + is_loopback) * BLOCK;

    if (first == 0 || first >= 224)
        return;
    uint64_t place = (first - 1 - (first > 127)) * BLOCK + (packet_get32(address) & (BLOCK - 1));
    place = (place + n % (addresses / STEP) * STEP) % addresses;
    first = place / BLOCK + 1;
    first += first >= 127 && !is_loopback;
    packet_put32(address, (uint32_t)(first * BLOCK + place % BLOCK));
}

static void step_ipv6(uint8_t *address, uint64_t n)
{
    static const uint8_t zeros[15];
    bool is_link_local = address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
    uint8_t *place = address + (is_link_local ? 8 : 4);

    if (address[0] == 0xff || (memcmp(address, zeros, 15) == 0 && address[15] == 0))
        return; /* group, unspecified */
    packet_put32(place, packet_get32(place) + (uint32_t)n);
}

void copies_address(enum packet_network network, struct packet_address *address, uint64_t n)
{
    if (network == PACKET_IPV6)
        step_ipv6(address->bytes, n);
    else
        step_ipv4(address->bytes, n);
}

/* --- Checksums ------------------------------------------------------------------------------- */

/* Overwrites an even number of bytes that the checksums at those places cover (NULL: none). */
static void overwrite(uint8_t *at, const uint8_t *bytes, uint32_t count, uint8_t *checksum,
                      uint8_t *other)
{
    for (uint32_t i = 0; i < count; i += 2) {
        uint16_t before = packet_get16(at + i), after = packet_get16(bytes + i);

        if (checksum)
            packet_put16(checksum, packet_checksum_update16(packet_get16(checksum), before, after));
        if (other)
            packet_put16(other, packet_checksum_update16(packet_get16(other), before, after));
    }
    memcpy(at, bytes, count);
}

/* The checksum that covers the addresses through the pseudo header; NULL: none. */
static uint8_t *pseudo_checksum(const struct packet *packet, uint8_t *data)
{
    uint32_t at = packet->transport_offset;

    if (!at || packet->source_routed)
        return NULL;
    if (packet->protocol == IPPROTO_TCP)
        at += 16;
    else if (packet->protocol == IPPROTO_UDP)
        at += 6;
    else if (packet->protocol == IPPROTO_ICMPV6 && packet->network == PACKET_IPV6)
        at += 2;
    else
        return NULL;
    if (at + 2 > packet->bytes)
        return NULL;
    if (packet->protocol == IPPROTO_UDP && packet_get16(data + at) == 0)
        return NULL; /* its sender made none */
    return data + at;
}

/* --- Headers --------------------------------------------------------------------------------- */

/* One address of the IP header at network, with what covers it. cover: a checksum around all of it. */
static void rewrite_header(const struct packet *packet, uint8_t *data, bool is_source, uint64_t n,
                           uint8_t *cover)
{
    bool is_ipv6 = packet->network == PACKET_IPV6;
    uint8_t *network = data + packet->network_offset;
    uint8_t *at = network + (is_ipv6 ? is_source ? 8 : 24 : is_source ? 12 : 16);
    uint8_t *pseudo = pseudo_checksum(packet, data);
    struct packet_address address = is_source ? packet->source : packet->destination;
    uint32_t bytes = is_ipv6 ? 16 : 4;

    copies_address(packet->network, &address, n);
    uint16_t header_before = is_ipv6 ? 0 : packet_get16(network + 10);
    uint16_t pseudo_before = pseudo ? packet_get16(pseudo) : 0;
    if (!is_ipv6) { /* the header's own, which the cover sees change */
        uint8_t old[4];

        memcpy(old, at, 4);
        overwrite(at, address.bytes, 4, network + 10, NULL);
        memcpy(at, old, 4);
    }
    overwrite(at, address.bytes, bytes, pseudo, cover);
    if (pseudo && packet->protocol == IPPROTO_UDP && packet_get16(pseudo) == 0)
        packet_put16(pseudo, 0xffff);
    if (!cover)
        return;
    if (!is_ipv6)
        packet_put16(cover, packet_checksum_update16(packet_get16(cover), header_before,
                                                     packet_get16(network + 10)));
    if (pseudo)
        packet_put16(cover, packet_checksum_update16(packet_get16(cover), pseudo_before,
                                                     packet_get16(pseudo)));
}

static void rewrite_arp(const struct packet *packet, uint8_t *data, bool to_card, uint64_t n)
{
    struct packet_address address = to_card ? packet->source : packet->destination;
    uint32_t at = packet->network_offset + (to_card ? 14u : 24u);

    if (at + 4 > packet->bytes)
        return;
    copies_address(PACKET_IPV4, &address, n);
    memcpy(data + at, address.bytes, 4);
}

/* The client's part of an ICMP message: the quote of an error, the target of an advertisement. */
static void rewrite_icmp(const struct packet *packet, uint8_t *data, bool to_card, uint64_t n)
{
    bool is_ipv6 = packet->network == PACKET_IPV6;
    uint32_t at = packet->transport_offset, quoted_at = at + 8;

    if (!at || packet->is_fragment || quoted_at + (is_ipv6 ? 40u : 20u) > packet->bytes)
        return;
    uint8_t type = data[at], *cover = data + at + 2;
    bool is_error = is_ipv6 ? type >= 1 && type <= 4
                            : type == 3 || type == 4 || type == 5 || type == 11 || type == 12;

    if (is_ipv6 && type == 136 && to_card &&
        memcmp(data + quoted_at, packet->source.bytes, 16) == 0) {
        struct packet_address target = packet->source;

        copies_address(PACKET_IPV6, &target, n);
        overwrite(data + quoted_at, target.bytes, 16, cover, NULL);
    }
    if (!is_error || quoted_at < 14)
        return;
    /* An Ethernet header in front of the quote, in a place of its own, makes it a frame. */
    uint8_t frame[14 + 128] = {0};
    uint32_t bytes = MIN(packet->bytes - quoted_at, 128);
    struct packet quoted;

    packet_put16(frame + 12, is_ipv6 ? PACKET_ETHER_IPV6 : PACKET_ETHER_IPV4);
    memcpy(frame + 14, data + quoted_at, bytes);
    packet_parse(&quoted, frame, 14 + bytes, 14 + UINT16_MAX);
    if (!quoted.has_addresses || quoted.network != packet->network || !quoted.network_offset)
        return;
    rewrite_header(&quoted, frame, !to_card, n, cover);
    memcpy(data + quoted_at, frame + 14, bytes);
}

void copies_rewrite(const struct packet *packet, uint8_t *data, bool to_card, uint64_t n)
{
    if (n == 0 || !packet->network_offset || !packet->has_addresses)
        return;
    if (packet->network == PACKET_ARP) {
        rewrite_arp(packet, data, to_card, n);
        return;
    }
    if (packet->network != PACKET_IPV4 && packet->network != PACKET_IPV6)
        return;
    if (packet->protocol == IPPROTO_ICMP || packet->protocol == IPPROTO_ICMPV6)
        rewrite_icmp(packet, data, to_card, n);
    rewrite_header(packet, data, to_card, n, NULL);
}
