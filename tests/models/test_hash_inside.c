/* What is hashed of frames that hold other headers: ICMP errors, VXLAN, GRE, GTP-U; and of frames that are cut. */
#include "tests/models/hash_bed.h"

/* A router on the way, which is not hashed. */
#define ROUTER4 "203.0.113.9"
#define ROUTER6 "2001:db8:ffff::9"
#define R4 "cb007109"
#define R6 "20010db8ffff00000000000000000009"

enum { GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000 };

/* --- ICMP errors: the router tells the card about a frame that the card sent ------------------------------ */

static void begin_error4(unsigned type)
{
    begin(PACKET_ETHER_IPV4);
    put_ipv4(ROUTER4, CARD4, IPPROTO_ICMP, 0);
    put16(type << 8);
    put("0000 00000000");
}

static void begin_error6(unsigned type)
{
    begin(PACKET_ETHER_IPV6);
    put_ipv6(ROUTER6, CARD6, IPPROTO_ICMPV6);
    put16(type << 8);
    put("0000 00000000");
}

/* The quoted datagram had 1,400 bytes behind its IP header. */
static void quote4(uint8_t protocol, unsigned fragment)
{
    put_ipv4(CARD4, STATION4, protocol, fragment);
    say_length(1420);
    put_transport(protocol, CARD_PORT, STATION_PORT);
    if (protocol == IPPROTO_UDP)
        say_length(1400);
}

static void quote6(uint8_t protocol)
{
    put_ipv6(CARD6, STATION6, protocol);
    say_length(1400);
    put_transport(protocol, CARD_PORT, STATION_PORT);
    if (protocol == IPPROTO_UDP)
        say_length(1400);
}

START_TEST(an_error_that_quotes_tcp_goes_as_its_session)
{
    begin_error4(3);
    quote4(IPPROTO_TCP, 0);
    expect(HASHED_BY_QUOTE, S4 D4 PORTS);
}
END_TEST

START_TEST(an_error_that_quotes_udp_goes_as_its_session)
{
    begin_error4(3);
    quote4(IPPROTO_UDP, 0);
    expect(HASHED_BY_QUOTE, S4 D4 PORTS);
}
END_TEST

START_TEST(an_error_that_quotes_sctp_goes_as_its_session)
{
    begin_error4(3);
    quote4(IPPROTO_SCTP, 0);
    expect(HASHED_BY_QUOTE, S4 D4 PORTS);
}
END_TEST

START_TEST(an_error_that_quotes_eight_bytes_of_tcp_goes_as_its_session)
{
    begin_error4(3);
    quote4(IPPROTO_TCP, 0);
    cut(12);
    expect(HASHED_BY_QUOTE, S4 D4 PORTS);
}
END_TEST

START_TEST(an_error_that_quotes_part_of_a_tcp_header_goes_as_its_session)
{
    for (uint32_t missing = 1; missing <= 12; missing++) {
        begin_error4(11);
        quote4(IPPROTO_TCP, 0);
        cut(missing);
        expect(HASHED_BY_QUOTE, S4 D4 PORTS);
    }
}
END_TEST

START_TEST(an_error_that_quotes_options_of_tcp_in_part_goes_as_its_session)
{
    begin_error4(3);
    quote4(IPPROTO_TCP, 0);
    frame.bytes[frame.count - 8] = 0x80; /* 12 bytes of options, none of which is there */
    expect(HASHED_BY_QUOTE, S4 D4 PORTS);
}
END_TEST

START_TEST(an_error_that_quotes_options_of_ipv4_goes_as_its_session)
{
    begin_error4(3);
    put_ipv4(CARD4, STATION4, IPPROTO_TCP, 0);
    say_length(1424);
    frame.bytes[42] = 0x46;
    put("94040000");
    put_tcp(CARD_PORT, STATION_PORT);
    cut(12);
    expect(HASHED_BY_QUOTE, S4 D4 PORTS);
}
END_TEST

START_TEST(an_error_of_ipv6_goes_as_its_session)
{
    static const uint8_t protocols[3] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP};

    begin_error6(1);
    quote6(protocols[_i]);
    expect(HASHED_BY_QUOTE, S6 D6 PORTS);
}
END_TEST

START_TEST(an_error_of_ipv6_that_quotes_eight_bytes_of_tcp_goes_as_its_session)
{
    begin_error6(3);
    quote6(IPPROTO_TCP);
    cut(12);
    expect(HASHED_BY_QUOTE, S6 D6 PORTS);
}
END_TEST

/* unreachable, quench, redirect, time exceeded, parameter problem */
START_TEST(these_types_of_icmp_are_errors)
{
    static const unsigned types[5] = {3, 4, 5, 11, 12};

    begin_error4(types[_i]);
    quote4(IPPROTO_TCP, 0);
    expect(HASHED_BY_QUOTE, S4 D4 PORTS);
}
END_TEST

START_TEST(no_other_type_of_icmp_is_an_error)
{
    for (unsigned type = 0; type < 256; type++) {
        if ((type >= 3 && type <= 5) || type == 11 || type == 12)
            continue;
        begin_error4(type);
        quote4(IPPROTO_TCP, 0);
        expect(HASHED_BY_ADDRESSES, R4 D4);
    }
}
END_TEST

/* unreachable, too big, time exceeded, parameter problem */
START_TEST(types_1_to_4_of_icmpv6_are_errors)
{
    begin_error6((unsigned)_i);
    quote6(IPPROTO_UDP);
    expect(HASHED_BY_QUOTE, S6 D6 PORTS);
}
END_TEST

START_TEST(no_other_type_of_icmpv6_is_an_error)
{
    for (unsigned type = 0; type < 256; type++) {
        if ((type >= 1 && type <= 4) || (type >= 133 && type <= 137))
            continue;
        begin_error6(type);
        quote6(IPPROTO_UDP);
        expect(HASHED_BY_ADDRESSES, R6 D6);
    }
}
END_TEST

START_TEST(an_error_that_quotes_an_echo_goes_by_its_addresses)
{
    begin_error4(11);
    quote4(IPPROTO_ICMP, 0);
    expect(HASHED_BY_QUOTE, S4 D4);
}
END_TEST

START_TEST(an_error_that_quotes_a_fragment_goes_by_its_addresses)
{
    begin_error4(11);
    quote4(IPPROTO_UDP, MORE_FRAGMENTS);
    expect(HASHED_BY_QUOTE, S4 D4);
    begin_error4(11);
    quote4(IPPROTO_UDP, 185);
    expect(HASHED_BY_QUOTE, S4 D4);
}
END_TEST

START_TEST(an_error_that_quotes_a_fragment_is_none_itself)
{
    begin_error4(11);
    quote4(IPPROTO_UDP, MORE_FRAGMENTS);
    expect(HASHED_BY_QUOTE, S4 D4);
    ck_assert(!input.is_fragment);
}
END_TEST

START_TEST(with_first_has_ports_so_has_a_quoted_first_fragment)
{
    fields.first_has_ports = true;
    begin_error4(11);
    quote4(IPPROTO_UDP, MORE_FRAGMENTS);
    expect(HASHED_BY_QUOTE, S4 D4 PORTS);
}
END_TEST

START_TEST(an_error_in_fragments_goes_by_its_own_addresses)
{
    begin(PACKET_ETHER_IPV4);
    put_ipv4(ROUTER4, CARD4, IPPROTO_ICMP, MORE_FRAGMENTS);
    put("03000000 00000000");
    quote4(IPPROTO_TCP, 0);
    expect(HASHED_BY_ADDRESSES, R4 D4);
    ck_assert(input.is_fragment);
}
END_TEST

START_TEST(an_error_without_a_whole_ip_header_goes_by_its_own_addresses)
{
    begin_error4(3);
    quote4(IPPROTO_TCP, 0);
    cut(20 + 20); /* nothing is quoted */
    expect(HASHED_BY_ADDRESSES, R4 D4);
}
END_TEST

START_TEST(an_error_that_quotes_no_ip_goes_by_its_own_addresses)
{
    begin_error4(3);
    put_zeros(28);
    expect(HASHED_BY_ADDRESSES, R4 D4);
}
END_TEST

START_TEST(an_error_goes_by_the_set_of_the_quoted_type)
{
    set("tcp4", "nt");
    begin_error4(3);
    quote4(IPPROTO_TCP, 0);
    expect(HASHED_BY_QUOTE, "0050 06");
}
END_TEST

START_TEST(the_quoted_source_is_the_destination_of_the_session)
{
    begin_error4(3);
    quote4(IPPROTO_TCP, 0);
    set("tcp4", "s");
    expect(HASHED_BY_QUOTE, S4);
    set("tcp4", "d");
    expect(HASHED_BY_QUOTE, D4);
    set("tcp4", "f");
    expect(HASHED_BY_QUOTE, "1234");
}
END_TEST

START_TEST(an_error_is_discarded_with_the_quoted_type)
{
    set("tcp4", "r");
    begin_error4(3);
    quote4(IPPROTO_TCP, 0);
    expect(HASH_DISCARDED, "");
}
END_TEST

START_TEST(an_error_has_no_hash_if_the_quoted_type_has_none)
{
    set("tcp4", "none");
    begin_error4(3);
    quote4(IPPROTO_TCP, 0);
    expect(HASH_NOT_MADE, "");
}
END_TEST

START_TEST(mac_address_and_raw_bytes_are_of_the_error_itself)
{
    set("tcp4", "m");
    set("raw", "34/ff");
    begin_error4(11);
    quote4(IPPROTO_TCP, 0);
    expect(HASHED_BY_QUOTE, "02aabbccddee 0b");
}
END_TEST

/* c0000201 ^ c6336402, c0000201 | c6336402; 1234 ^ 0050, 1234 | 0050 */
START_TEST(an_error_gives_a_symmetric_function_what_its_session_gives)
{
    begin_error4(3);
    quote4(IPPROTO_TCP, 0);
    symmetry = HASH_XOR_TWICE;
    expect(HASHED_BY_QUOTE, "06336603 06336603 1264 1264");
    symmetry = HASH_OR_XOR;
    expect(HASHED_BY_QUOTE, "c6336603 06336603 1274 1264");
}
END_TEST

/* --- Tunnels: the router's packets around those of the session --------------------------------------------- */

static void begin_tunnel4(uint8_t protocol)
{
    begin(PACKET_ETHER_IPV4);
    put_ipv4(ROUTER4, CARD4, protocol, 0);
}

static void put_session4(void)
{
    put_ipv4(STATION4, CARD4, IPPROTO_TCP, 0);
    put_tcp(STATION_PORT, CARD_PORT);
}

static void put_session6(void)
{
    put_ipv6(STATION6, CARD6, IPPROTO_UDP);
    put_udp(STATION_PORT, CARD_PORT);
}

static void put_vxlan(void)
{
    put_udp(0xc001, 4789);
    put("08000000 00002a00");
}

static void begin_vxlan4(void)
{
    begin_tunnel4(IPPROTO_UDP);
    put_vxlan();
    put_ethernet(PACKET_ETHER_IPV4);
    put_session4();
}

START_TEST(vxlan_goes_by_the_inner_session)
{
    set("inner", "vxlan");
    begin_vxlan4();
    expect(HASHED_INNER, S4 D4 PORTS);
}
END_TEST

START_TEST(vxlan_goes_by_an_inner_session_of_ipv6)
{
    set("inner", "vxlan");
    begin_tunnel4(IPPROTO_UDP);
    put_vxlan();
    put_ethernet(PACKET_ETHER_IPV6);
    put_session6();
    expect(HASHED_INNER, S6 D6 PORTS);
}
END_TEST

START_TEST(vxlan_over_ipv6_goes_by_the_inner_session)
{
    set("inner", "vxlan");
    begin(PACKET_ETHER_IPV6);
    put_ipv6(ROUTER6, CARD6, IPPROTO_UDP);
    put_vxlan();
    put_ethernet(PACKET_ETHER_IPV4);
    put_session4();
    expect(HASHED_INNER, S4 D4 PORTS);
}
END_TEST

START_TEST(vxlan_is_looked_into_behind_an_inner_tag)
{
    set("inner", "vxlan");
    begin_tunnel4(IPPROTO_UDP);
    put_vxlan();
    put_ethernet(PACKET_ETHER_VLAN);
    put("0007 0800");
    put_session4();
    expect(HASHED_INNER, S4 D4 PORTS);
}
END_TEST

START_TEST(vxlan_is_not_looked_into_unless_it_is_chosen)
{
    set("inner", "gre gtpu");
    begin_vxlan4();
    expect(HASHED_WITH_PORTS, R4 D4 "c001 12b5");
}
END_TEST

START_TEST(udp_from_the_port_of_vxlan_is_not_looked_into)
{
    set("inner", "vxlan");
    begin_tunnel4(IPPROTO_UDP);
    put_udp(4789, 0xc001);
    put("08000000 00002a00");
    put_ethernet(PACKET_ETHER_IPV4);
    put_session4();
    expect(HASHED_WITH_PORTS, R4 D4 "12b5 c001");
}
END_TEST

START_TEST(tcp_to_the_port_of_vxlan_is_not_looked_into)
{
    set("inner", "vxlan");
    begin_tunnel4(IPPROTO_TCP);
    put_tcp(0xc001, 4789);
    put_ethernet(PACKET_ETHER_IPV4);
    put_session4();
    expect(HASHED_WITH_PORTS, R4 D4 "c001 12b5");
}
END_TEST

START_TEST(a_tunnel_that_carries_no_ip_goes_by_its_own_headers)
{
    set("inner", "vxlan");
    begin_tunnel4(IPPROTO_UDP);
    put_vxlan();
    put_ethernet(PACKET_ETHER_ARP);
    put("0001 0800 0604 0001 020000000001 c0000201 000000000000 c6336402");
    expect(HASHED_WITH_PORTS, R4 D4 "c001 12b5");
}
END_TEST

START_TEST(an_empty_tunnel_goes_by_its_own_headers)
{
    set("inner", "vxlan");
    begin_tunnel4(IPPROTO_UDP);
    put_vxlan();
    expect(HASHED_WITH_PORTS, R4 D4 "c001 12b5");
}
END_TEST

START_TEST(a_tunnel_in_a_tunnel_is_not_looked_into)
{
    set("inner", "vxlan");
    begin_tunnel4(IPPROTO_UDP);
    put_vxlan();
    put_ethernet(PACKET_ETHER_IPV4);
    put_ipv4(STATION4, CARD4, IPPROTO_UDP, 0);
    put_vxlan();
    put_ethernet(PACKET_ETHER_IPV6);
    put_session6();
    expect(HASHED_INNER, S4 D4 "c001 12b5");
}
END_TEST

static void begin_gre(unsigned flags, unsigned type)
{
    begin_tunnel4(IPPROTO_GRE);
    put16(flags);
    put16(type);
    if (flags & GRE_CHECKSUM)
        put("45004500");
    if (flags & GRE_KEY)
        put("60006000");
    if (flags & GRE_SEQUENCE)
        put("00000001");
}

START_TEST(gre_goes_by_the_inner_session)
{
    set("inner", "gre");
    begin_gre(0, PACKET_ETHER_IPV4);
    put_session4();
    expect(HASHED_INNER, S4 D4 PORTS);
}
END_TEST

START_TEST(gre_is_looked_into_behind_checksum_key_and_sequence)
{
    set("inner", "gre");
    begin_gre((unsigned)(_i & 1) * GRE_CHECKSUM | (unsigned)(_i >> 1 & 1) * GRE_KEY |
                  (unsigned)(_i >> 2) * GRE_SEQUENCE,
              PACKET_ETHER_IPV4);
    put_session4();
    expect(HASHED_INNER, S4 D4 PORTS);
}
END_TEST

START_TEST(gre_goes_by_an_inner_session_of_ipv6)
{
    set("inner", "gre");
    begin_gre(GRE_KEY, PACKET_ETHER_IPV6);
    put_session6();
    expect(HASHED_INNER, S6 D6 PORTS);
}
END_TEST

START_TEST(gre_goes_by_the_session_in_an_inner_ethernet_frame)
{
    set("inner", "gre");
    begin_gre(GRE_KEY, 0x6558);
    put_ethernet(PACKET_ETHER_IPV6);
    put_session6();
    expect(HASHED_INNER, S6 D6 PORTS);
}
END_TEST

START_TEST(gre_over_ipv6_goes_by_the_inner_session)
{
    set("inner", "gre");
    begin(PACKET_ETHER_IPV6);
    put_ipv6(ROUTER6, CARD6, IPPROTO_GRE);
    put("0000 0800");
    put_session4();
    expect(HASHED_INNER, S4 D4 PORTS);
}
END_TEST

START_TEST(gre_goes_by_the_ports_of_inner_sctp)
{
    set("inner", "gre");
    begin_gre(0, PACKET_ETHER_IPV4);
    put_ipv4(STATION4, CARD4, IPPROTO_SCTP, 0);
    put_sctp(STATION_PORT, CARD_PORT);
    expect(HASHED_INNER, S4 D4 PORTS);
}
END_TEST

START_TEST(gre_is_not_looked_into_unless_it_is_chosen)
{
    set("inner", "vxlan gtpu");
    begin_gre(0, PACKET_ETHER_IPV4);
    put_session4();
    expect(HASHED_BY_ADDRESSES, R4 D4);
}
END_TEST

/* RFC 2637: version 1, with key, sequence and acknowledgement; PPP inside. */
START_TEST(pptp_is_not_looked_into)
{
    set("inner", "gre");
    begin_tunnel4(IPPROTO_GRE);
    put("3081 880b 00200001 00000001 00000001 ff030021");
    put_session4();
    expect(HASHED_BY_ADDRESSES, R4 D4);
}
END_TEST

START_TEST(version_1_of_gre_is_not_looked_into)
{
    set("inner", "gre");
    begin_gre(1, PACKET_ETHER_IPV4);
    put_session4();
    expect(HASHED_BY_ADDRESSES, R4 D4);
}
END_TEST

START_TEST(gre_with_a_route_is_not_looked_into)
{
    set("inner", "gre");
    begin_gre(GRE_ROUTING, PACKET_ETHER_IPV4);
    put_session4();
    expect(HASHED_BY_ADDRESSES, R4 D4);
}
END_TEST

START_TEST(gre_of_another_protocol_is_not_looked_into)
{
    set("inner", "gre");
    begin_gre(0, 0x8847); /* MPLS */
    put_session4();
    expect(HASHED_BY_ADDRESSES, R4 D4);
}
END_TEST

/* flags: 0x30, and E 4, S 2, PN 1. more: what they say that is there. */
static void begin_gtpu(unsigned flags, unsigned message, const char *more)
{
    uint32_t length_at;

    begin_tunnel4(IPPROTO_UDP);
    put_udp(2152, 2152);
    put16(flags << 8 | message);
    length_at = frame.count;
    put16(0);
    put("a1b2c3d4");
    length_follows(length_at, frame.count);
    put(more);
}

#define GTPU_PORTS "0868 0868"

START_TEST(gtpu_goes_by_the_inner_session)
{
    set("inner", "gtpu");
    begin_gtpu(0x30, 255, "");
    put_session4();
    expect(HASHED_INNER, S4 D4 PORTS);
}
END_TEST

START_TEST(gtpu_goes_by_an_inner_session_of_ipv6)
{
    set("inner", "gtpu");
    begin_gtpu(0x30, 255, "");
    put_session6();
    expect(HASHED_INNER, S6 D6 PORTS);
}
END_TEST

START_TEST(gtpu_is_looked_into_behind_a_sequence_number)
{
    set("inner", "gtpu");
    begin_gtpu(0x32, 255, "6000 00 85"); /* without E the type that follows means nothing */
    put_session4();
    expect(HASHED_INNER, S4 D4 PORTS);
}
END_TEST

START_TEST(gtpu_is_looked_into_behind_an_npdu_number)
{
    set("inner", "gtpu");
    begin_gtpu(0x31, 255, "0000 60 00");
    put_session4();
    expect(HASHED_INNER, S4 D4 PORTS);
}
END_TEST

START_TEST(gtpu_is_looked_into_behind_an_extension_header)
{
    set("inner", "gtpu");
    begin_gtpu(0x34, 255, "0000 00 85  01 1009 00"); /* PDU session container of 4 bytes */
    put_session4();
    expect(HASHED_INNER, S4 D4 PORTS);
}
END_TEST

START_TEST(gtpu_is_looked_into_behind_several_extension_headers)
{
    set("inner", "gtpu");
    begin_gtpu(0x36, 255, "1234 00 c0  01 0102 85  02 100900000000 00");
    put_session6();
    expect(HASHED_INNER, S6 D6 PORTS);
}
END_TEST

START_TEST(gtpu_with_the_extension_flag_and_no_extension_is_looked_into)
{
    set("inner", "gtpu");
    begin_gtpu(0x34, 255, "0000 00 00");
    put_session4();
    expect(HASHED_INNER, S4 D4 PORTS);
}
END_TEST

START_TEST(an_extension_header_of_no_length_is_not_looked_behind)
{
    set("inner", "gtpu");
    begin_gtpu(0x34, 255, "0000 00 85  00 000000");
    put_session4();
    expect(HASHED_WITH_PORTS, R4 D4 GTPU_PORTS);
}
END_TEST

START_TEST(an_extension_header_longer_than_the_frame_is_not_looked_behind)
{
    set("inner", "gtpu");
    begin_gtpu(0x34, 255, "0000 00 85  ff 000000");
    put_session4();
    expect(HASHED_WITH_PORTS, R4 D4 GTPU_PORTS);
}
END_TEST

START_TEST(an_echo_request_of_gtpu_is_not_looked_into)
{
    set("inner", "gtpu");
    begin_gtpu(0x32, 1, "0001 00 00");
    put_session4();
    expect(HASHED_WITH_PORTS, R4 D4 GTPU_PORTS);
}
END_TEST

START_TEST(gtp_prime_and_other_versions_are_not_looked_into)
{
    set("inner", "gtpu");
    begin_gtpu(0x20, 255, "");
    put_session4();
    expect(HASHED_WITH_PORTS, R4 D4 GTPU_PORTS);
    begin_gtpu(0x50, 255, "");
    put_session4();
    expect(HASHED_WITH_PORTS, R4 D4 GTPU_PORTS);
}
END_TEST

START_TEST(gtpu_is_not_looked_into_unless_it_is_chosen)
{
    set("inner", "vxlan gre");
    begin_gtpu(0x30, 255, "");
    put_session4();
    expect(HASHED_WITH_PORTS, R4 D4 GTPU_PORTS);
}
END_TEST

START_TEST(the_teid_is_hashed_without_looking_inside)
{
    set("udp4", "se");
    begin_gtpu(0x30, 255, "");
    put_session4();
    expect(HASHED_BY_ADDRESSES, R4 "a1b2c3d4");
}
END_TEST

START_TEST(the_teid_goes_with_the_inner_session)
{
    set("inner", "gtpu");
    set("tcp4", "se");
    begin_gtpu(0x30, 255, "");
    put_session4();
    expect(HASHED_INNER, S4 "a1b2c3d4");
}
END_TEST

START_TEST(the_flow_label_is_that_of_the_inner_header)
{
    set("inner", "gre");
    set("udp6", "l");
    begin_gre(0, PACKET_ETHER_IPV6);
    put_session6();
    expect(HASHED_INNER, "012345");
}
END_TEST

START_TEST(tag_mac_address_and_raw_bytes_are_of_the_frame)
{
    set("inner", "vxlan");
    set("tcp4", "vm");
    set("raw", "45/ff");
    begin(PACKET_ETHER_VLAN);
    put("0005 0800");
    put_ipv4(ROUTER4, CARD4, IPPROTO_UDP, 0);
    put_vxlan();
    put_ethernet(PACKET_ETHER_VLAN);
    memset(frame.bytes + frame.count - 14, 0x02, 6);
    put("0007 0800");
    put_session4();
    frame.bytes[45] = 0x99; /* of the outer UDP checksum, behind the tag */
    expect(HASHED_INNER, "0005 02aabbccddee 99");
}
END_TEST

START_TEST(an_inner_fragment_goes_by_its_addresses)
{
    set("inner", "vxlan");
    begin_tunnel4(IPPROTO_UDP);
    put_vxlan();
    put_ethernet(PACKET_ETHER_IPV4);
    put_ipv4(STATION4, CARD4, IPPROTO_UDP, MORE_FRAGMENTS);
    put_udp(STATION_PORT, CARD_PORT);
    expect(HASHED_INNER, S4 D4);
    ck_assert(input.is_fragment);
}
END_TEST

START_TEST(a_later_inner_fragment_goes_by_its_addresses)
{
    set("inner", "gre");
    begin_gre(0, PACKET_ETHER_IPV6);
    put_ipv6(STATION6, CARD6, IPPROTO_FRAGMENT);
    put_fragment_header(IPPROTO_UDP, 1448, false);
    put_zeros(16);
    expect(HASHED_INNER, S6 D6);
    ck_assert(input.is_fragment);
}
END_TEST

START_TEST(a_tunnel_in_fragments_goes_by_its_own_addresses)
{
    set("inner", "vxlan gre gtpu");
    begin(PACKET_ETHER_IPV4);
    put_ipv4(ROUTER4, CARD4, IPPROTO_UDP, MORE_FRAGMENTS);
    put_vxlan();
    put_ethernet(PACKET_ETHER_IPV4);
    put_session4();
    expect(HASHED_BY_ADDRESSES, R4 D4);
    ck_assert(input.is_fragment);
}
END_TEST

START_TEST(a_tunnel_is_discarded_with_the_inner_type)
{
    set("inner", "gre");
    set("tcp4", "r");
    begin_gre(0, PACKET_ETHER_IPV4);
    put_session4();
    expect(HASH_DISCARDED, "");
}
END_TEST

START_TEST(a_tunnel_has_no_hash_if_the_inner_type_has_none)
{
    set("inner", "gre");
    set("tcp4", "none");
    begin_gre(0, PACKET_ETHER_IPV4);
    put_session4();
    expect(HASH_NOT_MADE, "");
}
END_TEST

START_TEST(inner_sessions_give_a_symmetric_function_the_same_both_ways)
{
    set("inner", "gre");
    symmetry = HASH_OR_XOR;
    begin_gre(0, PACKET_ETHER_IPV4);
    put_session4();
    expect(HASHED_INNER, "c6336603 06336603 1274 1264");
    begin_gre(0, PACKET_ETHER_IPV4);
    put_ipv4(CARD4, STATION4, IPPROTO_TCP, 0);
    put_tcp(CARD_PORT, STATION_PORT);
    expect(HASHED_INNER, "c6336603 06336603 1274 1264");
}
END_TEST

/* --- Frames that are cut, at every length ------------------------------------------------------------------ */

static void vxlan_in_6(void)
{
    begin(PACKET_ETHER_IPV6);
    put_ipv6(ROUTER6, CARD6, IPPROTO_UDP);
    put_vxlan();
    put_ethernet(PACKET_ETHER_IPV6);
    put_session6();
}

static void make_kind(int kind)
{
    static const uint8_t protocols[4] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP};

    switch (kind) {
    case 0: case 1: case 2: case 3:
        begin4(protocols[kind]);
        return;
    case 4: case 5: case 6:
        begin6(protocols[kind - 4]);
        return;
    case 7:
        begin6(IPPROTO_ICMPV6);
        return;
    case 8: case 9: case 10:
        begin_error4(3);
        quote4(protocols[kind - 8], 0);
        return;
    case 11: case 12: case 13:
        begin_error6(1);
        quote6(protocols[kind - 11]);
        return;
    case 14:
        begin_vxlan4();
        return;
    case 15:
        vxlan_in_6();
        return;
    case 16:
        begin_gre(GRE_CHECKSUM | GRE_KEY | GRE_SEQUENCE, PACKET_ETHER_IPV4);
        put_session4();
        return;
    case 17:
        begin_gre(GRE_KEY, 0x6558);
        put_ethernet(PACKET_ETHER_IPV6);
        put_session6();
        return;
    case 18:
        begin_gtpu(0x36, 255, "1234 00 c0  01 0102 85  02 100900000000 00");
        put_session6();
        return;
    case 19:
        begin_gtpu(0x32, 1, "0001 00 00");
        return;
    case 20:
        begin(PACKET_ETHER_IPV6);
        put_ipv6(STATION6, CARD6, IPPROTO_FRAGMENT);
        put_fragment_header(IPPROTO_UDP, 0, true);
        put_udp(STATION_PORT, CARD_PORT);
        return;
    case 21:
        begin(PACKET_ETHER_QINQ);
        put("0abc 8100 0123 0800");
        put_session4();
        return;
    case 22:
        begin(PACKET_ETHER_ARP);
        put("0001 0800 0604 0002 020000000001 c0000201 02aabbccddee c6336402");
        return;
    default:
        begin6(IPPROTO_ICMPV6);
        frame.bytes[54] = 135;
        return;
    }
}

enum { KINDS = 24 };

/* What is there and what is hashed belong together; the sanitizers see a read behind the end. */
static void check_part(uint32_t bytes, uint32_t wire_bytes)
{
    enum hash_class class = gather_part(bytes, wire_bytes);

    ck_assert_uint_le(input.count, HASH_MAX_INPUT_BYTES);
    if (class == HASH_NOT_MADE || class == HASH_DISCARDED || class == HASH_EVERYONES)
        ck_assert_uint_eq(input.count, 0);
    else
        ck_assert_uint_gt(input.count, 0);
    if (bytes < 14 + 20)
        ck_assert(class == HASH_NOT_MADE || class == HASH_EVERYONES);
}

/* Of a frame that was captured in part, and of one that ended there. */
static void check_every_part(void)
{
    for (uint32_t bytes = 0; bytes <= frame.count; bytes++) {
        check_part(bytes, frame.count);
        check_part(bytes, bytes);
    }
}

START_TEST(a_cut_frame_goes_by_what_is_there)
{
    make_kind(_i);
    set_lengths();
    set("inner", "vxlan gre gtpu");
    check_every_part();
    fields.first_has_ports = true;
    symmetry = HASH_XOR_TWICE;
    check_every_part();
}
END_TEST

START_TEST(a_cut_frame_with_everything_chosen_goes_by_what_is_there)
{
    make_kind(_i);
    set_lengths();
    set("all", "sdfntvlem");
    set("raw", "0/ff 13/ffff 33/ffff 53/ffff 60/ffff 100/ff");
    check_every_part();
    set("inner", "vxlan gre gtpu");
    check_every_part();
    symmetry = HASH_OR_XOR;
    check_every_part();
}
END_TEST

START_TEST(a_segment_whose_header_is_cut_goes_by_addresses)
{
    begin4(IPPROTO_TCP);
    set_lengths();
    for (uint32_t bytes = 34; bytes < 54; bytes++) {
        ck_assert_int_eq((int)gather_part(bytes, 54), HASHED_BY_ADDRESSES);
        ck_assert_uint_eq(input.count, 8);
    }
    ck_assert_int_eq((int)gather_part(54, 54), HASHED_WITH_PORTS);
}
END_TEST

START_TEST(a_tunnel_whose_inner_ip_header_is_cut_goes_by_its_own_headers)
{
    set("inner", "vxlan");
    begin_vxlan4(); /* 14 + 20 + 8 + 8 + 14, then IPv4 */
    set_lengths();
    for (uint32_t bytes = 42; bytes < 64 + 20; bytes++)
        ck_assert_int_eq((int)gather_part(bytes, frame.count), HASHED_WITH_PORTS);
    ck_assert_int_eq((int)gather_part(64 + 20, frame.count), HASHED_INNER);
    ck_assert_uint_eq(input.count, 8);
    ck_assert_int_eq((int)gather_part(64 + 20 + 20, frame.count), HASHED_INNER);
    ck_assert_uint_eq(input.count, 12);
}
END_TEST

static TCase *cases(const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    return tcase;
}

static TCase *quote_tests(void)
{
    TCase *tcase = cases("quote");

    tcase_add_test(tcase, an_error_that_quotes_tcp_goes_as_its_session);
    tcase_add_test(tcase, an_error_that_quotes_udp_goes_as_its_session);
    tcase_add_test(tcase, an_error_that_quotes_sctp_goes_as_its_session);
    tcase_add_test(tcase, an_error_that_quotes_eight_bytes_of_tcp_goes_as_its_session);
    tcase_add_test(tcase, an_error_that_quotes_part_of_a_tcp_header_goes_as_its_session);
    tcase_add_test(tcase, an_error_that_quotes_options_of_tcp_in_part_goes_as_its_session);
    tcase_add_test(tcase, an_error_that_quotes_options_of_ipv4_goes_as_its_session);
    tcase_add_loop_test(tcase, an_error_of_ipv6_goes_as_its_session, 0, 3);
    tcase_add_test(tcase, an_error_of_ipv6_that_quotes_eight_bytes_of_tcp_goes_as_its_session);
    tcase_add_loop_test(tcase, these_types_of_icmp_are_errors, 0, 5);
    tcase_add_test(tcase, no_other_type_of_icmp_is_an_error);
    tcase_add_loop_test(tcase, types_1_to_4_of_icmpv6_are_errors, 1, 5);
    tcase_add_test(tcase, no_other_type_of_icmpv6_is_an_error);
    tcase_add_test(tcase, an_error_that_quotes_an_echo_goes_by_its_addresses);
    tcase_add_test(tcase, an_error_that_quotes_a_fragment_goes_by_its_addresses);
    tcase_add_test(tcase, an_error_that_quotes_a_fragment_is_none_itself);
    tcase_add_test(tcase, with_first_has_ports_so_has_a_quoted_first_fragment);
    tcase_add_test(tcase, an_error_in_fragments_goes_by_its_own_addresses);
    tcase_add_test(tcase, an_error_without_a_whole_ip_header_goes_by_its_own_addresses);
    tcase_add_test(tcase, an_error_that_quotes_no_ip_goes_by_its_own_addresses);
    tcase_add_test(tcase, an_error_goes_by_the_set_of_the_quoted_type);
    tcase_add_test(tcase, the_quoted_source_is_the_destination_of_the_session);
    tcase_add_test(tcase, an_error_is_discarded_with_the_quoted_type);
    tcase_add_test(tcase, an_error_has_no_hash_if_the_quoted_type_has_none);
    tcase_add_test(tcase, mac_address_and_raw_bytes_are_of_the_error_itself);
    tcase_add_test(tcase, an_error_gives_a_symmetric_function_what_its_session_gives);
    return tcase;
}

static TCase *tunnel_tests(void)
{
    TCase *tcase = cases("tunnel");

    tcase_add_test(tcase, vxlan_goes_by_the_inner_session);
    tcase_add_test(tcase, vxlan_goes_by_an_inner_session_of_ipv6);
    tcase_add_test(tcase, vxlan_over_ipv6_goes_by_the_inner_session);
    tcase_add_test(tcase, vxlan_is_looked_into_behind_an_inner_tag);
    tcase_add_test(tcase, vxlan_is_not_looked_into_unless_it_is_chosen);
    tcase_add_test(tcase, udp_from_the_port_of_vxlan_is_not_looked_into);
    tcase_add_test(tcase, tcp_to_the_port_of_vxlan_is_not_looked_into);
    tcase_add_test(tcase, a_tunnel_that_carries_no_ip_goes_by_its_own_headers);
    tcase_add_test(tcase, an_empty_tunnel_goes_by_its_own_headers);
    tcase_add_test(tcase, a_tunnel_in_a_tunnel_is_not_looked_into);
    tcase_add_test(tcase, gre_goes_by_the_inner_session);
    tcase_add_loop_test(tcase, gre_is_looked_into_behind_checksum_key_and_sequence, 0, 8);
    tcase_add_test(tcase, gre_goes_by_an_inner_session_of_ipv6);
    tcase_add_test(tcase, gre_goes_by_the_session_in_an_inner_ethernet_frame);
    tcase_add_test(tcase, gre_over_ipv6_goes_by_the_inner_session);
    tcase_add_test(tcase, gre_goes_by_the_ports_of_inner_sctp);
    tcase_add_test(tcase, gre_is_not_looked_into_unless_it_is_chosen);
    tcase_add_test(tcase, pptp_is_not_looked_into);
    tcase_add_test(tcase, version_1_of_gre_is_not_looked_into);
    tcase_add_test(tcase, gre_with_a_route_is_not_looked_into);
    tcase_add_test(tcase, gre_of_another_protocol_is_not_looked_into);
    tcase_add_test(tcase, gtpu_goes_by_the_inner_session);
    tcase_add_test(tcase, gtpu_goes_by_an_inner_session_of_ipv6);
    tcase_add_test(tcase, gtpu_is_looked_into_behind_a_sequence_number);
    tcase_add_test(tcase, gtpu_is_looked_into_behind_an_npdu_number);
    tcase_add_test(tcase, gtpu_is_looked_into_behind_an_extension_header);
    tcase_add_test(tcase, gtpu_is_looked_into_behind_several_extension_headers);
    tcase_add_test(tcase, gtpu_with_the_extension_flag_and_no_extension_is_looked_into);
    tcase_add_test(tcase, an_extension_header_of_no_length_is_not_looked_behind);
    tcase_add_test(tcase, an_extension_header_longer_than_the_frame_is_not_looked_behind);
    tcase_add_test(tcase, an_echo_request_of_gtpu_is_not_looked_into);
    tcase_add_test(tcase, gtp_prime_and_other_versions_are_not_looked_into);
    tcase_add_test(tcase, gtpu_is_not_looked_into_unless_it_is_chosen);
    tcase_add_test(tcase, the_teid_is_hashed_without_looking_inside);
    tcase_add_test(tcase, the_teid_goes_with_the_inner_session);
    tcase_add_test(tcase, the_flow_label_is_that_of_the_inner_header);
    tcase_add_test(tcase, tag_mac_address_and_raw_bytes_are_of_the_frame);
    tcase_add_test(tcase, an_inner_fragment_goes_by_its_addresses);
    tcase_add_test(tcase, a_later_inner_fragment_goes_by_its_addresses);
    tcase_add_test(tcase, a_tunnel_in_fragments_goes_by_its_own_addresses);
    tcase_add_test(tcase, a_tunnel_is_discarded_with_the_inner_type);
    tcase_add_test(tcase, a_tunnel_has_no_hash_if_the_inner_type_has_none);
    tcase_add_test(tcase, inner_sessions_give_a_symmetric_function_the_same_both_ways);
    return tcase;
}

static TCase *cut_tests(void)
{
    TCase *tcase = cases("cut");

    tcase_add_loop_test(tcase, a_cut_frame_goes_by_what_is_there, 0, KINDS);
    tcase_add_loop_test(tcase, a_cut_frame_with_everything_chosen_goes_by_what_is_there, 0, KINDS);
    tcase_add_test(tcase, a_segment_whose_header_is_cut_goes_by_addresses);
    tcase_add_test(tcase, a_tunnel_whose_inner_ip_header_is_cut_goes_by_its_own_headers);
    return tcase;
}

Suite *suite(void)
{
    Suite *s = suite_create("hash inside");

    suite_add_tcase(s, quote_tests());
    suite_add_tcase(s, tunnel_tests());
    suite_add_tcase(s, cut_tests());
    return s;
}
