/* console.c - see console.h. */
#include "stacks/runtime/console.h"

#include "stacks/hal.h"

void console_print(const char *text)
{
    while (*text)
        hal_store(HW_CONSOLE, (uint8_t)*text++);
}

void console_hex(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        hal_store(HW_CONSOLE, (uint8_t) "0123456789abcdef"[value >> shift & 15]);
}

void console_decimal(uint32_t value)
{
    char digits[11];
    char *digit = digits + sizeof digits - 1;

    *digit = '\0';
    do
        *--digit = (char)('0' + value % 10);
    while (value /= 10);
    console_print(digit);
}
