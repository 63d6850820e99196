/* start.S - where a processor starts, where traps go, and the switch between two tasks. */
    .option arch, +zicsr

    .section .text.start, "ax"
    .globl _start
_start:
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    la      sp, boot_stack_end
    la      t0, trap_entry
    csrw    mtvec, t0
    la      t0, __bss_start
    la      t1, __bss_end
1:  bgeu    t0, t1, 2f
    sw      zero, 0(t0)
    addi    t0, t0, 4
    j       1b
2:  li      t0, 1 << 7              # mie.MTIE; mstatus.MIE stays off until tasks run
    csrw    mie, t0
    call    kernel_start
3:  j       3b

/* Direct mode: interrupts and faults come here, on the stack of the task that ran. */
    .text
    .balign 4
trap_entry:
    addi    sp, sp, -64
    sw      t0, 0(sp)
    csrr    t0, mcause
    bgez    t0, trap_is_fault
    sw      ra, 4(sp)
    sw      t1, 8(sp)
    sw      t2, 12(sp)
    sw      t3, 16(sp)
    sw      t4, 20(sp)
    sw      t5, 24(sp)
    sw      t6, 28(sp)
    sw      a0, 32(sp)
    sw      a1, 36(sp)
    sw      a2, 40(sp)
    sw      a3, 44(sp)
    sw      a4, 48(sp)
    sw      a5, 52(sp)
    sw      a6, 56(sp)
    sw      a7, 60(sp)
    call    task_timer_interrupt    # the only source that mie lets through
    lw      t0, 0(sp)
    lw      ra, 4(sp)
    lw      t1, 8(sp)
    lw      t2, 12(sp)
    lw      t3, 16(sp)
    lw      t4, 20(sp)
    lw      t5, 24(sp)
    lw      t6, 28(sp)
    lw      a0, 32(sp)
    lw      a1, 36(sp)
    lw      a2, 40(sp)
    lw      a3, 44(sp)
    lw      a4, 48(sp)
    lw      a5, 52(sp)
    lw      a6, 56(sp)
    lw      a7, 60(sp)
    addi    sp, sp, 64
    mret

/* A fault is this image's bug. It is told on the boot stack, which nobody uses any more, and ends the run. A
 * fault in here leaves the processor to the hardware, which stops it. */
trap_is_fault:
    mv      a3, sp
    mv      a4, ra
    la      sp, boot_stack_end
    csrr    a0, mcause
    csrr    a1, mepc
    csrr    a2, mtval
    call    trap_fault
4:  j       4b

/* void task_switch(struct task *from, struct task *to): both keep their stack pointer in their first word. */
    .section .text.task_switch, "ax"
    .globl task_switch
task_switch:
    addi    sp, sp, -64
    sw      ra, 0(sp)
    sw      s0, 4(sp)
    sw      s1, 8(sp)
    sw      s2, 12(sp)
    sw      s3, 16(sp)
    sw      s4, 20(sp)
    sw      s5, 24(sp)
    sw      s6, 28(sp)
    sw      s7, 32(sp)
    sw      s8, 36(sp)
    sw      s9, 40(sp)
    sw      s10, 44(sp)
    sw      s11, 48(sp)
    sw      sp, 0(a0)
    lw      sp, 0(a1)
    lw      ra, 0(sp)
    lw      s0, 4(sp)
    lw      s1, 8(sp)
    lw      s2, 12(sp)
    lw      s3, 16(sp)
    lw      s4, 20(sp)
    lw      s5, 24(sp)
    lw      s6, 28(sp)
    lw      s7, 32(sp)
    lw      s8, 36(sp)
    lw      s9, 40(sp)
    lw      s10, 44(sp)
    lw      s11, 48(sp)
    addi    sp, sp, 64
    ret

    .section .bss
    .balign 16
    .globl boot_stack
boot_stack:
    .space 1024
boot_stack_end:
