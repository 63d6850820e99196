/* card_side_inside.h - what card_side.c (the side, given) and card_side_auto.c (the side, found) share.
 * For these two files only. */
#ifndef TRACES_CARD_SIDE_INSIDE_H
#define TRACES_CARD_SIDE_INSIDE_H

#include "traces/card_side.h"

#include <glib.h>

/* How sure it is who serves in a conversation. */
enum role_source { ROLE_SYN, ROLE_MIDSTREAM, ROLE_DATAGRAM, ROLE_ECHO, ROLE_ARP, ROLE_SOURCES };

struct card_range { /* addresses that agree with address in their first bits */
    struct packet_address address;
    uint8_t network; /* PACKET_IPV4 or PACKET_IPV6 */
    uint8_t bits;
};

struct host_key { /* no padding */
    struct packet_address address;
    uint8_t network;
};

struct card_learner; /* of card_side_auto.c */

struct card_side {
    bool is_auto;
    GArray *ranges;    /* struct card_range: as given, or single addresses as found */
    GHashTable *hosts; /* struct host_key, owned: the single addresses; NULL unless found */
    struct card_learner *learner; /* NULL unless auto and not yet decided */
    unsigned frames_learnt;
    GHashTable *stations; /* struct station, owned: seen while learning; NULL after */
    GHashTable *macs;     /* gint64 with the MAC address, owned -> enum mac_owner; from decide on */
    /* Conversations learnt from, and those whose client is outside and whose server inside. */
    unsigned seen[ROLE_SOURCES], served[ROLE_SOURCES];
};

void host_key_set(struct host_key *key, enum packet_network network,
                  const struct packet_address *address);
guint host_key_hash(gconstpointer key);
gboolean host_key_equal(gconstpointer a, gconstpointer b);

/* 255.255.255.255, 0.0.0.0, ::, multicast: never the address of one system. */
bool address_is_group_or_none(enum packet_network network, const struct packet_address *address);

struct card_learner *card_learner_new(void);
void card_learner_free(struct card_learner *learner);
void card_learner_add(struct card_learner *learner, const struct packet *packet);
/* Fills side->ranges, side->seen and side->served. */
void card_learner_decide(struct card_learner *learner, struct card_side *side);

#endif
