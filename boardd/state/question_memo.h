/*
 * Questions that were asked lately, and which records were found to match them: dashboards ask the
 * same over and over, and only what came since has to be looked at. An event never changes, so that
 * what was found of it stays true until its source has another history, or until what is hidden
 * changes. Questions for a time are not kept: "the last ten minutes" is another question each time.
 */
#ifndef BOARDD_QUESTION_MEMO_H
#define BOARDD_QUESTION_MEMO_H

#include "boardd/state/match_map.h"
#include "boardd/state/selection.h"

/* More than the pages that are open at a time ask. Each takes a bit for each record in the rings at
 * the most: a 256th of what the index of them takes. */
#define QUESTION_MEMO_QUESTIONS 32

struct question_memo;

/* NULL: no memory. */
struct question_memo *question_memo_new(void);
void question_memo_free(struct question_memo *memo);

/*
 * The maps of that question, by the source's number, valid until the next call; it is the caller
 * who fills them. One that was not known takes the place of that which was asked longest ago. NULL:
 * it is none to be kept, or there is no memory. `memo` may be NULL.
 */
struct match_map *question_memo_ask(struct question_memo *memo, enum collection collection,
                                    const struct selection *selection);
void question_memo_forget(struct question_memo *memo);
void question_memo_forget_source(struct question_memo *memo, unsigned source);

#endif
