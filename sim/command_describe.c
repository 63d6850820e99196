/* command_describe.c - polynic describe: the kinds of parts, their keys and statistics, from their
 * tables. */
#include "sim/command.h"

#include "sim/kinds.h"
#include "sim/parameter.h"
#include "sim/scenario.h"

#include <getopt.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: polynic describe [KIND [KEY]] [--markdown]\n"
    "\n"
    "Lists the kinds of parts that a scenario can have; of one kind its keys (what a value is,\n"
    "the default, the range) and its statistics; or all about one key.\n"
    "\n"
    "  --markdown   as a page of documentation; without KIND: the reference of all kinds\n"
    "  --help\n";

static const struct option options[] = {
    {"markdown", no_argument, NULL, 'm'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

static const char *const statistic_types[] = {
    [STATISTIC_COUNT] = "count", [STATISTIC_MAXIMUM] = "maximum", [STATISTIC_LEVEL] = "level"};

/* A parameter, in words. */
struct words {
    char *type, *units, *range; /* units and range may be NULL */
    const char *usual;          /* the default as people call it */
};

static void words_of(const struct parameter *parameter, struct words *words)
{
    const char *usual = parameter->default_text;

    words->type = parameter_type_name(parameter);
    words->units = parameter_units(parameter);
    words->range = parameter_range(parameter);
    if (!usual)
        usual = "(must be given)";
    else if (!strcmp(usual, "*"))
        usual = parameter->type == PARAMETER_PART ? "* (the only one)" : "* (all)";
    else if (!*usual)
        usual = "(none)";
    words->usual = usual;
}

static void words_clear(struct words *words)
{
    g_free(words->type);
    g_free(words->units);
    g_free(words->range);
}

/* Wraps a text to 100 columns, each line after so many blanks. */
static void print_wrapped(const char *text, unsigned indent)
{
    char **words = g_strsplit(text, " ", -1);
    size_t column = 0;

    for (unsigned i = 0; words[i]; i++) {
        size_t length = strlen(words[i]);

        if (i == 0 || column + 1 + length > 100) {
            printf("%s%*s%s", i ? "\n" : "", (int)indent, "", words[i]);
            column = indent + length;
        } else {
            printf(" %s", words[i]);
            column += 1 + length;
        }
    }
    putchar('\n');
    g_strfreev(words);
}

/* Where the section's header of a kind makes parts. */
static char *sentence_of_section(const struct part_kind *kind)
{
    if (kind->single)
        return g_strdup_printf("One section [%s] in a scenario.", kind->name);
    return g_strdup_printf("A section [%s NAME] makes one%s.", kind->name,
                           kind->countable ? ", or several with `count`" : "");
}

static void print_kinds(void)
{
    size_t width = 0;

    for (unsigned i = 0; part_kinds[i]; i++)
        width = MAX(width, strlen(part_kinds[i]->name));
    printf("Kinds of parts, each a section of a scenario:\n\n");
    for (unsigned i = 0; part_kinds[i]; i++)
        printf("  %-*s  %s\n", (int)width, part_kinds[i]->name, part_kinds[i]->help);
    printf("\n'polynic describe KIND' lists the keys and statistics of a kind.\n");
}

static void print_keys(const struct part_kind *kind)
{
    size_t key_width = 3, type_width = 5, usual_width = 7;
    const struct parameter *parameter;
    struct words words;

    for (unsigned i = 0; (parameter = scenario_parameter(kind, i)); i++) {
        words_of(parameter, &words);
        key_width = MAX(key_width, strlen(parameter->key));
        type_width = MAX(type_width, strlen(words.type));
        usual_width = MAX(usual_width, MIN(strlen(words.usual), 24));
        words_clear(&words);
    }
    printf("  %-*s  %-*s  %-*s  %s\n", (int)key_width, "KEY", (int)type_width, "VALUE",
           (int)usual_width, "DEFAULT", "ALLOWED");
    for (unsigned i = 0; (parameter = scenario_parameter(kind, i)); i++) {
        words_of(parameter, &words);
        bool is_long = strlen(words.usual) > usual_width;
        char *line = g_strdup_printf(
            "  %-*s  %-*s  %-*s  %s", (int)key_width, parameter->key, (int)type_width, words.type,
            (int)usual_width, is_long ? "(below)" : words.usual, words.range ? words.range : "");

        printf("%s\n", g_strchomp(line));
        print_wrapped(parameter->help, (unsigned)key_width + 4);
        if (is_long) {
            char *usual = g_strdup_printf("Default: %s", words.usual);

            print_wrapped(usual, (unsigned)key_width + 4);
            g_free(usual);
        }
        g_free(line);
        words_clear(&words);
    }
}

static void print_kind(const struct part_kind *kind)
{
    const struct statistic *statistic = kind->statistics;
    char *sentence = sentence_of_section(kind);
    size_t width = 0;

    printf("%s: %s\n%s\n\n", kind->name, kind->help, sentence);
    if (scenario_parameter(kind, 0))
        print_keys(kind);
    else
        printf("  It has no keys.\n");
    for (; statistic && statistic->name; statistic++)
        width = MAX(width, strlen(statistic->name));
    if (width)
        printf("\n  %-*s  %-7s  MEANING\n", (int)width, "STATISTIC", "KIND");
    for (statistic = kind->statistics; statistic && statistic->name; statistic++)
        printf("  %-*s  %-7s  %s\n", (int)MAX(width, 9), statistic->name,
               statistic_types[statistic->type], statistic->help);
    g_free(sentence);
}

static void print_key(const struct part_kind *kind, const struct parameter *parameter)
{
    struct words words;

    words_of(parameter, &words);
    printf("%s.%s: %s\n\n  value    %s\n", kind->name, parameter->key, parameter->help, words.type);
    if (words.units)
        printf("  units    %s\n", words.units);
    printf("  default  %s\n", words.usual);
    if (words.range)
        printf("  allowed  %s\n", words.range);
    words_clear(&words);
    char *example = parameter_expected(parameter);

    printf("\nIn a scenario, %s:\n\n  [%s%s]\n  %s = %s\n", example, kind->name,
           kind->single ? "" : " NAME", parameter->key,
           parameter->default_text && *parameter->default_text ? parameter->default_text : "...");
    g_free(example);
}

/* ---- as Markdown ---- */

/* A cell of a table: '|' would end it. */
static void print_cell(const char *text)
{
    for (; *text; text++)
        printf(*text == '|' ? "\\|" : *text == '<' ? "&lt;" : "%c", *text);
}

static void markdown_kind(const struct part_kind *kind)
{
    const struct parameter *parameter;
    const struct statistic *statistic = kind->statistics;
    char *sentence = sentence_of_section(kind);
    struct words words;

    printf("## %s\n\n%s %s\n", kind->name, kind->help, sentence);
    g_free(sentence);
    if (scenario_parameter(kind, 0))
        printf("\n| key | value | default | allowed | meaning |\n"
               "| --- | --- | --- | --- | --- |\n");
    for (unsigned i = 0; (parameter = scenario_parameter(kind, i)); i++) {
        words_of(parameter, &words);
        printf("| `%s` | %s | %s%s%s | ", parameter->key, words.type,
               words.usual[0] == '(' ? "" : "`", words.usual, words.usual[0] == '(' ? "" : "`");
        print_cell(words.range ? words.range : "");
        printf(" | ");
        print_cell(parameter->help);
        printf(" |\n");
        words_clear(&words);
    }
    if (statistic && statistic->name)
        printf("\n| statistic | kind | meaning |\n| --- | --- | --- |\n");
    for (; statistic && statistic->name; statistic++) {
        printf("| `%s` | %s | ", statistic->name, statistic_types[statistic->type]);
        print_cell(statistic->help);
        printf(" |\n");
    }
}

static const char markdown_introduction[] =
    "# Scenario files\n"
    "\n"
    "Made by `polynic describe --markdown` from the tables of the program.\n"
    "\n"
    "A scenario is a key file with a section for each part:\n"
    "\n"
    "    [scenario]\n"
    "    title = Eight processors\n"
    "    base = two.ini\n"
    "\n"
    "    [processor pp]\n"
    "    count = 8\n"
    "    clock = 1.25GHz\n"
    "\n"
    "- A section `[KIND NAME]` makes a part; parts are numbered in the order of their sections. A\n"
    "  name is a letter, then letters, digits, `_` or `-`, and no two parts share one.\n"
    "- With `count = 4`, `[processor pp]` makes `pp0` .. `pp3`; `pp` then stands for all of them.\n"
    "- A line that begins with `#` is a comment. A comment cannot follow a value.\n"
    "- `[scenario]` has `title`, `description` and `base`: a file whose sections and keys hold\n"
    "  but for what this file says itself. A section with `remove = yes` takes the base's section\n"
    "  away.\n"
    "- `--set processor.pp.count=8` overrides a key on the command line, `--set sim.seed=3` one\n"
    "  of a kind without names.\n"
    "- Numbers are decimal and exact, with a unit: `2.5Gbit/s`, `0.5ns`. What is no whole number\n"
    "  of the base unit is an error.\n"
    "- A reference is the name of a part; `*` is the only part of that kind, or, where a list is\n"
    "  expected, all of them. Names in a list are separated by blanks or commas.\n"
    "- A key whose value is texts is given as often as needed, with a word of its own behind a\n"
    "  point: `rule.1 = ...`, `rule.2 = ...`. Numbers are taken in their order.\n"
    "- A path is relative to the file in which it stands; in `--set`, to the present folder.\n"
    "\n"
    "| value | units |\n"
    "| --- | --- |\n";

static void markdown_introduce(void)
{
    for (enum parameter_type type = PARAMETER_COUNT; type <= PARAMETER_BITS; type++) {
        struct parameter parameter = {.type = type};
        char *name = parameter_type_name(&parameter), *units = parameter_units(&parameter);

        printf("| %s | %s |\n", name, units ? units : "");
        g_free(units);
        g_free(name);
    }
    printf("\nStatistics: a *count* adds up, a *maximum* is the largest seen, a *level* is how it "
           "stands now.\n");
}

/* ---- the command ---- */

static int unknown(const char *what, const char *word, GPtrArray *candidates, const char *see)
{
    g_ptr_array_add(candidates, NULL);
    const char *nearest = diagnostic_nearest(word, (const char *const *)candidates->pdata);

    fprintf(stderr, "polynic: describe: unknown %s '%s'%s%s%s\n", what, word,
            nearest ? " (did you mean '" : " (see ", nearest ? nearest : see,
            nearest ? "'?)" : ")");
    g_ptr_array_unref(candidates);
    return 2;
}

static int describe_key(const struct part_kind *kind, const char *key)
{
    GPtrArray *keys = g_ptr_array_new();
    const struct parameter *parameter;

    for (unsigned i = 0; (parameter = scenario_parameter(kind, i)); i++) {
        if (!strcmp(parameter->key, key)) {
            g_ptr_array_unref(keys);
            print_key(kind, parameter);
            return 0;
        }
        g_ptr_array_add(keys, (char *)(size_t)parameter->key);
    }
    char *what = g_strdup_printf("key of %s", kind->name);
    char *see = g_strdup_printf("polynic describe %s", kind->name);
    int status = unknown(what, key, keys, see);

    g_free(see);
    g_free(what);
    return status;
}

static int describe_all_as_markdown(void)
{
    fputs(markdown_introduction, stdout);
    markdown_introduce();
    for (unsigned i = 0; part_kinds[i]; i++) {
        putchar('\n');
        markdown_kind(part_kinds[i]);
    }
    return 0;
}

int command_describe(int argc, char **argv)
{
    bool markdown = false;
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "hm", options, NULL)) != -1) {
        switch (option) {
        case 'm':
            markdown = true;
            break;
        case 'h':
            fputs(help, stdout);
            return 0;
        default:
            fprintf(stderr, "polynic: see polynic describe --help\n");
            return 2;
        }
    }
    if (argc - optind > 2) {
        fprintf(stderr, "polynic: describe: expected a kind and a key at the most: see polynic "
                        "describe --help\n");
        return 2;
    }
    if (optind == argc) {
        if (markdown)
            return describe_all_as_markdown();
        print_kinds();
        return 0;
    }
    const struct part_kind *kind = scenario_kind(part_kinds, argv[optind]);

    if (!kind) {
        GPtrArray *names = g_ptr_array_new();

        for (unsigned i = 0; part_kinds[i]; i++)
            g_ptr_array_add(names, (char *)(size_t)part_kinds[i]->name);
        return unknown("kind", argv[optind], names, "polynic describe");
    }
    if (optind + 1 < argc)
        return describe_key(kind, argv[optind + 1]);
    if (markdown)
        markdown_kind(kind);
    else
        print_kind(kind);
    return 0;
}
