#include "sim/command_run_measure.h"

#include "sim/command_run.h"

#include <string.h>

/* --- How far it is ------------------------------------------------------------------------------- */

static const struct traffic *traffic_of(const struct run *run, unsigned i)
{
    return run->sim->parts[i]->kind == &traffic_kind ? (const struct traffic *)run->sim->parts[i] : NULL;
}

static uint64_t frames_offered(const struct run *run)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < run->sim->part_count; i++)
        if (traffic_of(run, i))
            sum += traffic_of(run, i)->ledger.offered;
    return sum;
}

static uint64_t connections_opened(const struct run *run)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < run->sim->part_count; i++)
        if (traffic_of(run, i))
            sum += replay_counts(traffic_of(run, i)->replay)->connections_opened;
    return sum;
}

/* --- What was before ----------------------------------------------------------------------------- */

static void remember(struct run *run)
{
    struct run_window *window = &run->window;

    for (unsigned i = 0; i < run->sim->part_count; i++) {
        const struct traffic *traffic = traffic_of(run, i);

        if (!traffic)
            continue;
        const struct ledger *ledger = &traffic->ledger;
        struct measured_before before = {
            .ledger = ledger,
            .offered = ledger->offered,
            .offered_bytes = ledger->offered_bytes,
            .delivered = ledger->delivered,
            .consumed = ledger->consumed,
            .dropped = ledger->dropped,
            .in_flight = ledger->in_flight,
            .forwarded = ledger->forwarded,
            .drops = g_memdup2(ledger->drops, ledger->drop_count * sizeof *ledger->drops),
            .drop_count = ledger->drop_count,
            .payload_delivered_bytes = replay_counts(traffic->replay)->payload_delivered_bytes};

        g_array_append_val(window->before, before);
    }
    window->sent = run->sent;
    window->sent_bytes = run->sent_bytes;
    window->delivered_bytes = run->delivered_bytes;
}

const struct measured_before *run_window_before(const struct run *run, const struct ledger *ledger)
{
    static const struct measured_before nothing;

    for (unsigned i = 0; i < run->window.before->len; i++)
        if (g_array_index(run->window.before, struct measured_before, i).ledger == ledger)
            return &g_array_index(run->window.before, struct measured_before, i);
    return &nothing;
}

/* --- Phases -------------------------------------------------------------------------------------- */

static void begin_to_measure(struct run *run)
{
    remember(run);
    sim_settle(run->sim);
    run->instructions_before = run_instructions(run);
    sim_clear_statistics(run->sim);
    histogram_clear(&run->receive);
    histogram_clear(&run->transmit);
    for (unsigned stage = 0; stage < RESULTS_STAGES; stage++)
        histogram_clear(&run->stages[stage]);
    memset(run->sessions, 0, BRIDGE_RINGS * sizeof *run->sessions);
    run->window.from_ps = sim_now(run->sim);
}

static const struct measure_extent *extent_of(const struct run_window *window)
{
    static const struct measure_extent none = {MEASURE_NONE, 0};

    switch (window->phase) {
    case MEASURE_WARMS_UP:
        return &window->asked->warmup;
    case MEASURE_MEASURES:
        return &window->asked->duration;
    case MEASURE_COOLS_DOWN:
        return &window->asked->cooldown;
    case MEASURE_WAITS:
        break;
    }
    return &none;
}

static void end_phase_at(struct run *run, uint64_t time_ps)
{
    run->window.is_ending = true;
    run->sim->look_ps = time_ps;
    event_at(&run->window.edge, time_ps);
}

static void enter(struct run *run, enum measure_phase phase)
{
    struct run_window *window = &run->window;

    window->phase = phase;
    window->is_ending = false;
    window->since_frames = frames_offered(run);
    window->since_connections = connections_opened(run);
    if (extent_of(window)->unit == MEASURE_TIME)
        end_phase_at(run, sim_now(run->sim) + extent_of(window)->count);
}

static void edge_event(void *owner)
{
    struct run *run = owner;
    struct run_window *window = &run->window;

    run->sim->look_ps = UINT64_MAX;
    switch (window->phase) {
    case MEASURE_WAITS:
    case MEASURE_WARMS_UP:
        begin_to_measure(run);
        enter(run, MEASURE_MEASURES);
        break;
    case MEASURE_MEASURES:
        window->is_full = true;
        run_window_end(run);
        enter(run, MEASURE_COOLS_DOWN);
        break;
    case MEASURE_COOLS_DOWN:
        sim_stop(run->sim, "cooldown over");
        break;
    }
}

/* A frame has arrived, or a connection may have been opened. */
static void progressed(void *observer)
{
    struct run *run = observer;
    struct run_window *window = &run->window;

    if (window->phase == MEASURE_WAITS) {
        enter(run, MEASURE_WARMS_UP);
        window->since_frames = window->since_connections = 0; /* the first frame is one of it */
        if (window->asked->warmup.unit == MEASURE_NONE)
            end_phase_at(run, sim_now(run->sim) + MEASURE_NOTICE_PS);
    }
    const struct measure_extent *extent = extent_of(window);
    uint64_t frames = frames_offered(run) - window->since_frames;
    uint64_t connections = connections_opened(run) - window->since_connections;
    bool is_over = (extent->unit == MEASURE_FRAMES && frames >= extent->count) ||
                   (extent->unit == MEASURE_CONNECTIONS && connections >= extent->count);

    if (is_over && !window->is_ending)
        end_phase_at(run, sim_now(run->sim) + MEASURE_NOTICE_PS);
}

/* --- For the run --------------------------------------------------------------------------------- */

void run_window_begin(struct run *run)
{
    struct run_window *window = &run->window;
    struct part *part = sim_find_part(run->sim, "measure", NULL);
    const struct measure *asked = (const struct measure *)part;

    window->before = g_array_new(FALSE, TRUE, sizeof(struct measured_before));
    batches_init(&window->batches);
    if (!asked || (asked->warmup.unit == MEASURE_NONE && asked->duration.unit == MEASURE_NONE))
        return;
    window->asked = asked;
    event_init(&window->edge, part, run, "edge", edge_event);
    event_set_priority(&window->edge, EVENT_OBSERVER);
    run->sim->most_ahead_ps = MEASURE_NOTICE_PS;
    for (unsigned i = 0; i < run->sim->part_count; i++)
        if (run->sim->parts[i]->kind == &traffic_kind) {
            ((struct traffic *)run->sim->parts[i])->progressed = progressed;
            ((struct traffic *)run->sim->parts[i])->observer = run;
        }
}

bool run_window_is_open(const struct run *run)
{
    return !run->window.asked || run->window.phase != MEASURE_COOLS_DOWN;
}

void run_window_end(struct run *run)
{
    if (!run_window_is_open(run))
        return;
    run->window.to_ps = sim_now(run->sim);
    run_collect(run);
}

void run_window_free(struct run *run)
{
    for (unsigned i = 0; run->window.before && i < run->window.before->len; i++)
        g_free(g_array_index(run->window.before, struct measured_before, i).drops);
    g_clear_pointer(&run->window.before, g_array_unref);
}
