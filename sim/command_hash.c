/* command_hash.c - `polynic hash`: how hash functions would spread a capture, without simulating. */
#include "sim/command_hash.h"

#include "models/elf.h"
#include "models/indirection.h"
#include "sim/command.h"
#include "traces/capture.h"
#include "traces/card_side.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    EXIT_INPUT = 2,
    EARLY_BYTES = 64 * 1024 * 1024, /* of frames that are kept until the card's side is known */
    TICK_FRAMES = 65536,            /* between two looks at the clock, for the progress */
};

static const char usage[] =
    "usage: polynic hash CAPTURE [option ...]\n"
    "       polynic hash --vector FUNCTION KEY SOURCE DESTINATION\n"
    "       polynic hash --list\n"
    "\n"
    "Shows, without simulating, how hash functions spread a capture's sessions, frames and bytes over\n"
    "processors, and what that allows as speed-up. All combinations of the lists are compared.\n"
    "\n"
    "  CAPTURE               a pcap or pcapng file; -: standard input\n"
    "  --hash LIST           functions, separated by commas: toeplitz,crc32c (default: all but program)\n"
    "  --fields LIST         what is hashed, in ethtool's letters: sdfn,sd (default sdfn)\n"
    "  --inner LIST          look into tunnels: vxlan,gre,gtpu (default none)\n"
    "  --key LIST            of Toeplitz: microsoft, symmetric, random, hexadecimal digits (default\n"
    "                        microsoft)\n"
    "  --table LIST          entries of the indirection table (default 128)\n"
    "  --processors LIST     numbers and ranges: 2,4,8 or 1..16 (default 2,4,8,16)\n"
    "  --program ELF         of the function program\n"
    "  --seed N              of key random and of the function random (default 1)\n"
    "  --card ADDRESS        the card's address, or several separated by commas; 'auto' (default) takes\n"
    "                        the addresses that serve\n"
    "  --plot FILE           write the comparison as a picture: .svg or .png\n"
    "  --csv FILE            write it as CSV\n"
    "  --json                print it as JSON, with the load of each processor\n"
    "  --quiet               no progress\n"
    "  --vector              print one hash, in hexadecimal: toeplitz microsoft 66.9.149.187:2794\n"
    "                        161.142.100.80:1766 prints 51ccc178; without ports, of the addresses\n"
    "  --list                list the functions, and what they take in the dispatch\n"
    "  --help\n"
    "\n"
    "In a scenario the same are keys of [dispatch NAME]: see polynic describe dispatch.\n";

struct arguments {
    const char *capture;
    const char *hash, *fields, *inner, *key, *table, *processors, *program, *seed, *card, *plot, *csv;
    bool wants_json, is_quiet;
};

struct option {
    const char *name;
    size_t offset; /* of a const char * in struct arguments */
};

static const struct option options[] = {
    {"--hash", offsetof(struct arguments, hash)},       {"--fields", offsetof(struct arguments, fields)},
    {"--inner", offsetof(struct arguments, inner)},     {"--key", offsetof(struct arguments, key)},
    {"--table", offsetof(struct arguments, table)},     {"--processors", offsetof(struct arguments, processors)},
    {"--program", offsetof(struct arguments, program)}, {"--seed", offsetof(struct arguments, seed)},
    {"--card", offsetof(struct arguments, card)},       {"--plot", offsetof(struct arguments, plot)},
    {"--csv", offsetof(struct arguments, csv)},         {NULL, 0},
};

/* --- Arguments ----------------------------------------------------------------------------------- */

/* The value of an option of the table: behind its '=', or the next argument. False: it is none of them. */
static bool take_option(struct arguments *arguments, int argc, char **argv, int *i, struct diagnostics *diagnostics)
{
    for (const struct option *option = options; option->name; option++) {
        size_t length = strlen(option->name);
        const char **field = (const char **)(void *)((char *)arguments + option->offset);

        if (strncmp(argv[*i], option->name, length))
            continue;
        if (argv[*i][length] == '=') {
            *field = argv[*i] + length + 1;
            return true;
        }
        if (argv[*i][length])
            continue;
        if (*i + 1 == argc)
            diagnostic_error(diagnostics, NULL, 0, "%s: expected a value behind it", option->name);
        else
            *field = argv[++*i];
        return true;
    }
    return false;
}

static void parse_arguments(struct arguments *arguments, int argc, char **argv, struct diagnostics *diagnostics)
{
    for (int i = 1; i < argc; i++) {
        if (take_option(arguments, argc, argv, &i, diagnostics))
            continue;
        if (!strcmp(argv[i], "--json"))
            arguments->wants_json = true;
        else if (!strcmp(argv[i], "--quiet"))
            arguments->is_quiet = true;
        else if (argv[i][0] == '-' && argv[i][1])
            diagnostic_error(diagnostics, NULL, 0, "hash: unknown option '%s': see polynic hash --help", argv[i]);
        else if (arguments->capture)
            diagnostic_error(diagnostics, NULL, 0, "hash: one capture at a time: '%s' comes after '%s'", argv[i],
                             arguments->capture);
        else
            arguments->capture = argv[i];
    }
    if (!arguments->capture)
        diagnostic_error(diagnostics, NULL, 0, "hash: name a capture first: polynic hash CAPTURE");
}

/* "2,4,8" and "1..16". Returns how many, 0 after an error. */
static unsigned parse_numbers(const char *option, const char *text, unsigned *numbers, unsigned room, unsigned largest,
                              struct diagnostics *diagnostics)
{
    char **words = g_strsplit(text, ",", -1);
    unsigned count = 0;
    bool fine = true;

    for (char **word = words; *word && fine; word++) {
        char *end, *last;
        guint64 from = g_ascii_strtoull(*word, &end, 10), to = from;

        if (g_str_has_prefix(end, "..") && g_ascii_isdigit(end[2])) {
            to = g_ascii_strtoull(end + 2, &last, 10);
            end = last;
        }
        fine = g_ascii_isdigit(**word) && !*end && from >= 1 && to >= from && to <= largest && to - from < room - count;
        for (guint64 number = from; fine && number <= to; number++)
            numbers[count++] = (unsigned)number;
    }
    g_strfreev(words);
    if (fine)
        return count;
    diagnostic_error(diagnostics, NULL, 0, "%s %s: expected at most %u numbers or ranges, 1 to %u, as in 2,4,8 or 1..16",
                     option, text, room, largest);
    return 0;
}

/* --- The choices --------------------------------------------------------------------------------- */

struct lists {
    unsigned functions[HASH_FUNCTIONS], function_count;
    char **fields, **keys;
    unsigned tables[SPREAD_MAX_CHOICES], table_count;
    uint64_t seed;
};

static void parse_functions(struct lists *lists, const char *text, struct diagnostics *diagnostics)
{
    char **words = g_strsplit(text ? text : "", ",", -1);

    for (unsigned i = 0; !text && i < HASH_PROGRAM; i++)
        lists->functions[lists->function_count++] = i;
    for (char **word = words; *word; word++) {
        unsigned i = 0;

        while (hash_names[i] && strcmp(hash_names[i], *word))
            i++;
        const char *nearest = hash_names[i] ? NULL : diagnostic_nearest(*word, hash_names);

        if (!hash_names[i])
            diagnostic_error(diagnostics, NULL, 0, "--hash %s: no such function%s%s%s: see polynic hash --list", *word,
                             nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
        else if (lists->function_count < HASH_FUNCTIONS)
            lists->functions[lists->function_count++] = i;
    }
    g_strfreev(words);
}

static void parse_seed(struct lists *lists, const char *text, struct diagnostics *diagnostics)
{
    char *end = NULL;

    lists->seed = text ? g_ascii_strtoull(text, &end, 10) : 1;
    if (text && (!g_ascii_isdigit(*text) || *end))
        diagnostic_error(diagnostics, NULL, 0, "--seed %s: expected a number", text);
}

static struct hash_program *load_program(const struct arguments *arguments, const uint8_t *key, unsigned key_bytes,
                                         struct diagnostics *diagnostics)
{
    char *path = elf_path(arguments->program ? arguments->program : "hash-toeplitz");
    struct hash_program_config config = {.path = path,
                                         .timing = core_timing("ideal"),
                                         .memory_bytes = 64 * 1024,
                                         .key_bytes = key_bytes};

    memcpy(config.key, key, key_bytes);
    struct hash_program *program = hash_program_new(&config, diagnostics);

    g_free(path);
    return program;
}

/* One choice of the lists; the error of a field or key is said once, at the first function. */
static void add_choice(struct hash_comparison *comparison, const struct arguments *arguments, const struct lists *lists,
                       enum hash_function function, const char *fields, const char *key_text, unsigned table,
                       struct diagnostics *diagnostics)
{
    struct spread_choice *choice = &comparison->choices[comparison->choice_count];
    struct hash_label *label = &comparison->labels[comparison->choice_count];
    uint8_t key[HASH_MAX_KEY_BYTES];
    char *wrong = NULL;
    const char *type;
    unsigned key_bytes = hash_key_parse(key_text, lists->seed, key, &wrong);

    hash_fields_init(&choice->fields);
    if (!key_bytes)
        diagnostic_error(diagnostics, NULL, 0, "--key %s: %s", key_text, wrong);
    else if (!hash_fields_set(&choice->fields, "all", fields, &wrong))
        diagnostic_error(diagnostics, NULL, 0, "--fields %s: %s", fields, wrong);
    else if (arguments->inner && !hash_fields_set(&choice->fields, "inner", arguments->inner, &wrong))
        diagnostic_error(diagnostics, NULL, 0, "--inner %s: %s", arguments->inner, wrong);
    else if (hash_kinds[function].symmetry != HASH_AS_IT_IS && !hash_fields_are_symmetric(&choice->fields, &type))
        diagnostic_error(diagnostics, NULL, 0, "--fields %s: %s wants source and destination together, and no l, e, m", fields,
                         hash_names[function]);
    g_free(wrong);
    if (diagnostics->errors)
        return;
    hash_init(&choice->hash, function, key, key_bytes);
    choice->table_entries = table;
    if (function == HASH_PROGRAM)
        choice->program = load_program(arguments, key, key_bytes, diagnostics);
    *label = (struct hash_label){.function = g_strdup(hash_names[function]),
                                 .fields = g_strdup(fields),
                                 .key = hash_kinds[function].is_keyed ? g_strdup(key_text) : NULL,
                                 .table = table};
    comparison->choice_count++;
}

static void make_choices(struct hash_comparison *comparison, const struct arguments *arguments,
                         struct diagnostics *diagnostics)
{
    struct lists lists = {.fields = g_strsplit(arguments->fields ? arguments->fields : "sdfn", ",", -1),
                          .keys = g_strsplit(arguments->key ? arguments->key : "microsoft", ",", -1)};
    unsigned errors;

    parse_functions(&lists, arguments->hash, diagnostics);
    parse_seed(&lists, arguments->seed, diagnostics);
    lists.table_count = parse_numbers("--table", arguments->table ? arguments->table : "128", lists.tables,
                                      SPREAD_MAX_CHOICES, INDIRECTION_MAX_ENTRIES, diagnostics);
    comparison->seed = lists.seed;
    errors = diagnostics->errors;
    for (unsigned f = 0; f < lists.function_count; f++)
        for (char **fields = lists.fields; *fields; fields++)
            for (char **key = lists.keys; *key; key++)
                for (unsigned t = 0; t < lists.table_count && diagnostics->errors == errors; t++) {
                    if (key != lists.keys && !hash_kinds[lists.functions[f]].is_keyed)
                        continue; /* the same again */
                    if (comparison->choice_count == SPREAD_MAX_CHOICES) {
                        diagnostic_error(diagnostics, NULL, 0, "more than %d combinations: compare fewer at once",
                                         SPREAD_MAX_CHOICES);
                        break;
                    }
                    add_choice(comparison, arguments, &lists, lists.functions[f], *fields, *key, lists.tables[t],
                               diagnostics);
                }
    g_strfreev(lists.fields);
    g_strfreev(lists.keys);
}

/* --- The capture --------------------------------------------------------------------------------- */

struct early { /* a frame that was read before the card's side was known */
    uint32_t bytes, wire_bytes;
    uint8_t data[];
};

struct reading {
    struct hash_comparison *comparison;
    struct card_side *side;
    GPtrArray *early; /* NULL: the side is known */
    uint64_t early_bytes;
};

static void judge_frame(struct reading *reading, const uint8_t *data, uint32_t bytes, uint32_t wire_bytes)
{
    struct packet packet;

    packet_parse(&packet, data, bytes, wire_bytes);
    spread_add(reading->comparison->spread, &packet, wire_bytes, card_side_direction(reading->side, &packet));
}

static void decide(struct reading *reading)
{
    card_side_decide(reading->side);
    for (unsigned i = 0; i < reading->early->len; i++) {
        const struct early *early = g_ptr_array_index(reading->early, i);

        judge_frame(reading, early->data, early->bytes, early->wire_bytes);
    }
    g_ptr_array_unref(reading->early);
    reading->early = NULL;
}

static void keep_early(struct reading *reading, const struct capture_frame *frame)
{
    struct early *early = g_malloc(sizeof *early + frame->captured_bytes);
    struct packet packet;

    early->bytes = frame->captured_bytes;
    early->wire_bytes = frame->wire_bytes;
    memcpy(early->data, frame->data, frame->captured_bytes);
    g_ptr_array_add(reading->early, early);
    reading->early_bytes += sizeof *early + frame->captured_bytes;
    packet_parse(&packet, frame->data, frame->captured_bytes, frame->wire_bytes);
    if (!card_side_learn(reading->side, &packet) || reading->early_bytes > EARLY_BYTES)
        decide(reading);
}

/* A line about it on a terminal, once a second, when it takes longer than two. */
static void show_progress(const struct capture *capture, uint64_t frames, time_t began, time_t *shown)
{
    time_t now = time(NULL);
    int done = capture_read_per_1000(capture);

    if (now == *shown || now - began < 2)
        return;
    *shown = now;
    fprintf(stderr, "\r\033[K%llu frames", (unsigned long long)frames);
    if (done > 0)
        fprintf(stderr, ", %d %%, %lld s left", done / 10, (long long)((now - began) * (1000 - done) / done));
    fflush(stderr);
}

static void read_capture(struct hash_comparison *comparison, const struct arguments *arguments, struct capture *capture,
                         struct card_side *side)
{
    struct reading reading = {
        .comparison = comparison, .side = side, .early = g_ptr_array_new_with_free_func(g_free)};
    bool is_shown = !arguments->is_quiet && isatty(STDERR_FILENO);
    struct capture_frame frame;
    time_t began = time(NULL), shown = began;

    for (uint64_t frames = 1; capture_next(capture, &frame) == CAPTURE_FRAME; frames++) {
        if (reading.early)
            keep_early(&reading, &frame);
        else
            judge_frame(&reading, frame.data, frame.captured_bytes, frame.wire_bytes);
        if (is_shown && frames % TICK_FRAMES == 0)
            show_progress(capture, frames, began, &shown);
    }
    if (shown != began)
        fputs("\r\033[K", stderr);
    if (reading.early)
        decide(&reading);
    comparison->card = card_side_describe(side);
}

/* --- The command --------------------------------------------------------------------------------- */

static void compare(struct hash_comparison *comparison, const struct arguments *arguments,
                    struct diagnostics *diagnostics)
{
    struct card_side *side = card_side_new(arguments->card ? arguments->card : "auto", diagnostics);
    struct capture *capture = capture_open(arguments->capture, diagnostics);

    if (side && capture) {
        read_capture(comparison, arguments, capture, side);
        if (!spread_totals(comparison->spread)->frames)
            diagnostic_warning(diagnostics, arguments->capture, 0, "no frame goes to the card, which is %s",
                               comparison->card);
        if (arguments->wants_json)
            hash_print_json(comparison, stdout);
        else
            hash_print(comparison, stdout);
        hash_write_csv(comparison, arguments->csv, diagnostics);
        hash_write_plot(comparison, arguments->plot, diagnostics);
        for (unsigned i = 0; i < comparison->choice_count; i++)
            if (comparison->choices[i].program && hash_program_stopped(comparison->choices[i].program))
                diagnostic_warning(diagnostics, NULL, 0, "the hash program stopped: %s",
                                   hash_program_stopped(comparison->choices[i].program));
    }
    capture_close(capture);
    card_side_free(side);
}

static void free_comparison(struct hash_comparison *comparison)
{
    for (unsigned i = 0; i < comparison->choice_count; i++) {
        hash_program_free(comparison->choices[i].program);
        g_free(comparison->labels[i].function);
        g_free(comparison->labels[i].fields);
        g_free(comparison->labels[i].key);
    }
    spread_free(comparison->spread);
    g_free(comparison->choices);
    g_free(comparison->labels);
    g_free(comparison->card);
}

static int command_hash_capture(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct hash_comparison comparison = {.choices = g_new0(struct spread_choice, SPREAD_MAX_CHOICES),
                                         .labels = g_new0(struct hash_label, SPREAD_MAX_CHOICES)};
    struct diagnostics diagnostics;

    diagnostics_init(&diagnostics);
    parse_arguments(&arguments, argc, argv, &diagnostics);
    make_choices(&comparison, &arguments, &diagnostics);
    comparison.capture = arguments.capture;
    comparison.count_count =
        parse_numbers("--processors", arguments.processors ? arguments.processors : "2,4,8,16", comparison.counts,
                      SPREAD_MAX_COUNTS, SPREAD_MAX_PROCESSORS, &diagnostics);
    if (!diagnostics.errors) {
        comparison.spread = spread_new(comparison.choices, comparison.choice_count, comparison.counts,
                                       comparison.count_count, comparison.seed);
        compare(&comparison, &arguments, &diagnostics);
    }
    fflush(stdout); /* what was found comes before what is to be said about it */
    bool failed = diagnostics_print(&diagnostics, stderr) > 0;

    if (ferror(stdout)) {
        fprintf(stderr, "polynic: standard output can't be written\n");
        failed = true;
    }
    free_comparison(&comparison);
    diagnostics_clear(&diagnostics);
    return failed ? EXIT_INPUT : 0;
}

static void list_functions(void)
{
    printf("%-18s %7s %8s  %s\n", "FUNCTION", "LATENCY", "INTERVAL", "");
    for (unsigned i = 0; i < HASH_FUNCTIONS; i++)
        printf("%-18s %7u %8u  %s\n", hash_kinds[i].name, hash_kinds[i].latency, hash_kinds[i].interval,
               hash_kinds[i].help);
    printf("\nLatency and interval: what a dispatch takes, in its cycles, unless its keys latency and interval say\n"
           "otherwise. They are assumptions; a program's own cycles come on top.\n");
}

int command_hash(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            fputs(usage, stdout);
            return 0;
        }
    if (argc >= 2 && !strcmp(argv[1], "--vector"))
        return command_hash_vector(argc - 2, argv + 2);
    if (argc == 2 && !strcmp(argv[1], "--list")) {
        list_functions();
        return 0;
    }
    return command_hash_capture(argc, argv);
}
