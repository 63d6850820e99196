#include "sim/parameter.h"

#include "sim/check.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t factor; /* base units in one */
};

/* Ascending: printing takes the last that fits. */
static const struct unit count_units[] = {
    {"", 1}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000}, {0}};
static const struct unit decimal_units[] = {
    {"", 1000000}, {"k", 1000000000}, {"M", 1000000000000}, {"G", 1000000000000000}, {0}};
static const struct unit size_units[] = {{"B", 1},
                                         {"kB", 1000},
                                         {"KiB", 1024},
                                         {"MB", 1000000},
                                         {"MiB", 1024 * 1024},
                                         {"GB", 1000000000},
                                         {"GiB", 1024 * 1024 * 1024},
                                         {"TB", 1000000000000},
                                         {"TiB", 1ull << 40},
                                         {0}};
static const struct unit time_units[] = {{"ps", 1},          {"ns", 1000},         {"us", 1000000},
                                         {"ms", 1000000000}, {"s", 1000000000000}, {0}};
static const struct unit frequency_units[] = {
    {"Hz", 1}, {"kHz", 1000}, {"MHz", 1000000}, {"GHz", 1000000000}, {"THz", 1000000000000}, {0}};
static const struct unit rate_units[] = {
    {"bit/s", 1},           {"kbit/s", 1000},          {"Mbit/s", 1000000},
    {"Gbit/s", 1000000000}, {"Tbit/s", 1000000000000}, {0}};
static const struct unit bits_units[] = {{"bit", 1}, {0}};
static const struct unit address_units[] = {{"", 1}, {0}};

/* Every type, described once. */
static const struct type {
    const char *name;         /* for the reference */
    const char *phrase;       /* in "expected ..." */
    const char *example;      /* NULL: the phrase says it all */
    const char *base;         /* what the field counts */
    const struct unit *units; /* NULL: not a number */
    bool unit_needed;         /* but for 0 */
    bool hexadecimal;         /* 0x... is allowed */
    bool fraction_shown;      /* printing may use a decimal fraction */
    size_t bytes;             /* of the field */
} types[] = {
    [PARAMETER_COUNT] = {"number", "a number", "4", NULL, count_units, false, true, false, 8},
    [PARAMETER_DECIMAL] = {"decimal number", "a number", "2.5", "millionth", decimal_units, false,
                           false, true, 8},
    [PARAMETER_SIZE] = {"size", "a size", "64KiB", "byte", size_units, false, false, false, 8},
    [PARAMETER_TIME] = {"time", "a time", "3.5us", "ps", time_units, true, false, true, 8},
    [PARAMETER_FREQUENCY] = {"frequency", "a frequency", "1.25GHz", "Hz", frequency_units, true,
                             false, true, 8},
    [PARAMETER_RATE] = {"rate", "a rate", "10Gbit/s", "bit/s", rate_units, true, false, true, 8},
    [PARAMETER_BITS] = {"bits", "a number of bits", "128bit", "bit", bits_units, false, false,
                        false, 8},
    [PARAMETER_ADDRESS] = {"address", "an address", "0x80000000", NULL, address_units, false, true,
                           false, 8},
    [PARAMETER_FLAG] = {"yes/no", "yes or no", NULL, NULL, NULL, false, false, false, sizeof(bool)},
    [PARAMETER_CHOICE] = {"word", "one of", NULL, NULL, NULL, false, false, false,
                          sizeof(unsigned)},
    [PARAMETER_TEXT] = {"text", "a text", NULL, NULL, NULL, false, false, false, sizeof(char *)},
    [PARAMETER_PATH] = {"file", "the name of a file", NULL, NULL, NULL, false, false, false,
                        sizeof(char *)},
    [PARAMETER_MAC] = {"MAC address", "a MAC address", "02:00:00:00:00:01", NULL, NULL, false,
                       false, false, 6},
    [PARAMETER_BYTES] = {"hex bytes", "hexadecimal digits", "6d 5a 56 da", NULL, NULL, false, false,
                         false, sizeof(struct parameter_bytes)},
    [PARAMETER_PART] = {"name", "the name of", NULL, NULL, NULL, false, false, false,
                        sizeof(struct part *)},
    [PARAMETER_PARTS] = {"names", "names of", NULL, NULL, NULL, false, false, false,
                         sizeof(struct part_list)},
    [PARAMETER_LINES] = {"texts", "a text", NULL, NULL, NULL, false, false, false,
                         sizeof(struct parameter_lines)},
};

size_t parameter_field_bytes(enum parameter_type type)
{
    return types[type].bytes;
}

/* "a, b or c" with last = " or ", "a, b, c" with last = ", ". */
static char *words_joined(const char *const *words, const char *last)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; words && words[i]; i++)
        g_string_append_printf(text, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : last, words[i]);
    return g_string_free(text, FALSE);
}

static const char *article(const char *word)
{
    return strchr("aeiou", word[0]) ? "an" : "a";
}

/* "auto" */
static bool is_word_for_number(const struct parameter *parameter, const char *text)
{
    return parameter->choices && !strcmp(parameter->choices[0], text);
}

char *parameter_type_name(const struct parameter *parameter)
{
    bool list = parameter->type == PARAMETER_PARTS;

    if (parameter->type != PARAMETER_PART && !list)
        return g_strdup(types[parameter->type].name);
    char *kinds = words_joined(parameter->choices, " or ");
    char *name = list ? g_strdup_printf("names of %s parts", kinds)
                      : g_strdup_printf("name of %s %s", article(kinds), kinds);

    g_free(kinds);
    return name;
}

char *parameter_units(const struct parameter *parameter)
{
    const struct type *type = &types[parameter->type];
    GString *text = g_string_new(NULL);

    for (const struct unit *unit = type->units; unit && unit->name; unit++)
        if (unit->name[0])
            g_string_append_printf(text, "%s%s", text->len ? ", " : "", unit->name);
    bool any = text->len > 0;
    char *units = g_string_free(text, FALSE);

    if (any)
        return units;
    g_free(units);
    return NULL;
}

char *parameter_expected(const struct parameter *parameter)
{
    const struct type *type = &types[parameter->type];
    const char *example = parameter->default_text;

    if (parameter->type == PARAMETER_PART || parameter->type == PARAMETER_PARTS)
        return parameter_type_name(parameter);
    if (parameter->type == PARAMETER_CHOICE) {
        char *words = words_joined(parameter->choices, ", ");
        char *expected = g_strdup_printf("one of %s", words);

        g_free(words);
        return expected;
    }
    if (!type->example)
        return g_strdup(type->phrase);
    /* The default is within the range; long ones and 0, which shows no unit, teach nothing. */
    if (!example || !example[0] || !strcmp(example, "0") || strlen(example) > 24 ||
        is_word_for_number(parameter, example))
        example = type->example;
    if (type->units && parameter->choices)
        return g_strdup_printf("%s, or %s such as %s", parameter->choices[0], type->phrase, example);
    return g_strdup_printf("%s such as %s", type->phrase, example);
}

static void print_millionths(GString *text, uint64_t value)
{
    g_string_append_printf(text, "%llu", (unsigned long long)(value / 1000000));
    if (value % 1000000) {
        g_string_append_printf(text, ".%06llu", (unsigned long long)(value % 1000000));
        while (text->str[text->len - 1] == '0')
            g_string_truncate(text, text->len - 1);
    }
}

static void print_number(GString *text, enum parameter_type number, uint64_t value)
{
    const struct type *type = &types[number];
    const struct unit *unit = type->units;

    if (number == PARAMETER_DECIMAL) {
        print_millionths(text, value);
        return;
    }

    if (number == PARAMETER_ADDRESS) {
        g_string_append_printf(text, "0x%llx", (unsigned long long)value);
        return;
    }
    if (value == 0 || (number == PARAMETER_COUNT && value < 1000000)) {
        g_string_append_printf(text, "%llu", (unsigned long long)value);
        return;
    }
    while (unit[1].name)
        unit++;
    for (;; unit--) {
        /* With a fraction: at most three decimals, so that 2.5Gbit/s and not 2500000kbit/s is
         * shown. */
        uint64_t step =
            type->fraction_shown && unit->factor >= 1000 ? unit->factor / 1000 : unit->factor;
        if (value >= unit->factor && value % step == 0) {
            uint64_t thousandths = step == unit->factor ? 0 : value % unit->factor / step;

            g_string_append_printf(text, "%llu", (unsigned long long)(value / unit->factor));
            if (thousandths) {
                g_string_append_printf(text, ".%03u", (unsigned)thousandths);
                while (text->str[text->len - 1] == '0')
                    g_string_truncate(text, text->len - 1);
            }
            g_string_append(text, unit->name);
            return;
        }
    }
}

static bool any_value(const struct parameter *parameter)
{
    return parameter->min == 0 && (parameter->max == 0 || parameter->max == UINT64_MAX);
}

char *parameter_range(const struct parameter *parameter)
{
    enum parameter_type number = parameter->type;
    const char *what = "";

    if (number == PARAMETER_CHOICE)
        return words_joined(parameter->choices, ", ");
    if (any_value(parameter) || number == PARAMETER_FLAG || number == PARAMETER_MAC)
        return NULL;
    if (!types[number].units) {
        what = number == PARAMETER_PARTS ? " parts" : " bytes";
        number = PARAMETER_COUNT;
    }
    GString *text = g_string_new(NULL);

    if (parameter->min == parameter->max) {
        print_number(text, number, parameter->min);
    } else if (parameter->max == 0 || parameter->max == UINT64_MAX) {
        g_string_append(text, "at least ");
        print_number(text, number, parameter->min);
    } else {
        print_number(text, number, parameter->min);
        g_string_append(text, " .. ");
        print_number(text, number, parameter->max);
    }
    if (number == PARAMETER_COUNT && what[0] && parameter->max == 1)
        what = what[1] == 'p' ? " part" : " byte";
    g_string_append(text, what);
    return g_string_free(text, FALSE);
}

bool parameter_in_range(const struct parameter *parameter, uint64_t value, char **wrong)
{
    if (any_value(parameter))
        return true;
    if (value >= parameter->min && (parameter->max == 0 || value <= parameter->max))
        return true;
    char *range = parameter_range(parameter);

    switch (parameter->type) {
    case PARAMETER_TEXT:
    case PARAMETER_PATH:
    case PARAMETER_BYTES:
    case PARAMETER_PARTS:
    case PARAMETER_LINES:
        *wrong = g_strdup_printf("%llu %s%s: allowed %s", (unsigned long long)value,
                                 parameter->type == PARAMETER_PARTS ? "part" : "byte",
                                 value == 1 ? "" : "s", range);
        break;
    default:
        *wrong = g_strdup_printf("out of range: allowed %s", range);
    }
    g_free(range);
    return false;
}

/* Sets *wrong to "what: expected a rate such as 10Gbit/s" and, if asked, the units. */
static bool wrong_number(const struct parameter *parameter, char **wrong, const char *what,
                         bool list_units)
{
    char *expected = parameter_expected(parameter);
    char *units = list_units ? parameter_units(parameter) : NULL;

    *wrong = g_strdup_printf("%s: expected %s%s%s%s", what, expected, units ? " (units: " : "",
                             units ? units : "", units ? ")" : "");
    g_free(units);
    g_free(expected);
    return false;
}

/* What somebody meant who wrote this unit; NULL: no idea. To be freed. */
static char *unit_meant(const struct type *type, const char *written)
{
    static const char *const bit_rates[] = {"bps", "b/s", "bits/s", "bit/sec", "bits", "bit"};
    const char *names[16];
    unsigned count = 0;
    char *spelled = g_strdup(written);

    for (unsigned i = 0; type->units == rate_units && i < G_N_ELEMENTS(bit_rates); i++)
        if (g_str_has_suffix(written, bit_rates[i])) {
            g_free(spelled);
            spelled = g_strdup_printf("%.*sbit/s", (int)(strlen(written) - strlen(bit_rates[i])),
                                      written);
            break;
        }
    if ((type->units == rate_units || type->units == frequency_units) && spelled[0] &&
        !spelled[1]) { /* 10G */
        char *full = g_strconcat(spelled, type->base, NULL);

        g_free(spelled);
        spelled = full;
    }
    for (const struct unit *unit = type->units; unit->name; unit++)
        if (!g_ascii_strcasecmp(unit->name, spelled) || !strcmp(unit->name, spelled)) {
            g_free(spelled);
            return g_strdup(unit->name);
        } else if (unit->name[0] && strlen(unit->name) > 2) {
            names[count++] = unit->name;
        }
    names[count] = NULL;
    const char *nearest = strlen(spelled) > 2 ? diagnostic_nearest(spelled, names) : NULL;

    g_free(spelled);
    return g_strdup(nearest);
}

static bool unknown_unit(const struct parameter *parameter, const char *written, char **wrong)
{
    const struct type *type = &types[parameter->type];
    char *units = parameter_units(parameter);
    bool sensible = g_ascii_isalpha(written[0]) || (written[0] & 0x80) || written[0] == '/';

    if (!sensible || !units) {
        g_free(units);
        return wrong_number(parameter, wrong, "not a number", sensible);
    }
    g_free(units);
    char *meant = unit_meant(type, written);
    char *what = g_strdup_printf("unknown unit '%.20s'", written);

    if (!g_utf8_validate(what, -1, NULL)) { /* the cut fell into a character */
        g_free(what);
        what = g_strdup("unknown unit");
    }
    if (meant)
        *wrong = g_strdup_printf("%s (did you mean '%s'?)", what, meant);
    else
        wrong_number(parameter, wrong, what, true);
    g_free(what);
    g_free(meant);
    return false;
}

static bool too_large(const struct parameter *parameter, char **wrong)
{
    const char *base = types[parameter->type].base;

    if (!any_value(parameter) && parameter->max && parameter->max != UINT64_MAX)
        return parameter_in_range(parameter, UINT64_MAX, wrong);
    *wrong = base ? g_strdup_printf("too large: 2^64 %s%s or more", base,
                                    !strcmp(base, "byte") || !strcmp(base, "bit") ? "s" : "")
                  : g_strdup("too large: 2^64 or more");
    return false;
}

static bool parse_hexadecimal(const struct parameter *parameter, const char *digits,
                              uint64_t *value, char **wrong)
{
    uint64_t sum = 0;

    if (!g_ascii_isxdigit(*digits))
        return wrong_number(parameter, wrong, "not a number", false);
    for (; g_ascii_isxdigit(*digits); digits++) {
        if (sum >> 60)
            return too_large(parameter, wrong);
        sum = sum << 4 | (uint64_t)g_ascii_xdigit_value(*digits);
    }
    if (*digits)
        return wrong_number(parameter, wrong, "not a number", false);
    *value = sum;
    return true;
}

static bool parse_number(const struct parameter *parameter, const char *text, uint64_t *value,
                         char **wrong)
{
    enum { DECIMALS = 18 }; /* no unit is finer */
    const struct type *type = &types[parameter->type];
    const struct unit *unit = type->units;
    uint64_t whole = 0, fraction = 0, scale = 1; /* the number is whole + fraction / scale */
    bool large = false, fine = false;

    if (type->hexadecimal && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return parse_hexadecimal(parameter, text + 2, value, wrong);
    if (text[0] == '\0')
        return wrong_number(parameter, wrong, "no value", false);
    if (text[0] == '-' && g_ascii_isdigit(text[1]))
        return wrong_number(parameter, wrong, "negative", false);
    if (!g_ascii_isdigit(*text))
        return wrong_number(parameter, wrong, "not a number", true);
    for (; g_ascii_isdigit(*text); text++)
        if (__builtin_mul_overflow(whole, 10, &whole) ||
            __builtin_add_overflow(whole, (unsigned)(*text - '0'), &whole))
            large = true;
    if (*text == '.') {
        if (!g_ascii_isdigit(*++text))
            return wrong_number(parameter, wrong, "not a number", true);
        for (unsigned decimals = 0; g_ascii_isdigit(*text); text++, decimals++) {
            if (decimals < DECIMALS) {
                fraction = fraction * 10 + (unsigned)(*text - '0');
                scale *= 10;
            } else if (*text != '0') {
                fine = true;
            }
        }
    }
    while (*text == ' ' || *text == '\t')
        text++;
    if (*text) {
        while (unit->name && strcmp(unit->name, text))
            unit++;
        if (!unit->name)
            return unknown_unit(parameter, text, wrong);
    } else if (type->unit_needed && (whole || fraction || large || fine)) {
        return wrong_number(parameter, wrong, "the unit is missing", true);
    }
    unsigned __int128 parts = (unsigned __int128)fraction * unit->factor;
    unsigned __int128 sum = (unsigned __int128)whole * unit->factor + parts / scale;

    if (large || sum > UINT64_MAX)
        return too_large(parameter, wrong);
    if (fine || parts % scale) {
        *wrong = type->base ? g_strdup_printf("finer than 1 %s", type->base)
                            : g_strdup("not a whole number");
        return false;
    }
    *value = (uint64_t)sum;
    return true;
}

static bool parse_choice(const struct parameter *parameter, const char *text, unsigned *choice,
                         char **wrong)
{
    for (unsigned i = 0; parameter->choices[i]; i++)
        if (!strcmp(parameter->choices[i], text)) {
            *choice = i;
            return true;
        }
    char *words = words_joined(parameter->choices, ", ");
    char *lower = g_ascii_strdown(text, -1);
    const char *nearest = diagnostic_nearest(lower, parameter->choices);

    *wrong = nearest ? g_strdup_printf("expected one of %s (did you mean '%s'?)", words, nearest)
                     : g_strdup_printf("expected one of %s", words);
    g_free(lower);
    g_free(words);
    return false;
}

static bool parse_flag(const char *text, bool *flag, char **wrong)
{
    static const char *const words[] = {"yes", "no", "on", "off", "true", "false", "1", "0"};

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        if (!g_ascii_strcasecmp(words[i], text)) {
            *flag = i % 2 == 0;
            return true;
        }
    *wrong = g_strdup("expected yes or no");
    return false;
}

static bool parse_mac(const struct parameter *parameter, const char *text, uint8_t *mac,
                      char **wrong)
{
    uint8_t bytes[6];

    for (unsigned i = 0; i < 6; i++, text += 3) {
        char after = i == 5 ? '\0' : ':';

        if (!g_ascii_isxdigit(text[0]) || !g_ascii_isxdigit(text[1]) || text[2] != after)
            return wrong_number(parameter, wrong, "not a MAC address", false);
        bytes[i] = (uint8_t)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
    }
    memcpy(mac, bytes, 6);
    return true;
}

static bool parse_bytes(const struct parameter *parameter, const char *text,
                        struct parameter_bytes *field, char **wrong)
{
    GByteArray *bytes = g_byte_array_new();
    unsigned digits = 0;
    uint8_t byte = 0;

    for (; *text; text++) {
        if (g_ascii_isspace(*text) || *text == ':')
            continue;
        if (!g_ascii_isxdigit(*text)) {
            g_byte_array_unref(bytes);
            return wrong_number(parameter, wrong, "not hexadecimal", false);
        }
        byte = (uint8_t)(byte << 4 | g_ascii_xdigit_value(*text));
        if (++digits % 2 == 0)
            g_byte_array_append(bytes, &byte, 1);
    }
    if (digits % 2) {
        *wrong = g_strdup_printf("%u digit%s: a byte has two", digits, digits == 1 ? "" : "s");
        g_byte_array_unref(bytes);
        return false;
    }
    if (!parameter_in_range(parameter, bytes->len, wrong)) {
        g_byte_array_unref(bytes);
        return false;
    }
    field->count = bytes->len;
    field->bytes = g_byte_array_free(bytes, FALSE);
    return true;
}

bool parameter_parse(const struct parameter *parameter, const char *text, void *field, char **wrong)
{
    char *trimmed = g_strstrip(g_strdup(text));
    uint64_t number = 0;
    bool fine = false;

    switch (parameter->type) {
    case PARAMETER_COUNT:
    case PARAMETER_DECIMAL:
    case PARAMETER_SIZE:
    case PARAMETER_TIME:
    case PARAMETER_FREQUENCY:
    case PARAMETER_RATE:
    case PARAMETER_BITS:
    case PARAMETER_ADDRESS:
        if (is_word_for_number(parameter, trimmed)) {
            fine = true;
            number = PARAMETER_WORD;
        } else {
            fine = parse_number(parameter, trimmed, &number, wrong) &&
                   parameter_in_range(parameter, number, wrong);
        }
        if (fine)
            *(uint64_t *)field = number;
        break;
    case PARAMETER_FLAG:
        fine = parse_flag(trimmed, field, wrong);
        break;
    case PARAMETER_CHOICE:
        fine = parse_choice(parameter, trimmed, field, wrong);
        break;
    case PARAMETER_TEXT:
    case PARAMETER_PATH:
        fine = parameter_in_range(parameter, strlen(trimmed), wrong);
        if (fine) {
            *(char **)field = trimmed;
            return true;
        }
        break;
    case PARAMETER_MAC:
        fine = parse_mac(parameter, trimmed, field, wrong);
        break;
    case PARAMETER_BYTES:
        fine = parse_bytes(parameter, trimmed, field, wrong);
        break;
    case PARAMETER_PART:
    case PARAMETER_PARTS:
    case PARAMETER_LINES:
        sim_check(NULL, !"parts and lines are resolved by the scenario");
    }
    g_free(trimmed);
    return fine;
}

char *parameter_print(const struct parameter *parameter, const void *field)
{
    GString *text = g_string_new(NULL);

    switch (parameter->type) {
    case PARAMETER_COUNT:
    case PARAMETER_DECIMAL:
    case PARAMETER_SIZE:
    case PARAMETER_TIME:
    case PARAMETER_FREQUENCY:
    case PARAMETER_RATE:
    case PARAMETER_BITS:
    case PARAMETER_ADDRESS:
        if (parameter->choices && *(const uint64_t *)field == PARAMETER_WORD)
            g_string_append(text, parameter->choices[0]);
        else
            print_number(text, parameter->type, *(const uint64_t *)field);
        break;
    case PARAMETER_FLAG:
        g_string_append(text, *(const bool *)field ? "yes" : "no");
        break;
    case PARAMETER_CHOICE:
        g_string_append(text, parameter->choices[*(const unsigned *)field]);
        break;
    case PARAMETER_TEXT:
    case PARAMETER_PATH:
        if (*(char *const *)field)
            g_string_append(text, *(char *const *)field);
        break;
    case PARAMETER_MAC:
        for (unsigned i = 0; i < 6; i++)
            g_string_append_printf(text, "%s%02x", i ? ":" : "", ((const uint8_t *)field)[i]);
        break;
    case PARAMETER_BYTES: {
        const struct parameter_bytes *bytes = field;

        for (unsigned i = 0; i < bytes->count; i++)
            g_string_append_printf(text, "%s%02x", i ? " " : "", bytes->bytes[i]);
        break;
    }
    case PARAMETER_PART:
        if (*(struct part *const *)field)
            g_string_append(text, (*(struct part *const *)field)->name);
        break;
    case PARAMETER_PARTS: {
        const struct part_list *parts = field;

        for (unsigned i = 0; i < parts->count; i++)
            g_string_append_printf(text, "%s%s", i ? ", " : "", parts->list[i]->name);
        break;
    }
    case PARAMETER_LINES:
        sim_check(NULL, !"each line is printed by itself");
    }
    return g_string_free(text, FALSE);
}

void parameter_release(const struct parameter *parameter, void *field)
{
    switch (parameter->type) {
    case PARAMETER_TEXT:
    case PARAMETER_PATH:
        g_clear_pointer((char **)field, g_free);
        break;
    case PARAMETER_BYTES:
        g_free(((struct parameter_bytes *)field)->bytes);
        *(struct parameter_bytes *)field = (struct parameter_bytes){0};
        break;
    default:
        break;
    }
}
