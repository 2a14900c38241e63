#include "tools/log_follow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shm/segment_reader.h"

#define MS            UINT64_C(1000000)
#define SHORTEST_WAIT (2 * MS)
#define LONGEST_WAIT  (50 * MS)
#define HEALTH_EVERY  (250 * MS)
#define BATCH         1000 /* records between two looks at the clock */

struct log_follow {
    const struct log_options *options;
    const struct log_style *style;
    const char *dir;
    const char *instance;
    const volatile sig_atomic_t *stopped;
    struct segment_reader *reader;
    uint64_t next; /* sequence number of the next record */
    enum segment_health health;
    uint64_t checked_ns;
    char buffer[SEGMENT_READER_BUFFER];
};

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void wait_ns(uint64_t ns)
{
    struct timespec wait = {(time_t)(ns / UINT64_C(1000000000)), (long)(ns % UINT64_C(1000000000))};

    nanosleep(&wait, NULL);
}

static void say(const char *text)
{
    fprintf(stderr, "%s: %s\n", log_program.name, text);
}

struct log_follow *log_follow_new(const struct log_options *options, const struct log_style *style,
                                  const char *dir, const char *instance,
                                  const volatile sig_atomic_t *stopped)
{
    struct log_follow *follow = calloc(1, sizeof *follow);

    if (follow == NULL)
        return NULL;
    follow->options = options;
    follow->style = style;
    follow->dir = dir;
    follow->instance = instance;
    follow->stopped = stopped;
    return follow;
}

bool log_follow_open(struct log_follow *follow)
{
    char error[512], said[512] = "";

    for (;;) {
        follow->reader =
            segment_reader_open(follow->dir, follow->instance, -1, error, sizeof error);
        if (follow->reader != NULL)
            return true;
        if (strcmp(error, said) != 0) {
            say(error);
            memcpy(said, error, sizeof said);
        }
        if (!follow->options->follow || *follow->stopped)
            return false;
        wait_ns(HEALTH_EVERY);
    }
}

static void show(struct log_follow *follow, const struct event *event, FILE *out)
{
    if (log_filter_matches(&follow->options->filter, event))
        log_print_event(out, event, follow->style);
}

/* Goes back from `head` until so many events match; returns where to begin. */
static uint64_t find_start(struct log_follow *follow, uint64_t oldest, uint64_t head)
{
    uint64_t wanted = follow->options->history;
    struct event event;
    uint64_t seq = head;

    if (wanted == LOG_ALL)
        return oldest;
    while (wanted > 0 && seq > oldest) {
        seq--;
        if (segment_reader_read(follow->reader, follow->options->collection, seq, follow->buffer,
                                &event) == RING_MORE &&
            log_filter_matches(&follow->options->filter, &event))
            wanted--;
    }
    return seq;
}

void log_follow_history(struct log_follow *follow, FILE *out)
{
    enum collection collection = follow->options->collection;
    uint64_t oldest, head, lost;
    struct event event;

    segment_reader_bounds(follow->reader, collection, &oldest, &head);
    follow->next = find_start(follow, oldest, head);
    while (follow->next < head && !*follow->stopped) {
        enum ring_outcome outcome = segment_reader_next(follow->reader, collection, &follow->next,
                                                        &lost, follow->buffer, &event);
        if (outcome == RING_MORE)
            show(follow, &event, out);
        else if (outcome == RING_LAPPED || outcome == RING_CORRUPT)
            log_print_lost(out, lost, follow->style);
        else
            break;
    }
    fflush(out);
}

/* Shows what has come; false when that was nothing. */
static bool drain(struct log_follow *follow, FILE *out)
{
    struct event event;
    uint64_t lost;
    unsigned shown = 0;

    for (; shown < BATCH; shown++) {
        switch (segment_reader_next(follow->reader, follow->options->collection, &follow->next,
                                    &lost, follow->buffer, &event)) {
        case RING_MORE:
            show(follow, &event, out);
            break;
        case RING_LAPPED:
        case RING_CORRUPT:
            log_print_lost(out, lost, follow->style);
            break;
        case RING_END:
        case RING_SUPERSEDED:
            if (shown > 0)
                fflush(out);
            return shown > 0;
        }
    }
    fflush(out);
    return true;
}

static void tell_health(struct log_follow *follow, enum segment_health health)
{
    if (health == follow->health)
        return;
    if (health == SEGMENT_DOWN)
        say("the gateway is down");
    else if (health == SEGMENT_HUNG)
        say("the gateway is there, but does nothing");
    else if (health == SEGMENT_LIVE && follow->health != SEGMENT_LIVE)
        say("the gateway is up again");
    follow->health = health;
}

/* A new segment goes on with the old one's sequence numbers; one that does not is read from its
 * beginning. */
static void reopen(struct log_follow *follow, FILE *out)
{
    uint64_t oldest, head;

    while (drain(follow, out))
        ;
    segment_reader_close(follow->reader);
    follow->reader = NULL;
    if (!log_follow_open(follow))
        return;
    segment_reader_bounds(follow->reader, follow->options->collection, &oldest, &head);
    if (follow->next > head)
        follow->next = oldest;
}

static void check_health(struct log_follow *follow, FILE *out)
{
    uint64_t now = now_ns();

    if (now - follow->checked_ns < HEALTH_EVERY)
        return;
    follow->checked_ns = now;
    enum segment_health health = segment_reader_health(follow->reader, now);
    if (health == SEGMENT_REPLACED)
        reopen(follow, out);
    else
        tell_health(follow, health);
}

void log_follow_run(struct log_follow *follow, FILE *out)
{
    uint64_t wait = SHORTEST_WAIT;

    follow->health = SEGMENT_LIVE;
    while (!ferror(out) && follow->reader != NULL && !*follow->stopped) {
        bool came = drain(follow, out);
        check_health(follow, out);
        wait = came ? SHORTEST_WAIT : wait * 2;
        if (wait > LONGEST_WAIT)
            wait = LONGEST_WAIT;
        if (!came)
            wait_ns(wait);
    }
}

void log_follow_free(struct log_follow *follow)
{
    if (follow == NULL)
        return;
    segment_reader_close(follow->reader);
    free(follow);
}
