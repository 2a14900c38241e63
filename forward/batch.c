#include "forward/batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

#define MAX_BYTES   (1024 * 1024) /* in one transaction, roughly */
#define FLUSH_BYTES (32 * 1024)   /* are enough for the server to begin with */
#define NUMBER_SIZE 24

/* What all events of a collection begin with: XADD and the key. */
struct beginning {
    char data[FEED_KEY_SIZE + 4 * RESP_OVERHEAD];
    size_t length; /* 0: not made yet */
};

struct sender {
    struct batch *batch;
    const struct batch_target *target;
    const struct batch_limits *limits;
    bool may_lose; /* the first in a collection may be what was lost */
    uint64_t events, bytes, flushed;
    struct beginning beginnings[COLLECTION_COUNT];
    char id[WIRE_ID_SIZE];
    size_t history_length; /* of what all ids begin with: the history and a dash */
};

static void send(const struct sender *sender, int count, const char **arguments,
                 const size_t *lengths)
{
    store_link_send(sender->target->link, sender->target->queued, sender->target->context, count,
                    arguments, lengths);
}

/* MULTI goes out with the first command. */
static void begin(struct sender *sender)
{
    static const char *multi[] = {"MULTI"};
    if (sender->batch->commands++ == 0)
        send(sender, 1, multi, NULL);
}

static void send_queued(struct sender *sender, int count, const char **arguments,
                        const size_t *lengths)
{
    begin(sender);
    send(sender, count, arguments, lengths);
}

static void flush(struct sender *sender)
{
    if (sender->bytes - sender->flushed < FLUSH_BYTES)
        return;
    sender->flushed = sender->bytes;
    store_link_flush(sender->target->link);
}

static void put_beginning(struct sender *sender, enum collection collection,
                          struct text_buffer *resp)
{
    struct beginning *beginning = &sender->beginnings[collection];
    if (beginning->length == 0) {
        const char *key = sender->target->keys->stream[collection];
        struct text_buffer made = {.start = beginning->data, .capacity = sizeof(beginning->data)};
        resp_begin(&made, 7);
        resp_word(&made, "XADD", 4);
        resp_word(&made, key, strlen(key));
        beginning->length = made.length;
    }
    resp->length = 0;
    resp->overflow = false;
    text_buffer_append(resp, beginning->data, beginning->length);
}

/* As wire_id does: of the history there is one only, and it is the longer part. */
static void put_id(struct sender *sender, uint64_t seq, struct text_buffer *resp)
{
    if (sender->history_length == 0) {
        sender->history_length = text_decimal(sender->batch->next.history, sender->id);
        sender->id[sender->history_length++] = '-';
    }
    size_t length = sender->history_length;
    length += text_decimal(seq + 1, sender->id + length);
    resp_word(resp, sender->id, length);
}

static void send_event(struct sender *sender, enum collection collection, const struct event *event)
{
    char head[WIRE_HEAD_MAX];
    size_t head_length = wire_encode(event, head);
    struct text_buffer resp = {.start = sender->batch->command,
                               .capacity = sizeof(sender->batch->command)};
    put_beginning(sender, collection, &resp);
    put_id(sender, event->seq, &resp);
    resp_word(&resp, WIRE_EVENT_FIELD, strlen(WIRE_EVENT_FIELD));
    resp_word(&resp, head, head_length);
    resp_word(&resp, WIRE_PAYLOAD_FIELD, strlen(WIRE_PAYLOAD_FIELD));
    resp_word(&resp, event->payload.start, event->payload.length);
    begin(sender);
    store_link_send_made(sender->target->link, sender->target->queued, sender->target->context,
                         resp.start, resp.length);
    sender->events++;
    sender->bytes += head_length + event->payload.length;
    sender->batch->counts.events[collection]++;
    flush(sender);
}

static void send_lost(struct sender *sender, enum collection collection, uint64_t last_seq,
                      uint64_t lost)
{
    char id[WIRE_ID_SIZE], count[NUMBER_SIZE];
    const char *arguments[] = {"XADD", sender->target->keys->stream[collection], id,
                               WIRE_LOST_FIELD, count};
    wire_id(sender->batch->next.history, last_seq, id);
    snprintf(count, sizeof(count), "%" PRIu64, lost);
    send_queued(sender, 5, arguments, NULL);
    sender->events++;
    sender->batch->counts.lost[collection] += lost;
}

/* Takes one record; false at the end, or where the batch has to end. */
static bool take_one(struct sender *sender, const struct segment_reader *reader,
                     enum collection collection, bool is_first)
{
    struct batch *batch = sender->batch;
    uint64_t next = batch->next.next[collection], lost;
    struct event event;
    switch (segment_reader_next(reader, collection, &next, &lost, batch->buffer, &event)) {
    case RING_MORE:
        send_event(sender, collection, &event);
        break;
    case RING_CORRUPT:
        send_lost(sender, collection, next - 1, lost);
        break;
    case RING_LAPPED:
        if (!is_first || !sender->may_lose) {
            batch->lapped = true;
            return false;
        }
        send_lost(sender, collection, next - 1, lost);
        break;
    case RING_END:
    case RING_SUPERSEDED:
        return false;
    }
    batch->next.next[collection] = next;
    return true;
}

static bool is_full(const struct sender *sender)
{
    return sender->events >= sender->limits->events || sender->bytes >= MAX_BYTES;
}

static void take_collection(struct sender *sender, const struct segment_reader *reader,
                            enum collection collection)
{
    bool is_first = true;
    while (!is_full(sender) && take_one(sender, reader, collection, is_first))
        is_first = false;
}

/* Where it was cut is good enough once for each stream and batch. */
static void trim(struct sender *sender)
{
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        char keep[NUMBER_SIZE];
        const char *arguments[] = {"XTRIM", sender->target->keys->stream[i], "MAXLEN", "~", keep};
        if (sender->batch->counts.events[i] == 0 && sender->batch->counts.lost[i] == 0)
            continue;
        snprintf(keep, sizeof(keep), "%" PRIu64, sender->limits->keep[i]);
        send_queued(sender, 5, arguments, NULL);
    }
}

static void send_cursor(struct sender *sender, bool all)
{
    const struct batch *batch = sender->batch;
    char ids[COLLECTION_COUNT][WIRE_ID_SIZE], created[NUMBER_SIZE], history[NUMBER_SIZE];
    const char *arguments[6 + 2 * COLLECTION_COUNT] = {
        "HSET", sender->target->keys->cursor, CURSOR_CREATED, created, CURSOR_HISTORY, history};
    int count = 6;
    snprintf(created, sizeof(created), "%" PRIu64, batch->created);
    snprintf(history, sizeof(history), "%" PRIu64, batch->next.history);
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        if (!all && batch->counts.events[i] == 0 && batch->counts.lost[i] == 0)
            continue;
        wire_id(batch->next.history, batch->next.next[i] - 1, ids[i]);
        arguments[count++] = collection_label((enum collection)i);
        arguments[count++] = ids[i];
    }
    send_queued(sender, count, arguments, NULL);
}

static void remove_tables(struct sender *sender)
{
    const char *arguments[] = {"DEL", sender->target->keys->stations,
                               sender->target->keys->counters};
    send_queued(sender, 3, arguments, NULL);
}

static void send_exec(const struct batch_target *target)
{
    static const char *exec[] = {"EXEC"};
    store_link_send(target->link, target->done, target->context, 1, exec, NULL);
}

bool batch_send(struct batch *batch, const struct batch_target *target,
                const struct segment_reader *reader, const struct position *from,
                enum batch_start start, unsigned first, const struct batch_limits *limits)
{
    struct sender sender = {
        .batch = batch, .target = target, .limits = limits, .may_lose = start != BATCH_GOES_ON};
    batch->next = *from;
    batch->counts = (struct batch_counts){0};
    batch->commands = 0;
    batch->lapped = false;
    if (start == BATCH_NEW_HISTORY)
        remove_tables(&sender);
    for (unsigned i = 0; i < COLLECTION_COUNT; i++)
        take_collection(&sender, reader, (enum collection)((first + i) % COLLECTION_COUNT));
    batch->full = is_full(&sender);
    if (sender.events == 0 && start == BATCH_GOES_ON)
        return false;
    trim(&sender);
    send_cursor(&sender, start != BATCH_GOES_ON);
    send_exec(target);
    return true;
}
