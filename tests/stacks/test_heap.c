/* test_heap.c - the allocator on its own. */
#include "stacks/hal.h"
#include "stacks/runtime/heap.h"
#include "tests/stacks/mock_hardware.h"
#include "tests/suite.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES = 64 * 1024 };

static uint8_t memory[BYTES] __attribute__((aligned(16)));
static uint32_t told_lowest, told_failures;

static void note(void *self, uint32_t which, uint32_t value)
{
    (void)self;
    if (which == HW_HEAP_FREE)
        told_lowest = value;
    if (which == HW_HEAP_FAILURES)
        told_failures++;
}

static void set_up(void)
{
    hal.store = note;
    heap_init(memory, sizeof memory);
}

START_TEST(blocks_are_aligned_and_apart)
{
    uint8_t *block[200];

    for (unsigned i = 0; i < 200; i++) {
        block[i] = heap_alloc(i);
        ck_assert_ptr_nonnull(block[i]);
        ck_assert_uint_eq((uintptr_t)block[i] % sizeof(void *), 0);
        memset(block[i], (int)i, i);
    }
    for (unsigned i = 0; i < 200; i++)
        for (unsigned k = 0; k < i; k++)
            ck_assert_uint_eq(block[i][k], i);
    ck_assert(heap_consistent());
}
END_TEST

START_TEST(freed_neighbours_become_one_block)
{
    size_t all = heap_statistics.free_bytes;
    void *a = heap_alloc(1000), *b = heap_alloc(1000), *c = heap_alloc(1000);

    heap_free(a);
    heap_free(c);
    heap_free(b);
    ck_assert(heap_consistent());
    ck_assert_uint_eq(heap_statistics.free_bytes, all);
    /* A search takes the next list's blocks, so the largest piece sure to be had is a 16th less. */
    void *most = heap_alloc(all - all / 16);

    ck_assert_ptr_nonnull(most);
    heap_free(most);
    ck_assert(heap_consistent());
}
END_TEST

START_TEST(small_blocks_in_quick_lists_are_joined_when_a_large_one_is_wanted)
{
    void *block[400];
    unsigned count = 0;

    while (count < 400 && (block[count] = heap_alloc(100)) != NULL)
        count++;
    while (count)
        heap_free(block[--count]);
    ck_assert_ptr_nonnull(heap_alloc(BYTES / 10 * 9));
    ck_assert(heap_consistent());
}
END_TEST

START_TEST(exhaustion_is_counted_and_told)
{
    unsigned count = 0;

    while (heap_alloc(500))
        count++;
    ck_assert_uint_gt(count, BYTES / 500 * 9 / 10);
    ck_assert_uint_eq(heap_statistics.failures, 1);
    ck_assert_uint_eq(told_failures, 1);
    ck_assert_uint_eq(told_lowest, heap_statistics.lowest_bytes);
    ck_assert_uint_eq(heap_statistics.lowest_bytes, heap_statistics.free_bytes);
    ck_assert_ptr_null(heap_alloc(BYTES));
    ck_assert_ptr_null(heap_alloc(SIZE_MAX));
    ck_assert_ptr_null(heap_alloc(SIZE_MAX - 3));
    ck_assert(heap_consistent());
}
END_TEST

START_TEST(the_smallest_heap_works)
{
    heap_init(memory + 3, 256);
    void *block = heap_alloc(100);

    ck_assert_ptr_nonnull(block);
    heap_free(block);
    ck_assert(heap_consistent());
}
END_TEST

START_TEST(random_use_keeps_every_byte)
{
    enum { LIVE = 300 };
    struct {
        uint8_t *at;
        size_t bytes;
        uint8_t mark;
    } live[LIVE] = {0};

    srand((unsigned)_i);
    for (unsigned step = 0; step < 20000; step++) {
        unsigned i = (unsigned)rand() % LIVE;

        for (size_t k = 0; k < live[i].bytes; k++)
            ck_assert_uint_eq(live[i].at[k], live[i].mark);
        heap_free(live[i].at);
        live[i].bytes = rand() % 10 ? (size_t)rand() % 250 : (size_t)rand() % 5000;
        live[i].mark = (uint8_t)step;
        live[i].at = heap_alloc(live[i].bytes);
        if (!live[i].at)
            live[i].bytes = 0;
        memset(live[i].at ? live[i].at : memory, live[i].at ? live[i].mark : memory[0],
               live[i].bytes);
        if (step % 512 == 0)
            ck_assert(heap_consistent());
    }
    for (unsigned i = 0; i < LIVE; i++)
        heap_free(live[i].at);
    ck_assert(heap_consistent());
    ck_assert_uint_eq(heap_statistics.free_bytes, heap_statistics.total_bytes);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("stacks/heap");
    TCase *t = tcase_create("heap");

    tcase_add_checked_fixture(t, set_up, NULL);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, blocks_are_aligned_and_apart);
    tcase_add_test(t, freed_neighbours_become_one_block);
    tcase_add_test(t, small_blocks_in_quick_lists_are_joined_when_a_large_one_is_wanted);
    tcase_add_test(t, exhaustion_is_counted_and_told);
    tcase_add_test(t, the_smallest_heap_works);
    tcase_add_loop_test(t, random_use_keeps_every_byte, 0, 5);
    suite_add_tcase(s, t);
    return s;
}
