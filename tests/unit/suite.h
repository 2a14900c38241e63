/*
 * A unit suite is a program: its tests, and at the end of the file
 *     SUITE("module", test_one, test_two)
 * or, with functions that run before and after each test,
 *     SUITE_WITH("module", begin, end, test_one, test_two)
 */
#ifndef TESTS_UNIT_SUITE_H
#define TESTS_UNIT_SUITE_H

#include <check.h>
#include <stddef.h>

static inline int suite_run(const char *name, void (*begin)(void), void (*end)(void),
                            const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tests_of_suite = tcase_create(name);
    if (begin != NULL)
        tcase_add_checked_fixture(tests_of_suite, begin, end);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tests_of_suite, tests[i]);
    /* generous: sanitizers and a busy machine */
    tcase_set_timeout(tests_of_suite, 60);
    suite_add_tcase(suite, tests_of_suite);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

#define SUITE_WITH(name, begin, end, ...)                                                          \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        return suite_run(name, begin, end, tests, sizeof(tests) / sizeof(tests[0]));               \
    }
#define SUITE(name, ...) SUITE_WITH(name, NULL, NULL, __VA_ARGS__)

#endif
