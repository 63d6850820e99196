/* traces/stream.h against an array of bytes with flags, at random and at the edges of chunks. */
#include "tests/suite.h"
#include "traces/stream.h"

#include <glib.h>
#include <string.h>

enum { BYTES = 6000 };

START_TEST(agrees_with_an_array)
{
    static uint8_t bytes[BYTES], flags[BYTES], data[BYTES], out[BYTES];
    struct stream stream = {0};
    uint32_t random = (uint32_t)_i * 7919 + 1, released = 0;

    memset(bytes, 0, sizeof bytes);
    memset(flags, 0, sizeof flags);
    for (unsigned step = 0; step < 400; step++) {
        random = random * 1664525 + 1013904223;
        uint32_t at = released + (random >> 8) % (BYTES - 1200 - released);
        uint32_t count = (random >> 20) % 1200;
        uint8_t flag = random & 0x80 ? STREAM_TAKEN : STREAM_DELIVERED;
        bool is_padding = (random >> 5) % 4 == 0;

        for (uint32_t i = 0; i < count; i++)
            data[i] = (uint8_t)(random >> (i % 16));
        switch (random >> 29) {
        case 0:
        case 1:
        case 2:
            stream_put(&stream, at, is_padding ? NULL : data, count);
            for (uint32_t i = 0; i < count; i++) {
                if (flags[at + i]) { /* what came first stays, but is in doubt */
                    if (!is_padding && bytes[at + i] != data[i])
                        flags[at + i] &= (uint8_t)~STREAM_KNOWN;
                    continue;
                }
                bytes[at + i] = is_padding ? 0 : data[i];
                flags[at + i] = is_padding ? STREAM_PRESENT : STREAM_PRESENT | STREAM_KNOWN;
            }
            break;
        case 3:
        case 4: {
            uint32_t fresh = 0;

            for (uint32_t i = at; i < at + count; i++) {
                fresh += flags[i] && !(flags[i] & flag);
                flags[i] |= flags[i] ? flag : 0;
            }
            ck_assert_uint_eq(stream_mark(&stream, at, count, flag), fresh);
            break;
        }
        case 5: {
            bool is_set = random & 0x40;
            uint32_t place = at;

            while (place < at + count && ((flags[place] & flag) != 0) != is_set)
                place++;
            ck_assert_uint_eq(stream_find(&stream, at, at + count, flag, is_set), place);
            break;
        }
        case 6: {
            uint32_t different = 0;

            for (uint32_t i = 0; i < count; i++)
                different += (flags[at + i] & STREAM_KNOWN) && bytes[at + i] != data[i];
            ck_assert_uint_eq(stream_differences(&stream, at, data, count), different);
            break;
        }
        default:
            if (step % 8 == 0 && released < BYTES / 2)
                stream_release(&stream, released += count / 4);
        }
        stream_get(&stream, released, out, BYTES - released);
        if (stream.end > released)
            ck_assert_mem_eq(out, bytes + released, BYTES - released);
    }
    stream_free(&stream);
    ck_assert_ptr_null(stream.chunks);
}
END_TEST

START_TEST(keeps_nothing_when_all_is_released)
{
    struct stream stream = {0};
    uint8_t byte = 7, out = 0;

    for (uint64_t at = 0; at < 100000; at++) {
        stream_put(&stream, at, &byte, 1);
        ck_assert_uint_le(stream.count, 2);
        stream_release(&stream, at + 1);
        ck_assert_uint_eq(stream.count, 0);
    }
    stream_put(&stream, 5, &byte, 1); /* gone by */
    ck_assert_uint_eq(stream.count, 0);
    stream_put(&stream, 99999, (const uint8_t[]){1, 2}, 2); /* half of it is */
    stream_get(&stream, 100000, &out, 1);
    ck_assert_uint_eq(out, 2);
    stream_free(&stream);
}
END_TEST

START_TEST(ignores_what_is_too_far_ahead)
{
    struct stream stream = {0};
    uint8_t byte = 7;

    stream_put(&stream, STREAM_MAX_SPAN_BYTES, &byte, 1);
    ck_assert_uint_eq(stream.end, 0);
    stream_put(&stream, STREAM_MAX_SPAN_BYTES - 1, &byte, 1);
    ck_assert_uint_eq(stream.end, STREAM_MAX_SPAN_BYTES);
    stream_free(&stream);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("stream");
    TCase *cases = tcase_create("stream");

    tcase_add_loop_test(cases, agrees_with_an_array, 0, 50);
    tcase_add_test(cases, keeps_nothing_when_all_is_released);
    tcase_add_test(cases, ignores_what_is_too_far_ahead);
    suite_add_tcase(all, cases);
    return all;
}
