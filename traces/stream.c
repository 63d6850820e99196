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

static struct stream_chunk *make_chunk(struct stream *stream, uint64_t offset)
{
    uint64_t number = offset / STREAM_CHUNK_BYTES;

    if (stream->count == 0)
        stream->first = number;
    if (number < stream->first)
        return NULL; /* released */
    uint32_t index = (uint32_t)(number - stream->first);
    if (index >= stream->count) {
        if (index >= stream->capacity) {
            stream->capacity = MAX(index + 1, 2 * stream->capacity);
            stream->chunks = g_renew(struct stream_chunk *, stream->chunks, stream->capacity);
        }
        memset(stream->chunks + stream->count, 0,
               (index + 1 - stream->count) * sizeof *stream->chunks);
        stream->count = index + 1;
    }
    if (!stream->chunks[index])
        stream->chunks[index] = g_new0(struct stream_chunk, 1);
    return stream->chunks[index];
}

void stream_put(struct stream *stream, uint64_t offset, const uint8_t *data, uint32_t bytes)
{
    if (stream->count == 0)
        stream->first = stream->released / STREAM_CHUNK_BYTES;
    if (offset + bytes > stream->released + STREAM_MAX_SPAN_BYTES)
        return;
    for (uint32_t i = 0; i < bytes; i++) {
        uint64_t at = offset + i;
        struct stream_chunk *chunk = at < stream->released ? NULL : make_chunk(stream, at);
        uint32_t place = (uint32_t)(at % STREAM_CHUNK_BYTES);

        if (!chunk || (chunk->flags[place] & STREAM_PRESENT))
            continue;
        chunk->bytes[place] = data ? data[i] : 0;
        chunk->flags[place] |= (uint8_t)(STREAM_PRESENT | (data ? STREAM_KNOWN : 0));
    }
    stream->end = MAX(stream->end, offset + bytes);
}

uint32_t stream_mark(struct stream *stream, uint64_t offset, uint32_t bytes, uint8_t flag)
{
    uint32_t marked = 0;

    for (uint64_t at = offset; at < offset + bytes; at++) {
        struct stream_chunk *chunk = chunk_at(stream, at);
        uint32_t place = (uint32_t)(at % STREAM_CHUNK_BYTES);

        if (!chunk || !(chunk->flags[place] & STREAM_PRESENT) || (chunk->flags[place] & flag))
            continue;
        chunk->flags[place] |= flag;
        marked++;
    }
    return marked;
}

void stream_get(const struct stream *stream, uint64_t offset, uint8_t *data, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        const struct stream_chunk *chunk = chunk_at(stream, offset + i);

        data[i] = chunk ? chunk->bytes[(offset + i) % STREAM_CHUNK_BYTES] : 0;
    }
}

uint32_t stream_differences(const struct stream *stream, uint64_t offset, const uint8_t *data,
                            uint32_t bytes)
{
    uint32_t differences = 0;

    for (uint32_t i = 0; i < bytes; i++) {
        const struct stream_chunk *chunk = chunk_at(stream, offset + i);
        uint32_t place = (uint32_t)((offset + i) % STREAM_CHUNK_BYTES);

        if (chunk && (chunk->flags[place] & STREAM_KNOWN) && chunk->bytes[place] != data[i])
            differences++;
    }
    return differences;
}

uint64_t stream_present_end(const struct stream *stream, uint64_t offset)
{
    while (offset < stream->end) {
        const struct stream_chunk *chunk = chunk_at(stream, offset);

        if (!chunk || !(chunk->flags[offset % STREAM_CHUNK_BYTES] & STREAM_PRESENT))
            break;
        offset++;
    }
    return offset;
}

void stream_release(struct stream *stream, uint64_t offset)
{
    if (offset <= stream->released)
        return;
    stream->released = offset;
    uint64_t keep = offset / STREAM_CHUNK_BYTES;
    uint32_t gone = keep > stream->first ? (uint32_t)MIN(keep - stream->first, stream->count) : 0;

    for (uint32_t i = 0; i < gone; i++)
        g_free(stream->chunks[i]);
    memmove(stream->chunks, stream->chunks + gone, (stream->count - gone) * sizeof *stream->chunks);
    stream->count -= gone;
    stream->first += gone;
}
