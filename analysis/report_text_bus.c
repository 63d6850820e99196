#include "analysis/report_text_bus.h"

#include <glib.h>
#include <string.h>

static struct report_master *row_of(struct report_master *rows, unsigned count, const char *bus, const char *name)
{
    for (unsigned i = 0; i < count; i++)
        if (!strcmp(rows[i].bus, bus) && !strcmp(rows[i].name, name))
            return &rows[i];
    return NULL;
}

unsigned report_masters(const struct results *results, struct report_master **rows)
{
    unsigned count = 0;

    *rows = g_new0(struct report_master, results->master_count + 1);
    for (unsigned i = 0; i < results->master_count; i++) {
        const struct results_master *master = &results->masters[i];
        const char *name = master->group ? master->group : master->name;
        struct report_master *row = row_of(*rows, count, master->bus, name);

        if (!master->requests)
            continue;
        if (!row) {
            row = &(*rows)[count++];
            *row = (struct report_master){.bus = master->bus, .name = name};
        }
        row->masters++;
        row->requests += master->requests;
        row->beats += master->beats;
        row->mean_wait_ps += (double)master->wait_ps;
        row->share += master->share;
    }
    for (unsigned i = 0; i < count; i++)
        (*rows)[i].mean_wait_ps /= (double)(*rows)[i].requests;
    return count;
}
