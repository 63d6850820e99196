/* flow_key.h - names a conversation of two endpoints, the same in both directions: for hash tables.
 */
#ifndef TRACES_FLOW_KEY_H
#define TRACES_FLOW_KEY_H

#include "traces/packet.h"

#include <glib.h>

struct flow_key { /* no padding: compared and hashed as bytes */
    struct packet_address address[2];
    uint16_t port[2]; /* 0 for what has no ports */
    uint8_t network;  /* enum packet_network; ARP counts as IPv4 */
    uint8_t protocol; /* IPPROTO_TCP, ...; 0 for ARP */
};

/* Which of the two endpoints of the key sent the packet. The packet must have addresses. */
unsigned flow_key_of(struct flow_key *key, const struct packet *packet);

/* For g_hash_table_new(). */
guint flow_key_hash(gconstpointer key);
gboolean flow_key_equal(gconstpointer a, gconstpointer b);

/* A mix of bytes, the same on every machine of one byte order. */
uint32_t flow_hash_bytes(const void *bytes, size_t count);

#endif
