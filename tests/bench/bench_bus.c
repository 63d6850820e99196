/* bench_bus.c - bus transactions a second of the simulator: masters that ask again as soon as they are done,
 * reads of 64 bytes from a memory, and the same with a deep queue a master. The best of several rounds.
 *
 *     bus [TRANSACTIONS]      of each round, default 1,000,000 */
#include "models/memory.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 3, QUEUE = 8, BYTES = 64 };

struct asker {
    struct bus_master master;
    struct bus_request requests[QUEUE];
    uint8_t data[QUEUE][BYTES];
};

static const struct part_kind asker_kind = {.name = "asker", .size = sizeof(struct part)};
static uint64_t left;
static struct sim sim;

static void again(struct bus_request *request)
{
    struct asker *asker = request->owner;

    if (--left == 0)
        sim_stop(&sim, "test");
    else
        bus_ask(&asker->master, request);
}

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t round_ns(unsigned masters, unsigned queue, uint64_t transactions)
{
    struct diagnostics diagnostics;
    struct asker *askers = g_new0(struct asker, masters);

    sim_init(&sim);
    diagnostics_init(&diagnostics);
    struct bus *bus = (struct bus *)sim_add_part(&sim, &bus_kind, "card");
    struct memory *memory = (struct memory *)sim_add_part(&sim, &memory_kind, "packet");
    bus->hz = 500000000;
    bus->sync_cycles = 2;
    bus->width_bits = 128;
    bus->burst_bytes = 256;
    memory->bus_part = &bus->part;
    memory->base = 0x80000000;
    memory->bytes = 1 << 20;
    memory->latency_ps = 6000;
    if (!sim_wire(&sim, &diagnostics))
        abort();
    for (unsigned i = 0; i < masters; i++) {
        bus_attach(bus, &askers[i].master, sim_add_part(&sim, &asker_kind, "asker"), NULL);
        for (unsigned k = 0; k < queue; k++) {
            askers[i].requests[k] = (struct bus_request){.op = BUS_READ,
                                                         .address = 0x80000000 + 4096 * k,
                                                         .bytes = BYTES,
                                                         .data = askers[i].data[k],
                                                         .done = again,
                                                         .owner = &askers[i]};
            bus_ask(&askers[i].master, &askers[i].requests[k]);
        }
    }
    left = transactions;
    uint64_t begin_ns = clock_ns();

    sim_run(&sim, UINT64_MAX);
    uint64_t end_ns = clock_ns();

    sim_free(&sim);
    g_free(askers);
    return end_ns - begin_ns;
}

int main(int argc, char **argv)
{
    static const unsigned masters[] = {1, 16, 256};
    uint64_t transactions = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;

    if (transactions == 0) {
        fprintf(stderr, "usage: bus [TRANSACTIONS]\n");
        return 2;
    }
    printf("%8s %8s %16s\n", "masters", "queued", "transactions");
    for (unsigned m = 0; m < sizeof masters / sizeof *masters; m++) {
        for (unsigned queue = 1; queue <= QUEUE; queue += QUEUE - 1) {
            uint64_t best_ns = UINT64_MAX;

            for (unsigned round = 0; round < ROUNDS; round++) {
                uint64_t ns = round_ns(masters[m], queue, transactions);

                best_ns = MIN(best_ns, ns);
            }
            printf("%8u %8u %12.2f M/s\n", masters[m], queue,
                   (double)transactions * 1e3 / (double)best_ns);
        }
    }
    return 0;
}
