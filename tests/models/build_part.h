/* build_part.h - parts for tests as a scenario would make them: all keys at their defaults, then
 * what the test says. Parts are named in order; a key of type PART takes the part by
 * part_wire_to(). */
#ifndef TESTS_MODELS_BUILD_PART_H
#define TESTS_MODELS_BUILD_PART_H

#include "sim/parameter.h"
#include "sim/sim.h"

#include <check.h>
#include <string.h>

static inline const struct parameter *part_parameter(const struct part *part, const char *key)
{
    const struct parameter *parameter = part->kind->parameters;

    while (parameter->key && strcmp(parameter->key, key))
        parameter++;
    ck_assert_msg(parameter->key != NULL, "%s has no key %s", part->kind->name, key);
    return parameter;
}

static inline void part_set(struct part *part, const char *key, const char *text)
{
    const struct parameter *parameter = part_parameter(part, key);
    char *wrong = NULL;

    ck_assert_msg(parameter_parse(parameter, text, (char *)part + parameter->offset, &wrong),
                  "%s = %s: %s", key, text, wrong);
}

static inline void part_wire_to(struct part *part, const char *key, struct part *other)
{
    *(struct part **)((char *)part + part_parameter(part, key)->offset) = other;
}

/* Texts are left out: they would have to be released. */
static inline struct part *part_build(struct sim *sim, const struct part_kind *kind,
                                      const char *name)
{
    struct part *part = sim_add_part(sim, kind, name);

    for (const struct parameter *parameter = kind->parameters; parameter->key; parameter++)
        if (parameter->default_text && parameter->type != PARAMETER_PART &&
            parameter->type != PARAMETER_PARTS && parameter->type != PARAMETER_TEXT &&
            parameter->type != PARAMETER_PATH && parameter->type != PARAMETER_LINES)
            part_set(part, parameter->key, parameter->default_text);
    return part;
}

static inline uint64_t part_statistic(const struct part *part, const char *name)
{
    const struct statistic *statistic = part->kind->statistics;

    while (statistic->name && strcmp(statistic->name, name))
        statistic++;
    ck_assert_msg(statistic->name != NULL, "%s has no statistic %s", part->kind->name, name);
    return *(const uint64_t *)((const char *)part + statistic->offset);
}

static inline void parts_wire(struct sim *sim)
{
    struct diagnostics diagnostics;
    bool good;

    diagnostics_init(&diagnostics);
    good = sim_wire(sim, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    ck_assert(good);
    diagnostics_clear(&diagnostics);
}

#endif
