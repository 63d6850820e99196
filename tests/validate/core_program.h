/* core_program.h - random programs for core_rules.c, with every kind of instruction whose cost there is a rule for. */
#ifndef TESTS_VALIDATE_CORE_PROGRAM_H
#define TESTS_VALIDATE_CORE_PROGRAM_H

#include <stdint.h>

enum {
    PROGRAM_BASE = 0x10000,
    PROGRAM_BYTES = 0x4000,  /* of memory */
    PROGRAM_DATA = PROGRAM_BASE + 0x2000,
    PROGRAM_TABLE = PROGRAM_BASE + 0x3000, /* addresses of code, for jumps by loaded registers */
};

/* Writes a program that ends with a wfi, to memory of PROGRAM_BYTES, for PROGRAM_BASE. Twice through its
 * instructions, so that each is executed afresh and again. The same seed gives the same program. */
void core_program_write(uint8_t *memory, uint64_t seed);

#endif
