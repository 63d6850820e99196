/* heap.h - memory allocation: bounded time, no waiting, deterministic.
 *
 * Two levels. Blocks of up to HEAP_QUICK_BYTES that are freed go to a short list of their exact
 * size and come back from there: some 15 instructions each way, which is what the records of a
 * frame need. Behind it a two-level segregated fit with boundary tags: a bitmap finds a list whose
 * blocks are large enough, the rest of a block is split off, a freed block is joined with its
 * neighbours. When that finds nothing, the quick lists are emptied into it, at most
 * HEAP_QUICK_LISTS * HEAP_QUICK_DEPTH blocks, and it is asked once more. So every call is bounded
 * by a constant.
 *
 * Each new lowest amount of free bytes is told to HW_HEAP_FREE, each failure to HW_HEAP_FAILURES.
 * Not for interrupts.
 */
#ifndef STACKS_RUNTIME_HEAP_H
#define STACKS_RUNTIME_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap_statistics {
    size_t total_bytes; /* of all blocks, with their headers of sizeof(size_t) */
    size_t free_bytes;
    size_t lowest_bytes; /* least free_bytes ever */
    uint32_t failures;
};

extern struct heap_statistics heap_statistics;

/* The heap is [start, start + bytes), at least 256 bytes. Forgets what was allocated before. */
void heap_init(void *start, size_t bytes);

/* bytes, 0 included, aligned to sizeof(void *); contents undefined. NULL: failure, counted. */
void *heap_alloc(size_t bytes);

/* As heap_alloc, zeroed. */
void *heap_alloc_zeroed(size_t bytes);

/* block: from heap_alloc, or NULL. */
void heap_free(void *block);

/* Walks all blocks: 1 if headers, tags, lists and the count of free bytes agree. For tests. */
int heap_consistent(void);

#endif
