/* Writes the corpus with which fuzzing begins: one small capture of each kind that the reader and the replay tell
 * apart. make_corpus FOLDER: FOLDER/capture/NAME; FOLDER/replay/NAME with FUZZ_REPLAY_BYTES in front; FOLDER/card/NAME
 * with FUZZ_CARD_BYTES, in which one card after the other is what fuzz_card.c can make of one. */
#include "tests/fuzz/fuzz.h"
#include "tests/traces/replay_bench.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct form { /* of the file */
    bool is_big_endian, is_nanoseconds, is_pcapng, is_raw_ip;
    uint32_t snap_bytes;
    uint16_t minor_version;
    uint32_t link_type; /* 0: Ethernet, or raw IP */
};

static GByteArray *file;
static struct form form;
static uint64_t time_us;

static void put(const void *data, size_t bytes)
{
    g_byte_array_append(file, data, (guint)bytes);
}

static void put_number(uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * (form.is_big_endian ? bytes - 1 - i : i));

        put(&byte, 1);
    }
}

static void begin(struct form wanted)
{
    form = wanted;
    file = g_byte_array_new();
    time_us = 1000000;
    if (form.is_pcapng) {
        put_number(0x0a0d0d0a, 4), put_number(28, 4), put_number(0x1a2b3c4d, 4);
        put_number(1, 2), put_number(0, 2), put_number(UINT64_MAX, 8), put_number(28, 4);
        put_number(1, 4), put_number(20, 4), put_number(form.is_raw_ip ? 101 : 1, 2);
        put_number(0, 2), put_number(form.snap_bytes, 4), put_number(20, 4);
        return;
    }
    put_number(form.is_nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 4);
    put_number(2, 2), put_number(form.minor_version ? form.minor_version : 4, 2);
    put_number(0, 8), put_number(form.snap_bytes ? form.snap_bytes : 65535, 4);
    put_number(form.link_type ? form.link_type : form.is_raw_ip ? 101 : 1, 4);
}

static void add_frame(const uint8_t *data, uint32_t bytes)
{
    uint32_t skip = form.is_raw_ip && bytes > 14 ? 14 : 0, wire = bytes - skip;
    uint32_t kept = form.snap_bytes ? MIN(wire, form.snap_bytes) : wire;

    time_us += 10;
    if (form.is_pcapng) {
        uint32_t padded = (kept + 3) & ~3u;

        put_number(6, 4), put_number(32 + padded, 4), put_number(0, 4), put_number(0, 4);
        put_number(time_us, 4), put_number(kept, 4), put_number(wire, 4);
        put(data + skip, kept), put("\0\0\0", padded - kept), put_number(32 + padded, 4);
        return;
    }
    put_number(time_us / 1000000, 4);
    put_number(time_us % 1000000 * (form.is_nanoseconds ? 1000 : 1), 4);
    put_number(kept, 4), put_number(wire, 4), put(data + skip, kept);
}

static void add_segment(struct segment segment)
{
    static uint8_t frame[MAX_FRAME_BYTES];

    add_frame(frame, segment_build(&segment, frame));
}

/* Behind so many tags. */
static void add_tagged(struct segment segment, unsigned tags)
{
    static uint8_t frame[MAX_FRAME_BYTES], tagged[MAX_FRAME_BYTES + 8];
    uint32_t bytes = segment_build(&segment, frame), at = 12;

    memcpy(tagged, frame, 12);
    for (unsigned i = 0; i < tags; i++, at += 4)
        memcpy(tagged + at, i + 1 < tags ? "\x88\xa8\0\x07" : "\x81\0\0\x09", 4);
    memcpy(tagged + at, frame + 12, bytes - 12);
    add_frame(tagged, bytes + at - 12);
}

static void exchange(struct segment (*with)(struct segment), unsigned tags)
{
    const struct segment segments[] = {
        {.flags = S,
         .sequence = 99,
         .mss = 1460,
         .scale = 8,
         .sack_permitted = true,
         .has_stamp = true,
         .stamp = 5},
        {.from_card = true,
         .flags = S | A,
         .sequence = 8,
         .acknowledgement = 100,
         .mss = 1460,
         .scale = 4,
         .sack_permitted = true,
         .has_stamp = true,
         .stamp = 7,
         .echo = 5},
        {.flags = A,
         .sequence = 100,
         .acknowledgement = 9,
         .has_stamp = true,
         .stamp = 6,
         .echo = 7},
        {.flags = P | A, .sequence = 100, .acknowledgement = 9, .text = "GET / HTTP/1.0\r\n\r\n"},
        {.from_card = true,
         .flags = A,
         .sequence = 9,
         .acknowledgement = 118,
         .payload_bytes = 300},
        {.from_card = true,
         .flags = A,
         .sequence = 409,
         .acknowledgement = 118,
         .payload_bytes = 300},
        {.flags = A,
         .sequence = 118,
         .acknowledgement = 9,
         .sack_permitted = false,
         .sack = {409, 709}},
        {.from_card = true,
         .flags = A,
         .sequence = 309,
         .acknowledgement = 118,
         .payload_bytes = 100},
        {.flags = A, .sequence = 118, .acknowledgement = 709, .window = 100},
        {.from_card = true, .flags = F | A, .sequence = 709, .acknowledgement = 118},
        {.flags = F | A, .sequence = 118, .acknowledgement = 710},
        {.from_card = true, .flags = A, .sequence = 710, .acknowledgement = 119}};

    for (unsigned i = 0; i < G_N_ELEMENTS(segments); i++)
        add_tagged(with ? with(segments[i]) : segments[i], tags);
}

static struct segment over_ipv6(struct segment segment)
{
    segment.is_ipv6 = true;
    return segment;
}

static struct segment badly(struct segment segment)
{
    segment.bad_checksum = true;
    return segment;
}

/* UDP over IPv4 from 10.0.0.1 (or the card, 10.0.0.2), in fragments if more or offset are set. */
static void add_udp(bool from_card, uint16_t port, const char *text, uint16_t fragment)
{
    uint8_t frame[1514] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45};
    uint32_t bytes = (uint32_t)strlen(text);
    bool has_header = (fragment & 0x1fff) == 0;
    uint32_t header = has_header ? 8 : 0;

    packet_put16(frame + 16, (uint16_t)(20 + header + bytes));
    packet_put16(frame + 18, 77);
    packet_put16(frame + 20, fragment);
    frame[22] = 64;
    frame[23] = 17;
    packet_put32(frame + 26, from_card ? 0x0a000002 : 0x0a000001);
    packet_put32(frame + 30, from_card ? 0x0a000001 : 0x0a000002);
    packet_put16(frame + 24, packet_checksum_finish(packet_checksum_add(0, frame + 14, 20)));
    if (has_header) {
        packet_put16(frame + 34, from_card ? 53 : port);
        packet_put16(frame + 36, from_card ? port : 53);
        packet_put16(frame + 38, (uint16_t)(8 + bytes + (fragment ? 8 : 0)));
    }
    memcpy(frame + 34 + header, text, bytes);
    add_frame(frame, 34 + header + bytes);
}

static const uint8_t arp[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0,  1, 8, 6,
                                0,    1,    8,    0,    6,    4,    0, 1, 2, 0, 0,  0, 0, 1,
                                10,   0,    0,    1,    0,    0,    0, 0, 0, 0, 10, 0, 0, 2};
static const uint8_t unreachable[70] = {
    2,  0,  0,    0,    0,  2, 2,  0,  0,    0,    0,  1, 8, 0, 0x45, 0, 0, 56, 0, 1,  0,    0,
    64, 1,  0x66, 0xc2, 10, 0, 0,  1,  10,   0,    0,  2, 3, 3, 0,    0, 0, 0,  0, 0,  0x45, 0,
    0,  36, 0,    9,    0,  0, 64, 17, 0x66, 0xbe, 10, 0, 0, 2, 10,   0, 0, 1,  0, 53, 0x9c, 0x40};
static const uint8_t solicitation[86] = {
    0x33, 0x33, 0xff, 0,   0,    2, 2, 0, 0,    0, 0, 1, 0x86, 0xdd, 0x60, 0, 0, 0,
    0,    32,   58,   255, 0xfd, 0, 0, 0, 0,    0, 0, 0, 0,    0,    0,    0, 0, 0,
    0,    1,    0xff, 2,   0,    0, 0, 0, 0,    0, 0, 0, 0,    1,    0xff, 0, 0, 2,
    135,  0,    0,    0,   0,    0, 0, 0, 0xfd, 0, 0, 0, 0,    0,    0,    0, 0, 0,
    0,    0,    0,    0,   0,    2, 1, 1, 2,    0, 0, 0, 0,    1};
static const uint8_t extended[] = {/* hop-by-hop, then a fragment of UDP */
                                   2,    0,  0, 0,  0, 2,  2,  0,  0,    0,   0,    1,  0x86, 0xdd,
                                   0x60, 0,  0, 0,  0, 28, 0,  64, 0xfd, 0,   0,    0,  0,    0,
                                   0,    0,  0, 0,  0, 0,  0,  0,  0,    1,   0xfd, 0,  0,    0,
                                   0,    0,  0, 0,  0, 0,  0,  0,  0,    0,   0,    2,  44,   0,
                                   1,    4,  0, 0,  0, 0,  17, 0,  0,    1,   0,    0,  0,    9,
                                   0,    53, 0, 53, 0, 20, 0,  0,  'a',  'b', 'c',  'd'};

/* In Linux cooked (113) and loopback (108) captures another header stands before the IP header. */
static void add_behind(const uint8_t *header, uint32_t header_bytes, struct segment segment)
{
    static uint8_t frame[MAX_FRAME_BYTES], other[MAX_FRAME_BYTES];
    uint32_t bytes = segment_build(&segment, frame);

    memcpy(other, header, header_bytes);
    memcpy(other + header_bytes, frame + 14, bytes - 14);
    add_frame(other, bytes - 14 + header_bytes);
}

static const char *folder;

/* Deeds of fuzz_card.c by their numbers of today: a seed only has to differ from the others. */
static void write_card(const char *name)
{
    static const char *const cards[] = {
        "\2\7\3\7\6\7\3\7\6\7\20\7\22\7\17\7",  /* accepts, acknowledges, serves */
        "\2\7\3\7\6\7\4\7\5\7\1\4\10\7\11\7",   /* too little, too much, twice, beyond */
        "\2\7\6\7\14\0\3\7\13\7\1\5\12\7\22\7", /* resets, closes */
        "\2\47\3\107\21\3\16\5\15\0\7\7\3\0\1\7" /* windows, garbage, drops, lies */
    };
    static unsigned next;
    char *path = g_build_filename(folder, "card", name, NULL);
    uint8_t choices[FUZZ_CARD_BYTES] = {0x0c, 5, 0, 0, 0, 0, 0, 1, 7, 6, 2, 15};

    for (unsigned at = 12; at < FUZZ_CARD_BYTES; at += 16)
        memcpy(choices + at, cards[next % G_N_ELEMENTS(cards)], 16);
    next++;
    g_byte_array_prepend(file, choices, sizeof choices);
    if (!g_file_set_contents(path, (const char *)file->data, file->len, NULL))
        exit(1);
    g_byte_array_remove_range(file, 0, sizeof choices);
    g_free(path);
}

static void end(const char *name, const char *choice)
{
    uint8_t choices[FUZZ_REPLAY_BYTES] = {0x0c, 5, 0, 0, 0, 0, 0, 2, 3, 7, 1, 0, 0, 0, 0, 0};
    char *capture = g_build_filename(folder, "capture", name, NULL);
    char *replay = g_build_filename(folder, "replay", name, NULL);

    if (choice)
        memcpy(choices, choice, sizeof choices);
    if (!g_file_set_contents(capture, (const char *)file->data, file->len, NULL))
        exit(1);
    write_card(name);
    g_byte_array_prepend(file, choices, sizeof choices);
    if (!g_file_set_contents(replay, (const char *)file->data, file->len, NULL))
        exit(1);
    g_byte_array_free(file, true);
    g_free(capture);
    g_free(replay);
}

int main(int count, char **arguments)
{
    if (count != 2)
        return 2;
    folder = arguments[1];
    begin((struct form){0}), exchange(NULL, 0), end("exchange", NULL);
    begin((struct form){0}), exchange(NULL, 0),
        end("exchange-drops", "\x0c\5\0\0\0\0\0\2\3\4\1\x11\0\0\0");
    begin((struct form){0}), exchange(NULL, 0),
        end("exchange-copies", "\x0c\5\3\2\2\0\0\2\3\7\1\0\0\0\0");
    begin((struct form){0}), exchange(NULL, 0),
        end("exchange-refused", "\x0c\2\0\0\0\0\0\2\3\7\1\0\1\0\0");
    begin((struct form){0}), exchange(NULL, 0),
        end("exchange-window", "\x0c\5\0\0\0\0\0\2\3\2\1\0\0\5\0");
    begin((struct form){0}), exchange(NULL, 0),
        end("exchange-duration", "\x0c\5\0\1\1\0\x05\2\3\7\1\0\0\0\0");
    begin((struct form){.is_big_endian = true}), exchange(NULL, 0), end("big-endian", NULL);
    begin((struct form){.is_nanoseconds = true}), exchange(NULL, 0), end("nanoseconds", NULL);
    begin((struct form){.minor_version = 1}), exchange(NULL, 0), end("old-version", NULL);
    begin((struct form){.is_pcapng = true}), exchange(NULL, 0), end("pcapng", NULL);
    begin((struct form){.is_raw_ip = true}), exchange(NULL, 0), end("raw-ip", NULL);
    begin((struct form){.snap_bytes = 80}), exchange(NULL, 0), end("snap-length", NULL);
    begin((struct form){.snap_bytes = 40}), exchange(NULL, 0), end("snap-headers", NULL);
    begin((struct form){0}), exchange(over_ipv6, 0), end("ipv6", NULL);
    begin((struct form){0}), exchange(badly, 0), end("bad-checksums", NULL);
    begin((struct form){0}), exchange(NULL, 1), end("vlan", NULL);
    begin((struct form){0}), exchange(NULL, 2), end("qinq", NULL);
    begin((struct form){0});
    add_udp(false, 1000, "question", 0), add_udp(true, 1000, "answer", 0);
    add_udp(false, 1000, "in frag", 0x2000), add_udp(false, 1000, "ments...", 1);
    add_frame(arp, sizeof arp), add_frame(unreachable, sizeof unreachable);
    add_frame(solicitation, sizeof solicitation), add_frame(extended, sizeof extended);
    end("mix", NULL);
    begin((struct form){0});
    add_segment(
        (struct segment){.flags = A, .sequence = 500, .acknowledgement = 70, .text = "midstream"});
    add_segment((struct segment){
        .from_card = true, .flags = A, .sequence = 70, .acknowledgement = 509, .text = "yes"});
    add_segment((struct segment){.flags = R, .sequence = 509});
    end("midstream", NULL);
    begin((struct form){0});
    add_segment((struct segment){.flags = S, .sequence = 1});
    add_segment(
        (struct segment){.from_card = true, .flags = S | A, .sequence = 1, .acknowledgement = 2});
    add_segment(
        (struct segment){.flags = A, .sequence = 2, .acknowledgement = 2, .payload_bytes = 4000});
    time_us -= 500;
    add_segment(
        (struct segment){.from_card = true, .flags = A, .sequence = 2, .acknowledgement = 5002});
    add_segment((struct segment){.flags = S, .sequence = 77, .text = "early"});
    end("merged-backward-hole", NULL);
    begin((struct form){.link_type = 113});
    for (unsigned i = 0; i < 2; i++)
        add_behind((const uint8_t *)"\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08", 16,
                   (struct segment){.flags = i ? A : S, .sequence = 5 + i, .acknowledgement = i});
    end("cooked", NULL);
    begin((struct form){.link_type = 0x80000001}); /* with bits that are none of the link type's */
    add_segment((struct segment){.flags = S, .sequence = 1});
    end("link-type-bits", NULL);
    begin((struct form){.link_type = 108});
    add_behind((const uint8_t *)"\0\0\0\2", 4, (struct segment){.flags = S, .sequence = 1});
    end("loopback", NULL);
    begin((struct form){.is_pcapng = true, .snap_bytes = 60}), exchange(over_ipv6, 2);
    g_byte_array_set_size(file, file->len - 9), end("pcapng-snap-qinq-ipv6-cut", NULL);
    begin((struct form){0}), exchange(NULL, 0), put_number(7, 4), put_number(7, 4);
    put_number(0xfffffff0, 4), put_number(60, 4), end("absurd-length", NULL);
    begin((struct form){0});
    add_segment((struct segment){.flags = S, .sequence = 0xfffffff0, .text = "in the SYN"});
    add_segment((struct segment){
        .from_card = true, .flags = S | A, .sequence = 1, .acknowledgement = 0xfffffff1});
    add_segment((struct segment){
        .flags = P | A, .sequence = 0xfffffff1, .acknowledgement = 2, .text = "in the SYN, more"});
    add_segment((struct segment){
        .flags = P | A, .sequence = 0xfffffff1, .acknowledgement = 2, .text = "other bytes than"});
    add_segment((struct segment){.from_card = true, .flags = A, .sequence = 1002});
    add_segment((struct segment){.flags = A, .sequence = 1, .acknowledgement = 3000});
    add_segment((struct segment){
        .from_card = true, .flags = A, .sequence = 3000, .acknowledgement = 100001});
    add_segment((struct segment){.flags = F | A, .sequence = 100001, .acknowledgement = 3000});
    add_segment((struct segment){.from_card = true, .flags = R | A, .sequence = 3000});
    end("wrap-holes-retransmission", NULL);
    return 0;
}
