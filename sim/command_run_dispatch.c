/* command_run_dispatch.c - the tables of the dispatches as they were at the end, and what went by each entry and rule. */
#include "sim/command_run.h"

#include "analysis/result_file.h"
#include "models/dispatch.h"

#include <glib.h>

static const char *name_of(const struct dispatch *dispatch, unsigned place)
{
    return dispatch->processor_list.list[place]->name;
}

static void add_tables(GString *text, const struct dispatch *dispatch)
{
    for (unsigned context = 0; context <= DISPATCH_MAX_CONTEXTS; context++) {
        const struct indirection *table = &dispatch->tables[context];

        for (unsigned entry = 0; entry < table->entries; entry++)
            g_string_append_printf(text, "%s,%s,%u,%u,%s,%llu\n", dispatch->part.name, context ? "context" : "table",
                                   context, entry, name_of(dispatch, table->place[entry]),
                                   (unsigned long long)table->frames[entry]);
    }
}

static void add_rules(GString *text, const struct dispatch *dispatch)
{
    for (unsigned i = 0; i < dispatch->rule_lines.count; i++) {
        const struct dispatch_rule *rule = &dispatch->rules[i];

        g_string_append_printf(text, "%s,rule,%s,,", dispatch->part.name, dispatch->rule_lines.lines[i].word);
        if (rule->target == TARGET_DROP)
            g_string_append(text, "drop");
        else if (rule->target == TARGET_DEFAULT)
            g_string_append(text, "default");
        else if (rule->target == TARGET_CONTEXT)
            g_string_append_printf(text, "context %u", rule->context);
        else
            for (unsigned k = 0; k < rule->count; k++)
                g_string_append_printf(text, "%s%s", k ? " " : "", name_of(dispatch, rule->places[k]));
        g_string_append_printf(text, ",%llu\n", (unsigned long long)rule->frames);
    }
}

void run_write_dispatch(const struct run *run, const char *directory, struct diagnostics *diagnostics)
{
    char *path = g_build_filename(directory, "dispatch.csv", NULL);
    GString *text = g_string_new("dispatch,what,number,entry,target,frames\n");

    for (unsigned i = 0; i < run->sim->part_count; i++)
        if (run->sim->parts[i]->kind == &dispatch_kind) {
            add_tables(text, (const struct dispatch *)run->sim->parts[i]);
            add_rules(text, (const struct dispatch *)run->sim->parts[i]);
        }
    result_file_write(path, text->str, text->len, diagnostics);
    g_string_free(text, TRUE);
    g_free(path);
}
