/* host.h - a host processing system: its processor, the card's driver, and the door to its applications.
 *
 * Models     the driver's rings in host memory, doorbells, moderated interrupts or polling; one host processor
 *            that does one piece of work at a time: reads messages and payload over the host bus, copies payload
 *            to socket buffers and from the application to send buffers, writes requests into the doorbell.
 *            Applications are outside (SimGrid actors): what they asked for is watched here, by callbacks.
 * Leaves out the host's caches and instruction stream (work is charged in cycles), copies within the kernel;
 *            the reads of a spinning poll (they hit the cache until the bridge's write takes the line away), so
 *            an idle poll costs neither the bus nor, in the statistics, the processor.
 *
 * Timing     the driver is told of a message at time t, its notification at
 *                poll         the first multiple of poll_interval at or after t
 *                interrupt    t + interrupt_latency, and moderation after the last interrupt at the earliest
 *            unless the driver is at work, which then finds the message by itself. Then, each in host cycles from
 *            the first edge at which the processor is free (edges of what came over the bus: sync_cycles later):
 *
 *                notified   + interrupt_cycles      done             + message_cycles      done   + copy
 *                           or poll_cycles
 *                           message read asked      message read     payload read asked    read   taken, slot free
 *                                                   = "told"         (all bursts at once)
 *
 *            with copy = bytes / copy_bytes, rounded up. After `batch` messages, as many calls of applications have
 *            their turn. A request goes to the doorbell when the bridge has room; until then it waits in
 *            the driver, which goes on with other work. A send costs syscall_cycles and the copy, then the write
 *            of the bytes over the host bus, then the write of the request.
 *            The consumed count of a ring is written to the card when a quarter of the slots is free again or the
 *            ring is empty; the processor doesn't wait for that write.
 *
 * Errors     what a firmware does wrong (a gap in the sequence, an unknown session, data out of order, too many
 *            bytes, a full ring written over) is a card fault: counted, the first of them kept as text, the
 *            message passed over.
 */
#ifndef MODELS_HOST_H
#define MODELS_HOST_H

#include "models/bridge.h"
#include "models/frame.h"
#include "models/listen.h"
#include "models/memory.h"

struct host;
struct host_session;
extern const struct part_kind host_kind;

/* --- The card's side ------------------------------------------------------------------------- */

/* Set-up of a processor's ring, called in wire() by the processor; the host lays out slots (message and
 * payload) in its memory. The addresses are on the host bus. */
struct host_ring {
    unsigned ring;          /* the processor's number */
    uint32_t slots;         /* power of two */
    uint32_t slot_bytes;    /* payload */
    uint64_t message_base;  /* 64 bytes a slot */
    uint64_t data_base;     /* slot_bytes a slot */
};

/* Which of the card's hosts it is: 0 .. HW_MAX_HOSTS - 1, in the order of the scenario. In wire() or later. */
unsigned host_number(const struct host *host);
struct bridge *host_bridge(const struct host *host);

/* ring, slots (0: 1024) and slot_bytes (0: 2048) are the caller's, the bases are filled in. False: an error
 * in diagnostics. */
bool host_add_ring(struct host *host, unsigned ring, struct host_ring *layout,
                   struct diagnostics *diagnostics);

/* The host DMA engine says which frame a message carries payload of, when it posts the message's write; the
 * host stamps it (STAGE_TOLD), marks it delivered and releases the reference when the driver has read it. */
void host_expect(struct host *host, unsigned ring, uint32_t sequence, struct frame *frame);

/* When the application asked for the bytes at that host address to be sent; 0: not known. */
uint64_t host_requested_ps(const struct host *host, uint64_t host_address);

/* --- Of the whole run ------------------------------------------------------------------------ */

/* Calls ready(owner), once, when every ring has said READY, every LISTEN has been taken out of the doorbell's
 * FIFO, and the settle time has passed since. In start() or later. */
void host_when_ready(struct host *host, void (*ready)(void *owner), void *owner);

/* Nothing is under way: no message unread, no call, request or send unfinished, no data unread, and the
 * application waits for nothing of its own. */
bool host_idle(const struct host *host);

struct host_counts {
    uint64_t messages, interrupts, polls, consumed_writes, requests, calls, credits;
    uint64_t payload_bytes;    /* of streams and datagrams, read from host memory */
    uint64_t sent_bytes;       /* that the card fetched */
    uint64_t session_max_bytes; /* the most that one session received */
    uint64_t datagrams, datagrams_sent, datagrams_sent_bytes, datagrams_refused;
    uint64_t connects, connects_refused, packets_sent;
    uint64_t sessions_opened, sessions_finished, sessions_reset, sessions_max;
    uint64_t sessions; /* open now */
    uint64_t busy_cycles, work_cycles, request_waits, memory_waits, faults;
};
const struct host_counts *host_counts(const struct host *host);
const struct clock *host_clock(const struct host *host); /* of its processor */
const struct bus *host_bus(const struct host *host);

/* The first card faults as text; NULL: no more. */
const char *host_fault(const struct host *host, unsigned index);

/* Tells an observer of each session that opens and ends, before the application. One observer. */
void host_observe(struct host *host,
                  void (*opened)(void *owner, const struct host_session *session),
                  void (*ended)(void *owner, const struct host_session *session, bool reset),
                  void *owner);

/* At the end of a run: the observer's ended() for each session that is still open, in the order of opening;
 * session->ended is false. */
void host_open_sessions(struct host *host);

/* --- The application's side: all in the calendar --------------------------------------------- */

struct host_session { /* the host's; valid until ended() has returned */
    uint64_t id;      /* 1, 2, ...; never used again */
    uint32_t number;  /* on the card; used again */
    struct hw_tuple tuple;
    uint32_t argument; /* of the host_connect() that opened it; 0: the remote did */
    uint64_t received_bytes; /* of the remote's stream, in order, in the socket buffer or read */
    uint64_t read_bytes;     /* of these, read by the application */
    uint64_t read_limit;     /* the application reads up to there as it comes */
    uint64_t queued_bytes;   /* accepted by host_send() */
    uint64_t fetched_bytes;  /* of these, fetched by the card */
    bool remote_closed, closed, aborted, ended;
    void *application;       /* its own */
    /* the driver's */
    uint64_t requested_bytes; /* in SENDs that went to the card's doorbell */
    uint64_t uncredited_bytes;
    struct host_send *first_send, *last_send;
    struct event credit_due;
    unsigned references;
    bool wants_memory;
};

/* The host part that it is of. */
const struct part *host_session_part(const struct host_session *session);

struct host_events { /* any may be NULL */
    void (*opened)(void *owner, struct host_session *session);
    /* More was received, the remote closed its direction, or there is more room to send. */
    void (*changed)(void *owner, struct host_session *session);
    void (*ended)(void *owner, struct host_session *session, bool reset);
    void (*datagram)(void *owner, const struct hw_tuple *tuple, const uint8_t *data, uint32_t bytes);
    /* A host_connect() failed: no memory on the card, nobody there, or its answer was a reset. */
    void (*refused)(void *owner, uint32_t argument);
    bool (*idle)(const void *owner); /* for host_idle() */
};

/* In wire(). listens: how often it will call host_listen(); the host is not ready before. False: the host has
 * an application already. */
bool host_set_application(struct host *host, const struct host_events *events, void *owner,
                          unsigned listens);

/* Sees every payload byte of a session's stream when the driver has read it from host memory. */
void host_set_payload_sink(struct host *host,
                           void (*sink)(void *owner, struct host_session *session, uint64_t offset,
                                        const uint8_t *data, uint32_t bytes),
                           void *owner);

/* Listens on every processor that serves this host, once the rings are ready. protocol: 6 or 17. */
void host_listen(struct host *host, uint8_t protocol, const struct listen *at);

/* Opens a session; then opened() with that argument (not 0), or refused(). tuple: local_port 0: the card chooses one. */
void host_connect(struct host *host, const struct hw_tuple *tuple, uint32_t argument);

/* Bytes that host_send() would accept now. */
uint64_t host_send_room(const struct host *host, const struct host_session *session);
/* If it is for want of host memory that there is no room: the application is told of a change when some is free. */
void host_want_memory(struct host *host, struct host_session *session);

/* A send call; data is copied. Returns how many bytes were accepted; changed() is called when there is room for
 * more. requested_ps: when the application made the call. 0 for a session that is closed or ended. */
uint64_t host_send(struct host *host, struct host_session *session, const uint8_t *data,
                   uint64_t bytes, uint64_t requested_ps);
void host_close(struct host *host, struct host_session *session); /* after what was sent; no-op if closed */
void host_abort(struct host *host, struct host_session *session);

/* The application reads the stream as it comes, up to that offset. At first: all of it. */
void host_read_until(struct host *host, struct host_session *session, uint64_t offset);

/* With tx = packets the host builds IP and UDP headers itself where the datagram fits into one packet.
 * A datagram of at most the send buffer's piece (send_bytes). False: no memory, or too long; counted. The driver
 * numbers it in the request's session field, from 2^32 - 1 downwards; the firmware answers HW_SENT with that
 * number when it has fetched the bytes. */
bool host_send_datagram(struct host *host, const struct hw_tuple *tuple, const uint8_t *data,
                        uint32_t bytes, uint64_t requested_ps);

#endif
