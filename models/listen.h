/* listen.h - where an application listens, as text: ADDRESS, ADDRESS:PORT, *:PORT or * for everything; IPv6 addresses in
 * brackets if a port follows. Several are separated by blanks or commas. */
#ifndef MODELS_LISTEN_H
#define MODELS_LISTEN_H

#include "stacks/hardware.h"

#include <stdbool.h>

enum { LISTEN_MAX = 64 };

struct listen {
    uint8_t ip_version; /* 4, 6; 0: every address */
    uint8_t address[16]; /* network order; IPv4 in the first 4 bytes */
    uint16_t port;      /* 0: every port */
};

struct listens {
    struct listen list[LISTEN_MAX];
    unsigned count;
};

/* False: *wrong is the piece of text that is no such thing, or one too many (owned by the caller). */
bool listen_parse(const char *text, struct listens *listens, char **wrong);

bool listen_is_same(const struct listen *a, const struct listen *b);

#endif
