/* generate_frame.c - one frame of the generator: Ethernet, IP, UDP or TCP, payload, checksums. */
#include "traces/generate_inside.h"

#include <netinet/in.h>
#include <string.h>

enum { MIN_FRAME_BYTES = 60, WINDOW_SCALE = 7 };

static uint32_t put_ethernet(uint8_t *data, const struct generate_flow *flow, bool from_server)
{
    uint8_t server[6] = {2, 0, 0x5e, 1, 0, (uint8_t)flow->number}, client[6] = {2, (uint8_t)flow->number};

    packet_put32(client + 2, flow->client % GENERATE_ADDRESSES);
    memcpy(data, from_server ? client : server, 6);
    memcpy(data + 6, from_server ? server : client, 6);
    packet_put16(data + 12, flow->is_ipv6 ? PACKET_ETHER_IPV6 : PACKET_ETHER_IPV4);
    return 14;
}

/* The client's or the card's. */
static void put_address(uint8_t *at, const struct generate_flow *flow, bool is_server)
{
    uint32_t client = flow->client % GENERATE_ADDRESSES + 1, number = flow->number;

    if (!flow->is_ipv6) {
        packet_put32(at, is_server ? 10u << 24 | number : 10u << 24 | number << 16 | client);
        return;
    }
    memset(at, 0, 16);
    at[0] = 0xfd;
    if (!is_server)
        packet_put16(at + 6, (uint16_t)number);
    packet_put32(at + 12, is_server ? number : client);
}

static uint32_t put_ip(uint8_t *at, struct generate_flow *flow, bool from_server, uint32_t bytes)
{
    uint8_t protocol = flow->is_tcp ? IPPROTO_TCP : IPPROTO_UDP;

    if (flow->is_ipv6) {
        memset(at, 0, 8);
        at[0] = 0x60;
        packet_put16(at + 4, (uint16_t)bytes);
        at[6] = protocol;
        at[7] = 64;
        put_address(at + 8, flow, from_server);
        put_address(at + 24, flow, !from_server);
        return 40;
    }
    memset(at, 0, 20);
    at[0] = 0x45;
    packet_put16(at + 2, (uint16_t)(20 + bytes));
    packet_put16(at + 4, ++flow->id[from_server]);
    packet_put16(at + 6, 0x4000); /* do not fragment */
    at[8] = 64;
    at[9] = protocol;
    put_address(at + 12, flow, from_server);
    put_address(at + 16, flow, !from_server);
    return 20;
}

static void put_tcp(uint8_t *at, const struct generate_segment *segment)
{
    static const uint8_t options[12] = {2, 4, 0, 0, 1, 3, 3, WINDOW_SCALE, 1, 1, 4, 2};
    uint32_t bytes = segment->mss ? 32 : 20;

    packet_put32(at + 4, segment->sequence);
    packet_put32(at + 8, segment->acknowledgement);
    at[12] = (uint8_t)(bytes / 4 << 4);
    at[13] = segment->flags;
    packet_put16(at + 14, segment->window);
    packet_put32(at + 16, 0);
    if (segment->mss) {
        memcpy(at + 20, options, sizeof options);
        packet_put16(at + 22, segment->mss);
    }
}

/* A word for each eight bytes of a stream, by what it belongs to and where it lies. */
static uint64_t pattern_word(uint64_t pattern, uint64_t number)
{
    uint64_t word = (pattern ^ number) * 0x9e3779b97f4a7c15;

    return word ^ word >> 29;
}

void generate_pattern(uint8_t *at, uint64_t pattern, uint64_t offset, uint32_t bytes)
{
    uint64_t word = pattern_word(pattern, offset / 8);

    for (uint32_t i = 0; i < bytes; i++, offset++) {
        if (offset % 8 == 0)
            word = pattern_word(pattern, offset / 8);
        at[i] = (uint8_t)(word >> offset % 8 * 8);
    }
}

uint32_t generate_frame(uint8_t *data, struct generate_flow *flow, const struct generate_segment *segment)
{
    uint32_t header_bytes = !flow->is_tcp ? 8 : segment->mss ? 32 : 20;
    uint32_t at = put_ethernet(data, flow, segment->from_server);
    uint16_t card_port = flow->is_tcp ? GENERATE_TCP_PORT : GENERATE_UDP_PORT;
    struct packet packet;

    at += put_ip(data + at, flow, segment->from_server, header_bytes + segment->bytes);
    packet_put16(data + at, segment->from_server ? card_port : flow->port);
    packet_put16(data + at + 2, segment->from_server ? flow->port : card_port);
    if (flow->is_tcp) {
        put_tcp(data + at, segment);
    } else {
        packet_put16(data + at + 4, (uint16_t)(8 + segment->bytes));
        packet_put16(data + at + 6, 0);
    }
    generate_pattern(data + at + header_bytes, flow->pattern + segment->from_server, segment->offset, segment->bytes);
    at += header_bytes + segment->bytes;
    packet_parse(&packet, data, at, at);
    packet_fix_checksums(&packet, data);
    if (at < MIN_FRAME_BYTES && !segment->from_server) {
        memset(data + at, 0, MIN_FRAME_BYTES - at);
        at = MIN_FRAME_BYTES;
    }
    return at;
}
