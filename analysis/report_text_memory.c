#include "analysis/report_text_memory.h"

#include "analysis/format.h"

#include <glib.h>
#include <string.h>

static uint64_t value_of(const struct results_part *part, const char *name)
{
    for (unsigned i = 0; i < part->statistic_count; i++)
        if (!strcmp(part->statistics[i].name, name))
            return part->statistics[i].value;
    return 0;
}

char *report_memory_sentence(const struct results_part *part)
{
    uint64_t hits = value_of(part, "row_hits"), closed = value_of(part, "row_closed");
    uint64_t conflicts = value_of(part, "row_conflicts");
    double bursts = (double)(hits + closed + conflicts);

    if (strcmp(part->kind, "memory") || bursts == 0)
        return NULL;
    struct format_text hit_share = format_share((double)hits / bursts);
    struct format_text closed_share = format_share((double)closed / bursts);
    struct format_text conflict_share = format_share((double)conflicts / bursts);
    struct format_text pins = format_share(part->utilisation);
    struct format_text refreshes = format_count(value_of(part, "refreshes"));
    return g_strdup_printf("Memory %s: %s of its bursts hit an open row, %s found the bank closed, %s another row; "
                           "%s of its bandwidth used, %s refreshes.",
                           part->name, hit_share.s, closed_share.s, conflict_share.s, pins.s, refreshes.s);
}
