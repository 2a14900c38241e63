/* What is said of expressions that are none. */
#include "shm/filter.h"

#include "tests/unit/filter_fixture.h"
#include "tests/unit/suite.h"

static const struct {
    const char *expression;
    size_t offset;
    const char *text;
} errors[] = {
    {"statoin:CP", 0, "unknown field \"statoin\", did you mean station?"},
    {"dir:in latncy>5", 7, "unknown field \"latncy\", did you mean latency?"},
    {"http://x", 0, "unknown field \"http\"; put a text that has : = < or > in quotes"},
    {"x=1", 0, "unknown field \"x\"; put a text that has : = < or > in quotes"},
    {"station:", 8, "station needs a value: a name, such as CP-001 or CP-*"},
    {"station: CP", 8, "station needs a value: a name, such as CP-001 or CP-*"},
    {"station:a,,b", 10, "station needs a value: a name, such as CP-001 or CP-*"},
    {"station:a,", 10, "station needs a value: a name, such as CP-001 or CP-*"},
    {"dir:", 4, "dir needs a value: one of in, out"},
    {"dir:inn", 4, "dir can't be \"inn\", did you mean in?"},
    {"dir:up", 4, "dir can't be \"up\"; expected one of in, out"},
    {"dir:sideways", 4, "dir can't be \"sideways\"; expected one of in, out"},
    {"dir:in,sideways", 7, "dir can't be \"sideways\"; expected one of in, out"},
    {"type:CALLRESLT", 5, "type can't be \"CALLRESLT\", did you mean CALLRESULT?"},
    {"event:nothing", 6,
     "event can't be \"nothing\"; expected one of those in ocpp-board-filter(7)"},
    {"severity>grave", 9,
     "severity can't be \"grave\"; expected one of low, medium, high, critical"},
    {"latency>fast", 8,
     "latency can't be \"fast\"; expected milliseconds, or a number with a unit: 500, 1.5s, "
     "10m"},
    {"latency>", 8, "latency needs a value: milliseconds, or a number with a unit: 500, 1.5s, 10m"},
    {"latency>1.", 8,
     "latency can't be \"1.\"; expected milliseconds, or a number with a unit: 500, 1.5s, 10m"},
    {"latency>1000000000", 8,
     "latency can't be \"1000000000\"; expected milliseconds, or a number with a unit: 500, "
     "1.5s, 10m"},
    {"latency>1,2", 9, "expected one value, not a list"},
    {"since:1h,2h", 8, "expected one value, not a list"},
    {"size>1s", 5, "size can't be \"1s\"; expected bytes, or a number with a unit: 500, 64K, 1M"},
    {"close:1.5", 6, "close can't be \"1.5\"; expected a whole number"},
    {"since:yesterday", 6,
     "since can't be \"yesterday\"; expected a time: 30s, 10m, 2h, 1d ago or "
     "2026-01-31T12:00:00Z"},
    {"station>CP", 7, "station can't be compared with < or >; write station:value"},
    {"type<=CALL", 4, "type can't be compared with < or >; write type:value"},
    {"text:\"\"", 5, "text needs a value: some text"},
    {"a \"\"", 2, "text needs a value: some text"},
    {"a \"bc", 2, "the quote is not closed"},
    {"station:\"a\\\"", 8, "the quote is not closed"},
    {"\"a\\nb\"", 2,
     "in quotes a backslash stands before \" or another backslash; for a backslash write two"},
    {"a\"b\"", 1, "expected a blank; a text with \" or a parenthesis stands in quotes"},
    {"a or\"b\"", 4, "expected a blank; a text with \" or a parenthesis stands in quotes"},
    {"\"a\"b", 3, "expected a blank; a text with \" or a parenthesis stands in quotes"},
    {"f(x)", 1, "expected a blank; a text with \" or a parenthesis stands in quotes"},
    {"(a)(b)", 3, "expected a blank; a text with \" or a parenthesis stands in quotes"},
    {"(a", 2, "expected \")\" for the \"(\" at 0"},
    {"a (b or (c) ", 12, "expected \")\" for the \"(\" at 2"},
    {"a)", 1, "\")\" without \"(\""},
    {"latency > 5", 8,
     "expected a field right before \">\"; a text that begins with it stands in quotes"},
    {"a !=b", 3,
     "expected a field right before \"=\"; a text that begins with it stands in quotes"},
    {"()", 1, "expected a term, found \")\""},
    {"and a", 0, "expected a term, found \"and\""},
    {"a or", 4, "expected a term, found the end"},
    {"a or or b", 5, "expected a term, found \"or\""},
    {"a and", 5, "expected a term, found the end"},
    {"a and and b", 6, "expected a term, found \"and\""},
    {"not", 3, "expected a term, found the end"},
    {"not )", 4, "expected a term, found \")\""},
    {"a \xc3(", 2, "not UTF-8"},
    {"a\001", 1, "a control character"},
    {"\"\x7f\"", 1, "a control character"},
    {"((((((((((((((((a))))))))))))))))(", 33,
     "expected a blank; a text with \" or a parenthesis stands in quotes"},
    {"(((((((((((((((((a)))))))))))))))))", 16, "more than 16 parentheses within each other"},
    {"a b c d e f g h i", 16, "at most 8 texts can be searched for"},
};

START_TEST(every_error_says_where)
{
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        struct filter_error error = {0};
        const char *expression = errors[i].expression;
        ck_assert_msg(filter_new(expression, strlen(expression), NOW, &error) == NULL, "%s",
                      expression);
        ck_assert_msg(error.offset == errors[i].offset, "%s: at %zu, not %zu: %s", expression,
                      error.offset, errors[i].offset, error.text);
        ck_assert_str_eq(error.text, errors[i].text);
    }
}
END_TEST

START_TEST(lengths_have_bounds)
{
    char expression[FILTER_MAX_LENGTH + 2];
    struct filter_error error;
    memset(expression, 'x', sizeof expression);
    struct filter *filter = filter_new(expression, FILTER_MAX_LENGTH, NOW, &error);
    ck_assert_ptr_nonnull(filter);
    filter_free(filter);
    ck_assert_ptr_null(filter_new(expression, FILTER_MAX_LENGTH + 1, NOW, &error));
    ck_assert_uint_eq(error.offset, FILTER_MAX_LENGTH);
    ck_assert_str_eq(error.text, "longer than 1024 bytes");

    size_t length = 0;
    for (int i = 0; i < FILTER_MAX_NODES; i++)
        length += (size_t)snprintf(expression + length, sizeof expression - length, "dir:in ");
    /* one node joins them */
    ck_assert_ptr_null(filter_new(expression, length, NOW, &error));
    ck_assert_uint_eq(error.offset, length - 3);
    ck_assert_str_eq(error.text, "too long: at most 64 values and operators");
    filter = filter_new(expression, length - 7, NOW, &error);
    ck_assert_ptr_nonnull(filter);
    ck_assert_uint_eq(filter_size(filter), FILTER_MAX_NODES);
    filter_free(filter);

    expression[0] = '\0';
    ck_assert_ptr_null(filter_new(expression, 1, NOW, &error));
    ck_assert_str_eq(error.text, "a control character");
}
END_TEST

START_TEST(what_an_error_quotes_is_harmless_and_short)
{
    struct filter_error error;
    char expression[512];
    snprintf(expression, sizeof expression, "%.200s:x",
             "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
             "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
    ck_assert_ptr_null(filter_new(expression, strlen(expression), NOW, &error));
    ck_assert_str_eq(error.text, "unknown field \"abcdefghijklmnopqrstuvwxyzabcdefghijklmn\"; "
                                 "put a text that has : = < or > in quotes");
    static const char tricky[] = "dir:a\xe2\x80\xae"
                                 "b";
    ck_assert_ptr_null(filter_new(tricky, sizeof tricky - 1, NOW, &error));
    ck_assert_str_eq(error.text, "dir can't be \"a\\xE2\\x80\\xAEb\"; expected one of in, out");
}
END_TEST

SUITE("filter_errors", every_error_says_where, lengths_have_bounds,
      what_an_error_quotes_is_harmless_and_short)
