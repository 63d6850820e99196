/* sample.h - a small result whose every figure can be computed by hand, for the tests of the
 * report.
 *
 *     offered     10 frames of 60 bytes   1 us ..  6 us   10 * 64 * 8 = 5,120 bits / 5 us
 *     wire                                                10 * 84 * 8 = 6,720 bits / 5 us
 *     delivered    6 of them              1 us ..  9 us    6 * 64 * 8 = 3,072 bits / 8 us
 *     application 36 bytes                                      36 * 8 =   288 bits / 8 us
 *     sent         2 frames of 60 bytes   2 us .. 10 us    2 * 64 * 8 = 1,024 bits / 8 us
 */
#ifndef TESTS_ANALYSIS_SAMPLE_H
#define TESTS_ANALYSIS_SAMPLE_H

#include "analysis/results.h"

#include <string.h>

struct sample {
    struct results results;
    struct histogram receive, port, transmit;
    struct results_processor processors[2];
    struct results_host hosts[1];
    struct results_part parts[4];
    struct results_value statistics[2], traffic[2];
    struct results_drop drops[1];
    const char *warnings[1];
};

/* Finished. To be freed with sample_free(). */
static inline void sample_init(struct sample *s)
{
    *s = (struct sample){
        .processors =
            {
                {.name = "pp0",
                 .frames = 4,
                 .sessions = 2,
                 .instructions = 1000,
                 .cycles = 10000,
                 .busy_cycles = 8000,
                 .stall_cycles = 2000,
                 .local_memory_bytes = 262144,
                 .local_memory_used_bytes = 131072,
                 .heap_lowest_free_bytes = 2560,
                 .portion_bytes = 1 << 20,
                 .portion_checks = 99,
                 .rx_buffers = 256,
                 .rx_buffers_used = 12,
                 .connections_most = 4,
                 .heap_ready_bytes = 10240},
                {.name = "pp1",
                 .cycles = 10000,
                 .sessions_lost = 1,
                 .heap_failures = 3,
                 .heap_lowest_free_bytes = 512},
            },
        .hosts = {{.name = "server",
                   .clock_hz = 2500000000,
                   .driver_cycles = 300,
                   .stack_cycles = 100,
                   .payload_bytes = 50}},
        .parts =
            {
                {.name = "eth0",
                 .kind = "port",
                 .has_utilisation = true,
                 .utilisation_ppm = 250000},
                {.name = "bus",
                 .kind = "bus",
                 .has_utilisation = true,
                 .utilisation_ppm = 950000,
                 .statistic_count = 2},
                {.name = "pp0",
                 .kind = "processor",
                 .group = "pp",
                 .has_utilisation = true,
                 .utilisation_ppm = 800000},
                {.name = "pp1", .kind = "processor", .group = "pp", .has_utilisation = true},
            },
        .statistics = {{"requests", 7, "Requests granted"},
                       {"wait_ps", UINT64_C(9007199254740993), "Time waited, \"sum\" of all"}},
        .traffic = {{"records_read", 12, NULL}, {"segments_split", 0, NULL}},
        .drops = {{"eth0", "FIFO \"full\", late", 1}},
        .warnings = {"cards.ini:17: port eth0: slow"},
    };
    for (uint64_t ps = 100; ps <= 600; ps += 100)
        histogram_add(&s->receive, ps);
    histogram_add(&s->port, 2000000);
    histogram_add(&s->transmit, 1500);
    histogram_add(&s->transmit, 12345678);
    s->parts[1].statistics = s->statistics;
    s->results = (struct results){
        .scenario_name = "small",
        .scenario_hash = "abc123",
        .seed = 42,
        .program_version = "1.2.3",
        .description = "replay of ten.pcap, 2 processors",
        .ended = "traffic exhausted",
        .simulated_ps = 12500001,
        .frames = {.offered = 10,
                   .repaired = 1,
                   .synthesised = 2,
                   .delivered = 6,
                   .consumed = 2,
                   .dropped = 1,
                   .in_flight = 1,
                   .offered_bytes = 600,
                   .delivered_bytes = 360,
                   .payload_bytes = 36,
                   .sent = 2,
                   .sent_bytes = 120,
                   .first_offered_ps = 1000000,
                   .last_offered_ps = 6000000,
                   .last_delivered_ps = 9000000,
                   .first_sent_ps = 2000000,
                   .last_sent_ps = 10000000},
        .payload = {.expected_bytes = 36, .delivered_bytes = 36},
        .connections = {.in_capture = 3, .midstream = 1, .opened = 2, .finished = 2, .refused = 1},
        .receive = &s->receive,
        .receive_stages = {&s->port},
        .transmit = &s->transmit,
        .drops = s->drops,
        .drop_count = 1,
        .processors = s->processors,
        .processor_count = 2,
        .hosts = s->hosts,
        .host_count = 1,
        .parts = s->parts,
        .part_count = 4,
        .traffic = s->traffic,
        .traffic_count = 2,
        .warnings = s->warnings,
        .warning_count = 1,
        .speed = {.wall_ns = 500000000,
                  .frames = 10,
                  .instructions = 1000,
                  .events = 250,
                  .peak_memory_bytes = 4096},
    };
    results_finish(&s->results);
}

static inline void sample_free(struct sample *s)
{
    histogram_free(&s->receive);
    histogram_free(&s->port);
    histogram_free(&s->transmit);
}

#endif
