#include "boardd/login/hasher.h"

#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/log.h"
#include "common/password.h"
#include "common/timestamp.h"
#include "common/token_bucket.h"

enum job_state { JOB_FREE, JOB_WAITS, JOB_DONE };

struct job {
    enum job_state state;
    uint64_t number; /* the lowest is next */
    bool matches;
    char hash[PASSWORD_HASH_SIZE];
    char password[PASSWORD_MAX + 1];
    hasher_done *done;
    void *context;
};

struct hasher {
    struct token_bucket rate;
    int signal; /* eventfd: a job is done */
    struct event *event;
    bool started;
    pthread_t thread;
    pthread_mutex_t mutex; /* for what follows */
    pthread_cond_t changed;
    bool stop;
    uint64_t last_number;
    struct job jobs[HASHER_QUEUE];
};

static struct job *next_job(struct hasher *hasher)
{
    struct job *next = NULL;
    for (size_t i = 0; i < HASHER_QUEUE; i++) {
        struct job *job = &hasher->jobs[i];
        if (job->state == JOB_WAITS && (next == NULL || job->number < next->number))
            next = job;
    }
    return next;
}

static void *work(void *context)
{
    struct hasher *hasher = context;
    pthread_mutex_lock(&hasher->mutex);
    while (!hasher->stop) {
        struct job *job = next_job(hasher);
        if (job == NULL) {
            pthread_cond_wait(&hasher->changed, &hasher->mutex);
            continue;
        }
        pthread_mutex_unlock(&hasher->mutex); /* nobody else touches a job that waits */
        bool matches = password_matches(job->hash, job->password);
        pthread_mutex_lock(&hasher->mutex);
        explicit_bzero(job->password, sizeof(job->password));
        job->matches = matches;
        job->state = JOB_DONE;
        eventfd_write(hasher->signal, 1);
    }
    pthread_mutex_unlock(&hasher->mutex);
    return NULL;
}

/* Signals are for the main thread. */
static bool start(struct hasher *hasher)
{
    sigset_t all, before;
    if (hasher->started)
        return true;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&hasher->thread, NULL, work, hasher);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    hasher->started = error == 0;
    if (error != 0)
        log_warnx("auth", "no thread for passwords: %s", strerror(error));
    return hasher->started;
}

/* Takes a finished job out; false when there is none. */
static bool take_done(struct hasher *hasher, struct job *out)
{
    bool found = false;
    pthread_mutex_lock(&hasher->mutex);
    for (size_t i = 0; i < HASHER_QUEUE && !found; i++) {
        if (hasher->jobs[i].state != JOB_DONE)
            continue;
        *out = hasher->jobs[i];
        hasher->jobs[i].state = JOB_FREE;
        found = true;
    }
    pthread_mutex_unlock(&hasher->mutex);
    return found;
}

static void on_signal(evutil_socket_t descriptor, short what, void *context)
{
    struct hasher *hasher = context;
    struct job job;
    eventfd_t count;
    (void)what;
    if (eventfd_read(descriptor, &count) != 0)
        return;
    while (take_done(hasher, &job))
        job.done(job.matches, job.context);
}

struct hasher *hasher_new(struct event_base *base, uint64_t rate)
{
    struct hasher *hasher = calloc(1, sizeof(*hasher));
    if (hasher == NULL)
        return NULL;
    token_bucket_init(&hasher->rate, rate, TOKEN_BUCKET_SECOND, rate);
    pthread_mutex_init(&hasher->mutex, NULL);
    pthread_cond_init(&hasher->changed, NULL);
    hasher->signal = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (hasher->signal >= 0)
        hasher->event = event_new(base, hasher->signal, EV_READ | EV_PERSIST, on_signal, hasher);
    if (hasher->event == NULL || event_add(hasher->event, NULL) != 0) {
        hasher_free(hasher);
        return NULL;
    }
    return hasher;
}

void hasher_free(struct hasher *hasher)
{
    if (hasher == NULL)
        return;
    pthread_mutex_lock(&hasher->mutex);
    hasher->stop = true;
    pthread_cond_signal(&hasher->changed);
    pthread_mutex_unlock(&hasher->mutex);
    if (hasher->started)
        pthread_join(hasher->thread, NULL);
    for (size_t i = 0; i < HASHER_QUEUE; i++) {
        if (hasher->jobs[i].state != JOB_FREE)
            hasher->jobs[i].done(false, hasher->jobs[i].context);
    }
    if (hasher->event != NULL)
        event_free(hasher->event);
    if (hasher->signal >= 0)
        close(hasher->signal);
    pthread_mutex_destroy(&hasher->mutex);
    pthread_cond_destroy(&hasher->changed);
    explicit_bzero(hasher->jobs, sizeof(hasher->jobs));
    free(hasher);
}

static struct job *free_job(struct hasher *hasher)
{
    for (size_t i = 0; i < HASHER_QUEUE; i++) {
        if (hasher->jobs[i].state == JOB_FREE)
            return &hasher->jobs[i];
    }
    return NULL;
}

static void fill(struct hasher *hasher, struct job *job, const char *hash, const char *password)
{
    size_t hash_length = strnlen(hash, sizeof(job->hash) - 1);
    size_t length = strnlen(password, sizeof(job->password) - 1);
    memcpy(job->hash, hash, hash_length);
    job->hash[hash_length] = '\0';
    memcpy(job->password, password, length);
    job->password[length] = '\0';
    job->number = ++hasher->last_number;
    job->state = JOB_WAITS;
}

bool hasher_submit(struct hasher *hasher, const char *hash, const char *password, hasher_done *done,
                   void *context)
{
    pthread_mutex_lock(&hasher->mutex);
    struct job *job = free_job(hasher);
    bool taken = job != NULL && token_bucket_take(&hasher->rate, clock_mono_ns());
    if (taken) {
        fill(hasher, job, hash, password);
        job->done = done;
        job->context = context;
        pthread_cond_signal(&hasher->changed);
    }
    pthread_mutex_unlock(&hasher->mutex);
    if (!taken || start(hasher))
        return taken;
    pthread_mutex_lock(&hasher->mutex);
    job->state = JOB_FREE;
    pthread_mutex_unlock(&hasher->mutex);
    return false;
}
