/* command_capture.h - the option --capture of commands that simulate. */
#ifndef SIM_COMMAND_CAPTURE_H
#define SIM_COMMAND_CAPTURE_H

#include "sim/diagnostic.h"

#include <glib.h>

/* --capture is --set of the only traffic section: "traffic.NAME.capture=FILE" is appended to sets (of char *). capture
 * may be NULL: then nothing is done. Other mistakes of the scenario are left for its real loading. */
void command_set_capture(const char *scenario, const char *capture, GPtrArray *sets, struct diagnostics *diagnostics);

#endif
