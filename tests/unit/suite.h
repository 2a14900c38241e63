/*
 * A unit suite is a program: its tests, and at the end of the file
 *     SUITE("module", test_one, test_two)
 */
#ifndef TESTS_UNIT_SUITE_H
#define TESTS_UNIT_SUITE_H

#include <check.h>
#include <stddef.h>

static inline int suite_run(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tests_of_suite = tcase_create(name);
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

#define SUITE(name, ...)                                                                           \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        return suite_run(name, tests, sizeof(tests) / sizeof(tests[0]));                           \
    }

#endif
