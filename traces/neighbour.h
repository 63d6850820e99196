/* neighbour.h - answers to a card that asks for a MAC address, by ARP or neighbour discovery. */
#ifndef TRACES_NEIGHBOUR_H
#define TRACES_NEIGHBOUR_H

#include "traces/packet.h"

enum { NEIGHBOUR_ANSWER_BYTES = 128 }; /* at most */

/* The address that a frame of the card asks for. False: it asks for none. */
bool neighbour_asked(const struct packet *packet, struct packet_address *target);

/* The answer that target has that MAC address, to a frame that asked; returns its length. */
uint32_t neighbour_answer(const struct packet *packet, const struct packet_address *target, const uint8_t *mac,
                          uint8_t data[NEIGHBOUR_ANSWER_BYTES]);

#endif
