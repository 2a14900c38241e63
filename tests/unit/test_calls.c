#include <string.h>

#include "gateway/calls.h"
#include "tests/unit/suite.h"

static const struct text_span payload = {"{\"a\":1}", 7};
static enum call_outcome outcomes[16];
static const struct ocppj_message *last_message;
static size_t outcome_count;

static void note(void *context, const struct call *call, enum call_outcome outcome,
                 const struct ocppj_message *message)
{
    (void)context;
    ck_assert_ptr_nonnull(call);
    last_message = message;
    outcomes[outcome_count++] = outcome;
}

static bool add(struct calls *calls)
{
    return calls_add(calls, 3, 0x1f, "Reset", payload, note, NULL);
}

static struct json_span id_span(const char *text)
{
    return (struct json_span){text, strlen(text), JSON_STRING};
}

START_TEST(test_one_at_a_time)
{
    struct calls calls = {0};
    struct ocppj_message message = {.type = MESSAGE_CALLRESULT};
    outcome_count = 0;
    ck_assert(add(&calls) && add(&calls) && add(&calls));
    ck_assert_msg(!add(&calls), "three wait already");
    struct call *first = calls_to_send(&calls);
    ck_assert_str_eq(first->id, "1f-1");
    ck_assert_str_eq(first->action, "Reset");
    ck_assert_uint_eq(first->length, payload.length);
    ck_assert_mem_eq(first->payload, payload.start, payload.length);
    ck_assert_ptr_null(calls_match(&calls, id_span("\"1f-1\""))); /* was not sent yet */
    first->sent_ns = 5;
    ck_assert_ptr_null(calls_to_send(&calls));
    ck_assert_uint_eq(calls_outstanding_since(&calls), 5);
    ck_assert_ptr_null(calls_match(&calls, id_span("\"1f-2\"")));
    ck_assert_ptr_eq(calls_match(&calls, id_span("\"1f-1\"")), first);
    calls_finish(first, CALL_ANSWERED, &message);
    ck_assert_ptr_eq(last_message, &message);
    ck_assert_str_eq(calls_to_send(&calls)->id, "1f-2");
    calls_clear(&calls);
    ck_assert_uint_eq(outcome_count, 3);
    ck_assert_int_eq(outcomes[0], CALL_ANSWERED);
    ck_assert_int_eq(outcomes[1], CALL_ABANDONED);
    ck_assert_int_eq(outcomes[2], CALL_ABANDONED);
    ck_assert_ptr_null(calls_to_send(&calls));
    ck_assert(add(&calls));
    calls_clear(&calls);
}
END_TEST

START_TEST(test_expiry)
{
    struct calls calls = {0};
    ck_assert_ptr_null(calls_expire(&calls, 100));
    ck_assert(add(&calls));
    ck_assert_ptr_null(calls_expire(&calls, 100));
    calls_to_send(&calls)->sent_ns = 50;
    ck_assert_ptr_null(calls_expire(&calls, 49));
    outcome_count = 0;
    calls_finish(calls_expire(&calls, 50), CALL_TIMED_OUT, NULL);
    ck_assert_uint_eq(outcome_count, 1);
    ck_assert_uint_eq(calls_outstanding_since(&calls), 0);
}
END_TEST

START_TEST(test_long_action)
{
    struct calls calls = {0};
    char action[100];
    memset(action, 'a', sizeof(action) - 1);
    action[sizeof(action) - 1] = '\0';
    ck_assert(!calls_add(&calls, 3, 1, action, payload, NULL, NULL));
}
END_TEST

START_TEST(test_forgetting)
{
    struct calls calls = {0};
    int first, second, third, fourth;
    ck_assert(calls_add(&calls, 8, 1, "A", payload, note, &first));
    ck_assert(calls_add(&calls, 8, 1, "B", payload, note, &second));
    ck_assert(calls_add(&calls, 8, 1, "C", payload, note, &third));
    ck_assert(calls_add(&calls, 8, 1, "D", payload, note, &fourth));
    calls_to_send(&calls)->sent_ns = 5;
    outcome_count = 0;
    ck_assert_msg(!calls_forget(&calls, &fourth), "the last one waited");
    ck_assert_msg(!calls_forget(&calls, &second), "one in the middle waited");
    ck_assert_uint_eq(calls.count, 2);
    ck_assert_msg(calls_forget(&calls, &first), "the first one was sent");
    ck_assert_msg(calls_forget(&calls, &second), "gone already");
    calls_finish(calls_expire(&calls, 5), CALL_TIMED_OUT, NULL);
    ck_assert_uint_eq(outcome_count, 0);
    ck_assert_str_eq(calls_to_send(&calls)->action, "C");
    ck_assert(calls_add(&calls, 8, 1, "E", payload, note, &fourth));
    ck_assert_msg(!calls_forget(&calls, &third), "the first one was not sent");
    ck_assert_str_eq(calls_to_send(&calls)->action, "E");
    ck_assert(!calls_forget(&calls, &fourth));
    ck_assert_ptr_null(calls.first);
    ck_assert_ptr_null(calls.last);
    ck_assert(add(&calls));
    calls_clear(&calls);
    ck_assert_uint_eq(outcome_count, 1);
}
END_TEST

SUITE("calls", test_one_at_a_time, test_expiry, test_long_action, test_forgetting)
