#include "gateway/newcomer.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/http1.h"
#include "common/log.h"
#include "common/timestamp.h"
#include "gateway/admission.h"
#include "gateway/gateway.h"
#include "gateway/handshake.h"
#include "gateway/linger.h"
#include "gateway/listener.h"
#include "gateway/station.h"

/* Of one iteration of the loop, for TLS handshakes */
#define HANDSHAKES_NS (5 * NS_PER_MS)
/* TLS connections that are accepted until those at hand have had their turn */
#define TLS_BATCH 128
#define SHORT_MS  5
#define LONG_MS   100 /* where there is no place at all */
/* So long the peer may take for its part of the TLS handshake before it can lose its place */
#define GRACE_NS NS_PER_SECOND

enum state {
    SECURING, /* TLS's own handshake */
    READING,  /* the request */
    PROBING,  /* the opponent */
    REFUSED,  /* the opponent has answered */
    ADMITTED, /* the opponent is gone */
};

struct newcomer {
    TAILQ_ENTRY(newcomer) link;
    struct gateway *gateway;
    struct transport transport;
    char address[EVENT_MAX_ADDRESS + 1];
    uint64_t address_key;
    struct event *readable, *deadline;
    enum state state;
    uint64_t accepted_ns;     /* the loop's time */
    bool postponed;           /* it has said something, and waits for us */
    uint64_t answered_ns;     /* it waits for no more than the peer's end of the TLS handshake */
    struct station *opponent; /* while PROBING */
    struct admission admission;
    struct http1_parser parser;
    size_t length, capacity;
    char head[];
};

struct newcomers {
    size_t count;
    uint64_t iteration_ns;       /* the loop's time when a TLS handshake was last attended to */
    uint64_t spent_ns;           /* on TLS handshakes in that iteration */
    uint64_t postponed_ns;       /* the loop's time when one had to wait for the next iteration */
    unsigned batch;              /* accepted for TLS since the listener paused */
    TAILQ_HEAD(, newcomer) list; /* oldest first */
};

static void newcomer_free(struct newcomer *newcomer)
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

/* Sends what the socket takes at once, leaves the rest to the lingerers. */
static void say_and_leave(struct newcomer *newcomer, const char *response, size_t length)
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

static void refuse(struct newcomer *newcomer, const struct handshake_refusal *refusal)
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
    say_and_leave(newcomer, response, handshake_write_refusal(refusal, response));
}

/* no_common_protocol = close: upgraded without a subprotocol, then closed at once. */
static void upgrade_and_close(struct newcomer *newcomer)
{
    char response[HANDSHAKE_MAX_RESPONSE + WEBSOCKET_CLOSE_FRAME_MAX];
    size_t length = handshake_write_upgrade(&newcomer->admission.handshake, response);
    length += websocket_write_close(CLOSE_PROTOCOL, "no OCPP version in common", response + length);
    publish_count(&newcomer->gateway->publisher, COUNTER_handshakes_refused_total);
    say_and_leave(newcomer, response, length);
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
        refuse(newcomer, &too_many);
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
        refuse(newcomer, &busy);
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
    refuse(newcomer, &refusal);
}

static void decide(struct newcomer *newcomer, const struct http1_request *request)
{
    struct gateway *gateway = newcomer->gateway;
    struct handshake_refusal refusal;
    struct admission *admission = &newcomer->admission;
    if (!handshake_read(request, gateway->config.gateway_path, &admission->handshake, &refusal)) {
        refuse(newcomer, &refusal);
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
        refuse(newcomer, &refusal);
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
        refuse(newcomer, &refusal);
        break;
    }
    return false;
}

/* May free the newcomer. */
static void read_request(struct newcomer *newcomer)
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

/* ---- TLS ---- */

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
        refuse(newcomer, &plain);
        return;
    }
    publish_count(&newcomer->gateway->publisher, COUNTER_handshakes_refused_total);
    log_debug("handshake", "%s: TLS: %s", newcomer->address, reason);
    say_and_leave(newcomer, "", 0);
}

static void begin_reading(struct newcomer *newcomer)
{
    struct admission *admission = &newcomer->admission;
    newcomer->state = READING;
    admission->is_secure = true;
    if (!tls_stream_peer_name(newcomer->transport.tls, admission->certificate))
        admission->certificate[0] = '\0';
    wait_for(newcomer, EV_READ);
    read_request(newcomer);
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

static void on_readable(int descriptor, short what, void *context)
{
    struct newcomer *newcomer = context;
    (void)descriptor;
    (void)what;
    if (newcomer->state == READING)
        read_request(newcomer);
    else if (may_handshake(newcomer))
        step_handshake(newcomer);
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
        refuse(newcomer, &too_slow);
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

/* The oldest that keeps us waiting; NULL: there is none. */
static struct newcomer *find_idle(struct gateway *gateway)
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
    struct newcomer *idle = find_idle(gateway);
    refuse(idle != NULL ? idle : newest, &crowded);
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
    refuse(newcomer, &too_often);
    return false;
}

/* `tls` is NULL for plain connections. */
static void welcome(struct gateway *gateway, struct transport *transport,
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
    welcome(context, transport, address, NULL);
}

/*
 * When a thousand stations come at once, what can't be attended to yet is better off in the
 * kernel's queue than here, where it would be turned away.
 */
static void pace(struct gateway *gateway)
{
    struct newcomers *newcomers = gateway->newcomers;
    uint64_t now = loop_clock_mono(&gateway->clock);
    bool is_full = newcomers->count >= gateway->max_handshakes && find_idle(gateway) == NULL;
    bool is_behind = now - newcomers->postponed_ns < SHORT_MS * NS_PER_MS;
    if (++newcomers->batch < TLS_BATCH && !is_full && !is_behind)
        return;
    newcomers->batch = 0;
    listener_pause(gateway->tls_listener, is_full ? LONG_MS : SHORT_MS);
}

void newcomer_accept_tls(void *context, struct transport *transport, const struct sockaddr *address)
{
    struct gateway *gateway = context;
    welcome(gateway, transport, address, gateway->tls);
    pace(gateway);
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
        refuse(TAILQ_FIRST(&newcomers->list), &stopping);
}

void newcomers_free(struct newcomers *newcomers)
{
    if (newcomers == NULL)
        return;
    newcomers_turn_away(newcomers);
    free(newcomers);
}
