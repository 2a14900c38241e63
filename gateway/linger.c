#include "gateway/linger.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define READS_PER_EVENT 8

struct lingerer {
    TAILQ_ENTRY(lingerer) link;
    struct lingerers *all;
    struct transport transport;
    struct event *readable, *writable, *deadline;
    size_t sent, length;
    char rest[];
};

struct lingerers {
    struct event_base *base;
    size_t count, max;
    TAILQ_HEAD(, lingerer) list; /* oldest first */
};

static void free_event(struct event *event)
{
    if (event != NULL)
        event_free(event);
}

static void end(struct lingerer *lingerer)
{
    free_event(lingerer->readable);
    free_event(lingerer->writable);
    free_event(lingerer->deadline);
    transport_close(&lingerer->transport);
    TAILQ_REMOVE(&lingerer->all->list, lingerer, link);
    lingerer->all->count--;
    free(lingerer);
}

static void on_deadline(int descriptor, short what, void *context)
{
    (void)descriptor;
    (void)what;
    end(context);
}

static void on_readable(int descriptor, short what, void *context)
{
    struct lingerer *lingerer = context;
    char thrown_away[4096];
    bool drained = false;
    (void)descriptor;
    (void)what;
    for (int i = 0; i < READS_PER_EVENT && !drained; i++) {
        ssize_t got =
            transport_receive(&lingerer->transport, thrown_away, sizeof(thrown_away), &drained);
        if (got == TRANSPORT_END || got == TRANSPORT_FAILED) {
            end(lingerer);
            return;
        }
    }
}

static void on_writable(int descriptor, short what, void *context)
{
    struct lingerer *lingerer = context;
    (void)descriptor;
    (void)what;
    ssize_t sent = transport_send(&lingerer->transport, lingerer->rest + lingerer->sent,
                                  lingerer->length - lingerer->sent);
    if (sent == TRANSPORT_FAILED) {
        end(lingerer);
        return;
    }
    lingerer->sent += sent > 0 ? (size_t)sent : 0;
    if (lingerer->sent < lingerer->length)
        return;
    event_del(lingerer->writable);
    transport_shutdown(&lingerer->transport);
}

static bool make_events(struct lingerer *lingerer)
{
    struct event_base *base = lingerer->all->base;
    int descriptor = lingerer->transport.descriptor;
    lingerer->readable = event_new(base, descriptor, EV_READ | EV_PERSIST, on_readable, lingerer);
    lingerer->writable = event_new(base, descriptor, EV_WRITE | EV_PERSIST, on_writable, lingerer);
    lingerer->deadline = evtimer_new(base, on_deadline, lingerer);
    return lingerer->readable != NULL && lingerer->writable != NULL && lingerer->deadline != NULL;
}

void linger(struct lingerers *lingerers, struct transport *transport, const char *rest,
            size_t length, unsigned timeout_ms)
{
    struct timeval timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
    struct lingerer *lingerer = calloc(1, sizeof(*lingerer) + length);
    if (lingerer == NULL) {
        transport_close(transport);
        return;
    }
    if (lingerers->count >= lingerers->max)
        end(TAILQ_FIRST(&lingerers->list));
    lingerer->all = lingerers;
    lingerer->transport = *transport;
    *transport = (struct transport){.descriptor = -1};
    lingerer->length = length;
    if (length > 0)
        memcpy(lingerer->rest, rest, length);
    TAILQ_INSERT_TAIL(&lingerers->list, lingerer, link);
    lingerers->count++;
    if (!make_events(lingerer)) {
        end(lingerer);
        return;
    }
    event_add(lingerer->readable, NULL);
    event_add(lingerer->deadline, &timeout);
    if (length > 0)
        event_add(lingerer->writable, NULL);
    else
        transport_shutdown(&lingerer->transport);
}

struct lingerers *lingerers_new(struct event_base *base, size_t max)
{
    struct lingerers *lingerers = calloc(1, sizeof(*lingerers));
    if (lingerers == NULL)
        return NULL;
    lingerers->base = base;
    lingerers->max = max;
    TAILQ_INIT(&lingerers->list);
    return lingerers;
}

void lingerers_free(struct lingerers *lingerers)
{
    if (lingerers == NULL)
        return;
    while (!TAILQ_EMPTY(&lingerers->list))
        end(TAILQ_FIRST(&lingerers->list));
    free(lingerers);
}

size_t lingerers_count(const struct lingerers *lingerers)
{
    return lingerers->count;
}
