#include "traces/generate_inside.h"

#include "sim/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FCS_BYTES = 4, MAX_WEIGHT = 1000000, FIRST_PORT = 1024, PORTS = 65536 - FIRST_PORT };

struct generate_answer { /* of the captured server */
    uint64_t time_ps;
    struct generate_flow flow;
    uint32_t bytes;
};

/* --- Settings -------------------------------------------------------------------------------- */

static bool parse_number(const char **text, uint64_t least, uint64_t most, uint32_t *number)
{
    char *end;

    errno = 0;
    uint64_t value = strtoull(*text, &end, 10);

    if (!g_ascii_isdigit(**text) || errno || value < least || value > most)
        return false;
    *number = (uint32_t)value;
    *text = end;
    return true;
}

bool generate_parse_sizes(struct generate_config *config, const char *text, char **wrong)
{
    if (!strcmp(text, "imix"))
        text = "64:7,594:4,1518:1";
    else if (!strcmp(text, "rfc2544"))
        text = "64,128,256,512,1024,1280,1518";
    config->size_count = 0;
    do {
        struct generate_size size = {.weight = 1};

        text += config->size_count > 0;
        if (config->size_count == GENERATE_MAX_SIZES) {
            *wrong = g_strdup_printf("more than %d sizes", GENERATE_MAX_SIZES);
            return false;
        }
        if (!parse_number(&text, GENERATE_MIN_SIZE, GENERATE_MAX_SIZE, &size.bytes) ||
            (*text == ':' && (text++, !parse_number(&text, 1, MAX_WEIGHT, &size.weight))) || (*text && *text != ',')) {
            *wrong = g_strdup_printf("at '%s': expected imix, rfc2544, or frame sizes with FCS of %d to %d bytes, "
                                     "each with a weight of 1 to %d if it is not 1: 64:7,594:4,1518",
                                     text, GENERATE_MIN_SIZE, GENERATE_MAX_SIZE, MAX_WEIGHT);
            return false;
        }
        config->sizes[config->size_count++] = size;
    } while (*text);
    return true;
}

static uint32_t udp_header_bytes(const struct generate_config *config)
{
    return 14 + (config->is_ipv6 ? 40 : 20) + 8;
}

char *generate_check(const struct generate_config *config)
{
    uint32_t least = udp_header_bytes(config) + FCS_BYTES;

    for (unsigned i = 0; i < config->size_count && !config->is_tcp; i++)
        if (config->sizes[i].bytes < least)
            return g_strdup_printf("a UDP datagram over IPv6 takes a frame of %u bytes or more, not %u", least,
                                   config->sizes[i].bytes);
    return NULL;
}

uint64_t generate_mean_millibits(const struct generate_config *config)
{
    uint64_t sum = 0, weights = 0;

    for (unsigned i = 0; i < config->size_count; i++) {
        sum += 8000ull * (config->sizes[i].bytes - FCS_BYTES) * config->sizes[i].weight;
        weights += config->sizes[i].weight;
    }
    return sum / weights;
}

char *generate_card(const struct generate_config *config)
{
    return config->is_ipv6 ? g_strdup_printf("fd00::%x", config->number) : g_strdup_printf("10.0.0.%u", config->number);
}

/* --- Sources --------------------------------------------------------------------------------- */

struct generator *generator_new(const struct generate_config *config)
{
    struct generator *generator = g_new0(struct generator, 1);
    uint64_t seed = config->seed ^ (uint64_t)config->number << 56;

    generator->config = *config;
    generator->random_times = random_next(&seed);
    generator->random_flows = random_next(&seed);
    generator->random_sizes = random_next(&seed);
    for (unsigned i = 0; i < config->size_count; i++)
        generator->total_weight += config->sizes[i].weight;
    generator->data = g_malloc(GENERATE_MAX_SIZE + 128);
    generator->open = g_sequence_new(generate_connection_free);
    return generator;
}

void generator_free(struct generator *generator)
{
    if (!generator)
        return;
    g_queue_clear_full(&generator->answers, g_free);
    g_sequence_free(generator->open);
    g_free(generator->data);
    g_free(generator);
}

uint64_t generate_gap_ps(struct generator *generator)
{
    uint64_t mean_ps = generator->config.mean_gap_ps;

    return generator->config.is_poisson ? random_exponential(&generator->random_times, mean_ps) : mean_ps;
}

/* --- UDP ------------------------------------------------------------------------------------- */

static uint32_t draw_size(struct generator *generator)
{
    const struct generate_size *size = generator->config.sizes;
    uint64_t place = random_below(&generator->random_sizes, generator->total_weight);

    while (place >= size->weight)
        place -= (size++)->weight;
    return size->bytes;
}

uint16_t generate_client_port(uint32_t client)
{
    uint64_t state = client % GENERATE_ADDRESSES;

    return (uint16_t)(FIRST_PORT + (random_next(&state) + client / GENERATE_ADDRESSES) % PORTS);
}

static uint32_t next_answer(struct generator *generator, uint64_t *time_ps)
{
    struct generate_answer *answer = g_queue_pop_head(&generator->answers);
    uint32_t bytes = generate_frame(generator->data, &answer->flow,
                                    &(const struct generate_segment){.from_server = true, .bytes = answer->bytes});

    *time_ps = answer->time_ps;
    g_free(answer);
    return bytes;
}

static uint32_t next_datagram(struct generator *generator, uint64_t *time_ps)
{
    const struct generate_config *config = &generator->config;
    const struct generate_answer *answer = g_queue_peek_head(&generator->answers);

    if (answer && answer->time_ps <= generator->time_ps)
        return next_answer(generator, time_ps);
    uint32_t client = (uint32_t)random_below(&generator->random_flows, config->flows);
    uint16_t id = (uint16_t)generator->frames;
    struct generate_flow flow = {.is_ipv6 = config->is_ipv6,
                                 .number = config->number,
                                 .client = client,
                                 .port = generate_client_port(client),
                                 .pattern = 2 * generator->frames,
                                 .id = {id, id}};
    uint32_t bytes = draw_size(generator) - FCS_BYTES - udp_header_bytes(config);

    *time_ps = generator->time_ps;
    generator->frames++;
    generator->time_ps += generate_gap_ps(generator);
    if (config->answers) {
        struct generate_answer *fresh = g_new(struct generate_answer, 1);

        *fresh = (struct generate_answer){*time_ps + GENERATE_SERVER_PS, flow, bytes};
        g_queue_push_tail(&generator->answers, fresh);
    }
    return generate_frame(generator->data, &flow, &(const struct generate_segment){.bytes = bytes});
}

enum capture_status generator_next(struct generator *generator, struct capture_frame *frame)
{
    uint64_t time_ps;
    uint32_t bytes;

    if (!generator->config.is_tcp)
        bytes = next_datagram(generator, &time_ps);
    else if (!generate_tcp_next(generator, &time_ps, &bytes))
        return CAPTURE_END;
    *frame = (struct capture_frame){.time_ns = (int64_t)(time_ps / 1000),
                                    .captured_bytes = bytes,
                                    .wire_bytes = bytes,
                                    .data = generator->data};
    return CAPTURE_FRAME;
}
