/* trap.c - what a RISC-V processor gives the scheduler, and how this image ends when it has
 * failed. */
#include "stacks/runtime/console.h"
#include "stacks/runtime/kernel.h"
#include "stacks/runtime/task.h"

#include "stacks/hal.h"

enum { MSTATUS_MIE = 1 << 3, HALT_OVERFLOW = 0x100 };

_Noreturn void trap_fault(uint32_t cause, uint32_t pc, uint32_t value, uint32_t sp, uint32_t ra);

void kernel_halt(uint32_t reason)
{
    for (;;)
        hal_store(HW_HALT, reason);
}

void trap_fault(uint32_t cause, uint32_t pc, uint32_t value, uint32_t sp, uint32_t ra)
{
    console_print("fault: cause ");
    console_hex(cause);
    console_print(" pc ");
    console_hex(pc);
    console_print(" value ");
    console_hex(value);
    console_print(" sp ");
    console_hex(sp);
    console_print(" ra ");
    console_hex(ra);
    console_print(" task ");
    console_print(task_name());
    console_print("\n");
    kernel_halt(cause);
}

void task_overflowed(const char *name)
{
    console_print("stack overflow: task ");
    console_print(name);
    console_print("\n");
    kernel_halt(HALT_OVERFLOW);
}

void *task_frame(void *stack, size_t bytes, void (*entry)(void))
{
    uint32_t *frame = (uint32_t *)((char *)stack + bytes) - 16;

    frame[0] = (uint32_t)entry; /* task_switch() returns to ra */
    return frame;
}

void task_interrupts_off(void)
{
    __asm__ volatile(
        ".option push\n.option arch, +zicsr\ncsrci mstatus, %0\n.option pop" ::"i"(MSTATUS_MIE)
        : "memory");
}

void task_interrupts_on(void)
{
    __asm__ volatile(
        ".option push\n.option arch, +zicsr\ncsrsi mstatus, %0\n.option pop" ::"i"(MSTATUS_MIE)
        : "memory");
}

void task_wait_for_hardware(void)
{
    __asm__ volatile("wfi" ::: "memory");
}
