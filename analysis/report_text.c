#include "analysis/format.h"
#include "analysis/report_text_bus.h"
#include "analysis/report_text_memory.h"
#include "analysis/report.h"

#include <glib.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    COLUMNS = 80,
    LABEL_COLUMNS = 13,
    BAR_COLUMNS = 24,
    TOP_PARTS = 5,
    TOP_DROPS = 8,
    ALL_PROCESSORS = 16,  /* so many are shown one by one */
    FIRST_PROCESSORS = 4, /* of more, so many */
    TOP_TROUBLES = 5,
    TOP_WARNINGS = 20,
};

/* From this share on a part is called the likely limit. */
#define LIMIT_SHARE 0.9

struct page {
    const struct results *results;
    FILE *stream;
    bool colour;
};

enum ink {
    INK_PLAIN,
    INK_HEADING,
    INK_GOOD,
    INK_BAD,
    INK_CAUTION,
};

static void ink(const struct page *page, enum ink ink)
{
    static const char *const codes[] = {"\x1b[0m", "\x1b[1m", "\x1b[32m", "\x1b[1;31m", "\x1b[33m"};

    if (page->colour)
        fputs(codes[ink], page->stream);
}

/* --- Columns and paragraphs ---------------------------------------------------------------------
 */

/* Names come from files: nothing in them may move the cursor or break UTF-8. The caller frees it.
 */
static char *clean(const char *text)
{
    char *valid = g_utf8_make_valid(text ? text : "-", -1);

    for (char *c = valid; *c; c++)
        if (g_ascii_iscntrl(*c) && !g_ascii_isspace(*c))
            *c = '?';
    return valid;
}

static int columns_of(const char *text)
{
    return (int)g_utf8_strlen(text, -1);
}

static void pad(const struct page *page, int columns)
{
    fprintf(page->stream, "%*s", MAX(columns, 0), "");
}

/* A name, cut with a dot at its end if it is too long, and a blank. */
static void left(const struct page *page, const char *text, int columns)
{
    char *valid = clean(text);
    int length = columns_of(valid);

    if (length >= columns) {
        fprintf(page->stream, "%.*s. ", (int)(g_utf8_offset_to_pointer(valid, columns - 2) - valid),
                valid);
    } else {
        fputs(valid, page->stream);
        pad(page, columns - length);
    }
    g_free(valid);
}

/* A figure. Too long a one moves the rest of its line rather than lose a digit. */
static void right(const struct page *page, const char *text, int columns)
{
    pad(page, MAX(columns - columns_of(text), 1));
    fputs(text, page->stream);
}

static void end_line(const struct page *page)
{
    fputc('\n', page->stream);
}

static void heading(const struct page *page, const char *text)
{
    end_line(page);
    ink(page, INK_HEADING);
    fputs(text, page->stream);
    ink(page, INK_PLAIN);
    end_line(page);
}

/* A number keeps the word behind it, its unit, on its line. */
static bool is_number(const char *word)
{
    return g_ascii_isdigit(word[0]) && g_ascii_isdigit(word[strlen(word) - 1]);
}

/* Words, wrapped and indented; the cursor stands at the column of the indentation. */
static void words(const struct page *page, const char *text, int indent)
{
    char *valid = clean(text);
    char **list = g_strsplit_set(valid, " \t\r\n\v\f", -1);
    int column = indent;
    bool kept = false;

    for (char **word = list; *word; word++) {
        int length = columns_of(*word);
        if (length == 0)
            continue;
        int needed = length + (is_number(*word) && word[1] ? 1 + columns_of(word[1]) : 0);
        if (column > indent && !kept && column + 1 + needed > COLUMNS) {
            end_line(page);
            pad(page, indent);
            column = indent;
        }
        fprintf(page->stream, "%s%s", column > indent ? " " : "", *word);
        column += length + (column > indent);
        kept = is_number(*word);
    }
    end_line(page);
    g_strfreev(list);
    g_free(valid);
}

static void labelled(const struct page *page, const char *label, enum ink colour,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

static void labelled(const struct page *page, const char *label, enum ink colour,
                     const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);

    left(page, label, LABEL_COLUMNS);
    if (colour != INK_PLAIN)
        ink(page, colour);
    words(page, text, LABEL_COLUMNS);
    if (colour != INK_PLAIN)
        ink(page, INK_PLAIN);
    g_free(text);
}

/* --- Headline -----------------------------------------------------------------------------------
 */

static const char *or_dash(const char *text)
{
    return text && *text ? text : "-";
}

static void print_window(const struct page *page)
{
    const struct results *r = page->results;
    const struct results_measure *m = &r->measure;

    labelled(page, "Measured", INK_PLAIN, "%s, from %s to %s: frames, rates, latencies and parts are of this window; payload "
             "and connections of the whole run",
             format_time((double)r->window_ps).s, format_time((double)m->from_ps).s, format_time((double)m->to_ps).s);
    if (m->batches && !isnan(m->delivered_bits_per_s.mean))
        labelled(page, "Confidence", INK_PLAIN,
                 "delivered %s +- %s, mean latency %s +- %s (95 %%, %d batches)",
                 format_rate(m->delivered_bits_per_s.mean).s, format_rate(m->delivered_bits_per_s.half_width).s,
                 format_time(m->receive_ps.mean).s, format_time(m->receive_ps.half_width).s, BATCHES_COUNT);
}

static void print_run(const struct page *page)
{
    const struct results *r = page->results;

    ink(page, INK_HEADING);
    fprintf(page->stream, "polynic %s: %s\n", or_dash(r->program_version),
            or_dash(r->scenario_name));
    ink(page, INK_PLAIN);
    if (r->description)
        words(page, r->description, 0);
    labelled(page, "Run", INK_PLAIN, "%s simulated%s%s, seed %" PRIu64 ", scenario hash %.12s",
             format_time((double)r->simulated_ps).s, r->ended ? ", ended by: " : "",
             r->ended ? r->ended : "", r->seed, or_dash(r->scenario_hash));
    if (r->window_ps)
        print_window(page);
}

static void print_verdict(const struct page *page)
{
    const struct results *r = page->results;
    const struct results_payload *p = &r->payload;
    uint64_t missing =
        p->expected_bytes > p->delivered_bytes ? p->expected_bytes - p->delivered_bytes : 0;

    if (!results_accounted(r))
        labelled(page, "ACCOUNTING", INK_BAD, "broken, do not use these figures: %s",
                 r->accounting);
    if (p->expected_bytes == 0 && p->delivered_bytes == 0)
        labelled(page, "Payload", INK_PLAIN, "none was expected, none came");
    else if (results_verified(r))
        labelled(page, "Payload", INK_GOOD, "all %s bytes reached the host, none differs",
                 format_count(p->expected_bytes).s);
    else
        labelled(page, "Payload", INK_BAD,
                 "%s of %s bytes reached the host: %s are missing, %s differ",
                 format_count(p->delivered_bytes).s, format_count(p->expected_bytes).s,
                 format_count(missing).s, format_count(p->mismatched_bytes).s);
}

static void print_connections(const struct page *page)
{
    const struct results_connections *c = &page->results->connections;

    if (c->in_capture || c->opened || c->refused)
        labelled(page, "Connections", INK_PLAIN,
                 "%s in the capture (%s begun before it): %s opened, %s finished, %s reset, "
                 "%s refused",
                 format_count(c->in_capture).s, format_count(c->midstream).s,
                 format_count(c->opened).s, format_count(c->finished).s, format_count(c->reset).s,
                 format_count(c->refused).s);
}

/* "clients at topspeed: ..." */
static void print_rate(const struct page *page, const struct results_rate *rate)
{
    char *asked = isnan(rate->asked) ? g_strdup("as fast as wire and card take it")
                  : strcmp(rate->kind, "multiplier") != 0
                      ? g_strdup_printf("%s %s", format_figure(rate->asked).s,
                                        strcmp(rate->kind, "pps") == 0 ? "frames/s" : "Mbit/s")
                  : rate->asked == 1
                      ? g_strdup("as captured")
                      : g_strdup_printf("%s times as captured", format_figure(rate->asked).s);

    labelled(page, "Rate", INK_PLAIN,
             "%s: asked %s, reached %s (captured bits), %s frames/s, %s times as captured%s",
             rate->traffic, asked, format_rate(rate->mbps * 1e6).s, format_figure(rate->pps).s,
             format_figure(rate->multiplier).s, rate->flow_control ? "; with flow control" : "");
    g_free(asked);
}

static void print_rates(const struct page *page)
{
    const struct results *r = page->results;
    const struct results_latency *l = &r->receive_latency;

    for (unsigned i = 0; i < r->rate_count; i++)
        print_rate(page, &r->rates[i]);
    labelled(page, "Throughput", INK_PLAIN,
             "offered %s (on the wire %s), delivered %s, application %s, sent %s",
             format_rate(r->offered_bits_per_s).s, format_rate(r->wire_bits_per_s).s,
             format_rate(r->delivered_bits_per_s).s, format_rate(r->application_bits_per_s).s,
             format_rate(r->sent_bits_per_s).s);
    if (l->count)
        labelled(page, "Latency", INK_PLAIN,
                 "wire to host: half within %s, 99 %% within %s, "
                 "99.99 %% within %s, all within %s",
                 format_time((double)l->p50_ps).s, format_time((double)l->p99_ps).s,
                 format_time((double)l->p99_99_ps).s, format_time((double)l->max_ps).s);
    else
        labelled(page, "Latency", INK_PLAIN, "-");
}

/* What the network costs the hosts. */
static void print_hosts(const struct page *page)
{
    const struct results *r = page->results;

    for (unsigned i = 0; i < r->host_count; i++) {
        const struct results_host *host = &r->hosts[i];
        double stack_share = host->cycles ? (double)host->stack_cycles / (double)host->cycles : 0;
        char *stack = host->stack_cycles
                          ? g_strdup_printf("; %s of them in the protocol stack", format_share(stack_share).s)
                          : g_strdup("; the protocol stack is on the card");

        labelled(page, "Host cost", INK_PLAIN, "%s: %s cycles a payload byte, %s a connection, at %s GHz%s", host->name,
                 format_figure(host->cycles_per_byte).s, format_figure(host->cycles_per_connection).s,
                 format_figure((double)host->clock_hz / 1e9).s, stack);
        g_free(stack);
    }
}

/* --- Most utilised parts
 * -------------------------------------------------------------------------- */

struct group_use { /* parts of one section as one line, so that 256 processors don't hide the bus */
    const struct results_part *most;
    unsigned parts;
};

static bool same_group(const struct results_part *a, const struct results_part *b)
{
    return a->group && b->group && strcmp(a->kind, b->kind) == 0 && strcmp(a->group, b->group) == 0;
}

static int by_use(const void *a, const void *b)
{
    const struct results_part *x = ((const struct group_use *)a)->most;
    const struct results_part *y = ((const struct group_use *)b)->most;

    if (x->utilisation_ppm != y->utilisation_ppm)
        return x->utilisation_ppm < y->utilisation_ppm ? 1 : -1;
    return (x > y) - (x < y); /* the scenario's order: both are in one array */
}

/* Returns the number of groups; the caller frees the list. */
static unsigned group_parts(const struct results *results, struct group_use **list)
{
    unsigned count = 0;

    *list = g_new0(struct group_use, results->part_count + 1);
    for (unsigned i = 0; i < results->part_count; i++) {
        const struct results_part *part = &results->parts[i];
        unsigned j = 0;
        if (!part->has_utilisation)
            continue;
        while (j < count && !same_group((*list)[j].most, part))
            j++;
        if (j == count)
            (*list)[count++].most = part;
        else if (part->utilisation_ppm > (*list)[j].most->utilisation_ppm)
            (*list)[j].most = part;
        (*list)[j].parts++;
    }
    qsort(*list, count, sizeof **list, by_use);
    return count;
}

static void print_bar(const struct page *page, double share)
{
    int filled = (int)round(CLAMP(share, 0, 1) * BAR_COLUMNS);

    fputc('[', page->stream);
    for (int i = 0; i < BAR_COLUMNS; i++)
        fputc(i < filled ? '#' : '.', page->stream);
    fputc(']', page->stream);
}

static void print_memories(const struct page *page)
{
    for (unsigned i = 0; i < page->results->part_count; i++) {
        char *text = report_memory_sentence(&page->results->parts[i]);
        if (text) {
            pad(page, 2);
            words(page, text, 2);
        }
        g_free(text);
    }
}

static void print_masters(const struct page *page)
{
    struct report_master *rows;
    unsigned count = report_masters(page->results, &rows);
    const char *bus = NULL;

    if (count > 1) {
        heading(page, "Masters of the buses");
        pad(page, 29);
        right(page, "requests", 12);
        right(page, "beats", 12);
        right(page, "mean wait", 12);
        right(page, "share", 10);
        end_line(page);
    }
    for (unsigned i = 0; i < count && count > 1; i++) {
        char *name = rows[i].masters > 1 ? g_strdup_printf("%s (%u)", rows[i].name, rows[i].masters) : NULL;

        pad(page, 2);
        left(page, bus && !strcmp(bus, rows[i].bus) ? "" : rows[i].bus, 11);
        left(page, name ? name : rows[i].name, 16);
        right(page, format_short_count(rows[i].requests).s, 12);
        right(page, format_short_count(rows[i].beats).s, 12);
        right(page, format_time(rows[i].mean_wait_ps).s, 12);
        right(page, format_share(rows[i].share).s, 10);
        end_line(page);
        g_free(name);
        bus = rows[i].bus;
    }
    g_free(rows);
}

static void print_parts(const struct page *page)
{
    struct group_use *list;
    unsigned count = group_parts(page->results, &list);

    if (count) {
        heading(page, "Most utilised parts");
        for (unsigned i = 0; i < MIN(count, TOP_PARTS); i++) {
            const struct results_part *part = list[i].most;
            fputs("  ", page->stream);
            left(page, part->name, 15);
            left(page, part->kind, 12);
            print_bar(page, part->utilisation);
            right(page, format_share(part->utilisation).s, 8);
            if (list[i].parts > 1)
                fprintf(page->stream, "  most of %u", list[i].parts);
            end_line(page);
        }
        char *text =
            list[0].most->utilisation >= LIMIT_SHARE
                ? g_strdup_printf("%s is the likely limit.", list[0].most->name)
                : g_strdup_printf("No part is near its limit: none is in use more than %s of the "
                                  "time.",
                                  format_share(list[0].most->utilisation).s);
        pad(page, 2);
        words(page, text, 2);
        g_free(text);
        print_memories(page);
    }
    g_free(list);
}

/* --- Processors
 * ----------------------------------------------------------------------------------- */

/* With the name's 14, 80 columns. */
static const int processor_columns[] = {12, 10, 8, 8, 10, 10, 8};

static void processor_row(const struct page *page, const char *name,
                          const struct format_text figures[7])
{
    left(page, name, 14);
    for (unsigned i = 0; i < 7; i++)
        right(page, figures[i].s, processor_columns[i]);
    end_line(page);
}

static double spread_min(const struct results_spread *spread)
{
    return spread->min;
}

static double spread_mean(const struct results_spread *spread)
{
    return spread->mean;
}

static double spread_max(const struct results_spread *spread)
{
    return spread->max;
}

/* Of a count: the lowest and the highest are whole, the mean need not be. */
static struct format_text count_figure(double value)
{
    return value >= 0 && value < 1e18 && value == floor(value) ? format_short_count((uint64_t)value)
                                                               : format_figure(value);
}

static void spread_row(const struct page *page, const char *name,
                       double (*of)(const struct results_spread *spread))
{
    const struct results *r = page->results;

    processor_row(page, name,
                  (const struct format_text[]){
                      count_figure(of(&r->spread.frames)),
                      count_figure(of(&r->spread.sessions)),
                      format_share(of(&r->spread.busy_share)),
                      format_share(of(&r->spread.stall_share)),
                      format_figure(of(&r->spread.cycles_per_frame)),
                      format_figure(of(&r->spread.instructions_per_frame)),
                      format_figure(of(&r->spread.instructions_per_cycle)),
                  });
}

static void print_processors(const struct page *page)
{
    const struct results *r = page->results;
    unsigned shown = r->processor_count > ALL_PROCESSORS ? FIRST_PROCESSORS : r->processor_count;

    if (r->processor_count == 0)
        return;
    heading(page, "Processors");
    processor_row(
        page, "",
        (const struct format_text[]){
            {"frames"}, {"sessions"}, {"busy"}, {"stalled"}, {"cycles/fr"}, {"instr/fr"}, {"IPC"}});
    for (unsigned i = 0; i < shown; i++) {
        const struct results_processor *p = &r->processors[i];
        char *name = g_strdup_printf("  %s", p->name);
        processor_row(page, name,
                      (const struct format_text[]){
                          format_short_count(p->frames), format_short_count(p->sessions),
                          format_share(p->busy_share), format_share(p->stall_share),
                          format_figure(p->cycles_per_frame),
                          format_figure(p->instructions_per_frame),
                          format_figure(p->instructions_per_cycle)});
        g_free(name);
    }
    if (shown < r->processor_count) {
        fprintf(page->stream, "  ... and %u more, in processors.csv. Of all %u:\n",
                r->processor_count - shown, r->processor_count);
        spread_row(page, "  lowest", spread_min);
        spread_row(page, "  mean", spread_mean);
        spread_row(page, "  highest", spread_max);
    }
    if (r->processor_count > 1)
        fprintf(page->stream, "  Imbalance (highest / mean): frames %s, sessions %s, busy %s\n",
                format_figure(r->spread.frames.imbalance).s,
                format_figure(r->spread.sessions.imbalance).s,
                format_figure(r->spread.busy_share.imbalance).s);
}

/* What each processor has been given beforehand, and how much of it was used. */
static void print_portions(const struct page *page)
{
    const struct results *r = page->results;
    unsigned shown = r->processor_count > ALL_PROCESSORS ? FIRST_PROCESSORS : r->processor_count;

    if (r->processor_count == 0)
        return;
    heading(page, "Portions of packet memory, and local memory");
    processor_row(page, "",
                  (const struct format_text[]){{"buffers"}, {"used"}, {"dropped"}, {"open"}, {"portion"}, {"heap each"},
                                               {"fit"}});
    for (unsigned i = 0; i < shown; i++) {
        const struct results_processor *p = &r->processors[i];
        char *name = g_strdup_printf("  %s", p->name);

        processor_row(page, name,
                      (const struct format_text[]){
                          format_short_count(p->rx_buffers), format_short_count(p->rx_buffers_used),
                          format_short_count(p->rx_dropped), format_short_count(p->connections_most),
                          format_size(p->portion_bytes),
                          p->connection_bytes ? format_size(p->connection_bytes) : (struct format_text){"-"},
                          p->connections_fit ? format_short_count(p->connections_fit) : (struct format_text){"-"}});
        g_free(name);
    }
    if (shown < r->processor_count)
        fprintf(page->stream, "  ... and %u more, in processors.csv\n", r->processor_count - shown);
}

/* --- Latency
 * -------------------------------------------------------------------------------------- */

static void latency_row(const struct page *page, const char *name, const struct results_latency *l)
{
    const double figures[] = {l->mean_ps,        (double)l->p50_ps,   (double)l->p90_ps,
                              (double)l->p99_ps, (double)l->p99_9_ps, (double)l->p99_99_ps,
                              (double)l->max_ps};

    left(page, name, 14);
    for (unsigned i = 0; i < G_N_ELEMENTS(figures); i++)
        right(page, l->count ? format_time(figures[i]).s : "-", 9);
    end_line(page);
}

static void print_latency(const struct page *page)
{
    const struct results *r = page->results;
    static const char *const columns[] = {"mean", "p50", "p90", "p99", "p99.9", "p99.99", "max"};

    if (r->receive_latency.count == 0 && r->transmit_latency.count == 0)
        return;
    heading(page, "Latency");
    pad(page, 14);
    for (unsigned i = 0; i < G_N_ELEMENTS(columns); i++)
        right(page, columns[i], 9);
    end_line(page);
    latency_row(page, "  receive", &r->receive_latency);
    for (unsigned i = 0; i < RESULTS_STAGES && r->receive_latency.count; i++) {
        char *name = g_strdup_printf("    %s", results_stage_names[i]);
        latency_row(page, name, &r->stage_latency[i]);
        g_free(name);
    }
    latency_row(page, "  transmit", &r->transmit_latency);
    fprintf(page->stream, "  of %s frames received and %s transmitted\n",
            format_count(r->receive_latency.count).s, format_count(r->transmit_latency.count).s);
}

/* --- Frames and drops
 * ------------------------------------------------------------------------------ */

static void frames_row(const struct page *page, const char *name, uint64_t frames, uint64_t whole)
{
    left(page, name, LABEL_COLUMNS + 2);
    right(page, format_count(frames).s, 16);
    right(page, format_share(whole ? (double)frames / (double)whole : NAN).s, 10);
    end_line(page);
}

static void print_frames(const struct page *page)
{
    const struct results_frames *f = &page->results->frames;
    uint64_t in = f->offered + f->in_flight_before;

    heading(page, "Frames");
    frames_row(page, "    offered", f->offered, in);
    if (f->in_flight_before)
        frames_row(page, "  + in flight", f->in_flight_before, in);
    frames_row(page, "  = delivered", f->delivered, in);
    frames_row(page, "  + consumed", f->consumed, in);
    frames_row(page, "  + dropped", f->dropped, in);
    frames_row(page, "  + in flight", f->in_flight, in);
    if (f->repaired || f->synthesised)
        fprintf(page->stream, "  Of those offered, %s are repairs and %s were synthesised.\n",
                format_count(f->repaired).s, format_count(f->synthesised).s);
    if (f->forwarded)
        fprintf(page->stream,
                "  %s times (%.1f %% of the frames) a processor handed a frame to the one that owns its session.\n",
                format_count(f->forwarded).s, in ? 100.0 * (double)f->forwarded / (double)in : 0.0);
}

static int by_frames(const void *a, const void *b)
{
    const struct results_drop *x = *(const struct results_drop *const *)a;
    const struct results_drop *y = *(const struct results_drop *const *)b;

    if (x->frames != y->frames)
        return x->frames < y->frames ? 1 : -1;
    return (x > y) - (x < y);
}

static void print_drops(const struct page *page)
{
    const struct results *r = page->results;
    uint64_t in = r->frames.offered + r->frames.in_flight_before;

    if (r->drop_count == 0)
        return;
    const struct results_drop **list = g_new(const struct results_drop *, r->drop_count);
    for (unsigned i = 0; i < r->drop_count; i++)
        list[i] = &r->drops[i];
    qsort(list, r->drop_count, sizeof(struct results_drop *), by_frames);

    heading(page, "Dropped frames");
    for (unsigned i = 0; i < MIN(r->drop_count, TOP_DROPS); i++) {
        fputs("  ", page->stream);
        left(page, list[i]->place, 14);
        left(page, list[i]->reason, 42);
        right(page, format_short_count(list[i]->frames).s, 12);
        right(page, format_share(in ? (double)list[i]->frames / (double)in : NAN).s, 10);
        end_line(page);
    }
    if (r->drop_count > TOP_DROPS)
        fprintf(page->stream, "  ... and for %u more reasons, in drops.csv\n",
                r->drop_count - TOP_DROPS);
    g_free(list);
}

/* --- Warnings
 * --------------------------------------------------------------------------------------- */

static void print_warning(const struct page *page, const char *text)
{
    fputs("- ", page->stream);
    words(page, text, 2);
}

/* What a processor suffered, or NULL. The caller frees it. */
static char *trouble_of(const struct results_processor *p)
{
    if (p->fault)
        return g_strdup_printf("%s stopped: %s", p->name, p->fault);
    if (p->sessions_lost || p->heap_failures)
        return g_strdup_printf("%s lost %s sessions; its heap refused %s allocations and had %s "
                               "left at its lowest",
                               p->name, format_count(p->sessions_lost).s,
                               format_count(p->heap_failures).s,
                               format_size(p->heap_lowest_free_bytes).s);
    return NULL;
}

static void print_warnings(const struct page *page)
{
    const struct results *r = page->results;
    unsigned troubles = 0;

    for (unsigned i = 0; i < r->processor_count; i++) {
        const struct results_processor *p = &r->processors[i];
        troubles += p->fault || p->sessions_lost || p->heap_failures;
    }
    if (troubles + r->warning_count == 0)
        return;
    ink(page, INK_CAUTION);
    heading(page, "Warnings");
    for (unsigned i = 0, shown = 0; i < r->processor_count && shown < TOP_TROUBLES; i++) {
        char *trouble = trouble_of(&r->processors[i]);
        if (trouble) {
            print_warning(page, trouble);
            shown++;
        }
        g_free(trouble);
    }
    if (troubles > TOP_TROUBLES)
        fprintf(page->stream, "- and %u more processors, in processors.csv\n",
                troubles - TOP_TROUBLES);
    for (unsigned i = 0; i < MIN(r->warning_count, TOP_WARNINGS); i++)
        print_warning(page, r->warnings[i]);
    if (r->warning_count > TOP_WARNINGS)
        fprintf(page->stream, "- and %u more, in report.json\n", r->warning_count - TOP_WARNINGS);
}

void report_print(const struct results *results, FILE *stream, bool colour)
{
    const struct page page = {results, stream, colour};

    print_run(&page);
    print_verdict(&page);
    print_connections(&page);
    print_rates(&page);
    print_hosts(&page);
    print_parts(&page);
    print_processors(&page);
    print_portions(&page);
    print_masters(&page);
    print_latency(&page);
    print_drops(&page);
    print_frames(&page);
    print_warnings(&page);
}

bool report_colour_wanted(FILE *stream)
{
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

    return isatty(fileno(stream)) && !(no_colour && *no_colour) && terminal &&
           strcmp(terminal, "dumb") != 0;
}
