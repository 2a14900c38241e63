#include "common/redis_url.h"

#include <stdio.h>
#include <string.h>

#include "common/config.h"

#define SCHEME       "redis://"
#define DEFAULT_PORT 6379
#define MAX_DATABASE 9999

static bool parse_database(const char *text, unsigned *database)
{
    size_t digits = strspn(text, "0123456789");
    unsigned value = 0;
    if (digits > 4 || text[digits] != '\0')
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    *database = value;
    return value <= MAX_DATABASE;
}

bool redis_url_parse(const char *text, struct redis_url *url)
{
    char address[sizeof(url->host)];
    *url = (struct redis_url){.port = DEFAULT_PORT};
    if (strncmp(text, SCHEME, strlen(SCHEME)) != 0)
        return false;
    text += strlen(SCHEME);
    size_t length = strcspn(text, "/");
    if (length == 0 || length >= sizeof(address))
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    if (text[length] == '/' && !parse_database(text + length + 1, &url->database))
        return false;
    if (!config_split_listen(address, url->host, sizeof(url->host), &url->port)) {
        char with_port[sizeof(address) + 8];
        snprintf(with_port, sizeof(with_port), "%s:%u", address, DEFAULT_PORT);
        if (!config_split_listen(with_port, url->host, sizeof(url->host), &url->port))
            return false;
    }
    return url->host[0] != '\0' && url->port != 0;
}
