/* The bus edge by edge: every expected edge is counted from the drawing in bus.h. */
#include "tests/models/bus_bed.h"
#include "tests/suite.h"

#include <glib.h>

#include <signal.h>
#include <stdlib.h>

enum { BASE = 0x1000, SIZE = 0x2000 };

static struct sim sim;
static struct diagnostics diagnostics;
static struct bus *bus;
static struct answerer *target;
static struct ask asks[16];

static void set_up_bus(const char *clock, const char *width)
{
    sim_init(&sim);
    diagnostics_init(&diagnostics);
    memset(asks, 0, sizeof asks);
    bus = bus_build(&sim, clock, width);
    target = answerer_new(bus, BASE, SIZE, 0, &diagnostics);
}

static void set_up(void)
{
    set_up_bus("500MHz", "64bit");
}

static void tear_down(void)
{
    diagnostics_clear(&diagnostics);
    sim_free(&sim);
}

static void run(void)
{
    sim_run(&sim, UINT64_MAX);
}

static void done_at_edge(const struct ask *ask, uint64_t edge)
{
    ck_assert_uint_eq(ask->done, 1);
    ck_assert_uint_eq(ask->done_ps, edge * EDGE_PS);
}

/* A word read, asked at that time. */
static void ask_word(struct asker *asker, unsigned i, uint64_t time_ps)
{
    ask_at(asker, &asks[i], time_ps, BUS_READ, BASE, 8);
}

/* --- One request ------------------------------------------------------------------------------------------ */

struct asked {
    uint64_t at_ps, done_edge; /* seen, granted one edge on, address cycle, one beat */
};
static const struct asked asked[] = {{0, 3},    {1, 4},    {1999, 4}, {2000, 4},
                                     {2001, 5}, {4000, 5}, {5999, 6}, {6000, 6}};

START_TEST(a_request_is_granted_at_the_edge_after_it_is_seen)
{
    ask_word(asker_new(bus, NULL), 0, asked[_i].at_ps);
    run();
    done_at_edge(&asks[0], asked[_i].done_edge);
    ck_assert_int_eq(asks[0].request.status, BUS_OK);
    ck_assert_uint_eq(asks[0].data[7], 0x5a);
}
END_TEST

START_TEST(waits_of_the_target_come_before_the_data)
{
    target->waits = (uint32_t)_i * 7;
    ask_word(asker_new(bus, NULL), 0, 4000);
    run();
    done_at_edge(&asks[0], 3 + 1 + (uint64_t)_i * 7 + 1);
}
END_TEST

struct beats {
    uint64_t offset;
    uint32_t bytes;
    uint64_t beats; /* of 8 bytes */
};
static const struct beats beats[] = {{0, 1, 1}, {7, 1, 1},  {7, 2, 2},  {0, 8, 1},
                                     {1, 8, 2}, {0, 9, 2},  {4, 4, 1},  {5, 4, 2},
                                     {3, 13, 2}, {3, 14, 3}, {0, 4096, 512}, {1, 4096, 513}};

START_TEST(beats_are_the_words_that_the_bytes_touch)
{
    ask_at(asker_new(bus, NULL), &asks[0], 0, BUS_WRITE, BASE + beats[_i].offset, beats[_i].bytes);
    run();
    done_at_edge(&asks[0], 1 + 1 + beats[_i].beats);
    ck_assert_uint_eq(bus->stats.busy_cycles, 1 + beats[_i].beats);
    ck_assert_uint_eq(bus->stats.written_bytes, beats[_i].bytes);
    ck_assert_uint_eq(bus->stats.read_bytes, 0);
}
END_TEST

START_TEST(the_narrowest_and_the_widest_bus_count_their_own_beats)
{
    tear_down();
    set_up_bus("500MHz", _i ? "1024bit" : "8bit");
    ask_at(asker_new(bus, NULL), &asks[0], 0, BUS_READ, BASE + 100, 129);
    run();
    done_at_edge(&asks[0], 1 + 1 + (_i ? 2 : 129)); /* 100 + 129 = 229 < 256 */
}
END_TEST

START_TEST(edges_of_an_odd_clock_do_not_drift)
{
    struct asker *asker;

    tear_down();
    set_up_bus("166MHz", "64bit");
    asker = asker_new(bus, NULL);
    for (unsigned i = 0; i < 16; i++)
        ask_at(asker, &asks[i], 1000000000000, BUS_READ, BASE, 8);
    run();
    for (uint64_t i = 0; i < 16; i++) /* a second is edge 166,000,000 */
        ck_assert_uint_eq(asks[i].done_ps,
                          (uint64_t)((unsigned __int128)(166000000 + 1 + 2 * (i + 1)) *
                                     1000000000000u / 166000000));
}
END_TEST

START_TEST(data_moves_when_the_last_beat_is_over)
{
    ask_at(asker_new(bus, NULL), &asks[0], 0, BUS_READ, BASE, 32); /* done at edge 6 */
    sim_run(&sim, 6 * EDGE_PS);
    ck_assert_uint_eq(target->accesses, 0);
    ck_assert_uint_eq(asks[0].data[0], 0);
    sim_run(&sim, 6 * EDGE_PS + 1);
    ck_assert_uint_eq(target->accesses, 1);
    ck_assert_uint_eq(asks[0].data[31], 0x5a);
    ck_assert_uint_eq(asks[0].data[32], 0);
    ck_assert_uint_eq(asks[0].done, 1);
}
END_TEST

/* --- Another clock domain --------------------------------------------------------------------------------- */

START_TEST(a_master_of_another_clock_is_seen_sync_cycles_later)
{
    static const struct asked crossing[] = {{0, 5}, {4000, 7}, {4001, 8}, {5000, 8}};
    struct clock core;

    clock_init(&core, 800000000, 9); /* the bus's cycles count, not the master's */
    ask_word(asker_new(bus, &core), 0, crossing[_i].at_ps);
    run();
    done_at_edge(&asks[0], crossing[_i].done_edge);
}
END_TEST

START_TEST(a_master_of_the_same_frequency_needs_no_synchroniser)
{
    struct clock core;

    clock_init(&core, 500000000, 2);
    ask_word(asker_new(bus, &core), 0, 0);
    run();
    done_at_edge(&asks[0], 3);
}
END_TEST

START_TEST(a_request_that_is_seen_sooner_brings_the_grant_forward)
{
    struct clock core;

    clock_init(&core, 800000000, 2);
    struct asker *far = asker_new(bus, &core), *near = asker_new(bus, NULL);

    ask_word(far, 0, 0);  /* could be granted at edge 3 */
    ask_word(near, 1, 0); /* at edge 1: until edge 3 */
    run();
    done_at_edge(&asks[1], 3);
    done_at_edge(&asks[0], 5);
}
END_TEST

/* --- Turns ------------------------------------------------------------------------------------------------ */

START_TEST(requests_of_one_master_run_in_order_back_to_back)
{
    struct asker *asker = asker_new(bus, NULL);

    for (unsigned i = 0; i < 4; i++)
        ask_word(asker, i, 0);
    run();
    for (unsigned i = 0; i < 4; i++)
        done_at_edge(&asks[i], 1 + 2 * (i + 1));
}
END_TEST

START_TEST(equal_claims_are_served_in_turn)
{
    struct asker *askers[3];

    for (unsigned i = 0; i < 3; i++)
        askers[i] = asker_new(bus, NULL);
    for (unsigned i = 3; i-- > 0;) /* the order of asking makes no difference */
        ask_word(askers[i], i, 0);
    run();
    for (unsigned i = 0; i < 3; i++)
        done_at_edge(&asks[i], 1 + 2 * (i + 1));
}
END_TEST

START_TEST(the_turn_goes_on_after_the_last_one_granted)
{
    struct asker *askers[3];

    for (unsigned i = 0; i < 3; i++)
        askers[i] = asker_new(bus, NULL);
    ask_word(askers[1], 1, 0);
    ask_word(askers[0], 0, 20000);
    ask_word(askers[2], 2, 20000);
    ask_word(askers[1], 3, 20000);
    run();
    done_at_edge(&asks[1], 3);
    done_at_edge(&asks[2], 11 + 2); /* 2 comes after 1 */
    done_at_edge(&asks[0], 11 + 4);
    done_at_edge(&asks[3], 11 + 6);
}
END_TEST

START_TEST(who_is_not_seen_yet_loses_its_turn_to_who_is)
{
    struct asker *first = asker_new(bus, NULL), *second = asker_new(bus, NULL);

    ask_word(second, 1, 0); /* granted at edge 1, done at 3 */
    ask_word(second, 2, 0);
    ask_word(first, 0, 4001); /* seen at 3, may be granted at 4: the bus is taken at 3, free at 5 */
    run();
    done_at_edge(&asks[1], 3);
    done_at_edge(&asks[2], 5);
    done_at_edge(&asks[0], 7);
}
END_TEST

START_TEST(a_request_seen_at_the_last_edge_but_one_is_granted_without_a_gap)
{
    struct asker *first = asker_new(bus, NULL), *second = asker_new(bus, NULL);

    ask_word(first, 0, 0);     /* done at edge 3 */
    ask_word(second, 1, 4000); /* seen at edge 2, granted at 3 */
    run();
    done_at_edge(&asks[0], 3);
    done_at_edge(&asks[1], 5);
}
END_TEST

static struct asker *again;

static void ask_again(struct ask *ask)
{
    if (ask->done == 1)
        bus_ask(&again->master, &asks[9].request);
}

/* Seen at the edge on which done() runs, granted one edge on. */
START_TEST(a_request_made_in_done_is_granted_one_edge_later)
{
    again = asker_new(bus, NULL);
    ask_at(again, &asks[9], 1000000, BUS_READ, BASE, 8);
    event_cancel(&asks[9].event);
    ask_word(again, 0, 0);
    asks[0].then = ask_again;
    run();
    done_at_edge(&asks[0], 3);
    done_at_edge(&asks[9], 3 + 1 + 2);
}
END_TEST

START_TEST(a_request_made_in_done_waits_for_those_that_are_ready)
{
    struct asker *other = asker_new(bus, NULL);

    again = asker_new(bus, NULL);
    ask_at(again, &asks[9], 1000000, BUS_READ, BASE, 8);
    event_cancel(&asks[9].event);
    ask_word(other, 1, 4000);
    ask_word(again, 0, 0);
    asks[0].then = ask_again;
    run();
    done_at_edge(&asks[0], 3);
    done_at_edge(&asks[1], 5);
    done_at_edge(&asks[9], 7);
}
END_TEST

START_TEST(a_bus_that_rests_schedules_nothing)
{
    ask_word(asker_new(bus, NULL), 0, 0);
    run();
    ck_assert_uint_eq(sim.calendar.pending, 0);
    ck_assert_uint_eq(sim.calendar.executed, 3); /* asking, grant, finish */
}
END_TEST

static const unsigned crowds[] = {1, 2, 63, 64, 65, 127, 128, 129, 200, BUS_MAX_MASTERS};

/* Each of a crowd asks three times at once: three rounds, each from the first to the last. */
START_TEST(a_crowd_is_served_round_by_round)
{
    unsigned count = crowds[_i];
    struct asker **askers = calloc(count, sizeof *askers);
    struct ask *crowd = calloc(3 * count, sizeof *crowd);

    for (unsigned i = 0; i < count; i++)
        askers[i] = asker_new(bus, NULL);
    for (unsigned i = 0; i < 3 * count; i++)
        ask_at(askers[i % count], &crowd[i], 0, BUS_READ, BASE, 8);
    run();
    for (unsigned i = 0; i < 3 * count; i++)
        done_at_edge(&crowd[i], 1 + 2 * (i + 1));
    ck_assert_uint_eq(bus->stats.busy_cycles, 6 * count);
    free(crowd);
    free(askers);
}
END_TEST

static void ask_for_ever(struct ask *ask)
{
    bus_ask(&ask->asker->master, &ask->request);
}

START_TEST(greedy_masters_get_equal_shares)
{
    unsigned count = crowds[_i];
    struct ask *crowd = calloc(count, sizeof *crowd);
    unsigned least = UINT32_MAX, most = 0;

    for (unsigned i = 0; i < count; i++) {
        ask_at(asker_new(bus, NULL), &crowd[i], i * 700, BUS_READ, BASE, 8);
        crowd[i].then = ask_for_ever;
    }
    sim_run(&sim, 40000000);
    for (unsigned i = 0; i < count; i++) {
        least = crowd[i].done < least ? crowd[i].done : least;
        most = crowd[i].done > most ? crowd[i].done : most;
    }
    ck_assert_uint_gt(least, 0);
    ck_assert_uint_le(most - least, 1);
    free(crowd);
}
END_TEST

/* --- Addresses -------------------------------------------------------------------------------------------- */

struct place {
    uint64_t address;
    uint32_t bytes;
    enum bus_status status;
};
static const struct place places[] = {
    {BASE, 1, BUS_OK},
    {BASE + SIZE - 1, 1, BUS_OK},
    {BASE + SIZE - 16, 16, BUS_OK}, /* ends at the last byte */
    {BASE + SIZE - 4096, 4096, BUS_OK},
    {BASE + SIZE - 15, 16, BUS_NO_TARGET}, /* runs off it */
    {BASE + SIZE - 1, 2, BUS_NO_TARGET},
    {BASE + SIZE, 1, BUS_NO_TARGET},
    {BASE - 1, 1, BUS_NO_TARGET},
    {BASE - 1, 2, BUS_NO_TARGET}, /* begins before it */
    {0, 8, BUS_NO_TARGET},
    {UINT64_MAX - 7, 8, BUS_NO_TARGET},
};

START_TEST(a_request_lies_within_one_target_or_has_none)
{
    const struct place *place = &places[_i];
    bool good = place->status == BUS_OK;

    target->waits = 5;
    ask_at(asker_new(bus, NULL), &asks[0], 0, BUS_READ, place->address, place->bytes);
    run();
    ck_assert_int_eq(asks[0].request.status, place->status);
    ck_assert_uint_eq(asks[0].data[0], good ? 0x5a : 0);
    ck_assert_uint_eq(target->accesses, good);
    ck_assert_uint_eq(bus->stats.no_target, !good);
    ck_assert_uint_eq(bus->stats.read_bytes, good ? place->bytes : 0);
    uint64_t beat_count = (place->address % 8 + place->bytes + 7) / 8;
    done_at_edge(&asks[0], 1 + 1 + (good ? 5u : 0) + beat_count);
}
END_TEST

START_TEST(a_burst_over_two_neighbours_has_no_target)
{
    answerer_new(bus, BASE + SIZE, SIZE, 0, &diagnostics);
    ck_assert_uint_eq(diagnostics.errors, 0);
    ask_at(asker_new(bus, NULL), &asks[0], 0, BUS_READ, BASE + SIZE - 8, 16);
    run();
    ck_assert_int_eq(asks[0].request.status, BUS_NO_TARGET);
}
END_TEST

START_TEST(a_target_that_refuses_is_heard)
{
    target->status = BUS_ERROR;
    ask_word(asker_new(bus, NULL), 0, 0);
    run();
    ck_assert_int_eq(asks[0].request.status, BUS_ERROR);
    done_at_edge(&asks[0], 3);
    ck_assert_uint_eq(bus->stats.read_bytes, 0); /* nothing was */
    ck_assert_uint_eq(bus->stats.no_target, 0);
}
END_TEST

START_TEST(targets_are_found_in_whatever_order_they_were_mapped)
{
    static const unsigned order[] = {5, 1, 7, 3, 0, 6, 2, 4};
    struct answerer *answerers[8];
    struct asker *asker = asker_new(bus, NULL);

    for (unsigned i = 0; i < 8; i++)
        answerers[order[i]] =
            answerer_new(bus, 0x100000 + order[i] * 0x1000, 0x800, order[i], &diagnostics);
    ck_assert_uint_eq(diagnostics.errors, 0);
    for (unsigned i = 0; i < 8; i++) {
        ask_at(asker, &asks[i], 0, BUS_READ, 0x100000 + i * 0x1000 + 0x7f8, 8);
        ask_at(asker, &asks[8 + i], 0, BUS_READ, 0x100000 + i * 0x1000 + 0x800, 8);
    }
    run();
    for (unsigned i = 0; i < 8; i++) {
        ck_assert_int_eq(asks[i].request.status, BUS_OK);
        ck_assert_uint_eq(answerers[i]->accesses, 1);
        ck_assert_int_eq(asks[8 + i].request.status, BUS_NO_TARGET);
    }
}
END_TEST

struct range {
    uint64_t base, bytes;
    bool overlaps;
};
static const struct range ranges[] = {
    {BASE, SIZE, true},          {BASE - 1, 2, true},          {BASE + SIZE - 1, 1, true},
    {BASE + 8, 8, true},         {BASE - 16, SIZE + 32, true}, {0, BASE + 1, true},
    {BASE - 16, 16, false},      {BASE + SIZE, 16, false},     {0, BASE, false},
    {UINT64_MAX - 15, 16, false}};

START_TEST(overlapping_targets_are_reported)
{
    const struct range *range = &ranges[_i];

    answerer_new(bus, range->base, range->bytes, 0, &diagnostics);
    ck_assert_uint_eq(diagnostics.errors, range->overlaps);
    ck_assert_uint_eq(bus->target_count, range->overlaps ? 1 : 2);
    if (range->overlaps) {
        ck_assert_ptr_nonnull(strstr(diagnostics.list[0].text, "0x1000 .. 0x2fff"));
        ck_assert_ptr_nonnull(strstr(diagnostics.list[0].text, "bus card"));
    }
}
END_TEST

/* --- Counting --------------------------------------------------------------------------------------------- */

START_TEST(waiting_is_from_asking_to_grant)
{
    struct asker *askers[3];

    for (unsigned i = 0; i < 3; i++) {
        askers[i] = asker_new(bus, NULL);
        ask_word(askers[i], i, 1500); /* seen at edge 1; granted at 2, 4, 6 */
    }
    run();
    ck_assert_uint_eq(bus->stats.requests, 3);
    ck_assert_uint_eq(bus->stats.read_bytes, 24);
    ck_assert_uint_eq(bus->stats.wait_ps, 2500 + 6500 + 10500);
    ck_assert_uint_eq(bus->stats.wait_max_ps, 10500);
    ck_assert_uint_eq(bus->stats.busy_cycles, 6);
    ck_assert_uint_eq(askers[1]->master.stats.requests, 1);
    ck_assert_uint_eq(askers[1]->master.stats.bytes, 8);
    ck_assert_uint_eq(askers[1]->master.stats.wait_ps, 6500);
}
END_TEST

/* Granted at edge 1, done at edge 514. */
START_TEST(a_transaction_under_way_is_counted_up_to_now)
{
    ask_at(asker_new(bus, NULL), &asks[0], 0, BUS_READ, BASE, 4096);
    sim_run(&sim, 101 * EDGE_PS);
    sim_settle(&sim);
    ck_assert_uint_eq(bus->stats.busy_cycles, 100);
    ck_assert_uint_eq(bus_kind.utilisation_ppm(&bus->part, 101 * EDGE_PS), 990099);
    sim_settle(&sim);
    ck_assert_uint_eq(bus->stats.busy_cycles, 100);
    sim_clear_statistics(&sim);
    ck_assert_uint_eq(bus->stats.busy_cycles, 0);
    sim_run(&sim, 1000 * EDGE_PS);
    sim_settle(&sim);
    ck_assert_uint_eq(bus->stats.busy_cycles, 413);
    ck_assert_uint_eq(bus->stats.read_bytes, 4096);
}
END_TEST

START_TEST(no_utilisation_passes_one)
{
    struct ask *ask = &asks[0];

    ask_at(asker_new(bus, NULL), ask, 0, BUS_READ, BASE, 4096);
    ask->then = ask_for_ever;
    for (uint64_t at_ps = 1; at_ps < 5000000; at_ps += 997) {
        sim_run(&sim, at_ps);
        sim_settle(&sim);
        ck_assert_uint_le(bus_kind.utilisation_ppm(&bus->part, at_ps), 1000000);
    }
    ck_assert_uint_eq(bus_kind.utilisation_ppm(&bus->part, 0), 0);
}
END_TEST

/* Busy for 16 cycles in 17; a sum of cycles that would pass 64 bits as parts in a million. */
START_TEST(utilisation_holds_for_weeks)
{
    bus->stats.busy_cycles = 500000000ull * 3600 * 24 * 14;
    ck_assert_uint_eq(bus_kind.utilisation_ppm(&bus->part, PS_PER_SECOND * 3600 * 24 * 28), 500000);
}
END_TEST

/* --- Parameters ------------------------------------------------------------------------------------------- */

static unsigned errors_of(const char *key, const char *value)
{
    struct part *part;

    sim_free(&sim);
    part = part_build(&sim, &bus_kind, "card");
    part_set(part, key, value);
    diagnostics_clear(&diagnostics);
    bus_kind.init(part, &diagnostics);
    return diagnostics.errors;
}

START_TEST(widths_are_powers_of_two_of_whole_bytes)
{
    static const char *const good[] = {"8bit", "16bit", "64bit", "512bit", "1024bit"};
    static const char *const bad[] = {"9bit", "24bit", "100bit", "96bit", "1000bit"};

    for (unsigned i = 0; i < 5; i++) {
        ck_assert_uint_eq(errors_of("width", good[i]), 0);
        ck_assert_uint_eq(errors_of("width", bad[i]), 1);
    }
    ck_assert_uint_eq(errors_of("burst", "100B"), 1);
    ck_assert_uint_eq(errors_of("burst", "4096B"), 0);
}
END_TEST

START_TEST(an_empty_request_is_refused)
{
    ask_at(asker_new(bus, NULL), &asks[0], 0, BUS_READ, BASE, 0);
    run();
}
END_TEST

START_TEST(a_request_above_the_longest_burst_is_refused)
{
    ask_at(asker_new(bus, NULL), &asks[0], 0, BUS_READ, BASE, BUS_MAX_BURST_BYTES + 1);
    run();
}
END_TEST

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

/* Arbitration. Requests of a beat, two cycles each: of masters a, b, c that all ask twice at once. Granted in the order
 *
 *     order = c a    c c a a b b        (b is not named)
 *     order =        a b c a b c        (all are the same)
 *     weight.a = 2   a a b c b c
 */
static void ask_all_twice(void)
{
    for (unsigned i = 0; i < 3; i++) {
        struct asker *asker = asker_new(bus, NULL);

        g_free(asker->part.name);
        asker->part.name = g_strndup(&"abc"[i], 1);
        for (unsigned k = 0; k < 2; k++)
            ask_at(asker, &asks[2 * i + k], 0, BUS_WRITE, BASE, 8);
    }
    sim_start(&sim);
    sim_run(&sim, 1000 * EDGE_PS);
}

/* Of a's two requests, b's, c's. */
static void ck_turns(const unsigned *expected)
{
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_msg(asks[i].turn == expected[i], "request %u: its turn was %u, expected %u", i, asks[i].turn, expected[i]);
        ck_assert_uint_eq(asks[i].done_ps, (1 + 2 * asks[i].turn) * EDGE_PS); /* granted from edge 1 on, without a gap */
    }
}

START_TEST(with_priority_the_order_decides)
{
    char order[] = "c a";

    part_set(&bus->part, "arbitration", "priority");
    bus->order = order;
    ask_all_twice();
    ck_turns((const unsigned[]){3, 4, 5, 6, 1, 2});
}
END_TEST

START_TEST(equals_take_turns_under_priority)
{
    part_set(&bus->part, "arbitration", "priority");
    ask_all_twice();
    ck_turns((const unsigned[]){1, 4, 2, 5, 3, 6});
}
END_TEST

START_TEST(priority_does_not_interrupt)
{
    struct asker *slow = asker_new(bus, NULL), *urgent = asker_new(bus, NULL);
    char order[] = "u";

    part_set(&bus->part, "arbitration", "priority");
    bus->order = order;
    g_free(urgent->part.name);
    urgent->part.name = g_strdup("u");
    ask_at(slow, &asks[0], 0, BUS_WRITE, BASE, 64);            /* edges 1 to 10 */
    ask_at(urgent, &asks[1], 3 * EDGE_PS, BUS_WRITE, BASE, 8); /* ready at edge 4, granted at 10 */
    sim_start(&sim);
    sim_run(&sim, 1000 * EDGE_PS);
    ck_assert_uint_eq(asks[0].done_ps, 10 * EDGE_PS);
    ck_assert_uint_eq(asks[1].done_ps, 12 * EDGE_PS);
}
END_TEST

START_TEST(weights_are_grants_one_after_the_other)
{
    struct parameter_line line = {.key = "weight.a", .word = "a", .text = "2"};

    part_set(&bus->part, "arbitration", "weighted");
    bus->weight_lines = (struct parameter_lines){.lines = &line, .count = 1};
    ask_all_twice();
    ck_turns((const unsigned[]){1, 2, 3, 5, 4, 6});
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("bus");
    TCase *one = tcase_create("one request"), *domains = tcase_create("domains");
    TCase *turns = tcase_create("turns"), *addresses = tcase_create("addresses");
    TCase *counts = tcase_create("counts"), *mistakes = tcase_create("mistakes");

    tcase_add_checked_fixture(one, set_up, tear_down);
    tcase_add_loop_test(one, a_request_is_granted_at_the_edge_after_it_is_seen, 0, COUNT(asked));
    tcase_add_loop_test(one, waits_of_the_target_come_before_the_data, 0, 4);
    tcase_add_loop_test(one, beats_are_the_words_that_the_bytes_touch, 0, COUNT(beats));
    tcase_add_loop_test(one, the_narrowest_and_the_widest_bus_count_their_own_beats, 0, 2);
    tcase_add_test(one, edges_of_an_odd_clock_do_not_drift);
    tcase_add_test(one, data_moves_when_the_last_beat_is_over);
    tcase_add_test(one, a_bus_that_rests_schedules_nothing);
    suite_add_tcase(all, one);
    tcase_add_checked_fixture(domains, set_up, tear_down);
    tcase_add_loop_test(domains, a_master_of_another_clock_is_seen_sync_cycles_later, 0, 4);
    tcase_add_test(domains, a_master_of_the_same_frequency_needs_no_synchroniser);
    tcase_add_test(domains, a_request_that_is_seen_sooner_brings_the_grant_forward);
    suite_add_tcase(all, domains);
    tcase_add_checked_fixture(turns, set_up, tear_down);
    tcase_add_test(turns, requests_of_one_master_run_in_order_back_to_back);
    tcase_add_test(turns, equal_claims_are_served_in_turn);
    tcase_add_test(turns, the_turn_goes_on_after_the_last_one_granted);
    tcase_add_test(turns, who_is_not_seen_yet_loses_its_turn_to_who_is);
    tcase_add_test(turns, a_request_seen_at_the_last_edge_but_one_is_granted_without_a_gap);
    tcase_add_test(turns, a_request_made_in_done_is_granted_one_edge_later);
    tcase_add_test(turns, a_request_made_in_done_waits_for_those_that_are_ready);
    tcase_add_loop_test(turns, a_crowd_is_served_round_by_round, 0, COUNT(crowds));
    tcase_add_loop_test(turns, greedy_masters_get_equal_shares, 0, COUNT(crowds));
    tcase_add_test(turns, with_priority_the_order_decides);
    tcase_add_test(turns, equals_take_turns_under_priority);
    tcase_add_test(turns, priority_does_not_interrupt);
    tcase_add_test(turns, weights_are_grants_one_after_the_other);
    suite_add_tcase(all, turns);
    tcase_add_checked_fixture(addresses, set_up, tear_down);
    tcase_add_loop_test(addresses, a_request_lies_within_one_target_or_has_none, 0, COUNT(places));
    tcase_add_test(addresses, a_burst_over_two_neighbours_has_no_target);
    tcase_add_test(addresses, a_target_that_refuses_is_heard);
    tcase_add_test(addresses, targets_are_found_in_whatever_order_they_were_mapped);
    tcase_add_loop_test(addresses, overlapping_targets_are_reported, 0, COUNT(ranges));
    suite_add_tcase(all, addresses);
    tcase_add_checked_fixture(counts, set_up, tear_down);
    tcase_add_test(counts, waiting_is_from_asking_to_grant);
    tcase_add_test(counts, a_transaction_under_way_is_counted_up_to_now);
    tcase_add_test(counts, no_utilisation_passes_one);
    tcase_add_test(counts, utilisation_holds_for_weeks);
    tcase_add_test(counts, widths_are_powers_of_two_of_whole_bytes);
    suite_add_tcase(all, counts);
    tcase_add_checked_fixture(mistakes, set_up, tear_down);
    tcase_add_test_raise_signal(mistakes, an_empty_request_is_refused, SIGABRT);
    tcase_add_test_raise_signal(mistakes, a_request_above_the_longest_burst_is_refused, SIGABRT);
    suite_add_tcase(all, mistakes);
    return all;
}
