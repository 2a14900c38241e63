/*
 * A whole gateway inside the test, stepped by it, with stations on real sockets and a reader of its
 * segment.
 */
#ifndef TESTS_UNIT_GATEWAY_FIXTURE_H
#define TESTS_UNIT_GATEWAY_FIXTURE_H

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/gateway.h"
#include "gateway/listener.h"
#include "gateway/station.h"
#include "shm/segment_reader.h"

static struct gateway *gateway;
static char fixture_dir[64];
static char settings[32][128]; /* section.key=value, until fixture_close */
static size_t setting_count;
static struct segment_reader *fixture_reader;

static inline void set(const char *assignment)
{
    ck_assert_uint_lt(setting_count, 32);
    snprintf(settings[setting_count++], sizeof(settings[0]), "%s", assignment);
}

static inline bool fixture_read_config(struct config *config, config_complaint *complain,
                                       void *complain_context, void *context)
{
    static const char *const small[] = {
        "shm.messages_size=1M", "shm.connections_size=64K",   "shm.security_size=64K",
        "shm.errors_size=64K",  "shm.system_size=64K",        "shm.log_size=64K",
        "shm.stations=64",      "gateway.max_connections=64", "gateway.listen=127.0.0.1:0",
        "log.level=error",      "gateway.max_handshakes=16"};
    char dir[128];
    unsigned errors = 0;
    (void)context;
    snprintf(dir, sizeof(dir), "shm.dir=%s", fixture_dir);
    errors += config_set(config, dir, complain, complain_context);
    for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++)
        errors += config_set(config, small[i], complain, complain_context);
    for (size_t i = 0; i < setting_count; i++)
        errors += config_set(config, settings[i], complain, complain_context);
    return errors == 0;
}

/* Settings first, then this. */
static inline void fixture_start(void)
{
    char error[256] = "";
    gateway = gateway_open(fixture_read_config, NULL);
    ck_assert_ptr_nonnull(gateway);
    fixture_reader = segment_reader_open(fixture_dir, "default", -1, error, sizeof(error));
    ck_assert_msg(fixture_reader != NULL, "%s", error);
}

static inline void fixture_stop(void)
{
    segment_reader_close(fixture_reader);
    gateway_close(gateway);
    gateway = NULL;
}

static inline void fixture_open(void)
{
    strcpy(fixture_dir, "/dev/shm/ocpp-board-test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(fixture_dir));
    setting_count = 0;
}

static inline void fixture_close(void)
{
    char command[128];
    if (gateway != NULL)
        fixture_stop();
    snprintf(command, sizeof(command), "rm -r %s", fixture_dir);
    ck_assert_int_eq(system(command), 0);
}

static inline void step(void)
{
    const struct timespec moment = {0, 200000};
    event_base_loop(gateway->base, EVLOOP_NONBLOCK);
    loop_clock_invalidate(&gateway->clock);
    station_free_dead(gateway);
    nanosleep(&moment, NULL);
}

/* Steps the gateway until the condition holds; fails after 10 s. */
#define step_until(condition)                                                                      \
    do {                                                                                           \
        time_t end_of_patience = time(NULL) + 10;                                                  \
        while (!(condition)) {                                                                     \
            step();                                                                                \
            ck_assert_msg(time(NULL) < end_of_patience, "waited in vain: %s", #condition);         \
        }                                                                                          \
    } while (0)

/* ---- stations ---- */

struct fake {
    int socket;
    size_t length; /* bytes received and not taken yet */
    bool closed;
    char bytes[70000];
};

static inline void fake_connect_with_buffer(struct fake *fake, int receive_buffer)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *listening = listener_address(gateway->listener);
    address.sin_port = htons((uint16_t)atoi(strchr(listening, ':') + 1));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    memset(fake, 0, sizeof(*fake));
    fake->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (receive_buffer > 0)
        setsockopt(fake->socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    ck_assert_int_eq(connect(fake->socket, (struct sockaddr *)&address, sizeof(address)), 0);
    fcntl(fake->socket, F_SETFL, O_NONBLOCK);
}

static inline void fake_connect(struct fake *fake)
{
    fake_connect_with_buffer(fake, 0);
}

static inline void fake_send(struct fake *fake, const void *bytes, size_t length)
{
    ck_assert_int_eq(send(fake->socket, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
}

static inline bool fake_receive(struct fake *fake)
{
    ssize_t got =
        recv(fake->socket, fake->bytes + fake->length, sizeof(fake->bytes) - 1 - fake->length, 0);
    if (got > 0)
        fake->length += (size_t)got;
    if (got == 0 || (got < 0 && errno != EAGAIN))
        fake->closed = true;
    fake->bytes[fake->length] = '\0';
    return fake->length > 0;
}

static inline void fake_take(struct fake *fake, size_t length)
{
    memmove(fake->bytes, fake->bytes + length, fake->length - length);
    fake->length -= length;
    fake->bytes[fake->length] = '\0';
}

/* Sends a handshake; `headers` are further lines with CRLF. Returns the status of the answer. */
static inline unsigned fake_handshake(struct fake *fake, const char *identity, const char *protocol,
                                      const char *headers)
{
    char request[2048];
    unsigned status = 0;
    int length = snprintf(request, sizeof(request),
                          "GET /ocpp/%s HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                          "Sec-WebSocket-Protocol: %s\r\n%s\r\n",
                          identity, protocol, headers);
    fake_send(fake, request, (size_t)length);
    step_until((fake_receive(fake), strstr(fake->bytes, "\r\n\r\n") != NULL) || fake->closed);
    if (sscanf(fake->bytes, "HTTP/1.1 %u", &status) == 1 && status == 101)
        fake_take(fake, (size_t)(strstr(fake->bytes, "\r\n\r\n") + 4 - fake->bytes));
    return status;
}

static inline void fake_open(struct fake *fake, const char *identity, const char *protocol)
{
    fake_connect(fake);
    ck_assert_uint_eq(fake_handshake(fake, identity, protocol, ""), 101);
}

static inline void fake_close(struct fake *fake)
{
    close(fake->socket);
}

static inline void fake_frame(struct fake *fake, unsigned opcode, const void *payload,
                              size_t length)
{
    unsigned char frame[2048] = {(unsigned char)(0x80 | opcode)};
    size_t at = 2;
    ck_assert_uint_lt(length, sizeof(frame) - 8);
    frame[1] = (unsigned char)(0x80 | (length < 126 ? length : 126));
    if (length >= 126) {
        frame[at++] = (unsigned char)(length >> 8);
        frame[at++] = (unsigned char)(length & 255);
    }
    memset(frame + at, 0, 4); /* a mask of zeros */
    memcpy(frame + at + 4, payload, length);
    fake_send(fake, frame, at + 4 + length);
}

static inline void fake_text(struct fake *fake, const char *text)
{
    fake_frame(fake, 1, text, strlen(text));
}

/* Length of the first frame that is there completely, its payload at `*start`; 0: none. */
static inline size_t first_frame(const struct fake *fake, size_t *start)
{
    const unsigned char *bytes = (const unsigned char *)fake->bytes;
    if (fake->length < 2)
        return 0;
    size_t payload = bytes[1] & 127u;
    *start = 2;
    if (payload == 126) {
        payload = fake->length >= 4 ? (size_t)bytes[2] << 8 | bytes[3] : 65535;
        *start = 4;
    }
    return fake->length >= *start + payload ? *start + payload : 0;
}

/*
 * Waits for the next frame, puts its payload as text into `out` (2048), returns its opcode; -1:
 * closed instead.
 */
static inline int fake_next(struct fake *fake, char *out)
{
    size_t start = 0, length = 0;
    step_until((fake_receive(fake), (length = first_frame(fake, &start)) > 0) || fake->closed);
    if (length == 0)
        return -1;
    int opcode = fake->bytes[0] & 15;
    ck_assert_uint_lt(length - start, 2048);
    memcpy(out, fake->bytes + start, length - start);
    out[length - start] = '\0';
    fake_take(fake, length);
    return opcode;
}

/* Sends a text and returns the text that comes back, pings aside. */
static inline const char *fake_ask(struct fake *fake, const char *text)
{
    static char answer[2048];
    int opcode;
    fake_text(fake, text);
    while ((opcode = fake_next(fake, answer)) == 9)
        ;
    ck_assert_int_eq(opcode, 1);
    return answer;
}

/* Waits for a close frame and returns its code. */
static inline unsigned fake_closed_with(struct fake *fake)
{
    char payload[2048] = "";
    int opcode;
    while ((opcode = fake_next(fake, payload)) != 8 && opcode != -1)
        ;
    ck_assert_int_eq(opcode, 8);
    return (unsigned)(unsigned char)payload[0] << 8 | (unsigned char)payload[1];
}

/* ---- events ---- */

static char event_bytes[SEGMENT_READER_BUFFER];

/* The n-th event of that type (from 0) into `event`; false: there are not so many. */
static inline bool find_event(enum event_type type, unsigned n, struct event *event)
{
    uint64_t seq, head;
    enum collection collection = (enum collection)event_collection(type);
    segment_reader_bounds(fixture_reader, collection, &seq, &head);
    for (; seq < head; seq++) {
        if (segment_reader_read(fixture_reader, collection, seq, event_bytes, event) == RING_MORE &&
            event->type == type && n-- == 0)
            return true;
    }
    return false;
}

static inline unsigned count_events(enum event_type type)
{
    struct event event;
    unsigned count = 0;
    while (find_event(type, count, &event))
        count++;
    return count;
}

static inline bool contains(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static inline bool text_is(struct text_span span, const char *text)
{
    return span.length == strlen(text) && memcmp(span.start, text, span.length) == 0;
}

static inline bool text_has(struct text_span span, const char *part)
{
    return memmem(span.start, span.length, part, strlen(part)) != NULL;
}

static inline uint64_t counter(enum counter which)
{
    return segment_reader_counter(fixture_reader, which);
}

/* Writes a station file and sets gateway.stations. */
static inline void use_station_file(const char *text)
{
    char path[80], assignment[128];
    snprintf(path, sizeof(path), "%s/stations", fixture_dir);
    int descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    ck_assert_int_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
    snprintf(assignment, sizeof(assignment), "gateway.stations=%s", path);
    set(assignment);
}

#endif
