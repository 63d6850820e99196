/* command_exec.c - `polynic exec`: a bare-metal RV32 program on one core alone.
 *
 * The program sees memory that answers in the next cycle, a timer where a core-local interruptor
 * has it, and the two words of the riscv-tests convention, if it has the symbols:
 *
 *     tohost    1 ends it well, another odd n ends it with failure n >> 1; an even one but 0 is the
 *               address of a request {64 (write), file, bytes, count}, 64-bit words, answered in
 * place fromhost  1 when a request has been answered */
#include "models/core.h"
#include "models/elf.h"
#include "sim/command.h"
#include "sim/diagnostic.h"

#include <getopt.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_PROGRAM_FAILED = 1, EXIT_INPUT = 2, EXIT_MAX_CYCLES = 3, EXIT_HANG = 4 };
enum { PAGE_BYTES = 4096, DEFAULT_EXTRA_BYTES = 16 << 20, MAX_RAM_BYTES = 1 << 30 };
enum { TIMER_COMPARE = 0x02004000, TIMER_NOW = 0x0200bff8 };

static const char help[] =
    "usage: polynic exec PROGRAM.elf [option ...]\n"
    "\n"
    "Runs a bare-metal RV32IMC program on one core alone, with memory that answers in the next\n"
    "cycle, and prints instructions, cycles and instructions per cycle. It ends at\n"
    "  - a store to the symbol tohost: 1 is success, another odd n is failure n >> 1;\n"
    "    an even n but 0 is a request (write to the terminal), as the riscv-tests benchmarks make\n"
    "  - ebreak, as long as no trap handler is set in mtvec: success\n"
    "  - a trap without a handler, or a fault inside the handler: failure\n"
    "  - --max-cycles\n"
    "\n"
    "  --preset NAME     the core's timing, default ibex-small:\n";
static const char help_options[] =
    "  --ram BASE:SIZE   memory, such as 0x80000000:1MiB (default: from the program's lowest\n"
    "                    address to 16 MiB beyond its highest)\n"
    "  --max-cycles N    end after so many cycles (default: no limit)\n"
    "  --symbols A,B     after the end print the words of memory at these symbols, 'A 1234'\n"
    "  --trace           print each instruction before it is executed: cycle, pc, bits, text\n"
    "  --help            this text\n"
    "\n"
    "A timer: mtime (the cycle) at 0x0200bff8, mtimecmp at 0x02004000, 64 bits each, unless\n"
    "memory is there. A wfi waits for it; one that nothing can end is reported.\n"
    "\n"
    "Exit status: 0 success, 1 the program failed, 2 bad option or program file, 3 --max-cycles\n"
    "reached, 4 waits for ever.\n";

struct options {
    const char *program;
    const struct core_timing *timing;
    bool ram_given;
    uint32_t ram_base, ram_bytes;
    uint64_t max_cycles;
    char **symbols; /* ends with NULL; NULL: none */
    bool trace;
};

struct machine {
    struct core *core;
    struct elf *elf;
    uint32_t base, bytes;
    uint32_t tohost; /* address */
    bool has_tohost;
    bool ended;      /* by tohost, */
    uint32_t result; /* what was stored there */
    uint64_t timer_compare;
};

/* "0x80000000", "64KiB", "1MiB". False if it is no number or ends beyond 2^32. */
static bool parse_size(const char *text, uint64_t *value)
{
    static const struct {
        const char *suffix;
        unsigned shift;
    } units[] = {{"", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
    char *end;

    if (!g_ascii_isdigit(*text))
        return false;
    *value = g_ascii_strtoull(text, &end, 0);
    if (*value > (uint64_t)1 << 32)
        return false;
    for (unsigned i = 0; i < G_N_ELEMENTS(units); i++) {
        if (strcmp(end, units[i].suffix) != 0)
            continue;
        *value <<= units[i].shift;
        return *value <= (uint64_t)1 << 32;
    }
    return false;
}

static void parse_ram(const char *text, struct options *options, struct diagnostics *diagnostics)
{
    char **halves = g_strsplit(text, ":", 3);
    uint64_t base = 0, bytes = 0;
    bool is_pair = g_strv_length(halves) == 2;

    if (!is_pair || !parse_size(halves[0], &base) || !parse_size(halves[1], &bytes))
        diagnostic_error(diagnostics, NULL, 0,
                         "--ram %s: expected BASE:SIZE, such as 0x80000000:1MiB", text);
    else if (base % PAGE_BYTES || bytes % PAGE_BYTES || bytes == 0)
        diagnostic_error(diagnostics, NULL, 0,
                         "--ram %s: both must be multiples of 4KiB, SIZE not 0", text);
    else if (bytes > MAX_RAM_BYTES || base + bytes > (uint64_t)1 << 32)
        diagnostic_error(diagnostics, NULL, 0,
                         "--ram %s: SIZE is at most 1GiB, and memory ends at 0x100000000", text);
    options->ram_given = true;
    options->ram_base = (uint32_t)base;
    options->ram_bytes = (uint32_t)bytes;
    g_strfreev(halves);
}

static void parse_preset(const char *name, struct options *options, struct diagnostics *diagnostics)
{
    const char *names[16] = {NULL};

    options->timing = core_timing(name);
    if (options->timing != NULL)
        return;
    for (unsigned i = 0; i < 15 && core_timing_at(i) != NULL; i++)
        names[i] = core_timing_at(i)->name;

    const char *nearest = diagnostic_nearest(name, names);
    char *all = g_strjoinv(", ", (char **)names);

    diagnostic_error(diagnostics, NULL, 0, "--preset %s: there is %s%s%s%s", name, all,
                     nearest ? " (did you mean '" : "", nearest ? nearest : "",
                     nearest ? "'?)" : "");
    g_free(all);
}

static void parse_max_cycles(const char *text, struct options *options,
                             struct diagnostics *diagnostics)
{
    guint64 value;

    if (!g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT64 - 1, &value, NULL))
        diagnostic_error(diagnostics, NULL, 0, "--max-cycles %s: expected a number from 1", text);
    else
        options->max_cycles = value;
}

static void print_help(void)
{
    fputs(help, stdout);
    for (unsigned i = 0; core_timing_at(i) != NULL; i++)
        printf("                      %-13s %s\n", core_timing_at(i)->name,
               core_timing_at(i)->description);
    fputs(help_options, stdout);
}

/* False: help was asked for and printed. */
static bool parse_options(int argc, char **argv, struct options *options,
                          struct diagnostics *diagnostics)
{
    enum { PRESET, RAM, MAX_CYCLES, SYMBOLS, TRACE, HELP };
    static const struct option known[] = {
        {"preset", required_argument, NULL, PRESET},
        {"ram", required_argument, NULL, RAM},
        {"max-cycles", required_argument, NULL, MAX_CYCLES},
        {"symbols", required_argument, NULL, SYMBOLS},
        {"trace", no_argument, NULL, TRACE},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
    };
    int option;

    optind = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", known, NULL)) != -1) {
        switch (option) {
        case PRESET:
            parse_preset(optarg, options, diagnostics);
            break;
        case RAM:
            parse_ram(optarg, options, diagnostics);
            break;
        case MAX_CYCLES:
            parse_max_cycles(optarg, options, diagnostics);
            break;
        case SYMBOLS:
            g_strfreev(options->symbols);
            options->symbols = g_strsplit(optarg, ",", -1);
            break;
        case TRACE:
            options->trace = true;
            break;
        case HELP:
            print_help();
            return false;
        default:
            diagnostic_error(diagnostics, NULL, 0, "exec: %s %s (see polynic exec --help)",
                             argv[optind - 1],
                             option == ':' ? "needs a value" : "is not an option");
        }
    }
    if (optind == argc - 1)
        options->program = argv[optind];
    else
        diagnostic_error(diagnostics, NULL, 0,
                         "exec: expected one program%s (see polynic exec --help)",
                         optind < argc ? ", there are more" : "");
    return true;
}

static uint32_t load_word(const struct machine *machine, uint32_t address)
{
    uint32_t offset = address - machine->base, value = 0;

    if (offset < machine->bytes && machine->bytes - offset >= 4)
        memcpy(&value, core_memory(machine->core) + offset, 4);
    return value;
}

/* A request of the program: the only one known is to write to the terminal. */
static void answer_request(struct machine *machine, uint32_t request)
{
    enum { SYSTEM_WRITE = 64 };
    uint32_t bytes = load_word(machine, request + 16), count = load_word(machine, request + 24);
    uint32_t offset = bytes - machine->base, fromhost;
    uint8_t *memory = core_memory(machine->core);
    const uint32_t one = 1;

    if (load_word(machine, request) == SYSTEM_WRITE && offset < machine->bytes)
        fwrite(memory + offset, 1, MIN(count, machine->bytes - offset), stdout);
    if (elf_symbol(machine->elf, "fromhost", &fromhost) &&
        fromhost - machine->base < machine->bytes - 3)
        memcpy(memory + (fromhost - machine->base), &one, sizeof one);
}

static void set_timer(struct machine *machine, uint32_t high, uint32_t value)
{
    unsigned shift = high ? 32 : 0;

    machine->timer_compare &= ~((uint64_t)UINT32_MAX << shift);
    machine->timer_compare |= (uint64_t)value << shift;
    core_set_timer(machine->core, machine->timer_compare);
}

static enum core_io external(void *owner, struct core_access *access, uint64_t cycle,
                             uint32_t *extra_cycles)
{
    struct machine *machine = owner;
    bool high = access->address & 4;

    (void)extra_cycles;
    if (machine->has_tohost && access->is_store &&
        access->address - machine->base < machine->bytes) {
        if (access->value == 0 || access->address != machine->tohost)
            return CORE_IO_NOW;
        if (access->value & 1) {
            machine->ended = true;
            machine->result = access->value;
            return CORE_IO_STOP;
        }
        answer_request(machine, access->value);
        return CORE_IO_NOW;
    }
    if (access->size_bytes != 4 || access->address % 4 != 0)
        return CORE_IO_FAULT;
    if ((access->address & ~4u) == TIMER_COMPARE) {
        if (access->is_store)
            set_timer(machine, high, access->value);
        access->value = (uint32_t)(machine->timer_compare >> (high ? 32 : 0));
        return CORE_IO_NOW;
    }
    if ((access->address & ~4u) == TIMER_NOW && !access->is_store) {
        access->value = (uint32_t)(cycle >> (high ? 32 : 0));
        return CORE_IO_NOW;
    }
    return CORE_IO_FAULT;
}

static const char *place(const struct machine *machine, uint32_t address, char *text, size_t size)
{
    uint32_t offset;
    const char *name = elf_symbol_at(machine->elf, address, &offset);

    if (name == NULL)
        snprintf(text, size, "0x%08x", address);
    else
        snprintf(text, size, "0x%08x <%s+0x%x>", address, name, offset);
    return text;
}

static void print_fault(const struct machine *machine)
{
    const struct core_fault *fault = core_fault(machine->core);
    char text[200];

    fflush(stdout);
    fprintf(stderr, "polynic: %s at %s, value 0x%08x, %s\n", fault->text,
            place(machine, fault->pc, text, sizeof text), fault->tval,
            fault->in_handler ? "inside the trap handler" : "and mtvec holds no handler");
    for (unsigned i = 0; i < 32; i++)
        fprintf(stderr, "%5s 0x%08x%s", core_register_name[i], core_register(machine->core, i),
                i % 4 == 3 ? "\n" : "");
}

static void print_step(const struct machine *machine)
{
    uint32_t pc = core_pc(machine->core), bits = load_word(machine, pc);
    uint32_t offset = pc - machine->base;
    char text[64];

    if (offset == machine->bytes - 2)
        memcpy(&bits, core_memory(machine->core) + offset, 2);
    if (core_disassemble(bits, pc, text, sizeof text) == 2)
        printf("%10" PRIu64 " %08x %8s%04x %s\n", core_cycle(machine->core), pc, "", bits & 0xffff,
               text);
    else
        printf("%10" PRIu64 " %08x %4s%08x %s\n", core_cycle(machine->core), pc, "", bits, text);
}

/* A wfi sleeps until the timer. False if nothing will end it. */
static bool wait_for_timer(struct machine *machine, uint64_t max_cycles)
{
    uint64_t now = core_cycle(machine->core), wake = core_timer_wakes(machine->core);

    if (wake == UINT64_MAX)
        return false;
    core_wake(machine->core, MIN(wake, max_cycles) > now ? MIN(wake, max_cycles) - now : 0);
    return true;
}

/* Runs to the end and says how it went: the exit status. */
static int run(struct machine *machine, const struct options *options)
{
    char text[200];

    for (;;) {
        uint64_t limit = options->max_cycles;

        if (options->trace) {
            print_step(machine);
            limit = MIN(limit, core_cycle(machine->core) + 1);
        }
        switch (core_run(machine->core, limit)) {
        case CORE_LIMIT:
            if (core_cycle(machine->core) < options->max_cycles)
                break;
            fflush(stdout);
            fprintf(stderr, "polynic: stopped by --max-cycles at %s\n",
                    place(machine, core_pc(machine->core), text, sizeof text));
            return EXIT_MAX_CYCLES;
        case CORE_ACCESS: /* the odd store to tohost, itself part of the program */
            core_complete(machine->core, 0, 0);
            if (machine->result == 1)
                return EXIT_SUCCESS;
            fflush(stdout);
            fprintf(stderr, "polynic: the program failed: tohost %u (test %u)\n", machine->result,
                    machine->result >> 1);
            return EXIT_PROGRAM_FAILED;
        case CORE_WFI:
            if (wait_for_timer(machine, options->max_cycles))
                break;
            fflush(stdout);
            fprintf(stderr, "polynic: waits for ever: wfi at %s, and no timer is armed\n",
                    place(machine, core_pc(machine->core), text, sizeof text));
            return EXIT_HANG;
        case CORE_EBREAK:
            return EXIT_SUCCESS;
        case CORE_FAULT:
            print_fault(machine);
            return EXIT_PROGRAM_FAILED;
        }
    }
}

static void print_results(const struct machine *machine, const struct options *options)
{
    uint64_t retired = core_retired(machine->core), cycles = core_cycle(machine->core);
    uint64_t thousandths = cycles ? (uint64_t)((__uint128_t)retired * 1000 / cycles) : 0;
    uint32_t address;

    printf("instructions %" PRIu64 "\ncycles %" PRIu64 "\nipc %" PRIu64 ".%03" PRIu64 "\n", retired,
           cycles, thousandths / 1000, thousandths % 1000);
    for (char **name = options->symbols; name != NULL && *name != NULL; name++)
        if (elf_symbol(machine->elf, *name, &address))
            printf("%s %u\n", *name, load_word(machine, address));
}

static void place_memory(struct machine *machine, const struct options *options,
                         struct diagnostics *diagnostics)
{
    uint64_t end = elf_highest_address(machine->elf) + DEFAULT_EXTRA_BYTES + PAGE_BYTES - 1;

    machine->base = elf_lowest_address(machine->elf) & ~(uint32_t)(PAGE_BYTES - 1);
    end = MIN(end & ~(uint64_t)(PAGE_BYTES - 1), (uint64_t)1 << 32);
    if (options->ram_given) {
        machine->base = options->ram_base;
        machine->bytes = options->ram_bytes;
    } else if (end - machine->base > MAX_RAM_BYTES) {
        diagnostic_error(diagnostics, options->program, 0,
                         "its segments lie up to %" PRIu64
                         " MiB apart; memory is one area of at most "
                         "1024 MiB (link them closer, or give --ram)",
                         (end - machine->base) >> 20);
    } else {
        machine->bytes = (uint32_t)(end - machine->base);
    }
}

static void check_symbols(const struct machine *machine, const struct options *options,
                          struct diagnostics *diagnostics)
{
    uint32_t address;

    for (char **name = options->symbols; name != NULL && *name != NULL; name++)
        if (!elf_symbol(machine->elf, *name, &address))
            diagnostic_error(diagnostics, options->program, 0,
                             "--symbols: it has no symbol '%s' (see nm)", *name);
        else if (address - machine->base > machine->bytes - 4)
            diagnostic_error(diagnostics, options->program, 0,
                             "--symbols: '%s' is at 0x%08x, outside memory", *name, address);
}

/* False after errors. */
static bool prepare(struct machine *machine, const struct options *options,
                    struct diagnostics *diagnostics)
{
    machine->elf = elf_open(options->program, diagnostics);
    if (machine->elf == NULL)
        return false;
    place_memory(machine, options, diagnostics);
    if (diagnostics->errors > 0)
        return false;
    check_symbols(machine, options, diagnostics);
    machine->core = core_new(&(struct core_config){.timing = options->timing,
                                                   .memory_base = machine->base,
                                                   .memory_bytes = machine->bytes,
                                                   .reset_pc = elf_entry(machine->elf),
                                                   .external = external,
                                                   .owner = machine});
    if (machine->core == NULL) {
        diagnostic_error(diagnostics, NULL, 0,
                         "no room for %u MiB of memory (give a smaller --ram)",
                         machine->bytes >> 20);
        return false;
    }
    if (!elf_load(machine->elf, core_memory(machine->core), machine->base, machine->bytes,
                  diagnostics))
        return false;
    machine->has_tohost = elf_symbol(machine->elf, "tohost", &machine->tohost) &&
                          machine->tohost - machine->base <= machine->bytes - 4;
    if (machine->has_tohost)
        core_watch(machine->core, machine->tohost, 4);
    return diagnostics->errors == 0;
}

int command_exec(int argc, char **argv)
{
    struct options options = {.timing = core_timing("ibex-small"), .max_cycles = UINT64_MAX};
    struct machine machine = {.timer_compare = UINT64_MAX};
    struct diagnostics diagnostics;
    int status = EXIT_INPUT;

    diagnostics_init(&diagnostics);
    if (!parse_options(argc, argv, &options, &diagnostics)) {
        status = EXIT_SUCCESS;
    } else if (diagnostics.errors == 0 && prepare(&machine, &options, &diagnostics)) {
        status = run(&machine, &options);
        print_results(&machine, &options);
    }
    diagnostics_print(&diagnostics, stderr);
    diagnostics_clear(&diagnostics);
    core_free(machine.core);
    elf_free(machine.elf);
    g_strfreev(options.symbols);
    return status;
}
