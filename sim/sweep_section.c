#include "sim/sweep_section.h"

static const struct parameter parameters[] = {
    {"vary", PARAMETER_LINES, offsetof(struct sweep_section, vary), "", 3, 65536, NULL,
     "What is varied, as vary.N = SECTION.NAME.KEY=VALUE,VALUE,... or a range: processor.pp.count=1..16*2."},
    {0},
};

static const char *const neutral_keys[] = {"vary", NULL};

const struct part_kind sweep_section_kind = {
    .name = "sweep",
    .help = "What polynic sweep varies, if its command line does not say.",
    .size = sizeof(struct sweep_section),
    .parameters = parameters,
    .single = true,
    .neutral_keys = neutral_keys,
};
