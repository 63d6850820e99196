/* wiring.h - a scenario as a picture: what is there, what differs from the defaults, what is wired
 * to what.
 *
 * As text, for a terminal. A section is one entry; what several parts are wired to is a rail on the
 * right:
 *
 *                                         card  host
 *     bus card        width = 256bit       #     |
 *     memory packet                        |     |
 *         bus -> card                      o     |
 *     bridge pci      latency = 500ns      |     |
 *         card_bus -> card                 o     |
 *         host_bus -> host                 |     o
 *     processor pp x4                      |
 *         bus -> card                      o
 *
 * '#' is the part itself, 'o' where a part is wired to it. As a graph, for Graphviz: a shape a
 * kind, a labelled edge a reference; nothing depends on Graphviz being there.
 */
#ifndef SIM_WIRING_H
#define SIM_WIRING_H

#include "sim/scenario.h"

/* After a scenario_build() without errors. */
void wiring_print(const struct scenario *scenario, FILE *stream);
void wiring_print_dot(const struct scenario *scenario, FILE *stream);

#endif
