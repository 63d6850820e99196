/* command_run_buses.c - what each master had of its bus. */
#include "sim/command_run.h"

#include "models/bus.h"

static void add_master(struct run *run, const struct bus *bus, const struct bus_master *master)
{
    struct results *results = &run->results;
    uint64_t cycles = clock_cycle_at(&bus->clock, sim_now(run->sim) - run->sim->statistics_from_ps);

    results->masters = g_renew(struct results_master, results->masters, results->master_count + 1);
    results->masters[results->master_count++] = (struct results_master){
        .bus = bus->part.name,
        .name = master->part->name,
        .group = master->part->kind->countable ? master->part->group : NULL,
        .requests = master->stats.requests,
        .bytes = master->stats.bytes,
        .beats = master->stats.beats,
        .wait_ps = master->stats.wait_ps,
        .share = cycles ? (double)MIN(master->stats.held_cycles, cycles) / (double)cycles : 0,
    };
}

void run_add_masters(struct run *run)
{
    for (unsigned i = 0; i < run->sim->part_count; i++) {
        const struct bus *bus = (const struct bus *)run->sim->parts[i];

        for (unsigned k = 0; bus->part.kind == &bus_kind && k < bus->master_count; k++)
            add_master(run, bus, bus->masters[k]);
    }
}
