/* random.h - random variates that are the same on every machine: integers only, all from one 64-bit state.
 *
 * A state is any number; each draw moves it on. Sequences that must not depend on each other have states of
 * their own. */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stdint.h>

/* 64 random bits (SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014). */
uint64_t random_next(uint64_t *state);

/* Evenly 0 .. below - 1; below at least 1. Exact: what would favour small numbers is drawn again (Lemire,
 * "Fast random integer generation in an interval", 2019). */
uint64_t random_below(uint64_t *state, uint64_t below);

/* -ln(share / 2^64) in units of 2^-32, for share 1 .. 2^64 - 1; rounded down, by at most 2 units. */
uint64_t random_minus_ln_q32(uint64_t share);

/* Exponentially distributed with that mean (at most 2^57): the time to the next of Poisson arrivals. Rounded down. */
uint64_t random_exponential(uint64_t *state, uint64_t mean);

#endif
