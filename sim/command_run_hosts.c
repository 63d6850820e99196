/* command_run_hosts.c - what the network costs each host: cycles of its processors. */
#include "sim/command_run.h"

/* The busy time of the host's processors that run a protocol stack, in cycles of the host's clock. A processor on the
 * host's own bus is one of them; on any other bus it is the card's. */
static uint64_t stack_cycles(const struct run *run, const struct host *host)
{
    uint64_t elapsed_ps = sim_now(run->sim) - run->sim->statistics_from_ps, busy_ps = 0;

    for (unsigned i = 0; i < run->sim->part_count; i++) {
        const struct processor *processor = (const struct processor *)run->sim->parts[i];

        if (processor->part.kind == &processor_kind && (const struct bus *)processor->bus_part == host_bus(host))
            busy_ps += elapsed_ps - MIN(processor->stats.asleep_ps, elapsed_ps);
    }
    return clock_cycle_at(host_clock(host), busy_ps);
}

static void add_host(struct run *run, const struct host *host, const char *name)
{
    struct results *results = &run->results;
    const struct host_counts *counts = host_counts(host);

    results->hosts = g_renew(struct results_host, results->hosts, results->host_count + 1);
    results->hosts[results->host_count++] = (struct results_host){
        .name = name,
        .clock_hz = host_clock(host)->hz,
        .driver_cycles = counts->busy_cycles,
        .stack_cycles = stack_cycles(run, host),
        .payload_bytes = counts->payload_bytes + counts->sent_bytes + counts->datagrams_sent_bytes,
        .connections = counts->sessions_opened,
    };
}

void run_add_hosts(struct run *run)
{
    for (unsigned i = 0; i < run->sim->part_count; i++)
        if (run->sim->parts[i]->kind == &host_kind)
            add_host(run, (const struct host *)run->sim->parts[i], run->sim->parts[i]->name);
}
