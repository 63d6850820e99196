/* peer.c - see peer.h. */
#include "stacks/port/peer.h"

#include "stacks/hal.h"
#include "stacks/port/port.h"
#include "stacks/runtime/heap.h"

enum { TYPE_IP_LE = 0x0008, TYPE_IP6_LE = 0xdd86 }; /* 0x0800, 0x86dd as they lie in memory */

/* The words of an IPv6 address before the last; IPv4: none. */
static const uint32_t no_front[3];

static bool is_peer(const struct peer *peer, uint32_t address, const uint32_t *front, uint8_t port)
{
    if (peer->address != address || peer->port != port)
        return false;
#ifdef PORT_IPV6
    return peer->front[0] == front[0] && peer->front[1] == front[1] && peer->front[2] == front[2];
#else
    (void)front;
    return true;
#endif
}

static struct peer *table;
static uint32_t set_count;
static uint16_t stamp;
struct peer *peer_recent; /* heard last: most often the one to answer next */

void peer_start(uint32_t heap_bytes)
{
    uint32_t sets = 1;

    while (sets * 2 * PEER_WAYS * sizeof(struct peer) <= heap_bytes / 16)
        sets *= 2;
    table = heap_alloc_zeroed(sets * PEER_WAYS * sizeof(struct peer));
    set_count = sets;
    peer_recent = &table[0];
}

static struct peer *peer_set(uint32_t address)
{
    /* Fibonacci hashing (Knuth, 6.4): whichever bytes of the addresses vary, the sets fill evenly. */
    return &table[((uint64_t)(address * 0x9e3779b1u) * set_count >> 32) * PEER_WAYS];
}

static struct peer *peer_seek(uint32_t address, const uint32_t *front, uint8_t port)
{
    struct peer *peer = peer_set(address);

    for (unsigned way = 0; way < PEER_WAYS; way++, peer++)
        if (is_peer(peer, address, front, port))
            return peer;
    return NULL;
}

static struct peer *peer_replace(uint32_t address)
{
    struct peer *peer = peer_set(address), *oldest = peer;

    for (unsigned way = 0; way < PEER_WAYS; way++, peer++) {
        if (!peer->address)
            return peer;
        if ((uint16_t)(stamp - peer->heard) > (uint16_t)(stamp - oldest->heard))
            oldest = peer;
    }
    return oldest;
}

/* Makes the header that answers a frame: what was its source becomes the destination, the port's
 * own address the source, the tags stay. The addresses change places by half words, since six bytes
 * are no multiple of four. */
static void peer_write(struct peer *peer, uint8_t port, const volatile uint32_t *frame,
                       uint8_t l2_bytes, uint32_t source_low, uint32_t word3, uint32_t type)
{
    uint32_t mac_low = hal_load(HW_MAC + 8u * port), mac_high = hal_load(HW_MAC + 8u * port + 4);

    peer->port = port;
    peer->l2_bytes = l2_bytes;
    peer->header[0] = source_low << 16;
    peer->header[1] = source_low >> 16 | word3 << 16;
    peer->header[2] = mac_low;
    peer->header[3] = (mac_high & 0xffff) | (word3 & 0xffff0000u);
    for (unsigned i = 4; i < (l2_bytes + 2u) / 4; i++)
        peer->header[i] = frame[i];
    /* The answer carries IP even if the frame that taught was ARP. */
    unsigned last = (l2_bytes + 2u) / 4 - 1;

    peer->header[last] = (peer->header[last] & 0xffff) | type << 16;
}

static void learn(uint32_t address, const uint32_t *front, uint32_t type, uint8_t port,
                  const volatile uint32_t *frame, uint32_t source_low, uint32_t word3,
                  uint8_t l2_bytes)
{
    struct peer *peer = peer_recent;

    if (!is_peer(peer, address, front, port)) {
        peer = peer_seek(address, front, port);
        if (!peer) {
            if (!address || (source_low & 1)) /* nobody's address; a group's */
                return;
            peer = peer_replace(address);
            peer->address = address;
#ifdef PORT_IPV6
            for (unsigned i = 0; i < 3; i++)
                peer->front[i] = front[i];
#endif
            peer->l2_bytes = 0;
        }
        peer_recent = peer;
    }
    peer->heard = ++stamp;
    if (peer->l2_bytes == l2_bytes && peer->header[0] == source_low << 16 &&
        peer->header[1] == (source_low >> 16 | word3 << 16) &&
        (l2_bytes == 14 ||
         (peer->header[3] >> 16 == word3 >> 16 &&
          (peer->header[4] & 0xffff) == (frame[4] & 0xffff) &&
          (l2_bytes == 18 || (peer->header[4] >> 16 == frame[4] >> 16 &&
                              (peer->header[5] & 0xffff) == (frame[5] & 0xffff))))))
        return;
    peer_write(peer, port, frame, l2_bytes, source_low, word3, type);
}

void peer_learn(uint32_t address, uint8_t port, const volatile uint32_t *frame, uint32_t source_low,
                uint32_t word3, uint8_t l2_bytes)
{
    learn(address, no_front, TYPE_IP_LE, port, frame, source_low, word3, l2_bytes);
}

#ifdef PORT_IPV6
/* A last word of 0 would mean an unused entry; such an address is asked for by neighbour discovery. */
void peer_learn6(const uint32_t *address, uint8_t port, const volatile uint32_t *frame,
                 uint32_t source_low, uint32_t word3, uint8_t l2_bytes)
{
    learn(address[3], address, TYPE_IP6_LE, port, frame, source_low, word3, l2_bytes);
}

const struct peer *peer_find6(const uint32_t *address, uint8_t port)
{
    if (is_peer(peer_recent, address[3], address, port))
        return peer_recent;
    return address[3] ? peer_seek(address[3], address, port) : NULL;
}
#endif

const struct peer *peer_find(uint32_t address, uint8_t port)
{
    if (is_peer(peer_recent, address, no_front, port))
        return peer_recent;
    return peer_seek(address, no_front, port);
}

const struct peer *peer_find_anywhere(uint32_t address)
{
    struct peer *peer = peer_set(address), *found = NULL;

    for (unsigned way = 0; way < PEER_WAYS; way++, peer++)
        if (peer->address == address &&
            (!found || (uint16_t)(stamp - peer->heard) < (uint16_t)(stamp - found->heard)))
            found = peer;
    return found;
}
