/* turn.h - round robin: who of many that ask is served next.
 *
 * The next in turn is the first that asks after the one served last; at first that is number 0. */
#ifndef MODELS_TURN_H
#define MODELS_TURN_H

#include <stdint.h>

enum { TURN_MAX = 256 };

struct turn {
    uint64_t asking[TURN_MAX / 64]; /* a bit for each that asks */
    unsigned count, last;
};

void turn_init(struct turn *turn, unsigned count); /* 1 .. TURN_MAX */

static inline void turn_ask(struct turn *turn, unsigned number)
{
    turn->asking[number / 64] |= 1ull << number % 64;
}

static inline void turn_leave(struct turn *turn, unsigned number)
{
    turn->asking[number / 64] &= ~(1ull << number % 64);
}

int turn_next(const struct turn *turn); /* -1: nobody asks */

static inline void turn_served(struct turn *turn, unsigned number)
{
    turn->last = number;
}

#endif
