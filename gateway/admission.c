#include "gateway/admission.h"

#include <stdio.h>
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

bool admission_may_complain(struct gateway *gateway, const char *address, uint64_t address_key)
{
    uint64_t now = loop_clock_mono(&gateway->clock);
    enum limits_verdict verdict = limits_may_authenticate(gateway->limits, address_key, "", now);
    if (verdict == LIMITS_FINE)
        limits_authentication_failed(gateway->limits, address_key, "", now);
    else
        admission_publish_rate(gateway, verdict, "", address, "too many failed TLS handshakes");
    return verdict == LIMITS_FINE;
}

/* What a station is asked for. */
struct claim {
    struct gateway *gateway;
    const struct admission *admission;
    const struct station_entry *entry; /* NULL: unknown */
    const struct publish_subject *subject;
    uint64_t address_key;
};

static enum admission_outcome check_failures(const struct claim *claim,
                                             struct handshake_refusal *refusal)
{
    struct gateway *gateway = claim->gateway;
    const char *identity = claim->subject->identity;
    enum limits_verdict verdict = limits_may_authenticate(
        gateway->limits, claim->address_key, identity, loop_clock_mono(&gateway->clock));
    if (verdict == LIMITS_FINE)
        return ADMISSION_GRANTED;
    admission_publish_rate(gateway, verdict, identity, claim->subject->address,
                           "too many wrong credentials");
    return refuse(refusal, 429, "Retry-After: 60\r\n", "Too many wrong credentials; wait.");
}

static void note_failure(const struct claim *claim, const char *text)
{
    struct gateway *gateway = claim->gateway;
    limits_authentication_failed(gateway->limits, claim->address_key, claim->subject->identity,
                                 loop_clock_mono(&gateway->clock));
    publish_count(&gateway->publisher, COUNTER_auth_failures_total);
    publish_security(&gateway->publisher, claim->subject, EVENT_AUTH_FAILED, SEVERITY_MEDIUM, 1,
                     text);
}

/* Security profiles 1 and 2: HTTP Basic, the user is the identity. */
static enum admission_outcome check_password(const struct claim *claim,
                                             struct handshake_refusal *refusal)
{
    if (has_right_password(claim->admission, claim->entry))
        return ADMISSION_GRANTED;
    bool has_none = claim->admission->handshake.authorization.length == 0;
    note_failure(claim, has_none ? "no credentials" : "wrong credentials");
    return refuse(refusal, 401, "WWW-Authenticate: Basic realm=\"OCPP\", charset=\"UTF-8\"\r\n",
                  "HTTP Basic credentials are needed: the station's identity and its password.");
}

/* Security profile 3: TLS has found the certificate good; here it is seen whose it is. */
static enum admission_outcome check_certificate(const struct claim *claim,
                                                struct handshake_refusal *refusal)
{
    const char *name = claim->admission->certificate;
    char text[160];
    if (name[0] != '\0' &&
        strcmp(name, station_entry_certificate(claim->entry, claim->subject->identity)) == 0)
        return ADMISSION_GRANTED;
    if (name[0] != '\0')
        snprintf(text, sizeof(text), "the client certificate is that of \"%s\"", name);
    else
        snprintf(text, sizeof(text), "no client certificate with one common name");
    note_failure(claim, text);
    return refuse(refusal, 403, "", "The client certificate is not the one of this station.");
}

static enum admission_outcome authenticate(const struct claim *claim,
                                           struct handshake_refusal *refusal)
{
    enum admission_outcome outcome = check_failures(claim, refusal);
    if (outcome != ADMISSION_GRANTED)
        return outcome;
    return claim->admission->security_profile == 3 ? check_certificate(claim, refusal)
                                                   : check_password(claim, refusal);
}

/* The profile may have changed while the port stayed open. */
static enum admission_outcome check_transport(struct gateway *gateway,
                                              const struct admission *admission,
                                              const struct publish_subject *subject,
                                              struct handshake_refusal *refusal)
{
    if (admission->security_profile < 2 || admission->is_secure)
        return ADMISSION_GRANTED;
    publish_security(&gateway->publisher, subject, EVENT_POLICY_REJECTION, SEVERITY_MEDIUM, 1,
                     "plain WebSocket, where gateway.security_profile wants TLS");
    return refuse(refusal, 403, "", "Only TLS is accepted here: connect to wss://, not ws://.");
}

/* Basic over TLS is profile 2, also where profile 1 would do. */
static unsigned profile_in_use(const struct gateway *gateway, bool is_secure)
{
    unsigned wanted = gateway->config.gateway_security_profile;
    return wanted == 1 && is_secure ? 2 : wanted;
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

/* HTTP Basic ends the user's name at the first colon. */
static enum admission_outcome check_colon(const struct publish_subject *subject,
                                          struct handshake_refusal *refusal)
{
    bool is_basic = subject->security_profile == 1 || subject->security_profile == 2;
    if (!is_basic || subject->protocol == OCPP_16 || strchr(subject->identity, ':') == NULL)
        return ADMISSION_GRANTED;
    return refuse(refusal, 400, "",
                  "An OCPP 2.x identity that logs in with HTTP Basic has no colon.");
}

enum admission_outcome admission_decide(struct gateway *gateway, struct admission *admission,
                                        const char *address, uint64_t address_key,
                                        struct handshake_refusal *refusal)
{
    struct publish_subject subject = subject_of(admission, address);
    struct claim claim = {gateway, admission, NULL, &subject, address_key};
    admission->security_profile = profile_in_use(gateway, admission->is_secure);
    subject.security_profile = admission->security_profile;
    enum admission_outcome outcome = check_transport(gateway, admission, &subject, refusal);
    if (outcome != ADMISSION_GRANTED)
        return outcome;
    if (gateway->station_file != NULL)
        claim.entry = station_file_find(gateway->station_file, subject.identity);
    if (claim.entry == NULL && !accepts_unknown(gateway))
        return refuse_unknown(gateway, &subject, refusal);
    if (admission->security_profile > 0)
        outcome = authenticate(&claim, refusal);
    if (outcome == ADMISSION_GRANTED)
        outcome = check_protocol(gateway, &subject, refusal);
    if (outcome == ADMISSION_GRANTED)
        outcome = check_colon(&subject, refusal);
    if (outcome == ADMISSION_GRANTED)
        outcome = check_reconnects(gateway, &subject, refusal);
    if (outcome == ADMISSION_GRANTED)
        outcome = check_capacity(gateway, &subject, refusal);
    return outcome;
}
