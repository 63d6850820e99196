#include "models/indirection.h"

#include <glib.h>
#include <string.h>

enum { MAX_NUMBERS = INDIRECTION_MAX_ENTRIES };

/* Blank-separated numbers; returns how many, or -1 with *wrong. */
static int parse_numbers(char *const *words, uint64_t *numbers, uint64_t largest, char **wrong)
{
    int count = 0;

    for (; *words; words++) {
        char *end;
        guint64 number = g_ascii_strtoull(*words, &end, 10);

        if (!**words)
            continue;
        if (*end || !g_ascii_isdigit(**words) || number > largest) {
            *wrong = g_strdup_printf("'%s': expected a number up to %llu", *words, (unsigned long long)largest);
            return -1;
        }
        if (count == MAX_NUMBERS) {
            *wrong = g_strdup_printf("more than %d numbers", MAX_NUMBERS);
            return -1;
        }
        numbers[count++] = number;
    }
    return count;
}

static bool spread_equally(uint16_t *place, unsigned entries, char *const *words, unsigned processors, char **wrong)
{
    uint64_t numbers[2] = {0, 0};
    guint length = g_strv_length((char **)(size_t)words);
    bool fine = length == 1 || (length == 3 && !strcmp(words[1], "start"));

    for (unsigned i = 0; fine && i < length; i += 2) {
        char *end;

        numbers[i / 2] = g_ascii_strtoull(words[i], &end, 10);
        fine = g_ascii_isdigit(*words[i]) && !*end;
    }
    if (!fine || numbers[0] == 0 || numbers[0] > processors || numbers[1] > processors - numbers[0]) {
        *wrong = g_strdup_printf("expected 'equal N' or 'equal N start K' with N + K at most %u", processors);
        return false;
    }
    for (unsigned i = 0; i < entries; i++)
        place[i] = (uint16_t)(i % numbers[0] + numbers[1]);
    return true;
}

static bool spread_by_weight(uint16_t *place, unsigned entries, const uint64_t *weights, unsigned count,
                             unsigned processors, char **wrong)
{
    uint64_t all = 0, part = 0;

    for (unsigned i = 0; i < count; i++)
        all += weights[i];
    if (count > processors || all == 0 || all > entries) {
        *wrong = g_strdup_printf("expected at most %u weights whose sum is 1 to %u, the entries of the table",
                                 processors, entries);
        return false;
    }
    for (unsigned i = 0, next = 0; i < entries; i++) {
        while (i >= entries * part / all) /* rounded down, as ethtool does */
            part += weights[next++];
        place[i] = (uint16_t)(next - 1);
    }
    return true;
}

static bool fill(uint16_t *place, unsigned entries, char *const *words, unsigned processors, char **wrong)
{
    static uint64_t numbers[MAX_NUMBERS];
    int count;

    if (!words[0] || (!strcmp(words[0], "default") && !words[1])) {
        for (unsigned i = 0; i < entries; i++)
            place[i] = (uint16_t)(i % processors);
        return true;
    }
    if (!strcmp(words[0], "equal"))
        return spread_equally(place, entries, words + 1, processors, wrong);
    bool is_list = !strcmp(words[0], "list");

    if (!is_list && strcmp(words[0], "weight")) {
        *wrong = g_strdup_printf("'%s': expected default, equal N, weight W0 W1 ... or list P0 P1 ...", words[0]);
        return false;
    }
    count = parse_numbers(words + 1, numbers, is_list ? processors - 1 : 1000000, wrong);
    if (count < 0)
        return false;
    if (!is_list)
        return spread_by_weight(place, entries, numbers, (unsigned)count, processors, wrong);
    if (count == 0 || (unsigned)count > entries) {
        *wrong = g_strdup_printf("expected 1 to %u processors, one for each entry", entries);
        return false;
    }
    for (unsigned i = 0; i < entries; i++)
        place[i] = (uint16_t)numbers[i % (unsigned)count];
    return true;
}

bool indirection_set(struct indirection *table, unsigned entries, const char *text, unsigned processors, char **wrong)
{
    char **all = g_strsplit_set(text, " ,\t", -1), **words = g_new0(char *, g_strv_length(all) + 1);
    uint16_t place[INDIRECTION_MAX_ENTRIES];
    unsigned count = 0;

    *wrong = NULL;
    for (char **word = all; *word; word++)
        if (**word)
            words[count++] = *word;
    bool fine = fill(place, entries, words, processors, wrong);

    if (fine) {
        table->entries = entries;
        memcpy(table->place, place, entries * sizeof *place);
    }
    g_free(words);
    g_strfreev(all);
    return fine;
}
