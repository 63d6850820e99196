#include "analysis/format.h"

#include <glib.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct format_text none = {"-"};

/* The decimals that make four significant digits of a value of 0 .. 9999. */
static int decimals_of(double value)
{
    int decimals = value < 10 ? 3 : value < 100 ? 2 : value < 1000 ? 1 : 0;

    /* 9.9996 would become 10.000: five digits. */
    if (decimals && round(value * pow(10, decimals)) >= 10000)
        decimals--;
    return decimals;
}

/* In the largest unit that leaves 1 before the point after rounding. */
static struct format_text scaled(double value, double step, const char *const *units,
                                 unsigned count)
{
    struct format_text text;
    char digits[G_ASCII_DTOSTR_BUF_SIZE], pattern[8];
    unsigned unit = 0;

    while (unit + 1 < count && round(value * 10) / 10 >= step) {
        value /= step;
        unit++;
    }
    snprintf(pattern, sizeof pattern, "%%.%df", decimals_of(value));
    g_ascii_formatd(digits, sizeof digits, pattern, value);
    snprintf(text.s, sizeof text.s, "%.25s %s", digits, units[unit]);
    return text;
}

#define UNITS(...)      UNITS_LIST(__VA_ARGS__), sizeof UNITS_LIST(__VA_ARGS__) / sizeof(char *)
#define UNITS_LIST(...) ((const char *const[]){__VA_ARGS__})

struct format_text format_time(double ps)
{
    struct format_text text;

    if (isnan(ps))
        return none;
    if (ps < 999.5) { /* never a fraction of the clock's unit */
        snprintf(text.s, sizeof text.s, "%d ps", (int)round(ps));
        return text;
    }
    return scaled(ps / 1e3, 1000, UNITS("ns", "µs", "ms", "s"));
}

struct format_text format_rate(double bits_per_s)
{
    if (isnan(bits_per_s))
        return none;
    if (bits_per_s == 0)
        return (struct format_text){"0 bit/s"};
    return scaled(bits_per_s, 1000, UNITS("bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"));
}

struct format_text format_size(uint64_t bytes)
{
    struct format_text text;

    if (bytes < 1024) {
        snprintf(text.s, sizeof text.s, "%" PRIu64 " B", bytes);
        return text;
    }
    return scaled((double)bytes / 1024, 1024, UNITS("KiB", "MiB", "GiB", "TiB"));
}

struct format_text format_figure(double value)
{
    struct format_text text;

    if (isnan(value))
        return none;
    if (value == 0)
        return (struct format_text){"0"};
    if (value >= 999.95)
        return format_short_count(value < 1e18 ? (uint64_t)round(value) : UINT64_MAX);
    if (value < 1 && value > 0) {
        g_ascii_formatd(text.s, sizeof text.s, "%.4f", value);
        return text;
    }
    return format_fixed(value, decimals_of(value));
}

struct format_text format_share(double share)
{
    struct format_text text;

    if (isnan(share))
        return none;
    if (share > 0 && share < 0.0005)
        return (struct format_text){"<0.1 %"};
    if (share < 1 && share >= 0.9995)
        return (struct format_text){">99.9 %"};
    g_ascii_formatd(text.s, sizeof text.s, "%.1f", 100 * share);
    strcat(text.s, " %");
    return text;
}

struct format_text format_count(uint64_t count)
{
    struct format_text text;
    char digits[24];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, count), to = 0;

    for (size_t i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            text.s[to++] = ',';
        text.s[to++] = digits[i];
    }
    text.s[to] = '\0';
    return text;
}

struct format_text format_short_count(uint64_t count)
{
    struct format_text text;
    int exponent = 0;

    if (count < 1000000000)
        return format_count(count);
    for (uint64_t rest = count; rest >= 10; rest /= 10)
        exponent++;

    double digits = (double)count / pow(10, exponent);
    if (digits >= 9.9995) {
        digits /= 10;
        exponent++;
    }
    g_ascii_formatd(text.s, sizeof text.s, "%.3f", digits);
    snprintf(text.s + strlen(text.s), sizeof text.s - strlen(text.s), "e%d", exponent);
    return text;
}

struct format_text format_fixed(double value, int decimals)
{
    struct format_text text = {""};
    char pattern[16];

    if (!isnan(value)) {
        snprintf(pattern, sizeof pattern, "%%.%df", decimals);
        g_ascii_formatd(text.s, sizeof text.s, pattern, value);
    }
    return text;
}

struct format_text format_ns(uint64_t ps)
{
    struct format_text text;

    snprintf(text.s, sizeof text.s, "%" PRIu64 ".%03u", ps / 1000, (unsigned)(ps % 1000));
    return text;
}
