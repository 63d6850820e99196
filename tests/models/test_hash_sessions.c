/* What goes together: both directions of a session, the fragments of a datagram, what is everyone's. */
#include "tests/models/hash_bed.h"

/* --- Symmetric functions, as Linux has them ------------------------------------------------------------ */

/* c0000201 ^ c6336402, c0000201 | c6336402; 1234 ^ 0050, 1234 | 0050 */
#define XOR4 "06336603"
#define OR4 "c6336603"
#define XOR6 "00000000000000070000000000000003"
#define OR6 "20010db8000000070000000000000003"

START_TEST(symmetric_xor_has_source_xor_destination_twice)
{
    symmetry = HASH_XOR_TWICE;
    begin4(IPPROTO_TCP);
    expect(HASHED_WITH_PORTS, XOR4 XOR4 "1264 1264");
}
END_TEST

START_TEST(symmetric_xor_has_so_for_ipv6)
{
    symmetry = HASH_XOR_TWICE;
    begin6(IPPROTO_UDP);
    expect(HASHED_WITH_PORTS, XOR6 XOR6 "1264 1264");
}
END_TEST

START_TEST(symmetric_or_xor_has_source_or_destination_first)
{
    symmetry = HASH_OR_XOR;
    begin4(IPPROTO_TCP);
    expect(HASHED_WITH_PORTS, OR4 XOR4 "1274 1264");
}
END_TEST

START_TEST(symmetric_or_xor_has_so_for_ipv6)
{
    symmetry = HASH_OR_XOR;
    begin6(IPPROTO_SCTP);
    expect(HASHED_WITH_PORTS, OR6 XOR6 "1274 1264");
}
END_TEST

START_TEST(symmetric_functions_have_addresses_alone_where_there_are_no_ports)
{
    begin4(IPPROTO_ICMP);
    symmetry = HASH_XOR_TWICE;
    expect(HASHED_BY_ADDRESSES, XOR4 XOR4);
    symmetry = HASH_OR_XOR;
    expect(HASHED_BY_ADDRESSES, OR4 XOR4);
}
END_TEST

START_TEST(symmetric_functions_can_have_ports_alone)
{
    set("tcp4", "fn");
    begin4(IPPROTO_TCP);
    symmetry = HASH_XOR_TWICE;
    expect(HASHED_WITH_PORTS, "1264 1264");
    symmetry = HASH_OR_XOR;
    expect(HASHED_WITH_PORTS, "1274 1264");
}
END_TEST

START_TEST(what_has_no_direction_stays_as_it_is)
{
    symmetry = HASH_OR_XOR;
    set("tcp4", "sdtv");
    begin_tagged(0x0005);
    expect(HASHED_BY_ADDRESSES, OR4 XOR4 "06 0005");
}
END_TEST

START_TEST(both_directions_give_a_symmetric_function_the_same)
{
    static const uint8_t protocols[4] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP};
    static const enum hash_symmetry symmetries[2] = {HASH_XOR_TWICE, HASH_OR_XOR};
    uint8_t protocol = protocols[_i % 4];
    struct hash_input there;
    enum hash_class class;

    symmetry = symmetries[_i / 8];
    if (_i / 4 % 2)
        begin6(protocol);
    else
        begin4(protocol);
    set_lengths();
    class = gather_part(frame.count, frame.count);
    there = input;
    if (_i / 4 % 2)
        begin_back6(protocol);
    else
        begin_back4(protocol);
    set_lengths();
    ck_assert_int_eq((int)gather_part(frame.count, frame.count), (int)class);
    ck_assert_uint_gt(input.count, 0);
    ck_assert_uint_eq(input.count, there.count);
    ck_assert_mem_eq(input.bytes, there.bytes, input.count);
}
END_TEST

START_TEST(the_directions_differ_without_symmetry)
{
    begin_back4(IPPROTO_TCP);
    expect(HASHED_WITH_PORTS, D4 S4 PORTS_BACK);
}
END_TEST

/* --- Whether a symmetric function gets the same from both sides --------------------------------------- */

static void is_symmetric(const char *type, const char *text)
{
    const char *which;

    set(type, text);
    ck_assert(hash_fields_are_symmetric(&fields, &which));
}

static void is_not_symmetric(const char *type, const char *text)
{
    const char *which = NULL;

    set(type, text);
    ck_assert(!hash_fields_are_symmetric(&fields, &which));
    ck_assert_str_eq(which, type);
}

START_TEST(what_is_chosen_without_a_setting_is_symmetric)
{
    const char *which;

    ck_assert(hash_fields_are_symmetric(&fields, &which));
}
END_TEST

START_TEST(what_has_no_direction_is_symmetric)
{
    is_symmetric("all", "sdtv");
    is_symmetric("tcp4", "fn");
    is_symmetric("udp4", "none");
    is_symmetric("udp6", "r");
}
END_TEST

START_TEST(one_address_is_not_symmetric)
{
    is_not_symmetric("tcp4", "sfn");
    hash_fields_init(&fields);
    is_not_symmetric("ip6", "d");
}
END_TEST

START_TEST(one_port_is_not_symmetric)
{
    is_not_symmetric("sctp4", "sdf");
    hash_fields_init(&fields);
    is_not_symmetric("udp6", "sdn");
}
END_TEST

START_TEST(the_destination_mac_address_is_not_symmetric)
{
    is_not_symmetric("ip4", "sdm");
}
END_TEST

/* Each end chooses the label of what it sends (RFC 6437, 2). */
START_TEST(the_flow_label_is_not_symmetric)
{
    is_not_symmetric("tcp6", "sdfnl");
    hash_fields_init(&fields);
    is_not_symmetric("ip6", "l");
}
END_TEST

START_TEST(the_flow_label_that_ipv4_does_not_have_is_symmetric)
{
    is_symmetric("tcp4", "sdfnl");
}
END_TEST

/* Each end of a tunnel has its own (TS 29.281, 3.1: assigned by the receiving side). */
START_TEST(the_teid_is_not_symmetric)
{
    is_not_symmetric("udp4", "sde");
}
END_TEST

START_TEST(raw_bytes_are_not_symmetric)
{
    is_not_symmetric("raw", "26/ff");
}
END_TEST

/* --- Fragments --------------------------------------------------------------------------------------- */

static void begin_fragment4(uint8_t protocol, unsigned fragment)
{
    begin(PACKET_ETHER_IPV4);
    put_ipv4(STATION4, CARD4, protocol, fragment);
    put_transport(protocol, STATION_PORT, CARD_PORT);
}

static void begin_fragment6(uint8_t protocol, unsigned offset_bytes, bool more)
{
    begin(PACKET_ETHER_IPV6);
    put_ipv6(STATION6, CARD6, IPPROTO_FRAGMENT);
    put_fragment_header(protocol, offset_bytes, more);
    put_transport(protocol, STATION_PORT, CARD_PORT);
}

START_TEST(the_first_fragment_goes_without_ports)
{
    begin_fragment4(IPPROTO_UDP, MORE_FRAGMENTS);
    expect(HASHED_BY_ADDRESSES, S4 D4);
    ck_assert(input.is_fragment);
}
END_TEST

START_TEST(a_fragment_in_the_middle_goes_without_ports)
{
    begin_fragment4(IPPROTO_TCP, MORE_FRAGMENTS | 185);
    expect(HASHED_BY_ADDRESSES, S4 D4);
    ck_assert(input.is_fragment);
}
END_TEST

START_TEST(the_last_fragment_goes_without_ports)
{
    begin_fragment4(IPPROTO_SCTP, 185);
    expect(HASHED_BY_ADDRESSES, S4 D4);
    ck_assert(input.is_fragment);
}
END_TEST

START_TEST(the_first_fragment_of_ipv6_goes_without_ports)
{
    begin_fragment6(IPPROTO_UDP, 0, true);
    expect(HASHED_BY_ADDRESSES, S6 D6);
    ck_assert(input.is_fragment);
}
END_TEST

START_TEST(the_last_fragment_of_ipv6_goes_without_ports)
{
    begin_fragment6(IPPROTO_UDP, 1448, false);
    expect(HASHED_BY_ADDRESSES, S6 D6);
    ck_assert(input.is_fragment);
}
END_TEST

START_TEST(a_whole_datagram_is_no_fragment)
{
    begin_fragment4(IPPROTO_UDP, DONT_FRAGMENT);
    expect(HASHED_WITH_PORTS, S4 D4 PORTS);
    ck_assert(!input.is_fragment);
}
END_TEST

START_TEST(a_fragment_header_around_a_whole_datagram_makes_no_fragment)
{
    begin_fragment6(IPPROTO_UDP, 0, false); /* an atomic fragment, RFC 6946 */
    expect(HASHED_WITH_PORTS, S6 D6 PORTS);
    ck_assert(!input.is_fragment);
}
END_TEST

START_TEST(fragments_are_of_the_type_ip4)
{
    set("udp4", "none");
    set("ip4", "dt");
    begin_fragment4(IPPROTO_UDP, MORE_FRAGMENTS);
    expect(HASHED_BY_ADDRESSES, D4 "11");
    begin_fragment4(IPPROTO_UDP, 185);
    expect(HASHED_BY_ADDRESSES, D4 "11");
}
END_TEST

START_TEST(fragments_are_of_the_type_ip6)
{
    set("tcp6", "none");
    set("ip6", "dt");
    begin_fragment6(IPPROTO_TCP, 0, true);
    expect(HASHED_BY_ADDRESSES, D6 "06");
    begin_fragment6(IPPROTO_TCP, 1448, false);
    expect(HASHED_BY_ADDRESSES, D6 "06");
}
END_TEST

START_TEST(fragments_are_discarded_with_ip4)
{
    set("ip4", "r");
    begin_fragment4(IPPROTO_TCP, MORE_FRAGMENTS);
    expect(HASH_DISCARDED, "");
}
END_TEST

START_TEST(fragments_are_not_discarded_with_tcp4)
{
    set("tcp4", "r");
    begin_fragment4(IPPROTO_TCP, MORE_FRAGMENTS);
    expect(HASHED_BY_ADDRESSES, S4 D4);
}
END_TEST

START_TEST(fragments_in_both_directions_give_a_symmetric_function_the_same)
{
    symmetry = HASH_XOR_TWICE;
    begin_fragment4(IPPROTO_UDP, MORE_FRAGMENTS);
    expect(HASHED_BY_ADDRESSES, XOR4 XOR4);
    begin(PACKET_ETHER_IPV4);
    put_ipv4(CARD4, STATION4, IPPROTO_UDP, 185);
    put_zeros(20);
    expect(HASHED_BY_ADDRESSES, XOR4 XOR4);
}
END_TEST

START_TEST(with_first_has_ports_the_first_fragment_has_them)
{
    fields.first_has_ports = true;
    begin_fragment4(IPPROTO_UDP, MORE_FRAGMENTS);
    expect(HASHED_WITH_PORTS, S4 D4 PORTS);
    ck_assert(input.is_fragment);
    begin_fragment6(IPPROTO_TCP, 0, true);
    expect(HASHED_WITH_PORTS, S6 D6 PORTS);
    ck_assert(input.is_fragment);
}
END_TEST

START_TEST(with_first_has_ports_the_first_fragment_is_of_its_own_type)
{
    fields.first_has_ports = true;
    set("udp4", "n");
    set("ip4", "r");
    begin_fragment4(IPPROTO_UDP, MORE_FRAGMENTS);
    expect(HASHED_WITH_PORTS, "0050");
}
END_TEST

START_TEST(with_first_has_ports_later_fragments_have_none)
{
    fields.first_has_ports = true;
    begin_fragment4(IPPROTO_UDP, MORE_FRAGMENTS | 1);
    expect(HASHED_BY_ADDRESSES, S4 D4);
    begin_fragment6(IPPROTO_UDP, 8, false);
    expect(HASHED_BY_ADDRESSES, S6 D6);
}
END_TEST

START_TEST(with_first_has_ports_later_fragments_are_of_the_type_ip4)
{
    fields.first_has_ports = true;
    set("udp4", "r");
    set("ip4", "t");
    begin_fragment4(IPPROTO_UDP, MORE_FRAGMENTS | 1);
    expect(HASHED_BY_ADDRESSES, "11");
}
END_TEST

START_TEST(a_first_fragment_of_what_has_no_ports_has_none)
{
    fields.first_has_ports = true;
    begin_fragment4(IPPROTO_ICMP, MORE_FRAGMENTS);
    expect(HASHED_BY_ADDRESSES, S4 D4);
}
END_TEST

/* --- Everyone's, and no one's ------------------------------------------------------------------------ */

START_TEST(arp_is_everyones)
{
    begin(PACKET_ETHER_ARP);
    put("0001 0800 0604 0002 020000000001 c0000201 02aabbccddee c6336402");
    expect(HASH_EVERYONES, "");
}
END_TEST

START_TEST(neighbour_discovery_is_everyones)
{
    begin6(IPPROTO_ICMPV6);
    frame.bytes[54] = (uint8_t)_i; /* router and neighbour solicitations and advertisements, redirect */
    expect(HASH_EVERYONES, "");
}
END_TEST

START_TEST(other_icmpv6_is_not_everyones)
{
    begin6(IPPROTO_ICMPV6);
    frame.bytes[54] = 132;
    expect(HASHED_BY_ADDRESSES, S6 D6);
    frame.bytes[54] = 138;
    expect(HASHED_BY_ADDRESSES, S6 D6);
}
END_TEST

START_TEST(icmp_with_a_type_of_neighbour_discovery_is_not_everyones)
{
    begin4(IPPROTO_ICMP);
    frame.bytes[34] = 135;
    expect(HASHED_BY_ADDRESSES, S4 D4);
}
END_TEST

START_TEST(broadcast_is_everyones)
{
    begin4(IPPROTO_UDP);
    memset(frame.bytes, 0xff, 6);
    expect(HASH_EVERYONES, "");
}
END_TEST

START_TEST(multicast_is_everyones)
{
    begin4(IPPROTO_UDP);
    frame.bytes[0] = 0x01;
    expect(HASH_EVERYONES, "");
    begin6(IPPROTO_UDP);
    frame.bytes[0] = 0x33;
    expect(HASH_EVERYONES, "");
}
END_TEST

START_TEST(multicast_that_is_no_ip_is_everyones)
{
    begin(0x88cc); /* LLDP */
    frame.bytes[0] = 0x01;
    put_zeros(46);
    expect(HASH_EVERYONES, "");
}
END_TEST

START_TEST(multicast_is_everyones_even_if_its_type_is_discarded)
{
    set("all", "r");
    begin4(IPPROTO_UDP);
    frame.bytes[0] = 0x01;
    expect(HASH_EVERYONES, "");
}
END_TEST

START_TEST(what_is_no_ip_has_no_hash)
{
    set("raw", "0/ff");
    begin(0x88cc);
    put_zeros(46);
    expect(HASH_NOT_MADE, "");
}
END_TEST

START_TEST(what_only_says_that_it_is_ip_has_no_hash)
{
    begin(PACKET_ETHER_IPV4);
    put_zeros(46);
    expect(HASH_NOT_MADE, "");
    begin(PACKET_ETHER_IPV6);
    put_zeros(46);
    expect(HASH_NOT_MADE, "");
}
END_TEST

static TCase *cases(const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    return tcase;
}

static TCase *symmetry_tests(void)
{
    TCase *tcase = cases("symmetry");

    tcase_add_test(tcase, symmetric_xor_has_source_xor_destination_twice);
    tcase_add_test(tcase, symmetric_xor_has_so_for_ipv6);
    tcase_add_test(tcase, symmetric_or_xor_has_source_or_destination_first);
    tcase_add_test(tcase, symmetric_or_xor_has_so_for_ipv6);
    tcase_add_test(tcase, symmetric_functions_have_addresses_alone_where_there_are_no_ports);
    tcase_add_test(tcase, symmetric_functions_can_have_ports_alone);
    tcase_add_test(tcase, what_has_no_direction_stays_as_it_is);
    tcase_add_loop_test(tcase, both_directions_give_a_symmetric_function_the_same, 0, 16);
    tcase_add_test(tcase, the_directions_differ_without_symmetry);
    return tcase;
}

static TCase *direction_tests(void)
{
    TCase *tcase = cases("direction");

    tcase_add_test(tcase, what_is_chosen_without_a_setting_is_symmetric);
    tcase_add_test(tcase, what_has_no_direction_is_symmetric);
    tcase_add_test(tcase, one_address_is_not_symmetric);
    tcase_add_test(tcase, one_port_is_not_symmetric);
    tcase_add_test(tcase, the_destination_mac_address_is_not_symmetric);
    tcase_add_test(tcase, the_flow_label_is_not_symmetric);
    tcase_add_test(tcase, the_flow_label_that_ipv4_does_not_have_is_symmetric);
    tcase_add_test(tcase, the_teid_is_not_symmetric);
    tcase_add_test(tcase, raw_bytes_are_not_symmetric);
    return tcase;
}

static TCase *fragment_tests(void)
{
    TCase *tcase = cases("fragment");

    tcase_add_test(tcase, the_first_fragment_goes_without_ports);
    tcase_add_test(tcase, a_fragment_in_the_middle_goes_without_ports);
    tcase_add_test(tcase, the_last_fragment_goes_without_ports);
    tcase_add_test(tcase, the_first_fragment_of_ipv6_goes_without_ports);
    tcase_add_test(tcase, the_last_fragment_of_ipv6_goes_without_ports);
    tcase_add_test(tcase, a_whole_datagram_is_no_fragment);
    tcase_add_test(tcase, a_fragment_header_around_a_whole_datagram_makes_no_fragment);
    tcase_add_test(tcase, fragments_are_of_the_type_ip4);
    tcase_add_test(tcase, fragments_are_of_the_type_ip6);
    tcase_add_test(tcase, fragments_are_discarded_with_ip4);
    tcase_add_test(tcase, fragments_are_not_discarded_with_tcp4);
    tcase_add_test(tcase, fragments_in_both_directions_give_a_symmetric_function_the_same);
    tcase_add_test(tcase, with_first_has_ports_the_first_fragment_has_them);
    tcase_add_test(tcase, with_first_has_ports_the_first_fragment_is_of_its_own_type);
    tcase_add_test(tcase, with_first_has_ports_later_fragments_have_none);
    tcase_add_test(tcase, with_first_has_ports_later_fragments_are_of_the_type_ip4);
    tcase_add_test(tcase, a_first_fragment_of_what_has_no_ports_has_none);
    return tcase;
}

static TCase *everyones_tests(void)
{
    TCase *tcase = cases("everyones");

    tcase_add_test(tcase, arp_is_everyones);
    tcase_add_loop_test(tcase, neighbour_discovery_is_everyones, 133, 138);
    tcase_add_test(tcase, other_icmpv6_is_not_everyones);
    tcase_add_test(tcase, icmp_with_a_type_of_neighbour_discovery_is_not_everyones);
    tcase_add_test(tcase, broadcast_is_everyones);
    tcase_add_test(tcase, multicast_is_everyones);
    tcase_add_test(tcase, multicast_that_is_no_ip_is_everyones);
    tcase_add_test(tcase, multicast_is_everyones_even_if_its_type_is_discarded);
    tcase_add_test(tcase, what_is_no_ip_has_no_hash);
    tcase_add_test(tcase, what_only_says_that_it_is_ip_has_no_hash);
    return tcase;
}

Suite *suite(void)
{
    Suite *s = suite_create("hash sessions");

    suite_add_tcase(s, symmetry_tests());
    suite_add_tcase(s, direction_tests());
    suite_add_tcase(s, fragment_tests());
    suite_add_tcase(s, everyones_tests());
    return s;
}
