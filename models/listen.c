#include "models/listen.h"

#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

static bool parse_port(const char *text, uint16_t *port)
{
    guint64 value;

    if (!g_ascii_string_to_unsigned(text, 10, 1, 65535, &value, NULL))
        return false;
    *port = (uint16_t)value;
    return true;
}

static bool parse_address(const char *text, struct listen *listen)
{
    if (strcmp(text, "*") == 0)
        return true;
    if (inet_pton(AF_INET, text, listen->address) == 1)
        listen->ip_version = 4;
    else if (inet_pton(AF_INET6, text, listen->address) == 1)
        listen->ip_version = 6;
    else
        return false;
    return true;
}

/* word is changed. */
static bool parse_one(char *word, struct listen *listen)
{
    char *end = strchr(word, ']'), *colon;

    *listen = (struct listen){0};
    if (word[0] == '[') {
        if (!end || (end[1] && end[1] != ':'))
            return false;
        *end = 0;
        return parse_address(word + 1, listen) && listen->ip_version == 6 &&
               (!end[1] || parse_port(end + 2, &listen->port));
    }
    colon = strchr(word, ':');
    if (colon && !strchr(colon + 1, ':')) { /* with more of them it is an IPv6 address */
        *colon = 0;
        if (!parse_port(colon + 1, &listen->port))
            return false;
    }
    return parse_address(word, listen);
}

bool listen_parse(const char *text, struct listens *listens, char **wrong)
{
    char **words = g_strsplit_set(text, " \t,", -1);

    listens->count = 0;
    *wrong = NULL;
    for (char **word = words; *word && !*wrong; word++) {
        char *as_given = g_strdup(*word);

        if (**word && (listens->count == LISTEN_MAX || !parse_one(*word, &listens->list[listens->count++])))
            *wrong = as_given;
        else
            g_free(as_given);
    }
    if (!*wrong && listens->count == 0)
        *wrong = g_strdup(text);
    g_strfreev(words);
    return !*wrong;
}

bool listen_is_same(const struct listen *a, const struct listen *b)
{
    return a->ip_version == b->ip_version && a->port == b->port && memcmp(a->address, b->address, 16) == 0;
}
