/* page_html.h - the frame of a page: one file that needs no other, and no server. Without scripts all is there but the
 * sorting of tables. */
#ifndef ANALYSIS_PAGE_HTML_H
#define ANALYSIS_PAGE_HTML_H

#include "analysis/format.h"

#include <glib.h>
#include <jansson.h>

void html_begin(GString *page, const char *title);
void html_end(GString *page);

/* Text, with what HTML reads as its own escaped. */
void html_text(GString *page, const char *text);
void html_format(GString *page, const char *format, ...) __attribute__((format(printf, 2, 3))); /* escaped as a whole */

void html_heading(GString *page, const char *text);
enum { HTML_PRINTED_ROWS = 50 }; /* of a sortable table, on paper */

/* A picture as gnuplot wrote it (SVG), in the page itself; NULL: nothing. */
void html_picture(GString *page, const char *svg, const char *caption);

/* Cells separated by '|'; what is a number is set to the right by its class. */
void html_table_begin(GString *page, const char *headings);
void html_sortable_begin(GString *page, const char *headings); /* a click on a heading sorts */
void html_row(GString *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
void html_table_end(GString *page);

/* As format_count() and format_size(), "-" for what is no whole number. */
struct format_text html_count(double number);
struct format_text html_size(double bytes);

/* A number under a path such as "throughput.offered_bits_per_s"; NAN: there is none. */
double json_number(const json_t *object, const char *path);
const json_t *json_find(const json_t *object, const char *path);

#endif
