#include "tests/fuzz/fuzz.h"
#include "traces/trace_info.h"

#include <stdio.h>
#include <stdlib.h>

static void check_frame(const struct capture_frame *frame)
{
    struct packet packet;
    struct packet_tcp_options options;

    fuzz_check(frame->captured_bytes <= frame->wire_bytes);
    fuzz_check(frame->captured_bytes <= CAPTURE_MAX_FRAME_BYTES);
    packet_parse(&packet, frame->data, frame->captured_bytes, frame->wire_bytes);
    fuzz_check(packet.network_offset <= frame->captured_bytes);
    fuzz_check(packet.transport_offset <= frame->captured_bytes);
    if (packet.transport_offset && packet.tcp_header_bytes)
        packet_tcp_options(&packet, &options);
    packet_checksums_good(&packet);
}

int fuzz_capture(const uint8_t *data, size_t bytes)
{
    struct diagnostics diagnostics;
    struct capture_frame frame;
    char *text = NULL;
    size_t text_bytes;

    diagnostics_init(&diagnostics);
    const char *path = fuzz_file(data, bytes);
    struct capture *capture = capture_open(path, &diagnostics);
    struct card_side *side = card_side_new("auto", &diagnostics);
    fuzz_check(capture || diagnostics.errors);
    if (capture) {
        struct trace_info *info = trace_info_new(side);
        uint64_t frames = 0;
        FILE *stream = open_memstream(&text, &text_bytes);

        while (capture_next(capture, &frame) == CAPTURE_FRAME) {
            frames++;
            check_frame(&frame);
            trace_info_add(info, &frame);
        }
        trace_info_finish(info);
        fuzz_check(frames <= bytes);
        trace_info_print(info, path, capture, side, stream);
        fclose(stream);
        trace_info_free(info);
        capture_close(capture);
    }
    free(text);
    card_side_free(side);
    diagnostics_clear(&diagnostics);
    fuzz_file_close();
    return 0;
}
