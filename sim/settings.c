#include "sim/settings.h"

static void limit_event(void *owner)
{
    sim_stop(((struct settings *)owner)->part.sim, "time limit");
}

static void settings_init(struct part *part, struct diagnostics *diagnostics)
{
    struct settings *settings = (struct settings *)part;

    (void)diagnostics;
    event_init(&settings->limit, part, settings, "limit", limit_event);
    event_set_priority(&settings->limit, EVENT_OBSERVER);
}

static void settings_start(struct part *part)
{
    struct settings *settings = (struct settings *)part;

    if (settings->time_limit_ps == 0)
        return;
    event_at(&settings->limit, settings->time_limit_ps);
    part->sim->ahead_limit_ps = part->sim->time_limit_ps = settings->time_limit_ps;
}

void settings_apply(struct sim *sim)
{
    const struct settings *settings = (struct settings *)sim_find_part(sim, "sim", NULL);

    if (!settings)
        return;
    sim->seed = settings->seed;
    sim->run_ahead = settings->run_ahead;
}

static const char *const windows[] = {"auto", "smallest", NULL};

static const struct parameter parameters[] = {
    {"seed", PARAMETER_COUNT, offsetof(struct settings, seed), "1", 0, UINT64_MAX, NULL,
     "Seed of all random numbers."},
    {"time_limit", PARAMETER_TIME, offsetof(struct settings, time_limit_ps), "0", 0,
     1000000 * PS_PER_SECOND, NULL,
     "Simulated time at which the run ends at the latest; 0 is never."},
    {"run_ahead", PARAMETER_FLAG, offsetof(struct settings, run_ahead), "yes", 0, 0, NULL,
     "Whether cores run ahead to their next interaction; the result is the same."},
    {"window", PARAMETER_CHOICE, offsetof(struct settings, window), "auto", 0, 0, windows,
     "How far the card advances before it looks at the world outside; the result is the same."},
    {0},
};

static const char *const neutral_keys[] = {"run_ahead", "window", NULL};

const struct part_kind settings_kind = {
    .name = "sim",
    .help = "How the simulation itself is run.",
    .size = sizeof(struct settings),
    .parameters = parameters,
    .single = true,
    .neutral_keys = neutral_keys,
    .init = settings_init,
    .start = settings_start,
};
