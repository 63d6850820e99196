/* scenario_fixture.h - a few kinds of parts for the tests of scenarios, and a folder to put files
 * in. */
#ifndef TESTS_SIM_SCENARIO_FIXTURE_H
#define TESTS_SIM_SCENARIO_FIXTURE_H

#include "sim/scenario.h"

struct test_sim {
    struct part part;
    uint64_t seed;
};

struct test_bus {
    struct part part;
    uint64_t hz, width_bits, base;
    char *chip;
};

struct test_port {
    struct part part;
    uint64_t speed_bits_per_s, fifo_bytes, delay_ps;
    uint8_t mac[6];
    bool checksum;
    unsigned hash;
    struct parameter_bytes key;
    char *label, *image;
    struct part *bus, *spare;
    struct part_list workers;
    struct parameter_lines rules;
    uint64_t slots;
};

struct test_worker {
    struct part part;
    uint64_t hz;
    struct part *bus;
};

struct test_trace {
    struct part part;
    char *file;
    struct part *port;
    struct part_list pair;
};

/* sim (single), bus, port, worker (countable), trace (with keys that must be given). */
extern const struct part_kind *const test_kinds[];

/* A new empty folder, as the working folder; and back. For tcase_add_checked_fixture(). */
void folder_enter(void);
void folder_leave(void);
void file_write(const char *name, const char *text);
void file_write_bytes(const char *name, const void *bytes, size_t length);

/* Loads and builds; a.ini is what is written to it. */
struct loaded {
    struct diagnostics diagnostics;
    struct scenario *scenario; /* NULL: could not be read */
    struct sim sim;
    bool fine;
};
void load_file(struct loaded *loaded, const char *name, const char *const *sets);
void load_text(struct loaded *loaded, const char *text, const char *const *sets);
void loaded_free(struct loaded *loaded);

/* What is said about a scenario, a line each. To be freed with free(). */
char *said_of_file(const char *name, const char *const *sets);
char *said_of_text(const char *text, const char *const *sets);

#define NO_SETS   NULL
#define SETS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The messages about a text that is written to a.ini are exactly these lines. */
#define assert_said(text, expected) assert_said_with((text), NO_SETS, (expected))
#define assert_said_with(text, sets, expected)                                                     \
    do {                                                                                           \
        char *said_ = said_of_text((text), (sets));                                                \
        ck_assert_str_eq(said_, (expected));                                                       \
        free(said_);                                                                               \
    } while (0)
#define assert_said_of_file(name, expected)                                                        \
    do {                                                                                           \
        char *said_ = said_of_file((name), NO_SETS);                                               \
        ck_assert_str_eq(said_, (expected));                                                       \
        free(said_);                                                                               \
    } while (0)

#endif
