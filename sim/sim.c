#include "sim/outside.h"
#include "sim/sim.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void check_failed(const struct part *part, const char *file, int line, const char *condition)
{
    if (part)
        fprintf(stderr, "polynic: bug: %s:%d: part %s at %llu ps: %s\n", file, line, part->name,
                (unsigned long long)(part->sim ? part_now(part) : 0), condition);
    else
        fprintf(stderr, "polynic: bug: %s:%d: %s\n", file, line, condition);
    fprintf(stderr, "polynic: this is our mistake, not yours: please report it with the scenario\n");
    abort();
}

void sim_init(struct sim *sim)
{
    *sim = (struct sim){.run_ahead = true, .ahead_limit_ps = UINT64_MAX, .look_ps = UINT64_MAX, .most_ahead_ps = UINT64_MAX, .time_limit_ps = UINT64_MAX, .seed = 1};
    calendar_init(&sim->calendar);
}

void sim_free(struct sim *sim)
{
    for (unsigned i = sim->part_count; i-- > 0;) {
        struct part *part = sim->parts[i];

        if (part->kind->free)
            part->kind->free(part);
        g_free(part->name);
        g_free(part->group);
        free(part);
    }
    g_free(sim->parts);
    outside_free(sim);
    sim_init(sim);
}

struct part *sim_add_part(struct sim *sim, const struct part_kind *kind, const char *name)
{
    struct part *part = calloc(1, kind->size);

    sim_check(NULL, part != NULL);
    part->kind = kind;
    part->name = g_strdup(name);
    part->group = g_strdup(name);
    part->number = sim->part_count;
    part->sim = sim;
    sim->parts = g_renew(struct part *, sim->parts, sim->part_count + 1);
    sim->parts[sim->part_count++] = part;
    return part;
}

struct part *sim_find_part(const struct sim *sim, const char *kind, const char *name)
{
    for (unsigned i = 0; i < sim->part_count; i++)
        if (!strcmp(sim->parts[i]->kind->name, kind) &&
            (name == NULL || !strcmp(sim->parts[i]->name, name)))
            return sim->parts[i];
    return NULL;
}

bool sim_wire(struct sim *sim, struct diagnostics *diagnostics)
{
    unsigned errors = diagnostics->errors;

    for (unsigned i = 0; i < sim->part_count; i++)
        if (sim->parts[i]->kind->init)
            sim->parts[i]->kind->init(sim->parts[i], diagnostics);
    if (diagnostics->errors != errors)
        return false;
    for (unsigned i = 0; i < sim->part_count; i++)
        if (sim->parts[i]->kind->wire)
            sim->parts[i]->kind->wire(sim->parts[i], diagnostics);
    return diagnostics->errors == errors;
}

void sim_start(struct sim *sim)
{
    for (unsigned i = 0; i < sim->part_count; i++)
        if (sim->parts[i]->kind->start)
            sim->parts[i]->kind->start(sim->parts[i]);
}

void sim_run(struct sim *sim, uint64_t limit_ps)
{
    while (!sim->stop && calendar_step(&sim->calendar, limit_ps))
        ;
    if (!sim->stop && limit_ps != UINT64_MAX && limit_ps > sim->calendar.now_ps)
        sim->calendar.now_ps = limit_ps;
}

void sim_stop(struct sim *sim, const char *reason)
{
    if (!sim->stop)
        sim->stop_reason = reason;
    sim->stop = true;
}

void sim_settle(struct sim *sim)
{
    for (unsigned i = 0; i < sim->part_count; i++)
        if (sim->parts[i]->kind->settle)
            sim->parts[i]->kind->settle(sim->parts[i]);
}

void sim_clear_statistics(struct sim *sim)
{
    sim_settle(sim);
    for (unsigned i = 0; i < sim->part_count; i++) {
        const struct statistic *statistic = sim->parts[i]->kind->statistics;

        for (; statistic && statistic->name; statistic++)
            if (statistic->type != STATISTIC_LEVEL)
                *(uint64_t *)((char *)sim->parts[i] + statistic->offset) = 0;
        if (sim->parts[i]->kind->clear)
            sim->parts[i]->kind->clear(sim->parts[i]);
    }
    sim->statistics_from_ps = sim_now(sim);
}
