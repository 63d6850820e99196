#include "models/turn.h"

#include "sim/check.h"

#include <stddef.h>

void turn_init(struct turn *turn, unsigned count)
{
    sim_check(NULL, count >= 1 && count <= TURN_MAX);
    *turn = (struct turn){.count = count, .last = count - 1};
}

int turn_next(const struct turn *turn)
{
    unsigned words = (turn->count + 63) / 64, from = (turn->last + 1) % turn->count;
    uint64_t bits = turn->asking[from / 64] & ~0ull << from % 64;

    for (unsigned i = 0; i <= words; i++) {
        unsigned word = (from / 64 + i) % words;

        if (i)
            bits = turn->asking[word];
        if (bits)
            return (int)(word * 64 + (unsigned)__builtin_ctzll(bits));
    }
    return -1;
}
