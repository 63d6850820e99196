/* host_internal.h - what the host's own files share: host.c (the part, the processor's work), host_ring.c (rings
 * and messages), host_session.c (sessions, sends, the application's calls). */
#ifndef MODELS_HOST_INTERNAL_H
#define MODELS_HOST_INTERNAL_H

#include "models/host.h"

#include <glib.h>

enum { NOTIFY_INTERRUPT, NOTIFY_POLL };
enum { TX_SESSIONS, TX_PACKETS };
enum { HOST_FAULT_TEXTS = 16, HOST_MAX_DATAGRAM = 65536 };

struct expected { /* a frame whose payload a message carries */
    struct expected *next;
    struct frame *frame;
    uint32_t sequence;
};

struct ring {
    struct host *host;
    struct host_ring layout;
    uint32_t *told; /* sequences of which the bridge told, not yet read: a ring of `slots` */
    uint32_t told_first, told_count;
    uint32_t next;     /* sequence of the next message */
    uint32_t consumed; /* sequence of the last message handled */
    uint32_t written;  /* the same, as the card was told */
    bool ready;
    struct expected **expected; /* a list a slot */
    struct bus_request consumed_request;
    uint32_t consumed_data;
    bool consumed_asked;
    GByteArray *datagram; /* parts of one that continues */
};

struct host_send { /* bytes in host memory until the card has fetched them */
    struct host_send *next;
    uint32_t block;
    uint32_t bytes;
    uint64_t end; /* offset in the session's stream after them */
};

/* A call of the application, in order. */
struct call {
    struct call *next;
    struct host_session *session; /* a reference; NULL: none */
    struct hw_message message;
    uint8_t *data; /* to be copied to the block; NULL: nothing */
    uint32_t bytes;
    uint32_t block;
    bool is_continued; /* the system call's cost was that of the call before */
};

struct request { /* waits for the doorbell */
    struct request *next;
    struct host_session *session;
    struct hw_message message;
};

struct ready_waiter {
    void (*ready)(void *owner);
    void *owner;
};

struct host {
    struct part part;
    /* parameters */
    struct part *bus_part, *memory_part, *bridge_part;
    uint64_t hz, sync_cycles;
    unsigned notification, tx;
    uint64_t interrupt_latency_ps, moderation_ps, poll_interval_ps;
    uint64_t interrupt_cycles, poll_cycles, message_cycles, syscall_cycles, copy_bytes, batch;
    uint64_t packet_cycles, mtu_bytes;
    uint64_t credit_bytes, credit_delay_ps, send_bytes, send_buffer_bytes, settle_ps;
    /* state */
    struct bus *bus;
    struct memory *memory;
    struct bridge *bridge;
    struct clock clock;
    struct bus_master master;
    unsigned number; /* among the card's hosts */
    struct ring *rings[BRIDGE_RINGS];
    unsigned ring_count, rings_ready;
    uint64_t layout_end; /* host memory taken by rings */
    /* the processor */
    bool busy;
    uint64_t busy_from_cycle;
    struct event step;
    void (*then)(struct host *host);
    void (*after_access)(struct host *host);
    struct bus_request *requests; /* of one access, split into bursts */
    unsigned requests_under_way;
    uint64_t driver_left, calls_left; /* of the batch */
    /* the driver */
    bool driver_active, driver_entered;
    struct event notify;
    uint64_t last_interrupt_ps; /* UINT64_MAX: none yet */
    uint64_t told_rings[BRIDGE_RINGS / 64];
    unsigned last_ring;
    struct ring *ring; /* whose message is being handled */
    void (*handled)(struct host *host);
    struct hw_message message;
    bool message_good;
    uint32_t payload_bytes;
    uint8_t *payload;
    struct call *first_call, *last_call;
    struct request *first_request, *last_request;
    uint64_t requests_queued;
    bool waits_for_room;
    /* host memory for sends */
    uint64_t block_base, blocks, blocks_used; /* ever touched */
    uint32_t *free_blocks;
    uint64_t free_count;
    uint64_t *block_requested_ps;
    struct host_session **block_owner; /* NULL with a requested time: a datagram's */
    GQueue memory_waiters;
    /* sessions and applications */
    GHashTable *sessions; /* by number */
    uint64_t last_id, sends_unfinished, unread_sessions, connects_unanswered;
    const struct host_events *events;
    void *application;
    void (*observe_opened)(void *owner, const struct host_session *session);
    void (*observe_ended)(void *owner, const struct host_session *session, bool reset);
    void *observer;
    void (*sink)(void *owner, struct host_session *session, uint64_t offset, const uint8_t *data,
                 uint32_t bytes);
    void *sink_owner;
    unsigned listens_expected, listens_made;
    GQueue listens; /* struct hw_message, until the rings are ready */
    GQueue ready_waiters;
    struct event settled;
    bool settling, is_ready;
    char *faults[HOST_FAULT_TEXTS];
    struct host_counts counts;
};

/* host.c */
void host_next(struct host *host); /* the processor looks for work, if it has none */
void host_charge(struct host *host, uint64_t cycles, void (*then)(struct host *host));
/* An access of the processor, in bursts; then() when the last is done. */
void host_access(struct host *host, enum bus_op op, uint64_t address, void *data, uint32_t bytes,
                 void (*then)(struct host *host));
void host_add_call(struct host *host, struct host_session *session, const struct hw_message *message);
void host_append_call(struct host *host, struct call *call);
void host_add_request(struct host *host, struct host_session *session,
                      const struct hw_message *message);
void host_check_ready(struct host *host);
void host_card_fault(struct host *host, const struct ring *ring, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
uint64_t host_copy_cycles(const struct host *host, uint64_t bytes);

/* host_ring.c */
void host_rings_start(struct host *host);
void host_rings_free(struct host *host);
void host_told(void *owner, unsigned ring, uint32_t sequence); /* by the bridge */
bool host_any_told(const struct host *host);
void host_handle_next(struct host *host, void (*handled)(struct host *host)); /* a message is there */

/* host_session.c */
void host_sessions_init(struct host *host);
void host_sessions_free(struct host *host);
void host_blocks_init(struct host *host);
struct host_session *host_session(struct host *host, uint32_t number); /* NULL: none */
void host_session_open(struct host *host, const struct hw_message *message);
void host_connect_refused(struct host *host, uint32_t argument); /* one that is unanswered */
void host_session_data(struct host *host, struct host_session *session, const uint8_t *data,
                       uint32_t bytes);
void host_session_remote_closed(struct host *host, struct host_session *session);
/* False: more than was asked for. */
bool host_session_fetched(struct host *host, struct host_session *session, uint64_t bytes);
void host_session_end(struct host *host, struct host_session *session, bool reset);
void host_session_hold(struct host_session *session);
void host_session_release(struct host_session *session);
bool host_datagram_fetched(struct host *host, uint32_t number);
/* host_packet.c: the datagram as an IP packet, g_free() it; *bytes becomes the packet's. */
uint8_t *host_packet(const struct hw_tuple *tuple, const uint8_t *data, uint32_t *bytes, uint16_t id);
uint32_t host_packet_headers(const struct hw_tuple *tuple); /* bytes */
uint64_t host_block_address(const struct host *host, uint32_t block);

static inline uint64_t host_cycle(const struct host *host)
{
    return clock_cycle_at(&host->clock, part_now(&host->part));
}

#endif
