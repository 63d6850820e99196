# timer.S - a handler counts ten interrupts of exec's timer, 1,000 cycles apart, while the program waits.
    .option arch, +zicsr
    .equ MTIMECMP, 0x02004000
    .equ MTIME, 0x0200bff8
    .globl main
main:
    la t0, handler
    csrw mtvec, t0
    li s0, MTIMECMP
    li s1, MTIME
    sw zero, 4(s0)
    lw t0, 0(s1)
    addi t0, t0, 1000
    sw t0, 0(s0)
    li a0, 0
    li t0, 0x80
    csrw mie, t0
    csrsi mstatus, 8
1:  wfi
    li t0, 10
    blt a0, t0, 1b
    csrci mstatus, 8
    addi a0, a0, -10
    ret
    .balign 4
handler:
    addi a0, a0, 1
    lw t1, 0(s0)
    addi t1, t1, 1000
    sw t1, 0(s0)
    mret
