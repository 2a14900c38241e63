/*
 * Load from many stations: raw WebSocket frames over epoll, one process. The generator of `make
 * bench-gateway` and `make bench-isolation`.
 *
 *   station_load -p PORT -n STATIONS -m heartbeat|meter [-r RATE] [-w WARMUP] [-d SECONDS] [-P
 * SERVER-PID]
 *
 * Without -r: closed loop, each station sends its next CALL when the last one is answered. With -r:
 * open loop, RATE CALLs a second over all stations, sent when they are due whether or not earlier
 * ones are answered; latency counts from when a CALL was due, so a stalled server can't hide behind
 * a stalled generator. Prints one line of key=value.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define METER_LENGTH 400  /* bytes of the CALL */
#define MAX_DUE      1024 /* unanswered CALLs of one station in open loop */
#define MAX_SAMPLES  20000000
#define ID_OFFSET    4 /* of the 8 digits of the message id in a CALL */
#define NS           UINT64_C(1000000000)

static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};

struct station {
    int socket;
    uint32_t number; /* of its next CALL */
    unsigned partial_length;
    unsigned char partial[512]; /* the start of a frame that has not come completely */
    uint64_t due[MAX_DUE];
    unsigned due_start, due_count;
};

struct load {
    uint16_t port;
    unsigned station_count;
    const char *kind;
    uint64_t rate, warmup_ns, duration_ns;
    long server_pid;

    struct station *stations;
    int epoll, timer;
    unsigned char frame[512]; /* the CALL, masked but for its id */
    size_t frame_length, id_at;
    uint64_t next_due, begin, end;
    unsigned next_station;
    bool measuring;
    uint64_t answers, overruns;
    uint32_t *samples; /* us */
    size_t sample_count;
};

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * NS + (uint64_t)time.tv_nsec;
}

/* User and system time, microseconds. */
static uint64_t cpu_of(long pid)
{
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
    FILE *stream = fopen(path, "r");
    if (stream == NULL || fgets(text, sizeof(text), stream) == NULL)
        die(path);
    fclose(stream);
    const char *rest = strrchr(text, ')');
    if (rest == NULL || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                               &user, &system) != 2)
        die("stat");
    return (user + system) * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

/* ---- the CALL ---- */

static void make_frame(struct load *load)
{
    char text[METER_LENGTH + 1];
    size_t length;
    if (strcmp(load->kind, "heartbeat") == 0) {
        length = (size_t)snprintf(text, sizeof(text), "[2,\"00000000\",\"Heartbeat\",{}]");
    } else {
        snprintf(text, sizeof(text),
                 "[2,\"00000000\",\"MeterValues\",{\"connectorId\":1,\"transactionId\":730395809,"
                 "\"meterValue\":[{\"timestamp\":\"2026-01-31T12:00:00.000Z\",\"sampledValue\":["
                 "{\"value\":\"1523401\",\"context\":\"Sample.Periodic\",\"measurand\":"
                 "\"Energy.Active.Import.Register\",\"unit\":\"Wh\"},{\"value\":\"16.02\","
                 "\"measurand\":\"Current.Import\",\"phase\":\"L1\",\"unit\":\"A\"},"
                 "{\"value\":\"229.8\",\"measurand\":\"Voltage\",\"unit\":\"V\"");
        /* white space before the end makes it exactly as long as it has to be */
        length = strlen(text);
        while (length < METER_LENGTH - 7)
            text[length++] = ' ';
        memcpy(text + length, "}]}]}] ", 8);
        length = METER_LENGTH;
    }
    size_t at = 0;
    load->frame[at++] = 0x81;
    load->frame[at++] = (unsigned char)(0x80 | (length < 126 ? length : 126));
    if (length >= 126) {
        load->frame[at++] = (unsigned char)(length >> 8);
        load->frame[at++] = (unsigned char)(length & 255);
    }
    memcpy(load->frame + at, mask, 4);
    at += 4;
    load->id_at = at + ID_OFFSET;
    for (size_t i = 0; i < length; i++)
        load->frame[at + i] = (unsigned char)text[i] ^ mask[i % 4];
    load->frame_length = at + length;
}

static void send_call(struct load *load, struct station *station)
{
    char id[9];
    snprintf(id, sizeof(id), "%08x", station->number++);
    for (unsigned i = 0; i < 8; i++)
        load->frame[load->id_at + i] = (unsigned char)id[i] ^ mask[(ID_OFFSET + i) % 4];
    if (send(station->socket, load->frame, load->frame_length, MSG_NOSIGNAL) !=
        (ssize_t)load->frame_length)
        die("send (the server does not read, or has closed)");
}

/* ---- connecting ---- */

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof(address)) != 0)
        die("connect");
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return descriptor;
}

static void shake_hands(int descriptor, unsigned number)
{
    char request[512], response[1024];
    size_t got = 0;
    int length = snprintf(request, sizeof(request),
                          "GET /ocpp/LOAD-%05u HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                          "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n",
                          number);
    if (send(descriptor, request, (size_t)length, 0) != length)
        die("send");
    do {
        ssize_t more = recv(descriptor, response + got, sizeof(response) - 1 - got, 0);
        if (more <= 0)
            die("handshake");
        got += (size_t)more;
        response[got] = '\0';
    } while (strstr(response, "\r\n\r\n") == NULL);
    if (strncmp(response, "HTTP/1.1 101 ", 13) != 0) {
        fprintf(stderr, "%s", response);
        exit(1);
    }
}

static void connect_stations(struct load *load)
{
    struct rlimit files = {load->station_count + 64, load->station_count + 64};
    setrlimit(RLIMIT_NOFILE, &files);
    load->stations = calloc(load->station_count, sizeof(struct station));
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load->stations == NULL || load->epoll < 0)
        die("start");
    for (unsigned i = 0; i < load->station_count; i++) {
        struct station *station = &load->stations[i];
        struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = station}};
        station->socket = connect_to(load->port);
        shake_hands(station->socket, i);
        fcntl(station->socket, F_SETFL, O_NONBLOCK);
        if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, station->socket, &event) != 0)
            die("epoll_ctl");
    }
}

/* ---- answers ---- */

static void on_answer(struct load *load, struct station *station, uint64_t now)
{
    if (load->measuring)
        load->answers++;
    if (load->rate == 0) {
        send_call(load, station);
        return;
    }
    if (station->due_count == 0)
        return;
    uint64_t due = station->due[station->due_start];
    station->due_start = (station->due_start + 1) % MAX_DUE;
    station->due_count--;
    if (due >= load->begin && due < load->end && load->sample_count < MAX_SAMPLES)
        load->samples[load->sample_count++] = (uint32_t)((now - due) / 1000);
}

static void on_frame(struct load *load, struct station *station, unsigned opcode, uint64_t now)
{
    static const unsigned char pong[] = {0x8a, 0x80, 0, 0, 0, 0};
    if (opcode == 1)
        on_answer(load, station, now);
    else if (opcode == 9 && send(station->socket, pong, sizeof(pong), MSG_NOSIGNAL) < 0)
        die("pong");
    else if (opcode == 8) {
        fprintf(stderr, "station_load: the server closes a connection\n");
        exit(1);
    }
}

/* Length of the frame that begins there, 0 when it is not complete. */
static size_t frame_at(const unsigned char *bytes, size_t length)
{
    if (length < 2)
        return 0;
    size_t header = 2, payload = bytes[1] & 127u;
    if (payload == 126) {
        if (length < 4)
            return 0;
        header = 4;
        payload = (size_t)bytes[2] << 8 | bytes[3];
    }
    return length >= header + payload ? header + payload : 0;
}

static void on_readable(struct load *load, struct station *station)
{
    unsigned char bytes[16384];
    size_t at = 0, frame;
    memcpy(bytes, station->partial, station->partial_length);
    ssize_t got = recv(station->socket, bytes + station->partial_length,
                       sizeof(bytes) - station->partial_length, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0)
        die("recv");
    uint64_t now = load->rate > 0 ? now_ns() : 0;
    size_t length = station->partial_length + (size_t)got;
    while ((frame = frame_at(bytes + at, length - at)) > 0) {
        on_frame(load, station, bytes[at] & 15u, now);
        at += frame;
    }
    if (length - at > sizeof(station->partial))
        die("an answer is too long");
    station->partial_length = (unsigned)(length - at);
    memcpy(station->partial, bytes + at, station->partial_length);
}

/* ---- the loop ---- */

static void send_due(struct load *load)
{
    uint64_t now = now_ns();
    while (load->next_due <= now && load->next_due < load->end) {
        struct station *station = &load->stations[load->next_station];
        load->next_station = (load->next_station + 1) % load->station_count;
        if (station->due_count == MAX_DUE) {
            load->overruns++;
        } else {
            station->due[(station->due_start + station->due_count++) % MAX_DUE] = load->next_due;
            send_call(load, station);
        }
        load->next_due += NS / load->rate;
    }
    struct itimerspec next = {
        .it_value = {(time_t)(load->next_due / NS), (long)(load->next_due % NS)}};
    if (timerfd_settime(load->timer, TFD_TIMER_ABSTIME, &next, NULL) != 0)
        die("timerfd");
}

static void poll_once(struct load *load, int timeout_ms)
{
    struct epoll_event events[512];
    int count = epoll_wait(load->epoll, events, 512, timeout_ms);
    for (int i = 0; i < count; i++) {
        uint64_t expirations;
        if (events[i].data.ptr != NULL)
            on_readable(load, events[i].data.ptr);
        else if (read(load->timer, &expirations, sizeof(expirations)) > 0)
            send_due(load);
    }
}

static void start_calls(struct load *load)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = NULL}};
    load->begin = now_ns() + load->warmup_ns;
    load->end = load->begin + load->duration_ns;
    if (load->rate == 0) {
        for (unsigned i = 0; i < load->station_count; i++)
            send_call(load, &load->stations[i]);
        return;
    }
    load->samples = malloc(MAX_SAMPLES * sizeof(load->samples[0]));
    load->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (load->samples == NULL || load->timer < 0 ||
        epoll_ctl(load->epoll, EPOLL_CTL_ADD, load->timer, &event) != 0)
        die("timer");
    load->next_due = now_ns();
    send_due(load);
}

static unsigned long unanswered(const struct load *load)
{
    unsigned long count = 0;
    for (unsigned i = 0; i < load->station_count; i++)
        count += load->stations[i].due_count;
    return count;
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static uint32_t percentile(const struct load *load, double fraction)
{
    if (load->sample_count == 0)
        return 0;
    size_t at = (size_t)(fraction * (double)load->sample_count);
    return load->samples[at < load->sample_count ? at : load->sample_count - 1];
}

/*
 * In open loop the generator stands for a thousand other machines: that it waits for a CPU itself
 * must not count as the server's delay. Where it may, it goes before others; autogroup: see
 * sched(7).
 */
static void raise_priority(void)
{
    if (setpriority(PRIO_PROCESS, 0, -15) != 0)
        return;
    FILE *group = setsid() > 0 ? fopen("/proc/self/autogroup", "w") : NULL;
    if (group == NULL)
        return;
    fputs("-15", group);
    fclose(group);
}

static void run(struct load *load)
{
    uint64_t cpu = 0;
    start_calls(load);
    while (now_ns() < load->begin)
        poll_once(load, 1);
    load->measuring = true;
    if (load->server_pid > 0)
        cpu = cpu_of(load->server_pid);
    uint64_t began = now_ns();
    while (now_ns() < load->end)
        poll_once(load, 1);
    load->measuring = false;
    uint64_t took = now_ns() - began;
    if (load->server_pid > 0)
        cpu = cpu_of(load->server_pid) - cpu;
    /* stragglers count with their full delay, up to a minute */
    for (uint64_t until = now_ns() + 60 * NS; load->rate > 0 && unanswered(load) > 0;) {
        if (now_ns() > until)
            break;
        poll_once(load, 10);
    }
    qsort(load->samples, load->sample_count, sizeof(load->samples[0]), compare);
    printf("answers=%lu seconds=%.3f server_cpu_us=%lu samples=%zu p50=%u p99=%u p999=%u max=%u "
           "unanswered=%lu overruns=%lu\n",
           (unsigned long)load->answers, (double)took / 1e9, (unsigned long)cpu, load->sample_count,
           percentile(load, 0.5), percentile(load, 0.99), percentile(load, 0.999),
           percentile(load, 1), unanswered(load), (unsigned long)load->overruns);
}

int main(int argc, char **argv)
{
    struct load load = {
        .station_count = 100, .kind = "heartbeat", .warmup_ns = NS / 2, .duration_ns = 2 * NS};
    int option;
    while ((option = getopt(argc, argv, "p:n:m:r:w:d:P:")) != -1) {
        switch (option) {
        case 'p':
            load.port = (uint16_t)atoi(optarg);
            break;
        case 'n':
            load.station_count = (unsigned)atoi(optarg);
            break;
        case 'm':
            load.kind = optarg;
            break;
        case 'r':
            load.rate = (uint64_t)atoi(optarg);
            break;
        case 'w':
            load.warmup_ns = (uint64_t)(atof(optarg) * 1e9);
            break;
        case 'd':
            load.duration_ns = (uint64_t)(atof(optarg) * 1e9);
            break;
        case 'P':
            load.server_pid = atol(optarg);
            break;
        default:
            return 2;
        }
    }
    make_frame(&load);
    if (load.rate > 0)
        raise_priority();
    connect_stations(&load);
    run(&load);
    free(load.samples);
    free(load.stations);
    return 0;
}
