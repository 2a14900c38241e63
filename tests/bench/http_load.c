/*
 * Load on the dashboard: connections that read event streams, and connections that ask for pages as
 * fast as they are answered. In reality these are other machines: the process runs in the idle
 * class, so that it takes only what nobody else wants.
 *
 *   http_load -p PORT [-s STREAMS] [-q CONNECTIONS] [-c CPU]
 *
 * Runs until SIGTERM; then prints one line of key=value. -c: not on that processor.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define STREAM "/api/messages/stream"
#define MESSAGE                                                                                    \
    "\nevent: message\n" /* only its first character is a newline that can begin it anew */

static const char *const pages[] = {"/api/messages?limit=1000", "/api/overview"};

struct connection {
    int socket;
    bool is_stream;
    unsigned turn;    /* which page is next */
    unsigned matched; /* bytes of MESSAGE that the stream's last bytes are */
    long body_left;   /* -1: the head is being read */
    unsigned head_length;
    char head[4096];
};

static struct {
    uint16_t port;
    int epoll;
    unsigned long long bytes, messages, replies, closed, refused;
} load;

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static void ask(struct connection *connection)
{
    char request[256];
    const char *path = connection->is_stream
                           ? STREAM
                           : pages[connection->turn++ % (sizeof(pages) / sizeof(pages[0]))];
    int length = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n",
                          path, (unsigned)load.port);
    connection->body_left = -1;
    connection->head_length = 0;
    if (send(connection->socket, request, (size_t)length, MSG_NOSIGNAL) != length)
        load.closed++;
}

static void dial(struct connection *connection)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(load.port)};
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = connection}};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->socket < 0 ||
        connect(connection->socket, (struct sockaddr *)&address, sizeof(address)) != 0)
        die("connect");
    fcntl(connection->socket, F_SETFL, O_NONBLOCK);
    if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, connection->socket, &event) != 0)
        die("epoll_ctl");
    ask(connection);
}

/* Takes bytes of a head; returns how many, and sets body_left when it is complete. */
static size_t take_head(struct connection *connection, const char *bytes, size_t length)
{
    size_t before = connection->head_length;
    size_t room = sizeof(connection->head) - 1 - before;
    size_t taken = length < room ? length : room;
    memcpy(connection->head + before, bytes, taken);
    connection->head_length += (unsigned)taken;
    connection->head[connection->head_length] = '\0';
    const char *end = strstr(connection->head, "\r\n\r\n");
    if (end == NULL)
        return taken;
    if (strncmp(connection->head, "HTTP/1.1 200 ", 13) != 0)
        load.refused++;
    const char *field = strcasestr(connection->head, "content-length:");
    connection->body_left = field != NULL ? atol(field + 15) : 0;
    return (size_t)(end + 4 - connection->head) - before;
}

static size_t take_body(struct connection *connection, size_t length)
{
    size_t left = (size_t)connection->body_left;
    size_t taken = length < left ? length : left;
    connection->body_left -= (long)taken;
    return taken;
}

static void take(struct connection *connection, const char *bytes, size_t length)
{
    while (length > 0) {
        size_t taken = connection->body_left < 0 ? take_head(connection, bytes, length)
                                                 : take_body(connection, length);
        if (connection->body_left == 0) {
            load.replies++;
            ask(connection);
        } else if (taken == 0) {
            fprintf(stderr, "http_load: the head of an answer is too long\n");
            exit(1);
        }
        bytes += taken;
        length -= taken;
    }
}

static void count_messages(struct connection *connection, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (connection->matched == 0) {
            const char *newline = memchr(bytes + i, '\n', length - i);
            if (newline == NULL)
                return;
            i = (size_t)(newline - bytes);
        }
        if (bytes[i] == MESSAGE[connection->matched])
            connection->matched++;
        else
            connection->matched = bytes[i] == '\n';
        if (MESSAGE[connection->matched] == '\0') {
            load.messages++;
            connection->matched = 1;
        }
    }
}

static void on_readable(struct connection *connection)
{
    static char bytes[262144];
    ssize_t got = recv(connection->socket, bytes, sizeof(bytes), 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        load.closed++;
        close(connection->socket);
        dial(connection);
        return;
    }
    load.bytes += (unsigned long long)got;
    if (connection->is_stream)
        count_messages(connection, bytes, (size_t)got);
    else
        take(connection, bytes, (size_t)got);
}

static void lower_priority(void)
{
    struct sched_param none = {0};
    if (sched_setscheduler(0, SCHED_IDLE, &none) != 0)
        die("SCHED_IDLE");
    /* each session is a scheduling group of its own where the kernel has autogroups (sched(7)) */
    FILE *group = fopen("/proc/self/autogroup", "w");
    if (group != NULL) {
        fputs("19", group);
        fclose(group);
    }
}

static void keep_off(int cpu)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) != 0 || CPU_COUNT(&set) < 2)
        return;
    CPU_CLR((size_t)cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set) != 0)
        die("sched_setaffinity");
}

int main(int argc, char **argv)
{
    unsigned streams = 0, queries = 0;
    int option;
    struct sigaction action = {.sa_handler = on_signal};
    struct epoll_event events[256];
    while ((option = getopt(argc, argv, "p:s:q:c:")) != -1) {
        if (option == 'p')
            load.port = (uint16_t)atoi(optarg);
        else if (option == 's')
            streams = (unsigned)atoi(optarg);
        else if (option == 'q')
            queries = (unsigned)atoi(optarg);
        else if (option == 'c')
            keep_off(atoi(optarg));
        else
            return 2;
    }
    setsid();
    lower_priority();
    sigaction(SIGTERM, &action, NULL);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    struct connection *connections = calloc(streams + queries, sizeof(*connections));
    if (load.epoll < 0 || connections == NULL)
        die("start");
    for (unsigned i = 0; i < streams + queries; i++) {
        connections[i].is_stream = i < streams;
        connections[i].turn = i;
        dial(&connections[i]);
    }
    printf("ready\n");
    fflush(stdout);
    while (!stopped) {
        int count = epoll_wait(load.epoll, events, 256, 1000);
        for (int i = 0; i < count; i++)
            on_readable(events[i].data.ptr);
    }
    printf("bytes=%llu messages=%llu replies=%llu closed=%llu refused=%llu\n", load.bytes,
           load.messages, load.replies, load.closed, load.refused);
    free(connections);
    return 0;
}
