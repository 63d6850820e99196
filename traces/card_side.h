/* card_side.h - which addresses of a capture are the card's, and so which way a frame goes.
 *
 * The side is given as addresses and prefixes, or found: "auto" takes the addresses that play the
 * server. Every conversation among the first CARD_SIDE_LEARN_FRAMES frames says who serves: the one
 * that a SYN went to; where none was seen, the well-known port, the endpoint with more peers, the
 * lower port, at last the one that spoke second. Of all sets of addresses one is sought in which
 * most conversations, weighted by how sure their roles are, go from an address outside the set to
 * one inside. So a capture taken at a client gives all its servers, and a server's own lookups
 * don't make its name server a part of the card. Servers that turn up later join the side as they
 * are seen.
 *
 *     side = card_side_new(spec, diagnostics);
 *     ... card_side_learn(side, &packet) for the first frames, until it returns false ...
 *     card_side_decide(side);
 *     ... card_side_direction(side, &packet) for every frame, these among them ...
 */
#ifndef TRACES_CARD_SIDE_H
#define TRACES_CARD_SIDE_H

#include "sim/diagnostic.h"
#include "traces/packet.h"

#include <stdbool.h>

enum { CARD_SIDE_LEARN_FRAMES = 10000 };

enum direction { TO_CARD, FROM_CARD, NEITHER };

struct card_side;

/* spec: "auto", or addresses with or without a prefix length, separated by blanks or commas:
 * "10.0.0.2 fd00:1::/64". NULL if it is neither: every bad word is then an error in diagnostics. */
struct card_side *card_side_new(const char *spec, struct diagnostics *diagnostics);
void card_side_free(struct card_side *side); /* NULL is allowed */

/* Whether the side is to be found ("auto"). */
bool card_side_is_auto(const struct card_side *side);

/* To be called for the first frames of the capture whatever the spec is: the card's MAC addresses,
 * which decide on frames without IP addresses, are learnt too. False: has seen enough; more is
 * ignored. */
bool card_side_learn(struct card_side *side, const struct packet *packet);

/* To be called once, after the frames to learn from. False: no frame showed who serves, so that
 * only broadcast and multicast go to the card. */
bool card_side_decide(struct card_side *side);

/* To be called for every frame, in the order of the capture (a side found by "auto" may grow).
 *
 * TO_CARD: enters at the card's port: what goes from elsewhere to one of its addresses, to a
 * broadcast or multicast address; without IP addresses (LLDP, MPLS, cut headers), to its MAC
 * address or a group. FROM_CARD: sent by one of its addresses to elsewhere, or by its MAC address
 * to a group. NEITHER: between others, or between two addresses of the card. Reads the packet's
 * fields and the MAC addresses at its data: a copy of both with the first 14 bytes of the frame
 * will do. */
enum direction card_side_direction(struct card_side *side, const struct packet *packet);

/* The side as a spec, in the order of its finding: "10.0.0.2 fd00:1::2". g_free() it. */
char *card_side_spec(const struct card_side *side);

/* For a person to read: what was taken and why, at most three addresses by name. g_free() it. */
char *card_side_describe(const struct card_side *side);

/* An address as text into text[capacity], capacity >= INET6_ADDRSTRLEN (46). Returns text. */
const char *card_side_address_text(enum packet_network network,
                                   const struct packet_address *address, char *text,
                                   unsigned capacity);

#endif
