/* A newcomer's TLS: its handshake before that of WebSocket, and how many are accepted for it. */
#include "gateway/newcomer_internal.h"

#include <event2/event.h>
#include <stdio.h>

#include "common/log.h"
#include "common/timestamp.h"
#include "gateway/gateway.h"
#include "gateway/listener.h"

/* Of one iteration of the loop, for TLS handshakes */
#define HANDSHAKES_NS (5 * NS_PER_MS)
/* TLS connections that are accepted until those at hand have had their turn */
#define TLS_BATCH 128
#define SHORT_MS  5
#define LONG_MS   100 /* where there is no place at all */

static void wait_for(struct newcomer *newcomer, short what)
{
    struct event *event = newcomer->readable;
    if ((event_get_events(event) & what) != 0)
        return;
    event_del(event);
    event_assign(event, newcomer->gateway->base, newcomer->transport.descriptor,
                 (short)(what | EV_PERSIST), event_get_callback(event), newcomer);
    event_add(event, NULL);
}

static void publish_failure(struct newcomer *newcomer, enum tls_failure failure, const char *reason)
{
    static const struct {
        enum event_type type;
        enum severity severity;
        const char *text;
    } kinds[] = {
        [TLS_FAILURE_PLAIN] = {EVENT_PROTOCOL_VIOLATION, SEVERITY_LOW, "no TLS on the port for it"},
        [TLS_FAILURE_UNTRUSTED] = {EVENT_AUTH_FAILED, SEVERITY_MEDIUM, "client certificate"},
        [TLS_FAILURE_ALERT] = {EVENT_ANOMALY, SEVERITY_LOW, "TLS: the station gave up"},
        [TLS_FAILURE_PROTOCOL] = {EVENT_PROTOCOL_VIOLATION, SEVERITY_LOW, "TLS handshake"},
    };
    struct gateway *gateway = newcomer->gateway;
    struct publish_subject subject = PUBLISH_NOBODY;
    char text[160];
    subject.address = newcomer->address;
    snprintf(text, sizeof(text), "%s: %s", kinds[failure].text, reason);
    if (failure == TLS_FAILURE_UNTRUSTED)
        publish_count(&gateway->publisher, COUNTER_auth_failures_total);
    if (admission_may_complain(gateway, newcomer->address, newcomer->address_key))
        publish_security(&gateway->publisher, &subject, kinds[failure].type,
                         kinds[failure].severity, 1, text);
}

/* What TLS had to say of it is sent; a peer that speaks plain HTTP is answered in its words. */
static void fail(struct newcomer *newcomer)
{
    static const struct handshake_refusal plain = {
        .status = 400,
        .text = "This port speaks TLS: connect to wss://, not ws://.",
        .headers = ""};
    const char *reason;
    enum tls_failure failure = tls_stream_failure(newcomer->transport.tls, &reason);
    transport_drop_tls(&newcomer->transport);
    newcomer->state = READING;
    if (failure != TLS_FAILURE_ENDED)
        publish_failure(newcomer, failure, reason);
    if (failure == TLS_FAILURE_PLAIN) {
        newcomer_refuse(newcomer, &plain);
        return;
    }
    publish_count(&newcomer->gateway->publisher, COUNTER_handshakes_refused_total);
    log_debug("handshake", "%s: TLS: %s", newcomer->address, reason);
    newcomer_say_and_leave(newcomer, "", 0);
}

static void begin_reading(struct newcomer *newcomer)
{
    struct admission *admission = &newcomer->admission;
    newcomer->state = READING;
    admission->is_secure = true;
    if (!tls_stream_peer_name(newcomer->transport.tls, admission->certificate))
        admission->certificate[0] = '\0';
    wait_for(newcomer, EV_READ);
    newcomer_read_request(newcomer);
}

static void step_handshake(struct newcomer *newcomer)
{
    struct newcomers *newcomers = newcomer->gateway->newcomers;
    struct loop_clock *clock = &newcomer->gateway->clock;
    uint64_t before = loop_clock_elapsed_ns(clock);
    enum tls_handshake outcome = tls_stream_handshake(newcomer->transport.tls);
    newcomers->spent_ns += loop_clock_elapsed_ns(clock) - before;
    if (newcomer->answered_ns == 0 && tls_stream_has_answered(newcomer->transport.tls))
        newcomer->answered_ns = loop_clock_mono(clock);
    switch (outcome) {
    case TLS_HANDSHAKE_WANTS_READ:
        wait_for(newcomer, EV_READ);
        break;
    case TLS_HANDSHAKE_WANTS_WRITE:
        wait_for(newcomer, EV_WRITE);
        break;
    case TLS_HANDSHAKE_DONE:
        begin_reading(newcomer);
        break;
    case TLS_HANDSHAKE_FAILED:
        fail(newcomer);
        break;
    }
}

/* False: not in this iteration. The socket stays readable, so that the next one begins with it. */
static bool may_handshake(struct newcomer *newcomer)
{
    struct newcomers *newcomers = newcomer->gateway->newcomers;
    uint64_t now = loop_clock_mono(&newcomer->gateway->clock);
    if (newcomers->iteration_ns != now) {
        newcomers->iteration_ns = now;
        newcomers->spent_ns = 0;
    }
    newcomer->postponed = newcomers->spent_ns >= HANDSHAKES_NS;
    if (newcomer->postponed)
        newcomers->postponed_ns = now;
    return !newcomer->postponed;
}

void newcomer_secure(struct newcomer *newcomer)
{
    if (may_handshake(newcomer))
        step_handshake(newcomer);
}

/*
 * When a thousand stations come at once, what can't be attended to yet is better off in the
 * kernel's queue than here, where it would be turned away.
 */
static void pace(struct gateway *gateway)
{
    struct newcomers *newcomers = gateway->newcomers;
    uint64_t now = loop_clock_mono(&gateway->clock);
    bool is_full =
        newcomers->count >= gateway->max_handshakes && newcomer_find_idle(gateway) == NULL;
    bool is_behind = now - newcomers->postponed_ns < SHORT_MS * NS_PER_MS;
    if (++newcomers->batch < TLS_BATCH && !is_full && !is_behind)
        return;
    newcomers->batch = 0;
    listener_pause(gateway->tls_listener, is_full ? LONG_MS : SHORT_MS);
}

void newcomer_accept_tls(void *context, struct transport *transport, const struct sockaddr *address)
{
    struct gateway *gateway = context;
    newcomer_welcome(gateway, transport, address, gateway->tls);
    pace(gateway);
}
