/* bench_hash.c - what a hash costs here, a tuple of IPv4 addresses and ports at a time; with the Debian package
 * libdpdk-dev beside DPDK's scalar Toeplitz, rte_softrss_be, which must give the same numbers.
 *
 * Best of several rounds, each function in turn, so that a busy machine disturbs all alike.
 *
 *     hash [TUPLES]     tuples of a round, default 20,000,000 */
#include "models/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef HAVE_DPDK
#include <rte_thash.h>
#endif

enum { TUPLES = 4096, TUPLE_BYTES = 12, ROUNDS = 5 };

static struct hash hash;
static uint8_t tuples[TUPLES][TUPLE_BYTES];
static uint32_t words[TUPLES][TUPLE_BYTES / 4]; /* the same in host order */
static uint32_t sum; /* so that nothing is left out */

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void run_ours(unsigned long count)
{
    for (unsigned long i = 0; i < count; i++)
        sum += hash_of(&hash, tuples[i % TUPLES], TUPLE_BYTES);
}

static void run_toeplitz(unsigned long count)
{
    for (unsigned long i = 0; i < count; i++)
        sum += toeplitz_hash(&hash.toeplitz, tuples[i % TUPLES], TUPLE_BYTES);
}

#ifdef HAVE_DPDK
static uint8_t dpdk_key[40];

static void run_dpdk(unsigned long count)
{
    for (unsigned long i = 0; i < count; i++)
        sum += rte_softrss_be(words[i % TUPLES], TUPLE_BYTES / 4, dpdk_key);
}
#endif

struct row {
    const char *name;
    enum hash_function function;
    void (*run)(unsigned long count);
    double best;
};

static void make_tuples(void)
{
    uint32_t state = 1;

    for (unsigned i = 0; i < TUPLES; i++)
        for (unsigned k = 0; k < TUPLE_BYTES; k++) {
            tuples[i][k] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
            words[i][k / 4] = words[i][k / 4] << 8 | tuples[i][k];
        }
}

int main(int argc, char **argv)
{
    static struct row rows[HASH_FUNCTIONS + 2];
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000000;
    unsigned row_count = 0;
    uint8_t key[HASH_MAX_KEY_BYTES];
    char *wrong;
    unsigned key_bytes = hash_key_parse("microsoft", 0, key, &wrong);

    make_tuples();
    rows[row_count++] = (struct row){"toeplitz", HASH_TOEPLITZ, run_toeplitz, 1e9};
#ifdef HAVE_DPDK
    rte_convert_rss_key((const uint32_t *)(const void *)key, (uint32_t *)(void *)dpdk_key, 40);
    hash_init(&hash, HASH_TOEPLITZ, key, key_bytes);
    for (unsigned i = 0; i < TUPLES; i++)
        if (toeplitz_hash(&hash.toeplitz, tuples[i], TUPLE_BYTES) !=
            rte_softrss_be(words[i], TUPLE_BYTES / 4, dpdk_key)) {
            fprintf(stderr, "DPDK has another hash for tuple %u\n", i);
            return 1;
        }
    rows[row_count++] = (struct row){"DPDK rte_softrss_be", HASH_TOEPLITZ, run_dpdk, 1e9};
#endif
    for (unsigned i = HASH_CRC32C; i <= HASH_SUM; i++)
        rows[row_count++] = (struct row){hash_names[i], i, run_ours, 1e9};
    for (unsigned round = 0; round < ROUNDS; round++)
        for (unsigned i = 0; i < row_count; i++) {
            hash_init(&hash, rows[i].function, key, key_bytes);
            rows[i].run(TUPLES); /* the table is in the cache */
            double from = seconds();

            rows[i].run(count);
            double taken = seconds() - from;

            if (taken < rows[i].best)
                rows[i].best = taken;
        }
    printf("%-22s %10s %12s\n", "function", "ns/tuple", "x toeplitz");
    for (unsigned i = 0; i < row_count; i++)
        printf("%-22s %10.2f %12.2f\n", rows[i].name, 1e9 * rows[i].best / (double)count, rows[i].best / rows[0].best);
#ifndef HAVE_DPDK
    printf("(without DPDK's: libdpdk-dev is not installed)\n");
#endif
    return sum == 1 && count == 1; /* never, but the sum is used */
}
