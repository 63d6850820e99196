# start.S - the least a C program needs: a stack, cleared data, an end that exec sees.
    .section .text.start, "ax"
    .globl _start
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, stack_end
    la t0, bss_start
    la t1, bss_end
1:  bgeu t0, t1, 2f
    sw zero, 0(t0)
    addi t0, t0, 4
    j 1b
2:  call main
    slli a0, a0, 1
    ori a0, a0, 1
    la t0, tohost
    sw a0, 0(t0)
3:  j 3b
    .section .tohost, "aw", @progbits
    .globl tohost
    .balign 64
tohost:
    .quad 0
    .balign 64
