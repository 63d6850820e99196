/* test_bounds.c - captures that ask for much with few bytes: each is replayed in a second and in bounded memory.
 *
 * They are larger than what a fuzzer tries, and were found by asking what each field of a header can claim. */
#include "tests/fuzz/fuzz.h"
#include "tests/suite.h"

#include "traces/packet.h"

#include <glib.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>

enum {
    MOST_MBYTE = 700, /* with the sanitizers' own share; without the bounds it was 900 to 2400 */
    HEADERS = 54,
    CLAIMED = 60000, /* payload bytes of a frame of which the headers were captured */
};

static const uint8_t at_patient_card[FUZZ_REPLAY_BYTES] = {0x0c, 5, 0, 0, 0, 0, 0, 2, 3, 7, 1};
static const uint8_t at_deaf_card[FUZZ_REPLAY_BYTES] = {0x0c, 5, 0, 0, 0, 0, 0, 2, 3, 7, 1, 0, 1};

static GByteArray *file;

static void put_number(uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        g_byte_array_append(file, &(uint8_t){(uint8_t)(value >> 8 * i)}, 1);
}

static void begin(const uint8_t *choice)
{
    file = g_byte_array_new();
    g_byte_array_append(file, choice, FUZZ_REPLAY_BYTES);
    put_number(0xa1b2c3d4, 4), put_number(2, 2), put_number(4, 2), put_number(0, 4);
    put_number(0, 4), put_number(262144, 4), put_number(1, 4);
}

struct claim {
    bool from_card;
    uint8_t protocol, flags; /* protocol 0: TCP */
    uint32_t client, sequence, acknowledgement, payload_bytes, captured_bytes, wire_bytes;
};

static void add(struct claim claim)
{
    uint8_t frame[HEADERS + 16] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45};
    uint8_t *ip = frame + 14, *transport = ip + 20;
    uint32_t client = 0x0a010000 + claim.client, card = 0x0a000002;
    uint32_t bytes = HEADERS + claim.captured_bytes, wire = HEADERS + claim.payload_bytes;
    bool is_udp = claim.protocol == IPPROTO_UDP;

    packet_put16(ip + 2, (uint16_t)((is_udp ? 28 : 40) + claim.payload_bytes));
    ip[8] = 64;
    ip[9] = is_udp ? IPPROTO_UDP : IPPROTO_TCP;
    packet_put32(ip + 12, claim.from_card ? card : client);
    packet_put32(ip + 16, claim.from_card ? client : card);
    packet_put16(transport, claim.from_card ? 80 : 40000);
    packet_put16(transport + 2, claim.from_card ? 40000 : 80);
    if (is_udp) {
        packet_put16(transport + 4, (uint16_t)(8 + claim.payload_bytes));
    } else {
        packet_put32(transport + 4, claim.sequence);
        packet_put32(transport + 8, claim.acknowledgement);
        transport[12] = 5 << 4;
        transport[13] = claim.flags ? claim.flags : PACKET_ACK;
        packet_put16(transport + 14, 1000);
    }
    put_number(0, 4), put_number(file->len / 16, 4), put_number(bytes, 4);
    put_number(MAX(bytes, claim.wire_bytes ? claim.wire_bytes : wire), 4);
    g_byte_array_append(file, frame, bytes);
}

static void handshake(uint32_t client)
{
    add((struct claim){.client = client, .flags = PACKET_SYN});
    add((struct claim){.client = client,
                       .from_card = true,
                       .flags = PACKET_SYN | PACKET_ACK,
                       .acknowledgement = 1});
}

static void replay_within_bounds(void)
{
    struct rusage usage;

    fuzz_replay(file->data, file->len);
    g_byte_array_free(file, true);
    getrusage(RUSAGE_SELF, &usage);
    ck_assert_int_lt(usage.ru_maxrss / 1024, MOST_MBYTE);
}

START_TEST(payload_that_was_not_captured)
{
    begin(_i ? at_deaf_card : at_patient_card);
    for (uint32_t i = 0; i < 20000; i++)
        add((struct claim){.client = _i ? i : 1,
                           .sequence = 1000 + (_i ? 0 : i * CLAIMED),
                           .acknowledgement = 5,
                           .payload_bytes = CLAIMED});
    replay_within_bounds();
}
END_TEST

START_TEST(trailers_that_were_not_captured)
{
    begin(at_deaf_card);
    for (uint32_t i = 0; i < 20000; i++)
        add((struct claim){.client = i, .flags = PACKET_SYN, .wire_bytes = 262144});
    replay_within_bounds();
}
END_TEST

START_TEST(datagrams_that_nobody_reads)
{
    begin(at_patient_card);
    for (uint32_t i = 0; i < 60000; i++)
        add((struct claim){.protocol = IPPROTO_UDP, .payload_bytes = CLAIMED});
    replay_within_bounds();
}
END_TEST

START_TEST(holes_of_the_server)
{
    begin(at_patient_card);
    for (uint32_t i = 0; i < 12; i++) {
        handshake(i);
        add((struct claim){.client = i,
                           .from_card = true,
                           .sequence = 1,
                           .acknowledgement = 1,
                           .payload_bytes = 1,
                           .captured_bytes = 1});
        add((struct claim){.client = i, .sequence = 1, .acknowledgement = 60000000});
    }
    replay_within_bounds();
}
END_TEST

/* The test's card keeps what it gets, so there are few. */
START_TEST(holes_of_the_client)
{
    begin(at_patient_card);
    for (uint32_t i = 0; i < 3; i++) {
        handshake(i);
        add((struct claim){
            .client = i, .from_card = true, .sequence = 1, .acknowledgement = 60000000});
    }
    replay_within_bounds();
}
END_TEST

START_TEST(segments_in_descending_order_beyond_a_gap)
{
    const uint32_t count = 120000;

    begin(at_patient_card);
    handshake(1);
    for (uint32_t i = 0; i < count; i++)
        add((struct claim){.client = 1,
                           .from_card = true,
                           .sequence = 1000 + 2 * (count - i),
                           .acknowledgement = 1,
                           .payload_bytes = 1,
                           .captured_bytes = 1});
    replay_within_bounds();
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("hostile captures");
    TCase *cases = tcase_create("bounds");

    tcase_set_timeout(cases, 30); /* with the sanitizers, on a busy machine */
    tcase_add_loop_test(cases, payload_that_was_not_captured, 0, 2);
    tcase_add_test(cases, trailers_that_were_not_captured);
    tcase_add_test(cases, datagrams_that_nobody_reads);
    tcase_add_test(cases, holes_of_the_server);
    tcase_add_test(cases, holes_of_the_client);
    tcase_add_test(cases, segments_in_descending_order_beyond_a_gap);
    suite_add_tcase(all, cases);
    return all;
}
