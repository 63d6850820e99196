/* A DRAM controller keeps to the clocks of its part's data sheet, command by command. Expectations are sums of
 * the parameters, as sdram.h and sdram_bank.h draw them. */
#include "tests/models/sdram_bed.h"
#include "tests/suite.h"

#include <glib.h>

static struct sdram_bed bed;

static void set_up(void)
{
    bed_init(&bed, SDRAM_DDR3_1600);
    bed.config.trefi = 0;
}

static void tear_down(void)
{
    sdram_free(bed.sdram);
    bed.sdram = NULL;
}

/* Of the address mapping rochrababgco: a row of a bank is row_bytes long, banks follow, then the second rank. */
static uint64_t place(uint64_t row, uint64_t rank, uint64_t bank, uint64_t burst)
{
    uint64_t row_bytes = bed.config.columns * bed.config.bus_width_bits / 8;
    uint64_t banks = bed.config.banks * bed.config.bankgroups;

    return ((row * bed.config.ranks + rank) * banks + bank) * row_bytes + burst * bed.config.access_bytes;
}

static uint64_t latency(unsigned number)
{
    ck_assert_uint_lt(number, bed.done_count);
    return bed.done[number].done - bed.done[number].submitted;
}

struct idle {
    unsigned part;
    uint64_t hit, closed, conflict;
};
static const struct idle idles[] = {
    {SDRAM_DDR3_1600, 16, 27, 38}, {SDRAM_DDR4_2400, 22, 39, 56}, {SDRAM_GDDR5, 27, 51, 75}};

START_TEST(an_idle_part_has_its_latencies_of_hit_closed_and_conflict)
{
    const struct idle *idle = &idles[_i];

    bed_init(&bed, idle->part);
    bed.config.trefi = 0;
    bed_start(&bed);
    bed_request(&bed, 100, place(0, 0, 0, 0), false);
    bed_request(&bed, 1100, place(0, 0, 0, 5), false);
    bed_request(&bed, 2100, place(1, 0, 0, 0), false);
    bed_finish(&bed);
    ck_assert_uint_eq(latency(0), idle->closed);
    ck_assert_uint_eq(latency(1), idle->hit);
    ck_assert_uint_eq(latency(2), idle->conflict);
    ck_assert_int_eq(bed.done[0].row, SDRAM_ROW_CLOSED);
    ck_assert_int_eq(bed.done[1].row, SDRAM_ROW_HIT);
    ck_assert_int_eq(bed.done[2].row, SDRAM_ROW_CONFLICT);
}
END_TEST

/* One more clock of a parameter is one more clock of what it delays, and of nothing else. */
START_TEST(each_idle_latency_is_the_sum_of_its_parameters)
{
    bed.config.cl = 13;
    bed.config.trcdrd = 17;
    bed.config.trp = 23;
    bed_start(&bed);
    bed_request(&bed, 100, place(0, 0, 0, 0), false);
    bed_request(&bed, 1100, place(0, 0, 0, 5), false);
    bed_request(&bed, 2100, place(1, 0, 0, 0), false);
    bed_finish(&bed);
    ck_assert_uint_eq(latency(1), 1 + 13 + 4);
    ck_assert_uint_eq(latency(0), 1 + 17 + 13 + 4);
    ck_assert_uint_eq(latency(2), 1 + 23 + 17 + 13 + 4);
}
END_TEST

/* Two requests follow each other so closely that the rule between them holds the second. Both are issued with
 * everything before them long over: the gap of their data is the rule. */
enum first_row { OPENED, CLOSED };
struct gap {
    const char *name;
    unsigned part;
    bool first_writes, second_writes;
    unsigned second_rank, second_bank, second_row;
    enum first_row rows; /* rows used are opened long before */
    uint64_t gap;        /* from the end of the first's data to the end of the second's */
};
static const struct gap gaps[] = {
    {"tCCD", SDRAM_DDR3_1600, false, false, 0, 0, 0, OPENED, 4},
    {"tCCD_L", SDRAM_DDR4_2400, false, false, 0, 0, 0, OPENED, 6},
    {"tCCD_S", SDRAM_DDR4_2400, false, false, 0, 1, 0, OPENED, 4}, /* the next bank is of another group */
    {"tCCD_L, banks of one group", SDRAM_DDR4_2400, false, false, 0, 4, 0, OPENED, 6},
    {"tRTRS", SDRAM_DDR3_1600, false, false, 1, 0, 0, OPENED, 4 + 1},
    {"tRRD", SDRAM_DDR3_1600, false, false, 0, 1, 0, CLOSED, 5},
    {"tRRD_S", SDRAM_DDR4_2400, false, false, 0, 1, 0, CLOSED, 4},
    {"tRRD_L", SDRAM_DDR4_2400, false, false, 0, 4, 0, CLOSED, 6},
    /* The first row stays open for tRAS, longer than tRCD + tRTP; then tRP + tRCD to the second. */
    {"tRAS + tRP", SDRAM_DDR3_1600, false, false, 0, 0, 1, CLOSED, 28 + 11},
    {"tRTP + tRP + tRCD", SDRAM_DDR3_1600, false, false, 0, 0, 1, OPENED, 6 + 11 + 11},
};

START_TEST(rules_between_reads_hold_the_second)
{
    const struct gap *gap = &gaps[_i];

    bed_init(&bed, gap->part);
    bed.config.trefi = 0;
    bed_start(&bed);
    unsigned skip = 0;
    if (gap->rows == OPENED) {
        bed_request(&bed, 100, place(0, 0, 0, 0), false);
        bed_request(&bed, 1100, place(0, gap->second_rank, gap->second_bank, 1), false);
        skip = 2;
    }
    bed_request(&bed, 5000, place(0, 0, 0, 2), false);
    bed_request(&bed, 5001, place(gap->second_row, gap->second_rank, gap->second_bank, 3), false);
    bed_finish(&bed);
    ck_assert_msg(bed.done[skip + 1].done - bed.done[skip].done == gap->gap, "%s: %llu clocks, not %llu", gap->name,
                  (unsigned long long)(bed.done[skip + 1].done - bed.done[skip].done), (unsigned long long)gap->gap);
}
END_TEST

/* Five rows of five banks: tRRD holds four of them 5 apart, tFAW the fifth 24 after the first. */
START_TEST(a_fifth_activation_waits_for_the_window)
{
    bed_start(&bed);
    for (unsigned bank = 0; bank < 5; bank++)
        bed_request(&bed, 100, place(0, 0, bank, 0), false);
    bed_finish(&bed);
    for (unsigned bank = 1; bank < 4; bank++)
        ck_assert_uint_eq(bed.done[bank].done - bed.done[0].done, 5 * bank);
    ck_assert_uint_eq(bed.done[4].done - bed.done[0].done, 24);
}
END_TEST

/* Writes leave the buffer when write_back() says so; the first opened the row, all are in one bank. */
static void write_then_read(unsigned part, unsigned read_bank)
{
    bed_init(&bed, part);
    bed.config.trefi = 0;
    bed_start(&bed);
    bed_request(&bed, 100, place(0, 0, 0, 0), false);
    bed_request(&bed, 600, place(0, 0, read_bank, 0), false);
    sdram_write_back(bed.sdram, 1000);
    bed_request(&bed, 1000, place(0, 0, 0, 1), true);
    bed_request(&bed, 1001, place(0, 0, read_bank, 2), false);
    bed_finish(&bed);
    ck_assert(bed.done[2].is_write && !bed.done[3].is_write);
}

/* From the end of the written data tWTR to the read command, then CL and the burst. */
START_TEST(a_read_after_a_write_waits_for_the_turn_of_the_bus)
{
    write_then_read(SDRAM_DDR3_1600, 0);
    ck_assert_uint_eq(bed.done[3].done - bed.done[2].done, 6 + 11 + 4);
    tear_down();
    write_then_read(SDRAM_DDR4_2400, 4); /* a bank of the same group */
    ck_assert_uint_eq(bed.done[3].done - bed.done[2].done, 9 + 17 + 4);
    tear_down();
    write_then_read(SDRAM_DDR4_2400, 1); /* of another */
    ck_assert_uint_eq(bed.done[3].done - bed.done[2].done, 3 + 17 + 4);
}
END_TEST

/* CL + burst + tRTRS - CWL between the commands, so that a clock is free between the data of both. */
START_TEST(a_write_after_a_read_leaves_a_clock_between_their_data)
{
    bed_start(&bed);
    bed_request(&bed, 100, place(0, 0, 0, 0), false);
    sdram_write_back(bed.sdram, 1000);
    bed_request(&bed, 1000, place(0, 0, 0, 1), false);
    bed_request(&bed, 1001, place(0, 0, 0, 2), true);
    bed_finish(&bed);
    ck_assert_uint_eq(bed.done[2].done - bed.done[1].done, 1 + 4);
}
END_TEST

/* A row is closed tWR after the end of what was written to it; then tRP, tRCD, CL and the burst of the read. */
START_TEST(a_row_is_closed_after_its_write_is_over)
{
    bed_start(&bed);
    bed_request(&bed, 100, place(0, 0, 0, 0), false);
    sdram_write_back(bed.sdram, 1000);
    bed_request(&bed, 1000, place(0, 0, 0, 1), true);
    bed_request(&bed, 1001, place(1, 0, 0, 0), false);
    bed_finish(&bed);
    ck_assert_uint_eq(latency(1), 1 + 8 + 4);
    ck_assert_uint_eq(bed.done[2].done - bed.done[1].done, 12 + 11 + 11 + 11 + 4);
}
END_TEST

/* Due at clock trefi / ranks: rows of that rank are closed, a clock each, tRP later the refresh, tRFC later the
 * first activation. */
START_TEST(a_refresh_holds_its_rank)
{
    bed.config.trefi = 6240;
    bed_start(&bed);
    bed_request(&bed, 2000, place(0, 0, 0, 0), false);
    bed_request(&bed, 2001, place(0, 0, 1, 0), false);
    bed_request(&bed, 2002, place(0, 1, 0, 0), false);
    bed_request(&bed, 3119, place(0, 0, 0, 7), false); /* would be issued at 3120, when the refresh is due */
    bed_request(&bed, 3120, place(0, 1, 0, 7), false); /* of the other rank: not held */
    bed_finish(&bed);
    ck_assert_uint_eq(bed.done[3].done, 3121 + 1 + 11 + 4); /* a clock later: the refresh's precharges come first */
    ck_assert_uint_eq(bed.done[4].done, 3121 + 11 + 208 + 11 + 11 + 4);
    ck_assert_int_eq(bed.done[4].row, SDRAM_ROW_CLOSED);
    ck_assert_uint_eq(sdram_counts(bed.sdram)->refreshes, 1);
}
END_TEST

START_TEST(idle_refreshes_are_counted_however_long_it_idles)
{
    bed.config.trefi = 6240;
    bed_start(&bed);
    bed_request(&bed, 100, place(0, 0, 0, 0), false);
    sdram_run(bed.sdram, 3120ull * 1000000000 + 1); /* a refresh of one rank every 3120; each issued when due */
    ck_assert_uint_eq(sdram_counts(bed.sdram)->refreshes, 1000000000);
    bed_request(&bed, 3120ull * 1000000000 + 1000, place(0, 0, 0, 0), false);
    bed_finish(&bed);
    ck_assert_uint_eq(latency(1), 27);
}
END_TEST

/* With a tRTP below tCCD: else the next hit is always legal before the precharge. */
START_TEST(hits_come_first_but_an_old_request_only_waits_for_four)
{
    bed.config.trtp = 3;
    bed.config.tras = 12;
    bed_start(&bed);
    bed_request(&bed, 100, place(0, 0, 0, 0), false);
    bed_request(&bed, 101, place(1, 0, 0, 0), false);
    for (unsigned i = 1; i < 6; i++)
        bed_request(&bed, 102, place(0, 0, 0, i), false);
    bed_finish(&bed);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(bed.done[i].address, place(0, 0, 0, i));
    ck_assert_uint_eq(bed.done[4].address, place(1, 0, 0, 0));
}
END_TEST

START_TEST(fcfs_keeps_the_order_of_a_bank)
{
    bed.config.scheduler = SDRAM_FCFS;
    bed_start(&bed);
    for (unsigned i = 0; i < 6; i++)
        bed_request(&bed, 100, place(i % 2, 0, 0, i), false);
    bed_finish(&bed);
    for (unsigned i = 0; i < 6; i++)
        ck_assert_uint_eq(bed.done[i].address, place(i % 2, 0, 0, i));
}
END_TEST

/* Every access finds its row closed; two of one bank are tRC apart. */
START_TEST(a_closed_page_costs_an_activation_each)
{
    bed.config.page = SDRAM_CLOSED_PAGE;
    bed_start(&bed);
    bed_request(&bed, 100, place(0, 0, 0, 0), false);
    bed_request(&bed, 101, place(0, 0, 0, 1), false);
    bed_request(&bed, 1000, place(1, 0, 0, 0), false);
    bed_finish(&bed);
    ck_assert_uint_eq(latency(0), 27);
    ck_assert_uint_eq(bed.done[1].done - bed.done[0].done, 28 + 11);
    ck_assert_uint_eq(latency(2), 27);
    ck_assert_uint_eq(sdram_counts(bed.sdram)->row_closed, 3);
    ck_assert_uint_eq(sdram_counts(bed.sdram)->precharges, 0);
}
END_TEST

START_TEST(a_full_queue_has_no_room_until_one_leaves)
{
    bed.config.transactions = 2;
    bed.config.queue = 1;
    bed.config.write_low = 1;
    bed_start(&bed);
    for (unsigned i = 0; i < 3; i++) /* one goes on to the bank's queue, two wait */
        sdram_submit(bed.sdram, 100 + i, place(i, 0, 0, 0), false, NULL);
    ck_assert(!sdram_has_room(bed.sdram, 0, false));
    ck_assert(sdram_has_room(bed.sdram, 0, true));
    sdram_run(bed.sdram, 112); /* read command at 101 + 11 */
    ck_assert(!sdram_has_room(bed.sdram, 0, false));
    sdram_run(bed.sdram, 113);
    ck_assert(sdram_has_room(bed.sdram, 0, false));
    bed_finish(&bed);
}
END_TEST

START_TEST(a_read_of_what_waits_to_be_written_is_answered_at_once)
{
    bed_start(&bed);
    bed_request(&bed, 100, place(0, 0, 0, 0), true);
    bed_request(&bed, 200, place(0, 0, 0, 0), false);
    bed_request(&bed, 300, place(0, 0, 0, 0), true);
    bed_finish(&bed);
    ck_assert_uint_eq(bed.done_count, 2); /* the first write stays in the buffer */
    ck_assert_uint_eq(latency(0), 1);
    ck_assert_uint_eq(sdram_counts(bed.sdram)->forwarded_reads, 1);
    ck_assert_uint_eq(sdram_counts(bed.sdram)->merged_writes, 1);
    sdram_write_back(bed.sdram, 400);
    bed_finish(&bed);
    ck_assert_uint_eq(bed.done[2].done, 401 + 11 + 8 + 4);
}
END_TEST

/* The buffer is full and is to be written back, but the read of the same address has not got into its bank's queue. */
START_TEST(a_write_lets_an_older_read_of_its_address_go_first)
{
    bed.config.transactions = 2;
    bed.config.queue = 1;
    bed.config.write_low = 1;
    bed_start(&bed);
    for (unsigned i = 0; i < 3; i++)
        bed_request(&bed, 100 + i, place(i, 0, 0, 0), false);
    bed_request(&bed, 103, place(2, 0, 0, 0), true);
    bed_request(&bed, 104, place(3, 0, 0, 0), true);
    bed_finish(&bed);
    sdram_write_back(bed.sdram, 2000);
    bed_finish(&bed);
    ck_assert_uint_eq(bed.done_count, 5);
    unsigned read = 0, write = 0;
    for (unsigned i = 0; i < 5; i++)
        if (bed.done[i].address == place(2, 0, 0, 0))
            *(bed.done[i].is_write ? &write : &read) = i;
    ck_assert_uint_lt(read, write);
}
END_TEST

START_TEST(two_reads_of_one_address_share_a_burst)
{
    bed_start(&bed);
    bed_request(&bed, 100, place(0, 0, 0, 0), false);
    bed_request(&bed, 105, place(0, 0, 0, 0), false);
    bed_finish(&bed);
    ck_assert_uint_eq(bed.done[0].done, 127);
    ck_assert_uint_eq(bed.done[1].done, 127);
    ck_assert_uint_eq(sdram_counts(bed.sdram)->data_clocks, 4);
}
END_TEST

/* With the channel's bits just above the burst's bytes, neighbours are in two channels and don't hold each other. */
START_TEST(channels_are_chosen_by_the_mapping_and_are_independent)
{
    char mapping[] = "rorababgcoch";

    bed.config.channels = 2;
    bed.config.mapping = mapping;
    bed_start(&bed);
    bed_request(&bed, 100, 0, false);
    bed_request(&bed, 101, 64, false);
    bed_finish(&bed);
    ck_assert_uint_eq(latency(0), 27);
    ck_assert_uint_eq(latency(1), 27);
}
END_TEST

static char told_key[32];

static void note_key(void *owner, const char *key, const char *text)
{
    (void)owner;
    ck_assert_uint_gt(strlen(text), 10);
    g_strlcpy(told_key, key, sizeof told_key);
}

struct wrong {
    const char *key;
    size_t offset;
    uint64_t value;
};
#define WRONG(key, field, value) {key, offsetof(struct sdram_config, field), value}
static const struct wrong wrongs[] = {
    WRONG("rows", rows, 1000),     WRONG("banks", banks, 3),       WRONG("columns", columns, 4),
    WRONG("bl", bl, 1),            WRONG("bus_width", bus_width_bits, 4), WRONG("trefi", trefi, 208),
    WRONG("channels", channels, 3), WRONG("write_low", write_low, 32),
};

START_TEST(values_that_do_not_go_together_are_told)
{
    *(uint64_t *)((char *)&bed.config + wrongs[_i].offset) = wrongs[_i].value;
    ck_assert(!sdram_config_finish(&bed.config, note_key, NULL));
    ck_assert_str_eq(told_key, wrongs[_i].key);
}
END_TEST

static const char *const mappings[] = {"rochrababgcx", "rochrabaroco", "rochrababg", ""};

START_TEST(a_mapping_names_every_field_once)
{
    bed.config.mapping = g_strdup(mappings[_i]);
    ck_assert(!sdram_config_finish(&bed.config, note_key, NULL));
    ck_assert_str_eq(told_key, "mapping");
    g_free(bed.config.mapping);
}
END_TEST

Suite *suite(void)
{
    Suite *suite = suite_create("sdram");
    TCase *tests = tcase_create("sdram");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, an_idle_part_has_its_latencies_of_hit_closed_and_conflict, 0,
                        sizeof idles / sizeof *idles);
    tcase_add_test(tests, each_idle_latency_is_the_sum_of_its_parameters);
    tcase_add_loop_test(tests, rules_between_reads_hold_the_second, 0, sizeof gaps / sizeof *gaps);
    tcase_add_test(tests, a_fifth_activation_waits_for_the_window);
    tcase_add_test(tests, a_read_after_a_write_waits_for_the_turn_of_the_bus);
    tcase_add_test(tests, a_write_after_a_read_leaves_a_clock_between_their_data);
    tcase_add_test(tests, a_row_is_closed_after_its_write_is_over);
    tcase_add_test(tests, a_refresh_holds_its_rank);
    tcase_add_test(tests, idle_refreshes_are_counted_however_long_it_idles);
    tcase_add_test(tests, hits_come_first_but_an_old_request_only_waits_for_four);
    tcase_add_test(tests, fcfs_keeps_the_order_of_a_bank);
    tcase_add_test(tests, a_closed_page_costs_an_activation_each);
    tcase_add_test(tests, a_full_queue_has_no_room_until_one_leaves);
    tcase_add_test(tests, a_read_of_what_waits_to_be_written_is_answered_at_once);
    tcase_add_test(tests, a_write_lets_an_older_read_of_its_address_go_first);
    tcase_add_test(tests, two_reads_of_one_address_share_a_burst);
    tcase_add_test(tests, channels_are_chosen_by_the_mapping_and_are_independent);
    tcase_add_loop_test(tests, values_that_do_not_go_together_are_told, 0, sizeof wrongs / sizeof *wrongs);
    tcase_add_loop_test(tests, a_mapping_names_every_field_once, 0, sizeof mappings / sizeof *mappings);
    suite_add_tcase(suite, tests);
    return suite;
}
