/* One address, N stacks: which processor gets which frame. */
#include "models/dispatch.h"
#include "models/processor.h"
#include "tests/suite.h"
#include "traces/packet.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <string.h>

static struct sim sim;
static struct dispatch *dispatch;
static uint8_t frame[200];
static uint32_t frame_bytes;
static struct part *processors[128];

enum { MAX_RULES = 4, LAST_FRAGMENT = 185 /* behind 1480 bytes */ };

static const uint8_t suite_key[40] = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

/* 128 entries that name 128 processors: the choice is the hash modulo 128. */
static void set_up(void)
{
    sim_init(&sim);
    dispatch = (struct dispatch *)sim_add_part(&sim, &dispatch_kind, "rx");
    dispatch->table_entries = 128;
    dispatch->default_number = 7;
    dispatch->processor_list = (struct part_list){processors, 128};
    dispatch->tables[0].entries = 128;
    dispatch->rules = g_new0(struct dispatch_rule, MAX_RULES);
    for (unsigned i = 0; i < 128; i++) {
        char name[8];

        g_snprintf(name, sizeof name, "pp%u", i);
        processors[i] = sim_add_part(&sim, &processor_kind, name);
        ((struct processor *)processors[i])->number = i;
        dispatch->tables[0].place[i] = (uint16_t)i;
    }
    owners_init(&dispatch->owners, 0, true);
    hash_fields_init(&dispatch->fields);
    hash_init(&dispatch->hash, HASH_TOEPLITZ, suite_key, sizeof suite_key);
}

static void tear_down(void)
{
    owners_free(&dispatch->owners);
    sim_free(&sim);
}

static void ethernet(uint16_t type, bool multicast)
{
    memset(frame, 0, sizeof frame);
    frame[0] = multicast ? 0x01 : 0x02;
    packet_put16(frame + 12, type);
    frame_bytes = 60;
}

/* Writes an IPv4 header at `at`; its payload begins 20 bytes on. */
static void ipv4(uint32_t at, const char *source, const char *destination, uint8_t protocol,
                 uint16_t fragment, uint16_t payload_bytes)
{
    frame[at] = 0x45;
    packet_put16(frame + at + 2, (uint16_t)(20 + payload_bytes));
    packet_put16(frame + at + 6, fragment);
    frame[at + 8] = 64;
    frame[at + 9] = protocol;
    inet_pton(AF_INET, source, frame + at + 12);
    inet_pton(AF_INET, destination, frame + at + 16);
}

static void tcp(uint32_t at, uint16_t source_port, uint16_t destination_port)
{
    packet_put16(frame + at, source_port);
    packet_put16(frame + at + 2, destination_port);
    frame[at + 12] = 0x50;
}

static int choose(uint32_t *hash)
{
    struct packet packet;

    packet_parse(&packet, frame, frame_bytes, frame_bytes);
    struct dispatch_choice choice = dispatch_choose(dispatch, &packet);

    *hash = choice.hash;
    return choice.processor;
}

START_TEST(a_segment_goes_by_the_hash_of_addresses_and_ports)
{
    uint32_t hash;

    ethernet(0x0800, false);
    ipv4(14, "66.9.149.187", "161.142.100.80", IPPROTO_TCP, 0, 20);
    tcp(34, 2794, 1766);
    ck_assert_int_eq(choose(&hash), 0x51ccc178 % 128);
    ck_assert_uint_eq(hash, 0x51ccc178);
}
END_TEST

START_TEST(a_vlan_tag_changes_nothing)
{
    uint32_t hash;

    ethernet(0x8100, false);
    packet_put16(frame + 14, 5);
    packet_put16(frame + 16, 0x0800);
    ipv4(18, "66.9.149.187", "161.142.100.80", IPPROTO_TCP, 0, 20);
    tcp(38, 2794, 1766);
    choose(&hash);
    ck_assert_uint_eq(hash, 0x51ccc178);
}
END_TEST

START_TEST(fragments_go_by_addresses_the_first_as_well)
{
    uint32_t hash;

    ethernet(0x0800, false);
    ipv4(14, "66.9.149.187", "161.142.100.80", IPPROTO_UDP, 0x2000, 20);
    packet_put16(frame + 34, 2794);
    packet_put16(frame + 36, 1766);
    choose(&hash);
    ck_assert_uint_eq(hash, 0x323e8fc2);
    packet_put16(frame + 20, 185); /* the last fragment */
    choose(&hash);
    ck_assert_uint_eq(hash, 0x323e8fc2);
}
END_TEST

START_TEST(with_fragments_first_the_first_one_goes_by_its_ports)
{
    uint32_t hash;

    dispatch->fields.first_has_ports = true;
    ethernet(0x0800, false);
    ipv4(14, "66.9.149.187", "161.142.100.80", IPPROTO_UDP, 0x2000, 26);
    packet_put16(frame + 34, 2794);
    packet_put16(frame + 36, 1766);
    packet_put16(frame + 38, 26);
    choose(&hash);
    ck_assert_uint_eq(hash, 0x51ccc178);
    packet_put16(frame + 20, 0x2000 | 100);
    choose(&hash);
    ck_assert_uint_eq(hash, 0x323e8fc2);
}
END_TEST

/* The card sent 161.142.100.80:1766 -> 66.9.149.187:2794; a router far away complains. */
START_TEST(an_icmp_error_follows_the_session_whose_header_it_quotes)
{
    uint32_t hash;

    ethernet(0x0800, false);
    ipv4(14, "192.0.2.1", "161.142.100.80", IPPROTO_ICMP, 0, 36);
    frame[34] = 3;
    frame[35] = 1;
    ipv4(42, "161.142.100.80", "66.9.149.187", IPPROTO_TCP, 0, 1000);
    packet_put16(frame + 62, 1766);
    packet_put16(frame + 64, 2794);
    frame_bytes = 70; /* the quote ends after eight bytes of TCP */
    choose(&hash);
    ck_assert_uint_eq(hash, 0x51ccc178);
    ck_assert_uint_eq(dispatch->stats.hashed_quoted, 1);
}
END_TEST

START_TEST(an_echo_request_goes_by_addresses)
{
    uint32_t hash;

    ethernet(0x0800, false);
    ipv4(14, "66.9.149.187", "161.142.100.80", IPPROTO_ICMP, 0, 16);
    frame[34] = 8;
    choose(&hash);
    ck_assert_uint_eq(hash, 0x323e8fc2);
}
END_TEST

START_TEST(arp_and_multicast_are_copied_to_every_processor)
{
    uint32_t hash;

    ethernet(0x0806, false);
    ck_assert_int_eq(choose(&hash), DISPATCH_EVERY);
    ethernet(0x0800, true);
    ipv4(14, "10.0.0.1", "224.0.0.1", IPPROTO_UDP, 0, 20);
    ck_assert_int_eq(choose(&hash), DISPATCH_EVERY);
    ck_assert_uint_eq(dispatch->stats.copied, 2);
}
END_TEST

START_TEST(what_is_no_ip_goes_to_the_default_processor)
{
    uint32_t hash;

    ethernet(0x88cc, false);
    ck_assert_int_eq(choose(&hash), 7);
    ethernet(0x0800, false); /* says IPv4, holds zeros */
    ck_assert_int_eq(choose(&hash), 7);
    frame_bytes = 14;
    ck_assert_int_eq(choose(&hash), 7);
    ck_assert_uint_eq(dispatch->stats.unhashed, 3);
}
END_TEST

START_TEST(both_dispatches_agree_about_the_owner_of_a_session)
{
    struct hw_tuple tuple = {.remote_port = 2794, .local_port = 1766, .ip_version = 4};
    uint32_t hash;

    inet_pton(AF_INET, "66.9.149.187", tuple.remote);
    inet_pton(AF_INET, "161.142.100.80", tuple.local);
    ethernet(0x0800, false);
    ipv4(14, "66.9.149.187", "161.142.100.80", IPPROTO_TCP, 0, 20);
    tcp(34, 2794, 1766);
    ck_assert_int_eq((int)dispatch_owner(&dispatch->part, &tuple, IPPROTO_TCP), choose(&hash));
}
END_TEST

/* --- Rules ---------------------------------------------------------------------------------------- */

static struct dispatch_rule *add_rule(const char *text)
{
    struct dispatch_rule *rule = &dispatch->rules[dispatch->rule_lines.count++];
    char *wrong;

    ck_assert_uint_le(dispatch->rule_lines.count, MAX_RULES);
    ck_assert_msg(dispatch_rule_parse(rule, text, &dispatch->processor_list, &wrong), "%s: %s", text, wrong);
    return rule;
}

static void set_table(unsigned table, const char *spread)
{
    char *wrong;

    ck_assert_msg(indirection_set(&dispatch->tables[table], 128, spread, 128, &wrong), "%s: %s", spread, wrong);
}

/* Of the verification suite: 0x51ccc178 with its ports, entry 120 of 128; an even number. */
static void even_segment(void)
{
    ethernet(0x0800, false);
    ipv4(14, "66.9.149.187", "161.142.100.80", IPPROTO_TCP, 0, 20);
    tcp(34, 2794, 1766);
}

static const struct hw_flow even_flow = {.source = {66, 9, 149, 187},
                                         .destination = {161, 142, 100, 80},
                                         .source_port = 2794,
                                         .destination_port = 1766,
                                         .ip_version = 4,
                                         .protocol = IPPROTO_TCP};

/* Of the suite too: 0xafc7327f, entry 127; an odd number. */
static void odd_segment(void)
{
    ethernet(0x0800, false);
    ipv4(14, "38.27.205.30", "209.142.163.6", IPPROTO_TCP, 0, 20);
    tcp(34, 48228, 2217);
}

/* The addresses of even_segment(): 0x323e8fc2, entry 66; an even number. */
static void fragment(uint16_t fragment_field)
{
    ethernet(0x0800, false);
    ipv4(14, "66.9.149.187", "161.142.100.80", IPPROTO_UDP, fragment_field, 20);
}

/* The same addresses and ports as even_segment(), so the same hash. */
static void even_datagram(void)
{
    even_segment();
    frame[23] = IPPROTO_UDP;
    packet_put16(frame + 38, 20);
}

static void arp(void)
{
    ethernet(0x0806, false);
}

static int chosen(void)
{
    uint32_t hash;

    return choose(&hash);
}

START_TEST(a_rule_drops)
{
    add_rule("tcp port 1766 -> drop");
    even_segment();
    ck_assert_int_eq(chosen(), DISPATCH_DISCARD);
    ck_assert_uint_eq(dispatch->stats.discarded, 1);
    ck_assert_uint_eq(dispatch->stats.by_rule, 1);
    ck_assert_uint_eq(dispatch->stats.hashed_ports, 0);
}
END_TEST

START_TEST(a_rule_is_about_the_frames_that_match_alone)
{
    struct dispatch_rule *rule = add_rule("tcp port 1766 -> drop");

    odd_segment();
    ck_assert_int_eq(chosen(), 127);
    ck_assert_uint_eq(rule->frames, 0);
    ck_assert_uint_eq(dispatch->stats.by_rule, 0);
}
END_TEST

START_TEST(a_rule_to_two_processors_goes_by_the_hash_among_them)
{
    struct dispatch_rule *rule = add_rule("tcp -> pp9,pp5");

    even_segment();
    ck_assert_int_eq(chosen(), 9);
    odd_segment();
    ck_assert_int_eq(chosen(), 5);
    ck_assert_uint_eq(rule->frames, 2);
    ck_assert_uint_eq(dispatch->stats.hashed_ports, 2);
}
END_TEST

START_TEST(frames_that_a_rule_sends_to_processors_are_not_counted_in_the_table)
{
    add_rule("tcp -> pp9,pp5");
    even_segment();
    chosen();
    ck_assert_uint_eq(dispatch->tables[0].frames[120], 0);
}
END_TEST

START_TEST(a_rule_to_a_context_uses_that_table)
{
    set_table(1, "list 40 41");
    add_rule("host 66.9.149.187 -> context 1");
    even_segment();
    ck_assert_int_eq(chosen(), 40);
    odd_segment(); /* no rule: the table without a context */
    ck_assert_int_eq(chosen(), 127);
    ck_assert_uint_eq(dispatch->tables[1].frames[120], 1);
    ck_assert_uint_eq(dispatch->tables[0].frames[120], 0);
    ck_assert_uint_eq(dispatch->tables[0].frames[127], 1);
}
END_TEST

START_TEST(the_first_rule_that_matches_wins)
{
    struct dispatch_rule *first = add_rule("tcp port 1766 -> pp5"), *second = add_rule("tcp -> drop"),
                         *third = add_rule("tcp port 2217 -> pp6");

    even_segment();
    ck_assert_int_eq(chosen(), 5);
    odd_segment();
    ck_assert_int_eq(chosen(), DISPATCH_DISCARD);
    ck_assert_uint_eq(first->frames, 1);
    ck_assert_uint_eq(second->frames, 1);
    ck_assert_uint_eq(third->frames, 0);
}
END_TEST

START_TEST(a_rule_to_default_keeps_frames_from_later_rules)
{
    add_rule("tcp port 1766 -> default");
    add_rule("tcp -> drop");
    even_segment();
    ck_assert_int_eq(chosen(), 120);
    ck_assert_uint_eq(dispatch->stats.by_rule, 1);
}
END_TEST

START_TEST(a_rule_to_processors_takes_everyones_frames_to_its_first)
{
    add_rule("arp -> pp9,pp5");
    arp();
    ck_assert_int_eq(chosen(), 9);
}
END_TEST

START_TEST(everyones_frames_are_copied_whatever_the_context)
{
    set_table(1, "equal 1");
    add_rule("arp -> context 1");
    arp();
    ck_assert_int_eq(chosen(), DISPATCH_EVERY);
}
END_TEST

START_TEST(what_cannot_be_hashed_goes_to_the_first_processor_of_its_rule)
{
    add_rule("ether proto 0x88cc -> pp9,pp5");
    ethernet(0x88cc, false);
    ck_assert_int_eq(chosen(), 9);
}
END_TEST

START_TEST(what_cannot_be_hashed_goes_to_the_default_processor_whatever_the_context)
{
    set_table(1, "equal 1");
    add_rule("ether proto 0x88cc -> context 1");
    ethernet(0x88cc, false);
    ck_assert_int_eq(chosen(), 7);
}
END_TEST

/* --- Fields --------------------------------------------------------------------------------------- */

static void set_fields(const char *type, const char *letters)
{
    char *wrong;

    ck_assert_msg(hash_fields_set(&dispatch->fields, type, letters, &wrong), "%s: %s", letters, wrong);
}

START_TEST(a_type_with_field_r_is_discarded)
{
    set_fields("udp4", "r");
    even_datagram();
    ck_assert_int_eq(chosen(), DISPATCH_DISCARD);
    even_segment();
    ck_assert_int_eq(chosen(), 120);
    ck_assert_uint_eq(dispatch->stats.discarded, 1);
}
END_TEST

START_TEST(a_type_with_field_r_is_discarded_whoever_owns_the_session)
{
    dispatch->owners.capacity = 4;
    dispatch_claim(dispatch, &even_flow, 99);
    set_fields("tcp4", "r");
    even_segment();
    ck_assert_int_eq(chosen(), DISPATCH_DISCARD);
}
END_TEST

START_TEST(a_type_without_fields_goes_to_the_default_processor)
{
    set_fields("tcp4", "none");
    even_segment();
    ck_assert_int_eq(chosen(), 7);
    ck_assert_uint_eq(dispatch->stats.unhashed, 1);
}
END_TEST

/* --- In the place of a hash ----------------------------------------------------------------------- */

static void set_function(enum hash_function function)
{
    hash_init(&dispatch->hash, function, suite_key, sizeof suite_key);
}

static void syn(uint8_t flags)
{
    even_segment();
    frame[47] = flags;
}

START_TEST(round_robin_takes_the_processors_in_turn)
{
    set_function(HASH_ROUND_ROBIN);
    even_segment();
    for (int i = 0; i < 128; i++)
        ck_assert_int_eq(chosen(), i);
    odd_segment();
    ck_assert_int_eq(chosen(), 0);
    ck_assert_int_eq(chosen(), 1);
}
END_TEST

START_TEST(round_robin_takes_the_processors_of_a_rule_in_turn)
{
    set_function(HASH_ROUND_ROBIN);
    add_rule("tcp -> pp9,pp5,pp3");
    even_segment();
    ck_assert_int_eq(chosen(), 9);
    ck_assert_int_eq(chosen(), 5);
    ck_assert_int_eq(chosen(), 3);
    ck_assert_int_eq(chosen(), 9);
}
END_TEST

START_TEST(round_robin_sends_fragments_by_the_hash_of_their_addresses)
{
    set_function(HASH_ROUND_ROBIN);
    fragment(0x2000);
    ck_assert_int_eq(chosen(), 66);
    fragment(LAST_FRAGMENT);
    ck_assert_int_eq(chosen(), 66);
    even_segment(); /* they took nobody's turn */
    ck_assert_int_eq(chosen(), 0);
}
END_TEST

START_TEST(frames_that_are_not_hashed_take_nobodys_turn)
{
    set_function(HASH_ROUND_ROBIN);
    arp();
    ck_assert_int_eq(chosen(), DISPATCH_EVERY);
    ethernet(0x88cc, false);
    ck_assert_int_eq(chosen(), 7);
    even_segment();
    ck_assert_int_eq(chosen(), 0);
}
END_TEST

START_TEST(random_is_decided_by_the_seed)
{
    int first[100];
    unsigned same = 0;

    set_function(HASH_RANDOM);
    even_segment();
    dispatch->random = 1;
    for (unsigned i = 0; i < 100; i++)
        first[i] = chosen();
    dispatch->random = 1;
    for (unsigned i = 0; i < 100; i++)
        ck_assert_int_eq(chosen(), first[i]);
    dispatch->random = 2;
    for (unsigned i = 0; i < 100; i++)
        same += chosen() == first[i];
    ck_assert_uint_lt(same, 10);
}
END_TEST

START_TEST(random_takes_every_processor_about_as_often)
{
    unsigned frames[128] = {0};

    set_function(HASH_RANDOM);
    dispatch->random = 1;
    even_segment();
    for (unsigned i = 0; i < 12800; i++)
        frames[chosen()]++;
    for (unsigned i = 0; i < 128; i++) { /* 100 each, standard deviation 10 */
        ck_assert_uint_gt(frames[i], 50);
        ck_assert_uint_lt(frames[i], 150);
    }
}
END_TEST

START_TEST(random_sends_fragments_by_the_hash_of_their_addresses)
{
    set_function(HASH_RANDOM);
    for (unsigned i = 0; i < 10; i++) {
        fragment(i % 2 ? 0x2000 : LAST_FRAGMENT);
        ck_assert_int_eq(chosen(), 66);
    }
}
END_TEST

START_TEST(least_loaded_takes_the_processor_with_the_fewest_sessions_for_a_syn)
{
    set_function(HASH_LEAST_LOADED);
    for (unsigned i = 0; i < 128; i++)
        dispatch->owners.sessions[i] = i == 77 ? 2 : 3;
    syn(PACKET_SYN);
    ck_assert_int_eq(chosen(), 77);
    ck_assert_int_eq(chosen(), 77);
}
END_TEST

START_TEST(least_loaded_counts_frames_that_wait_as_well)
{
    set_function(HASH_LEAST_LOADED);
    for (unsigned i = 0; i < 128; i++) {
        dispatch->owners.sessions[i] = i == 50 ? 0 : 3;
        ((struct processor *)processors[i])->rx_ready.count = i == 50 ? 2 : i == 60 ? 0 : 1;
        ((struct processor *)processors[i])->rx_reserved = i == 50 ? 3 : 0; /* on their way */
    }
    syn(PACKET_SYN); /* 50: 0 + 2 + 3, 60: 3 + 0, all others 3 + 1 */
    ck_assert_int_eq(chosen(), 60);
}
END_TEST

START_TEST(least_loaded_takes_equals_in_turn)
{
    set_function(HASH_LEAST_LOADED);
    syn(PACKET_SYN);
    for (int i = 0; i < 128; i++)
        ck_assert_int_eq(chosen(), i);
    dispatch->owners.sessions[0] = 1;
    ck_assert_int_eq(chosen(), 1);
    ck_assert_int_eq(chosen(), 2);
}
END_TEST

START_TEST(least_loaded_chooses_among_the_processors_of_a_rule)
{
    set_function(HASH_LEAST_LOADED);
    add_rule("tcp -> pp9,pp5");
    syn(PACKET_SYN);
    dispatch->owners.sessions[9] = 2;
    dispatch->owners.sessions[5] = 1;
    ck_assert_int_eq(chosen(), 5);
    dispatch->owners.sessions[5] = 3;
    ck_assert_int_eq(chosen(), 9);
}
END_TEST

START_TEST(least_loaded_chooses_among_the_processors_of_the_table)
{
    set_function(HASH_LEAST_LOADED);
    set_table(0, "list 40 41");
    syn(PACKET_SYN);
    dispatch->owners.sessions[40] = 2;
    dispatch->owners.sessions[41] = 1;
    ck_assert_int_eq(chosen(), 41); /* though all others have none */
    dispatch->owners.sessions[41] = 3;
    ck_assert_int_eq(chosen(), 40);
}
END_TEST

START_TEST(least_loaded_chooses_among_the_processors_of_a_context)
{
    set_function(HASH_LEAST_LOADED);
    set_table(1, "equal 2 start 40");
    add_rule("tcp -> context 1");
    syn(PACKET_SYN);
    ck_assert_int_eq(chosen(), 40);
    ck_assert_int_eq(chosen(), 41);
    ck_assert_int_eq(chosen(), 40);
    ck_assert_uint_eq(dispatch->tables[1].frames[0], 1);
    ck_assert_uint_eq(dispatch->tables[1].frames[2], 1);
}
END_TEST

START_TEST(least_loaded_sends_all_but_a_syn_by_the_hash)
{
    uint32_t hash;

    set_function(HASH_LEAST_LOADED);
    syn(PACKET_ACK);
    ck_assert_int_eq(choose(&hash), 120);
    ck_assert_uint_eq(hash, 0x51ccc178);
    syn(PACKET_SYN | PACKET_ACK);
    ck_assert_int_eq(chosen(), 120);
    syn(PACKET_FIN | PACKET_ACK);
    ck_assert_int_eq(chosen(), 120);
    even_datagram();
    ck_assert_int_eq(chosen(), 120);
    fragment(LAST_FRAGMENT);
    ck_assert_int_eq(chosen(), 66);
}
END_TEST

/* --- The match table ------------------------------------------------------------------------------ */

START_TEST(a_claimed_session_goes_to_its_owner_ahead_of_the_hash)
{
    uint32_t hash;

    dispatch->owners.capacity = 4;
    dispatch_claim(dispatch, &even_flow, 99);
    even_segment();
    ck_assert_int_eq(choose(&hash), 99);
    ck_assert_uint_eq(hash, 0); /* none is made */
    ck_assert_uint_eq(dispatch->stats.by_session, 1);
    ck_assert_uint_eq(dispatch->stats.hashed_ports, 0);
    ck_assert_uint_eq(dispatch->tables[0].frames[120], 0);
}
END_TEST

START_TEST(other_sessions_go_by_the_hash)
{
    dispatch->owners.capacity = 4;
    dispatch_claim(dispatch, &even_flow, 99);
    odd_segment();
    ck_assert_int_eq(chosen(), 127);
    ck_assert_uint_eq(dispatch->stats.by_session, 0);
    ck_assert_uint_eq(dispatch->owners.stats.misses, 1);
}
END_TEST

START_TEST(a_released_session_goes_by_the_hash)
{
    dispatch->owners.capacity = 4;
    dispatch_claim(dispatch, &even_flow, 99);
    dispatch_release(dispatch, &even_flow, 99);
    even_segment();
    ck_assert_int_eq(chosen(), 120);
}
END_TEST

START_TEST(without_a_match_table_a_claimed_session_goes_by_the_hash)
{
    dispatch_claim(dispatch, &even_flow, 99);
    even_segment();
    ck_assert_int_eq(chosen(), 120);
    ck_assert_uint_eq(dispatch->owners.stats.misses, 0);
}
END_TEST

START_TEST(the_match_table_holds_sessions_of_tcp_alone)
{
    struct hw_flow flow = even_flow;

    dispatch->owners.capacity = 4;
    flow.protocol = IPPROTO_UDP;
    dispatch_claim(dispatch, &flow, 99);
    even_datagram();
    ck_assert_int_eq(chosen(), 120);
    ck_assert_uint_eq(dispatch->owners.stats.misses, 0);
}
END_TEST

START_TEST(a_fragment_of_a_segment_goes_by_its_addresses_whoever_owns_the_session)
{
    dispatch->owners.capacity = 4;
    dispatch_claim(dispatch, &even_flow, 99);
    even_segment();
    packet_put16(frame + 20, 0x2000);
    ck_assert_int_eq(chosen(), 66);
}
END_TEST

START_TEST(a_tagged_segment_is_of_the_same_session)
{
    dispatch->owners.capacity = 4;
    dispatch_claim(dispatch, &even_flow, 99);
    ethernet(0x8100, false);
    packet_put16(frame + 14, 5);
    packet_put16(frame + 16, 0x0800);
    ipv4(18, "66.9.149.187", "161.142.100.80", IPPROTO_TCP, 0, 20);
    tcp(38, 2794, 1766);
    ck_assert_int_eq(chosen(), 99);
}
END_TEST

START_TEST(a_session_over_ipv6_goes_to_its_owner)
{
    struct hw_flow flow = {.source_port = 2794, .destination_port = 1766, .ip_version = 6, .protocol = IPPROTO_TCP};

    inet_pton(AF_INET6, "3ffe:2501:200:1fff::7", flow.source);
    inet_pton(AF_INET6, "3ffe:2501:200:3::1", flow.destination);
    dispatch->owners.capacity = 4;
    dispatch_claim(dispatch, &flow, 99);
    ethernet(0x86dd, false);
    frame[14] = 0x60;
    packet_put16(frame + 18, 20);
    frame[20] = IPPROTO_TCP;
    memcpy(frame + 22, flow.source, 16);
    memcpy(frame + 38, flow.destination, 16);
    tcp(54, 2794, 1766);
    frame_bytes = 74;
    ck_assert_int_eq(chosen(), 99);
}
END_TEST

START_TEST(a_session_goes_to_its_owner_whatever_stands_in_the_place_of_the_hash)
{
    dispatch->owners.capacity = 4;
    dispatch_claim(dispatch, &even_flow, 99);
    set_function(HASH_ROUND_ROBIN);
    even_segment();
    ck_assert_int_eq(chosen(), 99);
    odd_segment();
    ck_assert_int_eq(chosen(), 0);
    set_function(HASH_LEAST_LOADED);
    syn(PACKET_SYN);
    ck_assert_int_eq(chosen(), 99);
}
END_TEST

START_TEST(a_session_goes_to_its_owner_among_the_processors_of_a_rule)
{
    dispatch->owners.capacity = 4;
    dispatch_claim(dispatch, &even_flow, 99);
    add_rule("tcp port 81 -> pp5");
    add_rule("tcp -> pp5,pp99,pp7");
    even_segment();
    ck_assert_int_eq(chosen(), 99);
    ck_assert_uint_eq(dispatch->stats.by_rule, 1);
    ck_assert_uint_eq(dispatch->stats.by_session, 1);
}
END_TEST

START_TEST(a_rule_that_does_not_allow_the_owner_has_its_way)
{
    dispatch->owners.capacity = 4;
    dispatch_claim(dispatch, &even_flow, 99);
    add_rule("tcp -> pp5");
    even_segment();
    ck_assert_int_eq(chosen(), 5);
    ck_assert_uint_eq(dispatch->stats.by_session, 0);
}
END_TEST

START_TEST(a_rule_that_drops_comes_before_the_match_table)
{
    dispatch->owners.capacity = 4;
    dispatch_claim(dispatch, &even_flow, 99);
    add_rule("tcp -> drop");
    even_segment();
    ck_assert_int_eq(chosen(), DISPATCH_DISCARD);
}
END_TEST

/* --- Who owns a flow ------------------------------------------------------------------------------ */

static unsigned owner_for(unsigned asker)
{
    uint32_t hash;

    return dispatch_flow_owner(dispatch, &even_flow, asker, &hash);
}

START_TEST(the_owner_of_a_flow_is_who_claimed_it)
{
    dispatch_claim(dispatch, &even_flow, 99);
    ck_assert_uint_eq(owner_for(3), 99);
    set_function(HASH_RANDOM);
    ck_assert_uint_eq(owner_for(3), 99);
}
END_TEST

START_TEST(a_second_claim_answers_the_first_owner)
{
    ck_assert_uint_eq(dispatch_claim(dispatch, &even_flow, 99), 99);
    ck_assert_uint_eq(dispatch_claim(dispatch, &even_flow, 98), 99);
}
END_TEST

START_TEST(unclaimed_a_flow_is_of_whom_the_hash_chooses)
{
    uint32_t hash;

    ck_assert_uint_eq(dispatch_flow_owner(dispatch, &even_flow, 3, &hash), 120);
    ck_assert_uint_eq(hash, 0x51ccc178);
    dispatch_claim(dispatch, &even_flow, 99);
    dispatch_release(dispatch, &even_flow, 99);
    ck_assert_uint_eq(owner_for(3), 120);
}
END_TEST

START_TEST(asking_for_an_owner_counts_no_frame)
{
    owner_for(3);
    ck_assert_uint_eq(dispatch->stats.hashed_ports, 0);
    ck_assert_uint_eq(dispatch->tables[0].frames[120], 0);
}
END_TEST

static const enum hash_function per_frame[] = {HASH_ROUND_ROBIN, HASH_RANDOM, HASH_LEAST_LOADED, HASH_PROGRAM};

START_TEST(unclaimed_a_flow_is_the_askers_where_the_choice_changes_from_frame_to_frame)
{
    set_function(per_frame[_i]);
    ck_assert_uint_eq(owner_for(3), 3);
    ck_assert_uint_eq(owner_for(127), 127);
}
END_TEST

START_TEST(the_owner_of_a_flow_follows_the_rules)
{
    struct dispatch_rule *rule = add_rule("tcp port 1766 -> pp9,pp5");

    ck_assert_uint_eq(owner_for(3), 9);
    ck_assert_uint_eq(rule->frames, 0); /* it was no frame */
}
END_TEST

START_TEST(the_owner_of_a_flow_follows_the_context)
{
    set_table(1, "list 40 41");
    add_rule("src host 66.9.149.187 -> context 1");
    ck_assert_uint_eq(owner_for(3), 40);
}
END_TEST

START_TEST(a_flow_that_would_be_discarded_is_the_askers)
{
    add_rule("tcp -> drop");
    ck_assert_uint_eq(owner_for(3), 3);
}
END_TEST

START_TEST(a_flow_that_is_not_hashed_is_the_default_processors)
{
    set_fields("tcp4", "none");
    ck_assert_uint_eq(owner_for(3), 7);
}
END_TEST

START_TEST(asking_for_its_owner_brings_a_session_back_into_the_match_table)
{
    struct hw_flow other = even_flow;

    dispatch->owners.capacity = 1;
    dispatch_claim(dispatch, &even_flow, 99);
    other.source_port = 1;
    dispatch_claim(dispatch, &other, 98);
    even_segment();
    ck_assert_int_eq(chosen(), 120); /* evicted */
    ck_assert_uint_eq(owner_for(120), 99);
    ck_assert_int_eq(chosen(), 99);
}
END_TEST

START_TEST(what_the_host_asks_for_goes_in_turn_where_the_choice_changes_from_frame_to_frame)
{
    struct hw_tuple tuple = {.remote_port = 2794, .local_port = 1766, .ip_version = 4};

    set_function(HASH_RANDOM);
    for (unsigned i = 0; i < 128; i++)
        ck_assert_uint_eq(dispatch_owner(&dispatch->part, &tuple, IPPROTO_TCP), i);
    ck_assert_uint_eq(dispatch_owner(&dispatch->part, &tuple, IPPROTO_TCP), 0);
}
END_TEST

START_TEST(what_the_host_asks_for_goes_to_who_claimed_it)
{
    struct hw_tuple tuple = {.remote_port = 2794, .local_port = 1766, .ip_version = 4};

    inet_pton(AF_INET, "66.9.149.187", tuple.remote);
    inet_pton(AF_INET, "161.142.100.80", tuple.local);
    dispatch_claim(dispatch, &even_flow, 99);
    ck_assert_uint_eq(dispatch_owner(&dispatch->part, &tuple, IPPROTO_TCP), 99);
}
END_TEST

static struct processor *processor_at(unsigned place)
{
    return (struct processor *)dispatch->processor_list.list[place];
}

static void web_segment(void)
{
    ethernet(0x0800, false);
    ipv4(14, "66.9.149.187", "161.142.100.80", IPPROTO_TCP, 0, 20);
    tcp(34, 2794, 1766); /* entry 120 of 128 */
}

/* Of 128 processors, the odd ones: 64 speak TCP over IPv4. Entry 120 is of one that doesn't; 120 mod 64 = 56, and the
 * odd number with the index 56 is 113. */
START_TEST(the_table_is_laid_over_the_processors_that_speak_the_protocol)
{
    uint32_t hash;

    for (unsigned place = 0; place < 128; place += 2)
        processor_at(place)->not_spoken = HW_SPEAKS_TCP4;
    web_segment();
    ck_assert_int_eq(choose(&hash), 113);
    ck_assert_uint_eq(hash, 0x51ccc178);
    ck_assert_uint_eq(dispatch->stats.redirected, 1);
    processor_at(120)->not_spoken = HW_SPEAKS_TCP6 | HW_SPEAKS_UDP4;
    ck_assert_int_eq(choose(&hash), 120);
}
END_TEST

START_TEST(what_nobody_speaks_finds_no_stack)
{
    uint32_t hash;

    for (unsigned place = 0; place < 128; place++)
        processor_at(place)->not_spoken = HW_SPEAKS_TCP4;
    web_segment();
    ck_assert_int_eq(choose(&hash), DISPATCH_NO_STACK);
    ck_assert_uint_eq(dispatch->stats.no_stack, 1);
    frame[14 + 9] = IPPROTO_UDP;
    ck_assert_int_ge(choose(&hash), 0);
}
END_TEST

/* Other ICMP is of any protocol over its IP. */
START_TEST(an_icmp_error_is_of_the_protocol_that_it_quotes)
{
    struct packet packet;

    ethernet(0x0800, false);
    ipv4(14, "10.0.0.9", "10.0.0.2", IPPROTO_ICMP, 0, 8 + 28);
    frame[34] = 3; /* unreachable */
    ipv4(42, "10.0.0.2", "10.0.0.9", IPPROTO_UDP, 0, 8);
    packet_parse(&packet, frame, frame_bytes, frame_bytes);
    ck_assert_uint_eq(dispatch_protocols(&packet), HW_SPEAKS_UDP4);
    frame[34] = 8; /* echo */
    packet_parse(&packet, frame, frame_bytes, frame_bytes);
    ck_assert_uint_eq(dispatch_protocols(&packet), HW_SPEAKS_IP4);
}
END_TEST

START_TEST(the_owner_of_a_session_is_one_that_speaks_its_protocol)
{
    struct hw_tuple tuple = {.remote_port = 2794, .local_port = 1766, .ip_version = 4};
    uint32_t hash;

    for (unsigned place = 0; place < 128; place += 2)
        processor_at(place)->not_spoken = HW_SPEAKS_TCP4;
    inet_pton(AF_INET, "66.9.149.187", tuple.remote);
    inet_pton(AF_INET, "161.142.100.80", tuple.local);
    web_segment();
    ck_assert_int_eq((int)dispatch_owner(&dispatch->part, &tuple, IPPROTO_TCP), choose(&hash));
    ck_assert(!dispatch_speaks_tcp(&dispatch->part, 120, 4));
    ck_assert(dispatch_speaks_tcp(&dispatch->part, 120, 6));
    ck_assert(dispatch_speaks_tcp(&dispatch->part, 113, 4));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("dispatch");
    TCase *tcase = tcase_create("choice");
    TCase *rules = tcase_create("rules"), *fields = tcase_create("fields"), *functions = tcase_create("functions"),
          *matches = tcase_create("matches"), *flows = tcase_create("flows");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_segment_goes_by_the_hash_of_addresses_and_ports);
    tcase_add_test(tcase, a_vlan_tag_changes_nothing);
    tcase_add_test(tcase, fragments_go_by_addresses_the_first_as_well);
    tcase_add_test(tcase, with_fragments_first_the_first_one_goes_by_its_ports);
    tcase_add_test(tcase, an_icmp_error_follows_the_session_whose_header_it_quotes);
    tcase_add_test(tcase, an_echo_request_goes_by_addresses);
    tcase_add_test(tcase, arp_and_multicast_are_copied_to_every_processor);
    tcase_add_test(tcase, what_is_no_ip_goes_to_the_default_processor);
    tcase_add_test(tcase, both_dispatches_agree_about_the_owner_of_a_session);
    tcase_add_test(tcase, the_table_is_laid_over_the_processors_that_speak_the_protocol);
    tcase_add_test(tcase, what_nobody_speaks_finds_no_stack);
    tcase_add_test(tcase, an_icmp_error_is_of_the_protocol_that_it_quotes);
    tcase_add_test(tcase, the_owner_of_a_session_is_one_that_speaks_its_protocol);
    suite_add_tcase(s, tcase);

    tcase_add_checked_fixture(rules, set_up, tear_down);
    tcase_add_test(rules, a_rule_drops);
    tcase_add_test(rules, a_rule_is_about_the_frames_that_match_alone);
    tcase_add_test(rules, a_rule_to_two_processors_goes_by_the_hash_among_them);
    tcase_add_test(rules, frames_that_a_rule_sends_to_processors_are_not_counted_in_the_table);
    tcase_add_test(rules, a_rule_to_a_context_uses_that_table);
    tcase_add_test(rules, the_first_rule_that_matches_wins);
    tcase_add_test(rules, a_rule_to_default_keeps_frames_from_later_rules);
    tcase_add_test(rules, a_rule_to_processors_takes_everyones_frames_to_its_first);
    tcase_add_test(rules, everyones_frames_are_copied_whatever_the_context);
    tcase_add_test(rules, what_cannot_be_hashed_goes_to_the_first_processor_of_its_rule);
    tcase_add_test(rules, what_cannot_be_hashed_goes_to_the_default_processor_whatever_the_context);
    suite_add_tcase(s, rules);

    tcase_add_checked_fixture(fields, set_up, tear_down);
    tcase_add_test(fields, a_type_with_field_r_is_discarded);
    tcase_add_test(fields, a_type_with_field_r_is_discarded_whoever_owns_the_session);
    tcase_add_test(fields, a_type_without_fields_goes_to_the_default_processor);
    suite_add_tcase(s, fields);

    tcase_add_checked_fixture(functions, set_up, tear_down);
    tcase_add_test(functions, round_robin_takes_the_processors_in_turn);
    tcase_add_test(functions, round_robin_takes_the_processors_of_a_rule_in_turn);
    tcase_add_test(functions, round_robin_sends_fragments_by_the_hash_of_their_addresses);
    tcase_add_test(functions, frames_that_are_not_hashed_take_nobodys_turn);
    tcase_add_test(functions, random_is_decided_by_the_seed);
    tcase_add_test(functions, random_takes_every_processor_about_as_often);
    tcase_add_test(functions, random_sends_fragments_by_the_hash_of_their_addresses);
    tcase_add_test(functions, least_loaded_takes_the_processor_with_the_fewest_sessions_for_a_syn);
    tcase_add_test(functions, least_loaded_counts_frames_that_wait_as_well);
    tcase_add_test(functions, least_loaded_takes_equals_in_turn);
    tcase_add_test(functions, least_loaded_chooses_among_the_processors_of_a_rule);
    tcase_add_test(functions, least_loaded_chooses_among_the_processors_of_the_table);
    tcase_add_test(functions, least_loaded_chooses_among_the_processors_of_a_context);
    tcase_add_test(functions, least_loaded_sends_all_but_a_syn_by_the_hash);
    suite_add_tcase(s, functions);

    tcase_add_checked_fixture(matches, set_up, tear_down);
    tcase_add_test(matches, a_claimed_session_goes_to_its_owner_ahead_of_the_hash);
    tcase_add_test(matches, other_sessions_go_by_the_hash);
    tcase_add_test(matches, a_released_session_goes_by_the_hash);
    tcase_add_test(matches, without_a_match_table_a_claimed_session_goes_by_the_hash);
    tcase_add_test(matches, the_match_table_holds_sessions_of_tcp_alone);
    tcase_add_test(matches, a_fragment_of_a_segment_goes_by_its_addresses_whoever_owns_the_session);
    tcase_add_test(matches, a_tagged_segment_is_of_the_same_session);
    tcase_add_test(matches, a_session_over_ipv6_goes_to_its_owner);
    tcase_add_test(matches, a_session_goes_to_its_owner_whatever_stands_in_the_place_of_the_hash);
    tcase_add_test(matches, a_session_goes_to_its_owner_among_the_processors_of_a_rule);
    tcase_add_test(matches, a_rule_that_does_not_allow_the_owner_has_its_way);
    tcase_add_test(matches, a_rule_that_drops_comes_before_the_match_table);
    suite_add_tcase(s, matches);

    tcase_add_checked_fixture(flows, set_up, tear_down);
    tcase_add_test(flows, the_owner_of_a_flow_is_who_claimed_it);
    tcase_add_test(flows, a_second_claim_answers_the_first_owner);
    tcase_add_test(flows, unclaimed_a_flow_is_of_whom_the_hash_chooses);
    tcase_add_test(flows, asking_for_an_owner_counts_no_frame);
    tcase_add_loop_test(flows, unclaimed_a_flow_is_the_askers_where_the_choice_changes_from_frame_to_frame, 0,
                        (int)(sizeof per_frame / sizeof *per_frame));
    tcase_add_test(flows, the_owner_of_a_flow_follows_the_rules);
    tcase_add_test(flows, the_owner_of_a_flow_follows_the_context);
    tcase_add_test(flows, a_flow_that_would_be_discarded_is_the_askers);
    tcase_add_test(flows, a_flow_that_is_not_hashed_is_the_default_processors);
    tcase_add_test(flows, asking_for_its_owner_brings_a_session_back_into_the_match_table);
    tcase_add_test(flows, what_the_host_asks_for_goes_in_turn_where_the_choice_changes_from_frame_to_frame);
    tcase_add_test(flows, what_the_host_asks_for_goes_to_who_claimed_it);
    suite_add_tcase(s, flows);
    return s;
}
