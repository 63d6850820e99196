/* processor_part.c - the processor as a part of the scenario: its keys, its set-up, its figures. */
#include "models/processor.h"

#include "models/port.h"

#include <glib.h>
#include <string.h>

static const char *const presets[] = {"ibex-small", "ibex-maxperf", "cv32e40p", "ideal", NULL};

/* --- The part --------------------------------------------------------------------------------------------- */

static void open_firmware(struct processor *processor, struct diagnostics *diagnostics);
static void find_what_it_speaks(struct processor *processor, struct diagnostics *diagnostics);

static unsigned group_size(const struct processor *processor)
{
    const struct sim *sim = processor->part.sim;
    unsigned size = 0;

    for (unsigned i = 0; i < sim->part_count; i++)
        size += sim->parts[i]->kind == &processor_kind && sim->parts[i]->section == processor->part.section &&
                g_strcmp0(sim->parts[i]->group, processor->part.group) == 0;
    return size;
}

static void processor_init(struct part *part, struct diagnostics *diagnostics)
{
    struct processor *processor = (struct processor *)part;
    const struct sim *sim = part->sim;

    for (unsigned i = 0; i < sim->part_count; i++) {
        if (i < part->number && sim->parts[i]->kind == part->kind)
            processor->number++;
        processor->processor_count += sim->parts[i]->kind == part->kind;
        processor->host_count += sim->parts[i]->kind == &host_kind;
        if (sim->parts[i]->kind == &port_kind) {
            const struct port *port = (const struct port *)sim->parts[i];

            if (processor->retransmit && !port->tx_checksum && part->index == 0)
                part_error(part, diagnostics, "retransmit",
                           "host: expected ports with tx_checksum = yes (%s has none): the stack would have to read what "
                           "is not in packet memory any more", port->part.name);
            processor->port_count++;
            processor->features |= (port->rx_checksum ? HW_FEATURE_RX_CHECKSUM : 0u) |
                                   (port->tx_checksum ? HW_FEATURE_TX_CHECKSUM : 0u);
        }
    }
    if (processor->rx_buffer_bytes % 64)
        part_error(part, diagnostics, "rx_buffer", "%llu bytes: expected a multiple of 64",
                   (unsigned long long)processor->rx_buffer_bytes);
    if (processor->tx_buffer_bytes % 64)
        part_error(part, diagnostics, "tx_buffer", "%llu bytes: expected a multiple of 64",
                   (unsigned long long)processor->tx_buffer_bytes);
    if (processor->local_bytes % 4096)
        part_error(part, diagnostics, "local_memory", "%llu bytes: expected a multiple of 4 KiB",
                   (unsigned long long)processor->local_bytes);
    if (part->index == 0 && group_size(processor) % processor->threads)
        part_error(part, diagnostics, "threads",
                   "%llu a core, and count = %u: expected a count that is a multiple of it (processors are stacks: two "
                   "cores with two threads each are count = 4, threads = 2)",
                   (unsigned long long)processor->threads, group_size(processor));
    if (processor->ring_slots & (processor->ring_slots - 1))
        part_error(part, diagnostics, "ring_slots", "%llu: expected a power of two",
                   (unsigned long long)processor->ring_slots);
    processor->host_count = MIN(processor->host_count, HW_MAX_HOSTS);
    processor->features |= (processor->lookup ? HW_FEATURE_LOOKUP_HASH : 0u) |
                           (processor->retransmit ? HW_FEATURE_RETRANSMIT_HOST : 0u);
    clock_init(&processor->clock, processor->hz, processor->sync_cycles);
    processor->wait_mask = HW_PENDING_ALL;
    processor->timer_due_ps = UINT64_MAX;
    processor->stats.rx_lowest_free = processor->rx_buffers;
    processor->stats.heap_lowest_bytes = UINT64_MAX;
    processor->random = sim->seed * 0x9e3779b97f4a7c15u + processor->number;
    event_init(&processor->step, part, processor, "step", processor_step);
    event_set_priority(&processor->step, EVENT_CORE);
    event_init(&processor->timer, part, processor, "timer", processor_timer_due);
    processor_queues_init(processor);
    open_firmware(processor, diagnostics);
    find_what_it_speaks(processor, diagnostics);
}

static void open_firmware(struct processor *processor, struct diagnostics *diagnostics)
{
    char *path = elf_path(processor->firmware);
    struct diagnostics again; /* the others of a group would say the same */

    diagnostics_init(&again);
    processor->elf = elf_open(path, processor->part.index ? &again : diagnostics);
    diagnostics_clear(&again);
    g_free(path);
    if (!processor->elf && processor->part.index == 0)
        part_error(&processor->part, diagnostics, "firmware",
                   "no program image: expected the name of one that comes with polynic (tcp4, tcp6, dual, udp), or "
                   "the path of an RV32 ELF file that ends in .elf");
}

/* Of the key, else of the image, else everything. */
static void find_what_it_speaks(struct processor *processor, struct diagnostics *diagnostics)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } known[] = {{"tcp4", HW_SPEAKS_TCP4}, {"tcp6", HW_SPEAKS_TCP6}, {"udp4", HW_SPEAKS_UDP4}, {"udp6", HW_SPEAKS_UDP6}};
    const char *text = processor->speaks_text;

    uint32_t speaks = HW_SPEAKS_ALL;

    if (!text || strcmp(text, "auto") == 0) {
        if (processor->elf && elf_symbol(processor->elf, "hw_speaks", &speaks))
            processor->not_spoken = HW_SPEAKS_ALL & ~speaks;
        return;
    }
    char **words = g_strsplit_set(text, " \t,", -1);

    speaks = 0;
    for (char **word = words; *word; word++) {
        uint32_t bit = 0;

        for (unsigned i = 0; i < G_N_ELEMENTS(known); i++)
            if (strcmp(known[i].name, *word) == 0)
                bit = known[i].bit;
        if (**word && !bit && processor->part.index == 0)
            part_error(&processor->part, diagnostics, "speaks", "'%s': expected auto, or some of tcp4 tcp6 udp4 udp6", *word);
        speaks |= bit;
    }
    processor->not_spoken = HW_SPEAKS_ALL & ~speaks;
    g_strfreev(words);
}

bool processor_speaks(const struct processor *processor, uint32_t protocols)
{
    return (~processor->not_spoken & protocols) != 0;
}

static void load_firmware(struct processor *processor, struct diagnostics *diagnostics)
{
    if (!processor->elf)
        return;
    struct core_config config = {.timing = core_timing(presets[processor->preset]),
                                 .memory_base = HW_LOCAL_BASE,
                                 .memory_bytes = (uint32_t)processor->local_bytes,
                                 .reset_pc = elf_entry(processor->elf),
                                 .hart_id = processor->number,
                                 .external = processor_external,
                                 .owner = processor};

    processor->core = core_new(&config);
    if (!elf_load(processor->elf, core_memory(processor->core), HW_LOCAL_BASE,
                  (uint32_t)processor->local_bytes, diagnostics))
        return;
    processor->stats.local_bytes_used =
        elf_highest_address(processor->elf) - HW_LOCAL_BASE;
}

static void join_core(struct processor *processor)
{
    struct part *const *parts = processor->part.sim->parts;
    unsigned threads = (unsigned)processor->threads, index = processor->part.index % threads;
    struct processor *first = (struct processor *)parts[processor->part.number - index];

    if (threads == 1)
        return;
    if (index == 0)
        core_turn_init(&processor->own_turn, &processor->part, &processor->clock, threads, processor->switch_cycles,
                       processor_granted);
    processor->turn = &first->own_turn;
    processor->index_on_core = index;
    core_turn_add(processor->turn, index, processor);
}

static void processor_wire(struct part *part, struct diagnostics *diagnostics)
{
    struct processor *processor = (struct processor *)part;
    struct bus *bus = (struct bus *)processor->bus_part;
    struct memory *memory = (struct memory *)processor->memory_part;

    load_firmware(processor, diagnostics);
    join_core(processor);
    processor->portion_bytes = processor->rx_buffers * processor->rx_buffer_bytes +
                               processor->tx_buffers * processor->tx_buffer_bytes;
    bool was_full = memory->full;
    uint64_t base = memory_reserve(memory, processor->portion_bytes);
    if (base == 0 || base + processor->portion_bytes > 1ull << 32) {
        if (!was_full) /* once is enough for all that come after it */
            part_error(part, diagnostics, "rx_buffers",
                       "memory %s has no room for its portion of %llu bytes (rx_buffers x rx_buffer "
                       "+ tx_buffers x tx_buffer), after those of the processors before it: enlarge "
                       "the memory (--set memory.%s.size=...) or reduce these",
                       memory->part.name, (unsigned long long)processor->portion_bytes,
                       memory->part.name);
        memory->full = true;
        return;
    }
    processor->portion_base = (uint32_t)base;
    bus_attach(bus, &processor->master, part, &processor->clock);
    bus_attach(bus, &processor->free_master, part, &processor->clock);
    processor->mailbox = (struct bus_target){.base = PROCESSOR_MAILBOX(processor->number),
                                             .bytes = PROCESSOR_MAILBOX_BYTES,
                                             .is_registers = true,
                                             .part = part,
                                             .owner = processor,
                                             .waits = bus_no_waits,
                                             .access = processor_mailbox_access};
    bus_map(bus, &processor->mailbox, diagnostics);
    for (unsigned i = 0; i < processor->host_list.count; i++) {
        struct host *host = (struct host *)processor->host_list.list[i];
        struct host_ring *ring = &processor->rings[host_number(host)];

        *ring = (struct host_ring){.ring = processor->number,
                                   .slots = (uint32_t)processor->ring_slots,
                                   .slot_bytes = (uint32_t)processor->ring_slot_bytes};
        processor->hosts[host_number(host)] = host;
        host_add_ring(host, processor->number, ring, diagnostics);
    }
}

static void processor_start(struct part *part)
{
    event_at(&((struct processor *)part)->step, 0);
}

/* An access that isn't answered yet has waited so long. */
static void count_stall(struct processor *processor)
{
    uint64_t waited_cycles = processor_cycle(processor) - MIN(processor->access_cycle + 1, processor_cycle(processor));

    if (processor->state != PROCESSOR_BUS && processor->state != PROCESSOR_POST)
        return;
    processor->stats.stall_cycles += waited_cycles - processor->stall_counted_cycles;
    processor->stall_counted_cycles = waited_cycles;
}

static void processor_settle(struct part *part)
{
    struct processor *processor = (struct processor *)part;
    uint64_t now_ps = part_now(part);
    uint64_t retired = core_retired(processor->core);

    if (processor->state == PROCESSOR_SLEEPS || processor->state == PROCESSOR_WAKES ||
        processor->state == PROCESSOR_STOPPED) {
        processor->stats.asleep_ps += now_ps - processor->asleep_from_ps;
        processor->asleep_from_ps = now_ps;
    }
    if (processor->turn)
        processor->stats.running_cycles += core_turn_settle(processor->turn, processor->index_on_core);
    count_stall(processor);
    processor->stats.instructions += retired - processor->instructions_from;
    processor->instructions_from = retired;
    processor->stats.rx_queue_max = processor->rx_ready.most;
    processor->stats.requests_max = processor->requests.most;
}

static void processor_clear(struct part *part)
{
    struct processor *processor = (struct processor *)part;

    processor->rx_ready.most = processor->rx_ready.count;
    processor->requests.most = processor->requests.count;
}

static uint32_t processor_utilisation(struct part *part, uint64_t elapsed_ps)
{
    const struct processor *processor = (const struct processor *)part;
    uint64_t asleep_ps = MIN(processor->stats.asleep_ps, elapsed_ps);
    uint64_t cycles = clock_cycle_at(&processor->clock, elapsed_ps);

    if (processor->turn) /* its share of the core */
        return cycles ? (uint32_t)((unsigned __int128)processor->stats.running_cycles * 1000000 / cycles) : 0;

    return elapsed_ps
               ? (uint32_t)((unsigned __int128)(elapsed_ps - asleep_ps) * 1000000 / elapsed_ps)
               : 0;
}

static void processor_free(struct part *part)
{
    struct processor *processor = (struct processor *)part;

    processor_queues_free(processor);
    if (processor->core)
        core_free(processor->core);
    if (processor->elf)
        elf_free(processor->elf);
    g_free(processor->console);
    g_free(processor->stopped);
}

static const char *const bus_kinds[] = {"bus", NULL};
static const char *const memory_kinds[] = {"memory", NULL};
static const char *const dispatch_kinds[] = {"dispatch", NULL};
static const char *const receive_dma_kinds[] = {"receive_dma", NULL};
static const char *const transmit_dma_kinds[] = {"transmit_dma", NULL};
static const char *const host_dma_kinds[] = {"host_dma", NULL};
static const char *const host_kinds[] = {"host", NULL};

static const char *const lookups[] = {"list", "hash", NULL};
static const char *const retransmits[] = {"card", "host", NULL};

#define FIELD(name) offsetof(struct processor, name)

static const struct parameter parameters[] = {
    {"firmware", PARAMETER_PATH, FIELD(firmware), "tcp4", 1, 4096, NULL,
     "Program image: the name of one that comes with polynic, or the path of an RV32 ELF file."},
    {"speaks", PARAMETER_TEXT, FIELD(speaks_text), "auto", 1, 100, NULL,
     "The protocols for which the dispatch gives it frames: some of tcp4, tcp6, udp4, udp6; auto: what the image says, or "
     "all if it says nothing."},
    {"core", PARAMETER_CHOICE, FIELD(preset), "ibex-small", 0, 0, presets,
     "The core whose timing it has."},
    {"lookup", PARAMETER_CHOICE, FIELD(lookup), "list", 0, 0, lookups,
     "How its stack finds the connection of a segment: along the list of all, as lwIP does, or along that of one of 256 "
     "buckets."},
    {"retransmit", PARAMETER_CHOICE, FIELD(retransmit), "card", 0, 0, retransmits,
     "What is sent and not acknowledged: kept in packet memory, or kept by the host (until the stack tells that it was "
     "acknowledged) and fetched from there again if it must be sent again."},
    {"store_buffer", PARAMETER_COUNT, FIELD(store_buffer), "0", 0, PROCESSOR_MAX_STORES, NULL,
     "Stores to packet memory that may be under way while it executes on; 0: it waits for each."},
    {"threads", PARAMETER_COUNT, FIELD(threads), "1", 1, CORE_TURN_MAX, NULL,
     "Hardware threads of a core: so many processors of this section, one after the other, share one core and execute in "
     "turn. Each is a stack with local memory, queues and buffers of its own; `count` counts them all."},
    {"switch_cycles", PARAMETER_COUNT, FIELD(switch_cycles), "1", 0, 1000, NULL,
     "Cycles from one thread to another."},
    {"clock", PARAMETER_FREQUENCY, FIELD(hz), "800MHz", 1000000, 100000000000, NULL,
     "Clock of the core and its local memory."},
    {"sync_cycles", PARAMETER_COUNT, FIELD(sync_cycles), "2", 0, 16, NULL,
     "Cycles that an answer from another clock domain takes to be seen."},
    {"local_memory", PARAMETER_SIZE, FIELD(local_bytes), "256KiB", 65536, 64 << 20, NULL,
     "Local instruction and data memory."},
    {"bus", PARAMETER_PART, FIELD(bus_part), "card", 0, 0, bus_kinds, "The on-card bus."},
    {"memory", PARAMETER_PART, FIELD(memory_part), "packet", 0, 0, memory_kinds,
     "The packet memory in which it has its portion."},
    {"dispatch", PARAMETER_PART, FIELD(dispatch_part), "*", 0, 0, dispatch_kinds,
     "The receive dispatch that it may ask for the owner of a flow."},
    {"receive_dma", PARAMETER_PART, FIELD(receive_dma_part), "*", 0, 0, receive_dma_kinds,
     "The receive DMA engine, to which it gives its free buffers."},
    {"transmit_dma", PARAMETER_PART, FIELD(transmit_dma_part), "*", 0, 0, transmit_dma_kinds,
     "The transmit DMA engine that serves it."},
    {"host_dma", PARAMETER_PART, FIELD(host_dma_part), "*", 0, 0, host_dma_kinds,
     "The host DMA engine that serves it."},
    {"host", PARAMETER_PARTS, FIELD(host_list), "*", 1, HW_MAX_HOSTS, host_kinds,
     "The hosts whose applications it serves."},
    {"rx_buffers", PARAMETER_COUNT, FIELD(rx_buffers), "256", 1, 65536, NULL,
     "Receive buffers of its portion of packet memory."},
    {"rx_buffer", PARAMETER_SIZE, FIELD(rx_buffer_bytes), "2KiB", 256, 65536, NULL,
     "Size of a receive buffer, a multiple of 64."},
    {"tx_buffers", PARAMETER_COUNT, FIELD(tx_buffers), "256", 1, 65536, NULL,
     "Transmit buffers of its portion."},
    {"tx_buffer", PARAMETER_SIZE, FIELD(tx_buffer_bytes), "2KiB", 256, 65536, NULL,
     "Size of a transmit buffer, a multiple of 64."},
    {"rx_queue", PARAMETER_COUNT, FIELD(rx_queue), "256", 1, 65536, NULL,
     "Places in its queue of received frames."},
    {"tx_queue", PARAMETER_COUNT, FIELD(tx_queue), "64", 16, PROCESSOR_MAX_QUEUE, NULL,
     "Places in its queue of frames to send, and completions it may owe."},
    {"host_queue", PARAMETER_COUNT, FIELD(host_queue), "64", 16, PROCESSOR_MAX_QUEUE, NULL,
     "Places in its queue of host transfers, and completions it may owe."},
    {"request_queue", PARAMETER_COUNT, FIELD(request_queue), "64", 1, PROCESSOR_MAX_QUEUE, NULL,
     "Places in its queue of requests from the host."},
    {"ring_slots", PARAMETER_COUNT, FIELD(ring_slots), "1024", 2, 65536, NULL,
     "Slots of its ring in host memory; a power of two."},
    {"ring_slot", PARAMETER_SIZE, FIELD(ring_slot_bytes), "2KiB", 64, 32768, NULL,
     "Payload bytes of a slot."},
    {"register_cycles", PARAMETER_COUNT, FIELD(register_cycles), "2", 0, 1000, NULL,
     "Cycles by which a device register answers later than local memory."},
    {"wake_cycles", PARAMETER_COUNT, FIELD(wake_cycles), "4", 0, 100000, NULL,
     "Cycles from a wake-up to the next instruction."},
    {"mtu", PARAMETER_SIZE, FIELD(mtu_bytes), "1500B", 576, 9000, NULL,
     "IP bytes of one frame, told to the firmware."},
    {"chip", PARAMETER_TEXT, FIELD(chip), "card", 1, 64, NULL,
     "The integrated circuit on which it is."},
    {0},
};

#undef FIELD
#define FIELD(name) offsetof(struct processor, stats.name)

static const struct statistic statistics[] = {
    {"frames", STATISTIC_COUNT, FIELD(frames), "Frames put into its queue, copies included."},
    {"copies", STATISTIC_COUNT, FIELD(copies), "Frames that another processor has too, and answers: ARP, broadcast, multicast."},
    {"forwarded", STATISTIC_COUNT, FIELD(forwarded), "Datagrams that another processor handed over."},
    {"instructions", STATISTIC_COUNT, FIELD(instructions), "Instructions retired."},
    {"asleep_ps", STATISTIC_COUNT, FIELD(asleep_ps), "Time asleep in wfi."},
    {"stall_cycles", STATISTIC_COUNT, FIELD(stall_cycles),
     "Cycles by which accesses outside local memory were slower than local memory."},
    {"packet_reads", STATISTIC_COUNT, FIELD(packet_reads), "Loads from packet memory."},
    {"packet_writes", STATISTIC_COUNT, FIELD(packet_writes), "Stores to packet memory."},
    {"payload_reads", STATISTIC_COUNT, FIELD(payload_reads),
     "Loads of these that touched payload of TCP or UDP: 0 where the hardware has the checksums."},
    {"register_accesses", STATISTIC_COUNT, FIELD(register_accesses),
     "Loads and stores of device registers."},
    {"running_cycles", STATISTIC_COUNT, FIELD(running_cycles), "Of a hardware thread: cycles in which it had the core."},
    {"core_wait_cycles", STATISTIC_COUNT, FIELD(core_wait_cycles),
     "Of a hardware thread: cycles in which it could have gone on, and another had the core, or it was switched to."},
    {"store_waits", STATISTIC_COUNT, FIELD(store_waits),
     "Accesses that waited for stores: the store buffer was full, or a register was next."},
    {"post_waits", STATISTIC_COUNT, FIELD(post_waits), "Posts that found their queue full."},
    {"wakes", STATISTIC_COUNT, FIELD(wakes), "Times that it woke from wfi."},
    {"rx_lowest_free", STATISTIC_LEVEL, FIELD(rx_lowest_free),
     "The fewest free receive buffers that the hardware had since all were given to it."},
    {"rx_queue_max", STATISTIC_LEVEL, FIELD(rx_queue_max),
     "The most frames in its receive queue."},
    {"requests_max", STATISTIC_LEVEL, FIELD(requests_max),
     "The most requests of the host in its queue."},
    {"dropped_checksum", STATISTIC_COUNT, FIELD(fates[HW_FATE_CHECKSUM]),
     "Frames dropped by its stack for a bad checksum."},
    {"dropped_length", STATISTIC_COUNT, FIELD(fates[HW_FATE_LENGTH]),
     "Frames dropped by its stack for a bad length."},
    {"dropped_memory", STATISTIC_COUNT, FIELD(fates[HW_FATE_MEMORY]),
     "Frames dropped by its stack for want of memory."},
    {"dropped_route", STATISTIC_COUNT, FIELD(fates[HW_FATE_ROUTE]),
     "Frames dropped by its stack for want of a route."},
    {"dropped_protocol", STATISTIC_COUNT, FIELD(fates[HW_FATE_PROTOCOL]),
     "Frames dropped by its stack for an unknown protocol."},
    {"dropped_option", STATISTIC_COUNT, FIELD(fates[HW_FATE_OPTION]),
     "Frames dropped by its stack for a bad option."},
    {"dropped_error", STATISTIC_COUNT, FIELD(fates[HW_FATE_ERROR]),
     "Frames dropped by its stack for another error."},
    {"dropped_stack", STATISTIC_COUNT, FIELD(fates[HW_FATE_STACK]),
     "Frames dropped by its stack: outside the window, or of no session."},
    {"local_used_bytes", STATISTIC_LEVEL, FIELD(local_bytes_used),
     "Local memory that the image takes."},
    {"heap_lowest_bytes", STATISTIC_LEVEL, FIELD(heap_lowest_bytes),
     "The least free heap, as the firmware says."},
    {"heap_ready_bytes", STATISTIC_LEVEL, FIELD(heap_ready_bytes), "Free heap when its stack was up, before any connection."},
    {"portion_checks", STATISTIC_COUNT, FIELD(portion_checks),
     "DMA transfers whose addresses were checked to lie in its portion of packet memory. One outside would have stopped it."},
    {"heap_failures", STATISTIC_COUNT, FIELD(heap_failures), "Allocations that failed."},
    {"sessions_lost", STATISTIC_COUNT, FIELD(sessions_lost),
     "Sessions that the firmware gave up for want of memory."},
    {"refetched_bytes", STATISTIC_COUNT, FIELD(refetched_bytes),
     "Bytes of the hosts' SENDs fetched another time to be sent again (retransmit = host)."},
    {0},
};

const struct part_kind processor_kind = {
    .name = "processor",
    .help = "A RISC-V processor with local memory and queues, running a protocol stack of its own.",
    .size = sizeof(struct processor),
    .parameters = parameters,
    .statistics = statistics,
    .countable = true,
    .init = processor_init,
    .wire = processor_wire,
    .start = processor_start,
    .settle = processor_settle,
    .clear = processor_clear,
    .utilisation_ppm = processor_utilisation,
    .free = processor_free,
};
