#include "models/memory_controller.h"

struct told {
    const struct part *part;
    struct diagnostics *diagnostics;
};

static void tell_wrong(void *owner, const char *key, const char *text)
{
    struct told *told = owner;

    part_error(told->part, told->diagnostics, key, "%s", text);
}

/* The bus holds beat b of the read from edge data_cycle + waits + b on: an access must be ready by its first. */
static void access_ready(struct memory_controller *controller, uint64_t access, uint64_t clock)
{
    const struct bus *bus = controller->bus;
    uint64_t from = access > controller->read.offset ? access - controller->read.offset : 0;
    uint64_t beat = controller->read.data_cycle + (controller->read.first_byte + from) / bus->width_bytes;
    uint64_t ready = clock_cycle_crossing(&bus->clock, &controller->clock, clock_edge_ps(&controller->clock, clock));

    if (ready > beat && ready - beat > controller->read.waits)
        controller->read.waits = ready - beat;
    controller->read.missing--;
}

static void sdram_told(void *context, const struct sdram_done *done)
{
    if (!done->is_write)
        access_ready(context, done->address, done->done);
}

bool memory_controller_init(struct memory_controller *controller, const struct part *part, const struct bus *bus,
                            uint64_t bytes, struct diagnostics *diagnostics)
{
    struct told told = {part, diagnostics};

    controller->bus = bus;
    if (controller->kind == MEMORY_SRAM) {
        if (controller->width_bits % 8 || (controller->width_bits & (controller->width_bits - 1))) {
            part_error(part, diagnostics, "width", "%llu bits: expected 8, 16, 32, ... 4096",
                       (unsigned long long)controller->width_bits);
            return false;
        }
        controller->access_bytes = controller->width_bits / 8;
        clock_init(&controller->clock, controller->hz, controller->sync_cycles);
        return true;
    }
    if (!sdram_config_finish(&controller->config, tell_wrong, &told))
        return false;
    if (bytes > controller->config.bytes) {
        part_error(part, diagnostics, "size", "%llu bytes: expected the %llu of its DRAM or fewer",
                   (unsigned long long)bytes, (unsigned long long)controller->config.bytes);
        return false;
    }
    controller->access_bytes = controller->config.access_bytes;
    clock_init_period(&controller->clock, controller->config.tck_ps, controller->sync_cycles);
    controller->sdram = sdram_new(&controller->config, sdram_told, controller);
    return true;
}

void memory_controller_free(struct memory_controller *controller)
{
    sdram_free(controller->sdram);
}

/* Hands an access over at the interface's next clock, or when there is room for it. */
static void hand_over(struct memory_controller *controller, uint64_t access, bool is_write)
{
    uint64_t clock = controller->next_clock;

    if (controller->kind == MEMORY_SRAM) {
        controller->stats.data_cycles++;
        if (!is_write)
            access_ready(controller, access, clock + controller->access_cycles);
    } else {
        sdram_run(controller->sdram, clock);
        while (!sdram_has_room(controller->sdram, access, is_write)) {
            uint64_t next = sdram_next(controller->sdram);
            clock = (next > clock ? next : clock) + 1;
            sdram_run(controller->sdram, clock);
        }
        sdram_submit(controller->sdram, clock, access, is_write, NULL);
    }
    controller->next_clock = clock + 1;
}

/* All accesses of a burst, from the first clock that can see what left the bus at time_ps. */
static void hand_over_burst(struct memory_controller *controller, uint64_t offset, uint64_t bytes, bool is_write,
                            uint64_t time_ps)
{
    uint64_t clock = clock_cycle_crossing(&controller->clock, &controller->bus->clock, time_ps);
    uint64_t first = offset / controller->access_bytes;
    uint64_t last = (offset + bytes - 1) / controller->access_bytes;

    if (controller->next_clock < clock)
        controller->next_clock = clock;
    controller->read.missing += is_write ? 0 : last - first + 1;
    for (uint64_t access = first; access <= last; access++)
        hand_over(controller, access * controller->access_bytes, is_write);
}

uint32_t memory_controller_waits(struct memory_controller *controller, const struct bus_request *request,
                                 uint64_t offset, uint64_t now_ps)
{
    const struct bus *bus = controller->bus;
    uint64_t cycle = clock_cycle_at(&bus->clock, now_ps);

    controller->read.offset = offset;
    controller->read.first_byte = request->address & (bus->width_bytes - 1);
    controller->read.data_cycle = cycle + 1;
    controller->read.waits = 0;
    if (request->op == BUS_READ) {
        hand_over_burst(controller, offset, request->bytes, false, clock_edge_ps(&bus->clock, cycle + 1));
        while (controller->read.missing)
            sdram_run(controller->sdram, sdram_next(controller->sdram) + 1);
    } else if (clock_edge_ps(&controller->clock, controller->next_clock) > clock_edge_ps(&bus->clock, cycle + 1)) {
        uint64_t free_cycle = clock_cycle_crossing(&bus->clock, &controller->clock,
                                                   clock_edge_ps(&controller->clock, controller->next_clock));
        controller->read.waits = free_cycle - (cycle + 1);
    }
    sim_check(&bus->part, controller->read.waits <= UINT32_MAX);
    controller->stats.wait_cycles += controller->read.waits;
    return (uint32_t)controller->read.waits;
}

void memory_controller_written(struct memory_controller *controller, uint64_t offset, uint64_t bytes,
                               uint64_t now_ps)
{
    hand_over_burst(controller, offset, bytes, true, now_ps);
}

void memory_controller_settle(struct memory_controller *controller, uint64_t now_ps)
{
    if (!controller->sdram)
        return;
    sdram_run(controller->sdram, clock_cycle_at(&controller->clock, now_ps));
    struct sdram_counts *counts = sdram_counts(controller->sdram);
    controller->stats.row_hits += counts->row_hits;
    controller->stats.row_closed += counts->row_closed;
    controller->stats.row_conflicts += counts->row_conflicts;
    controller->stats.refreshes += counts->refreshes;
    controller->stats.data_cycles += counts->data_clocks;
    *counts = (struct sdram_counts){0};
}

uint32_t memory_controller_utilisation_ppm(const struct memory_controller *controller, uint64_t elapsed_ps)
{
    uint64_t cycles = clock_cycle_at(&controller->clock, elapsed_ps) *
                      (controller->sdram ? controller->config.channels : 1);

    /* An access counts when it is handed over or issued, a little before its data. */
    if (controller->stats.data_cycles >= cycles)
        return cycles ? 1000000 : 0;
    return (uint32_t)((unsigned __int128)controller->stats.data_cycles * 1000000 / cycles);
}
