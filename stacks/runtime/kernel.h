/* kernel.h - start and end of an image. */
#ifndef STACKS_RUNTIME_KERNEL_H
#define STACKS_RUNTIME_KERNEL_H

#include <stdint.h>

/* Called by start.S once memory is as C expects: makes the heap of all local memory behind the
 * image, then calls main(). */
_Noreturn void kernel_start(void);

/* Stops this processor for good; the reason is reported. */
_Noreturn void kernel_halt(uint32_t reason);

/* The firmware. Must not return. */
int main(void);

#endif
