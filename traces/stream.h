/* stream.h - the bytes of one direction of a connection, as far as they are under way.
 *
 * Offsets count from the first byte of the stream. Bytes are put in any order; each carries flags.
 * What was released is gone; what was never put reads as 0 and has no flags. Memory follows the
 * distance between the release and the end, never the length of the stream.
 */
#ifndef TRACES_STREAM_H
#define TRACES_STREAM_H

#include <stdbool.h>
#include <stdint.h>

enum {
    STREAM_CHUNK_BYTES = 512,
    STREAM_MAX_SPAN_BYTES = 64 << 20, /* put() ignores what lies further ahead of the release: the
                                         largest window of TCP is 1 GiB, the largest sane is this */

    STREAM_PRESENT = 1,   /* has a value, if only padding */
    STREAM_KNOWN = 2,     /* the value is the capture's */
    STREAM_TAKEN = 4,     /* was on the wire */
    STREAM_DELIVERED = 8, /* reached its application */
};

struct stream_chunk;

struct stream {
    struct stream_chunk **chunks; /* owned; NULL entries: nothing was put there */
    uint64_t first;               /* chunk number of chunks[0] */
    uint32_t count, capacity;
    uint32_t gone; /* the first of chunks, released, that are still there as NULL */
    uint64_t released, end; /* offsets: nothing below is kept; one past the last byte put */
};

void stream_free(struct stream *stream); /* leaves an empty stream; so is a zeroed structure */

/* Puts bytes where none are PRESENT yet: what came first stays, but is not KNOWN any more where it is put again with
 * another value (a capture that contradicts itself). data NULL: padding, PRESENT but not KNOWN. */
void stream_put(struct stream *stream, uint64_t offset, const uint8_t *data, uint32_t bytes);

/* Sets a flag on PRESENT bytes; returns how many did not have it. */
uint32_t stream_mark(struct stream *stream, uint64_t offset, uint32_t bytes, uint8_t flag);

/* Takes a flag other than PRESENT away. */
void stream_clear(struct stream *stream, uint64_t offset, uint32_t bytes, uint8_t flag);

/* Copies bytes out; what is not there is 0. */
void stream_get(const struct stream *stream, uint64_t offset, uint8_t *data, uint32_t bytes);

/* How many of the bytes are KNOWN and differ. */
uint32_t stream_differences(const struct stream *stream, uint64_t offset, const uint8_t *data,
                            uint32_t bytes);

/* The first offset at or after `offset`, at most limit, whose byte has the flag or, for is_set
 * false, lacks it. */
uint64_t stream_find(const struct stream *stream, uint64_t offset, uint64_t limit, uint8_t flag,
                     bool is_set);

void stream_release(struct stream *stream, uint64_t offset);

#endif
