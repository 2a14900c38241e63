#include <stdio.h>

#include "gateway/registry.h"
#include "tests/unit/suite.h"

#define MANY 1000

START_TEST(test_find_add_remove)
{
    static struct registry_entry entries[MANY];
    static char names[MANY][16];
    struct registry *registry = registry_new(10); /* fewer than come: chains grow */
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "CP%d", i);
        ck_assert_ptr_null(registry_find(registry, names[i]));
        registry_add(registry, &entries[i], names[i]);
    }
    ck_assert_uint_eq(registry_count(registry), MANY);
    ck_assert_ptr_eq(registry_first(registry), &entries[MANY - 1]);
    for (int i = 0; i < MANY; i += 2)
        registry_remove(registry, &entries[i]);
    for (int i = 0; i < MANY; i++)
        ck_assert_ptr_eq(registry_find(registry, names[i]), i % 2 ? &entries[i] : NULL);
    size_t listed = 0;
    for (struct registry_entry *entry = registry_first(registry); entry != NULL;
         entry = entry->next)
        listed++;
    ck_assert_uint_eq(listed, MANY / 2);
    ck_assert_uint_eq(registry_count(registry), MANY / 2);
    registry_free(registry);
}
END_TEST

START_TEST(test_the_list_from_all_sides)
{
    struct registry_entry a, b, c;
    struct registry *registry = registry_new(1);
    registry_add(registry, &a, "a");
    registry_add(registry, &b, "b");
    registry_add(registry, &c, "c");
    registry_remove(registry, &b);
    ck_assert_ptr_eq(registry_first(registry), &c);
    ck_assert_ptr_eq(c.next, &a);
    registry_remove(registry, &a);
    ck_assert_ptr_null(c.next);
    registry_remove(registry, &c);
    ck_assert_ptr_null(registry_first(registry));
    registry_free(registry);
}
END_TEST

SUITE("registry", test_find_add_remove, test_the_list_from_all_sides)
