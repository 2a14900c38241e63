#include "tools/sim_websocket.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

struct url_parts {
    char host[112];
    char port[8];
    char path[256];
    bool is_secure;
};

static bool copy(char *out, size_t size, const char *start, size_t length)
{
    if (length >= size)
        return false;
    memcpy(out, start, length);
    out[length] = '\0';
    return true;
}

/* "host:port", "host", "[v6]:port", "[v6]" */
static bool split_authority(struct url_parts *parts, const char *start, size_t length,
                            const char *default_port)
{
    const char *end = start + length;
    const char *host_end;
    bool bracket = length > 0 && *start == '[';

    if (bracket) {
        host_end = memchr(start++, ']', length);
        if (host_end == NULL)
            return false;
    } else {
        host_end = memchr(start, ':', length);
        if (host_end == NULL)
            host_end = end;
    }
    if (host_end == start ||
        !copy(parts->host, sizeof parts->host, start, (size_t)(host_end - start)))
        return false;
    const char *rest = bracket ? host_end + 1 : host_end;
    if (rest == end)
        return copy(parts->port, sizeof parts->port, default_port, strlen(default_port));
    return *rest == ':' && end > rest + 1 &&
           copy(parts->port, sizeof parts->port, rest + 1, (size_t)(end - rest - 1));
}

static bool split(struct url_parts *parts, const char *url)
{
    parts->is_secure = strncmp(url, "wss://", 6) == 0;
    if (!parts->is_secure && strncmp(url, "ws://", 5) != 0)
        return false;
    url += parts->is_secure ? 6 : 5;
    size_t authority = strcspn(url, "/?#");
    const char *path = url + authority;
    size_t path_length = strlen(path);
    while (path_length > 0 && path[path_length - 1] == '/')
        path_length--;
    for (size_t i = 0; i < path_length; i++) {
        if (path[i] <= ' ' || path[i] >= 0x7f || path[i] == '?' || path[i] == '#')
            return false;
    }
    return split_authority(parts, url, authority, parts->is_secure ? "443" : "80") &&
           copy(parts->path, sizeof parts->path, path, path_length);
}

bool sim_target_parse(struct sim_target *target, const char *url, char *error, size_t error_size)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    struct url_parts parts;

    memset(target, 0, sizeof *target);
    if (!split(&parts, url)) {
        snprintf(error, error_size,
                 "\"%s\" is not of the form ws://host:port/path or wss://host:port/path", url);
        return false;
    }
    int code = getaddrinfo(parts.host, parts.port, &hints, &found);
    if (code != 0) {
        snprintf(error, error_size, "%s port %s: %s", parts.host, parts.port, gai_strerror(code));
        return false;
    }
    memcpy(&target->address, found->ai_addr, found->ai_addrlen);
    target->address_length = found->ai_addrlen;
    freeaddrinfo(found);
    bool v6 = strchr(parts.host, ':') != NULL;
    snprintf(target->host, sizeof target->host, v6 ? "[%s]:%s" : "%s:%s", parts.host, parts.port);
    snprintf(target->path, sizeof target->path, "%s", parts.path);
    snprintf(target->name, sizeof target->name, "%s", parts.host);
    target->is_secure = parts.is_secure;
    return true;
}
