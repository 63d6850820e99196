/* Files, bases and overrides: what is taken, and word for word what is said of the rest. */
#include "tests/sim/scenario_fixture.h"
#include "tests/suite.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

START_TEST(a_sound_scenario_is_taken_without_a_word)
{
    assert_said("# a card\n\n[scenario]\ntitle = A card\n\n[bus card]\nclock = 1.25GHz\n"
                "[port eth0]\n  speed=25Gbit/s  \nbus = card\n",
                "");
}
END_TEST

START_TEST(line_ends_and_a_byte_order_mark_of_other_systems_are_taken)
{
    struct loaded loaded;

    load_text(&loaded, "\xef\xbb\xbf[bus card]\r\nclock = 2GHz\r\n", NO_SETS);
    ck_assert(loaded.fine);
    ck_assert_uint_eq(((struct test_bus *)sim_find_part(&loaded.sim, "bus", "card"))->hz,
                      2000000000);
    loaded_free(&loaded);
}
END_TEST

START_TEST(a_backslash_is_a_backslash)
{
    struct loaded loaded;

    load_text(&loaded, "[bus card]\nchip = a\\s\\q\n", NO_SETS);
    ck_assert(loaded.fine);
    ck_assert_str_eq(((struct test_bus *)sim_find_part(&loaded.sim, "bus", "card"))->chip,
                     "a\\s\\q");
    loaded_free(&loaded);
}
END_TEST

/* ---- files that are none ---- */

START_TEST(a_missing_file_is_said)
{
    assert_said_of_file("none.ini", "none.ini: cannot be read: No such file or directory");
}
END_TEST

START_TEST(a_folder_is_said)
{
    mkdir("folder", 0755);
    assert_said_of_file("folder", "folder: cannot be read: Is a directory");
}
END_TEST

START_TEST(an_empty_file_is_said)
{
    assert_said("", "a.ini: the file is empty");
}
END_TEST

START_TEST(a_file_without_sections_is_said_in_one_line)
{
    static const char expected[] =
        "a.ini: no section: a scenario has sections such as [port eth0], "
        "and in them lines KEY = VALUE";

    assert_said("# only a comment\n", expected);
    assert_said("Dear Sir,\nthis is a letter.\n", expected);
    assert_said("<?xml?>\n<a b=\"c\"/>\n", expected);
}
END_TEST

START_TEST(a_binary_file_is_said)
{
    file_write_bytes("a.bin", "[bus card]\nclock\0= 1\n", 22);
    assert_said_of_file("a.bin", "a.bin:2: a NUL byte: this is no text file");
}
END_TEST

START_TEST(ten_megabytes_of_garbage_are_said)
{
    size_t length = 10 * 1000 * 1000;
    char *garbage = malloc(length);

    for (size_t i = 0; i < length; i++)
        garbage[i] = (char)('A' + i * 7919 % 61);
    file_write_bytes("a.bin", garbage, length);
    free(garbage);
    assert_said_of_file("a.bin", "a.bin: more than 4 MiB: this is no scenario");
}
END_TEST

START_TEST(many_wrong_lines_are_counted)
{
    GString *text = g_string_new("[bus card]\n");

    for (unsigned i = 0; i < 1000; i++)
        g_string_append(text, "garbage\n");
    char *said = said_of_text(text->str, NO_SETS);

    ck_assert(
        g_str_has_prefix(said, "a.ini:2: 'garbage' is neither [KIND NAME] nor KEY = VALUE\n"));
    ck_assert_msg(g_str_has_suffix(said, "\na.ini:21: 'garbage' is neither [KIND NAME] nor KEY = "
                                         "VALUE\na.ini: 980 more lines are wrong"),
                  "%s", said);
    free(said);
    g_string_free(text, TRUE);
}
END_TEST

START_TEST(many_errors_come_to_an_end)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < 1000; i++)
        g_string_append_printf(text, "[bus b%u]\nclick = 3\n", i);
    char *said = said_of_text(text->str, NO_SETS);
    unsigned lines = 1;

    for (const char *c = said; *c; c++)
        lines += *c == '\n';
    ck_assert_uint_eq(lines, 101);
    ck_assert(g_str_has_suffix(said, "\n100 errors or more: the rest is not looked for"));
    free(said);
    g_string_free(text, TRUE);
}
END_TEST

/* ---- lines ---- */

START_TEST(lines_that_are_nothing_are_said)
{
    assert_said(
        "[bus card]\nclock\n; semicolon\n// slashes\n= 5\n",
        "a.ini:2: 'clock' is neither [KIND NAME] nor KEY = VALUE\n"
        "a.ini:3: '; semicolon' is neither [KIND NAME] nor KEY = VALUE (comments begin with "
        "'#')\n"
        "a.ini:4: '// slashes' is neither [KIND NAME] nor KEY = VALUE (comments begin with "
        "'#')\n"
        "a.ini:5: no key before '=': expected KEY = VALUE");
    assert_said("clock = 1GHz\n[bus card]\n", "a.ini:1: 'clock' stands before the first section");
    assert_said("[bus card]\nclock speed = 1GHz\n",
                "a.ini:2: 'clock speed' is no key: a key is a word of letters, digits and '_'");
    assert_said("[bus card]\nclock[de] = 1GHz\n",
                "a.ini:2: 'clock[de]' is no key: a key is a word of letters, digits and '_'");
}
END_TEST

START_TEST(section_headers_that_are_none_are_said)
{
    assert_said("[bus card\nclock = 3\n[bus b] # fast\n[bus c] x\n[]\n[bus [d]\n",
                "a.ini:1: the section's name is not closed: expected [KIND NAME]\n"
                "a.ini:3: '# fast' after the section's name (a comment must stand on a line of its "
                "own)\n"
                "a.ini:4: 'x' after the section's name\n"
                "a.ini:5: a section without a kind: expected [KIND NAME]\n"
                "a.ini:6: '[' in the section's name: expected [KIND NAME]");
}
END_TEST

START_TEST(a_section_that_stands_twice_is_said_once)
{
    assert_said("[bus card]\nclock = 1GHz\n\n[bus   card]\nclock = 2GHz\nclock = 3\n",
                "a.ini:4: bus card: this section stands in line 1 already");
}
END_TEST

START_TEST(a_key_that_stands_twice_is_said)
{
    assert_said("[bus card]\nclock = 1GHz\nwidth = 64\nclock = 3GHz\n",
                "a.ini:4: bus card: key 'clock' stands in line 2 already");
}
END_TEST

START_TEST(bytes_that_are_no_text_are_said)
{
    assert_said("[bus card]\nchip = \xff\xfe\n[bus b]\nchip = \x1b[31m\n",
                "a.ini:2: not UTF-8 text (byte 0xff in column 8)\n"
                "a.ini:4: a control character (0x1b in column 8)");
}
END_TEST

START_TEST(a_comment_behind_a_value_is_said)
{
    assert_said(
        "[bus card]\nclock = 1GHz # fast\n",
        "a.ini:2: bus card: clock = 1GHz # fast: a comment must stand on a line of its own");
    assert_said(
        "[bus card]\nchip = a # b\n",
        "warning: a.ini:2: chip = a # b: '#' is part of the value: a comment must stand on a "
        "line of its own");
}
END_TEST

/* ---- bases ---- */

START_TEST(a_file_overrides_its_base_key_by_key)
{
    struct loaded loaded;

    file_write("base.ini", "[scenario]\ntitle = Base\ndescription = Two\n[bus card]\nclock = 1GHz\n"
                           "width = 64\n[port eth0]\n[port eth1]\n");
    load_text(&loaded,
              "[scenario]\nbase = base.ini\ntitle = Derived\n[port eth2]\n[bus card]\n"
              "clock = 2GHz\n[port eth0]\nremove = yes\n",
              NO_SETS);
    ck_assert(loaded.fine);
    struct test_bus *bus = (struct test_bus *)sim_find_part(&loaded.sim, "bus", "card");

    ck_assert_uint_eq(bus->hz, 2000000000);
    ck_assert_uint_eq(bus->width_bits, 64);
    ck_assert_str_eq(loaded.scenario->title, "Derived");
    ck_assert_str_eq(loaded.scenario->description, "Two");
    /* The base's order first, then what is new. */
    ck_assert_uint_eq(loaded.sim.part_count, 4);
    ck_assert_str_eq(loaded.sim.parts[0]->name, "sim");
    ck_assert_str_eq(loaded.sim.parts[1]->name, "card");
    ck_assert_str_eq(loaded.sim.parts[2]->name, "eth1");
    ck_assert_str_eq(loaded.sim.parts[3]->name, "eth2");
    loaded_free(&loaded);
}
END_TEST

START_TEST(an_error_is_said_of_the_file_in_which_it_stands)
{
    file_write("cards/base.ini", "[bus card]\nclock = 1\nwidth = 64\nspead = 3\n");
    file_write("cards/middle.ini", "[scenario]\nbase = base.ini\n\n[bus card]\nwidth = 2bits\n");
    assert_said(
        "[scenario]\nbase = cards/middle.ini\n[port eth0]\nspeed = 1\n",
        "a.ini:4: port eth0: speed = 1: the unit is missing: expected a rate such as 10Gbit/s "
        "(units: bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s)\n"
        "cards/base.ini:2: bus card: clock = 1: the unit is missing: expected a frequency "
        "such as 500MHz (units: Hz, kHz, MHz, GHz, THz)\n"
        "cards/base.ini:4: bus card: unknown key 'spead' (see 'polynic describe bus')\n"
        "cards/middle.ini:5: bus card: width = 2bits: unknown unit 'bits' (did you mean "
        "'bit'?)");
}
END_TEST

START_TEST(an_override_mends_an_error_of_the_base)
{
    file_write("base.ini", "[bus card]\nclock = 1\n");
    assert_said("[scenario]\nbase = base.ini\n[bus card]\nclock = 1GHz\n", "");
}
END_TEST

START_TEST(a_missing_base_is_said_and_nothing_that_follows_from_it)
{
    assert_said("[scenario]\nbase = none.ini\n[port eth0]\nbus = card\n[trace t]\n[port eth9]\n"
                "remove = yes\n",
                "a.ini:2: scenario: base = none.ini: there is no file none.ini");
    assert_said("[scenario]\nbase =\n[bus card]\n",
                "a.ini:2: scenario: base: no value: expected the name of a scenario file");
}
END_TEST

START_TEST(a_loop_of_bases_is_said)
{
    file_write("b.ini", "[scenario]\nbase = c.ini\n[bus b]\n");
    file_write("c.ini", "[scenario]\nbase = b.ini\n[bus c]\n");
    assert_said("[scenario]\nbase = b.ini\n[bus card]\n",
                "c.ini:2: scenario: base = b.ini: a loop: b.ini -> c.ini -> b.ini");
    assert_said("[scenario]\nbase = ./a.ini\n[bus card]\n",
                "a.ini:2: scenario: base = ./a.ini: a loop: a.ini -> ./a.ini");
}
END_TEST

START_TEST(remove_without_what_it_removes_is_said)
{
    file_write("base.ini", "[bus card]\n[port eth0]\n");
    assert_said("[scenario]\nbase = base.ini\n[port eth1]\nremove = yes\n",
                "a.ini:4: port eth1: remove: no base has this section (did you mean 'port eth0'?)");
    assert_said("[bus card]\nremove = yes\n[bus b]\n",
                "a.ini:2: bus card: remove: no base has this section");
    assert_said("[scenario]\nbase = base.ini\n[port eth0]\nspeed = 1Gbit/s\nremove = yes\n",
                "a.ini:5: port eth0: remove = yes takes the section away: other keys have no use "
                "beside it");
    assert_said("[bus card]\nremove = no\n", "a.ini:2: bus card: remove = no: expected yes");
}
END_TEST

START_TEST(unknown_keys_of_the_file_itself_are_said)
{
    assert_said("[scenario]\ntitel = A\nauthor = B\n[bus card]\n",
                "a.ini:2: scenario: unknown key 'titel' (did you mean 'title'?)\n"
                "a.ini:3: scenario: unknown key 'author': base, title and description are known");
}
END_TEST

START_TEST(paths_are_relative_to_the_file_in_which_they_stand)
{
    struct loaded loaded;

    file_write("cards/base.ini", "[bus card]\n[port eth0]\nimage = images/a.elf\n[port eth1]\n"
                                 "image = /b.elf\n[port eth2]\nimage = -\n[port eth3]\n"
                                 "image = x.elf\n");
    load_text(&loaded,
              "[scenario]\nbase = cards/base.ini\n[port eth4]\nimage = c.elf\n[port eth5]\n",
              SETS("port.eth3.image=e/d.elf"));
    ck_assert(loaded.fine);
    static const char *const expected[] = {
        "cards/images/a.elf", "/b.elf", "-", "e/d.elf", "c.elf", ""};

    for (unsigned i = 0; i < 6; i++)
        ck_assert_str_eq(((struct test_port *)loaded.sim.parts[2 + i])->image, expected[i]);
    loaded_free(&loaded);
}
END_TEST

/* ---- overrides ---- */

#define CARD "[bus card]\n[port eth0]\nspeed = 1Gbit/s\n[worker pp]\ncount = 2\n"

START_TEST(overrides_come_last_and_the_last_one_counts)
{
    struct loaded loaded;

    load_text(&loaded, CARD,
              SETS("worker.pp.count=8", "port.eth0.speed = 2Gbit/s", "port.eth0.speed=3Gbit/s",
                   "sim.seed=3", "scenario.title=Eight", "port.eth0.label=a=b"));
    ck_assert(loaded.fine);
    const struct test_port *port = (struct test_port *)sim_find_part(&loaded.sim, "port", "eth0");

    ck_assert_uint_eq(loaded.sim.part_count, 11);
    ck_assert_uint_eq(((struct test_sim *)loaded.sim.parts[0])->seed, 3);
    ck_assert_uint_eq(port->speed_bits_per_s, 3000000000);
    ck_assert_str_eq(port->label, "a=b");
    ck_assert_str_eq(loaded.scenario->title, "Eight");
    loaded_free(&loaded);
}
END_TEST

START_TEST(an_override_that_is_wrong_names_itself)
{
    assert_said_with(CARD, SETS("worker.pp.cuont=8"),
                     "--set worker.pp.cuont=8: unknown key 'cuont' (did you mean 'count'?)");
    assert_said_with(CARD, SETS("worker.pp.count=257"),
                     "--set worker.pp.count=257: out of range: allowed 1 .. 256");
    assert_said_with(
        CARD, SETS("port.eth0.speed=5"),
        "--set port.eth0.speed=5: the unit is missing: expected a rate such as 10Gbit/s "
        "(units: bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s)");
    assert_said_with(CARD, SETS("port.eth0.bus=crad"),
                     "--set port.eth0.bus=crad: no part of that name (did you mean 'card'?)");
    assert_said_with(CARD, SETS("port.eth0.label=\xff"),
                     "--set: not UTF-8 text (byte 0xff in column 17)");
}
END_TEST

START_TEST(an_override_of_no_section_is_said)
{
    assert_said_with(CARD, SETS("worker.p.count=8"),
                     "--set worker.p.count=8: no section [worker p] (did you mean 'worker.pp'?)");
    assert_said_with(CARD, SETS("wroker.pp.count=8"),
                     "--set wroker.pp.count=8: no section [wroker pp] (did you mean 'worker.pp'?)");
    assert_said_with(CARD, SETS("mouse.x.y=1"), "--set mouse.x.y=1: no section [mouse x]");
    assert_said_with(
        CARD, SETS("port.speed=1Gbit/s"),
        "--set port.speed=1Gbit/s: say which port: expected port.NAME.KEY=VALUE (names: "
        "eth0)");
    assert_said_with(CARD, SETS("sim.x.seed=1"),
                     "--set sim.x.seed=1: sim has no name: expected sim.KEY=VALUE");
}
END_TEST

/* As the part sees them: "1=a 2=b ...". */
static char *rules_of(const char *text, const char *const *sets)
{
    struct loaded loaded;
    GString *rules = g_string_new(NULL);

    load_text(&loaded, text, sets);
    ck_assert(loaded.fine);
    const struct parameter_lines *lines = &((struct test_port *)sim_find_part(&loaded.sim, "port", "eth0"))->rules;

    for (unsigned i = 0; i < lines->count; i++) {
        ck_assert(g_str_has_prefix(lines->lines[i].key, "rule."));
        g_string_append_printf(rules, "%s%s=%s", i ? " " : "", lines->lines[i].word, lines->lines[i].text);
    }
    loaded_free(&loaded);
    return g_string_free(rules, FALSE);
}

START_TEST(a_key_of_lines_is_given_with_words_numbers_in_their_order)
{
    char *rules = rules_of("[bus card]\n[worker pp]\n[port eth0]\nrule.10 = c\nrule.x = d\nrule.2 = b\n", SETS("port.eth0.rule.1=a"));

    ck_assert_str_eq(rules, "1=a 2=b 10=c x=d");
    g_free(rules);
    rules = rules_of(CARD, NO_SETS);
    ck_assert_str_eq(rules, "");
    g_free(rules);
}
END_TEST

START_TEST(a_key_of_lines_wants_a_word)
{
    assert_said_with(CARD, SETS("port.eth0.rule=a"),
                     "--set port.eth0.rule=a: rule: there may be several: expected rule.1 = ..., rule.2 = "
                     "... or other words");
    assert_said_with(CARD, SETS("port.eth0.rule.1=0123456789abcdefg"),
                     "--set port.eth0.rule.1=0123456789abcdefg: 17 bytes: allowed 1 .. 16 bytes");
}
END_TEST

START_TEST(a_word_may_stand_in_the_place_of_a_number)
{
    struct loaded loaded;

    load_text(&loaded, CARD, SETS("port.eth0.slots=64"));
    ck_assert_uint_eq(((struct test_port *)sim_find_part(&loaded.sim, "port", "eth0"))->slots, 64);
    loaded_free(&loaded);
    load_text(&loaded, CARD, SETS("port.eth0.slots=auto"));
    ck_assert_uint_eq(((struct test_port *)sim_find_part(&loaded.sim, "port", "eth0"))->slots, PARAMETER_WORD);
    loaded_free(&loaded);
    assert_said_with(CARD, SETS("port.eth0.slots=automatic"),
                     "--set port.eth0.slots=automatic: not a number: expected auto, or a number such as 4 (units: k, M, "
                     "G)");
}
END_TEST

START_TEST(an_override_that_is_none_is_said)
{
    static const char *const bad[] = {"", "x", "=", "a=1", "a.b", "a..b=1", ".a.b=1"};

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        char *expected =
            g_strdup_printf("--set %s: expected KIND.NAME.KEY=VALUE, or KIND.KEY=VALUE "
                            "for a kind without names",
                            bad[i]);

        assert_said_with(CARD, SETS(bad[i]), expected);
        g_free(expected);
    }
    assert_said_with(CARD, SETS("scenario.base=b.ini"),
                     "--set scenario.base=b.ini: the base cannot be set: it is read before");
    assert_said_with(
        CARD, SETS("scenario.titel=b"),
        "--set scenario.titel=b: scenario: unknown key 'titel' (did you mean 'title'?)");
}
END_TEST

START_TEST(all_errors_are_said_at_once_by_their_lines)
{
    assert_said_with(
        "[port eth0]\nspeed = 10\nsped = 1Gbit/s\nbus = crad\n[bus card]\nclock = 1kHz\n"
        "nonsense\n[wroker pp]\n[trace t]\nfile = x\n",
        SETS("sim.sed=1"),
        "a.ini:2: port eth0: speed = 10: the unit is missing: expected a rate such as "
        "10Gbit/s (units: bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s)\n"
        "a.ini:3: port eth0: unknown key 'sped' (did you mean 'speed'?)\n"
        "a.ini:4: port eth0: bus = crad: no part of that name (did you mean 'card'?)\n"
        "a.ini:6: bus card: clock = 1kHz: out of range: allowed 1MHz .. 100GHz\n"
        "a.ini:7: 'nonsense' is neither [KIND NAME] nor KEY = VALUE\n"
        "a.ini:8: [wroker pp]: unknown kind 'wroker' (did you mean 'worker'?)\n"
        "a.ini:9: trace t: the key 'port' is missing: expected the name of a port\n"
        "--set sim.sed=1: unknown key 'sed' (did you mean 'seed'?)");
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *const *tests, unsigned count)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, folder_enter, folder_leave);
    for (unsigned i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

Suite *suite(void)
{
    Suite *suite = suite_create("scenario");
    const TTest *const files[] = {a_sound_scenario_is_taken_without_a_word,
                                  line_ends_and_a_byte_order_mark_of_other_systems_are_taken,
                                  a_backslash_is_a_backslash,
                                  a_missing_file_is_said,
                                  a_folder_is_said,
                                  an_empty_file_is_said,
                                  a_file_without_sections_is_said_in_one_line,
                                  a_binary_file_is_said,
                                  ten_megabytes_of_garbage_are_said,
                                  many_wrong_lines_are_counted,
                                  many_errors_come_to_an_end};
    const TTest *const lines[] = {
        lines_that_are_nothing_are_said,           section_headers_that_are_none_are_said,
        a_section_that_stands_twice_is_said_once,  a_key_that_stands_twice_is_said,
        bytes_that_are_no_text_are_said,           a_comment_behind_a_value_is_said,
        all_errors_are_said_at_once_by_their_lines};
    const TTest *const bases[] = {a_file_overrides_its_base_key_by_key,
                                  an_error_is_said_of_the_file_in_which_it_stands,
                                  an_override_mends_an_error_of_the_base,
                                  a_missing_base_is_said_and_nothing_that_follows_from_it,
                                  a_loop_of_bases_is_said,
                                  remove_without_what_it_removes_is_said,
                                  unknown_keys_of_the_file_itself_are_said,
                                  paths_are_relative_to_the_file_in_which_they_stand};
    const TTest *const sets[] = {
        overrides_come_last_and_the_last_one_counts, an_override_that_is_wrong_names_itself,
        an_override_of_no_section_is_said, an_override_that_is_none_is_said,
        a_key_of_lines_is_given_with_words_numbers_in_their_order, a_key_of_lines_wants_a_word,
        a_word_may_stand_in_the_place_of_a_number};

    add(suite, "files", files, G_N_ELEMENTS(files));
    add(suite, "lines", lines, G_N_ELEMENTS(lines));
    add(suite, "bases", bases, G_N_ELEMENTS(bases));
    add(suite, "overrides", sets, G_N_ELEMENTS(sets));
    return suite;
}
