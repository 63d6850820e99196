# core.S - one instruction of each kind, each after `li t6, N`: validate.sh reads from exec's trace what the one that
# follows costs, until the next begins. Between them what makes the next one start from a settled pipeline.
    .option arch, +zicsr, +zifencei
    .globl _start
    .macro case number
    nop
    nop
    .balign 4
    .option norvc
    li t6, \number
    .endm
    .macro done
    .option rvc
    .endm
_start:
    la s0, data
    li t1, 7
    li t2, 3
    la t0, handler
    csrw mtvec, t0
case 1
    add a0, t1, t2
done
case 2
    csrr a0, mscratch
done
case 3
    csrw mscratch, a0
done
case 4
    lw a0, 0(s0)
done
case 5
    sw a0, 0(s0)
done
case 6
    lw a0, 2(s0)
done
case 7
    sw a0, 2(s0)
done
case 8
    mul a0, t1, t2
done
case 9
    mulh a0, t1, t2
done
case 10
    div a0, t1, t2
done
case 11
    div a0, t1, zero
done
case 12
    beq t1, t2, 1f
1:
done
case 13
    bne t1, t2, 1f
1:
done
case 14
    j 1f
1:
done
case 15
    la a0, 1f
    li t6, 15
    jr a0
1:
done
case 16
    csrw mtval, zero
done
case 17
    fence
done
case 18
    ecall
done
case 19
    fence.i
done
case 20
    j 1f
    .option rvc
    nop
    .option norvc
1:  add a0, t1, t2      # four bytes at 2 modulo 4
    .option rvc
    nop
done
case 21
    lw a0, 0(s0)
    li t6, 21           # after the load, and does not read it
    add a1, t1, t2
done
case 22
    li t6, 22
    lw a1, 0(s0)
    add a0, a1, t2      # load-use: counted with the load
done
case 23
    .option rvc
    c.add a0, t1
done
    nop
    li t6, 0
    nop
    ebreak              # into the handler, which ends it
    .balign 4
handler:
    csrr a1, mcause
    li a2, 11
    bne a1, a2, 2f
    csrr a1, mepc
    addi a1, a1, 4
    csrw mepc, a1
    .option norvc
    li t6, 24
    mret
    .option rvc
2:  la a0, tohost
    li a1, 1
    sw a1, 0(a0)
1:  j 1b
    .section .data
    .balign 8
data: .word 1, 2, 3
    .section .tohost, "aw"
    .balign 8
    .globl tohost
tohost: .dword 0
