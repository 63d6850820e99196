#include "sim/event.h"

#include "sim/sim.h"

#include <stddef.h>

static bool runs_before(const struct event *a, const struct event *b)
{
    if (a->time_ps != b->time_ps)
        return a->time_ps < b->time_ps;
    if (a->order != b->order)
        return a->order < b->order;
    return a->sequence < b->sequence;
}

static void list_init(struct event *head)
{
    head->next = head->previous = head;
}

static bool list_empty(const struct event *head)
{
    return head->next == head;
}

static void list_insert_before(struct event *place, struct event *event)
{
    event->next = place;
    event->previous = place->previous;
    place->previous->next = event;
    place->previous = event;
}

void calendar_init(struct calendar *calendar)
{
    *calendar = (struct calendar){0};
    for (unsigned level = 0; level < CALENDAR_LEVELS; level++)
        for (unsigned slot = 0; slot < CALENDAR_SLOTS; slot++)
            list_init(&calendar->slots[level][slot]);
}

static unsigned slot_of(uint64_t time_ps, unsigned level)
{
    return (time_ps >> (CALENDAR_SLOT_BITS + CALENDAR_LEVEL_BITS * level)) % CALENDAR_SLOTS;
}

static void place(struct calendar *calendar, struct event *event)
{
    uint64_t differs = (event->time_ps ^ calendar->base_ps) >> CALENDAR_SLOT_BITS;
    unsigned level =
        differs == 0 ? 0 : (63u - (unsigned)__builtin_clzll(differs)) / CALENDAR_LEVEL_BITS;
    unsigned slot = slot_of(event->time_ps, level);
    struct event *head = &calendar->slots[level][slot];
    struct event *before = head;

    if (differs == 0) /* the present slot is in order; most events go near its end */
        while (before->previous != head && runs_before(event, before->previous))
            before = before->previous;
    list_insert_before(before, event);
    event->level = (uint8_t)level;
    event->slot = (uint8_t)slot;
    calendar->used[level] |= 1ull << slot;
}

static void take_out(struct calendar *calendar, struct event *event)
{
    event->previous->next = event->next;
    event->next->previous = event->previous;
    if (list_empty(&calendar->slots[event->level][event->slot]))
        calendar->used[event->level] &= ~(1ull << event->slot);
    event->next = NULL;
}

/* Merges two chains that are in order; only the next links are kept. */
static struct event *merge(struct event *a, struct event *b)
{
    struct event *first = NULL, **end = &first;

    while (a && b) {
        struct event **smaller = runs_before(b, a) ? &b : &a;

        *end = *smaller;
        end = &(*smaller)->next;
        *smaller = (*smaller)->next;
    }
    *end = a ? a : b;
    return first;
}

/* Puts a slot in order: a merge sort whose runs are counted like the bits of a number. */
static void sort(struct event *head)
{
    struct event *runs[32] = {NULL};

    if (head->next == head->previous)
        return; /* one event */
    head->previous->next = NULL;
    for (struct event *event = head->next, *after; event; event = after) {
        unsigned i = 0;

        after = event->next;
        event->next = NULL;
        for (; runs[i]; runs[i++] = NULL)
            event = merge(runs[i], event);
        runs[i] = event;
    }
    struct event *all = NULL;
    for (unsigned i = 0; i < 32; i++)
        if (runs[i])
            all = all ? merge(runs[i], all) : runs[i];
    struct event *previous = head;
    for (struct event *event = all; event; event = event->next) {
        previous->next = event;
        event->previous = previous;
        previous = event;
    }
    previous->next = head;
    head->previous = previous;
}

/* Start of the first slot in use of the lowest level in use. False: no event is pending. */
static bool first_slot(const struct calendar *calendar, unsigned *level, unsigned *slot,
                       uint64_t *start_ps)
{
    for (unsigned l = 0; l < CALENDAR_LEVELS; l++) {
        if (!calendar->used[l])
            continue;
        unsigned shift = CALENDAR_SLOT_BITS + CALENDAR_LEVEL_BITS * l;
        unsigned above = shift + CALENDAR_LEVEL_BITS;

        *level = l;
        *slot = (unsigned)__builtin_ctzll(calendar->used[l]);
        *start_ps = (above < 64 ? calendar->base_ps >> above << above : 0) | (uint64_t)*slot << shift;
        return true;
    }
    return false;
}

/* Moves the base to the slot of the next event, unless that slot begins at or after limit_ps: whatever is
 * scheduled next may be as early as limit_ps. */
static struct event *next_before(struct calendar *calendar, uint64_t limit_ps)
{
    unsigned level, slot;
    uint64_t start_ps;

    while (first_slot(calendar, &level, &slot, &start_ps)) {
        struct event *head = &calendar->slots[level][slot];

        if (level == 0 && start_ps == calendar->base_ps)
            return head->next->time_ps < limit_ps ? head->next : NULL;
        if (start_ps >= limit_ps)
            return NULL;
        calendar->base_ps = start_ps;
        if (level == 0) {
            sort(head);
            continue;
        }
        /* Spread the slot over the levels below; its events are all at or after the new base. The chain is
         * cut off first: those of the new present slot come in order by place(). */
        struct event *event = head->next;

        head->previous->next = NULL;
        list_init(head);
        calendar->used[level] &= ~(1ull << slot);
        while (event) {
            struct event *after = event->next;

            place(calendar, event);
            event = after;
        }
    }
    return NULL;
}

uint64_t calendar_next_ps(struct calendar *calendar)
{
    unsigned level, slot;
    uint64_t start_ps, next_ps = UINT64_MAX;

    if (!first_slot(calendar, &level, &slot, &start_ps))
        return UINT64_MAX;
    const struct event *head = &calendar->slots[level][slot];
    if (level == 0 && start_ps == calendar->base_ps)
        return head->next->time_ps;
    for (const struct event *event = head->next; event != head; event = event->next)
        if (event->time_ps < next_ps)
            next_ps = event->time_ps;
    return next_ps;
}

bool calendar_step(struct calendar *calendar, uint64_t limit_ps)
{
    struct event *event = next_before(calendar, limit_ps);

    if (!event)
        return false;
    take_out(calendar, event);
    calendar->pending--;
    calendar->executed++;
    calendar->now_ps = event->time_ps;
    event->action(event->owner);
    return true;
}

void event_init(struct event *event, struct part *part, void *owner, const char *name,
                event_action *action)
{
    *event = (struct event){.part = part, .owner = owner, .name = name, .action = action};
    event_set_priority(event, EVENT_HARDWARE);
}

void event_set_priority(struct event *event, enum event_priority priority)
{
    event->order = (uint64_t)priority << 32 | event->part->number;
}

void event_at(struct event *event, uint64_t time_ps)
{
    struct calendar *calendar = &event->part->sim->calendar;

    sim_check(event->part, time_ps >= calendar->now_ps);
    if (event_pending(event))
        take_out(calendar, event);
    else
        calendar->pending++;
    event->time_ps = time_ps;
    event->sequence = event->part->sequence++;
    place(calendar, event);
}

void event_in(struct event *event, uint64_t delay_ps)
{
    event_at(event, event->part->sim->calendar.now_ps + delay_ps);
}

void event_cancel(struct event *event)
{
    struct calendar *calendar = &event->part->sim->calendar;

    if (!event_pending(event))
        return;
    take_out(calendar, event);
    calendar->pending--;
}
