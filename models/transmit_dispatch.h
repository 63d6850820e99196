/* transmit_dispatch.h - assigns what the host asks for to a processor: between bridge and on-card bus.
 *
 * Models     requests of the bridge, in order: those of a session go to the processor that owns it, LISTEN to
 *            every processor (a write each, in the order of their numbers), CONNECT and SEND_DATAGRAM to the
 *            processor to which the receive dispatch gives the frames that come back. A CONNECT whose local
 *            port is 0 gets an ephemeral port (49152 to 65535, one after the other) that no connection to the
 *            same remote has: with opens = turn the next whose frames come back to the processor whose turn it
 *            is, with opens = hash the next. Of a packet that the host has built (SEND_PACKET) it reads the first 64
 *            bytes of host memory, and gives it to the processor that gets the frames that come back: both
 *            dispatches agree about its owner. Each is written into the processor's mailbox.
 * Leaves out queues a processor: a request that its mailbox refuses is tried again after retry_cycles, and
 *            those behind it wait, whosever they are (head of line). Nothing is lost, and nothing can
 *            deadlock: a processor empties its mailbox whatever becomes of its own messages to the host,
 *            and consumed counts take another way (the bridge's).
 *
 * Timing     a request accepted at edge e; the next one is accepted at e + interval + p at the earliest, while
 *            fewer than `queue` are in the dispatch. p: port_cycles for each port that was tried, else 0.
 *
 *                edge   e           e + latency + p
 *                       accepted    its write is asked for on the card's bus (or when those before are done)
 *
 *            A packet's header is asked of the bridge at e; `latency` counts from the end of that read.
 *
 * Errors     a session whose owner is no processor of the card, a type that is no request: dropped, each
 *            counted under its name.
 */
#ifndef MODELS_TRANSMIT_DISPATCH_H
#define MODELS_TRANSMIT_DISPATCH_H

#include "models/bridge.h"

struct transmit_dispatch;
extern const struct part_kind transmit_dispatch_kind;

/* In wire(): who tells which processor gets frames from tuple's remote to its local side. Without this and
 * without a receive_dispatch in the scenario, such requests go to the processors in turn. */
void transmit_dispatch_set_owner(struct transmit_dispatch *dispatch, void *owner,
                                 unsigned (*find)(void *owner, const struct hw_tuple *tuple,
                                                  uint8_t protocol));

/* Requests that it holds now. */
uint64_t transmit_dispatch_waiting(const struct part *dispatch);

#endif
