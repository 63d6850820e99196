#include "models/hash_spread.h"

#include "models/indirection.h"
#include "sim/sim.h"
#include "traces/flow_key.h"

#include <netinet/in.h>
#include <string.h>

enum { NOT_YET = 0xffff };

/* A session, and behind it places: for a choice whose hash says all, the table's entry of its first frame in each
 * direction; else its processor for each count. */
struct session {
    struct flow_key key;
    bool fin[2], is_open;
    uint16_t places[];
};

struct tally { /* of one choice */
    bool by_entry;              /* the function says all: loads are kept by entry of the table */
    unsigned first_place;       /* in a session's places */
    struct spread_load *loads;  /* by_entry: of each entry; else of each processor, for each count */
    uint64_t strays[SPREAD_MAX_COUNTS];
    uint64_t same[SPREAD_MAX_COUNTS], both; /* sessions seen in both directions */
    uint64_t turn, random;
    uint64_t open[SPREAD_MAX_COUNTS][SPREAD_MAX_PROCESSORS]; /* sessions, of least-loaded */
    unsigned turn_of_sessions[SPREAD_MAX_COUNTS];
};

struct spread {
    struct spread_choice *choices;
    const unsigned *counts;
    unsigned choice_count, count_count, place_count;
    struct tally *tallies;
    GHashTable *sessions;
    struct spread_totals totals;
};

struct spread *spread_new(struct spread_choice *choices, unsigned choice_count, const unsigned *counts,
                          unsigned count_count, uint64_t seed)
{
    struct spread *spread = g_new0(struct spread, 1);

    spread->choices = choices;
    spread->choice_count = choice_count;
    spread->counts = counts;
    spread->count_count = count_count;
    spread->tallies = g_new0(struct tally, choice_count);
    spread->sessions = g_hash_table_new_full(flow_key_hash, flow_key_equal, NULL, g_free);
    for (unsigned i = 0; i < choice_count; i++) {
        struct tally *tally = &spread->tallies[i];

        tally->by_entry = choices[i].hash.function == HASH_PROGRAM || !hash_kinds[choices[i].hash.function].is_per_frame;
        tally->first_place = spread->place_count;
        spread->place_count += tally->by_entry ? 2 : count_count;
        tally->loads = g_new0(struct spread_load,
                              tally->by_entry ? choices[i].table_entries + 1 /* the default processor */
                                              : (gsize)count_count * SPREAD_MAX_PROCESSORS);
        tally->random = seed;
    }
    return spread;
}

void spread_free(struct spread *spread)
{
    if (!spread)
        return;
    for (unsigned i = 0; i < spread->choice_count; i++)
        g_free(spread->tallies[i].loads);
    g_free(spread->tallies);
    g_hash_table_destroy(spread->sessions);
    g_free(spread);
}

const struct spread_totals *spread_totals(const struct spread *spread)
{
    return &spread->totals;
}

/* --- Sessions ------------------------------------------------------------------------------------ */

static struct session *session_of(struct spread *spread, const struct packet *packet, unsigned *sender)
{
    struct flow_key key;
    struct session *session;

    if ((packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP) || !packet->transport_offset ||
        packet->is_fragment)
        return NULL;
    *sender = flow_key_of(&key, packet);
    session = g_hash_table_lookup(spread->sessions, &key);
    if (session)
        return session;
    session = g_malloc(sizeof *session + spread->place_count * sizeof *session->places);
    memset(session, 0, sizeof *session);
    memset(session->places, 0xff, spread->place_count * sizeof *session->places);
    session->key = key;
    session->is_open = true;
    g_hash_table_add(spread->sessions, session);
    return session;
}

/* Of least-loaded: it counts no more where it was. */
static void close_session(struct spread *spread, struct session *session)
{
    session->is_open = false;
    for (unsigned i = 0; i < spread->choice_count; i++) {
        struct tally *tally = &spread->tallies[i];

        for (unsigned n = 0; spread->choices[i].hash.function == HASH_LEAST_LOADED && n < spread->count_count; n++)
            if (session->places[tally->first_place + n] != NOT_YET && session->key.protocol == IPPROTO_TCP)
                tally->open[n][session->places[tally->first_place + n]]--;
    }
}

static void follow(struct spread *spread, struct session *session, const struct packet *packet, unsigned sender)
{
    if (packet->protocol != IPPROTO_TCP)
        return;
    if (!session->is_open && (packet->tcp_flags & (PACKET_SYN | PACKET_ACK)) == PACKET_SYN) {
        session->is_open = true; /* another one of the same addresses and ports; it has its places already */
        session->fin[0] = session->fin[1] = false;
    }
    if (!session->is_open)
        return;
    session->fin[sender] |= (packet->tcp_flags & PACKET_FIN) != 0;
    if ((packet->tcp_flags & PACKET_RST) || (session->fin[0] && session->fin[1]))
        close_session(spread, session);
}

/* --- Choosing ------------------------------------------------------------------------------------ */

static void count_frame(struct spread_load *load, uint32_t bytes, bool is_first)
{
    load->frames++;
    load->bytes += bytes;
    load->sessions += is_first;
}

/* The table's entry; the one behind its end where no hash is made. */
static unsigned entry_of(struct spread *spread, unsigned i, const struct packet *packet, const struct hash_input *input,
                         enum hash_class class)
{
    const struct spread_choice *choice = &spread->choices[i];

    if (class == HASH_NOT_MADE)
        return choice->table_entries;
    if (choice->hash.function != HASH_PROGRAM)
        return hash_of(&choice->hash, input->bytes, input->count) % choice->table_entries;
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
    struct hash_program_run run = hash_program_hash(choice->program, &given);

    spread->totals.program_cycles += run.busy_cycles;
    return run.has_result ? run.hash % choice->table_entries : choice->table_entries;
}

static unsigned processor_of_entry(const struct spread *spread, unsigned i, unsigned n, unsigned entry)
{
    return entry == spread->choices[i].table_entries ? 0 : entry % spread->counts[n];
}

static void add_by_entry(struct spread *spread, unsigned i, struct session *session, const struct packet *packet,
                         const struct hash_input *input, enum hash_class class, uint32_t bytes, bool is_toward)
{
    struct tally *tally = &spread->tallies[i];
    uint16_t *places = session ? session->places + tally->first_place : NULL;

    /* A program may keep state from frame to frame: it is shown what the dispatch would show it. */
    if (!is_toward && (!places || places[1] != NOT_YET || spread->choices[i].hash.function == HASH_PROGRAM))
        return;
    unsigned entry = entry_of(spread, i, packet, input, class);
    bool is_first = places && places[!is_toward] == NOT_YET;

    if (is_toward)
        count_frame(&tally->loads[entry], bytes, is_first);
    if (!places)
        return;
    if (is_first) {
        places[!is_toward] = (uint16_t)entry;
        if (places[is_toward] == NOT_YET)
            return;
        tally->both++;
        for (unsigned n = 0; n < spread->count_count; n++)
            tally->same[n] += processor_of_entry(spread, i, n, places[0]) == processor_of_entry(spread, i, n, places[1]);
    } else if (entry != places[0]) {
        for (unsigned n = 0; n < spread->count_count; n++)
            tally->strays[n] +=
                processor_of_entry(spread, i, n, entry) != processor_of_entry(spread, i, n, places[0]);
    }
}

/* Of the processors that the table has, the one with the fewest open sessions, in turn among equals. */
static unsigned least_loaded(struct tally *tally, unsigned n, unsigned count)
{
    unsigned best = tally->turn_of_sessions[n] % count;

    for (unsigned k = 0; k < count; k++) {
        unsigned processor = (tally->turn_of_sessions[n] + k) % count;

        if (tally->open[n][processor] < tally->open[n][best])
            best = processor;
    }
    tally->turn_of_sessions[n] = (best + 1) % count;
    return best;
}

/* With least-loaded a session's SYN is placed, and a SYN after its end once more; what follows finds its owner. Everything
 * else goes by its hash. */
static unsigned place_session(struct spread *spread, struct tally *tally, unsigned n, unsigned table_entries,
                              struct session *session, const struct packet *packet, unsigned hashed, bool *is_first)
{
    uint16_t *place = &session->places[tally->first_place + n];
    bool is_tcp = packet->protocol == IPPROTO_TCP;
    bool is_syn = is_tcp && (packet->tcp_flags & (PACKET_SYN | PACKET_ACK)) == PACKET_SYN;

    *is_first = *place == NOT_YET;
    if (!*is_first && (!is_syn || session->is_open))
        return is_tcp ? *place : hashed;
    *place = (uint16_t)(is_syn ? least_loaded(tally, n, MIN(spread->counts[n], table_entries)) : hashed);
    tally->open[n][*place] += is_tcp;
    return *place;
}

static void add_by_processor(struct spread *spread, unsigned i, struct session *session, const struct packet *packet,
                             const struct hash_input *input, enum hash_class class, uint32_t bytes)
{
    const struct spread_choice *choice = &spread->choices[i];
    struct tally *tally = &spread->tallies[i];
    enum hash_function function = choice->hash.function;
    uint16_t *places = session ? session->places + tally->first_place : NULL;
    bool is_made = class != HASH_NOT_MADE;
    uint32_t hash = 0;

    if (is_made && (input->is_fragment || function == HASH_LEAST_LOADED))
        hash = hash_of(&choice->hash, input->bytes, input->count);
    else if (is_made && function == HASH_ROUND_ROBIN)
        hash = (uint32_t)tally->turn++;
    else if (is_made)
        hash = (uint32_t)(random_next(&tally->random) >> 32);
    for (unsigned n = 0; n < spread->count_count; n++) {
        unsigned processor = is_made ? hash % choice->table_entries % spread->counts[n] : 0;
        bool is_first = places && places[n] == NOT_YET;

        if (function == HASH_LEAST_LOADED && places && is_made)
            processor = place_session(spread, tally, n, choice->table_entries, session, packet, processor, &is_first);
        else if (is_first)
            places[n] = (uint16_t)processor;
        tally->strays[n] += places && places[n] != processor;
        count_frame(&tally->loads[n * SPREAD_MAX_PROCESSORS + processor], bytes, is_first);
    }
}

void spread_add(struct spread *spread, const struct packet *packet, uint32_t wire_bytes, enum direction direction)
{
    struct hash_input input;
    enum hash_class class = HASH_NOT_MADE;
    bool is_toward = direction == TO_CARD;
    unsigned sender = 0;
    const struct spread_choice *before = NULL;

    if (direction == NEITHER) {
        spread->totals.other++;
        return;
    }
    struct session *session = session_of(spread, packet, &sender);

    for (unsigned i = 0; i < spread->choice_count; i++) {
        const struct spread_choice *choice = &spread->choices[i];
        enum hash_symmetry symmetry = hash_kinds[choice->hash.function].symmetry;

        /* What is hashed is mostly the same as for the choice before. */
        if (!before || symmetry != hash_kinds[before->hash.function].symmetry ||
            memcmp(&choice->fields, &before->fields, sizeof choice->fields) != 0)
            class = hash_gather(&choice->fields, symmetry, packet, &input);
        before = choice;
        if (class == HASH_EVERYONES)
            break;
        if (class == HASH_DISCARDED)
            continue;
        if (spread->tallies[i].by_entry)
            add_by_entry(spread, i, session, packet, &input, class, wire_bytes, is_toward);
        else if (is_toward)
            add_by_processor(spread, i, session, packet, &input, class, wire_bytes);
    }
    if (session)
        follow(spread, session, packet, sender);
    if (class == HASH_EVERYONES) {
        spread->totals.everyones += is_toward;
    } else if (is_toward) {
        spread->totals.frames++;
        spread->totals.bytes += wire_bytes;
    } else {
        spread->totals.other++;
    }
    spread->totals.sessions = g_hash_table_size(spread->sessions);
}

/* --- Figures ------------------------------------------------------------------------------------- */

void spread_loads(const struct spread *spread, unsigned i, unsigned n, struct spread_load *loads)
{
    const struct tally *tally = &spread->tallies[i];
    unsigned processors = spread->counts[n];

    memset(loads, 0, processors * sizeof *loads);
    if (!tally->by_entry) {
        memcpy(loads, tally->loads + (gsize)n * SPREAD_MAX_PROCESSORS, processors * sizeof *loads);
        return;
    }
    for (unsigned entry = 0; entry <= spread->choices[i].table_entries; entry++) {
        struct spread_load *load = &loads[processor_of_entry(spread, i, n, entry)];

        load->frames += tally->loads[entry].frames;
        load->bytes += tally->loads[entry].bytes;
        load->sessions += tally->loads[entry].sessions;
    }
}

/* Jain's index, and the largest over the mean, of one member of the loads. */
static void judge(const struct spread_load *loads, unsigned processors, size_t offset, double *jain, double *most)
{
    double sum = 0, squares = 0, largest = 0;

    for (unsigned p = 0; p < processors; p++) {
        double value = (double)*(const uint64_t *)((const char *)&loads[p] + offset);

        sum += value;
        squares += value * value;
        largest = MAX(largest, value);
    }
    *jain = squares > 0 ? sum * sum / (processors * squares) : 1;
    *most = sum > 0 ? largest * processors / sum : 0;
}

struct spread_figures spread_figures(const struct spread *spread, unsigned i, unsigned n)
{
    const struct tally *tally = &spread->tallies[i];
    struct spread_load loads[SPREAD_MAX_PROCESSORS];
    struct spread_figures figures = {.sessions_min = UINT64_MAX};
    unsigned processors = spread->counts[n];

    spread_loads(spread, i, n, loads);
    judge(loads, processors, offsetof(struct spread_load, frames), &figures.jain_frames, &figures.most_frames);
    judge(loads, processors, offsetof(struct spread_load, bytes), &figures.jain_bytes, &figures.most_bytes);
    judge(loads, processors, offsetof(struct spread_load, sessions), &figures.jain_sessions, &figures.most_sessions);
    for (unsigned p = 0; p < processors; p++) {
        figures.sessions_max = MAX(figures.sessions_max, loads[p].sessions);
        figures.sessions_min = MIN(figures.sessions_min, loads[p].sessions);
    }
    figures.bound = figures.most_frames > 0 ? processors / figures.most_frames : 0;
    figures.bound_bytes = figures.most_bytes > 0 ? processors / figures.most_bytes : 0;
    figures.strays = spread->totals.frames ? (double)tally->strays[n] / (double)spread->totals.frames : 0;
    figures.both_directions =
        tally->by_entry && tally->both ? (double)tally->same[n] / (double)tally->both : -1;
    return figures;
}
