/* command_sweep_lists.c - a sweep over numbers of processors in which more of them gain twice: lwIP walks a list of its
 * connections, and with more processors each has fewer. Says so, because the curve is then not the processors' alone. */
#include "sim/command_sweep.h"

#include <jansson.h>
#include <string.h>

enum { LEAST_GAIN_PERCENT = 5 };

struct lists { /* of one point */
    size_t processors;
    double cycles_a_frame, connections; /* of all processors; a processor, at once */
};

/* False: there is no report, no frame, or the connections are found otherwise. */
static bool read_point(const char *folder, const struct sweep_point *point, struct lists *lists)
{
    char *path = g_build_filename(folder, "points", point->id, "report.json", NULL);
    json_t *report = json_load_file(path, 0, NULL);
    const json_t *processors = json_object_get(report, "processors");
    double busy = 0, frames = 0, connections = 0;
    bool is_list = true;
    const json_t *each;
    size_t i;

    json_array_foreach(processors, i, each)
    {
        busy += json_number_value(json_object_get(each, "busy_cycles"));
        frames += json_number_value(json_object_get(each, "frames"));
        connections += json_number_value(json_object_get(each, "connections_most"));
        is_list &= g_strcmp0(json_string_value(json_object_get(each, "lookup")), "list") == 0;
    }
    lists->processors = json_array_size(processors);
    lists->cycles_a_frame = frames > 0 ? busy / frames : 0;
    lists->connections = lists->processors ? connections / (double)lists->processors : 0;
    json_decref(report);
    g_free(path);
    return is_list && lists->cycles_a_frame > 0;
}

void sweep_warn_of_lists(const struct sweep_plan *plan, const char *folder, struct diagnostics *diagnostics)
{
    struct lists fewest = {0}, most = {0}, lists;

    for (unsigned i = 0; i < plan->points->len; i++) {
        if (!read_point(folder, g_ptr_array_index(plan->points, i), &lists))
            continue;
        if (!fewest.processors || lists.processors < fewest.processors)
            fewest = lists;
        if (lists.processors > most.processors)
            most = lists;
    }
    double gain_percent = most.cycles_a_frame > 0 ? 100 * (fewest.cycles_a_frame / most.cycles_a_frame - 1) : 0;

    if (most.processors <= fewest.processors || most.connections >= fewest.connections ||
        gain_percent <= LEAST_GAIN_PERCENT)
        return;
    diagnostic_warning(diagnostics, NULL, 0,
                       "part of the speed-up comes from shorter lists: a frame costs %.0f cycles on %zu processor%s with %.0f "
                       "connections each at once, and %.0f on %zu with %.0f; processor.NAME.lookup=hash separates the two",
                       fewest.cycles_a_frame, fewest.processors, fewest.processors == 1 ? "" : "s", fewest.connections,
                       most.cycles_a_frame, most.processors, most.connections);
}
