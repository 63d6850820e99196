/* CSV as RFC 4180 has it but for the end of a line, which is one newline. The first line names the
 * columns; a figure that does not exist is an empty field. */
#include "analysis/format.h"
#include "analysis/report.h"

#include <inttypes.h>
#include <string.h>

/* --- Fields ----------------------------------------------------------------------------------- */

static void put_text(FILE *stream, const char *text)
{
    if (!text)
        return;

    size_t length = strlen(text);
    bool plain = strpbrk(text, ",\"\r\n") == NULL &&
                 (length == 0 || (text[0] != ' ' && text[length - 1] != ' '));
    if (plain) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

static void put_count(FILE *stream, uint64_t value)
{
    fprintf(stream, ",%" PRIu64, value);
}

static void put_real(FILE *stream, double value, int decimals)
{
    fprintf(stream, ",%s", format_fixed(value, decimals).s);
}

/* --- Files ------------------------------------------------------------------------------------ */

void report_processors_csv(const struct results *results, FILE *stream)
{
    fputs("name,frames,sessions,sessions_lost,busy_share,stall_share,cycles_per_frame,"
          "instructions_per_frame,instructions_per_cycle,instructions,cycles,busy_cycles,"
          "stall_cycles,local_memory_bytes,local_memory_used_bytes,heap_lowest_free_bytes,"
          "heap_failures,portion_bytes,rx_buffers,rx_buffers_used_most,rx_dropped_for_buffers,"
          "connections_most,connection_heap_bytes,connections_fit,fault\n",
          stream);
    for (unsigned i = 0; i < results->processor_count; i++) {
        const struct results_processor *p = &results->processors[i];
        put_text(stream, p->name);
        put_count(stream, p->frames);
        put_count(stream, p->sessions);
        put_count(stream, p->sessions_lost);
        put_real(stream, p->busy_share, 6);
        put_real(stream, p->stall_share, 6);
        put_real(stream, p->cycles_per_frame, 3);
        put_real(stream, p->instructions_per_frame, 3);
        put_real(stream, p->instructions_per_cycle, 6);
        put_count(stream, p->instructions);
        put_count(stream, p->cycles);
        put_count(stream, p->busy_cycles);
        put_count(stream, p->stall_cycles);
        put_count(stream, p->local_memory_bytes);
        put_count(stream, p->local_memory_used_bytes);
        put_count(stream, p->heap_lowest_free_bytes);
        put_count(stream, p->heap_failures);
        put_count(stream, p->portion_bytes);
        put_count(stream, p->rx_buffers);
        put_count(stream, p->rx_buffers_used);
        put_count(stream, p->rx_dropped);
        put_count(stream, p->connections_most);
        put_count(stream, p->connection_bytes);
        put_count(stream, p->connections_fit);
        fputc(',', stream);
        put_text(stream, p->fault);
        fputc('\n', stream);
    }
}

static void put_statistic(FILE *stream, const struct results_part *part, const char *name,
                          const char *value, const char *help)
{
    put_text(stream, part->name);
    fputc(',', stream);
    put_text(stream, part->kind);
    fputc(',', stream);
    put_text(stream, name);
    fprintf(stream, ",%s,", value);
    put_text(stream, help);
    fputc('\n', stream);
}

void report_parts_csv(const struct results *results, FILE *stream)
{
    fputs("part,kind,statistic,value,help\n", stream);
    for (unsigned i = 0; i < results->part_count; i++) {
        const struct results_part *part = &results->parts[i];
        if (part->has_utilisation)
            put_statistic(stream, part, "utilisation", format_fixed(part->utilisation, 6).s,
                          "Share of the measured time in which it was in use");
        for (unsigned j = 0; j < part->statistic_count; j++) {
            const struct results_value *value = &part->statistics[j];
            char number[24];
            snprintf(number, sizeof number, "%" PRIu64, value->value);
            put_statistic(stream, part, value->name, number, value->help);
        }
    }
}

/* The curve as it is drawn: every percent, then ten times finer toward each further nine. */
static void put_curve(FILE *stream, const char *path, const char *stage,
                      const struct histogram *histogram)
{
    if (!histogram || histogram->count == 0)
        return;
    for (unsigned p = 0; p <= 10000; p += p < 9900 ? 100 : p < 9990 ? 10 : 1) {
        char percentile[8];
        int length = snprintf(percentile, sizeof percentile, "%u.%02u", p / 100, p % 100);
        while (percentile[length - 1] == '0')
            percentile[--length] = '\0';
        if (percentile[length - 1] == '.')
            percentile[--length] = '\0';
        fprintf(stream, "%s,%s,%s,%s\n", path, stage, percentile,
                format_ns(histogram_percentile(histogram, p)).s);
    }
}

void report_latency_csv(const struct results *results, FILE *stream)
{
    fputs("path,stage,percentile,latency_ns\n", stream);
    put_curve(stream, "receive", "total", results->receive);
    for (unsigned i = 0; i < RESULTS_STAGES; i++)
        put_curve(stream, "receive", results_stage_names[i], results->receive_stages[i]);
    put_curve(stream, "transmit", "total", results->transmit);
}

void report_drops_csv(const struct results *results, FILE *stream)
{
    fputs("place,reason,frames\n", stream);
    for (unsigned i = 0; i < results->drop_count; i++) {
        put_text(stream, results->drops[i].place);
        fputc(',', stream);
        put_text(stream, results->drops[i].reason);
        put_count(stream, results->drops[i].frames);
        fputc('\n', stream);
    }
}
