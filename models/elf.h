/* elf.h - program images: 32-bit little-endian RISC-V executables. The file may be anything;
 * nothing of it is believed before it has been checked.
 *
 * Errors go to the diagnostics, in the form "what is wrong (what to do)". */
#ifndef MODELS_ELF_H
#define MODELS_ELF_H

#include <stdbool.h>
#include <stdint.h>

struct diagnostics;
struct elf;

/* A name that ends in .elf is a file; any other is the name of an image that comes with polynic: in the folder that
 * POLYNIC_FIRMWARE names, or in one that lies beside the program as built or as installed. g_free(). */
char *elf_path(const char *name);

/* Reads and checks the headers. NULL after an error. */
struct elf *elf_open(const char *path, struct diagnostics *diagnostics);
/* The same of bytes in memory (copied); name is for messages. */
struct elf *elf_parse(const char *name, const uint8_t *bytes, uint64_t size,
                      struct diagnostics *diagnostics);
void elf_free(struct elf *elf);

uint32_t elf_entry(const struct elf *elf);
/* Of all loadable segments, where they are loaded and where they run: the first address, and the
 * one after the last (up to 2^32). */
uint32_t elf_lowest_address(const struct elf *elf);
uint64_t elf_highest_address(const struct elf *elf);

/* Copies every segment, at its physical address (as a boot loader would; = virtual in most images),
 * to memory, whose first byte is at address base; what a segment has beyond its file part becomes
 * 0. Returns false, and has written nothing, if a segment lies outside. */
bool elf_load(const struct elf *elf, uint8_t *memory, uint32_t base, uint32_t bytes,
              struct diagnostics *diagnostics);

/* The value of a defined symbol; false if there is none (a stripped file has none at all). */
bool elf_symbol(const struct elf *elf, const char *name, uint32_t *address);
/* The symbol at or nearest below the address, for messages; NULL if none. */
const char *elf_symbol_at(const struct elf *elf, uint32_t address, uint32_t *offset);

#endif
