#include "models/dispatch.h"

#include "models/port.h"
#include "models/processor.h"
#include "models/receive_dma.h"
#include "traces/packet.h"

#include <netinet/in.h>
#include <string.h>

enum { FRAGMENTS_ADDRESSES, FRAGMENTS_FIRST };

/* Source, destination and, with ports, these: the input of the hash, in network order. */
static unsigned hash_input(uint8_t *input, const uint8_t *source, const uint8_t *destination,
                           unsigned address_bytes, bool with_ports, uint16_t source_port,
                           uint16_t destination_port)
{
    memcpy(input, source, address_bytes);
    memcpy(input + address_bytes, destination, address_bytes);
    if (!with_ports)
        return 2 * address_bytes;
    packet_put16(input + 2 * address_bytes, source_port);
    packet_put16(input + 2 * address_bytes + 2, destination_port);
    return 2 * address_bytes + 4;
}

static uint32_t hash_packet(const struct dispatch *dispatch, const struct packet *packet,
                            bool with_ports, bool reversed)
{
    uint8_t input[TOEPLITZ_MAX_INPUT_BYTES];
    const uint8_t *source = packet->source.bytes, *destination = packet->destination.bytes;
    unsigned bytes = hash_input(input, reversed ? destination : source,
                                reversed ? source : destination,
                                packet->network == PACKET_IPV6 ? 16 : 4, with_ports,
                                reversed ? packet->destination_port : packet->source_port,
                                reversed ? packet->source_port : packet->destination_port);

    return toeplitz_hash(&dispatch->toeplitz, input, bytes);
}

static bool has_ports(const struct packet *packet)
{
    return (packet->protocol == IPPROTO_TCP || packet->protocol == IPPROTO_UDP) &&
           packet->transport_offset;
}

/* The header that an ICMP error quotes: of a frame that the card sent. False: no error, or cut short. */
static bool quoted_packet(const struct packet *packet, struct packet *quoted)
{
    uint8_t ethernet[14 + 128] = {0};
    uint32_t at = packet->transport_offset, bytes;

    if (!at || packet->is_fragment || at + 8 >= packet->bytes)
        return false;
    uint8_t type = packet->data[at];
    bool is_error = packet->protocol == IPPROTO_ICMP
                        ? type == 3 || type == 4 || type == 5 || type == 11 || type == 12
                        : packet->protocol == IPPROTO_ICMPV6 && type >= 1 && type <= 4;
    if (!is_error)
        return false;
    /* The quote ends anywhere: eight bytes of the transport header are enough for the ports. */
    bytes = packet->bytes - (at + 8);
    if (bytes > 128)
        bytes = 128;
    packet_put16(ethernet + 12, packet->protocol == IPPROTO_ICMP ? 0x0800 : 0x86dd);
    memcpy(ethernet + 14, packet->data + at + 8, bytes);
    /* A TCP header that is cut after its eight bytes gets the length of a whole one, so that its ports are
     * found; zeros follow. */
    uint32_t transport = packet->protocol == IPPROTO_ICMP ? 14 + (ethernet[14] & 15u) * 4 : 54;
    if (transport + 12 >= 14 + bytes)
        ethernet[transport + 12] = 0x50;
    packet_parse(quoted, ethernet, sizeof ethernet, 14 + 65535);
    quoted->data = NULL;
    return (quoted->network == PACKET_IPV4 || quoted->network == PACKET_IPV6) &&
           quoted->network_offset;
}

/* The card's number of a processor of the list. */
static unsigned number_of(const struct dispatch *dispatch, unsigned place)
{
    return processor_number((const struct processor *)dispatch->processor_list.list[place]);
}

static int pick(const struct dispatch *dispatch, uint32_t hash)
{
    return dispatch->table[hash % dispatch->table_entries];
}

int dispatch_choose(struct dispatch *dispatch, const struct packet *packet, uint32_t *hash)
{
    struct packet quoted;

    *hash = 0;
    if (packet->bytes >= 14 && (packet->data[0] & 1)) {
        dispatch->stats.copied++;
        return DISPATCH_EVERY;
    }
    if (packet->network == PACKET_ARP ||
        (packet->protocol == IPPROTO_ICMPV6 && packet->transport_offset &&
         packet->transport_offset < packet->bytes && packet->network == PACKET_IPV6 &&
         packet->data[packet->transport_offset] >= 133 &&
         packet->data[packet->transport_offset] <= 137)) {
        dispatch->stats.copied++;
        return DISPATCH_EVERY;
    }
    if ((packet->network != PACKET_IPV4 && packet->network != PACKET_IPV6) ||
        !packet->network_offset) {
        dispatch->stats.unhashed++;
        return (int)dispatch->default_number;
    }
    if (packet->is_fragment &&
        (dispatch->fragments == FRAGMENTS_ADDRESSES || packet->fragment_offset)) {
        dispatch->stats.hashed_addresses++;
        *hash = hash_packet(dispatch, packet, false, false);
    } else if (has_ports(packet)) {
        dispatch->stats.hashed_ports++;
        *hash = hash_packet(dispatch, packet, true, false);
    } else if ((packet->protocol == IPPROTO_ICMP || packet->protocol == IPPROTO_ICMPV6) &&
               quoted_packet(packet, &quoted)) {
        dispatch->stats.hashed_quoted++;
        *hash = hash_packet(dispatch, &quoted, has_ports(&quoted), true);
    } else {
        dispatch->stats.hashed_addresses++;
        *hash = hash_packet(dispatch, packet, false, false);
    }
    return pick(dispatch, *hash);
}

unsigned dispatch_flow_owner(const struct dispatch *dispatch, const struct hw_flow *flow,
                             uint32_t *hash)
{
    uint8_t input[TOEPLITZ_MAX_INPUT_BYTES];
    unsigned bytes = hash_input(input, flow->source, flow->destination,
                                flow->ip_version == 6 ? 16 : 4,
                                flow->protocol == IPPROTO_TCP || flow->protocol == IPPROTO_UDP,
                                flow->source_port, flow->destination_port);

    *hash = toeplitz_hash(&dispatch->toeplitz, input, bytes);
    return (unsigned)pick(dispatch, *hash);
}

unsigned dispatch_owner(struct part *part, const struct hw_tuple *tuple, uint8_t protocol)
{
    struct hw_flow flow = {.source_port = tuple->remote_port,
                           .destination_port = tuple->local_port,
                           .ip_version = tuple->ip_version,
                           .protocol = protocol};
    uint32_t hash;

    memcpy(flow.source, tuple->remote, 16);
    memcpy(flow.destination, tuple->local, 16);
    return dispatch_flow_owner((struct dispatch *)part, &flow, &hash);
}

/* --- The pipeline ------------------------------------------------------------------------------------ */

void dispatch_frame(struct dispatch *dispatch, struct port *port, struct frame *frame)
{
    uint64_t cycle = clock_cycle_crossing(&dispatch->clock, &port->bits, part_now(&dispatch->part));

    if (cycle < dispatch->next_cycle)
        cycle = dispatch->next_cycle;
    dispatch->next_cycle = cycle + dispatch->interval_cycles;
    dispatch->stats.frames++;
    frame->from_port = port;
    frame->cycle = cycle + dispatch->latency_cycles;
    frame_queue_push(&dispatch->entered, frame);
    if (dispatch->entered.count == 1)
        event_at_edge(&dispatch->out, &dispatch->clock, frame->cycle);
}

static void out_event(void *owner)
{
    struct dispatch *dispatch = owner;
    struct frame *frame = frame_queue_pop(&dispatch->entered);
    struct receive_dma *dma = (struct receive_dma *)dispatch->dma_part;
    struct packet packet;

    if (dispatch->entered.first)
        event_at_edge(&dispatch->out, &dispatch->clock, dispatch->entered.first->cycle);
    packet_parse(&packet, frame->data, frame->bytes, frame->bytes);
    int processor = dispatch_choose(dispatch, &packet, &frame->hash);
    if (processor != DISPATCH_EVERY) {
        frame->readers = 1;
        receive_dma_frame(dma, frame, (unsigned)processor);
        return;
    }
    unsigned count = dispatch->processor_list.count;

    frame->readers = count;
    frame->ledger->copies += count;
    for (unsigned i = 0; i < count; i++) {
        struct frame *copy = frame_from(&frame, 1, frame->data, frame->bytes);

        copy->is_copy = true;
        copy->rx_flags = frame->rx_flags | HW_RX_COPY;
        receive_dma_frame(dma, copy, number_of(dispatch, i));
    }
    frame_release(frame); /* lives on in its copies */
}

/* --- The part ---------------------------------------------------------------------------------------- */

static void dispatch_init(struct part *part, struct diagnostics *diagnostics)
{
    struct dispatch *dispatch = (struct dispatch *)part;
    unsigned processors = dispatch->processor_list.count;

    if (processors == 0)
        part_error(part, diagnostics, "processors", "no processor serves this dispatch");
    if (dispatch->default_processor >= processors && processors)
        part_error(part, diagnostics, "default_processor", "%llu: expected 0 .. %u",
                   (unsigned long long)dispatch->default_processor, processors - 1);
    if (dispatch->key.count < TOEPLITZ_KEY_BYTES)
        part_error(part, diagnostics, "key", "%u bytes: a Toeplitz key has %d to %d",
                   dispatch->key.count, TOEPLITZ_KEY_BYTES, TOEPLITZ_MAX_KEY_BYTES);
    if (diagnostics->errors)
        return;
    clock_init(&dispatch->clock, dispatch->hz, 2);
    toeplitz_init(&dispatch->toeplitz, dispatch->key.bytes, dispatch->key.count);
    event_init(&dispatch->out, part, dispatch, "out", out_event);
}

/* Processors know their numbers now. */
static void dispatch_wire(struct part *part, struct diagnostics *diagnostics)
{
    struct dispatch *dispatch = (struct dispatch *)part;

    (void)diagnostics;
    for (unsigned i = 0; i < dispatch->table_entries; i++)
        dispatch->table[i] =
            (uint16_t)number_of(dispatch, i % dispatch->processor_list.count);
    dispatch->default_number = number_of(dispatch, (unsigned)dispatch->default_processor);
}

static uint32_t dispatch_utilisation(struct part *part, uint64_t elapsed_ps)
{
    const struct dispatch *dispatch = (const struct dispatch *)part;
    uint64_t cycles = clock_cycle_at(&dispatch->clock, elapsed_ps);

    return cycles ? (uint32_t)((unsigned __int128)dispatch->stats.frames *
                               dispatch->interval_cycles * 1000000 / cycles)
                  : 0;
}

static const char *const hashes[] = {"toeplitz", NULL};
static const char *const fragment_rules[] = {"addresses", "first", NULL};
static const char *const processor_kinds[] = {"processor", NULL};
static const char *const dma_kinds[] = {"receive_dma", NULL};

static const struct parameter parameters[] = {
    {"hash", PARAMETER_CHOICE, offsetof(struct dispatch, hash), "toeplitz", 0, 0, hashes,
     "Hash function over the header fields."},
    {"key", PARAMETER_BYTES, offsetof(struct dispatch, key),
     "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa", 1,
     TOEPLITZ_MAX_KEY_BYTES, NULL, "Key of the hash; the default is that of Microsoft's RSS suite."},
    {"table", PARAMETER_COUNT, offsetof(struct dispatch, table_entries), "128", 1,
     DISPATCH_MAX_ENTRIES, NULL,
     "Entries of the indirection table; they name the processors in turn."},
    {"default_processor", PARAMETER_COUNT, offsetof(struct dispatch, default_processor), "0", 0, 255,
     NULL, "Where frames go that can't be hashed: which of `processors`, from 0."},
    {"fragments", PARAMETER_CHOICE, offsetof(struct dispatch, fragments), "addresses", 0, 0,
     fragment_rules, "What fragments are hashed by: addresses, or ports too for the first one."},
    {"processors", PARAMETER_PARTS, offsetof(struct dispatch, processor_list), "*", 1, 256,
     processor_kinds, "The processors that it serves."},
    {"dma", PARAMETER_PART, offsetof(struct dispatch, dma_part), "*", 0, 0, dma_kinds,
     "The receive DMA engine behind it."},
    {"clock", PARAMETER_FREQUENCY, offsetof(struct dispatch, hz), "500MHz", 1000000, 100000000000,
     NULL, "Clock of the dispatch."},
    {"latency", PARAMETER_COUNT, offsetof(struct dispatch, latency_cycles), "8", 0, 100000, NULL,
     "Cycles from a frame's entry to its exit."},
    {"interval", PARAMETER_COUNT, offsetof(struct dispatch, interval_cycles), "1", 1, 100000, NULL,
     "Cycles between the entries of two frames."},
    {"chip", PARAMETER_TEXT, offsetof(struct dispatch, chip), "card", 1, 64, NULL,
     "The integrated circuit on which it is."},
    {0},
};

static const struct statistic statistics[] = {
    {"frames", STATISTIC_COUNT, offsetof(struct dispatch, stats.frames), "Frames that entered."},
    {"hashed_ports", STATISTIC_COUNT, offsetof(struct dispatch, stats.hashed_ports),
     "Frames hashed by addresses and ports."},
    {"hashed_addresses", STATISTIC_COUNT, offsetof(struct dispatch, stats.hashed_addresses),
     "Frames hashed by addresses alone."},
    {"hashed_quoted", STATISTIC_COUNT, offsetof(struct dispatch, stats.hashed_quoted),
     "ICMP errors hashed by the header that they quote."},
    {"copied", STATISTIC_COUNT, offsetof(struct dispatch, stats.copied),
     "Frames of which every processor got a copy."},
    {"unhashed", STATISTIC_COUNT, offsetof(struct dispatch, stats.unhashed),
     "Frames without an IP header, to the default processor."},
    {0},
};

const struct part_kind dispatch_kind = {
    .name = "dispatch",
    .help = "The receive dispatch: picks a processor for each frame by a hash of its header.",
    .size = sizeof(struct dispatch),
    .parameters = parameters,
    .statistics = statistics,
    .init = dispatch_init,
    .wire = dispatch_wire,
    .utilisation_ppm = dispatch_utilisation,
};
