/* test_packet.c - headers of every kind, whole, cut at every byte and lying about their lengths. */
#include "tests/suite.h"

#include "tests/traces/build_frame.h"
#include "traces/packet.h"

#include <stdlib.h>

static struct built frame;
static struct packet packet;

static uint32_t random_state = 1;

static uint32_t draw(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static void build_udp_frame(unsigned payload_bytes)
{
    build_ethernet(&frame, 2, 1, 0x0800);
    build_ipv4(&frame, "10.0.0.1", "10.0.0.2", IPPROTO_UDP, 8 + payload_bytes);
    build_udp(&frame, 1111, 53, payload_bytes);
    build_fill(&frame, 'x', payload_bytes);
}

START_TEST(tcp_over_ipv4_is_read_to_the_payload)
{
    build_ethernet(&frame, 2, 1, 0x0800);
    build_ipv4(&frame, "10.0.0.1", "10.0.0.2", IPPROTO_TCP, 20 + 5);
    build_tcp(&frame, 40000, 80, 0xfffffff0, 7, PACKET_ACK | PACKET_PSH);
    build_fill(&frame, 'x', 5);
    build_parse(&packet, &frame);
    ck_assert_int_eq(packet.network, PACKET_IPV4);
    ck_assert_uint_eq(packet.network_offset, 14);
    ck_assert_uint_eq(packet.transport_offset, 34);
    ck_assert_uint_eq(packet.payload_offset, 54);
    ck_assert_uint_eq(packet.payload_bytes, 5);
    ck_assert_uint_eq(packet.payload_captured, 5);
    ck_assert_uint_eq(packet.datagram_bytes, 45);
    ck_assert_uint_eq(packet.source_port, 40000);
    ck_assert_uint_eq(packet.destination_port, 80);
    ck_assert_uint_eq(packet.sequence, 0xfffffff0);
    ck_assert_uint_eq(packet.acknowledgement, 7);
    ck_assert_uint_eq(packet.window, 501);
    ck_assert_uint_eq(packet.tcp_flags, PACKET_ACK | PACKET_PSH);
    ck_assert_uint_eq(packet_get32(packet.source.bytes), 0x0a000001);
    ck_assert_uint_eq(packet_get32(packet.destination.bytes), 0x0a000002);
    ck_assert(!packet.malformed && !packet.cut && packet.has_addresses);
}
END_TEST

START_TEST(padding_behind_the_datagram_is_no_payload)
{
    build_udp_frame(1);
    build_fill(&frame, 0xee, 60 - frame.bytes);
    build_parse(&packet, &frame);
    ck_assert_uint_eq(packet.payload_bytes, 1);
    ck_assert_uint_eq(packet.payload_captured, 1);
    ck_assert_uint_eq(packet.datagram_bytes, 29);
    ck_assert(!packet.malformed);
}
END_TEST

START_TEST(udp_length_within_the_datagram_decides)
{
    build_udp_frame(10);
    packet_put16(frame.data + 38, 8 + 4);
    build_parse(&packet, &frame);
    ck_assert_uint_eq(packet.payload_bytes, 4);
    packet_put16(frame.data + 38, 8 + 11); /* one more than there is */
    build_parse(&packet, &frame);
    ck_assert_uint_eq(packet.payload_bytes, 10);
    ck_assert(packet.malformed);
    packet_put16(frame.data + 38, 7); /* less than its own header */
    build_parse(&packet, &frame);
    ck_assert(packet.malformed);
    packet_put16(frame.data + 38, 0); /* left to offload */
    build_parse(&packet, &frame);
    ck_assert_uint_eq(packet.payload_bytes, 10);
    ck_assert(!packet.malformed);
}
END_TEST

START_TEST(total_length_0_is_taken_from_the_frame)
{
    build_udp_frame(100);
    packet_put16(frame.data + 16, 0);
    packet_parse(&packet, frame.data, frame.bytes, frame.bytes + 50); /* 50 not captured */
    ck_assert_uint_eq(packet.datagram_bytes, 20 + 8 + 100 + 50);
    ck_assert(!packet.malformed);
}
END_TEST

START_TEST(total_length_beyond_the_frame_is_cut_to_it)
{
    build_udp_frame(100);
    packet_put16(frame.data + 16, 20 + 8 + 101);
    build_parse(&packet, &frame);
    ck_assert(packet.malformed);
    ck_assert_uint_eq(packet.datagram_bytes, 128);
    ck_assert_uint_eq(packet.payload_bytes, 100);
    /* On the wire there was one byte more: then it is right, and cut. */
    packet_put16(frame.data + 38, 8 + 101);
    packet_parse(&packet, frame.data, frame.bytes, frame.bytes + 1);
    ck_assert(!packet.malformed);
    ck_assert_uint_eq(packet.payload_bytes, 101);
    ck_assert_uint_eq(packet.payload_captured, 100);
}
END_TEST

START_TEST(impossible_ipv4_headers_are_not_followed)
{
    static const struct {
        unsigned at;
        uint8_t value;
    } bad[] = {{14, 0x44}, {14, 0x40}, {14, 0x55}, {14, 0x65}, {17, 19}, {14, 0x4f}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        build_udp_frame(4);
        frame.data[bad[i].at] = bad[i].value;
        build_parse(&packet, &frame);
        ck_assert_uint_eq(packet.network_offset, 0);
        ck_assert_uint_eq(packet.transport_offset, 0);
        ck_assert_uint_eq(packet.payload_bytes, 0);
        ck_assert(packet.malformed);
    }
}
END_TEST

START_TEST(tcp_header_length_is_checked)
{
    for (unsigned words = 0; words < 16; words++) {
        build_segment(&frame, "10.0.0.1", 1, "10.0.0.2", 2, PACKET_ACK);
        build_fill(&frame, 1, 20); /* no-operations */
        packet_put16(frame.data + 16, 60);
        frame.data[46] = (uint8_t)(words << 4);
        build_parse(&packet, &frame);
        bool fits = words >= 5 && words <= 10; /* 40 bytes of segment */
        ck_assert_uint_eq(packet.transport_offset, fits ? 34 : 0);
        ck_assert_uint_eq(packet.malformed, !fits);
        ck_assert_uint_eq(packet.payload_bytes, fits ? 40 - 4 * words : 0);
        ck_assert_uint_eq(packet.source_port, 1);
    }
}
END_TEST

START_TEST(up_to_four_vlan_tags_are_looked_through)
{
    for (unsigned tags = 0; tags <= 5; tags++) {
        build_ethernet(&frame, 2, 1, tags > 0 ? 0x88a8 : 0x0800);
        for (unsigned i = 0; i < tags; i++) {
            build_16(&frame, 100 + i);
            build_16(&frame, i + 1 < tags ? 0x8100 : 0x0800);
        }
        build_ipv4(&frame, "10.0.0.1", "10.0.0.2", IPPROTO_UDP, 8);
        build_udp(&frame, 5, 6, 0);
        build_parse(&packet, &frame);
        ck_assert_uint_eq(packet.vlan_tags, tags > 4 ? 4 : tags);
        ck_assert_uint_eq(packet.vlan, tags > 0 ? 100 : 0);
        ck_assert_uint_eq(packet.transport_offset, tags > 4 ? 0 : 34 + 4 * tags);
        ck_assert_int_eq(packet.network, tags > 4 ? PACKET_OTHER : PACKET_IPV4);
    }
}
END_TEST

START_TEST(what_is_not_ip_is_other)
{
    static const unsigned types[] = {
        38 /* LLC */, 1500, 0x8847 /* MPLS */, 0x8864 /* PPPoE */, 0x88cc /* LLDP */, 0xffff};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        build_ethernet(&frame, 2, 1, types[i]);
        build_fill(&frame, 0x45, 46);
        build_parse(&packet, &frame);
        ck_assert_int_eq(packet.network, PACKET_OTHER);
        ck_assert_uint_eq(packet.ether_type, types[i]);
        ck_assert_uint_eq(packet.network_offset, 0);
        ck_assert(!packet.malformed && !packet.has_addresses);
    }
}
END_TEST

START_TEST(arp_tells_its_addresses)
{
    build_ethernet(&frame, 0xff, 1, 0x0806);
    build_bytes(&frame, (const uint8_t[]){0, 1, 8, 0, 6, 4, 0, 1}, 8);
    build_bytes(&frame, (const uint8_t[]){2, 0, 0, 0, 0, 1, 10, 0, 0, 1}, 10);
    build_bytes(&frame, (const uint8_t[]){0, 0, 0, 0, 0, 0, 10, 0, 0, 2}, 10);
    build_parse(&packet, &frame);
    ck_assert_int_eq(packet.network, PACKET_ARP);
    ck_assert_uint_eq(packet.arp_operation, 1);
    ck_assert_uint_eq(packet_get32(packet.source.bytes), 0x0a000001);
    ck_assert_uint_eq(packet_get32(packet.destination.bytes), 0x0a000002);
    packet_parse(&packet, frame.data, frame.bytes - 1, frame.bytes);
    ck_assert(packet.cut && !packet.has_addresses);
}
END_TEST

START_TEST(ipv4_fragments_are_told_apart)
{
    build_udp_frame(16);
    packet_put16(frame.data + 20, 0x2000); /* the first */
    packet_put16(frame.data + 38, 3008);   /* length of the whole datagram */
    build_parse(&packet, &frame);
    ck_assert(packet.is_fragment && packet.more_fragments && !packet.malformed);
    ck_assert_uint_eq(packet.payload_bytes, 16);
    ck_assert_uint_eq(packet.source_port, 1111);
    packet_put16(frame.data + 20, 0x1fff); /* the last place there is */
    build_parse(&packet, &frame);
    ck_assert(packet.is_fragment && !packet.more_fragments);
    ck_assert_uint_eq(packet.fragment_offset, 65528);
    ck_assert_uint_eq(packet.fragment_id, 0x1234);
    ck_assert_uint_eq(packet.transport_offset, 0);
    ck_assert_uint_eq(packet.source_port, 0);
    ck_assert_uint_eq(packet.payload_offset, 34);
    ck_assert_uint_eq(packet.payload_bytes, 24);
    packet_put16(frame.data + 20, 0x4000); /* don't fragment: one datagram */
    build_parse(&packet, &frame);
    ck_assert(!packet.is_fragment);
}
END_TEST

/* Hop-by-hop 8, routing 8 (no segments left), fragment 8, AH 12, destination 16, then UDP. */
static void build_extensions(uint16_t fragment)
{
    build_ethernet(&frame, 2, 1, 0x86dd);
    build_ipv6(&frame, "fd00::1", "fd00::2", IPPROTO_HOPOPTS, 8 + 8 + 8 + 12 + 16 + 8 + 3);
    build_bytes(&frame, (const uint8_t[]){IPPROTO_ROUTING, 0, 1, 4, 0, 0, 0, 0}, 8);
    build_bytes(&frame, (const uint8_t[]){IPPROTO_FRAGMENT, 0, 0, 0, 0, 0, 0, 0}, 8);
    build_bytes(&frame, (const uint8_t[]){IPPROTO_AH, 0, 0, 0, 0, 0, 0x77, 0x88}, 8);
    packet_put16(frame.data + frame.bytes - 6, fragment);
    build_bytes(&frame, (const uint8_t[]){IPPROTO_DSTOPTS, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 12);
    build_bytes(&frame, (const uint8_t[]){IPPROTO_UDP, 1, 1, 12, 0, 0, 0, 0}, 8);
    build_fill(&frame, 0, 8);
    build_udp(&frame, 7, 8, 3);
    build_fill(&frame, 'x', 3);
}

START_TEST(ipv6_extension_headers_are_walked)
{
    build_extensions(0);
    build_parse(&packet, &frame);
    ck_assert_uint_eq(packet.protocol, IPPROTO_UDP);
    ck_assert_uint_eq(packet.network_offset, 14);
    ck_assert_uint_eq(packet.transport_offset, 14 + 40 + 52);
    ck_assert_uint_eq(packet.payload_bytes, 3);
    ck_assert_uint_eq(packet.fragment_id, 0x7788);
    ck_assert(!packet.is_fragment && !packet.malformed && !packet.source_routed);

    build_extensions(1); /* the first of several */
    build_parse(&packet, &frame);
    ck_assert(packet.is_fragment && packet.more_fragments);
    ck_assert_uint_eq(packet.transport_offset, 14 + 40 + 52);

    build_extensions(8 | 1); /* a later one: what follows is not headers */
    build_parse(&packet, &frame);
    ck_assert_uint_eq(packet.fragment_offset, 8);
    ck_assert_uint_eq(packet.transport_offset, 0);
    ck_assert_uint_eq(packet.payload_offset, 14 + 40 + 24);
    ck_assert_uint_eq(packet.payload_bytes, 39);
}
END_TEST

START_TEST(ipv6_extension_header_must_end_within_the_datagram)
{
    build_extensions(0);
    frame.data[54 + 1] = 7; /* hop-by-hop of 64 bytes, 63 are there */
    build_parse(&packet, &frame);
    ck_assert(packet.malformed);
    ck_assert_uint_eq(packet.transport_offset, 0);
    ck_assert_uint_eq(packet.network_offset, 14);
}
END_TEST

START_TEST(ipv6_payload_length_0_is_taken_from_the_frame)
{
    build_ethernet(&frame, 2, 1, 0x86dd);
    build_ipv6(&frame, "fd00::1", "fd00::2", IPPROTO_TCP, 0);
    build_tcp(&frame, 1, 2, 3, 4, PACKET_ACK);
    build_fill(&frame, 'x', 2000);
    build_parse(&packet, &frame);
    ck_assert_uint_eq(packet.payload_bytes, 2000);
    frame.data[20] = IPPROTO_NONE;
    build_parse(&packet, &frame);
    ck_assert_uint_eq(packet.datagram_bytes, 40);
}
END_TEST

/* A copy of exactly that many bytes, so that a read behind them is an error of the sanitizer. */
static void parse_exactly(const uint8_t *data, uint32_t bytes, uint32_t wire_bytes)
{
    struct packet_tcp_options options;
    uint8_t *copy = malloc(bytes > 0 ? bytes : 1);
    memcpy(copy, data, bytes);
    packet_parse(&packet, copy, bytes, wire_bytes);
    packet_tcp_options(&packet, &options);
    (void)packet_checksums_good(&packet);
    packet_fix_checksums(&packet, copy);
    ck_assert_uint_le((uint64_t)packet.payload_offset + packet.payload_captured,
                      bytes > packet.payload_offset ? bytes : packet.payload_offset);
    ck_assert_uint_le(packet.payload_captured, packet.payload_bytes);
    ck_assert_uint_le(packet.network_offset + packet.datagram_bytes,
                      wire_bytes > bytes ? wire_bytes : bytes);
    free(copy);
}

START_TEST(a_cut_at_any_byte_is_noticed)
{
    build_extensions(0);
    uint32_t headers = 14 + 40 + 52 + 8;
    for (uint32_t bytes = 0; bytes <= frame.bytes; bytes++) {
        parse_exactly(frame.data, bytes, frame.bytes);
        ck_assert_uint_eq(packet.cut, bytes < headers);
        ck_assert_uint_eq(packet.transport_offset != 0, bytes >= headers);
        ck_assert_uint_eq(packet.has_addresses, bytes >= 54);
        ck_assert_uint_eq(packet.payload_captured, bytes >= headers ? bytes - headers : 0);
        ck_assert(!packet.malformed);
    }
}
END_TEST

START_TEST(no_bytes_whatever_are_read_behind_their_end)
{
    for (unsigned round = 0; round < 200000; round++) {
        if (round % 3 == 0)
            build_extensions((uint16_t)draw());
        else if (round % 3 == 1)
            build_udp_frame(draw() % 100);
        else
            build_segment(&frame, "10.0.0.1", 1, "10.0.0.2", 2, PACKET_SYN);
        for (unsigned flips = draw() % 8; flips > 0; flips--)
            frame.data[12 + draw() % (frame.bytes - 12)] = (uint8_t)draw();
        parse_exactly(frame.data, draw() % (frame.bytes + 1), frame.bytes);
    }
}
END_TEST

static void build_with_options(const uint8_t *options, uint8_t bytes)
{
    build_ethernet(&frame, 2, 1, 0x0800);
    build_ipv4(&frame, "10.0.0.1", "10.0.0.2", IPPROTO_TCP, 20u + bytes);
    build_tcp(&frame, 1, 2, 3, 4, PACKET_SYN);
    frame.data[46] = (uint8_t)((20 + bytes) / 4 << 4);
    build_bytes(&frame, options, bytes);
    build_parse(&packet, &frame);
}

START_TEST(tcp_options_are_read)
{
    static const uint8_t syn[] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7};
    static const uint8_t sack[] = {1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 6};
    struct packet_tcp_options options;
    build_with_options(syn, sizeof syn);
    packet_tcp_options(&packet, &options);
    ck_assert_uint_eq(options.mss, 1460);
    ck_assert_int_eq(options.window_scale, 7);
    ck_assert(options.sack_permitted);
    ck_assert_uint_eq(options.timestamp_offset, 14 + 20 + 20 + 6);
    ck_assert_uint_eq(options.timestamp, 1);
    ck_assert_uint_eq(options.timestamp_echo, 2);
    build_with_options(sack, sizeof sack);
    packet_tcp_options(&packet, &options);
    ck_assert_uint_eq(options.sack_offset, 14 + 20 + 20 + 2);
    ck_assert_uint_eq(options.sack_blocks, 2);
    ck_assert_int_eq(options.window_scale, -1);
}
END_TEST

START_TEST(malformed_tcp_options_end_the_list)
{
    static const uint8_t lists[][8] = {
        {2, 3, 5, 0xb4, 3, 3, 7, 0},                           /* MSS of 3 bytes */
        {2, 0, 5, 0xb4, 3, 3, 7, 0},                           /* length 0 would never end */
        {2, 1, 5, 0xb4, 3, 3, 7, 0}, {0, 0, 0, 0, 3, 3, 7, 0}, /* behind the end */
        {254, 9, 0, 0, 3, 3, 7, 0},  {1, 1, 1, 1, 1, 1, 1, 3}, /* no room for the length */
        {5, 8, 0, 0, 0, 0, 0, 0},    {1, 1, 1, 1, 1, 1, 3, 3},
    };
    struct packet_tcp_options options;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        build_with_options(lists[i], sizeof lists[i]);
        packet_tcp_options(&packet, &options);
        ck_assert_int_eq(options.window_scale, -1);
        ck_assert_uint_eq(options.mss, 0);
        ck_assert_uint_eq(options.sack_offset, 0);
    }
    build_with_options((const uint8_t[]){3, 3, 200, 0}, 4); /* RFC 7323: as 14 */
    packet_tcp_options(&packet, &options);
    ck_assert_int_eq(options.window_scale, 14);
}
END_TEST

START_TEST(checksum_is_that_of_rfc_1071)
{
    static const uint8_t example[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    static uint8_t ones[262144];
    ck_assert_uint_eq(packet_checksum_finish(packet_checksum_add(0, example, 8)), 0x220d);
    ck_assert_uint_eq(packet_checksum_finish(packet_checksum_add(0, example, 7)), 0x2304);
    ck_assert_uint_eq(packet_checksum_finish(packet_checksum_add(0, example, 0)), 0xffff);
    uint32_t sum = packet_checksum_add(packet_checksum_add(0, example, 2), example + 2, 6);
    ck_assert_uint_eq(packet_checksum_finish(sum), 0x220d);
    memset(ones, 0xff, sizeof ones);
    ck_assert_uint_eq(packet_checksum_finish(packet_checksum_add(0, ones, sizeof ones)), 0);
}
END_TEST

START_TEST(known_ipv4_header_checksum)
{
    static const uint8_t header[] = {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                                     0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};
    build_ethernet(&frame, 2, 1, 0x0800);
    build_bytes(&frame, header, sizeof header);
    packet_parse(&packet, frame.data, frame.bytes, 14 + 0x73); /* payload not captured */
    ck_assert(packet_checksums_good(&packet));
    frame.data[14 + 11] ^= 1;
    ck_assert(!packet_checksums_good(&packet));
    packet_fix_checksums(&packet, frame.data);
    ck_assert_uint_eq(packet_get16(frame.data + 24), 0xb861);
}
END_TEST

START_TEST(updated_checksum_equals_a_computed_one)
{
    uint8_t words[32];
    for (unsigned round = 0; round < 20000; round++) {
        for (unsigned i = 0; i < sizeof words; i++)
            words[i] = (uint8_t)(draw() % 4 == 0 ? 0xff * (draw() % 2) : draw());
        words[31] = 1; /* a sum of 0 can't occur in a header */
        uint16_t checksum = packet_checksum_finish(packet_checksum_add(0, words, 32));
        uint32_t before = packet_get32(words + 8), after = draw() % 3 == 0 ? ~0u : draw();
        packet_put32(words + 8, after);
        checksum = packet_checksum_update32(checksum, before, after);
        ck_assert_uint_eq(checksum, packet_checksum_finish(packet_checksum_add(0, words, 32)));
    }
}
END_TEST

START_TEST(fixed_checksums_are_good_until_a_bit_flips)
{
    for (unsigned payload_bytes = 0; payload_bytes < 40; payload_bytes++)
        for (unsigned kind = 0; kind < 3; kind++) {
            if (kind == 0) {
                build_udp_frame(payload_bytes);
            } else if (kind == 1) {
                build_ethernet(&frame, 2, 1, 0x0800);
                build_ipv4(&frame, "10.0.0.1", "10.0.0.2", IPPROTO_ICMP, 8 + payload_bytes);
                build_fill(&frame, 8, 8 + payload_bytes);
            } else {
                build_ethernet(&frame, 2, 1, 0x86dd);
                build_ipv6(&frame, "fd00::1", "fd00::2", IPPROTO_TCP, 20 + payload_bytes);
                build_tcp(&frame, 5, 6, 7, 8, PACKET_ACK);
                build_fill(&frame, 'y', payload_bytes);
            }
            build_fill(&frame, 0xaa, 7); /* padding is not covered */
            build_parse(&packet, &frame);
            ck_assert(!packet_checksums_good(&packet));
            packet_fix_checksums(&packet, frame.data);
            ck_assert(packet_checksums_good(&packet));
            frame.data[frame.bytes - 1] ^= 1;
            ck_assert(packet_checksums_good(&packet));
            frame.data[frame.bytes - 8] ^= 1;
            ck_assert(!packet_checksums_good(&packet));
        }
}
END_TEST

START_TEST(udp_checksum_is_never_sent_as_0)
{
    build_udp_frame(2);
    for (unsigned value = 0; value < 65536; value++) {
        packet_put16(frame.data + 42, (uint16_t)value);
        build_parse(&packet, &frame);
        packet_fix_checksums(&packet, frame.data);
        ck_assert_uint_ne(packet_get16(frame.data + 40), 0);
        ck_assert_uint_eq(packet_get16(frame.data + 40), packet_transport_checksum(&packet));
        ck_assert(packet_checksums_good(&packet));
    }
    packet_put16(frame.data + 40, 0); /* none, which IPv4 allows */
    ck_assert(packet_checksums_good(&packet));
    packet_fix_checksums(&packet, frame.data);
    ck_assert_uint_eq(packet_get16(frame.data + 40), 0);
}
END_TEST

START_TEST(an_echo_reply_of_zeros_has_a_checksum)
{
    build_ethernet(&frame, 2, 1, 0x0800);
    build_ipv4(&frame, "10.0.0.1", "10.0.0.2", IPPROTO_ICMP, 8);
    build_fill(&frame, 0, 8);
    build_parse(&packet, &frame);
    packet_fix_checksums(&packet, frame.data);
    ck_assert_uint_eq(packet_get16(frame.data + 36), 0xffff);
    ck_assert(packet_checksums_good(&packet));
}
END_TEST

START_TEST(fragments_keep_their_transport_checksum)
{
    build_udp_frame(16);
    packet_put16(frame.data + 20, 0x2000);
    build_parse(&packet, &frame);
    packet_fix_checksums(&packet, frame.data);
    ck_assert_uint_eq(packet_get16(frame.data + 40), 0xffff);
    ck_assert(packet_checksums_good(&packet));
}
END_TEST

Suite *suite(void)
{
    Suite *packets = suite_create("packet");
    TCase *headers = tcase_create("headers");
    tcase_add_test(headers, tcp_over_ipv4_is_read_to_the_payload);
    tcase_add_test(headers, padding_behind_the_datagram_is_no_payload);
    tcase_add_test(headers, udp_length_within_the_datagram_decides);
    tcase_add_test(headers, total_length_0_is_taken_from_the_frame);
    tcase_add_test(headers, total_length_beyond_the_frame_is_cut_to_it);
    tcase_add_test(headers, impossible_ipv4_headers_are_not_followed);
    tcase_add_test(headers, tcp_header_length_is_checked);
    tcase_add_test(headers, up_to_four_vlan_tags_are_looked_through);
    tcase_add_test(headers, what_is_not_ip_is_other);
    tcase_add_test(headers, arp_tells_its_addresses);
    tcase_add_test(headers, ipv4_fragments_are_told_apart);
    tcase_add_test(headers, ipv6_extension_headers_are_walked);
    tcase_add_test(headers, ipv6_extension_header_must_end_within_the_datagram);
    tcase_add_test(headers, ipv6_payload_length_0_is_taken_from_the_frame);
    suite_add_tcase(packets, headers);

    TCase *hostile = tcase_create("hostile");
    tcase_set_timeout(hostile, 60);
    tcase_add_test(hostile, a_cut_at_any_byte_is_noticed);
    tcase_add_test(hostile, no_bytes_whatever_are_read_behind_their_end);
    suite_add_tcase(packets, hostile);

    TCase *options = tcase_create("options");
    tcase_add_test(options, tcp_options_are_read);
    tcase_add_test(options, malformed_tcp_options_end_the_list);
    suite_add_tcase(packets, options);

    TCase *checksums = tcase_create("checksums");
    tcase_add_test(checksums, checksum_is_that_of_rfc_1071);
    tcase_add_test(checksums, known_ipv4_header_checksum);
    tcase_add_test(checksums, updated_checksum_equals_a_computed_one);
    tcase_add_test(checksums, fixed_checksums_are_good_until_a_bit_flips);
    tcase_add_test(checksums, udp_checksum_is_never_sent_as_0);
    tcase_add_test(checksums, an_echo_reply_of_zeros_has_a_checksum);
    tcase_add_test(checksums, fragments_keep_their_transport_checksum);
    suite_add_tcase(packets, checksums);
    return packets;
}
