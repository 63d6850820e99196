/* bridge_part.c - the bridge as a part: keys, wiring, statistics. */
#include "models/bridge_inside.h"

#include <string.h>

static bool is_power(uint64_t value)
{
    return (value & (value - 1)) == 0;
}

static void check_link(const struct bridge *bridge, struct diagnostics *diagnostics)
{
    const struct part *part = &bridge->part;
    uint64_t lanes = bridge->pcie.lanes;

    if (bridge->link != BRIDGE_PCIE)
        return;
    if (bridge_is_direct(bridge))
        part_error(part, diagnostics, "link", "pcie: expected a host_bus that is not the card_bus");
    if (!is_power(lanes) && lanes != 12)
        part_error(part, diagnostics, "lanes", "%llu: expected 1, 2, 4, 8, 12, 16 or 32", (unsigned long long)lanes);
    if (!is_power(bridge->pcie.mps))
        part_error(part, diagnostics, "mps", "%llu bytes: expected a power of two", (unsigned long long)bridge->pcie.mps);
    if (!is_power(bridge->mrrs))
        part_error(part, diagnostics, "mrrs", "%llu bytes: expected a power of two", (unsigned long long)bridge->mrrs);
    if (!is_power(bridge->rcb))
        part_error(part, diagnostics, "rcb", "%llu bytes: expected 64 or 128", (unsigned long long)bridge->rcb);
    if (bridge->credits < bridge->pcie.mps)
        part_error(part, diagnostics, "credits", "%llu bytes: expected at least mps (%llu bytes)",
                   (unsigned long long)bridge->credits, (unsigned long long)bridge->pcie.mps);
}

/* Bursts of reads that may be between the two buses: with tags, as many as they can ask for. */
static uint64_t pieces_of(const struct bridge *bridge)
{
    enum { MOST = 65536, LEAST_MPS = 128 };

    if (bridge->link != BRIDGE_PCIE)
        return bridge->reads;
    return MIN(MOST, bridge->tags * (bridge->mrrs / bridge->piece_bytes + bridge->mrrs / LEAST_MPS + 2));
}

static void bridge_init(struct part *part, struct diagnostics *diagnostics)
{
    struct bridge *bridge = (struct bridge *)part;

    bridge->card_bus = (struct bus *)bridge->card_part;
    bridge->host_bus = (struct bus *)bridge->host_part;
    if (bridge->fifo_bytes < bridge->card_bus->burst_bytes)
        part_error(part, diagnostics, "fifo",
                   "%llu bytes hold no burst of bus %s (%llu bytes): expected at least that",
                   (unsigned long long)bridge->fifo_bytes, bridge->card_bus->part.name,
                   (unsigned long long)bridge->card_bus->burst_bytes);
    bridge->piece_bytes =
        (uint32_t)MIN(bridge->card_bus->burst_bytes, bridge->host_bus->burst_bytes);
    bridge->requests = g_new0(struct doorbell_request, bridge->request_count);
    check_link(bridge, diagnostics);
    uint64_t pieces = pieces_of(bridge);

    bridge->pieces = g_new0(struct piece, pieces);
    bridge->piece_data = g_malloc(pieces * bridge->piece_bytes);
    for (uint64_t i = pieces; i-- > 0;) {
        bridge->pieces[i] = (struct piece){.next = bridge->free_pieces,
                                           .bridge = bridge,
                                           .data = bridge->piece_data + i * bridge->piece_bytes};
        bridge->free_pieces = &bridge->pieces[i];
    }
    bridge->allocated = g_ptr_array_new_with_free_func(g_free);
    g_queue_init(&bridge->waiters);
    g_queue_init(&bridge->markers);
}

static void bridge_wire(struct part *part, struct diagnostics *diagnostics)
{
    struct bridge *bridge = (struct bridge *)part;

    bridge_events_init(bridge);
    bridge_doorbell_init(bridge);
    bridge_pcie_init(bridge);
    bus_attach(bridge->card_bus, &bridge->card, part, NULL);
    bus_attach(bridge->host_bus, &bridge->host, part, NULL);
    bridge->window = (struct bus_target){.base = bridge->window_base,
                                         .bytes = BRIDGE_WINDOW_BYTES,
                                         .part = part,
                                         .owner = bridge,
                                         .waits = bus_no_waits,
                                         .access = bridge_window_access};
    if (!bridge_is_direct(bridge))
        bus_map(bridge->card_bus, &bridge->window, diagnostics);
    bridge->doorbell = (struct bus_target){.base = bridge->doorbell_base,
                                           .bytes = BRIDGE_DOORBELL_BYTES,
                                           .is_registers = true,
                                           .part = part,
                                           .owner = bridge,
                                           .waits = bus_no_waits,
                                           .access = bridge_doorbell_access};
    bus_map(bridge->host_bus, &bridge->doorbell, diagnostics);
}

static void bridge_free(struct part *part)
{
    struct bridge *bridge = (struct bridge *)part;

    if (bridge->allocated)
        g_ptr_array_free(bridge->allocated, TRUE);
    g_queue_clear_full(&bridge->waiters, g_free);
    g_queue_clear_full(&bridge->markers, g_free);
    g_queue_clear(&bridge->express.writes);
    g_queue_clear(&bridge->express.reads);
    g_free(bridge->requests);
    g_free(bridge->pieces);
    g_free(bridge->piece_data);
}

static const char *const bus_kinds[] = {"bus", NULL};
static const char *const links[] = {"bus", "pcie", NULL};

static const struct parameter parameters[] = {
    {"card_bus", PARAMETER_PART, offsetof(struct bridge, card_part), NULL, 0, 0, bus_kinds,
     "The on-card bus."},
    {"host_bus", PARAMETER_PART, offsetof(struct bridge, host_part), NULL, 0, 0, bus_kinds,
     "The host's bus; the same as card_bus: the stack runs on the host's side, and nothing is bridged."},
    {"latency", PARAMETER_TIME, offsetof(struct bridge, latency_ps), "100ns", 0, 1000000000, NULL,
     "Time through the bridge, either way, from the end on one bus to the asking on the other."},
    {"fifo", PARAMETER_SIZE, offsetof(struct bridge, fifo_bytes), "8KiB", 64, 1 << 30, NULL,
     "Posted writes that it holds; at least one burst of the card's bus."},
    {"requests", PARAMETER_COUNT, offsetof(struct bridge, request_count), "64", 1, 65536, NULL,
     "Requests of the host that it holds until the transmit dispatch takes them."},
    {"reads", PARAMETER_COUNT, offsetof(struct bridge, reads), "4", 1, 1024, NULL,
     "Bursts of reads of host memory that are under way at once (link = bus)."},
    {"link", PARAMETER_CHOICE, offsetof(struct bridge, link), "bus", 0, 0, links,
     "What is between it and the host's bus: nothing but latency, or a PCI Express link; the keys that follow are of "
     "that link."},
    {"generation", PARAMETER_COUNT, offsetof(struct bridge, pcie.generation), "3", 1, 5, NULL,
     "PCI Express: 2.5, 5, 8, 16 or 32 GT/s a lane."},
    {"lanes", PARAMETER_COUNT, offsetof(struct bridge, pcie.lanes), "8", 1, 32, NULL,
     "Lanes each way: 1, 2, 4, 8, 12, 16 or 32."},
    {"mps", PARAMETER_SIZE, offsetof(struct bridge, pcie.mps), "256B", 128, 4096, NULL,
     "Maximum payload of a TLP, a power of two."},
    {"mrrs", PARAMETER_SIZE, offsetof(struct bridge, mrrs), "512B", 128, 4096, NULL,
     "Maximum read request, a power of two."},
    {"rcb", PARAMETER_SIZE, offsetof(struct bridge, rcb), "64B", 64, 128, NULL,
     "Read completion boundary of the root complex."},
    {"tags", PARAMETER_COUNT, offsetof(struct bridge, tags), "32", 1, 1024, NULL,
     "Read requests that may be under way at once."},
    {"credits", PARAMETER_SIZE, offsetof(struct bridge, credits), "4KiB", 128, 1 << 30, NULL,
     "Data of writes that may be under way until the host's bus has it; at least mps."},
    {"root_latency", PARAMETER_TIME, offsetof(struct bridge, root_latency_ps), "150ns", 0, 1000000000, NULL,
     "Time of the root complex for a read, besides that of the host's bus and memory."},
    {"window", PARAMETER_ADDRESS, offsetof(struct bridge, window_base), "0x800000000000", 0,
     1ull << 62, NULL, "Where host address 0 is seen on the card's bus; 2^47 bytes."},
    {"doorbell", PARAMETER_ADDRESS, offsetof(struct bridge, doorbell_base), "0xf0000000", 0,
     1ull << 46, NULL, "Address of its registers on the host's bus; 8 KiB."},
    {"chip", PARAMETER_TEXT, offsetof(struct bridge, chip), "card", 1, 64, NULL,
     "The integrated circuit on which it is."},
    {0},
};

#define COUNT(field, help)                                                                         \
    {                                                                                              \
#field, STATISTIC_COUNT, offsetof(struct bridge, stats.field), help                        \
    }
#define MAXIMUM(field, help)                                                                       \
    {                                                                                              \
#field, STATISTIC_MAXIMUM, offsetof(struct bridge, stats.field), help                      \
    }

#define EXPRESS(name, kind, field, help)                                                           \
    {                                                                                              \
#name, kind, offsetof(struct bridge, express.field), help                                  \
    }

static const struct statistic statistics[] = {
    COUNT(writes, "Posted writes that entered from the card's bus."),
    COUNT(written_bytes, "Bytes of them."),
    COUNT(lost_writes, "Pieces of them that the host bus refused: no such host memory."),
    MAXIMUM(fifo_max_bytes, "The most that was reserved or held in the FIFO."),
    COUNT(refused, "Accesses refused: FIFO full, wrong size, a read."),
    COUNT(reads, "Reads of host memory asked for."),
    COUNT(read_bytes, "Bytes of them."),
    COUNT(failed_reads, "Reads that one of the buses refused."),
    COUNT(requests, "Requests that the host wrote into the doorbell."),
    MAXIMUM(requests_max, "The most requests that waited for the transmit dispatch."),
    COUNT(consumed, "Consumed counts that the host wrote."),
    COUNT(consumed_lost, "Consumed counts for processors that are not there."),
    COUNT(messages, "Messages of the card of which the driver was told."),
    EXPRESS(up_tlps, STATISTIC_COUNT, up.tlps, "TLPs toward the host, on a PCI Express link: writes and read requests."),
    EXPRESS(up_bytes, STATISTIC_COUNT, up.bytes, "Bytes of them, with headers and framing."),
    EXPRESS(up_busy_ps, STATISTIC_COUNT, up.busy_ps, "Time that they took."),
    EXPRESS(down_tlps, STATISTIC_COUNT, down.tlps, "TLPs toward the card: completions, requests, consumed counts."),
    EXPRESS(down_bytes, STATISTIC_COUNT, down.bytes, "Bytes of them."),
    EXPRESS(down_busy_ps, STATISTIC_COUNT, down.busy_ps, "Time that they took."),
    EXPRESS(tag_waits, STATISTIC_COUNT, tag_waits, "Read requests that waited for a tag."),
    EXPRESS(tags_max, STATISTIC_MAXIMUM, tags_max, "The most tags that were in use."),
    EXPRESS(credit_waits, STATISTIC_COUNT, credit_waits, "Writes that waited for credits."),
    {0},
};

static void bridge_clear(struct part *part)
{
    struct bridge *bridge = (struct bridge *)part;

    bridge->stats.fifo_max_bytes = bridge->held_bytes + bridge->reserved_bytes;
    bridge->stats.requests_max = bridge_requests_waiting(bridge);
    bridge->express.tags_max = bridge->express.tags_used;
}

/* Of its busier direction. */
static uint32_t bridge_utilisation(struct part *part, uint64_t elapsed_ps)
{
    const struct bridge *bridge = (const struct bridge *)part;
    uint64_t busy_ps = MAX(bridge->express.up.busy_ps, bridge->express.down.busy_ps);

    if (bridge->link != BRIDGE_PCIE)
        return PART_NO_UTILISATION;
    if (!elapsed_ps)
        return 0;
    return (uint32_t)MIN(1000000, (unsigned __int128)busy_ps * 1000000 / elapsed_ps);
}

const struct part_kind bridge_kind = {
    .name = "bridge",
    .help = "The host bus interface: joins the on-card bus and a host's bus.",
    .size = sizeof(struct bridge),
    .parameters = parameters,
    .statistics = statistics,
    .init = bridge_init,
    .wire = bridge_wire,
    .clear = bridge_clear,
    .utilisation_ppm = bridge_utilisation,
    .free = bridge_free,
};
