/* command_trace_generate.c - `polynic trace generate`: writes what [traffic] with mode = generate would offer. */
#include "sim/command_trace_generate.h"

#include "models/traffic_generate.h"
#include "sim/parameter.h"
#include "traces/capture_write.h"
#include "traces/card_side.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_FAILED = 1, EXIT_INPUT = 2 };

static const char usage[] =
    "usage: polynic trace generate CAPTURE KEY=VALUE ... [--seed N]\n"
    "\n"
    "Writes frames of clients and of the card's side to a pcap file with nanosecond stamps; the same as\n"
    "the traffic of a scenario with mode = generate and these keys offers and expects.\n"
    "\n"
    "  CAPTURE            the file to write; -: standard output\n"
    "  KEY=VALUE          as in a section [traffic]:\n";

static const char examples[] =
    "  --seed N           another sequence of random numbers (1)\n"
    "\n"
    "  polynic trace generate imix.pcap sizes=imix pps=1M arrivals=poisson limit=100k\n"
    "  polynic trace generate web.pcap protocol=tcp cps=5000 requests=4 response=32kB connections=1000\n";

/* Those of struct traffic that a generated capture depends on. */
static const char *const keys[] = {"protocol", "network",     "arrivals", "sizes",    "flows",   "answers",
                                   "pps",      "mbps",        "limit",    "duration", "mtu",     "connections",
                                   "cps",      "requests",    "request",  "response", "think",   "rtt",
                                   NULL};

static const struct parameter *find_parameter(const char *key)
{
    for (const struct parameter *parameter = traffic_kind.parameters; parameter->key; parameter++)
        if (!strcmp(parameter->key, key))
            return parameter;
    return NULL;
}

static void *field_of(struct traffic *traffic, const struct parameter *parameter)
{
    return (char *)traffic + parameter->offset;
}

static void print_usage(FILE *stream)
{
    fputs(usage, stream);
    for (unsigned i = 0; keys[i]; i++) {
        const struct parameter *parameter = find_parameter(keys[i]);

        fprintf(stream, "    %-12s %s (%s)\n", keys[i], parameter->help,
                *parameter->default_text ? parameter->default_text : "none");
    }
    fputs(examples, stream);
}

static void set_defaults(struct traffic *traffic)
{
    char *wrong;

    traffic->mode = TRAFFIC_GENERATE;
    traffic->loop = traffic->copies = 1;
    for (unsigned i = 0; keys[i]; i++)
        parameter_parse(find_parameter(keys[i]), find_parameter(keys[i])->default_text,
                        field_of(traffic, find_parameter(keys[i])), &wrong);
}

static void set_key(struct traffic *traffic, const char *argument, struct diagnostics *diagnostics)
{
    const char *equals = strchr(argument, '=');
    char *key = g_strndup(argument, (gsize)(equals - argument)), *wrong;

    if (!g_strv_contains(keys, key)) {
        const char *nearest = diagnostic_nearest(key, keys);

        diagnostic_error(diagnostics, argument, 0, "'%s' is no key%s%s%s: see polynic trace generate --help", key,
                         nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
    } else {
        const struct parameter *parameter = find_parameter(key);
        char *before = parameter->type == PARAMETER_TEXT ? *(char **)field_of(traffic, parameter) : NULL;

        if (parameter_parse(parameter, equals + 1, field_of(traffic, parameter), &wrong)) {
            g_free(before);
        } else {
            diagnostic_error(diagnostics, argument, 0, "%s", wrong);
            g_free(wrong);
        }
    }
    g_free(key);
}

static bool parse_arguments(struct traffic *traffic, const char **path, uint64_t *seed, int argc, char **argv,
                            struct diagnostics *diagnostics)
{
    static const struct parameter seed_parameter = {.key = "--seed", .type = PARAMETER_COUNT, .max = UINT64_MAX};
    char *wrong;

    for (int i = 2; i < argc; i++) {
        if (!strcmp(argv[i], "--seed") && i + 1 < argc) {
            if (!parameter_parse(&seed_parameter, argv[++i], seed, &wrong)) {
                diagnostic_error(diagnostics, "--seed", 0, "%s", wrong);
                g_free(wrong);
            }
        } else if (argv[i][0] == '-' && argv[i][1]) {
            diagnostic_error(diagnostics, NULL, 0, "trace generate: unknown option '%s' (there is --seed N)", argv[i]);
        } else if (strchr(argv[i], '=')) {
            set_key(traffic, argv[i], diagnostics);
        } else if (*path) {
            diagnostic_error(diagnostics, argv[i], 0, "expected KEY=VALUE; the capture is '%s'", *path);
        } else {
            *path = argv[i];
        }
    }
    if (!*path)
        diagnostic_error(diagnostics, NULL, 0, "trace generate: name the capture to write");
    if (traffic->generate.protocol == TRAFFIC_TCP && (traffic->pps_millionths || traffic->mbps_millionths))
        diagnostic_error(diagnostics, traffic->pps_millionths ? "pps" : "mbps", 0,
                         "connections have times of their own: give cps, and the rate to the replay");
    return diagnostics->errors == 0;
}

static bool write_frames(const struct traffic *traffic, const struct generate_config *config, const char *path,
                         struct diagnostics *diagnostics)
{
    struct capture_writer *writer = capture_writer_new(path, diagnostics);
    struct generator *generator = generator_new(config);
    char *card = generate_card(config);
    struct card_side *side = card_side_new(card, diagnostics);
    struct capture_frame frame;
    uint64_t toward_card = 0;

    while (writer && generator_next(generator, &frame) == CAPTURE_FRAME) {
        struct packet packet;

        packet_parse(&packet, frame.data, frame.captured_bytes, frame.wire_bytes);
        toward_card += card_side_direction(side, &packet) == TO_CARD;
        if ((traffic->limit_frames && toward_card > traffic->limit_frames) ||
            (traffic->duration_ps && (uint64_t)frame.time_ns >= traffic->duration_ps / 1000))
            break;
        capture_writer_add(writer, frame.time_ns, frame.data, frame.captured_bytes, frame.wire_bytes);
        if (diagnostics->errors)
            break;
    }
    bool done = writer && capture_writer_close(writer);
    card_side_free(side);
    generator_free(generator);
    g_free(card);
    return done;
}

int command_trace_generate(int argc, char **argv)
{
    struct traffic traffic = {.part = {.kind = &traffic_kind, .name = (char[]){"generate"}}};
    struct generate_config config;
    struct diagnostics diagnostics;
    const char *path = NULL;
    uint64_t seed = 1;
    int status = EXIT_INPUT;

    for (int i = 2; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            print_usage(stdout);
            return 0;
        }
    if (argc == 2) {
        print_usage(stderr);
        return EXIT_INPUT;
    }
    diagnostics_init(&diagnostics);
    set_defaults(&traffic);
    if (parse_arguments(&traffic, &path, &seed, argc, argv, &diagnostics) &&
        traffic_generate_config(&traffic, GENERATE_LEAST_NUMBER, seed, &config, &diagnostics))
        status = write_frames(&traffic, &config, path, &diagnostics) ? 0 : EXIT_FAILED;
    diagnostics_print(&diagnostics, stderr);
    diagnostics_clear(&diagnostics);
    g_free(traffic.generate.sizes);
    return status;
}
