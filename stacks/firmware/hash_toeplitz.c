/* hash_toeplitz.c - an example of a hash program (stacks/hash_unit.h): the Toeplitz hash with the dispatch's key, a table
 * of 256 words for each input byte. Equal to the built-in function, bit for bit. */
#include "stacks/hash_unit.h"

enum { TABLE_BYTES = 48 }; /* input bytes that have a table, 48 KiB in all: what a key of 52 bytes reaches */

static uint32_t table[TABLE_BYTES][256];

static volatile uint32_t *hash_register(uint32_t offset)
{
    return (volatile uint32_t *)(HASH_UNIT_REGISTERS + offset);
}

/* The first thing that runs: a stack, below the hardware's area. The registers' addresses are written out, because
 * nothing else is there yet. */
__attribute__((naked, section(".text.start"), used)) void _start(void)
{
    __asm__ volatile("lui t0, 0x20000\n"
                     "lw t1, 0x0c(t0)\n" /* HASH_LOCAL_BYTES */
                     "lui sp, 0x10000\n"
                     "add sp, sp, t1\n"
                     "addi sp, sp, -256\n" /* HASH_AREA_BYTES */
                     "j main\n");
}

/* Bit `bit` of the key and the 31 behind it, the first bit of byte 0 being bit 0; behind its end there are zeros. */
static uint32_t key_window(unsigned bit)
{
    uint32_t window = 0;

    for (unsigned i = 0; i < 32; i++, bit++) {
        uint32_t word = bit / 32 < 13 ? *hash_register(HASH_KEY + bit / 32 * 4) : 0;

        window = window << 1 | (word >> (bit / 8 % 4 * 8 + 7 - bit % 8) & 1);
    }
    return window;
}

/* Each value is a smaller one with one bit more. */
static void fill_table(void)
{
    for (unsigned byte = 0; byte < TABLE_BYTES; byte++)
        for (unsigned bit = 0; bit < 8; bit++) {
            uint32_t window = key_window(byte * 8 + 7 - bit);

            for (unsigned value = 0; value < 1u << bit; value++)
                table[byte][value | 1u << bit] = table[byte][value] ^ window;
        }
}

__attribute__((used)) int main(void)
{
    fill_table();
    for (;;) {
        const struct hash_frame *frame = (const struct hash_frame *)(uintptr_t)*hash_register(HASH_NEXT);
        unsigned bytes = frame->input_bytes < TABLE_BYTES ? frame->input_bytes : TABLE_BYTES;
        const uint8_t *input = frame->input;
        uint32_t hash = 0;

        for (const uint32_t(*row)[256] = table; bytes; bytes--, row++)
            hash ^= (*row)[*input++];
        *hash_register(HASH_RESULT) = hash;
    }
}
