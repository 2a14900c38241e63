#include "boardd/state/question_memo.h"

#include <stdlib.h>

struct question {
    uint64_t asked; /* 0: none is kept here */
    enum collection collection;
    struct selection selection; /* with a filter of its own */
    struct match_map maps[TAIL_MAX_SOURCES];
};

struct question_memo {
    uint64_t asked; /* how often */
    struct question questions[QUESTION_MEMO_QUESTIONS];
};

struct question_memo *question_memo_new(void)
{
    return calloc(1, sizeof(struct question_memo));
}

static void forget(struct question *question)
{
    for (unsigned source = 0; source < TAIL_MAX_SOURCES; source++)
        match_map_clear(&question->maps[source], 0);
    filter_free(question->selection.filter);
    question->selection.filter = NULL;
    question->asked = 0;
}

void question_memo_forget(struct question_memo *memo)
{
    for (unsigned i = 0; memo != NULL && i < QUESTION_MEMO_QUESTIONS; i++)
        forget(&memo->questions[i]);
}

void question_memo_forget_source(struct question_memo *memo, unsigned source)
{
    for (unsigned i = 0; memo != NULL && i < QUESTION_MEMO_QUESTIONS; i++)
        match_map_clear(&memo->questions[i].maps[source], 0);
}

void question_memo_free(struct question_memo *memo)
{
    question_memo_forget(memo);
    free(memo);
}

static bool asks_for_time(const struct selection *selection)
{
    return selection->since_ns != 0 || selection->until_ns != UINT64_MAX ||
           (selection->filter != NULL && (filter_asks(selection->filter) & FILTER_ASKS_TIME) != 0);
}

/* The same question, or the one that was asked longest ago. */
static struct question *choose(struct question_memo *memo, enum collection collection,
                               const struct selection *selection)
{
    struct question *chosen = &memo->questions[0];
    for (unsigned i = 0; i < QUESTION_MEMO_QUESTIONS; i++) {
        struct question *question = &memo->questions[i];
        if (question->asked != 0 && question->collection == collection &&
            selection_equal(&question->selection, selection))
            return question;
        if (question->asked < chosen->asked)
            chosen = question;
    }
    forget(chosen);
    return chosen;
}

struct match_map *question_memo_ask(struct question_memo *memo, enum collection collection,
                                    const struct selection *selection)
{
    if (memo == NULL || asks_for_time(selection))
        return NULL;
    struct question *question = choose(memo, collection, selection);
    if (question->asked == 0) {
        struct filter *copy = selection->filter != NULL ? filter_copy(selection->filter) : NULL;
        if (copy == NULL && selection->filter != NULL)
            return NULL;
        question->collection = collection;
        question->selection = *selection;
        question->selection.filter = copy;
    }
    question->asked = ++memo->asked;
    return question->maps;
}
