#include "models/sdram_channel.h"

#include "sim/check.h"

#include <glib.h>

/* Accesses of an open row after which the oldest request of the bank may close it, though hits wait. */
enum { ROW_ACCESSES = 4 };

struct entry { /* a request that waits */
    struct entry *next, *merged; /* merged: reads of the same address, answered with it */
    uint64_t address;            /* as submitted */
    uint32_t row, column;
    unsigned rank, bank; /* bank: of the rank, over all groups */
    bool is_write, was_closed, was_conflict;
    uint64_t submitted;
    void *owner;
};

struct queue { /* oldest first */
    struct entry *first, **end;
    uint64_t count;
};

struct refresh {
    uint64_t interval, due; /* clocks; due: of the next one. interval 0: none */
    unsigned waiting;       /* ranks, from `rank` on in turn, whose refresh is due and not issued */
    unsigned rank, next_rank;
};

struct sdram_channel {
    const struct sdram_config *config;
    const struct sdram_map *map;
    struct sdram_counts *counts;
    sdram_tell *tell;
    void *context;
    struct sdram_banks banks;
    struct refresh refresh;
    struct queue reads, writes, *queues; /* queues: one a bank, rank * banks of a rank + bank */
    unsigned rank_banks, queue_count, turn; /* turn: the queue that was served last */
    uint64_t queued;                     /* in all of queues */
    uint64_t draining;                   /* writes that leave the buffer before reads come again */
    bool write_back;
    uint64_t clock;                      /* the next at which something may happen; all before is done */
    uint64_t ticks_end;                  /* after the last one at which something may have happened */
    struct entry *spare;
};

static void queue_init(struct queue *queue)
{
    *queue = (struct queue){.end = &queue->first};
}

static void queue_add(struct queue *queue, struct entry *entry)
{
    entry->next = NULL;
    *queue->end = entry;
    queue->end = &entry->next;
    queue->count++;
}

/* link: to the entry, from its predecessor or the queue. */
static struct entry *queue_take(struct queue *queue, struct entry **link)
{
    struct entry *entry = *link;

    *link = entry->next;
    if (!*link)
        queue->end = link;
    queue->count--;
    return entry;
}

static struct entry *queue_find(const struct queue *queue, uint64_t address, bool is_write)
{
    struct entry *entry = queue->first;

    while (entry && (entry->address != address || entry->is_write != is_write))
        entry = entry->next;
    return entry;
}

struct sdram_channel *sdram_channel_new(const struct sdram_config *config, const struct sdram_map *map,
                                        struct sdram_counts *counts, sdram_tell *tell, void *context)
{
    struct sdram_channel *channel = g_new0(struct sdram_channel, 1);

    channel->config = config;
    channel->map = map;
    channel->counts = counts;
    channel->tell = tell;
    channel->context = context;
    channel->rank_banks = (unsigned)(config->bankgroups * config->banks);
    channel->queue_count = (unsigned)config->ranks * channel->rank_banks;
    channel->queues = g_new0(struct queue, channel->queue_count);
    for (unsigned i = 0; i < channel->queue_count; i++)
        queue_init(&channel->queues[i]);
    queue_init(&channel->reads);
    queue_init(&channel->writes);
    sdram_banks_init(&channel->banks, config);
    /* The ranks take turns, evenly spread over the interval. */
    channel->refresh.interval = channel->refresh.due = config->trefi / config->ranks;
    return channel;
}

static void free_list(struct entry *entry)
{
    while (entry) {
        struct entry *next = entry->next;
        free_list(entry->merged);
        g_free(entry);
        entry = next;
    }
}

void sdram_channel_free(struct sdram_channel *channel)
{
    for (unsigned i = 0; i < channel->queue_count; i++)
        free_list(channel->queues[i].first);
    free_list(channel->reads.first);
    free_list(channel->writes.first);
    free_list(channel->spare);
    g_free(channel->queues);
    g_free(channel);
}

/* --- Requests come and go ------------------------------------------------------------------------------- */

static struct entry *entry_new(struct sdram_channel *channel, uint64_t clock, uint64_t address, bool is_write,
                               void *owner)
{
    const struct sdram_map *map = channel->map;
    struct entry *entry = channel->spare;

    if (entry)
        channel->spare = entry->next;
    else
        entry = g_new(struct entry, 1);
    *entry = (struct entry){.address = address,
                            .row = sdram_map_field(map, SDRAM_ROW, address),
                            .column = sdram_map_field(map, SDRAM_COLUMN, address),
                            .rank = sdram_map_field(map, SDRAM_RANK, address),
                            .bank = sdram_map_field(map, SDRAM_GROUP, address) * (unsigned)channel->config->banks +
                                    sdram_map_field(map, SDRAM_BANK, address),
                            .is_write = is_write,
                            .submitted = clock,
                            .owner = owner};
    return entry;
}

static struct queue *queue_of(const struct sdram_channel *channel, const struct entry *entry)
{
    return &channel->queues[entry->rank * channel->rank_banks + entry->bank];
}

/* The request is over at clock `done`; its place is free. */
static void finish(struct sdram_channel *channel, struct entry *entry, enum sdram_row row, uint64_t done)
{
    struct sdram_done told = {.owner = entry->owner, .address = entry->address, .is_write = entry->is_write,
                              .row = row, .submitted = entry->submitted, .done = done};

    if (entry->is_write)
        channel->counts->writes++;
    else
        channel->counts->reads++;
    entry->merged = NULL;
    entry->next = channel->spare;
    channel->spare = entry;
    channel->tell(channel->context, &told);
}

bool sdram_channel_has_room(const struct sdram_channel *channel, bool is_write)
{
    return (is_write ? &channel->writes : &channel->reads)->count < channel->config->transactions;
}

/* A request for an address for which one waits already. False: there is none. */
static bool join(struct sdram_channel *channel, struct entry *entry, uint64_t clock)
{
    const struct queue *bank = queue_of(channel, entry);
    struct entry *other = queue_find(&channel->writes, entry->address, true);

    if (!other)
        other = queue_find(bank, entry->address, true);
    if (other) {
        *(entry->is_write ? &channel->counts->merged_writes : &channel->counts->forwarded_reads) += 1;
        finish(channel, entry, SDRAM_ROW_NONE, clock + 1);
        return true;
    }
    if (entry->is_write)
        return false;
    other = queue_find(&channel->reads, entry->address, false);
    if (!other)
        other = queue_find(bank, entry->address, false);
    if (!other)
        return false;
    entry->next = NULL;
    entry->merged = other->merged;
    other->merged = entry;
    channel->counts->merged_reads++;
    return true;
}

void sdram_channel_submit(struct sdram_channel *channel, uint64_t clock, uint64_t address, bool is_write,
                          void *owner)
{
    sdram_channel_run(channel, clock);
    sim_check(NULL, clock >= channel->ticks_end && sdram_channel_has_room(channel, is_write));
    struct entry *entry = entry_new(channel, clock, address, is_write, owner);
    channel->clock = clock; /* nothing happens before it: run() went so far */
    if (!join(channel, entry, clock))
        queue_add(is_write ? &channel->writes : &channel->reads, entry);
}

/* --- Commands --------------------------------------------------------------------------------------------- */

/* What the request's bank needs next. */
static enum sdram_command command_for(const struct sdram_channel *channel, const struct entry *entry)
{
    int64_t open_row = channel->banks.ranks[entry->rank].banks[entry->bank].open_row;

    if (open_row == SDRAM_NO_ROW)
        return SDRAM_ACTIVATE;
    if (open_row != entry->row)
        return SDRAM_PRECHARGE;
    return entry->is_write ? SDRAM_WRITE : SDRAM_READ;
}

/* Whether the row that is open may be closed for this request: it is the bank's oldest, and no row hit waits, or
 * the row had its share. */
static bool may_close(const struct sdram_channel *channel, const struct queue *queue, const struct entry *entry)
{
    const struct sdram_bank *bank = &channel->banks.ranks[entry->rank].banks[entry->bank];

    if (entry != queue->first)
        return false;
    if (channel->config->scheduler == SDRAM_FCFS || bank->accesses >= ROW_ACCESSES)
        return true;
    for (const struct entry *other = entry->next; other; other = other->next)
        if (bank->open_row == other->row)
            return false;
    return true;
}

/* A write must not overtake a read of its burst. */
static bool overtakes_read(const struct queue *queue, const struct entry *write)
{
    for (const struct entry *other = queue->first; other != write; other = other->next)
        if (!other->is_write && other->row == write->row && other->column == write->column)
            return true;
    return false;
}

/* The request of a bank's queue that can have a command at this clock; NULL: none, and *next becomes the earliest
 * clock at which that may change by itself, if it is earlier. */
static struct entry **ready_entry(const struct sdram_channel *channel, struct queue *queue, uint64_t *next)
{
    for (struct entry **link = &queue->first; *link; link = &(*link)->next) {
        struct entry *entry = *link;
        enum sdram_command command = command_for(channel, entry);
        uint64_t from = sdram_banks_earliest(&channel->banks, command, entry->rank, entry->bank);

        if (from > channel->clock) {
            if (from < *next)
                *next = from;
        } else if (command == SDRAM_PRECHARGE ? may_close(channel, queue, entry)
                                              : command != SDRAM_WRITE || !overtakes_read(queue, entry)) {
            return link;
        }
        if (channel->config->scheduler == SDRAM_FCFS)
            break;
    }
    return NULL;
}

/* The access itself: its data follows, and all who wait for it are told. */
static void access_row(struct sdram_channel *channel, struct queue *queue, struct entry **link)
{
    const struct sdram_config *config = channel->config;
    struct entry *entry = queue_take(queue, link);
    struct sdram_counts *counts = channel->counts;
    uint64_t done = channel->clock + (entry->is_write ? config->cwl : config->cl) + config->burst_clocks;
    enum sdram_row row = entry->was_conflict ? SDRAM_ROW_CONFLICT
                         : entry->was_closed ? SDRAM_ROW_CLOSED
                                             : SDRAM_ROW_HIT;

    *(row == SDRAM_ROW_HIT ? &counts->row_hits
      : row == SDRAM_ROW_CLOSED ? &counts->row_closed : &counts->row_conflicts) += 1;
    counts->data_clocks += config->burst_clocks;
    channel->queued--;
    for (struct entry *merged = entry->merged, *next; merged; merged = next) {
        next = merged->merged;
        finish(channel, merged, SDRAM_ROW_NONE, done);
    }
    finish(channel, entry, row, done);
}

static void issue(struct sdram_channel *channel, struct queue *queue, struct entry **link)
{
    struct entry *entry = *link;
    enum sdram_command command = command_for(channel, entry);

    sdram_banks_issue(&channel->banks, command, entry->rank, entry->bank, channel->clock, entry->row,
                      channel->config->page == SDRAM_CLOSED_PAGE);
    if (command == SDRAM_ACTIVATE) {
        channel->counts->activations++;
        entry->was_closed = true;
    } else if (command == SDRAM_PRECHARGE) {
        channel->counts->precharges++;
        entry->was_conflict = true;
    } else {
        access_row(channel, queue, link);
    }
}

/* The queues in turn, the one after that served last first. False: nothing can be issued at this clock. */
static bool issue_from_queues(struct sdram_channel *channel, uint64_t *next)
{
    if (!channel->queued)
        return false;
    for (unsigned i = 0; i < channel->queue_count; i++) {
        channel->turn = channel->turn + 1 == channel->queue_count ? 0 : channel->turn + 1;
        struct queue *queue = &channel->queues[channel->turn];
        if (!queue->count ||
            (channel->refresh.waiting && channel->turn / channel->rank_banks == channel->refresh.rank))
            continue;
        struct entry **link = ready_entry(channel, queue, next);
        if (link) {
            issue(channel, queue, link);
            return true;
        }
    }
    return false;
}

/* --- Refresh ---------------------------------------------------------------------------------------------- */

static void refresh_becomes_due(struct sdram_channel *channel)
{
    struct refresh *refresh = &channel->refresh;

    if (!refresh->interval || channel->clock < refresh->due)
        return;
    if (!refresh->waiting++)
        refresh->rank = refresh->next_rank;
    refresh->next_rank = (refresh->next_rank + 1) % (unsigned)channel->config->ranks;
    refresh->due += refresh->interval;
}

/* Closes an open bank of the rank whose refresh waits, or refreshes it. False: as in issue_from_queues(). */
static bool issue_refresh(struct sdram_channel *channel, uint64_t *next)
{
    struct refresh *refresh = &channel->refresh;
    struct sdram_banks *banks = &channel->banks;
    bool is_open = false;
    uint64_t from;

    for (unsigned bank = 0; refresh->waiting && bank < channel->rank_banks; bank++) {
        if (banks->ranks[refresh->rank].banks[bank].open_row == SDRAM_NO_ROW)
            continue;
        is_open = true;
        from = sdram_banks_earliest(banks, SDRAM_PRECHARGE, refresh->rank, bank);
        if (from <= channel->clock) {
            sdram_banks_issue(banks, SDRAM_PRECHARGE, refresh->rank, bank, channel->clock, 0, false);
            channel->counts->precharges++;
            return true;
        }
        if (from < *next)
            *next = from;
    }
    if (!refresh->waiting || is_open)
        return false;
    from = sdram_banks_earliest(banks, SDRAM_REFRESH, refresh->rank, 0);
    if (from > channel->clock) {
        if (from < *next)
            *next = from;
        return false;
    }
    sdram_banks_issue(banks, SDRAM_REFRESH, refresh->rank, 0, channel->clock, 0, false);
    channel->counts->refreshes++;
    refresh->waiting--;
    refresh->rank = (refresh->rank + 1) % (unsigned)channel->config->ranks;
    return true;
}

/* --- From the queues of the channel to those of the banks -------------------------------------------------- */

/* The oldest whose bank has room. *behind: the queue of an unanswered read for which a write has to wait. */
static bool move_first(struct sdram_channel *channel, struct queue *from, const struct queue **behind)
{
    for (struct entry **link = &from->first; *link; link = &(*link)->next) {
        struct entry *entry = *link;
        struct queue *bank = queue_of(channel, entry);

        if (bank->count >= channel->config->queue)
            continue;
        if (entry->is_write && queue_find(&channel->reads, entry->address, false)) {
            *behind = &channel->reads;
            return false;
        }
        if (entry->is_write && queue_find(bank, entry->address, false)) {
            *behind = bank;
            return false;
        }
        queue_add(bank, queue_take(from, link));
        channel->queued++;
        return true;
    }
    return false;
}

/* False: nothing moved, nor will in the next clock unless something else happens. */
static bool move_request(struct sdram_channel *channel)
{
    uint64_t waiting = channel->writes.count;
    const struct queue *behind = NULL;

    if (!channel->draining &&
        (waiting >= channel->config->transactions || (waiting > channel->config->write_low && !channel->queued) ||
         (channel->write_back && !channel->reads.count)))
        channel->draining = waiting;
    if (!channel->draining)
        return move_first(channel, &channel->reads, &behind);
    if (move_first(channel, &channel->writes, &behind)) {
        channel->draining--;
        return true;
    }
    if (!behind)
        return false;
    channel->draining = 0;
    if (behind == &channel->reads) /* else nothing would ever move again */
        move_first(channel, &channel->reads, &behind);
    return true; /* the direction changed, if nothing else */
}

/* --- Time ------------------------------------------------------------------------------------------------- */

/* One clock; then clock is the next at which something may happen. */
static void tick(struct sdram_channel *channel)
{
    uint64_t next = SDRAM_NEVER;

    refresh_becomes_due(channel);
    bool changed = issue_refresh(channel, &next) || issue_from_queues(channel, &next);
    changed |= move_request(channel);
    if (changed)
        next = channel->clock + 1;
    else if (channel->refresh.interval && channel->refresh.due < next)
        next = channel->refresh.due;
    channel->ticks_end = channel->clock + 1;
    channel->clock = next;
}

/* With nothing to do and every row closed, refreshes are alike: all but the last rounds are counted at once. */
static void skip_idle_rounds(struct sdram_channel *channel, uint64_t until)
{
    struct refresh *refresh = &channel->refresh;
    uint64_t round = refresh->interval * channel->config->ranks;

    if (!round || sdram_channel_next(channel) != SDRAM_NEVER || channel->clock < refresh->due || refresh->waiting ||
        until <= refresh->due || (until - refresh->due) / round < 4)
        return;
    for (unsigned rank = 0; rank < channel->config->ranks; rank++)
        for (unsigned bank = 0; bank < channel->rank_banks; bank++)
            if (channel->banks.ranks[rank].banks[bank].open_row != SDRAM_NO_ROW)
                return;
    uint64_t rounds = (until - refresh->due) / round - 2;
    refresh->due += rounds * round;
    channel->clock = refresh->due;
    channel->counts->refreshes += rounds * channel->config->ranks;
}

void sdram_channel_run(struct sdram_channel *channel, uint64_t until)
{
    while (channel->clock < until) {
        skip_idle_rounds(channel, until);
        tick(channel);
    }
}

uint64_t sdram_channel_next(const struct sdram_channel *channel)
{
    bool has_work = channel->queued || channel->reads.count || channel->draining ||
                    (channel->writes.count &&
                     (channel->write_back || channel->writes.count > channel->config->write_low));

    return has_work ? channel->clock : SDRAM_NEVER;
}

void sdram_channel_write_back(struct sdram_channel *channel, uint64_t clock)
{
    sdram_channel_run(channel, clock);
    channel->clock = clock > channel->ticks_end ? clock : channel->ticks_end;
    channel->write_back = true;
}
