#include "analysis/page_html.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Colours by variables, so that a dark screen gets dark ones; paper is always white. In gnuplot's SVG (class plot) the
 * rules for dark screens turn what is black or grey; the other colours are readable on both. */
static const char style[] =
    ":root{--fg:#1a1a1a;--bg:#fff;--soft:#f4f4f2;--line:#d8d8d4;--dim:#666;--bad:#b00020}"
    "@media screen and (prefers-color-scheme:dark){:root{--fg:#e6e6e3;--bg:#181818;--soft:#242422;--line:#3a3a38;"
    "--dim:#a0a09c;--bad:#ff7a8a;color-scheme:dark}"
    "figure.plot svg{background:none}figure.plot rect[fill='#ffffff']{fill:none}"
    "figure.plot [color=black]{color:var(--fg)}figure.plot [stroke=black]{stroke:var(--fg)}"
    "figure.plot [fill=black]{fill:var(--fg)}"
    "figure.plot [stroke='rgb(221, 221, 221)']{stroke:var(--line)}"
    "figure.plot [stroke='rgb(  0,   0,   0)']{stroke:var(--fg)}"
    "figure.plot [color='rgb(  0,   0,   0)']{color:var(--fg)}"
    "figure.plot [stroke='rgb(  0, 114, 178)']{stroke:#2f97d8}figure.plot [color='rgb(  0, 114, 178)']{color:#2f97d8}}"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:64rem;margin:2rem auto;"
    "padding:0 1rem}h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.15rem;margin:2rem 0 .6rem;"
    "border-bottom:1px solid var(--line)}p.dim,figcaption{color:var(--dim);margin:.2rem 0}"
    ".lead{font-size:1.05rem;background:var(--soft);border-left:4px solid #0072b2;padding:.7rem 1rem}"
    ".bad{color:var(--bad)}.scroll{overflow-x:auto;margin:.5rem 0}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}table.sort th{cursor:pointer}"
    "th,td{padding:.15rem .7rem .15rem 0;text-align:left;vertical-align:bottom;border-bottom:1px solid var(--line);"
    "white-space:nowrap}th{white-space:normal}"
    "pre{overflow-x:auto;background:var(--soft);padding:.6rem;font-size:.85rem}td.n,th.n{text-align:right}"
    "figure{margin:1rem 0}figure svg{max-width:100%;height:auto;background:#fff}figure.card svg{background:none}"
    "@media print{:root{--fg:#000;--bg:#fff;--soft:#fff;--line:#999;--dim:#444;--bad:#900}"
    "body{font-size:9.5pt;max-width:none;margin:0;padding:0}.screen{display:none}h2{break-after:avoid}"
    "figure,tr,pre{break-inside:avoid}figure svg{max-height:21cm}table{font-size:8pt}"
    "th,td{padding-right:.4rem}pre{white-space:pre-wrap;font-size:7.5pt}"
    "table.sort tbody tr:nth-child(n+51){display:none}}"; /* HTML_PRINTED_ROWS; behind what it changes */

#define SORTABLE "<table class=\"sort\">"

/* Sorts by the column that was clicked, numbers as numbers; again: the other way round. */
static const char sort_script[] =
    "<script>document.querySelectorAll('table.sort th').forEach(h=>h.onclick=()=>{"
    "const i=h.cellIndex,b=h.closest('table').tBodies[0],d=h.dataset.d=-(h.dataset.d||-1),"
    "t=r=>r.cells[i]?r.cells[i].textContent:'';"
    "b.append(...[...b.rows].sort((x,y)=>d*t(x).localeCompare(t(y),'en',{numeric:true})))})</script>\n";

void html_text(GString *page, const char *text)
{
    char *escaped = g_markup_escape_text(text, -1);

    g_string_append(page, escaped);
    g_free(escaped);
}

void html_format(GString *page, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);

    va_end(arguments);
    html_text(page, text);
    g_free(text);
}

void html_begin(GString *page, const char *title)
{
    g_string_append(page, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                          "<link rel=\"icon\" href=\"data:,\">\n<title>");
    html_text(page, title);
    g_string_append_printf(page, "</title>\n<style>%s</style></head><body>\n", style);
}

void html_end(GString *page)
{
    if (strstr(page->str, SORTABLE))
        g_string_append(page, sort_script);
    g_string_append(page, "</body></html>\n");
}

void html_heading(GString *page, const char *text)
{
    g_string_append(page, "<h2>");
    html_text(page, text);
    g_string_append(page, "</h2>\n");
}

void html_picture(GString *page, const char *svg, const char *caption)
{
    const char *begin = svg ? strstr(svg, "<svg") : NULL;

    if (!begin)
        return;
    /* As this gnuplot writes its colours; else it stays as it is, on white. */
    bool is_known = strstr(begin, "color=\"black\"") && strstr(begin, "fill=\"black\"") &&
                    strstr(begin, "fill=\"#ffffff\"");

    g_string_append(page, is_known ? "<figure class=\"plot\">" : "<figure>");
    g_string_append(page, begin);
    g_string_append(page, "<figcaption>");
    html_text(page, caption);
    g_string_append(page, "</figcaption></figure>\n");
}

/* --- Tables -------------------------------------------------------------------------------------- */

/* A heading such as processor.pp.count may go on in the next line behind a dot. */
static void append_breakable(GString *page, const char *text, bool is_heading)
{
    char **words = g_strsplit(text, ".", is_heading ? -1 : 1);

    for (char **word = words; *word; word++) {
        html_text(page, *word);
        g_string_append(page, word[1] ? ".<wbr>" : "");
    }
    g_strfreev(words);
}

static void append_cells(GString *page, const char *text, const char *tag)
{
    char **cells = g_strsplit(text, "|", -1);

    g_string_append(page, "<tr>");
    for (char **cell = cells; *cell; cell++) {
        const char *first = *cell + (**cell == '-' || **cell == '+' || **cell == '<');
        bool is_number = g_ascii_isdigit(*first) || **cell == '>' || !strcmp(*cell, "-");

        /* A heading of a column of numbers begins with '>'. */
        g_string_append_printf(page, "<%s%s>", tag, is_number ? " class=\"n\"" : "");
        append_breakable(page, **cell == '>' ? *cell + 1 : *cell, !strcmp(tag, "th"));
        g_string_append_printf(page, "</%s>", tag);
    }
    g_string_append(page, "</tr>\n");
    g_strfreev(cells);
}

static void table_begin(GString *page, const char *tag, const char *headings)
{
    g_string_append_printf(page, "<div class=\"scroll\">%s<thead>", tag);
    append_cells(page, headings, "th");
    g_string_append(page, "</thead><tbody>\n");
}

void html_table_begin(GString *page, const char *headings)
{
    table_begin(page, "<table>", headings);
}

void html_sortable_begin(GString *page, const char *headings)
{
    table_begin(page, SORTABLE, headings);
}

void html_row(GString *page, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);

    va_end(arguments);
    append_cells(page, text, "td");
    g_free(text);
}

void html_table_end(GString *page)
{
    g_string_append(page, "</tbody></table></div>\n");
}

struct format_text html_count(double number)
{
    return number >= 0 && number < 1e18 ? format_count((uint64_t)number) : (struct format_text){"-"};
}

struct format_text html_size(double bytes)
{
    return bytes >= 0 && bytes < 1e18 ? format_size((uint64_t)bytes) : (struct format_text){"-"};
}

/* --- Results ------------------------------------------------------------------------------------- */

const json_t *json_find(const json_t *object, const char *path)
{
    char **words = g_strsplit(path, ".", -1);

    for (char **word = words; *word && object; word++)
        object = json_object_get(object, *word);
    g_strfreev(words);
    return object;
}

double json_number(const json_t *object, const char *path)
{
    const json_t *found = json_find(object, path);

    return json_is_number(found) ? json_number_value(found) : NAN;
}
