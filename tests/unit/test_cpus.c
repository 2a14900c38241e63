#include "common/cpus.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

static cpu_set_t allowed(void)
{
    cpu_set_t set;
    ck_assert_int_eq(sched_getaffinity(0, sizeof(set), &set), 0);
    return set;
}

static unsigned first_of(const cpu_set_t *set)
{
    unsigned cpu = 0;
    while (!CPU_ISSET(cpu, set))
        cpu++;
    return cpu;
}

START_TEST(auto_leaves_the_first_to_others)
{
    char error[200];
    cpu_set_t before = allowed();
    ck_assert_msg(cpus_bind("auto", error, sizeof(error)), "%s", error);
    cpu_set_t after = allowed();
    if (CPU_COUNT(&before) == 1) {
        ck_assert(CPU_EQUAL(&before, &after));
        return;
    }
    ck_assert(!CPU_ISSET(first_of(&before), &after));
    ck_assert_int_eq(CPU_COUNT(&after), CPU_COUNT(&before) - 1);
}
END_TEST

START_TEST(first_takes_what_auto_leaves)
{
    char error[200];
    cpu_set_t before = allowed();
    ck_assert_msg(cpus_bind("first", error, sizeof(error)), "%s", error);
    cpu_set_t after = allowed();
    if (CPU_COUNT(&before) > 1 && CPU_COUNT(&before) <= CPUS_FEW) {
        ck_assert_int_eq(CPU_COUNT(&after), 1);
        ck_assert(CPU_ISSET(first_of(&before), &after));
    } else {
        ck_assert(CPU_EQUAL(&before, &after));
    }
}
END_TEST

START_TEST(a_list_binds_and_nothing_changes_nothing)
{
    char list[16], error[200];
    cpu_set_t before = allowed();
    unsigned first = first_of(&before);
    ck_assert(cpus_bind("", error, sizeof(error)));
    cpu_set_t after = allowed();
    ck_assert(CPU_EQUAL(&before, &after));
    snprintf(list, sizeof(list), "%u-%u,%u", first, first, first);
    ck_assert_msg(cpus_bind(list, error, sizeof(error)), "%s", error);
    after = allowed();
    ck_assert_int_eq(CPU_COUNT(&after), 1);
    ck_assert(CPU_ISSET(first, &after));
}
END_TEST

START_TEST(lists)
{
    static const char *const good[] = {"", "auto", "first", "0", "0-3", "1,2,7-9", "1023"};
    static const char *const bad[] = {
        "-",    "0-",  "3-1",  "1,",   ",1", "a",   "0x1",   "-1",
        "1024", "1 2", "Auto", "1--2", " 1", "1;2", "1-2-3", "99999999999999999999"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        ck_assert_msg(cpus_is_list(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(!cpus_is_list(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(what_cannot_be_is_said)
{
    char error[200];
    ck_assert(!cpus_bind("1023", error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "processors 1023: "));
    ck_assert(!cpus_bind("last", error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "'last' is no list"));
}
END_TEST

SUITE("cpus", auto_leaves_the_first_to_others, first_takes_what_auto_leaves,
      a_list_binds_and_nothing_changes_nothing, lists, what_cannot_be_is_said)
