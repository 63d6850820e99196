#include "sim/command_capture.h"

#include "sim/kinds.h"
#include "sim/scenario.h"

#include <string.h>

void command_set_capture(const char *path, const char *capture, GPtrArray *sets, struct diagnostics *diagnostics)
{
    struct diagnostics others;
    const char *name = NULL;

    if (!capture)
        return;
    diagnostics_init(&others);
    struct scenario *scenario = scenario_load(path, NULL, part_kinds, &others);

    for (unsigned i = 0; scenario && i < scenario->section_count; i++) {
        if (strcmp(scenario->sections[i]->kind, "traffic"))
            continue;
        if (name)
            diagnostic_error(diagnostics, "--capture", 0,
                             "the scenario has several [traffic] sections: say which by --set "
                             "traffic.NAME.capture=FILE");
        name = scenario->sections[i]->name;
    }
    if (name) {
        g_ptr_array_add(sets, g_strdup_printf("traffic.%s.mode=replay", name));
        g_ptr_array_add(sets, g_strdup_printf("traffic.%s.capture=%s", name, capture));
    }
    if (!name && scenario)
        diagnostic_error(diagnostics, "--capture", 0, "the scenario has no [traffic] section");
    scenario_free(scenario);
    diagnostics_clear(&others);
}
