/* build_frame.h - frames for tests, put together from the inside of the wire format, not from
 * packet.c. */
#ifndef TESTS_TRACES_BUILD_FRAME_H
#define TESTS_TRACES_BUILD_FRAME_H

#include "traces/packet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct built {
    uint8_t data[4096];
    uint32_t bytes;
};

static inline void build_bytes(struct built *frame, const void *bytes, uint32_t count)
{
    memcpy(frame->data + frame->bytes, bytes, count);
    frame->bytes += count;
}

static inline void build_fill(struct built *frame, uint8_t value, uint32_t count)
{
    memset(frame->data + frame->bytes, value, count);
    frame->bytes += count;
}

static inline void build_16(struct built *frame, unsigned value)
{
    packet_put16(frame->data + frame->bytes, (uint16_t)value);
    frame->bytes += 2;
}

static inline void build_32(struct built *frame, uint32_t value)
{
    packet_put32(frame->data + frame->bytes, value);
    frame->bytes += 4;
}

/* MAC addresses 02:..:to and 02:..:from; to 0xff: broadcast. */
static inline void build_ethernet(struct built *frame, uint8_t to, uint8_t from,
                                  unsigned ether_type)
{
    frame->bytes = 0;
    build_bytes(frame, (const uint8_t[]){2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from}, 12);
    if (to == 0xff)
        memset(frame->data, 0xff, 6);
    build_16(frame, ether_type);
}

static inline void build_ipv4(struct built *frame, const char *from, const char *to,
                              uint8_t protocol, unsigned payload_bytes)
{
    build_bytes(frame, (const uint8_t[]){0x45, 0}, 2);
    build_16(frame, 20 + payload_bytes);
    build_16(frame, 0x1234); /* identification */
    build_16(frame, 0);      /* fragment */
    build_bytes(frame, (const uint8_t[]){64, protocol, 0, 0}, 4);
    inet_pton(AF_INET, from, frame->data + frame->bytes);
    inet_pton(AF_INET, to, frame->data + frame->bytes + 4);
    frame->bytes += 8;
}

static inline void build_ipv6(struct built *frame, const char *from, const char *to,
                              uint8_t next_header, unsigned payload_bytes)
{
    build_32(frame, 0x60000000);
    build_16(frame, payload_bytes);
    build_bytes(frame, (const uint8_t[]){next_header, 64}, 2);
    inet_pton(AF_INET6, from, frame->data + frame->bytes);
    inet_pton(AF_INET6, to, frame->data + frame->bytes + 16);
    frame->bytes += 32;
}

/* A header of 20 bytes; options go behind it, with the data offset at byte 12 set anew. */
static inline void build_tcp(struct built *frame, unsigned from, unsigned to, uint32_t sequence,
                             uint32_t acknowledgement, uint8_t flags)
{
    build_16(frame, from);
    build_16(frame, to);
    build_32(frame, sequence);
    build_32(frame, acknowledgement);
    build_bytes(frame, (const uint8_t[]){5 << 4, flags}, 2);
    build_16(frame, 501); /* window */
    build_32(frame, 0);   /* checksum, urgent */
}

/* The checksum field is 0xffff: there is one, to be fixed. */
static inline void build_udp(struct built *frame, unsigned from, unsigned to,
                             unsigned payload_bytes)
{
    build_16(frame, from);
    build_16(frame, to);
    build_16(frame, 8 + payload_bytes);
    build_16(frame, 0xffff);
}

/* Ethernet, IPv4 and TCP without payload, between addresses whose last bytes also are their MAC's.
 */
static inline void build_segment(struct built *frame, const char *from, unsigned from_port,
                                 const char *to, unsigned to_port, uint8_t flags)
{
    uint8_t source[4], destination[4];
    inet_pton(AF_INET, from, source);
    inet_pton(AF_INET, to, destination);
    build_ethernet(frame, destination[3], source[3], 0x0800);
    build_ipv4(frame, from, to, IPPROTO_TCP, 20);
    build_tcp(frame, from_port, to_port, 1000, 0, flags);
}

static inline void build_parse(struct packet *packet, const struct built *frame)
{
    packet_parse(packet, frame->data, frame->bytes, frame->bytes);
}

#endif
