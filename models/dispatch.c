#include "models/dispatch.h"

#include "models/elf.h"
#include "models/port.h"
#include "models/processor.h"
#include "models/receive_dma.h"
#include "sim/parameter.h"
#include "traces/packet.h"

#include <glib.h>
#include <string.h>

enum { FRAGMENTS_ADDRESSES, FRAGMENTS_FIRST };
enum { EVICTION_LRU, EVICTION_NONE };
enum { LEAST_LOADED_SESSIONS = 8192 }; /* as the perfect filters of Intel's 82599 */

/* --- The pipeline ------------------------------------------------------------------------------------ */

static uint64_t latency_of(const struct dispatch *dispatch)
{
    return dispatch->latency_cycles == PARAMETER_WORD ? hash_kinds[dispatch->function].latency : dispatch->latency_cycles;
}

static uint64_t interval_of(const struct dispatch *dispatch)
{
    return dispatch->interval_cycles == PARAMETER_WORD ? hash_kinds[dispatch->function].interval
                                                       : dispatch->interval_cycles;
}

static void leave_at(struct dispatch *dispatch, struct frame *frame, uint64_t cycle)
{
    frame->cycle = cycle;
    frame_queue_push(&dispatch->entered, frame);
    if (dispatch->entered.count == 1)
        event_at_edge(&dispatch->out, &dispatch->clock, frame->cycle);
}

void dispatch_frame(struct dispatch *dispatch, struct port *port, struct frame *frame)
{
    uint64_t cycle = clock_cycle_crossing(&dispatch->clock, &port->bits, part_now(&dispatch->part));
    uint64_t interval = interval_of(dispatch);

    dispatch->stats.frames++;
    frame->from_port = port;
    if (dispatch->program) { /* when the next may enter is not known yet */
        frame->cycle = cycle;
        frame_queue_push(&dispatch->arrived, frame);
        if (dispatch->arrived.count == 1)
            event_at_edge(&dispatch->in, &dispatch->clock, MAX(cycle, dispatch->next_cycle));
        return;
    }
    cycle = MAX(cycle, dispatch->next_cycle);
    dispatch->next_cycle = cycle + interval;
    dispatch->stats.busy_cycles += interval;
    leave_at(dispatch, frame, cycle + latency_of(dispatch));
}

static struct dispatch_choice choose(struct dispatch *dispatch, struct frame *frame)
{
    struct packet packet;

    packet_parse(&packet, frame->data, frame->bytes, frame->bytes);
    struct dispatch_choice choice = dispatch_choose(dispatch, &packet);

    frame->hash = choice.hash;
    frame->chosen = choice.processor;
    frame->payload_offset = packet.payload_bytes ? packet.payload_offset : 0;
    return choice;
}

/* Only with a program. */
static void in_event(void *owner)
{
    struct dispatch *dispatch = owner;
    struct frame *frame = frame_queue_pop(&dispatch->arrived);
    uint64_t cycle = MAX(frame->cycle, dispatch->next_cycle);
    struct hash_program_run run = choose(dispatch, frame).run;
    uint64_t busy = MAX(interval_of(dispatch), run.busy_cycles);

    dispatch->next_cycle = cycle + busy;
    dispatch->stats.busy_cycles += busy;
    dispatch->last_out_cycle =
        MAX(cycle + run.result_cycles + latency_of(dispatch), dispatch->last_out_cycle + 1);
    leave_at(dispatch, frame, dispatch->last_out_cycle);
    if (dispatch->arrived.first)
        event_at_edge(&dispatch->in, &dispatch->clock, MAX(dispatch->arrived.first->cycle, dispatch->next_cycle));
}

static void discard(struct dispatch *dispatch, struct frame *frame, const char *reason)
{
    port_rx_read(frame->from_port, frame);
    frame->from_port = NULL;
    frame_dropped(frame, dispatch->part.name, reason);
    frame_release(frame);
}

static bool gets_copy(const struct dispatch *dispatch, unsigned place, uint32_t protocols)
{
    return processor_speaks((const struct processor *)dispatch->processor_list.list[place], protocols);
}

/* To every processor that speaks its protocol; the first of them answers. */
static void copy_to_all(struct dispatch *dispatch, struct frame *frame)
{
    unsigned count = dispatch->processor_list.count, readers = 0, given = 0;
    struct packet packet;

    packet_parse(&packet, frame->data, frame->bytes, frame->bytes);
    uint32_t protocols = dispatch_protocols(&packet);

    for (unsigned i = 0; i < count; i++)
        readers += gets_copy(dispatch, i, protocols);
    if (readers == 0) {
        dispatch->stats.no_stack++;
        discard(dispatch, frame, "no_stack");
        return;
    }
    frame->readers = readers;
    frame->ledger->copies += readers;
    for (unsigned i = 0; i < count; i++) {
        if (!gets_copy(dispatch, i, protocols))
            continue;
        struct frame *copy = frame_from(&frame, 1, frame->data, frame->bytes);

        copy->is_copy = true;
        copy->rx_flags = frame->rx_flags | (given++ ? HW_RX_COPY : 0);
        receive_dma_frame((struct receive_dma *)dispatch->dma_part, copy, dispatch_number(dispatch, i));
    }
    frame_release(frame); /* lives on in its copies */
}

static void out_event(void *owner)
{
    struct dispatch *dispatch = owner;
    struct frame *frame = frame_queue_pop(&dispatch->entered);
    struct receive_dma *dma = (struct receive_dma *)dispatch->dma_part;

    if (dispatch->entered.first)
        event_at_edge(&dispatch->out, &dispatch->clock, dispatch->entered.first->cycle);
    if (!dispatch->program)
        choose(dispatch, frame);
    if (frame->chosen == DISPATCH_DISCARD || frame->chosen == DISPATCH_NO_STACK) {
        discard(dispatch, frame, frame->chosen == DISPATCH_DISCARD ? "discarded" : "no_stack");
        return;
    }
    if (frame->chosen != DISPATCH_EVERY) {
        frame->readers = 1;
        receive_dma_frame(dma, frame, (unsigned)frame->chosen);
        return;
    }
    copy_to_all(dispatch, frame);
}

static void change_event(void *owner)
{
    struct dispatch_change *change = owner;
    struct dispatch *dispatch = change->dispatch;
    char *wrong;

    /* It was tried when the scenario was read. */
    if (!indirection_set(change->table, (unsigned)dispatch->table_entries, change->spread,
                         dispatch->processor_list.count, &wrong))
        g_free(wrong);
}

/* --- What the scenario says -------------------------------------------------------------------------- */

/* Takes the text of an error. */
static void wrong_line(const struct dispatch *dispatch, struct diagnostics *diagnostics, const char *key,
                       const char *text, char *wrong)
{
    part_error(&dispatch->part, diagnostics, key, "%s: %s", text, wrong);
    g_free(wrong);
}

static void take_fields(struct dispatch *dispatch, struct diagnostics *diagnostics)
{
    enum hash_symmetry symmetry = hash_kinds[dispatch->function].symmetry;
    const char *type;
    char *wrong;

    hash_fields_init(&dispatch->fields);
    dispatch->fields.first_has_ports = dispatch->fragments == FRAGMENTS_FIRST;
    for (unsigned i = 0; i < dispatch->field_lines.count; i++) {
        const struct parameter_line *line = &dispatch->field_lines.lines[i];

        if (!hash_fields_set(&dispatch->fields, line->word, line->text, &wrong))
            wrong_line(dispatch, diagnostics, line->key, line->text, wrong);
    }
    if (symmetry != HASH_AS_IT_IS && !hash_fields_are_symmetric(&dispatch->fields, &type))
        part_error(&dispatch->part, diagnostics, "hash",
                   "%s: fields.%s differ between the directions: expected source and destination together, and no "
                   "l, e, m or raw",
                   hash_kinds[dispatch->function].name, type);
}

static void take_tables(struct dispatch *dispatch, struct diagnostics *diagnostics)
{
    unsigned entries = (unsigned)dispatch->table_entries, processors = dispatch->processor_list.count;
    char *wrong;

    if (!indirection_set(&dispatch->tables[0], entries, dispatch->spread, processors, &wrong))
        wrong_line(dispatch, diagnostics, "indirection", dispatch->spread, wrong);
    for (unsigned i = 0; i < dispatch->context_lines.count; i++) {
        const struct parameter_line *line = &dispatch->context_lines.lines[i];
        char *end;
        guint64 number = g_ascii_strtoull(line->word, &end, 10);

        if (*end || number < 1 || number > DISPATCH_MAX_CONTEXTS)
            part_error(&dispatch->part, diagnostics, line->key, "expected context.1 .. context.%d",
                       DISPATCH_MAX_CONTEXTS);
        else if (!indirection_set(&dispatch->tables[number], entries, line->text, processors, &wrong))
            wrong_line(dispatch, diagnostics, line->key, line->text, wrong);
    }
}

static void take_rules(struct dispatch *dispatch, struct diagnostics *diagnostics)
{
    unsigned count = dispatch->rule_lines.count;
    char *wrong;

    if (count > DISPATCH_MAX_RULES) {
        part_error(&dispatch->part, diagnostics, "rule", "%u rules: expected %d at most", count, DISPATCH_MAX_RULES);
        dispatch->rule_lines.count = count = DISPATCH_MAX_RULES;
    }
    dispatch->rules = g_new0(struct dispatch_rule, count + 1);
    for (unsigned i = 0; i < count; i++) {
        const struct parameter_line *line = &dispatch->rule_lines.lines[i];
        struct dispatch_rule *rule = &dispatch->rules[i];

        rule->key = line->key;
        if (!dispatch_rule_parse(rule, line->text, &dispatch->processor_list, &wrong))
            wrong_line(dispatch, diagnostics, line->key, line->text, wrong);
        else if (rule->target == TARGET_CONTEXT && !dispatch->tables[rule->context].entries)
            part_error(&dispatch->part, diagnostics, line->key, "%s: there is no context.%u", line->text,
                       rule->context);
    }
}

/* "TIME set table SPREAD" or "TIME set context N SPREAD": the table, the time, and where the spread begins in text. */
static const char *parse_change(struct dispatch_change *change, const char *text, char **wrong)
{
    static const struct parameter time = {.key = "at", .type = PARAMETER_TIME};
    static const char expected[] = "expected 'table' or 'context N' after 'set'";
    struct dispatch *dispatch = change->dispatch;
    const char *set = strstr(text, " set ");
    char *when = g_strndup(text, set ? (gsize)(set - text) : 0), *end;
    guint64 context = 0;

    *wrong = NULL;
    if (!set) {
        *wrong = g_strdup("expected TIME set table SPREAD, or TIME set context N SPREAD: 2ms set table equal 2");
    } else if (parameter_parse(&time, when, &change->time_ps, wrong)) {
        text = set + strlen(" set ");
        if (g_str_has_prefix(text, "table ")) {
            text += strlen("table ");
        } else if (g_str_has_prefix(text, "context ")) {
            text += strlen("context ");
            text += strspn(text, " \t");
            if (!g_ascii_isdigit(*text))
                *wrong = g_strdup(expected);
            context = g_ascii_strtoull(text, &end, 10);
            text = end;
        } else {
            *wrong = g_strdup(expected);
        }
        if (!*wrong && (context > DISPATCH_MAX_CONTEXTS || !dispatch->tables[context].entries))
            *wrong = g_strdup_printf("there is no context.%llu", (unsigned long long)context);
        change->table = *wrong ? NULL : &dispatch->tables[context];
    }
    g_free(when);
    return text;
}

static void take_changes(struct dispatch *dispatch, struct diagnostics *diagnostics)
{
    unsigned count = dispatch->change_lines.count;
    struct indirection *trial = g_new0(struct indirection, 1);

    dispatch->changes = g_new0(struct dispatch_change, count + 1);
    for (unsigned i = 0; i < count; i++) {
        const struct parameter_line *line = &dispatch->change_lines.lines[i];
        struct dispatch_change *change = &dispatch->changes[i];
        char *wrong;

        change->dispatch = dispatch;
        change->key = line->key;
        const char *spread = parse_change(change, line->text, &wrong);

        if (wrong || !indirection_set(trial, (unsigned)dispatch->table_entries, spread,
                                      dispatch->processor_list.count, &wrong)) {
            wrong_line(dispatch, diagnostics, line->key, line->text, wrong);
            continue;
        }
        change->spread = g_strdup(spread);
        event_init(&change->event, &dispatch->part, change, "change", change_event);
    }
    g_free(trial);
}

static const char *const presets[] = {"ibex-small", "ibex-maxperf", "cv32e40p", "ideal", NULL};

static void take_program(struct dispatch *dispatch, const uint8_t *key, unsigned key_bytes,
                         struct diagnostics *diagnostics)
{
    char *path = elf_path(dispatch->program_name);
    struct hash_program_config config = {.path = path,
                                         .timing = core_timing(presets[dispatch->program_preset]),
                                         .memory_bytes = (uint32_t)dispatch->program_bytes,
                                         .key_bytes = key_bytes};

    memcpy(config.key, key, key_bytes);
    if (dispatch->program_bytes % 4096)
        part_error(&dispatch->part, diagnostics, "program_memory", "%llu bytes: expected a multiple of 4 KiB",
                   (unsigned long long)dispatch->program_bytes);
    else
        dispatch->program = hash_program_new(&config, diagnostics);
    if (!dispatch->program)
        part_error(&dispatch->part, diagnostics, "program",
                   "%s: no hash program: expected the path of an RV32 ELF file that ends in .elf, or hash-toeplitz, "
                   "the example that comes with polynic (see stacks/HASH_PROGRAMS.md)",
                   dispatch->program_name);
    else
        dispatch->next_cycle = hash_program_boot_cycles(dispatch->program);
    g_free(path);
}

static void take_hash(struct dispatch *dispatch, struct diagnostics *diagnostics)
{
    uint64_t seed = dispatch->part.sim->seed;
    uint8_t key[HASH_MAX_KEY_BYTES];
    char *wrong = NULL;
    unsigned bytes = hash_key_parse(dispatch->key_text, seed, key, &wrong);

    dispatch->random = seed ^ 0x6469737061746368; /* a sequence of its own */
    if (!bytes) {
        wrong_line(dispatch, diagnostics, "key", dispatch->key_text, wrong);
        return;
    }
    hash_init(&dispatch->hash, dispatch->function, key, bytes);
    if (dispatch->function == HASH_PROGRAM)
        take_program(dispatch, key, bytes, diagnostics);
}

static void dispatch_init(struct part *part, struct diagnostics *diagnostics)
{
    struct dispatch *dispatch = (struct dispatch *)part;
    unsigned processors = dispatch->processor_list.count;

    clock_init(&dispatch->clock, dispatch->hz, 2);
    event_init(&dispatch->out, part, dispatch, "out", out_event);
    event_init(&dispatch->in, part, dispatch, "in", in_event);
    if (dispatch->sessions == PARAMETER_WORD)
        dispatch->sessions = dispatch->function == HASH_LEAST_LOADED ? LEAST_LOADED_SESSIONS : 0;
    owners_init(&dispatch->owners, dispatch->sessions, dispatch->eviction == EVICTION_LRU);
    take_fields(dispatch, diagnostics);
    take_hash(dispatch, diagnostics);
    if (processors == 0) {
        part_error(part, diagnostics, "processors", "no processor serves this dispatch");
        return;
    }
    if (dispatch->default_processor >= processors)
        part_error(part, diagnostics, "default_processor", "%llu: expected 0 .. %u",
                   (unsigned long long)dispatch->default_processor, processors - 1);
    take_tables(dispatch, diagnostics);
    take_rules(dispatch, diagnostics);
    take_changes(dispatch, diagnostics);
}

/* Processors know their numbers now. */
static void dispatch_wire(struct part *part, struct diagnostics *diagnostics)
{
    struct dispatch *dispatch = (struct dispatch *)part;

    (void)diagnostics;
    dispatch->default_number = dispatch_number(dispatch, (unsigned)dispatch->default_processor);
    dispatch->all_speak = HW_SPEAKS_ALL;
    for (unsigned i = 0; i < dispatch->processor_list.count; i++)
        dispatch->all_speak &= ~((const struct processor *)dispatch->processor_list.list[i])->not_spoken;
}

static void dispatch_start(struct part *part)
{
    struct dispatch *dispatch = (struct dispatch *)part;

    for (unsigned i = 0; i < dispatch->change_lines.count; i++)
        event_at(&dispatch->changes[i].event, dispatch->changes[i].time_ps);
}

static void dispatch_free(struct part *part)
{
    struct dispatch *dispatch = (struct dispatch *)part;

    for (unsigned i = 0; dispatch->rules && i < dispatch->rule_lines.count; i++)
        dispatch_rule_free(&dispatch->rules[i]);
    for (unsigned i = 0; dispatch->changes && i < dispatch->change_lines.count; i++)
        g_free(dispatch->changes[i].spread);
    g_clear_pointer(&dispatch->rules, g_free);
    g_clear_pointer(&dispatch->changes, g_free);
    hash_program_free(dispatch->program);
    dispatch->program = NULL;
    owners_free(&dispatch->owners);
}

static uint32_t dispatch_utilisation(struct part *part, uint64_t elapsed_ps)
{
    const struct dispatch *dispatch = (const struct dispatch *)part;
    uint64_t cycles = clock_cycle_at(&dispatch->clock, elapsed_ps);

    return cycles ? (uint32_t)MIN((unsigned __int128)dispatch->stats.busy_cycles * 1000000 / cycles, 1000000) : 0;
}

static const char *const automatic[] = {"auto", NULL}; /* in the place of a number */
static const char *const fragment_rules[] = {"addresses", "first", NULL};
static const char *const evictions[] = {"lru", "none", NULL};
static const char *const processor_kinds[] = {"processor", NULL};
static const char *const dma_kinds[] = {"receive_dma", NULL};

static const struct parameter parameters[] = {
    {"hash", PARAMETER_CHOICE, offsetof(struct dispatch, function), "toeplitz", 0, 0, hash_names,
     "Hash function over the header fields, or what stands in its place."},
    {"key", PARAMETER_TEXT, offsetof(struct dispatch, key_text), "microsoft", 1, 4096, NULL,
     "Key of Toeplitz: microsoft (that of its RSS suite), symmetric (6d5a, 20 times), random (by the seed), or 1 to 52 "
     "bytes in hexadecimal digits. The input's last bytes need 4 bytes of key behind them, 40 for IPv6 with ports."},
    {"fields", PARAMETER_LINES, offsetof(struct dispatch, field_lines), "", 1, 256, NULL,
     "What is hashed, as fields.TYPE = LETTERS: the types are tcp4, udp4, sctp4, ip4, tcp6, udp6, sctp6, ip6 and all; "
     "the letters those of ethtool: s d addresses, f n ports, t protocol, v VLAN, l flow label, e TEID, m destination "
     "MAC, r discard; or none. fields.raw = OFFSET/MASK ... adds bytes of the frame; fields.inner = vxlan gre gtpu "
     "looks into tunnels. Default: sdfn with ports, else sd."},
    {"table", PARAMETER_COUNT, offsetof(struct dispatch, table_entries), "128", 1,
     INDIRECTION_MAX_ENTRIES, NULL, "Entries of the indirection table, and of each context's."},
    {"indirection", PARAMETER_TEXT, offsetof(struct dispatch, spread), "default", 1, 65536, NULL,
     "What the table holds, as ethtool -X says it: default (the processors in turn), equal N [start K], weight W0 W1 "
     "..., list P0 P1 ...; processors count from 0 in `processors`."},
    {"context", PARAMETER_LINES, offsetof(struct dispatch, context_lines), "", 1, 65536, NULL,
     "Further tables, as context.N = SPREAD with N from 1: rules lead there."},
    {"rule", PARAMETER_LINES, offsetof(struct dispatch, rule_lines), "", 1, 8192, NULL,
     "What comes before the hash, as rule.N = FILTER -> TARGET, in the order of N: FILTER as tcpdump has it; TARGET is "
     "names of processors (tcp port 80 -> pp0,pp1), drop, context N or default."},
    {"at", PARAMETER_LINES, offsetof(struct dispatch, change_lines), "", 1, 65536, NULL,
     "Tables rewritten while the simulation runs, as at.N = TIME set table SPREAD, or TIME set context N SPREAD. "
     "Sessions that exist keep their owner, and their frames are forwarded to it."},
    {"sessions", PARAMETER_COUNT, offsetof(struct dispatch, sessions), "auto", 0, OWNERS_MAX, automatic,
     "Entries of the match table ahead of the hash, which knows the owners of TCP sessions; 0: there is none; auto: "
     "8192 with least-loaded, which is of no use without, else none."},
    {"session_eviction", PARAMETER_CHOICE, offsetof(struct dispatch, eviction), "lru", 0, 0, evictions,
     "What goes when the match table is full: the session least recently used, or none: the new one stays out."},
    {"program", PARAMETER_TEXT, offsetof(struct dispatch, program_name), "hash-toeplitz", 1, 4096, NULL,
     "With hash = program: the ELF that computes the hash, a path that ends in .elf or the name of one that comes with "
     "polynic."},
    {"program_core", PARAMETER_CHOICE, offsetof(struct dispatch, program_preset), "ibex-small", 0, 0, presets,
     "The core that runs it, in the clock of the dispatch."},
    {"program_memory", PARAMETER_SIZE, offsetof(struct dispatch, program_bytes), "64KiB", 4096, 16777216, NULL,
     "Its local memory."},
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
    {"latency", PARAMETER_COUNT, offsetof(struct dispatch, latency_cycles), "auto", 0, 100000, automatic,
     "Cycles from a frame's entry to its exit (a program's own come on top); auto: as the function has it, 6 to 44 "
     "(`polynic hash --list`)."},
    {"interval", PARAMETER_COUNT, offsetof(struct dispatch, interval_cycles), "auto", 1, 100000, automatic,
     "Cycles between the entries of two frames, at least; auto: as the function has it, 1 or, for fnv1a, 36."},
    {"chip", PARAMETER_TEXT, offsetof(struct dispatch, chip), "card", 1, 64, NULL,
     "The integrated circuit on which it is."},
    {0},
};

#define STATISTIC(name, help) {#name, STATISTIC_COUNT, offsetof(struct dispatch, stats.name), help}
#define OWNERS(name, field, type, help) {name, type, offsetof(struct dispatch, owners.stats.field), help}

static const struct statistic statistics[] = {
    STATISTIC(frames, "Frames that entered."),
    STATISTIC(hashed_ports, "Frames hashed with ports."),
    STATISTIC(hashed_addresses, "Frames hashed by addresses, or other fields without ports."),
    STATISTIC(hashed_quoted, "ICMP errors hashed by the header that they quote."),
    STATISTIC(hashed_inner, "Frames in tunnels hashed by the headers inside."),
    STATISTIC(copied, "Frames of which every processor got a copy."),
    STATISTIC(unhashed, "Frames without an IP header, or with no field to be hashed: to the default processor."),
    STATISTIC(discarded, "Frames discarded by a rule, or by their type's field r."),
    STATISTIC(by_rule, "Frames that a rule matched."),
    STATISTIC(by_session, "Frames that went to the owner in the match table."),
    STATISTIC(busy_cycles, "Cycles in which no other frame could enter."),
    STATISTIC(program_cycles, "Cycles of the hash program."),
    STATISTIC(redirected, "Frames that the hash gave to a processor that doesn't speak their protocol: another got them."),
    STATISTIC(no_stack, "Frames dropped: no processor that they could go to speaks their protocol."),
    STATISTIC(program_failures, "Frames for which the hash program gave no result: to the default processor."),
    OWNERS("sessions_open", open, STATISTIC_LEVEL, "Sessions that processors own now."),
    OWNERS("session_claims", claims, STATISTIC_COUNT, "Times that a processor claimed a session."),
    OWNERS("session_conflicts", conflicts, STATISTIC_COUNT, "Claims of a session that another owned already."),
    OWNERS("match_misses", misses, STATISTIC_COUNT, "TCP segments whose session was not in the match table."),
    OWNERS("match_inserted", inserted, STATISTIC_COUNT, "Sessions that came into the match table."),
    OWNERS("match_evicted", evicted, STATISTIC_COUNT, "Sessions that went for another one."),
    OWNERS("match_refused", refused, STATISTIC_COUNT, "Times that a session found the match table full."),
    OWNERS("match_entries_max", in_table_max, STATISTIC_MAXIMUM, "Most sessions in the match table."),
    {0},
};

static void dispatch_clear(struct part *part)
{
    struct dispatch *dispatch = (struct dispatch *)part;

    dispatch->owners.stats.in_table_max = dispatch->owners.stats.in_table;
}

const struct part_kind dispatch_kind = {
    .name = "dispatch",
    .help = "The receive dispatch: picks a processor for each frame by a hash of its header.",
    .size = sizeof(struct dispatch),
    .parameters = parameters,
    .statistics = statistics,
    .init = dispatch_init,
    .wire = dispatch_wire,
    .start = dispatch_start,
    .clear = dispatch_clear,
    .utilisation_ppm = dispatch_utilisation,
    .free = dispatch_free,
};
