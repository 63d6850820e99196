/* test_capture.c - files whole and broken, as users and attackers have them. */
#include "tests/suite.h"

#include "tests/traces/build_frame.h"
#include "traces/capture.h"
#include "traces/capture_write.h"
#include "traces/card_side.h"
#include "traces/trace_info.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PUBLIC "../shared/captures/public/"

static char *folder;
static char *path; /* of a file in it */
static struct diagnostics diagnostics;

static void set_up(void)
{
    folder = g_dir_make_tmp("polynic-capture-XXXXXX", NULL);
    path = g_build_filename(folder, "file", NULL);
    diagnostics_init(&diagnostics);
}

static void tear_down(void)
{
    diagnostics_clear(&diagnostics);
    unlink(path);
    rmdir(folder);
    g_free(path);
    g_free(folder);
}

static void write_file(const void *bytes, size_t count)
{
    ck_assert(g_file_set_contents(path, bytes, (gssize)count, NULL));
}

/* A pcap file by hand, little-endian. */
static GByteArray *file;

static void put_le(unsigned bytes, uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        g_byte_array_append(file, &(uint8_t){(uint8_t)(value >> (8 * i))}, 1);
}

static void start_file(uint32_t magic, uint32_t snap_bytes, uint32_t link_type)
{
    file = g_byte_array_new();
    put_le(4, magic);
    put_le(2, 2);
    put_le(2, 4);
    put_le(8, 0);
    put_le(4, snap_bytes);
    put_le(4, link_type);
}

static void put_record(uint32_t seconds, uint32_t fraction, const void *data, uint32_t bytes,
                       uint32_t wire_bytes)
{
    put_le(4, seconds);
    put_le(4, fraction);
    put_le(4, bytes);
    put_le(4, wire_bytes);
    g_byte_array_append(file, data, bytes);
}

static void end_file(void)
{
    write_file(file->data, file->len);
    g_byte_array_free(file, TRUE);
}

/* Opens the file and reads it through; the number of frames, -1 if it can't be opened. */
static int read_all(const char *name, bool *was_cut)
{
    struct capture *capture = capture_open(name, &diagnostics);
    struct capture_frame frame;
    int frames = 0;
    if (capture == NULL)
        return -1;
    while (capture_next(capture, &frame) == CAPTURE_FRAME) {
        frames++;
        ck_assert_uint_eq(frame.number, (unsigned)frames);
        ck_assert_uint_ge(frame.wire_bytes, frame.captured_bytes);
        ck_assert_uint_le(frame.captured_bytes, CAPTURE_MAX_FRAME_BYTES);
    }
    ck_assert_int_eq(capture_next(capture, &frame), CAPTURE_END);
    *was_cut = capture_was_cut(capture);
    capture_close(capture);
    return frames;
}

static void expect_error(const char *name, const char *words)
{
    bool was_cut;
    ck_assert_int_eq(read_all(name, &was_cut), -1);
    ck_assert_uint_eq(diagnostics.errors, 1);
    ck_assert_msg(strstr(diagnostics.list[0].text, words) != NULL, "'%s' lacks '%s'",
                  diagnostics.list[0].text, words);
    ck_assert(strstr(diagnostics.list[0].text, name) != NULL);
    diagnostics_clear(&diagnostics);
    diagnostics_init(&diagnostics);
}

START_TEST(what_is_no_capture_is_an_error_that_helps)
{
    expect_error("no/such/file", "can't be opened: No such file or directory");
    expect_error(folder, "is a directory");
    write_file("", 0);
    expect_error(path, "is empty (0 bytes)");
    write_file("hello, this is no capture\n", 26);
    expect_error(path, "is not a pcap or pcapng capture");
    write_file("abc", 3);
    expect_error(path, "is not a pcap or pcapng capture");
    write_file("\x1f\x8b\x08\0\0\0\0", 7);
    expect_error(path, "gzip -dc");
    write_file("\x28\xb5\x2f\xfd\0\0\0", 7);
    expect_error(path, "zstd -dc");
    write_file("\xd4\xc3\xb2\xa1\x02\0\x04", 7);
    expect_error(path, "header can't be read");
    if (getuid() != 0) { /* to root nothing is forbidden */
        ck_assert_int_eq(chmod(path, 0), 0);
        expect_error(path, "Permission denied");
    }
}
END_TEST

START_TEST(an_unsupported_link_type_is_named)
{
    start_file(0xa1b2c3d4, 65535, 127);
    put_record(1, 0, "abcdefgh", 8, 8);
    end_file();
    expect_error(path, "link type IEEE802_11_RADIO (127) is not supported: Ethernet (1)");
    start_file(0xa1b2c3d4, 65535, 9999);
    end_file();
    expect_error(path, "(9999) is not supported");
}
END_TEST

START_TEST(a_file_without_frames_ends_cleanly)
{
    bool was_cut = true;
    start_file(0xa1b2c3d4, 65535, 1);
    end_file();
    ck_assert_int_eq(read_all(path, &was_cut), 0);
    ck_assert(!was_cut);
    ck_assert_uint_eq(diagnostics.count, 0);
}
END_TEST

START_TEST(stamps_and_lengths_are_as_written)
{
    static const struct {
        uint32_t magic, fraction;
        const char *format;
        int64_t time_ns;
    } files[] = {
        {0xa1b2c3d4, 999999, "pcap, microseconds", INT64_C(4294967295999999000)},
        {0xa1b23c4d, 999999999, "pcap, nanoseconds", INT64_C(4294967295999999999)},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        struct capture_frame frame;
        start_file(files[i].magic, 100, 1);
        put_record(0xffffffff, files[i].fraction, "0123456789abcdef", 16, 1500);
        put_record(0, 0, "0123456789abcdef", 16, 9); /* more captured than there was */
        put_record(0, 0, "", 0, 60);
        end_file();
        struct capture *capture = capture_open(path, &diagnostics);
        ck_assert_ptr_nonnull(capture);
        ck_assert_str_eq(capture_format(capture), files[i].format);
        ck_assert_str_eq(capture_link_type(capture), "Ethernet");
        ck_assert_uint_eq(capture_snap_bytes(capture), 100);
        ck_assert_int_eq(capture_next(capture, &frame), CAPTURE_FRAME);
        ck_assert_int_eq(frame.time_ns, files[i].time_ns);
        ck_assert_uint_eq(frame.captured_bytes, 16);
        ck_assert_uint_eq(frame.wire_bytes, 1500);
        ck_assert_int_eq(memcmp(frame.data, "0123456789abcdef", 16), 0);
        ck_assert_int_eq(capture_next(capture, &frame), CAPTURE_FRAME);
        ck_assert_int_eq(frame.time_ns, 0);
        ck_assert_uint_eq(frame.wire_bytes, 16);
        ck_assert_int_eq(capture_next(capture, &frame), CAPTURE_FRAME);
        ck_assert_uint_eq(frame.captured_bytes, 0);
        ck_assert_uint_eq(frame.wire_bytes, 60);
        ck_assert_int_eq(capture_next(capture, &frame), CAPTURE_END);
        capture_close(capture);
    }
    ck_assert_uint_eq(diagnostics.count,
                      G_N_ELEMENTS(files)); /* of the second record, once a file */
    ck_assert_ptr_nonnull(strstr(diagnostics.list[0].text, "record 2 says that 9 bytes"));
}
END_TEST

START_TEST(a_wire_length_beyond_belief_is_warned_of_once)
{
    struct capture_frame frame;
    start_file(0xa1b2c3d4, 65535, 1);
    put_record(1, 0, "0123456789abcdef", 16, CAPTURE_MAX_FRAME_BYTES);
    put_record(2, 0, "0123456789abcdef", 16, CAPTURE_MAX_FRAME_BYTES + 1);
    put_record(3, 0, "0123456789abcdef", 16, 0xffffffff);
    end_file();
    struct capture *capture = capture_open(path, &diagnostics);
    capture_next(capture, &frame);
    ck_assert_uint_eq(frame.wire_bytes, CAPTURE_MAX_FRAME_BYTES);
    ck_assert_uint_eq(diagnostics.count, 0);
    capture_next(capture, &frame);
    ck_assert_uint_eq(frame.wire_bytes, 16);
    capture_next(capture, &frame);
    ck_assert_uint_eq(frame.wire_bytes, 16);
    capture_close(capture);
    ck_assert_uint_eq(diagnostics.count, 1);
    ck_assert_uint_eq(diagnostics.errors, 0);
    ck_assert_ptr_nonnull(strstr(diagnostics.list[0].text, "record 2 claims 262145 bytes"));
}
END_TEST

START_TEST(an_fcs_that_the_header_tells_of_is_taken_off)
{
    struct capture_frame frame;
    start_file(0xa1b2c3d4, 65535, 0x24000001); /* two 16-bit words */
    put_record(1, 0, "0123456789abcdefFCS!", 20, 20);
    put_record(1, 0, "0123456789abcdefFC", 18, 20);
    end_file();
    struct capture *capture = capture_open(path, &diagnostics);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_int_eq(capture_next(capture, &frame), CAPTURE_FRAME);
        ck_assert_uint_eq(frame.wire_bytes, 16);
        ck_assert_uint_eq(frame.captured_bytes, 16);
    }
    capture_close(capture);
}
END_TEST

/* Reads the first frame of a file of that link type with that record. */
static void convert(uint32_t link_type, const void *data, uint32_t bytes, struct built *into)
{
    struct capture_frame frame;
    start_file(0xa1b2c3d4, 65535, link_type);
    put_record(1, 0, data, bytes, bytes + 10);
    end_file();
    struct capture *capture = capture_open(path, &diagnostics);
    ck_assert_msg(capture != NULL, "link type %u", link_type);
    ck_assert_int_eq(capture_next(capture, &frame), CAPTURE_FRAME);
    ck_assert_uint_ge(frame.wire_bytes, frame.captured_bytes);
    ck_assert_uint_le(frame.wire_bytes, frame.captured_bytes + 10);
    into->bytes = 0;
    build_bytes(into, frame.data, frame.captured_bytes);
    capture_close(capture);
}

START_TEST(other_link_types_become_ethernet)
{
    static const uint8_t null_header[4] = {2}, loop_header[4] = {0, 0, 0, 24};
    static const uint8_t sll[16] = {0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 9, 0, 0, 8, 0};
    static const uint8_t sll2[20] = {8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 9, 0, 0};
    static const struct {
        uint32_t type, header_bytes;
        const uint8_t *header;
    } types[] = {
        {101, 0, NULL},      {12, 0, NULL},         {14, 0, NULL},  {228, 0, NULL},
        {0, 4, null_header}, {108, 4, loop_header}, {113, 16, sll}, {276, 20, sll2},
    };
    static const uint8_t ethernet[14] = {2, 0, 10, 0, 0, 2, 2, 0, 10, 0, 0, 1, 8, 0};
    struct built ip = {.bytes = 0}, record, frame;
    build_ipv4(&ip, "10.0.0.1", "10.0.0.2", IPPROTO_UDP, 8);
    build_udp(&ip, 1, 2, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        record.bytes = 0;
        if (types[i].header != NULL)
            build_bytes(&record, types[i].header, types[i].header_bytes);
        build_bytes(&record, ip.data, ip.bytes);
        convert(types[i].type, record.data, record.bytes, &frame);
        ck_assert_uint_eq(frame.bytes, 14 + ip.bytes);
        ck_assert_msg(memcmp(frame.data, ethernet, 14) == 0, "link type %u", types[i].type);
        ck_assert_int_eq(memcmp(frame.data + 14, ip.data, ip.bytes), 0);
        /* Cut anywhere, it is a frame still, and nothing is read behind its end. */
        for (uint32_t bytes = 0; bytes < record.bytes; bytes++) {
            convert(types[i].type, record.data, bytes, &frame);
            ck_assert_uint_eq(frame.bytes, bytes > types[i].header_bytes
                                               ? 14 + bytes - types[i].header_bytes
                                               : 14);
        }
    }
    ck_assert_uint_eq(diagnostics.count, 0);
}
END_TEST

START_TEST(each_ip_address_has_a_mac_address_of_its_own)
{
    struct built ip, frame;
    uint8_t first[6];
    ip.bytes = 0;
    build_ipv6(&ip, "fd00::1", "ff02::1:2", IPPROTO_NONE, 0);
    convert(101, ip.data, ip.bytes, &frame);
    ck_assert_int_eq(memcmp(frame.data, (uint8_t[]){0x33, 0x33, 0, 1, 0, 2}, 6), 0);
    memcpy(first, frame.data + 6, 6);
    ck_assert_uint_eq(first[0] & 3, 2); /* locally administered, one station */
    ip.data[23] = 2;                    /* fd00::2 */
    convert(101, ip.data, ip.bytes, &frame);
    ck_assert_int_ne(memcmp(first, frame.data + 6, 6), 0);
    ck_assert_uint_eq(packet_get16(frame.data + 12), 0x86dd);
    ip.bytes = 0;
    build_ipv4(&ip, "10.0.0.1", "239.129.2.3", IPPROTO_UDP, 0);
    convert(101, ip.data, ip.bytes, &frame);
    ck_assert_int_eq(memcmp(frame.data, (uint8_t[]){1, 0, 0x5e, 1, 2, 3}, 6), 0);
    ip.bytes = 0;
    build_fill(&ip, 0x00, 30); /* neither IPv4 nor IPv6 */
    convert(101, ip.data, ip.bytes, &frame);
    ck_assert_uint_eq(packet_get16(frame.data + 12), 0xffff);
}
END_TEST

static void write_three(void)
{
    struct built frame;
    struct capture_writer *writer = capture_writer_new(path, &diagnostics);
    for (unsigned i = 0; i < 3; i++) {
        build_segment(&frame, "10.0.0.1", 1000, "10.0.0.2", 80, PACKET_SYN);
        build_fill(&frame, 'x', i * 5);
        capture_writer_add(writer, INT64_C(1700000000123456789) + i, frame.data, frame.bytes,
                           frame.bytes);
    }
    ck_assert(capture_writer_close(writer));
}

START_TEST(a_file_cut_at_any_byte_keeps_its_whole_frames)
{
    gchar *whole;
    gsize bytes;
    write_three();
    ck_assert(g_file_get_contents(path, &whole, &bytes, NULL));
    ck_assert_uint_eq(bytes, 24 + 3 * (16 + 54) + 5 + 10);
    const size_t ends[] = {24, 24 + 70, 24 + 70 + 75, bytes};
    for (size_t cut = 0; cut <= bytes; cut++) {
        bool was_cut = false, is_end = false;
        int frames = 0;
        write_file(whole, cut);
        for (unsigned i = 0; i < G_N_ELEMENTS(ends); i++) {
            is_end |= cut == ends[i];
            frames += i > 0 && cut >= ends[i];
        }
        if (!is_end && frames == 0)
            frames = -1; /* nothing at all: an error */
        ck_assert_msg(read_all(path, &was_cut) == frames, "cut at %zu", cut);
        ck_assert_uint_eq(was_cut, frames > 0 && !is_end);
        ck_assert_uint_eq(diagnostics.count, !is_end);
        ck_assert_uint_eq(diagnostics.errors, frames < 0);
        if (was_cut) {
            char words[40];
            snprintf(words, sizeof words, "record %d can't be read", frames + 1);
            ck_assert_ptr_nonnull(strstr(diagnostics.list[0].text, words));
        }
        diagnostics_clear(&diagnostics);
        diagnostics_init(&diagnostics);
    }
    g_free(whole);
}
END_TEST

/* Everything that reads frames, over whatever the file has become. */
static void read_as_info(void)
{
    struct capture *capture = capture_open(path, &diagnostics);
    struct card_side *side = card_side_new("auto", &diagnostics);
    struct trace_info *info = trace_info_new(side);
    struct capture_frame frame;
    while (capture != NULL && capture_next(capture, &frame) == CAPTURE_FRAME)
        trace_info_add(info, &frame);
    trace_info_finish(info);
    if (capture != NULL) {
        FILE *sink = fopen("/dev/null", "w");
        trace_info_print(info, path, capture, side, sink);
        fclose(sink);
    }
    trace_info_free(info);
    card_side_free(side);
    capture_close(capture);
    diagnostics_clear(&diagnostics);
    diagnostics_init(&diagnostics);
}

START_TEST(flipped_bytes_crash_nothing)
{
    static const char *const samples[] = {"traces/samples/mix.pcap", "traces/samples/short.pcap"};
    uint32_t random = 7;
    for (size_t sample = 0; sample < G_N_ELEMENTS(samples); sample++) {
        gchar *whole;
        gsize bytes;
        ck_assert(g_file_get_contents(samples[sample], &whole, &bytes, NULL));
        for (unsigned round = 0; round < 150; round++) {
            gchar *copy = g_memdup2(whole, bytes);
            unsigned flips = 1 + round * 4;
            for (unsigned i = 0; i < flips; i++) {
                random = random * 1664525 + 1013904223;
                size_t at = (random >> 4) % (round % 2 == 0 ? bytes : bytes / 50);
                random = random * 1664525 + 1013904223;
                if (at >= 4) /* keep the magic: the rest would never be seen */
                    copy[at] = (gchar)(random >> 24);
            }
            write_file(copy, bytes);
            read_as_info();
            g_free(copy);
        }
        g_free(whole);
    }
}
END_TEST

START_TEST(a_written_file_reads_back_the_same)
{
    static const uint32_t sizes[] = {0, 1, 14, 60, 1514, 9018, 65535, CAPTURE_MAX_FRAME_BYTES};
    static uint8_t data[CAPTURE_MAX_FRAME_BYTES];
    struct capture_frame frame;
    struct capture_writer *writer = capture_writer_new(path, &diagnostics);
    for (uint32_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++)
        capture_writer_add(writer, INT64_C(1000000000) * i + 999999999 - i, data, sizes[i],
                           sizes[i]);
    capture_writer_add(writer, 5, data, 64, 1514);
    ck_assert(!g_file_test(path, G_FILE_TEST_EXISTS)); /* not before it is complete */
    ck_assert(capture_writer_close(writer));
    struct capture *capture = capture_open(path, &diagnostics);
    ck_assert_str_eq(capture_format(capture), "pcap, nanoseconds");
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        ck_assert_int_eq(capture_next(capture, &frame), CAPTURE_FRAME);
        ck_assert_uint_eq(frame.captured_bytes, sizes[i]);
        ck_assert_uint_eq(frame.wire_bytes, sizes[i]);
        ck_assert_int_eq(frame.time_ns, INT64_C(1000000000) * i + 999999999 - i);
        ck_assert_int_eq(memcmp(frame.data, data, sizes[i]), 0);
    }
    ck_assert_int_eq(capture_next(capture, &frame), CAPTURE_FRAME);
    ck_assert_uint_eq(frame.captured_bytes, 64);
    ck_assert_uint_eq(frame.wire_bytes, 1514);
    capture_close(capture);
    ck_assert_uint_eq(diagnostics.count, 0);
}
END_TEST

static unsigned files_in_folder(void)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    unsigned files = 0;
    while (g_dir_read_name(dir) != NULL)
        files++;
    g_dir_close(dir);
    return files;
}

START_TEST(an_abandoned_or_failed_file_leaves_the_old_one)
{
    gchar *contents;
    write_file("old", 3);
    struct capture_writer *writer = capture_writer_new(path, &diagnostics);
    capture_writer_add(writer, 1, (const uint8_t *)"abc", 3, 3);
    ck_assert_uint_eq(files_in_folder(), 2);
    capture_writer_abandon(writer);
    ck_assert_uint_eq(files_in_folder(), 1);

    writer = capture_writer_new(path, &diagnostics);
    capture_writer_add(writer, -1, (const uint8_t *)"abc", 3, 3); /* before 1970 */
    capture_writer_add(writer, INT64_MAX, (const uint8_t *)"abc", 3, 3);
    ck_assert(!capture_writer_close(writer));
    ck_assert_uint_eq(diagnostics.errors, 1);
    ck_assert_uint_eq(files_in_folder(), 1);
    ck_assert(g_file_get_contents(path, &contents, NULL, NULL));
    ck_assert_str_eq(contents, "old");
    g_free(contents);
}
END_TEST

START_TEST(what_cannot_be_written_is_reported)
{
    ck_assert_ptr_null(capture_writer_new("no/such/folder/file.pcap", &diagnostics));
    ck_assert_ptr_nonnull(strstr(diagnostics.list[0].text, "No such file or directory"));
    if (!g_file_test("/dev/full", G_FILE_TEST_EXISTS))
        return;
    struct capture_writer *writer = capture_writer_new("/dev/full", &diagnostics);
    capture_writer_add(writer, 1, (const uint8_t *)"abc", 3, 3);
    ck_assert(!capture_writer_close(writer));
    ck_assert_ptr_nonnull(strstr(diagnostics.list[1].text, "No space left on device"));
    ck_assert(!g_file_test("/dev/full", G_FILE_TEST_IS_REGULAR)); /* the device is still one */
}
END_TEST

START_TEST(public_captures_give_what_libpcap_gives)
{
    static const struct {
        const char *name;
        int frames; /* -1: an error */
        bool was_cut;
        unsigned count; /* of diagnostics */
        const char *words;
    } captures[] = {
        {"01-http-clean-v4.pcap", 655, false, 0, NULL},
        {"02-bulk-transfer.pcapng", 1184, false, 0, NULL},
        {"14-ns-native.pcap", 9, false, 0, NULL},
        {"16-snaplen-truncated.pcap", 878, false, 0, NULL},
        {"17-rawip-dlt101.pcap", 946, false, 0, NULL},
        {"18-time-reversed.pcap", 133, false, 0, NULL},
        {"19-pcapng-multi-if.pcapng", -1, false, 1, "interfaces of different link types"},
        {"21-pcap21-bigendian.pcap", 156, false, 0, NULL},
        {"bad-absurd-caplen.pcap", 1, true, 1, "record 2 can't be read"},
        {"bad-caplen-gt-file.pcap", 1, true, 2, "record 1 claims 524501 bytes"},
        {"bad-caplen-gt-origlen.pcap", 136, false, 1, "record 11 says"},
        {"bad-cut-in-header.pcap", 50, true, 1, "record 51 can't be read"},
        {"bad-cut-in-record.pcap", 300, true, 1, "record 301 can't be read"},
        {"bad-header-only.pcap", 0, false, 0, NULL},
        {"bad-linktype.pcap", -1, false, 1, "IEEE802_11_RADIO (127)"},
        {"bad-pcapng-shb-option.pcapng", -1, false, 1, "block total length"},
    };
    if (!g_file_test(PUBLIC, G_FILE_TEST_IS_DIR)) {
        printf("skipped: " PUBLIC " is not there\n");
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(captures); i++) {
        char *name = g_strconcat(PUBLIC, captures[i].name, NULL);
        bool was_cut = false;
        ck_assert_msg(read_all(name, &was_cut) == captures[i].frames, "%s", name);
        ck_assert_uint_eq(was_cut, captures[i].was_cut);
        ck_assert_uint_eq(diagnostics.count, captures[i].count);
        ck_assert_uint_eq(diagnostics.errors, captures[i].frames < 0);
        if (captures[i].words != NULL)
            ck_assert_ptr_nonnull(strstr(diagnostics.list[0].text, captures[i].words));
        diagnostics_clear(&diagnostics);
        diagnostics_init(&diagnostics);
        g_free(name);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *captures = suite_create("capture");
    TCase *reading = tcase_create("reading");
    tcase_add_checked_fixture(reading, set_up, tear_down);
    tcase_add_test(reading, what_is_no_capture_is_an_error_that_helps);
    tcase_add_test(reading, an_unsupported_link_type_is_named);
    tcase_add_test(reading, a_file_without_frames_ends_cleanly);
    tcase_add_test(reading, stamps_and_lengths_are_as_written);
    tcase_add_test(reading, a_wire_length_beyond_belief_is_warned_of_once);
    tcase_add_test(reading, an_fcs_that_the_header_tells_of_is_taken_off);
    tcase_add_test(reading, other_link_types_become_ethernet);
    tcase_add_test(reading, each_ip_address_has_a_mac_address_of_its_own);
    tcase_add_test(reading, public_captures_give_what_libpcap_gives);
    suite_add_tcase(captures, reading);

    TCase *hostile = tcase_create("hostile");
    tcase_set_timeout(hostile, 120);
    tcase_add_checked_fixture(hostile, set_up, tear_down);
    tcase_add_test(hostile, a_file_cut_at_any_byte_keeps_its_whole_frames);
    tcase_add_test(hostile, flipped_bytes_crash_nothing);
    suite_add_tcase(captures, hostile);

    TCase *writing = tcase_create("writing");
    tcase_add_checked_fixture(writing, set_up, tear_down);
    tcase_add_test(writing, a_written_file_reads_back_the_same);
    tcase_add_test(writing, an_abandoned_or_failed_file_leaves_the_old_one);
    tcase_add_test(writing, what_cannot_be_written_is_reported);
    suite_add_tcase(captures, writing);
    return captures;
}
