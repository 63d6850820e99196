/* kinds.h - the table of the kinds of parts. A new kind is one line in kinds.c. */
#ifndef SIM_KINDS_H
#define SIM_KINDS_H

#include "sim/part.h"

extern const struct part_kind *const part_kinds[]; /* ends with NULL */

#endif
