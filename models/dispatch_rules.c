#include "models/dispatch_rules.h"

#include <glib.h>
#include <string.h>

static bool add_matching(struct dispatch_rule *rule, const char *pattern, const struct part_list *processors)
{
    bool any = false;

    for (unsigned i = 0; i < processors->count; i++)
        if (g_pattern_match_simple(pattern, processors->list[i]->name)) {
            any = true;
            rule->places[rule->count++] = (uint16_t)i;
        }
    return any;
}

static bool parse_processors(struct dispatch_rule *rule, const char *text, const struct part_list *processors,
                             char **wrong)
{
    char **words = g_strsplit_set(text, " ,\t", -1);

    rule->places = g_new(uint16_t, (gsize)processors->count * (g_strv_length(words) + 1));
    for (char **word = words; *word && !*wrong; word++)
        if (**word && !add_matching(rule, *word, processors))
            *wrong = g_strdup_printf("'%s' is no processor of this dispatch, nor drop, default or context N", *word);
    g_strfreev(words);
    if (!*wrong && !rule->count)
        *wrong = g_strdup("nothing behind '->': expected processors, drop, default or context N");
    return !*wrong;
}

bool dispatch_rule_parse(struct dispatch_rule *rule, const char *text, const struct part_list *processors,
                         char **wrong)
{
    const char *arrow = g_strrstr(text, "->");

    *wrong = NULL;
    if (!arrow) {
        *wrong = g_strdup("expected FILTER -> TARGET, as in 'tcp port 80 -> pp0,pp1' or 'udp -> drop'");
        return false;
    }
    char *expression = g_strstrip(g_strndup(text, (gsize)(arrow - text)));
    char *target = g_strstrip(g_strdup(arrow + 2)), *end;

    if (!*expression)
        *wrong = g_strdup("no filter before '->'");
    else
        rule->filter = filter_new(expression, wrong);
    if (*wrong) {
        /* said */
    } else if (!strcmp(target, "drop")) {
        rule->target = TARGET_DROP;
    } else if (!strcmp(target, "default")) {
        rule->target = TARGET_DEFAULT;
    } else if (g_str_has_prefix(target, "context ")) {
        guint64 number = g_ascii_strtoull(target + 8, &end, 10);

        rule->target = TARGET_CONTEXT;
        if (end == target + 8 || *end || number > DISPATCH_MAX_CONTEXTS)
            *wrong = g_strdup_printf("'%s': expected context N, N up to %d", target, DISPATCH_MAX_CONTEXTS);
        else
            rule->context = (unsigned)number;
    } else {
        rule->target = TARGET_PROCESSORS;
        parse_processors(rule, target, processors, wrong);
    }
    g_free(target);
    g_free(expression);
    return !*wrong;
}

void dispatch_rule_free(struct dispatch_rule *rule)
{
    filter_free(rule->filter);
    g_free(rule->places);
    rule->filter = NULL;
    rule->places = NULL;
}
