#include "models/elf.h"
#include "sim/diagnostic.h"

#include <elf.h>
#include <glib.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

enum { EF_RISCV_FLOATS = 0x6, EF_RISCV_RV32E = 0x8, MACHINE_RISCV = 243 };

struct elf {
    char *name;
    uint8_t *bytes;
    uint64_t size;
    Elf32_Ehdr header;
    uint32_t lowest;
    uint64_t highest;
    uint64_t symbols, symbols_count; /* offset in the file; 0 symbols: none */
    uint64_t strings, strings_size;
};

static bool inside(const struct elf *elf, uint64_t offset, uint64_t size)
{
    return offset <= elf->size && size <= elf->size - offset;
}

/* Fields are little-endian in the file, as on every host that this builds for (checked in
 * elf_parse). */
static Elf32_Phdr segment(const struct elf *elf, unsigned i)
{
    Elf32_Phdr segment;

    memcpy(&segment, elf->bytes + elf->header.e_phoff + (uint64_t)i * sizeof segment,
           sizeof segment);
    return segment;
}

static Elf32_Shdr section(const struct elf *elf, unsigned i)
{
    Elf32_Shdr section;

    memcpy(&section, elf->bytes + elf->header.e_shoff + (uint64_t)i * sizeof section,
           sizeof section);
    return section;
}

static bool is_loaded(const Elf32_Phdr *segment)
{
    return segment->p_type == PT_LOAD && segment->p_memsz > 0;
}

static const char *machine_name(unsigned machine)
{
    switch (machine) {
    case EM_386:
        return "x86";
    case EM_X86_64:
        return "x86-64";
    case EM_ARM:
        return "ARM";
    case EM_AARCH64:
        return "AArch64";
    case MACHINE_RISCV:
        return "RISC-V, 64 bits";
    default:
        return "another one";
    }
}

static const char *const build_hint = "build with -march=rv32imc -mabi=ilp32";

/* What the file is, from its first bytes. */
static bool check_kind(const struct elf *elf, struct diagnostics *diagnostics)
{
    const Elf32_Ehdr *header = &elf->header;
    bool is_elf = elf->size >= 20 && memcmp(elf->bytes, ELFMAG, SELFMAG) == 0;

    if (!is_elf) {
        diagnostic_error(diagnostics, elf->name, 0, "not an ELF file (expected a program, %s)",
                         build_hint);
    } else if (header->e_ident[EI_DATA] != ELFDATA2LSB) {
        diagnostic_error(diagnostics, elf->name, 0,
                         "not an RV32 ELF: big-endian, or no byte order at all (%s)", build_hint);
    } else if (header->e_machine != MACHINE_RISCV || header->e_ident[EI_CLASS] != ELFCLASS32) {
        diagnostic_error(diagnostics, elf->name, 0, "not an RV32 ELF: machine is %s (%s)",
                         machine_name(header->e_machine), build_hint);
    } else if (elf->size < sizeof *header) {
        diagnostic_error(diagnostics, elf->name, 0, "the ELF header is cut off (copy it again)");
    } else if (header->e_type != ET_EXEC) {
        diagnostic_error(diagnostics, elf->name, 0, "not an executable: %s (%s)",
                         header->e_type == ET_REL    ? "an object file"
                         : header->e_type == ET_DYN  ? "a shared object or position-independent"
                         : header->e_type == ET_CORE ? "a core dump"
                                                     : "of unknown type",
                         header->e_type == ET_REL ? "link it first"
                                                  : "link it with -static -no-pie");
    } else if (header->e_flags & EF_RISCV_FLOATS) {
        diagnostic_error(diagnostics, elf->name, 0,
                         "passes arguments in floating-point registers, which the core lacks (%s)",
                         build_hint);
    } else {
        return true;
    }
    return false;
}

static bool check_segments(struct elf *elf, struct diagnostics *diagnostics)
{
    const Elf32_Ehdr *header = &elf->header;
    unsigned errors = diagnostics->errors;

    elf->lowest = UINT32_MAX;
    if (header->e_phnum == 0 || header->e_phentsize != sizeof(Elf32_Phdr) ||
        !inside(elf, header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf32_Phdr))) {
        diagnostic_error(diagnostics, elf->name, 0,
                         "no usable program headers (link it; an object file has none)");
        return false;
    }
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf32_Phdr part = segment(elf, i);
        uint64_t end = (uint64_t)part.p_paddr + part.p_memsz;

        if (!is_loaded(&part))
            continue;
        if (part.p_filesz > part.p_memsz || end > (uint64_t)1 << 32 ||
            (uint64_t)part.p_vaddr + part.p_memsz > (uint64_t)1 << 32)
            diagnostic_error(diagnostics, elf->name, 0,
                             "segment %u at 0x%08x has %u bytes in the file and %u in memory: "
                             "it cannot be placed (link it again)",
                             i, part.p_paddr, part.p_filesz, part.p_memsz);
        else if (!inside(elf, part.p_offset, part.p_filesz))
            diagnostic_error(diagnostics, elf->name, 0,
                             "segment %u needs bytes %u .. %" PRIu64 ", the file has %" PRIu64
                             " (it is cut off: copy it again)",
                             i, part.p_offset, (uint64_t)part.p_offset + part.p_filesz, elf->size);
        elf->lowest = MIN(elf->lowest, MIN(part.p_paddr, part.p_vaddr));
        elf->highest = MAX(elf->highest, MAX(end, (uint64_t)part.p_vaddr + part.p_memsz));
    }
    if (elf->highest == 0)
        diagnostic_error(diagnostics, elf->name, 0,
                         "nothing in it is to be loaded (link it again)");
    else if (header->e_entry % 2 != 0)
        diagnostic_error(diagnostics, elf->name, 0, "its entry 0x%08x is odd (link it again)",
                         header->e_entry);
    return diagnostics->errors == errors;
}

/* Symbols are a convenience: a table that makes no sense counts as none. */
static void find_symbols(struct elf *elf)
{
    const Elf32_Ehdr *header = &elf->header;

    if (header->e_shentsize != sizeof(Elf32_Shdr) ||
        !inside(elf, header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf32_Shdr)))
        return;
    for (unsigned i = 0; i < header->e_shnum; i++) {
        Elf32_Shdr table = section(elf, i);

        if (table.sh_type != SHT_SYMTAB || table.sh_link >= header->e_shnum ||
            !inside(elf, table.sh_offset, table.sh_size))
            continue;

        Elf32_Shdr strings = section(elf, table.sh_link);

        if (!inside(elf, strings.sh_offset, strings.sh_size) || strings.sh_size == 0 ||
            elf->bytes[strings.sh_offset + strings.sh_size - 1] != '\0')
            continue;
        elf->symbols = table.sh_offset;
        elf->symbols_count = table.sh_size / sizeof(Elf32_Sym);
        elf->strings = strings.sh_offset;
        elf->strings_size = strings.sh_size;
    }
}

struct elf *elf_parse(const char *name, const uint8_t *bytes, uint64_t size,
                      struct diagnostics *diagnostics)
{
    struct elf *elf = g_new0(struct elf, 1);

    G_STATIC_ASSERT(G_BYTE_ORDER == G_LITTLE_ENDIAN);
    elf->name = g_strdup(name);
    elf->bytes = g_memdup2(bytes, size);
    elf->size = size;
    if (size > 0)
        memcpy(&elf->header, bytes, MIN(size, sizeof elf->header));
    if (!check_kind(elf, diagnostics) || !check_segments(elf, diagnostics)) {
        elf_free(elf);
        return NULL;
    }
    find_symbols(elf);
    return elf;
}

struct elf *elf_open(const char *path, struct diagnostics *diagnostics)
{
    char *bytes;
    gsize size;
    GError *error = NULL;

    if (!g_file_get_contents(path, &bytes, &size, &error)) {
        diagnostic_error(diagnostics, NULL, 0, "can't read the program: %s", error->message);
        g_error_free(error);
        return NULL;
    }

    struct elf *elf = elf_parse(path, (const uint8_t *)bytes, size, diagnostics);

    g_free(bytes);
    return elf;
}

void elf_free(struct elf *elf)
{
    if (elf == NULL)
        return;
    g_free(elf->name);
    g_free(elf->bytes);
    g_free(elf);
}

uint32_t elf_entry(const struct elf *elf)
{
    return elf->header.e_entry;
}

uint32_t elf_lowest_address(const struct elf *elf)
{
    return elf->lowest;
}

uint64_t elf_highest_address(const struct elf *elf)
{
    return elf->highest;
}

bool elf_load(const struct elf *elf, uint8_t *memory, uint32_t base, uint32_t bytes,
              struct diagnostics *diagnostics)
{
    unsigned errors = diagnostics->errors;

    for (unsigned i = 0; i < elf->header.e_phnum; i++) {
        Elf32_Phdr part = segment(elf, i);
        uint64_t end = (uint64_t)part.p_paddr + part.p_memsz;

        if (is_loaded(&part) && (part.p_paddr < base || end > (uint64_t)base + bytes))
            diagnostic_error(diagnostics, elf->name, 0,
                             "segment %u, 0x%08x .. 0x%08" PRIx64 ", lies outside the memory, "
                             "0x%08x .. 0x%08" PRIx64 " (give more memory, or link it elsewhere)",
                             i, part.p_paddr, end - 1, base, (uint64_t)base + bytes - 1);
    }
    if (diagnostics->errors != errors)
        return false;
    for (unsigned i = 0; i < elf->header.e_phnum; i++) {
        Elf32_Phdr part = segment(elf, i);

        if (!is_loaded(&part))
            continue;
        memset(memory + (part.p_paddr - base), 0, part.p_memsz);
        memcpy(memory + (part.p_paddr - base), elf->bytes + part.p_offset, part.p_filesz);
    }
    return true;
}

static Elf32_Sym symbol(const struct elf *elf, uint64_t i)
{
    Elf32_Sym symbol;

    memcpy(&symbol, elf->bytes + elf->symbols + i * sizeof symbol, sizeof symbol);
    return symbol;
}

/* NULL: undefined, or its name is not in the table. The table ends with a zero, so names end. */
static const char *symbol_name(const struct elf *elf, const Elf32_Sym *symbol)
{
    if (symbol->st_shndx == SHN_UNDEF || symbol->st_name == 0 ||
        symbol->st_name >= elf->strings_size)
        return NULL;
    return (const char *)elf->bytes + elf->strings + symbol->st_name;
}

bool elf_symbol(const struct elf *elf, const char *name, uint32_t *address)
{
    for (uint64_t i = 0; i < elf->symbols_count; i++) {
        Elf32_Sym candidate = symbol(elf, i);
        const char *candidate_name = symbol_name(elf, &candidate);

        if (candidate_name == NULL || strcmp(candidate_name, name) != 0)
            continue;
        *address = candidate.st_value;
        return true;
    }
    return false;
}

const char *elf_symbol_at(const struct elf *elf, uint32_t address, uint32_t *offset)
{
    const char *best = NULL;
    uint32_t best_offset = UINT32_MAX;

    for (uint64_t i = 0; i < elf->symbols_count; i++) {
        Elf32_Sym candidate = symbol(elf, i);
        const char *name = symbol_name(elf, &candidate);
        unsigned type = ELF32_ST_TYPE(candidate.st_info);
        uint32_t distance = address - candidate.st_value;

        if (name == NULL || name[0] == '$' || name[0] == '.' || candidate.st_value > address ||
            candidate.st_shndx >= SHN_LORESERVE || type == STT_SECTION || type == STT_FILE)
            continue;
        if (distance < best_offset || (distance == best_offset && type == STT_FUNC)) {
            best = name;
            best_offset = distance;
        }
    }
    if (best != NULL && offset != NULL)
        *offset = best_offset;
    return best;
}

char *elf_path(const char *firmware)
{
    if (g_str_has_suffix(firmware, ".elf"))
        return g_strdup(firmware);
    char *name = g_path_get_basename(firmware);
    char *program = g_file_read_link("/proc/self/exe", NULL);
    char *folder = program ? g_path_get_dirname(program) : g_strdup(".");
    const char *chosen = g_getenv("POLYNIC_FIRMWARE");
    char *installed = g_strdup_printf("%s/../share/polynic/firmware/%s.elf", folder, name);
    char *path = chosen ? g_strdup_printf("%s/%s.elf", chosen, name)
                        : g_strdup_printf("%s/firmware/%s.elf", folder, name);

    if (!chosen && !g_file_test(path, G_FILE_TEST_EXISTS) &&
        g_file_test(installed, G_FILE_TEST_EXISTS)) {
        g_free(path);
        path = g_steal_pointer(&installed);
    }
    g_free(name);
    g_free(program);
    g_free(folder);
    g_free(installed);
    return path;
}
