/* heap.c - see heap.h.
 *
 *      before        size|flags    payload
 *     +-------------+-------------+------------------------------------------+
 *     | (lies in the|             | used:  the owner's                       |
 *     |  block below|             | free:  next_free, prev_free, ... , before|<- of the block above
 *     |  if it is   |             | quick: next_free                         |
 *     |  free)      |             |                                          |
 *     +-------------+-------------+------------------------------------------+
 *                                 ^ what heap_alloc returns
 */
#include "stacks/runtime/heap.h"

#include "stacks/hal.h"

#include <string.h>

#define UNIT       sizeof(void *)
#define HEADER     sizeof(size_t)
#define MIN_SIZE   (3 * UNIT) /* two links, and `before` of the block above */
#define IS_FREE    ((size_t)1)
#define BELOW_FREE ((size_t)2) /* the block below is free, so `before` holds */
#define FLAGS      (IS_FREE | BELOW_FREE)

enum {
    SECOND_LOG2 = 4,
    SECONDS = 1 << SECOND_LOG2,
    SMALL = SECONDS * (int)sizeof(void *), /* below this the first level is one list a size */
    FIRSTS = 24,
    HEAP_QUICK_BYTES = 320,
    HEAP_QUICK_LISTS = HEAP_QUICK_BYTES / (int)sizeof(void *) + 1,
    HEAP_QUICK_DEPTH = 8,
};

struct block {
    struct block *before;
    size_t size;
    struct block *next_free, *prev_free;
};

struct heap_statistics heap_statistics;

static struct {
    uint32_t first_map;
    uint32_t second_map[FIRSTS];
    struct block *list[FIRSTS][SECONDS];
    struct {
        struct block *head;
        size_t count;
    } quick[HEAP_QUICK_LISTS];
    struct block *lowest;
} heap;

/* Free blocks are poisoned for the sanitizer, and these functions work on free blocks. */
#if defined(__SANITIZE_ADDRESS__)
#define RAW __attribute__((no_sanitize("address")))
#else
#define RAW
#endif

RAW static size_t block_size(const struct block *block)
{
    return block->size & ~FLAGS;
}

RAW static struct block *block_above(struct block *block)
{
    return (struct block *)((char *)block + HEADER + block_size(block));
}

static void *payload_of(struct block *block)
{
    return &block->next_free;
}

static struct block *block_of(void *payload)
{
    return (struct block *)((char *)payload - offsetof(struct block, next_free));
}

/* The list that a block of this size is kept in. */
static void place_of(size_t size, unsigned *first, unsigned *second)
{
    if (size < SMALL) {
        *first = 0;
        *second = (unsigned)(size / UNIT);
        return;
    }
    unsigned top = 31 - (unsigned)__builtin_clz((unsigned)size);

    *second = (unsigned)(size >> (top - SECOND_LOG2)) & (SECONDS - 1);
    *first = top - (unsigned)__builtin_ctz(SMALL) + 1;
}

RAW static void list_insert(struct block *block)
{
    unsigned first, second;

    place_of(block_size(block), &first, &second);
    struct block *head = heap.list[first][second];

    block->next_free = head;
    block->prev_free = NULL;
    if (head)
        head->prev_free = block;
    heap.list[first][second] = block;
    heap.first_map |= 1u << first;
    heap.second_map[first] |= 1u << second;
}

RAW static void list_remove(struct block *block)
{
    if (block->next_free)
        block->next_free->prev_free = block->prev_free;
    if (block->prev_free) {
        block->prev_free->next_free = block->next_free;
        return;
    }
    unsigned first, second;

    place_of(block_size(block), &first, &second);
    heap.list[first][second] = block->next_free;
    if (!block->next_free) {
        heap.second_map[first] &= ~(1u << second);
        if (!heap.second_map[first])
            heap.first_map &= ~(1u << first);
    }
}

/* A free block of at least size, or NULL. All blocks of the list found fit: size is rounded up to
 * the next list's lower bound first, so nothing is searched. */
static struct block *list_find(size_t size)
{
    unsigned first, second;

    if (size >= SMALL)
        size += ((size_t)1 << (31 - (unsigned)__builtin_clz((unsigned)size) - SECOND_LOG2)) - 1;
    place_of(size, &first, &second);
    if (first >= FIRSTS)
        return NULL;
    uint32_t map = heap.second_map[first] & ~0u << second;

    if (!map) {
        uint32_t above = first + 1 < 32 ? heap.first_map & ~0u << (first + 1) : 0;

        if (!above)
            return NULL;
        first = (unsigned)__builtin_ctz(above);
        map = heap.second_map[first];
    }
    return heap.list[first][__builtin_ctz(map)];
}

RAW static void mark_free(struct block *block)
{
    struct block *above = block_above(block);

    block->size |= IS_FREE;
    above->size |= BELOW_FREE;
    above->before = block;
    list_insert(block);
}

RAW static void block_release(struct block *block)
{
    struct block *above = block_above(block);

    if (above->size & IS_FREE) {
        list_remove(above);
        block->size += HEADER + block_size(above);
    }
    if (block->size & BELOW_FREE) {
        struct block *below = block->before;

        list_remove(below);
        below->size += HEADER + block_size(block);
        block = below;
    }
    mark_free(block);
}

RAW static struct block *block_take(size_t size)
{
    struct block *block = list_find(size);

    if (!block)
        return NULL;
    list_remove(block);
    size_t spare = block_size(block) - size;

    block->size &= ~IS_FREE;
    if (spare >= HEADER + MIN_SIZE) {
        block->size = size | (block->size & FLAGS);
        struct block *rest = block_above(block);

        rest->size = spare - HEADER;
        mark_free(rest);
    } else {
        block_above(block)->size &= ~BELOW_FREE;
    }
    return block;
}

RAW static void quick_flush(void)
{
    for (unsigned i = 0; i < HEAP_QUICK_LISTS; i++) {
        while (heap.quick[i].head) {
            struct block *block = heap.quick[i].head;

            heap.quick[i].head = block->next_free;
            block_release(block);
        }
        heap.quick[i].count = 0;
    }
}

RAW void heap_init(void *start, size_t bytes)
{
    uintptr_t from = ((uintptr_t)start + 15) & ~(uintptr_t)15;
    size_t usable = ((uintptr_t)start + bytes - from) & ~(uintptr_t)15;

    hal_unpoison(start, bytes);
    memset(&heap, 0, sizeof heap);
    memset(&heap_statistics, 0, sizeof heap_statistics);

    /* One free block; above it a header that is never free ends the heap. `before` of the first is
     * outside and never read, because its BELOW_FREE is never set. */
    heap.lowest = (struct block *)(from - offsetof(struct block, size));
    heap.lowest->size = usable - 2 * HEADER;
    block_above(heap.lowest)->size = 0;
    mark_free(heap.lowest);
    heap_statistics.total_bytes = usable - HEADER;
    heap_statistics.free_bytes = heap_statistics.total_bytes;
    heap_statistics.lowest_bytes = heap_statistics.total_bytes;
    hal_poison(payload_of(heap.lowest), block_size(heap.lowest));
}

RAW static struct block *take_or_fail(size_t size)
{
    struct block *block = block_take(size);

    if (!block) {
        quick_flush();
        block = block_take(size);
        if (!block) {
            heap_statistics.failures++;
            hal_store(HW_HEAP_FAILURES, 1);
        }
    }
    return block;
}

RAW void *heap_alloc(size_t bytes)
{
    size_t size = (bytes + UNIT - 1) & ~(UNIT - 1);
    struct block *block;

    if (bytes > heap_statistics.total_bytes)
        size = heap_statistics
                   .total_bytes; /* cannot succeed; keeps the arithmetic below from wrapping */
    if (size < MIN_SIZE)
        size = MIN_SIZE;
    if (size <= HEAP_QUICK_BYTES && heap.quick[size / UNIT].head) {
        block = heap.quick[size / UNIT].head;
        heap.quick[size / UNIT].head = block->next_free;
        heap.quick[size / UNIT].count--;
    } else {
        block = take_or_fail(size);
        if (!block)
            return NULL;
    }
    heap_statistics.free_bytes -= block_size(block) + HEADER;
    if (heap_statistics.free_bytes < heap_statistics.lowest_bytes) {
        heap_statistics.lowest_bytes = heap_statistics.free_bytes;
        hal_store(HW_HEAP_FREE, (uint32_t)heap_statistics.free_bytes);
    }
    hal_unpoison(payload_of(block), bytes);
    return payload_of(block);
}

void *heap_alloc_zeroed(size_t bytes)
{
    void *block = heap_alloc(bytes);

    if (block)
        memset(block, 0, bytes);
    return block;
}

RAW void heap_free(void *payload)
{
    if (!payload)
        return;
    struct block *block = block_of(payload);
    size_t size = block_size(block);

    heap_statistics.free_bytes += size + HEADER;
    hal_poison(payload, size);
    if (size <= HEAP_QUICK_BYTES && heap.quick[size / UNIT].count < HEAP_QUICK_DEPTH) {
        block->next_free = heap.quick[size / UNIT].head;
        heap.quick[size / UNIT].head = block;
        heap.quick[size / UNIT].count++;
    } else {
        block_release(block);
    }
}

RAW static size_t quick_bytes(void)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < HEAP_QUICK_LISTS; i++)
        for (struct block *block = heap.quick[i].head; block; block = block->next_free)
            bytes += block_size(block) + HEADER;
    return bytes;
}

RAW int heap_consistent(void)
{
    size_t free_bytes = quick_bytes(), all = 0;
    bool below_free = false;
    struct block *below = NULL;

    for (struct block *block = heap.lowest;; block = block_above(block)) {
        if (((block->size & BELOW_FREE) != 0) != below_free)
            return 0;
        if (below_free && block->before != below)
            return 0;
        if (!block_size(block))
            break;
        if (below_free && (block->size & IS_FREE))
            return 0; /* two free neighbours were not joined */
        below_free = (block->size & IS_FREE) != 0;
        below = block;
        if (below_free)
            free_bytes += block_size(block) + HEADER;
        all += block_size(block) + HEADER;
    }
    return all == heap_statistics.total_bytes && free_bytes == heap_statistics.free_bytes;
}
