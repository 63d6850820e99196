/* replay.h - open-loop replay of a capture at a card whose stack is alive.
 *
 * Frames toward the card's side enter at captured times, or at another rate. The card's stack differs from the captured
 * server, so the replay watches what the card sends and keeps, per connection, what makes the
 * captured client's frames valid for it: handshake, translation, owed acknowledgements, repair
 * (replay_connection.c draws the states; replay_translate.c and replay_repair.c have the rules).
 *
 * The replay knows nothing of the card. It is pulled: its owner asks when the next frame is ready,
 * takes it at that time, and tells the replay what the card sent and dropped. Every answer depends
 * only on the sequence of these calls and their times, which never run backward. Times are simulated
 * picoseconds; the first frame of the capture is at 0. Memory is bounded by what is under way, not
 * by the capture. Not thread-safe.
 *
 * What the client of a replay is. Its frames are the captured ones, at captured times; what it
 * receives is what the card sends, all of it, with no loss in between. So:
 *   - The captured client's losses are not replayed: pure acknowledgements that only repeat the last
 *     (with SACK blocks or without) are left out, and counted; the first acknowledgement after a
 *     loss enters.
 *   - Client bytes that the captured network lost before the capture point, and their captured
 *     retransmission, enter as they were captured. Client bytes that the captured server
 *     acknowledged and the capture does not hold are padding, sent when it acknowledged them; they
 *     are not compared.
 *   - It keeps to the card's window, as every client's TCP does: a segment that lies beyond waits until
 *     the window has opened, and what its connection sends behind it too, but for acknowledgements. A
 *     window that stays closed is probed.
 *   - What the card sends and no captured frame acknowledges in time is acknowledged nevertheless.
 *   - A client that was reset by the card stops. A client whose SYN meets an old connection of the
 *     card answers as TCP asks, and tries again.
 *
 * Times of captured frames (enum replay_rate, with tcpreplay's names and meanings).
 *   multiplier   A pause is counted from the record before, in file order, of either direction; a
 *                stamp that runs backward counts as no pause. All is divided by the multiplier.
 *   mbps         A frame is ready when those before it have been paid for: after b bits of captured
 *                frames it is floor(b * 10^6 / mbps) ps. Bits as tcpreplay counts them: the frame
 *                without padding, FCS, preamble and gap.
 *   pps          After n captured frames it is floor(n * 10^12 / pps) ps.
 *   topspeed     Every frame is ready at once: the owner takes it when the wire is free. So that a capture
 *                does not become a flood of SYNs, a SYN waits, and all behind it, while max_open or more
 *                connections are open, unless as many were open at this place of the capture.
 * With mbps and pps what waits for the card (its handshake, its window) has had its turn, and follows
 * as soon as it may; what is late for another reason, by more than 10 us, shifts all that follows
 * (tcpreplay would send it at once). Frames that the replay leaves out, adds, repairs or makes itself take
 * no turn. Of frames that are ready, those that the replay makes come first, so that a busy wire does not
 * starve acknowledgements.
 *
 * What the card falls behind with is kept, so all waits, whatever the rate, while 65,536 frames or 16 MiB wait for
 * handshakes and windows, or 40 MiB of captured servers' bytes for the card to send them (but not when it has sent
 * nothing for 2 s).
 *
 * Passes and copies. Each of `passes` begins where the one before ended, without a pause; within a
 * pass each record enters `copies` times at once. All but the first copy of the first pass have
 * clients of their own: replay_copies.c says at which addresses.
 */
#ifndef TRACES_REPLAY_H
#define TRACES_REPLAY_H

#include "sim/diagnostic.h"
#include "traces/generate.h"
#include "traces/packet.h"
#include "traces/serve.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define REPLAY_NEVER   UINT64_MAX
#define REPLAY_FOREVER UINT64_MAX

enum replay_kind {
    REPLAY_CAPTURED,    /* a frame of the capture, adapted */
    REPLAY_REPAIR,      /* a segment offered again */
    REPLAY_SYNTHESISED, /* made by the replay: owed acknowledgements, handshakes, ARP answers */
};

enum replay_rate {
    REPLAY_MULTIPLIER, /* of the captured times */
    REPLAY_MBPS,
    REPLAY_PPS,
    REPLAY_TOPSPEED,
};

struct replay_config {
    const char *capture; /* path or "-"; standard input can be passed through once only. Else a name for messages */
    const struct generate_config *generate; /* NULL: the capture is replayed. Copied */
    const struct serve_config *serve;       /* not NULL: no capture either; servers for what the card opens. Copied */
    const char *card;    /* "auto", or addresses "10.0.0.2 fd00:1::/64", separated by blanks */
    uint8_t card_mac[6]; /* destination of every unicast frame toward the card */
    bool fix_checksums;  /* bad IP, TCP, UDP checksums are made good */
    bool repair;
    uint64_t max_gap_ps;      /* longer pauses are cut to it; 0: keep all */
    uint64_t refuse_after_ps; /* a SYN unanswered for so long counts as refused */
    enum replay_rate rate;
    uint64_t
        rate_millionths;   /* of the multiplier (0: 1), or of Mbit/s or frames a second (not 0) */
    uint64_t max_open;     /* with topspeed; 0: any number */
    uint64_t passes;       /* through the capture; 0: 1. REPLAY_FOREVER needs a limit or duration */
    uint64_t copies;       /* of each pass, at once; 0: 1 */
    uint64_t limit_frames; /* stop after so many captured frames toward the card; 0: all */
    uint64_t duration_ps;  /* no captured frame is handed out from this time on; 0: all */
    uint32_t mtu_bytes;    /* IP bytes of one frame: larger (merged) segments are split; 0: 1500 */
};

struct replay_frame {
    const uint8_t *data; /* valid until the next call of any replay function */
    uint32_t bytes;      /* without FCS, unpadded */
    enum replay_kind kind;
    uint64_t
        captured_ps; /* its time in the capture, pauses shortened, passes one after the other */
    uint64_t cookie; /* names the frame in replay_dropped() */
};

struct replay_counts { /* of all passes and copies */
    uint64_t records_read, toward_card, from_card_side, other_direction;

    /* Frames toward the card. Each was taken once, or is in the second group:
     *     toward_card == frames_captured - pieces_added + acknowledgements_merged + frames_left_out
     *                    + frames_after_reset + frames_after_duration + cut_headers_skipped
     *                    + those not taken yet */
    uint64_t frames_captured, frames_repaired, frames_synthesised; /* taken, by kind */
    uint64_t segments_split, pieces_added; /* pieces_added: frames beyond the first of each */
    uint64_t acknowledgements_merged;      /* pure ones left out: would have repeated the last */
    uint64_t frames_left_out; /* what this client has no reason to send: SYNs of a connection that
                                 the card had answered; RSTs to what an older connection of the
                                 captured server had sent; what comes after both sides have closed */
    uint64_t frames_after_reset; /* of a connection that the card had reset, or that the next
                                         from the same port replaced */
    uint64_t frames_after_duration;
    uint64_t cut_headers_skipped; /* the capture lacks part of a header, or the frame is none */

    uint64_t acknowledgements_owed; /* of captured frames, cut to what the card had sent */
    uint64_t cut_payloads_padded, checksums_fixed;
    uint64_t holes_padded; /* stretches that the capture lost of either side's stream */
    uint64_t gaps_shortened, stamps_backward;
    uint64_t frames_waited;        /* for the handshake of their connection */
    uint64_t frames_window_waited; /* until the card's window opened, or behind such */
    uint64_t frames_dropped;       /* by the card's hardware: calls of replay_dropped() */

    uint64_t connections, connections_midstream, connections_opened, connections_refused;
    uint64_t connections_of_card;  /* opened by the card's side of the capture; not in connections:
                                      their frames go out as they are, and the card has no use for
                                      them */
    uint64_t connections_finished; /* reached the end that they have in the capture */
    uint64_t connections_cut;      /* the duration was over before */
    uint64_t connections_reset;    /* the card sent RST, the captured server did not */

    uint64_t
        payload_bytes; /* distinct TCP payload bytes of clients, and UDP payload bytes, that the
                               host's application should get; of frames taken so far. What is lost
                               because the card resets a connection stays in it, what refused
                               connections and groups (multicast, broadcast) carry never is */
    uint64_t payload_delivered_bytes;  /* by replay_delivered(): distinct ones */
    uint64_t payload_mismatched_bytes; /* differ from the capture, or no client had sent them */
    uint64_t server_bytes_sent;        /* TCP payload, by the card, that replay_step() gave */
    uint64_t server_mismatched_bytes;  /* of these, differ from the capture */
    uint64_t server_bytes_not_kept;    /* read when the card was so far behind that nobody keeps them: it sends zeros */
};

struct replay;

/* The servers' settings, NULL: it has none. */
const struct serve_config *replay_serve(const struct replay *replay);
/* The card's application could not open a connection. */
void replay_refused(struct replay *replay);

/* NULL on an error, which is in diagnostics (which must outlive the replay). Copies config. */
struct replay *replay_open(const struct replay_config *config, struct diagnostics *diagnostics);
void replay_close(struct replay *replay);

/* When the next frame is ready to enter; REPLAY_NEVER: not unless the card sends something. May be
 * in the past (ready since then), and may change after any other call. */
uint64_t replay_next_ps(const struct replay *replay);

/* Takes a frame that is ready at now_ps. False: none is. */
bool replay_take(struct replay *replay, uint64_t now_ps, struct replay_frame *frame);

/* The last bit of a frame that the card sent has left its port at now_ps. */
void replay_card_sent(struct replay *replay, uint64_t now_ps, const uint8_t *data, uint32_t bytes);

/* The card's hardware discarded a frame that was taken. */
void replay_dropped(struct replay *replay, uint64_t now_ps, uint64_t cookie);

/* All frames of the capture (or until the duration) have been taken and nothing is owed, held back or to be
 * repaired. */
bool replay_exhausted(const struct replay *replay);

/* Connections that have begun and not reached the end that they have in the capture: when exhausted, the card
 * has to act, and may after a timer of its own. 0 .. the number of connections. */
uint64_t replay_connections_open(const struct replay *replay);

/* What share of the capture has been replayed, for a progress display; negative: not known. */
int replay_done_per_1000(const struct replay *replay);

const struct replay_counts *replay_counts(const struct replay *replay);

/* Connections that opened but did not reach their end: one line each, at most limit lines. */
void replay_print_stalled(const struct replay *replay, FILE *stream, unsigned limit);

/* --- The captured server's side, for the application on the host ---------------------------------- */

struct replay_tuple { /* as the card sees it: remote is the client; ports in host order */
    bool is_ipv6;
    struct packet_address remote, local;
    uint16_t remote_port, local_port;
};

/* The connection with that tuple whose SYN was taken last, or 0: not of this capture. Numbers are never
 * used again. */
uint64_t replay_connection(const struct replay *replay, const struct replay_tuple *tuple);

enum replay_step_kind {
    REPLAY_STEP_SEND,    /* the server sent bytes */
    REPLAY_STEP_CLOSE,   /* the server closed its direction (FIN) */
    REPLAY_STEP_ABORT,   /* the server sent RST */
    REPLAY_STEP_UNKNOWN, /* not read yet: ask again later */
    REPLAY_STEP_END,     /* nothing more will come */
};

struct replay_step {
    enum replay_step_kind kind;
    uint64_t
        after_bytes; /* of the client's stream that the server had received before this step; the
                             client's FIN counts as one more byte */
    uint64_t offset; /* of the first byte in the server's stream, SEND */
    uint32_t bytes;  /* of this step known so far, SEND; a later step may continue it */
};

/* The step that follows the first sent_bytes of the server's stream, as known strictly before now_ps:
 * the reader is ahead of the frames offered by a fixed number of records and reads in replay_take() only, so
 * what is known depends on simulated time alone. For SEND, up to limit bytes are copied to data (may be
 * NULL). */
void replay_step(const struct replay *replay, uint64_t connection, uint64_t sent_bytes,
                 uint64_t now_ps, struct replay_step *step, uint8_t *data, uint32_t limit);

/* Server bytes before sent_bytes are not asked for again. */
void replay_step_done(struct replay *replay, uint64_t connection, uint64_t sent_bytes);

/* The host got bytes of the client's stream, at offset. Compares them with the capture (padding of cut
 * payload is not compared) and counts them. */
void replay_delivered(struct replay *replay, uint64_t connection, uint64_t offset,
                      const uint8_t *data, uint32_t bytes);

/* A UDP datagram's payload reached the host. */
void replay_delivered_datagram(struct replay *replay, const struct replay_tuple *tuple,
                               const uint8_t *data, uint32_t bytes);

/* What the captured server answered to the UDP datagram delivered last on this tuple: copies the next
 * unsent answer datagram (up to limit bytes) and returns its length; 0: none (known yet). */
uint32_t replay_datagram_answer(struct replay *replay, const struct replay_tuple *tuple,
                                uint64_t now_ps, uint8_t *data, uint32_t limit);

#endif
