#include "forward/command_entry.h"

#include "tests/unit/suite.h"

#include <string.h>

#define REPLIES "ocpp:replies:"
#define NOW     UINT64_C(1790000000000)

static struct text_span span(const char *text)
{
    return (struct text_span){text, strlen(text)};
}

/* name, value, …, NULL */
static bool parse(struct command_entry *entry, char error[128], const char *const *words)
{
    struct text_span fields[40];
    size_t count = 0;
    for (; words[count] != NULL; count++)
        fields[count] = span(words[count]);
    error[0] = '\0';
    return command_entry_parse(fields, count, REPLIES, entry, error, 128);
}

START_TEST(test_a_call_becomes_a_line)
{
    static const char *const words[] = {"id",         "b-1",
                                        "deadline",   "1790000005000",
                                        "reply",      "ocpp:replies:0123",
                                        "command",    "call",
                                        "station",    "CP \"1\"",
                                        "connection", "17",
                                        "action",     "Reset",
                                        "payload",    "{\"type\":\n\"Soft\"}",
                                        "user",       "alice",
                                        NULL};
    struct command_entry entry;
    char error[128], line[CONTROL_MAX_LINE + 1];
    ck_assert_msg(parse(&entry, error, words), "%s", error);
    ck_assert_str_eq(entry.id, "b-1");
    ck_assert_str_eq(entry.reply, "ocpp:replies:0123");
    size_t length = command_entry_line(&entry, 7, NOW, line);
    static const char wanted[] =
        "{\"id\":7,\"command\":\"call\",\"station\":\"CP \\\"1\\\"\",\"user\":\"alice\","
        "\"connection\":17,\"action\":\"Reset\",\"timeoutMs\":5000,"
        "\"payload\":{\"type\": \"Soft\"}}\n";
    ck_assert_uint_eq(length, strlen(wanted));
    ck_assert_mem_eq(line, wanted, length);
}
END_TEST

START_TEST(test_a_disconnect_takes_no_action)
{
    static const char *const words[] = {
        "command", "disconnect",     "station", "CP1",      "id",
        "1",       "action",         "Reset",   "deadline", "1790000005000",
        "reply",   "ocpp:replies:x", NULL};
    struct command_entry entry;
    char error[128], line[CONTROL_MAX_LINE + 1];
    ck_assert(parse(&entry, error, words));
    size_t length = command_entry_line(&entry, 8, NOW, line);
    static const char wanted[] = "{\"id\":8,\"command\":\"disconnect\",\"station\":\"CP1\"}\n";
    ck_assert_uint_eq(length, strlen(wanted));
    ck_assert_mem_eq(line, wanted, length);
}
END_TEST

static void expect_refused(const char *name, const char *value, const char *wanted)
{
    const char *words[] = {
        "id",      "1",    "deadline", "1790000005000", "reply",  "ocpp:replies:x",
        "command", "call", "station",  "CP1",           "action", "Reset",
        "payload", "{}",   NULL};
    struct command_entry entry;
    char error[128];
    ck_assert(parse(&entry, error, words));
    for (size_t i = 0; words[i] != NULL; i += 2) {
        if (strcmp(words[i], name) == 0)
            words[i + 1] = value;
    }
    ck_assert_msg(!parse(&entry, error, words), "%s = %s", name, value);
    ck_assert_str_eq(error, wanted);
}

START_TEST(test_what_is_wrong_is_refused)
{
    expect_refused("id", "", "id is missing or wrong");
    expect_refused("id", "a b", "id is missing or wrong");
    expect_refused("deadline", "soon", "deadline is missing or wrong");
    expect_refused("command", "shutdown", "command is missing or wrong");
    expect_refused("payload", "[]", "payload is missing or wrong");
    expect_refused("payload", "{}{}", "payload is missing or wrong");
    expect_refused("station", "1234567890123456789012345678901234567890123456789",
                   "station is missing or wrong");
}
END_TEST

START_TEST(test_answers_go_nowhere_but_to_streams_for_answers)
{
    static const char *const wrong[] = {"",
                                        "ocpp:replies:",
                                        "ocpp:alpha:messages",
                                        "other:",
                                        "ocpp:replies:a b",
                                        "ocpp:repliesx",
                                        "x" REPLIES "1"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        expect_refused("reply", wrong[i], "reply is missing or wrong");
}
END_TEST

START_TEST(test_a_refused_one_can_still_be_answered)
{
    static const char *const words[] = {"id", "b-2", "reply", "ocpp:replies:x", NULL};
    struct command_entry entry;
    char error[128];
    ck_assert(!parse(&entry, error, words));
    ck_assert_str_eq(entry.id, "b-2");
    ck_assert_str_eq(entry.reply, "ocpp:replies:x");
}
END_TEST

SUITE("command_entry", test_a_call_becomes_a_line, test_a_disconnect_takes_no_action,
      test_what_is_wrong_is_refused, test_answers_go_nowhere_but_to_streams_for_answers,
      test_a_refused_one_can_still_be_answered)
