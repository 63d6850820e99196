/* command_sweep_values.c - lists and ranges of values, as --vary takes them. */
#include "sim/command_sweep.h"

#include <math.h>
#include <string.h>

/* A number and what stands behind it: "10Gbit/s". False: it does not begin with a number. */
static bool split_number(const char *text, double *number, const char **unit)
{
    char *end;

    *number = g_ascii_strtod(text, &end);
    *unit = end;
    return end != text && isfinite(*number);
}

static void add_number(GPtrArray *values, double number, const char *unit)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd(digits, sizeof digits, "%.15g", number);
    g_ptr_array_add(values, g_strconcat(digits, unit, NULL));
}

/* FROM..TO, FROM..TO+STEP, FROM..TO*FACTOR; the unit may stand at one end or both. */
static bool add_range(GPtrArray *values, const char *text, struct diagnostics *diagnostics)
{
    const char *dots = strstr(text, ".."), *unit, *last_unit, *step_unit = "";
    char *first_text = g_strndup(text, (gsize)(dots - text));
    char *last_text = g_strdup(dots + 2);
    char *step_at = strpbrk(last_text, "*+"), kind = step_at ? *step_at : '+';
    double first, last, step = 1;
    bool fine;

    if (step_at)
        *step_at = 0;
    fine = split_number(first_text, &first, &unit) && split_number(last_text, &last, &last_unit) &&
           (!step_at || (split_number(step_at + 1, &step, &step_unit) && step > 0));
    if (fine && *unit && *last_unit && strcmp(unit, last_unit))
        fine = false;
    if (fine && !*unit)
        unit = *last_unit ? last_unit : step_unit;
    fine = fine && (!*step_unit || !strcmp(step_unit, unit));
    fine = fine && first <= last && (kind == '+' || (step > 1 && first > 0));
    for (unsigned i = 0; fine; i++) {
        double value = kind == '+' ? first + step * i : first * pow(step, i);

        if (value > last * (1 + 1e-12))
            break;
        if (values->len == SWEEP_MAX_VALUES) {
            fine = false;
            break;
        }
        add_number(values, value, unit);
    }
    if (!fine)
        diagnostic_error(diagnostics, NULL, 0,
                         "--vary: %s: expected FROM..TO, FROM..TO+STEP or FROM..TO*FACTOR, upward, with one unit, %d "
                         "values at most: 1..16, 1..64*2, 1Gbit/s..8Gbit/s*2",
                         text, SWEEP_MAX_VALUES);
    g_free(first_text);
    g_free(last_text);
    return fine;
}

bool sweep_axis_parse(struct sweep_axis *axis, const char *text, struct diagnostics *diagnostics)
{
    const char *equals = strchr(text, '=');
    GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
    bool fine = true;

    *axis = (struct sweep_axis){0};
    if (!equals || equals == text || !equals[1]) {
        diagnostic_error(diagnostics, NULL, 0, "--vary: %s: expected SECTION.NAME.KEY=VALUE,VALUE,...", text);
        g_ptr_array_unref(values);
        return false;
    }
    char **words = g_strsplit(equals + 1, strchr(equals + 1, ';') ? ";" : ",", -1);
    double number;

    for (char **word = words; *word && fine; word++) {
        g_strstrip(*word);
        if (strstr(*word, "..") && split_number(*word, &number, &(const char *){NULL}))
            fine = add_range(values, *word, diagnostics);
        else
            g_ptr_array_add(values, g_strdup(*word));
    }
    g_strfreev(words);
    if (!fine) {
        g_ptr_array_unref(values);
        return false;
    }
    axis->key = g_strstrip(g_strndup(text, (gsize)(equals - text)));
    g_ptr_array_add(values, NULL);
    axis->values = (char **)g_ptr_array_free(values, FALSE);
    return true;
}

void sweep_axis_clear(struct sweep_axis *axis)
{
    g_clear_pointer(&axis->key, g_free);
    g_clear_pointer(&axis->values, g_strfreev);
}
