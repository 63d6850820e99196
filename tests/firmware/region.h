/* region.h - measures a stretch of code; exec prints the words with --symbols
 * roi_cycles,roi_instret. */
#ifndef FIRMWARE_REGION_H
#define FIRMWARE_REGION_H

#include <stdint.h>

extern volatile uint32_t roi_cycles, roi_instret;

#define REGION_WORDS volatile uint32_t roi_cycles, roi_instret

#define read_counter(name)                                                                         \
    ({                                                                                             \
        uint32_t value_;                                                                           \
        __asm__ volatile(".option push\n.option arch, +zicsr\ncsrr %0, " name "\n.option pop"      \
                         : "=r"(value_)::"memory");                                                \
        value_;                                                                                    \
    })

static inline void region_begin(void)
{
    roi_instret = read_counter("minstret");
    roi_cycles = read_counter("mcycle");
}

static inline void region_end(void)
{
    uint32_t cycles = read_counter("mcycle"), instret = read_counter("minstret");

    roi_cycles = cycles - roi_cycles;
    roi_instret = instret - roi_instret;
}

#endif
