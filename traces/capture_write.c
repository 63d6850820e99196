#include "traces/capture_write.h"

#include "sim/check.h"
#include "traces/capture.h"

#include <errno.h>
#include <glib.h>
#include <pcap/pcap.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct capture_writer {
    struct diagnostics *diagnostics;
    char *path;
    char *part; /* where the bytes are until they are complete; NULL: at path itself */
    FILE *file; /* of dumper */
    pcap_t *pcap;
    pcap_dumper_t *dumper;
    bool failed; /* and reported */
};

static FILE *open_output(struct capture_writer *writer)
{
    struct stat status;
    if (strcmp(writer->path, "-") == 0)
        return stdout;
    if (stat(writer->path, &status) == 0 && !S_ISREG(status.st_mode))
        return fopen(writer->path, "wb"); /* renaming a file to it would replace the device */
    writer->part = g_strdup_printf("%s.%ld.part", writer->path, (long)getpid());
    return fopen(writer->part, "wb");
}

static void free_writer(struct capture_writer *writer)
{
    if (writer->dumper != NULL) /* which owns the file, and leaves standard output open */
        pcap_dump_close(writer->dumper);
    else if (writer->file != NULL && writer->file != stdout)
        fclose(writer->file);
    if (writer->pcap != NULL)
        pcap_close(writer->pcap);
    g_free(writer->path);
    g_free(writer->part);
    g_free(writer);
}

static void fail(struct capture_writer *writer, const char *what, const char *why)
{
    if (!writer->failed)
        diagnostic_error(writer->diagnostics, writer->path, 0, "%s: %s", what, why);
    writer->failed = true;
}

struct capture_writer *capture_writer_new(const char *path, struct diagnostics *diagnostics)
{
    struct capture_writer *writer = g_new0(struct capture_writer, 1);
    writer->diagnostics = diagnostics;
    writer->path = g_strdup(path);
    writer->file = open_output(writer);
    if (writer->file == NULL) {
        fail(writer, "can't be written", strerror(errno));
        free_writer(writer);
        return NULL;
    }
    writer->pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, CAPTURE_MAX_FRAME_BYTES,
                                                        PCAP_TSTAMP_PRECISION_NANO);
    writer->dumper = pcap_dump_fopen(writer->pcap, writer->file);
    if (writer->dumper == NULL) {
        fail(writer, "can't be written", pcap_geterr(writer->pcap));
        capture_writer_abandon(writer);
        return NULL;
    }
    return writer;
}

void capture_writer_add(struct capture_writer *writer, int64_t time_ns, const uint8_t *data,
                        uint32_t bytes, uint32_t wire_bytes)
{
    struct pcap_pkthdr header = {.caplen = bytes, .len = wire_bytes};
    sim_check(NULL, bytes <= wire_bytes && wire_bytes <= CAPTURE_MAX_FRAME_BYTES);
    if (time_ns < 0 || time_ns / 1000000000 > UINT32_MAX) {
        fail(writer, "can't be written",
             "a frame's time lies before 1970 or after 2106, where pcap has no stamps");
        return;
    }
    header.ts.tv_sec = (time_t)(time_ns / 1000000000);
    header.ts.tv_usec =
        (suseconds_t)(time_ns % 1000000000); /* nanoseconds: the precision says so */
    pcap_dump((u_char *)writer->dumper, &header, data);
}

bool capture_writer_close(struct capture_writer *writer)
{
    errno = 0;
    if (pcap_dump_flush(writer->dumper) != 0 || ferror(writer->file))
        fail(writer, "can't be written to its end", errno != 0 ? strerror(errno) : "write error");
    if (writer->failed) {
        capture_writer_abandon(writer);
        return false;
    }
    if (writer->part != NULL && rename(writer->part, writer->path) != 0) {
        fail(writer, "can't be given its name", strerror(errno));
        capture_writer_abandon(writer);
        return false;
    }
    free_writer(writer);
    return true;
}

void capture_writer_abandon(struct capture_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->part != NULL)
        unlink(writer->part);
    free_writer(writer);
}
