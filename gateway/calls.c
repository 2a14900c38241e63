#include "gateway/calls.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool calls_add(struct calls *calls, size_t max, uint64_t connection, const char *action,
               struct text_span payload, call_done *done, void *context)
{
    if (calls->count >= max || strlen(action) >= CALL_ACTION_SIZE)
        return false;
    struct call *call = calloc(1, sizeof(*call) + payload.length);
    if (call == NULL)
        return false;
    snprintf(call->id, sizeof(call->id), "%" PRIx64 "-%" PRIx32, connection, ++calls->next_number);
    memcpy(call->action, action, strlen(action) + 1);
    memcpy(call->payload, payload.start, payload.length);
    call->length = payload.length;
    call->done = done;
    call->context = context;
    if (calls->last != NULL)
        calls->last->next = call;
    else
        calls->first = call;
    calls->last = call;
    calls->count++;
    return true;
}

struct call *calls_to_send(const struct calls *calls)
{
    return calls->first != NULL && calls->first->sent_ns == 0 ? calls->first : NULL;
}

uint64_t calls_outstanding_since(const struct calls *calls)
{
    return calls->first != NULL ? calls->first->sent_ns : 0;
}

static struct call *take_first(struct calls *calls)
{
    struct call *call = calls->first;
    calls->first = call->next;
    if (calls->first == NULL)
        calls->last = NULL;
    calls->count--;
    return call;
}

struct call *calls_match(struct calls *calls, struct json_span id)
{
    if (calls_outstanding_since(calls) == 0 || !json_string_is(id, calls->first->id))
        return NULL;
    return take_first(calls);
}

struct call *calls_expire(struct calls *calls, uint64_t sent_ns)
{
    uint64_t since = calls_outstanding_since(calls);
    return since != 0 && since <= sent_ns ? take_first(calls) : NULL;
}

bool calls_forget(struct calls *calls, const void *context)
{
    struct call *before = NULL, *call = calls->first;
    while (call != NULL && call->context != context) {
        before = call;
        call = call->next;
    }
    if (call == NULL || call->sent_ns != 0) {
        if (call != NULL)
            call->done = NULL;
        return true;
    }
    if (before == NULL) {
        take_first(calls);
    } else {
        before->next = call->next;
        if (calls->last == call)
            calls->last = before;
        calls->count--;
    }
    free(call);
    return false;
}

void calls_finish(struct call *call, enum call_outcome outcome, const struct ocppj_message *message)
{
    if (call->done != NULL)
        call->done(call->context, call, outcome, message);
    free(call);
}

void calls_clear(struct calls *calls)
{
    while (calls->first != NULL)
        calls_finish(take_first(calls), CALL_ABANDONED, NULL);
}
