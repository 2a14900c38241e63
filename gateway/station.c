#include "gateway/station.h"

#include <bsd/stdlib.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/timestamp.h"
#include "gateway/linger.h"
#include "gateway/newcomer.h"

/* Work for one station each time its socket is readable: at most so many receives of 4096 bytes. */
#define RECEIVES_PER_EVENT 4
#define THROTTLE_STEP_NS   (50 * NS_PER_MS) /* how long an eager station is not read at least */

static uint64_t now_of(const struct station *station)
{
    return loop_clock_mono(&station->gateway->clock);
}

struct station *station_find(const struct gateway *gateway, const char *identity)
{
    return (struct station *)(void *)registry_find(gateway->stations, identity);
}

/* ---- the end ---- */

struct ending {
    enum station_status status;
    unsigned code; /* what DISCONNECTED says */
    struct text_span reason;
    bool say_close; /* send a close frame with the same code and `words` */
    const char *words;
};

/* Where the connection still works: last words, then the lingerers see it out. */
static void part(struct station *station, const struct ending *ending)
{
    struct gateway *gateway = station->gateway;
    if (ending->say_close) {
        websocket_send_close(&station->websocket, ending->code, ending->words);
        enum websocket_flushed flushed = websocket_flush(&station->websocket);
        if (flushed == WEBSOCKET_FLUSHED || flushed == WEBSOCKET_WAITING) {
            size_t length;
            const char *rest = websocket_pending(&station->websocket, &length);
            linger(gateway->lingerers, &station->transport, rest, length,
                   (unsigned)gateway->config.gateway_close_timeout);
        }
    }
    transport_close(&station->transport);
}

static void end(struct station *station, const struct ending *ending)
{
    struct gateway *gateway = station->gateway;
    if (station->ended)
        return;
    station->ended = true;
    registry_remove(gateway->stations, &station->entry);
    event_del(station->readable);
    event_del(station->writable);
    event_del(station->timer);
    publish_disconnected(&gateway->publisher, &station->subject, ending->status, ending->code,
                         ending->reason, (now_of(station) - station->connected_ns) / NS_PER_MS);
    part(station, ending);
    limits_leave(gateway->limits, station->address_key);
    calls_clear(&station->calls);
    station->next_dead = gateway->dead_stations;
    gateway->dead_stations = station;
    if (station->challenger != NULL) {
        struct newcomer *challenger = station->challenger;
        station->challenger = NULL;
        newcomer_probe_done(challenger, false);
    }
}

void station_close(struct station *station, unsigned code, const char *reason)
{
    end(station, &(struct ending){STATION_OFFLINE, code, text_span_of(reason), true, reason});
}

/* No close frame came, and none can be sent. */
static void end_abnormally(struct station *station, const char *reason)
{
    end(station,
        &(struct ending){STATION_OFFLINE, CLOSE_ABNORMAL, text_span_of(reason), false, ""});
}

/* Closed while the station is suspected not to listen: the words may not arrive. */
static void end_unresponsive(struct station *station, enum event_type type, enum counter counter,
                             const char *reason)
{
    struct publisher *publisher = &station->gateway->publisher;
    if (station->ended)
        return;
    publish_count(publisher, counter);
    publish_system(publisher, &station->subject, type, 1, reason);
    end_abnormally(station, reason);
}

static size_t host_length(const char *address)
{
    const char *colon = strrchr(address, ':');
    return colon != NULL ? (size_t)(colon - address) : strlen(address);
}

void station_evict(struct station *station, const char *address)
{
    static const char reason[] = "replaced by a newer connection";
    struct publisher *publisher = &station->gateway->publisher;
    char text[128];
    size_t host = host_length(address);
    snprintf(text, sizeof(text), "replaced by a newer connection from %s", address);
    publish_count(publisher, COUNTER_evictions_total);
    publish_system(publisher, &station->subject, EVENT_EVICTION, 1, text);
    if (host != host_length(station->address) || strncmp(address, station->address, host) != 0) {
        snprintf(text, sizeof(text), "a second connection of the identity, from %s", address);
        publish_security(publisher, &station->subject, EVENT_ANOMALY, SEVERITY_MEDIUM, 1, text);
    }
    end(station,
        &(struct ending){STATION_EVICTED, CLOSE_POLICY, text_span_of(reason), true, reason});
}

/* ---- probe of a duplicate ---- */

bool station_probe(struct station *station, struct newcomer *challenger)
{
    if (station->challenger != NULL)
        return false;
    station->challenger = challenger;
    websocket_send_ping(&station->websocket);
    station_flush(station);
    return true;
}

void station_forget_challenger(struct station *station)
{
    station->challenger = NULL;
}

/* It lives: something came that was not its end. */
static void note_traffic(struct station *station)
{
    station->websocket.received = false;
    station->traffic_ns = now_of(station);
    if (station->challenger == NULL)
        return;
    struct newcomer *challenger = station->challenger;
    station->challenger = NULL;
    newcomer_probe_done(challenger, true);
}

/* ---- writing ---- */

static void wait_to_write(struct station *station, bool wanted)
{
    if (wanted && !station->waits_to_write)
        event_add(station->writable, NULL);
    if (!wanted && station->waits_to_write)
        event_del(station->writable);
    station->waits_to_write = wanted;
}

void station_flush(struct station *station)
{
    if (station->ended)
        return;
    switch (websocket_flush(&station->websocket)) {
    case WEBSOCKET_FLUSHED:
        wait_to_write(station, transport_receive_wants_write(&station->transport));
        break;
    case WEBSOCKET_WAITING:
        wait_to_write(station, true);
        break;
    case WEBSOCKET_OVERFLOW:
        end_unresponsive(station, EVENT_BACKPRESSURE, COUNTER_backpressure_total,
                         "the station does not read its messages");
        break;
    case WEBSOCKET_BROKEN:
        end_abnormally(station, strerror(station->websocket.error));
        break;
    }
}

/* ---- reading ---- */

static void violation(struct station *station, const struct websocket_input *input)
{
    publish_security(&station->gateway->publisher, &station->subject, EVENT_PROTOCOL_VIOLATION,
                     SEVERITY_LOW, 1, input->reason);
    station_close(station, input->code, input->reason);
}

/* The station closes: it gets its code back. */
static void on_close(struct station *station, const struct websocket_input *input)
{
    struct text_span reason = {input->data, input->length};
    end(station, &(struct ending){STATION_OFFLINE, input->code, reason, true, ""});
}

static void handle(struct station *station, enum websocket_event event,
                   const struct websocket_input *input)
{
    switch (event) {
    case WEBSOCKET_TEXT:
        station_on_text(station, input->data, input->length);
        break;
    case WEBSOCKET_PING:
        websocket_send_pong(&station->websocket, input->data, input->length);
        break;
    case WEBSOCKET_PONG:
    case WEBSOCKET_IDLE:
        break;
    case WEBSOCKET_CLOSE:
        on_close(station, input);
        break;
    case WEBSOCKET_VIOLATION:
        violation(station, input);
        break;
    case WEBSOCKET_END:
        end_abnormally(station, "the connection ended without a close frame");
        break;
    case WEBSOCKET_FAILED:
        end_abnormally(station, strerror(station->websocket.error));
        break;
    }
}

/*
 * Over its message rate: not read for a while, so that TCP slows it down; closed when that does not
 * help.
 */
static void throttle(struct station *station)
{
    struct gateway *gateway = station->gateway;
    uint64_t now = now_of(station);
    uint64_t wait = token_bucket_wait(&station->rate, now);
    event_del(station->readable);
    station->resume_ns = now + (wait > THROTTLE_STEP_NS ? wait : THROTTLE_STEP_NS);
    if (station->throttled_ns == 0) {
        station->throttled_ns = now;
        publish_count(&gateway->publisher, COUNTER_rate_limited_total);
        publish_security(&gateway->publisher, &station->subject, EVENT_RATE_LIMIT, SEVERITY_LOW, 1,
                         "over gateway.message_rate: slowed down");
    } else if (now - station->throttled_ns > gateway->config.gateway_message_patience * NS_PER_MS) {
        publish_security(&gateway->publisher, &station->subject, EVENT_RATE_LIMIT, SEVERITY_MEDIUM,
                         1, "over gateway.message_rate for too long: closed");
        station_close(station, CLOSE_POLICY, "too many messages");
        return;
    }
    station_set_timer(station);
}

/* Until nothing more is there at this moment, the rate is used up, or the station has ended. */
static void handle_messages(struct station *station)
{
    uint64_t now = now_of(station);
    while (!station->ended) {
        struct websocket_input input;
        if (token_bucket_wait(&station->rate, now) > 0 && websocket_has_more(&station->websocket)) {
            throttle(station);
            return;
        }
        enum websocket_event event = websocket_next(&station->websocket, &input);
        if (event == WEBSOCKET_IDLE) {
            if (!input.more)
                station->throttled_ns = 0;
            return;
        }
        token_bucket_take(&station->rate, now);
        handle(station, event, &input);
    }
}

/*
 * What TLS or the handshake holds already makes no socket readable: the next look is taken without
 * that, once the others had their turn.
 */
static void go_on_later(struct station *station)
{
    if (station->ended || station->resume_ns != 0)
        return;
    station->resume_ns = now_of(station);
    station_set_timer(station);
}

static void read_messages(struct station *station)
{
    if (!websocket_begin(&station->websocket, RECEIVES_PER_EVENT)) {
        station_close(station, CLOSE_INTERNAL, "out of memory");
        return;
    }
    handle_messages(station);
    if (station->ended)
        return;
    if (station->websocket.received)
        note_traffic(station);
    websocket_end(&station->websocket);
    station_flush(station);
    if (transport_has_pending(&station->transport))
        go_on_later(station);
}

static void on_readable(int descriptor, short what, void *context)
{
    struct station *station = context;
    (void)descriptor;
    (void)what;
    read_messages(station);
}

static void on_writable(int descriptor, short what, void *context)
{
    struct station *station = context;
    (void)descriptor;
    (void)what;
    if (transport_receive_wants_write(&station->transport))
        read_messages(station);
    else
        station_flush(station);
}

/* ---- time ---- */

/*
 * The ping interval with 25 % of jitter, so that stations which came together do not stay together.
 */
static uint64_t ping_interval_ns(const struct gateway *gateway)
{
    uint64_t interval = gateway->config.gateway_ping_interval * NS_PER_MS;
    uint32_t spread = (uint32_t)(gateway->config.gateway_ping_interval / 2);
    return interval - interval / 4 + arc4random_uniform(spread + 1) * NS_PER_MS;
}

static void earlier(uint64_t *due, uint64_t candidate)
{
    if (candidate < *due)
        *due = candidate;
}

void station_set_timer(struct station *station)
{
    const struct config *config = &station->gateway->config;
    uint64_t now = now_of(station), due = station->ping_due_ns;
    uint64_t called = calls_outstanding_since(&station->calls);
    if (station->ended)
        return;
    if (station->ping_sent_ns != 0)
        earlier(&due, station->ping_sent_ns + config->gateway_pong_timeout * NS_PER_MS);
    if (called != 0)
        earlier(&due, called + config->gateway_call_timeout * NS_PER_MS);
    if (station->resume_ns != 0)
        earlier(&due, station->resume_ns);
    /* rounded up: libevent's clock is coarse, and a timer that comes early comes twice */
    uint64_t wait_us = due > now ? (due - now) / 1000 + 4000 : 0;
    struct timeval wait = {(time_t)(wait_us / 1000000), (suseconds_t)(wait_us % 1000000)};
    event_add(station->timer, &wait);
}

static void send_ping(struct station *station)
{
    uint64_t now = now_of(station);
    station->ping_due_ns = now + ping_interval_ns(station->gateway);
    if (station->ping_sent_ns == 0)
        station->ping_sent_ns = now;
    websocket_send_ping(&station->websocket);
}

static void on_timer(int descriptor, short what, void *context)
{
    struct station *station = context;
    const struct config *config = &station->gateway->config;
    uint64_t now = now_of(station);
    (void)descriptor;
    (void)what;
    if (station->resume_ns != 0 && now >= station->resume_ns) {
        station->resume_ns = 0;
        event_add(station->readable, NULL);
        read_messages(station);
    }
    if (station->traffic_ns >= station->ping_sent_ns)
        station->ping_sent_ns = 0;
    if (station->ping_sent_ns != 0 &&
        now >= station->ping_sent_ns + config->gateway_pong_timeout * NS_PER_MS)
        end_unresponsive(station, EVENT_PONG_TIMEOUT, COUNTER_pong_timeouts_total,
                         "no answer to a ping");
    if (station->ended)
        return;
    if (now >= station->ping_due_ns)
        send_ping(station);
    station_on_calls_due(station);
    station_flush(station);
    station_set_timer(station);
}

/* ---- the beginning ---- */

static enum boot_status remembered_boot(const struct gateway *gateway, const char *identity)
{
    uint32_t slot = segment_writer_find(gateway->writer, identity);
    return slot == EVENT_NO_STATION ? BOOT_NONE : segment_writer_boot_status(gateway->writer, slot);
}

static bool make_events(struct station *station)
{
    struct event_base *base = station->gateway->base;
    int descriptor = station->transport.descriptor;
    station->readable = event_new(base, descriptor, EV_READ | EV_PERSIST, on_readable, station);
    station->writable = event_new(base, descriptor, EV_WRITE | EV_PERSIST, on_writable, station);
    station->timer = evtimer_new(base, on_timer, station);
    return station->readable != NULL && station->writable != NULL && station->timer != NULL;
}

static void station_free(struct station *station)
{
    struct event *events[] = {station->readable, station->writable, station->timer};
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        if (events[i] != NULL)
            event_free(events[i]);
    websocket_clear(&station->websocket);
    free(station);
}

void station_free_dead(struct gateway *gateway)
{
    while (gateway->dead_stations != NULL) {
        struct station *station = gateway->dead_stations;
        gateway->dead_stations = station->next_dead;
        station_free(station);
    }
}

static struct station *station_new(struct gateway *gateway, struct transport *transport,
                                   const struct admission *admission, const char *address)
{
    struct station *station = calloc(1, sizeof(*station));
    if (station == NULL)
        return NULL;
    station->gateway = gateway;
    station->transport = *transport;
    snprintf(station->identity, sizeof(station->identity), "%s", admission->handshake.identity);
    snprintf(station->address, sizeof(station->address), "%s", address);
    station->subject.identity = station->identity;
    station->subject.address = station->address;
    station->subject.protocol = admission->handshake.protocol;
    station->subject.security_profile = admission->security_profile;
    station->actions = actions_of(admission->handshake.protocol);
    station->boot_status = remembered_boot(gateway, station->identity);
    station->connected_ns = now_of(station);
    websocket_init(&station->websocket, gateway->websockets, &station->transport,
                   &gateway->websocket_limits);
    websocket_compress(&station->websocket, deflate_offer_window(&admission->handshake.deflate));
    token_bucket_init(&station->rate, gateway->config.gateway_message_rate, TOKEN_BUCKET_SECOND,
                      gateway->config.gateway_message_burst);
    if (make_events(station))
        return station;
    station_free(station);
    return NULL;
}

void station_begin(struct gateway *gateway, struct transport *transport,
                   const struct admission *admission, const char *address, uint64_t address_key)
{
    struct station *station = station_new(gateway, transport, admission, address);
    if (station == NULL) {
        log_warnx("station", "out of memory: %s is turned away", admission->handshake.identity);
        limits_leave(gateway->limits, address_key);
        transport_close(transport);
        return;
    }
    *transport = (struct transport){.descriptor = -1};
    station->address_key = address_key;
    registry_add(gateway->stations, &station->entry, station->identity);
    publish_connected(&gateway->publisher, &station->subject, station->boot_status);
    station->ping_due_ns = now_of(station) + ping_interval_ns(gateway);
    event_add(station->readable, NULL);
    station_set_timer(station);
    if (transport_has_pending(&station->transport))
        read_messages(station);
}
