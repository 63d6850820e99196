/* command_trace.c - `polynic trace info`: what is in a capture, and what a replay would do with it; and the way to
 * `polynic trace generate`. */
#include "sim/command.h"

#include "sim/command_trace_generate.h"
#include "sim/diagnostic.h"
#include "traces/capture.h"
#include "traces/card_side.h"
#include "traces/trace_info.h"

#include <glib.h>
#include <jansson.h>
#include <string.h>

enum { EXIT_INPUT = 2 };

struct arguments {
    const char *capture;
    GString *card;
    bool wants_json;
};

static const char usage[] =
    "usage: polynic trace info CAPTURE [--card ADDRESS...] [--json]\n"
    "       polynic trace generate CAPTURE KEY=VALUE ...   (polynic trace generate --help)\n"
    "\n"
    "Tells what is in a capture and what a replay would do with it.\n"
    "\n"
    "  CAPTURE            a pcap or pcapng file; -: standard input\n"
    "  --card ADDRESS...  the card's addresses, with or without a prefix length: 10.0.0.2\n"
    "                     fd00:1::/64; 'auto' (default) takes the addresses that serve\n"
    "  --json             print the figures as JSON\n";

static bool parse_arguments(struct arguments *arguments, int argc, char **argv,
                            struct diagnostics *diagnostics)
{
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            arguments->wants_json = true;
        } else if (strcmp(argv[i], "--card") == 0) {
            if (i + 1 == argc || g_str_has_prefix(argv[i + 1], "--"))
                diagnostic_error(diagnostics, NULL, 0, "--card: expected addresses, or 'auto'");
            while (i + 1 < argc && !g_str_has_prefix(argv[i + 1], "--"))
                g_string_append_printf(arguments->card, " %s", argv[++i]);
        } else if (g_str_has_prefix(argv[i], "--card=")) {
            g_string_append_printf(arguments->card, " %s", strchr(argv[i], '=') + 1);
        } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            diagnostic_error(diagnostics, NULL, 0,
                             "trace info: unknown option '%s' (there are --card and --json)",
                             argv[i]);
        } else if (arguments->capture != NULL) {
            diagnostic_error(diagnostics, NULL, 0,
                             "trace info: one capture at a time: '%s' comes after '%s'", argv[i],
                             arguments->capture);
        } else {
            arguments->capture = argv[i];
        }
    }
    if (arguments->capture == NULL)
        diagnostic_error(diagnostics, NULL, 0,
                         "trace info: name a capture first: polynic trace info CAPTURE");
    return diagnostics->errors == 0;
}

/* JSON's integers are signed: what lies beyond (stamps of a hostile file) is held at their end. */
static void set_number(json_t *object, const char *name, uint64_t number)
{
    json_object_set_new(object, name,
                        json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number));
}

static void print_json(const struct trace_info *info, const struct arguments *arguments,
                       const struct capture *capture, const struct card_side *side,
                       const struct diagnostics *diagnostics)
{
    const struct trace_counts *counts = trace_info_counts(info);
    uint64_t duration_ns = counts->duration_ns;
    json_t *root = json_object();
    char *spec = card_side_spec(side), *sentence = card_side_describe(side);
    json_object_set_new(root, "capture", json_string(arguments->capture));
    json_object_set_new(root, "format", json_string(capture_format(capture)));
    json_object_set_new(root, "link_type", json_string(capture_link_type(capture)));
    json_object_set_new(root, "snap_bytes", json_integer(capture_snap_bytes(capture)));
    json_object_set_new(root, "ends_early", json_boolean(capture_was_cut(capture)));
    json_object_set_new(root, "first_ns", json_integer(trace_info_first_ns(info)));
    for (const struct trace_figure *figure = trace_figures; figure->name != NULL; figure++) {
        uint64_t number;
        memcpy(&number, (const char *)counts + figure->offset, sizeof number);
        set_number(root, figure->name, number);
    }
    set_number(root, "frames_per_s", trace_rate_milli(counts->frames, duration_ns) / 1000);
    set_number(root, "bits_per_s", trace_rate_milli(counts->wire_bytes * 8, duration_ns) / 1000);
    set_number(root, "line_bits_per_s",
               trace_rate_milli(counts->line_bytes * 8, duration_ns) / 1000);
    json_object_set_new(root, "card", json_string(spec));
    json_object_set_new(root, "card_found_by", json_string(sentence));
    json_t *warnings = json_array();
    for (unsigned i = 0; i < diagnostics->count; i++)
        json_array_append_new(warnings, json_string(diagnostics->list[i].text));
    json_object_set_new(root, "warnings", warnings);
    json_dumpf(root, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(root);
    g_free(spec);
    g_free(sentence);
}

static void tell(const struct arguments *arguments, struct capture *capture, struct card_side *side,
                 struct diagnostics *diagnostics)
{
    struct trace_info *info = trace_info_new(side);
    struct capture_frame frame;
    while (capture_next(capture, &frame) == CAPTURE_FRAME)
        trace_info_add(info, &frame);
    trace_info_finish(info);
    const struct trace_counts *counts = trace_info_counts(info);
    char *sentence = card_side_describe(side);
    if (counts->frames == 0)
        diagnostic_warning(diagnostics, arguments->capture, 0, "holds no frames");
    else if (counts->direction[TO_CARD].frames == 0)
        diagnostic_warning(diagnostics, arguments->capture, 0,
                           "no frame goes to the card, which is %s%s", sentence,
                           card_side_is_auto(side) ? "" : "; try --card auto");
    g_free(sentence);
    if (arguments->wants_json)
        print_json(info, arguments, capture, side, diagnostics);
    else
        trace_info_print(info, arguments->capture, capture, side, stdout);
    trace_info_free(info);
}

static int command_trace_info(int argc, char **argv)
{
    struct arguments arguments = {.card = g_string_new(NULL)};
    struct diagnostics diagnostics;
    struct capture *capture = NULL;
    struct card_side *side = NULL;
    diagnostics_init(&diagnostics);
    if (parse_arguments(&arguments, argc, argv, &diagnostics)) {
        side = card_side_new(arguments.card->len > 0 ? arguments.card->str : "auto", &diagnostics);
        capture = capture_open(arguments.capture, &diagnostics);
    }
    if (capture != NULL && side != NULL)
        tell(&arguments, capture, side, &diagnostics);
    fflush(stdout); /* what was found comes before what is to be said about it */
    bool failed = diagnostics_print(&diagnostics, stderr) > 0;
    if (ferror(stdout)) {
        fprintf(stderr, "polynic: standard output can't be written\n");
        failed = true;
    }
    capture_close(capture);
    card_side_free(side);
    diagnostics_clear(&diagnostics);
    g_string_free(arguments.card, TRUE);
    return failed ? EXIT_INPUT : 0;
}

int command_trace(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "generate") == 0)
        return command_trace_generate(argc, argv);
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(usage, stdout);
            return 0;
        }
    if (argc >= 2 && strcmp(argv[1], "info") == 0)
        return command_trace_info(argc, argv);
    if (argc >= 2)
        fprintf(stderr, "polynic: trace: unknown verb '%s' (there are: info, generate)\n", argv[1]);
    fputs(usage, stderr);
    return EXIT_INPUT;
}
