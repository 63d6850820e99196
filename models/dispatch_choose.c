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

/* --- Through a table ----------------------------------------------------------------------------- */

/* Where a hash leads: an indirection table, or the processors of a rule. */
struct way {
    struct indirection *table;
    struct dispatch_rule *rule; /* NULL: the table */
};

static int pick(struct dispatch *dispatch, const struct way *way, uint32_t hash)
{
    if (way->rule)
        return (int)dispatch_number(dispatch, way->rule->places[hash % way->rule->count]);
    unsigned entry = hash % way->table->entries;

    way->table->frames[entry]++;
    return (int)dispatch_number(dispatch, way->table->place[entry]);
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

        if (load < least) {
            least = load;
            best = k;
        }
    }
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
            choice->processor = (int)dispatch->default_number;
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
    struct dispatch_choice choice = {.processor = (int)dispatch->default_number};
    struct way way = {.table = &dispatch->tables[0]};
    struct dispatch_rule *rule = rule_for(dispatch, packet);
    struct hash_input input;

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
        choice.processor = way.rule ? (int)dispatch_number(dispatch, way.rule->places[0]) : choice.processor;
    else
        choose_by_hash(dispatch, packet, &input, &way, &choice);
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
    if (rule && rule->target == TARGET_PROCESSORS)
        return (int)dispatch_number(dispatch, rule->places[*hash % rule->count]);
    if (class == HASH_NOT_MADE)
        return (int)dispatch->default_number;
    const struct indirection *table =
        &dispatch->tables[rule && rule->target == TARGET_CONTEXT ? rule->context : 0];

    return (int)dispatch_number(dispatch, table->place[*hash % table->entries]);
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
