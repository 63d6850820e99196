/* core_timing.c - the presets. Sources: Ibex, its RTL (2026) with memories that grant at once and
 * answer in the next cycle; CV32E40P, its user manual, chapter Pipeline (its divider's count for
 * negative divisors, which the manual leaves open, is the RTL's). */
#include "models/core.h"

#include <stddef.h>
#include <string.h>

static const struct core_timing presets[] = {
    {
        .name = "ibex-small",
        .description = "lowRISC Ibex, two stages, fast multi-cycle multiplier",
        .integer = 1,
        .load = 2,
        .store = 2,
        .crossing = 1,
        .mul = 3,
        .mulh = 4,
        .divide = 37,
        .divide_by_zero = 2,
        .branch = 1,
        .branch_taken = 3,
        .jump = 2,
        .unaligned = 1,
        .fence_i = 2,
        .csr_read = 1,
        .csr_write = 3,
        .trap = 3,
        .mret = 3,
        .wfi = 1,
    },
    {
        .name = "ibex-maxperf",
        .description =
            "lowRISC Ibex, single-cycle multiplier, branch target unit, write-back stage",
        .integer = 1,
        .load = 1,
        .store = 1,
        .crossing = 1,
        .load_use = 1,
        .mul = 1,
        .mulh = 2,
        .divide = 37,
        .divide_by_zero = 2,
        .branch = 1,
        .branch_taken = 2,
        .jump = 2,
        .unaligned = 1,
        .fence_i = 2,
        .csr_read = 1,
        .csr_write = 3,
        .trap = 3,
        .mret = 3,
        .wfi = 1,
    },
    {
        .name = "cv32e40p",
        .description = "OpenHW CV32E40P, four stages, by its manual",
        .integer = 1,
        .load = 1,
        .store = 1,
        .crossing = 1,
        .load_use = 1,
        .mul = 1,
        .mulh = 5,
        .divide = 3,
        .divide_by_zero = 35,
        .divide_leading_zeros = true,
        .branch = 1,
        .branch_taken = 3,
        .jump = 2,
        .jalr_use = 1,
        .unaligned = 1,
        .fence_i = 2,
        .csr_read = 1,
        .csr_write = 4,
        .csr_write_few = true,
        .csr_read_slow = true,
        .trap = 3, /* not in the manual's table: a trap and mret as taken branches */
        .mret = 3,
        .wfi = 1,
    },
    {
        .name = "ideal",
        .description = "every instruction and every trap takes one cycle",
        .integer = 1,
        .load = 1,
        .store = 1,
        .mul = 1,
        .mulh = 1,
        .divide = 1,
        .divide_by_zero = 1,
        .branch = 1,
        .branch_taken = 1,
        .jump = 1,
        .fence_i = 1,
        .csr_read = 1,
        .csr_write = 1,
        .trap = 1,
        .mret = 1,
        .wfi = 1,
    },
};

const struct core_timing *core_timing_at(unsigned index)
{
    return index < sizeof presets / sizeof presets[0] ? &presets[index] : NULL;
}

const struct core_timing *core_timing(const char *preset)
{
    for (unsigned i = 0; i < sizeof presets / sizeof presets[0]; i++)
        if (strcmp(presets[i].name, preset) == 0)
            return &presets[i];
    return NULL;
}
