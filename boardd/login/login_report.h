/*
 * What the world is told of wrong logins: a security event and a log line for each, until there are
 * too many of them; then fewer, whose counts add up to all.
 */
#ifndef BOARDD_LOGIN_REPORT_H
#define BOARDD_LOGIN_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/token_bucket.h"

struct own_events;

struct login_report {
    struct own_events *own;
    struct token_bucket rate;
    uint64_t untold;
    char address[48]; /* of the last one that wasn't told */
};

void login_report_init(struct login_report *report, struct own_events *own);
/* `account` is one that exists, or "": what people type as a name may be their password. */
void login_report_wrong(struct login_report *report, const char *address, const char *account,
                        uint64_t now_ns);
/* From now on this address, or account, has to wait. */
void login_report_wait(struct login_report *report, const char *address, const char *account);
/* Tells what wasn't told; to be called every few seconds. */
void login_report_flush(struct login_report *report);

#endif
