/* card_bed.h - a whole card with its host for tests: from a scenario text, without the world outside. */
#ifndef TESTS_MODELS_CARD_BED_H
#define TESTS_MODELS_CARD_BED_H

#include "models/dispatch.h"
#include "models/host.h"
#include "models/port.h"
#include "models/processor.h"
#include "sim/scenario.h"
#include "sim/sim.h"

struct card_bed {
    struct sim sim;
    struct scenario *scenario;
    struct diagnostics diagnostics;
    struct ledger ledger;
    struct port *port; /* eth0 */
    struct processor *processors[256];
    unsigned processor_count;
};

/* keys: overrides as --set has them, separated by blanks ("processor.pp.count=2 bus.card.width=64bit"); every
 * processor runs the program at firmware. One port of 10 Gbit/s, bus and cores of 500 MHz. Fails the test if the
 * scenario has an error. */
void card_bed_init(struct card_bed *bed, const char *firmware, const char *keys);
void card_bed_free(struct card_bed *bed);

/* Compiles C with the hardware header included, whose entry is run(), to an image; returns its path, valid until the
 * next call. What run() returns is dropped: the core then sleeps. */
const char *card_bed_compile(const char *source);

/* A word of local memory by its symbol. */
uint32_t card_bed_word(const struct card_bed *bed, unsigned processor, const char *symbol);

/* Puts a frame on the wire: 10.0.0.1:1000 -> 10.0.0.2:port, UDP, so many payload bytes, checksums right. */
void card_bed_offer(struct card_bed *bed, uint16_t port, uint32_t payload_bytes);

#endif
