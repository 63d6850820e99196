/* replay_rig.h - a capture made by hand, and a small model of a card's TCP that is alive behind it.
 *
 * Segments are given by positions: SYN is at 0, the first byte at 1, FIN after the last byte. The byte at an
 * offset of a stream is rig_byte() of it, so that every payload can be checked without keeping it.
 *
 *     rig_set_up();
 *     rig_syn(); rig_syn_ack(); rig_add((struct rig_segment){...}) ...
 *     rig_open();
 *     rig_run();          the model of the card answers, until nothing more comes; or by hand:
 *     rig_take_until(ps); rig_card_sends(...);
 *     rig_tear_down();
 *
 * The model judges every frame of an open connection as it comes: checksums, no acknowledgement of what it
 * has not sent, options that it agreed to, sizes, a right edge that never moves back.
 */
#ifndef TESTS_TRACES_REPLAY_RIG_H
#define TESTS_TRACES_REPLAY_RIG_H

#include "traces/replay.h"

#define RIG_US UINT64_C(1000000) /* in ps */
#define RIG_MS UINT64_C(1000000000)

enum { RIG_PORT = 40000, RIG_SERVER_PORT = 80, RIG_CLIENTS = 8, RIG_STREAM_BYTES = 1 << 18 };

/* A frame to be captured between 10.0.0.1 and the card's 10.0.0.2. */
struct rig_segment {
    bool from_server;
    unsigned client; /* its port is RIG_PORT + client */
    int64_t at_us;
    uint32_t position, acknowledged; /* relative to the ISNs of the capture */
    uint8_t flags;                   /* 0: PACKET_ACK */
    uint16_t window;                 /* 0: 1000 */
    uint32_t bytes;                  /* of payload */
    uint32_t snap_bytes;             /* of the frame that were captured; 0: all */
    uint16_t mss;                    /* options: 0 is absent, but for */
    int8_t scale;                    /* ... the window scale: 0 is absent, -1 is 0 */
    bool sack_permitted, bad_checksum;
    uint32_t timestamp, sack_from, sack_to;
};

struct rig_frame { /* that the replay handed out */
    uint64_t time_ps, cookie;
    enum replay_kind kind;
    struct packet packet; /* its data is owned by the rig */
    struct packet_tcp_options options;
    uint32_t position, acknowledged; /* relative to the client's ISN and the card's */
};

struct rig {
    struct replay_config config; /* may be changed before rig_open() */
    uint32_t client_isn, server_isn;
    /* the card; may be changed before rig_run() */
    struct {
        uint32_t isn;
        uint64_t delay_ps;
        uint16_t mss;
        uint32_t window_bytes;
        int8_t scale; /* -1: none */
        bool timestamps, silent, refuses;
        unsigned drop_every; /* of the segments with payload, SYN or FIN; 0: none */
        bool tells_drops;    /* by replay_dropped() */
        bool flips_a_byte;   /* of what it delivers */
        uint64_t stop_ps;    /* rig_run() ends then */
    } card;
    struct replay *replay;
    struct rig_frame frames[4096];
    unsigned count;
    uint64_t now_ps;
    uint32_t card_received[RIG_CLIENTS]; /* position up to which it has everything */
    uint32_t card_sent[RIG_CLIENTS];
    uint32_t card_acked[RIG_CLIENTS]; /* of what it sent */
};

extern struct rig rig;

void rig_set_up(void);
void rig_tear_down(void);

uint8_t rig_byte(bool from_server, uint64_t offset);

void rig_add(struct rig_segment segment);
void rig_add_raw(int64_t at_us, const uint8_t *data, uint32_t bytes);
void rig_syn(int64_t at_us, unsigned client);     /* MSS 1460, scale 7, SACK, no time stamps */
void rig_syn_ack(int64_t at_us, unsigned client); /* the same */
void rig_handshake(int64_t at_us, unsigned client); /* both, and the client's ACK; 1 us each */

void rig_open(void); /* writes the capture and opens it; fails the test on a diagnostic */

void rig_take_until(uint64_t now_ps); /* all frames that are ready by then */

struct rig_answer { /* a segment of the card, by hand */
    unsigned client;
    uint8_t flags; /* 0: PACKET_ACK */
    uint32_t position, acknowledged;
    uint32_t bytes;
    uint32_t window; /* the field; 0: 10000 */
    uint16_t mss;
    int8_t scale; /* as in rig_segment */
    uint32_t timestamp;
};

void rig_card_sends(uint64_t now_ps, struct rig_answer answer);
void rig_card_accepts(uint64_t now_ps, unsigned client); /* SYN-ACK by the card's settings */
void rig_card_sends_raw(uint64_t now_ps, const uint8_t *data, uint32_t bytes);

void rig_run(void);

uint64_t rig_connection(unsigned client); /* number */
struct replay_tuple rig_tuple(unsigned client);

/* How many frames of that kind were handed out, and the n-th of them (from 0). */
unsigned rig_frames_of(enum replay_kind kind);
const struct rig_frame *rig_frame_of(enum replay_kind kind, unsigned number);

const struct replay_counts *rig_counts(void);

/* One request of the client, one answer of the server, FIN both ways; 60 us. */
void rig_add_exchange(int64_t at_us, unsigned client, uint32_t request, uint32_t response);

/* Client 0's n-th segment since the handshake, a microsecond after the one before. */
void rig_add_data(unsigned number, uint32_t position, uint32_t bytes);
void rig_add_ack(unsigned number, uint32_t acknowledged, uint16_t window);
void rig_add_response(unsigned number, uint32_t position, uint32_t bytes, uint32_t after);

void rig_open_by_hand(void); /* takes the SYN of client 0 and lets the card accept at 5 us */

#endif
