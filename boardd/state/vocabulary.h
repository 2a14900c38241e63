/*
 * Numbers for the words that stations use over and over: statuses, error codes, measurands. The
 * words of the specifications have theirs from the start; others get one while there is room, and
 * are "Other" after that, so that no station can make the table grow without bound.
 */
#ifndef BOARDD_VOCABULARY_H
#define BOARDD_VOCABULARY_H

#include <stddef.h>
#include <stdint.h>

#define VOCABULARY_WORDS    1024
#define VOCABULARY_MAX_WORD 50 /* longer ones are cut */

struct vocabulary;

struct vocabulary *vocabulary_new(void); /* NULL: no memory */
void vocabulary_free(struct vocabulary *vocabulary);
/* The word's number, given now if it has none; 0 for an empty word. */
uint16_t vocabulary_add(struct vocabulary *vocabulary, const char *word, size_t length);
/* The word's number, 0 when it has none. */
uint16_t vocabulary_find(const struct vocabulary *vocabulary, const char *word, size_t length);
/* "" for 0. */
const char *vocabulary_word(const struct vocabulary *vocabulary, uint16_t number);

#endif
