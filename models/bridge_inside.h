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
    uint64_t number;                  /* of entering */
    uint32_t offset, bytes;           /* of a read: the part of it that this asks for */
    uint32_t asked;                   /* of these on the host bus */
    uint32_t completion_left, completion_sum; /* PCI Express: of the completion that is being put together */
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
    uint32_t completion_bytes; /* PCI Express: it ends a completion of so many bytes; 0: it doesn't */
    bool ends_request;         /* and is the last of its read request */
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
    uint64_t posted_ps, due_ps;
};

struct consumed { /* a ring's consumed count on its way to its processor */
    struct consumed *next;
    struct bridge *bridge;
    struct bus_request request;
    uint64_t due_ps;
    uint32_t count;
};

enum bridge_link { BRIDGE_BUS, BRIDGE_PCIE };

struct bridge {
    struct part part;
    /* parameters */
    struct part *card_part, *host_part;
    uint64_t latency_ps, fifo_bytes, request_count, reads, window_base, doorbell_base;
    char *chip;
    unsigned link; /* enum bridge_link */
    struct pcie_config pcie;
    uint64_t mrrs, rcb, tags, credits, root_latency_ps;
    /* state */
    struct bus *card_bus, *host_bus;
    struct bus_target window, doorbell;
    struct bus_master card, host;
    uint32_t piece_bytes;
    uint64_t reserved_bytes, held_bytes; /* of the FIFO */
    uint64_t entered, written;           /* pieces of writes so far */
    struct outgoing *first, *last, *spare;
    struct event leave; /* of the first outgoing */
    struct outgoing *first_read, *last_read; /* arrived at the host */
    uint64_t entering;                       /* outgoing so far */
    struct piece *pieces, *free_pieces, *first_back, *last_back;
    uint8_t *piece_data;
    struct event back; /* of the first piece on its way back */
    struct { /* PCI Express */
        struct pcie_link up, down; /* toward the host; toward the card */
        GQueue writes, reads;      /* of struct outgoing, not sent yet */
        uint64_t posted_bytes, tags_used;
        struct piece *first, *last, *gathered, *gathered_last; /* read, in the root complex; those of a completion */
        struct event ready;                                    /* of the first */
        uint64_t tag_waits, credit_waits, tags_max;
        uint64_t waited_read, waited_write; /* number of the outgoing that was counted */
    } express;
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

/* Enters the queue of what the host's side asks for on its bus, at due_ps. */
void bridge_leave(struct bridge *bridge, struct outgoing *outgoing);
/* A burst may be asked for on the card's bus at due_ps. */
void bridge_come_back(struct bridge *bridge, struct piece *piece);
/* When what the host writes now, of so many bytes, is on the card's side. */
uint64_t bridge_down_ps(struct bridge *bridge, uint32_t bytes);

/* --- bridge_pcie.c ------------------------------------------------------------------------------ */
void bridge_pcie_init(struct bridge *bridge);
void bridge_pcie_enter(struct bridge *bridge, struct outgoing *outgoing); /* on the card's side */
void bridge_pcie_send(struct bridge *bridge);                          /* what credits and tags allow */
void bridge_pcie_read(struct bridge *bridge, struct piece *piece);     /* in the root complex, off the host bus */
void bridge_pcie_arrived(struct bridge *bridge, const struct piece *piece); /* on the card's side */

static inline bool bridge_is_direct(const struct bridge *bridge)
{
    return bridge->card_bus == bridge->host_bus;
}

enum bus_status bridge_window_access(void *owner, struct bus_request *request);
enum bus_status bridge_doorbell_access(void *owner, struct bus_request *request);
void bridge_events_init(struct bridge *bridge);  /* of bridge.c */
void bridge_doorbell_init(struct bridge *bridge); /* of bridge_doorbell.c */

#endif
