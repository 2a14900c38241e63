#include "boardd/state/question_memo.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

static struct question_memo *memo;

static void begin(void)
{
    memo = question_memo_new();
    ck_assert_ptr_nonnull(memo);
}

static void end(void)
{
    question_memo_free(memo);
}

static struct selection about(const char *text, const char *expression)
{
    struct selection selection;
    struct filter_error error;
    selection_init(&selection);
    snprintf(selection.text, sizeof(selection.text), "%s", text);
    if (expression != NULL)
        selection.filter = filter_new(expression, strlen(expression), 1000, &error);
    return selection;
}

/* Asks, and makes known that record 0 of source 3 matches; how many were known before. */
static long ask(enum collection collection, const struct selection *selection)
{
    struct match_map *maps = question_memo_ask(memo, collection, selection);
    if (maps == NULL)
        return -1;
    long known = (long)maps[3].count;
    if (known == 0)
        match_map_append(&maps[3], true);
    return known;
}

static long ask_about(const char *text, const char *expression)
{
    struct selection selection = about(text, expression);
    long known = ask(COLLECTION_MESSAGES, &selection);
    filter_free(selection.filter);
    return known;
}

START_TEST(the_same_question_is_known)
{
    ck_assert_int_eq(ask_about("a", "station:A*"), 0);
    ck_assert_int_eq(ask_about("a", "station:A*"), 1);
    ck_assert_int_eq(ask_about("a", "identity:A*"), 1); /* says the same */
}
END_TEST

START_TEST(another_question_is_not)
{
    struct selection selection = about("a", "station:A*");
    ck_assert_int_eq(ask(COLLECTION_MESSAGES, &selection), 0);
    ck_assert_int_eq(ask(COLLECTION_ERRORS, &selection), 0);
    selection.directions = 2;
    ck_assert_int_eq(ask(COLLECTION_MESSAGES, &selection), 0);
    selection.directions = 0;
    selection.source = 3;
    ck_assert_int_eq(ask(COLLECTION_MESSAGES, &selection), 0);
    selection.source = -1;
    strcpy(selection.identity, "A");
    ck_assert_int_eq(ask(COLLECTION_MESSAGES, &selection), 0);
    selection.identity[0] = '\0';
    ck_assert_int_eq(ask(COLLECTION_MESSAGES, &selection), 1);
    filter_free(selection.filter);
    ck_assert_int_eq(ask_about("b", "station:A*"), 0);
    ck_assert_int_eq(ask_about("a", "station:B*"), 0);
    ck_assert_int_eq(ask_about("a", NULL), 0);
    ck_assert_int_eq(ask_about("a", "station:A*"), 1);
}
END_TEST

START_TEST(times_are_not_kept)
{
    struct selection selection = about("a", NULL);
    ck_assert_int_eq(ask_about("a", "since:10m"), -1);
    ck_assert_int_eq(ask_about("a", "type:CALL not (foo or until:10m)"), -1);
    selection.since_ns = 5;
    ck_assert_int_eq(ask(COLLECTION_MESSAGES, &selection), -1);
    selection.since_ns = 0;
    selection.until_ns = 5;
    ck_assert_int_eq(ask(COLLECTION_MESSAGES, &selection), -1);
    ck_assert_ptr_null(question_memo_ask(NULL, COLLECTION_MESSAGES, &selection));
}
END_TEST

START_TEST(the_one_asked_longest_ago_gives_way)
{
    char text[16];
    for (int i = 0; i < QUESTION_MEMO_QUESTIONS; i++) {
        snprintf(text, sizeof(text), "%d", i);
        ck_assert_int_eq(ask_about(text, NULL), 0);
    }
    ck_assert_int_eq(ask_about("0", NULL), 1);
    ck_assert_int_eq(ask_about("one more", NULL), 0); /* in the place of "1" */
    ck_assert_int_eq(ask_about("0", NULL), 1);
    ck_assert_int_eq(ask_about("2", NULL), 1);
    ck_assert_int_eq(ask_about("1", NULL), 0);
}
END_TEST

START_TEST(what_is_void_is_forgotten)
{
    ck_assert_int_eq(ask_about("a", NULL), 0);
    question_memo_forget_source(memo, 2);
    ck_assert_int_eq(ask_about("a", NULL), 1);
    question_memo_forget_source(memo, 3);
    ck_assert_int_eq(ask_about("a", NULL), 0);
    question_memo_forget(memo);
    ck_assert_int_eq(ask_about("a", NULL), 0);
    ck_assert_int_eq(ask_about("a", NULL), 1);
    question_memo_forget(NULL);
    question_memo_forget_source(NULL, 0);
}
END_TEST

SUITE_WITH("question_memo", begin, end, the_same_question_is_known, another_question_is_not,
           times_are_not_kept, the_one_asked_longest_ago_gives_way, what_is_void_is_forgotten)
