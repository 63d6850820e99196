/* kernel.c - see kernel.h. */
#include "stacks/runtime/kernel.h"

#include "stacks/hal.h"
#include "stacks/runtime/console.h"
#include "stacks/runtime/heap.h"

extern char __image_end[]; /* local.ld */

enum { HALT_TOO_SMALL = 0x101, HALT_RETURNED = 0x102, HEAP_MIN_BYTES = 16384 };

void kernel_start(void)
{
    uint32_t from = hal_address(__image_end), end = HW_LOCAL_BASE + hal_load(HW_LOCAL_BYTES);

    if (end < from || end - from < HEAP_MIN_BYTES) {
        console_print("local memory is too small for this image\n");
        kernel_halt(HALT_TOO_SMALL);
    }
    heap_init(__image_end, end - from);
    main();
    kernel_halt(HALT_RETURNED);
}
