/* filter.h - capture filters ("tcp port 80 and not vlan"), in the syntax of pcap-filter(7), compiled by libpcap. */
#ifndef TRACES_FILTER_H
#define TRACES_FILTER_H

#include <stdbool.h>
#include <stdint.h>

struct filter;

/* Of Ethernet frames. NULL: *wrong says why (g_free()). */
struct filter *filter_new(const char *expression, char **wrong);
void filter_free(struct filter *filter); /* NULL is allowed */

/* bytes at data, of wire_bytes on the wire. */
bool filter_matches(const struct filter *filter, const uint8_t *data, uint32_t bytes, uint32_t wire_bytes);

#endif
