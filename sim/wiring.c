#include "sim/wiring.h"

#include "sim/parameter.h"
#include "sim/scenario_file.h"

#include <glib.h>
#include <string.h>

enum {
    MAX_RAILS = 8,
    MAX_VALUE = 20,       /* characters of a value that are shown */
    HEADING_COLUMNS = 26, /* of a part's name, mostly */
    TEXT_COLUMNS = 54,    /* with its values, mostly */
    PAGE_COLUMNS = 100,
};

struct reference { /* one key of a section, and one section that it leads to */
    const struct scenario_section *from, *to;
    const struct parameter *parameter;
    char *label; /* "pp x4", "pp2", "card" */
    bool whole;  /* all parts of that section */
};

/* A line of the picture: text on the left, marks on the rails. */
struct row {
    char *text;
    const struct scenario_section *own; /* the section itself has its mark here; NULL: none */
    unsigned marks;                     /* a bit a rail: wired to it */
};

struct wiring {
    const struct scenario *scenario;
    GArray *references; /* struct reference */
    GArray *rows;       /* struct row */
    const struct scenario_section *rails[MAX_RAILS];
    unsigned rail_count;
};

/* ---- what is wired to what ---- */

static char *short_label(const struct scenario_section *section)
{
    const char *name = section->name ? section->name : section->kind;

    return section->part_count > 1 ? g_strdup_printf("%s x%u", name, section->part_count)
                                   : g_strdup(section->parts[0]->name);
}

static void add_reference(struct wiring *wiring, const struct scenario_section *from,
                          const struct parameter *parameter, struct part *const *parts,
                          unsigned count)
{
    for (unsigned i = 0, run; i < count; i += run) {
        const struct scenario_section *to = parts[i]->section;
        struct reference reference = {.from = from, .to = to, .parameter = parameter};

        for (run = 1; i + run < count && parts[i + run]->section == to;)
            run++;
        reference.whole = run == to->part_count;
        if (reference.whole) {
            reference.label = short_label(to);
        } else {
            GString *names = g_string_new(parts[i]->name);

            for (unsigned k = 1; k < run; k++)
                g_string_append_printf(names, ", %s", parts[i + k]->name);
            reference.label = g_string_free(names, FALSE);
        }
        g_array_append_val(wiring->references, reference);
    }
}

static void find_references(struct wiring *wiring)
{
    for (unsigned i = 0; i < wiring->scenario->section_count; i++) {
        const struct scenario_section *section = wiring->scenario->sections[i];
        const struct parameter *parameter;

        for (unsigned k = 0; (parameter = scenario_parameter(section->part_kind, k)); k++) {
            void *field = (char *)section->parts[0] + parameter->offset;

            if (parameter->type == PARAMETER_PART && *(struct part **)field) {
                add_reference(wiring, section, parameter, field, 1);
            } else if (parameter->type == PARAMETER_PARTS) {
                const struct part_list *list = field;

                add_reference(wiring, section, parameter, list->list, list->count);
            }
        }
    }
}

static void free_references(struct wiring *wiring)
{
    for (unsigned i = 0; i < wiring->references->len; i++)
        g_free(g_array_index(wiring->references, struct reference, i).label);
    g_array_unref(wiring->references);
}

/* ---- what differs from the defaults ---- */

/* "speed = 25Gbit/s"; NULL: as by default, or no matter of a picture. */
static char *difference(const struct scenario_section *section, const struct parameter *parameter)
{
    const struct scenario_entry *entry = scenario_entry(section, parameter->key);

    if (!entry || parameter->type == PARAMETER_PART || parameter->type == PARAMETER_PARTS ||
        !strcmp(parameter->key, "count"))
        return NULL;
    char *value = scenario_normal_value(parameter, entry->value);
    char *usual =
        scenario_normal_value(parameter, parameter->default_text ? parameter->default_text : "");
    char *text = NULL;

    if (strcmp(value, usual)) {
        glong length = g_utf8_strlen(value, -1);
        bool tail = parameter->type == PARAMETER_PATH; /* of a path the end tells more */
        char *part = length <= MAX_VALUE ? NULL
                     : tail              ? g_utf8_substring(value, length - MAX_VALUE + 3, length)
                                         : g_utf8_substring(value, 0, MAX_VALUE - 3);

        text = g_strdup_printf("%s = %s%s%s", parameter->key, part && tail ? "..." : "",
                               part ? part : value, part && !tail ? "..." : "");
        g_free(part);
    }
    g_free(usual);
    g_free(value);
    return text;
}

static GPtrArray *differences(const struct scenario_section *section)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    const struct parameter *parameter;

    for (unsigned k = 0; (parameter = scenario_parameter(section->part_kind, k)); k++) {
        char *text = difference(section, parameter);

        if (text)
            g_ptr_array_add(texts, text);
    }
    return texts;
}

static char *heading(const struct scenario_section *section)
{
    char *label = scenario_section_label(section);
    char *text = section->part_count > 1 ? g_strdup_printf("%s x%u", label, section->part_count)
                 : section->name ? g_strdup_printf("%s %s", section->kind, section->parts[0]->name)
                                 : g_strdup(label);

    g_free(label);
    return text;
}

/* ---- the picture as text ---- */

static unsigned references_to(const struct wiring *wiring, const struct scenario_section *section)
{
    unsigned count = 0;

    for (unsigned i = 0; i < wiring->references->len; i++) {
        const struct reference *r = &g_array_index(wiring->references, struct reference, i);

        count += r->to == section && r->whole;
    }
    return count;
}

static int rail_of(const struct wiring *wiring, const struct scenario_section *section)
{
    for (unsigned i = 0; i < wiring->rail_count; i++)
        if (wiring->rails[i] == section)
            return (int)i;
    return -1;
}

static size_t rail_columns(const struct scenario_section *section)
{
    char *label = short_label(section);
    size_t columns = MAX(strlen(label) + 2, 5);

    g_free(label);
    return columns;
}

/* Those that are wired to most often, twice at least, as many as fit; in the scenario's order. */
static void choose_rails(struct wiring *wiring)
{
    unsigned least = 2, fitting;
    size_t columns;

    do {
        fitting = 0;
        columns = TEXT_COLUMNS + 2;
        for (unsigned i = 0; i < wiring->scenario->section_count; i++)
            if (references_to(wiring, wiring->scenario->sections[i]) >= least) {
                fitting++;
                columns += rail_columns(wiring->scenario->sections[i]);
            }
    } while ((fitting > MAX_RAILS || columns > PAGE_COLUMNS) && fitting && least++);
    for (unsigned i = 0; i < wiring->scenario->section_count; i++)
        if (references_to(wiring, wiring->scenario->sections[i]) >= least)
            wiring->rails[wiring->rail_count++] = wiring->scenario->sections[i];
}

static void add_row(struct wiring *wiring, char *text, const struct scenario_section *own,
                    unsigned marks)
{
    struct row row = {text, own, marks};

    g_array_append_val(wiring->rows, row);
}

static void add_heading(struct wiring *wiring, const struct scenario_section *section,
                        unsigned columns)
{
    GPtrArray *texts = differences(section);
    char *label = heading(section);
    GString *line = g_string_new(label);
    bool first = true;

    while (line->len < columns)
        g_string_append_c(line, ' ');
    for (unsigned i = 0; i < texts->len; i++) {
        const char *text = g_ptr_array_index(texts, i);

        if (i > 0 && line->len + strlen(text) + 3 > TEXT_COLUMNS) {
            g_string_append_c(line, ',');
            add_row(wiring, g_string_free(line, FALSE), first ? section : NULL, 0);
            line = g_string_new(NULL);
            first = false;
            while (line->len < columns)
                g_string_append_c(line, ' ');
        } else if (i > 0) {
            g_string_append(line, ", ");
        } else if (line->len > columns) {
            g_string_append(line, "  ");
        }
        g_string_append(line, text);
    }
    add_row(wiring, g_strchomp(g_string_free(line, FALSE)), first ? section : NULL, 0);
    g_free(label);
    g_ptr_array_unref(texts);
}

/* One row for each key of the section that is wired. */
static void add_references(struct wiring *wiring, const struct scenario_section *section)
{
    GArray *references = wiring->references;

    for (unsigned i = 0, next; i < references->len; i = next) {
        const struct reference *first = &g_array_index(references, struct reference, i);
        GString *text = g_string_new(NULL);
        unsigned marks = 0;

        g_string_printf(text, "    %s ->", first->parameter->key);
        for (next = i; next < references->len; next++) {
            const struct reference *r = &g_array_index(references, struct reference, next);
            int rail = rail_of(wiring, r->to);

            if (r->from != first->from || r->parameter != first->parameter)
                break;
            g_string_append_printf(text, "%s %s", next > i ? "," : "", r->label);
            if (rail >= 0)
                marks |= 1u << rail;
        }
        if (first->from == section)
            add_row(wiring, g_strdup(text->str), NULL, marks);
        g_string_free(text, TRUE);
    }
}

static void print_rows(struct wiring *wiring, FILE *stream)
{
    size_t columns[MAX_RAILS], width = 0;
    unsigned last[MAX_RAILS] = {0}; /* row down to which a rail is drawn */
    GString *line = g_string_new(wiring->rail_count ? "(#: the part itself, o: wired to it)" : "");

    for (unsigned i = 0; i < wiring->rows->len; i++) {
        const struct row *row = &g_array_index(wiring->rows, struct row, i);

        width = MAX(width, (size_t)g_utf8_strlen(row->text, -1));
        for (unsigned r = 0; r < wiring->rail_count; r++)
            if ((row->own && wiring->rails[r] == row->own) || row->marks >> r & 1)
                last[r] = i;
    }
    width = MAX(width, line->len) + 2;
    for (unsigned r = 0; r < wiring->rail_count; r++) {
        char *label = short_label(wiring->rails[r]);

        g_string_append_printf(line, "%*s%s", (int)(width - line->len), "", label);
        columns[r] = width + (strlen(label) - 1) / 2;
        width += rail_columns(wiring->rails[r]);
        g_free(label);
    }
    if (wiring->rail_count)
        fprintf(stream, "%s\n", line->str);
    for (unsigned i = 0; i < wiring->rows->len; i++) {
        const struct row *row = &g_array_index(wiring->rows, struct row, i);
        size_t column = (size_t)g_utf8_strlen(row->text, -1);

        g_string_assign(line, row->text);
        for (unsigned r = 0; r < wiring->rail_count; r++) {
            if (i > last[r])
                continue;
            for (; column < columns[r]; column++)
                g_string_append_c(line, ' ');
            g_string_append_c(line, wiring->rails[r] == row->own ? '#'
                                    : row->marks >> r & 1        ? 'o'
                                                                 : '|');
            column++;
        }
        fprintf(stream, "%s\n", line->str);
    }
    g_string_free(line, TRUE);
}

static void wiring_init(struct wiring *wiring, const struct scenario *scenario)
{
    *wiring = (struct wiring){
        .scenario = scenario,
        .references = g_array_new(FALSE, FALSE, sizeof(struct reference)),
        .rows = g_array_new(FALSE, FALSE, sizeof(struct row)),
    };
    find_references(wiring);
}

static void wiring_free(struct wiring *wiring)
{
    for (unsigned i = 0; i < wiring->rows->len; i++)
        g_free(g_array_index(wiring->rows, struct row, i).text);
    g_array_unref(wiring->rows);
    free_references(wiring);
}

void wiring_print(const struct scenario *scenario, FILE *stream)
{
    struct wiring wiring;
    unsigned columns = 0;

    wiring_init(&wiring, scenario);
    choose_rails(&wiring);
    for (unsigned i = 0; i < scenario->section_count; i++) {
        char *label = heading(scenario->sections[i]);

        if (strlen(label) + 2 <= HEADING_COLUMNS)
            columns = MAX(columns, (unsigned)strlen(label) + 2);
        g_free(label);
    }
    for (unsigned i = 0; i < scenario->section_count; i++) {
        add_heading(&wiring, scenario->sections[i], columns);
        add_references(&wiring, scenario->sections[i]);
    }
    if (scenario->title)
        fprintf(stream, "%s\n\n", scenario->title);
    print_rows(&wiring, stream);
    wiring_free(&wiring);
}

/* ---- the graph ---- */

static void print_quoted(const char *text, FILE *stream)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', stream);
        fputc(*text, stream);
    }
}

static const char *shape_of(const struct scenario *scenario, const struct part_kind *kind)
{
    static const char *const shapes[] = {"box",       "cds",    "hexagon",       "cylinder",
                                         "component", "house",  "parallelogram", "ellipse",
                                         "octagon",   "box3d",  "trapezium",     "tab",
                                         "invhouse",  "folder", "diamond",       "note"};
    unsigned i = 0;

    while (scenario->kinds[i] && scenario->kinds[i] != kind)
        i++;
    return shapes[i % G_N_ELEMENTS(shapes)];
}

static void print_node(const struct scenario *scenario, const struct scenario_section *section,
                       FILE *stream)
{
    GPtrArray *texts = differences(section);
    char *label = heading(section);

    fprintf(stream, "    \"%s\" [shape=%s, label=\"%s", section->parts[0]->group,
            shape_of(scenario, section->part_kind), label);
    for (unsigned i = 0; i < texts->len; i++) {
        fprintf(stream, "\\n");
        print_quoted(g_ptr_array_index(texts, i), stream);
    }
    fprintf(stream, "\"];\n");
    g_free(label);
    g_ptr_array_unref(texts);
}

/* The chip of a part, if its kind has such a key. */
static const char *chip_of(const struct scenario_section *section)
{
    const struct parameter *parameter;

    for (unsigned k = 0; (parameter = scenario_parameter(section->part_kind, k)); k++)
        if (!strcmp(parameter->key, "chip") && parameter->type == PARAMETER_TEXT)
            return *(char **)((char *)section->parts[0] + parameter->offset);
    return NULL;
}

/* Parts of the same chip in a frame, in the order of the chips' first parts. */
static void print_nodes(const struct scenario *scenario, FILE *stream)
{
    GHashTable *done = g_hash_table_new(g_str_hash, g_str_equal);
    unsigned clusters = 0;

    for (unsigned i = 0; i < scenario->section_count; i++) {
        const char *chip = chip_of(scenario->sections[i]);

        if (!chip) {
            print_node(scenario, scenario->sections[i], stream);
        } else if (g_hash_table_add(done, (void *)(size_t)chip)) {
            fprintf(stream, "    subgraph cluster_%u {\n    label=\"", clusters++);
            print_quoted(chip, stream);
            fprintf(stream, "\";\n");
            for (unsigned k = i; k < scenario->section_count; k++)
                if (g_strcmp0(chip_of(scenario->sections[k]), chip) == 0)
                    print_node(scenario, scenario->sections[k], stream);
            fprintf(stream, "    }\n");
        }
    }
    g_hash_table_destroy(done);
}

void wiring_print_dot(const struct scenario *scenario, FILE *stream)
{
    struct wiring wiring;

    wiring_init(&wiring, scenario);
    fprintf(stream, "digraph polynic {\n    rankdir=LR;\n    node [fontname=\"sans-serif\"];\n"
                    "    edge [fontname=\"sans-serif\", fontsize=10];\n    label=\"");
    print_quoted(scenario->title ? scenario->title : "", stream);
    fprintf(stream, "\";\n");
    print_nodes(scenario, stream);
    for (unsigned i = 0; i < wiring.references->len; i++) {
        const struct reference *r = &g_array_index(wiring.references, struct reference, i);

        fprintf(stream, "    \"%s\" -> \"%s\" [label=\"%s", r->from->parts[0]->group,
                r->to->parts[0]->group, r->parameter->key);
        if (!r->whole)
            fprintf(stream, " (%s)", r->label);
        fprintf(stream, "\"];\n");
    }
    fprintf(stream, "}\n");
    wiring_free(&wiring);
}
