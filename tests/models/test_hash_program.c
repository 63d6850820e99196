/* Hash programs: what they see, what they take, cycle by cycle, and what becomes of those that go wrong. */
#include "models/hash_program.h"

#include "models/elf.h"
#include "sim/diagnostic.h"
#include "tests/models/encode.h"
#include "tests/models/program_image.h"
#include "tests/suite.h"

#include <glib.h>

#define JUMP(words) encode_j(0, 4 * (words))

static struct diagnostics diagnostics;
static struct hash_program *program;
static uint8_t frame[200];
static uint8_t input[HASH_MAX_INPUT_BYTES];

static void load(const uint32_t *instructions, unsigned count)
{
    char path[64];
    struct hash_program_config config = {
        .path = path, .timing = core_timing("ibex-small"), .memory_bytes = 8192, .key_bytes = 40};

    for (unsigned i = 0; i < 40; i++)
        config.key[i] = (uint8_t)(0xa0 + i);
    program_image(path, instructions, count);
    diagnostics_init(&diagnostics);
    program = hash_program_new(&config, &diagnostics);
    unlink(path);
}
#define LOAD(...)                                                                                                      \
    do {                                                                                                               \
        const uint32_t code_[] = {__VA_ARGS__};                                                                 \
        load(code_, sizeof code_ / sizeof *code_);                                                                     \
    } while (0)

static void set_up(void)
{
    for (unsigned i = 0; i < sizeof frame; i++)
        frame[i] = (uint8_t)i;
    for (unsigned i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)(0x40 + i);
    program = NULL;
}

static void tear_down(void)
{
    hash_program_free(program);
    diagnostics_clear(&diagnostics);
}

static struct hash_program_run give(unsigned input_bytes)
{
    struct hash_program_given given = {.data = frame,
                                       .bytes = sizeof frame,
                                       .vlan_tags = 1,
                                       .network_offset = 18,
                                       .transport_offset = 38,
                                       .protocol = 6,
                                       .is_fragment = true,
                                       .input = input,
                                       .input_bytes = input_bytes};

    return hash_program_hash(program, &given);
}

/* Ibex, small: an integer instruction takes 1 cycle, a load or store 2, a jump 2 (3 were its target not aligned).
 * Twelve bytes of input are 5 words of struct hash_frame.
 *
 *     cycle   0               7      8       10    12
 *             lw HASH_NEXT    addi   sw      nops  jump    -> 14: lw HASH_NEXT
 */
START_TEST(a_frame_takes_the_cycles_up_to_the_store_and_the_program_those_up_to_its_next_load)
{
    LOAD(LUI(5, 0x20000), LW(6, 5, HASH_NEXT), ADDI(7, 0, 42), SW(7, 5, HASH_RESULT), NOP, NOP, JUMP(-5));
    ck_assert_ptr_nonnull(program);
    ck_assert_uint_eq(hash_program_boot_cycles(program), 1);
    for (unsigned i = 0; i < 3; i++) {
        struct hash_program_run run = give(12);

        ck_assert(run.has_result);
        ck_assert_uint_eq(run.hash, 42);
        ck_assert_uint_eq(run.result_cycles, 2 + 5 + 1);
        ck_assert_uint_eq(run.busy_cycles, 2 + 5 + 1 + 2 + 2 + 2);
    }
    ck_assert_uint_eq(give(13).result_cycles, 2 + 6 + 1);
    ck_assert_uint_eq(give(1).result_cycles, 2 + 3 + 1);
    ck_assert_uint_eq(give(36).result_cycles, 2 + 11 + 1);
}
END_TEST

START_TEST(it_sees_the_chosen_fields_and_what_the_parser_found)
{
    LOAD(LUI(5, 0x20000), LW(6, 5, HASH_NEXT), LW(7, 6, 8), SW(7, 5, HASH_RESULT), /* the first frame: its input */
         LW(6, 5, HASH_NEXT), LW(7, 6, 0), SW(7, 5, HASH_RESULT), LW(6, 5, HASH_NEXT), LW(7, 6, 4),
         SW(7, 5, HASH_RESULT), JUMP(-9));
    ck_assert_uint_eq(give(12).hash, 0x43424140);
    ck_assert_uint_eq(give(12).hash, 200 | 12 << 16 | 1 << 24); /* bytes, input_bytes, vlan_tags */
    ck_assert_uint_eq(give(12).hash, 18 | 38 << 8 | 6 << 16 | 1 << 24);
}
END_TEST

START_TEST(the_header_is_written_when_it_is_asked_for_and_takes_a_cycle_a_word)
{
    LOAD(LUI(5, 0x20000), LW(6, 5, HASH_NEXT), LW(6, 5, HASH_HEADER), LW(7, 6, 124), SW(7, 5, HASH_RESULT), JUMP(-4));
    struct hash_program_run run = give(12);

    ck_assert_uint_eq(run.hash, 0x7f7e7d7c); /* the last of 128 bytes */
    ck_assert_uint_eq(run.result_cycles, 2 + 5 + 2 + 32 + 2);
}
END_TEST

START_TEST(it_has_the_key_and_the_size_of_its_memory)
{
    LOAD(LUI(5, 0x20000), LW(6, 5, HASH_NEXT), LW(7, 5, HASH_KEY), SW(7, 5, HASH_RESULT), LW(6, 5, HASH_NEXT),
         LW(7, 5, HASH_KEY + 36), SW(7, 5, HASH_RESULT), LW(6, 5, HASH_NEXT), LW(7, 5, HASH_KEY + 40),
         SW(7, 5, HASH_RESULT), LW(6, 5, HASH_NEXT), LW(7, 5, HASH_KEY_BYTES), SW(7, 5, HASH_RESULT),
         LW(6, 5, HASH_NEXT), LW(7, 5, HASH_LOCAL_BYTES), SW(7, 5, HASH_RESULT), JUMP(-15));
    ck_assert_uint_eq(give(12).hash, 0xa3a2a1a0);
    ck_assert_uint_eq(give(12).hash, 0xc7c6c5c4);
    ck_assert_uint_eq(give(12).hash, 0);
    ck_assert_uint_eq(give(12).hash, 40);
    ck_assert_uint_eq(give(12).hash, 8192);
}
END_TEST

START_TEST(the_first_store_for_a_frame_is_its_hash)
{
    LOAD(LUI(5, 0x20000), LW(6, 5, HASH_NEXT), SW(6, 5, HASH_RESULT), SW(0, 5, HASH_RESULT), JUMP(-3));
    ck_assert_uint_eq(give(12).hash, HASH_LOCAL_BASE + 8192 - HASH_AREA_BYTES);
}
END_TEST

START_TEST(state_lasts_from_frame_to_frame)
{
    LOAD(LUI(5, 0x20000), LW(6, 5, HASH_NEXT), ADDI(7, 7, 1), SW(7, 5, HASH_RESULT), JUMP(-3));
    ck_assert_uint_eq(give(12).hash, 1);
    ck_assert_uint_eq(give(12).hash, 2);
}
END_TEST

START_TEST(without_a_result_the_frame_has_none_and_the_next_one_may)
{
    LOAD(LUI(5, 0x20000), LW(6, 5, HASH_NEXT), LW(6, 5, HASH_NEXT), SW(5, 5, HASH_RESULT), JUMP(-3));
    struct hash_program_run run = give(12);

    ck_assert(!run.has_result);
    ck_assert_uint_eq(run.busy_cycles, 2 + 5);
    ck_assert(give(12).has_result);
    ck_assert_ptr_null(hash_program_stopped(program));
}
END_TEST

enum { ENDS = 8 };

/* An instruction that ends a program, and why. */
static uint32_t ending(int i, const char **why)
{
    static const char *const whys[ENDS] = {"breakpoint",         "it sleeps",         "no HASH_NEXT within", "store access fault",
                                           "load access fault",  "load access fault", "store access fault",  "illegal instruction"};
    const uint32_t instructions[ENDS] = {
        EBREAK, WFI, JUMP(0), SW(0, 0, 0), LW(7, 5, 0x200), LB(7, 5, HASH_NEXT), SW(0, 5, HASH_NEXT), 0};

    *why = whys[i];
    return instructions[i];
}

START_TEST(a_program_that_ends_is_stopped_for_good)
{
    const char *why;
    uint32_t code[] = {LUI(5, 0x20000), LW(6, 5, HASH_NEXT), ending(_i, &why), NOP, NOP};

    load(code, 5);
    ck_assert_ptr_nonnull(program);
    ck_assert(!give(12).has_result);
    ck_assert_msg(hash_program_stopped(program) && strstr(hash_program_stopped(program), why), "%s: %s", why,
                  hash_program_stopped(program) ? hash_program_stopped(program) : "it runs");
    struct hash_program_run run = give(12);

    ck_assert(!run.has_result);
    ck_assert_uint_eq(run.busy_cycles, 0);
}
END_TEST

START_TEST(one_that_ends_before_its_first_frame_is_an_error)
{
    const char *why;
    uint32_t code[] = {LUI(5, 0x20000), ending(_i, &why), NOP, NOP};

    load(code, 4);
    ck_assert_ptr_null(program);
    ck_assert_uint_eq(diagnostics.errors, 1);
    ck_assert_ptr_nonnull(strstr(diagnostics.list[0].text, "before it asked for a frame"));
}
END_TEST

START_TEST(an_image_must_leave_the_hardware_its_area)
{
    struct hash_program_config config = {.timing = core_timing("ideal"), .memory_bytes = 4096, .key_bytes = 1};
    char *path = elf_path("hash-toeplitz"); /* its table alone has 48 KiB */

    config.path = path;
    diagnostics_init(&diagnostics);
    ck_assert_ptr_null(hash_program_new(&config, &diagnostics));
    ck_assert_uint_ge(diagnostics.errors, 1);
    g_free(path);
}
END_TEST

START_TEST(the_example_is_toeplitz_bit_for_bit)
{
    static struct toeplitz toeplitz;
    struct hash_program_config config = {.timing = core_timing("ideal"), .memory_bytes = 65536};
    char *path = elf_path("hash-toeplitz");
    uint32_t state = 7;

    config.path = path;
    config.key_bytes = 1 + (unsigned)_i * 17; /* 1, 18, 35, 52 */
    for (unsigned i = 0; i < config.key_bytes; i++)
        config.key[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    diagnostics_init(&diagnostics);
    program = hash_program_new(&config, &diagnostics);
    ck_assert_ptr_nonnull(program);
    toeplitz_init(&toeplitz, config.key, config.key_bytes);
    for (unsigned round = 0; round < 500; round++) {
        unsigned bytes = 1 + round % 48;

        for (unsigned i = 0; i < bytes; i++)
            input[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
        ck_assert_uint_eq(give(bytes).hash, toeplitz_hash(&toeplitz, input, bytes));
    }
    g_free(path);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("hash program");
    TCase *tcase = tcase_create("program");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_frame_takes_the_cycles_up_to_the_store_and_the_program_those_up_to_its_next_load);
    tcase_add_test(tcase, it_sees_the_chosen_fields_and_what_the_parser_found);
    tcase_add_test(tcase, the_header_is_written_when_it_is_asked_for_and_takes_a_cycle_a_word);
    tcase_add_test(tcase, it_has_the_key_and_the_size_of_its_memory);
    tcase_add_test(tcase, the_first_store_for_a_frame_is_its_hash);
    tcase_add_test(tcase, state_lasts_from_frame_to_frame);
    tcase_add_test(tcase, without_a_result_the_frame_has_none_and_the_next_one_may);
    tcase_add_loop_test(tcase, a_program_that_ends_is_stopped_for_good, 0, ENDS);
    tcase_add_loop_test(tcase, one_that_ends_before_its_first_frame_is_an_error, 0, ENDS);
    tcase_add_test(tcase, an_image_must_leave_the_hardware_its_area);
    tcase_add_loop_test(tcase, the_example_is_toeplitz_bit_for_bit, 0, 4);
    suite_add_tcase(s, tcase);
    return s;
}
