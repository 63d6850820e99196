/* card_side_inside.h - what card_side.c (the side, given) and card_side_auto.c (the side, found)
 * share. For these two files only. */
#ifndef TRACES_CARD_SIDE_INSIDE_H
#define TRACES_CARD_SIDE_INSIDE_H

#include "traces/card_side.h"

#include <glib.h>

/* How sure it is who serves in a conversation. */
enum role_source { ROLE_SYN, ROLE_MIDSTREAM, ROLE_DATAGRAM, ROLE_ECHO, ROLE_ARP, ROLE_SOURCES };

enum { CARD_SIDE_SERVICE_PORTS = 512 }; /* below: services; from 512 to 1023 also old clients */

enum host_role { HOST_UNKNOWN, HOST_INSIDE, HOST_OUTSIDE };

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
    GHashTable *hosts; /* struct host_key, owned -> enum host_role, if to be found; else NULL */
    struct card_learner *learner; /* NULL unless auto and not yet decided */
    unsigned frames_learnt;
    GHashTable *stations; /* struct station, owned: seen while learning; NULL after */
    GHashTable *macs;     /* gint64 with the MAC address, owned -> enum mac_owner; from decide on */
    unsigned found_later; /* addresses inside that were not among the first frames */
    bool talks_to_itself; /* conversations with one address at both ends were seen */
    /* Conversations learnt from, and those whose client is outside and whose server inside. */
    unsigned seen[ROLE_SOURCES], served[ROLE_SOURCES];
};

void host_key_set(struct host_key *key, enum packet_network network,
                  const struct packet_address *address);
guint host_key_hash(gconstpointer key);
gboolean host_key_equal(gconstpointer a, gconstpointer b);

/* 255.255.255.255, 0.0.0.0, ::, multicast: never the address of one system. */
bool address_is_group_or_none(enum packet_network network, const struct packet_address *address);

/* For a side that is to be found; the address must not be known yet. */
void card_side_add_host(struct card_side *side, const struct host_key *host, enum host_role role);

struct card_learner *card_learner_new(void);
void card_learner_free(struct card_learner *learner);
void card_learner_add(struct card_learner *learner, const struct packet *packet);
/* Adds every address that was seen to the side, and fills side->seen and side->served. */
void card_learner_decide(struct card_learner *learner, struct card_side *side);

#endif
