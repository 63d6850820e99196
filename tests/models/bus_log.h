/* bus_log.h - what happened on a bus, for tests: when each request was asked, granted and finished. Stands between
 * the bus and its targets, so requests without a target are not in it. */
#ifndef TESTS_MODELS_BUS_LOG_H
#define TESTS_MODELS_BUS_LOG_H

#include "models/bus.h"

#include <check.h>
#include <glib.h>

enum { BUS_LOG_ENTRIES = 1024, BUS_LOG_TARGETS = 32 };

struct bus_log_entry {
    enum bus_op op;
    uint64_t address;
    uint32_t bytes;
    uint64_t asked_ps, granted_ps, done_ps; /* done: 0 while it is under way */
};

struct bus_log {
    struct bus *bus;
    uint64_t from_ps; /* edge 0 of the expectations */
    unsigned count;
    struct bus_log_entry entries[BUS_LOG_ENTRIES];
    struct bus_log_target {
        struct bus_log *log;
        struct bus_target *target, original;
    } targets[BUS_LOG_TARGETS];
};

static inline uint32_t bus_log_waits(void *owner, const struct bus_request *request)
{
    struct bus_log_target *target = owner;
    struct bus_log *log = target->log;

    ck_assert_uint_lt(log->count, BUS_LOG_ENTRIES);
    log->entries[log->count++] = (struct bus_log_entry){.op = request->op,
                                                        .address = request->address,
                                                        .bytes = request->bytes,
                                                        .asked_ps = request->asked_ps,
                                                        .granted_ps = part_now(&log->bus->part)};
    return target->original.waits(target->original.owner, request);
}

static inline enum bus_status bus_log_access(void *owner, struct bus_request *request)
{
    struct bus_log_target *target = owner;
    struct bus_log *log = target->log;

    log->entries[log->count - 1].done_ps = part_now(&log->bus->part);
    return target->original.access(target->original.owner, request);
}

/* From now on, while nothing is granted; edge 0 is now. The log must live as long as the bus. */
static inline void bus_log_begin(struct bus_log *log, struct bus *bus)
{
    *log = (struct bus_log){.bus = bus, .from_ps = part_now(&bus->part)};
    ck_assert(!bus->paths || !bus->paths[0].granted);
    ck_assert_uint_le(bus->target_count, BUS_LOG_TARGETS);
    for (unsigned i = 0; i < bus->target_count; i++) {
        struct bus_target *target = bus->targets[i];

        log->targets[i] = (struct bus_log_target){log, target, *target};
        target->owner = &log->targets[i];
        target->waits = bus_log_waits;
        target->access = bus_log_access;
    }
}

/* The edge of the bus at which that time is, from edge 0; fails the test if it is at none. */
static inline uint64_t bus_log_edge(const struct bus_log *log, uint64_t time_ps)
{
    uint64_t from = clock_cycle_at(&log->bus->clock, log->from_ps);
    uint64_t edge = clock_cycle_at(&log->bus->clock, time_ps);

    ck_assert_uint_eq(clock_edge_ps(&log->bus->clock, edge), time_ps);
    return edge - from;
}

/* Request number i, in the order of grants, is this one, and these are its edges. */
#define bus_log_check(log, i, operation, at, length, asked, granted, done)                         \
    do {                                                                                           \
        const struct bus_log_entry *entry_ = &(log)->entries[i];                                   \
        ck_assert_uint_lt(i, (log)->count);                                                        \
        ck_assert_int_eq(entry_->op, operation);                                                   \
        ck_assert_uint_eq(entry_->address, at);                                                    \
        ck_assert_uint_eq(entry_->bytes, length);                                                  \
        ck_assert_uint_eq(bus_log_edge(log, entry_->asked_ps), asked);                             \
        ck_assert_uint_eq(bus_log_edge(log, entry_->granted_ps), granted);                         \
        ck_assert_uint_eq(bus_log_edge(log, entry_->done_ps), done);                               \
    } while (0)

#endif
