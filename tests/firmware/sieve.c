/* sieve.c - primes below 100,000, ROUNDS times: byte stores, branches. Returns 0 if it finds 9592.
 */
#include "region.h"

#ifndef ROUNDS
#define ROUNDS 1
#endif

enum { LIMIT = 100000 };

REGION_WORDS;
static uint8_t composite[LIMIT];

static unsigned sieve(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < LIMIT; i++)
        composite[i] = 0;
    for (unsigned i = 2; i < LIMIT; i++) {
        if (composite[i])
            continue;
        count++;
        for (unsigned j = 2 * i; j < LIMIT; j += i)
            composite[j] = 1;
    }
    return count;
}

int main(void)
{
    unsigned count = 0;

    region_begin();
    for (unsigned i = 0; i < ROUNDS; i++)
        count = sieve();
    region_end();
    return count == 9592 ? 0 : 1;
}
