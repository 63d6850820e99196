/* encode.h - instructions as numbers, for programs written inside tests. Registers are 0 .. 31. */
#ifndef TESTS_MODELS_ENCODE_H
#define TESTS_MODELS_ENCODE_H

#include <stdint.h>

static inline uint32_t encode_r(unsigned f7, unsigned f3, unsigned op, unsigned rd, unsigned a,
                                unsigned b)
{
    return f7 << 25 | b << 20 | a << 15 | f3 << 12 | rd << 7 | op;
}

static inline uint32_t encode_i(unsigned f3, unsigned op, unsigned rd, unsigned a, int imm)
{
    return ((uint32_t)imm & 0xfff) << 20 | a << 15 | f3 << 12 | rd << 7 | op;
}

static inline uint32_t encode_s(unsigned f3, unsigned a, unsigned b, int imm)
{
    uint32_t i = (uint32_t)imm;

    return (i >> 5 & 0x7f) << 25 | b << 20 | a << 15 | f3 << 12 | (i & 0x1f) << 7 | 0x23;
}

static inline uint32_t encode_b(unsigned f3, unsigned a, unsigned b, int imm)
{
    uint32_t i = (uint32_t)imm;

    return (i >> 12 & 1) << 31 | (i >> 5 & 0x3f) << 25 | b << 20 | a << 15 | f3 << 12 |
           (i >> 1 & 0xf) << 8 | (i >> 11 & 1) << 7 | 0x63;
}

static inline uint32_t encode_j(unsigned rd, int imm)
{
    uint32_t i = (uint32_t)imm;

    return (i >> 20 & 1) << 31 | (i >> 1 & 0x3ff) << 21 | (i >> 11 & 1) << 20 |
           (i >> 12 & 0xff) << 12 | rd << 7 | 0x6f;
}

#define ADDI(rd, a, imm)   encode_i(0, 0x13, rd, a, imm)
#define LUI(rd, imm)       ((uint32_t)(imm) << 12 | (rd) << 7 | 0x37)
#define AUIPC(rd, imm)     ((uint32_t)(imm) << 12 | (rd) << 7 | 0x17)
#define ADD(rd, a, b)      encode_r(0, 0, 0x33, rd, a, b)
#define SUB(rd, a, b)      encode_r(32, 0, 0x33, rd, a, b)
#define MUL(rd, a, b)      encode_r(1, 0, 0x33, rd, a, b)
#define MULH(rd, a, b)     encode_r(1, 1, 0x33, rd, a, b)
#define MULHSU(rd, a, b)   encode_r(1, 2, 0x33, rd, a, b)
#define MULHU(rd, a, b)    encode_r(1, 3, 0x33, rd, a, b)
#define DIV(rd, a, b)      encode_r(1, 4, 0x33, rd, a, b)
#define DIVU(rd, a, b)     encode_r(1, 5, 0x33, rd, a, b)
#define REM(rd, a, b)      encode_r(1, 6, 0x33, rd, a, b)
#define REMU(rd, a, b)     encode_r(1, 7, 0x33, rd, a, b)
#define LB(rd, a, imm)     encode_i(0, 0x03, rd, a, imm)
#define LH(rd, a, imm)     encode_i(1, 0x03, rd, a, imm)
#define LW(rd, a, imm)     encode_i(2, 0x03, rd, a, imm)
#define LBU(rd, a, imm)    encode_i(4, 0x03, rd, a, imm)
#define LHU(rd, a, imm)    encode_i(5, 0x03, rd, a, imm)
#define SB(b, a, imm)      encode_s(0, a, b, imm)
#define SH(b, a, imm)      encode_s(1, a, b, imm)
#define SW(b, a, imm)      encode_s(2, a, b, imm)
#define BEQ(a, b, imm)     encode_b(0, a, b, imm)
#define BNE(a, b, imm)     encode_b(1, a, b, imm)
#define JAL(rd, imm)       encode_j(rd, imm)
#define JALR(rd, a, imm)   encode_i(0, 0x67, rd, a, imm)
#define CSRRW(rd, csr, a)  encode_i(1, 0x73, rd, a, csr)
#define CSRRS(rd, csr, a)  encode_i(2, 0x73, rd, a, csr)
#define CSRRC(rd, csr, a)  encode_i(3, 0x73, rd, a, csr)
#define CSRRWI(rd, csr, i) encode_i(5, 0x73, rd, i, csr)
#define CSRRSI(rd, csr, i) encode_i(6, 0x73, rd, i, csr)
#define FENCE              0x0ff0000fu
#define FENCE_I            0x0000100fu
#define ECALL              0x00000073u
#define EBREAK             0x00100073u
#define MRET               0x30200073u
#define WFI                0x10500073u
#define NOP                0x00000013u
#define C_NOP              0x0001u

#define MSTATUS  0x300
#define MIE      0x304
#define MTVEC    0x305
#define MSCRATCH 0x340
#define MEPC     0x341
#define MCAUSE   0x342
#define MTVAL    0x343
#define MIP      0x344
#define MCYCLE   0xb00
#define MINSTRET 0xb02

#endif
