/* test_image.c - what the image is made of: only instructions that the core has, and room for its
 * heap. */
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RV32IM, C as the disassembler expands it, Zicsr, and the assembler's other names for them. */
static const char allowed[] =
    " add addi and andi auipc beq beqz bge bgeu bgez bgt bgtu bgtz ble bleu blez blt bltu bltz bne "
    "bnez call div divu"
    " ebreak ecall fence fence.i j jal jalr jr la lb lbu lh lhu li lui lw mret mul mulh mulhsu "
    "mulhu mv neg nop not or"
    " ori rem remu ret sb seqz sgtz sh sll slli slt slti sltiu sltu sltz snez sra srai srl srli "
    "sub sw tail wfi xor xori"
    " zext.b csrr csrw csrs csrc csrwi csrsi csrci csrrw csrrs csrrc csrrwi csrrsi csrrci unimp ";

static FILE *tool(const char *command)
{
    FILE *output = popen(command, "r");

    ck_assert_ptr_nonnull(output);
    return output;
}

START_TEST(the_image_holds_only_instructions_that_the_core_has)
{
    const char *image = getenv("STACK_IMAGE") ? getenv("STACK_IMAGE") : IMAGE;
    char command[512], line[512], name[34];
    unsigned instructions = 0, compressed = 0;

    snprintf(command, sizeof command, "riscv64-unknown-elf-objdump -d %s", image);
    FILE *output = tool(command);

    while (fgets(line, sizeof line, output)) {
        char bits[17], mnemonic[32];
        unsigned address;

        if (sscanf(line, " %x: %16[0-9a-f] %31s", &address, bits, mnemonic) != 3)
            continue;
        snprintf(name, sizeof name, " %s ", mnemonic);
        if (!strstr(allowed, name))
            ck_abort_msg("%s", line);
        instructions++;
        compressed += strlen(bits) == 4;
    }
    ck_assert_int_eq(pclose(output), 0);
    ck_assert_uint_gt(instructions, 5000);
    ck_assert_uint_gt(compressed, instructions / 4);
}
END_TEST

START_TEST(the_image_leaves_two_thirds_of_the_default_local_memory)
{
    const char *image = getenv("STACK_IMAGE") ? getenv("STACK_IMAGE") : IMAGE;
    char command[512], line[512];
    unsigned end = 0;

    snprintf(command, sizeof command, "riscv64-unknown-elf-nm %s", image);
    FILE *output = tool(command);

    while (fgets(line, sizeof line, output))
        if (strstr(line, " __image_end"))
            end = (unsigned)strtoul(line, NULL, 16);
    ck_assert_int_eq(pclose(output), 0);
    ck_assert_uint_ge(end, 0x10000000);
    ck_assert_uint_le(end - 0x10000000, 256 * 1024 / 3);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("stacks/image");
    TCase *t = tcase_create("image");

    tcase_add_test(t, the_image_holds_only_instructions_that_the_core_has);
    tcase_add_test(t, the_image_leaves_two_thirds_of_the_default_local_memory);
    suite_add_tcase(s, t);
    return s;
}
