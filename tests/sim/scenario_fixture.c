#include "tests/sim/scenario_fixture.h"

#include <check.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct parameter sim_parameters[] = {
    {"seed", PARAMETER_COUNT, offsetof(struct test_sim, seed), "1", 0, UINT64_MAX, NULL,
     "Seed of all random numbers."},
    {0},
};
static const struct part_kind sim_kind = {.name = "sim",
                                          .help = "The simulation itself.",
                                          .size = sizeof(struct test_sim),
                                          .parameters = sim_parameters,
                                          .single = true};

static const struct parameter bus_parameters[] = {
    {"clock", PARAMETER_FREQUENCY, offsetof(struct test_bus, hz), "500MHz", 1000000, 100000000000,
     NULL, "Its clock."},
    {"width", PARAMETER_BITS, offsetof(struct test_bus, width_bits), "128bit", 8, 1024, NULL,
     "Its width."},
    {"base", PARAMETER_ADDRESS, offsetof(struct test_bus, base), "0x80000000", 0, 1ull << 46, NULL,
     "Its first address."},
    {"chip", PARAMETER_TEXT, offsetof(struct test_bus, chip), "card", 1, 8, NULL, "Its chip."},
    {0},
};
static const struct part_kind bus_kind = {
    .name = "bus", .help = "A bus.", .size = sizeof(struct test_bus), .parameters = bus_parameters};

static const char *const hashes[] = {"toeplitz", "crc32", "xor", NULL};
static const char *const bus_kinds[] = {"bus", NULL};
static const char *const spare_kinds[] = {"bus", "port", NULL};
static const char *const worker_kinds[] = {"worker", NULL};
static const char *const port_kinds[] = {"port", NULL};

static const char *const automatic[] = {"auto", NULL};

static const struct parameter port_parameters[] = {
    {"speed", PARAMETER_RATE, offsetof(struct test_port, speed_bits_per_s), "10Gbit/s", 10000000,
     1000000000000, NULL, "Bits a second."},
    {"fifo", PARAMETER_SIZE, offsetof(struct test_port, fifo_bytes), "256KiB", 2048, 1ull << 30,
     NULL, "Its FIFO."},
    {"delay", PARAMETER_TIME, offsetof(struct test_port, delay_ps), "0", 0, 1000000000, NULL,
     "Its delay."},
    {"mac", PARAMETER_MAC, offsetof(struct test_port, mac), "02:00:00:00:00:01", 0, 0, NULL,
     "Its address."},
    {"checksum", PARAMETER_FLAG, offsetof(struct test_port, checksum), "yes", 0, 0, NULL,
     "Whether it checks."},
    {"hash", PARAMETER_CHOICE, offsetof(struct test_port, hash), "toeplitz", 0, 0, hashes,
     "Its hash."},
    {"key", PARAMETER_BYTES, offsetof(struct test_port, key), "", 4, 40, NULL, "Its key."},
    {"label", PARAMETER_TEXT, offsetof(struct test_port, label), "", 1, 8, NULL, "Its label."},
    {"image", PARAMETER_PATH, offsetof(struct test_port, image), "", 0, 0, NULL, "Its image."},
    {"bus", PARAMETER_PART, offsetof(struct test_port, bus), "*", 0, 0, bus_kinds, "Its bus."},
    {"spare", PARAMETER_PART, offsetof(struct test_port, spare), "", 0, 0, spare_kinds,
     "Another one, if any."},
    {"workers", PARAMETER_PARTS, offsetof(struct test_port, workers), "*", 0, 0, worker_kinds,
     "Whom it serves."},
    {"rule", PARAMETER_LINES, offsetof(struct test_port, rules), "", 1, 16, NULL, "What it does."},
    {"slots", PARAMETER_COUNT, offsetof(struct test_port, slots), "auto", 1, 64, automatic, "Its slots."},
    {0},
};
static const struct statistic port_statistics[] = {
    {"frames", STATISTIC_COUNT, offsetof(struct test_port, speed_bits_per_s), "Frames."},
    {0},
};
static const struct part_kind port_kind = {.name = "port",
                                           .help = "A port.",
                                           .size = sizeof(struct test_port),
                                           .parameters = port_parameters,
                                           .statistics = port_statistics};

static const struct parameter worker_parameters[] = {
    {"clock", PARAMETER_FREQUENCY, offsetof(struct test_worker, hz), "800MHz", 1000000,
     100000000000, NULL, "Its clock."},
    {"bus", PARAMETER_PART, offsetof(struct test_worker, bus), "card", 0, 0, bus_kinds, "Its bus."},
    {0},
};
static const struct part_kind worker_kind = {.name = "worker",
                                             .help = "A worker.",
                                             .size = sizeof(struct test_worker),
                                             .parameters = worker_parameters,
                                             .countable = true};

static const struct parameter trace_parameters[] = {
    {"file", PARAMETER_PATH, offsetof(struct test_trace, file), NULL, 1, 64, NULL, "Its file."},
    {"port", PARAMETER_PART, offsetof(struct test_trace, port), NULL, 0, 0, port_kinds,
     "Its port."},
    {"pair", PARAMETER_PARTS, offsetof(struct test_trace, pair), "*", 1, 2, port_kinds,
     "One or two ports."},
    {0},
};
static const struct part_kind trace_kind = {.name = "trace",
                                            .help = "A trace.",
                                            .size = sizeof(struct test_trace),
                                            .parameters = trace_parameters};

const struct part_kind *const test_kinds[] = {&sim_kind,    &bus_kind,   &port_kind,
                                              &worker_kind, &trace_kind, NULL};

/* ---- files ---- */

static char *folder, *folder_before;

void folder_enter(void)
{
    folder_before = g_get_current_dir();
    folder = g_dir_make_tmp("polynic-XXXXXX", NULL);
    ck_assert_ptr_nonnull(folder);
    ck_assert_int_eq(chdir(folder), 0);
}

static void remove_folder(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        char *file = g_build_filename(path, name, NULL);

        if (g_file_test(file, G_FILE_TEST_IS_DIR))
            remove_folder(file);
        else
            g_unlink(file);
        g_free(file);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(path);
}

void folder_leave(void)
{
    ck_assert_int_eq(chdir(folder_before), 0);
    remove_folder(folder);
    g_free(folder);
    g_free(folder_before);
}

void file_write_bytes(const char *name, const void *bytes, size_t length)
{
    char *parent = g_path_get_dirname(name);

    g_mkdir_with_parents(parent, 0755);
    g_free(parent);
    ck_assert(g_file_set_contents(name, bytes, (gssize)length, NULL));
}

void file_write(const char *name, const char *text)
{
    file_write_bytes(name, text, strlen(text));
}

/* ---- loading ---- */

void load_file(struct loaded *loaded, const char *name, const char *const *sets)
{
    diagnostics_init(&loaded->diagnostics);
    sim_init(&loaded->sim);
    loaded->scenario = scenario_load(name, sets, test_kinds, &loaded->diagnostics);
    loaded->fine =
        loaded->scenario && scenario_build(loaded->scenario, &loaded->sim, &loaded->diagnostics);
    ck_assert_msg(loaded->fine == (loaded->diagnostics.errors == 0), "fine is %d with %u errors",
                  loaded->fine, loaded->diagnostics.errors);
}

void load_text(struct loaded *loaded, const char *text, const char *const *sets)
{
    file_write("a.ini", text);
    load_file(loaded, "a.ini", sets);
}

void loaded_free(struct loaded *loaded)
{
    sim_free(&loaded->sim);
    scenario_free(loaded->scenario);
    diagnostics_clear(&loaded->diagnostics);
}

char *said_of_file(const char *name, const char *const *sets)
{
    struct loaded loaded;
    GString *said = g_string_new(NULL);

    load_file(&loaded, name, sets);
    for (unsigned i = 0; i < loaded.diagnostics.count; i++)
        g_string_append_printf(said, "%s%s%s", i ? "\n" : "",
                               loaded.diagnostics.list[i].is_error ? "" : "warning: ",
                               loaded.diagnostics.list[i].text);
    loaded_free(&loaded);
    return g_string_free(said, FALSE);
}

char *said_of_text(const char *text, const char *const *sets)
{
    file_write("a.ini", text);
    return said_of_file("a.ini", sets);
}
