/* core_execute.h - the body of the interpreter, included twice by core_run.c:
 *
 *     EXECUTE      the name of the function
 *     LOOK         what is done at every boundary (the careful one looks at the limit)
 *     DISPATCH     go to the instruction of `entry`
 *
 * Each instruction of the list becomes two pieces of code, for its 2-byte and its 4-byte form, so
 * that the address of the next entry is a constant away and never waits for a load.
 *
 * Leaves with core->pc, cycle and retired up to date, at the first boundary with cycle >= until, or
 * earlier where the caller must look at the core again.
 */
#define A   x[entry->rs1]
#define B   x[entry->rs2]
#define IMM entry->imm

#define LABEL(name) ((int32_t)(&&name - &&undecoded))

#define NEXT(halfwords_)                                                                           \
    do {                                                                                           \
        entry += (halfwords_);                                                                     \
        LOOK;                                                                                      \
        DISPATCH;                                                                                  \
    } while (0)

/* After what breaks a straight stretch, or can take longer than slack_cycles allows for. */
#define ARRIVE                                                                                     \
    do {                                                                                           \
        if (__builtin_expect(cycle >= until, 0))                                                   \
            goto leave;                                                                            \
        DISPATCH;                                                                                  \
    } while (0)

#define SAVE                                                                                       \
    do {                                                                                           \
        core->pc = base + entry_offset(entries, entry);                                            \
        core->cycle = cycle;                                                                       \
        core->retired = retired;                                                                   \
    } while (0)

#define DO_INTEGER(halfwords_, meaning)                                                            \
    x[entry->rd] = (meaning);                                                                      \
    cycle += entry->cycles;                                                                        \
    retired++;                                                                                     \
    NEXT(halfwords_);
#define DO_MUL  DO_INTEGER
#define DO_MULH DO_INTEGER
#define DO_FENCE(halfwords_, meaning)                                                              \
    cycle += entry->cycles;                                                                        \
    retired++;                                                                                     \
    NEXT(halfwords_);
#define DO_DIV(halfwords_, meaning)                                                                \
    cycle += entry->cycles + divide_cycles(&core->timing, B, entry->op);                           \
    x[entry->rd] = (meaning);                                                                      \
    retired++;                                                                                     \
    entry += (halfwords_);                                                                         \
    ARRIVE;
/* Rotated right by its size an offset is below bytes / size only if it is inside and aligned. */
#define DO_LOAD(halfwords_, type)                                                                  \
    {                                                                                              \
        uint32_t offset = A + (uint32_t)IMM - base;                                                \
        type value;                                                                                \
                                                                                                   \
        if (__builtin_expect(rotate(offset, sizeof(type)) >= bytes / sizeof(type), 0))             \
            goto slow;                                                                             \
        memcpy(&value, memory + offset, sizeof value);                                             \
        x[entry->rd] = (uint32_t)value;                                                            \
        cycle += entry->cycles;                                                                    \
        retired++;                                                                                 \
        NEXT(halfwords_);                                                                          \
    }
#define DO_STORE(halfwords_, type)                                                                 \
    {                                                                                              \
        uint32_t offset = A + (uint32_t)IMM - base;                                                \
        type value = (type)B;                                                                      \
                                                                                                   \
        if (__builtin_expect(                                                                      \
                rotate(offset - store_base, sizeof(type)) >= store_bytes / sizeof(type), 0))       \
            goto slow;                                                                             \
        memcpy(memory + offset, &value, sizeof value);                                             \
        cycle += entry->cycles;                                                                    \
        retired++;                                                                                 \
        NEXT(halfwords_);                                                                          \
    }
#define DO_BRANCH(halfwords_, meaning)                                                             \
    retired++;                                                                                     \
    if (meaning) {                                                                                 \
        cycle += entry->cycles_taken;                                                              \
        entry += IMM;                                                                              \
        ARRIVE;                                                                                    \
    }                                                                                              \
    cycle += entry->cycles;                                                                        \
    NEXT(halfwords_);
#define DO_JAL(halfwords_, meaning)                                                                \
    x[entry->rd] = base + entry_offset(entries, entry) + 2 * (halfwords_);                         \
    retired++;                                                                                     \
    cycle += entry->cycles_taken;                                                                  \
    entry += IMM;                                                                                  \
    ARRIVE;
#define DO_JALR(halfwords_, meaning)                                                               \
    {                                                                                              \
        uint32_t target = (A + (uint32_t)IMM) & ~1u, offset = target - base;                       \
                                                                                                   \
        x[entry->rd] = base + entry_offset(entries, entry) + 2 * (halfwords_);                     \
        retired++;                                                                                 \
        cycle += jump_cycles;                                                                      \
        if (__builtin_expect(offset >= bytes, 0)) {                                                \
            far = target;                                                                          \
            goto leave_far;                                                                        \
        }                                                                                          \
        entry = (struct core_entry *)((char *)entries + (size_t)offset * (sizeof *entry / 2));     \
        cycle += __builtin_expect(entry->halfwords != 0, 1) ? entry->redirect                      \
                                                            : core_redirect_cycles(core, target);  \
        ARRIVE;                                                                                    \
    }
#define DO_FENCE_I(halfwords_, meaning) goto fence_i;
#define DO_CSR(halfwords_, meaning)     goto csr;
#define DO_ECALL(halfwords_, meaning)   goto ecall;
#define DO_EBREAK(halfwords_, meaning)  goto ebreak;
#define DO_MRET(halfwords_, meaning)    goto mret;
#define DO_WFI(halfwords_, meaning)     goto wfi;

static __attribute__((noinline, noclone,
                      optimize("no-gcse", "no-crossjumping", "no-tree-slp-vectorize"))) void
EXECUTE(struct core *core, uint64_t until)
{
    /* Labels relative to `undecoded`, as entries hold them: [op][halfwords - 1]. */
    static const int32_t labels[OP_COUNT][2] = {
#define INSTRUCTION(name, text, format, mask, match, group, meaning)                               \
    [OP_##name] = {LABEL(name##_1), LABEL(name##_2)},
#include "models/core_instruction.def"
#undef INSTRUCTION
        [OP_FAR_JUMP] = {LABEL(far_jump), LABEL(far_jump)},
        [OP_FAR_BRANCH] = {LABEL(far_branch), LABEL(far_branch)},
        [OP_ILLEGAL] = {LABEL(illegal), LABEL(illegal)},
        [OP_NO_CODE] = {LABEL(no_code), LABEL(no_code)},
    };
    struct core_entry *const entries = core->entries;
    uint8_t *const memory = core->memory;
    uint32_t *const x = core->x;
    const uint32_t base = core->base, bytes = core->bytes;
    const uint32_t store_base = core->store_base, store_bytes = core->store_bytes;
    const unsigned jump_cycles = core->timing.jump;
    struct core_entry *entry = &entries[(core->pc - base) / 2];
    uint64_t cycle = core->cycle, retired = core->retired;
    uint32_t far;
    unsigned entry_link;

    ARRIVE;

undecoded:
    if (entry->halfwords == 0)
        core_decode(core, entry);
    entry->handler =
        ends_stretch(entries, entry) ? LABEL(stretch) : labels[entry->op][entry->halfwords - 1];
    DISPATCH;

stretch:
    if (__builtin_expect(cycle >= until, 0))
        goto leave;
    goto *(&&undecoded + labels[entry->op][entry->halfwords - 1]);

#define INSTRUCTION(name, text, format, mask, match, group, meaning)                               \
    name##_1 : DO_##group(1, meaning);
#include "models/core_instruction.def"
#undef INSTRUCTION
#define INSTRUCTION(name, text, format, mask, match, group, meaning)                               \
    name##_2 : DO_##group(2, meaning);
#include "models/core_instruction.def"
#undef INSTRUCTION

slow:
    SAVE;
    if (core_slow_access(core, entry) != ACCESS_DONE)
        return;
    cycle = core->cycle;
    retired = core->retired;
    entry += entry->halfwords;
    ARRIVE;

csr:
    SAVE;
    if (!core_execute_csr(core, entry)) {
        core_trap(core, CAUSE_ILLEGAL, core_code_at(core, core->pc - base));
        return;
    }
    cycle = core->cycle;
    retired = core->retired;
    entry += entry->halfwords;
    if (core->recheck)
        goto leave;
    ARRIVE;

fence_i:
    SAVE;
    core->pc += 2u * entry->halfwords;
    core->retired++;
    core->cycle += (uint64_t)core->timing.fence_i + core_redirect_cycles(core, core->pc);
    core_flush_code(core);
    return;

ecall:
    SAVE;
    core_trap(core, CAUSE_ECALL, 0);
    return;

ebreak:
    SAVE;
    core_trap(core, CAUSE_BREAKPOINT, 0);
    return;

mret:
    SAVE;
    core_return_from_trap(core);
    return;

wfi:
    SAVE;
    core->state = CORE_AT_WFI;
    return;

illegal:
    SAVE;
    core_trap(core, CAUSE_ILLEGAL, (uint32_t)entry->imm);
    return;

no_code: /* at the end of memory, or half beyond it */
    SAVE;
    core_trap(core, CAUSE_FETCH, base + bytes);
    return;

far_branch:
    if (!branch_is_taken(entry->rd, A, B)) {
        retired++;
        cycle += entry->cycles;
        entry += entry->halfwords;
        ARRIVE;
    }
    entry_link = CORE_SINK;
    goto leave_far_taken;

far_jump:
    entry_link = entry->rd;

leave_far_taken:
    far = base + entry_offset(entries, entry) + (uint32_t)IMM;
    x[entry_link] = base + entry_offset(entries, entry) + 2u * entry->halfwords;
    retired++;
    cycle += entry->cycles_taken;

leave_far:
    core->pc = far;
    core->cycle = cycle;
    core->retired = retired;
    return;

leave:
    SAVE;
}

#undef A
#undef B
#undef IMM
#undef LABEL
#undef NEXT
#undef ARRIVE
#undef SAVE
#undef DO_INTEGER
#undef DO_MUL
#undef DO_MULH
#undef DO_FENCE
#undef DO_DIV
#undef DO_LOAD
#undef DO_STORE
#undef DO_BRANCH
#undef DO_JAL
#undef DO_JALR
#undef DO_FENCE_I
#undef DO_CSR
#undef DO_ECALL
#undef DO_EBREAK
#undef DO_MRET
#undef DO_WFI
#undef EXECUTE
#undef LOOK
#undef DISPATCH
