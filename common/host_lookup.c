#include "common/host_lookup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST_SIZE 256
#define TEXT_SIZE 256

struct host_lookup {
    struct event_base *base;
    host_lookup_done *done;
    void *context;
    int answer; /* where the thread's answer comes from, -1: there is none */
    struct event *answered;
};

/* The thread's own: it may live longer than all else. */
struct job {
    char host[HOST_SIZE];
    unsigned turn;
    int answer;
};

/* Goes through a pipe in one piece. */
struct answer {
    bool found;
    char text[TEXT_SIZE]; /* an address, or an error */
};

_Static_assert(sizeof(struct answer) <= 512, "POSIX's PIPE_BUF");

bool host_is_address(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static unsigned count(const struct addrinfo *list)
{
    unsigned number = 0;
    for (; list != NULL; list = list->ai_next)
        number++;
    return number;
}

/* IPv4 first, as the library that connects would take them. */
static const struct addrinfo *pick(const struct addrinfo *list, unsigned turn)
{
    unsigned left = turn % count(list);
    for (int is_second = 0; is_second <= 1; is_second++) {
        for (const struct addrinfo *one = list; one != NULL; one = one->ai_next) {
            if ((one->ai_family != AF_INET) == is_second && left-- == 0)
                return one;
        }
    }
    return list;
}

static void look_up(const struct job *job, struct answer *answer)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
    int error = getaddrinfo(job->host, NULL, &hints, &list);
    if (error == 0) {
        const struct addrinfo *one = pick(list, job->turn);
        error = getnameinfo(one->ai_addr, one->ai_addrlen, answer->text, sizeof(answer->text), NULL,
                            0, NI_NUMERICHOST);
        freeaddrinfo(list);
    }
    answer->found = error == 0;
    if (error != 0)
        snprintf(answer->text, sizeof(answer->text), "%s",
                 error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
}

static void *work(void *context)
{
    struct job *job = context;
    struct answer answer = {.found = false};
    look_up(job, &answer);
    ssize_t written = write(job->answer, &answer, sizeof(answer)); /* or nobody waits any more */
    (void)written;
    close(job->answer);
    free(job);
    return NULL;
}

static void stop_waiting(struct host_lookup *lookup)
{
    if (lookup->answered != NULL)
        event_free(lookup->answered);
    lookup->answered = NULL;
    if (lookup->answer >= 0)
        close(lookup->answer);
    lookup->answer = -1;
}

static void on_answered(evutil_socket_t descriptor, short what, void *context)
{
    struct host_lookup *lookup = context;
    struct answer answer;
    bool is_whole = read(descriptor, &answer, sizeof(answer)) == (ssize_t)sizeof(answer);
    (void)what;
    stop_waiting(lookup);
    if (!is_whole)
        lookup->done(lookup->context, NULL, "the lookup has ended without an answer");
    else
        lookup->done(lookup->context, answer.found ? answer.text : NULL, answer.text);
}

/* A thread without signals: they are the loop's, and one for a pipe that nobody reads is no harm.
 */
static bool start_thread(struct job *job)
{
    sigset_t all, before;
    pthread_attr_t detached;
    pthread_t thread;
    if (pthread_attr_init(&detached) != 0)
        return false;
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread, &detached, work, job);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&detached);
    return error == 0;
}

static bool start_job(const char *host, unsigned turn, int answer)
{
    struct job *job = calloc(1, sizeof(*job));
    if (job == NULL)
        return false;
    snprintf(job->host, sizeof(job->host), "%s", host);
    job->turn = turn;
    job->answer = answer;
    if (start_thread(job))
        return true;
    free(job);
    return false;
}

struct host_lookup *host_lookup_new(struct event_base *base, host_lookup_done *done, void *context)
{
    struct host_lookup *lookup = calloc(1, sizeof(*lookup));
    if (lookup != NULL)
        *lookup = (struct host_lookup){base, done, context, -1, NULL};
    return lookup;
}

void host_lookup_free(struct host_lookup *lookup)
{
    if (lookup != NULL)
        stop_waiting(lookup);
    free(lookup);
}

bool host_lookup_start(struct host_lookup *lookup, const char *host, unsigned turn)
{
    int ends[2];
    if (host_lookup_is_busy(lookup))
        return true;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    lookup->answer = ends[0];
    lookup->answered = event_new(lookup->base, ends[0], EV_READ, on_answered, lookup);
    if (lookup->answered != NULL && event_add(lookup->answered, NULL) == 0 &&
        start_job(host, turn, ends[1]))
        return true;
    stop_waiting(lookup);
    close(ends[1]);
    return false;
}

bool host_lookup_is_busy(const struct host_lookup *lookup)
{
    return lookup->answered != NULL;
}
