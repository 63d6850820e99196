/* packet.c - parsing of one frame, from the outside in. Every read is preceded by a check against
 * the end of what may be read: the captured bytes, and inside a datagram also the datagram's own
 * end, so that the padding of short Ethernet frames never counts as header or payload. */
#include "traces/packet.h"

#include <netinet/in.h>
#include <string.h>

enum {
    ETHERNET_HEADER_BYTES = 14,
    VLAN_TAG_BYTES = 4,
    MAX_VLAN_TAGS = 4,
    IPV4_HEADER_BYTES = 20,
    IPV6_HEADER_BYTES = 40,
    ARP_HEADER_BYTES = 8, /* without addresses */
    ARP_IPV4_BYTES = 28,
    TCP_HEADER_BYTES = 20,
    UDP_HEADER_BYTES = 8,
    ICMP_HEADER_BYTES = 8,
    MAX_OFFSET = UINT16_MAX - 60, /* offsets are 16-bit: no header starts behind this */
};

/* The part of the frame that belongs to the datagram. */
struct span {
    uint32_t end;      /* offset behind the datagram's last byte on the wire */
    uint32_t captured; /* offset behind the last of them that is at data */
};

/* Whether the length bytes at offset at are there; if not, notes whose fault it is. */
static bool holds(struct packet *packet, const struct span *span, uint32_t at, uint32_t length)
{
    if (at > MAX_OFFSET || at + length > span->end) {
        packet->malformed = true;
        return false;
    }
    if (at + length > span->captured) {
        packet->cut = true;
        return false;
    }
    return true;
}

static struct span span_of(const struct packet *packet, uint32_t end)
{
    return (struct span){.end = end, .captured = end < packet->bytes ? end : packet->bytes};
}

static void set_payload(struct packet *packet, const struct span *span, uint32_t at, uint32_t bytes)
{
    packet->payload_offset = at;
    packet->payload_bytes = bytes;
    packet->payload_captured = at < span->captured ? span->captured - at : 0;
    if (packet->payload_captured > bytes)
        packet->payload_captured = bytes;
}

/*  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |          source port          |       destination port        |
 * |                        sequence number                        |
 * |                     acknowledgement number                    |
 * |offset |  reserved   |  flags  |            window             |
 * |           checksum            |        urgent pointer         |
 */
static void parse_tcp(struct packet *packet, const struct span *span, uint32_t at)
{
    if (!holds(packet, span, at, TCP_HEADER_BYTES))
        return;
    const uint8_t *tcp = packet->data + at;
    packet->sequence = packet_get32(tcp + 4);
    packet->acknowledgement = packet_get32(tcp + 8);
    packet->tcp_flags = tcp[13] & 0x3f;
    packet->window = packet_get16(tcp + 14);
    uint8_t header_bytes = (uint8_t)((tcp[12] >> 4) * 4);
    if (header_bytes < TCP_HEADER_BYTES) {
        packet->malformed = true;
        return;
    }
    if (!holds(packet, span, at, header_bytes))
        return;
    packet->tcp_header_bytes = header_bytes;
    packet->transport_offset = (uint16_t)at;
    set_payload(packet, span, at + header_bytes, span->end - at - header_bytes);
}

static void parse_udp(struct packet *packet, const struct span *span, uint32_t at)
{
    if (!holds(packet, span, at, UDP_HEADER_BYTES))
        return;
    uint32_t there = span->end - at;
    uint32_t length = packet_get16(packet->data + at + 4);
    /* A first fragment carries the length of the whole datagram; 0 is a jumbogram or segmentation
     * offload. In all three the IP header's length decides. */
    if (length == 0 || packet->is_fragment)
        length = there;
    if (length < UDP_HEADER_BYTES || length > there) {
        packet->malformed = true;
        length = there;
    }
    packet->transport_offset = (uint16_t)at;
    set_payload(packet, span, at + UDP_HEADER_BYTES, length - UDP_HEADER_BYTES);
}

static void parse_transport(struct packet *packet, const struct span *span, uint32_t at)
{
    if (packet->fragment_offset > 0) {
        if (at <= span->end)
            set_payload(packet, span, at, span->end - at);
        return;
    }
    switch (packet->protocol) {
    case IPPROTO_TCP:
    case IPPROTO_UDP:
        if (!holds(packet, span, at, 4))
            return;
        packet->source_port = packet_get16(packet->data + at);
        packet->destination_port = packet_get16(packet->data + at + 2);
        if (packet->protocol == IPPROTO_TCP)
            parse_tcp(packet, span, at);
        else
            parse_udp(packet, span, at);
        return;
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        if (holds(packet, span, at, ICMP_HEADER_BYTES))
            packet->transport_offset = (uint16_t)at;
        return;
    case IPPROTO_SCTP:
    case IPPROTO_GRE:
        if (holds(packet, span, at, 4))
            packet->transport_offset = (uint16_t)at;
        return;
    default:
        return;
    }
}

/*  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |version|  IHL  |      TOS      |         total length          |
 * |         identification        |0|D|M|    fragment offset      |
 * |  time to live |   protocol    |            checksum           |
 * |                        source address                         |
 * |                     destination address                       |
 */
static void parse_ipv4(struct packet *packet, uint32_t at, uint32_t wire_bytes)
{
    struct span span = span_of(packet, wire_bytes);
    packet->network = PACKET_IPV4;
    if (!holds(packet, &span, at, IPV4_HEADER_BYTES))
        return;
    const uint8_t *ip = packet->data + at;
    if (ip[0] >> 4 != 4) {
        packet->malformed = true;
        return;
    }
    packet->has_addresses = true;
    memcpy(packet->source.bytes, ip + 12, 4);
    memcpy(packet->destination.bytes, ip + 16, 4);
    packet->protocol = ip[9];

    uint32_t header_bytes = (ip[0] & 0xfu) * 4;
    uint32_t total_bytes = packet_get16(ip + 2);
    if (total_bytes == 0) /* left to segmentation offload: only the frame tells the length */
        total_bytes = wire_bytes - at;
    if (header_bytes < IPV4_HEADER_BYTES || total_bytes < header_bytes) {
        packet->malformed = true;
        return;
    }
    if (!holds(packet, &span, at, header_bytes))
        return;
    if (total_bytes > wire_bytes - at) { /* longer than the frame that carried it */
        packet->malformed = true;
        total_bytes = wire_bytes - at;
    }
    packet->network_offset = (uint16_t)at;
    packet->datagram_bytes = total_bytes;
    uint16_t fragment = packet_get16(ip + 6);
    packet->more_fragments = (fragment & 0x2000) != 0;
    packet->fragment_offset = (uint16_t)((fragment & 0x1fff) * 8);
    packet->is_fragment = packet->more_fragments || packet->fragment_offset > 0;
    packet->fragment_id = packet_get16(ip + 4);
    span = span_of(packet, at + total_bytes);
    parse_transport(packet, &span, at + header_bytes);
}

static bool is_ipv6_extension(uint8_t protocol)
{
    switch (protocol) {
    case IPPROTO_HOPOPTS:
    case IPPROTO_ROUTING:
    case IPPROTO_FRAGMENT:
    case IPPROTO_AH:
    case IPPROTO_DSTOPTS:
    case IPPROTO_MH: /* mobility, then host identity and shim6: same form */
    case 139:
    case 140:
        return true;
    default:
        return false;
    }
}

/* Walks the chain of extension headers from offset at; leaves the protocol behind them in the
 * packet. Returns the offset behind the chain, 0 if it is broken. Ends because each header has 8
 * bytes or more and none starts behind MAX_OFFSET. */
static uint32_t walk_ipv6_extensions(struct packet *packet, const struct span *span, uint32_t at)
{
    while (is_ipv6_extension(packet->protocol)) {
        if (!holds(packet, span, at, 8))
            return 0;
        const uint8_t *extension = packet->data + at;
        uint32_t length = (extension[1] + 1u) * 8;
        if (packet->protocol == IPPROTO_AH)
            length = (extension[1] + 2u) * 4;
        if (packet->protocol == IPPROTO_FRAGMENT)
            length = 8;
        if (!holds(packet, span, at, length))
            return 0;
        if (packet->protocol == IPPROTO_ROUTING && extension[3] > 0)
            packet->source_routed = true;
        if (packet->protocol == IPPROTO_FRAGMENT) {
            uint16_t fragment = packet_get16(extension + 2);
            packet->more_fragments = (fragment & 1) != 0;
            packet->fragment_offset = (uint16_t)(fragment & 0xfff8);
            packet->fragment_id = packet_get32(extension + 4);
            packet->is_fragment = packet->more_fragments || packet->fragment_offset > 0;
        }
        packet->protocol = extension[0];
        at += length;
        if (packet->fragment_offset > 0) /* what follows is the middle of something */
            break;
    }
    return at;
}

/*  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |version| traffic class |              flow label               |
 * |        payload length         |  next header  |   hop limit   |
 * |                   source address (16 bytes)                   |
 * |                 destination address (16 bytes)                |
 */
static void parse_ipv6(struct packet *packet, uint32_t at, uint32_t wire_bytes)
{
    struct span span = span_of(packet, wire_bytes);
    packet->network = PACKET_IPV6;
    if (!holds(packet, &span, at, IPV6_HEADER_BYTES))
        return;
    const uint8_t *ip = packet->data + at;
    if (ip[0] >> 4 != 6) {
        packet->malformed = true;
        return;
    }
    packet->has_addresses = true;
    memcpy(packet->source.bytes, ip + 8, 16);
    memcpy(packet->destination.bytes, ip + 24, 16);
    packet->protocol = ip[6];

    uint32_t total_bytes = IPV6_HEADER_BYTES + packet_get16(ip + 4);
    /* Payload length 0 with a header to follow: a jumbogram or segmentation offload. */
    if (total_bytes == IPV6_HEADER_BYTES && packet->protocol != IPPROTO_NONE)
        total_bytes = wire_bytes - at;
    if (total_bytes > wire_bytes - at) {
        packet->malformed = true;
        total_bytes = wire_bytes - at;
    }
    packet->network_offset = (uint16_t)at;
    packet->datagram_bytes = total_bytes;
    span = span_of(packet, at + total_bytes);
    at = walk_ipv6_extensions(packet, &span, at + IPV6_HEADER_BYTES);
    if (at > 0)
        parse_transport(packet, &span, at);
}

static void parse_arp(struct packet *packet, uint32_t at, uint32_t wire_bytes)
{
    struct span span = span_of(packet, wire_bytes);
    packet->network = PACKET_ARP;
    if (!holds(packet, &span, at, ARP_HEADER_BYTES))
        return;
    const uint8_t *arp = packet->data + at;
    packet->arp_operation = packet_get16(arp + 6);
    /* Hardware type Ethernet, protocol IPv4, addresses of 6 and 4 bytes: all else carries nothing
     * of use here. */
    if (packet_get32(arp) != 0x00010800 || packet_get16(arp + 4) != 0x0604) {
        packet->network_offset = (uint16_t)at;
        return;
    }
    if (!holds(packet, &span, at, ARP_IPV4_BYTES))
        return;
    packet->network_offset = (uint16_t)at;
    packet->has_addresses = true;
    memcpy(packet->source.bytes, arp + 14, 4);
    memcpy(packet->destination.bytes, arp + 24, 4);
}

static bool is_vlan(uint16_t ether_type)
{
    return ether_type == PACKET_ETHER_VLAN || ether_type == PACKET_ETHER_QINQ ||
           ether_type == 0x9100; /* what stacked tags used before 802.1ad */
}

void packet_parse(struct packet *packet, const uint8_t *data, uint32_t bytes, uint32_t wire_bytes)
{
    memset(packet, 0, sizeof *packet);
    packet->data = data;
    packet->bytes = bytes;
    if (wire_bytes < bytes)
        wire_bytes = bytes;
    struct span span = span_of(packet, wire_bytes);
    if (!holds(packet, &span, 0, ETHERNET_HEADER_BYTES))
        return;

    uint32_t at = ETHERNET_HEADER_BYTES;
    packet->ether_type = packet_get16(data + at - 2);
    while (is_vlan(packet->ether_type) && packet->vlan_tags < MAX_VLAN_TAGS) {
        if (!holds(packet, &span, at, VLAN_TAG_BYTES))
            return;
        if (packet->vlan_tags++ == 0)
            packet->vlan = packet_get16(data + at);
        packet->ether_type = packet_get16(data + at + 2);
        at += VLAN_TAG_BYTES;
    }
    if (packet->ether_type == PACKET_ETHER_IPV4)
        parse_ipv4(packet, at, wire_bytes);
    else if (packet->ether_type == PACKET_ETHER_IPV6)
        parse_ipv6(packet, at, wire_bytes);
    else if (packet->ether_type == PACKET_ETHER_ARP)
        parse_arp(packet, at, wire_bytes);
}

void packet_tcp_options(const struct packet *packet, struct packet_tcp_options *options)
{
    enum { END, NOP, MSS, WINDOW_SCALE, SACK_PERMITTED, SACK, TIMESTAMPS = 8 };
    memset(options, 0, sizeof *options);
    options->window_scale = -1;
    if (packet->protocol != IPPROTO_TCP || packet->transport_offset == 0)
        return;
    uint32_t at = packet->transport_offset + TCP_HEADER_BYTES;
    uint32_t end = packet->transport_offset + (uint32_t)packet->tcp_header_bytes;
    while (at < end && packet->data[at] != END) {
        const uint8_t *option = packet->data + at;
        if (option[0] == NOP) {
            at++;
            continue;
        }
        if (at + 2 > end || option[1] < 2 || at + option[1] > end)
            return;
        uint8_t length = option[1];
        if (option[0] == MSS) {
            if (length != 4)
                return;
            options->mss = packet_get16(option + 2);
        } else if (option[0] == WINDOW_SCALE) {
            if (length != 3)
                return;
            options->window_scale = (int8_t)(option[2] > 14 ? 14 : option[2]); /* RFC 7323, 2.3 */
        } else if (option[0] == SACK_PERMITTED) {
            if (length != 2)
                return;
            options->sack_permitted = true;
        } else if (option[0] == SACK) {
            if (length < 10 || length % 8 != 2)
                return;
            options->sack_offset = (uint16_t)at;
            options->sack_blocks = (uint8_t)((length - 2) / 8);
        } else if (option[0] == TIMESTAMPS) {
            if (length != 10)
                return;
            options->timestamp_offset = (uint16_t)at;
            options->timestamp = packet_get32(option + 2);
            options->timestamp_echo = packet_get32(option + 6);
        }
        at += length;
    }
}
