/* format.h - numbers as text, the same in every locale.
 *
 * All return their text in a structure, so that a call can stand in an argument list:
 * format_time(ps).s. "-" stands for a figure that does not exist (NAN).
 */
#ifndef ANALYSIS_FORMAT_H
#define ANALYSIS_FORMAT_H

#include <stdint.h>

struct format_text {
    char s[40]; /* UTF-8 */
};

/* For people: four significant digits and a unit. */
struct format_text format_time(double ps);         /* "12.34 µs"; whole picoseconds below 1 ns */
struct format_text format_rate(double bits_per_s); /* "9.412 Gbit/s" */
struct format_text format_size(uint64_t bytes);    /* "62.50 KiB", "512 B" */
struct format_text format_figure(double value);    /* "0.8125", "12.34", "1,234", "1,234,567" */
struct format_text format_share(double share);   /* "97.3 %"; 0 and 100 only if it is exactly so */
struct format_text format_count(uint64_t count); /* "1,234,567" */
struct format_text format_short_count(uint64_t count); /* at most 11 columns, then "1.234e12" */

/* For programs. */
struct format_text format_fixed(double value, int decimals); /* "0.812500"; empty for NAN */
struct format_text format_ns(uint64_t ps);                   /* exact: "1234.567" */

#endif
