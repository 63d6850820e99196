# ends.S - the ways a program ends, one for each value of WAY.
    .option arch, +zicsr
    .globl _start
_start:
#if WAY == 1            /* ebreak, no handler: success */
    li a0, 5
    ebreak
#elif WAY == 2          /* tohost 7: test 3 failed */
    li a0, 7
    la t0, tohost
    sw a0, 0(t0)
1:  j 1b
#elif WAY == 3          /* never ends */
1:  j 1b
#elif WAY == 4          /* sleeps with nothing to wake it */
    wfi
    ebreak
#elif WAY == 5          /* a load where nothing is */
faulty:
    lw a0, -4(zero)
#elif WAY == 6          /* tohost 0 does not end it; then a write of a line, then success */
    la t0, tohost
    sw zero, 0(t0)
    la t1, request
    sw t1, 0(t0)
    la t2, fromhost
1:  lw t3, 0(t2)
    beqz t3, 1b
    li a0, 1
    sw a0, 0(t0)
2:  j 2b
#endif
    .data
    .globl tohost, fromhost
    .balign 64
tohost:
    .quad 0
fromhost:
    .quad 0
request:
    .quad 64, 1, line, 6
line:
    .ascii "hello\n"
