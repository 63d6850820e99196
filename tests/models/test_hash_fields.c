/* What is chosen: the bytes of each letter and of raw, for each type of traffic, and the errors of the text. Fragments,
 * directions, everyone's: test_hash_sessions.c; what is inside of ICMP errors and tunnels: test_hash_inside.c. */
#include "tests/models/hash_bed.h"

/* --- As it is without a setting ---------------------------------------------------------------------- */

START_TEST(a_tcp_segment_over_ipv4_goes_by_addresses_and_ports)
{
    begin4(IPPROTO_TCP);
    expect(HASHED_WITH_PORTS, S4 D4 PORTS);
}
END_TEST

START_TEST(a_udp_datagram_over_ipv4_goes_by_addresses_and_ports)
{
    begin4(IPPROTO_UDP);
    expect(HASHED_WITH_PORTS, S4 D4 PORTS);
}
END_TEST

START_TEST(an_sctp_packet_over_ipv4_goes_by_addresses_and_ports)
{
    begin4(IPPROTO_SCTP);
    expect(HASHED_WITH_PORTS, S4 D4 PORTS);
}
END_TEST

START_TEST(an_icmp_echo_goes_by_addresses)
{
    begin4(IPPROTO_ICMP);
    expect(HASHED_BY_ADDRESSES, S4 D4);
}
END_TEST

START_TEST(any_other_ipv4_goes_by_addresses)
{
    begin4(IPPROTO_ESP);
    expect(HASHED_BY_ADDRESSES, S4 D4);
}
END_TEST

START_TEST(a_tcp_segment_over_ipv6_goes_by_addresses_and_ports)
{
    begin6(IPPROTO_TCP);
    expect(HASHED_WITH_PORTS, S6 D6 PORTS);
}
END_TEST

START_TEST(a_udp_datagram_over_ipv6_goes_by_addresses_and_ports)
{
    begin6(IPPROTO_UDP);
    expect(HASHED_WITH_PORTS, S6 D6 PORTS);
}
END_TEST

START_TEST(an_sctp_packet_over_ipv6_goes_by_addresses_and_ports)
{
    begin6(IPPROTO_SCTP);
    expect(HASHED_WITH_PORTS, S6 D6 PORTS);
}
END_TEST

START_TEST(an_icmpv6_echo_goes_by_addresses)
{
    begin6(IPPROTO_ICMPV6);
    expect(HASHED_BY_ADDRESSES, S6 D6);
}
END_TEST

START_TEST(any_other_ipv6_goes_by_addresses)
{
    begin6(IPPROTO_ESP);
    expect(HASHED_BY_ADDRESSES, S6 D6);
}
END_TEST

START_TEST(ports_are_found_behind_the_options_of_ipv4)
{
    begin(PACKET_ETHER_IPV4);
    put_ipv4(STATION4, CARD4, IPPROTO_TCP, 0);
    frame.bytes[14] = 0x46;
    put("94040000"); /* router alert */
    put_tcp(STATION_PORT, CARD_PORT);
    expect(HASHED_WITH_PORTS, S4 D4 PORTS);
}
END_TEST

START_TEST(ports_are_found_behind_an_extension_header_of_ipv6)
{
    begin(PACKET_ETHER_IPV6);
    put_ipv6(STATION6, CARD6, IPPROTO_DSTOPTS);
    put("0600 010400000000"); /* then TCP; padding */
    put_tcp(STATION_PORT, CARD_PORT);
    expect(HASHED_WITH_PORTS, S6 D6 PORTS);
}
END_TEST

START_TEST(padding_behind_a_datagram_changes_nothing)
{
    begin4(IPPROTO_UDP);
    set_lengths();
    frame.length_count = 0;
    put("ffffffffffff ffffffffffff ffffffffffff");
    expect(HASHED_WITH_PORTS, S4 D4 PORTS);
}
END_TEST

/* --- Letters ----------------------------------------------------------------------------------------- */

START_TEST(s_is_the_source_address)
{
    set("tcp4", "s");
    begin4(IPPROTO_TCP);
    expect(HASHED_BY_ADDRESSES, S4);
}
END_TEST

START_TEST(d_is_the_destination_address)
{
    set("tcp6", "d");
    begin6(IPPROTO_TCP);
    expect(HASHED_BY_ADDRESSES, D6);
}
END_TEST

START_TEST(f_is_the_source_port)
{
    set("udp4", "f");
    begin4(IPPROTO_UDP);
    expect(HASHED_WITH_PORTS, "1234");
}
END_TEST

START_TEST(n_is_the_destination_port)
{
    set("sctp6", "n");
    begin6(IPPROTO_SCTP);
    expect(HASHED_WITH_PORTS, "0050");
}
END_TEST

START_TEST(t_is_the_protocol)
{
    set("ip4", "t");
    begin4(IPPROTO_ESP);
    expect(HASHED_BY_ADDRESSES, "32");
}
END_TEST

START_TEST(t_is_the_protocol_behind_the_extension_headers)
{
    set("udp6", "t");
    begin(PACKET_ETHER_IPV6);
    put_ipv6(STATION6, CARD6, IPPROTO_DSTOPTS);
    put("1100 010400000000");
    put_udp(STATION_PORT, CARD_PORT);
    expect(HASHED_BY_ADDRESSES, "11");
}
END_TEST

START_TEST(v_is_the_vlan_id_without_the_priority)
{
    set("tcp4", "v");
    begin_tagged(0xf005); /* priority 7, drop eligible, id 5 */
    expect(HASHED_BY_ADDRESSES, "0005");
    begin_tagged(0x0fff);
    expect(HASHED_BY_ADDRESSES, "0fff");
}
END_TEST

START_TEST(v_is_0_without_a_tag)
{
    set("tcp4", "v");
    begin4(IPPROTO_TCP);
    expect(HASHED_BY_ADDRESSES, "0000");
}
END_TEST

START_TEST(v_is_of_the_outermost_tag)
{
    set("tcp4", "v");
    begin(PACKET_ETHER_QINQ);
    put("0abc 8100 0123 0800");
    put_ipv4(STATION4, CARD4, IPPROTO_TCP, 0);
    put_tcp(STATION_PORT, CARD_PORT);
    expect(HASHED_BY_ADDRESSES, "0abc");
}
END_TEST

START_TEST(a_tag_that_is_not_chosen_changes_nothing)
{
    begin_tagged(0xf005);
    expect(HASHED_WITH_PORTS, S4 D4 PORTS);
}
END_TEST

START_TEST(l_is_the_flow_label_without_the_traffic_class)
{
    set("tcp6", "l");
    begin6(IPPROTO_TCP);
    expect(HASHED_BY_ADDRESSES, "012345");
}
END_TEST

START_TEST(l_is_0_for_ipv4)
{
    set("tcp4", "l");
    begin4(IPPROTO_TCP);
    expect(HASHED_BY_ADDRESSES, "000000");
}
END_TEST

/* G-PDU with a TEID; nobody looks inside. */
static void begin_gtpu(unsigned port, uint8_t flags)
{
    begin(PACKET_ETHER_IPV4);
    put_ipv4(STATION4, CARD4, IPPROTO_UDP, 0);
    put_udp(STATION_PORT, port);
    frame.bytes[frame.count++] = flags;
    put("ff 0004 a1b2c3d4 45000000");
}

START_TEST(e_is_the_teid_of_gtpu)
{
    set("udp4", "e");
    begin_gtpu(2152, 0x30);
    expect(HASHED_BY_ADDRESSES, "a1b2c3d4");
}
END_TEST

START_TEST(e_is_0_without_gtpu)
{
    set("all", "e");
    begin_gtpu(2153, 0x30);
    expect(HASHED_BY_ADDRESSES, "00000000");
    begin4(IPPROTO_TCP);
    expect(HASHED_BY_ADDRESSES, "00000000");
    begin6(IPPROTO_UDP);
    expect(HASHED_BY_ADDRESSES, "00000000");
}
END_TEST

START_TEST(e_is_0_for_gtp_prime_and_for_another_version)
{
    set("udp4", "e");
    begin_gtpu(2152, 0x20); /* GTP' */
    expect(HASHED_BY_ADDRESSES, "00000000");
    begin_gtpu(2152, 0x50); /* version 2 */
    expect(HASHED_BY_ADDRESSES, "00000000");
}
END_TEST

START_TEST(e_is_0_where_the_header_of_gtpu_is_cut)
{
    set("udp4", "e");
    begin_gtpu(2152, 0x30);
    cut(5);
    expect(HASHED_BY_ADDRESSES, "00000000");
}
END_TEST

START_TEST(e_is_there_for_an_echo_request_too)
{
    set("udp4", "e");
    begin_gtpu(2152, 0x30);
    frame.bytes[14 + 20 + 8 + 1] = 1;
    expect(HASHED_BY_ADDRESSES, "a1b2c3d4");
}
END_TEST

START_TEST(m_is_the_destination_mac_address)
{
    set("ip6", "m");
    begin6(IPPROTO_ICMPV6);
    expect(HASHED_BY_ADDRESSES, "02aabbccddee");
}
END_TEST

START_TEST(r_discards)
{
    set("tcp4", "r");
    begin4(IPPROTO_TCP);
    expect(HASH_DISCARDED, "");
}
END_TEST

START_TEST(r_discards_its_type_only)
{
    set("tcp4", "r");
    begin4(IPPROTO_UDP);
    expect(HASHED_WITH_PORTS, S4 D4 PORTS);
    begin6(IPPROTO_TCP);
    expect(HASHED_WITH_PORTS, S6 D6 PORTS);
}
END_TEST

START_TEST(r_discards_whatever_raw_says)
{
    set("tcp4", "r");
    set("raw", "0/ff");
    begin4(IPPROTO_TCP);
    expect(HASH_DISCARDED, "");
}
END_TEST

START_TEST(with_none_no_hash_is_made)
{
    set("udp6", "none");
    begin6(IPPROTO_UDP);
    expect(HASH_NOT_MADE, "");
}
END_TEST

START_TEST(all_letters_come_in_the_order_of_the_header)
{
    set("tcp6", "mlvtnfeds");
    begin(PACKET_ETHER_VLAN);
    put("0005 86dd");
    put_ipv6(STATION6, CARD6, IPPROTO_TCP);
    put_tcp(STATION_PORT, CARD_PORT);
    expect(HASHED_WITH_PORTS, S6 D6 PORTS "06 0005 012345 00000000 02aabbccddee");
}
END_TEST

START_TEST(a_letter_twice_counts_once)
{
    set("tcp4", "ssn");
    begin4(IPPROTO_TCP);
    expect(HASHED_WITH_PORTS, S4 "0050");
}
END_TEST

START_TEST(all_sets_every_type)
{
    set("all", "dn");
    for (unsigned type = 0; type < HASH_TYPES; type++)
        ck_assert_uint_eq(fields.sets[type], (unsigned)HASH_FIELD_DESTINATION | (type == HASH_IP4 || type == HASH_IP6
                                                                                     ? 0
                                                                                     : HASH_FIELD_DESTINATION_PORT));
}
END_TEST

START_TEST(all_has_no_ports_where_there_are_none)
{
    set("all", "fnt");
    begin4(IPPROTO_ICMP);
    expect(HASHED_BY_ADDRESSES, "01");
    begin6(IPPROTO_ESP);
    expect(HASHED_BY_ADDRESSES, "32");
}
END_TEST

START_TEST(all_with_ports_alone_leaves_nothing_for_other_ip)
{
    set("all", "fn");
    begin4(IPPROTO_ICMP);
    expect(HASH_NOT_MADE, "");
}
END_TEST

START_TEST(all_can_discard)
{
    set("all", "r");
    begin4(IPPROTO_SCTP);
    expect(HASH_DISCARDED, "");
    begin6(IPPROTO_ESP);
    expect(HASH_DISCARDED, "");
}
END_TEST

START_TEST(a_type_is_what_was_set_last)
{
    set("udp4", "r");
    set("all", "s");
    set("udp4", "d");
    begin4(IPPROTO_UDP);
    expect(HASHED_BY_ADDRESSES, D4);
    begin4(IPPROTO_TCP);
    expect(HASHED_BY_ADDRESSES, S4);
}
END_TEST

/* Each type by a set that no other has. */
START_TEST(each_type_has_its_own_set)
{
    static const char *const types[HASH_TYPES] = {"tcp4", "udp4", "sctp4", "ip4", "tcp6", "udp6", "sctp6", "ip6"};
    static const uint8_t protocols[4] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ESP};

    set("all", "none");
    set(types[_i], "t");
    for (int type = 0; type < HASH_TYPES; type++) {
        if (type < HASH_TCP6)
            begin4(protocols[type % 4]);
        else
            begin6(protocols[type % 4]);
        set_lengths();
        ck_assert_int_eq((int)gather_part(frame.count, frame.count),
                         (int)(type == _i ? HASHED_BY_ADDRESSES : HASH_NOT_MADE));
        ck_assert_uint_eq(input.count, type == _i);
    }
}
END_TEST

/* --- Raw --------------------------------------------------------------------------------------------- */

START_TEST(raw_bytes_come_behind_the_fields)
{
    set("tcp4", "s");
    set("raw", "12/ffff");
    begin4(IPPROTO_TCP);
    expect(HASHED_BY_ADDRESSES, S4 "0800");
}
END_TEST

START_TEST(raw_bytes_alone_are_enough)
{
    set("all", "none");
    set("raw", "36/ffff");
    begin4(IPPROTO_TCP);
    expect(HASHED_BY_ADDRESSES, "0050");
}
END_TEST

START_TEST(raw_bytes_are_counted_from_the_frames_first)
{
    set("all", "none");
    set("raw", "0/ff 5/ff");
    begin4(IPPROTO_TCP);
    expect(HASHED_BY_ADDRESSES, "02 ee");
}
END_TEST

START_TEST(raw_bytes_are_masked)
{
    set("all", "none");
    set("raw", "34/0ff0 1/Aa"); /* 12 & 0f, 34 & f0; aa & aa */
    begin4(IPPROTO_TCP);
    expect(HASHED_BY_ADDRESSES, "02 30 aa");
}
END_TEST

START_TEST(raw_bytes_come_in_the_order_of_the_text)
{
    set("all", "none");
    set("raw", "5/ff,1/ff\t5/0f");
    begin4(IPPROTO_TCP);
    expect(HASHED_BY_ADDRESSES, "ee aa 0e");
}
END_TEST

START_TEST(raw_bytes_behind_the_frames_end_are_0)
{
    set("all", "none");
    set("raw", "53/ffff 65000/ff"); /* the last byte, and one behind it */
    begin4(IPPROTO_TCP);
    frame.bytes[53] = 0x77;
    ck_assert_uint_eq(frame.count, 54);
    expect(HASHED_BY_ADDRESSES, "77 00 00");
}
END_TEST

START_TEST(twelve_raw_bytes_are_allowed)
{
    set("tcp4", "n");
    set("raw", "0/ffffffffffffffffffffffff");
    begin4(IPPROTO_TCP);
    expect(HASHED_WITH_PORTS, "0050 02aabbccddee 020000000001");
}
END_TEST

START_TEST(raw_set_again_replaces_what_was_set)
{
    set("raw", "0/ffffff");
    set("raw", "5/ff");
    begin4(IPPROTO_TCP);
    expect(HASHED_WITH_PORTS, S4 D4 PORTS "ee");
    set("raw", "");
    begin4(IPPROTO_TCP);
    expect(HASHED_WITH_PORTS, S4 D4 PORTS);
}
END_TEST

/* 32 + 4 + 1 + 2 + 3 + 4 + 6, and 12: as long as an input can be. */
START_TEST(everything_that_can_be_chosen_has_room)
{
    set("tcp6", "sdfntvlem");
    set("raw", "0/ffffffffffffffffffffffff");
    begin6(IPPROTO_TCP);
    expect(HASHED_WITH_PORTS, S6 D6 PORTS "06 0000 012345 00000000 02aabbccddee 02aabbccddee 020000000001");
    ck_assert_uint_eq(input.count, HASH_MAX_INPUT_BYTES);
}
END_TEST

START_TEST(everything_has_room_in_a_symmetric_function_too)
{
    symmetry = HASH_XOR_TWICE;
    set("tcp6", "sdfntvlem");
    set("raw", "0/ffffffffffffffffffffffff");
    begin6(IPPROTO_TCP);
    set_lengths();
    ck_assert_int_eq((int)gather_part(frame.count, frame.count), HASHED_WITH_PORTS);
    ck_assert_uint_eq(input.count, HASH_MAX_INPUT_BYTES);
}
END_TEST

/* --- What can be set --------------------------------------------------------------------------------- */

/* Nothing but raw bytes and a set of its own, so that a change would be seen. */
static void refuses(const char *type, const char *text, const char *expected)
{
    struct hash_fields before;
    char *wrong = NULL;

    set("udp4", "st");
    set("raw", "26/ff0f");
    set("inner", "gre");
    before = fields;
    ck_assert(!hash_fields_set(&fields, type, text, &wrong));
    ck_assert_str_eq(wrong, expected);
    ck_assert_mem_eq(&fields, &before, sizeof before);
    g_free(wrong);
}

START_TEST(an_unknown_type_is_an_error)
{
    refuses("tcp5", "sd",
            "'tcp5' is no type of traffic: expected tcp4, udp4, sctp4, ip4, tcp6, udp6, sctp6, ip6, all, raw or inner");
}
END_TEST

START_TEST(an_unknown_letter_is_an_error_that_quotes_it)
{
    refuses("tcp4", "sdx", "'x': expected letters of sdfntvlemr, as in sdfn, or none");
    refuses("all", "S", "'S': expected letters of sdfntvlemr, as in sdfn, or none");
    refuses("tcp4", "s d", "' ': expected letters of sdfntvlemr, as in sdfn, or none");
}
END_TEST

START_TEST(discard_with_another_letter_is_an_error)
{
    refuses("tcp4", "sr", "'r' (discard) stands alone");
    refuses("all", "rs", "'r' (discard) stands alone");
}
END_TEST

START_TEST(ports_of_what_has_none_are_an_error)
{
    refuses("ip4", "sdf", "ip4 has no ports: f and n are of tcp, udp and sctp");
    refuses("ip6", "n", "ip6 has no ports: f and n are of tcp, udp and sctp");
}
END_TEST

#define RAW_FORM ": expected OFFSET/MASK, the mask in hexadecimal, two digits a byte: 26/ffff"

START_TEST(a_raw_word_without_a_mask_is_an_error)
{
    refuses("raw", "26", "'26'" RAW_FORM);
    refuses("raw", "26/", "'26/'" RAW_FORM);
}
END_TEST

START_TEST(a_raw_word_without_an_offset_is_an_error)
{
    refuses("raw", "/ff", "'/ff'" RAW_FORM);
    refuses("raw", "x/ff", "'x/ff'" RAW_FORM);
}
END_TEST

START_TEST(half_a_raw_byte_is_an_error)
{
    refuses("raw", "0/ff 26/fff", "'26/fff'" RAW_FORM);
}
END_TEST

START_TEST(a_raw_offset_behind_every_frame_is_an_error)
{
    refuses("raw", "65001/ff", "'65001/ff'" RAW_FORM);
    refuses("raw", "-1/ff", "'-1/ff'" RAW_FORM);
}
END_TEST

START_TEST(a_raw_mask_that_is_no_number_is_an_error)
{
    refuses("raw", "26/fg", "'26/fg': the mask is no hexadecimal number");
    refuses("raw", "26/0xff", "'26/0xff': the mask is no hexadecimal number");
}
END_TEST

START_TEST(a_thirteenth_raw_byte_is_an_error)
{
    refuses("raw", "0/ffffffffffffffffffffffffff", "more than 12 bytes");
    refuses("raw", "0/ffffffffffffffffffffffff 26/00", "more than 12 bytes");
}
END_TEST

START_TEST(an_unknown_tunnel_is_an_error)
{
    refuses("inner", "vxlan geneve", "'geneve': expected vxlan, gre, gtpu or none");
}
END_TEST

START_TEST(tunnels_are_chosen_by_name)
{
    set("inner", "vxlan");
    ck_assert_uint_eq(fields.inner, HASH_INNER_VXLAN);
    set("inner", "gtpu, gre");
    ck_assert_uint_eq(fields.inner, HASH_INNER_GRE | HASH_INNER_GTPU);
    set("inner", "none");
    ck_assert_uint_eq(fields.inner, 0);
}
END_TEST

static TCase *cases(const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    return tcase;
}

static TCase *default_tests(void)
{
    TCase *tcase = cases("default");

    tcase_add_test(tcase, a_tcp_segment_over_ipv4_goes_by_addresses_and_ports);
    tcase_add_test(tcase, a_udp_datagram_over_ipv4_goes_by_addresses_and_ports);
    tcase_add_test(tcase, an_sctp_packet_over_ipv4_goes_by_addresses_and_ports);
    tcase_add_test(tcase, an_icmp_echo_goes_by_addresses);
    tcase_add_test(tcase, any_other_ipv4_goes_by_addresses);
    tcase_add_test(tcase, a_tcp_segment_over_ipv6_goes_by_addresses_and_ports);
    tcase_add_test(tcase, a_udp_datagram_over_ipv6_goes_by_addresses_and_ports);
    tcase_add_test(tcase, an_sctp_packet_over_ipv6_goes_by_addresses_and_ports);
    tcase_add_test(tcase, an_icmpv6_echo_goes_by_addresses);
    tcase_add_test(tcase, any_other_ipv6_goes_by_addresses);
    tcase_add_test(tcase, ports_are_found_behind_the_options_of_ipv4);
    tcase_add_test(tcase, ports_are_found_behind_an_extension_header_of_ipv6);
    tcase_add_test(tcase, padding_behind_a_datagram_changes_nothing);
    return tcase;
}

static TCase *letter_tests(void)
{
    TCase *tcase = cases("letter");

    tcase_add_test(tcase, s_is_the_source_address);
    tcase_add_test(tcase, d_is_the_destination_address);
    tcase_add_test(tcase, f_is_the_source_port);
    tcase_add_test(tcase, n_is_the_destination_port);
    tcase_add_test(tcase, t_is_the_protocol);
    tcase_add_test(tcase, t_is_the_protocol_behind_the_extension_headers);
    tcase_add_test(tcase, v_is_the_vlan_id_without_the_priority);
    tcase_add_test(tcase, v_is_0_without_a_tag);
    tcase_add_test(tcase, v_is_of_the_outermost_tag);
    tcase_add_test(tcase, a_tag_that_is_not_chosen_changes_nothing);
    tcase_add_test(tcase, l_is_the_flow_label_without_the_traffic_class);
    tcase_add_test(tcase, l_is_0_for_ipv4);
    tcase_add_test(tcase, e_is_the_teid_of_gtpu);
    tcase_add_test(tcase, e_is_0_without_gtpu);
    tcase_add_test(tcase, e_is_0_for_gtp_prime_and_for_another_version);
    tcase_add_test(tcase, e_is_0_where_the_header_of_gtpu_is_cut);
    tcase_add_test(tcase, e_is_there_for_an_echo_request_too);
    tcase_add_test(tcase, m_is_the_destination_mac_address);
    tcase_add_test(tcase, r_discards);
    tcase_add_test(tcase, r_discards_its_type_only);
    tcase_add_test(tcase, r_discards_whatever_raw_says);
    tcase_add_test(tcase, with_none_no_hash_is_made);
    tcase_add_test(tcase, all_letters_come_in_the_order_of_the_header);
    tcase_add_test(tcase, a_letter_twice_counts_once);
    tcase_add_test(tcase, all_sets_every_type);
    tcase_add_test(tcase, all_has_no_ports_where_there_are_none);
    tcase_add_test(tcase, all_with_ports_alone_leaves_nothing_for_other_ip);
    tcase_add_test(tcase, all_can_discard);
    tcase_add_test(tcase, a_type_is_what_was_set_last);
    tcase_add_loop_test(tcase, each_type_has_its_own_set, 0, HASH_TYPES);
    return tcase;
}

static TCase *raw_tests(void)
{
    TCase *tcase = cases("raw");

    tcase_add_test(tcase, raw_bytes_come_behind_the_fields);
    tcase_add_test(tcase, raw_bytes_alone_are_enough);
    tcase_add_test(tcase, raw_bytes_are_counted_from_the_frames_first);
    tcase_add_test(tcase, raw_bytes_are_masked);
    tcase_add_test(tcase, raw_bytes_come_in_the_order_of_the_text);
    tcase_add_test(tcase, raw_bytes_behind_the_frames_end_are_0);
    tcase_add_test(tcase, twelve_raw_bytes_are_allowed);
    tcase_add_test(tcase, raw_set_again_replaces_what_was_set);
    tcase_add_test(tcase, everything_that_can_be_chosen_has_room);
    tcase_add_test(tcase, everything_has_room_in_a_symmetric_function_too);
    return tcase;
}

static TCase *setting_tests(void)
{
    TCase *tcase = cases("setting");

    tcase_add_test(tcase, an_unknown_type_is_an_error);
    tcase_add_test(tcase, an_unknown_letter_is_an_error_that_quotes_it);
    tcase_add_test(tcase, discard_with_another_letter_is_an_error);
    tcase_add_test(tcase, ports_of_what_has_none_are_an_error);
    tcase_add_test(tcase, a_raw_word_without_a_mask_is_an_error);
    tcase_add_test(tcase, a_raw_word_without_an_offset_is_an_error);
    tcase_add_test(tcase, half_a_raw_byte_is_an_error);
    tcase_add_test(tcase, a_raw_offset_behind_every_frame_is_an_error);
    tcase_add_test(tcase, a_raw_mask_that_is_no_number_is_an_error);
    tcase_add_test(tcase, a_thirteenth_raw_byte_is_an_error);
    tcase_add_test(tcase, an_unknown_tunnel_is_an_error);
    tcase_add_test(tcase, tunnels_are_chosen_by_name);
    return tcase;
}

Suite *suite(void)
{
    Suite *s = suite_create("hash fields");

    suite_add_tcase(s, default_tests());
    suite_add_tcase(s, letter_tests());
    suite_add_tcase(s, raw_tests());
    suite_add_tcase(s, setting_tests());
    return s;
}
