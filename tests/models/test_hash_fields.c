/* What a hash is made of: fields, tunnels, quotes, fragments, byte for byte. */
#include "models/hash_fields.h"
#include "tests/suite.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <string.h>

static struct hash_fields fields;
static uint8_t frame[256];
static uint32_t bytes;
static struct hash_input input;

static void set_up(void)
{
    hash_fields_init(&fields);
    memset(frame, 0, sizeof frame);
    bytes = 0;
}

static void set(const char *type, const char *text)
{
    char *wrong;

    ck_assert_msg(hash_fields_set(&fields, type, text, &wrong), "%s", type);
}

static void put(const void *data, unsigned count)
{
    memcpy(frame + bytes, data, count);
    bytes += count;
}

static void put16(unsigned value)
{
    put((uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

static void ethernet(unsigned type)
{
    put("\x02\x11\x22\x33\x44\x55\x02\x66\x77\x88\x99\xaa", 12);
    put16(type);
}

/* 10.1.2.3 -> 10.4.5.6; payload_bytes follow. */
static void ipv4(unsigned protocol, unsigned fragment, unsigned payload_bytes)
{
    put("\x45\x00", 2);
    put16(20 + payload_bytes);
    put16(7);
    put16(fragment);
    put((uint8_t[]){64, (uint8_t)protocol, 0, 0, 10, 1, 2, 3, 10, 4, 5, 6}, 12);
}

/* 2001:db8::1 -> 2001:db8::2, flow label 0x12345 */
static void ipv6(unsigned protocol, unsigned payload_bytes)
{
    put("\x60\x01\x23\x45", 4);
    put16(payload_bytes);
    put((uint8_t[]){(uint8_t)protocol, 64}, 2);
    put("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
    put("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02", 16);
}

static void ports(unsigned from, unsigned to)
{
    put16(from);
    put16(to);
}

static void tcp(unsigned from, unsigned to)
{
    ports(from, to);
    put("\0\0\0\1\0\0\0\1\x50\x10\1\0\0\0\0\0", 16);
}

static void udp(unsigned from, unsigned to, unsigned payload_bytes)
{
    ports(from, to);
    put16(8 + payload_bytes);
    put16(0);
}

static enum hash_class gather(enum hash_symmetry symmetry)
{
    struct packet packet;

    memset(&input, 0xee, sizeof input);
    packet_parse(&packet, frame, bytes, bytes);
    return hash_gather(&fields, symmetry, &packet, &input);
}

#define ck_input(text)                                                                                                 \
    do {                                                                                                               \
        ck_assert_uint_eq(input.count, sizeof(text) - 1);                                                              \
        ck_assert_mem_eq(input.bytes, text, sizeof(text) - 1);                                                         \
    } while (0)

START_TEST(tcp_over_ipv4_is_addresses_and_ports)
{
    ethernet(0x0800);
    ipv4(IPPROTO_TCP, 0, 20);
    tcp(0x1234, 80);
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASHED_WITH_PORTS);
    ck_input("\x0a\x01\x02\x03\x0a\x04\x05\x06\x12\x34\x00\x50");
    set("tcp4", "d");
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASHED_BY_ADDRESSES);
    ck_input("\x0a\x04\x05\x06");
    set("tcp4", "fn");
    gather(HASH_AS_IT_IS);
    ck_input("\x12\x34\x00\x50");
    set("tcp4", "none");
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASH_NOT_MADE);
    set("tcp4", "r");
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASH_DISCARDED);
}
END_TEST

START_TEST(every_letter_adds_its_field_in_a_fixed_order)
{
    put("\x02\x11\x22\x33\x44\x55\x02\x66\x77\x88\x99\xaa", 12);
    put16(0x8100);
    put16(0x6fed); /* priority 3, VLAN 0xfed */
    put16(0x86dd);
    ipv6(IPPROTO_UDP, 8);
    udp(1, 2, 0);
    set("udp6", "mletvnfds");
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASHED_WITH_PORTS);
    ck_input("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"
             "\0\1\0\2" "\x11" "\x0f\xed" "\x01\x23\x45" "\0\0\0\0" "\x02\x11\x22\x33\x44\x55");
}
END_TEST

START_TEST(sctp_has_ports_and_other_protocols_have_none)
{
    ethernet(0x0800);
    ipv4(IPPROTO_SCTP, 0, 12);
    ports(9, 10);
    put("\0\0\0\0\0\0\0\0", 8);
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASHED_WITH_PORTS);
    ck_input("\x0a\x01\x02\x03\x0a\x04\x05\x06\0\x09\0\x0a");
    frame[23] = 89; /* OSPF */
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASHED_BY_ADDRESSES);
    ck_input("\x0a\x01\x02\x03\x0a\x04\x05\x06");
}
END_TEST

START_TEST(symmetric_input_is_the_same_in_both_directions)
{
    struct hash_input there;

    for (enum hash_symmetry symmetry = HASH_XOR_TWICE; symmetry <= HASH_OR_XOR; symmetry++) {
        bytes = 0;
        ethernet(0x0800);
        ipv4(IPPROTO_TCP, 0, 20);
        tcp(0x1234, 80);
        gather(symmetry);
        if (symmetry == HASH_XOR_TWICE) {
            ck_input("\x00\x05\x07\x05\x00\x05\x07\x05\x12\x64\x12\x64");
        } else
            ck_input("\x0a\x05\x07\x07\x00\x05\x07\x05\x12\x74\x12\x64");
        there = input;
        memcpy(frame + 26, "\x0a\x04\x05\x06\x0a\x01\x02\x03\x00\x50\x12\x34", 12);
        gather(symmetry);
        ck_assert_mem_eq(input.bytes, there.bytes, there.count);
    }
}
END_TEST

START_TEST(fragments_have_no_ports_unless_the_first_is_to_be_hashed_by_them)
{
    ethernet(0x0800);
    ipv4(IPPROTO_UDP, 0x2000, 8);
    udp(5, 6, 0);
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASHED_BY_ADDRESSES);
    ck_assert(input.is_fragment);
    ck_assert_uint_eq(input.count, 8);
    fields.first_has_ports = true;
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASHED_WITH_PORTS);
    frame[21] = 1; /* a later one */
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASHED_BY_ADDRESSES);
}
END_TEST

/* The card (10.4.5.6:80) had sent to 10.1.2.3:0x1234; a router tells it that it could not. */
START_TEST(an_icmp_error_goes_as_the_segments_that_it_quotes)
{
    ethernet(0x0800);
    ipv4(IPPROTO_ICMP, 0, 8 + 28);
    put("\3\1\0\0\0\0\0\0", 8);
    ipv4(IPPROTO_TCP, 0, 20);
    memcpy(frame + bytes - 8, "\x0a\x04\x05\x06\x0a\x01\x02\x03", 8);
    ports(80, 0x1234);
    put("\0\0\0\1", 4); /* eight bytes of the segment */
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASHED_BY_QUOTE);
    ck_input("\x0a\x01\x02\x03\x0a\x04\x05\x06\x12\x34\x00\x50");
    frame[34] = 8; /* an echo quotes nothing */
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASHED_BY_ADDRESSES);
    ck_assert_uint_eq(input.count, 8);
}
END_TEST

/* 192.0.2.1 -> 192.0.2.2, whatever is inside. */
static void outer(unsigned protocol, unsigned payload_bytes)
{
    ethernet(0x0800);
    ipv4(protocol, 0, payload_bytes);
    memcpy(frame + bytes - 8, "\xc0\0\2\1\xc0\0\2\2", 8);
}

#define INSIDE "\x0a\x01\x02\x03\x0a\x04\x05\x06\x12\x34\x00\x50"

static void ck_is_inside(const char *tunnel)
{
    ck_assert_int_ne(gather(HASH_AS_IT_IS), HASHED_INNER); /* not asked for */
    set("inner", tunnel);
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASHED_INNER);
    ck_input(INSIDE);
    for (uint32_t whole = bytes; bytes > 0; bytes--) { /* cut anywhere: no reading beyond it */
        gather(HASH_AS_IT_IS);
        ck_assert_uint_le(input.count, HASH_MAX_INPUT_BYTES);
        ck_assert_uint_le(bytes, whole);
    }
}

START_TEST(vxlan_goes_by_the_frame_inside)
{
    outer(IPPROTO_UDP, 8 + 8 + 14 + 40);
    udp(9999, 4789, 8 + 14 + 40);
    put("\x08\0\0\0\0\0\5\0", 8);
    ethernet(0x0800);
    ipv4(IPPROTO_TCP, 0, 20);
    tcp(0x1234, 80);
    ck_is_inside("vxlan");
}
END_TEST

START_TEST(gre_goes_by_the_packet_inside_behind_its_options)
{
    outer(IPPROTO_GRE, 16 + 40);
    put16(0xb000); /* checksum, key, sequence */
    put16(0x0800);
    put("\1\2\0\0\0\0\0\5\0\0\0\1", 12);
    ipv4(IPPROTO_TCP, 0, 20);
    tcp(0x1234, 80);
    ck_is_inside("gre,vxlan");
}
END_TEST

START_TEST(gre_of_version_1_is_not_looked_into)
{
    outer(IPPROTO_GRE, 4 + 40);
    put16(0x0001);
    put16(0x0800);
    ipv4(IPPROTO_TCP, 0, 20);
    tcp(0x1234, 80);
    set("inner", "gre");
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASHED_BY_ADDRESSES);
}
END_TEST

START_TEST(gtpu_goes_by_the_users_packet_behind_extension_headers)
{
    outer(IPPROTO_UDP, 8 + 8 + 4 + 4 + 40);
    udp(2152, 2152, 8 + 4 + 4 + 40);
    put("\x34\xff\x00\x30\x11\x22\x33\x44", 8); /* extension; TEID 0x11223344 */
    put("\0\0\0\x85", 4);                          /* the next is a PDU session container */
    put("\1\0\0\0", 4);                            /* 4 bytes, and no more */
    ipv4(IPPROTO_TCP, 0, 20);
    tcp(0x1234, 80);
    set("tcp4", "e");
    set("udp4", "e");
    gather(HASH_AS_IT_IS);
    ck_input("\x11\x22\x33\x44"); /* of the tunnel, whether it is looked into or not */
    set("inner", "gtpu");
    gather(HASH_AS_IT_IS);
    ck_input("\x11\x22\x33\x44");
    set("tcp4", "sdfn");
    set("udp4", "sdfn");
    set("inner", "none");
    ck_is_inside("gtpu");
}
END_TEST

START_TEST(raw_bytes_are_of_the_frame_from_its_first_on)
{
    ethernet(0x0800);
    ipv4(IPPROTO_TCP, 0, 20);
    tcp(0x1234, 80);
    set("tcp4", "d");
    set("raw", "26/ff0f 34/f0 250/ff");
    gather(HASH_AS_IT_IS);
    ck_input("\x0a\x04\x05\x06" "\x0a\x01" "\x10" "\x00");
}
END_TEST

START_TEST(what_is_everyones_is_not_hashed)
{
    ethernet(0x0806);
    put("\0\1\x08\0\6\4\0\1", 8);
    bytes = 60;
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASH_EVERYONES);
    bytes = 0;
    ethernet(0x0800);
    ipv4(IPPROTO_TCP, 0, 20);
    tcp(1, 2);
    frame[0] = 0xff;
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASH_EVERYONES);
    frame[0] = 2;
    frame[12] = 0x12; /* no IP */
    ck_assert_int_eq(gather(HASH_AS_IT_IS), HASH_NOT_MADE);
}
END_TEST

START_TEST(what_is_wrong_is_said_and_changes_nothing)
{
    static const struct {
        const char *type, *text, *says;
    } cases[] = {{"tcp5", "sd", "no type of traffic"},  {"tcp4", "sdx", "'x'"},
                 {"ip4", "sf", "has no ports"},         {"tcp4", "rs", "stands alone"},
                 {"raw", "12", "OFFSET/MASK"},          {"raw", "12/f", "OFFSET/MASK"},
                 {"raw", "12/gg", "hexadecimal"},       {"raw", "0/ffffffffffffffffffffffffff", "more than 12"},
                 {"inner", "vxlan,ipip", "'ipip'"},     {"raw", "99999/ff", "OFFSET/MASK"}};
    struct hash_fields before = fields;

    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *wrong = NULL;

        ck_assert(!hash_fields_set(&fields, cases[i].type, cases[i].text, &wrong));
        ck_assert_msg(strstr(wrong, cases[i].says) != NULL, "%s = %s: %s", cases[i].type, cases[i].text, wrong);
        g_free(wrong);
    }
    ck_assert_mem_eq(&fields, &before, sizeof fields);
}
END_TEST

START_TEST(symmetric_needs_both_ends_of_each_pair)
{
    const char *type;

    ck_assert(hash_fields_are_symmetric(&fields, &type));
    set("all", "sdfntv");
    ck_assert(hash_fields_are_symmetric(&fields, &type));
    set("udp6", "sdf");
    ck_assert(!hash_fields_are_symmetric(&fields, &type));
    ck_assert_str_eq(type, "udp6");
    set("udp6", "sdl");
    ck_assert(!hash_fields_are_symmetric(&fields, &type));
    set("udp6", "sd");
    set("raw", "26/ff");
    ck_assert(!hash_fields_are_symmetric(&fields, &type));
    ck_assert_str_eq(type, "raw");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("hash fields");
    TCase *tcase = tcase_create("fields");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, tcp_over_ipv4_is_addresses_and_ports);
    tcase_add_test(tcase, every_letter_adds_its_field_in_a_fixed_order);
    tcase_add_test(tcase, sctp_has_ports_and_other_protocols_have_none);
    tcase_add_test(tcase, symmetric_input_is_the_same_in_both_directions);
    tcase_add_test(tcase, fragments_have_no_ports_unless_the_first_is_to_be_hashed_by_them);
    tcase_add_test(tcase, an_icmp_error_goes_as_the_segments_that_it_quotes);
    tcase_add_test(tcase, vxlan_goes_by_the_frame_inside);
    tcase_add_test(tcase, gre_goes_by_the_packet_inside_behind_its_options);
    tcase_add_test(tcase, gre_of_version_1_is_not_looked_into);
    tcase_add_test(tcase, gtpu_goes_by_the_users_packet_behind_extension_headers);
    tcase_add_test(tcase, raw_bytes_are_of_the_frame_from_its_first_on);
    tcase_add_test(tcase, what_is_everyones_is_not_hashed);
    tcase_add_test(tcase, what_is_wrong_is_said_and_changes_nothing);
    tcase_add_test(tcase, symmetric_needs_both_ends_of_each_pair);
    suite_add_tcase(s, tcase);
    return s;
}
