/* part.h - what every part of the card, and every other section of a scenario, has in common.
 *
 * A kind of part is one constant struct part_kind: its parameters and statistics as tables over the fields of
 * its structure, and the steps of its life. The tables make the scenario's keys, `polynic describe`, the
 * report and the reference documentation. A section [port eth0] makes one part of the kind "port"; with
 * count = 4, [processor pp] makes pp0 .. pp3.
 */
#ifndef SIM_PART_H
#define SIM_PART_H

#include "sim/diagnostic.h"

#include <stddef.h>
#include <stdint.h>

struct sim;
struct part_kind;

struct part { /* first member of every part's structure */
    const struct part_kind *kind;
    char *name;      /* "eth0", "pp3" */
    char *group;     /* section's name: "eth0", "pp" */
    unsigned index;  /* within the group */
    uint32_t number; /* place in the scenario, over all parts */
    uint64_t sequence; /* of its next event */
    struct sim *sim;
    const struct scenario_section *section; /* where its keys stand; NULL in tests */
};

struct part_list {
    struct part **list; /* owned */
    unsigned count;
};

enum parameter_type {
    PARAMETER_COUNT,     /* uint64_t; a plain number, 0x allowed, suffixes k M G (powers of 1000) */
    PARAMETER_DECIMAL,   /* uint64_t, millionths of a plain number: 0.5, 10, 1.25k */
    PARAMETER_SIZE,      /* uint64_t, bytes: 64, 64B, 64KiB, 4MiB, 1GiB, 9kB */
    PARAMETER_TIME,      /* uint64_t, ps: 12ns, 3.5us, 10ms, 1s, 0 */
    PARAMETER_FREQUENCY, /* uint64_t, Hz: 800MHz, 1.25GHz */
    PARAMETER_RATE,      /* uint64_t, bit/s: 10Gbit/s, 2.5Gbit/s, 100Mbit/s */
    PARAMETER_BITS,      /* uint64_t, bits: 128, 128bit */
    PARAMETER_ADDRESS,   /* uint64_t, hex or decimal */
    PARAMETER_FLAG,      /* bool: yes, no, on, off, true, false, 1, 0 */
    PARAMETER_CHOICE,    /* unsigned: index into choices */
    PARAMETER_TEXT,      /* char *, owned by the scenario */
    PARAMETER_PATH,      /* char *; relative to the file in which it stands */
    PARAMETER_MAC,       /* uint8_t[6]: 02:00:00:00:00:01 */
    PARAMETER_BYTES,     /* struct parameter_bytes: hex digits, blanks and colons ignored */
    PARAMETER_PART,      /* struct part *: one part of one of the kinds in choices */
    PARAMETER_PARTS,     /* struct part_list: names of parts or groups, separated by blanks or commas */
    PARAMETER_LINES,     /* struct parameter_lines: texts under KEY.WORD (rule.1 = ...), any number of them */
};

struct parameter_line {
    const char *key;  /* as given: "rule.1" */
    const char *word; /* behind the point: "1" */
    const char *text;
};

struct parameter_lines {
    struct parameter_line *lines; /* owned by the scenario; in the order of their words: numbers, then others */
    unsigned count;
};

struct parameter_bytes {
    uint8_t *bytes; /* owned by the scenario */
    unsigned count;
};

#define PARAMETER_WORD UINT64_MAX /* what a word in a number's place stands for */

struct parameter {
    const char *key; /* NULL ends a table */
    enum parameter_type type;
    size_t offset;            /* of the field in the part's structure */
    const char *default_text; /* as in a scenario; NULL: the key must be given. For PART and PARTS: "*" all
                                 (PART: the only one) of that kind, "" none */
    uint64_t min, max;        /* of the value; for TEXT, BYTES, PARTS, LINES: of its length. Both 0: any */
    const char *const *choices; /* CHOICE: the words; PART, PARTS: names of the kinds; a number: one word that is
                                   allowed in its place, PARAMETER_WORD in the field; ends with NULL */
    const char *help;         /* a sentence, for people */
};

enum statistic_type {
    STATISTIC_COUNT,   /* uint64_t, adds up */
    STATISTIC_MAXIMUM, /* uint64_t, the largest seen */
    STATISTIC_LEVEL,   /* uint64_t, how it stands now; not cleared */
};

struct statistic {
    const char *name; /* NULL ends a table; ends with its unit where it has one: wait_ps, read_bytes */
    enum statistic_type type;
    size_t offset; /* of a uint64_t in the part's structure */
    const char *help;
};

#define PART_NO_UTILISATION UINT32_MAX

struct part_kind {
    const char *name; /* of the section: "port" */
    const char *help; /* a sentence */
    size_t size;      /* of its structure */
    const struct parameter *parameters; /* `count` is added where countable */
    const struct statistic *statistics; /* may be NULL */
    bool countable;                     /* several parts from one section by `count` */
    bool single;                        /* one section without a name: [sim] */
    bool is_label;                      /* no part is wired to it: its name may be another part's, too */
    /* Keys that change no result: they are left out of the scenario's hash. Ends with NULL; may be NULL. */
    const char *const *neutral_keys;
    /* Any of these may be NULL. They run in the scenario's order, each for all parts before the next.
     * What the user's input has wrong goes to diagnostics, by part_error(). */
    void (*init)(struct part *part, struct diagnostics *diagnostics); /* parameters are set, all parts
                                                                          are there, not yet initialised */
    void (*wire)(struct part *part, struct diagnostics *diagnostics); /* all parts are initialised */
    void (*start)(struct part *part);  /* at time 0, in the scenario's order */
    void (*settle)(struct part *part); /* bring statistics up to the present time */
    void (*clear)(struct part *part);  /* statistics were cleared: the largest level so far is the present one */
    /* Since the last clearing; PART_NO_UTILISATION: this part has none. */
    uint32_t (*utilisation_ppm)(struct part *part, uint64_t elapsed_ps);
    void (*free)(struct part *part);   /* what init and wire took; not the structure */
};

/* "file:line: KIND NAME: text", at the line of key if it is given in the scenario, else of the section;
 * key may be NULL. */
void part_error(const struct part *part, struct diagnostics *diagnostics, const char *key,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
