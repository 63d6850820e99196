/* results.h - everything that a run found out, as the reports read it.
 *
 * Who ran the simulation fills a struct results (zeroed first), calls results_finish() once, and
 * hands it to report_print() and report_write(). It holds plain numbers and borrowed strings: all
 * strings, lists and histograms belong to the caller and must live as long as the results are used.
 * What results_finish() fills is marked "derived" and is computed there only, so that text, JSON
 * and CSV cannot disagree.
 *
 * A derived figure that does not exist (a rate over no time, a mean of no frames) is NAN: null in
 * JSON, empty in CSV, "-" in text. Shares are 0 .. 1. Nothing here but struct results_speed may
 * depend on the machine that ran the simulation, on the time of day or on a path: report.json is
 * compared byte by byte.
 *
 * The definitions of all figures, as a reader of the JSON needs them, are in REPORT.md beside this
 * file.
 */
#ifndef ANALYSIS_RESULTS_H
#define ANALYSIS_RESULTS_H

#include "analysis/batches.h"
#include "analysis/histogram.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes of a frame on the wire that a frame's length (headers and payload, padded) leaves out. */
#define RESULTS_FCS_BYTES              4
#define RESULTS_PREAMBLE_AND_GAP_BYTES 20

/* Of receive: from the last bit on the wire, each from the end of the one before it. */
enum results_stage {
    RESULTS_STAGE_PORT,  /* to the first burst of the first DMA being asked for */
    RESULTS_STAGE_DMA1,  /* to the descriptor in the processor's queue */
    RESULTS_STAGE_QUEUE, /* to the stack's popping it */
    RESULTS_STAGE_STACK, /* to the order for the last transfer to the host */
    RESULTS_STAGE_DMA2,  /* to the data in host memory */
    RESULTS_STAGE_HOST,  /* to the host being told */
    RESULTS_STAGES,
};

extern const char *const results_stage_names[RESULTS_STAGES]; /* "port", "dma1" .. "host" */

struct results_value {
    const char *name; /* ends with its unit where it has one: "wait_ps" */
    uint64_t value;
    const char *help; /* a sentence; may be NULL */
};

struct results_drop {
    const char *place, *reason;
    uint64_t frames;
};

struct results_latency { /* all 0 and mean NAN when count is 0 */
    uint64_t count;
    uint64_t min_ps, p50_ps, p90_ps, p99_ps, p99_9_ps, p99_99_ps, max_ps;
    double mean_ps;
};

struct results_processor { /* one hardware thread with its stack */
    const char *name;
    uint64_t frames;        /* that its stack took from its receive queue */
    uint64_t sessions;      /* opened on it, accepted or begun, in the time measured */
    uint64_t sessions_lost; /* could not be opened or were given up for want of memory */
    uint64_t instructions;  /* retired */
    uint64_t cycles;        /* of its clock in the time measured */
    uint64_t busy_cycles;   /* of these, not waiting for work (WFI); includes stall_cycles */
    uint64_t stall_cycles;  /* of these, waiting for an answer from outside its local memory */
    uint64_t local_memory_bytes;
    uint64_t local_memory_used_bytes; /* image, heap and stacks at their most */
    uint64_t heap_lowest_free_bytes;
    uint64_t heap_failures; /* allocations refused */
    uint64_t portion_bytes; /* of packet memory */
    uint64_t portion_checks; /* DMA transfers checked against it; none lay outside */
    uint64_t rx_buffers, rx_buffers_used; /* of the portion; the most that were in use at once */
    uint64_t rx_dropped;    /* frames, for want of a buffer */
    uint64_t connections_most; /* at once, TIME_WAIT included */
    uint64_t heap_ready_bytes; /* free before the first connection; 0: not told */
    const char *lookup; /* how its stack finds connections: "list", "hash" */
    const char *fault; /* why it stopped: "load fault at 0x.. in tcp_input"; NULL: it did not */
    /* derived */
    double busy_share, stall_share; /* of cycles */
    double cycles_per_frame;        /* busy ones */
    double instructions_per_frame;
    double instructions_per_cycle; /* busy ones */
    uint64_t connection_bytes; /* of heap, each, when it was fullest; 0: not known */
    uint64_t connections_fit;  /* so many have room in its local memory; 0: not known */
};

struct results_spread { /* over the processors that have the figure */
    double min, mean, max;
    double imbalance; /* max / mean: 1 is even */
};

/* What the network costs a host's processors, to compare cards that take the protocol stack off the host with one that
 * doesn't. A processor of the scenario on the host's own bus is one of the host's: its busy cycles are the host's. */
struct results_host {
    const char *name;
    uint64_t clock_hz;      /* in whose cycles all are told */
    uint64_t driver_cycles; /* driver, sockets, calls of the application: the modelled host processor, busy */
    uint64_t stack_cycles;  /* the host's processors that run a protocol stack, busy; 0: the card runs all stacks */
    uint64_t payload_bytes; /* received and sent by applications */
    uint64_t connections;   /* opened */
    /* derived */
    uint64_t cycles;        /* the sum of both */
    double cycles_per_byte, cycles_per_connection;
};

struct results_part {
    const char *name, *kind;
    const char *group; /* parts made by one section; NULL: it is alone */
    bool has_utilisation;
    uint32_t utilisation_ppm;
    const struct results_value *statistics;
    unsigned statistic_count;
    double utilisation; /* derived: share */
};

struct results_master { /* of a bus */
    const char *bus, *name;
    const char *group; /* as of results_part */
    uint64_t requests, bytes, beats;
    uint64_t wait_ps; /* from asking to grant, of all requests */
    double share;     /* of the time, in which it held the bus, or its path of a crossbar */
};

/* offered + in_flight_before = delivered + consumed + dropped + in_flight */
struct results_frames {
    uint64_t offered;               /* to the ports, of every kind, the next two among them */
    uint64_t repaired, synthesised; /* offered again; made by the replay */
    uint64_t forwarded;             /* times that a processor handed one, or a datagram made of some, to its owner */
    uint64_t delivered;             /* a byte of payload is in host memory and the host was told */
    uint64_t consumed;              /* released without: acknowledgements, ARP, duplicates */
    uint64_t dropped;               /* by hardware or by a stack: the sum over drops */
    uint64_t in_flight;             /* when the measurement ended */
    uint64_t in_flight_before;      /* when the measurement began; 0 without a warm-up */
    uint64_t offered_bytes, delivered_bytes; /* of these frames: padded, without FCS */
    uint64_t payload_bytes; /* delivered to the host in that time, each byte once */
    uint64_t sent, sent_bytes; /* that left the card through its ports: padded, without FCS */
    uint64_t first_offered_ps, last_offered_ps; /* first bit of the first, last bit of the last */
    uint64_t last_delivered_ps;                 /* host told of the last */
    uint64_t first_sent_ps, last_sent_ps;       /* first bit of the first, last bit of the last */
};

struct results_payload {
    uint64_t expected_bytes;   /* the host should get of the frames offered, each byte once */
    uint64_t delivered_bytes;  /* found in host memory, each once */
    uint64_t mismatched_bytes; /* of these, not equal to what was sent */
};

struct results_connections {
    uint64_t in_capture;       /* in all; of these */
    uint64_t midstream;        /* begun before the capture: opened by a handshake made for them */
    uint64_t opened, finished; /* reached the end that the capture has for them */
    uint64_t reset, refused;   /* by the card */
};

/* How fast one traffic's frames of the capture were to enter, and did. The first to the last one, first bits on the
 * wire: the last one's own bits and time are not in it. */
struct results_rate {
    const char *traffic; /* its name */
    const char *kind;    /* "multiplier", "mbps", "pps", "topspeed" */
    double asked;        /* in that kind's unit; NAN for topspeed */
    bool flow_control;   /* PAUSE frames may have held it up */
    uint64_t frames;     /* all but the last */
    uint64_t bits;       /* of these, as in the capture: no padding, FCS, preamble and gap */
    uint64_t span_ps, captured_span_ps; /* of simulated time, and of the capture */
    /* derived; NAN: not known */
    double multiplier, mbps, pps; /* reached */
};

struct results_measure { /* the window that the scenario asked for; all 0: none */
    const char *warmup, *duration, *cooldown; /* as asked, "" if not */
    uint64_t from_ps, to_ps;                  /* simulated time */
    bool is_full;                             /* the run did not end before it */
    const struct batches *batches;
    /* derived */
    struct batches_estimate delivered_bits_per_s, receive_ps;
};

struct results_speed { /* of the simulation itself: speed.json, never report.json */
    uint64_t wall_ns;
    uint64_t frames, instructions, events; /* simulated, of the whole run, warm-up included */
    uint64_t peak_memory_bytes;
    /* derived */
    double frames_per_s, instructions_per_s, events_per_s;
};

struct results {
    const char *scenario_name, *scenario_hash; /* each of these texts may be NULL */
    uint64_t seed;
    const char *program_version;
    const char *description; /* a line for people: "replay of web.pcap, 2 processors" */
    const char *ended;       /* why: "traffic exhausted", "time limit" */
    uint64_t simulated_ps;   /* from time 0 to the end */
    uint64_t window_ps;      /* length of the measurement window; 0: none, all was measured */
    struct results_measure measure;
    struct results_frames frames;
    struct results_payload payload;
    struct results_connections connections;
    /* Samples in ps. Any may be NULL: none. */
    const struct histogram *receive, *receive_stages[RESULTS_STAGES]; /* of frames delivered */
    const struct histogram *transmit; /* host's request .. first bit on the wire */
    const struct results_drop *drops;
    unsigned drop_count;
    struct results_processor *processors;
    unsigned processor_count;
    struct results_host *hosts; /* in the scenario's order */
    unsigned host_count;
    struct results_part *parts; /* in the scenario's order */
    unsigned part_count;
    struct results_master *masters; /* bus by bus */
    unsigned master_count;
    struct results_rate *rates; /* one a traffic */
    unsigned rate_count;
    const struct results_value *traffic; /* counters of the replay or generator */
    unsigned traffic_count;
    const char *const *warnings;
    unsigned warning_count;
    const char *broken; /* an account that the caller found broken; NULL: none */
    struct results_speed speed;

    /* derived */
    char accounting[400]; /* "ok", or what is broken */
    /* Bits a second. With a window, all are over the window. Else
     *   offered      frames offered with FCS,   first bit offered .. last bit offered
     *   wire         the same with preamble and gap
     *   delivered    frames delivered with FCS, first bit offered .. last byte delivered
     *   application  payload delivered,         the same time
     *   sent         frames sent with FCS,      first bit sent .. last bit sent */
    double offered_bits_per_s, wire_bits_per_s, delivered_bits_per_s, application_bits_per_s,
        sent_bits_per_s;
    struct results_latency receive_latency, stage_latency[RESULTS_STAGES], transmit_latency;
    struct {
        struct results_spread frames, sessions, busy_share, stall_share, cycles_per_frame,
            instructions_per_frame, instructions_per_cycle;
    } spread;
};

/* Computes what is derived, checks the accounts. May be called again after a change. */
void results_finish(struct results *results);

/* All accounts balance: accounting is "ok". A run that breaks one has a bug of ours. */
bool results_accounted(const struct results *results);

/* Every byte expected reached host memory and none differs; true when none was expected. */
bool results_verified(const struct results *results);

#endif
