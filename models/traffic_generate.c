#include "models/traffic_generate.h"

#include "models/processor.h"

#include <glib.h>
#include <string.h>

enum { NOMINAL_GAP_PS = 1000000 }; /* 1 us; with topspeed stamps don't count, but must go on */

static void check_keys(const struct traffic *traffic, struct diagnostics *diagnostics)
{
    const struct part *part = &traffic->part;
    bool is_udp = traffic->generate.protocol == TRAFFIC_UDP;
    bool has_rate = traffic->pps_millionths || traffic->mbps_millionths || traffic->topspeed;
    bool has_end = traffic->limit_frames || traffic->duration_ps || (!is_udp && traffic->generate.connections);

    if (is_udp && !has_rate)
        part_error(part, diagnostics, "mode", "generated datagrams need a rate: give pps, mbps or topspeed");
    if (is_udp && traffic->multiplier_millionths)
        part_error(part, diagnostics, "multiplier",
                   "generated datagrams have no captured times: give pps, mbps or topspeed");
    if (is_udp && traffic->topspeed && traffic->generate.arrivals == TRAFFIC_POISSON)
        part_error(part, diagnostics, "arrivals", "at topspeed nothing arrives at random: give pps or mbps");
    if (!has_end)
        part_error(part, diagnostics, "mode", "generated traffic has no end: give %s a limit or a duration",
                   is_udp ? "it" : "a number of connections,");
    if (traffic->loop != 1)
        part_error(part, diagnostics, "loop", "generated traffic is not repeated: give a larger limit or duration");
    if (traffic->copies != 1)
        part_error(part, diagnostics, "copies", "generated traffic is not copied: give more %s and a higher rate",
                   is_udp ? "flows" : "connections");
}

static uint64_t mean_gap_ps(const struct traffic *traffic, const struct generate_config *config)
{
    if (config->is_tcp)
        return (uint64_t)((unsigned __int128)PS_PER_SECOND * 1000000 / traffic->generate.cps_millionths);
    if (traffic->pps_millionths)
        return (uint64_t)((unsigned __int128)PS_PER_SECOND * 1000000 / traffic->pps_millionths);
    if (traffic->mbps_millionths) /* a millionth of a Mbit/s is a bit/s */
        return (uint64_t)((unsigned __int128)generate_mean_millibits(config) * (PS_PER_SECOND / 1000) /
                          traffic->mbps_millionths);
    return NOMINAL_GAP_PS;
}

bool traffic_generate_config(const struct traffic *traffic, unsigned number, uint64_t seed,
                             struct generate_config *config, struct diagnostics *diagnostics)
{
    uint64_t errors = diagnostics->errors;
    char *wrong = NULL;

    *config = (struct generate_config){.is_tcp = traffic->generate.protocol == TRAFFIC_TCP,
                                       .is_ipv6 = traffic->generate.network == TRAFFIC_IPV6,
                                       .is_poisson = traffic->generate.arrivals == TRAFFIC_POISSON,
                                       .number = number,
                                       .seed = seed,
                                       .flows = traffic->generate.flows,
                                       .answers = traffic->generate.answers,
                                       .connections = traffic->generate.connections,
                                       .requests = traffic->generate.requests,
                                       .request_bytes = traffic->generate.request_bytes,
                                       .response_bytes = traffic->generate.response_bytes,
                                       .think_ps = traffic->generate.think_ps,
                                       .round_trip_ps = traffic->generate.round_trip_ps,
                                       .mtu_bytes = (uint32_t)traffic->mtu_bytes};
    check_keys(traffic, diagnostics);
    if (number > GENERATE_MAX_NUMBER)
        part_error(&traffic->part, diagnostics, "mode", "more than %d parts make traffic",
                   GENERATE_MAX_NUMBER - GENERATE_LEAST_NUMBER + 1);
    if (!generate_parse_sizes(config, traffic->generate.sizes, &wrong) || (wrong = generate_check(config)) != NULL)
        part_error(&traffic->part, diagnostics, "sizes", "%s", wrong);
    g_free(wrong);
    if (diagnostics->errors > errors)
        return false;
    config->mean_gap_ps = mean_gap_ps(traffic, config);
    return true;
}

static void check_serve_keys(const struct traffic *traffic, struct diagnostics *diagnostics)
{
    const struct part *part = &traffic->part;

    if (!traffic->generate.connections)
        part_error(part, diagnostics, "connections",
                   "mode = serve needs the number of connections that the application opens");
    if (!traffic->generate.requests || !traffic->generate.response_bytes)
        part_error(part, diagnostics, traffic->generate.requests ? "response" : "requests",
                   "with mode = serve each connection has a request and a response at least");
    if (traffic->loop != 1 || traffic->copies != 1 || traffic->limit_frames || traffic->duration_ps ||
        traffic->pps_millionths || traffic->mbps_millionths || traffic->topspeed)
        part_error(part, diagnostics, "mode",
                   "servers only answer: loop, copies, limit, duration and rates are not for them; give connections and cps");
}

bool traffic_serve_config(const struct traffic *traffic, unsigned number, struct serve_config *config,
                          struct diagnostics *diagnostics)
{
    uint64_t errors = diagnostics->errors;

    *config = (struct serve_config){.number = number,
                                    .is_ipv6 = traffic->generate.network == TRAFFIC_IPV6,
                                    .servers = traffic->generate.servers,
                                    .connections = traffic->generate.connections,
                                    .requests = traffic->generate.requests,
                                    .request_bytes = traffic->generate.request_bytes,
                                    .response_bytes = traffic->generate.response_bytes,
                                    .round_trip_ps = traffic->generate.round_trip_ps,
                                    .mtu_bytes = (uint32_t)traffic->mtu_bytes};
    check_serve_keys(traffic, diagnostics);
    if (number > GENERATE_MAX_NUMBER)
        part_error(&traffic->part, diagnostics, "mode", "more than %d parts make traffic",
                   GENERATE_MAX_NUMBER - GENERATE_LEAST_NUMBER + 1);
    return diagnostics->errors == errors;
}

uint64_t traffic_opens_gap_ps(const struct part *part)
{
    const struct traffic *traffic = (const struct traffic *)part;

    return (uint64_t)((unsigned __int128)PS_PER_SECOND * 1000000 / traffic->generate.cps_millionths);
}

void traffic_check_stacks(const struct traffic *traffic, struct diagnostics *diagnostics)
{
    const struct sim *sim = traffic->part.sim;
    bool is_tcp = traffic->mode == TRAFFIC_SERVE || traffic->generate.protocol == TRAFFIC_TCP;
    bool is_ipv6 = traffic->generate.network == TRAFFIC_IPV6;
    uint32_t protocols = is_tcp ? (is_ipv6 ? HW_SPEAKS_TCP6 : HW_SPEAKS_TCP4) : (is_ipv6 ? HW_SPEAKS_UDP6 : HW_SPEAKS_UDP4);

    for (unsigned i = 0; i < sim->part_count; i++)
        if (sim->parts[i]->kind == &processor_kind &&
            processor_speaks((const struct processor *)sim->parts[i], protocols))
            return;
    part_error(&traffic->part, diagnostics, is_ipv6 ? "network" : "protocol",
               "no processor speaks %s over %s: give one firmware = %s", is_tcp ? "TCP" : "UDP",
               is_ipv6 ? "IPv6" : "IPv4", is_ipv6 ? (is_tcp ? "tcp6 or dual" : "udp or dual") : (is_tcp ? "tcp4 or dual" : "udp, tcp4 or dual"));
}
