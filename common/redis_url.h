/*
 * Where a Redis (or Valkey) server is: redis://host[:port][/database]. User and password don't
 * stand there: a command line and a log line show it.
 */
#ifndef COMMON_REDIS_URL_H
#define COMMON_REDIS_URL_H

#include <stdbool.h>
#include <stdint.h>

#define REDIS_URL_FORM "of the form redis://host:port/database"

struct redis_url {
    char host[256]; /* name or address, without brackets */
    uint16_t port;  /* 6379 where none is given */
    unsigned database;
};

bool redis_url_parse(const char *text, struct redis_url *url);

#endif
