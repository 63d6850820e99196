/* The bridge with a PCI Express link of generation 3, 8 lanes and mps 256 (57.885 Gbit/s for TLPs), between buses of 1 GHz
 * and 16 bytes: edge by edge, and its bandwidth against the published table. */
#include "models/pcie.h"
#include "tests/models/host_side.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>

#define HOST 0x80001000ull
#define CARD 0x80000000ull

/* On the wires, ps: 8 * bytes / 57.884765628 Gbit/s */
enum { TLP_24 = 3317, TLP_88 = 12163, TLP_84 = 11610, TLP_28 = 3870 };

static struct access access_at[64];

static void set_up(void)
{
    side_build();
    part_set((struct part *)side.bridge, "link", "pcie");
}

static void set(const char *key, const char *value)
{
    part_set((struct part *)side.bridge, key, value);
}

static uint64_t count(const char *statistic)
{
    return part_statistic((struct part *)side.bridge, statistic);
}

static void no_room(void *owner)
{
    (void)owner;
}

static void write_window(unsigned i, uint64_t host_address, uint32_t bytes, uint8_t value)
{
    uint8_t data[BUS_MAX_BURST_BYTES];

    memset(data, value, sizeof data);
    ck_assert(bridge_room(side.bridge, bytes, no_room, NULL));
    side_ask(&side.card_master, &access_at[i], BUS_WRITE, bridge_window(side.bridge, host_address), data, bytes);
}

static uint64_t read_done_ps;

static void read_done(struct bridge_read_request *read)
{
    (void)read;
    read_done_ps = sim_now(&side.sim);
}

static uint64_t edge_after(uint64_t ps) /* of 1 GHz: the first at or after it */
{
    return (ps + NS - 1) / NS * NS;
}

/* Entered at 6 ns; on the wires; 100 ns; the next edge asks, the one after grants; 5 cycles of the host's bus. */
START_TEST(a_write_takes_its_tlp_and_the_latency)
{
    side_wire();
    write_window(0, HOST, 64, 7);
    uint64_t done = edge_after(6 * NS + TLP_88 + 100 * NS) + 6 * NS;

    sim_run(&side.sim, done);
    ck_assert_uint_eq(*memory_at(side.host_memory, HOST + 63, 1), 0);
    sim_run(&side.sim, done + 1);
    ck_assert_uint_eq(*memory_at(side.host_memory, HOST + 63, 1), 7);
    ck_assert_uint_eq(count("up_tlps"), 1);
    ck_assert_uint_eq(count("up_bytes"), 88);
    ck_assert_uint_eq(count("down_tlps"), 0);
}
END_TEST

/* The request up, 64 bytes off the host's bus, the root complex, the completion down, the card's bus. */
START_TEST(a_read_goes_up_and_comes_down)
{
    struct bridge_read_request read = {.host_address = HOST, .card_address = CARD, .bytes = 64, .done = read_done};
    uint64_t host_done = edge_after(TLP_24 + 100 * NS) + 6 * NS;
    uint64_t card_done = edge_after(host_done + 150 * NS + TLP_84 + 100 * NS) + 6 * NS;

    side_wire();
    read_done_ps = 0;
    memset(memory_at(side.host_memory, HOST, 64), 5, 64);
    bridge_read(side.bridge, &read);
    sim_run(&side.sim, 10000 * NS);
    ck_assert_uint_eq(read_done_ps, card_done);
    ck_assert_uint_eq(*memory_at(side.card_memory, CARD + 63, 1), 5);
    ck_assert_uint_eq(count("down_bytes"), 84);
}
END_TEST

/* 1500 bytes from 16 bytes before a page: requests of 16, 512, 512 and 460; completions of 16, 2 x 256, 2 x 256, 256 + 204. */
START_TEST(requests_and_completions_are_cut)
{
    struct bridge_read_request read = {
        .host_address = 0x80001ff0, .card_address = CARD, .bytes = 1500, .done = read_done};

    side_wire();
    for (unsigned i = 0; i < 1500; i++)
        *memory_at(side.host_memory, read.host_address + i, 1) = (uint8_t)(i * 7);
    bridge_read(side.bridge, &read);
    sim_run(&side.sim, 10000 * NS);
    ck_assert_uint_eq(count("up_tlps"), 4);
    ck_assert_uint_eq(count("down_tlps"), 7);
    ck_assert_uint_eq(count("down_bytes"), 1500 + 7 * 20);
    for (unsigned i = 0; i < 1500; i++)
        ck_assert_uint_eq(*memory_at(side.card_memory, CARD + i, 1), (uint8_t)(i * 7));
}
END_TEST

START_TEST(a_write_is_cut_to_the_payload)
{
    set("mps", "128B");
    side_wire();
    write_window(0, 0x80001fc0, 256, 3); /* 64, then 128 and 64 behind the page */
    sim_run(&side.sim, 10000 * NS);
    ck_assert_uint_eq(count("up_tlps"), 3);
    ck_assert_uint_eq(*memory_at(side.host_memory, 0x80001fc0 + 255, 1), 3);
}
END_TEST

START_TEST(a_read_waits_for_a_tag_and_a_write_passes_it)
{
    struct bridge_read_request read[2] = {
        {.host_address = HOST, .card_address = CARD, .bytes = 64, .done = read_done},
        {.host_address = HOST + 64, .card_address = CARD + 64, .bytes = 64, .done = read_done},
    };
    uint64_t first = edge_after(TLP_24 + 100 * NS) + 6 * NS;

    set("tags", "1");
    side_wire();
    bridge_read(side.bridge, &read[0]);
    bridge_read(side.bridge, &read[1]);
    write_window(0, HOST + 4096, 64, 9);
    sim_run(&side.sim, 300 * NS);
    ck_assert_uint_eq(*memory_at(side.host_memory, HOST + 4096, 1), 9);
    ck_assert_uint_eq(count("down_tlps"), 1);
    /* The tag is free when the first completion is there, and the second goes the same way. */
    uint64_t again = first + 150 * NS + TLP_84 + 100 * NS;
    uint64_t second = edge_after(edge_after(again + TLP_24 + 100 * NS) + 6 * NS + 150 * NS + TLP_84 + 100 * NS) + 6 * NS;

    sim_run(&side.sim, 10000 * NS);
    ck_assert_uint_eq(read_done_ps, second);
    ck_assert_uint_eq(count("tag_waits"), 1);
    ck_assert_uint_eq(count("tags_max"), 1);
}
END_TEST

START_TEST(a_read_passes_no_write_before_it)
{
    struct bridge_read_request read = {.host_address = HOST, .card_address = CARD, .bytes = 64, .done = read_done};

    set("credits", "256B");
    side_wire();
    for (unsigned i = 0; i < 8; i++)
        write_window(i, HOST, 256, (uint8_t)(i + 1));
    sim_run(&side.sim, 150 * NS + 1); /* the eighth has entered, and waits for credits */
    bridge_read(side.bridge, &read);
    sim_run(&side.sim, 100000 * NS);
    ck_assert_uint_eq(*memory_at(side.card_memory, CARD, 1), 8);
    ck_assert_uint_eq(count("credit_waits"), 7);
}
END_TEST

static struct hw_message taken;
static uint64_t taken_ps;

static bool take(void *owner, const struct hw_message *request, uint64_t posted_ps)
{
    (void)owner;
    (void)posted_ps;
    taken = *request;
    taken_ps = sim_now(&side.sim);
    return true;
}

START_TEST(what_the_host_writes_takes_the_way_down)
{
    struct hw_message message = {.type = HW_CLOSE, .session = 5};
    uint32_t consumed = 3;

    side_wire();
    bridge_set_dispatch(side.bridge, NULL, take);
    side_ask(&side.host_master, &access_at[0], BUS_WRITE, bridge_doorbell_address(side.bridge), &message, sizeof message);
    side_ask(&side.host_master, &access_at[1], BUS_WRITE, bridge_consumed_address(side.bridge, 2), &consumed, 4);
    sim_run(&side.sim, 10000 * NS);
    ck_assert_uint_eq(taken.session, 5);
    ck_assert_uint_eq(taken_ps, 6 * NS + TLP_88 + 100 * NS);
    ck_assert_uint_eq(side.write_count, 1);
    /* written at 9 ns, behind the first on the wires */
    ck_assert_uint_eq(side.writes[0].at_ps, edge_after(6 * NS + TLP_88 + TLP_28 + 100 * NS) + 3 * NS);
}
END_TEST

/* --- Bandwidth ------------------------------------------------------------------------------------- */

enum { ALL = 8000, UNDER_WAY = 512 };

static uint32_t payload;
static unsigned writes_entered, writes_allowed, reads_done;
static struct access many[UNDER_WAY]; /* more than the FIFO has room for */
static struct bridge_read_request reads[ALL];

static void enter_writes(void *owner)
{
    static uint8_t data[2048];

    (void)owner;
    while (writes_entered < writes_allowed && bridge_room(side.bridge, payload, enter_writes, NULL)) {
        side_ask(&side.card_master, &many[writes_entered % UNDER_WAY], BUS_WRITE,
                 bridge_window(side.bridge, HOST + 2048 * (uint64_t)(writes_entered % 64)), data, payload);
        writes_entered++;
    }
}

static bool with_writes;

/* Both ways: a write for each read. */
static void one_read(struct bridge_read_request *read)
{
    (void)read;
    reads_done++;
    if (with_writes && writes_allowed < ALL) {
        bool waits = writes_entered < writes_allowed;

        writes_allowed++;
        if (!waits) /* else the room that was asked for is told */
            enter_writes(NULL);
    }
}

/* Gbit/s of payload, each way. */
static double bandwidth(bool write, bool read, uint32_t bytes, const char *tags)
{
    uint64_t now = 0;

    set("tags", tags);
    set("credits", "64KiB");
    set("fifo", "16KiB");
    part_set(&side.card_bus->part, "width", "1024bit");
    part_set(&side.host_bus->part, "width", "1024bit");
    part_set(&side.card_bus->part, "burst", "2KiB");
    part_set(&side.host_bus->part, "burst", "256B");
    side_wire();
    payload = bytes;
    writes_entered = reads_done = 0;
    writes_allowed = !write ? 0 : read ? 64 : ALL;
    with_writes = write;
    for (unsigned i = 0; read && i < ALL; i++) {
        reads[i] = (struct bridge_read_request){.host_address = HOST + 2048 * (uint64_t)(i % 64),
                                                .card_address = CARD + 2048 * (uint64_t)(i % 64),
                                                .bytes = bytes,
                                                .done = one_read};
        bridge_read(side.bridge, &reads[i]);
    }
    enter_writes(NULL);
    while (reads_done < (read ? ALL : 0) || side.host_bus->stats.written_bytes < (write ? ALL * bytes : 0)) {
        now += 10 * NS;
        ck_assert_uint_lt(now, 1000000 * (uint64_t)NS * 10);
        sim_run(&side.sim, now);
    }
    return 8e3 * ALL * bytes / (double)now;
}

/* Told to who asks for figures (tests/validate/validate.sh). */
static void ck_within(const char *what, double detail, double ours, double published)
{
    if (getenv("POLYNIC_FIGURES"))
        fprintf(stderr, "figure|%s %g: Gbit/s|%.2f|%.2f\n", what, detail, published, ours);
    ck_assert_msg(ours > 0.98 * published && ours < 1.02 * published, "%.2f Gbit/s, not %.2f", ours, published);
}

static const struct {
    uint32_t bytes;
    double write, read, both;
} table[] = {{64, 42.10, 44.10, 33.08}, {256, 52.92, 53.69, 48.75}, {1024, 52.92, 53.69, 50.75}, {1518, 52.87, 53.64, 50.67}};

START_TEST(the_rates_of_the_link_are_the_published_ones)
{
    const struct pcie_config link = {.generation = 3, .lanes = 8, .mps = 256};

    ck_within("raw, lanes", 8, (double)pcie_raw_bits_per_s(&link) / 1e9, 63.015);
    ck_within("for TLPs, lanes", 8, (double)pcie_tlp_bits_per_s(&link) / 1e9, 57.885);
}
END_TEST

START_TEST(writes_reach_the_published_bandwidth)
{
    ck_within("write, bytes", table[_i].bytes, bandwidth(true, false, table[_i].bytes, "32"), table[_i].write);
}
END_TEST

START_TEST(reads_reach_the_published_bandwidth)
{
    ck_within("read, bytes", table[_i].bytes, bandwidth(false, true, table[_i].bytes, "128"), table[_i].read);
}
END_TEST

START_TEST(both_ways_reach_the_published_bandwidth)
{
    ck_within("both ways, bytes", table[_i].bytes, bandwidth(true, true, table[_i].bytes, "128"), table[_i].both);
}
END_TEST

/* Few tags: a request's bytes a round trip, for each. */
START_TEST(few_tags_bound_reads_by_the_round_trip)
{
    /* 512 bytes: up, the host's bus (256 bytes: edge and 4 cycles, twice; the first completion leaves after the
     * first), the root complex, two completions down - of which the second is the last to come. */
    static const struct {
        const char *text;
        double tags;
    } few[] = {{"1", 1}, {"2", 2}, {"4", 4}};
    double completion = 276 * 8 / 57.884765628;
    double round_trip = TLP_24 / 1e3 + 100 + 5.5 + 150 + 2 * completion + 100;
    double formula = few[_i].tags * 512 * 8 / round_trip;
    double ours = bandwidth(false, true, 512, few[_i].text);

    ck_within("read of 512 bytes, tags", few[_i].tags, ours, formula < 53.69 ? formula : 53.69);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bridge, PCI Express");
    TCase *t = tcase_create("edges");

    tcase_add_checked_fixture(t, set_up, side_free);
    tcase_add_test(t, a_write_takes_its_tlp_and_the_latency);
    tcase_add_test(t, a_read_goes_up_and_comes_down);
    tcase_add_test(t, requests_and_completions_are_cut);
    tcase_add_test(t, a_write_is_cut_to_the_payload);
    tcase_add_test(t, a_read_waits_for_a_tag_and_a_write_passes_it);
    tcase_add_test(t, a_read_passes_no_write_before_it);
    tcase_add_test(t, what_the_host_writes_takes_the_way_down);
    suite_add_tcase(s, t);

    TCase *b = tcase_create("bandwidth");

    tcase_add_checked_fixture(b, set_up, side_free);
    tcase_add_test(b, the_rates_of_the_link_are_the_published_ones);
    tcase_add_loop_test(b, writes_reach_the_published_bandwidth, 0, 4);
    tcase_add_loop_test(b, reads_reach_the_published_bandwidth, 0, 4);
    tcase_add_loop_test(b, both_ways_reach_the_published_bandwidth, 0, 4);
    tcase_add_loop_test(b, few_tags_bound_reads_by_the_round_trip, 0, 3);
    suite_add_tcase(s, b);
    return s;
}
