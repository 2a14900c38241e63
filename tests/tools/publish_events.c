/*
 * Stands in for a gateway: publishes synthetic events of N stations into a segment.
 *
 *   publish_events -d DIR [-i INSTANCE] [-s STATIONS] [-n MESSAGES] [-r MESSAGES-A-SECOND] [-b
 * PAYLOAD-BYTES]
 *                  [-m MESSAGES-RING-MIB] [-t TABLE-SLOTS] [-x TEXT] [-H]
 *
 * Messages are CALLs and their results by turns. -r 0: as fast as it goes; -n 0: until it's
 * stopped. -x: one more station that has TEXT, which goes into JSON as it is, as its identity, its
 * vendor and the reason of its end; a security event says it too. -H: stay, with a beating heart,
 * when all is published. Prints "ready" when the segment can be opened, and "published" when all
 * is.
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "shm/segment_writer.h"

static volatile sig_atomic_t stopping;

struct settings {
    const char *dir;
    const char *instance;
    uint64_t stations;
    uint64_t messages;
    uint64_t rate;
    uint64_t bytes;
    uint64_t ring_mib;
    uint64_t slots;
    const char *marked;
    bool hold;
};

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static uint64_t now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

static struct text_span span(const char *text)
{
    return (struct text_span){text, strlen(text)};
}

static void beat(struct segment_writer *writer)
{
    segment_writer_heartbeat(writer, now(CLOCK_MONOTONIC));
}

static void connect_station(struct segment_writer *writer, uint64_t number)
{
    char identity[32];
    struct station_record record = {.status = STATION_ONLINE, .protocol = OCPP_16};
    snprintf(identity, sizeof(identity), "CP%06" PRIu64, number);
    snprintf(record.identity, sizeof(record.identity), "%s", identity);
    snprintf(record.address, sizeof(record.address), "192.0.2.%u:%u", (unsigned)(number % 250 + 1),
             (unsigned)(1024 + number % 60000));
    record.connected_ns = now(CLOCK_REALTIME);
    record.connection = segment_writer_next_connection(writer);
    uint32_t slot = segment_writer_claim(writer, identity);
    if (slot == EVENT_NO_STATION)
        fatalx("publish", "no slot for %s", identity);
    segment_writer_station_online(writer, slot, &record);
    struct event event = {.type = EVENT_CONNECTED,
                          .time_ns = record.connected_ns,
                          .station_slot = slot,
                          .protocol = OCPP_16,
                          .latency_us = EVENT_NO_LATENCY,
                          .connection = record.connection,
                          .identity = span(identity),
                          .address = span(record.address)};
    segment_writer_publish(writer, &event);
    segment_writer_add(writer, COUNTER_connections_total, 1);
    segment_writer_set(writer, COUNTER_connections,
                       segment_writer_get(writer, COUNTER_connections) + 1);
}

/* A station that says everywhere what a page must not take for anything but text. */
static void publish_marked(struct segment_writer *writer, const char *text)
{
    struct station_record record = {.status = STATION_ONLINE, .protocol = OCPP_16};
    snprintf(record.identity, sizeof(record.identity), "%s", text);
    record.connected_ns = now(CLOCK_REALTIME);
    uint32_t slot = segment_writer_claim(writer, record.identity);
    if (slot == EVENT_NO_STATION)
        fatalx("publish", "no slot for %s", text);
    segment_writer_station_online(writer, slot, &record);
    char boot[512];
    int length = snprintf(boot, sizeof(boot),
                          "[2,\"boot\",\"BootNotification\",{\"chargePointVendor\":\"%s\","
                          "\"chargePointModel\":\"%s\"}]",
                          text, text);
    if (length < 0 || (size_t)length >= sizeof(boot))
        fatalx("publish", "-x is too long");
    struct event event = {.type = EVENT_MESSAGE,
                          .time_ns = record.connected_ns,
                          .station_slot = slot,
                          .direction = DIRECTION_IN,
                          .message_type = MESSAGE_CALL,
                          .protocol = OCPP_16,
                          .latency_us = EVENT_NO_LATENCY,
                          .identity = span(record.identity),
                          .action = span("BootNotification"),
                          .message_id = span("boot"),
                          .payload = {boot, (size_t)length},
                          .payload_length = (uint32_t)length};
    segment_writer_publish(writer, &event);
    event.payload = TEXT_SPAN_NONE;
    event.payload_length = 0;
    event.type = EVENT_DISCONNECTED;
    event.close_code = 1008;
    event.text = span(text);
    segment_writer_station_offline(writer, slot, STATION_OFFLINE, now(CLOCK_REALTIME), 1008,
                                   span(text));
    segment_writer_publish(writer, &event);
    event.type = EVENT_AUTH_FAILED;
    event.severity = SEVERITY_CRITICAL;
    segment_writer_publish(writer, &event);
}

static size_t make_frame(char *out, size_t size, uint64_t number, bool is_call, uint64_t bytes)
{
    char filling[4096];
    size_t length = bytes < sizeof(filling) ? (size_t)bytes : sizeof(filling) - 1;
    memset(filling, 'x', length);
    filling[length] = '\0';
    int written =
        is_call
            ? snprintf(out, size,
                       "[2,\"m%" PRIu64 "\",\"%s\",{\"n\":%" PRIu64 ",\"value\":\"%s\"}]", number,
                       number % 4 == 0 ? "MeterValues" : "Heartbeat", number, filling)
            : snprintf(out, size, "[3,\"m%" PRIu64 "\",{\"currentTime\":\"2026-01-31T12:00:00Z\"}]",
                       number);
    return written > 0 && (size_t)written < size ? (size_t)written : 0;
}

static void publish_message(struct segment_writer *writer, const struct settings *settings,
                            uint64_t number)
{
    uint64_t exchange = number / 2;
    bool is_call = number % 2 == 0;
    char identity[32], id[32], frame[8192];
    snprintf(identity, sizeof(identity), "CP%06" PRIu64, exchange % settings->stations);
    snprintf(id, sizeof(id), "m%" PRIu64, exchange);
    size_t length = make_frame(frame, sizeof(frame), exchange, is_call, settings->bytes);
    struct event event = {.type = EVENT_MESSAGE,
                          .time_ns = now(CLOCK_REALTIME),
                          .station_slot = (uint32_t)(exchange % settings->stations),
                          .direction = is_call ? DIRECTION_IN : DIRECTION_OUT,
                          .message_type = is_call ? MESSAGE_CALL : MESSAGE_CALLRESULT,
                          .protocol = OCPP_16,
                          .latency_us = is_call ? EVENT_NO_LATENCY : 250,
                          .identity = span(identity),
                          .action = span(exchange % 4 == 0 ? "MeterValues" : "Heartbeat"),
                          .message_id = span(id),
                          .payload = {frame, length},
                          .payload_length = (uint32_t)length};
    segment_writer_publish(writer, &event);
    segment_writer_station_message(writer, event.station_slot, event.direction, length,
                                   event.time_ns);
    segment_writer_add(writer, is_call ? COUNTER_messages_in_total : COUNTER_messages_out_total, 1);
    if (!is_call) {
        segment_writer_add(writer, COUNTER_results_out_total, 1);
        segment_writer_add(writer, COUNTER_latency_us_sum, 250);
        segment_writer_add(writer, COUNTER_latency_count, 1);
        segment_writer_latency(writer, segment_writer_histogram(writer, "Heartbeat"), 250);
    }
}

static void publish_others(struct segment_writer *writer)
{
    struct event event = {.type = EVENT_AUTH_FAILED,
                          .time_ns = now(CLOCK_REALTIME),
                          .station_slot = EVENT_NO_STATION,
                          .latency_us = EVENT_NO_LATENCY,
                          .severity = SEVERITY_HIGH,
                          .identity = span("CP000000"),
                          .address = span("192.0.2.9:1234"),
                          .text = span("wrong password")};
    segment_writer_publish(writer, &event);
    event.type = EVENT_BAD_MESSAGE;
    event.text = span("not an array");
    event.payload = span("{\"no\":\"array\"}");
    event.payload_length = (uint32_t)event.payload.length;
    segment_writer_publish(writer, &event);
    event.payload = TEXT_SPAN_NONE;
    event.payload_length = 0;
    event.type = EVENT_STARTUP;
    event.text = span("started");
    segment_writer_publish(writer, &event);
    event.type = EVENT_LOG_LINE;
    event.severity = LOG_LEVEL_WARNING;
    event.action = span("ocppj");
    event.text = span("a line of the gateway");
    segment_writer_publish(writer, &event);
}

static void publish_all(struct segment_writer *writer, const struct settings *settings)
{
    uint64_t start = now(CLOCK_MONOTONIC), beaten = start, published = 0;
    struct timespec nap = {0, 1000000};
    while (!stopping && (settings->messages == 0 || published < settings->messages)) {
        uint64_t time = now(CLOCK_MONOTONIC);
        uint64_t due = settings->rate == 0
                           ? published + 1000
                           : (time - start) * settings->rate / UINT64_C(1000000000) + 1;
        if (settings->messages != 0 && due > settings->messages)
            due = settings->messages;
        for (; published < due; published++)
            publish_message(writer, settings, published);
        if (time - beaten > UINT64_C(500000000)) {
            beaten = time;
            beat(writer);
        }
        if (settings->rate != 0)
            nanosleep(&nap, NULL);
    }
    printf("published %" PRIu64 "\n", published);
    fflush(stdout);
}

static struct segment_writer *open_writer(const struct settings *settings)
{
    char error[512];
    struct segment_options options = {.dir = settings->dir,
                                      .instance = settings->instance,
                                      .group = "",
                                      .build_id = "publish_events",
                                      .stations = (uint32_t)settings->slots};
    for (int i = 0; i < COLLECTION_COUNT; i++)
        options.ring_size[i] = 1 << 20;
    options.ring_size[COLLECTION_MESSAGES] = settings->ring_mib << 20;
    struct segment_writer *writer = segment_writer_open(&options, error, sizeof(error));
    if (writer == NULL)
        fatalx("publish", "%s", error);
    return writer;
}

static void read_settings(int argc, char **argv, struct settings *settings)
{
    int letter;
    while ((letter = getopt(argc, argv, "d:i:s:n:r:b:m:t:x:H")) != -1) {
        uint64_t number = optarg != NULL ? strtoull(optarg, NULL, 10) : 0;
        switch (letter) {
        case 'd':
            settings->dir = optarg;
            break;
        case 'i':
            settings->instance = optarg;
            break;
        case 's':
            settings->stations = number;
            break;
        case 'n':
            settings->messages = number;
            break;
        case 'r':
            settings->rate = number;
            break;
        case 'b':
            settings->bytes = number;
            break;
        case 'm':
            settings->ring_mib = number;
            break;
        case 't':
            settings->slots = number;
            break;
        case 'x':
            settings->marked = optarg;
            break;
        case 'H':
            settings->hold = true;
            break;
        default:
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    struct settings settings = {.instance = "default",
                                .stations = 10,
                                .messages = 100,
                                .bytes = 100,
                                .ring_mib = 1,
                                .slots = 1024};
    struct timespec nap = {0, 200000000};
    log_open("publish_events", LOG_TO_STDERR, LOG_LEVEL_INFO);
    read_settings(argc, argv, &settings);
    if (settings.dir == NULL)
        fatalx("publish", "-d is missing");
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    struct segment_writer *writer = open_writer(&settings);
    beat(writer);
    for (uint64_t i = 0; i < settings.stations; i++)
        connect_station(writer, i);
    publish_others(writer);
    if (settings.marked != NULL)
        publish_marked(writer, settings.marked);
    printf("ready\n");
    fflush(stdout);
    publish_all(writer, &settings);
    while (settings.hold && !stopping) {
        beat(writer);
        nanosleep(&nap, NULL);
    }
    segment_writer_close(writer, now(CLOCK_REALTIME));
    return 0;
}
