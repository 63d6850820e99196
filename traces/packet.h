/* packet.h - what the headers of one frame say, found without trusting them.
 *
 * Looks through stacked VLAN tags (802.1Q, 802.1ad) to IPv4, IPv6 (with its extension headers),
 * ARP, TCP, UDP, ICMP and ICMPv6; all else (802.3 with LLC, MPLS, PPPoE, ...) is PACKET_OTHER.
 * Offsets are into the frame; an offset of 0 means that the layer is not there, is cut short or
 * makes no sense. Numbers are in host order. Nothing here allocates.
 *
 * Hostile lengths: an IP length of 0 (segmentation offload left it) is taken from the frame; one
 * that exceeds the frame on the wire is cut to it and marks the packet as malformed; the padding
 * behind a datagram belongs to nothing. What could be read before the headers stopped making sense
 * is filled in: addresses and ports may be known (has_addresses) where an offset is 0.
 */
#ifndef TRACES_PACKET_H
#define TRACES_PACKET_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PACKET_ETHER_IPV4 = 0x0800,
    PACKET_ETHER_ARP = 0x0806,
    PACKET_ETHER_VLAN = 0x8100,
    PACKET_ETHER_IPV6 = 0x86dd,
    PACKET_ETHER_QINQ = 0x88a8,
};

enum packet_network { PACKET_OTHER, PACKET_IPV4, PACKET_IPV6, PACKET_ARP };

/* Network order; an IPv4 address sits in the first 4 bytes, the rest is 0. */
struct packet_address {
    uint8_t bytes[16];
};

enum {
    PACKET_FIN = 0x01,
    PACKET_SYN = 0x02,
    PACKET_RST = 0x04,
    PACKET_PSH = 0x08,
    PACKET_ACK = 0x10,
    PACKET_URG = 0x20,
};

struct packet {
    const uint8_t *data;
    uint32_t bytes; /* at data */
    enum packet_network network;
    uint8_t vlan_tags;         /* stacked tags, at most 4 are looked through */
    uint16_t vlan;             /* TCI of the outermost tag */
    uint16_t ether_type;       /* after the tags */
    uint16_t network_offset;   /* of the IP or ARP header */
    uint16_t transport_offset; /* of the TCP, UDP, ICMP, SCTP, GRE header; 0 for a later fragment */
    uint32_t payload_offset; /* of the payload of TCP or UDP; in a later fragment, of any protocol,
                                all that follows the IP headers */
    uint32_t payload_bytes;  /* by the headers' lengths; may exceed what was captured */
    uint32_t payload_captured; /* payload bytes that are at data */
    uint32_t datagram_bytes;   /* IP length, from the IP header on */
    uint8_t protocol;          /* IPPROTO_TCP, ...; of the last IPv6 extension header */
    bool is_fragment;          /* one of several fragments of a datagram */
    bool more_fragments;
    uint16_t fragment_offset; /* in bytes */
    uint32_t fragment_id;
    bool cut;               /* a header goes on behind the captured bytes */
    bool malformed;         /* a header contradicts itself or the frame's length */
    bool source_routed;     /* IPv6 routing header with segments left: destination is not the last,
                               so the transport checksum can't be judged */
    bool has_addresses;     /* source and destination are set; ARP: of sender and target */
    uint16_t arp_operation; /* 1 request, 2 reply */
    struct packet_address source, destination;
    uint16_t source_port, destination_port; /* TCP, UDP */
    uint32_t sequence, acknowledgement;     /* TCP */
    uint16_t window;
    uint8_t tcp_flags;
    uint8_t tcp_header_bytes;
};

/* TCP options that matter to a replay; offsets into the frame, of the option's kind byte, 0:
 * absent. */
struct packet_tcp_options {
    uint16_t mss;        /* 0 if absent */
    int8_t window_scale; /* -1 if absent */
    bool sack_permitted;
    uint16_t timestamp_offset;
    uint32_t timestamp, timestamp_echo;
    uint16_t sack_offset;
    uint8_t sack_blocks;
};

/* Fills *packet with what can be told of the bytes at data; never fails, never reads past them.
 * wire_bytes: length on the wire, >= bytes. */
void packet_parse(struct packet *packet, const uint8_t *data, uint32_t bytes, uint32_t wire_bytes);

/* Options of a TCP segment; stops at the first malformed one. */
void packet_tcp_options(const struct packet *packet, struct packet_tcp_options *options);

/* RFC 1071: adds bytes to sum (16-bit words in host order; a sum of several parts is folded at the
 * end). Of several parts all but the last must have an even length. */
uint32_t packet_checksum_add(uint32_t sum, const uint8_t *data, uint32_t bytes);
uint16_t packet_checksum_finish(uint32_t sum); /* folded and complemented */

/* Whether a transport checksum can be computed at all: everything that it covers is there, and makes sense. */
bool packet_is_whole(const struct packet *packet);

/* The checksum that the TCP, UDP or ICMP header should hold, computed with its field as 0; host
 * order. The segment must be whole. UDP: never 0. */
uint16_t packet_transport_checksum(const struct packet *packet);

/* Whether IPv4 header and transport checksums are right; true for what can't be judged (fragments,
 * cut payload, malformed lengths, UDP over IPv4 without checksum). */
bool packet_checksums_good(const struct packet *packet);

/* Stores right IPv4 header and transport checksums into the frame at data, whose headers packet
 * describes. A transport checksum that can't be judged stays as it is. */
void packet_fix_checksums(const struct packet *packet, uint8_t *data);

/* RFC 1624: a checksum field (host order) after a word that it covers changed. */
uint16_t packet_checksum_update16(uint16_t checksum, uint16_t before, uint16_t after);
uint16_t packet_checksum_update32(uint16_t checksum, uint32_t before, uint32_t after);

static inline uint16_t packet_get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}
static inline uint32_t packet_get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}
static inline void packet_put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}
static inline void packet_put32(uint8_t *at, uint32_t value)
{
    packet_put16(at, (uint16_t)(value >> 16));
    packet_put16(at + 2, (uint16_t)value);
}

#endif
