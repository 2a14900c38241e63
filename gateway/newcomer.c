#include "gateway/newcomer_internal.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/timestamp.h"
#include "gateway/gateway.h"
#include "gateway/linger.h"
#include "gateway/listener.h"
#include "gateway/station.h"

/* So long the peer may take for its part of the TLS handshake before it can lose its place */
#define GRACE_NS NS_PER_SECOND

void newcomer_free(struct newcomer *newcomer)
{
    struct newcomers *newcomers = newcomer->gateway->newcomers;
    if (newcomer->opponent != NULL)
        station_forget_challenger(newcomer->opponent);
    if (newcomer->readable != NULL)
        event_free(newcomer->readable);
    if (newcomer->deadline != NULL)
        event_free(newcomer->deadline);
    transport_close(&newcomer->transport);
    TAILQ_REMOVE(&newcomers->list, newcomer, link);
    newcomers->count--;
    free(newcomer);
}

void newcomer_say_and_leave(struct newcomer *newcomer, const char *response, size_t length)
{
    struct gateway *gateway = newcomer->gateway;
    ssize_t sent = transport_send(&newcomer->transport, response, length);
    size_t taken = sent > 0 ? (size_t)sent : 0;
    if (sent != TRANSPORT_FAILED)
        linger(gateway->lingerers, &newcomer->transport, response + taken, length - taken,
               (unsigned)gateway->config.gateway_close_timeout);
    newcomer_free(newcomer);
}

static void publish_violation(struct newcomer *newcomer, const char *text)
{
    struct publish_subject subject = PUBLISH_NOBODY;
    subject.address = newcomer->address;
    publish_security(&newcomer->gateway->publisher, &subject, EVENT_PROTOCOL_VIOLATION,
                     SEVERITY_LOW, 1, text);
}

void newcomer_refuse(struct newcomer *newcomer, const struct handshake_refusal *refusal)
{
    char response[HANDSHAKE_MAX_RESPONSE];
    publish_count(&newcomer->gateway->publisher, COUNTER_handshakes_refused_total);
    if (refusal->is_violation)
        publish_violation(newcomer, refusal->text);
    log_debug("handshake", "%s: %u %s", newcomer->address, refusal->status, refusal->text);
    if (newcomer->state == SECURING) { /* it could not be read yet */
        newcomer_free(newcomer);
        return;
    }
    newcomer_say_and_leave(newcomer, response, handshake_write_refusal(refusal, response));
}

/* no_common_protocol = close: upgraded without a subprotocol, then closed at once. */
static void upgrade_and_close(struct newcomer *newcomer)
{
    char response[HANDSHAKE_MAX_RESPONSE + WEBSOCKET_CLOSE_FRAME_MAX];
    size_t length = handshake_write_upgrade(&newcomer->admission.handshake, response);
    length += websocket_write_close(CLOSE_PROTOCOL, "no OCPP version in common", response + length);
    publish_count(&newcomer->gateway->publisher, COUNTER_handshakes_refused_total);
    newcomer_say_and_leave(newcomer, response, length);
}

/* Becomes a station; whoever has its identity goes. */
static void upgrade(struct newcomer *newcomer)
{
    static const struct handshake_refusal too_many = {
        .status = 429,
        .text = "Too many connections from this address at one time; see "
                "gateway.max_connections_per_address.",
        .headers = "Retry-After: 60\r\n",
    };
    struct gateway *gateway = newcomer->gateway;
    char response[HANDSHAKE_MAX_RESPONSE];
    size_t length = handshake_write_upgrade(&newcomer->admission.handshake, response);
    struct station *old;
    while ((old = station_find(gateway, newcomer->admission.handshake.identity)) != NULL)
        station_evict(old, newcomer->address);
    if (!limits_enter(gateway->limits, newcomer->address_key)) {
        admission_publish_crowd(gateway, &newcomer->admission, newcomer->address);
        newcomer_refuse(newcomer, &too_many);
        return;
    }
    /* a new connection's send buffer takes a few hundred bytes, or the peer is gone */
    if (transport_send(&newcomer->transport, response, length) == (ssize_t)length)
        station_begin(gateway, &newcomer->transport, &newcomer->admission, newcomer->address,
                      newcomer->address_key);
    else
        limits_leave(gateway->limits, newcomer->address_key);
    newcomer_free(newcomer);
}

static void set_deadline(struct newcomer *newcomer, uint64_t timeout_ms)
{
    struct timeval timeout = {(time_t)(timeout_ms / 1000), (suseconds_t)(timeout_ms % 1000 * 1000)};
    event_add(newcomer->deadline, &timeout);
}

/*
 * The identity has a connection already: the newest wins, unless the old one is to be asked first.
 */
static void settle_duplicate(struct newcomer *newcomer, struct station *old)
{
    static const struct handshake_refusal busy = {
        .status = 409,
        .text = "This identity is connected, and another newcomer waits for its answer already.",
        .headers = "Retry-After: 10\r\n",
    };
    struct gateway *gateway = newcomer->gateway;
    if (gateway->config.gateway_duplicate == DUPLICATE_NEWEST) {
        upgrade(newcomer);
        return;
    }
    event_del(newcomer->readable);
    set_deadline(newcomer, gateway->config.gateway_probe_timeout);
    newcomer->state = PROBING;
    newcomer->opponent = old;
    if (!station_probe(old, newcomer)) {
        newcomer->opponent = NULL;
        newcomer_refuse(newcomer, &busy);
    }
}

void newcomer_probe_done(struct newcomer *newcomer, bool answered)
{
    newcomer->state = answered ? REFUSED : ADMITTED;
    newcomer->opponent = NULL;
    event_active(newcomer->deadline, EV_TIMEOUT, 0);
}

static void refuse_duplicate(struct newcomer *newcomer)
{
    static const struct handshake_refusal refusal = {
        .status = 409,
        .text = "This identity is connected from elsewhere, and that connection is alive.",
        .headers = "Retry-After: 60\r\n",
    };
    admission_publish_duplicate(newcomer->gateway, &newcomer->admission, newcomer->address);
    newcomer_refuse(newcomer, &refusal);
}

static void decide(struct newcomer *newcomer, const struct http1_request *request)
{
    struct gateway *gateway = newcomer->gateway;
    struct handshake_refusal refusal;
    struct admission *admission = &newcomer->admission;
    if (!handshake_read(request, gateway->config.gateway_path, &admission->handshake, &refusal) ||
        (gateway->config.gateway_compression &&
         !handshake_read_extensions(request, &admission->handshake, &refusal))) {
        newcomer_refuse(newcomer, &refusal);
        return;
    }
    if (newcomer->length > request->head_length &&
        !transport_unread(&newcomer->transport, newcomer->head + request->head_length,
                          newcomer->length - request->head_length)) {
        newcomer_free(newcomer);
        return;
    }
    switch (
        admission_decide(gateway, admission, newcomer->address, newcomer->address_key, &refusal)) {
    case ADMISSION_REFUSED:
        newcomer_refuse(newcomer, &refusal);
        return;
    case ADMISSION_NO_PROTOCOL:
        upgrade_and_close(newcomer);
        return;
    case ADMISSION_GRANTED:
        break;
    }
    struct station *old = station_find(gateway, admission->handshake.identity);
    if (old != NULL)
        settle_duplicate(newcomer, old);
    else
        upgrade(newcomer);
}

/* True: more is needed. Otherwise the newcomer may be gone. */
static bool parse(struct newcomer *newcomer)
{
    struct http1_request request;
    struct handshake_refusal refusal;
    switch (http1_parse(&newcomer->parser, newcomer->head, newcomer->length, &request)) {
    case HTTP1_MORE:
        return true;
    case HTTP1_DONE:
        decide(newcomer, &request);
        break;
    case HTTP1_REJECTED:
        refusal = handshake_refuse_http(newcomer->parser.status, newcomer->parser.reason);
        newcomer_refuse(newcomer, &refusal);
        break;
    }
    return false;
}

void newcomer_read_request(struct newcomer *newcomer)
{
    bool drained;
    do {
        ssize_t got = transport_receive(&newcomer->transport, newcomer->head + newcomer->length,
                                        newcomer->capacity - newcomer->length, &drained);
        if (got == TRANSPORT_AGAIN)
            return;
        if (got <= 0) {
            newcomer_free(newcomer);
            return;
        }
        newcomer->length += (size_t)got;
        if (!parse(newcomer))
            return;
    } while (!drained);
}

static void on_readable(int descriptor, short what, void *context)
{
    struct newcomer *newcomer = context;
    (void)descriptor;
    (void)what;
    if (newcomer->state == READING)
        newcomer_read_request(newcomer);
    else
        newcomer_secure(newcomer);
}

/* The request took too long, or the probe is over. */
static void on_deadline(int descriptor, short what, void *context)
{
    static const struct handshake_refusal too_slow = {
        .status = 408, .text = "The handshake was not complete in time.", .headers = ""};
    struct newcomer *newcomer = context;
    (void)descriptor;
    (void)what;
    switch (newcomer->state) {
    case SECURING:
    case READING:
        newcomer_refuse(newcomer, &too_slow);
        break;
    case PROBING:
        station_forget_challenger(newcomer->opponent);
        newcomer->opponent = NULL;
        upgrade(newcomer);
        break;
    case REFUSED:
        refuse_duplicate(newcomer);
        break;
    case ADMITTED:
        upgrade(newcomer);
        break;
    }
}

static struct newcomer *newcomer_new(struct gateway *gateway, struct transport *transport,
                                     const struct sockaddr *address)
{
    size_t capacity = gateway->http_limits.max_head + 1;
    struct newcomer *newcomer = malloc(sizeof(*newcomer) + capacity);
    if (newcomer == NULL)
        return NULL;
    memset(newcomer, 0, sizeof(*newcomer));
    newcomer->gateway = gateway;
    newcomer->transport = *transport;
    newcomer->capacity = capacity;
    newcomer->state = READING;
    newcomer->accepted_ns = loop_clock_mono(&gateway->clock);
    newcomer->address_key = limits_address_key(gateway->limits, address);
    listener_format_address(address, newcomer->address, sizeof(newcomer->address));
    http1_parser_init(&newcomer->parser, &gateway->http_limits);
    TAILQ_INSERT_TAIL(&gateway->newcomers->list, newcomer, link);
    gateway->newcomers->count++;
    newcomer->readable = event_new(gateway->base, transport->descriptor, EV_READ | EV_PERSIST,
                                   on_readable, newcomer);
    newcomer->deadline = evtimer_new(gateway->base, on_deadline, newcomer);
    *transport = (struct transport){.descriptor = -1};
    if (newcomer->readable == NULL || newcomer->deadline == NULL) {
        newcomer_free(newcomer);
        return NULL;
    }
    return newcomer;
}

static bool may_lose_its_place(const struct newcomer *newcomer, uint64_t now)
{
    bool is_at_it = newcomer->state == SECURING && newcomer->answered_ns != 0 &&
                    now - newcomer->answered_ns < GRACE_NS;
    return !newcomer->postponed && !is_at_it && newcomer->accepted_ns != now;
}

struct newcomer *newcomer_find_idle(struct gateway *gateway)
{
    uint64_t now = loop_clock_mono(&gateway->clock);
    struct newcomer *newcomer;
    TAILQ_FOREACH(newcomer, &gateway->newcomers->list, link)
    if (may_lose_its_place(newcomer, now))
        return newcomer;
    return NULL;
}

/* With the last one in the list: the newest. */
static bool make_room(struct gateway *gateway, struct newcomer *newest)
{
    static const struct handshake_refusal crowded = {
        .status = 503,
        .text = "Too many handshakes at one time; try again.",
        .headers = "Retry-After: 5\r\n",
    };
    if (gateway->newcomers->count <= gateway->max_handshakes)
        return true;
    struct newcomer *idle = newcomer_find_idle(gateway);
    newcomer_refuse(idle != NULL ? idle : newest, &crowded);
    return idle != NULL;
}

static bool check_rate(struct gateway *gateway, struct newcomer *newcomer)
{
    static const struct handshake_refusal too_often = {
        .status = 429,
        .text = "Too many connections from this address; see gateway.connection_rate.",
        .headers = "Retry-After: 10\r\n",
    };
    enum limits_verdict verdict =
        limits_connect(gateway->limits, newcomer->address_key, loop_clock_mono(&gateway->clock));
    if (verdict == LIMITS_FINE)
        return true;
    admission_publish_rate(gateway, verdict, "", newcomer->address,
                           "too many connections from one address");
    newcomer_refuse(newcomer, &too_often);
    return false;
}

void newcomer_welcome(struct gateway *gateway, struct transport *transport,
                      const struct sockaddr *address, struct tls *tls)
{
    struct newcomer *newcomer = newcomer_new(gateway, transport, address);
    if (newcomer == NULL) {
        log_warnx("handshake", "out of memory");
        transport_close(transport);
        return;
    }
    if (tls != NULL)
        newcomer->state = SECURING;
    if (!make_room(gateway, newcomer) || !check_rate(gateway, newcomer))
        return;
    if (tls != NULL && !transport_start_tls(&newcomer->transport, tls)) {
        log_warnx("handshake", "out of memory");
        newcomer_free(newcomer);
        return;
    }
    event_add(newcomer->readable, NULL);
    set_deadline(newcomer, gateway->config.gateway_handshake_timeout);
}

void newcomer_accept(void *context, struct transport *transport, const struct sockaddr *address)
{
    newcomer_welcome(context, transport, address, NULL);
}

struct newcomers *newcomers_new(void)
{
    struct newcomers *newcomers = calloc(1, sizeof(*newcomers));
    if (newcomers != NULL)
        TAILQ_INIT(&newcomers->list);
    return newcomers;
}

void newcomers_turn_away(struct newcomers *newcomers)
{
    static const struct handshake_refusal stopping = {
        .status = 503, .text = "The gateway is stopping.", .headers = "Retry-After: 5\r\n"};
    while (!TAILQ_EMPTY(&newcomers->list))
        newcomer_refuse(TAILQ_FIRST(&newcomers->list), &stopping);
}

void newcomers_free(struct newcomers *newcomers)
{
    if (newcomers == NULL)
        return;
    newcomers_turn_away(newcomers);
    free(newcomers);
}
