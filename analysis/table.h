/* table.h - rows of named values, whatever columns they have: as CSV and as an SQLite database. */
#ifndef ANALYSIS_TABLE_H
#define ANALYSIS_TABLE_H

#include "sim/diagnostic.h"

#include <stdbool.h>

struct table;

struct table *table_new(void);
void table_free(struct table *table);

/* Columns stand in the order in which they first got a value; the names are copied. */
void table_begin_row(struct table *table);
void table_set_number(struct table *table, const char *column, double number);
void table_set_text(struct table *table, const char *column, const char *text); /* NULL: no value */

/* RFC 4180; a cell without a value is empty. */
bool table_write_csv(const struct table *table, const char *path, struct diagnostics *diagnostics);

/* Two tables, since SQLite has at most 2000 columns: points, with the first `wide` columns, and results (point, name,
 * value) with all others that have a value; point is the row's cell in the column of that name. */
bool table_write_sqlite(const struct table *table, const char *path, unsigned wide, struct diagnostics *diagnostics);

#endif
