/* host_packet.c - what a host that builds packets itself hands to the card. */
#include "models/host_internal.h"

#include "traces/packet.h"

#include <netinet/in.h>
#include <string.h>

enum { UDP_BYTES = 8, ETHERNET_BYTES = 14 };

uint32_t host_packet_headers(const struct hw_tuple *tuple)
{
    return (tuple->ip_version == 6 ? 40 : 20) + UDP_BYTES;
}

static uint32_t put_ip(uint8_t *ip, const struct hw_tuple *tuple, uint32_t bytes, uint16_t id)
{
    if (tuple->ip_version == 6) {
        ip[0] = 0x60;
        packet_put16(ip + 4, (uint16_t)bytes);
        ip[6] = IPPROTO_UDP;
        ip[7] = 64;
        memcpy(ip + 8, tuple->local, 16);
        memcpy(ip + 24, tuple->remote, 16);
        return 40;
    }
    ip[0] = 0x45;
    packet_put16(ip + 2, (uint16_t)(20 + bytes));
    packet_put16(ip + 4, id);
    packet_put16(ip + 6, 0x4000); /* do not fragment */
    ip[8] = 64;
    ip[9] = IPPROTO_UDP;
    memcpy(ip + 12, tuple->local, 4);
    memcpy(ip + 16, tuple->remote, 4);
    return 20;
}

uint8_t *host_packet(const struct hw_tuple *tuple, const uint8_t *data, uint32_t *bytes, uint16_t id)
{
    uint32_t all = ETHERNET_BYTES + host_packet_headers(tuple) + *bytes;
    uint8_t *frame = g_malloc0(all), *ip = frame + ETHERNET_BYTES, *udp;
    struct packet packet;

    packet_put16(frame + 12, tuple->ip_version == 6 ? PACKET_ETHER_IPV6 : PACKET_ETHER_IPV4);
    udp = ip + put_ip(ip, tuple, UDP_BYTES + *bytes, id);
    packet_put16(udp, tuple->local_port ? tuple->local_port : 49152);
    packet_put16(udp + 2, tuple->remote_port);
    packet_put16(udp + 4, (uint16_t)(UDP_BYTES + *bytes));
    packet_put16(udp + 6, 0xffff);
    memcpy(udp + UDP_BYTES, data, *bytes);
    packet_parse(&packet, frame, all, all);
    packet_fix_checksums(&packet, frame);
    *bytes = all - ETHERNET_BYTES;
    memmove(frame, ip, *bytes);
    return frame;
}
