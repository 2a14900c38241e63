#include "gateway/admission.h"

#include <string.h>

#include "gateway/gateway.h"
#include "gateway/station.h"

static enum admission_outcome refuse(struct handshake_refusal *refusal, unsigned status,
                                     const char *headers, const char *text)
{
    *refusal = (struct handshake_refusal){.status = status, .text = text, .headers = headers};
    return ADMISSION_REFUSED;
}

static struct publish_subject subject_of(const struct admission *admission, const char *address)
{
    struct publish_subject subject = PUBLISH_NOBODY;
    subject.identity = admission->handshake.identity;
    subject.address = address;
    subject.protocol = admission->handshake.protocol;
    return subject;
}

void admission_publish_rate(struct gateway *gateway, enum limits_verdict verdict,
                            const char *identity, const char *address, const char *text)
{
    struct publish_subject subject = PUBLISH_NOBODY;
    subject.identity = identity;
    subject.address = address;
    publish_count(&gateway->publisher, COUNTER_rate_limited_total);
    if (verdict == LIMITS_OVER)
        publish_security(&gateway->publisher, &subject, EVENT_RATE_LIMIT, SEVERITY_MEDIUM, 1, text);
}

void admission_publish_duplicate(struct gateway *gateway, const struct admission *admission,
                                 const char *address)
{
    struct publish_subject subject = subject_of(admission, address);
    publish_security(&gateway->publisher, &subject, EVENT_POLICY_REJECTION, SEVERITY_MEDIUM, 1,
                     "the identity is connected, and that connection answered a probe");
}

void admission_publish_crowd(struct gateway *gateway, const struct admission *admission,
                             const char *address)
{
    struct publish_subject subject = subject_of(admission, address);
    publish_security(&gateway->publisher, &subject, EVENT_POLICY_REJECTION, SEVERITY_MEDIUM, 1,
                     "gateway.max_connections_per_address is reached");
}

static bool accepts_unknown(const struct gateway *gateway)
{
    unsigned choice = gateway->config.gateway_accept_unknown;
    return choice == ACCEPT_UNKNOWN_YES ||
           (choice == ACCEPT_UNKNOWN_AUTO && gateway->station_file == NULL);
}

static enum admission_outcome refuse_unknown(struct gateway *gateway,
                                             const struct publish_subject *subject,
                                             struct handshake_refusal *refusal)
{
    uint32_t seen =
        unknown_stations_see(gateway->unknown, subject->identity, loop_clock_mono(&gateway->clock));
    publish_gauge(&gateway->publisher, COUNTER_unknown_stations,
                  unknown_stations_count(gateway->unknown));
    publish_security(&gateway->publisher, subject, EVENT_POLICY_REJECTION, SEVERITY_LOW, seen,
                     EVENT_TEXT_UNKNOWN_STATION ": the station file does not list it");
    return refuse(refusal, 404, "", "This gateway does not know the station.");
}

static bool has_right_password(const struct admission *admission, const struct station_entry *entry)
{
    unsigned char password[HANDSHAKE_MAX_PASSWORD];
    const struct handshake *handshake = &admission->handshake;
    int length = handshake_password(handshake->authorization, handshake->identity, password);
    bool accepted = length >= 0 && station_entry_accepts(entry, password, (size_t)length);
    explicit_bzero(password, sizeof(password));
    return accepted;
}

/* Security profile 1: HTTP Basic, the user is the identity. */
static enum admission_outcome authenticate(struct gateway *gateway,
                                           const struct admission *admission,
                                           const struct station_entry *entry,
                                           const struct publish_subject *subject,
                                           uint64_t address_key, struct handshake_refusal *refusal)
{
    const char *identity = subject->identity;
    uint64_t now = loop_clock_mono(&gateway->clock);
    enum limits_verdict verdict =
        limits_may_authenticate(gateway->limits, address_key, identity, now);
    if (verdict != LIMITS_FINE) {
        admission_publish_rate(gateway, verdict, identity, subject->address,
                               "too many wrong passwords");
        return refuse(refusal, 429, "Retry-After: 60\r\n", "Too many wrong passwords; wait.");
    }
    if (has_right_password(admission, entry))
        return ADMISSION_GRANTED;
    bool has_none = admission->handshake.authorization.length == 0;
    limits_authentication_failed(gateway->limits, address_key, identity, now);
    publish_count(&gateway->publisher, COUNTER_auth_failures_total);
    publish_security(&gateway->publisher, subject, EVENT_AUTH_FAILED, SEVERITY_MEDIUM, 1,
                     has_none ? "no credentials" : "wrong credentials");
    return refuse(refusal, 401, "WWW-Authenticate: Basic realm=\"OCPP\", charset=\"UTF-8\"\r\n",
                  "HTTP Basic credentials are needed: the station's identity and its password.");
}

static enum admission_outcome check_protocol(struct gateway *gateway,
                                             const struct publish_subject *subject,
                                             struct handshake_refusal *refusal)
{
    if (subject->protocol != OCPP_UNKNOWN)
        return ADMISSION_GRANTED;
    publish_security(&gateway->publisher, subject, EVENT_POLICY_REJECTION, SEVERITY_LOW, 1,
                     "no OCPP version in common");
    if (gateway->config.gateway_no_common_protocol == NO_COMMON_PROTOCOL_CLOSE)
        return ADMISSION_NO_PROTOCOL;
    return refuse(refusal, 400, "",
                  "Sec-WebSocket-Protocol must offer one of ocpp1.6, ocpp2.0.1, ocpp2.1.");
}

static enum admission_outcome check_capacity(struct gateway *gateway,
                                             const struct publish_subject *subject,
                                             struct handshake_refusal *refusal)
{
    bool replaces = station_find(gateway, subject->identity) != NULL;
    if (replaces || registry_count(gateway->stations) < gateway->max_connections)
        return ADMISSION_GRANTED;
    publish_security(&gateway->publisher, subject, EVENT_POLICY_REJECTION, SEVERITY_HIGH, 1,
                     "gateway.max_connections is reached");
    return refuse(refusal, 503, "Retry-After: 60\r\n", "The gateway is full.");
}

static enum admission_outcome check_reconnects(struct gateway *gateway,
                                               const struct publish_subject *subject,
                                               struct handshake_refusal *refusal)
{
    enum limits_verdict verdict =
        limits_reconnect(gateway->limits, subject->identity, loop_clock_mono(&gateway->clock));
    if (verdict == LIMITS_FINE)
        return ADMISSION_GRANTED;
    admission_publish_rate(gateway, verdict, subject->identity, subject->address,
                           "flapping: the station reconnects too often");
    return refuse(refusal, 429, "Retry-After: 30\r\n", "This station reconnects too often; wait.");
}

enum admission_outcome admission_decide(struct gateway *gateway, struct admission *admission,
                                        const char *address, uint64_t address_key,
                                        struct handshake_refusal *refusal)
{
    struct publish_subject subject = subject_of(admission, address);
    const struct station_entry *entry = NULL;
    enum admission_outcome outcome = ADMISSION_GRANTED;
    admission->security_profile = gateway->config.gateway_security_profile;
    subject.security_profile = admission->security_profile;
    if (gateway->station_file != NULL)
        entry = station_file_find(gateway->station_file, subject.identity);
    if (entry == NULL && !accepts_unknown(gateway))
        return refuse_unknown(gateway, &subject, refusal);
    if (admission->security_profile > 0)
        outcome = authenticate(gateway, admission, entry, &subject, address_key, refusal);
    if (outcome == ADMISSION_GRANTED)
        outcome = check_protocol(gateway, &subject, refusal);
    if (outcome == ADMISSION_GRANTED && admission->security_profile > 0 &&
        subject.protocol != OCPP_16 && strchr(subject.identity, ':') != NULL)
        outcome = refuse(refusal, 400, "",
                         "An OCPP 2.x identity that logs in with HTTP Basic has no colon.");
    if (outcome == ADMISSION_GRANTED)
        outcome = check_reconnects(gateway, &subject, refusal);
    if (outcome == ADMISSION_GRANTED)
        outcome = check_capacity(gateway, &subject, refusal);
    return outcome;
}
