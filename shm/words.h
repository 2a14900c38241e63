/*
 * Words shared with another process. What changes in a segment is read and written as relaxed
 * 64-bit atomics: a reader that races the writer gets old words or new ones and no undefined
 * behaviour. What makes a row of words one value is the caller's protocol (ring, sequence lock).
 */
#ifndef SHM_WORDS_H
#define SHM_WORDS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORD 8
#define PAIR 16
#define LINE 64

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

/*
 * Copy LINE or PAIR bytes, of which one side is shared.
 *
 * On x86-64 by vector instructions, which compilers don't make of atomics. That is sound: the
 * processor orders these loads among loads and these stores among stores as it does plain ones
 * (they are not streaming stores), so the fences around them hold; the compiler can't look into
 * them or move memory accesses across them. A copy may tear inside a word where it overlaps the
 * other side's; nobody looks at bytes before it is known that it did not overlap.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WORDS_IN_PLAIN_C
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__x86_64__)
#define WORDS_IN_PLAIN_C /* so that the sanitizers see every access */
#endif

#ifndef WORDS_IN_PLAIN_C
static inline void pair_copy(void *to, const void *from)
{
    __asm__ volatile("movups %1, %%xmm0\n\t"
                     "movups %%xmm0, %0"
                     : "=m"(*(char(*)[PAIR])to)
                     : "m"(*(const char(*)[PAIR])from)
                     : "xmm0", "memory");
}

static inline void line_copy(void *to, const void *from)
{
    __asm__ volatile("movups   (%1), %%xmm0\n\t"
                     "movups 16(%1), %%xmm1\n\t"
                     "movups 32(%1), %%xmm2\n\t"
                     "movups 48(%1), %%xmm3\n\t"
                     "movups %%xmm0,   (%0)\n\t"
                     "movups %%xmm1, 16(%0)\n\t"
                     "movups %%xmm2, 32(%0)\n\t"
                     "movups %%xmm3, 48(%0)"
                     :
                     : "r"(to), "r"(from)
                     : "xmm0", "xmm1", "xmm2", "xmm3", "memory");
}
#endif

/*
 * Copies `count` words into the segment one by one: best for what was written a moment ago, which a
 * vector load would have to wait for. `from` needs no alignment.
 */
static inline void words_store_fresh(_Atomic uint64_t *to, const void *from, size_t count)
{
    const char *bytes = from;
    uint64_t word;

    for (; count > 0; count--, to++, bytes += WORD) {
        memcpy(&word, bytes, WORD);
        word_store(to, word);
    }
}

/* Copies `count` words into the segment. `from` needs no alignment. */
static inline void words_store(_Atomic uint64_t *to, const void *from, size_t count)
{
    const char *bytes = from;

#ifndef WORDS_IN_PLAIN_C
    for (; count >= LINE / WORD; count -= LINE / WORD, to += LINE / WORD, bytes += LINE)
        line_copy(to, bytes);
#endif
    words_store_fresh(to, bytes, count);
}

/* Copies `length` bytes into the segment; the last word is padded with zeros. */
static inline void words_store_bytes(_Atomic uint64_t *to, const char *from, size_t length)
{
    size_t whole = length / WORD;
    size_t rest = length % WORD;
    uint64_t last = 0;

    words_store(to, from, whole);
    if (rest == 0)
        return;
    if (whole > 0) { /* cheaper than a copy of odd length */
        memcpy(&last, from + length - WORD, WORD);
        last >>= 8 * (WORD - rest);
    } else {
        memcpy(&last, from, rest);
    }
    word_store(to + whole, last);
}

/* Copies `count` words out of the segment. `to` needs no alignment. */
static inline void words_load(void *to, const _Atomic uint64_t *from, size_t count)
{
    char *bytes = to;
    uint64_t word;

#ifndef WORDS_IN_PLAIN_C
    for (; count >= LINE / WORD; count -= LINE / WORD, from += LINE / WORD, bytes += LINE)
        line_copy(bytes, from);
    for (; count >= PAIR / WORD; count -= PAIR / WORD, from += PAIR / WORD, bytes += PAIR)
        pair_copy(bytes, from);
#endif
    for (; count > 0; count--, from++, bytes += WORD) {
        word = word_load(from);
        memcpy(bytes, &word, WORD);
    }
}

#endif
