#include "models/bus.h"

#include <glib.h>
#include <string.h>

enum { ARBITRATION_ROUND_ROBIN, ARBITRATION_PRIORITY, ARBITRATION_WEIGHTED };
enum { TOPOLOGY_SHARED, TOPOLOGY_CROSSBAR };

static void grant_next(struct bus_path *path, uint64_t cycle);
static void finish_event(void *owner);

static void grant_event(void *owner)
{
    struct bus_path *path = owner;

    if (!path->granted)
        grant_next(path, clock_cycle_at(&path->bus->clock, part_now(&path->bus->part)));
}

static void bus_init(struct part *part, struct diagnostics *diagnostics)
{
    struct bus *bus = (struct bus *)part;

    if (bus->width_bits % 8 || (bus->width_bits & (bus->width_bits - 1)))
        part_error(part, diagnostics, "width", "%llu bits: expected 8, 16, 32, ... 1024",
                   (unsigned long long)bus->width_bits);
    if (bus->burst_bytes % 64)
        part_error(part, diagnostics, "burst", "%llu bytes: expected a multiple of 64",
                   (unsigned long long)bus->burst_bytes);
    clock_init(&bus->clock, bus->hz, bus->sync_cycles);
    bus->width_bytes = (uint32_t)bus->width_bits / 8;
}

/* By binary search. */
static struct bus_target *target_of(const struct bus *bus, uint64_t address)
{
    unsigned low = 0, high = bus->target_count;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        struct bus_target *target = bus->targets[middle];

        if (address < target->base)
            high = middle;
        else if (address - target->base >= target->bytes)
            low = middle + 1;
        else
            return target;
    }
    return NULL;
}

const struct bus_target *bus_target_at(const struct bus *bus, uint64_t address)
{
    return target_of(bus, address);
}

uint32_t bus_no_waits(void *owner, const struct bus_request *request)
{
    (void)owner;
    (void)request;
    return 0;
}

void bus_map(struct bus *bus, struct bus_target *target, struct diagnostics *diagnostics)
{
    unsigned place = 0;

    for (unsigned i = 0; i < bus->target_count; i++) {
        const struct bus_target *other = bus->targets[i];

        if (target->base - other->base < other->bytes || other->base - target->base < target->bytes) {
            part_error(target->part, diagnostics, NULL,
                       "addresses 0x%llx .. 0x%llx on bus %s overlap those of %s %s (0x%llx .. 0x%llx)",
                       (unsigned long long)target->base,
                       (unsigned long long)(target->base + target->bytes - 1), bus->part.name,
                       other->part->kind->name, other->part->name, (unsigned long long)other->base,
                       (unsigned long long)(other->base + other->bytes - 1));
            return;
        }
        if (other->base < target->base)
            place = i + 1;
    }
    bus->targets = g_renew(struct bus_target *, bus->targets, bus->target_count + 1);
    memmove(bus->targets + place + 1, bus->targets + place,
            (bus->target_count - place) * sizeof *bus->targets);
    bus->targets[place] = target;
    target->number = bus->target_count;
    bus->target_count++;
}

void bus_attach(struct bus *bus, struct bus_master *master, struct part *part,
                const struct clock *clock)
{
    sim_check(&bus->part, bus->master_count < BUS_MAX_MASTERS);
    *master = (struct bus_master){
        .bus = bus, .part = part, .clock = clock ? clock : &bus->clock, .number = bus->master_count};
    bus->masters[bus->master_count++] = master;
}

/* Targets and masters are there when the first request comes. */
static void paths_init(struct bus *bus)
{
    bus->path_count = bus->topology == TOPOLOGY_CROSSBAR ? bus->target_count + 1 : 1;
    bus->paths = g_new0(struct bus_path, bus->path_count);
    for (unsigned i = 0; i < bus->path_count; i++) {
        struct bus_path *path = &bus->paths[i];

        path->bus = bus;
        path->last_granted = bus->master_count - 1; /* the first turn is master 0's */
        path->done_cycle = UINT64_MAX;
        event_init(&path->grant, &bus->part, path, "grant", grant_event);
        event_init(&path->finish, &bus->part, path, "finish", finish_event);
        if (bus->topology == TOPOLOGY_CROSSBAR) /* after all that ends at this edge */
            event_set_priority(&path->grant, EVENT_ARBITER);
    }
}

static struct bus_path *path_of(struct bus *bus, const struct bus_request *request)
{
    const struct bus_target *target;

    if (bus->topology == TOPOLOGY_SHARED)
        return &bus->paths[0];
    target = target_of(bus, request->address);
    return &bus->paths[target ? target->number : bus->target_count];
}

/* The master's first request is one that its path may grant. */
static void enter(struct bus_master *master, uint64_t from_cycle)
{
    struct bus *bus = master->bus;
    struct bus_path *path = master->first->path;

    path->asking[master->number / 64] |= 1ull << master->number % 64;
    if (path->granted)
        return;
    uint64_t at_ps = clock_edge_ps(&bus->clock, MAX(master->first->ready_cycle, from_cycle));

    if (!event_pending(&path->grant) || at_ps < path->grant.time_ps)
        event_at(&path->grant, at_ps);
}

void bus_ask(struct bus_master *master, struct bus_request *request)
{
    struct bus *bus = master->bus;
    uint64_t now_ps = part_now(&bus->part);
    bool is_first = !master->first;

    sim_check(master->part, request->bytes >= 1 && request->bytes <= BUS_MAX_BURST_BYTES);
    if (!bus->paths)
        paths_init(bus);
    request->next = NULL;
    request->asked_ps = now_ps;
    request->ready_cycle = clock_cycle_crossing(&bus->clock, master->clock, now_ps) + 1;
    request->path = path_of(bus, request);
    if (is_first)
        master->first = request;
    else
        master->last->next = request;
    master->last = request;
    if (is_first && !master->busy)
        enter(master, 0);
}

/* Among those that are ready the one with the least rank; of equals the one that comes next in turn. */
static struct bus_master *choose_by_rank(const struct bus_path *path, uint64_t cycle, uint64_t *later)
{
    const struct bus *bus = path->bus;
    struct bus_master *best = NULL;
    unsigned best_distance = 0;

    *later = UINT64_MAX;
    for (unsigned word = 0; word < (bus->master_count + 63) / 64; word++)
        for (uint64_t bits = path->asking[word]; bits; bits &= bits - 1) {
            struct bus_master *master = bus->masters[word * 64 + (unsigned)__builtin_ctzll(bits)];
            unsigned distance = (master->number + bus->master_count - path->last_granted - 1) % bus->master_count;

            if (master->first->ready_cycle > cycle) {
                *later = MIN(*later, master->first->ready_cycle);
            } else if (!best || master->rank < best->rank || (master->rank == best->rank && distance < best_distance)) {
                best = master;
                best_distance = distance;
            }
        }
    return best;
}

/* The master that is next in turn among those whose first request is ready at this edge; otherwise NULL and
 * the edge at which one will be (UINT64_MAX: nobody asks). */
static struct bus_master *choose_in_turn(const struct bus_path *path, uint64_t cycle, uint64_t *later)
{
    const struct bus *bus = path->bus;
    const unsigned words = (bus->master_count + 63) / 64;
    unsigned word = (path->last_granted + 1) / 64 % words;
    uint64_t bits = path->asking[word] & ~0ull << (path->last_granted + 1) % 64;

    *later = UINT64_MAX;
    for (unsigned i = 0; i <= words; i++) {
        for (; bits; bits &= bits - 1) {
            struct bus_master *master = bus->masters[word * 64 + (unsigned)__builtin_ctzll(bits)];

            if (master->first->ready_cycle <= cycle)
                return master;
            if (master->first->ready_cycle < *later)
                *later = master->first->ready_cycle;
        }
        word = word + 1 == words ? 0 : word + 1;
        bits = path->asking[word];
    }
    return NULL;
}

static struct bus_master *choose(const struct bus_path *path, uint64_t cycle, uint64_t *later)
{
    const struct bus *bus = path->bus;
    struct bus_master *last = bus->masters[path->last_granted];

    if (bus->arbitration == ARBITRATION_PRIORITY)
        return choose_by_rank(path, cycle, later);
    if (bus->arbitration == ARBITRATION_WEIGHTED && path->grants_in_turn && path->grants_in_turn < last->weight &&
        path->asking[last->number / 64] >> last->number % 64 & 1 && last->first->ready_cycle <= cycle)
        return last;
    return choose_in_turn(path, cycle, later);
}

/* At the edge at which the one before is done: who had its address cycle during the last beat of that. */
static struct bus_master *choose_pipelined(const struct bus_path *path, uint64_t cycle)
{
    struct bus_master *master;
    uint64_t later;

    if (!path->bus->pipelined || path->done_cycle != cycle || cycle == 0)
        return NULL;
    master = choose(path, cycle - 1, &later);
    return master && master->free_cycle < cycle ? master : NULL;
}

static void count_grant(struct bus *bus, struct bus_master *master, const struct bus_request *request, uint64_t beats,
                        uint64_t held)
{
    uint64_t wait_ps = request->granted_ps - request->asked_ps;

    master->stats.requests++;
    master->stats.bytes += request->bytes;
    master->stats.beats += beats;
    master->stats.wait_ps += wait_ps;
    master->stats.held_cycles += held;
    bus->stats.requests++;
    bus->stats.wait_ps += wait_ps;
    if (wait_ps > bus->stats.wait_max_ps)
        bus->stats.wait_max_ps = wait_ps;
}

static void grant_next(struct bus_path *path, uint64_t cycle)
{
    struct bus *bus = path->bus;
    uint64_t later, address_cycle = cycle;
    struct bus_master *master = choose_pipelined(path, cycle);

    if (master) {
        address_cycle--;
    } else {
        master = choose(path, cycle, &later);
        if (!master) {
            if (later != UINT64_MAX)
                event_at_edge(&path->grant, &bus->clock, later);
            return;
        }
    }
    struct bus_request *request = master->first;
    struct bus_target *target = target_of(bus, request->address);
    uint64_t first_byte = request->address & (bus->width_bytes - 1);
    uint64_t beats = (first_byte + request->bytes + bus->width_bytes - 1) / bus->width_bytes;

    request->granted_ps = clock_edge_ps(&bus->clock, address_cycle);
    master->first = request->next;
    master->busy = bus->topology == TOPOLOGY_CROSSBAR;
    if (!master->first || master->busy)
        path->asking[master->number / 64] &= ~(1ull << master->number % 64);
    path->grants_in_turn = path->last_granted == master->number ? path->grants_in_turn + 1 : 1;
    path->last_granted = master->number;
    path->granted = request;
    path->master = master;
    path->target =
        target && request->address - target->base + request->bytes <= target->bytes ? target : NULL;
    uint64_t held = address_cycle + 1 - cycle +
                    (path->target ? path->target->waits(path->target->owner, request) : 0) + beats;
    if (bus->ways && path->target)
        held += chip_cross(&bus->ways[master->number][path->target->number], &bus->clock, address_cycle,
                           request->op == BUS_READ, request->bytes, beats);
    count_grant(bus, master, request, beats, held);
    path->counted_cycle = cycle;
    path->finish_cycle = cycle + held;
    event_at_edge(&path->finish, &bus->clock, path->finish_cycle);
}

static void count_busy(struct bus_path *path, uint64_t to_cycle)
{
    path->bus->stats.busy_cycles += to_cycle - path->counted_cycle;
    path->busy_cycles += to_cycle - path->counted_cycle;
    path->counted_cycle = to_cycle;
}

static void bus_settle(struct part *part)
{
    struct bus *bus = (struct bus *)part;

    for (unsigned i = 0; i < bus->path_count; i++)
        if (bus->paths[i].granted)
            count_busy(&bus->paths[i], clock_cycle_after(&bus->clock, part_now(part)) - 1);
}

static void bus_clear(struct part *part)
{
    struct bus *bus = (struct bus *)part;

    for (unsigned i = 0; i < bus->path_count; i++)
        bus->paths[i].busy_cycles = 0;
    for (unsigned i = 0; i < bus->master_count; i++)
        memset(&bus->masters[i]->stats, 0, sizeof bus->masters[i]->stats);
}

static void finish_event(void *owner)
{
    struct bus_path *path = owner;
    struct bus *bus = path->bus;
    struct bus_request *request = path->granted;
    struct bus_master *master = path->master;
    uint64_t cycle = path->finish_cycle;

    count_busy(path, cycle);
    request->status =
        path->target ? path->target->access(path->target->owner, request) : BUS_NO_TARGET;
    if (request->status == BUS_NO_TARGET)
        bus->stats.no_target++;
    else if (request->status == BUS_OK && request->op == BUS_READ)
        bus->stats.read_bytes += request->bytes;
    else if (request->status == BUS_OK)
        bus->stats.written_bytes += request->bytes;
    /* Still granted while done() runs: what it asks for is seen by the grant below, if it is ready. */
    request->done(request);
    path->granted = NULL;
    path->done_cycle = cycle;
    if (bus->topology == TOPOLOGY_SHARED) {
        grant_next(path, cycle);
        return;
    }
    master->busy = false;
    master->free_cycle = cycle;
    if (master->first)
        enter(master, cycle);
    event_at_edge(&path->grant, &bus->clock, cycle);
}

static bool is_called(const struct part *part, const char *name)
{
    return strcmp(part->name, name) == 0 || g_strcmp0(part->group, name) == 0;
}

static bool is_any_called(const struct sim *sim, const char *name)
{
    for (unsigned i = 0; i < sim->part_count; i++)
        if (is_called(sim->parts[i], name))
            return true;
    return false;
}

/* Ranks and weights by the names of the masters' parts, or of their groups. */
static void set_ranks(struct bus *bus)
{
    char **names = g_strsplit_set(bus->order ? bus->order : "", " \t,", -1);

    for (unsigned i = 0; i < bus->master_count; i++) {
        struct bus_master *master = bus->masters[i];
        unsigned rank = 0;

        while (names[rank] && !is_called(master->part, names[rank]))
            rank++;
        master->rank = rank;
        master->weight = 1;
        for (unsigned k = 0; k < bus->weight_lines.count; k++)
            if (is_called(master->part, bus->weight_lines.lines[k].word))
                master->weight = g_ascii_strtoull(bus->weight_lines.lines[k].text, NULL, 10);
    }
    g_strfreev(names);
}

static void check_names(const struct bus *bus, struct diagnostics *diagnostics)
{
    char **names = g_strsplit_set(bus->order ? bus->order : "", " \t,", -1);
    const struct part *part = &bus->part;
    guint64 weight;

    for (char **name = names; *name; name++)
        if (**name && !is_any_called(part->sim, *name))
            part_error(part, diagnostics, "order", "'%s': no part or group of parts has that name", *name);
    g_strfreev(names);
    for (unsigned i = 0; i < bus->weight_lines.count; i++) {
        const struct parameter_line *line = &bus->weight_lines.lines[i];

        if (!is_any_called(part->sim, line->word))
            part_error(part, diagnostics, line->key, "'%s': no part or group of parts has that name", line->word);
        if (!g_ascii_string_to_unsigned(line->text, 10, 1, 1000000, &weight, NULL))
            part_error(part, diagnostics, line->key, "'%s': expected a number of grants, 1 .. 1000000", line->text);
    }
    if (bus->arbitration != ARBITRATION_PRIORITY && bus->order && *bus->order)
        part_error(part, diagnostics, "order", "is for arbitration = priority");
    if (bus->arbitration != ARBITRATION_WEIGHTED && bus->weight_lines.count)
        part_error(part, diagnostics, bus->weight_lines.lines[0].key, "is for arbitration = weighted");
}

static void bus_wire(struct part *part, struct diagnostics *diagnostics)
{
    struct bus *bus = (struct bus *)part;

    check_names(bus, diagnostics);
}

static void ways_free(struct bus *bus)
{
    for (unsigned i = 0; bus->ways && i < bus->master_count; i++)
        g_free(bus->ways[i]);
    g_free(bus->ways);
    bus->ways = NULL;
}

/* All masters and targets are there: which chips they cross, and how they stand to each other. */
static void bus_start(struct part *part)
{
    struct bus *bus = (struct bus *)part;
    bool any = false;

    set_ranks(bus);

    bus->ways = g_new0(struct chip_way *, bus->master_count + 1);
    for (unsigned i = 0; i < bus->master_count; i++) {
        bus->ways[i] = g_new0(struct chip_way, bus->target_count + 1);
        for (unsigned k = 0; k < bus->target_count; k++) {
            const struct bus_target *target = bus->targets[k];

            bus->ways[i][target->number] = chip_way(bus->masters[i]->part, part, target->part);
            any |= bus->ways[i][target->number].count > 0;
        }
    }
    if (!any)
        ways_free(bus);
}

/* Of its busiest path. */
static uint32_t bus_utilisation(struct part *part, uint64_t elapsed_ps)
{
    const struct bus *bus = (const struct bus *)part;
    uint64_t cycles = clock_cycle_at(&bus->clock, elapsed_ps), busiest = 0;

    if (bus->topology == TOPOLOGY_SHARED)
        busiest = bus->stats.busy_cycles;
    for (unsigned i = 0; i < bus->path_count && bus->topology == TOPOLOGY_CROSSBAR; i++)
        busiest = MAX(busiest, bus->paths[i].busy_cycles);
    return cycles ? (uint32_t)((unsigned __int128)busiest * 1000000 / cycles) : 0;
}

static void bus_free(struct part *part)
{
    struct bus *bus = (struct bus *)part;

    ways_free(bus);
    g_free(bus->targets);
    g_free(bus->paths);
}

static const char *const topologies[] = {"shared", "crossbar", NULL};
static const char *const arbitrations[] = {"round-robin", "priority", "weighted", NULL};

static const struct parameter parameters[] = {
    {"clock", PARAMETER_FREQUENCY, offsetof(struct bus, hz), "500MHz", 1000000, 100000000000, NULL,
     "Clock of the bus."},
    {"sync_cycles", PARAMETER_COUNT, offsetof(struct bus, sync_cycles), "2", 0, 16, NULL,
     "Cycles that a request from another clock domain takes to be seen."},
    {"width", PARAMETER_BITS, offsetof(struct bus, width_bits), "128bit", 8, 1024, NULL,
     "Data bits of one beat; a power of two."},
    {"burst", PARAMETER_SIZE, offsetof(struct bus, burst_bytes), "256B", 64, BUS_MAX_BURST_BYTES, NULL,
     "The longest burst that a DMA engine may ask for; a multiple of 64."},
    {"topology", PARAMETER_CHOICE, offsetof(struct bus, topology), "shared", 0, 0, topologies,
     "One transaction at a time; or a path to each target, with an arbitration of its own, at the same time."},
    {"pipelined", PARAMETER_FLAG, offsetof(struct bus, pipelined), "no", 0, 0, NULL,
     "Whether the address cycle of a request overlaps the last beat of the one before."},
    {"arbitration", PARAMETER_CHOICE, offsetof(struct bus, arbitration), "round-robin", 0, 0, arbitrations,
     "Which master is granted: the next in turn; the first in `order`; or in turn, several grants one after the other by "
     "their weights."},
    {"order", PARAMETER_TEXT, offsetof(struct bus, order), "", 0, 4096, NULL,
     "With priority: names of parts or groups, the most urgent first. Those not named come last, in turn."},
    {"weight", PARAMETER_LINES, offsetof(struct bus, weight_lines), "", 1, 7, NULL,
     "With weighted, weight.NAME of a part or group: grants one after the other, while it asks; others have 1."},
    {"chip", PARAMETER_TEXT, offsetof(struct bus, chip), "card", 1, 64, NULL,
     "The integrated circuit on which it is."},
    {0},
};

static const struct statistic statistics[] = {
    {"requests", STATISTIC_COUNT, offsetof(struct bus, stats.requests), "Requests granted."},
    {"read_bytes", STATISTIC_COUNT, offsetof(struct bus, stats.read_bytes), "Bytes read."},
    {"written_bytes", STATISTIC_COUNT, offsetof(struct bus, stats.written_bytes), "Bytes written."},
    {"busy_cycles", STATISTIC_COUNT, offsetof(struct bus, stats.busy_cycles),
     "Cycles of granted requests: address, waits and data."},
    {"wait_ps", STATISTIC_COUNT, offsetof(struct bus, stats.wait_ps),
     "Time from asking to grant, over all requests."},
    {"wait_max_ps", STATISTIC_MAXIMUM, offsetof(struct bus, stats.wait_max_ps),
     "The longest time from asking to grant."},
    {"no_target", STATISTIC_COUNT, offsetof(struct bus, stats.no_target),
     "Requests to addresses that no part covers."},
    {0},
};

const struct part_kind bus_kind = {
    .name = "bus",
    .help = "A bus with arbitration in turn: the on-card bus, or a host bus.",
    .size = sizeof(struct bus),
    .parameters = parameters,
    .statistics = statistics,
    .init = bus_init,
    .wire = bus_wire,
    .start = bus_start,
    .settle = bus_settle,
    .clear = bus_clear,
    .utilisation_ppm = bus_utilisation,
    .free = bus_free,
};
