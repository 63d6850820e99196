#include "models/core_turn.h"

#include "sim/sim.h"

static uint64_t now_cycle(const struct core_turn *turn)
{
    return clock_cycle_at(turn->clock, part_now(turn->part));
}

/* After all else at this time, so that who becomes ready now takes part. */
static void look(struct core_turn *turn)
{
    if (turn->running < 0 && turn_next(&turn->asking) >= 0 && !event_pending(&turn->grant))
        event_at(&turn->grant, part_now(turn->part));
}

static void ready_event(void *owner)
{
    struct core_thread *thread = owner;

    turn_ask(&thread->turn->asking, thread->number);
    look(thread->turn);
}

static void grant_event(void *owner)
{
    struct core_turn *turn = owner;
    unsigned next = (unsigned)turn_next(&turn->asking);
    bool is_switch = next != turn->last;

    turn_leave(&turn->asking, next);
    turn_served(&turn->asking, next);
    turn->running = (int)next;
    turn->last = next;
    turn->switches += is_switch;
    turn->start_cycle = now_cycle(turn) + (is_switch ? turn->switch_cycles : 0);
    turn->granted(turn->threads[next].owner, turn->start_cycle);
}

void core_turn_init(struct core_turn *turn, struct part *part, const struct clock *clock, unsigned count,
                    uint64_t switch_cycles, void (*granted)(void *owner, uint64_t start_cycle))
{
    *turn = (struct core_turn){.part = part,
                               .clock = clock,
                               .switch_cycles = switch_cycles,
                               .count = count,
                               .granted = granted,
                               .running = -1};
    turn_init(&turn->asking, count);
    event_init(&turn->grant, part, turn, "grant of the core", grant_event);
    event_set_priority(&turn->grant, EVENT_TURN);
}

void core_turn_add(struct core_turn *turn, unsigned number, void *owner)
{
    struct core_thread *thread = &turn->threads[number];

    *thread = (struct core_thread){.turn = turn, .number = number, .owner = owner};
    event_init(&thread->ready, turn->part, thread, "ready", ready_event);
    event_set_priority(&thread->ready, EVENT_CORE);
}

void core_turn_ready(struct core_turn *turn, unsigned number, uint64_t cycle)
{
    event_at_edge(&turn->threads[number].ready, turn->clock, cycle);
}

uint64_t core_turn_release(struct core_turn *turn, unsigned thread)
{
    uint64_t cycle = now_cycle(turn);

    sim_check(turn->part, turn->running == (int)thread && cycle >= turn->start_cycle);
    turn->running = -1;
    look(turn);
    return cycle - turn->start_cycle;
}

uint64_t core_turn_settle(struct core_turn *turn, unsigned thread)
{
    uint64_t cycle = now_cycle(turn), cycles;

    if (turn->running != (int)thread || cycle <= turn->start_cycle)
        return 0;
    cycles = cycle - turn->start_cycle;
    turn->start_cycle = cycle;
    return cycles;
}
