/* core_stack.c - the functions of native.h, done by the firmware image on a simulated core: linked
 * in place of the native stack, it lets the same tests judge the image itself, instruction by
 * instruction.
 *
 * STACK_IMAGE names another image, STACK_PRESET another core than ibex-maxperf. Time stands still
 * while the core runs; an access to packet memory costs PACKET_CYCLES more than one to local.
 */
#include "tests/stacks/core/core_stack.h"

#include "models/core.h"
#include "models/elf.h"
#include "sim/diagnostic.h"
#include "tests/stacks/mock_hardware.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGE_BYTES = 80 * 1024, PACKET_CYCLES = 10, RUN_LIMIT = 200 * 1000 * 1000 };

static struct core *core;
static struct elf *elf;
static struct stack_hardware hw;
static uint32_t local_bytes;
static struct core_stack_counts counts;

static void *local(uint32_t address)
{
    ck_assert_uint_eq(address % 4, 0);
    ck_assert_uint_lt(address - HW_LOCAL_BASE, local_bytes - 64);
    return core_memory(core) + (address - HW_LOCAL_BASE);
}

static void register_store(uint32_t which, uint32_t value)
{
    struct hw_host transfer;

    counts.register_stores++;
    switch (which) {
    case HW_RX_POP:
        hw.rx_pop(hw.self, local(value));
        break;
    case HW_TX_POST:
        hw.tx_post(hw.self, local(value));
        break;
    case HW_HOST_POST:
        memcpy(&transfer, local(value), sizeof transfer);
        hw.host_post(hw.self, &transfer, transfer.message_bytes ? local(transfer.message) : NULL);
        break;
    case HW_REQUEST_POP:
        hw.request_pop(hw.self, local(value));
        break;
    case HW_OWNER:
    case HW_CLAIM:
    case HW_RELEASE:
        hw.owner(hw.self, which, local(value));
        break;
    default:
        hw.store(hw.self, which, value);
    }
    if (which == HW_TIMER_US)
        core_set_timer(core, mock_timer_in_us() == 0 ? core_cycle(core) : UINT64_MAX);
}

static enum core_io external(void *owner, struct core_access *access, uint64_t cycle,
                             uint32_t *extra_cycles)
{
    (void)owner;
    (void)cycle;
    if (access->address >= HW_REGISTERS && access->address < HW_REGISTERS + 0x1000) {
        uint32_t which = access->address - HW_REGISTERS;

        ck_assert_uint_eq(access->size_bytes, 4);
        ck_assert_uint_eq(which % 4, 0);
        if (access->is_store) {
            register_store(which, access->value);
        } else {
            counts.register_loads++;
            access->value = hw.load(hw.self, which);
        }
        return CORE_IO_NOW;
    }
    if (access->address - hw.packet_address < hw.packet_bytes) {
        uint8_t *at = hw.packets + (access->address - hw.packet_address);

        *extra_cycles = PACKET_CYCLES;
        ck_assert_uint_eq(access->address % access->size_bytes, 0);
        if (access->is_store) {
            counts.packet_stores++;
            memcpy(at, &access->value, access->size_bytes);
        } else {
            counts.packet_loads++;
            access->value = 0;
            memcpy(&access->value, at, access->size_bytes);
        }
        return CORE_IO_NOW;
    }
    ck_abort_msg("access to 0x%x at pc 0x%x", access->address, access->pc);
}

void stack_run(void)
{
    uint64_t limit = core_cycle(core) + RUN_LIMIT;

    core_set_timer(core, mock_timer_in_us() == 0 ? core_cycle(core) : UINT64_MAX);
    for (;;) {
        enum core_stop stop = core_run(core, limit);

        if (stop == CORE_WFI) {
            if (!hw.load(hw.self, HW_PENDING))
                return;
            core_wake(core, 0);
            continue;
        }
        uint32_t offset = 0;
        const char *symbol = elf_symbol_at(elf, core_pc(core), &offset);

        ck_abort_msg("stopped: %d at 0x%x %s+%u, console: %s", stop, core_pc(core),
                     symbol ? symbol : "?", offset, mock.console);
    }
}

void stack_start(const struct stack_hardware *hardware)
{
    struct diagnostics diagnostics;
    const char *image = getenv("STACK_IMAGE") ? getenv("STACK_IMAGE") : IMAGE;

    hw = *hardware;
    local_bytes = (hardware->heap_bytes + IMAGE_BYTES) & ~4095u;
    diagnostics_init(&diagnostics);
    elf = elf_open(image, &diagnostics);
    ck_assert_ptr_nonnull(elf);
    struct core_config config = {
        .timing = core_timing(getenv("STACK_PRESET") ? getenv("STACK_PRESET") : "ibex-maxperf"),
        .memory_base = HW_LOCAL_BASE,
        .memory_bytes = local_bytes,
        .reset_pc = elf_entry(elf),
        .external = external};

    core = core_new(&config);
    ck_assert(elf_load(elf, core_memory(core), HW_LOCAL_BASE, local_bytes, &diagnostics));
    mock_local(core_memory(core), local_bytes);
    stack_run();
    counts = (struct core_stack_counts){0};
}

uint32_t stack_next_us(void)
{
    return mock_timer_in_us();
}

static uint32_t word(const char *symbol, uint32_t offset)
{
    uint32_t address = 0, value;

    ck_assert(elf_symbol(elf, symbol, &address));
    memcpy(&value, core_memory(core) + (address - HW_LOCAL_BASE) + offset, 4);
    return value;
}

struct stack_memory stack_memory(void)
{
    return (struct stack_memory){
        .free_bytes = word("heap_statistics", 4),
        .lowest_bytes = word("heap_statistics", 8),
        .failures = word("heap_statistics", 12),
        .rx_held = word("port_rx_held", 0),
        .tx_free = word("port_tx_free", 0) + word("port_kept_spare", 0),
        .sessions = word("session_count", 0),
    };
}

struct core_stack_counts core_stack_counts(void)
{
    counts.instructions = core_retired(core);
    counts.cycles = core_cycle(core);
    return counts;
}
