#include "models/burst.h"

static void burst_done(struct bus_request *request);

void burst_init(struct burst_engine *engine, struct bus *bus, struct part *part,
                const struct clock *clock, unsigned outstanding)
{
    sim_check(part, outstanding >= 1 && outstanding <= BURST_MAX_OUTSTANDING);
    *engine = (struct burst_engine){.outstanding = outstanding};
    bus_attach(bus, &engine->master, part, clock);
}

static void ask(struct burst_engine *engine)
{
    uint64_t burst_bytes = engine->master.bus->burst_bytes;

    while (engine->asking && engine->under_way < engine->outstanding) {
        struct burst_transfer *transfer = engine->asking;
        unsigned slot = (engine->first_slot + engine->under_way++) % BURST_MAX_OUTSTANDING;
        struct bus_request *request = &engine->requests[slot];
        uint64_t address = transfer->address + transfer->asked;
        uint64_t bytes = burst_bytes - address % burst_bytes;

        if (bytes > transfer->bytes - transfer->asked)
            bytes = transfer->bytes - transfer->asked;
        *request = (struct bus_request){.op = transfer->op,
                                        .address = address,
                                        .bytes = (uint32_t)bytes,
                                        .data = transfer->data + transfer->asked,
                                        .done = burst_done,
                                        .owner = engine};
        transfer->asked += (uint32_t)bytes;
        if (transfer->asked == transfer->bytes)
            engine->asking = transfer->next;
        bus_ask(&engine->master, request);
    }
}

static void burst_done(struct bus_request *request)
{
    struct burst_engine *engine = request->owner;
    struct burst_transfer *transfer = engine->first;

    if (request->status != BUS_OK && transfer->status == BUS_OK)
        transfer->status = request->status;
    transfer->finished += request->bytes;
    engine->first_slot = (engine->first_slot + 1) % BURST_MAX_OUTSTANDING;
    engine->under_way--;
    ask(engine);
    if (transfer->finished < transfer->bytes)
        return;
    engine->first = transfer->next;
    transfer->done(transfer);
}

void burst_submit(struct burst_engine *engine, struct burst_transfer *transfer)
{
    sim_check(engine->master.part, transfer->bytes > 0);
    transfer->next = NULL;
    transfer->asked = transfer->finished = 0;
    transfer->status = BUS_OK;
    if (engine->first)
        engine->last->next = transfer;
    else
        engine->first = transfer;
    engine->last = transfer;
    if (!engine->asking)
        engine->asking = transfer;
    ask(engine);
}
