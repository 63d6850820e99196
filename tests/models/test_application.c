/* The application with a scripted card and a scripted capture, the whole way: message in host
 * memory, driver, crossing to the SimGrid actor, its call, the request in the mailbox. Each run is
 * a process of its own. The card answers SEND with SENT and a CLOSE of both sides with FINISHED. */
#include "models/application.h"
#include "models/traffic.h"
#include "models/transmit_dispatch.h"
#include "sim/outside.h"
#include "tests/models/host_card.h"
#include "tests/suite.h"
#include "traces/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TRACE_BYTES = 1 << 20, MAX_STEPS = 8, CAPTURED_PORT = 1000 };

/* --- A capture of one server: the same steps on every connection of a port from CAPTURED_PORT on
 * --- */

static struct {
    enum replay_step_kind kind;
    uint64_t after_bytes;
    uint32_t bytes;
    uint64_t known_ps; /* read from the capture then */
} steps[MAX_STEPS];
static unsigned step_count;
static uint64_t delivered_bytes, done_bytes, datagrams_delivered, answers_left;

static uint8_t server_byte(uint64_t offset)
{
    return (uint8_t)(offset * 7 + 3);
}

struct replay *traffic_replay(struct part *traffic)
{
    (void)traffic;
    return NULL;
}

unsigned traffic_port(const struct part *traffic)
{
    (void)traffic;
    return 0;
}

uint64_t traffic_time_ps(struct part *traffic)
{
    return part_now(traffic);
}

const struct serve_config *replay_serve(const struct replay *replay)
{
    (void)replay;
    return NULL;
}

void replay_refused(struct replay *replay)
{
    (void)replay;
}

uint64_t traffic_opens_gap_ps(const struct part *part)
{
    (void)part;
    return 1;
}

uint64_t replay_connection(const struct replay *replay, const struct replay_tuple *tuple)
{
    (void)replay;
    return tuple->remote_port >= CAPTURED_PORT ? tuple->remote_port : 0;
}

void replay_step(const struct replay *replay, uint64_t connection, uint64_t sent_bytes,
                 uint64_t now_ps, struct replay_step *step, uint8_t *data, uint32_t limit)
{
    uint64_t offset = 0;

    (void)replay;
    (void)connection;
    for (unsigned i = 0; i < step_count; i++) {
        if (steps[i].kind == REPLAY_STEP_SEND && sent_bytes >= offset + steps[i].bytes) {
            offset += steps[i].bytes;
            continue;
        }
        if (steps[i].known_ps >= now_ps) {
            *step = (struct replay_step){.kind = REPLAY_STEP_UNKNOWN};
            return;
        }
        *step = (struct replay_step){.kind = steps[i].kind,
                                     .after_bytes = steps[i].after_bytes,
                                     .offset = sent_bytes,
                                     .bytes = (uint32_t)(offset + steps[i].bytes - sent_bytes)};
        for (uint32_t k = 0; data && k < step->bytes && k < limit; k++)
            data[k] = server_byte(sent_bytes + k);
        return;
    }
    *step = (struct replay_step){.kind = REPLAY_STEP_END};
}

void replay_step_done(struct replay *replay, uint64_t connection, uint64_t sent_bytes)
{
    (void)replay;
    (void)connection;
    done_bytes = sent_bytes;
}

void replay_delivered(struct replay *replay, uint64_t connection, uint64_t offset,
                      const uint8_t *data, uint32_t bytes)
{
    (void)replay;
    (void)connection;
    (void)offset;
    (void)data;
    delivered_bytes += bytes;
}

void replay_delivered_datagram(struct replay *replay, const struct replay_tuple *tuple,
                               const uint8_t *data, uint32_t bytes)
{
    (void)replay;
    (void)tuple;
    (void)data;
    (void)bytes;
    datagrams_delivered++;
    answers_left = 2;
}

uint32_t replay_datagram_answer(struct replay *replay, const struct replay_tuple *tuple,
                                uint64_t now_ps, uint8_t *data, uint32_t limit)
{
    (void)replay;
    (void)tuple;
    (void)now_ps;
    (void)limit;
    if (answers_left == 0)
        return 0;
    memset(data, (int)answers_left, 10);
    answers_left--;
    return 10;
}

/* --- The card's script ----------------------------------------------------------------------- */

struct line {
    uint64_t at_ps;
    enum hw_message_type type;
    uint32_t index, argument; /* session, offset */
    const char *data;
};

static const struct line *script;
static struct event next_line, linger;
static struct host *host;
static struct part *application, *host_part;
static FILE *trace;
static char traces[4][TRACE_BYTES];
static uint64_t server_bytes; /* of the one stream that is checked */

static void deliver_line(const struct line *line, uint16_t port)
{
    struct hw_message message = {.type = (uint8_t)line->type,
                                 .session = HW_SESSION(0, line->index),
                                 .argument = line->argument,
                                 .bytes = line->data ? (uint16_t)strlen(line->data) : 0,
                                 .sequence = ++sequences[0],
                                 .tuple = {.ip_version = 4, .remote_port = port}};

    deliver_as(0, message, message.sequence, line->data, message.bytes);
}

static void line_event(void *owner)
{
    (void)owner;
    /* Even sessions are of the capture. */
    deliver_line(script, (uint16_t)(script->index % 2 ? 1 : CAPTURED_PORT + script->index));
    if ((++script)->type)
        event_at(&next_line, script->at_ps);
}

static void card_requested(unsigned processor, const struct hw_message *message)
{
    uint64_t address = (uint64_t)message->host_high << 32 | message->host_low;

    fprintf(trace, "%llu: %u %x %u\n", (unsigned long long)sim_now(&side.sim), message->type,
            message->session, message->argument);
    if (message->type != HW_SEND && message->type != HW_SEND_DATAGRAM)
        return;
    const uint8_t *data = memory_at(side.host_memory, address, message->argument);
    ck_assert_ptr_nonnull(data);
    ck_assert_uint_ne(host_requested_ps(host, address), 0);
    if (message->type == HW_SEND && HW_SESSION_OWNER(message->session) == 0 && step_count)
        for (uint32_t i = 0; i < message->argument; i++)
            ck_assert_uint_eq(data[i], server_byte(server_bytes + i));
    if (message->type == HW_SEND)
        server_bytes += message->argument;
    deliver(processor, HW_SENT, message->session, message->argument, NULL, 0);
}

static void linger_event(void *owner)
{
    (void)owner;
    fprintf(trace, "idle %d\n", host_idle(host));
    sim_stop(&side.sim, "test");
}

static void is_ready(void *owner)
{
    (void)owner;
    fprintf(trace, "ready\n");
}

static void build(const char *behaviour, void (*also)(void))
{
    struct diagnostics diagnostics;
    struct part *dispatch;

    side_build();
    host_part = part_build(&side.sim, &host_kind, "host");
    part_wire_to(host_part, "bus", &side.host_bus->part);
    part_wire_to(host_part, "memory", &side.host_memory->part);
    part_wire_to(host_part, "bridge", (struct part *)side.bridge);
    part_set(host_part, "notification", "poll");
    dispatch = part_build(&side.sim, &transmit_dispatch_kind, "tx");
    part_wire_to(dispatch, "bus", &side.card_bus->part);
    part_wire_to(dispatch, "bridge", (struct part *)side.bridge);
    application = part_build(&side.sim, &application_kind, "server");
    part_wire_to(application, "host", host_part);
    part_set(application, "listen", "*");
    *(struct part_list *)((char *)application + part_parameter(application, "traffic")->offset) =
        (struct part_list){&side.helper, 1};
    part_set(application, "behaviour", behaviour);
    if (also)
        also();
    host = (struct host *)host_part;
    side.requested = card_requested;
    diagnostics_init(&diagnostics);
    side_wire();
    layouts[0] = (struct host_ring){.slots = SLOTS, .slot_bytes = SLOT_BYTES};
    ck_assert(host_add_ring(host, 0, &layouts[0], &diagnostics));
    event_init(&next_line, side.helper, NULL, "line", line_event);
    event_init(&linger, side.helper, NULL, "linger", linger_event);
    event_set_priority(&linger, EVENT_OBSERVER);
    sim_start(&side.sim);
    host_when_ready(host, is_ready, NULL);
}

/* Runs the script in a child; returns the trace of requests. */
static const char *run(unsigned place, const char *behaviour, const struct line *lines,
                       const struct outside_options *options, void (*also)(void))
{
    static const struct line ready = {0, HW_READY, 0, 0, NULL};
    int pipes[2], status;
    size_t got = 0;
    ssize_t bytes;

    ck_assert_int_eq(pipe(pipes), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct diagnostics diagnostics;

        close(pipes[0]);
        trace = fdopen(pipes[1], "w");
        diagnostics_init(&diagnostics);
        build(behaviour, also);
        deliver_line(&ready, 0);
        script = lines;
        event_at(&next_line, script->at_ps);
        event_at(&linger, 5000000 * (uint64_t)NS);
        ck_assert(outside_run(&side.sim, options, &diagnostics));
        fprintf(trace, "delivered %llu done %llu datagrams %llu faults %llu %s\n",
                (unsigned long long)delivered_bytes, (unsigned long long)done_bytes,
                (unsigned long long)datagrams_delivered,
                (unsigned long long)host_counts(host)->faults,
                host_fault(host, 0) ? host_fault(host, 0) : "");
        fclose(trace);
        diagnostics_clear(&diagnostics);
        side_free();
        letters_free();
        exit(0);
    }
    close(pipes[1]);
    while ((bytes = read(pipes[0], traces[place] + got, TRACE_BYTES - 1 - got)) > 0)
        got += (size_t)bytes;
    traces[place][got] = 0;
    close(pipes[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d, trace:\n%s", status,
                  traces[place]);
    return traces[place];
}

static const char *run_simply(const char *behaviour, const struct line *lines)
{
    static const struct outside_options options;

    return run(0, behaviour, lines, &options, NULL);
}

static void set_up(void)
{
    memset(steps, 0, sizeof steps);
    step_count = 0;
}

static void add_step(enum replay_step_kind kind, uint64_t after_bytes, uint32_t bytes,
                     uint64_t known_ps)
{
    steps[step_count].kind = kind;
    steps[step_count].after_bytes = after_bytes;
    steps[step_count].bytes = bytes;
    steps[step_count++].known_ps = known_ps;
}

/* The time of the n-th request of a type, 0: there is none. */
static uint64_t time_of(const char *text, enum hw_message_type type, unsigned n)
{
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        unsigned long long at_ps;
        unsigned seen;

        if (sscanf(line, "%llu: %u ", &at_ps, &seen) == 2 && seen == type && n-- == 0)
            return at_ps;
    }
    return 0;
}

static unsigned count_of(const char *text, enum hw_message_type type)
{
    unsigned count = 0;

    while (time_of(text, type, count))
        count++;
    return count;
}

#define US (1000ull * NS)

/* --- Tests ----------------------------------------------------------------------------------- */

START_TEST(it_listens_and_the_host_becomes_ready)
{
    const struct line lines[] = {{200 * US, HW_OPENED, 1, 0, NULL}, {0}};
    const char *text = run_simply("sink", lines);

    ck_assert_uint_eq(count_of(text, HW_LISTEN), 2);
    ck_assert_ptr_nonnull(strstr(text, ": 32 0 6\n"));
    ck_assert_ptr_nonnull(strstr(text, ": 32 0 17\n"));
    ck_assert_ptr_nonnull(strstr(text, "ready\n"));
}
END_TEST

START_TEST(it_sends_what_the_captured_server_sent_after_as_many_bytes)
{
    const struct line lines[] = {
        {200 * US, HW_OPENED, 0, 0, NULL},   {300 * US, HW_DATA, 0, 0, "12345"},
        {400 * US, HW_DATA, 0, 5, "67890"},  {500 * US, HW_REMOTE_CLOSED, 0, 0, NULL},
        {600 * US, HW_FINISHED, 0, 0, NULL}, {0}};

    add_step(REPLAY_STEP_SEND, 10, 40000, 0);
    add_step(REPLAY_STEP_CLOSE, 11, 0, 0);
    const char *text = run_simply("captured", lines);

    ck_assert_uint_eq(count_of(text, HW_SEND), 3); /* of 16 KiB */
    ck_assert_uint_gt(time_of(text, HW_SEND, 0), 400 * US);
    ck_assert_uint_lt(time_of(text, HW_SEND, 0), 410 * US);
    ck_assert_uint_eq(count_of(text, HW_CLOSE), 1);
    ck_assert_uint_gt(time_of(text, HW_CLOSE, 0), 500 * US);
    ck_assert_ptr_nonnull(strstr(text, "delivered 10 done 40000 datagrams 0 faults 0"));
    ck_assert_ptr_nonnull(strstr(text, "idle 1"));
}
END_TEST

START_TEST(a_step_that_is_not_read_yet_is_asked_for_again)
{
    const struct line lines[] = {{200 * US, HW_OPENED, 0, 0, NULL}, {0}};

    add_step(REPLAY_STEP_SEND, 0, 10, 1234 * US);
    const char *text = run_simply("captured", lines);

    ck_assert_uint_eq(count_of(text, HW_SEND), 1);
    ck_assert_uint_gt(time_of(text, HW_SEND, 0), 1234 * US);
    ck_assert_uint_lt(time_of(text, HW_SEND, 0), (1234 + 100 + 10) * US);
}
END_TEST

START_TEST(a_captured_reset_is_an_abort)
{
    const struct line lines[] = {{200 * US, HW_OPENED, 0, 0, NULL},
                                 {300 * US, HW_DATA, 0, 0, "1"},
                                 {400 * US, HW_RESET, 0, 0, NULL},
                                 {0}};

    add_step(REPLAY_STEP_ABORT, 1, 0, 0);
    const char *text = run_simply("captured", lines);

    ck_assert_uint_eq(count_of(text, HW_ABORT), 1);
    ck_assert_uint_eq(count_of(text, HW_CLOSE), 0);
}
END_TEST

START_TEST(a_cut_capture_closes_when_the_client_does)
{
    const struct line lines[] = {
        {200 * US, HW_OPENED, 0, 0, NULL}, {300 * US, HW_REMOTE_CLOSED, 0, 0, NULL}, {0}};
    const char *text = run_simply("captured", lines);

    ck_assert_uint_eq(count_of(text, HW_CLOSE), 1);
    ck_assert_uint_gt(time_of(text, HW_CLOSE, 0), 300 * US);
}
END_TEST

START_TEST(a_session_that_is_not_of_the_capture_is_sunk)
{
    const struct line lines[] = {{200 * US, HW_OPENED, 1, 0, NULL},
                                 {300 * US, HW_DATA, 1, 0, "bytes"},
                                 {400 * US, HW_REMOTE_CLOSED, 1, 0, NULL},
                                 {0}};

    add_step(REPLAY_STEP_SEND, 0, 10, 0);
    const char *text = run_simply("captured", lines);

    ck_assert_uint_eq(count_of(text, HW_SEND), 0);
    ck_assert_uint_eq(count_of(text, HW_CLOSE), 1);
    ck_assert_ptr_nonnull(strstr(text, "delivered 0 "));
}
END_TEST

START_TEST(an_echo_sends_back_what_it_read)
{
    const struct line lines[] = {{200 * US, HW_OPENED, 1, 0, NULL},
                                 {300 * US, HW_DATA, 1, 0, "hello"},
                                 {400 * US, HW_DATA, 1, 5, "you"},
                                 {401 * US, HW_REMOTE_CLOSED, 1, 0, NULL},
                                 {0}};
    const char *text = run_simply("echo", lines);

    ck_assert_ptr_nonnull(strstr(text, ": 34 1 5\n"));
    ck_assert_ptr_nonnull(strstr(text, ": 34 1 3\n"));
    ck_assert_uint_gt(time_of(text, HW_CLOSE, 0), time_of(text, HW_SEND, 1));
}
END_TEST

START_TEST(datagrams_get_the_captured_answers)
{
    const struct line lines[] = {{200 * US, HW_DATAGRAM, 0, 0, "question"}, {0}};
    const char *text = run_simply("captured", lines);

    ck_assert_uint_eq(count_of(text, HW_SEND_DATAGRAM), 2);
    ck_assert_ptr_nonnull(strstr(text, ": 38 ffffffff 10\n"));
    ck_assert_ptr_nonnull(strstr(text, ": 38 fffffffe 10\n"));
    ck_assert_ptr_nonnull(strstr(text, "datagrams 1 faults 0"));
    ck_assert_ptr_nonnull(strstr(text, "idle 1"));
}
END_TEST

static void slow_crossing(void)
{
    part_set(application, "latency", "1100ns");
}

static void thinking(void)
{
    part_set(application, "think", "5us");
}

/* 1 us is a whole number of cycles of every clock here: a delay shows as it is. */
START_TEST(a_call_takes_two_crossings_and_the_thinking)
{
    static const struct outside_options options;
    const struct line lines[] = {{200 * US, HW_OPENED, 0, 0, NULL}, {0}};

    add_step(REPLAY_STEP_SEND, 0, 10, 0);
    uint64_t quick = time_of(run(0, "captured", lines, &options, NULL), HW_SEND, 0);
    ck_assert_uint_ne(quick, 0);
    uint64_t slow = time_of(run(1, "captured", lines, &options, slow_crossing), HW_SEND, 0);
    ck_assert_uint_eq(slow - quick, 2 * US);
    uint64_t thought = time_of(run(2, "captured", lines, &options, thinking), HW_SEND, 0);
    ck_assert_uint_eq(thought - quick, 5 * US);
}
END_TEST

static const struct line mixture[] = {
    {200 * US, HW_OPENED, 0, 0, NULL},         {201 * US, HW_OPENED, 2, 0, NULL},
    {202 * US, HW_OPENED, 1, 0, NULL},         {210 * US, HW_DATA, 2, 0, "12345"},
    {211 * US, HW_DATAGRAM, 0, 0, "question"}, {220 * US, HW_DATA, 1, 0, "67890"},
    {230 * US, HW_REMOTE_CLOSED, 1, 0, NULL},  {240 * US, HW_REMOTE_CLOSED, 2, 0, NULL},
    {250 * US, HW_FINISHED, 1, 0, NULL},       {0}};

START_TEST(windows_and_threads_change_nothing)
{
    struct outside_options options = {0};

    add_step(REPLAY_STEP_CLOSE, 6, 0, 230 * US);
    const char *widest = run(0, "captured", mixture, &options, NULL);
    ck_assert_uint_eq(count_of(widest, HW_CLOSE), 2);
    options.smallest_window = true;
    ck_assert_str_eq(run(1, "captured", mixture, &options, NULL), widest);
    options.thread_contexts = true;
    options.threads = 2;
    ck_assert_str_eq(run(2, "captured", mixture, &options, NULL), widest);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("application");
    TCase *c = tcase_create("application");

    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, set_up, NULL);
    tcase_add_test(c, it_listens_and_the_host_becomes_ready);
    tcase_add_test(c, it_sends_what_the_captured_server_sent_after_as_many_bytes);
    tcase_add_test(c, a_step_that_is_not_read_yet_is_asked_for_again);
    tcase_add_test(c, a_captured_reset_is_an_abort);
    tcase_add_test(c, a_cut_capture_closes_when_the_client_does);
    tcase_add_test(c, a_session_that_is_not_of_the_capture_is_sunk);
    tcase_add_test(c, an_echo_sends_back_what_it_read);
    tcase_add_test(c, datagrams_get_the_captured_answers);
    tcase_add_test(c, a_call_takes_two_crossings_and_the_thinking);
    tcase_add_test(c, windows_and_threads_change_nothing);
    suite_add_tcase(s, c);
    return s;
}
