/* Scenarios with random damage: whatever is in a file, the answer is messages or a simulation,
 * never a crash. */
#include "tests/sim/scenario_fixture.h"
#include "tests/suite.h"

#include "sim/wiring.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 4000 };

static const char sound[] =
    "[scenario]\nbase = base.ini\ntitle = Fuzz\n\n[bus card]\nclock = 1.25GHz\nwidth = 256bit\n"
    "base = 0x1000\nchip = a\n\n[port eth0]\nspeed = 2.5Gbit/s\nfifo = 64KiB\ndelay = 0.5ns\n"
    "mac = 02:00:00:00:00:07\nchecksum = no\nhash = xor\nkey = 6d 5a 56 da\nlabel = b\n"
    "image = c/d.elf\nbus = card\nspare = eth1\nworkers = pp0, pp1\n# comment\n[port eth1]\n"
    "bus = host\n[worker pp]\ncount = 3\nclock = 2GHz\n[trace t]\nfile = x.pcap\nport = eth0\npair "
    "= eth0 eth1\n";
static const char base[] =
    "[bus host]\nclock = 100MHz\n[port gone]\nbus = host\n[worker pp]\ncount = 2\n";

/* What damage is made of, beside single bytes. */
static const char *const tokens[] = {"[",
                                     "]",
                                     "=",
                                     "\n",
                                     "#",
                                     "*",
                                     "\n[bus ",
                                     "]\n",
                                     " = ",
                                     "count",
                                     "9999999999999999999999",
                                     "0x",
                                     "-1",
                                     ".",
                                     "remove = yes\n",
                                     "\xc3\xa9",
                                     "\xff",
                                     "\x1b",
                                     "[sim]\n",
                                     "[scenario]\n",
                                     "base = a.ini\n",
                                     "pp",
                                     "eth0",
                                     "\r",
                                     "\t",
                                     "%s%n",
                                     "bit/s",
                                     "\\",
                                     "[port]\n",
                                     "GHz",
                                     ",",
                                     "\"",
                                     "1e9"};

static size_t below(uint64_t *state, size_t limit)
{
    return limit ? (size_t)(random_next(state) % limit) : 0;
}

static void damage(GString *text, uint64_t *state)
{
    size_t at = below(state, text->len + 1), left = text->len - at;
    const char *token = tokens[below(state, G_N_ELEMENTS(tokens))];

    switch (below(state, 6)) {
    case 0:
        if (left)
            text->str[at] = (char)(1 + below(state, 255));
        break;
    case 1:
        g_string_erase(text, (gssize)at, (gssize)below(state, MIN(left, 20) + 1));
        break;
    case 2: { /* again what stands somewhere else */
        size_t from = below(state, text->len), length = below(state, MIN(text->len - from, 60) + 1);
        char *copy = g_strndup(text->str + from, length);

        g_string_insert(text, (gssize)at, copy);
        g_free(copy);
        break;
    }
    case 3:
        if (below(state, 20) == 0)
            g_string_truncate(text, at);
        break;
    default:
        g_string_insert(text, (gssize)at, token);
    }
}

static char *printed(const struct scenario *scenario,
                     void (*print)(const struct scenario *scenario, FILE *stream))
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    print(scenario, stream);
    fclose(stream);
    return text;
}

/* A message is one line of text, whatever was in the file. */
static void check_messages(const struct diagnostics *diagnostics, const char *text)
{
    for (unsigned i = 0; i < diagnostics->count; i++) {
        const char *message = diagnostics->list[i].text;

        ck_assert_msg(g_utf8_validate(message, -1, NULL), "%s\n----\n%s", message, text);
        for (const char *c = message; *c; c++)
            ck_assert_msg(!g_ascii_iscntrl(*c) || *c == '\t', "%s\n----\n%s", message, text);
    }
    ck_assert_uint_le(diagnostics->count, 400);
}

/* What is taken prints itself, and loads again as the same. */
static void check_sound(struct loaded *loaded, const char *text)
{
    struct loaded again;
    char *effective = printed(loaded->scenario, scenario_print_effective);
    char *wiring = printed(loaded->scenario, wiring_print);
    char *dot = printed(loaded->scenario, wiring_print_dot);
    char *hash = scenario_hash(loaded->scenario);

    file_write("effective.ini", effective);
    load_file(&again, "effective.ini", NO_SETS);
    ck_assert_msg(again.fine, "%s\n---- of\n%s\n---- of\n%s", again.diagnostics.list[0].text,
                  effective, text);
    char *second = printed(again.scenario, wiring_print);

    ck_assert_str_eq(wiring, second);
    free(second);
    g_free(hash);
    free(dot);
    free(wiring);
    free(effective);
    loaded_free(&again);
}

START_TEST(damaged_scenarios_are_answered)
{
    uint64_t state = 20260000 + (uint64_t)_i;
    unsigned fine = 0, refused = 0;

    file_write("base.ini", base);
    for (unsigned round = 0; round < ROUNDS / 4; round++) {
        GString *text = g_string_new(sound), *set = g_string_new("port.eth0.speed=3Gbit/s");
        struct loaded loaded;

        for (size_t left = below(&state, 6); left > 0; left--)
            damage(text, &state);
        for (size_t left = below(&state, 2); left > 0; left--)
            damage(set, &state);
        file_write_bytes("a.ini", text->str, text->len);
        load_file(&loaded, "a.ini", SETS(set->str));
        check_messages(&loaded.diagnostics, text->str);
        if (loaded.fine)
            check_sound(&loaded, text->str);
        fine += loaded.fine;
        refused += !loaded.fine;
        loaded_free(&loaded);
        g_string_free(set, TRUE);
        g_string_free(text, TRUE);
    }
    /* The damage is such that both happen, or the test tells nothing. */
    ck_assert_uint_gt(fine, ROUNDS / 4 / 20);
    ck_assert_uint_gt(refused, ROUNDS / 4 / 4);
}
END_TEST

START_TEST(random_bytes_are_answered)
{
    uint64_t state = 7;

    for (unsigned round = 0; round < 300; round++) {
        char bytes[600];
        size_t length = below(&state, sizeof(bytes));
        struct loaded loaded;

        for (size_t i = 0; i < length; i++)
            bytes[i] = below(&state, 3) ? "[]=\n# abcp0"[below(&state, 11)]
                                        : (char)(1 + below(&state, 255));
        file_write_bytes("a.ini", bytes, length);
        load_file(&loaded, "a.ini", NO_SETS);
        check_messages(&loaded.diagnostics, "random");
        loaded_free(&loaded);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *suite = suite_create("scenario_fuzz");
    TCase *tcase = tcase_create("damage");

    tcase_add_checked_fixture(tcase, folder_enter, folder_leave);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, damaged_scenarios_are_answered, 0, 4);
    tcase_add_test(tcase, random_bytes_are_answered);
    suite_add_tcase(suite, tcase);
    return suite;
}
