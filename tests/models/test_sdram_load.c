/* A DRAM controller under load does what DRAMsim3 does with the same trace: bandwidths and latencies of
 * DDR3-1600 4Gb x8, open page, rochrababgco, queues of 8, 64-byte requests, within 3 per cent (its figures come
 * with a refresh interval of 7800 clocks). Random addresses are this test's own, so are the small deviations. */
#include "sim/random.h"
#include "tests/models/sdram_bed.h"
#include "tests/suite.h"

enum { REQUESTS = 60000 };

static struct sdram_bed bed;
static uint64_t dice; /* state of the random numbers */

static void set_up(void)
{
    bed_init(&bed, SDRAM_DDR3_1600);
    bed.config.trefi = 7800;
    bed_start(&bed);
    dice = 7;
}

static void tear_down(void)
{
    sdram_free(bed.sdram);
}

static uint64_t random_address(void)
{
    return random_below(&dice, bed.config.bytes / 64) * 64;
}

static void assert_near(double measured, double expected)
{
    double deviation = 100 * (measured / expected - 1);

    printf("    %.2f (DRAMsim3 %.2f): %+.2f %%\n", measured, expected, deviation);
    ck_assert_msg(deviation > -3 && deviation < 3, "%.2f is %+.2f %% off %.2f", measured, deviation, expected);
}

/* Requests times the burst's clocks, over the time until the last read's data. */
static void assert_share(uint64_t requests, double expected_per_cent)
{
    bed_finish(&bed);
    assert_near(100.0 * (double)(requests * bed.config.burst_clocks) / (double)(bed.last_data - bed.first),
                expected_per_cent);
}

START_TEST(sequential_reads)
{
    for (uint64_t i = 0; i < REQUESTS; i++)
        bed_request(&bed, 1, i * 64, false);
    assert_share(REQUESTS, 97.7);
}
END_TEST

START_TEST(random_reads)
{
    for (uint64_t i = 0; i < REQUESTS; i++)
        bed_request(&bed, 1, random_address(), false);
    assert_share(REQUESTS, 90.5);
}
END_TEST

/* A write, then a read, of two streams; the distance decides on their banks. */
static void mix_streams(uint64_t distance_bytes, double expected_per_cent)
{
    for (uint64_t i = 0; i < REQUESTS; i++)
        bed_request(&bed, 1, i / 2 * 64 + (i % 2 ? 0 : distance_bytes), i % 2 == 0);
    assert_share(REQUESTS, expected_per_cent);
}

START_TEST(reads_and_writes_in_two_banks)
{
    mix_streams(4 * 8192, 92.4);
}
END_TEST

START_TEST(reads_and_writes_in_one_bank)
{
    mix_streams(16 * 8192, 81.2); /* another row: a row of all banks of both ranks is 16 * 8 KiB */
}
END_TEST

/* Each frame is read when 32 more have been written. */
START_TEST(frames_written_and_read)
{
    uint64_t requests = 0;

    for (uint64_t frame = 0; frame < REQUESTS / 48; frame++) {
        for (uint64_t i = 0; i < 1536 / 64; i++, requests++)
            bed_request(&bed, 1, frame * 2048 + i * 64, true);
        for (uint64_t i = 0; frame >= 32 && i < 1536 / 64; i++, requests++)
            bed_request(&bed, 1, (frame - 32) * 2048 + i * 64, false);
    }
    assert_share(requests, 94.4);
}
END_TEST

static void random_reads_each(uint64_t clocks, double expected_ns)
{
    for (uint64_t i = 0; i < REQUESTS; i++)
        bed_request(&bed, 1 + i * clocks, random_address(), false);
    bed_finish(&bed);
    ck_assert_uint_eq(bed.reads, REQUESTS);
    assert_near((double)bed.read_clocks / (double)bed.reads * 1.25, expected_ns);
}

START_TEST(random_reads_each_16_clocks)
{
    random_reads_each(16, 56.7);
}
END_TEST

START_TEST(random_reads_each_8_clocks)
{
    random_reads_each(8, 66.8);
}
END_TEST

Suite *suite(void)
{
    Suite *suite = suite_create("sdram under load");
    TCase *tests = tcase_create("load");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, sequential_reads);
    tcase_add_test(tests, random_reads);
    tcase_add_test(tests, reads_and_writes_in_two_banks);
    tcase_add_test(tests, reads_and_writes_in_one_bank);
    tcase_add_test(tests, frames_written_and_read);
    tcase_add_test(tests, random_reads_each_16_clocks);
    tcase_add_test(tests, random_reads_each_8_clocks);
    suite_add_tcase(suite, tests);
    return suite;
}
