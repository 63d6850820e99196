/* dispatch_rules.h - rules ahead of the hash: FILTER -> TARGET, the first that matches decides.
 *
 *     tcp port 80 -> pp0,pp1      by the hash among these processors (names, with * and ?)
 *     udp -> drop                 discarded, and counted as that
 *     vlan 7 -> context 1         by the hash through another indirection table
 *     net 10.0.0.0/8 -> default   as without rules: what is left of the frames goes on to later rules no more
 *
 * The filter is in the syntax of pcap-filter(7). In hardware it is a ternary match memory beside the parser: rules cost
 * no time, however many.
 */
#ifndef MODELS_DISPATCH_RULES_H
#define MODELS_DISPATCH_RULES_H

#include "sim/sim.h"
#include "traces/filter.h"

enum { DISPATCH_MAX_RULES = 1024, DISPATCH_MAX_CONTEXTS = 64 };

enum dispatch_target { TARGET_PROCESSORS, TARGET_DROP, TARGET_CONTEXT, TARGET_DEFAULT };

struct dispatch_rule {
    const char *key; /* as given: rule.1 */
    struct filter *filter;
    enum dispatch_target target;
    unsigned context;  /* its number */
    uint16_t *places;  /* of the processors in the dispatch's list */
    unsigned count;
    uint64_t turn;   /* of round-robin among them */
    uint64_t frames; /* that matched */
};

/* False: *wrong says why (g_free()). processors: those of the dispatch. */
bool dispatch_rule_parse(struct dispatch_rule *rule, const char *text, const struct part_list *processors,
                         char **wrong);
void dispatch_rule_free(struct dispatch_rule *rule);

#endif
