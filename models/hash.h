/* hash.h - hash functions of the receive dispatch.
 *
 * Toeplitz (Microsoft, "RSS hashing functions"): the hash is the exclusive or of the 32-bit windows of the
 * key that begin at the 1-bits of the input. Here by table: one word for each value of each input byte, so
 * that a byte costs one load and one exclusive or.
 *
 * The input is in network order: source address, destination address, then source port, destination port.
 */
#ifndef MODELS_HASH_H
#define MODELS_HASH_H

#include <stdint.h>

enum {
    TOEPLITZ_MAX_INPUT_BYTES = 36, /* two IPv6 addresses and two ports */
    TOEPLITZ_KEY_BYTES = TOEPLITZ_MAX_INPUT_BYTES + 4, /* the least for that input */
    TOEPLITZ_MAX_KEY_BYTES = 52,
};

struct toeplitz {
    uint32_t table[TOEPLITZ_MAX_INPUT_BYTES][256];
};

/* key_bytes: TOEPLITZ_KEY_BYTES .. TOEPLITZ_MAX_KEY_BYTES; what is beyond the input's reach is not used. */
void toeplitz_init(struct toeplitz *toeplitz, const uint8_t *key, unsigned key_bytes);
uint32_t toeplitz_hash(const struct toeplitz *toeplitz, const uint8_t *input, unsigned bytes);

#endif
