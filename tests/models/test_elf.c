/* Program images as they are, and as an enemy would write them. */
#include "models/elf.h"
#include "sim/diagnostic.h"
#include "tests/suite.h"

#include <elf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    BASE = 0x80000000,
    CODE = 0x200,
    NAMES = 0x300,
    SYMBOLS = 0x340,
    SECTIONS = 0x400,
    FILE_BYTES = 0x600
};

struct image {
    _Alignas(8) uint8_t bytes[FILE_BYTES];
};

static Elf32_Ehdr *header(struct image *image)
{
    return (Elf32_Ehdr *)(void *)image->bytes;
}

static Elf32_Phdr *segment(struct image *image, unsigned i)
{
    return (Elf32_Phdr *)(void *)(image->bytes + sizeof(Elf32_Ehdr)) + i;
}

static Elf32_Shdr *section(struct image *image, unsigned i)
{
    return (Elf32_Shdr *)(void *)(image->bytes + SECTIONS) + i;
}

static void image_init(struct image *image)
{
    static const char names[] = "\0_start\0tohost\0outside";
    Elf32_Sym *symbols = (Elf32_Sym *)(void *)(image->bytes + SYMBOLS);

    memset(image, 0, sizeof *image);
    *header(image) = (Elf32_Ehdr){.e_type = ET_EXEC,
                                  .e_machine = 243,
                                  .e_version = 1,
                                  .e_entry = BASE,
                                  .e_phoff = sizeof(Elf32_Ehdr),
                                  .e_shoff = SECTIONS,
                                  .e_flags = 1, /* RVC */
                                  .e_ehsize = sizeof(Elf32_Ehdr),
                                  .e_phentsize = sizeof(Elf32_Phdr),
                                  .e_phnum = 2,
                                  .e_shentsize = sizeof(Elf32_Shdr),
                                  .e_shnum = 3};
    memcpy(header(image)->e_ident, "\177ELF\1\1\1", 7);
    *segment(image, 0) = (Elf32_Phdr){PT_LOAD, CODE, BASE, BASE, 16, 32, PF_R | PF_X, 4};
    *segment(image, 1) =
        (Elf32_Phdr){PT_LOAD, CODE + 16, BASE + 0x1000, BASE + 0x1000, 8, 8, PF_R, 4};
    memset(image->bytes + CODE, 0x5a, 24);
    memcpy(image->bytes + NAMES, names, sizeof names);
    symbols[1] = (Elf32_Sym){1, BASE, 8, ELF32_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1};
    symbols[2] = (Elf32_Sym){8, BASE + 0x1000, 8, ELF32_ST_INFO(STB_GLOBAL, STT_OBJECT), 0, 1};
    symbols[3] = (Elf32_Sym){15, 77, 0, ELF32_ST_INFO(STB_GLOBAL, STT_NOTYPE), 0, SHN_UNDEF};
    *section(image, 1) = (Elf32_Shdr){
        .sh_type = SHT_SYMTAB, .sh_offset = SYMBOLS, .sh_size = 64, .sh_link = 2, .sh_entsize = 16};
    *section(image, 2) =
        (Elf32_Shdr){.sh_type = SHT_STRTAB, .sh_offset = NAMES, .sh_size = sizeof names};
}

/* Expects that it is refused with a message that holds both words. */
static void refused(const struct image *image, uint64_t size, const char *word, const char *advice)
{
    struct diagnostics diagnostics;

    diagnostics_init(&diagnostics);
    ck_assert_ptr_null(elf_parse("fw.elf", image->bytes, size, &diagnostics));
    ck_assert_uint_ge(diagnostics.errors, 1);
    ck_assert_msg(strstr(diagnostics.list[0].text, word) &&
                      strstr(diagnostics.list[0].text, advice),
                  "'%s' lacks '%s' or '%s'", diagnostics.list[0].text, word, advice);
    ck_assert_int_eq(strncmp(diagnostics.list[0].text, "fw.elf: ", 8), 0);
    diagnostics_clear(&diagnostics);
}

START_TEST(a_program_is_loaded_and_its_rest_cleared)
{
    struct diagnostics diagnostics;
    struct image image;
    uint8_t memory[0x1008];
    uint32_t address, offset;

    diagnostics_init(&diagnostics);
    image_init(&image);
    struct elf *elf = elf_parse("fw.elf", image.bytes, FILE_BYTES, &diagnostics);

    ck_assert_ptr_nonnull(elf);
    ck_assert_uint_eq(elf_entry(elf), BASE);
    ck_assert_uint_eq(elf_lowest_address(elf), BASE);
    ck_assert_uint_eq(elf_highest_address(elf), BASE + 0x1008u);
    memset(memory, 0xee, sizeof memory);
    ck_assert(!elf_load(elf, memory, BASE, 0x1007, &diagnostics)); /* one byte short */
    ck_assert_uint_eq(memory[0], 0xee);
    ck_assert(!elf_load(elf, memory, BASE + 4, 0x2000, &diagnostics));
    ck_assert(elf_load(elf, memory, BASE, 0x1008, &diagnostics));
    ck_assert_uint_eq(memory[15], 0x5a);
    ck_assert_uint_eq(memory[16], 0);
    ck_assert_uint_eq(memory[31], 0);
    ck_assert_uint_eq(memory[32], 0xee);
    ck_assert_uint_eq(memory[0x1007], 0x5a);
    ck_assert(elf_symbol(elf, "tohost", &address));
    ck_assert_uint_eq(address, BASE + 0x1000u);
    ck_assert(!elf_symbol(elf, "outside", &address));
    ck_assert(!elf_symbol(elf, "", &address));
    ck_assert_str_eq(elf_symbol_at(elf, BASE + 0xfff, &offset), "_start");
    ck_assert_uint_eq(offset, 0xfff);
    ck_assert_str_eq(elf_symbol_at(elf, BASE + 0x1000, &offset), "tohost");
    ck_assert_ptr_null(elf_symbol_at(elf, BASE - 1, &offset));
    elf_free(elf);
    diagnostics_clear(&diagnostics);
}
END_TEST

START_TEST(what_is_no_rv32_program_is_refused_with_a_reason)
{
    struct image image;

    image_init(&image);
    refused(&image, 0, "not an ELF file", "-march=rv32imc");
    refused(&image, 40, "cut off", "copy");
    image.bytes[1] = 'e';
    refused(&image, FILE_BYTES, "not an ELF file", "-march=rv32imc");
    image_init(&image);
    header(&image)->e_machine = EM_X86_64;
    header(&image)->e_ident[EI_CLASS] = ELFCLASS64;
    refused(&image, FILE_BYTES, "machine is x86-64", "-march=rv32imc -mabi=ilp32");
    image_init(&image);
    header(&image)->e_ident[EI_CLASS] = ELFCLASS64;
    refused(&image, FILE_BYTES, "RISC-V, 64 bits", "-march=rv32imc");
    image_init(&image);
    header(&image)->e_ident[EI_DATA] = ELFDATA2MSB;
    refused(&image, FILE_BYTES, "big-endian", "-march=rv32imc");
    image_init(&image);
    header(&image)->e_type = ET_REL;
    refused(&image, FILE_BYTES, "object file", "link");
    header(&image)->e_type = ET_DYN;
    refused(&image, FILE_BYTES, "shared object", "-static");
    image_init(&image);
    header(&image)->e_flags = 5;
    refused(&image, FILE_BYTES, "floating-point", "-mabi=ilp32");
    image_init(&image);
    header(&image)->e_entry = BASE + 1;
    refused(&image, FILE_BYTES, "odd", "link");
    image_init(&image);
    segment(&image, 0)->p_type = segment(&image, 1)->p_type = PT_NOTE;
    refused(&image, FILE_BYTES, "nothing", "link");
}
END_TEST

START_TEST(numbers_that_overflow_are_refused)
{
    struct image image;

    image_init(&image);
    header(&image)->e_phoff = 0xfffffff0;
    refused(&image, FILE_BYTES, "program headers", "link");
    image_init(&image);
    header(&image)->e_phnum = 0xffff;
    refused(&image, FILE_BYTES, "program headers", "link");
    image_init(&image);
    header(&image)->e_phentsize = 1;
    refused(&image, FILE_BYTES, "program headers", "link");
    image_init(&image);
    segment(&image, 1)->p_offset = 0xfffffffc;
    refused(&image, FILE_BYTES, "segment 1", "copy");
    image_init(&image);
    segment(&image, 1)->p_filesz = segment(&image, 1)->p_memsz = FILE_BYTES;
    refused(&image, FILE_BYTES, "segment 1", "copy");
    image_init(&image);
    segment(&image, 0)->p_filesz = 33;
    refused(&image, FILE_BYTES, "segment 0", "link");
    image_init(&image);
    segment(&image, 0)->p_paddr = 0xfffffff0;
    refused(&image, FILE_BYTES, "segment 0", "link");
    image_init(&image);
    segment(&image, 0)->p_memsz = 0xffffffff;
    refused(&image, FILE_BYTES, "segment 0", "link");
}
END_TEST

START_TEST(symbols_that_make_no_sense_count_as_none)
{
    struct diagnostics diagnostics;
    struct image image;
    uint32_t address;

    diagnostics_init(&diagnostics);
    for (unsigned i = 0; i < 6; i++) {
        image_init(&image);
        if (i == 0)
            section(&image, 1)->sh_offset = 0xfffffff0;
        else if (i == 1)
            section(&image, 1)->sh_link = 3;
        else if (i == 2)
            section(&image, 2)->sh_size = 0xffffffff;
        else if (i == 3)
            section(&image, 2)->sh_size = 3; /* does not end with a zero */
        else if (i == 4)
            header(&image)->e_shoff = 0xffffffff;
        else
            section(&image, 2)->sh_size = 0;
        struct elf *elf = elf_parse("fw.elf", image.bytes, FILE_BYTES, &diagnostics);

        ck_assert_ptr_nonnull(elf);
        ck_assert(!elf_symbol(elf, "tohost", &address));
        ck_assert_ptr_null(elf_symbol_at(elf, BASE, NULL));
        elf_free(elf);
    }
    diagnostics_clear(&diagnostics);
}
END_TEST

/* Any bytes changed, any length: no crash (under the sanitizers, no access outside). */
START_TEST(damaged_files_do_no_harm)
{
    static uint8_t memory[0x10000];
    uint32_t random = 1;

    for (unsigned round = 0; round < 200000; round++) {
        struct diagnostics diagnostics;
        struct image image;
        uint32_t address;

        image_init(&image);
        for (unsigned i = 0; i <= round % 5; i++) {
            random = random * 1664525 + 1013904223;
            uint32_t where = random >> 8;

            where = round % 2 ? where % 120 : where % FILE_BYTES;
            image.bytes[where] = (uint8_t)(random >> (round % 3 ? 24 : 3));
        }
        uint64_t size = round % 7 ? FILE_BYTES : random % FILE_BYTES;
        uint8_t *copy = malloc(size ? size : 1); /* exactly as long: the sanitizer guards its end */

        memcpy(copy, image.bytes, size);
        diagnostics_init(&diagnostics);
        struct elf *elf = elf_parse("fw.elf", copy, size, &diagnostics);

        if (elf != NULL) {
            elf_load(elf, memory, BASE, sizeof memory, &diagnostics);
            elf_symbol(elf, "tohost", &address);
            elf_symbol_at(elf, BASE + 100, &address);
        } else {
            ck_assert_uint_gt(diagnostics.errors, 0);
        }
        elf_free(elf);
        free(copy);
        diagnostics_clear(&diagnostics);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *suite = suite_create("elf");
    TCase *tests = tcase_create("elf");

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_program_is_loaded_and_its_rest_cleared);
    tcase_add_test(tests, what_is_no_rv32_program_is_refused_with_a_reason);
    tcase_add_test(tests, numbers_that_overflow_are_refused);
    tcase_add_test(tests, symbols_that_make_no_sense_count_as_none);
    tcase_add_test(tests, damaged_files_do_no_harm);
    suite_add_tcase(suite, tests);
    return suite;
}
