/* divide.c - greatest common divisors and decimal digits: division, multiplication, recursion. */
#include "region.h"

#ifndef ROUNDS
#define ROUNDS 1
#endif

REGION_WORDS;

static uint32_t gcd(uint32_t a, uint32_t b)
{
    return b == 0 ? a : gcd(b, a % b);
}

static uint32_t digits(uint32_t value)
{
    return value < 10 ? value : value % 10 + digits(value / 10);
}

static __attribute__((noinline)) uint32_t fibonacci(uint32_t n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

int main(void)
{
    uint32_t sum = 0, random = 1;

    region_begin();
    for (unsigned i = 0; i < 1000 * ROUNDS; i++) {
        random = random * 1664525 + 1013904223;
        sum += gcd(random, 360360) + digits(random) + (uint32_t)((uint64_t)random * sum >> 32);
    }
    sum += fibonacci(20);
    region_end();
    return fibonacci(20) == 6765 && sum != 0 ? 0 : 2;
}
