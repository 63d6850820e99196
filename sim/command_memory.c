/* command_memory.c - `polynic memory`: a trace of accesses against a memory controller alone. */
#include "sim/command_memory.h"

#include "sim/command.h"
#include "sim/parameter.h"
#include "traces/memory_trace.h"

#include <glib.h>
#include <string.h>

enum { EXIT_FAILED = 1, EXIT_INPUT = 2 };

struct arguments {
    unsigned part;
    struct sdram_config config;
    const char *trace;
    bool wants_json;
};

static const struct parameter parameters[] = {SDRAM_PARAMETERS(struct arguments, config), {0}};
static const struct parameter part_parameter = {
    .key = "--preset", .type = PARAMETER_CHOICE, .choices = sdram_part_names};

static const char usage[] =
    "usage: polynic memory TRACE [--preset PART] [--set KEY=VALUE ...] [--queue N] [--json]\n"
    "\n"
    "Plays a trace of accesses to a DRAM controller with its devices, and tells latencies, bandwidth and\n"
    "what became of rows.\n"
    "\n"
    "  TRACE              a line an access: ADDRESS READ|WRITE CYCLE, as DRAMsim3 has it (address in\n"
    "                     hexadecimal, cycle of the memory's clock); # begins a comment; -: standard input\n"
    "  --preset PART      ddr3-1600 (default), ddr4-2400 or gddr5\n"
    "  --set KEY=VALUE    another value than the part's, see below; may be given again\n"
    "  --queue N          the same as --set queue=N\n"
    "  --json             print the figures as JSON\n"
    "\n"
    "A request that finds its queue full waits, and those behind it; its latency counts from its being taken.\n"
    "The keys:\n";

static void print_usage(FILE *stream)
{
    fputs(usage, stream);
    for (const struct parameter *parameter = parameters; parameter->key; parameter++)
        fprintf(stream, "  %-12s %s\n", parameter->key,
                g_str_has_prefix(parameter->help, "DRAM: ") ? parameter->help + 6 : parameter->help);
}

/* --- Arguments -------------------------------------------------------------------------------------------- */

static void set_value(struct arguments *arguments, const struct parameter *parameter, const char *text,
                      struct diagnostics *diagnostics)
{
    void *field = (char *)arguments + parameter->offset;
    char *wrong, *before = parameter->type == PARAMETER_TEXT ? *(char **)field : NULL;

    if (parameter_parse(parameter, text, field, &wrong)) {
        g_free(before);
    } else {
        diagnostic_error(diagnostics, NULL, 0, "%s = %s: %s", parameter->key, text, wrong);
        g_free(wrong);
    }
}

static const struct parameter *find_parameter(const char *key)
{
    const struct parameter *parameter = parameters;

    while (parameter->key && strcmp(parameter->key, key))
        parameter++;
    return parameter->key ? parameter : NULL;
}

static void set_key(struct arguments *arguments, const char *setting, struct diagnostics *diagnostics)
{
    const char *equals = strchr(setting, '=');

    if (!equals) {
        diagnostic_error(diagnostics, NULL, 0, "--set %s: expected KEY=VALUE", setting);
        return;
    }
    char *key = g_strndup(setting, (gsize)(equals - setting));
    const struct parameter *parameter = find_parameter(key);
    if (parameter) {
        set_value(arguments, parameter, equals + 1, diagnostics);
    } else {
        const char *keys[G_N_ELEMENTS(parameters)] = {NULL};
        for (unsigned i = 0; parameters[i].key; i++)
            keys[i] = parameters[i].key;
        const char *nearest = diagnostic_nearest(key, keys);
        diagnostic_error(diagnostics, NULL, 0,
                         "--set %s: '%s' is no key of the part%s%s%s: see polynic memory --help", setting, key, nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
    }
    g_free(key);
}

/* The value of an option, from "--option=VALUE" or the next argument; NULL: argv[*i] is another. */
static const char *option(const char *name, int argc, char **argv, int *i, struct diagnostics *diagnostics)
{
    size_t length = strlen(name);

    if (strncmp(argv[*i], name, length))
        return NULL;
    if (argv[*i][length] == '=')
        return argv[*i] + length + 1;
    if (argv[*i][length])
        return NULL;
    if (*i + 1 < argc)
        return argv[++*i];
    diagnostic_error(diagnostics, NULL, 0, "%s: expected a value after it", name);
    return "";
}

static void tell_wrong(void *owner, const char *key, const char *text)
{
    diagnostic_error(owner, NULL, 0, "%s = %s", key, text);
}

static bool parse_arguments(struct arguments *arguments, int argc, char **argv, struct diagnostics *diagnostics)
{
    for (const struct parameter *parameter = parameters; parameter->key; parameter++)
        set_value(arguments, parameter, parameter->default_text, diagnostics);
    for (int i = 1; i < argc; i++) {
        const char *value;
        unsigned before = diagnostics->errors;
        if ((value = option("--set", argc, argv, &i, diagnostics))) {
            if (diagnostics->errors == before)
                set_key(arguments, value, diagnostics);
        } else if ((value = option("--preset", argc, argv, &i, diagnostics))) {
            if (diagnostics->errors == before)
                set_value(arguments, &part_parameter, value, diagnostics);
        } else if ((value = option("--queue", argc, argv, &i, diagnostics))) {
            if (diagnostics->errors == before)
                set_value(arguments, find_parameter("queue"), value, diagnostics);
        } else if (!strcmp(argv[i], "--json")) {
            arguments->wants_json = true;
        } else if (argv[i][0] == '-' && argv[i][1]) {
            diagnostic_error(diagnostics, NULL, 0,
                             "memory: unknown option '%s' (there are --preset, --set, --queue and --json)", argv[i]);
        } else if (arguments->trace) {
            diagnostic_error(diagnostics, NULL, 0, "memory: one trace at a time: '%s' comes after '%s'", argv[i],
                             arguments->trace);
        } else {
            arguments->trace = argv[i];
        }
    }
    if (!arguments->trace)
        diagnostic_error(diagnostics, NULL, 0, "memory: name a trace first: polynic memory TRACE");
    arguments->config.part = arguments->part;
    return !diagnostics->errors && sdram_config_finish(&arguments->config, tell_wrong, diagnostics);
}

/* --- The run ---------------------------------------------------------------------------------------------- */

static void request_done(void *context, const struct sdram_done *done)
{
    struct memory_run *run = context;

    if (!done->is_write)
        histogram_add(&run->reads, done->done - done->submitted);
    else if (done->row != SDRAM_ROW_NONE)
        histogram_add(&run->writes, done->done - done->submitted);
    if (done->done > run->end_clock)
        run->end_clock = done->done;
}

static void run_all(struct sdram *sdram)
{
    for (uint64_t next; (next = sdram_next(sdram)) != SDRAM_NEVER;)
        sdram_run(sdram, next + 1);
}

/* One request a clock at most. That of cycle c comes in after the controller has done clock c, as with
 * DRAMsim3's trace reader, so that both do the same in every clock. Returns its clock. */
static uint64_t submit(struct memory_run *run, struct sdram *sdram, const struct memory_access *access,
                       uint64_t earliest)
{
    uint64_t clock = access->cycle + 1 > earliest ? access->cycle + 1 : earliest;
    uint64_t wanted = clock;

    sdram_run(sdram, clock);
    while (!sdram_has_room(sdram, access->address, access->is_write)) {
        uint64_t next = sdram_next(sdram);
        clock = (next > clock ? next : clock) + 1;
        sdram_run(sdram, clock);
    }
    run->delayed += clock > wanted;
    run->delay_clocks += clock - wanted;
    if (access->is_write)
        run->submitted_writes++;
    else
        run->submitted_reads++;
    sdram_submit(sdram, clock, access->address, access->is_write, NULL);
    return clock;
}

/* False: no access in the whole trace, or lines that are wrong. */
static bool play(struct memory_run *run, struct memory_trace *trace, struct diagnostics *diagnostics)
{
    struct sdram *sdram = sdram_new(run->config, request_done, run);
    struct memory_access access;
    uint64_t clock = 0;

    while (memory_trace_next(trace, &access)) {
        if (diagnostics->errors)
            continue; /* no results, but the other errors */
        clock = submit(run, sdram, &access, clock + 1);
        if (!run->first_clock)
            run->first_clock = clock;
    }
    if (!diagnostics->errors && !clock)
        diagnostic_error(diagnostics, run->trace, 0, "holds no accesses: expected lines such as 0x12345680 READ 100");
    if (!diagnostics->errors) {
        run_all(sdram);
        sdram_write_back(sdram, clock + 1);
        run_all(sdram);
        run->counts = *sdram_counts(sdram);
    }
    sdram_free(sdram);
    return !diagnostics->errors;
}

int command_memory(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct diagnostics diagnostics;
    struct memory_run run = {0};
    struct memory_trace *trace = NULL;

    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            print_usage(stdout);
            return 0;
        }
    diagnostics_init(&diagnostics);
    histogram_init(&run.reads);
    histogram_init(&run.writes);
    run.config = &arguments.config;
    if (parse_arguments(&arguments, argc, argv, &diagnostics))
        trace = memory_trace_open(arguments.trace, &diagnostics);
    run.trace = arguments.trace;
    int status = EXIT_INPUT;
    if (trace && play(&run, trace, &diagnostics)) {
        (arguments.wants_json ? memory_run_print_json : memory_run_print)(&run);
        status = fflush(stdout) || ferror(stdout) ? EXIT_FAILED : 0;
        if (status)
            fprintf(stderr, "polynic: standard output can't be written\n");
    }
    diagnostics_print(&diagnostics, stderr);
    memory_trace_close(trace);
    histogram_free(&run.reads);
    histogram_free(&run.writes);
    diagnostics_clear(&diagnostics);
    g_free(arguments.config.mapping);
    return status;
}
