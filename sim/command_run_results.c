/* What a run collects on its way, and its results: the only place where models and analysis meet. */
#include "sim/command_run.h"
#include "sim/command_run_timeline.h"

#include "models/dispatch.h"
#include "models/port.h"
#include "sim/command.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* --- On the way ------------------------------------------------------------------------------------------- */

static void frame_settled(void *observer, const struct frame *frame)
{
    struct run *run = observer;
    const uint64_t *stamps = frame->stamps_ps;

    if (frame->fate != FRAME_DELIVERED)
        return;
    run->delivered_bytes += frame->bytes;
    if (!run_window_is_open(run))
        return;
    if (run->window.phase == MEASURE_MEASURES)
        batches_add(&run->window.batches, sim_now(run->sim) - run->window.from_ps, frame->bytes,
                    stamps[STAGE_TOLD] - stamps[STAGE_ARRIVED]);
    histogram_add(&run->receive, stamps[STAGE_TOLD] - stamps[STAGE_ARRIVED]);
    timeline_delivered(run->timeline, stamps[STAGE_TOLD] - stamps[STAGE_ARRIVED]);
    for (unsigned stage = 0; stage < RESULTS_STAGES; stage++)
        histogram_add(&run->stages[stage], stamps[stage + 1] - stamps[stage]);
}

static void frame_sent(void *owner, struct port *port, const struct tx_frame *frame,
                       uint64_t first_bit_ps, uint64_t last_bit_ps)
{
    struct run *run = owner;

    (void)port;
    if (!run->any_sent)
        run->first_sent_ps = first_bit_ps;
    run->any_sent = true;
    run->last_sent_ps = last_bit_ps;
    run->sent++;
    run->sent_bytes += frame->bytes;
    if (frame->requested_ps && run_window_is_open(run))
        histogram_add(&run->transmit, first_bit_ps - frame->requested_ps);
    if (run->writer)
        capture_writer_add(run->writer, (int64_t)(last_bit_ps / 1000), frame->data, frame->bytes,
                           frame->bytes);
}

static void session_opened(void *owner, const struct host_session *session)
{
    struct run *run = owner;
    unsigned processor = HW_SESSION_OWNER(session->number);

    if (run_window_is_open(run))
        run->sessions[processor]++;
    run->open[processor]++;
    run->open_most[processor] = MAX(run->open_most[processor], run->open[processor]);
}

/* The Ethernet port by which a session's frames come. */
static const char *interface_name(const struct run *run, unsigned number)
{
    for (unsigned i = 0; i < run->sim->part_count; i++)
        if (run->sim->parts[i]->kind == &port_kind && ((const struct port *)run->sim->parts[i])->number == number)
            return run->sim->parts[i]->name;
    return "";
}

static void session_ended(void *owner, const struct host_session *session, bool reset)
{
    struct run *run = owner;
    char remote[INET6_ADDRSTRLEN], local[INET6_ADDRSTRLEN];
    int family = session->tuple.ip_version == 6 ? AF_INET6 : AF_INET;

    run->open[HW_SESSION_OWNER(session->number)]--;
    inet_ntop(family, session->tuple.remote, remote, sizeof remote);
    inet_ntop(family, session->tuple.local, local, sizeof local);
    g_string_append_printf(run->connections, "%s,%u,%s,%u,%llu,%u,%llu,%llu,%s,%s,%s\n", remote,
                           session->tuple.remote_port, local, session->tuple.local_port,
                           (unsigned long long)session->id, HW_SESSION_OWNER(session->number),
                           (unsigned long long)session->received_bytes,
                           (unsigned long long)session->queued_bytes,
                           reset            ? "reset"
                           : session->ended ? "finished"
                                            : "open",
                           interface_name(run, session->tuple.port), host_session_part(session)->name);
}

static struct part *part_of(const struct run *run, unsigned i, const struct part_kind *kind)
{
    return run->sim->parts[i]->kind == kind ? run->sim->parts[i] : NULL;
}

bool run_begin(struct run *run, const char *scenario_name, const char *tx_pcap)
{
    const struct sim *sim = run->sim;
    struct part *part;

    run->texts = g_ptr_array_new_with_free_func(g_free);
    run->connections = g_string_new(NULL);
    run->sessions = g_new0(uint64_t, BRIDGE_RINGS);
    run->open = g_new0(uint64_t, BRIDGE_RINGS);
    run->open_most = g_new0(uint64_t, BRIDGE_RINGS);
    histogram_init(&run->receive);
    histogram_init(&run->transmit);
    for (unsigned stage = 0; stage < RESULTS_STAGES; stage++)
        histogram_init(&run->stages[stage]);
    clock_gettime(CLOCK_MONOTONIC, &run->began);
    run->results.scenario_name = g_strdup(scenario_name);
    g_ptr_array_add(run->texts, (char *)run->results.scenario_name);
    if (tx_pcap) {
        run->writer = capture_writer_new(tx_pcap, run->diagnostics);
        if (!run->writer)
            return false;
    }
    for (unsigned i = 0; i < sim->part_count; i++) {
        if ((part = part_of(run, i, &traffic_kind)) != NULL) {
            ((struct traffic *)part)->ledger.settled = frame_settled;
            ((struct traffic *)part)->ledger.observer = run;
        } else if ((part = part_of(run, i, &port_kind)) != NULL) {
            port_listen((struct port *)part, frame_sent, run);
        } else if ((part = part_of(run, i, &host_kind)) != NULL) {
            host_observe((struct host *)part, session_opened, session_ended, run);
        }
    }
    run_window_begin(run);
    return true;
}

/* --- Results ------------------------------------------------------------------------------------------------ */

static const char *keep(struct run *run, char *text)
{
    g_ptr_array_add(run->texts, text);
    return text;
}

static void add_drop(struct results *results, const struct ledger_drop *drop, uint64_t before)
{
    if (drop->frames == before)
        return;
    struct results_drop *list =
        g_renew(struct results_drop, (struct results_drop *)results->drops, results->drop_count + 1);

    list[results->drop_count++] = (struct results_drop){drop->place, drop->reason, drop->frames - before};
    results->drops = list;
}

static void add_ledger(struct run *run, const struct traffic *traffic)
{
    struct results_frames *frames = &run->results.frames;
    const struct ledger *ledger = &traffic->ledger;
    const struct measured_before *before = run_window_before(run, ledger);

    if (ledger->any_offered &&
        (frames->offered == 0 || ledger->first_offered_ps < frames->first_offered_ps))
        frames->first_offered_ps = ledger->first_offered_ps;
    frames->offered += ledger->offered - before->offered;
    frames->offered_bytes += ledger->offered_bytes - before->offered_bytes;
    frames->delivered += ledger->delivered - before->delivered;
    frames->consumed += ledger->consumed - before->consumed;
    frames->dropped += ledger->dropped - before->dropped;
    frames->in_flight += ledger->in_flight;
    frames->in_flight_before += before->in_flight;
    frames->repaired += traffic->stats.repaired;
    frames->synthesised += traffic->stats.synthesised;
    frames->forwarded += ledger->forwarded - before->forwarded;
    frames->last_offered_ps = MAX(frames->last_offered_ps, ledger->last_offered_ps);
    frames->last_delivered_ps = MAX(frames->last_delivered_ps, ledger->last_delivered_ps);
    for (unsigned i = 0; i < ledger->drop_count; i++)
        add_drop(&run->results, &ledger->drops[i], i < before->drop_count ? before->drops[i].frames : 0);
    frames->payload_bytes += replay_counts(traffic->replay)->payload_delivered_bytes - before->payload_delivered_bytes;
}

/* Of the whole run, whatever was measured: that all is there, and right. */
static void add_verification(struct run *run, const struct traffic *traffic)
{
    const struct replay_counts *counts = replay_counts(traffic->replay);

    if (!ledger_check(&traffic->ledger))
        run->results.broken = "the ledger of frames does not add up";
    run->results.payload.expected_bytes += counts->payload_bytes;
    run->results.payload.delivered_bytes += counts->payload_delivered_bytes;
    run->results.payload.mismatched_bytes += counts->payload_mismatched_bytes;
    run->results.connections.in_capture += counts->connections;
    run->results.connections.midstream += counts->connections_midstream;
    run->results.connections.opened += counts->connections_opened;
    run->results.connections.finished += counts->connections_finished;
    run->results.connections.reset += counts->connections_reset;
    run->results.connections.refused += counts->connections_refused;
}

static void add_value(struct results_value **list, unsigned *count, const char *name, uint64_t value,
                      const char *help)
{
    *list = g_renew(struct results_value, *list, *count + 1);
    (*list)[(*count)++] = (struct results_value){name, value, help};
}

#define COUNT(name, help) add_value(&list, &number, #name, counts->name, help)

static void add_traffic(struct run *run, const struct replay_counts *counts)
{
    struct results_value *list = (struct results_value *)run->results.traffic;
    unsigned number = run->results.traffic_count;

    COUNT(records_read, "Records read from the capture.");
    COUNT(toward_card, "Of these, toward the card's side.");
    COUNT(from_card_side, "Of these, from the card's side.");
    COUNT(other_direction, "Of these, neither.");
    COUNT(frames_captured, "Frames of the capture that entered.");
    COUNT(frames_repaired, "Frames offered again.");
    COUNT(frames_synthesised, "Frames made by the replay.");
    COUNT(acknowledgements_owed, "Acknowledgements cut to what the card had sent; the rest followed.");
    COUNT(acknowledgements_merged, "Pure acknowledgements left out: they would have repeated the last.");
    COUNT(cut_headers_skipped, "Records whose headers were cut by the snap length.");
    COUNT(cut_payloads_padded, "Records whose cut payload was padded and is not compared.");
    COUNT(checksums_fixed, "Bad checksums that were fixed.");
    COUNT(segments_split, "Merged segments that were split.");
    COUNT(pieces_added, "Frames beyond the first of each of these.");
    COUNT(frames_left_out, "What the captured client had a reason to send, and this one has not.");
    COUNT(frames_after_reset, "Of connections that the card had reset, or that the next one replaced.");
    COUNT(frames_after_duration, "Left out because the duration was over.");
    COUNT(frames_dropped, "Frames of any kind that the card's hardware dropped.");
    COUNT(holes_padded, "Stretches of a stream that the capture lost, padded and not compared.");
    COUNT(gaps_shortened, "Pauses shortened to max_gap.");
    COUNT(stamps_backward, "Stamps that ran backward, and count as no pause.");
    COUNT(frames_waited, "Frames that waited for the handshake of their connection.");
    COUNT(frames_window_waited, "Frames that waited for the card's window to open.");
    COUNT(connections, "Connections of the capture.");
    COUNT(connections_midstream, "Of these, begun before the capture.");
    COUNT(connections_opened, "Of these, opened by the card.");
    COUNT(connections_refused, "Of these, refused or never answered.");
    COUNT(connections_finished, "Of these, that reached the end which the capture has.");
    COUNT(connections_reset, "Of these, reset by the card.");
    COUNT(connections_cut, "Of these, not yet at their end when the duration was over.");
    COUNT(connections_of_card, "Connections that the card's side of the capture opened: not replayed.");
    COUNT(server_bytes_sent, "TCP payload of the captured servers that the card sent.");
    COUNT(server_mismatched_bytes, "Of these, differ from the capture.");
    COUNT(server_bytes_not_kept, "Read when the card was 64 MiB behind: zeros in their place, not compared.");
    run->results.traffic = list;
    run->results.traffic_count = number;
}

static void add_rate(struct run *run, const struct traffic *traffic)
{
    static const char *const kinds[] = {[REPLAY_MULTIPLIER] = "multiplier",
                                        [REPLAY_MBPS] = "mbps",
                                        [REPLAY_PPS] = "pps",
                                        [REPLAY_TOPSPEED] = "topspeed"};
    struct results *results = &run->results;
    const struct traffic_reached *reached = &traffic->reached;
    uint64_t millionths;
    enum replay_rate kind = traffic_rate(traffic, &millionths);

    if (traffic->mode == TRAFFIC_SERVE)
        return; /* the card sets the pace */
    results->rates = g_renew(struct results_rate, results->rates, results->rate_count + 1);
    results->rates[results->rate_count++] =
        (struct results_rate){.traffic = traffic->part.name,
                              .kind = kinds[kind],
                              .asked = kind == REPLAY_TOPSPEED ? NAN : (double)millionths / 1e6,
                              .flow_control = traffic->port->flow_control,
                              .frames = reached->frames,
                              .bits = reached->bits,
                              .span_ps = reached->last_bit_ps - reached->first_bit_ps,
                              .captured_span_ps =
                                  reached->last_captured_ps - MIN(reached->first_captured_ps,
                                                                  reached->last_captured_ps)};
}

/* At once: that the dispatch knew to be its own (with those in TIME_WAIT), or that the hosts had open. */
static uint64_t most_connections(const struct run *run, const struct processor *processor)
{
    const struct dispatch *dispatch = (const struct dispatch *)processor->dispatch_part;
    uint64_t most = run->open_most[processor->number];

    return dispatch ? MAX(most, dispatch->owners.most_sessions[processor->number]) : most;
}

static void add_processor(struct run *run, struct processor *processor)
{
    struct results *results = &run->results;
    uint64_t elapsed_ps = sim_now(run->sim) - run->sim->statistics_from_ps;
    uint64_t cycles = clock_cycle_at(&processor->clock, elapsed_ps);
    uint64_t asleep = clock_cycle_at(&processor->clock, processor->stats.asleep_ps);

    results->processors =
        g_renew(struct results_processor, results->processors, results->processor_count + 1);
    results->processors[results->processor_count++] = (struct results_processor){
        .name = processor->part.name,
        .frames = processor->stats.frames,
        .sessions = run->sessions[processor->number],
        .sessions_lost = processor->stats.sessions_lost,
        .instructions = processor->stats.instructions,
        .cycles = cycles,
        .busy_cycles = processor->turn ? processor->stats.running_cycles : cycles - MIN(asleep, cycles),
        .stall_cycles = processor->stats.stall_cycles,
        .local_memory_bytes = processor->local_bytes,
        .local_memory_used_bytes = processor->stats.heap_lowest_bytes == UINT64_MAX
                                       ? processor->stats.local_bytes_used
                                       : processor->local_bytes - processor->stats.heap_lowest_bytes,
        .heap_lowest_free_bytes = processor->stats.heap_lowest_bytes == UINT64_MAX
                                      ? 0
                                      : processor->stats.heap_lowest_bytes,
        .heap_failures = processor->stats.heap_failures,
        .portion_bytes = processor->portion_bytes,
        .portion_checks = processor->stats.portion_checks,
        .rx_buffers = processor->rx_buffers,
        .rx_buffers_used = processor->rx_buffers - MIN(processor->stats.rx_lowest_free, processor->rx_buffers),
        .connections_most = most_connections(run, processor),
        .heap_ready_bytes = processor->stats.heap_ready_bytes,
        .lookup = processor->lookup ? "hash" : "list",
        .fault = processor->stopped};
}

static void add_part(struct run *run, struct part *part)
{
    struct results *results = &run->results;
    uint64_t elapsed_ps = sim_now(run->sim) - run->sim->statistics_from_ps;
    const struct statistic *statistic = part->kind->statistics;
    struct results_part entry = {.name = part->name,
                                 .kind = part->kind->name,
                                 .group = part->kind->countable ? part->group : NULL,
                                 .has_utilisation = part->kind->utilisation_ppm != NULL};
    struct results_value *values = NULL;

    if (part->kind->is_label) /* its name may be another part's */
        entry.name = keep(run, g_strdup_printf("%s-%s", part->kind->name, part->name));
    if (entry.has_utilisation)
        entry.utilisation_ppm = part->kind->utilisation_ppm(part, elapsed_ps);
    if (entry.utilisation_ppm == PART_NO_UTILISATION) {
        entry.has_utilisation = false;
        entry.utilisation_ppm = 0;
    }
    if (run->window.asked) /* what began before the window may count in it */
        entry.utilisation_ppm = MIN(entry.utilisation_ppm, 1000000);
    for (; statistic && statistic->name; statistic++)
        add_value(&values, &entry.statistic_count, statistic->name,
                  *(const uint64_t *)((const char *)part + statistic->offset), statistic->help);
    entry.statistics = values;
    results->parts = g_renew(struct results_part, results->parts, results->part_count + 1);
    results->parts[results->part_count++] = entry;
}

static void warn(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void warn(struct run *run, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    diagnostic_warning(run->diagnostics, NULL, 0, "%s", text);
    g_free(text);
}

static void warn_of_traffic(struct run *run, const struct traffic *traffic)
{
    char *text = NULL;
    size_t bytes;
    FILE *stream = open_memstream(&text, &bytes);

    replay_print_stalled(traffic->replay, stream, 10);
    fclose(stream);
    char **lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        if (**line)
            warn(run, "%s: connection did not reach its end: %s", traffic->part.name, *line);
    g_strfreev(lines);
    free(text);
    if (g_strcmp0(run->sim->stop_reason, TRAFFIC_LINGERED) == 0)
        warn(run, "%s: the run was ended by linger, with something still under way",
             traffic->part.name);
}

static void warn_of_parts(struct run *run)
{
    for (unsigned i = 0; i < run->sim->part_count; i++) {
        struct part *part = run->sim->parts[i];

        if (part->kind == &processor_kind && ((struct processor *)part)->stopped)
            warn(run, "processor %s stopped: %s", part->name, ((struct processor *)part)->stopped);
        if (part->kind == &processor_kind && ((struct processor *)part)->stats.sessions_lost)
            warn(run, "processor %s gave up %llu sessions for want of local memory", part->name,
                 (unsigned long long)((struct processor *)part)->stats.sessions_lost);
        if (part->kind == &dispatch_kind && ((struct dispatch *)part)->program &&
            hash_program_stopped(((struct dispatch *)part)->program))
            warn(run, "dispatch %s: the hash program stopped: %s", part->name,
                 hash_program_stopped(((struct dispatch *)part)->program));
        if (part->kind == &traffic_kind)
            warn_of_traffic(run, (struct traffic *)part);
        for (unsigned k = 0; part->kind == &host_kind && k < 10; k++)
            if (host_fault((struct host *)part, k))
                warn(run, "host %s: the card broke the rules: %s", part->name,
                     host_fault((struct host *)part, k));
    }
    if (sim_now(run->sim) > 8192 * PS_PER_SECOND)
        warn(run, "beyond 8192 s of simulated time the world outside the card is coarser than 1 ps");
}

static void warn_of_window(struct run *run)
{
    const struct run_window *window = &run->window;
    uint64_t span_ps = run->results.window_ps;

    if (!window->asked)
        return;
    if (window->phase < MEASURE_MEASURES)
        warn(run, "measure: the run was over before the warm-up: all of it was measured");
    else if (!run->results.measure.is_full)
        warn(run, "measure: the run was over before the duration: give a longer run, or a shorter duration");
    struct batches_estimate delivered = batches_delivered(&window->batches, span_ps);
    struct batches_estimate latency = batches_latency(&window->batches, span_ps);
    if (!isnan(delivered.mean) && !delivered.is_stationary)
        warn(run, "measure: the window is not stationary: its halves deliver at rates that differ by more than chance "
                  "explains; give a longer warm-up");
    if (!isnan(latency.mean) && !latency.is_stationary)
        warn(run, "measure: the window is not stationary: the mean latencies of its halves differ by more than chance "
                  "explains; give a longer warm-up, or a load that the card can bear");
}

/* Diagnostics so far are the report's warnings; a file is named without its folder, which differs. */
static void list_warnings(struct run *run)
{
    const struct diagnostics *diagnostics = run->diagnostics;
    const char **warnings = g_new0(const char *, diagnostics->count + 1);
    unsigned count = 0;

    for (unsigned i = 0; i < diagnostics->count; i++) {
        const char *text = diagnostics->list[i].text, *colon = strstr(text, ": ");
        const char *slash = colon ? g_strrstr_len(text, colon - text, "/") : NULL;

        if (!diagnostics->list[i].is_error)
            warnings[count++] = slash ? slash + 1 : text;
    }
    run->results.warnings = warnings;
    run->results.warning_count = count;
}

static void measure_speed(struct run *run)
{
    struct results_speed *speed = &run->results.speed;
    struct timespec now;
    struct rusage usage;

    clock_gettime(CLOCK_MONOTONIC, &now);
    getrusage(RUSAGE_SELF, &usage);
    speed->wall_ns = (uint64_t)((now.tv_sec - run->began.tv_sec) * 1000000000 +
                                (now.tv_nsec - run->began.tv_nsec));
    speed->frames = run->results.frames.offered + run->sent;
    speed->events = run->sim->calendar.executed;
    speed->instructions = run->instructions_before + run_instructions(run);
    speed->peak_memory_bytes = (uint64_t)usage.ru_maxrss * 1024;
}

static void describe_run(struct run *run, const struct traffic *traffic)
{
    const struct processor *first =
        (const struct processor *)sim_find_part(run->sim, "processor", NULL);
    unsigned processors = first ? first->processor_count : 0;
    unsigned others = 0;

    if (run->results.description)
        return; /* the first one names the run */
    for (unsigned i = 0; i < run->sim->part_count; i++)
        others += run->sim->parts[i]->kind == &traffic_kind && run->sim->parts[i] != &traffic->part;
    char *name = g_path_get_basename(traffic->capture);
    char *more = others ? g_strdup_printf(" and %u more traffic%s", others, others == 1 ? "" : "s") : g_strdup("");
    char *what = traffic->mode == TRAFFIC_REPLAY              ? g_strdup_printf("replay of %s", name)
                 : traffic->mode == TRAFFIC_SERVE            ? g_strdup("connections opened by the card")
                 : traffic->generate.protocol == TRAFFIC_TCP ? g_strdup("generated connections")
                                                             : g_strdup("generated datagrams");

    run->results.description =
        keep(run, g_strdup_printf("%s%s, %u processor%s", what, more, processors, processors == 1 ? "" : "s"));
    g_free(more);
    g_free(name);
    g_free(what);
}

uint64_t run_instructions(const struct run *run)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < run->sim->part_count; i++)
        if (run->sim->parts[i]->kind == &processor_kind)
            sum += ((const struct processor *)run->sim->parts[i])->stats.instructions;
    return sum;
}

static void add_window(struct run *run)
{
    const struct run_window *window = &run->window;
    struct results_measure *measure = &run->results.measure;

    if (!window->asked)
        return;
    run->results.window_ps = window->to_ps - window->from_ps;
    *measure = (struct results_measure){.warmup = window->asked->warmup_text,
                                        .duration = window->asked->duration_text,
                                        .cooldown = window->asked->cooldown_text,
                                        .from_ps = window->from_ps,
                                        .to_ps = window->to_ps,
                                        .is_full = window->is_full || window->asked->duration.unit == MEASURE_NONE,
                                        .batches = &window->batches};
}

void run_collect(struct run *run)
{
    struct results *results = &run->results;

    sim_settle(run->sim);
    for (unsigned i = 0; i < run->sim->part_count; i++) {
        struct part *part = run->sim->parts[i];

        if (part->kind == &processor_kind)
            add_processor(run, (struct processor *)part);
        if (part->kind == &traffic_kind) {
            const struct traffic *traffic = (const struct traffic *)part;

            add_ledger(run, traffic);
        }
        add_part(run, part);
    }
    run_add_hosts(run);
    run_add_masters(run);
    add_window(run);
    results->frames.delivered_bytes = run->delivered_bytes - run->window.delivered_bytes;
    results->frames.sent = run->sent - run->window.sent;
    results->frames.sent_bytes = run->sent_bytes - run->window.sent_bytes;
    results->frames.first_sent_ps = run->first_sent_ps;
    results->frames.last_sent_ps = run->last_sent_ps;
}

void run_end(struct run *run)
{
    struct results *results = &run->results;

    for (unsigned i = 0; i < run->sim->part_count; i++)
        if (run->sim->parts[i]->kind == &host_kind)
            host_open_sessions((struct host *)run->sim->parts[i]);
    run_window_end(run);
    sim_settle(run->sim);
    for (unsigned i = 0; i < run->sim->part_count; i++) {
        const struct traffic *traffic = (const struct traffic *)run->sim->parts[i];

        if (run->sim->parts[i]->kind != &traffic_kind)
            continue;
        add_verification(run, traffic);
        add_rate(run, traffic);
        add_traffic(run, replay_counts(traffic->replay));
        describe_run(run, traffic);
    }
    results->scenario_hash = keep(run, scenario_hash(run->scenario));
    results->seed = run->sim->seed;
    results->program_version = POLYNIC_VERSION;
    results->ended = run->sim->stop_reason ? run->sim->stop_reason : "nothing more to do";
    results->simulated_ps = sim_now(run->sim);
    results->receive = &run->receive;
    results->transmit = &run->transmit;
    for (unsigned stage = 0; stage < RESULTS_STAGES; stage++)
        results->receive_stages[stage] = &run->stages[stage];
    warn_of_parts(run);
    warn_of_window(run);
    if (run->writer)
        capture_writer_close(g_steal_pointer(&run->writer));
    list_warnings(run);
    measure_speed(run);
    results_finish(results);
}

bool run_is_good(const struct run *run)
{
    const struct results *results = &run->results;

    for (unsigned i = 0; i < results->processor_count; i++)
        if (results->processors[i].fault)
            return false;
    return results_accounted(results) && results->payload.mismatched_bytes == 0;
}

void run_write_connections(const struct run *run, const char *directory,
                           struct diagnostics *diagnostics)
{
    char *path = g_build_filename(directory, "connections.csv", NULL);
    GString *text = g_string_new("remote,remote_port,local,local_port,session,processor,"
                                 "received_bytes,sent_bytes,end,interface,host\n");
    GError *error = NULL;

    g_string_append_len(text, run->connections->str, (gssize)run->connections->len);
    /* Written to a temporary name and renamed. */
    if (!g_file_set_contents(path, text->str, (gssize)text->len, &error)) {
        diagnostic_error(diagnostics, path, 0, "%s", error->message);
        g_error_free(error);
    }
    g_string_free(text, true);
    g_free(path);
}

void run_free(struct run *run)
{
    struct results *results = &run->results;

    if (run->writer)
        capture_writer_abandon(run->writer);
    for (unsigned i = 0; i < results->part_count; i++)
        g_free((void *)results->parts[i].statistics);
    g_free(results->parts);
    g_free(results->processors);
    g_free(results->hosts);
    g_free(results->masters);
    g_free((void *)results->drops);
    g_free(results->rates);
    g_free((void *)results->traffic);
    g_free((void *)results->warnings);
    histogram_free(&run->receive);
    histogram_free(&run->transmit);
    for (unsigned stage = 0; stage < RESULTS_STAGES; stage++)
        histogram_free(&run->stages[stage]);
    run_window_free(run);
    g_string_free(run->connections, true);
    g_ptr_array_free(run->texts, true);
    g_free(run->sessions);
    g_free(run->open);
    g_free(run->open_most);
}
