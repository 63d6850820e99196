/* replay_bench.h - what the replay's tests share: captures of a few segments, made in the test; and
 * an ideal card, an endpoint with a TCP of its own that answers as the captured server did.
 *
 * The ideal card is strict: a segment that no client's TCP would send on this connection fails the
 * test where it arrives (bad checksum, acknowledgement of what was not sent, an echo of a stamp that
 * it never sent, more than its maximum segment size, a wrong MAC address). It loses and stalls what
 * the test asks for. */
#ifndef TESTS_TRACES_REPLAY_BENCH_H
#define TESTS_TRACES_REPLAY_BENCH_H

#include "traces/packet.h"
#include "traces/replay.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define US     1000000ull /* in ps */
#define MS     (1000 * US)
#define SECOND (1000 * MS)

/* --- Captures -------------------------------------------------------------------------------- */

struct segment {
    uint64_t us; /* stamp, in a capture */
    bool from_card;
    uint8_t flags;
    uint32_t sequence, acknowledgement;
    uint16_t window;        /* 0: 1000; WINDOW_0: 0 */
    const char *text;       /* payload */
    uint32_t payload_bytes; /* 0: strlen(text); without text: bytes of a pattern */
    uint16_t port;          /* of the client; 0: 40000 */
    int scale;              /* options: window scale + 1; 0: none */
    uint16_t mss;           /* 0: none */
    bool sack_permitted;
    bool has_stamp;
    uint32_t stamp, echo;
    uint32_t sack[4]; /* left and right edges; 0: none */
    bool is_ipv6;
    bool bad_checksum;
    uint32_t cut; /* captured bytes; 0: all */
};

enum {
    S = PACKET_SYN,
    A = PACKET_ACK,
    F = PACKET_FIN,
    R = PACKET_RST,
    P = PACKET_PSH,
    CLIENT_PORT = 40000,
    SERVER_PORT = 80,
    WINDOW_0 = 65534, /* in struct segment: stands for a field of 0 */
    MAX_FRAME_BYTES = 70000,
};

/* The client is 10.0.0.1 (02:00:00:00:00:01), the card 10.0.0.2 (02:00:00:00:00:02); fd00::1, ::2. */
uint32_t segment_build(const struct segment *segment, uint8_t *frame);

struct trace;

struct trace *trace_new(void);
void trace_segment(struct trace *trace, const struct segment *segment);
void trace_segments(struct trace *trace, const struct segment *segments, unsigned count);
void trace_frame(struct trace *trace, uint64_t us, const uint8_t *data, uint32_t bytes,
                 uint32_t wire_bytes);
/* Writes it, opens the replay on it, removes it, frees the trace. config NULL: of bench_config(). */
struct replay *trace_replay(struct trace *trace, const struct replay_config *config);

#define TRACE(...)                                                                                 \
    trace_of((const struct segment[]){__VA_ARGS__},                                                \
             sizeof((const struct segment[]){__VA_ARGS__}) / sizeof(struct segment))
struct trace *trace_of(const struct segment *segments, unsigned count);

struct replay_config bench_config(void); /* repair and fix on, card 10.0.0.2 fd00::2, refuse 1 s */

/* --- One frame at a time --------------------------------------------------------------------- */

struct got {
    struct replay_frame frame;
    struct packet packet;
    struct packet_tcp_options options;
    uint8_t data[MAX_FRAME_BYTES];
};

/* Takes the next frame, at the time at which it is ready but not before from_ps; returns the time.
 * Fails the test if none comes by until_ps. */
uint64_t take(struct replay *replay, uint64_t from_ps, uint64_t until_ps, struct got *got);
/* No frame is ready up to until_ps. */
void take_none(struct replay *replay, uint64_t until_ps);
/* The card sends a segment (from_card and us are ignored). */
void card_sends(struct replay *replay, uint64_t now_ps, const struct segment *segment);
#define CARD(replay, now_ps, ...) card_sends(replay, now_ps, &(const struct segment){__VA_ARGS__})

/* --- The ideal card -------------------------------------------------------------------------- */

struct card_options {
    uint32_t isn;
    int scale;    /* offered in SYN-ACK if the client did; -1: not */
    bool stamps;  /* the same */
    bool sack;    /* the same */
    uint16_t mss; /* 0: not offered */
    uint32_t window_bytes;
    uint64_t delay_ps;      /* from a frame to what it causes */
    unsigned drop_every;    /* it drops the k-th, 2k-th, ... frame that comes; 0: none */
    unsigned refuse_every;  /* it never answers the k-th, ... SYN; 0: none */
    uint64_t read_every_ps; /* its host reads a window at such times only; 0: at once */
    bool loses_answers;     /* does not serve connections that it should: sinks */
    uint64_t most_frames;   /* it gets, then the run ends; 0: any number */
    bool keeps_everything;  /* counts what it gets instead of failing (for captures of the wild) */
};

struct card_figures {
    uint64_t frames, dropped, segments, bytes_in, bytes_out, duplicate_acknowledgements,
        repeated_by_card, resets_sent, resets_got, malformed, opened, closed, datagrams, answers;
};

struct card_options card_ideal(void);

/* Runs the replay against it until it is exhausted and the card is at rest, at most until_ps.
 * Returns the time of the end. */
uint64_t card_run(struct replay *replay, const struct card_options *options,
                  struct card_figures *figures, uint64_t until_ps);

#endif
