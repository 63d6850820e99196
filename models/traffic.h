/* traffic.h - the network beyond a port: what comes from there, and what becomes of the card's frames.
 *
 * Models     mode = replay: a capture enters at captured times, or at another rate, through a sender that knows
 *            what the card answered (traces/replay.h). The sender has one frame on the wire and one behind it; the
 *            others stay with the replay, which decides what comes next when the wire has room.
 *            mode = generate: the same with frames that traces/generate.h makes.
 *            The wire damages frames at random, decided by the seed: fcs_errors of them come with a bad FCS, runts of
 *            them are cut short as by a collision, to 8 .. 63 bytes with a bad FCS. The port drops both, and
 *            what was lost is repaired like any other drop. With pad = no short frames come as they are.
 * Leaves out remote systems with stacks of their own.
 *
 * Timing     the capture's first frame is ready when the host says that every processor is up and listening;
 *            every other as much later as in the capture. On the wire they are as port.h says.
 *
 * End        the run ends when every traffic's replay is exhausted, every connection has the end that it has in the
 *            capture, nothing is under way anywhere and the hosts are idle (looked at every TRAFFIC_CHECK_PS); or when
 *            all wait for the card (a connection that has not ended waits for a timer of the card's TCP), linger after
 *            the last frame arrived; or if a processor stops before all listen, or not all listen after TRAFFIC_READY_PS.
 */
#ifndef MODELS_TRAFFIC_H
#define MODELS_TRAFFIC_H

#include "models/frame.h"
#include "models/host.h"
#include "models/port.h"
#include "traces/replay.h"

#define TRAFFIC_CHECK_PS       10000000ull     /* 10 us */
#define TRAFFIC_READY_CHECK_PS 1000000000ull   /* 1 ms */
#define TRAFFIC_READY_PS       (10 * PS_PER_SECOND)
#define TRAFFIC_LINGERED       "linger"        /* why the run ended */

enum { TRAFFIC_AT_SENDER = 2 }; /* frames: the one on the wire, and the next, so that they follow closely */

enum traffic_mode { TRAFFIC_REPLAY, TRAFFIC_GENERATE, TRAFFIC_SERVE };
enum traffic_protocol { TRAFFIC_UDP, TRAFFIC_TCP };
enum traffic_network { TRAFFIC_IPV4, TRAFFIC_IPV6 };
enum traffic_arrivals { TRAFFIC_CONSTANT, TRAFFIC_POISSON };
enum traffic_flow_control { TRAFFIC_FLOW_AUTO, TRAFFIC_FLOW_ON, TRAFFIC_FLOW_OFF };

/* What the captured frames were like on the wire. A rate counts what lies between the first bits of the first and
 * of the last one: all frames but the last. */
struct traffic_reached {
    uint64_t frames, bits;             /* without the last one; bits as in the capture: no padding, no FCS */
    uint64_t last_bits;                /* of the last one */
    uint64_t first_bit_ps, last_bit_ps; /* simulated time: first bit of the first, of the last */
    uint64_t first_captured_ps, last_captured_ps;
    bool any;
};

struct traffic {
    struct part part;
    /* parameters */
    struct part *port_part;
    struct part_list host_list;
    char *capture, *card;
    unsigned checksums;
    bool repair;
    uint64_t max_gap_ps, refuse_after_ps, linger_ps, limit_frames, mtu_bytes;
    uint64_t multiplier_millionths, mbps_millionths, pps_millionths; /* 0: not given */
    bool topspeed;
    uint64_t max_open, loop, copies, duration_ps;
    unsigned flow_control, mode;
    uint64_t fcs_errors_millionths, runts_millionths;
    bool pad;
    struct { /* mode = generate */
        unsigned protocol, network, arrivals;
        uint64_t flows, servers;
        char *sizes;
        bool answers;
        uint64_t connections, cps_millionths, requests, request_bytes, response_bytes, think_ps, round_trip_ps;
    } generate;
    /* state */
    struct port *port;
    unsigned hosts_ready;
    bool is_opened; /* mode = serve: an application connects to its servers; in its init() */
    struct replay *replay;
    struct ledger ledger;
    uint64_t random; /* of what the wire damages */
    bool started;
    uint64_t from_ps; /* when the replay began; its times count from here */
    uint64_t last_frame_ps;
    struct event next, check, ready;
    struct {
        uint64_t captured, repaired, synthesised, bytes, damaged;
    } stats;
    struct traffic_reached reached;
    /* Called after a frame has arrived, or one of the card's has been heard; set by who wants to know. */
    void (*progressed)(void *observer);
    void *observer;
};

extern const struct part_kind traffic_kind;

struct replay *traffic_replay(struct part *traffic);

/* mode = serve: the mean time between connections that the application opens. */
uint64_t traffic_opens_gap_ps(const struct part *traffic);

/* Number of the port into which it goes. */
unsigned traffic_port(const struct part *traffic);

/* The rate that the scenario asks for, and its number in millionths (1 million for a multiplier of 1, 0 for topspeed). */
enum replay_rate traffic_rate(const struct traffic *traffic, uint64_t *millionths);

/* The replay's clock: simulated time since the capture began. */
uint64_t traffic_time_ps(struct part *traffic);

#endif
