/* Parts, names, counts, references, the normalised text, the picture. */
#include "tests/sim/scenario_fixture.h"
#include "tests/suite.h"

#include "sim/wiring.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static struct test_port *port_of(struct loaded *loaded, const char *name)
{
    struct part *part = sim_find_part(&loaded->sim, "port", name);

    ck_assert_msg(part != NULL, "no port %s", name);
    return (struct test_port *)part;
}

START_TEST(fields_get_the_values_or_the_defaults)
{
    struct loaded loaded;

    load_text(&loaded,
              "[bus card]\nbase = 0x1000\n[port eth0]\nspeed = 2.5Gbit/s\nfifo = 4KiB\n"
              "delay = 0.5ns\nmac = 02:00:00:00:00:09\nchecksum = off\nhash = xor\n"
              "key = 6d5a56da\nlabel = left\n[port eth1]\n",
              NO_SETS);
    ck_assert(loaded.fine);
    const struct test_port *given = port_of(&loaded, "eth0"), *usual = port_of(&loaded, "eth1");
    const struct test_bus *bus = (struct test_bus *)sim_find_part(&loaded.sim, "bus", "card");

    ck_assert_uint_eq(bus->base, 0x1000);
    ck_assert_uint_eq(bus->width_bits, 128);
    ck_assert_str_eq(bus->chip, "card");
    ck_assert_uint_eq(given->speed_bits_per_s, 2500000000);
    ck_assert_uint_eq(given->fifo_bytes, 4096);
    ck_assert_uint_eq(given->delay_ps, 500);
    ck_assert_uint_eq(given->mac[5], 9);
    ck_assert(!given->checksum);
    ck_assert_uint_eq(given->hash, 2);
    ck_assert_uint_eq(given->key.count, 4);
    ck_assert_uint_eq(given->key.bytes[3], 0xda);
    ck_assert_str_eq(given->label, "left");
    ck_assert_uint_eq(usual->speed_bits_per_s, 10000000000);
    ck_assert_uint_eq(usual->fifo_bytes, 262144);
    ck_assert(usual->checksum);
    ck_assert_uint_eq(usual->hash, 0);
    ck_assert_uint_eq(usual->key.count, 0);
    ck_assert_str_eq(usual->label, "");
    ck_assert_ptr_eq(usual->bus, &bus->part);
    ck_assert_ptr_null(usual->spare);
    ck_assert_uint_eq(usual->workers.count, 0);
    loaded_free(&loaded);
}
END_TEST

START_TEST(a_count_makes_numbered_parts)
{
    struct loaded loaded;

    load_text(&loaded,
              "[bus card]\n[worker pp]\ncount = 3\nclock = 1GHz\n[worker one]\ncount = 1\n"
              "[worker alone]\n",
              NO_SETS);
    ck_assert(loaded.fine);
    static const char *const names[] = {"sim", "card", "pp0", "pp1", "pp2", "one0", "alone"};

    ck_assert_uint_eq(loaded.sim.part_count, G_N_ELEMENTS(names));
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        ck_assert_str_eq(loaded.sim.parts[i]->name, names[i]);
        ck_assert_uint_eq(loaded.sim.parts[i]->number, i);
    }
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_str_eq(loaded.sim.parts[2 + i]->group, "pp");
        ck_assert_uint_eq(loaded.sim.parts[2 + i]->index, i);
        ck_assert_uint_eq(((struct test_worker *)loaded.sim.parts[2 + i])->hz, 1000000000);
    }
    loaded_free(&loaded);
}
END_TEST

START_TEST(counts_go_from_1_to_256)
{
    struct loaded loaded;

    load_text(&loaded, "[bus card]\n[worker pp]\ncount = 256\n", NO_SETS);
    ck_assert(loaded.fine);
    ck_assert_uint_eq(loaded.sim.part_count, 258);
    ck_assert_str_eq(loaded.sim.parts[257]->name, "pp255");
    loaded_free(&loaded);
    assert_said("[bus card]\n[worker pp]\ncount = 0\n",
                "a.ini:3: worker pp: count = 0: out of range: allowed 1 .. 256");
    assert_said("[bus card]\n[worker pp]\ncount = 257\n",
                "a.ini:3: worker pp: count = 257: out of range: allowed 1 .. 256");
    assert_said("[bus card]\n[worker pp]\ncount = 99999999999999999999\n",
                "a.ini:3: worker pp: count = 99999999999999999999: out of range: allowed 1 .. 256");
    assert_said("[bus card]\ncount = 2\n", "a.ini:2: bus card: unknown key 'count': a section of "
                                           "this kind makes one part");
    /* What is not there for a wrong count is not said as well. */
    assert_said("[bus card]\n[worker pp]\ncount = 257\n[port eth0]\nworkers = pp3 pp\n",
                "a.ini:3: worker pp: count = 257: out of range: allowed 1 .. 256");
}
END_TEST

START_TEST(a_scenario_has_room_for_so_many_parts)
{
    GString *text = g_string_new("[bus card]\n");

    for (unsigned i = 0; i <= 255; i++)
        g_string_append_printf(text, "[worker w%u-]\ncount = 256\n", i);
    assert_said(text->str, "a.ini:512: worker w255-: too many parts: a scenario has at most 65536");
    g_string_free(text, TRUE);
}
END_TEST

START_TEST(one_error_in_a_section_is_said_once_for_all_its_parts)
{
    assert_said("[bus card]\n[worker pp]\ncount = 4\nclock = 3\nbus = crad\n",
                "a.ini:4: worker pp: clock = 3: the unit is missing: expected a frequency such as "
                "800MHz (units: Hz, kHz, MHz, GHz, THz)\n"
                "a.ini:5: worker pp: bus = crad: no part of that name (did you mean 'card'?)");
}
END_TEST

/* ---- names and kinds ---- */

START_TEST(unknown_kinds_are_said)
{
    assert_said("[prot eth0]\n[Bus card]\n[elephant x]\nkey = 1\n",
                "a.ini:1: [prot eth0]: unknown kind 'prot' (did you mean 'port'?)\n"
                "a.ini:2: [Bus card]: unknown kind 'Bus' (did you mean 'bus'?)\n"
                "a.ini:3: [elephant x]: unknown kind 'elephant' (see 'polynic describe')");
    /* What is wired to it is not to blame. */
    assert_said("[bsu card]\n[port eth0]\nbus = card\n[port eth1]\n",
                "a.ini:1: [bsu card]: unknown kind 'bsu' (did you mean 'bus'?)");
}
END_TEST

START_TEST(names_that_are_none_are_said)
{
    assert_said(
        "[bus card]\n[port]\n[port 0eth]\n[port a.b]\n[port a b]\n[port \xc3\xa9t\xc3\xa9]\n"
        "[sim x]\n",
        "a.ini:2: port: a section without a name: expected [port NAME]\n"
        "a.ini:3: port 0eth: '0eth' is no name: a name is a letter, then up to 62 letters, "
        "digits, '_' or '-'\n"
        "a.ini:4: port a.b: 'a.b' is no name: a name is a letter, then up to 62 letters, "
        "digits, '_' or '-'\n"
        "a.ini:5: port a b: 'a b' is no name: a name is a letter, then up to 62 letters, "
        "digits, '_' or '-'\n"
        "a.ini:6: port \xc3\xa9t\xc3\xa9: '\xc3\xa9t\xc3\xa9' is no name: a name is a letter, "
        "then up to 62 letters, digits, '_' or '-'\n"
        "a.ini:7: sim x: this kind has no name: expected [sim]");
    assert_said("[bus a-2_B]\n", "");
    assert_said("[bus a23456789012345678901234567890123456789012345678901234567890123]\n", "");
    char *said = said_of_text(
        "[bus a234567890123456789012345678901234567890123456789012345678901234]\n", NO_SETS);

    ck_assert_ptr_nonnull(strstr(said, "is no name"));
    free(said);
}
END_TEST

START_TEST(names_are_unique_over_all_kinds)
{
    assert_said("[bus card]\n[port card]\n",
                "a.ini:2: port card: the name 'card' is taken by [bus card] (a.ini:1)");
    assert_said("[bus card]\n[worker pp]\ncount = 4\n[port pp3]\n[port pp4]\n[port pp5]\n",
                "a.ini:4: port pp3: the name 'pp3' is taken by [worker pp] (a.ini:2)");
    assert_said("[bus card]\n[port pp3]\n[worker pp]\ncount = 4\n",
                "a.ini:3: worker pp: the name 'pp3' is taken by [port pp3] (a.ini:2)");
    assert_said("[bus sim]\n", "a.ini:1: bus sim: the name 'sim' is taken by [sim]");
}
END_TEST

/* ---- references ---- */

START_TEST(references_lead_to_parts_by_name)
{
    struct loaded loaded;

    /* The port comes before what it names: order does not matter. */
    load_text(&loaded,
              "[port eth0]\nbus = b\nspare = eth1\nworkers = last, pp1  pp0,\n[worker pp]\n"
              "count = 2\nbus = a\n[bus a]\n[bus b]\n[worker last]\nbus = b\n[port eth1]\n"
              "bus = a\nworkers =\n[port eth2]\nbus = a\nworkers = pp\n[port eth3]\n"
              "bus = a\n",
              NO_SETS);
    ck_assert(loaded.fine);
    const struct test_port *first = port_of(&loaded, "eth0");

    ck_assert_str_eq(first->bus->name, "b");
    ck_assert_str_eq(first->spare->name, "eth1");
    ck_assert_uint_eq(first->workers.count, 3);
    ck_assert_str_eq(first->workers.list[0]->name, "last");
    ck_assert_str_eq(first->workers.list[1]->name, "pp1");
    ck_assert_str_eq(first->workers.list[2]->name, "pp0");
    ck_assert_uint_eq(port_of(&loaded, "eth1")->workers.count, 0);
    ck_assert_uint_eq(port_of(&loaded, "eth2")->workers.count, 2);
    ck_assert_uint_eq(port_of(&loaded, "eth3")->workers.count, 3); /* all */
    loaded_free(&loaded);
}
END_TEST

START_TEST(a_reference_to_nothing_is_said)
{
    assert_said("[bus card]\n[port eth0]\nbus = crad\n",
                "a.ini:3: port eth0: bus = crad: no part of that name (did you mean 'card'?)");
    assert_said("[bus card]\n[bus host]\n[port eth0]\nbus = elephant\n",
                "a.ini:4: port eth0: bus = elephant: no part of that name (bus: card, host)");
    assert_said("[port eth0]\nbus = elephant\n",
                "a.ini:2: port eth0: bus = elephant: no part of that name, and no bus at all");
    assert_said(
        "[bus card]\n[worker pp]\ncount = 12\n[port eth0]\nworkers = pp3 pp12 gnu\n",
        "a.ini:5: port eth0: workers = pp3 pp12 gnu: no part of the name 'pp12' (did you mean "
        "'pp1'?)");
    assert_said(
        "[bus card]\n[worker pp]\ncount = 2\n[port eth0]\nworkers = elephant\n",
        "a.ini:5: port eth0: workers = elephant: no part of the name 'elephant' (worker: pp0 "
        ".. pp1)");
    assert_said("[bus card]\n[port eth0]\nbus =\n",
                "a.ini:3: port eth0: bus = : no value: expected the name of a bus");
    assert_said("[bus card]\n[port eth0]\nspare =\n", "");
    assert_said("[bus main]\n[worker w]\n",
                "a.ini:2: worker w: bus = card (the default): no part of that name (bus: main)");
}
END_TEST

START_TEST(a_reference_to_the_wrong_kind_is_said)
{
    assert_said(
        "[bus card]\n[worker w]\n[port eth0]\nbus = w\nspare = w\nworkers = card\n",
        "a.ini:4: port eth0: bus = w: this is a worker, expected the name of a bus\n"
        "a.ini:5: port eth0: spare = w: this is a worker, expected the name of a bus or port\n"
        "a.ini:6: port eth0: workers = card: 'card' is a bus, expected the names of worker "
        "parts");
}
END_TEST

START_TEST(a_reference_to_several_is_said)
{
    assert_said("[bus card]\n[worker w]\n[port eth0]\nworkers = w w\n",
                "a.ini:4: port eth0: workers = w w: 'w' is named twice");
    assert_said("[bus card]\n[bus host]\n[port eth0]\n",
                "a.ini:3: port eth0: bus: say which bus: card, host");
    assert_said("[bus card]\n[bus host]\n[port eth0]\nbus = *\n",
                "a.ini:4: port eth0: bus = *: say which bus: card, host");
    assert_said("[port eth0]\n",
                "a.ini:1: port eth0: bus: there is no bus: add a section [bus NAME]");
}
END_TEST

START_TEST(the_only_one_is_never_the_part_itself)
{
    struct loaded loaded;

    load_text(&loaded, "[bus card]\n[port eth0]\nspare = *\n", NO_SETS);
    ck_assert(loaded.fine);
    ck_assert_str_eq(port_of(&loaded, "eth0")->spare->name, "card");
    loaded_free(&loaded);
    assert_said("[bus card]\n[port eth0]\nspare = *\n[port eth1]\n",
                "a.ini:3: port eth0: spare = *: say which bus or port: card, eth1");
}
END_TEST

START_TEST(a_list_of_parts_has_a_length)
{
    assert_said("[bus card]\n[port a]\n[port b]\n[port c]\n[trace t]\nfile = x\nport = a\n",
                "a.ini:5: trace t: pair: 3 parts: allowed 1 .. 2 parts");
    assert_said("[bus card]\n[port a]\n[trace t]\nfile = x\nport = a\npair =\n",
                "a.ini:6: trace t: pair = : 0 parts: allowed 1 .. 2 parts");
}
END_TEST

START_TEST(a_missing_key_is_said)
{
    assert_said("[bus card]\n[port a]\n[trace t]\n",
                "a.ini:3: trace t: the key 'file' is missing: expected the name of a file\n"
                "a.ini:3: trace t: the key 'port' is missing: expected the name of a port");
}
END_TEST

START_TEST(long_values_are_shown_in_part)
{
    assert_said(
        "[bus card]\nwidth = 1234567890123456789012345678901234567890123456789012345678901\n",
        "a.ini:2: bus card: width = 123456789012345678901234567890123456789012345678901234567"
        "...: out of range: allowed 8bit .. 1024bit");
}
END_TEST

START_TEST(models_name_the_line_of_a_key)
{
    struct loaded loaded;

    load_text(&loaded, "[bus card]\nwidth = 24\n[worker pp]\ncount = 3\n", SETS("bus.card.chip=x"));
    ck_assert(loaded.fine);
    const struct part *bus = sim_find_part(&loaded.sim, "bus", "card");
    struct diagnostics *diagnostics = &loaded.diagnostics;

    part_error(bus, diagnostics, "width", "%u bits: expected 8, 16, 32", 24);
    part_error(bus, diagnostics, "clock", "too slow");
    part_error(bus, diagnostics, NULL, "too much");
    part_error(bus, diagnostics, "chip", "too small");
    part_error(loaded.sim.parts[0], diagnostics, "seed", "too odd");
    for (unsigned i = 0; i < 3; i++) /* said for the first of a section only, if it is the same */
        part_error(loaded.sim.parts[2 + i], diagnostics, "clock", "cannot be %u", i / 2);
    static const char *const expected[] = {
        "a.ini:2: bus card: width: 24 bits: expected 8, 16, 32",
        "a.ini:1: bus card: clock: too slow",
        "a.ini:1: bus card: too much",
        "--set bus.card.chip=x: bus card: chip: too small",
        "sim: seed: too odd",
        "a.ini:3: worker pp0: clock: cannot be 0",
        "a.ini:3: worker pp2: clock: cannot be 1",
    };

    ck_assert_uint_eq(diagnostics->count, G_N_ELEMENTS(expected));
    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++)
        ck_assert_str_eq(diagnostics->list[i].text, expected[i]);
    loaded_free(&loaded);
}
END_TEST

START_TEST(parts_without_a_scenario_name_themselves)
{
    struct part part = {.kind = test_kinds[1], .name = (char *)(size_t) "b"};
    struct diagnostics diagnostics;

    diagnostics_init(&diagnostics);
    part_error(&part, &diagnostics, "width", "odd");
    ck_assert_str_eq(diagnostics.list[0].text, "bus b: width: odd");
    diagnostics_clear(&diagnostics);
}
END_TEST

/* ---- the text and its hash ---- */

static char *hash_of(const char *text, const char *const *sets)
{
    struct loaded loaded;

    load_text(&loaded, text, sets);
    ck_assert(loaded.fine);
    char *hash = scenario_hash(loaded.scenario);

    loaded_free(&loaded);
    return hash;
}

START_TEST(the_text_is_normalised)
{
    struct loaded loaded;

    load_text(&loaded,
              "# comment\n[scenario]\ntitle = x\n[port eth0]\nworkers = pp0,pp1\n"
              "speed = 10000 Mbit/s\nbus=card\nkey = 6D:5A 56da\n[bus card]\n[worker pp]\n"
              "count = 0x2\n",
              SETS("port.eth0.delay=500ps"));
    ck_assert(loaded.fine);
    char *text = scenario_text(loaded.scenario);

    ck_assert_str_eq(text, "[sim]\n\n[port eth0]\nbus = card\ndelay = 500ps\nkey = 6d 5a 56 da\n"
                           "speed = 10Gbit/s\nworkers = pp0, pp1\n\n[bus card]\n\n[worker pp]\n"
                           "count = 2\n");
    free(text);
    loaded_free(&loaded);
}
END_TEST

START_TEST(the_hash_is_of_what_is_simulated)
{
    char *first = hash_of("[bus card]\nclock = 1GHz\nwidth = 64\n", NO_SETS);
    char *same = hash_of("[scenario]\ntitle = x\n\n# y\n[bus card]\nwidth=64bit\nclock = 1000MHz\n",
                         NO_SETS);
    char *set = hash_of("[bus card]\nclock = 2GHz\nwidth = 64\n", SETS("bus.card.clock=1GHz"));
    char *other = hash_of("[bus card]\nclock = 1GHz\nwidth = 128\n", NO_SETS);

    ck_assert_uint_eq(strlen(first), 64);
    ck_assert_str_eq(first, same);
    ck_assert_str_eq(first, set);
    ck_assert_str_ne(first, other);
    file_write("deep/base.ini", "[bus card]\nclock = 1GHz\nwidth = 32\n");
    char *derived = hash_of("[scenario]\nbase = deep/base.ini\n[bus card]\nwidth = 64\n", NO_SETS);

    ck_assert_str_eq(first, derived);
    free(derived);
    free(other);
    free(set);
    free(same);
    free(first);
}
END_TEST

/* ---- what is printed ---- */

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

#define CARD                                                                                       \
    "[scenario]\ntitle = A card\n[bus card]\nwidth = 256\n[port eth0]\nspeed = 25Gbit/s\n"         \
    "image = x\n[worker pp]\ncount = 2\n[port eth1]\nspare = eth0\nworkers = pp1\n"

START_TEST(the_effective_scenario_loads_again_as_the_same)
{
    struct loaded loaded, again;

    load_text(&loaded, CARD, SETS("port.eth1.delay=1us"));
    ck_assert(loaded.fine);
    char *text = printed(loaded.scenario, scenario_print_effective);

    load_text(&again, text, NO_SETS);
    ck_assert_msg(again.fine, "%s", text);
    char *second = printed(again.scenario, scenario_print_effective);
    char *wiring = printed(loaded.scenario, wiring_print);
    char *second_wiring = printed(again.scenario, wiring_print);

    ck_assert_str_eq(wiring, second_wiring);
    ck_assert_ptr_nonnull(strstr(text, "\n# Its clock. [1MHz .. 100GHz]\n# the default\n"
                                       "clock = 500MHz\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n# Its width. [8bit .. 1024bit]\n# a.ini:4\n"
                                       "width = 256bit\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n# --set port.eth1.delay=1us\ndelay = 1us\n"));
    ck_assert_str_eq(((struct test_port *)sim_find_part(&again.sim, "port", "eth0"))->image, "x");
    free(second_wiring);
    free(wiring);
    free(second);
    free(text);
    loaded_free(&again);
    loaded_free(&loaded);
}
END_TEST

START_TEST(the_picture_shows_parts_differences_and_wires)
{
    struct loaded loaded;

    load_text(&loaded, CARD, NO_SETS);
    ck_assert(loaded.fine);
    char *text = printed(loaded.scenario, wiring_print);

    ck_assert_str_eq(text, "A card\n"
                           "\n"
                           "(#: the part itself, o: wired to it)       card\n"
                           "sim                                         |\n"
                           "bus card      width = 256bit                #\n"
                           "port eth0     speed = 25Gbit/s, image = x   |\n"
                           "    bus -> card                             o\n"
                           "    workers -> pp x2                        |\n"
                           "worker pp x2                                |\n"
                           "    bus -> card                             o\n"
                           "port eth1                                   |\n"
                           "    bus -> card                             o\n"
                           "    spare -> eth0\n"
                           "    workers -> pp1\n");
    free(text);
    loaded_free(&loaded);
}
END_TEST

START_TEST(the_graph_has_a_node_a_section_and_an_edge_a_wire)
{
    struct loaded loaded;

    load_text(&loaded, CARD, SETS("scenario.title=\"A\\B\"", "bus.card.chip=\"x\""));
    ck_assert(loaded.fine);
    char *text = printed(loaded.scenario, wiring_print_dot);

    ck_assert_str_eq(text,
                     "digraph polynic {\n"
                     "    rankdir=LR;\n"
                     "    node [fontname=\"sans-serif\"];\n"
                     "    edge [fontname=\"sans-serif\", fontsize=10];\n"
                     "    label=\"\\\"A\\\\B\\\"\";\n"
                     "    \"sim\" [shape=box, label=\"sim\"];\n"
                     "    subgraph cluster_0 {\n"
                     "    label=\"\\\"x\\\"\";\n"
                     "    \"card\" [shape=cds, label=\"bus card\\nwidth = 256bit\\nchip = "
                     "\\\"x\\\"\"];\n"
                     "    }\n"
                     "    \"eth0\" [shape=hexagon, label=\"port eth0\\nspeed = 25Gbit/s\\nimage = "
                     "x\"];\n"
                     "    \"pp\" [shape=cylinder, label=\"worker pp x2\"];\n"
                     "    \"eth1\" [shape=hexagon, label=\"port eth1\"];\n"
                     "    \"eth0\" -> \"card\" [label=\"bus\"];\n"
                     "    \"eth0\" -> \"pp\" [label=\"workers\"];\n"
                     "    \"pp\" -> \"card\" [label=\"bus\"];\n"
                     "    \"eth1\" -> \"card\" [label=\"bus\"];\n"
                     "    \"eth1\" -> \"eth0\" [label=\"spare\"];\n"
                     "    \"eth1\" -> \"pp\" [label=\"workers (pp1)\"];\n"
                     "}\n");
    free(text);
    loaded_free(&loaded);
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *const *tests, unsigned count)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, folder_enter, folder_leave);
    tcase_set_timeout(tcase, 60);
    for (unsigned i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

Suite *suite(void)
{
    Suite *suite = suite_create("scenario_build");
    const TTest *const parts[] = {fields_get_the_values_or_the_defaults,
                                  a_count_makes_numbered_parts,
                                  counts_go_from_1_to_256,
                                  a_scenario_has_room_for_so_many_parts,
                                  one_error_in_a_section_is_said_once_for_all_its_parts,
                                  unknown_kinds_are_said,
                                  names_that_are_none_are_said,
                                  names_are_unique_over_all_kinds,
                                  a_missing_key_is_said,
                                  long_values_are_shown_in_part,
                                  models_name_the_line_of_a_key,
                                  parts_without_a_scenario_name_themselves};
    const TTest *const references[] = {
        references_lead_to_parts_by_name, a_reference_to_nothing_is_said,
        a_reference_to_the_wrong_kind_is_said, a_reference_to_several_is_said,
                                       the_only_one_is_never_the_part_itself,
        a_list_of_parts_has_a_length};
    const TTest *const printing[] = {the_text_is_normalised, the_hash_is_of_what_is_simulated,
                                     the_effective_scenario_loads_again_as_the_same,
                                     the_picture_shows_parts_differences_and_wires,
                                     the_graph_has_a_node_a_section_and_an_edge_a_wire};

    add(suite, "parts", parts, G_N_ELEMENTS(parts));
    add(suite, "references", references, G_N_ELEMENTS(references));
    add(suite, "printing", printing, G_N_ELEMENTS(printing));
    return suite;
}
