/* peer.h - where remote systems were last heard: the Ethernet header to reach each with.
 *
 * Every IP frame and every ARP packet teaches. Sending looks here first, so a peer that spoke is
 * answered the way it came, by its MAC address and VLAN tags, without a question. The table is
 * bounded (four ways, the one heard from least recently is forgotten); whoever is not in it is
 * asked for by ARP.
 *
 *     header   the bytes of an Ethernet header as words, at address 2 modulo 4 in a frame:
 *              [0] -, destination 0-1   [1] destination 2-5   [2] source 0-3   [3] source 4-5, type
 *              with tags [3] source 4-5, TPID   [4] TCI, type   (or TCI, TPID   [5] TCI, type)
 */
#ifndef STACKS_PORT_PEER_H
#define STACKS_PORT_PEER_H

#include <stdbool.h>
#include <stdint.h>

enum { PEER_HEADER_WORDS = 6, PEER_WAYS = 4 };

struct peer {
    uint32_t address; /* IPv4, network order; 0: unused */
#ifdef PORT_IPV6
    uint32_t front[3]; /* of an IPv6 address, whose last word is `address`; IPv4: 0 */
#endif
    uint8_t port;
    uint8_t l2_bytes; /* of the Ethernet header: 14, 18, 22 */
    uint16_t heard;   /* stamp of the last frame, wraps */
    uint32_t header[PEER_HEADER_WORDS];
};

/* Takes at most heap_bytes / 16 of the heap; macs: of the ports. */
void peer_start(uint32_t heap_bytes);

/* A frame came from address by port. Its words from two bytes before its Ethernet header on are at
 * frame, in packet memory, where each load costs; words 2 and 3, which everybody needs, come along.
 * l2_bytes: 14, 18 or 22. */
void peer_learn(uint32_t address, uint8_t port, const volatile uint32_t *frame, uint32_t word2,
                uint32_t word3, uint8_t l2_bytes);

/* Whether the frame comes from the peer that was heard last, by the same way: then there is nothing
 * to learn. */
extern struct peer *peer_recent;
static inline bool peer_known(uint32_t address, uint8_t port, uint32_t word2, uint32_t word3,
                              uint8_t l2_bytes)
{
    const struct peer *peer = peer_recent;

    return peer->address == address && peer->header[1] == (word2 >> 16 | word3 << 16) &&
           peer->header[0] == word2 << 16 && peer->port == port && peer->l2_bytes == 14 &&
           l2_bytes == 14;
}

#ifdef PORT_IPV6
/* The same for IPv6; address: four words as on the wire. */
void peer_learn6(const uint32_t *address, uint8_t port, const volatile uint32_t *frame,
                 uint32_t word2, uint32_t word3, uint8_t l2_bytes);
const struct peer *peer_find6(const uint32_t *address, uint8_t port);
#endif

/* NULL: never heard of, or forgotten. Valid until the next peer_learn(). */
const struct peer *peer_find(uint32_t address, uint8_t port);

/* By any port: for packets that are bound to none. */
const struct peer *peer_find_anywhere(uint32_t address);

#endif
