/* command_hash_vector.c - `polynic hash --vector`: one hash, of addresses and ports written out. */
#include "sim/command_hash.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_INPUT = 2 };

struct endpoint {
    uint8_t address[16];
    unsigned bytes; /* 4 or 16 */
    int port;       /* negative: none */
};

/* 10.0.0.1, 10.0.0.1:80, fd00::1, [fd00::1]:80 */
static bool parse_endpoint(const char *text, struct endpoint *endpoint)
{
    bool has_brackets = text[0] == '[';
    const char *end = has_brackets ? strchr(text, ']') : NULL, *colon = NULL;
    char address[INET6_ADDRSTRLEN + 1] = "";

    if (has_brackets && !end)
        return false;
    if (has_brackets)
        colon = end[1] == ':' ? end + 1 : NULL;
    else if (strchr(text, ':') && strchr(text, ':') == strrchr(text, ':'))
        colon = strchr(text, ':');
    if (has_brackets && !colon && end[1])
        return false;
    size_t length = has_brackets ? (size_t)(end - text - 1) : colon ? (size_t)(colon - text) : strlen(text);

    if (length >= sizeof address)
        return false;
    memcpy(address, text + has_brackets, length);
    endpoint->port = -1;
    if (colon) {
        char *after;
        unsigned long port = strtoul(colon + 1, &after, 10);

        if (!g_ascii_isdigit(colon[1]) || *after || port > 65535)
            return false;
        endpoint->port = (int)port;
    }
    endpoint->bytes = 4;
    if (inet_pton(AF_INET, address, endpoint->address) == 1)
        return true;
    endpoint->bytes = 16;
    return inet_pton(AF_INET6, address, endpoint->address) == 1;
}

static struct packet packet_between(const struct endpoint *source, const struct endpoint *destination)
{
    static const uint8_t no_frame[64];
    struct packet packet = {.data = no_frame,
                            .bytes = sizeof no_frame,
                            .network = source->bytes == 16 ? PACKET_IPV6 : PACKET_IPV4,
                            .network_offset = 14,
                            .protocol = source->port < 0 ? IPPROTO_RAW : IPPROTO_TCP,
                            .transport_offset = source->port < 0 ? 0 : 34,
                            .has_addresses = true,
                            .source_port = (uint16_t)MAX(source->port, 0),
                            .destination_port = (uint16_t)MAX(destination->port, 0)};

    memcpy(packet.source.bytes, source->address, source->bytes);
    memcpy(packet.destination.bytes, destination->address, destination->bytes);
    return packet;
}

static int vector_error(const char *what, const char *text, const char *expected)
{
    fprintf(stderr, "polynic: hash --vector: %s %s: expected %s\n", what, text, expected);
    return EXIT_INPUT;
}

int command_hash_vector(int argc, char **argv)
{
    struct endpoint ends[2];
    uint8_t key[HASH_MAX_KEY_BYTES];
    unsigned function = 0, key_bytes;
    char *wrong = NULL;

    if (argc != 4) {
        fprintf(stderr, "polynic: expected: polynic hash --vector FUNCTION KEY SOURCE DESTINATION, as in "
                        "toeplitz microsoft 66.9.149.187:2794 161.142.100.80:1766\n");
        return EXIT_INPUT;
    }
    while (hash_names[function] && strcmp(hash_names[function], argv[0]))
        function++;
    if (!hash_names[function] || function == HASH_PROGRAM || (hash_kinds[function].is_per_frame))
        return vector_error("function", argv[0], "one that is a function of the header: see polynic hash --list");
    key_bytes = hash_key_parse(strcmp(argv[1], "-") ? argv[1] : "microsoft", 1, key, &wrong);
    if (!key_bytes) {
        fprintf(stderr, "polynic: hash --vector: key %s: %s\n", argv[1], wrong);
        g_free(wrong);
        return EXIT_INPUT;
    }
    for (unsigned i = 0; i < 2; i++)
        if (!parse_endpoint(argv[2 + i], &ends[i]))
            return vector_error(i ? "destination" : "source", argv[2 + i],
                                "an address, with or without a port: 10.0.0.1, 10.0.0.1:80, fd00::1, [fd00::1]:80");
    if (ends[0].bytes != ends[1].bytes || (ends[0].port < 0) != (ends[1].port < 0))
        return vector_error("destination", argv[3], "the same as for the source: IPv4 or IPv6, a port or none");
    struct hash *hash = g_new0(struct hash, 1);
    struct hash_fields fields;
    struct hash_input input;
    struct packet packet = packet_between(&ends[0], &ends[1]);

    hash_init(hash, function, key, key_bytes);
    hash_fields_init(&fields);
    hash_gather(&fields, hash_kinds[function].symmetry, &packet, &input);
    printf("%08x\n", hash_of(hash, input.bytes, input.count));
    g_free(hash);
    return 0;
}
