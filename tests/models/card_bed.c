#include "tests/models/card_bed.h"

#include "models/bridge.h"
#include "models/host_dma.h"
#include "models/receive_dma.h"
#include "models/transmit_dispatch.h"
#include "models/transmit_dma.h"
#include "sim/settings.h"
#include "traces/packet.h"

#include <check.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct part_kind *const kinds[] = {
    &settings_kind,     &port_kind,     &dispatch_kind,  &bus_kind,
    &memory_kind,       &receive_dma_kind, &transmit_dma_kind, &host_dma_kind,
    &processor_kind,    &transmit_dispatch_kind, &bridge_kind, &host_kind, NULL};

static const char text[] = "[port eth0]\n[dispatch rx]\n[bus card]\n[memory packet]\nbus=card\n"
                           "[receive_dma rxdma]\n[transmit_dma txdma]\n[host_dma hostdma]\n"
                           "[processor pp]\ncount=1\nclock=500MHz\n"
                           "[transmit_dispatch tx]\n[bridge hbi]\ncard_bus=card\nhost_bus=pci\n"
                           "[bus pci]\n[memory hostmem]\nbus=pci\nbase=0\nsize=1GiB\n"
                           "[host server]\nbus=pci\nmemory=hostmem\n";

void card_bed_init(struct card_bed *bed, const char *firmware, const char *keys)
{
    char path[] = "/tmp/polynic-bed-XXXXXX.ini";
    int file = mkstemps(path, 4);
    char **sets = g_strsplit(keys, " ", -1);
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);

    for (char **set = sets; *set; set++)
        if (**set)
            g_ptr_array_add(all, g_strdup(*set));
    g_ptr_array_add(all, g_strdup_printf("processor.pp.firmware=%s", firmware));
    g_ptr_array_add(all, NULL);
    ck_assert(file >= 0);
    ck_assert_int_eq(write(file, text, sizeof text - 1), sizeof text - 1);
    close(file);
    memset(bed, 0, sizeof *bed);
    sim_init(&bed->sim);
    diagnostics_init(&bed->diagnostics);
    ledger_init(&bed->ledger);
    bed->scenario =
        scenario_load(path, (const char *const *)all->pdata, kinds, &bed->diagnostics);
    bool good = bed->scenario && scenario_build(bed->scenario, &bed->sim, &bed->diagnostics);
    if (good) {
        settings_apply(&bed->sim);
        good = sim_wire(&bed->sim, &bed->diagnostics);
    }
    diagnostics_print(&bed->diagnostics, stderr);
    ck_assert(good);
    g_unlink(path);
    g_strfreev(sets);
    g_ptr_array_free(all, true);
    bed->port = (struct port *)sim_find_part(&bed->sim, "port", "eth0");
    for (unsigned i = 0; i < bed->sim.part_count; i++)
        if (bed->sim.parts[i]->kind == &processor_kind)
            bed->processors[bed->processor_count++] = (struct processor *)bed->sim.parts[i];
    sim_start(&bed->sim);
}

void card_bed_free(struct card_bed *bed)
{
    sim_free(&bed->sim);
    scenario_free(bed->scenario);
    diagnostics_clear(&bed->diagnostics);
    ledger_free(&bed->ledger);
}

static const char prologue[] =
    "#include \"stacks/hardware.h\"\n"
    "__asm__(\".section .text.start\\n.globl _start\\n_start: la sp, stack + 4096\\n\"\n"
    "        \"call run\\n1: wfi\\nj 1b\\n.text\\n\");\n"
    "char stack[4096] __attribute__((aligned(16)));\n"
    "#define REGISTER(w) (*(volatile uint32_t *)(HW_REGISTERS + (w)))\n"
    "#define BARRIER() __asm__ volatile(\"\" ::: \"memory\")\n"
    "static inline uint32_t cycles(void)\n"
    "{\n    uint32_t now;\n    __asm__ volatile(\".option push\\n.option arch, +zicsr\\n\"\n"
    "        \"csrr %0, mcycle\\n.option pop\" : \"=r\"(now) :: \"memory\");\n    return now;\n}\n"
    "void run(void);\n";

const char *card_bed_compile(const char *source)
{
    static char image[64];
    char path[] = "/tmp/polynic-program-XXXXXX.c";
    int file = mkstemps(path, 2);
    char *all = g_strconcat(prologue, source, NULL);

    ck_assert(file >= 0);
    ck_assert_int_eq(write(file, all, strlen(all)), (int)strlen(all));
    close(file);
    g_snprintf(image, sizeof image, "%.*s.elf", (int)strlen(path) - 2, path);
    char *command = g_strdup_printf(
        "riscv64-unknown-elf-gcc -march=rv32imc -mabi=ilp32 -O2 -ffreestanding -nostdlib "
        "-nostartfiles -I. -Wl,-n,-Ttext=0x10000000 -Wl,--no-warn-rwx-segments,--no-relax -o %s %s",
        image, path);
    ck_assert_int_eq(system(command), 0);
    g_unlink(path);
    g_free(command);
    g_free(all);
    return image;
}

uint32_t card_bed_word(const struct card_bed *bed, unsigned processor, const char *symbol)
{
    uint32_t address, value;

    ck_assert_msg(elf_symbol(bed->processors[processor]->elf, symbol, &address), "no symbol %s",
                  symbol);
    memcpy(&value, core_memory(bed->processors[processor]->core) + (address - HW_LOCAL_BASE), 4);
    return value;
}

void card_bed_offer(struct card_bed *bed, uint16_t port, uint32_t payload_bytes)
{
    uint32_t bytes = 42 + payload_bytes;
    uint8_t *data = g_malloc0(bytes);
    static const uint8_t head[] = {2, 0, 0x5e, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8,  0, 0x45, 0, 0, 0, 0,
                                   1, 0, 0,    64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 3, 0xe8};
    struct packet packet;

    memcpy(data, head, sizeof head);
    packet_put16(data + 16, (uint16_t)(bytes - 14));
    packet_put16(data + 36, port);
    packet_put16(data + 38, (uint16_t)(8 + payload_bytes));
    for (uint32_t i = 0; i < payload_bytes; i++)
        data[42 + i] = (uint8_t)i;
    packet_parse(&packet, data, bytes, bytes);
    packet_fix_checksums(&packet, data);
    port_offer(bed->port, frame_new(&bed->ledger, data, bytes));
    g_free(data);
}
