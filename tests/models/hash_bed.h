/* hash_bed.h - frames that are put together header by header, and what is hashed of them.
 *
 * The station's end of a session is 192.0.2.1 or 2001:db8::1, port 0x1234; the card's end is 198.51.100.2 or
 * 2001:db8:0:7::2, port 80. Bytes are written and expected as hexadecimal digits, with blanks where they help. */
#ifndef TESTS_MODELS_HASH_BED_H
#define TESTS_MODELS_HASH_BED_H

#include "models/hash_fields.h"
#include "tests/suite.h"
#include "traces/packet.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <string.h>

#define STATION4 "192.0.2.1"
#define CARD4 "198.51.100.2"
#define STATION6 "2001:db8::1"
#define CARD6 "2001:db8:0:7::2"
/* the same as they are hashed */
#define S4 "c0000201"
#define D4 "c6336402"
#define S6 "20010db8000000000000000000000001"
#define D6 "20010db8000000070000000000000002"
#define PORTS "1234 0050"
#define PORTS_BACK "0050 1234"

enum { STATION_PORT = 0x1234, CARD_PORT = 80, MORE_FRAGMENTS = 0x2000, DONT_FRAGMENT = 0x4000 };

static struct {
    uint8_t bytes[512];
    uint32_t count;
    struct { /* fields that count from an offset to the frame's end */
        uint32_t at, from;
    } lengths[8];
    unsigned length_count;
} frame;

static struct hash_fields fields;
static enum hash_symmetry symmetry;
static struct hash_input input;

static inline void set_up(void)
{
    hash_fields_init(&fields);
    symmetry = HASH_AS_IT_IS;
}

static inline void tear_down(void)
{
}

static inline void set(const char *type, const char *text)
{
    char *wrong;

    ck_assert_msg(hash_fields_set(&fields, type, text, &wrong), "%s = %s: %s", type, text, wrong);
    ck_assert_ptr_null(wrong);
}

/* --- Bytes ------------------------------------------------------------------------------------------- */

/* Returns how many there are. */
static inline unsigned from_hex(const char *hex, uint8_t *bytes, unsigned room)
{
    unsigned digits = 0;

    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        ck_assert(g_ascii_isxdigit(*hex) && digits / 2 < room);
        bytes[digits / 2] = (uint8_t)(bytes[digits / 2] << 4 | g_ascii_xdigit_value(*hex));
        digits++;
    }
    ck_assert_uint_eq(digits % 2, 0);
    return digits / 2;
}

static inline void put(const char *hex)
{
    frame.count += from_hex(hex, frame.bytes + frame.count, (unsigned)(sizeof frame.bytes - frame.count));
}

static inline void put16(unsigned value)
{
    packet_put16(frame.bytes + frame.count, (uint16_t)value);
    frame.count += 2;
}

static inline void put_zeros(unsigned count)
{
    memset(frame.bytes + frame.count, 0, count);
    frame.count += count;
}

/* The frame ends `count` bytes earlier. */
static inline void cut(uint32_t count)
{
    frame.count -= count;
}

static inline void length_follows(uint32_t at, uint32_t from)
{
    frame.lengths[frame.length_count].at = at;
    frame.lengths[frame.length_count++].from = from;
}

/* The header put last says this, whatever there is. */
static inline void say_length(unsigned value)
{
    packet_put16(frame.bytes + frame.lengths[--frame.length_count].at, (uint16_t)value);
}

/* --- Headers ----------------------------------------------------------------------------------------- */

static inline void put_ethernet(unsigned type)
{
    put("02aabbccddee 020000000001");
    put16(type);
}

static inline void begin(unsigned type)
{
    memset(&frame, 0, sizeof frame);
    put_ethernet(type);
}

static inline void put_ipv4(const char *source, const char *destination, uint8_t protocol, unsigned fragment)
{
    uint8_t *at = frame.bytes + frame.count;

    length_follows(frame.count + 2, frame.count);
    put("45000000 12340000 40000000 00000000 00000000");
    packet_put16(at + 6, (uint16_t)fragment);
    at[9] = protocol;
    ck_assert_int_eq(inet_pton(AF_INET, source, at + 12), 1);
    ck_assert_int_eq(inet_pton(AF_INET, destination, at + 16), 1);
}

/* Traffic class ab, flow label 12345. */
static inline void put_ipv6(const char *source, const char *destination, uint8_t next)
{
    uint8_t *at = frame.bytes + frame.count;

    length_follows(frame.count + 4, frame.count + 40);
    put("6ab12345 00000040");
    put_zeros(32);
    at[6] = next;
    ck_assert_int_eq(inet_pton(AF_INET6, source, at + 8), 1);
    ck_assert_int_eq(inet_pton(AF_INET6, destination, at + 24), 1);
}

/* offset_bytes: a multiple of 8. */
static inline void put_fragment_header(uint8_t next, unsigned offset_bytes, bool more)
{
    put16((unsigned)next << 8);
    put16(offset_bytes | more);
    put("00001234");
}

static inline void put_tcp(unsigned source, unsigned destination)
{
    put16(source);
    put16(destination);
    put("00000001 00000002 5010ffff 00000000");
}

static inline void put_udp(unsigned source, unsigned destination)
{
    put16(source);
    put16(destination);
    length_follows(frame.count, frame.count - 4);
    put("0000 0000");
}

static inline void put_sctp(unsigned source, unsigned destination)
{
    put16(source);
    put16(destination);
    put("11111111 22222222 00000004");
}

static inline void put_transport(uint8_t protocol, unsigned source, unsigned destination)
{
    if (protocol == IPPROTO_TCP)
        put_tcp(source, destination);
    else if (protocol == IPPROTO_UDP)
        put_udp(source, destination);
    else if (protocol == IPPROTO_SCTP)
        put_sctp(source, destination);
    else
        put("08000000 00010001"); /* echo request */
}

/* Frames of the session, from the station to the card. */
static inline void begin4(uint8_t protocol)
{
    begin(PACKET_ETHER_IPV4);
    put_ipv4(STATION4, CARD4, protocol, 0);
    put_transport(protocol, STATION_PORT, CARD_PORT);
}

static inline void begin6(uint8_t protocol)
{
    begin(PACKET_ETHER_IPV6);
    put_ipv6(STATION6, CARD6, protocol);
    put_transport(protocol, STATION_PORT, CARD_PORT);
    if (protocol == IPPROTO_ICMPV6)
        frame.bytes[54] = 128; /* as ICMPv6 numbers it */
}

/* TCP over IPv4, tagged. */
static inline void begin_tagged(unsigned tag)
{
    begin(PACKET_ETHER_VLAN);
    put16(tag);
    put16(PACKET_ETHER_IPV4);
    put_ipv4(STATION4, CARD4, IPPROTO_TCP, 0);
    put_tcp(STATION_PORT, CARD_PORT);
}

/* The other way. */
static inline void begin_back4(uint8_t protocol)
{
    begin(PACKET_ETHER_IPV4);
    put_ipv4(CARD4, STATION4, protocol, 0);
    put_transport(protocol, CARD_PORT, STATION_PORT);
}

static inline void begin_back6(uint8_t protocol)
{
    begin(PACKET_ETHER_IPV6);
    put_ipv6(CARD6, STATION6, protocol);
    put_transport(protocol, CARD_PORT, STATION_PORT);
}

/* --- What is hashed ---------------------------------------------------------------------------------- */

static inline void set_lengths(void)
{
    for (unsigned i = 0; i < frame.length_count; i++)
        packet_put16(frame.bytes + frame.lengths[i].at, (uint16_t)(frame.count - frame.lengths[i].from));
}

/* The frame's first `bytes`, in memory of just that size, of wire_bytes on the wire. */
static inline enum hash_class gather_part(uint32_t bytes, uint32_t wire_bytes)
{
    uint8_t *part = g_memdup2(frame.bytes, bytes); /* NULL for none */
    struct packet packet;

    memset(&input, 0xee, sizeof input);
    packet_parse(&packet, part, bytes, wire_bytes);
    enum hash_class class = hash_gather(&fields, symmetry, &packet, &input);

    g_free(part);
    return class;
}

static inline void expect(enum hash_class class, const char *hex)
{
    uint8_t expected[HASH_MAX_INPUT_BYTES] = {0};
    unsigned count = from_hex(hex, expected, sizeof expected);

    set_lengths();
    ck_assert_int_eq((int)gather_part(frame.count, frame.count), (int)class);
    ck_assert_uint_eq(input.count, count);
    ck_assert_mem_eq(input.bytes, expected, count);
}

#endif
