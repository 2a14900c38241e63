#include "boardd/login/login_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "boardd/sources/own_events.h"
#include "common/log.h"

#define EVENTS_A_SECOND 2
#define EVENTS_AT_ONCE  20

void login_report_init(struct login_report *report, struct own_events *own)
{
    memset(report, 0, sizeof(*report));
    report->own = own;
    token_bucket_init(&report->rate, EVENTS_A_SECOND, TOKEN_BUCKET_SECOND, EVENTS_AT_ONCE);
}

void login_report_flush(struct login_report *report)
{
    char text[160];
    if (report->untold == 0)
        return;
    snprintf(text, sizeof(text), "%" PRIu64 " more wrong logins at the dashboard, the last from %s",
             report->untold, report->address);
    log_warnx("auth", "%s", text);
    own_events_security_count(report->own, EVENT_AUTH_FAILED, SEVERITY_MEDIUM, report->address,
                              report->untold, text);
    report->untold = 0;
}

void login_report_wrong(struct login_report *report, const char *address, const char *account,
                        uint64_t now_ns)
{
    char text[160];
    if (!token_bucket_take(&report->rate, now_ns)) {
        report->untold++;
        snprintf(report->address, sizeof(report->address), "%s", address);
        return;
    }
    login_report_flush(report);
    snprintf(text, sizeof(text), "Wrong login at the dashboard%s%s",
             account[0] != '\0' ? " as " : "", account);
    log_warnx("auth", "wrong login%s%s from %s", account[0] != '\0' ? " as " : "", account,
              address);
    own_events_security_count(report->own, EVENT_AUTH_FAILED, SEVERITY_MEDIUM, address, 1, text);
}

void login_report_wait(struct login_report *report, const char *address, const char *account)
{
    char text[200];
    snprintf(text, sizeof(text),
             "Too many wrong logins at the dashboard%s%s; the next one has to wait",
             account[0] != '\0' ? " as " : "", account);
    own_events_security(report->own, EVENT_RATE_LIMIT, SEVERITY_HIGH, address, text);
}
