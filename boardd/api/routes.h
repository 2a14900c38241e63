/*
 * From a request to its handler: the table of all routes (routes.def), and everything that is
 * checked before a handler runs, in this order: Host, rate, origin, path and method, session and
 * role, content type, CSRF token, query.
 */
#ifndef BOARDD_ROUTES_H
#define BOARDD_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boardd/http/http_server.h"
#include "boardd/http/query.h"
#include "boardd/login/session.h"

struct board;

/* A request as handlers see it. It lives on the stack: a handler that answers later copies what it
 * needs. */
struct api_request {
    struct board *board;
    struct http_exchange *exchange;
    enum role role;
    unsigned scopes;  /* of enum scope: what it may do */
    uint64_t session; /* its number; 0 without one */
    char session_id[SESSION_ID_SIZE];
    char user[SESSION_NAME_SIZE];
    char address[48];    /* of the browser, also behind a trusted proxy */
    bool secure;         /* the browser speaks https */
    char parameter[256]; /* the ":identity" or ":id" of the path, decoded */
    struct query query;
};

typedef void api_handler(struct api_request *request);

struct route {
    enum http_method method;
    const char *path;
    enum role role;
    api_handler *handler;
    const char *parameters; /* names of query parameters, separated by spaces */
    const char *help;
};

extern const struct route routes[];
extern const size_t route_count;

/* http_handler of the server; the context is the struct board. */
void routes_dispatch(struct http_exchange *exchange, void *context);

/* Sets the session's cookie; an empty id and 0 remove it. */
void api_set_cookie(struct api_request *request, const char *id, uint64_t max_age_s);
/* Makes the bearer of a token the one who asks; false when the request was answered. */
bool api_use_bearer(struct api_request *request, const char *token);
/* 400 with the error that the query functions left. */
void api_bad_query(struct api_request *request);

#define ROUTE(method, path, role, handler, parameters, help) api_handler handler;
#include "boardd/api/routes.def"

#endif
