/* test_trace_info.c - the figures of captures whose contents are known from elsewhere: those of our
 * own making, counted when they were taken (captures/own/README.md), the samples, and frames put
 * together here. */
#include "tests/suite.h"

#include "tests/traces/build_frame.h"
#include "traces/trace_info.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

#define OWN    "../shared/captures/own/"
#define PUBLIC "../shared/captures/public/"

static struct diagnostics diagnostics;
static struct card_side *side;
static struct trace_info *info;
static const struct trace_counts *counts;

static void set_up(void)
{
    diagnostics_init(&diagnostics);
    side = card_side_new("auto", &diagnostics);
    info = trace_info_new(side);
    counts = trace_info_counts(info);
}

static void tear_down(void)
{
    trace_info_free(info);
    card_side_free(side);
    diagnostics_clear(&diagnostics);
}

static void read_capture(const char *path)
{
    struct capture *capture = capture_open(path, &diagnostics);
    struct capture_frame frame;
    ck_assert_msg(capture != NULL, "%s", path);
    while (capture_next(capture, &frame) == CAPTURE_FRAME)
        trace_info_add(info, &frame);
    trace_info_finish(info);
    capture_close(capture);
}

static bool is_there(const char *folder)
{
    if (g_file_test(folder, G_FILE_TEST_IS_DIR))
        return true;
    printf("skipped: %s is not there\n", folder);
    return false;
}

/* The table of captures/own/README.md. */
static const struct {
    const char *name;
    uint64_t to_card, from_card, connections, payload_to, payload_from, duration_us, sizes[6],
        equal, backward;
} own[] = {
    {"web-64",
     10432,
     10280,
     1138,
     151739,
     5928517,
     143218,
     {2, 12579, 1830, 1838, 628, 3835},
     2259,
     0},
    {"bulk-up", 5059, 1640, 5, 6865851, 700, 20184, {2, 1666, 1, 0, 421, 4609}, 547, 0},
    {"bulk-down", 994, 4828, 5, 1065, 6554204, 15304, {2, 1019, 1, 0, 400, 4400}, 2300, 0},
    {"lossy", 3534, 3798, 85, 1854420, 3469771, 1278771, {2, 3353, 151, 125, 101, 3600}, 546, 0},
    {"ipv6", 3333, 3354, 339, 57018, 1926561, 1309966, {0, 3813, 700, 700, 201, 1273}, 610, 0},
    {"short", 12001, 8001, 2000, 2000, 2000, 213649, {2, 20000, 0, 0, 0, 0}, 0, 17},
    {"clients-256", 2824, 2798, 256, 59660, 1464430, 56635, {4, 2986, 741, 741, 195, 955}, 299, 0},
    {"udp-mix",
     4713,
     4713,
     0,
     2042356,
     2121716,
     7381143,
     {1368, 2982, 1184, 356, 1102, 2434},
     2,
     1},
};

START_TEST(own_captures_give_the_figures_of_their_readme)
{
    if (!is_there(OWN))
        return;
    char *path = g_strdup_printf(OWN "own-dev-%s.pcap", own[_i].name);
    read_capture(path);
    g_free(path);
    ck_assert_uint_eq(counts->frames, own[_i].to_card + own[_i].from_card);
    ck_assert_uint_eq(counts->direction[TO_CARD].frames, own[_i].to_card);
    ck_assert_uint_eq(counts->direction[FROM_CARD].frames, own[_i].from_card);
    ck_assert_uint_eq(counts->direction[NEITHER].frames, 0);
    ck_assert_uint_eq(counts->direction[TO_CARD].payload_bytes, own[_i].payload_to);
    ck_assert_uint_eq(counts->direction[FROM_CARD].payload_bytes, own[_i].payload_from);
    ck_assert_uint_eq(counts->connections, own[_i].connections);
    ck_assert_uint_eq(counts->connections_syn, own[_i].connections);
    ck_assert_uint_eq(counts->connections_answered, own[_i].connections);
    ck_assert_uint_eq(counts->connections_closed, own[_i].connections);
    ck_assert_uint_eq(counts->connections_midstream, 0);
    ck_assert_uint_eq(counts->connections_reset, 0);
    ck_assert_uint_eq((counts->duration_ns + 500) / 1000, own[_i].duration_us);
    ck_assert_uint_eq(counts->stamps_equal, own[_i].equal);
    ck_assert_uint_eq(counts->stamps_backward, own[_i].backward);
    for (unsigned i = 0; i < 6; i++)
        ck_assert_uint_eq(counts->sizes[i], own[_i].sizes[i]);
    ck_assert_uint_eq(counts->sizes[6], 0);
    ck_assert_uint_eq(counts->bad_checksums, 0);
    ck_assert_uint_eq(counts->malformed, 0);
    ck_assert_uint_eq(counts->cut_frames, 0);
    ck_assert_uint_eq(counts->merged_segments, 0);
    ck_assert_uint_eq(counts->captured_bytes, counts->wire_bytes);
    ck_assert_uint_eq(diagnostics.count, 0);
}
END_TEST

START_TEST(most_open_connections_are_those_of_the_readme)
{
    static const struct {
        const char *name;
        uint64_t most_open;
    } captures[] = {
        {"web-64", 68}, {"ipv6", 32}, {"short", 32}, {"clients-256", 66}, {"lossy", 26}};
    if (!is_there(OWN))
        return;
    char *path = g_strdup_printf(OWN "own-dev-%s.pcap", captures[_i].name);
    read_capture(path);
    g_free(path);
    ck_assert_uint_eq(counts->most_open, captures[_i].most_open);
}
END_TEST

/* Columns of captures/public/README.md: packets, connections (with SYN), IPv4, IPv6, VLAN,
 * fragments, UDP, cut, bad TCP checksums. ICMP is compared where it says nothing else. */
static const struct {
    const char *name;
    uint64_t frames, connections, with_syn, ipv4, ipv6, vlan, fragments, udp, cut, bad;
} public[] = {
    {"01-http-clean-v4.pcap", 655, 49, 49, 655, 0, 0, 0, 0, 0, 0},
    {"03-ipv6-ftp.pcap", 136, 6, 6, 0, 136, 0, 0, 0, 0, 0},
    {"04-ipv6-tls-60conn.pcap", 1942, 60, 60, 0, 1942, 0, 0, 0, 0, 10},
    {"05-vlan-http.pcap", 402, 1, 1, 402, 0, 402, 0, 0, 0, 0},
    {"06-vlan-qinq-mixed.pcap", 42, 1, 1, 42, 0, 28, 0, 0, 0, 0},
    {"07-ipv4-fragments.pcap", 601, 0, 0, 601, 0, 0, 200, 576, 0, 0},
    {"08-udp-mix.pcap", 1000, 4, 2, 996, 0, 0, 0, 869, 0, 0},
    {"09-manyflow-gnutella.pcap", 3905, 137, 137, 3814, 68, 0, 0, 1692, 1, 0},
    {"11-synscan.pcap", 2011, 1994, 1994, 2011, 0, 0, 0, 0, 0, 0},
    {"12-retrans-ooo.pcap", 3138, 68, 68, 3084, 6, 0, 0, 104, 0, 0},
    {"13-midstream-fix.pcap", 1261, 12, 0, 1261, 0, 0, 0, 0, 0, 0},
    {"15-ns-videocall.pcap", 889, 10, 8, 881, 6, 0, 0, 232, 0, 0},
    {"16-snaplen-truncated.pcap", 878, 1, 1, 878, 0, 0, 0, 0, 691, 0},
    {"17-rawip-dlt101.pcap", 946, 12, 12, 946, 0, 0, 0, 8, 0, 0},
    {"18-time-reversed.pcap", 133, 1, 1, 133, 0, 0, 0, 0, 0, 0},
    {"20-offload-badcsum.pcap", 979, 1, 1, 979, 0, 0, 0, 0, 0, 979},
    {"21-pcap21-bigendian.pcap", 156, 0, 0, 156, 0, 0, 0, 156, 0, 0},
};

START_TEST(public_captures_give_the_figures_of_their_readme)
{
    if (!is_there(PUBLIC))
        return;
    char *path = g_strconcat(PUBLIC, public[_i].name, NULL);
    read_capture(path);
    g_free(path);
    ck_assert_uint_eq(counts->frames, public[_i].frames);
    ck_assert_uint_eq(counts->connections, public[_i].connections);
    ck_assert_uint_eq(counts->connections_syn, public[_i].with_syn);
    ck_assert_uint_eq(counts->connections_midstream, public[_i].connections - public[_i].with_syn);
    ck_assert_uint_eq(counts->ipv4, public[_i].ipv4);
    ck_assert_uint_eq(counts->ipv6, public[_i].ipv6);
    ck_assert_uint_eq(counts->vlan_tagged, public[_i].vlan);
    ck_assert_uint_eq(counts->fragments, public[_i].fragments);
    ck_assert_uint_eq(counts->udp, public[_i].udp);
    ck_assert_uint_eq(counts->cut_frames, public[_i].cut);
    ck_assert_uint_eq(counts->bad_checksums, public[_i].bad);
}
END_TEST

START_TEST(samples_are_whole_and_sound)
{
    static const struct {
        const char *path;
        uint64_t least_frames, connections;
    } samples[] = {{"traces/samples/web.pcap", 3000, 192},
                   {"traces/samples/short.pcap", 480, 48},
                   {"traces/samples/upload.pcap", 500, 4},
                   {"traces/samples/mix.pcap", 200, 4}};
    read_capture(samples[_i].path);
    ck_assert_uint_ge(counts->frames, samples[_i].least_frames);
    ck_assert_uint_eq(counts->connections, samples[_i].connections);
    ck_assert_uint_eq(counts->connections_closed, samples[_i].connections);
    ck_assert_uint_eq(counts->connections_answered, samples[_i].connections);
    ck_assert_uint_eq(counts->connections_reset, 0);
    ck_assert_uint_eq(counts->bad_checksums, 0);
    ck_assert_uint_eq(counts->malformed, 0);
    ck_assert_uint_eq(counts->cut_frames, 0);
    ck_assert_uint_eq(counts->merged_segments + counts->oversized_others, 0);
    ck_assert_uint_eq(counts->stamps_backward, 0);
    ck_assert_uint_eq(counts->direction[NEITHER].frames, 0);
    ck_assert_uint_eq(counts->direction[TO_CARD].frames + counts->direction[FROM_CARD].frames,
                      counts->frames);
}
END_TEST

static void add(const struct built *built, int64_t time_ns, uint32_t wire_bytes)
{
    struct capture_frame frame = {.number = counts->frames + 1,
                                  .time_ns = time_ns,
                                  .captured_bytes = built->bytes,
                                  .wire_bytes = wire_bytes,
                                  .data = built->data};
    trace_info_add(info, &frame);
}

START_TEST(frame_sizes_fall_into_their_classes)
{
    static const uint32_t sizes[] = {0,   64,  65,   128,  129,  256,  257,
                                     512, 513, 1024, 1025, 1518, 1519, 262144};
    struct built frame = {.bytes = 0};
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++)
        add(&frame, 0, sizes[i]);
    for (unsigned i = 0; i < TRACE_SIZE_CLASSES; i++)
        ck_assert_uint_eq(counts->sizes[i], 2);
    ck_assert_uint_eq(counts->cut_frames, G_N_ELEMENTS(sizes) - 1);
    ck_assert_uint_eq(counts->cut_headers, G_N_ELEMENTS(sizes) - 1);
    ck_assert_uint_eq(counts->line_bytes, counts->wire_bytes + 60 + 24 * G_N_ELEMENTS(sizes));
}
END_TEST

START_TEST(stamps_may_be_anything)
{
    static const int64_t stamps[] = {5,         5,         4, 10000000004, 20000000005, INT64_MIN,
                                     INT64_MAX, INT64_MAX, 0};
    struct built frame = {.bytes = 0};
    for (unsigned i = 0; i < G_N_ELEMENTS(stamps); i++)
        add(&frame, stamps[i], 60);
    ck_assert_uint_eq(counts->stamps_equal, 2);
    ck_assert_uint_eq(counts->stamps_backward, 3);
    ck_assert_uint_eq(counts->long_gaps, 2); /* 10 s exactly is none */
    ck_assert_uint_eq(counts->largest_gap_ns, UINT64_MAX);
    ck_assert_uint_eq(counts->duration_ns, UINT64_MAX);
    ck_assert_int_eq(trace_info_first_ns(info), INT64_MIN);
}
END_TEST

static void add_segment(bool from_client, uint8_t flags, uint32_t sequence)
{
    struct built frame;
    if (from_client)
        build_segment(&frame, "10.0.0.1", 1000, "10.0.0.2", 80, flags);
    else
        build_segment(&frame, "10.0.0.2", 80, "10.0.0.1", 1000, flags);
    packet_put32(frame.data + 38, sequence);
    add(&frame, 0, frame.bytes);
}

START_TEST(a_reused_port_pair_is_a_new_connection)
{
    add_segment(true, PACKET_SYN, 1);
    add_segment(true, PACKET_SYN, 1); /* sent again: the same */
    add_segment(false, PACKET_SYN | PACKET_ACK, 7);
    ck_assert_uint_eq(counts->connections, 1);
    add_segment(true, PACKET_FIN | PACKET_ACK, 2);
    add_segment(true, PACKET_FIN | PACKET_ACK, 2); /* one end alone */
    ck_assert_uint_eq(counts->connections_closed, 0);
    add_segment(false, PACKET_FIN | PACKET_ACK, 8);
    ck_assert_uint_eq(counts->connections_closed, 1);
    add_segment(true, PACKET_ACK, 3);
    add_segment(true, PACKET_SYN, 1); /* late copy of the first */
    ck_assert_uint_eq(counts->connections, 1);
    add_segment(true, PACKET_SYN, 100);
    add_segment(false, PACKET_RST | PACKET_ACK, 0);
    ck_assert_uint_eq(counts->connections, 2);
    ck_assert_uint_eq(counts->connections_syn, 2);
    ck_assert_uint_eq(counts->connections_midstream, 0);
    ck_assert_uint_eq(counts->connections_reset, 1);
    ck_assert_uint_eq(counts->connections_answered, 1);
    ck_assert_uint_eq(counts->most_open, 1);
}
END_TEST

START_TEST(a_connection_without_syn_is_midstream)
{
    add_segment(false, PACKET_ACK, 1);
    add_segment(true, PACKET_ACK, 1);
    ck_assert_uint_eq(counts->connections, 1);
    ck_assert_uint_eq(counts->connections_midstream, 1);
    ck_assert_uint_eq(counts->connections_syn, 0);
}
END_TEST

START_TEST(segments_above_the_mtu_are_merged_ones)
{
    struct built frame;
    for (unsigned payload = 1460; payload <= 1461; payload++) {
        build_ethernet(&frame, 2, 1, 0x0800);
        build_ipv4(&frame, "10.0.0.1", "10.0.0.2", IPPROTO_TCP, 20 + payload);
        build_tcp(&frame, 1, 2, 3, 4, PACKET_ACK);
        build_fill(&frame, 0, payload);
        add(&frame, 0, frame.bytes);
    }
    ck_assert_uint_eq(counts->merged_segments, 1);
    ck_assert_uint_eq(counts->oversized_others, 0);
}
END_TEST

START_TEST(directions_are_right_before_and_after_the_decision)
{
    struct built to, from;
    build_segment(&to, "10.0.0.1", 1000, "10.0.0.2", 80, PACKET_SYN);
    build_segment(&from, "10.0.0.2", 80, "10.0.0.1", 1000, PACKET_SYN | PACKET_ACK);
    for (unsigned i = 0; i < CARD_SIDE_LEARN_FRAMES; i++) {
        add(&to, 0, to.bytes);
        add(&to, 0, to.bytes);
        add(&from, 0, from.bytes);
    }
    trace_info_finish(info);
    ck_assert_uint_eq(counts->direction[TO_CARD].frames, 2 * CARD_SIDE_LEARN_FRAMES);
    ck_assert_uint_eq(counts->direction[FROM_CARD].frames, CARD_SIDE_LEARN_FRAMES);
    ck_assert_uint_eq(counts->direction[FROM_CARD].frame_bytes, 54 * CARD_SIDE_LEARN_FRAMES);
}
END_TEST

START_TEST(rates_do_not_overflow)
{
    ck_assert_uint_eq(trace_rate_milli(7, 0), 0);
    ck_assert_uint_eq(trace_rate_milli(0, 1), 0);
    ck_assert_uint_eq(trace_rate_milli(3, 2000000000), 1500);
    ck_assert_uint_eq(trace_rate_milli(1, 3000000000), 333);
    ck_assert_uint_eq(trace_rate_milli(UINT64_MAX, 1), UINT64_MAX);
    ck_assert_uint_eq(trace_rate_milli(UINT64_MAX, UINT64_MAX), 1000000000000);
}
END_TEST

START_TEST(every_figure_has_a_name_of_its_own)
{
    for (unsigned i = 0; trace_figures[i].name != NULL; i++)
        for (unsigned j = 0; j < i; j++) {
            ck_assert_str_ne(trace_figures[i].name, trace_figures[j].name);
            ck_assert_uint_ne(trace_figures[i].offset, trace_figures[j].offset);
        }
    size_t figures = 0;
    while (trace_figures[figures].name != NULL)
        figures++;
    ck_assert_uint_eq(figures * sizeof(uint64_t), sizeof(struct trace_counts)); /* none left out */
}
END_TEST

Suite *suite(void)
{
    Suite *infos = suite_create("trace_info");
    TCase *files = tcase_create("files");
    tcase_set_timeout(files, 60);
    tcase_add_checked_fixture(files, set_up, tear_down);
    tcase_add_loop_test(files, own_captures_give_the_figures_of_their_readme, 0, G_N_ELEMENTS(own));
    tcase_add_loop_test(files, most_open_connections_are_those_of_the_readme, 0, 5);
    tcase_add_loop_test(files, public_captures_give_the_figures_of_their_readme, 0,
                        G_N_ELEMENTS(public));
    tcase_add_loop_test(files, samples_are_whole_and_sound, 0, 4);
    suite_add_tcase(infos, files);

    TCase *frames = tcase_create("frames");
    tcase_add_checked_fixture(frames, set_up, tear_down);
    tcase_add_test(frames, frame_sizes_fall_into_their_classes);
    tcase_add_test(frames, stamps_may_be_anything);
    tcase_add_test(frames, a_reused_port_pair_is_a_new_connection);
    tcase_add_test(frames, a_connection_without_syn_is_midstream);
    tcase_add_test(frames, segments_above_the_mtu_are_merged_ones);
    tcase_add_test(frames, directions_are_right_before_and_after_the_decision);
    tcase_add_test(frames, rates_do_not_overflow);
    tcase_add_test(frames, every_figure_has_a_name_of_its_own);
    suite_add_tcase(infos, frames);
    return infos;
}
