/* program_image.h - an ELF of instructions written inside a test, as a file. */
#ifndef TESTS_MODELS_PROGRAM_IMAGE_H
#define TESTS_MODELS_PROGRAM_IMAGE_H

#include <check.h>
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Loaded and entered at 0x10000000. path: room for 64 bytes, gets the name of a new file, for unlink(). */
static inline void program_image(char *path, const uint32_t *instructions, unsigned count)
{
    struct {
        Elf32_Ehdr header;
        Elf32_Phdr segment;
        uint32_t code[256];
    } image = {.header = {.e_type = ET_EXEC,
                          .e_machine = EM_RISCV,
                          .e_version = 1,
                          .e_entry = 0x10000000,
                          .e_phoff = sizeof(Elf32_Ehdr),
                          .e_ehsize = sizeof(Elf32_Ehdr),
                          .e_phentsize = sizeof(Elf32_Phdr),
                          .e_phnum = 1},
               .segment = {.p_type = PT_LOAD,
                           .p_offset = sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr),
                           .p_vaddr = 0x10000000,
                           .p_paddr = 0x10000000,
                           .p_filesz = 4 * count,
                           .p_memsz = 4 * count,
                           .p_flags = PF_R | PF_X,
                           .p_align = 4}};
    FILE *file;

    ck_assert_uint_le(count, 256);
    memcpy(image.header.e_ident, "\177ELF\1\1\1", 7);
    memcpy(image.code, instructions, 4 * count);
    strcpy(path, "/tmp/polynic-test-XXXXXX.elf");
    file = fdopen(mkstemps(path, 4), "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(&image, sizeof image.header + sizeof image.segment + 4 * count, 1, file), 1);
    ck_assert_int_eq(fclose(file), 0);
}

#endif
