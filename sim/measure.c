#include "sim/measure.h"

#include "sim/parameter.h"

#include <glib.h>
#include <string.h>

static bool parse_count(struct measure_extent *extent, const char *text, const char *word, char **wrong)
{
    static const struct parameter number = {.key = "count", .type = PARAMETER_COUNT, .max = 1000000000000};
    char *digits = g_strstrip(g_strndup(text, (gsize)(word - text)));
    bool fine = parameter_parse(&number, digits, &extent->count, wrong);

    g_free(digits);
    return fine;
}

bool measure_parse(struct measure_extent *extent, const char *text, char **wrong)
{
    static const struct parameter time = {
        .key = "time", .type = PARAMETER_TIME, .max = 1000000 * PS_PER_SECOND};
    const char *word = text + strcspn(text, "fcFC"); /* no unit of time has them */
    bool fine;

    *extent = (struct measure_extent){MEASURE_NONE, 0};
    if (!*text)
        return true;
    if (!strcmp(word, "frames") || !strcmp(word, "frame")) {
        extent->unit = MEASURE_FRAMES;
        fine = parse_count(extent, text, word, wrong);
    } else if (!strcmp(word, "connections") || !strcmp(word, "connection")) {
        extent->unit = MEASURE_CONNECTIONS;
        fine = parse_count(extent, text, word, wrong);
    } else {
        extent->unit = MEASURE_TIME;
        fine = parameter_parse(&time, text, &extent->count, wrong);
    }
    if (!fine) {
        char *why = *wrong;

        *wrong = g_strdup_printf("%s; expected a time (5ms), frames (10k frames) or connections (500 connections)", why);
        g_free(why);
        return false;
    }
    if (extent->unit == MEASURE_TIME && extent->count && extent->count < MEASURE_NOTICE_PS) {
        *wrong = g_strdup("too short: expected 10us or more");
        return false;
    }
    if (extent->count == 0)
        extent->unit = MEASURE_NONE;
    return true;
}

static void parse_key(const struct measure *measure, const char *key, const char *text, struct measure_extent *extent,
                      struct diagnostics *diagnostics)
{
    char *wrong = NULL;

    if (!measure_parse(extent, text, &wrong))
        part_error(&measure->part, diagnostics, key, "%s", wrong);
    g_free(wrong);
}

static void measure_init(struct part *part, struct diagnostics *diagnostics)
{
    struct measure *measure = (struct measure *)part;

    parse_key(measure, "warmup", measure->warmup_text, &measure->warmup, diagnostics);
    parse_key(measure, "duration", measure->duration_text, &measure->duration, diagnostics);
    parse_key(measure, "cooldown", measure->cooldown_text, &measure->cooldown, diagnostics);
    if (measure->cooldown.unit != MEASURE_NONE && measure->duration.unit == MEASURE_NONE)
        part_error(part, diagnostics, "cooldown", "comes after a duration: give one");
}

static const struct parameter parameters[] = {
    {"warmup", PARAMETER_TEXT, offsetof(struct measure, warmup_text), "", 1, 100, NULL,
     "From the first frame on, not measured: a time (5ms), frames offered (10k frames) or connections opened (500 "
     "connections)."},
    {"duration", PARAMETER_TEXT, offsetof(struct measure, duration_text), "", 1, 100, NULL,
     "From then on, measured: the same; without, to the end of the run."},
    {"cooldown", PARAMETER_TEXT, offsetof(struct measure, cooldown_text), "", 1, 100, NULL,
     "From then on, not measured, then the run ends: the same; without, the run goes on to its own end."},
    {0},
};

const struct part_kind measure_kind = {
    .name = "measure",
    .help = "The part of a run that its figures are of.",
    .size = sizeof(struct measure),
    .parameters = parameters,
    .single = true,
    .init = measure_init,
};
