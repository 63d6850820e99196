/* bus_bed.h - a bus for tests with masters that ask when they are told to and targets that wait as they are told.
 * The bus has 500 MHz and 64 bits unless the test says otherwise: edge n is at 2000 n ps, a beat is 8 bytes. */
#ifndef TESTS_MODELS_BUS_BED_H
#define TESTS_MODELS_BUS_BED_H

#include "models/bus.h"
#include "tests/models/build_part.h"

#define EDGE_PS 2000ull

struct asker { /* a master */
    struct part part;
    struct bus_master master;
};

struct ask { /* one request; keep its storage until it is done */
    struct bus_request request;
    struct event event;
    struct asker *asker;
    uint64_t done_ps;
    unsigned done; /* times */
    unsigned turn; /* of its last end, from 1, over all requests */
    void (*then)(struct ask *ask);
    uint8_t data[BUS_MAX_BURST_BYTES];
};

struct answerer { /* a target */
    struct part part;
    struct bus_target target;
    uint32_t waits;
    enum bus_status status;
    unsigned accesses;
};

static unsigned bus_bed_turns;

static const struct part_kind asker_kind = {.name = "asker", .size = sizeof(struct asker)};
static const struct part_kind answerer_kind = {.name = "answerer",
                                               .size = sizeof(struct answerer)};

/* clock NULL: the bus's own. */
static inline struct asker *asker_new(struct bus *bus, const struct clock *clock)
{
    struct asker *asker = (struct asker *)sim_add_part(bus->part.sim, &asker_kind, "asker");

    bus_attach(bus, &asker->master, &asker->part, clock);
    return asker;
}

static inline void ask_done(struct bus_request *request)
{
    struct ask *ask = request->owner;

    ask->done_ps = part_now(&ask->asker->part);
    ask->done++;
    ask->turn = ++bus_bed_turns;
    if (ask->then)
        ask->then(ask);
}

static inline void ask_event(void *owner)
{
    struct ask *ask = owner;

    bus_ask(&ask->asker->master, &ask->request);
}

/* Asks at time_ps. */
static inline void ask_at(struct asker *asker, struct ask *ask, uint64_t time_ps, enum bus_op op,
                          uint64_t address, uint32_t bytes)
{
    ask->asker = asker;
    ask->done_ps = 0;
    ask->request = (struct bus_request){.op = op,
                                        .address = address,
                                        .bytes = bytes,
                                        .data = ask->data,
                                        .done = ask_done,
                                        .owner = ask};
    event_init(&ask->event, &asker->part, ask, "ask", ask_event);
    event_set_priority(&ask->event, EVENT_CORE);
    event_at(&ask->event, time_ps);
}

static inline uint32_t answerer_waits(void *owner, const struct bus_request *request)
{
    (void)request;
    return ((struct answerer *)owner)->waits;
}

static inline enum bus_status answerer_access(void *owner, struct bus_request *request)
{
    struct answerer *answerer = owner;

    if (request->op == BUS_READ && answerer->status == BUS_OK)
        memset(request->data, 0x5a, request->bytes);
    answerer->accesses++;
    return answerer->status;
}

static inline struct answerer *answerer_new(struct bus *bus, uint64_t base, uint64_t bytes,
                                            uint32_t waits, struct diagnostics *diagnostics)
{
    struct answerer *answerer =
        (struct answerer *)sim_add_part(bus->part.sim, &answerer_kind, "answerer");

    answerer->waits = waits;
    answerer->target = (struct bus_target){.base = base,
                                           .bytes = bytes,
                                           .part = &answerer->part,
                                           .owner = answerer,
                                           .waits = answerer_waits,
                                           .access = answerer_access};
    bus_map(bus, &answerer->target, diagnostics);
    return answerer;
}

/* Of a simulation that is initialised; wired already. */
static inline struct bus *bus_build(struct sim *sim, const char *clock, const char *width)
{
    struct part *part = part_build(sim, &bus_kind, "card");

    bus_bed_turns = 0;
    part_set(part, "clock", clock);
    part_set(part, "width", width);
    parts_wire(sim);
    return (struct bus *)part;
}

#endif
