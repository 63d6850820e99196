/* application.h - an application on a host: a SimGrid actor, and its half in the card's calendar.
 *
 * Models     behaviour = captured   does what the captured server did: after as many bytes as it had received
 *                                   then, it sends the same bytes, closes, or aborts; connections that are not
 *                                   of the capture are sunk. Datagrams get the captured answers.
 *                        = sink     reads everything, closes when the remote has closed
 *                        = echo     sends back what it reads; at most APPLICATION_ECHO_BYTES ahead
 *                        = connect  opens the connections of its traffics of mode = serve (application_opens.h);
 *                                   sends each request when it has the response before it, closes after the
 *                                   last; sessions that others open are sunk
 *            The actor is woken when what it waits for holds (so many bytes received, the remote closed, a
 *            datagram to answer), decides, and calls the host; a send that is larger than the send buffer goes on
 *            by itself as there is room, like a blocking call. It reads all that comes, as it comes.
 * Leaves out the application's own computing (think is a time, one call at a time).
 *
 * Timing     condition holds at t, in the calendar:
 *
 *                host    t                                        t + 2 * latency + think   the call
 *                actor       t + latency    + think   decided
 *
 *            requested (for the transmit latency) is the time at which it decided.
 *
 * Errors     none of its own: a wrong byte is the replay's to count.
 */
#ifndef MODELS_APPLICATION_H
#define MODELS_APPLICATION_H

#include "sim/sim.h"

enum application_behaviour { APPLICATION_CAPTURED, APPLICATION_SINK, APPLICATION_ECHO, APPLICATION_CONNECT };
enum { APPLICATION_ECHO_BYTES = 65536 };

extern const struct part_kind application_kind;

#endif
