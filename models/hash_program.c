#include "models/hash_program.h"

#include "models/elf.h"
#include "sim/check.h"
#include "sim/diagnostic.h"

#include <glib.h>
#include <stddef.h>
#include <string.h>

enum { HEADER_AT = 96 }; /* of the header's bytes in the hardware's area */

_Static_assert(sizeof(struct hash_frame) <= HEADER_AT && HEADER_AT + HASH_HEADER_BYTES <= HASH_AREA_BYTES,
               "both fit into the area");
_Static_assert((int)HASH_INPUT_BYTES == (int)HASH_MAX_INPUT_BYTES, "as models/hash.h has it");

struct hash_program {
    struct core *core;
    struct elf *elf;
    uint32_t memory_bytes;
    uint8_t key[HASH_MAX_KEY_BYTES + 12]; /* padded with 0 to whole words */
    unsigned key_bytes;
    const struct hash_program_given *frame; /* now */
    bool has_header, has_result;
    uint32_t hash;
    uint64_t result_cycle, boot_cycles;
    char *stopped;
};

static uint32_t area(const struct hash_program *program)
{
    return program->memory_bytes - HASH_AREA_BYTES;
}

/* The frame's first bytes, written when they are asked for. */
static uint32_t give_header(struct hash_program *program, uint32_t *extra_cycles)
{
    uint32_t bytes = program->frame ? MIN(program->frame->bytes, HASH_HEADER_BYTES) : 0;

    if (!program->has_header && bytes) {
        memcpy(core_memory(program->core) + area(program) + HEADER_AT, program->frame->data, bytes);
        *extra_cycles = (bytes + 3) / 4;
    }
    program->has_header = true;
    return HASH_LOCAL_BASE + area(program) + HEADER_AT;
}

static enum core_io external(void *owner, struct core_access *access, uint64_t cycle, uint32_t *extra_cycles)
{
    struct hash_program *program = owner;
    uint32_t offset = access->address - HASH_UNIT_REGISTERS;

    if (access->size_bytes != 4 || offset % 4)
        return CORE_IO_FAULT;
    if (access->is_store) {
        if (offset != HASH_RESULT)
            return CORE_IO_FAULT;
        if (program->frame && !program->has_result) {
            program->has_result = true;
            program->hash = access->value;
            program->result_cycle = cycle;
        }
        return CORE_IO_NOW;
    }
    if (offset == HASH_NEXT)
        return CORE_IO_STOP;
    if (offset == HASH_HEADER)
        access->value = give_header(program, extra_cycles);
    else if (offset == HASH_LOCAL_BYTES)
        access->value = program->memory_bytes;
    else if (offset == HASH_KEY_BYTES)
        access->value = program->key_bytes;
    else if (offset >= HASH_KEY && offset + 4 <= HASH_KEY + sizeof program->key)
        access->value = (uint32_t)program->key[offset - HASH_KEY] | (uint32_t)program->key[offset - HASH_KEY + 1] << 8 |
                        (uint32_t)program->key[offset - HASH_KEY + 2] << 16 |
                        (uint32_t)program->key[offset - HASH_KEY + 3] << 24;
    else
        return CORE_IO_FAULT;
    return CORE_IO_NOW;
}

/* To the next HASH_NEXT. */
static void run(struct hash_program *program)
{
    switch (core_run(program->core, core_cycle(program->core) + HASH_PROGRAM_CYCLES)) {
    case CORE_ACCESS:
        return;
    case CORE_LIMIT:
        program->stopped = g_strdup_printf("no HASH_NEXT within %d cycles", HASH_PROGRAM_CYCLES);
        return;
    case CORE_WFI:
        program->stopped = g_strdup("it sleeps (wfi), and nothing wakes it");
        return;
    case CORE_EBREAK:
    case CORE_FAULT:
        program->stopped = g_strdup_printf("%s at 0x%08x (0x%08x)", core_fault(program->core)->text,
                                           core_fault(program->core)->pc, core_fault(program->core)->tval);
        return;
    }
}

struct hash_program *hash_program_new(const struct hash_program_config *config, struct diagnostics *diagnostics)
{
    struct hash_program *program = g_new0(struct hash_program, 1);

    memcpy(program->key, config->key, config->key_bytes);
    program->key_bytes = config->key_bytes;
    program->memory_bytes = config->memory_bytes;
    program->elf = elf_open(config->path, diagnostics);
    if (!program->elf) {
        hash_program_free(program);
        return NULL;
    }
    struct core_config core = {.timing = config->timing,
                               .memory_base = HASH_LOCAL_BASE,
                               .memory_bytes = config->memory_bytes,
                               .reset_pc = elf_entry(program->elf),
                               .external = external,
                               .owner = program};

    program->core = core_new(&core);
    if (!program->core ||
        !elf_load(program->elf, core_memory(program->core), HASH_LOCAL_BASE, area(program), diagnostics)) {
        hash_program_free(program);
        return NULL;
    }
    run(program);
    if (program->stopped) {
        diagnostic_error(diagnostics, config->path, 0,
                         "no hash program: %s before it asked for a frame (stacks/HASH_PROGRAMS.md)",
                         program->stopped);
        hash_program_free(program);
        return NULL;
    }
    program->boot_cycles = core_cycle(program->core);
    return program;
}

void hash_program_free(struct hash_program *program)
{
    if (!program)
        return;
    if (program->core)
        core_free(program->core);
    if (program->elf)
        elf_free(program->elf);
    g_free(program->stopped);
    g_free(program);
}

uint64_t hash_program_boot_cycles(const struct hash_program *program)
{
    return program->boot_cycles;
}

const char *hash_program_stopped(const struct hash_program *program)
{
    return program->stopped;
}

struct hash_program_run hash_program_hash(struct hash_program *program, const struct hash_program_given *given)
{
    struct hash_frame frame = {.bytes = (uint16_t)MIN(given->bytes, 65535),
                               .input_bytes = (uint8_t)given->input_bytes,
                               .vlan_tags = given->vlan_tags,
                               .network_offset = given->network_offset,
                               .transport_offset = given->transport_offset,
                               .protocol = given->protocol,
                               .is_fragment = given->is_fragment};
    uint32_t bytes = (uint32_t)offsetof(struct hash_frame, input) + given->input_bytes;
    uint64_t from = core_cycle(program->core);

    if (program->stopped)
        return (struct hash_program_run){0};
    memcpy(frame.input, given->input, given->input_bytes);
    memcpy(core_memory(program->core) + area(program), &frame, bytes);
    program->frame = given;
    program->has_header = program->has_result = false;
    core_complete(program->core, HASH_LOCAL_BASE + area(program), (bytes + 3) / 4);
    run(program);
    program->frame = NULL;
    if (program->stopped && !program->has_result)
        return (struct hash_program_run){0};
    return (struct hash_program_run){.has_result = program->has_result,
                                     .hash = program->hash,
                                     .result_cycles = program->has_result ? program->result_cycle - from : 0,
                                     .busy_cycles = core_cycle(program->core) - from};
}
