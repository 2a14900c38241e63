#include "boardd/login/role.h"

#include <string.h>

static const char *const role_names[] = {
    [ROLE_NONE] = "none",
    [ROLE_VIEWER] = "viewer",
    [ROLE_OPERATOR] = "operator",
    [ROLE_METRICS] = "metrics",
};

const char *role_name(enum role role)
{
    return role_names[role];
}

bool role_parse(const char *name, enum role *role)
{
    for (enum role candidate = ROLE_VIEWER; candidate <= ROLE_OPERATOR; candidate++) {
        if (strcmp(name, role_names[candidate]) == 0) {
            *role = candidate;
            return true;
        }
    }
    return false;
}

unsigned role_scopes(enum role role)
{
    switch (role) {
    case ROLE_OPERATOR:
        return SCOPE_READ | SCOPE_OPERATE | SCOPE_METRICS;
    case ROLE_VIEWER:
        return SCOPE_READ;
    case ROLE_METRICS:
        return SCOPE_METRICS;
    case ROLE_NONE:
        break;
    }
    return 0;
}

enum role scopes_role(unsigned scopes)
{
    if ((scopes & SCOPE_OPERATE) != 0)
        return ROLE_OPERATOR;
    if ((scopes & SCOPE_READ) != 0)
        return ROLE_VIEWER;
    return (scopes & SCOPE_METRICS) != 0 ? ROLE_METRICS : ROLE_NONE;
}

static unsigned scope_of(const char *word, size_t length)
{
    static const char *const names[] = {"read", "operate", "metrics"};
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == length && memcmp(names[i], word, length) == 0)
            return 1u << i;
    }
    return 0;
}

bool scopes_parse(const char *list, unsigned *scopes)
{
    *scopes = 0;
    for (;;) {
        size_t length = strcspn(list, ",");
        unsigned scope = scope_of(list, length);
        if (scope == 0)
            return false;
        *scopes |= scope;
        if (list[length] == '\0')
            return true;
        list += length + 1;
    }
}

bool scopes_suffice(unsigned scopes, enum role role, bool only_reads)
{
    switch (role) {
    case ROLE_NONE:
        return true;
    case ROLE_VIEWER:
        return (scopes & SCOPE_READ) != 0;
    case ROLE_OPERATOR:
        return (scopes & SCOPE_OPERATE) != 0;
    case ROLE_METRICS:
        break;
    }
    return (scopes & (SCOPE_METRICS | (only_reads ? SCOPE_READ : 0u))) != 0;
}
