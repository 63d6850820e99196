/* stream.h - the bytes of one direction of a connection, as far as they are under way.
 *
 * Offsets count from the first byte of the stream. Bytes are put in any order; each carries flags. What was
 * released is gone; what was never put reads as 0 and has no flags. Memory follows the distance between the
 * release and the end.
 */
#ifndef TRACES_STREAM_H
#define TRACES_STREAM_H

#include <stdbool.h>
#include <stdint.h>

enum {
    STREAM_CHUNK_BYTES = 512,
    STREAM_MAX_SPAN_BYTES = 64 << 20, /* put() ignores what lies further ahead: no sane window is larger */

    STREAM_PRESENT = 1,   /* has a value, if only padding */
    STREAM_KNOWN = 2,     /* the value is the capture's */
    STREAM_TAKEN = 4,     /* was on the wire */
    STREAM_DELIVERED = 8, /* reached the host */
};

struct stream_chunk;

struct stream {
    struct stream_chunk **chunks; /* owned; NULL entries: nothing was put there */
    uint64_t first;               /* chunk number of chunks[0] */
    uint32_t count, capacity;
    uint64_t released, end; /* offsets: nothing below is asked for again; one past the last byte put */
};

void stream_free(struct stream *stream); /* a zeroed structure is an empty stream */

/* Puts bytes where none are PRESENT yet. data NULL: padding, PRESENT but not KNOWN. */
void stream_put(struct stream *stream, uint64_t offset, const uint8_t *data, uint32_t bytes);

/* Sets a flag on PRESENT bytes; returns how many did not have it. */
uint32_t stream_mark(struct stream *stream, uint64_t offset, uint32_t bytes, uint8_t flag);

/* Copies bytes out; what is not there is 0. */
void stream_get(const struct stream *stream, uint64_t offset, uint8_t *data, uint32_t bytes);

/* How many of the bytes are KNOWN and differ. */
uint32_t stream_differences(const struct stream *stream, uint64_t offset, const uint8_t *data,
                            uint32_t bytes);

/* The first offset at or after `offset` whose byte is not PRESENT. */
uint64_t stream_present_end(const struct stream *stream, uint64_t offset);

void stream_release(struct stream *stream, uint64_t offset);

#endif
