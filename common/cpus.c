#include "common/cpus.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One number of the list, below CPU_SETSIZE; *at moves behind it. */
static bool parse_number(const char **at, unsigned *number)
{
    size_t digits = strspn(*at, "0123456789");
    if (digits == 0 || digits > 4)
        return false;
    *number = (unsigned)strtoul(*at, NULL, 10);
    *at += digits;
    return *number < CPU_SETSIZE;
}

static bool parse_list(const char *list, cpu_set_t *set)
{
    unsigned first, last;
    CPU_ZERO(set);
    for (;; list++) {
        if (!parse_number(&list, &first))
            return false;
        last = first;
        if (*list == '-') {
            list++;
            if (!parse_number(&list, &last) || last < first)
                return false;
        }
        for (unsigned cpu = first; cpu <= last; cpu++)
            CPU_SET(cpu, set);
        if (*list != ',')
            return *list == '\0';
    }
}

static unsigned first_of(const cpu_set_t *set)
{
    unsigned cpu = 0;
    while (!CPU_ISSET(cpu, set))
        cpu++;
    return cpu;
}

/* "auto" and "first" share the processors out; where there is one, both have it. */
static void choose(bool first, cpu_set_t *set)
{
    int count = CPU_COUNT(set);
    unsigned cpu = count > 0 ? first_of(set) : 0;
    if (count < 2 || (first && count > CPUS_FEW))
        return;
    if (!first) {
        CPU_CLR(cpu, set);
        return;
    }
    CPU_ZERO(set);
    CPU_SET(cpu, set);
}

static bool is_word(const char *list)
{
    return strcmp(list, "auto") == 0 || strcmp(list, "first") == 0;
}

bool cpus_is_list(const char *list)
{
    cpu_set_t set;
    return list[0] == '\0' || is_word(list) || parse_list(list, &set);
}

bool cpus_bind(const char *list, char *error, size_t error_size)
{
    cpu_set_t set;
    if (list[0] == '\0')
        return true;
    if (is_word(list)) {
        if (sched_getaffinity(0, sizeof(set), &set) != 0)
            return true; /* more processors than fit: there are enough for all */
        choose(strcmp(list, "first") == 0, &set);
    } else if (!parse_list(list, &set)) {
        snprintf(error, error_size, "'%s' is no list of processors such as 0-2,5", list);
        return false;
    }
    if (sched_setaffinity(0, sizeof(set), &set) != 0) {
        snprintf(error, error_size, "processors %s: %s", list, strerror(errno));
        return false;
    }
    return true;
}
