/* console.h - text for people, a character at a time to HW_CONSOLE. Not for the path of a frame. */
#ifndef STACKS_RUNTIME_CONSOLE_H
#define STACKS_RUNTIME_CONSOLE_H

#include <stdint.h>

void console_print(const char *text);
void console_hex(uint32_t value); /* eight digits */
void console_decimal(uint32_t value);

#endif
