/* The coupling to SimGrid: times to the picosecond, one order whatever the windows and threads.
 * SimGrid is initialised once a process, so each run is a process of its own that writes its trace
 * to a pipe. */
#include "sim/outside.h"
#include "tests/suite.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_ACTORS = 8, TRACE_BYTES = 1 << 20 };

struct setting {
    struct outside_options options;
    void (*build)(void);
};

static struct sim sim;
static struct part *part;
static struct outside_actor *actors[MAX_ACTORS];
static FILE *trace;
static struct event tick;
static char traces[4][TRACE_BYTES];

static const struct part_kind kind = {.name = "card", .size = sizeof(struct part)};

static void build_sim(void)
{
    sim_init(&sim);
    part = sim_add_part(&sim, &kind, "card");
}

/* Runs in a child; returns what it traced. */
static const char *run(unsigned place, const struct setting *setting)
{
    int pipes[2], status;
    size_t got = 0;
    ssize_t bytes;

    ck_assert_int_eq(pipe(pipes), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct diagnostics diagnostics;
        bool good;

        close(pipes[0]);
        trace = fdopen(pipes[1], "w");
        diagnostics_init(&diagnostics);
        build_sim();
        setting->build();
        good = outside_run(&sim, &setting->options, &diagnostics);
        fprintf(trace, "end %d at %llu\n", good, (unsigned long long)sim_now(&sim));
        fclose(trace);
        diagnostics_print(&diagnostics, stderr);
        diagnostics_clear(&diagnostics);
        sim_free(&sim);
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

static const char *run_simply(void (*build)(void))
{
    return run(0, &(struct setting){.build = build});
}

static void trace_arrival(void *owner, struct outside_message *message)
{
    (void)owner;
    ck_assert_uint_eq(message->time_ps, sim_now(&sim));
    fprintf(trace, "%llu from %llu nr %llu value %llu\n", (unsigned long long)message->time_ps,
            (unsigned long long)message->sender, (unsigned long long)message->count,
            (unsigned long long)message->values[0]);
}

static void send_value(struct outside_actor *actor, uint64_t value)
{
    outside_send(actor, &(struct outside_message){.values = {value}});
}

/* --- Latency --------------------------------------------------------------------------------- */

static void one_message(struct outside_actor *actor, void *owner)
{
    (void)owner;
    outside_wait(actor, 1234567);
    send_value(actor, outside_now_ps(actor));
}

static void build_one_message(void)
{
    outside_add_actor(&sim, "a", "somewhere", 1001, one_message, trace_arrival, NULL);
}

START_TEST(a_message_crosses_in_its_latency_to_the_picosecond)
{
    ck_assert_str_eq(run_simply(build_one_message), "1235568 from 0 nr 1 value 1234567\n"
                                                    "end 1 at 1235568\n");
}
END_TEST

static void reply(struct outside_actor *actor, void *owner)
{
    struct outside_message message;

    (void)owner;
    while (outside_receive(actor, &message))
        send_value(actor, message.time_ps * 1000 + message.values[0]);
}

static void post_tick(void *owner)
{
    (void)owner;
    outside_post(actors[0], &(struct outside_message){.values = {7}});
}

static void build_reply(void)
{
    actors[0] = outside_add_actor(&sim, "a", "somewhere", 100000, reply, trace_arrival, NULL);
    event_init(&tick, part, NULL, "tick", post_tick);
    event_at(&tick, 33333);
}

START_TEST(a_post_and_its_answer_take_two_latencies)
{
    ck_assert_str_eq(run_simply(build_reply), "233333 from 0 nr 1 value 133333007\n"
                                              "end 1 at 233333\n");
}
END_TEST

/* Far out SimGrid's clock is coarser than the times; ours are not. The value is the arrival at the
 * actor, 20000000000001001 * 1000 + 7, modulo 2^64. */
static void build_late(void)
{
    actors[0] = outside_add_actor(&sim, "a", "somewhere", 1000, reply, trace_arrival, NULL);
    event_init(&tick, part, NULL, "tick", post_tick);
    event_at(&tick, 20000 * PS_PER_SECOND + 1);
}

START_TEST(times_stay_exact_where_the_clock_of_simgrid_is_not)
{
    ck_assert_str_eq(run_simply(build_late),
                     "20000000000002001 from 0 nr 1 value 1553255926291449391\n"
                     "end 1 at 20000000000002001\n");
}
END_TEST

/* --- Order ----------------------------------------------------------------------------------- */

/* Each sends at multiples of 50 ns, three at once; they collide at the card. */
static void collide(struct outside_actor *actor, void *owner)
{
    for (uint64_t i = 1; i <= 20; i++) {
        if (outside_wait(actor, i * 50000) || outside_over(actor))
            return;
        for (uint64_t k = 0; k < 3; k++)
            send_value(actor, GPOINTER_TO_UINT(owner) * 1000 + i * 10 + k);
    }
}

static void build_collision(void)
{
    for (unsigned i = 0; i < 5; i++)
        outside_add_actor(&sim, "a", i % 2 ? "one" : "other", i == 3 ? 150000 : 100000, collide,
                          trace_arrival, GUINT_TO_POINTER(i));
}

START_TEST(messages_of_one_time_come_in_the_order_of_their_senders_and_counts)
{
    const char *text = run_simply(build_collision);
    uint64_t before_ps = 0, before_sender = 0, before_count = 0, lines = 0;

    for (const char *line = text; *line && strncmp(line, "end", 3); line = strchr(line, '\n') + 1) {
        unsigned long long time_ps, sender, count, value;

        ck_assert_int_eq(
            sscanf(line, "%llu from %llu nr %llu value %llu", &time_ps, &sender, &count, &value),
            4);
        ck_assert(time_ps > before_ps ||
                  (time_ps == before_ps &&
                   (sender > before_sender || (sender == before_sender && count > before_count))));
        before_ps = time_ps;
        before_sender = sender;
        before_count = count;
        lines++;
    }
    ck_assert_uint_eq(lines, 5 * 20 * 3);
}
END_TEST

/* A little of everything: ticks of the card that post, actors that answer after a while, own
 * deadlines. */
static uint64_t random_state;
static unsigned ticks;

static void busy(struct outside_actor *actor, void *owner)
{
    uint64_t state = GPOINTER_TO_UINT(owner) + 99, deadline_ps = 10000;
    struct outside_message message;

    while (!outside_over(actor)) {
        uint64_t wait_ps = random_next(&state) % 700000 + 1;

        if (outside_wait(actor, deadline_ps)) {
            if (!outside_receive(actor, &message))
                return;
            if (message.values[0] % 3 == 0 &&
                !outside_sleep(actor, outside_now_ps(actor) + message.values[0] % 300000))
                return;
            send_value(actor, outside_now_ps(actor) ^ message.values[0]);
        } else if (!outside_over(actor)) {
            if (deadline_ps > 100000000)
                deadline_ps = OUTSIDE_NEVER;
            else
                deadline_ps += wait_ps;
            send_value(actor, outside_now_ps(actor));
        }
    }
}

static void busy_tick(void *owner)
{
    uint64_t value = random_next(&random_state);

    (void)owner;
    fprintf(trace, "%llu tick\n", (unsigned long long)sim_now(&sim));
    outside_post(actors[value % 4], &(struct outside_message){.values = {value >> 8}});
    if (++ticks < 500)
        event_in(&tick, value % 9 == 0 ? 0 : value % 400000);
}

static void busy_arrival(void *owner, struct outside_message *message)
{
    trace_arrival(owner, message);
    if (message->values[0] % 5 == 0)
        outside_post(actors[message->values[0] % 4],
                     &(struct outside_message){.values = {message->values[0] * 7 + 1}});
}

static void build_busy(void)
{
    static const uint64_t latencies[4] = {100000, 1000, 77777, 250000};

    random_state = 5;
    ticks = 0;
    for (unsigned i = 0; i < 4; i++)
        actors[i] = outside_add_actor(&sim, "a", i < 2 ? "one" : "two", latencies[i], busy,
                                      busy_arrival, GUINT_TO_POINTER(i));
    event_init(&tick, part, NULL, "tick", busy_tick);
    event_at(&tick, 0);
}

START_TEST(windows_and_threads_change_nothing)
{
    struct setting setting = {.build = build_busy, .options.limit_ps = 120000000};
    const char *widest = run(0, &setting);

    ck_assert_uint_gt(strlen(widest), 20000);
    setting.options.smallest_window = true;
    ck_assert_str_eq(run(1, &setting), widest);
    setting.options.smallest_window = false;
    setting.options.thread_contexts = true;
    ck_assert_str_eq(run(2, &setting), widest);
    setting.options.threads = 2;
    ck_assert_str_eq(run(3, &setting), widest);
}
END_TEST

/* --- The end --------------------------------------------------------------------------------- */

static void waits_for_ever(struct outside_actor *actor, void *owner)
{
    struct outside_message message;

    (void)owner;
    ck_assert(!outside_receive(actor, &message));
    ck_assert(outside_over(actor));
    fprintf(trace, "actor ended\n");
}

static void build_nothing(void)
{
    outside_add_actor(&sim, "a", "somewhere", 1000, waits_for_ever, trace_arrival, NULL);
}

START_TEST(with_nothing_pending_the_run_ends_and_the_actors_with_it)
{
    ck_assert_str_eq(run_simply(build_nothing), "actor ended\nend 1 at 0\n");
}
END_TEST

static void build_none(void)
{
}

START_TEST(a_card_alone_runs_and_ends)
{
    ck_assert_str_eq(run_simply(build_none), "end 1 at 0\n");
}
END_TEST

static void stop_tick(void *owner)
{
    (void)owner;
    sim_stop(&sim, "test");
}

static void sleeps_long(struct outside_actor *actor, void *owner)
{
    (void)owner;
    ck_assert(!outside_sleep(actor, 1000 * PS_PER_SECOND));
    ck_assert(outside_over(actor));
    fprintf(trace, "woken\n");
}

static void build_stop(void)
{
    outside_add_actor(&sim, "a", "somewhere", 1000, waits_for_ever, trace_arrival, NULL);
    outside_add_actor(&sim, "b", "somewhere", 1000, sleeps_long, trace_arrival, NULL);
    event_init(&tick, part, NULL, "stop", stop_tick);
    event_at(&tick, 5000000);
}

START_TEST(a_stop_ends_actors_that_wait_and_sleep)
{
    ck_assert_str_eq(run_simply(build_stop), "actor ended\nwoken\nend 1 at 5000000\n");
}
END_TEST

static void limited_tick(void *owner)
{
    (void)owner;
    fprintf(trace, "%llu\n", (unsigned long long)sim_now(&sim));
    event_in(&tick, 1000);
}

static void build_limited(void)
{
    event_init(&tick, part, NULL, "tick", limited_tick);
    event_at(&tick, 0);
}

START_TEST(no_event_at_the_limit_runs)
{
    ck_assert_str_eq(run(0, &(struct setting){.build = build_limited, .options.limit_ps = 3000}),
                     "0\n1000\n2000\nend 1 at 2000\n");
}
END_TEST

static char given[64];

static void build_platform(void)
{
    outside_add_actor(&sim, "a", "missing", 1000, waits_for_ever, trace_arrival, NULL);
}

START_TEST(a_platform_without_the_host_is_an_error)
{
    int file;

    strcpy(given, "/tmp/polynic-test-XXXXXX");
    file = mkstemp(given);
    ck_assert_int_ge(file, 0);
    ck_assert_int_gt(dprintf(file,
                             "<?xml version='1.0'?><!DOCTYPE platform SYSTEM "
                             "\"https://simgrid.org/simgrid.dtd\"><platform version=\"4.1\">"
                             "<zone id=\"z\" routing=\"None\"><host id=\"card\" speed=\"1Gf\"/>"
                             "</zone></platform>"),
                     0);
    close(file);
    rename(given, strcat(strcpy(traces[3], given), ".xml"));
    ck_assert_str_eq(
        run(0, &(struct setting){.build = build_platform, .options.platform = traces[3]}),
        "end 0 at 0\n");
    unlink(traces[3]);
}
END_TEST

/* Actors may use SimGrid's own calls: the card waits for what they promise, or goes on a latency at
 * a time. */
void sg_actor_sleep_for(double duration);

static void uses_simgrid(struct outside_actor *actor, void *owner)
{
    if (owner)
        outside_promise(actor, 4000000);
    sg_actor_sleep_for(5e-6);
    outside_resume(actor);
    send_value(actor, 1);
}

static void build_simgrid(void)
{
    outside_add_actor(&sim, "a", "somewhere", 1000, uses_simgrid, trace_arrival, NULL);
    outside_add_actor(&sim, "b", "somewhere", 1000, uses_simgrid, trace_arrival, &sim);
    event_init(&tick, part, NULL, "tick", limited_tick);
}

START_TEST(an_actor_may_block_in_simgrid_itself)
{
    ck_assert_str_eq(run_simply(build_simgrid), "5001000 from 0 nr 1 value 1\n"
                                                "5001000 from 1 nr 1 value 1\nend 1 at 5001000\n");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("outside");
    TCase *c = tcase_create("outside");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_message_crosses_in_its_latency_to_the_picosecond);
    tcase_add_test(c, a_post_and_its_answer_take_two_latencies);
    tcase_add_test(c, times_stay_exact_where_the_clock_of_simgrid_is_not);
    tcase_add_test(c, messages_of_one_time_come_in_the_order_of_their_senders_and_counts);
    tcase_add_test(c, windows_and_threads_change_nothing);
    tcase_add_test(c, with_nothing_pending_the_run_ends_and_the_actors_with_it);
    tcase_add_test(c, a_card_alone_runs_and_ends);
    tcase_add_test(c, a_stop_ends_actors_that_wait_and_sleep);
    tcase_add_test(c, no_event_at_the_limit_runs);
    tcase_add_test(c, a_platform_without_the_host_is_an_error);
    tcase_add_test(c, an_actor_may_block_in_simgrid_itself);
    suite_add_tcase(s, c);
    return s;
}
