/* replay_bench.c - captures made in the test, and frames taken one at a time. */
#include "tests/traces/replay_bench.h"

#include "traces/capture_write.h"

#include <check.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct trace {
    char path[64];
    struct diagnostics diagnostics;
    struct capture_writer *writer;
};

static uint32_t put_options(const struct segment *segment, uint8_t *to)
{
    uint8_t *at = to;

    if (segment->mss) {
        *at++ = 2;
        *at++ = 4;
        packet_put16(at, segment->mss);
        at += 2;
    }
    if (segment->sack_permitted) {
        *at++ = 4;
        *at++ = 2;
    }
    if (segment->has_stamp) {
        *at++ = 8;
        *at++ = 10;
        packet_put32(at, segment->stamp);
        packet_put32(at + 4, segment->echo);
        at += 8;
    }
    if (segment->scale) {
        *at++ = 3;
        *at++ = 3;
        *at++ = (uint8_t)(segment->scale - 1);
    }
    if (segment->sack[1]) {
        unsigned blocks = segment->sack[3] ? 2 : 1;

        *at++ = 5;
        *at++ = (uint8_t)(2 + 8 * blocks);
        for (unsigned i = 0; i < 2 * blocks; i++, at += 4)
            packet_put32(at, segment->sack[i]);
    }
    while ((at - to) % 4)
        *at++ = 1;
    return (uint32_t)(at - to);
}

uint32_t segment_build(const struct segment *segment, uint8_t *frame)
{
    uint8_t options[60], client = segment->from_card ? 2 : 1, card = (uint8_t)(3 - client);
    uint32_t option_bytes = put_options(segment, options);
    uint32_t payload_bytes = segment->payload_bytes
                                 ? segment->payload_bytes
                                 : (segment->text ? (uint32_t)strlen(segment->text) : 0);
    uint32_t tcp_bytes = 20 + option_bytes + payload_bytes;
    uint16_t port = segment->port ? segment->port : CLIENT_PORT;
    uint32_t network = segment->is_ipv6 ? 40 : 20;
    uint8_t *ip = frame + 14, *tcp = ip + network;
    struct packet packet;

    memset(frame, 0, 14 + network + tcp_bytes);
    memcpy(frame, (const uint8_t[]){2, 0, 0, 0, 0, card, 2, 0, 0, 0, 0, client}, 12);
    packet_put16(frame + 12, segment->is_ipv6 ? PACKET_ETHER_IPV6 : PACKET_ETHER_IPV4);
    if (segment->is_ipv6) {
        ip[0] = 0x60;
        packet_put16(ip + 4, (uint16_t)tcp_bytes);
        ip[6] = IPPROTO_TCP;
        ip[7] = 64;
        memcpy(ip + 8, (const uint8_t[16]){0xfd, [15] = client}, 16);
        memcpy(ip + 24, (const uint8_t[16]){0xfd, [15] = card}, 16);
    } else {
        ip[0] = 0x45;
        packet_put16(ip + 2, (uint16_t)(20 + tcp_bytes));
        ip[8] = 64;
        ip[9] = IPPROTO_TCP;
        memcpy(ip + 12, (const uint8_t[]){10, 0, 0, client, 10, 0, 0, card}, 8);
    }
    packet_put16(tcp, segment->from_card ? SERVER_PORT : port);
    packet_put16(tcp + 2, segment->from_card ? port : SERVER_PORT);
    packet_put32(tcp + 4, segment->sequence);
    packet_put32(tcp + 8, segment->acknowledgement);
    tcp[12] = (uint8_t)((20 + option_bytes) / 4 << 4);
    tcp[13] = segment->flags;
    packet_put16(tcp + 14, segment->window == WINDOW_0 ? 0
                           : segment->window           ? segment->window
                                                       : 1000);
    memcpy(tcp + 20, options, option_bytes);
    for (uint32_t i = 0; i < payload_bytes; i++)
        tcp[20 + option_bytes + i] =
            segment->text ? (uint8_t)segment->text[i] : (uint8_t)(segment->sequence + i);
    packet_parse(&packet, frame, 14 + network + tcp_bytes, 14 + network + tcp_bytes);
    packet_fix_checksums(&packet, frame);
    if (segment->bad_checksum)
        packet_put16(tcp + 16, (uint16_t)(packet_get16(tcp + 16) ^ 0x0101));
    return 14 + network + tcp_bytes;
}

struct trace *trace_new(void)
{
    struct trace *trace = g_new0(struct trace, 1);

    snprintf(trace->path, sizeof trace->path, "/tmp/replay-test-%d.pcap", (int)getpid());
    trace->writer = capture_writer_new(trace->path, &trace->diagnostics);
    ck_assert_ptr_nonnull(trace->writer);
    return trace;
}

void trace_frame(struct trace *trace, uint64_t us, const uint8_t *data, uint32_t bytes,
                 uint32_t wire_bytes)
{
    capture_writer_add(trace->writer, (int64_t)us * 1000, data, bytes, wire_bytes);
}

void trace_segment(struct trace *trace, const struct segment *segment)
{
    uint8_t frame[MAX_FRAME_BYTES];
    uint32_t bytes = segment_build(segment, frame);

    trace_frame(trace, segment->us, frame, segment->cut ? segment->cut : bytes, bytes);
}

void trace_segments(struct trace *trace, const struct segment *segments, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        trace_segment(trace, &segments[i]);
}

struct trace *trace_of(const struct segment *segments, unsigned count)
{
    struct trace *trace = trace_new();

    trace_segments(trace, segments, count);
    return trace;
}

struct replay_config bench_config(void)
{
    return (struct replay_config){.card = "10.0.0.2 fd00::2",
                                  .card_mac = {2, 9, 9, 9, 9, 9},
                                  .fix_checksums = true,
                                  .repair = true,
                                  .refuse_after_ps = SECOND,
                                  .mtu_bytes = 1500};
}

static char *path_to_remove;

static void remove_path(void)
{
    unlink(path_to_remove);
    g_free(path_to_remove);
}

struct replay *trace_replay(struct trace *trace, const struct replay_config *given)
{
    static struct diagnostics diagnostics; /* outlives the replay */
    struct replay_config config = given ? *given : bench_config();

    ck_assert(capture_writer_close(trace->writer));
    config.capture = trace->path;
    struct replay *replay = replay_open(&config, &diagnostics);
    ck_assert_msg(replay != NULL, "%s", diagnostics.count ? diagnostics.list[0].text : "?");
    path_to_remove = g_strdup(trace->path);
    if (config.passes > 1) /* is opened again */
        atexit(remove_path);
    else
        remove_path();
    diagnostics_clear(&trace->diagnostics);
    g_free(trace);
    return replay;
}

/* --- One frame at a time --------------------------------------------------------------------- */

uint64_t take(struct replay *replay, uint64_t from_ps, uint64_t until_ps, struct got *got)
{
    uint64_t now_ps = from_ps;

    for (;;) {
        uint64_t next_ps = replay_next_ps(replay);

        ck_assert_msg(next_ps <= until_ps, "no frame by %llu us; the next thing is at %llu us",
                      (unsigned long long)(until_ps / US), (unsigned long long)(next_ps / US));
        now_ps = MAX(next_ps, now_ps);
        if (!replay_take(replay, now_ps, &got->frame))
            continue;
        ck_assert_uint_le(got->frame.bytes, MAX_FRAME_BYTES);
        memcpy(got->data, got->frame.data, got->frame.bytes);
        packet_parse(&got->packet, got->data, got->frame.bytes, got->frame.bytes);
        memset(&got->options, 0, sizeof got->options);
        if (got->packet.protocol == IPPROTO_TCP && got->packet.transport_offset)
            packet_tcp_options(&got->packet, &got->options);
        return now_ps;
    }
}

void take_none(struct replay *replay, uint64_t until_ps)
{
    uint64_t next_ps;
    struct replay_frame frame;

    while ((next_ps = replay_next_ps(replay)) <= until_ps)
        ck_assert_msg(!replay_take(replay, next_ps, &frame), "a frame at %llu us",
                      (unsigned long long)(next_ps / US));
}

void card_sends(struct replay *replay, uint64_t now_ps, const struct segment *segment)
{
    uint8_t frame[MAX_FRAME_BYTES];
    struct segment copy = *segment;

    copy.from_card = true;
    uint32_t bytes = segment_build(&copy, frame);
    replay_card_sent(replay, now_ps, frame, bytes);
}
