/* replay_internal.h - what the replay's own files share:
 *
 *     replay.c             the interface that is pulled: schedule, agenda, frames made ready
 *     replay_read.c        the reader, ahead of the frames by REPLAY_AHEAD_RECORDS
 *     replay_pace.c        when captured frames are due
 *     replay_duration.c    what is left out when the duration is over
 *     replay_copies.c      the addresses of the clients of each copy
 *     replay_learn.c       what the capture tells of each connection
 *     replay_connection.c  the states of a connection: what is taken, what the card sends, times
 *     replay_translate.c   a captured segment made valid for the card
 *     replay_segment.c     segments made by the replay
 *     replay_repair.c      what a client's TCP would send again
 *     replay_script.c      the captured server's side, and what is compared with it
 *     replay_datagram.c    UDP; replay_fragment.c: its datagrams in fragments
 *     replay_neighbour.c   ARP and neighbour discovery
 *
 * Positions count from the initial sequence number: SYN is at 0, the first byte at 1, FIN after the
 * last byte. Offsets count from the first byte: offset = position - 1.
 */
#ifndef TRACES_REPLAY_INTERNAL_H
#define TRACES_REPLAY_INTERNAL_H

#include "traces/capture.h"
#include "traces/card_side.h"
#include "traces/flow_key.h"
#include "traces/packet.h"
#include "traces/replay.h"
#include "traces/source.h"
#include "traces/stream.h"

#include <glib.h>

enum {
    /* The reader is ahead by so many records, over all copies: 20 MB of full frames at most, and at 1 Mframes/s 16
     * ms, more than a round trip, so that an answer is known before the host must send it. */
    REPLAY_AHEAD_RECORDS = 16384,
    REPLAY_AHEAD_BYTES = 24 << 20, /* ... or so many bytes on the wire, of merged or hostile frames */
    REPLAY_LEARN_BYTES = 24 << 20, /* captured, that are kept at most to find the card's side */
    REPLAY_MAX_SERVER_BYTES = 40 << 20, /* of captured servers, which the card is to send: else all waits. With those
                                           that are read ahead no more than a stream keeps */
    REPLAY_MAX_WAITING = 65536, /* frames that wait for handshakes and windows, before all wait */
    REPLAY_MAX_WAITING_BYTES = 16 << 20, /* ... or so many bytes of them */
    REPLAY_KEEP_CLOSED = 16384,          /* closed connections that still answer, as in TIME_WAIT */
    REPLAY_PROBES = 4,              /* of a closed window; with the last all that waits goes out */
    REPLAY_LEAST_MSS = 48,          /* Linux's tcp_min_snd_mss: of the card a smaller one is not believed */
    REPLAY_MAX_TRIES = 15,          /* Linux's tcp_retries2 */
    REPLAY_CARD_GAPS = 8,           /* stretches that the card sent ahead of a gap */
    REPLAY_MAX_HOLE_BYTES = 4 << 20, /* that acknowledgements show to be missing of a stream ... */
    REPLAY_HOLES_A_BYTE = 256,       /* ... and so many for each captured byte; more is no hole but a wrong number */
    REPLAY_UNREAD_BYTES = 16 << 20, /* acknowledged and not delivered after so many more bytes:
                                       nobody will ask; released, no longer compared */
};

#define REPLAY_MS             1000000000ull     /* in ps */
#define REPLAY_DELAYED_ACK_PS (200 * REPLAY_MS) /* Linux's longest; RFC 1122 4.2.3.2: < 500 ms */
#define REPLAY_LONGEST_ACK_PS (1000 * REPLAY_MS)
#define REPLAY_FIRST_RTO_PS   (200 * REPLAY_MS) /* Linux's least */
#define REPLAY_LAST_RTO_PS    (120000 * REPLAY_MS)
#define REPLAY_CATCH_UP_PS    10000000ull /* 10 us: as late may a frame be without delaying the next */
#define REPLAY_OPEN_WAIT_PS   (200 * REPLAY_MS) /* no connection has ended for so long: goes on */
#define REPLAY_SERVER_WAIT_PS (2 * REPLAY_LONGEST_ACK_PS) /* the card has sent nothing for so long: goes on */

enum connection_state { /* drawn in replay_connection.c */
                        CONNECTION_NEW,
                        CONNECTION_OPENING,
                        CONNECTION_OPEN,
                        CONNECTION_REFUSED,
                        CONNECTION_RESET,
                        CONNECTION_ABORTED,
                        CONNECTION_REPLACED,
};

enum due_kind { DUE_REFUSE, DUE_SYN, DUE_ACK, DUE_REPAIR, DUE_PROBE, DUE_KINDS };

/* A frame in the order of its time. */
struct item {
    uint64_t time_ps; /* by the pace of the capture, if that is what counts */
    uint64_t captured_ps;
    uint64_t record;               /* of the capture, counted over all copies */
    uint64_t read_bytes;           /* on the wire, of it and all before it */
    struct connection *connection; /* NULL: none */
    uint32_t bytes, wire_bytes;    /* captured; on the wire. data holds wire_bytes, padded with 0 */
    uint32_t new_bytes;            /* payload that was not on the wire before; UDP: that is complete with it */
    bool begins;                   /* a connection, with: */
    uint64_t open_then;            /* connections that were open in the capture when it began one */
    uint64_t hole_from, hole_end;  /* no frame: client bytes at these offsets may be missing */
    enum replay_kind kind;
    bool unicast; /* its destination becomes the card's MAC address */
    bool is_paid; /* it has had its turn */
    bool fix;     /* its checksums are to be made anew */
    bool is_begun; /* a hole of which a part was padded */
    uint8_t data[];
};

/* Steps of the captured server. */
struct script_entry {
    enum replay_step_kind kind;
    uint64_t offset, end; /* in its stream; SEND */
    uint64_t after_bytes;
    uint64_t visible_ps; /* known from this time on */
};

struct due {                    /* something to do at a time, in the agenda */
    uint64_t time_ps, sequence; /* time REPLAY_NEVER: not due */
    struct connection *connection;
    enum due_kind kind;
    GSequenceIter *place;
};

struct range {
    uint64_t from, end;
};

struct connection {
    uint64_t number;
    uint64_t record; /* of the capture, with which it began */
    struct flow_key key;
    unsigned client; /* which endpoint of the key */
    enum connection_state state;
    bool midstream;
    bool of_card;     /* opened by the card's side: its frames go out as they are */
    uint8_t link[32]; /* Ethernet header with tags, toward the card */
    uint32_t link_bytes;
    uint8_t network; /* enum packet_network */

    /* as captured: known as far as the reader is */
    uint32_t client_isn, server_isn;
    bool server_isn_known, server_syn_read;
    int8_t client_scale, server_scale; /* offered; -1: not */
    uint8_t guessed_scale;             /* midstream: the least that explains the server's flights */
    bool client_timestamps, client_sack, server_timestamps;
    bool client_rst, server_rst;
    bool replaced; /* a later SYN of the same addresses and ports was read */
    bool cut;      /* frames of it were left out when the duration was over */
    bool all_read; /* the capture holds nothing more of it, or only what comes after its end */
    uint64_t all_read_ps;                  /* known from this time on */
    uint16_t largest_server_segment;       /* payload and options: its MSS, midstream */
    uint32_t first_timestamp;              /* midstream: of the first segment */
    uint64_t client_read, server_read;     /* positions read so far; server: without a gap */
    uint64_t client_acked, server_acked;   /* positions acknowledged by the other side */
    uint64_t client_fin_at, server_fin_at; /* positions of the FINs; 0: none read */
    uint64_t server_syn_ps, round_trip_ps; /* of the captured handshake; 0: not seen */
    uint64_t items;                        /* captured frames read and not taken */
    uint64_t captured[2], missing[2]; /* bytes of the client's and the server's frames, of holes in their streams */
    uint64_t holes_from;  /* offset: what is missing below has an item in the schedule */
    uint16_t last_window; /* field of the client's segment read last */

    /* what the card answered */
    uint32_t card_isn;
    int8_t card_scale; /* -1: no scaling */
    bool card_timestamps, card_sack;
    uint16_t card_mss;
    uint32_t card_timestamp;              /* to be echoed: RFC 7323's TS.Recent */
    uint64_t card_sent;                   /* position after what it sent without a gap */
    struct range ahead[REPLAY_CARD_GAPS]; /* what it sent beyond */
    unsigned ahead_count;
    uint64_t card_fin_at; /* 0: not sent */
    uint64_t card_acked;  /* position of the client's stream that it acknowledged */
    uint64_t card_edge;   /* right edge of its window, a position */
    uint64_t widest_window;

    /* what the card was told */
    struct item *syn; /* owned; to be offered again */
    GQueue held;      /* of struct item: wait for the handshake, or for the card's window */
    uint16_t syn_window;
    uint32_t syn_bytes;        /* of payload in the SYN */
    uint32_t client_timestamp; /* latest */
    uint64_t told_ack;         /* position */
    uint64_t told_edge;        /* right edge of the client's window, a position; never moves back */
    uint64_t window_bytes;     /* that the captured segment taken last offered */
    uint64_t owed_ack;         /* position that is to be acknowledged; above told_ack: owed */
    unsigned segments_since_ack;
    uint64_t sent;        /* position after what was taken */
    uint64_t fin_sent_at; /* position of the FIN that was taken; 0: none */

    /* repair */
    unsigned duplicate_acks, tries;
    uint64_t recover;     /* position: repair goes on up to there; 0: none */
    uint64_t repaired_to; /* position up to which this repair has sent */
    uint64_t rto_ps;
    bool by_holes; /* repairs what is missing segment by segment, else all from repaired_to on */
    bool outside;  /* something was sent beyond the window */

    struct stream stream; /* the client's: from reading until delivered and acknowledged */
    uint64_t delivered;   /* offset */

    /* the server's side */
    struct stream server; /* from reading until handed to the application and sent by the card */
    uint64_t server_kept; /* bytes that it spans */
    GArray *script;       /* of struct script_entry */
    GArray *early;        /* of struct script_entry: beyond a gap */
    unsigned script_first;
    uint64_t handed; /* offset: up to there it is done */

    struct due due[DUE_KINDS];
    bool finished;                      /* and counted */
    bool is_open;                       /* counted among those that are open */
    bool closed;                        /* among the closed ones */
    struct connection *next, *previous; /* in the order of numbers */
};

struct replay {
    struct replay_config config;
    struct diagnostics *diagnostics;
    struct generate_config generate; /* if config.generate is set, which then points here */
    struct serve_config serve_config; /* likewise */
    struct serve *serve; /* not NULL: all that follows is unused */
    struct source *source;
    struct card_side *side;
    struct replay_counts counts;
    /* reader */
    GQueue learned; /* of struct record: read to find the card's side, not yet scheduled */
    bool at_end, is_over; /* nothing more is read; the duration is over */
    uint64_t passes_begun;
    uint64_t items_of_pass, items_of_last_pass; /* 0 at the end of a pass: another makes no sense */
    uint64_t idle_items;                  /* taken in a row at one time, of which nothing came */
    struct capture_frame record;          /* read last */
    struct record *learned_record;        /* owned: that it is; NULL: from the capture */
    uint64_t copies_left;                 /* of it, to be scheduled */
    uint64_t forgot_record, forgot_bytes; /* as scheduled and read_bytes were then */
    struct diagnostics later_diagnostics; /* of later passes: what is known already */
    uint8_t *copy;                        /* of a record, to be rewritten */
    uint64_t scheduled;                   /* records */
    uint64_t read_bytes;                  /* of them, on the wire */
    uint64_t clock_ps;                    /* as captured: not scaled */
    int64_t last_ns;
    bool any_record;
    uint64_t visible_ps; /* what is read now is known from this time on */
    GQueue schedule;     /* of struct item, captured, in order of time */
    /* what is ready */
    GQueue ready;      /* of struct item, in order of time */
    GSequence *agenda; /* of struct due */
    uint64_t sequence, cookies;
    uint64_t paced_frames, paced_bits; /* captured frames that have had their turn */
    uint64_t paced_shift_ps;           /* that they are later than the rate says */
    uint64_t held, held_bytes;         /* frames that wait for handshakes and windows */
    uint64_t open, open_in_capture;    /* connections, as replayed and as read */
    uint64_t open_changed_ps;
    uint64_t server_bytes, server_released_ps; /* of captured servers, kept; when some were let go */
    uint64_t now_ps;
    struct item *taken; /* the one that was taken last; owned */
    /* connections */
    GHashTable *reading; /* flow key -> the one read last */
    GHashTable *running; /* flow key -> the one whose SYN was taken last */
    GHashTable *by_number;
    struct connection *first, *last;
    uint64_t last_number;
    GQueue closed; /* of struct connection, which go when there are too many */
    /* others */
    GHashTable *macs;      /* client address -> its MAC */
    GQueue macs_order;     /* its keys, as they came */
    GHashTable *datagrams; /* flow key -> struct datagram_flow */
    GQueue datagram_flows; /* the same, as they came */
    GHashTable *parts;     /* of fragmented datagrams */
    GQueue parts_order;
};

/* replay.c */
struct item *item_new(uint32_t wire_bytes, enum replay_kind kind); /* g_free() it */
void replay_emit(struct replay *replay, struct item *item);        /* ready now; owned from here */
/* REPLAY_NEVER: not any more. */
void replay_due_at(struct replay *replay, struct connection *connection, enum due_kind kind,
                   uint64_t time_ps);

/* replay_read.c */
void reader_learn_side(struct replay *replay); /* keeps the records for the schedule */
void reader_go_on(struct replay *replay);      /* until it is ahead by REPLAY_AHEAD_RECORDS */
void reader_schedule_hole(struct replay *replay, struct connection *connection, uint64_t from,
                          uint64_t end);

void reader_all_read(struct replay *replay); /* nothing more is read */

/* replay_duration.c */
/* What is captured and not on the wire is left out, and counted in left_out. */
void duration_end(struct replay *replay, uint64_t *left_out);

/* replay_pace.c */
/* A captured time at the multiplier's speed. */
uint64_t pace_scaled_ps(const struct replay *replay, uint64_t captured_ps);
/* A captured frame has had its turn: it is made ready, or waits for the card. */
void pace_pay(struct replay *replay, struct item *item);
/* The first of the schedule is taken now: what is late by more than a little is not made up for. */
void pace_taken(struct replay *replay, const struct item *item);
/* When the first of the schedule is due; may be in the past, and change when a connection ends. */
uint64_t pace_due_ps(const struct replay *replay, const struct item *item);

/* replay_copies.c */
/* The address of that client in copy number n (0: as captured). */
void copies_address(enum packet_network network, struct packet_address *address, uint64_t n);
/* Gives the frame at data, captured_bytes long, the client addresses of copy n. */
void copies_rewrite(const struct packet *packet, uint8_t *data, bool to_card, uint64_t n);

/* replay_learn.c */
/* NULL: its frames go out as they are. */
struct connection *connection_learn(struct replay *replay, const struct packet *packet,
                                    bool to_card);
/* The position nearest to near; may be below 0. */
int64_t connection_position(uint32_t number, uint32_t isn, uint64_t near);
/* A RST of the client that belongs to its stream. */
bool connection_is_ended_by(const struct connection *connection, const struct packet *packet);
unsigned connection_client_of(struct flow_key *key, const struct packet *packet, bool to_card);
void connection_all_read(struct replay *replay, struct connection *connection);
/* Those whose server was read for long, and no client. */
void connections_forget_unanswered(struct replay *replay);
void connection_free(struct replay *replay, struct connection *connection);
/* Whether the capture can have lost so many bytes more of that side's stream; they are counted then. */
bool connection_may_miss(struct connection *connection, bool of_server, uint64_t bytes);

/* replay_connection.c */
void connection_take(struct replay *replay, struct item *item); /* owned from here */
void connection_card_sent(struct replay *replay, const struct packet *packet);
void connection_due(struct replay *replay, struct connection *connection, enum due_kind kind);
void connection_not_open(struct replay *replay, struct connection *connection);
void connection_check_end(struct replay *replay, struct connection *connection);
void connection_release_stream(struct connection *connection);
/* It may be freed when as many others have closed. */
void connection_close(struct replay *replay, struct connection *connection);

/* replay_translate.c */
/* Whether the checksums are wrong in the capture and to be fixed, or cover padding. */
void translate_judge(struct replay *replay, struct item *item, struct packet *packet);
/* Makes bytes of a TCP header NOPs, and its checksum follow. */
void translate_blank(uint8_t *data, const struct packet *packet, uint32_t at, uint32_t count);
/* A segment of an open connection: changed, split, left out. Owned from here. */
void translate_take(struct replay *replay, struct connection *connection, struct item *item,
                    const struct packet *packet);
/* A segment that has to wait: what it acknowledges is owed from now on. */
void translate_owe(struct connection *connection, const struct packet *packet);
/* A pure acknowledgement that overtakes segments that wait: it comes from before them. */
void translate_overtake(const struct connection *connection, struct item *item,
                        struct packet *packet);
void translate_as_it_is(struct replay *replay, struct item *item, const struct packet *packet);
uint64_t translate_window(const struct connection *connection, uint16_t field);
/* The window field of a segment that acknowledges ack and should open the window up to edge; sets
 * *edge to what it says. */
uint16_t translate_window_field(const struct connection *connection, uint64_t ack, uint64_t *edge);

/* replay_segment.c */
void segment_send(struct replay *replay, struct connection *connection, uint64_t position,
                  uint32_t bytes, uint8_t flags, enum replay_kind kind);
void segment_send_ack(struct replay *replay, struct connection *connection);
void segment_send_syn(struct replay *replay, struct connection *connection);
void segment_send_reset(struct replay *replay, struct connection *connection, uint32_t sequence);
uint32_t segment_payload_bytes(const struct replay *replay, const struct connection *connection,
                               uint32_t tcp_option_bytes);

/* replay_repair.c */
void repair_acknowledged(struct replay *replay, struct connection *connection, uint64_t acked,
                         uint64_t edge, bool is_pure);
/* From the first unacknowledged byte on, if it was on the wire. by_holes: one segment for each answer. */
void repair_begin(struct replay *replay, struct connection *connection, bool by_holes);
void repair_arm(struct replay *replay, struct connection *connection);
void repair_due(struct replay *replay, struct connection *connection);
/* Whether the client's next byte that the card lacks was on the wire. */
bool repair_can_begin(const struct connection *connection);
bool repair_pending(const struct connection *connection);

/* replay_script.c */
void script_learn(struct replay *replay, struct connection *connection,
                  const struct packet *packet);
/* The client acknowledged what the capture does not hold. */
void script_pad(struct replay *replay, struct connection *connection, uint64_t acked,
                uint64_t after_bytes);
/* The card sent bytes of its stream. */
void script_compare(struct replay *replay, struct connection *connection, uint64_t offset,
                    const uint8_t *data, uint32_t bytes);
/* The bytes of its server; the card will not send them any more. */
void script_release(struct replay *replay, struct connection *connection);
void script_free(struct replay *replay, struct connection *connection);

/* replay_datagram.c, replay_fragment.c */
void datagrams_init(struct replay *replay);
void datagrams_free(struct replay *replay);
/* Returns the UDP payload bytes toward the card that are complete with this frame. */
uint32_t datagram_learn(struct replay *replay, const struct packet *packet, bool to_card);
/* A fragment. If the datagram is whole with it: its IP payload, to be g_free()d, and how many bytes
 * of it were captured from the first on; else NULL. */
uint8_t *fragment_learn(struct replay *replay, const struct packet *packet, uint32_t *bytes,
                        uint32_t *known);
void fragments_init(struct replay *replay);
void fragments_free(struct replay *replay);

/* replay_neighbour.c */
void neighbour_learn(struct replay *replay, const struct packet *packet);
void neighbour_card_sent(struct replay *replay, const struct packet *packet); /* answers it */

#endif
