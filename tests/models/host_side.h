/* host_side.h - a host side for tests: two buses of 1 GHz and 16 bytes, host memory without
 * latency, a packet memory, mailboxes that keep what is written into them, and a master that plays
 * the card's hardware.
 *
 *     card bus   mailboxes 0x40000000, packet memory 0x80000000, bridge's window
 *     host bus   host memory 0x80000000, bridge's doorbell 0xf0000000
 */
#ifndef TESTS_MODELS_HOST_SIDE_H
#define TESTS_MODELS_HOST_SIDE_H

#include "models/bridge.h"
#include "models/mailbox.h"
#include "models/memory.h"
#include "tests/models/build_part.h"

#include <glib.h>

enum { NS = 1000, SIDE_PROCESSORS = 4, SIDE_WRITES = 4096 };

struct mailbox_write {
    uint64_t at_ps;
    unsigned processor;
    uint64_t offset;
    struct hw_message message; /* of a request */
    uint32_t value;            /* of 4 bytes */
};

struct host_side {
    struct sim sim;
    struct bus *card_bus, *host_bus;
    struct memory *card_memory, *host_memory;
    struct bridge *bridge;
    struct part *helper;
    struct bus_master card_master, host_master;
    struct bus_target mailboxes;
    bool mailbox_full[SIDE_PROCESSORS];
    struct mailbox_write writes[SIDE_WRITES];
    unsigned write_count;
    unsigned refused;
    void (*requested)(unsigned processor,
                      const struct hw_message *message); /* a request came; may be NULL */
};

static struct host_side side;

static inline uint32_t side_no_waits(void *owner, const struct bus_request *request)
{
    (void)owner;
    (void)request;
    return 0;
}

static inline enum bus_status side_mailbox(void *owner, struct bus_request *request)
{
    uint64_t from = request->address - PROCESSOR_MAILBOX(0);
    unsigned processor = (unsigned)(from / PROCESSOR_MAILBOX_BYTES);
    struct mailbox_write *write = &side.writes[side.write_count];

    (void)owner;
    if (side.mailbox_full[processor] &&
        from % PROCESSOR_MAILBOX_BYTES == PROCESSOR_MAILBOX_REQUEST) {
        side.refused++;
        return BUS_ERROR;
    }
    ck_assert_uint_lt(side.write_count, SIDE_WRITES);
    *write = (struct mailbox_write){.at_ps = sim_now(&side.sim),
                                    .processor = processor,
                                    .offset = from % PROCESSOR_MAILBOX_BYTES};
    if (request->bytes == sizeof write->message)
        memcpy(&write->message, request->data, sizeof write->message);
    else
        memcpy(&write->value, request->data, sizeof write->value);
    side.write_count++;
    if (side.requested && write->offset == PROCESSOR_MAILBOX_REQUEST)
        side.requested(processor, &write->message);
    return BUS_OK;
}

static const struct part_kind helper_kind = {.name = "helper", .size = sizeof(struct part)};

/* Parts of its own a test adds before side_wire(). */
static inline void side_build(void)
{
    memset(&side, 0, sizeof side);
    sim_init(&side.sim);
    side.helper = sim_add_part(&side.sim, &helper_kind, "helper");
    side.card_bus = (struct bus *)part_build(&side.sim, &bus_kind, "card");
    side.host_bus = (struct bus *)part_build(&side.sim, &bus_kind, "host");
    part_set(&side.card_bus->part, "clock", "1GHz");
    part_set(&side.host_bus->part, "clock", "1GHz");
    side.card_memory = (struct memory *)part_build(&side.sim, &memory_kind, "packets");
    side.host_memory = (struct memory *)part_build(&side.sim, &memory_kind, "host_memory");
    part_wire_to(&side.card_memory->part, "bus", &side.card_bus->part);
    part_wire_to(&side.host_memory->part, "bus", &side.host_bus->part);
    part_set(&side.card_memory->part, "latency", "0");
    part_set(&side.host_memory->part, "latency", "0");
    side.bridge = (struct bridge *)part_build(&side.sim, &bridge_kind, "pci");
    part_wire_to((struct part *)side.bridge, "card_bus", &side.card_bus->part);
    part_wire_to((struct part *)side.bridge, "host_bus", &side.host_bus->part);
}

static inline void side_wire(void)
{
    struct diagnostics diagnostics;

    parts_wire(&side.sim);
    diagnostics_init(&diagnostics);
    bus_attach(side.card_bus, &side.card_master, side.helper, NULL);
    bus_attach(side.host_bus, &side.host_master, side.helper, NULL);
    side.mailboxes = (struct bus_target){.base = PROCESSOR_MAILBOX(0),
                                         .bytes = SIDE_PROCESSORS * PROCESSOR_MAILBOX_BYTES,
                                         .part = side.helper,
                                         .waits = side_no_waits,
                                         .access = side_mailbox};
    bus_map(side.card_bus, &side.mailboxes, &diagnostics);
    ck_assert_uint_eq(diagnostics.errors, 0);
}

static inline void side_free(void)
{
    sim_free(&side.sim);
}

/* --- One access at a time of a scripted master: its own memory, so that many can be under way. ---
 */

struct access {
    struct bus_request request;
    uint8_t data[BUS_MAX_BURST_BYTES];
    uint64_t done_ps; /* 0: not yet */
};

static inline void side_done(struct bus_request *request)
{
    ((struct access *)request->owner)->done_ps = sim_now(&side.sim);
}

static inline void side_ask(struct bus_master *master, struct access *access, enum bus_op op,
                            uint64_t address, const void *data, uint32_t bytes)
{
    access->done_ps = 0;
    if (op == BUS_WRITE)
        memcpy(access->data, data, bytes);
    access->request = (struct bus_request){.op = op,
                                           .address = address,
                                           .bytes = bytes,
                                           .data = access->data,
                                           .done = side_done,
                                           .owner = access};
    bus_ask(master, &access->request);
}

#endif
