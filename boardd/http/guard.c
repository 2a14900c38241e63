#include "boardd/http/guard.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Cuts spaces and tabs off both ends. */
static struct http1_span trim(struct http1_span span)
{
    while (span.length > 0 && (span.start[0] == ' ' || span.start[0] == '\t')) {
        span.start++;
        span.length--;
    }
    while (span.length > 0 &&
           (span.start[span.length - 1] == ' ' || span.start[span.length - 1] == '\t'))
        span.length--;
    return span;
}

static bool same(struct http1_span span, const char *text, size_t length)
{
    return span.length == length && strncasecmp(span.start, text, length) == 0;
}

bool guard_in_list(const char *list, const char *item, size_t length)
{
    while (length > 0 && *list != '\0') {
        size_t span = strcspn(list, ",");
        if (same(trim((struct http1_span){list, span}), item, length))
            return true;
        list += span + (list[span] == ',' ? 1 : 0);
    }
    return false;
}

/* Without port and brackets. */
static struct http1_span host_name(struct http1_span host)
{
    if (host.length > 0 && host.start[0] == '[') {
        const char *end = memchr(host.start, ']', host.length);
        return end != NULL ? (struct http1_span){host.start + 1, (size_t)(end - host.start) - 1}
                           : host;
    }
    const char *colon = memchr(host.start, ':', host.length);
    if (colon != NULL)
        host.length = (size_t)(colon - host.start);
    return host;
}

static bool is_ip_address(struct http1_span name)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char binary[16];
    if (name.length >= sizeof(text))
        return false;
    memcpy(text, name.start, name.length);
    text[name.length] = '\0';
    return inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1;
}

bool guard_host(struct http1_span host, const char *listen_host, const char *allowed)
{
    struct http1_span name = host_name(host);
    if (name.length == 0)
        return false;
    return is_ip_address(name) || same(name, "localhost", 9) ||
           same(name, listen_host, strlen(listen_host)) ||
           guard_in_list(allowed, name.start, name.length);
}

/* Is the origin scheme://Host of this very request? */
static bool is_own_origin(const struct http1_request *request, struct http1_span origin,
                          bool secure)
{
    static const char http[] = "http://", https[] = "https://";
    size_t skip;
    if (origin.length > 8 && strncasecmp(origin.start, https, 8) == 0)
        skip = 8;
    else if (!secure && origin.length > 7 && strncasecmp(origin.start, http, 7) == 0)
        skip = 7;
    else
        return false;
    return same(request->host, origin.start + skip, origin.length - skip);
}

enum guard_origin guard_origin(const struct http1_request *request, bool secure,
                               const char *cors_origins)
{
    const struct http1_header *origin = http1_find(request, "Origin");
    const struct http1_header *site = http1_find(request, "Sec-Fetch-Site");
    if (origin != NULL && guard_in_list(cors_origins, origin->value.start, origin->value.length))
        return ORIGIN_LISTED;
    if (site != NULL && !http1_equals(site->value, "same-origin") &&
        !http1_equals(site->value, "none"))
        return ORIGIN_FOREIGN;
    if (origin == NULL)
        return ORIGIN_ABSENT;
    return is_own_origin(request, origin->value, secure) ? ORIGIN_SAME : ORIGIN_FOREIGN;
}

/* An entry of X-Forwarded-For: an address, perhaps with a port, perhaps in brackets. */
static bool forwarded_address(struct http1_span entry, char *out, size_t size)
{
    entry = trim(entry);
    if (!is_ip_address(entry))
        entry = host_name(entry);
    if (!is_ip_address(entry) || entry.length >= size)
        return false;
    memcpy(out, entry.start, entry.length);
    out[entry.length] = '\0';
    return true;
}

static struct http1_span take_last(struct http1_span *list)
{
    const char *comma = memrchr(list->start, ',', list->length);
    if (comma == NULL) {
        struct http1_span all = *list;
        list->length = 0;
        return all;
    }
    size_t before = (size_t)(comma - list->start);
    struct http1_span last = {comma + 1, list->length - before - 1};
    list->length = before;
    return last;
}

void guard_forwarded(const struct http1_request *request, const char *peer, const char *trusted,
                     char *address, size_t size, bool *secure)
{
    snprintf(address, size, "%s", peer);
    if (!guard_in_list(trusted, peer, strlen(peer)))
        return;
    const struct http1_header *proto = http1_find(request, "X-Forwarded-Proto");
    if (proto != NULL && http1_count(request, "X-Forwarded-Proto") == 1 &&
        http1_equals_ignoring_case(proto->value, "https"))
        *secure = true;
    const struct http1_header *header = http1_find(request, "X-Forwarded-For");
    if (header == NULL || http1_count(request, "X-Forwarded-For") != 1)
        return;
    struct http1_span list = header->value;
    char candidate[INET6_ADDRSTRLEN];
    while (list.length > 0 && forwarded_address(take_last(&list), candidate, sizeof(candidate))) {
        snprintf(address, size, "%s", candidate);
        if (!guard_in_list(trusted, candidate, strlen(candidate)))
            return;
    }
}

static unsigned find_cookie(struct http1_span cookies, const char *name, struct http1_span *value)
{
    unsigned found = 0;
    size_t length = strlen(name);
    while (cookies.length > 0) {
        const char *end = memchr(cookies.start, ';', cookies.length);
        size_t span = end != NULL ? (size_t)(end - cookies.start) : cookies.length;
        struct http1_span pair = trim((struct http1_span){cookies.start, span});
        if (pair.length > length && pair.start[length] == '=' &&
            memcmp(pair.start, name, length) == 0) {
            *value = (struct http1_span){pair.start + length + 1, pair.length - length - 1};
            found++;
        }
        span += end != NULL;
        cookies.start += span;
        cookies.length -= span;
    }
    return found;
}

bool guard_cookie(const struct http1_request *request, const char *name, char *out, size_t size)
{
    struct http1_span value = {"", 0};
    unsigned found = 0;
    for (unsigned i = 0; i < request->header_count; i++) {
        if (http1_equals_ignoring_case(request->headers[i].name, "Cookie"))
            found += find_cookie(request->headers[i].value, name, &value);
    }
    if (found != 1 || value.length == 0 || value.length >= size)
        return false;
    memcpy(out, value.start, value.length);
    out[value.length] = '\0';
    return true;
}
