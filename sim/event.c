#include "sim/event.h"

#include "sim/sim.h"

static bool runs_before(const struct event *a, const struct event *b)
{
    if (a->time_ps != b->time_ps)
        return a->time_ps < b->time_ps;
    if (a->order != b->order)
        return a->order < b->order;
    return a->sequence < b->sequence;
}

static struct event *event_of(struct event_link *link)
{
    return (struct event *)link; /* its first member */
}

static void list_init(struct event_link *head)
{
    head->next = head->previous = head;
}

static void list_insert_before(struct event_link *place, struct event_link *link)
{
    link->next = place;
    link->previous = place->previous;
    place->previous->next = link;
    place->previous = link;
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

static struct event_link *present_slot(struct calendar *calendar)
{
    return &calendar->slots[0][slot_of(calendar->base_ps, 0)];
}

/* The slot for an event of that time, marked as used. */
static struct event_link *take_slot(struct calendar *calendar, uint64_t time_ps)
{
    uint64_t differs = (time_ps ^ calendar->base_ps) >> CALENDAR_SLOT_BITS;
    unsigned level =
        differs == 0 ? 0 : (63u - (unsigned)__builtin_clzll(differs)) / CALENDAR_LEVEL_BITS;
    unsigned slot = slot_of(time_ps, level);

    calendar->used[level] |= 1ull << slot;
    return &calendar->slots[level][slot];
}

static void place(struct calendar *calendar, struct event *event)
{
    struct event_link *head = take_slot(calendar, event->time_ps), *before = head;

    if (head == present_slot(calendar)) /* in order; most events go near its end */
        while (before->previous != head && runs_before(event, event_of(before->previous)))
            before = before->previous;
    list_insert_before(before, &event->link);
}

static void take_out(struct calendar *calendar, struct event *event)
{
    struct event_link *next = event->link.next, *previous = event->link.previous;

    previous->next = next;
    next->previous = previous;
    if (next == previous && next->next == next) { /* the head alone is left */
        size_t index = (size_t)(next - &calendar->slots[0][0]);

        calendar->used[index / CALENDAR_SLOTS] &= ~(1ull << index % CALENDAR_SLOTS);
    }
    event->link.next = NULL;
}

/* Merges two chains that are in order; only the next links are kept. */
static struct event_link *merge(struct event_link *a, struct event_link *b)
{
    struct event_link *first = NULL, **end = &first;

    while (a && b) {
        struct event_link **smaller = runs_before(event_of(b), event_of(a)) ? &b : &a;

        *end = *smaller;
        end = &(*smaller)->next;
        *smaller = (*smaller)->next;
    }
    *end = a ? a : b;
    return first;
}

/* Puts a slot in order: a merge sort of the runs that are in order already, merged as the bits of their count
 * carry. Parts that ask in turn make one run. */
static void sort(struct event_link *head)
{
    struct event_link *runs[32], *all = NULL, *previous = head;
    uint32_t count = 0; /* of runs so far; bit i: runs[i] holds 2^i of them */

    if (head->next == head->previous)
        return; /* one event, or none */
    head->previous->next = NULL;
    for (struct event_link *run = head->next, *after; run; run = after, count++) {
        struct event_link *end = run;
        unsigned i = 0;

        while (end->next && !runs_before(event_of(end->next), event_of(end)))
            end = end->next;
        after = end->next;
        end->next = NULL;
        for (; count >> i & 1; i++)
            run = merge(runs[i], run);
        runs[i] = run;
    }
    for (unsigned i = 0; count >> i; i++)
        if (count >> i & 1)
            all = all ? merge(runs[i], all) : runs[i];
    for (struct event_link *link = all; link; link = link->next) {
        previous->next = link;
        link->previous = previous;
        previous = link;
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

/* Spreads a slot over the levels below: from its start on, or if one event is all there is, from that one
 * on, which brings it down at once. The base stays before limit_ps: whatever is scheduled next may be as
 * early as that. */
static void spread(struct calendar *calendar, struct event_link *head, uint64_t start_ps,
                   uint64_t limit_ps)
{
    struct event_link *first = head->next;
    uint64_t base_ps = start_ps;

    if (first->next == head)
        base_ps = event_of(first)->time_ps < limit_ps ? event_of(first)->time_ps : limit_ps - 1;
    calendar->base_ps = base_ps >> CALENDAR_SLOT_BITS << CALENDAR_SLOT_BITS;
    head->previous->next = NULL;
    list_init(head);
    for (struct event_link *link = first, *after; link; link = after) {
        after = link->next;
        list_insert_before(take_slot(calendar, event_of(link)->time_ps), link);
    }
}

/* The next event if it is before limit_ps. Brings its slot down to the present one. */
static struct event *next_before(struct calendar *calendar, uint64_t limit_ps)
{
    unsigned level, slot;
    uint64_t start_ps;

    while (first_slot(calendar, &level, &slot, &start_ps)) {
        struct event_link *head = &calendar->slots[level][slot];

        if (level == 0 && start_ps == calendar->base_ps)
            return event_of(head->next)->time_ps < limit_ps ? event_of(head->next) : NULL;
        if (start_ps >= limit_ps)
            return NULL;
        if (level == 0) {
            calendar->base_ps = start_ps;
        } else {
            calendar->used[level] &= ~(1ull << slot);
            spread(calendar, head, start_ps, limit_ps);
        }
        sort(present_slot(calendar));
    }
    return NULL;
}

uint64_t calendar_next_ps(struct calendar *calendar)
{
    unsigned level, slot;
    uint64_t start_ps, next_ps = UINT64_MAX;

    if (!first_slot(calendar, &level, &slot, &start_ps))
        return UINT64_MAX;
    struct event_link *head = &calendar->slots[level][slot];
    if (level == 0 && start_ps == calendar->base_ps)
        return event_of(head->next)->time_ps;
    for (struct event_link *link = head->next; link != head; link = link->next)
        if (event_of(link)->time_ps < next_ps)
            next_ps = event_of(link)->time_ps;
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
    sim_check(event->part, !event_pending(event));
    event->order = (uint64_t)priority << 32 | event->part->number;
}

void event_at(struct event *event, uint64_t time_ps)
{
    struct calendar *calendar = &event->part->sim->calendar;

    sim_check(event->part, time_ps >= calendar->now_ps && time_ps != UINT64_MAX);
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
