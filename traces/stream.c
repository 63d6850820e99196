/* stream.c - a window of chunks over a stream of bytes, each byte with its flags. */
#include "traces/stream.h"

#include <glib.h>
#include <string.h>

struct stream_chunk {
    uint8_t bytes[STREAM_CHUNK_BYTES], flags[STREAM_CHUNK_BYTES];
};

void stream_free(struct stream *stream)
{
    for (uint32_t i = 0; i < stream->count; i++)
        g_free(stream->chunks[i]);
    g_free(stream->chunks);
    *stream = (struct stream){0};
}

static struct stream_chunk *chunk_at(const struct stream *stream, uint64_t offset)
{
    uint64_t number = offset / STREAM_CHUNK_BYTES;

    return number >= stream->first && number - stream->first < stream->count
               ? stream->chunks[number - stream->first]
               : NULL;
}

/* offset is not below the release and not beyond the span. */
static struct stream_chunk *make_chunk(struct stream *stream, uint64_t offset)
{
    if (stream->count == 0)
        stream->first = stream->released / STREAM_CHUNK_BYTES;
    uint32_t index = (uint32_t)(offset / STREAM_CHUNK_BYTES - stream->first);
    if (index >= stream->capacity) {
        stream->capacity = MAX(index + 1, 2 * stream->capacity);
        stream->chunks = g_renew(struct stream_chunk *, stream->chunks, stream->capacity);
    }
    if (index >= stream->count) {
        memset(stream->chunks + stream->count, 0,
               (index + 1 - stream->count) * sizeof *stream->chunks);
        stream->count = index + 1;
    }
    if (!stream->chunks[index])
        stream->chunks[index] = g_new0(struct stream_chunk, 1);
    return stream->chunks[index];
}

/* How many of the bytes from offset on lie in its chunk. */
static uint32_t in_chunk(uint64_t offset, uint64_t bytes)
{
    return (uint32_t)MIN(bytes, STREAM_CHUNK_BYTES - offset % STREAM_CHUNK_BYTES);
}

void stream_put(struct stream *stream, uint64_t offset, const uint8_t *data, uint32_t bytes)
{
    uint64_t end = offset + bytes;

    if (end > stream->released + STREAM_MAX_SPAN_BYTES || end <= stream->released)
        return;
    if (offset < stream->released) {
        data = data ? data + (stream->released - offset) : NULL;
        offset = stream->released;
    }
    stream->end = MAX(stream->end, end);
    for (uint32_t step; offset < end; offset += step) {
        struct stream_chunk *chunk = make_chunk(stream, offset);
        uint32_t at = (uint32_t)(offset % STREAM_CHUNK_BYTES);

        step = in_chunk(offset, end - offset);
        for (uint32_t i = 0; i < step; i++) {
            if (chunk->flags[at + i] & STREAM_PRESENT) {
                if (data && chunk->bytes[at + i] != data[i]) /* who knows which of them arrives */
                    chunk->flags[at + i] &= (uint8_t)~STREAM_KNOWN;
                continue;
            }
            chunk->bytes[at + i] = data ? data[i] : 0;
            chunk->flags[at + i] |= (uint8_t)(STREAM_PRESENT | (data ? STREAM_KNOWN : 0));
        }
        data = data ? data + step : NULL;
    }
}

uint32_t stream_mark(struct stream *stream, uint64_t offset, uint32_t bytes, uint8_t flag)
{
    uint32_t marked = 0;
    uint64_t end = offset + bytes;

    for (uint32_t step; offset < end; offset += step) {
        struct stream_chunk *chunk = chunk_at(stream, offset);
        uint32_t at = (uint32_t)(offset % STREAM_CHUNK_BYTES);

        step = in_chunk(offset, end - offset);
        for (uint32_t i = at; chunk && i < at + step; i++) {
            if ((chunk->flags[i] & (STREAM_PRESENT | flag)) != STREAM_PRESENT)
                continue;
            chunk->flags[i] |= flag;
            marked++;
        }
    }
    return marked;
}

void stream_clear(struct stream *stream, uint64_t offset, uint32_t bytes, uint8_t flag)
{
    uint64_t end = offset + bytes;

    for (uint32_t step; offset < end; offset += step) {
        struct stream_chunk *chunk = chunk_at(stream, offset);
        uint32_t at = (uint32_t)(offset % STREAM_CHUNK_BYTES);

        step = in_chunk(offset, end - offset);
        for (uint32_t i = at; chunk && i < at + step; i++)
            chunk->flags[i] &= (uint8_t)~flag;
    }
}

void stream_get(const struct stream *stream, uint64_t offset, uint8_t *data, uint32_t bytes)
{
    uint64_t end = offset + bytes;

    for (uint32_t step; offset < end; offset += step, data += step) {
        const struct stream_chunk *chunk = chunk_at(stream, offset);

        step = in_chunk(offset, end - offset);
        if (chunk)
            memcpy(data, chunk->bytes + offset % STREAM_CHUNK_BYTES, step);
        else
            memset(data, 0, step);
    }
}

uint32_t stream_differences(const struct stream *stream, uint64_t offset, const uint8_t *data,
                            uint32_t bytes)
{
    uint32_t differences = 0;
    uint64_t end = offset + bytes;

    for (uint32_t step; offset < end; offset += step, data += step) {
        const struct stream_chunk *chunk = chunk_at(stream, offset);
        uint32_t at = (uint32_t)(offset % STREAM_CHUNK_BYTES);

        step = in_chunk(offset, end - offset);
        for (uint32_t i = 0; chunk && i < step; i++)
            differences += (chunk->flags[at + i] & STREAM_KNOWN) && chunk->bytes[at + i] != data[i];
    }
    return differences;
}

uint64_t stream_find(const struct stream *stream, uint64_t offset, uint64_t limit, uint8_t flag,
                     bool is_set)
{
    for (uint32_t step; offset < limit; offset += step) {
        const struct stream_chunk *chunk = chunk_at(stream, offset);
        uint32_t at = (uint32_t)(offset % STREAM_CHUNK_BYTES);

        step = in_chunk(offset, limit - offset);
        if (!chunk && !is_set)
            return offset;
        for (uint32_t i = 0; chunk && i < step; i++)
            if (((chunk->flags[at + i] & flag) != 0) == is_set)
                return offset + i;
    }
    return limit;
}

void stream_release(struct stream *stream, uint64_t offset)
{
    if (offset <= stream->released)
        return;
    stream->released = offset;
    uint64_t keep = offset / STREAM_CHUNK_BYTES;
    uint32_t gone = keep > stream->first ? (uint32_t)MIN(keep - stream->first, stream->count) : 0;

    if (offset >= stream->end)
        gone = stream->count; /* an idle connection keeps nothing */
    if (gone == 0)
        return;
    for (uint32_t i = stream->gone; i < gone; i++)
        g_clear_pointer(&stream->chunks[i], g_free);
    stream->gone = MAX(stream->gone, gone);
    if (gone < stream->count && 2 * gone < stream->count)
        return; /* moving each of many a chunk further at each release would be quadratic */
    stream->gone = 0;
    memmove(stream->chunks, stream->chunks + gone, (stream->count - gone) * sizeof *stream->chunks);
    stream->count -= gone;
    stream->first += gone;
    if (stream->count == 0) {
        g_free(stream->chunks);
        stream->chunks = NULL;
        stream->capacity = 0;
    }
}
