/* fuzz.h - what a fuzzer calls: each reads one input, checks what must hold whatever it is, and returns 0.
 *
 * `make fuzz` builds a libFuzzer program of each (target.c); test_corpus.c, a part of `make test`, calls them
 * with every file of corpus/, which make_corpus.c wrote and fuzzing added to. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The input is a capture file: every frame is read and parsed, and `trace info` made of it. */
int fuzz_capture(const uint8_t *data, size_t bytes);

/* FUZZ_REPLAY_BYTES choose the configuration and how the card behaves, the rest is the capture: it is replayed
 * at a card whose TCP is alive. */
enum { FUZZ_REPLAY_BYTES = 16 };
int fuzz_replay(const uint8_t *data, size_t bytes);

/* The same at a card that misbehaves as FUZZ_CARD_BYTES tell: fuzz_card.c. */
enum { FUZZ_CARD_BYTES = 76 };
int fuzz_card(const uint8_t *data, size_t bytes);

/* A file that exists in memory only; the path stays valid until fuzz_file_close(). */
const char *fuzz_file(const uint8_t *data, size_t bytes);
void fuzz_file_close(void);

/* As assert(), but says so in both worlds: stops the program. */
#define fuzz_check(condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fuzz_failed(#condition, __FILE__, __LINE__);                                           \
    } while (0)
void fuzz_failed(const char *condition, const char *file, int line) __attribute__((noreturn));

#endif
