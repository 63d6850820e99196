#include "traces/filter.h"

#include <glib.h>
#include <pcap/pcap.h>

enum { SNAP_BYTES = 262144 };

struct filter {
    struct bpf_program program;
};

struct filter *filter_new(const char *expression, char **wrong)
{
    pcap_t *pcap = pcap_open_dead(DLT_EN10MB, SNAP_BYTES);
    struct filter *filter = g_new0(struct filter, 1);

    if (pcap_compile(pcap, &filter->program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        *wrong = g_strdup(pcap_geterr(pcap));
        g_free(filter);
        filter = NULL;
    }
    pcap_close(pcap);
    return filter;
}

void filter_free(struct filter *filter)
{
    if (!filter)
        return;
    pcap_freecode(&filter->program);
    g_free(filter);
}

bool filter_matches(const struct filter *filter, const uint8_t *data, uint32_t bytes, uint32_t wire_bytes)
{
    struct pcap_pkthdr header = {.caplen = bytes, .len = wire_bytes};

    return pcap_offline_filter(&filter->program, &header, data) != 0;
}
