/* The tables of all kinds: what a scenario, the reference and the report are made from has no
 * holes. */
#include "tests/suite.h"

#include "sim/kinds.h"
#include "sim/parameter.h"
#include "sim/scenario.h"

#include <glib.h>
#include <string.h>

static bool is_word(const char *text)
{
    for (const char *c = text; *c; c++)
        if (!g_ascii_islower(*c) && !g_ascii_isdigit(*c) && *c != '_')
            return false;
    return g_ascii_islower(text[0]);
}

static bool is_sentence(const char *text)
{
    return text && g_ascii_isupper(text[0]) && g_str_has_suffix(text, ".");
}

START_TEST(kinds_have_names_and_sentences)
{
    for (unsigned i = 0; part_kinds[i]; i++) {
        const struct part_kind *kind = part_kinds[i];

        ck_assert_msg(is_word(kind->name), "%s", kind->name);
        ck_assert_msg(is_sentence(kind->help), "%s: '%s'", kind->name, kind->help);
        ck_assert_msg(kind->size >= sizeof(struct part), "%s", kind->name);
        ck_assert_msg(scenario_kind(part_kinds, kind->name) == kind, "%s is there twice",
                      kind->name);
        ck_assert_msg(!(kind->single && kind->countable), "%s", kind->name);
        ck_assert_msg(strcmp(kind->name, "scenario"), "[scenario] is the file's own section");
    }
}
END_TEST

static void check_parameter(const struct part_kind *kind, const struct parameter *parameter)
{
    bool parts = parameter->type == PARAMETER_PART || parameter->type == PARAMETER_PARTS;
    const char *usual = parameter->default_text;

    ck_assert_msg(is_word(parameter->key), "%s.%s", kind->name, parameter->key);
    ck_assert_msg(is_sentence(parameter->help), "%s.%s: '%s'", kind->name, parameter->key,
                  parameter->help);
    ck_assert_msg(strcmp(parameter->key, "remove"), "%s.remove is every section's", kind->name);
    bool is_number = parameter->type <= PARAMETER_ADDRESS;
    bool has_word = is_number && parameter->choices && parameter->choices[0] && !parameter->choices[1];

    ck_assert_msg((parameter->choices != NULL) == (parts || has_word || parameter->type == PARAMETER_CHOICE),
                  "%s.%s: choices", kind->name, parameter->key);
    ck_assert_msg(parameter->max == 0 || parameter->min <= parameter->max, "%s.%s: range",
                  kind->name, parameter->key);
    for (unsigned i = 0; parts && parameter->choices[i]; i++)
        ck_assert_msg(scenario_kind(part_kinds, parameter->choices[i]) != NULL,
                      "%s.%s: there is no kind '%s'", kind->name, parameter->key,
                      parameter->choices[i]);
    if (parts || !usual || !*usual)
        return;
    size_t bytes = parameter_field_bytes(parameter->type);
    void *field = g_malloc0(bytes);
    char *wrong = NULL;

    ck_assert_msg(parameter->offset + bytes <= kind->size || !strcmp(parameter->key, "count"),
                  "%s.%s: outside of its structure", kind->name, parameter->key);
    ck_assert_msg(parameter_parse(parameter, usual, field, &wrong), "%s.%s: default '%s': %s",
                  kind->name, parameter->key, usual, wrong);
    parameter_release(parameter, field);
    g_free(field);
}

START_TEST(keys_have_defaults_that_they_allow)
{
    for (unsigned i = 0; part_kinds[i]; i++) {
        GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);
        const struct parameter *parameter;

        for (unsigned k = 0; (parameter = scenario_parameter(part_kinds[i], k)); k++) {
            check_parameter(part_kinds[i], parameter);
            ck_assert_msg(g_hash_table_add(seen, (void *)(size_t)parameter->key),
                          "%s.%s is there twice", part_kinds[i]->name, parameter->key);
        }
        for (unsigned k = 0; part_kinds[i]->neutral_keys && part_kinds[i]->neutral_keys[k]; k++)
            ck_assert_msg(g_hash_table_contains(seen, part_kinds[i]->neutral_keys[k]),
                          "%s: no key '%s'", part_kinds[i]->name, part_kinds[i]->neutral_keys[k]);
        g_hash_table_destroy(seen);
    }
}
END_TEST

/* The default is shown as it is written: as a value of its unit, so that people learn the units by
 * it. */
START_TEST(defaults_are_written_as_values_are_printed)
{
    for (unsigned i = 0; part_kinds[i]; i++) {
        const struct parameter *parameter;

        for (unsigned k = 0; (parameter = scenario_parameter(part_kinds[i], k)); k++) {
            uint64_t value;
            char *wrong = NULL;

            if (parameter->type > PARAMETER_BITS || !parameter->default_text ||
                !parameter_parse(parameter, parameter->default_text, &value, &wrong))
                continue;
            char *text = parameter_print(parameter, &value);

            ck_assert_msg(!strcmp(text, parameter->default_text) || !strcmp(text, "0"),
                          "%s.%s: default '%s' is '%s'", part_kinds[i]->name, parameter->key,
                          parameter->default_text, text);
            g_free(text);
        }
    }
}
END_TEST

START_TEST(statistics_have_names_and_sentences)
{
    for (unsigned i = 0; part_kinds[i]; i++) {
        const struct statistic *statistic = part_kinds[i]->statistics;
        GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);

        for (; statistic && statistic->name; statistic++) {
            ck_assert_msg(is_word(statistic->name) && is_sentence(statistic->help), "%s.%s: '%s'",
                          part_kinds[i]->name, statistic->name, statistic->help);
            ck_assert_msg(statistic->offset >= sizeof(struct part) &&
                              statistic->offset + 8 <= part_kinds[i]->size,
                          "%s.%s: outside of its structure", part_kinds[i]->name, statistic->name);
            ck_assert_msg(g_hash_table_add(seen, (void *)(size_t)statistic->name),
                          "%s.%s is there twice", part_kinds[i]->name, statistic->name);
        }
        g_hash_table_destroy(seen);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *suite = suite_create("kinds");
    TCase *tcase = tcase_create("tables");

    tcase_add_test(tcase, kinds_have_names_and_sentences);
    tcase_add_test(tcase, keys_have_defaults_that_they_allow);
    tcase_add_test(tcase, defaults_are_written_as_values_are_printed);
    tcase_add_test(tcase, statistics_have_names_and_sentences);
    suite_add_tcase(suite, tcase);
    return suite;
}
