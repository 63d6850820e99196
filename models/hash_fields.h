/* hash_fields.h - what a hash is made of: the fields of a frame's header that are chosen for its type of traffic.
 *
 * The letters are those of `ethtool -N ... rx-flow-hash`; the bytes are put together in this order, each field in
 * network order:
 *
 *     s d   source, destination address      4 or 16 bytes each
 *     f n   source, destination port         2 each (bytes 0-1 and 2-3 of TCP, UDP and SCTP)
 *     t     protocol of the IP header        1
 *     v     VLAN id of the outermost tag     2; 0 without a tag
 *     l     IPv6 flow label                  3; 0 for IPv4
 *     e     TEID of GTP-U                    4; 0 without
 *     m     destination MAC address          6
 *     raw   OFFSET/MASK ...                  as many as the mask has: bytes of the frame from its first on, & mask
 *     r     instead of all: discard          none: the frame is discarded
 *
 * Types are tcp4, udp4, sctp4, ip4 (any other IPv4, and fragments) and tcp6, udp6, sctp6, ip6. A fragment is hashed
 * without ports, since the later ones have none. An ICMP error is hashed by the header that it quotes, seen from the
 * other side, as the session's own frames are. With `inner`, frames in a tunnel go by the headers inside.
 */
#ifndef MODELS_HASH_FIELDS_H
#define MODELS_HASH_FIELDS_H

#include "models/hash.h"
#include "traces/packet.h"

enum hash_type {
    HASH_TCP4,
    HASH_UDP4,
    HASH_SCTP4,
    HASH_IP4,
    HASH_TCP6,
    HASH_UDP6,
    HASH_SCTP6,
    HASH_IP6,
    HASH_TYPES,
};

enum {
    HASH_FIELD_SOURCE = 1 << 0,
    HASH_FIELD_DESTINATION = 1 << 1,
    HASH_FIELD_SOURCE_PORT = 1 << 2,
    HASH_FIELD_DESTINATION_PORT = 1 << 3,
    HASH_FIELD_PROTOCOL = 1 << 4,
    HASH_FIELD_VLAN = 1 << 5,
    HASH_FIELD_FLOW_LABEL = 1 << 6,
    HASH_FIELD_TEID = 1 << 7,
    HASH_FIELD_MAC = 1 << 8,
    HASH_FIELD_DISCARD = 1 << 9,
    HASH_FIELD_PORTS = HASH_FIELD_SOURCE_PORT | HASH_FIELD_DESTINATION_PORT,

    HASH_INNER_VXLAN = 1 << 0, /* UDP to port 4789, RFC 7348 */
    HASH_INNER_GRE = 1 << 1,   /* protocol 47, RFC 2784 and 2890: IPv4, IPv6, Ethernet inside */
    HASH_INNER_GTPU = 1 << 2,  /* UDP to port 2152, 3GPP TS 29.281: a user's packet inside */

    HASH_MAX_RAW_BYTES = 12,
};

struct hash_raw { /* one byte */
    uint16_t offset;
    uint8_t mask;
};

struct hash_fields {
    unsigned sets[HASH_TYPES]; /* HASH_FIELD_* */
    unsigned inner;            /* HASH_INNER_* */
    struct hash_raw raw[HASH_MAX_RAW_BYTES];
    unsigned raw_bytes;
    bool first_has_ports; /* the first fragment of a datagram is hashed by its ports too */
};

/* What is done with a frame. */
enum hash_class {
    HASHED_WITH_PORTS,
    HASHED_BY_ADDRESSES, /* and whatever else has no ports in it */
    HASHED_BY_QUOTE,     /* an ICMP error */
    HASHED_INNER,
    HASH_NOT_MADE,  /* no IP header, or no field of its type is chosen */
    HASH_DISCARDED, /* its type is to be discarded */
    HASH_EVERYONES, /* ARP, neighbour discovery, broadcast, multicast */
};

struct hash_input {
    uint8_t bytes[HASH_MAX_INPUT_BYTES];
    unsigned count;
    bool is_fragment; /* must go where the other fragments of its datagram go */
};

/* As receive-side scaling has it: sdfn for what has ports, sd for other IP, nothing else. */
void hash_fields_init(struct hash_fields *fields);

/* type: tcp4 ... ip6; "raw", "inner"; or "all": the letters for every type, without ports where there are none.
 * False: *wrong says why (g_free()), nothing is changed. */
bool hash_fields_set(struct hash_fields *fields, const char *type, const char *text, char **wrong);

/* Whether both directions of a session give a symmetric function the same input; else *type is one that does not. */
bool hash_fields_are_symmetric(const struct hash_fields *fields, const char **type);

/* The bytes that are hashed; count is 0 where none are. */
enum hash_class hash_gather(const struct hash_fields *fields, enum hash_symmetry symmetry,
                            const struct packet *packet, struct hash_input *input);

#endif
