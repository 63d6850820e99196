/* event.h - the event calendar.
 *
 * An event is embedded in the part that owns it: scheduling allocates nothing. Events run in the order of
 * (time, priority, part number, sequence within the part); part numbers come from the scenario's order, so
 * that the order never depends on how far a core ran ahead.
 *
 * Structure: a hierarchy of wheels of 64 slots. Slots of level 0 are 2^9 ps wide, of level k 2^(9+6k) ps. An
 * event lies in the lowest level in which its slot and the present one share a turn of the wheel; it moves
 * down as time comes near, at most once a level. The present slot alone is kept in order. Scheduling,
 * cancelling and moving take constant time; the next event is found by bit scans.
 *
 *     level 0   64 slots of 512 ps      the next 32 ns      (one slot sorted: "now")
 *     level 1   64 slots of 32.8 ns     the next 2.1 us
 *     level 2   64 slots of 2.1 us      the next 134 us ... level 9: the whole 64 bits
 */
#ifndef SIM_EVENT_H
#define SIM_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct part;

/* What an event does. owner: as given to event_init(). */
typedef void event_action(void *owner);

/* At equal times the hardware comes before the cores that look at it, and both before what observes them. */
enum event_priority {
    EVENT_HARDWARE,
    EVENT_ARBITER, /* who is granted: after all that ends at this time */
    EVENT_CORE,
    EVENT_TURN,    /* which thread of a core is next: who is ready by now takes part */
    EVENT_OUTSIDE, /* messages between the card and the world outside */
    EVENT_OBSERVER,
};

struct event_link {
    struct event_link *next, *previous;
};

struct event {
    struct event_link link; /* in its slot; next is NULL if the event is not pending */
    uint64_t time_ps;
    uint64_t order; /* priority, part number */
    uint64_t sequence;
    struct part *part;
    void *owner;
    event_action *action;
    const char *name; /* for people; what is above fits a cache line */
};

enum { CALENDAR_LEVELS = 10, CALENDAR_SLOT_BITS = 9, CALENDAR_LEVEL_BITS = 6, CALENDAR_SLOTS = 64 };

struct calendar {
    uint64_t now_ps;   /* time of the event that runs, or ran last */
    uint64_t base_ps;  /* start of the present slot of level 0 */
    uint64_t executed; /* events so far */
    uint64_t pending;
    uint64_t used[CALENDAR_LEVELS]; /* a bit a slot */
    struct event_link slots[CALENDAR_LEVELS][CALENDAR_SLOTS]; /* heads of circular lists */
};

void calendar_init(struct calendar *calendar);

/* Time of the next event, UINT64_MAX if none is pending. */
uint64_t calendar_next_ps(struct calendar *calendar);

/* Runs the next event if its time is before limit_ps. False: there is none. */
bool calendar_step(struct calendar *calendar, uint64_t limit_ps);

/* Once, before anything else. owner is handed to action; part gives order, calendar and name. */
void event_init(struct event *event, struct part *part, void *owner, const char *name,
                event_action *action);
void event_set_priority(struct event *event, enum event_priority priority); /* while not pending */

/* time_ps: not before now, and below UINT64_MAX, which is never. An event that is pending is moved. */
void event_at(struct event *event, uint64_t time_ps);
void event_in(struct event *event, uint64_t delay_ps);
void event_cancel(struct event *event); /* no-op if not pending */

static inline bool event_pending(const struct event *event)
{
    return event->link.next != NULL;
}

#endif
