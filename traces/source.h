/* source.h - where a replay's frames come from: a capture, or the generator. */
#ifndef TRACES_SOURCE_H
#define TRACES_SOURCE_H

#include "traces/capture.h"
#include "traces/generate.h"

struct source;

/* The generator, if generate is not NULL, else the capture at path. NULL on an error, as capture_open(). */
struct source *source_open(const char *path, const struct generate_config *generate, struct diagnostics *diagnostics);
void source_close(struct source *source); /* NULL is allowed */

enum capture_status source_next(struct source *source, struct capture_frame *frame);

bool source_was_cut(const struct source *source);        /* as capture_was_cut() */
int source_read_per_1000(const struct source *source);   /* as capture_read_per_1000() */

#endif
