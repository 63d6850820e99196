#include "models/sdram_bank.h"

#include "sim/check.h"

static void not_before(uint64_t *from, uint64_t clock)
{
    if (*from < clock)
        *from = clock;
}

static uint64_t later(uint64_t one, uint64_t other)
{
    return one > other ? one : other;
}

/* a + b - c, and 0 if c is more. */
static uint64_t less(uint64_t sum, uint64_t taken)
{
    return sum > taken ? sum - taken : 0;
}

void sdram_banks_init(struct sdram_banks *banks, const struct sdram_config *config)
{
    *banks = (struct sdram_banks){.config = config};
    for (unsigned rank = 0; rank < SDRAM_MAX_RANKS; rank++)
        for (unsigned bank = 0; bank < SDRAM_MAX_BANKS; bank++)
            banks->ranks[rank].banks[bank].open_row = SDRAM_NO_ROW;
}

/* Four activations in tFAW, 32 in t32AW: the fifth before the next waits for the window to pass. */
static uint64_t window_end(const struct sdram_rank *rank, unsigned count, uint64_t window_clocks)
{
    if (rank->activations < count)
        return 0;
    return rank->activated[(rank->activations - count) % SDRAM_WINDOW] + window_clocks;
}

static uint64_t refresh_from(const struct sdram_banks *banks, const struct sdram_rank *rank)
{
    uint64_t from = rank->from[SDRAM_REFRESH];

    for (unsigned bank = 0; bank < banks->config->bankgroups * banks->config->banks; bank++)
        from = later(from, rank->banks[bank].from[SDRAM_REFRESH]);
    return from;
}

uint64_t sdram_banks_earliest(const struct sdram_banks *banks, enum sdram_command command, unsigned rank,
                              unsigned bank)
{
    const struct sdram_config *config = banks->config;
    const struct sdram_rank *of = &banks->ranks[rank];

    if (command == SDRAM_REFRESH)
        return refresh_from(banks, of);
    uint64_t from = later(of->banks[bank].from[command],
                          later(of->group_from[bank / config->banks][command], of->from[command]));
    if (command == SDRAM_ACTIVATE) {
        from = later(from, window_end(of, 4, config->tfaw));
        if (config->t32aw)
            from = later(from, window_end(of, 32, config->t32aw));
    }
    return from;
}

/* Rules that reach beyond the bank: with a single bank group the short ones hold everywhere. */
static void hold_rank(struct sdram_banks *banks, struct sdram_rank *rank, unsigned bank,
                      enum sdram_command command, uint64_t in_group, uint64_t in_rank)
{
    if (banks->config->bankgroups > 1)
        not_before(&rank->group_from[bank / banks->config->banks][command], in_group);
    not_before(&rank->from[command], in_rank);
}

static void hold_other_ranks(struct sdram_banks *banks, unsigned rank, uint64_t read_from, uint64_t write_from)
{
    for (unsigned other = 0; other < banks->config->ranks; other++)
        if (other != rank) {
            not_before(&banks->ranks[other].from[SDRAM_READ], read_from);
            not_before(&banks->ranks[other].from[SDRAM_WRITE], write_from);
        }
}

static void closed(const struct sdram_config *config, struct sdram_bank *bank, uint64_t precharge_clock)
{
    bank->open_row = SDRAM_NO_ROW;
    not_before(&bank->from[SDRAM_ACTIVATE], precharge_clock + config->trp);
    not_before(&bank->from[SDRAM_REFRESH], precharge_clock + config->trp);
}

static void issue_read(struct sdram_banks *banks, unsigned rank, unsigned bank, uint64_t clock)
{
    const struct sdram_config *config = banks->config;
    struct sdram_rank *of = &banks->ranks[rank];
    uint64_t burst = config->burst_clocks;
    uint64_t turn = less(config->cl + burst + config->trtrs, config->cwl);

    hold_rank(banks, of, bank, SDRAM_READ, clock + later(burst, config->tccd_l),
              clock + later(burst, config->tccd_s));
    not_before(&of->from[SDRAM_WRITE], clock + turn);
    hold_other_ranks(banks, rank, clock + burst + config->trtrs, clock + turn);
    not_before(&of->banks[bank].from[SDRAM_PRECHARGE], clock + config->trtp);
}

static void issue_write(struct sdram_banks *banks, unsigned rank, unsigned bank, uint64_t clock)
{
    const struct sdram_config *config = banks->config;
    struct sdram_rank *of = &banks->ranks[rank];
    uint64_t burst = config->burst_clocks, data_end = clock + config->cwl + burst;

    hold_rank(banks, of, bank, SDRAM_WRITE, clock + later(burst, config->tccd_l),
              clock + later(burst, config->tccd_s));
    hold_rank(banks, of, bank, SDRAM_READ, data_end + config->twtr_l, data_end + config->twtr_s);
    hold_other_ranks(banks, rank, clock + less(config->cwl + burst + config->trtrs, config->cl), clock + burst);
    not_before(&of->banks[bank].from[SDRAM_PRECHARGE], data_end + config->twr);
}

static void issue_activate(struct sdram_banks *banks, unsigned rank, unsigned bank, uint64_t clock, uint32_t row)
{
    const struct sdram_config *config = banks->config;
    struct sdram_rank *of = &banks->ranks[rank];
    struct sdram_bank *this = &of->banks[bank];

    this->open_row = row;
    this->accesses = 0;
    not_before(&this->from[SDRAM_READ], clock + config->trcdrd);
    not_before(&this->from[SDRAM_WRITE], clock + config->trcdwr);
    not_before(&this->from[SDRAM_PRECHARGE], clock + config->tras);
    not_before(&this->from[SDRAM_ACTIVATE], clock + config->trc);
    hold_rank(banks, of, bank, SDRAM_ACTIVATE, clock + config->trrd_l, clock + config->trrd_s);
    of->activated[of->activations++ % SDRAM_WINDOW] = clock;
}

void sdram_banks_issue(struct sdram_banks *banks, enum sdram_command command, unsigned rank, unsigned bank,
                       uint64_t clock, uint32_t row, bool close)
{
    const struct sdram_config *config = banks->config;
    struct sdram_rank *of = &banks->ranks[rank];
    struct sdram_bank *this = &of->banks[bank];

    sim_check(NULL, clock >= sdram_banks_earliest(banks, command, rank, bank));
    switch (command) {
    case SDRAM_ACTIVATE:
        sim_check(NULL, this->open_row == SDRAM_NO_ROW);
        issue_activate(banks, rank, bank, clock, row);
        break;
    case SDRAM_PRECHARGE:
        sim_check(NULL, this->open_row != SDRAM_NO_ROW);
        closed(config, this, clock);
        not_before(&of->from[SDRAM_PRECHARGE], clock + config->tppd);
        break;
    case SDRAM_READ:
    case SDRAM_WRITE:
        sim_check(NULL, this->open_row == row);
        this->accesses++;
        if (command == SDRAM_READ)
            issue_read(banks, rank, bank, clock);
        else
            issue_write(banks, rank, bank, clock);
        if (close) /* the device precharges as soon as a precharge would be legal */
            closed(config, this, this->from[SDRAM_PRECHARGE]);
        break;
    case SDRAM_REFRESH:
        not_before(&of->from[SDRAM_ACTIVATE], clock + config->trfc);
        not_before(&of->from[SDRAM_REFRESH], clock + config->trfc);
        break;
    case SDRAM_COMMANDS:
        break;
    }
}
