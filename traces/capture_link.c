/* capture_link.c - the link types of capture_link.h, and the making of Ethernet headers for them.
 */
#include "traces/capture_link.h"

#include "traces/packet.h"

#include <pcap/dlt.h>
#include <string.h>

enum {
    MAC_BYTES = 6,
    ETHERNET_HEADER_BYTES = 14,
    ETHER_TYPE_NONE = 0xffff, /* reserved: no protocol has it */
};

/* Puts an Ethernet header before what follows the link header, whose length is link_bytes. The MAC
 * addresses are left 0. */
static void replace_header(struct capture_frame *frame, uint32_t link_bytes, uint16_t ether_type,
                           uint8_t *room, size_t capacity)
{
    uint32_t bytes = frame->captured_bytes > link_bytes ? frame->captured_bytes - link_bytes : 0;
    uint32_t wire_bytes = frame->wire_bytes > link_bytes ? frame->wire_bytes - link_bytes : 0;
    if (bytes > capacity - ETHERNET_HEADER_BYTES)
        bytes = (uint32_t)capacity - ETHERNET_HEADER_BYTES;
    memset(room, 0, ETHERNET_HEADER_BYTES - 2);
    packet_put16(room + ETHERNET_HEADER_BYTES - 2, ether_type);
    if (bytes > 0)
        memcpy(room + ETHERNET_HEADER_BYTES, frame->data + link_bytes, bytes);
    frame->data = room;
    frame->captured_bytes = ETHERNET_HEADER_BYTES + bytes;
    frame->wire_bytes = ETHERNET_HEADER_BYTES + wire_bytes;
}

static void make_mac_ipv4(uint8_t *mac, const uint8_t *address)
{
    if (packet_get32(address) == UINT32_MAX) {
        memset(mac, 0xff, MAC_BYTES);
    } else if (address[0] >> 4 == 0xe) {
        memcpy(mac, (const uint8_t[]){0x01, 0x00, 0x5e, address[1] & 0x7f}, 4);
        memcpy(mac + 4, address + 2, 2);
    } else {
        memcpy(mac, (const uint8_t[]){0x02, 0x00}, 2);
        memcpy(mac + 2, address, 4);
    }
}

static void make_mac_ipv6(uint8_t *mac, const uint8_t *address)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    if (address[0] == 0xff) {
        memcpy(mac, (const uint8_t[]){0x33, 0x33}, 2);
        memcpy(mac + 2, address + 12, 4);
        return;
    }
    for (unsigned i = 0; i < 16; i++)
        hash = (hash ^ address[i]) * UINT64_C(0x100000001b3);
    mac[0] = 0x06;
    mac[1] = (uint8_t)(hash >> 56);
    packet_put32(mac + 2, (uint32_t)(hash >> 24));
}

/* MAC addresses from the IP addresses behind the Ethernet header; they stay as they are if none are
 * there. The addresses are read even of a header that is malformed. */
static void make_macs(const struct capture_frame *frame, uint8_t *room)
{
    struct packet packet;
    packet_parse(&packet, frame->data, frame->captured_bytes, frame->wire_bytes);
    if (!packet.has_addresses)
        return;
    if (packet.network == PACKET_IPV6) {
        make_mac_ipv6(room, packet.destination.bytes);
        make_mac_ipv6(room + MAC_BYTES, packet.source.bytes);
    } else if (packet.network == PACKET_IPV4) {
        make_mac_ipv4(room, packet.destination.bytes);
        make_mac_ipv4(room + MAC_BYTES, packet.source.bytes);
    }
}

static void convert_ip(struct capture_frame *frame, uint32_t link_bytes, uint8_t *room,
                       size_t capacity)
{
    uint16_t ether_type = ETHER_TYPE_NONE;
    if (frame->captured_bytes > link_bytes) {
        uint8_t version = frame->data[link_bytes] >> 4;
        if (version == 4)
            ether_type = PACKET_ETHER_IPV4;
        else if (version == 6)
            ether_type = PACKET_ETHER_IPV6;
    }
    replace_header(frame, link_bytes, ether_type, room, capacity);
    make_macs(frame, room);
}

static void convert_raw(struct capture_frame *frame, uint8_t *room, size_t capacity)
{
    convert_ip(frame, 0, room, capacity);
}

/* Four bytes of address family, whose values and byte order differ between systems: the version of
 * the IP header says the same. */
static void convert_loopback(struct capture_frame *frame, uint8_t *room, size_t capacity)
{
    convert_ip(frame, 4, room, capacity);
}

/* A cooked header has the sender's MAC address only, and whether the frame was a broadcast. */
static void convert_cooked(struct capture_frame *frame, uint32_t header_bytes, uint16_t ether_type,
                           bool is_broadcast, const uint8_t *sender, uint8_t *room, size_t capacity)
{
    replace_header(frame, header_bytes, ether_type, room, capacity);
    memset(room, is_broadcast ? 0xff : 0, MAC_BYTES);
    memcpy(room + MAC_BYTES, sender, MAC_BYTES);
    make_macs(frame, room);
}

/* Linux cooked, version 1: packet type 2, ARPHRD type 2, address length 2, address 8, protocol 2.
 */
static void convert_sll(struct capture_frame *frame, uint8_t *room, size_t capacity)
{
    if (frame->captured_bytes < 16)
        replace_header(frame, 16, ETHER_TYPE_NONE, room, capacity);
    else
        convert_cooked(frame, 16, packet_get16(frame->data + 14), packet_get16(frame->data) == 1,
                       frame->data + 6, room, capacity);
}

/* Version 2: protocol 2, reserved 2, interface 4, ARPHRD type 2, packet type 1, address length 1,
 * address 8. */
static void convert_sll2(struct capture_frame *frame, uint8_t *room, size_t capacity)
{
    if (frame->captured_bytes < 20)
        replace_header(frame, 20, ETHER_TYPE_NONE, room, capacity);
    else
        convert_cooked(frame, 20, packet_get16(frame->data), frame->data[10] == 1, frame->data + 12,
                       room, capacity);
}

static const struct capture_link links[] = {
    {DLT_EN10MB, "Ethernet", NULL},
    {DLT_RAW, "raw IP", convert_raw},
    {14, "raw IP", convert_raw}, /* DLT_RAW of OpenBSD */
    {101, "raw IP", convert_raw},
    {DLT_IPV4, "raw IPv4", convert_raw},
    {DLT_IPV6, "raw IPv6", convert_raw},
    {DLT_NULL, "loopback", convert_loopback},
    {DLT_LOOP, "loopback (OpenBSD)", convert_loopback},
    {DLT_LINUX_SLL, "Linux cooked", convert_sll},
    {DLT_LINUX_SLL2, "Linux cooked v2", convert_sll2},
};

const struct capture_link *capture_link_find(int type)
{
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        if (links[i].type == type)
            return &links[i];
    return NULL;
}
