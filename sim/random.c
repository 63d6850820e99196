#include "sim/random.h"

#define LN_2_Q64 UINT64_C(0xb17217f7d1cf79ab) /* ln 2 * 2^64 */

uint64_t random_next(uint64_t *state)
{
    uint64_t value = *state += 0x9e3779b97f4a7c15;

    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

uint64_t random_below(uint64_t *state, uint64_t below)
{
    uint64_t too_small = -below % below; /* 2^64 mod below */
    unsigned __int128 product;

    do
        product = (unsigned __int128)random_next(state) * below;
    while ((uint64_t)product < too_small);
    return (uint64_t)(product >> 64);
}

/* share = 2^-leading * y, with y from 2^63 on; the bits of log2 y come one by one from squaring. Of a number
 * below 1 the logarithm is below 0: leading + 1 less the fraction. */
static uint64_t minus_log2_q32(uint64_t share)
{
    uint64_t leading = (uint64_t)__builtin_clzll(share), y = share << leading, fraction = 0;

    for (unsigned bit = 0; bit < 32; bit++) {
        unsigned __int128 square = (unsigned __int128)y * y; /* y is in units of 2^-63 */

        fraction <<= 1;
        if (square >> 127) {
            fraction |= 1;
            y = (uint64_t)(square >> 64);
        } else {
            y = (uint64_t)(square >> 63);
        }
    }
    return ((leading + 1) << 32) - fraction;
}

uint64_t random_minus_ln_q32(uint64_t share)
{
    return (uint64_t)((unsigned __int128)minus_log2_q32(share) * LN_2_Q64 >> 64);
}

uint64_t random_exponential(uint64_t *state, uint64_t mean)
{
    uint64_t share = random_next(state) | 1; /* never 0: its logarithm would be infinite */

    return (uint64_t)((unsigned __int128)mean * random_minus_ln_q32(share) >> 32);
}
