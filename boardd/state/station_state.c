#include "boardd/state/station_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"

#define MAX_BOOT_TEXT 64

/* Said once, and once more when an eighth of it is free again. */
static void note_refused(struct state_memory *memory)
{
    memory->refused++;
    if (memory->is_full)
        return;
    memory->is_full = true;
    log_warnx("state",
              "what messages tell of stations takes all of board.max_state (%zu bytes): some of it "
              "is not shown",
              memory->limits.bytes);
}

static void note_given(struct state_memory *memory)
{
    if (!memory->is_full || memory->used > memory->limits.bytes - memory->limits.bytes / 8)
        return;
    memory->is_full = false;
    log_info("state", "there is room in board.max_state again");
}

/* Memory that is counted: `size` is told again when it is given back. */
static void *take(struct state_memory *memory, void *old, size_t old_size, size_t size)
{
    void *block = NULL;
    if (memory->used - old_size + size <= memory->limits.bytes)
        block = realloc(old, size);
    if (block == NULL) {
        note_refused(memory);
        return NULL;
    }
    memory->used = memory->used - old_size + size;
    return block;
}

static void give(struct state_memory *memory, void *block, size_t size)
{
    if (block == NULL)
        return;
    memory->used -= size;
    free(block);
    note_given(memory);
}

static size_t state_size(size_t identity_length)
{
    return sizeof(struct station_state) + identity_length + 1;
}

struct station_state *station_state_new(struct state_memory *memory, struct text_span identity)
{
    size_t size = state_size(identity.length);
    struct station_state *state = take(memory, NULL, 0, size);
    if (state == NULL)
        return NULL;
    memset(state, 0, size);
    memcpy(state->identity, identity.start, identity.length);
    return state;
}

void station_state_free(struct state_memory *memory, struct station_state *state)
{
    if (state == NULL)
        return;
    station_state_drop_transactions(memory, state);
    if (state->boot != NULL)
        give(memory, state->boot, state->boot->size);
    give(memory, state->connectors, state->connector_count * sizeof(*state->connectors));
    give(memory, state->error, sizeof(*state->error));
    give(memory, state, state_size(strlen(state->identity)));
}

bool station_state_is(const struct station_state *state, struct text_span identity)
{
    return strncmp(state->identity, identity.start, identity.length) == 0 &&
           state->identity[identity.length] == '\0';
}

void station_state_set_boot(struct state_memory *memory, struct station_state *state,
                            const struct event *event, const struct text_span texts[4])
{
    size_t lengths[4], size = sizeof(struct state_boot) + 1;
    for (int i = 0; i < 4; i++) {
        lengths[i] = text_cut_utf8(texts[i].start, texts[i].length, MAX_BOOT_TEXT);
        size += lengths[i] + 1;
    }
    size_t old_size = state->boot != NULL ? state->boot->size : 0;
    struct state_boot *boot = take(memory, state->boot, old_size, size);
    if (boot == NULL)
        return;
    unsigned offsets[4] = {0}, used = 1;
    boot->text[0] = '\0';
    for (int i = 0; i < 4; i++) {
        if (lengths[i] == 0)
            continue;
        offsets[i] = used;
        memcpy(boot->text + used, texts[i].start, lengths[i]);
        boot->text[used + lengths[i]] = '\0';
        used += (unsigned)lengths[i] + 1;
    }
    boot->connection = event->connection;
    boot->time_ns = event->time_ns;
    boot->size = size;
    boot->vendor = offsets[0];
    boot->model = offsets[1];
    boot->serial_number = offsets[2];
    boot->firmware_version = offsets[3];
    state->boot = boot;
}

struct state_connector *station_state_connector(struct state_memory *memory,
                                                struct station_state *state, int32_t evse,
                                                int32_t connector)
{
    size_t count = state->connector_count, size = sizeof(*state->connectors);
    size_t at = 0; /* they stay in order */
    for (; at < count; at++) {
        struct state_connector *one = &state->connectors[at];
        if (one->evse == evse && one->connector == connector)
            return one;
        if (one->evse > evse || (one->evse == evse && one->connector > connector))
            break;
    }
    if (count >= memory->limits.connectors) {
        memory->refused++;
        return NULL;
    }
    struct state_connector *connectors =
        take(memory, state->connectors, count * size, (count + 1) * size);
    if (connectors == NULL)
        return NULL;
    memmove(connectors + at + 1, connectors + at, (count - at) * size);
    connectors[at] = (struct state_connector){.evse = evse, .connector = connector};
    state->connectors = connectors;
    state->connector_count++;
    return &connectors[at];
}

struct state_transaction *station_state_add_transaction(struct state_memory *memory,
                                                        struct station_state *state)
{
    struct state_transaction *transaction = NULL;
    if (state->transaction_count < memory->limits.transactions)
        transaction = take(memory, NULL, 0, sizeof(*transaction));
    else
        memory->refused++;
    if (transaction == NULL)
        return NULL;
    *transaction = (struct state_transaction){.next = state->transactions,
                                              .meter_start_wh = (double)NAN,
                                              .evse = STATE_NONE,
                                              .connector = STATE_NONE};
    state->transactions = transaction;
    state->transaction_count++;
    return transaction;
}

static bool is_same_value(const struct state_meter_value *a, const struct state_meter_value *b)
{
    return a->measurand == b->measurand && a->phase == b->phase && a->location == b->location;
}

struct state_meter_value *station_state_meter_value(struct state_memory *memory,
                                                    struct state_transaction *transaction,
                                                    const struct state_meter_value *like)
{
    size_t count = transaction->value_count, size = sizeof(*transaction->values);
    for (size_t i = 0; i < count; i++) {
        if (is_same_value(&transaction->values[i], like))
            return &transaction->values[i];
    }
    if (count >= memory->limits.meter_values) {
        memory->refused++;
        return NULL;
    }
    struct state_meter_value *values =
        take(memory, transaction->values, count * size, (count + 1) * size);
    if (values == NULL)
        return NULL;
    transaction->values = values;
    transaction->value_count++;
    values[count] = *like;
    return &values[count];
}

struct state_error *station_state_error(struct state_memory *memory, struct station_state *state)
{
    if (state->error == NULL)
        state->error = take(memory, NULL, 0, sizeof(*state->error));
    return state->error;
}

struct state_transaction *station_state_find_transaction(const struct station_state *state,
                                                         const char *id)
{
    struct state_transaction *at = state->transactions;
    while (at != NULL && strcmp(at->id, id) != 0)
        at = at->next;
    return at;
}

struct state_transaction *station_state_find_started(const struct station_state *state,
                                                     uint64_t message)
{
    struct state_transaction *at = state->transactions;
    while (at != NULL && at->message != message)
        at = at->next;
    return at;
}

struct state_transaction *station_state_find_at(const struct station_state *state, int32_t evse,
                                                int32_t connector)
{
    struct state_transaction *at = state->transactions;
    while (at != NULL && !((evse == STATE_NONE || at->evse == evse) &&
                           (connector == STATE_NONE || at->connector == connector)))
        at = at->next;
    return at;
}

void station_state_drop_transaction(struct state_memory *memory, struct station_state *state,
                                    struct state_transaction *transaction)
{
    struct state_transaction **link = &state->transactions;
    while (*link != transaction)
        link = &(*link)->next;
    *link = transaction->next;
    give(memory, transaction->values, transaction->value_count * sizeof(*transaction->values));
    give(memory, transaction, sizeof(*transaction));
    state->transaction_count--;
}

void station_state_drop_transactions(struct state_memory *memory, struct station_state *state)
{
    while (state->transactions != NULL)
        station_state_drop_transaction(memory, state, state->transactions);
}

/* Few are compared, and only with those of the same station. */
static uint32_t hash_id(const char *id)
{
    uint32_t hash = UINT32_C(2166136261);
    for (; *id != '\0'; id++)
        hash = (hash ^ (unsigned char)*id) * UINT32_C(16777619);
    return hash | 1;
}

void station_state_note_ended(struct station_state *state, const char *id)
{
    if (!station_state_has_ended(state, id))
        state->ended[state->next_ended++ % STATE_ENDED] = hash_id(id);
}

bool station_state_has_ended(const struct station_state *state, const char *id)
{
    for (unsigned i = 0; i < STATE_ENDED; i++) {
        if (state->ended[i] == hash_id(id))
            return true;
    }
    return false;
}

bool station_state_is_flapping(const struct station_state *state, unsigned count, uint64_t now_s,
                               uint64_t window_s)
{
    if (state->connects < count || count > STATE_CONNECTS)
        return false;
    uint64_t first = state->connected_s[(state->connects - count) % STATE_CONNECTS];
    return now_s < first + window_s;
}
