#include "analysis/table.h"

#include "analysis/result_file.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

struct cell {
    unsigned column;
    char *text; /* a number as it is written */
    bool is_number;
    double number;
};

struct table {
    GPtrArray *columns; /* of char * */
    GHashTable *places; /* column's name: place + 1 */
    GPtrArray *rows;    /* of GArray of struct cell */
};

static void free_row(void *pointer)
{
    GArray *row = pointer;

    for (unsigned i = 0; i < row->len; i++)
        g_free(g_array_index(row, struct cell, i).text);
    g_array_unref(row);
}

struct table *table_new(void)
{
    struct table *table = g_new0(struct table, 1);

    table->columns = g_ptr_array_new_with_free_func(g_free);
    table->places = g_hash_table_new(g_str_hash, g_str_equal);
    table->rows = g_ptr_array_new_with_free_func(free_row);
    return table;
}

void table_free(struct table *table)
{
    g_hash_table_destroy(table->places);
    g_ptr_array_unref(table->columns);
    g_ptr_array_unref(table->rows);
    g_free(table);
}

void table_begin_row(struct table *table)
{
    g_ptr_array_add(table->rows, g_array_new(FALSE, TRUE, sizeof(struct cell)));
}

static unsigned place_of(struct table *table, const char *column)
{
    unsigned place = GPOINTER_TO_UINT(g_hash_table_lookup(table->places, column));

    if (!place) {
        char *name = g_strdup(column);

        g_ptr_array_add(table->columns, name);
        place = table->columns->len;
        g_hash_table_insert(table->places, name, GUINT_TO_POINTER(place));
    }
    return place - 1;
}

static void set_cell(struct table *table, struct cell cell)
{
    g_array_append_val((GArray *)g_ptr_array_index(table->rows, table->rows->len - 1), cell);
}

void table_set_number(struct table *table, const char *column, double number)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd(text, sizeof text, "%.15g", number);
    set_cell(table, (struct cell){place_of(table, column), g_strdup(text), true, number});
}

void table_set_text(struct table *table, const char *column, const char *text)
{
    unsigned place = place_of(table, column);

    if (text)
        set_cell(table, (struct cell){place, g_strdup(text), false, 0});
}

/* The cells of a row by column, NULL where it has none. */
static const struct cell **spread(const struct table *table, const GArray *row)
{
    const struct cell **cells = g_new0(const struct cell *, table->columns->len + 1);

    for (unsigned i = 0; i < row->len; i++)
        cells[g_array_index(row, struct cell, i).column] = &g_array_index(row, struct cell, i);
    return cells;
}

/* --- CSV ----------------------------------------------------------------------------------------- */

static void append_field(GString *text, const char *field)
{
    if (!strpbrk(field, ",\"\n\r")) {
        g_string_append(text, field);
        return;
    }
    g_string_append_c(text, '"');
    for (; *field; field++)
        g_string_append_printf(text, "%s%c", *field == '"' ? "\"" : "", *field);
    g_string_append_c(text, '"');
}

bool table_write_csv(const struct table *table, const char *path, struct diagnostics *diagnostics)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < table->columns->len; i++) {
        g_string_append(text, i ? "," : "");
        append_field(text, g_ptr_array_index(table->columns, i));
    }
    g_string_append_c(text, '\n');
    for (unsigned r = 0; r < table->rows->len; r++) {
        const struct cell **cells = spread(table, g_ptr_array_index(table->rows, r));

        for (unsigned i = 0; i < table->columns->len; i++) {
            g_string_append(text, i ? "," : "");
            if (cells[i])
                append_field(text, cells[i]->text);
        }
        g_string_append_c(text, '\n');
        g_free(cells);
    }
    bool written = result_file_write(path, text->str, text->len, diagnostics);

    g_string_free(text, TRUE);
    return written;
}

/* --- SQLite -------------------------------------------------------------------------------------- */

static int bind_cell(sqlite3_stmt *statement, int place, const struct cell *cell)
{
    if (!cell)
        return sqlite3_bind_null(statement, place);
    return cell->is_number ? sqlite3_bind_double(statement, place, cell->number)
                           : sqlite3_bind_text(statement, place, cell->text, -1, SQLITE_TRANSIENT);
}

/* As a name in SQL: in double quotes, doubled inside. */
static void append_name(GString *text, const char *name)
{
    g_string_append_c(text, '"');
    for (; *name; name++)
        g_string_append_printf(text, "%s%c", *name == '"' ? "\"" : "", *name);
    g_string_append_c(text, '"');
}

static bool make_tables(const struct table *table, sqlite3 *database, unsigned wide)
{
    GString *text = g_string_new("BEGIN; CREATE TABLE points (");

    for (unsigned i = 0; i < wide; i++) {
        g_string_append(text, i ? ", " : "");
        append_name(text, g_ptr_array_index(table->columns, i));
    }
    g_string_append(text, "); CREATE TABLE results (point, name, value);");
    bool fine = sqlite3_exec(database, text->str, NULL, NULL, NULL) == SQLITE_OK;

    g_string_free(text, TRUE);
    return fine;
}

static bool insert_rows(const struct table *table, sqlite3 *database, unsigned wide)
{
    GString *text = g_string_new("INSERT INTO points VALUES (?");
    unsigned point = GPOINTER_TO_UINT(g_hash_table_lookup(table->places, "point"));
    sqlite3_stmt *to_points = NULL, *to_results = NULL;

    for (unsigned i = 1; i < wide; i++)
        g_string_append(text, ",?");
    g_string_append(text, ")");
    bool fine = sqlite3_prepare_v2(database, text->str, -1, &to_points, NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(database, "INSERT INTO results VALUES (?,?,?)", -1, &to_results, NULL) == SQLITE_OK;

    for (unsigned r = 0; fine && r < table->rows->len; r++) {
        const struct cell **cells = spread(table, g_ptr_array_index(table->rows, r));

        for (unsigned i = 0; i < wide; i++)
            bind_cell(to_points, (int)i + 1, cells[i]);
        fine = sqlite3_step(to_points) == SQLITE_DONE && sqlite3_reset(to_points) == SQLITE_OK;
        for (unsigned i = wide; fine && i < table->columns->len; i++) {
            if (!cells[i])
                continue;
            bind_cell(to_results, 1, point ? cells[point - 1] : NULL);
            sqlite3_bind_text(to_results, 2, g_ptr_array_index(table->columns, i), -1, SQLITE_TRANSIENT);
            bind_cell(to_results, 3, cells[i]);
            fine = sqlite3_step(to_results) == SQLITE_DONE && sqlite3_reset(to_results) == SQLITE_OK;
        }
        g_free(cells);
    }
    sqlite3_finalize(to_points);
    sqlite3_finalize(to_results);
    g_string_free(text, TRUE);
    return fine && sqlite3_exec(database, "CREATE INDEX results_by_name ON results (name, point); COMMIT;", NULL, NULL,
                                NULL) == SQLITE_OK;
}

bool table_write_sqlite(const struct table *table, const char *path, unsigned wide, struct diagnostics *diagnostics)
{
    char *temporary = result_file_temporary(path);
    sqlite3 *database = NULL;

    g_unlink(temporary);
    wide = MIN(wide, table->columns->len);
    bool fine = sqlite3_open(temporary, &database) == SQLITE_OK && make_tables(table, database, wide) &&
                insert_rows(table, database, wide);

    if (!fine)
        diagnostic_error(diagnostics, path, 0, "cannot write: %s", database ? sqlite3_errmsg(database) : "no memory");
    sqlite3_close(database);
    if (fine && g_rename(temporary, path) != 0) {
        result_file_error(diagnostics, path, "write", errno);
        fine = false;
    }
    g_unlink(temporary);
    g_free(temporary);
    return fine;
}
