/* replay_pace.c - when captured frames are due; replay.h has the meaning of each rate.
 *
 * What counts for mbps and pps are the captured frames that were made ready so far, or wait for the card, so that
 * frames which the replay leaves out leave no hole, and the pieces of a split segment are paid for. */
#include "traces/replay_internal.h"

static uint64_t saturated(unsigned __int128 ps)
{
    return ps > UINT64_MAX / 4 ? UINT64_MAX / 4 : (uint64_t)ps;
}

uint64_t pace_scaled_ps(const struct replay *replay, uint64_t captured_ps)
{
    uint64_t multiplier = replay->config.rate_millionths;

    if (replay->config.rate != REPLAY_MULTIPLIER || multiplier == 0 || multiplier == 1000000)
        return captured_ps;
    return saturated((unsigned __int128)captured_ps * 1000000 / multiplier);
}

/* What began before this place of the capture, and ends before it, has not ended here. */
static bool begins_too_many(const struct replay *replay, const struct item *item)
{
    return item->begins && replay->config.max_open && replay->open >= replay->config.max_open &&
           replay->open > item->open_then;
}

/* So much of what captured servers sent is still to be sent by the card, and it does. */
static bool has_too_much_to_send(const struct replay *replay)
{
    return replay->server_bytes > REPLAY_MAX_SERVER_BYTES &&
           replay->now_ps < replay->server_released_ps + REPLAY_SERVER_WAIT_PS;
}

static uint64_t due_by_rate_ps(const struct replay *replay, const struct item *item)
{
    uint64_t rate = replay->config.rate_millionths;

    switch (replay->config.rate) {
    case REPLAY_MBPS: /* a millionth of a Mbit/s is a bit/s */
        return saturated((unsigned __int128)replay->paced_bits * 1000000000000 / rate +
                         replay->paced_shift_ps);
    case REPLAY_PPS:
        return saturated((unsigned __int128)replay->paced_frames * 1000000000000 * 1000000 / rate +
                         replay->paced_shift_ps);
    case REPLAY_TOPSPEED:
        return begins_too_many(replay, item) ? replay->open_changed_ps + REPLAY_OPEN_WAIT_PS : 0;
    case REPLAY_MULTIPLIER:
        break;
    }
    return item->time_ps;
}

uint64_t pace_due_ps(const struct replay *replay, const struct item *item)
{
    uint64_t due_ps = due_by_rate_ps(replay, item);

    return has_too_much_to_send(replay) ? MAX(due_ps, replay->server_released_ps + REPLAY_SERVER_WAIT_PS) : due_ps;
}

void pace_pay(struct replay *replay, struct item *item)
{
    if (item->kind != REPLAY_CAPTURED || item->is_paid || !item->wire_bytes)
        return;
    item->is_paid = true;
    replay->paced_frames++;
    replay->paced_bits += 8ull * item->wire_bytes;
}

void pace_taken(struct replay *replay, const struct item *item)
{
    uint64_t due_ps = pace_due_ps(replay, item);
    bool is_constant = replay->config.rate == REPLAY_MBPS || replay->config.rate == REPLAY_PPS;

    if (is_constant && item->wire_bytes && replay->now_ps > due_ps + REPLAY_CATCH_UP_PS)
        replay->paced_shift_ps += replay->now_ps - due_ps - REPLAY_CATCH_UP_PS;
}
