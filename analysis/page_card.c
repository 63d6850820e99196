#include "analysis/page_card.h"

#include "analysis/format.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { WIDTH = 880, ROW_HEIGHT = 64, BOX_HEIGHT = 44, GAP = 10, LARGEST_BOX = 260, LEAST_BOX = 64, SCALE_HEIGHT = 16 };

/* From the wire to the host; what is in a row stands side by side. A bus fills its row. Buses and memories that come
 * behind the bridge in the scenario are the host's. */
enum side { ANY_SIDE, OF_CARD, OF_HOST };
static const struct {
    const char *kinds[4];
    enum side side;
} rows[] = {{{"traffic"}, ANY_SIDE},
            {{"port"}, ANY_SIDE},
            {{"dispatch"}, ANY_SIDE},
            {{"receive_dma", "transmit_dma", "host_dma", "transmit_dispatch"}, ANY_SIDE},
            {{"bus"}, OF_CARD},
            {{"processor"}, ANY_SIDE},
            {{"memory"}, OF_CARD},
            {{"bridge"}, ANY_SIDE},
            {{"bus"}, OF_HOST},
            {{"memory"}, OF_HOST},
            {{"host", "application"}, ANY_SIDE}};

static bool is_of_row(const json_t *part, unsigned row, enum side side)
{
    const char *kind = json_string_value(json_object_get(part, "kind"));

    if (rows[row].side != ANY_SIDE && rows[row].side != side)
        return false;

    for (unsigned i = 0; kind && i < 4 && rows[row].kinds[i]; i++)
        if (!strcmp(kind, rows[row].kinds[i]))
            return true;
    return false;
}

/* White to orange, readable with black letters, in print and for people who don't see all colours. */
static void append_colour(GString *page, double utilisation)
{
    double part = isnan(utilisation) ? 0 : CLAMP(utilisation, 0, 1);

    g_string_append_printf(page, "#%02x%02x%02x", 255 - (int)(25 * part), 255 - (int)(115 * part),
                           255 - (int)(225 * part));
}

static char *escaped(const json_t *part, const char *key)
{
    const char *text = json_string_value(json_object_get(part, key));

    return g_markup_escape_text(text ? text : "", -1);
}

static void append_box(GString *page, const json_t *part, double x, double y, double width)
{
    const json_t *utilisation = json_object_get(part, "utilisation");
    double share = json_is_number(utilisation) ? json_number_value(utilisation) : NAN;
    char *name = escaped(part, "name"), *kind = escaped(part, "kind");

    g_string_append_printf(page, "<g><title>%s %s</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"4\" "
                                 "stroke=\"#555\"%s fill=\"",
                           kind, name, x, y, width, BOX_HEIGHT, isnan(share) ? " stroke-dasharray=\"4 3\"" : "");
    append_colour(page, share);
    g_string_append_printf(page, "\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" font-size=\"13\">%s</text>",
                           x + width / 2, y + 18, name);
    g_string_append_printf(page,
                           "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" font-size=\"11\" fill=\"#333\">%s</text>"
                           "</g>\n",
                           x + width / 2, y + 34, isnan(share) ? kind : format_share(share).s);
    g_free(kind);
    g_free(name);
}

/* How many lines a row takes: processors may be many. */
static unsigned row_lines(unsigned count)
{
    unsigned in_line = WIDTH / (LEAST_BOX + GAP);

    return (count + in_line - 1) / in_line;
}

static double append_row(GString *page, const json_t *parts, unsigned row, double y)
{
    GPtrArray *found = g_ptr_array_new();
    json_t *part;
    size_t i;

    enum side side = OF_CARD;

    json_array_foreach(parts, i, part)
    {
        if (!g_strcmp0(json_string_value(json_object_get(part, "kind")), "bridge"))
            side = OF_HOST;
        if (is_of_row(part, row, side))
            g_ptr_array_add(found, part);
    }
    unsigned lines = row_lines(found->len), in_line = lines ? (found->len + lines - 1) / lines : 1;
    bool is_bus = !strcmp(rows[row].kinds[0], "bus");
    double width = MIN((WIDTH - GAP * (double)(in_line - 1)) / in_line, is_bus ? WIDTH : LARGEST_BOX);

    for (unsigned k = 0; k < found->len; k++) {
        unsigned of_line = MIN(in_line, found->len - k / in_line * in_line);
        double left = (WIDTH - of_line * width - (of_line - 1.0) * GAP) / 2;

        append_box(page, g_ptr_array_index(found, k), left + (k % in_line) * (width + GAP),
                   y + (k / in_line) * (BOX_HEIGHT + GAP), width);
    }
    g_ptr_array_unref(found);
    return y + (lines ? lines * (BOX_HEIGHT + GAP) + ROW_HEIGHT - BOX_HEIGHT - GAP : 0);
}

/* The colours and what they say, below the card. */
static void append_scale(GString *page, double y)
{
    enum { STEPS = 20, STEP_WIDTH = 12 };
    double left = (WIDTH - STEPS * STEP_WIDTH) / 2.0;

    for (unsigned i = 0; i < STEPS; i++) {
        g_string_append_printf(page, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"10\" fill=\"",
                               left + i * STEP_WIDTH, y, STEP_WIDTH);
        append_colour(page, (i + 0.5) / STEPS);
        g_string_append(page, "\"/>");
    }
    g_string_append_printf(page,
                           "<g fill=\"currentColor\" font-size=\"11\"><text x=\"%.1f\" y=\"%.1f\" "
                           "text-anchor=\"end\">in use 0 %%</text><text x=\"%.1f\" y=\"%.1f\">100 %% of the time</text>"
                           "</g>\n",
                           left - 6, y + 9, left + STEPS * STEP_WIDTH + 6, y + 9);
}

void page_card(GString *page, const json_t *parts)
{
    GString *boxes = g_string_new(NULL);
    double y = 4;

    for (unsigned row = 0; row < G_N_ELEMENTS(rows); row++)
        y = append_row(boxes, parts, row, y);
    append_scale(boxes, y);
    g_string_append_printf(page,
                           "<figure class=\"card\"><svg viewBox=\"0 0 %d %.0f\" width=\"%d\" role=\"img\" "
                           "font-family=\"sans-serif\" fill=\"#000\"><line x1=\"%d\" y1=\"10\" x2=\"%d\" y2=\"%.0f\" "
                           "stroke=\"#bbb\" stroke-width=\"3\"/>\n%s</svg><figcaption>The card from wire to host; the "
                           "fuller the colour, the busier the part. Dashed: parts without such a figure.</figcaption>"
                           "</figure>\n",
                           WIDTH, y + SCALE_HEIGHT, WIDTH, WIDTH / 2, WIDTH / 2, y - 20, boxes->str);
    g_string_free(boxes, TRUE);
}
