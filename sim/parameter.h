/* parameter.h - the values of a scenario, as people write them: reading, printing, ranges.
 *
 * A number is digits with an optional decimal fraction, an optional blank and a unit. It is
 * computed exactly: what is no whole number of the type's base unit (struct parameter in sim/part.h
 * names them) is an error, never rounded, and what does not fit into 64 bits is an error, never
 * cut. Printing chooses the unit that people would; what is printed is read back as the same value.
 *
 *     2.5Gbit/s   ->  2500000000        0.5ns      ->  500         256KiB   ->  262144
 *     |  '-- unit     base: bit/s       0.0001ns   ->  error: finer than 1 ps
 *     '-- decimal, exact
 *
 * Errors are texts for people that follow "KEY = VALUE: ", to be freed with g_free().
 */
#ifndef SIM_PARAMETER_H
#define SIM_PARAMETER_H

#include "sim/part.h"

#include <stdbool.h>

/* Reads text into the field (of the C type that parameter->type names). False: *wrong says why, the
 * field is as it was. Not for PARAMETER_PART and PARAMETER_PARTS, which need the other parts. A
 * text, path or byte string belongs to the caller from then on: parameter_release(). */
bool parameter_parse(const struct parameter *parameter, const char *text, void *field,
                     char **wrong);

/* The value as in a scenario; for parts their names. To be freed with g_free(). */
char *parameter_print(const struct parameter *parameter, const void *field);

/* "10Mbit/s .. 1Tbit/s", "toeplitz, crc32", "1 .. 64 bytes"; NULL: any value. g_free(). */
char *parameter_range(const struct parameter *parameter);

/* What a value of it is, with an example: "a rate such as 10Gbit/s". g_free(). */
char *parameter_expected(const struct parameter *parameter);

/* In a word or two: "rate", "yes/no", "name of a bus". g_free(). */
char *parameter_type_name(const struct parameter *parameter);

/* The units that it takes: "ps, ns, us, ms, s"; NULL: none. g_free(). */
char *parameter_units(const struct parameter *parameter);

/* Whether a count (of parts in a list, say) is within min and max. False: *wrong says why. */
bool parameter_in_range(const struct parameter *parameter, uint64_t value, char **wrong);

void parameter_release(const struct parameter *parameter, void *field); /* frees what parse took */
size_t parameter_field_bytes(enum parameter_type type);

#endif
