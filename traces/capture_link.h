/* capture_link.h - link types that are read, and how their frames become Ethernet frames.
 *
 * A frame without MAC addresses gets synthetic ones, made from its IP addresses: 02:00 and the IPv4
 * address, or 06 and 40 bits of a hash of the IPv6 address (both locally administered), so that
 * each IP address has a MAC address of its own; multicast and broadcast get the MAC address that
 * they always have. A frame too short for its link header becomes 14 bytes with ether type 0xffff.
 */
#ifndef TRACES_CAPTURE_LINK_H
#define TRACES_CAPTURE_LINK_H

#include "traces/capture.h"

#include <stddef.h>

#define CAPTURE_LINKS_SUPPORTED                                                                    \
    "Ethernet (1), raw IP (12, 14, 101, 228, 229), loopback (0, 108) and Linux cooked (113, 276)"

struct capture_link {
    int type; /* as pcap_datalink() tells */
    const char *name;
    /* Makes frame->data, of this link type, an Ethernet frame in room (capacity bytes), to which
     * frame then points. NULL: it is one. */
    void (*convert)(struct capture_frame *frame, uint8_t *room, size_t capacity);
};

/* NULL: not supported. */
const struct capture_link *capture_link_find(int type);

#endif
