#include "models/processor.h"

#include "models/receive_dma.h"

#include <glib.h>
#include <stdarg.h>
#include <string.h>

/* No stretch is longer: a firmware that never touches anything outside must not hang the simulator, and what is
 * counted at the end of a run is never further ahead than this. */
#define MAX_STRETCH_PS 100000000ull /* 100 us */

static void run(struct processor *processor);

uint32_t processor_rx_queued(const struct processor *processor)
{
    return processor->rx_ready.count + processor->rx_reserved;
}

unsigned processor_number(const struct processor *processor)
{
    return processor->number;
}

const char *processor_name(const struct processor *processor)
{
    return processor->part.name;
}

bool processor_list_is_whole(const struct part_list *list, const struct part *engine,
                             struct diagnostics *diagnostics)
{
    const struct sim *sim = engine->sim;
    unsigned count = 0;
    bool whole = true;

    for (unsigned i = 0; i < sim->part_count; i++) {
        if (sim->parts[i]->kind != &processor_kind)
            continue;
        whole = whole && count < list->count && list->list[count] == sim->parts[i];
        count++;
    }
    if (whole && count == list->count)
        return true;
    part_error(engine, diagnostics, "processors",
               "expected all %u processors of the card, in their order (*)", count);
    return false;
}

bool processor_is_local(uint32_t address)
{
    return address >= HW_LOCAL_BASE && address < HW_REGISTERS;
}

bool processor_is_stopped(const struct processor *processor)
{
    return processor->state == PROCESSOR_STOPPED;
}

bool processor_is_idle(const struct processor *processor)
{
    return processor->state == PROCESSOR_STOPPED ||
           (processor->state == PROCESSOR_SLEEPS && processor->free_count == 0 && processor->store_count == 0);
}

/* --- Stopping ------------------------------------------------------------------------------------------- */

void processor_stop(struct processor *processor, const char *format, ...)
{
    va_list arguments;
    uint32_t offset = 0, pc = core_pc(processor->core);
    const char *symbol = elf_symbol_at(processor->elf, pc, &offset);

    if (processor->stopped)
        return;
    va_start(arguments, format);
    char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    processor->stopped =
        g_strdup_printf("%s at pc 0x%08x (%s+0x%x), %llu ns", what, pc, symbol ? symbol : "?",
                        offset, (unsigned long long)(part_now(&processor->part) / 1000));
    g_free(what);
    processor->state = PROCESSOR_STOPPED;
    processor->asleep_from_ps = part_now(&processor->part);
    event_cancel(&processor->step);
    event_cancel(&processor->timer);
    receive_dma_room((struct receive_dma *)processor->receive_dma_part, processor);
}

/* --- The core's accesses --------------------------------------------------------------------------------- */

static bool in_packet_memory(const struct processor *processor, uint32_t address)
{
    const struct memory *memory = (const struct memory *)processor->memory_part;

    return address >= memory->base && address - memory->base < memory->bytes;
}

/* Asked while the core runs ahead. */
enum core_io processor_external(void *owner, struct core_access *access, uint64_t cycle,
                             uint32_t *extra_cycles)
{
    struct processor *processor = owner;

    if (access->address >= HW_REGISTERS && access->address < HW_REGISTERS + 0x1000) {
        if (access->size_bytes != 4 || access->address % 4)
            return CORE_IO_FAULT;
        if (!processor_register_now(processor, access, cycle, &access->value))
            return CORE_IO_STOP;
        processor->stats.register_accesses++;
        *extra_cycles = (uint32_t)processor->register_cycles;
        processor->stats.stall_cycles += processor->register_cycles;
        return CORE_IO_NOW;
    }
    return in_packet_memory(processor, access->address) ? CORE_IO_STOP : CORE_IO_FAULT;
}

/* --- Threads of one core --------------------------------------------------------------------------------- */

static void want_core(struct processor *processor, int goes_on, uint64_t cycle)
{
    processor->state = PROCESSOR_TURN;
    processor->goes_on = goes_on;
    processor->ready_cycle = cycle;
    core_turn_ready(processor->turn, processor->index_on_core, cycle);
}

void processor_granted(void *owner, uint64_t start_cycle)
{
    struct processor *processor = owner;

    processor->stats.core_wait_cycles += start_cycle - processor->ready_cycle;
    switch (processor->goes_on) {
    case PROCESSOR_BEGINS:
        core_delay(processor->core, start_cycle - core_cycle(processor->core));
        break;
    case PROCESSOR_IS_ANSWERED:
        core_complete(processor->core, processor->answer, start_cycle - (processor->access_cycle + 1));
        break;
    case PROCESSOR_IS_WOKEN:
        core_wake(processor->core, start_cycle - (core_cycle(processor->core) + 1));
        break;
    }
    run(processor);
}

static void give_up_core(struct processor *processor)
{
    if (processor->turn)
        processor->stats.running_cycles += core_turn_release(processor->turn, processor->index_on_core);
}

static void answer(struct processor *processor, uint32_t value, uint64_t extra_cycles)
{
    processor->stats.stall_cycles += extra_cycles - processor->stall_counted_cycles;
    processor->stall_counted_cycles = 0;
    if (processor->turn) {
        processor->answer = value;
        want_core(processor, PROCESSOR_IS_ANSWERED, processor->access_cycle + 1 + extra_cycles);
        return;
    }
    core_complete(processor->core, value, extra_cycles);
    run(processor);
}

static void bus_done(struct bus_request *request)
{
    struct processor *processor = request->owner;
    const struct clock *bus_clock = &processor->master.bus->clock;
    uint64_t cycle =
        clock_cycle_crossing(&processor->clock, bus_clock, part_now(&processor->part));
    uint64_t local_cycle = processor->access_cycle + 1;

    if (request->status != BUS_OK) {
        processor_stop(processor, "access to 0x%08x: nothing answered", processor->access.address);
        return;
    }
    answer(processor, processor->bus_data, cycle > local_cycle ? cycle - local_cycle : 0);
}

/* --- The store buffer ------------------------------------------------------------------------------------ */

/* The access waits until stores are done, and is tried again by processor_room(). */
static void wait_for_stores(struct processor *processor)
{
    processor->stats.store_waits += processor->state != PROCESSOR_POST;
    processor->state = PROCESSOR_POST;
}

static void store_done(struct bus_request *request)
{
    struct processor *processor = request->owner;

    if (request->status != BUS_OK)
        processor_stop(processor, "store to 0x%08x: nothing answered", (uint32_t)request->address);
    processor->store_first = (processor->store_first + 1) % PROCESSOR_MAX_STORES;
    processor->store_count--;
    processor_room(processor);
}

static void buffer_store(struct processor *processor)
{
    const struct core_access *access = &processor->access;
    struct store *store = &processor->stores[(processor->store_first + processor->store_count) % PROCESSOR_MAX_STORES];

    if (processor->store_count >= processor->store_buffer) {
        wait_for_stores(processor);
        return;
    }
    processor->store_count++;
    processor->stats.packet_writes++;
    store->data = access->value;
    store->request = (struct bus_request){.op = BUS_WRITE,
                                          .address = access->address,
                                          .bytes = access->size_bytes,
                                          .data = &store->data,
                                          .done = store_done,
                                          .owner = processor};
    bus_ask(&processor->master, &store->request);
    answer(processor, 0, processor_cycle(processor) - processor->access_cycle);
}

static void access_packet_memory(struct processor *processor)
{
    const struct core_access *access = &processor->access;
    int index = processor_rx_index(processor, access->address);

    if (!processor_in_portion(processor, access->address, access->size_bytes)) {
        processor_stop(processor, "%s 0x%08x, which is outside its portion of packet memory",
                       access->is_store ? "store to" : "load from", access->address);
        return;
    }
    if (index >= 0 && processor->rx[index].of_hardware) {
        processor_stop(processor, "%s 0x%08x, in a buffer that the hardware owns",
                       access->is_store ? "store to" : "load from", access->address);
        return;
    }
    if (access->is_store && processor->store_buffer) {
        buffer_store(processor);
        return;
    }
    if (access->is_store)
        processor->stats.packet_writes++;
    else
        processor->stats.packet_reads++;
    processor->stats.payload_reads += !access->is_store && processor_is_payload(processor, access->address, access->size_bytes);
    processor->bus_data = access->is_store ? access->value : 0;
    processor->bus_request = (struct bus_request){.op = access->is_store ? BUS_WRITE : BUS_READ,
                                                  .address = access->address,
                                                  .bytes = access->size_bytes,
                                                  .data = &processor->bus_data,
                                                  .done = bus_done,
                                                  .owner = processor};
    processor->state = PROCESSOR_BUS;
    bus_ask(&processor->master, &processor->bus_request);
}

/* The access takes effect; or it waits for a place in a queue, and is tried again by processor_room(). */
static void try_access(struct processor *processor)
{
    uint32_t value, words;

    if (processor->access.address < HW_REGISTERS ||
        processor->access.address >= HW_REGISTERS + 0x1000) {
        access_packet_memory(processor);
        return;
    }
    if (processor->store_count) {
        wait_for_stores(processor);
        return;
    }
    if (!processor_register(processor, &processor->access, &value, &words)) {
        if (processor->state != PROCESSOR_POST)
            processor->stats.post_waits++;
        processor->state = PROCESSOR_POST;
        return;
    }
    if (processor->state == PROCESSOR_STOPPED)
        return;
    processor->stats.register_accesses++;
    answer(processor, value,
           processor_cycle(processor) - processor->access_cycle + processor->register_cycles + words);
}

void processor_room(struct processor *processor)
{
    if (processor->state != PROCESSOR_POST || event_pending(&processor->step))
        return;
    event_at_edge(&processor->step, &processor->clock, processor_cycle(processor));
}

/* --- Waiting ---------------------------------------------------------------------------------------------- */

static bool source_pending(const struct processor *processor)
{
    return (processor_pending(processor, part_now(&processor->part)) & processor->wait_mask) != 0;
}

static void wake(struct processor *processor)
{
    event_cancel(&processor->timer);
    processor->state = PROCESSOR_WAKES;
    processor->stats.wakes++;
    event_at_edge(&processor->step, &processor->clock,
                  clock_cycle_after(&processor->clock, part_now(&processor->part)) +
                      processor->wake_cycles);
}

void processor_source_changed(struct processor *processor)
{
    if (processor->state == PROCESSOR_SLEEPS && source_pending(processor))
        wake(processor);
}

void processor_timer_due(void *owner)
{
    processor_source_changed(owner);
}

static void wait_for_source(struct processor *processor)
{
    if (source_pending(processor)) {
        if (processor->turn) {
            want_core(processor, PROCESSOR_IS_WOKEN, core_cycle(processor->core) + 1);
            return;
        }
        core_wake(processor->core, 0);
        run(processor);
        return;
    }
    processor->state = PROCESSOR_SLEEPS;
    processor->asleep_from_ps = part_now(&processor->part);
    if (processor->timer_due_ps != UINT64_MAX && (processor->wait_mask & HW_PENDING_TIMER))
        event_at(&processor->timer, processor->timer_due_ps);
}

static void wake_up(struct processor *processor)
{
    uint64_t cycle = processor_cycle(processor);

    processor->stats.asleep_ps += part_now(&processor->part) - processor->asleep_from_ps;
    if (processor->turn) {
        want_core(processor, PROCESSOR_IS_WOKEN, cycle);
        return;
    }
    core_wake(processor->core, cycle - (core_cycle(processor->core) + 1));
    run(processor);
}

/* --- Running ---------------------------------------------------------------------------------------------- */

static uint64_t stretch_limit(const struct processor *processor)
{
    const struct sim *sim = processor->part.sim;
    uint64_t cycle = core_cycle(processor->core);
    uint64_t most_ps = MIN(MAX_STRETCH_PS, sim->most_ahead_ps), end_ps = MIN(sim->ahead_limit_ps, sim->look_ps);
    uint64_t limit = cycle + (sim->run_ahead ? clock_cycle_at(&processor->clock, most_ps) : 1);

    if (end_ps != UINT64_MAX) {
        uint64_t end = clock_cycle_at(&processor->clock, end_ps);

        if (end >= cycle) /* at the limit itself, one more instruction begins */
            limit = MIN(limit, MAX(end, cycle + 1));
    }
    return limit;
}

/* What it would execute now is beyond the time up to which somebody counts, and isn't due yet: it waits. */
static bool is_beyond(const struct processor *processor)
{
    const struct sim *sim = processor->part.sim;
    uint64_t begins_ps = clock_edge_ps(&processor->clock, core_cycle(processor->core));

    return begins_ps > MIN(sim->ahead_limit_ps, sim->look_ps) && begins_ps > part_now(&processor->part);
}

static void run(struct processor *processor)
{
    if (is_beyond(processor)) {
        processor->state = PROCESSOR_AHEAD;
        event_at_edge(&processor->step, &processor->clock, core_cycle(processor->core));
        return;
    }
    switch (core_run(processor->core, stretch_limit(processor))) {
    case CORE_LIMIT:
        processor->state = PROCESSOR_AHEAD;
        break;
    case CORE_ACCESS:
        processor->access = *core_access(processor->core);
        processor->access_cycle = core_cycle(processor->core);
        processor->state = PROCESSOR_ACCESS;
        break;
    case CORE_WFI:
        processor->state = PROCESSOR_WFI;
        break;
    case CORE_EBREAK:
    case CORE_FAULT:
        processor->state = PROCESSOR_FAULT;
        break;
    }
    event_at_edge(&processor->step, &processor->clock,
                  MAX(core_cycle(processor->core), processor_cycle(processor)));
}

void processor_step(void *owner)
{
    struct processor *processor = owner;

    switch (processor->state) {
    case PROCESSOR_RESET:
        if (processor->turn)
            want_core(processor, PROCESSOR_BEGINS, core_cycle(processor->core));
        else
            run(processor);
        break;
    case PROCESSOR_AHEAD:
        run(processor);
        break;
    case PROCESSOR_ACCESS:
        give_up_core(processor);
        try_access(processor);
        break;
    case PROCESSOR_POST:
        try_access(processor);
        break;
    case PROCESSOR_WFI:
        give_up_core(processor);
        wait_for_source(processor);
        break;
    case PROCESSOR_WAKES:
        wake_up(processor);
        break;
    case PROCESSOR_FAULT:
        give_up_core(processor);
        processor_stop(processor, "%s%s (0x%08x)", core_fault(processor->core)->text,
                       core_fault(processor->core)->in_handler ? " in its trap handler" : "",
                       core_fault(processor->core)->tval);
        break;
    default:
        sim_check(&processor->part, false);
    }
}
