#include "sim/outside.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <simgrid/actor.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/semaphore.h>
#include <simgrid/version.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = true };
#else
enum { SANITIZED = false };
#endif

enum { EVENTS_BETWEEN_LOOKS = 4096 }; /* at the wall clock */

#define CARD_HOST "card"

struct outside_actor {
    struct outside *outside;
    uint64_t number;
    char *name, *host;
    uint64_t latency_ps;
    void (*body)(struct outside_actor *actor, void *owner);
    void (*arrived)(void *owner, struct outside_message *message);
    void *owner;
    uint64_t now_ps; /* the actor's own; never SimGrid's, but for outside_resume() */
    uint64_t sent;
    uint64_t posted; /* to it; the card's */
    sg_sem_t bell;
    bool rings; /* the card is to ring the bell at the end of the window; the card's */
    /* under the lock of the coupling */
    GQueue inbox; /* of struct outside_message *, in the order of their times */
    uint64_t promise_ps;
    bool waits;  /* at the bell */
    bool sleeps; /* whatever comes: only the end of the run wakes it early */
};

struct outside {
    struct sim *sim;
    const struct outside_options *options;
    struct diagnostics *diagnostics;
    GPtrArray *actors;
    GPtrArray *hosts; /* names, in the order of first use; each once */
    struct part part; /* owner of the event, for its place in the order */
    struct event arrival;
    GPtrArray *heap;     /* messages into the card, the earliest first */
    uint64_t end_ps;     /* of the window */
    uint64_t reached_ps; /* all events before this time have run */
    pthread_mutex_t lock;
    GQueue incoming;              /* under the lock: sent since the last window */
    bool over;                    /* under the lock */
    bool late;                    /* a message came too late */
    unsigned events_left;         /* until the next look at the wall clock */
    uint64_t look_ms;             /* when to call progress; 0: not looked yet */
    uint64_t actor_operations;    /* under the lock */
    struct outside_counts counts; /* the card's */
};

static const struct part_kind outside_kind = {.name = "outside"};

/* --- Set-up ---------------------------------------------------------------------------------- */

static void arrival_event(void *owner);

static struct outside *outside_of(struct sim *sim)
{
    struct outside *outside = sim->outside;

    if (outside)
        return outside;
    outside = sim->outside = g_new0(struct outside, 1);
    outside->sim = sim;
    outside->actors = g_ptr_array_new();
    outside->hosts = g_ptr_array_new_with_free_func(g_free);
    outside->heap = g_ptr_array_new();
    /* After all parts of the scenario, at equal times. */
    outside->part = (struct part){.kind = &outside_kind, .number = UINT32_MAX, .sim = sim};
    outside->part.name = g_strdup("outside");
    event_init(&outside->arrival, &outside->part, outside, "message of an actor", arrival_event);
    event_set_priority(&outside->arrival, EVENT_OUTSIDE);
    pthread_mutex_init(&outside->lock, NULL);
    g_queue_init(&outside->incoming);
    return outside;
}

struct outside_actor *
outside_add_actor(struct sim *sim, const char *name, const char *host, uint64_t latency_ps,
                  void (*body)(struct outside_actor *actor, void *owner),
                  void (*arrived)(void *owner, struct outside_message *message), void *owner)
{
    struct outside *outside = outside_of(sim);
    struct outside_actor *actor = g_new0(struct outside_actor, 1);

    sim_check(NULL, latency_ps >= OUTSIDE_MIN_LATENCY_PS);
    actor->outside = outside;
    actor->number = outside->actors->len;
    actor->name = g_strdup(name);
    actor->host = g_strdup(host);
    actor->latency_ps = latency_ps;
    actor->body = body;
    actor->arrived = arrived;
    actor->owner = owner;
    g_queue_init(&actor->inbox);
    g_ptr_array_add(outside->actors, actor);
    if (!g_ptr_array_find_with_equal_func(outside->hosts, host, g_str_equal, NULL))
        g_ptr_array_add(outside->hosts, g_strdup(host));
    return actor;
}

static struct outside_actor *actor_at(const struct outside *outside, uint64_t number)
{
    return outside->actors->pdata[number];
}

static void message_free(gpointer data)
{
    struct outside_message *message = data;

    g_free(message->data);
    g_free(message);
}

void outside_free(struct sim *sim)
{
    struct outside *outside = sim->outside;

    if (!outside)
        return;
    for (unsigned i = 0; i < outside->actors->len; i++) {
        struct outside_actor *actor = actor_at(outside, i);

        g_queue_clear_full(&actor->inbox, message_free);
        g_free(actor->name);
        g_free(actor->host);
        g_free(actor);
    }
    g_ptr_array_free(outside->actors, TRUE);
    g_ptr_array_free(outside->hosts, TRUE);
    g_ptr_array_set_free_func(outside->heap, message_free);
    g_ptr_array_free(outside->heap, TRUE);
    g_queue_clear_full(&outside->incoming, message_free);
    pthread_mutex_destroy(&outside->lock);
    g_free(outside->part.name);
    g_free(outside);
    sim->outside = NULL;
}

struct outside_counts outside_counts(const struct sim *sim)
{
    struct outside_counts counts = {0};

    if (sim->outside) {
        counts = sim->outside->counts;
        counts.operations += sim->outside->actor_operations;
    }
    return counts;
}

/* --- Messages into the card: a heap by (time, sender, count) --------------------------------- */

static bool comes_before(const struct outside_message *a, const struct outside_message *b)
{
    if (a->time_ps != b->time_ps)
        return a->time_ps < b->time_ps;
    if (a->sender != b->sender)
        return a->sender < b->sender;
    return a->count < b->count;
}

static void heap_push(GPtrArray *heap, struct outside_message *message)
{
    unsigned at = heap->len;

    g_ptr_array_add(heap, message);
    while (at > 0 && comes_before(message, heap->pdata[(at - 1) / 2])) {
        heap->pdata[at] = heap->pdata[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->pdata[at] = message;
}

static struct outside_message *heap_pop(GPtrArray *heap)
{
    struct outside_message *first = heap->pdata[0];
    struct outside_message *last = heap->pdata[heap->len - 1];
    unsigned at = 0, child;

    g_ptr_array_set_size(heap, (int)heap->len - 1);
    if (heap->len == 0)
        return first;
    while ((child = 2 * at + 1) < heap->len) {
        if (child + 1 < heap->len && comes_before(heap->pdata[child + 1], heap->pdata[child]))
            child++;
        if (!comes_before(heap->pdata[child], last))
            break;
        heap->pdata[at] = heap->pdata[child];
        at = child;
    }
    heap->pdata[at] = last;
    return first;
}

static const struct outside_message *heap_first(const struct outside *outside)
{
    return outside->heap->len ? outside->heap->pdata[0] : NULL;
}

static void arrival_event(void *owner)
{
    struct outside *outside = owner;
    uint64_t now_ps = sim_now(outside->sim);
    const struct outside_message *first;

    while ((first = heap_first(outside)) && first->time_ps == now_ps) {
        struct outside_message *message = heap_pop(outside->heap);
        struct outside_actor *actor = actor_at(outside, message->sender);

        outside->counts.messages++;
        actor->arrived(actor->owner, message); /* takes the data */
        g_free(message);
    }
    if (first)
        event_at(&outside->arrival, first->time_ps);
}

/* What the actors have sent since the last window goes into the calendar. False: it is too late. */
static bool take_incoming(struct outside *outside)
{
    GQueue incoming;
    struct outside_message *message;

    pthread_mutex_lock(&outside->lock);
    incoming = outside->incoming;
    g_queue_init(&outside->incoming);
    pthread_mutex_unlock(&outside->lock);
    while ((message = g_queue_pop_head(&incoming))) {
        outside->late |= message->time_ps < outside->reached_ps;
        heap_push(outside->heap, message);
    }
    if (!outside->late && heap_first(outside))
        event_at(&outside->arrival, heap_first(outside)->time_ps);
    return !outside->late;
}

/* --- Messages out of the card ---------------------------------------------------------------- */

static struct outside_message *new_message(const struct outside_message *from, uint64_t time_ps,
                                           uint64_t sender, uint64_t count)
{
    struct outside_message *message = g_memdup2(from, sizeof *from);

    message->time_ps = time_ps;
    message->sender = sender;
    message->count = count;
    return message;
}

void outside_post(struct outside_actor *actor, const struct outside_message *message)
{
    struct outside *outside = actor->outside;
    uint64_t now_ps = sim_now(outside->sim);
    struct outside_message *copy =
        new_message(message, now_ps + actor->latency_ps, actor->number, ++actor->posted);

    outside->counts.posts++;
    outside->end_ps = MIN(outside->end_ps, copy->time_ps + actor->latency_ps);
    pthread_mutex_lock(&outside->lock);
    g_queue_push_tail(&actor->inbox, copy);
    if (!actor->sleeps) { /* else it acts when it wakes, whatever comes */
        actor->promise_ps = MIN(actor->promise_ps, copy->time_ps);
        actor->rings |= actor->waits;
        actor->waits = false;
    }
    pthread_mutex_unlock(&outside->lock);
}

/* --- The actor's side ------------------------------------------------------------------------ */

static double seconds(uint64_t time_ps)
{
    return (double)time_ps / 1e12;
}

uint64_t outside_now_ps(const struct outside_actor *actor)
{
    return actor->now_ps;
}

bool outside_over(const struct outside_actor *actor)
{
    bool over;

    pthread_mutex_lock(&actor->outside->lock);
    over = actor->outside->over;
    pthread_mutex_unlock(&actor->outside->lock);
    return over;
}

/* Waits at the bell, until that time at the most. */
static void wait_for_bell(struct outside_actor *actor, uint64_t until_ps)
{
    double for_s;
    bool was_rung;

    if (until_ps == OUTSIDE_NEVER) {
        sg_sem_acquire(actor->bell);
        return;
    }
    for_s = seconds(until_ps) - simgrid_get_clock();
    if (for_s > 0 && !sg_sem_acquire_timeout(actor->bell, for_s))
        return;
    pthread_mutex_lock(&actor->outside->lock);
    was_rung = !actor->waits; /* at the same moment */
    actor->waits = false;
    actor->now_ps = until_ps;
    pthread_mutex_unlock(&actor->outside->lock);
    if (was_rung)
        sg_sem_acquire(actor->bell);
}

bool outside_wait(struct outside_actor *actor, uint64_t until_ps)
{
    struct outside *outside = actor->outside;

    for (;;) {
        const struct outside_message *first;
        uint64_t next_ps, arrival_ps;

        pthread_mutex_lock(&outside->lock);
        first = g_queue_peek_head(&actor->inbox);
        arrival_ps = first ? first->time_ps : OUTSIDE_NEVER;
        next_ps = MIN(until_ps, arrival_ps);
        if (outside->over || next_ps <= actor->now_ps) {
            bool is_there = !outside->over && arrival_ps <= actor->now_ps;

            actor->promise_ps = actor->now_ps;
            pthread_mutex_unlock(&outside->lock);
            return is_there;
        }
        actor->promise_ps = next_ps;
        actor->waits = first == NULL;
        outside->actor_operations++;
        pthread_mutex_unlock(&outside->lock);
        if (!first) {
            wait_for_bell(actor, until_ps);
            continue;
        }
        /* Nothing can come before what is first in the inbox: no need to listen for the bell. */
        if (seconds(next_ps) > simgrid_get_clock())
            sg_actor_sleep_until(seconds(next_ps));
        actor->now_ps = next_ps;
    }
}

/* Waits at the bell, which tells of messages and of the end of the run; only the latter ends it. */
bool outside_sleep(struct outside_actor *actor, uint64_t until_ps)
{
    struct outside *outside = actor->outside;

    for (;;) {
        pthread_mutex_lock(&outside->lock);
        actor->promise_ps = MAX(until_ps, actor->now_ps);
        if (outside->over || until_ps <= actor->now_ps) {
            bool over = outside->over;

            pthread_mutex_unlock(&outside->lock);
            return !over;
        }
        actor->waits = actor->sleeps = true;
        outside->actor_operations++;
        pthread_mutex_unlock(&outside->lock);
        wait_for_bell(actor, until_ps);
        pthread_mutex_lock(&outside->lock);
        actor->sleeps = false;
        pthread_mutex_unlock(&outside->lock);
    }
}

bool outside_receive(struct outside_actor *actor, struct outside_message *message)
{
    struct outside_message *first;

    if (!outside_wait(actor, OUTSIDE_NEVER))
        return false;
    pthread_mutex_lock(&actor->outside->lock);
    first = g_queue_pop_head(&actor->inbox);
    pthread_mutex_unlock(&actor->outside->lock);
    *message = *first;
    g_free(first);
    return true;
}

void outside_send(struct outside_actor *actor, const struct outside_message *message)
{
    struct outside *outside = actor->outside;
    struct outside_message *copy =
        new_message(message, actor->now_ps + actor->latency_ps, actor->number, ++actor->sent);

    pthread_mutex_lock(&outside->lock);
    g_queue_push_tail(&outside->incoming, copy);
    pthread_mutex_unlock(&outside->lock);
}

void outside_promise(struct outside_actor *actor, uint64_t not_before_ps)
{
    pthread_mutex_lock(&actor->outside->lock);
    actor->promise_ps = MAX(not_before_ps, actor->now_ps);
    pthread_mutex_unlock(&actor->outside->lock);
}

void outside_resume(struct outside_actor *actor)
{
    uint64_t clock_ps = (uint64_t)(simgrid_get_clock() * 1e12 + 0.5);

    pthread_mutex_lock(&actor->outside->lock);
    /* Never before what it had promised: the card may have relied on it. */
    actor->now_ps = MAX(MAX(clock_ps, actor->now_ps), actor->promise_ps);
    actor->promise_ps = actor->now_ps;
    pthread_mutex_unlock(&actor->outside->lock);
}

static void run_actor(int argc, char **argv)
{
    struct outside_actor *actor = sg_actor_self_get_data();

    (void)argc;
    (void)argv;
    actor->body(actor, actor->owner);
    pthread_mutex_lock(&actor->outside->lock);
    actor->promise_ps = OUTSIDE_NEVER;
    pthread_mutex_unlock(&actor->outside->lock);
}

/* --- The card's side ------------------------------------------------------------------------- */

/* Where the next window ends. *quiet: no actor will ever act by itself. */
static uint64_t window_end(struct outside *outside, bool *quiet)
{
    uint64_t end_ps = OUTSIDE_NEVER;

    *quiet = true;
    pthread_mutex_lock(&outside->lock);
    for (unsigned i = 0; i < outside->actors->len; i++) {
        const struct outside_actor *actor = actor_at(outside, i);
        uint64_t from_ps = MAX(actor->promise_ps, outside->reached_ps);

        if (actor->promise_ps != OUTSIDE_NEVER)
            *quiet = false;
        if (outside->options->smallest_window)
            from_ps = outside->reached_ps;
        if (from_ps != OUTSIDE_NEVER)
            end_ps = MIN(end_ps, from_ps + actor->latency_ps);
    }
    pthread_mutex_unlock(&outside->lock);
    return end_ps;
}

static void look_at_clock(struct outside *outside)
{
    const struct outside_options *options = outside->options;
    struct timespec now;
    uint64_t now_ms;

    clock_gettime(CLOCK_MONOTONIC, &now);
    now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    if (now_ms < outside->look_ms)
        return;
    if (outside->look_ms)
        options->progress(options->progress_owner);
    outside->look_ms = now_ms + options->progress_ms;
}

/* Runs all events before the window's end, which a post may lower meanwhile. */
static void run_window(struct outside *outside)
{
    struct sim *sim = outside->sim;

    outside->counts.windows++;
    while (!sim->stop && calendar_step(&sim->calendar, outside->end_ps)) {
        if (outside->events_left-- > 0)
            continue;
        outside->events_left = EVENTS_BETWEEN_LOOKS;
        if (outside->options->progress)
            look_at_clock(outside);
    }
}

static void ring_bells(struct outside *outside)
{
    for (unsigned i = 0; i < outside->actors->len; i++) {
        struct outside_actor *actor = actor_at(outside, i);

        if (!actor->rings)
            continue;
        actor->rings = false;
        outside->counts.operations++;
        sg_sem_release(actor->bell);
    }
}

static void end_run(struct outside *outside)
{
    pthread_mutex_lock(&outside->lock);
    outside->over = true;
    for (unsigned i = 0; i < outside->actors->len; i++) {
        struct outside_actor *actor = actor_at(outside, i);

        actor->rings = actor->waits;
        actor->waits = false;
    }
    pthread_mutex_unlock(&outside->lock);
    ring_bells(outside);
}

static void run_card(int argc, char **argv)
{
    struct outside *outside = sg_actor_self_get_data();
    struct sim *sim = outside->sim;
    uint64_t limit_ps = outside->options->limit_ps ? outside->options->limit_ps : OUTSIDE_NEVER;

    (void)argc;
    (void)argv;
    for (;;) {
        /* The promises first: what an actor sends before it promises is then among the incoming. */
        bool quiet;
        uint64_t end_ps = window_end(outside, &quiet);

        if (!take_incoming(outside))
            break;
        outside->end_ps = MIN(end_ps, limit_ps);
        run_window(outside);
        outside->reached_ps = MAX(outside->reached_ps, outside->end_ps);
        if (sim->stop || outside->reached_ps >= limit_ps)
            break;
        ring_bells(outside);
        end_ps = window_end(outside, &quiet);
        if (quiet && calendar_next_ps(&sim->calendar) == OUTSIDE_NEVER) {
            pthread_mutex_lock(&outside->lock);
            quiet = g_queue_is_empty(&outside->incoming);
            pthread_mutex_unlock(&outside->lock);
            if (quiet)
                break;
        }
        outside->counts.operations++;
        if (seconds(outside->reached_ps) > simgrid_get_clock())
            sg_actor_sleep_until(seconds(outside->reached_ps));
        else
            sg_actor_yield();
    }
    end_run(outside);
}

/* --- SimGrid --------------------------------------------------------------------------------- */

static bool load_platform(struct outside *outside)
{
    GString *text = g_string_new("<?xml version='1.0'?>\n"
                                 "<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
                                 "<platform version=\"4.1\">\n"
                                 " <zone id=\"world\" routing=\"None\">\n"
                                 "  <host id=\"" CARD_HOST "\" speed=\"1Gf\"/>\n");
    char *path = NULL;
    GError *error = NULL;
    int descriptor = g_file_open_tmp("polynic-XXXXXX.xml", &path, &error);
    bool is_written = false;

    for (unsigned i = 0; i < outside->hosts->len; i++) {
        char *name = g_markup_escape_text(outside->hosts->pdata[i], -1);

        if (strcmp(outside->hosts->pdata[i], CARD_HOST))
            g_string_append_printf(text, "  <host id=\"%s\" speed=\"1Gf\"/>\n", name);
        g_free(name);
    }
    g_string_append(text, " </zone>\n</platform>\n");
    if (descriptor >= 0) {
        is_written = write(descriptor, text->str, text->len) == (ssize_t)text->len;
        close(descriptor);
        if (is_written)
            simgrid_load_platform(path);
        else
            diagnostic_error(outside->diagnostics, path, 0, "can't be written");
        g_unlink(path);
    } else {
        diagnostic_error(outside->diagnostics, NULL, 0,
                         "no temporary file for SimGrid's platform: %s", error->message);
        g_error_free(error);
    }
    g_free(path);
    g_string_free(text, TRUE);
    return is_written;
}

static void init_simgrid(const struct outside_options *options)
{
    char *arguments[12];
    int count = 0, major, minor, patch;

    sg_version_get(&major, &minor, &patch);
    arguments[count++] = g_strdup("polynic");
    arguments[count++] = g_strdup("--log=root.thres:error");
    /* Without this the clock is rounded to a nanosecond. Renamed after 3.33. */
    arguments[count++] = g_strdup(major > 3 || minor > 33 ? "--cfg=precision/timing:1e-14"
                                                          : "--cfg=surf/precision:1e-14");
    arguments[count++] = g_strdup("--cfg=network/model:CM02");
    arguments[count++] = g_strdup("--cfg=network/crosstraffic:0");
    arguments[count++] = g_strdup("--cfg=network/TCP-gamma:0");
    if (options->thread_contexts || SANITIZED)
        arguments[count++] = g_strdup("--cfg=contexts/factory:thread");
    if (options->threads > 1)
        arguments[count++] = g_strdup_printf("--cfg=contexts/nthreads:%u", options->threads);
    arguments[count] = NULL;
    char *given[12]; /* SimGrid takes out of the list what it knows */
    memcpy(given, arguments, sizeof given);
    simgrid_init(&count, given);
    for (unsigned i = 0; i < G_N_ELEMENTS(arguments) && arguments[i]; i++)
        g_free(arguments[i]);
}

/* The user's platform may lack some. */
static bool find_host(const struct outside *outside, const char *name)
{
    if (sg_host_by_name(name))
        return true;
    diagnostic_error(outside->diagnostics, outside->options->platform, 0,
                     "no host '%s': expected one for each host of the scenario, and '%s'", name,
                     CARD_HOST);
    return false;
}

static void create_actor(const char *name, const char *host, xbt_main_func_t code, void *data)
{
    sg_actor_t actor = sg_actor_init(name, sg_host_by_name(host));

    sg_actor_set_data(actor, data);
    sg_actor_start(actor, code, 0, NULL);
}

bool outside_run(struct sim *sim, const struct outside_options *options,
                 struct diagnostics *diagnostics)
{
    struct outside *outside = outside_of(sim);
    bool is_good;

    outside->options = options;
    outside->diagnostics = diagnostics;
    init_simgrid(options);
    if (options->platform)
        simgrid_load_platform(options->platform);
    else if (!load_platform(outside))
        return false;
    is_good = find_host(outside, CARD_HOST);
    for (unsigned i = 0; i < outside->hosts->len; i++)
        is_good = find_host(outside, outside->hosts->pdata[i]) && is_good;
    if (!is_good)
        return false;
    for (unsigned i = 0; i < outside->actors->len; i++) {
        struct outside_actor *actor = actor_at(outside, i);

        actor->bell = sg_sem_init(0);
        create_actor(actor->name, actor->host, run_actor, actor);
    }
    create_actor("polynic", CARD_HOST, run_card, outside);
    simgrid_run();
    for (unsigned i = 0; i < outside->actors->len; i++)
        sg_sem_destroy(actor_at(outside, i)->bell);
    if (outside->late)
        diagnostic_error(
            diagnostics, NULL, 0,
            "after %llu s of simulated time SimGrid's clock is too coarse for a latency of the "
            "outside: raise the latencies or end the run earlier",
            (unsigned long long)(outside->reached_ps / PS_PER_SECOND));
    return !outside->late;
}
