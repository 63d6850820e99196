/* dispatch.h - the receive dispatch: picks a processor for each frame.
 *
 * Models     a pipeline between the ports and the receive DMA. What decides, in this order:
 *              rules             the first whose filter matches (models/dispatch_rules.h)
 *              everyone's        ARP, neighbour discovery, broadcast, multicast: a copy to every processor
 *              match table       the owner of a TCP session that is in it (models/owners.h), if the rule allows it
 *              hash              of the fields chosen for the frame's type (models/hash_fields.h), by a function
 *                                (models/hash.h), through an indirection table (models/indirection.h)
 *              default_processor what can't be hashed
 *            round-robin and random stand in the place of a hash, for each frame; least-loaded only for a TCP SYN: of
 *            the table's or the rule's processors the one with the fewest sessions owned and frames in its receive
 *            queue, in turn among equals. Fragments, and with least-loaded all else, go by Toeplitz, so that a
 *            datagram comes together.
 *            Frames that come to a processor which does not own their session it hands over (stacks/port/receive.c):
 *            so a dispatch without affinity, or a table that is rewritten, costs what it would cost.
 * Leaves out the parser's own limits (it sees the whole frame). The directory of owners is of any size and is asked in
 *            one register access.
 *
 * Timing     frames enter in the order of their arrival, one every interval cycles, at the first edge at or after
 *            it (2 edges later from a port whose bit clock is not of the same frequency); each leaves latency
 *            cycles later to the receive DMA, and the decision is made there:
 *
 *                edge   n          n + interval     n + latency
 *                       frame in   next frame in    frame out, DMA may begin
 *
 *            latency and interval are those of the function unless given. With hash = program the decision is made at
 *            the entry; a frame that the program hashes leaves its cycles up to the result later (models/hash_program.h),
 *            the next frame enters when the program waits again, and none overtakes another:
 *
 *                edge   n          n + result + latency    n + busy (interval, if that is longer)
 *                       frame in   frame out               next frame in
 *
 * Errors     none: every frame goes somewhere, or is discarded by a rule or by its type's field r, and counted so.
 *            A program that stops, or gives no result: the default processor.
 */
#ifndef MODELS_DISPATCH_H
#define MODELS_DISPATCH_H

#include "models/dispatch_rules.h"
#include "models/frame.h"
#include "models/hash.h"
#include "models/hash_fields.h"
#include "models/hash_program.h"
#include "models/indirection.h"
#include "models/owners.h"
#include "stacks/hardware.h"

struct port;
struct packet;
struct dispatch;

struct dispatch_change { /* of an indirection table, while the simulation runs */
    struct event event;
    struct dispatch *dispatch;
    const char *key;
    uint64_t time_ps;
    struct indirection *table;
    char *spread; /* as indirection_set() takes it */
};

struct dispatch {
    struct part part;
    /* parameters */
    uint64_t hz, latency_cycles, interval_cycles, table_entries, default_processor, sessions, program_bytes;
    unsigned function, fragments, eviction, program_preset;
    char *key_text, *spread, *program_name;
    struct parameter_lines field_lines, context_lines, rule_lines, change_lines;
    struct part_list processor_list;
    struct part *dma_part;
    char *chip;
    /* state */
    struct clock clock;
    struct hash hash;
    struct hash_fields fields;
    struct indirection tables[DISPATCH_MAX_CONTEXTS + 1]; /* 0: the one without a context; unused: 0 entries */
    struct dispatch_rule *rules;
    struct dispatch_change *changes;
    struct owners owners;
    struct hash_program *program;
    unsigned default_number;    /* of the processor */
    uint32_t all_speak;         /* HW_SPEAKS_* that every processor of the list speaks */
    uint64_t random, turn_of_requests;
    unsigned turn_of_sessions;
    struct frame_queue arrived; /* with a program: not yet in */
    struct frame_queue entered; /* not yet out */
    uint64_t next_cycle;        /* the earliest for the next frame to enter */
    uint64_t last_out_cycle;
    struct event in, out;
    struct {
        uint64_t frames, hashed_ports, hashed_addresses, hashed_quoted, hashed_inner, copied, unhashed, discarded,
            by_rule, by_session, program_cycles, program_failures, busy_cycles, redirected, no_stack;
    } stats;
};

extern const struct part_kind dispatch_kind;

/* A port hands over a frame that is in its receive FIFO, with the reference. */
void dispatch_frame(struct dispatch *dispatch, struct port *port, struct frame *frame);

enum {
    DISPATCH_EVERY = -1,    /* every processor that speaks its protocol gets a copy */
    DISPATCH_DISCARD = -2,  /* none gets it */
    DISPATCH_NO_STACK = -3, /* likewise: none of those that could get it speaks its protocol */
};

struct dispatch_choice {
    int processor; /* its number, or one of the above */
    uint32_t hash; /* 0 where none is made */
    struct hash_program_run run;
};

/* --- dispatch_choose.c --------------------------------------------------------------------------- */

/* The HW_SPEAKS_* of which a processor must speak one to get the frame. */
uint32_t dispatch_protocols(const struct packet *packet);

/* Whether that processor, by its number, speaks TCP over that version of IP. */
bool dispatch_speaks_tcp(const struct part *dispatch, unsigned number, unsigned ip_version);

/* Decides, and counts. */
struct dispatch_choice dispatch_choose(struct dispatch *dispatch, const struct packet *packet);

/* The processor that owns a flow (as it comes in), for the processor that asks: who claimed it; else who would get its
 * frames; else, where that changes from frame to frame, who asks. */
unsigned dispatch_flow_owner(struct dispatch *dispatch, const struct hw_flow *flow, unsigned asker, uint32_t *hash);

/* The same for what the host asks for; where that changes from frame to frame, the processors in turn. */
unsigned dispatch_owner(struct part *dispatch, const struct hw_tuple *tuple, uint8_t protocol);

/* Whether that flow was claimed: a connection of these addresses and ports is known to a processor. */
bool dispatch_is_claimed(const struct part *dispatch, const struct hw_tuple *tuple, uint8_t protocol);

/* The owner from now on: whoever claimed it before, else processor. */
unsigned dispatch_claim(struct dispatch *dispatch, const struct hw_flow *flow, unsigned processor);
void dispatch_release(struct dispatch *dispatch, const struct hw_flow *flow, unsigned processor);

/* The card's number of a processor of the list. */
unsigned dispatch_number(const struct dispatch *dispatch, unsigned place);

#endif
