/* outside.h - the coupling of the card's calendar to SimGrid, on which the world outside the card runs.
 *
 * Models     actors on SimGrid hosts (applications, remote systems), and the card: one more actor, which runs the
 *            calendar in windows. An actor and the parts of the card share no memory; they exchange messages, and
 *            every crossing takes the actor's latency. Messages of actors into the card become events with
 *            the priority EVENT_OUTSIDE, in the order of (time, number of the actor, count).
 * Leaves out SimGrid's links and flows: a crossing is a latency. Actors may use SimGrid for anything else.
 *
 * Timing     all times are integer picoseconds of ours; SimGrid is only asked to wake actors.
 *
 *                actor  t            outside_send()         outside_receive()   t' + latency
 *                card   t + latency  arrived()    ...       t'   outside_post()
 *
 *            A window runs all events before its end. Every actor tells, before it blocks, when it may act next:
 *            its promise, for outside_wait() the earlier of its deadline and its first message. The window's
 *            end is the earliest of promise + latency over all actors (a promise in the past counts as
 *            now); a post at t' lowers the end to t' + 2 * latency of its actor, the earliest that an answer can
 *            come. `window = smallest` ends it at now + the smallest latency instead. Where windows end
 *            changes no result, and neither does the number of SimGrid's threads.
 *
 * Errors     SimGrid's clock is a double: beyond 8,192 s it is coarser than a picosecond, which costs nothing
 *            (it only orders wake-ups that are a latency apart), until it can't tell latencies apart (1 ns:
 *            after 10^6 s and more). A message that comes too late for that reason ends the run with an error.
 *            SimGrid can be initialised once a process: so there is one outside_run() a process.
 */
#ifndef SIM_OUTSIDE_H
#define SIM_OUTSIDE_H

#include "sim/sim.h"

#define OUTSIDE_NEVER UINT64_MAX
#define OUTSIDE_MIN_LATENCY_PS 1000ull

struct outside_actor; /* one thread of execution outside the card */

struct outside_message {
    uint64_t time_ps; /* of its arrival */
    uint64_t sender;  /* number of the actor, in both directions */
    uint64_t count;   /* of the sender's messages, from 1 */
    uint32_t type;    /* from here on as the two sides have agreed */
    uint32_t bytes;   /* at data */
    uint64_t values[4];
    void *data; /* NULL or g_malloc'ed; the receiver's to g_free */
};

/* --- Set-up, in wire() ----------------------------------------------------------------------- */

/* An actor on a SimGrid host of that name, which is made if there is none. body runs in it and returns when
 * outside_over(). arrived() gets its messages in the calendar. latency_ps: OUTSIDE_MIN_LATENCY_PS at least. */
struct outside_actor *outside_add_actor(struct sim *sim, const char *name, const char *host,
                                        uint64_t latency_ps,
                                        void (*body)(struct outside_actor *actor, void *owner),
                                        void (*arrived)(void *owner,
                                                        struct outside_message *message),
                                        void *owner);

/* --- In the calendar ------------------------------------------------------------------------- */

/* Sends a message to the actor; its type, bytes, values and data are taken. */
void outside_post(struct outside_actor *actor, const struct outside_message *message);

/* --- In the actor's body --------------------------------------------------------------------- */

uint64_t outside_now_ps(const struct outside_actor *actor);

/* Waits until that time, or until a message has arrived: then true. False: the time has come, or the run is
 * over. */
bool outside_wait(struct outside_actor *actor, uint64_t until_ps);

/* Sleeps until that time, whatever comes; messages wait. False: the run is over. */
bool outside_sleep(struct outside_actor *actor, uint64_t until_ps);

/* Waits for the next message. False: the run is over. */
bool outside_receive(struct outside_actor *actor, struct outside_message *message);

/* Sends a message into the card; arrives latency later. */
void outside_send(struct outside_actor *actor, const struct outside_message *message);

/* Around SimGrid's own blocking calls: the actor will not act before that time; then, that it goes on now. */
void outside_promise(struct outside_actor *actor, uint64_t not_before_ps);
void outside_resume(struct outside_actor *actor);

bool outside_over(const struct outside_actor *actor); /* the run has ended: the body returns */

/* --- The run --------------------------------------------------------------------------------- */

struct outside_options {
    bool smallest_window;  /* [sim] window = smallest */
    bool thread_contexts;  /* SimGrid's actors as threads of the system (always so under sanitizers) */
    unsigned threads;      /* that run actors at once; 0 or 1: one */
    const char *platform;  /* a SimGrid platform of the user's with hosts of these names; NULL: one is made */
    uint64_t limit_ps;     /* no event at or after this time runs; 0: none */
    /* Called every progress_ms of wall time or a little later; NULL: not. Must not change the simulation. */
    void (*progress)(void *owner);
    void *progress_owner;
    unsigned progress_ms;
};

struct outside_counts { /* of the coupling, not of the simulated system: they depend on windows */
    uint64_t windows, posts, messages, operations; /* operations: calls into SimGrid that block or wake */
};

/* After sim_start(). Runs until sim_stop(), limit_ps, or nothing is pending anywhere. False: an error, which
 * is in diagnostics. */
bool outside_run(struct sim *sim, const struct outside_options *options,
                 struct diagnostics *diagnostics);

struct outside_counts outside_counts(const struct sim *sim);

void outside_free(struct sim *sim); /* by sim_free() */

#endif
