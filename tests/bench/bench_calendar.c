/* bench_calendar.c - events a second of the event calendar, beside a binary heap as the baseline.
 *
 * The hold model: so many events are pending, each that runs asks again after a delay of the distribution.
 * Delays are drawn before the clock starts. Best of several rounds, heap and calendar in turn.
 *
 *     calendar [EVENTS [DELAYS [PENDING]]]     events of a round, default 1,000,000; one row alone */
#include "sim/sim.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DELAYS = 1 << 16, ROUNDS = 3, PARTS = 256, MEAN_PS = 1000000 };

struct item {
    struct event event;
    unsigned place; /* in the heap */
};

static const struct part_kind stub_kind = {.name = "stub", .size = sizeof(struct part)};
static struct sim sim;
static struct item *items;
static unsigned item_count;
static uint64_t delays_ps[DELAYS], drawn, moves_per_event;

static uint64_t next_delay_ps(void)
{
    return delays_ps[drawn++ % DELAYS];
}

/* --- The baseline ----------------------------------------------------------------------------------------- */

static struct item **heap;
static unsigned heap_count;
static uint64_t heap_now_ps;

static bool item_before(const struct item *x, const struct item *y)
{
    if (x->event.time_ps != y->event.time_ps)
        return x->event.time_ps < y->event.time_ps;
    if (x->event.order != y->event.order)
        return x->event.order < y->event.order;
    return x->event.sequence < y->event.sequence;
}

static void heap_put(struct item *item, unsigned place)
{
    heap[place] = item;
    item->place = place;
}

static void heap_settle(struct item *item, unsigned place)
{
    for (unsigned above; place && item_before(item, heap[above = (place - 1) / 2]); place = above)
        heap_put(heap[above], place);
    for (unsigned below; (below = 2 * place + 1) < heap_count; place = below) {
        if (below + 1 < heap_count && item_before(heap[below + 1], heap[below]))
            below++;
        if (!item_before(heap[below], item))
            break;
        heap_put(heap[below], place);
    }
    heap_put(item, place);
}

static void heap_at(struct item *item, uint64_t time_ps)
{
    item->event.time_ps = time_ps;
    item->event.sequence = item->event.part->sequence++;
    if (item->place == UINT32_MAX)
        item->place = heap_count++;
    heap_settle(item, item->place);
}

static void heap_step(void)
{
    struct item *first = heap[0], *last = heap[--heap_count];

    if (heap_count)
        heap_settle(last, 0);
    first->place = UINT32_MAX;
    heap_now_ps = first->event.time_ps;
    first->event.action(first);
}

static void heap_again(void *owner)
{
    heap_at(owner, heap_now_ps + next_delay_ps());
    for (uint64_t i = 0; i < moves_per_event; i++)
        heap_at(&items[drawn * 2654435761u % item_count], heap_now_ps + next_delay_ps());
}

/* --- The calendar ----------------------------------------------------------------------------------------- */

static void calendar_again(void *owner)
{
    event_in(owner, next_delay_ps());
    for (uint64_t i = 0; i < moves_per_event; i++)
        event_in(&items[drawn * 2654435761u % item_count].event, next_delay_ps());
}

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void set_up(event_action *action)
{
    sim_init(&sim);
    for (unsigned i = 0; i < PARTS; i++)
        sim_add_part(&sim, &stub_kind, "stub");
    drawn = 0;
    heap_count = 0;
    heap_now_ps = 0;
    for (unsigned i = 0; i < item_count; i++) {
        event_init(&items[i].event, sim.parts[i % PARTS], &items[i], "hold", action);
        items[i].place = UINT32_MAX;
    }
}

static uint64_t calendar_round_ns(uint64_t events)
{
    set_up(calendar_again);
    for (unsigned i = 0; i < item_count; i++)
        event_at(&items[i].event, next_delay_ps());
    for (unsigned i = 0; i < item_count; i++) /* to the steady state */
        calendar_step(&sim.calendar, UINT64_MAX);
    uint64_t begin_ns = clock_ns();

    for (uint64_t i = 0; i < events; i++)
        calendar_step(&sim.calendar, UINT64_MAX);
    uint64_t end_ns = clock_ns();

    sim_free(&sim);
    return end_ns - begin_ns;
}

static uint64_t heap_round_ns(uint64_t events)
{
    set_up(heap_again);
    for (unsigned i = 0; i < item_count; i++)
        heap_at(&items[i], next_delay_ps());
    for (unsigned i = 0; i < item_count; i++)
        heap_step();
    uint64_t begin_ns = clock_ns();

    for (uint64_t i = 0; i < events; i++)
        heap_step();
    uint64_t end_ns = clock_ns();

    sim_free(&sim);
    return end_ns - begin_ns;
}

/* --- Delays ----------------------------------------------------------------------------------------------- */

static uint64_t exponential(uint64_t random)
{
    return (uint64_t)(-log((double)(random >> 11 | 1) * 0x1p-53) * MEAN_PS);
}

static uint64_t uniform(uint64_t random)
{
    return random % (2 * MEAN_PS);
}

static uint64_t bimodal(uint64_t random) /* cycles of a bus, and time-outs */
{
    return random % 10 ? 2000 + random / 16 % 1000 : 10000000 + random / 16 % 1000;
}

static uint64_t clocked(uint64_t random) /* edges of 500 MHz */
{
    return random % 1000 * 2000 + 2000;
}

static uint64_t equal(uint64_t random)
{
    (void)random;
    return MEAN_PS;
}

static const struct {
    const char *name;
    uint64_t (*draw)(uint64_t random);
    uint64_t moves;
} distributions[] = {
    {"exponential", exponential, 0}, {"uniform", uniform, 0}, {"bimodal", bimodal, 0},
    {"clocked", clocked, 0},         {"equal", equal, 0},     {"moved", exponential, 1},
};

int main(int argc, char **argv)
{
    static const unsigned pending[] = {10, 1000, 100000};
    uint64_t events = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;

    const char *only = argc > 2 ? argv[2] : NULL;
    unsigned long only_pending = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;

    if (events == 0) {
        fprintf(stderr, "usage: calendar [EVENTS [DELAYS [PENDING]]]\n");
        return 2;
    }
    printf("%-12s %8s %14s %14s %7s\n", "delays", "pending", "calendar", "heap", "ratio");
    for (unsigned d = 0; d < sizeof distributions / sizeof *distributions; d++) {
        uint64_t random = 1;

        if (only && strcmp(only, distributions[d].name))
            continue;
        for (unsigned i = 0; i < DELAYS; i++)
            delays_ps[i] = distributions[d].draw(random_next(&random));
        moves_per_event = distributions[d].moves;
        for (unsigned p = 0; p < sizeof pending / sizeof *pending; p++) {
            uint64_t calendar_ns = UINT64_MAX, heap_ns = UINT64_MAX;

            if (only_pending && only_pending != pending[p])
                continue;
            item_count = pending[p];
            items = g_new0(struct item, item_count);
            heap = g_new0(struct item *, item_count);
            for (unsigned round = 0; round < ROUNDS; round++) {
                uint64_t ns = calendar_round_ns(events);

                calendar_ns = MIN(calendar_ns, ns);
                ns = heap_round_ns(events);
                heap_ns = MIN(heap_ns, ns);
            }
            double calendar_rate = (double)events * 1e3 / (double)calendar_ns;
            double heap_rate = (double)events * 1e3 / (double)heap_ns;

            printf("%-12s %8u %9.2f M/s %9.2f M/s %7.2f\n", distributions[d].name, item_count,
                   calendar_rate, heap_rate, calendar_rate / heap_rate);
            fflush(stdout);
            g_free(items);
            g_free(heap);
        }
    }
    return 0;
}
