#include "boardd/state/tail.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>

#include "boardd/state/hidden.h"
#include "common/timestamp.h"
#include "common/log.h"

#define MAX_LISTENERS   12
#define ACTIVE_WAIT_US  2000
#define IDLE_WAIT_US    50000
#define POLL_NS         (250 * NS_PER_MS)
#define SLICE_NS        (5 * NS_PER_MS)
#define RECORDS_A_CLOCK 64 /* records between two looks at the clock */

struct followed {
    struct source *source;
    uint64_t history;
    enum source_state state; /* that was told last */
    uint64_t next[COLLECTION_COUNT];
};

struct tail {
    struct event *timer;
    unsigned count;
    struct followed followed[TAIL_MAX_SOURCES];
    struct hidden *hidden;
    unsigned listener_count;
    struct tail_listener listeners[MAX_LISTENERS];
    unsigned wait_us;
    unsigned
        turn; /* where the next round begins, so that no source or collection starves another */
    bool caught_up;
    bool is_behind; /* one of the sources is */
    uint64_t polled_ns;
    char buffer[SEGMENT_READER_BUFFER] __attribute__((aligned(16)));
};

#define TELL(tail, callback, ...)                                                                  \
    for (unsigned i_ = 0; i_ < (tail)->listener_count; i_++) {                                     \
        if ((tail)->listeners[i_].callback != NULL)                                                \
            (tail)->listeners[i_].callback((tail)->listeners[i_].context, ##__VA_ARGS__);          \
    }

/* A history that was not known before: reading begins with the oldest record. */
static void begin_history(struct tail *tail, unsigned number)
{
    struct followed *followed = &tail->followed[number];
    followed->history = followed->source->info.history;
    for (int collection = 0; collection < COLLECTION_COUNT; collection++) {
        uint64_t oldest, head;
        followed->source->operations->bounds(followed->source, (enum collection)collection, &oldest,
                                             &head);
        followed->next[collection] = oldest;
    }
    tail->caught_up = false;
    hidden_forget_source(tail->hidden, number);
    TELL(tail, reset, number);
}

static bool read_one(struct tail *tail, unsigned number, enum collection collection)
{
    struct followed *followed = &tail->followed[number];
    struct event event;
    uint64_t lost = 0;
    if (followed->source->info.history != followed->history)
        return false; /* the next poll begins with it */
    enum ring_outcome outcome = followed->source->operations->next(
        followed->source, collection, &followed->next[collection], &lost, tail->buffer, &event);
    switch (outcome) {
    case RING_MORE:
        TELL(tail, record, number, collection, &event);
        return true;
    case RING_LAPPED:
        if (lost > 0)
            TELL(tail, lost, number, collection, lost);
        return true;
    case RING_CORRUPT:
        event = (struct event){.seq = followed->next[collection] - 1};
        TELL(tail, record, number, collection, &event);
        return true;
    case RING_END:
    case RING_SUPERSEDED:
        break;
    }
    return false;
}

/* True when the end was reached before the time was up. */
static bool drain_collection(struct tail *tail, unsigned number, enum collection collection,
                             uint64_t until_ns, uint64_t *records)
{
    for (unsigned n = 1; read_one(tail, number, collection); n++) {
        (*records)++;
        if (n % RECORDS_A_CLOCK == 0 && clock_mono_ns() >= until_ns)
            return false;
    }
    return true;
}

static bool drain(struct tail *tail, uint64_t until_ns, uint64_t *records)
{
    unsigned all = tail->count * COLLECTION_COUNT;
    for (unsigned i = 0; i < all; i++) {
        unsigned turn = (tail->turn + i) % all;
        if (!drain_collection(tail, turn / COLLECTION_COUNT,
                              (enum collection)(turn % COLLECTION_COUNT), until_ns, records)) {
            tail->turn = (turn + 1) % all;
            return false;
        }
    }
    return true;
}

/* The old one is final: all that can still be read of it is read before the new one takes its
 * place. */
static void replace(struct tail *tail, unsigned number)
{
    struct followed *followed = &tail->followed[number];
    uint64_t records = 0;
    for (int collection = 0; collection < COLLECTION_COUNT; collection++)
        drain_collection(tail, number, (enum collection)collection, UINT64_MAX, &records);
    followed->source->operations->reopen(followed->source);
    log_info("shm", "gateway %s: segment replaced", followed->source->name);
}

static void poll_source(struct tail *tail, unsigned number, uint64_t now_ns)
{
    struct followed *followed = &tail->followed[number];
    struct source *source = followed->source;
    if (source->operations->poll(source, now_ns)) {
        replace(tail, number);
        source->operations->poll(source, now_ns);
    }
    if (source->info.history != 0 && source->info.history != followed->history)
        begin_history(tail, number);
    if (source->state != followed->state) {
        followed->state = source->state;
        log_info("shm", "gateway %s is %s", source->name, source_state_name(source->state));
        TELL(tail, state, number);
    }
}

/* All that sources had was read: those that fetch it may fetch more. True when one may have. */
static bool load_more(struct tail *tail)
{
    bool loading = false;
    for (unsigned i = 0; i < tail->count; i++) {
        tail->is_behind = tail->is_behind || tail->followed[i].source->is_behind;
        if (!tail->followed[i].source->loading)
            continue;
        poll_source(tail, i, clock_mono_ns());
        loading = true;
    }
    return loading;
}

static void wait(struct tail *tail, unsigned us)
{
    struct timeval after = {0, (suseconds_t)us};
    event_add(tail->timer, &after);
}

static void on_timer(evutil_socket_t descriptor, short what, void *context)
{
    struct tail *tail = context;
    uint64_t now_ns = clock_mono_ns(), records = 0;
    (void)descriptor;
    (void)what;
    if (now_ns - tail->polled_ns >= POLL_NS) {
        tail->polled_ns = now_ns;
        for (unsigned i = 0; i < tail->count; i++) {
            if (!tail->followed[i].source->loading)
                poll_source(tail, i, now_ns);
        }
    }
    bool finished = drain(tail, now_ns + SLICE_NS, &records);
    tail->is_behind = false;
    bool loading = finished && load_more(tail);
    if (finished && !loading && !tail->is_behind)
        tail->caught_up = true;
    TELL(tail, round);
    if (records > 0)
        tail->wait_us = ACTIVE_WAIT_US;
    else
        tail->wait_us = tail->wait_us * 5 / 4 < IDLE_WAIT_US ? tail->wait_us * 5 / 4 : IDLE_WAIT_US;
    wait(tail, finished && !loading ? tail->wait_us : 0);
}

struct tail *tail_new(struct event_base *base, struct source *const *sources, unsigned count)
{
    struct tail *tail = calloc(1, sizeof(*tail));
    if (tail != NULL) {
        tail->timer = evtimer_new(base, on_timer, tail);
        tail->hidden = hidden_new();
    }
    if (tail == NULL || tail->timer == NULL || tail->hidden == NULL || count > TAIL_MAX_SOURCES) {
        for (unsigned i = 0; i < count; i++)
            sources[i]->operations->free(sources[i]);
        if (tail != NULL && tail->timer != NULL)
            event_free(tail->timer);
        if (tail != NULL)
            hidden_free(tail->hidden);
        free(tail);
        return NULL;
    }
    event_priority_set(tail->timer, 0);
    tail->count = count;
    for (unsigned i = 0; i < count; i++)
        tail->followed[i] = (struct followed){.source = sources[i], .state = sources[i]->state};
    tail->wait_us = ACTIVE_WAIT_US;
    return tail;
}

void tail_free(struct tail *tail)
{
    if (tail == NULL)
        return;
    event_free(tail->timer);
    for (unsigned i = 0; i < tail->count; i++)
        tail->followed[i].source->operations->free(tail->followed[i].source);
    hidden_free(tail->hidden);
    free(tail);
}

void tail_listen(struct tail *tail, const struct tail_listener *listener)
{
    if (tail->listener_count < MAX_LISTENERS)
        tail->listeners[tail->listener_count++] = *listener;
}

bool tail_add(struct tail *tail, struct source *source)
{
    if (tail->count == TAIL_MAX_SOURCES)
        return false;
    unsigned number = tail->count++;
    tail->followed[number] = (struct followed){.source = source, .state = source->state};
    TELL(tail, reset, number);
    poll_source(tail, number, clock_mono_ns());
    TELL(tail, state, number);
    return true;
}

uint64_t tail_capture_ns(const struct tail *tail)
{
    uint64_t latest = 0;
    for (unsigned i = 0; i < tail->count; i++) {
        if (tail->followed[i].source->now_ns > latest)
            latest = tail->followed[i].source->now_ns;
    }
    return latest;
}

bool tail_is_capture(const struct tail *tail)
{
    for (unsigned i = 0; i < tail->count; i++) {
        if (tail->followed[i].source->state == SOURCE_CAPTURE)
            return true;
    }
    return false;
}

uint64_t tail_now_ns(const struct tail *tail)
{
    uint64_t capture_ns = tail_capture_ns(tail);
    return capture_ns != 0 ? capture_ns : clock_real_ns();
}

void tail_start(struct tail *tail)
{
    uint64_t now_ns = clock_mono_ns();
    tail->polled_ns = now_ns;
    for (unsigned i = 0; i < tail->count; i++)
        poll_source(tail, i, now_ns);
    wait(tail, 0);
}

struct hidden *tail_hidden(const struct tail *tail)
{
    return tail->hidden;
}

unsigned tail_count(const struct tail *tail)
{
    return tail->count;
}

const struct source *tail_source(const struct tail *tail, unsigned source)
{
    return tail->followed[source].source;
}

uint64_t tail_position(const struct tail *tail, unsigned source, enum collection collection)
{
    return tail->followed[source].next[collection];
}

bool tail_caught_up(const struct tail *tail)
{
    return tail->caught_up;
}
