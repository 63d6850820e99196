/* bridge_inside.h - what the files of the bridge share: bridge.c (card to host), bridge_doorbell.c (host to card),
 * bridge_part.c (its keys, wiring and statistics). */
#ifndef MODELS_BRIDGE_INSIDE_H
#define MODELS_BRIDGE_INSIDE_H

#include "models/bridge.h"
#include "models/pcie.h"

#include <glib.h>

enum { BRIDGE_REQUEST_BYTES = sizeof(struct hw_message), BRIDGE_CONSUMED_BYTES = 4 };

#define BRIDGE_WINDOW_BYTES (1ull << 47)

/* What goes from the card to the host bus, in order: a piece of a posted write, or the start of a
 * read. */
struct outgoing {
    struct outgoing *next;
    struct bridge *bridge;
    uint64_t due_ps;
    struct bridge_read_request *read; /* NULL: a write */
    struct bus_request request;
    uint8_t data[]; /* burst of the host bus */
};

/* A burst of a read: from the host bus to the card's. */
struct piece {
    struct piece *next;
    struct bridge *bridge;
    struct bridge_read_request *read;
    uint64_t due_ps; /* when it may be asked for on the card's bus */
    struct bus_request request;
    uint32_t offset;
    uint8_t *data;
};

struct waiter { /* for room in the FIFO */
    uint32_t bytes;
    void (*room)(void *owner);
    void *owner;
};

struct marker {     /* for the end of writes */
    uint64_t after; /* so many writes have entered */
    void (*written)(void *owner);
    void *owner;
};

struct doorbell_request {
    struct hw_message message;
    uint64_t posted_ps;
};

struct consumed { /* a ring's consumed count on its way to its processor */
    struct consumed *next;
    struct bridge *bridge;
    struct bus_request request;
    uint64_t due_ps;
    uint32_t count;
};

struct bridge {
    struct part part;
    /* parameters */
    struct part *card_part, *host_part;
    uint64_t latency_ps, fifo_bytes, request_count, reads, window_base, doorbell_base;
    char *chip;
    /* state */
    struct bus *card_bus, *host_bus;
    struct bus_target window, doorbell;
    struct bus_master card, host;
    uint32_t piece_bytes;
    uint64_t reserved_bytes, held_bytes; /* of the FIFO */
    uint64_t entered, written;           /* pieces of writes so far */
    struct outgoing *first, *last, *spare;
    struct event leave; /* of the first outgoing */
    struct bridge_read_request *first_read, *last_read;
    struct piece *pieces, *free_pieces, *first_back, *last_back;
    uint8_t *piece_data;
    struct event back; /* of the first piece on its way back */
    GQueue waiters, markers;
    GPtrArray *allocated; /* every outgoing and consumed, wherever it is */
    bool calling_waiter;
    struct doorbell_request *requests; /* a ring */
    uint64_t request_head, request_tail;
    struct event request_due;
    bool dispatch_waits;
    struct consumed *first_consumed, *last_consumed, *spare_consumed;
    struct event consumed_due;
    bool ring[BRIDGE_RINGS];
    /* who is there */
    void *dispatch, *driver, *taken_owner;
    unsigned host_number;
    bool (*accept)(void *owner, const struct hw_message *request, uint64_t posted_ps);
    void (*message)(void *owner, unsigned ring, uint32_t sequence);
    void (*taken)(void *owner);
    struct {
        uint64_t writes, written_bytes, lost_writes, fifo_max_bytes, refused, reads, read_bytes,
            failed_reads, requests, requests_max, consumed, consumed_lost, messages;
    } stats;
};

static inline bool bridge_is_direct(const struct bridge *bridge)
{
    return bridge->card_bus == bridge->host_bus;
}

enum bus_status bridge_window_access(void *owner, struct bus_request *request);
enum bus_status bridge_doorbell_access(void *owner, struct bus_request *request);
void bridge_events_init(struct bridge *bridge);  /* of bridge.c */
void bridge_doorbell_init(struct bridge *bridge); /* of bridge_doorbell.c */

#endif
