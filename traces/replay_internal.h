/* replay_internal.h - what the replay's own files share: replay.c (reader, schedule, the pulled interface),
 * replay_connection.c (TCP: handshake, translation, owed acknowledgements), replay_repair.c (what a client's TCP
 * would send again), replay_script.c (the server's side), replay_datagram.c (UDP, ARP).
 *
 * Positions count from the initial sequence number: SYN is at 0, the first byte at 1, FIN after the last byte.
 */
#ifndef TRACES_REPLAY_INTERNAL_H
#define TRACES_REPLAY_INTERNAL_H

#include "traces/capture.h"
#include "traces/card_side.h"
#include "traces/flow_key.h"
#include "traces/packet.h"
#include "traces/replay.h"
#include "traces/stream.h"

#include <glib.h>

enum {
    REPLAY_AHEAD_RECORDS = 16384, /* the reader is ahead by so many: some 10 MB of frames */
    REPLAY_MAX_WAITING = 65536,   /* frames that wait for handshakes, before the rest waits too */
};

#define REPLAY_MS 1000000000ull                   /* in ps */
#define REPLAY_DELAYED_ACK_PS (200 * REPLAY_MS)   /* RFC 1122 4.2.3.2: less than 0.5 s; Linux at most 200 ms */
#define REPLAY_FIRST_RTO_PS (200 * REPLAY_MS)     /* Linux's least */
#define REPLAY_MAX_TRIES 15                       /* Linux's tcp_retries2 */

enum connection_state {
    CONNECTION_NEW,     /* its first frame has not been taken */
    CONNECTION_OPENING, /* SYN is on its way: later frames wait */
    CONNECTION_OPEN,
    CONNECTION_REFUSED, /* frames go out as they are */
    CONNECTION_RESET,   /* by the card: the client would stop */
};

enum due_kind { DUE_REFUSE, DUE_ACK, DUE_REPAIR, DUE_KINDS };

/* A frame that waits for its time, in order. */
struct item {
    uint64_t time_ps, sequence;
    struct connection *connection; /* NULL: none */
    uint32_t bytes, wire_bytes;    /* captured; on the wire */
    enum replay_kind kind;
    bool ready;    /* made by the replay, or translated: goes out as it is */
    bool unicast;  /* its destination becomes the card's MAC address */
    uint8_t data[];
};

/* Steps of the captured server. */
struct script_entry {
    enum replay_step_kind kind;
    uint64_t offset, end; /* in its stream; SEND */
    uint64_t after_bytes;
    uint64_t visible_ps; /* known at times after this */
};

struct due { /* something to do at a time, in the agenda */
    uint64_t time_ps, sequence; /* time UINT64_MAX: not due */
    struct connection *connection;
    enum due_kind kind;
    GSequenceIter *place;
};

struct connection {
    uint64_t number;
    struct flow_key key;
    unsigned client; /* which endpoint of the key */
    enum connection_state state;
    bool midstream;
    uint8_t client_mac[6];
    uint8_t link[32]; /* Ethernet header with tags, toward the card */
    uint32_t link_bytes;
    uint8_t network; /* enum packet_network */
    /* as captured */
    uint32_t client_isn, server_isn;
    bool server_isn_known;
    int8_t client_scale, server_scale; /* offered; -1: not */
    bool client_timestamps, server_timestamps, client_sack, client_fin, server_fin, client_rst,
        server_rst;
    uint16_t client_mss;
    uint64_t client_read, client_acked; /* positions: read so far; acknowledged by the captured server */
    uint64_t server_read;               /* position read so far */
    uint64_t client_fin_at, server_fin_at; /* positions of the FINs; 0: none read */
    uint32_t first_timestamp;           /* midstream: of the first segment */
    uint32_t client_timestamp;          /* of the segment taken last */
    struct item *syn;                   /* owned; to be offered again */
    uint64_t items;                     /* captured frames read and not taken */
    GQueue held;                        /* of struct item: wait for the handshake */
    /* the card's answer */
    uint32_t card_isn;
    int8_t card_scale; /* -1: no scaling */
    bool card_timestamps;
    uint16_t card_mss;
    uint32_t card_timestamp; /* latest: to be echoed */
    uint64_t card_sent;      /* position after the last byte or FIN that it sent, in order */
    uint64_t card_acked;     /* position of the client's stream that it acknowledged */
    uint64_t card_edge;      /* right edge of its window, a position */
    uint64_t card_fin_at;    /* 0: not sent */
    /* what the card was told */
    uint64_t told_ack;    /* position */
    uint64_t told_edge;   /* right edge of the client's window, a position; never moves back */
    uint64_t window_bytes; /* that the captured segment taken last offered */
    uint16_t syn_window;
    uint64_t owed_ack;    /* position that the capture has acknowledged; above told_ack: owed */
    unsigned segments_since_ack;
    /* the client's stream */
    struct stream stream;     /* offset = position - 1 */
    uint64_t sent;            /* highest position taken */
    uint64_t fin_sent_at;     /* position of the FIN that was taken; 0: none */
    uint64_t delivered;       /* offset */
    /* repair */
    unsigned duplicate_acks, tries;
    uint64_t recover;      /* position: repair goes on up to there; 0: none */
    uint64_t repaired_to;  /* position up to which this repair has sent */
    uint64_t rto_ps;
    bool outside;          /* something was sent beyond the window */
    /* the server's side */
    struct stream server;
    GArray *script; /* of struct script_entry */
    unsigned script_first;
    struct due due[DUE_KINDS];
    bool counted_finished;
    struct connection *next; /* in the order of numbers */
};

struct replay {
    struct replay_config config;
    struct diagnostics *diagnostics;
    struct capture *capture;
    struct card_side *side;
    struct replay_counts counts;
    /* reader */
    GQueue learned;  /* records read to find the card's side, not yet scheduled */
    bool at_end;
    uint64_t clock_ps;
    int64_t last_ns;
    bool any_record;
    uint64_t ahead;  /* captured items scheduled and not taken or held */
    uint64_t reading_ps, end_visible_ps; /* when the present reading happens; when the end was read */
    GQueue schedule; /* of struct item, captured, in order of time */
    GSequence *ready; /* of struct item, by time and sequence */
    GSequence *agenda; /* of struct due */
    uint64_t sequence, cookies;
    uint64_t held;   /* frames that wait for handshakes */
    uint64_t now_ps;
    uint8_t *frame;  /* the one that was taken last; owned */
    /* connections */
    GHashTable *reading, *running; /* by flow key */
    GHashTable *by_number;
    struct connection *first, *last;
    uint64_t last_number;
    GHashTable *macs; /* client address -> its MAC */
    GHashTable *datagrams; /* by flow key: struct datagram_flow */
    GHashTable *parts;     /* of fragmented datagrams */
};

/* replay.c */
struct item *replay_new_item(struct replay *replay, uint64_t time_ps, const uint8_t *data,
                             uint32_t bytes, uint32_t wire_bytes, enum replay_kind kind);
void replay_emit(struct replay *replay, struct item *item); /* into the ready frames; owned from here */
void replay_due_at(struct replay *replay, struct connection *connection, enum due_kind kind,
                   uint64_t time_ps); /* UINT64_MAX: not */

/* replay_connection.c */
struct connection *connection_read(struct replay *replay, const struct packet *packet, bool to_card);
void connection_take(struct replay *replay, struct item *item); /* item is owned */
void connection_card_sent(struct replay *replay, const struct packet *packet);
void connection_due(struct replay *replay, struct connection *connection, enum due_kind kind);
void connection_free(struct connection *connection);
uint64_t connection_position(uint32_t number, uint32_t isn, uint64_t near);
void connection_send_ack(struct replay *replay, struct connection *connection, uint64_t time_ps);
/* A segment of the client: payload from the stream. flags: of TCP. */
void connection_send_segment(struct replay *replay, struct connection *connection, uint64_t position,
                             uint32_t bytes, uint8_t flags, enum replay_kind kind, uint64_t time_ps);

/* replay_repair.c */
void repair_acknowledged(struct replay *replay, struct connection *connection, uint64_t acked,
                         uint64_t edge, bool is_pure);
void repair_arm(struct replay *replay, struct connection *connection);
void repair_due(struct replay *replay, struct connection *connection);
bool repair_pending(const struct connection *connection);

/* replay_script.c */
void script_read(struct replay *replay, struct connection *connection, const struct packet *packet);
void script_free(struct connection *connection);

/* replay_datagram.c */
void datagrams_init(struct replay *replay);
void datagrams_free(struct replay *replay);
void datagram_read(struct replay *replay, const struct packet *packet, bool to_card);
void datagram_take(struct replay *replay, const struct packet *packet);
void datagram_card_sent(struct replay *replay, const struct packet *packet); /* ARP, ND: answered */

#endif
