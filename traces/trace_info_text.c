/* trace_info_text.c - the figures of a capture for a person to read. */
#include "traces/trace_info.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

/* A number as text, its thousands set apart: 20 digits, 6 commas, the end, and room for a unit. */
struct digits {
    char text[48];
};

static struct digits digits(uint64_t number)
{
    struct digits digits;
    char plain[24];
    int count = snprintf(plain, sizeof plain, "%" PRIu64, number);
    char *to = digits.text;
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            *to++ = ',';
        *to++ = plain[i];
    }
    *to = '\0';
    return digits;
}

#define D(number) (digits(number).text)

/* A duration in the unit that leaves one to three digits before the point, to a thousandth of it.
 */
static struct digits duration(uint64_t ns)
{
    struct digits text;
    if (ns < 1000)
        snprintf(text.text, sizeof text.text, "%" PRIu64 " ns", ns);
    else if (ns < 1000000)
        snprintf(text.text, sizeof text.text, "%" PRIu64 ".%03" PRIu64 " us", ns / 1000, ns % 1000);
    else if (ns < 1000000000)
        snprintf(text.text, sizeof text.text, "%" PRIu64 ".%03" PRIu64 " ms", ns / 1000000,
                 ns / 1000 % 1000);
    else
        snprintf(text.text, sizeof text.text, "%" PRIu64 ".%06" PRIu64 " s", ns / 1000000000,
                 ns / 1000 % 1000000);
    return text;
}

/* Bits per second of so many bytes, as Mbit/s with three decimals. */
static struct digits megabits(uint64_t bytes, uint64_t duration_ns)
{
    uint64_t bits_per_s = trace_rate_milli(bytes * 8, duration_ns) / 1000;
    struct digits text = digits(bits_per_s / 1000000);
    size_t used = strlen(text.text);
    snprintf(text.text + used, sizeof text.text - used, ".%03" PRIu64, bits_per_s / 1000 % 1000);
    return text;
}

static void print_stamp(int64_t time_ns, FILE *stream)
{
    char text[40];
    int64_t seconds = time_ns / 1000000000, rest = time_ns % 1000000000;
    struct tm tm;
    if (rest < 0) {
        rest += 1000000000;
        seconds--;
    }
    time_t time = (time_t)seconds;
    if (gmtime_r(&time, &tm) != NULL && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm) > 0)
        fprintf(stream, "%s.%09" PRId64 " UTC", text, rest);
    else
        fprintf(stream, "%" PRId64 " s after 1970", seconds);
}

static void print_frames(const struct trace_info *info, FILE *stream)
{
    const struct trace_counts *counts = trace_info_counts(info);
    fprintf(stream, "Frames       %s, %s bytes without FCS (average %" PRIu64 ")\n",
            D(counts->frames), D(counts->wire_bytes),
            counts->frames > 0 ? counts->wire_bytes / counts->frames : 0);
    if (counts->frames == 0)
        return;
    fprintf(stream, "Time         %s from ", duration(counts->duration_ns).text);
    print_stamp(trace_info_first_ns(info), stream);
    fprintf(stream, "; longest pause %s\n", duration(counts->largest_gap_ns).text);
    fprintf(stream, "             stamps equal to the one before %s, running backward %s\n",
            D(counts->stamps_equal), D(counts->stamps_backward));
    if (counts->duration_ns > 0) {
        uint64_t rate = trace_rate_milli(counts->frames, counts->duration_ns);
        fprintf(stream,
                "Rate         %s.%03" PRIu64
                " frames/s, %s Mbit/s; %s Mbit/s of line with padding, "
                "FCS, preamble, gap\n",
                D(rate / 1000), rate % 1000, megabits(counts->wire_bytes, counts->duration_ns).text,
                megabits(counts->line_bytes, counts->duration_ns).text);
    }
    fprintf(stream, "\nFrame bytes  %9s %9s %9s %9s %9s %9s %9s\n             ", "<=64", "<=128",
            "<=256", "<=512", "<=1024", "<=1518", "above");
    for (unsigned i = 0; i < TRACE_SIZE_CLASSES; i++)
        fprintf(stream, "%9s%s", D(counts->sizes[i]), i + 1 < TRACE_SIZE_CLASSES ? " " : "\n");
}

/* A count with its name, if there is something to tell. */
static void print_some(FILE *stream, const char **before, uint64_t count, const char *name)
{
    if (count == 0)
        return;
    fprintf(stream, "%s%s %s", *before, name, D(count));
    *before = ", ";
}

static void print_contents(const struct trace_counts *counts, FILE *stream)
{
    const char *before = "Network      ";
    print_some(stream, &before, counts->ipv4, "IPv4");
    print_some(stream, &before, counts->ipv6, "IPv6");
    print_some(stream, &before, counts->arp, "ARP");
    print_some(stream, &before, counts->other_network, "other");
    print_some(stream, &before, counts->vlan_tagged, "VLAN-tagged");
    print_some(stream, &before, counts->vlan_stacked, "with stacked tags");
    before = "\nTransport    ";
    print_some(stream, &before, counts->tcp, "TCP");
    print_some(stream, &before, counts->udp, "UDP");
    print_some(stream, &before, counts->icmp, "ICMP");
    print_some(stream, &before, counts->other_transport, "other");
    print_some(stream, &before, counts->fragments, "fragments");
    if (counts->udp_conversations > 0)
        fprintf(stream, "; UDP conversations %s", D(counts->udp_conversations));
    if (counts->connections > 0) {
        fprintf(stream,
                "\nConnections  %s TCP: with SYN %s, without (midstream) %s, answered %s\n"
                "             closed by FIN both ways %s, with RST %s; at most %s open at once",
                D(counts->connections), D(counts->connections_syn),
                D(counts->connections_midstream), D(counts->connections_answered),
                D(counts->connections_closed), D(counts->connections_reset), D(counts->most_open));
    }
    before = "\nFlaws        ";
    print_some(stream, &before, counts->cut_frames, "captured in part");
    print_some(stream, &before, counts->cut_headers, "with headers cut");
    print_some(stream, &before, counts->malformed, "malformed headers");
    print_some(stream, &before, counts->bad_checksums, "bad checksums");
    print_some(stream, &before, counts->merged_segments, "merged TCP segments");
    print_some(stream, &before, counts->oversized_others, "others above the MTU");
    fputc('\n', stream);
}

static void print_direction(const struct trace_flow_counts *flow, const char *name,
                            const char *fate, FILE *stream)
{
    fprintf(stream, "  %-10s %11s frames %14s bytes %14s payload  %s\n", name, D(flow->frames),
            D(flow->frame_bytes), D(flow->payload_bytes), fate);
}

static void print_note(FILE *stream, uint64_t count, const char *text)
{
    if (count > 0)
        fprintf(stream, "  %-10s %11s %s\n", "", D(count), text);
}

static void print_replay(const struct trace_counts *counts, const struct card_side *side,
                         FILE *stream)
{
    char *sentence = card_side_describe(side);
    fprintf(stream, "\nReplay       the card is %s\n", sentence);
    g_free(sentence);
    print_direction(&counts->direction[TO_CARD], "to card", "enter at the port", stream);
    print_direction(&counts->direction[FROM_CARD], "from card",
                    "not replayed: its stack sends its own", stream);
    print_direction(&counts->direction[NEITHER], "neither", "skipped", stream);
    print_note(stream, counts->connections_midstream,
               "connections get a handshake made for them (midstream)");
    print_note(stream, counts->cut_headers, "frames are skipped: their headers are cut");
    print_note(stream, counts->cut_frames - counts->cut_headers, "payloads are padded");
    print_note(stream, counts->bad_checksums, "bad checksums are made good");
    print_note(stream, counts->merged_segments, "merged segments are split to the MTU");
    print_note(stream, counts->long_gaps, "pauses above 10 s are shortened");
    print_note(stream, counts->stamps_backward, "stamps running backward count as no pause");
}

void trace_info_print(const struct trace_info *info, const char *path,
                      const struct capture *capture, const struct card_side *side, FILE *stream)
{
    const struct trace_counts *counts = trace_info_counts(info);
    fprintf(stream, "%s\n", path);
    fprintf(stream, "Format       %s; %s; at most %s bytes of a frame%s\n", capture_format(capture),
            capture_link_type(capture), D(capture_snap_bytes(capture)),
            capture_was_cut(capture) ? "; ends early" : "");
    print_frames(info, stream);
    if (counts->frames == 0)
        return;
    print_contents(counts, stream);
    print_replay(counts, side, stream);
}
