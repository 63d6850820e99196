/* dispatch_choose.c - which processor gets a frame, and who owns a session. */
#include "models/dispatch.h"
#include "models/processor.h"
#include "traces/packet.h"

#include <netinet/in.h>
#include <string.h>

unsigned dispatch_number(const struct dispatch *dispatch, unsigned place)
{
    return processor_number((const struct processor *)dispatch->processor_list.list[place]);
}

/* Where a hash leads: an indirection table, or the processors of a rule. */
struct way {
    struct indirection *table;
    struct dispatch_rule *rule; /* NULL: the table */
    uint32_t protocols;         /* HW_SPEAKS_* of the frame */
};

/* --- What processors speak ----------------------------------------------------------------------- */

static const struct processor *processor_at(const struct dispatch *dispatch, unsigned place)
{
    return (const struct processor *)dispatch->processor_list.list[place];
}

static uint32_t protocols_of(unsigned ip_version, uint8_t protocol)
{
    if (protocol == IPPROTO_TCP)
        return ip_version == 6 ? HW_SPEAKS_TCP6 : HW_SPEAKS_TCP4;
    if (protocol == IPPROTO_UDP)
        return ip_version == 6 ? HW_SPEAKS_UDP6 : HW_SPEAKS_UDP4;
    return ip_version == 6 ? HW_SPEAKS_IP6 : HW_SPEAKS_IP4;
}

/* An ICMP error follows the header that it quotes, behind its own eight bytes. */
static uint32_t protocols_of_icmp(const struct packet *packet)
{
    bool is6 = packet->network == PACKET_IPV6;
    const uint8_t *icmp = packet->data + packet->transport_offset;
    uint32_t protocol_at = packet->transport_offset + (is6 ? 8u + 6 : 8u + 9);
    bool is_error = is6 ? icmp[0] < 128 : icmp[0] == 3 || icmp[0] == 4 || icmp[0] == 5 || icmp[0] == 11 || icmp[0] == 12;

    if (!is_error || protocol_at >= packet->bytes)
        return is6 ? HW_SPEAKS_IP6 : HW_SPEAKS_IP4;
    return protocols_of(is6 ? 6 : 4, packet->data[protocol_at]);
}

uint32_t dispatch_protocols(const struct packet *packet)
{
    bool is6 = packet->network == PACKET_IPV6;

    if (packet->network == PACKET_OTHER)
        return HW_SPEAKS_ALL;
    if (packet->network == PACKET_ARP)
        return HW_SPEAKS_IP4;
    if (packet->transport_offset && packet->transport_offset < packet->bytes &&
        packet->protocol == (is6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
        return protocols_of_icmp(packet);
    return protocols_of(is6 ? 6 : 4, packet->protocol);
}

bool dispatch_speaks_tcp(const struct part *part, unsigned number, unsigned ip_version)
{
    const struct dispatch *dispatch = (const struct dispatch *)part;

    for (unsigned place = 0; place < dispatch->processor_list.count; place++)
        if (dispatch_number(dispatch, place) == number)
            return processor_speaks(processor_at(dispatch, place), protocols_of(ip_version, IPPROTO_TCP));
    return false;
}

/* Of `count` places the one at entry, if its processor speaks one of the protocols; else the table is laid over the
 * places that do: of n of them, that with number entry mod n. */
static int speaker(const struct dispatch *dispatch, const uint16_t *places, unsigned count, unsigned entry,
                   uint32_t protocols, bool *is_redirected)
{
    unsigned speakers = 0;

    *is_redirected = false;
    if (protocols & dispatch->all_speak || processor_speaks(processor_at(dispatch, places[entry]), protocols))
        return (int)dispatch_number(dispatch, places[entry]);
    *is_redirected = true;
    for (unsigned i = 0; i < count; i++)
        speakers += processor_speaks(processor_at(dispatch, places[i]), protocols);
    if (speakers == 0)
        return DISPATCH_NO_STACK;
    for (unsigned i = 0, left = entry % speakers;; i++) {
        if (!processor_speaks(processor_at(dispatch, places[i]), protocols))
            continue;
        if (left-- == 0)
            return (int)dispatch_number(dispatch, places[i]);
    }
}

/* That of the scenario, else the first that speaks it. */
static int default_speaker(const struct dispatch *dispatch, uint32_t protocols)
{
    int first = DISPATCH_NO_STACK;

    if (protocols & dispatch->all_speak)
        return (int)dispatch->default_number;
    for (unsigned place = dispatch->processor_list.count; place-- > 0;)
        if (processor_speaks(processor_at(dispatch, place), protocols)) {
            first = (int)dispatch_number(dispatch, place);
            if ((unsigned)first == dispatch->default_number)
                return first;
        }
    return first;
}

/* --- Through a table, or a rule ------------------------------------------------------------------ */

static int pick(struct dispatch *dispatch, const struct way *way, uint32_t hash)
{
    const uint16_t *places = way->rule ? way->rule->places : way->table->place;
    unsigned count = way->rule ? way->rule->count : way->table->entries, entry = hash % count;
    bool is_redirected;
    int number = speaker(dispatch, places, count, entry, way->protocols, &is_redirected);

    dispatch->stats.redirected += is_redirected && number >= 0;
    if (!way->rule)
        way->table->frames[entry]++;
    return number;
}

/* Of a place on the way: sessions that its processor owns, and frames that wait for it. */
static uint64_t load_of(const struct dispatch *dispatch, unsigned place)
{
    const struct processor *processor = (const struct processor *)dispatch->processor_list.list[place];

    return dispatch->owners.sessions[processor_number(processor)] + processor_rx_queued(processor);
}

static int pick_least_loaded(struct dispatch *dispatch, const struct way *way)
{
    const uint16_t *places = way->rule ? way->rule->places : way->table->place;
    unsigned count = way->rule ? way->rule->count : way->table->entries, best = 0;
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < count; i++) {
        unsigned k = (dispatch->turn_of_sessions + i) % count;
        uint64_t load = load_of(dispatch, places[k]);

        if (!processor_speaks(processor_at(dispatch, places[k]), way->protocols))
            continue;
        if (load < least) {
            least = load;
            best = k;
        }
    }
    if (least == UINT64_MAX)
        return DISPATCH_NO_STACK;
    dispatch->turn_of_sessions = (best + 1) % count;
    if (!way->rule)
        way->table->frames[best]++;
    return (int)dispatch_number(dispatch, places[best]);
}

/* --- A frame ------------------------------------------------------------------------------------- */

static bool is_segment(const struct packet *packet)
{
    return packet->protocol == IPPROTO_TCP && packet->transport_offset && !packet->is_fragment &&
           packet->tcp_header_bytes;
}

static struct hw_flow flow_of(const struct packet *packet)
{
    struct hw_flow flow = {.source_port = packet->source_port,
                           .destination_port = packet->destination_port,
                           .ip_version = packet->network == PACKET_IPV6 ? 6 : 4,
                           .protocol = packet->protocol};

    memcpy(flow.source, packet->source.bytes, 16);
    memcpy(flow.destination, packet->destination.bytes, 16);
    return flow;
}

static struct hash_program_run run_program(struct dispatch *dispatch, const struct packet *packet,
                                           const struct hash_input *input)
{
    struct hash_program_given given = {
        .data = packet->data,
        .bytes = packet->bytes,
        .vlan_tags = packet->vlan_tags,
        .network_offset = (uint8_t)packet->network_offset,
        .transport_offset = (uint8_t)(packet->transport_offset <= 255 ? packet->transport_offset : 0),
        .protocol = packet->protocol,
        .is_fragment = packet->is_fragment,
        .input = input->bytes,
        .input_bytes = input->count};

    return hash_program_hash(dispatch->program, &given);
}

static void choose_by_hash(struct dispatch *dispatch, const struct packet *packet, const struct hash_input *input,
                           const struct way *way, struct dispatch_choice *choice)
{
    enum hash_function function = dispatch->hash.function;

    if (function == HASH_PROGRAM) {
        choice->run = run_program(dispatch, packet, input);
        dispatch->stats.program_cycles += choice->run.busy_cycles;
        if (!choice->run.has_result) {
            dispatch->stats.program_failures++;
            choice->processor = default_speaker(dispatch, way->protocols);
            return;
        }
        choice->hash = choice->run.hash;
    } else if (input->is_fragment || function == HASH_LEAST_LOADED || !hash_kinds[function].is_per_frame) {
        choice->hash = hash_of(&dispatch->hash, input->bytes, input->count);
    } else {
        choice->hash =
            function == HASH_ROUND_ROBIN ? (uint32_t)(*(way->rule ? &way->rule->turn : &way->table->turn))++ : (uint32_t)(random_next(&dispatch->random) >> 32);
    }
    if (function == HASH_LEAST_LOADED && is_segment(packet) &&
        (packet->tcp_flags & (PACKET_SYN | PACKET_ACK)) == PACKET_SYN)
        choice->processor = pick_least_loaded(dispatch, way);
    else
        choice->processor = pick(dispatch, way, choice->hash);
}

static struct dispatch_rule *rule_for(struct dispatch *dispatch, const struct packet *packet)
{
    for (unsigned i = 0; i < dispatch->rule_lines.count; i++)
        if (filter_matches(dispatch->rules[i].filter, packet->data, packet->bytes, packet->bytes))
            return &dispatch->rules[i];
    return NULL;
}

static void count_class(struct dispatch *dispatch, enum hash_class class)
{
    switch (class) {
    case HASHED_WITH_PORTS:
        dispatch->stats.hashed_ports++;
        return;
    case HASHED_BY_ADDRESSES:
        dispatch->stats.hashed_addresses++;
        return;
    case HASHED_BY_QUOTE:
        dispatch->stats.hashed_quoted++;
        return;
    case HASHED_INNER:
        dispatch->stats.hashed_inner++;
        return;
    case HASH_NOT_MADE:
        dispatch->stats.unhashed++;
        return;
    case HASH_DISCARDED:
        dispatch->stats.discarded++;
        return;
    case HASH_EVERYONES:
        dispatch->stats.copied++;
        return;
    }
}

/* Whether a processor, by its number, is one of those that the rule allows. */
static bool is_allowed(const struct dispatch *dispatch, const struct way *way, unsigned number)
{
    if (!way->rule)
        return true;
    for (unsigned i = 0; i < way->rule->count; i++)
        if (dispatch_number(dispatch, way->rule->places[i]) == number)
            return true;
    return false;
}

struct dispatch_choice dispatch_choose(struct dispatch *dispatch, const struct packet *packet)
{
    struct way way = {.table = &dispatch->tables[0], .protocols = dispatch_protocols(packet)};
    struct dispatch_choice choice = {.processor = default_speaker(dispatch, way.protocols)};
    struct dispatch_rule *rule = rule_for(dispatch, packet);
    struct hash_input input;
    bool is_redirected;

    if (rule) {
        rule->frames++;
        dispatch->stats.by_rule++;
        if (rule->target == TARGET_DROP) {
            dispatch->stats.discarded++;
            choice.processor = DISPATCH_DISCARD;
            return choice;
        }
        if (rule->target == TARGET_CONTEXT)
            way.table = &dispatch->tables[rule->context];
        if (rule->target == TARGET_PROCESSORS)
            way.rule = rule;
    }
    enum hash_class class =
        hash_gather(&dispatch->fields, hash_kinds[dispatch->hash.function].symmetry, packet, &input);

    if (dispatch->owners.capacity && is_segment(packet) && class != HASH_EVERYONES && class != HASH_DISCARDED) {
        struct hw_flow flow = flow_of(packet);
        int owner = owners_match(&dispatch->owners, &flow);

        if (owner != OWNERS_NOBODY && is_allowed(dispatch, &way, (unsigned)owner)) {
            dispatch->stats.by_session++;
            choice.processor = owner;
            return choice;
        }
    }
    if (!way.rule || (class != HASH_EVERYONES && class != HASH_DISCARDED)) /* else the rule had its way */
        count_class(dispatch, class);
    if (class == HASH_DISCARDED && !way.rule)
        choice.processor = DISPATCH_DISCARD;
    else if (class == HASH_EVERYONES && !way.rule)
        choice.processor = DISPATCH_EVERY;
    else if (class == HASH_NOT_MADE || class == HASH_EVERYONES || class == HASH_DISCARDED)
        choice.processor = way.rule ? speaker(dispatch, way.rule->places, way.rule->count, 0, way.protocols, &is_redirected)
                                    : choice.processor;
    else
        choose_by_hash(dispatch, packet, &input, &way, &choice);
    dispatch->stats.no_stack += choice.processor == DISPATCH_NO_STACK;
    return choice;
}

/* --- Flows --------------------------------------------------------------------------------------- */

/* A frame of the flow, as far as a dispatch looks at it. */
static uint32_t frame_of_flow(const struct hw_flow *flow, uint8_t *frame)
{
    uint32_t at = 14;

    memset(frame, 0, 14 + 40 + 20);
    packet_put16(frame + 12, flow->ip_version == 6 ? 0x86dd : 0x0800);
    if (flow->ip_version == 6) {
        frame[14] = 0x60;
        packet_put16(frame + 18, 20);
        frame[20] = flow->protocol;
        frame[21] = 64;
        memcpy(frame + 22, flow->source, 16);
        memcpy(frame + 38, flow->destination, 16);
        at += 40;
    } else {
        frame[14] = 0x45;
        packet_put16(frame + 16, 40);
        frame[22] = 64;
        frame[23] = flow->protocol;
        memcpy(frame + 26, flow->source, 4);
        memcpy(frame + 30, flow->destination, 4);
        at += 20;
    }
    packet_put16(frame + at, flow->source_port);
    packet_put16(frame + at + 2, flow->destination_port);
    if (flow->protocol == IPPROTO_TCP) {
        frame[at + 12] = 0x50;
        frame[at + 13] = PACKET_ACK;
    } else {
        packet_put16(frame + at + 4, 20);
    }
    return at + 20;
}

/* Where the hash leads, without counting: DISPATCH_EVERY where it does not decide. */
static int hashed_owner(struct dispatch *dispatch, const struct hw_flow *flow, uint32_t *hash)
{
    uint8_t frame[14 + 40 + 20];
    struct packet packet;
    struct hash_input input;
    uint32_t bytes = frame_of_flow(flow, frame);

    *hash = 0;
    packet_parse(&packet, frame, bytes, bytes);
    enum hash_class class =
        hash_gather(&dispatch->fields, hash_kinds[dispatch->hash.function].symmetry, &packet, &input);
    const struct dispatch_rule *rule = rule_for(dispatch, &packet);

    /* Least-loaded chooses for TCP alone. */
    bool is_hashed = !hash_kinds[dispatch->hash.function].is_per_frame ||
                     (dispatch->hash.function == HASH_LEAST_LOADED && flow->protocol != IPPROTO_TCP);

    if (!is_hashed || (rule && rule->target == TARGET_DROP) ||
        class == HASH_DISCARDED || class == HASH_EVERYONES)
        return DISPATCH_EVERY;
    if (class != HASH_NOT_MADE)
        *hash = hash_of(&dispatch->hash, input.bytes, input.count);
    uint32_t protocols = dispatch_protocols(&packet);
    bool is_redirected;
    int owner;

    if (rule && rule->target == TARGET_PROCESSORS) {
        owner = speaker(dispatch, rule->places, rule->count, *hash % rule->count, protocols, &is_redirected);
    } else if (class == HASH_NOT_MADE) {
        owner = default_speaker(dispatch, protocols);
    } else {
        const struct indirection *table =
            &dispatch->tables[rule && rule->target == TARGET_CONTEXT ? rule->context : 0];

        owner = speaker(dispatch, table->place, table->entries, *hash % table->entries, protocols, &is_redirected);
    }
    return owner == DISPATCH_NO_STACK ? DISPATCH_EVERY : owner; /* whoever asks */
}

unsigned dispatch_flow_owner(struct dispatch *dispatch, const struct hw_flow *flow, unsigned asker, uint32_t *hash)
{
    int owner = owners_find(&dispatch->owners, flow);
    int hashed = hashed_owner(dispatch, flow, hash);

    if (owner != OWNERS_NOBODY)
        return (unsigned)owner;
    return hashed == DISPATCH_EVERY ? asker : (unsigned)hashed;
}

/* As its frames come in. */
static struct hw_flow flow_of_tuple(const struct hw_tuple *tuple, uint8_t protocol)
{
    struct hw_flow flow = {.source_port = tuple->remote_port,
                           .destination_port = tuple->local_port,
                           .ip_version = tuple->ip_version,
                           .protocol = protocol};

    memcpy(flow.source, tuple->remote, 16);
    memcpy(flow.destination, tuple->local, 16);
    return flow;
}

unsigned dispatch_owner(struct part *part, const struct hw_tuple *tuple, uint8_t protocol)
{
    struct dispatch *dispatch = (struct dispatch *)part;
    struct hw_flow flow = flow_of_tuple(tuple, protocol);
    unsigned in_turn = (unsigned)(dispatch->turn_of_requests % dispatch->processor_list.count);
    uint32_t hash;

    dispatch->turn_of_requests += hash_kinds[dispatch->hash.function].is_per_frame;
    return dispatch_flow_owner(dispatch, &flow, dispatch_number(dispatch, in_turn), &hash);
}

bool dispatch_is_claimed(const struct part *part, const struct hw_tuple *tuple, uint8_t protocol)
{
    struct hw_flow flow = flow_of_tuple(tuple, protocol);

    return owners_has(&((const struct dispatch *)part)->owners, &flow);
}

unsigned dispatch_claim(struct dispatch *dispatch, const struct hw_flow *flow, unsigned processor)
{
    return owners_claim(&dispatch->owners, flow, processor);
}

void dispatch_release(struct dispatch *dispatch, const struct hw_flow *flow, unsigned processor)
{
    owners_release(&dispatch->owners, flow, processor);
}
