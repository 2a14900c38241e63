/*
 * Words shared with another process. Everything in a segment that changes is read and written as
 * relaxed 64-bit words, so that a reader racing the writer gets old or new words, never a tear
 * inside one and never undefined behaviour. What makes a row of words one value is the caller's
 * protocol (ring, sequence lock).
 */
#ifndef SHM_WORDS_H
#define SHM_WORDS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORD 8

static inline size_t words_round_up(size_t length)
{
    return (length + WORD - 1) & ~(size_t)(WORD - 1);
}

static inline uint64_t word_load(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static inline void word_store(_Atomic uint64_t *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_relaxed);
}

/* Of a word with one writer: no locked instruction is needed. */
static inline void word_add(_Atomic uint64_t *word, uint64_t amount)
{
    word_store(word, word_load(word) + amount);
}

/* Copies `length` bytes into the segment; the last word is padded with zeros. */
static inline void words_store(_Atomic uint64_t *to, const void *from, size_t length)
{
    const char *bytes = from;
    size_t whole = length / WORD;
    uint64_t word;

    for (size_t i = 0; i < whole; i++) {
        memcpy(&word, bytes + i * WORD, WORD);
        word_store(to + i, word);
    }
    if (length % WORD != 0) {
        word = 0;
        memcpy(&word, bytes + whole * WORD, length % WORD);
        word_store(to + whole, word);
    }
}

/* Copies `count` words out of the segment. */
static inline void words_load(void *to, const _Atomic uint64_t *from, size_t count)
{
    char *bytes = to;

    for (size_t i = 0; i < count; i++) {
        uint64_t word = word_load(from + i);
        memcpy(bytes + i * WORD, &word, WORD);
    }
}

#endif
