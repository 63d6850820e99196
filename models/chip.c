#include "models/chip.h"

#include <glib.h>
#include <string.h>

struct chip {
    struct part part;
    /* parameters */
    uint64_t latency_ps, pins, pin_bits_per_s;
    /* state */
    uint64_t free_ps; /* its pins */
    struct {
        uint64_t transactions, bytes, busy_ps, wait_ps;
    } stats;
};

const char *chip_name_of(const struct part *part)
{
    for (const struct parameter *parameter = part->kind->parameters; parameter && parameter->key; parameter++)
        if (parameter->type == PARAMETER_TEXT && strcmp(parameter->key, "chip") == 0) {
            const char *name = *(char *const *)((const char *)part + parameter->offset);

            return name ? name : "card";
        }
    return "card";
}

struct chip *chip_of(const struct part *part)
{
    const char *name = chip_name_of(part);
    const struct sim *sim = part->sim;

    for (unsigned i = 0; i < sim->part_count; i++)
        if (sim->parts[i]->kind == &chip_kind && strcmp(sim->parts[i]->name, name) == 0)
            return (struct chip *)sim->parts[i];
    return NULL;
}

/* --- The way ------------------------------------------------------------------------------------ */

static void add_crossing(struct chip_way *way, const struct part *part)
{
    struct chip *chip = chip_of(part);

    if (!chip)
        return;
    for (unsigned i = 0; i < way->count; i++)
        if (way->chips[i] == chip) {
            way->crossings[i]++;
            return;
        }
    way->chips[way->count] = chip;
    way->crossings[way->count++] = 1;
}

static void add_boundary(struct chip_way *way, const struct part *from, const struct part *to)
{
    if (strcmp(chip_name_of(from), chip_name_of(to)) == 0)
        return;
    add_crossing(way, from);
    add_crossing(way, to);
}

struct chip_way chip_way(const struct part *master, const struct part *bus, const struct part *target)
{
    struct chip_way way = {.count = 0};

    add_boundary(&way, master, bus);
    if (target)
        add_boundary(&way, bus, target);
    return way;
}

/* --- A transaction ------------------------------------------------------------------------------ */

static uint64_t transfer_ps(const struct chip *chip, unsigned crossings, uint32_t bytes)
{
    unsigned __int128 bits = (unsigned __int128)8 * (CHIP_COMMAND_BYTES + bytes) * crossings;
    unsigned __int128 rate = (unsigned __int128)chip->pins * chip->pin_bits_per_s;

    return rate ? (uint64_t)((bits * PS_PER_SECOND + rate - 1) / rate) : 0;
}

uint64_t chip_cross(const struct chip_way *way, const struct clock *clock, uint64_t cycle, bool is_read, uint32_t bytes,
                    uint64_t beats)
{
    uint64_t granted_ps = clock_edge_ps(clock, cycle), start_ps = granted_ps, latency_ps = 0, longest_ps = 0;

    if (way->count == 0)
        return 0;
    for (unsigned i = 0; i < way->count; i++)
        start_ps = MAX(start_ps, way->chips[i]->free_ps);
    for (unsigned i = 0; i < way->count; i++) {
        struct chip *chip = way->chips[i];

        latency_ps += chip->latency_ps * way->crossings[i] * (is_read ? 2 : 1);
        longest_ps = MAX(longest_ps, transfer_ps(chip, way->crossings[i], bytes));
    }
    for (unsigned i = 0; i < way->count; i++) {
        struct chip *chip = way->chips[i];

        chip->free_ps = start_ps + longest_ps;
        chip->stats.transactions++;
        chip->stats.bytes += (uint64_t)bytes * way->crossings[i];
        chip->stats.busy_ps += transfer_ps(chip, way->crossings[i], bytes);
        chip->stats.wait_ps += start_ps - granted_ps;
    }
    uint64_t carried_ps = MAX(longest_ps, clock_edge_ps(clock, cycle + 1 + beats) - granted_ps);

    return clock_cycle_at(clock, start_ps + carried_ps + latency_ps) - cycle - 1 - beats;
}

/* --- The part ----------------------------------------------------------------------------------- */

static bool is_named(const struct part *chip)
{
    for (unsigned i = 0; i < chip->sim->part_count; i++)
        if (chip->sim->parts[i]->kind != &chip_kind && strcmp(chip_name_of(chip->sim->parts[i]), chip->name) == 0)
            return true;
    return false;
}

/* A name that nobody uses is most likely a slip, and would make a crossing cost nothing. */
static void chip_wire(struct part *part, struct diagnostics *diagnostics)
{
    if (!is_named(part))
        part_error(part, diagnostics, NULL, "no part is on it: expected chip = %s in the sections of those that are",
                   part->name);
}

static uint32_t chip_utilisation(struct part *part, uint64_t elapsed_ps)
{
    const struct chip *chip = (const struct chip *)part;
    uint64_t busy_ps = MIN(chip->stats.busy_ps, elapsed_ps);

    return elapsed_ps ? (uint32_t)((unsigned __int128)busy_ps * 1000000 / elapsed_ps) : 0;
}

static const struct parameter parameters[] = {
    {"latency", PARAMETER_TIME, offsetof(struct chip, latency_ps), "5ns", 0, 1000000000, NULL,
     "Time that it takes to leave or enter it, once each way."},
    {"pins", PARAMETER_COUNT, offsetof(struct chip, pins), "64", 0, 100000, NULL,
     "Data pins, for all that crosses; 0: as many as it takes."},
    {"pin_rate", PARAMETER_RATE, offsetof(struct chip, pin_bits_per_s), "400Mbit/s", 1000000, 1000000000000, NULL,
     "Bits a second of each pin."},
    {0},
};

static const struct statistic statistics[] = {
    {"transactions", STATISTIC_COUNT, offsetof(struct chip, stats.transactions),
     "Bus transactions that crossed its pins."},
    {"bytes", STATISTIC_COUNT, offsetof(struct chip, stats.bytes),
     "Their data; of one that enters and leaves it, twice."},
    {"busy_ps", STATISTIC_COUNT, offsetof(struct chip, stats.busy_ps), "Time in which its pins carried them."},
    {"wait_ps", STATISTIC_COUNT, offsetof(struct chip, stats.wait_ps),
     "Time that they waited for pins, its own or of the other chip."},
    {0},
};

const struct part_kind chip_kind = {
    .name = "chip",
    .help = "An integrated circuit: what it costs to cross its pins. Parts are on it by their key `chip`.",
    .size = sizeof(struct chip),
    .parameters = parameters,
    .statistics = statistics,
    .is_label = true,
    .wire = chip_wire,
    .utilisation_ppm = chip_utilisation,
};
