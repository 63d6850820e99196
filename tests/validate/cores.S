# cores.S - what each kind of instruction costs, by mcycle before and after it; for `polynic exec`. Each figure is
# left in a word of its name: the difference of both readings, in which the first reading has its own cost (`empty`
# is that alone). cores.sh says what each is to be.

    .option norvc
    .option norelax                     # or alignments would be the linker's to make

    .macro align                        # to 4; without `rvc` the assembler thinks that all is
    .option push
    .option rvc
    .balign 4
    .option pop
    .endm

    .macro result name, value           # value: a register; uses t6
    .pushsection .data
    .globl \name
    .balign 4
\name: .word -1
    .popsection
    lui t6, %hi(\name)
    sw \value, %lo(\name)(t6)
    .endm

    .macro begin
    align
    csrr s0, mcycle
    .endm

    .macro end name
    csrr s1, mcycle
    sub s1, s1, s0
    result \name, s1
    .endm

    .macro cost name, instruction:vararg
    begin
    \instruction
    end \name
    .endm

    .macro compressed name, instruction:vararg # two of them, so that what follows is aligned to 4 as before
    begin
    .option push
    .option rvc
    \instruction
    \instruction
    .option pop
    end \name
    .endm

# A redirect to 1: (a csrr, four bytes) at a multiple of 4, or at 2 modulo 4.
    .macro redirect name, instruction:vararg
    begin
    \instruction
    nop
    align
1:  end \name
    .endm

    .macro redirect_wide name, instruction:vararg
    begin
    \instruction
    nop
    .option push
    .option rvc
    c.nop
    .option pop
1:  end \name
    align
    .endm

# The same to a compressed one at 2 modulo 4, which costs one.
    .macro redirect_compressed name, instruction:vararg
    begin
    \instruction
    nop
    .option push
    .option rvc
    c.nop
1:  c.nop
    .option pop
    end \name
    .endm

    .data
    .balign 64
data: .space 64

    .text
    .globl _start
_start:
    csrr s0, mcycle                     # the first instruction of all
    csrr s1, minstret                   # one has retired
    result mcycle_at_start, s0
    result minstret_at_start, s1

    cost empty
    li a0, 21
    li a1, 9
    cost add, add a2, a0, a1
    cost sub, sub a2, a0, a1
    cost addi, addi a2, a0, 5
    cost slt, slt a2, a0, a1
    cost sll, sll a2, a0, a1
    cost srai, srai a2, a0, 5
    cost lui, lui a2, 5
    cost auipc, auipc a2, 5
    cost fence, fence
    cost csr_read, csrr a2, mscratch
    cost csr_read_misa, csrr a2, misa
    cost csr_read_minstret, csrr a2, minstret
    cost csr_read_mcycleh, csrr a2, mcycleh
    cost csr_read_mhpmcounter3, csrr a2, mhpmcounter3
    cost csr_read_mhpmevent3, csrr a2, mhpmevent3
    cost csr_read_mcountinhibit, csrr a2, mcountinhibit
    cost csr_read_mtvec, csrr a2, mtvec
    cost csr_read_mtval, csrr a2, mtval
    cost csr_read_mhartid, csrr a2, mhartid
    cost csr_set_nothing, csrrs a2, mie, zero
    cost write_mscratch, csrw mscratch, a0
    cost set_mscratch, csrs mscratch, a0
    cost write_mepc, csrw mepc, zero

    la a1, data
    cost lw, lw a2, 0(a1)
    cost lb, lb a2, 3(a1)
    cost lhu, lhu a2, 2(a1)
    cost lh_inside, lh a2, 1(a1)
    cost sw, sw a0, 0(a1)
    cost sb, sb a0, 3(a1)
    cost sh_inside, sh a0, 1(a1)
    cost lw_crossing_1, lw a2, 1(a1)
    cost lw_crossing_2, lw a2, 2(a1)
    cost lw_crossing_3, lw a2, 3(a1)
    cost lh_crossing, lh a2, 3(a1)
    cost sw_crossing, sw a0, 2(a1)
    cost sh_crossing, sh a0, 3(a1)

    li a1, 9
    li a3, 0x80000000
    cost mul, mul a2, a0, a1
    cost mulh, mulh a2, a0, a1
    cost mulhu, mulhu a2, a0, a1
    cost mulhsu, mulhsu a2, a0, a1
    cost div, div a2, a0, a1
    cost divu, divu a2, a0, a1
    cost rem, rem a2, a0, a1
    cost remu, remu a2, a0, a1
    cost divu_least, divu a2, a0, a3
    li a3, 1
    cost divu_by_1, divu a2, a0, a3
    cost div_zero, div a2, a0, zero
    cost divu_zero, divu a2, a0, zero
    cost rem_zero, rem a2, a0, zero
    cost remu_zero, remu a2, a0, zero

    cost branch_not_taken, beq a0, a1, 1f
1:  redirect branch_taken, bne a0, a1, 1f
    redirect branch_wide, bne a0, a1, 1f
    cost branch_next, bne a0, a1, . + 4
    redirect_wide branch_unaligned, bltu a1, a0, 1f
    redirect_compressed branch_unaligned_compressed, bge a0, a1, 1f
    redirect jal, jal zero, 1f
    redirect_wide jal_unaligned, jal ra, 1f
    redirect_compressed jal_unaligned_compressed, jal zero, 1f
    la t0, 1f
    redirect jalr, jalr zero, 0(t0)
    la t0, 1f
    redirect_wide jalr_unaligned, jalr zero, 0(t0)
    la t0, 1f
    redirect_compressed jalr_unaligned_compressed, jalr ra, 0(t0)
    la t0, 1f
    begin
    addi t0, t0, 0
    jalr zero, 0(t0)
    nop
1:  end jalr_after_addi
    cost fence_i, fence.i

# Backward: over the loop, which is left by a branch not taken the second time.
    li t1, 2
    begin
1:  addi t1, t1, -1
    bnez t1, 1b
    end loop_of_two

    .option push                        # fence.i at 2 modulo 4: what follows it is there too
    .option rvc
    begin
    c.nop
    fence.i
    .4byte 0x00000013                   # nop
    c.nop
    .option pop
    end fence_i_unaligned

    .option push
    .option rvc
    begin
    c.j 1f
    c.nop
    align
1:  end c_j
    align
    la t0, 1f
    begin
    c.jr t0
    c.nop
    align
1:  end c_jr
    align
    li a0, 1
    begin
    c.bnez a0, 1f
    c.nop
    align
1:  end c_bnez
    .option pop

    la a1, data
    li a0, 21
    compressed c_addi, c.addi a0, 1
    compressed c_lw, c.lw a2, 0(a1)
    compressed c_sw, c.sw a0, 0(a1)
    compressed c_mv, c.mv a2, a0

# What is loaded, and used.
    .macro after_load name, load, user:vararg
    begin
    \load
    \user
    end \name
    .endm
    after_load use_first, "lw a2, 0(a1)", add a3, a2, a0
    after_load use_second, "lb a2, 0(a1)", sub a3, a0, a2
    after_load use_none, "lw a2, 0(a1)", add a3, a0, a0
    after_load use_overwritten, "lw a2, 0(a1)", addi a2, a0, 1
    after_load use_stored, "lw a2, 0(a1)", sw a2, 4(a1)
    after_load use_x0, "lw zero, 0(a1)", add a3, zero, zero
    after_load use_crossing, "lw a2, 2(a1)", add a3, a2, a0
    begin
    lw a2, 0(a1)
    nop
    add a3, a2, a0
    end use_later

# CSRs: whatever is written, set or cleared.
    cost write_mie, csrw mie, zero
    cost set_mie, csrs mie, a3
    cost clear_mie, csrci mie, 0x1f
    cost write_mcause, csrw mcause, zero
    cost write_mtval, csrwi mtval, 0
    cost write_mstatus, csrw mstatus, zero
    la t0, handler
    cost write_mtvec, csrw mtvec, t0

# Traps: the handler reads both counters first, and goes on at s11.
    .macro trap name, instruction:vararg
    la s11, 1f
    align
    csrr s2, minstret
    csrr s0, mcycle
    \instruction
1:  sub s1, s1, s0
    result \name, s1
    sub s3, s3, s2
    result \name\()_retired, s3
    .endm
    trap ecall, ecall
    trap ebreak, ebreak
    trap illegal, .word 0xffffffff

    la t0, 1f
    csrw mepc, t0
    redirect mret, mret
    la t0, 1f
    csrw mepc, t0
    redirect_wide mret_unaligned, mret
    la t0, 1f
    csrw mepc, t0
    redirect_compressed mret_unaligned_compressed, mret

# Counters: readings count what was before them, in cycles and in instructions retired.
    csrr s0, mcycle
    csrr s1, mcycle
    sub s1, s1, s0
    result mcycle_twice, s1
    csrr s0, minstret
    nop
    lw a2, 0(a1)
    div a2, a0, a0
    csrr s1, minstret
    sub s1, s1, s0
    result minstret_of_four, s1
    csrr s0, minstret
    j 1f
1:  csrr s1, minstret
    sub s1, s1, s0
    result minstret_of_jump, s1

    csrw mtvec, zero                    # no handler: ebreak ends the program
    ebreak

    align
handler:
    csrr s1, mcycle
    csrr s3, minstret
    csrw mepc, s11
    mret
