#include "traces/source.h"

#include <glib.h>

struct source {
    struct capture *capture;     /* or */
    struct generator *generator; /* one of them */
};

struct source *source_open(const char *path, const struct generate_config *generate, struct diagnostics *diagnostics)
{
    struct capture *capture = generate ? NULL : capture_open(path, diagnostics);

    if (!generate && !capture)
        return NULL;
    struct source *source = g_new(struct source, 1);
    *source = (struct source){capture, generate ? generator_new(generate) : NULL};
    return source;
}

void source_close(struct source *source)
{
    if (!source)
        return;
    if (source->capture)
        capture_close(source->capture);
    generator_free(source->generator);
    g_free(source);
}

enum capture_status source_next(struct source *source, struct capture_frame *frame)
{
    return source->capture ? capture_next(source->capture, frame) : generator_next(source->generator, frame);
}

bool source_was_cut(const struct source *source)
{
    return source->capture && capture_was_cut(source->capture);
}

int source_read_per_1000(const struct source *source)
{
    return source->capture ? capture_read_per_1000(source->capture) : -1;
}
