/* capture.c - libpcap behind capture.h. libpcap's messages name neither record nor remedy, so what
 * can be told about a file is told here first: by its kind, its first bytes, its link type. */
#include "traces/capture.h"

#include "traces/capture_link.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct capture {
    pcap_t *pcap;
    struct diagnostics *diagnostics;
    char *name;         /* for messages */
    const char *format; /* "pcap, nanoseconds" */
    bool is_pcapng;
    const struct capture_link *link;
    uint32_t fcs_bytes; /* at the end of every frame */
    uint64_t records;   /* read so far */
    bool has_pending;   /* the first record, read by capture_open() */
    struct pcap_pkthdr *pending_header;
    const uint8_t *pending_data;
    uint64_t file_bytes; /* 0: not known, as of a pipe */
    bool at_end, was_cut, warned_of_wire_bytes, warned_of_lengths;
    uint8_t frame[CAPTURE_MAX_FRAME_BYTES]; /* where a frame is converted to Ethernet */
};

/* What the first four bytes of a file tell, in the file's order. */
struct magic {
    uint32_t value;
    const char *format;  /* of a capture */
    const char *instead; /* of something else: what it is and what to do */
};

static const struct magic magics[] = {
    {0xd4c3b2a1, "pcap, microseconds", NULL},
    {0xa1b2c3d4, "pcap, microseconds, big-endian", NULL},
    {0x4d3cb2a1, "pcap, nanoseconds", NULL},
    {0xa1b23c4d, "pcap, nanoseconds, big-endian", NULL},
    {0x34cdb2a1, "pcap, microseconds, modified (Kuznetzov)", NULL},
    {0xa1b2cd34, "pcap, microseconds, modified (Kuznetzov), big-endian", NULL},
    {0x0a0d0d0a, "pcapng", NULL},
    {0x28b52ffd, NULL,
     "is compressed: decompress it first, or pipe it in: zstd -dc FILE | polynic ... -"},
    {0xfd377a58, NULL,
     "is compressed: decompress it first, or pipe it in: xz -dc FILE | polynic ... -"},
    {0x04224d18, NULL,
     "is compressed: decompress it first, or pipe it in: lz4 -dc FILE | polynic ... -"},
    {0x736e6f6f, NULL, "is a snoop capture: convert it with 'editcap -F pcap FILE NEW'"},
    {0x58435000, NULL,
     "is a Sniffer (NetXRay) capture: convert it with 'editcap -F pcap FILE NEW'"},
    {0x474d4255, NULL, "is a Network Monitor capture: convert it with 'editcap -F pcap FILE NEW'"},
};

static const char *not_a_capture(uint32_t value)
{
    if (value >> 16 == 0x1f8b)
        return "is compressed: decompress it first, or pipe it in: gzip -dc FILE | polynic ... -";
    if (value >> 8 == 0x425a68)
        return "is compressed: decompress it first, or pipe it in: bzip2 -dc FILE | polynic ... -";
    return NULL;
}

/* Looks at the first bytes of the file and puts them back. False: not a capture, and reported. */
static bool look_at_magic(struct capture *capture, FILE *file)
{
    uint8_t bytes[4];
    size_t count = fread(bytes, 1, sizeof bytes, file);
    if (ferror(file)) {
        diagnostic_error(capture->diagnostics, capture->name, 0, "can't be read: %s",
                         strerror(errno));
        return false;
    }
    if (count == 0) {
        diagnostic_error(capture->diagnostics, capture->name, 0,
                         "is empty (0 bytes): a pcap or pcapng capture was expected");
        return false;
    }
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++)
        value |= (uint32_t)bytes[i] << (24 - 8 * i);
    const char *instead = not_a_capture(value);
    for (size_t i = 0; i < sizeof magics / sizeof magics[0] && count == sizeof bytes; i++)
        if (magics[i].value == value) {
            capture->format = magics[i].format;
            instead = magics[i].instead;
        }
    if (capture->format == NULL) {
        diagnostic_error(capture->diagnostics, capture->name, 0, "%s",
                         instead != NULL
                             ? instead
                             : "is not a pcap or pcapng capture: take one with 'tcpdump "
                               "-w FILE', or convert with 'editcap -F pcap FILE NEW'");
        return false;
    }
    capture->is_pcapng = value == 0x0a0d0d0a;
    /* ISO C promises one byte of push-back; bytes that were just read from a buffered stream go
     * back in glibc, musl and the BSDs, also on a pipe, and the check sees to the rest. */
    for (size_t i = count; i > 0; i--)
        if (ungetc(bytes[i - 1], file) == EOF) {
            diagnostic_error(capture->diagnostics, capture->name, 0,
                             "can't be read from a pipe on this system: name a file");
            return false;
        }
    return true;
}

static FILE *open_file(struct capture *capture, const char *path)
{
    struct stat status;
    if (strcmp(path, "-") == 0) {
        if (!isatty(STDIN_FILENO))
            return stdin;
        diagnostic_error(capture->diagnostics, capture->name, 0,
                         "is a terminal: pipe a capture in, e.g. 'tcpdump -w - | polynic ... -'");
        return NULL;
    }
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        diagnostic_error(capture->diagnostics, capture->name, 0,
                         "can't be opened: %s; a pcap or pcapng capture was expected",
                         strerror(errno));
        return NULL;
    }
    if (fstat(fileno(file), &status) != 0)
        return file;
    if (S_ISREG(status.st_mode))
        capture->file_bytes = (uint64_t)status.st_size;
    if (S_ISDIR(status.st_mode)) {
        diagnostic_error(capture->diagnostics, capture->name, 0,
                         "is a directory: name a pcap or pcapng capture in it");
        fclose(file);
        return NULL;
    }
    return file;
}

/* The first record is read at once, so that a file from which nothing can be read is an error, and
 * only a file of which something was read ends with a warning. */
static bool read_first(struct capture *capture)
{
    int result = pcap_next_ex(capture->pcap, &capture->pending_header, &capture->pending_data);
    if (result == PCAP_ERROR) {
        const char *reason = pcap_geterr(capture->pcap);
        if (capture->is_pcapng && strstr(reason, "different from the type of the first") != NULL)
            diagnostic_error(
                capture->diagnostics, capture->name, 0,
                "holds interfaces of different link types, of which libpcap reads none "
                "(%s): take out one interface with 'tshark -r FILE -Y "
                "frame.interface_id==0 -F pcap -w NEW'",
                reason);
        else
            diagnostic_error(capture->diagnostics, capture->name, 0,
                             "not even the first frame can be read (%s): take the capture again",
                             reason);
        return false;
    }
    capture->has_pending = result == 1;
    capture->at_end = result != 1;
    return true;
}

static bool open_pcap(struct capture *capture, const char *path)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    FILE *file = open_file(capture, path);
    if (file == NULL)
        return false;
    if (look_at_magic(capture, file)) {
        capture->pcap =
            pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason);
        if (capture->pcap == NULL)
            diagnostic_error(capture->diagnostics, capture->name, 0,
                             "the file's header can't be read (%s): take the capture again",
                             reason);
    }
    if (capture->pcap == NULL) {
        if (file != stdin)
            fclose(file);
        return false;
    }
    int link_type = pcap_datalink(capture->pcap);
    capture->link = capture_link_find(link_type);
    if (capture->link == NULL) {
        const char *name = pcap_datalink_val_to_name(link_type);
        diagnostic_error(capture->diagnostics, capture->name, 0,
                         "link type %s (%d) is not supported: " CAPTURE_LINKS_SUPPORTED " are",
                         name != NULL ? name : "unknown", link_type);
        return false;
    }
    /* A pcap header may say that frames end with their FCS, and how many 16-bit words it has. */
    uint32_t extension = (uint32_t)pcap_datalink_ext(capture->pcap);
    if (link_type == DLT_EN10MB && (extension & 0x04000000) != 0)
        capture->fcs_bytes = (extension >> 28) * 2;
    return read_first(capture);
}

struct capture *capture_open(const char *path, struct diagnostics *diagnostics)
{
    struct capture *capture = calloc(1, sizeof *capture);
    if (capture == NULL)
        abort();
    capture->diagnostics = diagnostics;
    capture->name = strdup(strcmp(path, "-") == 0 ? "standard input" : path);
    if (!open_pcap(capture, path)) {
        capture_close(capture);
        return NULL;
    }
    return capture;
}

void capture_close(struct capture *capture)
{
    if (capture == NULL)
        return;
    if (capture->pcap != NULL)
        pcap_close(capture->pcap);
    free(capture->name);
    free(capture);
}

/* Stamps of pcap are unsigned 32-bit seconds, which libpcap hands out signed; those of pcapng can
 * be anything. What doesn't fit 64 bits of nanoseconds is held at the end of the range. */
static int64_t stamp_ns(const struct capture *capture, const struct timeval *stamp)
{
    int64_t seconds = capture->is_pcapng ? (int64_t)stamp->tv_sec : (uint32_t)stamp->tv_sec;
    int64_t time_ns;
    if (__builtin_mul_overflow(seconds, INT64_C(1000000000), &time_ns) ||
        __builtin_add_overflow(time_ns, (int64_t)stamp->tv_usec, &time_ns))
        return seconds < 0 ? INT64_MIN : INT64_MAX;
    return time_ns;
}

static uint32_t wire_bytes_of(struct capture *capture, const struct pcap_pkthdr *header)
{
    if (header->len < header->caplen && !capture->warned_of_lengths) {
        diagnostic_warning(capture->diagnostics, capture->name, 0,
                           "record %" PRIu64 " says that %" PRIu32 " bytes were on the wire and holds "
                           "%" PRIu32 ": what it holds is taken, also for records like it",
                           capture->records, header->len, header->caplen);
        capture->warned_of_lengths = true;
    }
    if (header->len <= header->caplen)
        return header->caplen;
    if (header->len <= CAPTURE_MAX_FRAME_BYTES)
        return header->len;
    if (!capture->warned_of_wire_bytes)
        diagnostic_warning(capture->diagnostics, capture->name, 0,
                           "record %" PRIu64 " claims %" PRIu32
                           " bytes on the wire, beyond any frame: "
                           "the captured %" PRIu32 " are taken, also for records like it",
                           capture->records, header->len, header->caplen);
    capture->warned_of_wire_bytes = true;
    return header->caplen;
}

static enum capture_status end_of_file(struct capture *capture, int result)
{
    capture->at_end = true;
    if (result == PCAP_ERROR) {
        capture->was_cut = true;
        diagnostic_warning(capture->diagnostics, capture->name, 0,
                           "ends early: record %" PRIu64 " can't be read (%s); the %" PRIu64
                           " before it count",
                           capture->records + 1, pcap_geterr(capture->pcap), capture->records);
    }
    return CAPTURE_END;
}

enum capture_status capture_next(struct capture *capture, struct capture_frame *frame)
{
    struct pcap_pkthdr *header = capture->pending_header;
    const uint8_t *data = capture->pending_data;
    if (capture->at_end)
        return CAPTURE_END;
    if (!capture->has_pending) {
        int result = pcap_next_ex(capture->pcap, &header, &data);
        if (result != 1)
            return end_of_file(capture, result);
    }
    capture->has_pending = false;
    frame->number = ++capture->records;
    frame->time_ns = stamp_ns(capture, &header->ts);
    frame->data = data;
    frame->captured_bytes = header->caplen;
    frame->wire_bytes = wire_bytes_of(capture, header);
    if (capture->fcs_bytes > 0) {
        uint32_t fcs = capture->fcs_bytes < frame->wire_bytes ? capture->fcs_bytes : 0;
        frame->wire_bytes -= fcs;
        if (frame->captured_bytes > frame->wire_bytes)
            frame->captured_bytes = frame->wire_bytes;
    }
    if (capture->link->convert != NULL)
        capture->link->convert(frame, capture->frame, sizeof capture->frame);
    return CAPTURE_FRAME;
}

const char *capture_format(const struct capture *capture)
{
    return capture->format;
}

const char *capture_link_type(const struct capture *capture)
{
    return capture->link->name;
}

uint32_t capture_snap_bytes(const struct capture *capture)
{
    return (uint32_t)pcap_snapshot(capture->pcap);
}

bool capture_was_cut(const struct capture *capture)
{
    return capture->was_cut;
}

int capture_read_per_1000(const struct capture *capture)
{
    long at = capture->at_end ? 0 : ftell(pcap_file(capture->pcap));

    if (capture->at_end)
        return 1000;
    if (capture->file_bytes == 0 || at < 0)
        return -1;
    return (uint64_t)at >= capture->file_bytes
               ? 1000
               : (int)((uint64_t)at * 1000 / capture->file_bytes);
}
