/* traffic.h - the network beyond a port: what comes from there, and what becomes of the card's frames.
 *
 * Models     mode = replay: a capture enters at captured times through a sender that knows what the card
 *            answered (traces/replay.h). Frames wait at the sender while the wire is busy.
 * Leaves out remote systems with stacks of their own, generated traffic.
 *
 * Timing     the capture's first frame is ready when the host says that every processor is up and listening;
 *            every other as much later as in the capture. On the wire they are as port.h says.
 *
 * End        the run ends when the replay is exhausted, nothing is under way anywhere and the host is idle (looked
 *            at every TRAFFIC_CHECK_PS), or linger after the last frame was offered.
 */
#ifndef MODELS_TRAFFIC_H
#define MODELS_TRAFFIC_H

#include "models/frame.h"
#include "models/host.h"
#include "models/port.h"
#include "traces/replay.h"

#define TRAFFIC_CHECK_PS 10000000ull /* 10 us */

struct traffic {
    struct part part;
    /* parameters */
    struct part *port_part, *host_part;
    char *capture, *card;
    unsigned checksums;
    bool repair;
    uint64_t max_gap_ps, refuse_after_ps, linger_ps, limit_frames, mtu_bytes;
    /* state */
    struct port *port;
    struct host *host;
    struct replay *replay;
    struct ledger ledger;
    bool started;
    uint64_t from_ps; /* when the replay began; its times count from here */
    uint64_t last_frame_ps;
    struct event next, check;
    struct {
        uint64_t captured, repaired, synthesised, bytes, sender_max;
    } stats;
    bool lingered; /* the end came by linger */
};

extern const struct part_kind traffic_kind;

struct replay *traffic_replay(struct part *traffic);

/* The replay's clock: simulated time since the capture began. */
uint64_t traffic_time_ps(struct part *traffic);

#endif
