/* packet_checksum.c - the Internet checksum of IP, TCP, UDP and ICMP: judged, made and updated. */
#include "traces/packet.h"

#include "sim/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static uint32_t fold(uint64_t sum)
{
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)sum;
}

uint32_t packet_checksum_add(uint32_t sum, const uint8_t *data, uint32_t bytes)
{
    /* The sum of ones' complement is the same in either byte order (RFC 1071, 2 B), so words are
     * added as the machine loads them, four bytes at a time, and swapped once at the end. */
    uint64_t words = 0;
    while (bytes >= 4) {
        uint32_t word;
        memcpy(&word, data, sizeof word);
        words += word;
        data += 4;
        bytes -= 4;
    }
    uint8_t tail[4] = {0};
    memcpy(tail, data, bytes);
    uint32_t word;
    memcpy(&word, tail, sizeof word);
    words += word;
    return fold((uint64_t)sum + ntohs((uint16_t)fold(words)));
}

uint16_t packet_checksum_finish(uint32_t sum)
{
    return (uint16_t)~fold(sum);
}

/* HC' = ~(~HC + ~m + m'), RFC 1624, equation 3. */
uint16_t packet_checksum_update16(uint16_t checksum, uint16_t before, uint16_t after)
{
    return (uint16_t)~fold((uint64_t)(uint16_t)~checksum + (uint16_t)~before + after);
}

uint16_t packet_checksum_update32(uint16_t checksum, uint32_t before, uint32_t after)
{
    checksum =
        packet_checksum_update16(checksum, (uint16_t)(before >> 16), (uint16_t)(after >> 16));
    return packet_checksum_update16(checksum, (uint16_t)before, (uint16_t)after);
}

static uint32_t ipv4_header_bytes(const struct packet *packet, const uint8_t *data)
{
    return (data[packet->network_offset] & 0xfu) * 4;
}

/* From the transport header to the end of what its checksum covers. */
static uint32_t segment_bytes(const struct packet *packet)
{
    if (packet->protocol == IPPROTO_UDP)
        return UINT32_C(8) + packet->payload_bytes;
    return packet->network_offset + packet->datagram_bytes - packet->transport_offset;
}

static uint32_t checksum_offset(const struct packet *packet)
{
    switch (packet->protocol) {
    case IPPROTO_TCP:
        return packet->transport_offset + UINT32_C(16);
    case IPPROTO_UDP:
        return packet->transport_offset + UINT32_C(6);
    default:
        return packet->transport_offset + UINT32_C(2);
    }
}

bool packet_is_whole(const struct packet *packet)
{
    return packet->transport_offset != 0 && !packet->is_fragment && !packet->malformed &&
           !packet->source_routed &&
           checksum_offset(packet) + 2 <= packet->transport_offset + segment_bytes(packet) &&
           packet->transport_offset + segment_bytes(packet) <= packet->bytes;
}

/* Sum of pseudo-header and segment with field in place of the checksum. The addresses are read from
 * the frame, not from packet: the caller may have changed them since. */
static uint32_t transport_sum(const struct packet *packet, const uint8_t *data, uint16_t field)
{
    const uint8_t *ip = data + packet->network_offset;
    uint32_t length = segment_bytes(packet);
    uint32_t sum = 0;
    if (packet->protocol != IPPROTO_ICMP) {
        if (packet->network == PACKET_IPV4)
            sum = packet_checksum_add(sum, ip + 12, 8);
        else
            sum = packet_checksum_add(sum, ip + 8, 32);
        sum += packet->protocol + (length >> 16) + (length & 0xffff);
    }
    uint32_t before = checksum_offset(packet) - packet->transport_offset; /* even */
    sum = packet_checksum_add(sum, data + packet->transport_offset, before) + field;
    return packet_checksum_add(sum, data + checksum_offset(packet) + 2, length - before - 2);
}

static uint16_t transport_checksum(const struct packet *packet, const uint8_t *data)
{
    uint16_t checksum = packet_checksum_finish(transport_sum(packet, data, 0));
    if (checksum == 0 && packet->protocol == IPPROTO_UDP)
        checksum = 0xffff;
    return checksum;
}

uint16_t packet_transport_checksum(const struct packet *packet)
{
    sim_check(NULL, packet_is_whole(packet));
    return transport_checksum(packet, packet->data);
}

static bool udp_has_none(const struct packet *packet, const uint8_t *data)
{
    return packet->protocol == IPPROTO_UDP && packet->network == PACKET_IPV4 &&
           packet_get16(data + checksum_offset(packet)) == 0;
}

bool packet_checksums_good(const struct packet *packet)
{
    if (packet->network_offset == 0)
        return true;
    if (packet->network == PACKET_IPV4 &&
        packet_checksum_finish(packet_checksum_add(0, packet->data + packet->network_offset,
                                                   ipv4_header_bytes(packet, packet->data))) != 0)
        return false;
    if (!packet_is_whole(packet) || udp_has_none(packet, packet->data))
        return true;
    uint16_t field = packet_get16(packet->data + checksum_offset(packet));
    if (packet->protocol == IPPROTO_UDP && field == 0) /* must be there over IPv6: RFC 8200, 8.1 */
        return false;
    return packet_checksum_finish(transport_sum(packet, packet->data, field)) == 0;
}

void packet_fix_checksums(const struct packet *packet, uint8_t *data)
{
    if (packet->network_offset == 0)
        return;
    if (packet->network == PACKET_IPV4) {
        uint8_t *ip = data + packet->network_offset;
        packet_put16(ip + 10, 0);
        packet_put16(ip + 10, packet_checksum_finish(
                                  packet_checksum_add(0, ip, ipv4_header_bytes(packet, data))));
    }
    if (packet_is_whole(packet) && !udp_has_none(packet, data))
        packet_put16(data + checksum_offset(packet), transport_checksum(packet, data));
}
