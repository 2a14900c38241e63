/* Who may do what: a user has a role, an API token has scopes, a route asks for one of them. */
#ifndef BOARDD_ROLE_H
#define BOARDD_ROLE_H

#include <stdbool.h>

enum role {
    ROLE_NONE,
    ROLE_VIEWER,
    ROLE_OPERATOR,
    ROLE_METRICS, /* of routes, and of API tokens that may do nothing else */
};

enum scope { SCOPE_READ = 1, SCOPE_OPERATE = 2, SCOPE_METRICS = 4 };

const char *role_name(enum role role);
/* "viewer" or "operator": what a user can be. */
bool role_parse(const char *name, enum role *role);
/* A viewer reads; an operator may do everything. */
unsigned role_scopes(enum role role);
/* What to call the owner of these scopes. */
enum role scopes_role(unsigned scopes);
/* "read,metrics" into bits; false when a word is no scope, or there is none. */
bool scopes_parse(const char *list, unsigned *scopes);
/* Whether these scopes suffice for a route that asks for `role`; one that only reads metrics is
 * open to those who may read anything. */
bool scopes_suffice(unsigned scopes, enum role role, bool only_reads);

#endif
