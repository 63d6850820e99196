/* hash.h - the hash functions of the receive dispatch, under the names that ethtool and DPDK know.
 *
 * Each works on bytes in network order, which models/hash_fields.h puts together from a frame; each is a pure
 * function in a file of its own. The functions, with what their results were checked against, are rows of a table:
 *
 *     toeplitz           Microsoft, "RSS hashing functions"; its verification suite
 *     symmetric-xor      Linux RXH_XFRM_SYM_XOR: source ^ destination, twice, for addresses and for ports; toeplitz
 *     symmetric-or-xor   Linux RXH_XFRM_SYM_OR_XOR: source | destination, source ^ destination; toeplitz
 *     crc32c             Castagnoli's polynomial, RFC 3720 appendix B.4
 *     xor                exclusive or of the 16-bit words (Cao, Wang, Zegura, "Performance of hashing-based schemes
 *                        for Internet load balancing", INFOCOM 2000)
 *     jenkins            lookup3's hashlittle (B. Jenkins, 2006), as DPDK's rte_jhash; initial value 0
 *     fnv1a              Fowler, Noll and Vo: FNV-1a of 32 bits, and its published vectors
 *     sum                ones' complement sum of the 16-bit words, RFC 1071 (Cao et al., "Internet checksum")
 *     round-robin        no function of the header: each frame to the next processor
 *     random             each frame to any processor, by the seed of the scenario
 *     least-loaded       each new session to the processor with the least to do (models/dispatch.h)
 *     program            an ELF that runs in the dispatch (models/hash_program.h)
 */
#ifndef MODELS_HASH_H
#define MODELS_HASH_H

#include <stdbool.h>
#include <stdint.h>

enum {
    HASH_MAX_INPUT_BYTES = 64,  /* two IPv6 addresses, two ports, and what else is chosen */
    HASH_TUPLE_INPUT_BYTES = 36, /* two IPv6 addresses and two ports */
    HASH_MAX_KEY_BYTES = 52,
};

enum hash_function {
    HASH_TOEPLITZ,
    HASH_SYMMETRIC_XOR,
    HASH_SYMMETRIC_OR_XOR,
    HASH_CRC32C,
    HASH_XOR,
    HASH_JENKINS,
    HASH_FNV1A,
    HASH_SUM,
    HASH_ROUND_ROBIN,
    HASH_RANDOM,
    HASH_LEAST_LOADED,
    HASH_PROGRAM,
    HASH_FUNCTIONS,
};

/* What the symmetric functions do with the two addresses, and with the two ports, before they are hashed. */
enum hash_symmetry { HASH_AS_IT_IS, HASH_XOR_TWICE, HASH_OR_XOR };

struct hash_kind {
    const char *name, *help;
    enum hash_symmetry symmetry;
    bool is_keyed;     /* by a Toeplitz key */
    bool is_per_frame; /* what it says of a frame says nothing of the next one of its session */
    /* What a dispatch takes if nothing else is said, in its cycles. A parser and a table of 8 cycles in all; the
     * function itself as a pipeline where it can be one. Assumptions, not measurements: to be set. */
    unsigned latency, interval;
};

extern const struct hash_kind hash_kinds[HASH_FUNCTIONS];
extern const char *const hash_names[HASH_FUNCTIONS + 1]; /* ends with NULL */

/* --- hash_toeplitz.c: the exclusive or of the 32-bit windows of the key that begin at the 1-bits of the input. By
 * table, one word for each value of each input byte, so that a byte costs one load and one exclusive or. */
struct toeplitz {
    uint32_t table[HASH_MAX_INPUT_BYTES][256];
};

/* key_bytes: 1 .. HASH_MAX_KEY_BYTES; behind its end the key is 0, so of the input all but the last 32 bits of the
 * key's length count: 40 bytes for HASH_TUPLE_INPUT_BYTES. */
void toeplitz_init(struct toeplitz *toeplitz, const uint8_t *key, unsigned key_bytes);
uint32_t toeplitz_hash(const struct toeplitz *toeplitz, const uint8_t *input, unsigned bytes);

/* --- hash_key.c: "microsoft", "symmetric" (6d5a, 20 times: both directions hash alike), "random" (52 bytes, by the
 * seed), or 1 .. HASH_MAX_KEY_BYTES bytes in hexadecimal digits, blanks and colons between them.
 * Returns the number of bytes; 0: *wrong says what is wrong (g_free()). */
unsigned hash_key_parse(const char *text, uint64_t seed, uint8_t key[HASH_MAX_KEY_BYTES], char **wrong);

/* --- a file each; any number of bytes */
uint32_t hash_crc32c(const uint8_t *input, unsigned bytes);
uint32_t hash_xor(const uint8_t *input, unsigned bytes);
uint32_t hash_jenkins(const uint8_t *input, unsigned bytes, uint32_t initial);
uint32_t hash_fnv1a(const uint8_t *input, unsigned bytes);
uint32_t hash_sum(const uint8_t *input, unsigned bytes);

/* --- hash.c: one of them. Functions without a value of their own (round-robin and so on, and program) are Toeplitz
 * here: what must be of one session, as fragments must, goes by that. */
struct hash {
    enum hash_function function;
    struct toeplitz toeplitz;
};

void hash_init(struct hash *hash, enum hash_function function, const uint8_t *key, unsigned key_bytes);
/* bytes: at most HASH_MAX_INPUT_BYTES, gathered with the symmetry of the function. */
uint32_t hash_of(const struct hash *hash, const uint8_t *input, unsigned bytes);

#endif
