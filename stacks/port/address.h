/* address.h - addresses as lwIP has them, and as the tuples of stacks/hardware.h do. */
#ifndef STACKS_PORT_ADDRESS_H
#define STACKS_PORT_ADDRESS_H

#include "stacks/hardware.h"

#include "lwip/ip_addr.h"

#include <string.h>

/* The part of a tuple for it, 16 bytes; returns the IP version. */
static inline uint8_t address_to_tuple(uint8_t *to, const ip_addr_t *address)
{
#if LWIP_IPV6
    if (IP_IS_V6(address)) {
        memcpy(to, ip_2_ip6(address)->addr, 16);
        return 6;
    }
#endif
    memcpy(to, ip_2_ip4(address), 4);
    return 4;
}

/* zone: of the interface, for link-local addresses. */
static inline void address_from_tuple(ip_addr_t *address, const uint8_t *from, uint8_t ip_version,
                                      uint8_t zone)
{
    (void)ip_version;
    (void)zone;
#if LWIP_IPV6
    memset(address, 0, sizeof *address);
    IP_SET_TYPE(address, ip_version == 6 ? IPADDR_TYPE_V6 : IPADDR_TYPE_V4);
    if (ip_version == 6) {
        memcpy(ip_2_ip6(address)->addr, from, 16);
        if (ip6_addr_has_scope(ip_2_ip6(address), IP6_UNKNOWN))
            ip6_addr_set_zone(ip_2_ip6(address), zone);
        return;
    }
#endif
    memcpy(ip_2_ip4(address), from, 4);
}

#endif
